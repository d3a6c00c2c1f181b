// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet: the top folder, with the totals and the reset. Portals, EQs and NIs
 * have folders below it, each kind with a source file of its own.
 *
 * Each file has one value; Documentation/ABI/testing/sysfs-kernel-lnet describes them
 * all. Reading takes no lock that delivery takes, so reading at any rate does not slow
 * traffic down. A folder is removed before the object that it shows, and its removal
 * waits for readers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "show/sysfs.h"
#include "hooks/alloc.h"
#include "event/api.h"
#include "event/eq.h"
#include "event/object.h"
#include "event/portal.h"
#include "event/slot.h"
#include "event/stat.h"
#include "lnet.h"
#include "network/ni.h"
#include "network/node.h"
#include "network/peer.h"

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <lnet/version.h>

static struct lnet_dir *top_dir;

static struct lnet_folder *const folders[] = {
	&lnet_portals_folder, &lnet_eqs_folder, &lnet_nis_folder,
};

DEFINE_MUTEX(lnet_dir_mutex);		/* D: all folders; see struct lnet_folder */

/**
 * lnet_lnd_kobj() - get the top folder, for the files and folders of an LND
 *
 * Context: any.
 * Return: /sys/kernel/lnet, which outlives every LND; a folder made in it holds a
 * reference of it.
 */
struct kobject *lnet_lnd_kobj(void)
{
	return &top_dir->kobj;
}
EXPORT_SYMBOL_GPL(lnet_lnd_kobj);

/**
 * lnet_sysfs_attr_show() - show the value of a struct lnet_attr
 * @kobj: folder that the file is in
 * @attr: attribute, embedded in the struct lnet_attr
 * @buf: buffer of a page to write the value to
 *
 * Context: task; may sleep if the function that returns the value does.
 * Return: number of bytes written.
 */
ssize_t lnet_sysfs_attr_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct lnet_attr *a = container_of(attr, struct lnet_attr, attr);

	return sysfs_emit(buf, "%llu\n", a->value(kobj, a->arg));
}
EXPORT_SYMBOL_GPL(lnet_sysfs_attr_show);

enum {
	TOTAL_MATCHED,
	TOTAL_BYTES,
	TOTAL_DROPPED,
	TOTAL_DELAYED_EVER,
	TOTAL_DELAYED_NOW,
	TOTAL_UNIQUE,
	TOTAL_ANY,
};

static u64 portal_part(struct lnet_portal *pt, unsigned int what)
{
	struct lnet_portal_stats stats;
	u64 sum = 0;
	int i;

	lnet_stats_portal_read(pt->index, &stats);
	switch (what) {
	case TOTAL_MATCHED:
		return stats.matched;
	case TOTAL_BYTES:
		return stats.bytes;
	case TOTAL_DROPPED:
		for (i = 0; i < LNET_DROP_PORTAL_NR; i++)
			sum += stats.dropped[i];
		return sum;
	case TOTAL_DELAYED_EVER:
		return stats.delayed;
	case TOTAL_DELAYED_NOW:
		return READ_ONCE(pt->delayed_msgs);
	case TOTAL_UNIQUE:
		return stats.unique_posted;
	default:
		return READ_ONCE(pt->wildcards);
	}
}

static u64 portals_total(struct kobject *kobj, unsigned int what)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		sum += portal_part(lnet_portal(i), what);
	return sum;
}

static u64 handles_count(struct kobject *kobj, unsigned int type)
{
	u64 counts[4];

	lnet_object_counts(counts);
	return counts[type];
}

static u64 unroutable_count(struct kobject *kobj, unsigned int arg)
{
	return lnet_stats_unroutable();
}

static u64 response_timeouts_count(struct kobject *kobj, unsigned int arg)
{
	return lnet_stats_response_timeouts();
}

static u64 running_value(struct kobject *kobj, unsigned int arg)
{
	return READ_ONCE(lnet_running);
}

static ssize_t reset_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	struct lnet_dir *dir;
	unsigned int i;
	bool yes;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (kstrtobool(buf, &yes) || !yes)
		return -EINVAL;

	lnet_stats_reset();
	lnet_node_reset();
	lnet_peer_reset();
	mutex_lock(&lnet_dir_mutex);
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		list_for_each_entry(dir, &folders[i]->dirs, link)
			if (folders[i]->reset)
				folders[i]->reset(dir);
	mutex_unlock(&lnet_dir_mutex);
	return count;
}

static ssize_t delivery_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", lnet_slot_delivery_name());
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", LNET_VERSION);
}

static struct kobj_attribute reset_attr = __ATTR_WO(reset);
static struct kobj_attribute delivery_attr = __ATTR_RO(delivery);
static struct kobj_attribute version_attr = __ATTR_RO(version);

static struct attribute *top_attrs[] = {
	&reset_attr.attr,
	&delivery_attr.attr,
	&version_attr.attr,
	LNET_ATTR_RO("running", running_value, 0),
	LNET_ATTR_RO("handles_md", handles_count, LNET_HANDLE_MD),
	LNET_ATTR_RO("handles_me", handles_count, LNET_HANDLE_ME),
	LNET_ATTR_RO("handles_eq", handles_count, LNET_HANDLE_EQ),
	LNET_ATTR_RO("matched", portals_total, TOTAL_MATCHED),
	LNET_ATTR_RO("bytes", portals_total, TOTAL_BYTES),
	LNET_ATTR_RO("dropped", portals_total, TOTAL_DROPPED),
	LNET_ATTR_RO("send_unroutable", unroutable_count, 0),
	LNET_ATTR_RO("response_timeouts", response_timeouts_count, 0),
	LNET_ATTR_RO("delayed_ever", portals_total, TOTAL_DELAYED_EVER),
	LNET_ATTR_RO("delayed_now", portals_total, TOTAL_DELAYED_NOW),
	LNET_ATTR_RO("posted_unique", portals_total, TOTAL_UNIQUE),
	LNET_ATTR_RO("posted_any", portals_total, TOTAL_ANY),
	NULL
};

static const struct attribute_group top_group = { .attrs = top_attrs };

static const struct attribute_group *top_groups[] = {
	&top_group, &lnet_config_group, &lnet_nodes_group, &lnet_large_nids_group, NULL
};

static const struct kobj_type top_type = {
	.release	= lnet_sysfs_dir_release,
	.sysfs_ops	= &kobj_sysfs_ops,
	.default_groups	= top_groups,
};

/* Folders ------------------------------------------------------------------ */

/**
 * lnet_sysfs_dir_release() - free a folder; for the type of a folder only
 * @kobj: folder, which has no reference left
 *
 * Context: task.
 */
void lnet_sysfs_dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct lnet_dir, kobj));
}
EXPORT_SYMBOL_GPL(lnet_sysfs_dir_release);

/**
 * lnet_sysfs_dir_add() - make a folder, with all of its files
 * @type: type of the folder, from LNET_DIR_TYPE()
 * @parent: folder to make it in
 * @bytes: size of the object to allocate, in bytes; it begins with a struct lnet_dir, and
 *	the rest is zeroed
 * @of: object that the folder shows; it outlives the folder. NULL: there is none
 * @name: name of the new folder
 *
 * A thread that lists the folder while it is made may see only the first of the files.
 *
 * Context: task; may sleep.
 * Return: the folder; ERR_PTR(-ENOMEM); ERR_PTR(-EEXIST): @parent has one of that name; or
 * another error of kobject_add(). No file is left after an error.
 */
struct lnet_dir *lnet_sysfs_dir_add(const struct kobj_type *type, struct kobject *parent,
				    size_t bytes, void *of, const char *name)
{
	struct lnet_dir *dir = lnet_alloc(kzalloc(bytes, GFP_KERNEL));
	int rc;

	if (!dir)
		return ERR_PTR(-ENOMEM);

	dir->of = of;
	kobject_init(&dir->kobj, type);
	rc = lnet_alloc_rc(kobject_add(&dir->kobj, parent, "%s", name));
	if (rc) {
		kobject_put(&dir->kobj);
		return ERR_PTR(rc);
	}
	return dir;
}
EXPORT_SYMBOL_GPL(lnet_sysfs_dir_add);

/**
 * lnet_sysfs_dir_del() - remove a folder, with its files
 * @dir: folder from lnet_sysfs_dir_add(), or NULL; on return no thread reads its files any
 *	more
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_dir_del(struct lnet_dir *dir)
{
	if (!dir)
		return;
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}
EXPORT_SYMBOL_GPL(lnet_sysfs_dir_del);

/**
 * lnet_sysfs_folder_add() - make the folder of one EQ, NI, or portal
 * @folder: folder of its kind, to make it in
 * @bytes: size of the object to allocate, in bytes, as for lnet_sysfs_dir_add()
 * @of: EQ, NI or portal that the folder shows; it outlives the folder
 * @name: name of the new folder
 *
 * Context: task; may sleep.
 * Return: the folder, or ERR_PTR(-errno) as from lnet_sysfs_dir_add().
 */
struct lnet_dir *lnet_sysfs_folder_add(struct lnet_folder *folder, size_t bytes, void *of,
				       const char *name)
{
	struct lnet_dir *dir = lnet_sysfs_dir_add(folder->type, folder->kobj, bytes, of, name);

	if (IS_ERR(dir))
		return dir;
	mutex_lock(&lnet_dir_mutex);
	list_add_tail(&dir->link, &folder->dirs);
	mutex_unlock(&lnet_dir_mutex);
	return dir;
}

/**
 * lnet_sysfs_folder_del() - remove the folder of one EQ, NI, or portal
 * @dir: folder from lnet_sysfs_folder_add(); on return no thread reads its files any more
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_folder_del(struct lnet_dir *dir)
{
	mutex_lock(&lnet_dir_mutex);
	list_del(&dir->link);
	mutex_unlock(&lnet_dir_mutex);
	lnet_sysfs_dir_del(dir);
}

/**
 * lnet_sysfs_init() - make the top folder and its subfolders, with portals only
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sysfs_init(void)
{
	unsigned int i;
	int rc = 0;

	top_dir = lnet_sysfs_dir_add(&top_type, kernel_kobj, sizeof(*top_dir), NULL, LNET_NAME);
	if (PTR_ERR(top_dir) == -EEXIST) {
		/* modprobe takes EEXIST for success: the module would be loaded already. */
		pr_err("there is a /sys/kernel/lnet already: remove the module that has it\n");
		return -EBUSY;
	}
	if (IS_ERR(top_dir))
		return PTR_ERR(top_dir);

	for (i = 0; i < ARRAY_SIZE(folders) && !rc; i++) {
		folders[i]->kobj = lnet_alloc(kobject_create_and_add(folders[i]->name,
								     &top_dir->kobj));
		rc = folders[i]->kobj ? 0 : -ENOMEM;
	}
	rc = rc ?: lnet_sysfs_portals_add();
	if (rc) {
		lnet_sysfs_exit();
		return rc;
	}
	lnet_eq_set_viewer(&lnet_eqs_viewer);
	lnet_ni_set_viewer(&lnet_nis_viewer);
	return 0;
}

/**
 * lnet_sysfs_exit() - remove all folders; no EQ and no NI is in them
 *
 * Context: task; may sleep.
 */
void lnet_sysfs_exit(void)
{
	struct lnet_dir *dir, *next;
	unsigned int i;

	lnet_eq_set_viewer(NULL);
	lnet_ni_set_viewer(NULL);
	list_for_each_entry_safe(dir, next, &lnet_portals_folder.dirs, link)
		lnet_sysfs_folder_del(dir);
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		kobject_del(folders[i]->kobj);
		kobject_put(folders[i]->kobj);
	}
	lnet_sysfs_dir_del(top_dir);
}
