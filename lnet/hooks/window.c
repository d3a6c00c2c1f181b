// SPDX-License-Identifier: GPL-2.0
/*
 * The hook by which tests widen the windows of window.h. A thread that passes an open
 * window waits for a time, or stops until the test lets it go on. It spins, because it
 * may hold any lock; so the thread that acts meanwhile needs another CPU.
 *
 * A test opens a window by a call; the parameter `window` opens it for all threads:
 *
 *	window=slot_push:20000:100	each 100th thread waits 20000 us
 *	window=eq_called:50+md_ended:50	two windows; each thread waits
 *	window=all:20:1000		all windows
 *	window=off
 *
 * Reading the parameter shows one line for each open window: its name, the time in us,
 * that each n-th waits, how many threads have passed, and how many of them waited.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hooks/window.h"
#include "hooks/alloc.h"

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/sysfs.h>

enum {
	FORGOTTEN_MS	= 2000,		/* a stopped thread then goes on anyway */
	AWAIT_MS	= 10000,	/* longest wait for a thread to come */
	DELAY_MAX_US	= 10000000,
};

static const char *const window_name[] = {
	[LNET_WINDOW_SLOT_PUSH]		= "slot_push",
	[LNET_WINDOW_SLOT_TAKE]		= "slot_take",
	[LNET_WINDOW_SLOT_LEAVE]	= "slot_leave",
	[LNET_WINDOW_SLOT_LEFT]		= "slot_left",
	[LNET_WINDOW_SLOT_WAIT]		= "slot_wait",
	[LNET_WINDOW_SLOT_PROMISED]	= "slot_promised",
	[LNET_WINDOW_RUN_PAUSED]	= "run_paused",
	[LNET_WINDOW_ME_FOUND]		= "me_found",
	[LNET_WINDOW_ME_DYING]		= "me_dying",
	[LNET_WINDOW_MATCH_LOOKED]	= "match_looked",
	[LNET_WINDOW_MATCH_COUNTED]	= "match_counted",
	[LNET_WINDOW_MATCH_LOOKED_UP]	= "match_looked_up",
	[LNET_WINDOW_MATCH_MISSED]	= "match_missed",
	[LNET_WINDOW_ATTACH_LOCKED]	= "attach_locked",
	[LNET_WINDOW_ATTACH_LIVE]	= "attach_live",
	[LNET_WINDOW_ATTACH_RESUME]	= "attach_resume",
	[LNET_WINDOW_DETACH_FOUND]	= "detach_found",
	[LNET_WINDOW_ME_FILLING]	= "me_filling",
	[LNET_WINDOW_ME_PLACED]		= "me_placed",
	[LNET_WINDOW_TABLE_LOOK]	= "table_look",
	[LNET_WINDOW_TABLE_ASTRAY]	= "table_astray",
	[LNET_WINDOW_TABLE_SPLIT]	= "table_split",
	[LNET_WINDOW_TABLE_MOVE]	= "table_move",
	[LNET_WINDOW_TABLE_MERGED]	= "table_merged",
	[LNET_WINDOW_TABLE_CROWDED]	= "table_crowded",
	[LNET_WINDOW_TABLE_GROWN]	= "table_grown",
	[LNET_WINDOW_TABLE_SHRUNK]	= "table_shrunk",
	[LNET_WINDOW_PORTAL_ASKED]	= "portal_asked",
	[LNET_WINDOW_PORTAL_CLEARED]	= "portal_cleared",
	[LNET_WINDOW_PORTAL_RESUME]	= "portal_resume",
	[LNET_WINDOW_MD_FOUND]		= "md_found",
	[LNET_WINDOW_MD_PINNED]		= "md_pinned",
	[LNET_WINDOW_MD_ZOMBIE]		= "md_zombie",
	[LNET_WINDOW_MD_COUNTED]	= "md_counted",
	[LNET_WINDOW_MD_FILLING]	= "md_filling",
	[LNET_WINDOW_MD_CLAIMED]	= "md_claimed",
	[LNET_WINDOW_MD_ENDED]		= "md_ended",
	[LNET_WINDOW_MD_RETIRED]	= "md_retired",
	[LNET_WINDOW_EQ_PUBLISHED]	= "eq_published",
	[LNET_WINDOW_EQ_FOUND]		= "eq_found",
	[LNET_WINDOW_EQ_CALLED]		= "eq_called",
	[LNET_WINDOW_EQ_MD_RETIRED]	= "eq_md_retired",
	[LNET_WINDOW_EQ_WRITTEN]	= "eq_written",
	[LNET_WINDOW_EQ_FULL]		= "eq_full",
	[LNET_WINDOW_EQ_SCANNED]	= "eq_scanned",
	[LNET_WINDOW_EQ_DEAD]		= "eq_dead",
	[LNET_WINDOW_HANDLE_RESERVED]	= "handle_reserved",
	[LNET_WINDOW_HANDLE_GROW]	= "handle_grow",
	[LNET_WINDOW_USERS_OPEN]	= "users_open",
	[LNET_WINDOW_USERS_CLOSING]	= "users_closing",
	[LNET_WINDOW_USERS_COUNTED]	= "users_counted",
	[LNET_WINDOW_RESPONSE_ASKED]	= "response_asked",
	[LNET_WINDOW_RESPONSE_QUEUE]	= "response_queue",
	[LNET_WINDOW_RESPONSE_LATE]	= "response_late",
	[LNET_WINDOW_PING_LOOKED]	= "ping_looked",
	[LNET_WINDOW_UPDATE_LOOKED]	= "update_looked",
	[LNET_WINDOW_SOCK_NET_OPEN]	= "sock_net_open",
	[LNET_WINDOW_SOCK_CREDIT]	= "sock_credit",
	[LNET_WINDOW_SOCK_PEER_FOUND]	= "sock_peer_found",
	[LNET_WINDOW_SOCK_PEER_MADE]	= "sock_peer_made",
	[LNET_WINDOW_SOCK_PEER_DEAD]	= "sock_peer_dead",
	[LNET_WINDOW_SOCK_CONN_OPEN]	= "sock_conn_open",
	[LNET_WINDOW_SOCK_CONN_BROKEN]	= "sock_conn_broken",
	[LNET_WINDOW_SOCK_JOB_SERVED]	= "sock_job_served",
	[LNET_WINDOW_SOCK_JOB_ENDING]	= "sock_job_ending",
	[LNET_WINDOW_SOCK_GREET_BEGUN]	= "sock_greet_begun",
	[LNET_WINDOW_SOCK_DIAL_ADMIT]	= "sock_dial_admit",
	[LNET_WINDOW_SOCK_DIAL_FAILED]	= "sock_dial_failed",
	[LNET_WINDOW_SOCK_TX_TAKEN]	= "sock_tx_taken",
	[LNET_WINDOW_SOCK_TX_GIVEN]	= "sock_tx_given",
	[LNET_WINDOW_SOCK_RX_BUSY]	= "sock_rx_busy",
	[LNET_WINDOW_SOCK_WORKER_IDLE]	= "sock_worker_idle",
};

static_assert(ARRAY_SIZE(window_name) == LNET_WINDOWS);

/*
 * O: written by the thread that opens the window, under windows_mutex, while the window
 *    is closed and no thread is inside
 * A: atomic
 */
struct window {
	struct lnet_window_plan plan;	/* O: */
	atomic_t inside;		/* A: threads that may be reading @plan */
	atomic64_t passed;		/* A: */
	atomic64_t waited;		/* A: */
	atomic64_t forgotten;		/* A: */
	bool stopped;			/* a thread has stopped in the window */
	bool let_go;			/* it may go on */
};

static DEFINE_MUTEX(windows_mutex);
static struct window windows[LNET_WINDOWS];

bool lnet_window_opened[LNET_WINDOWS];
EXPORT_SYMBOL_GPL(lnet_window_opened);

/* Passing ------------------------------------------------------------------- */

/* Where the kernel can tell that sleeping is allowed, do not hold up a grace period. */
static void window_delay(unsigned int us)
{
	u64 end = ktime_get_ns() + us * 1000ULL;

	do {
		cpu_relax();
		if (preemptible() && !rcu_preempt_depth())
			cond_resched();
	} while (ktime_get_ns() < end);
}

static void window_stop(struct window *w)
{
	u64 end = ktime_get_ns() + FORGOTTEN_MS * 1000000ULL;

	/* lnet_window_await() sees all that this thread has done so far, */
	smp_store_release(&w->stopped, true);
	/* and this thread sees all that was done before lnet_window_let_go(). */
	while (!smp_load_acquire(&w->let_go)) {
		if (ktime_get_ns() > end) {
			atomic64_inc(&w->forgotten);
			break;
		}
		cpu_relax();
	}
	WRITE_ONCE(w->stopped, false);
}

static bool window_is_for(const struct lnet_window_plan *plan)
{
	return (!plan->task || plan->task == current) &&
	       (!plan->cpu_mask || plan->cpu_mask & BIT(raw_smp_processor_id()));
}

/* Does the @n-th thread that passes wait? */
static bool window_is_turn(const struct lnet_window_plan *plan, u64 n)
{
	unsigned int nth = max(plan->nth, 1U);

	if (plan->every)
		return n % nth == 0;
	return n == nth;
}

/**
 * lnet_window_enter() - pass a window that is open, and wait there as its plan says
 * @window: the window that the thread passes
 *
 * Context: any but hard interrupts; spins.
 */
void lnet_window_enter(enum lnet_window window)
{
	struct window *w = &windows[window];
	u64 n;

	atomic_inc(&w->inside);
	/* Pairs with window_close(), which first closes the window, then reads @inside. */
	smp_mb__after_atomic();
	if (!READ_ONCE(lnet_window_opened[window]) || !window_is_for(&w->plan))
		goto out;
	n = atomic64_inc_return(&w->passed);
	if (!window_is_turn(&w->plan, n))
		goto out;
	atomic64_inc(&w->waited);
	if (w->plan.fn)
		w->plan.fn(w->plan.arg);
	if (w->plan.us)
		window_delay(w->plan.us);
	else if (!w->plan.fn)
		window_stop(w);
out:
	/* Pairs with the barrier of window_close(). */
	smp_mb__before_atomic();
	atomic_dec(&w->inside);
}
EXPORT_SYMBOL_GPL(lnet_window_enter);

/* Opening and closing ------------------------------------------------------- */

/**
 * lnet_window_name() - get the name of a window
 * @window: the window whose name is asked for
 *
 * Context: any.
 * Return: its name, as the parameter `window` takes it.
 */
const char *lnet_window_name(enum lnet_window window)
{
	return window_name[window];
}
EXPORT_SYMBOL_GPL(lnet_window_name);

static void window_close(enum lnet_window window)
{
	struct window *w = &windows[window];

	lockdep_assert_held(&windows_mutex);
	WRITE_ONCE(lnet_window_opened[window], false);
	WRITE_ONCE(w->let_go, true);
	smp_mb();	/* close the window before reading @inside */
	while (atomic_read(&w->inside))
		schedule_timeout_uninterruptible(1);
	smp_mb();	/* the last thread is done with @plan before it changes */
}

static void window_open(enum lnet_window window, const struct lnet_window_plan *plan)
{
	struct window *w = &windows[window];

	window_close(window);
	w->plan = *plan;
	atomic64_set(&w->passed, 0);
	atomic64_set(&w->waited, 0);
	atomic64_set(&w->forgotten, 0);
	w->stopped = false;
	w->let_go = false;
	/* Pairs with the barrier in lnet_window_enter(). */
	smp_store_release(&lnet_window_opened[window], true);
}

/**
 * lnet_window_open() - make threads that pass a window wait there
 * @window: the window; if it is open already it is opened anew; its counts begin at 0
 * @plan: which threads wait, and how long; copied
 *
 * Context: task; may sleep.
 */
void lnet_window_open(enum lnet_window window, const struct lnet_window_plan *plan)
{
	mutex_lock(&windows_mutex);
	window_open(window, plan);
	mutex_unlock(&windows_mutex);
}
EXPORT_SYMBOL_GPL(lnet_window_open);

/**
 * lnet_window_await() - wait until a thread has stopped in a window
 * @window: window that was opened with a plan to stop
 *
 * Context: task; may sleep.
 * Return: true; false if no thread has come within ten seconds.
 */
bool lnet_window_await(enum lnet_window window)
{
	unsigned long end = jiffies + msecs_to_jiffies(AWAIT_MS);

	/* Pairs with window_stop(). */
	while (!smp_load_acquire(&windows[window].stopped)) {
		if (time_after(jiffies, end))
			return false;
		schedule_timeout_uninterruptible(1);
	}
	return true;
}
EXPORT_SYMBOL_GPL(lnet_window_await);

/**
 * lnet_window_let_go() - let the thread in a window go on, and later ones pass
 * @window: the window in which a thread has stopped
 *
 * Context: any.
 */
void lnet_window_let_go(enum lnet_window window)
{
	/* Pairs with window_stop(). */
	smp_store_release(&windows[window].let_go, true);
}
EXPORT_SYMBOL_GPL(lnet_window_let_go);

/**
 * lnet_window_close() - close a window, and wait until no thread is in it
 * @window: the window; its counts stay
 *
 * Context: task; may sleep.
 */
void lnet_window_close(enum lnet_window window)
{
	mutex_lock(&windows_mutex);
	window_close(window);
	mutex_unlock(&windows_mutex);
}
EXPORT_SYMBOL_GPL(lnet_window_close);

/**
 * lnet_windows_close() - close all windows, also those opened by other threads
 *
 * Context: task; may sleep.
 */
void lnet_windows_close(void)
{
	unsigned int i;

	mutex_lock(&windows_mutex);
	for (i = 0; i < LNET_WINDOWS; i++)
		window_close(i);
	mutex_unlock(&windows_mutex);
}
EXPORT_SYMBOL_GPL(lnet_windows_close);

/**
 * lnet_window_counts() - read how many threads passed a window since it was last opened
 * @window: the window whose passes are counted
 * @count: set to the numbers of threads since the window was opened
 *
 * Context: any.
 */
void lnet_window_counts(enum lnet_window window, struct lnet_window_count *count)
{
	struct window *w = &windows[window];

	count->passed = atomic64_read(&w->passed);
	count->waited = atomic64_read(&w->waited);
	count->forgotten = atomic64_read(&w->forgotten);
}
EXPORT_SYMBOL_GPL(lnet_window_counts);

/* The parameter ------------------------------------------------------------- */

/* Parse NAME:MICROSECONDS[:EACH]. *@window becomes LNET_WINDOWS for "all". */
static int window_parse(char *word, int *window, struct lnet_window_plan *plan)
{
	char *name = strsep(&word, ":"), *us = strsep(&word, ":");
	int rc;

	*plan = (struct lnet_window_plan){ .nth = 1, .every = true };
	if (!us)
		return -EINVAL;
	*window = LNET_WINDOWS;
	if (strcmp(name, "all"))
		*window = match_string(window_name, LNET_WINDOWS, name);
	rc = kstrtouint(us, 10, &plan->us);
	if (!rc && word)
		rc = kstrtouint(word, 10, &plan->nth);
	if (rc || *window < 0 || !plan->us || plan->us > DELAY_MAX_US || !plan->nth)
		return -EINVAL;
	return 0;
}

static int window_set(const char *val, const struct kernel_param *kp)
{
	struct lnet_window_plan plan;
	char *copy, *rest, *word;
	int window, i, rc = 0;

	if (sysfs_streq(val, "off")) {
		lnet_windows_close();
		return 0;
	}
	copy = kstrdup(val, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = strim(copy);
	mutex_lock(&windows_mutex);
	while (!rc && (word = strsep(&rest, "+"))) {
		rc = window_parse(word, &window, &plan);
		for (i = 0; !rc && i < LNET_WINDOWS; i++)
			if (window == i || window == LNET_WINDOWS)
				window_open(i, &plan);
	}
	for (i = 0; rc && i < LNET_WINDOWS; i++)
		window_close(i);
	mutex_unlock(&windows_mutex);
	kfree(copy);
	if (rc)
		pr_err("window=%s is not off, all:MICROSECONDS:EACH, or NAME:MICROSECONDS:EACH with a NAME of enum lnet_window and '+' between several\n",
		       val);
	return rc;
}

static int window_get(char *buf, const struct kernel_param *kp)
{
	struct window *w;
	int i, n = 0;

	for (i = 0; i < LNET_WINDOWS; i++) {
		w = &windows[i];
		if (READ_ONCE(lnet_window_opened[i]))
			n += sysfs_emit_at(buf, n, "%s %u %u %lld %lld\n",
					   window_name[i], w->plan.us, w->plan.nth,
					   atomic64_read(&w->passed),
					   atomic64_read(&w->waited));
	}
	return n;
}

static const struct kernel_param_ops window_ops = {
	.set = window_set,
	.get = window_get,
};
module_param_cb(window, &window_ops, NULL, 0644);
MODULE_PARM_DESC(window, "Windows between lock-free steps to widen, as NAME:MICROSECONDS:EACH (default: none; test builds only)");
