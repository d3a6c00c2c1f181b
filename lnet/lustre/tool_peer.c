// SPDX-License-Identifier: GPL-2.0
/*
 * A peer as tools see it, who ask by ioctls or by netlink: a node, by any of its NIDs. One that has
 * only one NID is none that node.c knows, and has that one here.
 */
#include "lustre/tool_peer.h"
#include "network/node.h"
#include "network/peer.h"

#include <lnet/api.h>

#include <linux/errno.h>

/* State as of the existing interface. */
enum {
	STATE_MULTI_RAIL	= 1 << 0,
	STATE_CONFIGURED	= 1 << 3,
	STATE_DISCOVERED	= 1 << 4,
	STATE_DISCOVERING	= 1 << 5,
	STATE_NIDS_KNOWN	= 1 << 8,
};

/**
 * lnet_tool_peer_nid() - list the NIDs of a node, as lnet_node_nid(), but for one that has only one
 * @nid: any NID of the node
 * @index: place of the NID that is asked for, from 0
 *
 * Context: any.
 * Return: a NID; LNET_NID_ANY: no such place.
 */
lnet_nid_t lnet_tool_peer_nid(lnet_nid_t nid, unsigned int index)
{
	lnet_nid_t first = lnet_node_nid(nid, 0);

	if (first == LNET_NID_ANY)
		return index ? LNET_NID_ANY : nid;
	return index ? lnet_node_nid(nid, index) : first;
}

/**
 * lnet_tool_peer_look() - tell what is known of a node
 * @nid: any NID of it
 * @about: set to what is known of all its NIDs together
 *
 * Context: task; does not sleep.
 * Return: false: nothing is known of any of its NIDs.
 */
bool lnet_tool_peer_look(lnet_nid_t nid, struct lnet_tool_peer *about)
{
	bool several = lnet_node_nid(nid, 0) != LNET_NID_ANY;
	struct lnet_peer_info info;
	unsigned int i;
	lnet_nid_t one;

	*about = (struct lnet_tool_peer){ .first = LNET_NID_ANY };
	for (i = 0; (one = lnet_tool_peer_nid(nid, i)) != LNET_NID_ANY; i++) {
		lnet_peer_look(one, &info);
		if (info.state == LNET_PEER_UNKNOWN)
			continue;
		if (about->first == LNET_NID_ANY)
			about->first = one;
		about->kept |= info.kept;
		about->asking |= info.state == LNET_PEER_ASKING;
		about->answered |= info.state == LNET_PEER_DONE;
		about->failed |= info.state == LNET_PEER_FAILED;
		about->multi_rail |= !!(info.features & LNET_PING_MULTI_RAIL);
	}
	return several || about->first != LNET_NID_ANY;
}

/**
 * lnet_tool_peer_state() - give what is known of a node as bits of the existing interface
 * @about: what is known of it
 *
 * Context: any.
 * Return: the bits.
 */
u32 lnet_tool_peer_state(const struct lnet_tool_peer *about)
{
	return (about->multi_rail ? STATE_MULTI_RAIL : 0) |
	       (about->kept ? STATE_CONFIGURED : 0) |
	       (about->answered ? STATE_DISCOVERED | STATE_NIDS_KNOWN : 0) |
	       (about->asking ? STATE_DISCOVERING : 0);
}

/* Keep a NID, and note for lnet_tool_peer_undo() what was not so before. */
static int adding_keep(struct lnet_tool_adding *adding, lnet_nid_t nid, bool alone)
{
	struct lnet_peer_info info;
	int rc;

	lnet_peer_look(nid, &info);
	if (info.kept && !alone)
		return 0;
	if (adding->nr == LNET_TOOL_NIDS_MAX)
		return -ENOSPC;
	rc = lnet_peer_keep(nid);
	/* That too many wait to be asked does not matter: it stays. */
	if (rc && rc != -EBUSY)
		return rc;
	adding->nid[adding->nr++] = (struct lnet_tool_added) {
		.nid = nid, .kept = !info.kept, .alone = alone,
	};
	return 0;
}

static bool nid_is_alone(lnet_nid_t nid)
{
	return lnet_node_nid(nid, 0) == LNET_NID_ANY;
}

/**
 * lnet_tool_peer_begin() - begin to add a node that an operator names
 * @adding: set to the node
 * @primary: the NID by which it is named, which is kept
 *
 * Context: task; does not sleep.
 * Return: 0; or as lnet_peer_keep().
 */
int lnet_tool_peer_begin(struct lnet_tool_adding *adding, lnet_nid_t primary)
{
	adding->primary = primary;
	adding->nr = 0;
	return adding_keep(adding, primary, nid_is_alone(primary));
}

/**
 * lnet_tool_peer_add() - add a NID to a node
 * @adding: the node, from lnet_tool_peer_begin()
 * @nid: the NID, which is kept
 *
 * Context: task; may sleep.
 * Return: 0; or as lnet_node_add() or lnet_peer_keep(), and then lnet_tool_peer_undo() is to be
 * called.
 */
int lnet_tool_peer_add(struct lnet_tool_adding *adding, lnet_nid_t nid)
{
	const lnet_nid_t pair[2] = { adding->primary, nid };
	bool alone = nid != adding->primary && nid_is_alone(nid);
	int rc;

	rc = lnet_node_add(pair, 2) ?: adding_keep(adding, nid, alone);
	if (rc && alone)
		lnet_node_part(nid);
	return rc;
}

/**
 * lnet_tool_peer_undo() - forget what was added to a node, as the rest of it cannot be
 * @adding: the node; of what was known of it before nothing is forgotten
 *
 * Context: task; may sleep.
 */
void lnet_tool_peer_undo(struct lnet_tool_adding *adding)
{
	const struct lnet_tool_added *added;

	while (adding->nr--) {
		added = &adding->nid[adding->nr];
		/* The primary one is the last, and then alone, unless others came meanwhile. */
		if (added->alone && lnet_tool_peer_nid(added->nid, 0) != added->nid)
			lnet_node_part(added->nid);
		if (added->kept)
			lnet_peer_forget(added->nid);
	}
}

/**
 * lnet_tool_peer_drop() - forget what an operator has named of a node, and that its NIDs are one's
 * @nid: any NID of the node
 *
 * Context: task; may sleep.
 */
void lnet_tool_peer_drop(lnet_nid_t nid)
{
	const lnet_nid_t first = lnet_tool_peer_nid(nid, 0);
	unsigned int i;
	lnet_nid_t one;

	for (i = 0; (one = lnet_tool_peer_nid(nid, i)) != LNET_NID_ANY; i++)
		lnet_peer_forget(one);
	lnet_node_part(first);
}
