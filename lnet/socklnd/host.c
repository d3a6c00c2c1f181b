// SPDX-License-Identifier: GPL-2.0
/*
 * A remote address (host) and its share of an NI. One host may claim to be a thousand
 * peers, so the bounds apply to the address: on the peers that connect from it, and on the
 * credits of the NI that messages to them hold. Beyond a bound messages wait and peers are
 * refused; the peers of other addresses are not affected.
 *
 * A peer that has messages but gets no credit waits in the list of its address. The address
 * waits in the list of the NI, unless it has its full share. Each credit that comes back
 * launches the first peer of the first address, which then moves to the end of the NI's
 * list. So no peer waits for ever, at a crowded address or another. Each address also has a
 * small reserve: many addresses that take all credits do not stop one that needs few.
 */
#include "host.h"
#include "../hooks/window.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

static const struct rhashtable_params by_ip = {
	.key_len		= sizeof(u32),
	.key_offset		= offsetof(struct ksock_host, ip),
	.head_offset		= offsetof(struct ksock_host, node),
	.automatic_shrinking	= true,
};

/**
 * ksock_hosts_init() - create the table of hosts of an NI
 * @net: the NI
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_hosts_init(struct ksock_net *net)
{
	return rhashtable_init(&net->hosts, &by_ip);
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

static struct ksock_host *host_new_locked(struct ksock_net *net, u32 ip)
{
	struct ksock_host *host;
	int rc;

	lockdep_assert_held(&net->lock);
	host = kzalloc(sizeof(*host), GFP_ATOMIC | __GFP_NOWARN);
	if (!host)
		return ERR_PTR(-ENOMEM);
	host->ip = ip;
	INIT_LIST_HEAD(&host->starved);
	INIT_LIST_HEAD(&host->link);
	rc = rhashtable_insert_fast(&net->hosts, &host->node, by_ip);
	if (rc) {
		kfree(host);
		return ERR_PTR(rc == -E2BIG ? -ENOBUFS : -ENOMEM);
	}
	return host;
}

/**
 * ksock_host_join() - add a peer to its address
 * @net: the NI of the peer
 * @ip: the address of the peer
 * @guest: true if the peer connects to us, false if a client of ours sends to it
 *
 * Context: task; does not sleep.
 * Return: the host, valid until ksock_host_leave(); -ENOBUFS: @guest is set and the address
 * has peers_each peers, or the table is full; -ENOMEM.
 */
struct ksock_host *ksock_host_join(struct ksock_net *net, u32 ip, bool guest)
{
	struct ksock_host *host;

	spin_lock(&net->lock);
	host = rhashtable_lookup_fast(&net->hosts, &ip, by_ip);
	if (!host)
		host = host_new_locked(net, ip);
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
		rhashtable_remove_fast(&net->hosts, &host->node, by_ip);
	spin_unlock(&net->lock);
	if (last)
		kfree_rcu(host, rcu);
}

/* Credits ------------------------------------------------------------------- */

/* Return true if the address holds less than its full share of credits. */
static bool host_has_room_locked(const struct ksock_host *host)
{
	return host->credits < ksock_params.address_credits;
}

/* Return true if the address may take a credit now: the NI's, or of its reserve. */
static bool host_may_take_locked(const struct ksock_net *net, const struct ksock_host *host)
{
	return host_has_room_locked(host) &&
	       (net->credits > 0 || host->credits < ksock_params.address_reserve);
}

/* Queue the host at the NI, if it has waiting peers and not its full share. */
static void host_queue_locked(struct ksock_net *net, struct ksock_host *host)
{
	lockdep_assert_held(&net->lock);
	if (list_empty(&host->link) && !list_empty(&host->starved) && host_has_room_locked(host))
		list_add_tail(&host->link, &net->starved);
}

/**
 * ksock_host_credit_take_locked() - take a credit of the NI for a message
 * @peer: the peer that the message goes to
 *
 * Without a credit the peer is queued, and launched again when it may have one.
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if the message has a credit.
 */
bool ksock_host_credit_take_locked(struct ksock_peer *peer)
{
	struct ksock_host *host = peer->host;
	struct ksock_net *net = peer->net;
	bool got;

	lockdep_assert_held(&peer->lock);
	spin_lock(&net->lock);
	got = host_may_take_locked(net, host);
	if (got) {
		net->credits--;
		host->credits++;
	} else if (!peer->starved) {
		peer->starved = true;
		ksock_peer_get(peer);
		list_add_tail(&peer->starved_link, &host->starved);
		host_queue_locked(net, host);
	}
	spin_unlock(&net->lock);
	return got;
}

/*
 * Return the host that may take a credit next, or NULL. If the NI has credits, it is the
 * first of its list with room, which moves to the end. Otherwise it is @host, which has just
 * given a credit back, if it may use its reserve; it keeps its place in the NI's list.
 */
static struct ksock_host *host_next_locked(struct ksock_net *net,
					   struct ksock_host *host)
{
	struct ksock_host *first;

	host_queue_locked(net, host);
	while (net->credits > 0 &&
	       (first = list_first_entry_or_null(&net->starved, struct ksock_host, link))) {
		if (host_has_room_locked(first)) {
			list_move_tail(&first->link, &net->starved);
			return first;
		}
		/* It has its full share. host_queue_locked() adds it when it gives one back. */
		list_del_init(&first->link);
	}
	return !list_empty(&host->starved) && host_may_take_locked(net, host) ? host : NULL;
}

/* Dequeue the next peer that may go, or NULL. The list's reference becomes the caller's. */
static struct ksock_peer *host_next_starved(struct ksock_net *net,
					    struct ksock_host *host)
{
	struct ksock_peer *peer = NULL;

	spin_lock(&net->lock);
	host = host_next_locked(net, host);
	if (host) {
		peer = list_first_entry(&host->starved, struct ksock_peer, starved_link);
		list_del_init(&peer->starved_link);
		peer->starved = false;
		if (list_empty(&host->starved))
			list_del_init(&host->link);
	}
	spin_unlock(&net->lock);
	return peer;
}

/**
 * ksock_host_credit_back() - give back the NI's credit of a message
 * @peer: the peer that the message went to, which the caller launches
 *
 * Context: task; does not sleep.
 */
void ksock_host_credit_back(struct ksock_peer *peer)
{
	struct ksock_host *host = peer->host;
	struct ksock_net *net = peer->net;
	struct ksock_peer *next;

	spin_lock(&net->lock);
	net->credits++;
	host->credits--;
	spin_unlock(&net->lock);
	lnet_window(LNET_WINDOW_SOCK_CREDIT);
	/* A launched peer may have nothing to send any more; then the next peer may go. */
	while ((next = host_next_starved(net, host))) {
		ksock_peer_launch(next);
		ksock_peer_put(next);
	}
}
