// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection for tests: make the n-th allocation of one task fail in the core. Only
 * one task at a time can ask for it; the allocations of other tasks are not affected.
 */
#include "hooks/alloc.h"

#include <linux/export.h>
#include <linux/sched.h>

static struct task_struct *victim;	/* that task; written by itself only */
static unsigned int countdown;		/* allocations to go; victim only */
static bool fired;			/* victim only */

/**
 * lnet_alloc_fail_nth() - make one allocation of this task fail
 * @n: number of the allocation, counted from this call; 1 is the next one; 0 cancels
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
 * lnet_alloc_failed() - check if the allocation chosen by lnet_alloc_fail_nth() has failed
 *
 * Context: the task that chose it.
 * Return: true if it has.
 */
bool lnet_alloc_failed(void)
{
	return fired;
}
EXPORT_SYMBOL_GPL(lnet_alloc_failed);

/**
 * lnet_alloc_fails() - count an allocation of this task, and check if it must fail
 *
 * Context: any.
 * Return: true if it must fail.
 */
bool lnet_alloc_fails(void)
{
	if (READ_ONCE(victim) != current || !countdown || --countdown)
		return false;

	fired = true;
	return true;
}
EXPORT_SYMBOL_GPL(lnet_alloc_fails);
