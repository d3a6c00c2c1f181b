/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connections of a peer. See conns.c.
 */
#ifndef _LNET_SOCKLND_CONNS_H
#define _LNET_SOCKLND_CONNS_H

#include <linux/types.h>

#include "reason.h"

struct ksock_conn;
struct ksock_peer;

struct ksock_conn *ksock_conns_for_locked(struct ksock_peer *peer, unsigned int payload);
bool ksock_conns_usable_locked(struct ksock_peer *peer);
bool ksock_conns_stuck_locked(struct ksock_peer *peer);
bool ksock_conns_opening_locked(struct ksock_peer *peer);
bool ksock_conns_any_locked(struct ksock_peer *peer);
bool ksock_conns_was_quick(const struct ksock_conn *conn);
void ksock_conns_close_one_locked(struct ksock_conn *conn, enum ksock_reason why, int error);
void ksock_conns_close_locked(struct ksock_peer *peer, enum ksock_reason why, int error);
void ksock_conns_close(struct ksock_peer *peer, enum ksock_reason why, int error);
void ksock_conns_log_end(struct ksock_conn *conn);

#endif /* _LNET_SOCKLND_CONNS_H */
