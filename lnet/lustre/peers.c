// SPDX-License-Identifier: GPL-2.0
/*
 * The NIDs of peers, for Lustre's modules: which are one node, and which is its primary NID.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hooks/alloc.h"
#include "lustre/cpt.h"
#include "lustre/handler.h"
#include "network/ni.h"
#include "network/node.h"
#include "network/peer.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>

enum {
	TEXT_BYTES	= 512,		/* of what LNetDebugPeer() logs of the other NIDs */
	DISCOVER_MS	= 1000,		/* that LNetPrimaryNID() may wait */
};

/* Is @number the NID of another node, which can be asked? */
static bool peer_is_another(lnet_nid_t number)
{
	return lnet_ni_on_net(LNET_NIDNET(number)) && !lnet_ni_is_local(number);
}

/*
 * Wait until the node with @number has said which NIDs it has. Once is enough: one that does not
 * answer, or is dead, makes no caller wait twice.
 */
static void peer_wait_for_answer(lnet_nid_t number)
{
	struct lnet_peer_info info;

	if (!lnet_peer_discovers() || !peer_is_another(number))
		return;
	lnet_peer_look(number, &info);
	if (info.state != LNET_PEER_DONE && info.state != LNET_PEER_FAILED)
		lnet_peer_discover(number, false, DISCOVER_MS);
}

/**
 * LNetPrimaryNID() - replace a NID by the primary one of its node
 * @nid: the NID; unchanged if the node is not known to have several, or is this one
 *
 * It is the NID of the initiator in events of messages from the node. A node that was not asked for
 * its NIDs yet is asked, and has a second to answer.
 *
 * Context: task; may sleep.
 */
void LNetPrimaryNID(struct lnet_nid *nid)
{
	struct lnet_nid primary;
	lnet_nid_t number;

	if (lnet_nid_is_any(nid) || lnet_handler_nid(nid, &number))
		return;
	peer_wait_for_answer(number);
	if (!lnet_nid_expand(lnet_api_primary_nid(number), &primary))
		*nid = primary;
	lnet_nid_put(number);
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
	lnet_nid_expand(nids[1], nid);
}
EXPORT_SYMBOL(LNetLocalPrimaryNID);

/**
 * LNetPeerDiscovered() - tell whether a peer can be used
 * @nid: a NID of it
 *
 * Nothing has to be found out before a message may go: so any peer can be used whose network this
 * node is on. It is asked for its NIDs, if it was not yet. A caller that is told so of one on no
 * network of ours would send it a message that fails at once. Told the truth, it goes on to the
 * next NID that it knows, or comes again a second later.
 *
 * Context: task.
 * Return: 1: it can; -EHOSTUNREACH: this node is not on its network.
 */
int LNetPeerDiscovered(struct lnet_nid *nid)
{
	lnet_nid_t first, one;
	int rc = -EHOSTUNREACH;
	unsigned int i;

	if (lnet_nid_is_any(nid) || lnet_handler_nid(nid, &first))
		return -EHOSTUNREACH;
	/* As LNetPut() would choose: this NID, or another one of the node. */
	if (peer_is_another(first))
		lnet_peer_discover(first, false, 0);
	for (i = 0, one = first; one != LNET_NID_ANY && rc < 0; i++) {
		if (lnet_ni_on_net(LNET_NIDNET(one)))
			rc = 1;
		one = lnet_node_nid(first, i);
	}
	lnet_nid_put(first);
	return rc;
}
EXPORT_SYMBOL(LNetPeerDiscovered);

/**
 * LNetGetPeerDiscoveryStatus() - tell whether LNet asks each peer for its NIDs
 *
 * Context: any.
 * Return: 1: it does; 0: it does not, see lnet_peer_discovery_disabled=.
 */
int LNetGetPeerDiscoveryStatus(void)
{
	return lnet_peer_discovers();
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
	lnet_nid_t *numbers;
	unsigned int nr = 0;
	int i;

	if (!nids || num <= 1)
		return;
	numbers = lnet_alloc(kvmalloc_array(num, sizeof(*numbers), GFP_KERNEL | __GFP_NOWARN));
	if (!numbers)
		return;
	for (i = 0; i < num; i++)
		if (!lnet_nid_is_any(&nids[i]) && !lnet_handler_nid(&nids[i], &numbers[nr]))
			nr++;
	lnet_node_add(numbers, nr);
	while (nr--)
		lnet_nid_put(numbers[nr]);
	kvfree(numbers);
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
		peer_print_all(lnet_nid_find(&id->nid), all, sizeof(all));
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
