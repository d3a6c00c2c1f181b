// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of an event to its EQ, with the MD's slot owned, or for an MD that needs no slot. The
 * steps are: the operation on the MD ends, the callback runs, the auto-unlink is completed, the
 * event is published in the ring. In this order no poller sees an event before its callback has
 * returned (D3).
 *
 * A delivery that has just ended the last MD of an EQ still uses the EQ, to publish the event. It
 * has preemption off, and the memory of an EQ is freed two grace periods after its last reference.
 */
#include "event/eq.h"
#include "event/md_state.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/window.h"

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

	lnet_md_snapshot(md, lnet_md_threshold(md, s), &ev);
	eq_conclude(run, eq, md, LNET_MD_LIVE, &ev);
}

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
	d->ev.unlinked = lnet_md_end(md, &state);
	eq_conclude(run, eq, md, state, &d->ev);
	return d;
}
