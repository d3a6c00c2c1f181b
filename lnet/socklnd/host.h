/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A remote address and its share of an NI, and that of its /64. See host.c.
 */
#ifndef _LNET_SOCKLND_HOST_H
#define _LNET_SOCKLND_HOST_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct ksock_net;

/**
 * struct ksock_prefix - the remote IPv6 addresses whose first 64 bits are the same
 *
 * I: constant while the prefix exists; N: protected by the net's lock.
 *
 * @node: link in the net's table of prefixes
 * @bits: the first 64 bits
 * @peers: number of peers at these addresses; the last one frees the prefix
 * @guests: number of those that connected to us, or were named by those
 * @credits: number of the NI's credits that messages to these peers hold
 * @starved: list of the hosts here with waiting peers, that waits for the prefix to have less than
 *	its full share
 * @rcu: head for freeing the prefix after a grace period
 */
struct ksock_prefix {
	struct rhash_head node;
	u64 bits;			/* I: */
	unsigned int peers;		/* N: */
	unsigned int guests;		/* N: */
	unsigned int credits;		/* N: */
	struct list_head starved;	/* N: */
	struct rcu_head rcu;
};

/**
 * struct ksock_host - a remote address that peers have
 *
 * I: constant while the host exists; N: protected by the net's lock.
 *
 * @node: link in the net's table of hosts
 * @addr: the address
 * @prefix: the /64 that it is in, or NULL
 * @peers: number of peers at this address; the last one frees the host
 * @credits: number of the NI's credits that messages to these peers hold
 * @starved: list of the peers here that wait for a credit
 * @link: link in the net's list of hosts with waiting peers and without their full share, or in
 *	that of the prefix, if this has its own
 * @rcu: head for freeing the host after a grace period
 */
struct ksock_host {
	struct rhash_head node;
	struct in6_addr addr;		/* I: */
	struct ksock_prefix *prefix;	/* I: */
	unsigned int peers;		/* N: */
	unsigned int credits;		/* N: */
	struct list_head starved;	/* N: */
	struct list_head link;		/* N: */
	struct rcu_head rcu;
};

int ksock_hosts_init(struct ksock_net *net);
void ksock_hosts_exit(struct ksock_net *net);
struct ksock_host *ksock_host_join(struct ksock_net *net, const struct in6_addr *addr,
				   bool guest);
void ksock_host_leave(struct ksock_net *net, struct ksock_host *host, bool guest);

#endif /* _LNET_SOCKLND_HOST_H */
