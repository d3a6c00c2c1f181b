/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listening for those who connect. See listener.c.
 */
#ifndef _LNET_SOCKLND_LISTENER_H
#define _LNET_SOCKLND_LISTENER_H

#include <linux/types.h>

struct lnet_sock_listener;

struct lnet_sock_listener *lnet_sock_listener_get(u32 ip);
void lnet_sock_listener_open(struct lnet_sock_listener *l);
void lnet_sock_listener_put(struct lnet_sock_listener *l);
void lnet_sock_listener_release(struct lnet_sock_listener *l);

#endif /* _LNET_SOCKLND_LISTENER_H */
