// SPDX-License-Identifier: GPL-2.0
/*
 * The figures, for people and scripts: a line of JSON each in the kernel log.
 *
 * Of the repetitions of a case those count that had the CPUs where most of
 * them had; the figure is their median. A ratio of two cases is the median of
 * the ratios in each repetition, not the ratio of two medians.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/cpumask.h>
#include <linux/kconfig.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/utsname.h>

/* The kernel cuts what it prints at 1 KiB, its own prefix included. */
static char line[900];
static size_t used;

static __printf(1, 2) void add(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	used += vscnprintf(line + used, sizeof(line) - used, fmt, args);
	va_end(args);
}

static void add_milli(const char *key, u64 milli)
{
	u32 rest;
	u64 whole = div_u64_rem(milli, 1000, &rest);

	add(", \"%s\": %llu.%03u", key, whole, rest);
}

static void begin_line(const char *first)
{
	used = 0;
	add("{%s", first);
}

static void end_line(const char *last)
{
	add("}%s", last);
	WARN_ON_ONCE(used + 1 >= sizeof(line));
	pr_info("%s\n", line);
}

/* MB/s of @bytes in @ps. */
static u64 megabytes(u64 bytes, u64 ps)
{
	return ps ? div64_u64(bytes * 1000000, ps) : 0;
}

/* Checkers change what everything costs. */
static bool debug_kernel(void)
{
	return IS_ENABLED(CONFIG_LOCKDEP) || IS_ENABLED(CONFIG_KASAN) ||
	       IS_ENABLED(CONFIG_DEBUG_SPINLOCK);
}

void bench_report_calibration(const struct bench_calibration *cal)
{
	begin_line("\"calibration\": {");
	add("\"kernel\": \"%s\", \"debug\": %s, \"cpus\": %u",
	    init_utsname()->release, debug_kernel() ? "true" : "false",
	    num_online_cpus());
	add_milli("lock_pair_ns", cal->lock_pair_ps);
	add_milli("slab_pair_ns", cal->slab_pair_ps);
	add_milli("clock_ns", cal->clock_ps);
	add_milli("mfence_ns", cal->mfence_ps);
	add_milli("atomic_ns", cal->atomic_ps);
	add_milli("irq_pair_ns", cal->irq_pair_ps);
	add_milli("indirect_call_ns", cal->indirect_ps);
	add_milli("floor_ns", cal->floor_ps);
	if (cal->pingpong_ps)
		add_milli("pingpong_ns", cal->pingpong_ps);
	add(", \"memcpy_4k_mbs\": %llu", megabytes(4096, cal->memcpy_4k_ps));
	add(", \"memcpy_1m_mbs\": %llu", megabytes(LNET_MTU, cal->memcpy_1m_ps));
	end_line("}");
}

/* A figure of each repetition, of those that count. */
struct figures {
	u64 value[BENCH_MAX_RUNS];
	unsigned int nr;
};

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Sorts. 0 of none. */
static u64 median(struct figures *f)
{
	if (!f->nr)
		return 0;
	sort(f->value, f->nr, sizeof(f->value[0]), compare, NULL);
	return (f->value[(f->nr - 1) / 2] + f->value[f->nr / 2]) / 2;
}

/* The case in words, until the next call. The controller only. */
const char *bench_case_name(const struct bench_case *c)
{
	static char name[128];
	size_t n;

	n = scnprintf(name, sizeof(name), "%s, threads %u", c->workload->name,
		      c->threads);
	if (c->pollers)
		n += scnprintf(name + n, sizeof(name) - n, ", pollers %u",
			       c->pollers);
	if (c->eqs)
		scnprintf(name + n, sizeof(name) - n,
			  ", EQs %u, MDs %u, callback %u ns", c->eqs, c->mds,
			  c->callback_ns);
	else if (c->in_flight)
		scnprintf(name + n, sizeof(name) - n, ", size %u, in flight %u",
			  c->size, c->in_flight);
	else if (c->workload->network)
		scnprintf(name + n, sizeof(name) - n, ", size %u", c->size);
	else
		scnprintf(name + n, sizeof(name) - n, ", depth %u, size %u",
			  c->depth, c->size);
	return name;
}

/* Where most repetitions had their CPUs; near if as many were far. */
static enum bench_place usual_place(const struct bench_result *r)
{
	unsigned int nr[BENCH_PLACES] = {}, i;
	enum bench_place place = BENCH_NEAR;

	for (i = 0; i < bench_options.runs; i++)
		nr[r->sample[i].place]++;
	for (i = 0; i < BENCH_PLACES; i++) {
		if (nr[i] > nr[place])
			place = i;
	}
	return place;
}

/* A figure of one repetition; @base is that of the case to compare with. */
typedef u64 (*figure_t)(const struct bench_sample *s,
			const struct bench_sample *base);

static void collect(struct figures *f, figure_t figure,
		    const struct bench_result *r,
		    const struct bench_result *base)
{
	enum bench_place place = usual_place(r);
	unsigned int i;

	f->nr = 0;
	for (i = 0; i < bench_options.runs; i++) {
		const struct bench_sample *s = &r->sample[i];
		const struct bench_sample *b = base ? &base->sample[i] : NULL;

		if (s->place != place)
			continue;
		/* Two threads here and there: in the same place, or not at all. */
		if (b && b->before_ps && s->before_ps && b->place != place)
			continue;
		f->value[f->nr++] = figure(s, b);
	}
}

static u64 op_ps(const struct bench_sample *s, const struct bench_sample *base)
{
	return s->op_ps;
}

static u64 usual_ps(const struct bench_sample *s,
		    const struct bench_sample *base)
{
	return s->usual_ps;
}

static u64 floor_ps(const struct bench_sample *s,
		    const struct bench_sample *base)
{
	return s->floor_ps;
}

static u64 before_ps(const struct bench_sample *s,
		     const struct bench_sample *base)
{
	return s->before_ps;
}

static u64 after_ps(const struct bench_sample *s,
		    const struct bench_sample *base)
{
	return s->after_ps;
}

static u64 lost_milli(const struct bench_sample *s,
		      const struct bench_sample *base)
{
	return s->lost_milli;
}

static u64 p50_ps(const struct bench_sample *s, const struct bench_sample *base)
{
	return s->p50_ps;
}

static u64 p90_ps(const struct bench_sample *s, const struct bench_sample *base)
{
	return s->p90_ps;
}

static u64 p99_ps(const struct bench_sample *s, const struct bench_sample *base)
{
	return s->p99_ps;
}

static u64 p999_ps(const struct bench_sample *s,
		   const struct bench_sample *base)
{
	return s->p999_ps;
}

static u64 longest_ps(const struct bench_sample *s,
		      const struct bench_sample *base)
{
	return s->longest_ps;
}

static u64 samples(const struct bench_sample *s,
		   const struct bench_sample *base)
{
	return s->samples;
}

static u64 worst_ps(const struct bench_sample *s,
		    const struct bench_sample *base)
{
	return s->worst_ps;
}

static u64 slow_calls(const struct bench_sample *s,
		      const struct bench_sample *base)
{
	return s->slow_calls;
}

static u64 slowest_milli(const struct bench_sample *s,
			 const struct bench_sample *base)
{
	return s->slowest_milli;
}

static u64 lost_events(const struct bench_sample *s,
		       const struct bench_sample *base)
{
	return s->lost_events;
}

static u64 ratio_milli(u64 a, u64 b)
{
	return b ? div64_u64(a * 1000, b) : 0;
}

static u64 floor_milli(const struct bench_sample *s,
		       const struct bench_sample *base)
{
	return ratio_milli(s->op_ps, s->floor_ps);
}

static u64 usual_milli(const struct bench_sample *s,
		       const struct bench_sample *base)
{
	return ratio_milli(s->usual_ps, s->floor_ps);
}

static u64 memcpy_milli(const struct bench_sample *s,
			const struct bench_sample *base)
{
	return ratio_milli(s->memcpy_ps, s->op_ps);
}

static u64 cost_milli(const struct bench_sample *s,
		      const struct bench_sample *base)
{
	return ratio_milli(s->op_ps, base->op_ps);
}

static u64 gain_milli(const struct bench_sample *s,
		      const struct bench_sample *base)
{
	return ratio_milli(base->op_ps, s->op_ps);
}

static u64 usual_gain_milli(const struct bench_sample *s,
			    const struct bench_sample *base)
{
	return ratio_milli(base->usual_ps, s->usual_ps);
}

static u64 extra_ps(const struct bench_sample *s,
		    const struct bench_sample *base)
{
	return s->op_ps > base->op_ps ? s->op_ps - base->op_ps : 0;
}

static void add_median(const char *key, figure_t figure,
		       const struct bench_result *r,
		       const struct bench_result *base)
{
	struct figures f;

	collect(&f, figure, r, base);
	if (f.nr)
		add_milli(key, median(&f));
}

/* The same of a figure that is 0 where it is not known. */
static void add_known(const char *key, figure_t figure, unsigned int times,
		      const struct bench_result *r,
		      const struct bench_result *base)
{
	struct figures f;
	u64 milli;

	collect(&f, figure, r, base);
	milli = times * median(&f);
	if (milli)
		add_milli(key, milli);
}

/*
 * The result of the same with other @threads, @depth and @in_flight; NULL: not
 * measured.
 */
static const struct bench_result *find(const struct bench_result *results,
				       unsigned int nr,
				       const struct bench_case *like,
				       unsigned int threads, unsigned int depth,
				       unsigned int in_flight)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct bench_case *c = results[i].c;

		if (c->workload == like->workload && c->size == like->size &&
		    c->mds == like->mds && c->pollers == like->pollers &&
		    c->callback_ns == like->callback_ns &&
		    c->threads == threads && c->depth == depth &&
		    c->in_flight == in_flight)
			return &results[i];
	}
	return NULL;
}

/* The result of the workload that does the same without LNet; NULL: there is none. */
static const struct bench_result *find_plain(const struct bench_result *results,
					     unsigned int nr,
					     const struct bench_case *like)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct bench_case *c = results[i].c;

		if (c->workload == like->workload->plain && c->size == like->size)
			return &results[i];
	}
	return NULL;
}

/* The further figures of the suites delivery and poll. */
static void add_events(const struct bench_result *r)
{
	const struct bench_case *c = r->c;
	struct figures f;

	if (bench_options.scheme)
		add(", \"scheme\": \"%s\"", bench_options.scheme);
	if (c->workload->matching)
		add(", \"matching\": \"%s\"", c->workload->matching);
	if (c->eqs)
		add(", \"eqs\": %u, \"mds\": %u, \"callback_ns\": %u, \"in_flight\": %u",
		    c->eqs, c->mds, c->callback_ns, bench_options.in_flight);
	if (c->pollers)
		add(", \"pollers\": %u", c->pollers);
	collect(&f, samples, r, NULL);
	if (median(&f)) {
		add(", \"samples\": %llu", median(&f));
		add_median("p50_ns", p50_ps, r, NULL);
		add_median("p99_ns", p99_ps, r, NULL);
		add_median("p999_ns", p999_ps, r, NULL);
	}
	collect(&f, worst_ps, r, NULL);
	if (median(&f)) {
		add_median("worst_ns", worst_ps, r, NULL);
		collect(&f, slow_calls, r, NULL);
		add(", \"slow_calls\": %llu", median(&f));
		add_known("slowest_stretch", slowest_milli, 1, r, NULL);
	}
	collect(&f, lost_events, r, NULL);
	if (median(&f))
		add(", \"lost_events\": %llu", median(&f));
}

/* The further figures of the suite tcp. */
static void add_network(const struct bench_result *r,
			const struct bench_result *plain,
			const struct bench_result *one)
{
	const struct bench_workload *w = r->c->workload;
	struct figures f;

	add(", \"over\": \"%s\"", bench_tcp.over);
	add_known("p90_ns", p90_ps, 1, r, NULL);
	add_known("longest_ns", longest_ps, 1, r, NULL);
	if (r->c->in_flight)
		add(", \"in_flight\": %u", r->c->in_flight);
	if (one && one != r)
		add_median("one_ratio", gain_milli, r, one);
	if (!plain)
		return;
	collect(&f, w->rate ? gain_milli : cost_milli, r, plain);
	add(", \"peer\": \"%s\", \"peer_ratio_of\": \"%s\"",
	    plain->c->workload->name, w->rate ? "rates" : "times");
	add_milli("peer_ratio", median(&f));
	add_milli("peer_ratio_min", f.value[0]);
	add_milli("peer_ratio_max", f.value[f.nr - 1]);
}

/* The figures of every result. */
static void add_figures(const struct bench_result *r)
{
	static const char *const places[BENCH_PLACES] = {
		[BENCH_NEAR] = "near", [BENCH_FAR] = "far",
		[BENCH_MOVED] = "moved",
	};
	const struct bench_case *c = r->c;
	struct figures f;
	u64 ps;

	add("\"workload\": \"%s\", \"threads\": %u, \"depth\": %u, \"size\": %u",
	    c->workload->name, c->threads, c->depth, c->size);
	collect(&f, op_ps, r, NULL);
	ps = max(median(&f), 1ULL);
	add_milli("ns_per_op", ps);
	add(", \"ops_per_s\": %llu", div64_u64(1000000000000ULL, ps));
	add_median("floor_ratio", floor_milli, r, NULL);
	if (c->threads > 1) {
		add_median("pingpong_ns", before_ps, r, NULL);
		add_median("pingpong_after_ns", after_ps, r, NULL);
		add(", \"place\": \"%s\"", places[usual_place(r)]);
	} else {
		add(", \"pingpong_ns\": null");
	}
	add(", \"runs\": %u, \"dropped_runs\": %u", f.nr,
	    r->dropped + bench_options.runs - f.nr);
	add_milli("min_ns", f.value[0]);
	add_milli("max_ns", f.value[f.nr - 1]);
	add_known("usual_ns", usual_ps, 1, r, NULL);
	add_known("usual_ratio", usual_milli, 1, r, NULL);
	add_median("floor_ns", floor_ps, r, NULL);
	if (!c->crowded)
		add_median("lost", lost_milli, r, NULL);
}

/* The comparisons with other results of the group. */
static void add_comparison(const struct bench_result *r,
			   const struct bench_result *one,
			   const struct bench_result *empty)
{
	const struct bench_case *c = r->c;
	struct figures f;

	if (c->threads > 1 && one) {
		add_median("gain", gain_milli, r, one);
		add_known("usual_gain", usual_gain_milli, c->threads, r, one);
	}
	if (c->size && !c->workload->network)
		add_median("memcpy_ratio", memcpy_milli, r, NULL);
	if (!c->depth || !empty)
		return;
	add_median("ratio_to_empty", cost_milli, r, empty);
	if (c->workload->set_depth == bench_field_set_any) {
		collect(&f, extra_ps, r, empty);
		add_milli("ns_per_entry", div_u64(median(&f), c->depth));
	}
	if (c->workload->set_depth == bench_field_set_unique &&
	    bench_field_entry_bytes())
		add(", \"bytes_per_entry\": %llu", bench_field_entry_bytes());
}

/* Print all results of a group but those that are there to compare with. */
void bench_report_group(const struct bench_result *results, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct bench_result *r = &results[i];
		const struct bench_case *c = r->c;

		if (c->reference)
			continue;
		begin_line("");
		add_figures(r);
		add_events(r);
		if (c->workload->network)
			add_network(r, find_plain(results, nr, c),
				    find(results, nr, c, 1, c->depth, 1));
		add_comparison(r, find(results, nr, c, 1, c->depth, c->in_flight),
			       find(results, nr, c, c->threads, 0, c->in_flight));
		end_line("");
	}
}
