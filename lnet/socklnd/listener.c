// SPDX-License-Identifier: GPL-2.0
/*
 * Listening: one socket for each address of ours, on the port of LNet. NIs of several networks
 * may have the same address, and share its listener.
 *
 * A caller is a peer that connects to us. The socket calls back when a caller has connected; a
 * work item then accepts the connection and begins the handshake (greet.c), which does the
 * waiting. Nothing is accepted before the NI that a caller may ask for can be found.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "listener.h"
#include "../hooks/alloc.h"
#include "addr.h"
#include "reason.h"
#include "drain.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "socket.h"

#include <lnet/lnd.h>

#include <linux/err.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <net/sock.h>

enum {
	RETRY_MS	= 100,		/* pause when accept failed, such as for lack of memory */
	WAIT_REPORT_S	= 5,		/* how often the log says what the end waits for */
	TAKE_MAX	= 64,		/* accepted in one run of the work item: others wait */
};

/* M: under listeners_mutex; I: constant, set before @work is first queued. */
struct ksock_listener {
	struct list_head link;		/* M: */
	unsigned int users;		/* M: number of NIs */
	struct in6_addr addr;		/* I: */
	struct socket *sock;		/* I: */
	bool open;			/* M: the socket calls back */
	bool closing;			/* READ_ONCE/WRITE_ONCE: accept no more */
	struct delayed_work work;
	void (*data_ready)(struct sock *sk);	/* I: the original callback */
	struct ksock_greet_group callers;	/* with a reference for all users */
};

static DEFINE_MUTEX(listeners_mutex);
static LIST_HEAD(listeners);		/* M: */

/* Callers ------------------------------------------------------------------- */

static void listener_refuse(struct socket *sock, enum ksock_reason why)
{
	struct in6_addr addr = {};
	char text[KSOCK_ADDR_TEXT];
	u16 port = 0;

	ksock_socket_remote(sock, &addr, &port);
	ksock_reason_count(why);
	if (ksock_reason_is_bad(why))
		pr_warn_ratelimited("connection from %s refused: %s\n",
				    ksock_addr_print(&addr, port, text), ksock_reason_text(why));
	ksock_drain(sock, true);
}

/* An accepted socket inherits our callback, which does nothing for it: restore the original. */
static void listener_return_callback(struct ksock_listener *l, struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);		/* see ksock_job_take() */
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = l->data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
}

static void listener_take_caller(struct ksock_listener *l, struct socket *sock)
{
	struct in6_addr addr;
	u16 port;
	int rc;

	listener_return_callback(l, sock);
	if (ksock_socket_remote(sock, &addr, &port)) {
		listener_refuse(sock, KSOCK_REASON_PEER);
	} else if (!ksock_addr_is_node(&addr)) {
		/* It is of our own link, but which of our interfaces, nobody would know later. */
		listener_refuse(sock, KSOCK_REASON_NO_NODE);
	} else if (ksock_params.accept == KSOCK_ACCEPT_SECURE &&
		   port > KSOCK_PRIVILEGED_LAST) {
		listener_refuse(sock, KSOCK_REASON_INSECURE);
	} else {
		refcount_inc(&l->callers.refs);
		rc = ksock_greet_caller(&l->callers, sock, &addr, port);
		if (!rc)
			return;
		ksock_greet_group_put(&l->callers);
		listener_refuse(sock, rc == -EBUSY ? KSOCK_REASON_TOO_MANY :
					    KSOCK_REASON_NO_MEMORY);
	}
}

/* Accept the connections that wait, up to TAKE_MAX of them. */
static void listener_work(struct work_struct *work)
{
	struct ksock_listener *l = container_of(to_delayed_work(work),
						struct ksock_listener, work);
	unsigned int nofs = memalloc_nofs_save();
	struct socket *sock;
	unsigned int n = 0;
	int rc = 0;

	while (!rc && n++ < TAKE_MAX && !READ_ONCE(l->closing)) {
		rc = kernel_accept(l->sock, &sock, O_NONBLOCK);
		if (!rc)
			listener_take_caller(l, sock);
	}
	memalloc_nofs_restore(nofs);
	/* Connections that wait already do not call back again. */
	if (rc != -EAGAIN && !READ_ONCE(l->closing))
		queue_delayed_work(ksock_wq, &l->work,
				   rc ? msecs_to_jiffies(RETRY_MS) : 0);
}

static void listener_on_caller(struct sock *sk)
{
	struct ksock_listener *l;

	read_lock_bh(&sk->sk_callback_lock);
	l = sk->sk_user_data;
	/* Nothing can be read from a socket that inherited this callback before it is accepted. */
	if (l && READ_ONCE(sk->sk_state) == TCP_LISTEN)
		mod_delayed_work(ksock_wq, &l->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Coming and going ---------------------------------------------------------- */

static struct ksock_listener *listener_new(const struct in6_addr *addr)
{
	char text[KSOCK_ADDR_TEXT];
	struct ksock_listener *l;
	struct socket *sock;
	int rc;

	l = lnet_alloc(kzalloc(sizeof(*l), GFP_KERNEL));
	if (!l)
		return ERR_PTR(-ENOMEM);
	sock = ksock_socket_listen(addr, ksock_params.port, ksock_params.backlog);
	if (IS_ERR(sock)) {
		rc = PTR_ERR(sock);
		pr_err("this node cannot listen on %s: %s (error %d)\n",
		       ksock_addr_print(addr, ksock_params.port, text), lnet_error_text(rc), rc);
		kfree(l);
		return ERR_PTR(rc);
	}
	l->addr = *addr;
	l->sock = sock;
	refcount_set(&l->callers.refs, 1);
	init_completion(&l->callers.released);
	INIT_DELAYED_WORK(&l->work, listener_work);
	return l;
}

static void listener_close(struct ksock_listener *l)
{
	struct sock *sk = l->sock->sk;
	char text[KSOCK_ADDR_TEXT];

	WRITE_ONCE(l->closing, true);
	if (l->open) {
		write_lock_bh(&sk->sk_callback_lock);
		sk->sk_user_data = NULL;
		WRITE_ONCE(sk->sk_data_ready, l->data_ready);
		write_unlock_bh(&sk->sk_callback_lock);
	}
	cancel_delayed_work_sync(&l->work);
	/* The work item has ended, so no handshake begins after these. */
	ksock_greets_stop(NULL, &l->callers, KSOCK_REASON_SHUTDOWN);
	ksock_greet_group_put(&l->callers);
	while (!wait_for_completion_timeout(&l->callers.released, WAIT_REPORT_S * HZ))
		pr_warn("the listener on %s goes down: waiting for %u handshakes: see /sys/kernel/lnet/socklnd/workers/*/connections\n",
			ksock_addr_print(&l->addr, 0, text), refcount_read(&l->callers.refs));
	ksock_drain(l->sock, true);
	kfree(l);
}

/**
 * ksock_listener_get() - listen on an address
 * @addr: the address
 *
 * Context: task; may sleep.
 * Return: a listener, which other NIs may share; NULL: the parameter accept forbids peers to
 * connect to us; or an ERR_PTR().
 */
struct ksock_listener *ksock_listener_get(const struct in6_addr *addr)
{
	struct ksock_listener *l;

	if (ksock_params.accept == KSOCK_ACCEPT_NONE)
		return NULL;
	mutex_lock(&listeners_mutex);
	list_for_each_entry(l, &listeners, link)
		if (ksock_addr_is_same(&l->addr, addr))
			goto found;
	l = listener_new(addr);
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
 * ksock_listener_open() - begin to accept connections
 * @l: the listener, from ksock_listener_get(); may be NULL
 *
 * Context: task; may sleep.
 */
void ksock_listener_open(struct ksock_listener *l)
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
		/* TCP takes no lock to see which function of a listening socket it calls. */
		WRITE_ONCE(sk->sk_data_ready, listener_on_caller);
		write_unlock_bh(&sk->sk_callback_lock);
		/* Callers that connected before this do not call back. */
		queue_delayed_work(ksock_wq, &l->work, 0);
	}
	mutex_unlock(&listeners_mutex);
}

/**
 * ksock_listener_put() - drop one user of a listener
 * @l: the listener, from ksock_listener_get(); may be NULL
 *
 * The last user ends the handshakes, and waits for them.
 *
 * Context: task; may sleep.
 */
void ksock_listener_put(struct ksock_listener *l)
{
	if (!l)
		return;
	mutex_lock(&listeners_mutex);
	if (!--l->users) {
		list_del(&l->link);
		listener_close(l);
	}
	mutex_unlock(&listeners_mutex);
}
