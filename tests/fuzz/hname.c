// SPDX-License-Identifier: GPL-2.0
/*
 * Names by the handler interface: NIDs of this node, which come and go; those of peers, and which
 * of them are one node; and who is told when ours change.
 */
#include "lustre.h"

#include <linux/err.h>

enum { HNAME_NAMED = 300, HNAME_NAMES = 8 };	/* as FUZZ_NAMED of net.h */

static lnet_nid_t hname_nowhere(struct fuzz_by *by)
{
	return LNET_MKNID(LNET_MKNET(SOCKLND, 9), fuzz_draw(by));
}

static void hname_ids(struct fuzz_by *by)
{
	struct lnet_processid id = {};

	fuzz_exact(by, FUZZ_H_LNetGetId, FUZZ_VALID, LNetGetId(0, &id, fuzz_below(by, 2)), 0);
	if (lnet_nid_to_nid4(&id.nid) != LNET_NID_LO_0 || id.pid != FUZZ_PID)
		fuzz_wrong(by, "word", "our first id is another");
	fuzz_exact(by, FUZZ_H_LNetGetId, FUZZ_WRONG, LNetGetId(1000 + fuzz_below(by, 9), &id, true),
		   -ENOENT);
}

/* Ours, and others. */
void fuzz_step_hname(struct fuzz_by *by)
{
	struct lnet_nid lo = fuzz_nid(LNET_NID_LO_0), far = fuzz_nid(hname_nowhere(by)), nid;
	struct lnet_nid one = fuzz_nid(fuzz_net_target(by).nid);
	u32 order = 99;

	hname_ids(by);
	fuzz_exact(by, FUZZ_H_LNetDist, FUZZ_VALID, LNetDist(&lo, &nid, &order), 0);
	if (order || !lnet_nid_is_same(&nid, &lo))
		fuzz_wrong(by, "word", "0@lo is number %u", order);
	fuzz_said(by, FUZZ_H_LNetDist, FUZZ_SHARED, LNetDist(&one, &nid, NULL));
	fuzz_said(by, FUZZ_H_LNetDist, FUZZ_RANDOM, LNetDist(&far, &nid, &order));
	fuzz_said(by, FUZZ_H_LNetIsPeerLocal, FUZZ_VALID, LNetIsPeerLocal(&lo));
	fuzz_said(by, FUZZ_H_LNetIsPeerLocal, FUZZ_RANDOM, LNetIsPeerLocal(&far));
	fuzz_said(by, FUZZ_H_LNetHasLocalNet, FUZZ_VALID, LNetHasLocalNet(LNET_NET_LO));
	fuzz_said(by, FUZZ_H_LNetHasLocalNet, FUZZ_RANDOM,
		  LNetHasLocalNet(LNET_MKNET(SOCKLND, fuzz_below(by, 99))));
	LNetLocalPrimaryNID(&nid);
	fuzz_counted(by, FUZZ_H_LNetLocalPrimaryNID, FUZZ_VALID);
	if (lnet_nid_is_any(&nid))
		fuzz_wrong(by, "word", "we have no NID");
	fuzz_said(by, FUZZ_H_lnet_cpt_of_nid, FUZZ_RANDOM, lnet_cpt_of_nid(fuzz_draw(by), NULL));
	fuzz_said(by, FUZZ_H_lnet_nid2cpt, FUZZ_RANDOM, lnet_nid2cpt(&one, NULL));
}

/* Two NIDs of one node, that a client has read about. */
static void hname_add(struct fuzz_by *by)
{
	u32 address = HNAME_NAMED + fuzz_below(by, HNAME_NAMES);
	struct lnet_nid nids[3] = {
		fuzz_nid(LNET_MKNID(LNET_MKNET(GNILND, 1), address)),
		fuzz_nid(LNET_MKNID(LNET_MKNET(GNILND, 2), address)),
		fuzz_nid(fuzz_below(by, 2) ? LNET_NID_ANY : LNET_NID_LO_0),
	};
	struct lnet_nid second = nids[1];

	fuzz_counted(by, FUZZ_H_LNetAddPeer, FUZZ_VALID);
	LNetAddPeer(nids, 2 + fuzz_below(by, 2));
	fuzz_counted(by, FUZZ_H_LNetAddPeer, FUZZ_RANDOM);
	LNetAddPeer(fuzz_below(by, 2) ? NULL : nids, fuzz_below(by, 3) - 1);
	if (lnet_api_primary_nid(lnet_nid_to_nid4(&second)) != lnet_nid_to_nid4(&nids[0]))
		fuzz_wrong(by, "claim", "a NID of a node that a client named is another's");
}

/* Peers. LNetPrimaryNID() waits for those that are silent, so that is rare. */
void fuzz_step_hpeer(struct fuzz_by *by)
{
	struct lnet_nid lo = fuzz_nid(LNET_NID_LO_0), far = fuzz_nid(hname_nowhere(by)), nid = lo;
	struct lnet_processid id = fuzz_id(fuzz_net_target(by).nid);

	fuzz_said(by, FUZZ_H_LNetPeerDiscovered, FUZZ_SHARED, LNetPeerDiscovered(&id.nid));
	fuzz_said(by, FUZZ_H_LNetPeerDiscovered, FUZZ_RANDOM, LNetPeerDiscovered(&far));
	fuzz_said(by, FUZZ_H_LNetGetPeerDiscoveryStatus, FUZZ_VALID, LNetGetPeerDiscoveryStatus());
	LNetPrimaryNID(&nid);
	fuzz_counted(by, FUZZ_H_LNetPrimaryNID, FUZZ_VALID);
	if (!lnet_nid_is_same(&nid, &lo))
		fuzz_wrong(by, "word", "LNetPrimaryNID() of 0@lo is another");
	nid = fuzz_once_in(by, 32) ? id.nid : far;
	LNetPrimaryNID(&nid);
	fuzz_counted(by, FUZZ_H_LNetPrimaryNID, FUZZ_RANDOM);
	hname_add(by);
	LNetDebugPeer(&id);
	fuzz_counted(by, FUZZ_H_LNetDebugPeer, FUZZ_VALID);
	id.nid = far;
	LNetDebugPeer(fuzz_below(by, 2) ? NULL : &id);
	fuzz_counted(by, FUZZ_H_LNetDebugPeer, FUZZ_RANDOM);
}

/* What a call of LNetFetchNIDs() has seen. */
struct hname_fetch {
	unsigned int seen;
	unsigned int ends;	/* at so many */
	bool lo;
};

static int hname_fetched(void *priv, struct lnet_nid *nid)
{
	struct hname_fetch *fetch = priv;

	fetch->lo |= lnet_nid_to_nid4(nid) == LNET_NID_LO_0;
	return ++fetch->seen == fetch->ends ? -EIO : 0;
}

/* A change, or none: the NIDs that it tells of are on one network. */
static int hname_updated(void *priv, struct nid_update_info *info)
{
	struct genradix_iter iter;
	struct fuzz_by by = {};
	struct lnet_nid *nid;
	unsigned int n = 0;

	genradix_for_each(&info->nui_rdx, iter, nid) {
		if (n++ == info->nui_count)
			break;
		if (lnet_net_plain(lnet_nid_net(nid)) != info->nui_net)
			fuzz_wrong(&by, "update", "a NID of another network is told of");
	}
	if (info->nui_net == LNET_NET_LO)
		fuzz_wrong(&by, "update", "it is told that 0@lo has changed");
	atomic_inc(priv);
	return 0;
}

/* Those that ask are told, and not after they have asked no more. */
void fuzz_step_hupdate(struct fuzz_by *by)
{
	struct hname_fetch all = {}, one = { .ends = 1 };
	static atomic_t told[FUZZ_THREADS_MAX];
	atomic_t *key = &told[by->thread];
	int before;

	fuzz_exact(by, FUZZ_H_LNetFetchNIDs, FUZZ_VALID,
		   LNetFetchNIDs(hname_fetched, LNET_NET_ANY, &all), 0);
	fuzz_exact(by, FUZZ_H_LNetFetchNIDs, FUZZ_WRONG,
		   LNetFetchNIDs(hname_fetched, LNET_NET_LO, &one), -EIO);
	if (!all.lo || one.seen != 1)
		fuzz_wrong(by, "word", "LNetFetchNIDs() does not know 0@lo");
	fuzz_exact(by, FUZZ_H_LNetRegisterNIDUpdates, FUZZ_WRONG,
		   LNetRegisterNIDUpdates(NULL, key), -EINVAL);
	fuzz_exact(by, FUZZ_H_LNetRegisterNIDUpdates, FUZZ_VALID,
		   LNetRegisterNIDUpdates(hname_updated, key), 0);
	if (fuzz_below(by, 2))
		schedule_timeout_uninterruptible(1 + fuzz_below(by, 3));
	LNetUnRegisterNIDUpdates(key);
	before = atomic_read(key);
	fuzz_counted(by, FUZZ_H_LNetUnRegisterNIDUpdates, FUZZ_VALID);
	LNetUnRegisterNIDUpdates(&before);
	fuzz_counted(by, FUZZ_H_LNetUnRegisterNIDUpdates, FUZZ_RANDOM);
	if (atomic_read(key) != before)
		fuzz_wrong(by, "update", "it is told of a change that it did not ask for");
}
