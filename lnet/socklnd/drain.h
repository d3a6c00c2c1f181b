/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Draining: sockets whose connection has ended. See drain.c.
 */
#ifndef _LNET_SOCKLND_DRAIN_H
#define _LNET_SOCKLND_DRAIN_H

#include <linux/types.h>

struct socket;

void ksock_drain(struct socket *sock, bool abort);
void ksock_drain_guest(struct socket *sock, bool abort);
void ksock_drains_wait(void);

#endif /* _LNET_SOCKLND_DRAIN_H */
