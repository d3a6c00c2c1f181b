/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IP addresses. An IPv4 address is the IPv6 address that it is mapped to, ::ffff:10.0.0.1, so that
 * tables, comparisons and calls need not tell them apart. See addr.c.
 */
#ifndef _LNET_SOCKLND_ADDR_H
#define _LNET_SOCKLND_ADDR_H

#include <linux/in6.h>
#include <linux/socket.h>

#include <lnet/nid.h>

#include <net/ipv6.h>

enum { KSOCK_ADDR_TEXT = 56 };	/* room for "[", an address, "]:", a port and the final 0 */

/* The sockaddr of an address and a port. */
union ksock_sockaddr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static inline bool ksock_addr_is_ipv4(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr);
}

static inline bool ksock_addr_is_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return ipv6_addr_equal(a, b);
}

/* The IPv4 address, in network byte order; only if it is one. */
static inline __be32 ksock_addr_ipv4(const struct in6_addr *addr)
{
	return addr->s6_addr32[3];
}

/* True if both are IPv6 addresses of one /64, which is a link. */
static inline bool ksock_addr_is_near(const struct in6_addr *a, const struct in6_addr *b)
{
	return !ksock_addr_is_ipv4(a) && !ksock_addr_is_ipv4(b) && ipv6_prefix_equal(a, b, 64);
}

static inline struct in6_addr ksock_addr_from_ipv4(__be32 ip)
{
	struct in6_addr addr;

	ipv6_addr_set_v4mapped(ip, &addr);
	return addr;
}

bool ksock_addr_is_node(const struct in6_addr *addr);
int ksock_addr_from_nid(const struct lnet_nid *nid, struct in6_addr *addr);
int ksock_addr_of_nid(lnet_nid_t nid, struct in6_addr *addr);
void ksock_addr_nid(u32 net, const struct in6_addr *addr, struct lnet_nid *nid);
int ksock_addr_sockaddr(const struct in6_addr *addr, u16 port, union ksock_sockaddr *to);
int ksock_addr_from_sockaddr(const union ksock_sockaddr *from, struct in6_addr *addr, u16 *port);
char *ksock_addr_print(const struct in6_addr *addr, u16 port, char *buf);

#endif /* _LNET_SOCKLND_ADDR_H */
