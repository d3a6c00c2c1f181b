/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads of a case: each on a CPU of its own, and gone when the case is.
 */
#ifndef _LNET_KUNIT_COMMON_THREAD_H
#define _LNET_KUNIT_COMMON_THREAD_H

#include <kunit/test.h>

#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>

/* O: owner; T: the thread */
struct lt_thread {
	struct task_struct *task;	/* O: */
	int (*fn)(struct lt_thread *t);
	void *arg;
	unsigned int index;
	unsigned int rounds;		/* T: how often it has done its work */
	struct completion began;
	struct completion done;
	int rc;				/* T: until @done */
};

void lt_thread_start(struct kunit *test, struct lt_thread *t,
		     int (*fn)(struct lt_thread *t), void *arg, unsigned int index);
int lt_thread_join(struct lt_thread *t);
int lt_thread_stop(struct lt_thread *t);
int lt_thread_stop_after(struct kunit *test, struct lt_thread *t, unsigned int least);

void lt_threads_start(struct kunit *test, struct lt_thread *t, unsigned int nr,
		      int (*fn)(struct lt_thread *t), void *arg);
void lt_threads_join(struct kunit *test, struct lt_thread *t, unsigned int nr);
void lt_threads_stop(struct kunit *test, struct lt_thread *t, unsigned int nr);
void lt_need_two_cpus(struct kunit *test);

/* Called by the thread itself: it has done its work once more. */
static inline void lt_thread_round(struct lt_thread *t)
{
	WRITE_ONCE(t->rounds, t->rounds + 1);
}

/*
 * In a thread: spin until a thread on another CPU makes a condition true. False: the thread
 * was told to stop before it looked, and the condition was not so. The other way round, a
 * thread that does not run between its two looks would miss what came meanwhile, with the
 * stop behind it.
 */
#define lt_spin_until(cond)						\
	lt_until(cond, ({ cpu_relax(); cond_resched(); }))

/* The same for a condition that a thread makes true which may need this CPU. */
#define lt_sleep_until(cond)						\
	lt_until(cond, schedule_timeout_uninterruptible(1))

#define lt_until(cond, pause)						\
({									\
	bool __stop, __met;						\
									\
	for (;;) {							\
		__stop = kthread_should_stop();				\
		__met = (cond);						\
		if (__met || __stop)					\
			break;						\
		pause;							\
	}								\
	__met;								\
})

#endif /* _LNET_KUNIT_COMMON_THREAD_H */
