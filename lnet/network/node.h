/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nodes with several NIDs. See node.c.
 */
#ifndef _LNET_NODE_H
#define _LNET_NODE_H

#include <lnet/types.h>

#include "network/ping_info.h"

/* Why a NID is not taken for one of a node, or an answer is not believed. */
enum lnet_node_refusal {
	LNET_NODE_TOO_MANY,	/* the node has as many NIDs as one may have */
	LNET_NODE_STRANGER,	/* the answer does not have the NID that was asked */
	LNET_NODE_OURS,		/* the answer has a NID of this node */
	LNET_NODE_DENIED,	/* the node that has the primary NID says otherwise */
	LNET_NODE_TAKEN,	/* the NID is one of another node */
	LNET_NODE_FULL,		/* nodes_max= nodes are known */
	LNET_NODE_NO_MEMORY,
	LNET_NODE_REFUSAL_NR,
};

int lnet_node_add(const lnet_nid_t *nids, unsigned int nr);
lnet_nid_t lnet_node_nid(lnet_nid_t nid, unsigned int index);
void lnet_node_heard(lnet_nid_t asked, const struct lnet_ping_info *info);
lnet_nid_t lnet_node_said(lnet_nid_t asked, unsigned int index);
void lnet_node_disown(lnet_nid_t nid);
void lnet_node_part(lnet_nid_t nid);

unsigned int lnet_node_count(void);
u64 lnet_node_refused(enum lnet_node_refusal why);
void lnet_node_reset(void);

void lnet_node_allow(void);
void lnet_node_forget_all(void);

#endif /* _LNET_NODE_H */
