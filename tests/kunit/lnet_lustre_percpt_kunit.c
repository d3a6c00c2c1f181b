// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays with a block for each CPU partition.
 */
#include "common.h"

#include <lnet/handler.h>

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>

enum { ROUNDS = 8 };

static const unsigned int sizes[] = {
	0, 1, 8, 63, 64, 65, 96, 192, 1000, 4095, 4096, 4097, 5000, SZ_64K, SZ_1M,
};

/* Each block is zero, begins a cache line, and is written whole without touching another one. */
static void expect_blocks(struct kunit *test, char **vars, unsigned int n, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_NOT_NULL(test, vars[i]);
		KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)vars[i], L1_CACHE_BYTES),
				      "%u bytes", size);
		KUNIT_EXPECT_TRUE_MSG(test, lt_is_byte(vars[i], size, 0), "%u bytes", size);
		memset(vars[i], i + 1, size);
	}
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_TRUE_MSG(test, lt_is_byte(vars[i], size, i + 1), "%u bytes", size);
}

static void percpt_blocks_are_zero_and_apart(struct kunit *test)
{
	struct cfs_cpt_table *table = cfs_cpt_table_alloc(min(nr_cpu_ids, 2U));
	unsigned int i, j, n = cfs_cpt_number(table);
	char **vars[ROUNDS];

	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* One block may be aligned by chance. */
		for (j = 0; j < ROUNDS; j++) {
			vars[j] = cfs_percpt_alloc(table, sizes[i]);
			KUNIT_ASSERT_NOT_NULL(test, vars[j]);
			KUNIT_EXPECT_EQ(test, cfs_percpt_number(vars[j]), n);
			expect_blocks(test, vars[j], n, sizes[i]);
		}
		while (j--)
			cfs_percpt_free(vars[j]);
	}
	cfs_cpt_table_free(table);
}

static void percpt_of_the_module_has_its_partitions(struct kunit *test)
{
	char **vars = cfs_percpt_alloc(cfs_cpt_tab, 24);

	KUNIT_ASSERT_NOT_NULL(test, vars);
	KUNIT_EXPECT_EQ(test, cfs_percpt_number(vars), cfs_cpt_number(cfs_cpt_tab));
	cfs_percpt_free(vars);
}

static void percpt_without_a_table_has_the_cpus(struct kunit *test)
{
	char **vars = cfs_percpt_alloc(NULL, 24);

	KUNIT_ASSERT_NOT_NULL(test, vars);
	KUNIT_EXPECT_EQ(test, cfs_percpt_number(vars), nr_cpu_ids);
	expect_blocks(test, vars, nr_cpu_ids, 24);
	cfs_percpt_free(vars);
}

static void percpt_none_is_empty(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, cfs_percpt_number(NULL), 0);
	cfs_percpt_free(NULL);
}

static void percpt_without_memory_is_refused(struct kunit *test)
{
	char **vars = NULL;
	unsigned int n;

	for (n = 1; n < nr_cpu_ids + 10; n++) {
		lnet_alloc_fail_nth(n);
		vars = cfs_percpt_alloc(NULL, 24);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_NULL(test, vars);
	}
	lnet_alloc_fail_nth(0);
	/* The array, and its blocks. */
	KUNIT_EXPECT_EQ(test, n, nr_cpu_ids + 2);
	cfs_percpt_free(vars);
}

static struct kunit_case lnet_lustre_percpt_cases[] = {
	KUNIT_CASE(percpt_blocks_are_zero_and_apart),
	KUNIT_CASE(percpt_of_the_module_has_its_partitions),
	KUNIT_CASE(percpt_without_a_table_has_the_cpus),
	KUNIT_CASE(percpt_none_is_empty),
	KUNIT_CASE(percpt_without_memory_is_refused),
	{}
};

static struct kunit_suite lnet_lustre_percpt_suite = {
	.name = "lnet_lustre_percpt",
	.test_cases = lnet_lustre_percpt_cases,
};

kunit_test_suite(lnet_lustre_percpt_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: arrays with a block for each CPU partition");
MODULE_LICENSE("GPL");
