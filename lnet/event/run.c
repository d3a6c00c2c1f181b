// SPDX-License-Identifier: GPL-2.0
/*
 * The run: what a thread does between the moment at which it delivers an event, or sends over 0@lo,
 * and the moment at which all work that this has set off is done.
 *
 * A callback never runs inside another callback, and a message over 0@lo is never delivered inside
 * another. An event that a handler completes takes its place in its slot, and a message that a
 * handler sends or resumes is queued. The run comes to both when the handler has returned. So a
 * chain of messages and events is a loop and not a recursion, and the work that a handler's call
 * sets off does not make the handler longer.
 *
 * Stretches
 * ---------
 * Preemption is off while a run delivers, as a thread that owns a slot must not be held up. A
 * stretch is over after LNET_STRETCH_CALLBACKS callbacks (an event of an EQ without a callback
 * counts as well), LNET_STRETCH_MESSAGES queued messages (which may be dropped), or
 * LNET_STRETCH_BYTES bytes copied. Then the run leaves the slot, and lnet_run_pause() sets
 * preemption as it was where the run began. If the caller of LNet has preemption off as well,
 * because it holds a spinlock, preemption stays off: that is the caller's decision.
 *
 * "Preemption off by the run only", in a Context line, means that LNet has no preempt_disable() in
 * effect but that of the run, so the run may pause.
 *
 * What belongs to the task, and what to the CPU
 * ---------------------------------------------
 * A handler must not sleep. If one does, its thread may continue on another CPU, and other threads
 * may have had runs on the first CPU meanwhile. So the run is on the thread's stack. A CPU only
 * records which run it has: lnet_cpu.run, which is valid if lnet_cpu.task is the reader itself.
 * After each callback lnet_run_call() compares the preemption count, and the number of times that
 * the task was switched off its CPU. If one of them has changed, it warns, corrects the count and
 * the record, and the run goes on where the thread is now.
 */
#include "event/run.h"
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/md_state.h"
#include "event/slot.h"
#include "hooks/watch.h"
#include "hooks/window.h"
#include "lnet.h"

#include <linux/export.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/**
 * lnet_run_stop() - set preemption as the caller of LNet has it
 * @run: the caller's run, not in a handler, owning no slot
 *
 * The stretch is over. Reschedules if the run may sleep.
 *
 * Context: task, preemption off by the run only; on return preemption is as before the run.
 */
void lnet_run_stop(struct lnet_run *run)
{
	lnet_watch_stretch(run->callbacks, run->bytes);
	WRITE_ONCE(run->c->task, NULL);
	preempt_enable();
	lnet_window(LNET_WINDOW_RUN_PAUSED);
	lnet_watch_pause();
	if (run->may_sleep) {
		lnet_watch_sleep();
		cond_resched();
	}
}

/**
 * lnet_run_go() - disable preemption again after lnet_run_stop()
 * @run: the caller's run, perhaps on another CPU now; begins a new stretch
 *
 * Context: task; preemption is off on return.
 */
void lnet_run_go(struct lnet_run *run)
{
	preempt_disable();
	lnet_run_enter_cpu(run, lnet_cpu());
}

/**
 * lnet_run_pause() - allow preemption for a moment, between two stretches
 * @run: the caller's run, not in a handler, owning no slot; perhaps on another CPU on return
 *
 * Context: task, preemption off by the run only.
 */
void lnet_run_pause(struct lnet_run *run)
{
	lnet_run_stop(run);
	lnet_run_go(run);
}

/**
 * lnet_run_flush() - send ACKs for, or end, the messages whose events have been delivered
 * @run: the caller's run, owning no slot
 *
 * Context: task, preemption off.
 */
void lnet_run_flush(struct lnet_run *run)
{
	struct llist_node *node;
	struct lnet_turn *turn;

	if (!run->has_todo)
		return;
	node = llist_reverse_order(run->todo.done);
	run->todo.done = NULL;
	while (node) {
		turn = llist_entry(node, struct lnet_turn, queue);
		node = node->next;
		lnet_delivery_done(run->c, container_of(turn, struct lnet_delivery,
							turn));
	}
}

/* Delivering --------------------------------------------------------------- */

/**
 * lnet_run_deliver_oneshot() - deliver the only event of an MD
 * @run: the caller's run, not in a handler
 * @md: the MD of the event, which is good for one operation
 * @turn: the turn of the event; not the caller's any more
 *
 * The MD has no other event that this one could overlap with, so it needs no slot.
 *
 * Context: task, preemption off by the run only.
 */
void lnet_run_deliver_oneshot(struct lnet_run *run, struct lnet_libmd *md,
			      struct lnet_turn *turn)
{
	struct lnet_eq_cpu *counts = per_cpu_ptr(md->eq->cpus, run->c->id);
	struct lnet_delivery *d;

	lnet_count(counts->delivered, 1);
	d = lnet_eq_deliver(run, md->eq, turn);
	if (likely(d))
		lnet_delivery_done(run->c, d);
}

/* Deliver the first of the queued turns that need no slot. */
static void run_deliver_next_oneshot(struct lnet_run *run)
{
	struct lnet_todo *todo = &run->todo;
	struct lnet_turn *turn = llist_entry(todo->oneshots, struct lnet_turn,
					     queue);

	todo->oneshots = turn->queue.next;
	if (!todo->oneshots)
		todo->oneshots_end = &todo->oneshots;
	lnet_run_deliver_oneshot(run, lnet_md_of_turn(turn), turn);
}

static void run_keep_promise(struct lnet_run *run)
{
	struct lnet_slot *slot = run->todo.promised;

	run->todo.promised = slot->next;
	lnet_slot_combining_keep_promise(run, slot);
}

/**
 * lnet_run_copied() - count bytes that have been copied towards the run's stretch
 * @bytes: the number of bytes that have been copied
 *
 * For a driver that copies piece by piece. Pauses the run if the stretch is over; see
 * lnet_run_pause(). Does nothing if the caller is in no run.
 *
 * Context: task. A caller in a run owns no slot, holds no lock and relies on nothing per CPU.
 */
void lnet_run_copied(unsigned int bytes)
{
	struct lnet_run *run;

	preempt_disable();
	run = lnet_run_find(lnet_cpu());
	preempt_enable();
	if (run)
		lnet_run_count_bytes(run, bytes);
}
EXPORT_SYMBOL_GPL(lnet_run_copied);

static void run_next_message(struct lnet_run *run)
{
	struct lnet_delivery *d = list_first_entry(&run->todo.later,
						   struct lnet_delivery, later);

	list_del(&d->later);
	run->messages++;
	lnet_delivery_go_on(d);
}

static bool todo_is_done(const struct lnet_todo *todo)
{
	return !todo->oneshots && !todo->promised && !todo->visits &&
	       list_empty(&todo->later);
}

/* Do the work that has been set off, and the work which that sets off, until none is left. */
static noinline void run_go_on(struct lnet_run *run)
{
	const struct lnet_todo *todo = &run->todo;

	while (!todo_is_done(todo)) {
		if (!lnet_run_has_room(run, LNET_MSG_CALLBACKS) ||
		    run->messages == LNET_STRETCH_MESSAGES)
			lnet_run_pause(run);
		if (todo->oneshots)
			run_deliver_next_oneshot(run);
		else if (todo->promised)
			run_keep_promise(run);
		else if (todo->visits)
			lnet_slot_combining_visit(run);
		else
			run_next_message(run);
	}
}

/**
 * lnet_run_end() - finish all work that the run has set off, and end the run
 * @run: the caller's run, not in a handler, owning no slot
 *
 * Context: task, preemption off by the run only; still off on return, perhaps on another CPU.
 */
void lnet_run_end(struct lnet_run *run)
{
	if (unlikely(run->has_todo))
		run_go_on(run);
	lnet_watch_stretch(run->callbacks, run->bytes);
	WRITE_ONCE(run->c->task, NULL);
}

/**
 * lnet_run_resume() - go on with messages that have waited on a lazy portal
 * @taken: list of struct lnet_delivery, each with an MD or marked to be dropped; empty on return
 * @may_sleep: the caller may be put to sleep, if it is not in a handler
 *
 * If the caller is in a run, as in a handler, the messages are only queued, and received when the
 * run comes to them.
 *
 * Context: task.
 */
void lnet_run_resume(struct list_head *taken, bool may_sleep)
{
	struct lnet_run *run, own;
	struct lnet_cpu *c;

	preempt_disable();
	c = lnet_cpu();
	run = lnet_run_find(c);
	if (run) {
		list_splice_tail_init(taken, &lnet_run_todo(run)->later);
	} else {
		lnet_run_begin(&own, c);
		own.may_sleep = may_sleep;
		list_splice_tail_init(taken, &lnet_run_todo(&own)->later);
		lnet_run_end(&own);
	}
	preempt_enable();
}

static noinline void run_deliver_new(struct lnet_cpu *c, struct lnet_libmd *md,
				     struct lnet_turn *turn)
{
	struct lnet_run run;

	lnet_run_begin(&run, c);
	lnet_run_deliver_in(&run, md, turn);
	lnet_run_end(&run);
}

/**
 * lnet_run_deliver() - deliver an event in its turn
 * @c: this CPU; not to be used after the call
 * @md: the MD of the event, which has an EQ
 * @turn: the turn of the event; not the caller's any more
 *
 * On return this thread has run the callback, and done the work that it set off. If the caller is
 * already in a run, that run does the work later. With `combining` the callback may run elsewhere:
 * in the thread that owns the slot, perhaps later; or, if the caller is in a handler, in this
 * thread when the handler has returned. Under a lock, if this thread holds it in a handler that has
 * slept, the event is delivered when that handler returns.
 *
 * Context: task, preemption off by one step of the caller's own.
 */
void lnet_run_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
		      struct lnet_turn *turn)
{
	struct lnet_run *run = lnet_run_find(c);

	if (!run) {
		run_deliver_new(c, md, turn);
		return;
	}
	/* The run has preemption off itself, and can only pause if nothing else has. */
	preempt_enable();
	lnet_run_deliver_in(run, md, turn);
	preempt_disable();
}

/**
 * lnet_run_come_back() - correct what a handler must not change
 * @run: the caller's run; its handler has slept, or has not left preemption as it was
 * @eq: the EQ of the handler
 * @count: the preemption count before the handler
 *
 * Restores the preemption count and the CPU's record of the run, and warns once for each EQ.
 * Nothing else that the handler did is undone.
 *
 * Context: task; preemption is off on return.
 */
void lnet_run_come_back(struct lnet_run *run, struct lnet_eq *eq, int count)
{
	preempt_disable();
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		preempt_count_set(count);
	/* On the CPU where the handler began, another thread may have begun a run since. */
	cmpxchg(&run->c->task, run->task, NULL);
	run->c = lnet_cpu();
	WRITE_ONCE(run->c->run, run);
	WRITE_ONCE(run->c->task, run->task);
	if (!xchg_relaxed(&eq->slept, 1))
		WARN(1, LNET_NAME ": EQ %#llx: its handler %ps has slept, or has not left preemption as it was\n",
		     eq->cookie, eq->callback);
}
