// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/nodes: other nodes that are known to have several NIDs, what was not believed of
 * such, and what of discovery came to nothing.
 */
#include "show/sysfs.h"
#include "network/node.h"
#include "network/peer.h"

static u64 nodes_known(struct kobject *kobj, unsigned int arg)
{
	return lnet_node_count();
}

static u64 nodes_refused(struct kobject *kobj, unsigned int why)
{
	return lnet_node_refused(why);
}

static u64 nodes_failures(struct kobject *kobj, unsigned int why)
{
	return lnet_peer_failures(why);
}

static struct attribute *nodes_attrs[] = {
	LNET_ATTR_RO("known", nodes_known, 0),
	LNET_ATTR_RO("refused_too_many", nodes_refused, LNET_NODE_TOO_MANY),
	LNET_ATTR_RO("refused_stranger", nodes_refused, LNET_NODE_STRANGER),
	LNET_ATTR_RO("refused_ours", nodes_refused, LNET_NODE_OURS),
	LNET_ATTR_RO("refused_denied", nodes_refused, LNET_NODE_DENIED),
	LNET_ATTR_RO("refused_taken", nodes_refused, LNET_NODE_TAKEN),
	LNET_ATTR_RO("refused_full", nodes_refused, LNET_NODE_FULL),
	LNET_ATTR_RO("refused_no_memory", nodes_refused, LNET_NODE_NO_MEMORY),
	LNET_ATTR_RO("ask_failed", nodes_failures, LNET_PEER_ASK_FAILED),
	LNET_ATTR_RO("ask_old", nodes_failures, LNET_PEER_ASK_OLD),
	LNET_ATTR_RO("ask_too_many", nodes_failures, LNET_PEER_NAMED_MANY),
	LNET_ATTR_RO("push_failed", nodes_failures, LNET_PEER_PUSH_FAILED),
	LNET_ATTR_RO("push_early", nodes_failures, LNET_PEER_PUSH_EARLY),
	LNET_ATTR_RO("peer_no_memory", nodes_failures, LNET_PEER_NO_MEMORY),
	NULL
};

static_assert(ARRAY_SIZE(nodes_attrs) == LNET_NODE_REFUSAL_NR + LNET_PEER_FAILURE_NR + 2);

const struct attribute_group lnet_nodes_group = { .name = "nodes", .attrs = nodes_attrs };
