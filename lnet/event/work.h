/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core's work queue. See work.c.
 */
#ifndef _LNET_EVENT_WORK_H
#define _LNET_EVENT_WORK_H

#include <linux/workqueue.h>

extern struct workqueue_struct *lnet_wq;	/* I: unbound */

int lnet_work_init(void);
void lnet_work_exit(void);

#endif /* _LNET_EVENT_WORK_H */
