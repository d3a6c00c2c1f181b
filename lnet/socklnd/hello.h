/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HELLOs on a socket. See hello.c.
 */
#ifndef _LNET_SOCKLND_HELLO_H
#define _LNET_SOCKLND_HELLO_H

#include "proto.h"

struct lnet_sock_net;
struct socket;

int lnet_sock_hello_hear(struct socket *sock, unsigned long end,
			 struct lnet_sock_hello *hello);
int lnet_sock_hello_say(struct socket *sock, struct lnet_sock_net *net, lnet_nid_t to,
			unsigned int version, enum lnet_sock_ctype ctype);

#endif /* _LNET_SOCKLND_HELLO_H */
