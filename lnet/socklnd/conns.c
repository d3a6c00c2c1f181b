// SPDX-License-Identifier: GPL-2.0
/*
 * The connections of a peer: at most one of each type. Which of them a message may go by, and
 * how they end.
 *
 * Ending one only takes it out of its peer and marks it. Its worker does the rest, see conn.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "conns.h"
#include "conn.h"
#include "param.h"
#include "peer.h"

#include "socket.h"

#include <lnet/api.h>

#include <linux/jiffies.h>

enum { QUICK_MS = 100 };	/* a connection that breaks sooner was of no use */

/* The connections there are ------------------------------------------------- */

static bool conns_take_messages(const struct ksock_conn *conn)
{
	return conn->version < KSOCK_V3 ||
	       (conn->type != KSOCK_ANY && conn->type != KSOCK_BULK_IN);
}

/* An open connection of that type by which messages may go, or NULL. */
static struct ksock_conn *conns_open_one(struct ksock_peer *peer,
					 enum ksock_ctype type)
{
	struct ksock_conn *conn = peer->conns[type];

	if (conn && conn->open && conns_take_messages(conn))
		return conn;
	return NULL;
}

/**
 * ksock_conns_for_locked() - choose the connection that a message goes by
 * @peer: the peer that the message is for
 * @payload: length of the message's payload, bytes
 *
 * Small and large messages go by different connections, if there are both; what counts is all that
 * goes to the peer, as in a real node. Before version 3 messages go by connections of any type.
 *
 * Context: the peer's lock is held.
 * Return: the connection, which is open; or NULL.
 */
struct ksock_conn *ksock_conns_for_locked(struct ksock_peer *peer, unsigned int payload)
{
	const bool bulk = ksock_proto_headers(peer->version) + payload >= ksock_params.min_bulk;
	struct ksock_conn *conn;

	lockdep_assert_held(&peer->lock);
	conn = conns_open_one(peer, bulk ? KSOCK_BULK_OUT : KSOCK_CONTROL);
	if (!conn)
		conn = conns_open_one(peer, bulk ? KSOCK_CONTROL : KSOCK_BULK_OUT);
	if (!conn)
		conn = conns_open_one(peer, KSOCK_ANY);
	if (!conn)
		conn = conns_open_one(peer, KSOCK_BULK_IN);
	return conn;
}

/**
 * ksock_conns_stuck_locked() - tell whether TCP gets no ACK on a connection of a peer
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if what was sent was sent again, more than once, in vain.
 */
bool ksock_conns_stuck_locked(struct ksock_peer *peer)
{
	int type;

	lockdep_assert_held(&peer->lock);
	/* An open connection has its socket until it is taken from the peer. */
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type] && peer->conns[type]->open &&
		    ksock_socket_is_stuck(peer->conns[type]->job.sock))
			return true;
	return false;
}

/**
 * ksock_conns_usable_locked() - tell whether a message can go to a peer
 * @peer: the peer that the message is for
 *
 * Context: the peer's lock is held.
 * Return: true if there is an open connection for it.
 */
bool ksock_conns_usable_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	return ksock_conns_for_locked(peer, 0);
}

/**
 * ksock_conns_opening_locked() - tell whether a message will soon be able to go to a peer
 * @peer: the peer that the message is for
 *
 * Context: the peer's lock is held.
 * Return: true if a connection for it has been admitted, and will open in a moment.
 */
bool ksock_conns_opening_locked(struct ksock_peer *peer)
{
	const struct ksock_conn *conn;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && !conn->open && conns_take_messages(conn))
			return true;
	}
	return false;
}

/**
 * ksock_conns_any_locked() - tell whether a peer has a connection
 * @peer: the peer whose connections are asked for
 *
 * Context: the peer's lock is held.
 * Return: true if it has one, open or not yet open.
 */
bool ksock_conns_any_locked(struct ksock_peer *peer)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type])
			return true;
	return false;
}

/* Their end ----------------------------------------------------------------- */

/**
 * ksock_conns_was_quick() - tell whether a connection has broken too soon to be of use
 * @conn: the connection, which ends now
 *
 * Context: any.
 * Return: true if so.
 */
bool ksock_conns_was_quick(const struct ksock_conn *conn)
{
	return !time_after(jiffies, conn->made_at + msecs_to_jiffies(QUICK_MS));
}

/**
 * ksock_conns_close_one_locked() - end a connection
 * @conn: a connection that has been admitted by its peer; out of the peer on return
 * @why: reason to count, and for ksock_conns_log_end()
 * @error: -errno with which its messages end
 *
 * This only marks it; the worker ends it, and the socket may be used until then. A
 * connection that is not open yet ends when it is started. Does nothing if @conn has
 * been closed before.
 *
 * Context: task; the peer's lock is held.
 */
void ksock_conns_close_one_locked(struct ksock_conn *conn,
				  enum ksock_reason why, int error)
{
	struct ksock_peer *peer = conn->peer;

	lockdep_assert_held(&peer->lock);
	if (peer->conns[conn->type] != conn)
		return;
	peer->conns[conn->type] = NULL;
	if (conn->open && !ksock_conns_was_quick(conn))
		ksock_peer_useful(peer);
	conn->why = why;
	conn->error = error;
	ksock_reason_count(why);
	if (conn->open)
		ksock_job_kick(&conn->job, KSOCK_JOB_CLOSE);
	else
		set_bit(KSOCK_JOB_CLOSE, &conn->job.flags);
	conn->open = false;
}

/**
 * ksock_conns_close_locked() - end all connections of a peer
 * @peer: the peer whose connections end
 * @why: reason to count for each connection
 * @error: -errno with which their messages end
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_conns_close_locked(struct ksock_peer *peer, enum ksock_reason why,
			      int error)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type])
			ksock_conns_close_one_locked(peer->conns[type], why, error);
	peer->incarnation = 0;
	/* The process that comes back may be another, which speaks a later version. */
	peer->version = ksock_proto_first_version(peer->key.nid);
	/* Cookies belong to connections; new connections bring new cookies. */
	WRITE_ONCE(peer->acks_nr, 0);
}

/**
 * ksock_conns_log_end() - log that a connection has ended, if the reason is a bad one
 * @conn: the connection, closed by ksock_conns_close_one_locked(); the caller holds a reference
 *
 * A thread that closes a connection holds the peer's lock, and a console may be slow. So this is
 * done later: by the thread that ends it or, as that may be stuck, by the thread that closed it.
 * Whichever comes first logs it.
 *
 * Context: task; no lock is held.
 */
void ksock_conns_log_end(struct ksock_conn *conn)
{
	/* TCP has many errors; each other reason says more than its errno does. */
	const bool by_tcp = conn->why == KSOCK_REASON_ERROR;
	char name[LNET_IDSTR_SIZE], text[KSOCK_ADDR_TEXT];

	if (!ksock_reason_is_bad(conn->why) ||
	    test_and_set_bit(KSOCK_CONN_LOGGED, &conn->job.flags))
		return;
	pr_warn_ratelimited("connection with %s at %s ended: %s%s%s (error %d)\n",
			    ksock_peer_name(conn->peer, name, sizeof(name)),
			    ksock_addr_print(&conn->addr, conn->port, text),
			    ksock_reason_text(conn->why),
			    by_tcp ? ": " : "",
			    by_tcp ? lnet_error_text(conn->error) : "", conn->error);
}

/**
 * ksock_conns_close() - end all connections of a peer, without its lock held, and log it
 * @peer: the peer
 * @why: reason to count for each connection
 * @error: -errno with which their messages end
 *
 * Context: task; does not sleep.
 */
void ksock_conns_close(struct ksock_peer *peer, enum ksock_reason why, int error)
{
	struct ksock_conn *ended[KSOCK_CTYPES];
	unsigned int n = 0;
	int type;

	spin_lock(&peer->lock);
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type]) {
			ksock_job_get(&peer->conns[type]->job);
			ended[n++] = peer->conns[type];
		}
	ksock_conns_close_locked(peer, why, error);
	spin_unlock(&peer->lock);
	while (n--) {
		ksock_conns_log_end(ended[n]);
		ksock_job_put(&ended[n]->job);
	}
}
