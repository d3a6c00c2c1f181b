// SPDX-License-Identifier: GPL-2.0
/*
 * The event queue, to which the events of MDs go. An EQ has a callback, a ring to be polled, or
 * both.
 *
 * This file has the life of an EQ. eq_deliver.c delivers events to it, ring.c keeps the events to
 * be polled, and eq_poll.c takes them out.
 *
 * Life. The handle of an EQ is one reference. A poller has another, and so has a thread that comes
 * back to one of its slots. An MD has none: MDs are users (users.c). LNetEQFree() closes the EQ if
 * it has no MDs. Then it waits until no thread owns a slot of the EQ or has promised to come to one
 * (slot_combining.c). Then it waits for a grace period, as a thread that still publishes an event
 * has preemption off.
 */
#include "event/eq.h"
#include "compat.h"
#include "event/api.h"
#include "event/cpu.h"
#include "event/handle.h"
#include "event/leak.h"
#include "event/md_state.h"
#include "event/object.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "hooks/window.h"

#include <linux/export.h>
#include <linux/log2.h>
#include <linux/slab.h>

enum {
	RING_MAX	= 1 << 20,	/* events */
};

static const struct lnet_eq_viewer *viewer;	/* I: while there is an EQ */

/**
 * lnet_eq_set_viewer() - set the code that shows EQs
 * @to: the functions to call for each EQ, in task context; they may sleep. NULL: none
 *
 * Context: there is no EQ.
 */
void lnet_eq_set_viewer(const struct lnet_eq_viewer *to)
{
	viewer = to;
}

/* Life ------------------------------------------------------------------ */

static void eq_free(struct lnet_eq *eq)
{
	free_percpu(eq->cpus);
	kvfree(eq->slots.slot);
	kvfree(eq->ring.events);
	kfree(eq);
}

static void eq_free_rcu(struct rcu_head *rcu)
{
	eq_free(container_of(rcu, struct lnet_eq, rcu));
}

/*
 * The handle has been stale for a grace period, so no CPU finds the EQ in the handle table any
 * more. Make each CPU forget the EQ that it remembers (lnet_eq_recall()). After another grace
 * period no CPU uses the EQ that it had remembered.
 */
static void eq_forget_rcu(struct rcu_head *rcu)
{
	struct lnet_eq *eq = container_of(rcu, struct lnet_eq, rcu);
	int cpu;

	for_each_possible_cpu(cpu)
		cmpxchg(&per_cpu_ptr(lnet_cpus, cpu)->eq, eq, NULL);
	call_rcu(&eq->rcu, eq_free_rcu);
}

/**
 * lnet_eq_put() - release a reference of an EQ
 * @eq: the EQ, of which the caller has a reference
 *
 * Context: any.
 */
void lnet_eq_put(struct lnet_eq *eq)
{
	if (refcount_dec_and_test(&eq->refs))
		call_rcu(&eq->rcu, eq_forget_rcu);
}

/**
 * lnet_eq_get() - take a reference of an EQ
 * @cookie: the EQ's cookie, as a client gave it
 *
 * Context: any.
 * Return: the EQ, which the caller releases by lnet_eq_put(); or NULL if the cookie is stale or
 * never was one of an EQ.
 */
struct lnet_eq *lnet_eq_get(u64 cookie)
{
	struct lnet_eq *eq;

	rcu_read_lock();
	eq = lnet_eq_find(cookie);
	if (eq)
		lnet_window(LNET_WINDOW_EQ_FOUND);
	if (eq && !refcount_inc_not_zero(&eq->refs))
		eq = NULL;
	rcu_read_unlock();
	return eq;
}

/* One lock class for each EQ: handlers of two EQs may do what handlers of the same EQ may not. */
static void eq_lockdep_begin(struct lnet_eq *eq)
{
	lockdep_register_key(&eq->key);
#ifdef CONFIG_LOCKDEP
	lockdep_init_map(&eq->dep_map, "lnet_eq", &eq->key, 0);
#endif
}

/* Free an EQ that was never published. */
static void eq_discard(struct lnet_eq *eq)
{
	lockdep_unregister_key(&eq->key);
	eq_free(eq);
}

static struct lnet_eq *eq_new(unsigned int count, lnet_eq_handler_t callback)
{
	struct lnet_eq *eq;

	eq = lnet_alloc(kzalloc(sizeof(*eq), GFP_KERNEL));
	if (!eq)
		return NULL;

	eq_lockdep_begin(eq);
	eq->cpus = lnet_alloc(alloc_percpu(struct lnet_eq_cpu));
	if (!eq->cpus || lnet_ring_init(&eq->ring, count) ||
	    lnet_slots_init(eq)) {
		eq_discard(eq);
		return NULL;
	}
	lnet_users_init(&eq->mds, &eq->cpus->mds);
	eq->callback = callback;
	refcount_set(&eq->refs, 1);
	init_waitqueue_head(&eq->wait);
	return eq;
}

static int eq_alloc(unsigned int count, lnet_eq_handler_t callback, bool strict, void *caller,
		    struct lnet_handle_eq *handle)
{
	struct lnet_eq *eq;
	int rc;

	lnet_might_sleep();
	eq = eq_new(count, callback);
	if (!eq)
		return -ENOMEM;

	eq->strict = strict;
	eq->caller = caller;
	eq->cookie = lnet_handle_reserve(LNET_HANDLE_EQ, GFP_KERNEL);
	if (!eq->cookie)
		goto err_free_eq;
	rc = viewer ? viewer->add(eq) : 0;
	if (rc)
		goto err_free_handle;

	lnet_object_count(LNET_HANDLE_EQ, 1);
	handle->cookie = eq->cookie;
	lnet_handle_publish(eq->cookie, eq);	/* another thread may free it at once */
	lnet_window(LNET_WINDOW_EQ_PUBLISHED);
	return 0;

err_free_handle:
	lnet_handle_free(eq->cookie);
err_free_eq:
	lnet_slots_exit();
	eq_discard(eq);
	return -ENOMEM;
}

/**
 * LNetEQAlloc() - make an event queue
 * @count: number of events that the ring holds, at most 2^20, rounded up to a power of two;
 *	0 for a callback without a ring
 * @callback: function to call for each event, or LNET_EQ_HANDLER_NONE; see
 *	lnet_eq_handler_t for what it may do
 * @handle: set to the handle of the EQ
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if @count is 0 without a callback, or too large, or if @handle is NULL;
 * -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetEQAlloc(unsigned int count, lnet_eq_handler_t callback,
		struct lnet_handle_eq *handle)
{
	int rc;

	rc = lnet_api_check_sleep();
	if (rc)
		return rc;
	if ((!count && !callback) || count > RING_MAX || !handle)
		return -EINVAL;
	return eq_alloc(count, callback, false, (void *)_RET_IP_, handle);
}
EXPORT_SYMBOL(LNetEQAlloc);

/**
 * lnet_eq_alloc_strict() - make an EQ for MDs with handlers of their own
 * @callback: the function to call for each event, which calls the handler of the MD
 * @handle: set to the handle of the EQ, which has no ring
 *
 * For the handler interface, whose rules are stricter in two ways:
 *
 * - An event that is delivered after LNetMDUnlink() of its MD does not say success: its status is
 *   -ETIMEDOUT, unless it is another error.
 * - A thread that finds the handle of an MD stale can wait until no handler runs for it:
 *   lnet_eq_wait_handled().
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int lnet_eq_alloc_strict(lnet_eq_handler_t callback, struct lnet_handle_eq *handle)
{
	int rc = lnet_api_check_sleep();

	if (rc)
		return rc;
	return eq_alloc(0, callback, true, (void *)_RET_IP_, handle);
}
EXPORT_SYMBOL_GPL(lnet_eq_alloc_strict);

/*
 * Close an EQ. Returns 0; -EBUSY if an MD refers to it; -ENOENT if another thread has closed it.
 * After 0, no thread owns a slot of the EQ or has promised to come to one, and no turn will come. A
 * thread with a reference may still look at a slot; it finds no turn.
 */
static int eq_close(struct lnet_eq *eq)
{
	int rc = lnet_users_close(&eq->mds);

	if (rc)
		return rc;
	while (!lnet_slots_are_free(&eq->slots))
		schedule_timeout_uninterruptible(1);
	/*
	 * The thread that counted the last MD out may still publish the event, with preemption
	 * off. After this it is done, and everything its callback did is visible here.
	 */
	synchronize_rcu();
	return 0;
}

/* Do what is left to do for an EQ that is closed. The caller has a reference. */
static void eq_dismantle(struct lnet_eq *eq)
{
	lnet_window(LNET_WINDOW_EQ_DEAD);
	if (viewer)
		viewer->del(eq);
	lnet_slots_exit();
	lockdep_unregister_key(&eq->key);
	lnet_handle_free(eq->cookie);
	lnet_object_count(LNET_HANDLE_EQ, -1);
	wake_up_all(&eq->wait);
	lnet_eq_put(eq);		/* the handle's */
}

/**
 * LNetEQFree() - free an event queue
 * @eqh: handle of the event queue
 *
 * Events not yet polled are lost. Pollers return -ENOENT. When this function has returned 0, no
 * callback of the EQ is running or will run.
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY while an MD refers to the EQ; -ENOENT; -ENETDOWN; -EDEADLK.
 */
int LNetEQFree(struct lnet_handle_eq eqh)
{
	int rc = lnet_api_check_sleep();

	if (rc)
		return rc;
	return lnet_eq_free(eqh);
}
EXPORT_SYMBOL(LNetEQFree);

/**
 * lnet_eq_free() - free an event queue, even while LNet goes down
 * @eqh: handle of the event queue, one of LNet's own
 *
 * Like LNetEQFree(), without the check that LNet is up and that the caller is in no handler.
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY while an MD refers to the EQ; -ENOENT if the handle is stale.
 */
int lnet_eq_free(struct lnet_handle_eq eqh)
{
	struct lnet_eq *eq;
	int rc;

	lnet_might_sleep();
	eq = lnet_eq_get(eqh.cookie);
	if (!eq)
		return -ENOENT;

	rc = eq_close(eq);
	if (!rc)
		eq_dismantle(eq);
	lnet_eq_put(eq);
	return rc;
}

/* Counters, and shutting down ---------------------------------------------- */

static DEFINE_MUTEX(reset_mutex);	/* all eq->base */

static void eq_stats_sum(struct lnet_eq *eq, struct lnet_eq_stats *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < eq->slots.nr; i++) {
		sum->delivered += READ_ONCE(eq->slots.slot[i].uncontended) +
				  READ_ONCE(eq->slots.slot[i].queued);
		sum->contended += READ_ONCE(eq->slots.slot[i].queued);
	}
	for_each_possible_cpu(cpu)
		sum->delivered += READ_ONCE(per_cpu_ptr(eq->cpus, cpu)->delivered);
	sum->callbacks = eq->callback ? sum->delivered : 0;
	sum->overflowed = READ_ONCE(eq->ring.overflowed);
	sum->lost = READ_ONCE(eq->ring.lost);
}

/**
 * lnet_eq_stats_read() - read the counters of an EQ since the last reset
 * @eq: the EQ whose counters are read
 * @stats: set to the counters since the last reset, and the number of MDs now
 *
 * Context: task; may sleep.
 */
void lnet_eq_stats_read(struct lnet_eq *eq, struct lnet_eq_stats *stats)
{
	mutex_lock(&reset_mutex);
	eq_stats_sum(eq, stats);
	stats->delivered -= eq->base.delivered;
	stats->contended -= eq->base.contended;
	stats->callbacks -= eq->base.callbacks;
	stats->overflowed -= eq->base.overflowed;
	stats->lost -= eq->base.lost;
	mutex_unlock(&reset_mutex);
	stats->mds = max_t(s64, lnet_users_left(&eq->mds), 0);
}

/**
 * lnet_eq_stats_reset() - let the counters of an EQ begin at zero again
 * @eq: the EQ whose counters begin again
 *
 * Context: task; may sleep.
 */
void lnet_eq_stats_reset(struct lnet_eq *eq)
{
	mutex_lock(&reset_mutex);
	eq_stats_sum(eq, &eq->base);
	mutex_unlock(&reset_mutex);
}

static int eq_is_not_of(void *object, void *arg)
{
	const struct lnet_eq *eq = object;
	const lnet_eq_handler_t *own = arg;

	return eq->callback != *own;
}

/**
 * lnet_eq_any_but() - tell whether there is an EQ that is not LNet's own
 * @own: the handler of the EQs that are
 *
 * Context: task; may sleep; no client calls LNet.
 * Return: true if there is one.
 */
bool lnet_eq_any_but(lnet_eq_handler_t own)
{
	u32 index = 0;

	return lnet_handle_for_each(LNET_HANDLE_EQ, &index, eq_is_not_of, &own);
}

static int eq_get_any(void *object, void *arg)
{
	struct lnet_eq *eq = object;

	if (!refcount_inc_not_zero(&eq->refs))
		return 0;
	*(struct lnet_eq **)arg = eq;
	return 1;
}

/**
 * lnet_eq_purge() - free the EQs that clients have left behind, and log the callers that made them
 *
 * An EQ with an MD stays: a client is still in a call that began before LNet went down. The next
 * purge finds both.
 *
 * Context: task; may sleep.
 */
void lnet_eq_purge(void)
{
	struct lnet_leaks leaks = { .what = "EQ" };
	struct lnet_eq *eq;
	u32 index = 0;
	int rc;

	while (lnet_handle_for_each(LNET_HANDLE_EQ, &index, eq_get_any, &eq)) {
		rc = eq_close(eq);
		if (rc != -ENOENT)
			lnet_leaks_add(&leaks, eq->cookie, eq->caller,
				       rc ? ", and an MD still refers to it" : "");
		if (!rc)
			eq_dismantle(eq);
		lnet_eq_put(eq);
	}
	lnet_leaks_end(&leaks);
}
