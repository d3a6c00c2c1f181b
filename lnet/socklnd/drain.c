// SPDX-License-Identifier: GPL-2.0
/*
 * Draining: sockets whose connection has ended. Data that TCP has taken counts as sent, so it
 * still goes to the other side, and a FIN behind it, for drain_timeout; then the socket is aborted.
 * No behaviour of the other side keeps a socket longer, but for TIME-WAIT, in which the socket
 * belongs to the kernel. Module removal waits for the last socket.
 *
 * No process waits for the close of a kernel socket, so a work item looks at all of them every
 * LOOK_MS ms, as long as there are any.
 */
#include "drain.h"
#include "../hooks/alloc.h"
#include "reason.h"
#include "net.h"
#include "param.h"

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

enum {
	LOOK_MS		= 50,
	READ_BYTES	= 64 << 10,	/* discarded from a socket in one look */
	GUEST_S		= 1,		/* seconds for the few bytes of a refusal to arrive */
};

/* A socket that is being drained. */
struct drain {
	struct list_head link;		/* D: or only the work item, while it looks */
	struct socket *sock;
	unsigned long until;		/* end of the time allowed, jiffies */
	bool guest;			/* the socket never became a connection */
};

static DEFINE_SPINLOCK(drains_lock);	/* D: this lock; taken by tasks only */
static LIST_HEAD(drains);		/* D: but those that drains_look() looks at now */
static atomic_t drains_nr;
static atomic_t guests_nr;		/* of drains_nr */
static DECLARE_WAIT_QUEUE_HEAD(drained);

static void drains_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drains_look);

/* Reset the connection, so that the other side learns of it, and drop all unsent data. */
static void drain_abort(struct socket *sock)
{
	sock_no_linger(sock->sk);
	sock_release(sock);
}

/*
 * TCP resets a connection that is closed with unread data, and the other side may then lose the
 * last data that we sent. So discard what has arrived.
 */
static void drain_read_away(struct socket *sock)
{
	struct msghdr msg = {};

	iov_iter_discard(&msg.msg_iter, READ, READ_BYTES);
	sock_recvmsg(sock, &msg, MSG_DONTWAIT);
}

/* A peer that has closed its side does not read the data that it has not acknowledged. */
static bool drain_is_unread(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN &&
	       READ_ONCE(tp->write_seq) != READ_ONCE(tp->snd_una);
}

static bool drain_was_unconnected(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) & (TCPF_LISTEN | TCPF_SYN_SENT | TCPF_CLOSE);
}

/* Discard what has arrived; return true if the socket is closed or its time is up. */
static bool drain_is_over(struct drain *d)
{
	drain_read_away(d->sock);
	return READ_ONCE(d->sock->sk->sk_state) == TCP_CLOSE ||
	       time_after_eq(jiffies, d->until);
}

static void drain_look_again(void)
{
	queue_delayed_work(ksock_wq, &drain_work, msecs_to_jiffies(LOOK_MS));
}

static void drain_end(struct drain *d)
{
	drain_abort(d->sock);
	if (d->guest)
		atomic_dec(&guests_nr);
	kfree(d);
	if (atomic_dec_and_test(&drains_nr))
		wake_up_all(&drained);
}

static void drains_look(struct work_struct *work)
{
	struct drain *d, *next;
	unsigned int nofs;
	LIST_HEAD(these);
	bool any;

	/*
	 * An aborted socket lets go of pages, and writeback may wait for that. Only this work item
	 * aborts these sockets, so it must not reclaim into the file system.
	 */
	nofs = memalloc_nofs_save();
	/* Look without the lock, so that threads which add a socket do not wait. */
	spin_lock(&drains_lock);
	list_splice_init(&drains, &these);
	spin_unlock(&drains_lock);
	list_for_each_entry_safe(d, next, &these, link) {
		if (drain_is_over(d)) {
			list_del(&d->link);
			drain_end(d);
		}
		cond_resched();
	}
	memalloc_nofs_restore(nofs);
	spin_lock(&drains_lock);
	list_splice(&these, &drains);
	any = !list_empty(&drains);
	spin_unlock(&drains_lock);
	if (any)
		drain_look_again();
}

/* Return true if the other side may still want something from the socket. */
static bool drain_is_worth_it(struct socket *sock, bool guest)
{
	if (drain_was_unconnected(sock->sk) ||
	    (guest && atomic_read(&guests_nr) >= ksock_params.callers_max))
		return false;
	drain_read_away(sock);
	return !drain_is_unread(sock->sk);
}

static void drain_begin(struct socket *sock, bool abort, bool guest)
{
	struct drain *d = NULL;

	if (!abort && drain_is_worth_it(sock, guest)) {
		d = lnet_alloc(kmalloc(sizeof(*d), GFP_NOFS | __GFP_NOWARN));
		if (!d)
			ksock_reason_count(KSOCK_REASON_NO_MEMORY);
	}
	if (!d) {
		drain_abort(sock);
		return;
	}

	d->sock = sock;
	d->guest = guest;
	d->until = jiffies + (guest ? GUEST_S : ksock_params.drain_timeout) * HZ;
	kernel_sock_shutdown(sock, SHUT_WR);
	atomic_inc(&drains_nr);
	if (guest)
		atomic_inc(&guests_nr);
	spin_lock(&drains_lock);
	list_add_tail(&d->link, &drains);
	spin_unlock(&drains_lock);
	drain_look_again();
}

/**
 * ksock_drain() - drain or abort a socket
 * @sock: the socket, with its original callbacks; consumed
 * @abort: drop unsent data at once; else TCP may try for drain_timeout
 *
 * Without memory to keep track of the socket it is aborted, and that is counted.
 *
 * Context: task; may sleep.
 */
void ksock_drain(struct socket *sock, bool abort)
{
	drain_begin(sock, abort, false);
}

/**
 * ksock_drain_guest() - drain or abort a socket that never became a connection
 * @sock: the socket, with its original callbacks; consumed
 * @abort: abort at once, as nothing was sent on the socket
 *
 * Such a socket has GUEST_S seconds. Only callers_max of them are drained at a time (counted
 * without a lock); others are aborted.
 *
 * Context: task; may sleep.
 */
void ksock_drain_guest(struct socket *sock, bool abort)
{
	drain_begin(sock, abort, true);
}

/**
 * ksock_drains_wait() - wait until no drained socket is left
 *
 * Context: task; no NI is left; may sleep, up to drain_timeout.
 */
void ksock_drains_wait(void)
{
	wait_event(drained, !atomic_read(&drains_nr));
	/* The work item may still run or be queued. */
	cancel_delayed_work_sync(&drain_work);
}
