// SPDX-License-Identifier: GPL-2.0
/*
 * The event queue: where events of MDs go. An EQ has a callback, a ring to be
 * polled, or both.
 *
 * Delivery is lnet_eq_deliver(), run by slot.c with the MD's slot held. The
 * ring is written last, when the callback has returned and the auto-unlink of
 * the MD is complete, so no poller sees an event before that.
 *
 * Life. A handle is one reference, a poller another. An MD is not a reference:
 * MDs are counted per CPU, in where they are made and out where their last event
 * is delivered, so that counting shares nothing. LNetEQFree() refuses while the sum is not 0. To
 * know that, it sets CLOSING (C) and waits for a grace period: after that no
 * CPU is between looking at the state (B) and counting an MD in (A), and who
 * counts one in counts in eq->late, which is one word. The per-CPU sum then
 * only falls, as MDs end. If it and eq->late add up to 0 there is no MD, and
 * the step that says so (D) is the one that closes eq->late for ever.
 *
 * A delivery that has just ended an EQ's last MD still uses the EQ, to publish;
 * it has preemption off, and an EQ's memory is freed a grace period after its
 * last reference.
 */
#include "eq.h"
#include "alloc.h"
#include "compat.h"
#include "handle.h"
#include "leak.h"
#include "lnet.h"
#include "md_state.h"
#include "object.h"
#include "sysfs.h"
#include "window.h"

#include <linux/export.h>
#include <linux/log2.h>
#include <linux/slab.h>

enum {
	RING_MAX	= 1 << 20,	/* events */
	POLL_INLINE	= 4,		/* EQs polled without allocating */
	POLL_MAX	= 1024,		/* EQs polled at once */
};

/* The ring -------------------------------------------------------------- */

static void ring_publish(struct lnet_ring *ring, const struct lnet_event *ev)
{
	struct lnet_event *to;

	spin_lock(&ring->lock);
	if (ring->enq - ring->deq == ring->size) {
		WRITE_ONCE(ring->deq, ring->deq + 1);
		WRITE_ONCE(ring->lost, ring->lost + 1);
		WRITE_ONCE(ring->overflowed,
			   ring->overflowed + !ring->overflow);
		ring->overflow = true;
	}
	to = &ring->events[ring->enq & (ring->size - 1)];
	*to = *ev;
	to->sequence = ring->enq;
	/* Pairs with the lnet_smp_rmb() in ring_take(). */
	lnet_smp_wmb();
	lnet_window(LNET_WINDOW_EQ_WRITTEN);
	WRITE_ONCE(ring->enq, ring->enq + 1);
	spin_unlock(&ring->lock);
}

/* 1, -EOVERFLOW if events were lost before this one, or 0: empty. */
static int ring_take(struct lnet_ring *ring, struct lnet_event *ev)
{
	lnet_seq_t deq = READ_ONCE(ring->deq);
	int rc = 0;

	/* enq is never behind deq, so read later and equal it means empty. */
	lnet_smp_rmb();
	if (READ_ONCE(ring->enq) == deq)
		return 0;

	spin_lock(&ring->lock);
	if (ring->enq != ring->deq) {
		*ev = ring->events[ring->deq & (ring->size - 1)];
		WRITE_ONCE(ring->deq, ring->deq + 1);
		rc = ring->overflow ? -EOVERFLOW : 1;
		ring->overflow = false;
	}
	spin_unlock(&ring->lock);
	return rc;
}

static int ring_init(struct lnet_ring *ring, unsigned int count)
{
	if (!count)
		return 0;

	spin_lock_init(&ring->lock);
	ring->size = roundup_pow_of_two(count);
	ring->enq = 1;
	ring->deq = 1;
	ring->events = lnet_alloc(kvcalloc(ring->size, sizeof(*ring->events),
					   GFP_KERNEL));
	return ring->events ? 0 : -ENOMEM;
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
 * The handle has been stale for a grace period, so no CPU takes the EQ from the
 * table any more. After another none uses what it had remembered.
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
 * lnet_eq_put() - let go of an EQ
 * @eq: with a reference of the caller's
 *
 * Context: any.
 */
void lnet_eq_put(struct lnet_eq *eq)
{
	if (refcount_dec_and_test(&eq->refs))
		call_rcu(&eq->rcu, eq_forget_rcu);
}

static struct lnet_eq *eq_get(u64 cookie)
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

/**
 * lnet_eq_hold_late() - count an MD in while LNetEQFree() looks
 * @eq: found with preemption off, which it still is
 *
 * Context: preemption off.
 * Return: 0, or -ENOENT: the EQ has been freed.
 */
int lnet_eq_hold_late(struct lnet_eq *eq)
{
	return atomic64_inc_unless_negative(&eq->late) ? 0 : -ENOENT;
}

static s64 count_mds(struct lnet_eq *eq)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(eq->cpus, cpu)->mds);
	return sum;
}

static struct lnet_eq *eq_new(unsigned int count, lnet_eq_handler_t callback)
{
	struct lnet_eq *eq;

	eq = lnet_alloc(kzalloc(sizeof(*eq), GFP_KERNEL));
	if (!eq)
		return NULL;

	eq->cpus = lnet_alloc(alloc_percpu(struct lnet_eq_cpu));
	if (!eq->cpus || ring_init(&eq->ring, count) ||
	    lnet_slots_init(&eq->slots)) {
		eq_free(eq);
		return NULL;
	}
	eq->callback = callback;
	eq->state = LNET_EQ_OPEN;
	refcount_set(&eq->refs, 1);
	init_waitqueue_head(&eq->wait);
	return eq;
}

/**
 * LNetEQAlloc() - make an event queue
 * @count: events the ring holds, rounded up to a power of two, at most 2^20;
 *	0 for a callback without a ring
 * @callback: called for each event, or LNET_EQ_HANDLER_NONE; see
 *	lnet_eq_handler_t for what it may do
 * @handle: where the handle goes
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if @count is 0 without a callback or too large, or
 * @handle NULL; -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetEQAlloc(unsigned int count, lnet_eq_handler_t callback,
		struct lnet_handle_eq *handle)
{
	struct lnet_eq *eq;
	int rc;

	rc = lnet_api_check_sleep();
	if (rc)
		return rc;
	if ((!count && !callback) || count > RING_MAX || !handle)
		return -EINVAL;
	lnet_might_sleep();

	eq = eq_new(count, callback);
	if (!eq)
		return -ENOMEM;

	eq->caller = (void *)_RET_IP_;
	eq->cookie = lnet_handle_reserve(LNET_HANDLE_EQ, GFP_KERNEL);
	if (!eq->cookie)
		goto err_free_eq;
	rc = lnet_sysfs_eq_add(eq);
	if (rc)
		goto err_free_handle;

	lnet_object_count(LNET_HANDLE_EQ, 1);
	lnet_handle_publish(eq->cookie, eq);
	handle->cookie = eq->cookie;
	return 0;

err_free_handle:
	lnet_handle_free(eq->cookie);
err_free_eq:
	lnet_slots_exit();
	eq_free(eq);
	return -ENOMEM;
}
EXPORT_SYMBOL(LNetEQAlloc);

/* To DEAD, unless an MD refers to it, or others did it. */
static int eq_close(struct lnet_eq *eq)
{
	enum lnet_eq_state was;
	s64 counted;

	/* An MD that a delivery under way ends is not in the way. */
	synchronize_rcu();
	if (count_mds(eq) + atomic64_read(&eq->late))
		return -EBUSY;

	/* Somebody else at the same: see how it ends. */
	while ((was = cmpxchg(&eq->state, LNET_EQ_OPEN,
			      LNET_EQ_CLOSING)) == LNET_EQ_CLOSING)	/* C */
		schedule_timeout_uninterruptible(1);
	if (was == LNET_EQ_DEAD)
		return -ENOENT;

	lnet_window(LNET_WINDOW_EQ_CLOSING);
	synchronize_rcu();
	counted = count_mds(eq);
	lnet_window(LNET_WINDOW_EQ_COUNTED);
	if (atomic64_cmpxchg(&eq->late, -counted, S64_MIN) != -counted) { /* D */
		WRITE_ONCE(eq->state, LNET_EQ_OPEN);
		return -EBUSY;
	}
	WRITE_ONCE(eq->state, LNET_EQ_DEAD);
	/* Who counted the last MD out is done, and all its callback did is seen. */
	synchronize_rcu();
	return 0;
}

/* What is left to do once it is DEAD; the caller has a reference. */
static void eq_bury(struct lnet_eq *eq)
{
	lnet_window(LNET_WINDOW_EQ_DEAD);
	lnet_sysfs_eq_del(eq);
	lnet_slots_exit();
	lnet_handle_free(eq->cookie);
	lnet_object_count(LNET_HANDLE_EQ, -1);
	wake_up_all(&eq->wait);
	lnet_eq_put(eq);		/* the handle's */
}

/**
 * LNetEQFree() - free an event queue
 * @eqh: its handle
 *
 * Events not yet polled are lost. Pollers return -ENOENT. When it has returned
 * 0, no callback of the EQ is running or will run.
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY while an MD refers to the EQ; -ENOENT; -ENETDOWN; -EDEADLK.
 */
int LNetEQFree(struct lnet_handle_eq eqh)
{
	int rc = lnet_api_check_sleep();

	return rc ?: lnet_eq_free(eqh);
}
EXPORT_SYMBOL(LNetEQFree);

/**
 * lnet_eq_free() - LNetEQFree() for us, also while LNet goes down
 * @eqh: as there
 *
 * Context: task; may sleep.
 * Return: 0, -EBUSY or -ENOENT, as there.
 */
int lnet_eq_free(struct lnet_handle_eq eqh)
{
	struct lnet_eq *eq;
	int rc;

	lnet_might_sleep();
	eq = eq_get(eqh.cookie);
	if (!eq)
		return -ENOENT;

	rc = eq_close(eq);
	if (!rc)
		eq_bury(eq);
	lnet_eq_put(eq);
	return rc;
}

/* Delivery -------------------------------------------------------------- */

/* The operation has ended; @state is of an MD that this was the last of. */
static __always_inline void conclude(struct lnet_cpu *c, struct lnet_eq *eq,
				     struct lnet_libmd *md, u64 state,
				     struct lnet_event *ev)
{
	bool last = ev->unlinked;

	lnet_window(LNET_WINDOW_MD_ENDED);
	if (likely(eq->callback))
		eq->callback(ev);
	lnet_window(LNET_WINDOW_EQ_CALLED);
	if (last) {
		lnet_md_bury(c, md, state);
		lnet_eq_release(c, eq);
	}

	lnet_window(LNET_WINDOW_EQ_BURIED);
	if (unlikely(eq->ring.size)) {
		ring_publish(&eq->ring, ev);
		if (wq_has_sleeper(&eq->wait))
			wake_up(&eq->wait);
	}
}

static noinline void deliver_unlink(struct lnet_cpu *c, struct lnet_eq *eq,
				    struct lnet_libmd *md)
{
	struct lnet_event ev = { .type = LNET_EVENT_UNLINK, .unlinked = 1 };

	lnet_md_snapshot(md, atomic64_read(&md->state), &ev);
	conclude(c, eq, md, LNET_MD_LIVE, &ev);
}

/**
 * lnet_eq_deliver() - end an operation: callback, auto-unlink, ring
 * @c: this CPU
 * @eq: of the MD
 * @turn: of the event; an UNLINK event has no operation to end
 *
 * Context: task, preemption off, in the MD's slot or alone.
 * Return: the message it was for, to be given to lnet_msg_delivered(); or
 * NULL.
 */
struct lnet_msg *lnet_eq_deliver(struct lnet_cpu *c, struct lnet_eq *eq,
				 struct lnet_turn *turn)
{
	struct lnet_libmd *md = lnet_turn_md(turn);
	struct lnet_msg *msg;
	u64 state;

	if (unlikely(turn->unlink)) {
		deliver_unlink(c, eq, md);
		return NULL;
	}
	msg = container_of(turn, struct lnet_msg, d.turn);
	msg->d.ev.unlinked = lnet_md_end(md, &state);
	conclude(c, eq, md, state, &msg->d.ev);
	return msg;
}

/**
 * lnet_eq_broke() - a handler has made a call that it must not make
 * @eq: whose handler
 * @where: the call
 *
 * Return: -EDEADLK, always.
 */
int lnet_eq_broke(struct lnet_eq *eq, void *where)
{
	/* Handlers of one EQ run on several CPUs: the first of them is named. */
	if (!xchg_relaxed(&eq->warned, 1))
		WARN(1, LNET_NAME ": EQ %#llx: LNet called from its handler %ps, at %pS\n",
		     eq->cookie, eq->callback, where);
	return -EDEADLK;
}

/**
 * lnet_api_odd() - may a call be made that does not come as usual?
 * @c: this CPU
 * @where: the call
 *
 * Context: preemption off; on again if not 0.
 * Return: as lnet_api_enter().
 */
int lnet_api_odd(struct lnet_cpu *c, void *where)
{
	struct lnet_eq *eq = c->handler;
	bool may = lnet_delivery == LNET_DELIVERY_COMBINING;

	if (eq && may && READ_ONCE(lnet_running))
		return 0;
	preempt_enable();
	return eq && !may ? lnet_eq_broke(eq, where) : -ENETDOWN;
}

/* Polling --------------------------------------------------------------- */

struct poll {
	struct lnet_handle_eq *eqh;
	struct wait_queue_entry *wait;	/* one each, once it has to sleep */
	struct lnet_eq **eq;		/* referenced while on its queue */
	int neq;
	struct wait_queue_entry wait_inline[POLL_INLINE];
	struct lnet_eq *eq_inline[POLL_INLINE];
};

/* One look at each; 0: nothing there. */
static int poll_scan(struct poll *p, struct lnet_event *ev, int *which)
{
	struct lnet_eq *eq;
	int i, rc;

	for (i = 0; i < p->neq; i++) {
		eq = eq_get(p->eqh[i].cookie);
		if (!eq)
			return -ENOENT;
		rc = eq->ring.size ? ring_take(&eq->ring, ev) : -EINVAL;
		lnet_eq_put(eq);
		if (rc == 1 || rc == -EOVERFLOW)
			*which = i;
		if (rc)
			return rc;
	}
	return 0;
}

static int poll_wait_begin(struct poll *p)
{
	struct lnet_eq *eq;
	int i;

	p->wait = p->wait_inline;
	p->eq = p->eq_inline;
	if (p->neq > POLL_INLINE) {
		p->wait = lnet_alloc(kcalloc(p->neq, sizeof(*p->wait) +
					     sizeof(*p->eq), GFP_KERNEL));
		if (!p->wait)
			return -ENOMEM;
		p->eq = (struct lnet_eq **)&p->wait[p->neq];
	}

	for (i = 0; i < p->neq; i++) {
		eq = eq_get(p->eqh[i].cookie);
		p->eq[i] = eq;
		if (!eq)
			continue;	/* the next scan says so */
		init_waitqueue_entry(&p->wait[i], current);
		add_wait_queue(&eq->wait, &p->wait[i]);
	}
	return 0;
}

static void poll_wait_end(struct poll *p)
{
	int i;

	if (!p->wait)
		return;
	for (i = 0; i < p->neq; i++) {
		if (!p->eq[i])
			continue;
		remove_wait_queue(&p->eq[i]->wait, &p->wait[i]);
		lnet_eq_put(p->eq[i]);
	}
	if (p->wait != p->wait_inline)
		kfree(p->wait);
}

/*
 * Sleeps without being counted as load, and a signal does not wake it: the
 * call has no way to say -EINTR, and a caller with one pending would spin.
 */
static int poll_sleep(struct poll *p, signed long timeout,
		      struct lnet_event *ev, int *which)
{
	int rc;

	for (;;) {
		set_current_state(TASK_IDLE);
		rc = poll_scan(p, ev, which);
		if (rc || !timeout)
			break;
		lnet_window(LNET_WINDOW_EQ_SCANNED);
		timeout = schedule_timeout(timeout);
	}
	__set_current_state(TASK_RUNNING);
	return rc;
}

/**
 * LNetEQPoll() - the next event of any of several event queues
 * @eventqs: their handles; the first with an event wins
 * @neq: how many, 1 to 1024
 * @timeout: how long to wait, jiffies; 0 to look once, MAX_SCHEDULE_TIMEOUT or
 *	anything negative to wait for ever
 * @event: where the event goes
 * @which_eq: where the index of its EQ goes; only with an event
 *
 * Context: task; may sleep unless @timeout is 0; not interruptible.
 * Return: 1: an event; -EOVERFLOW: an event, and older ones of the same EQ
 * were overwritten before they were read; 0: none in time; -ENOENT: no EQ, or
 * a stale handle, before an earlier EQ had an event; -EINVAL: NULL pointer,
 * too many EQs, or one without a ring; -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetEQPoll(struct lnet_handle_eq *eventqs, int neq, signed long timeout,
	       struct lnet_event *event, int *which_eq)
{
	struct poll p = { .eqh = eventqs, .neq = neq };
	int rc;

	rc = timeout ? lnet_api_check_sleep() : lnet_api_check();
	if (rc)
		return rc;
	if (neq < 1)
		return -ENOENT;
	if (neq > POLL_MAX || !eventqs || !event || !which_eq)
		return -EINVAL;

	rc = poll_scan(&p, event, which_eq);
	if (rc || !timeout)
		return rc;

	lnet_might_sleep();
	rc = poll_wait_begin(&p);
	if (!rc)
		rc = poll_sleep(&p, timeout < 0 ? MAX_SCHEDULE_TIMEOUT : timeout,
				event, which_eq);
	poll_wait_end(&p);
	return rc;
}
EXPORT_SYMBOL(LNetEQPoll);

/**
 * LNetEQGet() - the next event of an event queue, if there is one
 * @eqh: its handle
 * @event: where the event goes
 *
 * Context: task.
 * Return: as LNetEQPoll() with a timeout of 0.
 */
int LNetEQGet(struct lnet_handle_eq eqh, struct lnet_event *event)
{
	int which;

	return LNetEQPoll(&eqh, 1, 0, event, &which);
}
EXPORT_SYMBOL(LNetEQGet);

/**
 * LNetEQWait() - wait for the next event of an event queue
 * @eqh: its handle
 * @event: where the event goes
 *
 * Context: task; may sleep; not interruptible.
 * Return: as LNetEQPoll() without a timeout, so never 0.
 */
int LNetEQWait(struct lnet_handle_eq eqh, struct lnet_event *event)
{
	int which;

	return LNetEQPoll(&eqh, 1, MAX_SCHEDULE_TIMEOUT, event, &which);
}
EXPORT_SYMBOL(LNetEQWait);

/* Counters, and shutting down ---------------------------------------------- */

static DEFINE_MUTEX(reset_mutex);	/* all eq->base */

static void stats_sum(struct lnet_eq *eq, struct lnet_eq_stats *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < eq->slots.nr; i++) {
		sum->delivered += READ_ONCE(eq->slots.slot[i].delivered);
		sum->contended += READ_ONCE(eq->slots.slot[i].contended);
	}
	for_each_possible_cpu(cpu)
		sum->delivered += READ_ONCE(per_cpu_ptr(eq->cpus, cpu)->delivered);
	sum->callbacks = eq->callback ? sum->delivered : 0;
	sum->overflowed = READ_ONCE(eq->ring.overflowed);
	sum->lost = READ_ONCE(eq->ring.lost);
}

/**
 * lnet_eq_stats_read() - the counters of an EQ since the last reset
 * @eq: the EQ
 * @stats: where they go
 *
 * Context: task; may sleep.
 */
void lnet_eq_stats_read(struct lnet_eq *eq, struct lnet_eq_stats *stats)
{
	mutex_lock(&reset_mutex);
	stats_sum(eq, stats);
	stats->delivered -= eq->base.delivered;
	stats->contended -= eq->base.contended;
	stats->callbacks -= eq->base.callbacks;
	stats->overflowed -= eq->base.overflowed;
	stats->lost -= eq->base.lost;
	mutex_unlock(&reset_mutex);
	stats->mds = max_t(s64, count_mds(eq) + atomic64_read(&eq->late), 0);
}

/**
 * lnet_eq_stats_reset() - count an EQ from zero again
 * @eq: the EQ
 *
 * Context: task; may sleep.
 */
void lnet_eq_stats_reset(struct lnet_eq *eq)
{
	mutex_lock(&reset_mutex);
	stats_sum(eq, &eq->base);
	mutex_unlock(&reset_mutex);
}

static int get_any(void *object, void *arg)
{
	struct lnet_eq *eq = object;

	if (!refcount_inc_not_zero(&eq->refs))
		return 0;
	*(struct lnet_eq **)arg = eq;
	return 1;
}

/**
 * lnet_eq_purge() - free the EQs that clients have left, and say whose
 *
 * One with an MD is left alone: a client is just calling, late. The next time
 * finds both.
 *
 * Context: task; may sleep.
 */
void lnet_eq_purge(void)
{
	struct lnet_leaks leaks = { .what = "EQ" };
	struct lnet_eq *eq;
	u32 index = 0;
	int rc;

	while (lnet_handle_for_each(LNET_HANDLE_EQ, &index, get_any, &eq)) {
		rc = eq_close(eq);
		if (rc != -ENOENT)
			lnet_leaks_add(&leaks, eq->cookie, eq->caller,
				       rc ? ", and an MD still refers to it" : "");
		if (!rc)
			eq_bury(eq);
		lnet_eq_put(eq);
	}
	lnet_leaks_end(&leaks);
}
