/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run: the work that a thread does for LNet, from the delivery of an event to the end of all
 * that this sets off. See run.c.
 */
#ifndef _LNET_RUN_H
#define _LNET_RUN_H

#include <lnet/lnd.h>

#include "event/eq.h"
#include "event/md.h"
#include "event/run_state.h"
#include "event/slot.h"

struct lnet_event;

void lnet_run_stop(struct lnet_run *run);
void lnet_run_go(struct lnet_run *run);
void lnet_run_pause(struct lnet_run *run);
void lnet_run_end(struct lnet_run *run);
void lnet_run_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
		      struct lnet_turn *turn);
void lnet_run_deliver_oneshot(struct lnet_run *run, struct lnet_libmd *md,
			      struct lnet_turn *turn);
void lnet_run_flush(struct lnet_run *run);
void lnet_run_resume(struct list_head *taken, bool may_sleep);
void lnet_run_come_back(struct lnet_run *run, struct lnet_eq *eq, int count);

/* An event has been delivered: lnet_run_flush() does the rest when the run owns no slot. */
static inline void lnet_run_done_later(struct lnet_run *run, struct lnet_delivery *d)
{
	struct lnet_todo *todo = lnet_run_todo(run);

	d->turn.queue.next = todo->done;
	todo->done = &d->turn.queue;
}

/* Have lnet_run_deliver_oneshot() deliver @turn when the handler that the caller is in returns. */
static inline void lnet_run_defer_oneshot(struct lnet_run *run, struct lnet_turn *turn)
{
	struct lnet_todo *todo = lnet_run_todo(run);

	turn->queue.next = NULL;
	*todo->oneshots_end = &turn->queue;
	todo->oneshots_end = &turn->queue.next;
}

/**
 * lnet_run_deliver_in() - deliver an event in its turn, in a run that is known
 * @run: the caller's run, in a handler or not
 * @md: the MD of the event, which has an EQ
 * @turn: the turn of the event; not the caller's any more
 *
 * Delivers as the delivery scheme says; see lnet_run_deliver().
 *
 * Context: task. If the scheme is `combining` and the caller in a handler: preemption off. Else not
 * in a handler, and preemption off by the run only.
 */
static __always_inline void lnet_run_deliver_in(struct lnet_run *run,
						struct lnet_libmd *md,
						struct lnet_turn *turn)
{
	if (lnet_slot_is_lock())
		lnet_slot_lock_deliver(run, md, turn);
	else if (md->oneshot && unlikely(run->handler))
		lnet_run_defer_oneshot(run, turn);
	else if (md->oneshot)
		lnet_run_deliver_oneshot(run, md, turn);
	else if (unlikely(run->handler))
		lnet_slot_combining_defer(run, md, turn);
	else
		lnet_slot_combining_deliver(run, md, turn);
}

/*
 * The preemption count, if the kernel keeps one. If it does not, reading it is of no use, and costs
 * two function calls on User Mode Linux.
 */
static __always_inline int lnet_run_preemption(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) ? preempt_count() : 0;
}

/**
 * lnet_run_call() - call a handler
 * @run: the caller's run, not in a handler
 * @eq: the EQ, which has a callback
 * @ev: the event that the handler is called for
 *
 * Corrects @run if the handler has slept or changed preemption: lnet_run_come_back().
 *
 * Context: task, preemption off.
 */
static __always_inline void lnet_run_call(struct lnet_run *run,
					  struct lnet_eq *eq,
					  struct lnet_event *ev)
{
	const struct task_struct *task = run->task;
	unsigned long switches = task->nvcsw + task->nivcsw;
	int count = lnet_run_preemption();

	run->handler = eq;
	lnet_eq_dep_acquire(eq);
	eq->callback(ev);
	lnet_eq_dep_release(eq);
	run->handler = NULL;
	if (unlikely(lnet_run_preemption() != count ||
		     READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw) != switches))
		lnet_run_come_back(run, eq, count);
}

/* Pause if the stretch has no room for @callbacks more. The caller's run may pause here. */
static inline void lnet_run_make_room(struct lnet_run *run, unsigned int callbacks)
{
	if (unlikely(!lnet_run_has_room(run, callbacks)))
		lnet_run_pause(run);
}

/* Count @bytes copied, and pause if the stretch is over; see lnet_run_make_room(). */
static inline void lnet_run_count_bytes(struct lnet_run *run, unsigned int bytes)
{
	run->bytes += bytes;
	lnet_run_make_room(run, 0);
}

#endif /* _LNET_RUN_H */
