// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/portals/<index>/: what a portal has and has done.
 */
#include "sysfs.h"
#include "portal.h"
#include "me_hash.h"
#include "stat.h"

#include <linux/slab.h>
#include <linux/sysfs.h>

struct portal_dir {
	struct kobject kobj;
	struct lnet_portal *pt;		/* portals are never freed */
};

static struct kobject *portals_kobj;
static struct portal_dir *dirs[LNET_MAX_PORTALS];

static struct lnet_portal *portal_of(struct kobject *kobj)
{
	return container_of(kobj, struct portal_dir, kobj)->pt;
}

/* What is counted: a word of struct lnet_portal_stats. */
static u64 counter(struct kobject *kobj, unsigned int word)
{
	struct lnet_portal_stats stats;

	lnet_portal_stats_read(portal_of(kobj)->index, &stats);
	return ((u64 *)&stats)[word];
}

static u64 dropped(struct kobject *kobj, unsigned int arg)
{
	struct lnet_portal_stats stats;
	u64 sum = 0;
	int i;

	lnet_portal_stats_read(portal_of(kobj)->index, &stats);
	for (i = 0; i < LNET_DROP_PORTAL_NR; i++)
		sum += stats.dropped[i];
	return sum;
}

enum {
	NOW_LAZY,
	NOW_ANY,
	NOW_LIST,
	NOW_BUCKETS,
	NOW_LONGEST,
	NOW_DELAYED,
	NOW_DELAYED_BYTES,
	NOW_RESIZES,
	NOW_RESIZE_FAILURES,
};

/* What is so now: a field of the portal, read as it is at the moment. */
static u64 state(struct kobject *kobj, unsigned int what)
{
	struct lnet_portal *pt = portal_of(kobj);

	switch (what) {
	case NOW_LAZY:
		return READ_ONCE(pt->lazy);
	case NOW_ANY:
		return READ_ONCE(pt->wildcards);
	case NOW_LIST:
		return READ_ONCE(pt->listed);
	case NOW_BUCKETS:
		return lnet_hash_buckets(pt);
	case NOW_LONGEST:
		return READ_ONCE(pt->hash_longest);
	case NOW_DELAYED:
		return READ_ONCE(pt->delayed_msgs);
	case NOW_DELAYED_BYTES:
		return READ_ONCE(pt->delayed_bytes);
	case NOW_RESIZES:
		return READ_ONCE(pt->resizes);
	default:
		return READ_ONCE(pt->resize_failures);
	}
}

#define WORD(field)	(offsetof(struct lnet_portal_stats, field) / sizeof(u64))
#define DROP(name, why)	LNET_ATTR_RO("dropped_" name, counter,		\
				     WORD(dropped) + (why))

static struct lnet_attr attrs[] = {
	LNET_ATTR_RO("posted_unique", counter, WORD(unique_posted)),
	LNET_ATTR_RO("posted_any", state, NOW_ANY),
	LNET_ATTR_RO("list_length", state, NOW_LIST),
	LNET_ATTR_RO("hash_buckets", state, NOW_BUCKETS),
	LNET_ATTR_RO("hash_longest", state, NOW_LONGEST),
	LNET_ATTR_RO("hash_resizes", state, NOW_RESIZES),
	LNET_ATTR_RO("hash_resize_failures", state, NOW_RESIZE_FAILURES),
	LNET_ATTR_RO("lazy", state, NOW_LAZY),
	LNET_ATTR_RO("delayed_now", state, NOW_DELAYED),
	LNET_ATTR_RO("delayed_bytes", state, NOW_DELAYED_BYTES),
	LNET_ATTR_RO("delayed_ever", counter, WORD(delayed)),
	LNET_ATTR_RO("matched", counter, WORD(matched)),
	LNET_ATTR_RO("bytes", counter, WORD(bytes)),
	LNET_ATTR_RO("dropped", dropped, 0),
	DROP("no_match", LNET_DROP_NO_MATCH),
	DROP("too_long", LNET_DROP_TOO_LONG),
	DROP("bad_offset", LNET_DROP_BAD_OFFSET),
	DROP("delay_full", LNET_DROP_DELAY_FULL),
	DROP("delay_share", LNET_DROP_DELAY_SHARE),
	DROP("delay_failed", LNET_DROP_DELAY_FAILED),
	DROP("delay_aged", LNET_DROP_DELAY_AGED),
	DROP("lazy_cleared", LNET_DROP_LAZY_CLEARED),
	DROP("shutdown", LNET_DROP_SHUTDOWN),
	DROP("md_busy", LNET_DROP_MD_BUSY),
};

static ssize_t class_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	static const char *const names[] = {
		[LNET_PORTAL_NONE]   = "none",
		[LNET_PORTAL_UNIQUE] = "unique",
		[LNET_PORTAL_ANY]    = "any",
		[LNET_PORTAL_MIXED]  = "mixed",
	};

	return sysfs_emit(buf, "%s\n", names[lnet_portal_class(portal_of(kobj))]);
}

static struct kobj_attribute class_attr = __ATTR_RO(class);

static void dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct portal_dir, kobj));
}

static const struct kobj_type dir_type = {
	.release	= dir_release,
	.sysfs_ops	= &kobj_sysfs_ops,
};

static int add_dir(unsigned int index)
{
	struct portal_dir *dir;
	size_t i;
	int rc;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return -ENOMEM;

	dir->pt = lnet_portal(index);
	dirs[index] = dir;
	rc = kobject_init_and_add(&dir->kobj, &dir_type, portals_kobj, "%u",
				  index);
	if (!rc)
		rc = sysfs_create_file(&dir->kobj, &class_attr.attr);
	for (i = 0; i < ARRAY_SIZE(attrs) && !rc; i++)
		rc = sysfs_create_file(&dir->kobj, &attrs[i].attr.attr);
	return rc;
}

/**
 * lnet_sysfs_portals_init() - make the folders of all portals
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sysfs_portals_init(void)
{
	unsigned int i;
	int rc = 0;

	portals_kobj = kobject_create_and_add("portals", lnet_kobj);
	if (!portals_kobj)
		return -ENOMEM;

	for (i = 0; i < LNET_MAX_PORTALS && !rc; i++)
		rc = add_dir(i);
	if (rc)
		lnet_sysfs_portals_exit();
	return rc;
}

/**
 * lnet_sysfs_portals_exit() - take the folders of all portals away
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_portals_exit(void)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		if (!dirs[i])
			continue;
		kobject_del(&dirs[i]->kobj);
		kobject_put(&dirs[i]->kobj);
		dirs[i] = NULL;
	}
	kobject_del(portals_kobj);
	kobject_put(portals_kobj);
}
