/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of a portal's MEs that ignore bits, or that LNetMEInsert() moved or placed. See
 * me_list.c.
 */
#ifndef _LNET_ME_LIST_H
#define _LNET_ME_LIST_H

#include "event/me_state.h"

struct lnet_chunk;
struct lnet_portal;

struct lnet_list_pos {
	struct lnet_chunk *chunk;
	unsigned int index;
};

struct lnet_chunk *lnet_me_chunk_alloc(void);
void lnet_me_chunk_free(struct lnet_chunk *chunk);

void lnet_me_list_add_end(struct lnet_portal *pt, struct lnet_me *me, bool first,
			  struct lnet_chunk **spare);
void lnet_me_list_add_beside(struct lnet_portal *pt, struct lnet_me *me,
			     struct lnet_me *at, bool after,
			     struct lnet_chunk **spare);
void lnet_me_list_add_ordered(struct lnet_portal *pt, struct lnet_me *me,
			      struct lnet_chunk **spare);
void lnet_me_list_remove(struct lnet_portal *pt, struct lnet_me *me);
struct lnet_me *lnet_me_list_next(struct lnet_portal *pt,
				  struct lnet_list_pos *pos, u64 bits,
				  lnet_nid_t nid, const struct lnet_order *limit);

#endif /* _LNET_ME_LIST_H */
