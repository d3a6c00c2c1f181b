/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delivery slot: it delivers the events of one MD one at a time and in order. See slot.c. Other
 * parts of the core use only this header and do not depend on the scheme.
 */
#ifndef _LNET_SLOT_H
#define _LNET_SLOT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jump_label.h>
#include <linux/llist.h>
#include <linux/spinlock.h>

#include <lnet/lnd.h>

#include "event/md.h"
#include "event/run_state.h"

struct lnet_eq;
struct lnet_libmd;

/* The delivery scheme, which keeps callbacks apart; the module parameter `delivery`. */
enum lnet_delivery_scheme {
	LNET_DELIVERY_COMBINING, /* an array of combining slots, by MD */
	LNET_DELIVERY_HASHED,	/* an array of locks, by MD */

	/* For comparison only, if LNET_SCHEMES is defined: */
	LNET_DELIVERY_GLOBAL,	/* one lock for callbacks and for matching */
	LNET_DELIVERY_CALLBACK,	/* one lock for all callbacks */
	LNET_DELIVERY_RWLOCK,	/* one read-write lock, and a lock per slot */
	LNET_DELIVERY_EQ,	/* one lock for each EQ */
};

/* Changes only while there is no EQ. */
extern enum lnet_delivery_scheme lnet_slot_scheme;
DECLARE_STATIC_KEY_FALSE(lnet_slot_locks);	/* true unless `combining` */

/* Does a callback run under a lock? Then its handler must not call LNet. */
static __always_inline bool lnet_slot_is_lock(void)
{
	return static_branch_unlikely(&lnet_slot_locks);
}

/*
 * I: The field is immutable.
 * O: Only the thread that owns the slot, or holds its lock, writes the field.
 * A: The field is atomic.
 * P: Only the thread that has promised to look after the slot writes the field.
 */
struct lnet_slot {
	union {
		struct {			/* slot_lock.c */
			spinlock_t lock;
			struct llist_node *left;	/* O: turns, latest first: slot_lock.c */
			pid_t holder;		/* O: PID of the thread that holds the lock, or 0 */
		};
		struct {			/* slot_combining.c */
			atomic_long_t word;	/* A: turns and flags */
			struct llist_node *taken;	/* O: turns taken from @word, in order */
			struct lnet_slot *next;	/* P: in lnet_todo.promised */
			atomic_t pushed;	/* A: turns ever pushed, modulo 2^32 */
			atomic_t waiting;	/* A: threads that wait; none is in a handler */
			pid_t owner;		/* O: PID of the owner, or 0 */
			bool handover;		/* O: the owner asks a waiter to take over */
		};
	};
	struct lnet_eq *eq;	/* I: the EQ of the slot */
	u64 uncontended;		/* O: events that found the slot free */
	u64 queued;		/* O: events that were pushed, left, or waited for the lock */
} ____cacheline_aligned_in_smp;

/* The slots of one EQ, grouped by CPU: 2^lane_bits slots in each group. I: all fields. */
struct lnet_slots {
	unsigned int nr;
	unsigned int group_mask;
	unsigned int lane_bits;
	struct lnet_slot *slot;
};

const char *lnet_slot_delivery_name(void);

int lnet_slots_init(struct lnet_eq *eq);
void lnet_slots_exit(void);
bool lnet_slots_are_free(const struct lnet_slots *slots);

/* slot_lock.c */
#ifdef LNET_SCHEMES
bool lnet_slot_global_lock(void);
void lnet_slot_global_unlock(void);
#endif
void lnet_slot_lock_deliver(struct lnet_run *run, struct lnet_libmd *md,
			    struct lnet_turn *turn);

/* slot_combining.c */
void lnet_slot_combining_deliver(struct lnet_run *run, struct lnet_libmd *md,
				 struct lnet_turn *turn);
void lnet_slot_combining_defer(struct lnet_run *run, struct lnet_libmd *md,
			       struct lnet_turn *turn);
void lnet_slot_combining_keep_promise(struct lnet_run *run, struct lnet_slot *slot);
void lnet_slot_combining_visit(struct lnet_run *run);

#endif /* _LNET_SLOT_H */
