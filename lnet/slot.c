// SPDX-License-Identifier: GPL-2.0
/*
 * The delivery slot, as a spinlock.
 *
 * Every EQ has an array of slots and an MD's cookie says which of them is the
 * MD's. What a slot serialises is lnet_eq_deliver(): end the operation on the
 * MD, run the callback, finish the auto-unlink, publish in the ring. So the
 * events of one MD come one at a time, in the order in which their operations
 * took the slot, and those of MDs in other slots at the same time.
 *
 * Which slot: the array is divided into one group for each CPU (as far as
 * there are enough), a cookie's cpu field names the group, and its index the
 * slot within. MDs that a CPU makes one after the other have neighbouring
 * indices, so different slots, and a thread whose MDs complete where it made them shares
 * the cache line of a slot with nobody.
 *
 * The handler runs with preemption off and the slot held. It must not sleep
 * and must not call LNet, which would take a slot inside a slot.
 */
#include "slot.h"
#include "alloc.h"
#include "eq.h"
#include "handle.h"

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

enum {
	SLOTS_PER_CPU	= 8,
	SLOTS_MAX	= 1024,
};

/**
 * lnet_slots_default() - how many slots an EQ has if nobody says otherwise
 *
 * Return: a power of two that follows the number of CPUs.
 */
unsigned int lnet_slots_default(void)
{
	unsigned int cpus = roundup_pow_of_two(nr_cpu_ids);

	return min_t(unsigned int, cpus * SLOTS_PER_CPU, SLOTS_MAX);
}

/**
 * lnet_slots_init() - make the slots of an EQ
 * @slots: to fill
 * @nr: how many, a power of two
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_slots_init(struct lnet_slots *slots, unsigned int nr)
{
	unsigned int groups = min_t(unsigned int, nr,
				    roundup_pow_of_two(nr_cpu_ids));
	unsigned int i;

	slots->slot = lnet_alloc(kvcalloc(nr, sizeof(*slots->slot),
					  GFP_KERNEL));
	if (!slots->slot)
		return -ENOMEM;

	for (i = 0; i < nr; i++)
		spin_lock_init(&slots->slot[i].lock);
	slots->nr = nr;
	slots->group_mask = groups - 1;
	slots->lane_mask = nr / groups - 1;
	slots->lane_bits = ilog2(nr / groups);
	return 0;
}

/**
 * lnet_slots_exit() - free the slots of an EQ
 * @slots: nobody holds or will hold one of them
 */
void lnet_slots_exit(struct lnet_slots *slots)
{
	kvfree(slots->slot);
}

/**
 * lnet_slots_drain() - wait for deliveries that are under way
 * @slots: of an EQ
 *
 * Context: any, not in a handler.
 */
void lnet_slots_drain(struct lnet_slots *slots)
{
	struct lnet_slot *slot;

	for (slot = slots->slot; slot < slots->slot + slots->nr; slot++) {
		spin_lock(&slot->lock);
		spin_unlock(&slot->lock);
	}
}

/**
 * lnet_slot_deliver() - deliver an event, in its turn
 * @c: this CPU
 * @slot: of the MD
 * @eq: of the MD
 * @d: the event; the caller's again on return
 *
 * When it returns the callback has run, in this thread.
 *
 * Context: task, not in a handler; preemption off.
 */
void lnet_slot_deliver(struct lnet_cpu *c, struct lnet_slot *slot,
		       struct lnet_eq *eq, struct lnet_delivery *d)
{
	if (!spin_trylock(&slot->lock)) {
		spin_lock(&slot->lock);
		slot->contended++;
	}
	slot->delivered++;

	c->handler = eq;
	lnet_eq_deliver(c, eq, slot, d);
	c->handler = NULL;
	spin_unlock(&slot->lock);
}
