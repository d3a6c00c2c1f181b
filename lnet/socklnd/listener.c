// SPDX-License-Identifier: GPL-2.0
/*
 * Listening: a socket for each address of ours, on the port of LNet. NIs of
 * several networks may have the same address, and share it.
 *
 * The socket calls back when somebody has connected; a work item takes him, and
 * begins the handshake (greet.c), which waits for him. Nobody is taken before the NI
 * that he may want can be found.
 */
#include "listener.h"
#include "count.h"
#include "drain.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "sock.h"

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <net/sock.h>

enum {
	RETRY_MS	= 100,		/* when there was no memory to take somebody */
	TAKE_MAX	= 64,		/* of a turn: others wait for the work queue */
};

/* M: listeners_mutex */
struct lnet_sock_listener {
	struct list_head link;		/* M: */
	unsigned int users;		/* M: NIs */
	u32 ip;				/* I: */
	struct socket *sock;		/* I: */
	bool open;			/* M: it calls back */
	bool closing;			/* READ_ONCE/WRITE_ONCE: nobody is taken any more */
	struct delayed_work work;
	void (*data_ready)(struct sock *sk);	/* I: */
	refcount_t refs;		/* its handshakes', and its users' */
	struct completion gone;		/* none is left */
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
	lnet_sock_drain(sock, true);
}

/**
 * lnet_sock_listener_release() - a handshake is over
 * @l: that began it; maybe gone on return
 *
 * Context: task.
 */
void lnet_sock_listener_release(struct lnet_sock_listener *l)
{
	if (refcount_dec_and_test(&l->refs))
		complete(&l->gone);
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

static void take_caller(struct lnet_sock_listener *l, struct socket *sock)
{
	u32 ip;
	u16 port;
	int rc;

	return_callback(l, sock);
	if (lnet_sock_remote(sock, &ip, &port)) {
		refuse(sock, LNET_SOCK_END_PEER);
	} else if (lnet_sock_params.accept == LNET_SOCK_ACCEPT_SECURE &&
		   port > LNET_SOCK_PRIVILEGED_LAST) {
		refuse(sock, LNET_SOCK_END_INSECURE);
	} else {
		refcount_inc(&l->refs);
		rc = lnet_sock_greet_caller(l, sock, ip, port);
		if (!rc)
			return;
		lnet_sock_listener_release(l);
		refuse(sock, rc == -EBUSY ? LNET_SOCK_END_TOO_MANY :
					    LNET_SOCK_END_NO_MEMORY);
	}
}

/* Those who have connected since the last time, as many as a turn takes. */
static void take_callers(struct work_struct *work)
{
	struct lnet_sock_listener *l = container_of(to_delayed_work(work),
						    struct lnet_sock_listener, work);
	unsigned int nofs = memalloc_nofs_save();
	struct socket *sock;
	unsigned int n = 0;
	int rc = 0;

	while (!rc && n++ < TAKE_MAX && !READ_ONCE(l->closing)) {
		rc = kernel_accept(l->sock, &sock, O_NONBLOCK);
		if (!rc)
			take_caller(l, sock);
	}
	memalloc_nofs_restore(nofs);
	/* Those who are there already do not call back again. */
	if (rc != -EAGAIN && !READ_ONCE(l->closing))
		queue_delayed_work(lnet_sock_wq, &l->work,
				   rc ? msecs_to_jiffies(RETRY_MS) : 0);
}

static void on_caller(struct sock *sk)
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

static struct lnet_sock_listener *make_listener(u32 ip)
{
	struct lnet_sock_listener *l;
	struct socket *sock;

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
	refcount_set(&l->refs, 1);
	init_completion(&l->gone);
	INIT_DELAYED_WORK(&l->work, take_callers);
	return l;
}

static void close_listener(struct lnet_sock_listener *l)
{
	struct sock *sk = l->sock->sk;

	WRITE_ONCE(l->closing, true);
	if (l->open) {
		write_lock_bh(&sk->sk_callback_lock);
		sk->sk_user_data = NULL;
		sk->sk_data_ready = l->data_ready;
		write_unlock_bh(&sk->sk_callback_lock);
	}
	cancel_delayed_work_sync(&l->work);
	/* Those who are there, or have just been taken, and no more of them. */
	lnet_sock_greets_stop(NULL, l, LNET_SOCK_END_SHUTDOWN);
	lnet_sock_listener_release(l);
	wait_for_completion(&l->gone);
	lnet_sock_drain(l->sock, true);
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
	l = make_listener(ip);
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
 * lnet_sock_listener_open() - callers may be taken now
 * @l: from lnet_sock_listener_get(); may be NULL
 *
 * Context: task; may sleep.
 */
void lnet_sock_listener_open(struct lnet_sock_listener *l)
{
	struct sock *sk;

	if (!l)
		return;
	mutex_lock(&listeners_mutex);
	if (!l->open) {
		l->open = true;
		sk = l->sock->sk;
		write_lock_bh(&sk->sk_callback_lock);
		l->data_ready = sk->sk_data_ready;
		sk->sk_user_data = l;
		sk->sk_data_ready = on_caller;
		write_unlock_bh(&sk->sk_callback_lock);
		/* Who has come before that. */
		queue_delayed_work(lnet_sock_wq, &l->work, 0);
	}
	mutex_unlock(&listeners_mutex);
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
