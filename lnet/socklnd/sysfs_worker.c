// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/lnet/socklnd/workers/<n>: counters of a worker.
 */
#include "worker.h"
#include "../hooks/alloc.h"
#include "param.h"

#include <linux/err.h>
#include <linux/stddef.h>

#include <lnet/sysfs.h>

static struct kobject *folder;

static struct ksock_worker *worker_of(struct kobject *kobj)
{
	return lnet_sysfs_dir_of(kobj);
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

static struct attribute *worker_attrs[] = {
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
	NULL
};

LNET_DIR_TYPE(worker);

/**
 * ksock_sysfs_workers_init() - create the directories of all workers
 * @parent: the directory of the driver
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_sysfs_workers_init(struct kobject *parent)
{
	struct lnet_dir *dir;
	char name[12];
	unsigned int i;

	folder = lnet_alloc(kobject_create_and_add("workers", parent));
	if (!folder)
		return -ENOMEM;
	for (i = 0; i < ksock_params.nscheds; i++) {
		snprintf(name, sizeof(name), "%u", i);
		dir = lnet_sysfs_dir_add(&worker_type, folder, sizeof(*dir), ksock_worker(i), name);
		if (IS_ERR(dir)) {
			ksock_sysfs_workers_exit();
			return PTR_ERR(dir);
		}
		ksock_worker(i)->dir = dir;
	}
	return 0;
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
		lnet_sysfs_dir_del(ksock_worker(i)->dir);
	kobject_put(folder);
}
