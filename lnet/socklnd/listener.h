/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listening sockets, for peers that connect to us. See listener.c.
 */
#ifndef _LNET_SOCKLND_LISTENER_H
#define _LNET_SOCKLND_LISTENER_H

#include <linux/types.h>

struct in6_addr;
struct ksock_listener;

struct ksock_listener *ksock_listener_get(const struct in6_addr *addr);
void ksock_listener_open(struct ksock_listener *l);
void ksock_listener_put(struct ksock_listener *l);

#endif /* _LNET_SOCKLND_LISTENER_H */
