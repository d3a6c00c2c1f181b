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
 * When the connection ends first, filled() says so, and the claim fails.
 */
#include "aside.h"

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

struct lnet_sock_aside {
	spinlock_t lock;		/* A: taken by tasks only */
	enum state state;		/* A: */
	struct lnet_msg *msg;		/* A: CLAIMED: whose it is, or NULL */
	struct lnet_sock_place place;	/* A: CLAIMED: where it goes */
	unsigned int bytes;
	unsigned int niov;
	struct bio_vec kiov[];
};

static void aside_free(struct lnet_sock_aside *aside)
{
	while (aside->niov)
		__free_page(aside->kiov[--aside->niov].bv_page);
	kfree(aside);
}

/**
 * lnet_sock_aside_new() - room for a payload
 * @bytes: its length
 *
 * Context: task; may sleep.
 * Return: the room; or NULL: no memory.
 */
struct lnet_sock_aside *lnet_sock_aside_new(unsigned int bytes)
{
	unsigned int n = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct lnet_sock_aside *aside;
	struct bio_vec *frag;

	aside = kmalloc(struct_size(aside, kiov, n), GFP_NOFS);
	if (!aside)
		return NULL;
	spin_lock_init(&aside->lock);
	aside->state = FILLING;
	aside->msg = NULL;
	aside->bytes = bytes;
	for (aside->niov = 0; aside->niov < n; aside->niov++) {
		frag = &aside->kiov[aside->niov];
		frag->bv_page = alloc_page(GFP_NOFS);
		if (!frag->bv_page) {
			aside_free(aside);
			return NULL;
		}
		frag->bv_offset = 0;
		frag->bv_len = min_t(unsigned int, bytes, PAGE_SIZE);
		bytes -= frag->bv_len;
	}
	return aside;
}

/**
 * lnet_sock_aside_place() - where the payload is to be read to
 * @aside: the room; stays until lnet_sock_aside_filled()
 * @place: gets it
 */
void lnet_sock_aside_place(struct lnet_sock_aside *aside, struct lnet_sock_place *place)
{
	*place = (struct lnet_sock_place){
		.niov = aside->niov, .kiov = aside->kiov, .len = aside->bytes,
	};
}

/**
 * lnet_sock_place_iter() - walk over memory of a client
 * @place: the memory
 * @direction: READ: it is written to; WRITE: it is read
 * @iter: made for it
 */
void lnet_sock_place_iter(const struct lnet_sock_place *place, unsigned int direction,
			  struct iov_iter *iter)
{
	size_t end = (size_t)place->offset + place->len;

	if (place->kiov)
		iov_iter_bvec(iter, direction, place->kiov, place->niov, end);
	else
		iov_iter_kvec(iter, direction, place->iov, place->niov, end);
	iov_iter_advance(iter, place->offset);
}

/* To the client's memory; @place is no longer than what has come. */
static int copy_out(const struct lnet_sock_aside *aside,
		    const struct lnet_sock_place *place)
{
	unsigned int i, n, left = place->len;
	struct iov_iter to;

	if (!left)
		return 0;
	lnet_sock_place_iter(place, READ, &to);
	for (i = 0; i < aside->niov && left; i++) {
		n = min(left, aside->kiov[i].bv_len);
		if (copy_page_to_iter(aside->kiov[i].bv_page, 0, n, &to) != n)
			return -EFAULT;
		left -= n;
		lnet_run_copied(n);
	}
	return left ? -EFAULT : 0;
}

static void finish(struct lnet_sock_aside *aside, struct lnet_msg *msg,
		   const struct lnet_sock_place *place, int status)
{
	if (msg && !status)
		status = copy_out(aside, place);
	aside_free(aside);
	if (msg)
		lnet_finalize(msg, status);
}

/**
 * lnet_sock_aside_claim() - the message does not have to wait any more
 * @aside: not the caller's any more
 * @msg: whose payload it is; NULL: throw it away
 * @place: where it goes; not more than there is
 *
 * Context: task; does not sleep.
 * Return: 0: @msg is or will be finalized; -EIO: the payload never came.
 */
int lnet_sock_aside_claim(struct lnet_sock_aside *aside, struct lnet_msg *msg,
			  const struct lnet_sock_place *place)
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
	finish(aside, msg, place, 0);
	return 0;
}

/**
 * lnet_sock_aside_filled() - all of the payload has come, or none will
 * @aside: not the caller's any more
 * @status: 0, or -errno
 *
 * Context: task; does not sleep.
 */
void lnet_sock_aside_filled(struct lnet_sock_aside *aside, int status)
{
	bool claimed;

	spin_lock(&aside->lock);
	claimed = aside->state == CLAIMED;
	if (!claimed)
		aside->state = status ? FAILED : FULL;
	spin_unlock(&aside->lock);

	if (claimed)
		finish(aside, aside->msg, &aside->place, status);
}
