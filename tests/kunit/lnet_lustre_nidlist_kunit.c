// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of NIDs with ranges, wildcards and masks. Of the random ones the seed is printed; seed=N
 * repeats a run.
 */
#include <kunit/test.h>
#include <lnet/handler.h>

#include "hooks/alloc.h"

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define TEXT	512

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random lists; 0: a new one (default 0)");

/* Read a copy of the text that ends with its memory, so KASAN sees who reads on. */
static int parse(struct kunit *test, const char *text, size_t len, struct list_head *list)
{
	char *copy = kmemdup(text, len, GFP_KERNEL);
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memset(list, 0x5a, sizeof(*list));
	rc = cfs_parse_nidlist(copy, len, list);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(copy, text, len), 0, "'%.*s'", (int)len, text);
	KUNIT_EXPECT_EQ_MSG(test, list_empty(list), rc != 0, "'%.*s'", (int)len, text);
	kfree(copy);
	return rc;
}

static int parse_text(struct kunit *test, const char *text, struct list_head *list)
{
	return parse(test, text, strlen(text), list);
}

/* Expect of each NID of a text, with blanks between them, whether it is in a list. */
static void expect_match(struct kunit *test, struct list_head *list, const char *text,
			 const char *nids, int want)
{
	char *copy = kstrdup(nids, GFP_KERNEL), *rest = copy, *one;
	struct lnet_nid nid;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	while (copy[0]) {
		one = strsep(&rest, " ");
		if (!one)
			break;
		KUNIT_EXPECT_EQ_MSG(test, libcfs_strnid(&nid, one), 0, "%s", one);
		KUNIT_EXPECT_EQ_MSG(test, cfs_match_nid(&nid, list), want, "%s in '%s'", one, text);
	}
	kfree(copy);
}

/* Tables ------------------------------------------------------------------------- */

static const struct list_row {
	/* input */
	const char *text;
	/* output as expected: NIDs that match, NIDs that do not, and the printed list */
	const char *in, *out, *printed;
	/* the mask in it, or 0 and NULL: none, or several */
	u8 length;
	const char *base;
	bool several;	/* masks */
} list_rows[] = {
	/* One NID */
	{ "10.0.0.1@tcp", "10.0.0.1@tcp",
	  "10.0.0.2@tcp 10.0.0.1@tcp1 10.0.0.1@o2ib 1.0.0.10@tcp ::1@tcp", "10.0.0.1@tcp" },
	{ "0.0.0.0@tcp", "0.0.0.0@tcp", "0.0.0.1@tcp ::@tcp", "0.0.0.0@tcp" },
	{ "255.255.255.255@tcp65535", "255.255.255.255@tcp65535", "255.255.255.254@tcp65535",
	  "255.255.255.255@tcp65535" },
	{ "5@gni", "5@gni", "6@gni 5@gni1 5@kfi 0.0.0.5@tcp", "5@gni" },
	{ "0@lo", "0@lo", "0@gni", "0@lo" },
	{ "12@bxi3f3", "12@bxi3f3", "12@bxi3f", "12@bxi3f3" },
	{ "4294967295@ptlf", "4294967295@ptlf", "0@ptlf 65535@ptlf", "4294967295@ptlf" },
	{ "10.0.0.1@efa", "10.0.0.1@efa", "10.0.0.1@tcp", "10.0.0.1@efa" },
	{ "10.0.0.1@gip2", "10.0.0.1@gip2", "10.0.0.1@gip", "10.0.0.1@gip2" },
	/* All of a network */
	{ "*@tcp", "0.0.0.0@tcp 255.255.255.255@tcp ::1@tcp", "0.0.0.0@tcp1 0.0.0.0@o2ib 0@lo",
	  "*@tcp" },
	{ "*@o2ib3", "10.1.2.3@o2ib3", "10.1.2.3@o2ib 10.1.2.3@o2ib30", "*@o2ib3" },
	{ "*@gni *@lo", "1@gni 0@lo", "1@gni1 0@kfi", "*@gni *@lo" },
	/* Ranges */
	{ "192.168.1.[1-254]@tcp", "192.168.1.1@tcp 192.168.1.254@tcp",
	  "192.168.1.0@tcp 192.168.1.255@tcp 192.168.2.1@tcp", "192.168.1.[1-254]@tcp" },
	{ "192.168.0.[2,10]@tcp", "192.168.0.2@tcp 192.168.0.10@tcp",
	  "192.168.0.3@tcp 192.168.0.9@tcp", "192.168.0.[2,10]@tcp" },
	{ "192.168.10.[8,10,12-16]@tcp", "192.168.10.8@tcp 192.168.10.14@tcp",
	  "192.168.10.9@tcp 192.168.10.17@tcp", "192.168.10.[8,10,12-16]@tcp" },
	{ "192.168.1.[1-253/2]@o2ib", "192.168.1.1@o2ib 192.168.1.253@o2ib",
	  "192.168.1.2@o2ib 192.168.1.255@o2ib", "192.168.1.[1-253/2]@o2ib" },
	{ "[13-14/1].[13-15/2].13.13@o2ib", "13.13.13.13@o2ib 14.15.13.13@o2ib",
	  "13.14.13.13@o2ib 15.13.13.13@o2ib", "[13-14].[13-15/2].13.13@o2ib" },
	{ "10.210.[32-47].[0-255]@o2ib3", "10.210.32.0@o2ib3 10.210.47.255@o2ib3",
	  "10.210.48.0@o2ib3 10.211.32.0@o2ib3", "10.210.[32-47].[0-255]@o2ib3" },
	{ "10.1.1.*@tcp", "10.1.1.0@tcp 10.1.1.255@tcp", "10.1.2.0@tcp", "10.1.1.[0-255]@tcp" },
	{ "*.*.*.1@tcp", "1.2.3.1@tcp", "1.1.1.2@tcp ::1@tcp", "[0-255].[0-255].[0-255].1@tcp" },
	{ "10.0.0.[5]@tcp", "10.0.0.5@tcp", "10.0.0.4@tcp", "10.0.0.5@tcp" },
	{ "10.0.0.[5-5]@tcp", "10.0.0.5@tcp", "10.0.0.4@tcp", "10.0.0.5@tcp" },
	{ "10.0.0.[5,5,5]@tcp", "10.0.0.5@tcp", "10.0.0.4@tcp", "10.0.0.[5,5,5]@tcp" },
	{ "10.0.0.[5-10,3]@tcp", "10.0.0.3@tcp 10.0.0.7@tcp", "10.0.0.4@tcp",
	  "10.0.0.[5-10,3]@tcp" },
	{ "10.0.0.[15-16/3]@tcp", "10.0.0.15@tcp", "10.0.0.16@tcp 10.0.0.18@tcp",
	  "10.0.0.[15-16/3]@tcp" },
	{ "010.00.0x0.0xa@tcp", "10.0.0.10@tcp", "8.0.0.10@tcp", "10.0.0.10@tcp" },
	{ "[1-60000]@kfi", "1@kfi 60000@kfi", "0@kfi 60001@kfi 1@kfi1", "[1-60000]@kfi" },
	{ "[6-12/4]@gni", "6@gni 10@gni", "7@gni 12@gni 14@gni", "[6-12/4]@gni" },
	{ "[0-4294967295/2]@gni1", "0@gni1 4294967294@gni1", "4294967295@gni1",
	  "[0-4294967295/2]@gni1" },
	{ "[*]@gni", "0@gni 4294967295@gni", "0@gni1", "[0-4294967295]@gni" },
	/* IPv6 and masks */
	{ "2001:0db8::1@tcp", "2001:db8::1@tcp", "2001:db8::2@tcp 2001:db8::1@tcp1 0.0.0.1@tcp",
	  "2001:db8::1@tcp", 128, "2001:db8::1@tcp" },
	{ "::@o2ib", "::@o2ib", "::1@o2ib 0.0.0.0@o2ib", "::@o2ib", 128, "::@o2ib" },
	{ "2001:db8::1/128@tcp", "2001:db8::1@tcp", "2001:db8::@tcp", "2001:db8::1@tcp", 128,
	  "2001:db8::1@tcp" },
	{ "2001:0db8::/32@tcp", "2001:db8::@tcp 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff@tcp",
	  "2001:db7:ffff::@tcp 2001:db9::@tcp 2001:db8::@tcp1 32.1.13.184@tcp",
	  "2001:db8::/32@tcp", 32, "2001:db8::@tcp" },
	{ "2001::1/126@tcp", "2001::@tcp 2001::1@tcp 2001::2@tcp 2001::3@tcp",
	  "2001::4@tcp 2001::8000:0@tcp", "2001::1/126@tcp", 126, "2001::1@tcp" },
	{ "2001:db8:a:b:c:d:e:f/61@tcp", "2001:db8:a:8::@tcp 2001:db8:a:f:1::@tcp",
	  "2001:db8:a:7::@tcp 2001:db8:a:10::@tcp", "2001:db8:a:b:c:d:e:f/61@tcp", 61,
	  "2001:db8:a:b:c:d:e:f@tcp" },
	{ "::ffff:10.0.0.1@tcp", "::ffff:10.0.0.1@tcp", "10.0.0.1@tcp", "::ffff:10.0.0.1@tcp",
	  128, "::ffff:10.0.0.1@tcp" },
	{ "8000::/1@tcp", "8000::@tcp ffff::@tcp", "7fff::@tcp 128.0.0.0@tcp", "8000::/1@tcp", 1,
	  "8000::@tcp" },
	{ "2001:db8::1/127@tcp", "2001:db8::@tcp", "2001:db8::2@tcp", "2001:db8::1/127@tcp", 127,
	  "2001:db8::1@tcp" },
	{ "::1/32@tcp", "::1@tcp ::ffff:1@tcp", "0:1::@tcp", "::1/32@tcp", 32, "::1@tcp" },
	{ "10.0.0.5/24@tcp", "10.0.0.0@tcp 10.0.0.255@tcp",
	  "10.0.1.0@tcp 10.0.0.5@tcp1 a00:5::@tcp", "10.0.0.5/24@tcp", 24, "10.0.0.5@tcp" },
	{ "10.1.2.3/32@o2ib2", "10.1.2.3@o2ib2", "10.1.2.2@o2ib2", "10.1.2.3@o2ib2", 32,
	  "10.1.2.3@o2ib2" },
	{ "10.0.0.0/032@tcp", "10.0.0.0@tcp", "10.0.0.1@tcp", "10.0.0.0@tcp", 32, "10.0.0.0@tcp" },
	{ "10.1.2.3/31@tcp", "10.1.2.2@tcp", "10.1.2.4@tcp", "10.1.2.3/31@tcp", 31,
	  "10.1.2.3@tcp" },
	{ "172.16.0.0/12@tcp", "172.16.0.0@tcp 172.31.255.255@tcp",
	  "172.15.255.255@tcp 172.32.0.0@tcp", "172.16.0.0/12@tcp", 12, "172.16.0.0@tcp" },
	{ "128.0.0.0/1@tcp", "128.0.0.0@tcp 255.255.255.255@tcp", "127.255.255.255@tcp",
	  "128.0.0.0/1@tcp", 1, "128.0.0.0@tcp" },
	{ "10.0.0.1/008@gip", "10.9.9.9@gip", "11.0.0.0@gip", "10.0.0.1/8@gip", 8, "10.0.0.1@gip" },
	/* Several: networks in the order of the text, the items of each together */
	{ "10.0.0.1@tcp 10.0.0.2@tcp", "10.0.0.1@tcp 10.0.0.2@tcp", "10.0.0.3@tcp",
	  "10.0.0.1@tcp 10.0.0.2@tcp" },
	{ "2@gni 192.168.1.5@tcp 192.168.0.[2,10]@tcp", "2@gni 192.168.1.5@tcp 192.168.0.10@tcp",
	  "2@gni1 192.168.0.5@tcp", "2@gni 192.168.1.5@tcp 192.168.0.[2,10]@tcp" },
	{ "1.1.1.1@tcp 7@kfi 1.1.1.2@tcp0 8@kfi0", "1.1.1.1@tcp 1.1.1.2@tcp 7@kfi 8@kfi",
	  "9@kfi", "1.1.1.1@tcp 1.1.1.2@tcp 7@kfi 8@kfi" },
	{ "10.0.0.5/24@tcp 2001:db8::5/64@tcp", "10.0.0.9@tcp 2001:db8::9@tcp",
	  "10.0.1.9@tcp 2001:db8:1::@tcp", "10.0.0.5/24@tcp 2001:db8::5/64@tcp",
	  .several = true },
	{ "2001:db8::1@tcp 10.0.0.1@tcp 10.1.0.0/16@tcp",
	  "2001:db8::1@tcp 10.0.0.1@tcp 10.1.9.9@tcp", "10.0.0.2@tcp",
	  "2001:db8::1@tcp 10.0.0.1@tcp 10.1.0.0/16@tcp",
	  .several = true },
	{ "::1@tcp 10.0.0.1@tcp", "::1@tcp 10.0.0.1@tcp", "::2@tcp", "::1@tcp 10.0.0.1@tcp", 128,
	  "::1@tcp" },
	{ "10.0.0.1@tcp 10.0.0.[3-5]@tcp 10.1.2.3/16@tcp 10.0.0.9@tcp", "10.0.0.9@tcp 10.1.9.9@tcp",
	  "10.0.0.2@tcp", "10.0.0.1@tcp 10.0.0.[3-5]@tcp 10.1.2.3/16@tcp 10.0.0.9@tcp", 16,
	  "10.1.2.3@tcp" },
	{ "::1@tcp ::2@o2ib", "::1@tcp ::2@o2ib", "::2@tcp ::1@o2ib", "::1@tcp ::2@o2ib",
	  .several = true },
	{ "10.0.0.1/32@tcp 10.0.0.1@tcp", "10.0.0.1@tcp", "10.0.0.2@tcp",
	  "10.0.0.1@tcp 10.0.0.1@tcp", 32, "10.0.0.1@tcp" },
	{ "10.0.0.1@tcp *@tcp 10.0.0.2@tcp", "1.2.3.4@tcp", "1.2.3.4@tcp1", "*@tcp" },
	{ "10.0.0.5/24@tcp 10.0.0.5/24@tcp", "10.0.0.9@tcp", "10.0.1.9@tcp",
	  "10.0.0.5/24@tcp 10.0.0.5/24@tcp",
	  .several = true },
	{ "10.0.0.5/24@tcp 5@gni", "10.0.0.9@tcp 5@gni", "6@gni", "10.0.0.5/24@tcp 5@gni", 24,
	  "10.0.0.5@tcp" },
	{ "5@gni *@o2ib 10.0.0.5/24@tcp", "5@gni 1.2.3.4@o2ib 10.0.0.9@tcp", "6@gni",
	  "5@gni *@o2ib 10.0.0.5/24@tcp", 24, "10.0.0.5@tcp" },
	/* Masks count also if all of their network is in the list. */
	{ "*@tcp 10.0.0.5/24@tcp", "10.0.1.9@tcp", "10.0.0.9@tcp1", "*@tcp", 24, "10.0.0.5@tcp" },
	{ "10.0.0.5/24@tcp *@tcp ::1@tcp1", "10.0.1.9@tcp ::1@tcp1", "::2@tcp1",
	  "*@tcp ::1@tcp1",
	  .several = true },
	{ "  10.0.0.1@tcp   5@gni \t\n", "10.0.0.1@tcp 5@gni", "6@gni", "10.0.0.1@tcp 5@gni" },
};

static void list_to_desc(const struct list_row *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(desc, '\n', ' ');
}

KUNIT_ARRAY_PARAM(list, list_rows, list_to_desc);

static void nidlist_matches_and_is_printed(struct kunit *test)
{
	const struct list_row *row = test->param_value;
	struct list_head list, again;
	char buf[TEXT], buf2[TEXT];

	KUNIT_ASSERT_EQ(test, parse_text(test, row->text, &list), 0);
	expect_match(test, &list, row->text, row->in, 1);
	expect_match(test, &list, row->text, row->out, 0);
	KUNIT_EXPECT_EQ(test, cfs_print_nidlist(buf, sizeof(buf), &list), strlen(row->printed));
	KUNIT_EXPECT_STREQ(test, buf, row->printed);

	KUNIT_ASSERT_EQ(test, parse_text(test, buf, &again), 0);
	KUNIT_EXPECT_EQ(test, cfs_print_nidlist(buf2, sizeof(buf2), &again), strlen(buf));
	KUNIT_EXPECT_STREQ(test, buf2, buf);
	cfs_free_nidlist(&again);
	cfs_free_nidlist(&list);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
}

static void nidlist_tells_its_mask(struct kunit *test)
{
	const struct list_row *row = test->param_value;
	const char *base = row->base ?: "";
	int size = strlen(base) + 1;
	struct list_head list;
	char *buf;

	KUNIT_ASSERT_EQ(test, parse_text(test, row->text, &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_length(&list), row->length);
	/* KASAN sees what is behind it. */
	buf = kmalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 'x', size);
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, 0, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, -1, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, buf[0], 'x');
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, size, &list),
			row->several ? -EINVAL : 0);
	KUNIT_EXPECT_STREQ(test, buf, base);
	if (row->base) {
		KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, size - 1, &list), -E2BIG);
		KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, 1, &list), -E2BIG);
		KUNIT_EXPECT_STREQ(test, buf, "");
	}
	kfree(buf);
	cfs_free_nidlist(&list);
}

static const char *const no_lists[] = {
	" ", "\t\n ", "10.0.0.1@tcp\t5@gni", "10.0.0.1@tcp\n5@gni",
	"foobar", "@", "@tcp", "10.0.0.1", "10.0.0.1@", "10.0.0.1 @tcp",
	"10.0.0.1@ tcp", "*", "tcp", "*@", "*@*", "**@tcp", "*@tcp@tcp", "10.0.0.1@tcp@tcp",
	"10.0.0.1@udp", "10.0.0.1@tcp1x", "10.0.0.1@tcp65536", "10.0.0.1@tcp-1",
	"10.0.0.1@tcp[0-3]", "10.0.0.1@tcp*", "10.0.0.1@<2:0>", "1@<17:0>", "1@tofu", "0@lo0",
	"*@lo1", "10.0.0.1@TCP", "10.0.0.1@tcp0000000000000000000000000000000000000000000000",
	"10.0.0.1,10.0.0.2@tcp", "10.0.0.1@tcp,10.0.0.2@tcp", "10.0.0.1@tcp:10.0.0.2@tcp",
	"10.0.0.1@tcp 10.0.0.2", "10.0.0.1@tcp x@tcp", "x@tcp 10.0.0.1@tcp", "<?>", "<?>@tcp",
	"256.256.256.256@tcp", "10.0.0.256@tcp", "10.0.0@tcp", "10.0.0.0.1@tcp", "10.0.0.@tcp",
	".0.0.1@tcp", "10..0.1@tcp", "5@tcp", "1.1.1.1.[2-5/f]@tcp", "1.]2[.3.4@o2ib",
	"1.[2-4,[5-6],7-8].1.1@tcp", "10.0.0.[@tcp", "10.0.0.]@tcp", "10.0.0.[]@tcp",
	"10.0.0.[1@tcp", "10.0.0.1]@tcp", "10.0.0.[1-]@tcp", "10.0.0.[2-1]@tcp",
	"10.0.0.[1-256]@tcp", "10.0.0.[1-5/0]@tcp", "10.0.0.[1-5/]@tcp", "10.0.0.1-5@tcp",
	"10.0.0.[1,]@tcp", "10.0.0.[1-5/256]@tcp", "[10.0.0.1]@tcp", "10.0.[0.1]@tcp",
	"10.0.0.-1@tcp", "[2-1]@gni", "[a-f/x]@gni", "-1@gni", "4294967296@gni",
	"[0-4294967296]@gni", "1.2@gni", "10.0.0.1@gni", "5/2@gni", "5/32@gni", "::1@gni",
	"::1@gip", "::1/64@gip", "x@gni", "[1-2@gni", "1,2@gni", "10.0.0.0/33@tcp",
	"10.0.0.0/@tcp", "10.0.0.0/x@tcp", "10.0.0.0/-1@tcp", "10.0.0.0/+8@tcp",
	"10.0.0.0/0x8@tcp", "10.0.0.0/8/8@tcp", "10.0.0.0/ 8@tcp", "10.0.0.0/0008@tcp",
	"10.0.0.0/0@tcp", "10.0.0.0/00@tcp", "10.0.0.0/000@gip", "::/0@tcp", "::1/000@o2ib",
	"10.0.0.0/8@tcp 10.0.0.0/0@tcp", "10.0.0.0/256@tcp", "10.0.0/8@tcp", "/8@tcp", "/@tcp",
	"10.0.0.[1-2]/24@tcp", "*/8@tcp",
	"10.0.0.*/24@tcp", "10.0.0.1@tcp/24", "::1/129@tcp", "::1/@tcp", "::1/64x@tcp",
	":::@tcp", "1:2@tcp", "1::2::3@tcp", "g::@tcp", "::1%lo@tcp", "[::1]@tcp",
	"2001:db8::[1-4]@tcp", "2001:db8:*::1@tcp", "::*@tcp",
};

static void nidlist_no_garbage_is_read(struct kunit *test)
{
	struct list_head list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_lists); i++)
		KUNIT_EXPECT_EQ_MSG(test, parse_text(test, no_lists[i], &list), -EINVAL, "'%s'",
				    no_lists[i]);
	KUNIT_EXPECT_EQ(test, cfs_parse_nidlist("0@lo", 0, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_parse_nidlist("0@lo", -1, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_parse_nidlist(NULL, 4, &list), -EINVAL);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
}

static void nidlist_length_is_kept_to(struct kunit *test)
{
	struct list_head list;
	char buf[TEXT];

	/* Less than the string */
	KUNIT_ASSERT_EQ(test, parse(test, "5@gni12 x", 6, &list), 0);
	cfs_print_nidlist(buf, sizeof(buf), &list);
	KUNIT_EXPECT_STREQ(test, buf, "5@gni1");
	cfs_free_nidlist(&list);
	/* More than the string */
	KUNIT_ASSERT_EQ(test, cfs_parse_nidlist("5@gni", 100, &list), 0);
	cfs_free_nidlist(&list);
	/* A list that was freed, or that was refused, may be freed, asked and printed. */
	cfs_free_nidlist(&list);
	KUNIT_EXPECT_EQ(test, parse_text(test, "x", &list), -EINVAL);
	expect_match(test, &list, "", "5@gni", 0);
	KUNIT_EXPECT_EQ(test, cfs_print_nidlist(buf, sizeof(buf), &list), 0);
	KUNIT_EXPECT_STREQ(test, buf, "");
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_length(&list), 0);
	strscpy(buf, "x", sizeof(buf));
	KUNIT_EXPECT_EQ(test, cfs_nidmask_get_base_nidstr(buf, sizeof(buf), &list), 0);
	KUNIT_EXPECT_STREQ(test, buf, "");
	cfs_free_nidlist(&list);
}

static void nidlist_any_is_in_no_list(struct kunit *test)
{
	struct lnet_nid any;
	struct list_head list;

	lnet_nid_from_nid4(&any, LNET_NID_ANY);
	KUNIT_ASSERT_EQ(test, parse_text(test, "*@tcp *@lo ::/1@o2ib", &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_match_nid(&any, &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_match_nid(NULL, &list), 0);
	cfs_free_nidlist(&list);
}

/* A text that does not fit is cut, and the same up to there. */
static void nidlist_short_buffer_is_not_overrun(struct kunit *test)
{
	static const char text[] = "[1-3/2,7].2.3.4@tcp1 2001:db8::/32@tcp1 *@gni 10.0.0.1@o2ib";
	struct list_head list;
	int size, n;
	char *buf;

	KUNIT_ASSERT_EQ(test, parse_text(test, text, &list), 0);
	for (size = 1; size <= sizeof(text) + 1; size++) {
		/* KASAN sees what is behind it. */
		buf = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		n = cfs_print_nidlist(buf, size, &list);
		KUNIT_EXPECT_EQ(test, n, min_t(int, size, sizeof(text)) - 1);
		KUNIT_EXPECT_EQ(test, strlen(buf), n);
		KUNIT_EXPECT_EQ(test, strncmp(buf, text, n), 0);
		kfree(buf);
	}
	KUNIT_EXPECT_EQ(test, cfs_print_nidlist(NULL, 0, &list), 0);
	KUNIT_EXPECT_EQ(test, cfs_print_nidlist(NULL, -1, &list), 0);
	cfs_free_nidlist(&list);
}

static void nidlist_is_used_with_a_spinlock_held(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	struct lnet_nid nid;
	struct list_head list;
	char buf[TEXT];

	KUNIT_ASSERT_EQ(test, libcfs_strnid(&nid, "10.1.2.3@tcp"), 0);
	KUNIT_ASSERT_EQ(test, parse_text(test, "5@gni [1-20/3].1.*.3@tcp ::/1@tcp *@lo", &list), 0);
	spin_lock_irq(&lock);
	KUNIT_EXPECT_EQ(test, cfs_match_nid(&nid, &list), 1);
	KUNIT_EXPECT_GT(test, cfs_print_nidlist(buf, sizeof(buf), &list), 0);
	cfs_free_nidlist(&list);
	spin_unlock_irq(&lock);
}

/* Bounds -------------------------------------------------------------------------- */

static void nidlist_no_memory_is_an_error(struct kunit *test)
{
	static const char text[] = "5@gni 10.0.0.[1,2]@tcp ::1@tcp *@lo 1@gni";
	struct list_head list;
	unsigned int n;
	int rc;

	for (n = 1; n < 100; n++) {
		lnet_alloc_fail_nth(n);
		rc = parse_text(test, text, &list);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	/* 3 networks, 4 ranges, 6 lists of numbers */
	KUNIT_EXPECT_EQ(test, n, 1 + 3 + 4 + 6);
	cfs_free_nidlist(&list);
}

/* Fill @bytes with a text again and again, and read it. */
static int parse_repeated(struct kunit *test, const char *text, size_t bytes)
{
	size_t len = strlen(text), i;
	char *buf = vmalloc(bytes);
	struct list_head list;
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < bytes; i++)
		buf[i] = text[i % len];
	rc = cfs_parse_nidlist(buf, bytes, &list);
	KUNIT_EXPECT_EQ(test, list_empty(&list), rc != 0);
	if (!rc)
		cfs_free_nidlist(&list);
	vfree(buf);
	return rc;
}

static void nidlist_long_texts_are_read_or_refused(struct kunit *test)
{
	/* 10,000 NIDs are read. */
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "5@gni ", 60000), 0);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "10.0.0.1@tcp ", 130000), 0);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "5@gni ", (1 << 20) + 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, " ", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "[", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "@", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "1.", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "1,", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, ":", 1 << 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse_repeated(test, "0", 1 << 20), -EINVAL);
}

static void nidlist_networks_are_bounded(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, 16384, GFP_KERNEL);
	struct list_head list;
	unsigned int i;
	size_t n = 0;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < 256; i++)
		n += scnprintf(buf + n, 16384 - n, "%u@gni%u ", i, i);
	KUNIT_EXPECT_EQ(test, parse_text(test, buf, &list), 0);
	expect_match(test, &list, "all", "255@gni255 0@gni", 1);
	expect_match(test, &list, "all", "254@gni255", 0);
	cfs_free_nidlist(&list);
	scnprintf(buf + n, 16384 - n, "1@gni255");
	KUNIT_EXPECT_EQ(test, parse_text(test, buf, &list), 0);
	cfs_free_nidlist(&list);
	scnprintf(buf + n, 16384 - n, "256@gni256");
	KUNIT_EXPECT_EQ(test, parse_text(test, buf, &list), -EINVAL);
}

/* Random lists ---------------------------------------------------------------------- */

static u32 random_below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

/* Pieces that make something of a list, more often than single bytes do. */
static const char *const pieces[] = {
	" ", "@", ".", ",", "-", "/", "[", "]", ":", "::", "*", "0", "1", "255", "0x", "tcp",
	"tcp1", "o2ib", "gni", "lo", "<?>", "1.2.3.", "10.0.0.1", "[1-3]", "[0-9/2]", "@tcp",
	"@gni", "@tcp ", "@gni ", "/24", "2001:db8::", "*@o2ib ", "5@gni ", "1.2.3.4@tcp ",
};

static size_t random_bytes(struct rnd_state *rnd, char *buf, size_t size)
{
	size_t len = 1 + random_below(rnd, size);

	prandom_bytes_state(rnd, buf, len);
	return len;
}

static size_t random_pieces(struct rnd_state *rnd, char *buf, size_t size)
{
	unsigned int count = 1 + random_below(rnd, 12);
	const char *piece;
	size_t n = 0;

	while (count--) {
		piece = pieces[random_below(rnd, ARRAY_SIZE(pieces))];
		n += scnprintf(buf + n, size - n, "%s", piece);
	}
	return n;
}

/* A good list of which some bytes are others, mostly those of another good one. */
static size_t random_mutant(struct rnd_state *rnd, char *buf, size_t size)
{
	unsigned int count = random_below(rnd, 4);
	const char *other;
	size_t len;

	strscpy(buf, list_rows[random_below(rnd, ARRAY_SIZE(list_rows))].text, size);
	len = strlen(buf);
	while (count--) {
		other = list_rows[random_below(rnd, ARRAY_SIZE(list_rows))].text;
		buf[random_below(rnd, len)] = other[random_below(rnd, strlen(other))];
		if (!random_below(rnd, 8))
			buf[random_below(rnd, len)] = prandom_u32_state(rnd);
		if (!random_below(rnd, 4))
			len = 1 + random_below(rnd, len);
	}
	return len;
}

static void nidlist_any_bytes_are_read_or_refused(struct kunit *test)
{
	u32 used = seed ?: get_random_u32(), i, good = 0;
	static size_t (*const makers[])(struct rnd_state *rnd, char *buf, size_t size) = {
		random_bytes, random_pieces, random_mutant, random_mutant,
	};
	static char buf[80], text[1024], text2[1024];
	struct list_head list, again;
	struct rnd_state rnd;
	size_t len;
	int rc;

	kunit_info(test, "seed=%u", used);
	prandom_seed_state(&rnd, used);
	for (i = 0; i < 20000; i++) {
		len = makers[i % ARRAY_SIZE(makers)](&rnd, buf, sizeof(buf));
		rc = parse(test, buf, len, &list);
		if (rc) {
			KUNIT_ASSERT_EQ(test, rc, -EINVAL);
			continue;
		}
		good++;
		cfs_print_nidlist(text, sizeof(text), &list);
		cfs_free_nidlist(&list);
		KUNIT_ASSERT_EQ_MSG(test, parse_text(test, text, &again), 0, "'%s'", text);
		cfs_print_nidlist(text2, sizeof(text2), &again);
		cfs_free_nidlist(&again);
		KUNIT_ASSERT_STREQ(test, text2, text);
	}
	kunit_info(test, "%u of %u are lists", good, i);
	KUNIT_EXPECT_GT(test, good, 1000);
	KUNIT_EXPECT_LT(test, good, i - 5000);
}

/* An oracle: which of the numbers 0 to 31 a random list of ranges names. */
static u32 random_numbers(struct rnd_state *rnd, char *buf, size_t size)
{
	unsigned int ranges = 1 + random_below(rnd, 3), i, a, b, step, k;
	size_t n = scnprintf(buf, size, "[");
	u32 set = 0;

	for (i = 0; i < ranges; i++) {
		a = random_below(rnd, 32);
		b = a + random_below(rnd, 32 - a);
		step = 1 + random_below(rnd, 5);
		n += scnprintf(buf + n, size - n, "%s%u-%u/%u", i ? "," : "", a, b, step);
		for (k = a; k <= b; k += step)
			set |= 1U << k;
	}
	scnprintf(buf + n, size - n, "]");
	return set;
}

static bool is_named(u32 set, u32 number)
{
	return number < 32 && set >> number & 1;
}

/* A random address, of which most parts are named. Returns whether all are. */
static int random_address(struct rnd_state *rnd, const u32 *set, u32 *addr)
{
	unsigned int k;
	int all = 1;
	u32 part;

	*addr = 0;
	for (k = 0; k < 4; k++) {
		do {
			part = random_below(rnd, 34);
		} while (!is_named(set[k], part) && random_below(rnd, 8));
		all &= is_named(set[k], part);
		*addr = *addr << 8 | part;
	}
	return all;
}

static void nidlist_ranges_agree_with_an_oracle(struct kunit *test)
{
	u32 used = seed ?: get_random_u32(), set[4], addr, round, i;
	char p[4][48], text[TEXT];
	struct lnet_nid nid;
	struct list_head list;
	struct rnd_state rnd;
	int want;

	kunit_info(test, "seed=%u", used);
	prandom_seed_state(&rnd, used);
	for (round = 0; round < 300; round++) {
		for (i = 0; i < 4; i++)
			set[i] = random_numbers(&rnd, p[i], sizeof(p[i]));
		snprintf(text, sizeof(text), "%s.%s.%s.%s@tcp", p[0], p[1], p[2], p[3]);
		KUNIT_ASSERT_EQ_MSG(test, parse_text(test, text, &list), 0, "%s", text);
		for (i = 0; i < 400; i++) {
			want = random_address(&rnd, set, &addr);
			lnet_nid_from_nid4(&nid, LNET_MKNID(LNET_MKNET(SOCKLND, 0), addr));
			KUNIT_ASSERT_EQ_MSG(test, cfs_match_nid(&nid, &list), want, "%#x in %s",
					    addr, text);
		}
		cfs_free_nidlist(&list);
	}
}

static u32 nid_bit(const struct lnet_nid *nid, unsigned int i)
{
	return be32_to_cpu(nid->nid_addr[i / 32]) >> (31 - i % 32) & 1;
}

/* The oracle looks at bits one by one. */
static int starts_alike(const struct lnet_nid *a, const struct lnet_nid *b, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < bits; i++)
		if (nid_bit(a, i) != nid_bit(b, i))
			return 0;
	return 1;
}

static unsigned int random_base(struct rnd_state *rnd, struct lnet_nid *nid)
{
	unsigned int i, words = random_below(rnd, 2) ? 4 : 1;

	memset(nid, 0, sizeof(*nid));
	nid->nid_size = (words - 1) * 4;
	nid->nid_type = SOCKLND;
	nid->nid_num = cpu_to_be16(1);
	for (i = 0; i < words; i++)
		nid->nid_addr[i] = cpu_to_be32(prandom_u32_state(rnd));
	return words * 32;
}

static void random_flip(struct rnd_state *rnd, struct lnet_nid *nid, unsigned int bits)
{
	u32 bit = random_below(rnd, bits);

	nid->nid_addr[bit / 32] ^= cpu_to_be32(0x80000000U >> bit % 32);
}

/* Of the list that is the mask, NIDs close to @nid, and its base, which is @nid as it is */
static void check_mask(struct kunit *test, struct rnd_state *rnd, struct list_head *list,
		       const struct lnet_nid *nid, unsigned int bits, unsigned int length)
{
	char base[LNET_HANDLER_NIDSTR_SIZE];
	struct lnet_nid other;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		other = *nid;
		random_flip(rnd, &other, bits);
		random_flip(rnd, &other, bits);
		KUNIT_ASSERT_EQ(test, cfs_match_nid(&other, list),
				starts_alike(&other, nid, length));
	}
	KUNIT_ASSERT_EQ(test, cfs_nidmask_get_length(list), length);
	KUNIT_ASSERT_EQ(test, cfs_nidmask_get_base_nidstr(base, sizeof(base), list), 0);
	KUNIT_ASSERT_EQ(test, libcfs_strnid(&other, base), 0);
	KUNIT_ASSERT_EQ(test, memcmp(&other, nid, sizeof(other)), 0);
}

static void nidlist_masks_agree_with_an_oracle(struct kunit *test)
{
	u32 used = seed ?: get_random_u32(), round, bits, length;
	char text[TEXT], base[LNET_HANDLER_NIDSTR_SIZE];
	struct list_head list;
	struct rnd_state rnd;
	struct lnet_nid nid;

	kunit_info(test, "seed=%u", used);
	prandom_seed_state(&rnd, used);
	for (round = 0; round < 2000; round++) {
		bits = random_base(&rnd, &nid);
		length = 1 + random_below(&rnd, bits);
		libcfs_nidstr_r(&nid, base, sizeof(base));
		*strchr(base, '@') = '\0';
		snprintf(text, sizeof(text), "%s/%u@tcp1", base, length);
		KUNIT_ASSERT_EQ_MSG(test, parse_text(test, text, &list), 0, "%s", text);
		check_mask(test, &rnd, &list, &nid, bits, length);
		cfs_free_nidlist(&list);
	}
}

static struct kunit_case lnet_lustre_nidlist_cases[] = {
	KUNIT_CASE_PARAM(nidlist_matches_and_is_printed, list_gen_params),
	KUNIT_CASE_PARAM(nidlist_tells_its_mask, list_gen_params),
	KUNIT_CASE(nidlist_no_garbage_is_read),
	KUNIT_CASE(nidlist_length_is_kept_to),
	KUNIT_CASE(nidlist_any_is_in_no_list),
	KUNIT_CASE(nidlist_short_buffer_is_not_overrun),
	KUNIT_CASE(nidlist_is_used_with_a_spinlock_held),
	KUNIT_CASE(nidlist_no_memory_is_an_error),
	KUNIT_CASE(nidlist_long_texts_are_read_or_refused),
	KUNIT_CASE(nidlist_networks_are_bounded),
	KUNIT_CASE(nidlist_any_bytes_are_read_or_refused),
	KUNIT_CASE(nidlist_ranges_agree_with_an_oracle),
	KUNIT_CASE(nidlist_masks_agree_with_an_oracle),
	{}
};

static struct kunit_suite lnet_lustre_nidlist_suite = {
	.name = "lnet_lustre_nidlist",
	.test_cases = lnet_lustre_nidlist_cases,
};

kunit_test_suite(lnet_lustre_nidlist_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: lists of NIDs");
MODULE_LICENSE("GPL");
