// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of numbers, as text names them.
 *
 *	list	<item> | "[" <range> {"," <range>} "]"
 *	item	<number> | "*"
 *	range	<item> | <first> "-" <last> ["/" <step>]
 *
 * "*" is every number that the caller allows. Numbers are decimal, or hex after 0x. Blanks
 * may stand round each part, but for the brackets, before and behind which there are none. A list
 * has its ranges in the order of the text, also if they overlap.
 */
#include <lnet/handler.h>

#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "hooks/alloc.h"
#include "lustre/expr.h"
#include "lustre/libcfs.h"

/*
 * Longest list of numbers in text, bytes. It bounds what one call may take of memory: up to
 * six times as much.
 */
#define TEXT_MAX	SZ_1M

/* Up to so many bytes Lustre frees an array with kfree(), and a larger one with vfree(). */
#define KFREE_MAX	(2 << PAGE_SHIFT)

/* The numbers @first, @first + @step, ... that are not above @last. */
struct expr_range {
	u32 first;
	u32 last;
	u32 step;
};

struct cfs_expr_list {
	unsigned int count;
	struct expr_range ranges[];
};

/* A part of the text, and which numbers may be in it. */
struct expr_text {
	const char *at;
	const char *end;
	u32 min;
	u32 max;
};

static void expr_trim(struct expr_text *t)
{
	while (t->at < t->end && isspace(*t->at))
		t->at++;
	while (t->at < t->end && isspace(t->end[-1]))
		t->end--;
}

/* Cut off what stands before the first @delim, or the whole text if there is none. */
static struct expr_text expr_cut(struct expr_text *t, char delim)
{
	struct expr_text part = *t;
	const char *found = memchr(t->at, delim, t->end - t->at);

	part.end = found ?: t->end;
	t->at = found ? found + 1 : t->end;
	expr_trim(&part);
	return part;
}

static int expr_read_number(const struct expr_text *t, u32 *number)
{
	int rc = lnet_nid_parse_number(t->at, t->end - t->at, number);

	if (rc)
		return rc;
	return *number >= t->min && *number <= t->max ? 0 : -EINVAL;
}

static int expr_read_item(const struct expr_text *t, struct expr_range *r)
{
	int rc;

	r->step = 1;
	if (t->end - t->at == 1 && *t->at == '*') {
		r->first = t->min;
		r->last = t->max;
		return r->first <= r->last ? 0 : -EINVAL;
	}
	rc = expr_read_number(t, &r->first);
	r->last = r->first;
	return rc;
}

static int expr_read_range(struct expr_text t, struct expr_range *r)
{
	struct expr_text first, last;

	if (!memchr(t.at, '-', t.end - t.at))
		return expr_read_item(&t, r);

	first = expr_cut(&t, '-');
	r->step = 1;
	if (memchr(t.at, '/', t.end - t.at)) {
		last = expr_cut(&t, '/');
		expr_trim(&t);
		if (expr_read_number(&t, &r->step) || !r->step)
			return -EINVAL;
	} else {
		last = t;
		expr_trim(&last);
	}
	if (expr_read_number(&first, &r->first) || expr_read_number(&last, &r->last) ||
	    r->first > r->last)
		return -EINVAL;
	return 0;
}

static struct cfs_expr_list *expr_alloc(const struct expr_text *t)
{
	struct cfs_expr_list *list;
	unsigned int count = 1;
	const char *p;

	for (p = t->at; p < t->end; p++)
		count += *p == ',';
	/* It is freed with a spinlock held, where vfree() must not be called. */
	list = lnet_alloc(kmalloc(struct_size(list, ranges, count), GFP_KERNEL | __GFP_NOWARN));
	if (list)
		list->count = count;
	return list;
}

static int expr_read(struct expr_text *t, struct cfs_expr_list *list)
{
	unsigned int i;
	int rc;

	for (i = 0; i < list->count; i++) {
		rc = expr_read_range(expr_cut(t, ','), &list->ranges[i]);
		if (rc)
			return rc;
	}
	return 0;
}

/**
 * cfs_expr_list_parse() - read a list of numbers
 * @str: the text, see the top of this file; is not changed, and may end before @len
 * @len: the length of the text, bytes
 * @min: the least number that may be in the list
 * @max: the greatest one
 * @list: the list, for the caller to free; NULL on failure
 *
 * Context: task; may sleep.
 * Return: 0, -EINVAL if this is no list of such numbers, or too long a one, or -ENOMEM.
 */
int cfs_expr_list_parse(char *str, int len, unsigned int min, unsigned int max,
			struct cfs_expr_list **list)
{
	struct expr_text t = { .at = str, .min = min, .max = max };
	int rc;

	*list = NULL;
	if (!str || len <= 0)
		return -EINVAL;
	t.end = str + strnlen(str, len);
	if (t.at == t.end || t.end - t.at > TEXT_MAX)
		return -EINVAL;

	if (t.end - t.at >= 2 && t.at[0] == '[' && t.end[-1] == ']') {
		t.at++;
		t.end--;
	} else if (memchr(t.at, ',', t.end - t.at) || memchr(t.at, '-', t.end - t.at)) {
		return -EINVAL;
	}
	*list = expr_alloc(&t);
	if (!*list)
		return -ENOMEM;
	rc = expr_read(&t, *list);
	if (rc) {
		cfs_expr_list_free(*list);
		*list = NULL;
	}
	return rc;
}
EXPORT_SYMBOL(cfs_expr_list_parse);

/**
 * cfs_expr_list_free() - free a list of numbers
 * @list: the list, or NULL
 *
 * Context: any, also with a spinlock held.
 */
void cfs_expr_list_free(struct cfs_expr_list *list)
{
	kfree(list);
}
EXPORT_SYMBOL(cfs_expr_list_free);

/* A range of all numbers has one more than 32 bits can tell. */
static u64 expr_count(const struct cfs_expr_list *list)
{
	const struct expr_range *r;
	u64 n = 0;

	for (r = list->ranges; r < list->ranges + list->count; r++)
		n += (u64)((r->last - r->first) / r->step) + 1;
	return n;
}

static void expr_fill(const struct cfs_expr_list *list, u32 *vals)
{
	const struct expr_range *r;
	u64 number;

	for (r = list->ranges; r < list->ranges + list->count; r++)
		for (number = r->first; number <= r->last; number += r->step)
			*vals++ = number;
}

/*
 * Lustre frees the array, by its size, and takes the size from the count of libcfs.ko, which
 * must not go below zero.
 */
static u32 *expr_alloc_vals(size_t bytes)
{
	atomic64_t *kmem = libcfs_symbol(libcfs_kmem);
	u32 *vals;

	if (bytes <= KFREE_MAX)
		vals = lnet_alloc(kzalloc(bytes, GFP_KERNEL));
	else
		vals = lnet_alloc(vzalloc(bytes));
	if (vals && kmem)
		atomic64_add(bytes, kmem);
	return vals;
}

/**
 * cfs_expr_list_values() - put the numbers of a list into an array
 * @list: the list
 * @max: how many numbers the caller can take
 * @vals: the array, on success only: the numbers in the order of the text. The caller frees it,
 *	as Lustre does its own memory: with vfree() if it is larger than two pages, else with
 *	kfree(), and counted in libcfs_kmem, if that is there
 *
 * Context: task; may sleep.
 * Return: how many numbers there are, at least 1; -EINVAL if there are more than @max; or
 * -ENOMEM.
 */
int cfs_expr_list_values(struct cfs_expr_list *list, int max, __u32 **vals)
{
	u64 count = expr_count(list);
	u32 *array;

	if (max < 0 || count > max)
		return -EINVAL;
	array = expr_alloc_vals(count * sizeof(*array));
	if (!array)
		return -ENOMEM;
	expr_fill(list, array);
	*vals = array;
	return count;
}
EXPORT_SYMBOL(cfs_expr_list_values);

/**
 * lnet_expr_match() - check if a number is in a list
 * @list: the list
 * @number: the number
 *
 * Context: any.
 * Return: true if it is.
 */
bool lnet_expr_match(const struct cfs_expr_list *list, u32 number)
{
	const struct expr_range *r;

	for (r = list->ranges; r < list->ranges + list->count; r++)
		if (number >= r->first && number <= r->last && !((number - r->first) % r->step))
			return true;
	return false;
}

static size_t expr_print_range(const struct expr_range *r, char *buf, size_t size)
{
	if (r->first == r->last)
		return scnprintf(buf, size, "%u", r->first);
	if (r->step == 1)
		return scnprintf(buf, size, "%u-%u", r->first, r->last);
	return scnprintf(buf, size, "%u-%u/%u", r->first, r->last, r->step);
}

/**
 * lnet_expr_print() - print a list of numbers, so that it can be read again
 * @list: the list
 * @buf: the buffer for the text, which is cut if it does not fit
 * @size: the size of @buf, bytes
 *
 * Context: any.
 * Return: the length of what is in @buf, bytes.
 */
size_t lnet_expr_print(const struct cfs_expr_list *list, char *buf, size_t size)
{
	bool brackets = list->count > 1 || list->ranges[0].first != list->ranges[0].last;
	unsigned int i;
	size_t n = 0;

	if (brackets)
		n += scnprintf(buf + n, size - n, "[");
	for (i = 0; i < list->count; i++) {
		if (i)
			n += scnprintf(buf + n, size - n, ",");
		n += expr_print_range(&list->ranges[i], buf + n, size - n);
	}
	if (brackets)
		n += scnprintf(buf + n, size - n, "]");
	return n;
}
