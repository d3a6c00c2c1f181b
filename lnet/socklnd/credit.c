// SPDX-License-Identifier: GPL-2.0
/*
 * Credits of an NI: how many messages connections may hold, and whose turn it is.
 *
 * A peer that has messages but gets no credit waits in the list of its address. The address
 * waits in the list of the NI, unless it has its full share. Each credit that comes back
 * launches the first peer of the first address, which then moves to the end of the NI's
 * list. So no peer waits for ever, at a crowded address or another. Each address also has a
 * small reserve: many addresses that take all credits do not stop one that needs few.
 *
 * The addresses of a prefix have a full share together. When they hold it, those of them that wait
 * do so in the list of the prefix instead. While it has less, and any address is in that list, one
 * at least is in the NI's: each that leaves the NI's list has the next one take its place. So a
 * crowded prefix costs the others a look at one address, not at all of them.
 */
#include "credit.h"
#include "host.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <linux/minmax.h>

/* Return true if the address holds less than its full share of credits. */
static bool credit_has_room_locked(const struct ksock_host *host)
{
	return host->credits < ksock_params.address_credits;
}

/* The same for a prefix; NULL has no bound. */
static bool credit_fits_prefix_locked(const struct ksock_prefix *prefix)
{
	return !prefix || prefix->credits < ksock_params.prefix_credits;
}

/* Return true if the address may take a credit now: the NI's, or of its reserve. */
static bool credit_may_take_locked(const struct ksock_net *net, const struct ksock_host *host)
{
	if (!credit_has_room_locked(host))
		return false;
	return host->credits < ksock_params.address_reserve ||
	       (net->credits > 0 && credit_fits_prefix_locked(host->prefix));
}

/* Queue the host, if it has waiting peers and not its full share: at the NI or its prefix. */
static void credit_queue_locked(struct ksock_net *net, struct ksock_host *host)
{
	struct ksock_prefix *prefix = host->prefix;

	lockdep_assert_held(&net->lock);
	if (list_empty(&host->link) && !list_empty(&host->starved) && credit_has_room_locked(host))
		list_add_tail(&host->link, credit_fits_prefix_locked(prefix) ? &net->starved :
									       &prefix->starved);
}

/* Move the next host of a prefix that has room to the NI's list. */
static void credit_refill_locked(struct ksock_net *net, struct ksock_prefix *prefix)
{
	if (prefix && credit_fits_prefix_locked(prefix) && !list_empty(&prefix->starved))
		list_move_tail(prefix->starved.next, &net->starved);
}

/**
 * ksock_credit_take_locked() - take a credit of the NI for a message
 * @peer: the peer that the message goes to
 *
 * Without a credit the peer is queued, and launched again when it may have one.
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if the message has a credit.
 */
bool ksock_credit_take_locked(struct ksock_peer *peer)
{
	struct ksock_host *host = peer->host;
	struct ksock_net *net = peer->net;
	bool got;

	lockdep_assert_held(&peer->lock);
	spin_lock(&net->lock);
	got = credit_may_take_locked(net, host);
	if (got) {
		net->credits--;
		net->credits_least = min(net->credits_least, net->credits);
		host->credits++;
		if (host->prefix)
			host->prefix->credits++;
	} else if (!peer->starved) {
		peer->starved = true;
		ksock_peer_get(peer);
		list_add_tail(&peer->starved_link, &host->starved);
		credit_queue_locked(net, host);
	}
	spin_unlock(&net->lock);
	return got;
}

/*
 * Return the host that may take a credit next, or NULL. If the NI has credits, it is the
 * first of its list with room, which moves to the end. Otherwise it is @host, which has just
 * given a credit back, if it may use its reserve; it keeps its place in the NI's list.
 */
static struct ksock_host *credit_next_host_locked(struct ksock_net *net,
						  struct ksock_host *host)
{
	struct ksock_host *first;

	credit_queue_locked(net, host);
	credit_refill_locked(net, host->prefix);
	while (net->credits > 0 &&
	       (first = list_first_entry_or_null(&net->starved, struct ksock_host, link))) {
		if (!credit_has_room_locked(first)) {
			/* credit_queue_locked() adds it when it gives one back. */
			list_del_init(&first->link);
			credit_refill_locked(net, first->prefix);
		} else if (!credit_fits_prefix_locked(first->prefix)) {
			list_move_tail(&first->link, &first->prefix->starved);
		} else {
			list_move_tail(&first->link, &net->starved);
			credit_refill_locked(net, first->prefix);
			return first;
		}
	}
	if (!list_empty(&host->starved) && credit_may_take_locked(net, host))
		return host;
	return NULL;
}

/**
 * ksock_credit_next() - dequeue the next peer that may go
 * @of: a peer whose message has just given its credit back
 *
 * Context: task; does not sleep.
 * Return: the peer, to be launched, with a reference for the caller; NULL: none may go now.
 */
struct ksock_peer *ksock_credit_next(struct ksock_peer *of)
{
	struct ksock_host *host = of->host;
	struct ksock_net *net = of->net;
	struct ksock_peer *peer = NULL;

	spin_lock(&net->lock);
	host = credit_next_host_locked(net, host);
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
 * ksock_credit_back() - give back the NI's credit of a message
 * @peer: the peer that the message went to; the caller launches peers that may go now, see
 *	ksock_credit_next(), and this one
 *
 * Context: task; does not sleep.
 */
void ksock_credit_back(struct ksock_peer *peer)
{
	struct ksock_prefix *prefix = peer->host->prefix;
	struct ksock_net *net = peer->net;

	spin_lock(&net->lock);
	net->credits++;
	peer->host->credits--;
	if (prefix)
		prefix->credits--;
	spin_unlock(&net->lock);
}
