/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unique MEs in their hash table. See me_table.c and me_hash.c. What every message
 * does to a bucket that is not crowded is inline.
 */
#ifndef _LNET_ME_HASH_H
#define _LNET_ME_HASH_H

#include <linux/processor.h>	/* first: bit_spinlock.h of 6.12 needs it */
#include <linux/bit_spinlock.h>
#include <linux/lockdep.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>

#include "portal.h"
#include "watch.h"
#include "window.h"

enum { LNET_BUCKET_INLINE = 4 };

/*
 * A bucket's word, from the lowest bit up:
 *
 *	lock:1  live:1  level:5  count
 *
 * live		it is in use; if not, its MEs are in the bucket it comes from
 * level	how many bits of a hash decide whether it belongs here
 * count	MEs, and LNET_BUCKET_BUSY while some are being moved: then it is
 *		neither empty nor small
 */
#define LNET_BUCKET_LIVE	2UL
#define LNET_BUCKET_LEVEL	0x7cUL
#define LNET_BUCKET_BUSY	(1UL << (BITS_PER_LONG - 8))

enum {
	LNET_BUCKET_LEVEL_SHIFT	= 2,
	LNET_BUCKET_COUNT_SHIFT	= 7,
};

/*
 * One cache line, so that an entry is found and added at the price of one.
 * The first few MEs stand in it with their hashes; further ones are chained
 * behind them. All in order of the portal as far as they have the same key.
 *
 * Two that want the same bucket are rare, unless many CPUs send to one ME that
 * stays, and wait for a few instructions. So a bit will do as a lock, in no
 * order among those that wait, and it is let go of by a plain store.
 */
struct lnet_bucket {
	unsigned long word;		/* L to change, but for the lock */
	u32 hash[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *me[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *more;		/* L: the last of the rest */
} ____cacheline_aligned_in_smp;

/* All buckets' locks, as lockdep knows them. */
struct lnet_bucket_class {
	struct lockdep_map dep_map;
};

extern struct lnet_bucket_class lnet_bucket_class;

/* What is held is known by who holds it, which sparse cannot follow. */
static __always_inline void lnet_bucket_lock(struct lnet_bucket *b,
					     unsigned int subclass)
{
	lock_acquire(&lnet_bucket_class.dep_map, subclass, 0, 0, 1, NULL,
		     _THIS_IP_);
	bit_spin_lock(0, &b->word);
	__release(bitlock);
}

static __always_inline void lnet_bucket_unlock(struct lnet_bucket *b)
{
	lock_release(&lnet_bucket_class.dep_map, _THIS_IP_);
	__acquire(bitlock);
	__bit_spin_unlock(0, &b->word);
}

/* Without the lock only to know what it was. */
static inline unsigned long lnet_bucket_count(const struct lnet_bucket *b)
{
	return READ_ONCE(b->word) >> LNET_BUCKET_COUNT_SHIFT;
}

static inline void lnet_bucket_set_count(struct lnet_bucket *b, unsigned long n)
{
	const unsigned long low = (1UL << LNET_BUCKET_COUNT_SHIFT) - 1;

	lockdep_assert_held(&lnet_bucket_class);
	WRITE_ONCE(b->word, n << LNET_BUCKET_COUNT_SHIFT | (b->word & low));
}

/* The bits of a hash that decide about a bucket of which this is the word. */
static inline u32 lnet_bucket_mask(unsigned long word)
{
	return (1U << ((word & LNET_BUCKET_LEVEL) >> LNET_BUCKET_LEVEL_SHIFT)) - 1;
}

/* Does @hash belong into the bucket at @index with this word? */
static inline bool lnet_bucket_has(unsigned long word, u32 index, u32 hash)
{
	return (word & LNET_BUCKET_LIVE) &&
	       !((index ^ hash) & lnet_bucket_mask(word));
}

enum { LNET_CHUNK_BITS = 8 };		/* of the number of buckets in a chunk */

/*
 * R: pt->resizing; a hint for others, who look at the bucket itself
 * I: immutable
 */
struct lnet_table {
	u32 buckets;			/* R: in use, from the first on */
	u32 mask;			/* R: for the least 2^n not below that */
	u32 room;			/* I: for so many chunks */
	struct rcu_head rcu;
	struct lnet_bucket *chunk[];	/* R: NULL: none; RCU to read */
};

/* Where the MEs of a hash probably are. */
static inline u32 lnet_table_index(const struct lnet_table *t, u32 hash)
{
	u32 mask = READ_ONCE(t->mask);
	u32 i = hash & mask;

	return i < READ_ONCE(t->buckets) ? i : i & (mask >> 1);
}

/* NULL: there is none any more, or not yet in this copy of the table. */
static inline struct lnet_bucket *lnet_table_bucket(const struct lnet_table *t,
						    u32 index)
{
	struct lnet_bucket *chunk;

	if (unlikely(index >> LNET_CHUNK_BITS >= t->room))
		return NULL;
	/* Complete when it is found: pairs with add_chunk(). */
	chunk = READ_ONCE(t->chunk[index >> LNET_CHUNK_BITS]);
	if (unlikely(!chunk))
		return NULL;
	return &chunk[index & ((1 << LNET_CHUNK_BITS) - 1)];
}

struct lnet_hash_info {
	u64 buckets;
	u64 longest;
};

#ifdef LNET_KUNIT
/* What a test may force on a portal's table; 0: as usual. W: pt->resizing */
struct lnet_hash_sizes {
	u32 buckets_min;
	u32 step;			/* buckets */
	unsigned int look_ms;		/* how often it looks whether to shrink */
	u64 grown;			/* W: steps */
	u64 shrunk;			/* W: */
};

int lnet_hash_force(unsigned int portal, const struct lnet_hash_sizes *sizes);
struct lnet_hash_sizes lnet_hash_forced(unsigned int portal);
#endif

/* me_table.c */
void lnet_hash_init(struct lnet_portal *pt);
int lnet_hash_prepare(struct lnet_portal *pt);
void lnet_hash_destroy(struct lnet_portal *pt);
bool lnet_hash_empty(struct lnet_portal *pt, u32 hash);
void lnet_hash_grow(struct lnet_portal *pt, unsigned int crowd);
void lnet_hash_info(struct lnet_portal *pt, struct lnet_hash_info *info);
struct lnet_bucket *lnet_hash_lock_slowly(struct lnet_portal *pt, u32 hash);

/* me_hash.c */
struct lnet_me *lnet_bucket_take_first(struct lnet_bucket *b, u32 *hash);
void lnet_bucket_add_last(struct lnet_bucket *b, struct lnet_me *me, u32 hash);
unsigned int lnet_hash_insert_slowly(struct lnet_portal *pt,
				     struct lnet_bucket *b, struct lnet_me *me);
void lnet_hash_remove_slowly(struct lnet_bucket *b, struct lnet_me *me);
struct lnet_me *lnet_hash_next_slowly(struct lnet_bucket *b, u32 hash,
				      struct lnet_me *me);

/* Has the portal a table? It does not lose it again. */
static inline bool lnet_hash_ready(struct lnet_portal *pt)
{
	return rcu_access_pointer(pt->table);
}

/**
 * lnet_hash_lock() - lock the bucket of a hash
 * @pt: the portal
 * @hash: of what is looked for
 *
 * Context: any; returns with the bucket locked if there is one.
 * Return: the bucket, or NULL if the portal has no table.
 */
static __always_inline struct lnet_bucket *
lnet_hash_lock(struct lnet_portal *pt, u32 hash)
{
	struct lnet_bucket *b = NULL;
	struct lnet_table *t;
	u32 i;

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (likely(t)) {
		i = lnet_table_index(t, hash);
		b = lnet_table_bucket(t, i);
		lnet_window(LNET_WINDOW_TABLE_LOOK);
		if (likely(b)) {
			lnet_bucket_lock(b, 0);
			if (likely(lnet_bucket_has(b->word, i, hash)))
				goto out;
			lnet_bucket_unlock(b);
		}
		b = lnet_hash_lock_slowly(pt, hash);
	}
out:
	rcu_read_unlock();	/* the lock keeps preemption off, and so the bucket */
	return b;
}

/**
 * lnet_hash_prefetch() - have the bucket of a hash at hand soon
 * @pt: the portal
 * @hash: of what will be looked for
 *
 * Context: any.
 */
static inline void lnet_hash_prefetch(struct lnet_portal *pt, u32 hash)
{
	struct lnet_table *t;

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (likely(t))
		prefetchw(lnet_table_bucket(t, lnet_table_index(t, hash)));
	rcu_read_unlock();
}

/**
 * lnet_hash_insert() - put an ME into its bucket
 * @pt: its portal
 * @b: its bucket, locked
 * @me: the ME; it comes behind those of its key that have an earlier order
 *
 * Return: 0, or if the bucket is crowded how many are in it: for
 * lnet_hash_grow(), once it is unlocked.
 */
static inline unsigned int lnet_hash_insert(struct lnet_portal *pt,
					    struct lnet_bucket *b,
					    struct lnet_me *me)
{
	unsigned long i, n = lnet_bucket_count(b);

	if (unlikely(n >= LNET_BUCKET_INLINE))
		return lnet_hash_insert_slowly(pt, b, me);
	for (i = 0; i < n; i++)
		if (unlikely(b->hash[i] == me->hash))
			return lnet_hash_insert_slowly(pt, b, me);

	b->hash[n] = me->hash;
	b->me[n] = me;
	lnet_bucket_set_count(b, n + 1);
	me->hashed = true;
	return 0;
}

/**
 * lnet_hash_remove() - take an ME out of its bucket
 * @b: its bucket, locked
 * @me: the ME
 */
static inline void lnet_hash_remove(struct lnet_bucket *b, struct lnet_me *me)
{
	unsigned long i, n = lnet_bucket_count(b);

	if (unlikely(n > LNET_BUCKET_INLINE)) {
		lnet_hash_remove_slowly(b, me);
		return;
	}
	for (i = 0; i < n - 1 && b->me[i] != me; i++)
		;
	for (; i < n - 1; i++) {
		b->hash[i] = b->hash[i + 1];
		b->me[i] = b->me[i + 1];
	}
	lnet_bucket_set_count(b, n - 1);
}

/**
 * lnet_hash_next() - walk the MEs of a bucket that have one hash
 * @b: the bucket, locked
 * @hash: the hash; other keys may have it too
 * @me: the last one found, or NULL to begin
 *
 * Return: the next in order, or NULL.
 */
static inline struct lnet_me *lnet_hash_next(struct lnet_bucket *b, u32 hash,
					     struct lnet_me *me)
{
	unsigned long i, n = lnet_bucket_count(b);

	if (likely(!me && n <= LNET_BUCKET_INLINE)) {
		lnet_watch_compare(n);
		for (i = 0; i < n; i++)
			if (b->hash[i] == hash)
				return b->me[i];
		return NULL;
	}
	return lnet_hash_next_slowly(b, hash, me);
}

#endif /* _LNET_ME_HASH_H */
