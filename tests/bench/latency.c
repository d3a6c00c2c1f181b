// SPDX-License-Identifier: GPL-2.0
/*
 * How long something took, many times: a clock that is cheap enough to be read
 * for each event, and a histogram from which percentiles are read.
 *
 * A histogram belongs to a CPU and is written with preemption off. Up to LINEAR
 * ticks each has a bucket of its own; above, each doubling has LINEAR / 2 of
 * them, so a percentile is at most 3 % off.
 */
#include "bench.h"

#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/string.h>

enum {
	LINEAR_BITS	= 5,
	LINEAR		= 1 << LINEAR_BITS,
	HALF		= LINEAR / 2,
	MOST_BITS	= 40,		/* longer than that counts as that */
	BUCKETS		= LINEAR + (MOST_BITS - LINEAR_BITS) * HALF,
	CLOCK_MS	= 20,		/* the two clocks are compared for */
};

struct histogram {
	u32 nr[BUCKETS];
	u64 longest;			/* ticks */
};

u64 bench_clock_khz;

static struct histogram __percpu *histograms;

static unsigned int bucket_of(u64 ticks)
{
	unsigned int shift;

	if (ticks < LINEAR)
		return ticks;
	ticks = min(ticks, BIT_ULL(MOST_BITS) - 1);
	shift = ilog2(ticks) - (LINEAR_BITS - 1);
	return LINEAR + (shift - 1) * HALF + (ticks >> shift) - HALF;
}

/* The middle of a bucket, in half ticks. */
static u64 value_of(unsigned int bucket)
{
	unsigned int shift, rest;

	if (bucket < LINEAR)
		return 2 * bucket;
	shift = (bucket - LINEAR) / HALF + 1;
	rest = (bucket - LINEAR) % HALF + HALF;
	return (2 * (u64)rest + 1) << shift;
}

u64 bench_ticks(unsigned int ns)
{
	return div_u64(ns * bench_clock_khz, 1000000);
}

/* Preemption is off. */
void bench_latency_add(u64 ticks)
{
	struct histogram *h = this_cpu_ptr(histograms);

	/* The counters of two CPUs may differ by a little. */
	if ((s64)ticks < 0)
		ticks = 0;
	h->nr[bucket_of(ticks)]++;
	h->longest = max(h->longest, ticks);
}

/* Nothing is being added, here and below. */
void bench_latency_reset(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(histograms, cpu), 0, sizeof(*histograms));
}

static u64 in_bucket(unsigned int bucket)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(histograms, cpu)->nr[bucket];
	return sum;
}

/* Of @samples the one that @milli of a thousand do not exceed, ps. */
static u64 percentile(u64 samples, unsigned int milli)
{
	u64 rank = div_u64(samples * milli + 999, 1000), seen = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < BUCKETS - 1; bucket++) {
		seen += in_bucket(bucket);
		if (seen >= rank)
			break;
	}
	return div64_u64(value_of(bucket) * 500000000ULL, bench_clock_khz);
}

static u64 longest(void)
{
	unsigned int cpu;
	u64 ticks = 0;

	for_each_possible_cpu(cpu)
		ticks = max(ticks, per_cpu_ptr(histograms, cpu)->longest);
	return div64_u64(min(ticks, BIT_ULL(MOST_BITS) - 1) * 1000000, bench_clock_khz) * 1000;
}

/* Reads the times that were added since the reset. */
void bench_latency_read(struct bench_sample *s)
{
	unsigned int bucket;

	s->samples = 0;
	for (bucket = 0; bucket < BUCKETS; bucket++)
		s->samples += in_bucket(bucket);
	if (!s->samples)
		return;
	s->p50_ps = percentile(s->samples, 500);
	s->p90_ps = percentile(s->samples, 900);
	s->p99_ps = percentile(s->samples, 990);
	s->p999_ps = percentile(s->samples, 999);
	s->longest_ps = longest();
}

/* Ticks per ms. */
static u64 compare_clocks(void)
{
	u64 ns, ticks;

	preempt_disable();
	ns = ktime_get_ns();
	ticks = bench_clock();
	preempt_enable();
	msleep(CLOCK_MS);
	preempt_disable();
	ns = ktime_get_ns() - ns;
	ticks = bench_clock() - ticks;
	preempt_enable();
	return div64_u64(ticks * 1000000, ns);
}

int bench_latency_init(void)
{
	bench_clock_khz = compare_clocks();
	if (!bench_clock_khz) {
		pr_err("error: the clock stands still\n");
		return -ENODEV;
	}
	histograms = alloc_percpu(struct histogram);
	return histograms ? 0 : -ENOMEM;
}

void bench_latency_exit(void)
{
	free_percpu(histograms);
}
