// SPDX-License-Identifier: GPL-2.0
/*
 * Networks and NIs of this node, listed for tools: a message for each network.
 *
 * The dump takes the NIDs of all NIs at its start, those of one network together. It looks at an NI
 * when it tells of it, and leaves out one that has gone meanwhile.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/names.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_put.h"
#include "lustre/nl_request.h"
#include "network/networks.h"
#include "network/ni.h"

#include <lnet/handler.h>
#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	NI_BYTES	= 900,		/* of a message, for each NI: more than it needs */
	NET_NIS_MAX	= LNET_MAX_NIS,	/* NIs in a message; of more, there is another one */
	CPT_TEXT_SIZE	= 256,
	HEALTHY		= 1000,		/* the best health there is */
	PEER_TIMEOUT	= 180,		/* said of every network; nothing waits so long here */
};

/* The length of an attribute has 16 bits. */
static_assert(NI_BYTES * NET_NIS_MAX < U16_MAX);

/* What is told at which verbosity. */
enum detail {
	DETAIL_LIMITS	= 1,		/* and counters */
	DETAIL_HEALTH	= 2,		/* and counters by type */
	DETAIL_POLICY	= 4,
};

struct nets_dump {
	u8 detail;
	bool backup;			/* only what can be set */
	bool lnd_keys;			/* the list of keys with tunables of drivers was put */
	bool any_keys;			/* a list of keys was put */
	bool root;			/* the next message is the first after one */
	bool told;			/* there was a message */
	u32 only;			/* the network that is asked for, or LNET_NET_ANY */
	unsigned int nr, at;		/* NIs */
	lnet_nid_t *nids;
};

static u32 net_of(lnet_nid_t nid)
{
	return lnet_net_plain(LNET_NIDNET(nid));
}

/* The start ---------------------------------------------------------------- */

static int nets_filter(void *dump, const struct nlattr *value, struct netlink_ext_ack *extack)
{
	struct nets_dump *d = dump;
	char text[16];

	if (!lnet_nl_text(value, text, sizeof(text)))
		d->only = libcfs_str2net(text);
	if (d->only != LNET_NET_ANY)
		return 0;
	NL_SET_ERR_MSG(extack, "cannot parse net");
	return -ENOENT;
}

/* Put the NIs of each network together; networks stay in the order of their first NIs. */
static void nids_group(lnet_nid_t *nids, unsigned int nr)
{
	unsigned int i, j;
	lnet_nid_t nid;

	for (i = 1; i < nr; i++) {
		for (j = i; j < nr && net_of(nids[j]) != net_of(nids[i - 1]); j++)
			;
		if (j == nr)
			continue;
		nid = nids[j];
		memmove(&nids[i + 1], &nids[i], (j - i) * sizeof(*nids));
		nids[i] = nid;
	}
}

static bool net_is_wanted(const struct nets_dump *d, lnet_nid_t nid)
{
	if (d->backup && LNET_NETTYP(net_of(nid)) == LOLND)
		return false;
	return d->only == LNET_NET_ANY || d->only == net_of(nid);
}

/* How many NIs the message has that begins at @at. */
static unsigned int group_size(const struct nets_dump *d, unsigned int at)
{
	unsigned int n = 1;

	while (at + n < d->nr && n < NET_NIS_MAX && net_of(d->nids[at + n]) == net_of(d->nids[at]))
		n++;
	return n;
}

static int nets_take(struct nets_dump *d, struct netlink_callback *cb)
{
	unsigned int i, most = 0;

	d->nids = lnet_names_snapshot(&d->nr);
	if (!d->nids)
		return -ENOMEM;
	if (!d->nr) {
		NL_SET_ERR_MSG(cb->extack, "LNet stack down");
		return -ENETDOWN;
	}
	nids_group(d->nids, d->nr);
	for (i = 0; i < d->nr; i += group_size(d, i))
		most = max(most, group_size(d, i));
	cb->min_dump_alloc = NLMSG_GOODSIZE + most * NI_BYTES;
	return 0;
}

static void nets_free(struct nets_dump *d)
{
	if (!d)
		return;
	kfree(d->nids);
	kfree(d);
}

/**
 * lnet_nl_nets_start() - begin to list networks
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: 0; -ENETDOWN: LNet is down; -ENOENT: what is asked for is no network; -EINVAL; -ENOMEM.
 */
int lnet_nl_nets_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *asked = nlmsg_data(cb->nlh);
	struct nets_dump *d;
	int rc;

	d = lnet_alloc(kzalloc(sizeof(*d), GFP_KERNEL));
	if (!d)
		return -ENOMEM;
	d->backup = cb->nlh->nlmsg_flags & NLM_F_DUMP_FILTERED;
	d->detail = asked->version;
	d->only = LNET_NET_ANY;
	rc = lnet_nl_request_filter(cb, "net type", nets_filter, d) ?: nets_take(d, cb);
	if (rc) {
		nets_free(d);
		return rc;
	}
	cb->args[0] = (long)d;
	return 0;
}

/**
 * lnet_nl_nets_done() - end to list networks
 * @cb: the dump
 *
 * Context: task.
 * Return: 0.
 */
int lnet_nl_nets_done(struct netlink_callback *cb)
{
	nets_free((struct nets_dump *)cb->args[0]);
	return 0;
}

/* An NI -------------------------------------------------------------------- */

struct ni_view {
	lnet_nid_t nid;
	bool up;
	struct lnet_ni_stats stats;
	struct lnet_lnd_facts facts;
};

static int ni_view(lnet_nid_t nid, struct ni_view *v)
{
	enum lnet_ni_status status;

	if (lnet_ni_look(nid, &status, &v->stats) || lnet_lnd_facts(nid, &v->facts))
		return -ENOENT;
	v->nid = nid;
	v->up = status == LNET_NI_STATUS_UP;
	return 0;
}

static int put_statistics(struct sk_buff *skb, const struct lnet_ni_stats *stats)
{
	const struct lnet_nl_counts counts = {
		.sent = lnet_nl_sum_by_type(stats->sends),
		.received = lnet_nl_sum_by_type(stats->receives),
		.dropped = lnet_nl_sum_by_type(stats->dropped_of) +
			   stats->dropped[LNET_DROP_BAD_TYPE],
	};

	return lnet_nl_put_statistics(skb, 4, &counts);
}

/*
 * A backup has the names of interfaces and no NIDs, and the tool asks for their IPv4 addresses when
 * it reads them again. An NI with an IPv6 address would end that, or become another NI.
 */
static bool backup_can_have(const struct ni_view *v)
{
	char text[LNET_HANDLER_NIDSTR_SIZE];
	struct lnet_nid nid;

	if (!lnet_nid_is_large(v->nid))
		return true;
	lnet_nid_expand(v->nid, &nid);
	pr_warn("%s is not in the backup, as lnetctl could not bring it back: name it in networks=\n",
		lnet_nid_print(&nid, text, sizeof(text)));
	return false;
}

static int put_interface(struct sk_buff *skb, const struct ni_view *v)
{
	struct lnet_nl_nest nest;

	if (!*v->facts.interface)
		return 0;
	if (lnet_nl_nest_begin(skb, &nest, 3) || nla_put_string(skb, 1, v->facts.interface))
		return -EMSGSIZE;
	lnet_nl_nest_end(skb, &nest);
	return 0;
}

static int put_health(struct sk_buff *skb, const struct ni_view *v)
{
	struct lnet_nl_nest nest;
	unsigned int i;

	if (lnet_nl_nest_begin(skb, &nest, 9) || nla_put_s32(skb, 1, !v->up) ||
	    nla_put_s32(skb, 2, HEALTHY))
		return -EMSGSIZE;
	for (i = 3; i <= 9; i++)
		if (nla_put_u32(skb, i, 0))
			return -EMSGSIZE;
	if (lnet_nl_put_u64(skb, 10, 0))
		return -EMSGSIZE;
	lnet_nl_nest_end(skb, &nest);
	return 0;
}

static int put_tunables(struct sk_buff *skb, const struct ni_view *v)
{
	const u32 values[] = {
		LNET_NETTYP(net_of(v->nid)) == LOLND ? 0 : PEER_TIMEOUT,
		v->facts.peer_credits,
		0,	/* for routing */
		v->facts.credits,
	};

	return lnet_nl_put_u32s(skb, 10, values, ARRAY_SIZE(values));
}

static int put_lnd_tunables(struct sk_buff *skb, const struct nets_dump *d,
			    const struct ni_view *v)
{
	struct lnet_nl_nest nest;

	if (LNET_NETTYP(net_of(v->nid)) == LOLND)
		return 0;
	if (lnet_nl_nest_begin(skb, &nest, 11) ||
	    nla_put_u16(skb, 1, v->facts.conns_per_peer) ||
	    (!d->backup && nla_put_u32(skb, 2, v->facts.timeout_s)) ||
	    nla_put_s16(skb, 3, -1))
		return -EMSGSIZE;
	lnet_nl_nest_end(skb, &nest);
	return 0;
}

/* All partitions serve every NI. The tool prints the quotes, so that the text is none of YAML. */
static int put_cpts(struct sk_buff *skb)
{
	int i, nr = cfs_cpt_number(cfs_cpt_tab);
	char text[CPT_TEXT_SIZE];
	size_t len;

	len = scnprintf(text, sizeof(text), "\"[");
	for (i = 0; i < nr && len < sizeof(text) - 16; i++)
		len += scnprintf(text + len, sizeof(text) - len, "%s%d", i ? "," : "", i);
	scnprintf(text + len, sizeof(text) - len, "]\"");
	return nla_put_string(skb, 13, text);
}

static int put_details(struct sk_buff *skb, const struct nets_dump *d, const struct ni_view *v)
{
	const u8 detail = d->backup ? 0 : d->detail;

	if (detail >= DETAIL_LIMITS && put_statistics(skb, &v->stats))
		return -EMSGSIZE;
	if (detail >= DETAIL_POLICY && lnet_nl_put_udsp(skb, 5))
		return -EMSGSIZE;
	if (detail >= DETAIL_HEALTH &&
	    (lnet_nl_put_by_type(skb, 6, v->stats.sends) ||
	     lnet_nl_put_by_type(skb, 7, v->stats.receives) ||
	     lnet_nl_put_by_type(skb, 8, v->stats.dropped_of) || put_health(skb, v)))
		return -EMSGSIZE;
	if (!d->backup && detail < DETAIL_LIMITS)
		return 0;
	if (put_tunables(skb, v) || put_lnd_tunables(skb, d, v))
		return -EMSGSIZE;
	if (!d->backup && nla_put_s32(skb, 12, -1))
		return -EMSGSIZE;
	return put_cpts(skb);
}

static int put_ni(struct sk_buff *skb, const struct nets_dump *d, const struct ni_view *v,
		  int index)
{
	struct nlattr *nest = nla_nest_start(skb, index);

	if (!nest)
		return -EMSGSIZE;
	if (!d->backup && (lnet_nl_put_nid(skb, 1, v->nid) ||
			   nla_put_string(skb, 2, v->up ? "up" : "down")))
		return -EMSGSIZE;
	if (put_interface(skb, v) || put_details(skb, d, v))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A network ---------------------------------------------------------------- */

/* Put a list of keys, if the network needs another one than the last. */
static int put_network_keys(struct sk_buff *skb, struct netlink_callback *cb, struct nets_dump *d,
			    lnet_nid_t nid)
{
	bool lnd = LNET_NETTYP(net_of(nid)) != LOLND && (d->detail >= DETAIL_LIMITS || d->backup);
	const struct ln_key_list **keys = lnet_nl_keys_nets;
	int rc;

	if (d->any_keys && d->lnd_keys >= lnd)
		return 0;
	if (lnd)
		keys = d->any_keys ? lnet_nl_keys_nets_lnd_more : lnet_nl_keys_nets_lnd;
	rc = lnet_nl_put_keys(skb, cb, d->any_keys, keys);
	if (rc)
		return rc;
	d->any_keys = true;
	d->lnd_keys = lnd;
	d->root = true;
	return 0;
}

/* Returns the number of NIs that are left, or -EMSGSIZE. */
static int put_nis(struct sk_buff *skb, const struct nets_dump *d, unsigned int nr)
{
	struct nlattr *nest = nla_nest_start(skb, 3);
	struct ni_view v;
	unsigned int i;
	int n = 0;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < nr; i++) {
		if (ni_view(d->nids[d->at + i], &v) || (d->backup && !backup_can_have(&v)))
			continue;
		if (put_ni(skb, d, &v, n++))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return n;
}

static int put_network(struct sk_buff *skb, struct netlink_callback *cb, struct nets_dump *d,
		       unsigned int nr)
{
	char text[LNET_HANDLER_NIDSTR_SIZE];
	void *hdr;
	int n;

	hdr = lnet_nl_put_head(skb, cb, d->root);
	if (!hdr)
		return -EMSGSIZE;
	n = -EMSGSIZE;
	if (!nla_put_string(skb, 2, libcfs_net2str_r(net_of(d->nids[d->at]), text, sizeof(text))))
		n = put_nis(skb, d, nr);
	if (n <= 0) {
		genlmsg_cancel(skb, hdr);
		return n;
	}
	genlmsg_end(skb, hdr);
	d->root = false;
	d->told = true;
	return 0;
}

/**
 * lnet_nl_nets_dump() - list networks, as many as there is room for
 * @skb: where they are put
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: the length of @skb: there may be more; 0: no more; -ESRCH: none of those that are asked
 * for; -EMSGSIZE.
 */
int lnet_nl_nets_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nets_dump *d = (struct nets_dump *)cb->args[0];
	unsigned int nr;
	int rc;

	for (; d->at < d->nr; d->at += nr) {
		nr = group_size(d, d->at);
		if (!net_is_wanted(d, d->nids[d->at]))
			continue;
		rc = put_network_keys(skb, cb, d, d->nids[d->at]) ?: put_network(skb, cb, d, nr);
		if (rc)
			return skb->len ?: rc;
	}
	if (skb->len)
		return skb->len;
	if (d->told || d->only == LNET_NET_ANY)
		return 0;
	NL_SET_ERR_MSG(cb->extack, "Network is down");
	return -ESRCH;
}
