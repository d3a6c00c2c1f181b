// SPDX-License-Identifier: GPL-2.0
/*
 * A job is a socket that a worker serves: first a handshake, then a connection.
 *
 * One worker serves a job all its life. It alone reads, writes and ends the socket, so a partly
 * read or written message needs no lock. Others kick the job: they set a bit in @flags and put
 * the job on the worker's list, unless QUEUED says that it is there.
 *
 * No bit is missed:
 *  1. The worker clears QUEUED, then looks at the bits.
 *  2. A kicker sets its bit, then tests and sets QUEUED.
 *  3. If the worker does not see the bit, the kicker finds QUEUED clear and queues the job, or
 *     another thread has queued it since the worker cleared it.
 *
 * The job's own reference is dropped once, after the end:
 *  1. Socket callbacks run in softirq, or in a task that holds the socket, under
 *     sk_callback_lock, and find the job by sk_user_data, which the end clears under that lock.
 *  2. After the end QUEUED stays set, so no thread queues the job again.
 *  3. If the end finds QUEUED clear, it drops the reference. If not, the job is on the list,
 *     and the worker drops the reference when it takes the job off.
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
 * TCP also calls this from inside sendmsg() when it had no memory to send with. A kick would then
 * make the worker retry at once, for ever. So the worker, when it is the sender, gets no kick: it
 * checks for room when the call returns.
 */
static void job_on_write_space(struct sock *sk)
{
	struct ksock_job *job;

	read_lock_bh(&sk->sk_callback_lock);
	job = sk->sk_user_data;
	if (job && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		if (!ksock_worker_is_self(job->worker) || !READ_ONCE(job->sending))
			ksock_job_kick(job, KSOCK_JOB_WRITE);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* A read finds all of these: the connection is made, the stream ends, an error. */
static void job_on_state_change(struct sock *sk)
{
	job_kick_of(sk, KSOCK_JOB_READ);
}

static void job_on_error_report(struct sock *sk)
{
	job_kick_of(sk, KSOCK_JOB_READ);
}

/**
 * ksock_job_take() - make a socket call back to a job
 * @job: the job, without a socket so far
 * @sock: the socket, which is the job's from now on
 *
 * Data that arrived earlier triggered no callback of ours, so the caller must kick the job.
 *
 * Context: task; may sleep.
 */
void ksock_job_take(struct ksock_job *job, struct socket *sock)
{
	struct sock *sk = sock->sk;

	job->sock = sock;
	/* TCP calls back with the socket locked, and takes no other lock to see which function. */
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	job->original.data_ready = sk->sk_data_ready;
	job->original.state_change = sk->sk_state_change;
	job->original.write_space = sk->sk_write_space;
	job->original.error_report = sk->sk_error_report;
	sk->sk_user_data = job;
	sk->sk_data_ready = job_on_data_ready;
	sk->sk_state_change = job_on_state_change;
	sk->sk_write_space = job_on_write_space;
	sk->sk_error_report = job_on_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
}

/**
 * ksock_job_pass() - pass a socket and its callbacks to another job
 * @from: the job that has the socket, and has none on return
 * @to: the job that gets it, without a socket so far; of the same worker
 *
 * Context: the worker of both jobs.
 */
void ksock_job_pass(struct ksock_job *from, struct ksock_job *to)
{
	struct sock *sk = from->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	to->sock = from->sock;
	to->original = from->original;
	sk->sk_user_data = to;
	write_unlock_bh(&sk->sk_callback_lock);
	from->sock = NULL;
}

/**
 * ksock_job_drop() - restore the original callbacks of a socket
 * @job: the job that loses its socket; no callback uses it on return
 *
 * Context: the job's worker; may sleep.
 * Return: the socket, which is the caller's; NULL if it was passed on.
 */
struct socket *ksock_job_drop(struct ksock_job *job)
{
	struct socket *sock = job->sock;
	struct sock *sk;

	if (!sock)
		return NULL;
	sk = sock->sk;
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = job->original.data_ready;
	sk->sk_state_change = job->original.state_change;
	sk->sk_write_space = job->original.write_space;
	sk->sk_error_report = job->original.error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
	job->sock = NULL;
	return sock;
}

/* Being served -------------------------------------------------------------- */

/**
 * ksock_job_init() - initialize a job
 * @job: the job to initialize, all zero
 * @ops: the functions of the job's owner
 * @worker: the worker that will serve the job, and counts it already: ksock_worker_choose(),
 *	ksock_worker_join()
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
 * ksock_job_put() - drop a reference to a job
 * @job: the job, which may be freed on return
 *
 * Context: task.
 */
void ksock_job_put(struct ksock_job *job)
{
	if (!refcount_dec_and_test(&job->refs))
		return;
	/* Before free(): that may release the NI, after which the workers may go. */
	ksock_worker_leave(job->worker);
	job->ops->free(job);
}

/**
 * ksock_job_kick() - have the worker look at a job
 * @job: the job, kept alive by a reference or by sk_callback_lock
 * @what: number of the bit to set in the job's flags
 *
 * Context: any.
 */
void ksock_job_kick(struct ksock_job *job, unsigned int what)
{
	set_bit(what, &job->flags);
	if (!test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_worker_add(job->worker, job);
}

/* If the job is on the list, its reference is dropped in ksock_job_serve(). */
static void job_end(struct ksock_job *job)
{
	job->ops->end(job);
	lnet_window(LNET_WINDOW_SOCK_JOB_ENDING);
	set_bit(KSOCK_JOB_ENDED, &job->flags);
	if (!test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_job_put(job);
}

/**
 * ksock_job_serve() - act on the bits of a job
 * @job: the job, just taken off its worker's list
 *
 * Context: the job's worker; may sleep.
 */
void ksock_job_serve(struct ksock_job *job)
{
	/* QUEUED stays set: a thread with a reference may kick the job, but does not queue it. */
	if (test_bit(KSOCK_JOB_ENDED, &job->flags)) {
		ksock_job_put(job);
		return;
	}
	clear_bit(KSOCK_JOB_QUEUED, &job->flags);
	/* A kicker whose bit we do not see finds QUEUED clear. Pairs with ksock_job_kick(). */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_JOB_SERVED);

	if (test_bit(KSOCK_JOB_CLOSE, &job->flags))
		job_end(job);
	else if (job->ops->serve(job) &&
		 !test_and_set_bit(KSOCK_JOB_QUEUED, &job->flags))
		ksock_worker_add(job->worker, job);
}
