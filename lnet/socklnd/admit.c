// SPDX-License-Identifier: GPL-2.0
/*
 * A good HELLO has come: is that who it should be, and is a connection wanted?
 *
 * Whoever could connect from a privileged port is believed to be who he says, if his
 * address is the one that the name says (check_address). From another port, if such
 * are taken at all, his NID is his address on our network, and his PID is made of the
 * port; nothing is ever sent to him but by connections of his.
 */
#include "greet.h"
#include "../hooks/window.h"
#include "conn.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>

#include <linux/err.h>

/* A caller's HELLO is good -------------------------------------------------- */

/* Who it is, whatever he says. */
static int identify(struct lnet_sock_greet *g, lnet_nid_t *nid, lnet_pid_t *pid)
{
	const lnet_nid_t there = LNET_MKNID(LNET_NIDNET(g->net->ni->nid), g->ip);
	const struct lnet_sock_hello *hello = &g->hello;
	char name[LNET_NIDSTR_SIZE];

	*nid = hello->src_nid;
	*pid = hello->src_pid;
	if (g->port > LNET_SOCK_PRIVILEGED_LAST) {
		*nid = there;
		*pid = g->port | LNET_PID_USERFLAG;
	}
	/* Our own, and nobody's: answers would not go back to him. */
	if (*nid == g->net->ni->nid || LNET_NIDNET(*nid) == LNET_NET_LO)
		return -EPROTO;
	if (!lnet_sock_params.check_address || *nid == there)
		return 0;
	pr_warn_ratelimited(LNET_SOCK_NAME ": somebody at %pI4h says that he is %s: refused, see check_address\n",
			    &g->ip, libcfs_nid2str_r(*nid, name, sizeof(name)));
	return -EACCES;
}

/* A connection of it that its peer has, or an error. */
static struct lnet_sock_conn *admit(struct lnet_sock_greet *g, lnet_nid_t nid,
				    lnet_pid_t pid, enum lnet_sock_end *why)
{
	struct lnet_sock_conn *conn;
	struct lnet_sock_peer *peer;
	int rc;

	*why = LNET_SOCK_END_NO_MEMORY;
	conn = lnet_sock_conn_new(g->job.worker, lnet_sock_mirror(g->hello.ctype), &g->hello);
	if (!conn)
		return ERR_PTR(-ENOMEM);
	conn->ip = g->ip;
	conn->port = g->port;

	do {
		peer = lnet_sock_peer_obtain(g->net, nid, pid, g->ip, true);
		if (IS_ERR(peer)) {
			rc = PTR_ERR(peer);
			if (rc == -ENOBUFS)
				*why = LNET_SOCK_END_TOO_MANY;
			else if (rc == -ESHUTDOWN)
				*why = LNET_SOCK_END_SHUTDOWN;
			break;
		}
		rc = lnet_sock_peer_admit(peer, conn, g->hello.src_incarnation, 0, why);
		lnet_sock_peer_put(peer);
	} while (rc == -ESTALE);
	if (!rc)
		return conn;
	lnet_sock_conn_discard(conn);
	return ERR_PTR(rc);
}

/* Admitted, but he has not heard of it. */
static void abandon(struct lnet_sock_conn *conn, int error)
{
	struct lnet_sock_peer *peer = conn->peer;

	spin_lock(&peer->lock);
	lnet_sock_conn_close_locked(conn, LNET_SOCK_END_ERROR, error);
	spin_unlock(&peer->lock);
	/* What was to go by it. */
	lnet_sock_peer_fail_lost(peer);
	lnet_sock_conn_discard(conn);
}

/**
 * lnet_sock_admit_caller() - a caller has said a good HELLO
 * @g: his handshake
 *
 * Context: the handshake's worker.
 * Return: 1: it is a connection; -errno: it has been counted why not.
 */
int lnet_sock_admit_caller(struct lnet_sock_greet *g)
{
	struct lnet_sock_conn *conn;
	enum lnet_sock_end why;
	lnet_nid_t nid;
	lnet_pid_t pid;
	int rc;

	/* Nobody connects to say that he does not want to. */
	rc = g->hello.ctype == LNET_SOCK_NONE ? -EPROTO : identify(g, &nid, &pid);
	if (rc) {
		lnet_sock_greet_count(g, lnet_sock_greet_why(g, rc));
		return rc;
	}
	conn = admit(g, nid, pid, &why);
	if (IS_ERR(conn)) {
		rc = PTR_ERR(conn);
		lnet_sock_greet_count(g, why);
		if (rc == -EALREADY)
			lnet_sock_greet_say_hello(g, nid, g->hello.version, LNET_SOCK_NONE);
		return rc;
	}
	rc = lnet_sock_greet_say_hello(g, nid, g->hello.version, conn->type);
	if (rc) {
		abandon(conn, rc);
		return rc;
	}
	lnet_sock_conn_start(conn, &g->job);
	return 1;
}

/* The peer's answer is good ------------------------------------------------- */

/* Whoever configured it wants to know who it is that answers there. */
static void log_wrong_answer(struct lnet_sock_greet *g)
{
	const struct lnet_sock_hello *hello = &g->hello;
	struct lnet_process_id id = { .nid = hello->src_nid, .pid = hello->src_pid };
	char name[LNET_IDSTR_SIZE], other[LNET_IDSTR_SIZE];

	pr_warn_ratelimited(LNET_SOCK_NAME ": %s asked for a connection of type %d answers as %s, version %u, type %d\n",
			    lnet_sock_peer_name(g->peer, name, sizeof(name)), g->type,
			    libcfs_id2str_r(id, other, sizeof(other)), hello->version,
			    hello->ctype);
}

/* It speaks another version; all its connections speak one. */
static int change_version(struct lnet_sock_peer *peer, unsigned int version)
{
	int rc = -EPROTO;

	spin_lock(&peer->lock);
	if (peer->version == version || !lnet_sock_peer_connected_locked(peer)) {
		peer->version = version;
		rc = -EAGAIN;
	}
	spin_unlock(&peer->lock);
	return rc;
}

/* What the peer says to it, checked against what it must say. */
static int check_answer(struct lnet_sock_greet *g)
{
	const struct lnet_sock_hello *hello = &g->hello;
	struct lnet_sock_peer *peer = g->peer;

	if (hello->ctype == LNET_SOCK_NONE) {
		if (hello->version == g->version)
			return -EALREADY;
		return change_version(peer, hello->version);
	}
	if (hello->version == g->version && hello->src_nid == peer->key.nid &&
	    hello->src_pid == peer->key.pid && hello->ctype == lnet_sock_mirror(g->type))
		return 0;
	log_wrong_answer(g);
	return -EPROTO;
}

/**
 * lnet_sock_admit_dialled() - a peer that we connect to has said a good HELLO
 * @g: the handshake with it
 *
 * Context: the handshake's worker.
 * Return: 1: it is a connection; -errno: it has been counted why not.
 */
int lnet_sock_admit_dialled(struct lnet_sock_greet *g)
{
	enum lnet_sock_end why = LNET_SOCK_END_NO_MEMORY;
	struct lnet_sock_conn *conn;
	int rc = check_answer(g);

	lnet_window(LNET_WINDOW_SOCK_DIAL_ADMIT);
	if (rc) {
		lnet_sock_greet_count(g, lnet_sock_greet_why(g, rc));
		return rc;
	}
	conn = lnet_sock_conn_new(g->job.worker, g->type, &g->hello);
	if (!conn) {
		lnet_sock_greet_count(g, why);
		return -ENOMEM;
	}
	conn->ip = g->ip;
	conn->port = g->port;
	rc = lnet_sock_peer_admit(g->peer, conn, g->hello.src_incarnation, g->incarnation,
				  &why);
	/* The dial has held it: it is out of the table as the NI goes down. */
	if (rc == -ESTALE) {
		rc = -ESHUTDOWN;
		why = LNET_SOCK_END_SHUTDOWN;
	}
	if (rc) {
		lnet_sock_conn_discard(conn);
		lnet_sock_greet_count(g, why);
		return rc;
	}
	lnet_sock_conn_start(conn, &g->job);
	return 1;
}
