// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone: its own portal, its own EQ, and messages to ourselves for one ME and its MD, of
 * which the model says where each lands. They have had all their events when the call returns.
 */
#include "fuzz.h"

struct fuzz_own fuzz_owns[FUZZ_THREADS_MAX];

/* Before its first step. 0 or -errno. */
int fuzz_own_begin(struct fuzz_by *by)
{
	struct fuzz_own *own = &fuzz_owns[by->thread];

	own->portal = FUZZ_PORTAL_OWN + by->thread;
	spin_lock_init(&own->lock);
	fuzz_eq_setup(&own->eq);
	return fuzz_eq_make(by, &own->eq, 0);
}

/* After its last. */
void fuzz_own_end(struct fuzz_by *by)
{
	if (fuzz_eq_free(by, &fuzz_owns[by->thread].eq, FUZZ_VALID))
		fuzz_wrong(by, "errno", "a thread's own EQ cannot be freed");
}

/* An MD of the thread's own EQ. */
struct fuzz_md *fuzz_own_md(struct fuzz_by *by, enum fuzz_sort sort,
			    unsigned int bytes)
{
	struct fuzz_eq *eq = &fuzz_owns[by->thread].eq;
	struct fuzz_md *md;

	md = fuzz_md_new(by, sort, eq, eq->cookie, bytes, fuzz_below(by, 3));
	if (md)
		md->quiet = true;
	return md;
}

static void own_bind(struct fuzz_by *by, struct fuzz_md *md,
		     enum lnet_unlink unlink)
{
	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_VALID,
		   LNetMDBind(md->umd, unlink, &md->handle), 0);
}

/* An MD to send from or to fetch into. */
struct fuzz_md *fuzz_own_source(struct fuzz_by *by, enum fuzz_sort sort,
				unsigned int bytes, int threshold)
{
	struct fuzz_md *md = fuzz_own_md(by, sort, bytes);

	if (!md)
		return NULL;
	md->umd.threshold = threshold;
	if (sort == FUZZ_FETCH)
		md->umd.options |= LNET_MD_TRUNCATE;
	own_bind(by, md, LNET_RETAIN);
	return md;
}

/* An ME and an MD that takes PUTs from ourselves; both stay until unlinked. */
struct fuzz_md *fuzz_own_sink(struct fuzz_by *by, u64 bits,
			      struct lnet_handle_me *meh)
{
	struct fuzz_md *md = fuzz_own_md(by, FUZZ_SINK, 64);
	unsigned int portal = fuzz_owns[by->thread].portal;

	if (!md)
		return NULL;
	md->umd.options |= LNET_MD_OP_PUT;
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(portal, fuzz_lo, bits, 0, LNET_RETAIN,
				LNET_INS_AFTER, meh), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(*meh, md->umd, LNET_RETAIN, &md->handle), 0);
	return md;
}

/* End an MD, which is idle; the caller holds it no more. */
void fuzz_own_unlink(struct fuzz_by *by, struct fuzz_md *md, int want)
{
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(md->handle),
		   want);
	if (md->lasts != 1)
		fuzz_wrong(by, "no-last", "MD %#llx has had %u last events after LNetMDUnlink()",
			   md->handle.cookie, md->lasts);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_FREED, LNetMDUnlink(md->handle),
		   -ENOENT);
	fuzz_bury(FUZZ_MD, md->handle.cookie);
	fuzz_md_put(md);
}

static void own_put(struct fuzz_by *by, struct fuzz_model *m,
		    struct fuzz_md *src, u64 bits)
{
	unsigned int acks = src->acks, mlength = 0;
	unsigned int offset = fuzz_below(by, 2) ? 0 : fuzz_below(by, 1200);
	bool ack = fuzz_below(by, 2), lands;

	lands = fuzz_model_predict(m, false, src->bytes, offset, &mlength);
	if (lands && ack && !(m->md->umd.options & LNET_MD_ACK_DISABLE))
		acks++;
	fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, ack,
		 fuzz_owns[by->thread].portal, bits, offset);
	fuzz_model_compare(by, m, lands, mlength);
	if (src->acks != acks)
		fuzz_wrong(by, "no-ack", "%u ACKs have come, not %u",
			   src->acks, acks);
}

static void own_get(struct fuzz_by *by, struct fuzz_model *m,
		    struct fuzz_md *sink, u64 bits)
{
	unsigned int offset = fuzz_below(by, 2) ? 0 : fuzz_below(by, 1200);
	unsigned int replies = sink->replies, mlength = 0;
	bool lands;

	lands = fuzz_model_predict(m, true, sink->bytes, offset, &mlength);
	fuzz_get(by, FUZZ_VALID, sink, sink->handle.cookie,
		 fuzz_owns[by->thread].portal, bits, offset);
	fuzz_model_compare(by, m, lands, mlength);
	if (sink->replies != replies + lands)
		fuzz_wrong(by, "no-reply", "a REPLY more makes %u, not %u",
			   sink->replies, replies + lands);
	else if (lands && !fuzz_filled(sink->mem, mlength, m->md->id,
				       m->offset - mlength))
		fuzz_wrong(by, "payload", "%u bytes of a REPLY are not what is at %u",
			   mlength, m->offset - mlength);
}

static void own_refused(struct fuzz_by *by, const struct fuzz_model *m)
{
	struct lnet_handle_md mdh;
	struct lnet_md umd = m->md->umd;

	if (m->md_lives)
		fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_WRONG,
			   LNetMDAttach(m->meh, umd, LNET_RETAIN, &mdh),
			   -EBUSY);
	else if (!m->me_lives)
		fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_FREED,
			   LNetMDAttach(m->meh, umd, LNET_RETAIN, &mdh),
			   -ENOENT);
}

/* An ME, its MD, and messages for it. */
void fuzz_step_own(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, 6), bytes = fuzz_below(by, 500);
	struct fuzz_md *src, *sink;
	struct fuzz_model m = {};
	u64 bits = fuzz_draw(by);

	src = fuzz_own_source(by, FUZZ_SOURCE, bytes, LNET_MD_THRESH_INF);
	sink = fuzz_own_source(by, FUZZ_FETCH, bytes, LNET_MD_THRESH_INF);
	if (!src || !sink || !fuzz_model_post(by, &m, LNET_NID_LO_0, bits))
		goto out;
	for (; n; n--) {
		/* Now and then of the kind that its MD does not take. */
		if (m.store == !!fuzz_below(by, 8))
			own_get(by, &m, sink, bits);
		else
			own_put(by, &m, src, bits);
	}
	own_refused(by, &m);
	fuzz_model_close(by, &m);
out:
	if (src)
		fuzz_own_unlink(by, src, 0);
	if (sink)
		fuzz_own_unlink(by, sink, 0);
}
