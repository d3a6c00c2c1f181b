/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash table of MEs that ignore no bits. See me_table.c and me_hash.c. The operations
 * that each message does on a bucket that is not crowded are inline.
 */
#ifndef _LNET_ME_HASH_H
#define _LNET_ME_HASH_H

#include <linux/atomic.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/prefetch.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "event/portal.h"
#include "hooks/watch.h"
#include "hooks/window.h"

enum { LNET_BUCKET_INLINE = 4 };

/*
 * The state of a bucket, from the lowest bit up:
 *
 *	live:1  level:5  nodes:26
 *
 * live		the bucket is in use; if not, its MEs are in the one it is split from
 * level	the number of low bits of a hash that must equal those of the bucket's index
 * nodes	the number of nodes, in the bucket and in its chain
 */
#define LNET_BUCKET_LIVE	1U
#define LNET_BUCKET_LEVEL	0x3eU
#define LNET_BUCKET_NODE	0x40U

enum {
	LNET_BUCKET_LEVEL_SHIFT	= 1,
	LNET_BUCKET_NODES_SHIFT	= 6,
};

/*
 * A bucket is one cache line, so finding or adding an entry costs one.
 *
 * The entries are nodes. A node is the first of all MEs that are equal in their key and in
 * the operations that their MDs are for. The others are in a tree behind it (me->later), so
 * for a search for another key all of them are one pointer. The first few nodes stand in the
 * bucket, with their hashes; the others are chained, in no order.
 *
 * CPUs rarely want the same bucket, unless many send to one persistent ME, and they wait for
 * a few instructions only. So the lock need not be fair. It must have four bytes in
 * every configuration, and its release must be a plain store also on User Mode Linux, where
 * smp_store_release() is a full fence (compat.h). A spinlock grows with lock debugging.
 *
 * L: guarded by @locked
 */
struct lnet_bucket {
	u32 locked;			/* the lock L */
	u32 state;			/* L: */
	u32 hash[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *me[LNET_BUCKET_INLINE];	/* L: */
	struct lnet_me *more;		/* L: the chain of further nodes */
} ____cacheline_aligned_in_smp;

static_assert(sizeof(struct lnet_bucket) <= 64 || SMP_CACHE_BYTES > 64);

/* The lockdep class of the locks of all buckets; a bucket has no room for a map. */
struct lnet_bucket_class {
	struct lockdep_map dep_map;
};

extern struct lnet_bucket_class lnet_bucket_class;

static __always_inline void lnet_me_bucket_lock(struct lnet_bucket *b,
						unsigned int subclass)
{
	preempt_disable();
	lock_acquire(&lnet_bucket_class.dep_map, subclass, 0, 0, 1, NULL,
		     _THIS_IP_);
	while (unlikely(xchg_acquire(&b->locked, 1)))
		while (READ_ONCE(b->locked))
			cpu_relax();
}

static __always_inline void lnet_me_bucket_unlock(struct lnet_bucket *b)
{
	lock_release(&lnet_bucket_class.dep_map, _THIS_IP_);
	/* Pairs with xchg_acquire() in lnet_me_bucket_lock(). */
	lnet_smp_store_release(&b->locked, 0);
	preempt_enable();
}

static inline unsigned int lnet_me_bucket_nodes(const struct lnet_bucket *b)
{
	lockdep_assert_held(&lnet_bucket_class);
	return b->state >> LNET_BUCKET_NODES_SHIFT;
}

/* The number of nodes in the bucket itself, without its chain. */
static inline unsigned int lnet_me_bucket_inline(const struct lnet_bucket *b)
{
	return min_t(unsigned int, lnet_me_bucket_nodes(b), LNET_BUCKET_INLINE);
}

/* Does @hash belong in @b, the bucket at @index? The bucket is locked. */
static inline bool lnet_me_bucket_has(const struct lnet_bucket *b, u32 index,
				      u32 hash)
{
	u32 level = (b->state & LNET_BUCKET_LEVEL) >> LNET_BUCKET_LEVEL_SHIFT;

	return (b->state & LNET_BUCKET_LIVE) &&
	       !((index ^ hash) & ((1U << level) - 1));
}

enum { LNET_CHUNK_BITS = 8 };		/* a chunk has 2^8 buckets */

/*
 * R: changed by the holder of pt->resizing; a hint for others: the bucket itself decides
 * I: immutable
 */
struct lnet_table {
	u32 buckets;			/* R: in use, from index 0 on */
	u32 mask;			/* R: the least 2^n >= @buckets, minus 1 */
	u32 room;			/* I: entries of @chunk */
	struct rcu_head rcu;
	struct lnet_bucket *chunk[];	/* R: or NULL; RCU to read */
};

/* The index of the bucket in which MEs of @hash probably are. */
static inline u32 lnet_me_table_index(const struct lnet_table *t, u32 hash)
{
	u32 mask = READ_ONCE(t->mask);
	u32 i = hash & mask;

	if (i < READ_ONCE(t->buckets))
		return i;
	return i & (mask >> 1);
}

/*
 * The bucket at @index. NULL if its chunk is gone, or not yet in this copy of the table. RCU
 * read section, or the holder of pt->resizing.
 */
static inline struct lnet_bucket *lnet_me_table_bucket(const struct lnet_table *t,
						       u32 index)
{
	struct lnet_bucket *chunk;

	if (unlikely(index >> LNET_CHUNK_BITS >= t->room))
		return NULL;
	/* A chunk that is found is complete: pairs with table_add_chunk(). */
	chunk = READ_ONCE(t->chunk[index >> LNET_CHUNK_BITS]);
	if (unlikely(!chunk))
		return NULL;
	return &chunk[index & ((1 << LNET_CHUNK_BITS) - 1)];
}

#ifdef LNET_KUNIT
/* Sizes that a test forces on a portal's table; 0: default. W: changed under pt->resizing */
struct lnet_hash_sizes {
	u32 buckets_min;
	u32 step;			/* buckets added or removed at once */
	unsigned int look_ms;		/* interval between looks whether to shrink */
	u64 grown;			/* W: steps so far */
	u64 shrunk;			/* W: steps so far */
};

int lnet_me_table_force(unsigned int portal, const struct lnet_hash_sizes *sizes);
struct lnet_hash_sizes lnet_me_table_forced(unsigned int portal);
#endif

/* A key to look up for a message. Its NID, PID or both may be wildcards. */
struct lnet_key {
	u64 bits;
	lnet_nid_t nid;
	lnet_pid_t pid;
	u32 hash;
};

static inline struct lnet_key lnet_me_key(lnet_nid_t nid, lnet_pid_t pid, u64 bits)
{
	return (struct lnet_key){ .bits = bits, .nid = nid, .pid = pid,
				  .hash = lnet_me_hash(nid, pid, bits) };
}

static inline bool lnet_me_has_key(const struct lnet_me *me,
				   const struct lnet_key *key)
{
	return me->match_bits == key->bits && me->nid == key->nid &&
	       me->pid == key->pid;
}

/* me_table.c */
void lnet_me_table_init(struct lnet_portal *pt);
int lnet_me_table_prepare(struct lnet_portal *pt);
void lnet_me_table_destroy(struct lnet_portal *pt);
void lnet_me_table_grow(struct lnet_portal *pt, unsigned int nodes);
u32 lnet_me_table_buckets(struct lnet_portal *pt);
struct lnet_bucket *lnet_me_hash_lock_slow(struct lnet_portal *pt, u32 hash);

/* me_hash.c */
void lnet_me_bucket_move(struct lnet_bucket *from, struct lnet_bucket *to,
			 unsigned int bit);
unsigned int lnet_me_hash_insert_slow(struct lnet_portal *pt,
				      struct lnet_bucket *b, struct lnet_me *me);
void lnet_me_hash_remove_slow(struct lnet_bucket *b, struct lnet_me *me);
struct lnet_me *lnet_me_hash_find_chained(struct lnet_bucket *b,
					  const struct lnet_key *key,
					  unsigned int op, struct lnet_me *first);

/* Does the portal have a table? Once it has one it keeps one. */
static inline bool lnet_me_hash_ready(struct lnet_portal *pt)
{
	return rcu_access_pointer(pt->table);
}

/**
 * lnet_me_hash_lock() - lock the bucket of a hash
 * @pt: the portal whose table is looked up
 * @hash: the hash of the key to look up
 *
 * Context: any; returns with the bucket locked, if there is one.
 * Return: the bucket, or NULL if the portal has no table.
 */
static __always_inline struct lnet_bucket *
lnet_me_hash_lock(struct lnet_portal *pt, u32 hash)
{
	struct lnet_bucket *b = NULL;
	struct lnet_table *t;
	u32 i;

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (likely(t)) {
		i = lnet_me_table_index(t, hash);
		b = lnet_me_table_bucket(t, i);
		lnet_window(LNET_WINDOW_TABLE_LOOK);
		if (likely(b)) {
			lnet_me_bucket_lock(b, 0);
			if (likely(lnet_me_bucket_has(b, i, hash)))
				goto out;
			lnet_me_bucket_unlock(b);
		}
		b = lnet_me_hash_lock_slow(pt, hash);
	}
out:
	rcu_read_unlock();	/* preemption is off under the lock, which keeps the bucket */
	return b;
}

/**
 * lnet_me_hash_prefetch() - prefetch the bucket of a hash
 * @pt: the portal whose table is looked up
 * @hash: the hash of the key that will be looked up
 *
 * Context: any.
 */
static inline void lnet_me_hash_prefetch(struct lnet_portal *pt, u32 hash)
{
	struct lnet_table *t;

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (likely(t))
		prefetchw(lnet_me_table_bucket(t, lnet_me_table_index(t, hash)));
	rcu_read_unlock();
}

/**
 * lnet_me_hash_insert() - put an ME into its bucket
 * @pt: the portal of the ME
 * @b: the bucket of the ME, locked
 * @me: the ME, with its @ops set; its order gives its place among its equals
 *
 * Context: the bucket is locked, and the portal if the ME is ordered.
 * Return: 0, or the number of nodes if the bucket is crowded: the caller passes it to
 * lnet_me_table_grow() after it has unlocked the bucket.
 */
static inline unsigned int lnet_me_hash_insert(struct lnet_portal *pt,
					       struct lnet_bucket *b,
					       struct lnet_me *me)
{
	unsigned int i, n = lnet_me_bucket_nodes(b);

	if (unlikely(n >= LNET_BUCKET_INLINE ||
		     n >= READ_ONCE(pt->hash_longest)))
		return lnet_me_hash_insert_slow(pt, b, me);
	for (i = 0; i < n; i++)
		if (unlikely(b->hash[i] == me->hash))
			return lnet_me_hash_insert_slow(pt, b, me);

	b->hash[n] = me->hash;
	b->me[n] = me;
	b->state += LNET_BUCKET_NODE;
	me->later = RB_ROOT;
	me->hashed = true;
	return 0;
}

/* Remove node @i of the bucket itself, and fill the gap from the chain or by the last node. */
static inline void lnet_me_bucket_take(struct lnet_bucket *b, unsigned int i)
{
	struct lnet_me *me = b->more;
	unsigned int last = lnet_me_bucket_nodes(b) - 1;

	b->state -= LNET_BUCKET_NODE;
	if (unlikely(me)) {
		b->more = me->next;
		b->hash[i] = me->hash;
		b->me[i] = me;
	} else {
		b->hash[i] = b->hash[last];
		b->me[i] = b->me[last];
	}
}

/**
 * lnet_me_hash_remove() - take an ME out of its bucket
 * @b: the bucket of the ME, locked
 * @me: the ME, which is in that bucket
 *
 * Context: the bucket is locked, and the portal if the ME is ordered.
 */
static inline void lnet_me_hash_remove(struct lnet_bucket *b, struct lnet_me *me)
{
	unsigned int i, n = lnet_me_bucket_inline(b);

	for (i = 0; i < n && b->me[i] != me; i++)
		;
	if (unlikely(i == n || !RB_EMPTY_ROOT(&me->later))) {
		lnet_me_hash_remove_slow(b, me);
		return;
	}
	lnet_me_bucket_take(b, i);
	me->hashed = false;
}

/**
 * lnet_me_hash_find() - find the first ME of a bucket that wants a message
 * @b: the bucket of the key, which is locked
 * @key: the key of the message
 * @op: LNET_MD_OP_PUT or LNET_MD_OP_GET, the operation of the message
 *
 * Context: the bucket is locked.
 * Return: the ME, which has an active MD; or NULL.
 */
static __always_inline struct lnet_me *
lnet_me_hash_find(struct lnet_bucket *b, const struct lnet_key *key,
		  unsigned int op)
{
	unsigned int i, n = lnet_me_bucket_inline(b);
	struct lnet_me *first = NULL;

	lnet_watch_compare(n);
	for (i = 0; i < n; i++)
		if (b->hash[i] == key->hash && (b->me[i]->ops & op) &&
		    lnet_me_has_key(b->me[i], key))
			first = lnet_me_first(first, b->me[i]);
	if (unlikely(b->more))
		first = lnet_me_hash_find_chained(b, key, op, first);
	return first;
}

#endif /* _LNET_ME_HASH_H */
