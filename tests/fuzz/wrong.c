// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments that are refused beside live objects: portals that do not exist,
 * NULL, words that are not of their enum, memory that cannot be.
 */
#include "fuzz.h"

#include <lnet/ioctl.h>

#include <linux/limits.h>

static u8 wrong_byte;

/* A good ME and a good MD of the thread's own, for calls wrong in something else. */
struct wrong_set {
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;	/* bound */
};

static struct lnet_md wrong_md(unsigned int options)
{
	struct lnet_md umd = { .start = &wrong_byte, .length = 1,
			       .threshold = 1, .options = options };

	LNetInvalidateEQHandle(&umd.eq_handle);
	return umd;
}

static unsigned int wrong_portal(struct fuzz_by *by)
{
	static const unsigned int portals[] = {
		LNET_MAX_PORTALS, INT_MAX, 0x80000000, UINT_MAX,
	};

	return portals[fuzz_below(by, ARRAY_SIZE(portals))];
}

static void wrong_me(struct fuzz_by *by, const struct wrong_set *s)
{
	struct lnet_handle_me out;
	int rc;

	switch (fuzz_below(by, 4)) {
	case 0:
		rc = LNetMEAttach(wrong_portal(by), fuzz_lo, 0, 0, LNET_RETAIN,
				  LNET_INS_AFTER, &out);
		break;
	case 1:
		rc = LNetMEAttach(1, fuzz_lo, 0, 0, 2, LNET_INS_AFTER, &out);
		break;
	case 2:
		rc = LNetMEAttach(1, fuzz_lo, 0, 0, LNET_RETAIN, 3, &out);
		break;
	default:
		rc = LNetMEAttach(1, fuzz_lo, 0, 0, LNET_RETAIN,
				  LNET_INS_AFTER, NULL);
	}
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_WRONG, rc, -EINVAL);
}

static void wrong_insert(struct fuzz_by *by, const struct wrong_set *s)
{
	unsigned int how = fuzz_below(by, 4);
	struct lnet_handle_me out;
	int rc;

	rc = LNetMEInsert(s->meh, fuzz_lo, 0, 0, how == 1 ? -1 : LNET_RETAIN,
			  how == 2 ? 3 : how == 3 ? LNET_INS_LOCAL :
			  LNET_INS_AFTER, how ? &out : NULL);
	fuzz_exact(by, FUZZ_LNetMEInsert, FUZZ_WRONG, rc,
		   how == 3 ? -EPERM : -EINVAL);
}

/* One of the ways in which an MD is malformed. */
static struct lnet_md wrong_malformed(struct fuzz_by *by, unsigned int options)
{
	static struct kvec iov = { .iov_base = NULL, .iov_len = 4 };
	static struct bio_vec kiov = { .bv_len = 1 };
	struct lnet_md umd = wrong_md(options);

	switch (fuzz_below(by, 9)) {
	case 0:
		umd.start = NULL;
		break;
	case 1:
		umd.options |= LNET_MD_IOVEC | LNET_MD_KIOV;
		break;
	case 2:
		umd.options |= fuzz_below(by, 2) ? LNET_MD_IOVEC : LNET_MD_KIOV;
		umd.length = LNET_MAX_IOV + 1 + fuzz_below(by, 1000);
		break;
	case 3:
		umd.options |= LNET_MD_IOVEC;
		umd.start = &iov;
		break;
	case 4:
		umd.options |= LNET_MD_KIOV;
		umd.start = &kiov;
		break;
	case 5:
		umd.options |= LNET_MD_MAX_SIZE;
		umd.max_size = fuzz_below(by, 2) ? -1 : 2;
		break;
	case 6:
		umd.threshold = -2 - (int)fuzz_below(by, 1000);
		break;
	case 7:
		/* Some of the higher bits are hints. */
		umd.options |= fuzz_once_in(by, 17) ? 0x2000U : 0x8000U << fuzz_below(by, 17);
		break;
	default:
		/* Attached: takes nothing. Bound: takes something, or too much. */
		umd.options &= ~(LNET_MD_OP_PUT | LNET_MD_OP_GET);
		if (!options && fuzz_below(by, 2))
			umd.length = LNET_MTU + 1;
		else if (!options)
			umd.options |= LNET_MD_OP_PUT;
	}
	return umd;
}

static void wrong_attach(struct fuzz_by *by, const struct wrong_set *s)
{
	struct lnet_md umd = wrong_malformed(by, LNET_MD_OP_PUT);
	struct lnet_handle_md out;

	if (fuzz_once_in(by, 6))
		fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_WRONG,
			   LNetMDAttach(s->meh, wrong_md(LNET_MD_OP_GET),
					LNET_RETAIN, NULL), -EINVAL);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_WRONG,
		   LNetMDAttach(s->meh, umd, LNET_RETAIN, &out), -EINVAL);
}

static void wrong_bind(struct fuzz_by *by, const struct wrong_set *s)
{
	struct lnet_md umd = wrong_malformed(by, 0);
	struct lnet_handle_md out;

	if (fuzz_once_in(by, 6))
		fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_WRONG,
			   LNetMDBind(wrong_md(0), 7, &out), -EINVAL);
	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_WRONG,
		   LNetMDBind(umd, LNET_RETAIN, &out), -EINVAL);
}

static void wrong_move(struct fuzz_by *by, const struct wrong_set *s)
{
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_WRONG,
		   LNetPut(LNET_NID_ANY, s->mdh, LNET_ACK_REQ, fuzz_lo,
			   wrong_portal(by), 0, 0, 0), -EINVAL);
	fuzz_exact(by, FUZZ_LNetGet, FUZZ_WRONG,
		   LNetGet(LNET_NID_ANY, s->mdh, fuzz_lo, wrong_portal(by), 0,
			   0, false), -EINVAL);
}

static void wrong_lazy(struct fuzz_by *by, const struct wrong_set *s)
{
	fuzz_exact(by, FUZZ_LNetSetLazyPortal, FUZZ_WRONG,
		   LNetSetLazyPortal(wrong_portal(by)), -EINVAL);
	fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_WRONG,
		   LNetClearLazyPortal(wrong_portal(by)), -EINVAL);
}

static void wrong_alloc(struct fuzz_by *by, const struct wrong_set *s)
{
	struct lnet_handle_eq out;
	int rc;

	if (by->handler)
		return;
	switch (fuzz_below(by, 3)) {
	case 0:
		rc = LNetEQAlloc(0, NULL, &out);
		break;
	case 1:
		rc = LNetEQAlloc((1 << 20) + 1 + fuzz_below(by, INT_MAX),
				 fuzz_handler, &out);
		break;
	default:
		rc = LNetEQAlloc(4, fuzz_handler, NULL);
	}
	fuzz_exact(by, FUZZ_LNetEQAlloc, FUZZ_WRONG, rc, -EINVAL);
}

static void wrong_poll(struct fuzz_by *by, const struct wrong_set *s)
{
	struct lnet_handle_eq eqh = { fuzz_random_cookie(by) };
	unsigned int how = fuzz_below(by, 5);
	struct lnet_event ev;
	int rc, which, n = 1;

	if (how == 3)
		n = -(int)fuzz_below(by, 9);
	if (how == 4)
		n = 1025 + fuzz_below(by, INT_MAX - 1025);
	rc = LNetEQPoll(how == 0 ? NULL : &eqh, n, 0, how == 1 ? NULL : &ev,
			how == 2 ? NULL : &which);
	fuzz_exact(by, FUZZ_LNetEQPoll, FUZZ_WRONG, rc,
		   how == 3 ? -ENOENT : -EINVAL);
	fuzz_exact(by, FUZZ_LNetEQGet, FUZZ_WRONG, LNetEQGet(eqh, NULL),
		   -EINVAL);
	if (!by->handler)
		fuzz_exact(by, FUZZ_LNetEQWait, FUZZ_WRONG,
			   LNetEQWait(eqh, NULL), -EINVAL);
}

static void (*const wrongs[])(struct fuzz_by *by, const struct wrong_set *s) = {
	wrong_me, wrong_insert, wrong_attach, wrong_bind, wrong_move,
	wrong_lazy, wrong_alloc, wrong_poll,
};

static bool wrong_make(struct fuzz_by *by, struct wrong_set *s)
{
	int rc;

	rc = LNetMEAttach(FUZZ_PORTAL_OWN + FUZZ_THREADS_MAX, fuzz_lo, 0, 0,
			  LNET_RETAIN, LNET_INS_AFTER, &s->meh);
	if (fuzz_said(by, FUZZ_LNetMEAttach, FUZZ_VALID, rc))
		return false;
	rc = LNetMDBind(wrong_md(0), LNET_RETAIN, &s->mdh);
	if (!fuzz_said(by, FUZZ_LNetMDBind, FUZZ_VALID, rc))
		return true;
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(s->meh), 0);
	return false;
}

/*
 * A few of them. Nothing must have changed afterwards: the live objects are as good
 * as before, also for an insertion and a PUT.
 */
void fuzz_step_wrong(struct fuzz_by *by)
{
	unsigned int i, n = 1 + fuzz_below(by, 6);
	struct lnet_handle_me beside;
	struct wrong_set s;

	if (!wrong_make(by, &s))
		return;
	for (i = 0; i < n; i++)
		wrongs[fuzz_below(by, ARRAY_SIZE(wrongs))](by, &s);

	if (!fuzz_said(by, FUZZ_LNetMEInsert, FUZZ_VALID,
		       LNetMEInsert(s.meh, fuzz_lo, 0, 0, LNET_RETAIN,
				    LNET_INS_BEFORE, &beside)))
		fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
			   LNetMEUnlink(beside), 0);
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_VALID,
		   LNetPut(LNET_NID_ANY, s.mdh, LNET_NOACK_REQ, fuzz_lo,
			   FUZZ_PORTAL_OWN + FUZZ_THREADS_MAX, 0, 0, 0x5a), 0);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(s.meh), 0);
	/* Good for one message, and used up. */
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_VALID,
		   LNetPut(LNET_NID_ANY, s.mdh, LNET_NOACK_REQ, fuzz_lo,
			   FUZZ_PORTAL_OWN + FUZZ_THREADS_MAX, 0, 0, 0x5a),
		   -ENOENT);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(s.mdh), 0);
}
