/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An address that peers have, and what it may take of an NI. See host.c.
 */
#ifndef _LNET_SOCKLND_HOST_H
#define _LNET_SOCKLND_HOST_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct ksock_net;
struct ksock_peer;

/**
 * struct ksock_host - an address that peers have
 *
 * I: as long as it is there; N: under the net's lock
 *
 * @node: in the net's table
 * @ip: the address
 * @peers: how many peers have it; the last takes it away
 * @credits: of the NI's, that messages to them hold
 * @starved: those of them that wait for one
 * @link: in the net's list of addresses that may have one, if there is one
 * @rcu: for freeing it
 */
struct ksock_host {
	struct rhash_head node;
	u32 ip;				/* I: */
	unsigned int peers;		/* N: */
	unsigned int credits;		/* N: */
	struct list_head starved;	/* N: */
	struct list_head link;		/* N: */
	struct rcu_head rcu;
};

int ksock_hosts_init(struct ksock_net *net);
void ksock_hosts_exit(struct ksock_net *net);
struct ksock_host *ksock_host_join(struct ksock_net *net, u32 ip, bool guest);
void ksock_host_leave(struct ksock_net *net, struct ksock_host *host);

bool ksock_host_credit_take_locked(struct ksock_peer *peer);
void ksock_host_credit_back(struct ksock_peer *peer);

#endif /* _LNET_SOCKLND_HOST_H */
