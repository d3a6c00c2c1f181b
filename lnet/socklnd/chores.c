// SPDX-License-Identifier: GPL-2.0
/*
 * Housekeeping of an NI, once a second: what nobody else has time for. Peers that are
 * new get their folders; connections that are stuck, or all but stuck, end; messages
 * that have waited for too long end; who is silent is told that we live; and peers of
 * whom nothing is left are forgotten.
 *
 * Nothing here waits for another node, nor for memory that is freed by sending to one.
 */
#include "conn.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "socket.h"

#include <linux/jiffies.h>
#include <linux/sched/mm.h>

enum {
	CHORES_S	= 1,
	PEER_IDLE_S	= 300,		/* then it is forgotten, and */
	GUEST_IDLE_S	= 20,		/* one that we have never dialled */
};

static bool chores_time_is_over(unsigned long since, unsigned int seconds)
{
	return time_after(jiffies, since + seconds * HZ);
}

/* Connections --------------------------------------------------------------- */

/*
 * No byte for sock_timeout, or so few in that time that it is as good as none. Only
 * what is busy at each look is judged: a message that came and was all there is gone.
 */
static bool way_is_stuck(struct ksock_way *way)
{
	const unsigned int timeout = ksock_params.timeout;
	u64 bytes = READ_ONCE(way->bytes);
	bool slow;

	/* Pairs with ksock_way_begin(). */
	if (!smp_load_acquire(&way->busy)) {
		way->mark = jiffies;
		way->mark_bytes = bytes;
		return false;
	}
	if (chores_time_is_over(READ_ONCE(way->since), timeout))
		return true;
	if (!chores_time_is_over(way->mark, timeout))
		return false;
	slow = bytes - way->mark_bytes < (u64)ksock_params.min_rate * timeout;
	way->mark = jiffies;
	way->mark_bytes = bytes;
	return slow;
}

/* Under the peer's lock. */
static bool conn_is_stuck_locked(struct ksock_conn *conn)
{
	bool stuck = way_is_stuck(&conn->out) | way_is_stuck(&conn->in);

	/* The worker looks whether what it sends is late, or what TCP holds pages of. */
	if (!stuck && conn->open && (READ_ONCE(conn->out.busy) || !list_empty(&conn->zcs)))
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	return stuck;
}

/* A sign of life, on the connection that is ours to send by and carries little. */
static void conn_keep_alive_locked(struct ksock_conn *conn)
{
	const unsigned int idle = ksock_params.keepalive;

	/* Where something goes that has not gone, another sign would say nothing. */
	if (!idle || conn->type != KSOCK_BULK_IN || !conn->open ||
	    READ_ONCE(conn->out.busy) ||
	    !chores_time_is_over(READ_ONCE(conn->out.since), idle) ||
	    !chores_time_is_over(READ_ONCE(conn->in.since), idle))
		return;
	WRITE_ONCE(conn->out.since, jiffies);
	set_bit(KSOCK_CONN_KEEPALIVE, &conn->job.flags);
	ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
}

/*
 * Bytes that the peer has not said to have for sock_timeout end all. When there are none
 * keepalives decide; but not before that about what is under way on another connection:
 * the last keepalive was heard at most keepalive_idle before the first of these bytes went.
 *
 * What is sent between two looks is watched from the next one on, which is soon enough.
 */
static void peer_watch_conns_locked(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	unsigned int seconds = 0;
	struct socket *sock;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && conn->open && !ksock_socket_is_idle(conn->job.sock))
			seconds = ksock_params.timeout;
	}
	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (!conn || !conn->open)
			continue;
		sock = conn->job.sock;
		ksock_socket_watch(sock, seconds && ksock_socket_is_idle(sock) ?
				      seconds + ksock_params.keepalive_idle : seconds);
	}
}

/* Returns true if nothing is left of the peer but its name. */
static bool peer_look_at_conns(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
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
			ksock_conn_close_locked(conn, KSOCK_REASON_TIMEOUT,
						-ETIMEDOUT);
			ksock_peer_close_locked(peer, KSOCK_REASON_PEER,
						-ETIMEDOUT);
			break;
		}
		conn_keep_alive_locked(conn);
	}
	if (ksock_peer_has_waiting_locked(peer) || peer->dial != KSOCK_DIAL_IDLE)
		idle = false;
	spin_unlock(&peer->lock);
	return idle;
}

/* Peers --------------------------------------------------------------------- */

/*
 * Can anything let them go? There is a connection, or one is being made; for what is ours
 * one is made.
 */
static void peer_look_at_waiting(struct ksock_peer *peer)
{
	ksock_peer_expire(peer);
	ksock_peer_fail_lost(peer);
}

/* Nobody may have begun something with it meanwhile. */
static bool peer_forget(struct ksock_peer *peer)
{
	bool dead;

	spin_lock(&peer->lock);
	dead = !ksock_peer_has_waiting_locked(peer) && peer->dial == KSOCK_DIAL_IDLE &&
	       !ksock_peer_connected_locked(peer);
	if (dead)
		ksock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	return dead;
}

/* One that is called after its port never comes back by that name. */
static unsigned int peer_patience(struct ksock_peer *peer)
{
	if (peer->key.pid & LNET_PID_USERFLAG)
		return 0;
	return READ_ONCE(peer->ours) ? PEER_IDLE_S : GUEST_IDLE_S;
}

static void peer_look_at(struct ksock_peer *peer)
{
	peer_look_at_waiting(peer);
	if (!peer_look_at_conns(peer)) {
		peer->idle_since = jiffies;
		return;
	}
	if (!chores_time_is_over(peer->idle_since, peer_patience(peer)) || !peer_forget(peer))
		return;
	list_del(&peer->link);
	ksock_peer_bury(peer);
}

/**
 * ksock_chores_meet_locked() - have all new peers known
 * @net: of this NI
 *
 * Context: task; may sleep; the NI's known_mutex is held.
 */
void ksock_chores_meet_locked(struct ksock_net *net)
{
	struct llist_node *born = llist_reverse_order(llist_del_all(&net->born));
	struct ksock_peer *peer, *next;
	unsigned int nofs;

	lockdep_assert_held(&net->known_mutex);
	/* Memory may be freed by what housekeeping, which wants the mutex, lets go. */
	nofs = memalloc_nofs_save();
	llist_for_each_entry_safe(peer, next, born, born) {
		list_add_tail(&peer->link, &net->known);
		/* Without memory for its folder it works all the same. */
		ksock_sysfs_peer_add(peer);
	}
	memalloc_nofs_restore(nofs);
}

static void chores_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(to_delayed_work(work),
					     struct ksock_net, chores);
	struct ksock_peer *peer, *next;

	if (READ_ONCE(net->down))
		ksock_nets_look();
	mutex_lock(&net->known_mutex);
	if (!READ_ONCE(net->closing)) {
		ksock_chores_meet_locked(net);
		list_for_each_entry_safe(peer, next, &net->known, link) {
			peer_look_at(peer);
			cond_resched();
		}
	}
	mutex_unlock(&net->known_mutex);
	if (!READ_ONCE(net->closing))
		queue_delayed_work(ksock_wq, &net->chores, CHORES_S * HZ);
}

static void meet_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(work, struct ksock_net, meet);

	mutex_lock(&net->known_mutex);
	ksock_chores_meet_locked(net);
	mutex_unlock(&net->known_mutex);
}

/**
 * ksock_chores_meet() - there is a new peer
 * @net: of this NI; the caller holds it
 *
 * Context: any.
 */
void ksock_chores_meet(struct ksock_net *net)
{
	queue_work(ksock_wq, &net->meet);
}

/* Answers that nobody reads ------------------------------------------------- */

static void cut_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(work, struct ksock_net, cut);
	struct ksock_peer *peer, *most = NULL;

	mutex_lock(&net->known_mutex);
	ksock_chores_meet_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		if (READ_ONCE(peer->cut))
			ksock_peer_fail_answers(peer, -ENOBUFS);
		if (!most || READ_ONCE(peer->answers) > READ_ONCE(most->answers))
			most = peer;
		cond_resched();
	}
	if (atomic_read(&net->answers) >= ksock_params.answers &&
	    most && READ_ONCE(most->answers)) {
		ksock_peer_close(most, KSOCK_REASON_UNREAD, -ENOBUFS);
		ksock_peer_fail_answers(most, -ENOBUFS);
	}
	mutex_unlock(&net->known_mutex);
}

/**
 * ksock_chores_cut() - there are too many answers: who holds most of them goes
 * @net: of this NI; the caller holds it
 *
 * Context: any.
 */
void ksock_chores_cut(struct ksock_net *net)
{
	queue_work(ksock_wq, &net->cut);
}

/* Coming and going ---------------------------------------------------------- */

/**
 * ksock_chores_init() - before there is a peer
 * @net: of this NI
 */
void ksock_chores_init(struct ksock_net *net)
{
	mutex_init(&net->known_mutex);
	INIT_LIST_HEAD(&net->known);
	init_llist_head(&net->born);
	INIT_DELAYED_WORK(&net->chores, chores_work);
	INIT_WORK(&net->meet, meet_work);
	INIT_WORK(&net->cut, cut_work);
}

/**
 * ksock_chores_start() - from now on
 * @net: of this NI
 *
 * Context: any.
 */
void ksock_chores_start(struct ksock_net *net)
{
	queue_delayed_work(ksock_wq, &net->chores, CHORES_S * HZ);
}

/**
 * ksock_chores_stop() - and no more; the NI is closing, and no peer is left
 * @net: of this NI
 *
 * Context: task; may sleep.
 */
void ksock_chores_stop(struct ksock_net *net)
{
	cancel_delayed_work_sync(&net->chores);
	cancel_work_sync(&net->meet);
	cancel_work_sync(&net->cut);
}
