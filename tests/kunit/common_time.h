/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time: how slow the kernel is, for how long a case waits, and for how long its threads
 * go on.
 */
#ifndef _LNET_KUNIT_COMMON_TIME_H
#define _LNET_KUNIT_COMMON_TIME_H

#include <linux/jiffies.h>
#include <linux/kconfig.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/types.h>

/* A debug kernel is about this much slower; loops are this much shorter. */
#if IS_ENABLED(CONFIG_PROVE_LOCKING) || IS_ENABLED(CONFIG_KASAN)
#define LT_SLOW		10
#elif IS_ENABLED(CONFIG_KCSAN)
#define LT_SLOW		4
#else
#define LT_SLOW		1
#endif

/*
 * Longer than anything takes that does not hang, milliseconds. lt_wait_for() waits longer on a
 * machine that is slow, as the parameter patience_ms= says.
 */
#define LT_PATIENCE_MS	20000
extern unsigned int lt_patience_ms;

/* The parameter runtime_ms= of a suite, with the default @ms; @what runs so long. */
#define LT_RUNTIME_MS(ms, what)						\
	static unsigned int runtime_ms = (ms);				\
	module_param(runtime_ms, uint, 0444);				\
	MODULE_PARM_DESC(runtime_ms, "How long " what ", milliseconds")

/* For how long threads go on; there is one run at a time, of the case that runs. */
void lt_run_begin(unsigned int ms);
bool lt_run_over(bool enough);

/* Wait for a condition that another thread makes true, but not for ever. */
#define lt_wait_for(cond)						\
({									\
	unsigned long __end = jiffies + msecs_to_jiffies(lt_patience_ms); \
	bool __met;							\
									\
	while (!(__met = (cond)) && time_before(jiffies, __end))	\
		schedule_timeout_uninterruptible(1);			\
	__met;								\
})

#endif /* _LNET_KUNIT_COMMON_TIME_H */
