// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of an event to its EQ, with the MD's slot owned, or for an MD that needs no slot. The
 * steps are: the operation on the MD ends, the callback runs, the auto-unlink is completed, the
 * event is published in the ring. In this order no poller sees an event before its callback has
 * returned (D3).
 *
 * A delivery that has just ended the last MD of an EQ still uses the EQ, to publish the event. It
 * has preemption off, and the memory of an EQ is freed two grace periods after its last reference.
 *
 * Strict EQs
 * ----------
 * lnet_eq_alloc_strict() has the rules. The CPU that delivers an event of such an EQ says so before
 * the MD can end by it, and takes that back when the callback has returned:
 *
 *	delivers				finds the handle stale
 *	  M: strict_md = cookie			  S: reads that the MD is no more
 *	  N: lnet_md_end(), full barrier	     read barrier
 *	     callback				  R: reads strict_md, until it is not cookie
 *	  O: strict_md = 0, release		     acquire
 *
 * If S reads what N wrote, R reads M or what is later; and if R reads O or what is later, the
 * callback is over, and what it did is seen. [eq-strict]
 *
 * The handle of an MD with an ME may be stale since its last message matched. A thread that finds
 * it so before M does not wait: the message is on its way. Of an MD that is good for one message
 * the handle is stale in no other way, and there N is a plain store.
 *
 * No CPU says that of an UNLINK event until its handler is about to run: see md_wait_unlinked().
 */
#include "event/eq.h"
#include "compat.h"
#include "event/api.h"
#include "event/md_state.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/window.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/processor.h>
#include <linux/sched.h>

/*
 * Finish a delivery whose operation has ended. @state: what lnet_md_end() left of the MD's state,
 * used if the event is the last of the MD. The callback may change @ev, so @last is read before.
 */
static __always_inline void eq_conclude(struct lnet_run *run, struct lnet_eq *eq,
					struct lnet_libmd *md, u64 state,
					struct lnet_event *ev)
{
	bool last = ev->unlinked;

	lnet_window(LNET_WINDOW_MD_ENDED);
	run->callbacks++;
	if (likely(eq->callback))
		lnet_run_call(run, eq, ev);
	lnet_window(LNET_WINDOW_EQ_CALLED);
	if (last) {
		lnet_md_retire_ended(run->c, md, state);
		lnet_users_leave(run->c, &eq->mds);
	}

	lnet_window(LNET_WINDOW_EQ_MD_RETIRED);
	if (unlikely(eq->ring.size)) {
		lnet_ring_publish(&eq->ring, ev);
		if (wq_has_sleeper(&eq->wait))
			wake_up(&eq->wait);
	}
}

static noinline void eq_deliver_unlink(struct lnet_run *run, struct lnet_eq *eq,
				       struct lnet_libmd *md)
{
	struct lnet_event ev = { .type = LNET_EVENT_UNLINK, .unlinked = 1 };
	u64 s = atomic64_read(&md->state);
	struct lnet_cpu *c = run->c;

	if (eq->strict)
		lnet_smp_store_release64(&c->strict_md, md->cookie);
	if (s & LNET_MD_LATE)
		ev.status = -ETIMEDOUT;
	lnet_md_snapshot(md, lnet_md_threshold(md, s), &ev);
	eq_conclude(run, eq, md, LNET_MD_LIVE, &ev);
	if (eq->strict)
		lnet_smp_store_release64(&c->strict_md, 0);
}

/* A handler that sleeps, which it must not, may be on another CPU at the end: @c is the first. */
static noinline void eq_deliver_strict(struct lnet_run *run, struct lnet_eq *eq,
				       struct lnet_libmd *md, struct lnet_event *ev)
{
	struct lnet_cpu *c = run->c;
	u64 state;

	lnet_smp_store_release64(&c->strict_md, md->cookie);	/* M */
	ev->unlinked = lnet_md_end(md, &state);			/* N */
	if ((state & (LNET_MD_ABORTED | LNET_MD_LATE)) && !ev->status)
		ev->status = -ETIMEDOUT;
	eq_conclude(run, eq, md, state, ev);
	lnet_smp_store_release64(&c->strict_md, 0);		/* O */
}

/**
 * lnet_eq_wait_handled() - wait until no CPU runs the handler of an MD
 * @cookie: the cookie of an MD of a strict EQ, whose handle the caller has found stale, or made
 *	stale; a client may have given it, so it may be anything
 *
 * Does nothing for the caller's own handler. Another one has preemption off, so it goes on however
 * the caller waits; the caller, too, may be in a handler, or hold a spinlock, and then only spins.
 *
 * Context: task; may sleep if the caller may.
 */
void lnet_eq_wait_handled(u64 cookie)
{
	bool can_sleep = lnet_api_can_sleep();
	const struct lnet_cpu *c;
	int cpu;

	/* It marks a CPU without a handler. */
	if (!cookie)
		return;
	lnet_smp_rmb();		/* between S and R */
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(lnet_cpus, cpu);
		if (READ_ONCE(c->task) == current)
			continue;
		while (smp_load_acquire(&c->strict_md) == cookie) {	/* R */
			cpu_relax();
			if (can_sleep)
				cond_resched();
		}
	}
}
EXPORT_SYMBOL_GPL(lnet_eq_wait_handled);

/**
 * lnet_eq_deliver() - deliver an event: end its operation, run the callback, publish it
 * @run: the caller's run, not in a handler
 * @eq: the EQ of the MD
 * @turn: the turn of the event; an UNLINK event has no operation to end
 *
 * Context: task, preemption off, owning the MD's slot unless the MD needs none.
 * Return: the delivery that contains @turn, to be passed to lnet_delivery_done(); or NULL for an
 * UNLINK event.
 */
struct lnet_delivery *lnet_eq_deliver(struct lnet_run *run, struct lnet_eq *eq,
				      struct lnet_turn *turn)
{
	struct lnet_libmd *md = lnet_md_of_turn(turn);
	struct lnet_delivery *d;
	u64 state;

	if (unlikely(turn->unlink)) {
		eq_deliver_unlink(run, eq, md);
		return NULL;
	}
	d = container_of(turn, struct lnet_delivery, turn);
	if (unlikely(eq->strict)) {
		eq_deliver_strict(run, eq, md, &d->ev);
		return d;
	}
	d->ev.unlinked = lnet_md_end(md, &state);
	eq_conclude(run, eq, md, state, &d->ev);
	return d;
}
