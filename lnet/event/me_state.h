/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an ME is, what it asks for, and which of two is the first. See me.c, and
 * me_hash.h and me_list.c for where MEs are kept.
 */
#ifndef _LNET_ME_STATE_H
#define _LNET_ME_STATE_H

#include <linux/rbtree.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <lnet/types.h>

struct lnet_chunk;
struct lnet_libmd;

/*
 * A place in the order of a portal: label first, then stamp. MEs in the list
 * may share one; then their places in the list decide. See me.c.
 */
struct lnet_order {
	s64 label;
	s64 stamp;
};

static inline bool lnet_me_order_before(const struct lnet_order *a,
					const struct lnet_order *b)
{
	return a->label < b->label ||
	       (a->label == b->label && a->stamp < b->stamp);
}

/*
 * I: immutable from publication on
 * M: the lock under which it is matched: the portal's if it is ordered, else
 *    its bucket's
 * B: its bucket's lock; of one that is ordered the portal's, too
 * P: the portal's lock
 * S: who has a stale handle reads it without a lock, while the next life of this
 *    memory writes it: marked on both sides, and the cookie says which it was
 *
 * What finding and taking one among very many needs is the first cache line.
 */
struct lnet_me {
	u64 cookie;			/* M to change; 0: dead, or not posted */
	u64 issued;			/* owner: of this life, or the last */
	u64 match_bits;			/* I: */
	lnet_nid_t nid;			/* I: or LNET_NID_ANY */
	lnet_pid_t pid;			/* I: or LNET_PID_ANY */
	u32 hash;			/* I: S: of the three above */
	struct rb_root later;		/* B: if it is a node: its equals */
	struct lnet_libmd *md;		/* M: or NULL */
	u8 portal;			/* I: S: */
	u8 ops;			/* B: LNET_MD_OP_*: what it is hashed for */
	bool unlink;			/* I: it goes with its MD */
	bool unique;			/* I: full peer, no ignore bits */
	bool ordered;		/* S: bucket's and portal's lock to set */
	bool listed;			/* P: in the list */
	bool hashed;			/* B: in its bucket */
	u64 ignore_bits;		/* I: */
	struct lnet_order order;	/* I: */
	struct rb_node rb;		/* B: among the equals of a node */
	union {
		struct lnet_me *next;	/* B: next of a crowded bucket */
		struct lnet_chunk *chunk;	/* P: where it is in the list */
	};
	void *caller;			/* I: who made it */
};

static_assert(offsetof(struct lnet_me, ignore_bits) <= 64);

/* Whom an ME leaves open. */
enum lnet_me_open {
	LNET_ME_OPEN_NONE,		/* nothing: it is unique, if it ignores no bits */
	LNET_ME_OPEN_NID,
	LNET_ME_OPEN_PID,
	LNET_ME_OPEN_BOTH,
	LNET_ME_OPEN_NR,
};

static inline enum lnet_me_open lnet_me_open(const struct lnet_me *me)
{
	return (me->nid == LNET_NID_ANY ? LNET_ME_OPEN_NID : 0) |
	       (me->pid == LNET_PID_ANY ? LNET_ME_OPEN_PID : 0);
}

extern u64 lnet_me_multiplier;

/*
 * What a message is matched by. A service may post MEs with bits, or for names, that
 * its peers choose; with a multiplier that nobody knows they cannot choose those of one
 * bucket.
 */
static inline u32 lnet_me_hash(lnet_nid_t nid, lnet_pid_t pid, u64 bits)
{
	u64 h = (nid ^ ((u64)pid << 32 | pid)) * lnet_me_multiplier;

	h = (h ^ bits ^ h >> 29) * lnet_me_multiplier;
	h = (h ^ h >> 32) * 0x94d049bb133111ebULL;
	return h >> 32;
}

/* The earlier of two, either of which may be NULL. */
static inline struct lnet_me *lnet_me_first(struct lnet_me *a, struct lnet_me *b)
{
	if (!a || !b)
		return a ?: b;
	return lnet_me_order_before(&b->order, &a->order) ? b : a;
}

#endif /* _LNET_ME_STATE_H */
