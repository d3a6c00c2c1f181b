// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/eqs/<cookie>/: what an EQ has and has done.
 */
#include "sysfs.h"
#include "alloc.h"
#include "eq.h"

#include <linux/ctype.h>
#include <linux/kallsyms.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

struct lnet_eq_dir {
	struct kobject kobj;
	struct lnet_eq *eq;		/* outlives the folder */
	struct list_head link;		/* D: all of them */
};

static DEFINE_MUTEX(dir_mutex);		/* D */
static LIST_HEAD(dirs);			/* D: */
static struct kobject *eqs_kobj;

static struct lnet_eq *eq_of(struct kobject *kobj)
{
	return container_of(kobj, struct lnet_eq_dir, kobj)->eq;
}

static u64 counter(struct kobject *kobj, unsigned int word)
{
	struct lnet_eq_stats stats;

	lnet_eq_stats_read(eq_of(kobj), &stats);
	return ((u64 *)&stats)[word];
}

static u64 size(struct kobject *kobj, unsigned int arg)
{
	return eq_of(kobj)->ring.size;
}

static u64 slots(struct kobject *kobj, unsigned int arg)
{
	return eq_of(kobj)->slots.nr;
}

#define WORD(field)	(offsetof(struct lnet_eq_stats, field) / sizeof(u64))

static struct lnet_attr attrs[] = {
	LNET_ATTR_RO("size", size, 0),
	LNET_ATTR_RO("slots", slots, 0),
	LNET_ATTR_RO("mds", counter, WORD(mds)),
	LNET_ATTR_RO("delivered", counter, WORD(delivered)),
	LNET_ATTR_RO("callbacks", counter, WORD(callbacks)),
	LNET_ATTR_RO("slot_contended", counter, WORD(contended)),
	LNET_ATTR_RO("overflowed", counter, WORD(overflowed)),
	LNET_ATTR_RO("lost", counter, WORD(lost)),
};

/* A name and never an address, which is what the kernel prints without one. */
static ssize_t callback_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	struct lnet_eq *eq = eq_of(kobj);
	char name[KSYM_SYMBOL_LEN];

	if (!eq->callback)
		return sysfs_emit(buf, "none\n");
	name[0] = '\0';
	sprint_symbol_no_offset(name, (unsigned long)eq->callback);
	if (!name[0] || isdigit(name[0]))
		return sysfs_emit(buf, "?\n");
	return sysfs_emit(buf, "%s\n", name);
}

static struct kobj_attribute callback_attr = __ATTR_RO_MODE(callback, 0400);

static void dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct lnet_eq_dir, kobj));
}

static const struct kobj_type dir_type = {
	.release	= dir_release,
	.sysfs_ops	= &kobj_sysfs_ops,
};

/**
 * lnet_sysfs_eq_add() - make the folder of an EQ
 * @eq: the EQ, with its cookie
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sysfs_eq_add(struct lnet_eq *eq)
{
	struct lnet_eq_dir *dir;
	size_t i;
	int rc;

	dir = lnet_alloc(kzalloc(sizeof(*dir), GFP_KERNEL));
	if (!dir)
		return -ENOMEM;

	dir->eq = eq;
	rc = kobject_init_and_add(&dir->kobj, &dir_type, eqs_kobj, "%llx",
				  eq->cookie);
	if (!rc)
		rc = sysfs_create_file(&dir->kobj, &callback_attr.attr);
	for (i = 0; i < ARRAY_SIZE(attrs) && !rc; i++)
		rc = sysfs_create_file(&dir->kobj, &attrs[i].attr.attr);
	if (rc) {
		kobject_put(&dir->kobj);
		return rc;
	}

	mutex_lock(&dir_mutex);
	list_add_tail(&dir->link, &dirs);
	mutex_unlock(&dir_mutex);
	eq->dir = dir;
	return 0;
}

/**
 * lnet_sysfs_eq_del() - take the folder of an EQ away
 * @eq: the EQ; nobody reads its files any more on return
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_eq_del(struct lnet_eq *eq)
{
	struct lnet_eq_dir *dir = eq->dir;

	mutex_lock(&dir_mutex);
	list_del(&dir->link);
	mutex_unlock(&dir_mutex);
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

/**
 * lnet_sysfs_eqs_reset() - count all EQs from zero again
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_eqs_reset(void)
{
	struct lnet_eq_dir *dir;

	mutex_lock(&dir_mutex);
	list_for_each_entry(dir, &dirs, link)
		lnet_eq_stats_reset(dir->eq);
	mutex_unlock(&dir_mutex);
}

/**
 * lnet_sysfs_eqs_init() - make the folder of EQs
 *
 * Return: 0 or -ENOMEM.
 */
int lnet_sysfs_eqs_init(void)
{
	eqs_kobj = kobject_create_and_add("eqs", lnet_kobj);
	return eqs_kobj ? 0 : -ENOMEM;
}

/**
 * lnet_sysfs_eqs_exit() - take the folder of EQs away
 */
void lnet_sysfs_eqs_exit(void)
{
	kobject_del(eqs_kobj);
	kobject_put(eqs_kobj);
}
