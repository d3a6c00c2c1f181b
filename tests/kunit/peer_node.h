/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about discovery: other nodes, which a driver meets, and which answer, push
 * and acknowledge; and what a case leaves behind.
 */
#ifndef _LNET_KUNIT_PEER_NODE_H
#define _LNET_KUNIT_PEER_NODE_H

#include "common.h"
#include "network/node.h"
#include "network/peer.h"
#include "network/ping_info.h"

#include <linux/err.h>
#include <linux/string.h>

/* The node: two NIDs, and one that it has later. Others. */
#define PRIMARY		LT_NID(20)
#define SECOND		LT_NID(21)
#define THIRD		LT_NID(22)
#define OTHER		LT_NID(30)
#define NET2		LNET_MKNET(PTL4LND, 8)
#define NID2(n)		LNET_MKNID(NET2, n)

enum {
	ALONE	= LNET_PING_NI_STATUS | LNET_PING_RTE_DISABLED,
	BOTH	= ALONE | LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY,
	QUIET_MS = 50,			/* what has not happened by then does not happen */
};

/* One that leaves it to LNet by which NI a peer is asked. */
static const struct lnet_ni any_ni = { .nid = LNET_NID_ANY };

static inline void undo_met(void *nid)
{
	lnet_lnd_parted(&any_ni, (lnet_nid_t)(uintptr_t)nid);
}

/* A driver meets it, until the case is over. */
static inline void meet(struct kunit *test, lnet_nid_t nid, bool dialled)
{
	KUNIT_ASSERT_TRUE(test, lnet_lnd_met(&any_ni, nid, dialled));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_met,
							(void *)(uintptr_t)nid), 0);
}

static inline void undo_nodes(void *arg)
{
	lnet_node_forget_all();
	lnet_node_allow();
}

static u64 counts_before[4];		/* before the first case */

static inline bool pings_are_over(void)
{
	u64 now[4];

	lnet_object_counts(now);
	return !memcmp(now, counts_before, sizeof(now));
}

/* The last of a ping goes behind its back. */
static inline void wait_for_pings(void *arg)
{
	struct kunit *test = arg;

	KUNIT_EXPECT_TRUE(test, lt_wait_for(pings_are_over()));
}

/* A question that was on its way to a work queue as the last case ended may still have its EQ. */
static inline int peer_case_init(struct kunit *test)
{
	int rc = lt_wait_for(pings_are_over()) ? lt_case_init(test) : -EBUSY;

	return rc ?: kunit_add_action(test, wait_for_pings, test) ?:
	       kunit_add_action(test, undo_nodes, NULL);
}

static inline int peer_suite_init(struct kunit_suite *suite)
{
	int rc = lt_suite_init(suite);

	lnet_object_counts(counts_before);
	return rc;
}

/* How many messages of a type went to a NID, of the last that are kept. */
static inline unsigned int sent_to(struct kunit *test, struct lt_ni *f, u8 type, lnet_nid_t nid)
{
	unsigned int i, n = lt_ni_sends(f), sum = 0;
	const struct lt_sent *sent;

	for (i = n > LT_SENT_MAX ? n - LT_SENT_MAX : 0; i < n; i++) {
		sent = lt_ni_sent(test, f, i);
		sum += sent->type == type && sent->peer == nid;
	}
	return sum;
}

static inline bool is_asked(struct kunit *test, struct lt_ni *f, lnet_nid_t nid, unsigned int times)
{
	return lt_wait_for(sent_to(test, f, LNET_MSG_GET, nid) == times);
}

static inline bool is_told(struct kunit *test, struct lt_ni *f, lnet_nid_t nid, unsigned int times)
{
	return lt_wait_for(sent_to(test, f, LNET_MSG_PUT, nid) == times);
}

/* The last message of a type to a NID. */
static inline const struct lt_sent *last_to(struct kunit *test, struct lt_ni *f, u8 type,
					    lnet_nid_t nid)
{
	const struct lt_sent *sent;
	unsigned int i;

	for (i = lt_ni_sends(f); i--; ) {
		sent = lt_ni_sent(test, f, i);
		if (sent->type == type && sent->peer == nid)
			return sent;
	}
	KUNIT_FAIL_AND_ABORT(test, "nothing of type %u went to %s", type, libcfs_nid2str(nid));
	return NULL;
}

/* @nid answers the last question: its NIDs are @nids, up to the first 0. */
static inline void answer(struct kunit *test, struct lt_ni *f, lnet_nid_t nid, u32 features,
			  u32 seq,
			  const lnet_nid_t *nids)
{
	struct lnet_ping_info *info = lt_vmalloc(test, sizeof(*info));
	struct lt_rx *rx = lt_rx(test);
	struct lnet_ping_wire *wire;

	info->features = features;
	info->pid = LNET_PID_LUSTRE;
	info->ni[0].nid = LNET_NID_LO_0;
	info->ni[0].status = seq;
	for (info->nr = 1; nids[info->nr - 1]; info->nr++) {
		info->ni[info->nr].nid = nids[info->nr - 1];
		info->ni[info->nr].status = LNET_NI_STATUS_UP;
	}
	info->primary = 1;
	wire = lt_vmalloc(test, lnet_ping_info_length(info));
	lnet_ping_info_write(wire, info);
	lt_hdr_reply(rx, last_to(test, f, LNET_MSG_GET, nid), lnet_ping_info_length(info));
	lt_hdr_from(rx, nid, LNET_PID_LUSTRE);
	rx->hdr.dest_nid = cpu_to_le64(f->ni->nid);
	rx->payload = wire;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
}

#define ANSWER(test, f, nid, features, seq, ...)			\
	answer(test, f, nid, features, seq, (const lnet_nid_t []){ __VA_ARGS__, 0 })

/* @nid acknowledges the last push. */
static inline void acknowledge(struct kunit *test, struct lt_ni *f, lnet_nid_t nid)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_ack(rx, last_to(test, f, LNET_MSG_PUT, nid), 0);
	lt_hdr_from(rx, nid, LNET_PID_LUSTRE);
	rx->hdr.dest_nid = cpu_to_le64(f->ni->nid);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
}

/* @nid pushes something. */
static inline void push(struct kunit *test, struct lt_ni *f, lnet_nid_t nid)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, LNET_PING_BITS, 48, 0, 0);
	rx->hdr.msg.put.ptl_index = 0;
	rx->hdr.msg.put.ack_wmd.object_cookie = 1;
	lt_hdr_from(rx, nid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
}

static inline enum lnet_peer_state state_of(lnet_nid_t nid)
{
	struct lnet_peer_info info;

	lnet_peer_look(nid, &info);
	return info.state;
}

static inline bool is_in(lnet_nid_t nid, enum lnet_peer_state state)
{
	return lt_wait_for(state_of(nid) == state);
}

/* PRIMARY is met, says that it discovers, with a list number @seq, and is told of our NIDs. */
static inline void meet_and_tell(struct kunit *test, struct lt_ni *f, u32 seq)
{
	meet(test, PRIMARY, true);
	KUNIT_ASSERT_TRUE(test, is_asked(test, f, PRIMARY, 1));
	ANSWER(test, f, PRIMARY, BOTH, seq, PRIMARY);
	KUNIT_ASSERT_TRUE(test, is_told(test, f, PRIMARY, 1));
	acknowledge(test, f, PRIMARY);
}

#endif
