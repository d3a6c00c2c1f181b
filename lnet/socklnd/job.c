// SPDX-License-Identifier: GPL-2.0
/*
 * A socket that a worker serves: a handshake at first, a connection then.
 *
 * One worker serves a job all its life: it alone reads, writes and ends the socket,
 * so what is half read and half written needs no lock. Others tell it that there is
 * something to do: a bit in @flags, and a place on the worker's list, taken once
 * (QUEUED). The worker clears QUEUED before it looks at the bits, so a bit that is
 * set while it looks brings the job back to the list.
 *
 * Sockets call back in softirq, under sk_callback_lock; they find the job by
 * sk_user_data, which goes under the same lock. When it has ended QUEUED is set for
 * ever, so nobody queues it any more; if it was queued before that, its own reference
 * goes when it comes off the list.
 */
#include "job.h"
#include "worker.h"
#include "../hooks/window.h"

#include <linux/net.h>

#include <net/sock.h>

/* Callbacks of the socket --------------------------------------------------- */

static void job_kick_of(struct sock *sk, unsigned int what)
{
	struct ksock_job *job;

	read_lock_bh(&sk->sk_callback_lock);
	job = sk->sk_user_data;
	if (job)
		ksock_job_kick(job, what);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void job_on_data_ready(struct sock *sk)
{
	job_kick_of(sk, KSOCK_JOB_READ);
}

/*
 * TCP also calls it on its way out when it had no memory to send with. Who comes back
 * at once then comes back for ever: the worker that is sending looks for itself.
 */
static void job_on_write_space(struct sock *sk)
{
	struct ksock_job *job;

	read_lock_bh(&sk->sk_callback_lock);
	job = sk->sk_user_data;
	if (job && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		if (!ksock_worker_is_self(job->worker) || !job->sending)
			ksock_job_kick(job, KSOCK_JOB_WRITE);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* That it is connected, the end of the stream, and errors are found by reading. */
static void job_on_state_change(struct sock *sk)
{
	job_kick_of(sk, KSOCK_JOB_READ);
}

static void job_on_error_report(struct sock *sk)
{
	job_kick_of(sk, KSOCK_JOB_READ);
}

/**
 * ksock_job_take() - a socket calls back to a job
 * @job: has no socket yet
 * @sock: the job's from now on
 *
 * What has come before has called nobody: the caller kicks.
 *
 * Context: task.
 */
void ksock_job_take(struct ksock_job *job, struct socket *sock)
{
	struct sock *sk = sock->sk;

	job->sock = sock;
	write_lock_bh(&sk->sk_callback_lock);
	job->own.data_ready = sk->sk_data_ready;
	job->own.state_change = sk->sk_state_change;
	job->own.write_space = sk->sk_write_space;
	job->own.error_report = sk->sk_error_report;
	sk->sk_user_data = job;
	sk->sk_data_ready = job_on_data_ready;
	sk->sk_state_change = job_on_state_change;
	sk->sk_write_space = job_on_write_space;
	sk->sk_error_report = job_on_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * ksock_job_pass() - a socket calls back to another job
 * @from: has the socket; not any more on return
 * @to: has none; of the same worker
 *
 * Context: that worker.
 */
void ksock_job_pass(struct ksock_job *from, struct ksock_job *to)
{
	struct sock *sk = from->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	to->sock = from->sock;
	to->own = from->own;
	sk->sk_user_data = to;
	write_unlock_bh(&sk->sk_callback_lock);
	from->sock = NULL;
}

/**
 * ksock_job_drop() - a socket calls back to nobody any more
 * @job: whose socket it was
 *
 * Context: the job's worker.
 * Return: the socket, which is the caller's; NULL: it was passed on.
 */
struct socket *ksock_job_drop(struct ksock_job *job)
{
	struct socket *sock = job->sock;
	struct sock *sk;

	if (!sock)
		return NULL;
	sk = sock->sk;
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = job->own.data_ready;
	sk->sk_state_change = job->own.state_change;
	sk->sk_write_space = job->own.write_space;
	sk->sk_error_report = job->own.error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	job->sock = NULL;
	return sock;
}

/* Being served -------------------------------------------------------------- */

/**
 * ksock_job_init() - a new job
 * @job: blank
 * @ops: what is done with it
 * @worker: from ksock_worker_choose(), whose count of it is the job's
 *
 * Context: any.
 */
void ksock_job_init(struct ksock_job *job, const struct ksock_job_ops *ops,
		    struct ksock_worker *worker)
{
	job->ops = ops;
	job->worker = worker;
	refcount_set(&job->refs, 1);
	INIT_LIST_HEAD(&job->later);
}

/**
 * ksock_job_put() - let go of a job
 * @job: maybe gone on return
 *
 * Context: task.
 */
void ksock_job_put(struct ksock_job *job)
{
	if (!refcount_dec_and_test(&job->refs))
		return;
	/* First, as workers may be gone with the NI that this lets go of. */
	ksock_worker_leave(job->worker);
	job->ops->free(job);
}

/**
 * ksock_job_kick() - have its worker look at a job
 * @job: held, or its socket's callbacks are
 * @what: the bit to set
 *
 * Context: any.
 */
void ksock_job_kick(struct ksock_job *job, unsigned int what)
{
	set_bit(what, &job->flags);
	if (!test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_worker_add(job->worker, job);
}

/* Queued once more before its callbacks went? Then it comes back, and goes then. */
static void job_end(struct ksock_job *job)
{
	job->ops->end(job);
	lnet_window(LNET_WINDOW_SOCK_JOB_ENDING);
	set_bit(KSOCK_JOB_ENDED, &job->flags);
	if (!test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_job_put(job);
}

/**
 * ksock_job_serve() - do what there is to do
 * @job: off its worker's list
 *
 * Context: its worker; may sleep.
 */
void ksock_job_serve(struct ksock_job *job)
{
	/* QUEUED stays: whoever kicks it now, as he holds it, does not queue it again. */
	if (test_bit(KSOCK_JOB_ENDED, &job->flags)) {
		ksock_job_put(job);
		return;
	}
	clear_bit(KSOCK_JOB_QUEUED, &job->flags);
	/* Whoever sets a bit after we have looked at it sees QUEUED cleared. */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_JOB_SERVED);

	if (test_bit(KSOCK_JOB_CLOSE, &job->flags))
		job_end(job);
	else if (job->ops->serve(job) &&
		 !test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_worker_add(job->worker, job);
}
