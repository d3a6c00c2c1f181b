// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that tools add and remove. One that is added stays in the list of peers until it is
 * removed, or LNet goes down; and its NIDs are one node from then on, as if a client had said so.
 * One that is removed, and that a driver knows, stays in the list until it is idle.
 */
#include "lustre/nl_family.h"
#include "hooks/alloc.h"
#include "lustre/nl_request.h"
#include "lustre/tool_peer.h"
#include "network/node.h"
#include "network/peer.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include <net/genetlink.h>
#include <net/netlink.h>

/* What is said of a peer. */
struct peer_said {
	lnet_nid_t primary;		/* held; or LNET_NID_ANY */
	struct lnet_nl_tokens nis;
	bool has_nis;
};

static int peer_read(struct lnet_nl_tokens pairs, enum lnet_nl_change how, struct peer_said *said,
		     struct netlink_ext_ack *extack)
{
	static const char *const keys[] = { "primary nid", "peer ni", NULL };
	const struct nlattr *value;
	int key, rc;

	*said = (struct peer_said){ .primary = LNET_NID_ANY };
	while ((key = lnet_nl_next_pair(&pairs, keys, &value, extack)) >= 0) {
		if (key == 1) {
			/* Without them it would be all of the peer that goes. */
			said->has_nis = lnet_nl_list(value, &said->nis);
			if (!said->has_nis) {
				NL_SET_ERR_MSG(extack, "peer ni is no list");
				return -EINVAL;
			}
			continue;
		}
		lnet_nid_put(said->primary);
		said->primary = LNET_NID_ANY;
		rc = lnet_nl_nid(value, &said->primary);
		if (rc && how != LNET_NL_SET) {
			NL_SET_ERR_MSG(extack, "unsupported primary NID");
			return rc;
		}
	}
	return key == LNET_NL_END ? 0 : key;
}

/* Find the next NID in a list of mappings. Returns 0; LNET_NL_END; or -EINVAL, -ENOMEM. */
static int ni_next(struct lnet_nl_tokens *nis, lnet_nid_t *nid, struct netlink_ext_ack *extack)
{
	static const char *const keys[] = { "nid", NULL };
	struct lnet_nl_tokens pairs;
	const struct nlattr *value;
	int rc;

	while (lnet_nl_next_list(nis, &pairs)) {
		rc = lnet_nl_next_pair(&pairs, keys, &value, extack);
		if (rc == LNET_NL_END)
			continue;
		if (rc)
			return rc;
		rc = lnet_nl_nid(value, nid);
		if (rc)
			NL_SET_ERR_MSG(extack, "unsupported secondary NID");
		return rc;
	}
	return LNET_NL_END;
}

static int peer_add_all(struct peer_said *said, struct lnet_tool_adding *adding,
			struct netlink_ext_ack *extack)
{
	int rc, end = LNET_NL_END;
	lnet_nid_t nid;

	rc = lnet_tool_peer_begin(adding, said->primary);
	while (!rc && !(end = ni_next(&said->nis, &nid, extack))) {
		rc = lnet_tool_peer_add(adding, nid);
		lnet_nid_put(nid);
	}
	if (rc) {
		NL_SET_ERR_MSG(extack, "failed to add peer");
		return rc;
	}
	return end == LNET_NL_END ? 0 : end;
}

/* All of it, or nothing. */
static int peer_add(struct peer_said *said, struct netlink_ext_ack *extack)
{
	struct lnet_tool_adding *adding = lnet_alloc(kmalloc(sizeof(*adding), GFP_KERNEL));
	int rc;

	if (!adding)
		return -ENOMEM;
	rc = peer_add_all(said, adding, extack);
	if (rc)
		lnet_tool_peer_undo(adding);
	kfree(adding);
	return rc;
}

static int peer_del_ni(lnet_nid_t primary, lnet_nid_t nid)
{
	if (LNetPrimaryNID(nid) != LNetPrimaryNID(primary))
		return -ENOENT;
	lnet_node_part(nid);
	lnet_peer_forget(nid);
	return 0;
}

static int peer_del(struct peer_said *said, struct netlink_ext_ack *extack)
{
	struct lnet_tool_peer about;
	bool any = false, all = false;
	lnet_nid_t nid;
	int rc, end;

	rc = lnet_tool_peer_look(said->primary, &about) ? 0 : -ENOENT;
	while (!(end = ni_next(&said->nis, &nid, extack))) {
		/* With the primary one among them it is all of the peer, as in a file. */
		all |= nid == said->primary;
		any = true;
		if (nid != said->primary)
			rc = rc ?: peer_del_ni(said->primary, nid);
		lnet_nid_put(nid);
	}
	if (end != LNET_NL_END)
		return end;
	if (rc && any)
		NL_SET_ERR_MSG(extack, "failed to del peer");
	else if (rc)
		NL_SET_ERR_MSG(extack, "failed to del primary peer");
	else if (all || !any)
		lnet_tool_peer_drop(said->primary);
	return rc;
}

static int change_peer(enum lnet_nl_change how, struct lnet_nl_tokens pairs,
		       struct netlink_ext_ack *extack)
{
	struct peer_said said;
	int rc;

	rc = peer_read(pairs, how, &said, extack);
	if (!rc && said.primary == LNET_NID_ANY) {
		NL_SET_ERR_MSG(extack, "missing primary NID");
		rc = how == LNET_NL_SET ? 0 : -EINVAL;
	} else if (!rc && how == LNET_NL_ADD) {
		rc = peer_add(&said, extack);
	} else if (!rc && how == LNET_NL_DEL) {
		rc = peer_del(&said, extack);
	}
	lnet_nid_put(said.primary);
	return rc;
}

/**
 * lnet_nl_peers_do() - add peers, remove them, or pass over what cannot be set
 * @skb: ignored
 * @info: the request
 *
 * The peers of a message come, or go, one after the other; the first that fails ends it.
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMSG: the message is empty; -EINVAL: a NID is none; -ENOENT: one that is to be
 * removed is not known; -ENOSPC: a peer has too many NIDs; or an error of lnet_node_add() or
 * lnet_peer_keep(). A peer that cannot be added whole is not added.
 */
int lnet_nl_peers_do(struct sk_buff *skb, struct genl_info *info)
{
	return lnet_nl_request_change(info, change_peer);
}
