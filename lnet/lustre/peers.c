// SPDX-License-Identifier: GPL-2.0
/*
 * The NIDs of peers, for Lustre's modules: which are one node, and which is its primary NID. A NID
 * with an address of more than 4 bytes is on no network of this node, and a node of its own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hooks/alloc.h"
#include "lustre/cpt.h"
#include "network/ni.h"
#include "network/node.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>

enum { TEXT_BYTES = 512 };		/* of what LNetDebugPeer() logs of the other NIDs */

/* Does LNet know @nid as a number of 8 bytes, other than that of any NID? */
static bool peer_has_nid4(const struct lnet_nid *nid)
{
	return !lnet_nid_is_any(nid) && lnet_nid_is_nid4(nid);
}

/**
 * LNetPrimaryNID() - replace a NID by the primary one of its node
 * @nid: the NID; unchanged if the node is not known to have several, or is this one
 *
 * It is the NID of the initiator in events of messages from the node.
 *
 * Context: any.
 */
void LNetPrimaryNID(struct lnet_nid *nid)
{
	if (peer_has_nid4(nid))
		lnet_nid_from_nid4(nid, lnet_api_primary_nid(lnet_nid_to_nid4(nid)));
}
EXPORT_SYMBOL(LNetPrimaryNID);

/**
 * LNetLocalPrimaryNID() - get the NID of this node by which other nodes know it
 * @nid: set to the first NID of this node that is not 0@lo; to 0@lo if there is none
 *
 * Context: any.
 */
void LNetLocalPrimaryNID(struct lnet_nid *nid)
{
	lnet_nid_t nids[2];

	if (lnet_ni_nids(nids, ARRAY_SIZE(nids)) < ARRAY_SIZE(nids))
		nids[1] = LNET_NID_LO_0;
	lnet_nid_from_nid4(nid, nids[1]);
}
EXPORT_SYMBOL(LNetLocalPrimaryNID);

/**
 * LNetPeerDiscovered() - tell whether a peer can be used
 * @nid: a NID of it
 *
 * Nothing is to be found out before a message may go: so any peer can be used whose network this
 * node is on. A caller that is told so of another one would send it a message that fails at once.
 * Told the truth, it goes on to the next NID that it knows, or comes again a second later.
 *
 * Context: any.
 * Return: 1: it can; -EHOSTUNREACH: this node is not on its network.
 */
int LNetPeerDiscovered(struct lnet_nid *nid)
{
	lnet_nid_t nid4;
	unsigned int i;

	if (!peer_has_nid4(nid))
		return -EHOSTUNREACH;
	nid4 = lnet_nid_to_nid4(nid);
	/* As LNetPut() would choose: this NID, or another one of the node. */
	for (i = 0; nid4 != LNET_NID_ANY; i++) {
		if (lnet_ni_on_net(LNET_NIDNET(nid4)))
			return 1;
		nid4 = lnet_node_nid(lnet_nid_to_nid4(nid), i);
	}
	return -EHOSTUNREACH;
}
EXPORT_SYMBOL(LNetPeerDiscovered);

/**
 * LNetGetPeerDiscoveryStatus() - tell whether LNet asks each peer for its NIDs
 *
 * Context: any.
 * Return: 0: it does not.
 */
int LNetGetPeerDiscoveryStatus(void)
{
	return 0;
}
EXPORT_SYMBOL(LNetGetPeerDiscoveryStatus);

/**
 * LNetAddPeer() - tell that some NIDs are one node
 * @nids: the NIDs, the primary one first; repeats, 0@lo and NIDs of this node do not count
 * @num: number of @nids
 *
 * Those that cannot be taken, see lnet_node_add(), stay as they are. Each can be used as before.
 *
 * Context: task; may sleep.
 */
void LNetAddPeer(struct lnet_nid *nids, int num)
{
	lnet_nid_t *nids4;
	unsigned int nr = 0;
	int i;

	if (!nids || num <= 1)
		return;
	nids4 = lnet_alloc(kvmalloc_array(num, sizeof(*nids4), GFP_KERNEL | __GFP_NOWARN));
	if (!nids4)
		return;
	for (i = 0; i < num; i++)
		if (peer_has_nid4(&nids[i]))
			nids4[nr++] = lnet_nid_to_nid4(&nids[i]);
	lnet_node_add(nids4, nr);
	kvfree(nids4);
}
EXPORT_SYMBOL(LNetAddPeer);

/* What we know ------------------------------------------------------------- */

/* Print the NIDs of the node that has @nid, as far as they fit, the primary one first. */
static void peer_print_all(lnet_nid_t nid, char *buf, size_t size)
{
	char text[LNET_NIDSTR_SIZE];
	unsigned int i, len = 0;
	lnet_nid_t one;

	for (i = 0; ; i++) {
		one = lnet_node_nid(nid, i);
		if (one == LNET_NID_ANY)
			break;
		len += scnprintf(buf + len, size - len, "%s%s", i ? "," : "; its NIDs: ",
				 lnet_api_nid2str_r(one, text, sizeof(text)));
	}
}

/**
 * LNetDebugPeer() - log what LNet knows of a peer, after a request has timed out
 * @id: process on the peer
 *
 * Context: any.
 */
void LNetDebugPeer(struct lnet_processid *id)
{
	char name[LNET_HANDLER_NIDSTR_SIZE], way[LNET_HANDLER_NIDSTR_SIZE] = "none";
	char all[TEXT_BYTES] = "";
	struct lnet_nid from;
	int dist;

	if (!id)
		return;
	lnet_nid_print(&id->nid, name, sizeof(name));
	dist = LNetDist(&id->nid, &from, NULL);
	if (dist >= 0) {
		strscpy(way, "by ", sizeof(way));
		lnet_nid_print(&from, way + 3, sizeof(way) - 3);
		peer_print_all(lnet_nid_to_nid4(&id->nid), all, sizeof(all));
	}
	pr_info_ratelimited("peer %u-%s: way: %s%s\n", id->pid, name, way, all);
}
EXPORT_SYMBOL(LNetDebugPeer);

/* CPU partitions ----------------------------------------------------------- */

/**
 * lnet_cpt_of_nid() - choose the CPU partition for a peer
 * @nid: a NID of it
 * @ni: ignored
 *
 * Context: any.
 * Return: index of a partition, always the same for a NID.
 */
int lnet_cpt_of_nid(lnet_nid_t nid, struct lnet_ni *ni)
{
	return lnet_cpt_of_hash(nid);
}
EXPORT_SYMBOL(lnet_cpt_of_nid);

/**
 * lnet_nid2cpt() - choose the CPU partition for a peer
 * @nid: a NID of it; NULL stands for any NID
 * @ni: ignored
 *
 * Context: any.
 * Return: index of a partition, always the same for a NID, and that of lnet_cpt_of_nid() if its
 * address has 4 bytes.
 */
int lnet_nid2cpt(struct lnet_nid *nid, struct lnet_ni *ni)
{
	if (lnet_nid_is_nid4(nid))
		return lnet_cpt_of_nid(lnet_nid_to_nid4(nid), ni);
	return lnet_cpt_of_hash(jhash(nid, sizeof(*nid), 0));
}
EXPORT_SYMBOL(lnet_nid2cpt);
