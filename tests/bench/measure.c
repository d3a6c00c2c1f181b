// SPDX-License-Identifier: GPL-2.0
/*
 * One repetition of one case: the floor and, with several threads, the
 * ping-pong are measured on either side of it.
 *
 * A repetition in which the CPUs moved from near to far or back is neither,
 * and one in which a thread did not have its CPU says nothing: it is done
 * again, and after ATTEMPTS the best is taken. On a machine that is never
 * quiet a case may take twice its time, no more, and nothing is done again once
 * patience= has run out. After the depth has changed, and
 * before anything is measured, the workload runs until its cost has settled:
 * a table that grows or shrinks in the background is not to be measured.
 */
#include "bench.h"

#include <linux/math64.h>
#include <linux/minmax.h>

enum {
	ATTEMPTS	= 4,
	TRIAL_OPS	= 512,		/* to find out how long one takes; */
	TRIAL_NS	= 2000000,	/* fewer when callbacks would take longer */
	LEAST_OPS	= 128,		/* of one thread, in a repetition */
	LEAST_NETWORK	= 16,		/* the same of what a network carries */
	TRIAL_BYTES	= 4 << 20,	/* for it to carry, to find out */
	LIMIT		= 4,		/* times as long as meant, at most */
	WHOLE_MS	= 20000,	/* where it takes as long as it takes */
	LOST_MILLI	= 50,		/* of the time: too much */
	SETTLE_ROUNDS	= 20,
	SETTLE_PERCENT	= 5,
};

static int run_loop(const struct bench_case *c, u64 quota,
		    struct bench_span *span, struct bench_sample *s)
{
	unsigned int limit_ms = LIMIT * BENCH_RUN_MS * bench_options.scale / 100;
	const struct bench_workload *w = c->workload;
	int rc;

	if (w->whole)
		limit_ms = WHOLE_MS;
	rc = w->begin ? w->begin(c) : 0;
	if (rc)
		return rc;
	bench_events_reset();
	bench_latency_reset();
	rc = bench_team_run(w->loop, c->threads, quota, limit_ms, span);
	if (!rc)
		rc = bench_events_check(c, span->ops);
	if (!rc && w->look)
		rc = w->look(c, s);
	if (w->end)
		w->end(c);
	return rc;
}

static u64 trial_ops(const struct bench_case *c)
{
	u64 ops = TRIAL_OPS;

	if (c->callback_ns)
		ops = TRIAL_NS / c->callback_ns;
	else if (c->workload->network)
		ops = max(TRIAL_BYTES / max(c->size, 1U), (unsigned int)LEAST_NETWORK);
	return min_t(u64, ops, TRIAL_OPS);
}

static u64 least_ops(const struct bench_case *c)
{
	return c->workload->network ? LEAST_NETWORK : LEAST_OPS;
}

static int choose_quota(struct bench_result *r)
{
	u64 ns = (u64)BENCH_RUN_MS * 10000 * bench_options.scale;
	struct bench_sample unused;
	struct bench_span span;
	u64 ps;
	int rc;

	if (r->c->workload->whole) {
		r->quota = r->c->depth / r->c->threads;
		return 0;
	}
	rc = run_loop(r->c, trial_ops(r->c), &span, &unused);
	if (rc)
		return rc;
	ps = max_t(u64, bench_span_ps(&span), 1);
	r->quota = div64_u64(ns * 1000, ps * r->c->threads);
	r->quota = max(r->quota, least_ops(r->c));
	return 0;
}

static bool agree(u64 a, u64 b)
{
	u64 less = min(a, b), more = max(a, b);

	return (more - less) * 100 <= less * SETTLE_PERCENT;
}

/* Also warms the caches: so it runs at least once. */
static int settle(const struct bench_result *r, bool moved_depth)
{
	u64 quota = max(r->quota / 8, least_ops(r->c));
	struct bench_sample unused;
	struct bench_span span;
	u64 before = 0, ps;
	unsigned int i;
	int rc;

	for (i = 0; i < SETTLE_ROUNDS; i++) {
		rc = run_loop(r->c, quota, &span, &unused);
		ps = span.usual_ps ?: bench_span_ps(&span);
		if (rc || !moved_depth || r->c->workload->whole ||
		    agree(before, ps))
			return rc;
		before = ps;
	}
	pr_info("%s: not settled after %d rounds\n", bench_case_name(r->c),
		SETTLE_ROUNDS);
	return 0;
}

static enum bench_place place_of(const struct bench_sample *s)
{
	bool near_before = s->before_ps < BENCH_NEAR_PS;
	bool near_after = s->after_ps < BENCH_NEAR_PS;

	if (near_before != near_after ||
	    max(s->before_ps, s->after_ps) > BENCH_SHARED_PS)
		return BENCH_MOVED;
	return near_before ? BENCH_NEAR : BENCH_FAR;
}

static int measure_once(const struct bench_result *r, struct bench_sample *s)
{
	const struct bench_case *c = r->c;
	u64 floor_before = 0, floor_after = 0;
	struct bench_span span = {};
	int rc;

	*s = (struct bench_sample){};
	rc = bench_floor(&floor_before);
	if (!rc && c->size && !c->workload->network)
		rc = bench_memcpy(c->size, &s->memcpy_ps);
	if (!rc && c->threads > 1)
		rc = bench_pingpong(&s->before_ps);
	if (!rc)
		rc = run_loop(c, r->quota, &span, s);
	if (!rc && c->threads > 1)
		rc = bench_pingpong(&s->after_ps);
	if (!rc)
		rc = bench_floor(&floor_after);
	s->op_ps = bench_span_ps(&span);
	s->usual_ps = span.usual_ps;
	s->lost_milli = span.lost_milli;
	s->floor_ps = (floor_before + floor_after) / 2;
	s->place = place_of(s);
	return rc;
}

/* Threads that take turns on a CPU have it for a part of the time only. */
static bool good(const struct bench_case *c, const struct bench_sample *s)
{
	return s->place != BENCH_MOVED &&
	       (c->crowded || s->lost_milli <= LOST_MILLI);
}

static bool better(const struct bench_sample *a, const struct bench_sample *b)
{
	bool a_moved = a->place == BENCH_MOVED;
	bool b_moved = b->place == BENCH_MOVED;

	return a_moved == b_moved ? a->lost_milli < b->lost_milli : b_moved;
}

static int measure_well(struct bench_result *r, struct bench_sample *best)
{
	struct bench_sample s;
	unsigned int i;
	int rc;

	rc = measure_once(r, best);
	for (i = 1; i < ATTEMPTS && r->dropped < bench_options.runs; i++) {
		if (rc || good(r->c, best) || bench_late())
			break;
		r->dropped++;
		rc = measure_once(r, &s);
		if (better(&s, best))
			*best = s;
	}
	return rc;
}

/*
 * Repetition @run of a case into its sample; @moved_depth says that entries
 * were posted or unlinked since the last one. 0, or -errno with a line in the
 * log.
 */
int bench_measure(struct bench_result *r, unsigned int run, bool moved_depth)
{
	int rc = 0;

	if (!r->quota)
		rc = choose_quota(r);
	if (!rc)
		rc = settle(r, moved_depth);
	if (!rc)
		rc = measure_well(r, &r->sample[run]);
	if (rc)
		pr_err("error: %s: stopped with %d\n", bench_case_name(r->c),
		       rc);
	return rc;
}
