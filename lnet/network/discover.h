/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asking other nodes for their NIDs, and telling them ours. See discover.c.
 */
#ifndef _LNET_DISCOVER_H
#define _LNET_DISCOVER_H

#include <linux/workqueue.h>

void lnet_discover_work(struct work_struct *work);

#endif /* _LNET_DISCOVER_H */
