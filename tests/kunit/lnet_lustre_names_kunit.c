// SPDX-License-Identifier: GPL-2.0
/*
 * NIDs of this node and of peers, as Lustre's modules ask for them, and what they are told when
 * those of this node change.
 */
#include "common.h"
#include "network/node.h"

/* From here on the names are those of the handler interface. */
#include <lnet/handler.h>

#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#define PRIMARY		LT_NID(20)
#define SECOND		LT_NID(21)
#define OTHER		LT_NID(30)
#define NET2		LNET_MKNET(PTL4LND, 8)
#define NID2(n)		LNET_MKNID(NET2, n)
#define NO_NET		LNET_MKNET(SOCKLND, 77)

/* One that LNet has no number for. */
static const struct lnet_nid large = {
	.nid_size = 12, .nid_type = SOCKLND,
	.nid_addr = { cpu_to_be32(0x20010db8), 0, 0, cpu_to_be32(1) },
};

static struct lnet_nid nid_of(lnet_nid_t nid4)
{
	struct lnet_nid nid;

	lnet_nid_from_nid4(&nid, nid4);
	return nid;
}

static void expect_nid(struct kunit *test, const struct lnet_nid *nid, lnet_nid_t nid4)
{
	struct lnet_nid want = nid_of(nid4);

	KUNIT_EXPECT_TRUE_MSG(test, lnet_nid_is_same(nid, &want), "%#llx and not %#llx",
			      lnet_nid_to_nid4(nid), nid4);
}

static void undo_nodes(void *arg)
{
	lnet_node_forget_all();
	lnet_node_allow();
}

static int names_case_init(struct kunit *test)
{
	int rc = lt_case_init(test);

	undo_nodes(NULL);
	return rc ?: kunit_add_action(test, undo_nodes, NULL);
}

/* NIDs of this node -------------------------------------------------------- */

static void names_end_with_enoent(struct kunit *test)
{
	struct lnet_processid id;
	struct lt_ni *f = lt_ni(test);
	static DEFINE_SPINLOCK(lock);

	lt_ni_at(test, NID2(1));
	/* Under a spinlock, as a mount reads them. */
	spin_lock(&lock);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, &id, true), 0);
	expect_nid(test, &id.nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, LNetGetId(1, &id, false), 0);
	expect_nid(test, &id.nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, LNetGetId(2, &id, true), 0);
	expect_nid(test, &id.nid, NID2(1));
	KUNIT_EXPECT_EQ(test, LNetGetId(3, &id, true), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetGetId(UINT_MAX, &id, false), -ENOENT);
	spin_unlock(&lock);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, NULL, true), -ENOENT);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, LNetGetId(1, &id, true), 0);
	expect_nid(test, &id.nid, NID2(1));
	KUNIT_EXPECT_EQ(test, LNetGetId(2, &id, true), -ENOENT);
}

static void names_have_a_distance(struct kunit *test)
{
	struct lnet_nid dst, src;
	__u32 order = 99;

	lt_ni(test);
	lt_ni_at(test, NID2(1));
	dst = nid_of(LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), 0);
	expect_nid(test, &src, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, order, 0);
	dst = nid_of(NID2(1));
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), 0);
	expect_nid(test, &src, NID2(1));
	KUNIT_EXPECT_EQ(test, order, 1);
	/* The second NI, behind 0@lo and the first: that one is nearer. */
	dst = nid_of(NID2(5));
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), 1);
	expect_nid(test, &src, NID2(1));
	KUNIT_EXPECT_EQ(test, order, 4);
	dst = nid_of(LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, NULL, &order), 1);
	KUNIT_EXPECT_EQ(test, order, 3);
	/* One variable for both. */
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &dst, NULL), 1);
	expect_nid(test, &dst, LT_NID_SELF);

	order = 99;
	dst = nid_of(LNET_MKNID(NO_NET, 1));
	src = nid_of(OTHER);
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), -EHOSTUNREACH);
	dst = nid_of(LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), -EHOSTUNREACH);
	dst = large;
	KUNIT_EXPECT_EQ(test, LNetDist(&dst, &src, &order), -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, LNetDist(NULL, &src, &order), -EHOSTUNREACH);
	expect_nid(test, &src, OTHER);
	KUNIT_EXPECT_EQ(test, order, 99);
}

static void names_are_known_as_ours(struct kunit *test)
{
	static const struct { lnet_nid_t nid; bool ours; } rows[] = {
		{ LNET_NID_LO_0, true }, { LT_NID_SELF, true }, { LT_NID_PEER, false },
		{ LNET_MKNID(LNET_NET_LO, 1), false }, { LNET_NID_ANY, false },
	};
	struct lnet_nid nid;
	unsigned int i;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		nid = nid_of(rows[i].nid);
		KUNIT_EXPECT_EQ_MSG(test, LNetIsPeerLocal(&nid), rows[i].ours, "%u", i);
	}
	nid = large;
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(&nid));
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NULL));

	KUNIT_EXPECT_NE(test, LNetHasLocalNet(LT_NET), 0);
	KUNIT_EXPECT_NE(test, LNetHasLocalNet(LNET_NET_LO), 0);
	KUNIT_EXPECT_EQ(test, LNetHasLocalNet(NET2), 0);
	KUNIT_EXPECT_EQ(test, LNetHasLocalNet(LNET_NET_ANY), 0);
}

struct fetched {
	unsigned int nr;
	lnet_nid_t nid[8];
	int rc;				/* of the call with this number: */
	unsigned int at;
	struct lt_ni *stop;		/* goes in the first call */
};

static int fetch(void *priv, struct lnet_nid *nid)
{
	struct fetched *f = priv;

	might_sleep();
	if (f->stop)
		lt_ni_stop(f->stop);
	f->stop = NULL;
	if (f->nr < ARRAY_SIZE(f->nid))
		f->nid[f->nr] = lnet_nid_to_nid4(nid);
	return f->nr++ == f->at ? f->rc : 1;
}

static void names_are_fetched(struct kunit *test)
{
	struct fetched f = {};
	struct lt_ni *ni = lt_ni(test);

	lt_ni_at(test, NID2(1));
	lt_ni_at(test, NID2(2));
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, LNET_NET_ANY, &f), 0);
	KUNIT_EXPECT_EQ(test, f.nr, 4);
	KUNIT_EXPECT_EQ(test, f.nid[0], LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, f.nid[1], LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, f.nid[2], NID2(1));
	KUNIT_EXPECT_EQ(test, f.nid[3], NID2(2));
	f = (struct fetched){};
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, NET2, &f), 0);
	KUNIT_EXPECT_EQ(test, f.nr, 2);
	KUNIT_EXPECT_EQ(test, f.nid[0], NID2(1));
	KUNIT_EXPECT_EQ(test, f.nid[1], NID2(2));
	f = (struct fetched){};
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, NO_NET, &f), 0);
	KUNIT_EXPECT_EQ(test, f.nr, 0);
	/* The function ends it; and it sees the NIDs of the beginning. */
	f = (struct fetched){ .rc = -EXDEV, .at = 1 };
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, LNET_NET_ANY, &f), -EXDEV);
	KUNIT_EXPECT_EQ(test, f.nr, 2);
	f = (struct fetched){ .stop = ni };
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, LNET_NET_ANY, &f), 0);
	KUNIT_EXPECT_EQ(test, f.nr, 4);
	KUNIT_EXPECT_EQ(test, f.nid[1], LT_NID_SELF);
}

static void names_of_lnet_that_is_down_are_none(struct kunit *test)
{
	struct lnet_nid nid = nid_of(LNET_NID_LO_0), src;
	struct lnet_processid id;
	struct fetched f = {};

	KUNIT_ASSERT_EQ(test, lnet_api_ni_fini(), 0);
	KUNIT_ASSERT_EQ(test, lnet_api_ni_init(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, &id, true), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetDist(&nid, &src, NULL), -EHOSTUNREACH);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(&nid));
	KUNIT_EXPECT_EQ(test, LNetHasLocalNet(LNET_NET_LO), 0);
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, LNET_NET_ANY, &f), 0);
	KUNIT_EXPECT_EQ(test, f.nr, 0);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nid), -EHOSTUNREACH);
	LNetLocalPrimaryNID(&nid);
	expect_nid(test, &nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
}

static void names_have_a_primary_of_ours(struct kunit *test)
{
	struct lnet_nid nid = large;

	LNetLocalPrimaryNID(&nid);
	expect_nid(test, &nid, LNET_NID_LO_0);
	lt_ni(test);
	lt_ni_at(test, NID2(1));
	LNetLocalPrimaryNID(&nid);
	expect_nid(test, &nid, LT_NID_SELF);
}

/* Peers -------------------------------------------------------------------- */

static void names_of_a_peer_have_a_primary(struct kunit *test)
{
	struct lnet_nid nids[] = {
		nid_of(LNET_NID_LO_0), nid_of(PRIMARY), large, nid_of(SECOND), nid_of(PRIMARY),
		nid_of(LT_NID_SELF), nid_of(LNET_NID_ANY),
	};
	struct lnet_nid nid;

	lt_param(test, "lnet_peer_discovery_disabled", "1");
	lt_ni(test);
	LNetAddPeer(nids, 0);
	LNetAddPeer(nids, -1);
	LNetAddPeer(NULL, 3);
	LNetAddPeer(nids, 2);
	/* More than there is memory for: the kernel would log that it was asked for so much. */
	LNetAddPeer(nids, INT_MAX);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	LNetAddPeer(nids, ARRAY_SIZE(nids));
	nid = nid_of(SECOND);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, PRIMARY);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, PRIMARY);

	nid = nid_of(OTHER);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, OTHER);
	nid = nid_of(LT_NID_SELF);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, LT_NID_SELF);
	nid = nid_of(LNET_NID_LO_0);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, LNET_NID_LO_0);
	nid = nid_of(LNET_NID_ANY);
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, LNET_NID_ANY);
	/* It is one of them. */
	nid = large;
	LNetPrimaryNID(&nid);
	expect_nid(test, &nid, PRIMARY);
}

static void names_of_a_peer_can_be_used(struct kunit *test)
{
	struct lnet_nid nids[] = { nid_of(LNET_MKNID(NO_NET, 1)), nid_of(SECOND) };
	struct lnet_nid nid = large;
	static DEFINE_SPINLOCK(lock);

	KUNIT_EXPECT_EQ(test, LNetGetPeerDiscoveryStatus(), 1);
	lt_param(test, "lnet_peer_discovery_disabled", "1");
	lt_ni(test);
	spin_lock(&lock);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nids[0]), -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nids[1]), 1);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nid), -EHOSTUNREACH);
	nid = nid_of(LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nid), 1);
	nid = nid_of(LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nid), 1);
	nid = nid_of(LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nid), -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, LNetGetPeerDiscoveryStatus(), 0);
	spin_unlock(&lock);
	/* By another NID of the node. */
	LNetAddPeer(nids, 2);
	KUNIT_EXPECT_EQ(test, LNetPeerDiscovered(&nids[0]), 1);
}

static void names_of_a_peer_are_logged(struct kunit *test)
{
	struct lnet_nid nids[] = { nid_of(PRIMARY), nid_of(SECOND) };
	struct lnet_processid id = { .nid = nids[1], .pid = LNET_PID_LUSTRE };
	struct lt_log log;

	lt_ni(test);
	lt_log_begin(&log);
	LNetDebugPeer(NULL);
	LNetDebugPeer(&id);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "peer 12345-21@ptlf7: way: by 1@ptlf7", ""), 1);
	LNetAddPeer(nids, 2);
	LNetDebugPeer(&id);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "21@ptlf7: way: by 1@ptlf7; its NIDs: ",
					   "20@ptlf7,21@ptlf7"), 1);
	id.nid = large;
	LNetDebugPeer(&id);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "2001:db8::1@tcp: way: none", ""), 1);
}

/* Changes ------------------------------------------------------------------ */

struct told {
	unsigned int calls;
	__u32 net[8];
	unsigned int nr[8];
	lnet_nid_t nid[8][4];
	bool quit;			/* asks for no more in the call */
	struct completion *hold;	/* waits for it in the call */
	struct completion *in;		/* completed before that */
};

static int tell(void *priv, struct nid_update_info *info)
{
	struct told *t = priv;
	unsigned int i, n = t->calls;
	struct lnet_nid *nid;

	might_sleep();
	if (n < ARRAY_SIZE(t->net)) {
		t->net[n] = info->nui_net;
		t->nr[n] = info->nui_count;
		for (i = 0; i < info->nui_count && i < 4; i++) {
			nid = genradix_ptr(&info->nui_rdx, i);
			t->nid[n][i] = nid ? lnet_nid_to_nid4(nid) : 0;
		}
	}
	if (t->in)
		complete(t->in);
	if (t->hold)
		wait_for_completion(t->hold);
	if (t->quit)
		LNetUnRegisterNIDUpdates(t);
	smp_store_release(&t->calls, n + 1);	/* what was noted comes first */
	return -EIO;
}

static void undo_tell(void *arg)
{
	LNetUnRegisterNIDUpdates(arg);
}

static struct told *told(struct kunit *test)
{
	struct told *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, LNetRegisterNIDUpdates(tell, t), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_tell, t), 0);
	return t;
}

/* The work item has told of everything when one that asked just now was told of a change. */
static void settle(struct kunit *test)
{
	struct told *t = told(test);
	struct lt_ni *f = lt_ni_at(test, LNET_MKNID(LNET_MKNET(PTL4LND, 99), 1));

	KUNIT_ASSERT_TRUE(test, lt_wait_for(smp_load_acquire(&t->calls) == 1)); /* see the store */
	lt_ni_stop(f);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(smp_load_acquire(&t->calls) == 2)); /* see the store */
	LNetUnRegisterNIDUpdates(t);
}

static void expect_told(struct kunit *test, struct told *t, unsigned int call, u32 net,
			unsigned int nr, lnet_nid_t first, lnet_nid_t second)
{
	/* See the store. */
	KUNIT_ASSERT_TRUE(test, lt_wait_for(smp_load_acquire(&t->calls) > call));
	KUNIT_EXPECT_EQ_MSG(test, t->net[call], net, "call %u", call);
	KUNIT_ASSERT_EQ_MSG(test, t->nr[call], nr, "call %u", call);
	if (nr > 0)
		KUNIT_EXPECT_EQ(test, t->nid[call][0], first);
	if (nr > 1)
		KUNIT_EXPECT_EQ(test, t->nid[call][1], second);
}

static void names_that_change_are_told(struct kunit *test)
{
	struct lt_ni *f[2];
	struct told *t;

	f[0] = lt_ni(test);
	settle(test);
	t = told(test);
	f[1] = lt_ni_at(test, NID2(1));
	expect_told(test, t, 0, NET2, 1, NID2(1), 0);
	lt_ni_stop(f[0]);
	expect_told(test, t, 1, LT_NET, 0, 0, 0);
	lt_ni_at(test, NID2(2));
	expect_told(test, t, 2, NET2, 2, NID2(1), NID2(2));
	lt_ni_stop(f[1]);
	expect_told(test, t, 3, NET2, 1, NID2(2), 0);
	settle(test);
	/* The two of the network of settle(), too. */
	KUNIT_EXPECT_EQ(test, t->calls, 6);
	LNetUnRegisterNIDUpdates(t);
	LNetUnRegisterNIDUpdates(t);
	settle(test);
	KUNIT_EXPECT_EQ(test, t->calls, 6);
}

static void names_without_memory_are_refused(struct kunit *test)
{
	struct lnet_nid nids[] = { nid_of(PRIMARY), nid_of(SECOND) };
	struct fetched f = {};
	struct told t = {};
	unsigned int n;

	lt_ni(test);
	for (n = 1; n <= 2; n++) {
		lnet_alloc_fail_nth(n);
		KUNIT_EXPECT_EQ(test, LNetRegisterNIDUpdates(tell, &t), -ENOMEM);
		KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	}
	/* It is not half asked for. */
	lnet_alloc_fail_nth(0);
	settle(test);
	KUNIT_EXPECT_EQ(test, t.calls, 0);
	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, LNetFetchNIDs(fetch, LNET_NET_ANY, &f), -ENOMEM);
	KUNIT_EXPECT_EQ(test, f.nr, 0);
	lnet_alloc_fail_nth(1);
	LNetAddPeer(nids, 2);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	lnet_alloc_fail_nth(0);
}

static int tell_other(void *priv, struct nid_update_info *info)
{
	((struct told *)priv)->calls += 100;
	return 0;
}

static void names_are_told_by_key(struct kunit *test)
{
	struct told *t = told(test), *other = told(test);

	KUNIT_EXPECT_EQ(test, LNetRegisterNIDUpdates(NULL, t), -EINVAL);
	KUNIT_EXPECT_EQ(test, LNetRegisterNIDUpdates(tell_other, t), 0);
	lt_ni(test);
	expect_told(test, other, 0, LT_NET, 1, LT_NID_SELF, 0);
	settle(test);
	KUNIT_EXPECT_EQ(test, t->calls, 300);
	KUNIT_EXPECT_EQ(test, other->calls, 3);
	LNetUnRegisterNIDUpdates(other);
	settle(test);
	KUNIT_EXPECT_EQ(test, t->calls, 500);
	KUNIT_EXPECT_EQ(test, other->calls, 3);
}

/* In the call itself. */
static void names_may_be_asked_for_no_more(struct kunit *test)
{
	struct told *t = told(test);

	t->quit = true;
	lt_ni(test);
	lt_ni_at(test, NID2(1));
	settle(test);
	KUNIT_EXPECT_EQ(test, t->calls, 1);
}

static int quit_thread(struct lt_thread *t)
{
	LNetUnRegisterNIDUpdates(t->arg);
	return READ_ONCE(((struct told *)t->arg)->calls);
}

/* No call is left on return; LNet can go down and come up meanwhile, under no caller's lock. */
static void names_are_told_without_a_lock(struct kunit *test)
{
	static struct lt_thread quitter;
	static struct completion in, hold;
	struct told *t = told(test);
	struct lt_ni *f;

	init_completion(&in);
	init_completion(&hold);
	t->in = &in;
	t->hold = &hold;
	f = lt_ni(test);
	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&in, msecs_to_jiffies(LT_PATIENCE_MS)));
	/* NIs come and go, and others ask. */
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	KUNIT_EXPECT_EQ(test, LNetRegisterNIDUpdates(tell_other, &in), 0);
	LNetUnRegisterNIDUpdates(&in);
	lt_thread_start(test, &quitter, quit_thread, t, 1);
	schedule_timeout_uninterruptible(5);
	KUNIT_EXPECT_FALSE(test, completion_done(&quitter.done));
	t->in = NULL;
	complete_all(&hold);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&quitter), 1);
	settle(test);
	KUNIT_EXPECT_EQ(test, t->calls, 1);
}

static struct kunit_case lnet_lustre_names_cases[] = {
	KUNIT_CASE(names_end_with_enoent),
	KUNIT_CASE(names_have_a_distance),
	KUNIT_CASE(names_are_known_as_ours),
	KUNIT_CASE(names_are_fetched),
	KUNIT_CASE(names_of_lnet_that_is_down_are_none),
	KUNIT_CASE(names_have_a_primary_of_ours),
	KUNIT_CASE(names_of_a_peer_have_a_primary),
	KUNIT_CASE(names_of_a_peer_can_be_used),
	KUNIT_CASE(names_of_a_peer_are_logged),
	KUNIT_CASE(names_that_change_are_told),
	KUNIT_CASE(names_without_memory_are_refused),
	KUNIT_CASE(names_are_told_by_key),
	KUNIT_CASE(names_may_be_asked_for_no_more),
	KUNIT_CASE(names_are_told_without_a_lock),
	{}
};

static struct kunit_suite lnet_lustre_names_suite = {
	.name = "lnet_lustre_names",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = names_case_init,
	.test_cases = lnet_lustre_names_cases,
};

kunit_test_suite(lnet_lustre_names_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: NIDs of this node and of peers");
MODULE_LICENSE("GPL");
