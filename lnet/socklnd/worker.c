// SPDX-License-Identifier: GPL-2.0
/*
 * Workers: a fixed number of threads that do handshakes, read and write sockets, and run
 * clients' callbacks. A job stays with one worker, the one that had the fewest jobs when the
 * job was made.
 *
 * A worker takes its work from two lists. Any context, softirqs included, may push to them
 * without a lock. A push to an empty list wakes the worker. No push is missed, as the worker
 * sets its sleeping state before it looks at the lists for the last time.
 */
#include "worker.h"
#include "../hooks/alloc.h"
#include "../hooks/window.h"
#include "job.h"
#include "param.h"

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

static struct ksock_worker **workers;	/* I: constant while the module is loaded */

enum { MEMORY_MS = 20 };	/* pause after TCP had no memory for a job */

/**
 * ksock_worker_is_self() - tell whether the caller is a worker
 * @w: the worker that the caller may be
 *
 * Context: any.
 * Return: true if the caller is the thread of @w; false in a softirq that interrupted it.
 */
bool ksock_worker_is_self(const struct ksock_worker *w)
{
	return in_task() && w->task == current;
}

/*
 * The worker is awake when it pushes itself, and needs no wake-up. A softirq that interrupts
 * it needs to wake it, as the worker may be just about to sleep.
 */
static void worker_push(struct ksock_worker *w, struct llist_head *list,
			struct llist_node *node)
{
	/*
	 * Pairs with ksock_workers_stop(): once the node is on the list, the last job may end,
	 * and then only this RCU read section keeps the worker.
	 */
	rcu_read_lock();
	if (llist_add(node, list) && !ksock_worker_is_self(w))
		wake_up_process(w->task);
	rcu_read_unlock();
}

/**
 * ksock_worker_add() - queue a job to its worker
 * @w: the worker of the job
 * @job: the job, not on the worker's list; the caller has just set QUEUED
 *
 * Context: any.
 */
void ksock_worker_add(struct ksock_worker *w, struct ksock_job *job)
{
	worker_push(w, &w->ready, &job->ready);
}

/**
 * ksock_worker_later() - let a job that TCP had no memory for try again after a pause
 * @w: the worker of the job
 * @job: the job, which is kicked for WRITE then if it has not ended
 *
 * Context: the worker.
 */
void ksock_worker_later(struct ksock_worker *w, struct ksock_job *job)
{
	if (!list_empty(&job->later))
		return;
	if (list_empty(&w->short_of_memory))
		w->look_at = jiffies + msecs_to_jiffies(MEMORY_MS);
	ksock_job_get(job);
	list_add_tail(&job->later, &w->short_of_memory);
}

static void worker_look_again(struct ksock_worker *w)
{
	struct ksock_job *job;

	if (time_before(jiffies, w->look_at))
		return;
	while ((job = list_first_entry_or_null(&w->short_of_memory, struct ksock_job,
					       later))) {
		list_del_init(&job->later);
		ksock_job_kick(job, KSOCK_JOB_WRITE);
		ksock_job_put(job);
	}
}

/**
 * ksock_worker_done() - have a worker finish something
 * @w: the worker that is to finish it
 * @done: what to finish, with its @finish set; in no list
 *
 * Context: any.
 */
void ksock_worker_done(struct ksock_worker *w, struct ksock_done *done)
{
	worker_push(w, &w->done, &done->node);
}

static void worker_serve_lists(struct ksock_worker *w)
{
	struct ksock_done *done;
	struct llist_node *node, *next;

	/* Serve nodes in pushing order. A node may be pushed again once it is served. */
	node = llist_reverse_order(llist_del_all(&w->done));
	for (; node; node = next) {
		next = node->next;
		done = llist_entry(node, struct ksock_done, node);
		done->finish(done);
	}
	node = llist_reverse_order(llist_del_all(&w->ready));
	for (; node; node = next) {
		next = node->next;
		ksock_worker_count(&w->stats.rounds, 1);
		ksock_job_serve(llist_entry(node, struct ksock_job, ready));
		cond_resched();
	}
}

static bool worker_is_idle(struct ksock_worker *w)
{
	return llist_empty(&w->ready) && llist_empty(&w->done);
}

/*
 * If there are workers enough for every CPU that they may use, bind each to one CPU: the
 * scheduler may put two of them on one CPU while another CPU idles. If there are fewer, the
 * scheduler places them. An operator may move workers later.
 */
static void worker_keep_to_a_cpu(struct ksock_worker *w)
{
	unsigned int cpu, turn, nr = 0;

	for_each_cpu_and(cpu, current->cpus_ptr, cpu_online_mask)
		nr++;
	if (!nr || ksock_params.nscheds < nr)
		return;
	turn = w->index % nr;
	for_each_cpu_and(cpu, current->cpus_ptr, cpu_online_mask)
		if (!turn--)
			break;
	if (cpu >= nr_cpu_ids)
		return;
	WRITE_ONCE(w->cpu, cpu);
	/* If that CPU goes offline, now or later, the kernel lets the worker run on any. */
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

/* Sleep until a push, or for MEMORY_MS at most if a job waits for memory. */
static void worker_sleep(struct ksock_worker *w)
{
	if (list_empty(&w->short_of_memory))
		schedule();
	else
		schedule_timeout(msecs_to_jiffies(MEMORY_MS));
	ksock_worker_count(&w->stats.wakeups, 1);
}

static int worker_run(void *arg)
{
	struct ksock_worker *w = arg;

	/* Writeback may depend on these connections, so do not reclaim into a file system. */
	memalloc_nofs_save();
	worker_keep_to_a_cpu(w);
	for (;;) {
		set_current_state(TASK_IDLE);
		lnet_window(LNET_WINDOW_SOCK_WORKER_IDLE);
		if (worker_is_idle(w)) {
			if (kthread_should_stop())
				break;
			worker_sleep(w);
		}
		__set_current_state(TASK_RUNNING);
		worker_serve_lists(w);
		worker_look_again(w);
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * ksock_worker() - return a worker by its number
 * @index: number of the worker, below ksock_params.nscheds
 *
 * Context: any.
 * Return: the worker.
 */
struct ksock_worker *ksock_worker(unsigned int index)
{
	return workers[index];
}

/**
 * ksock_worker_join() - add a job to the count of its worker
 * @w: the worker of the job
 *
 * Context: any.
 */
void ksock_worker_join(struct ksock_worker *w)
{
	atomic_inc(&w->jobs);
}

/**
 * ksock_worker_leave() - take a job off the count of its worker
 * @w: the worker of the job
 *
 * Context: any.
 */
void ksock_worker_leave(struct ksock_worker *w)
{
	atomic_dec(&w->jobs);
}

/**
 * ksock_worker_choose() - choose a worker for a new job
 *
 * Context: any.
 * Return: the worker with the fewest jobs, whose count includes the new job.
 */
struct ksock_worker *ksock_worker_choose(void)
{
	struct ksock_worker *best = workers[0];
	unsigned int i;

	for (i = 1; i < ksock_params.nscheds; i++)
		if (atomic_read(&workers[i]->jobs) < atomic_read(&best->jobs))
			best = workers[i];
	ksock_worker_join(best);
	return best;
}

/* A CPU is back: bind its workers again, unless they have been moved meanwhile. */
static int worker_on_cpu_online(unsigned int cpu)
{
	struct ksock_worker *w;
	unsigned int i;

	for (i = 0; i < ksock_params.nscheds; i++) {
		w = workers[i];
		if (READ_ONCE(w->cpu) == cpu &&
		    cpumask_equal(w->task->cpus_ptr, cpu_possible_mask))
			set_cpus_allowed_ptr(w->task, cpumask_of(cpu));
	}
	return 0;
}

static int hotplug_state;

/**
 * ksock_workers_stop() - end the workers
 *
 * Context: task; may sleep; no job is left.
 */
void ksock_workers_stop(void)
{
	unsigned int i;

	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
	hotplug_state = 0;
	/* Pairs with worker_push(): a context may still be about to wake a worker. */
	synchronize_rcu();
	for (i = 0; i < ksock_params.nscheds; i++) {
		if (!workers[i])
			continue;
		if (!IS_ERR_OR_NULL(workers[i]->task))
			kthread_stop(workers[i]->task);
		kvfree(workers[i]);
	}
	kfree(workers);
}

/**
 * ksock_workers_start() - start ksock_params.nscheds workers
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_workers_start(void)
{
	struct ksock_worker *w;
	int rc = -ENOMEM;
	unsigned int i;

	workers = lnet_alloc(kcalloc(ksock_params.nscheds, sizeof(*workers), GFP_KERNEL));
	if (!workers)
		return -ENOMEM;
	for (i = 0; i < ksock_params.nscheds; i++) {
		w = lnet_alloc(kvzalloc(sizeof(*w), GFP_KERNEL));
		if (!w)
			goto err_stop;
		workers[i] = w;
		w->index = i;
		w->cpu = -1;
		INIT_LIST_HEAD(&w->short_of_memory);
		init_llist_head(&w->ready);
		init_llist_head(&w->done);
		w->task = lnet_alloc_err(kthread_create(worker_run, w, KSOCK_NAME "/%u", i));
		if (IS_ERR(w->task)) {
			rc = PTR_ERR(w->task);
			goto err_stop;
		}
		wake_up_process(w->task);
	}
	rc = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "lnet/" KSOCK_NAME ":online",
				       worker_on_cpu_online, NULL);
	if (rc < 0)
		goto err_stop;
	hotplug_state = rc;
	return 0;

err_stop:
	ksock_workers_stop();
	return rc;
}
