/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delivery slot: what makes events of one MD come one at a time and in
 * order. See slot.c. The rest of the core knows only what stands here.
 */
#ifndef _LNET_SLOT_H
#define _LNET_SLOT_H

#include <linux/cache.h>
#include <linux/spinlock.h>

#include <lnet/lnd.h>

#include "cpu.h"
#include "handle.h"

struct lnet_eq;

/* S: written with the slot held */
struct lnet_slot {
	spinlock_t lock;	/* S */
	u64 delivered;		/* S: events */
	u64 contended;		/* S: of them, those that had to wait */
	u64 ended;		/* S: MDs that are no more */
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

int lnet_slots_init(struct lnet_slots *slots, unsigned int nr);
void lnet_slots_exit(struct lnet_slots *slots);
unsigned int lnet_slots_default(void);

void lnet_slots_drain(struct lnet_slots *slots);

void lnet_slot_deliver(struct lnet_cpu *c, struct lnet_slot *slot,
		       struct lnet_eq *eq, struct lnet_delivery *d);

#endif /* _LNET_SLOT_H */
