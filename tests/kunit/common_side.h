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
	char *buf;
	unsigned int bytes;		/* of @buf, and of the MD */
	int max_size;			/* of the MD; may be set before it is made */
	struct lnet_handle_me meh;	/* of lt_side_attach() */
	struct lnet_handle_md mdh;
};

struct lt_side *lt_side(struct kunit *test, unsigned int bytes);
void lt_side_attach(struct kunit *test, struct lt_side *s, u64 match_bits, int threshold,
		    unsigned int options, enum lnet_unlink unlink);
void lt_side_bind(struct kunit *test, struct lt_side *s, int threshold, unsigned int options,
		  enum lnet_unlink unlink);

int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data);
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset);

#endif /* _LNET_KUNIT_COMMON_SIDE_H */
