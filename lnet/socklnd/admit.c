// SPDX-License-Identifier: GPL-2.0
/*
 * A good HELLO has come: is the other side what it should be, and is a connection wanted?
 *
 * A caller from a privileged port is believed to be the peer that it claims to be, if it
 * has the address that the NID names (check_address). A caller from another port, if such
 * are accepted at all, gets its address on our network as its NID, and a PID made of its
 * port; messages go to it only by connections that it has made.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "greet.h"
#include "../hooks/window.h"
#include "conn.h"
#include "conns.h"
#include "dial.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"

#include <lnet/api.h>

#include <linux/err.h>

/* Is it wanted? ------------------------------------------------------------- */

/* Find the address, other than that of @conn, with which the peer has a connection. */
static bool admit_other_addr_locked(const struct ksock_peer *peer, const struct ksock_conn *conn,
				    struct in6_addr *other)
{
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type] &&
		    !ksock_addr_is_same(&peer->conns[type]->addr, &conn->addr)) {
			*other = peer->conns[type]->addr;
			return true;
		}
	return false;
}

/* Two hosts claim one NID: name both, so that the operator can find out which is wrong. */
static void admit_log_twice(const struct ksock_peer *peer, const struct in6_addr *addr,
			    const struct in6_addr *other)
{
	char name[LNET_IDSTR_SIZE], one[KSOCK_ADDR_TEXT], two[KSOCK_ADDR_TEXT];

	pr_warn_ratelimited("%s is at %s, and %s claims to be it, too: is that NID configured twice?\n",
			    ksock_peer_name(peer, name, sizeof(name)),
			    ksock_addr_print(other, 0, one), ksock_addr_print(addr, 0, two));
}

/*
 * Is the NID @a less than @b? Both sides must say the same of two NIDs, so a number that stands
 * for one does not count. The bytes of a NID are in the order of their weight.
 */
static bool admit_is_less(lnet_nid_t a, lnet_nid_t b)
{
	struct lnet_nid x, y;

	if (!lnet_nid_is_large(a) && !lnet_nid_is_large(b))
		return a < b;
	lnet_nid_expand(a, &x);
	lnet_nid_expand(b, &y);
	return memcmp(&x, &y, sizeof(x)) < 0;
}

/* Return 0 if the peer may have this connection; else -errno, with *@why set. */
static int admit_judge_locked(struct ksock_peer *peer, struct ksock_conn *conn,
			      u64 incarnation, u64 said, enum ksock_reason *why)
{
	if (READ_ONCE(peer->net->closing)) {
		*why = KSOCK_REASON_SHUTDOWN;
		return -ESHUTDOWN;
	}
	/*
	 * We are another incarnation since our HELLO: the peer would take this connection
	 * and the next for connections of two lives of ours.
	 */
	if (said && said != READ_ONCE(peer->net->incarnation)) {
		*why = KSOCK_REASON_NET_DOWN;
		return -EAGAIN;
	}
	/* It has started anew, or changed its version: its connections are of a former life. */
	if (ksock_conns_any_locked(peer) &&
	    (peer->incarnation != incarnation || peer->version != conn->version)) {
		ksock_conns_close_locked(peer, KSOCK_REASON_STALE, -ECONNRESET);
		*why = KSOCK_REASON_STALE;
		return said ? -EAGAIN : -EALREADY;
	}
	if (peer->conns[conn->type]) {
		*why = KSOCK_REASON_DUPLICATE;
		return -EALREADY;
	}
	/* Both sides are connecting: the greater NID's connection is the one to keep. */
	if (!said && admit_is_less(peer->key.nid, peer->net->ni->nid) &&
	    !ksock_dial_gives_way_locked(peer)) {
		*why = KSOCK_REASON_RACE;
		return -EALREADY;
	}
	return 0;
}

/*
 * Give a new connection, not open yet, to its peer, if it is wanted. @incarnation is the peer's,
 * from its HELLO; @said is ours, from the HELLO with which we connected, or 0 if the peer
 * connected. Returns 0: the connection is the peer's now; else *@why is set, except for -ESTALE:
 *
 *	-ESTALE		the peer is out of the table
 *	-EALREADY	not wanted, or not now
 *	-EAGAIN		try again at once: the peer's old connections are gone now, or we are
 *			another incarnation
 *	-ESHUTDOWN	the NI goes down
 */
static int admit_to_peer(struct ksock_peer *peer, struct ksock_conn *conn,
			 u64 incarnation, u64 said, enum ksock_reason *why)
{
	bool is_elsewhere = false, anew = false;
	struct in6_addr other;
	int rc = -ESTALE;

	spin_lock(&peer->lock);
	if (!peer->dead) {
		is_elsewhere = admit_other_addr_locked(peer, conn, &other);
		rc = admit_judge_locked(peer, conn, incarnation, said, why);
	}
	if (!rc) {
		peer->incarnation = incarnation;
		anew = peer->last_incarnation && peer->last_incarnation != incarnation;
		peer->last_incarnation = incarnation;
		peer->told_incarnation = said ?: READ_ONCE(peer->net->incarnation);
		peer->version = conn->version;
		peer->error = 0;
		peer->conns[conn->type] = conn;
		conn->peer = ksock_peer_get(peer);
		conn->renewals = READ_ONCE(peer->net->renewals);
	}
	spin_unlock(&peer->lock);
	if (anew && ksock_peer_is_node(peer))
		lnet_lnd_connected(peer->net->ni, peer->key.nid, true);
	/* The peer has lost its connections, one of them with @other, to this one. */
	if (rc && is_elsewhere && *why == KSOCK_REASON_STALE)
		admit_log_twice(peer, &conn->addr, &other);
	return rc;
}

/* A caller's HELLO is good -------------------------------------------------- */

/*
 * The caller's identity: as claimed, or, from an unprivileged port, as we assign it. The numbers
 * that stand for large NIDs are ours, so only a version that has room for such NIDs may speak of
 * them.
 */
static int admit_identify(struct ksock_greet *g, struct lnet_nid *nid, lnet_pid_t *pid)
{
	char name[LNET_NIDSTR_SIZE], from[KSOCK_ADDR_TEXT];
	const struct ksock_hello *hello = &g->hello;
	lnet_nid_t own = g->net->ni->nid;
	struct lnet_nid there;
	struct in6_addr addr;
	int rc;

	ksock_addr_nid(lnet_net_plain(LNET_NIDNET(own)), &g->addr, &there);
	*nid = hello->src_nid;
	*pid = hello->src_pid;
	if (g->port > KSOCK_PRIVILEGED_LAST) {
		*nid = there;
		*pid = g->port | LNET_PID_USERFLAG;
	}
	if (hello->version < KSOCK_V4 && (lnet_nid_is_large(own) || !lnet_nid_is_nid4(nid)))
		return -EPROTO;
	/* Neither our own NID nor one of 0@lo: answers would not go back to the caller. */
	if (lnet_nid_find(nid) == own || lnet_nid_net(nid) == LNET_NET_LO)
		return -EPROTO;
	rc = ksock_addr_from_nid(nid, &addr);
	if (rc)
		return rc;
	/* From an address of one length to one of the other there is no way: nor is one back. */
	if (!ksock_params.check_address || lnet_nid_is_same(nid, &there))
		return lnet_nid_is_nid4(nid) == lnet_nid_is_large(own) ? -EPROTO : 0;
	pr_warn_ratelimited("connection from %s refused: it claims to be %s (see check_address)\n",
			    ksock_addr_print(&g->addr, g->port, from),
			    lnet_nid_print(nid, name, sizeof(name)));
	return -EACCES;
}

/* Why ksock_peer_obtain() has returned no peer. */
static enum ksock_reason admit_why_no_peer(int rc)
{
	switch (rc) {
	case -ENOBUFS:
		return KSOCK_REASON_TOO_MANY;
	case -ESHUTDOWN:
		return KSOCK_REASON_SHUTDOWN;
	default:
		return KSOCK_REASON_NO_MEMORY;
	}
}

/* Have the peer, which is made if there is none, admit @conn. As admit_to_peer(), or -errno. */
static int admit_to_nid(struct ksock_greet *g, struct ksock_conn *conn, const struct lnet_nid *nid,
			lnet_pid_t pid, enum ksock_reason *why)
{
	lnet_nid_t number = lnet_nid_shorten(nid);
	struct ksock_peer *peer;
	int rc;

	if (number == LNET_NID_ANY) {
		*why = KSOCK_REASON_NO_MEMORY;
		return -ENOMEM;
	}
	do {
		peer = ksock_peer_obtain(g->net, number, pid, &g->addr, true);
		if (IS_ERR(peer)) {
			rc = PTR_ERR(peer);
			*why = admit_why_no_peer(rc);
			break;
		}
		rc = admit_to_peer(peer, conn, g->hello.src_incarnation, 0, why);
		ksock_peer_put(peer);
	} while (rc == -ESTALE);
	lnet_nid_put(number);	/* the peer has a reference of its own */
	return rc;
}

/* Make the connection and have its peer admit it. Returns ERR_PTR, with *@why set, if not. */
static struct ksock_conn *admit_conn(struct ksock_greet *g, const struct lnet_nid *nid,
				     lnet_pid_t pid, enum ksock_reason *why)
{
	struct ksock_conn *conn;
	int rc;

	conn = ksock_conn_new(g->job.worker, ksock_proto_mirror(g->hello.ctype), &g->hello);
	if (!conn) {
		*why = KSOCK_REASON_NO_MEMORY;
		return ERR_PTR(-ENOMEM);
	}
	conn->addr = g->addr;
	conn->port = g->port;
	rc = admit_to_nid(g, conn, nid, pid, why);
	if (!rc)
		return conn;
	ksock_conn_discard(conn);
	return ERR_PTR(rc);
}

/* End a connection that was admitted, but whose peer could not be told. */
static void admit_abandon(struct ksock_conn *conn, int error)
{
	struct ksock_peer *peer = conn->peer;

	spin_lock(&peer->lock);
	ksock_conns_close_one_locked(conn, KSOCK_REASON_ERROR, error);
	spin_unlock(&peer->lock);
	ksock_conns_log_end(conn);
	/* Messages that waited for it may wait in vain. */
	ksock_queue_fail_lost(peer);
	ksock_conn_discard(conn);
}

/**
 * ksock_admit_caller() - make a connection for a caller that has said a good HELLO
 * @g: the caller's handshake, which has the HELLO
 *
 * Context: the handshake's worker.
 * Return: 1: it is a connection; -errno: it is not, and the reason has been counted.
 */
int ksock_admit_caller(struct ksock_greet *g)
{
	struct ksock_conn *conn;
	enum ksock_reason why;
	struct lnet_nid nid;
	lnet_pid_t pid;
	int rc;

	/* NONE refuses a connection, which makes no sense from the side that asks for one. */
	if (g->hello.ctype == KSOCK_NONE)
		rc = -EPROTO;
	else
		rc = admit_identify(g, &nid, &pid);
	if (rc) {
		ksock_greet_count(g, ksock_greet_why(g, rc));
		return rc;
	}
	conn = admit_conn(g, &nid, pid, &why);
	if (IS_ERR(conn)) {
		rc = PTR_ERR(conn);
		ksock_greet_count(g, why);
		if (rc == -EALREADY)
			ksock_greet_say_hello(g, &nid, g->hello.version, KSOCK_NONE);
		return rc;
	}
	rc = ksock_greet_say_hello(g, &nid, g->hello.version, conn->type);
	if (rc) {
		admit_abandon(conn, rc);
		return rc;
	}
	ksock_conn_start(conn, &g->job);
	return 1;
}

/* The peer's answer is good ------------------------------------------------- */

/* Log which process answers there: a wrong NID may have been configured. */
static void admit_log_wrong(struct ksock_greet *g)
{
	const struct ksock_hello *hello = &g->hello;
	struct lnet_processid id = { .nid = hello->src_nid, .pid = hello->src_pid };
	char name[LNET_IDSTR_SIZE], other[LNET_IDSTR_SIZE];

	pr_warn_ratelimited("%s answered as %s, version %u, type %d, where version %u, type %d was due: check which node has its address\n",
			    ksock_peer_name(g->peer, name, sizeof(name)),
			    lnet_nid_print_process(&id, other, sizeof(other)), hello->version,
			    hello->ctype, g->version, ksock_proto_mirror(g->type));
}

/* Use another version from now on, unless there are connections: all must speak the same. */
static int admit_change_version(struct ksock_peer *peer, unsigned int version)
{
	int rc = -EPROTO;

	/* No other one has room for the NID. */
	if (version < ksock_proto_first_version(peer->key.nid) &&
	    lnet_nid_is_large(peer->key.nid))
		return -EPROTO;
	spin_lock(&peer->lock);
	if (peer->version == version || !ksock_conns_any_locked(peer)) {
		peer->version = version;
		rc = -EAGAIN;
	}
	spin_unlock(&peer->lock);
	return rc;
}

/* Compare the peer's HELLO with what it must say. Returns 0 or -errno. */
static int admit_check_answer(struct ksock_greet *g)
{
	const struct ksock_hello *hello = &g->hello;
	struct ksock_peer *peer = g->peer;
	struct lnet_nid due;

	if (hello->ctype == KSOCK_NONE) {
		if (hello->version == g->version)
			return -EALREADY;
		return admit_change_version(peer, hello->version);
	}
	lnet_nid_expand(peer->key.nid, &due);
	if (hello->version == g->version && lnet_nid_is_same(&hello->src_nid, &due) &&
	    hello->src_pid == peer->key.pid && hello->ctype == ksock_proto_mirror(g->type))
		return 0;
	admit_log_wrong(g);
	return -EPROTO;
}

/**
 * ksock_admit_dialled() - make a connection to a peer that has answered with a good HELLO
 * @g: the handshake with the peer
 *
 * Context: the handshake's worker.
 * Return: 1: it is a connection; -errno: it is not, and the reason has been counted.
 */
int ksock_admit_dialled(struct ksock_greet *g)
{
	struct ksock_conn *conn;
	enum ksock_reason why;
	int rc = admit_check_answer(g);

	lnet_window(LNET_WINDOW_SOCK_DIAL_ADMIT);
	if (rc) {
		ksock_greet_count(g, ksock_greet_why(g, rc));
		return rc;
	}
	conn = ksock_conn_new(g->job.worker, g->type, &g->hello);
	if (!conn) {
		ksock_greet_count(g, KSOCK_REASON_NO_MEMORY);
		return -ENOMEM;
	}
	conn->addr = g->addr;
	conn->port = g->port;
	rc = admit_to_peer(g->peer, conn, g->hello.src_incarnation, g->incarnation,
			   &why);
	/* A peer that is dialled is not forgotten: only shutdown of the NI removes it. */
	if (rc == -ESTALE) {
		rc = -ESHUTDOWN;
		why = KSOCK_REASON_SHUTDOWN;
	}
	if (rc) {
		ksock_conn_discard(conn);
		ksock_greet_count(g, why);
		return rc;
	}
	ksock_conn_start(conn, &g->job);
	return 1;
}
