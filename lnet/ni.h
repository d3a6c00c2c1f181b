/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network interfaces. See ni.c.
 */
#ifndef _LNET_NI_H
#define _LNET_NI_H

#include <linux/percpu.h>

#include <lnet/lnd.h>

#include "cpu.h"
#include "stat.h"
#include "window.h"

/* lo.c */
extern const struct lnet_lnd lnet_lo;
void lnet_lo_deliver(struct lnet_msg *msg);

extern struct list_head lnet_nis;	/* RCU; lnet_init_mutex to change */
extern lnet_pid_t lnet_pid;		/* lnet_init_mutex to change */

/* The NI's counters on this CPU; the caller has preemption off. */
static inline struct lnet_ni_stats *lnet_ni_stats(struct lnet_ni *ni)
{
	return raw_cpu_ptr(ni->stats);
}

static inline void lnet_ni_count_drop(struct lnet_ni *ni, enum lnet_ni_drop why,
				      u32 bytes)
{
	struct lnet_ni_stats *stats;

	preempt_disable();
	stats = lnet_ni_stats(ni);
	lnet_count(stats->dropped[why], 1);
	lnet_count(stats->dropped_bytes, bytes);
	preempt_enable();
}

/*
 * A message takes hold of an NI, unless it is closing, and lets go of it. See
 * close_ni() for why this needs no shared counter. Preemption is off.
 */
static inline bool lnet_ni_begin(struct lnet_cpu *c, struct lnet_ni *ni)
{
	if (unlikely(READ_ONCE(ni->closing)))
		return false;
	lnet_window(LNET_WINDOW_NI_OPEN);
	lnet_count(per_cpu_ptr(ni->stats, c->id)->begun, 1);
	return true;
}

static inline void lnet_ni_end(struct lnet_cpu *c, struct lnet_ni *ni)
{
	lnet_count(per_cpu_ptr(ni->stats, c->id)->ended, 1);
}

/*
 * The LND will be called from outside of it, unless its NI is closing, and may
 * sleep. lnd_send(), which does not, is called with preemption off instead.
 */
static inline bool lnet_ni_enter(struct lnet_ni *ni)
{
	bool open;

	preempt_disable();
	open = !READ_ONCE(ni->closing);
	lnet_window(LNET_WINDOW_NI_OPEN);
	if (open)
		lnet_count(lnet_ni_stats(ni)->entered, 1);
	preempt_enable();
	return open;
}

/*
 * A call of the LND, counted in where @closing was looked at, is over, and all
 * that it read and wrote is behind it.
 */
static inline void lnet_ni_leave(struct lnet_ni *ni)
{
	struct lnet_ni_stats *stats;

	preempt_disable();
	stats = lnet_ni_stats(ni);
	/* Pairs with calls(). */
	smp_store_release(&stats->left, stats->left + 1);
	preempt_enable();
}

extern struct lnet_ni *lnet_loop_ni;	/* RCU; lnet_init_mutex to change */

/* The way to ourselves, which the message now holds; or NULL. */
static inline struct lnet_ni *lnet_ni_loop(struct lnet_cpu *c)
{
	struct lnet_ni *ni = READ_ONCE(lnet_loop_ni);

	return likely(ni && lnet_ni_begin(c, ni)) ? ni : NULL;
}

struct lnet_ni *lnet_ni_route(struct lnet_cpu *c, lnet_nid_t self,
			      lnet_nid_t nid);
bool lnet_ni_is_local(lnet_nid_t nid);
void lnet_ni_stats_read(struct lnet_ni *ni, struct lnet_ni_stats *sum);
void lnet_ni_exit(void);

/* The caller holds lnet_init_mutex. */
struct lnet_ni *lnet_ni_open(const struct lnet_lnd *lnd, lnet_nid_t nid);

/* lnd.c */
const struct lnet_lnd *lnet_lnd_find(u32 type);
int lnet_lnd_ctl(u32 net, unsigned int cmd, void *arg);

#endif /* _LNET_NI_H */
