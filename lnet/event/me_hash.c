// SPDX-License-Identifier: GPL-2.0
/*
 * Buckets of the hash table of MEs that ignore no bits: the paths that me_hash.h leaves out,
 * for a bucket with more nodes than stand in it, or with several MEs of one key.
 *
 *	bucket: [node][node][node][node] ─► node ─► node	each of another key
 *	                      │
 *	                   later: tree of its equals, by their order
 *
 * A node that leaves is replaced by the first of its equals. So an operation on one of many
 * equal MEs takes as many steps as the tree is high (36 for 200,000 MEs), even if MDs come
 * in another order than the MEs did. For an operation on another key, or on the whole
 * bucket, all these MEs are one step.
 *
 * A hashed ME has an active MD (match.c), and a node is the first of its equals. So the node
 * gets the next message, and a search does not walk past MEs that do not want it.
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

/*
 * Return where the pointer to the node equal to @me is. If there is no such node, return the
 * end of the chain, which is NULL.
 */
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

/* Add @me to the equals of the node *@at. The first of them, by order, is the node. */
static void node_join(struct lnet_me **at, struct lnet_me *me)
{
	struct lnet_me *node = *at;

	if (!lnet_me_order_before(&me->order, &node->order)) {
		rb_add(&me->rb, &node->later, node_is_earlier);
		return;
	}
	/* An rb_root is only a pointer, so the tree can move from node to node. */
	me->later = node->later;
	me->next = node->next;
	*at = me;
	rb_add(&node->rb, &me->later, node_is_earlier);
}

/*
 * Count hashed MEs that are not nodes: for the size of the table, equal MEs count as one. A
 * bucket is locked, so preemption is off.
 */
static void node_count_equal(const struct lnet_me *me, int more)
{
	s64 *n = &lnet_cpu()->equals[me->portal];

	lnet_count(*n, more);
}

/* Note the most nodes in any bucket, for sysfs. CPUs may add to several buckets at once. */
static void node_note_longest(struct lnet_portal *pt, unsigned int n)
{
	unsigned int was = READ_ONCE(pt->hash_longest);

	while (n > was && !try_cmpxchg(&pt->hash_longest, &was, n))
		;
}

/**
 * lnet_me_hash_insert_slow() - put an ME into its bucket, which may have equal MEs or be full
 * @pt: the portal of the ME
 * @b: the bucket of the ME, locked
 * @me: the ME, with its @ops set
 *
 * Context: the bucket is locked, and the portal if the ME is ordered.
 * Return: 0, or the number of nodes if the bucket is crowded: see lnet_me_hash_insert().
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

/* Replace the node *@at by the first of its equals, which takes over the tree. */
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
 * lnet_me_hash_remove_slow() - take an ME out of its bucket, wherever it is in there
 * @b: the bucket of the ME, locked
 * @me: the ME, which is in that bucket
 *
 * Context: the bucket is locked, and the portal if the ME is ordered.
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
		/* A node without equals, in the chain: lnet_me_hash_remove() does the others. */
		*at = me->next;
		b->state -= LNET_BUCKET_NODE;
	}
}

/**
 * lnet_me_hash_find_chained() - find an ME in the chain of a bucket
 * @b: the bucket, which is locked and has a chain
 * @key: the key of the message
 * @op: LNET_MD_OP_PUT or LNET_MD_OP_GET, the operation of the message
 * @first: the first ME found in the bucket itself, or NULL
 *
 * Context: the bucket is locked.
 * Return: the first, by order, of @first and the MEs found in the chain; or NULL.
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
 * @from: the bucket to take them from, locked
 * @to: the bucket to put them into, locked
 * @bit: index of a bit of the hash; nodes that have it set are moved
 *
 * Context: both buckets are locked.
 */
void lnet_me_bucket_move(struct lnet_bucket *from, struct lnet_bucket *to,
			 unsigned int bit)
{
	struct lnet_me **at = &from->more, *me;
	unsigned int i = 0;
	u32 hash;

	lnet_watch_compare(lnet_me_bucket_nodes(from));
	/* The chain first: its nodes fill gaps in the bucket below, and must all stay then. */
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
