// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets whose connection has ended. What they were given before, which its
 * senders believe to have gone, still goes to the other side, and so does the word
 * that it is over: both for drain_timeout, then the socket is aborted. So none is
 * left after that but those in TIME-WAIT, which are the kernel's, whatever the other
 * side does; and none when the module goes, which waits for the last.
 *
 * Sockets of the kernel belong to no process that would wait: somebody looks at all
 * of them once in a while, as long as there are any.
 */
#include "drain.h"
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
	READ_BYTES	= 64 << 10,	/* that are read away of one, each time */
	GUEST_S		= 1,		/* for a few bytes to arrive that refuse somebody */
};

/* One that has ended. */
struct drain {
	struct list_head link;		/* D: or the work item's */
	struct socket *sock;
	unsigned long until;		/* jiffies */
	bool guest;			/* it was no connection yet */
};

static DEFINE_SPINLOCK(drains_lock);	/* D; taken by tasks only */
static LIST_HEAD(drains);		/* D: that nobody has looked at since */
static atomic_t drains_nr;
static atomic_t guests_nr;		/* of them */
static DECLARE_WAIT_QUEUE_HEAD(drained);

static void drains_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drains_look);

/* The other side hears of it, and what was not sent is dropped. */
static void drain_abort(struct socket *sock)
{
	sock_no_linger(sock->sk);
	sock_release(sock);
}

/*
 * A socket that is closed with something unread in it resets the connection, and
 * the other side may lose our last words.
 */
static void drain_read_away(struct socket *sock)
{
	struct msghdr msg = {};

	iov_iter_discard(&msg.msg_iter, READ, READ_BYTES);
	sock_recvmsg(sock, &msg, MSG_DONTWAIT);
}

/* Whoever has closed his side reads no more of ours. */
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

/* Is there nothing more to wait for? Then it is closed, or aborted. */
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

	/* Memory may be freed by what a socket lets go of that nobody else aborts. */
	nofs = memalloc_nofs_save();
	/* Those who add one do not wait for this. */
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

/* Is there something that the other side may still want? */
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
		d = kmalloc(sizeof(*d), GFP_NOFS | __GFP_NOWARN);
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
 * ksock_drain() - a socket is not needed any more
 * @sock: gone on return, for the caller; nothing calls back from it
 * @abort: drop what has not been sent; else TCP goes on trying for a while
 *
 * Without memory to remember it by it is aborted, and counted.
 *
 * Context: task; may sleep.
 */
void ksock_drain(struct socket *sock, bool abort)
{
	drain_begin(sock, abort, false);
}

/**
 * ksock_drain_guest() - the same of one that has become no connection
 * @sock: gone on return, for the caller; nothing calls back from it
 * @abort: nothing was said on it
 *
 * There is not as much time for it, and there are callers_max of them at most: more
 * are aborted.
 *
 * Context: task; may sleep.
 */
void ksock_drain_guest(struct socket *sock, bool abort)
{
	drain_begin(sock, abort, true);
}

/**
 * ksock_drains_wait() - until no socket is left
 *
 * Context: task; may sleep, up to drain_timeout; no NI is left.
 */
void ksock_drains_wait(void)
{
	wait_event(drained, !atomic_read(&drains_nr));
	/* It may be just about to look again. */
	cancel_delayed_work_sync(&drain_work);
}
