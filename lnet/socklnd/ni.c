// SPDX-License-Identifier: GPL-2.0
/*
 * An NI of this driver: its start and end, and the messages that it is given.
 *
 * Each peer holds a reference to the NI, and so does each handshake that knows its NI. When
 * the NI goes down neither can be made any more, all connections and handshakes are told
 * to end, and shutdown waits for the last reference. Workers end connections at once;
 * messages whose pages the network holds end when their socket is drained or aborted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "addr.h"
#include "../hooks/alloc.h"
#include "net.h"
#include "conns.h"
#include "dial.h"
#include "greet.h"
#include "host.h"
#include "listener.h"
#include "param.h"
#include "peer.h"
#include "queue.h"

#include <lnet/api.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

enum { WAIT_REPORT_S = 5 };	/* how often the log says what shutdown waits for */

/* Messages ------------------------------------------------------------------ */

/*
 * Make no peer that cannot be reached anyway; nor one for an answer, as the peer that asked
 * for it has a connection, or had one.
 */
static struct ksock_peer *ni_peer_for(struct ksock_net *net,
				      const struct lnet_msg *msg, lnet_pid_t pid)
{
	struct ksock_peer *peer;
	bool down = READ_ONCE(net->down);
	struct in6_addr addr;

	if (!ksock_queue_is_answer(msg) && ksock_dial_may(net, msg->peer, pid) && !down &&
	    !ksock_addr_of_nid(msg->peer, &addr))
		return ksock_peer_obtain(net, msg->peer, pid, &addr, lnet_lnd_is_hearsay(msg));
	peer = ksock_peer_find(net, msg->peer, pid);
	if (peer)
		return peer;
	return ERR_PTR(down ? -ENETDOWN : -EHOSTUNREACH);
}

/**
 * ksock_ni_send() - lnd_send: send a message
 * @ni: the NI to send it by
 * @priv: always NULL, and not used
 * @msg: the message; the driver's if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ENETDOWN: our address is not here, and there is no connection; -EHOSTUNREACH or
 * another error: the peer could not be reached a moment ago, or the message is an answer and
 * there is no connection; -ENOBUFS: too many answers wait, or there are too many peers;
 * -ENOMEM; -ESHUTDOWN.
 */
int ksock_ni_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg)
{
	lnet_pid_t pid = le32_to_cpu(msg->hdr.dest_pid);
	struct ksock_net *net = ni->data;
	struct ksock_peer *peer;
	int rc;

	do {
		peer = ni_peer_for(net, msg, pid);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		rc = ksock_queue_send(peer, msg);
		ksock_peer_put(peer);
	} while (rc == -ESTALE);
	return rc;
}

/**
 * ksock_ni_query() - lnd_query: tell when a peer was last heard of
 * @ni: the NI that the peer may be known to
 * @nid: the NID of the peer
 * @when: set to that time as of ktime_get_seconds(); unchanged if never
 *
 * Context: task.
 */
void ksock_ni_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when)
{
	struct ksock_peer *peer = ksock_peer_find(ni->data, nid, LNET_PID_LUSTRE);
	time64_t alive;

	if (!peer)
		return;
	alive = READ_ONCE(peer->heard_at);
	if (alive)
		*when = alive;
	ksock_peer_put(peer);
}

/**
 * ksock_ni_reaches() - lnd_reaches: tell whether a message to a peer is likely to arrive
 * @ni: the NI that it would leave by
 * @nid: the NID of the peer
 *
 * Context: task; does not sleep.
 * Return: false if the address of the NI is away, or connecting to the peer has just failed, or TCP
 * sends again what it has sent, and still gets no ACK.
 */
bool ksock_ni_reaches(struct lnet_ni *ni, lnet_nid_t nid)
{
	struct ksock_net *net = ni->data;
	struct ksock_peer *peer;
	bool reaches;

	if (READ_ONCE(net->down))
		return false;
	peer = ksock_peer_find(net, nid, LNET_PID_LUSTRE);
	if (!peer)
		return true;
	spin_lock(&peer->lock);
	reaches = ksock_conns_any_locked(peer) ? !ksock_conns_stuck_locked(peer) : !peer->error;
	spin_unlock(&peer->lock);
	ksock_peer_put(peer);
	return reaches;
}

/* Coming and going ---------------------------------------------------------- */

static struct ksock_net *ni_net_new(struct lnet_ni *ni)
{
	struct ksock_net *net;

	net = lnet_alloc(kzalloc(sizeof(*net), GFP_KERNEL));
	if (!net)
		return NULL;
	net->ni = ni;
	ksock_addr_of_nid(ni->nid, &net->addr);
	net->incarnation = ktime_get_real_ns();
	net->address_lost = true;
	net->pid = lnet_lnd_pid();
	net->credits = ksock_params.credits;
	net->credits_least = net->credits;
	refcount_set(&net->users, 1);
	spin_lock_init(&net->lock);
	ratelimit_state_init(&net->log_limit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	/* The limit does not say how many lines it dropped: address_log_down() logs them later. */
	ratelimit_set_flags(&net->log_limit, RATELIMIT_MSG_ON_RELEASE);
	/* This one logs how many it dropped. */
	ratelimit_state_init(&net->up_limit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	INIT_LIST_HEAD(&net->starved);
	net->attempt = ksock_attempt_work;
	ksock_known_init(net);
	ksock_housekeeping_init(net);
	return net;
}

/**
 * ksock_ni_startup() - lnd_startup: start an NI
 * @ni: the NI, with an address of this node in its NID
 *
 * Context: task; may sleep.
 * Return: 0; -EADDRNOTAVAIL: the address is not here; -EADDRINUSE: another socket listens
 * there; -ENOMEM; or another error.
 */
int ksock_ni_startup(struct lnet_ni *ni)
{
	struct ksock_net *net;
	struct in6_addr addr;
	int rc;

	rc = ksock_addr_of_nid(ni->nid, &addr);
	if (rc)
		return rc;
	if (!ksock_iface_up(&addr))
		return -EADDRNOTAVAIL;
	net = ni_net_new(ni);
	if (!net)
		return -ENOMEM;
	rc = ksock_peer_table_init(net);
	if (rc)
		goto err_free;
	rc = ksock_hosts_init(net);
	if (rc)
		goto err_peers;
	net->listener = ksock_listener_get(&net->addr);
	if (IS_ERR(net->listener)) {
		rc = PTR_ERR(net->listener);
		goto err_hosts;
	}
	rc = -ENOMEM;
	net->peers_kobj = lnet_alloc(kobject_create_and_add("peers", lnet_ni_kobj(ni)));
	if (!net->peers_kobj)
		goto err_listener;
	ni->data = net;
	return 0;

err_listener:
	ksock_listener_put(net->listener);
err_hosts:
	ksock_hosts_exit(net);
err_peers:
	rhashtable_destroy(&net->peers);
err_free:
	kfree(net);
	return rc;
}

/**
 * ksock_ni_ready() - lnd_ready: begin to take connections
 * @ni: the NI, which the core can find now
 *
 * Context: task; may sleep.
 */
void ksock_ni_ready(struct lnet_ni *ni)
{
	struct ksock_net *net = ni->data;

	ksock_address_watch(net);
	ksock_housekeeping_start(net);
	ksock_listener_open(net->listener);
}

static void ni_end_peer(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	ksock_conns_close_locked(peer, KSOCK_REASON_SHUTDOWN, -ESHUTDOWN);
	ksock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	ksock_queue_fail(peer, -ESHUTDOWN, true);
	ksock_dial_now(peer);
	list_del(&peer->link);
	ksock_known_remove(peer);
}

static void ni_end_peers(struct ksock_net *net)
{
	struct ksock_peer *peer, *next;

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	list_for_each_entry_safe(peer, next, &net->known, link)
		ni_end_peer(peer);
	mutex_unlock(&net->known_mutex);
}

/* Wait until the only reference to the NI is its own. */
static void ni_wait_for_users(struct ksock_net *net)
{
	unsigned long next = jiffies + WAIT_REPORT_S * HZ;
	char nid[LNET_NIDSTR_SIZE];
	unsigned int left;

	while ((left = refcount_read(&net->users) - 1)) {
		if (time_after(jiffies, next)) {
			pr_warn("%s goes down: waiting for %u peers and handshakes: see /sys/kernel/lnet/socklnd/workers/*/connections\n",
				libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)), left);
			next += WAIT_REPORT_S * HZ;
		}
		msleep(20);
		/* End also those that were being made when @closing was set. */
		ni_end_peers(net);
		ksock_greets_stop(net, NULL, KSOCK_REASON_SHUTDOWN);
	}
}

/**
 * ksock_ni_shutdown() - lnd_shutdown: end an NI
 * @ni: the NI; clients no longer send by it, but messages that are received may be answered
 *
 * Context: task; may sleep.
 */
void ksock_ni_shutdown(struct lnet_ni *ni)
{
	struct ksock_net *net = ni->data;

	ksock_address_forget(net);
	ksock_listener_put(net->listener);

	WRITE_ONCE(net->closing, true);
	/* Threads that did not see @closing are in @users now, and the list has no more readers. */
	synchronize_rcu();
	ksock_greets_stop(net, NULL, KSOCK_REASON_SHUTDOWN);
	ni_end_peers(net);
	ni_wait_for_users(net);
	ksock_housekeeping_stop(net);
	ksock_known_stop(net);

	kobject_put(net->peers_kobj);
	rhashtable_destroy(&net->peers);
	ksock_hosts_exit(net);
	kfree(net);
	ni->data = NULL;
}
