/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls from the event layer up to the network layer. The event layer knows neither networks
 * nor messages: it matches, queues and delivers struct lnet_delivery (lnd.h). The two functions
 * below are all that it calls and does not define. The network layer defines them (network/msg.c
 * and lo.c), and finds the message around the delivery.
 *
 * They are plain calls. Each delivery makes one, and an indirect call would cost more than the
 * function that it leads to.
 */
#ifndef _LNET_DELIVERY_H
#define _LNET_DELIVERY_H

#include <lnet/lnd.h>

#include "event/stat.h"

struct lnet_cpu;

/**
 * lnet_delivery_done() - finish a message whose event has been delivered
 * @c: the data of this CPU
 * @d: the delivery, which holds no operation of its MD any more; not the event layer's any more
 *
 * Sends the ACK, or ends the message.
 *
 * Context: task, preemption off, in a run that owns no slot, or in no run.
 */
void lnet_delivery_done(struct lnet_cpu *c, struct lnet_delivery *d);

/**
 * lnet_delivery_go_on() - go on with a message that the run had queued
 * @d: the delivery, from lnet_todo.later; not the event layer's any more. If it has waited on a
 *	lazy portal it holds an operation of an MD, or is to be dropped: lnet_delivery_dropped()
 *
 * Context: task, in a run, not in a handler, preemption off by the run only.
 */
void lnet_delivery_go_on(struct lnet_delivery *d);

/*
 * Mark a delivery that has waited on a lazy portal and gets no MD, because of @why. Its @md has
 * been NULL since it arrived.
 */
static inline void lnet_delivery_mark_dropped(struct lnet_delivery *d,
					      enum lnet_portal_drop why)
{
	d->dropped = why;
}

/* The reason for which a delivery that has waited, and has no MD, is dropped. */
static inline enum lnet_portal_drop
lnet_delivery_dropped(const struct lnet_delivery *d)
{
	return d->dropped;
}

#endif /* _LNET_DELIVERY_H */
