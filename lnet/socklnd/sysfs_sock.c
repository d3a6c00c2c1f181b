// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd: why connections have ended or never began.
 */
#include "sysfs.h"
#include "reason.h"
#include "net.h"

#include <linux/sysfs.h>

static struct kobject *top;

/**
 * ksock_sysfs_attr_show() - show the value of a struct ksock_attr
 * @kobj: the directory
 * @attr: member of the struct ksock_attr
 * @buf: buffer for the text
 *
 * Return: number of bytes written.
 */
ssize_t ksock_sysfs_attr_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct ksock_attr *a = container_of(attr, struct ksock_attr, attr);

	return sysfs_emit(buf, "%llu\n", a->value(kobj, a->arg));
}

/**
 * ksock_sysfs_attrs_add() - add attributes to a directory
 * @kobj: the directory
 * @attrs: array of attributes
 * @n: number of attributes
 *
 * Context: task; may sleep.
 * Return: 0 or -errno; attributes already added are removed with the directory.
 */
int ksock_sysfs_attrs_add(struct kobject *kobj, struct ksock_attr *attrs, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < n && !rc; i++)
		rc = sysfs_create_file(kobj, &attrs[i].attr.attr);
	return rc;
}

static u64 sock_ended(struct kobject *kobj, unsigned int why)
{
	return ksock_reason_total(why);
}

static struct ksock_attr attrs[] = {
	LNET_ATTR_RO("closed_by_peer", sock_ended, KSOCK_REASON_PEER),
	LNET_ATTR_RO("closed_shutdown", sock_ended, KSOCK_REASON_SHUTDOWN),
	LNET_ATTR_RO("closed_duplicate", sock_ended, KSOCK_REASON_DUPLICATE),
	LNET_ATTR_RO("closed_race", sock_ended, KSOCK_REASON_RACE),
	LNET_ATTR_RO("closed_stale", sock_ended, KSOCK_REASON_STALE),
	LNET_ATTR_RO("closed_refused", sock_ended, KSOCK_REASON_REFUSED),
	LNET_ATTR_RO("closed_error", sock_ended, KSOCK_REASON_ERROR),
	LNET_ATTR_RO("closed_timeout", sock_ended, KSOCK_REASON_TIMEOUT),
	LNET_ATTR_RO("closed_net_down", sock_ended, KSOCK_REASON_NET_DOWN),
	LNET_ATTR_RO("closed_insecure", sock_ended, KSOCK_REASON_INSECURE),
	LNET_ATTR_RO("closed_too_many", sock_ended, KSOCK_REASON_TOO_MANY),
	LNET_ATTR_RO("closed_slow", sock_ended, KSOCK_REASON_SLOW),
	LNET_ATTR_RO("closed_not_ours", sock_ended, KSOCK_REASON_NOT_OURS),
	LNET_ATTR_RO("closed_query", sock_ended, KSOCK_REASON_QUERY),
	LNET_ATTR_RO("closed_address", sock_ended, KSOCK_REASON_ADDRESS),
	LNET_ATTR_RO("closed_bad_connreq", sock_ended, KSOCK_REASON_BAD_CONNREQ),
	LNET_ATTR_RO("closed_bad_hello", sock_ended, KSOCK_REASON_BAD_HELLO),
	LNET_ATTR_RO("closed_bad_header", sock_ended, KSOCK_REASON_BAD_HEADER),
	LNET_ATTR_RO("closed_bad_message", sock_ended, KSOCK_REASON_BAD_MESSAGE),
	LNET_ATTR_RO("closed_bad_cookie", sock_ended, KSOCK_REASON_BAD_COOKIE),
	LNET_ATTR_RO("closed_bad_csum", sock_ended, KSOCK_REASON_BAD_CSUM),
	LNET_ATTR_RO("closed_no_memory", sock_ended, KSOCK_REASON_NO_MEMORY),
	LNET_ATTR_RO("closed_unread", sock_ended, KSOCK_REASON_UNREAD),
};

static_assert(ARRAY_SIZE(attrs) == KSOCK_REASON_NR);

/**
 * ksock_sysfs_init() - create the directories of this driver
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_sysfs_init(void)
{
	int rc;

	top = kobject_create_and_add("socklnd", lnet_lnd_kobj());
	if (!top)
		return -ENOMEM;
	rc = ksock_sysfs_attrs_add(top, attrs, ARRAY_SIZE(attrs));
	if (!rc)
		rc = ksock_sysfs_workers_init(top);
	if (rc)
		kobject_put(top);
	return rc;
}

/**
 * ksock_sysfs_exit() - remove the directories of this driver
 *
 * Context: task; may sleep.
 */
void ksock_sysfs_exit(void)
{
	ksock_sysfs_workers_exit();
	kobject_put(top);
}
