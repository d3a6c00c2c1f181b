/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An address that peers have, and what it may take of an NI. See host.c.
 */
#ifndef _LNET_SOCKLND_HOST_H
#define _LNET_SOCKLND_HOST_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct lnet_sock_net;
struct lnet_sock_peer;

/**
 * struct lnet_sock_host - an address that peers have
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
struct lnet_sock_host {
	struct rhash_head node;
	u32 ip;				/* I: */
	unsigned int peers;		/* N: */
	unsigned int credits;		/* N: */
	struct list_head starved;	/* N: */
	struct list_head link;		/* N: */
	struct rcu_head rcu;
};

int lnet_sock_hosts_init(struct lnet_sock_net *net);
void lnet_sock_hosts_exit(struct lnet_sock_net *net);
struct lnet_sock_host *lnet_sock_host_join(struct lnet_sock_net *net, u32 ip, bool guest);
void lnet_sock_host_leave(struct lnet_sock_net *net, struct lnet_sock_host *host);

bool lnet_sock_credit_take_locked(struct lnet_sock_peer *peer);
void lnet_sock_credit_back(struct lnet_sock_peer *peer);

#endif /* _LNET_SOCKLND_HOST_H */
