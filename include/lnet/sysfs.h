/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Folders below /sys/kernel/lnet, and their files, for the core and for drivers (LNDs).
 *
 * Folders of one kind, such as those of peers, have an array of files and a type:
 *
 *	static struct attribute *peer_attrs[] = {
 *		LNET_ATTR_RO("credits", peer_value, CREDITS),
 *		NULL
 *	};
 *
 *	LNET_DIR_TYPE(peer);
 *
 * lnet_sysfs_dir_add() makes a folder of that type with all of its files, or no folder.
 */
#ifndef _LNET_SYSFS_H
#define _LNET_SYSFS_H

#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/sysfs.h>
#include <linux/types.h>

/**
 * struct lnet_attr - describe a file that shows a number
 * @attr: the file, as the kernel knows it
 * @value: function that returns the number, for the folder @kobj and the @arg below
 * @arg: argument of @value, such as the place of a counter among others
 */
struct lnet_attr {
	struct kobj_attribute attr;
	u64 (*value)(struct kobject *kobj, unsigned int arg);
	unsigned int arg;
};

/**
 * LNET_ATTR_RO() - put a read-only file, of mode 0444, into an array of files
 * @_name: name of the file, a string
 * @_value: function that returns the number to show
 * @_arg: number that is passed to @_value
 *
 * It stands at file scope, where the unnamed struct lnet_attr lives as long as the module.
 */
#define LNET_ATTR_RO(_name, _value, _arg)				\
	(&((struct lnet_attr) {						\
		.attr = {						\
			.attr = { .name = _name, .mode = 0444 },	\
			.show = lnet_sysfs_attr_show,			\
		},							\
		.value = _value,					\
		.arg = _arg,						\
	}).attr.attr)

/**
 * LNET_DIR_TYPE() - define the type of folders of one kind
 * @_kind: word for the kind, such as peer: the files are in peer_attrs[], and the type, for
 *	lnet_sysfs_dir_add(), is peer_type
 */
#define LNET_DIR_TYPE(_kind)						\
ATTRIBUTE_GROUPS(_kind);						\
static const struct kobj_type _kind##_type = {				\
	.release	= lnet_sysfs_dir_release,			\
	.sysfs_ops	= &kobj_sysfs_ops,				\
	.default_groups	= _kind##_groups,				\
}

/**
 * struct lnet_dir - represent a folder, which shows an object
 * @kobj: the folder, as the kernel knows it
 * @of: the object, which outlives the folder; NULL: there is none
 * @link: link in the core's list of folders of one kind, for the core only
 *
 * It may be the first member of a larger object, which is freed with it.
 */
struct lnet_dir {
	struct kobject kobj;
	void *of;
	struct list_head link;
};

static inline void *lnet_sysfs_dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct lnet_dir, kobj)->of;
}

ssize_t lnet_sysfs_attr_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
struct lnet_dir *lnet_sysfs_dir_add(const struct kobj_type *type, struct kobject *parent,
				    size_t bytes, void *of, const char *name);
void lnet_sysfs_dir_del(struct lnet_dir *dir);
void lnet_sysfs_dir_release(struct kobject *kobj);

#endif /* _LNET_SYSFS_H */
