/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of an EQ. See ring.c.
 */
#ifndef _LNET_RING_H
#define _LNET_RING_H

#include <linux/spinlock.h>

#include <lnet/types.h>

/*
 * The ring of events that are polled. Sequence numbers begin at 1; the event
 * numbered n is at n & (size - 1). R: lock.
 */
struct lnet_ring {
	spinlock_t lock;		/* R */
	unsigned int size;		/* I: power of two; 0: no ring */
	bool overflow;			/* R: the next poll says -EOVERFLOW */
	lnet_seq_t enq;			/* R: number of the next event */
	lnet_seq_t deq;			/* R: number of the oldest unread */
	u64 overflowed;			/* R: how often it overflowed */
	u64 lost;			/* R: events overwritten unread */
	struct lnet_event *events;	/* R: */
};

int lnet_ring_init(struct lnet_ring *ring, unsigned int count);
void lnet_ring_publish(struct lnet_ring *ring, const struct lnet_event *ev);
int lnet_ring_take(struct lnet_ring *ring, struct lnet_event *ev);

#endif /* _LNET_RING_H */
