// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/nis/<nid>/: what an NI is and has done.
 */
#include "sysfs.h"
#include "alloc.h"
#include "ni.h"

#include <lnet/api.h>

#include <linux/export.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

struct lnet_ni_dir {
	struct kobject kobj;
	struct lnet_ni *ni;		/* outlives the folder */
	struct lnet_ni_stats base;	/* D: subtracted since the last reset */
	struct list_head link;		/* D: all of them */
};

static DEFINE_MUTEX(dir_mutex);		/* D */
static LIST_HEAD(dirs);			/* D: */
static struct kobject *nis_kobj;

static struct lnet_ni_dir *dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct lnet_ni_dir, kobj);
}

/* A word of struct lnet_ni_stats. */
static u64 counter(struct kobject *kobj, unsigned int word)
{
	struct lnet_ni_dir *dir = dir_of(kobj);
	struct lnet_ni_stats stats;
	u64 value;

	mutex_lock(&dir_mutex);
	lnet_ni_stats_read(dir->ni, &stats);
	value = ((u64 *)&stats)[word] - ((u64 *)&dir->base)[word];
	mutex_unlock(&dir_mutex);
	return value;
}

static u64 dropped(struct kobject *kobj, unsigned int first)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < LNET_DROP_NI_NR; i++)
		sum += counter(kobj, first + i);
	return sum;
}

#define WORD(field)	(offsetof(struct lnet_ni_stats, field) / sizeof(u64))
#define DROP(name, why)	LNET_ATTR_RO("dropped_" name, counter,		\
				     WORD(dropped) + (why))

static struct lnet_attr attrs[] = {
	LNET_ATTR_RO("sends", counter, WORD(sends)),
	LNET_ATTR_RO("send_bytes", counter, WORD(send_bytes)),
	LNET_ATTR_RO("send_errors", counter, WORD(send_errors)),
	LNET_ATTR_RO("receives", counter, WORD(receives)),
	LNET_ATTR_RO("receive_bytes", counter, WORD(receive_bytes)),
	LNET_ATTR_RO("pings_answered", counter, WORD(pings_answered)),
	LNET_ATTR_RO("pushes_acked", counter, WORD(pushes_acked)),
	LNET_ATTR_RO("dropped_bytes", counter, WORD(dropped_bytes)),
	LNET_ATTR_RO("dropped", dropped, WORD(dropped)),
	DROP("bad_type", LNET_DROP_BAD_TYPE),
	DROP("bad_length", LNET_DROP_BAD_LENGTH),
	DROP("bad_source", LNET_DROP_BAD_SOURCE),
	DROP("forged_source", LNET_DROP_FORGED_SOURCE),
	DROP("routed_source", LNET_DROP_ROUTED_SOURCE),
	DROP("bad_portal", LNET_DROP_BAD_PORTAL),
	DROP("not_ours", LNET_DROP_NOT_OURS),
	DROP("no_memory", LNET_DROP_NO_MEMORY),
	DROP("ack_stale", LNET_DROP_ACK_STALE),
	DROP("reply_stale", LNET_DROP_REPLY_STALE),
	DROP("reply_long", LNET_DROP_REPLY_LONG),
	DROP("down", LNET_DROP_DOWN),
};

static ssize_t nid_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	char nid[LNET_NIDSTR_SIZE];

	return sysfs_emit(buf, "%s\n",
			  libcfs_nid2str_r(dir_of(kobj)->ni->nid, nid,
					   sizeof(nid)));
}

static ssize_t status_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	bool up = READ_ONCE(dir_of(kobj)->ni->status) == LNET_NI_STATUS_UP;

	return sysfs_emit(buf, "%s\n", up ? "up" : "down");
}

static struct kobj_attribute nid_attr = __ATTR_RO(nid);
static struct kobj_attribute status_attr = __ATTR_RO(status);

static void dir_release(struct kobject *kobj)
{
	kfree(dir_of(kobj));
}

static const struct kobj_type dir_type = {
	.release	= dir_release,
	.sysfs_ops	= &kobj_sysfs_ops,
};

/**
 * lnet_ni_kobj() - the folder of an NI, for what its LND has to show of it
 * @ni: the NI, from its lnd_startup() until its lnd_shutdown() returns; by then
 *	the LND has taken its files and folders away again
 *
 * Context: any.
 * Return: /sys/kernel/lnet/nis/<nid>.
 */
struct kobject *lnet_ni_kobj(struct lnet_ni *ni)
{
	return &ni->dir->kobj;
}
EXPORT_SYMBOL_GPL(lnet_ni_kobj);

/**
 * lnet_sysfs_ni_add() - make the folder of an NI
 * @ni: the NI
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sysfs_ni_add(struct lnet_ni *ni)
{
	char nid[LNET_NIDSTR_SIZE];
	struct lnet_ni_dir *dir;
	size_t i;
	int rc;

	dir = lnet_alloc(kzalloc(sizeof(*dir), GFP_KERNEL));
	if (!dir)
		return -ENOMEM;

	dir->ni = ni;
	rc = kobject_init_and_add(&dir->kobj, &dir_type, nis_kobj, "%s",
				  libcfs_nid2str_r(ni->nid, nid, sizeof(nid)));
	if (!rc)
		rc = sysfs_create_file(&dir->kobj, &nid_attr.attr);
	if (!rc)
		rc = sysfs_create_file(&dir->kobj, &status_attr.attr);
	for (i = 0; i < ARRAY_SIZE(attrs) && !rc; i++)
		rc = sysfs_create_file(&dir->kobj, &attrs[i].attr.attr);
	if (rc) {
		kobject_put(&dir->kobj);
		return rc;
	}

	mutex_lock(&dir_mutex);
	list_add_tail(&dir->link, &dirs);
	mutex_unlock(&dir_mutex);
	ni->dir = dir;
	return 0;
}

/**
 * lnet_sysfs_ni_del() - take the folder of an NI away
 * @ni: the NI; nobody reads its files any more on return
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_ni_del(struct lnet_ni *ni)
{
	struct lnet_ni_dir *dir = ni->dir;

	mutex_lock(&dir_mutex);
	list_del(&dir->link);
	mutex_unlock(&dir_mutex);
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

/**
 * lnet_sysfs_nis_reset() - count all NIs from zero again
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_nis_reset(void)
{
	struct lnet_ni_dir *dir;

	mutex_lock(&dir_mutex);
	list_for_each_entry(dir, &dirs, link)
		lnet_ni_stats_read(dir->ni, &dir->base);
	mutex_unlock(&dir_mutex);
}

/**
 * lnet_sysfs_nis_init() - make the folder of NIs
 *
 * Return: 0 or -ENOMEM.
 */
int lnet_sysfs_nis_init(void)
{
	nis_kobj = kobject_create_and_add("nis", lnet_kobj);
	return nis_kobj ? 0 : -ENOMEM;
}

/**
 * lnet_sysfs_nis_exit() - take the folder of NIs away
 */
void lnet_sysfs_nis_exit(void)
{
	kobject_del(nis_kobj);
	kobject_put(nis_kobj);
}
