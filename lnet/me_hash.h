/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unique MEs in their hash table. See me_hash.c. What every message does to a
 * bucket that is not crowded is inline.
 */
#ifndef _LNET_ME_HASH_H
#define _LNET_ME_HASH_H

#include <linux/processor.h>	/* first: bit_spinlock.h of 6.12 needs it */
#include <linux/bit_spinlock.h>
#include <linux/lockdep.h>
#include <linux/prefetch.h>
#include <linux/rcupdate.h>

#include "portal.h"

enum { LNET_BUCKET_INLINE = 4 };

/* In the count of a bucket: look in the next table. */
#define LNET_BUCKET_MOVED	(1UL << (BITS_PER_LONG - 2))

/*
 * One cache line, so that an entry is found and added at the price of one.
 * The first few MEs stand in it with their hashes; further ones are chained
 * behind them. All in order of the portal as far as they have the same key.
 *
 * @word: bit 0 is the lock, the rest the count of MEs, and LNET_BUCKET_MOVED.
 * Two that want the same bucket are rare and wait for a few instructions, so a
 * bit will do, and is let go of by a plain store.
 */
struct lnet_bucket {
	unsigned long word;		/* L to change but bit 0 */
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
	return READ_ONCE(b->word) >> 1;
}

static inline void lnet_bucket_set_count(struct lnet_bucket *b, unsigned long n)
{
	lockdep_assert_held(&lnet_bucket_class);
	WRITE_ONCE(b->word, n << 1 | 1);
}

enum { LNET_TABLE_CHUNK_BITS = 10 };

/*
 * I: all but next. In chunks, so that making a large one never takes a CPU for
 * long.
 */
struct lnet_table {
	u32 mask;
	struct lnet_table __rcu *next;	/* the resizer writes it; RCU to read */
	struct lnet_bucket *chunk[];
};

/* Of a hash, or the one with an index. */
static inline struct lnet_bucket *lnet_table_bucket(const struct lnet_table *t,
						    u32 hash)
{
	u32 i = hash & t->mask;

	return &t->chunk[i >> LNET_TABLE_CHUNK_BITS]
			[i & ((1 << LNET_TABLE_CHUNK_BITS) - 1)];
}

struct lnet_hash_info {
	u64 buckets;
	u64 longest;
};

void lnet_hash_init(struct lnet_portal *pt);
int lnet_hash_prepare(struct lnet_portal *pt);
void lnet_hash_destroy(struct lnet_portal *pt);
bool lnet_hash_empty(struct lnet_portal *pt, u32 hash);
void lnet_hash_kick(struct lnet_portal *pt);
void lnet_hash_info(struct lnet_portal *pt, struct lnet_hash_info *info);

struct lnet_bucket *lnet_hash_lock_moved(struct lnet_table *t, u32 hash);
bool lnet_hash_insert_slowly(struct lnet_portal *pt, struct lnet_bucket *b,
			     struct lnet_me *me);
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

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (likely(t)) {
		b = lnet_table_bucket(t, hash);
		lnet_bucket_lock(b, 0);
		if (unlikely(lnet_bucket_count(b) & LNET_BUCKET_MOVED)) {
			lnet_bucket_unlock(b);
			b = lnet_hash_lock_moved(rcu_dereference(t->next), hash);
		}
	}
	rcu_read_unlock();	/* the lock keeps preemption off: resize() */
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
		prefetchw(lnet_table_bucket(t, hash));
	rcu_read_unlock();
}

/**
 * lnet_hash_insert() - put an ME into its bucket
 * @pt: its portal
 * @b: its bucket, locked
 * @me: the ME; it comes behind those of its key that have an earlier order
 *
 * Return: true if the bucket is crowded: call lnet_hash_kick() once it is
 * unlocked.
 */
static inline bool lnet_hash_insert(struct lnet_portal *pt,
				    struct lnet_bucket *b, struct lnet_me *me)
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
	return false;
}

/**
 * lnet_hash_remove() - take an ME out of its bucket
 * @b: its bucket, locked
 * @me: the ME
 */
static inline void lnet_hash_remove(struct lnet_bucket *b, struct lnet_me *me)
{
	unsigned long i, n = lnet_bucket_count(b);

	/* One that is being moved has LNET_BUCKET_MOVED, and is not small. */
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
		for (i = 0; i < n; i++)
			if (b->hash[i] == hash)
				return b->me[i];
		return NULL;
	}
	return lnet_hash_next_slowly(b, hash, me);
}

#endif /* _LNET_ME_HASH_H */
