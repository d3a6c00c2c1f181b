// SPDX-License-Identifier: GPL-2.0
/*
 * LNetCtl(): requests of a client. In Lustre they come from user space.
 */
#include <lnet/ioctl.h>

#include <linux/export.h>

#include "event/api.h"
#include "network/ni.h"

#include <lnet/api.h>

static int ctl_get_ni(struct libcfs_ioctl_data *data)
{
	struct lnet_process_id id;
	int rc = LNetGetId(data->ioc_count, &id);

	if (!rc)
		data->ioc_nid = id.nid;
	return rc;
}

static int ctl_dist(struct libcfs_ioctl_data *data)
{
	int rc = LNetDist(data->ioc_nid, &data->ioc_nid, &data->ioc_u32[1]);

	if (rc < 0 && rc != -EHOSTUNREACH)
		return rc;
	data->ioc_u32[0] = rc;
	return 0;
}

static int ctl_notify(struct libcfs_ioctl_data *data)
{
	lnet_lnd_notify(data->ioc_nid, !!data->ioc_flags);
	return 0;
}

/**
 * LNetCtl() - carry out a request
 * @cmd: IOC_LIBCFS_GET_NI, IOC_LIBCFS_LNET_DIST or IOC_LIBCFS_NOTIFY_ROUTER; any other request
 *	is passed to the driver of the network in @ioc_net
 * @arg: the request's struct libcfs_ioctl_data; see <lnet/ioctl.h> for the fields
 *
 * LNet is configured by module parameters and in sysfs, where its statistics are, too. It has no
 * routes, no router buffers and no health checks.
 *
 * Context: task; may sleep.
 * Return: 0; -EOPNOTSUPP: neither LNet nor the driver knows the request; -EINVAL: @arg is NULL,
 * or this node has no NI on that network; -ENOENT: there is no NI with that index; -ENETDOWN:
 * LNet is down; -EDEADLK: called from a handler; or the error of the driver.
 */
int LNetCtl(unsigned int cmd, void *arg)
{
	int rc = lnet_api_check_sleep();

	if (rc)
		return rc;
	if (!arg)
		return -EINVAL;

	switch (cmd) {
	case IOC_LIBCFS_GET_NI:
		return ctl_get_ni(arg);
	case IOC_LIBCFS_LNET_DIST:
		return ctl_dist(arg);
	case IOC_LIBCFS_NOTIFY_ROUTER:
		return ctl_notify(arg);
	default:
		return lnet_lnd_ctl(((struct libcfs_ioctl_data *)arg)->ioc_net,
				    cmd, arg);
	}
}
EXPORT_SYMBOL(LNetCtl);
