/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pinging other nodes. See pinger.c.
 */
#ifndef _LNET_PINGER_H
#define _LNET_PINGER_H

#include <lnet/types.h>

#include "network/ping_info.h"

int lnet_pinger_ping_aside(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms,
			   struct lnet_ping_info *info, u64 *rtt_ns);
int lnet_pinger_ping(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms,
		     struct lnet_ping_info *info, u64 *rtt_ns);
int lnet_pinger_push(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms);
bool lnet_pinger_is_alone(void);

#endif /* _LNET_PINGER_H */
