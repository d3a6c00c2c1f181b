/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tools are told of a node. See tool_peer.c.
 */
#ifndef _LNET_LUSTRE_TOOL_PEER_H
#define _LNET_LUSTRE_TOOL_PEER_H

#include <linux/types.h>

#include <lnet/types.h>

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

lnet_nid_t lnet_tool_peer_nid(lnet_nid_t nid, unsigned int index);
bool lnet_tool_peer_look(lnet_nid_t nid, struct lnet_tool_peer *about);
u32 lnet_tool_peer_state(const struct lnet_tool_peer *about);
int lnet_tool_peer_keep(lnet_nid_t nid);
void lnet_tool_peer_drop(lnet_nid_t nid);

#endif /* _LNET_LUSTRE_TOOL_PEER_H */
