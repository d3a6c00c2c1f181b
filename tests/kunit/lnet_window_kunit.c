// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks that widen windows (lnet/window.h): that they make those wait for
 * whom they are opened, as long as asked for, and nobody else.
 */
#include "common.h"
#include "window.h"

#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/string.h>

enum { UNLINKS = 6, US = 2000 };

static void close_windows(void *unused)
{
	lnet_windows_close();
}

static void open_window(struct kunit *test, enum lnet_window window,
			const struct lnet_window_plan *plan)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_windows, NULL), 0);
	lnet_window_open(window, plan);
}

/* Each passes md_claimed once. How long all of them took, us. */
static s64 unlink_some(struct kunit *test, unsigned int n)
{
	ktime_t begin = ktime_get();

	while (n--)
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(lt_source(test, NULL, 0)), 0);
	return ktime_us_delta(ktime_get(), begin);
}

static void expect_counts(struct kunit *test, enum lnet_window window, u64 passed,
			  u64 waited, u64 forgotten)
{
	struct lnet_window_count count;

	lnet_window_counts(window, &count);
	KUNIT_EXPECT_EQ(test, count.passed, passed);
	KUNIT_EXPECT_EQ(test, count.waited, waited);
	KUNIT_EXPECT_EQ(test, count.forgotten, forgotten);
}

static void window_has_a_name_of_its_own(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < LNET_WINDOWS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, lnet_window_name(i));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, lnet_window_name(i),
					    lnet_window_name(j));
	}
}

static void window_makes_each_nth_wait(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = US, .nth = 3, .every = true };

	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	KUNIT_EXPECT_GE(test, unlink_some(test, UNLINKS), UNLINKS / 3 * US);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, UNLINKS, UNLINKS / 3, 0);
}

static void window_makes_one_wait(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = US, .nth = 2 };

	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	KUNIT_EXPECT_GE(test, unlink_some(test, UNLINKS), US);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, UNLINKS, 1, 0);
}

static void window_that_is_closed_is_not_noticed(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = US, .every = true };

	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	unlink_some(test, 1);
	lnet_window_close(LNET_WINDOW_MD_CLAIMED);
	unlink_some(test, UNLINKS);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, 1, 1, 0);
}

static int unlinker(struct lt_thread *t)
{
	struct lnet_handle_md *mdh = t->arg;

	return LNetMDUnlink(*mdh);
}

static struct lt_thread thread;

static void window_is_for_one_task(struct kunit *test)
{
	const struct lnet_window_plan plan = {
		.us = US, .every = true, .task = current,
	};
	struct lnet_handle_md mdh = lt_source(test, NULL, 0);

	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	lt_thread_start(test, &thread, unlinker, &mdh, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, 0, 0, 0);
	unlink_some(test, 1);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, 1, 1, 0);
}

static void window_is_for_one_cpu(struct kunit *test)
{
	const struct lnet_window_plan plan = {
		.us = US, .every = true, .cpu_mask = BIT(1),
	};
	struct lnet_handle_md mdh[2];
	unsigned int i;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	for (i = 0; i < 2; i++) {
		mdh[i] = lt_source(test, NULL, 0);
		lt_thread_start(test, &thread, unlinker, &mdh[i], i);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
		expect_counts(test, LNET_WINDOW_MD_CLAIMED, i, i, 0);
	}
}

/* Claimed already, so stale for all others; its event is still to come. */
static void window_stops_who_comes_until_he_is_let_go(struct kunit *test)
{
	const struct lnet_window_plan plan = { };
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md mdh;

	mdh = lt_md_bind(test, lt_md(NULL, 0, 1, 0,
				     lt_eq_alloc(test, 0, lt_record), rec),
			 LNET_RETAIN);
	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	lt_thread_start(test, &thread, unlinker, &mdh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MD_CLAIMED));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);
	lnet_window_let_go(LNET_WINDOW_MD_CLAIMED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, 1, 1, 0);
}

static void window_keeps_nobody_who_is_forgotten(struct kunit *test)
{
	const struct lnet_window_plan plan = { };
	struct lnet_handle_md mdh = lt_source(test, NULL, 0);

	open_window(test, LNET_WINDOW_MD_CLAIMED, &plan);
	lt_thread_start(test, &thread, unlinker, &mdh, 1);
	KUNIT_EXPECT_TRUE(test, lnet_window_await(LNET_WINDOW_MD_CLAIMED));
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, 1, 1, 1);
}

#define PARAM "../../module/lnet/parameters/window"

static void expect_opened(struct kunit *test, const char *text)
{
	char *buf = lt_page(test);

	KUNIT_EXPECT_GE(test, lt_sysfs_read(PARAM, buf, PAGE_SIZE), 0);
	KUNIT_EXPECT_STREQ(test, strim(buf), text);
}

static void window_is_opened_by_a_parameter(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_windows, NULL), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(PARAM, "md_claimed:10:2+me_dying:7\n"),
			0);
	expect_opened(test, "me_dying 7 1 0 0\nmd_claimed 10 2 0 0");
	unlink_some(test, 3);
	expect_opened(test, "me_dying 7 1 0 0\nmd_claimed 10 2 3 1");
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(PARAM, "off\n"), 0);
	expect_opened(test, "");
}

static void window_parameter_that_is_wrong_is_refused(struct kunit *test)
{
	static const char *const wrong[] = {
		"nowhere:10", "md_claimed", "md_claimed:", "md_claimed:0",
		"md_claimed:x", "md_claimed:10:0", "md_claimed:10:1:1",
		"md_claimed:1000001", "md_claimed:10+", "+",
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_windows, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(PARAM, wrong[i]), -EINVAL,
				    "%s", wrong[i]);
		expect_opened(test, "");
	}
}

static struct kunit_case lnet_window_cases[] = {
	KUNIT_CASE(window_has_a_name_of_its_own),
	KUNIT_CASE(window_makes_each_nth_wait),
	KUNIT_CASE(window_makes_one_wait),
	KUNIT_CASE(window_that_is_closed_is_not_noticed),
	KUNIT_CASE(window_is_for_one_task),
	KUNIT_CASE(window_is_for_one_cpu),
	KUNIT_CASE(window_stops_who_comes_until_he_is_let_go),
	KUNIT_CASE_SLOW(window_keeps_nobody_who_is_forgotten),
	KUNIT_CASE(window_is_opened_by_a_parameter),
	KUNIT_CASE(window_parameter_that_is_wrong_is_refused),
	{}
};

LT_SUITE(lnet_window);

MODULE_DESCRIPTION("KUnit suite of lnet: windows that are widened");
MODULE_LICENSE("GPL");
