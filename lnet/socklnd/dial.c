// SPDX-License-Identifier: GPL-2.0
/*
 * Connecting to a peer: a work item of the peer, which waits for the network.
 *
 * It makes the connections that are missing, CONTROL, BULK_IN and BULK_OUT in this
 * order, while messages go by those that are there. What may come of an attempt:
 *
 *	good		the next one
 *	-EAGAIN		the peer speaks another version, or has started anew: at once
 *	-EALREADY	the peer has one, or connects to us: again after a while,
 *			longer each time; after the third we live with what there is
 *	anything else	what waits ends with this error, and nothing is tried for a
 *			while, longer each time
 *
 * There is no timer behind the last: it is a message that makes us try.
 */
#include "conn.h"
#include "../hooks/window.h"
#include "hello.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "sock.h"

#include <lnet/api.h>

#include <linux/err.h>
#include <linux/net.h>
#include <linux/sched/mm.h>

enum {
	PORT_FIRST	= LNET_SOCK_PRIVILEGED_LAST,	/* and downwards */
	PORT_LAST	= 512,
	ALREADY_MAX	= 3,
	AGAIN_MAX	= 4,		/* in one run of the work */
};

static const enum lnet_sock_ctype wanted[] = {
	LNET_SOCK_CONTROL, LNET_SOCK_BULK_IN, LNET_SOCK_BULK_OUT,
};

static enum lnet_sock_ctype missing_locked(struct lnet_sock_peer *peer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!peer->conns[wanted[i]])
			return wanted[i];
	return LNET_SOCK_NONE;
}

/**
 * lnet_sock_dial_may() - is that somebody we would connect to?
 * @net: by this NI
 * @nid: his NID
 * @pid: his PID
 *
 * Return: false: it is ourselves, or of another network, or a process that only
 * connects to us.
 */
bool lnet_sock_dial_may(const struct lnet_sock_net *net, lnet_nid_t nid, lnet_pid_t pid)
{
	return !(pid & LNET_PID_USERFLAG) && nid != net->ni->nid &&
	       LNET_NIDNET(nid) == LNET_NIDNET(net->ni->nid);
}

/**
 * lnet_sock_dial_locked() - connect to a peer, if it takes that
 * @peer: whom to
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if a connection is on its way, so that a message may wait for it.
 */
bool lnet_sock_dial_locked(struct lnet_sock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (peer->dial_queued)
		return true;
	if (!lnet_sock_dial_may(peer->net, peer->key.nid, peer->key.pid) ||
	    READ_ONCE(peer->net->closing))
		return false;
	/* Who has connected to us has what he wants. */
	if (lnet_sock_peer_usable_locked(peer) &&
	    (!peer->ours || missing_locked(peer) == LNET_SOCK_NONE))
		return false;
	if (peer->error && time_before(jiffies, peer->retry_at))
		return false;
	peer->ours = true;
	peer->dial_queued = true;
	lnet_sock_peer_get(peer);
	queue_delayed_work(lnet_sock_dial_wq, &peer->dial, 0);
	return true;
}

/* An attempt can be ended from outside by shutting its socket down. */
static int show(struct lnet_sock_peer *peer, struct socket *sock)
{
	struct lnet_sock_net *net = peer->net;
	int rc = 0;

	mutex_lock(&net->abort_mutex);
	if (READ_ONCE(net->closing)) {
		rc = -ESHUTDOWN;
	} else {
		peer->dial_sock = sock;
		list_add(&peer->dial_link, &net->dials);
	}
	mutex_unlock(&net->abort_mutex);
	return rc;
}

static void hide(struct lnet_sock_peer *peer)
{
	mutex_lock(&peer->net->abort_mutex);
	list_del(&peer->dial_link);
	peer->dial_sock = NULL;
	mutex_unlock(&peer->net->abort_mutex);
}

/**
 * lnet_sock_dials_stop() - end attempts that are under way
 * @net: closing, or its address has gone
 *
 * One that has not begun to connect goes on all the same: who waits for all of
 * them to end does this over and over.
 *
 * Context: task; may sleep.
 */
void lnet_sock_dials_stop(struct lnet_sock_net *net)
{
	struct lnet_sock_peer *peer;

	mutex_lock(&net->abort_mutex);
	list_for_each_entry(peer, &net->dials, dial_link)
		kernel_sock_shutdown(peer->dial_sock, SHUT_RDWR);
	mutex_unlock(&net->abort_mutex);
}

/**
 * lnet_sock_dial_hurry() - one that waits for its time need not
 * @peer: its NI is closing
 *
 * Context: task; does not sleep.
 */
void lnet_sock_dial_hurry(struct lnet_sock_peer *peer)
{
	spin_lock(&peer->lock);
	/* If the work runs it will run once more, and let go of the peer then, too. */
	if (peer->dial_queued && !mod_delayed_work(lnet_sock_dial_wq, &peer->dial, 0))
		lnet_sock_peer_get(peer);
	spin_unlock(&peer->lock);
}

/* From a port that only root has, the first that is free; not shown any more. */
static struct socket *reach(struct lnet_sock_peer *peer)
{
	u32 ip = LNET_NIDADDR(peer->key.nid);
	struct socket *sock;
	int port, rc;

	for (port = PORT_FIRST; port >= PORT_LAST; port--) {
		/* That one is for who connects to us. */
		if (port == lnet_sock_params.port)
			continue;
		sock = lnet_sock_new(peer->net->ip, port);
		if (IS_ERR(sock)) {
			rc = PTR_ERR(sock);
			if (rc == -EADDRINUSE)
				continue;
			return sock;
		}
		rc = show(peer, sock);
		if (!rc) {
			rc = lnet_sock_reach(sock, ip, lnet_sock_params.port,
					     lnet_sock_params.timeout);
			if (!rc)
				return sock;
			hide(peer);
		}
		lnet_sock_end(sock, true);
		if (rc != -EADDRNOTAVAIL && rc != -EADDRINUSE)
			return ERR_PTR(rc);
	}
	return ERR_PTR(-EADDRINUSE);
}

/* We speak first, and do not wait between the two. */
static int say(struct lnet_sock_peer *peer, struct socket *sock,
	       enum lnet_sock_ctype type, unsigned int version)
{
	u8 bytes[LNET_SOCK_CONNREQ_BYTES];
	int rc;

	lnet_sock_connreq_encode(bytes, peer->key.nid);
	rc = lnet_sock_write(sock, bytes, sizeof(bytes), lnet_sock_params.timeout);
	return rc ?: lnet_sock_hello_say(sock, peer->net, peer->key.nid, version, type);
}

/* Whoever configured it wants to know who it is that answers there. */
static void say_wrong(struct lnet_sock_peer *peer, enum lnet_sock_ctype type,
		      const struct lnet_sock_hello *hello)
{
	struct lnet_process_id id = { .nid = hello->src_nid, .pid = hello->src_pid };
	char name[LNET_IDSTR_SIZE], other[LNET_IDSTR_SIZE];

	pr_warn_ratelimited(LNET_SOCK_NAME ": %s asked for a connection of type %d answers as %s, version %u, type %d\n",
			    lnet_sock_peer_name(peer, name, sizeof(name)), type,
			    libcfs_id2str_r(id, other, sizeof(other)), hello->version,
			    hello->ctype);
}

/* What the peer says to it, checked against what it must say. */
static int hear(struct lnet_sock_peer *peer, struct socket *sock,
		enum lnet_sock_ctype type, unsigned int version,
		struct lnet_sock_hello *hello)
{
	unsigned long end = jiffies + lnet_sock_params.timeout * HZ;
	int rc = lnet_sock_hello_hear(sock, end, hello);

	if (rc == -EPROTONOSUPPORT)
		return -EPROTO;
	if (rc)
		return rc;
	if (hello->ctype == LNET_SOCK_NONE) {
		if (hello->version == version)
			return -EALREADY;
		spin_lock(&peer->lock);
		peer->version = hello->version;
		spin_unlock(&peer->lock);
		return -EAGAIN;
	}
	if (hello->version == version && hello->src_nid == peer->key.nid &&
	    hello->src_pid == peer->key.pid && hello->ctype == lnet_sock_mirror(type))
		return 0;
	say_wrong(peer, type, hello);
	return -EPROTO;
}

/* Both have said HELLO: the connection is the peer's, or is not wanted. */
static int admit(struct lnet_sock_peer *peer, struct socket *sock,
		 enum lnet_sock_ctype type, const struct lnet_sock_hello *hello)
{
	enum lnet_sock_end why = LNET_SOCK_END_SHUTDOWN;
	struct lnet_sock_conn *conn;
	int rc;

	conn = lnet_sock_conn_new(sock, type, hello);
	if (!conn) {
		lnet_sock_count_end(LNET_SOCK_END_NO_MEMORY);
		return -ENOMEM;
	}
	conn->ip = LNET_NIDADDR(peer->key.nid);
	conn->port = lnet_sock_params.port;
	rc = lnet_sock_peer_admit(peer, conn, hello->src_incarnation, true, &why);
	if (rc) {
		lnet_sock_conn_free(conn);
		lnet_sock_count_end(why);
		return rc;
	}
	lnet_sock_conn_start(conn);
	return 0;
}

static enum lnet_sock_end reason(int rc)
{
	switch (rc) {
	case -EALREADY:
	case -EAGAIN:
		return LNET_SOCK_END_REFUSED;
	case -EPROTO:
		return LNET_SOCK_END_BAD_HELLO;
	case -ETIMEDOUT:
		return LNET_SOCK_END_TIMEOUT;
	case -ESHUTDOWN:
		return LNET_SOCK_END_SHUTDOWN;
	case -ENETDOWN:
		return LNET_SOCK_END_NET_DOWN;
	default:
		return LNET_SOCK_END_ERROR;
	}
}

/* An attempt has failed: because of its socket, or because we shut that down? */
static int failed(const struct lnet_sock_peer *peer, int rc)
{
	if (READ_ONCE(peer->net->closing))
		rc = -ESHUTDOWN;
	else if (READ_ONCE(peer->net->down))
		rc = -ENETDOWN;
	lnet_sock_count_end(reason(rc));
	return rc;
}

static int attempt(struct lnet_sock_peer *peer, enum lnet_sock_ctype type,
		   unsigned int version)
{
	struct lnet_sock_hello hello;
	struct socket *sock;
	int rc;

	sock = reach(peer);
	if (IS_ERR(sock))
		return failed(peer, PTR_ERR(sock));
	lnet_sock_tune(sock);
	rc = say(peer, sock, type, version);
	if (!rc)
		rc = hear(peer, sock, type, version, &hello);
	hide(peer);
	lnet_window(LNET_WINDOW_SOCK_DIAL_ADMIT);
	if (rc)
		rc = failed(peer, rc);
	else
		rc = admit(peer, sock, type, &hello);
	if (rc)
		lnet_sock_end(sock, false);
	return rc;
}

/* How long until the next attempt: longer each time. Under the lock. */
static unsigned long pause_locked(struct lnet_sock_peer *peer)
{
	if (!peer->retry_ms)
		peer->retry_ms = lnet_sock_params.min_reconnect_ms;
	else
		peer->retry_ms = min(2 * peer->retry_ms,
				     lnet_sock_params.max_reconnect_ms);
	return msecs_to_jiffies(peer->retry_ms);
}

/*
 * An attempt has come to its end. Returns true if another one is to follow, at
 * once or after *@delay.
 */
static bool consider(struct lnet_sock_peer *peer, int rc, unsigned long *delay)
{
	bool again = false;

	*delay = 0;
	spin_lock(&peer->lock);
	peer->dialling = false;
	switch (rc) {
	case 0:
		peer->already = 0;
		peer->error = 0;
		peer->retry_ms = 0;
		again = true;
		break;
	case -EAGAIN:
		again = true;
		break;
	case -EALREADY:
		again = ++peer->already < ALREADY_MAX;
		if (again) {
			*delay = pause_locked(peer);
			break;
		}
		fallthrough;
	default:
		peer->already = 0;
		peer->error = rc;
		peer->retry_at = jiffies + pause_locked(peer);
		break;
	}
	if (!again)
		peer->dial_queued = false;
	spin_unlock(&peer->lock);
	return again;
}

/* The connection that is to be made next; NONE: we are done. */
static enum lnet_sock_ctype begin(struct lnet_sock_peer *peer, unsigned int *version)
{
	enum lnet_sock_ctype type = LNET_SOCK_NONE;

	spin_lock(&peer->lock);
	if (!READ_ONCE(peer->net->closing))
		type = missing_locked(peer);
	peer->dialling = type != LNET_SOCK_NONE;
	if (!peer->dialling)
		peer->dial_queued = false;
	*version = peer->version;
	spin_unlock(&peer->lock);
	return type;
}

static void say_failed(struct lnet_sock_peer *peer, int rc)
{
	char name[LNET_IDSTR_SIZE];

	/* He is content with what there is, and so are we. */
	if (rc == -EALREADY || rc == -ESHUTDOWN || rc == -ENETDOWN)
		return;
	pr_warn_ratelimited(LNET_SOCK_NAME ": %s cannot be reached: error %d, not tried again for %u ms\n",
			    lnet_sock_peer_name(peer, name, sizeof(name)), rc,
			    READ_ONCE(peer->retry_ms));
}

/**
 * lnet_sock_dial_work() - make what connections are missing
 * @work: of a peer, which it holds until it has ended
 *
 * Context: a work item; may sleep.
 */
void lnet_sock_dial_work(struct work_struct *work)
{
	struct lnet_sock_peer *peer = container_of(to_delayed_work(work),
						   struct lnet_sock_peer, dial);
	unsigned int version, again = 0, nofs;
	enum lnet_sock_ctype type;
	unsigned long delay;
	int rc;

	while ((type = begin(peer, &version)) != LNET_SOCK_NONE) {
		/* What waits for it may be what memory is written back by. */
		nofs = memalloc_nofs_save();
		rc = attempt(peer, type, version);
		memalloc_nofs_restore(nofs);
		if (rc == -EAGAIN && ++again > AGAIN_MAX)
			rc = -EPROTO;
		if (!consider(peer, rc, &delay)) {
			lnet_window(LNET_WINDOW_SOCK_DIAL_FAILED);
			say_failed(peer, rc);
			/* If there is a connection it will go by that. */
			lnet_sock_peer_fail(peer, rc, false);
			break;
		}
		if (delay) {
			if (queue_delayed_work(lnet_sock_dial_wq, &peer->dial, delay))
				return;
			break;		/* it is, and has a reference of its own */
		}
	}
	lnet_sock_peer_launch(peer);
	lnet_sock_peer_put(peer);
}
