// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet: the files by which the operator configures LNet.
 *
 * The removal of a file waits for its writers. A writer waits for lnet_init_mutex, and under it for
 * messages to end, but these files are removed without that mutex, after lnet_ni_exit().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "show/sysfs.h"
#include "network/networks.h"
#include "network/ni_start.h"

#include <linux/capability.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

enum { WHOLE_BYTES = 1000 };	/* a shorter write is never a piece of a line */

static ssize_t configured_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", lnet_ni_is_configured());
}

static ssize_t configured_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t count)
{
	unsigned int up;
	int rc;

	/* The root of a container may have no rights over this node, and still write here. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (kstrtouint(buf, 10, &up) || up > 1)
		return -EINVAL;
	rc = lnet_ni_configure(up);
	return rc ?: count;
}

static ssize_t networks_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return lnet_networks_print(buf, PAGE_SIZE);
}

/*
 * A write is a change, whole. A shell cuts a line that is long, and a program may write too much:
 * all but the last piece then lack the end of the line.
 */
static int networks_check_whole(const char *buf, size_t count)
{
	if (strlen(buf) == count && (count < WHOLE_BYTES || buf[count - 1] == '\n'))
		return 0;
	pr_err("networks=: what was written has a zero byte, or no end of line: write fewer networks at a time\n");
	return -EINVAL;
}

static ssize_t networks_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t count)
{
	int rc;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	rc = networks_check_whole(buf, count) ?: lnet_networks_change(buf);
	return rc ?: count;
}

static struct kobj_attribute configured_attr = __ATTR_RW(configured);
static struct kobj_attribute networks_attr = __ATTR_RW(networks);

static struct attribute *config_attrs[] = {
	&configured_attr.attr,
	&networks_attr.attr,
	NULL
};

const struct attribute_group lnet_config_group = { .attrs = config_attrs };
