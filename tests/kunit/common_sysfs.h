/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of sysfs below /sys/kernel/lnet, and parameters of lnet.ko.
 */
#ifndef _LNET_KUNIT_COMMON_SYSFS_H
#define _LNET_KUNIT_COMMON_SYSFS_H

#include <kunit/test.h>
#include <lnet/api.h>

#include <linux/kernel.h>
#include <linux/types.h>

int lt_sysfs_read(const char *path, char *buf, size_t size);
int lt_sysfs_write(const char *path, const char *text);
u64 lt_sysfs_u64(struct kunit *test, const char *path);

/* A number that sysfs has of an EQ; the case ends if there is none. */
static inline u64 lt_sysfs_eq(struct kunit *test, struct lnet_handle_eq eqh,
			      const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "eqs/%llx/%s", eqh.cookie, name);
	return lt_sysfs_u64(test, path);
}

/* The same of a portal. */
static inline u64 lt_sysfs_portal(struct kunit *test, unsigned int portal, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "portals/%u/%s", portal, name);
	return lt_sysfs_u64(test, path);
}

void lt_param(struct kunit *test, const char *name, const char *value);
void lt_skip_delivery(struct kunit *test, const char *scheme, const char *reason);

#endif /* _LNET_KUNIT_COMMON_SYSFS_H */
