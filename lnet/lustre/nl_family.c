// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "lnet": what tools of Lustre, lnetctl and lctl, ask and set by it. A
 * tool prints what it is told, by names that it is told, too (scalar.c, nl_keys.c); so this is
 * where the YAML that it prints comes from.
 *
 * Calls come in parallel, also of one command. None waits with a lock of netlink's that other
 * families need: generic netlink has a semaphore that all calls of all families hold shared, and
 * that one who registers a family wants alone. A dump is free of it from its second piece on, and
 * a ping (nl_ping.c) waits for its answers only then. Changes of the networks of this node, and
 * discovery, are carried out when their calls have returned (nl_job.c).
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/nl_job.h"

#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include <net/genetlink.h>

/* As in the existing interface: those of dumps are listed, too. */
static const struct genl_ops ops[] = {
	{
		.cmd = LNET_NL_CONFIGURE, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_configure,
	}, {
		.cmd = LNET_NL_NETS, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_nets_do,
		.start = lnet_nl_nets_start, .dumpit = lnet_nl_nets_dump, .done = lnet_nl_nets_done,
	}, {
		.cmd = LNET_NL_PEERS, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_peers_do,
		.start = lnet_nl_peers_start, .dumpit = lnet_nl_peers_dump,
		.done = lnet_nl_peers_done,
	}, {
		.cmd = LNET_NL_ROUTES, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse,
		.start = lnet_nl_no_routes, .dumpit = lnet_nl_no_routes_dump,
	}, {
		.cmd = LNET_NL_PING, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_discover,
		.start = lnet_nl_ping_start, .dumpit = lnet_nl_ping_dump, .done = lnet_nl_ping_done,
	}, {
		.cmd = LNET_NL_CPT_OF_NID,
		.start = lnet_nl_nids_start, .dumpit = lnet_nl_cpt_dump, .done = lnet_nl_nids_done,
	}, {
		.cmd = LNET_NL_PEER_DIST,
		.start = lnet_nl_nids_start, .dumpit = lnet_nl_dist_dump, .done = lnet_nl_nids_done,
	}, {
		.cmd = LNET_NL_PEER_FAIL, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse,
	}, {
		.cmd = LNET_NL_DBG_RECOV, .flags = GENL_ADMIN_PERM,
		.start = lnet_nl_no_recovery, .dumpit = lnet_nl_nothing,
	}, {
		.cmd = LNET_NL_FAULT, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse_fault,
		.start = lnet_nl_no_fault, .dumpit = lnet_nl_no_fault_dump,
	}, {
		.cmd = LNET_NL_ROUTING, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse,
	}, {
		.cmd = LNET_NL_BUFFERS, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse,
	}, {
		.cmd = LNET_NL_NUMA, .flags = GENL_ADMIN_PERM,
		.doit = lnet_nl_refuse,
	}, {
		.cmd = LNET_NL_STATS,
		.dumpit = lnet_nl_stats_dump,
	},
};

/* Nothing is ever sent to these. A tool joins the one of its command, and gives up without. */
static const struct genl_multicast_group groups[] = {
	{ .name = "ip2net" },
	{ .name = "net" },
	{ .name = "peer" },
	{ .name = "route" },
	{ .name = "ping" },
	{ .name = "discover" },
	{ .name = "cpt-of-nid" },
	{ .name = "dbg-recov" },
	{ .name = "fault" },
	{ .name = "routing" },
	{ .name = "buffers" },
	{ .name = "numa" },
	{ .name = "stats" },
};

/*
 * Requests are parsed by nl_request.c. Generic netlink parses none of a command below
 * @resv_start_op that has no policy; and takes all flags of it.
 */
struct genl_family lnet_nl_family = {
	.name		= "lnet",
	.version	= 5,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.resv_start_op	= LNET_NL_CMD_NR,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_nl_family);

/**
 * lnet_nl_init() - let tools call
 *
 * Context: task; may sleep; as the module is loaded, when all else is ready.
 * Return: 0 or -errno.
 */
int lnet_nl_init(void)
{
	int rc = lnet_nl_job_init();

	if (rc)
		return rc;
	rc = lnet_alloc_rc(genl_register_family(&lnet_nl_family));
	if (rc)
		lnet_nl_job_exit();
	return rc;
}

/**
 * lnet_nl_exit() - let no tool call any more
 *
 * A dump or a job that has begun holds a reference of the module, so none is left but for the end
 * of a job.
 *
 * Context: task; may sleep; as the module is removed.
 */
void lnet_nl_exit(void)
{
	genl_unregister_family(&lnet_nl_family);
	lnet_nl_job_exit();
}

MODULE_ALIAS_GENL_FAMILY("lnet");
