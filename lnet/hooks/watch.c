// SPDX-License-Identifier: GPL-2.0
/*
 * The tests' hook for what cannot be seen from outside: one task at a time is
 * watched. Other tasks never notice.
 */
#include "hooks/watch.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sched.h>

static struct task_struct *watched;	/* who; written by itself only */
static struct lnet_watched seen;	/* @watched only */

/**
 * lnet_watch_begin() - watch what this task does in lnet
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
 * lnet_watch_end() - no more
 * @to: what it has done since lnet_watch_begin()
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
 * lnet_watch_sleep() - this task might sleep here
 *
 * Context: any.
 */
void lnet_watch_sleep(void)
{
	if (READ_ONCE(watched) == current)
		seen.sleeps++;
}

/**
 * lnet_watch_compare() - this task has looked at MEs, or messages, to find the one
 * @mes: how many
 *
 * Context: any.
 */
void lnet_watch_compare(unsigned int mes)
{
	if (READ_ONCE(watched) == current)
		seen.compared += mes;
}

/**
 * lnet_watch_stretch() - a stretch with preemption off is over
 * @callbacks: that were called in it
 * @bytes: that were copied in it
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
 * lnet_watch_pause() - a run has let preemption be what its caller has it
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
 * lnet_watch_spin() - the owner of a slot lets one that waits take over
 *
 * Context: any.
 */
void lnet_watch_spin(void)
{
	if (READ_ONCE(watched) == current)
		seen.spins++;
}

/**
 * lnet_watch_ask() - this task has drivers loaded that are not there
 *
 * Context: any.
 */
void lnet_watch_ask(void)
{
	if (READ_ONCE(watched) == current)
		seen.asked++;
}

/**
 * lnet_watch_return() - a dead object goes back to the slab
 *
 * Context: any.
 */
void lnet_watch_return(void)
{
	if (READ_ONCE(watched) == current)
		seen.returned++;
}
