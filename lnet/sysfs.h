/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an operator sees. See sysfs.c.
 */
#ifndef _LNET_SYSFS_H
#define _LNET_SYSFS_H

#include <linux/kobject.h>

struct lnet_eq;
struct lnet_ni;

/* An attribute that shows one u64. */
struct lnet_attr {
	struct kobj_attribute attr;
	u64 (*value)(struct kobject *kobj, unsigned int arg);
	unsigned int arg;
};

ssize_t lnet_attr_show(struct kobject *kobj, struct kobj_attribute *attr,
		       char *buf);

#define LNET_ATTR_RO(_name, _value, _arg) {				\
	.attr = {							\
		.attr = { .name = _name, .mode = 0444 },		\
		.show = lnet_attr_show,					\
	},								\
	.value = _value,						\
	.arg = _arg,							\
}

extern struct kobject *lnet_kobj;

int lnet_sysfs_init(void);
void lnet_sysfs_exit(void);

int lnet_sysfs_portals_init(void);
void lnet_sysfs_portals_exit(void);

int lnet_sysfs_eqs_init(void);
void lnet_sysfs_eqs_exit(void);
int lnet_sysfs_eq_add(struct lnet_eq *eq);
void lnet_sysfs_eq_del(struct lnet_eq *eq);
void lnet_sysfs_eqs_reset(void);

int lnet_sysfs_nis_init(void);
void lnet_sysfs_nis_exit(void);
int lnet_sysfs_ni_add(struct lnet_ni *ni);
void lnet_sysfs_ni_del(struct lnet_ni *ni);
void lnet_sysfs_nis_reset(void);

void lnet_debugfs_init(void);
void lnet_debugfs_exit(void);

#endif /* _LNET_SYSFS_H */
