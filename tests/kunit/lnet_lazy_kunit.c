// SPDX-License-Identifier: GPL-2.0
/*
 * Lazy portals: PUTs that come before their MD, how they are taken, and every way in
 * which they are not.
 */
#include "common.h"
#include "common/post.h"
#include "event/portal.h"

#include <linux/limits.h>
#include <linux/module.h>

enum { ROUNDS = 20000, LEAST = 100, RUNTIME_MS = 1000 };

/* A PUT arrives; its payload stays where it is. */
static struct lt_rx *arrive(struct kunit *test, struct lt_ni *f, u64 bits,
			    const void *payload, unsigned int bytes, u64 tag)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, bits, bytes, 0, tag);
	rx->payload = payload;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	return rx;
}

static void expect_tags(struct kunit *test, struct lt_rec *rec,
			const u64 *tags, unsigned int n)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, i)->hdr_data,
				tags[i]);
}

static void lazy_is_said_once_or_often(struct kunit *test)
{
	int i;

	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
}

static void lazy_not_a_put_is_dropped(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	struct lt_rx *rx = arrive(test, f, 1, NULL, 10, 0);

	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, rx->rlen, 10);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);
}

static void lazy_put_waits_for_its_md(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 100);
	struct lt_ni *f = lt_ni(test);
	u64 drops = lt_drops_all(LT_PORTAL);
	u64 delayed = lt_delayed(LT_PORTAL);
	char payload[100];
	struct lt_rx *rx;

	lt_fill(payload, sizeof(payload), 8);
	lt_lazy(test, LT_PORTAL);
	rx = arrive(test, f, 1, payload, 100, 42);
	KUNIT_EXPECT_EQ(test, rx->recvs, 0);
	KUNIT_EXPECT_TRUE(test, rx->eager);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed + 1);

	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_FALSE(test, rx->dropped);
	KUNIT_EXPECT_TRUE(test, rx->delayed);
	KUNIT_EXPECT_TRUE(test, rx->newpriv);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 1);
	lt_expect_event(test, l->rec, 0, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, 0)->hdr_data, 42);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, 0)->mlength, 100);
	KUNIT_EXPECT_TRUE(test, lt_filled(l->buf, 100, 8, 0));
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), drops);
}

/* The wait and the wildcard count in one word of the portal; nothing else of it does yet. */
enum { NEW_PORTAL = 48 };

static void lazy_put_that_waits_beside_a_wildcard_is_found(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 100);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	lt_lazy(test, NEW_PORTAL);
	lt_hdr_put(rx, 1, 0, 0, 42);
	rx->hdr.msg.put.ptl_index = cpu_to_le32(NEW_PORTAL);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 0);

	lt_me_attach(test, NEW_PORTAL, lt_any, 7, 0, LNET_RETAIN, LNET_INS_AFTER);
	lt_md_attach(test, lt_me_attach(test, NEW_PORTAL,
					lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 1, 0,
					LNET_RETAIN, LNET_INS_AFTER),
		     lt_md(l->buf, 100, 1, LNET_MD_OP_PUT, l->eqh, l->rec),
		     LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_ASSERT_EQ(test, lt_rec_count(l->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, 0)->hdr_data, 42);
}

static void lazy_put_that_matches_does_not_wait(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 100);
	struct lt_ni *f = lt_ni(test);
	u64 delayed = lt_delayed(LT_PORTAL);
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	rx = arrive(test, f, 1, NULL, 100, 42);
	KUNIT_EXPECT_FALSE(test, rx->eager);
	KUNIT_EXPECT_FALSE(test, rx->delayed);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed);
}

static struct lnet_handle_md stored;
static bool stored_in_time;

static void check_stored(struct lnet_event *event)
{
	stored_in_time = stored.cookie == event->md_handle.cookie;
}

static void lazy_handle_is_stored_before_the_event_comes(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, check_stored);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lt_ni *f = lt_ni(test);

	stored_in_time = false;
	LNetInvalidateMDHandle(&stored);
	lt_lazy(test, LT_PORTAL);
	arrive(test, f, 1, NULL, 0, 0);
	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh,
					   lt_md(NULL, 0, 1, LNET_MD_OP_PUT,
						 eqh, NULL), LNET_UNLINK,
					   &stored), 0);
	KUNIT_EXPECT_TRUE(test, stored_in_time);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(stored), -ENOENT);
}

static void lazy_me_without_md_takes_nothing(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 0);
	struct lnet_handle_me meh;
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	rx = arrive(test, f, 1, NULL, 0, 0);
	meh = lt_me_any(test, 1);
	KUNIT_EXPECT_FALSE(test, rx->done);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, l->eqh,
				      l->rec), LNET_UNLINK);
	KUNIT_EXPECT_TRUE(test, rx->done);
}

static void lazy_md_takes_as_many_as_it_may_in_order(struct kunit *test)
{
	static const u64 first[] = { 1, 2 }, second[] = { 3, 4, 5 };
	struct lt_side *a = lt_side(test, 0), *b = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	u64 i;

	lt_lazy(test, LT_PORTAL);
	for (i = 1; i <= 5; i++)
		arrive(test, f, 1, NULL, 0, i);
	lt_side_attach(test, a, 1, 2, LNET_MD_OP_PUT, LNET_UNLINK);
	expect_tags(test, a->rec, first, 2);
	lt_side_attach(test, b, 1, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, LNET_RETAIN);
	expect_tags(test, b->rec, second, 3);
}

static void lazy_retained_md_takes_no_more_than_its_threshold(struct kunit *test)
{
	static const u64 tags[] = { 1, 2 };
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	u64 drops;
	u64 i;

	lt_lazy(test, LT_PORTAL);
	for (i = 1; i <= 3; i++)
		arrive(test, f, 1, NULL, 0, i);
	lt_side_attach(test, l, 1, 2, LNET_MD_OP_PUT, LNET_RETAIN);
	expect_tags(test, l->rec, tags, 2);
	drops = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			drops + 1);
}

static void lazy_md_takes_only_what_it_matches(struct kunit *test)
{
	static const u64 tags[] = { 2, 4 };
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	u64 i;

	lt_lazy(test, LT_PORTAL);
	for (i = 1; i <= 5; i++)
		arrive(test, f, i & 1, NULL, 0, i);
	lt_md_attach(test, lt_me_attach(test, LT_PORTAL,
					lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 0,
					0, LNET_RETAIN, LNET_INS_AFTER),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, l->eqh,
			   l->rec), LNET_RETAIN);
	expect_tags(test, l->rec, tags, 2);
}

static void lazy_md_for_gets_takes_no_put(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	rx = arrive(test, f, 1, NULL, 0, 1);
	lt_side_attach(test, l, 1, 1, LNET_MD_OP_GET, LNET_RETAIN);
	KUNIT_EXPECT_FALSE(test, rx->done);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 0);
}

static void lazy_put_too_long_is_dropped_and_the_next_one_taken(struct kunit *test)
{
	static const u64 tags[] = { 1, 3 };
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG);
	struct lt_side *l = lt_side(test, 100);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	arrive(test, f, 1, NULL, 50, 1);
	rx = arrive(test, f, 1, NULL, 51, 2);
	arrive(test, f, 1, NULL, 50, 3);
	lt_side_attach(test, l, 1, 2, LNET_MD_OP_PUT, LNET_UNLINK);
	expect_tags(test, l->rec, tags, 2);
	lt_expect_event(test, l->rec, 1, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_TRUE(test, rx->newpriv);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG),
			drops + 1);
}

static void lazy_big_buffer_is_filled_in_order(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 100);
	struct lt_ni *f = lt_ni(test);
	char payload[40];
	int i;

	lt_fill(payload, sizeof(payload), 3);
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 5; i++)
		arrive(test, f, 1, payload, 25, i);
	l->max_size = 40;
	lt_side_attach(test, l, 1, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_MAX_SIZE,
		       LNET_UNLINK);
	/* 25, 50, 75: then 25 are left, and 40 might come. */
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 3);
	for (i = 0; i < 3; i++) {
		lt_expect_event(test, l->rec, i, LNET_EVENT_PUT, 0, i == 2);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, i)->offset,
				25 * i);
		KUNIT_EXPECT_TRUE(test, lt_filled(l->buf + 25 * i, 25, 3, 0));
	}
}

static void lazy_put_is_acked_when_it_is_taken(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 0);
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	lt_lazy(test, LT_PORTAL);
	lt_hdr_put(rx, 1, 0, 0, 0);
	rx->hdr.msg.put.ack_wmd.object_cookie = 5;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static void lazy_put_over_loopback_keeps_its_payload(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	char *src = lt_vmalloc(test, 3 * PAGE_SIZE);
	struct lt_side *l = lt_side(test, 3 * PAGE_SIZE);
	struct lnet_handle_md mdh;
	struct lnet_handle_eq eqh;

	lt_lazy(test, LT_PORTAL);
	lt_fill(src, 3 * PAGE_SIZE, 8);
	eqh = lt_eq_alloc(test, 0, lt_record);
	mdh = lt_md_bind(test, lt_md(src + 5, 2 * PAGE_SIZE, 1, 0, eqh, rec),
			 LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_put(mdh, LNET_NOACK_REQ, 1, 0, 0), 0);
	/* A sender that has its event may write to its memory. */
	if (lt_rec_count(rec))
		memset(src, 0, 3 * PAGE_SIZE);
	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 1);
	KUNIT_EXPECT_TRUE(test, lt_filled(l->buf, 2 * PAGE_SIZE, 8, 5));
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 1);
}

static void lazy_put_over_loopback_dropped_ends_the_send(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	char *src = lt_vmalloc(test, PAGE_SIZE);
	struct lnet_handle_md mdh;

	lt_lazy(test, LT_PORTAL);
	mdh = lt_md_bind(test, lt_md(src, PAGE_SIZE, 1, 0, eqh, rec),
			 LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_put(mdh, LNET_ACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 1);
}

/* GETs --------------------------------------------------------------------- */

static void lazy_get_is_dropped(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	u64 delayed = lt_delayed(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	lt_lazy(test, LT_PORTAL);
	lt_me_any(test, 7);
	lt_hdr_get(rx, 1, 10, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed);
}

static void lazy_get_on_a_portal_nobody_has_used_is_dropped(struct kunit *test)
{
	enum { FRESH = 57 };
	u64 drops = lt_drops(FRESH, LNET_DROP_NO_MATCH);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	lt_lazy(test, FRESH);
	lt_hdr_get(rx, 1, 10, 0);
	rx->hdr.msg.get.ptl_index = cpu_to_le32(FRESH);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_drops(FRESH, LNET_DROP_NO_MATCH), drops + 1);
}

/* Not taken ---------------------------------------------------------------- */

static void lazy_clear_drops_all_that_wait(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx[3];
	int i;

	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 3; i++)
		rx[i] = arrive(test, f, 1, NULL, 10, i);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, rx[i]->recvs, 1);
		KUNIT_EXPECT_TRUE(test, rx[i]->dropped);
		KUNIT_EXPECT_TRUE(test, rx[i]->newpriv);
		KUNIT_EXPECT_EQ(test, rx[i]->rlen, 10);
	}
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			drops + 3);
	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 0);
}

static void lazy_put_that_cannot_be_set_aside_is_dropped(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED);
	u64 delayed = lt_delayed(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_lazy(test, LT_PORTAL);
	f->eager_rc = -ENOMEM;
	rx = arrive(test, f, 1, NULL, 10, 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_FALSE(test, rx->newpriv);
	KUNIT_EXPECT_FALSE(test, rx->delayed);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED),
			drops + 1);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed);
}

/* The memory of the message still has the MD of the message before; it has none itself. */
static void lazy_put_in_the_memory_of_one_that_matched_is_dropped(struct kunit *test)
{
	struct lt_side *l = lt_side(test, 10);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	lt_side_attach(test, l, 1, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	arrive(test, f, 1, NULL, 10, 41);
	KUNIT_ASSERT_EQ(test, lt_rec_count(l->rec), 1);
	lt_lazy(test, LT_PORTAL);
	rx = arrive(test, f, 1, NULL, 10, 42);
	KUNIT_ASSERT_TRUE(test, rx->eager);
	KUNIT_ASSERT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 1);
}

/* It is counted, its place and its bytes are free, its sender's share too, and the next waits. */
static void lazy_put_whose_payload_never_comes_leaves(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED);
	struct lt_side *l = lt_side(test, 10);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx, *next;

	lt_param(test, "lazy_max_msgs", "1");
	lt_param(test, "lazy_peer_share", "100");
	lt_lazy(test, LT_PORTAL);
	rx = arrive(test, f, 1, NULL, 10, 41);
	KUNIT_ASSERT_TRUE(test, rx->eager);
	KUNIT_EXPECT_TRUE(test, lnet_msg_abandon(rx->waits));
	KUNIT_EXPECT_EQ(test, rx->recvs, 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED), drops + 1);
	KUNIT_EXPECT_EQ(test, lnet_portal(LT_PORTAL)->delayed_msgs, 0);
	KUNIT_EXPECT_EQ(test, lnet_portal(LT_PORTAL)->delayed_bytes, 0);

	next = arrive(test, f, 1, NULL, 10, 42);
	lt_side_attach(test, l, 1, 2, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_rec_count(l->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, 0)->hdr_data, 42);
	/* A driver that has been asked to receive it cannot abandon it any more. */
	KUNIT_EXPECT_TRUE(test, next->too_late);
}

static void lazy_queue_is_bounded_by_messages(struct kunit *test)
{
	static const u64 tags[] = { 0, 1, 2, 3, 4 };
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL);
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	int i;

	lt_param(test, "lazy_max_msgs", "5");
	lt_param(test, "lazy_peer_share", "100");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_FALSE(test, arrive(test, f, 1, NULL, 0, i)->done);
	for (i = 0; i < 2; i++) {
		rx = arrive(test, f, 1, NULL, 0, 99);
		KUNIT_EXPECT_TRUE(test, rx->dropped);
		KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	}
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL),
			drops + 2);

	/* Other portals have room of their own. */
	lt_lazy(test, LT_PORTAL2);
	rx = lt_rx(test);
	lt_hdr_put(rx, 1, 0, 0, 0);
	rx->hdr.msg.put.ptl_index = cpu_to_le32(LT_PORTAL2);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_FALSE(test, rx->done);

	lt_side_attach(test, l, 1, 5, LNET_MD_OP_PUT, LNET_UNLINK);
	expect_tags(test, l->rec, tags, 5);
	KUNIT_EXPECT_FALSE(test, arrive(test, f, 1, NULL, 0, 0)->done);
}

static void lazy_queue_is_bounded_by_bytes(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL);
	struct lt_ni *f = lt_ni(test);
	int i;

	lt_param(test, "lazy_max_bytes", "1000");
	lt_param(test, "lazy_peer_share", "100");
	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test,
				   arrive(test, f, 1, NULL, 300, i)->done);
	KUNIT_EXPECT_TRUE(test, arrive(test, f, 1, NULL, 101, 0)->dropped);
	KUNIT_EXPECT_FALSE(test, arrive(test, f, 1, NULL, 100, 0)->done);
	KUNIT_EXPECT_TRUE(test, arrive(test, f, 1, NULL, 1, 0)->dropped);
	/* A message without payload needs no room. */
	KUNIT_EXPECT_FALSE(test, arrive(test, f, 1, NULL, 0, 0)->done);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FULL),
			drops + 2);
	/* All the room is given back. */
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_FALSE(test, arrive(test, f, 1, NULL, 1000, 0)->done);
	KUNIT_EXPECT_TRUE(test, arrive(test, f, 1, NULL, 1, 0)->dropped);
}

static void lazy_ni_goes_with_what_waits_of_it(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);
	lnet_nid_t other_nid = LNET_MKNID(LNET_MKNET(PTL4LND, 8), 1);
	struct lt_side *l = lt_side(test, 0);
	struct lt_ni *f = lt_ni(test);
	struct lt_ni *g = lt_ni_at(test, other_nid);
	struct lt_rx *of_f, *of_g = lt_rx(test);

	lt_lazy(test, LT_PORTAL);
	of_f = arrive(test, f, 1, NULL, 0, 1);
	lt_hdr_put(of_g, 1, 0, 0, 2);
	of_g->hdr.dest_nid = cpu_to_le64(other_nid);
	lt_hdr_from(of_g, other_nid + 1, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(g, of_g), 0);
	lt_ni_stop(g);

	KUNIT_EXPECT_TRUE(test, of_g->dropped);
	KUNIT_EXPECT_EQ(test, of_g->recvs, 1);
	KUNIT_EXPECT_FALSE(test, of_f->done);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN),
			drops + 1);
	lt_side_attach(test, l, 1, 2, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_rec_count(l->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, l->rec, 0)->hdr_data, 1);
}

struct late_rx {
	struct lt_ni *f;
	struct lt_rx *rx;
};

static int parse_thread(struct lt_thread *t)
{
	struct late_rx *a = t->arg;

	return lt_parse(a->f, a->rx);
}

static void lazy_message_that_arrives_while_its_ni_goes_is_dropped(struct kunit *test)
{
	u64 drops = lt_drops_all(LT_PORTAL);
	struct lt_ni *f = lt_ni(test);
	static struct late_rx arg;
	static struct lt_thread t;

	lt_lazy(test, LT_PORTAL);
	arg.f = f;
	arg.rx = lt_rx(test);
	lt_hdr_put(arg.rx, 1, 0, 0, 1);
	f->hold_eager = true;
	lt_thread_start(test, &t, parse_thread, &arg, 0);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(READ_ONCE(arg.rx->eager)));

	/* lnd_shutdown() of the fake LND lets the thread go. */
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_TRUE(test, arg.rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), drops + 1);
}

/* Against the attach ------------------------------------------------------- */

/*
 * In every round one thread sends two PUTs, and another attaches two MDs for
 * them, at the same moment. Whichever is faster, both arrive, in order. A thread
 * has delivered its first event before it goes on to the second, so the
 * events of both MDs come in one order.
 */
struct race {
	struct lnet_handle_md src;
	struct lnet_handle_eq eqh;
	struct lnet_process_id id;	/* of the MEs */
	atomic_t sender;		/* rounds begun */
	atomic_t poster;
	atomic_t wrong;			/* events out of order */
	u64 next;			/* number that is expected; by the handler only */
	int rounds;			/* written by the sender when they are enough */
};

static void race_handler(struct lnet_event *event)
{
	struct race *r = event->md.user_ptr;

	if (event->hdr_data != r->next)
		atomic_inc(&r->wrong);
	WRITE_ONCE(r->next, r->next + 1);
}

/* Wait until the other thread is in this round, too. False: it will never be. */
static bool meet(atomic_t *mine, atomic_t *other)
{
	int round = atomic_inc_return(mine);

	return lt_spin_until(atomic_read(other) >= round);
}

static int race_sender(struct lt_thread *t)
{
	struct race *r = t->arg;
	int i, rc = 0;

	for (i = 0; !rc; i++) {
		if (i == ROUNDS || lt_run_over(i >= LEAST))
			WRITE_ONCE(r->rounds, i);
		if (!meet(&r->sender, &r->poster))
			return -EINTR;
		if (i == READ_ONCE(r->rounds))
			break;
		rc = lt_put(r->src, LNET_NOACK_REQ, 1, 0, 2 * i);
		if (!rc)
			rc = lt_put(r->src, LNET_NOACK_REQ, 1, 0, 2 * i + 1);
	}
	return rc;
}

static int race_post(struct race *r)
{
	const struct post_me me = {
		.portal = LT_PORTAL, .id = r->id, .match_bits = 1, .unlink = LNET_UNLINK,
	};
	struct lnet_handle_md mdh;
	struct lnet_handle_me meh;

	return post_md(&me, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, r->eqh, r), LNET_UNLINK,
		       &meh, &mdh);
}

static int race_poster(struct lt_thread *t)
{
	struct race *r = t->arg;
	int i, rc = 0;

	for (i = 0; !rc; i++) {
		if (!meet(&r->poster, &r->sender))
			return -EINTR;
		if (i == READ_ONCE(r->rounds))
			break;
		rc = race_post(r) ?: race_post(r);
		if (!rc && !lt_spin_until(READ_ONCE(r->next) >= 2 * i + 2))
			return -EINTR;
	}
	return rc;
}

static void race_with(struct kunit *test, struct lnet_process_id id)
{
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	static struct lt_thread t[2];

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->id = id;
	r->rounds = -1;
	lt_run_begin(RUNTIME_MS);
	r->eqh = lt_eq_alloc(test, 0, race_handler);
	r->src = lt_source(test, NULL, 0);
	lt_lazy(test, LT_PORTAL);
	lt_thread_start(test, &t[0], race_sender, r, 0);
	lt_thread_start(test, &t[1], race_poster, r, 1);
	/* A lost PUT keeps the poster waiting, and the poster keeps the sender waiting. */
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[1]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_stop(&t[0]), 0);
	kunit_info(test, "%d rounds", r->rounds);
	KUNIT_EXPECT_GE(test, r->rounds, LEAST);
	KUNIT_EXPECT_EQ(test, r->next, 2 * r->rounds);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->wrong), 0);
	lt_thread_stop(&t[1]);
}

static void lazy_put_against_attach_of_a_wildcard_loses_nothing(struct kunit *test)
{
	race_with(test, lt_any);
}

static void lazy_put_against_attach_of_a_unique_loses_nothing(struct kunit *test)
{
	race_with(test, lt_lo);
}

static struct kunit_case lnet_lazy_cases[] = {
	KUNIT_CASE(lazy_is_said_once_or_often),
	KUNIT_CASE(lazy_not_a_put_is_dropped),
	KUNIT_CASE(lazy_put_waits_for_its_md),
	KUNIT_CASE(lazy_put_that_waits_beside_a_wildcard_is_found),
	KUNIT_CASE(lazy_put_that_matches_does_not_wait),
	KUNIT_CASE(lazy_handle_is_stored_before_the_event_comes),
	KUNIT_CASE(lazy_me_without_md_takes_nothing),
	KUNIT_CASE(lazy_md_takes_as_many_as_it_may_in_order),
	KUNIT_CASE(lazy_retained_md_takes_no_more_than_its_threshold),
	KUNIT_CASE(lazy_md_takes_only_what_it_matches),
	KUNIT_CASE(lazy_md_for_gets_takes_no_put),
	KUNIT_CASE(lazy_put_too_long_is_dropped_and_the_next_one_taken),
	KUNIT_CASE(lazy_big_buffer_is_filled_in_order),
	KUNIT_CASE(lazy_put_is_acked_when_it_is_taken),
	KUNIT_CASE(lazy_put_over_loopback_keeps_its_payload),
	KUNIT_CASE(lazy_put_over_loopback_dropped_ends_the_send),
	KUNIT_CASE(lazy_get_is_dropped),
	KUNIT_CASE(lazy_get_on_a_portal_nobody_has_used_is_dropped),
	KUNIT_CASE(lazy_clear_drops_all_that_wait),
	KUNIT_CASE(lazy_put_that_cannot_be_set_aside_is_dropped),
	KUNIT_CASE(lazy_put_in_the_memory_of_one_that_matched_is_dropped),
	KUNIT_CASE(lazy_put_whose_payload_never_comes_leaves),
	KUNIT_CASE(lazy_queue_is_bounded_by_messages),
	KUNIT_CASE(lazy_queue_is_bounded_by_bytes),
	KUNIT_CASE(lazy_ni_goes_with_what_waits_of_it),
	KUNIT_CASE(lazy_message_that_arrives_while_its_ni_goes_is_dropped),
	KUNIT_CASE_SLOW(lazy_put_against_attach_of_a_wildcard_loses_nothing),
	KUNIT_CASE_SLOW(lazy_put_against_attach_of_a_unique_loses_nothing),
	{}
};

LT_SUITE(lnet_lazy);

MODULE_DESCRIPTION("KUnit suite of lnet: lazy portals");
MODULE_LICENSE("GPL");
