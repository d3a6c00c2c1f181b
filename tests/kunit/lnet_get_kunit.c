// SPDX-License-Identifier: GPL-2.0
/*
 * GET and its REPLY: the bytes of both, every field of their events, and what
 * happens when something fails on the way.
 */
#include "common.h"

#include <linux/module.h>

enum { BYTES = 100, BITS = 0x4321 };

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };

static struct lt_side *sink(struct kunit *test, unsigned int bytes,
			    unsigned int options, int threshold,
			    enum lnet_unlink unlink)
{
	struct lt_side *s = lt_side(test, bytes);

	lt_side_bind(test, s, threshold, options, unlink);
	return s;
}

static struct lt_side *target(struct kunit *test, unsigned int bytes,
			      unsigned int options)
{
	struct lt_side *s = lt_side(test, bytes);

	lt_fill(s->buf, bytes, 2);
	lt_side_attach(test, s, BITS, 1, options | LNET_MD_OP_GET, LNET_UNLINK);
	return s;
}

static int get_from(struct lt_side *s, struct lnet_process_id id)
{
	return LNetGet(LNET_NID_ANY, s->mdh, id, LT_PORTAL, BITS, 33, false);
}

/* A GET from a peer. */
static struct lt_rx *arrive(struct kunit *test, struct lt_ni *f,
			    unsigned int bytes, unsigned int offset)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_get(rx, BITS, bytes, offset);
	lt_hdr_from(rx, LT_NID_PEER, 777);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	return rx;
}

/* The REPLY to the @index-th message that was sent. */
static struct lt_rx *reply_to(struct kunit *test, struct lt_ni *f,
			      unsigned int index, const char *payload,
			      unsigned int bytes)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_reply(rx, lt_ni_sent(test, f, index), bytes);
	rx->payload = payload;
	return rx;
}

static char *some_payload(struct kunit *test, unsigned int bytes)
{
	char *payload = kunit_kzalloc(test, bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, payload);
	lt_fill(payload, bytes, 6);
	return payload;
}

/* Events ------------------------------------------------------------------- */

static void get_fetches_over_loopback(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_side *t = target(test, BYTES, 0);
	int sends = 0, replies = 0, i;

	KUNIT_ASSERT_EQ(test, get_from(s, lt_lo), 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(s->buf, BYTES, 2, 0));
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 2);
	for (i = 0; i < 2; i++) {
		sends += lt_rec_ev(test, s->rec, i)->type == LNET_EVENT_SEND;
		replies += lt_rec_ev(test, s->rec, i)->type == LNET_EVENT_REPLY;
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, i)->unlinked,
				i == 1);
	}
	KUNIT_EXPECT_EQ(test, sends, 1);
	KUNIT_EXPECT_EQ(test, replies, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_GET, 0, 1);
}

static void get_event_is_complete(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, LNET_MD_MANAGE_REMOTE);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_event *ev;

	arrive(test, f, 50, 33);
	KUNIT_ASSERT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_GET, 0, 1);
	ev = lt_rec_ev(test, t->rec, 0);
	lt_expect_between(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, 777));
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->mlength, 50);
	KUNIT_EXPECT_EQ(test, ev->offset, 33);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, 0);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_GET);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, t->mdh.cookie);
}

static void get_event_comes_when_the_reply_is_sent(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_GET, 0, 1);
}

static void get_event_says_that_the_reply_was_lost(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, -ECONNRESET), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_GET, -ECONNRESET, 1);
}

static void get_event_says_that_the_reply_was_refused(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	f->send_rc = -EHOSTDOWN;
	arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_GET, -EHOSTDOWN, 1);
}

static void get_send_event_is_complete(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	const struct lnet_event *ev;

	lt_ni(test);
	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 0);
	ev = lt_rec_ev(test, s->rec, 0);
	lt_expect_between(test, ev, LT_NID_PEER, lt_id(LNET_NID_ANY, LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->rlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->mlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->offset, 33);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, 0);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_GET);
	KUNIT_EXPECT_EQ(test, ev->md.threshold, 1);
}

static void get_reply_event_is_complete(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_event *ev;
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	rx = reply_to(test, f, 0, some_payload(test, 60), 60);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, rx->rlen, 60);

	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 1);
	ev = lt_rec_ev(test, s->rec, 1);
	lt_expect_between(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, ev->match_bits, 0);
	KUNIT_EXPECT_EQ(test, ev->rlength, 60);
	KUNIT_EXPECT_EQ(test, ev->mlength, 60);
	KUNIT_EXPECT_EQ(test, ev->offset, 0);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_REPLY);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, s->mdh.cookie);
	KUNIT_EXPECT_EQ(test, ev->md.threshold, 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(s->buf, 60, 6, 0));
	KUNIT_EXPECT_TRUE(test, lt_is_byte(s->buf + 60, BYTES - 60, 0));
}

static void get_reply_may_come_before_the_send_is_over(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, reply_to(test, f, 0, NULL, BYTES)),
			0);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_REPLY, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_SEND, 0, 1);
}

/* Bytes -------------------------------------------------------------------- */

static void get_goes_out_byte_for_byte(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lnet_hdr want = {
		.dest_nid = cpu_to_le64(LT_NID_PEER),
		.src_nid = cpu_to_le64(LT_NID_SELF),
		.dest_pid = cpu_to_le32(4711),
		.src_pid = cpu_to_le32(LNET_PID_LUSTRE),
		.type = cpu_to_le32(2),
		.payload_length = 0,
		.msg.get = {
			.match_bits = cpu_to_le64(BITS),
			.ptl_index = cpu_to_le32(LT_PORTAL),
			.src_offset = cpu_to_le32(33),
			.sink_length = cpu_to_le32(BYTES),
		},
	};

	KUNIT_ASSERT_EQ(test, get_from(s, lt_id(LT_NID_PEER, 4711)), 0);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_NE(test, sent->hdr.msg.get.return_wmd.object_cookie,
			LNET_WIRE_HANDLE_COOKIE_NONE);
	want.msg.get.return_wmd = sent->hdr.msg.get.return_wmd;
	KUNIT_EXPECT_MEMEQ(test, &sent->hdr, &want, sizeof(want));
	KUNIT_EXPECT_EQ(test, sent->len, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_GET);
	KUNIT_EXPECT_EQ(test, sent->peer, LT_NID_PEER);
}

static void get_is_answered_byte_for_byte(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lt_rx *rx;
	struct lnet_hdr want = {
		.dest_nid = cpu_to_le64(LT_NID_PEER),
		.src_nid = cpu_to_le64(LT_NID_SELF),
		.dest_pid = cpu_to_le32(777),
		.src_pid = cpu_to_le32(LNET_PID_LUSTRE),
		.type = cpu_to_le32(3),
		.payload_length = cpu_to_le32(50),
	};

	target(test, BYTES, LNET_MD_MANAGE_REMOTE);
	rx = arrive(test, f, 50, 33);
	want.msg.reply.dst_wmd = rx->hdr.msg.get.return_wmd;
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), 1);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_MEMEQ(test, &sent->hdr, &want, sizeof(want));
	KUNIT_EXPECT_EQ(test, sent->len, 50);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_REPLY);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, 50, 2, 33));
}

static void get_of_nothing_is_answered_with_nothing(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, LNET_MD_MANAGE_REMOTE);
	struct lt_ni *f = lt_ni(test);

	arrive(test, f, 0, BYTES);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->len, 0);
}

static void get_target_moves_on_from_where_it_was(struct kunit *test)
{
	struct lt_side *t = lt_side(test, BYTES);
	struct lt_ni *f = lt_ni(test);

	lt_fill(t->buf, BYTES, 2);
	lt_side_attach(test, t, BITS, 2, LNET_MD_OP_GET, LNET_UNLINK);
	arrive(test, f, 40, 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, 40, 2, 0));
	arrive(test, f, 60, 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, 60, 2, 40));
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, 1)->offset, 40);
}

/* The REPLY ---------------------------------------------------------------- */

static void get_reply_too_long_is_dropped(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	rx = reply_to(test, f, 0, some_payload(test, BYTES + 1), BYTES + 1);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->rlen, BYTES + 1);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_LONG), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	KUNIT_EXPECT_TRUE(test, lt_is_byte(s->buf, BYTES + 1, 0));

	/* The MD is as before: it takes the right REPLY. */
	KUNIT_ASSERT_EQ(test, lt_parse(f, reply_to(test, f, 0, NULL, BYTES)),
			0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 1);
}

static void get_reply_too_long_is_cut_where_that_is_wanted(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, LNET_MD_TRUNCATE, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	rx = reply_to(test, f, 0, some_payload(test, BYTES + 1), BYTES + 1);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, 1)->rlength, BYTES + 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, 1)->mlength, BYTES);
	KUNIT_EXPECT_TRUE(test, lt_filled(s->buf, BYTES, 6, 0));
	KUNIT_EXPECT_EQ(test, s->buf[BYTES], 0);
}

static void get_reply_that_fails_to_arrive_says_so(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	f->recv_status = -ECONNRESET;
	KUNIT_ASSERT_EQ(test, lt_parse(f, reply_to(test, f, 0, NULL, BYTES)),
			0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, -ECONNRESET, 1);
}

static void get_reply_to_another_start_of_the_node_is_dropped(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	rx = reply_to(test, f, 0, NULL, BYTES);
	rx->hdr.msg.reply.dst_wmd.interface_cookie ^= 1;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
}

static void get_reply_after_the_unlink_is_dropped(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_UNLINK, 0, 1);
	rx = reply_to(test, f, 0, some_payload(test, BYTES), BYTES);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2);
	KUNIT_EXPECT_TRUE(test, lt_is_byte(s->buf, BYTES, 0));
}

static void get_reply_to_a_target_md_is_dropped(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, LNET_MD_OP_PUT);
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	rx = reply_to(test, f, 0, some_payload(test, BYTES), BYTES);
	rx->hdr.msg.reply.dst_wmd.object_cookie =
		(u64)lnet_handle_index(t->mdh.cookie) << 32 | 1;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(t->buf, BYTES, 2, 0));
}

/* Failure ------------------------------------------------------------------ */

static void get_send_that_fails_has_one_event_and_then_the_unlink(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	f->send_status = -EHOSTUNREACH;
	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

static void get_from_nowhere_is_an_event_not_an_error(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	lnet_nid_t nid = LNET_MKNID(LNET_MKNET(PTL4LND, 99), 1);

	KUNIT_ASSERT_EQ(test, get_from(s, lt_id(nid, LNET_PID_LUSTRE)), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
}

static void get_nobody_answers_is_only_sent(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_UNLINK);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);

	KUNIT_ASSERT_EQ(test, get_from(s, lt_lo), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 0);
}

static void get_unlinked_on_its_way_ends_with_the_reply(struct kunit *test)
{
	struct lt_side *s = sink(test, BYTES, 0, 2, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, get_from(s, peer), 0);
	f->hold_recv = true;
	KUNIT_ASSERT_EQ(test, lt_parse(f, reply_to(test, f, 0, NULL, BYTES)),
			0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 1);
}

static void get_with_an_md_that_waits_for_messages_is_refused(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);

	KUNIT_EXPECT_EQ(test, get_from(t, lt_lo), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
}

static struct kunit_case lnet_get_cases[] = {
	KUNIT_CASE(get_fetches_over_loopback),
	KUNIT_CASE(get_event_is_complete),
	KUNIT_CASE(get_event_comes_when_the_reply_is_sent),
	KUNIT_CASE(get_event_says_that_the_reply_was_lost),
	KUNIT_CASE(get_event_says_that_the_reply_was_refused),
	KUNIT_CASE(get_send_event_is_complete),
	KUNIT_CASE(get_reply_event_is_complete),
	KUNIT_CASE(get_reply_may_come_before_the_send_is_over),
	KUNIT_CASE(get_goes_out_byte_for_byte),
	KUNIT_CASE(get_is_answered_byte_for_byte),
	KUNIT_CASE(get_of_nothing_is_answered_with_nothing),
	KUNIT_CASE(get_target_moves_on_from_where_it_was),
	KUNIT_CASE(get_reply_too_long_is_dropped),
	KUNIT_CASE(get_reply_too_long_is_cut_where_that_is_wanted),
	KUNIT_CASE(get_reply_that_fails_to_arrive_says_so),
	KUNIT_CASE(get_reply_to_another_start_of_the_node_is_dropped),
	KUNIT_CASE(get_reply_after_the_unlink_is_dropped),
	KUNIT_CASE(get_reply_to_a_target_md_is_dropped),
	KUNIT_CASE(get_send_that_fails_has_one_event_and_then_the_unlink),
	KUNIT_CASE(get_from_nowhere_is_an_event_not_an_error),
	KUNIT_CASE(get_nobody_answers_is_only_sent),
	KUNIT_CASE(get_unlinked_on_its_way_ends_with_the_reply),
	KUNIT_CASE(get_with_an_md_that_waits_for_messages_is_refused),
	{}
};

LT_SUITE(lnet_get);

MODULE_DESCRIPTION("KUnit suite of lnet: GET and REPLY");
MODULE_LICENSE("GPL");
