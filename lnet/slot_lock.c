// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery slots that are locks, as the thread of 2008 has them: one for
 * everything, one for all callbacks, one for each EQ, or an array for each EQ,
 * hashed by MD. Who comes second spins until the callback of the first has
 * returned.
 *
 * With `rwlock` all callbacks hold one lock for reading, so they run at the
 * same time, and the UNLINK event of LNetMDUnlink() for writing. That alone
 * would not keep the events of one MD apart, so the slot's own lock is taken
 * inside.
 */
#include "slot.h"
#include "eq.h"
#include "md.h"
#include "msg.h"

#include <linux/spinlock.h>

static DEFINE_SPINLOCK(callback_lock);
static DEFINE_RWLOCK(callback_rwlock);

/* One or the other, which sparse cannot follow. */
static void rw_lock(bool write)
{
	if (write)
		write_lock(&callback_rwlock);
	else
		read_lock(&callback_rwlock);
	__release(&callback_rwlock);
}

static void rw_unlock(bool write)
{
	__acquire(&callback_rwlock);
	if (write)
		write_unlock(&callback_rwlock);
	else
		read_unlock(&callback_rwlock);
}

static spinlock_t *lock_of(struct lnet_slot *slot)
{
	switch (lnet_delivery) {
	case LNET_DELIVERY_GLOBAL:
		return &lnet_global_lock;
	case LNET_DELIVERY_CALLBACK:
		return &callback_lock;
	default:
		return &slot->lock;
	}
}

/**
 * lnet_lock_deliver() - deliver an event under a lock
 * @c: this CPU
 * @md: the MD it is for
 * @turn: of the event; not the caller's any more
 *
 * Context: task, preemption off, not in a handler.
 */
void lnet_lock_deliver(struct lnet_cpu *c, struct lnet_libmd *md,
		       struct lnet_turn *turn)
{
	bool rw = lnet_delivery == LNET_DELIVERY_RWLOCK;
	struct lnet_slot *slot = md->slot;
	spinlock_t *lock = lock_of(slot);
	bool write = turn->unlink;
	struct lnet_msg *msg;

	if (rw)
		rw_lock(write);
	if (!spin_trylock(lock)) {
		spin_lock(lock);
		slot->contended++;
	}
	slot->delivered++;
	c->handler = md->eq;
	msg = lnet_eq_deliver(c, md->eq, turn);
	c->handler = NULL;
	spin_unlock(lock);
	if (rw)
		rw_unlock(write);
	if (msg)
		lnet_msg_delivered(c, msg);
}
