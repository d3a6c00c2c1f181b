// SPDX-License-Identifier: GPL-2.0
/*
 * Handshakes: what both sides say on a socket before it is a connection.
 *
 *	we connect		CONNECT, we say all, HELLO, admitted
 *	a peer connects		CONNREQ, which NI?, HELLO, admitted, we say HELLO
 *
 * A handshake is a job of a worker: a state, and the bytes that it waits for. No thread
 * sleeps in it, so a silent one costs its memory and a place, and holds up no other. It
 * ends when the bytes that came are good or bad. Or it is marked to end: it has taken too
 * long, its NI or listener goes, or its place is needed. Its worker does the rest.
 *
 * The places that callers need, and what all steps use, are in greet_state.c; what becomes of a
 * good HELLO is in admit.c.
 */
#include "greet.h"
#include "../hooks/alloc.h"
#include "../hooks/window.h"
#include "drain.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "socket.h"
#include "worker.h"

#include <lnet/api.h>

#include <linux/err.h>
#include <linux/slab.h>

#include <net/sock.h>

enum {
	PORT_FIRST	= KSOCK_PRIVILEGED_LAST,	/* tried first, then downwards */
	PORT_LAST	= 512,
};

static_assert(KSOCK_HELLO_IPS * sizeof(u32) <= KSOCK_GREET_BYTES);
static_assert((int)KSOCK_CONNREQ_LARGE_BYTES <= (int)KSOCK_GREET_BYTES);

static void greet_mark_late(struct work_struct *work)
{
	struct ksock_greet *g = container_of(to_delayed_work(work),
					     struct ksock_greet, timeout);

	ksock_greet_abort(g, g->peer ? KSOCK_REASON_TIMEOUT : KSOCK_REASON_SLOW);
}

static void greet_set_time(struct ksock_greet *g)
{
	unsigned int s = g->peer ? ksock_param_timeout() : ksock_params.accept_timeout;

	mod_delayed_work(ksock_wq, &g->timeout, s * HZ);
}

/* Sending ------------------------------------------------------------------- */

/* Answer which version of a connection request we know. */
static void greet_say_version(struct ksock_greet *g)
{
	u8 bytes[KSOCK_CONNREQ_LARGE_BYTES];
	size_t n = ksock_proto_connreq_encode(bytes, NULL);

	g->has_sent = true;
	ksock_socket_say(g->job.sock, bytes, n);
}

/* The side that connects speaks first, and does not wait between request and HELLO. */
static int greet_say_all(struct ksock_greet *g)
{
	u8 bytes[KSOCK_CONNREQ_LARGE_BYTES];
	struct lnet_nid to;
	size_t n;
	int rc;

	lnet_nid_expand(g->peer->key.nid, &to);
	ksock_socket_tune(g->job.sock);
	n = ksock_proto_connreq_encode(bytes, &to);
	rc = ksock_socket_say(g->job.sock, bytes, n);
	if (rc)
		return rc;
	return ksock_greet_say_hello(g, &to, g->version, g->type);
}

/* Receiving ----------------------------------------------------------------- */

static void greet_wait_for_bytes(struct ksock_greet *g, enum ksock_greet_state state,
				 unsigned int want)
{
	g->state = state;
	g->want = want;
}

static void greet_wait_for_hello(struct ksock_greet *g)
{
	g->have = 0;
	greet_wait_for_bytes(g, KSOCK_GREET_HELLO_FIRST, KSOCK_HELLO_FIRST);
	greet_set_time(g);
}

/* Read what the state waits for. Returns 1: all of it has come; 0: not yet; -errno. */
static int greet_hear(struct ksock_greet *g)
{
	int rc;

	while (g->have < g->want) {
		rc = ksock_socket_hear(g->job.sock, g->buf + g->have, g->want - g->have);
		if (rc <= 0)
			return rc;
		g->have += rc;
	}
	return 1;
}

/* Look at the magic first: a caller that asks for a version may have sent no more than that. */
static int greet_on_connreq(struct ksock_greet *g)
{
	struct lnet_nid nid;
	int rc;

	switch (g->state) {
	case KSOCK_GREET_CONNREQ_FIRST:
		rc = ksock_proto_connreq_first(g->buf);
		if (!rc)
			greet_wait_for_bytes(g, KSOCK_GREET_CONNREQ_HEAD, KSOCK_CONNREQ_HEAD);
		break;
	case KSOCK_GREET_CONNREQ_HEAD:
		rc = ksock_proto_connreq_length(g->buf);
		if (rc > 0) {
			greet_wait_for_bytes(g, KSOCK_GREET_CONNREQ, rc);
			rc = 0;
		}
		break;
	default:
		rc = ksock_proto_connreq_decode(g->buf, &nid);
		if (!rc)
			rc = lnet_lnd_accept(lnet_nid_find(&nid), g->job.sock);
		if (!rc)
			greet_wait_for_hello(g);
		break;
	}
	if (rc == -EPROTONOSUPPORT)
		greet_say_version(g);
	return rc;
}

static int greet_on_hello_first(struct ksock_greet *g)
{
	int rc = ksock_proto_hello_first(g->buf, &g->hello);
	struct lnet_nid own;

	if (!rc)
		greet_wait_for_bytes(g, KSOCK_GREET_HELLO,
				     KSOCK_HELLO_FIRST + ksock_proto_hello_rest(&g->hello));
	if (rc != -EPROTONOSUPPORT)
		return rc;
	/* The peer has our HELLO, so it should answer in a version that we know. */
	if (g->peer)
		return -EPROTO;
	lnet_nid_expand(g->net->ni->nid, &own);
	ksock_greet_say_hello(g, &own, ksock_proto_first_version(g->net->ni->nid), KSOCK_NONE);
	return rc;
}

static int greet_on_hello(struct ksock_greet *g)
{
	int rc = ksock_proto_hello_decode(g->buf, &g->hello);

	if (!rc && g->hello.ips) {
		g->have = 0;
		greet_wait_for_bytes(g, KSOCK_GREET_HELLO_IPS, g->hello.ips * sizeof(u32));
	}
	return rc;
}

/* Older peers send addresses. They are not used, but a zero one is an error. */
static int greet_on_ips(const struct ksock_greet *g)
{
	const u32 *ips = (const u32 *)g->buf;
	unsigned int i;

	for (i = 0; i < g->hello.ips; i++)
		if (!ips[i])
			return -EPROTO;
	return 0;
}

/* Take one step. Returns 1: go on, or *@heard: the HELLO is complete; 0: wait; -errno. */
static int greet_take_step(struct ksock_greet *g, bool *heard)
{
	int rc;

	*heard = false;
	if (g->state == KSOCK_GREET_CONNECT) {
		rc = ksock_socket_connected(g->job.sock);
		if (rc <= 0)
			return rc;
		rc = greet_say_all(g);
		greet_wait_for_hello(g);
		return rc ?: 1;
	}
	rc = greet_hear(g);
	if (rc <= 0)
		return rc;
	switch (g->state) {
	case KSOCK_GREET_CONNREQ_FIRST:
	case KSOCK_GREET_CONNREQ_HEAD:
	case KSOCK_GREET_CONNREQ:
		rc = greet_on_connreq(g);
		break;
	case KSOCK_GREET_HELLO_FIRST:
		rc = greet_on_hello_first(g);
		break;
	case KSOCK_GREET_HELLO:
		rc = greet_on_hello(g);
		*heard = !rc && g->state == KSOCK_GREET_HELLO;
		break;
	default:
		rc = greet_on_ips(g);
		*heard = !rc;
		break;
	}
	return rc ?: 1;
}

/* Returns 1: it is a connection; 0: not yet; -errno: the reason has been counted. */
static int greet_go_on(struct ksock_greet *g)
{
	bool heard;
	int rc;

	do {
		rc = greet_take_step(g, &heard);
	} while (rc > 0 && !heard);
	if (rc < 0)
		ksock_greet_count(g, ksock_greet_why(g, rc));
	if (rc <= 0)
		return rc;
	if (g->peer)
		return ksock_admit_dialled(g);
	return ksock_admit_caller(g);
}

static struct ksock_greet *greet_of(struct ksock_job *job)
{
	return container_of(job, struct ksock_greet, job);
}

static bool greet_serve(struct ksock_job *job)
{
	struct ksock_greet *g = greet_of(job);
	enum ksock_reason why;
	int rc;

	clear_bit(KSOCK_JOB_WRITE, &job->flags);
	if (!test_and_clear_bit(KSOCK_JOB_READ, &job->flags))
		return false;
	/* Pairs with greet_begin(), which kicks once more. */
	if (smp_load_acquire(&g->state) == KSOCK_GREET_NEW)
		return false;
	why = READ_ONCE(g->aborted);
	if (g->error) {
		rc = g->error;
		ksock_greet_count(g, ksock_greet_why(g, rc));
	} else if (why != KSOCK_REASON_NONE) {
		rc = ksock_reason_errno(why);
		ksock_greet_count(g, why);
	} else {
		rc = greet_go_on(g);
	}
	if (!rc)
		return false;
	g->rc = min(rc, 0);
	set_bit(KSOCK_JOB_CLOSE, &job->flags);
	return true;
}

/* The handshake is over. If no connection has taken its socket, drain that. */
static void greet_end(struct ksock_job *job)
{
	struct ksock_greet *g = greet_of(job);
	struct ksock_peer *peer = g->peer;
	struct socket *sock;

	cancel_delayed_work_sync(&g->timeout);
	ksock_greet_del(g);
	sock = ksock_job_drop(job);
	if (sock)
		ksock_drain_guest(sock, !g->has_sent);
	if (!peer)
		return;
	spin_lock(&peer->lock);
	peer->greet = NULL;
	spin_unlock(&peer->lock);
	g->on_end(peer, g->rc);
}

static void greet_free(struct ksock_job *job)
{
	struct ksock_greet *g = greet_of(job);
	struct ksock_greet_group *group = g->group;
	struct ksock_net *net = g->net;

	kfree(g);
	if (net)
		ksock_net_put(net);
	if (group)
		ksock_greet_group_put(group);
}

static const struct ksock_job_ops greet_ops = {
	.serve	= greet_serve,
	.end	= greet_end,
	.free	= greet_free,
};

static struct ksock_greet *greet_new(const struct in6_addr *addr, u16 port)
{
	struct ksock_greet *g = lnet_alloc(kzalloc(sizeof(*g), GFP_NOFS));

	if (!g)
		return NULL;
	ksock_job_init(&g->job, &greet_ops, ksock_worker_choose());
	INIT_DELAYED_WORK(&g->timeout, greet_mark_late);
	g->aborted = KSOCK_REASON_NONE;
	g->addr = *addr;
	g->port = port;
	return g;
}

/* Hand the handshake to its worker, which also looks at what has come by now. */
static void greet_begin(struct ksock_greet *g, enum ksock_greet_state state)
{
	/* The worker may end the handshake before this function returns. */
	ksock_job_get(&g->job);
	ksock_greet_add(g);
	/*
	 * address_go_down() sets @down before it looks for handshakes: either it finds this
	 * one, or we see @down.
	 */
	if (g->net && READ_ONCE(g->net->down))
		ksock_greet_abort(g, KSOCK_REASON_NET_DOWN);
	greet_set_time(g);
	/* Pairs with greet_serve(): the handshake is on its list, and its timer runs. */
	smp_store_release(&g->state, state);
	lnet_window(LNET_WINDOW_SOCK_GREET_BEGUN);
	ksock_job_kick(&g->job, KSOCK_JOB_READ);
	ksock_job_put(&g->job);
}

/* We connect ---------------------------------------------------------------- */

/* Connect from the first free port of those that only root may use. */
static int greet_connect(struct ksock_greet *g)
{
	struct socket *sock;
	int port, rc;

	for (port = PORT_FIRST; port >= PORT_LAST; port--) {
		/* The listening port is for callers. */
		if (port == ksock_params.port)
			continue;
		sock = ksock_socket_new(&g->net->addr, port);
		if (IS_ERR(sock)) {
			rc = PTR_ERR(sock);
			if (rc == -EADDRINUSE)
				continue;
			return rc;
		}
		/* Take the socket before it can call back. */
		ksock_job_take(&g->job, sock);
		rc = ksock_socket_connect(sock, &g->addr, g->port);
		if (rc != -EADDRNOTAVAIL && rc != -EADDRINUSE)
			return rc;
		ksock_drain(ksock_job_drop(&g->job), true);
	}
	return -EADDRINUSE;
}

/* From now on the attempt can be aborted by way of its peer. */
static void greet_show_to_peer(struct ksock_greet *g)
{
	struct ksock_peer *peer = g->peer;

	spin_lock(&peer->lock);
	peer->greet = g;
	spin_unlock(&peer->lock);
}

/**
 * ksock_greet_dial() - begin a handshake with a peer that we connect to
 * @peer: the peer, whose dial is GREETING and holds a reference
 * @type: type of the connection, as seen from this node
 * @version: version of the protocol to speak, KSOCK_V1 to KSOCK_V4
 * @on_end: told the result: 0: there is one more connection; or -errno
 *
 * If this returns 0, @on_end is called when the handshake has ended, in any way.
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0; -ENOMEM; -ESHUTDOWN: the NI goes down; -EAFNOSUPPORT: the NID has no IP address.
 */
int ksock_greet_dial(struct ksock_peer *peer, enum ksock_ctype type, unsigned int version,
		     void (*on_end)(struct ksock_peer *peer, int rc))
{
	struct ksock_greet *g;
	struct in6_addr addr;
	int rc;

	/* Not that of @host: a peer may have connected to us from another address. */
	rc = ksock_addr_of_nid(peer->key.nid, &addr);
	if (rc)
		return rc;
	if (!ksock_net_get(peer->net))
		return -ESHUTDOWN;
	g = greet_new(&addr, ksock_params.port);
	if (!g) {
		ksock_net_put(peer->net);
		return -ENOMEM;
	}
	g->net = peer->net;
	g->peer = peer;
	g->on_end = on_end;
	g->type = type;
	g->version = version;
	g->error = greet_connect(g);
	greet_show_to_peer(g);
	greet_begin(g, KSOCK_GREET_CONNECT);
	return 0;
}

/* A peer connects ----------------------------------------------------------- */

/**
 * ksock_greet_caller() - begin a handshake with a caller
 * @group: callers of the listener that took it; a reference is the handshake's if 0 is returned
 * @sock: the caller's socket; the handshake's if 0 is returned
 * @addr: the address of the caller
 * @port: the TCP port of the caller, in CPU byte order
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY: there are too many; -ENOMEM.
 */
int ksock_greet_caller(struct ksock_greet_group *group, struct socket *sock,
		       const struct in6_addr *addr, u16 port)
{
	struct ksock_greet *g;

	if (!ksock_greet_has_room())
		return -EBUSY;
	g = greet_new(addr, port);
	if (!g)
		return -ENOMEM;
	g->group = group;
	g->want = KSOCK_CONNREQ_FIRST;
	ksock_job_take(&g->job, sock);
	greet_begin(g, KSOCK_GREET_CONNREQ_FIRST);
	return 0;
}

/**
 * ksock_greet_accept() - lnd_accept: give a caller the NI that it wants
 * @ni: the NI that has the NID
 * @sock: socket of a caller's handshake, which has called lnet_lnd_accept()
 *
 * Context: the handshake's worker; may sleep.
 * Return: 0; -ESHUTDOWN: the NI goes down.
 */
int ksock_greet_accept(struct lnet_ni *ni, struct socket *sock)
{
	struct ksock_greet *g = greet_of(sock->sk->sk_user_data);
	struct ksock_net *net = ni->data;

	if (!ksock_net_get(net))
		return -ESHUTDOWN;
	ksock_socket_tune(sock);
	ksock_greet_give_net(g, net);
	return 0;
}
