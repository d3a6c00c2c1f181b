// SPDX-License-Identifier: GPL-2.0
/*
 * The handle table: cookies of MDs, MEs and EQs, and the way from a cookie to
 * its object.
 *
 * A cookie is {generation, index, cpu, type}. The index names an entry of one
 * table; the generation counts the uses of that entry, so no cookie is ever
 * given out twice while the module is loaded: an entry whose generations are
 * used up is retired. Entries live in chunks that are added on demand and
 * freed with the module.
 *
 * An entry is one word, told apart by its two lowest bits:
 *
 *	object pointer | type	a live handle
 *	next:26 gen:26 00	free, or reserved and not yet published
 *
 * Free entries form a chain, under one lock. Lookup is one dependent load, under
 * RCU.
 *
 * MDs and MEs seldom come to that lock: dead ones keep their entry, which goes on
 * pointing at them (object.h). What tells that one is dead is the
 * object: an ME without a cookie, an MD that is not live.
 *
 * The cpu field is the CPU that made the handle. It has no part in the lookup:
 * the EQ uses it to keep the MDs of one CPU to that CPU's delivery slots.
 */
#include "event/handle.h"
#include "hooks/alloc.h"
#include "compat.h"
#include "hooks/window.h"

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

enum {
	NIL		= 0,	/* index 0 is never used: the end of the chain */
	RESCHED_ENTRIES	= 64,	/* looked at in one go by who may sleep */

	FREE_GEN_SHIFT	= LNET_HANDLE_TYPE_BITS,
	FREE_NEXT_SHIFT	= FREE_GEN_SHIFT + LNET_HANDLE_GEN_BITS,
};

/* L: free_lock */
static DEFINE_SPINLOCK(free_lock);
static u32 free_head = NIL;		/* L: chain of free entries */
static u32 fresh = NIL + 1;		/* L: first entry never used */
static u32 entries;			/* L: entries in chunks that exist */

u64 *lnet_handle_dir[LNET_HANDLE_CHUNKS];	/* L to write; chunks stay */
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_handle_dir);

static u64 handle_word(u32 next, u32 gen)
{
	return (u64)next << FREE_NEXT_SHIFT | (u64)gen << FREE_GEN_SHIFT;
}

static u32 handle_word_next(u64 word)
{
	return word >> FREE_NEXT_SHIFT;
}

static u32 handle_word_gen(u64 word)
{
	return (word >> FREE_GEN_SHIFT) & LNET_HANDLE_GEN_MAX;
}

/* A free entry, or one never used. */
static bool handle_take(u32 *index, u32 *gen)
{
	u64 word;

	lockdep_assert_held(&free_lock);
	if (free_head != NIL) {
		word = *lnet_handle_entry(free_head);
		*index = free_head;
		*gen = handle_word_gen(word);
		free_head = handle_word_next(word);
		return true;
	}
	if (fresh >= entries)
		return false;
	*index = fresh++;
	*gen = 0;
	return true;
}

/* Add a chunk, unless another has been faster. */
static int handle_grow(gfp_t gfp)
{
	u32 slot;
	u64 *chunk;
	int rc;

	chunk = lnet_alloc(kzalloc(sizeof(u64) << LNET_HANDLE_CHUNK_BITS, gfp));
	if (!chunk)
		return -ENOMEM;

	lnet_window(LNET_WINDOW_HANDLE_GROW);
	spin_lock(&free_lock);
	slot = entries >> LNET_HANDLE_CHUNK_BITS;
	if (fresh < entries || slot == LNET_HANDLE_CHUNKS) {
		rc = fresh < entries ? 0 : -ENOSPC;
		spin_unlock(&free_lock);
		kfree(chunk);
		return rc;
	}
	/* Its entries are seen only through cookies made after this. */
	smp_store_release(&lnet_handle_dir[slot], chunk);
	WRITE_ONCE(entries, entries + (1 << LNET_HANDLE_CHUNK_BITS));
	spin_unlock(&free_lock);
	return 0;
}

/**
 * lnet_handle_reserve() - make a cookie
 * @type: of what
 * @gfp: how to allocate, if the table must grow
 *
 * Nothing is found by the cookie before lnet_handle_publish().
 *
 * Context: as @gfp allows.
 * Return: a cookie never given out before, or 0 if there is no memory.
 */
u64 lnet_handle_reserve(enum lnet_handle_type type, gfp_t gfp)
{
	u32 index, gen;
	bool found;
	u64 cookie;

	do {
		spin_lock(&free_lock);
		found = handle_take(&index, &gen);
		spin_unlock(&free_lock);
	} while (unlikely(!found) && !handle_grow(gfp));
	if (!found)
		return 0;

	cookie = raw_smp_processor_id() & LNET_HANDLE_CPU_MASK;
	cookie = cookie << LNET_HANDLE_CPU_SHIFT | type;
	cookie |= (u64)index << LNET_HANDLE_INDEX_SHIFT;
	cookie |= (u64)gen << LNET_HANDLE_GEN_SHIFT;
	return cookie;
}

/**
 * lnet_handle_publish() - let an object be found by its cookie
 * @cookie: from lnet_handle_reserve()
 * @object: aligned to 4 bytes or more; complete but for what others may
 *	change from now on
 *
 * Context: any.
 */
void lnet_handle_publish(u64 cookie, void *object)
{
	u64 *entry = lnet_handle_entry(lnet_handle_index(cookie));
	u64 word = (unsigned long)object | lnet_handle_type(cookie);

	lnet_window(LNET_WINDOW_HANDLE_RESERVED);
	/*
	 * A: the object before the way to it; pairs with the address
	 * dependency in lnet_handle_find(). A write barrier and not
	 * smp_store_release(), which is a full fence on UML.
	 */
	lnet_smp_wmb();
	WRITE_ONCE(*entry, word);
}

/**
 * lnet_handle_free() - end a cookie, published or only reserved
 * @cookie: it is stale from now on, for ever
 *
 * Context: any.
 */
void lnet_handle_free(u64 cookie)
{
	u32 index = lnet_handle_index(cookie);
	u32 gen = lnet_handle_gen(cookie) + 1;
	u64 *entry = lnet_handle_entry(index);

	spin_lock(&free_lock);
	if (likely(gen < LNET_HANDLE_GEN_MAX)) {
		WRITE_ONCE(*entry, handle_word(free_head, gen));
		free_head = index;
	} else {
		WRITE_ONCE(*entry, handle_word(NIL, gen));
	}
	spin_unlock(&free_lock);
}

/**
 * lnet_handle_issue() - make a cookie and let an object be found by it
 * @type: of what
 * @object: see lnet_handle_publish()
 * @gfp: how to allocate, if the table must grow
 *
 * Context: as @gfp allows.
 * Return: a cookie never given out before, or 0 if there is no memory.
 */
u64 lnet_handle_issue(enum lnet_handle_type type, void *object, gfp_t gfp)
{
	u64 cookie = lnet_handle_reserve(type, gfp);

	if (cookie)
		lnet_handle_publish(cookie, object);
	return cookie;
}

/**
 * lnet_handle_end() - one past the last entry of the table
 *
 * Return: an index.
 */
u32 lnet_handle_end(void)
{
	return READ_ONCE(entries);
}

/**
 * lnet_handle_visit() - look at an entry of the table
 * @type: of interest
 * @index: of the entry
 * @fn: called inside an RCU read section if there is a live object of @type;
 *	it may go away or become another meanwhile
 * @arg: for @fn
 *
 * Context: any.
 * Return: what @fn returned, or 0 if it was not called.
 */
int lnet_handle_visit(enum lnet_handle_type type, u32 index,
		      int (*fn)(void *object, void *arg), void *arg)
{
	u64 word, *entry;
	int rc = 0;

	rcu_read_lock();
	entry = lnet_handle_entry(index);
	word = entry ? READ_ONCE(*entry) : 0;
	if (lnet_handle_type(word) == type)
		rc = fn((void *)(unsigned long)(word - type), arg);
	rcu_read_unlock();
	return rc;
}

/**
 * lnet_handle_for_each() - walk the live objects of one type
 * @type: which
 * @index: in: where to begin, 0 at first; out: one past where it stopped
 * @fn: as for lnet_handle_visit(); not 0 stops the walk
 * @arg: for @fn
 *
 * A table that was large once is walked to its end, so it reschedules.
 *
 * Context: task; may sleep.
 * Return: what @fn returned last, 0 at the end.
 */
int lnet_handle_for_each(enum lnet_handle_type type, u32 *index,
			 int (*fn)(void *object, void *arg), void *arg)
{
	int rc = 0;

	while (*index < lnet_handle_end() && !rc) {
		rc = lnet_handle_visit(type, (*index)++, fn, arg);
		if (!(*index % RESCHED_ENTRIES))
			cond_resched();
	}
	return rc;
}

/**
 * lnet_handle_free_chunks() - free the chunks of a directory
 * @dir: the directory, filled from its beginning on
 * @n: its places
 */
void lnet_handle_free_chunks(u64 **dir, u32 n)
{
	u32 i;

	for (i = 0; i < n && dir[i]; i++)
		kfree(dir[i]);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_handle_free_chunks);

/**
 * lnet_handle_exit() - free the table; no handle is live
 */
void lnet_handle_exit(void)
{
	lnet_handle_free_chunks(lnet_handle_dir, LNET_HANDLE_CHUNKS);
}
