// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes that are found to have several NIDs while something is there already: MEs of before, and
 * PUTs that wait on a lazy portal.
 */
#include "hooks/window.h"
#include "node_arrival.h"

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/sched.h>

static void node_me_of_before_gets_what_its_nid_sends(struct kunit *test)
{
	struct arrival *a = arrival(test);
	unsigned int ignored;

	for (ignored = 0; ignored < 2; ignored++) {
		undo_nodes(NULL);
		post(test, a, SECOND, 7, ignored);
		KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
		/* It never was for messages of the others. */
		KUNIT_EXPECT_EQ(test, put(test, a, PRIMARY, 7), 0);
		KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 1);
		expect_from(test, a, LNET_EVENT_PUT, PRIMARY, SECOND);
		KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
	}
}

/* An ME by the primary NID comes first; the other gets the next. */
static void node_me_of_before_comes_second(struct kunit *test)
{
	struct arrival *a = arrival(test), *first = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, first);
	first->eqh = a->eqh;
	first->rec = lt_rec(test);
	post(test, a, SECOND, 7, 0);
	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	post(test, first, SECOND, 7, 0);
	KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(first->rec), 1);
	KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 1);
}

/* One for any NID, hashed or in the list, gets what no ME before it wants. */
static void node_me_of_before_comes_before_one_for_any(struct kunit *test)
{
	struct arrival *a = arrival(test), *any = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	unsigned int ignored, ignored_by_any;

	KUNIT_ASSERT_NOT_NULL(test, any);
	any->eqh = a->eqh;
	any->rec = lt_rec(test);
	for (ignored = 0; ignored < 2; ignored++) {
		for (ignored_by_any = 0; ignored_by_any < 2; ignored_by_any++) {
			undo_nodes(NULL);
			post(test, a, SECOND, 7, ignored);
			post(test, any, LNET_NID_ANY, 7, ignored_by_any);
			post(test, a, SECOND, 7, ignored);
			KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
			KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 1);
			KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
			KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 1);
			KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
		}
	}
	KUNIT_EXPECT_EQ(test, lt_rec_count(any->rec), 4);
}

static void node_put_that_waits_is_found(struct kunit *test)
{
	struct arrival *a = arrival(test);
	struct lt_rx *old = lt_rx(test);

	lt_lazy(test, LT_PORTAL);
	lt_hdr_put(old, 8, 8, 0, 0);
	lt_hdr_from(old, SECOND, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, old), 0);
	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);

	/* Of a node that is known: by any of its NIDs. */
	KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
	KUNIT_EXPECT_TRUE(test, a->rx->eager);
	post(test, a, OTHER, 7, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 0);
	post(test, a, SECOND, 7, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 1);
	expect_from(test, a, LNET_EVENT_PUT, PRIMARY, SECOND);

	/* Of before: by an ME that takes any. */
	post(test, a, LNET_NID_ANY, 8, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 2);
	expect_from(test, a, LNET_EVENT_PUT, PRIMARY, SECOND);
}

/* By an ME of the peer, in order, and by no other. */
static void node_put_that_waits_since_before_is_found(struct kunit *test)
{
	const lnet_nid_t nids[] = { PRIMARY, SECOND, THIRD };
	const lnet_nid_t from[] = { SECOND, THIRD, OTHER };
	struct arrival *a = arrival(test);
	unsigned int ignored, i, n;
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	for (ignored = 0; ignored < 2; ignored++) {
		undo_nodes(NULL);
		for (i = 0; i < ARRAY_SIZE(from); i++) {
			rx = lt_rx(test);
			lt_hdr_put(rx, 8, 8, 0, 0);
			lt_hdr_from(rx, from[i], LNET_PID_LUSTRE);
			KUNIT_EXPECT_EQ(test, lt_parse(a->f, rx), 0);
		}
		KUNIT_ASSERT_EQ(test, lnet_node_add(nids, 3), 0);
		n = lt_rec_count(a->rec);
		for (i = 0; i < 2; i++) {
			post(test, a, nids[i], 8, ignored);
			KUNIT_ASSERT_EQ(test, lt_rec_count(a->rec), n + i + 1);
			expect_from(test, a, LNET_EVENT_PUT, PRIMARY, from[i]);
		}
		post(test, a, THIRD, 8, ignored);
		KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), n + 2);
		post(test, a, OTHER, 8, ignored);
		KUNIT_ASSERT_EQ(test, lt_rec_count(a->rec), n + 3);
		expect_from(test, a, LNET_EVENT_PUT, OTHER, OTHER);
		/* The ME that got nothing. */
		KUNIT_EXPECT_EQ(test, put(test, a, PRIMARY, 8), 1);
	}
}

/* The ME is of before, its MD is not, and the PUT has come between. */
static void node_put_that_waits_is_found_by_an_me_of_before(struct kunit *test)
{
	struct arrival *a = arrival(test);
	struct lnet_handle_me meh;

	lt_lazy(test, LT_PORTAL);
	meh = post_me(test, SECOND, 7, 0);
	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, put(test, a, SECOND, 7), 0);
	post_md(test, a, meh);
	KUNIT_ASSERT_EQ(test, lt_rec_count(a->rec), 1);
	expect_from(test, a, LNET_EVENT_PUT, PRIMARY, SECOND);
}

static int parse_in_thread(struct lt_thread *t)
{
	struct arrival *a = t->arg;

	return lt_parse(a->f, a->rx);
}

/* A PUT is being matched, by its source, when the node becomes known and an ME is posted for it. */
static void node_put_does_not_wait_beside_its_me(struct kunit *test)
{
	const struct lnet_window_plan stop = { .nth = 1 };
	struct arrival *a = arrival(test);
	static struct lt_thread thread;

	lt_need_two_cpus(test);
	lt_lazy(test, LT_PORTAL);
	lt_window_open(test, LNET_WINDOW_MATCH_LOOKED, &stop);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_hdr_put(a->rx, 7, 8, 0, 0);
	lt_hdr_from(a->rx, SECOND, LNET_PID_LUSTRE);
	lt_thread_start(test, &thread, parse_in_thread, a, 0);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MATCH_LOOKED));
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	post(test, a, PRIMARY, 7, 0);
	lnet_window_let_go(LNET_WINDOW_MATCH_LOOKED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(a->rec), 1);
	expect_from(test, a, LNET_EVENT_PUT, PRIMARY, SECOND);
}

/* The share of a lazy portal is that of the node. */
static void node_has_one_share_of_a_lazy_portal(struct kunit *test)
{
	const lnet_nid_t from[] = { PRIMARY, SECOND, THIRD };
	struct arrival *a = arrival(test);
	struct lt_rx *rx;
	unsigned int i;

	lt_param(test, "lazy_max_msgs", "4");
	lt_lazy(test, LT_PORTAL);
	KUNIT_ASSERT_EQ(test, lnet_node_add(from, 3), 0);
	for (i = 0; i < 3; i++) {
		rx = lt_rx(test);
		lt_hdr_put(rx, 8, 8, 0, 0);
		lt_hdr_from(rx, from[i], LNET_PID_LUSTRE);
		KUNIT_EXPECT_EQ(test, lt_parse(a->f, rx), 0);
		KUNIT_EXPECT_EQ(test, rx->eager, i < 2);
	}
}

static struct kunit_case lnet_node_before_cases[] = {
	KUNIT_CASE(node_me_of_before_gets_what_its_nid_sends),
	KUNIT_CASE(node_me_of_before_comes_second),
	KUNIT_CASE(node_me_of_before_comes_before_one_for_any),
	KUNIT_CASE(node_put_that_waits_is_found),
	KUNIT_CASE(node_put_that_waits_since_before_is_found),
	KUNIT_CASE(node_put_that_waits_is_found_by_an_me_of_before),
	KUNIT_CASE(node_put_does_not_wait_beside_its_me),
	KUNIT_CASE(node_has_one_share_of_a_lazy_portal),
	{}
};

static struct kunit_suite lnet_node_before_suite = {
	.name = "lnet_node_before",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = node_case_init,
	.test_cases = lnet_node_before_cases,
};

kunit_test_suite(lnet_node_before_suite);

MODULE_DESCRIPTION("KUnit suite of lnet: nodes that become known while messages wait");
MODULE_LICENSE("GPL");
