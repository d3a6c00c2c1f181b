// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone: its own portal, its own EQ, and a model of one ME and its MD
 * that says of each call what it returns, and of each message where it lands.
 * Messages to ourselves have had all their events when the call returns.
 */
#include "fuzz.h"

struct fuzz_own fuzz_owns[FUZZ_THREADS_MAX];

/* The expected state of an ME and its MD */
struct own_model {
	struct lnet_handle_me meh;
	struct fuzz_md *md;
	bool me_lives;
	bool me_unlink;
	bool md_lives;
	bool md_unlink;
	bool store;
	bool exhausted;
	int threshold;
	unsigned int offset;
	unsigned int landed;
};

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

static struct fuzz_md *own_md(struct fuzz_by *by, enum fuzz_sort sort,
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
	struct fuzz_md *md = own_md(by, sort, bytes);

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
	struct fuzz_md *md = own_md(by, FUZZ_SINK, 64);
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

static void own_draw(struct fuzz_by *by, struct own_model *m)
{
	struct lnet_md *umd = &m->md->umd;

	umd->options |= m->store ? LNET_MD_OP_GET : LNET_MD_OP_PUT;
	umd->threshold = fuzz_below(by, 3) ? 1 + (int)fuzz_below(by, 4) :
					     LNET_MD_THRESH_INF;
	if (fuzz_below(by, 2))
		umd->options |= LNET_MD_TRUNCATE;
	if (fuzz_once_in(by, 3))
		umd->options |= LNET_MD_MANAGE_REMOTE;
	if (fuzz_once_in(by, 3))
		umd->options |= LNET_MD_ACK_DISABLE;
	if (fuzz_once_in(by, 3)) {
		umd->options |= LNET_MD_MAX_SIZE;
		umd->max_size = fuzz_below(by, m->md->bytes + 1);
	}
	m->threshold = umd->threshold;
}

static bool own_post(struct fuzz_by *by, struct own_model *m, u64 bits)
{
	struct lnet_process_id id = fuzz_lo;
	enum lnet_unlink unlink;

	m->store = fuzz_once_in(by, 3);
	m->me_unlink = fuzz_below(by, 2);
	m->md_unlink = fuzz_below(by, 2);
	if (fuzz_once_in(by, 3))
		id.nid = LNET_NID_ANY;
	m->md = own_md(by, m->store ? FUZZ_STORE : FUZZ_SINK,
		       fuzz_below(by, 1000));
	if (!m->md)
		return false;
	own_draw(by, m);

	unlink = m->me_unlink ? LNET_UNLINK : LNET_RETAIN;
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(fuzz_owns[by->thread].portal, id, bits, 0,
				unlink, fuzz_below(by, 3), &m->meh), 0);
	unlink = m->md_unlink ? LNET_UNLINK : LNET_RETAIN;
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(m->meh, m->md->umd, unlink, &m->md->handle), 0);
	m->me_lives = true;
	m->md_lives = true;
	return true;
}

/* Is there a place in the MD for byte @n of a message that begins at @at? */
static bool own_takes(const struct own_model *m, unsigned int at, unsigned int n)
{
	const struct lnet_md *umd = &m->md->umd;

	if ((umd->options & LNET_MD_MAX_SIZE) && n >= umd->max_size)
		return false;
	return at + n < m->md->bytes;
}

/* How many of so many bytes find one, each behind the other. */
static unsigned int own_fill(const struct own_model *m, unsigned int at,
			     unsigned int bytes)
{
	unsigned int n = 0;

	while (n < bytes && own_takes(m, at, n))
		n++;
	return n;
}

/* A message has landed: what is left? */
static void own_spend(struct own_model *m)
{
	const struct lnet_md *umd = &m->md->umd;

	m->landed++;
	m->threshold -= m->threshold != LNET_MD_THRESH_INF;
	/* The largest that may come does not fit any more. */
	if ((umd->options & LNET_MD_MAX_SIZE) &&
	    own_fill(m, m->offset, umd->max_size) != umd->max_size)
		m->exhausted = true;
	if (m->md_unlink && (m->exhausted || !m->threshold)) {
		m->md_lives = false;
		m->me_lives = m->me_lives && !m->me_unlink;
	}
}

/* Will a message of @bytes land, where, and how much of it? */
static bool own_predict(struct own_model *m, bool get, unsigned int bytes,
			unsigned int roffset, unsigned int *mlength)
{
	const struct lnet_md *umd = &m->md->umd;
	unsigned int at, n;

	if (!m->md_lives || m->exhausted || !m->threshold || get != m->store)
		return false;
	at = umd->options & LNET_MD_MANAGE_REMOTE ? roffset : m->offset;
	n = own_fill(m, at, bytes);
	if (at > m->md->bytes ||
	    (n < bytes && !(umd->options & LNET_MD_TRUNCATE)))
		return false;
	*mlength = n;
	m->offset = at + n;
	own_spend(m);
	return true;
}

/* Compare the MD with the model, after a message has landed or has not. */
static void own_compare(struct fuzz_by *by, const struct own_model *m,
			bool lands, unsigned int mlength)
{
	const struct fuzz_md *md = m->md;

	if (md->landed != m->landed)
		fuzz_wrong(by, "match", "%u messages have landed, not %u",
			   md->landed, m->landed);
	if (lands && (md->mlength != mlength ||
		      md->offset + mlength != m->offset))
		fuzz_wrong(by, "match", "%u bytes at %u, not %u at %u",
			   md->mlength, md->offset, mlength,
			   m->offset - mlength);
	if (md->lasts != !m->md_lives)
		fuzz_wrong(by, "no-last", "%u last events of an MD that %s",
			   md->lasts, m->md_lives ? "lives" : "is unlinked");
}

static void own_put(struct fuzz_by *by, struct own_model *m,
		    struct fuzz_md *src, u64 bits)
{
	unsigned int acks = src->acks, mlength = 0;
	unsigned int offset = fuzz_below(by, 2) ? 0 : fuzz_below(by, 1200);
	bool ack = fuzz_below(by, 2), lands;

	lands = own_predict(m, false, src->bytes, offset, &mlength);
	if (lands && ack && !(m->md->umd.options & LNET_MD_ACK_DISABLE))
		acks++;
	fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, ack,
		 fuzz_owns[by->thread].portal, bits, offset);
	own_compare(by, m, lands, mlength);
	if (src->acks != acks)
		fuzz_wrong(by, "no-ack", "%u ACKs have come, not %u",
			   src->acks, acks);
}

static void own_get(struct fuzz_by *by, struct own_model *m,
		    struct fuzz_md *sink, u64 bits)
{
	unsigned int offset = fuzz_below(by, 2) ? 0 : fuzz_below(by, 1200);
	unsigned int replies = sink->replies, mlength = 0;
	bool lands;

	lands = own_predict(m, true, sink->bytes, offset, &mlength);
	fuzz_get(by, FUZZ_VALID, sink, sink->handle.cookie,
		 fuzz_owns[by->thread].portal, bits, offset);
	own_compare(by, m, lands, mlength);
	if (sink->replies != replies + lands)
		fuzz_wrong(by, "no-reply", "a REPLY more makes %u, not %u",
			   sink->replies, replies + lands);
	else if (lands && !fuzz_filled(sink->mem, mlength, m->md->id,
				       m->offset - mlength))
		fuzz_wrong(by, "payload", "%u bytes of a REPLY are not what is at %u",
			   mlength, m->offset - mlength);
}

/* Unlink both, in either order. */
static void own_close(struct fuzz_by *by, struct own_model *m)
{
	bool me_first = fuzz_below(by, 2);
	struct fuzz_handle h = { m->meh.cookie };

	if (me_first) {
		fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
			   LNetMEUnlink(m->meh), m->me_lives ? 0 : -ENOENT);
		fuzz_own_unlink(by, m->md, -ENOENT);
	} else {
		fuzz_own_unlink(by, m->md, m->md_lives ? 0 : -ENOENT);
		if (m->md_lives && m->me_unlink)
			m->me_lives = false;
		fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
			   LNetMEUnlink(m->meh), m->me_lives ? 0 : -ENOENT);
	}
	fuzz_bury(FUZZ_ME, h.cookie);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_FREED, LNetMEUnlink(m->meh),
		   -ENOENT);
}

static void own_refused(struct fuzz_by *by, const struct own_model *m)
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
	struct own_model m = {};
	u64 bits = fuzz_draw(by);

	src = fuzz_own_source(by, FUZZ_SOURCE, bytes, LNET_MD_THRESH_INF);
	sink = fuzz_own_source(by, FUZZ_FETCH, bytes, LNET_MD_THRESH_INF);
	if (!src || !sink || !own_post(by, &m, bits))
		goto out;
	for (; n; n--) {
		/* Now and then of the kind that its MD does not take. */
		if (m.store == !!fuzz_below(by, 8))
			own_get(by, &m, sink, bits);
		else
			own_put(by, &m, src, bits);
	}
	own_refused(by, &m);
	own_close(by, &m);
out:
	if (src)
		fuzz_own_unlink(by, src, 0);
	if (sink)
		fuzz_own_unlink(by, sink, 0);
}
