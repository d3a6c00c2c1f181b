// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a request to the netlink family of lnetctl and lctl, and lists of keys against the
 * bytes of another implementation.
 */
#include "common.h"
#include "lustre/nl_family.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_request.h"
#include "netlink_vectors.h"

/* From here on the names are those of the handler interface. */
#include "netlink_tool.h"

#include <linux/module.h>
#include <linux/string.h>

/* A copy that ends where the allocation does, so that KASAN sees what is read beyond it. */
static struct nlmsghdr *exact(struct kunit *test, const struct nlmsghdr *nlh, u32 len)
{
	struct nlmsghdr *copy = kmalloc(len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, nlh, len);
	copy->nlmsg_len = len;
	return copy;
}

/* The words of a request --------------------------------------------------- */

static const char *const some_keys[] = { "one", "two", NULL };

static void netlink_words_are_read(struct kunit *test)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 5);
	struct lnet_nl_tokens tokens, list;
	const struct nlattr *value;
	struct nlattr *nest;
	char text[8];
	s64 number;

	add_text(skb, "unknown");
	add_text(skb, "value");
	add_text(skb, "tw");
	add_text(skb, "ones");
	add_text(skb, "two");
	add_number(skb, -5);
	add_text(skb, "one");
	add_text(skb, "1234567");
	add_text(skb, "two");
	nest = list_begin(skb);
	add_text(skb, "77");
	nla_nest_end(skb, nest);
	add_text(skb, "...\n");

	KUNIT_ASSERT_EQ(test, lnet_nl_request_begin(request_end(skb), &tokens, NULL), 0);
	KUNIT_EXPECT_EQ(test, lnet_nl_next_pair(&tokens, some_keys, &value, NULL), 1);
	KUNIT_EXPECT_EQ(test, lnet_nl_number(value, &number), 0);
	KUNIT_EXPECT_EQ(test, number, -5);
	KUNIT_EXPECT_EQ(test, lnet_nl_text(value, text, sizeof(text)), -EINVAL);
	KUNIT_EXPECT_FALSE(test, lnet_nl_list(value, &list));
	KUNIT_EXPECT_EQ(test, lnet_nl_next_pair(&tokens, some_keys, &value, NULL), 0);
	KUNIT_EXPECT_EQ(test, lnet_nl_text(value, text, sizeof(text) - 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, lnet_nl_text(value, text, sizeof(text)), 0);
	KUNIT_EXPECT_STREQ(test, text, "1234567");
	KUNIT_EXPECT_EQ(test, lnet_nl_next_pair(&tokens, some_keys, &value, NULL), 1);
	KUNIT_ASSERT_TRUE(test, lnet_nl_list(value, &list));
	KUNIT_EXPECT_EQ(test, lnet_nl_number(lnet_nl_next(&list), &number), 0);
	KUNIT_EXPECT_EQ(test, number, 77);
	KUNIT_EXPECT_NULL(test, lnet_nl_next(&list));
	KUNIT_EXPECT_EQ(test, lnet_nl_next_pair(&tokens, some_keys, &value, NULL), LNET_NL_END);
	nlmsg_free(skb);
}

static void netlink_key_without_a_value_is_refused(struct kunit *test)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 5);
	struct netlink_ext_ack extack = {};
	struct lnet_nl_tokens tokens;
	const struct nlattr *value;

	add_text(skb, "two");
	KUNIT_ASSERT_EQ(test, lnet_nl_request_begin(request_end(skb), &tokens, &extack), 0);
	KUNIT_EXPECT_EQ(test, lnet_nl_next_pair(&tokens, some_keys, &value, &extack), -EINVAL);
	KUNIT_EXPECT_STREQ(test, extack._msg, "invalid config param");
	nlmsg_free(skb);
}

/* Read all that there is, as deep as there is something. */
static unsigned int read_all(struct lnet_nl_tokens tokens)
{
	struct lnet_nl_tokens list;
	const struct nlattr *at;
	unsigned int n = 0;
	char text[64];
	s64 number;

	while ((at = lnet_nl_next(&tokens))) {
		n++;
		lnet_nl_text(at, text, sizeof(text));
		lnet_nl_number(at, &number);
		if (lnet_nl_list(at, &list))
			n += read_all(list);
	}
	return n;
}

static void netlink_request_that_is_cut_is_read_as_far_as_it_goes(struct kunit *test)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 5);
	struct lnet_nl_tokens tokens;
	struct nlmsghdr *nlh, *cut;
	unsigned int taken = 0;
	u32 len;

	add_filter(skb, "net type", "tcp");
	add_number(skb, 1);
	add_text(skb, "");
	nlh = request_end(skb);
	for (len = NLMSG_HDRLEN + GENL_HDRLEN; len <= nlh->nlmsg_len; len++) {
		cut = exact(test, nlh, len);
		if (!lnet_nl_request_begin(cut, &tokens, NULL))
			taken += !!read_all(tokens);
		kfree(cut);
	}
	/* After the lists; with the number, and the padding of each; and whole. */
	KUNIT_EXPECT_GE(test, taken, 3);
	KUNIT_EXPECT_LE(test, taken, 8);
	nlmsg_free(skb);
}

static void netlink_word_beyond_its_list_is_refused(struct kunit *test)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 5);
	struct netlink_ext_ack extack = {};
	struct lnet_nl_tokens tokens;
	struct nlattr *nest, *inner;
	unsigned int len;

	nest = list_begin(skb);
	inner = (struct nlattr *)skb_tail_pointer(skb);
	add_text(skb, "word");
	nla_nest_end(skb, nest);
	add_text(skb, "after");
	request_end(skb);
	len = inner->nla_len;
	KUNIT_EXPECT_EQ(test, lnet_nl_request_begin(nlmsg_hdr(skb), &tokens, &extack), 0);
	for (inner->nla_len = 0; inner->nla_len < 80; inner->nla_len++) {
		if (inner->nla_len >= NLA_HDRLEN && NLA_ALIGN(inner->nla_len) <= NLA_ALIGN(len))
			continue;
		KUNIT_EXPECT_EQ_MSG(test,
				    lnet_nl_request_begin(nlmsg_hdr(skb), &tokens, &extack),
				    -EINVAL, "length %u", inner->nla_len);
	}
	KUNIT_EXPECT_STREQ(test, extack._msg, "a word goes beyond its list");
	nlmsg_free(skb);
}

static void netlink_lists_in_lists_have_an_end(struct kunit *test)
{
	struct nlattr *nest[LNET_NL_DEPTH_MAX + 1];
	struct netlink_ext_ack extack = {};
	struct lnet_nl_tokens tokens;
	unsigned int depth, i;
	struct sk_buff *skb;

	for (depth = 1; depth <= ARRAY_SIZE(nest); depth++) {
		skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 5);
		for (i = 0; i < depth; i++)
			nest[i] = list_begin(skb);
		while (i--)
			nla_nest_end(skb, nest[i]);
		KUNIT_EXPECT_EQ(test, lnet_nl_request_begin(request_end(skb), &tokens, &extack),
				depth <= LNET_NL_DEPTH_MAX ? 0 : -EINVAL);
		nlmsg_free(skb);
	}
	KUNIT_EXPECT_STREQ(test, extack._msg, "lists in lists are nested too deep");
}

static void netlink_words_have_an_end(struct kunit *test)
{
	const unsigned int most = LNET_NL_TOKENS_MAX;
	struct sk_buff *skb = request(test, (most + 1) * NLA_HDRLEN, DUMP, LNET_NL_NETS, 5);
	struct netlink_ext_ack extack = {};
	struct lnet_nl_tokens tokens;
	unsigned int i;

	for (i = 0; i < most; i++)
		nla_put(skb, LN_SCALAR_ATTR_VALUE, 0, NULL);
	KUNIT_EXPECT_EQ(test, lnet_nl_request_begin(request_end(skb), &tokens, &extack), 0);
	nla_put(skb, LN_SCALAR_ATTR_VALUE, 0, NULL);
	KUNIT_EXPECT_EQ(test, lnet_nl_request_begin(request_end(skb), &tokens, &extack), -E2BIG);
	nlmsg_free(skb);
}

static void netlink_nids_are_read(struct kunit *test)
{
	struct sk_buff *skb = request(test, 65536, DUMP, LNET_NL_PING, 5);
	struct lnet_nl_tokens tokens;
	struct lnet_nl_nids nids;
	struct nlattr *nest;
	unsigned int i;

	add_text(skb, "nids");
	nest = list_begin(skb);
	add_text(skb, "10.0.0.1@tcp");
	/* As the existing tool writes it. */
	add_text(skb, "2001:db8::1@tcp3 ");
	add_text(skb, "0@lo");
	nla_nest_end(skb, nest);
	lnet_nl_request_begin(request_end(skb), &tokens, NULL);
	KUNIT_ASSERT_EQ(test, lnet_nl_nids_read(tokens, &nids, "bad", NULL), 0);
	KUNIT_ASSERT_EQ(test, nids.nr, 3);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nids.nid[0]),
			LNET_MKNID(LNET_MKNET(SOCKLND, 0), 0x0a000001));
	KUNIT_EXPECT_EQ(test, nids.nid[1].nid_size, 12);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nids.nid[2]), LNET_NID_LO_0);
	lnet_nl_nids_free(&nids);
	nlmsg_free(skb);

	skb = request(test, 65536, DUMP, LNET_NL_PING, 5);
	nest = list_begin(skb);
	for (i = 0; i < LNET_NL_NIDS_MAX; i++)
		add_text(skb, "10.0.0.1@tcp");
	nla_nest_end(skb, nest);
	lnet_nl_request_begin(request_end(skb), &tokens, NULL);
	KUNIT_EXPECT_EQ(test, lnet_nl_nids_read(tokens, &nids, "bad", NULL), 0);
	KUNIT_EXPECT_EQ(test, nids.nr, LNET_NL_NIDS_MAX);
	lnet_nl_nids_free(&nids);
	nest = list_begin(skb);
	add_text(skb, "10.0.0.1@tcp");
	nla_nest_end(skb, nest);
	lnet_nl_request_begin(request_end(skb), &tokens, NULL);
	KUNIT_EXPECT_EQ(test, lnet_nl_nids_read(tokens, &nids, "bad", NULL), -E2BIG);
	nlmsg_free(skb);
}

static void netlink_words_that_are_no_nids_are_refused(struct kunit *test)
{
	static const char *const bad[] = {
		"", "foo", "@tcp", "10.0.0.1@nosuch", "<?>", "*", "LNET_NID_ANY",
		"10.0.0.1@tcp,10.0.0.2@tcp",
		"11111111111111111111111111111111111111111111111111111111111111111111@tcp",
	};
	struct netlink_ext_ack extack;
	struct lnet_nl_tokens tokens;
	struct lnet_nl_nids nids;
	struct sk_buff *skb;
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		extack = (struct netlink_ext_ack){};
		skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_PING, 5);
		nest = list_begin(skb);
		add_text(skb, "2001:db8::1@tcp3");
		add_text(skb, bad[i]);
		nla_nest_end(skb, nest);
		lnet_nl_request_begin(request_end(skb), &tokens, NULL);
		KUNIT_EXPECT_EQ_MSG(test, lnet_nl_nids_read(tokens, &nids, "bad", &extack), -EINVAL,
				    "'%s'", bad[i]);
		KUNIT_EXPECT_STREQ(test, extack._msg, "bad");
		nlmsg_free(skb);
	}
}

/* Lists of keys ------------------------------------------------------------ */

struct vector {
	const struct ln_key_list **keys;
	const u8 *want;
	size_t bytes;
};

#define VECTOR(name)	{ lnet_nl_keys_##name, vector_##name, sizeof(vector_##name) }

static const struct vector vectors[] = {
	VECTOR(ping), VECTOR(ping_failed), VECTOR(dist), VECTOR(cpt),
};

static void netlink_keys_are_sent_as_others_do(struct kunit *test)
{
	const struct vector *v;
	struct sk_buff *skb;

	for (v = vectors; v < vectors + ARRAY_SIZE(vectors); v++) {
		skb = nlmsg_new(REQUEST_BYTES, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_ASSERT_EQ(test, lnet_genl_send_scalar_list(skb, 0, 1, &lnet_nl_family, 0, 1,
								 v->keys), 0);
		KUNIT_EXPECT_EQ_MSG(test, nlmsg_attrlen(nlmsg_hdr(skb), GENL_HDRLEN), v->bytes,
				    "list %td", v - vectors);
		KUNIT_EXPECT_MEMEQ(test, nlmsg_attrdata(nlmsg_hdr(skb), GENL_HDRLEN), v->want,
				   v->bytes);
		nlmsg_free(skb);
	}
}

/* Of the long ones only the lengths, which another implementation has, too. */
static void netlink_long_keys_have_the_length_of_others(struct kunit *test)
{
	struct sk_buff *skb = nlmsg_new(8192, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_EXPECT_EQ(test, lnet_genl_send_scalar_list(skb, 0, 1, &lnet_nl_family, 0, 1,
							 lnet_nl_keys_nets), 0);
	KUNIT_EXPECT_EQ(test, skb->len, 2740);
	KUNIT_EXPECT_EQ(test, lnet_genl_send_scalar_list(skb, 0, 1, &lnet_nl_family, 0, 1,
							 lnet_nl_keys_peers), 0);
	KUNIT_EXPECT_EQ(test, skb->len, 2740 + 2600);
	nlmsg_free(skb);
}

static struct kunit_case lnet_lustre_words_cases[] = {
	KUNIT_CASE(netlink_words_are_read),
	KUNIT_CASE(netlink_key_without_a_value_is_refused),
	KUNIT_CASE(netlink_request_that_is_cut_is_read_as_far_as_it_goes),
	KUNIT_CASE(netlink_word_beyond_its_list_is_refused),
	KUNIT_CASE(netlink_lists_in_lists_have_an_end),
	KUNIT_CASE(netlink_words_have_an_end),
	KUNIT_CASE(netlink_nids_are_read),
	KUNIT_CASE(netlink_words_that_are_no_nids_are_refused),
	KUNIT_CASE(netlink_keys_are_sent_as_others_do),
	KUNIT_CASE(netlink_long_keys_have_the_length_of_others),
	{}
};

static struct kunit_suite lnet_lustre_words_suite = {
	.name = "lnet_lustre_words",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = lt_case_init,
	.test_cases = lnet_lustre_words_cases,
};

kunit_test_suite(lnet_lustre_words_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: words and keys of netlink messages");
MODULE_LICENSE("GPL");
