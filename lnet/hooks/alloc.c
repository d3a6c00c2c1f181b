// SPDX-License-Identifier: GPL-2.0
/*
 * The tests' hook in the core's allocations: one task at a time counts its
 * allocations down and has the last of them fail. Other tasks never notice.
 */
#include "hooks/alloc.h"

#include <linux/export.h>
#include <linux/sched.h>

static struct task_struct *victim;	/* who; written by itself only */
static unsigned int countdown;		/* victim only */
static bool fired;			/* victim only */

/**
 * lnet_alloc_fail_nth() - make one allocation of this task fail
 * @n: which, from now on; 1 is the next; 0 calls it off
 *
 * Context: any task; one task at a time.
 */
void lnet_alloc_fail_nth(unsigned int n)
{
	countdown = n;
	fired = false;
	WRITE_ONCE(victim, n ? current : NULL);
}
EXPORT_SYMBOL_GPL(lnet_alloc_fail_nth);

/**
 * lnet_alloc_failed() - did the allocation asked for fail?
 *
 * Return: true if lnet_alloc_fail_nth() has had its effect.
 */
bool lnet_alloc_failed(void)
{
	return fired;
}
EXPORT_SYMBOL_GPL(lnet_alloc_failed);

/**
 * lnet_alloc_fails() - is this the allocation that shall fail?
 *
 * Context: any.
 * Return: true if it is.
 */
bool lnet_alloc_fails(void)
{
	if (READ_ONCE(victim) != current || !countdown || --countdown)
		return false;

	fired = true;
	return true;
}
