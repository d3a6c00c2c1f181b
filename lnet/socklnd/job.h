/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A job: a socket that a worker serves. See job.c.
 */
#ifndef _LNET_SOCKLND_JOB_H
#define _LNET_SOCKLND_JOB_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct ksock_job;
struct ksock_worker;
struct sock;
struct socket;

/* Bits of struct ksock_job::flags. */
enum ksock_job_flag {
	KSOCK_JOB_QUEUED,		/* on the worker's list; set for ever when ENDED */
	KSOCK_JOB_READ,		/* there may be something to read */
	KSOCK_JOB_WRITE,		/* there may be something to write */
	KSOCK_JOB_CLOSE,		/* the worker must end the job; never cleared */
	KSOCK_JOB_ENDED,		/* the worker has ended the job; never cleared */
	KSOCK_JOB_OWNER,		/* first bit that the job's owner may define */
};

/**
 * struct ksock_job_ops - what the owner of a job provides
 * @serve: act on the bits; return true if there is more to do, and the job then queues behind
 *	other jobs that wait
 * @end: release the socket; called once, after CLOSE is set
 * @free: free the job; called when the last reference is dropped
 *
 * Only the worker calls @serve and @end.
 */
struct ksock_job_ops {
	bool (*serve)(struct ksock_job *job);
	void (*end)(struct ksock_job *job);
	void (*free)(struct ksock_job *job);
};

/* The socket's original callbacks, while ours replace them. */
struct ksock_callbacks {
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

/**
 * struct ksock_job - a socket that a worker serves
 *
 * I: constant, set before the job is first kicked; W: used by the job's worker alone.
 *
 * @ops: functions of the owner
 * @worker: the worker that serves the job
 * @sock: the socket, until @ops->end; NULL after ksock_job_pass(). While a connection is open it
 *	stays, so another thread that holds the peer's lock may look at it
 * @refs: references: the job's own, until it has ended, and one of each other user
 * @ready: link in the worker's list of jobs to serve
 * @later: link in the worker's list of jobs that TCP had no memory for
 * @sending: the worker is inside TCP's sendmsg()
 * @flags: bits of enum ksock_job_flag
 * @original: original callbacks of the socket
 */
struct ksock_job {
	const struct ksock_job_ops *ops;	/* I: */
	struct ksock_worker *worker;	/* I: */
	struct socket *sock;			/* W: */
	refcount_t refs;
	struct llist_node ready;
	struct list_head later;			/* W: */
	bool sending;				/* W: marked, as an interrupt of W may read it */
	unsigned long flags;
	struct ksock_callbacks original;	/* I: */
};

void ksock_job_init(struct ksock_job *job, const struct ksock_job_ops *ops,
		    struct ksock_worker *worker);
void ksock_job_take(struct ksock_job *job, struct socket *sock);
void ksock_job_pass(struct ksock_job *from, struct ksock_job *to);
struct socket *ksock_job_drop(struct ksock_job *job);
void ksock_job_kick(struct ksock_job *job, unsigned int what);
void ksock_job_serve(struct ksock_job *job);
void ksock_job_put(struct ksock_job *job);

static inline void ksock_job_get(struct ksock_job *job)
{
	refcount_inc(&job->refs);
}

static inline bool ksock_job_is_closing(const struct ksock_job *job)
{
	return test_bit(KSOCK_JOB_CLOSE, &job->flags);
}

#endif /* _LNET_SOCKLND_JOB_H */
