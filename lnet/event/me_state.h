/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The match entry: its fields, the hash of its key, and which of two MEs is first. See me.c,
 * and me_hash.h and me_list.h for where MEs are kept.
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
 * The place of an ME in the order of its portal: by label, then by stamp. MEs in the list may
 * have the same; then their places in the list decide. See me.c.
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
 * M: guarded by the lock under which the ME is matched: the portal's lock if the ME is
 *    ordered, else the lock of its bucket
 * B: guarded by the lock of its bucket and, if the ME is ordered, the portal's lock as well
 * P: guarded by the portal's lock
 * S: a thread with a stale handle reads it without a lock while the next life of this memory
 *    writes it: both accesses are marked, and the cookie tells which life it was
 *
 * Finding and taking one of very many MEs needs only the first cache line.
 */
struct lnet_me {
	u64 cookie;			/* M to change; 0: dead, or not posted */
	u64 issued;			/* owner: cookie of this life, or the last */
	u64 match_bits;			/* I: */
	lnet_nid_t nid;			/* I: or LNET_NID_ANY */
	lnet_pid_t pid;			/* I: or LNET_PID_ANY */
	u32 hash;			/* I: S: of the three above */
	struct rb_root later;		/* B: of a node: the MEs equal to it */
	struct lnet_libmd *md;		/* M: or NULL */
	u8 portal;			/* I: S: */
	u8 ops;			/* B: LNET_MD_OP_*: its MD's, when hashed */
	bool unlink;			/* I: remove it with its MD */
	bool unique;			/* I: NID and PID given, no bits ignored */
	bool ordered;		/* S: set under the bucket's and the portal's lock */
	bool listed;			/* P: in the list */
	bool hashed;			/* B: in its bucket */
	u64 ignore_bits;		/* I: */
	struct lnet_order order;	/* I: */
	struct rb_node rb;		/* B: among the equals of a node */
	union {
		struct lnet_me *next;	/* B: the next node of the chain */
		struct lnet_chunk *chunk;	/* P: its chunk of the list */
	};
	void *caller;			/* I: code address that posted it */
};

static_assert(offsetof(struct lnet_me, ignore_bits) <= 64);

/* Which parts of the source an ME leaves open. */
enum lnet_me_open {
	LNET_ME_OPEN_NONE,		/* none: the ME is unique, if it ignores no bits */
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
 * The hash of a key. A service may post MEs with match bits, or for NIDs and PIDs, that its
 * peers choose. The multiplier is secret, so peers cannot choose keys that all fall into one
 * bucket.
 */
static inline u32 lnet_me_hash(lnet_nid_t nid, lnet_pid_t pid, u64 bits)
{
	u64 h = (nid ^ ((u64)pid << 32 | pid)) * lnet_me_multiplier;

	h = (h ^ bits ^ h >> 29) * lnet_me_multiplier;
	h = (h ^ h >> 32) * 0x94d049bb133111ebULL;
	return h >> 32;
}

/* The first of two MEs, by order; either may be NULL. */
static inline struct lnet_me *lnet_me_first(struct lnet_me *a, struct lnet_me *b)
{
	if (!a || !b)
		return a ?: b;
	return lnet_me_order_before(&b->order, &a->order) ? b : a;
}

#endif /* _LNET_ME_STATE_H */
