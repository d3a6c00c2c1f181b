/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The match entry, and the two places where a portal keeps them. See me.c,
 * me_hash.c and me_list.c.
 */
#ifndef _LNET_ME_H
#define _LNET_ME_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include <lnet/types.h>

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
void lnet_me_free(struct lnet_me *me);
void lnet_me_purge(void);

/* me_hash.c: unique MEs ---------------------------------------------------- */

enum { LNET_BUCKET_INLINE = 4 };

/* In the count of a bucket: look in the next table. */
#define LNET_BUCKET_MOVED	0x80000000U

/*
 * One cache line, so that an entry is found and added at the price of one.
 * The first few MEs stand in it with their hashes; further ones are chained
 * behind them. All in order of the portal as far as they have the same key.
 */
struct lnet_bucket {
	spinlock_t lock;		/* L */
	u32 count;			/* L: MEs in all; LNET_BUCKET_MOVED */
	u32 hash[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *me[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *more;		/* L: the last of the rest */
} ____cacheline_aligned_in_smp;

struct lnet_hash_info {
	u64 buckets;
	u64 longest;
};

void lnet_hash_init(struct lnet_portal *pt);
int lnet_hash_prepare(struct lnet_portal *pt);
void lnet_hash_destroy(struct lnet_portal *pt);
struct lnet_bucket *lnet_hash_lock(struct lnet_portal *pt, u32 hash);
void lnet_hash_prefetch(struct lnet_portal *pt, u32 hash);
bool lnet_hash_empty(struct lnet_portal *pt, u32 hash);
bool lnet_hash_insert(struct lnet_portal *pt, struct lnet_bucket *b,
		      struct lnet_me *me);
void lnet_hash_remove(struct lnet_bucket *b, struct lnet_me *me);
void lnet_hash_kick(struct lnet_portal *pt);
void lnet_hash_info(struct lnet_portal *pt, struct lnet_hash_info *info);

static inline void lnet_hash_unlock(struct lnet_bucket *b)
{
	__acquire(&b->lock);	/* for sparse: see lnet_hash_lock() */
	spin_unlock(&b->lock);
}

/* The next ME of a locked bucket with this hash, after @me or the first. */
struct lnet_me *lnet_hash_next(struct lnet_bucket *b, u32 hash,
			       struct lnet_me *me);

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
