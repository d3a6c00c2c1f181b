// SPDX-License-Identifier: GPL-2.0
/*
 * EQs that all share: made, used by MDs of any thread, polled and waited for,
 * and freed while others do all that.
 */
#include "fuzz.h"

#include <linux/jiffies.h>

enum {
	POLL_MOST	= 6,	/* EQs at once: more than fit without memory */
	FREE_TRIES	= 20,
};

struct fuzz_eq fuzz_eqs[FUZZ_EQS];

/* Before the first is made in a place. */
void fuzz_eq_setup(struct fuzz_eq *q)
{
	mutex_init(&q->lock);
	atomic_set(&q->inside, 0);
	q->cookie = 0;
}

/* Make one, all of whose events come to fuzz_handler(). */
int fuzz_eq_make(struct fuzz_by *by, struct fuzz_eq *q, unsigned int count)
{
	struct lnet_handle_eq eqh;
	int rc;

	rc = fuzz_said(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		       LNetEQAlloc(count, fuzz_handler, &eqh));
	if (rc)
		return rc;
	q->count = count;
	WRITE_ONCE(q->cookie, eqh.cookie);
	return 0;
}

/* Free it: after that none of its callbacks runs. */
int fuzz_eq_free(struct fuzz_by *by, struct fuzz_eq *q, enum fuzz_class class)
{
	struct lnet_handle_eq eqh = { q->cookie };
	int rc;

	rc = fuzz_said(by, FUZZ_LNetEQFree, class, LNetEQFree(eqh));
	if (rc)
		return rc;
	WRITE_ONCE(q->freed, eqh.cookie);
	smp_mb();	/* either we see the callback, or it sees this */
	if (atomic_read(&q->inside))
		fuzz_wrong(by, "after-free", "a callback of EQ %#llx runs after it was freed",
			   eqh.cookie);
	WRITE_ONCE(q->cookie, 0);
	fuzz_bury(FUZZ_EQ, eqh.cookie);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_FREED, LNetEQFree(eqh), -ENOENT);
	return 0;
}

/* One of the shared, if one is there; its cookie may be stale at once. */
struct fuzz_eq *fuzz_eq_any(struct fuzz_by *by, u64 *cookie)
{
	struct fuzz_eq *q = &fuzz_eqs[fuzz_below(by, FUZZ_EQS)];

	*cookie = READ_ONCE(q->cookie);
	return *cookie ? q : NULL;
}

/* MDs of an EQ that is to be freed. Others make more of them meanwhile. */
static void queue_empty(struct fuzz_by *by, struct fuzz_eq *q)
{
	struct fuzz_handle h;
	struct fuzz_md *md;
	unsigned int i;
	bool ours;

	for (i = 0; i < FUZZ_PLACES; i++) {
		h = fuzz_board_get(FUZZ_MD, i);
		md = h.cookie ? fuzz_md_hold(h.id) : NULL;
		if (!md)
			continue;
		ours = md->eq_cookie == q->cookie;
		fuzz_md_put(md);
		if (ours)
			fuzz_md_unlink(by, h, FUZZ_SHARED);
	}
}

static void queue_replace(struct fuzz_by *by, struct fuzz_eq *q)
{
	static const unsigned int counts[] = { 0, 1, 16, 64 };
	unsigned int count = counts[fuzz_below(by, ARRAY_SIZE(counts))];
	unsigned int tries;

	for (tries = 0; q->cookie && tries < FREE_TRIES; tries++) {
		queue_empty(by, q);
		fuzz_eq_free(by, q, FUZZ_SHARED);
		cond_resched();
	}
	if (!q->cookie)
		fuzz_eq_make(by, q, count);
}

static int queue_refused(struct fuzz_by *by, enum fuzz_class class)
{
	struct fuzz_handle h;
	struct lnet_handle_eq eqh;

	class = fuzz_pick(by, FUZZ_EQ, class, &h);
	eqh.cookie = h.cookie;
	return fuzz_said(by, FUZZ_LNetEQFree, class, LNetEQFree(eqh));
}

/* Free one and make another in its place; or try to free a handle that is no EQ's. */
void fuzz_step_queue(struct fuzz_by *by)
{
	static const enum fuzz_class classes[] = {
		FUZZ_STALE, FUZZ_KIND, FUZZ_RANDOM,
	};
	struct fuzz_eq *q = &fuzz_eqs[fuzz_below(by, FUZZ_EQS)];

	queue_refused(by, classes[fuzz_below(by, ARRAY_SIZE(classes))]);
	if (!mutex_trylock(&q->lock))
		return;
	queue_replace(by, q);
	mutex_unlock(&q->lock);
}

static enum fuzz_class queue_pick(struct fuzz_by *by,
				  struct lnet_handle_eq *eqh)
{
	static const enum fuzz_class classes[] = {
		FUZZ_SHARED, FUZZ_SHARED, FUZZ_STALE, FUZZ_KIND, FUZZ_KIND,
		FUZZ_RANDOM,
	};
	struct fuzz_handle h;
	enum fuzz_class class;

	class = classes[fuzz_below(by, ARRAY_SIZE(classes))];
	class = fuzz_pick(by, FUZZ_EQ, class, &h);
	eqh->cookie = h.cookie;
	return class;
}

static void poll_several(struct fuzz_by *by)
{
	struct lnet_handle_eq eqh[POLL_MOST];
	enum fuzz_class class = FUZZ_SHARED;
	int i, n, rc, which = -1;
	struct lnet_event ev;
	long timeout;

	/* The first that is not good may hide behind one with an event. */
	n = fuzz_below(by, 3) ? 1 : 2 + fuzz_below(by, POLL_MOST - 1);
	for (i = 0; i < n; i++)
		class = queue_pick(by, &eqh[i]);
	if (n > 1)
		class = FUZZ_SHARED;
	timeout = fuzz_below(by, 4) || by->handler ? 0 : 1;
	rc = fuzz_said(by, FUZZ_LNetEQPoll, class,
		       LNetEQPoll(eqh, n, timeout, &ev, &which));
	if (rc != 1 && rc != -EOVERFLOW)
		return;
	if (which < 0 || which >= n)
		fuzz_wrong(by, "event", "polled from EQ %d of %d", which, n);
	fuzz_polled(by, &ev);
}

/* Look into one ring or several; wait a little, or on a handle that is no EQ's. */
void fuzz_step_poll(struct fuzz_by *by)
{
	struct lnet_handle_eq eqh;
	enum fuzz_class class;
	struct lnet_event ev;
	int rc;

	switch (fuzz_below(by, 3)) {
	case 0:
		class = queue_pick(by, &eqh);
		rc = fuzz_said(by, FUZZ_LNetEQGet, class, LNetEQGet(eqh, &ev));
		if (rc == 1 || rc == -EOVERFLOW)
			fuzz_polled(by, &ev);
		break;
	case 1:
		if (by->handler)
			break;
		class = queue_pick(by, &eqh);
		if (class != FUZZ_SHARED)
			fuzz_said(by, FUZZ_LNetEQWait, class,
				  LNetEQWait(eqh, &ev));
		break;
	default:
		poll_several(by);
	}
}

/*
 * The step of a waiter: wait for ever on one EQ that all share, or for a while on
 * two. Returns when there is an event or the EQ is freed.
 */
int fuzz_wait(struct fuzz_by *by)
{
	struct fuzz_eq *q = &fuzz_eqs[fuzz_below(by, FUZZ_EQS)];
	struct lnet_handle_eq eqh[2] = { { READ_ONCE(q->cookie) } };
	bool both = fuzz_once_in(by, 3);
	struct lnet_event ev;
	int rc, which;

	/* One without a ring cannot be waited for; the next here may have one. */
	if (!eqh[0].cookie || !READ_ONCE(q->count))
		return 0;
	if (both) {
		fuzz_eq_any(by, &eqh[1].cookie);
		rc = fuzz_said(by, FUZZ_LNetEQPoll, FUZZ_SHARED,
			       LNetEQPoll(eqh, 2, HZ / 20, &ev, &which));
	} else {
		rc = LNetEQWait(eqh[0], &ev);
		/* It was freed, and another without a ring has come, in between. */
		if (rc != -EINVAL || READ_ONCE(q->cookie) == eqh[0].cookie)
			fuzz_said(by, FUZZ_LNetEQWait, FUZZ_SHARED, rc);
	}
	if (rc == 1 || rc == -EOVERFLOW)
		fuzz_polled(by, &ev);
	return 1;
}

/* Free all; no MD is left, and no thread makes one. */
void fuzz_queue_sweep(struct fuzz_by *by)
{
	unsigned int i;

	for (i = 0; i < FUZZ_EQS; i++)
		if (fuzz_eqs[i].cookie && fuzz_eq_free(by, &fuzz_eqs[i],
						       FUZZ_VALID))
			fuzz_wrong(by, "errno", "EQ %#llx is busy when all MDs are gone",
				   fuzz_eqs[i].cookie);
}
