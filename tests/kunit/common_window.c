// SPDX-License-Identifier: GPL-2.0
/*
 * Windows (lnet/hooks/window.h) that a case opens, and no others: they are closed when it
 * ends, however it ends. And meetings of a thread and the case in one.
 */
#include "common.h"

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/processor.h>
#include <linux/sched.h>

static void undo_window(void *arg)
{
	lnet_window_close((long)arg);
}

/**
 * lt_window_open() - open a window until the case is over
 * @test: the case
 * @window: the window
 * @plan: which tasks it makes wait, and for how long, see lnet_window_open()
 *
 * Context: The task of the case; may sleep.
 */
void lt_window_open(struct kunit *test, enum lnet_window window,
		    const struct lnet_window_plan *plan)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_window,
					       (void *)(long)window), 0);
	lnet_window_open(window, plan);
}
EXPORT_SYMBOL_GPL(lt_window_open);

/* A thread meets the case --------------------------------------------------- */

enum {
	COMES_MS	= 5000,		/* for the case to begin its call, */
	STAYS_MS	= 200,		/* and to get through, if it does not wait */
};

/* In the thread, in its window: wait for @a or @b. False: neither became true in time. */
static bool stay_until(const bool *a, const bool *b, unsigned int ms)
{
	u64 end = ktime_get_ns() + ms * (u64)NSEC_PER_MSEC;

	/* Pairs with case_comes() and lt_meeting_over(). */
	while (!smp_load_acquire(a) && !smp_load_acquire(b)) {
		if (ktime_get_ns() > end)
			return false;
		cpu_relax();
	}
	return true;
}

/* Other tasks pass there as well. */
static bool is_thread(const struct lt_thread *t)
{
	return (current->flags & PF_KTHREAD) && kthread_data(current) == t;
}

static void first_comes(void *arg)
{
	struct lt_meeting *m = arg;

	if (!is_thread(m->first) || ++m->passed != m->nth)
		return;
	/* Pairs with lt_meeting_await(). */
	smp_store_release(&m->there, true);
	m->met = stay_until(&m->begun, &m->over, COMES_MS);
	if (m->met)
		stay_until(&m->over, &m->over, STAYS_MS);
}

static void case_comes(void *arg)
{
	struct lt_meeting *m = arg;

	/* Pairs with stay_until(). */
	smp_store_release(&m->begun, true);
}

/**
 * lt_meeting() - have a thread stay in a window until the case has come as well
 * @test: the case, which stays on the last CPU from now on; it is skipped on one CPU
 * @first: a thread that will be started on the first CPU
 * @window: the window in which it stays
 * @nth: how often it has come there when it stays, from 1 on
 * @mine: a window in the call that the case will make meanwhile
 *
 * The thread goes on when that call has returned, which should not happen; or a while after
 * the case has passed @mine, when it should be waiting for the thread.
 *
 * Context: The task of the case; may sleep.
 * Return: the meeting, until the case is over.
 */
struct lt_meeting *lt_meeting(struct kunit *test, struct lt_thread *first,
			      enum lnet_window window, unsigned int nth,
			      enum lnet_window mine)
{
	struct lt_meeting *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	const struct lnet_window_plan stay = {
		.every = true, .fn = first_comes, .arg = m,
	};
	const struct lnet_window_plan come = {
		.every = true, .task = current, .fn = case_comes, .arg = m,
	};

	lt_need_two_cpus(test);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m->first = first;
	m->nth = nth;
	/* The CPU of the thread that stays runs nothing else. */
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_window_open(test, window, &stay);
	lt_window_open(test, mine, &come);
	return m;
}
EXPORT_SYMBOL_GPL(lt_meeting);

/**
 * lt_meeting_await() - wait until the thread is in its window
 * @m: the meeting
 *
 * Context: The task of the case; may sleep.
 * Return: false if it has not come.
 */
bool lt_meeting_await(struct lt_meeting *m)
{
	/* Pairs with first_comes(). */
	return lt_wait_for(smp_load_acquire(&m->there) ||
			   completion_done(&m->first->done)) && m->there;
}
EXPORT_SYMBOL_GPL(lt_meeting_await);

/**
 * lt_meeting_over() - say that the case's call has returned
 * @m: the meeting
 *
 * Context: The task of the case.
 */
void lt_meeting_over(struct lt_meeting *m)
{
	/* Pairs with stay_until(). */
	smp_store_release(&m->over, true);
}
EXPORT_SYMBOL_GPL(lt_meeting_over);
