// SPDX-License-Identifier: GPL-2.0
/*
 * A PUT has to wait on a lazy portal: its payload is read into pages of ours,
 * so that what is behind it on the same connection need not wait as well. It
 * may be claimed, with a place to go to, before all of it has come or after;
 * whoever is second, the worker that reads or the client that claims, copies
 * and finalizes.
 *
 *	          filled        claimed
 *	FILLING --------> FULL ---------> copied, freed
 *	   | claimed                        ^
 *	   `-----------> CLAIMED -----------' filled
 *
 * Pages are had when there is something to read into them, as many again as there are,
 * and the portal has room for as much: what was announced and has not come costs the
 * list of them. When it never comes, as the connection has ended, or there is no room
 * for it, the message leaves the queue; if somebody has just taken it out, his claim
 * fails.
 */
#include "aside.h"
#include "conn.h"
#include "place.h"

#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

enum state {
	FILLING,
	FULL,
	FAILED,
	CLAIMED,
};

enum { GROW_PAGES = 16 };

struct ksock_aside {
	spinlock_t lock;		/* A: taken by tasks only */
	enum state state;		/* A: */
	struct lnet_msg *waits;		/* A: until it is claimed */
	struct lnet_msg *msg;		/* A: CLAIMED: whose it is, or NULL */
	struct ksock_place place;	/* A: CLAIMED: where it goes */
	unsigned int bytes;
	unsigned int niov;
	struct bio_vec kiov[];
};

static void aside_free(struct ksock_aside *aside)
{
	while (aside->niov)
		__free_page(aside->kiov[--aside->niov].bv_page);
	kfree(aside);
}

/**
 * ksock_aside_new() - room for a payload
 * @msg: whose
 * @bytes: its length
 *
 * Context: task; may sleep.
 * Return: the room, without pages yet; or NULL: no memory.
 */
struct ksock_aside *ksock_aside_new(struct lnet_msg *msg, unsigned int bytes)
{
	unsigned int n = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct ksock_aside *aside;

	aside = kmalloc(struct_size(aside, kiov, n), GFP_NOFS | __GFP_NOWARN);
	if (!aside)
		return NULL;
	spin_lock_init(&aside->lock);
	aside->state = FILLING;
	aside->waits = msg;
	aside->msg = NULL;
	aside->bytes = bytes;
	aside->niov = 0;
	return aside;
}

/**
 * ksock_aside_left() - what it has no pages for
 * @aside: being filled
 *
 * Context: its connection's worker.
 * Return: bytes.
 */
unsigned int ksock_aside_left(const struct ksock_aside *aside)
{
	unsigned int have = aside->niov * PAGE_SIZE;

	return aside->bytes - min(aside->bytes, have);
}

/*
 * While it waits it has as much of its portal's room. The message is looked at under
 * the lock: see ksock_aside_filled(). What was dropped meanwhile needs no pages.
 */
static int aside_charge(struct ksock_aside *aside, u32 bytes)
{
	int rc = 0;

	spin_lock(&aside->lock);
	if (aside->state == FILLING)
		rc = lnet_msg_charge(aside->waits, bytes);
	else if (!aside->msg)
		rc = -ECANCELED;
	spin_unlock(&aside->lock);
	return rc;
}

/* As many as there are, but not too many: what has not come is announced only. */
static unsigned int aside_pages_more(const struct ksock_aside *aside)
{
	return clamp_t(unsigned int, aside->niov, 1, GROW_PAGES);
}

static int aside_add_pages(struct ksock_aside *aside, struct ksock_place *place,
			   unsigned int most)
{
	unsigned int first = aside->niov, left, n;
	struct bio_vec *frag;

	place->len = 0;
	for (n = 0; n < most && (left = ksock_aside_left(aside)); n++) {
		frag = &aside->kiov[aside->niov];
		frag->bv_page = alloc_page(GFP_NOFS | __GFP_NOWARN);
		if (!frag->bv_page)
			return -ENOMEM;
		frag->bv_offset = 0;
		frag->bv_len = min_t(unsigned int, left, PAGE_SIZE);
		place->len += frag->bv_len;
		aside->niov++;
	}
	place->niov = n;
	place->iov = NULL;
	place->kiov = aside->kiov + first;
	place->offset = 0;
	return 0;
}

/**
 * ksock_aside_grow() - a few pages more, as something has come
 * @aside: being filled, with something left
 * @place: gets them: where to read to
 *
 * Context: its connection's worker; may sleep.
 * Return: 0; or an error, and @aside is not the caller's any more: -ENOMEM; -ENOBUFS:
 * the portal has no room; -ECANCELED: the message was dropped.
 */
int ksock_aside_grow(struct ksock_aside *aside, struct ksock_place *place)
{
	unsigned int most = aside_pages_more(aside);
	u32 bytes = min_t(u32, ksock_aside_left(aside), most * PAGE_SIZE);
	int rc = aside_charge(aside, bytes);

	if (rc) {
		aside_free(aside);
		return rc;
	}
	rc = aside_add_pages(aside, place, most);
	if (rc)
		ksock_aside_filled(aside, rc);
	return rc;
}

/**
 * ksock_aside_place() - all that it holds
 * @aside: stays until ksock_aside_filled()
 * @place: gets it
 */
void ksock_aside_place(struct ksock_aside *aside, struct ksock_place *place)
{
	*place = (struct ksock_place){
		.niov = aside->niov, .kiov = aside->kiov,
		.len = aside->bytes - ksock_aside_left(aside),
	};
}

/* To the client's memory; @place is no longer than what has come. */
static int aside_copy_out(const struct ksock_aside *aside,
			  const struct ksock_place *place)
{
	unsigned int i, n, left = place->len;
	struct iov_iter to;

	if (!left)
		return 0;
	ksock_place_iter(place, READ, &to);
	for (i = 0; i < aside->niov && left; i++) {
		n = min(left, aside->kiov[i].bv_len);
		if (copy_page_to_iter(aside->kiov[i].bv_page, 0, n, &to) != n)
			return -EFAULT;
		left -= n;
		lnet_run_copied(n);
	}
	return left ? -EFAULT : 0;
}

static void aside_finish_claim(struct ksock_aside *aside, struct lnet_msg *msg,
			       const struct ksock_place *place, int status)
{
	if (msg && !status)
		status = aside_copy_out(aside, place);
	aside_free(aside);
	if (msg)
		lnet_finalize(msg, status);
}

/**
 * ksock_aside_claim() - the message does not have to wait any more
 * @aside: not the caller's any more
 * @msg: whose payload it is; NULL: throw it away
 * @place: where it goes; not more than there is
 *
 * Context: task; does not sleep.
 * Return: 0: @msg is or will be finalized; -EIO: the payload never came.
 */
int ksock_aside_claim(struct ksock_aside *aside, struct lnet_msg *msg,
		      const struct ksock_place *place)
{
	enum state was;

	spin_lock(&aside->lock);
	was = aside->state;
	if (was == FILLING) {
		aside->state = CLAIMED;
		aside->msg = msg;
		aside->place = *place;
	}
	spin_unlock(&aside->lock);

	if (was == FILLING)
		return 0;
	if (was == FAILED) {
		aside_free(aside);
		return msg ? -EIO : 0;
	}
	aside_finish_claim(aside, msg, place, 0);
	return 0;
}

/**
 * ksock_aside_filled() - all of the payload has come, or none will
 * @aside: not the caller's any more
 * @status: 0, or -errno
 *
 * The message is looked for in its queue under the lock, as whoever takes it out of
 * there comes to claim it, and waits for the lock before he may free it.
 *
 * Context: task; does not sleep.
 */
void ksock_aside_filled(struct ksock_aside *aside, int status)
{
	bool claimed, gone = false;

	spin_lock(&aside->lock);
	claimed = aside->state == CLAIMED;
	if (!claimed && status)
		gone = lnet_msg_abandon(aside->waits);
	if (!claimed)
		aside->state = status ? FAILED : FULL;
	spin_unlock(&aside->lock);

	if (claimed)
		aside_finish_claim(aside, aside->msg, &aside->place, status);
	else if (gone)
		aside_free(aside);
}
