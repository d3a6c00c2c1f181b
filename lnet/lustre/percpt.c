// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays with a zeroed block for each CPU partition, in memory of its NUMA node. Callers index
 * an array by partition, so its length stands hidden before it. No two blocks share a cache line.
 */
#include "hooks/alloc.h"

#include <lnet/handler.h>

#include <linux/cache.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>

struct percpt_array {
	unsigned int nr;	/* of @vars */
	void *vars[];		/* what the caller has a pointer to */
};

static struct percpt_array *percpt_of(void *vars)
{
	return container_of((void **)vars, struct percpt_array, vars[0]);
}

/*
 * Memory of a power of two bytes is aligned to as many, and so is what takes whole pages, to
 * pages.
 */
static void *block_alloc(size_t size, int node)
{
	size = max_t(size_t, size, L1_CACHE_BYTES);
	if (size < PAGE_SIZE)
		size = roundup_pow_of_two(size);
	return lnet_alloc(kvzalloc_node(size, GFP_KERNEL, node));
}

/**
 * cfs_percpt_alloc() - allocate a zeroed block for each partition
 * @table: the partitions; NULL: for each CPU, in place of partitions
 * @size: of a block, bytes
 *
 * Context: task; may sleep.
 * Return: an array of pointers to the blocks, for cfs_percpt_free(); NULL: there is no memory.
 */
void *cfs_percpt_alloc(struct cfs_cpt_table *table, unsigned int size)
{
	unsigned int i, nr = table ? cfs_cpt_number(table) : nr_cpu_ids;
	struct percpt_array *array;
	int node;

	array = lnet_alloc(kvzalloc(struct_size(array, vars, nr), GFP_KERNEL));
	if (!array)
		return NULL;
	array->nr = nr;
	for (i = 0; i < nr; i++) {
		if (table)
			node = cfs_cpt_spread_node(table, i);
		else
			node = cpu_possible(i) ? cpu_to_mem(i) : NUMA_NO_NODE;
		array->vars[i] = block_alloc(size, node);
		if (!array->vars[i]) {
			cfs_percpt_free(array->vars);
			return NULL;
		}
	}
	return array->vars;
}
EXPORT_SYMBOL(cfs_percpt_alloc);

/**
 * cfs_percpt_free() - free an array and its blocks
 * @vars: what cfs_percpt_alloc() has returned, or NULL
 *
 * Context: task; may sleep.
 */
void cfs_percpt_free(void *vars)
{
	struct percpt_array *array;
	unsigned int i;

	if (!vars)
		return;
	array = percpt_of(vars);
	for (i = 0; i < array->nr; i++)
		kvfree(array->vars[i]);
	kvfree(array);
}
EXPORT_SYMBOL(cfs_percpt_free);

/**
 * cfs_percpt_number() - return the length of an array
 * @vars: what cfs_percpt_alloc() has returned, or NULL
 *
 * Context: any.
 * Return: the number of blocks; 0: @vars is NULL.
 */
int cfs_percpt_number(void *vars)
{
	return vars ? percpt_of(vars)->nr : 0;
}
EXPORT_SYMBOL(cfs_percpt_number);
