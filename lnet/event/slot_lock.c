// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery slots that are locks, as proposed on lustre-devel in 2008: an array of locks for each
 * EQ, hashed by MD (`hashed`). A thread that finds the lock held spins until the callback of the
 * holder has returned.
 *
 * With LNET_SCHEMES, for tests and benchmarks, this file also has what the same mail thread
 * compared with it: one lock for everything, one lock for all callbacks, one lock for each EQ, and
 * a read-write lock. Callbacks hold the read-write lock for reading, so they run at the same time;
 * the UNLINK event of LNetMDUnlink() holds it for writing. The read-write lock alone would not keep
 * the events of one MD apart, so the slot's own lock is taken inside.
 *
 * A handler must not sleep, and under a lock must not call LNet. LNet does not always recognise a
 * handler that has slept when it calls LNet (run.c). If such a handler completes an event of its
 * own slot, its thread would wait for a lock that it holds itself. So it leaves the event in the
 * slot, to be delivered when the handler has returned, as under `combining`.
 */
#include "event/delivery.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/alloc.h"

#include <linux/export.h>
#include <linux/spinlock.h>

#ifdef LNET_SCHEMES
static DEFINE_SPINLOCK(global_lock);
static DEFINE_SPINLOCK(callback_lock);
static DEFINE_RWLOCK(callback_rwlock);

/**
 * lnet_slot_global_lock() - take the global lock before matching, if the scheme has one
 *
 * Matching needs no EQ, so the scheme may change before lnet_slot_global_unlock(). The caller
 * therefore remembers the return value.
 *
 * Context: task.
 * Return: true if the lock was taken; then the caller calls lnet_slot_global_unlock().
 */
bool lnet_slot_global_lock(void)
{
	if (READ_ONCE(lnet_slot_scheme) != LNET_DELIVERY_GLOBAL)
		return false;
	spin_lock(&global_lock);
	__release(&global_lock);
	return true;
}

/**
 * lnet_slot_global_unlock() - release the global lock after matching
 *
 * Context: lnet_slot_global_lock() has returned true.
 */
void lnet_slot_global_unlock(void)
{
	__acquire(&global_lock);
	spin_unlock(&global_lock);
}

/* With `rwlock`: lock for writing if @write, else for reading. sparse cannot track this lock. */
static void scheme_lock(bool write)
{
	if (lnet_slot_scheme != LNET_DELIVERY_RWLOCK)
		return;
	if (write)
		write_lock(&callback_rwlock);
	else
		read_lock(&callback_rwlock);
	__release(&callback_rwlock);
}

static void scheme_unlock(bool write)
{
	if (lnet_slot_scheme != LNET_DELIVERY_RWLOCK)
		return;
	__acquire(&callback_rwlock);
	if (write)
		write_unlock(&callback_rwlock);
	else
		read_unlock(&callback_rwlock);
}

static spinlock_t *slot_lock_of(struct lnet_slot *slot)
{
	switch (lnet_slot_scheme) {
	case LNET_DELIVERY_GLOBAL:
		return &global_lock;
	case LNET_DELIVERY_CALLBACK:
		return &callback_lock;
	default:
		return &slot->lock;
	}
}
#else
static void scheme_lock(bool write)
{
}

static void scheme_unlock(bool write)
{
}

static spinlock_t *slot_lock_of(struct lnet_slot *slot)
{
	return &slot->lock;
}
#endif

/* Deliver the turns that a handler which slept has left in the slot. */
static noinline void slot_deliver_left(struct lnet_run *run, struct lnet_slot *slot)
{
	struct llist_node *node = llist_reverse_order(slot->left);
	struct lnet_turn *turn;
	struct lnet_delivery *d;

	slot->left = NULL;
	while (node) {
		turn = llist_entry(node, struct lnet_turn, queue);
		node = node->next;
		lnet_count(slot->queued, 1);
		d = lnet_eq_deliver(run, slot->eq, turn);
		if (d)
			lnet_run_done_later(run, d);
	}
}

/**
 * lnet_slot_lock_deliver() - deliver an event under a lock
 * @run: the caller's run, not in a handler
 * @md: the MD of the event
 * @turn: the turn of the event; not the caller's any more
 *
 * The event has been delivered on return, unless this thread itself holds the lock, in a handler
 * that has slept.
 *
 * Context: task, preemption off.
 */
void lnet_slot_lock_deliver(struct lnet_run *run, struct lnet_libmd *md,
			    struct lnet_turn *turn)
{
	struct lnet_slot *slot = md->slot;
	spinlock_t *lock = slot_lock_of(slot);
	bool write = turn->unlink;
	struct lnet_delivery *d;

	if (unlikely(READ_ONCE(slot->holder) == run->task->pid)) {
		turn->queue.next = slot->left;
		slot->left = &turn->queue;
		return;
	}
	scheme_lock(write);
	if (spin_trylock(lock)) {
		lnet_count(slot->uncontended, 1);
	} else {
		spin_lock(lock);
		lnet_count(slot->queued, 1);
	}
	WRITE_ONCE(slot->holder, run->task->pid);
	d = lnet_eq_deliver(run, slot->eq, turn);
	while (unlikely(slot->left))
		slot_deliver_left(run, slot);
	WRITE_ONCE(slot->holder, 0);
	spin_unlock(lock);
	scheme_unlock(write);
	if (d)
		lnet_delivery_done(run->c, d);
	lnet_run_flush(run);
}
