/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When NIDs of other nodes are asked, and told of ours. See peer_ask.c.
 */
#ifndef _LNET_PEER_ASK_H
#define _LNET_PEER_ASK_H

#include "network/peer_table.h"

bool lnet_peer_ask_locked(struct lnet_peer *p, unsigned long due);
bool lnet_peer_ask_is_allowed_locked(void);
bool lnet_peer_is_answered(lnet_nid_t nid, int *rc);
long lnet_peer_wait_answered(lnet_nid_t nid, long left, int *rc);
long lnet_peer_wait_asked(lnet_nid_t nid, long left);

/* For discover.c */
bool lnet_peer_take_ask(struct lnet_peer *p, lnet_nid_t *by);
void lnet_peer_asked(struct lnet_peer *p);
bool lnet_peer_take_tell(struct lnet_peer *p, lnet_nid_t *by);
void lnet_peer_is_silent(struct lnet_peer *p, int rc);
void lnet_peer_was_told(struct lnet_peer *p, unsigned int life, u32 seq, int rc);
void lnet_peer_work_end(struct lnet_peer *p);

#endif /* _LNET_PEER_ASK_H */
