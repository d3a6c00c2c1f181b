// SPDX-License-Identifier: GPL-2.0
/*
 * A table that grows from nothing to many while all CPUs send.
 *
 * grow: an operation is a one-shot message, as of unique-put, and after it an
 * ME with its MD that stays posted, on the same portal. The run is over when
 * there are as many as the case's depth says.
 *
 * grow-still: the same, but what was posted is unlinked at once, as often. What
 * the machine does to the slowest call and to the slowest stretch of time when
 * nothing grows.
 *
 * Each call is timed, the message and the posting apart, and the operations are
 * counted in stretches of STRETCH_MS. Each run has a portal of its own, as a
 * table that was large takes its time to become small.
 */
#include "bench.h"
#include "common/post.h"

#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>

enum {
	STRETCH_MS	= 10,
	STRETCHES	= 1024,		/* that are counted; others are not */
	LEAST		= 4,		/* to have a slowest one */
	SLOW_NS		= 200000,	/* a call that takes longer is counted */
	SHRINK_MS	= 6000,		/* until a large table is small again */
	PORTAL_FIRST	= 30,
	PORTALS		= 32,
};

/* The data of one thread alone. */
struct side {
	u64 bits;			/* of the next message */
	u64 posted;
	u64 worst;			/* ticks */
	u64 slow;
	u32 stretch[STRETCHES];
	struct lnet_handle_md *md;	/* those that stay */
} ____cacheline_aligned_in_smp;

static struct side sides[BENCH_MAX_THREADS];

/* The controller sets them while no worker is there. */
static unsigned int portal = PORTAL_FIRST;
static u64 began, stretch_ticks, slow_ticks;
static u64 share;			/* of each thread */

static int post(u64 bits, struct lnet_handle_md *md)
{
	const struct lnet_md target = {
		.threshold = 1, .options = LNET_MD_OP_PUT, .eq_handle = bench_eq,
	};
	const struct post_me me = {
		.portal = portal, .id = bench_peer(), .match_bits = bits,
		.unlink = LNET_UNLINK,
	};
	struct lnet_handle_me unused;

	return post_md(&me, target, LNET_UNLINK, &unused, md);
}

static int put(u64 bits)
{
	struct lnet_md md = { .threshold = 1, .eq_handle = bench_eq };
	struct lnet_handle_md source, unused;
	int rc;

	rc = post(bits, &unused);
	if (!rc)
		rc = LNetMDBind(md, LNET_UNLINK, &source);
	if (!rc)
		rc = LNetPut(LNET_NID_ANY, source, LNET_NOACK_REQ, bench_peer(),
			     portal, bits, 0, 0);
	return rc;
}

static void note(struct side *s, u64 ticks)
{
	s->worst = max(s->worst, ticks);
	s->slow += ticks > slow_ticks;
	preempt_disable();
	bench_latency_add(ticks);
	preempt_enable();
}

static int operate(struct side *s, bool stays)
{
	u64 t0 = bench_clock(), t1, t2, i;
	int rc;

	rc = put(s->bits++);
	t1 = bench_clock();
	if (!rc)
		rc = post(s->bits++, &s->md[s->posted]);
	t2 = bench_clock();
	if (rc)
		return rc;
	note(s, t1 - t0);
	note(s, t2 - t1);
	i = div64_u64(t2 - began, stretch_ticks);
	if (i < STRETCHES)
		s->stretch[i]++;
	if (!stays)
		return LNetMDUnlink(s->md[0]);
	s->posted++;
	return 0;
}

static int loop(struct bench_worker *w, bool stays)
{
	struct side *s = &sides[w->index];
	int rc = 0;

	while (!rc && w->done < share && bench_more(w))
		rc = operate(s, stays);
	return rc;
}

static int grow_loop(struct bench_worker *w)
{
	return loop(w, true);
}

static int still_loop(struct bench_worker *w)
{
	return loop(w, false);
}

static int begin(const struct bench_case *c)
{
	unsigned int i;

	share = c->depth / c->threads;
	portal = portal + 1 < PORTAL_FIRST + PORTALS ? portal + 1 : PORTAL_FIRST;
	for (i = 0; i < c->threads; i++) {
		struct side *s = &sides[i];

		memset(s, 0, sizeof(*s));
		s->bits = (u64)(i + 1) << 48;
		s->md = kvcalloc(share, sizeof(*s->md), GFP_KERNEL);
		if (!s->md) {
			while (i--)
				kvfree(sides[i].md);
			return -ENOMEM;
		}
	}
	slow_ticks = bench_ticks(SLOW_NS);
	stretch_ticks = bench_ticks(NSEC_PER_MSEC * STRETCH_MS);
	began = bench_clock();
	return 0;
}

static void end(const struct bench_case *c)
{
	unsigned int i;

	for (i = 0; i < c->threads; i++) {
		struct side *s = &sides[i];

		while (s->posted) {
			LNetMDUnlink(s->md[--s->posted]);
			if (!(s->posted % BENCH_PAUSE_OPS))
				cond_resched();
		}
		kvfree(s->md);
	}
}

/* Nor shall what the last run leaves behind disturb the next. */
static void grow_end(const struct bench_case *c)
{
	end(c);
	rcu_barrier();
	bench_progress("waiting until the table has become small");
	msleep(SHRINK_MS);
}

/* All whole stretches in which all worked: the slowest of the usual. */
static unsigned int slowest_milli(unsigned int threads)
{
	u32 *sum = sides[0].stretch;
	unsigned int n = 0, i, j;

	for (i = 0; i < threads; i++) {
		for (j = STRETCHES; j && !sides[i].stretch[j - 1]; j--)
			;
		n = i ? min(n, j) : j;
	}
	for (i = 1; i < threads; i++) {
		for (j = 0; j < n; j++)
			sum[j] += sides[i].stretch[j];
	}
	/* The first and the last are no whole ones. */
	if (n < LEAST + 2)
		return 0;
	sort(&sum[1], n - 2, sizeof(*sum), bench_compare_u32, NULL);
	return sum[1] * 1000 / max(sum[1 + (n - 2) / 2], 1U);
}

static int look(const struct bench_case *c, struct bench_sample *s)
{
	unsigned int i;

	bench_latency_read(s);
	s->worst_ps = 0;
	s->slow_calls = 0;
	for (i = 0; i < c->threads; i++) {
		s->worst_ps = max(s->worst_ps, div64_u64(sides[i].worst * 1000000000ULL,
							 bench_clock_khz));
		s->slow_calls += sides[i].slow;
	}
	s->slowest_milli = slowest_milli(c->threads);
	return 0;
}

static const struct bench_workload grow_workload = {
	.name	= "grow",
	.events	= {
		.kind = { [LNET_EVENT_PUT] = 1, [LNET_EVENT_SEND] = 1 },
		.unlinked = 2,
	},
	.whole	= true,
	.begin	= begin,
	.loop	= grow_loop,
	.look	= look,
	.end	= grow_end,
};

static const struct bench_workload still_workload = {
	.name	= "grow-still",
	.events	= {
		.kind = {
			[LNET_EVENT_PUT] = 1,
			[LNET_EVENT_SEND] = 1,
			[LNET_EVENT_UNLINK] = 1,
		},
		.unlinked = 3,
	},
	.whole	= true,
	.begin	= begin,
	.loop	= still_loop,
	.look	= look,
	.end	= end,
};

static const struct bench_case cases[] = {
	{ &still_workload, .threads = 1, .depth = 1000000 },
	{ &grow_workload, .threads = 1, .depth = 1000000 },
	{ &still_workload, .threads = 2, .depth = 1000000 },
	{ &grow_workload, .threads = 2, .depth = 1000000 },
};

/* Fill @to with the cases of a group; how many, 0: there is no such group. */
unsigned int bench_grow_group(unsigned int group, struct bench_case *to)
{
	if (group)
		return 0;
	memcpy(to, cases, sizeof(cases));
	return ARRAY_SIZE(cases);
}
