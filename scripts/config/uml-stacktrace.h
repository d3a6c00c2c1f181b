/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included ahead of the kernel's stacktrace.c in the debug test kernel.
 *
 * User Mode Linux takes a stack trace by asking of every word on the stack
 * whether it is the address of code. The answer takes an RCU read lock, with
 * all its checks, for each word that is none: 1.5 ms in all, and KASAN and
 * kmemleak take three traces for one object allocated and freed. Here the
 * answer is the same, and disabled preemption keeps the module there.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/preempt.h>

static inline int quick_text_address(unsigned long addr)
{
	int text;

	if (is_kernel_text(addr) || is_kernel_inittext(addr))
		return 1;
	preempt_disable_notrace();
	text = __module_text_address(addr) != NULL;
	preempt_enable_no_resched_notrace();
	return text;
}

#define __kernel_text_address quick_text_address
