// SPDX-License-Identifier: GPL-2.0
/*
 * The NIDs of this node, for Lustre's modules. Those of peers are in peers.c.
 *
 * Callers hold spinlocks in most of these calls, so none sleeps but LNetFetchNIDs(). No error
 * but those that are documented may come out: callers go on until they get a certain one. So what
 * lnet.ko refuses while LNet is down looks as if this node had no NID.
 */
#include "lustre/names.h"
#include "hooks/alloc.h"
#include "lustre/handler.h"
#include "network/ni.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/slab.h>

/**
 * lnet_names_snapshot() - copy the NIDs of this node, as of one moment
 * @nr: set to the number of NIDs
 *
 * Context: task; may sleep.
 * Return: the NIDs, to be freed by kfree(); NULL: no memory.
 */
lnet_nid_t *lnet_names_snapshot(unsigned int *nr)
{
	unsigned int room = lnet_ni_nids(NULL, 0);
	lnet_nid_t *nids;

	for (;;) {
		/* One more, as no NID at all is no error. */
		nids = lnet_alloc(kmalloc_array(room + 1, sizeof(*nids), GFP_KERNEL));
		if (!nids)
			return NULL;
		*nr = lnet_ni_nids(nids, room);
		if (*nr <= room)
			return nids;
		kfree(nids);
		room = *nr;
	}
}

/**
 * LNetGetId() - get a process id of this node
 * @index: index of the NI in the list of NIs, from 0; the loopback is the first
 * @id: set to the process id, if the function succeeds
 * @large: false: leave out NIDs with addresses of more than 4 bytes, which do not count in @index
 *
 * Context: any.
 * Return: 0; -ENOENT: there are not so many NIs, also because LNet is down. Callers go on until
 * they get that.
 */
int LNetGetId(unsigned int index, struct lnet_processid *id, bool large)
{
	struct lnet_process_id own;
	unsigned int i;

	if (!id)
		return -ENOENT;
	for (i = 0; !lnet_api_get_id(i, &own); i++) {
		if (lnet_nid_is_large(own.nid) && !large)
			continue;
		if (index--)
			continue;
		id->pid = own.pid;
		return lnet_nid_expand(own.nid, &id->nid);
	}
	return -ENOENT;
}
EXPORT_SYMBOL(LNetGetId);

/**
 * LNetDist() - measure the distance of a NID
 * @dst: the NID whose distance is asked for
 * @src: set to the NID of this node that is nearest to @dst, if there is one; may be @dst; or NULL
 * @order: set to the place of that NID in the order of preference: 0: the loopback; 1: @dst itself;
 *	else 2 plus the number of NIDs of this node before it; or NULL
 *
 * Context: any.
 * Return: 0: @dst is a NID of this node; 1: it is on a network of this node; -EHOSTUNREACH: it is
 * on none, or LNet is down.
 */
int LNetDist(struct lnet_nid *dst, struct lnet_nid *src, __u32 *order)
{
	lnet_nid_t to, own;
	int rc;

	if (lnet_nid_is_any(dst))
		return -EHOSTUNREACH;
	/* Ours have a number. Of others the network counts, and they get none; no NID has 0. */
	to = lnet_nid_find(dst);
	if (to == LNET_NID_ANY)
		to = LNET_NID_LARGE | LNET_MKNID(lnet_nid_net(dst), 0);
	rc = lnet_api_dist(to, &own, order);
	if (rc < 0)
		return -EHOSTUNREACH;
	if (src)
		lnet_nid_expand(own, src);
	return rc;
}
EXPORT_SYMBOL(LNetDist);

/**
 * LNetIsPeerLocal() - tell whether a NID is one of this node
 * @nid: the NID
 *
 * Context: any.
 * Return: true if it is; 0@lo is.
 */
bool LNetIsPeerLocal(struct lnet_nid *nid)
{
	lnet_nid_t number = lnet_nid_find(nid);

	return number != LNET_NID_ANY && lnet_api_is_peer_local(number);
}
EXPORT_SYMBOL(LNetIsPeerLocal);

/**
 * LNetHasLocalNet() - tell whether this node is on a network
 * @net: the network; those of long addresses have the same number here
 *
 * Context: any.
 * Return: 1 if an NI of this node is on it; else 0.
 */
int LNetHasLocalNet(__u32 net)
{
	return lnet_ni_on_net(net) || lnet_ni_on_net(net | LNET_NET_LARGE);
}
EXPORT_SYMBOL(LNetHasLocalNet);

/**
 * LNetFetchNIDs() - call a function for each NID of this node
 * @cb: the function, which may sleep; a result below 0 ends the calls
 * @netid: only NIDs on this network; LNET_NET_ANY: all, 0@lo among them
 * @data: first argument of @cb
 *
 * The NIDs are those of the moment of the call, whatever comes or goes meanwhile.
 *
 * Context: task; may sleep.
 * Return: 0, also if there are none; the result of @cb that ended the calls; -ENOMEM.
 */
int LNetFetchNIDs(int (*cb)(void *priv, struct lnet_nid *nid), __u32 netid, void *data)
{
	struct lnet_nid nid;
	lnet_nid_t *nids;
	unsigned int i, nr;
	int rc = 0;

	nids = lnet_names_snapshot(&nr);
	if (!nids)
		return -ENOMEM;
	for (i = 0; i < nr && rc >= 0; i++) {
		if (netid != LNET_NET_ANY && lnet_net_plain(LNET_NIDNET(nids[i])) != netid)
			continue;
		/* An NI may have gone, and its NID be forgotten, since. */
		if (!lnet_nid_expand(nids[i], &nid))
			rc = cb(data, &nid);
	}
	kfree(nids);
	return min(rc, 0);
}
EXPORT_SYMBOL(LNetFetchNIDs);
