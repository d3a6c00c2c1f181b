// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery: events to callbacks that take their time. An operation is one
 * message from LNetPut() to the callback of its one event.
 *
 *	complete	the event is the SEND of one of the thread's own MDs,
 *			in turn: what is left of a message without a target
 *	match-unique	the PUT event of one of the thread's own MDs, each
 *			behind a unique ME
 *	match-any	the same, of MDs behind match-any MEs that messages of
 *			all threads arrive in, in turn
 *
 * A thread makes its MDs itself, as clients do. Where there are several EQs
 * each thread has its own.
 *
 * Events may be delivered by another thread, after LNetPut() has returned. A
 * thread has as many messages under way as it has parcels, and waits for the
 * oldest to come back; at the end for all. The time of an event is taken right
 * before the LND completes the operation, see lnd.c, and in the callback, of
 * every event when callbacks are long and of some when they are short.
 */
#include "bench.h"
#include "common/post.h"

#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>

enum {
	MAX_PARCELS	= 64,
	MAX_MDS		= 64,
	OFTEN_NS	= 3000,		/* callbacks from which on all are timed */
	SELDOM		= 8,		/* else one of so many */
	SPINS		= 256,		/* looks at a parcel between two pauses */
	PATIENCE_S	= 20,
};

/* It travels with a message, by address. */
struct parcel {
	u64 time;			/* see lnd.c; first */
	bool away;			/* until its event has come */
} ____cacheline_aligned_in_smp;

/* The data of one thread alone. */
struct side {
	u64 sent;
	unsigned int made;		/* of @md and @me */
	struct lnet_handle_md source;	/* match-*: without an EQ */
	struct lnet_handle_md md[MAX_MDS];
	struct lnet_handle_me me[MAX_MDS];
	struct parcel parcel[MAX_PARCELS];
} ____cacheline_aligned_in_smp;

static struct side *sides;
static struct lnet_handle_eq eqs[BENCH_MAX_THREADS];

/* The controller sets them while no worker is there. */
static struct bench_case now;
static unsigned int timed_mask;
static u64 busy;

static void handle(struct lnet_event *ev)
{
	struct parcel *p = (struct parcel *)(unsigned long)ev->hdr_data;

	bench_events_count(ev);
	if (unlikely(ev->type == LNET_EVENT_UNLINK))
		return;
	if (p->time)
		bench_latency_add(bench_clock() - p->time);
	if (busy)
		bench_busy(busy);
	/* Pairs with the acquire in take_parcel(). */
	smp_store_release(&p->away, false);
}

/* An event that does not come in all that time is lost. */
static noinline int await_parcel(struct parcel *p)
{
	unsigned long until = jiffies + PATIENCE_S * HZ;
	unsigned int spins = 0;

	/* Pairs with the release in handle(). */
	while (smp_load_acquire(&p->away)) {
		cpu_relax();
		if (++spins % SPINS)
			continue;
		cond_resched();
		if (time_after(jiffies, until)) {
			pr_err("error: an event did not come\n");
			return -ETIMEDOUT;
		}
	}
	return 0;
}

static __always_inline int take_parcel(struct parcel *p)
{
	/* As above. */
	return smp_load_acquire(&p->away) ? await_parcel(p) : 0;
}

static struct lnet_handle_eq eq_of(unsigned int thread)
{
	return eqs[now.eqs > 1 ? thread : 0];
}

static struct lnet_md md_of(struct lnet_handle_eq eq, unsigned int options)
{
	return (struct lnet_md){
		.threshold = LNET_MD_THRESH_INF, .options = options,
		.eq_handle = eq,
	};
}

static int bind_sources(struct side *s, unsigned int thread)
{
	int rc = 0;

	while (s->made < now.mds && !rc) {
		rc = LNetMDBind(md_of(eq_of(thread), 0), LNET_RETAIN,
				&s->md[s->made]);
		s->made += !rc;
	}
	return rc;
}

static int post_target(struct side *s, struct lnet_handle_eq eq,
		       unsigned int portal, struct lnet_process_id from,
		       u64 bits, u64 ignore)
{
	const struct post_me me = {
		.portal = portal, .id = from, .match_bits = bits,
		.ignore_bits = ignore, .unlink = LNET_RETAIN,
	};
	int rc;

	rc = post_md(&me, md_of(eq, LNET_MD_OP_PUT), LNET_RETAIN, &s->me[s->made],
		     &s->md[s->made]);
	s->made += !rc;
	return rc;
}

static int bind_source(struct side *s)
{
	struct lnet_handle_eq none;

	LNetInvalidateEQHandle(&none);
	return LNetMDBind(md_of(none, 0), LNET_RETAIN, &s->source);
}

/* Match bits that a thread's messages have, but for which of its MDs. */
static u64 bits_of(unsigned int thread)
{
	return (u64)(thread + 32) << 48;
}

static int post_own(struct side *s, unsigned int thread)
{
	int rc = 0;

	while (s->made < now.mds && !rc)
		rc = post_target(s, eq_of(thread), BENCH_PORTAL_OWN,
				 bench_lnd_self(), bits_of(thread) + s->made,
				 0);
	return rc ? rc : bind_source(s);
}

/* The next parcel on its way: from @source to @to. */
static __always_inline int send(struct side *s, struct lnet_handle_md source,
				struct lnet_process_id to, unsigned int portal,
				u64 bits)
{
	struct parcel *p = &s->parcel[s->sent % bench_options.in_flight];

	int rc;

	rc = take_parcel(p);
	if (rc)
		return rc;
	p->time = !(s->sent++ & timed_mask);
	p->away = true;
	return LNetPut(LNET_NID_ANY, source, LNET_NOACK_REQ, to, portal, bits,
		       0, (unsigned long)p);
}

static int complete_one(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	return send(s, s->md[s->sent % now.mds], bench_lnd_sink(), 0, 0);
}

static int match_unique(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	return send(s, s->source, bench_lnd_mirror(), BENCH_PORTAL_OWN,
		    bits_of(w->index) + s->sent % now.mds);
}

static int match_any(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	return send(s, s->source, bench_lnd_mirror(), BENCH_PORTAL_SHARED,
		    bits_of(w->index) + s->sent % now.mds);
}

/* One that could not be sent has no event to wait for. */
static int drain(struct side *s, int rc)
{
	unsigned int i;

	for (i = 0; i < bench_options.in_flight && !rc; i++)
		rc = take_parcel(&s->parcel[i]);
	return rc;
}

static int complete_loop(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	int rc;

	rc = bind_sources(s, w->index);
	return drain(s, rc ? rc : bench_repeat(w, complete_one));
}

static int match_unique_loop(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	int rc;

	rc = post_own(s, w->index);
	return drain(s, rc ? rc : bench_repeat(w, match_unique));
}

static int match_any_loop(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	int rc;

	rc = bind_source(s);
	return drain(s, rc ? rc : bench_repeat(w, match_any));
}

static int begin(const struct bench_case *c)
{
	unsigned int i, j;

	now = *c;
	busy = bench_ticks(c->callback_ns);
	timed_mask = c->callback_ns < OFTEN_NS ? SELDOM - 1 : 0;
	for (i = 0; i < c->threads; i++) {
		sides[i].made = 0;
		LNetInvalidateMDHandle(&sides[i].source);
		for (j = 0; j < MAX_PARCELS; j++)
			sides[i].parcel[j].away = false;
	}
	return 0;
}

/* MEs and MDs of match-any are the first thread's. */
static int match_any_begin(const struct bench_case *c)
{
	struct side *s = &sides[0];
	int rc = begin(c);

	while (s->made < c->mds && !rc)
		rc = post_target(s, eqs[0], BENCH_PORTAL_SHARED, bench_anyone(),
				 s->made, GENMASK_ULL(63, 32));
	return rc;
}

static void complete_end(const struct bench_case *c)
{
	struct side *s;

	for (s = sides; s < sides + c->threads; s++) {
		while (s->made)
			LNetMDUnlink(s->md[--s->made]);
	}
}

static void match_end(const struct bench_case *c)
{
	struct side *s;

	for (s = sides; s < sides + c->threads; s++) {
		while (s->made)
			LNetMEUnlink(s->me[--s->made]);
		LNetMDUnlink(s->source);
	}
}

static int look(const struct bench_case *c, struct bench_sample *s)
{
	bench_latency_read(s);
	return 0;
}

const struct bench_workload bench_complete_workload = {
	.name		= "complete",
	.matching	= "none",
	.events		= { .kind = { [LNET_EVENT_SEND] = 1 } },
	.begin		= begin,
	.loop		= complete_loop,
	.look		= look,
	.end		= complete_end,
};

const struct bench_workload bench_match_unique_workload = {
	.name		= "match-unique",
	.matching	= "unique",
	.events		= { .kind = { [LNET_EVENT_PUT] = 1 } },
	.begin		= begin,
	.loop		= match_unique_loop,
	.look		= look,
	.end		= match_end,
};

const struct bench_workload bench_match_any_workload = {
	.name		= "match-any",
	.matching	= "any",
	.events		= { .kind = { [LNET_EVENT_PUT] = 1 } },
	.begin		= match_any_begin,
	.loop		= match_any_loop,
	.look		= look,
	.end		= match_end,
};

int bench_delivery_init(void)
{
	unsigned int i;
	int rc;

	sides = kvcalloc(BENCH_MAX_THREADS, sizeof(*sides), GFP_KERNEL);
	if (!sides)
		return -ENOMEM;
	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		rc = LNetEQAlloc(0, handle, &eqs[i]);
		if (rc)
			goto err_free_eqs;
	}
	return 0;

err_free_eqs:
	while (i--)
		LNetEQFree(eqs[i]);
	kvfree(sides);
	return rc;
}

void bench_delivery_exit(void)
{
	unsigned int i;
	int rc;

	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		rc = LNetEQFree(eqs[i]);
		if (rc)
			pr_err("LNetEQFree: error %d\n", rc);
	}
	kvfree(sides);
}
