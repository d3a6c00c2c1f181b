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

struct lnet_sock_job;
struct lnet_sock_worker;
struct sock;
struct socket;

/* struct lnet_sock_job::flags */
enum lnet_sock_job_flag {
	LNET_SOCK_JOB_QUEUED,		/* on its worker's list */
	LNET_SOCK_JOB_READ,		/* there may be something to read */
	LNET_SOCK_JOB_WRITE,		/* there may be something to write */
	LNET_SOCK_JOB_CLOSE,		/* it is to be ended; never cleared */
	LNET_SOCK_JOB_ENDED,		/* it has been; never cleared */
	LNET_SOCK_JOB_OWN,		/* its owner's, from this on */
};

/**
 * struct lnet_sock_job_ops - what a job is about; all are called by its worker
 * @serve: look at the bits; true: there is more to do, and others have waited
 * @end: CLOSE is set: let the socket go; called once
 * @free: nobody holds it any more; called by whoever let go of it last
 */
struct lnet_sock_job_ops {
	bool (*serve)(struct lnet_sock_job *job);
	void (*end)(struct lnet_sock_job *job);
	void (*free)(struct lnet_sock_job *job);
};

/* A socket's own callbacks, while ours are in their places. */
struct lnet_sock_callbacks {
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

/**
 * struct lnet_sock_job - a socket that a worker serves
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
 * @flags: bits, enum lnet_sock_job_flag
 * @own: the socket's own callbacks
 */
struct lnet_sock_job {
	const struct lnet_sock_job_ops *ops;	/* I: */
	struct lnet_sock_worker *worker;	/* I: */
	struct socket *sock;			/* W: */
	refcount_t refs;
	struct llist_node ready;
	struct list_head later;			/* W: */
	bool sending;				/* W: */
	unsigned long flags;
	struct lnet_sock_callbacks own;		/* I: */
};

void lnet_sock_job_init(struct lnet_sock_job *job, const struct lnet_sock_job_ops *ops,
			struct lnet_sock_worker *worker);
void lnet_sock_job_take(struct lnet_sock_job *job, struct socket *sock);
void lnet_sock_job_pass(struct lnet_sock_job *from, struct lnet_sock_job *to);
struct socket *lnet_sock_job_drop(struct lnet_sock_job *job);
void lnet_sock_job_kick(struct lnet_sock_job *job, unsigned int what);
void lnet_sock_job_serve(struct lnet_sock_job *job);
void lnet_sock_job_put(struct lnet_sock_job *job);

static inline void lnet_sock_job_get(struct lnet_sock_job *job)
{
	refcount_inc(&job->refs);
}

static inline bool lnet_sock_job_is_closing(const struct lnet_sock_job *job)
{
	return test_bit(LNET_SOCK_JOB_CLOSE, &job->flags);
}

#endif /* _LNET_SOCKLND_JOB_H */
