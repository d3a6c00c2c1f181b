// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls for what there is none of here: routes, buffers of routers, policies, faults, health. What
 * asks whether there is any is told that there is none, with the error of the existing interface.
 * What is to make some is refused with EOPNOTSUPP, so that nobody takes it for done.
 */
#include "lustre/ioctl.h"
#include "lustre/ioctl_layout.h"
#include "network/numa.h"

#include <linux/compiler.h>
#include <linux/errno.h>

/* NUMA nodes are no reason here to choose one path or another: it is only kept. */
static int get_numa_range(void *arg)
{
	struct lnet_ioc_value *v = arg;

	v->value = READ_ONCE(lnet_numa_range);
	return 0;
}

static int set_numa_range(void *arg)
{
	const struct lnet_ioc_value *v = arg;

	WRITE_ONCE(lnet_numa_range, v->value);
	return 0;
}

static int config_router(void *arg)
{
	const struct lnet_ioc_config *config = arg;

	return config->buffers.enable ? -EOPNOTSUPP : 0;
}

/* What a fault is wanted for, in @ioc_flags. */
enum { FAULT_DROP_LIST = 3, FAULT_DELAY_LIST = 7 };

static int fault_change(void *arg)
{
	const struct libcfs_ioctl_data *data = arg;

	if (!data->ioc_inllen1)
		return -EINVAL;
	if (data->ioc_flags == FAULT_DROP_LIST || data->ioc_flags == FAULT_DELAY_LIST)
		return -ENOENT;
	return -EOPNOTSUPP;
}

const struct lnet_ioctl_cmd lnet_ioctl_other_cmds[] = {
	/* to fail a NID; to test the version of the protocol; faults */
	{ LNET_IOC(51), sizeof(struct libcfs_ioctl_data), .refusal = -EOPNOTSUPP },
	{ LNET_IOC(60), sizeof(struct libcfs_ioctl_data), .refusal = -EOPNOTSUPP },
	{ LNET_IOC(64), sizeof(struct libcfs_ioctl_data), fault_change },
	/* routes: add, delete, get */
	{ LNET_IOC_CONFIG(81), sizeof(struct lnet_ioc_config), .refusal = -EOPNOTSUPP },
	{ LNET_IOC_CONFIG(82), sizeof(struct lnet_ioc_config), .refusal = -ENOENT },
	{ LNET_IOC_CONFIG(83), sizeof(struct lnet_ioc_config), .refusal = -ENOENT },
	/* a router, and its buffers: set, get */
	{ LNET_IOC_CONFIG(87), sizeof(struct lnet_ioc_config), config_router },
	{ LNET_IOC_CONFIG(88), sizeof(struct lnet_ioc_config), .refusal = -EOPNOTSUPP },
	{ LNET_IOC_CONFIG(89), LNET_IOC_POOLS_BYTES, .refusal = -ENOENT },
	{ LNET_IOC_CONFIG(98), sizeof(struct lnet_ioc_value), set_numa_range, .exact = true },
	{ LNET_IOC_CONFIG(99), sizeof(struct lnet_ioc_value), get_numa_range, .exact = true },
	/* to set the health of an NI or a peer */
	{ LNET_IOC_CONFIG(102), LNET_IOC_SET_HEALTH_BYTES, .refusal = -EOPNOTSUPP },
	/* policies: add, delete, their size, get, what they come to */
	{ LNET_IOC_CONFIG(105), 0, .refusal = -EOPNOTSUPP },
	{ LNET_IOC_CONFIG(106), 0, .refusal = -EOPNOTSUPP },
	{ LNET_IOC_CONFIG(107), 0, .refusal = -ENOENT },
	{ LNET_IOC_CONFIG(108), 0, .refusal = -ENOENT },
	/* connections to a peer */
	{ LNET_IOC_CONFIG(111), LNET_IOC_SET_CONNS_BYTES, .refusal = -EOPNOTSUPP },
	{}
};
