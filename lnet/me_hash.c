// SPDX-License-Identifier: GPL-2.0
/*
 * Unique MEs: a hash table per portal that is resized while it is used.
 *
 * A bucket is one cache line and has its own lock, so an ME is posted, found
 * and removed at the price of one line and one lock, however many there are,
 * and no line is written by all CPUs: even the number of MEs is a per-CPU
 * count, and what wakes the resizer is a bucket that has become crowded.
 *
 * Resizing: the resizer (a work item; nobody waits for it) makes a new table,
 * hangs it behind the old one, and moves one bucket after the other. A bucket
 * that has been moved says so, and who finds that out looks in the next table:
 *
 *	pt->table ──► old ── next ──► new
 *	              [moved] ······► [..]
 *	              [ ... ]         [..]
 *
 * Moving holds the old bucket's lock, and inside it the new bucket's. All MEs
 * of one key move at once, so a key is in one bucket at any time and its MEs
 * keep their order. When all are moved the new table takes the old one's
 * place, and the old one is freed after a grace period, in the work item.
 */
#include "me_hash.h"
#include "alloc.h"
#include "lnet.h"
#include "stat.h"

#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>

enum {
	BUCKETS_MIN	= 64,
	BUCKETS_MAX	= 1 << 24,
	CROWD		= 7,	/* MEs in one bucket that wake the resizer */
	LOAD_MAX	= 1,	/* MEs per bucket that make it grow */
	LOAD_MIN	= 8,	/* buckets per ME that make it shrink */
	SHRINK_MS	= 2000,	/* how often it looks by itself */
	CHUNK		= 1 << LNET_TABLE_CHUNK_BITS,	/* buckets */
	MOVE_STRIDE	= 256,	/* buckets moved at a time */
	FREE_STRIDE	= 4,	/* chunks freed at a time */
	STRIDE		= 256,	/* buckets read at a time */
	PAUSE_US	= 50,
};

struct lnet_bucket_class lnet_bucket_class = {
#ifdef CONFIG_LOCKDEP
	.dep_map = STATIC_LOCKDEP_MAP_INIT("lnet_bucket", &lnet_bucket_class),
#endif
};

/*
 * The resizer shares its CPU with threads that send. Where the scheduler changes
 * tasks at a tick it would keep them waiting for one, so after a little work it
 * sleeps.
 */
static void give_way(void)
{
	usleep_range(PAUSE_US, 2 * PAUSE_US);
}

static u32 chunks(u32 buckets)
{
	return DIV_ROUND_UP(buckets, CHUNK);
}

static void table_free(struct lnet_table *t)
{
	u32 i;

	for (i = 0; i < chunks(t->mask + 1); i++) {
		kvfree(t->chunk[i]);
		if (i % FREE_STRIDE == FREE_STRIDE - 1)
			give_way();
	}
	kvfree(t);
}

static struct lnet_table *table_alloc(u32 buckets, gfp_t gfp)
{
	struct lnet_table *t;
	u32 i;

	t = lnet_alloc(kvzalloc(struct_size(t, chunk, chunks(buckets)), gfp));
	if (!t)
		return NULL;

	t->mask = buckets - 1;
	for (i = 0; i < chunks(buckets); i++) {
		t->chunk[i] = lnet_alloc(kvcalloc(min_t(u32, buckets, CHUNK),
						  sizeof(*t->chunk[i]), gfp));
		if (!t->chunk[i]) {
			table_free(t);
			return NULL;
		}
		if (buckets > BUCKETS_MIN)
			give_way();
	}
	return t;
}

/**
 * lnet_hash_prepare() - see that a portal has a table
 * @pt: the portal
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_hash_prepare(struct lnet_portal *pt)
{
	struct lnet_table *t;

	if (likely(rcu_access_pointer(pt->table)))
		return 0;

	t = table_alloc(BUCKETS_MIN, lnet_gfp());
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

/**
 * lnet_hash_lock_moved() - lock a bucket that is not in the portal's table
 * @t: the next table
 * @hash: of what is looked for
 *
 * Context: RCU read section; returns with the bucket locked.
 * Return: the bucket.
 */
struct lnet_bucket *lnet_hash_lock_moved(struct lnet_table *t, u32 hash)
{
	struct lnet_bucket *b = NULL;

	for (; t; t = rcu_dereference(t->next)) {
		b = lnet_table_bucket(t, hash);
		lnet_bucket_lock(b, 0);
		if (likely(!(lnet_bucket_count(b) & LNET_BUCKET_MOVED)))
			break;
		lnet_bucket_unlock(b);
	}
	return b;
}

/**
 * lnet_hash_empty() - is there nothing in the bucket of a hash?
 * @pt: the portal
 * @hash: of what is looked for
 *
 * Context: any.
 * Return: true if there was nothing at one moment during the call.
 */
bool lnet_hash_empty(struct lnet_portal *pt, u32 hash)
{
	struct lnet_bucket *b;
	struct lnet_table *t;
	bool empty = true;

	rcu_read_lock();
	t = rcu_dereference(pt->table);
	if (t) {
		b = lnet_table_bucket(t, hash);
		/* One that is being moved, or was, has LNET_BUCKET_MOVED. */
		empty = !lnet_bucket_count(b);
	}
	rcu_read_unlock();
	return empty;
}

/* How many of a bucket's MEs stand in it. */
static unsigned int inline_mes(const struct lnet_bucket *b)
{
	return min_t(unsigned long, lnet_bucket_count(b) & ~LNET_BUCKET_MOVED,
		     LNET_BUCKET_INLINE);
}

/* The chain is a ring; b->more is its last ME, whose next is the first. */
static struct lnet_me *chain_first(const struct lnet_bucket *b)
{
	return b->more ? b->more->next : NULL;
}

static void chain_add(struct lnet_bucket *b, struct lnet_me *me, bool first)
{
	if (b->more) {
		me->next = b->more->next;
		b->more->next = me;
	} else {
		me->next = me;
	}
	if (!b->more || !first)
		b->more = me;
}

static void chain_remove(struct lnet_bucket *b, struct lnet_me *me)
{
	struct lnet_me *prev = b->more;

	while (prev->next != me) {
		prev = prev->next;
		if (WARN_ON_ONCE(prev == b->more))
			return;
	}
	prev->next = me->next;
	if (b->more == me)
		b->more = prev == me ? NULL : prev;
}

static void add_last(struct lnet_bucket *b, struct lnet_me *me)
{
	unsigned long n = lnet_bucket_count(b);

	if (n < LNET_BUCKET_INLINE) {
		b->hash[n] = me->hash;
		b->me[n] = me;
	} else {
		chain_add(b, me, false);
	}
	lnet_bucket_set_count(b, n + 1);
}

/* Before the ME at @index, which stands in the bucket itself. */
static void add_inline(struct lnet_bucket *b, unsigned int index,
		       struct lnet_me *me)
{
	const unsigned int last = LNET_BUCKET_INLINE - 1;
	unsigned long i, n = lnet_bucket_count(b);

	if (n > last)
		chain_add(b, b->me[last], true);
	for (i = min_t(unsigned long, n, last); i > index; i--) {
		b->hash[i] = b->hash[i - 1];
		b->me[i] = b->me[i - 1];
	}
	b->hash[index] = me->hash;
	b->me[index] = me;
	lnet_bucket_set_count(b, n + 1);
}

static bool earlier(const struct lnet_me *me, const struct lnet_me *other)
{
	return me->hash == other->hash &&
	       lnet_order_before(&me->order, &other->order);
}

/* Into the chain, before the first of its key that comes later, or last. */
static void add_chained(struct lnet_bucket *b, struct lnet_me *me)
{
	struct lnet_me *prev = b->more;

	lnet_bucket_set_count(b, lnet_bucket_count(b) + 1);
	/* Mostly the chain is of one key, and this the latest of it. */
	if (!prev || (prev->hash == me->hash && !earlier(me, prev))) {
		chain_add(b, me, false);
		return;
	}
	do {
		if (earlier(me, prev->next)) {
			me->next = prev->next;
			prev->next = me;
			return;
		}
		prev = prev->next;
	} while (prev != b->more);
	chain_add(b, me, false);
}

/**
 * lnet_hash_insert_slowly() - lnet_hash_insert() where there are others
 * @pt: as there
 * @b: as there
 * @me: as there
 *
 * Return: as there.
 */
bool lnet_hash_insert_slowly(struct lnet_portal *pt, struct lnet_bucket *b,
			     struct lnet_me *me)
{
	unsigned int i, n = inline_mes(b);

	for (i = 0; i < n; i++)
		if (unlikely(b->hash[i] == me->hash) && earlier(me, b->me[i]))
			break;

	if (likely(i < LNET_BUCKET_INLINE))
		add_inline(b, i, me);
	else
		add_chained(b, me);
	me->hashed = true;
	return unlikely(lnet_bucket_count(b) >= READ_ONCE(pt->grow_at));
}

/**
 * lnet_hash_remove_slowly() - lnet_hash_remove() where there are others
 * @b: as there
 * @me: as there
 */
void lnet_hash_remove_slowly(struct lnet_bucket *b, struct lnet_me *me)
{
	unsigned int i, n = inline_mes(b);

	lnet_bucket_set_count(b, lnet_bucket_count(b) - 1);
	for (i = 0; i < n && b->me[i] != me; i++)
		;
	if (i == n) {
		chain_remove(b, me);
		return;
	}
	for (; i + 1 < n; i++) {
		b->hash[i] = b->hash[i + 1];
		b->me[i] = b->me[i + 1];
	}
	me = chain_first(b);
	if (me) {
		chain_remove(b, me);
		b->hash[i] = me->hash;
		b->me[i] = me;
	}
}

/**
 * lnet_hash_next_slowly() - lnet_hash_next() beyond the first place
 * @b: as there
 * @hash: as there
 * @me: as there
 *
 * Return: as there.
 */
struct lnet_me *lnet_hash_next_slowly(struct lnet_bucket *b, u32 hash,
				      struct lnet_me *me)
{
	unsigned int i = 0, n = inline_mes(b);

	if (me) {
		while (i < n && b->me[i] != me)
			i++;
		if (i == n) {
			me = me == b->more ? NULL : me->next;
			goto chain;
		}
		i++;
	}
	for (; i < n; i++)
		if (b->hash[i] == hash)
			return b->me[i];
	me = chain_first(b);
chain:
	while (me && me->hash != hash)
		me = me == b->more ? NULL : me->next;
	return me;
}

/* The resizer ------------------------------------------------------------- */

static void move_bucket(struct lnet_bucket *b, struct lnet_table *to)
{
	struct lnet_bucket *nb;
	struct lnet_me *me;

	lnet_bucket_lock(b, 0);
	/* First, so that nobody finds it empty without the lock. */
	lnet_bucket_set_count(b, lnet_bucket_count(b) | LNET_BUCKET_MOVED);
	while (lnet_bucket_count(b) != LNET_BUCKET_MOVED) {
		me = b->me[0];
		nb = lnet_table_bucket(to, me->hash);
		lnet_hash_remove(b, me);
		lnet_bucket_lock(nb, SINGLE_DEPTH_NESTING);
		add_last(nb, me);
		lnet_bucket_unlock(nb);
	}
	lnet_bucket_unlock(b);
}

static int resize(struct lnet_portal *pt, struct lnet_table *old, u32 buckets)
{
	struct lnet_table *new;
	u32 i;

	new = table_alloc(buckets, GFP_KERNEL | __GFP_NOWARN);
	if (!new) {
		pt->resize_failures++;
		return -ENOMEM;
	}

	rcu_assign_pointer(old->next, new);
	for (i = 0; i <= old->mask; i++) {
		move_bucket(lnet_table_bucket(old, i), new);
		if (i % MOVE_STRIDE == MOVE_STRIDE - 1)
			give_way();
	}

	spin_lock(&pt->lock);
	rcu_assign_pointer(pt->table, new);
	spin_unlock(&pt->lock);
	/* Who still has a pointer to the old table, or a lock in it. */
	synchronize_rcu();
	table_free(old);
	pt->resizes++;
	return 0;
}

static u32 wanted(u64 mes, u32 buckets)
{
	u64 want = mes ? roundup_pow_of_two(mes) : 1;

	if (mes > (u64)buckets * LOAD_MAX)
		want = max_t(u64, want / LOAD_MAX, (u64)buckets * 2);
	else if (mes * LOAD_MIN >= buckets)
		return buckets;
	return clamp_t(u64, want, BUCKETS_MIN, BUCKETS_MAX);
}

static void resize_work(struct work_struct *work)
{
	struct lnet_portal *pt = container_of(to_delayed_work(work),
					      struct lnet_portal, resize);
	struct lnet_portal_stats stats;
	struct lnet_table *t;
	bool asked;
	u32 want;
	s64 mes;

	t = rcu_dereference_protected(pt->table, 1);	/* only we replace it */
	/* First: who asks from now on is heard by the next run. */
	asked = xchg(&pt->grow_asked, false);
	lnet_portal_stats_read(pt->index, &stats);
	/* Those that LNetMEInsert() has moved to the list are not here. */
	spin_lock(&pt->lock);
	mes = (s64)stats.unique_posted - (pt->listed - pt->wildcards);
	spin_unlock(&pt->lock);
	mes = max_t(s64, mes, 0);
	want = wanted(mes, t->mask + 1);

	if (want != t->mask + 1 && !resize(pt, t, want)) {
		WRITE_ONCE(pt->grow_at, CROWD);
		t = rcu_dereference_protected(pt->table, 1);
	} else {
		/*
		 * Asked in vain: many of one key, for which a larger table
		 * does nothing, or no memory. Until the timer next looks, ask
		 * again only when things are twice as bad.
		 */
		WRITE_ONCE(pt->grow_at, asked ? pt->grow_at * 2 : CROWD);
	}
	if (t->mask + 1 > BUCKETS_MIN || pt->grow_at > CROWD)
		queue_delayed_work(lnet_wq, &pt->resize,
				   msecs_to_jiffies(SHRINK_MS));
}

/**
 * lnet_hash_kick() - wake the resizer
 * @pt: the portal that has a crowded bucket
 *
 * Context: any, without a bucket's lock.
 */
void lnet_hash_kick(struct lnet_portal *pt)
{
	if (READ_ONCE(pt->grow_asked))
		return;
	WRITE_ONCE(pt->grow_asked, true);
	mod_delayed_work(lnet_wq, &pt->resize, 0);
}

/**
 * lnet_hash_init() - make a portal ready for unique MEs
 * @pt: the portal
 */
void lnet_hash_init(struct lnet_portal *pt)
{
	pt->grow_at = CROWD;
	INIT_DELAYED_WORK(&pt->resize, resize_work);
}

/**
 * lnet_hash_destroy() - free the table of a portal that has no unique ME
 * @pt: the portal; nobody matches in it
 *
 * Context: task; may sleep.
 */
void lnet_hash_destroy(struct lnet_portal *pt)
{
	struct lnet_table *t;

	cancel_delayed_work_sync(&pt->resize);
	t = rcu_dereference_protected(pt->table, 1);
	RCU_INIT_POINTER(pt->table, NULL);
	if (t)
		table_free(t);
}

/**
 * lnet_hash_info() - size and longest bucket, for sysfs
 * @pt: the portal
 * @info: to fill; of no single moment
 *
 * Context: task; may sleep.
 */
void lnet_hash_info(struct lnet_portal *pt, struct lnet_hash_info *info)
{
	struct lnet_table *t;
	u32 i, end = 0;

	info->longest = 0;
	do {
		rcu_read_lock();
		t = rcu_dereference(pt->table);
		info->buckets = t ? t->mask + 1 : 0;
		end = min_t(u64, end + STRIDE, info->buckets);
		for (i = end - min_t(u32, end, STRIDE); i < end; i++)
			info->longest = max_t(u64, info->longest,
					      lnet_bucket_count(lnet_table_bucket(t, i)) &
					      ~LNET_BUCKET_MOVED);
		rcu_read_unlock();
		cond_resched();
	} while (end < info->buckets);
}
