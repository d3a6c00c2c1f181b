// SPDX-License-Identifier: GPL-2.0
/*
 * Handshakes: what is said on a socket before it is a connection, by either side.
 *
 *	we connect		CONNECT, we say all, HELLO, admitted
 *	somebody connects	CONNREQ, which NI?, HELLO, admitted, we say HELLO
 *
 * A handshake is a job of a worker: a state, and the bytes that it waits for. Nobody
 * sleeps in it, so one that says nothing costs its memory and a place, and holds up
 * nobody. It ends by itself, when what came is good or bad, or is ended from outside:
 * it has taken too long, the NI or the listener goes, or its place is needed. Then it
 * is marked, and its worker does the rest.
 *
 * Places are of those who connect to us: callers_max in all, callers_each from one
 * address. Where there is none left it is not the newcomer that goes, but the one that
 * has said nothing for longest. So a crowd of silent ones locks out only itself.
 *
 * What becomes of a good HELLO is in admit.c.
 */
#include "greet.h"
#include "../hooks/window.h"
#include "conn.h"
#include "drain.h"
#include "listener.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "sock.h"
#include "worker.h"

#include <lnet/api.h>

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <net/sock.h>

enum {
	PORT_FIRST	= LNET_SOCK_PRIVILEGED_LAST,	/* and downwards */
	PORT_LAST	= 512,
};

static_assert(LNET_SOCK_HELLO_IPS * sizeof(u32) <= LNET_SOCK_GREET_BYTES);
static_assert((int)LNET_SOCK_CONNREQ_BYTES <= (int)LNET_SOCK_GREET_BYTES);

static DEFINE_SPINLOCK(greets_lock);	/* G; taken by tasks only */
static LIST_HEAD(callers);		/* G: that have a place; silent for longest first */
static LIST_HEAD(others);		/* G: dials, and callers that have no place any more */
static unsigned int callers_nr;		/* G: that have a place */
static unsigned int callers_all;	/* G: with those whose worker has yet to end them */

/* How it ends --------------------------------------------------------------- */

/**
 * lnet_sock_greet_why() - what is counted for an error
 * @g: the handshake that it ends
 * @rc: -errno
 *
 * Return: the reason.
 */
enum lnet_sock_end lnet_sock_greet_why(const struct lnet_sock_greet *g, int rc)
{
	const bool requests = g->state <= LNET_SOCK_GREET_CONNREQ;

	switch (rc) {
	case -EALREADY:
	case -EAGAIN:
		return LNET_SOCK_END_REFUSED;
	case -EPROTO:
		return requests ? LNET_SOCK_END_BAD_CONNREQ : LNET_SOCK_END_BAD_HELLO;
	case -EPROTONOSUPPORT:
		return LNET_SOCK_END_QUERY;
	case -EOPNOTSUPP:
	case -EHOSTUNREACH:
		/* Of a caller, who wants another node, or 0@lo; to us it is the network. */
		return g->peer ? LNET_SOCK_END_ERROR : LNET_SOCK_END_NOT_OURS;
	case -ECONNRESET:
		return g->peer ? LNET_SOCK_END_ERROR : LNET_SOCK_END_PEER;
	case -ETIMEDOUT:
		return LNET_SOCK_END_TIMEOUT;
	case -ENOMEM:
		return LNET_SOCK_END_NO_MEMORY;
	case -ESHUTDOWN:
		return LNET_SOCK_END_SHUTDOWN;
	case -EACCES:
		return LNET_SOCK_END_ADDRESS;
	default:
		return LNET_SOCK_END_ERROR;
	}
}

#define REFUSED	LNET_SOCK_NAME ": connection from %pI4h:%u refused: %s\n"

/**
 * lnet_sock_greet_count() - a handshake comes to nothing
 * @g: which
 * @why: counted, and if it is bad said in the log
 *
 * What becomes of a dial is said by it (dial.c). A crowd of those who say nothing has
 * lines of its own, or nobody would hear of others.
 *
 * Context: the handshake's worker.
 */
void lnet_sock_greet_count(struct lnet_sock_greet *g, enum lnet_sock_end why)
{
	const char *text = lnet_sock_end_text(why);

	lnet_sock_count_end(why);
	if (g->peer || !lnet_sock_end_is_bad(why))
		return;
	if (why == LNET_SOCK_END_TOO_MANY || why == LNET_SOCK_END_SLOW)
		pr_warn_ratelimited(REFUSED, &g->ip, g->port, text);
	else
		pr_warn_ratelimited(REFUSED, &g->ip, g->port, text);
}

/**
 * lnet_sock_greet_abort() - a handshake is to end
 * @g: on the list, or in its peer, whose lock is held
 * @why: counted, if it has not ended by then
 *
 * Context: any.
 */
void lnet_sock_greet_abort(struct lnet_sock_greet *g, enum lnet_sock_end why)
{
	if (cmpxchg(&g->aborted, -1, (int)why) == -1)
		lnet_sock_job_kick(&g->job, LNET_SOCK_JOB_READ);
}

static void mark_late(struct work_struct *work)
{
	struct lnet_sock_greet *g = container_of(to_delayed_work(work),
						 struct lnet_sock_greet, late);

	lnet_sock_greet_abort(g, g->peer ? LNET_SOCK_END_TIMEOUT : LNET_SOCK_END_SLOW);
}

static void set_time(struct lnet_sock_greet *g)
{
	unsigned int s = g->peer ? lnet_sock_params.timeout : lnet_sock_params.accept_timeout;

	mod_delayed_work(lnet_sock_wq, &g->late, s * HZ);
}

/* Places -------------------------------------------------------------------- */

static void doom_locked(struct lnet_sock_greet *g)
{
	lockdep_assert_held(&greets_lock);
	if (!g->listener || g->doomed)
		return;
	g->doomed = true;
	callers_nr--;
	list_move_tail(&g->link, &others);
}

/* Room for one from @ip: who has said nothing for longest goes, if there is none. */
static void make_room_locked(u32 ip)
{
	struct lnet_sock_greet *g, *same = NULL;
	unsigned int each = 0;

	lockdep_assert_held(&greets_lock);
	list_for_each_entry(g, &callers, link) {
		if (g->ip != ip)
			continue;
		same = same ?: g;
		each++;
	}
	if (each >= lnet_sock_params.callers_each)
		g = same;
	else if (callers_nr >= lnet_sock_params.callers_max)
		g = list_first_entry(&callers, struct lnet_sock_greet, link);
	else
		return;
	doom_locked(g);
	lnet_sock_greet_abort(g, LNET_SOCK_END_TOO_MANY);
}

static void add_greet(struct lnet_sock_greet *g)
{
	spin_lock(&greets_lock);
	if (g->listener) {
		make_room_locked(g->ip);
		callers_nr++;
		callers_all++;
	}
	list_add_tail(&g->link, g->listener ? &callers : &others);
	spin_unlock(&greets_lock);
}

static void del_greet(struct lnet_sock_greet *g)
{
	spin_lock(&greets_lock);
	doom_locked(g);
	if (g->listener)
		callers_all--;
	list_del(&g->link);
	spin_unlock(&greets_lock);
}

static void stop_locked(struct list_head *list, const struct lnet_sock_net *net,
			const struct lnet_sock_listener *l, enum lnet_sock_end why)
{
	struct lnet_sock_greet *g;

	list_for_each_entry(g, list, link)
		if ((net && g->net == net) || (l && g->listener == l))
			lnet_sock_greet_abort(g, why);
}

/**
 * lnet_sock_greets_stop() - end handshakes
 * @net: those of this NI, or NULL
 * @l: those that this listener took, or NULL
 * @why: counted
 *
 * Context: task; does not sleep. They end soon after.
 */
void lnet_sock_greets_stop(const struct lnet_sock_net *net,
			   const struct lnet_sock_listener *l, enum lnet_sock_end why)
{
	spin_lock(&greets_lock);
	stop_locked(&callers, net, l, why);
	stop_locked(&others, net, l, why);
	spin_unlock(&greets_lock);
}

/* What we say --------------------------------------------------------------- */

/**
 * lnet_sock_greet_say_hello() - write a HELLO
 * @g: to the other side of this handshake
 * @to: the NID it is for
 * @version: of the protocol
 * @ctype: what for, in our words
 *
 * Our PID is what LNetNIInit() was given, which takes none that would stop a real
 * peer.
 *
 * Context: the handshake's worker.
 * Return: 0 or -errno, as of lnet_sock_say().
 */
int lnet_sock_greet_say_hello(struct lnet_sock_greet *g, lnet_nid_t to,
			      unsigned int version, enum lnet_sock_ctype ctype)
{
	struct lnet_sock_hello hello = {
		.version = version,
		.src_nid = g->net->ni->nid,
		.src_pid = g->net->pid,
		.src_incarnation = READ_ONCE(g->net->incarnation),
		.dst_nid = to,
		.ctype = ctype,
	};
	u8 bytes[LNET_SOCK_HELLO_V1_BYTES];
	size_t n = lnet_sock_hello_encode(bytes, &hello);

	g->incarnation = hello.src_incarnation;
	g->said = true;
	return lnet_sock_say(g->job.sock, bytes, n);
}

/* Which version of a connection request we know. */
static void say_connreq_version(struct lnet_sock_greet *g)
{
	u8 bytes[LNET_SOCK_CONNREQ_BYTES];

	g->said = true;
	lnet_sock_connreq_encode(bytes, 0);
	lnet_sock_say(g->job.sock, bytes, sizeof(bytes));
}

/* We speak first, and do not wait between the two. */
static int say_all(struct lnet_sock_greet *g)
{
	u8 bytes[LNET_SOCK_CONNREQ_BYTES];
	int rc;

	lnet_sock_tune(g->job.sock);
	lnet_sock_connreq_encode(bytes, g->peer->key.nid);
	rc = lnet_sock_say(g->job.sock, bytes, sizeof(bytes));
	return rc ?: lnet_sock_greet_say_hello(g, g->peer->key.nid, g->version, g->type);
}

/* What comes ---------------------------------------------------------------- */

static void wait_for_bytes(struct lnet_sock_greet *g, enum lnet_sock_greet_state state,
			   unsigned int want)
{
	g->state = state;
	g->want = want;
}

static void wait_for_hello(struct lnet_sock_greet *g)
{
	g->have = 0;
	wait_for_bytes(g, LNET_SOCK_GREET_HELLO_FIRST, LNET_SOCK_HELLO_FIRST);
	set_time(g);
}

/* 1: all are there; 0: not yet; -errno. */
static int hear(struct lnet_sock_greet *g)
{
	int rc;

	while (g->have < g->want) {
		rc = lnet_sock_hear(g->job.sock, g->buf + g->have, g->want - g->have);
		if (rc <= 0)
			return rc;
		g->have += rc;
	}
	return 1;
}

/*
 * The magic comes first: who asks for a version may have written no more than that.
 */
static int on_connreq(struct lnet_sock_greet *g)
{
	lnet_nid_t nid;
	int rc;

	if (g->state == LNET_SOCK_GREET_CONNREQ_FIRST) {
		rc = lnet_sock_connreq_first(g->buf);
		if (!rc)
			wait_for_bytes(g, LNET_SOCK_GREET_CONNREQ, LNET_SOCK_CONNREQ_BYTES);
	} else {
		rc = lnet_sock_connreq_decode(g->buf, &nid);
		if (!rc)
			rc = lnet_lnd_accept(nid, g->job.sock);
		if (!rc)
			wait_for_hello(g);
	}
	if (rc == -EPROTONOSUPPORT)
		say_connreq_version(g);
	return rc;
}

static int on_hello_first(struct lnet_sock_greet *g)
{
	int rc = lnet_sock_hello_first(g->buf, &g->hello);

	if (!rc)
		wait_for_bytes(g, LNET_SOCK_GREET_HELLO,
			       LNET_SOCK_HELLO_FIRST + lnet_sock_hello_rest(&g->hello));
	if (rc != -EPROTONOSUPPORT)
		return rc;
	/* Whoever answers us has been told ours, and should know. */
	if (g->peer)
		return -EPROTO;
	lnet_sock_greet_say_hello(g, g->net->ni->nid, LNET_SOCK_V3, LNET_SOCK_NONE);
	return rc;
}

static int on_hello(struct lnet_sock_greet *g)
{
	int rc = lnet_sock_hello_decode(g->buf, &g->hello);

	if (!rc && g->hello.ips) {
		g->have = 0;
		wait_for_bytes(g, LNET_SOCK_GREET_HELLO_IPS, g->hello.ips * sizeof(u32));
	}
	return rc;
}

/* Addresses that older peers send; nobody needs them, but none is nobody's. */
static int on_ips(const struct lnet_sock_greet *g)
{
	const u32 *ips = (const u32 *)g->buf;
	unsigned int i;

	for (i = 0; i < g->hello.ips; i++)
		if (!ips[i])
			return -EPROTO;
	return 0;
}

/* One more thing that has come. 1: go on; 0: wait; -errno. */
static int take_step(struct lnet_sock_greet *g, bool *heard)
{
	int rc;

	*heard = false;
	if (g->state == LNET_SOCK_GREET_CONNECT) {
		rc = lnet_sock_connected(g->job.sock);
		if (rc <= 0)
			return rc;
		rc = say_all(g);
		wait_for_hello(g);
		return rc ?: 1;
	}
	rc = hear(g);
	if (rc <= 0)
		return rc;
	switch (g->state) {
	case LNET_SOCK_GREET_CONNREQ_FIRST:
	case LNET_SOCK_GREET_CONNREQ:
		rc = on_connreq(g);
		break;
	case LNET_SOCK_GREET_HELLO_FIRST:
		rc = on_hello_first(g);
		break;
	case LNET_SOCK_GREET_HELLO:
		rc = on_hello(g);
		*heard = !rc && g->state == LNET_SOCK_GREET_HELLO;
		break;
	default:
		rc = on_ips(g);
		*heard = !rc;
		break;
	}
	return rc ?: 1;
}

/* 1: it is a connection; 0: not yet; -errno, counted. */
static int go_on(struct lnet_sock_greet *g)
{
	bool heard;
	int rc;

	do {
		rc = take_step(g, &heard);
	} while (rc > 0 && !heard);
	if (rc > 0)
		return g->peer ? lnet_sock_admit_dialled(g) : lnet_sock_admit_caller(g);
	if (rc < 0)
		lnet_sock_greet_count(g, lnet_sock_greet_why(g, rc));
	return rc;
}

static struct lnet_sock_greet *greet_of(struct lnet_sock_job *job)
{
	return container_of(job, struct lnet_sock_greet, job);
}

static bool serve_greet(struct lnet_sock_job *job)
{
	struct lnet_sock_greet *g = greet_of(job);
	int why, rc;

	clear_bit(LNET_SOCK_JOB_WRITE, &job->flags);
	if (!test_and_clear_bit(LNET_SOCK_JOB_READ, &job->flags))
		return false;
	/* Pairs with begin_greet(), which kicks once more. */
	if (smp_load_acquire(&g->state) == LNET_SOCK_GREET_NEW)
		return false;
	why = READ_ONCE(g->aborted);
	if (g->error) {
		rc = g->error;
		lnet_sock_greet_count(g, lnet_sock_greet_why(g, rc));
	} else if (why >= 0) {
		rc = lnet_sock_end_errno(why);
		lnet_sock_greet_count(g, why);
	} else {
		rc = go_on(g);
	}
	if (!rc)
		return false;
	g->rc = min(rc, 0);
	set_bit(LNET_SOCK_JOB_CLOSE, &job->flags);
	return true;
}

/* It is over: the socket is a connection's, or nobody's. */
static void end_greet(struct lnet_sock_job *job)
{
	struct lnet_sock_greet *g = greet_of(job);
	struct lnet_sock_peer *peer = g->peer;
	struct socket *sock;

	cancel_delayed_work_sync(&g->late);
	del_greet(g);
	sock = lnet_sock_job_drop(job);
	if (sock)
		lnet_sock_drain_guest(sock, !g->said);
	if (!peer)
		return;
	spin_lock(&peer->lock);
	peer->greet = NULL;
	spin_unlock(&peer->lock);
	lnet_sock_dial_over(peer, g->rc);
}

static void free_greet(struct lnet_sock_job *job)
{
	struct lnet_sock_greet *g = greet_of(job);
	struct lnet_sock_listener *l = g->listener;
	struct lnet_sock_net *net = g->net;

	kfree(g);
	if (net)
		lnet_sock_net_release(net);
	if (l)
		lnet_sock_listener_release(l);
}

static const struct lnet_sock_job_ops greet_ops = {
	.serve	= serve_greet,
	.end	= end_greet,
	.free	= free_greet,
};

static struct lnet_sock_greet *make_greet(u32 ip, u16 port)
{
	struct lnet_sock_greet *g = kzalloc(sizeof(*g), GFP_NOFS);

	if (!g)
		return NULL;
	lnet_sock_job_init(&g->job, &greet_ops, lnet_sock_worker_choose());
	INIT_DELAYED_WORK(&g->late, mark_late);
	g->aborted = -1;
	g->ip = ip;
	g->port = port;
	return g;
}

/* From now on it is its worker's, which looks at what has come by now. */
static void begin_greet(struct lnet_sock_greet *g, enum lnet_sock_greet_state state)
{
	/* What comes may end it before we are out of here. */
	lnet_sock_job_get(&g->job);
	add_greet(g);
	/* Whoever ends all, as the address goes, has said that before he looks for them. */
	if (g->net && READ_ONCE(g->net->down))
		lnet_sock_greet_abort(g, LNET_SOCK_END_NET_DOWN);
	set_time(g);
	/* Pairs with serve_greet(): it has its place, and its time. */
	smp_store_release(&g->state, state);
	lnet_window(LNET_WINDOW_SOCK_GREET_BEGUN);
	lnet_sock_job_kick(&g->job, LNET_SOCK_JOB_READ);
	lnet_sock_job_put(&g->job);
}

/* We connect ---------------------------------------------------------------- */

/* From a port that only root has, the first that is free. */
static int connect_from_privileged(struct lnet_sock_greet *g)
{
	struct socket *sock;
	int port, rc;

	for (port = PORT_FIRST; port >= PORT_LAST; port--) {
		/* That one is for who connects to us. */
		if (port == lnet_sock_params.port)
			continue;
		sock = lnet_sock_new(g->net->ip, port);
		if (IS_ERR(sock)) {
			rc = PTR_ERR(sock);
			if (rc == -EADDRINUSE)
				continue;
			return rc;
		}
		/* Before it can have anything to say. */
		lnet_sock_job_take(&g->job, sock);
		rc = lnet_sock_connect(sock, g->ip, g->port);
		if (rc != -EADDRNOTAVAIL && rc != -EADDRINUSE)
			return rc;
		lnet_sock_drain(lnet_sock_job_drop(&g->job), true);
	}
	return -EADDRINUSE;
}

/* An attempt can be ended from outside from now on. */
static void show_to_peer(struct lnet_sock_greet *g)
{
	struct lnet_sock_peer *peer = g->peer;

	spin_lock(&peer->lock);
	peer->greet = g;
	spin_unlock(&peer->lock);
}

/**
 * lnet_sock_greet_dial() - connect to a peer
 * @peer: whom to; its dial, which is GREETING, holds it
 * @type: what for, in our words
 * @version: of the protocol
 *
 * lnet_sock_dial_over() is called when it has ended, however, if 0 is returned.
 *
 * Context: task; may sleep, but not for the other side.
 * Return: 0; -ENOMEM; -ESHUTDOWN: the NI goes down.
 */
int lnet_sock_greet_dial(struct lnet_sock_peer *peer, enum lnet_sock_ctype type,
			 unsigned int version)
{
	struct lnet_sock_greet *g;

	if (!lnet_sock_net_hold(peer->net))
		return -ESHUTDOWN;
	g = make_greet(LNET_NIDADDR(peer->key.nid), lnet_sock_params.port);
	if (!g) {
		lnet_sock_net_release(peer->net);
		return -ENOMEM;
	}
	g->net = peer->net;
	g->peer = peer;
	g->type = type;
	g->version = version;
	g->error = connect_from_privileged(g);
	show_to_peer(g);
	begin_greet(g, LNET_SOCK_GREET_CONNECT);
	return 0;
}

/* Somebody connects --------------------------------------------------------- */

/**
 * lnet_sock_greet_caller() - somebody has connected
 * @l: the listener that took him, and is held for as long as this takes
 * @sock: his, and the handshake's if 0 is returned
 * @ip: his address
 * @port: his port
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY: too many; -ENOMEM.
 */
int lnet_sock_greet_caller(struct lnet_sock_listener *l, struct socket *sock,
			   u32 ip, u16 port)
{
	struct lnet_sock_greet *g;

	/* Workers are behind with ending those that have lost their places. */
	if (READ_ONCE(callers_all) >= 2 * lnet_sock_params.callers_max)
		return -EBUSY;
	g = make_greet(ip, port);
	if (!g)
		return -ENOMEM;
	g->listener = l;
	g->want = LNET_SOCK_CONNREQ_FIRST;
	lnet_sock_job_take(&g->job, sock);
	begin_greet(g, LNET_SOCK_GREET_CONNREQ_FIRST);
	return 0;
}

/**
 * lnet_sock_greet_accept() - lnd_accept: a caller wants this NI
 * @ni: the NI
 * @sock: of a handshake, which has asked lnet_lnd_accept()
 *
 * Context: the handshake's worker; may sleep.
 * Return: 0; -ESHUTDOWN: the NI goes down.
 */
int lnet_sock_greet_accept(struct lnet_ni *ni, struct socket *sock)
{
	struct lnet_sock_greet *g = greet_of(sock->sk->sk_user_data);
	struct lnet_sock_net *net = ni->data;

	if (!lnet_sock_net_hold(net))
		return -ESHUTDOWN;
	lnet_sock_tune(sock);
	spin_lock(&greets_lock);
	g->net = net;
	if (!g->doomed)
		list_move_tail(&g->link, &callers);
	spin_unlock(&greets_lock);
	return 0;
}
