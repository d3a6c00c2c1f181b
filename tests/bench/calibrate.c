// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration: the cost on this machine of the things a message consists of,
 * so that figures of two machines, or of one on two days, can be compared.
 *
 * Everything is uncontended and in the cache except where it says otherwise.
 * Things that take a few nanoseconds are done REPEAT times per turn of the
 * loop, whose own cost then is less than a tenth of a nanosecond.
 */
#include "bench.h"

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

enum {
	REPEAT		= 16,
	TURNS		= 10000,
	OBJECT_BYTES	= 192,
	MEMCPY_BYTES	= SZ_64M,	/* to move in one measurement */
};

static DEFINE_SPINLOCK(lock);
static struct kmem_cache *cache;
static atomic_t counter;
static void (*function)(void);
static void *from, *to;			/* LNET_MTU bytes each */
static size_t length;

static int lock_pair(struct bench_worker *w)
{
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++) {
			spin_lock(&lock);
			spin_unlock(&lock);
		}
	}
	return 0;
}

static int slab_pair(struct bench_worker *w)
{
	void *object;
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++) {
			object = kmem_cache_alloc(cache, BENCH_GFP);
			if (!object)
				return -ENOMEM;
			kmem_cache_free(cache, object);
		}
	}
	return 0;
}

static int clock_read(struct bench_worker *w)
{
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++)
			ktime_get();
	}
	return 0;
}

static int fence(struct bench_worker *w)
{
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++)
			mb(); /* to see what it costs; pairs with nothing */
	}
	return 0;
}

static int atomic_rmw(struct bench_worker *w)
{
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++)
			atomic_inc_return(&counter);
	}
	return 0;
}

/* On User Mode Linux with SMP this is system calls. */
static int irq_pair(struct bench_worker *w)
{
	unsigned long flags;
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++) {
			local_irq_save(flags);
			local_irq_restore(flags);
		}
	}
	return 0;
}

static noinline void do_nothing(void)
{
	barrier(); /* or the compiler leaves the call out */
}

static int indirect_call(struct bench_worker *w)
{
	int i;

	while (bench_more(w)) {
		for (i = 0; i < REPEAT; i++)
			READ_ONCE(function)();
	}
	return 0;
}

static int copy(struct bench_worker *w)
{
	while (bench_more(w)) {
		memcpy(to, from, length);
		barrier(); /* or the compiler leaves copies out */
	}
	return 0;
}

static int cost(int (*loop)(struct bench_worker *w), u64 *ps)
{
	struct bench_span span;
	int rc;

	/* The first run is for the caches. */
	rc = bench_team_run(loop, 1, TURNS / 10, BENCH_PROBE_MS, &span);
	if (!rc)
		rc = bench_team_run(loop, 1, TURNS, BENCH_PROBE_MS, &span);
	*ps = rc ? 0 : bench_span_ps(&span) / REPEAT;
	return rc;
}

/* The cost of copying @bytes, at most LNET_MTU, from cache to cache. */
int bench_memcpy(size_t bytes, u64 *ps)
{
	struct bench_span span;
	int rc;

	length = bytes;
	rc = bench_team_run(copy, 1, MEMCPY_BYTES / bytes, BENCH_PROBE_MS,
			    &span);
	*ps = rc ? 0 : bench_span_ps(&span);
	return rc;
}

/* Measure everything and print it. */
int bench_calibrate(void)
{
	struct bench_calibration cal = {};
	const struct {
		int (*loop)(struct bench_worker *w);
		u64 *ps;
	} costs[] = {
		{ lock_pair,	&cal.lock_pair_ps },
		{ slab_pair,	&cal.slab_pair_ps },
		{ clock_read,	&cal.clock_ps },
		{ fence,	&cal.mfence_ps },
		{ atomic_rmw,	&cal.atomic_ps },
		{ irq_pair,	&cal.irq_pair_ps },
		{ indirect_call, &cal.indirect_ps },
	};
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(costs) && !rc; i++)
		rc = cost(costs[i].loop, costs[i].ps);
	if (!rc)
		rc = bench_memcpy(SZ_4K, &cal.memcpy_4k_ps);
	if (!rc)
		rc = bench_memcpy(SZ_1M, &cal.memcpy_1m_ps);
	if (!rc && num_online_cpus() > 1)
		rc = bench_pingpong(&cal.pingpong_ps);
	if (!rc)
		rc = bench_floor(&cal.floor_ps);
	if (!rc)
		bench_report_calibration(&cal);
	return rc;
}

int bench_calibrate_init(void)
{
	function = do_nothing;
	cache = kmem_cache_create("lnet_bench_object", OBJECT_BYTES, 0, 0,
				  NULL);
	from = vzalloc(LNET_MTU);
	to = vzalloc(LNET_MTU);
	if (cache && from && to)
		return 0;
	bench_calibrate_exit();
	return -ENOMEM;
}

void bench_calibrate_exit(void)
{
	vfree(to);
	vfree(from);
	kmem_cache_destroy(cache);
}
