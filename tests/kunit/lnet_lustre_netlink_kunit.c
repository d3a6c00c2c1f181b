// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family of lnetctl and lctl: the words of a request, lists of keys against the bytes
 * of another implementation, and calls through a socket, as a tool makes them.
 */
#include "common.h"
#include "lustre/nl_family.h"
#include "lustre/nl_keys.h"
#include "lustre/nl_request.h"
#include "netlink_vectors.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/peer.h"

/* From here on the names are those of the handler interface. */
#include <lnet/handler.h>

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

enum {
	DUMP	= NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP,
	ADD	= NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE,
	DEL	= NLM_F_REQUEST | NLM_F_ACK,
	REQUEST_BYTES	= 4096,
	ANSWER_BYTES	= 65536,
	MANY_PEERS	= 500,
	GARBAGE		= 3000,
};

/* A case ------------------------------------------------------------------- */

static u64 counts_before[LNET_OBJECT_TYPES];
static int refs_before;			/* of lnet_lustre.ko */

static bool pings_are_over(void)
{
	u64 now[LNET_OBJECT_TYPES];

	lnet_object_counts(now);
	return !memcmp(now, counts_before, sizeof(now));
}

/* The last of a ping goes behind its back. */
static void wait_for_pings(void *arg)
{
	struct kunit *test = arg;

	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_over()));
}

static int netlink_case_init(struct kunit *test)
{
	int rc = lt_case_init(test);

	lnet_object_counts(counts_before);
	refs_before = module_refcount(lnet_nl_family.module);
	return rc ?: kunit_add_action(test, wait_for_pings, test);
}

/* Requests ----------------------------------------------------------------- */

static struct sk_buff *request(struct kunit *test, size_t bytes, int flags, u8 cmd, u8 version)
{
	struct sk_buff *skb = nlmsg_new(bytes, GFP_KERNEL);
	struct genlmsghdr *ghdr;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_NOT_NULL(test, nlmsg_put(skb, 0, 1, lnet_nl_family.id, GENL_HDRLEN, flags));
	ghdr = nlmsg_data(nlmsg_hdr(skb));
	*ghdr = (struct genlmsghdr){ .cmd = cmd, .version = version };
	return skb;
}

static void add_text(struct sk_buff *skb, const char *text)
{
	WARN_ON_ONCE(nla_put_string(skb, LN_SCALAR_ATTR_VALUE, text));
}

static void add_number(struct sk_buff *skb, s64 number)
{
	WARN_ON_ONCE(nla_put(skb, LN_SCALAR_ATTR_INT_VALUE, sizeof(number), &number));
}

static struct nlattr *list_begin(struct sk_buff *skb)
{
	return nla_nest_start(skb, LN_SCALAR_ATTR_LIST);
}

/* Two lists in each other, with one pair in them: a filter. */
/* A list of one mapping of two pairs. */
static void add_pairs(struct sk_buff *skb, const char *const words[4])
{
	struct nlattr *outer = list_begin(skb), *inner = list_begin(skb);
	unsigned int i;

	for (i = 0; i < 4; i++)
		add_text(skb, words[i]);
	nla_nest_end(skb, inner);
	nla_nest_end(skb, outer);
}

static void add_filter(struct sk_buff *skb, const char *key, const char *value)
{
	struct nlattr *outer = list_begin(skb), *inner = list_begin(skb);

	add_text(skb, key);
	add_text(skb, value);
	nla_nest_end(skb, inner);
	nla_nest_end(skb, outer);
}

static struct nlmsghdr *request_end(struct sk_buff *skb)
{
	nlmsg_end(skb, nlmsg_hdr(skb));
	return nlmsg_hdr(skb);
}

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

/* Calls -------------------------------------------------------------------- */

/* A tool: a socket with a file, and what it was told. */
struct tool {
	struct file *file;
	struct socket *sock;
	u8 *buf;
	unsigned int datagrams, messages;	/* of the family */
	int error;				/* of the end */
};

static void tool_close(void *arg)
{
	struct tool *tool = arg;

	fput(tool->file);
	kvfree(tool->buf);
}

static struct tool *tool_open(struct kunit *test)
{
	struct tool *tool = kunit_kzalloc(test, sizeof(*tool), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tool);
	tool->buf = kvmalloc(ANSWER_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tool->buf);
	KUNIT_ASSERT_EQ(test, sock_create(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &tool->sock), 0);
	tool->file = sock_alloc_file(tool->sock, O_NONBLOCK, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(tool->file));
	tool->sock->sk->sk_rcvtimeo = 20 * HZ;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, tool_close, tool), 0);
	return tool;
}

static int tool_send(struct tool *tool, struct nlmsghdr *nlh)
{
	struct kvec vec = { .iov_base = nlh, .iov_len = nlh->nlmsg_len };
	struct msghdr msg = {};

	return kernel_sendmsg(tool->sock, &msg, &vec, 1, vec.iov_len);
}

/* Count the messages of a datagram. Returns false at the end of the answer. */
static bool tool_count(struct tool *tool, int len,
		       void (*look)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)tool->buf;

	tool->datagrams++;
	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			tool->error = nlmsg_len(nlh) >= sizeof(int) ? *(int *)nlmsg_data(nlh) : 0;
			return false;
		}
		tool->messages++;
		if (look)
			look(arg, nlh);
	}
	return true;
}

/* Send the request, which is freed. */
static void tool_ask(struct kunit *test, struct tool *tool, struct sk_buff *skb)
{
	KUNIT_EXPECT_GT(test, tool_send(tool, request_end(skb)), 0);
	nlmsg_free(skb);
}

/* Take the answer. Returns the error at its end. */
static int tool_answer(struct tool *tool, void (*look)(void *arg, const struct nlmsghdr *nlh),
		       void *arg)
{
	struct kvec vec = { .iov_base = tool->buf, .iov_len = ANSWER_BYTES };
	struct msghdr msg;
	int len;

	tool->datagrams = 0;
	tool->messages = 0;
	do {
		msg = (struct msghdr){};
		len = kernel_recvmsg(tool->sock, &msg, &vec, 1, ANSWER_BYTES, 0);
		if (len <= 0)
			return len == -ENOBUFS ? len : -ENOLINK;
	} while (tool_count(tool, len, look, arg));
	return tool->error;
}

static int tool_call(struct kunit *test, struct tool *tool, struct sk_buff *skb,
		     void (*look)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	tool_ask(test, tool, skb);
	return tool_answer(tool, look, arg);
}

static int call(struct kunit *test, struct tool *tool, int flags, u8 cmd, u8 version)
{
	return tool_call(test, tool, request(test, REQUEST_BYTES, flags, cmd, version), NULL, NULL);
}

static void netlink_networks_are_listed(struct kunit *test)
{
	struct tool *tool = tool_open(test);
	struct sk_buff *skb;
	unsigned int v;

	lt_ni(test);
	/* A list of keys, the loopback, the network of the fake driver. */
	KUNIT_EXPECT_EQ(test, call(test, tool, DUMP, LNET_NL_NETS, 0), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 3);
	/* And another list of keys, with the tunables of drivers. */
	for (v = 1; v < 256; v += 3) {
		KUNIT_EXPECT_EQ(test, call(test, tool, DUMP, LNET_NL_NETS, v), 0);
		KUNIT_EXPECT_EQ(test, tool->messages, 4);
	}
	/* What can be set: not of the loopback. */
	KUNIT_EXPECT_EQ(test, call(test, tool, DUMP | NLM_F_DUMP_FILTERED, LNET_NL_NETS, 2), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 2);

	skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 1);
	add_filter(skb, "net type", "lo");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 2);
	skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 1);
	add_filter(skb, "net type", "tcp77");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -ESRCH);
	KUNIT_EXPECT_EQ(test, tool->messages, 0);
	skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_NETS, 1);
	add_filter(skb, "net type", "nosuch");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -ENOENT);
}

static void undo_discovery(void *arg)
{
	unsigned int i;

	for (i = 0; i < MANY_PEERS; i++)
		lnet_peer_forget(LT_NID(1000 + i));
	lnet_peer_set_discovers(true);
}

/* Note of which peer a message tells, but of the first one, which has names only. */
static void look_at_peer(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *at = nlmsg_find_attr(nlh, GENL_HDRLEN, 2);
	unsigned long *seen = arg;
	lnet_nid_t nid;
	u32 n;

	if (!at)
		return;
	nid = libcfs_str2nid(nla_data(at));
	n = LNET_NIDADDR(nid) - 1000;
	if (nid == LNET_NID_ANY || n >= MANY_PEERS)
		return;
	if (test_and_set_bit(n, seen))
		clear_bit(n, seen);	/* it was there twice */
}

static void netlink_many_peers_are_listed(struct kunit *test)
{
	static DECLARE_BITMAP(seen, MANY_PEERS);
	struct tool *tool = tool_open(test);
	struct sk_buff *skb;
	unsigned int i, v;

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	for (i = 0; i < MANY_PEERS; i++)
		KUNIT_ASSERT_EQ(test, lnet_peer_keep(LT_NID(1000 + i)), 0);
	for (v = 0; v <= 4; v++) {
		bitmap_zero(seen, MANY_PEERS);
		skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_PEERS, v);
		KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, look_at_peer, seen), 0);
		KUNIT_EXPECT_GT(test, tool->datagrams, 1);
		KUNIT_EXPECT_EQ(test, bitmap_weight(seen, MANY_PEERS), MANY_PEERS);
	}
}

static void netlink_peers_come_and_go(struct kunit *test)
{
	static const char *const word_for_list[] = {
		"primary nid", "10.0.0.50@tcp", "peer ni", "10.0.0.51@tcp",
	};
	struct tool *tool = tool_open(test);
	struct lnet_peer_info info;
	struct sk_buff *skb;

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	skb = request(test, REQUEST_BYTES, ADD, LNET_NL_PEERS, 5);
	add_filter(skb, "primary nid", "10.0.0.50@tcp");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), 0);
	lnet_peer_look(libcfs_str2nid("10.0.0.50@tcp"), &info);
	KUNIT_EXPECT_TRUE(test, info.kept);

	skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_PEERS, 4);
	add_filter(skb, "primary nid", "10.0.0.50@tcp");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 2);

	/* A word where a list belongs does not delete all of the peer. */
	skb = request(test, REQUEST_BYTES, DEL, LNET_NL_PEERS, 5);
	add_pairs(skb, word_for_list);
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -EINVAL);
	lnet_peer_look(libcfs_str2nid("10.0.0.50@tcp"), &info);
	KUNIT_EXPECT_TRUE(test, info.kept);

	skb = request(test, REQUEST_BYTES, DEL, LNET_NL_PEERS, 5);
	add_filter(skb, "primary nid", "10.0.0.50@tcp");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), 0);
	lnet_peer_look(libcfs_str2nid("10.0.0.50@tcp"), &info);
	KUNIT_EXPECT_EQ(test, info.state, LNET_PEER_UNKNOWN);
	skb = request(test, REQUEST_BYTES, DEL, LNET_NL_PEERS, 5);
	add_filter(skb, "primary nid", "10.0.0.50@tcp");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -ENOENT);
	skb = request(test, REQUEST_BYTES, ADD, LNET_NL_PEERS, 5);
	add_filter(skb, "primary nid", "foo");
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, call(test, tool, ADD, LNET_NL_PEERS, 5), -ENOMSG);
}

/* A peer with two NIDs besides the primary one, the last of which is none. */
static void netlink_peer_that_cannot_be_added_leaves_nothing(struct kunit *test)
{
	static const char *const nids[] = { "10.0.0.51@tcp", "2001:db8::7@tcp", "foo" };
	struct sk_buff *skb = request(test, REQUEST_BYTES, ADD, LNET_NL_PEERS, 5);
	struct tool *tool = tool_open(test);
	struct nlattr *nest[4];
	struct lnet_peer_info info;
	unsigned int i, nr;

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	nest[0] = list_begin(skb);
	nest[1] = list_begin(skb);
	add_text(skb, "primary nid");
	add_text(skb, "10.0.0.50@tcp");
	add_text(skb, "peer ni");
	nest[2] = list_begin(skb);
	for (i = 0; i < ARRAY_SIZE(nids); i++) {
		nest[3] = list_begin(skb);
		add_text(skb, "nid");
		add_text(skb, nids[i]);
		nla_nest_end(skb, nest[3]);
	}
	for (i = 3; i--; )
		nla_nest_end(skb, nest[i]);
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), -EINVAL);
	lnet_peer_look(libcfs_str2nid("10.0.0.50@tcp"), &info);
	KUNIT_EXPECT_EQ(test, info.state, LNET_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, lnet_api_primary_nid(libcfs_str2nid("10.0.0.51@tcp")),
			libcfs_str2nid("10.0.0.51@tcp"));
	kvfree(lnet_peer_list(&nr));
	KUNIT_EXPECT_EQ(test, nr, 0);
}

/* Networks whose interfaces have names that are none. */
static void netlink_interfaces_are_read(struct kunit *test)
{
	static const struct {
		int flags, rc;
		const char *name;
	} rows[] = {
		{ ADD, -EINVAL, "an-interface-whose-name-is-longer-than-any-may-be" },
		{ DEL, -EINVAL, "an-interface-whose-name-is-longer-than-any-may-be" },
		{ ADD, -EINVAL, "" },
		{ DEL, -ENODEV, "nosuch0" },
	};
	struct tool *tool = tool_open(test);
	struct nlattr *nest[5];
	struct sk_buff *skb;
	unsigned int i, j;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		skb = request(test, REQUEST_BYTES, rows[i].flags, LNET_NL_NETS, 5);
		nest[0] = list_begin(skb);
		nest[1] = list_begin(skb);
		add_text(skb, "net type");
		add_text(skb, "ptlf7");
		add_text(skb, "local NI(s)");
		nest[2] = list_begin(skb);
		nest[3] = list_begin(skb);
		add_text(skb, "interfaces");
		nest[4] = list_begin(skb);
		add_number(skb, 0);
		add_text(skb, rows[i].name);
		for (j = ARRAY_SIZE(nest); j--; )
			nla_nest_end(skb, nest[j]);
		KUNIT_EXPECT_EQ_MSG(test, tool_call(test, tool, skb, NULL, NULL), rows[i].rc,
				    "row %u", i);
	}
}

static void undo_networks(void *arg)
{
	lnet_networks_change("-ptlf7");
}

/* A network with an NI of one pair: a NID, interfaces, or what cannot be set. */
static struct sk_buff *request_ni(struct kunit *test, int flags, const char *net, const char *key,
				  const char *value)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, flags, LNET_NL_NETS, 5);
	bool names = !strcmp(key, "interfaces");
	struct nlattr *nest[5];
	unsigned int i;

	nest[0] = list_begin(skb);
	nest[1] = list_begin(skb);
	add_text(skb, "net type");
	add_text(skb, net);
	add_text(skb, "local NI(s)");
	nest[2] = list_begin(skb);
	nest[3] = list_begin(skb);
	add_text(skb, key);
	if (names) {
		nest[4] = list_begin(skb);
		add_number(skb, 0);
	}
	add_text(skb, value);
	for (i = names ? 5 : 4; i--; )
		nla_nest_end(skb, nest[i]);
	return skb;
}

static void netlink_nis_come_and_go(struct kunit *test)
{
	static const struct {
		int flags, rc;
		const char *net, *key, *value;
	} rows[] = {
		{ ADD, 0, "ptlf7", "interfaces", "eth7" },
		{ ADD, -EEXIST, "ptlf7", "interfaces", "eth7" },
		/* The driver knows interfaces, no addresses. */
		{ ADD, -EINVAL, "ptlf7", "nid", "35@ptlf7" },
		{ ADD, -EINVAL, "ptlf7", "nid", "10.0.0.1@tcp" },
		{ ADD, -EINVAL, "ptlf7", "nid", "foo" },
		{ ADD, 0, "ptlf7", "tunables", "names no NI" },
		{ ADD, -EINVAL, "ptlf9", "interfaces", "nosuch0" },
		{ ADD, -ENODEV, "lo", "interfaces", "lo" },
		{ DEL, -EINVAL, "ptlf7", "nid", "10.0.0.1@tcp" },
		{ DEL, -ENODEV, "tcp77", "interfaces", "eth7" },
		{ DEL, -ENOENT, "ptlf7", "nid", "35@ptlf7" },
		{ DEL, -ENODEV, "ptlf7", "interfaces", "nosuch0" },
		{ DEL, 0, "ptlf7", "interfaces", "eth7" },
		{ DEL, -ENODEV, "ptlf7", "interfaces", "eth7" },
	};
	struct lt_ni *f = lt_ni_offer(test, "eth7", LT_NID(34));
	struct tool *tool = tool_open(test);
	struct sk_buff *skb;
	unsigned int i;

	strscpy(f->facts.interface, "eth7", sizeof(f->facts.interface));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_networks, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		skb = request_ni(test, rows[i].flags, rows[i].net, rows[i].key, rows[i].value);
		KUNIT_EXPECT_EQ_MSG(test, tool_call(test, tool, skb, NULL, NULL), rows[i].rc,
				    "row %u", i);
	}
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
}

/* The nearest NID of this node, and the CPU partition of each. */
static void netlink_nids_are_told_of(struct kunit *test)
{
	static const struct {
		u8 cmd;
		const char *nids[3];
		int rc;
		unsigned int messages;
	} rows[] = {
		/* Names, and what is asked for. */
		{ LNET_NL_PEER_DIST, { "2@ptlf7", "0@lo", "1@ptlf7" }, 0, 2 },
		{ LNET_NL_PEER_DIST, { "0@lo", "10.0.0.9@tcp77" }, 0, 1 },
		{ LNET_NL_CPT_OF_NID, { "2@ptlf7", "0@lo", "2001:db8::1@tcp" }, 0, 4 },
		{ LNET_NL_PEER_DIST, { "2@ptlf7", "foo" }, -EINVAL, 0 },
		{ LNET_NL_CPT_OF_NID, { "" }, -EINVAL, 0 },
		{ LNET_NL_CPT_OF_NID, { }, -ENOENT, 0 },
	};
	struct tool *tool = tool_open(test);
	struct nlattr *nest;
	struct sk_buff *skb;
	unsigned int i, j;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		skb = request(test, REQUEST_BYTES, DUMP, rows[i].cmd, 5);
		nest = list_begin(skb);
		for (j = 0; j < ARRAY_SIZE(rows[i].nids) && rows[i].nids[j]; j++)
			add_text(skb, rows[i].nids[j]);
		nla_nest_end(skb, nest);
		KUNIT_EXPECT_EQ_MSG(test, tool_call(test, tool, skb, NULL, NULL), rows[i].rc,
				    "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, tool->messages, rows[i].messages, "row %u", i);
	}
}

/* A peer, by its primary NID, with others. */
static struct sk_buff *request_peer(struct kunit *test, int flags, const char *const *nids)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, flags, LNET_NL_PEERS, 5);
	struct nlattr *nest[4];
	unsigned int i;

	nest[0] = list_begin(skb);
	nest[1] = list_begin(skb);
	add_text(skb, "primary nid");
	add_text(skb, "10.0.0.50@tcp");
	add_text(skb, "peer ni");
	nest[2] = list_begin(skb);
	for (; *nids; nids++) {
		nest[3] = list_begin(skb);
		add_text(skb, "nid");
		add_text(skb, *nids);
		nla_nest_end(skb, nest[3]);
	}
	for (i = 3; i--; )
		nla_nest_end(skb, nest[i]);
	return skb;
}

static void netlink_nids_of_a_peer_come_and_go(struct kunit *test)
{
	static const struct {
		int flags, rc;
		const char *nids[3];
		const char *primary;	/* of 10.0.0.51@tcp afterwards */
	} rows[] = {
		{ ADD, 0, { "10.0.0.51@tcp", "10.0.0.52@tcp" }, "10.0.0.50@tcp" },
		{ DEL, -ENOENT, { "10.0.0.99@tcp" }, "10.0.0.50@tcp" },
		{ DEL, -EINVAL, { "foo" }, "10.0.0.50@tcp" },
		{ DEL, 0, { "10.0.0.51@tcp" }, "10.0.0.51@tcp" },
		{ DEL, -ENOENT, { "10.0.0.51@tcp" }, "10.0.0.51@tcp" },
		{ DEL, 0, { "10.0.0.52@tcp", "10.0.0.50@tcp" }, "10.0.0.51@tcp" },
		{ DEL, -ENOENT, { "10.0.0.50@tcp" }, "10.0.0.51@tcp" },
	};
	struct tool *tool = tool_open(test);
	struct sk_buff *skb;
	unsigned int i, nr;

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		skb = request_peer(test, rows[i].flags, rows[i].nids);
		KUNIT_EXPECT_EQ_MSG(test, tool_call(test, tool, skb, NULL, NULL), rows[i].rc,
				    "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, lnet_api_primary_nid(libcfs_str2nid("10.0.0.51@tcp")),
				    libcfs_str2nid(rows[i].primary), "row %u", i);
	}
	kvfree(lnet_peer_list(&nr));
	KUNIT_EXPECT_EQ(test, nr, 0);
}

/* A ping, or a discovery, of this node and of a peer that does not answer. */
static int ask_two(struct kunit *test, struct tool *tool, int flags)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, flags, LNET_NL_PING, 5);
	char text[LNET_NIDSTR_SIZE];
	struct nlattr *nest;

	add_text(skb, "timeout");
	add_number(skb, 50);
	add_text(skb, "nids");
	nest = list_begin(skb);
	add_text(skb, libcfs_nid2str_r(LT_NID_PEER, text, sizeof(text)));
	add_text(skb, "0@lo");
	nla_nest_end(skb, nest);
	return tool_call(test, tool, skb, NULL, NULL);
}

static void netlink_peers_are_asked(struct kunit *test)
{
	struct tool *tool = tool_open(test);

	lt_ni(test);
	/*
	 * Names, which are told again after the one that does not answer; the one that answers;
	 * names, the one that does not.
	 */
	KUNIT_EXPECT_EQ(test, ask_two(test, tool, DUMP), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 5);
	/* Nothing is waited for here, as the peer is not asked; both are told of. */
	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	KUNIT_EXPECT_EQ(test, ask_two(test, tool, ADD), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 4);
	KUNIT_EXPECT_EQ(test, call(test, tool, DUMP, LNET_NL_PING, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, call(test, tool, ADD, LNET_NL_PING, 5), -ENOMSG);
}

static struct sk_buff *request_for_many(struct kunit *test, int flags, unsigned int nr)
{
	struct sk_buff *skb = request(test, 65536, flags, LNET_NL_PING, 5);
	char text[LNET_NIDSTR_SIZE];
	struct nlattr *nest;
	unsigned int i;

	add_text(skb, "timeout");
	add_number(skb, 20);
	nest = list_begin(skb);
	for (i = 0; i < nr; i++)
		add_text(skb, libcfs_nid2str_r(LT_NID(1000 + i), text, sizeof(text)));
	nla_nest_end(skb, nest);
	return skb;
}

/* Netlink holds a mutex of the socket for each piece: it has one target, answered or not. */
static void netlink_targets_are_pinged_in_pieces(struct kunit *test)
{
	struct tool *tool = tool_open(test);

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, request_for_many(test, DUMP, 5), NULL, NULL),
			0);
	/* Names, four times again, other names; and the targets. */
	KUNIT_EXPECT_EQ(test, tool->messages, 1 + 4 + 1 + 5);
	/* The last one's has what comes behind it. */
	KUNIT_EXPECT_GE(test, tool->datagrams, 1 + 5);
}

enum { TOOL_RCVBUF = 65536 };	/* as that of lnetctl */

static void netlink_long_answer_waits_for_its_reader(struct kunit *test)
{
	struct tool *tool = tool_open(test);

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	tool->sock->sk->sk_rcvbuf = TOOL_RCVBUF;
	tool_ask(test, tool, request_for_many(test, ADD, LNET_NL_NIDS_MAX));
	/* So that it is full before it is read. */
	msleep(300);
	KUNIT_EXPECT_EQ(test, tool_answer(tool, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, tool->messages, 2 + LNET_NL_NIDS_MAX);
	KUNIT_EXPECT_GT(test, tool->datagrams, 4);
	/* The end of one that reads nothing is not waited for, and it can see that. */
	tool_ask(test, tool, request_for_many(test, ADD, LNET_NL_NIDS_MAX));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(module_refcount(lnet_nl_family.module) == refs_before));
	KUNIT_EXPECT_EQ(test, tool_answer(tool, NULL, NULL), -ENOBUFS);
	KUNIT_EXPECT_LT(test, tool->messages, LNET_NL_NIDS_MAX);
}

static struct sk_buff *request_del(struct kunit *test)
{
	struct sk_buff *skb = request(test, REQUEST_BYTES, DEL, LNET_NL_NETS, 5);

	add_filter(skb, "net type", "tcp77");
	return skb;
}

static struct genl_family another_family = {
	.name = "lnet_test", .version = 1, .module = THIS_MODULE,
};

static int register_another(struct lt_thread *t)
{
	int rc = genl_register_family(&another_family);

	return rc ?: genl_unregister_family(&another_family);
}

struct asker {
	struct tool *tool;
	struct nlmsghdr *nlh;
};

static int ask_aside(struct lt_thread *t)
{
	struct asker *a = t->arg;
	int n = tool_send(a->tool, a->nlh);

	return n < 0 ? n : 0;
}

/* Send what waits for lnet_init_mutex, which is held; a module registers a family meanwhile. */
static void expect_nobody_waits(struct kunit *test, struct sk_buff *skb, int want)
{
	static struct lt_thread asks, registers;
	struct asker a = { tool_open(test), request_end(skb) };

	mutex_lock(&lnet_init_mutex);
	lt_thread_start(test, &asks, ask_aside, &a, 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(completion_done(&asks.began)));
	msleep(50);
	lt_thread_start(test, &registers, register_another, NULL, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(completion_done(&registers.done)));
	KUNIT_EXPECT_TRUE(test, completion_done(&asks.done));
	mutex_unlock(&lnet_init_mutex);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&registers), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&asks), 0);
	KUNIT_EXPECT_EQ(test, tool_answer(a.tool, NULL, NULL), want);
	nlmsg_free(skb);
}

static void netlink_changes_keep_nobody_from_registering_a_family(struct kunit *test)
{
	expect_nobody_waits(test, request_del(test), -EINVAL);
	expect_nobody_waits(test, request(test, REQUEST_BYTES, DEL, LNET_NL_CONFIGURE, 5), 0);
}

/* A socket has one change at a time; one that is closed is told nothing. */
static void netlink_changes_of_a_socket_come_one_by_one(struct kunit *test)
{
	struct tool *tool = tool_open(test), *gone = tool_open(test);

	mutex_lock(&lnet_init_mutex);
	tool_ask(test, tool, request_del(test));
	tool_ask(test, gone, request_del(test));
	KUNIT_EXPECT_EQ(test, module_refcount(lnet_nl_family.module), refs_before + 2);
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, request_del(test), NULL, NULL), -EBUSY);
	/* What does not wait is answered meanwhile. */
	KUNIT_EXPECT_EQ(test, call(test, tool, DUMP, LNET_NL_NETS, 0), 0);
	kunit_release_action(test, tool_close, gone);
	mutex_unlock(&lnet_init_mutex);
	KUNIT_EXPECT_EQ(test, tool_answer(tool, NULL, NULL), -EINVAL);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(module_refcount(lnet_nl_family.module) == refs_before));
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, request_del(test), NULL, NULL), -EINVAL);
}

enum { JOBS_MAX = 64 };

static void netlink_changes_that_wait_have_an_end(struct kunit *test)
{
	struct tool *tools[JOBS_MAX + 1];
	unsigned int i;

	mutex_lock(&lnet_init_mutex);
	for (i = 0; i < JOBS_MAX; i++) {
		tools[i] = tool_open(test);
		tool_ask(test, tools[i], request_del(test));
	}
	tools[i] = tool_open(test);
	KUNIT_EXPECT_EQ(test, tool_call(test, tools[i], request_del(test), NULL, NULL), -EBUSY);
	mutex_unlock(&lnet_init_mutex);
	for (i = 0; i < JOBS_MAX; i++)
		KUNIT_EXPECT_EQ(test, tool_answer(tools[i], NULL, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, tool_call(test, tools[i], request_del(test), NULL, NULL), -EINVAL);
}

/* Make a call of each kind while its allocation @n fails. Returns whether one did. */
static bool call_without_memory(struct kunit *test, struct tool *tool, unsigned int n)
{
	static const u8 dumps[] = { LNET_NL_NETS, LNET_NL_PEERS };
	bool failed = false;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(dumps); i++) {
		lnet_alloc_fail_nth(n);
		rc = call(test, tool, DUMP, dumps[i], 0);
		failed |= lnet_alloc_failed();
		KUNIT_EXPECT_EQ(test, rc, lnet_alloc_failed() ? -ENOMEM : 0);
		lnet_alloc_fail_nth(0);
	}
	lnet_alloc_fail_nth(n);
	rc = ask_two(test, tool, n == 1 ? ADD : DUMP);
	failed |= lnet_alloc_failed();
	KUNIT_EXPECT_TRUE(test, rc == 0 || (rc == -ENOMEM && lnet_alloc_failed()));
	lnet_alloc_fail_nth(0);
	return failed;
}

static void netlink_calls_without_memory_are_refused(struct kunit *test)
{
	struct tool *tool = tool_open(test);
	unsigned int n = 1;

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_discovery, NULL), 0);
	while (n < 30 && call_without_memory(test, tool, n))
		n++;
	KUNIT_EXPECT_GT(test, n, 3);
	KUNIT_EXPECT_LT(test, n, 30);
}

static void netlink_what_is_not_here_is_refused(struct kunit *test)
{
	static const struct {
		u8 cmd;
		int dump, change;	/* errors of what has no words */
	} cases[] = {
		{ LNET_NL_ROUTES, 0, -ENOMSG },
		{ LNET_NL_PEER_FAIL, -EOPNOTSUPP, -ENOMSG },
		{ LNET_NL_DBG_RECOV, -ENOMSG, -EOPNOTSUPP },
		{ LNET_NL_FAULT, -ENOMSG, -ENOMSG },
		{ LNET_NL_ROUTING, -EOPNOTSUPP, -ENOMSG },
		{ LNET_NL_BUFFERS, -EOPNOTSUPP, -ENOMSG },
		{ LNET_NL_NUMA, -EOPNOTSUPP, -ENOMSG },
		{ LNET_NL_STATS, 0, -EOPNOTSUPP },
		{ 5, -EOPNOTSUPP, -EOPNOTSUPP },
		{ 9, -EOPNOTSUPP, -EOPNOTSUPP },
		{ LNET_NL_CMD_NR, -EOPNOTSUPP, -EOPNOTSUPP },
	};
	struct tool *tool = tool_open(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, call(test, tool, DUMP, cases[i].cmd, 5), cases[i].dump,
				    "command %u", cases[i].cmd);
		KUNIT_EXPECT_EQ_MSG(test, call(test, tool, DEL, cases[i].cmd, 5), cases[i].change,
				    "command %u", cases[i].cmd);
	}
}

/* Drop all rights of this thread until the case ends. */
static void rights_drop(struct kunit *test)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_permitted);
	commit_creds(cred);
}

static void netlink_rights_are_asked_for(struct kunit *test)
{
	static const u8 for_root[] = {
		LNET_NL_NETS, LNET_NL_PEERS, LNET_NL_ROUTES, LNET_NL_PING, LNET_NL_DBG_RECOV,
		LNET_NL_FAULT,
	};
	static const u8 changes[] = {
		LNET_NL_CONFIGURE, LNET_NL_NETS, LNET_NL_PEERS, LNET_NL_ROUTES, LNET_NL_PING,
		LNET_NL_PEER_FAIL, LNET_NL_FAULT, LNET_NL_ROUTING, LNET_NL_BUFFERS, LNET_NL_NUMA,
	};
	struct tool *tool;
	struct sk_buff *skb;
	struct nlattr *nest;
	unsigned int i;

	rights_drop(test);
	tool = tool_open(test);
	for (i = 0; i < ARRAY_SIZE(for_root); i++)
		KUNIT_EXPECT_EQ_MSG(test, call(test, tool, DUMP, for_root[i], 0), -EPERM,
				    "command %u", for_root[i]);
	for (i = 0; i < ARRAY_SIZE(changes); i++)
		KUNIT_EXPECT_EQ_MSG(test, call(test, tool, DEL, changes[i], 0), -EPERM,
				    "command %u", changes[i]);
	KUNIT_EXPECT_EQ(test, call(test, tool, DUMP, LNET_NL_STATS, 0), 0);
	skb = request(test, REQUEST_BYTES, DUMP, LNET_NL_PEER_DIST, 5);
	nest = list_begin(skb);
	add_text(skb, "0@lo");
	nla_nest_end(skb, nest);
	KUNIT_EXPECT_EQ(test, tool_call(test, tool, skb, NULL, NULL), 0);
}

/* Words at random: of known ones and others, numbers, lists, and lengths that are wrong. */
static void add_garbage(struct sk_buff *skb, struct rnd_state *rnd, unsigned int depth)
{
	static const char *const words[] = {
		"net type", "local NI(s)", "interfaces", "nid", "nids", "primary nid", "peer ni",
		"timeout", "source", "ip2net", "queue_type", "rule_type", "tcp", "tcp77", "lo",
		"0@lo", "10.0.0.1@nosuch", "...\n", "",
	};
	unsigned int n = prandom_u32_state(rnd) % 6;
	struct nlattr *nest;

	while (n--) {
		switch (prandom_u32_state(rnd) % 8) {
		case 0:
			add_number(skb, prandom_u32_state(rnd) % 5 - 2);
			break;
		case 1:
		case 2:
			nest = depth < 10 ? list_begin(skb) : NULL;
			if (!nest)
				break;
			add_garbage(skb, rnd, depth + 1);
			nla_nest_end(skb, nest);
			if (prandom_u32_state(rnd) % 16 == 0)
				nest->nla_len = prandom_u32_state(rnd);
			break;
		case 3:
			nla_put(skb, prandom_u32_state(rnd) % 9, prandom_u32_state(rnd) % 9, words);
			break;
		default:
			add_text(skb, words[prandom_u32_state(rnd) % ARRAY_SIZE(words)]);
		}
	}
}

static void netlink_garbage_is_answered(struct kunit *test)
{
	static const int flags[] = {
		DUMP, DUMP | NLM_F_DUMP_FILTERED, ADD, DEL, DEL | NLM_F_REPLACE,
	};
	struct tool *tool = tool_open(test);
	struct rnd_state rnd;
	struct sk_buff *skb;
	unsigned int i;
	u8 cmd;

	prandom_seed_state(&rnd, 20110);
	for (i = 0; i < GARBAGE; i++) {
		cmd = LNET_NL_NETS + prandom_u32_state(&rnd) % (LNET_NL_CMD_NR - LNET_NL_NETS);
		skb = request(test, 65536, flags[i % ARRAY_SIZE(flags)], cmd, i % 7);
		add_garbage(skb, &rnd, 0);
		if (tool_call(test, tool, skb, NULL, NULL) != -ENOLINK)
			continue;
		KUNIT_FAIL(test, "no answer to garbage %u, command %u", i, cmd);
		return;
	}
}

static struct kunit_case lnet_lustre_netlink_cases[] = {
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
	KUNIT_CASE(netlink_networks_are_listed),
	KUNIT_CASE(netlink_many_peers_are_listed),
	KUNIT_CASE(netlink_peers_come_and_go),
	KUNIT_CASE(netlink_peer_that_cannot_be_added_leaves_nothing),
	KUNIT_CASE(netlink_interfaces_are_read),
	KUNIT_CASE(netlink_nis_come_and_go),
	KUNIT_CASE(netlink_nids_are_told_of),
	KUNIT_CASE(netlink_nids_of_a_peer_come_and_go),
	KUNIT_CASE(netlink_peers_are_asked),
	KUNIT_CASE(netlink_targets_are_pinged_in_pieces),
	KUNIT_CASE_SLOW(netlink_long_answer_waits_for_its_reader),
	KUNIT_CASE(netlink_changes_keep_nobody_from_registering_a_family),
	KUNIT_CASE(netlink_changes_of_a_socket_come_one_by_one),
	KUNIT_CASE(netlink_changes_that_wait_have_an_end),
	KUNIT_CASE(netlink_calls_without_memory_are_refused),
	KUNIT_CASE(netlink_what_is_not_here_is_refused),
	KUNIT_CASE(netlink_rights_are_asked_for),
	KUNIT_CASE(netlink_garbage_is_answered),
	{}
};

static struct kunit_suite lnet_lustre_netlink_suite = {
	.name = "lnet_lustre_netlink",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = netlink_case_init,
	.test_cases = lnet_lustre_netlink_cases,
};

kunit_test_suite(lnet_lustre_netlink_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: the netlink family of lnetctl and lctl");
MODULE_LICENSE("GPL");
