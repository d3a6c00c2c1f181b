// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of numbers, as Lustre's modules read them from their parameters.
 */
#include <kunit/test.h>
#include <lnet/handler.h>

#include "hooks/alloc.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define MANY	0xffff		/* a maximum where it does not matter */
#define VALUES	24

/* Read a copy of the text that ends with its memory, so KASAN sees who reads on. */
static int parse(struct kunit *test, const char *text, size_t len, unsigned int min,
		 unsigned int max, struct cfs_expr_list **list)
{
	char *copy = kmemdup(text, len, GFP_KERNEL);
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	*list = ERR_PTR(-EBADF);
	rc = cfs_expr_list_parse(copy, len, min, max, list);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(copy, text, len), 0, "'%.*s'", (int)len, text);
	KUNIT_EXPECT_EQ_MSG(test, !*list, rc != 0, "'%.*s'", (int)len, text);
	kfree(copy);
	return rc;
}

static const struct values_row {
	/* input */
	const char *text;
	unsigned int min, max;
	/* output as expected */
	int count;
	u32 values[VALUES];
} values_rows[] = {
	{ "1", 0, 3, 1, { 1 } },
	{ "[1]", 0, 3, 1, { 1 } },
	{ "[0-3,5]", 0, 7, 5, { 0, 1, 2, 3, 5 } },
	{ "[5,0-3]", 0, 7, 5, { 5, 0, 1, 2, 3 } },
	{ "[3,3,3]", 0, 7, 3, { 3, 3, 3 } },
	{ "[2-2]", 0, 7, 1, { 2 } },
	{ "[0-7/2]", 0, 7, 4, { 0, 2, 4, 6 } },
	{ "[1-7/3]", 0, 7, 3, { 1, 4, 7 } },
	{ "[5-6/3]", 0, 7, 1, { 5 } },
	{ "*", 0, 3, 4, { 0, 1, 2, 3 } },
	{ "[*]", 2, 3, 2, { 2, 3 } },
	{ "[*,9]", 8, 9, 3, { 8, 9, 9 } },
	{ "[ 0 - 1 , 4 / 1 ]", 0, 7, -EINVAL },
	{ "[ 0 - 1 , 4 - 6 / 2\t]", 0, 7, 4, { 0, 1, 4, 6 } },
	{ " [0-3]", 0, 7, -EINVAL },
	{ "[0-3] ", 0, 7, -EINVAL },
	{ "[0-3]\n", 0, 7, -EINVAL },
	{ "\t2\n", 0, 7, 1, { 2 } },
	{ "007", 0, 7, 1, { 7 } },
	{ "[0x0-0xA/0x5]", 0, 10, 3, { 0, 5, 10 } },
	{ "4294967295", 0, U32_MAX, 1, { U32_MAX } },
	{ "[4294967290-4294967295/4]", 0, U32_MAX, 2, { 4294967290U, 4294967294U } },
	{ "[0-4294967295/4294967295]", 0, U32_MAX, 2, { 0, U32_MAX } },
};

static void values_to_desc(const struct values_row *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(desc, '\n', ' ');
}

KUNIT_ARRAY_PARAM(values, values_rows, values_to_desc);

static void expr_gives_its_values_in_order(struct kunit *test)
{
	const struct values_row *row = test->param_value;
	struct cfs_expr_list *list;
	u32 *vals = NULL;
	int rc;

	rc = parse(test, row->text, strlen(row->text), row->min, row->max, &list);
	if (row->count < 0) {
		KUNIT_EXPECT_EQ(test, rc, row->count);
		return;
	}
	KUNIT_ASSERT_EQ(test, rc, 0);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, row->count - 1, &vals), -EINVAL);
	KUNIT_EXPECT_NULL(test, vals);
	rc = cfs_expr_list_values(list, row->count, &vals);
	KUNIT_EXPECT_EQ(test, rc, row->count);
	if (rc == row->count)
		KUNIT_EXPECT_MEMEQ(test, vals, row->values, rc * sizeof(*vals));
	kfree(vals);
	cfs_expr_list_free(list);
}

static const char *const no_lists[] = {
	" ", "\n", "x", "-", "/", ",", "[", "]", "[]", "[ ]", "[,]", "[1,]", "[,1]", "[1,,2]",
	"1,2", "1-2", "1-2/1", "[1-2", "1-2]", "[1", "1]", "[[1]]", "[[1]", "[1]]", "[1-]",
	"[-1]", "[-]", "-1", "[2-1]", "[1-2/]", "[1-2/0]", "[1-2/x]", "[1-2/-1]", "[1/2]",
	"[1-2-3]", "[1-2/1/1]", "[1 2]", "1 2", "[1;2]", "8", "[0-8]", "[1-7/8]", "[8-9]", "0x",
	"[0x-1]", "1x", "+1", "1.5", "**", "[*-3]", "[0-*]", "[*/2]", "4294967296",
	"[0-4294967296]", "99999999999999999999999999", "[1][2]", "[1],[2]", "[1]-[2]", "tcp",
};

static void expr_no_garbage_is_read(struct kunit *test)
{
	struct cfs_expr_list *list;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(no_lists); i++) {
		rc = parse(test, no_lists[i], strlen(no_lists[i]), 0, 7, &list);
		KUNIT_EXPECT_EQ_MSG(test, rc, -EINVAL, "'%s'", no_lists[i]);
	}
	KUNIT_EXPECT_EQ(test, parse(test, "1", 1, 2, 7, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(test, "*", 1, 2, 1, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_parse("1", 0, 0, 7, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_parse("1", -1, 0, 7, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_parse(NULL, 1, 0, 7, &list), -EINVAL);
	KUNIT_EXPECT_NULL(test, list);
}

static void expr_length_is_kept_to(struct kunit *test)
{
	struct cfs_expr_list *list;
	u32 *vals;

	/* Less than the string */
	KUNIT_ASSERT_EQ(test, parse(test, "[1,2]3", 5, 0, 7, &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, 7, &vals), 2);
	kfree(vals);
	cfs_expr_list_free(list);
	/* More than the string */
	KUNIT_ASSERT_EQ(test, cfs_expr_list_parse("[1,2]", 100, 0, 7, &list), 0);
	cfs_expr_list_free(list);
	cfs_expr_list_free(NULL);
}

/* The numbers from @first to @most are all there, in an array of that allocator. */
static void expect_array(struct kunit *test, int first, int most, bool vmalloc)
{
	int n, want = most - first + 1;
	struct cfs_expr_list *list;
	u32 *vals;

	KUNIT_ASSERT_EQ(test, parse(test, "*", 1, first, most, &list), 0);
	n = cfs_expr_list_values(list, INT_MAX, &vals);
	cfs_expr_list_free(list);
	KUNIT_ASSERT_EQ(test, n, want);
	KUNIT_EXPECT_EQ(test, is_vmalloc_addr(vals), vmalloc);
	KUNIT_EXPECT_EQ(test, vals[want - 1], most);
	kvfree(vals);
}

/* Lustre frees an array of at most two pages with kfree(), a larger one with vfree(). */
static void expr_array_is_of_the_allocator_that_frees_it(struct kunit *test)
{
	const int most = 2 * PAGE_SIZE / sizeof(u32);

	expect_array(test, 1, most, false);
	expect_array(test, 0, most, true);
}

static void expr_too_many_values_are_refused(struct kunit *test)
{
	struct cfs_expr_list *list;
	u32 *vals = NULL;

	KUNIT_ASSERT_EQ(test, parse(test, "[*,*]", 5, 0, U32_MAX, &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, INT_MAX, &vals), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, 0, &vals), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, -1, &vals), -EINVAL);
	KUNIT_EXPECT_NULL(test, vals);
	cfs_expr_list_free(list);
}

/* A text of @len bytes "[1,1,...,1]" is read or refused. */
static void try_long(struct kunit *test, size_t len, int want)
{
	char *text = vmalloc(len);
	struct cfs_expr_list *list;
	size_t i;
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, text);
	text[0] = '[';
	for (i = 1; i < len; i++)
		text[i] = i & 1 ? '1' : ',';
	text[len - 1] = ']';
	rc = cfs_expr_list_parse(text, len, 0, 1, &list);
	KUNIT_EXPECT_EQ(test, rc, want);
	if (!rc)
		cfs_expr_list_free(list);
	vfree(text);
}

static void expr_memory_is_bounded(struct kunit *test)
{
	try_long(test, 10001, 0);
	try_long(test, (1 << 20) + 1, -EINVAL);
	try_long(test, 8 << 20, -EINVAL);
	/* Larger than what kmalloc() can give, without a warning */
	try_long(test, (1 << 20) - 1, -ENOMEM);
}

static void expr_no_memory_is_an_error(struct kunit *test)
{
	struct cfs_expr_list *list;
	u32 *vals = NULL;

	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, parse(test, "[1,2]", 5, 0, MANY, &list), -ENOMEM);
	lnet_alloc_fail_nth(0);

	KUNIT_ASSERT_EQ(test, parse(test, "[1,2]", 5, 0, MANY, &list), 0);
	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, cfs_expr_list_values(list, MANY, &vals), -ENOMEM);
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_NULL(test, vals);
	cfs_expr_list_free(list);
}

static struct kunit_case lnet_lustre_expr_cases[] = {
	KUNIT_CASE_PARAM(expr_gives_its_values_in_order, values_gen_params),
	KUNIT_CASE(expr_no_garbage_is_read),
	KUNIT_CASE(expr_length_is_kept_to),
	KUNIT_CASE(expr_array_is_of_the_allocator_that_frees_it),
	KUNIT_CASE(expr_too_many_values_are_refused),
	KUNIT_CASE(expr_memory_is_bounded),
	KUNIT_CASE(expr_no_memory_is_an_error),
	{}
};

static struct kunit_suite lnet_lustre_expr_suite = {
	.name = "lnet_lustre_expr",
	.test_cases = lnet_lustre_expr_cases,
};

kunit_test_suite(lnet_lustre_expr_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: lists of numbers");
MODULE_LICENSE("GPL");
