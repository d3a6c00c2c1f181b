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

/* The part of one EQ that belongs to one CPU; that CPU writes it with preemption off. */
struct lnet_eq_cpu {
	s64 mds;			/* MDs counted in, less MDs counted out */
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
 * I: The field is immutable.
 * A: The field is atomic.
 * B: reset_mutex in eq.c guards the field.
 */
struct lnet_eq {
	u64 cookie;			/* I: */
	lnet_eq_handler_t callback;	/* I: or NULL */
	bool strict;			/* I: see lnet_eq_alloc_strict() */
	struct lnet_slots slots;	/* I: the array; see slot.h for each slot */
	struct lnet_eq_cpu __percpu *cpus;
	struct lnet_users mds;		/* MDs that refer to the EQ; counted in @cpus */
	int warned;			/* by xchg(): warned of a call from its handler */
	int slept;			/* by xchg(): warned that its handler has slept */
	refcount_t refs;		/* A: handle, pollers, threads that wait or come back */
	void *caller;			/* I: return address of LNetEQAlloc() */
	struct lnet_ring ring;
	wait_queue_head_t wait;		/* pollers of this EQ */
	struct lnet_eq_stats base;	/* B: the counters at the last reset */
	struct lnet_dir *dir;		/* I: its folder in sysfs, or NULL */
	struct rcu_head rcu;
#ifdef CONFIG_LOCKDEP
	struct lockdep_map dep_map;	/* around the locks that its handler takes */
#endif
	struct lock_class_key key;	/* I: class of @dep_map, or of slots that are locks */
};

/**
 * lnet_eq_find() - find the EQ of a cookie
 * @cookie: the cookie, as a client gave it
 *
 * Context: RCU read section, or preemption off; the EQ is valid until its end.
 * Return: the EQ, or NULL if the cookie is stale or never was one of an EQ.
 */
static inline struct lnet_eq *lnet_eq_find(u64 cookie)
{
	struct lnet_eq *eq = lnet_handle_find(cookie, LNET_HANDLE_EQ);

	return eq && eq->cookie == cookie ? eq : NULL;
}

/*
 * Like lnet_eq_find(), with preemption off. The CPU remembers the EQ that it found last, as clients
 * mostly name the same EQ again.
 */
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
 * lnet_eq_slot_of() - select the slot of an MD
 * @slots: the slots of the MD's EQ
 * @cookie: the cookie of the MD
 *
 * The slot is in the group of the CPU that made the MD. A hash selects the slot there, so that the
 * order of handles does not matter: the MDs of a client may be every second handle, or every 55th.
 * The hash covers the whole cookie. MDs of one slot tend to die together; with their next cookies
 * they do not all meet in one slot again.
 *
 * Context: any.
 * Return: the slot, always the same one for a cookie.
 */
static inline struct lnet_slot *lnet_eq_slot_of(const struct lnet_slots *slots,
						u64 cookie)
{
	u32 hash = jhash_2words(lower_32_bits(cookie), upper_32_bits(cookie), 0);
	u32 lane = (u64)hash << slots->lane_bits >> 32;
	u32 group = lnet_handle_cpu(cookie) & slots->group_mask;

	return &slots->slot[group << slots->lane_bits | lane];
}

/* Functions of the code that shows EQs: @add for each new EQ, which may fail; @del at its end. */
struct lnet_eq_viewer {
	int (*add)(struct lnet_eq *eq);
	void (*del)(struct lnet_eq *eq);
};

void lnet_eq_set_viewer(const struct lnet_eq_viewer *viewer);

int lnet_eq_alloc_strict(lnet_eq_handler_t callback, struct lnet_handle_eq *handle);
int lnet_eq_free(struct lnet_handle_eq eqh);
struct lnet_eq *lnet_eq_get(u64 cookie);
void lnet_eq_put(struct lnet_eq *eq);

/*
 * For lockdep: the locks that a handler of the EQ takes are taken between these two. If a client
 * holds a lock that a handler takes, and makes a call in which a callback may run, lockdep reports
 * it without a hang.
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

/* eq_deliver.c; the delivery schemes call it, with the slot owned if the MD needs one. */
struct lnet_delivery *lnet_eq_deliver(struct lnet_run *run, struct lnet_eq *eq,
				      struct lnet_turn *turn);
void lnet_eq_wait_handled(u64 cookie);

void lnet_eq_stats_read(struct lnet_eq *eq, struct lnet_eq_stats *stats);
void lnet_eq_stats_reset(struct lnet_eq *eq);
bool lnet_eq_any_but(lnet_eq_handler_t own);
void lnet_eq_purge(void);

#endif /* _LNET_EQ_H */
