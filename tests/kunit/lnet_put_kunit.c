// SPDX-License-Identifier: GPL-2.0
/*
 * PUT: the bytes that go out and those of the answer, every field of the three
 * events, and what happens when something fails on the way.
 */
#include "common.h"

#include <linux/module.h>

enum { BYTES = 100, BITS = 0x1234 };

#define HDR_DATA	0xfeedfacecafebeefULL

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };
static const struct lnet_process_id self = { LT_NID_SELF, LNET_PID_LUSTRE };

static struct lt_side *source(struct kunit *test, unsigned int bytes,
			      int threshold, enum lnet_unlink unlink)
{
	struct lt_side *s = lt_side(test, bytes);

	lt_fill(s->buf, bytes, 1);
	lt_side_bind(test, s, threshold, 0, unlink);
	return s;
}

static struct lt_side *target(struct kunit *test, unsigned int bytes,
			      unsigned int options)
{
	struct lt_side *s = lt_side(test, bytes);

	lt_side_attach(test, s, BITS, 1, options | LNET_MD_OP_PUT, LNET_UNLINK);
	return s;
}

static int put_to(struct lt_side *s, enum lnet_ack_req ack,
		  struct lnet_process_id id)
{
	return LNetPut(LNET_NID_ANY, s->mdh, ack, id, LT_PORTAL, BITS, 33,
		       HDR_DATA);
}

/* Events ------------------------------------------------------------------- */

static void put_send_event_is_complete(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	const struct lnet_event *ev;

	target(test, BYTES, 0);
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ, lt_lo), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 1);
	ev = lt_rec_ev(test, s->rec, 0);
	lt_expect_between(test, ev, LNET_NID_LO_0, lt_id(LNET_NID_ANY, LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->rlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->mlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, s->mdh.cookie);
	KUNIT_EXPECT_PTR_EQ(test, ev->md.start, (void *)s->buf);
	KUNIT_EXPECT_EQ(test, ev->md.threshold, 0);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, HDR_DATA);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_PUT);
	KUNIT_EXPECT_EQ(test, ev->offset, 33);
}

static void put_event_over_loopback_is_from_ourselves(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	struct lt_side *t = target(test, BYTES, 0);
	const struct lnet_event *ev;

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ, lt_lo), 0);
	ev = lt_rec_ev(test, t->rec, 0);
	lt_expect_between(test, ev, LNET_NID_LO_0, lt_id(LNET_NID_LO_0, LNET_PID_LUSTRE));
	KUNIT_EXPECT_TRUE(test, lt_filled(t->buf, BYTES, 1, 0));
}

/* A PUT from a peer. */
static struct lt_rx *arrive(struct kunit *test, struct lt_ni *f,
			    struct lnet_handle_wire wmd, const char *payload)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, BITS, BYTES, 33, HDR_DATA);
	lt_hdr_from(rx, LT_NID_PEER, 777);
	rx->hdr.msg.put.ack_wmd = wmd;
	rx->payload = payload;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	return rx;
}

static const struct lnet_handle_wire no_ack = {
	LNET_WIRE_HANDLE_COOKIE_NONE, LNET_WIRE_HANDLE_COOKIE_NONE,
};

static const struct lnet_handle_wire some_wmd = {
	0x0102030405060708, 0x1112131415161718,
};

static void put_event_is_complete(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES - 1, LNET_MD_TRUNCATE);
	char *payload = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_event *ev;
	struct lt_rx *rx;

	KUNIT_ASSERT_NOT_NULL(test, payload);
	lt_fill(payload, BYTES, 4);
	rx = arrive(test, f, no_ack, payload);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, rx->mlen, BYTES - 1);
	KUNIT_EXPECT_EQ(test, rx->rlen, BYTES);
	KUNIT_EXPECT_FALSE(test, rx->delayed);
	KUNIT_EXPECT_FALSE(test, rx->eager);

	KUNIT_ASSERT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, 0, 1);
	ev = lt_rec_ev(test, t->rec, 0);
	lt_expect_between(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, 777));
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->rlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->mlength, BYTES - 1);
	KUNIT_EXPECT_EQ(test, ev->offset, 0);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, HDR_DATA);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_PUT);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, t->mdh.cookie);
	KUNIT_EXPECT_PTR_EQ(test, ev->md.user_ptr, (void *)t->rec);
	KUNIT_EXPECT_TRUE(test, lt_filled(t->buf, BYTES - 1, 4, 0));
	KUNIT_EXPECT_EQ(test, t->buf[BYTES - 1], 0);
}

/* The ACK to the @index-th message that was sent. */
static struct lt_rx *ack_of(struct kunit *test, struct lt_ni *f,
			    unsigned int index, unsigned int mlength)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_ack(rx, lt_ni_sent(test, f, index), mlength);
	return rx;
}

static void put_ack_event_is_complete(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_event *ev;

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, ack_of(test, f, 0, BYTES - 23)), 0);

	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_ACK, 0, 1);
	ev = lt_rec_ev(test, s->rec, 1);
	lt_expect_between(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, ev->mlength, BYTES - 23);
	KUNIT_EXPECT_EQ(test, ev->rlength, 0);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->pt_index, 0);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, 0);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_ACK);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, s->mdh.cookie);
	KUNIT_EXPECT_EQ(test, ev->md.threshold, 0);
}

/* The case: whatever length the target reports. */
static void put_ack_is_of_no_more_than_was_sent(struct kunit *test)
{
	static const u32 said[] = { BYTES, BYTES + 1, U32_MAX };
	struct lt_side *s = source(test, BYTES, LNET_MD_THRESH_INF, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(said); i++) {
		KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
		KUNIT_ASSERT_EQ(test, lt_parse(f, ack_of(test, f, i, said[i])), 0);
		lt_expect_event(test, s->rec, 2 * i + 1, LNET_EVENT_ACK, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, 2 * i + 1)->mlength, BYTES);
	}
}

static void put_ack_may_come_before_the_send_is_over(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, ack_of(test, f, 0, BYTES)), 0);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_ACK, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_SEND, 0, 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), -ENOENT);
}

static void put_with_ack_over_loopback_has_both_events(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_UNLINK);
	int acks = 0, sends = 0, i;

	target(test, BYTES, 0);
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, lt_lo), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 2);
	for (i = 0; i < 2; i++) {
		acks += lt_rec_ev(test, s->rec, i)->type == LNET_EVENT_ACK;
		sends += lt_rec_ev(test, s->rec, i)->type == LNET_EVENT_SEND;
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, i)->unlinked,
				i == 1);
	}
	KUNIT_EXPECT_EQ(test, acks, 1);
	KUNIT_EXPECT_EQ(test, sends, 1);
}

/* Bytes -------------------------------------------------------------------- */

static void expect_hdr(struct kunit *test, const struct lnet_hdr *got,
		       const struct lnet_hdr *want)
{
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(*want));
}

static void put_goes_out_byte_for_byte(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lnet_hdr want = {
		.dest_nid = cpu_to_le64(LT_NID_PEER),
		.src_nid = cpu_to_le64(LT_NID_SELF),
		.dest_pid = cpu_to_le32(4711),
		.src_pid = cpu_to_le32(LNET_PID_LUSTRE),
		.type = cpu_to_le32(1),
		.payload_length = cpu_to_le32(BYTES),
		.msg.put = {
			.ack_wmd = no_ack,
			.match_bits = cpu_to_le64(BITS),
			.hdr_data = HDR_DATA,
			.ptl_index = cpu_to_le32(LT_PORTAL),
			.offset = cpu_to_le32(33),
		},
	};

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ,
				     lt_id(LT_NID_PEER, 4711)), 0);
	sent = lt_ni_sent(test, f, 0);
	expect_hdr(test, &sent->hdr, &want);
	KUNIT_EXPECT_EQ(test, sent->peer, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_PUT);
	KUNIT_EXPECT_EQ(test, sent->len, BYTES);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, BYTES, 1, 0));

	/* Always all of it, from the beginning. */
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ, peer), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 1)->len, BYTES);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, BYTES, 1, 0));
}

static void put_with_ack_names_its_md_for_the_answer(struct kunit *test)
{
	struct lt_side *a = source(test, 0, 5, LNET_RETAIN);
	struct lt_side *b = source(test, 0, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_wire_put *put[2];

	KUNIT_ASSERT_EQ(test, put_to(a, LNET_ACK_REQ, peer), 0);
	KUNIT_ASSERT_EQ(test, put_to(b, LNET_ACK_REQ, peer), 0);
	put[0] = &lt_ni_sent(test, f, 0)->hdr.msg.put;
	put[1] = &lt_ni_sent(test, f, 1)->hdr.msg.put;
	KUNIT_EXPECT_NE(test, put[0]->ack_wmd.object_cookie,
			LNET_WIRE_HANDLE_COOKIE_NONE);
	KUNIT_EXPECT_NE(test, put[0]->ack_wmd.object_cookie,
			put[1]->ack_wmd.object_cookie);

	KUNIT_ASSERT_EQ(test, lt_parse(f, ack_of(test, f, 1, 0)), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 2);
}

static void put_is_answered_byte_for_byte(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES - 30, LNET_MD_TRUNCATE);
	struct lt_ni *f = lt_ni(test);
	struct lnet_hdr want = {
		.dest_nid = cpu_to_le64(LT_NID_PEER),
		.src_nid = cpu_to_le64(LT_NID_SELF),
		.dest_pid = cpu_to_le32(777),
		.src_pid = cpu_to_le32(LNET_PID_LUSTRE),
		.type = cpu_to_le32(0),
		.payload_length = 0,
		.msg.ack = {
			.dst_wmd = some_wmd,
			.match_bits = cpu_to_le64(BITS),
			.mlength = cpu_to_le32(BYTES - 30),
		},
	};

	arrive(test, f, some_wmd, NULL);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), 1);
	expect_hdr(test, &lt_ni_sent(test, f, 0)->hdr, &want);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->len, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->type, LNET_MSG_ACK);
}

static const struct answer_row {
	const char *desc;
	/* input */
	u64 interface_cookie;
	u64 object_cookie;
	unsigned int options;
	unsigned int room;
	int recv_status;
	/* expected */
	unsigned int acks;
} answer_rows[] = {
	{ "asked for", 1, 2, 0, BYTES, 0, 1 },
	{ "not asked for", -1ULL, -1ULL, 0, BYTES, 0, 0 },
	{ "half a cookie is one", -1ULL, 2, 0, BYTES, 0, 1 },
	{ "the other half too", 1, -1ULL, 0, BYTES, 0, 1 },
	{ "zero is one", 0, 0, 0, BYTES, 0, 1 },
	{ "disabled", 1, 2, LNET_MD_ACK_DISABLE, BYTES, 0, 0 },
	{ "dropped", 1, 2, 0, BYTES - 1, 0, 0 },
	{ "lost on the way in", 1, 2, 0, BYTES, -EIO, 0 },
};

KUNIT_ARRAY_PARAM_DESC(answer, answer_rows, desc);

static void put_is_acked_if_asked_allowed_and_good(struct kunit *test)
{
	const struct answer_row *row = test->param_value;
	struct lnet_handle_wire wmd = {
		row->interface_cookie, row->object_cookie,
	};
	struct lt_ni *f = lt_ni(test);

	target(test, row->room, row->options);
	f->recv_status = row->recv_status;
	arrive(test, f, wmd, NULL);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), row->acks);
}

static void put_is_acked_only_when_the_payload_is_there(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	target(test, BYTES, 0);
	f->hold_recv = true;
	arrive(test, f, some_wmd, NULL);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

/* Failure ------------------------------------------------------------------ */

static void put_receive_that_fails_says_so(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	f->hold_recv = true;
	arrive(test, f, no_ack, NULL);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, -ECONNRESET));
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, -ECONNRESET, 1);
}

static void put_receive_that_is_refused_says_so(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	f->recv_rc = -EIO;
	arrive(test, f, some_wmd, NULL);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, -EIO, 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
}

static void put_send_that_fails_is_an_event_not_an_error(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, -ECONNRESET), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -ECONNRESET, 0);
	/* No ACK will come: the client has to take its MD back. */
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

static void put_send_that_is_refused_is_an_event_not_an_error(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);

	f->send_rc = -EHOSTDOWN;
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ, peer), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -EHOSTDOWN, 1);
}

static void put_to_nowhere_is_an_event_not_an_error(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	lnet_nid_t nid = LNET_MKNID(LNET_MKNET(PTL4LND, 99), 1);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ,
				     lt_id(nid, LNET_PID_LUSTRE)), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 1);
	lt_expect_id(test, "target", &lt_rec_ev(test, s->rec, 0)->target, nid,
		     LNET_PID_LUSTRE);
}

static void put_nobody_wants_is_sent_well_and_never_acked(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_UNLINK);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, lt_lo), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 0);
}

/* The sender, good and bad ------------------------------------------------- */

static void put_from_a_nid_of_ours_goes_out_from_it(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, LNetPut(LT_NID_SELF, s->mdh, LNET_NOACK_REQ,
				      peer, LT_PORTAL, BITS, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 0);
}

static void put_from_a_nid_not_ours_fails(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, LNetPut(LT_NID(9), s->mdh, LNET_NOACK_REQ,
				      peer, LT_PORTAL, BITS, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 1);
	KUNIT_EXPECT_LT(test, lt_rec_ev(test, s->rec, 0)->status, 0);
}

static void put_to_our_own_nid_comes_back_to_us(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	struct lt_side *t = target(test, BYTES, 0);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ, self), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 1);
	KUNIT_EXPECT_TRUE(test, lt_filled(t->buf, BYTES, 1, 0));
}

static void put_with_an_md_that_waits_for_messages_is_refused(struct kunit *test)
{
	struct lt_side *t = target(test, BYTES, 0);

	KUNIT_EXPECT_EQ(test, put_to(t, LNET_NOACK_REQ, lt_lo), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
}

static void put_with_an_md_that_is_used_up_is_refused(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 0, LNET_RETAIN);

	KUNIT_EXPECT_EQ(test, put_to(s, LNET_NOACK_REQ, lt_lo), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 0);
}

static void put_does_not_check_who_it_is_for_by_pid(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_UNLINK);
	struct lt_side *t = target(test, BYTES, 0);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_NOACK_REQ,
				     lt_id(LNET_NID_LO_0, 1)), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, 0)->target.pid, 1);
}

static void put_unlinked_on_its_way_ends_with_the_send(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 2, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 1);

	/* The ACK is late, which is legal. */
	KUNIT_EXPECT_EQ(test, lt_parse(f, ack_of(test, f, 0, BYTES)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_ACK_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
}

static void put_ack_to_an_md_that_is_used_up_is_dropped(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 1, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, ack_of(test, f, 0, BYTES)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_ACK_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
}

/* The peer has seen the cookie of the MD, and misuses it. */
static void put_source_cannot_be_written_to_by_a_reply(struct kunit *test)
{
	struct lt_side *s = source(test, BYTES, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	KUNIT_ASSERT_EQ(test, put_to(s, LNET_ACK_REQ, peer), 0);
	lt_hdr(rx, LNET_MSG_REPLY, LT_NID_PEER, BYTES);
	rx->hdr.msg.reply.dst_wmd =
		lt_ni_sent(test, f, 0)->hdr.msg.put.ack_wmd;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	KUNIT_EXPECT_TRUE(test, lt_filled(s->buf, BYTES, 1, 0));
}

static void put_not_to_be_acked_takes_no_ack(struct kunit *test)
{
	struct lt_side *a = source(test, 0, 5, LNET_RETAIN);
	struct lt_side *b = source(test, 0, 5, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_ASSERT_EQ(test, put_to(a, LNET_ACK_REQ, peer), 0);
	KUNIT_ASSERT_EQ(test, put_to(b, LNET_NOACK_REQ, peer), 0);
	rx = ack_of(test, f, 0, 0);
	rx->hdr.msg.ack.dst_wmd.object_cookie =
		(u64)lnet_handle_index(b->mdh.cookie) << 32 | 1;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_ACK_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 1);
}

static struct kunit_case lnet_put_cases[] = {
	KUNIT_CASE(put_send_event_is_complete),
	KUNIT_CASE(put_event_over_loopback_is_from_ourselves),
	KUNIT_CASE(put_event_is_complete),
	KUNIT_CASE(put_ack_event_is_complete),
	KUNIT_CASE(put_ack_is_of_no_more_than_was_sent),
	KUNIT_CASE(put_ack_may_come_before_the_send_is_over),
	KUNIT_CASE(put_with_ack_over_loopback_has_both_events),
	KUNIT_CASE(put_goes_out_byte_for_byte),
	KUNIT_CASE(put_with_ack_names_its_md_for_the_answer),
	KUNIT_CASE(put_is_answered_byte_for_byte),
	KUNIT_CASE_PARAM(put_is_acked_if_asked_allowed_and_good,
			 answer_gen_params),
	KUNIT_CASE(put_is_acked_only_when_the_payload_is_there),
	KUNIT_CASE(put_receive_that_fails_says_so),
	KUNIT_CASE(put_receive_that_is_refused_says_so),
	KUNIT_CASE(put_send_that_fails_is_an_event_not_an_error),
	KUNIT_CASE(put_send_that_is_refused_is_an_event_not_an_error),
	KUNIT_CASE(put_to_nowhere_is_an_event_not_an_error),
	KUNIT_CASE(put_nobody_wants_is_sent_well_and_never_acked),
	KUNIT_CASE(put_from_a_nid_of_ours_goes_out_from_it),
	KUNIT_CASE(put_from_a_nid_not_ours_fails),
	KUNIT_CASE(put_to_our_own_nid_comes_back_to_us),
	KUNIT_CASE(put_with_an_md_that_waits_for_messages_is_refused),
	KUNIT_CASE(put_with_an_md_that_is_used_up_is_refused),
	KUNIT_CASE(put_does_not_check_who_it_is_for_by_pid),
	KUNIT_CASE(put_unlinked_on_its_way_ends_with_the_send),
	KUNIT_CASE(put_ack_to_an_md_that_is_used_up_is_dropped),
	KUNIT_CASE(put_source_cannot_be_written_to_by_a_reply),
	KUNIT_CASE(put_not_to_be_acked_takes_no_ack),
	{}
};

LT_SUITE(lnet_put);

MODULE_DESCRIPTION("KUnit suite of lnet: PUT");
MODULE_LICENSE("GPL");
