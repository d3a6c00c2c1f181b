// SPDX-License-Identifier: GPL-2.0
/*
 * Polling: clients take events out of the rings of their EQs.
 */
#include "event/api.h"
#include "event/eq.h"
#include "event/ring.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "hooks/window.h"

#include <linux/export.h>
#include <linux/slab.h>

enum {
	POLL_INLINE	= 4,		/* EQs polled without an allocation */
	POLL_MAX	= 1024,		/* EQs polled at once */
};

struct poll {
	struct lnet_handle_eq *eqh;
	struct wait_queue_entry *wait;	/* an entry for each EQ; NULL until the poller sleeps */
	struct lnet_eq **eq;		/* with a reference each, while on its wait queue */
	int neq;
	struct wait_queue_entry wait_inline[POLL_INLINE];
	struct lnet_eq *eq_inline[POLL_INLINE];
};

/* Look once at each EQ, in order. Returns 1 or -EOVERFLOW with an event, 0 if none, or -errno. */
static int poll_scan(struct poll *p, struct lnet_event *ev, int *which)
{
	struct lnet_eq *eq;
	int i, rc;

	for (i = 0; i < p->neq; i++) {
		eq = lnet_eq_get(p->eqh[i].cookie);
		if (!eq)
			return -ENOENT;
		rc = eq->ring.size ? lnet_ring_take(&eq->ring, ev) : -EINVAL;
		lnet_eq_put(eq);
		if (rc == 1 || rc == -EOVERFLOW)
			*which = i;
		if (rc)
			return rc;
	}
	return 0;
}

static int poll_wait_begin(struct poll *p)
{
	struct lnet_eq *eq;
	int i;

	p->wait = p->wait_inline;
	p->eq = p->eq_inline;
	if (p->neq > POLL_INLINE) {
		p->wait = lnet_alloc(kcalloc(p->neq, sizeof(*p->wait) +
					     sizeof(*p->eq), GFP_KERNEL));
		if (!p->wait)
			return -ENOMEM;
		p->eq = (struct lnet_eq **)&p->wait[p->neq];
	}

	for (i = 0; i < p->neq; i++) {
		eq = lnet_eq_get(p->eqh[i].cookie);
		p->eq[i] = eq;
		if (!eq)
			continue;	/* the next scan returns -ENOENT */
		init_waitqueue_entry(&p->wait[i], current);
		add_wait_queue(&eq->wait, &p->wait[i]);
	}
	return 0;
}

static void poll_wait_end(struct poll *p)
{
	int i;

	if (!p->wait)
		return;
	for (i = 0; i < p->neq; i++) {
		if (!p->eq[i])
			continue;
		remove_wait_queue(&p->eq[i]->wait, &p->wait[i]);
		lnet_eq_put(p->eq[i]);
	}
	if (p->wait != p->wait_inline)
		kfree(p->wait);
}

/*
 * Sleep without being counted as load. A signal does not wake the poller: the call has no way to
 * return -EINTR, and a caller with a pending signal would spin.
 */
static int poll_sleep(struct poll *p, signed long timeout,
		      struct lnet_event *ev, int *which)
{
	int rc;

	for (;;) {
		set_current_state(TASK_IDLE);
		rc = poll_scan(p, ev, which);
		if (rc || !timeout)
			break;
		lnet_window(LNET_WINDOW_EQ_SCANNED);
		timeout = schedule_timeout(timeout);
	}
	__set_current_state(TASK_RUNNING);
	return rc;
}

/**
 * LNetEQPoll() - take the next event of any of several event queues
 * @eventqs: handles of the event queues; the first with an event wins
 * @neq: number of handles, 1 to 1024
 * @timeout: how long to wait, in jiffies; 0 to look once; MAX_SCHEDULE_TIMEOUT or any negative
 *	value to wait for ever
 * @event: set to the event that was taken
 * @which_eq: set to the index of the event's EQ in @eventqs; only with an event
 *
 * Context: task; may sleep unless @timeout is 0; not interruptible.
 * Return: 1: an event; -EOVERFLOW: an event, and older events of the same EQ were overwritten
 * before they were read; 0: no event in time; -ENOENT: @neq is less than 1, or a handle is stale
 * and no EQ before it had an event; -EINVAL: a NULL pointer, too many EQs, or an EQ without a ring;
 * -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetEQPoll(struct lnet_handle_eq *eventqs, int neq, signed long timeout,
	       struct lnet_event *event, int *which_eq)
{
	struct poll p = { .eqh = eventqs, .neq = neq };
	int rc;

	rc = timeout ? lnet_api_check_sleep() : lnet_api_check();
	if (rc)
		return rc;
	if (neq < 1)
		return -ENOENT;
	if (neq > POLL_MAX || !eventqs || !event || !which_eq)
		return -EINVAL;

	rc = poll_scan(&p, event, which_eq);
	if (rc || !timeout)
		return rc;

	lnet_might_sleep();
	rc = poll_wait_begin(&p);
	if (!rc)
		rc = poll_sleep(&p, timeout < 0 ? MAX_SCHEDULE_TIMEOUT : timeout,
				event, which_eq);
	poll_wait_end(&p);
	return rc;
}
EXPORT_SYMBOL(LNetEQPoll);

/**
 * LNetEQGet() - take the next event of an event queue, if there is one
 * @eqh: handle of the event queue
 * @event: set to the event that was taken
 *
 * Context: task.
 * Return: as LNetEQPoll() with a timeout of 0.
 */
int LNetEQGet(struct lnet_handle_eq eqh, struct lnet_event *event)
{
	int which;

	return LNetEQPoll(&eqh, 1, 0, event, &which);
}
EXPORT_SYMBOL(LNetEQGet);

/**
 * LNetEQWait() - wait for the next event of an event queue
 * @eqh: handle of the event queue
 * @event: set to the event that was taken
 *
 * Context: task; may sleep; not interruptible.
 * Return: as LNetEQPoll() without a limit of time, so never 0.
 */
int LNetEQWait(struct lnet_handle_eq eqh, struct lnet_event *event)
{
	int which;

	return LNetEQPoll(&eqh, 1, MAX_SCHEDULE_TIMEOUT, event, &which);
}
EXPORT_SYMBOL(LNetEQWait);
