// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of the suite "poll": the other end of an EQ, which waits.
 */
#include "bench.h"

#include <linux/kernel.h>

static const struct bench_case ring_cases[] = {
	{ &bench_poll_ring_workload, .threads = 2, .pollers = 1 },
	{ &bench_poll_ring_workload, .threads = 5, .pollers = 1 },
	{ &bench_poll_ring_workload, .threads = 5, .pollers = 4 },
};

static const struct bench_case wake_cases[] = {
	{ &bench_wake_plain_workload, .threads = 2, .pollers = 1 },
	{ &bench_poll_wake_workload, .threads = 2, .pollers = 1 },
};

static const struct bench_case storm_cases[] = {
	{ &bench_poll_storm_workload, .threads = 2, .pollers = 1 },
	{ &bench_poll_storm_workload, .threads = 3, .pollers = 1 },
	{ &bench_poll_storm_workload, .threads = 5, .pollers = 1 },
};

static const struct bench_group groups[] = {
	{ ring_cases, ARRAY_SIZE(ring_cases) },
	{ wake_cases, ARRAY_SIZE(wake_cases) },
	{ storm_cases, ARRAY_SIZE(storm_cases) },
};

unsigned int bench_poll_group(unsigned int group, struct bench_case *cases)
{
	unsigned int nr = bench_group_copy(groups, ARRAY_SIZE(groups), group, cases);
	unsigned int i;

	for (i = 0; i < nr; i++)
		cases[i].crowded = true;
	return nr;
}
