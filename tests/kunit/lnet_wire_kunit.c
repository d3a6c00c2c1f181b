// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing that comes from the network is trusted: headers that are wrong
 * in one field, in any one bit, or altogether. Each is refused or dropped,
 * counted once, and delivered nowhere; and the LND is told what to do with the
 * payload exactly once, or not at all where the connection has to go.
 */
#include "common.h"

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>

enum { BYTES = 64, BITS = 0x77, RANDOM = 20000 / LT_SLOW };

static unsigned int events;

static void count_event(struct lnet_event *event)
{
	if (event->type != LNET_EVENT_UNLINK)
		events++;
}

/* Something that is there for every kind of message. */
struct scene {
	struct lt_ni *f;
	struct lt_rx *rx;
	struct lnet_handle_md mdh;	/* of one that asks */
	unsigned int asked;		/* messages of ours, each for one answer */
};

static struct scene *scene(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, count_event);
	void *mem = lt_vmalloc(test, LNET_MTU);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->f = lt_ni(test);
	s->rx = lt_rx(test);
	lt_md_attach(test, lt_me_any(test, BITS),
		     lt_md(mem, LNET_MTU, LNET_MD_THRESH_INF,
			   LNET_MD_OP_PUT | LNET_MD_OP_GET |
			   LNET_MD_MANAGE_REMOTE, eqh, NULL), LNET_RETAIN);
	s->mdh = lt_md_bind(test, lt_md(mem, LNET_MTU, LNET_MD_THRESH_INF, 0,
					eqh, NULL), LNET_RETAIN);
	events = 0;
	return s;
}

/* Send the peer a request. The handle that its answer brings back. */
static struct lnet_handle_wire asked(struct scene *s, enum lnet_msg_type type)
{
	const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };
	unsigned int before = events;
	const struct lnet_hdr *hdr;

	if (type == LNET_MSG_GET)
		LNetGet(LNET_NID_ANY, s->mdh, peer, LT_PORTAL, 0, 0, false);
	else
		LNetPut(LNET_NID_ANY, s->mdh, LNET_ACK_REQ, peer, LT_PORTAL, 0,
			0, 0);
	events = before;
	s->asked++;
	hdr = &s->f->sent[(lt_ni_sends(s->f) - 1) % LT_SENT_MAX].hdr;
	return hdr->msg.get.return_wmd;
}

/* A good header of each type. */
static void good(struct scene *s, enum lnet_msg_type type)
{
	struct lt_rx *rx = s->rx;

	switch (type) {
	case LNET_MSG_PUT:
		lt_hdr_put(rx, BITS, BYTES, 0, 0);
		break;
	case LNET_MSG_GET:
		lt_hdr_get(rx, BITS, BYTES, 0);
		break;
	case LNET_MSG_ACK:
		lt_hdr(rx, LNET_MSG_ACK, LT_NID_PEER, 0);
		rx->hdr.msg.ack.dst_wmd = asked(s, LNET_MSG_PUT);
		rx->hdr.msg.ack.match_bits = cpu_to_le64(BITS);
		rx->hdr.msg.ack.mlength = cpu_to_le32(BYTES);
		break;
	default:
		lt_hdr(rx, LNET_MSG_REPLY, LT_NID_PEER, BYTES);
		rx->hdr.msg.reply.dst_wmd = asked(s, LNET_MSG_GET);
		break;
	}
}

static void wire_good_ones_are_taken(struct kunit *test)
{
	struct scene *s = scene(test);
	enum lnet_msg_type type;

	for (type = LNET_MSG_ACK; type <= LNET_MSG_REPLY; type++) {
		good(s, type);
		KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
		KUNIT_EXPECT_EQ(test, s->rx->recvs, 1);
		KUNIT_EXPECT_EQ(test, events, type + 1);
	}
	KUNIT_EXPECT_EQ(test, lt_ni_drops_all(s->f), 0);
}

/* One field wrong ---------------------------------------------------------- */

enum field {
	TYPE, LENGTH, DEST, SRC, SRC_PID, DEST_PID, PUT_PORTAL, GET_PORTAL, SINK,
	COOKIE, OBJECT,
};

static void spoil(struct lnet_hdr *hdr, enum field field, u64 value)
{
	switch (field) {
	case TYPE:
		hdr->type = cpu_to_le32(value);
		break;
	case LENGTH:
		hdr->payload_length = cpu_to_le32(value);
		break;
	case DEST:
		hdr->dest_nid = cpu_to_le64(value);
		break;
	case SRC:
		hdr->src_nid = cpu_to_le64(value);
		break;
	case SRC_PID:
		hdr->src_pid = cpu_to_le32(value);
		break;
	case DEST_PID:
		hdr->dest_pid = cpu_to_le32(value);
		break;
	case PUT_PORTAL:
		hdr->msg.put.ptl_index = cpu_to_le32(value);
		break;
	case GET_PORTAL:
		hdr->msg.get.ptl_index = cpu_to_le32(value);
		break;
	case SINK:
		hdr->msg.get.sink_length = cpu_to_le32(value);
		break;
	case COOKIE:
		hdr->msg.reply.dst_wmd.interface_cookie = value;
		break;
	case OBJECT:
		hdr->msg.reply.dst_wmd.object_cookie = value;
		break;
	}
}

#define TAKEN	LNET_DROP_NI_NR		/* it is none at all */

static const struct wire_row {
	const char *desc;
	/* input */
	enum lnet_msg_type type;
	enum field field;
	u64 value;
	/* expected */
	int rc;
	enum lnet_ni_drop why;
} wire_rows[] = {
	{ "type HELLO", LNET_MSG_PUT, TYPE, 4, -EPROTO, LNET_DROP_BAD_TYPE },
	{ "type 5", LNET_MSG_PUT, TYPE, 5, -EPROTO, LNET_DROP_BAD_TYPE },
	{ "type most", LNET_MSG_PUT, TYPE, U32_MAX, -EPROTO,
	  LNET_DROP_BAD_TYPE },
	{ "type swapped", LNET_MSG_PUT, TYPE, 0x01000000, -EPROTO,
	  LNET_DROP_BAD_TYPE },
	{ "ACK with payload", LNET_MSG_ACK, LENGTH, 1, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "GET with payload", LNET_MSG_GET, LENGTH, 1, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "PUT of the most", LNET_MSG_PUT, LENGTH, LNET_MTU, 0, TAKEN },
	{ "PUT of more", LNET_MSG_PUT, LENGTH, LNET_MTU + 1, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "PUT of far more", LNET_MSG_PUT, LENGTH, U32_MAX, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "PUT of negative length", LNET_MSG_PUT, LENGTH, 0x80000000, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "REPLY of the most", LNET_MSG_REPLY, LENGTH, LNET_MTU, 0, TAKEN },
	{ "REPLY of more", LNET_MSG_REPLY, LENGTH, LNET_MTU + 1, -EPROTO,
	  LNET_DROP_BAD_LENGTH },
	{ "for another of our net", LNET_MSG_PUT, DEST, LT_NID(99), -EPROTO,
	  LNET_DROP_NOT_OURS },
	{ "for another NI of ours", LNET_MSG_PUT, DEST, LNET_NID_LO_0, -EPROTO,
	  LNET_DROP_NOT_OURS },
	{ "for another net", LNET_MSG_PUT, DEST,
	  LNET_MKNID(LNET_MKNET(PTL4LND, 8), 1), 0, LNET_DROP_NOT_OURS },
	{ "for any NID", LNET_MSG_PUT, DEST, LNET_NID_ANY, 0,
	  LNET_DROP_NOT_OURS },
	{ "GET for another net", LNET_MSG_GET, DEST,
	  LNET_MKNID(LNET_MKNET(SOCKLND, 0), 1), 0, LNET_DROP_NOT_OURS },
	{ "from any NID", LNET_MSG_PUT, SRC, LNET_NID_ANY, 0,
	  LNET_DROP_BAD_SOURCE },
	{ "GET from any NID", LNET_MSG_GET, SRC, LNET_NID_ANY, 0,
	  LNET_DROP_BAD_SOURCE },
	{ "ACK from any NID", LNET_MSG_ACK, SRC, LNET_NID_ANY, 0,
	  LNET_DROP_BAD_SOURCE },
	{ "from another of our net", LNET_MSG_PUT, SRC, LT_NID(99), -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "GET from another of our net", LNET_MSG_GET, SRC, LT_NID(99), -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "ACK from another of our net", LNET_MSG_ACK, SRC, LT_NID(99), -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "REPLY from another of our net", LNET_MSG_REPLY, SRC, LT_NID(99),
	  -EPROTO, LNET_DROP_FORGED_SOURCE },
	{ "from ourselves", LNET_MSG_PUT, SRC, LT_NID_SELF, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from address 0 of our net", LNET_MSG_PUT, SRC, LT_NID(0), -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from the last address of our net", LNET_MSG_PUT, SRC,
	  LT_NID(U32_MAX), -EPROTO, LNET_DROP_FORGED_SOURCE },
	{ "from the loopback", LNET_MSG_PUT, SRC, LNET_NID_LO_0, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "GET from the loopback", LNET_MSG_GET, SRC, LNET_NID_LO_0, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from some other loopback", LNET_MSG_PUT, SRC,
	  LNET_MKNID(LNET_MKNET(LOLND, 7), 5), -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from NID 0", LNET_MSG_PUT, SRC, 0, 0, LNET_DROP_ROUTED_SOURCE },
	{ "from another net", LNET_MSG_PUT, SRC,
	  LNET_MKNID(LNET_MKNET(PTL4LND, 8), 2), 0, LNET_DROP_ROUTED_SOURCE },
	{ "REPLY from another net", LNET_MSG_REPLY, SRC,
	  LNET_MKNID(LNET_MKNET(SOCKLND, 0), 2), 0, LNET_DROP_ROUTED_SOURCE },
	{ "from the last NID but any", LNET_MSG_PUT, SRC, LNET_NID_ANY - 1, 0,
	  LNET_DROP_ROUTED_SOURCE },
	{ "from PID 0", LNET_MSG_PUT, SRC_PID, 0, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from another PID", LNET_MSG_PUT, SRC_PID, LNET_PID_LUSTRE + 1,
	  -EPROTO, LNET_DROP_FORGED_SOURCE },
	{ "from any PID", LNET_MSG_PUT, SRC_PID, LNET_PID_ANY, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "from a user's PID", LNET_MSG_GET, SRC_PID,
	  LNET_PID_LUSTRE | LNET_PID_USERFLAG, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "ACK from another PID", LNET_MSG_ACK, SRC_PID, 1, -EPROTO,
	  LNET_DROP_FORGED_SOURCE },
	{ "for another PID", LNET_MSG_PUT, DEST_PID, 1, 0, TAKEN },
	{ "for any PID", LNET_MSG_PUT, DEST_PID, U32_MAX, 0, TAKEN },
	{ "PUT to portal 64", LNET_MSG_PUT, PUT_PORTAL, 64, 0,
	  LNET_DROP_BAD_PORTAL },
	{ "PUT to portal 2^31", LNET_MSG_PUT, PUT_PORTAL, 0x80000000, 0,
	  LNET_DROP_BAD_PORTAL },
	{ "PUT to the last portal", LNET_MSG_PUT, PUT_PORTAL, U32_MAX, 0,
	  LNET_DROP_BAD_PORTAL },
	{ "GET from portal 64", LNET_MSG_GET, GET_PORTAL, 64, 0,
	  LNET_DROP_BAD_PORTAL },
	{ "GET from the last portal", LNET_MSG_GET, GET_PORTAL, U32_MAX, 0,
	  LNET_DROP_BAD_PORTAL },
	{ "GET of the most", LNET_MSG_GET, SINK, LNET_MTU, 0, TAKEN },
	{ "GET of more", LNET_MSG_GET, SINK, LNET_MTU + 1, 0,
	  LNET_DROP_BAD_LENGTH },
	{ "GET of far more", LNET_MSG_GET, SINK, U32_MAX, 0,
	  LNET_DROP_BAD_LENGTH },
	{ "ACK to another start", LNET_MSG_ACK, COOKIE, 5, 0,
	  LNET_DROP_ACK_STALE },
	{ "ACK to nothing", LNET_MSG_ACK, OBJECT, 5, 0, LNET_DROP_ACK_STALE },
	{ "ACK to none", LNET_MSG_ACK, OBJECT, U64_MAX, 0,
	  LNET_DROP_ACK_STALE },
	{ "REPLY to another start", LNET_MSG_REPLY, COOKIE, 5, 0,
	  LNET_DROP_REPLY_STALE },
	{ "REPLY to nothing", LNET_MSG_REPLY, OBJECT, 5, 0,
	  LNET_DROP_REPLY_STALE },
	{ "REPLY to none", LNET_MSG_REPLY, OBJECT, U64_MAX, 0,
	  LNET_DROP_REPLY_STALE },
};

KUNIT_ARRAY_PARAM_DESC(wire, wire_rows, desc);

static u64 dropped_bytes(struct lt_ni *f)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(f->ni->stats, cpu)->dropped_bytes;
	return sum;
}

static void wire_bad_field_is_refused_or_dropped_and_counted(struct kunit *test)
{
	const struct wire_row *row = test->param_value;
	struct scene *s = scene(test);
	u32 payload;

	good(s, row->type);
	spoil(&s->rx->hdr, row->field, row->value);
	payload = le32_to_cpu(s->rx->hdr.payload_length);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), row->rc);

	KUNIT_EXPECT_EQ(test, s->rx->recvs, row->rc ? 0 : 1);
	if (row->why == TAKEN) {
		KUNIT_EXPECT_EQ(test, events, 1);
		KUNIT_EXPECT_EQ(test, lt_ni_drops_all(s->f), 0);
		return;
	}
	KUNIT_EXPECT_EQ(test, events, 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(s->f, row->why), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_drops_all(s->f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(s->f), s->asked);
	/* The length that a peer claims counts for nothing if it breaks the protocol. */
	KUNIT_EXPECT_EQ(test, dropped_bytes(s->f), row->rc ? 0 : payload);
	if (!row->rc) {
		KUNIT_EXPECT_TRUE(test, s->rx->dropped);
		KUNIT_EXPECT_EQ(test, s->rx->rlen, payload);
	}
}

/* The sender, in the header and by the driver -------------------------------- */

/*
 * This node's own NID on another network is no router's. The driver knows which peer it is,
 * but 0@lo is none.
 */
static void wire_source_is_who_the_driver_says(struct kunit *test)
{
	const lnet_nid_t elsewhere = LNET_MKNID(LNET_MKNET(PTL4LND, 8), 3);
	struct scene *s = scene(test);
	struct lt_ni *g = lt_ni_at(test, elsewhere);

	good(s, LNET_MSG_PUT);
	s->rx->hdr.src_nid = cpu_to_le64(elsewhere);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), -EPROTO);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(s->f, LNET_DROP_FORGED_SOURCE), 1);
	lt_ni_stop(g);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(s->f, LNET_DROP_ROUTED_SOURCE), 1);
	KUNIT_EXPECT_EQ(test, events, 0);

	good(s, LNET_MSG_PUT);
	lt_hdr_from(s->rx, elsewhere, 7);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
	KUNIT_EXPECT_EQ(test, events, 1);
	good(s, LNET_MSG_PUT);
	lt_hdr_from(s->rx, LNET_NID_LO_0, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), -EPROTO);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(s->f, LNET_DROP_FORGED_SOURCE), 2);
	KUNIT_EXPECT_EQ(test, lt_ni_drops_all(s->f), 3);
	KUNIT_EXPECT_EQ(test, events, 1);
}

/* An offset of a PUT and a GET that no MD has ------------------------------ */

static void wire_offset_past_the_md_is_dropped(struct kunit *test)
{
	static const u32 offsets[] = { LNET_MTU + 1, 0x80000000, U32_MAX };
	struct scene *s = scene(test);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_BAD_OFFSET);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		lt_hdr_put(s->rx, BITS, 0, offsets[i], 0);
		KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
		KUNIT_EXPECT_TRUE(test, s->rx->dropped);
		lt_hdr_get(s->rx, BITS, 0, offsets[i]);
		KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
		KUNIT_EXPECT_TRUE(test, s->rx->dropped);
	}
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_BAD_OFFSET),
			drops + 2 * ARRAY_SIZE(offsets));
	KUNIT_EXPECT_EQ(test, events, 0);

	/* Right at the end there is room for nothing, and nothing more. */
	lt_hdr_put(s->rx, BITS, 0, LNET_MTU, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), 0);
	KUNIT_EXPECT_EQ(test, events, 1);
}

/* Anything at all ---------------------------------------------------------- */

/* Count of drops of the kind that @s->rx may be. */
static u64 drops_of(struct scene *s)
{
	const struct lnet_hdr *hdr = &s->rx->hdr;
	u32 portal = hdr->type == cpu_to_le32(LNET_MSG_GET) ?
		     le32_to_cpu(hdr->msg.get.ptl_index) :
		     le32_to_cpu(hdr->msg.put.ptl_index);

	return lt_ni_drops_all(s->f) +
	       (portal < LNET_MAX_PORTALS ? lt_drops_all(portal) : 0);
}

/* Whatever is in @s->rx: one outcome, in one place. */
static void expect_one_outcome(struct kunit *test, struct scene *s)
{
	u64 drops = drops_of(s);
	int rc;

	events = 0;
	rc = lt_parse(s->f, s->rx);
	drops = drops_of(s) - drops;
	KUNIT_ASSERT_TRUE(test, rc == 0 || rc == -EPROTO);
	KUNIT_ASSERT_EQ(test, s->rx->recvs, rc ? 0 : 1);
	KUNIT_ASSERT_EQ(test, drops + events, 1);
	if (rc)
		KUNIT_ASSERT_EQ(test, drops, 1);
	else
		/* A GET has nothing to receive, whether dropped or not. */
		KUNIT_ASSERT_TRUE(test, s->rx->dropped == drops ||
				  s->rx->hdr.type == cpu_to_le32(LNET_MSG_GET));
}

static void wire_any_bit_may_flip(struct kunit *test)
{
	struct scene *s = scene(test);
	enum lnet_msg_type type;
	unsigned int bit;

	for (type = LNET_MSG_ACK; type <= LNET_MSG_REPLY; type++) {
		for (bit = 0; bit < 8 * sizeof(struct lnet_hdr); bit++) {
			good(s, type);
			((u8 *)&s->rx->hdr)[bit / 8] ^= BIT(bit % 8);
			expect_one_outcome(test, s);
		}
		cond_resched();
	}
}

static void wire_any_garbage_may_come(struct kunit *test)
{
	struct scene *s = scene(test);
	unsigned int i;

	for (i = 0; i < RANDOM; i++) {
		good(s, LNET_MSG_PUT);
		get_random_bytes(&s->rx->hdr, sizeof(s->rx->hdr));
		/* Some of it so that it gets beyond the first checks. */
		if (i % 16 > 1)
			lt_hdr_from(s->rx, LT_NID_PEER, LNET_PID_LUSTRE);
		if (i % 4)
			s->rx->hdr.type = cpu_to_le32(i % 5);
		if (i % 8 > 1)
			s->rx->hdr.dest_nid = cpu_to_le64(LT_NID_SELF);
		if (i % 16 > 3)
			s->rx->hdr.payload_length =
				cpu_to_le32(get_random_u32_below(2));
		if (i % 32 > 7)
			s->rx->hdr.msg.reply.dst_wmd =
				asked(s, i % 64 > 31 ? LNET_MSG_PUT : LNET_MSG_GET);
		if (i % 64 > 15)
			s->rx->hdr.msg.put.ptl_index = cpu_to_le32(LT_PORTAL);
		expect_one_outcome(test, s);
		cond_resched();
	}
}

static void wire_header_in_the_other_byte_order_is_refused(struct kunit *test)
{
	struct scene *s = scene(test);
	struct lnet_hdr *hdr = &s->rx->hdr;

	good(s, LNET_MSG_PUT);
	hdr->dest_nid = (__force __le64)swab64((__force u64)hdr->dest_nid);
	hdr->src_nid = (__force __le64)swab64((__force u64)hdr->src_nid);
	hdr->type = (__force __le32)swab32((__force u32)hdr->type);
	hdr->payload_length =
		(__force __le32)swab32((__force u32)hdr->payload_length);
	KUNIT_EXPECT_EQ(test, lt_parse(s->f, s->rx), -EPROTO);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(s->f, LNET_DROP_BAD_TYPE), 1);
}

static struct kunit_case lnet_wire_cases[] = {
	KUNIT_CASE(wire_good_ones_are_taken),
	KUNIT_CASE_PARAM(wire_bad_field_is_refused_or_dropped_and_counted,
			 wire_gen_params),
	KUNIT_CASE(wire_source_is_who_the_driver_says),
	KUNIT_CASE(wire_offset_past_the_md_is_dropped),
	KUNIT_CASE_SLOW(wire_any_bit_may_flip),
	KUNIT_CASE_SLOW(wire_any_garbage_may_come),
	KUNIT_CASE(wire_header_in_the_other_byte_order_is_refused),
	{}
};

LT_SUITE(lnet_wire);

MODULE_DESCRIPTION("KUnit suite of lnet: malformed headers");
MODULE_LICENSE("GPL");
