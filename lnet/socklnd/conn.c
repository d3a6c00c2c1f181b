// SPDX-License-Identifier: GPL-2.0
/*
 * A connection, from the end of its handshake to its own.
 *
 *	handshake ── admitted by its peer ── start: callbacks, open ──► served
 *	                                                                  │
 *	      close_locked: out of the peer, CLOSE ◄── whoever, whyever ◄─┘
 *	                     │
 *	      its worker: callbacks back, what it had ends with an error, socket freed
 *
 * One worker serves a connection all its life: it alone reads, writes and ends
 * it, so what is half read and half written needs no lock. Others tell it that
 * there is something to do: a bit in @flags, and a place on the worker's list,
 * taken once (QUEUED). The worker clears QUEUED before it looks at the bits, so
 * a bit that is set while it looks brings the connection back to the list.
 *
 * Sockets call back in softirq, under sk_callback_lock; they find the connection
 * by sk_user_data, which end() takes away under the same lock. After that, and
 * with the connection out of its peer, nobody can queue it any more but who has
 * done so already: then it is on the list still, and the last reference goes
 * when it comes off.
 */
#include "conn.h"
#include "../hooks/window.h"
#include "param.h"
#include "peer.h"
#include "sock.h"
#include "worker.h"

#include <lnet/api.h>

#include <linux/kernel.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include <net/dst.h>
#include <net/sock.h>

/* Callbacks of the socket --------------------------------------------------- */

static struct lnet_sock_conn *conn_of(struct sock *sk)
{
	return sk->sk_user_data;
}

static void data_ready(struct sock *sk)
{
	struct lnet_sock_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = conn_of(sk);
	if (conn)
		lnet_sock_conn_kick(conn, LNET_SOCK_CONN_READ);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void write_space(struct sock *sk)
{
	struct lnet_sock_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = conn_of(sk);
	if (conn && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		lnet_sock_conn_kick(conn, LNET_SOCK_CONN_WRITE);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* The end of the stream and errors are found by reading. */
static void state_change(struct sock *sk)
{
	data_ready(sk);
}

static void error_report(struct sock *sk)
{
	data_ready(sk);
}

static void take_callbacks(struct lnet_sock_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	conn->data_ready = sk->sk_data_ready;
	conn->state_change = sk->sk_state_change;
	conn->write_space = sk->sk_write_space;
	conn->error_report = sk->sk_error_report;
	sk->sk_user_data = conn;
	sk->sk_data_ready = data_ready;
	sk->sk_state_change = state_change;
	sk->sk_write_space = write_space;
	sk->sk_error_report = error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void return_callbacks(struct lnet_sock_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = conn->data_ready;
	sk->sk_state_change = conn->state_change;
	sk->sk_write_space = conn->write_space;
	sk->sk_error_report = conn->error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Coming and going ---------------------------------------------------------- */

/*
 * Pages are sent as they are if the device takes fragments and sums them. To this
 * machine, and where the kernel has to sum them, it would copy them after all,
 * later and at more cost than TCP.
 */
static bool sends_pages(const struct lnet_sock_conn *conn)
{
	const struct net_device *dev;
	const struct dst_entry *dst;
	bool yes = false;

	if (lnet_sock_params.zerocopy != LNET_SOCK_ZEROCOPY_AUTO)
		return lnet_sock_params.zerocopy == LNET_SOCK_ZEROCOPY_ALWAYS;
	rcu_read_lock();
	dst = __sk_dst_get(conn->sock->sk);
	dev = dst ? READ_ONCE(dst->dev) : NULL;
	if (dev)
		yes = dev->features & NETIF_F_SG && !(dev->flags & IFF_LOOPBACK) &&
		      dev->features & (NETIF_F_HW_CSUM | NETIF_F_IP_CSUM);
	rcu_read_unlock();
	return yes;
}

/* Where messages are large, nothing of their payload is read but to its place. */
static unsigned int ahead(enum lnet_sock_ctype type)
{
	return type == LNET_SOCK_CONTROL || type == LNET_SOCK_ANY ?
	       LNET_SOCK_AHEAD : LNET_SOCK_HDR_BYTES + sizeof(struct lnet_hdr);
}

/**
 * lnet_sock_conn_new() - make a connection of a socket
 * @sock: connected; the connection's from now on
 * @type: what it is for, in our words
 * @hello: what the peer said
 *
 * Context: task; may sleep.
 * Return: the connection, in no peer; or NULL: no memory.
 */
struct lnet_sock_conn *lnet_sock_conn_new(struct socket *sock, enum lnet_sock_ctype type,
					  const struct lnet_sock_hello *hello)
{
	struct lnet_sock_conn *conn;

	conn = kzalloc(sizeof(*conn), GFP_NOFS);
	if (!conn)
		return NULL;
	conn->rx.ahead = ahead(type);
	conn->rx.buf = kmalloc(conn->rx.ahead, GFP_NOFS);
	if (!conn->rx.buf) {
		kfree(conn);
		return NULL;
	}

	refcount_set(&conn->refs, 1);
	conn->sock = sock;
	conn->type = type;
	conn->version = hello->version;
	conn->flip = hello->flip;
	conn->worker = lnet_sock_worker_choose();
	conn->rx_time = jiffies;
	conn->tx_time = jiffies;
	INIT_LIST_HEAD(&conn->queue);
	return conn;
}

/**
 * lnet_sock_conn_free() - free a connection that was never started
 * @conn: in no peer; its socket is the caller's again
 *
 * Context: task.
 */
void lnet_sock_conn_free(struct lnet_sock_conn *conn)
{
	atomic_dec(&conn->worker->conns);
	kfree(conn->rx.buf);
	kfree(conn);
}

/**
 * lnet_sock_conn_put() - let go of a connection
 * @conn: maybe gone on return
 *
 * Context: task.
 */
void lnet_sock_conn_put(struct lnet_sock_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refs))
		return;
	lnet_sock_peer_put(conn->peer);
	lnet_sock_conn_free(conn);
}

/**
 * lnet_sock_conn_kick() - have its worker look at a connection
 * @conn: held, or its socket's callbacks are
 * @what: for what
 *
 * Context: any.
 */
void lnet_sock_conn_kick(struct lnet_sock_conn *conn, enum lnet_sock_conn_flag what)
{
	set_bit(what, &conn->flags);
	if (!test_and_set_bit(LNET_SOCK_CONN_QUEUED, &conn->flags))
		lnet_sock_worker_add(conn->worker, conn);
}

/**
 * lnet_sock_conn_start() - both sides have said HELLO
 * @conn: admitted by its peer; served from now on
 *
 * Context: task; may sleep.
 */
void lnet_sock_conn_start(struct lnet_sock_conn *conn)
{
	struct lnet_sock_peer *peer = conn->peer;

	/* Once it is open its worker may end it, and let go of it, at any moment. */
	lnet_sock_conn_get(conn);
	WRITE_ONCE(conn->rx_time, jiffies);
	WRITE_ONCE(conn->tx_time, jiffies);
	conn->sends_pages = sends_pages(conn);
	/*
	 * Both at once: who answers what is read finds it open, and who closes
	 * it finds the callbacks there.
	 */
	spin_lock(&peer->lock);
	take_callbacks(conn);
	conn->open = !test_bit(LNET_SOCK_CONN_CLOSE, &conn->flags);
	spin_unlock(&peer->lock);
	lnet_window(LNET_WINDOW_SOCK_CONN_OPEN);
	lnet_sock_peer_heard(peer);
	/* What came before the callbacks were ours; and the close, if there was one. */
	lnet_sock_conn_kick(conn, LNET_SOCK_CONN_READ);
	/* Cookies may wait on another one, which leaves them to this one now. */
	if (READ_ONCE(peer->acks_nr))
		lnet_sock_conn_kick(conn, LNET_SOCK_CONN_WRITE);
	lnet_sock_peer_launch(peer);
	lnet_sock_conn_put(conn);
}

/**
 * lnet_sock_conn_close_locked() - end a connection
 * @conn: of a peer; out of it on return
 * @why: counted, and if it is bad said in the log
 * @error: what its messages get
 *
 * The worker does it; the socket may be used until then. A connection in its
 * handshake is ended by who does that, who finds CLOSE set.
 *
 * Context: task; the peer's lock is held.
 */
void lnet_sock_conn_close_locked(struct lnet_sock_conn *conn,
				 enum lnet_sock_end why, int error)
{
	struct lnet_sock_peer *peer = conn->peer;
	char name[LNET_IDSTR_SIZE];

	lockdep_assert_held(&peer->lock);
	if (peer->conns[conn->type] != conn)
		return;
	peer->conns[conn->type] = NULL;
	conn->why = why;
	conn->error = error;
	lnet_sock_count_end(why);
	if (lnet_sock_end_is_bad(why))
		pr_warn_ratelimited(LNET_SOCK_NAME ": %s at %pI4h:%u: connection ended: %s (%d)\n",
				    lnet_sock_peer_name(peer, name, sizeof(name)),
				    &conn->ip, conn->port, lnet_sock_end_text(why), error);
	set_bit(LNET_SOCK_CONN_CLOSE, &conn->flags);
	if (conn->open)
		lnet_sock_conn_kick(conn, LNET_SOCK_CONN_CLOSE);
	conn->open = false;
}

/* Being served -------------------------------------------------------------- */

/* Its worker found that it must end, and all of the peer's with it. */
static void close_all(struct lnet_sock_conn *conn, enum lnet_sock_end why, int error)
{
	struct lnet_sock_peer *peer = conn->peer;

	lnet_window(LNET_WINDOW_SOCK_CONN_BROKEN);
	spin_lock(&peer->lock);
	/*
	 * The one that is to blame is named, and the others follow it. If it has
	 * been closed meanwhile, they are its successors.
	 */
	if (peer->conns[conn->type] == conn) {
		lnet_sock_conn_close_locked(conn, why, error);
		lnet_sock_peer_close_locked(peer, LNET_SOCK_END_PEER, error);
	}
	spin_unlock(&peer->lock);
}

/*
 * The connection is out of its peer, and this is its worker. Pages that are on
 * their way keep it until TCP lets go of them, which it does at once if the
 * connection is aborted.
 */
static void end(struct lnet_sock_conn *conn)
{
	enum lnet_sock_end why;
	bool abort;
	int error;

	/* Who closed it has let go of the lock by now. */
	spin_lock(&conn->peer->lock);
	why = conn->why;
	error = conn->error;
	spin_unlock(&conn->peer->lock);

	abort = atomic_read(&conn->zc) || why == LNET_SOCK_END_TIMEOUT;
	return_callbacks(conn);
	lnet_sock_tx_end(conn, error);
	lnet_sock_rx_end(conn, error);
	lnet_sock_end(conn->sock, abort);
	conn->sock = NULL;
	lnet_window(LNET_WINDOW_SOCK_CONN_ENDING);

	/* Queued once more before the callbacks went? Then it comes back. */
	set_bit(LNET_SOCK_CONN_ENDED, &conn->flags);
	if (!test_and_set_bit(LNET_SOCK_CONN_QUEUED, &conn->flags))
		lnet_sock_conn_put(conn);
}

/*
 * Returns true if there is more to do at once, for who comes after others that
 * wait as well.
 */
static bool work(struct lnet_sock_conn *conn)
{
	enum lnet_sock_end why;
	bool more = false;
	int rc;

	/* First what goes: an answer is worth more than another question. */
	if (test_and_clear_bit(LNET_SOCK_CONN_WRITE, &conn->flags)) {
		rc = lnet_sock_tx(conn, &why);
		if (rc < 0)
			goto failed;
		if (rc) {
			set_bit(LNET_SOCK_CONN_WRITE, &conn->flags);
			more = true;
		}
	}
	if (test_and_clear_bit(LNET_SOCK_CONN_READ, &conn->flags)) {
		rc = lnet_sock_rx(conn, &why);
		if (rc < 0)
			goto failed;
		if (rc) {
			set_bit(LNET_SOCK_CONN_READ, &conn->flags);
			more = true;
		}
	}
	/* What was received may have made something to send. */
	return more || test_bit(LNET_SOCK_CONN_WRITE, &conn->flags);

failed:
	close_all(conn, why, rc);
	return true;
}

/**
 * lnet_sock_conn_serve() - do what there is to do for a connection
 * @conn: off its worker's list
 *
 * Context: its worker; may sleep.
 */
void lnet_sock_conn_serve(struct lnet_sock_conn *conn)
{
	bool again;

	clear_bit(LNET_SOCK_CONN_QUEUED, &conn->flags);
	/* Whoever sets a bit after we have looked at it sees QUEUED cleared. */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_CONN_SERVED);

	if (test_bit(LNET_SOCK_CONN_ENDED, &conn->flags)) {
		lnet_sock_conn_put(conn);
		return;
	}
	if (test_bit(LNET_SOCK_CONN_CLOSE, &conn->flags)) {
		end(conn);
		return;
	}
	again = work(conn);
	if (again && !test_and_set_bit(LNET_SOCK_CONN_QUEUED, &conn->flags))
		lnet_sock_worker_add(conn->worker, conn);
}
