// SPDX-License-Identifier: GPL-2.0
/*
 * The combining slot: a thread that finds the slot owned leaves its event there and goes on.
 *
 * A thread that finds a slot free owns it and delivers its own event at once. Other threads push
 * their events. The owner delivers the pushed events before it leaves, in the order in which they
 * came. No thread spins behind a slow callback, and a callback runs under no lock.
 *
 * The word
 * --------
 * All state that several threads change is slot->word: a pointer to the turn that was pushed last,
 * which points to the turn pushed before it, and three flags.
 *
 *	OWNED		a thread delivers in the slot
 *	PROMISED	a thread will come to look after the slot: lnet_todo.promised
 *	MORE		slot->taken holds turns; only set while the slot is not owned
 *
 *	          E: it was 0                    X: no turn is left
 *	free -------------------------> owned ------------------------> free
 *	  |                             |   ^
 *	  | Q: pushed by a handler      |   | O: not owned, and turns stand in it
 *	  v                             v   |
 *	with turns, promised          with turns          L: a stretch is over
 *
 * E: A thread becomes the owner of a slot whose word is 0, and delivers its own event without a
 *    push.
 * Q: A thread pushes a turn. If the slot is not owned, a thread that is not in a handler becomes
 *    the owner with the same step. A thread in a handler promises to come back, unless the slot is
 *    owned or promised already.
 * T: The owner takes all pushed turns into slot->taken, oldest first.
 * X: The owner leaves. X succeeds only with no turn in the word and none in slot->taken.
 * L: The owner leaves turns behind, because it has to allow preemption. It comes back and goes on
 *    (O), unless another thread owns the slot by then.
 * O: A thread becomes the owner of a slot that is not owned and has turns.
 * P: A thread keeps its promise: it becomes the owner as in O, or else only clears the flag.
 *
 * Each of these is one fully ordered step on one word. It follows:
 *
 *  - There is one owner. E, Q, O and P set OWNED only where it was not set.
 *  - Turns are delivered in the order of their steps. [slot-handoff, slot-left, slot-queue]
 *    1. The place of a turn is its push (Q), or E.
 *    2. E happens only if the slot has no turn, neither pushed nor in slot->taken (MORE).
 *    3. T takes all pushed turns, and slot->taken is empty before T.
 *    4. Only the owner touches slot->taken, and the last step of an owner (X, L) comes before the
 *       first step of the next (E, Q, O, P).
 *  - No turn is forgotten. [slot-leave]
 *    1. X fails if a turn was pushed.
 *    2. A thread that pushes without owning the slot finds OWNED, and the owner then comes to X or
 *       L; or it finds PROMISED, or sets it itself, and the thread that promised comes to P.
 *    3. After L, the same thread comes to O.
 *    4. At P and O the thread becomes the owner, unless another thread is.
 *  - No event depends on the promise of another thread alone. The handler of that thread may run
 *    for long. So a thread whose handler pushes a turn and finds such a promise comes to O as well
 *    (lnet_todo.visits), unless there is no memory to remember the visit.
 *  - An owner does nothing else. It owns the slot while it runs the callbacks of the slot's turns,
 *    and not while it sends ACKs, allows preemption, waits, or delivers in other slots. An event
 *    that a callback completes is only pushed.
 *
 * Waiting
 * -------
 * A turn may have a flag. The thread that delivers the turn raises the flag (W), and the thread
 * that waits for the turn reads it (R) [slot-waiter]. A thread waits in three cases: its turn is
 * the UNLINK event of an idle MD (LNetMDUnlink(), LNetMEUnlink()); the slot has more than DEPTH
 * turns; the owner has asked for a handover. A waiter owns no slot, is not in a handler, and has
 * preemption as its caller had it. It does not only look at the flag: if no thread owns the slot,
 * the waiter becomes the owner (O). An owner whose stretch is over gives way to a waiter, so a
 * thread delivers for others for no more than a stretch while another thread is there to take over.
 * An owner never waits, so each wait ends.
 *
 * A handler does not wait. Its thread does, when the handler has returned (lnet_todo.visits).
 *
 * Life
 * ----
 * LNetEQFree() does not free an EQ while
 *
 *  - a turn is in a slot, as the turn's MD is counted in the EQ;
 *  - a slot has an owner or a promise, as it waits for all words to be 0 (slot.c, F) [slot-free].
 *
 * A thread that comes back to a slot without either (O, R) has a reference of the EQ. That keeps
 * the memory only: the EQ may be closed meanwhile, and the thread then finds no turn.
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
	DEPTH		= 32,		/* turns in a slot above which threads wait */
	WAY_SPINS	= 1000,		/* times that slot_give_way() looks for a new owner */
};

/* A visit that a run makes to a slot when its handler has returned. Has a reference of the EQ. */
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

/* Does a slot that is not owned have turns, if this is its word? */
static bool slot_has_turns(long word)
{
	return word & ~(long)PROMISED;
}

/* Turns that are pushed, or about to be, and whose delivery has not begun. */
static int slot_depth(const struct lnet_slot *slot)
{
	return (u32)atomic_read(&slot->pushed) - (u32)READ_ONCE(slot->queued);
}

/*
 * Q: push @turn. If the slot is not owned, also set @flag, which is OWNED or PROMISED. Returns the
 * word before this step.
 */
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

/* O: become the owner of a slot with turns. Returns false if it is owned, or has none. */
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

/*
 * P: returns true if the caller owns the slot now. If false, the EQ may be freed at any moment,
 * and the slot with it.
 */
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

/* X: returns false if a turn has been pushed; then the caller still owns the slot. */
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

/* L: leave the slot with turns in it. */
static void slot_leave_turns(struct lnet_slot *slot)
{
	long old = atomic_long_read(&slot->word), new;

	do {
		new = old & ~(long)OWNED;
		if (slot->taken)
			new |= MORE;
	} while (!atomic_long_try_cmpxchg(&slot->word, &old, new));
}

/* T: returns false if the slot has no turn at this moment. */
static bool slot_take_pushed(struct lnet_slot *slot)
{
	long old;

	if (slot->taken)
		return true;
	if (!slot_pushed(atomic_long_read(&slot->word)))
		return false;
	lnet_window(LNET_WINDOW_SLOT_TAKE);
	old = atomic_long_fetch_and(FLAGS, &slot->word);
	slot->taken = llist_reverse_order(slot_pushed(old));
	return true;
}

static void slot_deliver_next(struct lnet_run *run, struct lnet_slot *slot)
{
	struct lnet_turn *turn = llist_entry(slot->taken, struct lnet_turn,
					     queue);
	bool *delivered = turn->delivered;
	struct lnet_delivery *d;

	slot->taken = slot->taken->next;
	lnet_count(slot->queued, 1);
	d = lnet_eq_deliver(run, slot->eq, turn);
	if (d)
		lnet_run_done_later(run, d);
	if (delivered)
		smp_store_release(delivered, true);		/* W */
}

/*
 * Deliver until no turn is left, or the stretch is over. Returns true if the caller has left the
 * slot (X), and false if the stretch is over and the caller still owns it.
 */
static bool slot_serve(struct lnet_run *run, struct lnet_slot *slot)
{
	do {
		WRITE_ONCE(slot->owner, run->task->pid);
		while (slot_take_pushed(slot)) {
			if (!lnet_run_has_room(run, 1))
				return false;
			slot_deliver_next(run, slot);
		}
		WRITE_ONCE(slot->handover, false);
		WRITE_ONCE(slot->owner, 0);
	} while (!slot_leave(slot));
	return true;
}

/*
 * Give a waiter the time to become the owner, if one is running now. @waiters: how many are counted
 * in slot->waiting without being another thread: 1 if the caller is a waiter itself, else 0.
 */
static void slot_give_way(struct lnet_slot *slot, int waiters)
{
	unsigned int i;

	for (i = 0; i < WAY_SPINS && atomic_read(&slot->waiting) > waiters; i++) {
		if (atomic_long_read(&slot->word) & OWNED)
			return;
		lnet_watch_spin();
		cpu_relax();
	}
}

/*
 * Deliver the turns of a slot that the caller owns, in stretches, until none is left or another
 * thread is the owner. @waiters: as for slot_give_way().
 */
static void slot_drain_with(struct lnet_run *run, struct lnet_slot *slot, int waiters)
{
	struct lnet_eq *eq = slot->eq;
	bool again = true;

	/* A new owner is the handover that the previous owner has asked for. */
	WRITE_ONCE(slot->handover, false);
	while (again && !slot_serve(run, slot)) {
		refcount_inc(&eq->refs);
		WRITE_ONCE(slot->handover, true);
		WRITE_ONCE(slot->owner, 0);
		slot_leave_turns(slot);				/* L */
		lnet_window(LNET_WINDOW_SLOT_LEFT);
		lnet_run_flush(run);
		lnet_run_pause(run);
		slot_give_way(slot, waiters);
		again = slot_take_over(slot);			/* O */
		lnet_eq_put(eq);
	}
	lnet_run_flush(run);
}

/* As slot_drain_with(), for a caller that is not counted in slot->waiting. */
static void slot_drain(struct lnet_run *run, struct lnet_slot *slot)
{
	slot_drain_with(run, slot, 0);
}

/* Is there a reason to wait? The slot has too many turns, or its owner asks for a handover. */
static bool slot_is_congested(const struct lnet_slot *slot)
{
	return slot_depth(slot) > DEPTH || READ_ONCE(slot->handover);
}

/*
 * Is the wait over? With a turn of its own (@delivered), the caller waits until that is delivered.
 * Without one, it waits until the slot is not congested, or until the delivery of the last turn
 * that was counted when the wait began (@first) has begun.
 */
static bool slot_wait_is_over(const struct lnet_slot *slot, const bool *delivered,
			      u32 first)
{
	if (delivered)
		return smp_load_acquire(delivered);		/* R */
	return !slot_is_congested(slot) || (s32)((u32)READ_ONCE(slot->queued) - first) >= 0;
}

/*
 * Tell lockdep that this thread may wait for handlers of the EQ, so that it reports a deadlock even
 * if none happens. The EQ's lock class is still registered: when the caller looked, an event of the
 * EQ was to come, or the owner had not left yet (it clears @handover before X). Preemption has been
 * off since, and eq_close() ends with a grace period after both.
 */
static void slot_may_wait(struct lnet_slot *slot)
{
	lnet_eq_dep_acquire(slot->eq);
	lnet_eq_dep_release(slot->eq);
}

/*
 * A kernel without preemption runs no other task on this CPU until this one yields; not even the
 * owner, if its handler sleeps, which it must not. So yield if the run may sleep, or if the kernel
 * counts preemption, the count says that this task is preemptible, and it is in no RCU read
 * section.
 */
static void waiter_relax(const struct lnet_run *run)
{
	cpu_relax();
	if (run->may_sleep || (preemptible() && !rcu_preempt_depth()))
		cond_resched();
}

/*
 * Wait until slot_wait_is_over(), and deliver in the slot whenever it is not owned. The caller has
 * a reference of the EQ and is counted in slot->waiting.
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
			slot_drain_with(run, slot, 1);
		lnet_run_stop(run);
	}
	lnet_run_go(run);
}

/*
 * Deliver an event, or leave it to the owner, after E has failed. An UNLINK event has been
 * delivered on return (D5), unless the owner is this thread.
 */
static noinline void slot_deliver_taken(struct lnet_run *run, struct lnet_libmd *md,
					struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	bool delivered = false;
	bool wait;

	atomic_inc(&slot->pushed);
	/*
	 * If the owner is this thread, its handler has slept and LNet does not recognise it any
	 * more (run.c). It must not wait for itself.
	 */
	wait = (turn->unlink || slot_is_congested(slot)) &&
	       READ_ONCE(slot->owner) != run->task->pid;
	turn->delivered = wait ? &delivered : NULL;
	if (wait) {
		refcount_inc(&slot->eq->refs);
		/* Before the push: an owner that finds the turn sees the waiter, and gives way. */
		atomic_inc(&slot->waiting);
		slot_may_wait(slot);
	}
	if (!(slot_push(slot, turn, OWNED) & OWNED))			/* Q */
		slot_drain_with(run, slot, wait ? 1 : 0);
	if (!wait)
		return;
	slot_wait(run, slot, &delivered);
	atomic_dec(&slot->waiting);
	lnet_eq_put(slot->eq);
}

/**
 * lnet_slot_combining_deliver() - deliver an event, or leave it to the slot's owner
 * @run: the caller's run, not in a handler
 * @md: the MD of the event
 * @turn: the turn of the event; not the caller's any more
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
	lnet_count(slot->uncontended, 1);
	d = lnet_eq_deliver(run, slot->eq, turn);
	WRITE_ONCE(slot->owner, 0);
	if (unlikely(!slot_leave(slot)))				/* X */
		slot_drain(run, slot);
	if (likely(d))
		lnet_delivery_done(run->c, d);
}

/* Has the caller's run promised to look after this slot? */
static bool run_has_promised(const struct lnet_run *run, const struct lnet_slot *slot)
{
	const struct lnet_slot *mine = run->has_todo ? run->todo.promised : NULL;

	while (mine && mine != slot)
		mine = mine->next;
	return mine;
}

/*
 * Let the run visit a slot when the handler has returned, besides the slots that it has promised to
 * look after. The caller's turn may have been delivered by now. Then the EQ may be gone, but its
 * memory stays, as the caller is in an RCU read section.
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
 * lnet_slot_combining_defer() - push an event that a handler has completed
 * @run: the caller's run, in a handler
 * @md: the MD of the event
 * @turn: the turn of the event; not the caller's any more
 *
 * The event is delivered by the owner of the slot, by the next owner, or by this thread when its
 * handler has returned.
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
	rcu_read_lock();	/* a handler that sleeps may have enabled preemption */
	visit = slot_is_congested(slot) && READ_ONCE(slot->owner) != run->task->pid;
	old = slot_push(slot, turn, PROMISED) & (OWNED | PROMISED);	/* Q */
	/* The handler of the thread that has promised may run for long: visit the slot, too. */
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
 * @run: the caller's run, not in a handler
 * @slot: the slot; not to be used after the call, as its EQ may be gone
 *
 * Context: task, preemption off by the run only, owning no slot.
 */
void lnet_slot_combining_keep_promise(struct lnet_run *run, struct lnet_slot *slot)
{
	lnet_window(LNET_WINDOW_SLOT_PROMISED);
	if (slot_keep_promise(slot))					/* P */
		slot_drain(run, slot);
}

/**
 * lnet_slot_combining_visit() - visit a slot in which a handler left a turn
 * @run: the caller's run, not in a handler, with at least one visit to make
 *
 * Takes the first visit of the run. Delivers if the slot is not owned. Waits if it is congested.
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
		slot_drain(run, slot);
	if (slot_is_congested(slot)) {
		slot_may_wait(slot);
		atomic_inc(&slot->waiting);
		slot_wait(run, slot, NULL);
		atomic_dec(&slot->waiting);
	}
	lnet_eq_put(slot->eq);
}
