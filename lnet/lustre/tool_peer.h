/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tools are told of a node. See tool_peer.c.
 */
#ifndef _LNET_LUSTRE_TOOL_PEER_H
#define _LNET_LUSTRE_TOOL_PEER_H

#include <linux/types.h>

#include <lnet/types.h>

enum { LNET_TOOL_NIDS_MAX = 64 };	/* of a node */

/**
 * struct lnet_tool_peer - what is known of a node, by any of its NIDs
 * @first: the first of its NIDs that LNet knows as one of a peer; LNET_NID_ANY: none
 * @kept: the operator or a client has named it
 * @asking: it is being asked
 * @answered: it has answered
 * @failed: it has not answered
 * @multi_rail: it says that it may be reached by any of its NIDs
 */
struct lnet_tool_peer {
	lnet_nid_t first;
	bool kept;
	bool asking;
	bool answered;
	bool failed;
	bool multi_rail;
};

/* A NID of a node that is being added, and what was not so before. */
struct lnet_tool_added {
	lnet_nid_t nid;		/* valid as long as it is kept */
	bool kept;
	bool alone;		/* it was of no node */
};

/* A node that is being added, by its primary NID. */
struct lnet_tool_adding {
	lnet_nid_t primary;
	unsigned int nr;
	struct lnet_tool_added nid[LNET_TOOL_NIDS_MAX];
};

lnet_nid_t lnet_tool_peer_nid(lnet_nid_t nid, unsigned int index);
bool lnet_tool_peer_look(lnet_nid_t nid, struct lnet_tool_peer *about);
u32 lnet_tool_peer_state(const struct lnet_tool_peer *about);
int lnet_tool_peer_begin(struct lnet_tool_adding *adding, lnet_nid_t primary);
int lnet_tool_peer_add(struct lnet_tool_adding *adding, lnet_nid_t nid);
void lnet_tool_peer_undo(struct lnet_tool_adding *adding);
void lnet_tool_peer_drop(lnet_nid_t nid);

#endif /* _LNET_LUSTRE_TOOL_PEER_H */
