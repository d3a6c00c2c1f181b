// SPDX-License-Identifier: GPL-2.0
/*
 * Housekeeping of an NI, once a second. It ends connections that are stuck or almost stuck,
 * fails messages that have waited too long, sends keepalives to silent peers, and forgets
 * peers that are idle. When asked, it also ends answers that peers do not read.
 *
 * It never waits for another node, nor for memory whose reclaim may need to send to one.
 */
#include "conn.h"
#include "conns.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"
#include "socket.h"

#include <linux/jiffies.h>
#include <linux/sched.h>

enum {
	INTERVAL_S	= 1,
	PEER_IDLE_S	= 300,		/* idle time until a peer is forgotten */
	GUEST_IDLE_S	= 20,		/* the same, for a peer that we have never dialed */
};

static bool housekeeping_time_is_over(unsigned long since, unsigned int seconds)
{
	return time_after(jiffies, since + seconds * HZ);
}

/* Connections --------------------------------------------------------------- */

/*
 * Return true if no byte moved for sock_timeout, or fewer in that time than min_rate wants.
 * The rate is judged only if the direction was busy at every look: a look that finds it
 * idle, as its messages have passed completely, restarts the measurement.
 */
static bool way_is_stuck(struct ksock_way *way)
{
	const unsigned int timeout = ksock_param_timeout();
	u64 bytes = READ_ONCE(way->bytes);
	bool slow;

	/* Pairs with ksock_way_begin(): if @busy is set, @since is valid. */
	if (!smp_load_acquire(&way->busy)) {
		way->mark = jiffies;
		way->mark_bytes = bytes;
		return false;
	}
	if (housekeeping_time_is_over(READ_ONCE(way->since), timeout))
		return true;
	if (!housekeeping_time_is_over(way->mark, timeout))
		return false;
	slow = bytes - way->mark_bytes < (u64)ksock_params.min_rate * timeout;
	way->mark = jiffies;
	way->mark_bytes = bytes;
	return slow;
}

/* Return true if either direction is stuck. The peer's lock is held. */
static bool conn_is_stuck_locked(struct ksock_conn *conn)
{
	/* Each direction is looked at, whatever the other one is: a look restarts a measurement. */
	bool out_is_stuck = way_is_stuck(&conn->out);
	bool in_is_stuck = way_is_stuck(&conn->in);
	bool stuck = out_is_stuck || in_is_stuck;

	/* The worker checks for late messages, being sent or with pages that TCP holds. */
	if (!stuck && conn->open && (READ_ONCE(conn->out.busy) || !list_empty(&conn->zcs)))
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	return stuck;
}

/* Send a keepalive on BULK_IN, where we send little else, if both directions are silent. */
static void conn_keep_alive_locked(struct ksock_conn *conn)
{
	const unsigned int idle = ksock_params.keepalive;

	/* While a message is being sent, a keepalive would tell the peer nothing more. */
	if (!idle || conn->type != KSOCK_BULK_IN || !conn->open ||
	    READ_ONCE(conn->out.busy) ||
	    !housekeeping_time_is_over(READ_ONCE(conn->out.since), idle) ||
	    !housekeeping_time_is_over(READ_ONCE(conn->in.since), idle))
		return;
	WRITE_ONCE(conn->out.since, jiffies);
	set_bit(KSOCK_CONN_KEEPALIVE, &conn->job.flags);
	ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
}

/*
 * Tell TCP when to give up each open connection, which ends all connections of the peer:
 *
 * - Bytes are unacknowledged on the connection: after sock_timeout.
 * - No connection of the peer has such bytes: TCP's keepalives decide.
 * - Only other connections have such bytes: keepalive_idle later, so that keepalives do not
 *   decide first. The last keepalive was answered at most keepalive_idle before the first
 *   of those bytes was sent.
 *
 * Bytes sent between two looks are watched from the next look on, which is soon enough.
 */
static void peer_watch_conns_locked(struct ksock_peer *peer)
{
	unsigned int seconds = 0, more;
	struct ksock_conn *conn;
	struct socket *sock;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && conn->open && !ksock_socket_is_idle(conn->job.sock))
			seconds = ksock_param_timeout();
	}
	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (!conn || !conn->open)
			continue;
		sock = conn->job.sock;
		more = 0;
		if (seconds && ksock_socket_is_idle(sock))
			more = ksock_params.keepalive_idle;
		ksock_socket_watch(sock, seconds + more);
	}
}

/* Return true if the peer has no connection, no waiting message and no dial under way. */
static bool peer_look_at_conns(struct ksock_peer *peer)
{
	struct ksock_conn *conn, *stuck = NULL;
	bool idle = true;
	int type;

	spin_lock(&peer->lock);
	peer_watch_conns_locked(peer);
	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (!conn)
			continue;
		idle = false;
		if (conn_is_stuck_locked(conn)) {
			stuck = conn;
			ksock_job_get(&stuck->job);
			ksock_conns_close_one_locked(conn, KSOCK_REASON_TIMEOUT,
						     -ETIMEDOUT);
			ksock_conns_close_locked(peer, KSOCK_REASON_PEER,
						 -ETIMEDOUT);
			break;
		}
		conn_keep_alive_locked(conn);
	}
	if (ksock_queue_any_locked(peer) || peer->dial != KSOCK_DIAL_IDLE)
		idle = false;
	spin_unlock(&peer->lock);
	if (stuck) {
		ksock_conns_log_end(stuck);
		ksock_job_put(&stuck->job);
	}
	return idle;
}

/* Peers --------------------------------------------------------------------- */

/*
 * End messages that have waited too long, and those that no connection will take. For
 * messages of our clients, but not for answers, dial if there is no connection.
 */
static void peer_look_at_waiting(struct ksock_peer *peer)
{
	ksock_queue_expire(peer);
	ksock_queue_fail_lost(peer);
}

/* Unhash the peer and return true, unless it came into use after peer_look_at_conns(). */
static bool peer_forget(struct ksock_peer *peer)
{
	bool dead;

	spin_lock(&peer->lock);
	dead = !ksock_queue_any_locked(peer) && peer->dial == KSOCK_DIAL_IDLE &&
	       !ksock_conns_any_locked(peer);
	if (dead)
		ksock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	return dead;
}

/*
 * Return how long a peer may be idle, in seconds. An identity that includes a port
 * (LNET_PID_USERFLAG) never comes back, so forget such a peer at once.
 */
static unsigned int peer_patience(struct ksock_peer *peer)
{
	if (peer->key.pid & LNET_PID_USERFLAG)
		return 0;
	return READ_ONCE(peer->we_dial) ? PEER_IDLE_S : GUEST_IDLE_S;
}

static void peer_look_at(struct ksock_peer *peer)
{
	peer_look_at_waiting(peer);
	if (!peer_look_at_conns(peer)) {
		peer->idle_since = jiffies;
		return;
	}
	if (!housekeeping_time_is_over(peer->idle_since, peer_patience(peer)) || !peer_forget(peer))
		return;
	list_del(&peer->link);
	ksock_known_remove(peer);
}

static void housekeeping_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(to_delayed_work(work),
					     struct ksock_net, housekeeping);
	struct ksock_peer *peer, *next;

	if (READ_ONCE(net->down))
		ksock_address_look();
	mutex_lock(&net->known_mutex);
	if (!READ_ONCE(net->closing)) {
		ksock_known_add_new_locked(net);
		list_for_each_entry_safe(peer, next, &net->known, link) {
			peer_look_at(peer);
			cond_resched();
		}
	}
	mutex_unlock(&net->known_mutex);
	if (!READ_ONCE(net->closing))
		queue_delayed_work(ksock_wq, &net->housekeeping, INTERVAL_S * HZ);
}

/* Answers that are not read ------------------------------------------------- */

/*
 * Fail the waiting answers of peers at their own bound. If the NI is at its bound, also end
 * the connections and waiting answers of the peer with most answers.
 */
static void cut_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(work, struct ksock_net, cut_work);
	struct ksock_peer *peer, *most = NULL;

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		if (READ_ONCE(peer->cut_answers))
			ksock_queue_fail_answers(peer, -ENOBUFS);
		if (!most || READ_ONCE(peer->answers) > READ_ONCE(most->answers))
			most = peer;
		cond_resched();
	}
	if (atomic_read(&net->answers) >= ksock_params.answers &&
	    most && READ_ONCE(most->answers)) {
		ksock_conns_close(most, KSOCK_REASON_UNREAD, -ENOBUFS);
		ksock_queue_fail_answers(most, -ENOBUFS);
	}
	mutex_unlock(&net->known_mutex);
}

/* Start and stop ------------------------------------------------------------ */

/**
 * ksock_housekeeping_init() - initialize the housekeeping of an NI
 * @net: the NI, which has no peer yet
 *
 * Context: any.
 */
void ksock_housekeeping_init(struct ksock_net *net)
{
	INIT_DELAYED_WORK(&net->housekeeping, housekeeping_work);
	INIT_WORK(&net->cut_work, cut_work);
}

/**
 * ksock_housekeeping_start() - start the housekeeping of an NI
 * @net: the NI, which the core can find now
 *
 * Context: any.
 */
void ksock_housekeeping_start(struct ksock_net *net)
{
	queue_delayed_work(ksock_wq, &net->housekeeping, INTERVAL_S * HZ);
}

/**
 * ksock_housekeeping_stop() - stop the housekeeping of an NI
 * @net: the NI, which is closing and has no peer left
 *
 * Context: task; may sleep.
 */
void ksock_housekeeping_stop(struct ksock_net *net)
{
	cancel_delayed_work_sync(&net->housekeeping);
	cancel_work_sync(&net->cut_work);
}
