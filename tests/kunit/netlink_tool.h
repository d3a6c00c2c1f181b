/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about the netlink family of lnetctl and lctl: a request, a tool that makes
 * it, and what a case leaves behind.
 */
#ifndef _LNET_KUNIT_NETLINK_TOOL_H
#define _LNET_KUNIT_NETLINK_TOOL_H

#include "common.h"
#include "lustre/nl_family.h"
#include "network/peer.h"

/* From here on the names are those of the handler interface. */
#include <lnet/handler.h>

#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

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
};

/* A case ------------------------------------------------------------------- */

static u64 counts_before[LNET_OBJECT_TYPES];
static int refs_before;			/* of lnet_lustre.ko */

static inline bool pings_are_over(void)
{
	u64 now[LNET_OBJECT_TYPES];

	lnet_object_counts(now);
	return !memcmp(now, counts_before, sizeof(now));
}

/* The last of a ping goes behind its back. */
static inline void wait_for_pings(void *arg)
{
	struct kunit *test = arg;

	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_over()));
}

static inline int netlink_case_init(struct kunit *test)
{
	int rc = lt_case_init(test);

	lnet_object_counts(counts_before);
	refs_before = module_refcount(lnet_nl_family.module);
	return rc ?: kunit_add_action(test, wait_for_pings, test);
}

static inline void undo_discovery(void *arg)
{
	unsigned int i;

	for (i = 0; i < MANY_PEERS; i++)
		lnet_peer_forget(LT_NID(1000 + i));
	lnet_peer_set_discovers(true);
}

/* Requests ----------------------------------------------------------------- */

static inline struct sk_buff *request(struct kunit *test, size_t bytes, int flags, u8 cmd,
				      u8 version)
{
	struct sk_buff *skb = nlmsg_new(bytes, GFP_KERNEL);
	struct genlmsghdr *ghdr;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_NOT_NULL(test, nlmsg_put(skb, 0, 1, lnet_nl_family.id, GENL_HDRLEN, flags));
	ghdr = nlmsg_data(nlmsg_hdr(skb));
	*ghdr = (struct genlmsghdr){ .cmd = cmd, .version = version };
	return skb;
}

static inline void add_text(struct sk_buff *skb, const char *text)
{
	WARN_ON_ONCE(nla_put_string(skb, LN_SCALAR_ATTR_VALUE, text));
}

static inline void add_number(struct sk_buff *skb, s64 number)
{
	WARN_ON_ONCE(nla_put(skb, LN_SCALAR_ATTR_INT_VALUE, sizeof(number), &number));
}

static inline struct nlattr *list_begin(struct sk_buff *skb)
{
	return nla_nest_start(skb, LN_SCALAR_ATTR_LIST);
}

/* A list of one mapping of two pairs. */
static inline void add_pairs(struct sk_buff *skb, const char *const words[4])
{
	struct nlattr *outer = list_begin(skb), *inner = list_begin(skb);
	unsigned int i;

	for (i = 0; i < 4; i++)
		add_text(skb, words[i]);
	nla_nest_end(skb, inner);
	nla_nest_end(skb, outer);
}

/* Two lists in each other, with one pair in them: a filter. */
static inline void add_filter(struct sk_buff *skb, const char *key, const char *value)
{
	struct nlattr *outer = list_begin(skb), *inner = list_begin(skb);

	add_text(skb, key);
	add_text(skb, value);
	nla_nest_end(skb, inner);
	nla_nest_end(skb, outer);
}

static inline struct nlmsghdr *request_end(struct sk_buff *skb)
{
	nlmsg_end(skb, nlmsg_hdr(skb));
	return nlmsg_hdr(skb);
}

/* Tools -------------------------------------------------------------------- */

/* A tool: a socket with a file, and what it was told. */
struct tool {
	struct file *file;
	struct socket *sock;
	u8 *buf;
	unsigned int datagrams, messages;	/* of the family */
	int error;				/* of the end */
};

static inline void tool_close(void *arg)
{
	struct tool *tool = arg;

	fput(tool->file);
	kvfree(tool->buf);
}

static inline struct tool *tool_open(struct kunit *test)
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

static inline int tool_send(struct tool *tool, struct nlmsghdr *nlh)
{
	struct kvec vec = { .iov_base = nlh, .iov_len = nlh->nlmsg_len };
	struct msghdr msg = {};

	return kernel_sendmsg(tool->sock, &msg, &vec, 1, vec.iov_len);
}

/* Count the messages of a datagram. Returns false at the end of the answer. */
static inline bool tool_count(struct tool *tool, int len,
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
static inline void tool_ask(struct kunit *test, struct tool *tool, struct sk_buff *skb)
{
	KUNIT_EXPECT_GT(test, tool_send(tool, request_end(skb)), 0);
	nlmsg_free(skb);
}

/* Take the answer. Returns the error at its end. */
static inline int tool_answer(struct tool *tool,
			      void (*look)(void *arg, const struct nlmsghdr *nlh), void *arg)
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

static inline int tool_call(struct kunit *test, struct tool *tool, struct sk_buff *skb,
			    void (*look)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	tool_ask(test, tool, skb);
	return tool_answer(tool, look, arg);
}

static inline int call(struct kunit *test, struct tool *tool, int flags, u8 cmd, u8 version)
{
	return tool_call(test, tool, request(test, REQUEST_BYTES, flags, cmd, version), NULL, NULL);
}

#endif
