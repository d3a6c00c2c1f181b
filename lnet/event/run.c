// SPDX-License-Identifier: GPL-2.0
/*
 * The run: a thread between the moment at which it delivers an event, or sends
 * over 0@lo, and the moment at which nothing is left of what that has set off.
 *
 * A callback runs inside no other, and no message over 0@lo is delivered inside
 * another. What a handler completes takes its place in its slot, and what it
 * sends or resumes is put in order; the run comes to them when the handler has
 * returned. So what leads to another is a loop and not a recursion, and what a
 * handler's call sets off does not make the handler longer.
 *
 * Stretches
 * ---------
 * Preemption is off while a run delivers, as a thread that owns a slot is not to
 * be held up. After LNET_STRETCH_CALLBACKS callbacks (an event of an EQ without one
 * counts as well), LNET_STRETCH_MESSAGES messages (which may be dropped), or
 * LNET_STRETCH_BYTES bytes copied, a stretch is over: the slot is left, and
 * preemption as it was where the run began (lnet_run_pause()). If that was off too,
 * by a caller who holds a spinlock, it stays so: that is the caller's decision.
 *
 * What is a task's, and what a CPU's
 * ----------------------------------
 * A handler must not sleep. If one does, its thread may come back on another CPU,
 * and others have run on the first one meanwhile. So the run is on the thread's
 * stack, and a CPU only knows which one it has (lnet_cpu.run, good if
 * lnet_cpu.task is the reader itself). After each callback lnet_run_call()
 * compares the preemption count and the number of times the task was switched
 * off; where one of them has changed it warns, puts both right, and the run goes
 * on where the thread is now.
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
 * lnet_run_stop() - let preemption be what the caller of LNet has it
 * @run: not in a handler, owning no slot
 *
 * Context: preemption off by the run only; as it was before the run on return.
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
 * lnet_run_go() - undo lnet_run_stop()
 * @run: on another CPU now, perhaps; a new stretch begins
 *
 * Context: task; preemption is off on return.
 */
void lnet_run_go(struct lnet_run *run)
{
	preempt_disable();
	lnet_run_enter_cpu(run, lnet_cpu());
}

/**
 * lnet_run_pause() - allow preemption, and go on
 * @run: not in a handler, owning no slot
 *
 * Context: task, preemption off by the run only.
 */
void lnet_run_pause(struct lnet_run *run)
{
	lnet_run_stop(run);
	lnet_run_go(run);
}

/**
 * lnet_run_flush() - do what is left of messages whose events are delivered
 * @run: owning no slot
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
 * lnet_run_deliver_alone() - deliver the only event of an MD
 * @run: of the caller, not in a handler
 * @md: the MD
 * @turn: of the event; not the caller's any more
 *
 * There is nothing to keep it apart from, so it needs no slot.
 *
 * Context: task, preemption off by the run only.
 */
void lnet_run_deliver_alone(struct lnet_run *run, struct lnet_libmd *md,
			    struct lnet_turn *turn)
{
	struct lnet_eq_cpu *counts = per_cpu_ptr(md->eq->cpus, run->c->id);
	struct lnet_delivery *d;

	lnet_count(counts->delivered, 1);
	d = lnet_eq_deliver(run, md->eq, turn);
	if (likely(d))
		lnet_delivery_done(run->c, d);
}

/* The first turn that needs no slot. */
static void run_deliver_alone(struct lnet_run *run)
{
	struct lnet_todo *todo = &run->todo;
	struct lnet_turn *turn = llist_entry(todo->alone, struct lnet_turn,
					     queue);

	todo->alone = turn->queue.next;
	if (!todo->alone)
		todo->alone_end = &todo->alone;
	lnet_run_deliver_alone(run, lnet_turn_md(turn), turn);
}

static void run_keep_promise(struct lnet_run *run)
{
	struct lnet_slot *slot = run->todo.promised;

	run->todo.promised = slot->next;
	lnet_slot_combining_keep_promise(run, slot);
}

/**
 * lnet_run_copied() - bytes have been copied in a run
 * @bytes: how many
 *
 * For who copies piece by piece; see lnet_run_pause().
 *
 * Context: task; in a run owning no slot, holding no lock and relying on nothing
 * per CPU; or in none.
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
	return !todo->alone && !todo->promised && !todo->visits &&
	       list_empty(&todo->later);
}

/* Do what has been set off, and what that sets off, to the end. */
static noinline void run_go_on(struct lnet_run *run)
{
	const struct lnet_todo *todo = &run->todo;

	while (!todo_is_done(todo)) {
		if (!lnet_run_has_room(run, LNET_MSG_CALLBACKS) ||
		    run->messages == LNET_STRETCH_MESSAGES)
			lnet_run_pause(run);
		if (todo->alone)
			run_deliver_alone(run);
		else if (todo->promised)
			run_keep_promise(run);
		else if (todo->visits)
			lnet_slot_combining_visit(run);
		else
			run_next_message(run);
	}
}

/**
 * lnet_run_end() - end a run, with all that it has set off
 * @run: not in a handler, owning no slot
 *
 * Context: task, preemption off by the run only, as it is on return.
 */
void lnet_run_end(struct lnet_run *run)
{
	if (unlikely(run->has_todo))
		run_go_on(run);
	lnet_watch_stretch(run->callbacks, run->bytes);
	WRITE_ONCE(run->c->task, NULL);
}

/**
 * lnet_run_resume() - go on with what has waited on a lazy portal
 * @taken: each has an MD, or is marked to be dropped; empty on return
 * @may_sleep: the caller may be put to sleep, if it is not in a handler
 *
 * In a handler they are only put in order, and received when it has returned.
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
 * lnet_run_deliver() - deliver an event, in its turn
 * @c: this CPU; not to be used any more on return
 * @md: the MD it is for, which has an EQ
 * @turn: of the event; not the caller's any more
 *
 * When it returns the callback has run, in this thread; or, where the scheme is
 * `combining`, it will run in the thread that owns the slot, or in this one when
 * the handler has returned that it is in. What it has set off is done too, unless
 * the caller is in a run already.
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
	/* The run has preemption off, and where it pauses nobody else may. */
	preempt_enable();
	lnet_run_deliver_in(run, md, turn);
	preempt_disable();
}

/**
 * lnet_run_come_back() - put right what a handler must not do
 * @run: whose thread has slept in it, or has preemption other than before
 * @eq: whose handler
 * @count: the preemption count that was before
 *
 * Whatever it did to preemption is undone; so is nothing else.
 *
 * Context: task; preemption is off on return.
 */
void lnet_run_come_back(struct lnet_run *run, struct lnet_eq *eq, int count)
{
	preempt_disable();
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		preempt_count_set(count);
	/* Where it slept: others may have begun runs there since. */
	cmpxchg(&run->c->task, run->task, NULL);
	run->c = lnet_cpu();
	WRITE_ONCE(run->c->run, run);
	WRITE_ONCE(run->c->task, run->task);
	if (!xchg_relaxed(&eq->slept, 1))
		WARN(1, LNET_NAME ": EQ %#llx: its handler %ps has slept, or has not left preemption as it was\n",
		     eq->cookie, eq->callback);
}
