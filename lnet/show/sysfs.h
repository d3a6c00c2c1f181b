/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files in sysfs and debugfs. See sysfs.c.
 */
#ifndef _LNET_SYSFS_H
#define _LNET_SYSFS_H

#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>

/* An attribute that shows one u64: what @value returns for @arg. */
struct lnet_attr {
	struct kobj_attribute attr;
	u64 (*value)(struct kobject *kobj, unsigned int arg);
	unsigned int arg;
};

ssize_t lnet_sysfs_attr_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf);

#define LNET_ATTR_RO(_name, _value, _arg) {				\
	.attr = {							\
		.attr = { .name = _name, .mode = 0444 },		\
		.show = lnet_sysfs_attr_show,					\
	},								\
	.value = _value,						\
	.arg = _arg,							\
}

/*
 * The folder of one EQ, NI, or portal. It may be the first member of a larger object,
 * which is freed with it.
 */
struct lnet_dir {
	struct kobject kobj;
	void *of;			/* I: outlives the folder */
	struct list_head link;		/* D: link in lnet_folder.dirs */
};

/* The folder of all EQs, NIs, or portals. I: immutable; D: under lnet_dir_mutex */
struct lnet_folder {
	const char *name;
	struct lnet_attr *attrs;	/* I: files of each struct lnet_dir */
	size_t nr;
	void (*reset)(struct lnet_dir *dir);	/* restart counts, mutex held; or NULL */
	struct kobject *kobj;		/* I: */
	struct list_head dirs;		/* D: */
};

extern struct lnet_folder lnet_portals_folder, lnet_eqs_folder, lnet_nis_folder;
extern const struct lnet_eq_viewer lnet_eqs_viewer;
extern const struct lnet_ni_viewer lnet_nis_viewer;
extern struct mutex lnet_dir_mutex;

struct lnet_dir *lnet_sysfs_dir_add(struct lnet_folder *folder, size_t bytes, void *of,
				    const char *name);
void lnet_sysfs_dir_del(struct lnet_dir *dir);

static inline void *lnet_sysfs_dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct lnet_dir, kobj)->of;
}

int lnet_sysfs_init(void);
void lnet_sysfs_exit(void);

int lnet_sysfs_portals_add(void);

extern const struct file_operations lnet_debugfs_ping_fops;	/* debugfs_ping.c */
void lnet_debugfs_init(void);
void lnet_debugfs_exit(void);

#endif /* _LNET_SYSFS_H */
