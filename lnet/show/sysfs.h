/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files in sysfs and debugfs. See sysfs.c.
 */
#ifndef _LNET_SHOW_SYSFS_H
#define _LNET_SHOW_SYSFS_H

#include <linux/mutex.h>

#include <lnet/sysfs.h>

/* The folder of all EQs, NIs, or portals. I: immutable; D: under lnet_dir_mutex */
struct lnet_folder {
	const char *name;
	const struct kobj_type *type;	/* I: of each folder in it */
	void (*reset)(struct lnet_dir *dir);	/* restart counts, mutex held; or NULL */
	struct kobject *kobj;		/* I: */
	struct list_head dirs;		/* D: lnet_dir.link */
};

extern struct lnet_folder lnet_portals_folder, lnet_eqs_folder, lnet_nis_folder;
extern const struct lnet_eq_viewer lnet_eqs_viewer;
extern const struct lnet_ni_viewer lnet_nis_viewer;
extern struct mutex lnet_dir_mutex;

struct lnet_dir *lnet_sysfs_folder_add(struct lnet_folder *folder, size_t bytes, void *of,
				       const char *name);
void lnet_sysfs_folder_del(struct lnet_dir *dir);

int lnet_sysfs_init(void);
void lnet_sysfs_exit(void);

int lnet_sysfs_portals_add(void);

extern const struct attribute_group lnet_config_group;	/* sysfs_config.c: in the top folder */
extern const struct attribute_group lnet_large_nids_group; /* sysfs_large_nid.c: a folder as well */
extern const struct attribute_group lnet_nodes_group;	/* sysfs_node.c: a folder of its own */

void lnet_debugfs_init(void);
void lnet_debugfs_exit(void);

#endif /* _LNET_SHOW_SYSFS_H */
