/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NIDs of peers that have several. See alias.c.
 */
#ifndef _LNET_ALIAS_H
#define _LNET_ALIAS_H

#include <linux/jump_label.h>

#include <lnet/types.h>

enum { LNET_ALIAS_MAX = 64 };		/* most NIDs of one peer */

DECLARE_STATIC_KEY_FALSE(lnet_alias_known);	/* true: a peer with several NIDs is known */

/* Is there a peer with several NIDs? If not, this is a jump that is not taken. */
static __always_inline bool lnet_alias_any(void)
{
	return static_branch_unlikely(&lnet_alias_known);
}

lnet_nid_t lnet_alias_find(lnet_nid_t nid);
lnet_nid_t lnet_alias_at(lnet_nid_t nid, unsigned int index);
unsigned int lnet_alias_turn(lnet_nid_t nid);
unsigned int lnet_alias_peers(void);

/* The primary NID of the peer that has @nid; @nid itself if no other is known. */
static __always_inline lnet_nid_t lnet_alias_primary(lnet_nid_t nid)
{
	return lnet_alias_any() ? lnet_alias_find(nid) : nid;
}

/* For network/node.c */
int lnet_alias_add(lnet_nid_t nid, lnet_nid_t peer, bool heard);
void lnet_alias_drop(lnet_nid_t nid, bool named);
void lnet_alias_forget(lnet_nid_t nid);
void lnet_alias_forget_all(void);

int lnet_alias_init(void);
void lnet_alias_exit(void);

#endif /* _LNET_ALIAS_H */
