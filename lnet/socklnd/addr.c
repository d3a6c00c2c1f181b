// SPDX-License-Identifier: GPL-2.0
/*
 * IP addresses: those that NIDs have, those that sockets have, and their text.
 */
#include "addr.h"

#include <linux/errno.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>

/**
 * ksock_addr_is_node() - tell whether an address can be that of a node
 * @addr: the address
 *
 * Not one of no or of many nodes, and not one that means another node on each link: a NID has no
 * room for the interface behind which such a node is. Loopback's are of use in tests.
 *
 * Context: any.
 * Return: true if it can.
 */
bool ksock_addr_is_node(const struct in6_addr *addr)
{
	const __be32 ip = ksock_addr_ipv4(addr);

	if (ksock_addr_is_ipv4(addr))
		return ip && !ipv4_is_multicast(ip) && !ipv4_is_lbcast(ip);
	return !ipv6_addr_any(addr) &&
	       !(ipv6_addr_type(addr) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL));
}

/**
 * ksock_addr_from_nid() - get the address that a NID has
 * @nid: the NID
 * @addr: set to the address
 *
 * An IPv4 address in the long form is another NID than the address itself, and that of no node.
 *
 * Context: any.
 * Return: 0; -EADDRNOTAVAIL: it can be that of no node; -EAFNOSUPPORT: it is as long as no IP
 * address is.
 */
int ksock_addr_from_nid(const struct lnet_nid *nid, struct in6_addr *addr)
{
	if (lnet_nid_is_nid4(nid)) {
		*addr = ksock_addr_from_ipv4(nid->nid_addr[0]);
	} else {
		if (nid->nid_size != sizeof(*addr) - sizeof(__be32))
			return -EAFNOSUPPORT;
		memcpy(addr, nid->nid_addr, sizeof(*addr));
		if (ksock_addr_is_ipv4(addr))
			return -EADDRNOTAVAIL;
	}
	return ksock_addr_is_node(addr) ? 0 : -EADDRNOTAVAIL;
}

/**
 * ksock_addr_of_nid() - get the address that a node's NID has
 * @nid: the NID, of a network of this driver
 * @addr: set to the address
 *
 * Context: any.
 * Return: 0; -ENOENT: @nid stands for a NID that was forgotten; or as ksock_addr_from_nid().
 */
int ksock_addr_of_nid(lnet_nid_t nid, struct in6_addr *addr)
{
	struct lnet_nid whole;
	int rc = lnet_nid_expand(nid, &whole);

	return rc ?: ksock_addr_from_nid(&whole, addr);
}

/**
 * ksock_addr_nid() - make the NID that an address has on a network
 * @net: the network, LNET_MKNET()
 * @addr: the address
 * @nid: set to the NID
 *
 * Context: any.
 */
void ksock_addr_nid(u32 net, const struct in6_addr *addr, struct lnet_nid *nid)
{
	memset(nid, 0, sizeof(*nid));
	nid->nid_type = LNET_NETTYP(net);
	nid->nid_num = cpu_to_be16(LNET_NETNUM(net));
	if (ksock_addr_is_ipv4(addr)) {
		nid->nid_addr[0] = ksock_addr_ipv4(addr);
		return;
	}
	nid->nid_size = sizeof(*addr) - sizeof(__be32);
	memcpy(nid->nid_addr, addr, sizeof(*addr));
}

/**
 * ksock_addr_sockaddr() - make the address of a socket
 * @addr: the IP address
 * @port: the TCP port, in CPU byte order
 * @to: set to the result
 *
 * Context: any.
 * Return: the length of the result, bytes.
 */
int ksock_addr_sockaddr(const struct in6_addr *addr, u16 port, union ksock_sockaddr *to)
{
	memset(to, 0, sizeof(*to));
	if (ksock_addr_is_ipv4(addr)) {
		to->in.sin_family = AF_INET;
		to->in.sin_addr.s_addr = ksock_addr_ipv4(addr);
		to->in.sin_port = htons(port);
		return sizeof(to->in);
	}
	to->in6.sin6_family = AF_INET6;
	to->in6.sin6_addr = *addr;
	to->in6.sin6_port = htons(port);
	return sizeof(to->in6);
}

/**
 * ksock_addr_from_sockaddr() - take the address of a socket apart
 * @from: the socket's address
 * @addr: set to the IP address
 * @port: set to the TCP port, in CPU byte order
 *
 * Context: any.
 * Return: 0; -EAFNOSUPPORT: it is not one of IP.
 */
int ksock_addr_from_sockaddr(const union ksock_sockaddr *from, struct in6_addr *addr, u16 *port)
{
	switch (from->sa.sa_family) {
	case AF_INET:
		*addr = ksock_addr_from_ipv4(from->in.sin_addr.s_addr);
		*port = ntohs(from->in.sin_port);
		return 0;
	case AF_INET6:
		*addr = from->in6.sin6_addr;
		*port = ntohs(from->in6.sin6_port);
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

/**
 * ksock_addr_print() - print an address, and a port
 * @addr: the address
 * @port: the port, in CPU byte order; 0: none
 * @buf: buffer of KSOCK_ADDR_TEXT bytes
 *
 * Context: any.
 * Return: @buf: 10.0.0.1, 10.0.0.1:988, 2001:db8::1 or [2001:db8::1]:988.
 */
char *ksock_addr_print(const struct in6_addr *addr, u16 port, char *buf)
{
	const __be32 ip = ksock_addr_ipv4(addr);
	const bool ipv4 = ksock_addr_is_ipv4(addr);
	int n;

	if (ipv4)
		n = scnprintf(buf, KSOCK_ADDR_TEXT, "%pI4", &ip);
	else
		n = scnprintf(buf, KSOCK_ADDR_TEXT, port ? "[%pI6c]" : "%pI6c", addr);
	if (port)
		scnprintf(buf + n, KSOCK_ADDR_TEXT - n, ":%u", port);
	return buf;
}
