// SPDX-License-Identifier: GPL-2.0
/*
 * Handshakes with those who connect to us, after they have said which NID they
 * want: a work item each, as each waits for what somebody else writes.
 *
 * Whoever could connect from a privileged port is believed to be who he says.
 * From another port, if such are taken at all, his NID is his address on our
 * network, and his PID is made of the port; nothing is ever sent to him but by
 * connections of his.
 */
#include "conn.h"
#include "hello.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "sock.h"

#include <linux/err.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

enum {
	GREETINGS_MAX	= 480,		/* at once, of one NI; 512 can run on 6.1 */
	GREETINGS_EACH	= 240,		/* of them, from one address */
};

struct greeting {
	struct work_struct work;
	struct list_head link;		/* net->abort_mutex */
	struct lnet_sock_net *net;	/* held */
	struct socket *sock;
	u32 ip;
	u16 port;
};

static void log_end(struct greeting *g, enum lnet_sock_end why, int error)
{
	lnet_sock_count_end(why);
	if (lnet_sock_end_is_bad(why))
		pr_warn_ratelimited(LNET_SOCK_NAME ": connection from %pI4h:%u refused: %s (%d)\n",
				    &g->ip, g->port, lnet_sock_end_text(why), error);
}

/* Who it is, whatever he says. */
static void identify(struct greeting *g, const struct lnet_sock_hello *hello,
		     lnet_nid_t *nid, lnet_pid_t *pid)
{
	*nid = hello->src_nid;
	*pid = hello->src_pid;
	if (g->port <= LNET_SOCK_PRIVILEGED_LAST)
		return;
	*nid = LNET_MKNID(LNET_NIDNET(g->net->ni->nid), g->ip);
	*pid = g->port | LNET_PID_USERFLAG;
}

static enum lnet_sock_end reason(int rc)
{
	switch (rc) {
	case -EPROTONOSUPPORT:
		return LNET_SOCK_END_QUERY;
	case -EPROTO:
		return LNET_SOCK_END_BAD_HELLO;
	case -ETIMEDOUT:
		return LNET_SOCK_END_SLOW;
	case -ECONNRESET:
		return LNET_SOCK_END_PEER;
	default:
		return LNET_SOCK_END_ERROR;
	}
}

static int hear(struct greeting *g, struct lnet_sock_hello *hello)
{
	unsigned long end = jiffies + lnet_sock_params.accept_timeout * HZ;
	int rc = lnet_sock_hello_hear(g->sock, end, hello);

	/* Nobody connects to say that he does not want to. */
	if (!rc && hello->ctype == LNET_SOCK_NONE)
		rc = -EPROTO;
	/* Which version we speak; he then knows. */
	if (rc == -EPROTONOSUPPORT)
		lnet_sock_hello_say(g->sock, g->net, g->net->ni->nid, LNET_SOCK_V3,
				    LNET_SOCK_NONE);
	if (rc)
		log_end(g, READ_ONCE(g->net->closing) ? LNET_SOCK_END_SHUTDOWN : reason(rc), rc);
	return rc;
}

/* A connection of it that its peer has, or an error; -EALREADY: say NONE. */
static struct lnet_sock_conn *admit(struct greeting *g, lnet_nid_t nid, lnet_pid_t pid,
				    const struct lnet_sock_hello *hello)
{
	enum lnet_sock_end why = LNET_SOCK_END_SHUTDOWN;
	struct lnet_sock_conn *conn;
	struct lnet_sock_peer *peer;
	int rc;

	conn = lnet_sock_conn_new(g->sock, lnet_sock_mirror(hello->ctype), hello);
	if (!conn) {
		log_end(g, LNET_SOCK_END_NO_MEMORY, -ENOMEM);
		return ERR_PTR(-ENOMEM);
	}
	conn->ip = g->ip;
	conn->port = g->port;

	do {
		peer = lnet_sock_peer_obtain(g->net, nid, pid);
		if (IS_ERR(peer)) {
			rc = PTR_ERR(peer);
			if (rc == -ENOBUFS)
				why = LNET_SOCK_END_TOO_MANY;
			else if (rc != -ESHUTDOWN)
				why = LNET_SOCK_END_NO_MEMORY;
			break;
		}
		rc = lnet_sock_peer_admit(peer, conn, hello->src_incarnation, false, &why);
		lnet_sock_peer_put(peer);
	} while (rc == -ESTALE);
	if (!rc)
		return conn;
	log_end(g, why, rc);
	lnet_sock_conn_free(conn);
	return ERR_PTR(rc);
}

/* Admitted, but he has not heard of it. */
static void abandon(struct lnet_sock_conn *conn, int error)
{
	struct lnet_sock_peer *peer = conn->peer;

	spin_lock(&peer->lock);
	lnet_sock_conn_close_locked(conn, LNET_SOCK_END_ERROR, error);
	spin_unlock(&peer->lock);
	lnet_sock_conn_put(conn);
}

/* The connection that has come of it, not started yet; or NULL. */
static struct lnet_sock_conn *greet(struct greeting *g)
{
	struct lnet_sock_hello hello;
	struct lnet_sock_conn *conn;
	lnet_nid_t nid;
	lnet_pid_t pid;
	int rc;

	if (hear(g, &hello))
		return NULL;
	identify(g, &hello, &nid, &pid);
	if (nid == g->net->ni->nid || LNET_NIDNET(nid) == LNET_NET_LO) {
		/* Our own, and nobody's: answers would not go back to him. */
		log_end(g, LNET_SOCK_END_BAD_HELLO, -EPROTO);
		return NULL;
	}
	conn = admit(g, nid, pid, &hello);
	if (IS_ERR(conn)) {
		if (PTR_ERR(conn) == -EALREADY)
			lnet_sock_hello_say(g->sock, g->net, nid, hello.version,
					    LNET_SOCK_NONE);
		return NULL;
	}
	rc = lnet_sock_hello_say(g->sock, g->net, nid, hello.version, conn->type);
	if (!rc)
		return conn;
	abandon(conn, rc);
	return NULL;
}

static void work(struct work_struct *work)
{
	struct greeting *g = container_of(work, struct greeting, work);
	struct lnet_sock_net *net = g->net;
	struct lnet_sock_conn *conn;
	unsigned int nofs;

	/* What waits for it may be what memory is written back by. */
	nofs = memalloc_nofs_save();
	lnet_sock_tune(g->sock);
	conn = greet(g);
	/* Its worker may free the socket: nobody may look at it here any more. */
	mutex_lock(&net->abort_mutex);
	list_del(&g->link);
	net->greetings_nr--;
	mutex_unlock(&net->abort_mutex);
	if (conn)
		lnet_sock_conn_start(conn);
	else
		lnet_sock_end(g->sock, false);
	memalloc_nofs_restore(nofs);
	kfree(g);
	lnet_sock_net_release(net);
}

/*
 * Shown so that it can be ended from outside. No single address may take all the
 * room there is.
 */
static int show(struct greeting *g)
{
	struct lnet_sock_net *net = g->net;
	struct greeting *other;
	unsigned int same = 0;
	int rc = 0;

	mutex_lock(&net->abort_mutex);
	list_for_each_entry(other, &net->greetings, link)
		same += other->ip == g->ip;
	if (READ_ONCE(net->closing)) {
		rc = -ESHUTDOWN;
	} else if (net->greetings_nr >= GREETINGS_MAX || same >= GREETINGS_EACH) {
		rc = -EBUSY;
	} else {
		list_add(&g->link, &net->greetings);
		net->greetings_nr++;
	}
	mutex_unlock(&net->abort_mutex);
	return rc;
}

/**
 * lnet_sock_greet() - lnd_accept: somebody connects to an NI
 * @ni: the NI
 * @sock: has said which NID it wants; ours if 0 is returned
 *
 * Context: task; may sleep.
 * Return: 0; -EBUSY: too many at once; -ESHUTDOWN; -ENOMEM; or what the socket
 * says.
 */
int lnet_sock_greet(struct lnet_ni *ni, struct socket *sock)
{
	struct lnet_sock_net *net = ni->data;
	struct greeting *g;
	int rc;

	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->net = net;
	g->sock = sock;
	INIT_WORK(&g->work, work);
	rc = lnet_sock_remote(sock, &g->ip, &g->port);
	if (rc)
		goto err_free;
	rc = -ESHUTDOWN;
	if (!lnet_sock_net_hold(net))
		goto err_free;
	rc = show(g);
	if (rc)
		goto err_release;
	queue_work(lnet_sock_greet_wq, &g->work);
	return 0;

err_release:
	lnet_sock_net_release(net);
err_free:
	kfree(g);
	return rc;
}

/**
 * lnet_sock_greet_stop() - end the handshakes of an NI
 * @net: closing
 *
 * Context: task; may sleep.
 */
void lnet_sock_greet_stop(struct lnet_sock_net *net)
{
	struct greeting *g;

	mutex_lock(&net->abort_mutex);
	list_for_each_entry(g, &net->greetings, link)
		kernel_sock_shutdown(g->sock, SHUT_RDWR);
	mutex_unlock(&net->abort_mutex);
}
