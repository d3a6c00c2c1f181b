// SPDX-License-Identifier: GPL-2.0
/*
 * Threads of a case: each on a CPU of its own, and gone when the case is.
 */
#include "common.h"

#include <linux/cpumask.h>
#include <linux/sched/signal.h>

static int thread_main(void *arg)
{
	struct lt_thread *t = arg;

	complete(&t->began);
	t->rc = t->fn(t);
	complete(&t->done);
	return 0;
}

static void undo_thread(void *arg)
{
	lt_thread_stop(arg);
}

/**
 * lt_thread_start() - run a function in a thread of its own
 * @test: the case, which stops the thread if it has not ended by itself
 * @t: the thread, which lives as long as the case
 * @fn: the function, which returns soon when kthread_should_stop() says so
 * @arg: for @fn, as t->arg
 * @index: for @fn, as t->index; it also selects the CPU, so that two threads in a row never
 *	wait for the same one
 *
 * Context: The task of the case; may sleep.
 */
void lt_thread_start(struct kunit *test, struct lt_thread *t,
		     int (*fn)(struct lt_thread *t), void *arg,
		     unsigned int index)
{
	unsigned int cpu = cpumask_nth(index % num_online_cpus(), cpu_online_mask);
	struct task_struct *task;

	t->fn = fn;
	t->arg = arg;
	t->index = index;
	t->rounds = 0;
	t->rc = -EINTR;
	init_completion(&t->began);
	init_completion(&t->done);
	task = kthread_create(thread_main, t, "lnet-kunit/%u", index);
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	WRITE_ONCE(t->task, get_task_struct(task));
	wake_up_process(task);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_thread, t),
			0);
}
EXPORT_SYMBOL_GPL(lt_thread_start);

/**
 * lt_thread_stop() - tell a thread to leave, and wait until it has
 * @t: the thread
 *
 * On a busy machine a thread may not have begun yet: it gets its time.
 *
 * Context: The task of the case; may sleep.
 * Return: what its function returned, or -EINTR if it never began.
 */
int lt_thread_stop(struct lt_thread *t)
{
	unsigned long patience = msecs_to_jiffies(3 * lt_patience_ms);

	if (t->task) {
		wait_for_completion_timeout(&t->began, patience);
		kthread_stop(t->task);
		put_task_struct(t->task);
		WRITE_ONCE(t->task, NULL);
	}
	return t->rc;
}
EXPORT_SYMBOL_GPL(lt_thread_stop);

/**
 * lt_thread_join() - wait until a thread's function has returned
 * @t: the thread
 *
 * Context: The task of the case; may sleep.
 * Return: what it returned, or -EINTR if that took too long.
 */
int lt_thread_join(struct lt_thread *t)
{
	unsigned long patience = msecs_to_jiffies(3 * lt_patience_ms);

	if (!wait_for_completion_timeout(&t->done, patience))
		return -EINTR;
	return lt_thread_stop(t);
}
EXPORT_SYMBOL_GPL(lt_thread_join);

/**
 * lt_thread_stop_after() - stop a thread once it has done a least amount of work
 * @test: the case, which fails if the thread does not get so far
 * @t: the thread, which counts with lt_thread_round()
 * @least: how often it must have done its work
 *
 * Context: The task of the case; may sleep.
 * Return: what lt_thread_stop() returns.
 */
int lt_thread_stop_after(struct kunit *test, struct lt_thread *t,
			 unsigned int least)
{
	KUNIT_EXPECT_TRUE_MSG(test,
			      lt_wait_for(READ_ONCE(t->rounds) >= least ||
					  completion_done(&t->done)),
			      "thread %u: too slow", t->index);
	KUNIT_EXPECT_GE_MSG(test, READ_ONCE(t->rounds), least,
			    "thread %u: rounds", t->index);
	return lt_thread_stop(t);
}
EXPORT_SYMBOL_GPL(lt_thread_stop_after);

/**
 * lt_threads_start() - run a function in several threads, each on a CPU of its own in turn
 * @test: the case, which stops those that have not ended by themselves
 * @t: the threads, which live as long as the case
 * @nr: how many they are; their index is 0 and up
 * @fn: the function, as for lt_thread_start()
 * @arg: for @fn, as t->arg of each
 *
 * Context: The task of the case; may sleep.
 */
void lt_threads_start(struct kunit *test, struct lt_thread *t, unsigned int nr,
		      int (*fn)(struct lt_thread *t), void *arg)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		lt_thread_start(test, &t[i], fn, arg, i);
}
EXPORT_SYMBOL_GPL(lt_threads_start);

/**
 * lt_threads_join() - wait until the function has returned in each of several threads
 * @test: the case, which fails if one did not return 0
 * @t: the threads
 * @nr: how many they are
 *
 * Context: The task of the case; may sleep.
 */
void lt_threads_join(struct kunit *test, struct lt_thread *t, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_thread_join(&t[i]), 0, "thread %u", i);
}
EXPORT_SYMBOL_GPL(lt_threads_join);

/**
 * lt_threads_stop() - tell several threads to leave, one after the other
 * @test: the case, which fails if the function of one did not return 0
 * @t: the threads
 * @nr: how many they are
 *
 * Context: The task of the case; may sleep.
 */
void lt_threads_stop(struct kunit *test, struct lt_thread *t, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_thread_stop(&t[i]), 0, "thread %u", i);
}
EXPORT_SYMBOL_GPL(lt_threads_stop);

/**
 * lt_need_two_cpus() - end the case here where two threads cannot run at the same time
 * @test: the case, which is skipped then
 *
 * Context: The task of the case.
 */
void lt_need_two_cpus(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
}
EXPORT_SYMBOL_GPL(lt_need_two_cpus);
