// SPDX-License-Identifier: GPL-2.0
/*
 * A connection, from the end of its handshake to its own end.
 *
 *	handshake ── admitted by its peer ── start: its socket, open ──► served
 *	                                                                  │
 *	  closed (conns.c): out of the peer, CLOSE ◄──── for any reason ◄─┘
 *	                     │
 *	      its worker: its messages end with an error, the socket is drained
 *
 * It is a job (job.c) of one worker. Only this worker reads, writes and ends it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "conn.h"
#include "../hooks/alloc.h"
#include "../hooks/window.h"
#include "conns.h"
#include "dial.h"
#include "drain.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"
#include "worker.h"

#include <lnet/api.h>

#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include <net/dst.h>
#include <net/sock.h>

/* Coming and going ---------------------------------------------------------- */

/*
 * Send pages without copying if the device takes fragments and computes checksums.
 * On loopback, or where the kernel computes the checksums, the kernel would copy the
 * pages after all, later and at more cost than TCP does at once.
 */
static bool conn_sends_pages(const struct ksock_conn *conn)
{
	const struct net_device *dev;
	const struct dst_entry *dst;
	bool yes = false;

	if (ksock_params.zerocopy != KSOCK_ZEROCOPY_AUTO)
		return ksock_params.zerocopy == KSOCK_ZEROCOPY_ALWAYS;
	rcu_read_lock();
	dst = __sk_dst_get(conn->job.sock->sk);
	dev = dst ? READ_ONCE(dst->dev) : NULL;
	if (dev)
		yes = dev->features & NETIF_F_SG && !(dev->flags & IFF_LOOPBACK) &&
		      dev->features & (NETIF_F_HW_CSUM | NETIF_F_IP_CSUM);
	rcu_read_unlock();
	return yes;
}

/* Has the peer connected from the address that its NID has? */
static bool conn_is_at_its_nid(const struct ksock_conn *conn)
{
	struct in6_addr addr;

	return !ksock_addr_of_nid(conn->peer->key.nid, &addr) &&
	       ksock_addr_is_same(&addr, &conn->addr);
}

/* On a bulk connection read ahead headers only: TCP copies the payload straight to its place. */
static unsigned int conn_ahead_bytes(enum ksock_ctype type, unsigned int version)
{
	if (type == KSOCK_CONTROL || type == KSOCK_ANY)
		return KSOCK_AHEAD;
	return ksock_proto_headers(version);
}

static struct ksock_conn *conn_of(struct ksock_job *job)
{
	return container_of(job, struct ksock_conn, job);
}

static bool conn_serve(struct ksock_job *job);
static void conn_end(struct ksock_job *job);
static void conn_free(struct ksock_job *job);

static const struct ksock_job_ops conn_ops = {
	.serve	= conn_serve,
	.end	= conn_end,
	.free	= conn_free,
};

/**
 * ksock_conn_new() - make a connection
 * @worker: the worker of its handshake, which will serve the connection, too
 * @type: what the connection is for, as seen from this node
 * @hello: the HELLO that the peer has sent
 *
 * Context: task; may sleep.
 * Return: the connection, without a peer or a socket yet; or NULL: no memory.
 */
struct ksock_conn *ksock_conn_new(struct ksock_worker *worker,
				  enum ksock_ctype type,
				  const struct ksock_hello *hello)
{
	struct ksock_conn *conn;

	conn = lnet_alloc(kzalloc(sizeof(*conn), GFP_NOFS));
	if (!conn)
		return NULL;
	conn->rx.ahead = conn_ahead_bytes(type, hello->version);
	conn->rx.buf = lnet_alloc(kmalloc(conn->rx.ahead, GFP_NOFS));
	if (!conn->rx.buf) {
		kfree(conn);
		return NULL;
	}

	ksock_worker_join(worker);
	ksock_job_init(&conn->job, &conn_ops, worker);
	conn->type = type;
	conn->version = hello->version;
	conn->flip = hello->flip;
	conn->made_at = jiffies;
	conn->in.since = jiffies;
	conn->in.mark = jiffies;
	conn->out.since = jiffies;
	conn->out.mark = jiffies;
	INIT_LIST_HEAD(&conn->queue);
	INIT_LIST_HEAD(&conn->zcs);
	INIT_LIST_HEAD(&conn->tx.msgs);
	return conn;
}

static void conn_free(struct ksock_job *job)
{
	struct ksock_conn *conn = conn_of(job);
	struct ksock_peer *peer = conn->peer;

	kfree(conn->rx.buf);
	kfree(conn);
	if (peer)
		ksock_peer_put(peer);
}

/**
 * ksock_conn_discard() - free a connection that was never started
 * @conn: in no peer, or closed before; gone on return, for the caller
 *
 * Context: task.
 */
void ksock_conn_discard(struct ksock_conn *conn)
{
	ksock_job_put(&conn->job);
}

/**
 * ksock_conn_start() - open a connection: both sides have said HELLO
 * @conn: the connection, admitted by its peer; served from now on
 * @greet: job of the handshake, whose socket becomes the connection's
 *
 * Context: the connection's worker; may sleep.
 */
void ksock_conn_start(struct ksock_conn *conn, struct ksock_job *greet)
{
	struct ksock_peer *peer = conn->peer;
	bool open, was_up, is_up;

	ksock_job_get(&conn->job);
	/*
	 * Pass the socket and set @open in one locked step: an answer to a message that
	 * is received finds the connection open, and a thread that closes an open
	 * connection finds its socket.
	 */
	spin_lock(&peer->lock);
	was_up = ksock_conns_usable_locked(peer);
	ksock_job_pass(greet, &conn->job);
	conn->sends_pages = conn_sends_pages(conn);
	open = !ksock_job_is_closing(&conn->job);
	conn->open = open;
	is_up = ksock_conns_usable_locked(peer);
	/*
	 * In version 3 our messages cannot go by a connection of type ANY, so dial the peer.
	 * But do so only if it has connected from the address in its NID: a peer that claims
	 * another address must not make us connect there.
	 */
	if (open && conn->type == KSOCK_ANY && conn_is_at_its_nid(conn))
		ksock_dial_locked(peer, true);
	spin_unlock(&peer->lock);
	lnet_window(LNET_WINDOW_SOCK_CONN_OPEN);
	ksock_peer_heard(peer);
	/* Look for bytes that came before the socket was ours, and for a close before @open. */
	ksock_job_kick(&conn->job, KSOCK_JOB_READ);
	/* Cookies may have been left to another connection that no longer is the way back. */
	if (READ_ONCE(peer->acks_nr))
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	ksock_queue_launch(peer);
	/* It was closed before it opened: messages that waited for it may wait in vain. */
	if (!open)
		ksock_queue_fail_lost(peer);
	/* A process that is named after its port comes and goes: what it does is no news. */
	if (is_up && !was_up && !(peer->key.pid & LNET_PID_USERFLAG))
		ksock_peer_log_up(peer);
	if (is_up && !was_up && ksock_peer_is_node(peer))
		lnet_lnd_connected(peer->net->ni, peer->key.nid, false);
	ksock_job_put(&conn->job);
}

/* Service by the worker ----------------------------------------------------- */

/*
 * The worker found that @conn must end: end all connections of the peer. If @conn has
 * not lived for long enough, connecting was of no use, and the next attempt waits.
 */
static void conn_fail(struct ksock_conn *conn, enum ksock_reason why, int error)
{
	struct ksock_peer *peer = conn->peer;
	bool quick;

	lnet_window(LNET_WINDOW_SOCK_CONN_BROKEN);
	spin_lock(&peer->lock);
	quick = ksock_conns_was_quick(conn);
	/*
	 * Name @conn, which is to blame, with its own reason; the others follow it. If it
	 * has been closed meanwhile, the peer's present connections are its successors: let
	 * them be.
	 */
	if (peer->conns[conn->type] == conn) {
		ksock_conns_close_one_locked(conn, why, error);
		ksock_conns_close_locked(peer, KSOCK_REASON_PEER, error);
		if (quick)
			ksock_dial_died_locked(peer, conn->renewals, error);
	}
	spin_unlock(&peer->lock);
}

/* Abort the socket at once? Yes, if data does not get through, or the peer wants none of it. */
static bool conn_ends_abruptly(enum ksock_reason why)
{
	switch (why) {
	case KSOCK_REASON_TIMEOUT:
	case KSOCK_REASON_STALE:
	case KSOCK_REASON_UNREAD:
	case KSOCK_REASON_ERROR:
		return true;
	default:
		return false;
	}
}

/*
 * The connection is out of its peer. Messages whose pages the network holds keep it
 * until TCP lets go of them: at once if the socket is aborted, else when it is drained.
 */
static void conn_end(struct ksock_job *job)
{
	struct ksock_conn *conn = conn_of(job);
	struct socket *sock = ksock_job_drop(job);
	enum ksock_reason why;
	unsigned int i;
	bool abort;
	int error;

	/* The thread that closed the connection may be logging that: it has a reference. */
	spin_lock(&conn->peer->lock);
	why = conn->why;
	error = conn->error;
	for (i = 0; i < ARRAY_SIZE(conn->rx.receives); i++)
		conn->peer->receives[i] += conn->rx.receives[i];
	spin_unlock(&conn->peer->lock);
	/* Mostly the first: the log has the cause before what clients say of their messages. */
	ksock_conns_log_end(conn);

	/* The peer cannot use a part of a message, and the rest will never follow. */
	abort = conn_ends_abruptly(why) || (conn->tx.busy && conn->tx.sent);
	ksock_tx_end(conn, error, abort);
	ksock_rx_end(conn, error);
	ksock_drain(sock, abort);
}

/* Return true if there is more to do; the job then queues behind other jobs that wait. */
static bool conn_serve(struct ksock_job *job)
{
	struct ksock_conn *conn = conn_of(job);
	enum ksock_reason why;
	bool more = false;
	int rc;

	/* Send first: to complete an answer is worth more than to take another request. */
	if (test_and_clear_bit(KSOCK_JOB_WRITE, &job->flags)) {
		rc = ksock_tx(conn, &why);
		if (rc < 0)
			goto failed;
		if (rc) {
			set_bit(KSOCK_JOB_WRITE, &job->flags);
			more = true;
		}
	}
	if (test_and_clear_bit(KSOCK_JOB_READ, &job->flags)) {
		rc = ksock_rx(conn, &why);
		if (rc < 0)
			goto failed;
		if (rc) {
			set_bit(KSOCK_JOB_READ, &job->flags);
			more = true;
		}
	}
	/* A message that was received may have caused one to be sent. */
	return more || test_bit(KSOCK_JOB_WRITE, &job->flags);

failed:
	conn_fail(conn, why, rc);
	return true;
}
