// SPDX-License-Identifier: GPL-2.0
/* Partitions of the CPUs, and arrays with an element for each. */
#include "compare.h"

#include <linux/sched.h>
#include <linux/string.h>

static void partition_show(struct cfs_cpt_table *table, int cpt)
{
	result("cpt %d: weight %d, cpus %*pbl, nodes %*pbl, node %d", cpt,
	       cfs_cpt_weight(table, cpt), cpumask_pr_args(*cfs_cpt_cpumask(table, cpt)),
	       nodemask_pr_args(cfs_cpt_nodemask(table, cpt)), cfs_cpt_spread_node(table, cpt));
}

static void partition_arrays(struct cfs_cpt_table *table)
{
	u8 **vars = cfs_percpt_alloc(table, 100);
	unsigned int wrong = 0;
	int i;

	if (!vars)
		return;
	for (i = 0; i < cfs_percpt_number(vars); i++)
		wrong += !vars[i] || memchr_inv(vars[i], 0, 100) ||
			 ((ulong)vars[i] & (L1_CACHE_BYTES - 1));
	result("percpt: %d elements, %u wrong", cfs_percpt_number(vars), wrong);
	cfs_percpt_free(vars);
}

int compare_partitions(void)
{
	struct cfs_cpt_table *own;
	struct cpumask *saved;
	int i, current_cpt;

	result("the_lnet has the table: %d", the_lnet.ln_cpt_table == cfs_cpt_tab);
	result("partitions: %d", cfs_cpt_number(cfs_cpt_tab));
	for (i = -1; i < cfs_cpt_number(cfs_cpt_tab); i++)
		partition_show(cfs_cpt_tab, i);
	current_cpt = cfs_cpt_current(cfs_cpt_tab, 1);
	result("current is valid: %d",
	       current_cpt >= 0 && current_cpt < cfs_cpt_number(cfs_cpt_tab));
	partition_arrays(cfs_cpt_tab);

	saved = kmalloc(cpumask_size(), GFP_KERNEL);
	if (saved) {
		cpumask_copy(saved, current->cpus_ptr);
		result("bind to 0 = %d", cfs_cpt_bind(cfs_cpt_tab, 0));
		result("bind to all = %d", cfs_cpt_bind(cfs_cpt_tab, CFS_CPT_ANY));
		set_cpus_allowed_ptr(current, saved);
		kfree(saved);
	}

	own = cfs_cpt_table_alloc(2);
	if (own) {
		result("own table: %d partitions", cfs_cpt_number(own));
		result("set_node(0, 0) = %d", cfs_cpt_set_node(own, 0, 0));
		partition_show(own, 0);
		result("set_node(1, 1000) = %d", cfs_cpt_set_node(own, 1, 1000));
		cfs_cpt_table_free(own);
	}
	return 0;
}
