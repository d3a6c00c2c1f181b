/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each CPU has to itself, in one piece: on the path of a message its
 * address is worked out as seldom as can be. See cpu.c.
 */
#ifndef _LNET_CPU_H
#define _LNET_CPU_H

/* First: without SMP nobody else includes it for the next one, which needs it. */
#include <linux/preempt.h>

#include <linux/local_lock.h>
#include <linux/percpu.h>

#include "event/stat.h"

struct lnet_eq;
struct lnet_run;
struct task_struct;

enum {
	/* By the two lowest bits of a cookie; messages have none. */
	LNET_OBJECT_TYPES	= 4,
	LNET_DEAD_MAX		= 60,
};

/* A dead object, to be used again, with the cookie it had. */
struct lnet_dead_one {
	void *object;
	u64 cookie;
};

/* Those of one type. */
struct lnet_dead {
	s64 live;			/* made less freed on this CPU */
	unsigned int n;
	struct lnet_dead_one stack[LNET_DEAD_MAX];
};

/*
 * Touched by its CPU only, with preemption off; others read counters, by
 * READ_ONCE(), take @eq back (eq.c), and @task, by its own task only (run.c). Hotplug
 * is of no concern: what a dead CPU has stays.
 */
struct lnet_cpu {
	local_lock_t lock;		/* object.h: of @dead */
	unsigned int id;		/* I: smp_processor_id() */
	struct task_struct *task;	/* run.h: who is in a run here, or NULL */
	struct lnet_run *run;		/* its run; for no other task */
	struct lnet_eq *eq;		/* eq.c: that of the last MD made here */
	struct lnet_dead dead[LNET_OBJECT_TYPES];	/* object.h */
	s64 equals[LNET_MAX_PORTALS];	/* me_hash.c: hashed MEs that are no nodes */
	struct lnet_stats stats;
};

extern struct lnet_cpu __percpu *lnet_cpus;

/* The caller has preemption off for as long as it uses it. */
static inline struct lnet_cpu *lnet_cpu(void)
{
	return this_cpu_ptr(lnet_cpus);
}

/*
 * Around what only one may do at a time on a CPU, who has preemption off already:
 * this is for lockdep, which sees one that does it in an interrupt. Where there is no
 * lockdep a local_lock is nothing more than preemption off, but that User Mode
 * Linux calls a function to know whose lock it is.
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
