// SPDX-License-Identifier: GPL-2.0
/*
 * The delayed queue of a lazy portal: how much a crowd in it costs clients that post
 * something else, how much of it one peer may have, and how old it gets.
 */
#include "common.h"
#include "event/portal.h"
#include "hooks/watch.h"

#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/module.h>

enum {
	CROWD	= 3000,			/* that wait, of so many match bits */
	CROWD_OF_PEER	= 400,		/* of the same bits */
	FEW	= 64,			/* looked at, where each of them stands alone */
	BITS	= 100000,		/* the first's */
	OTHERS	= 7,			/* bits of which nothing waits */
	AGE_MS	= 3000,
};

#define NID_VICTIM	LT_NID(3)	/* a peer that sends little */

#define PARAMETERS	"../../module/lnet/parameters/"

static struct lt_rx *arrive_from(struct kunit *test, struct lt_ni *f, lnet_nid_t nid,
				 u64 bits, unsigned int bytes, u64 tag)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, bits, bytes, 0, tag);
	lt_hdr_from(rx, nid, LNET_PID_LUSTRE);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	return rx;
}

static bool waits(struct kunit *test, struct lt_ni *f, lnet_nid_t nid, unsigned int bytes)
{
	return !arrive_from(test, f, nid, 1, bytes, 0)->done;
}

/* Post an ME with its MD. How many messages and MEs are compared for it. */
static unsigned int attach_compares(struct kunit *test, struct lnet_process_id id,
				    u64 bits, u64 ignore, int threshold,
				    unsigned int op, struct lt_rec *rec)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lnet_handle_me meh = lt_me_attach(test, LT_PORTAL, id, bits, ignore,
						 LNET_RETAIN, LNET_INS_AFTER);
	struct lnet_md md = lt_md(NULL, 0, threshold, op, eqh, rec);
	struct lnet_handle_md mdh;
	struct lnet_watched seen;
	int rc;

	lnet_watch_begin();
	rc = LNetMDAttach(meh, md, LNET_RETAIN, &mdh);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, rc, 0);
	return seen.compared;
}

static void expect_tags(struct kunit *test, struct lt_rec *rec,
			const u64 *tags, unsigned int n)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, i)->hdr_data, tags[i]);
}

/* The cost of a crowd ------------------------------------------------------ */

static void crowd_over_loopback(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	unsigned int i;

	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < CROWD; i++)
		KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, BITS + i, 0, i), 0);
}

static void delayed_crowd_costs_other_bits_nothing(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);

	crowd_over_loopback(test);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_lo, OTHERS, 0, 1,
					      LNET_MD_OP_PUT, rec), FEW);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_any, OTHERS, 0, 1,
					      LNET_MD_OP_PUT, rec), FEW);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);
}

static void delayed_one_in_a_crowd_is_found_by_its_bits(struct kunit *test)
{
	static const u64 tags[] = { CROWD / 2, CROWD - 1 };
	struct lt_rec *rec = lt_rec(test);

	crowd_over_loopback(test);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_lo, BITS + CROWD / 2, 0, 1,
					      LNET_MD_OP_PUT, rec), FEW);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_any, BITS + CROWD - 1, 0, 1,
					      LNET_MD_OP_PUT, rec), FEW);
	expect_tags(test, rec, tags, 2);
}

static void delayed_crowd_of_a_peer_costs_another_one_nothing(struct kunit *test)
{
	struct lnet_process_id victim = lt_id(NID_VICTIM, LNET_PID_LUSTRE);
	static const u64 tags[] = { 42 };
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < CROWD_OF_PEER; i++)
		arrive_from(test, f, LT_NID_PEER, 1, 0, i);
	arrive_from(test, f, NID_VICTIM, 1, 0, 42);
	KUNIT_EXPECT_LT(test, attach_compares(test, victim, 1, 0, LNET_MD_THRESH_INF,
					      LNET_MD_OP_PUT, rec), FEW);
	expect_tags(test, rec, tags, 1);
}

static void delayed_crowd_is_left_when_the_md_is_used_up(struct kunit *test)
{
	static const u64 tags[] = { 0, 1 };
	struct lt_rec *rec = lt_rec(test);

	crowd_over_loopback(test);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_any, 0, U64_MAX, 2,
					      LNET_MD_OP_PUT, rec), FEW);
	expect_tags(test, rec, tags, 2);
	/* One that takes none, or no PUT, does not look. */
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_any, 0, U64_MAX, 0,
					      LNET_MD_OP_PUT, rec), FEW);
	KUNIT_EXPECT_LT(test, attach_compares(test, lt_any, 0, U64_MAX, 1,
					      LNET_MD_OP_GET, rec), FEW);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 2);
}

/* Four kinds of ME ask in turn; each gets the oldest of what it asks for. */
static void delayed_each_kind_of_me_takes_the_oldest(struct kunit *test)
{
	static const u64 tags[] = { 2, 0, 1, 4, 3 };
	struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);

	lt_lazy(test, LT_PORTAL);
	arrive_from(test, f, NID_VICTIM, 1, 0, 0);
	arrive_from(test, f, NID_VICTIM, 2, 0, 1);
	arrive_from(test, f, LT_NID_PEER, 1, 0, 2);
	arrive_from(test, f, NID_VICTIM, 1, 0, 3);
	arrive_from(test, f, LT_NID_PEER, 1, 0, 4);

	attach_compares(test, peer, 1, 0, 1, LNET_MD_OP_PUT, rec);
	attach_compares(test, lt_id(LNET_NID_ANY, LNET_PID_LUSTRE), 1, 0, 1,
			LNET_MD_OP_PUT, rec);
	attach_compares(test, lt_any, 0, U64_MAX, 1, LNET_MD_OP_PUT, rec);
	attach_compares(test, lt_id(LT_NID_PEER, LNET_PID_ANY), 1, 0, 1,
			LNET_MD_OP_PUT, rec);
	attach_compares(test, lt_any, 0, U64_MAX, 1, LNET_MD_OP_PUT, rec);
	expect_tags(test, rec, tags, ARRAY_SIZE(tags));
}

/* How much one peer may have ------------------------------------------------ */

static void delayed_one_peer_leaves_places_to_others(struct kunit *test)
{
	struct lnet_process_id victim = lt_id(NID_VICTIM, LNET_PID_LUSTRE);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE);
	static const u64 tags[] = { 42 };
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	unsigned int i, n = 0;

	lt_param(test, "lazy_max_msgs", "10");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 20; i++)
		n += waits(test, f, LT_NID_PEER, 0);
	KUNIT_EXPECT_EQ(test, n, 5);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE), drops + 15);

	rx = arrive_from(test, f, NID_VICTIM, 1, 0, 42);
	KUNIT_EXPECT_FALSE(test, rx->done);
	attach_compares(test, victim, 1, 0, 1, LNET_MD_OP_PUT, rec);
	expect_tags(test, rec, tags, 1);
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 0));

	/* Its places are its own again. */
	attach_compares(test, lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 1, 0, 2,
			LNET_MD_OP_PUT, lt_rec(test));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 0));
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 0));
}

static void delayed_one_peer_leaves_bytes_to_others(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE);
	struct lt_ni *f = lt_ni(test);

	lt_param(test, "lazy_max_bytes", "1000");
	lt_lazy(test, LT_PORTAL);
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 300));
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 201));
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 200));
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 1));
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 0));
	/* One is taken, and its bytes are free again. */
	attach_compares(test, lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 1, 0, 1,
			LNET_MD_OP_PUT | LNET_MD_TRUNCATE, lt_rec(test));
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 301));
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 300));
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE), drops + 3);
	KUNIT_EXPECT_TRUE(test, waits(test, f, NID_VICTIM, 500));

	/* All of it is given back; and a peer that has none may have one of any size. */
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 900));
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 1));
	KUNIT_EXPECT_TRUE(test, waits(test, f, NID_VICTIM, 100));
}

/* An announced payload must fit, but is charged only when it comes. */
static void delayed_bytes_count_when_they_come(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL);
	struct lnet_portal *pt = lnet_portal(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *first, *second;

	lt_param(test, "lazy_max_bytes", "1000");
	lt_param(test, "lazy_peer_share", "100");
	lt_lazy(test, LT_PORTAL);
	f->eager_rc = 1;
	first = arrive_from(test, f, LT_NID_PEER, 1, 900, 0);
	second = arrive_from(test, f, LT_NID_PEER, 1, 900, 1);
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 1001));
	KUNIT_EXPECT_EQ(test, pt->delayed_msgs, 2);
	KUNIT_EXPECT_EQ(test, pt->delayed_bytes, 0);

	KUNIT_EXPECT_EQ(test, lnet_msg_charge(first->waits, 900), 0);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(second->waits, 100), 0);
	KUNIT_EXPECT_EQ(test, pt->delayed_bytes, 1000);
	KUNIT_EXPECT_FALSE(test, waits(test, f, LT_NID_PEER, 1));
	/* No room: it leaves, what it had is free, and the driver is not asked. */
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(second->waits, 1), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, second->recvs, 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL), drops + 3);
	KUNIT_EXPECT_EQ(test, pt->delayed_msgs, 1);
	KUNIT_EXPECT_EQ(test, pt->delayed_bytes, 900);
	KUNIT_EXPECT_TRUE(test, waits(test, f, LT_NID_PEER, 100));
}

static void delayed_share_counts_bytes_that_come(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *first, *second;

	lt_param(test, "lazy_max_bytes", "1000");
	lt_lazy(test, LT_PORTAL);
	f->eager_rc = 1;
	/* The only one that waits may be of any size. */
	first = arrive_from(test, f, LT_NID_PEER, 1, 900, 0);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(first->waits, 400), 0);
	second = arrive_from(test, f, LT_NID_PEER, 1, 100, 1);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(second->waits, 100), 0);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(first->waits, 1), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_SHARE), drops + 1);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(second->waits, 500), 0);
	KUNIT_EXPECT_EQ(test, lnet_portal(LT_PORTAL)->delayed_bytes, 600);
	KUNIT_EXPECT_TRUE(test, waits(test, f, NID_VICTIM, 400));
}

/* Taken out, and received: it takes no room of the portal's any more. */
static void delayed_one_that_is_taken_is_not_charged(struct kunit *test)
{
	struct lnet_portal *pt = lnet_portal(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_param(test, "lazy_max_bytes", "1000");
	lt_lazy(test, LT_PORTAL);
	f->eager_rc = 1;
	f->hold_recv = true;
	rx = arrive_from(test, f, LT_NID_PEER, 1, 0, 0);
	attach_compares(test, lt_any, 1, 0, 1, LNET_MD_OP_PUT, lt_rec(test));
	KUNIT_ASSERT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lnet_msg_charge(rx->waits, 5000), 0);
	KUNIT_EXPECT_EQ(test, pt->delayed_msgs, 0);
	KUNIT_EXPECT_EQ(test, pt->delayed_bytes, 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
}

static void delayed_share_is_a_parameter(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	unsigned int i, n = 0;

	lt_param(test, "lazy_max_msgs", "10");
	lt_param(test, "lazy_peer_share", "1");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 4; i++)
		n += waits(test, f, LT_NID_PEER, 0);
	KUNIT_EXPECT_EQ(test, n, 1);
	lt_param(test, "lazy_peer_share", "100");
	for (i = 0; i < 20; i++)
		n += waits(test, f, LT_NID_PEER, 0);
	KUNIT_EXPECT_EQ(test, n, 10);
}

static void delayed_share_does_not_bind_this_node(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	u64 delayed = lt_delayed(LT_PORTAL);
	unsigned int i;

	lt_param(test, "lazy_max_msgs", "10");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed + 10);
}

/*
 * The cost of a crowd when it is dropped: each time the portal's lock is held, only some messages
 * are taken out. The same holds for the messages of one NI among those of others.
 */
enum { HOLD = 64 };

static unsigned int holds(struct kunit *test)
{
	struct lnet_window_count count;

	lnet_window_counts(LNET_WINDOW_PORTAL_RESUME, &count);
	return count.passed;
}

static void delayed_crowd_is_dropped_some_at_a_time(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = 1, .every = true, .nth = 1000 };
	u64 cleared = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);

	crowd_over_loopback(test);
	lt_window_open(test, LNET_WINDOW_PORTAL_RESUME, &plan);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, holds(test), DIV_ROUND_UP(CROWD, HOLD));
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			cleared + CROWD);
}

/* As many by an NI as by the loopback, one behind the other. */
static void crowd_by_turns(struct kunit *test, struct lt_ni *f)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	unsigned int i;

	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < CROWD_OF_PEER; i++) {
		arrive_from(test, f, LT_NID_PEER, 1, 0, i);
		KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, BITS + i, 0, i), 0);
	}
}

static void delayed_crowd_of_an_ni_is_dropped_some_at_a_time(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = 1, .every = true, .nth = 1000 };
	u64 gone = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);
	u64 cleared = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	struct lt_ni *f = lt_ni(test);

	crowd_by_turns(test, f);
	lt_window_open(test, LNET_WINDOW_PORTAL_RESUME, &plan);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, holds(test), DIV_ROUND_UP(CROWD_OF_PEER, HOLD));
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN),
			gone + CROWD_OF_PEER);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			cleared + CROWD_OF_PEER);
}

static int stop_ni(struct lt_thread *t)
{
	lt_ni_stop(t->arg);
	return 0;
}

/*
 * The thread that drops what came by an NI stops after each hold of the lock, behind the last one
 * that it has dropped: there stands one of others. Meanwhile MEs take all of those.
 */
static void delayed_one_may_be_taken_where_a_drop_goes_on(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = 20000, .every = true, .nth = 1 };
	u64 gone = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);
	u64 cleared = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);
	static struct lt_thread t;
	unsigned int i;

	crowd_by_turns(test, f);
	lt_window_open(test, LNET_WINDOW_PORTAL_RESUME, &plan);
	lt_thread_start(test, &t, stop_ni, f, 0);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN) > gone ||
					    holds(test)));
	for (i = HOLD; i <= CROWD_OF_PEER; i += HOLD)
		attach_compares(test, lt_any, BITS + i - 1, 0, 1, LNET_MD_OP_PUT, rec);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), CROWD_OF_PEER / HOLD);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN), gone + CROWD_OF_PEER);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED) + lt_rec_count(rec),
			cleared + CROWD_OF_PEER);
}

/* More of others before the NI's than are looked at under one hold. */
static void delayed_crowd_of_others_is_passed_some_at_a_time(struct kunit *test)
{
	u64 gone = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);
	u64 cleared = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	struct lt_ni *f = lt_ni(test);

	crowd_over_loopback(test);
	arrive_from(test, f, LT_NID_PEER, 1, 0, 1);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN), gone + 1);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED), cleared + CROWD);
}

/* How old it gets ----------------------------------------------------------- */

static void delayed_old_ones_are_dropped_and_the_young_stay(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED);
	static const u64 tags[] = { 3, 4 };
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *old[2];
	int i;

	lt_param(test, "lazy_max_age_s", "0");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 2; i++)
		old[i] = arrive_from(test, f, LT_NID_PEER, 1, 10, i);
	msleep(AGE_MS);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_FALSE(test, READ_ONCE(old[i]->done));

	arrive_from(test, f, LT_NID_PEER, 1, 0, 3);
	arrive_from(test, f, NID_VICTIM, 1, 0, 4);
	lt_param(test, "lazy_max_age_s", "3");
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(old[i]->done)));
		KUNIT_EXPECT_TRUE(test, old[i]->dropped);
		KUNIT_EXPECT_TRUE(test, old[i]->newpriv);
		KUNIT_EXPECT_EQ(test, old[i]->recvs, 1);
		KUNIT_EXPECT_EQ(test, old[i]->rlen, 10);
	}
	attach_compares(test, lt_any, 1, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, rec);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED), drops + 2);
	expect_tags(test, rec, tags, 2);
}

static void delayed_crowd_that_ages_goes_whole(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED);

	lt_param(test, "lazy_max_age_s", "1");
	crowd_over_loopback(test);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED) ==
					    drops + CROWD));
}

/*
 * An old one is out of the queue and not yet dropped, and its NI goes, or the
 * portal is cleared: it is dropped once, and its NI waits for it.
 */
static struct lt_rx *let_one_age(struct kunit *test, struct lt_ni *f)
{
	static const struct lnet_window_plan plan = { .us = 0, .nth = 1 };
	struct lt_rx *rx;

	lt_param(test, "lazy_max_age_s", "1");
	lt_lazy(test, LT_PORTAL);
	rx = arrive_from(test, f, LT_NID_PEER, 1, 10, 1);
	lt_window_open(test, LNET_WINDOW_PORTAL_RESUME, &plan);
	KUNIT_EXPECT_TRUE(test, lnet_window_await(LNET_WINDOW_PORTAL_RESUME));
	KUNIT_EXPECT_FALSE(test, rx->done);
	return rx;
}

static void delayed_old_one_holds_its_ni_until_it_is_dropped(struct kunit *test)
{
	u64 aged = lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED);
	u64 drops = lt_drops_all(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = let_one_age(test, f);

	/* The one in the window is forgotten there after two seconds. */
	lt_ni_stop(f);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_AGED), aged + 1);
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), drops + 1);
}

static void delayed_old_one_is_dropped_once_though_the_portal_is_cleared(struct kunit *test)
{
	u64 drops = lt_drops_all(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = let_one_age(test, f);

	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	lnet_window_let_go(LNET_WINDOW_PORTAL_RESUME);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(rx->done)));
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), drops + 1);
}

/* Parameters ---------------------------------------------------------------- */

static void expect_refused(struct kunit *test, const char *path, const char *said,
			   const char *const *values, unsigned int n)
{
	char before[32], after[32];
	struct lt_log log;
	unsigned int i;

	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, before, sizeof(before)), 0);
	lt_log_begin(&log);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(path, values[i]), -EINVAL,
				    "'%s'", values[i]);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, said, "is not in"), n);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, after, sizeof(after)), 0);
	KUNIT_EXPECT_STREQ(test, before, after);
}

static void delayed_wrong_bounds_are_refused(struct kunit *test)
{
	static const char *const shares[] = { "0", "101", "-1", "half", "4294967297" };
	static const char *const ages[] = { "604801", "-1", "1h", "4294967296" };

	expect_refused(test, PARAMETERS "lazy_peer_share", "lazy_peer_share=", shares,
		       ARRAY_SIZE(shares));
	expect_refused(test, PARAMETERS "lazy_max_age_s", "lazy_max_age_s=", ages,
		       ARRAY_SIZE(ages));
}

static void delayed_queue_that_cannot_be_made_drops(struct kunit *test)
{
	enum { FRESH = 58 };
	u64 drops = lt_drops(FRESH, LNET_DROP_DELAY_FAILED);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);
	unsigned int n;

	lt_lazy(test, FRESH);
	/* The message; the queue; its sender's place; and then all is there. */
	for (n = 2; n < 5; n++) {
		lt_hdr_put(rx, 1, 0, 0, 0);
		rx->hdr.msg.put.ptl_index = cpu_to_le32(FRESH);
		lnet_alloc_fail_nth(n);
		KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
		lnet_alloc_fail_nth(0);
		if (!rx->done)
			break;
		KUNIT_EXPECT_TRUE(test, rx->dropped);
		KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	}
	KUNIT_EXPECT_GT(test, lt_drops(FRESH, LNET_DROP_DELAY_FAILED), drops);
	KUNIT_EXPECT_EQ(test, lt_drops(FRESH, LNET_DROP_DELAY_FAILED), drops + n - 2);
	KUNIT_EXPECT_FALSE(test, rx->done);
}

static struct kunit_case lnet_delayed_cases[] = {
	KUNIT_CASE(delayed_crowd_costs_other_bits_nothing),
	KUNIT_CASE(delayed_one_in_a_crowd_is_found_by_its_bits),
	KUNIT_CASE(delayed_crowd_of_a_peer_costs_another_one_nothing),
	KUNIT_CASE(delayed_crowd_is_left_when_the_md_is_used_up),
	KUNIT_CASE(delayed_each_kind_of_me_takes_the_oldest),
	KUNIT_CASE(delayed_one_peer_leaves_places_to_others),
	KUNIT_CASE(delayed_one_peer_leaves_bytes_to_others),
	KUNIT_CASE(delayed_bytes_count_when_they_come),
	KUNIT_CASE(delayed_share_counts_bytes_that_come),
	KUNIT_CASE(delayed_one_that_is_taken_is_not_charged),
	KUNIT_CASE(delayed_share_is_a_parameter),
	KUNIT_CASE(delayed_share_does_not_bind_this_node),
	KUNIT_CASE(delayed_crowd_is_dropped_some_at_a_time),
	KUNIT_CASE(delayed_crowd_of_an_ni_is_dropped_some_at_a_time),
	KUNIT_CASE(delayed_one_may_be_taken_where_a_drop_goes_on),
	KUNIT_CASE(delayed_crowd_of_others_is_passed_some_at_a_time),
	KUNIT_CASE_SLOW(delayed_old_ones_are_dropped_and_the_young_stay),
	KUNIT_CASE_SLOW(delayed_crowd_that_ages_goes_whole),
	KUNIT_CASE_SLOW(delayed_old_one_holds_its_ni_until_it_is_dropped),
	KUNIT_CASE_SLOW(delayed_old_one_is_dropped_once_though_the_portal_is_cleared),
	KUNIT_CASE(delayed_wrong_bounds_are_refused),
	KUNIT_CASE(delayed_queue_that_cannot_be_made_drops),
	{}
};

LT_SUITE(lnet_delayed);

MODULE_DESCRIPTION("KUnit suite of lnet: the delayed queue of a lazy portal");
MODULE_LICENSE("GPL");
