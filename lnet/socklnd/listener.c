// SPDX-License-Identifier: GPL-2.0
/*
 * Listening: a socket for each address of ours, on the port of LNet. NIs of
 * several networks may have the same address, and share it.
 *
 * The socket calls back when somebody has connected; a work item takes him. What
 * he says first, a connection request, tells which of our NIDs he wants. Each is
 * listened to in a work item of his own, so that one who says nothing holds up
 * nobody but himself. There may be as many as can run at a time, and half as many
 * from one address.
 */
#include "count.h"
#include "net.h"
#include "param.h"
#include "proto.h"
#include "sock.h"

#include <linux/err.h>
#include <linux/net.h>
#include <linux/slab.h>

#include <net/sock.h>

enum {
	CALLERS_MAX	= 480,		/* that have not said what they want; 512 can run on 6.1 */
	CALLERS_EACH	= 240,		/* of them, from one address */
	ANSWER_S	= 1,		/* for a few bytes to an empty socket */
	RETRY_MS	= 100,		/* when there was no memory to take somebody */
};

/* M: listeners_mutex */
struct lnet_sock_listener {
	struct list_head link;		/* M: */
	unsigned int users;		/* M: NIs */
	u32 ip;				/* I: */
	struct socket *sock;		/* I: */
	struct delayed_work work;
	void (*data_ready)(struct sock *sk);	/* I: */
	struct mutex lock;		/* C */
	struct list_head callers;	/* C: */
	unsigned int callers_nr;	/* C: */
	bool stop;			/* C: */
};

/* One who has connected. */
struct caller {
	struct work_struct work;
	struct list_head link;		/* C: */
	struct lnet_sock_listener *listener;
	struct socket *sock;
	u32 ip;
};

static DEFINE_MUTEX(listeners_mutex);
static LIST_HEAD(listeners);		/* M: */

/* Those who call ------------------------------------------------------------ */

static void refuse(struct socket *sock, enum lnet_sock_end why)
{
	u32 ip = 0;
	u16 port = 0;

	lnet_sock_remote(sock, &ip, &port);
	lnet_sock_count_end(why);
	if (lnet_sock_end_is_bad(why))
		pr_warn_ratelimited(LNET_SOCK_NAME ": connection from %pI4h:%u refused: %s\n",
				    &ip, port, lnet_sock_end_text(why));
}

static enum lnet_sock_end reason(int rc)
{
	switch (rc) {
	case -ETIMEDOUT:
		return LNET_SOCK_END_SLOW;
	case -ECONNRESET:
		return LNET_SOCK_END_PEER;
	case -EPROTO:
		return LNET_SOCK_END_BAD_CONNREQ;
	case -EPROTONOSUPPORT:
		return LNET_SOCK_END_QUERY;
	case -EHOSTUNREACH:
		return LNET_SOCK_END_NOT_OURS;
	case -EBUSY:
		return LNET_SOCK_END_TOO_MANY;
	case -ENOMEM:
		return LNET_SOCK_END_NO_MEMORY;
	case -ESHUTDOWN:
		return LNET_SOCK_END_SHUTDOWN;
	default:
		return LNET_SOCK_END_ERROR;
	}
}

/*
 * What is wanted. The magic comes first: who asks for a version may have written
 * no more than that.
 */
static int hear(struct socket *sock, lnet_nid_t *nid)
{
	unsigned long end = jiffies + lnet_sock_params.accept_timeout * HZ;
	u8 bytes[LNET_SOCK_CONNREQ_BYTES] = {};
	int rc;

	rc = lnet_sock_read(sock, bytes, LNET_SOCK_CONNREQ_FIRST, end);
	if (rc)
		return rc;
	rc = lnet_sock_connreq_first(bytes);
	if (!rc)
		rc = lnet_sock_read(sock, bytes + LNET_SOCK_CONNREQ_FIRST,
				    sizeof(bytes) - LNET_SOCK_CONNREQ_FIRST, end);
	if (!rc)
		rc = lnet_sock_connreq_decode(bytes, nid);
	if (rc == -EPROTONOSUPPORT) {
		lnet_sock_connreq_encode(bytes, 0);
		lnet_sock_write(sock, bytes, sizeof(bytes), ANSWER_S);
	}
	return rc;
}

/* Shown so that it can be ended from outside; unless there are too many. */
static bool show(struct caller *c)
{
	struct lnet_sock_listener *l = c->listener;
	unsigned int same = 0;
	struct caller *other;
	bool go;

	mutex_lock(&l->lock);
	list_for_each_entry(other, &l->callers, link)
		same += other->ip == c->ip;
	go = l->callers_nr < CALLERS_MAX && same < CALLERS_EACH;
	if (go) {
		list_add(&c->link, &l->callers);
		l->callers_nr++;
	}
	mutex_unlock(&l->lock);
	return go;
}

/* Whoever waits for this to be none waits for us. */
static void hide(struct caller *c)
{
	struct lnet_sock_listener *l = c->listener;

	mutex_lock(&l->lock);
	list_del(&c->link);
	l->callers_nr--;
	mutex_unlock(&l->lock);
}

static bool stopped(struct lnet_sock_listener *l)
{
	bool stop;

	mutex_lock(&l->lock);
	stop = l->stop;
	mutex_unlock(&l->lock);
	return stop;
}

static void caller_work(struct work_struct *work)
{
	struct caller *c = container_of(work, struct caller, work);
	struct socket *sock = c->sock;
	lnet_nid_t nid;
	int rc;

	rc = hear(sock, &nid);
	if (stopped(c->listener))
		rc = -ESHUTDOWN;
	/* The socket may be another's after this, or gone. */
	hide(c);
	kfree(c);
	if (!rc)
		rc = lnet_lnd_accept(nid, sock);
	if (rc) {
		refuse(sock, reason(rc));
		lnet_sock_end(sock, false);
	}
}

/* A new connection has inherited the callback, which wakes nobody. */
static void return_callback(struct lnet_sock_listener *l, struct socket *sock)
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = l->data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Returns why he is refused, or -1. */
static int take(struct lnet_sock_listener *l, struct socket *sock)
{
	struct caller *c;
	u32 ip;
	u16 port;

	return_callback(l, sock);
	if (lnet_sock_remote(sock, &ip, &port))
		return LNET_SOCK_END_PEER;
	if (lnet_sock_params.accept == LNET_SOCK_ACCEPT_SECURE && port > LNET_SOCK_PRIVILEGED_LAST)
		return LNET_SOCK_END_INSECURE;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return LNET_SOCK_END_NO_MEMORY;
	c->listener = l;
	c->sock = sock;
	c->ip = ip;
	INIT_WORK(&c->work, caller_work);
	if (!show(c)) {
		kfree(c);
		return LNET_SOCK_END_TOO_MANY;
	}
	queue_work(lnet_sock_accept_wq, &c->work);
	return -1;
}

/* All who have connected since the last time. */
static void listener_work(struct work_struct *work)
{
	struct lnet_sock_listener *l = container_of(to_delayed_work(work),
						    struct lnet_sock_listener, work);
	struct socket *sock;
	int rc, why;

	while (!(rc = kernel_accept(l->sock, &sock, O_NONBLOCK))) {
		why = take(l, sock);
		if (why >= 0) {
			refuse(sock, why);
			lnet_sock_end(sock, false);
		}
	}
	/* Those who are there already do not call back again. */
	if (rc != -EAGAIN)
		queue_delayed_work(lnet_sock_wq, &l->work, msecs_to_jiffies(RETRY_MS));
}

static void data_ready(struct sock *sk)
{
	struct lnet_sock_listener *l;

	read_lock_bh(&sk->sk_callback_lock);
	l = sk->sk_user_data;
	/* Of one that nobody has taken yet nothing can be read. */
	if (l && sk->sk_state == TCP_LISTEN)
		mod_delayed_work(lnet_sock_wq, &l->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Coming and going ---------------------------------------------------------- */

static struct lnet_sock_listener *open_listener(u32 ip)
{
	struct lnet_sock_listener *l;
	struct socket *sock;
	struct sock *sk;

	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return ERR_PTR(-ENOMEM);
	sock = lnet_sock_listen(ip, lnet_sock_params.port, lnet_sock_params.backlog);
	if (IS_ERR(sock)) {
		pr_err(LNET_SOCK_NAME ": cannot listen on %pI4h:%u: error %ld\n", &ip,
		       lnet_sock_params.port, PTR_ERR(sock));
		kfree(l);
		return ERR_CAST(sock);
	}

	l->ip = ip;
	l->sock = sock;
	INIT_DELAYED_WORK(&l->work, listener_work);
	mutex_init(&l->lock);
	INIT_LIST_HEAD(&l->callers);
	sk = sock->sk;
	write_lock_bh(&sk->sk_callback_lock);
	l->data_ready = sk->sk_data_ready;
	sk->sk_user_data = l;
	sk->sk_data_ready = data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	/* Who has come before that. */
	queue_delayed_work(lnet_sock_wq, &l->work, 0);
	return l;
}

static void close_listener(struct lnet_sock_listener *l)
{
	struct sock *sk = l->sock->sk;
	struct caller *c;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = l->data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	cancel_delayed_work_sync(&l->work);

	mutex_lock(&l->lock);
	l->stop = true;
	list_for_each_entry(c, &l->callers, link)
		kernel_sock_shutdown(c->sock, SHUT_RDWR);
	mutex_unlock(&l->lock);
	/* Items of ours only, and each ends soon. */
	flush_workqueue(lnet_sock_accept_wq);
	sock_release(l->sock);
	kfree(l);
}

/**
 * lnet_sock_listener_get() - listen on an address
 * @ip: the address
 *
 * Context: task; may sleep.
 * Return: a listener, maybe with other users; NULL: nobody is to connect to us;
 * or an error.
 */
struct lnet_sock_listener *lnet_sock_listener_get(u32 ip)
{
	struct lnet_sock_listener *l;

	if (lnet_sock_params.accept == LNET_SOCK_ACCEPT_NONE)
		return NULL;
	mutex_lock(&listeners_mutex);
	list_for_each_entry(l, &listeners, link)
		if (l->ip == ip)
			goto found;
	l = open_listener(ip);
	if (IS_ERR(l))
		goto out;
	list_add(&l->link, &listeners);
found:
	l->users++;
out:
	mutex_unlock(&listeners_mutex);
	return l;
}

/**
 * lnet_sock_listener_put() - a user less
 * @l: from lnet_sock_listener_get(); may be NULL
 *
 * Context: task; may sleep.
 */
void lnet_sock_listener_put(struct lnet_sock_listener *l)
{
	if (!l)
		return;
	mutex_lock(&listeners_mutex);
	if (!--l->users) {
		list_del(&l->link);
		close_listener(l);
	}
	mutex_unlock(&listeners_mutex);
}
