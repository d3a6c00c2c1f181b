// SPDX-License-Identifier: GPL-2.0
/*
 * The events of the handler interface: which come of each kind of MD that Lustre has, in what
 * order, and with what in them. common_handler.c checks what holds for all.
 */
#include "common.h"
#include "common_handler.h"

#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <linux/module.h>

enum { BYTES = 100, BITS = 0x5151, PEER_PID = 777 };

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };

static struct lt_hmd *source(struct kunit *test, unsigned int bytes, int threshold)
{
	struct lt_hmd *h = lt_hmd(test, bytes);

	lt_fill(h->buf, bytes, 3);
	h->umd.umd_threshold = threshold;
	lt_hmd_bind(test, h, LNET_UNLINK);
	return h;
}

/* A PUT of a peer with the PID PEER_PID; the payload is the pattern 4, if @payload is. */
static struct lt_rx *arrive(struct kunit *test, struct lt_ni *f, unsigned int portal,
			    unsigned int bytes, unsigned int offset)
{
	struct lt_rx *rx = lt_rx(test);
	char *payload = lt_case_alloc(test, bytes + 1);

	lt_fill(payload, bytes, 4);
	lt_hdr_put(rx, BITS, bytes, offset, ~(u64)BITS);
	lt_hdr_from(rx, LT_NID_PEER, PEER_PID);
	rx->hdr.msg.put.ptl_index = cpu_to_le32(portal);
	rx->payload = payload;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	return rx;
}

/* The answer to the first message that was sent. */
static int ack_arrives(struct kunit *test, struct lt_ni *f, unsigned int mlength)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_ack(rx, lt_ni_sent(test, f, 0), mlength);
	return lt_parse(f, rx);
}

static int reply_arrives(struct kunit *test, struct lt_ni *f, unsigned int bytes)
{
	struct lt_rx *rx = lt_rx(test);
	char *payload = lt_case_alloc(test, bytes + 1);

	lt_fill(payload, bytes, 5);
	lt_hdr_reply(rx, lt_ni_sent(test, f, 0), bytes);
	rx->payload = payload;
	return lt_parse(f, rx);
}

/* Sources: PUT and GET ------------------------------------------------------------ */

static void rules_put_without_ack_has_one_event(struct kunit *test)
{
	struct lt_hmd *h = source(test, BYTES, 1);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_NOACK_REQ, peer, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_SEND, 0, 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
}

static const struct no_send {
	const char *desc;
	/* input */
	lnet_nid_t to;
	int send_rc;			/* of the driver's function */
	int send_status;		/* with which it ends the message */
	/* expected */
	int status;
} no_sends[] = {
	{ "there is no route", LNET_MKNID(LNET_MKNET(SOCKLND, 9), 1), 0, 0, -EHOSTUNREACH },
	{ "the driver refuses", LT_NID_PEER, -ENOBUFS, 0, -ENOBUFS },
	{ "the driver fails", LT_NID_PEER, 0, -ECONNRESET, -ECONNRESET },
};

KUNIT_ARRAY_PARAM_DESC(no_send, no_sends, desc);

static void rules_put_that_cannot_be_sent_says_so_in_its_event(struct kunit *test)
{
	const struct no_send *row = test->param_value;
	struct lnet_process_id to = lt_id(row->to, LNET_PID_LUSTRE);
	struct lt_hmd *h = source(test, BYTES, 1);
	struct lt_ni *f = lt_ni(test);

	f->send_rc = row->send_rc;
	f->send_status = row->send_status;
	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_NOACK_REQ, to, LT_PORTAL2, BITS, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_SEND, row->status, 1);
}

/* No answer will come. The MD is there until its owner unlinks it. */
static void rules_request_that_cannot_be_sent_says_so_in_its_event(struct kunit *test)
{
	const struct no_send *row = test->param_value;
	struct lnet_process_id to = lt_id(row->to, LNET_PID_LUSTRE);
	struct lt_hmd *put = source(test, BYTES, 2), *get = source(test, BYTES, 2);
	struct lt_ni *f = lt_ni(test);

	f->send_rc = row->send_rc;
	f->send_status = row->send_status;
	KUNIT_ASSERT_EQ(test, lt_hmd_put(put, LNET_ACK_REQ, to, LT_PORTAL2, BITS, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_get(get, to, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(put), 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(get), 1);
	lt_hmd_expect(test, put, 0, LNET_EVENT_SEND, row->status, 0);
	lt_hmd_expect(test, get, 0, LNET_EVENT_SEND, row->status, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(put->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(get->mdh), 0);
	lt_hmd_expect(test, put, 1, LNET_EVENT_UNLINK, 0, 1);
	lt_hmd_expect(test, get, 1, LNET_EVENT_UNLINK, 0, 1);
}

static const struct order {
	const char *desc;
	bool send_first;
} orders[] = {
	{ "sent first", true },
	{ "answered first", false },
};

KUNIT_ARRAY_PARAM_DESC(order, orders, desc);

static void rules_second_event_of_an_acked_put_is_the_last(struct kunit *test)
{
	const struct order *row = test->param_value;
	struct lt_hmd *h = source(test, BYTES, 2);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = !row->send_first;
	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_ACK_REQ, peer, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, ack_arrives(test, f, BYTES), 0);
	lt_ni_finish_sends(f, 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 2);
	lt_hmd_expect(test, h, !row->send_first, LNET_EVENT_SEND, 0, !row->send_first);
	lt_hmd_expect(test, h, row->send_first, LNET_EVENT_ACK, 0, row->send_first);
}

static void rules_second_event_of_a_get_is_the_last(struct kunit *test)
{
	const struct order *row = test->param_value;
	struct lt_hmd *h = source(test, BYTES, 2);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = !row->send_first;
	KUNIT_ASSERT_EQ(test, lt_hmd_get(h, peer, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, reply_arrives(test, f, BYTES), 0);
	lt_ni_finish_sends(f, 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 2);
	lt_hmd_expect(test, h, !row->send_first, LNET_EVENT_SEND, 0, !row->send_first);
	lt_hmd_expect(test, h, row->send_first, LNET_EVENT_REPLY, 0, row->send_first);
	KUNIT_EXPECT_TRUE(test, lt_filled(h->buf, BYTES, 5, 0));
}

/* Request buffers -------------------------------------------------------------------- */

static struct lt_hmd *request_buffer(struct kunit *test, unsigned int bytes, int max_size)
{
	struct lt_hmd *h = lt_hmd(test, bytes);

	h->umd.umd_options = LNET_MD_OP_PUT | LNET_MD_MAX_SIZE;
	h->umd.umd_max_size = max_size;
	lt_hmd_attach_any(test, h, LNET_UNLINK);
	return h;
}

/* 400 bytes are left before the last one, and 399 behind it. */
static void rules_request_buffer_without_room_goes(struct kunit *test)
{
	struct lt_hmd *h = request_buffer(test, 1000, 400);
	static const unsigned int bytes[] = { 300, 300, 1 };
	unsigned int i, offset = 0;
	struct lt_ni *f = lt_ni(test);

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		arrive(test, f, LT_PORTAL, bytes[i], 0);
		KUNIT_ASSERT_EQ(test, lt_hmd_count(h), i + 1);
		lt_hmd_expect(test, h, i, LNET_EVENT_PUT, 0, i == 2);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->offset, offset);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->mlength, bytes[i]);
		KUNIT_EXPECT_TRUE(test, lt_filled(h->buf + offset, bytes[i], 4, 0));
		offset += bytes[i];
	}
	KUNIT_EXPECT_TRUE(test, arrive(test, f, LT_PORTAL, 1, 0)->dropped);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
}

static void rules_last_put_of_a_request_buffer_is_the_one_that_ends_last(struct kunit *test)
{
	struct lt_hmd *h = request_buffer(test, 1000, 400);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	f->hold_recv = true;
	for (i = 0; i < 3; i++)
		arrive(test, f, LT_PORTAL, 250, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 2, 0));
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 3);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, 0, 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_PUT, 0, 0);
	lt_hmd_expect(test, h, 2, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, 0)->offset, 500);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, 1)->offset, 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, 2)->offset, 250);
}

static void rules_request_that_is_too_long_is_dropped(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG);
	struct lt_hmd *h = request_buffer(test, 1000, 400);
	struct lt_ni *f = lt_ni(test);

	KUNIT_EXPECT_TRUE(test, arrive(test, f, LT_PORTAL, 401, 0)->dropped);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG), drops + 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	arrive(test, f, LT_PORTAL, 400, 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 1);
}

enum { CROWD = 4, EACH = 60, ROOM = 4000, LONGEST = 1000, BUFFERS = CROWD * EACH / 3 };

/* Requests of many lengths; a thread's payload is the pattern of its index. */
static int send_requests(struct lt_thread *t)
{
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE);
	static char payload[CROWD][LONGEST];
	struct lnet_handler_md umd = { .umd_start = payload[t->index], .umd_threshold = 1 };
	struct lnet_handle_md mdh;
	unsigned int i;
	int rc = 0;

	lt_fill(payload[t->index], LONGEST, t->index);
	for (i = 0; i < EACH && !rc; i++) {
		umd.umd_length = LONGEST - 13 * i;
		rc = LNetMDBind(&umd, LNET_UNLINK, &mdh) ?:
		     LNetPut(NULL, mdh, LNET_NOACK_REQ, &lo, LT_PORTAL, BITS, 0,
			     t->index << 16 | i);
	}
	return rc;
}

/* One buffer: what its events say is in it, and no two lie over each other. Returns how many. */
static unsigned int check_buffer(struct kunit *test, struct lt_hmd *h, unsigned long *came)
{
	DECLARE_BITMAP(used, ROOM);
	unsigned int i, n = lt_hmd_count(h), thread, number;
	const struct lnet_handler_event *ev;

	bitmap_zero(used, ROOM);
	for (i = 0; i < n; i++) {
		ev = lt_hmd_ev(test, h, i);
		thread = ev->hdr_data >> 16;
		number = ev->hdr_data & 0xffff;
		KUNIT_ASSERT_LT(test, thread, CROWD);
		KUNIT_EXPECT_FALSE(test, test_and_set_bit(thread * EACH + number, came));
		KUNIT_EXPECT_EQ(test, ev->status, 0);
		KUNIT_EXPECT_EQ(test, ev->mlength, LONGEST - 13 * number);
		KUNIT_ASSERT_LE(test, ev->offset + ev->mlength, ROOM);
		KUNIT_EXPECT_GE(test, find_next_bit(used, ev->offset + ev->mlength, ev->offset),
				ev->offset + ev->mlength);
		bitmap_set(used, ev->offset, ev->mlength);
		KUNIT_EXPECT_TRUE(test, lt_filled(h->buf + ev->offset, ev->mlength, thread, 0));
	}
	if (lt_hmd_over(h))
		KUNIT_EXPECT_LT(test, ROOM - bitmap_weight(used, ROOM), LONGEST);
	return n;
}

static void rules_request_buffers_are_filled_by_several_threads(struct kunit *test)
{
	DECLARE_BITMAP(came, CROWD * EACH) = {};
	static struct lt_thread t[CROWD];
	static struct lt_hmd *h[BUFFERS];
	unsigned int i, n = 0;

	for (i = 0; i < BUFFERS; i++)
		h[i] = request_buffer(test, ROOM, LONGEST);
	lt_threads_start(test, t, CROWD, send_requests, NULL);
	lt_threads_join(test, t, CROWD);
	for (i = 0; i < BUFFERS; i++)
		n += check_buffer(test, h[i], came);
	KUNIT_EXPECT_EQ(test, n, CROWD * EACH);
}

/* Replies, and bulk ------------------------------------------------------------------------ */

static struct lt_hmd *reply_buffer(struct kunit *test, unsigned int bytes)
{
	struct lt_hmd *h = lt_hmd(test, bytes);

	h->umd.umd_options = LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE;
	lt_hmd_attach(test, h, lt_id(LT_NID_PEER, PEER_PID), BITS, LNET_RETAIN);
	return h;
}

static void rules_reply_buffer_takes_early_replies_and_the_real_one(struct kunit *test)
{
	static const struct { unsigned int bytes, offset; } put[] = {
		{ 50, 0 }, { 50, 0 }, { 40, 60 }, { 0, 100 },
	};
	struct lt_hmd *h = reply_buffer(test, BYTES);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(put); i++) {
		memset(h->buf, 0, BYTES);
		arrive(test, f, LT_PORTAL2, put[i].bytes, put[i].offset);
		KUNIT_ASSERT_EQ(test, lt_hmd_count(h), i + 1);
		lt_hmd_expect(test, h, i, LNET_EVENT_PUT, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->offset, put[i].offset);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->mlength, put[i].bytes);
		KUNIT_EXPECT_TRUE(test, lt_filled(h->buf + put[i].offset, put[i].bytes, 4, 0));
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	lt_hmd_expect(test, h, i, LNET_EVENT_UNLINK, 0, 1);
}

static void rules_reply_that_is_too_long_is_cut(struct kunit *test)
{
	struct lt_hmd *h = reply_buffer(test, BYTES);
	const struct lnet_handler_event *ev;
	struct lt_ni *f = lt_ni(test);

	arrive(test, f, LT_PORTAL2, 90, 60);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, 0, 0);
	ev = lt_hmd_ev(test, h, 0);
	KUNIT_EXPECT_EQ(test, ev->offset, 60);
	KUNIT_EXPECT_EQ(test, ev->mlength, 40);
	KUNIT_EXPECT_EQ(test, ev->rlength, 90);
	KUNIT_EXPECT_EQ(test, ev->md_options & LNET_MD_MANAGE_REMOTE, LNET_MD_MANAGE_REMOTE);
	KUNIT_EXPECT_TRUE(test, lt_filled(h->buf + 60, 40, 4, 0));
	KUNIT_EXPECT_EQ(test, h->buf[BYTES], 0);
}

/* Matching is by the NID, the PID and the bits. */
static void rules_reply_of_another_process_is_dropped(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lt_ni *f = lt_ni(test);

	h->umd.umd_options = LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE;
	lt_hmd_attach(test, h, peer, BITS, LNET_RETAIN);
	KUNIT_EXPECT_TRUE(test, arrive(test, f, LT_PORTAL2, 1, 0)->dropped);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
}

static struct lt_hmd *bulk(struct kunit *test, unsigned int options)
{
	struct lt_hmd *h = lt_hmd(test, 0);

	lt_hmd_pages(test, h, 3);
	h->umd.umd_options |= options;
	h->umd.umd_threshold = 1;
	lt_hmd_attach(test, h, lt_id(LT_NID_PEER, PEER_PID), BITS, LNET_UNLINK);
	return h;
}

static void rules_bulk_that_is_read_has_one_event_when_the_data_is_there(struct kunit *test)
{
	struct lt_hmd *h = bulk(test, LNET_MD_OP_PUT);
	unsigned int bytes = h->bytes - 7;
	struct lt_ni *f = lt_ni(test);

	f->hold_recv = true;
	arrive(test, f, LT_PORTAL2, bytes, 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, 0)->mlength, bytes);
	KUNIT_EXPECT_TRUE(test, lt_filled(h->buf, bytes, 4, 0));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
}

static void rules_bulk_that_is_written_has_one_event_when_the_data_is_gone(struct kunit *test)
{
	struct lt_hmd *h = bulk(test, LNET_MD_OP_GET);
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	lt_fill(h->buf, h->bytes, 6);
	f->hold_send = true;
	lt_hdr_get(rx, BITS, h->bytes, 0);
	lt_hdr_from(rx, LT_NID_PEER, PEER_PID);
	rx->hdr.msg.get.ptl_index = cpu_to_le32(LT_PORTAL2);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(f->tx, h->bytes, 6, 0));
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_GET, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, 0)->mlength, h->bytes);
}

/* Fields --------------------------------------------------------------------------------- */

/* Both ends of a message, and what it was sent with. */
static void expect_fields(struct kunit *test, const struct lnet_handler_event *ev,
			  lnet_nid_t target, struct lnet_process_id from,
			  enum lnet_msg_type type, unsigned int rlength, unsigned int mlength)
{
	struct lnet_nid sender = lt_nid(from.nid);

	lt_hmd_expect_id(test, "target", &ev->target, target, LNET_PID_LUSTRE);
	lt_hmd_expect_id(test, "initiator", &ev->initiator, from.nid, from.pid);
	lt_hmd_expect_id(test, "source", &ev->source, from.nid, from.pid);
	KUNIT_EXPECT_MEMEQ(test, &ev->sender, &sender, sizeof(sender));
	KUNIT_EXPECT_EQ(test, ev->msg_type, type);
	KUNIT_EXPECT_EQ(test, ev->rlength, rlength);
	KUNIT_EXPECT_EQ(test, ev->mlength, mlength);
}

static void rules_put_event_is_complete(struct kunit *test)
{
	struct lt_hmd *h = reply_buffer(test, BYTES);
	const struct lnet_handler_event *ev;
	struct lt_ni *f = lt_ni(test);

	arrive(test, f, LT_PORTAL2, 90, 60);
	ev = lt_hmd_ev(test, h, 0);
	expect_fields(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, PEER_PID), LNET_MSG_PUT, 90, 40);
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL2);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, ~(u64)BITS);
	KUNIT_EXPECT_EQ(test, ev->offset, 60);
	KUNIT_EXPECT_PTR_EQ(test, ev->md_start, (void *)h->buf);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, h->mdh.cookie);
}

static void rules_get_event_is_complete(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	const struct lnet_handler_event *ev;
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	h->umd.umd_options = LNET_MD_OP_GET | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE;
	lt_hmd_attach_any(test, h, LNET_UNLINK);
	lt_hdr_get(rx, BITS, 90, 60);
	lt_hdr_from(rx, LT_NID_PEER, PEER_PID);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	lt_hmd_expect(test, h, 0, LNET_EVENT_GET, 0, 0);
	ev = lt_hmd_ev(test, h, 0);
	expect_fields(test, ev, LT_NID_SELF, lt_id(LT_NID_PEER, PEER_PID), LNET_MSG_GET, 0, 40);
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->offset, 60);
}

static void rules_send_event_is_complete(struct kunit *test)
{
	struct lt_hmd *h = source(test, BYTES, 2);
	struct lnet_nid any = lt_nid(LNET_NID_ANY);
	const struct lnet_handler_event *ev;
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_ACK_REQ, lt_id(LT_NID_PEER, PEER_PID),
					 LT_PORTAL2, BITS, 33), 0);
	lt_hmd_expect(test, h, 0, LNET_EVENT_SEND, 0, 0);
	ev = lt_hmd_ev(test, h, 0);
	lt_hmd_expect_id(test, "target", &ev->target, LT_NID_PEER, PEER_PID);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&ev->initiator.nid));
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&ev->source.nid));
	KUNIT_EXPECT_MEMEQ(test, &ev->sender, &any, sizeof(any));
	KUNIT_EXPECT_EQ(test, ev->pt_index, LT_PORTAL2);
	KUNIT_EXPECT_EQ(test, ev->match_bits, BITS);
	KUNIT_EXPECT_EQ(test, ev->hdr_data, ~(u64)BITS);
	KUNIT_EXPECT_EQ(test, ev->rlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->mlength, BYTES);
	KUNIT_EXPECT_EQ(test, ev->msg_type, LNET_MSG_PUT);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->hdr.msg.put.offset, cpu_to_le32(33));
}

/* The target took a part. */
static void rules_ack_event_is_complete(struct kunit *test)
{
	struct lt_hmd *h = source(test, BYTES, 2);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_ACK_REQ, peer, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, ack_arrives(test, f, BYTES - 9), 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_ACK, 0, 1);
	expect_fields(test, lt_hmd_ev(test, h, 1), LT_NID_SELF, peer, LNET_MSG_ACK, 0, BYTES - 9);
}

static void rules_reply_event_is_complete(struct kunit *test)
{
	struct lt_hmd *h = source(test, BYTES, 2);
	struct lt_ni *f = lt_ni(test);

	KUNIT_ASSERT_EQ(test, lt_hmd_get(h, peer, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, reply_arrives(test, f, BYTES - 9), 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_REPLY, 0, 1);
	expect_fields(test, lt_hmd_ev(test, h, 1), LT_NID_SELF, peer, LNET_MSG_REPLY, BYTES - 9,
		      BYTES - 9);
	KUNIT_EXPECT_TRUE(test, lt_filled(h->buf, BYTES - 9, 5, 0));
}

static void rules_loopback_has_the_whole_protocol(struct kunit *test)
{
	struct lt_hmd *put = source(test, BYTES, 2), *get = source(test, BYTES, 2);
	struct lt_hmd *sink = lt_hmd(test, BYTES), *bulk = lt_hmd(test, BYTES);

	sink->umd.umd_options = LNET_MD_OP_PUT;
	sink->umd.umd_threshold = 1;
	lt_hmd_attach(test, sink, lt_lo, BITS, LNET_UNLINK);
	bulk->umd.umd_options = LNET_MD_OP_GET;
	bulk->umd.umd_threshold = 1;
	lt_hmd_attach(test, bulk, lt_lo, BITS + 1, LNET_UNLINK);
	lt_fill(bulk->buf, BYTES, 8);
	KUNIT_ASSERT_EQ(test, lt_hmd_put(put, LNET_ACK_REQ, lt_lo, LT_PORTAL2, BITS, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_get(get, lt_lo, LT_PORTAL2, BITS + 1, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(put), 2);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(get), 2);
	KUNIT_EXPECT_TRUE(test, lt_hmd_over(put));
	KUNIT_EXPECT_TRUE(test, lt_hmd_over(get));
	lt_hmd_expect(test, sink, 0, LNET_EVENT_PUT, 0, 1);
	lt_hmd_expect(test, bulk, 0, LNET_EVENT_GET, 0, 1);
	expect_fields(test, lt_hmd_ev(test, sink, 0), LNET_NID_LO_0, lt_lo, LNET_MSG_PUT, BYTES,
		      BYTES);
	expect_fields(test, lt_hmd_ev(test, bulk, 0), LNET_NID_LO_0, lt_lo, LNET_MSG_GET, 0,
		      BYTES);
	KUNIT_EXPECT_TRUE(test, lt_filled(sink->buf, BYTES, 3, 0));
	KUNIT_EXPECT_TRUE(test, lt_filled(get->buf, BYTES, 8, 0));
}

static void rules_message_leaves_by_the_nid_that_is_named(struct kunit *test)
{
	struct lnet_processid to = lt_processid(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lnet_nid self = lt_nid(LT_NID(3)), any = lt_nid(LNET_NID_ANY);
	struct lt_hmd *h = source(test, BYTES, LNET_MD_THRESH_INF);
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, LT_NID(3));

	KUNIT_EXPECT_EQ(test, LNetPut(&self, h->mdh, LNET_NOACK_REQ, &to, 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetGet(&self, h->mdh, &to, 1, 0, 0, false), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(g), 2);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, g, 0)->hdr.src_nid, cpu_to_le64(LT_NID(3)));
	KUNIT_EXPECT_EQ(test, LNetPut(NULL, h->mdh, LNET_NOACK_REQ, &to, 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(&any, h->mdh, LNET_NOACK_REQ, &to, 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f) + lt_ni_sends(g), 4);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 5);
}

/* At the same time --------------------------------------------------------------------- */

struct meeting {
	atomic_t inside;
	bool met;
	u64 bits[2];			/* of the MD that each thread sends to */
};

/* In the handler: wait for another one, but not for long. */
static void meet(struct lt_hmd *h, const struct lnet_handler_event *ev)
{
	u64 end = ktime_get_ns() + 50 * (u64)NSEC_PER_MSEC;
	struct meeting *m = h->arg;

	if (ev->type != LNET_EVENT_PUT)
		return;
	if (atomic_inc_return(&m->inside) == 2)
		WRITE_ONCE(m->met, true);
	while (!READ_ONCE(m->met) && ktime_get_ns() < end)
		cpu_relax();
	atomic_dec(&m->inside);
}

static int put_to_meet(struct lt_thread *t)
{
	struct meeting *m = t->arg;

	return lt_hmd_put_empty(LT_PORTAL2, m->bits[t->index], 0);
}

static bool handlers_meet(struct kunit *test, struct meeting *m, u64 a, u64 b)
{
	static struct lt_thread t[2];

	atomic_set(&m->inside, 0);
	m->met = false;
	m->bits[0] = a;
	m->bits[1] = b;
	lt_threads_start(test, t, 2, put_to_meet, m);
	lt_threads_join(test, t, 2);
	return m->met;
}

static void sink(struct kunit *test, struct meeting *m, u64 bits)
{
	struct lt_hmd *h = lt_hmd(test, 0);

	h->umd.umd_options = LNET_MD_OP_PUT;
	h->during = meet;
	h->arg = m;
	lt_hmd_attach(test, h, lt_lo, bits, LNET_RETAIN);
}

static void rules_handler_of_one_md_runs_once_at_a_time(struct kunit *test)
{
	static struct meeting m;
	unsigned int i;

	lt_need_two_cpus(test);
	sink(test, &m, 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test, handlers_meet(test, &m, 0, 0));
}

static void rules_handlers_of_different_mds_run_at_the_same_time(struct kunit *test)
{
	static struct meeting m;
	unsigned int i, met = 0;
	enum { MDS = 9 };

	lt_need_two_cpus(test);
	lt_skip_delivery(test, "global", "one lock for all handlers");
	lt_skip_delivery(test, "callback", "one lock for all handlers");
	lt_skip_delivery(test, "eq", "one lock for an EQ");
	for (i = 0; i < MDS; i++)
		sink(test, &m, i);
	/* Two of them may share a slot, but not one of them with them all. */
	for (i = 1; i < MDS; i++)
		met += handlers_meet(test, &m, 0, i);
	KUNIT_EXPECT_GE(test, met, MDS / 2);
}

static struct kunit_case lnet_lustre_rules_cases[] = {
	KUNIT_CASE(rules_put_without_ack_has_one_event),
	KUNIT_CASE_PARAM(rules_put_that_cannot_be_sent_says_so_in_its_event, no_send_gen_params),
	KUNIT_CASE_PARAM(rules_request_that_cannot_be_sent_says_so_in_its_event,
			 no_send_gen_params),
	KUNIT_CASE_PARAM(rules_second_event_of_an_acked_put_is_the_last, order_gen_params),
	KUNIT_CASE_PARAM(rules_second_event_of_a_get_is_the_last, order_gen_params),
	KUNIT_CASE(rules_request_buffer_without_room_goes),
	KUNIT_CASE(rules_last_put_of_a_request_buffer_is_the_one_that_ends_last),
	KUNIT_CASE(rules_request_that_is_too_long_is_dropped),
	KUNIT_CASE(rules_request_buffers_are_filled_by_several_threads),
	KUNIT_CASE(rules_reply_buffer_takes_early_replies_and_the_real_one),
	KUNIT_CASE(rules_reply_that_is_too_long_is_cut),
	KUNIT_CASE(rules_reply_of_another_process_is_dropped),
	KUNIT_CASE(rules_bulk_that_is_read_has_one_event_when_the_data_is_there),
	KUNIT_CASE(rules_bulk_that_is_written_has_one_event_when_the_data_is_gone),
	KUNIT_CASE(rules_put_event_is_complete),
	KUNIT_CASE(rules_get_event_is_complete),
	KUNIT_CASE(rules_send_event_is_complete),
	KUNIT_CASE(rules_ack_event_is_complete),
	KUNIT_CASE(rules_reply_event_is_complete),
	KUNIT_CASE(rules_loopback_has_the_whole_protocol),
	KUNIT_CASE(rules_message_leaves_by_the_nid_that_is_named),
	KUNIT_CASE(rules_handler_of_one_md_runs_once_at_a_time),
	KUNIT_CASE(rules_handlers_of_different_mds_run_at_the_same_time),
	{}
};

LT_SUITE_HANDLERS(lnet_lustre_rules);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: the events of the handler interface");
MODULE_LICENSE("GPL");
