// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters of Lustre's lnet.ko that have no effect here, but that its tools read and write:
 * "lnetctl global show" and "lnetctl set" want the files, and "lnetctl import" of what "lnetctl
 * export" has written sets them all. They have the names, ranges and defaults of those. A value
 * that is not the default is logged: it asks for what is not there.
 *
 * Other parameters of Lustre's are refused (networks.c), or ignored by the module loader, which
 * logs it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "network/numa.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

struct unused {
	unsigned int value;		/* READ_ONCE, WRITE_ONCE */
	unsigned int usual, least, most;
};

static int unused_set(const char *val, const struct kernel_param *kp)
{
	struct unused *u = kp->arg;
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < u->least || n > u->most) {
		pr_err("%s=%s is not in %u..%u\n", kp->name, val, u->least, u->most);
		return -EINVAL;
	}
	if (n != u->usual && n != READ_ONCE(u->value))
		pr_notice("%s=%u has no effect here: see Documentation/lustre.rst\n", kp->name, n);
	WRITE_ONCE(u->value, n);
	return 0;
}

static int unused_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(((struct unused *)kp->arg)->value));
}

static const struct kernel_param_ops unused_ops = { .set = unused_set, .get = unused_get };

static struct unused lnet_interfaces_max = {
	.value = 4096, .usual = 4096, .least = 1, .most = INT_MAX,
};
module_param_cb(lnet_interfaces_max, &unused_ops, &lnet_interfaces_max, 0644);
MODULE_PARM_DESC(lnet_interfaces_max, "No effect: a node may have 64 NIs (default 4096)");

static struct unused lnet_retry_count = {
	.value = 2, .usual = 2, .least = 0, .most = 150,
};
module_param_cb(lnet_retry_count, &unused_ops, &lnet_retry_count, 0644);
MODULE_PARM_DESC(lnet_retry_count, "No effect: LNet sends no message again (default 2)");

static struct unused lnet_health_sensitivity = {
	.value = 100, .usual = 100, .least = 0, .most = 1000,
};
module_param_cb(lnet_health_sensitivity, &unused_ops, &lnet_health_sensitivity, 0644);
MODULE_PARM_DESC(lnet_health_sensitivity, "No effect: an NI has no health but up or down (default 100)");

static struct unused lnet_recovery_limit = {
	.value = 0, .usual = 0, .least = 0, .most = UINT_MAX,
};
module_param_cb(lnet_recovery_limit, &unused_ops, &lnet_recovery_limit, 0644);
MODULE_PARM_DESC(lnet_recovery_limit, "No effect: as lnet_health_sensitivity (default 0)");

static struct unused lnet_max_recovery_ping_interval = {
	.value = 900, .usual = 900, .least = 1, .most = UINT_MAX,
};
module_param_cb(lnet_max_recovery_ping_interval, &unused_ops, &lnet_max_recovery_ping_interval,
		0644);
MODULE_PARM_DESC(lnet_max_recovery_ping_interval, "No effect: as lnet_health_sensitivity (default 900)");

static struct unused lnet_response_tracking = {
	.value = 3, .usual = 3, .least = 0, .most = 3,
};
module_param_cb(lnet_response_tracking, &unused_ops, &lnet_response_tracking, 0644);
MODULE_PARM_DESC(lnet_response_tracking, "No effect: an MD says whether its answers are tracked (default 3)");

static struct unused router_sensitivity_percentage = {
	.value = 100, .usual = 100, .least = 0, .most = 100,
};
module_param_cb(router_sensitivity_percentage, &unused_ops, &router_sensitivity_percentage, 0644);
MODULE_PARM_DESC(router_sensitivity_percentage, "No effect: this LNet does not route (default 100)");

/* Any number but 0 means 1. */
static int asym_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n))
		return -EINVAL;
	return unused_set(n ? "1" : "0", kp);
}

static const struct kernel_param_ops asym_ops = { .set = asym_set, .get = unused_get };
static struct unused lnet_drop_asym_route = { .most = 1 };
module_param_cb(lnet_drop_asym_route, &asym_ops, &lnet_drop_asym_route, 0644);
MODULE_PARM_DESC(lnet_drop_asym_route, "No effect: this LNet does not route (default 0)");

/* What is written is forgotten, as in the existing interface. */
static int interval_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	return kstrtouint(val, 0, &n) ? -EINVAL : 0;
}

static const struct kernel_param_ops interval_ops = { .set = interval_set, .get = unused_get };
static struct unused lnet_recovery_interval = { .value = 1 };
module_param_cb(lnet_recovery_interval, &interval_ops, &lnet_recovery_interval, 0644);
MODULE_PARM_DESC(lnet_recovery_interval, "No effect: as lnet_health_sensitivity (default 1)");

/* An ioctl sets it while the module is loaded. */
unsigned int lnet_numa_range;
EXPORT_SYMBOL_GPL(lnet_numa_range);
module_param(lnet_numa_range, uint, 0444);
MODULE_PARM_DESC(lnet_numa_range, "No effect: NUMA nodes choose no path (default 0)");
