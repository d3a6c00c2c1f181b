// SPDX-License-Identifier: GPL-2.0
/*
 * The work of discovery: ask a NID which NIDs its node has, and tell it ours. peer.c says who wants
 * that, peer_ask.c when it is done, peer_table.c keeps what is known; node.c judges what is said.
 */
#include "network/discover.h"
#include "event/alias.h"
#include "hooks/alloc.h"
#include "network/ni.h"
#include "network/node.h"
#include "network/peer.h"
#include "network/peer_ask.h"
#include "network/ping.h"
#include "network/pinger.h"

#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>

enum { ASK_MS = 5000 };		/* time for an answer */

/* Can @nid, which the node of @p has named, be asked, and is it not known as one of that node? */
static bool discover_is_news(const struct lnet_peer *p, lnet_nid_t nid)
{
	return lnet_alias_primary(nid) != lnet_alias_primary(p->nid) &&
	       lnet_ni_on_net(LNET_NIDNET(nid)) && !lnet_ni_is_local(nid);
}

/*
 * Of what the node of @p has named, ask what matters: all NIDs if we have a reason of our own to
 * talk to it, else only the primary one, without which nothing that it says is believed.
 */
static void discover_named(const struct lnet_peer *p, const struct lnet_ping_info *info)
{
	bool ours = READ_ONCE(p->dialled) || READ_ONCE(p->kept);
	unsigned int i;
	lnet_nid_t nid;

	for (i = 1; i < info->nr; i++) {
		nid = info->ni[i].nid;
		if ((!ours && i != info->primary) || !discover_is_news(p, nid))
			continue;
		if (ours)
			lnet_peer_discover(nid, false, 0);
		else
			lnet_peer_hear_of(nid);
		/*
		 * What it said may have given way to what others have said since. If it has not,
		 * nothing is new; and two that name each other would be asked for ever.
		 */
		if (i == info->primary && lnet_node_said(nid, 0) == LNET_NID_ANY)
			lnet_peer_probe(nid);
	}
}

static void discover_ask(struct lnet_peer *p, lnet_nid_t by)
{
	const struct lnet_process_id id = { .nid = p->nid, .pid = LNET_PID_LUSTRE };
	struct lnet_ping_info *info;
	int rc = -ENOMEM;
	u64 rtt_ns;

	info = lnet_alloc(kmalloc(sizeof(*info), GFP_KERNEL));
	if (info)
		rc = lnet_pinger_ping(by, id, ASK_MS, info, &rtt_ns);
	if (rc) {
		lnet_peer_is_silent(p, rc);
	} else {
		discover_named(p, info);
		lnet_ping_info_put(info);
	}
	kfree(info);
}

static void discover_tell(struct lnet_peer *p, lnet_nid_t by)
{
	const struct lnet_process_id id = { .nid = p->nid, .pid = LNET_PID_LUSTRE };
	unsigned int life = lnet_peer_life(p->nid);
	/* Read before what is sent, which may be newer: then it is sent once more. */
	u32 seq = lnet_peer_discovers() ? lnet_peer_our_seq() : 0;

	lnet_peer_was_told(p, life, seq, lnet_pinger_push(by, id, ASK_MS));
}

/**
 * lnet_discover_work() - do what is to be done for a peer
 * @work: the work of a struct lnet_peer, which has a reference of it
 *
 * Context: task; may sleep.
 */
void lnet_discover_work(struct work_struct *work)
{
	struct lnet_peer *p = container_of(to_delayed_work(work), struct lnet_peer, work);
	lnet_nid_t by;

	if (lnet_peer_take_ask(p, &by)) {
		discover_ask(p, by);
		lnet_peer_asked(p);
	}
	if (lnet_peer_take_tell(p, &by))
		discover_tell(p, by);
	lnet_peer_work_end(p);
}

/* The parameter ------------------------------------------------------------ */

static bool disabled;

/* Nodes that know our NIDs learn of the change as of one of those. */
static int disabled_set(const char *val, const struct kernel_param *kp)
{
	bool before = disabled;
	int rc = param_set_bool(val, kp);

	if (rc || before == disabled)
		return rc;
	lnet_peer_set_discovers(!disabled);
	lnet_ping_update();
	return 0;
}

/* Lustre's tools read a number. */
static int disabled_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(disabled));
}

static const struct kernel_param_ops disabled_ops = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= disabled_set,
	.get	= disabled_get,
};

module_param_cb(lnet_peer_discovery_disabled, &disabled_ops, &disabled, 0644);
MODULE_PARM_DESC(lnet_peer_discovery_disabled, "Do not ask other nodes for their NIDs, nor tell them ours: 0 or 1 (default 0)");
