// SPDX-License-Identifier: GPL-2.0
/*
 * Faults made on purpose, one of a kind for every checker of the debug kernel:
 * a checker that misses its own says nothing when it is silent about LNet. None
 * of them does harm, but none belongs into a kernel that is used for anything.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

static char *fault = "";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "Fault to commit: leak, overrun, freed, typesafe, sleep, order, shift, list or object (default: none)");

enum planted_limits {
	PLANTED_LEAKS	= 16,
	PLANTED_BYTES	= 256,	/* what kmemleak says of each: a size of kmalloc's own */
};

/* The compiler must not know this value, or it would not compile the fault. */
static unsigned int planted_zero;

static void plant_leak(void)
{
	unsigned int i;

	for (i = 0; i < PLANTED_LEAKS; i++) {
		char *lost = kmalloc(PLANTED_BYTES, GFP_KERNEL);

		if (lost)
			memset(lost, 0, PLANTED_BYTES);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void plant_overrun(void)
{
	char *end = kzalloc(PLANTED_BYTES, GFP_KERNEL);

	if (end)
		pr_info("behind the end is %d\n",
			READ_ONCE(end[PLANTED_BYTES + READ_ONCE(planted_zero)]));
	kfree(end);
}

static void plant_freed(void)
{
	char *gone = kzalloc(PLANTED_BYTES, GFP_KERNEL);
	char *still = gone;

	if (!gone)
		return;
	OPTIMIZER_HIDE_VAR(still);
	kfree(gone);
	pr_info("what was freed is %d\n", READ_ONCE(still[READ_ONCE(planted_zero)]));
}

/* From a cache whose memory keeps its type, but for no longer than a grace period. */
static void plant_typesafe(void)
{
	struct kmem_cache *cache = kmem_cache_create("planted", PLANTED_BYTES, 0,
						     SLAB_TYPESAFE_BY_RCU, NULL);
	char *gone = cache ? kmem_cache_zalloc(cache, GFP_KERNEL) : NULL;
	char *still = gone;

	OPTIMIZER_HIDE_VAR(still);
	if (gone) {
		kmem_cache_free(cache, gone);
		rcu_barrier();
		pr_info("what was freed is %d\n",
			READ_ONCE(still[READ_ONCE(planted_zero)]));
	}
	kmem_cache_destroy(cache);
}

static void plant_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void plant_order(void)
{
	static DEFINE_SPINLOCK(left);
	static DEFINE_SPINLOCK(right);

	spin_lock(&left);
	spin_lock(&right);
	spin_unlock(&right);
	spin_unlock(&left);

	spin_lock(&right);
	spin_lock(&left);
	spin_unlock(&left);
	spin_unlock(&right);
}

static void plant_shift(void)
{
	unsigned int by = BITS_PER_LONG + READ_ONCE(planted_zero);

	pr_info("1 shifted by %u is %lu\n", by, 1UL << by);
}

static void plant_list(void)
{
	struct list_head entry, head;

	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

static void planted_work(struct work_struct *work)
{
}

/* A work item that is freed with its timer running, and never fires. */
static void plant_object(void)
{
	struct delayed_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return;
	INIT_DELAYED_WORK(work, planted_work);
	schedule_delayed_work(work, HZ * 3600);
	kfree(work);
}

static const struct planted_fault {
	const char *name;
	void (*plant)(void);
} planted_faults[] = {
	{ "leak", plant_leak },
	{ "overrun", plant_overrun },
	{ "freed", plant_freed },
	{ "typesafe", plant_typesafe },
	{ "sleep", plant_sleep },
	{ "order", plant_order },
	{ "shift", plant_shift },
	{ "list", plant_list },
	{ "object", plant_object },
};

static int __init planted_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(planted_faults); i++) {
		if (!strcmp(fault, planted_faults[i].name)) {
			planted_faults[i].plant();
			return 0;
		}
	}
	pr_err("fault=%s is none of leak, overrun, freed, typesafe, sleep, order, shift, list, object\n",
	       fault);
	return -EINVAL;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LNet test: faults that the test kernel must find");
