// SPDX-License-Identifier: GPL-2.0
/*
 * The event queue all workloads share, and the count of what it delivered.
 *
 * The handler counts per CPU and not per MD or message: whatever thread an
 * event is delivered by, it never has to share a counter with another one, so
 * the count costs all delivery schemes the same and loses nothing.
 */
#include "bench.h"

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/string.h>

struct lnet_handle_eq bench_eq;

static DEFINE_PER_CPU(struct bench_events, counts);

/* In a handler, where preemption is off; or with it off. */
void bench_events_count(struct lnet_event *ev)
{
	struct bench_events *c = this_cpu_ptr(&counts);

	c->kind[ev->type]++;
	if (ev->unlinked)
		c->unlinked++;
	if (unlikely(ev->status))
		c->failed++;
}

/* Nothing is being delivered, here and below. */
void bench_events_reset(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&counts, cpu), 0, sizeof(counts));
}

static void sum_up(struct bench_events *sum)
{
	unsigned int cpu, i;

	*sum = (struct bench_events){};
	for_each_possible_cpu(cpu) {
		const struct bench_events *c = per_cpu_ptr(&counts, cpu);

		for (i = 0; i < ARRAY_SIZE(sum->kind); i++)
			sum->kind[i] += c->kind[i];
		sum->unlinked += c->unlinked;
		sum->failed += c->failed;
	}
}

static bool same(const struct bench_case *c, const char *what, u64 want,
		 u64 got)
{
	if (want == got)
		return true;
	pr_err("error: %s: %llu %s events, expected %llu\n",
	       bench_case_name(c), got, what, want);
	return false;
}

/* Did @ops operations deliver what they must since the reset? 0 or -EIO. */
int bench_events_check(const struct bench_case *c, u64 ops)
{
	const struct bench_events *each = &c->workload->events;
	struct bench_events got;
	bool ok = true;
	unsigned int i;

	sum_up(&got);
	for (i = LNET_EVENT_GET; i < ARRAY_SIZE(got.kind); i++)
		ok &= same(c, lnet_event_name(i), each->kind[i] * ops,
			   got.kind[i]);
	ok &= same(c, "last", each->unlinked * ops, got.unlinked);
	ok &= same(c, "failed", each->failed * ops, got.failed);
	return ok ? 0 : -EIO;
}

int bench_events_init(void)
{
	int rc;

	rc = LNetEQAlloc(0, bench_events_count, &bench_eq);
	if (rc)
		pr_err("LNetEQAlloc: error %d\n", rc);
	return rc;
}

void bench_events_exit(void)
{
	int rc;

	rc = LNetEQFree(bench_eq);
	if (rc)
		pr_err("LNetEQFree: error %d\n", rc);
}
