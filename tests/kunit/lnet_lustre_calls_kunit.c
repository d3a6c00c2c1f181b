// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family of lnetctl and lctl: pings, answers and changes that wait, what is refused
 * for want of memory or rights, and garbage.
 */
#include "common.h"
#include "lustre/nl_family.h"
#include "lustre/nl_request.h"
#include "network/networks.h"
#include "network/peer.h"

/* From here on the names are those of the handler interface. */
#include "netlink_tool.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>

enum { GARBAGE = 3000 };

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

static struct kunit_case lnet_lustre_calls_cases[] = {
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

static struct kunit_suite lnet_lustre_calls_suite = {
	.name = "lnet_lustre_calls",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = netlink_case_init,
	.test_cases = lnet_lustre_calls_cases,
};

kunit_test_suite(lnet_lustre_calls_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: what netlink waits for and refuses");
MODULE_LICENSE("GPL");
