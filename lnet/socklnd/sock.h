/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets: making them, and what is said on them before they carry messages.
 * See sock.c.
 */
#ifndef _LNET_SOCKLND_SOCK_H
#define _LNET_SOCKLND_SOCK_H

#include <linux/types.h>

struct socket;

struct socket *lnet_sock_new(u32 ip, u16 port);
struct socket *lnet_sock_listen(u32 ip, u16 port, unsigned int backlog);
int lnet_sock_connect(struct socket *sock, u32 ip, u16 port);
int lnet_sock_connected(struct socket *sock);
void lnet_sock_tune(struct socket *sock);
bool lnet_sock_is_idle(const struct socket *sock);
void lnet_sock_watch(struct socket *sock, unsigned int seconds);
int lnet_sock_hear(struct socket *sock, void *bytes, size_t n);
int lnet_sock_say(struct socket *sock, const void *bytes, size_t n);
int lnet_sock_remote(struct socket *sock, u32 *ip, u16 *port);

#endif /* _LNET_SOCKLND_SOCK_H */
