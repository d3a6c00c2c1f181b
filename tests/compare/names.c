// SPDX-License-Identifier: GPL-2.0
/* NIDs of this node and of others. */
#include "compare.h"

static const char *const others[] = {
	"0@lo", "10.0.0.1@tcp", "10.0.0.2@tcp", "10.9.9.9@tcp", "10.0.0.1@tcp7",
	"10.0.0.1@o2ib", "5@gni",
	"127.0.0.1@tcp", "192.168.200.1@tcp",
};

static int name_fetched(void *priv, struct lnet_nid *nid)
{
	unsigned int *n = priv;

	result("fetched " NID_FMT, NID_ARG(nid));
	return ++*n < 2 ? 0 : -EPIPE;
}

static void names_of_us(void)
{
	struct lnet_processid id;
	unsigned int i, n;
	int large, rc;

	for (large = 0; large < 2; large++) {
		for (i = 0; i < 8; i++) {
			memset(&id, 0, sizeof(id));
			rc = LNetGetId(i, &id, large);
			result("GetId(%u, %d) = %d " NID_FMT " %u", i, large, rc,
			       NID_ARG(&id.nid), id.pid);
			if (rc)
				break;
		}
	}
	n = 0;
	result("FetchNIDs(any) = %d", LNetFetchNIDs(name_fetched, LNET_NET_ANY, &n));
	n = 0;
	result("FetchNIDs(tcp) = %d", LNetFetchNIDs(name_fetched, LNET_MKNET(SOCKLND, 0), &n));
	n = 0;
	result("FetchNIDs(tcp9) = %d", LNetFetchNIDs(name_fetched, LNET_MKNET(SOCKLND, 9), &n));
	result("HasLocalNet: lo %d, tcp %d, tcp9 %d, o2ib %d", !!LNetHasLocalNet(LNET_NET_LO),
	       !!LNetHasLocalNet(LNET_MKNET(SOCKLND, 0)), !!LNetHasLocalNet(LNET_MKNET(SOCKLND, 9)),
	       !!LNetHasLocalNet(LNET_MKNET(O2IBLND, 0)));
}

static void names_of_others(void)
{
	struct lnet_nid nid, source;
	unsigned int i;
	u32 order;
	int rc;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (libcfs_strnid(&nid, others[i]))
			continue;
		memset(&source, 0, sizeof(source));
		order = 0;
		rc = LNetDist(&nid, &source, &order);
		if (rc < 0)
			result("Dist(%s) = %d", others[i], rc);
		else
			result("Dist(%s) = %d " NID_FMT " %u", others[i], rc, NID_ARG(&source),
			       order);
		result("IsPeerLocal(%s) = %d", others[i], LNetIsPeerLocal(&nid));
		rc = lnet_nid2cpt(&nid, NULL);
		result("nid2cpt(%s) is valid: %d", others[i],
		       rc >= 0 && rc < cfs_cpt_number(cfs_cpt_tab));
		LNetPrimaryNID(&nid);
		result("PrimaryNID(%s) = " NID_FMT, others[i], NID_ARG(&nid));
	}
}

static void names_of_one_node(void)
{
	static const char *const texts[] = {
		"10.7.0.1@tcp", "10.7.0.2@tcp", "10.7.0.1@tcp", "0@lo",
	};
	struct lnet_nid nids[ARRAY_SIZE(texts)], nid;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		libcfs_strnid(&nids[i], texts[i]);
	LNetAddPeer(nids, ARRAY_SIZE(nids));
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		nid = nids[i];
		LNetPrimaryNID(&nid);
		result("PrimaryNID(%s), told = " NID_FMT, texts[i], NID_ARG(&nid));
	}
}

int compare_names(void)
{
	struct lnet_nid nid;

	names_of_us();
	names_of_others();
	names_of_one_node();
	lnet_nid_from_nid4(&nid, LNET_NID_LO_0);
	result("PeerDiscovered(lo) is positive: %d", LNetPeerDiscovered(&nid) > 0);
	result("discovery: %d", LNetGetPeerDiscoveryStatus());
	LNetLocalPrimaryNID(&nid);
	result("LocalPrimaryNID = " NID_FMT, NID_ARG(&nid));
	result("NIInit, again, is positive: %d", LNetNIInit(LNET_PID_LUSTRE) > 0);
	result("NIInit, of any, is positive: %d", LNetNIInit(LNET_PID_ANY) > 0);
	result("NIFini = %d", LNetNIFini());
	result("NIFini = %d", LNetNIFini());
	return 0;
}
