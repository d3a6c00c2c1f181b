// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/eqs/<cookie>/: state and counters of an EQ.
 */
#include "show/sysfs.h"
#include "event/eq.h"

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/sysfs.h>

static struct lnet_eq *eq_of(struct kobject *kobj)
{
	return lnet_sysfs_dir_of(kobj);
}

static u64 eq_counter(struct kobject *kobj, unsigned int word)
{
	struct lnet_eq_stats stats;

	lnet_eq_stats_read(eq_of(kobj), &stats);
	return ((u64 *)&stats)[word];
}

static u64 eq_size(struct kobject *kobj, unsigned int arg)
{
	return eq_of(kobj)->ring.size;
}

static u64 eq_slots(struct kobject *kobj, unsigned int arg)
{
	return eq_of(kobj)->slots.nr;
}

/* Show a name, never an address, which sprint_symbol_no_offset() prints without a name. */
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

#define WORD(field)	(offsetof(struct lnet_eq_stats, field) / sizeof(u64))

static struct kobj_attribute callback_attr = __ATTR_RO_MODE(callback, 0400);

static struct attribute *eq_attrs[] = {
	&callback_attr.attr,
	LNET_ATTR_RO("size", eq_size, 0),
	LNET_ATTR_RO("slots", eq_slots, 0),
	LNET_ATTR_RO("mds", eq_counter, WORD(mds)),
	LNET_ATTR_RO("delivered", eq_counter, WORD(delivered)),
	LNET_ATTR_RO("callbacks", eq_counter, WORD(callbacks)),
	LNET_ATTR_RO("slot_contended", eq_counter, WORD(contended)),
	LNET_ATTR_RO("overflowed", eq_counter, WORD(overflowed)),
	LNET_ATTR_RO("lost", eq_counter, WORD(lost)),
	NULL
};

LNET_DIR_TYPE(eq);

static void eq_reset(struct lnet_dir *dir)
{
	lnet_eq_stats_reset(dir->of);
}

struct lnet_folder lnet_eqs_folder = {
	.name = "eqs",
	.type = &eq_type,
	.reset = eq_reset,
	.dirs = LIST_HEAD_INIT(lnet_eqs_folder.dirs),
};

/* Add the folder of an EQ that has its cookie but is not published yet. */
static int eq_add(struct lnet_eq *eq)
{
	struct lnet_dir *dir;
	char name[20];

	snprintf(name, sizeof(name), "%llx", eq->cookie);
	dir = lnet_sysfs_folder_add(&lnet_eqs_folder, sizeof(*dir), eq, name);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	eq->dir = dir;
	return 0;
}

/* Remove the folder of an EQ. On return no thread reads its files any more. */
static void eq_del(struct lnet_eq *eq)
{
	lnet_sysfs_folder_del(eq->dir);
}

const struct lnet_eq_viewer lnet_eqs_viewer = {
	.add	= eq_add,
	.del	= eq_del,
};
