// SPDX-License-Identifier: GPL-2.0
/*
 * Workers: a fixed number of threads that read and write connections, and in
 * which a client's callbacks run. A connection sticks to the worker that had
 * the fewest when it came.
 *
 * What a worker is to look at comes on two lists that anybody may push to
 * without a lock, softirqs among them. Who pushes to an empty list wakes the
 * worker; the worker says that it will sleep before it looks at the lists for
 * the last time, so no push is missed.
 */
#include "worker.h"
#include "../hooks/window.h"
#include "conn.h"
#include "param.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

static struct lnet_sock_worker **workers;	/* I: while the module is loaded */

/*
 * The worker itself is awake; but a softirq may have come over it just before it
 * sleeps, and then wakes it like anybody else.
 */
static void push(struct lnet_sock_worker *w, struct llist_head *list,
		 struct llist_node *node)
{
	if (llist_add(node, list) && !(in_task() && w->task == current))
		wake_up_process(w->task);
}

/**
 * lnet_sock_worker_add() - have a worker look at a connection
 * @w: the connection's
 * @conn: not on its list; the caller has just set QUEUED
 *
 * Context: any.
 */
void lnet_sock_worker_add(struct lnet_sock_worker *w, struct lnet_sock_conn *conn)
{
	push(w, &w->ready, &conn->ready);
}

/**
 * lnet_sock_worker_done() - the network is done with a message's pages
 * @w: the worker that sent it
 * @node: of the message, for lnet_sock_tx_finish()
 *
 * Context: any.
 */
void lnet_sock_worker_done(struct lnet_sock_worker *w, struct llist_node *node)
{
	push(w, &w->done, node);
}

static void serve(struct lnet_sock_worker *w)
{
	struct llist_node *node, *next;

	/* In the order they came; a node may be pushed again once it is served. */
	node = llist_reverse_order(llist_del_all(&w->done));
	for (; node; node = next) {
		next = node->next;
		lnet_sock_tx_finish(node);
	}
	node = llist_reverse_order(llist_del_all(&w->ready));
	for (; node; node = next) {
		next = node->next;
		w->stats.rounds++;
		lnet_sock_conn_serve(llist_entry(node, struct lnet_sock_conn, ready));
		cond_resched();
	}
}

static bool idle(struct lnet_sock_worker *w)
{
	return llist_empty(&w->ready) && llist_empty(&w->done);
}

/*
 * Where there are enough workers for every CPU that we may use, each keeps to one:
 * two that the scheduler happens to put on the same CPU take turns while another
 * CPU idles. Fewer go where there is room. Whoever knows better may move them.
 */
static void keep_to_a_cpu(const struct lnet_sock_worker *w)
{
	unsigned int cpu, turn, nr = 0;

	for_each_cpu_and(cpu, current->cpus_ptr, cpu_online_mask)
		nr++;
	if (!nr || lnet_sock_params.nscheds < nr)
		return;
	turn = w->index % nr;
	for_each_cpu_and(cpu, current->cpus_ptr, cpu_online_mask)
		if (!turn--)
			break;
	/* If that CPU goes, now or later, the kernel lets us run on any. */
	if (cpu < nr_cpu_ids)
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

static int run(void *arg)
{
	struct lnet_sock_worker *w = arg;

	keep_to_a_cpu(w);
	for (;;) {
		set_current_state(TASK_IDLE);
		lnet_window(LNET_WINDOW_SOCK_WORKER_IDLE);
		if (idle(w)) {
			if (kthread_should_stop())
				break;
			schedule();
			w->stats.wakeups++;
		}
		__set_current_state(TASK_RUNNING);
		serve(w);
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * lnet_sock_worker() - a worker by its number
 * @index: below lnet_sock_params.nscheds
 *
 * Return: the worker.
 */
struct lnet_sock_worker *lnet_sock_worker(unsigned int index)
{
	return workers[index];
}

/**
 * lnet_sock_worker_choose() - a worker for a new connection
 *
 * Context: any.
 * Return: the one with the fewest connections, counted in.
 */
struct lnet_sock_worker *lnet_sock_worker_choose(void)
{
	struct lnet_sock_worker *best = workers[0];
	unsigned int i;

	for (i = 1; i < lnet_sock_params.nscheds; i++)
		if (atomic_read(&workers[i]->conns) < atomic_read(&best->conns))
			best = workers[i];
	atomic_inc(&best->conns);
	return best;
}

/**
 * lnet_sock_workers_stop() - end the workers; no connection is left
 *
 * Context: task; may sleep.
 */
void lnet_sock_workers_stop(void)
{
	unsigned int i;

	for (i = 0; i < lnet_sock_params.nscheds; i++) {
		if (!workers[i])
			continue;
		if (!IS_ERR_OR_NULL(workers[i]->task))
			kthread_stop(workers[i]->task);
		kvfree(workers[i]);
	}
	kfree(workers);
}

/**
 * lnet_sock_workers_start() - start as many as the parameter says
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sock_workers_start(void)
{
	struct lnet_sock_worker *w;
	int rc = -ENOMEM;
	unsigned int i;

	workers = kcalloc(lnet_sock_params.nscheds, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	for (i = 0; i < lnet_sock_params.nscheds; i++) {
		w = kvzalloc(sizeof(*w), GFP_KERNEL);
		if (!w)
			goto err_stop;
		workers[i] = w;
		w->index = i;
		init_llist_head(&w->ready);
		init_llist_head(&w->done);
		w->task = kthread_create(run, w, LNET_SOCK_NAME "/%u", i);
		if (IS_ERR(w->task)) {
			rc = PTR_ERR(w->task);
			goto err_stop;
		}
		wake_up_process(w->task);
	}
	return 0;

err_stop:
	lnet_sock_workers_stop();
	return rc;
}
