/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delivery slot: what makes events of one MD come one at a time and in
 * order. See slot.c. The rest of the core knows only what stands here, and
 * nothing of the schemes.
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

/* What keeps the callbacks apart; the module parameter `delivery`. */
enum lnet_delivery_scheme {
	LNET_DELIVERY_COMBINING, /* an array of combining slots, by MD */
	LNET_DELIVERY_HASHED,	/* an array of locks, by MD */

	/* Only to be compared with, where LNET_SCHEMES is defined: */
	LNET_DELIVERY_GLOBAL,	/* one lock for callbacks and for matching */
	LNET_DELIVERY_CALLBACK,	/* one lock for all callbacks */
	LNET_DELIVERY_RWLOCK,	/* one read-write lock, and one per slot */
	LNET_DELIVERY_EQ,	/* one lock for each EQ */
};

/* Only changes while there is no EQ. */
extern enum lnet_delivery_scheme lnet_slot_scheme;
DECLARE_STATIC_KEY_FALSE(lnet_slot_locks);	/* it is not `combining` */

/* Does a callback run under a lock, so that its handler must not call LNet? */
static __always_inline bool lnet_slot_is_lock(void)
{
	return static_branch_unlikely(&lnet_slot_locks);
}

/*
 * I: immutable
 * O: written by who owns it, or has the lock
 * A: atomic
 * P: written by the thread that has promised to look after it
 */
struct lnet_slot {
	union {
		struct {			/* slot_lock.c */
			spinlock_t lock;
			struct llist_node *left;	/* O: by its handler, latest first */
			pid_t holder;		/* O: its thread, or 0 */
		};
		struct {			/* slot_combining.c */
			atomic_long_t word;	/* A: */
			struct llist_node *rest;	/* O: turns, in order */
			struct lnet_slot *next;	/* P: */
			atomic_t pushed;	/* A: turns that ever were */
			atomic_t waiting;	/* A: threads, not in handlers */
			pid_t owner;		/* O: its thread, or 0 */
			bool relief;		/* O: it asks for it */
		};
	};
	struct lnet_eq *eq;	/* I: */
	u64 own;		/* O: events delivered by who completed them */
	u64 queued;		/* O: those that came to it by the queue */
} ____cacheline_aligned_in_smp;

/* I: all; of one EQ. slots are grouped by CPU, 2^lane_bits for each group */
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
