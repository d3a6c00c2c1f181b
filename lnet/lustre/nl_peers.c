// SPDX-License-Identifier: GPL-2.0
/*
 * Peers, listed for tools: a message for each node, with all NIDs that are known of it.
 *
 * The dump takes a list of all NIDs at its start (lnet_peer_list()), and looks at each when its
 * turn comes, without a lock between two of them. A node is told of at the first of its NIDs in the
 * list; one whose NIDs become known as one node's meanwhile may be missing, or be there twice.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_peer.h"
#include "lustre/nl_put.h"
#include "lustre/nl_request.h"
#include "lustre/tool_peer.h"
#include "network/ni.h"
#include "network/peer.h"

#include <lnet/handler.h>
#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	NID_BYTES	= 800,		/* of a message, for each NID: more than it needs */
	NIDS_MAX	= 64,		/* of a node, in a message */
	HEALTHY		= 1000,		/* the best health there is */
};

/* The length of an attribute has 16 bits. */
static_assert(NID_BYTES * NIDS_MAX < U16_MAX);

/* What is told at which verbosity. */
enum detail {
	DETAIL_CREDITS	= 1,		/* and counters */
	DETAIL_HEALTH	= 2,		/* and counters by type */
	DETAIL_STATE	= 3,
	DETAIL_POLICY	= 4,
};

struct peers_dump {
	u8 detail;
	bool backup;			/* only what can be set */
	bool one;			/* one node is asked for, by @nids[0], which is held */
	bool keys;			/* the list of keys was put */
	bool root;			/* the next message is the first after it */
	bool told;			/* there was a message */
	unsigned int nr, at;
	lnet_nid_t *nids;
};

/**
 * lnet_nl_peer_error() - call an error of a question as the existing interface does
 * @rc: the error, or 0
 * @failed: the peer had not answered when it was last asked
 *
 * Context: any.
 * Return: 0 or -errno.
 */
int lnet_nl_peer_error(int rc, bool failed)
{
	if (!rc)
		return 0;
	if (failed)
		return -EIO;
	return rc == -ETIMEDOUT || rc == -EAGAIN ? -EHOSTUNREACH : rc;
}

/* The start ---------------------------------------------------------------- */

/* The first one counts. */
static int peers_filter(void *dump, const struct nlattr *value, struct netlink_ext_ack *extack)
{
	struct peers_dump *d = dump;
	lnet_nid_t nid;
	int rc;

	if (d->one)
		return 0;
	rc = lnet_nl_nid(value, &nid);
	if (rc) {
		NL_SET_ERR_MSG(extack, "invalid NID");
		return rc;
	}
	d->nids = lnet_alloc(kvmalloc(sizeof(nid), GFP_KERNEL));
	if (!d->nids) {
		lnet_nid_put(nid);
		return -ENOMEM;
	}
	d->nids[0] = nid;
	d->nr = 1;
	d->one = true;
	return 0;
}

static int peers_take(struct peers_dump *d, struct netlink_callback *cb)
{
	/* That of the longest message; most are short. */
	cb->min_dump_alloc = NLMSG_GOODSIZE + NIDS_MAX * NID_BYTES;
	if (d->one)
		return 0;
	d->nids = lnet_peer_list(&d->nr);
	return d->nids ? 0 : -ENOMEM;
}

static void peers_free(struct peers_dump *d)
{
	if (!d)
		return;
	if (d->one)
		lnet_nid_put(d->nids[0]);
	kvfree(d->nids);
	kfree(d);
}

/**
 * lnet_nl_peers_start() - begin to list peers
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: 0; -ENETDOWN: LNet is down; -EINVAL: what is asked for is no NID; -ENOMEM.
 */
int lnet_nl_peers_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *asked = nlmsg_data(cb->nlh);
	struct peers_dump *d;
	int rc;

	if (!lnet_ni_nids(NULL, 0)) {
		NL_SET_ERR_MSG(cb->extack, "Network is down");
		return -ENETDOWN;
	}
	d = lnet_alloc(kzalloc(sizeof(*d), GFP_KERNEL));
	if (!d)
		return -ENOMEM;
	d->backup = cb->nlh->nlmsg_flags & NLM_F_DUMP_FILTERED;
	d->detail = d->backup ? 0 : asked->version;
	rc = lnet_nl_request_filter(cb, "primary nid", peers_filter, d) ?: peers_take(d, cb);
	if (rc) {
		peers_free(d);
		return rc;
	}
	cb->args[0] = (long)d;
	return 0;
}

/**
 * lnet_nl_peers_done() - end to list peers
 * @cb: the dump
 *
 * Context: task.
 * Return: 0.
 */
int lnet_nl_peers_done(struct netlink_callback *cb)
{
	peers_free((struct peers_dump *)cb->args[0]);
	return 0;
}

/* A NID -------------------------------------------------------------------- */

static int put_credits(struct sk_buff *skb, const struct lnet_lnd_peer_facts *facts)
{
	const struct lnet_nl_counts counts = {
		.sent = lnet_nl_sum_by_type(facts->sends),
		.received = lnet_nl_sum_by_type(facts->receives),
	};
	/* Below 0, more wait than there are; the values have no sign. */
	const u32 values[] = {
		facts->credits_max,
		facts->credits > facts->waiting ? facts->credits - facts->waiting : 0,
		max(facts->credits_least, 0),
		min_t(u64, facts->waiting_bytes, U32_MAX),
		facts->credits_max, facts->credits_max,	/* as nothing is routed */
		max(facts->uses, 1U),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (nla_put_u32(skb, 4 + i, values[i]))
			return -EMSGSIZE;
	return lnet_nl_put_statistics(skb, 11, &counts);
}

static int put_peer_health(struct sk_buff *skb, const struct lnet_lnd_peer_facts *facts)
{
	static const u64 none[LNET_NI_MSG_TYPES];
	struct lnet_nl_nest nest;
	unsigned int i;

	if (lnet_nl_put_by_type(skb, 12, facts->sends) ||
	    lnet_nl_put_by_type(skb, 13, facts->receives) ||
	    lnet_nl_put_by_type(skb, 14, none) ||	/* an NI counts them */
	    lnet_nl_nest_begin(skb, &nest, 15) || nla_put_s32(skb, 1, HEALTHY))
		return -EMSGSIZE;
	for (i = 2; i <= 6; i++)
		if (nla_put_u32(skb, i, 0))
			return -EMSGSIZE;
	if (lnet_nl_put_u64(skb, 7, 0))
		return -EMSGSIZE;
	lnet_nl_nest_end(skb, &nest);
	return 0;
}

static int put_nid(struct sk_buff *skb, const struct peers_dump *d, lnet_nid_t nid, int index)
{
	struct nlattr *nest = nla_nest_start(skb, index);
	struct lnet_lnd_peer_facts facts = {};

	if (!nest || lnet_nl_put_nid(skb, 1, nid))
		return -EMSGSIZE;
	if (d->detail >= DETAIL_CREDITS)
		lnet_lnd_peer_facts(nid, &facts);
	if (d->detail >= DETAIL_POLICY && lnet_nl_put_udsp(skb, 2))
		return -EMSGSIZE;
	/* It says whether a router is up, and there are none. */
	if (!d->backup && nla_put_string(skb, 3, "NA"))
		return -EMSGSIZE;
	if (d->detail >= DETAIL_CREDITS && put_credits(skb, &facts))
		return -EMSGSIZE;
	if (d->detail >= DETAIL_HEALTH && put_peer_health(skb, &facts))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A node ------------------------------------------------------------------- */

/* One that an operator has named counts as such until it has answered. */
static bool peer_is_multi_rail(const struct lnet_tool_peer *about)
{
	return about->multi_rail || (about->kept && !about->answered);
}

static u32 peer_state(const struct lnet_tool_peer *about)
{
	struct lnet_tool_peer told = *about;

	told.multi_rail = peer_is_multi_rail(about);
	return lnet_tool_peer_state(&told);
}

static int put_peer_nids(struct sk_buff *skb, const struct peers_dump *d, lnet_nid_t nid)
{
	struct nlattr *nest = nla_nest_start(skb, 5);
	unsigned int i;
	lnet_nid_t one;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < NIDS_MAX; i++) {
		one = lnet_tool_peer_nid(nid, i);
		if (one == LNET_NID_ANY)
			break;
		if (put_nid(skb, d, one, i + 1))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_peer(struct sk_buff *skb, struct netlink_callback *cb, struct peers_dump *d,
		    lnet_nid_t nid, const struct lnet_tool_peer *about)
{
	void *hdr = lnet_nl_put_head(skb, cb, d->root && about);

	if (!hdr)
		return -EMSGSIZE;
	if (about && (lnet_nl_put_nid(skb, 2, lnet_tool_peer_nid(nid, 0)) ||
		      (peer_is_multi_rail(about) && nla_put_flag(skb, 3)) ||
		      (d->detail >= DETAIL_STATE && nla_put_u32(skb, 4, peer_state(about))) ||
		      put_peer_nids(skb, d, nid))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	d->root = false;
	d->told = true;
	return 0;
}

/* Tell of the node whose first NID in the list is @nid. */
static int put_peer_of(struct sk_buff *skb, struct netlink_callback *cb, struct peers_dump *d,
		       lnet_nid_t nid)
{
	struct lnet_tool_peer about;
	struct lnet_nid long_nid;

	/* The number of a long one may stand for nothing any more. */
	if (!lnet_tool_peer_look(nid, &about) || lnet_nid_expand(nid, &long_nid))
		return 0;
	if (!d->one && about.first != nid)
		return 0;
	return put_peer(skb, cb, d, nid, &about);
}

static int peers_end(struct sk_buff *skb, struct netlink_callback *cb, struct peers_dump *d)
{
	if (d->told || !d->one)
		return skb->len;
	/* As the existing interface: what was looked for, and not found, has an empty message. */
	if (put_peer(skb, cb, d, d->nids[0], NULL))
		return skb->len ?: -EMSGSIZE;
	NL_SET_ERR_MSG(cb->extack, "cannot find peer");
	return -ENOENT;
}

/**
 * lnet_nl_peers_dump() - list peers, as many as there is room for
 * @skb: where they are put
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: the length of @skb: there may be more; 0: no more; -ENOENT: there is none that
 * is asked for; -EMSGSIZE.
 */
int lnet_nl_peers_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct peers_dump *d = (struct peers_dump *)cb->args[0];
	int rc;

	if (!d->keys) {
		rc = lnet_nl_put_keys(skb, cb, false, lnet_nl_keys_peers);
		if (rc)
			return rc;
		d->keys = true;
		d->root = true;
	}
	for (; d->at < d->nr; d->at++) {
		rc = put_peer_of(skb, cb, d, d->nids[d->at]);
		if (rc)
			return skb->len ?: rc;
		cond_resched();
	}
	return peers_end(skb, cb, d);
}
