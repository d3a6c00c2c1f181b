// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink messages that describe attributes: parsed back, as tools do it.
 */
#include "common.h"

#include <lnet/handler.h>

#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include <net/genetlink.h>

static const struct genl_family family = { .id = 0x1234, .version = 5, .name = "lnet_test" };

enum { PORT = 77, SEQ = 99, CMD = 7 };

static struct sk_buff *new_msg(struct kunit *test, unsigned int bytes)
{
	struct sk_buff *msg = nlmsg_new(bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, msg);
	return msg;
}

static int send_scalars(struct sk_buff *msg, const struct ln_key_list *data[])
{
	return lnet_genl_send_scalar_list(msg, PORT, SEQ, &family, NLM_F_CREATE | NLM_F_MULTI, CMD,
					  data);
}

static struct ln_key_list *new_list(struct kunit *test, unsigned int n)
{
	struct ln_key_list *list;

	list = kunit_kzalloc(test, struct_size(list, lkl_list, n + 1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, list);
	list->lkl_maxattr = n;
	return list;
}

static void list_set(struct ln_key_list *list, unsigned int i, char *value, u16 format, u16 type)
{
	list->lkl_list[i].lkp_value = value;
	list->lkl_list[i].lkp_key_format = format;
	list->lkl_list[i].lkp_data_type = type;
}

/* Print a list as "1:n=2,i=1,v=x,f=3,t=4 2:i=2..." with lists in it in brackets. */
static void print_list(const struct nlattr *nest, char *buf, size_t size);

static void print_item(const struct nlattr *item, char *buf, size_t size)
{
	size_t len = scnprintf(buf, size, "%d:", nla_type(item));
	const struct nlattr *a;
	int rem;

	nla_for_each_nested(a, item, rem) {
		switch (nla_type(a)) {
		case LN_SCALAR_ATTR_LIST_SIZE:
			len += scnprintf(buf + len, size - len, "n=%u,", nla_get_u16(a));
			break;
		case LN_SCALAR_ATTR_INDEX:
			len += scnprintf(buf + len, size - len, "i=%u,", nla_get_u16(a));
			break;
		case LN_SCALAR_ATTR_VALUE:
			len += scnprintf(buf + len, size - len, "v=%s,", (char *)nla_data(a));
			break;
		case LN_SCALAR_ATTR_KEY_FORMAT:
			len += scnprintf(buf + len, size - len, "f=%u,", nla_get_u16(a));
			break;
		case LN_SCALAR_ATTR_NLA_TYPE:
			len += scnprintf(buf + len, size - len, "t=%u", nla_get_u16(a));
			break;
		case LN_SCALAR_ATTR_LIST:
			len += scnprintf(buf + len, size - len, "{");
			print_list(a, buf + len, size - len);
			len = strlen(buf);
			len += scnprintf(buf + len, size - len, "}");
			break;
		default:
			len += scnprintf(buf + len, size - len, "?");
		}
	}
}

static void print_list(const struct nlattr *nest, char *buf, size_t size)
{
	const struct nlattr *item;
	size_t len = 0;
	int rem;

	*buf = '\0';
	nla_for_each_nested(item, nest, rem) {
		if (len)
			len += scnprintf(buf + len, size - len, " ");
		print_item(item, buf + len, size - len);
		len = strlen(buf);
	}
}

static void expect_said(struct kunit *test, struct sk_buff *msg, const char *want)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *ghdr = nlmsg_data(nlh);
	struct nlattr *list;
	char *said = kunit_kzalloc(test, 2000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, said);
	KUNIT_EXPECT_EQ(test, nlh->nlmsg_len, msg->len);
	KUNIT_EXPECT_EQ(test, nlh->nlmsg_type, family.id);
	KUNIT_EXPECT_EQ(test, nlh->nlmsg_flags, NLM_F_CREATE | NLM_F_MULTI);
	KUNIT_EXPECT_EQ(test, nlh->nlmsg_seq, SEQ);
	KUNIT_EXPECT_EQ(test, nlh->nlmsg_pid, PORT);
	KUNIT_EXPECT_EQ(test, ghdr->cmd, CMD);
	KUNIT_EXPECT_EQ(test, ghdr->version, family.version);
	list = nlmsg_find_attr(nlh, GENL_HDRLEN, LN_SCALAR_ATTR_LIST);
	KUNIT_ASSERT_NOT_NULL(test, list);
	/* It is all that there is. */
	KUNIT_EXPECT_EQ(test, nla_total_size(nla_len(list)), nlmsg_attrlen(nlh, GENL_HDRLEN));
	print_list(list, said, 2000);
	KUNIT_EXPECT_STREQ(test, said, want);
}

static void scalar_lists_are_read_back(struct kunit *test)
{
	struct ln_key_list *outer = new_list(test, 3), *inner = new_list(test, 2);
	struct ln_key_list *last = new_list(test, 1);
	const struct ln_key_list *data[] = { outer, inner, last, NULL };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);

	list_set(outer, 1, "devices", LNKF_SEQUENCE | LNKF_MAPPING, NLA_NUL_STRING);
	list_set(outer, 2, "inner", LNKF_FLOW, NLA_NESTED);
	list_set(outer, 3, "last", 0, NLA_NESTED);
	list_set(inner, 1, NULL, 0, NLA_U32);
	list_set(inner, 2, "", LNKF_MAPPING, NLA_S16);
	list_set(last, 1, "x", 0, NLA_FLAG);
	KUNIT_EXPECT_EQ(test, send_scalars(msg, data), 0);
	expect_said(test, msg,
		    "1:n=3,i=1,v=devices,f=6,t=10 2:i=2,v=inner,f=1,t=8{1:n=2,i=1,t=3 2:i=2,v=,f=2,t=13} 3:i=3,v=last,t=8{1:n=1,i=1,v=x,t=6}");
	nlmsg_free(msg);
}

static void scalar_lists_nest_in_order(struct kunit *test)
{
	struct ln_key_list *a = new_list(test, 2), *b = new_list(test, 2), *c = new_list(test, 1);
	const struct ln_key_list *data[] = { a, b, c, NULL };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);

	list_set(a, 1, "a", 0, NLA_NESTED);
	list_set(a, 2, "d", 0, NLA_NESTED);
	list_set(b, 1, "b", 0, NLA_NESTED);
	list_set(b, 2, "e", 0, NLA_U8);
	list_set(c, 1, "c", 0, NLA_U8);
	KUNIT_EXPECT_EQ(test, send_scalars(msg, data), 0);
	/* For "d" there is no list left. */
	expect_said(test, msg,
		    "1:n=2,i=1,v=a,t=8{1:n=2,i=1,v=b,t=8{1:n=1,i=1,v=c,t=1} 2:i=2,v=e,t=1} 2:i=2,v=d,t=8");
	nlmsg_free(msg);
}

static void scalar_empty_list_is_put(struct kunit *test)
{
	const struct ln_key_list *data[] = { new_list(test, 0), NULL };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);

	KUNIT_EXPECT_EQ(test, send_scalars(msg, data), 0);
	expect_said(test, msg, "");
	nlmsg_free(msg);
}

static void scalar_without_a_list_is_refused(struct kunit *test)
{
	const struct ln_key_list *none[] = { NULL }, *data[] = { new_list(test, 0), NULL };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);

	KUNIT_EXPECT_EQ(test, send_scalars(msg, none), -EINVAL);
	KUNIT_EXPECT_EQ(test, send_scalars(msg, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, send_scalars(NULL, data), -EINVAL);
	KUNIT_EXPECT_EQ(test, lnet_genl_send_scalar_list(msg, PORT, SEQ, NULL, 0, CMD, data),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, msg->len, 0);
	nlmsg_free(msg);
}

static void scalar_message_that_is_too_small_stays_empty(struct kunit *test)
{
	struct ln_key_list *outer = new_list(test, 2), *inner = new_list(test, 1);
	const struct ln_key_list *data[] = { outer, inner, NULL };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);
	unsigned int need, keep;

	list_set(outer, 1, "some name", LNKF_MAPPING, NLA_NESTED);
	list_set(outer, 2, "other", LNKF_FLOW, NLA_U64);
	list_set(inner, 1, "name", LNKF_SEQUENCE, NLA_U64);
	KUNIT_ASSERT_EQ(test, send_scalars(msg, data), 0);
	need = msg->len;
	nlmsg_free(msg);

	/* An skb may have more room than was asked for: fill it, but for so much. */
	for (keep = 0; keep <= need; keep += 4) {
		msg = new_msg(test, NLMSG_DEFAULT_SIZE);
		skb_put(msg, skb_tailroom(msg) - keep);
		KUNIT_EXPECT_EQ_MSG(test, send_scalars(msg, data), keep < need ? -EMSGSIZE : 0,
				    "room for %u of %u bytes", keep, need);
		KUNIT_EXPECT_EQ(test, skb_tailroom(msg), keep < need ? keep : 0);
		nlmsg_free(msg);
	}
}

static void scalar_lists_in_lists_have_an_end(struct kunit *test)
{
	const struct ln_key_list *data[40] = {};
	struct ln_key_list *list = new_list(test, 1);
	struct sk_buff *msg;
	unsigned int n, i;

	list_set(list, 1, NULL, 0, NLA_NESTED);
	for (n = 15; n <= 18; n++) {
		for (i = 0; i < n; i++)
			data[i] = list;
		msg = new_msg(test, NLMSG_DEFAULT_SIZE);
		KUNIT_EXPECT_EQ(test, send_scalars(msg, data), n <= 16 ? 0 : -EINVAL);
		KUNIT_EXPECT_EQ(test, !msg->len, n > 16);
		nlmsg_free(msg);
	}
}

/* Depth is of lists in lists, not of all that there are. */
static void scalar_many_lists_may_stand_side_by_side(struct kunit *test)
{
	struct ln_key_list *outer = new_list(test, 30), *inner = new_list(test, 1);
	const struct ln_key_list *data[32] = { outer };
	struct sk_buff *msg = new_msg(test, NLMSG_DEFAULT_SIZE);
	unsigned int i;

	list_set(inner, 1, "x", 0, NLA_U8);
	for (i = 1; i <= 30; i++) {
		list_set(outer, i, NULL, 0, NLA_NESTED);
		data[i] = inner;
	}
	KUNIT_EXPECT_EQ(test, send_scalars(msg, data), 0);
	nlmsg_free(msg);
}

static struct kunit_case lnet_lustre_scalar_cases[] = {
	KUNIT_CASE(scalar_lists_are_read_back),
	KUNIT_CASE(scalar_lists_nest_in_order),
	KUNIT_CASE(scalar_empty_list_is_put),
	KUNIT_CASE(scalar_without_a_list_is_refused),
	KUNIT_CASE(scalar_message_that_is_too_small_stays_empty),
	KUNIT_CASE(scalar_lists_in_lists_have_an_end),
	KUNIT_CASE(scalar_many_lists_may_stand_side_by_side),
	{}
};

static struct kunit_suite lnet_lustre_scalar_suite = {
	.name = "lnet_lustre_scalar",
	.test_cases = lnet_lustre_scalar_cases,
};

kunit_test_suite(lnet_lustre_scalar_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: netlink messages that describe attributes");
MODULE_LICENSE("GPL");
