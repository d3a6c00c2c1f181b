// SPDX-License-Identifier: GPL-2.0
/*
 * Windows (lnet/hooks/window.h): the hook makes the tasks wait for which it is opened, as
 * long as asked for, and no others; and then, window by window, two threads meet there.
 */
#include "common.h"
#include "event/me_hash.h"
#include "hooks/window.h"

#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/string.h>

enum { UNLINKS = 6, US = 2000 };

/* All windows, also those that window= has opened, as these cases try the parameter. */
static void close_windows(void *unused)
{
	lnet_windows_close();
}

/* Unlink @n MDs, each of which passes md_claimed once. The time that all took, us. */
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

/* One task has stopped there, until the case let it go. */
static void expect_stopped(struct kunit *test, enum lnet_window window)
{
	struct lnet_window_count count;

	lnet_window_counts(window, &count);
	KUNIT_EXPECT_EQ(test, count.waited, 1);
	KUNIT_EXPECT_EQ(test, count.forgotten, 0);
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

	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
	KUNIT_EXPECT_GE(test, unlink_some(test, UNLINKS), UNLINKS / 3 * US);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, UNLINKS, UNLINKS / 3, 0);
}

static void window_makes_one_wait(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = US, .nth = 2 };

	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
	KUNIT_EXPECT_GE(test, unlink_some(test, UNLINKS), US);
	expect_counts(test, LNET_WINDOW_MD_CLAIMED, UNLINKS, 1, 0);
}

static void window_that_is_closed_is_not_noticed(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = US, .every = true };

	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
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

	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
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

	lt_need_two_cpus(test);
	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
	for (i = 0; i < 2; i++) {
		mdh[i] = lt_source(test, NULL, 0);
		lt_thread_start(test, &thread, unlinker, &mdh[i], i);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
		expect_counts(test, LNET_WINDOW_MD_CLAIMED, i, i, 0);
	}
}

/* The MD is claimed, so it is stale for all other threads; its event is still to come. */
static void window_stops_who_comes_until_he_is_let_go(struct kunit *test)
{
	const struct lnet_window_plan plan = { };
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md mdh;

	mdh = lt_md_bind(test, lt_md(NULL, 0, 1, 0,
				     lt_eq_alloc(test, 0, lt_record), rec),
			 LNET_RETAIN);
	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
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

	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
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
		"md_claimed:10000001", "md_claimed:10+", "+",
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kunit_add_action(test, close_windows, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(PARAM, wrong[i]), -EINVAL,
				    "%s", wrong[i]);
		expect_opened(test, "");
	}
}

/* An object that is found, dies meanwhile, and is reused as another ---------- */

static int unlink_me(struct lt_thread *t)
{
	struct lnet_handle_me *meh = t->arg;

	return LNetMEUnlink(*meh);
}

/* The object that was looked for is stale; the one that is there now is not touched. */
static void expect_reborn(struct kunit *test, enum lnet_window window,
			  int (*fn)(struct lt_thread *t), void *handle,
			  struct lnet_handle_me meh)
{
	const struct lnet_window_plan plan = { };
	struct lnet_handle_me other;
	struct lnet_handle_md mdh;

	lt_window_open(test, window, &plan);
	lt_thread_start(test, &thread, fn, handle, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(window));
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	/* The new ME is of another portal, and of the list. */
	other = lt_me_attach(test, LT_PORTAL2, lt_any, 8, 0, LNET_UNLINK,
			     LNET_INS_AFTER);
	mdh = lt_md_attach(test, other, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(),
					      NULL), LNET_RETAIN);
	lnet_window_let_go(window);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(other), -ENOENT);
	expect_stopped(test, window);
}

static void window_me_found_may_be_another_by_then(struct kunit *test)
{
	struct lnet_handle_me meh;

	meh = lt_me_attach(test, LT_PORTAL, lt_lo, 7, 0, LNET_UNLINK, LNET_INS_AFTER);
	expect_reborn(test, LNET_WINDOW_ME_FOUND, unlink_me, &meh, meh);
}

static void window_md_of_an_me_may_be_another_by_then(struct kunit *test)
{
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;

	meh = lt_me_attach(test, LT_PORTAL, lt_lo, 7, 0, LNET_UNLINK, LNET_INS_AFTER);
	mdh = lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(),
					    NULL), LNET_RETAIN);
	expect_reborn(test, LNET_WINDOW_DETACH_FOUND, unlinker, &mdh, meh);
}

/* The MD is found, or pinned, and meanwhile another thread unlinks it. */
static void expect_stale(struct kunit *test, enum lnet_window window)
{
	struct lnet_handle_md mdh = lt_source(test, NULL, 0), other;
	const struct lnet_window_plan plan = { };

	lt_window_open(test, window, &plan);
	lt_thread_start(test, &thread, unlinker, &mdh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(window));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	other = lt_source(test, NULL, 0);
	lnet_window_let_go(window);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(other), 0);
	expect_stopped(test, window);
}

static void window_md_found_may_be_another_by_then(struct kunit *test)
{
	expect_stale(test, LNET_WINDOW_MD_FOUND);
}

static void window_md_pinned_stays_the_one_it_is(struct kunit *test)
{
	expect_stale(test, LNET_WINDOW_MD_PINNED);
}

/* An MD with an ME that gets @n messages, by an NI that holds them. */
static struct lnet_handle_md held_md(struct kunit *test, struct lt_ni *f, u64 bits,
				     struct lnet_md md, unsigned int n)
{
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lt_rx *rx;

	f->hold_recv = true;
	meh = lt_me_attach(test, LT_PORTAL, lt_id(LT_NID_PEER, LNET_PID_LUSTRE), bits, 0,
			   LNET_UNLINK, LNET_INS_AFTER);
	mdh = lt_md_attach(test, meh, md, LNET_RETAIN);
	while (n--) {
		rx = lt_rx(test);
		lt_hdr_put(rx, bits, 0, 0, 0);
		KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	}
	return mdh;
}

/*
 * The MD is unlinked while a message is in flight. The message ends, and with it the MD,
 * before the thread that unlinks has looked whether the MD was idle.
 */
static void window_md_that_is_a_zombie_may_be_another_by_then(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test), *others = lt_rec(test);
	const struct lnet_window_plan plan = { };
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_md mdh, other, spare;
	void *md;

	mdh = held_md(test, f, 7, lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
					eqh, rec), 1);
	md = lt_md_of(test, mdh);
	lt_window_open(test, LNET_WINDOW_MD_ZOMBIE, &plan);
	lt_thread_start(test, &thread, unlinker, &mdh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MD_ZOMBIE));
	spare = lt_source(test, NULL, 0);	/* this CPU can keep one more dead MD */
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	other = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, eqh, others),
			   LNET_RETAIN);
	KUNIT_ASSERT_PTR_EQ(test, lt_md_of(test, other), md);
	lnet_window_let_go(LNET_WINDOW_MD_ZOMBIE);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(others), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(other), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(others), 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(spare), 0);
}

static int receiver(struct lt_thread *t)
{
	return lt_ni_finish_recv(t->arg, 0, 0) ? 0 : -ENOENT;
}

/* Without an EQ two operations end at once, and the last one ends the MD. */
static void window_operation_that_ended_need_not_be_the_last(struct kunit *test)
{
	const struct lnet_md umd = lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
					 lt_no_eq(), NULL);
	const struct lnet_window_plan plan = { };
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_md mdh, other, spare;
	void *md;

	mdh = held_md(test, f, 7, umd, 2);
	md = lt_md_of(test, mdh);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(mdh), 0);
	lt_window_open(test, LNET_WINDOW_MD_COUNTED, &plan);
	lt_thread_start(test, &thread, receiver, f, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MD_COUNTED));
	spare = lt_source(test, NULL, 0);	/* as above */
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	other = held_md(test, f, 8, umd, 1);
	KUNIT_ASSERT_PTR_EQ(test, lt_md_of(test, other), md);
	lnet_window_let_go(LNET_WINDOW_MD_COUNTED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(other), 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(spare), 0);
}

/* Two threads that meet ------------------------------------------------------- */

struct binding {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md mdh;
};

static int binder(struct lt_thread *t)
{
	struct binding *b = t->arg;

	return LNetMDBind(lt_md(NULL, 0, 1, 0, b->eqh, NULL), LNET_RETAIN, &b->mdh);
}

static void window_eq_found_open_is_not_freed(struct kunit *test)
{
	static struct binding b;
	struct lt_meeting *m;

	b.eqh = lt_eq_alloc(test, 4, NULL);
	m = lt_meeting(test, &thread, LNET_WINDOW_USERS_OPEN, 1, LNET_WINDOW_EQ_FOUND);
	lt_thread_start(test, &thread, binder, &b, 0);
	KUNIT_ASSERT_TRUE(test, lt_meeting_await(m));
	KUNIT_EXPECT_EQ(test, LNetEQFree(b.eqh), -EBUSY);
	lt_meeting_over(m);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_TRUE(test, m->met);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b.mdh), 0);
	expect_counts(test, LNET_WINDOW_USERS_OPEN, 1, 1, 0);
}

/* The last callback is over, and its MD still counts: LNetEQFree() waits for that. */
static void window_eq_is_free_once_its_last_callback_is_over(struct kunit *test)
{
	struct binding b = { .eqh = lt_eq_alloc(test, 4, NULL) };
	struct lt_meeting *m;

	KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, b.eqh, NULL), LNET_RETAIN,
					 &b.mdh), 0);
	m = lt_meeting(test, &thread, LNET_WINDOW_EQ_CALLED, 1, LNET_WINDOW_EQ_FOUND);
	lt_thread_start(test, &thread, unlinker, &b.mdh, 0);
	KUNIT_ASSERT_TRUE(test, lt_meeting_await(m));
	KUNIT_EXPECT_EQ(test, LNetEQFree(b.eqh), 0);
	lt_meeting_over(m);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_TRUE(test, m->met);
}

/* The callback is over, the auto-unlink may be over, too; no poller sees the event. */
static void expect_not_polled(struct kunit *test, enum lnet_window window)
{
	struct binding b = { .eqh = lt_eq_alloc(test, 4, NULL) };
	const struct lnet_window_plan plan = { };
	struct lnet_event ev;

	KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, b.eqh, NULL), LNET_RETAIN,
					 &b.mdh), 0);
	lt_window_open(test, window, &plan);
	lt_thread_start(test, &thread, unlinker, &b.mdh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(window));
	KUNIT_EXPECT_EQ(test, LNetEQGet(b.eqh, &ev), 0);
	lnet_window_let_go(window);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_EQ(test, LNetEQGet(b.eqh, &ev), 1);
	KUNIT_EXPECT_EQ(test, ev.unlinked, 1);
	expect_stopped(test, window);
}

static void window_event_is_not_polled_before_its_md_is_gone(struct kunit *test)
{
	expect_not_polled(test, LNET_WINDOW_EQ_CALLED);
	expect_not_polled(test, LNET_WINDOW_EQ_MD_RETIRED);
	expect_not_polled(test, LNET_WINDOW_EQ_WRITTEN);
}

/* D7: the one event of a full ring makes room for the next; it is never empty. */
static void window_full_ring_of_one_is_not_empty(struct kunit *test)
{
	struct binding b = { .eqh = lt_eq_alloc(test, 1, NULL) };
	const struct lnet_md md = lt_md(NULL, 0, 1, 0, b.eqh, NULL);
	const struct lnet_window_plan stop = { };
	struct lnet_event ev;

	KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_RETAIN, &b.mdh), 0);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(b.mdh), 0);
	KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_RETAIN, &b.mdh), 0);
	lt_window_open(test, LNET_WINDOW_EQ_WRITTEN, &stop);
	lt_thread_start(test, &thread, unlinker, &b.mdh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_EQ_WRITTEN));
	/* A reader that takes the lock of the ring for it waits until the window is forgotten. */
	KUNIT_EXPECT_NE(test, LNetEQGet(b.eqh, &ev), 0);
	lnet_window_let_go(LNET_WINDOW_EQ_WRITTEN);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
}

static struct lt_ni *ni;

static int parser(struct lt_thread *t)
{
	return lt_parse(ni, t->arg);
}

/* @nth 1: at B, with nothing found; 2: with the payload set aside, and before C. */
static void expect_taken(struct kunit *test, unsigned int nth)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_me meh;
	struct lt_meeting *m;
	struct lt_rx *rx;

	lt_skip_delivery(test, "global", "the thread that matches holds the one lock");
	ni = lt_ni(test);
	rx = lt_rx(test);
	lt_lazy(test, LT_PORTAL);
	lt_hdr_put(rx, 7, 0, 0, 42);
	meh = lt_me_attach(test, LT_PORTAL, lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 7, 0,
			   LNET_UNLINK, LNET_INS_AFTER);
	m = lt_meeting(test, &thread, LNET_WINDOW_MATCH_MISSED, nth,
		       LNET_WINDOW_TABLE_LOOK);
	lt_thread_start(test, &thread, parser, rx, 0);
	KUNIT_ASSERT_TRUE(test, lt_meeting_await(m));
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, rec),
		     LNET_RETAIN);
	lt_meeting_over(m);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_TRUE(test, m->met);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
}

static void window_put_that_has_found_nothing_is_taken(struct kunit *test)
{
	expect_taken(test, 1);
}

static void window_put_that_is_about_to_wait_is_taken(struct kunit *test)
{
	expect_taken(test, 2);
}

/*
 * A message that no unique ME wants walks the list. A thread that unlinks an ME of its
 * bucket, here one of its key for GETs only, does not wait for that.
 */
static void window_list_is_walked_without_a_bucket(struct kunit *test)
{
	const struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	const struct lnet_window_plan stop = { };
	struct lnet_handle_md mdh;
	struct lt_rx *rx;

	lt_skip_delivery(test, "global", "the thread that matches holds the one lock");
	ni = lt_ni(test);
	rx = lt_rx(test);
	lt_hdr_put(rx, 7, 0, 0, 42);
	mdh = lt_md_attach(test, lt_me_attach(test, LT_PORTAL, peer, 7, 0, LNET_UNLINK,
					      LNET_INS_AFTER),
			   lt_md(NULL, 0, 1, LNET_MD_OP_GET, lt_no_eq(), NULL),
			   LNET_RETAIN);
	lt_me_attach(test, LT_PORTAL, lt_any, 8, 1, LNET_UNLINK, LNET_INS_AFTER);
	lt_window_open(test, LNET_WINDOW_MATCH_LOOKED_UP, &stop);
	lt_thread_start(test, &thread, parser, rx, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MATCH_LOOKED_UP));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	lnet_window_let_go(LNET_WINDOW_MATCH_LOOKED_UP);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	expect_stopped(test, LNET_WINDOW_MATCH_LOOKED_UP);
}

/* The wildcard stands before all others, and was there before the bucket was locked. */
static void window_list_that_comes_before_the_lock_is_seen(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *first = lt_rec(test), *second = lt_rec(test);
	const struct lnet_window_plan plan = { };
	struct lnet_handle_me meh;
	struct lt_rx *rx;

	lt_skip_delivery(test, "global", "the thread that matches holds the one lock");
	ni = lt_ni(test);
	rx = lt_rx(test);
	lt_hdr_put(rx, 7, 0, 0, 0);
	meh = lt_me_attach(test, LT_PORTAL, lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 7, 0,
			   LNET_UNLINK, LNET_INS_AFTER);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, second),
		     LNET_RETAIN);
	lt_window_open(test, LNET_WINDOW_MATCH_LOOKED, &plan);
	lt_thread_start(test, &thread, parser, rx, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MATCH_LOOKED));
	meh = lt_me_attach(test, LT_PORTAL, lt_any, 7, 0, LNET_UNLINK, LNET_INS_BEFORE);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, first),
		     LNET_RETAIN);
	lnet_window_let_go(LNET_WINDOW_MATCH_LOOKED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	expect_stopped(test, LNET_WINDOW_MATCH_LOOKED);
	KUNIT_EXPECT_EQ(test, lt_rec_count(first), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(second), 0);
}

/* A bucket that is merged ----------------------------------------------------- */

enum {
	MERGE_PORTAL	= 54,
	MERGE_FEWEST	= 4,
	MERGE_BUCKETS	= 16,
	MERGE_MES	= MERGE_BUCKETS - 1,
	MERGED_US	= 200000,
};

static void let_look_go(void *unused)
{
	lnet_window_let_go(LNET_WINDOW_TABLE_LOOK);
}

static u64 merge_buckets(struct kunit *test)
{
	return lt_sysfs_portal(test, MERGE_PORTAL, "hash_buckets");
}

/* Bits whose ME is in the last bucket but one, which is the first that goes. */
static u64 merge_bits(void)
{
	u64 bits = 0;

	while (lnet_me_hash(LT_NID_PEER, LNET_PID_LUSTRE, bits) % MERGE_BUCKETS !=
	       MERGE_BUCKETS - 2)
		bits++;
	return bits;
}

/*
 * As many MEs as buckets, with the one that the case is about. All of them want the first
 * bucket of the small table, as only a crowd makes it grow: on 1 start of 70 the secret of
 * the hash spreads any 15 MEs so that there is no crowd.
 */
static void grow_table(struct kunit *test, struct lnet_handle_me *meh)
{
	const struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(), NULL);
	unsigned int n;
	u64 bits = 0;

	for (n = 0; n < MERGE_MES; n++, bits++) {
		while (lnet_me_hash(lt_lo.nid, lt_lo.pid, bits) % MERGE_FEWEST)
			bits++;
		meh[n] = lt_me_attach(test, MERGE_PORTAL, lt_lo, bits, 0, LNET_UNLINK,
				      LNET_INS_AFTER);
		lt_md_attach(test, meh[n], md, LNET_RETAIN);
	}
	KUNIT_ASSERT_TRUE(test, lt_wait_for(merge_buckets(test) == MERGE_BUCKETS));
}

/*
 * M1: a message of a portal that has a list, too, has chosen its bucket, and the bucket is
 * merged before the message has looked into it.
 */
static void window_merged_bucket_does_not_hide_its_mes(struct kunit *test)
{
	static const struct lnet_hash_sizes small = {
		.buckets_min = MERGE_FEWEST, .step = 2, .look_ms = 1,
	};
	const struct lnet_window_plan stop = { };
	/* Long enough for a CPU that the host has given to another guest. */
	const struct lnet_window_plan merged = {
		.us = MERGED_US, .every = true, .fn = let_look_go,
	};
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *unique = lt_rec(test), *wildcard = lt_rec(test);
	const struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lnet_handle_me meh, coming[MERGE_MES];
	unsigned int n = MERGE_MES;
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, lnet_me_table_force(MERGE_PORTAL, &small), 0);
	ni = lt_ni(test);
	rx = lt_rx(test);
	lt_hdr_put(rx, merge_bits(), 0, 0, 0);
	rx->hdr.msg.put.ptl_index = cpu_to_le32(MERGE_PORTAL);
	meh = lt_me_attach(test, MERGE_PORTAL, peer, merge_bits(), 0, LNET_UNLINK,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, unique),
		     LNET_RETAIN);
	meh = lt_me_attach(test, MERGE_PORTAL, lt_any, 0, ~0ULL, LNET_UNLINK,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, wildcard),
		     LNET_RETAIN);
	grow_table(test, coming);

	lt_window_open(test, LNET_WINDOW_TABLE_LOOK, &stop);
	lt_window_open(test, LNET_WINDOW_TABLE_MERGED, &merged);
	lt_thread_start(test, &thread, parser, rx, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_TABLE_LOOK));
	while (n--)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(coming[n]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	expect_stopped(test, LNET_WINDOW_TABLE_LOOK);
	KUNIT_EXPECT_EQ(test, lt_rec_count(unique), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(wildcard), 0);
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
	KUNIT_CASE(window_me_found_may_be_another_by_then),
	KUNIT_CASE(window_md_of_an_me_may_be_another_by_then),
	KUNIT_CASE(window_md_found_may_be_another_by_then),
	KUNIT_CASE(window_md_pinned_stays_the_one_it_is),
	KUNIT_CASE(window_md_that_is_a_zombie_may_be_another_by_then),
	KUNIT_CASE(window_operation_that_ended_need_not_be_the_last),
	KUNIT_CASE(window_eq_found_open_is_not_freed),
	KUNIT_CASE(window_eq_is_free_once_its_last_callback_is_over),
	KUNIT_CASE(window_event_is_not_polled_before_its_md_is_gone),
	KUNIT_CASE(window_full_ring_of_one_is_not_empty),
	KUNIT_CASE(window_put_that_has_found_nothing_is_taken),
	KUNIT_CASE(window_put_that_is_about_to_wait_is_taken),
	KUNIT_CASE(window_list_is_walked_without_a_bucket),
	KUNIT_CASE(window_list_that_comes_before_the_lock_is_seen),
	KUNIT_CASE(window_merged_bucket_does_not_hide_its_mes),
	{}
};

LT_SUITE(lnet_window);

MODULE_DESCRIPTION("KUnit suite of lnet: windows that are widened");
MODULE_LICENSE("GPL");
