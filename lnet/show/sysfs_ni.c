// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/nis/<nid>/: state and counters of an NI.
 */
#include "show/sysfs.h"
#include "network/ni.h"

#include <lnet/api.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/sysfs.h>

struct ni_dir {
	struct lnet_dir dir;		/* first member: lnet_dir frees all of this */
	struct lnet_ni_stats base;	/* D: counters at the last reset, subtracted */
};

static struct lnet_ni *ni_of(struct kobject *kobj)
{
	return lnet_sysfs_dir_of(kobj);
}

/* Return one counter since the last reset. @word: index in struct lnet_ni_stats */
static u64 ni_counter(struct kobject *kobj, unsigned int word)
{
	struct ni_dir *dir = container_of(kobj, struct ni_dir, dir.kobj);
	struct lnet_ni_stats stats;
	u64 value;

	mutex_lock(&lnet_dir_mutex);
	lnet_ni_stats_read(ni_of(kobj), &stats);
	value = ((u64 *)&stats)[word] - ((u64 *)&dir->base)[word];
	mutex_unlock(&lnet_dir_mutex);
	return value;
}

static u64 ni_sum(struct kobject *kobj, unsigned int first, unsigned int nr)
{
	u64 sum = 0;

	while (nr--)
		sum += ni_counter(kobj, first + nr);
	return sum;
}

static u64 ni_dropped(struct kobject *kobj, unsigned int first)
{
	return ni_sum(kobj, first, LNET_DROP_NI_NR);
}

static u64 ni_messages(struct kobject *kobj, unsigned int first)
{
	return ni_sum(kobj, first, LNET_NI_MSG_TYPES);
}

static ssize_t nid_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	char nid[LNET_NIDSTR_SIZE];

	return sysfs_emit(buf, "%s\n",
			  libcfs_nid2str_r(ni_of(kobj)->nid, nid, sizeof(nid)));
}

static ssize_t status_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	bool up = READ_ONCE(ni_of(kobj)->status) == LNET_NI_STATUS_UP;

	return sysfs_emit(buf, "%s\n", up ? "up" : "down");
}

#define WORD(field)	(offsetof(struct lnet_ni_stats, field) / sizeof(u64))
#define DROP(name, why)	LNET_ATTR_RO("dropped_" name, ni_counter,		\
				     WORD(dropped) + (why))

static struct kobj_attribute nid_attr = __ATTR_RO(nid);
static struct kobj_attribute status_attr = __ATTR_RO(status);

static struct attribute *ni_attrs[] = {
	&nid_attr.attr,
	&status_attr.attr,
	LNET_ATTR_RO("sends", ni_messages, WORD(sends)),
	LNET_ATTR_RO("send_bytes", ni_counter, WORD(send_bytes)),
	LNET_ATTR_RO("send_errors", ni_counter, WORD(send_errors)),
	LNET_ATTR_RO("receives", ni_messages, WORD(receives)),
	LNET_ATTR_RO("receive_bytes", ni_counter, WORD(receive_bytes)),
	LNET_ATTR_RO("pings_answered", ni_counter, WORD(pings_answered)),
	LNET_ATTR_RO("pushes_acked", ni_counter, WORD(pushes_acked)),
	LNET_ATTR_RO("dropped_bytes", ni_counter, WORD(dropped_bytes)),
	LNET_ATTR_RO("dropped", ni_dropped, WORD(dropped)),
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
	NULL
};

LNET_DIR_TYPE(ni);

static void ni_reset(struct lnet_dir *dir)
{
	lnet_ni_stats_read(dir->of, &container_of(dir, struct ni_dir, dir)->base);
}

struct lnet_folder lnet_nis_folder = {
	.name = "nis",
	.type = &ni_type,
	.reset = ni_reset,
	.dirs = LIST_HEAD_INIT(lnet_nis_folder.dirs),
};

/**
 * lnet_ni_kobj() - get the folder of an NI, for files and folders of its LND
 * @ni: NI, from its lnd_startup() until its lnd_shutdown() returns; by then the LND
 *	has removed what it added
 *
 * Context: any.
 * Return: /sys/kernel/lnet/nis/<nid>.
 */
struct kobject *lnet_ni_kobj(struct lnet_ni *ni)
{
	return &ni->dir->kobj;
}
EXPORT_SYMBOL_GPL(lnet_ni_kobj);

static int ni_add(struct lnet_ni *ni)
{
	char nid[LNET_NIDSTR_SIZE];
	struct lnet_dir *dir;

	dir = lnet_sysfs_folder_add(&lnet_nis_folder, sizeof(struct ni_dir), ni,
				    libcfs_nid2str_r(ni->nid, nid, sizeof(nid)));
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	ni->dir = dir;
	return 0;
}

/* Remove the folder of an NI. On return no thread reads its files any more. */
static void ni_del(struct lnet_ni *ni)
{
	lnet_sysfs_folder_del(ni->dir);
}

const struct lnet_ni_viewer lnet_nis_viewer = {
	.add	= ni_add,
	.del	= ni_del,
};
