/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way up. The event layer knows no network, nor messages: it matches, queues
 * and delivers struct lnet_delivery (lnd.h). These two are all that it calls and
 * does not define itself; who stands on it does (network/msg.c and lo.c, which
 * find the message around the delivery).
 *
 * They are plain calls. Who delivers an event makes one, and an indirect call
 * would cost more there than what it leads to.
 */
#ifndef _LNET_DELIVERY_H
#define _LNET_DELIVERY_H

#include <lnet/lnd.h>

#include "event/stat.h"

struct lnet_cpu;

/**
 * lnet_delivery_done() - an event has been delivered
 * @c: this CPU
 * @d: not the event layer's any more; without an operation of its MD
 *
 * The ACK is sent, or the message ends.
 *
 * Context: task, preemption off, in a run that owns no slot, or in none.
 */
void lnet_delivery_done(struct lnet_cpu *c, struct lnet_delivery *d);

/**
 * lnet_delivery_go_on() - the run comes to one that was put in order
 * @d: from lnet_todo.later; not the event layer's any more. One that has waited on
 *	a lazy portal has an operation of an MD, or none: lnet_delivery_dropped()
 *
 * Context: task, in a run, not in a handler, preemption off by the run only.
 */
void lnet_delivery_go_on(struct lnet_delivery *d);

/* One that has waited, and gets no MD: @d->md is NULL since it came. */
static inline void lnet_delivery_mark_dropped(struct lnet_delivery *d,
					      enum lnet_portal_drop why)
{
	d->ev.status = why;
}

/* Why, of one that has waited and has no MD. */
static inline enum lnet_portal_drop
lnet_delivery_dropped(const struct lnet_delivery *d)
{
	return d->ev.status;
}

#endif /* _LNET_DELIVERY_H */
