// SPDX-License-Identifier: GPL-2.0
/*
 * A connection, from the end of its handshake to its own.
 *
 *	handshake ── admitted by its peer ── start: its socket, open ──► served
 *	                                                                  │
 *	      close_locked: out of the peer, CLOSE ◄── whoever, whyever ◄─┘
 *	                     │
 *	      its worker: what it had ends with an error, the socket is drained
 *
 * It is a job of its worker (job.c), which alone reads, writes and ends it.
 */
#include "conn.h"
#include "../hooks/window.h"
#include "drain.h"
#include "param.h"
#include "peer.h"
#include "worker.h"

#include <lnet/api.h>

#include <linux/kernel.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include <net/dst.h>
#include <net/sock.h>

enum { QUICK_MS = 100 };	/* one that breaks before was no use */

/* Coming and going ---------------------------------------------------------- */

/*
 * Pages are sent as they are if the device takes fragments and sums them. To this
 * machine, and where the kernel has to sum them, it would copy them after all,
 * later and at more cost than TCP.
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

/* Where messages are large, nothing of their payload is read but to its place. */
static unsigned int conn_ahead_bytes(enum ksock_ctype type, unsigned int version)
{
	if (type == KSOCK_CONTROL || type == KSOCK_ANY)
		return KSOCK_AHEAD;
	return sizeof(struct lnet_hdr) + (version == KSOCK_V1 ? 0 : KSOCK_HDR_BYTES);
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
 * @worker: serves its handshake, and will serve it
 * @type: what it is for, in our words
 * @hello: what the peer said
 *
 * Context: task; may sleep.
 * Return: the connection, in no peer and without a socket; or NULL: no memory.
 */
struct ksock_conn *ksock_conn_new(struct ksock_worker *worker,
				  enum ksock_ctype type,
				  const struct ksock_hello *hello)
{
	struct ksock_conn *conn;

	conn = kzalloc(sizeof(*conn), GFP_NOFS);
	if (!conn)
		return NULL;
	conn->rx.ahead = conn_ahead_bytes(type, hello->version);
	conn->rx.buf = kmalloc(conn->rx.ahead, GFP_NOFS);
	if (!conn->rx.buf) {
		kfree(conn);
		return NULL;
	}

	ksock_worker_join(worker);
	ksock_job_init(&conn->job, &conn_ops, worker);
	conn->type = type;
	conn->version = hello->version;
	conn->flip = hello->flip;
	conn->born = jiffies;
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
 * ksock_conn_discard() - a connection that was never started
 * @conn: gone on return, for the caller; out of its peer, if it was in one
 *
 * Context: task.
 */
void ksock_conn_discard(struct ksock_conn *conn)
{
	ksock_job_put(&conn->job);
}

/**
 * ksock_conn_start() - both sides have said HELLO
 * @conn: admitted by its peer; served from now on
 * @greet: the handshake, whose socket becomes the connection's
 *
 * Context: its worker; may sleep.
 */
void ksock_conn_start(struct ksock_conn *conn, struct ksock_job *greet)
{
	struct ksock_peer *peer = conn->peer;
	bool open;

	ksock_job_get(&conn->job);
	/*
	 * Both at once: who answers what is read finds it open, and who closes
	 * it finds the socket there.
	 */
	spin_lock(&peer->lock);
	ksock_job_pass(greet, &conn->job);
	conn->sends_pages = conn_sends_pages(conn);
	open = !ksock_job_is_closing(&conn->job);
	conn->open = open;
	/*
	 * What we send needs another one than such. But whoever says that he is at
	 * another address than his does not have us connect to that.
	 */
	if (open && conn->type == KSOCK_ANY && LNET_NIDADDR(peer->key.nid) == conn->ip)
		ksock_dial_locked(peer, true);
	spin_unlock(&peer->lock);
	lnet_window(LNET_WINDOW_SOCK_CONN_OPEN);
	ksock_peer_heard(peer);
	/* What came before the socket was ours; and the close, if there was one. */
	ksock_job_kick(&conn->job, KSOCK_JOB_READ);
	/* Cookies may wait on another one, which leaves them to this one now. */
	if (READ_ONCE(peer->acks_nr))
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	ksock_peer_launch(peer);
	/* What was to go by it. */
	if (!open)
		ksock_peer_fail_lost(peer);
	ksock_job_put(&conn->job);
}

/**
 * ksock_conn_close_locked() - end a connection
 * @conn: of a peer; out of it on return
 * @why: counted, and if it is bad said in the log
 * @error: what its messages get
 *
 * The worker does it; the socket may be used until then. One that is not open yet
 * is ended when it is started.
 *
 * Context: task; the peer's lock is held.
 */
void ksock_conn_close_locked(struct ksock_conn *conn,
			     enum ksock_reason why, int error)
{
	struct ksock_peer *peer = conn->peer;
	char name[LNET_IDSTR_SIZE];

	lockdep_assert_held(&peer->lock);
	if (peer->conns[conn->type] != conn)
		return;
	peer->conns[conn->type] = NULL;
	if (conn->open && time_after(jiffies, conn->born + msecs_to_jiffies(QUICK_MS)))
		ksock_peer_useful(peer);
	conn->why = why;
	conn->error = error;
	ksock_reason_count(why);
	if (ksock_reason_is_bad(why))
		pr_warn_ratelimited(KSOCK_NAME ": %s at %pI4h:%u: connection ended: %s (%d)\n",
				    ksock_peer_name(peer, name, sizeof(name)),
				    &conn->ip, conn->port, ksock_reason_text(why), error);
	if (conn->open)
		ksock_job_kick(&conn->job, KSOCK_JOB_CLOSE);
	else
		set_bit(KSOCK_JOB_CLOSE, &conn->job.flags);
	conn->open = false;
}

/* Being served -------------------------------------------------------------- */

/*
 * Its worker found that it must end, and all of the peer's with it. If it has not
 * lived for long it was no use to connect, and the next attempt waits.
 */
static void conn_fail(struct ksock_conn *conn, enum ksock_reason why, int error)
{
	struct ksock_peer *peer = conn->peer;

	lnet_window(LNET_WINDOW_SOCK_CONN_BROKEN);
	spin_lock(&peer->lock);
	/*
	 * The one that is to blame is named, and the others follow it. If it has
	 * been closed meanwhile, they are its successors.
	 */
	if (peer->conns[conn->type] == conn) {
		ksock_conn_close_locked(conn, why, error);
		ksock_peer_close_locked(peer, KSOCK_REASON_PEER, error);
		if (time_before(jiffies, conn->born + msecs_to_jiffies(QUICK_MS)))
			ksock_dial_died_locked(peer, conn->renewals, error);
	}
	spin_unlock(&peer->lock);
}

/* What is dropped at once, as nobody can want it, or it did not go. */
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
 * The connection is out of its peer. Pages that are on their way keep it until TCP
 * lets go of them: at once if it is aborted, else when the socket is drained.
 */
static void conn_end(struct ksock_job *job)
{
	struct ksock_conn *conn = conn_of(job);
	struct socket *sock = ksock_job_drop(job);
	enum ksock_reason why;
	bool abort;
	int error;

	/* Who closed it has let go of the lock by now. */
	spin_lock(&conn->peer->lock);
	why = conn->why;
	error = conn->error;
	spin_unlock(&conn->peer->lock);

	/* Of a message that has gone in part the other side would take the next for the rest. */
	abort = conn_ends_abruptly(why) || (conn->tx.busy && conn->tx.sent);
	ksock_tx_end(conn, error, abort);
	ksock_rx_end(conn, error);
	ksock_drain(sock, abort);
}

/* Returns true if there is more to do, for who comes after others that wait as well. */
static bool conn_serve(struct ksock_job *job)
{
	struct ksock_conn *conn = conn_of(job);
	enum ksock_reason why;
	bool more = false;
	int rc;

	/* First what goes: an answer is worth more than another question. */
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
	/* What was received may have made something to send. */
	return more || test_bit(KSOCK_JOB_WRITE, &job->flags);

failed:
	conn_fail(conn, why, rc);
	return true;
}
