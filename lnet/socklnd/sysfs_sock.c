// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd: why connections have ended, or never began.
 */
#include "sysfs.h"
#include "count.h"
#include "net.h"

#include <linux/sysfs.h>

static struct kobject *top;

/**
 * lnet_sock_attr_show() - show the value of a struct lnet_sock_attr
 * @kobj: the folder
 * @attr: embedded in the struct lnet_sock_attr
 * @buf: where to
 *
 * Return: bytes written.
 */
ssize_t lnet_sock_attr_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct lnet_sock_attr *a = container_of(attr, struct lnet_sock_attr, attr);

	return sysfs_emit(buf, "%llu\n", a->value(kobj, a->arg));
}

/**
 * lnet_sock_attrs_add() - add files to a folder
 * @kobj: the folder
 * @attrs: which
 * @n: how many
 *
 * Context: task; may sleep.
 * Return: 0 or -errno; those that were added go with the folder.
 */
int lnet_sock_attrs_add(struct kobject *kobj, struct lnet_sock_attr *attrs, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < n && !rc; i++)
		rc = sysfs_create_file(kobj, &attrs[i].attr.attr);
	return rc;
}

static u64 ended(struct kobject *kobj, unsigned int why)
{
	return lnet_sock_ends(why);
}

static struct lnet_sock_attr attrs[] = {
	LNET_ATTR_RO("closed_by_peer", ended, LNET_SOCK_END_PEER),
	LNET_ATTR_RO("closed_shutdown", ended, LNET_SOCK_END_SHUTDOWN),
	LNET_ATTR_RO("closed_duplicate", ended, LNET_SOCK_END_DUPLICATE),
	LNET_ATTR_RO("closed_race", ended, LNET_SOCK_END_RACE),
	LNET_ATTR_RO("closed_stale", ended, LNET_SOCK_END_STALE),
	LNET_ATTR_RO("closed_refused", ended, LNET_SOCK_END_REFUSED),
	LNET_ATTR_RO("closed_error", ended, LNET_SOCK_END_ERROR),
	LNET_ATTR_RO("closed_timeout", ended, LNET_SOCK_END_TIMEOUT),
	LNET_ATTR_RO("closed_net_down", ended, LNET_SOCK_END_NET_DOWN),
	LNET_ATTR_RO("closed_insecure", ended, LNET_SOCK_END_INSECURE),
	LNET_ATTR_RO("closed_too_many", ended, LNET_SOCK_END_TOO_MANY),
	LNET_ATTR_RO("closed_slow", ended, LNET_SOCK_END_SLOW),
	LNET_ATTR_RO("closed_not_ours", ended, LNET_SOCK_END_NOT_OURS),
	LNET_ATTR_RO("closed_query", ended, LNET_SOCK_END_QUERY),
	LNET_ATTR_RO("closed_address", ended, LNET_SOCK_END_ADDRESS),
	LNET_ATTR_RO("closed_bad_connreq", ended, LNET_SOCK_END_BAD_CONNREQ),
	LNET_ATTR_RO("closed_bad_hello", ended, LNET_SOCK_END_BAD_HELLO),
	LNET_ATTR_RO("closed_bad_header", ended, LNET_SOCK_END_BAD_HEADER),
	LNET_ATTR_RO("closed_bad_message", ended, LNET_SOCK_END_BAD_MESSAGE),
	LNET_ATTR_RO("closed_bad_cookie", ended, LNET_SOCK_END_BAD_COOKIE),
	LNET_ATTR_RO("closed_bad_csum", ended, LNET_SOCK_END_BAD_CSUM),
	LNET_ATTR_RO("closed_no_memory", ended, LNET_SOCK_END_NO_MEMORY),
	LNET_ATTR_RO("closed_unread", ended, LNET_SOCK_END_UNREAD),
};

static_assert(ARRAY_SIZE(attrs) == LNET_SOCK_END_NR);

/**
 * lnet_sock_sysfs_init() - make the folders of this driver
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sock_sysfs_init(void)
{
	int rc;

	top = kobject_create_and_add("socklnd", lnet_lnd_kobj());
	if (!top)
		return -ENOMEM;
	rc = lnet_sock_attrs_add(top, attrs, ARRAY_SIZE(attrs));
	if (!rc)
		rc = lnet_sock_sysfs_workers_init(top);
	if (rc)
		kobject_put(top);
	return rc;
}

/**
 * lnet_sock_sysfs_exit() - take them away
 *
 * Context: task; may sleep.
 */
void lnet_sock_sysfs_exit(void)
{
	lnet_sock_sysfs_workers_exit();
	kobject_put(top);
}
