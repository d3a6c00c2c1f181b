/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about pings: the answer of a real peer, and checks of an answer that
 * was taken to pieces.
 */
#ifndef _LNET_KUNIT_PING_ANSWER_H
#define _LNET_KUNIT_PING_ANSWER_H

#include "common.h"
#include "network/ping_info.h"

/* ping-info: 10.0.0.1@tcp of Lustre 2.17.57; 0@lo has its sequence number, 1. */
static const u8 vector[] = {
	0x67, 0x6e, 0x69, 0x70, 0x1e, 0x00, 0x00, 0x00, 0x39, 0x30, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x0a,
	0x00, 0x00, 0x02, 0x00, 0xde, 0xc0, 0xaa, 0x15, 0x00, 0x00, 0x00, 0x00,
};

enum { VECTOR_BYTES = 48 };

static_assert(sizeof(vector) == VECTOR_BYTES);

#define NID_VECTOR	LNET_MKNID(LNET_MKNET(SOCKLND, 0), 0x0a000001)

static inline struct lnet_ping_info *new_info(struct kunit *test)
{
	return lt_vmalloc(test, sizeof(struct lnet_ping_info));
}

static inline void expect_vector(struct kunit *test, const struct lnet_ping_info *info)
{
	KUNIT_EXPECT_EQ(test, info->features, 0x1e);
	KUNIT_EXPECT_EQ(test, info->pid, 12345);
	KUNIT_EXPECT_EQ(test, info->said, 2);
	KUNIT_ASSERT_EQ(test, info->nr, 2);
	KUNIT_EXPECT_EQ(test, info->ni[0].nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, info->ni[0].status, 1);
	KUNIT_EXPECT_EQ(test, info->ni[1].nid, NID_VECTOR);
	KUNIT_EXPECT_EQ(test, info->ni[1].status, LNET_NI_STATUS_UP);
}

/* The loopback, and then these. */
static inline void expect_nis(struct kunit *test,
			      const struct lnet_ping_info *info, unsigned int n,
			      const lnet_nid_t *nids)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, info->nr, n + 1);
	KUNIT_EXPECT_EQ(test, info->ni[0].nid, LNET_NID_LO_0);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, info->ni[i + 1].nid, nids[i],
				    "NI %u is %s", i + 1,
				    libcfs_nid2str(info->ni[i + 1].nid));
}

#endif /* _LNET_KUNIT_PING_ANSWER_H */
