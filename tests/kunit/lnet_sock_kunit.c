// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of LNet over TCP, against bytes that a real peer sent: each is
 * understood, is written again byte for byte, and is understood in the other
 * byte order. And against bytes that no peer should send.
 *
 * rounds=N says how many broken headers are tried, seed=N which.
 */
#include "common.h"
#include "sock_proto.h"
#include "sock_vectors.h"

#include <linux/bits.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/swab.h>

#define NID_PEER	0x000200000a000001ULL
#define NID_SELF	0x000200000a000002ULL

enum { PID = 12345 };

static unsigned int rounds = 200000 / LT_SLOW;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Number of broken headers to try (default 200000, fewer in a debug kernel)");

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random headers; 0: a new one (default 0)");

static void vector_to_desc(const struct sock_vector *v, char *desc)
{
	strscpy(desc, v->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(connreq, connreq_vectors, vector_to_desc);
KUNIT_ARRAY_PARAM(hello, hello_vectors, vector_to_desc);
KUNIT_ARRAY_PARAM(large, large_vectors, vector_to_desc);
KUNIT_ARRAY_PARAM(ipv6, ipv6_vectors, vector_to_desc);
KUNIT_ARRAY_PARAM(noop, noop_vectors, vector_to_desc);
KUNIT_ARRAY_PARAM(message, message_vectors, vector_to_desc);

/* A vector in memory of its own, so that KASAN sees a read past it. */
static u8 *bytes_of(struct kunit *test, const struct sock_vector *v, size_t *n)
{
	u8 *p = kunit_kmalloc(test, v->n, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memcpy(p, v->bytes, v->n);
	*n = v->n;
	return p;
}

/* Turn fields round that follow one another; @widths ends with 0. */
static void swap_fields(u8 *p, const u8 *widths)
{
	for (; *widths; p += *widths++) {
		if (*widths == 20)
			continue;
		if (*widths == 8)
			proto_put64(p, swab64(proto_get64(p, false)));
		else
			proto_put32(p, swab32(proto_get32(p, false)));
	}
}

static const u8 connreq_fields[] = { 4, 4, 8, 0 };
static const u8 hello_fields[] = { 4, 4, 8, 8, 4, 4, 8, 8, 4, 4, 0 };
/* 20: a NID, which nobody swaps. */
static const u8 hello_large_fields[] = { 4, 4, 20, 20, 4, 4, 8, 8, 4, 4, 0 };
static const u8 hdr_fields[] = { 4, 4, 8, 8, 0 };

static struct lnet_nid nid_of(lnet_nid_t nid4)
{
	struct lnet_nid nid;

	lnet_nid_from_nid4(&nid, nid4);
	return nid;
}

/* An IPv6 address on tcp3. */
static const struct lnet_nid nid_ipv6 = {
	.nid_size = 12, .nid_type = SOCKLND, .nid_num = cpu_to_be16(3),
	.nid_addr = { cpu_to_be32(0x20010db8), 0, 0, cpu_to_be32(0x42) },
};

/* Connection requests ------------------------------------------------------ */

static void sock_connreq_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	bool answer = !strcmp(v->name, "connreq-version-reply");
	const lnet_nid_t due = answer ? 0 : NID_SELF;
	u8 again[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid = nid_of(1);
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	KUNIT_ASSERT_EQ(test, n, (size_t)KSOCK_CONNREQ_BYTES);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_length(p), (int)n);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), 0);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nid), due);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_encode(again, answer ? NULL : &nid), n);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, n), 0);

	swap_fields(p, connreq_fields);
	nid = nid_of(1);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), 0);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nid), due);
}

static void sock_connreq_of_another_version_is_told_ours(struct kunit *test)
{
	const struct lnet_nid self = nid_of(NID_SELF);
	u8 p[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid;

	ksock_proto_connreq_encode(p, &self);
	proto_put32(p + 4, 3);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid),
			-EPROTONOSUPPORT);
	swap_fields(p, connreq_fields);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid),
			-EPROTONOSUPPORT);
	/* "Which version do you speak?" */
	proto_put32(p, MAGIC_LNET);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid),
			-EPROTONOSUPPORT);
	proto_put32(p, swab32(MAGIC_LNET));
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid),
			-EPROTONOSUPPORT);
	proto_put32(p, 0x47455420);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), -EPROTO);
}

/* NIDs of 20 bytes are in network byte order, whatever that of the sender is. */
static void sock_connreq_may_name_a_large_nid(struct kunit *test)
{
	u8 p[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid;

	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_encode(p, &nid_ipv6), sizeof(p));
	KUNIT_EXPECT_EQ(test, proto_get32(p + 4, false), 2);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_length(p), (int)sizeof(p));
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), 0);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&nid, &nid_ipv6));

	proto_put32(p, swab32(proto_get32(p, false)));
	proto_put32(p + 4, swab32(2));
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), 0);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&nid, &nid_ipv6));
}

/* Each NID can be written in one way only; else two peers could be one. */
static void sock_odd_nids_are_refused(struct kunit *test)
{
	u8 p[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid;
	unsigned int size;

	for (size = 0; size < 256; size++) {
		struct lnet_nid odd = nid_ipv6;

		ksock_proto_connreq_encode(p, &nid_ipv6);
		odd.nid_size = size;
		memcpy(p + 8, &odd, sizeof(odd));
		/* With 4 bytes of address, the other 12 must be 0, which they are not. */
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_connreq_decode(p, &nid),
				    size == 12 ? 0 : -EPROTO, "size %u", size);
	}
	/* A number that stands for a large NID is none on the wire. */
	ksock_proto_connreq_encode(p, NULL);
	proto_put64(p + 8, LNET_NID_LARGE | NID_SELF);
	KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), -EPROTO);
}

/* HELLO -------------------------------------------------------------------- */

static enum ksock_ctype ctype_in(const char *name)
{
	const char *digit = strstr(name, "ctype");

	return digit && digit[5] != 'N' ? digit[5] - '0' : KSOCK_NONE;
}

static void expect_hello(struct kunit *test, const struct sock_vector *v,
			 const struct ksock_hello *hello)
{
	bool v1 = v->name[strlen("hello-v")] == '1';
	bool unknown = strstr(v->name, "unknown");

	KUNIT_EXPECT_EQ(test, hello->version, v->name[strlen("hello-v")] - '0');
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&hello->src_nid), NID_PEER);
	KUNIT_EXPECT_EQ(test, hello->src_pid, PID);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&hello->dst_nid),
			v1 ? 0 : unknown ? NID_PEER : NID_SELF);
	KUNIT_EXPECT_EQ(test, hello->src_incarnation >> 40, 0x18ea58);
	KUNIT_EXPECT_EQ(test, (int)hello->ctype, (int)ctype_in(v->name));
	KUNIT_EXPECT_EQ(test, hello->ips, 0);
}

static void sock_hello_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	struct ksock_hello hello, swapped;
	u8 again[KSOCK_HELLO_MAX];
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	KUNIT_ASSERT_EQ(test, read_hello(p, n, &hello), 0);
	KUNIT_EXPECT_FALSE(test, hello.flip);
	expect_hello(test, v, &hello);
	KUNIT_ASSERT_EQ(test, ksock_proto_hello_encode(again, &hello), n);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, n), 0);
	if (hello.version == KSOCK_V1)
		return;

	swap_fields(p, hello_fields);
	KUNIT_ASSERT_EQ(test, read_hello(p, n, &swapped), 0);
	KUNIT_EXPECT_TRUE(test, swapped.flip);
	expect_hello(test, v, &swapped);
	KUNIT_EXPECT_EQ(test, swapped.src_incarnation, hello.src_incarnation);
}

/* Of version 4: NIDs of 20 bytes, also in the header of a message. */
static void sock_large_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	struct lnet_nid dest, src;
	struct ksock_hello hello;
	struct ksock_hdr hdr;
	u8 again[KSOCK_HELLO_MAX];
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	if (!strncmp(v->name, "hello", 5)) {
		KUNIT_ASSERT_EQ(test, read_hello(p, n, &hello), 0);
		expect_hello(test, v, &hello);
		KUNIT_ASSERT_EQ(test, ksock_proto_hello_encode(again, &hello), n);
		KUNIT_EXPECT_EQ(test, memcmp(again, p, n), 0);
		return;
	}
	KUNIT_EXPECT_EQ(test, ksock_proto_hdr_decode(p, false, &hdr), 0);
	p += KSOCK_HDR_BYTES;
	KUNIT_EXPECT_EQ(test, ksock_proto_nids_decode(p, &dest, &src), 0);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&dest), NID_SELF);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&src), NID_PEER);
	ksock_proto_nids_encode(again, &dest, &src);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, KSOCK_NIDS_LARGE_BYTES), 0);
	/* Behind them the header is the same. */
	p += KSOCK_NIDS_LARGE_BYTES - KSOCK_NIDS_BYTES;
	KUNIT_EXPECT_EQ(test, le32_to_cpu(((struct lnet_hdr *)p)->type), LNET_MSG_REPLY);
	KUNIT_EXPECT_EQ(test, n, ksock_proto_headers(KSOCK_V4) +
			le32_to_cpu(((struct lnet_hdr *)p)->payload_length));
}

/* One of the two nodes with IPv6 addresses. */
static struct lnet_nid nid_of_node(unsigned int n)
{
	return (struct lnet_nid){
		.nid_size = 12, .nid_type = SOCKLND,
		.nid_addr = { cpu_to_be32(0x20010db8), 0, 0, cpu_to_be32(n) },
	};
}

static void expect_ipv6_hello(struct kunit *test, const struct sock_vector *v, const u8 *p,
			      const struct lnet_nid *from, const struct lnet_nid *to)
{
	struct ksock_hello hello;
	u8 again[KSOCK_HELLO_MAX];

	KUNIT_ASSERT_EQ(test, read_hello(p, v->n, &hello), 0);
	KUNIT_EXPECT_EQ(test, hello.version, KSOCK_V4);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&hello.src_nid, from));
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&hello.dst_nid, to));
	KUNIT_EXPECT_EQ(test, hello.src_pid, PID);
	KUNIT_EXPECT_EQ(test, (int)hello.ctype, (int)ctype_in(v->name));
	KUNIT_ASSERT_EQ(test, ksock_proto_hello_encode(again, &hello), v->n);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, v->n), 0);
}

static void expect_ipv6_message(struct kunit *test, const struct sock_vector *v, const u8 *p,
				const struct lnet_nid *from, const struct lnet_nid *to)
{
	u8 again[KSOCK_NIDS_LARGE_BYTES];
	struct lnet_nid dest, src;
	const struct lnet_hdr *hdr;
	struct ksock_hdr around;

	KUNIT_EXPECT_EQ(test, ksock_proto_hdr_decode(p, false, &around), 0);
	p += KSOCK_HDR_BYTES;
	KUNIT_EXPECT_EQ(test, ksock_proto_nids_decode(p, &dest, &src), 0);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&dest, to));
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&src, from));
	ksock_proto_nids_encode(again, to, from);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, sizeof(again)), 0);
	/* Behind them the header is the same. */
	hdr = (const void *)(p + KSOCK_NIDS_LARGE_BYTES - KSOCK_NIDS_BYTES);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->dest_pid), PID);
	KUNIT_EXPECT_EQ(test, v->n, ksock_proto_headers(KSOCK_V4) +
			le32_to_cpu(hdr->payload_length));
}

static void sock_ipv6_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	bool answer = strstr(v->name, "passive") || strstr(v->name, "reply");
	struct lnet_nid from = nid_of_node(answer ? 2 : 1), to = nid_of_node(answer ? 1 : 2), nid;
	u8 again[KSOCK_CONNREQ_LARGE_BYTES];
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	if (!strncmp(v->name, "hello", 5)) {
		expect_ipv6_hello(test, v, p, &from, &to);
	} else if (strcmp(v->name, "connreq")) {
		expect_ipv6_message(test, v, p, &from, &to);
	} else {
		KUNIT_EXPECT_EQ(test, ksock_proto_connreq_length(p), (int)n);
		KUNIT_EXPECT_EQ(test, ksock_proto_connreq_decode(p, &nid), 0);
		KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&nid, &to));
		KUNIT_EXPECT_EQ(test, ksock_proto_connreq_encode(again, &to), n);
		KUNIT_EXPECT_EQ(test, memcmp(again, p, n), 0);
	}
}

static struct ksock_hello a_hello(unsigned int version)
{
	return (struct ksock_hello) {
		.version = version, .src_nid = nid_of(NID_PEER), .dst_nid = nid_of(NID_SELF),
		.src_pid = PID, .src_incarnation = 5, .ctype = KSOCK_CONTROL,
	};
}

static const struct wrong_row {
	const char *name;
	unsigned int version;
	unsigned int at;		/* offset of what is wrong, bytes */
	u32 value;			/* in the byte order of the version */
	bool wide;			/* and of the 4 bytes behind it */
	int rc;
} wrong_rows[] = {
	{ "v3, version 0", 3, 4, 0, false, -EPROTONOSUPPORT },
	{ "v3, from a number of ours", 3, 12, 0x01020000, false, -EPROTO },
	{ "v1, from a number of ours", 1, 12, 0x01020000, false, -EPROTO },
	{ "v4, version 5", 4, 4, 5, false, -EPROTONOSUPPORT },
	{ "v4, from any NID", 4, 8, ~0U, false, -EPROTO },
	{ "v4, from half a large NID", 4, 8, 0x0000020b, false, -EPROTO },
	{ "v4, from a NID that is too long", 4, 8, 0x0000020d, false, -EPROTO },
	{ "v4, from a short NID with more behind it", 4, 24, 1, false, -EPROTO },
	{ "v4, from any PID", 4, 48, ~0U, false, -EPROTO },
	{ "v4, type 4", 4, 72, 4, false, -EPROTO },
	{ "v4, 16 addresses", 4, 76, 16, false, 0 },
	{ "v4, 17 addresses, none of which follow", 4, 76, 17, false, 0 },
	{ "v3, version 5", 3, 4, 5, false, -EPROTONOSUPPORT },
	{ "v3, version 0x7fffffff", 3, 4, 0x7fffffff, false, -EPROTONOSUPPORT },
	{ "v1, minor 9", 1, 4, 9 << 16 | 1, false, -EPROTONOSUPPORT },
	{ "v3, magic", 3, 0, 0xdeadbeef, false, -EPROTO },
	{ "v3, from any NID", 3, 8, ~0U, true, -EPROTO },
	{ "v1, from any NID", 1, 8, ~0U, true, -EPROTO },
	{ "v3, from any PID", 3, 24, ~0U, false, -EPROTO },
	{ "v1, from any PID", 1, 20, ~0U, false, -EPROTO },
	{ "v3, type 4", 3, 48, 4, false, -EPROTO },
	{ "v3, type -2", 3, 48, -2, false, -EPROTO },
	{ "v1, type 4", 1, 40, 4, false, -EPROTO },
	{ "v3, 16 addresses", 3, 52, 16, false, 0 },
	{ "v3, 17 addresses", 3, 52, 17, false, -EPROTO },
	{ "v3, very many addresses", 3, 52, ~0U, false, -EPROTO },
	{ "v1, 16 addresses", 1, 28, 64, false, 0 },
	{ "v1, 17 addresses", 1, 28, 68, false, -EPROTO },
	{ "v1, half an address", 1, 28, 2, false, -EPROTO },
	{ "v1, not a HELLO", 1, 24, 1, false, -EPROTO },
	{ "v2, version 1 under its magic", 2, 4, 1, false, -EPROTONOSUPPORT },
};

static void wrong_to_desc(const struct wrong_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(wrong, wrong_rows, wrong_to_desc);

static void sock_hello_that_is_wrong_is_refused(struct kunit *test)
{
	const struct wrong_row *row = test->param_value;
	struct ksock_hello hello = a_hello(row->version);
	u8 p[KSOCK_HELLO_MAX];
	size_t n = ksock_proto_hello_encode(p, &hello);

	KUNIT_ASSERT_EQ(test, read_hello(p, n, &hello), 0);
	if (row->version == KSOCK_V1) {
		proto_put_le32(p + row->at, row->value);
		if (row->wide)
			proto_put_le32(p + row->at + 4, row->value);
	} else {
		proto_put32(p + row->at, row->value);
		if (row->wide)
			proto_put32(p + row->at + 4, row->value);
	}
	KUNIT_EXPECT_EQ(test, read_hello(p, n, &hello), row->rc);
	if (row->version == KSOCK_V1)
		return;
	swap_fields(p, row->version == KSOCK_V4 ? hello_large_fields : hello_fields);
	KUNIT_EXPECT_EQ(test, read_hello(p, n, &hello), row->rc);
}

static void sock_mirror_of_a_mirror_is_the_same(struct kunit *test)
{
	int type;

	for (type = KSOCK_NONE; type < KSOCK_CTYPES; type++)
		KUNIT_EXPECT_EQ(test, (int)ksock_proto_mirror(ksock_proto_mirror(type)),
				type);
	KUNIT_EXPECT_EQ(test, (int)ksock_proto_mirror(KSOCK_BULK_IN),
			(int)KSOCK_BULK_OUT);
}

/* Around a message --------------------------------------------------------- */

static void expect_hdr_both_ways(struct kunit *test, u8 *p,
				 struct ksock_hdr *hdr)
{
	u8 again[KSOCK_HDR_BYTES];
	struct ksock_hdr swapped;

	KUNIT_ASSERT_EQ(test, ksock_proto_hdr_decode(p, false, hdr), 0);
	ksock_proto_hdr_encode(again, hdr);
	KUNIT_EXPECT_EQ(test, memcmp(again, p, sizeof(again)), 0);
	swap_fields(p, hdr_fields);
	KUNIT_ASSERT_EQ(test, ksock_proto_hdr_decode(p, true, &swapped), 0);
	swap_fields(p, hdr_fields);
	KUNIT_EXPECT_EQ(test, memcmp(hdr, &swapped, sizeof(swapped)), 0);
}

static const struct acks_row {
	const char *name;
	struct ksock_hdr hdr;
	unsigned int version;
	struct ksock_acks acks;
} acks_rows[] = {
	{ "noop-ack", { KSOCK_NOOP, 0, { 0, 2 } }, 3, { 2, 2, 0 } },
	{ "noop-ack-two", { KSOCK_NOOP, 0, { 27461, 27460 } }, 3,
	  { 27460, 27460, 27461 } },
	{ "noop-ack-range", { KSOCK_NOOP, 0, { 10052, 13999 } }, 3,
	  { 10052, 13999, 0 } },
	{ "noop-keepalive", { KSOCK_NOOP, 0, { 0, 1 } }, 3, {} },
	{ "nothing", { KSOCK_NOOP, 0, { 0, 0 } }, 3, {} },
	{ "only the first", { KSOCK_NOOP, 0, { 9, 0 } }, 3, {} },
	{ "1, but no keepalive", { KSOCK_NOOP, 0, { 9, 1 } }, 3, { 1, 1, 9 } },
	{ "the same twice", { KSOCK_NOOP, 0, { 9, 9 } }, 3, { 9, 9, 0 } },
	{ "version 2 has one", { KSOCK_NOOP, 0, { 5, 9 } }, 2, { 9, 9, 0 } },
	{ "in a message", { KSOCK_LNET, 0, { 7, 70 } }, 3, { 70, 70, 0 } },
	{ "1 in a message", { KSOCK_LNET, 0, { 7, 1 } }, 3, {} },
};

static void acks_to_desc(const struct acks_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(acks, acks_rows, acks_to_desc);

static void sock_cookies_come_back(struct kunit *test)
{
	const struct acks_row *row = test->param_value;
	struct ksock_acks acks;

	ksock_proto_acks(&row->hdr, row->version, &acks);
	KUNIT_EXPECT_EQ(test, acks.first, row->acks.first);
	KUNIT_EXPECT_EQ(test, acks.last, row->acks.last);
	KUNIT_EXPECT_EQ(test, acks.other, row->acks.other);
}

static void sock_noop_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	struct ksock_hdr hdr;
	unsigned int i;
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	KUNIT_ASSERT_EQ(test, n, KSOCK_HDR_BYTES);
	expect_hdr_both_ways(test, p, &hdr);
	for (i = 0; i < ARRAY_SIZE(acks_rows); i++) {
		if (!strcmp(acks_rows[i].name, v->name))
			KUNIT_EXPECT_EQ(test, memcmp(&hdr, &acks_rows[i].hdr,
						     sizeof(hdr)), 0);
	}
}

/* The same header from its values, of whatever type. */
static void write_again(struct lnet_hdr *to, const struct lnet_hdr *from)
{
	memset(to, 0, sizeof(*to));
	to->dest_nid = cpu_to_le64(le64_to_cpu(from->dest_nid));
	to->src_nid = cpu_to_le64(le64_to_cpu(from->src_nid));
	to->dest_pid = cpu_to_le32(le32_to_cpu(from->dest_pid));
	to->src_pid = cpu_to_le32(le32_to_cpu(from->src_pid));
	to->type = cpu_to_le32(le32_to_cpu(from->type));
	to->payload_length = cpu_to_le32(le32_to_cpu(from->payload_length));
	switch (le32_to_cpu(from->type)) {
	case LNET_MSG_PUT:
		to->msg.put = from->msg.put;
		break;
	case LNET_MSG_GET:
		to->msg.get = from->msg.get;
		break;
	case LNET_MSG_ACK:
		to->msg.ack = from->msg.ack;
		break;
	default:
		to->msg.reply = from->msg.reply;
	}
}

static void expect_put(struct kunit *test, const struct lnet_hdr *hdr,
		       u32 bytes, u32 portal, u32 offset)
{
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->type), LNET_MSG_PUT);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->payload_length), bytes);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.put.ptl_index), portal);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.put.offset), offset);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(hdr->msg.put.match_bits),
			portal ? 0x1234 : 1ULL << 63);
}

static void expect_get(struct kunit *test, const struct lnet_hdr *hdr,
		       u32 bytes, u32 portal, u32 offset)
{
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->type), LNET_MSG_GET);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->payload_length), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.get.sink_length), bytes);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.get.ptl_index), portal);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.get.src_offset), offset);
}

static void expect_message(struct kunit *test, const char *name,
			   const struct lnet_hdr *hdr)
{
	if (!strcmp(name, "put-noack"))
		expect_put(test, hdr, 100, 40, 8);
	else if (!strcmp(name, "put-ack"))
		expect_put(test, hdr, 200, 40, 500);
	else if (!strcmp(name, "put-ack-zc"))
		expect_put(test, hdr, 65536, 40, 0);
	else if (!strcmp(name, "put-ack-push"))
		expect_put(test, hdr, 48, 0, 0);
	else if (!strcmp(name, "get"))
		expect_get(test, hdr, 300, 40, 1000);
	else if (!strcmp(name, "get-ping"))
		expect_get(test, hdr, 272, 0, 0);
	else if (!strcmp(name, "ack"))
		KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->msg.ack.mlength), 1);
	else
		KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->type), LNET_MSG_REPLY);
}

static void sock_message_is_read_and_written(struct kunit *test)
{
	const struct sock_vector *v = test->param_value;
	struct lnet_hdr hdr, again;
	struct ksock_hdr around;
	size_t n;
	u8 *p = bytes_of(test, v, &n);

	KUNIT_ASSERT_GE(test, n, KSOCK_HDR_BYTES + sizeof(hdr));
	expect_hdr_both_ways(test, p, &around);
	KUNIT_EXPECT_EQ(test, around.type, KSOCK_LNET);
	KUNIT_EXPECT_EQ(test, around.csum, 0);
	KUNIT_EXPECT_EQ(test, around.cookie[0],
			strstr(v->name, "-zc") ? 2 :
			strstr(v->name, "piggyback") ? 7 : 0);
	memcpy(&hdr, p + KSOCK_HDR_BYTES, sizeof(hdr));
	KUNIT_EXPECT_EQ(test, le64_to_cpu(hdr.src_nid), NID_PEER);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(hdr.dest_nid), NID_SELF);
	expect_message(test, v->name, &hdr);
	write_again(&again, &hdr);
	KUNIT_EXPECT_EQ(test, memcmp(&again, &hdr, sizeof(hdr)), 0);
}

static void sock_hdr_of_another_type_is_refused(struct kunit *test)
{
	struct ksock_hdr hdr = { .type = 0xc2 };
	u8 p[KSOCK_HDR_BYTES];

	ksock_proto_hdr_encode(p, &hdr);
	KUNIT_EXPECT_EQ(test, ksock_proto_hdr_decode(p, false, &hdr), -EPROTO);
	hdr.type = KSOCK_LNET;
	ksock_proto_hdr_encode(p, &hdr);
	KUNIT_EXPECT_EQ(test, ksock_proto_hdr_decode(p, false, &hdr), 0);
	KUNIT_EXPECT_EQ(test, ksock_proto_hdr_decode(p, true, &hdr), -EPROTO);
}

static void sock_csum_is_the_usual_one_not_inverted(struct kunit *test)
{
	/* The check value of CRC-32, which is inverted at its end. */
	KUNIT_EXPECT_EQ(test, ~ksock_proto_csum(KSOCK_CSUM_SEED, "123456789", 9),
			0xcbf43926);
	KUNIT_EXPECT_EQ(test, ksock_proto_csum(KSOCK_CSUM_SEED, "", 0),
			0xffffffff);
}

/* Broken ones -------------------------------------------------------------- */

/* @n bytes of a vector, some of them others, in memory of that size. */
static u8 *broken(struct rnd_state *rnd, const struct sock_vector *v, size_t n)
{
	unsigned int times = prandom_u32_state(rnd) % 8;
	u8 *p = kzalloc(n, GFP_KERNEL);

	if (!p)
		return NULL;
	memcpy(p, v->bytes, min(n, v->n));
	while (times--) {
		u32 r = prandom_u32_state(rnd);

		p[r % n] = r & BIT(30) ? r >> 8 : r & BIT(31) ? 0xff : 0;
	}
	return p;
}

static bool hello_holds(struct rnd_state *rnd, const struct sock_vector *v)
{
	struct ksock_hello hello = {}, again = {};
	u8 *p = broken(rnd, v, KSOCK_HELLO_FIRST), *rest = NULL;
	u8 written[KSOCK_HELLO_MAX];
	bool holds = true;
	size_t n;

	if (!p || ksock_proto_hello_first(p, &hello))
		goto out;
	n = KSOCK_HELLO_FIRST + ksock_proto_hello_rest(&hello);
	rest = broken(rnd, v, n);
	if (!rest)
		goto out;
	memcpy(rest, p, KSOCK_HELLO_FIRST);
	if (ksock_proto_hello_decode(rest, &hello))
		goto out;
	holds = !lnet_nid_is_any(&hello.src_nid) && hello.src_pid != LNET_PID_ANY &&
		hello.ips <= KSOCK_HELLO_IPS &&
		hello.ctype >= KSOCK_NONE && hello.ctype < KSOCK_CTYPES;
	/* Encoded and read again, it is the same. */
	n = ksock_proto_hello_encode(written, &hello);
	hello.flip = false;
	hello.ips = 0;
	holds &= !read_hello(written, n, &again) &&
		 !memcmp(&again, &hello, sizeof(hello));
out:
	kfree(rest);
	kfree(p);
	return holds;
}

static bool connreq_holds(struct rnd_state *rnd, const struct sock_vector *v)
{
	u8 *p = broken(rnd, v, KSOCK_CONNREQ_LARGE_BYTES);
	u8 written[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid, again;
	bool holds = true;
	int rc;

	if (!p)
		return true;
	rc = ksock_proto_connreq_decode(p, &nid);
	if (rc) {
		holds = rc == -EPROTO || rc == -EPROTONOSUPPORT;
	} else {
		ksock_proto_connreq_encode(written, &nid);
		holds = !ksock_proto_connreq_decode(written, &again) &&
			lnet_nid_is_same(&again, &nid);
	}
	kfree(p);
	return holds;
}

static bool hdr_holds(struct rnd_state *rnd, const struct sock_vector *v)
{
	u8 *p = broken(rnd, v, KSOCK_HDR_BYTES);
	u8 written[KSOCK_HDR_BYTES];
	struct ksock_hdr hdr, again;
	struct ksock_acks acks;
	bool holds = true;

	if (p && !ksock_proto_hdr_decode(p, false, &hdr)) {
		ksock_proto_acks(&hdr, KSOCK_V3, &acks);
		ksock_proto_hdr_encode(written, &hdr);
		holds = acks.first <= acks.last && (!acks.other || acks.first) &&
			!memcmp(written, p, sizeof(written)) &&
			!ksock_proto_hdr_decode(written, false, &again);
	}
	kfree(p);
	return holds;
}

static void sock_broken_bytes_are_refused_or_good(struct kunit *test)
{
	u32 s = seed ?: get_random_u32();
	unsigned int i, bad = 0;
	struct rnd_state rnd;

	kunit_info(test, "seed=%u rounds=%u", s, rounds);
	prandom_seed_state(&rnd, s);
	for (i = 0; i < rounds; i++) {
		u32 r = prandom_u32_state(&rnd) >> 8;

		switch (i % 4) {
		case 0:
			bad += !hello_holds(&rnd, &hello_vectors
					    [r % ARRAY_SIZE(hello_vectors)]);
			break;
		case 1:
			bad += !connreq_holds(&rnd, &connreq_vectors
					      [r % ARRAY_SIZE(connreq_vectors)]);
			break;
		case 2:
			bad += !hdr_holds(&rnd, &noop_vectors
					  [r % ARRAY_SIZE(noop_vectors)]);
			break;
		default:
			bad += !hdr_holds(&rnd, &message_vectors
					  [r % ARRAY_SIZE(message_vectors)]);
		}
		if (!(i % 1024))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static struct kunit_case lnet_sock_cases[] = {
	KUNIT_CASE_PARAM(sock_connreq_is_read_and_written, connreq_gen_params),
	KUNIT_CASE(sock_connreq_of_another_version_is_told_ours),
	KUNIT_CASE_PARAM(sock_hello_is_read_and_written, hello_gen_params),
	KUNIT_CASE(sock_connreq_may_name_a_large_nid),
	KUNIT_CASE(sock_odd_nids_are_refused),
	KUNIT_CASE_PARAM(sock_large_is_read_and_written, large_gen_params),
	KUNIT_CASE_PARAM(sock_ipv6_is_read_and_written, ipv6_gen_params),
	KUNIT_CASE_PARAM(sock_hello_that_is_wrong_is_refused, wrong_gen_params),
	KUNIT_CASE(sock_mirror_of_a_mirror_is_the_same),
	KUNIT_CASE_PARAM(sock_noop_is_read_and_written, noop_gen_params),
	KUNIT_CASE_PARAM(sock_cookies_come_back, acks_gen_params),
	KUNIT_CASE_PARAM(sock_message_is_read_and_written, message_gen_params),
	KUNIT_CASE(sock_hdr_of_another_type_is_refused),
	KUNIT_CASE(sock_csum_is_the_usual_one_not_inverted),
	KUNIT_CASE_SLOW(sock_broken_bytes_are_refused_or_good),
	{}
};

LT_SUITE(lnet_sock);

MODULE_DESCRIPTION("KUnit suite of lnet: the protocol of LNet over TCP");
MODULE_LICENSE("GPL");
