// SPDX-License-Identifier: GPL-2.0
/*
 * MEs that ignore no bits: a bucket of their hash table, where there is more to do
 * than in me_hash.h: more nodes than stand in it, or several MEs of one key.
 *
 *	bucket: [node][node][node][node] ─► node ─► node	each of another key
 *	                      │
 *	                   later: tree of its equals, by their order
 *
 * A node that leaves is replaced by the first of its equals. So whatever is done
 * with one of a crowd takes as many steps as its tree is high, 36 with 200,000 of
 * them, also when MDs come in another order than the MEs did; whatever is done with
 * another key, or with the bucket, takes one for all of them.
 *
 * Who is hashed has an MD that is active (match.c), so the first of a node's is the
 * one that gets the next message: nobody walks over those that do not want it.
 */
#include "event/me_hash.h"
#include "event/cpu.h"

struct lnet_bucket_class lnet_bucket_class = {
#ifdef CONFIG_LOCKDEP
	.dep_map = STATIC_LOCKDEP_MAP_INIT("lnet_bucket", &lnet_bucket_class),
#endif
};

static void node_add(struct lnet_bucket *b, struct lnet_me *me, u32 hash)
{
	unsigned int n = lnet_me_bucket_nodes(b);

	if (n < LNET_BUCKET_INLINE) {
		b->hash[n] = hash;
		b->me[n] = me;
	} else {
		me->next = b->more;
		b->more = me;
	}
	b->state += LNET_BUCKET_NODE;
}

static bool node_is_of(const struct lnet_me *node, const struct lnet_me *me)
{
	return node->match_bits == me->match_bits && node->nid == me->nid &&
	       node->pid == me->pid && node->ops == me->ops;
}

/* Where the pointer to the node of @me stands, or would stand, chained: NULL. */
static struct lnet_me **node_find(struct lnet_bucket *b, const struct lnet_me *me)
{
	unsigned int i, n = lnet_me_bucket_inline(b);
	struct lnet_me **at;

	lnet_watch_compare(n);
	for (i = 0; i < n; i++)
		if (b->hash[i] == me->hash && node_is_of(b->me[i], me))
			return &b->me[i];
	for (at = &b->more; *at && !node_is_of(*at, me); at = &(*at)->next)
		lnet_watch_compare(1);
	return at;
}

static bool node_is_earlier(struct rb_node *a, const struct rb_node *b)
{
	lnet_watch_compare(1);
	return lnet_me_order_before(&rb_entry(a, struct lnet_me, rb)->order,
				    &rb_entry(b, struct lnet_me, rb)->order);
}

/* Among its equals, of which the first is the node. */
static void node_join(struct lnet_me **at, struct lnet_me *me)
{
	struct lnet_me *node = *at;

	if (!lnet_me_order_before(&me->order, &node->order)) {
		rb_add(&me->rb, &node->later, node_is_earlier);
		return;
	}
	/* The root of a tree is but a pointer: it goes from one to the next. */
	me->later = node->later;
	me->next = node->next;
	*at = me;
	rb_add(&node->rb, &me->later, node_is_earlier);
}

/* For the table's size, to which a crowd is as one. A bucket is locked. */
static void node_count_equal(const struct lnet_me *me, int more)
{
	s64 *n = &lnet_cpu()->equals[me->portal];

	lnet_count(*n, more);
}

/* For sysfs; of all who are just adding one, the largest. */
static void node_note_longest(struct lnet_portal *pt, unsigned int n)
{
	unsigned int was = READ_ONCE(pt->hash_longest);

	while (n > was && !try_cmpxchg(&pt->hash_longest, &was, n))
		;
}

/**
 * lnet_me_hash_insert_slow() - lnet_me_hash_insert() where there are others
 * @pt: as there
 * @b: as there
 * @me: as there
 *
 * Return: as there.
 */
unsigned int lnet_me_hash_insert_slow(struct lnet_portal *pt,
				      struct lnet_bucket *b, struct lnet_me *me)
{
	struct lnet_me **at = node_find(b, me);
	unsigned int n;

	me->hashed = true;
	if (*at) {
		node_join(at, me);
		node_count_equal(me, 1);
		return 0;
	}
	me->later = RB_ROOT;
	node_add(b, me, me->hash);
	n = lnet_me_bucket_nodes(b);
	node_note_longest(pt, n);
	return n >= READ_ONCE(pt->grow_at) ? n : 0;
}

/* The first of its equals takes the place of a node. */
static void node_replace(struct lnet_me **at)
{
	struct rb_root later = (*at)->later;
	struct lnet_me *me = rb_entry(rb_first(&later), struct lnet_me, rb);

	rb_erase(&me->rb, &later);
	me->later = later;
	me->next = (*at)->next;
	*at = me;
}

/**
 * lnet_me_hash_remove_slow() - lnet_me_hash_remove() where there are others
 * @b: as there
 * @me: as there
 */
void lnet_me_hash_remove_slow(struct lnet_bucket *b, struct lnet_me *me)
{
	struct lnet_me **at = node_find(b, me);

	if (WARN_ON_ONCE(!*at))
		return;
	me->hashed = false;
	if (*at != me) {
		rb_erase(&me->rb, &(*at)->later);
		node_count_equal(me, -1);
	} else if (!RB_EMPTY_ROOT(&me->later)) {
		node_replace(at);
		node_count_equal(me, -1);
	} else {
		/* A node without equals, and not in the bucket itself. */
		*at = me->next;
		b->state -= LNET_BUCKET_NODE;
	}
}

/**
 * lnet_me_hash_find_chained() - lnet_me_hash_find() in what is chained
 * @b: as there
 * @key: as there
 * @op: as there
 * @first: what was found in the bucket itself, or NULL
 *
 * Return: as there.
 */
struct lnet_me *lnet_me_hash_find_chained(struct lnet_bucket *b,
					  const struct lnet_key *key,
					  unsigned int op, struct lnet_me *first)
{
	struct lnet_me *me;

	for (me = b->more; me; me = me->next) {
		lnet_watch_compare(1);
		if (me->hash == key->hash && (me->ops & op) &&
		    lnet_me_has_key(me, key))
			first = lnet_me_first(first, me);
	}
	return first;
}

/**
 * lnet_me_bucket_move() - move nodes, with all their equals, to another bucket
 * @from: where from; locked
 * @to: where to; locked
 * @bit: those in whose hash this bit is set
 */
void lnet_me_bucket_move(struct lnet_bucket *from, struct lnet_bucket *to,
			 unsigned int bit)
{
	struct lnet_me **at = &from->more, *me;
	unsigned int i = 0;
	u32 hash;

	lnet_watch_compare(lnet_me_bucket_nodes(from));
	/* First, so that only those that stay come to stand in the bucket itself. */
	while ((me = *at)) {
		if (!(me->hash >> bit & 1)) {
			at = &me->next;
			continue;
		}
		*at = me->next;
		from->state -= LNET_BUCKET_NODE;
		node_add(to, me, me->hash);
	}
	while (i < lnet_me_bucket_inline(from)) {
		hash = from->hash[i];
		if (!(hash >> bit & 1)) {
			i++;
			continue;
		}
		me = from->me[i];
		lnet_me_bucket_take(from, i);
		lnet_window(LNET_WINDOW_TABLE_MOVE);
		node_add(to, me, hash);
	}
}
