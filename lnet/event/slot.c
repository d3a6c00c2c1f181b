// SPDX-License-Identifier: GPL-2.0
/*
 * The delivery slot: which there are, and by which scheme.
 *
 * Every EQ has an array of slots and an MD's cookie says which of them is the
 * MD's. What a slot serialises is lnet_eq_deliver(): end the operation on the
 * MD, run the callback, finish the auto-unlink, publish in the ring. So the
 * events of one MD come one at a time, in the order in which they entered the
 * slot, and those of MDs in other slots at the same time.
 *
 * Which slot: the array is divided into one group for each CPU (as far as
 * there are enough), a cookie's cpu field names the group, and a hash of the
 * cookie the slot within. So MDs that a CPU makes one after the other are mostly in
 * different slots, and a thread whose MDs complete where it made them shares the
 * cache line of a slot with nobody.
 *
 * Most MDs are good for one operation and unlink themselves with it. Such an MD
 * has one event in its life, whatever happens to it, so under `combining` it is
 * delivered without a slot (run.c).
 *
 * A scheme is how a slot is entered: slot_combining.c has the one that is not a
 * lock, slot_lock.c those that are, of which some are shared by many slots.
 * Whichever it is, the handler runs with preemption off and must not sleep. Under
 * a lock it must not call LNet, which would take a slot inside a slot.
 */
#include "event/slot.h"
#include "event/delivery.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/run.h"
#include "hooks/alloc.h"
#include "lnet.h"

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
static unsigned int arrays;		/* M: that exist */
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
		pr_err(LNET_NAME ": delivery=%s: must be " SCHEMES "\n", val);
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
 * lnet_slot_delivery_name() - the scheme, for people
 *
 * Context: any.
 * Return: a word.
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
MODULE_PARM_DESC(delivery, "What keeps callbacks apart: " SCHEMES
		 " (default combining). Changed only while there is no EQ");

static int slots_set(const char *val, const struct kernel_param *kp)
{
	unsigned int nr;
	int rc = kstrtouint(val, 0, &nr);

	if (rc || (nr && (!is_power_of_2(nr) || nr > SLOTS_MAX))) {
		pr_err(LNET_NAME ": eq_slots=%s: must be 0 or a power of two up to 1024\n",
		       val);
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
MODULE_PARM_DESC(eq_slots, "Delivery slots of an EQ made from now on: a power of two up to 1024, 0 to follow the CPUs (default)");

/* Arrays ------------------------------------------------------------------ */

/* One lock, wherever it is, needs one slot to count in. */
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
	/* Else it is free: all zero. */
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
 * @eq: the EQ, not yet found by anybody
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
 * lnet_slots_exit() - the slots of an EQ are not needed any more
 *
 * Nobody enters one of them; their memory is to be freed after a grace period.
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
 * lnet_slots_are_free() - is nobody in the slots of an EQ, or coming to them?
 * @slots: of an EQ that no MD refers to
 *
 * Context: any.
 * Return: true if so; then all that their owners did is seen.
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
