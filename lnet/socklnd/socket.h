/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets, and what is said on them before they carry messages. See socket.c.
 */
#ifndef _LNET_SOCKLND_SOCKET_H
#define _LNET_SOCKLND_SOCKET_H

#include <linux/types.h>

struct in6_addr;
struct socket;

struct socket *ksock_socket_new(const struct in6_addr *addr, u16 port);
struct socket *ksock_socket_listen(const struct in6_addr *addr, u16 port, unsigned int backlog);
int ksock_socket_connect(struct socket *sock, const struct in6_addr *addr, u16 port);
int ksock_socket_connected(struct socket *sock);
void ksock_socket_tune(struct socket *sock);
bool ksock_socket_is_idle(const struct socket *sock);
bool ksock_socket_is_stuck(const struct socket *sock);
void ksock_socket_watch(struct socket *sock, unsigned int seconds);
int ksock_socket_hear(struct socket *sock, void *bytes, size_t n);
int ksock_socket_say(struct socket *sock, const void *bytes, size_t n);
int ksock_socket_remote(struct socket *sock, struct in6_addr *addr, u16 *port);

#endif /* _LNET_SOCKLND_SOCKET_H */
