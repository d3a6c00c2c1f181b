/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MDs with handlers. See handler.c.
 */
#ifndef _LNET_LUSTRE_HANDLER_H
#define _LNET_LUSTRE_HANDLER_H

#include <lnet/handler.h>

#include <linux/errno.h>

/*
 * Get the number of a NID that a caller gave: NULL stands for any. Returns 0, and lnet_nid_put() is
 * to follow; or -ENOMEM.
 */
static inline int lnet_handler_nid(const struct lnet_nid *nid, lnet_nid_t *number)
{
	if (likely(lnet_nid_is_nid4(nid))) {
		*number = lnet_nid_to_nid4(nid);
		return 0;
	}
	*number = lnet_nid_shorten(nid);
	return *number == LNET_NID_ANY ? -ENOMEM : 0;
}

int lnet_handler_open(void);
void lnet_handler_close(void);

#endif /* _LNET_LUSTRE_HANDLER_H */
