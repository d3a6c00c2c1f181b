// SPDX-License-Identifier: GPL-2.0
/*
 * The core's work queue, for work that belongs to no caller: dropping messages that have waited too
 * long, shrinking tables, freeing pings, telling other modules that NIDs have changed, and bringing
 * LNet up for config_on_load=, which may load drivers. It delivers no event; response.c has a queue
 * for that.
 */
#include "event/work.h"
#include "hooks/alloc.h"
#include "lnet.h"

#include <linux/errno.h>

struct workqueue_struct *lnet_wq;

/**
 * lnet_work_init() - make the work queue
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_work_init(void)
{
	lnet_wq = lnet_alloc(alloc_workqueue(LNET_NAME, WQ_UNBOUND, 0));
	return lnet_wq ? 0 : -ENOMEM;
}

/**
 * lnet_work_exit() - wait for all queued work, and free the work queue
 *
 * Context: task; may sleep.
 */
void lnet_work_exit(void)
{
	destroy_workqueue(lnet_wq);
}
