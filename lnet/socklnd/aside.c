// SPDX-License-Identifier: GPL-2.0
/*
 * When a PUT has to wait on a lazy portal, its payload is read into pages of ours, so that
 * messages behind it on the same connection need not wait too. It may be claimed, with a place for
 * the payload, before or after all of the payload has come. Of the worker that
 * reads and the client that claims, the second copies the payload and finalizes the message.
 *
 *	          filled        claimed
 *	FILLING --------> FULL ---------> copied, freed
 *	   | claimed                        ^
 *	   `-----------> CLAIMED -----------' filled
 *
 * Pages are allocated when there is data for them, each time as many as there are already, up to
 * GROW_PAGES, if the portal has room for that much. A payload that is announced and never
 * comes costs only the array that lists its pages. If the connection ends before all has come, or
 * there is no room, the message leaves the portal's queue. If a thread has just taken it
 * out of the queue, the state becomes FAILED, and the claim of that thread fails.
 */
#include "aside.h"
#include "../hooks/alloc.h"
#include "conn.h"

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

#define ASIDE_GFP	(GFP_NOFS | __GFP_NOWARN)

struct ksock_aside {
	spinlock_t lock;		/* A: this lock; taken by tasks only */
	enum state state;		/* A: */
	struct lnet_msg *waits;		/* A: the waiting message, until claimed */
	struct lnet_msg *msg;		/* A: if CLAIMED: to finalize, or NULL */
	struct lnet_frags place;	/* A: if CLAIMED: where the payload goes */
	struct lnet_pages pages;	/* the reading worker's, then the copying thread's */
};

static void aside_free(struct ksock_aside *aside)
{
	lnet_payload_free_pages(&aside->pages);
	kfree(aside);
}

/**
 * ksock_aside_new() - prepare to set a payload aside
 * @msg: the message, which has to wait
 * @bytes: length of its payload, bytes
 *
 * Context: task; may sleep.
 * Return: the new object, without pages; or NULL if there is no memory.
 */
struct ksock_aside *ksock_aside_new(struct lnet_msg *msg, unsigned int bytes)
{
	unsigned int n = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct ksock_aside *aside;

	aside = lnet_alloc(kmalloc(struct_size(aside, pages.kiov, n), ASIDE_GFP));
	if (!aside)
		return NULL;
	spin_lock_init(&aside->lock);
	aside->state = FILLING;
	aside->waits = msg;
	aside->msg = NULL;
	aside->pages.bytes = bytes;
	aside->pages.niov = 0;
	return aside;
}

/**
 * ksock_aside_left() - tell how much of a payload has no pages yet
 * @aside: the object, which is being filled
 *
 * Context: the connection's worker.
 * Return: that length, bytes.
 */
unsigned int ksock_aside_left(const struct ksock_aside *aside)
{
	return aside->pages.bytes - lnet_pages_have(&aside->pages);
}

/*
 * While the message waits, charge its portal. The lock keeps the message from being freed: see
 * ksock_aside_filled(). A payload that is to be thrown away needs no pages: -ECANCELED.
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

/* As much as there is, within bounds: the rest is announced and may never come. */
static unsigned int aside_more(const struct ksock_aside *aside)
{
	unsigned int pages = clamp_t(unsigned int, aside->pages.niov, 1, GROW_PAGES);

	return min_t(unsigned int, ksock_aside_left(aside), pages * PAGE_SIZE);
}

/**
 * ksock_aside_grow() - add a few pages, as data has come
 * @aside: the object, which is being filled and needs more pages
 * @place: set to the new pages, to be read into
 *
 * Context: the connection's worker; may sleep.
 * Return: 0; or an error, and @aside is consumed: -ENOMEM; -ENOBUFS: the portal
 * has no room; -ECANCELED: the message was dropped.
 */
int ksock_aside_grow(struct ksock_aside *aside, struct lnet_frags *place)
{
	unsigned int have = lnet_pages_have(&aside->pages);
	unsigned int more = aside_more(aside);
	int rc = aside_charge(aside, more);

	if (rc) {
		aside_free(aside);
		return rc;
	}
	rc = lnet_payload_add_pages(&aside->pages, have + more, ASIDE_GFP);
	if (rc) {
		ksock_aside_filled(aside, rc);
		return rc;
	}
	*place = lnet_pages_frags(&aside->pages, have, more);
	return 0;
}

/**
 * ksock_aside_place() - describe all pages of a payload
 * @aside: the object; the description is valid until ksock_aside_filled()
 * @place: set to all pages of @aside
 *
 * Context: the connection's worker.
 */
void ksock_aside_place(struct ksock_aside *aside, struct lnet_frags *place)
{
	*place = lnet_pages_frags(&aside->pages, 0, lnet_pages_have(&aside->pages));
}

/* Copy to the client's memory; @place is no longer than the payload that has come. */
static int aside_copy_out(const struct ksock_aside *aside,
			  const struct lnet_frags *place)
{
	struct lnet_frags from = lnet_pages_frags(&aside->pages, 0, place->len);
	struct lnet_frags to = *place;
	unsigned int n;

	while (to.len) {
		n = min_t(unsigned int, to.len, PAGE_SIZE);
		if (lnet_payload_copy(&to, &from, n) != n)
			return -EFAULT;
		lnet_run_copied(n);
	}
	return 0;
}

static void aside_finish_claim(struct ksock_aside *aside, struct lnet_msg *msg,
			       const struct lnet_frags *place, int status)
{
	if (msg && !status)
		status = aside_copy_out(aside, place);
	aside_free(aside);
	if (msg)
		lnet_finalize(msg, status);
}

/**
 * ksock_aside_claim() - claim the payload of a message that need not wait any more
 * @aside: the payload that was set aside; consumed
 * @msg: the message; NULL to throw the payload away
 * @place: client memory for the payload, no longer than the payload
 *
 * Context: task; does not sleep.
 * Return: 0: @msg is or will be finalized; -EIO: the payload did not come, @msg is not finalized.
 */
int ksock_aside_claim(struct ksock_aside *aside, struct lnet_msg *msg,
		      const struct lnet_frags *place)
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
 * ksock_aside_filled() - note that all of the payload has come, or none will
 * @aside: the payload that was set aside; consumed
 * @status: 0 if all has come, or -errno
 *
 * The lock keeps the message from being freed while this function looks for it in its queue:
 *  1. A thread that takes the message from the queue calls ksock_aside_claim() for it.
 *  2. That waits for the lock, and only then may the thread free the message.
 *
 * Context: task; does not sleep.
 */
void ksock_aside_filled(struct ksock_aside *aside, int status)
{
	bool claimed, abandoned = false;

	spin_lock(&aside->lock);
	claimed = aside->state == CLAIMED;
	if (!claimed && status)
		abandoned = lnet_msg_abandon(aside->waits);
	if (!claimed)
		aside->state = status ? FAILED : FULL;
	spin_unlock(&aside->lock);

	if (claimed)
		aside_finish_claim(aside, aside->msg, &aside->place, status);
	else if (abandoned)
		aside_free(aside);
}
