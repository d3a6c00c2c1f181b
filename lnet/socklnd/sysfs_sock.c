// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd: why connections have ended or never began.
 */
#include "net.h"
#include "reason.h"
#include "worker.h"

#include <linux/err.h>

#include <lnet/sysfs.h>

static struct lnet_dir *socklnd_dir;

static u64 sock_ended(struct kobject *kobj, unsigned int why)
{
	return ksock_reason_total(why);
}

static struct attribute *socklnd_attrs[] = {
	LNET_ATTR_RO("closed_by_peer", sock_ended, KSOCK_REASON_PEER),
	LNET_ATTR_RO("closed_shutdown", sock_ended, KSOCK_REASON_SHUTDOWN),
	LNET_ATTR_RO("closed_duplicate", sock_ended, KSOCK_REASON_DUPLICATE),
	LNET_ATTR_RO("closed_race", sock_ended, KSOCK_REASON_RACE),
	LNET_ATTR_RO("closed_stale", sock_ended, KSOCK_REASON_STALE),
	LNET_ATTR_RO("closed_refused", sock_ended, KSOCK_REASON_REFUSED),
	LNET_ATTR_RO("closed_operator", sock_ended, KSOCK_REASON_OPERATOR),
	LNET_ATTR_RO("closed_error", sock_ended, KSOCK_REASON_ERROR),
	LNET_ATTR_RO("closed_timeout", sock_ended, KSOCK_REASON_TIMEOUT),
	LNET_ATTR_RO("closed_net_down", sock_ended, KSOCK_REASON_NET_DOWN),
	LNET_ATTR_RO("closed_insecure", sock_ended, KSOCK_REASON_INSECURE),
	LNET_ATTR_RO("closed_too_many", sock_ended, KSOCK_REASON_TOO_MANY),
	LNET_ATTR_RO("closed_slow", sock_ended, KSOCK_REASON_SLOW),
	LNET_ATTR_RO("closed_not_ours", sock_ended, KSOCK_REASON_NOT_OURS),
	LNET_ATTR_RO("closed_no_node", sock_ended, KSOCK_REASON_NO_NODE),
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
	NULL
};

LNET_DIR_TYPE(socklnd);

static_assert(ARRAY_SIZE(socklnd_attrs) == KSOCK_REASON_NR + 1);

/**
 * ksock_sysfs_init() - create the directories of this driver
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_sysfs_init(void)
{
	int rc;

	socklnd_dir = lnet_sysfs_dir_add(&socklnd_type, lnet_lnd_kobj(), sizeof(*socklnd_dir),
					 NULL, "socklnd");
	if (IS_ERR(socklnd_dir))
		return PTR_ERR(socklnd_dir);
	rc = ksock_sysfs_workers_init(&socklnd_dir->kobj);
	if (rc)
		lnet_sysfs_dir_del(socklnd_dir);
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
	lnet_sysfs_dir_del(socklnd_dir);
}
