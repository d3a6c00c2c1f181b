// SPDX-License-Identifier: GPL-2.0
/*
 * The combining slot: who finds it taken leaves his event there and goes on.
 *
 * The thread that enters an empty slot owns it and delivers its own event at
 * once. Others queue theirs, and the owner delivers them on its way out, in
 * the order in which they came. Nobody spins behind a slow callback, and a
 * callback runs under no lock.
 *
 * States
 * ------
 * A turn is an event that has entered the slot.
 *
 *	           E: pending++ was 0
 *	entering ---------------------------> owner's own ---> delivered
 *	    |                                      ^
 *	    | E: it was more                       | W: handed over
 *	    v     Q: llist_add       T: taken      |
 *	counted ----------> queued ---------> in slot->rest --> delivered
 *
 * slot->pending counts turns that have entered and are not yet delivered, or
 * whose delivery the owner has not yet subtracted, of which there are less than
 * DEPTH / 2 beside itself. Whoever raises it from 0 is the owner; it stops being
 * the owner with the step that lowers it to 0 (X), or by handing the slot over
 * (W). The owner alone touches slot->rest and the counters.
 *
 *	deliver(turn)				owner, after its own
 *	  E: pending++: 0: own			  X: pending -= delivered: 0: leave
 *	  Q: queue turn				  T: take the queue when not empty
 *	  (R: wait)				     deliver, turn by turn
 *
 * Between E and Q a turn is counted but not yet queued. An owner that finds
 * pending not 0 and the queue empty waits for Q, with preemption off at both
 * ends: a few instructions, and the interrupts that come between.
 *
 * A bound on delivering for others
 * --------------------------------
 * An owner that has delivered BOUND turns of others raises slot->relief, which
 * the next owner lowers. Who enters and sees it, or finds more than DEPTH turns
 * counted, queues a turn with a waiter and spins (R). When a relieved owner comes
 * to such a turn it hands the slot over, with slot->rest (W), and is free. So a
 * thread delivers at most BOUND events for others, and those that were queued
 * before the first that came after relief was raised: at most DEPTH, and one for
 * each CPU. The queue is as long at most, however fast events complete; and an
 * event waits for those before it in its slot only. What a handler completes
 * takes its place without waiting, and its thread waits when it is through
 * (lnet_combining_wait()).
 *
 * Nobody waits while owning a slot: what handlers complete takes its place but
 * is not waited for (lnet_combining_enter()), and an owner runs callbacks, and
 * sends ACKs by an lnd_send(), which does not wait. So those that wait are
 * waited for by nobody who could be waited for in turn. That is why an LND must
 * not hold, in lnet_finalize(), a lock that its lnd_send() takes.
 *
 * Ordering
 * --------
 *	E -> X	What the last owner wrote to the slot and to MDs in it, the next
 *		owner sees: X and E are fully ordered read-modify-writes of
 *		pending, and E read what X wrote. (Documentation/litmus/
 *		slot-handoff.litmus)
 *	Q -> T	The event before its turn is found: llist_add() and
 *		llist_del_all() are fully ordered. (slot-queue.litmus)
 *	X - E	No turn is forgotten: both change one word, so either X sees
 *		that there is more, or E comes after and owns.
 *		(slot-leave.litmus)
 *	W -> R	What the owner wrote, before the waiter takes over: release and
 *		acquire of waiter->state. (slot-relief.litmus)
 */
#include "slot.h"
#include "eq.h"
#include "md.h"
#include "msg.h"
#include "window.h"

#include <linux/processor.h>

enum {
	BOUND	= 64,	/* turns of others delivered before asking for relief */
	DEPTH	= 32,	/* turns in a slot before others wait */
};

enum waiter_state {
	WAITING,
	DELIVERED,	/* by the owner */
	OWNER,		/* the slot is yours, beginning with your own turn */
};

/* On the stack of who waits; the owner is done with it once state is set. */
struct lnet_waiter {
	enum waiter_state state;
	bool empty;		/* it has no event */
};

/* Turns that have been counted; they are there, or will be in a moment. */
static struct llist_node *take_queue(struct lnet_slot *slot)
{
	struct llist_node *queue;

	while (!(queue = llist_del_all(&slot->queue)))		/* T */
		cpu_relax();
	return llist_reverse_order(queue);
}

/* The first of slot->rest. */
static struct lnet_msg *deliver_next(struct lnet_cpu *c, struct lnet_eq *eq,
				     struct lnet_slot *slot)
{
	struct lnet_turn *turn = llist_entry(slot->rest, struct lnet_turn,
					     queue);

	slot->rest = slot->rest->next;
	if (turn->waiter && turn->waiter->empty)
		return NULL;
	slot->delivered++;
	slot->contended++;
	return lnet_eq_deliver(c, eq, turn);
}

/*
 * Deliver for others until nobody is left or somebody relieves us. @done turns
 * have been delivered and not yet subtracted.
 */
static void serve(struct lnet_cpu *c, struct lnet_eq *eq,
		  struct lnet_slot *slot, int done)
{
	struct lnet_waiter *waiter;
	unsigned int served = 0;
	struct lnet_msg *msg;

	for (;;) {
		if (!slot->rest) {
			lnet_window(LNET_WINDOW_SLOT_LEAVE);
			if (done &&
			    !atomic_sub_return(done, &slot->pending))	/* X */
				return;
			done = 0;
			lnet_window(LNET_WINDOW_SLOT_TAKE);
			slot->rest = take_queue(slot);
		}
		if (served >= BOUND)
			WRITE_ONCE(slot->relief, true);

		waiter = llist_entry(slot->rest, struct lnet_turn,
				     queue)->waiter;
		if (waiter && served >= BOUND) {
			WRITE_ONCE(slot->relief, false);
			atomic_sub(done, &slot->pending);
			lnet_window(LNET_WINDOW_SLOT_RELIEF);
			smp_store_release(&waiter->state, OWNER);	/* W */
			return;
		}

		msg = deliver_next(c, eq, slot);
		if (msg)
			lnet_msg_delivered(c, msg);
		if (waiter)
			smp_store_release(&waiter->state, DELIVERED);	/* W */
		served++;
		/* So that pending tells how many are before who enters. */
		if (++done == DEPTH / 2 && slot->rest) {
			atomic_sub(done, &slot->pending);
			done = 0;
		}
	}
}

/*
 * Queue a turn where others are. With a waiter, if it is to wait: then it has
 * been delivered on return.
 */
static void enter_taken(struct lnet_cpu *c, struct lnet_eq *eq,
			struct lnet_slot *slot, struct lnet_turn *turn,
			bool wait, bool empty)
{
	struct lnet_waiter waiter = { .state = WAITING, .empty = empty };
	enum waiter_state state;
	struct lnet_msg *msg;

	turn->waiter = wait ? &waiter : NULL;
	lnet_window(LNET_WINDOW_SLOT_ENTER);
	llist_add(&turn->queue, &slot->queue);			/* Q */
	if (!wait)
		return;

	lnet_window(LNET_WINDOW_SLOT_WAIT);
	while ((state = smp_load_acquire(&waiter.state)) == WAITING)	/* R */
		cpu_relax();
	if (state == DELIVERED)
		return;

	c->handler = eq;
	msg = deliver_next(c, eq, slot);
	serve(c, eq, slot, 1);
	c->handler = NULL;
	if (msg)
		lnet_msg_delivered(c, msg);
}

/**
 * lnet_combining_own() - deliver an event in a slot that it was first to enter
 * @c: this CPU
 * @md: the MD it is for
 * @turn: of the event; not the caller's any more
 *
 * Context: task, preemption off, not in a handler.
 */
void lnet_combining_own(struct lnet_cpu *c, struct lnet_libmd *md,
			struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	struct lnet_eq *eq = md->eq;
	struct lnet_msg *msg;

	c->handler = eq;
	if (unlikely(slot->relief))	/* of an owner before us */
		WRITE_ONCE(slot->relief, false);
	slot->delivered++;
	msg = lnet_eq_deliver(c, eq, turn);
	lnet_window(LNET_WINDOW_SLOT_LEAVE);
	if (unlikely(atomic_dec_return(&slot->pending)))	/* X */
		serve(c, eq, slot, 0);
	c->handler = NULL;
	if (likely(msg))
		lnet_msg_delivered(c, msg);
}

/**
 * lnet_combining_enter() - take a place in a slot, and no more
 * @c: this CPU
 * @md: the MD the event is for
 * @turn: of the event
 *
 * Context: preemption off.
 * Return: true: the slot was empty and is the caller's, for
 * lnet_combining_own(), on this CPU and without waiting for anybody before.
 */
bool lnet_combining_enter(struct lnet_cpu *c, struct lnet_libmd *md,
			  struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	struct lnet_eq *eq = md->eq;
	int pending;

	pending = atomic_inc_return(&slot->pending);		/* E */
	if (pending == 1)
		return true;
	turn->waiter = NULL;
	lnet_window(LNET_WINDOW_SLOT_ENTER);
	llist_add(&turn->queue, &slot->queue);			/* Q */
	if (pending > DEPTH || READ_ONCE(slot->relief)) {
		c->crowded = slot;
		c->crowded_eq = eq;
	}
	return false;
}

/**
 * lnet_combining_wait() - wait in a slot that was crowded, or relieve its owner
 * @c: this CPU, delivering, with @c->crowded
 *
 * A handler cannot wait, so its thread does when it is through: with a turn that
 * has no event, behind those that the handler has left there.
 *
 * Context: task, preemption off, not in a handler, owning no slot.
 */
void lnet_combining_wait(struct lnet_cpu *c)
{
	struct lnet_slot *slot = c->crowded;
	struct lnet_eq *eq = c->crowded_eq;
	struct lnet_turn turn = {};

	c->crowded = NULL;
	if (atomic_inc_return(&slot->pending) > 1) {		/* E */
		enter_taken(c, eq, slot, &turn, true, true);
	} else if (atomic_dec_return(&slot->pending)) {		/* X */
		c->handler = eq;
		serve(c, eq, slot, 0);
		c->handler = NULL;
	}
}

/**
 * lnet_combining_deliver() - deliver an event, or leave it to who has the slot
 * @c: this CPU
 * @md: the MD it is for
 * @turn: of the event; not the caller's any more
 *
 * An UNLINK event has been delivered on return (D5).
 *
 * Context: task, preemption off, not in a handler, owning no slot.
 */
void lnet_combining_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
			    struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	int pending = atomic_inc_return(&slot->pending);	/* E */

	if (likely(pending == 1))
		lnet_combining_own(c, md, turn);
	else
		enter_taken(c, md->eq, slot, turn, turn->unlink ||
			    pending > DEPTH || READ_ONCE(slot->relief), false);
}
