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
#include <linux/llist.h>
#include <linux/spinlock.h>

#include <lnet/lnd.h>

#include "cpu.h"
#include "handle.h"
#include "md.h"

struct lnet_eq;
struct lnet_libmd;

/* What keeps the callbacks apart; the module parameter `delivery`. */
enum lnet_delivery_scheme {
	LNET_DELIVERY_GLOBAL,	/* one lock for callbacks and for matching */
	LNET_DELIVERY_CALLBACK,	/* one lock for all callbacks */
	LNET_DELIVERY_RWLOCK,	/* one read-write lock, and one per slot */
	LNET_DELIVERY_EQ,	/* one lock for each EQ */
	LNET_DELIVERY_HASHED,	/* an array of locks, by MD */
	LNET_DELIVERY_COMBINING, /* an array of combining slots, by MD */
};

/* Only changes while there is no EQ. */
extern enum lnet_delivery_scheme lnet_delivery;

/*
 * S: written by who has the slot
 * Q: see slot_combining.c
 */
struct lnet_slot {
	union {
		spinlock_t lock;		/* slot_lock.c: S */
		struct {
			atomic_t pending;	/* Q: events that have entered */
			bool relief;		/* Q: the owner asks for it */
			struct llist_head queue;	/* Q: turns, latest first */
			struct llist_node *rest;	/* S: turns, in order */
		};
	};
	u64 delivered;		/* S: events */
	u64 contended;		/* S: of them, those that had to wait */
} ____cacheline_aligned_in_smp;

/* I: all; of one EQ. slots are grouped by CPU, 2^lane_bits for each group */
struct lnet_slots {
	unsigned int nr;
	unsigned int group_mask;
	unsigned int lane_mask;
	unsigned int lane_bits;
	struct lnet_slot *slot;
};

/*
 * The EQ whose handler the caller is in, or NULL. With preemption off whoever
 * runs on this CPU is the handler, if there is one.
 */
static inline struct lnet_eq *lnet_slot_handler_eq(void)
{
	struct lnet_eq *eq;

	preempt_disable();
	eq = lnet_cpu()->handler;
	preempt_enable();
	return eq;
}

/**
 * lnet_slot_of() - the slot of an MD
 * @slots: of its EQ
 * @cookie: of the MD
 *
 * Context: any.
 * Return: the slot, the same one always.
 */
static inline struct lnet_slot *lnet_slot_of(const struct lnet_slots *slots,
					     u64 cookie)
{
	u32 lane = lnet_handle_index(cookie);
	u32 group = lnet_handle_cpu(cookie) & slots->group_mask;

	return &slots->slot[group << slots->lane_bits |
			    (lane & slots->lane_mask)];
}

const char *lnet_delivery_name(void);

int lnet_slots_init(struct lnet_slots *slots);
void lnet_slots_exit(void);

/* Serialises matching where the scheme wants that; around any other lock. */
extern spinlock_t lnet_global_lock;

static inline bool lnet_global_begin(void)
{
	/* Matching needs no EQ: the scheme may change until lnet_global_end(). */
	bool global = READ_ONCE(lnet_delivery) == LNET_DELIVERY_GLOBAL;

	if (unlikely(global)) {
		spin_lock(&lnet_global_lock);
		__release(&lnet_global_lock);
	}
	return global;
}

static inline void lnet_global_end(bool global)
{
	if (unlikely(global)) {
		__acquire(&lnet_global_lock);
		spin_unlock(&lnet_global_lock);
	}
}

void lnet_lock_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
		       struct lnet_turn *turn);
void lnet_alone_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
			struct lnet_turn *turn);
void lnet_combining_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
			    struct lnet_turn *turn);
bool lnet_combining_enter(struct lnet_cpu *c, struct lnet_libmd *md,
			  struct lnet_turn *turn);
void lnet_combining_wait(struct lnet_cpu *c);
void lnet_combining_own(struct lnet_cpu *c, struct lnet_libmd *md,
			struct lnet_turn *turn);
void lnet_slot_defer(struct lnet_cpu *c, struct lnet_libmd *md,
		     struct lnet_turn *turn);
void lnet_slot_deliver_deferred(struct lnet_cpu *c);

/**
 * lnet_slot_deliver() - deliver an event, in its turn
 * @c: this CPU
 * @md: the MD it is for, which has an EQ
 * @turn: of the event; not the caller's any more
 *
 * When it returns the callback has run, in this thread; or, where the scheme is
 * `combining`, it will run in the thread that has the slot, or in this one when
 * the handler has returned that it is in.
 *
 * Context: task, preemption off. In a handler only where the scheme is
 * `combining`.
 */
static __always_inline void lnet_slot_deliver(struct lnet_cpu *c,
					      struct lnet_libmd *md,
					      struct lnet_turn *turn)
{
	if (unlikely(lnet_delivery != LNET_DELIVERY_COMBINING)) {
		lnet_lock_deliver(c, md, turn);
		return;
	}
	if (unlikely(c->delivering)) {
		lnet_slot_defer(c, md, turn);
		return;
	}
	c->delivering = true;
	if (md->alone)
		lnet_alone_deliver(c, md, turn);
	else
		lnet_combining_deliver(c, md, turn);
	if (unlikely(c->deferred || c->crowded))
		lnet_slot_deliver_deferred(c);
	c->delivering = false;
}

#endif /* _LNET_SLOT_H */
