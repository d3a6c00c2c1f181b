// SPDX-License-Identifier: GPL-2.0
/*
 * The handle table: cookies of MDs, MEs and EQs, and the way from a cookie to its object.
 *
 * A cookie is {generation, index, cpu, type}. The index names an entry of one table. The
 * generation counts the uses of that entry, and an entry whose generations are used up is
 * retired; so no cookie is given out twice while the module is loaded. Entries are in chunks
 * that are added on demand and freed with the module.
 *
 * An entry is one word; its two lowest bits tell which kind:
 *
 *	object pointer | type	published
 *	next:26 gen:26 00	free, or reserved and not yet published
 *
 * Free entries form a chain, under one lock. Lookup is two loads, the second of which depends on
 * the first, under RCU.
 *
 * MDs and MEs seldom need that lock: a dead MD or ME keeps its entry, which still points to it
 * (object.h). The object itself tells that it is dead: an ME has no cookie then, and an MD is
 * not live.
 *
 * The cpu field is the CPU that made the handle. Lookup ignores it. The EQ uses it to keep the
 * MDs that one CPU made to that CPU's delivery slots.
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
	NIL		= 0,	/* end of the chain; index 0 is never used */
	RESCHED_ENTRIES	= 64,	/* that a walk visits between reschedules */

	FREE_GEN_SHIFT	= LNET_HANDLE_TYPE_BITS,
	FREE_NEXT_SHIFT	= FREE_GEN_SHIFT + LNET_HANDLE_GEN_BITS,
};

/* L: free_lock */
static DEFINE_SPINLOCK(free_lock);
static u32 free_head = NIL;		/* L: chain of free entries */
static u32 fresh = NIL + 1;		/* L: first entry never used */
static u32 entries;			/* L: entries in chunks that exist */

u64 *lnet_handle_dir[LNET_HANDLE_CHUNKS];	/* L to write; a chunk stays */
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

/* Take an entry: a free one, or one never used. Returns false if the table must grow. */
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

/* Add a chunk, unless another thread has done so. Returns 0, -ENOMEM or -ENOSPC. */
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
	/* A reader that follows a cookie, even a forged one, to the chunk sees free entries. */
	smp_store_release(&lnet_handle_dir[slot], chunk);
	WRITE_ONCE(entries, entries + (1 << LNET_HANDLE_CHUNK_BITS));
	spin_unlock(&free_lock);
	return 0;
}

/**
 * lnet_handle_reserve() - make a cookie
 * @type: type of the object that the cookie is for
 * @gfp: allocation flags, if the table must grow
 *
 * The cookie leads to no object before lnet_handle_publish().
 *
 * Context: as @gfp allows.
 * Return: a cookie never given out before; or 0: no memory, or the table is full.
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
 * lnet_handle_publish() - make an object findable by its cookie
 * @cookie: the cookie of the object, from lnet_handle_reserve()
 * @object: object, aligned to 4 bytes or more; complete but for fields that others may
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
	 * A: order the object before the entry that leads to it. Pairs with the address
	 * dependency in lnet_handle_find(). A write barrier and a plain store, because
	 * smp_store_release() is a full fence on UML.
	 */
	lnet_smp_wmb();
	WRITE_ONCE(*entry, word);
}

/**
 * lnet_handle_free() - end a cookie, published or only reserved
 * @cookie: cookie to end; stale from now on, for ever
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
 * lnet_handle_issue() - make a cookie and make an object findable by it
 * @type: type of the object that the cookie is for
 * @object: the object, as lnet_handle_publish() wants it
 * @gfp: allocation flags, if the table must grow
 *
 * Context: as @gfp allows.
 * Return: a cookie never given out before; or 0: no memory, or the table is full.
 */
u64 lnet_handle_issue(enum lnet_handle_type type, void *object, gfp_t gfp)
{
	u64 cookie = lnet_handle_reserve(type, gfp);

	if (cookie)
		lnet_handle_publish(cookie, object);
	return cookie;
}

/**
 * lnet_handle_end() - return the current end of the table
 *
 * Context: any.
 * Return: the index behind the last entry.
 */
u32 lnet_handle_end(void)
{
	return READ_ONCE(entries);
}

/**
 * lnet_handle_visit() - call a function for the object of a table entry
 * @type: type of interest; entries of other types are skipped
 * @index: index of the entry in the table
 * @fn: called inside an RCU read section if the entry points to an object of @type. The
 *	object may be dead, and may be freed or reused meanwhile
 * @arg: pointer that is passed to @fn as its second argument
 *
 * Context: any.
 * Return: the return value of @fn, or 0 if it was not called.
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
 * lnet_handle_for_each() - walk the objects of one type
 * @type: type of the objects to visit; others are skipped
 * @index: in: index to begin at, 0 for a new walk; out: the index behind the last one visited
 * @fn: function to call, as for lnet_handle_visit(); a value other than 0 ends the walk
 * @arg: pointer that is passed to @fn as its second argument
 *
 * The table never shrinks, and the walk covers all of it, so it reschedules now and then.
 *
 * Context: task; may sleep.
 * Return: the last return value of @fn; 0 at the end of the table.
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
 * @dir: directory of chunk pointers, filled from its beginning
 * @n: number of pointers that @dir has room for
 *
 * Context: no thread looks a handle up.
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
 *
 * Context: while the module goes, or has failed to load.
 */
void lnet_handle_exit(void)
{
	lnet_handle_free_chunks(lnet_handle_dir, LNET_HANDLE_CHUNKS);
}
