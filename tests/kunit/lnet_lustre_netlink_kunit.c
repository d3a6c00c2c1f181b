// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family of lnetctl and lctl: networks, interfaces, NIs and peers are listed, come and
 * go, through a socket, as a tool asks for it.
 */
#include "common.h"
#include "lustre/nl_family.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/peer.h"

/* From here on the names are those of the handler interface. */
#include "netlink_tool.h"

#include <linux/module.h>
#include <linux/string.h>

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

static struct kunit_case lnet_lustre_netlink_cases[] = {
	KUNIT_CASE(netlink_networks_are_listed),
	KUNIT_CASE(netlink_many_peers_are_listed),
	KUNIT_CASE(netlink_peers_come_and_go),
	KUNIT_CASE(netlink_peer_that_cannot_be_added_leaves_nothing),
	KUNIT_CASE(netlink_interfaces_are_read),
	KUNIT_CASE(netlink_nis_come_and_go),
	KUNIT_CASE(netlink_nids_are_told_of),
	KUNIT_CASE(netlink_nids_of_a_peer_come_and_go),
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

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: what netlink lists and changes");
MODULE_LICENSE("GPL");
