/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two sides of a message, and messages over the loopback.
 */
#ifndef _LNET_KUNIT_COMMON_SIDE_H
#define _LNET_KUNIT_COMMON_SIDE_H

#include <kunit/test.h>
#include <lnet/api.h>

struct lt_rec;

/* One side of a message: memory for an MD, and an EQ with a recorder. */
struct lt_side {
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;	/* the suite's, as are the next two */
	struct lnet_handle_md mdh;
	struct lnet_md md;
	char *buf;
};

struct lt_side *lt_side(struct kunit *test, unsigned int bytes);

int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data);
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset);

#endif /* _LNET_KUNIT_COMMON_SIDE_H */
