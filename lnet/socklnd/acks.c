// SPDX-License-Identifier: GPL-2.0
/*
 * Cookies that a peer wants back: with each message whose pages it has not copied
 * it sends one, and when that has come home it lets go of the pages. We send them
 * back alone, in headers without a message, on the connection that carries little
 * else from us to it.
 *
 * They come in order mostly, and then one header brings many back. A peer that
 * does not read them is read no further when there are LNET_SOCK_ACKS ranges.
 */
#include "conn.h"
#include "peer.h"

#include <linux/string.h>

/* Where they go; only headers of version 2 and later have room for them. */
static struct lnet_sock_conn *way_back(struct lnet_sock_peer *peer)
{
	static const enum lnet_sock_ctype order[] = {
		LNET_SOCK_BULK_IN, LNET_SOCK_CONTROL, LNET_SOCK_BULK_OUT, LNET_SOCK_ANY,
	};
	struct lnet_sock_conn *conn;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		conn = peer->conns[order[i]];
		if (conn && conn->open)
			return conn;
	}
	return NULL;
}

/**
 * lnet_sock_acks_note() - what came with a cookie is in memory
 * @conn: it came by this
 * @cookie: 0: none came
 *
 * Context: the connection's worker, which has asked lnet_sock_acks_hold_up()
 * since the one before.
 */
void lnet_sock_acks_note(struct lnet_sock_conn *conn, u64 cookie)
{
	struct lnet_sock_peer *peer = conn->peer;
	struct lnet_sock_range *range = peer->acks;
	struct lnet_sock_conn *way;

	if (!cookie)
		return;
	spin_lock(&peer->lock);
	/* It has ended: what the peer keeps for it is gone, and the next cookies are of others. */
	if (peer->conns[conn->type] != conn)
		goto out;
	if (peer->acks_nr)
		range += peer->acks_nr - 1;
	if (peer->acks_nr && range->last + 1 == cookie && conn->version == LNET_SOCK_V3) {
		range->last = cookie;
	} else if (peer->acks_nr < LNET_SOCK_ACKS) {
		range = &peer->acks[peer->acks_nr];
		range->first = cookie;
		range->last = cookie;
		WRITE_ONCE(peer->acks_nr, peer->acks_nr + 1);
	} else {
		/* Several connections were let through at once: none is lost. */
		lnet_sock_peer_close_locked(peer, LNET_SOCK_END_UNREAD, -ENOBUFS);
	}
	way = way_back(peer);
	if (way)
		lnet_sock_job_kick(&way->job, LNET_SOCK_JOB_WRITE);
out:
	spin_unlock(&peer->lock);
}

/* There is room again for those that were held up. */
static void let_go(struct lnet_sock_peer *peer)
{
	struct lnet_sock_conn *conn;
	int type;

	for (type = 0; type < LNET_SOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && test_and_clear_bit(LNET_SOCK_CONN_HELD_UP, &conn->job.flags))
			lnet_sock_job_kick(&conn->job, LNET_SOCK_JOB_READ);
	}
}

/**
 * lnet_sock_acks_take_locked() - cookies to be sent back now
 * @conn: asks before it takes its next message
 * @range: gets them
 *
 * Context: the connection's worker; the peer's lock is held.
 * Return: true if there are any, and this is where they go.
 */
bool lnet_sock_acks_take_locked(struct lnet_sock_conn *conn, struct lnet_sock_range *range)
{
	struct lnet_sock_peer *peer = conn->peer;

	lockdep_assert_held(&peer->lock);
	if (!peer->acks_nr || way_back(peer) != conn)
		return false;
	*range = peer->acks[0];
	WRITE_ONCE(peer->acks_nr, peer->acks_nr - 1);
	memmove(&peer->acks[0], &peer->acks[1], peer->acks_nr * sizeof(peer->acks[0]));
	if (peer->acks_nr < LNET_SOCK_ACKS / 2)
		let_go(peer);
	return true;
}

/**
 * lnet_sock_acks_hold_up() - is a connection to be read no further?
 * @conn: the connection
 *
 * With room left for what other connections of the peer are just reading.
 *
 * Context: the connection's worker.
 * Return: true if too many cookies wait; it is kicked when there are less.
 */
bool lnet_sock_acks_hold_up(struct lnet_sock_conn *conn)
{
	struct lnet_sock_peer *peer = conn->peer;
	bool hold;

	if (likely(READ_ONCE(peer->acks_nr) < LNET_SOCK_ACKS - LNET_SOCK_CTYPES))
		return false;
	spin_lock(&peer->lock);
	hold = peer->acks_nr >= LNET_SOCK_ACKS - LNET_SOCK_CTYPES;
	if (hold)
		set_bit(LNET_SOCK_CONN_HELD_UP, &conn->job.flags);
	spin_unlock(&peer->lock);
	return hold;
}
