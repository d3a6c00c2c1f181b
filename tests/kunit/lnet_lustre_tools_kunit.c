// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls of /dev/lnet that Lustre's tools make, made through the device: what they answer, what
 * they refuse with which error, and what becomes of arguments and buffers that are not sound. KASAN
 * watches the copies.
 */
#include "common.h"
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "network/node.h"
#include "network/peer.h"

#include <lnet/ioctl.h>

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define PRIMARY		LT_NID(20)
#define SECOND		LT_NID(21)
#define OTHER		LT_NID(30)
#define FAR_NID		LNET_MKNID(LNET_MKNET(SOCKLND, 77), 5)
#define UNSOUND		(LNET_NID_LARGE | 3)	/* a number inside of LNet */

enum {
	ROOM	= SZ_64K,		/* of memory of user space */
	BULK	= SZ_16K,		/* where buffers are in it */
};

/* The device, and memory of user space. */
struct tool {
	struct kunit *test;
	struct file *file;
	unsigned long arg;
};

static void undo_nodes(void *arg)
{
	lnet_peer_stop();
	lnet_peer_allow();
	lnet_node_forget_all();
	lnet_node_allow();
}

static struct tool *tool(struct kunit *test)
{
	struct tool *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	t->file = lt_device(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_nodes, NULL), 0);
	t->arg = lt_user_memory(test, ROOM);
	return t;
}

/* Make an ioctl with a copy of @arg, which then is what came back. */
static long ask(struct tool *t, unsigned int cmd, void *arg, size_t bytes)
{
	struct libcfs_ioctl_hdr *hdr = arg;
	long rc;

	hdr->ioc_len = hdr->ioc_len ?: bytes;
	KUNIT_ASSERT_EQ(t->test, copy_to_user((void __user *)t->arg, arg, bytes), 0);
	rc = t->file->f_op->unlocked_ioctl(t->file, cmd, t->arg);
	KUNIT_ASSERT_EQ(t->test, copy_from_user(arg, (void __user *)t->arg, bytes), 0);
	return rc;
}

static long ask_data(struct tool *t, unsigned int nr, struct libcfs_ioctl_data *data)
{
	data->ioc_hdr.ioc_version = LNET_IOCTL_VERSION_DATA;
	return ask(t, LNET_IOC(nr), data, sizeof(*data));
}

/* The same with another structure. */
static long ask_config(struct tool *t, unsigned int cmd, void *arg, size_t bytes)
{
	((struct libcfs_ioctl_hdr *)arg)->ioc_version = LNET_IOCTL_VERSION_CONFIG;
	return ask(t, cmd, arg, bytes);
}

static void bulk_get(struct tool *t, void *to, size_t bytes)
{
	KUNIT_ASSERT_EQ(t->test, copy_from_user(to, (void __user *)(t->arg + BULK), bytes), 0);
}

/* The same for a case that names peers: none is asked, as none answers. */
static struct tool *tool_quiet(struct kunit *test)
{
	lt_param(test, "lnet_peer_discovery_disabled", "1");
	return tool(test);
}

/* NIs ------------------------------------------------------------------------ */

static void tools_nids_of_this_node_are_listed(struct kunit *test)
{
	struct tool *t = tool(test);
	static const struct {
		u32 index;
		long rc;
		u64 nid;
	} rows[] = {
		{ 0, 0, LNET_NID_LO_0 }, { 1, 0, LT_NID_SELF }, { 2, -ENOENT }, { ~0, -ENOENT },
	};
	unsigned int i;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct libcfs_ioctl_data data = { .ioc_count = rows[i].index };

		KUNIT_EXPECT_EQ(test, ask_data(t, 50, &data), rows[i].rc);
		KUNIT_EXPECT_EQ(test, data.ioc_nid, rows[i].nid);
	}
}

static void tools_distance_is_told(struct kunit *test)
{
	static const struct {
		u64 nid, ours;
		u32 distance, order;
	} rows[] = {
		{ LNET_NID_LO_0, LNET_NID_LO_0, 0, 0 },
		{ LT_NID_SELF, LT_NID_SELF, 0, 1 },
		{ PRIMARY, LT_NID_SELF, 1, 3 },
		{ FAR_NID, FAR_NID, -EHOSTUNREACH, 0 },
		{ 0, 0, -EHOSTUNREACH, 0 },
		{ UNSOUND, UNSOUND, -EHOSTUNREACH, 0 },
		{ LNET_NID_ANY, LNET_NID_ANY, -EHOSTUNREACH, 0 },
	};
	struct tool *t = tool(test);
	unsigned int i;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct libcfs_ioctl_data data = { .ioc_nid = rows[i].nid };

		KUNIT_EXPECT_EQ(test, ask_data(t, 58, &data), 0);
		KUNIT_EXPECT_EQ_MSG(test, data.ioc_nid, rows[i].ours, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, data.ioc_u32[0], rows[i].distance, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, data.ioc_u32[1], rows[i].order, "row %u", i);
	}
}

static struct lt_ni *ni_with_facts(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	f->facts = (struct lnet_lnd_facts) {
		.interface = "eth7", .peer_credits = 11, .credits = 22, .credits_now = 21,
		.credits_least = 20, .conns_per_peer = 2, .timeout_s = 33,
	};
	return f;
}

static void tools_network_is_told(struct kunit *test)
{
	struct { union { struct lnet_ioc_config c; struct { struct libcfs_ioctl_hdr hdr; }; };
		 char rest[LNET_IOC_GET_NET_BYTES]; } *a = lt_vmalloc(test, sizeof(*a));
	struct lnet_ioc_net_bulk *bulk = (void *)a->c.bulk;
	struct tool *t = tool(test);

	ni_with_facts(test);
	memset(a, 0, sizeof(*a));
	a->c.count = 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(86), a, sizeof(*a)), 0);
	KUNIT_EXPECT_EQ(test, a->c.hdr.ioc_len, LNET_IOC_GET_NET_BYTES);
	KUNIT_EXPECT_EQ(test, a->c.nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, a->c.net, LNET_NETNUM(LT_NET));
	KUNIT_EXPECT_EQ(test, a->c.ni.peer_tx_credits, 11);
	KUNIT_EXPECT_EQ(test, a->c.ni.max_tx_credits, 22);
	KUNIT_EXPECT_EQ(test, a->c.ni.interface_count, 1);
	KUNIT_EXPECT_STREQ(test, bulk->interface, "eth7");
	KUNIT_EXPECT_EQ(test, bulk->status, LNET_NI_STATUS_UP);
	a->c.count = 2;
	a->c.hdr.ioc_len = 0;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(86), a, sizeof(*a)), -ENOENT);
	a->c.hdr.ioc_len = LNET_IOC_GET_NET_BYTES - 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(86), a, sizeof(*a)), -EINVAL);
}

static void tools_ni_is_told(struct kunit *test)
{
	struct lnet_ioc_local_ni *ni = lt_vmalloc(test, sizeof(*ni));
	struct tool *t = tool(test);

	ni_with_facts(test);
	memset(ni, 0xa5, sizeof(*ni));
	ni->hdr.ioc_len = 0;
	ni->index = 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(97), ni, sizeof(*ni)), 0);
	KUNIT_EXPECT_EQ(test, ni->nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, ni->index, 1);
	KUNIT_EXPECT_STREQ(test, ni->interface, "eth7");
	KUNIT_EXPECT_GE(test, ni->ncpts, 1);
	KUNIT_EXPECT_EQ(test, ni->status, LNET_NI_STATUS_UP);
	KUNIT_EXPECT_EQ(test, ni->tunables.sock.timeout, 33);
	KUNIT_EXPECT_EQ(test, ni->tunables.sock.conns_per_peer, 2);
	KUNIT_EXPECT_EQ(test, ni->tunables.peer_tx_credits, 11);
	ni->index = 2;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(97), ni, sizeof(*ni)), -ENOENT);
	ni->hdr.ioc_len--;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(97), ni, sizeof(*ni)), -EINVAL);
}

enum { BYTES = 1000, BITS = 0x77 };

/* A message of each type over the loopback, and one that is dropped. */
static void send_all(struct kunit *test)
{
	struct lt_side *from = lt_side(test, BYTES), *to = lt_side(test, BYTES);

	lt_side_bind(test, from, LNET_MD_THRESH_INF, 0, LNET_RETAIN);
	lt_side_attach(test, to, BITS, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_OP_GET |
		       LNET_MD_MANAGE_REMOTE, LNET_RETAIN);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_ACK_REQ, BITS, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_ACK_REQ, BITS, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_get(from->mdh, BITS, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_NOACK_REQ, BITS + 1, 0, 0), 0);
}

static void tools_messages_are_counted_by_type(struct kunit *test)
{
	struct lnet_ioc_msg_stats before = {}, after = {};
	struct tool *t = tool(test);

	KUNIT_ASSERT_EQ(test, ask_config(t, LNET_IOC_CONFIG(101), &before, sizeof(before)), 0);
	send_all(test);
	KUNIT_ASSERT_EQ(test, ask_config(t, LNET_IOC_CONFIG(101), &after, sizeof(after)), 0);
	KUNIT_EXPECT_EQ(test, after.sent.put - before.sent.put, 3);
	KUNIT_EXPECT_EQ(test, after.sent.get - before.sent.get, 1);
	KUNIT_EXPECT_EQ(test, after.sent.ack - before.sent.ack, 2);
	KUNIT_EXPECT_EQ(test, after.sent.reply - before.sent.reply, 1);
	KUNIT_EXPECT_EQ(test, after.received.put - before.received.put, 2);
	KUNIT_EXPECT_EQ(test, after.received.get - before.received.get, 1);
	KUNIT_EXPECT_EQ(test, after.received.ack - before.received.ack, 2);
	KUNIT_EXPECT_EQ(test, after.received.reply - before.received.reply, 1);
	KUNIT_EXPECT_EQ(test, after.dropped.put - before.dropped.put, 1);
	KUNIT_EXPECT_EQ(test, after.dropped.get, before.dropped.get);
	after.index = 7;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(101), &after, sizeof(after)), -ENOENT);
}

static void tools_argument_of_another_size_is_refused(struct kunit *test)
{
	struct {
		struct libcfs_ioctl_hdr hdr;
		char more[sizeof(struct lnet_ioc_msg_stats)];
	} a = {};
	struct lnet_ioc_value v = {};
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(101), &a, sizeof(a)), -EINVAL);
	v.hdr.ioc_len = 8;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(99), &v, sizeof(v)), -EINVAL);
	v.hdr.ioc_len = 12;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(99), &v, sizeof(v)), 0);
}

static void tools_health_is_that_of_an_ni_that_is_up(struct kunit *test)
{
	struct lnet_ioc_local_health h = { .nid = LT_NID_SELF, .error = 7 };
	struct lt_ni *f = lt_ni(test);
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(103), &h, sizeof(h)), 0);
	KUNIT_EXPECT_EQ(test, h.health, LNET_IOC_HEALTHY);
	KUNIT_EXPECT_EQ(test, h.fatal_error, 0);
	KUNIT_EXPECT_EQ(test, h.error, 0);
	lnet_ni_status_set(f->ni, LNET_NI_STATUS_DOWN);
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(103), &h, sizeof(h)), 0);
	KUNIT_EXPECT_EQ(test, h.fatal_error, 1);
	h.nid = PRIMARY;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(103), &h, sizeof(h)), -ENOENT);
	h.nid = UNSOUND;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(103), &h, sizeof(h)), -ENOENT);
}

/* Counters -------------------------------------------------------------------- */

static void stats_get(struct tool *t, struct lnet_ioc_stats *s)
{
	memset(s, 0, sizeof(*s));
	KUNIT_ASSERT_EQ(t->test, ask_config(t, LNET_IOC_CONFIG(91), s, sizeof(*s)), 0);
}

static void tools_counters_begin_anew(struct kunit *test)
{
	struct libcfs_ioctl_data none = { .ioc_hdr.ioc_version = LNET_IOCTL_VERSION_DATA };
	struct lnet_ioc_stats s;
	struct tool *t = tool(test);

	send_all(test);
	stats_get(t, &s);
	KUNIT_EXPECT_GE(test, s.common.lcc_send_count, 7);
	KUNIT_EXPECT_EQ(test, ask(t, LNET_IOC_CONFIG(110), &none, sizeof(none)), 0);
	stats_get(t, &s);
	KUNIT_EXPECT_EQ(test, s.common.lcc_send_count, 0);
	KUNIT_EXPECT_EQ(test, s.common.lcc_drop_count, 0);
	KUNIT_EXPECT_EQ(test, s.common.lcc_send_length, 0);
	send_all(test);
	stats_get(t, &s);
	KUNIT_EXPECT_EQ(test, s.common.lcc_send_count, 7);
	KUNIT_EXPECT_EQ(test, s.common.lcc_recv_count, 6);
	KUNIT_EXPECT_EQ(test, s.common.lcc_drop_count, 1);
	KUNIT_EXPECT_EQ(test, s.common.lcc_drop_length, BYTES);
	s.hdr.ioc_len = sizeof(s) - 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(91), &s, sizeof(s)), -EINVAL);
}

/* An NI takes what it has counted with it, but not out of the sum. */
static void tools_counters_keep_those_of_nis_that_have_gone(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);
	struct lnet_ioc_stats before, during, after;
	struct tool *t = tool(test);

	stats_get(t, &before);
	lt_hdr_put(rx, 0xdead, 100, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	stats_get(t, &during);
	lt_ni_stop(f);
	stats_get(t, &after);
	KUNIT_EXPECT_EQ(test, during.common.lcc_drop_length - before.common.lcc_drop_length, 100);
	KUNIT_EXPECT_EQ(test, after.common.lcc_drop_length, during.common.lcc_drop_length);
}

/* Peers ------------------------------------------------------------------------ */

static long peer_change(struct tool *t, unsigned int nr, u64 primary, u64 nid)
{
	struct lnet_ioc_peer peer = { .primary = primary, .nid = nid };

	return ask_config(t, LNET_IOC_CONFIG(nr), &peer, sizeof(peer));
}

/* Ask for the list of peers, with room for so many. */
static long peer_list(struct tool *t, unsigned int room, struct lnet_ioc_peer *peer)
{
	*peer = (struct lnet_ioc_peer) {
		.size = room * sizeof(struct lnet_ioc_id), .bulk = t->arg + BULK,
	};
	return ask_config(t, LNET_IOC_CONFIG(100), peer, sizeof(*peer));
}

static void tools_peers_come_and_go(struct kunit *test)
{
	struct lnet_ioc_peer peer;
	struct lnet_ioc_id ids[3];
	struct tool *t = tool_quiet(test);

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, peer_list(t, 3, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.count, 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, LNET_NID_ANY), 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, OTHER, LNET_NID_ANY), 0);
	KUNIT_EXPECT_EQ(test, peer_list(t, 3, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.count, 2);
	KUNIT_EXPECT_EQ(test, peer.size, 2 * sizeof(ids[0]));
	bulk_get(t, ids, sizeof(ids));
	KUNIT_EXPECT_EQ(test, ids[0].nid, PRIMARY);
	KUNIT_EXPECT_EQ(test, ids[0].pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, ids[1].nid, OTHER);
	/* One of its NIDs is no peer's any more; the other is, alone. */
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, lnet_api_primary_nid(SECOND), SECOND);
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, PRIMARY, LNET_NID_ANY), 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, OTHER, LNET_NID_ANY), 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(!peer_list(t, 3, &peer) && !peer.count));
}

static void tools_peers_that_cannot_be_are_refused(struct kunit *test)
{
	struct tool *t = tool_quiet(test);

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, 0, LNET_NID_ANY), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, LNET_NID_ANY, PRIMARY), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, UNSOUND, LNET_NID_ANY), -EINVAL);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, UNSOUND), -EINVAL);
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, PRIMARY, LNET_NID_ANY), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, UNSOUND, LNET_NID_ANY), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, LNET_NID_ANY), 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 93, PRIMARY, OTHER), -ENOENT);
	KUNIT_EXPECT_EQ(test, peer_change(t, 112, PRIMARY, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, peer_change(t, 112, OTHER, 0), -ENOENT);
}

static bool is_kept(lnet_nid_t nid)
{
	struct lnet_peer_info info;

	lnet_peer_look(nid, &info);
	return info.kept;
}

/* A peer that cannot be added whole is not added; and what was known before stays. */
static void tools_peer_that_cannot_be_added_leaves_nothing(struct kunit *test)
{
	const lnet_nid_t one[] = { PRIMARY, SECOND }, another[] = { OTHER, LT_NID(31) };
	struct tool *t = tool_quiet(test);
	unsigned int n;

	lt_ni(test);
	KUNIT_ASSERT_EQ(test, lnet_node_add(one, 2), 0);
	KUNIT_ASSERT_EQ(test, lnet_node_add(another, 2), 0);
	KUNIT_EXPECT_EQ(test, peer_change(t, 92, PRIMARY, OTHER), -EEXIST);
	KUNIT_EXPECT_FALSE(test, is_kept(PRIMARY));
	KUNIT_EXPECT_EQ(test, lnet_api_primary_nid(SECOND), PRIMARY);
	undo_nodes(NULL);
	/* Without memory, wherever that ends. */
	for (n = 1; n < 30; n++) {
		lnet_alloc_fail_nth(n);
		if (!peer_change(t, 92, PRIMARY, SECOND))
			break;
		KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
		lnet_alloc_fail_nth(0);
		KUNIT_EXPECT_FALSE(test, is_kept(PRIMARY));
		KUNIT_EXPECT_FALSE(test, is_kept(SECOND));
		KUNIT_EXPECT_EQ(test, lnet_api_primary_nid(SECOND), SECOND);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_GT(test, n, 3);
	KUNIT_EXPECT_LT(test, n, 30);
	KUNIT_EXPECT_TRUE(test, is_kept(PRIMARY));
	KUNIT_EXPECT_TRUE(test, is_kept(SECOND));
}

static void tools_list_that_does_not_fit_says_so(struct kunit *test)
{
	struct lnet_ioc_peer peer;
	struct lnet_ioc_id id = {};
	struct tool *t = tool_quiet(test);

	lt_ni(test);
	KUNIT_ASSERT_EQ(test, peer_change(t, 92, PRIMARY, LNET_NID_ANY), 0);
	KUNIT_ASSERT_EQ(test, peer_change(t, 92, OTHER, LNET_NID_ANY), 0);
	KUNIT_EXPECT_EQ(test, peer_list(t, 1, &peer), -E2BIG);
	KUNIT_EXPECT_EQ(test, peer.count, 2);
	KUNIT_EXPECT_EQ(test, peer.size, 2 * sizeof(id));
	bulk_get(t, &id, sizeof(id));
	KUNIT_EXPECT_EQ(test, id.nid, 0);
	peer = (struct lnet_ioc_peer){ .size = ~0, .bulk = 16 };
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(100), &peer, sizeof(peer)), -EFAULT);
	peer = (struct lnet_ioc_peer){ .size = ~0, .bulk = ~0ULL - 15 };
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(100), &peer, sizeof(peer)), -EFAULT);
}

static void tools_peer_is_told(struct kunit *test)
{
	struct lnet_ioc_peer_ni *ni = lt_vmalloc(test, 2 * sizeof(*ni));
	struct lnet_ioc_peer peer = { .primary = SECOND, .size = 2 * sizeof(*ni) };
	struct lt_ni *f = lt_ni(test);
	struct tool *t = tool_quiet(test);

	f->peer_known = SECOND;
	f->peer_facts = (struct lnet_lnd_peer_facts) {
		.credits_max = 8, .credits = 3, .waiting = 5, .credits_least = -4,
		.waiting_bytes = 1ULL << 40, .uses = 6,
		.sends = { [LNET_MSG_PUT] = 10, [LNET_MSG_GET] = 20 },
		.receives = { [LNET_MSG_ACK] = 30, [LNET_MSG_REPLY] = 40 },
	};
	peer.bulk = t->arg + BULK;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(94), &peer, sizeof(peer)), -ENOENT);
	KUNIT_ASSERT_EQ(test, peer_change(t, 92, PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(94), &peer, sizeof(peer)), 0);
	KUNIT_EXPECT_EQ(test, peer.primary, PRIMARY);
	KUNIT_EXPECT_EQ(test, peer.count, 2);
	KUNIT_EXPECT_EQ(test, peer.size, 2 * sizeof(*ni));
	KUNIT_EXPECT_TRUE(test, peer.state & 1 << 3);
	bulk_get(t, ni, 2 * sizeof(*ni));
	KUNIT_EXPECT_EQ(test, ni[0].nid, PRIMARY);
	KUNIT_EXPECT_EQ(test, ni[1].nid, SECOND);
	KUNIT_EXPECT_STREQ(test, ni[1].aliveness, "NA");
	KUNIT_EXPECT_EQ(test, ni[1].refcount, 6);
	KUNIT_EXPECT_EQ(test, ni[1].ni_tx_credits, 8);
	KUNIT_EXPECT_EQ(test, ni[1].tx_credits, -2);
	KUNIT_EXPECT_EQ(test, ni[1].min_tx_credits, -4);
	KUNIT_EXPECT_EQ(test, ni[1].tx_bytes, U32_MAX);
	KUNIT_EXPECT_EQ(test, ni[1].stats.sent, 30);
	KUNIT_EXPECT_EQ(test, ni[1].stats.received, 70);
	KUNIT_EXPECT_EQ(test, ni[1].by_type.sent.get, 20);
	KUNIT_EXPECT_EQ(test, ni[1].by_type.received.reply, 40);
	KUNIT_EXPECT_EQ(test, ni[1].health.health, LNET_IOC_HEALTHY);
	peer.size = 2 * sizeof(*ni) - 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(94), &peer, sizeof(peer)), -E2BIG);
	KUNIT_EXPECT_EQ(test, peer.size, 2 * sizeof(*ni));
	peer.bulk = 16;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(94), &peer, sizeof(peer)), -EFAULT);
	peer.primary = UNSOUND;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(94), &peer, sizeof(peer)), -ENOENT);
}

/* Pings ------------------------------------------------------------------------- */

/* A ping that has ended, or was not sent, is freed a moment later. */
static bool pings_are_gone(void)
{
	u64 counts[LNET_OBJECT_TYPES];

	lnet_object_counts(counts);
	return !counts[LNET_HANDLE_EQ];
}

static struct lnet_ioc_ping ping_of(struct tool *t, u64 nid)
{
	return (struct lnet_ioc_ping) {
		.param = 20, .count = 8, .id = { nid, LNET_PID_LUSTRE }, .buf = t->arg + BULK,
		.source = LNET_NID_ANY,
	};
}

static void tools_ping_of_this_node_is_answered(struct kunit *test)
{
	struct lnet_ioc_ping ping;
	struct lnet_ioc_id ids[3] = {};
	struct tool *t = tool(test);

	lt_ni(test);
	ping = ping_of(t, LNET_NID_LO_0);
	ping.param = 0;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(62), &ping, sizeof(ping)), 0);
	KUNIT_EXPECT_EQ(test, ping.count, 2);
	bulk_get(t, ids, sizeof(ids));
	KUNIT_EXPECT_EQ(test, ids[0].nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, ids[1].nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, ids[1].pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, ids[2].nid, 0);
	/* What does not fit is left out. */
	ping.count = 1;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(62), &ping, sizeof(ping)), 0);
	KUNIT_EXPECT_EQ(test, ping.count, 1);
	/* Without the last field, as older programs ask. */
	ping = ping_of(t, LNET_NID_LO_0);
	ping.source = 0;
	ping.hdr.ioc_len = 48;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(62), &ping, sizeof(ping)), 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_gone()));
}

static void tools_ping_that_cannot_be_is_refused(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_ioc_ping ping;
	struct tool *t = tool(test);

#define EXPECT_PING(_rc, _nr, _nid, ...)						\
do {											\
	ping = ping_of(t, _nid);							\
	__VA_ARGS__;									\
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(_nr), &ping, sizeof(ping)), _rc);	\
} while (0)

	EXPECT_PING(-EINVAL, 62, LNET_NID_LO_0, ping.count = 0);
	EXPECT_PING(-EINVAL, 62, LNET_NID_ANY);
	EXPECT_PING(-EINVAL, 62, LNET_NID_LO_0, ping.source = PRIMARY);
	EXPECT_PING(-EINVAL, 62, LNET_NID_LO_0, ping.source = UNSOUND);
	EXPECT_PING(-EINVAL, 62, LNET_NID_LO_0, ping.hdr.ioc_len = 47);
	EXPECT_PING(-EPROTO, 62, LNET_NID_LO_0, ping.id.pid = 7);
	EXPECT_PING(-EHOSTUNREACH, 62, UNSOUND);
	EXPECT_PING(-EHOSTUNREACH, 62, FAR_NID);
	EXPECT_PING(-EFAULT, 62, LNET_NID_LO_0, ping.buf = 16);
	EXPECT_PING(-EINVAL, 77, LNET_NID_LO_0, ping.count = 0);
	EXPECT_PING(-EINVAL, 77, LNET_NID_ANY);
	EXPECT_PING(-EIO, 77, UNSOUND);
	EXPECT_PING(-EIO, 77, FAR_NID);
	EXPECT_PING(-EFAULT, 77, LT_NID_SELF, ping.buf = 16);
	/* It does not answer. */
	f->hold_send = true;
	EXPECT_PING(-EHOSTUNREACH, 62, PRIMARY);
	f->hold_send = false;
	lt_ni_finish_sends(f, 0);
	lnet_alloc_fail_nth(2);
	EXPECT_PING(-ENOMEM, 62, LNET_NID_LO_0);
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_gone()));
}

static void discover_again(void *arg)
{
	lnet_peer_set_discovers(true);
}

/* A node that does not discover asks by a ping. */
static void tools_peer_that_does_not_answer_is_not_discovered(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_ioc_ping ping;
	struct tool *t = tool(test);

	lnet_peer_set_discovers(false);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, discover_again, NULL), 0);
	f->hold_send = true;
	ping = ping_of(t, PRIMARY);
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(77), &ping, sizeof(ping)), -EIO);
	f->hold_send = false;
	lt_ni_finish_sends(f, 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_gone()));
}

static void tools_note_of_a_router_is_passed_on(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_nid = PRIMARY, .ioc_flags = 1 };
	struct lt_ni *f = lt_ni(test);
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_data(t, _IOC_NR(IOC_LIBCFS_NOTIFY_ROUTER), &data), 0);
	KUNIT_EXPECT_EQ(test, f->notify_nid, PRIMARY);
	KUNIT_EXPECT_EQ(test, f->notify_alive, 1);
	data.ioc_nid = UNSOUND;
	KUNIT_EXPECT_EQ(test, ask_data(t, _IOC_NR(IOC_LIBCFS_NOTIFY_ROUTER), &data), -EINVAL);
}

static void tools_this_node_is_discovered(struct kunit *test)
{
	struct lnet_ioc_ping ping;
	struct lnet_ioc_id ids[2];
	struct tool *t = tool(test);

	lt_ni(test);
	ping = ping_of(t, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(77), &ping, sizeof(ping)), 0);
	KUNIT_EXPECT_EQ(test, ping.count, 2);
	KUNIT_EXPECT_EQ(test, ping.id.nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, ping.multi_rail, 1);
	bulk_get(t, ids, sizeof(ids));
	KUNIT_EXPECT_EQ(test, ids[0].nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, ids[1].nid, LNET_NID_LO_0);
}

/* Where this node does not discover, a ping does; without memory it is not made. */
static void tools_discovery_by_ping_without_memory_is_refused(struct kunit *test)
{
	struct tool *t = tool_quiet(test);
	struct lnet_ioc_ping ping;
	unsigned int n;

	lt_ni(test);
	for (n = 1; n <= 2; n++) {
		ping = ping_of(t, OTHER);
		lnet_alloc_fail_nth(n);
		KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC(77), &ping, sizeof(ping)), -ENOMEM);
		KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
		lnet_alloc_fail_nth(0);
	}
}

/* Others --------------------------------------------------------------------------- */

/* What there is none of, and what nobody knows. */
static void tools_others_are_refused(struct kunit *test)
{
	static const struct {
		unsigned int cmd;
		u32 bytes;
		long rc;
	} rows[] = {
		{ LNET_IOC(30), 128, -EINVAL },
		{ LNET_IOC(51), 128, -EOPNOTSUPP },
		{ LNET_IOC(60), 128, -EOPNOTSUPP },
		{ LNET_IOC(64), 128, -EINVAL },
		{ LNET_IOC_CONFIG(81), 184, -EOPNOTSUPP },
		{ LNET_IOC_CONFIG(82), 184, -ENOENT },
		{ LNET_IOC_CONFIG(83), 184, -ENOENT },
		{ LNET_IOC_CONFIG(83), 183, -EINVAL },
		{ LNET_IOC_CONFIG(84), 184, -EINVAL },
		{ LNET_IOC_CONFIG(85), 184, -EINVAL },
		{ LNET_IOC_CONFIG(87), 184, 0 },
		{ LNET_IOC_CONFIG(88), 184, -EOPNOTSUPP },
		{ LNET_IOC_CONFIG(89), 236, -ENOENT },
		{ LNET_IOC_CONFIG(89), 235, -EINVAL },
		{ LNET_IOC_CONFIG(90), 184, -ENOENT },
		{ LNET_IOC_CONFIG(95), 184, -EINVAL },
		{ LNET_IOC_CONFIG(96), 184, -EINVAL },
		{ LNET_IOC_CONFIG(102), 24, -EOPNOTSUPP },
		{ LNET_IOC_CONFIG(104), 1040, 0 },
		{ LNET_IOC_CONFIG(104), 1039, -EINVAL },
		{ LNET_IOC_CONFIG(105), 184, -EOPNOTSUPP },
		{ LNET_IOC_CONFIG(106), 184, -EOPNOTSUPP },
		{ LNET_IOC_CONFIG(107), 184, -ENOENT },
		{ LNET_IOC_CONFIG(108), 184, -ENOENT },
		{ LNET_IOC_CONFIG(109), 184, -EINVAL },
		{ LNET_IOC_CONFIG(111), 24, -EOPNOTSUPP },
		/* a number with another size, or direction */
		{ LNET_IOC_CONFIG(50), 184, -EINVAL },
		{ LNET_IOC(91), 184, -EINVAL },
		{ _IO(IOC_LIBCFS_TYPE, 50), 184, -EINVAL },
	};
	char *arg = lt_vmalloc(test, SZ_4K);
	struct libcfs_ioctl_hdr *hdr = (void *)arg;
	struct tool *t = tool(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(arg, 0, SZ_4K);
		hdr->ioc_version = LNET_IOCTL_VERSION_CONFIG;
		hdr->ioc_len = rows[i].bytes;
		KUNIT_EXPECT_EQ_MSG(test, ask(t, rows[i].cmd, arg, SZ_4K), rows[i].rc, "row %u", i);
	}
}

static void tools_router_is_not_made(struct kunit *test)
{
	struct lnet_ioc_config config = { .buffers.enable = 1 };
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(87), &config, sizeof(config)),
			-EOPNOTSUPP);
}

static void tools_numa_range_is_kept(struct kunit *test)
{
	struct lnet_ioc_value v = { .value = 4711 };
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(98), &v, sizeof(v)), 0);
	v.value = 0;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(99), &v, sizeof(v)), 0);
	KUNIT_EXPECT_EQ(test, v.value, 4711);
	v.value = 0;
	KUNIT_EXPECT_EQ(test, ask_config(t, LNET_IOC_CONFIG(98), &v, sizeof(v)), 0);
}

static void tools_driver_has_its_own(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_net = LT_NET };
	struct lt_ni *f = lt_ni(test);
	struct tool *t = tool(test);

	KUNIT_EXPECT_EQ(test, ask_data(t, 76, &data), 0);
	KUNIT_EXPECT_EQ(test, f->ctl_cmd, LNET_IOC(76));
	f->ctl_rc = -ENOENT;
	KUNIT_EXPECT_EQ(test, ask_data(t, 73, &data), -ENOENT);
	f->ctl_cmd = 0;
	data.ioc_nid = UNSOUND;
	KUNIT_EXPECT_EQ(test, ask_data(t, 76, &data), -EINVAL);
	data.ioc_nid = 0;
	data.ioc_net = LT_NET | LNET_NET_LARGE;
	KUNIT_EXPECT_EQ(test, ask_data(t, 76, &data), -EINVAL);
	data.ioc_net = LNET_MKNET(SOCKLND, 9);
	KUNIT_EXPECT_EQ(test, ask_data(t, 76, &data), -EINVAL);
	data.ioc_net = LT_NET;
	KUNIT_EXPECT_EQ(test, ask_data(t, 69, &data), -EINVAL);
	KUNIT_EXPECT_EQ(test, f->ctl_cmd, 0);
}

/* While LNet is down nothing is told. */
static void tools_network_that_is_down_says_so(struct kunit *test)
{
	struct libcfs_ioctl_data data = {};
	struct lnet_ioc_value v = {};
	struct tool *t = tool(test);
	long rc[6];

	KUNIT_ASSERT_EQ(test, lnet_api_ni_fini(), 0);
	rc[0] = ask_data(t, 50, &data);
	rc[1] = ask_data(t, 63, &data);
	rc[2] = ask_data(t, 30, &data);
	rc[3] = ask_config(t, LNET_IOC_CONFIG(99), &v, sizeof(v));
	rc[4] = ask_config(t, LNET_IOC_CONFIG(84), &v, sizeof(v));
	rc[5] = ask_data(t, LNET_IOC_NR_UNCONFIGURE, &data);
	KUNIT_ASSERT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, rc[0], -ENETDOWN);
	KUNIT_EXPECT_EQ(test, rc[1], -ENETDOWN);
	KUNIT_EXPECT_EQ(test, rc[2], -ENETDOWN);
	KUNIT_EXPECT_EQ(test, rc[3], -ENETDOWN);
	KUNIT_EXPECT_EQ(test, rc[4], -EINVAL);
	KUNIT_EXPECT_EQ(test, rc[5], 0);
}

static struct kunit_case lnet_lustre_tools_cases[] = {
	KUNIT_CASE(tools_nids_of_this_node_are_listed),
	KUNIT_CASE(tools_distance_is_told),
	KUNIT_CASE(tools_network_is_told),
	KUNIT_CASE(tools_ni_is_told),
	KUNIT_CASE(tools_messages_are_counted_by_type),
	KUNIT_CASE(tools_argument_of_another_size_is_refused),
	KUNIT_CASE(tools_health_is_that_of_an_ni_that_is_up),
	KUNIT_CASE(tools_counters_begin_anew),
	KUNIT_CASE(tools_counters_keep_those_of_nis_that_have_gone),
	KUNIT_CASE(tools_peers_come_and_go),
	KUNIT_CASE(tools_peers_that_cannot_be_are_refused),
	KUNIT_CASE(tools_peer_that_cannot_be_added_leaves_nothing),
	KUNIT_CASE(tools_list_that_does_not_fit_says_so),
	KUNIT_CASE(tools_peer_is_told),
	KUNIT_CASE(tools_ping_of_this_node_is_answered),
	KUNIT_CASE(tools_ping_that_cannot_be_is_refused),
	KUNIT_CASE(tools_peer_that_does_not_answer_is_not_discovered),
	KUNIT_CASE(tools_note_of_a_router_is_passed_on),
	KUNIT_CASE(tools_this_node_is_discovered),
	KUNIT_CASE(tools_discovery_by_ping_without_memory_is_refused),
	KUNIT_CASE(tools_others_are_refused),
	KUNIT_CASE(tools_router_is_not_made),
	KUNIT_CASE(tools_numa_range_is_kept),
	KUNIT_CASE(tools_driver_has_its_own),
	KUNIT_CASE(tools_network_that_is_down_says_so),
	{}
};

LT_SUITE(lnet_lustre_tools);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: ioctls of tools");
MODULE_LICENSE("GPL");
