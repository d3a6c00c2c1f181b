// SPDX-License-Identifier: GPL-2.0
/*
 * The combining slot: a thread that finds it owned leaves its event there and
 * goes on.
 *
 * The thread that finds a slot free owns it and delivers its event at once.
 * Others push theirs, and the owner delivers them on its way out, in the order in
 * which they came. Nobody spins behind a slow callback, and a callback runs
 * under no lock.
 *
 * The word
 * --------
 * All that several threads change is slot->word: a pointer to the turn that was
 * pushed last, which points to the one before it, and three flags.
 *
 *	OWNED		a thread delivers in the slot
 *	PROMISED	a thread will come to look after it: lnet_todo.promised
 *	MORE		slot->rest holds turns; only while the slot is not owned
 *
 *	          E: it was 0                    X: no turn is left
 *	free -------------------------> owned ------------------------> free
 *	  |                             |   ^
 *	  | Q: pushed by a handler      |   | O: not owned, and turns stand in it
 *	  v                             v   |
 *	with turns, promised          with turns          L: a stretch is over
 *
 * E: own a slot whose word is 0, and deliver one's own event without a push.
 * Q: push a turn. A thread that is not in a handler owns the slot with the same
 *    step, if nobody does; one in a handler promises to come back, if nobody
 *    owns it or has promised.
 * T: the owner takes all that were pushed into slot->rest, oldest first.
 * X: the owner leaves; only with no turn in the word, and none in slot->rest.
 * L: the owner leaves turns behind, because preemption has to be allowed. It
 *    comes back, and goes on (O) unless somebody else does.
 * O: own a slot that is not owned and in which turns stand.
 * P: keep a promise: own the slot as in O, or else just take the flag away.
 *
 * Every one of them is one fully ordered step of one word. From that follow:
 *
 *  - One owner. E, Q, O and P set OWNED only where it was not set.
 *  - Order. A turn's place is its push, or E. E happens only where no turn
 *    stands in the slot, pushed or in slot->rest (MORE); T takes all that were
 *    pushed, and slot->rest is empty before it. So turns are delivered in the
 *    order of their steps. The owner alone touches slot->rest, with one owner's
 *    last step (X, L) before the next one's first (E, Q, O, P). [slot-handoff,
 *    slot-left, slot-queue]
 *  - No turn is forgotten. X fails where a turn was pushed. Who pushes without
 *    owning finds OWNED, and the owner comes to X or L after that; or PROMISED,
 *    set by itself or another, who comes to P. After L the same thread comes to
 *    O, and P and O own the slot unless another does. [slot-leave]
 *  - Nobody else's handler is waited for. One in a handler that finds the promise
 *    of another, whose handler may take its time, comes to O as well
 *    (lnet_todo.visits). Only where there is no memory to remember that, it does not.
 *  - Nothing else runs in an owner. It owns the slot while it runs callbacks of
 *    its turns, and not while it sends ACKs, allows preemption, waits, or
 *    delivers in other slots. What a callback completes is only pushed.
 *
 * Waiting
 * -------
 * A turn may have a flag that is raised when it has been delivered (W), and seen
 * by the thread that waits for it (R) [slot-waiter]. That thread (LNetMDUnlink() of
 * an idle MD; a slot with more than DEPTH turns; one whose owner has asked for
 * relief) owns no slot, is not in a handler and has preemption as its caller has
 * it. It does not only look at the flag: where nobody owns the slot, it does (O).
 * An owner whose stretch is over gives way to it, so a thread delivers for others
 * no more than a stretch while there is somebody else to do it. An owner waits for
 * nobody, so a thread that waits always comes to its end.
 *
 * A handler does not wait: its thread does, when it is through
 * (lnet_todo.visits).
 *
 * Life
 * ----
 * An EQ with a turn in a slot is not freed, as the turn's MD is counted in it.
 * LNetEQFree() waits for all words to be 0 (slot.c, F), so neither is one with an owner or
 * a promise [slot-free]. A thread that comes back to a slot without either (O, W) has a
 * reference of the EQ meanwhile.
 */
#include "event/delivery.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "hooks/window.h"

#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

enum {
	DEPTH		= 32,		/* turns in a slot before others wait */
	WAY_SPINS	= 1000,		/* for one that waits to take over */
};

/* To a slot, when the handler has returned; with a reference of its EQ. */
struct lnet_visit {
	struct lnet_slot *slot;
	struct lnet_visit *next;
};

enum {
	OWNED		= 1,
	PROMISED	= 2,
	MORE		= 4,
	FLAGS		= OWNED | PROMISED | MORE,
};

static_assert(__alignof__(struct lnet_turn) > FLAGS);

static struct llist_node *slot_pushed(long word)
{
	return (struct llist_node *)(word & ~(long)FLAGS);
}

/* Do turns stand in a slot with this word, which is not owned? */
static bool slot_has_turns(long word)
{
	return word & ~(long)PROMISED;
}

/* Turns that have been pushed and are not yet delivered. */
static int slot_depth(const struct lnet_slot *slot)
{
	return (u32)atomic_read(&slot->pushed) - (u32)READ_ONCE(slot->queued);
}

/* Q. @flag: OWNED or PROMISED. Returns what the word was. */
static long slot_push(struct lnet_slot *slot, struct lnet_turn *turn, long flag)
{
	long old = atomic_long_read(&slot->word), new;

	lnet_window(LNET_WINDOW_SLOT_PUSH);
	do {
		turn->queue.next = slot_pushed(old);
		new = (long)&turn->queue | (old & FLAGS);
		if (!(old & OWNED))
			new |= flag;
		if (new & OWNED)
			new &= ~(long)MORE;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old, new));
	return old;
}

/* O */
static bool slot_take_over(struct lnet_slot *slot)
{
	long old = atomic_long_read(&slot->word);

	do {
		if ((old & OWNED) || !slot_has_turns(old))
			return false;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old,
					  (old & ~(long)MORE) | OWNED));
	return true;
}

/* P. Returns whether the slot is the caller's; else it may go at once. */
static bool slot_keep_promise(struct lnet_slot *slot)
{
	long old = atomic_long_read(&slot->word), new;
	bool own;

	do {
		own = !(old & OWNED) && slot_has_turns(old);
		new = old & ~(long)PROMISED;
		if (own)
			new = (new & ~(long)MORE) | OWNED;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old, new));
	return own;
}

/* X. False: a turn has been pushed, and the slot is still the caller's. */
static bool slot_leave(struct lnet_slot *slot)
{
	long old = OWNED;

	lnet_window(LNET_WINDOW_SLOT_LEAVE);
	do {
		if (slot_pushed(old))
			return false;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old,
					  old & ~(long)OWNED));
	return true;
}

/* L */
static void slot_leave_turns(struct lnet_slot *slot)
{
	long old = atomic_long_read(&slot->word), new;

	do {
		new = old & ~(long)OWNED;
		if (slot->rest)
			new |= MORE;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old, new));
}

/* T. False: no turn stands in the slot at this moment. */
static bool slot_fill_rest(struct lnet_slot *slot)
{
	long old;

	if (slot->rest)
		return true;
	if (!slot_pushed(atomic_long_read(&slot->word)))
		return false;
	lnet_window(LNET_WINDOW_SLOT_TAKE);
	old = atomic_long_fetch_and(FLAGS, &slot->word);
	slot->rest = llist_reverse_order(slot_pushed(old));
	return true;
}

static void slot_deliver_next(struct lnet_run *run, struct lnet_slot *slot)
{
	struct lnet_turn *turn = llist_entry(slot->rest, struct lnet_turn,
					     queue);
	bool *delivered = turn->delivered;
	struct lnet_delivery *d;

	slot->rest = slot->rest->next;
	lnet_count(slot->queued, 1);
	d = lnet_eq_deliver(run, slot->eq, turn);
	if (d)
		lnet_run_done_later(run, d);
	if (delivered)
		smp_store_release(delivered, true);		/* W */
}

/* Deliver until no turn is left, or a stretch is over. True: left, by X. */
static bool slot_serve(struct lnet_run *run, struct lnet_slot *slot)
{
	do {
		WRITE_ONCE(slot->owner, run->task->pid);
		while (slot_fill_rest(slot)) {
			if (!lnet_run_has_room(run, 1))
				return false;
			slot_deliver_next(run, slot);
		}
		WRITE_ONCE(slot->relief, false);
		WRITE_ONCE(slot->owner, 0);
	} while (!slot_leave(slot));
	return true;
}

/* One that waits takes over, if it runs just now, and is not the caller. */
static void slot_give_way(struct lnet_slot *slot, int own)
{
	unsigned int i;

	for (i = 0; i < WAY_SPINS && atomic_read(&slot->waiting) > own; i++) {
		if (atomic_long_read(&slot->word) & OWNED)
			return;
		lnet_watch_spin();
		cpu_relax();
	}
}

/*
 * Deliver what stands in a slot that the caller owns, in stretches, until
 * nothing is left or somebody else goes on. @own: of slot->waiting, the caller.
 */
static void slot_drain(struct lnet_run *run, struct lnet_slot *slot, int own)
{
	struct lnet_eq *eq = slot->eq;
	bool again = true;

	/* The one who asked for relief has it, if he is another. */
	WRITE_ONCE(slot->relief, false);
	while (again && !slot_serve(run, slot)) {
		refcount_inc(&eq->refs);
		WRITE_ONCE(slot->relief, true);
		WRITE_ONCE(slot->owner, 0);
		slot_leave_turns(slot);				/* L */
		lnet_window(LNET_WINDOW_SLOT_LEFT);
		lnet_run_flush(run);
		lnet_run_pause(run);
		slot_give_way(slot, own);
		again = slot_take_over(slot);			/* O */
		lnet_eq_put(eq);
	}
	lnet_run_flush(run);
}

/* Is there reason to wait in a slot: it is too full, or its owner wants to go? */
static bool slot_is_crowded(const struct lnet_slot *slot)
{
	return slot_depth(slot) > DEPTH || READ_ONCE(slot->relief);
}

/*
 * Is waiting over: has the caller's turn been delivered, or, where it has none,
 * has the slot room, or have those been delivered that stood there at first?
 */
static bool slot_wait_is_over(const struct lnet_slot *slot, const bool *delivered,
			      u32 first)
{
	if (delivered)
		return smp_load_acquire(delivered);		/* R */
	return !slot_is_crowded(slot) || (s32)((u32)READ_ONCE(slot->queued) - first) >= 0;
}

/*
 * Here whoever waits may hang: lockdep sees it where nobody does. The EQ has an MD
 * whose event is yet to come, so it is not freed, nor its class.
 */
static void slot_may_wait(struct lnet_slot *slot)
{
	lnet_eq_dep_acquire(slot->eq);
	lnet_eq_dep_release(slot->eq);
}

/*
 * A kernel that does not preempt a task by itself runs nobody else here: also not the
 * owner, if its handler sleeps, which it must not. Where the kernel keeps count of
 * who may be preempted, that one is.
 */
static void waiter_relax(const struct lnet_run *run)
{
	cpu_relax();
	if (run->may_sleep || (preemptible() && !rcu_preempt_depth()))
		cond_resched();
}

/*
 * Wait as slot_wait_is_over() says, and deliver in the slot where nobody does. The caller has
 * a reference of the EQ, and is one of slot->waiting.
 */
static void slot_wait(struct lnet_run *run, struct lnet_slot *slot,
		      const bool *delivered)
{
	u32 first = atomic_read(&slot->pushed);

	if (slot_wait_is_over(slot, delivered, first))
		return;
	lnet_run_stop(run);
	while (!slot_wait_is_over(slot, delivered, first)) {
		if (atomic_long_read(&slot->word) & OWNED) {
			waiter_relax(run);
			continue;
		}
		lnet_window(LNET_WINDOW_SLOT_WAIT);
		lnet_run_go(run);
		if (slot_take_over(slot))				/* O */
			slot_drain(run, slot, 1);
		lnet_run_stop(run);
	}
	lnet_run_go(run);
}

/* E has failed. An UNLINK event has been delivered on return (D5). */
static noinline void slot_deliver_taken(struct lnet_run *run, struct lnet_libmd *md,
					struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	bool delivered = false;
	bool wait;

	atomic_inc(&slot->pushed);
	/* An owner that is this thread is a handler that has slept: no waiting. */
	wait = (turn->unlink || slot_is_crowded(slot)) &&
	       READ_ONCE(slot->owner) != run->task->pid;
	turn->delivered = wait ? &delivered : NULL;
	if (wait) {
		refcount_inc(&slot->eq->refs);
		/* Before the push: who delivers up to this one gives way then. */
		atomic_inc(&slot->waiting);
		slot_may_wait(slot);
	}
	if (!(slot_push(slot, turn, OWNED) & OWNED))			/* Q */
		slot_drain(run, slot, wait);
	if (!wait)
		return;
	slot_wait(run, slot, &delivered);
	atomic_dec(&slot->waiting);
	lnet_eq_put(slot->eq);
}

/**
 * lnet_slot_combining_deliver() - deliver an event, or leave it to the slot's owner
 * @run: of the caller, not in a handler
 * @md: the MD it is for
 * @turn: of the event; not the caller's any more
 *
 * An UNLINK event has been delivered on return (D5).
 *
 * Context: task, preemption off by the run only, owning no slot.
 */
void lnet_slot_combining_deliver(struct lnet_run *run, struct lnet_libmd *md,
				 struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	struct lnet_delivery *d;
	long word = 0;

	if (unlikely(!atomic_long_try_cmpxchg(&slot->word, &word, OWNED))) { /* E */
		slot_deliver_taken(run, md, turn);
		return;
	}
	WRITE_ONCE(slot->owner, run->task->pid);
	lnet_count(slot->own, 1);
	d = lnet_eq_deliver(run, slot->eq, turn);
	WRITE_ONCE(slot->owner, 0);
	if (unlikely(!slot_leave(slot)))				/* X */
		slot_drain(run, slot, 0);
	if (likely(d))
		lnet_delivery_done(run->c, d);
}

/* Is it the caller who has promised to look after a slot? */
static bool run_has_promised(const struct lnet_run *run, const struct lnet_slot *slot)
{
	const struct lnet_slot *mine = run->has_todo ? run->todo.promised : NULL;

	while (mine && mine != slot)
		mine = mine->next;
	return mine;
}

/*
 * The run comes to a slot when the handler has returned, beside what it has
 * promised. Its turn may have been delivered by now, and the EQ been freed, but for
 * its memory.
 */
static void run_visit_later(struct lnet_run *run, struct lnet_slot *slot)
{
	struct lnet_todo *todo = lnet_run_todo(run);
	struct lnet_visit *visit;

	for (visit = todo->visits; visit; visit = visit->next)
		if (visit->slot == slot)
			return;
	if (!refcount_inc_not_zero(&slot->eq->refs))
		return;
	visit = lnet_alloc(kmalloc(sizeof(*visit), GFP_ATOMIC | __GFP_NOWARN));
	if (!visit) {
		lnet_eq_put(slot->eq);
		return;
	}
	visit->slot = slot;
	visit->next = todo->visits;
	todo->visits = visit;
}

/**
 * lnet_slot_combining_defer() - let an event that a handler completes take its place
 * @run: of the caller, who is in a handler
 * @md: the MD it is for
 * @turn: of the event; not the caller's any more
 *
 * It is delivered by who owns the slot, or owns it next, or by this thread when
 * the handler has returned.
 *
 * Context: task, preemption off.
 */
void lnet_slot_combining_defer(struct lnet_run *run, struct lnet_libmd *md,
			       struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	bool visit;
	long old;

	turn->delivered = NULL;
	atomic_inc(&slot->pushed);
	rcu_read_lock();	/* a handler that sleeps has preemption on */
	visit = slot_is_crowded(slot) && READ_ONCE(slot->owner) != run->task->pid;
	old = slot_push(slot, turn, PROMISED) & (OWNED | PROMISED);	/* Q */
	/* Another's handler may take its time to come to what he has promised. */
	if (visit || (old == PROMISED && !run_has_promised(run, slot)))
		run_visit_later(run, slot);
	rcu_read_unlock();
	if (old)
		return;
	slot->next = lnet_run_todo(run)->promised;
	run->todo.promised = slot;
}

/**
 * lnet_slot_combining_keep_promise() - look after a slot in which a handler left turns
 * @run: of the caller, not in a handler
 * @slot: not to be used any more on return; its EQ may be gone
 *
 * Context: task, preemption off by the run only, owning no slot.
 */
void lnet_slot_combining_keep_promise(struct lnet_run *run, struct lnet_slot *slot)
{
	lnet_window(LNET_WINDOW_SLOT_PROMISED);
	if (slot_keep_promise(slot))					/* P */
		slot_drain(run, slot, 0);
}

/**
 * lnet_slot_combining_visit() - come to a slot in which a handler left a turn
 * @run: of the caller, not in a handler; which has one
 *
 * To deliver, where nobody does, or to wait, where it is crowded.
 *
 * Context: task, preemption off by the run only, owning no slot.
 */
void lnet_slot_combining_visit(struct lnet_run *run)
{
	struct lnet_visit *visit = run->todo.visits;
	struct lnet_slot *slot = visit->slot;

	run->todo.visits = visit->next;
	kfree(visit);
	if (slot_take_over(slot))					/* O */
		slot_drain(run, slot, 0);
	if (slot_is_crowded(slot)) {
		slot_may_wait(slot);
		atomic_inc(&slot->waiting);
		slot_wait(run, slot, NULL);
		atomic_dec(&slot->waiting);
	}
	lnet_eq_put(slot->eq);
}
