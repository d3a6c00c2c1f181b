// SPDX-License-Identifier: GPL-2.0
/*
 * Crowds: hundreds and thousands of unique MEs are posted and unlinked at
 * once, so that the table of the portal grows and shrinks under all threads that
 * use it meanwhile. On the portal that all crowds share an anchor says so if a
 * message misses the first ME that wants it: a unique one, with another behind
 * it that takes whatever the thread sends there.
 */
#include "fuzz.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

enum {
	CROWD_LEAST	= 64,
	CROWD_MOST	= 2048,
	ANCHOR_PUTS	= 24,
	ALIASES		= 8,
};

static struct lnet_handle_me *crowds[FUZZ_THREADS_MAX];

/* 0 or -ENOMEM. */
int fuzz_crowd_init(void)
{
	unsigned int i;

	for (i = 0; i < fuzz_threads; i++) {
		crowds[i] = vmalloc(array_size(CROWD_MOST, sizeof(**crowds)));
		if (!crowds[i])
			return -ENOMEM;
	}
	return 0;
}

/* Undo fuzz_crowd_init(), also if it failed. */
void fuzz_crowd_exit(void)
{
	unsigned int i;

	for (i = 0; i < FUZZ_THREADS_MAX; i++)
		vfree(crowds[i]);
}

static u64 crowd_bits(const struct fuzz_by *by, unsigned int i)
{
	return (u64)(by->thread + 1) << 32 | i;
}

static void crowd_attach(struct fuzz_by *by, unsigned int portal, unsigned int n)
{
	struct lnet_md umd = { .threshold = 1, .options = LNET_MD_OP_PUT |
			       LNET_MD_TRUNCATE | LNET_MD_ACK_DISABLE };
	struct lnet_handle_me *meh = crowds[by->thread];
	struct lnet_handle_md mdh;
	unsigned int i;

	LNetInvalidateEQHandle(&umd.eq_handle);
	for (i = 0; i < n; i++) {
		fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
			   LNetMEAttach(portal, fuzz_lo, crowd_bits(by, i), 0,
					LNET_UNLINK, LNET_INS_AFTER, &meh[i]),
			   0);
		fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
			   LNetMDAttach(meh[i], umd, LNET_UNLINK, &mdh), 0);
		cond_resched();
	}
}

/* Messages for some of them; the first for each takes it. */
static void crowd_hit(struct fuzz_by *by, unsigned int portal, unsigned int n)
{
	struct fuzz_md *src = fuzz_own_source(by, FUZZ_SOURCE, 0,
					      LNET_MD_THRESH_INF);
	struct lnet_handle_me *meh = crowds[by->thread];
	unsigned int i, k;

	if (!src)
		return;
	for (k = 0; k < n / 8; k++) {
		i = fuzz_below(by, n);
		fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, false, portal,
			 crowd_bits(by, i), 0);
		if (meh[i].cookie)
			fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_STALE,
				   LNetMEUnlink(meh[i]), -ENOENT);
		meh[i].cookie = 0;
	}
	fuzz_own_unlink(by, src, 0);
}

/* All that are left, forwards, backwards, or one here and one there. */
static void crowd_end(struct fuzz_by *by, unsigned int n)
{
	static const unsigned int strides[] = { 1, -1, 7919 };
	unsigned int stride = strides[fuzz_below(by, ARRAY_SIZE(strides))];
	struct lnet_handle_me *meh = crowds[by->thread];
	unsigned int i, at = 0;

	for (i = 0; i < n; i++, at = (at + stride) & (n - 1)) {
		if (meh[at].cookie)
			fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
				   LNetMEUnlink(meh[at]), 0);
		cond_resched();
	}
}

/* Post many, hit some, unlink the others. */
void fuzz_step_crowd(struct fuzz_by *by)
{
	unsigned int n = CROWD_LEAST << fuzz_below(by, 6);
	unsigned int portal = fuzz_below(by, 3) ? FUZZ_PORTAL_CROWD :
						  fuzz_owns[by->thread].portal;

	crowd_attach(by, portal, n);
	crowd_hit(by, portal, n);
	crowd_end(by, n);
}

static struct fuzz_md *anchor_post(struct fuzz_by *by, unsigned int portal,
				   u64 bits, u64 ignore,
				   struct lnet_handle_me *meh)
{
	struct fuzz_own *own = &fuzz_owns[by->thread];
	struct fuzz_md *md;

	md = fuzz_md_new(by, FUZZ_SINK, &own->eq, own->eq.cookie, 0, 0);
	if (!md)
		return NULL;
	md->quiet = true;
	md->umd.options |= LNET_MD_OP_PUT;
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(portal, fuzz_lo, bits, ignore,
				LNET_RETAIN, LNET_INS_AFTER, meh), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(*meh, md->umd, LNET_RETAIN, &md->handle), 0);
	return md;
}

static void anchor_end(struct fuzz_by *by, struct fuzz_md *md,
		       struct lnet_handle_me meh)
{
	if (!md)
		return;
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(meh), 0);
	fuzz_own_unlink(by, md, -ENOENT);
}

/* A unique ME, and one behind it that would take the same: the first gets all. */
void fuzz_step_anchor(struct fuzz_by *by)
{
	u64 bits = crowd_bits(by, CROWD_MOST + fuzz_below(by, 99999));
	struct lnet_handle_me meh, behind;
	struct fuzz_md *src, *first, *second;
	unsigned int i;

	src = fuzz_own_source(by, FUZZ_SOURCE, 0, LNET_MD_THRESH_INF);
	if (!src)
		return;
	first = anchor_post(by, FUZZ_PORTAL_CROWD, bits, 0, &meh);
	second = anchor_post(by, FUZZ_PORTAL_CROWD, bits, U32_MAX, &behind);
	for (i = 0; i < ANCHOR_PUTS && first && second; i++)
		fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, true,
			 FUZZ_PORTAL_CROWD, bits, 0);
	if (first && second && (first->landed != i || second->landed))
		fuzz_wrong(by, "match", "of %u PUTs the first ME has got %u, the one behind it %u",
			   i, first->landed, second->landed);
	anchor_end(by, first, meh);
	anchor_end(by, second, behind);
	fuzz_own_unlink(by, src, 0);
}

static void alias_once(struct fuzz_by *by, struct fuzz_md *src, u64 bits)
{
	unsigned int portal = fuzz_owns[by->thread].portal;
	struct lnet_handle_me meh;
	struct fuzz_md *md;

	md = anchor_post(by, portal, bits, 0, &meh);
	anchor_end(by, md, meh);
	md = anchor_post(by, FUZZ_PORTAL_CROWD, bits, 0, &meh);
	if (!md)
		return;
	fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, true, portal, bits,
		 0);
	if (md->landed)
		fuzz_wrong(by, "match", "an ME has got a PUT to another portal");
	fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, true,
		 FUZZ_PORTAL_CROWD, bits, 0);
	if (md->landed != 1)
		fuzz_wrong(by, "match", "of 1 PUT the ME has got %u",
			   md->landed);
	anchor_end(by, md, meh);
}

/*
 * An unlinked ME is gone from its place: its memory is soon that of another one,
 * with the same key on another portal.
 */
void fuzz_step_alias(struct fuzz_by *by)
{
	unsigned int i, n = 1 + fuzz_below(by, ALIASES);
	struct fuzz_md *src;

	src = fuzz_own_source(by, FUZZ_SOURCE, 0, LNET_MD_THRESH_INF);
	if (!src)
		return;
	for (i = 0; i < n; i++)
		alias_once(by, src, crowd_bits(by, CROWD_MOST +
					       fuzz_below(by, 99999)));
	fuzz_own_unlink(by, src, 0);
}
