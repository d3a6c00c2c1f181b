/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that LNet makes for itself. See errand.c.
 */
#ifndef _LNET_ERRAND_H
#define _LNET_ERRAND_H

#include <linux/completion.h>
#include <linux/list.h>

struct lnet_errand {
	struct list_head link;		/* L: errands_lock */
	struct completion done;		/* completed by its owner, or when LNet goes down */
};

int lnet_errand_begin(struct lnet_errand *errand);
void lnet_errand_end(struct lnet_errand *errand);

/* Called by ni_start.c only. */
void lnet_errand_allow(void);
void lnet_errand_abort_all(void);
void lnet_errand_wait_all(void);

#endif /* _LNET_ERRAND_H */
