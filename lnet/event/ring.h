/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of an EQ. See ring.c.
 */
#ifndef _LNET_RING_H
#define _LNET_RING_H

#include <linux/spinlock.h>

#include <lnet/types.h>

/*
 * The ring of events that are polled. Sequence numbers begin at 1. The event with number n is at
 * index n & (size - 1). I: The field is immutable. R: The lock of the ring guards the field.
 */
struct lnet_ring {
	spinlock_t lock;		/* R: guards the other fields */
	unsigned int size;		/* I: power of two; 0: no ring */
	bool overflow;			/* R: the next poll returns -EOVERFLOW */
	lnet_seq_t enq;			/* R: number of the next event */
	lnet_seq_t deq;			/* R: number of the oldest unread event */
	u64 overflowed;			/* R: number of overflows */
	u64 lost;			/* R: events overwritten unread */
	struct lnet_event *events;	/* R: */
};

int lnet_ring_init(struct lnet_ring *ring, unsigned int count);
void lnet_ring_publish(struct lnet_ring *ring, const struct lnet_event *ev);
int lnet_ring_take(struct lnet_ring *ring, struct lnet_event *ev);

#endif /* _LNET_RING_H */
