// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes with several NIDs: which path messages take to one, and how its NIDs are discovered.
 */
#include "common.h"
#include "large.h"
#include "event/alias.h"
#include "event/large_nid.h"
#include "network/node.h"
#include "network/peer.h"
#include "peer_node.h"

#include <linux/delay.h>
#include <linux/module.h>

static lnet_nid_t put_to(struct kunit *test, struct lt_ni *f, lnet_nid_t self, lnet_nid_t target)
{
	static char buf[8];
	unsigned int n = lt_ni_sends(f);

	KUNIT_ASSERT_EQ(test, LNetPut(self, lt_source(test, buf, sizeof(buf)), LNET_NOACK_REQ,
				      lt_id(target, LNET_PID_LUSTRE), LT_PORTAL, 1, 0, 0), 0);
	return lt_ni_sends(f) == n ? LNET_NID_ANY : lt_ni_sent(test, f, n)->peer;
}

/* Messages take turns over all pairs of an NI and a NID on its network. */
static void peer_paths_are_taken_in_turn(struct kunit *test)
{
	const lnet_nid_t nids[] = {
		PRIMARY, SECOND, NID2(20), LNET_MKNID(LNET_MKNET(SOCKLND, 9), 1),
	};
	struct lt_ni *f[] = { lt_ni(test), lt_ni_at(test, LT_NID(5)), lt_ni_at(test, NID2(1)) };
	unsigned int i, n[3];

	KUNIT_ASSERT_EQ(test, lnet_node_add(nids, ARRAY_SIZE(nids)), 0);
	for (i = 0; i < 15; i++)
		put_to(test, f[0], LNET_NID_ANY, PRIMARY);
	for (i = 0; i < 3; i++)
		n[i] = lt_ni_sends(f[i]);
	KUNIT_EXPECT_EQ(test, n[0], 6);
	KUNIT_EXPECT_EQ(test, n[1], 6);
	KUNIT_EXPECT_EQ(test, n[2], 3);
	KUNIT_EXPECT_EQ(test, sent_to(test, f[0], LNET_MSG_PUT, PRIMARY), 3);
	KUNIT_EXPECT_EQ(test, sent_to(test, f[1], LNET_MSG_PUT, SECOND), 3);
	/* A caller may name the NI. */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, put_to(test, f[2], NID2(1), PRIMARY), NID2(20));
	/* Others go as they are named. */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, put_to(test, f[0], LNET_NID_ANY, OTHER), OTHER);
}

/* It is one node by both kinds of NIDs, the large one first or last. */
static void peer_with_large_nids_is_discovered(struct kunit *test)
{
	const lnet_nid_t own = large_kept(test, 1);
	const lnet_nid_t far = large_kept(test, 2), far2 = large_kept(test, 3);
	struct lt_ni *f = lt_ni(test), *l = lt_ni_at(test, own);

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, far);
	KUNIT_ASSERT_TRUE(test, is_asked(test, l, far, 1));
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(far), far);
	ANSWER(test, l, far, ALONE, 1, PRIMARY, far);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(LNetPrimaryNID(far) == PRIMARY));

	meet(test, OTHER, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, OTHER, 1));
	answer(test, f, OTHER, ALONE, 1, (const lnet_nid_t []){ far2, OTHER, 0 });
	KUNIT_ASSERT_TRUE(test, is_asked(test, l, far2, 1));
	answer(test, l, far2, ALONE, 1, (const lnet_nid_t []){ far2, OTHER, 0 });
	KUNIT_EXPECT_TRUE(test, lt_wait_for(LNetPrimaryNID(OTHER) == far2));
}

static int await_thread(struct lt_thread *t)
{
	return lnet_peer_discover(PRIMARY, false, LT_PATIENCE_MS);
}

/* Who asks for a node waits until all of its NIDs are known as such. */
static void peer_is_discovered_with_all_of_its_nids(struct kunit *test)
{
	static struct lt_thread t;
	struct lt_ni *f = lt_ni(test);

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	lt_thread_start(test, &t, await_thread, NULL, 1);
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_EXPECT_FALSE(test, completion_done(&t.done));
	ANSWER(test, f, SECOND, ALONE, 1, PRIMARY, SECOND);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
}

/* A question that was put off goes with it: nothing is left that would run later. */
static void peer_that_goes_leaves_no_question(struct kunit *test)
{
	const lnet_nid_t own = large_kept(test, 1), far = large_kept(test, 2);
	struct lt_ni *l = lt_ni_at(test, own);
	unsigned int held;

	lnet_lnd_met(&any_ni, far, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, l, far, 1));
	answer(test, l, far, ALONE, 1, (const lnet_nid_t []){ far, 0 });
	KUNIT_ASSERT_TRUE(test, is_in(far, LNET_PEER_DONE));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_over()));
	lnet_peer_pushed(far);
	lnet_node_forget_all();
	lnet_node_allow();
	held = lnet_large_nid_held();
	kunit_release_action(test, large_put, (void *)(uintptr_t)far);
	/* The table has the last reference, and the question that waits, for a second, has none. */
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held);
	lnet_lnd_parted(&any_ni, far);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held - 1);
}

/* Of a node with one NID: it must know that our NIs are those of one node. */
static void peer_paths_by_our_nis_wait_until_it_knows_them(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, LT_NID(5));
	unsigned int i;

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, put_to(test, f, LNET_NID_ANY, PRIMARY), PRIMARY);
	ANSWER(test, f, PRIMARY, BOTH, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 5));
	KUNIT_EXPECT_EQ(test, lt_ni_sends(g), 0);
	acknowledge(test, f, PRIMARY);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lnet_peer_is_multi_rail(PRIMARY)));
	for (i = 0; i < 8; i++)
		put_to(test, g, LNET_NID_ANY, PRIMARY);
	KUNIT_EXPECT_EQ(test, sent_to(test, g, LNET_MSG_PUT, PRIMARY), 4);
	/* A caller may name the NI. */
	for (i = 0; i < 4; i++)
		put_to(test, g, LT_NID(5), PRIMARY);
	KUNIT_EXPECT_EQ(test, sent_to(test, g, LNET_MSG_PUT, PRIMARY), 8);
}

static void peer_paths_that_fail_are_avoided_and_probed(struct kunit *test)
{
	const lnet_nid_t nids[] = { PRIMARY, NID2(20) };
	struct lt_ni *f = lt_ni(test), *f2 = lt_ni_at(test, NID2(1));
	unsigned int i;

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
	KUNIT_ASSERT_EQ(test, lnet_node_add(nids, ARRAY_SIZE(nids)), 0);
	f->unreachable = PRIMARY;
	for (i = 0; i < 6; i++)
		put_to(test, f2, LNET_NID_ANY, PRIMARY);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f2), 6);
	/* It was asked a moment ago; some seconds later it is asked again. */
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, PRIMARY), 1);
	msleep(5100);
	put_to(test, f2, LNET_NID_ANY, PRIMARY);
	KUNIT_EXPECT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	/* If none is good, all are as good as the others. */
	f2->unreachable = NID2(20);
	for (i = 0; i < 6; i++)
		put_to(test, f2, LNET_NID_ANY, PRIMARY);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_PUT, PRIMARY), 3);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f2), 7 + 3);
	/* One that is down by its own account. */
	f->unreachable = 0;
	f2->unreachable = 0;
	lnet_ni_status_set(f->ni, LNET_NI_STATUS_DOWN);
	for (i = 0; i < 4; i++)
		put_to(test, f2, LNET_NID_ANY, PRIMARY);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f2), 10 + 4);
}

/* Two others say that one of its NIDs is theirs. It is asked, and believed. */
static void peer_that_gave_a_nid_away_is_asked(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, ALONE, 1, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == PRIMARY));
	meet(test, OTHER, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, OTHER, 1));
	ANSWER(test, f, OTHER, ALONE, 1, OTHER, SECOND);
	KUNIT_ASSERT_TRUE(test, is_in(OTHER, LNET_PEER_DONE));
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(SECOND, true, 0), -EAGAIN);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 2));
	ANSWER(test, f, SECOND, ALONE, 1, OTHER, SECOND);
	/* It was asked a moment ago. */
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == SECOND));
}

/* Each takes the other one for the primary NID. Nothing is made of that, and nobody asked again. */
static void peer_that_names_one_that_names_it_is_asked_once(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	meet(test, PRIMARY, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	answer(test, f, PRIMARY, ALONE, 1, (const lnet_nid_t []){ SECOND, PRIMARY, 0 });
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	answer(test, f, SECOND, ALONE, 1, (const lnet_nid_t []){ PRIMARY, SECOND, 0 });
	/* Longer than the pause before a probe. */
	msleep(5500);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 2);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
}

/* Its answer has given way to those of many others by the time that its second NID is asked. */
static void peer_whose_answer_was_dropped_is_asked(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	meet(test, PRIMARY, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
	lnet_node_forget_all();
	lnet_node_allow();
	meet(test, SECOND, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, ALONE, 1, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, SECOND);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == PRIMARY));
}

static struct kunit_case lnet_peer_paths_cases[] = {
	KUNIT_CASE(peer_with_large_nids_is_discovered),
	KUNIT_CASE(peer_is_discovered_with_all_of_its_nids),
	KUNIT_CASE(peer_that_goes_leaves_no_question),
	KUNIT_CASE(peer_paths_by_our_nis_wait_until_it_knows_them),
	KUNIT_CASE(peer_paths_are_taken_in_turn),
	KUNIT_CASE_SLOW(peer_paths_that_fail_are_avoided_and_probed),
	KUNIT_CASE_SLOW(peer_that_gave_a_nid_away_is_asked),
	KUNIT_CASE_SLOW(peer_that_names_one_that_names_it_is_asked_once),
	KUNIT_CASE_SLOW(peer_whose_answer_was_dropped_is_asked),
	{}
};

static struct kunit_suite lnet_peer_paths_suite = {
	.name = "lnet_peer_paths",
	.suite_init = peer_suite_init,
	.suite_exit = lt_suite_exit,
	.init = peer_case_init,
	.test_cases = lnet_peer_paths_cases,
};

kunit_test_suite(lnet_peer_paths_suite);

MODULE_DESCRIPTION("KUnit suite of lnet: paths to nodes with several NIDs");
MODULE_LICENSE("GPL");
