// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/portals/<index>/: state and counters of a portal.
 */
#include "show/sysfs.h"
#include "event/portal.h"
#include "event/me_hash.h"
#include "event/stat.h"

#include <linux/err.h>
#include <linux/sysfs.h>

static struct lnet_portal *portal_of(struct kobject *kobj)
{
	return lnet_sysfs_dir_of(kobj);
}

/* Return one counter. @word: index in struct lnet_portal_stats */
static u64 portal_counter(struct kobject *kobj, unsigned int word)
{
	struct lnet_portal_stats stats;

	lnet_stats_portal_read(portal_of(kobj)->index, &stats);
	return ((u64 *)&stats)[word];
}

static u64 portal_dropped(struct kobject *kobj, unsigned int arg)
{
	struct lnet_portal_stats stats;
	u64 sum = 0;
	int i;

	lnet_stats_portal_read(portal_of(kobj)->index, &stats);
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

/* Return a field of the portal, read without its lock. @what: NOW_* */
static u64 portal_state(struct kobject *kobj, unsigned int what)
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
		return lnet_me_table_buckets(pt);
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

#define WORD(field)	(offsetof(struct lnet_portal_stats, field) / sizeof(u64))
#define DROP(name, why)	LNET_ATTR_RO("dropped_" name, portal_counter,		\
				     WORD(dropped) + (why))

static struct kobj_attribute class_attr = __ATTR_RO(class);

static struct attribute *portal_attrs[] = {
	&class_attr.attr,
	LNET_ATTR_RO("posted_unique", portal_counter, WORD(unique_posted)),
	LNET_ATTR_RO("posted_any", portal_state, NOW_ANY),
	LNET_ATTR_RO("list_length", portal_state, NOW_LIST),
	LNET_ATTR_RO("hash_buckets", portal_state, NOW_BUCKETS),
	LNET_ATTR_RO("hash_longest", portal_state, NOW_LONGEST),
	LNET_ATTR_RO("hash_resizes", portal_state, NOW_RESIZES),
	LNET_ATTR_RO("hash_resize_failures", portal_state, NOW_RESIZE_FAILURES),
	LNET_ATTR_RO("lazy", portal_state, NOW_LAZY),
	LNET_ATTR_RO("delayed_now", portal_state, NOW_DELAYED),
	LNET_ATTR_RO("delayed_bytes", portal_state, NOW_DELAYED_BYTES),
	LNET_ATTR_RO("delayed_ever", portal_counter, WORD(delayed)),
	LNET_ATTR_RO("matched", portal_counter, WORD(matched)),
	LNET_ATTR_RO("bytes", portal_counter, WORD(bytes)),
	LNET_ATTR_RO("dropped", portal_dropped, 0),
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
	NULL
};

LNET_DIR_TYPE(portal);

struct lnet_folder lnet_portals_folder = {
	.name = "portals",
	.type = &portal_type,
	.dirs = LIST_HEAD_INIT(lnet_portals_folder.dirs),
};

/**
 * lnet_sysfs_portals_add() - make the folders of all portals
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sysfs_portals_add(void)
{
	struct lnet_dir *dir;
	unsigned int i;
	char name[4];

	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		dir = lnet_sysfs_folder_add(&lnet_portals_folder, sizeof(*dir),
					    lnet_portal(i), name);
		if (IS_ERR(dir))
			return PTR_ERR(dir);
	}
	return 0;
}
