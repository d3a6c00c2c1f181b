/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A counter and the sysfs file that shows it, in one object. The client and
 * the server have a struct of these each.
 */
#ifndef _RPC_STAT_H
#define _RPC_STAT_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

struct rpc_stat {
	struct kobj_attribute attr;
	atomic64_t value;
};

static inline ssize_t rpc_stat_show(struct kobject *kobj,
				    struct kobj_attribute *attr, char *buf)
{
	struct rpc_stat *stat = container_of(attr, struct rpc_stat, attr);

	return sysfs_emit(buf, "%lld\n", atomic64_read(&stat->value));
}

/* Show @attrs in /sys/kernel/@name. 0: kobject_put() of @dir ends it; or -errno. */
static inline int rpc_stat_show_all(const char *name, const struct attribute *const *attrs,
				    struct kobject **dir)
{
	int rc;

	*dir = kobject_create_and_add(name, kernel_kobj);
	if (!*dir)
		return -ENOMEM;
	rc = sysfs_create_files(*dir, attrs);
	if (rc)
		kobject_put(*dir);
	return rc;
}

/* The initialiser of one; its file is called _name. */
#define RPC_STAT(_name)	{ .attr = __ATTR(_name, 0444, rpc_stat_show, NULL) }

static inline void rpc_stat_add(struct rpc_stat *stat, s64 n)
{
	atomic64_add(n, &stat->value);
}

static inline void rpc_stat_inc(struct rpc_stat *stat)
{
	atomic64_inc(&stat->value);
}

static inline void rpc_stat_dec(struct rpc_stat *stat)
{
	atomic64_dec(&stat->value);
}

#endif /* _RPC_STAT_H */
