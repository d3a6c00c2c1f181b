/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run: what one thread does on behalf of LNet between two moments at which
 * it is just a client's thread or a driver's. See run.c.
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
void lnet_run_deliver_alone(struct lnet_run *run, struct lnet_libmd *md,
			    struct lnet_turn *turn);
void lnet_run_flush(struct lnet_run *run);
void lnet_run_resume(struct list_head *taken, bool may_sleep);
void lnet_run_come_back(struct lnet_run *run, struct lnet_eq *eq, int count);

/* An event has been delivered; the rest by lnet_run_flush(), when no slot is owned. */
static inline void lnet_run_done_later(struct lnet_run *run, struct lnet_delivery *d)
{
	struct lnet_todo *todo = lnet_run_todo(run);

	d->turn.queue.next = todo->done;
	todo->done = &d->turn.queue;
}

/* lnet_run_deliver_alone(), when the handler that the caller is in has returned. */
static inline void lnet_run_defer_alone(struct lnet_run *run, struct lnet_turn *turn)
{
	struct lnet_todo *todo = lnet_run_todo(run);

	turn->queue.next = NULL;
	*todo->alone_end = &turn->queue;
	todo->alone_end = &turn->queue.next;
}

/**
 * lnet_run_deliver_in() - lnet_run_deliver() for who knows its run
 * @run: of the caller
 * @md: as there
 * @turn: as there
 *
 * As the scheme has it, in its turn.
 *
 * Context: task, preemption off. In a handler only where the scheme is
 * `combining`; else preemption off by the run only.
 */
static __always_inline void lnet_run_deliver_in(struct lnet_run *run,
						struct lnet_libmd *md,
						struct lnet_turn *turn)
{
	if (lnet_slot_is_lock())
		lnet_slot_lock_deliver(run, md, turn);
	else if (md->alone)
		unlikely(run->handler) ? lnet_run_defer_alone(run, turn) :
					 lnet_run_deliver_alone(run, md, turn);
	else
		unlikely(run->handler) ? lnet_slot_combining_defer(run, md, turn) :
					 lnet_slot_combining_deliver(run, md, turn);
}

/*
 * How preemption is, where the kernel counts that. Where it does not, reading
 * the count is not only useless: User Mode Linux calls two functions for it.
 */
static __always_inline int lnet_run_preemption(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) ? preempt_count() : 0;
}

/**
 * lnet_run_call() - call a handler
 * @run: not in one
 * @eq: whose
 * @ev: the event
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

/* For @callbacks more, by one who may pause here. */
static inline void lnet_run_make_room(struct lnet_run *run, unsigned int callbacks)
{
	if (unlikely(!lnet_run_has_room(run, callbacks)))
		lnet_run_pause(run);
}

/* @bytes have been copied, by one who may pause here. */
static inline void lnet_run_count_bytes(struct lnet_run *run, unsigned int bytes)
{
	run->bytes += bytes;
	lnet_run_make_room(run, 0);
}

#endif /* _LNET_RUN_H */
