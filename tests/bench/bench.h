/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The benchmark: shared by its files.
 *
 *   main --- suite --- measure --- team --- a workload's loop, one thread per
 *              |          |                  CPU: put, post, table, floor, ...
 *              |          |                  grow; delivery, poll: through an LND;
 *              |          |                  tcp, plain: to another NI, see tcp.h
 *            report       +------- floor, pingpong: how the machine is now
 *                         +------- field: other MEs that are posted meanwhile
 *                         +------- latency: a clock and a histogram
 *
 * The task that loads the module is the controller: it runs a suite, which is
 * groups of cases. All cases of a group are measured once in each repetition,
 * one after the other, so that what is compared with each other lies close
 * together in time and a machine that becomes slower does not look like a
 * module that is slow.
 *
 * Costs are whole numbers of picoseconds (_ps), ratios are in thousandths
 * (_milli): the kernel has no floating point.
 */
#ifndef _LNET_BENCH_H
#define _LNET_BENCH_H

#undef pr_fmt
#define pr_fmt(fmt) "lnet_bench: " fmt

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include <lnet/api.h>

enum {
	BENCH_MAX_THREADS	= 5,
	BENCH_MAX_CASES		= 16,	/* in a group */
	BENCH_MIN_RUNS		= 3,
	BENCH_MAX_RUNS		= 25,
	BENCH_PAUSE_OPS		= 256,	/* power of 2: between two pauses */
	BENCH_LAPS		= 1024,	/* times between pauses that are kept */
	BENCH_RUN_MS		= 100,	/* of one repetition, at scale=100 */
	BENCH_PROBE_MS		= 50,	/* floor, ping-pong, ...: at most */
	BENCH_NEAR_PS		= 100 * 1000,	/* ping-pong: less is near */
	BENCH_SHARED_PS		= 1000 * 1000,	/* and more is one CPU for two */
	BENCH_PORTAL_UNIQUE	= 20,	/* what is sent to one of few MEs */
	BENCH_PORTAL_DEEP	= 21,	/* or to one of many */
	BENCH_PORTAL_ANY	= 22,
	BENCH_PORTAL_OWN	= 23,	/* delivery: unique MEs of each thread */
	BENCH_PORTAL_SHARED	= 24,	/* delivery: match-any MEs for all */
	BENCH_PORTAL_OPEN	= 25,	/* exact bits from any source: few, */
	BENCH_PORTAL_OPEN_DEEP	= 26,	/* or many */
};

/* An allocation that cannot sleep does not look whether it should either. */
#define BENCH_GFP	GFP_ATOMIC

struct bench_sample;
struct bench_team;

/**
 * struct bench_worker - one measuring thread
 * @team: the threads it works with
 * @task: its kthread
 * @index: its number in the team
 * @rc: what its loop returned
 * @quota: operations after which it is done
 * @done: operations begun; all of them are complete when the loop returns
 * @began: when it began, ns
 * @ended: when it ended, ns
 * @spent: set by a loop that times only a part of what it does, ns
 * @paused: when it paused last, ns
 * @seen: pauses of the others at that time
 * @laps: how many of @lap there are
 * @lap: from one pause to the next while the others worked as well, ns
 * @pauses: how often it paused; the others read it
 */
struct bench_worker {
	struct bench_team *team;
	struct task_struct *task;
	unsigned int index;
	int rc;
	u64 quota;
	u64 done;
	u64 began;
	u64 ended;
	u64 spent;
	u64 paused;
	u64 seen[BENCH_MAX_THREADS];
	unsigned int laps;
	u32 lap[BENCH_LAPS];
	u64 pauses ____cacheline_aligned_in_smp;
} ____cacheline_aligned_in_smp;

/**
 * struct bench_case - one line of the result
 * @workload: what is done
 * @threads: by how many threads
 * @depth: with how many other entries posted
 * @size: payload, bytes
 * @reference: measured for others of its group to be compared with, not shown
 * @crowded: the threads may share CPUs, or wait for each other
 * @eqs: event queues the MDs are spread over; 0: the workload has no such choice
 * @mds: MDs of each thread, taken in turn
 * @callback_ns: how long a callback runs
 * @pollers: of the threads, those that poll
 * @in_flight: suite tcp: messages under way at a time
 */
struct bench_case {
	const struct bench_workload *workload;
	unsigned int threads;
	unsigned int depth;
	unsigned int size;
	bool reference;
	bool crowded;
	unsigned int eqs;
	unsigned int mds;
	unsigned int callback_ns;
	unsigned int pollers;
	unsigned int in_flight;
};

/* Events delivered. */
struct bench_events {
	u64 kind[LNET_EVENT_UNLINK + 1];	/* by enum lnet_event_kind */
	u64 unlinked;				/* the last of their MD */
	u64 failed;
};

/**
 * struct bench_workload - something whose cost is measured
 * @name: as printed, and what filter= looks at
 * @matching: what messages meet before they complete, in words; optional
 * @events: what each operation must have delivered when the loop is over
 * @whole: a repetition is as many operations as the case's depth, not so long
 * @network: an operation takes the time of a network, so there are fewer
 * @plain: the workload that does the same without LNet; optional
 * @rate: it is compared with @plain by rates, not by times
 * @set_depth: post or unlink other entries until there are @depth; optional
 * @begin: make ready for one run of the loop; optional
 * @loop: do operations while bench_more() says so; in each thread at once
 * @look: what else was found out in that run; 0 or -errno; optional
 * @end: undo @begin, also when the loop failed; optional
 */
struct bench_workload {
	const char *name;
	const char *matching;
	struct bench_events events;
	bool whole;
	bool network;
	const struct bench_workload *plain;
	bool rate;
	int (*set_depth)(unsigned int depth);
	int (*begin)(const struct bench_case *c);
	int (*loop)(struct bench_worker *w);
	int (*look)(const struct bench_case *c, struct bench_sample *s);
	void (*end)(const struct bench_case *c);
};

/* Where the CPUs of the threads were, by the ping-pong before and after. */
enum bench_place {
	BENCH_NEAR,
	BENCH_FAR,
	BENCH_MOVED,	/* not the same at both, or not on a CPU each */
	BENCH_PLACES,
};

/* One repetition of one case. */
struct bench_sample {
	u64 op_ps;
	u64 usual_ps;		/* in each thread while all had a CPU, or 0 */
	unsigned int lost_milli; /* of the time, when a thread had not */
	u64 floor_ps;
	u64 memcpy_ps;		/* of as many bytes as the payload, or 0 */
	u64 before_ps;		/* ping-pong; 0 with one thread */
	u64 after_ps;
	enum bench_place place;
	u64 samples;		/* times taken, of which these are percentiles */
	u64 p50_ps;
	u64 p90_ps;
	u64 p99_ps;
	u64 p999_ps;
	u64 longest_ps;
	u64 lost_events;	/* overwritten unread, and counted as such */
	u64 worst_ps;		/* of all times taken, where calls are timed; */
	u64 slow_calls;		/* those that took far too long, */
	unsigned int slowest_milli; /* and the slowest stretch of the usual one */
};

/**
 * struct bench_result - what was found out about a case
 * @c: the case
 * @quota: operations per thread and repetition, 0 until known
 * @dropped: repetitions done again: CPUs had moved, or a thread had none
 * @sample: one for each repetition, the same index in all results of a group
 */
struct bench_result {
	const struct bench_case *c;
	u64 quota;
	unsigned int dropped;
	struct bench_sample sample[BENCH_MAX_RUNS];
};

/* The module's parameters, checked. */
struct bench_options {
	const char *suite;
	const char *filter;	/* NULL: everything */
	unsigned int runs;
	unsigned int scale;	/* percent */
	unsigned int depth;	/* no case with more entries than this, */
	unsigned int threads;	/* or more threads than this */
	unsigned int patience;	/* s until disturbed repetitions are kept */
	const char *scheme;	/* lnet was loaded with, or NULL: not given */
	int callback;		/* only callbacks of so many ns; -1: of any */
	unsigned int in_flight;	/* messages a thread has under way, at most */
};

/* main.c */
extern struct bench_options bench_options;
bool bench_killed(void);
bool bench_late(void);
void bench_progress(const char *fmt, ...) __printf(1, 2);

/* Cases that are compared with each other. */
struct bench_group {
	const struct bench_case *cases;
	unsigned int nr;
};

/* suite.c */
unsigned int bench_group_copy(const struct bench_group *groups, unsigned int nr,
			      unsigned int group, struct bench_case *cases);
const char *bench_suite_check(void);
int bench_suite_run(void);

/* suite_delivery.c, suite_poll.c, grow.c: the cases of a group, 0 behind the last. */
unsigned int bench_delivery_group(unsigned int group, struct bench_case *cases);
unsigned int bench_grow_group(unsigned int group, struct bench_case *cases);
unsigned int bench_poll_group(unsigned int group, struct bench_case *cases);

/* measure.c */
int bench_measure(struct bench_result *r, unsigned int run, bool moved_depth);

/* team.c */
struct bench_span {
	u64 ns;			/* from the first's begin to the last's end */
	u64 ops;		/* of all threads */
	u64 usual_ps;		/* of an operation in a usual lap, or 0 */
	unsigned int lost_milli; /* of the time, when a thread did not run */
};

int bench_compare_u32(const void *a, const void *b);
bool bench_pause(struct bench_worker *w);
bool bench_last(struct bench_worker *w);
int bench_team_run(int (*loop)(struct bench_worker *w), unsigned int threads,
		   u64 quota, unsigned int limit_ms, struct bench_span *span);

/*
 * Shall the loop do one more operation? Where a thread has done its share it
 * stops the others, so that all of the time measured has all of them at work.
 */
static __always_inline bool bench_more(struct bench_worker *w)
{
	if (unlikely(w->done == w->quota))
		return bench_last(w);
	if (unlikely(!(w->done & (BENCH_PAUSE_OPS - 1))) && !bench_pause(w))
		return false;
	w->done++;
	return true;
}

/* The loop of a workload whose operation is a function; @op is inlined. */
static __always_inline int bench_repeat(struct bench_worker *w,
					int (*op)(struct bench_worker *w))
{
	int rc = 0;

	while (!rc && bench_more(w))
		rc = op(w);
	return rc;
}

static inline u64 bench_span_ps(const struct bench_span *span)
{
	return span->ops ? span->ns * 1000 / span->ops : 0;
}

/* report.c */
struct bench_calibration {
	u64 lock_pair_ps;
	u64 slab_pair_ps;
	u64 clock_ps;
	u64 mfence_ps;
	u64 atomic_ps;
	u64 irq_pair_ps;
	u64 indirect_ps;
	u64 memcpy_4k_ps;	/* of all 4 KiB */
	u64 memcpy_1m_ps;	/* of all 1 MiB */
	u64 pingpong_ps;	/* 0: only one CPU */
	u64 floor_ps;
};

void bench_report_calibration(const struct bench_calibration *cal);
void bench_report_group(const struct bench_result *results, unsigned int nr);
const char *bench_case_name(const struct bench_case *c);

/* calibrate.c */
int bench_calibrate_init(void);
void bench_calibrate_exit(void);
int bench_calibrate(void);
int bench_memcpy(size_t bytes, u64 *ps);

/* floor.c */
extern const struct bench_workload bench_floor_workload;
int bench_floor_init(void);
void bench_floor_exit(void);
int bench_floor(u64 *ps);

/* pingpong.c */
int bench_pingpong(u64 *ps);

/* events.c */
extern struct lnet_handle_eq bench_eq;
int bench_events_init(void);
void bench_events_exit(void);
void bench_events_reset(void);
void bench_events_count(struct lnet_event *ev);
int bench_events_check(const struct bench_case *c, u64 ops);

/* field.c */
enum bench_field_kind {
	BENCH_FIELD_FEW,
	BENCH_FIELD_UNIQUE,
	BENCH_FIELD_ANY,
	BENCH_FIELD_OPEN,
	BENCH_FIELD_KINDS,
};

int bench_field_init(void);
void bench_field_exit(void);
int bench_field_post(enum bench_field_kind kind);
int bench_field_unlink_oldest(enum bench_field_kind kind);
int bench_field_set_unique(unsigned int depth);
int bench_field_set_any(unsigned int depth);
int bench_field_set_open(unsigned int depth);
u64 bench_field_entry_bytes(void);
unsigned int bench_unique_portal(const struct bench_case *c);
struct lnet_process_id bench_peer(void);
struct lnet_process_id bench_anyone(void);

/* put.c */
extern const struct bench_workload bench_unique_put_workload;
extern const struct bench_workload bench_put_ack_workload;
extern const struct bench_workload bench_put_payload_workload;
extern const struct bench_workload bench_any_put_workload;
extern const struct bench_workload bench_net_put_workload;
extern const struct bench_workload bench_any_search_workload;
extern const struct bench_workload bench_any_source_workload;
int bench_put_init(void);
void bench_put_exit(void);

/* post.c */
extern const struct bench_workload bench_post_workload;
extern const struct bench_workload bench_unlink_oldest_workload;

/* latency.c */
extern u64 bench_clock_khz;
u64 bench_ticks(unsigned int ns);
int bench_latency_init(void);
void bench_latency_exit(void);
void bench_latency_reset(void);
void bench_latency_add(u64 ticks);
void bench_latency_read(struct bench_sample *s);

/*
 * Now, in ticks. Where the CPU has a counter it is read as it is: the kernel's
 * clock costs as much as half a message.
 */
static __always_inline u64 bench_clock(void)
{
#ifdef __x86_64__
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
#else
	return ktime_get_ns();
#endif
}

/* The work of a callback that takes @ticks: it does not sleep, nor give way. */
static __always_inline void bench_busy(u64 ticks)
{
	u64 began = bench_clock();

	while (bench_clock() - began < ticks)
		;
}

/* lnd.c */
int bench_lnd_init(void);
void bench_lnd_exit(void);
struct lnet_process_id bench_lnd_self(void);
struct lnet_process_id bench_lnd_sink(void);
struct lnet_process_id bench_lnd_mirror(void);
struct lnet_process_id bench_lnd_echo(void);

/* delivery.c */
extern const struct bench_workload bench_complete_workload;
extern const struct bench_workload bench_match_unique_workload;
extern const struct bench_workload bench_match_any_workload;
int bench_delivery_init(void);
void bench_delivery_exit(void);

/* poll.c */
extern const struct bench_workload bench_poll_ring_workload;
extern const struct bench_workload bench_poll_storm_workload;
extern const struct bench_workload bench_poll_wake_workload;
extern const struct bench_workload bench_wake_plain_workload;

/* table.c */
extern const struct bench_workload bench_table_rhashtable_workload;
int bench_table_init(void);
void bench_table_exit(void);

#endif /* _LNET_BENCH_H */
