// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of LNet over TCP, against bytes that a second implementation has written: each is
 * understood, or refused, and is written again byte for byte.
 */
#include "sock_bytes.h"
#include "sock_proto.h"

#include <linux/module.h>
#include <linux/slab.h>

/* Bytes in memory of their own, so that KASAN sees a read past them. */
static u8 *copy_of(struct kunit *test, const char *bytes, size_t n)
{
	u8 *p = kunit_kmalloc(test, n, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memcpy(p, bytes, n);
	return p;
}

static void expect_nid(struct kunit *test, size_t row, const struct lnet_nid *nid,
		       const char *due)
{
	KUNIT_EXPECT_EQ_MSG(test, memcmp(nid, due, sizeof(*nid)), 0, "row %zu", row);
}

static void sock_connreqs_of_another_are_understood(struct kunit *test)
{
	u8 again[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid nid;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(connreq_bytes); i++) {
		const struct sock_connreq_bytes *row = &connreq_bytes[i];
		u8 *p = copy_of(test, row->bytes, row->n);

		memset(&nid, 0x5a, sizeof(nid));
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_connreq_decode(p, &nid), row->rc,
				    "row %zu", i);
		if (row->rc)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_connreq_length(p), (int)row->n, "row %zu", i);
		expect_nid(test, i, &nid, row->nid);
		if (!row->again)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_connreq_encode(again, &nid), row->n,
				    "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(again, p, row->n), 0, "row %zu", i);
	}
}

static void expect_hello_of(struct kunit *test, size_t i, const struct ksock_hello *h,
			    const struct sock_hello_bytes *row)
{
	KUNIT_EXPECT_EQ_MSG(test, h->flip, row->flip, "row %zu", i);
	KUNIT_EXPECT_EQ_MSG(test, h->version, row->version, "row %zu", i);
	expect_nid(test, i, &h->src_nid, row->src_nid);
	expect_nid(test, i, &h->dst_nid, row->dst_nid);
	KUNIT_EXPECT_EQ_MSG(test, h->src_pid, row->src_pid, "row %zu", i);
	KUNIT_EXPECT_EQ_MSG(test, h->src_incarnation, row->src_incarnation, "row %zu", i);
	KUNIT_EXPECT_EQ_MSG(test, (int)h->ctype, row->ctype, "row %zu", i);
	KUNIT_EXPECT_EQ_MSG(test, h->ips, row->ips, "row %zu", i);
}

static void sock_hellos_of_another_are_understood(struct kunit *test)
{
	u8 again[KSOCK_HELLO_MAX];
	struct ksock_hello h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hello_bytes); i++) {
		const struct sock_hello_bytes *row = &hello_bytes[i];
		u8 *p = copy_of(test, row->bytes, row->n);

		memset(&h, 0x5a, sizeof(h));
		KUNIT_EXPECT_EQ_MSG(test, read_hello(p, row->n, &h), row->rc, "row %zu", i);
		if (row->rc)
			continue;
		expect_hello_of(test, i, &h, row);
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_hello_encode(again, &h), row->n,
				    "row %zu", i);
		if (row->again)
			KUNIT_EXPECT_EQ_MSG(test, memcmp(again, p, row->n), 0, "row %zu", i);
	}
}

static void sock_nids_of_another_are_understood(struct kunit *test)
{
	u8 again[KSOCK_NIDS_LARGE_BYTES];
	struct lnet_nid dest, src;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nids_bytes); i++) {
		const struct sock_nids_bytes *row = &nids_bytes[i];
		u8 *p = copy_of(test, row->bytes, sizeof(again));

		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_nids_decode(p, &dest, &src), row->rc,
				    "row %zu", i);
		if (row->rc)
			continue;
		expect_nid(test, i, &dest, row->dest);
		expect_nid(test, i, &src, row->src);
		ksock_proto_nids_encode(again, &dest, &src);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(again, p, sizeof(again)), 0, "row %zu", i);
	}
}

static void sock_headers_of_another_are_understood(struct kunit *test)
{
	u8 again[KSOCK_HDR_BYTES];
	struct ksock_acks acks;
	struct ksock_hdr hdr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hdr_bytes); i++) {
		const struct sock_hdr_bytes *row = &hdr_bytes[i];
		u8 *p = copy_of(test, row->bytes, sizeof(again));

		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_hdr_decode(p, row->flip, &hdr), row->rc,
				    "row %zu", i);
		if (row->rc)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, hdr.type, row->type, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, hdr.csum, row->csum, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, hdr.cookie[0], row->cookie[0], "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, hdr.cookie[1], row->cookie[1], "row %zu", i);
		ksock_proto_acks(&hdr, row->version, &acks);
		KUNIT_EXPECT_EQ_MSG(test, acks.first, row->first, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, acks.last, row->last, "row %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, acks.other, row->other, "row %zu", i);
		ksock_proto_hdr_encode(again, &hdr);
		KUNIT_EXPECT_EQ_MSG(test, !memcmp(again, p, sizeof(again)), !row->flip,
				    "row %zu", i);
	}
}

static void sock_sums_of_another_are_ours(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(csum_bytes); i++)
		KUNIT_EXPECT_EQ_MSG(test, ksock_proto_csum(KSOCK_CSUM_SEED, csum_bytes[i].bytes,
							   csum_bytes[i].n),
				    csum_bytes[i].csum, "row %zu", i);
}

static struct kunit_case lnet_sock_other_cases[] = {
	KUNIT_CASE(sock_connreqs_of_another_are_understood),
	KUNIT_CASE(sock_hellos_of_another_are_understood),
	KUNIT_CASE(sock_headers_of_another_are_understood),
	KUNIT_CASE(sock_nids_of_another_are_understood),
	KUNIT_CASE(sock_sums_of_another_are_ours),
	{}
};

LT_SUITE(lnet_sock_other);

MODULE_DESCRIPTION("KUnit suite of lnet: bytes of TCP by a second implementation");
MODULE_LICENSE("GPL");
