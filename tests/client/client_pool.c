// SPDX-License-Identifier: GPL-2.0
/*
 * The client's threads: each carries one RPC at a time, so their number is
 * the number of RPCs in flight. First come, first served.
 */
#include "client.h"

#include <linux/err.h>
#include <linux/kthread.h>

/**
 * struct pool - queue and threads
 * @waitq: threads, one woken for each RPC
 * @lock: guards the queue
 * @queue: RPCs by rpcc_rpc.link
 * @nthreads: how many
 * @threads: and which
 *
 * I: immutable between init and exit; L: ->lock
 */
struct pool {
	wait_queue_head_t waitq;
	/* between threads that submit and those of the pool */
	spinlock_t lock;
	struct list_head queue;				/* L: */
	unsigned int nthreads;				/* I: */
	struct task_struct *threads[RPCC_MAX_IN_FLIGHT];	/* I: */
};

static struct pool pool = {
	.waitq	= __WAIT_QUEUE_HEAD_INITIALIZER(pool.waitq),
	.lock	= __SPIN_LOCK_UNLOCKED(pool.lock),
	.queue	= LIST_HEAD_INIT(pool.queue),
};

static struct rpcc_rpc *take(void)
{
	struct rpcc_rpc *rpc;

	spin_lock(&pool.lock);
	rpc = list_first_entry_or_null(&pool.queue, struct rpcc_rpc, link);
	if (rpc)
		list_del_init(&rpc->link);
	spin_unlock(&pool.lock);
	return rpc;
}

static int pool_thread(void *arg)
{
	struct rpcc_file *f;
	struct rpcc_rpc *rpc;

	for (;;) {
		wait_event_idle_exclusive(pool.waitq,
					  (rpc = take()) || kthread_should_stop());
		if (!rpc)
			return 0;
		rpcc_rpc_execute(rpc);
		/* After complete_all() it may be submitted again, and be another thread's. */
		f = rpc->file;
		complete_all(&rpc->done);
		rpcc_file_put(f);
	}
}

/* Have @rpc carried out. It is the pool's until ->done completes. */
void rpcc_pool_submit(struct rpcc_rpc *rpc)
{
	/* No other thread knows of it yet. */
	rpc->cancelled = false;
	reinit_completion(&rpc->done);
	refcount_inc(&rpc->file->refs);

	spin_lock(&pool.lock);
	list_add_tail(&rpc->link, &pool.queue);
	spin_unlock(&pool.lock);
	wake_up(&pool.waitq);
}

int rpcc_pool_init(void)
{
	while (pool.nthreads < rpcc_settings.max_in_flight) {
		struct task_struct *task;

		task = kthread_run(pool_thread, NULL, "lnet_rpcc/%u",
				   pool.nthreads);
		if (IS_ERR(task)) {
			rpcc_pool_exit();
			return PTR_ERR(task);
		}
		pool.threads[pool.nthreads++] = task;
	}
	return 0;
}

/* No file is open: what is queued was cancelled, and is carried out first. */
void rpcc_pool_exit(void)
{
	while (pool.nthreads)
		kthread_stop(pool.threads[--pool.nthreads]);
}
