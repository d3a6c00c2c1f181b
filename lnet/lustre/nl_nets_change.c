// SPDX-License-Identifier: GPL-2.0
/*
 * Networks and NIs that tools add and remove.
 *
 * A network is added as by the sysfs file networks: what is added this way is in that file, too,
 * and comes up again with LNet. Limits, health and CPU partitions of an NI cannot be set: they are
 * those of the driver's module, and what a tool says of them is passed over.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/names.h"
#include "lustre/nl_job.h"
#include "lustre/nl_request.h"
#include "network/networks.h"
#include "network/ni.h"

#include <lnet/handler.h>
#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <net/genetlink.h>
#include <net/netlink.h>

/* What is said of a network. */
struct net_said {
	u32 net;			/* LNET_NET_ANY: none, or no good one */
	bool has_nis;
	struct lnet_nl_tokens nis;
};

/* What is said of an NI. */
struct ni_said {
	lnet_nid_t nid;			/* held; or LNET_NID_ANY */
	struct lnet_nl_tokens interfaces;
};

/* What is said ------------------------------------------------------------- */

static int net_read(struct lnet_nl_tokens pairs, struct net_said *said,
		    struct netlink_ext_ack *extack)
{
	static const char *const keys[] = { "net type", "local NI(s)", "ip2net", NULL };
	const struct nlattr *value;
	char text[16];
	int key;

	*said = (struct net_said){ .net = LNET_NET_ANY };
	while ((key = lnet_nl_next_pair(&pairs, keys, &value, extack)) >= 0) {
		if (key == 2) {
			NL_SET_ERR_MSG(extack, "no ip2net here: name the network and an interface");
			return -EOPNOTSUPP;
		}
		if (key == 1) {
			/* Without them it would be all of the network that goes. */
			said->has_nis = lnet_nl_list(value, &said->nis);
			if (!said->has_nis) {
				NL_SET_ERR_MSG(extack, "local NI(s) is no list");
				return -EINVAL;
			}
		} else {
			said->net = lnet_nl_text(value, text, sizeof(text)) ?
				    LNET_NET_ANY : libcfs_str2net(text);
		}
	}
	return key == LNET_NL_END ? 0 : key;
}

static int ni_read(struct lnet_nl_tokens pairs, struct ni_said *said,
		   struct netlink_ext_ack *extack)
{
	static const char *const keys[] = { "nid", "interfaces", NULL };
	const struct nlattr *value;
	int key, rc;

	*said = (struct ni_said){ .nid = LNET_NID_ANY };
	while ((key = lnet_nl_next_pair(&pairs, keys, &value, extack)) >= 0) {
		if (key == 1) {
			lnet_nl_list(value, &said->interfaces);
			continue;
		}
		lnet_nid_put(said->nid);
		said->nid = LNET_NID_ANY;
		rc = lnet_nl_nid(value, &said->nid);
		if (rc) {
			NL_SET_ERR_MSG(extack, "cannot parse NID");
			return rc;
		}
	}
	if (key == LNET_NL_END)
		return 0;
	lnet_nid_put(said->nid);
	return key;
}

/*
 * The next interface in a list such as { 0: eth0, 1: eth1 }. Returns 0; LNET_NL_END: there is none;
 * -EINVAL: its name is none, as it is too long.
 */
static int interface_next(struct lnet_nl_tokens *interfaces, char *name, size_t size,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *at;

	while ((at = lnet_nl_next(interfaces))) {
		if (nla_type(at) != LN_SCALAR_ATTR_VALUE)
			continue;
		if (!lnet_nl_text(at, name, size))
			return 0;
		NL_SET_ERR_MSG(extack, "cannot parse interface");
		return -EINVAL;
	}
	return LNET_NL_END;
}

/* Adding ------------------------------------------------------------------- */

static int add_error(u32 net, int rc, struct netlink_ext_ack *extack)
{
	if (!rc)
		return 0;
	if (rc == -ENODEV && LNET_NETTYP(net) != SOCKLND) {
		NL_SET_ERR_MSG(extack, "LND type not supported");
		return -EINVAL;
	}
	NL_SET_ERR_MSG(extack, "cannot add LNet NI");
	return rc == -ENODEV ? -ENETDOWN : rc;
}

static int add_by_nid(u32 net, lnet_nid_t nid, struct netlink_ext_ack *extack)
{
	char text[LNET_NID_TEXT_SIZE];
	struct lnet_nid long_nid;

	lnet_nid_expand(nid, &long_nid);
	if (lnet_nid_net(&long_nid) != net) {
		NL_SET_ERR_MSG(extack, "the NID is of another network");
		return -EINVAL;
	}
	lnet_nid_print(&long_nid, text, sizeof(text));
	*strchrnul(text, '@') = '\0';
	return add_error(net, lnet_networks_add(net, text), extack);
}

static int add_ni(u32 net, struct ni_said *said, struct netlink_ext_ack *extack)
{
	char name[LNET_WHERE_SIZE];
	bool any = false;
	int rc;

	if (!lnet_ni_nids(NULL, 0))
		return add_error(net, -ESHUTDOWN, extack);
	while (!(rc = interface_next(&said->interfaces, name, sizeof(name), extack))) {
		rc = add_error(net, lnet_networks_add(net, name), extack);
		if (rc)
			return rc;
		any = true;
	}
	if (rc != LNET_NL_END || any)
		return rc == LNET_NL_END ? 0 : rc;
	if (said->nid != LNET_NID_ANY)
		return add_by_nid(net, said->nid, extack);
	NL_SET_ERR_MSG(extack, "interface / NID is missing");
	return 0;
}

/* Removing ----------------------------------------------------------------- */

static int del_net(u32 net, struct netlink_ext_ack *extack)
{
	char name[LNET_HANDLER_NIDSTR_SIZE], text[LNET_HANDLER_NIDSTR_SIZE + 1];
	int rc = -ENOENT;

	if (net != LNET_NET_ANY) {
		libcfs_net2str_r(net, name, sizeof(name));
		snprintf(text, sizeof(text), "-%s", name);
		rc = lnet_networks_change(text);
	}
	if (!rc)
		return 0;
	NL_SET_ERR_MSG(extack, "cannot del network");
	return rc == -ENOENT ? -EINVAL : rc;
}

/* Find the NI of this node that has an interface. Returns 0, -ENODEV or -ENOMEM. */
static int ni_by_interface(u32 net, const char *name, lnet_nid_t *nid)
{
	struct lnet_lnd_facts facts;
	int rc = -ENODEV;
	unsigned int i, nr;
	lnet_nid_t *nids;

	nids = lnet_names_snapshot(&nr);
	if (!nids)
		return -ENOMEM;
	for (i = 0; i < nr && rc; i++) {
		if (lnet_net_plain(LNET_NIDNET(nids[i])) != net ||
		    lnet_lnd_facts(nids[i], &facts) || strcmp(facts.interface, name))
			continue;
		*nid = nids[i];
		rc = 0;
	}
	kfree(nids);
	return rc;
}

static int del_error(int rc, struct netlink_ext_ack *extack)
{
	if (!rc)
		return 0;
	NL_SET_ERR_MSG(extack, "cannot del LNet NI");
	return rc;
}

static int del_by_interface(u32 net, const char *name)
{
	lnet_nid_t nid;
	int rc;

	rc = ni_by_interface(net, name, &nid);
	if (rc)
		return rc;
	rc = lnet_networks_remove_ni(nid);
	return rc == -ENOENT ? -ENODEV : rc;
}

static int del_ni(u32 net, struct ni_said *said, struct netlink_ext_ack *extack)
{
	char name[LNET_WHERE_SIZE];
	int rc;

	if (said->nid != LNET_NID_ANY && lnet_net_plain(LNET_NIDNET(said->nid)) != net) {
		NL_SET_ERR_MSG(extack, "the NID is of another network");
		return -EINVAL;
	}
	if (said->nid != LNET_NID_ANY)
		return del_error(lnet_networks_remove_ni(said->nid), extack);
	if (!LNetHasLocalNet(net)) {
		NL_SET_ERR_MSG(extack, "LNet net doesn't exist");
		return -ENODEV;
	}
	while (!(rc = interface_next(&said->interfaces, name, sizeof(name), extack))) {
		rc = del_error(del_by_interface(net, name), extack);
		if (rc)
			return rc;
	}
	return rc == LNET_NL_END ? 0 : rc;
}

/* A message ---------------------------------------------------------------- */

static int change_nis(enum lnet_nl_change how, struct net_said *net, struct netlink_ext_ack *extack)
{
	struct lnet_nl_tokens pairs;
	struct ni_said ni;
	int rc = 0;

	/* Nothing of an NI can be set. */
	while (!rc && how != LNET_NL_SET && lnet_nl_next_list(&net->nis, &pairs)) {
		rc = ni_read(pairs, &ni, extack);
		if (rc)
			return rc;
		if (how == LNET_NL_ADD)
			rc = add_ni(net->net, &ni, extack);
		else
			rc = del_ni(net->net, &ni, extack);
		lnet_nid_put(ni.nid);
	}
	return rc;
}

static int change_net(enum lnet_nl_change how, struct lnet_nl_tokens pairs,
		      struct netlink_ext_ack *extack)
{
	struct net_said net;
	int rc;

	rc = net_read(pairs, &net, extack);
	if (rc)
		return rc;
	if (how == LNET_NL_DEL && !net.has_nis && net.net == LNET_NET_ANY)
		return del_net(net.net, extack);
	/* All networks, in words that are none, may be set. */
	if (net.net == LNET_NET_ANY && how != LNET_NL_SET) {
		NL_SET_ERR_MSG(extack, "cannot parse net");
		return -ENOENT;
	}
	if (LNET_NETTYP(net.net) == LOLND) {
		NL_SET_ERR_MSG(extack, "setting @lo not allowed");
		return -ENODEV;
	}
	if (how == LNET_NL_DEL && !net.has_nis)
		return del_net(net.net, extack);
	return change_nis(how, &net, extack);
}

static int nets_run(struct genl_info *info)
{
	int rc = lnet_nl_request_change(info, change_net);

	/* -EINTR would mean that there is an answer already, see nl_job.c. */
	return rc == -EINTR || rc == -ERESTARTSYS ? -ECANCELED : rc;
}

/**
 * lnet_nl_nets_do() - add networks and NIs, remove them, or pass over what cannot be set
 * @skb: the message
 * @info: the request
 *
 * The networks of a message come, or go, one after the other; the first that fails ends it.
 *
 * The tool is told of 0; -ENOMSG: the message is empty; -ENOENT: no such type of network; -EINVAL:
 * there is no driver for it, or no such network to be removed, or a name that is too long;
 * -ENETDOWN: there is no such interface; -ESHUTDOWN: LNet is down; -ENODEV, -ENOENT: no such NI; or
 * an error of lnet_networks_change().
 *
 * Context: task.
 * Return: as lnet_nl_job_begin().
 */
int lnet_nl_nets_do(struct sk_buff *skb, struct genl_info *info)
{
	return lnet_nl_job_begin(skb, info, nets_run);
}
