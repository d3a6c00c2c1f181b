// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls that tell of peers, and add and remove them. A peer is a node, by its primary NID. NIDs
 * with addresses of more than 4 bytes are left out, as there is no room for them.
 */
#include "hooks/alloc.h"
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "lustre/tool_peer.h"
#include "network/ni.h"
#include "network/node.h"
#include "network/peer.h"

#include <lnet/api.h>
#include <lnet/handler.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* The NID of a peer that a program has named; ANY: nothing is known of it. */
static lnet_nid_t peer_named(u64 nid)
{
	struct lnet_tool_peer about;

	if (!nid || nid == LNET_NID_ANY || !lnet_ioctl_nid_is_sound(nid) ||
	    !lnet_tool_peer_look(nid, &about))
		return LNET_NID_ANY;
	return nid;
}

/* The list ------------------------------------------------------------------ */

/*
 * Write the primary NIDs of nodes to @to, no more than @room. Returns how many there are, or
 * -EFAULT.
 * A node is counted at the first of its NIDs that is known as a peer's.
 */
static int list_write(const lnet_nid_t *nids, unsigned int nr, struct lnet_ioc_id __user *to,
		      unsigned int room)
{
	struct lnet_ioc_id id = { .pid = LNET_PID_LUSTRE };
	struct lnet_tool_peer about;
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		cond_resched();
		id.nid = lnet_tool_peer_nid(nids[i], 0);
		lnet_tool_peer_look(nids[i], &about);
		if (about.first != nids[i] || lnet_nid_is_large(id.nid))
			continue;
		if (n < room && copy_to_user(&to[n], &id, sizeof(id)))
			return -EFAULT;
		n++;
	}
	return n;
}

static int get_list(void *arg)
{
	struct lnet_ioc_peer *peer = arg;
	struct lnet_ioc_id __user *to = u64_to_user_ptr(peer->bulk);
	unsigned int room = peer->size / sizeof(*to), nr;
	lnet_nid_t *nids;
	int n;

	nids = lnet_peer_list(&nr);
	if (!nids)
		return -ENOMEM;
	/* First, whether they fit: if not, none is written. */
	n = list_write(nids, nr, to, 0);
	if (n <= room)
		n = list_write(nids, nr, to, room);
	kvfree(nids);
	if (n < 0)
		return n;
	peer->count = n;
	peer->size = n * sizeof(*to);
	return n > room ? -E2BIG : 0;
}

/* One peer ------------------------------------------------------------------ */

static u32 sum_of(const struct lnet_ioc_counts *c)
{
	return c->get + c->put + c->reply + c->ack;
}

static void ni_fill(struct lnet_ioc_peer_ni *ni, lnet_nid_t nid)
{
	struct lnet_lnd_peer_facts facts;

	lnet_lnd_peer_facts(nid, &facts);
	*ni = (struct lnet_ioc_peer_ni) {
		.nid = nid,
		/* It would say whether a router is up. */
		.aliveness = "NA",
		.refcount = max(facts.uses, 1U),
		.ni_tx_credits = facts.credits_max,
		.tx_credits = (int)facts.credits - (int)facts.waiting,
		.min_tx_credits = facts.credits_least,
		.tx_bytes = min_t(u64, facts.waiting_bytes, U32_MAX),
		.rtr_credits = facts.credits_max,
		.min_rtr_credits = facts.credits_max,
		.by_type.sent = lnet_ioctl_counts(facts.sends),
		.by_type.received = lnet_ioctl_counts(facts.receives),
		.health.health = LNET_IOC_HEALTHY,
	};
	ni->stats.sent = sum_of(&ni->by_type.sent);
	ni->stats.received = sum_of(&ni->by_type.received);
}

/* Write what there is to tell of each NID of a node, of @room. Returns how many; or -EFAULT. */
static int nis_write(lnet_nid_t nid, struct lnet_ioc_peer_ni __user *to, unsigned int room)
{
	struct lnet_ioc_peer_ni ni;
	unsigned int i, n = 0;
	lnet_nid_t one;

	for (i = 0; (one = lnet_tool_peer_nid(nid, i)) != LNET_NID_ANY; i++) {
		if (lnet_nid_is_large(one))
			continue;
		if (n < room) {
			ni_fill(&ni, one);
			if (copy_to_user(&to[n], &ni, sizeof(ni)))
				return -EFAULT;
		}
		n++;
	}
	return n;
}

static int get_peer(void *arg)
{
	struct lnet_ioc_peer *peer = arg;
	struct lnet_ioc_peer_ni __user *to = u64_to_user_ptr(peer->bulk);
	unsigned int room = peer->size / sizeof(*to);
	lnet_nid_t nid = peer_named(peer->primary);
	struct lnet_tool_peer about;
	int n;

	if (nid == LNET_NID_ANY)
		return -ENOENT;
	n = nis_write(nid, to, 0);
	if (n <= room)
		n = nis_write(nid, to, room);
	if (n < 0)
		return n;
	lnet_tool_peer_look(nid, &about);
	peer->state = lnet_tool_peer_state(&about);
	nid = lnet_tool_peer_nid(nid, 0);
	peer->primary = lnet_nid_is_large(nid) ? peer->primary : nid;
	peer->nid = peer->primary;
	peer->multi_rail = about.multi_rail;
	peer->count = n;
	peer->size = n * sizeof(*to);
	return n > room ? -E2BIG : 0;
}

/* Coming and going ---------------------------------------------------------- */

static int add_peer(void *arg)
{
	const struct lnet_ioc_peer *peer = arg;
	struct lnet_tool_adding *adding;
	int rc;

	if (!peer->primary || !peer->nid || peer->primary == LNET_NID_ANY)
		return -ENOENT;
	if (!lnet_ioctl_nid_is_sound(peer->primary) || !lnet_ioctl_nid_is_sound(peer->nid))
		return -EINVAL;
	adding = lnet_alloc(kmalloc(sizeof(*adding), GFP_KERNEL));
	if (!adding)
		return -ENOMEM;
	rc = lnet_tool_peer_begin(adding, peer->primary);
	if (!rc && peer->nid != LNET_NID_ANY)
		rc = lnet_tool_peer_add(adding, peer->nid);
	if (rc)
		lnet_tool_peer_undo(adding);
	kfree(adding);
	return rc;
}

static int del_peer(void *arg)
{
	const struct lnet_ioc_peer *peer = arg;
	lnet_nid_t nid = peer_named(peer->primary), one = peer->nid, first;

	if (nid == LNET_NID_ANY || !one)
		return -ENOENT;
	first = lnet_tool_peer_nid(nid, 0);
	if (one != LNET_NID_ANY && one != first) {
		if (peer_named(one) == LNET_NID_ANY || lnet_tool_peer_nid(one, 0) != first)
			return -ENOENT;
		lnet_peer_forget(one);
		lnet_node_part(one);
		return 0;
	}
	lnet_tool_peer_drop(nid);
	return 0;
}

/* Nothing of a peer can be set. */
static int set_peer(void *arg)
{
	const struct lnet_ioc_peer *peer = arg;

	return peer_named(peer->primary) == LNET_NID_ANY ? -ENOENT : -EOPNOTSUPP;
}

const struct lnet_ioctl_cmd lnet_ioctl_peer_cmds[] = {
	{ LNET_IOC_CONFIG(90), LNET_IOC_PEER_INFO_BYTES, .refusal = -ENOENT },
	{ LNET_IOC_CONFIG(92), sizeof(struct lnet_ioc_peer), add_peer },
	{ LNET_IOC_CONFIG(93), sizeof(struct lnet_ioc_peer), del_peer },
	{ LNET_IOC_CONFIG(94), sizeof(struct lnet_ioc_peer), get_peer },
	{ LNET_IOC_CONFIG(100), sizeof(struct lnet_ioc_peer), get_list },
	{ LNET_IOC_CONFIG(112), sizeof(struct lnet_ioc_peer), set_peer },
	{}
};
