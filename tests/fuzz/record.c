// SPDX-License-Identifier: GPL-2.0
/*
 * Records of MDs. One is the MD's from before the call that makes it until its
 * last event, and of those that hold it meanwhile; the last of them checks that
 * every operation has had its event. Then it is used again, as late as possible,
 * under another id, so that an event for an MD that is gone is recognised.
 */
#include "fuzz.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

enum {
	RECORDS		= 8192,
	INDEX_BITS	= 13,		/* the lower part of an id */
	BLANK		= 0xa5,		/* bytes that no message has written to */
};

static_assert(RECORDS == 1 << INDEX_BITS);

static struct fuzz_md *records;
static DEFINE_SPINLOCK(free_lock);	/* F: innermost */
static LIST_HEAD(free_list);		/* F: the oldest first */
static unsigned int free_count;		/* F: */

/* 0 or -ENOMEM. */
int fuzz_md_init(void)
{
	unsigned int i;

	records = vzalloc(array_size(RECORDS, sizeof(*records)));
	if (!records)
		return -ENOMEM;
	for (i = 0; i < RECORDS; i++) {
		records[i].id = i;
		list_add_tail(&records[i].link, &free_list);
	}
	free_count = RECORDS;
	return 0;
}

/* Undo fuzz_md_init(). */
void fuzz_md_exit(void)
{
	vfree(records);
}

static struct fuzz_md *record_take(void)
{
	struct fuzz_md *md;

	spin_lock(&free_lock);
	md = list_first_entry_or_null(&free_list, struct fuzz_md, link);
	if (md) {
		list_del(&md->link);
		free_count--;
	}
	spin_unlock(&free_lock);
	return md;
}

static void record_give(struct fuzz_md *md)
{
	spin_lock(&free_lock);
	list_add_tail(&md->link, &free_list);
	free_count++;
	spin_unlock(&free_lock);
}

static void memory_free(struct fuzz_md *md)
{
	if (md->umd.options & LNET_MD_KIOV)
		free_page((unsigned long)md->mem);
	else
		kfree(md->mem);
	md->mem = NULL;
}

/* Its memory in one piece, in three, or in a page. */
static void *memory_describe(struct fuzz_md *md, unsigned int memory)
{
	unsigned int i, at = 0, part;

	md->niov = memory && md->bytes > 2 ? min(memory + 1, 3U) : 0;
	for (i = 0; i < md->niov; i++) {
		part = i + 1 < md->niov ? md->bytes / md->niov : md->bytes - at;
		if (md->umd.options & LNET_MD_KIOV) {
			md->kiov[i].bv_page = virt_to_page(md->mem);
			md->kiov[i].bv_offset = at;
			md->kiov[i].bv_len = part;
		} else {
			md->iov[i].iov_base = md->mem + at;
			md->iov[i].iov_len = part;
		}
		at += part;
	}
	if (!md->niov)
		return md->mem;
	return md->umd.options & LNET_MD_KIOV ? (void *)md->kiov :
						(void *)md->iov;
}

static int memory_alloc(struct fuzz_by *by, struct fuzz_md *md,
			unsigned int memory)
{
	bool page = memory == 2 && md->bytes > 2;

	if (page)
		md->mem = (u8 *)__get_free_page(fuzz_gfp(by));
	else
		md->mem = kmalloc(md->bytes ?: 1, fuzz_gfp(by));
	if (!md->mem)
		return -ENOMEM;

	md->umd.options = 0;
	if (memory && md->bytes > 2)
		md->umd.options = page ? LNET_MD_KIOV : LNET_MD_IOVEC;
	md->umd.start = memory_describe(md, memory);
	md->umd.length = md->niov ?: md->bytes;
	if (md->sort == FUZZ_SOURCE || md->sort == FUZZ_STORE)
		fuzz_fill(md->mem, md->bytes, md->id);
	else
		memset(md->mem, BLANK, md->bytes);
	return 0;
}

/*
 * A record for an MD that is about to be made, with memory of @bytes: @memory 0
 * in one piece, 1 in several, 2 in a page. The caller holds it too; NULL if
 * there is no memory. umd has all but threshold and further options.
 */
struct fuzz_md *fuzz_md_new(struct fuzz_by *by, enum fuzz_sort sort,
			    struct fuzz_eq *eq, u64 eq_cookie,
			    unsigned int bytes, unsigned int memory)
{
	struct fuzz_md *md = record_take();
	u32 id;

	if (!md)
		return NULL;
	/* A life more; never 0, and never an id that is all ones. */
	id = md->id + RECORDS;
	if (id < RECORDS || id >= U32_MAX - RECORDS)
		id = md->id % RECORDS + RECORDS;
	memset(md, 0, offsetof(struct fuzz_md, link));
	md->sort = sort;
	md->eq = eq;
	md->eq_cookie = eq_cookie;
	md->bytes = bytes;
	md->id = id;
	if (memory_alloc(by, md, memory)) {
		record_give(md);
		return NULL;
	}
	md->umd.user_ptr = (void *)(unsigned long)id;
	md->umd.eq_handle.cookie = eq_cookie;
	md->umd.threshold = LNET_MD_THRESH_INF;
	/* Found from here on: the MD's, and the caller's. */
	atomic_set_release(&md->refs, 2);
	return md;
}

/* The call that should have made the MD has failed. The caller's is left. */
void fuzz_md_give_up(struct fuzz_md *md)
{
	memory_free(md);
	/* Nothing is expected of it. */
	md->lasts = 1;
	fuzz_md_put(md);
}

/* The record of an id that an event has; NULL: it is no MD's now. */
struct fuzz_md *fuzz_md_of(u32 id)
{
	struct fuzz_md *md = &records[id % RECORDS];

	if (!atomic_read_acquire(&md->refs) || READ_ONCE(md->id) != id ||
	    READ_ONCE(md->lasts))
		return NULL;
	return md;
}

/* The same, held: fuzz_md_put() lets go of it. */
struct fuzz_md *fuzz_md_hold(u32 id)
{
	struct fuzz_md *md = &records[id % RECORDS];

	if (!id || !atomic_inc_not_zero(&md->refs))
		return NULL;
	if (READ_ONCE(md->id) == id)
		return md;
	fuzz_md_put(md);
	return NULL;
}

static void record_settle(struct fuzz_md *md)
{
	unsigned int begun = md->sends + md->acks + md->replies + md->landed;
	unsigned int ops = atomic_read(&md->ops);
	struct fuzz_by by = {};

	if (md->lasts != 1)
		fuzz_wrong(&by, "no-last", "MD %#llx has had %u last events",
			   md->handle.cookie, md->lasts);
	if (md->sends != ops)
		fuzz_wrong(&by, "no-send", "MD %#llx: %u PUTs and GETs, %u SEND events",
			   md->handle.cookie, ops, md->sends);
	if (md->acks + md->replies > ops)
		fuzz_wrong(&by, "event", "MD %#llx: %u ACKs and %u answers of %u PUTs and GETs",
			   md->handle.cookie, md->acks, md->replies, ops);
	if (md->umd.threshold != LNET_MD_THRESH_INF && begun > md->umd.threshold)
		fuzz_wrong(&by, "event", "MD %#llx: %u operations, threshold %d",
			   md->handle.cookie, begun, md->umd.threshold);
}

/*
 * Every ACK must have come to an MD that was not unlinked, that has no threshold,
 * and of which no message is under way, nor was one for a network.
 */
void fuzz_md_acked(const struct fuzz_by *by, const struct fuzz_md *md)
{
	unsigned int due = atomic_read(&md->acks_due);

	if (md->umd.threshold == LNET_MD_THRESH_INF && !md->net && md->acks != due)
		fuzz_wrong(by, "no-ack", "MD %#llx: %u ACKs are due, %u have come",
			   md->handle.cookie, due, md->acks);
}

/* Let go of a record. */
void fuzz_md_put(struct fuzz_md *md)
{
	if (!atomic_dec_and_test(&md->refs))
		return;
	record_settle(md);
	record_give(md);
}

/* Where no message was for, nothing was written. */
static void memory_check(const struct fuzz_md *md)
{
	struct fuzz_by by = {};
	unsigned int i;

	for_each_clear_bit(i, md->written, md->bytes) {
		if (md->mem[i] == BLANK)
			continue;
		fuzz_wrong(&by, "payload", "MD %#llx: byte %u was written, of no message",
			   md->handle.cookie, i);
		break;
	}
	if (md->sort == FUZZ_SINK && !(md->umd.options & LNET_MD_MANAGE_REMOTE) &&
	    md->sum != md->end)
		fuzz_wrong(&by, "payload", "MD %#llx: %u bytes have come, up to %u",
			   md->handle.cookie, md->sum, md->end);
}

/* In the callback of the last event: the memory is the client's. */
void fuzz_md_last(struct fuzz_md *md)
{
	struct fuzz_by by = {};

	if (md->sort == FUZZ_SINK || md->sort == FUZZ_FETCH)
		memory_check(md);
	else if (!fuzz_filled(md->mem, md->bytes, md->id, 0))
		fuzz_wrong(&by, "payload", "MD %#llx: what was only sent from was written to",
			   md->handle.cookie);
	memory_free(md);
}

/* All have been unlinked: all have had their last event, or will in no time. */
void fuzz_md_none_left(void)
{
	struct fuzz_by by = {};
	unsigned int i, tries;

	for (tries = 0; READ_ONCE(free_count) != RECORDS && tries < 200; tries++)
		msleep(25);
	if (READ_ONCE(free_count) == RECORDS)
		return;
	for (i = 0; i < RECORDS; i++)
		if (atomic_read(&records[i].refs))
			fuzz_wrong(&by, "no-last", "MD %#llx has never had its last event",
				   records[i].handle.cookie);
}
