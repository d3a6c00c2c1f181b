// SPDX-License-Identifier: GPL-2.0
/*
 * The hook by which tests observe what a call does inside the core. One task at a time
 * is watched; other tasks are not affected.
 */
#include "hooks/watch.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sched.h>

static struct task_struct *watched;	/* that task; written by itself only */
static struct lnet_watched seen;	/* @watched only */

/**
 * lnet_watch_begin() - start to watch this task
 *
 * Context: any task; one task at a time.
 */
void lnet_watch_begin(void)
{
	seen = (struct lnet_watched){};
	WRITE_ONCE(watched, current);
}
EXPORT_SYMBOL_GPL(lnet_watch_begin);

/**
 * lnet_watch_end() - stop to watch this task
 * @to: set to the counts since lnet_watch_begin()
 *
 * Context: the task that is watched.
 */
void lnet_watch_end(struct lnet_watched *to)
{
	WRITE_ONCE(watched, NULL);
	*to = seen;
}
EXPORT_SYMBOL_GPL(lnet_watch_end);

/**
 * lnet_watch_sleep() - count a place where this task might sleep
 *
 * Context: any.
 */
void lnet_watch_sleep(void)
{
	if (READ_ONCE(watched) == current)
		seen.sleeps++;
}

/**
 * lnet_watch_compare() - count MEs, or delayed messages, that this task compared in a search
 * @mes: number of MEs or messages compared
 *
 * Context: any.
 */
void lnet_watch_compare(unsigned int mes)
{
	if (READ_ONCE(watched) == current)
		seen.compared += mes;
}

/**
 * lnet_watch_stretch() - note the end of a stretch, in which preemption was off
 * @callbacks: number of events delivered in it, each of which may be a callback
 * @bytes: number of bytes copied in it
 *
 * Context: any.
 */
void lnet_watch_stretch(unsigned int callbacks, unsigned int bytes)
{
	if (READ_ONCE(watched) != current)
		return;
	seen.stretches++;
	seen.callbacks = max(seen.callbacks, callbacks);
	seen.bytes = max(seen.bytes, bytes);
}

/**
 * lnet_watch_pause() - note that a run has put preemption back to what its caller had
 *
 * Context: any.
 */
void lnet_watch_pause(void)
{
	if (READ_ONCE(watched) != current)
		return;
	seen.pauses++;
	seen.preemptible += preemptible();
}

/**
 * lnet_watch_spin() - count a spin after leaving a slot, so that a waiter can take over
 *
 * Context: any.
 */
void lnet_watch_spin(void)
{
	if (READ_ONCE(watched) == current)
		seen.spins++;
}

/**
 * lnet_watch_ask() - count a request of this task to load missing drivers
 *
 * Context: any.
 */
void lnet_watch_ask(void)
{
	if (READ_ONCE(watched) == current)
		seen.asked++;
}

/**
 * lnet_watch_return() - count a dead object that this task returns to the slab
 *
 * Context: any.
 */
void lnet_watch_return(void)
{
	if (READ_ONCE(watched) == current)
		seen.returned++;
}
