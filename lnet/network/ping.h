/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answering pings. See ping.c.
 */
#ifndef _LNET_PING_H
#define _LNET_PING_H

#include <lnet/lnd.h>

#include "network/networks.h"
#include "network/ping_info.h"

enum { LNET_PING_ENTRIES = LNET_MAX_NIS + 1 };

static_assert((int)LNET_PING_ENTRIES <= (int)LNET_PING_NIS_MAX);

/* The fragments of an answer with a given number of NIs: a head with that number, the NIs. */
struct lnet_ping_part {
	struct kvec iov[2];
	__u32 head[4];			/* the fixed part of struct lnet_ping_wire */
};

static_assert(sizeof_field(struct lnet_ping_part, head) ==
	      sizeof(struct lnet_ping_wire));

/*
 * The answer of an NI; part[n] is the one with n NIs.
 *
 * I: immutable once lnet_ping_alloc() returns
 * P: written under ping_mutex
 */
struct lnet_ping {
	struct lnet_ping_part part[LNET_PING_ENTRIES + 1];	/* I: */
	struct lnet_ping_wire wire;	/* P: */
};

int lnet_ping_alloc(struct lnet_ni *ni);
void lnet_ping_free(struct lnet_ni *ni);
void lnet_ping_update(struct lnet_ni *ni);
void lnet_ping_renew(void);
unsigned int lnet_ping_copy(lnet_nid_t to, void *buf, unsigned int size);
void lnet_ping_answer(struct lnet_msg *msg);
void lnet_ping_take_push(struct lnet_msg *msg);

/* Check if a GET is a ping, or a PUT a push. */
static inline bool lnet_ping_is(const struct lnet_event *ev)
{
	return unlikely(ev->match_bits == LNET_PING_BITS) &&
	       ev->pt_index == LNET_RESERVED_PORTAL;
}

#endif /* _LNET_PING_H */
