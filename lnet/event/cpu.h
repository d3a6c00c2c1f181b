/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core's per-CPU data, in one struct, so that its address is computed as seldom as possible
 * on the path of a message. See cpu.c.
 */
#ifndef _LNET_CPU_H
#define _LNET_CPU_H

/* Must be first: local_lock.h needs it, and without SMP no other header includes it before. */
#include <linux/preempt.h>

#include <linux/local_lock.h>
#include <linux/percpu.h>

#include "event/stat.h"

struct lnet_eq;
struct lnet_run;
struct task_struct;

enum {
	/* as many as values of a cookie's type; messages use the free one */
	LNET_OBJECT_TYPES	= 4,
	LNET_DEAD_MAX		= 60,
};

/* A dead object that can be reused, and the cookie of its last life. */
struct lnet_dead_one {
	void *object;
	u64 cookie;
};

/* Dead objects of one type. */
struct lnet_dead {
	s64 live;			/* objects made less freed on this CPU */
	unsigned int n;
	struct lnet_dead_one stack[LNET_DEAD_MAX];
};

/*
 * Only its own CPU uses it, with preemption off. Exceptions: other CPUs read counters by
 * READ_ONCE(), and @strict_md (eq_deliver.c), and clear @eq (eq.c); a task that slept in a handler,
 * which it must not, and woke up on another CPU clears @task here, if that is still it (run.c), and
 * @strict_md. Hotplug needs no care: what an offline CPU has stays.
 */
struct lnet_cpu {
	local_lock_t lock;		/* object.h: protects @dead, see below */
	unsigned int id;		/* I: smp_processor_id() */
	struct task_struct *task;	/* run.h: task in a run here, or NULL */
	struct lnet_run *run;		/* the run of @task, for that task only */
	struct lnet_eq *eq;		/* eq.h: EQ that was last found here */
	unsigned int turn;		/* path.c: messages that had a choice of our NIs */
	u64 strict_md;			/* eq_deliver.c: MD whose handler runs here, or 0 */
	struct lnet_dead dead[LNET_OBJECT_TYPES];	/* object.h */
	s64 equals[LNET_MAX_PORTALS];	/* me_hash.c: hashed MEs that are not nodes */
	struct lnet_stats stats;
};

extern struct lnet_cpu __percpu *lnet_cpus;

/* This CPU's data. The caller keeps preemption off while it uses the result. */
static inline struct lnet_cpu *lnet_cpu(void)
{
	return this_cpu_ptr(lnet_cpus);
}

/*
 * Mark a section that must not be entered twice on one CPU. The caller has preemption off
 * already, which is enough; the local_lock is for lockdep, which reports a use in an interrupt.
 * Without lockdep local_lock() would only turn preemption off once more, and on User Mode Linux
 * call a function to find the CPU; so it is left out.
 */
static __always_inline void lnet_cpu_acquire(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		local_lock(&lnet_cpus->lock);
}

static __always_inline void lnet_cpu_release(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		local_unlock(&lnet_cpus->lock);
}

int lnet_cpus_init(void);
void lnet_cpus_exit(void);

#endif /* _LNET_CPU_H */
