/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delivery slot: what makes events of one MD come one at a time and in
 * order. See slot.c. The rest of the core knows only what stands here.
 */
#ifndef _LNET_SLOT_H
#define _LNET_SLOT_H

#include <linux/cache.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include <lnet/lnd.h>

#include "handle.h"

struct lnet_eq;

/* S: written with the slot held */
struct lnet_slot {
	spinlock_t lock;	/* S */
	u64 delivered;		/* S: events */
	u64 contended;		/* S: of them, those that had to wait */
} ____cacheline_aligned_in_smp;

/* I: all; of one EQ. slots are grouped by CPU, 2^lane_bits for each group */
struct lnet_slots {
	unsigned int nr;
	unsigned int group_mask;
	unsigned int lane_bits;
	struct lnet_slot *slot;
};

/* Which handler this CPU is in; written by that CPU, in the slot. */
struct lnet_handler {
	struct task_struct *task;
	struct lnet_eq *eq;
};
DECLARE_PER_CPU(struct lnet_handler, lnet_handler);

/*
 * The EQ whose handler the caller is in, or NULL. The caller may be moved to
 * another CPU while it looks: then it finds somebody else's task, never its
 * own, for a handler runs with preemption off.
 */
static inline struct lnet_eq *lnet_slot_handler_eq(void)
{
	struct lnet_handler *h = raw_cpu_ptr(&lnet_handler);

	return READ_ONCE(h->task) == current ? h->eq : NULL;
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
	u32 lane = lnet_handle_index(cookie) + lnet_handle_gen(cookie);
	u32 group = lnet_handle_cpu(cookie) & slots->group_mask;

	lane &= (1U << slots->lane_bits) - 1;
	return &slots->slot[group << slots->lane_bits | lane];
}

int lnet_slots_init(struct lnet_slots *slots, unsigned int nr);
void lnet_slots_exit(struct lnet_slots *slots);
unsigned int lnet_slots_default(void);

void lnet_slots_drain(struct lnet_slots *slots);

void lnet_slot_deliver(struct lnet_slot *slot, struct lnet_eq *eq,
		       struct lnet_delivery *d);

#endif /* _LNET_SLOT_H */
