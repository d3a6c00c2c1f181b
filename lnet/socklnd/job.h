/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket that a worker serves. See job.c.
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

/* struct ksock_job::flags */
enum ksock_job_flag {
	KSOCK_JOB_QUEUED,		/* on its worker's list */
	KSOCK_JOB_READ,		/* there may be something to read */
	KSOCK_JOB_WRITE,		/* there may be something to write */
	KSOCK_JOB_CLOSE,		/* it is to be ended; never cleared */
	KSOCK_JOB_ENDED,		/* it has been; never cleared */
	KSOCK_JOB_OWN,		/* its owner's, from this on */
};

/**
 * struct ksock_job_ops - what a job is about; all are called by its worker
 * @serve: look at the bits; true: there is more to do, and others have waited
 * @end: CLOSE is set: let the socket go; called once
 * @free: nobody holds it any more; called by whoever let go of it last
 */
struct ksock_job_ops {
	bool (*serve)(struct ksock_job *job);
	void (*end)(struct ksock_job *job);
	void (*free)(struct ksock_job *job);
};

/* A socket's own callbacks, while ours are in their places. */
struct ksock_callbacks {
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

/**
 * struct ksock_job - a socket that a worker serves
 *
 * I: set before it is first kicked; W: its worker alone
 *
 * @ops: what is done with it
 * @worker: serves it
 * @sock: until @ops->end, so that of an open connection is there under its peer's lock,
 *	for whoever only looks; NULL: passed on
 * @refs: its own, until it has ended, and those of whoever looks at it
 * @ready: on the worker's list
 * @later: on its list of those that TCP had no memory for
 * @sending: the worker is just giving TCP something
 * @flags: bits, enum ksock_job_flag
 * @own: the socket's own callbacks
 */
struct ksock_job {
	const struct ksock_job_ops *ops;	/* I: */
	struct ksock_worker *worker;	/* I: */
	struct socket *sock;			/* W: */
	refcount_t refs;
	struct llist_node ready;
	struct list_head later;			/* W: */
	bool sending;				/* W: */
	unsigned long flags;
	struct ksock_callbacks own;		/* I: */
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
