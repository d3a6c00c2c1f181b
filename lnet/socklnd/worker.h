/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workers: the threads that read and write connections. See worker.c.
 */
#ifndef _LNET_SOCKLND_WORKER_H
#define _LNET_SOCKLND_WORKER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/llist.h>

#include "gather.h"

struct kobject;
struct ksock_job;
struct lnet_dir;
struct task_struct;

/* Counters of one worker. Only the worker writes them; sysfs reads them at any time. */
struct ksock_worker_stats {
	u64 wakeups;		/* times the worker slept */
	u64 rounds;		/* times it served a job */
	u64 messages_in;
	u64 messages_out;
	u64 bytes_in;		/* headers and payload */
	u64 bytes_out;
	u64 noops_in;
	u64 noops_out;
	u64 copied_out;		/* payload bytes copied into sockets */
	u64 uncopied_out;	/* payload bytes handed over as pages */
};

/**
 * struct ksock_done - something that any context gives to a worker, to be finished by it
 * @node: link in the worker's list
 * @finish: called by the worker, once; @done may be freed by it
 */
struct ksock_done {
	struct llist_node node;
	void (*finish)(struct ksock_done *done);
};

/**
 * struct ksock_worker - a worker
 *
 * I: constant after start; W: accessed by the worker only.
 *
 * @task: the thread
 * @index: number of the worker, from 0
 * @cpu: CPU that the worker is bound to while it is online; -1: none
 * @ready: list of jobs to be served
 * @done: list of what is to be finished: messages whose pages the network has let go of
 * @jobs: number of jobs that stay with the worker
 * @short_of_memory: list of jobs that TCP had no memory for
 * @look_at: time to try these again, jiffies
 * @stats: counters
 * @gather: memory of the current call of TCP
 * @dir: folder in sysfs, or NULL
 */
struct ksock_worker {
	struct task_struct *task;		/* I: */
	unsigned int index;			/* I: */
	int cpu;				/* I: after start */
	struct llist_head ready ____cacheline_aligned_in_smp;
	struct llist_head done;
	atomic_t jobs;
	struct list_head short_of_memory;	/* W: */
	unsigned long look_at;			/* W: */
	struct ksock_worker_stats stats ____cacheline_aligned_in_smp;
	struct ksock_gather gather;		/* W: */
	struct lnet_dir *dir;
};

int ksock_workers_start(void);
void ksock_workers_stop(void);
struct ksock_worker *ksock_worker(unsigned int index);
struct ksock_worker *ksock_worker_choose(void);
void ksock_worker_join(struct ksock_worker *w);
void ksock_worker_leave(struct ksock_worker *w);
bool ksock_worker_is_self(const struct ksock_worker *w);
void ksock_worker_add(struct ksock_worker *w, struct ksock_job *job);
void ksock_worker_later(struct ksock_worker *w, struct ksock_job *job);
void ksock_worker_done(struct ksock_worker *w, struct ksock_done *done);

/* Add to a counter of the worker that calls: sysfs may read it at the same time. */
static inline void ksock_worker_count(u64 *counter, u64 n)
{
	WRITE_ONCE(*counter, *counter + n);
}

/* sysfs_worker.c */
int ksock_sysfs_workers_init(struct kobject *parent);
void ksock_sysfs_workers_exit(void);

#endif /* _LNET_SOCKLND_WORKER_H */
