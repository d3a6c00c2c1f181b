// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of an event to its EQ: what is done with the MD's slot owned, or for
 * an MD that needs none. The operation on the MD ends, the callback runs, the
 * auto-unlink is completed, the event is published in the ring: in this order,
 * so no poller sees an event before its callback has returned (D3).
 *
 * A delivery that has just ended an EQ's last MD still uses the EQ, to publish;
 * it has preemption off, and an EQ's memory is freed a grace period after its
 * last reference.
 */
#include "event/eq.h"
#include "lnet.h"
#include "event/md_state.h"
#include "network/msg.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/window.h"

/* The operation has ended; @state is of an MD that this was the last of. */
static __always_inline void conclude(struct lnet_run *run, struct lnet_eq *eq,
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
		lnet_md_bury(run->c, md, state);
		lnet_users_leave(run->c, &eq->mds);
	}

	lnet_window(LNET_WINDOW_EQ_BURIED);
	if (unlikely(eq->ring.size)) {
		lnet_ring_publish(&eq->ring, ev);
		if (wq_has_sleeper(&eq->wait))
			wake_up(&eq->wait);
	}
}

static noinline void deliver_unlink(struct lnet_run *run, struct lnet_eq *eq,
				    struct lnet_libmd *md)
{
	struct lnet_event ev = { .type = LNET_EVENT_UNLINK, .unlinked = 1 };

	lnet_md_snapshot(md, atomic64_read(&md->state), &ev);
	conclude(run, eq, md, LNET_MD_LIVE, &ev);
}

/**
 * lnet_eq_deliver() - end an operation: callback, auto-unlink, ring
 * @run: of the caller, not in a handler
 * @eq: of the MD
 * @turn: of the event; an UNLINK event has no operation to end
 *
 * Context: task, preemption off, in the MD's slot or alone.
 * Return: the message it was for, to be given to lnet_msg_delivered(); or
 * NULL.
 */
struct lnet_msg *lnet_eq_deliver(struct lnet_run *run, struct lnet_eq *eq,
				 struct lnet_turn *turn)
{
	struct lnet_libmd *md = lnet_turn_md(turn);
	struct lnet_msg *msg;
	u64 state;

	if (unlikely(turn->unlink)) {
		deliver_unlink(run, eq, md);
		return NULL;
	}
	msg = container_of(turn, struct lnet_msg, d.turn);
	msg->d.ev.unlinked = lnet_md_end(md, &state);
	conclude(run, eq, md, state, &msg->d.ev);
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
	struct lnet_eq *eq = lnet_run_handler(c);
	bool refused = eq && lnet_slot_is_lock();

	if (!refused && READ_ONCE(lnet_running))
		return 0;
	preempt_enable();
	return refused ? lnet_eq_broke(eq, where) : -ENETDOWN;
}
