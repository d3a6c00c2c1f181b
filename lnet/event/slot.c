// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery slots: how many an EQ has, and by which scheme they work.
 *
 * Each EQ has an array of slots. The cookie of an MD selects the MD's slot. A slot serialises
 * lnet_eq_deliver(): end the operation on the MD, run the callback, finish the auto-unlink, publish
 * the event in the ring. So the events of one MD are delivered one at a time, in the order in which
 * they entered the slot. Events of MDs in other slots may be delivered at the same time.
 *
 * The array is divided into one group for each CPU, as far as there are enough slots. The cpu field
 * of a cookie selects the group, and a hash of the cookie the slot in the group. So MDs that a CPU
 * makes one after the other are mostly in different slots, and a thread whose MDs complete on the
 * CPU that made them shares the cache line of a slot with no other CPU.
 *
 * Most MDs are good for one operation and unlink themselves with it. Such an MD has exactly one
 * event in its life, so under `combining` that event is delivered without a slot (run.c).
 *
 * A scheme is the way in which a slot is entered. slot_combining.c has the scheme that is not a
 * lock. slot_lock.c has the schemes that are locks, some of them shared by many slots. With any
 * scheme the handler runs with preemption off and must not sleep. Under a lock it must not call
 * LNet, as that would take a slot inside a slot.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "event/slot.h"
#include "event/delivery.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/run.h"
#include "hooks/alloc.h"

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

enum {
	SLOTS_PER_CPU	= 8,
	SLOTS_MAX	= 1024,
};

static const char *const scheme_name[] = {
	[LNET_DELIVERY_COMBINING]	= "combining",
	[LNET_DELIVERY_HASHED]		= "hashed",
#ifdef LNET_SCHEMES
	[LNET_DELIVERY_GLOBAL]		= "global",
	[LNET_DELIVERY_CALLBACK]	= "callback",
	[LNET_DELIVERY_RWLOCK]		= "rwlock",
	[LNET_DELIVERY_EQ]		= "eq",
#endif
};

#ifdef LNET_SCHEMES
#define SCHEMES "combining, hashed, global, callback, rwlock or eq"
#else
#define SCHEMES "combining or hashed"
#endif

enum lnet_delivery_scheme lnet_slot_scheme __read_mostly = LNET_DELIVERY_COMBINING;
DEFINE_STATIC_KEY_FALSE(lnet_slot_locks);

static DEFINE_MUTEX(scheme_mutex);	/* M */
static unsigned int arrays;		/* M: slot arrays that exist */
static unsigned int eq_slots;		/* M: to write */

/* Parameters -------------------------------------------------------------- */

static void slot_set_scheme(enum lnet_delivery_scheme scheme)
{
	WRITE_ONCE(lnet_slot_scheme, scheme);
	if (scheme == LNET_DELIVERY_COMBINING)
		static_branch_disable(&lnet_slot_locks);
	else
		static_branch_enable(&lnet_slot_locks);
}

static int delivery_set(const char *val, const struct kernel_param *kp)
{
	int scheme = sysfs_match_string(scheme_name, val);
	int rc = 0;

	if (scheme < 0) {
		pr_err("delivery=%s is not " SCHEMES "\n", val);
		return -EINVAL;
	}

	mutex_lock(&scheme_mutex);
	if (!arrays)
		slot_set_scheme(scheme);
	else if (lnet_slot_scheme != scheme)
		rc = -EBUSY;
	mutex_unlock(&scheme_mutex);
	return rc;
}

/**
 * lnet_slot_delivery_name() - name the delivery scheme
 *
 * Context: any.
 * Return: the word by which the module parameter `delivery` selects the scheme.
 */
const char *lnet_slot_delivery_name(void)
{
	return scheme_name[READ_ONCE(lnet_slot_scheme)];
}

static int delivery_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", lnet_slot_delivery_name());
}

static const struct kernel_param_ops delivery_ops = {
	.set = delivery_set,
	.get = delivery_get,
};
module_param_cb(delivery, &delivery_ops, NULL, 0644);
MODULE_PARM_DESC(delivery, "Delivery scheme of callbacks: " SCHEMES
		 " (default combining); it can change only while no EQ exists");

static int slots_set(const char *val, const struct kernel_param *kp)
{
	unsigned int nr;
	int rc = kstrtouint(val, 0, &nr);

	if (rc || (nr && (!is_power_of_2(nr) || nr > SLOTS_MAX))) {
		pr_err("eq_slots=%s is not 0 or a power of two up to 1024\n", val);
		return -EINVAL;
	}
	mutex_lock(&scheme_mutex);
	WRITE_ONCE(eq_slots, nr);
	mutex_unlock(&scheme_mutex);
	return 0;
}

static const struct kernel_param_ops slots_ops = {
	.set = slots_set,
	.get = param_get_uint,
};
module_param_cb(eq_slots, &slots_ops, &eq_slots, 0644);
MODULE_PARM_DESC(eq_slots, "Delivery slots of each new EQ: a power of two up to 1024; 0: by the number of CPUs (default)");

/* Arrays ------------------------------------------------------------------ */

/* A scheme with one lock for each EQ, or in all, needs one slot: for the lock or the counters. */
static unsigned int slots_wanted(void)
{
	unsigned int cpus = roundup_pow_of_two(nr_cpu_ids);

	switch (lnet_slot_scheme) {
	case LNET_DELIVERY_GLOBAL:
	case LNET_DELIVERY_CALLBACK:
	case LNET_DELIVERY_EQ:
		return 1;
	default:
		return eq_slots ?: min_t(unsigned int, cpus * SLOTS_PER_CPU,
					 SLOTS_MAX);
	}
}

static void slot_init(struct lnet_slot *slot, struct lnet_eq *eq)
{
	slot->eq = eq;
	if (lnet_slot_is_lock()) {
		spin_lock_init(&slot->lock);
		lockdep_set_class(&slot->lock, &eq->key);
	}
	/* A combining slot is free if it is all zero. */
}

static int slots_make(struct lnet_eq *eq)
{
	struct lnet_slots *slots = &eq->slots;
	unsigned int nr = slots_wanted();
	unsigned int groups = min_t(unsigned int, nr,
				    roundup_pow_of_two(nr_cpu_ids));
	unsigned int i;

	slots->slot = lnet_alloc(kvcalloc(nr, sizeof(*slots->slot),
					  GFP_KERNEL));
	if (!slots->slot)
		return -ENOMEM;

	for (i = 0; i < nr; i++)
		slot_init(&slots->slot[i], eq);
	slots->nr = nr;
	slots->group_mask = groups - 1;
	slots->lane_bits = ilog2(nr / groups);
	return 0;
}

/**
 * lnet_slots_init() - make the slots of an EQ
 * @eq: the EQ, not yet published
 *
 * The scheme cannot change from now on, until lnet_slots_exit().
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_slots_init(struct lnet_eq *eq)
{
	int rc;

	mutex_lock(&scheme_mutex);
	rc = slots_make(eq);
	if (!rc)
		arrays++;
	mutex_unlock(&scheme_mutex);
	return rc;
}

/**
 * lnet_slots_exit() - declare that the slots of an EQ are not used any more
 *
 * No turn comes to these slots again. The caller frees their memory, after a grace period if the
 * EQ was published. The scheme may change when no EQ has slots.
 *
 * Context: task; may sleep.
 */
void lnet_slots_exit(void)
{
	mutex_lock(&scheme_mutex);
	arrays--;
	mutex_unlock(&scheme_mutex);
}

/**
 * lnet_slots_are_free() - check that no thread owns a slot of an EQ, or has promised to come to one
 * @slots: the slots of an EQ that no MD refers to
 *
 * Slots that are locks are not looked at: a thread holds one with preemption off, so the caller's
 * grace period waits for it.
 *
 * Context: any.
 * Return: true if all are free; then the caller also sees all that their owners did.
 */
bool lnet_slots_are_free(const struct lnet_slots *slots)
{
	unsigned int i;

	for (i = 0; i < slots->nr && !lnet_slot_is_lock(); i++)
		if (atomic_long_read_acquire(&slots->slot[i].word))	/* F */
			return false;
	return true;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_slots_are_free);
