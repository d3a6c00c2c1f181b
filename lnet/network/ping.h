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

void lnet_ping_update(void);
unsigned int lnet_ping_copy(void *buf, unsigned int size);
void lnet_ping_answer(struct lnet_msg *msg);
void lnet_ping_take_push(struct lnet_msg *msg);

/* Check if a GET is a ping, or a PUT a push. */
static inline bool lnet_ping_is(const struct lnet_event *ev)
{
	return unlikely(ev->match_bits == LNET_PING_BITS) &&
	       ev->pt_index == LNET_RESERVED_PORTAL;
}

#endif /* _LNET_PING_H */
