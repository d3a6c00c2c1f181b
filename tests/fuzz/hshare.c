// SPDX-License-Identifier: GPL-2.0
/*
 * MDs of the handler interface that all threads and handlers share, on the portals that the first
 * client uses, too: as share.c and move.c.
 */
#include "lustre.h"

#include <linux/bug.h>
#include <linux/spinlock.h>

enum { ATTIC = 8192 };		/* as many as there are records */

/* MDs that had to give way in a handler, which may not take them back. */
static DEFINE_SPINLOCK(attic_lock);		/* A: innermost */
static struct fuzz_handle attic[ATTIC];		/* A: */
static unsigned int attic_count;		/* A: */

static void attic_put(struct fuzz_handle h)
{
	spin_lock(&attic_lock);
	if (!WARN_ON_ONCE(attic_count == ATTIC))
		attic[attic_count++] = h;
	spin_unlock(&attic_lock);
}

static bool attic_take(struct fuzz_handle *h)
{
	bool some;

	spin_lock(&attic_lock);
	some = attic_count;
	if (some)
		*h = attic[--attic_count];
	spin_unlock(&attic_lock);
	return some;
}

/* Put an MD that was made onto the board; what stood there is taken back. */
static void hshare_pin(struct fuzz_by *by, unsigned int place, struct fuzz_md *md, int rc)
{
	struct fuzz_handle h = { md->handle.cookie, md->id };

	if (rc)
		fuzz_md_give_up(md);
	fuzz_md_put(md);
	if (rc)
		return;
	h = fuzz_board_swap(FUZZ_HMD, place, h);
	if (h.cookie && by->handler)
		attic_put(h);
	else if (h.cookie)
		fuzz_hmd_unlink(by, FUZZ_SHARED, h);
}

/* Post an ME with an MD. */
void fuzz_step_hpost(struct fuzz_by *by)
{
	static const int thresholds[] = { 1, 1, 2, 5, LNET_MD_THRESH_INF };
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / 2), place = fuzz_below(by, FUZZ_PLACES);
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	bool store = fuzz_once_in(by, 4), unlink = fuzz_below(by, 2);
	u64 ignore = fuzz_once_in(by, 4) ? fuzz_below(by, FUZZ_BITS) : 0;
	struct fuzz_md *md;
	int rc;

	md = fuzz_hmd_new(by, store ? FUZZ_STORE : FUZZ_SINK, bytes);
	if (!md)
		return;
	md->umd.options |= store ? LNET_MD_OP_GET : LNET_MD_OP_PUT;
	md->umd.threshold = thresholds[fuzz_below(by, ARRAY_SIZE(thresholds))];
	if (fuzz_below(by, 2))
		md->umd.options |= LNET_MD_TRUNCATE;
	if (fuzz_once_in(by, 3))
		md->umd.options |= LNET_MD_MANAGE_REMOTE;
	if (fuzz_once_in(by, 4))
		md->umd.options |= LNET_MD_ACK_DISABLE;
	if (fuzz_once_in(by, 4)) {
		md->umd.options |= LNET_MD_MAX_SIZE;
		md->umd.max_size = fuzz_below(by, bytes + 1);
	}
	rc = fuzz_hmd_attach(by, FUZZ_VALID, md, portal, fuzz_anybody(by).nid,
			     fuzz_below(by, FUZZ_BITS), ignore,
			     unlink ? LNET_UNLINK : LNET_RETAIN);
	hshare_pin(by, place, md, rc);
}

/* Bind an MD. */
void fuzz_step_hbind(struct fuzz_by *by)
{
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / 4), place = fuzz_below(by, FUZZ_PLACES);
	bool fetch = fuzz_once_in(by, 3), unlink = fuzz_below(by, 2);
	struct fuzz_md *md;
	int rc;

	md = fuzz_hmd_new(by, fetch ? FUZZ_FETCH : FUZZ_SOURCE, bytes);
	if (!md)
		return;
	if (fuzz_below(by, 2))
		md->umd.threshold = 1 + fuzz_below(by, 4);
	rc = fuzz_hmd_bind(by, FUZZ_VALID, md, unlink ? LNET_UNLINK : LNET_RETAIN);
	hshare_pin(by, place, md, rc);
}

/* An MD of the board with a record of a sort, looked for from a place on. */
static struct fuzz_md *hshare_find(unsigned int place, enum fuzz_sort sort, struct fuzz_handle *h)
{
	struct fuzz_md *md;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		*h = fuzz_board_get(FUZZ_HMD, (place + i) % FUZZ_PLACES);
		md = fuzz_md_hold(h->id);
		if (md && md->sort == sort)
			return md;
		if (md)
			fuzz_md_put(md);
	}
	return NULL;
}

static enum fuzz_class hshare_odd(struct fuzz_by *by, struct fuzz_handle *h)
{
	static const enum fuzz_class classes[] = { FUZZ_STALE, FUZZ_KIND, FUZZ_RANDOM };

	return fuzz_pick(by, FUZZ_HMD, classes[fuzz_below(by, ARRAY_SIZE(classes))], h);
}

/* A PUT to a portal that all share; or with a handle that is no MD's, or for no portal. */
void fuzz_step_hput(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int offset = fuzz_below(by, 3) ? 0 : fuzz_below(by, 3000);
	u64 bits = fuzz_below(by, FUZZ_BITS);
	enum fuzz_class class;
	struct fuzz_handle h;
	struct fuzz_md *md;

	if (fuzz_once_in(by, 6)) {
		class = hshare_odd(by, &h);
		fuzz_hmd_put(by, class, NULL, h.cookie, true, portal, bits, 0);
		return;
	}
	md = hshare_find(fuzz_below(by, FUZZ_PLACES), FUZZ_SOURCE, &h);
	if (!md)
		return;
	by->depth++;
	if (fuzz_once_in(by, 5))
		fuzz_hmd_put(by, FUZZ_WRONG, md, h.cookie, false, LNET_MAX_PORTALS, bits, 0);
	else
		fuzz_hmd_put(by, FUZZ_SHARED, md, h.cookie, fuzz_below(by, 2), portal, bits,
			     offset);
	by->depth--;
	fuzz_md_put(md);
}

/* The same for a GET. */
void fuzz_step_hget(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int offset = fuzz_below(by, 3) ? 0 : fuzz_below(by, 3000);
	u64 bits = fuzz_below(by, FUZZ_BITS);
	enum fuzz_class class;
	struct fuzz_handle h;
	struct fuzz_md *md;

	if (fuzz_once_in(by, 4)) {
		class = hshare_odd(by, &h);
		fuzz_hmd_get(by, class, NULL, h.cookie, portal, bits, 0);
		return;
	}
	md = hshare_find(fuzz_below(by, FUZZ_PLACES), FUZZ_FETCH, &h);
	if (!md)
		return;
	if (fuzz_once_in(by, 5))
		fuzz_hmd_get(by, FUZZ_WRONG, md, h.cookie, LNET_MAX_PORTALS, bits, 0);
	else
		fuzz_hmd_get(by, FUZZ_SHARED, md, h.cookie, portal, bits, offset);
	fuzz_md_put(md);
}

/* Take an MD back that all share, or a handle that is no MD's. */
void fuzz_step_hunlink(struct fuzz_by *by)
{
	enum fuzz_class class;
	struct fuzz_handle h;

	if (fuzz_once_in(by, 3))
		class = hshare_odd(by, &h);
	else
		class = fuzz_pick(by, FUZZ_HMD, FUZZ_SHARED, &h);
	fuzz_hmd_unlink(by, class, h);
	if (!by->handler && attic_take(&h))
		fuzz_hmd_unlink(by, FUZZ_SHARED, h);
}

/* Two of the shared portals are lazy, sometimes. */
void fuzz_step_hlazy(struct fuzz_by *by)
{
	int portal = FUZZ_PORTAL + fuzz_below(by, 2);

	if (fuzz_below(by, 3))
		fuzz_exact(by, FUZZ_H_LNetSetLazyPortal, FUZZ_SHARED, LNetSetLazyPortal(portal),
			   0);
	else
		fuzz_exact(by, FUZZ_H_LNetClearLazyPortal, FUZZ_SHARED,
			   LNetClearLazyPortal(portal), 0);
	portal = fuzz_below(by, 2) ? -1 : LNET_MAX_PORTALS;
	fuzz_exact(by, FUZZ_H_LNetSetLazyPortal, FUZZ_WRONG, LNetSetLazyPortal(portal), -EINVAL);
	fuzz_exact(by, FUZZ_H_LNetClearLazyPortal, FUZZ_WRONG, LNetClearLazyPortal(portal),
		   -EINVAL);
}

static void hshare_sweep(struct fuzz_by *by, struct fuzz_handle h)
{
	struct fuzz_md *md = fuzz_md_hold(h.id);

	if (!fuzz_hmd_unlink(by, FUZZ_SHARED, h) && md)
		fuzz_md_acked(by, md);
	if (md)
		fuzz_md_put(md);
}

/* End all that is on the board; no thread does anything, and no message is under way. */
void fuzz_lustre_sweep(struct fuzz_by *by)
{
	struct fuzz_handle h, none = {};
	unsigned int i;

	for (i = 0; i < FUZZ_PLACES; i++) {
		h = fuzz_board_swap(FUZZ_HMD, i, none);
		if (h.cookie)
			hshare_sweep(by, h);
	}
	while (attic_take(&h))
		hshare_sweep(by, h);
}
