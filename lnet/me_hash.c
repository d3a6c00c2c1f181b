// SPDX-License-Identifier: GPL-2.0
/*
 * Unique MEs: a bucket of their hash table, where there is more to do than in
 * me_hash.h: more MEs than stand in it, or several of one key.
 */
#include "me_hash.h"

#include <linux/minmax.h>

struct lnet_bucket_class lnet_bucket_class = {
#ifdef CONFIG_LOCKDEP
	.dep_map = STATIC_LOCKDEP_MAP_INIT("lnet_bucket", &lnet_bucket_class),
#endif
};

/* How many of a bucket's MEs stand in it. */
static unsigned int inline_mes(const struct lnet_bucket *b)
{
	return min_t(unsigned long, lnet_bucket_count(b) & ~LNET_BUCKET_BUSY,
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

/**
 * lnet_bucket_take_first() - take the first ME out of a bucket
 * @b: locked, not empty
 * @hash: where the ME's goes, which need not be looked at
 *
 * Return: the ME.
 */
struct lnet_me *lnet_bucket_take_first(struct lnet_bucket *b, u32 *hash)
{
	struct lnet_me *me = b->me[0];

	*hash = b->hash[0];
	lnet_hash_remove_slowly(b, me);
	return me;
}

/**
 * lnet_bucket_add_last() - put an ME behind the others of a bucket
 * @b: locked
 * @me: the ME
 * @hash: its hash
 */
void lnet_bucket_add_last(struct lnet_bucket *b, struct lnet_me *me, u32 hash)
{
	unsigned long all = lnet_bucket_count(b), n = all & ~LNET_BUCKET_BUSY;

	if (n < LNET_BUCKET_INLINE) {
		b->hash[n] = hash;
		b->me[n] = me;
	} else {
		chain_add(b, me, false);
	}
	lnet_bucket_set_count(b, all + 1);
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

/* So it would be crowded in any table. */
static bool of_one_hash(const struct lnet_bucket *b)
{
	unsigned int i;

	for (i = 1; i < LNET_BUCKET_INLINE; i++) {
		if (b->hash[i] != b->hash[0])
			return false;
	}
	return b->more->hash == b->hash[0];
}

/**
 * lnet_hash_insert_slowly() - lnet_hash_insert() where there are others
 * @pt: as there
 * @b: as there
 * @me: as there
 *
 * Return: as there.
 */
unsigned int lnet_hash_insert_slowly(struct lnet_portal *pt,
				     struct lnet_bucket *b, struct lnet_me *me)
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
	n = lnet_bucket_count(b);
	return unlikely(n >= READ_ONCE(pt->grow_at)) && !of_one_hash(b) ? n : 0;
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

	lnet_watch_compare(n);
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
	while (me && me->hash != hash) {
		lnet_watch_compare(1);
		me = me == b->more ? NULL : me->next;
	}
	return me;
}
