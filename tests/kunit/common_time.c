// SPDX-License-Identifier: GPL-2.0
/*
 * For how long the threads of a case go on.
 */
#include "common.h"

#include <linux/kthread.h>
#include <linux/module.h>

unsigned int lt_patience_ms = LT_PATIENCE_MS;
EXPORT_SYMBOL_GPL(lt_patience_ms);
module_param_named(patience_ms, lt_patience_ms, uint, 0444);
MODULE_PARM_DESC(patience_ms, "How long a case waits for what takes no time, milliseconds (default 20000)");

static unsigned long run_end;		/* jiffies */
static unsigned long run_limit;		/* jiffies */

/**
 * lt_run_begin() - have threads go on for a time
 * @ms: how long, milliseconds
 *
 * Context: The task of the case, before it starts a thread that calls lt_run_over().
 */
void lt_run_begin(unsigned int ms)
{
	run_end = jiffies + msecs_to_jiffies(ms);
	run_limit = run_end + msecs_to_jiffies(lt_patience_ms);
}
EXPORT_SYMBOL_GPL(lt_run_begin);

/**
 * lt_run_over() - is it time to end?
 * @enough: whether the least amount of work is done, without which the case proves
 *	nothing; on a busy machine that takes longer
 *
 * Context: A thread of lt_thread_start(), or the task of the case.
 * Return: true if the time is over and enough was done, if that takes for ever, or if the
 * thread was told to stop.
 */
bool lt_run_over(bool enough)
{
	if ((current->flags & PF_KTHREAD) && kthread_should_stop())
		return true;
	return time_after_eq(jiffies, enough ? run_end : run_limit);
}
EXPORT_SYMBOL_GPL(lt_run_over);
