// SPDX-License-Identifier: GPL-2.0
/*
 * The ordered list of a portal. It has the MEs that ignore bits, and those that
 * LNetMEInsert() has placed beside another ME or placed an ME beside.
 *
 * The list is a chain of chunks. A chunk keeps match bits, mask and NID, which decide most
 * searches, in arrays of their own. So a search reads memory sequentially, and looks at an
 * ME only when its bits and NID fit.
 *
 *	pt->chunks ─► [bits..][mask..][nid..][me..] ─► [..] ─► [..]
 *
 * Everything here runs under the portal's lock. A caller that adds an ME allocates a spare
 * chunk before it takes the lock, and frees it later if it was not needed.
 */
#include "event/api.h"
#include "event/me_list.h"
#include "event/portal.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"

#include <linux/slab.h>
#include <linux/string.h>

enum { CHUNK_MES = 62 };	/* makes a chunk just under 2 KiB */

/* P: the portal's lock guards all of it */
struct lnet_chunk {
	struct list_head link;
	unsigned int n;
	u64 bits[CHUNK_MES];
	u64 mask[CHUNK_MES];		/* ~ignore_bits */
	lnet_nid_t nid[CHUNK_MES];	/* or LNET_NID_ANY */
	struct lnet_me *me[CHUNK_MES];
};

static_assert(sizeof(struct lnet_chunk) <= 2048);

/**
 * lnet_me_chunk_alloc() - allocate a spare chunk before adding an ME
 *
 * Context: task; may sleep.
 * Return: the chunk, or NULL if there is no memory.
 */
struct lnet_chunk *lnet_me_chunk_alloc(void)
{
	return lnet_alloc(kmalloc(sizeof(struct lnet_chunk), lnet_api_gfp()));
}

/**
 * lnet_me_chunk_free() - free a spare chunk
 * @chunk: the chunk, or NULL if it was used
 *
 * Context: any.
 */
void lnet_me_chunk_free(struct lnet_chunk *chunk)
{
	kfree(chunk);
}

static void chunk_set(struct lnet_chunk *c, unsigned int i, struct lnet_me *me)
{
	c->bits[i] = me->match_bits;
	c->mask[i] = ~me->ignore_bits;
	c->nid[i] = me->nid;
	c->me[i] = me;
	me->chunk = c;
}

/* Move @n entries from index @fi of @from to index @ti of @to. The two may overlap. */
static void chunk_move(struct lnet_chunk *to, unsigned int ti,
		       struct lnet_chunk *from, unsigned int fi, unsigned int n)
{
	unsigned int i;

	memmove(&to->bits[ti], &from->bits[fi], n * sizeof(to->bits[0]));
	memmove(&to->mask[ti], &from->mask[fi], n * sizeof(to->mask[0]));
	memmove(&to->nid[ti], &from->nid[fi], n * sizeof(to->nid[0]));
	memmove(&to->me[ti], &from->me[fi], n * sizeof(to->me[0]));
	if (to == from)
		return;
	for (i = ti; i < ti + n; i++)
		to->me[i]->chunk = to;
}

static struct lnet_chunk *chunk_use(struct lnet_chunk **spare,
				    struct list_head *before)
{
	struct lnet_chunk *c = *spare;

	*spare = NULL;
	c->n = 0;
	list_add_tail(&c->link, before);
	return c;
}

static void chunk_insert(struct lnet_portal *pt, struct lnet_chunk *c,
			 unsigned int i, struct lnet_me *me,
			 struct lnet_chunk **spare)
{
	const unsigned int half = CHUNK_MES / 2;
	struct lnet_chunk *upper;

	lockdep_assert_held(&pt->lock);
	if (c->n == CHUNK_MES && i == CHUNK_MES) {
		/* If MEs are only added at the end, all other chunks are full. */
		c = chunk_use(spare, c->link.next);
		i = 0;
	} else if (c->n == CHUNK_MES) {
		upper = chunk_use(spare, c->link.next);
		chunk_move(upper, 0, c, half, CHUNK_MES - half);
		upper->n = CHUNK_MES - half;
		c->n = half;
		if (i > half) {
			c = upper;
			i -= half;
		}
	}

	chunk_move(c, i + 1, c, i, c->n - i);
	chunk_set(c, i, me);
	c->n++;

	me->listed = true;
	lnet_count(pt->listed, 1);
}

static unsigned int chunk_index(struct lnet_chunk *c, struct lnet_me *me)
{
	unsigned int i = 0;

	while (c->me[i] != me)
		i++;
	return i;
}

/**
 * lnet_me_list_add_end() - put an ME before or behind all others
 * @pt: the portal of the ME, locked
 * @me: the ME to add, which is in no list
 * @first: true to put it before all others; false to put it behind them
 * @spare: a spare chunk; set to NULL if it was used
 *
 * Context: the portal's lock is held.
 */
void lnet_me_list_add_end(struct lnet_portal *pt, struct lnet_me *me, bool first,
			  struct lnet_chunk **spare)
{
	struct lnet_chunk *c;

	if (list_empty(&pt->chunks))
		c = chunk_use(spare, &pt->chunks);
	else if (first)
		c = list_first_entry(&pt->chunks, struct lnet_chunk, link);
	else
		c = list_last_entry(&pt->chunks, struct lnet_chunk, link);
	chunk_insert(pt, c, first ? 0 : c->n, me, spare);
}

/**
 * lnet_me_list_add_beside() - put an ME next to another one
 * @pt: the portal of both MEs, locked
 * @me: the ME to add, which is in no list
 * @at: the other ME, which is in the list
 * @after: true to put it behind the other ME; false to put it before
 * @spare: a spare chunk; set to NULL if it was used
 *
 * Context: the portal's lock is held.
 */
void lnet_me_list_add_beside(struct lnet_portal *pt, struct lnet_me *me,
			     struct lnet_me *at, bool after,
			     struct lnet_chunk **spare)
{
	struct lnet_chunk *c = at->chunk;
	unsigned int i = chunk_index(c, at);

	if (after)
		i++;
	chunk_insert(pt, c, i, me, spare);
}

/**
 * lnet_me_list_add_ordered() - put an ME at the place that its order gives
 * @pt: the portal of the ME, locked
 * @me: the ME; it does not separate MEs of the same order, which have other match bits
 * @spare: a spare chunk; set to NULL if it was used
 *
 * Context: the portal's lock is held.
 */
void lnet_me_list_add_ordered(struct lnet_portal *pt, struct lnet_me *me,
			      struct lnet_chunk **spare)
{
	const struct lnet_me *last;
	struct lnet_chunk *c;
	unsigned int i;

	/* Search from the end for the last ME that comes before @me. */
	list_for_each_entry_reverse(c, &pt->chunks, link) {
		for (i = c->n; i > 0; i--) {
			last = c->me[i - 1];
			if (lnet_me_order_before(&last->order, &me->order)) {
				chunk_insert(pt, c, i, me, spare);
				return;
			}
		}
	}
	lnet_me_list_add_end(pt, me, true, spare);
}

/* Merge a chunk with the next one, if they are no more than half full together. */
static void chunk_merge_next(struct lnet_portal *pt, struct lnet_chunk *c)
{
	struct lnet_chunk *next;

	if (list_is_last(&c->link, &pt->chunks))
		return;
	next = list_next_entry(c, link);
	if (c->n + next->n > CHUNK_MES / 2)
		return;

	chunk_move(c, c->n, next, 0, next->n);
	c->n += next->n;
	list_del(&next->link);
	kfree(next);
}

/**
 * lnet_me_list_remove() - take an ME out of the list
 * @pt: the portal of the ME, locked
 * @me: the ME to remove, which is in the list
 *
 * Context: the portal's lock is held.
 */
void lnet_me_list_remove(struct lnet_portal *pt, struct lnet_me *me)
{
	struct lnet_chunk *c = me->chunk;
	unsigned int i = chunk_index(c, me);

	lockdep_assert_held(&pt->lock);
	chunk_move(c, i, c, i + 1, c->n - i - 1);
	c->n--;
	if (!c->n) {
		list_del(&c->link);
		kfree(c);
	} else if (c->n <= CHUNK_MES / 4) {
		chunk_merge_next(pt, c);
	}

	lnet_count(pt->listed, -1);
}

/* Return the index of the first entry, from @i on, with fitting bits and NID; c->n: none. */
static unsigned int chunk_search(const struct lnet_chunk *c, unsigned int i,
				 u64 bits, lnet_nid_t nid)
{
	for (; i < c->n; i++) {
		lnet_watch_compare(1);
		if (likely((bits ^ c->bits[i]) & c->mask[i]))
			continue;
		if (c->nid[i] == LNET_NID_ANY || c->nid[i] == nid)
			break;
	}
	return i;
}

/**
 * lnet_me_list_next() - find the next ME whose bits and NID fit
 * @pt: the portal whose list is searched, locked
 * @pos: the position to search from, zeroed at the beginning; moved on
 * @bits: the match bits of the message
 * @nid: the NID of the message's initiator
 * @limit: order at which to stop: no later chunk that begins there or behind is searched;
 *	NULL for no limit
 *
 * Context: the portal's lock is held.
 * Return: the next ME in order, which may be behind @limit; or NULL.
 */
struct lnet_me *lnet_me_list_next(struct lnet_portal *pt,
				  struct lnet_list_pos *pos, u64 bits,
				  lnet_nid_t nid, const struct lnet_order *limit)
{
	struct lnet_chunk *c = pos->chunk;
	unsigned int i = pos->index;

	if (!c)
		c = list_first_entry_or_null(&pt->chunks, struct lnet_chunk,
					     link);
	while (c) {
		i = chunk_search(c, i, bits, nid);
		if (i < c->n) {
			pos->chunk = c;
			pos->index = i + 1;
			return c->me[i];
		}
		if (list_is_last(&c->link, &pt->chunks))
			break;
		c = list_next_entry(c, link);
		i = 0;
		if (limit && !lnet_me_order_before(&c->me[0]->order, limit))
			break;
	}
	return NULL;
}
