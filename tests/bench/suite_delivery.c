// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of the suite "delivery": every workload x MDs per thread x length
 * of a callback is a group, in which the number of threads and of EQs varies.
 * Four threads run wherever there are two CPUs: they take turns.
 */
#include "bench.h"

#include <linux/cpumask.h>
#include <linux/kernel.h>

static const struct bench_workload *const workloads[] = {
	&bench_complete_workload,
	&bench_match_unique_workload,
	&bench_match_any_workload,
};

static const unsigned int mds[] = { 1, 4, 64 };
static const unsigned int callbacks[] = { 0, 300, 3000, 10000, 30000 };

static const struct {
	unsigned int threads;
	unsigned int eqs;
} teams[] = {
	{ 1, 1 }, { 2, 1 }, { 2, 2 }, { 4, 1 }, { 4, 4 },
};

/* MDs that all threads share are of one EQ. */
static bool possible(const struct bench_workload *w, unsigned int eqs)
{
	return w != &bench_match_any_workload || eqs == 1;
}

/* Fill @cases with those of a group; how many, 0: there is no such group. */
unsigned int bench_delivery_group(unsigned int group, struct bench_case *cases)
{
	const struct bench_workload *w;
	unsigned int callback_ns, md, nr = 0, i;

	if (group >= ARRAY_SIZE(workloads) * ARRAY_SIZE(mds) *
	    ARRAY_SIZE(callbacks))
		return 0;
	w = workloads[group % ARRAY_SIZE(workloads)];
	group /= ARRAY_SIZE(workloads);
	md = mds[group % ARRAY_SIZE(mds)];
	callback_ns = callbacks[group / ARRAY_SIZE(mds)];

	for (i = 0; i < ARRAY_SIZE(teams); i++) {
		if (!possible(w, teams[i].eqs))
			continue;
		cases[nr++] = (struct bench_case){
			.workload = w,
			.threads = teams[i].threads,
			.crowded = teams[i].threads > num_online_cpus(),
			.eqs = teams[i].eqs,
			.mds = md,
			.callback_ns = callback_ns,
		};
	}
	return nr;
}
