// SPDX-License-Identifier: GPL-2.0
/*
 * Cookies that a peer wants back. A peer sends a cookie with each message whose pages it has
 * not copied, and lets go of the pages when the cookie comes back. We send cookies back in
 * headers without a message (NOOP), on the connection on which we send little else.
 *
 * Cookies mostly come in order, and then one header returns many. If a peer does not read
 * them, we stop reading from it when almost KSOCK_ACKS ranges wait.
 */
#include "acks.h"
#include "conn.h"
#include "conns.h"
#include "peer.h"

#include <linux/string.h>

/* Return the connection on which cookies go back, or NULL. Version 1 has no cookies. */
static struct ksock_conn *acks_way_back(struct ksock_peer *peer)
{
	static const enum ksock_ctype order[] = {
		KSOCK_BULK_IN, KSOCK_CONTROL, KSOCK_BULK_OUT, KSOCK_ANY,
	};
	struct ksock_conn *conn;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		conn = peer->conns[order[i]];
		if (conn && conn->open)
			return conn;
	}
	return NULL;
}

/**
 * ksock_acks_note() - queue the cookie of a message that is in memory now
 * @conn: the connection that the message came by
 * @cookie: the cookie; 0: the message has none
 *
 * Context: the connection's worker, which has asked ksock_acks_hold_up() since the previous
 * cookie.
 */
void ksock_acks_note(struct ksock_conn *conn, u64 cookie)
{
	struct ksock_peer *peer = conn->peer;
	struct ksock_range *range = peer->acks;
	struct ksock_conn *way;

	if (!cookie)
		return;
	spin_lock(&peer->lock);
	/* It has ended: the peer needs no cookie of it, and the queue is for its successors. */
	if (peer->conns[conn->type] != conn)
		goto out;
	if (peer->acks_nr)
		range += peer->acks_nr - 1;
	if (peer->acks_nr && range->last + 1 == cookie && conn->version >= KSOCK_V3) {
		range->last = cookie;
	} else if (peer->acks_nr < KSOCK_ACKS) {
		range = &peer->acks[peer->acks_nr];
		range->first = cookie;
		range->last = cookie;
		WRITE_ONCE(peer->acks_nr, peer->acks_nr + 1);
	} else {
		/*
		 * ksock_acks_hold_up() leaves room. If it did not, no cookie of a connection that
		 * stays is lost.
		 */
		ksock_conns_close_locked(peer, KSOCK_REASON_UNREAD, -ENOBUFS);
	}
	way = acks_way_back(peer);
	if (way)
		ksock_job_kick(&way->job, KSOCK_JOB_WRITE);
out:
	spin_unlock(&peer->lock);
}

/* There is room again: resume the connections that were held up. */
static void acks_let_go(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && test_and_clear_bit(KSOCK_CONN_HELD_UP, &conn->job.flags))
			ksock_job_kick(&conn->job, KSOCK_JOB_READ);
	}
}

/**
 * ksock_acks_take_locked() - take the cookies that a connection is to send back now
 * @conn: the connection, which is about to choose what to send next
 * @range: set to the cookies, if there are any
 *
 * Context: the connection's worker; the peer's lock is held.
 * Return: true if cookies wait and go back on @conn.
 */
bool ksock_acks_take_locked(struct ksock_conn *conn, struct ksock_range *range)
{
	struct ksock_peer *peer = conn->peer;

	lockdep_assert_held(&peer->lock);
	if (!peer->acks_nr || acks_way_back(peer) != conn)
		return false;
	*range = peer->acks[0];
	WRITE_ONCE(peer->acks_nr, peer->acks_nr - 1);
	memmove(&peer->acks[0], &peer->acks[1], peer->acks_nr * sizeof(peer->acks[0]));
	if (peer->acks_nr < KSOCK_ACKS / 2)
		acks_let_go(peer);
	return true;
}

/**
 * ksock_acks_hold_up() - tell whether a connection must not be read further
 * @conn: the connection that is about to be read
 *
 * The bound leaves room for a cookie of each connection of the peer, as the others may be
 * receiving a message just now.
 *
 * Context: the connection's worker.
 * Return: true if too many cookies wait; the connection is kicked when fewer wait.
 */
bool ksock_acks_hold_up(struct ksock_conn *conn)
{
	struct ksock_peer *peer = conn->peer;
	bool hold;

	if (likely(READ_ONCE(peer->acks_nr) < KSOCK_ACKS - KSOCK_CTYPES))
		return false;
	spin_lock(&peer->lock);
	hold = peer->acks_nr >= KSOCK_ACKS - KSOCK_CTYPES;
	if (hold)
		set_bit(KSOCK_CONN_HELD_UP, &conn->job.flags);
	spin_unlock(&peer->lock);
	return hold;
}
