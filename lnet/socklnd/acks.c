// SPDX-License-Identifier: GPL-2.0
/*
 * Cookies that a peer wants back: with each message whose pages it has not copied
 * it sends one, and when that has come home it lets go of the pages. We send them
 * back alone, in headers without a message, on the connection that carries little
 * else from us to it.
 *
 * They come in order mostly, and then one header brings many back. A peer that
 * does not read them is read no further when there are KSOCK_ACKS ranges.
 */
#include "conn.h"
#include "peer.h"

#include <linux/string.h>

/* Where they go; only headers of version 2 and later have room for them. */
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
 * ksock_acks_note() - what came with a cookie is in memory
 * @conn: it came by this
 * @cookie: 0: none came
 *
 * Context: the connection's worker, which has asked ksock_acks_hold_up()
 * since the one before.
 */
void ksock_acks_note(struct ksock_conn *conn, u64 cookie)
{
	struct ksock_peer *peer = conn->peer;
	struct ksock_range *range = peer->acks;
	struct ksock_conn *way;

	if (!cookie)
		return;
	spin_lock(&peer->lock);
	/* It has ended: what the peer keeps for it is gone, and the next cookies are of others. */
	if (peer->conns[conn->type] != conn)
		goto out;
	if (peer->acks_nr)
		range += peer->acks_nr - 1;
	if (peer->acks_nr && range->last + 1 == cookie && conn->version == KSOCK_V3) {
		range->last = cookie;
	} else if (peer->acks_nr < KSOCK_ACKS) {
		range = &peer->acks[peer->acks_nr];
		range->first = cookie;
		range->last = cookie;
		WRITE_ONCE(peer->acks_nr, peer->acks_nr + 1);
	} else {
		/* Several connections were let through at once: none is lost. */
		ksock_peer_close_locked(peer, KSOCK_REASON_UNREAD, -ENOBUFS);
	}
	way = acks_way_back(peer);
	if (way)
		ksock_job_kick(&way->job, KSOCK_JOB_WRITE);
out:
	spin_unlock(&peer->lock);
}

/* There is room again for those that were held up. */
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
 * ksock_acks_take_locked() - cookies to be sent back now
 * @conn: asks before it takes its next message
 * @range: gets them
 *
 * Context: the connection's worker; the peer's lock is held.
 * Return: true if there are any, and this is where they go.
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
 * ksock_acks_hold_up() - is a connection to be read no further?
 * @conn: the connection
 *
 * With room left for what other connections of the peer are just reading.
 *
 * Context: the connection's worker.
 * Return: true if too many cookies wait; it is kicked when there are less.
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
