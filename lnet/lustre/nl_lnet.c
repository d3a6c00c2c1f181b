// SPDX-License-Identifier: GPL-2.0
/*
 * LNet up and down, as tools want it; its counters; the NID of this node that is nearest to a peer,
 * and the CPU partition of a NID.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/nl_job.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_put.h"
#include "lustre/nl_request.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/ni_start.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

/* Up and down -------------------------------------------------------------- */

static int configure_run(struct genl_info *info)
{
	int rc;

	if (!(info->nlhdr->nlmsg_flags & NLM_F_CREATE))
		rc = lnet_ni_configure(false);
	else if (info->nlhdr->nlmsg_flags & NLM_F_EXCL)
		rc = lnet_ni_configure_lo();
	else
		rc = lnet_networks_default("tcp") ?: lnet_ni_configure(true);
	if (rc)
		NL_SET_ERR_MSG(info->extack, "LNet does not come up, or down: its log says why");
	/* -EINTR would mean that there is an answer already, see nl_job.c. */
	return rc == -EINTR || rc == -ERESTARTSYS ? -ECANCELED : rc;
}

/**
 * lnet_nl_configure() - begin or end the operator's use of LNet
 * @skb: the message
 * @info: the request: to end it, to begin it with the loopback alone (NLM_F_EXCL), or with the
 *	networks that are configured; if there are none, with tcp
 *
 * The tool is told of an error of lnet_ni_configure(), or of 0, also if it is so already.
 *
 * Context: task.
 * Return: as lnet_nl_job_begin().
 */
int lnet_nl_configure(struct sk_buff *skb, struct genl_info *info)
{
	return lnet_nl_job_begin(skb, info, configure_run);
}

/* NIDs --------------------------------------------------------------------- */

struct nids_dump {
	struct lnet_nl_nids nids;
	unsigned int at;
	bool keys;		/* the list of keys was put */
	bool root;		/* the next message is the first after it */
};

/**
 * lnet_nl_nids_start() - begin to tell of NIDs
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: 0; -ENOENT: there are none; -EINVAL: one is none; -E2BIG: there are too many; -ENOMEM.
 */
int lnet_nl_nids_start(struct netlink_callback *cb)
{
	struct lnet_nl_tokens tokens;
	struct nids_dump *d;
	int rc;

	d = lnet_alloc(kzalloc(sizeof(*d), GFP_KERNEL));
	if (!d)
		return -ENOMEM;
	rc = lnet_nl_request_begin(cb->nlh, &tokens, cb->extack) ?:
	     lnet_nl_nids_read(tokens, &d->nids, "invalid NID", cb->extack);
	if (!rc && !d->nids.nr) {
		NL_SET_ERR_MSG(cb->extack, "Missing NID argument(s)");
		rc = -ENOENT;
	}
	if (rc) {
		kfree(d);
		return rc;
	}
	cb->args[0] = (long)d;
	return 0;
}

/**
 * lnet_nl_nids_done() - end to tell of NIDs
 * @cb: the dump
 *
 * Context: task.
 * Return: 0.
 */
int lnet_nl_nids_done(struct netlink_callback *cb)
{
	struct nids_dump *d = (struct nids_dump *)cb->args[0];

	if (d)
		lnet_nl_nids_free(&d->nids);
	kfree(d);
	return 0;
}

static int put_nids_keys(struct sk_buff *skb, struct netlink_callback *cb, struct nids_dump *d,
			 const struct ln_key_list *keys[])
{
	int rc = d->keys ? 0 : lnet_nl_put_keys(skb, cb, false, keys);

	if (rc || d->keys)
		return rc;
	d->keys = true;
	d->root = true;
	return 0;
}

struct distance {
	struct lnet_nid nid;	/* of this node */
	int distance;
	u32 order;
};

/* Find the NID that is the nearest, the first of those that are. Returns false: none is near. */
static bool nids_nearest(const struct lnet_nl_nids *nids, struct distance *best)
{
	struct distance d;
	bool any = false;
	unsigned int i;

	for (i = 0; i < nids->nr; i++) {
		/* The loopback is no way to anybody else. */
		if (nids->nid[i].nid_type == LOLND)
			continue;
		d.distance = LNetDist(&nids->nid[i], &d.nid, &d.order);
		if (d.distance < 0)
			continue;
		if (!any || d.distance < best->distance ||
		    (d.distance == best->distance && d.order < best->order))
			*best = d;
		any = true;
	}
	return any;
}

static int put_distance(struct sk_buff *skb, struct netlink_callback *cb, const struct distance *d)
{
	void *hdr = lnet_nl_put_head(skb, cb, true);

	if (!hdr)
		return -EMSGSIZE;
	if (lnet_nl_put_long_nid(skb, 2, &d->nid) ||
	    nla_put_u32(skb, 3, d->distance) || nla_put_u32(skb, 4, d->order)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * lnet_nl_dist_dump() - tell which NID of this node is the nearest to one of those that are asked
 *	for
 * @skb: where it is put
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: the length of @skb; 0: no more; -EMSGSIZE.
 */
int lnet_nl_dist_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nids_dump *d = (struct nids_dump *)cb->args[0];
	struct distance best;
	int rc;

	if (d->at)
		return 0;
	rc = put_nids_keys(skb, cb, d, lnet_nl_keys_dist);
	if (!rc && nids_nearest(&d->nids, &best))
		rc = put_distance(skb, cb, &best);
	d->at = 1;
	return rc ?: skb->len;
}

static int put_cpt(struct sk_buff *skb, struct netlink_callback *cb, struct nids_dump *d)
{
	void *hdr = lnet_nl_put_head(skb, cb, d->root);
	struct lnet_nid *nid = &d->nids.nid[d->at];

	if (!hdr)
		return -EMSGSIZE;
	if (lnet_nl_put_long_nid(skb, 2, nid) || nla_put_u32(skb, 3, lnet_nid2cpt(nid, NULL))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	d->root = false;
	return 0;
}

/**
 * lnet_nl_cpt_dump() - tell the CPU partition of each NID that is asked for
 * @skb: where they are put
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: the length of @skb: there may be more; 0: no more; -EMSGSIZE.
 */
int lnet_nl_cpt_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nids_dump *d = (struct nids_dump *)cb->args[0];
	int rc = put_nids_keys(skb, cb, d, lnet_nl_keys_cpt);

	for (; !rc && d->at < d->nids.nr; d->at++) {
		rc = put_cpt(skb, cb, d);
		if (rc)
			return skb->len ?: rc;
	}
	return rc ?: skb->len;
}

/* Counters ----------------------------------------------------------------- */

enum { STATS_U32 = 22, STATS_U64 = 4 };

static int put_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *hdr = lnet_nl_put_head(skb, cb, true);
	struct lnet_counters_common c;
	unsigned int i;
	int rc = 0;

	if (!hdr)
		return -EMSGSIZE;
	lnet_counters_get_common(&c);
	/* What has no counter here is 0: health, and what is sent again. */
	const u32 small[STATS_U32] = {
		[0] = c.lcc_msgs_alloc, [1] = c.lcc_msgs_max, [3] = c.lcc_errors,
		[4] = c.lcc_send_count, [19] = c.lcc_recv_count, [20] = c.lcc_route_count,
		[21] = c.lcc_drop_count,
	};
	const u64 large[STATS_U64] = {
		c.lcc_send_length, c.lcc_recv_length, c.lcc_route_length, c.lcc_drop_length,
	};

	for (i = 0; i < STATS_U32 && !rc; i++)
		rc = nla_put_u32(skb, 2 + i, small[i]);
	for (i = 0; i < STATS_U64 && !rc; i++)
		rc = lnet_nl_put_u64(skb, 2 + STATS_U32 + i, large[i]);
	if (rc)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return rc;
}

/**
 * lnet_nl_stats_dump() - tell the counters of this node
 * @skb: where they are put
 * @cb: the dump
 *
 * Context: task; may sleep.
 * Return: the length of @skb; 0: no more; -ENODEV: LNet is down; -EMSGSIZE.
 */
int lnet_nl_stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	int rc;

	if (cb->args[0])
		return 0;
	if (!lnet_ni_nids(NULL, 0)) {
		NL_SET_ERR_MSG(cb->extack, "failed to get LNet statistics");
		return -ENODEV;
	}
	rc = lnet_nl_put_keys(skb, cb, false, lnet_nl_keys_stats) ?: put_stats(skb, cb);
	cb->args[0] = 1;
	return rc ?: skb->len;
}
