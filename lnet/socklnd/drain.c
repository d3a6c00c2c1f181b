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
#include "count.h"
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

static void look_at_drains(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, look_at_drains);

/* The other side hears of it, and what was not sent is dropped. */
static void abort_socket(struct socket *sock)
{
	sock_no_linger(sock->sk);
	sock_release(sock);
}

/*
 * A socket that is closed with something unread in it resets the connection, and
 * the other side may lose our last words.
 */
static void read_away(struct socket *sock)
{
	struct msghdr msg = {};

	iov_iter_discard(&msg.msg_iter, READ, READ_BYTES);
	sock_recvmsg(sock, &msg, MSG_DONTWAIT);
}

/* Whoever has closed his side reads no more of ours. */
static bool nobody_reads(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN &&
	       READ_ONCE(tp->write_seq) != READ_ONCE(tp->snd_una);
}

static bool was_never_connected(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) & (TCPF_LISTEN | TCPF_SYN_SENT | TCPF_CLOSE);
}

/* Is there nothing more to wait for? Then it is closed, or aborted. */
static bool is_drained(struct drain *d)
{
	read_away(d->sock);
	return READ_ONCE(d->sock->sk->sk_state) == TCP_CLOSE ||
	       time_after_eq(jiffies, d->until);
}

static void look_again(void)
{
	queue_delayed_work(lnet_sock_wq, &drain_work, msecs_to_jiffies(LOOK_MS));
}

static void end_drain(struct drain *d)
{
	abort_socket(d->sock);
	if (d->guest)
		atomic_dec(&guests_nr);
	kfree(d);
	if (atomic_dec_and_test(&drains_nr))
		wake_up_all(&drained);
}

static void look_at_drains(struct work_struct *work)
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
		if (is_drained(d)) {
			list_del(&d->link);
			end_drain(d);
		}
		cond_resched();
	}
	memalloc_nofs_restore(nofs);
	spin_lock(&drains_lock);
	list_splice(&these, &drains);
	any = !list_empty(&drains);
	spin_unlock(&drains_lock);
	if (any)
		look_again();
}

/* Is there something that the other side may still want? */
static bool is_worth_it(struct socket *sock, bool guest)
{
	if (was_never_connected(sock->sk) ||
	    (guest && atomic_read(&guests_nr) >= lnet_sock_params.callers_max))
		return false;
	read_away(sock);
	return !nobody_reads(sock->sk);
}

static void drain(struct socket *sock, bool abort, bool guest)
{
	struct drain *d = NULL;

	if (!abort && is_worth_it(sock, guest)) {
		d = kmalloc(sizeof(*d), GFP_NOFS | __GFP_NOWARN);
		if (!d)
			lnet_sock_count_end(LNET_SOCK_END_NO_MEMORY);
	}
	if (!d) {
		abort_socket(sock);
		return;
	}

	d->sock = sock;
	d->guest = guest;
	d->until = jiffies + (guest ? GUEST_S : lnet_sock_params.drain_timeout) * HZ;
	kernel_sock_shutdown(sock, SHUT_WR);
	atomic_inc(&drains_nr);
	if (guest)
		atomic_inc(&guests_nr);
	spin_lock(&drains_lock);
	list_add_tail(&d->link, &drains);
	spin_unlock(&drains_lock);
	look_again();
}

/**
 * lnet_sock_drain() - a socket is not needed any more
 * @sock: gone on return, for the caller; nothing calls back from it
 * @abort: drop what has not been sent; else TCP goes on trying for a while
 *
 * Without memory to remember it by it is aborted, and counted.
 *
 * Context: task; may sleep.
 */
void lnet_sock_drain(struct socket *sock, bool abort)
{
	drain(sock, abort, false);
}

/**
 * lnet_sock_drain_guest() - the same of one that has become no connection
 * @sock: gone on return, for the caller; nothing calls back from it
 * @abort: nothing was said on it
 *
 * There is not as much time for it, and there are callers_max of them at most: more
 * are aborted.
 *
 * Context: task; may sleep.
 */
void lnet_sock_drain_guest(struct socket *sock, bool abort)
{
	drain(sock, abort, true);
}

/**
 * lnet_sock_drains_wait() - until no socket is left
 *
 * Context: task; may sleep, up to drain_timeout; no NI is left.
 */
void lnet_sock_drains_wait(void)
{
	wait_event(drained, !atomic_read(&drains_nr));
	/* It may be just about to look again. */
	cancel_delayed_work_sync(&drain_work);
}
