// SPDX-License-Identifier: GPL-2.0
/*
 * The hash table of a portal for MEs that ignore no bits. It grows and shrinks while it is
 * in use.
 *
 * A bucket is one cache line and has its own lock, so posting, finding or removing an ME
 * costs one line and one lock, however many MEs there are. No line is written by all CPUs
 * each time: even the number of MEs is a per-CPU count. The counts are summed only when a
 * bucket has become crowded, and by the work item below.
 *
 * It is a linear hash table (Litwin, 1980). While it has b buckets, 2^n <= b < 2^(n+1), it
 * grows by splitting bucket b - 2^n into itself and a new bucket b, one b after the other.
 * The thread whose ME made a bucket crowded does this for STEP buckets. So the table grows
 * at the rate at which MEs are posted, is never moved as a whole, and waits for no other
 * thread to be scheduled. A split moves nodes, one for each key (me_hash.c).
 *
 *	  0 .. 2^n - 1                       2^n ..   buckets
 *	[split, split, ... | not yet split ][ the other halves ]
 *
 * The bucket itself, under its lock, decides whether MEs of a hash are in it: its level is
 * the number of low bits of the hash that must equal those of its index. table->buckets and
 * table->mask only say where to look first. From a wrong bucket the lookup goes on:
 *
 *	bucket_split(p, q)			lnet_me_hash_lock(hash)
 *	  lock p, lock q			  lock the bucket it should be in
 *	  raise level of p; move MEs to q	  level's bits differ: index by these
 *	  q: live, same level			  not live: the one it is split from
 *	  unlock q, unlock p			  else it is there
 *
 * All MEs of one key move at once, so they are in one bucket at any time. A bucket and its
 * state are read only under its lock.
 *
 * Shrinking is the reverse, from the last bucket down. A work item does it, which looks from
 * time to time whether the table is too large. It also grows the table where that failed for
 * lack of memory. No thread waits for it. A chunk of buckets that is no longer used is freed
 * after a grace period. A reader that still sees the chunk finds no live bucket in it.
 *
 * pt->resizing is held for one step of growing or shrinking. A thread that finds it taken
 * when it wants to grow the table goes on: another thread resizes it already.
 */
#include "compat.h"
#include "event/api.h"
#include "event/cpu.h"
#include "event/me_hash.h"
#include "event/stat.h"
#include "event/work.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

enum {
	CHUNK		= 1 << LNET_CHUNK_BITS,	/* buckets */
	BUCKETS_MIN	= CHUNK,
	BUCKETS_MAX	= 1 << 24,
	ROOM_MIN	= 4,		/* chunks */
	STEP		= 64,		/* buckets; divides CHUNK */
	NODES_GROW	= 5,		/* nodes in one bucket that make the table grow */
	NODES_MANY	= 16,		/* nodes in one bucket that are no coincidence */
	LOAD_MIN	= 8,		/* buckets per key that make the table shrink */
	LOOK_MS		= 2000,		/* interval between looks of the work item */
	FREE_BATCH	= 64,		/* chunks freed after one grace period */
	PAUSE_US	= 50,
};

/* Sizes -------------------------------------------------------------------- */

#ifdef LNET_KUNIT
static struct lnet_hash_sizes forced[LNET_MAX_PORTALS];

/**
 * lnet_me_table_force() - keep a portal's table small and make it change often
 * @portal: index of the portal, which has no table yet
 * @sizes: the sizes, all of them powers of two; its counts are ignored
 *
 * Context: task; no other thread uses the portal.
 * Return: 0, also if the same sizes were forced before; -EBUSY if the portal has a table.
 */
int lnet_me_table_force(unsigned int portal, const struct lnet_hash_sizes *sizes)
{
	struct lnet_hash_sizes *f = &forced[portal];

	if (f->buckets_min == sizes->buckets_min && f->step == sizes->step &&
	    f->look_ms == sizes->look_ms)
		return 0;
	if (lnet_me_hash_ready(lnet_portal(portal)))
		return -EBUSY;
	*f = *sizes;
	f->grown = 0;
	f->shrunk = 0;
	return 0;
}
EXPORT_SYMBOL_GPL(lnet_me_table_force);

/**
 * lnet_me_table_forced() - get the forced sizes of a table and its steps
 * @portal: index of the portal, 0 to 63
 *
 * Context: task; no other thread uses the portal, or the counts may be out of date.
 * Return: the sizes, with the number of steps so far.
 */
struct lnet_hash_sizes lnet_me_table_forced(unsigned int portal)
{
	return forced[portal];
}
EXPORT_SYMBOL_GPL(lnet_me_table_forced);

static u32 table_buckets_min(const struct lnet_portal *pt)
{
	return forced[pt->index].buckets_min ?: BUCKETS_MIN;
}

static u32 table_step(const struct lnet_portal *pt)
{
	return forced[pt->index].step ?: STEP;
}

static unsigned int table_look_ms(const struct lnet_portal *pt)
{
	return forced[pt->index].look_ms ?: LOOK_MS;
}

/* pt->resizing is held. */
static void table_count_step(const struct lnet_portal *pt, bool grown)
{
	if (grown)
		forced[pt->index].grown++;
	else
		forced[pt->index].shrunk++;
}
#else
static u32 table_buckets_min(const struct lnet_portal *pt)
{
	return BUCKETS_MIN;
}

static u32 table_step(const struct lnet_portal *pt)
{
	return STEP;
}

static unsigned int table_look_ms(const struct lnet_portal *pt)
{
	return LOOK_MS;
}

static void table_count_step(const struct lnet_portal *pt, bool grown)
{
}
#endif

static struct lnet_table *portal_table(struct lnet_portal *pt)
{
	/* Only the holder of pt->resizing replaces the table: the caller, or no thread. */
	return rcu_dereference_protected(pt->table, 1);
}

/* The number of buckets at this moment, for callers that do not hold pt->resizing. */
static u32 portal_buckets(struct lnet_portal *pt)
{
	u32 n;

	rcu_read_lock();
	n = READ_ONCE(rcu_dereference(pt->table)->buckets);
	rcu_read_unlock();
	return n;
}

static bool resize_begin(struct lnet_portal *pt)
{
	return !READ_ONCE(pt->resizing) &&
	       !test_and_set_bit_lock(0, &pt->resizing);
}

static void resize_end(struct lnet_portal *pt)
{
	clear_bit_unlock(0, &pt->resizing);
}

/*
 * The work item shares its CPU with threads that send. If the scheduler changes tasks only at
 * a tick, they would wait that long for it. So it sleeps after each step.
 */
static void resize_give_way(void)
{
	usleep_range(PAUSE_US, 2 * PAUSE_US);
}

/* Buckets ------------------------------------------------------------------ */

static void bucket_set_level(struct lnet_bucket *b, unsigned int level)
{
	b->state = (b->state & ~LNET_BUCKET_LEVEL) | LNET_BUCKET_LIVE |
		   level << LNET_BUCKET_LEVEL_SHIFT;
}

static void bucket_split(struct lnet_table *t, u32 p, u32 q, unsigned int level)
{
	struct lnet_bucket *from = lnet_me_table_bucket(t, p);
	struct lnet_bucket *to = lnet_me_table_bucket(t, q);

	lnet_me_bucket_lock(from, 0);
	lnet_me_bucket_lock(to, SINGLE_DEPTH_NESTING);
	bucket_set_level(from, level + 1);
	lnet_window(LNET_WINDOW_TABLE_SPLIT);
	lnet_me_bucket_move(from, to, level);
	bucket_set_level(to, level + 1);
	lnet_me_bucket_unlock(to);
	lnet_me_bucket_unlock(from);
}

static void bucket_merge(struct lnet_table *t, u32 p, u32 q, unsigned int level)
{
	struct lnet_bucket *to = lnet_me_table_bucket(t, p);
	struct lnet_bucket *from = lnet_me_table_bucket(t, q);

	lnet_me_bucket_lock(to, 0);
	lnet_me_bucket_lock(from, SINGLE_DEPTH_NESTING);
	/* Bit @level tells the hashes of both buckets apart: all of @from have it set. */
	lnet_me_bucket_move(from, to, level);
	lnet_window(LNET_WINDOW_TABLE_MERGED);
	bucket_set_level(to, level);
	from->state = 0;		/* not live, empty */
	lnet_me_bucket_unlock(from);
	lnet_me_bucket_unlock(to);
}

/**
 * lnet_me_hash_lock_slow() - lock the bucket of a hash that is not where it was looked for
 * @pt: the portal, which has a table
 * @hash: the hash of the key to look up
 *
 * Context: RCU read section; returns with the bucket locked.
 * Return: the bucket.
 */
struct lnet_bucket *lnet_me_hash_lock_slow(struct lnet_portal *pt, u32 hash)
{
	struct lnet_table *t = rcu_dereference(pt->table);
	u32 i = lnet_me_table_index(t, hash), level;
	struct lnet_bucket *b;

	for (;;) {
		level = 0;
		b = lnet_me_table_bucket(t, i);
		if (b) {
			lnet_me_bucket_lock(b, 0);
			if (lnet_me_bucket_has(b, i, hash))
				return b;
			level = (b->state & LNET_BUCKET_LEVEL) >>
				LNET_BUCKET_LEVEL_SHIFT;
			lnet_me_bucket_unlock(b);
		}
		/* A wrong bucket: go by the bits of its level; not live: where it is split from. */
		if (level)
			i = hash & ((1U << level) - 1);
		else
			i &= ~(1U << ilog2(i));
		lnet_window(LNET_WINDOW_TABLE_ASTRAY);
		t = rcu_dereference(pt->table);
	}
}

/* The table ---------------------------------------------------------------- */

static struct lnet_bucket *bucket_chunk_alloc(void)
{
	/* Not vmalloc memory: it may have to be freed in a handler, where vfree() must not run. */
	return lnet_alloc(kcalloc(CHUNK, sizeof(struct lnet_bucket),
				  lnet_api_gfp()));
}

static struct lnet_table *table_alloc(u32 room)
{
	struct lnet_table *t;

	t = lnet_alloc(kvzalloc(struct_size(t, chunk, room), lnet_api_gfp()));
	if (t)
		t->room = room;
	return t;
}

static void table_free(struct lnet_table *t)
{
	u32 i;

	for (i = 0; i < t->room; i++)
		kfree(t->chunk[i]);
	kvfree(t);
}

static void table_set_buckets(struct lnet_table *t, u32 buckets)
{
	WRITE_ONCE(t->mask, roundup_pow_of_two(buckets) - 1);
	WRITE_ONCE(t->buckets, buckets);
}

/* Allocate the first table of a portal. */
static struct lnet_table *table_new(const struct lnet_portal *pt)
{
	struct lnet_table *t = table_alloc(ROOM_MIN);
	u32 i;

	if (!t)
		return NULL;
	t->chunk[0] = bucket_chunk_alloc();
	if (!t->chunk[0]) {
		table_free(t);
		return NULL;
	}
	for (i = 0; i < table_buckets_min(pt); i++)
		bucket_set_level(&t->chunk[0][i], ilog2(table_buckets_min(pt)));
	table_set_buckets(t, table_buckets_min(pt));
	return t;
}

/**
 * lnet_me_table_prepare() - make sure that a portal has a table
 * @pt: the portal that needs a table
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_me_table_prepare(struct lnet_portal *pt)
{
	struct lnet_table *t;

	if (likely(rcu_access_pointer(pt->table)))
		return 0;

	t = table_new(pt);
	if (!t)
		return -ENOMEM;

	spin_lock(&pt->lock);
	if (!rcu_access_pointer(pt->table)) {
		rcu_assign_pointer(pt->table, t);
		t = NULL;
	}
	spin_unlock(&pt->lock);
	if (t)
		table_free(t);
	return 0;
}

/*
 * The number of keys that are in buckets, or will be there. The CPUs go on counting meanwhile,
 * so the sum is not that of one moment.
 */
static u32 portal_posted(struct lnet_portal *pt)
{
	s64 sum, equals;

	lnet_stats_sum((u64 *)&sum, &lnet_cpus->stats.portal[pt->index].unique_posted,
		       1);
	lnet_stats_sum((u64 *)&equals, &lnet_cpus->equals[pt->index], 1);
	/* All MEs, but those in the list, and those behind another ME of their key. */
	sum += (s64)READ_ONCE(pt->wildcards) - READ_ONCE(pt->listed) - equals;
	return clamp_t(s64, sum, 0, U32_MAX);
}

/* Growing ------------------------------------------------------------------ */

/* Replace the table by a copy with room for twice as many chunks; NULL: no memory. */
static struct lnet_table *table_add_room(struct lnet_portal *pt)
{
	struct lnet_table *t = portal_table(pt), *more = table_alloc(t->room * 2);

	if (!more)
		return NULL;
	memcpy(more->chunk, t->chunk, t->room * sizeof(t->chunk[0]));
	table_set_buckets(more, t->buckets);
	rcu_assign_pointer(pt->table, more);
	kvfree_rcu(t, rcu);
	return more;
}

static bool table_add_chunk(struct lnet_table *t)
{
	struct lnet_bucket *chunk = bucket_chunk_alloc();

	if (!chunk)
		return false;
	lnet_smp_wmb();	/* blank chunk; pairs with the dependency in lnet_me_table_bucket() */
	WRITE_ONCE(t->chunk[t->buckets >> LNET_CHUNK_BITS], chunk);
	return true;
}

/* Add one step of buckets. Return 0 or -ENOMEM. pt->resizing is held. */
static int table_grow_step(struct lnet_portal *pt)
{
	struct lnet_table *t = portal_table(pt);
	u32 n = t->buckets, i;
	unsigned int level = ilog2(n);

	if (n == t->room << LNET_CHUNK_BITS)
		t = table_add_room(pt);
	if (!t || (!t->chunk[n >> LNET_CHUNK_BITS] && !table_add_chunk(t)))
		return -ENOMEM;

	for (i = n; i < n + table_step(pt); i++)
		bucket_split(t, i - (1U << level), i, level);
	lnet_window(LNET_WINDOW_TABLE_GROWN);
	table_set_buckets(t, n + table_step(pt));
	table_count_step(pt, true);
	return 0;
}

static void table_set_grow_at(struct lnet_portal *pt, unsigned int nodes)
{
	if (pt->grow_at != nodes)
		WRITE_ONCE(pt->grow_at, nodes);
}

/* pt->resizing is held. */
static bool table_is_small(struct lnet_portal *pt)
{
	u32 n = portal_table(pt)->buckets;

	return n < BUCKETS_MAX && portal_posted(pt) > n;
}

/* Return whether the table has grown. pt->resizing is held. */
static bool table_grow(struct lnet_portal *pt)
{
	if (table_grow_step(pt)) {
		lnet_count(pt->resize_failures, 1);
		return false;
	}
	lnet_count(pt->resizes, 1);
	table_set_grow_at(pt, NODES_GROW);
	return true;
}

/**
 * lnet_me_table_grow() - grow the table of a portal, one of whose buckets is crowded
 * @pt: the portal whose table grows
 * @nodes: the number of nodes in that bucket
 *
 * Adds STEP buckets if there are more keys than buckets.
 *
 * Context: task, without a bucket's lock; may sleep, except in a handler.
 */
void lnet_me_table_grow(struct lnet_portal *pt, unsigned int nodes)
{
	if (!resize_begin(pt))
		return;
	lnet_window(LNET_WINDOW_TABLE_CROWDED);
	/*
	 * Do not ask in vain again and again. Until the work item resets the bound, ask
	 * only at more nodes than NODES_GROW, if so many may be chance; or at twice as many
	 * as now, if they are too many for chance or there was no memory.
	 */
	if (table_is_small(pt)) {
		if (!table_grow(pt))
			table_set_grow_at(pt, nodes * 2);
	} else if (nodes < NODES_MANY) {
		table_set_grow_at(pt, max(pt->grow_at, NODES_GROW + 1U));
	} else {
		table_set_grow_at(pt, nodes * 2);
	}
	resize_end(pt);
	if (!delayed_work_pending(&pt->resize))
		queue_delayed_work(lnet_wq, &pt->resize,
				   msecs_to_jiffies(table_look_ms(pt)));
}

/* Shrinking ---------------------------------------------------------------- */

/*
 * Remove one step of buckets. Return a chunk that is no longer used, which the caller frees;
 * or NULL. pt->resizing is held.
 */
static struct lnet_bucket *table_shrink_step(struct lnet_portal *pt)
{
	struct lnet_table *t = portal_table(pt);
	u32 n = t->buckets - table_step(pt), i;
	unsigned int level = ilog2(n);
	struct lnet_bucket *chunk;

	table_set_buckets(t, n);
	lnet_window(LNET_WINDOW_TABLE_SHRUNK);
	for (i = n; i < n + table_step(pt); i++)
		bucket_merge(t, i - (1U << level), i, level);
	table_count_step(pt, false);
	lnet_count(pt->resizes, 1);
	if (n % CHUNK)
		return NULL;
	chunk = t->chunk[n >> LNET_CHUNK_BITS];
	WRITE_ONCE(t->chunk[n >> LNET_CHUNK_BITS], NULL);
	return chunk;
}

static bool table_is_large(struct lnet_portal *pt)
{
	u32 n = portal_buckets(pt);

	return n > table_buckets_min(pt) && (u64)portal_posted(pt) * LOAD_MIN < n &&
	       !READ_ONCE(pt->leaving);
}

static void bucket_chunks_free(struct lnet_bucket **chunks, unsigned int n)
{
	/* Readers may still look at the chunks, or be about to lock a bucket in one. */
	synchronize_rcu();
	while (n--)
		kfree(chunks[n]);
}

static void table_shrink(struct lnet_portal *pt)
{
	struct lnet_bucket *unused[FREE_BATCH];
	unsigned int nr = 0;

	while (table_is_large(pt)) {
		if (resize_begin(pt)) {
			unused[nr] = table_shrink_step(pt);
			resize_end(pt);
			if (unused[nr])
				nr++;
		}
		if (nr == FREE_BATCH) {
			bucket_chunks_free(unused, nr);
			nr = 0;
		}
		resize_give_way();
	}
	if (nr)
		bucket_chunks_free(unused, nr);
}

/* Grow as much as posting threads had no memory for: in a handler they cannot wait for it. */
static void table_catch_up(struct lnet_portal *pt)
{
	bool more = true;

	while (more && !READ_ONCE(pt->leaving)) {
		if (resize_begin(pt)) {
			more = table_is_small(pt) && table_grow(pt);
			resize_end(pt);
		}
		resize_give_way();
	}
}

static void resize_work(struct work_struct *work)
{
	struct lnet_portal *pt = container_of(to_delayed_work(work),
					      struct lnet_portal, resize);

	while (!resize_begin(pt))
		resize_give_way();
	table_set_grow_at(pt, NODES_GROW);
	resize_end(pt);
	table_catch_up(pt);
	table_shrink(pt);
	if (portal_buckets(pt) > table_buckets_min(pt))
		queue_delayed_work(lnet_wq, &pt->resize,
				   msecs_to_jiffies(table_look_ms(pt)));
}

/* Life --------------------------------------------------------------------- */

/**
 * lnet_me_table_init() - prepare a portal for MEs that ignore no bits
 * @pt: the portal, which has no table yet
 *
 * Context: while the module loads.
 */
void lnet_me_table_init(struct lnet_portal *pt)
{
	pt->grow_at = NODES_GROW;
	INIT_DELAYED_WORK(&pt->resize, resize_work);
}

/**
 * lnet_me_table_destroy() - free the table of a portal that has no ME
 * @pt: the portal; no thread matches in it
 *
 * Context: task; may sleep.
 */
void lnet_me_table_destroy(struct lnet_portal *pt)
{
	struct lnet_table *t;

	WRITE_ONCE(pt->leaving, true);
	cancel_delayed_work_sync(&pt->resize);
	t = portal_table(pt);
	RCU_INIT_POINTER(pt->table, NULL);
	if (t)
		table_free(t);
}

/**
 * lnet_me_table_buckets() - get the size of a portal's table, for sysfs
 * @pt: the portal whose table is measured
 *
 * Context: any.
 * Return: the number of buckets; 0 if the portal has no table.
 */
u32 lnet_me_table_buckets(struct lnet_portal *pt)
{
	return lnet_me_hash_ready(pt) ? portal_buckets(pt) : 0;
}
