/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cookies that a peer wants back. See acks.c.
 */
#ifndef _LNET_SOCKLND_ACKS_H
#define _LNET_SOCKLND_ACKS_H

#include <linux/types.h>

struct ksock_conn;
struct ksock_range;

void ksock_acks_note(struct ksock_conn *conn, u64 cookie);
bool ksock_acks_take_locked(struct ksock_conn *conn, struct ksock_range *range);
bool ksock_acks_hold_up(struct ksock_conn *conn);

#endif /* _LNET_SOCKLND_ACKS_H */
