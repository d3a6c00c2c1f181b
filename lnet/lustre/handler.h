/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MDs with handlers. See handler.c.
 */
#ifndef _LNET_LUSTRE_HANDLER_H
#define _LNET_LUSTRE_HANDLER_H

#include <lnet/handler.h>

/* The lnet_nid_t of a NID that a caller gave: NULL stands for any. False if it has none. */
static inline bool lnet_handler_nid(const struct lnet_nid *nid, lnet_nid_t *nid4)
{
	*nid4 = LNET_NID_ANY;
	if (lnet_nid_is_any(nid))
		return true;
	if (!lnet_nid_is_nid4(nid))
		return false;
	*nid4 = lnet_nid_to_nid4(nid);
	return true;
}

int lnet_handler_open(void);
void lnet_handler_close(void);

#endif /* _LNET_LUSTRE_HANDLER_H */
