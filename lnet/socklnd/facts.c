// SPDX-License-Identifier: GPL-2.0
/*
 * What the operator is told of an NI of this driver, and of its peers, by tools.
 */
#include "conn.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"

#include <linux/if.h>
#include <linux/minmax.h>
#include <linux/string.h>

static_assert((int)LNET_INTERFACE_SIZE == (int)IFNAMSIZ);

/**
 * ksock_facts_ni() - lnd_facts: tell of an NI
 * @ni: the NI
 * @facts: set to what there is to tell
 *
 * Context: task; may sleep.
 */
void ksock_facts_ni(struct lnet_ni *ni, struct lnet_lnd_facts *facts)
{
	struct ksock_net *net = ni->data;

	ksock_iface_name(&net->addr, facts->interface);
	facts->peer_credits = ksock_params.peer_credits;
	facts->credits = ksock_params.credits;
	facts->conns_per_peer = 1;
	facts->timeout_s = ksock_param_timeout();
	spin_lock(&net->lock);
	facts->credits_now = net->credits;
	facts->credits_least = net->credits_least;
	spin_unlock(&net->lock);
}

static void facts_of_receives(const struct ksock_peer *peer, u64 *receives)
{
	const struct ksock_conn *conn;
	unsigned int i, type;

	for (i = 0; i < KSOCK_MSG_TYPES; i++) {
		receives[i] = peer->receives[i];
		for (type = 0; type < KSOCK_CTYPES; type++) {
			conn = peer->conns[type];
			receives[i] += conn ? READ_ONCE(conn->rx.receives[i]) : 0;
		}
	}
}

/**
 * ksock_facts_peer() - lnd_peer_facts: tell of a peer
 * @ni: the NI that may know it
 * @nid: NID of the peer
 * @facts: set to what there is to tell; to that of an idle peer if the NI does not know it
 *
 * Context: task; does not sleep.
 * Return: true if the NI knows it.
 */
bool ksock_facts_peer(struct lnet_ni *ni, lnet_nid_t nid, struct lnet_lnd_peer_facts *facts)
{
	struct ksock_peer *peer = ksock_peer_find(ni->data, nid, LNET_PID_LUSTRE);

	*facts = (struct lnet_lnd_peer_facts){
		.credits_max = ksock_params.peer_credits,
		.credits = ksock_params.peer_credits,
		.credits_least = ksock_params.peer_credits,
	};
	if (!peer)
		return false;
	spin_lock(&peer->lock);
	facts->credits = peer->credits;
	facts->waiting = peer->waiting_nr[KSOCK_WAIT_OURS] + peer->waiting_nr[KSOCK_WAIT_ANSWER];
	facts->credits_least = peer->credits_least;
	facts->waiting_bytes = peer->waiting_bytes[KSOCK_WAIT_OURS] +
			       peer->waiting_bytes[KSOCK_WAIT_ANSWER];
	memcpy(facts->sends, peer->sends, sizeof(facts->sends));
	facts_of_receives(peer, facts->receives);
	spin_unlock(&peer->lock);
	/* Without the one that is given back here; while it is known, there is another. */
	facts->uses = max_t(int, refcount_read(&peer->refs) - 1, 1);
	ksock_peer_put(peer);
	return true;
}

static void peer_forget_least(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	peer->credits_least = ksock_queue_credits_locked(peer);
	spin_unlock(&peer->lock);
}

/**
 * ksock_facts_forget_least() - lnd_forget_least: begin anew with the least numbers of credits
 * @ni: the NI
 *
 * Context: task; may sleep.
 */
void ksock_facts_forget_least(struct lnet_ni *ni)
{
	struct ksock_net *net = ni->data;

	spin_lock(&net->lock);
	net->credits_least = net->credits;
	spin_unlock(&net->lock);
	ksock_known_for_all(net, peer_forget_least);
}
