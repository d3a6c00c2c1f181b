// SPDX-License-Identifier: GPL-2.0
/*
 * Discovery: which NIDs are asked, and when; what is made of answers and pushes; and who is told of
 * our NIDs.
 */
#include "common.h"
#include "network/node.h"
#include "network/peer.h"
#include "network/ping_info.h"
#include "peer_node.h"

#include <linux/delay.h>
#include <linux/module.h>

/* Asking ------------------------------------------------------------------- */

static void peer_is_asked_once_when_it_is_met(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_peer_info info;

	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_UNKNOWN);
	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_ASKING);
	ANSWER(test, f, PRIMARY, ALONE, LNET_NI_STATUS_UP, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
	lnet_peer_look(PRIMARY, &info);
	KUNIT_EXPECT_EQ(test, info.features, ALONE);
	KUNIT_EXPECT_EQ(test, info.seq, 0);
	/* By another NI, it is known already; and as long as one driver knows it. */
	lnet_lnd_met(&any_ni, PRIMARY, false);
	lnet_lnd_connected(&any_ni, PRIMARY, false);
	lnet_lnd_parted(&any_ni, PRIMARY);
	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_DONE);
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static void peer_is_forgotten_when_drivers_do(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	lnet_lnd_met(&any_ni, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
	lnet_lnd_parted(&any_ni, PRIMARY);
	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_UNKNOWN);
	/* One that no driver knows is no fault. */
	lnet_lnd_connected(&any_ni, PRIMARY, true);
	lnet_peer_pushed(PRIMARY);
	lnet_peer_probe(PRIMARY);
	lnet_peer_forget(PRIMARY);
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static void peer_that_failed_is_asked_when_it_connects(struct kunit *test)
{
	u64 failed = lnet_peer_failures(LNET_PEER_ASK_FAILED);
	struct lt_ni *f = lt_ni(test);
	struct lnet_peer_info info;

	f->send_rc = -EHOSTUNREACH;
	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_FAILED));
	lnet_peer_look(PRIMARY, &info);
	KUNIT_EXPECT_EQ(test, info.error, -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, lnet_peer_failures(LNET_PEER_ASK_FAILED), failed + 1);
	f->send_rc = 0;
	lnet_lnd_connected(&any_ni, PRIMARY, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
}

static void peer_that_started_anew_is_asked_again(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_peer_info info;

	meet_and_tell(test, f, 7);
	lnet_lnd_connected(&any_ni, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, BOTH, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
	lnet_peer_look(PRIMARY, &info);
	KUNIT_EXPECT_EQ(test, info.seq, 1);
	/* And it has forgotten ours. */
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 2));
	acknowledge(test, f, PRIMARY);
}

static void undo_met_by(void *arg)
{
	struct lt_ni *g = arg;

	lnet_lnd_parted(g->ni, PRIMARY);
}

/* Its node may take callers from there alone. */
static void peer_is_asked_by_the_ni_that_met_it(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, LT_NID(5));

	KUNIT_ASSERT_TRUE(test, lnet_lnd_met(g->ni, PRIMARY, false));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_met_by, g), 0);
	KUNIT_ASSERT_TRUE(test, is_asked(test, g, PRIMARY, 1));
	ANSWER(test, g, PRIMARY, BOTH, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, g, PRIMARY, 1));
	acknowledge(test, g, PRIMARY);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	/* By the other one, too, which goes. */
	KUNIT_ASSERT_TRUE(test, lnet_lnd_met(f->ni, PRIMARY, false));
	lnet_lnd_connected(f->ni, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
	lnet_lnd_parted(f->ni, PRIMARY);
	lnet_lnd_connected(g->ni, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, g, PRIMARY, 2));
	ANSWER(test, g, PRIMARY, ALONE, 1, PRIMARY);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, PRIMARY), 1);
}

enum { SILENT = 70 };

/* Strangers that connect and then say nothing are asked, too. */
static void peer_that_is_wanted_does_not_wait_for_silent_ones(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	for (i = 0; i < SILENT; i++)
		meet(test, LT_NID(1000 + i), false);
	/* As many as are asked at once. */
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lt_ni_sends(f) >= 64));
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(OTHER, false, 0), -EAGAIN);
	msleep(500);
	KUNIT_ASSERT_EQ(test, sent_to(test, f, LNET_MSG_GET, OTHER), 1);
	ANSWER(test, f, OTHER, ALONE, 1, OTHER);
	/* Nor does one of them that somebody wants to know now. */
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), 64 + 1);
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(LT_NID(1000 + SILENT - 1), false, 0), -EAGAIN);
	msleep(500);
	KUNIT_ASSERT_EQ(test, sent_to(test, f, LNET_MSG_GET, LT_NID(1000 + SILENT - 1)), 1);
	/* The others have their turn when those are given up. */
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lt_ni_sends(f) == SILENT + 1));
	KUNIT_EXPECT_TRUE(test, is_in(LT_NID(1000 + SILENT - 1), LNET_PEER_FAILED));
}

static void undo_kept(void *nid)
{
	lnet_peer_forget((lnet_nid_t)(uintptr_t)nid);
}

/* While no driver knows a NID that an operator keeps, nobody sees its node start anew. */
static void peer_that_was_away_is_asked_again(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_peer_info info;

	lnet_lnd_met(&any_ni, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, BOTH, 50, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 1));
	acknowledge(test, f, PRIMARY);
	KUNIT_ASSERT_EQ(test, lnet_peer_keep(PRIMARY), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_kept,
							(void *)(uintptr_t)PRIMARY), 0);
	lnet_lnd_parted(&any_ni, PRIMARY);
	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_DONE);
	meet(test, PRIMARY, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, BOTH, 2, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 2));
	acknowledge(test, f, PRIMARY);
	lnet_peer_look(PRIMARY, &info);
	KUNIT_EXPECT_EQ(test, info.seq, 2);
}

/* All NIDs of a node that we send to, and of another the primary one. */
static void peer_names_others_to_be_asked(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	meet(test, SECOND, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, ALONE, 1, PRIMARY, SECOND, THIRD);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, THIRD, 1));
	ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY, SECOND, THIRD);
	ANSWER(test, f, THIRD, ALONE, 1, PRIMARY, SECOND, THIRD);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(LNetPrimaryNID(THIRD) == PRIMARY));
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	/* No driver has met those: nothing is left of them but what node.c knows. */
	KUNIT_EXPECT_TRUE(test, is_in(THIRD, LNET_PEER_UNKNOWN));

	meet(test, OTHER, false);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, OTHER, 1));
	ANSWER(test, f, OTHER, ALONE, 1, LT_NID(31), LT_NID(32), OTHER);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, LT_NID(31), 1));
	/* Our question has a driver dial it, which is no reason to ask all that it names. */
	meet(test, LT_NID(31), true);
	ANSWER(test, f, LT_NID(31), ALONE, 1, LT_NID(31), OTHER, LT_NID(33));
	KUNIT_ASSERT_TRUE(test, lt_wait_for(LNetPrimaryNID(OTHER) == LT_NID(31)));
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, LT_NID(32)), 0);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, LT_NID(33)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 5);
}

/* However many NIDs strangers have named, one that is wanted can be. */
static void peer_that_is_wanted_has_a_place(struct kunit *test)
{
	u64 many = lnet_peer_failures(LNET_PEER_NAMED_MANY);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	for (i = 0; i < 1030; i++)
		lnet_peer_hear_of(LT_NID(1000 + i));
	KUNIT_EXPECT_GT(test, lnet_peer_failures(LNET_PEER_NAMED_MANY), many);
	/* As many as are asked at once. */
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lt_ni_sends(f) == 64));
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(OTHER, false, 0), -EAGAIN);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, OTHER, 1));
	ANSWER(test, f, OTHER, ALONE, 1, OTHER);
	/* The others fail at once, when those have been given up. */
	f->send_rc = -EHOSTUNREACH;
}

/* Pushes ------------------------------------------------------------------- */

static void peer_that_pushes_is_asked_again(struct kunit *test)
{
	u64 early = lnet_peer_failures(LNET_PEER_PUSH_EARLY);
	struct lt_ni *f = lt_ni(test);

	meet_and_tell(test, f, 1);
	/* Within a second, it waits; many are one. */
	push(test, f, PRIMARY);
	push(test, f, PRIMARY);
	KUNIT_EXPECT_EQ(test, lnet_peer_failures(LNET_PEER_PUSH_EARLY), early + 1);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, PRIMARY), 1);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_ACK, PRIMARY), 2);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, BOTH, 2, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, BOTH, 2, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == PRIMARY));
	/* One that nobody has met makes us do nothing. */
	push(test, f, OTHER);
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, OTHER), 0);
}

/* Twice as long each time, if it had nothing new. */
static void peer_that_pushes_for_ever_is_asked_less_and_less(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	unsigned long began = jiffies;
	unsigned int i;

	meet(test, PRIMARY, true);
	for (i = 1; i <= 3; i++) {
		KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, i));
		ANSWER(test, f, PRIMARY, BOTH, 1, PRIMARY);
		KUNIT_ASSERT_TRUE(test, is_in(PRIMARY, LNET_PEER_DONE));
		push(test, f, PRIMARY);
	}
	/* After 1 s and 2 s. */
	KUNIT_EXPECT_TRUE(test, time_after_eq(jiffies, began + 3 * HZ));
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, PRIMARY), 3);
	acknowledge(test, f, PRIMARY);
}

/* What it said before counts, until it has started anew. */
static void peer_answer_of_long_ago_changes_nothing(struct kunit *test)
{
	u64 old = lnet_peer_failures(LNET_PEER_ASK_OLD);
	struct lt_ni *f = lt_ni(test);
	struct lnet_peer_info info;

	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, BOTH, 5, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, BOTH, 5, PRIMARY, SECOND);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == PRIMARY));
	acknowledge(test, f, PRIMARY);

	push(test, f, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, BOTH, 4, PRIMARY);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lnet_peer_failures(LNET_PEER_ASK_OLD) == old + 1));
	lnet_peer_look(PRIMARY, &info);
	KUNIT_EXPECT_EQ(test, info.seq, 5);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);

	/* Newer, it takes a NID back. */
	push(test, f, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 3));
	ANSWER(test, f, PRIMARY, BOTH, 6, PRIMARY);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(LNetPrimaryNID(SECOND) == SECOND));
}

/* Telling ------------------------------------------------------------------ */

static void peer_that_discovers_is_told_our_nids(struct kunit *test)
{
	struct lnet_ping_info *info = lt_vmalloc(test, sizeof(*info));
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lt_ni *f2;

	meet(test, PRIMARY, true);
	meet(test, OTHER, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, OTHER, 1));
	ANSWER(test, f, PRIMARY, BOTH, 1, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 1));
	sent = last_to(test, f, LNET_MSG_PUT, PRIMARY);
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.put.ptl_index, 0);
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.put.match_bits, cpu_to_le64(LNET_PING_BITS));
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, sent->len), 0);
	KUNIT_EXPECT_EQ(test, info->features, BOTH);
	KUNIT_EXPECT_EQ(test, info->ni[0].status, lnet_peer_our_seq());
	KUNIT_ASSERT_EQ(test, info->nr, 2);
	KUNIT_EXPECT_EQ(test, info->ni[1].nid, LT_NID_SELF);
	acknowledge(test, f, PRIMARY);
	/* The other does not discover. */
	ANSWER(test, f, OTHER, ALONE, LNET_NI_STATUS_UP, OTHER);
	KUNIT_ASSERT_TRUE(test, is_in(OTHER, LNET_PEER_DONE));

	f2 = lt_ni_at(test, NID2(1));
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 2));
	sent = last_to(test, f, LNET_MSG_PUT, PRIMARY);
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, sent->len), 0);
	KUNIT_ASSERT_EQ(test, info->nr, 3);
	KUNIT_EXPECT_EQ(test, info->ni[1].nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, info->ni[2].nid, NID2(1));
	acknowledge(test, f, PRIMARY);
	lt_ni_stop(f2);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 3));
	acknowledge(test, f, PRIMARY);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_PUT, OTHER), 0);
}

/* A question that is put off is not asked sooner because there is something to tell. */
static void peer_question_that_waits_is_not_pulled(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	meet_and_tell(test, f, 1);
	push(test, f, PRIMARY);
	lt_ni_at(test, NID2(1));
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 2));
	acknowledge(test, f, PRIMARY);
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_GET, PRIMARY), 1);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 2));
	ANSWER(test, f, PRIMARY, BOTH, 2, PRIMARY);
}

static void peer_is_told_that_we_do_not_discover_any_more(struct kunit *test)
{
	struct lnet_ping_info *info = lt_vmalloc(test, sizeof(*info));
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;

	meet_and_tell(test, f, 1);
	lt_param(test, "lnet_peer_discovery_disabled", "1");
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 2));
	sent = last_to(test, f, LNET_MSG_PUT, PRIMARY);
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, sent->len), 0);
	KUNIT_EXPECT_EQ(test, info->features, ALONE);
	acknowledge(test, f, PRIMARY);
	msleep(QUIET_MS);
	/* That was the last. */
	lt_ni_at(test, NID2(1));
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, sent_to(test, f, LNET_MSG_PUT, PRIMARY), 2);
}

/* As when it could not be done, and as nodes were asked before there was discovery. */
static void peer_is_not_asked_if_discovery_is_off(struct kunit *test)
{
	struct lnet_ping_info *info = lt_vmalloc(test, sizeof(*info));
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	lt_param(test, "lnet_peer_discovery_disabled", "1");
	meet(test, PRIMARY, true);
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(PRIMARY, true, 100), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, lnet_peer_await(PRIMARY, LT_PATIENCE_MS), -EOPNOTSUPP);
	lnet_lnd_connected(&any_ni, PRIMARY, true);
	lnet_peer_pushed(PRIMARY);
	msleep(QUIET_MS);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	lt_hdr_get(rx, LNET_PING_BITS, 4000, 0);
	rx->hdr.msg.get.ptl_index = 0;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, 48), 0);
	KUNIT_EXPECT_EQ(test, info->features, ALONE);
	KUNIT_EXPECT_EQ(test, info->ni[0].status, LNET_NI_STATUS_UP);
}

/* What clients want -------------------------------------------------------- */

static int discover_thread(struct lt_thread *t)
{
	return lnet_peer_discover(PRIMARY, t->index, LT_PATIENCE_MS);
}

static void peer_is_discovered_for_a_client(struct kunit *test)
{
	struct lt_thread *thread = kunit_kcalloc(test, 2, sizeof(*thread), GFP_KERNEL);
	struct lt_ni *f = lt_ni(test);
	unsigned int again;

	KUNIT_ASSERT_NOT_NULL(test, thread);
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(OTHER, false, 0), -EAGAIN);
	for (again = 0; again < 2; again++) {
		lt_thread_start(test, &thread[again], discover_thread, NULL, again);
		KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, again + 1));
		ANSWER(test, f, PRIMARY, ALONE, 1, PRIMARY);
		/* No driver has met it, so it may be gone before the thread looks. */
		KUNIT_EXPECT_TRUE(test, lt_thread_join(&thread[again]) == 0 ||
				  state_of(PRIMARY) == LNET_PEER_UNKNOWN);
	}
	KUNIT_EXPECT_EQ(test, lnet_peer_keep(SECOND), 0);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, SECOND, 1));
	ANSWER(test, f, SECOND, ALONE, 1, SECOND);
	KUNIT_ASSERT_TRUE(test, is_in(SECOND, LNET_PEER_DONE));
	KUNIT_EXPECT_EQ(test, lnet_peer_discover(SECOND, false, 100), 0);
	lnet_peer_forget(SECOND);
	KUNIT_EXPECT_EQ(test, (int)state_of(SECOND), LNET_PEER_UNKNOWN);
	ANSWER(test, f, OTHER, ALONE, 1, OTHER);
}

static void peer_is_not_remembered_without_memory(struct kunit *test)
{
	u64 none = lnet_peer_failures(LNET_PEER_NO_MEMORY);
	struct lt_ni *f = lt_ni(test);

	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_FALSE(test, lnet_lnd_met(&any_ni, PRIMARY, true));
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	KUNIT_EXPECT_EQ(test, lnet_peer_failures(LNET_PEER_NO_MEMORY), none + 1);
	KUNIT_EXPECT_EQ(test, (int)state_of(PRIMARY), LNET_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
}

static struct kunit_case lnet_peer_cases[] = {
	KUNIT_CASE(peer_is_asked_once_when_it_is_met),
	KUNIT_CASE(peer_is_forgotten_when_drivers_do),
	KUNIT_CASE(peer_that_failed_is_asked_when_it_connects),
	KUNIT_CASE(peer_that_started_anew_is_asked_again),
	KUNIT_CASE(peer_that_was_away_is_asked_again),
	KUNIT_CASE(peer_names_others_to_be_asked),
	KUNIT_CASE_SLOW(peer_that_is_wanted_has_a_place),
	KUNIT_CASE_SLOW(peer_is_asked_by_the_ni_that_met_it),
	KUNIT_CASE_SLOW(peer_that_is_wanted_does_not_wait_for_silent_ones),
	KUNIT_CASE_SLOW(peer_question_that_waits_is_not_pulled),
	KUNIT_CASE(peer_is_told_that_we_do_not_discover_any_more),
	KUNIT_CASE_SLOW(peer_that_pushes_is_asked_again),
	KUNIT_CASE_SLOW(peer_that_pushes_for_ever_is_asked_less_and_less),
	KUNIT_CASE_SLOW(peer_answer_of_long_ago_changes_nothing),
	KUNIT_CASE(peer_that_discovers_is_told_our_nids),
	KUNIT_CASE(peer_is_not_asked_if_discovery_is_off),
	KUNIT_CASE(peer_is_discovered_for_a_client),
	KUNIT_CASE(peer_is_not_remembered_without_memory),
	{}
};

static struct kunit_suite lnet_peer_suite = {
	.name = "lnet_peer",
	.suite_init = peer_suite_init,
	.suite_exit = lt_suite_exit,
	.init = peer_case_init,
	.test_cases = lnet_peer_cases,
};

kunit_test_suite(lnet_peer_suite);

MODULE_DESCRIPTION("KUnit suite of lnet: discovery of other nodes' NIDs");
MODULE_LICENSE("GPL");
