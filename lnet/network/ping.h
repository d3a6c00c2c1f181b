/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Being pinged. See ping.c.
 */
#ifndef _LNET_PING_H
#define _LNET_PING_H

#include <lnet/lnd.h>

#include "network/networks.h"
#include "network/ping_info.h"

enum { LNET_PING_ENTRIES = LNET_MAX_NIS + 1 };

static_assert((int)LNET_PING_ENTRIES <= (int)LNET_PING_NIS_MAX);

/* Where an answer of so many NIs is: a head that says so, and the NIs. */
struct lnet_ping_part {
	struct kvec iov[2];
	__u32 head[4];			/* as struct lnet_ping_wire begins */
};

static_assert(sizeof_field(struct lnet_ping_part, head) ==
	      sizeof(struct lnet_ping_wire));

/* The answer of an NI. I: from lnet_ping_alloc() on; P: ping_mutex, to write */
struct lnet_ping {
	struct lnet_ping_part part[LNET_PING_ENTRIES + 1];	/* I: */
	struct lnet_ping_wire wire;	/* P: */
};

int lnet_ping_alloc(struct lnet_ni *ni);
void lnet_ping_free(struct lnet_ni *ni);
void lnet_ping_update(struct lnet_ni *ni);
void lnet_ping_answer(struct lnet_msg *msg);
void lnet_ping_take_push(struct lnet_msg *msg);

/* Is a GET a ping, or a PUT a push? */
static inline bool lnet_ping_is(const struct lnet_event *ev)
{
	return unlikely(ev->match_bits == LNET_PING_BITS) &&
	       ev->pt_index == LNET_RESERVED_PORTAL;
}

#endif /* _LNET_PING_H */
