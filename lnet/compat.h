/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels and machines we build for (6.1, 6.12, 7.2).
 * The only file that may test for a version; what is a macro is probed
 * instead, as stable trees backport.
 */
#ifndef _LNET_COMPAT_H
#define _LNET_COMPAT_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/types.h>

#include <asm/barrier.h>

/*
 * The cycle counter of x86-64, read in order with what stands before it, if it
 * is the same on all CPUs. User Mode Linux has no way to ask: there the host
 * is taken to be a machine of this century.
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#include <asm/cpufeature.h>
#include <asm/tsc.h>

static inline bool lnet_tsc_check(void)
{
	return boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && !check_tsc_unstable();
}
#elif defined(__x86_64__)
static inline bool lnet_tsc_check(void)
{
	return true;
}
#else
static inline bool lnet_tsc_check(void)
{
	return false;
}
#endif

/*
 * Barriers for memory that CPUs share. User Mode Linux makes of the usual ones
 * what a device would need, five fence instructions a message; the machine is
 * an x86, where the compiler alone has to be told, as other kernels know.
 */
static __always_inline void lnet_smp_wmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_wmb();	/* what it is for, its callers say */
}

static __always_inline void lnet_smp_rmb(void)
{
	if (IS_ENABLED(CONFIG_UML) && IS_ENABLED(CONFIG_X86_64))
		barrier();
	else
		smp_rmb();	/* what it is for, its callers say */
}

#if defined(__x86_64__)
static inline s64 lnet_tsc(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) :: "memory");
	return (s64)high << 32 | low;
}
#else
static inline s64 lnet_tsc(void)
{
	return 0;
}
#endif

#endif /* _LNET_COMPAT_H */
