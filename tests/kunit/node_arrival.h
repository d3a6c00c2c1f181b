/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about nodes with several NIDs: the NIDs, MEs for them, and PUTs that come.
 */
#ifndef _LNET_KUNIT_NODE_ARRIVAL_H
#define _LNET_KUNIT_NODE_ARRIVAL_H

#include "common.h"
#include "network/node.h"

/* The node: its primary NID, two more, and one on a network that this node is not on. */
#define PRIMARY		LT_NID(20)
#define SECOND		LT_NID(21)
#define THIRD		LT_NID(22)
#define FAR_NET		LNET_MKNET(PTL4LND, 8)
#define FAR		LNET_MKNID(FAR_NET, 23)

/* Others, and a liar. */
#define OTHER		LT_NID(30)
#define OTHER2		LT_NID(31)
#define LIAR		LT_NID(40)

enum { BYTES = 64 };

static inline void undo_nodes(void *arg)
{
	lnet_node_forget_all();
	lnet_node_allow();
}

/* Each case begins, and ends, without a node that is known. */
static inline int node_case_init(struct kunit *test)
{
	int rc = lt_case_init(test);

	undo_nodes(NULL);
	return rc ?: kunit_add_action(test, undo_nodes, NULL);
}

static inline int add(lnet_nid_t a, lnet_nid_t b)
{
	return lnet_node_add((lnet_nid_t []){ a, b }, 2);
}

/* What arrives. */
struct arrival {
	struct lt_ni *f;
	struct lt_rx *rx;
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	char buf[BYTES];
};

static inline struct arrival *arrival(struct kunit *test)
{
	struct arrival *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	a->f = lt_ni(test);
	a->rx = lt_rx(test);
	a->rec = lt_rec(test);
	a->eqh = lt_eq_alloc(test, 0, lt_record);
	return a;
}

static inline void post_md(struct kunit *test, struct arrival *a, struct lnet_handle_me meh)
{
	lt_md_attach(test, meh, lt_md(a->buf, BYTES, 1, LNET_MD_OP_PUT | LNET_MD_OP_GET,
				      a->eqh, a->rec), LNET_UNLINK);
}

static inline struct lnet_handle_me post_me(struct kunit *test, lnet_nid_t nid, u64 bits,
					    u64 ignored)
{
	return lt_me_attach(test, LT_PORTAL, lt_id(nid, LNET_PID_LUSTRE), bits, ignored,
			    LNET_UNLINK, LNET_INS_AFTER);
}

static inline void post(struct kunit *test, struct arrival *a, lnet_nid_t nid, u64 bits,
			u64 ignored)
{
	post_md(test, a, post_me(test, nid, bits, ignored));
}

/* A PUT comes from @nid; how many events it makes. */
static inline unsigned int put(struct kunit *test, struct arrival *a, lnet_nid_t nid, u64 bits)
{
	unsigned int n = lt_rec_count(a->rec);

	lt_hdr_put(a->rx, bits, 8, 0, 0);
	lt_hdr_from(a->rx, nid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	return lt_rec_count(a->rec) - n;
}

static inline void expect_from(struct kunit *test, struct arrival *a, enum lnet_event_kind kind,
			       lnet_nid_t initiator, lnet_nid_t source)
{
	const struct lnet_event *ev = lt_rec_ev(test, a->rec, lt_rec_count(a->rec) - 1);

	KUNIT_EXPECT_EQ(test, (int)ev->type, (int)kind);
	lt_expect_id(test, "target", &ev->target, LT_NID_SELF, LNET_PID_LUSTRE);
	lt_expect_id(test, "initiator", &ev->initiator, initiator, LNET_PID_LUSTRE);
	lt_expect_id(test, "source", &ev->source, source, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, ev->sender, source);
}

#endif /* _LNET_KUNIT_NODE_ARRIVAL_H */
