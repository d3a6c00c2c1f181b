/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NIDs whose addresses have more than 4 bytes, and the numbers that stand for them. See
 * large_nid.c.
 */
#ifndef _LNET_LARGE_NID_H
#define _LNET_LARGE_NID_H

#include <lnet/nid.h>

/*
 * Most NIDs that stay known although nothing has a reference of them: of those that others named,
 * and again as many of those that this node's own people wrote.
 */
enum { LNET_LARGE_NID_IDLE_MAX = 16384 };

unsigned int lnet_large_nid_held(void);
unsigned int lnet_large_nid_known(void);
u64 lnet_large_nid_forgotten(bool lasting);
u64 lnet_large_nid_digest(lnet_nid_t nid);

/* A value that a NID always has, also if it was forgotten, and got another number. */
static __always_inline u64 lnet_large_digest(lnet_nid_t nid)
{
	return unlikely(lnet_nid_is_large(nid)) ? lnet_large_nid_digest(nid) : nid;
}

int lnet_large_nid_init(void);
void lnet_large_nid_exit(void);

#endif /* _LNET_LARGE_NID_H */
