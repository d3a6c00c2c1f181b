/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters. There is a set per CPU, which only that CPU writes, with preemption off, and which
 * is summed up when the counters are read. So counting never makes two CPUs share a cache line.
 * A reset keeps the sums of that moment, to be subtracted from then on: no CPU writes another
 * CPU's counters.
 */
#ifndef _LNET_STAT_H
#define _LNET_STAT_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/percpu.h>

#include <lnet/types.h>

/*
 * Add to a counter that is read without a lock at any time. No other thread may write it
 * meanwhile: it is this CPU's, or the caller holds its lock or owns its slot.
 */
#define lnet_count(counter, n)				\
do {							\
	typeof(counter) *__counter = &(counter);	\
							\
	WRITE_ONCE(*__counter, *__counter + (n));	\
} while (0)

/* Why a message was dropped after it had found its portal. */
enum lnet_portal_drop {
	LNET_DROP_NO_MATCH,	/* no ME with an active MD wants it */
	LNET_DROP_TOO_LONG,	/* longer than the MD accepts, without TRUNCATE */
	LNET_DROP_BAD_OFFSET,	/* the remote offset is past the MD */
	LNET_DROP_DELAY_FULL,	/* the delayed queue is at its bound */
	LNET_DROP_DELAY_SHARE,	/* its sender has used up its share of the queue */
	LNET_DROP_DELAY_FAILED,	/* no memory to wait, or its payload never came */
	LNET_DROP_DELAY_AGED,	/* it has waited for too long */
	LNET_DROP_LAZY_CLEARED,	/* it waited, and the portal stopped being lazy */
	LNET_DROP_SHUTDOWN,	/* it waited, and its NI went down */
	LNET_DROP_MD_BUSY,	/* the MD has too many operations in flight */
	LNET_DROP_PORTAL_NR,
};

static_assert(LNET_DROP_PORTAL_NR <= U8_MAX);	/* lnet_delivery.dropped */

/* Counters of one portal. All are u64, so that sums and differences are loops. */
struct lnet_portal_stats {
	u64 matched;		/* messages that found an MD */
	u64 bytes;		/* payload bytes moved for them */
	u64 unique_posted;	/* unique MEs that are posted now */
	u64 delayed;		/* messages that have ever waited */
	u64 dropped[LNET_DROP_PORTAL_NR];
};

struct lnet_stats {
	u64 unroutable;		/* messages from this node that no NI could carry */
	u64 response_timeouts;	/* MDs that were unlinked because an answer was late */
	struct lnet_portal_stats portal[LNET_MAX_PORTALS];
};

/* Sums over all CPUs since the last reset. */
void lnet_stats_portal_read(unsigned int portal, struct lnet_portal_stats *sum);
u64 lnet_stats_unroutable(void);
u64 lnet_stats_response_timeouts(void);
void lnet_stats_reset(void);

void lnet_stats_sum(u64 *sum, const void __percpu *stats, size_t words);

#endif /* _LNET_STAT_H */
