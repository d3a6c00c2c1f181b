// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of portals: sums and the reset. stat.h says how counting stays cheap. Counters of NIs
 * have the same form and are part of their NI.
 */
#include "event/stat.h"
#include "hooks/alloc.h"
#include "event/cpu.h"

#include <linux/export.h>
#include <linux/mutex.h>

/* The sums at the last reset, which are subtracted from later sums. B: base_mutex */
static struct lnet_stats base;		/* B: */
static DEFINE_MUTEX(base_mutex);	/* B */

/**
 * lnet_stats_sum() - add up a set of per-CPU counters
 * @sum: array of @words sums, filled
 * @stats: the per-CPU counters to add up, u64 words
 * @words: number of u64 words of a set
 *
 * Each counter is read once per CPU while counting goes on, so the sums are not of one moment.
 *
 * Context: any.
 */
void lnet_stats_sum(u64 *sum, const void __percpu *stats, size_t words)
{
	const u64 *set;
	size_t i;
	int cpu;

	memset(sum, 0, words * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		set = per_cpu_ptr((const u64 __percpu *)stats, cpu);
		for (i = 0; i < words; i++)
			sum[i] += READ_ONCE(set[i]);
	}
}

static void portal_stats_sum(unsigned int portal, struct lnet_portal_stats *sum)
{
	BUILD_BUG_ON(sizeof(*sum) % sizeof(u64));

	lnet_stats_sum((u64 *)sum, &lnet_cpus->stats.portal[portal],
		       sizeof(*sum) / sizeof(u64));
}

/**
 * lnet_stats_portal_read() - read the counters of a portal since the last reset
 * @portal: index of the portal, below LNET_MAX_PORTALS
 * @sum: filled with the counters; @unique_posted is not subject to resets
 *
 * Context: task; may sleep.
 */
void lnet_stats_portal_read(unsigned int portal, struct lnet_portal_stats *sum)
{
	const u64 *from = (const u64 *)&base.portal[portal];
	u64 *to = (u64 *)sum;
	u64 posted;
	size_t i;

	mutex_lock(&base_mutex);
	portal_stats_sum(portal, sum);
	posted = sum->unique_posted;
	for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] -= from[i];
	/* Counting goes on meanwhile on other CPUs, so the sum may be below zero. */
	sum->unique_posted = max_t(s64, posted, 0);
	mutex_unlock(&base_mutex);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_stats_portal_read);

/* Read a counter of no portal since the last reset. */
static u64 stats_read(const u64 __percpu *counter, const u64 *from)
{
	u64 sum;

	mutex_lock(&base_mutex);
	lnet_stats_sum(&sum, counter, 1);
	sum -= *from;
	mutex_unlock(&base_mutex);
	return sum;
}

/**
 * lnet_stats_unroutable() - read the number of messages that no NI could carry
 *
 * Context: task; may sleep.
 * Return: the number since the last reset.
 */
u64 lnet_stats_unroutable(void)
{
	return stats_read(&lnet_cpus->stats.unroutable, &base.unroutable);
}
EXPORT_SYMBOL_GPL(lnet_stats_unroutable);

/**
 * lnet_stats_response_timeouts() - read the number of MDs to which an answer was late
 *
 * Context: task; may sleep.
 * Return: the number since the last reset.
 */
u64 lnet_stats_response_timeouts(void)
{
	return stats_read(&lnet_cpus->stats.response_timeouts, &base.response_timeouts);
}
EXPORT_SYMBOL_GPL(lnet_stats_response_timeouts);

/**
 * lnet_stats_reset() - count from zero again
 *
 * Context: task; may sleep.
 */
void lnet_stats_reset(void)
{
	unsigned int i;

	mutex_lock(&base_mutex);
	lnet_stats_sum(&base.unroutable, &lnet_cpus->stats.unroutable, 1);
	lnet_stats_sum(&base.response_timeouts, &lnet_cpus->stats.response_timeouts, 1);
	for (i = 0; i < LNET_MAX_PORTALS; i++)
		portal_stats_sum(i, &base.portal[i]);
	mutex_unlock(&base_mutex);
}
