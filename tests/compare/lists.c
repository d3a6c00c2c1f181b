// SPDX-License-Identifier: GPL-2.0
/* Lists of NIDs, and of numbers. */
#include "compare.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * Of libcfs.ko, or NULL: what cfs_expr_list_values() allocates is counted there. Modules for
 * 64-bit Arm cannot have the address of a weak symbol but in data, see lnet/lustre/libcfs.h.
 */
extern atomic64_t libcfs_kmem __weak;
static atomic64_t *const kmem_of_libcfs = &libcfs_kmem;

static const char *const lists[] = {
	"10.0.0.1@tcp", "10.0.0.1", "*@tcp", "*@tcp1", "*.*.*.*@tcp", "10.0.0.*@tcp",
	"10.0.0.[1-3]@tcp", "10.0.0.[1-9/2]@tcp", "10.0.0.[1,3,5-7]@tcp", "10.0.0.[1-9/0]@tcp",
	"10.0.0.[3-1]@tcp", "10.0.0.[1-256]@tcp", "10.0.[0-1].[1-2]@tcp",
	"10.0.0.1@tcp 10.0.0.2@tcp",
	"  10.0.0.1@tcp   10.0.0.2@tcp1  ", "10.0.0.1@tcp,10.0.0.2@tcp", "", " ", "@tcp", "tcp",
	"10.0.0.0/24@tcp", "10.0.0.7/24@tcp", "10.0.0.0/0@tcp", "10.0.0.0/32@tcp",
	"10.0.0.0/33@tcp",
	"10.0.0.0/@tcp", "10.0.0.0/24@o2ib", "10.0.0.0/24@tcp 10.1.0.0/16@tcp",
	"2001:db8::/32@tcp",
	"2001:db8::1@tcp", "fe80::/10@tcp1", "::/0@tcp", "::1/129@tcp", "::1@tcp 10.0.0.1@tcp",
	"[1-5]@gni", "[1-9/2]@gni", "3@gni", "*@gni", "3@gni 5@gni1", "[1-3].0.0.1@tcp",
	"10.0.0.1@tcp[0-3]", "10.0.0.1@tcp[1,3]", "10.0.0.1@tcp*", "*@*", "*", "10.0.0.1@elan",
	"10.0.0.[1-3", "10.0.0.1-3]@tcp", "10.0.0.[]@tcp",
	"10.0.0.[*]@tcp", "0@lo", "*@lo", "1@lo", "[1-3]@kfi", "0x10@gni", "10.0.0@tcp",
	"10.0.0.1.2@tcp",
	"10.0.0.1 @tcp", "<?>", "10.0.0.[1-3]@tcp *@o2ib", "[10-20].[0-255].[0-255].[0-255]@tcp",
	"10.0.0.1@tcp\t10.0.0.2@tcp", "10.0.0.1@tcp\n", "[*]@gni", "*@tcp 10.0.0.1@tcp1",
	"5@lo", "0@lo 10.0.0.1@tcp", "10.0.0.[0x1-0x3]@tcp",
	"10.0.0.[01-03]@tcp", "10.0.0.01@tcp", "65536@gni", "[65534-65537]@gni", "70000@kfi",
	"10.0.0.[1 - 3]@tcp", "10.0.0.[1, 3]@tcp", "10.0.0.[ 1-3 ]@tcp", "10.0.0.[1-3]@tcp0",
	"10.0.0.1@tcp00", "10.0.0.1@tcp01", "10.0.0.1@lo", "10.0.0.[1-3/2,7]@tcp",
	"10.0.0.[1-3/9]@tcp", "[1,2]@gni [3,4]@gni", "*@lo *@tcp", "10.0.0.1/32@tcp",
	"10.0.0.1/ 24@tcp", "10.0.0.0/024@tcp", "2001:db8::1/128@tcp", "2001:db8::/32@tcp1",
	"*@gni3 7@gni4", "10.0.0.*@o2ib *@o2ib1",
};	/* None with all of a network, and an address of it besides: theirs ends the kernel. */

static const char *const candidates[] = {
	"10.0.0.1@tcp", "10.0.0.2@tcp", "10.0.0.3@tcp", "10.0.0.4@tcp", "10.0.1.1@tcp",
	"10.1.0.1@tcp",
	"10.0.0.1@tcp1", "10.0.0.2@tcp1", "10.0.0.1@tcp3", "10.0.0.1@o2ib", "0@lo", "3@gni",
	"4@gni",
	"5@gni1", "2@kfi", "2001:db8::1@tcp", "2001:db9::1@tcp", "fe80::1@tcp1", "::1@tcp",
	"16@gni",
};

static void list_of_nids(const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL), *out = kzalloc(512, GFP_KERNEL);
	LIST_HEAD(list);
	struct lnet_nid nid;
	u32 matches = 0;
	unsigned int i;
	int rc, n;

	if (!copy || !out)
		goto out;
	rc = cfs_parse_nidlist(copy, strlen(copy), &list);
	result("parse_nidlist('%s') = %d, list is %sempty, text is %s", text, rc,
	       list_empty(&list) ? "" : "not ", strcmp(copy, text) ? "changed" : "as it was");
	/* A step of 0 may be taken, but not be used: dividing by it ends the kernel. */
	if (rc || strstr(text, "/0]"))
		goto out;
	for (i = 0; i < ARRAY_SIZE(candidates); i++)
		if (!libcfs_strnid(&nid, candidates[i]) && cfs_match_nid(&nid, &list))
			matches |= BIT(i);
	n = cfs_print_nidlist(out, 512, &list);
	result("nidlist('%s'): matches %#x, prints %d '%s'", text, matches, n, out);
	memset(out, 0, 512);
	rc = cfs_nidmask_get_base_nidstr(out, 64, &list);
	result("nidlist('%s'): mask of %u bits, base %d '%s'", text, cfs_nidmask_get_length(&list),
	       rc, rc ? "" : out);
	/* Theirs warns with a trace, if a mask begins where the buffer has ended. */
	if (n < 16 || !strchr(text, '/')) {
		memset(out, 0, 512);
		n = cfs_print_nidlist(out, 16, &list);
		result("nidlist('%s') in 16 bytes: %d '%.16s'", text, n, out);
	}
	cfs_free_nidlist(&list);
	result("nidlist('%s'): %sempty when freed", text, list_empty(&list) ? "" : "not ");
out:
	kfree(copy);
	kfree(out);
}

static const char *const exprs[] = {
	"[0-3]", "[0-3,5]", "[5,0-3]", "1", "[1]", "[*]", "*", "[0-9/3]", "[0-3/0]", "[3-0]",
	"[]", "",
	"[0-3", "0-3]", "[0,,1]", "[0-99]", "[1,1,1]", "[0-3][5]", "0-3", "0,1", "[ 0 , 1 ]",
	"[0-]",
	"[-3]", "[a]", "[0x3]", "[4294967295]", "[4294967296]",
	"[0-0/1]", "[0-3/1]", "[0-15/15]", "[0-15/16]", "[03]", "[0x0-0x3]", "[ 1-3 ]", "[1 - 3]",
	"[1-3 ,5]", "[1-3, 5]", "[1\t,2]", "[0-3]\n", " [0-3]", "[0-3] ", "[15]", "[16]", "[0-15]",
	"[0-16]", "[5-5]", "[1-3/2]", "[1-3/]", "[/2]", "[*,1]", "[1,*]", "[1-2-3]", "[1,]", "[,1]",
};

static void values_free(u32 *values, int n)
{
	atomic64_t *kmem = READ_ONCE(kmem_of_libcfs);

	kfree(values);
	if (kmem)
		atomic64_sub(n * sizeof(*values), kmem);
}

static void list_of_numbers(const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL), buf[256];
	struct cfs_expr_list *list = NULL;
	u32 *values = NULL;
	int rc, n, i, len = 0;

	if (!copy)
		return;
	rc = cfs_expr_list_parse(copy, strlen(copy), 0, 15, &list);
	result("expr_list_parse('%s', 0, 15) = %d", text, rc);
	kfree(copy);
	if (rc || strstr(text, "/0]"))
		return;
	n = cfs_expr_list_values(list, 16, &values);
	for (i = 0, *buf = 0; i < n; i++)
		len += scnprintf(buf + len, sizeof(buf) - len, " %u", values[i]);
	result("expr_list_values('%s', 16) = %d:%s", text, n, buf);
	if (n > 0)
		values_free(values, n);
	values = NULL;
	n = cfs_expr_list_values(list, 2, &values);
	result("expr_list_values('%s', 2) = %d", text, n);
	if (n > 0)
		values_free(values, n);
	cfs_expr_list_free(list);
}

int compare_lists(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		list_of_nids(lists[i]);
	for (i = 0; i < ARRAY_SIZE(exprs); i++)
		list_of_numbers(exprs[i]);
	return 0;
}
