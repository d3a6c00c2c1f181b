// SPDX-License-Identifier: GPL-2.0
/*
 * A remote address (host) and its share of an NI. One host may claim to be a thousand
 * peers, so the bounds apply to the address: on the peers that connect from it, and on the
 * credits of the NI that messages to them hold (credit.c). Beyond a bound messages wait and
 * peers are refused; the peers of other addresses are not affected.
 */
#include "host.h"
#include "net.h"
#include "param.h"

#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

static const struct rhashtable_params by_addr = {
	.key_len		= sizeof(struct in6_addr),
	.key_offset		= offsetof(struct ksock_host, addr),
	.head_offset		= offsetof(struct ksock_host, node),
	.automatic_shrinking	= true,
};

/**
 * ksock_hosts_init() - create the table of hosts of an NI
 * @net: the NI that gets the table
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_hosts_init(struct ksock_net *net)
{
	return rhashtable_init(&net->hosts, &by_addr);
}

/**
 * ksock_hosts_exit() - free the table of hosts of an NI
 * @net: the NI, which has no peer left
 *
 * Context: task; may sleep.
 */
void ksock_hosts_exit(struct ksock_net *net)
{
	rhashtable_destroy(&net->hosts);
}

static struct ksock_host *host_new_locked(struct ksock_net *net,
					  const struct in6_addr *addr)
{
	struct ksock_host *host;
	int rc;

	lockdep_assert_held(&net->lock);
	host = kzalloc(sizeof(*host), GFP_ATOMIC | __GFP_NOWARN);
	if (!host)
		return ERR_PTR(-ENOMEM);
	host->addr = *addr;
	INIT_LIST_HEAD(&host->starved);
	INIT_LIST_HEAD(&host->link);
	rc = rhashtable_insert_fast(&net->hosts, &host->node, by_addr);
	if (rc) {
		kfree(host);
		return ERR_PTR(rc == -E2BIG ? -ENOBUFS : -ENOMEM);
	}
	return host;
}

/**
 * ksock_host_join() - add a peer to its address
 * @net: the NI of the peer
 * @addr: the address of the peer
 * @guest: true if the peer connects to us, false if a client of ours sends to it
 *
 * Context: task; does not sleep.
 * Return: the host, valid until ksock_host_leave(); -ENOBUFS: @guest is set and the address
 * has peers_each peers, or the table is full; -ENOMEM.
 */
struct ksock_host *ksock_host_join(struct ksock_net *net, const struct in6_addr *addr,
				   bool guest)
{
	struct ksock_host *host;

	spin_lock(&net->lock);
	host = rhashtable_lookup_fast(&net->hosts, addr, by_addr);
	if (!host)
		host = host_new_locked(net, addr);
	else if (guest && host->peers >= ksock_params.peers_each)
		host = ERR_PTR(-ENOBUFS);
	if (!IS_ERR(host))
		host->peers++;
	spin_unlock(&net->lock);
	return host;
}

/**
 * ksock_host_leave() - remove a peer from its address
 * @net: the NI of the peer
 * @host: the host that ksock_host_join() returned; may be freed on return
 *
 * Context: task; does not sleep.
 */
void ksock_host_leave(struct ksock_net *net, struct ksock_host *host)
{
	bool last;

	spin_lock(&net->lock);
	last = !--host->peers;
	if (last)
		rhashtable_remove_fast(&net->hosts, &host->node, by_addr);
	spin_unlock(&net->lock);
	if (last)
		kfree_rcu(host, rcu);
}
