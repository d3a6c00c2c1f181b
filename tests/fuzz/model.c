// SPDX-License-Identifier: GPL-2.0
/*
 * A model of an ME of a thread's own portal, and its MD: it says of each call what it returns, and
 * of each message whether and where it lands.
 */
#include "fuzz.h"

static void model_draw(struct fuzz_by *by, struct fuzz_model *m)
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

/* Post both, for messages from a NID, or from any; the latter may be decided here, too. */
bool fuzz_model_post(struct fuzz_by *by, struct fuzz_model *m, lnet_nid_t from, u64 bits)
{
	struct lnet_process_id id = { from, FUZZ_PID };
	enum lnet_unlink unlink;

	m->store = fuzz_once_in(by, 3);
	m->me_unlink = fuzz_below(by, 2);
	m->md_unlink = fuzz_below(by, 2);
	if (fuzz_once_in(by, 3))
		id.nid = LNET_NID_ANY;
	m->md = fuzz_own_md(by, m->store ? FUZZ_STORE : FUZZ_SINK, fuzz_below(by, 1000));
	if (!m->md)
		return false;
	model_draw(by, m);

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
static bool model_takes(const struct fuzz_model *m, unsigned int at, unsigned int n)
{
	const struct lnet_md *umd = &m->md->umd;

	if ((umd->options & LNET_MD_MAX_SIZE) && n >= umd->max_size)
		return false;
	return at + n < m->md->bytes;
}

/* How many of so many bytes find one, each behind the other. */
static unsigned int model_fill(const struct fuzz_model *m, unsigned int at,
			       unsigned int bytes)
{
	unsigned int n = 0;

	while (n < bytes && model_takes(m, at, n))
		n++;
	return n;
}

/* A message has landed: what is left? */
static void model_spend(struct fuzz_model *m)
{
	const struct lnet_md *umd = &m->md->umd;

	m->landed++;
	m->threshold -= m->threshold != LNET_MD_THRESH_INF;
	/* The largest that may come does not fit any more. */
	if ((umd->options & LNET_MD_MAX_SIZE) &&
	    model_fill(m, m->offset, umd->max_size) != umd->max_size)
		m->exhausted = true;
	if (m->md_unlink && (m->exhausted || !m->threshold)) {
		m->md_lives = false;
		m->me_lives = m->me_lives && !m->me_unlink;
	}
}

/* Will a message of @bytes land, where, and how much of it? */
bool fuzz_model_predict(struct fuzz_model *m, bool get, unsigned int bytes,
			unsigned int roffset, unsigned int *mlength)
{
	const struct lnet_md *umd = &m->md->umd;
	unsigned int at, n;

	if (!m->md_lives || m->exhausted || !m->threshold || get != m->store)
		return false;
	at = umd->options & LNET_MD_MANAGE_REMOTE ? roffset : m->offset;
	n = model_fill(m, at, bytes);
	if (at > m->md->bytes ||
	    (n < bytes && !(umd->options & LNET_MD_TRUNCATE)))
		return false;
	*mlength = n;
	m->offset = at + n;
	model_spend(m);
	return true;
}

/* Compare the MD with the model, after a message has landed or has not. */
void fuzz_model_compare(struct fuzz_by *by, const struct fuzz_model *m,
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

/* Unlink both, in either order. */
void fuzz_model_close(struct fuzz_by *by, struct fuzz_model *m)
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

/* The same, of a model that does not know any more what has landed. */
void fuzz_model_drop(struct fuzz_by *by, struct fuzz_model *m)
{
	fuzz_said(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(m->meh));
	fuzz_said(by, FUZZ_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(m->md->handle));
	if (!fuzz_wait_for(READ_ONCE(m->md->lasts)))
		fuzz_wrong(by, "no-last", "MD %#llx has had no last event after LNetMDUnlink()",
			   m->md->handle.cookie);
	fuzz_bury(FUZZ_ME, m->meh.cookie);
	fuzz_bury(FUZZ_MD, m->md->handle.cookie);
	fuzz_md_put(m->md);
}
