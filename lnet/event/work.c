// SPDX-License-Identifier: GPL-2.0
/*
 * The core's work queue: for what is nobody's call, as looking for what is too old
 * or too large. No event is delivered by it.
 */
#include "event/work.h"
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
	lnet_wq = alloc_workqueue(LNET_NAME, WQ_UNBOUND, 0);
	return lnet_wq ? 0 : -ENOMEM;
}

/**
 * lnet_work_exit() - wait for what is queued, and free the work queue
 *
 * Context: task; may sleep.
 */
void lnet_work_exit(void)
{
	destroy_workqueue(lnet_wq);
}
