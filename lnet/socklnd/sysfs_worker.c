// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd/workers/<n>: what a worker has done.
 */
#include "sysfs.h"
#include "param.h"
#include "worker.h"

#include <linux/kstrtox.h>
#include <linux/stddef.h>
#include <linux/sysfs.h>

static struct kobject *folder;

/* The folder's name is the worker's number. */
static struct lnet_sock_worker *worker_of(struct kobject *kobj)
{
	unsigned int index = 0;

	if (kstrtouint(kobject_name(kobj), 10, &index))
		index = 0;
	return lnet_sock_worker(index);
}

static u64 counter(struct kobject *kobj, unsigned int word)
{
	return READ_ONCE(((u64 *)&worker_of(kobj)->stats)[word]);
}

static u64 connections(struct kobject *kobj, unsigned int arg)
{
	return atomic_read(&worker_of(kobj)->jobs);
}

#define WORD(field)	(offsetof(struct lnet_sock_worker_stats, field) / sizeof(u64))

static struct lnet_sock_attr attrs[] = {
	LNET_ATTR_RO("connections", connections, 0),
	LNET_ATTR_RO("wakeups", counter, WORD(wakeups)),
	LNET_ATTR_RO("rounds", counter, WORD(rounds)),
	LNET_ATTR_RO("messages_in", counter, WORD(messages_in)),
	LNET_ATTR_RO("messages_out", counter, WORD(messages_out)),
	LNET_ATTR_RO("bytes_in", counter, WORD(bytes_in)),
	LNET_ATTR_RO("bytes_out", counter, WORD(bytes_out)),
	LNET_ATTR_RO("noops_in", counter, WORD(noops_in)),
	LNET_ATTR_RO("noops_out", counter, WORD(noops_out)),
	LNET_ATTR_RO("copied_out", counter, WORD(copied_out)),
	LNET_ATTR_RO("uncopied_out", counter, WORD(uncopied_out)),
};

/**
 * lnet_sock_sysfs_workers_init() - make the folders of workers
 * @parent: the driver's folder
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sock_sysfs_workers_init(struct kobject *parent)
{
	struct lnet_sock_worker *w;
	char name[12];
	unsigned int i;
	int rc = 0;

	folder = kobject_create_and_add("workers", parent);
	if (!folder)
		return -ENOMEM;
	for (i = 0; i < lnet_sock_params.nscheds && !rc; i++) {
		w = lnet_sock_worker(i);
		snprintf(name, sizeof(name), "%u", i);
		w->kobj = kobject_create_and_add(name, folder);
		rc = w->kobj ? lnet_sock_attrs_add(w->kobj, attrs, ARRAY_SIZE(attrs)) :
			       -ENOMEM;
	}
	if (rc)
		lnet_sock_sysfs_workers_exit();
	return rc;
}

/**
 * lnet_sock_sysfs_workers_exit() - take them away; the workers are there still
 *
 * Context: task; may sleep.
 */
void lnet_sock_sysfs_workers_exit(void)
{
	unsigned int i;

	for (i = 0; i < lnet_sock_params.nscheds; i++)
		kobject_put(lnet_sock_worker(i)->kobj);
	kobject_put(folder);
}
