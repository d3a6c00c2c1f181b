/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The run: what one thread does on behalf of LNet between two moments at which
 * it is just a client's thread or a driver's. See run.c.
 */
#ifndef _LNET_RUN_H
#define _LNET_RUN_H

#include <lnet/lnd.h>

#include "event/run_state.h"

struct lnet_event;

void lnet_run_stop(struct lnet_run *run);
void lnet_run_go(struct lnet_run *run);
void lnet_run_pause(struct lnet_run *run);
void lnet_run_end(struct lnet_run *run);
void lnet_run_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
		      struct lnet_turn *turn);
void lnet_run_deliver_in(struct lnet_run *run, struct lnet_libmd *md,
			 struct lnet_turn *turn);
void lnet_run_flush(struct lnet_run *run);
void lnet_run_resume(struct list_head *taken, bool may_sleep);
void lnet_run_call(struct lnet_run *run, struct lnet_eq *eq,
		   struct lnet_event *ev);

/* An event has been delivered; the rest by lnet_run_flush(), when no slot is owned. */
static inline void lnet_run_done_later(struct lnet_run *run, struct lnet_delivery *d)
{
	d->turn.queue.next = run->done;
	run->done = &d->turn.queue;
}

/* @bytes have been copied, by one who may pause here. */
static inline void lnet_run_count_bytes(struct lnet_run *run, unsigned int bytes)
{
	run->bytes += bytes;
	if (!lnet_run_has_room(run, 0))
		lnet_run_pause(run);
}

#endif /* _LNET_RUN_H */
