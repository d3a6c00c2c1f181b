// SPDX-License-Identifier: GPL-2.0
/*
 * How far apart the first two CPUs are: two threads hand one cache line to and
 * fro, and a round is both ways.
 *
 * On a virtual machine this is no constant. The host moves the CPUs about, and
 * a line takes several times as long from one place as from another; what two
 * threads that share anything can reach follows it. So it is measured beside
 * every figure of more than one thread.
 */
#include "bench.h"

#include <linux/sched.h>

enum {
	ROUNDS		= 10000,
	SPINS		= 4096,		/* looks at the line between two pauses */
};

static struct {
	u32 ball ____cacheline_aligned_in_smp;	/* any: READ_ONCE/WRITE_ONCE */
	char rest[0] ____cacheline_aligned_in_smp;
} court;

/* Wait for @turn; false when the other has given up. */
static bool await(struct bench_worker *w, u32 turn)
{
	unsigned int spins = 0;

	while (READ_ONCE(court.ball) != turn) {
		if (++spins % SPINS == 0 && !bench_pause(w))
			return READ_ONCE(court.ball) == turn;
	}
	return true;
}

/* Both play the same rounds: they count for the first. */
static int play(struct bench_worker *w)
{
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		if (w->index) {
			if (!await(w, 2 * i + 1))
				break;
			WRITE_ONCE(court.ball, 2 * i + 2);
		} else {
			WRITE_ONCE(court.ball, 2 * i + 1);
			if (!await(w, 2 * i + 2))
				break;
			w->done++;
		}
	}
	return 0;
}

/* The cost of a round now. Needs two CPUs online. */
int bench_pingpong(u64 *ps)
{
	struct bench_span span;
	int rc;

	court.ball = 0;
	rc = bench_team_run(play, 2, ROUNDS, BENCH_PROBE_MS, &span);
	/* Not one round in all the time: they share a CPU. */
	*ps = rc ? 0 : bench_span_ps(&span) ?: 2 * BENCH_SHARED_PS;
	return rc;
}
