// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection for tests: make the n-th allocation of one task fail, or the first one at a
 * named place, whatever task comes there. Only one task at a time can ask for its n-th; the
 * allocations of other tasks are not affected.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hooks/alloc.h"

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

static struct task_struct *victim;	/* that task; written by itself only */
static unsigned int countdown;		/* allocations to go; victim only */
static bool fired;			/* victim only */

static char *alloc_fail = "";		/* set as the module is loaded */
module_param(alloc_fail, charp, 0400);
MODULE_PARM_DESC(alloc_fail, "place whose first allocation fails, such as lnet/eq.c:132 (test builds only)");
static atomic_t place_fired;

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

static bool place_fails(const struct lnet_alloc_site *site)
{
	if (!*alloc_fail || strcmp(site->name, alloc_fail) || atomic_xchg(&place_fired, 1))
		return false;
	pr_info("allocation %s fails\n", site->name);
	return true;
}

/**
 * lnet_alloc_fails() - count an allocation of this task, and check if it must fail
 * @site: where it is made
 *
 * Context: any.
 * Return: true if it must fail.
 */
bool lnet_alloc_fails(const struct lnet_alloc_site *site)
{
	if (place_fails(site))
		return true;
	if (READ_ONCE(victim) != current || !countdown || --countdown)
		return false;
	fired = true;
	pr_info("allocation %s fails\n", site->name);
	return true;
}
EXPORT_SYMBOL_GPL(lnet_alloc_fails);
