/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directories of this driver below /sys/kernel/lnet.
 */
#ifndef _LNET_SOCKLND_SYSFS_H
#define _LNET_SOCKLND_SYSFS_H

#include <linux/kobject.h>

/* A read-only attribute that shows @value(kobj, @arg). */
struct ksock_attr {
	struct kobj_attribute attr;
	u64 (*value)(struct kobject *kobj, unsigned int arg);
	unsigned int arg;
};

ssize_t ksock_sysfs_attr_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf);
int ksock_sysfs_attrs_add(struct kobject *kobj, struct ksock_attr *attrs, size_t n);

#define LNET_ATTR_RO(_name, _value, _arg) {				\
	.attr = {							\
		.attr = { .name = _name, .mode = 0444 },		\
		.show = ksock_sysfs_attr_show,				\
	},								\
	.value = _value,						\
	.arg = _arg,							\
}

int ksock_sysfs_workers_init(struct kobject *parent);
void ksock_sysfs_workers_exit(void);

#endif /* _LNET_SOCKLND_SYSFS_H */
