// SPDX-License-Identifier: GPL-2.0
/*
 * An address that peers have, and what it may take of an NI. Names are cheap: one
 * host may say that it is a thousand peers. So it is the address that has a bound, of
 * peers that connect from it and of the NI's credits that messages to them hold; what
 * is over it waits, or is not let in, and the peers of other addresses do not notice.
 *
 * A peer that has messages and gets no credit for them waits in the list of its
 * address; and the address in the NI's, unless it has its share. Each credit that comes
 * back lets go the first peer of the first address, which is the last then: so neither
 * the peers of a crowded address nor others wait for ever. A few credits are an
 * address's own, whatever others have: many addresses that take all of the NI's do not
 * stop those that want little.
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
 * ksock_hosts_init() - make the table of an NI
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
 * ksock_hosts_exit() - free the table of an NI; no peer is left
 * @net: the NI
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
 * ksock_host_join() - one more peer has an address
 * @net: of this NI
 * @ip: the address
 * @guest: it is the peer that has asked for it, not a client of ours
 *
 * Context: task; does not sleep.
 * Return: the host, until ksock_host_leave(); -ENOBUFS: @guest, and there are
 * peers_each; -ENOMEM.
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
 * ksock_host_leave() - one less
 * @net: of this NI
 * @host: from ksock_host_join(); maybe gone on return
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

/* May it have more, if there is any? */
static bool host_has_room_locked(const struct ksock_host *host)
{
	return host->credits < ksock_params.address_credits;
}

static bool host_may_take_locked(const struct ksock_net *net, const struct ksock_host *host)
{
	return host_has_room_locked(host) &&
	       (net->credits > 0 || host->credits < ksock_params.address_reserve);
}

/* With the NI, if one of it waits for a credit and may have it. */
static void host_queue_locked(struct ksock_net *net, struct ksock_host *host)
{
	lockdep_assert_held(&net->lock);
	if (list_empty(&host->link) && !list_empty(&host->starved) && host_has_room_locked(host))
		list_add_tail(&host->link, &net->starved);
}

/**
 * ksock_host_credit_take_locked() - a credit of the NI for a message
 * @peer: the message is to this one, which is launched again if there is none
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if it has one.
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
 * Whose turn is it? If the NI has none left, @host's, which has given one back, if it may
 * take one of its own; it keeps its place among those that wait for the NI's.
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
		/* It comes back with the credit that it gives back. */
		list_del_init(&first->link);
	}
	return !list_empty(&host->starved) && host_may_take_locked(net, host) ? host : NULL;
}

/* The first that may go now; held. */
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
 * ksock_host_credit_back() - a message does not hold its credit any more
 * @peer: it was to this one, which the caller launches
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
	/* What the first waited for may have ended; then it is the next one's. */
	while ((next = host_next_starved(net, host))) {
		ksock_peer_launch(next);
		ksock_peer_put(next);
	}
}
