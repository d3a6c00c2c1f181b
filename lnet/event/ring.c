// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of an EQ: events that wait to be polled.
 *
 * An event enters the ring when its callback has returned and the auto-unlink of its MD is
 * complete, so no poller sees it before (lnet_eq_deliver()).
 *
 * A ring has a lock, which is held for a few instructions. A poller looks first without the lock,
 * as most polls find nothing. It finds equal numbers only if the ring was empty [eq-empty]:
 *
 *  1. The poller reads deq, then enq (B).
 *  2. Both numbers only rise, and enq is never less than deq.
 *  3. If the ring is full, enq is raised before deq (A).
 */
#include "event/ring.h"
#include "compat.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/slab.h>

/**
 * lnet_ring_publish() - put an event into a ring
 * @ring: the ring, whose lock is not held
 * @ev: the event; its copy in the ring gets the sequence number
 *
 * A full ring loses its oldest event.
 *
 * Context: preemption off.
 */
void lnet_ring_publish(struct lnet_ring *ring, const struct lnet_event *ev)
{
	struct lnet_event *to;
	bool full;

	spin_lock(&ring->lock);
	full = ring->enq - ring->deq == ring->size;
	to = &ring->events[ring->enq & (ring->size - 1)];
	*to = *ev;
	to->sequence = ring->enq;
	lnet_window(LNET_WINDOW_EQ_WRITTEN);
	WRITE_ONCE(ring->enq, ring->enq + 1);
	if (full) {
		/*
		 * A: The new event enters before the oldest one goes, so the ring is never seen
		 * empty. Pairs with B in lnet_ring_take().
		 */
		lnet_smp_wmb();
		lnet_window(LNET_WINDOW_EQ_FULL);
		WRITE_ONCE(ring->deq, ring->deq + 1);
		lnet_count(ring->lost, 1);
		if (!ring->overflow)
			lnet_count(ring->overflowed, 1);
		ring->overflow = true;
	}
	spin_unlock(&ring->lock);
}

/**
 * lnet_ring_take() - take the oldest event out of a ring
 * @ring: the ring, whose lock is not held
 * @ev: set to the event that was taken
 *
 * Context: task.
 * Return: 1: an event; -EOVERFLOW: an event, and events before it were lost; 0: the ring is empty.
 */
int lnet_ring_take(struct lnet_ring *ring, struct lnet_event *ev)
{
	lnet_seq_t deq = READ_ONCE(ring->deq);
	int rc = 0;

	/*
	 * B: enq is never less than deq. If enq, read after deq, equals it, the ring was empty.
	 * Pairs with A in lnet_ring_publish().
	 */
	lnet_smp_rmb();
	if (READ_ONCE(ring->enq) == deq)
		return 0;

	spin_lock(&ring->lock);
	if (ring->enq != ring->deq) {
		*ev = ring->events[ring->deq & (ring->size - 1)];
		WRITE_ONCE(ring->deq, ring->deq + 1);
		rc = ring->overflow ? -EOVERFLOW : 1;
		ring->overflow = false;
	}
	spin_unlock(&ring->lock);
	return rc;
}

/**
 * lnet_ring_init() - make a ring
 * @ring: the ring to make, all zero
 * @count: number of events that it holds at least; 0: no ring
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_ring_init(struct lnet_ring *ring, unsigned int count)
{
	if (!count)
		return 0;

	spin_lock_init(&ring->lock);
	ring->size = roundup_pow_of_two(count);
	ring->enq = 1;
	ring->deq = 1;
	ring->events = lnet_alloc(kvcalloc(ring->size, sizeof(*ring->events),
					   GFP_KERNEL));
	return ring->events ? 0 : -ENOMEM;
}
