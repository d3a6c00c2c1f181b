/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event queue. See eq.c.
 */
#ifndef _LNET_EQ_H
#define _LNET_EQ_H

#include <linux/jhash.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <lnet/api.h>

#include "event/handle.h"
#include "event/ring.h"
#include "event/slot.h"
#include "event/users.h"
#include "hooks/window.h"

struct lnet_dir;
struct lnet_run;

/* Of one EQ and one CPU, written by that CPU with preemption off. */
struct lnet_eq_cpu {
	s64 mds;			/* MDs counted in less out */
	u64 delivered;			/* events that needed no slot */
};

/* What sysfs shows of an EQ. */
struct lnet_eq_stats {
	u64 mds;
	u64 delivered;
	u64 callbacks;
	u64 contended;
	u64 overflowed;
	u64 lost;
};

/*
 * I: immutable; A: atomic; B: reset_mutex in eq.c
 */
struct lnet_eq {
	u64 cookie;			/* I: */
	lnet_eq_handler_t callback;	/* I: or NULL */
	struct lnet_slots slots;	/* I: the array; see slot.h for each */
	struct lnet_eq_cpu __percpu *cpus;
	struct lnet_users mds;		/* that refer to it; counts in @cpus */
	int warned;			/* by xchg(): its handler made a bad call */
	int slept;			/* by xchg(): its handler has slept */
	refcount_t refs;		/* A: its handle, and who polls, waits or comes back */
	void *caller;			/* I: who made it */
	struct lnet_ring ring;
	wait_queue_head_t wait;		/* pollers of this EQ */
	struct lnet_eq_stats base;	/* B: subtracted since the last reset */
	struct lnet_dir *dir;		/* I: in sysfs, or NULL */
	struct rcu_head rcu;
#ifdef CONFIG_LOCKDEP
	struct lockdep_map dep_map;	/* of what its handler takes */
#endif
	struct lock_class_key key;	/* I: of that, or of slots that are locks */
};

/**
 * lnet_eq_find() - the EQ of a cookie
 * @cookie: from a client
 *
 * Context: RCU read section, or preemption off, until whose end the EQ is good.
 * Return: the EQ, or NULL if the cookie is stale or never was one.
 */
static inline struct lnet_eq *lnet_eq_find(u64 cookie)
{
	struct lnet_eq *eq = lnet_handle_find(cookie, LNET_HANDLE_EQ);

	return eq && eq->cookie == cookie ? eq : NULL;
}

/* The same with preemption off; clients mostly name the one they named before. */
static inline struct lnet_eq *lnet_eq_recall(struct lnet_cpu *c, u64 cookie)
{
	struct lnet_eq *eq = READ_ONCE(c->eq);

	if (likely(eq && eq->cookie == cookie))
		return eq;
	eq = lnet_eq_find(cookie);
	if (eq)
		WRITE_ONCE(c->eq, eq);
	return eq;
}

/**
 * lnet_slot_of() - the slot of an MD
 * @slots: of its EQ
 * @cookie: of the MD
 *
 * Among those of the CPU that made it, by a hash that leaves nothing of the order of
 * handles: a client's MDs may be each second one, or each 55th. It is of the whole
 * cookie: those of one slot tend to die together, and would meet again when they live
 * again.
 *
 * Context: any.
 * Return: the slot, the same one always.
 */
static inline struct lnet_slot *lnet_slot_of(const struct lnet_slots *slots,
					     u64 cookie)
{
	u32 hash = jhash_2words(lower_32_bits(cookie), upper_32_bits(cookie), 0);
	u32 lane = (u64)hash << slots->lane_bits >> 32;
	u32 group = lnet_handle_cpu(cookie) & slots->group_mask;

	return &slots->slot[group << slots->lane_bits | lane];
}

/* Who shows EQs to people: told of each one's beginning, which may fail, and end. */
struct lnet_eq_viewer {
	int (*add)(struct lnet_eq *eq);
	void (*del)(struct lnet_eq *eq);
};

void lnet_eq_set_viewer(const struct lnet_eq_viewer *viewer);

int lnet_eq_free(struct lnet_handle_eq eqh);
struct lnet_eq *lnet_eq_get(u64 cookie);
void lnet_eq_put(struct lnet_eq *eq);

/*
 * For lockdep: what a handler of the EQ may take is taken between these. Who
 * makes a call in which a callback may run, with a lock that a handler takes, is
 * told of it without the hang.
 */
static inline void lnet_eq_dep_acquire(struct lnet_eq *eq)
{
	if (IS_ENABLED(CONFIG_LOCKDEP) && !lnet_slot_is_lock())
		lock_map_acquire(&eq->dep_map);
}

static inline void lnet_eq_dep_release(struct lnet_eq *eq)
{
	if (IS_ENABLED(CONFIG_LOCKDEP) && !lnet_slot_is_lock())
		lock_map_release(&eq->dep_map);
}

/* eq_deliver.c; the schemes call it, with the slot owned. */
struct lnet_delivery *lnet_eq_deliver(struct lnet_run *run, struct lnet_eq *eq,
				      struct lnet_turn *turn);

void lnet_eq_stats_read(struct lnet_eq *eq, struct lnet_eq_stats *stats);
void lnet_eq_stats_reset(struct lnet_eq *eq);
void lnet_eq_purge(void);

#endif /* _LNET_EQ_H */
