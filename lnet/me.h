/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The match entry. See me.c; me_hash.h and me_list.c for where they are kept.
 */
#ifndef _LNET_ME_H
#define _LNET_ME_H

#include <linux/types.h>

#include <lnet/types.h>

#include "object.h"

struct lnet_chunk;
struct lnet_libmd;
struct lnet_portal;

/*
 * A place in the order of a portal: label first, then stamp. MEs in the list
 * may share one; then their places in the list decide. See me.c.
 */
struct lnet_order {
	s64 label;
	s64 stamp;
};

static inline bool lnet_order_before(const struct lnet_order *a,
				     const struct lnet_order *b)
{
	return a->label < b->label ||
	       (a->label == b->label && a->stamp < b->stamp);
}

/*
 * I: immutable from publication on
 * M: the lock of where it is: its bucket's, or if listed the portal's
 * B: M of its bucket
 * P: M of the portal
 */
struct lnet_me {
	u64 cookie;			/* M to change; 0: dead, or not posted */
	u64 issued;			/* owner: of this life, or the last */
	u64 match_bits;			/* I: */
	u64 ignore_bits;		/* I: */
	lnet_nid_t nid;			/* I: or LNET_NID_ANY */
	lnet_pid_t pid;			/* I: or LNET_PID_ANY */
	u32 hash;			/* I: of a unique one */
	u8 portal;			/* I: */
	bool unlink;			/* I: it goes with its MD */
	bool unique;			/* I: full peer, no ignore bits */
	bool listed;			/* bucket's and portal's lock to set */
	bool hashed;			/* B: in its bucket, if not listed */
	struct lnet_order order;	/* I: */
	struct lnet_libmd *md;		/* M: or NULL */
	union {
		struct lnet_me *next;	/* B: next of a crowded bucket */
		struct lnet_chunk *chunk;	/* P: where it is in the list */
	};
	void *caller;			/* I: who made it */
};

/* What a message is matched by. */
static inline u32 lnet_me_hash(lnet_nid_t nid, lnet_pid_t pid, u64 bits)
{
	u64 h = (nid ^ ((u64)pid << 32 | pid)) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ bits ^ h >> 29) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 32) * 0x94d049bb133111ebULL;
	return h >> 32;
}

int lnet_me_init(void);
void lnet_me_exit(void);
void lnet_me_free_slowly(struct lnet_me *me);

/**
 * lnet_me_free() - free an ME
 * @c: this CPU
 * @me: in no bucket and no list, and without a cookie
 *
 * Context: preemption off.
 */
static inline void lnet_me_free(struct lnet_cpu *c, struct lnet_me *me)
{
	if (unlikely(!lnet_object_push(c, LNET_HANDLE_ME, me, me->issued)))
		lnet_me_free_slowly(me);
}

void lnet_me_purge(void);

/* me_list.c: all others ---------------------------------------------------- */

struct lnet_list_pos {
	struct lnet_chunk *chunk;
	unsigned int index;
};

struct lnet_chunk *lnet_chunk_alloc(void);
void lnet_chunk_free(struct lnet_chunk *chunk);

void lnet_list_add_tail(struct lnet_portal *pt, struct lnet_me *me,
			struct lnet_chunk **spare);
void lnet_list_add_head(struct lnet_portal *pt, struct lnet_me *me,
			struct lnet_chunk **spare);
void lnet_list_add_beside(struct lnet_portal *pt, struct lnet_me *me,
			  struct lnet_me *at, bool after,
			  struct lnet_chunk **spare);
void lnet_list_add_ordered(struct lnet_portal *pt, struct lnet_me *me,
			   struct lnet_chunk **spare);
void lnet_list_remove(struct lnet_portal *pt, struct lnet_me *me);
struct lnet_me *lnet_list_next(struct lnet_portal *pt,
			       struct lnet_list_pos *pos, u64 bits,
			       lnet_nid_t nid, const struct lnet_order *limit);

#endif /* _LNET_ME_H */
