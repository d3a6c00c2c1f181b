/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Being pinged. See ping.c.
 */
#ifndef _LNET_PING_H
#define _LNET_PING_H

#include <lnet/lnd.h>

#include "ping_info.h"

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
