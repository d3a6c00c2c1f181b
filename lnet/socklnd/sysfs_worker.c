// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd/workers/<n>: counters of a worker.
 */
#include "sysfs.h"
#include "param.h"
#include "worker.h"

#include <linux/kstrtox.h>
#include <linux/stddef.h>
#include <linux/sysfs.h>

static struct kobject *folder;

/* The name of the directory is the worker's number. */
static struct ksock_worker *worker_of(struct kobject *kobj)
{
	unsigned int index = 0;

	if (kstrtouint(kobject_name(kobj), 10, &index))
		index = 0;
	return ksock_worker(index);
}

static u64 worker_counter(struct kobject *kobj, unsigned int word)
{
	return READ_ONCE(((u64 *)&worker_of(kobj)->stats)[word]);
}

static u64 worker_connections(struct kobject *kobj, unsigned int arg)
{
	return atomic_read(&worker_of(kobj)->jobs);
}

#define WORD(field)	(offsetof(struct ksock_worker_stats, field) / sizeof(u64))

static struct ksock_attr attrs[] = {
	LNET_ATTR_RO("connections", worker_connections, 0),
	LNET_ATTR_RO("wakeups", worker_counter, WORD(wakeups)),
	LNET_ATTR_RO("rounds", worker_counter, WORD(rounds)),
	LNET_ATTR_RO("messages_in", worker_counter, WORD(messages_in)),
	LNET_ATTR_RO("messages_out", worker_counter, WORD(messages_out)),
	LNET_ATTR_RO("bytes_in", worker_counter, WORD(bytes_in)),
	LNET_ATTR_RO("bytes_out", worker_counter, WORD(bytes_out)),
	LNET_ATTR_RO("noops_in", worker_counter, WORD(noops_in)),
	LNET_ATTR_RO("noops_out", worker_counter, WORD(noops_out)),
	LNET_ATTR_RO("copied_out", worker_counter, WORD(copied_out)),
	LNET_ATTR_RO("uncopied_out", worker_counter, WORD(uncopied_out)),
};

/**
 * ksock_sysfs_workers_init() - create the directories of all workers
 * @parent: directory of the driver
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_sysfs_workers_init(struct kobject *parent)
{
	struct ksock_worker *w;
	char name[12];
	unsigned int i;
	int rc = 0;

	folder = kobject_create_and_add("workers", parent);
	if (!folder)
		return -ENOMEM;
	for (i = 0; i < ksock_params.nscheds && !rc; i++) {
		w = ksock_worker(i);
		snprintf(name, sizeof(name), "%u", i);
		w->kobj = kobject_create_and_add(name, folder);
		rc = w->kobj ? ksock_sysfs_attrs_add(w->kobj, attrs, ARRAY_SIZE(attrs)) :
			       -ENOMEM;
	}
	if (rc)
		ksock_sysfs_workers_exit();
	return rc;
}

/**
 * ksock_sysfs_workers_exit() - remove the directories of all workers
 *
 * The workers themselves must still exist.
 *
 * Context: task; may sleep.
 */
void ksock_sysfs_workers_exit(void)
{
	unsigned int i;

	for (i = 0; i < ksock_params.nscheds; i++)
		kobject_put(ksock_worker(i)->kobj);
	kobject_put(folder);
}
