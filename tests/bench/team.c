// SPDX-License-Identifier: GPL-2.0
/*
 * The measuring threads: kthreads, one bound to each of the first CPUs, that
 * start together and stop together. Where there are more threads than CPUs
 * they take turns.
 *
 * One team exists at a time; the controller makes it, sleeps, and takes it
 * apart. A controller that is killed tells the threads to stop, which they
 * see within BENCH_PAUSE_OPS operations, and still waits for them to be gone.
 */
#include "bench.h"

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

enum {
	LEAST_LAPS	= 8,		/* to judge by */
};

struct bench_team {
	int (*loop)(struct bench_worker *w);
	unsigned int threads;
	u64 limit;			/* ns a run may take */
	atomic_t ready;
	atomic_t running;
	bool stop;			/* any thread: READ_ONCE/WRITE_ONCE */
	struct completion finished;
	struct bench_worker worker[BENCH_MAX_THREADS];
};

static struct bench_team the_team;

/* Has each of the others paused since @w asked last? So none stood still. */
static bool others_work(struct bench_worker *w)
{
	const struct bench_team *team = w->team;
	bool all = true;
	unsigned int i;
	u64 pauses;

	for (i = 0; i < team->threads; i++) {
		if (i == w->index)
			continue;
		pauses = READ_ONCE(team->worker[i].pauses);
		all &= pauses != w->seen[i];
		w->seen[i] = pauses;
	}
	return all;
}

static void keep_lap(struct bench_worker *w, u64 now)
{
	u64 lap = now - w->paused;

	if (others_work(w) && w->pauses && w->laps < BENCH_LAPS)
		w->lap[w->laps++] = min_t(u64, lap, U32_MAX);
	w->paused = now;
	WRITE_ONCE(w->pauses, w->pauses + 1);
}

/*
 * Give way to others; false when the run is over. It is also over when it
 * takes too long: on a busy machine the threads can have to share a CPU, and
 * each waits for one that does not run.
 */
bool bench_pause(struct bench_worker *w)
{
	u64 now;

	cond_resched();
	now = ktime_get_ns();
	keep_lap(w, now);
	if (now - w->began > w->team->limit)
		WRITE_ONCE(w->team->stop, true);
	return !READ_ONCE(w->team->stop);
}

/* @w has done its share: so the run is over. Always false. */
bool bench_last(struct bench_worker *w)
{
	WRITE_ONCE(w->team->stop, true);
	return false;
}

/* Without giving way the first to come could keep the others from starting. */
static void wait_for_others(struct bench_team *team)
{
	atomic_inc(&team->ready);
	while (atomic_read(&team->ready) < team->threads &&
	       !READ_ONCE(team->stop)) {
		cond_resched();
		cpu_relax();
	}
}

static int work(void *arg)
{
	struct bench_worker *w = arg;
	struct bench_team *team = w->team;

	wait_for_others(team);
	w->began = ktime_get_ns();
	w->paused = w->began;
	w->rc = team->loop(w);
	w->ended = ktime_get_ns();
	WRITE_ONCE(team->stop, true);
	if (atomic_dec_and_test(&team->running))
		complete(&team->finished);
	return 0;
}

/* The thread stays asleep until all of the team exist. */
static int hire(struct bench_team *team, unsigned int index, unsigned int cpu,
		u64 quota)
{
	struct bench_worker *w = &team->worker[index];

	memset(w, 0, sizeof(*w));
	w->team = team;
	w->index = index;
	w->quota = quota;
	w->task = kthread_create(work, w, "lnet_bench/%u", index);
	if (IS_ERR(w->task))
		return PTR_ERR(w->task);
	/* Ours until dismiss(): it may be gone before we look at it again. */
	get_task_struct(w->task);
	kthread_bind(w->task, cpu);
	return 0;
}

static void dismiss(struct bench_team *team, unsigned int hired)
{
	while (hired--) {
		kthread_stop(team->worker[hired].task);
		put_task_struct(team->worker[hired].task);
	}
}

/* For sort(). */
int bench_compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/*
 * The usual lap of a thread, and how much longer than all laps of that length
 * it took: while it could have worked, the host gave its CPU to others, or
 * that of another thread for which it waited. Threads that were never at work
 * together had nothing but that.
 */
static void judge_laps(struct bench_worker *w, struct bench_span *span)
{
	u64 took = w->ended - w->began, lap, work;

	if (w->laps < LEAST_LAPS) {
		if (w->pauses > 2 * LEAST_LAPS)
			span->lost_milli = 1000;
		return;
	}
	sort(w->lap, w->laps, sizeof(w->lap[0]), bench_compare_u32, NULL);
	lap = w->lap[w->laps / 2];
	if (!w->spent)
		span->usual_ps = max(span->usual_ps,
				     lap * 1000 / BENCH_PAUSE_OPS);
	work = lap * w->pauses;
	if (work < took)
		span->lost_milli = max_t(u64, span->lost_milli,
					 div64_u64((took - work) * 1000, took));
}

static int sum_up(struct bench_team *team, struct bench_span *span)
{
	u64 began = U64_MAX, ended = 0, spent = 0;
	unsigned int i;

	*span = (struct bench_span){};
	for (i = 0; i < team->threads; i++) {
		struct bench_worker *w = &team->worker[i];

		if (w->rc)
			return w->rc;
		began = min(began, w->began);
		ended = max(ended, w->ended);
		spent = max(spent, w->spent);
		span->ops += w->done;
		judge_laps(w, span);
	}
	span->ns = spent ? spent : ended - began;
	return 0;
}

/* The CPU of thread @index. */
static unsigned int nth_cpu(unsigned int index)
{
	return cpumask_nth(index % num_online_cpus(), cpu_online_mask);
}

/*
 * Run @loop in @threads threads until one of them has done @quota operations
 * or @limit_ms have passed. The controller only; sleeps. 0, what a loop
 * returned, or -EINTR when killed.
 */
int bench_team_run(int (*loop)(struct bench_worker *w), unsigned int threads,
		   u64 quota, unsigned int limit_ms, struct bench_span *span)
{
	struct bench_team *team = &the_team;
	unsigned int cpu, hired = 0, i;
	int rc = 0;

	team->loop = loop;
	team->threads = threads;
	team->limit = (u64)limit_ms * NSEC_PER_MSEC;
	team->stop = false;
	atomic_set(&team->ready, 0);
	atomic_set(&team->running, threads);
	init_completion(&team->finished);

	for (cpu = nth_cpu(0); hired < threads; cpu = nth_cpu(hired)) {
		rc = hire(team, hired, cpu, quota);
		if (rc)
			break;
		hired++;
	}
	if (rc) {
		dismiss(team, hired);
		return rc;
	}
	for (i = 0; i < hired; i++)
		wake_up_process(team->worker[i].task);
	if (wait_for_completion_killable(&team->finished)) {
		WRITE_ONCE(team->stop, true);
		wait_for_completion(&team->finished);
		rc = -EINTR;
	}
	dismiss(team, hired);
	return rc ? rc : sum_up(team, span);
}
