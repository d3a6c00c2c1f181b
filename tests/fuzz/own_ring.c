// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone with an EQ that has no callback: which events are in its
 * ring, with which numbers, and which were lost, is known.
 */
#include "fuzz.h"

#include <linux/log2.h>

enum { RING_EVENTS = 12 };	/* at most, of messages */

/* How the next event is asked for. */
static int ring_next(struct fuzz_by *by, struct lnet_handle_eq eqh,
		     struct lnet_event *ev, bool more)
{
	int which = -1;

	switch (fuzz_below(by, 3)) {
	case 0:
		return fuzz_said(by, FUZZ_LNetEQGet, FUZZ_VALID,
				 LNetEQGet(eqh, ev));
	case 1:
		if (more)
			return fuzz_said(by, FUZZ_LNetEQWait, FUZZ_VALID,
					 LNetEQWait(eqh, ev));
		fallthrough;
	default:
		return fuzz_said(by, FUZZ_LNetEQPoll, FUZZ_VALID,
				 LNetEQPoll(&eqh, 1, fuzz_below(by, 2), ev,
					    &which));
	}
}

/* @n events have been, in a ring of @size. */
static void ring_read(struct fuzz_by *by, struct lnet_handle_eq eqh,
		      unsigned int size, unsigned int n)
{
	unsigned int next = n > size ? n - size + 1 : 1;
	int rc, want = n > size ? -EOVERFLOW : 1;
	struct lnet_event ev;
	bool last;

	for (; next <= n; next++, want = 1) {
		last = next == n;
		rc = ring_next(by, eqh, &ev, true);
		if (rc != want || ev.sequence != next ||
		    ev.unlinked != last || ev.type != (last ?
		    LNET_EVENT_UNLINK : LNET_EVENT_PUT))
			fuzz_wrong(by, "ring", "%d, %s %lu, not %d, %u of %u in %u",
				   rc, lnet_event_name(ev.type), ev.sequence,
				   want, next, n, size);
	}
	rc = ring_next(by, eqh, &ev, false);
	if (rc)
		fuzz_wrong(by, "ring", "%d from a ring that is empty", rc);
}

static void ring_fill(struct fuzz_by *by, struct fuzz_md *src,
		      struct lnet_handle_eq eqh, unsigned int n)
{
	struct lnet_md umd = { .threshold = LNET_MD_THRESH_INF,
			       .options = LNET_MD_OP_PUT | LNET_MD_TRUNCATE,
			       .eq_handle = eqh };
	unsigned int portal = fuzz_owns[by->thread].portal;
	u64 bits = fuzz_draw(by);
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;

	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(portal, fuzz_lo, bits, 0, LNET_UNLINK,
				LNET_INS_AFTER, &meh), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(meh, umd, LNET_RETAIN, &mdh), 0);
	for (; n; n--)
		fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, false, portal,
			 bits, 0);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(eqh), -EBUSY);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(meh), 0);
	fuzz_bury(FUZZ_ME, meh.cookie);
	fuzz_bury(FUZZ_MD, mdh.cookie);
}

/* It was freed: good for nothing. */
static void ring_freed(struct fuzz_by *by, struct lnet_handle_eq eqh)
{
	struct lnet_md umd = { .threshold = 1, .eq_handle = eqh };
	struct lnet_handle_md mdh;
	struct lnet_event ev;
	int which;

	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_FREED, LNetEQFree(eqh), -ENOENT);
	fuzz_exact(by, FUZZ_LNetEQGet, FUZZ_FREED, LNetEQGet(eqh, &ev),
		   -ENOENT);
	fuzz_exact(by, FUZZ_LNetEQWait, FUZZ_FREED, LNetEQWait(eqh, &ev),
		   -ENOENT);
	fuzz_exact(by, FUZZ_LNetEQPoll, FUZZ_FREED,
		   LNetEQPoll(&eqh, 1, 1, &ev, &which), -ENOENT);
	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_FREED,
		   LNetMDBind(umd, LNET_UNLINK, &mdh), -ENOENT);
	fuzz_bury(FUZZ_EQ, eqh.cookie);
}

/* An EQ, events, what is read of them, and its end. */
void fuzz_step_own_ring(struct fuzz_by *by)
{
	unsigned int n = fuzz_below(by, RING_EVENTS + 1);
	unsigned int count = 1 + fuzz_below(by, 9);
	struct lnet_handle_eq eqh;
	struct fuzz_md *src;

	src = fuzz_own_source(by, FUZZ_SOURCE, 8, LNET_MD_THRESH_INF);
	if (!src)
		return;
	fuzz_exact(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		   LNetEQAlloc(count, NULL, &eqh), 0);
	ring_fill(by, src, eqh, n);
	/* The last is the UNLINK event. */
	ring_read(by, eqh, roundup_pow_of_two(count), n + 1);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(eqh), 0);
	ring_freed(by, eqh);
	fuzz_own_unlink(by, src, 0);
}
