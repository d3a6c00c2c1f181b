// SPDX-License-Identifier: GPL-2.0
/*
 * The core's per-CPU data.
 */
#include "event/cpu.h"
#include "hooks/alloc.h"

#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/export.h>

struct lnet_cpu __percpu *lnet_cpus;
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_cpus);

/**
 * lnet_cpus_init() - allocate the per-CPU data
 *
 * Context: while the module loads.
 * Return: 0 or -ENOMEM.
 */
int lnet_cpus_init(void)
{
	int cpu;

	lnet_cpus = lnet_alloc(__alloc_percpu(sizeof(*lnet_cpus), L1_CACHE_BYTES));
	if (!lnet_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		per_cpu_ptr(lnet_cpus, cpu)->id = cpu;
		local_lock_init(&per_cpu_ptr(lnet_cpus, cpu)->lock);
	}
	return 0;
}

/**
 * lnet_cpus_exit() - free the per-CPU data
 *
 * Context: while the module goes, or has failed to load.
 */
void lnet_cpus_exit(void)
{
	free_percpu(lnet_cpus);
}
