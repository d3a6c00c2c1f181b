// SPDX-License-Identifier: GPL-2.0
/*
 * A remote address (host) and its share of an NI. One host may claim to be a thousand
 * peers, so the bounds apply to the address: on the peers that connect from it, and on the
 * credits of the NI that messages to them hold (credit.c). Beyond a bound messages wait and
 * peers are refused; the peers of other addresses are not affected.
 *
 * A bound for each address is none to a machine on an IPv6 link: it may take any of 2^64
 * addresses. So what the addresses of one /64, a prefix, may have together is bounded too. But a
 * /64 is a link, on which there may be thousands of honest nodes, or all there are. So its bound is
 * not a few times that of an address but prefix_share percent of what all addresses together may
 * have: half of that is not too little for a link, and a link that takes it leaves the other half
 * to the rest. A site has many /64: what it cannot have is the part of the table of peers that is
 * our clients'. An IPv4 address has no prefix, as whoever has many of them has a large network.
 */
#include "host.h"
#include "../hooks/alloc.h"
#include "net.h"
#include "param.h"

#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include <net/ipv6.h>

static const struct rhashtable_params by_bits = {
	.key_len		= sizeof_field(struct ksock_prefix, bits),
	.key_offset		= offsetof(struct ksock_prefix, bits),
	.head_offset		= offsetof(struct ksock_prefix, node),
	.automatic_shrinking	= true,
};

static const struct rhashtable_params by_addr = {
	.key_len		= sizeof(struct in6_addr),
	.key_offset		= offsetof(struct ksock_host, addr),
	.head_offset		= offsetof(struct ksock_host, node),
	.automatic_shrinking	= true,
};

/**
 * ksock_hosts_init() - create the tables of hosts and of their prefixes of an NI
 * @net: the NI that gets the tables
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_hosts_init(struct ksock_net *net)
{
	int rc = lnet_alloc_rc(rhashtable_init(&net->prefixes, &by_bits));

	if (rc)
		return rc;
	rc = lnet_alloc_rc(rhashtable_init(&net->hosts, &by_addr));
	if (rc)
		rhashtable_destroy(&net->prefixes);
	return rc;
}

/**
 * ksock_hosts_exit() - free the tables of hosts and of their prefixes of an NI
 * @net: the NI, which has no peer left
 *
 * Context: task; may sleep.
 */
void ksock_hosts_exit(struct ksock_net *net)
{
	rhashtable_destroy(&net->hosts);
	rhashtable_destroy(&net->prefixes);
}

static struct ksock_prefix *prefix_new_locked(struct ksock_net *net, u64 bits)
{
	struct ksock_prefix *prefix;
	int rc;

	lockdep_assert_held(&net->lock);
	prefix = lnet_alloc(kzalloc(sizeof(*prefix), GFP_ATOMIC | __GFP_NOWARN));
	if (!prefix)
		return ERR_PTR(-ENOMEM);
	prefix->bits = bits;
	INIT_LIST_HEAD(&prefix->starved);
	rc = lnet_alloc_rc(rhashtable_insert_fast(&net->prefixes, &prefix->node, by_bits));
	if (rc) {
		kfree(prefix);
		return ERR_PTR(rc == -E2BIG ? -ENOBUFS : -ENOMEM);
	}
	return prefix;
}

/* Add a peer to the prefix of its address: NULL if this is an IPv4 one; or ERR_PTR. */
static struct ksock_prefix *prefix_join_locked(struct ksock_net *net, const struct in6_addr *addr,
					       bool guest)
{
	struct ksock_prefix *prefix;
	u64 bits;

	lockdep_assert_held(&net->lock);
	if (ipv6_addr_v4mapped(addr))
		return NULL;
	memcpy(&bits, addr, sizeof(bits));
	prefix = rhashtable_lookup_fast(&net->prefixes, &bits, by_bits);
	if (!prefix)
		prefix = prefix_new_locked(net, bits);
	else if (guest && prefix->guests >= ksock_params.prefix_peers)
		prefix = ERR_PTR(-ENOBUFS);
	if (!IS_ERR(prefix)) {
		prefix->peers++;
		prefix->guests += guest;
	}
	return prefix;
}

/* The reverse of it. */
static void prefix_leave_locked(struct ksock_net *net, struct ksock_prefix *prefix, bool guest)
{
	lockdep_assert_held(&net->lock);
	if (!prefix)
		return;
	prefix->guests -= guest;
	if (--prefix->peers)
		return;
	rhashtable_remove_fast(&net->prefixes, &prefix->node, by_bits);
	kfree_rcu(prefix, rcu);
}

static struct ksock_host *host_new_locked(struct ksock_net *net, const struct in6_addr *addr,
					  struct ksock_prefix *prefix)
{
	struct ksock_host *host;
	int rc;

	lockdep_assert_held(&net->lock);
	host = lnet_alloc(kzalloc(sizeof(*host), GFP_ATOMIC | __GFP_NOWARN));
	if (!host)
		return ERR_PTR(-ENOMEM);
	host->addr = *addr;
	host->prefix = prefix;
	INIT_LIST_HEAD(&host->starved);
	INIT_LIST_HEAD(&host->link);
	rc = lnet_alloc_rc(rhashtable_insert_fast(&net->hosts, &host->node, by_addr));
	if (rc) {
		kfree(host);
		return ERR_PTR(rc == -E2BIG ? -ENOBUFS : -ENOMEM);
	}
	return host;
}

static struct ksock_host *host_join_locked(struct ksock_net *net, const struct in6_addr *addr,
					   struct ksock_prefix *prefix, bool guest)
{
	struct ksock_host *host;

	host = rhashtable_lookup_fast(&net->hosts, addr, by_addr);
	if (!host)
		host = host_new_locked(net, addr, prefix);
	else if (guest && host->peers >= ksock_params.peers_each)
		host = ERR_PTR(-ENOBUFS);
	if (!IS_ERR(host))
		host->peers++;
	return host;
}

/**
 * ksock_host_join() - add a peer to its address
 * @net: the NI of the peer
 * @addr: the address of the peer
 * @guest: true if the peer connects to us, or one that does has named it, false if a client of
 *	ours sends to it
 *
 * Context: task; does not sleep.
 * Return: the host, valid until ksock_host_leave(); -ENOBUFS: @guest is set and the address
 * has peers_each peers, or its prefix as many as it may have, or a table is full; -ENOMEM.
 */
struct ksock_host *ksock_host_join(struct ksock_net *net, const struct in6_addr *addr,
				   bool guest)
{
	struct ksock_prefix *prefix;
	struct ksock_host *host;

	spin_lock(&net->lock);
	prefix = prefix_join_locked(net, addr, guest);
	if (IS_ERR(prefix)) {
		host = ERR_CAST(prefix);
	} else {
		host = host_join_locked(net, addr, prefix, guest);
		if (IS_ERR(host))
			prefix_leave_locked(net, prefix, guest);
	}
	spin_unlock(&net->lock);
	return host;
}

/**
 * ksock_host_leave() - remove a peer from its address
 * @net: the NI of the peer
 * @host: the host that ksock_host_join() returned; may be freed on return
 * @guest: as it was there
 *
 * Context: task; does not sleep.
 */
void ksock_host_leave(struct ksock_net *net, struct ksock_host *host, bool guest)
{
	bool last;

	spin_lock(&net->lock);
	last = !--host->peers;
	if (last)
		rhashtable_remove_fast(&net->hosts, &host->node, by_addr);
	prefix_leave_locked(net, host->prefix, guest);
	spin_unlock(&net->lock);
	if (last)
		kfree_rcu(host, rcu);
}
