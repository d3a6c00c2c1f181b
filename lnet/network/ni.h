/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network interfaces. See ni.c.
 */
#ifndef _LNET_NI_H
#define _LNET_NI_H

#include <linux/mutex.h>
#include <linux/percpu.h>

#include <lnet/lnd.h>

#include "event/cpu.h"
#include "event/stat.h"
#include "event/users.h"

/* lo.c */
extern const struct lnet_lnd lnet_lo;

extern struct mutex lnet_init_mutex;
extern struct list_head lnet_nis;	/* RCU; lnet_init_mutex to change */
extern lnet_pid_t lnet_pid;		/* lnet_init_mutex to change */

/* Why a message was dropped before or without a portal. */
enum lnet_ni_drop {
	LNET_DROP_BAD_TYPE,	/* no such message type */
	LNET_DROP_BAD_LENGTH,	/* payload not allowed, or more than 1 MiB */
	LNET_DROP_BAD_SOURCE,	/* the source NID is a wildcard */
	LNET_DROP_FORGED_SOURCE, /* it is not who sent it */
	LNET_DROP_ROUTED_SOURCE, /* it is of another network */
	LNET_DROP_BAD_PORTAL,	/* no such portal */
	LNET_DROP_NOT_OURS,	/* for another NID */
	LNET_DROP_NO_MEMORY,	/* no memory for the message */
	LNET_DROP_ACK_STALE,	/* no MD of ours waits for this ACK */
	LNET_DROP_REPLY_STALE,	/* no MD of ours waits for this REPLY */
	LNET_DROP_REPLY_LONG,	/* REPLY longer than its MD, not TRUNCATE */
	LNET_DROP_DOWN,		/* the NI is going down */
	LNET_DROP_NI_NR,
};

/* Of one NI and CPU; u64 words only, as in stat.h. */
struct lnet_ni_stats {
	u64 sends;		/* messages given to the LND */
	u64 send_bytes;		/* their payload */
	u64 send_errors;	/* of them, those that failed */
	u64 receives;		/* messages parsed and accepted */
	u64 receive_bytes;	/* their payload placed in MDs */
	u64 dropped_bytes;	/* payload of dropped ones */
	u64 dropped[LNET_DROP_NI_NR];
	u64 pings_answered;	/* without an MD; they also count as receives */
	u64 pushes_acked;	/* the same */
	s64 messages;		/* ni->messages.counts: never reset */
	s64 calls;		/* ni->calls.counts: the same */
};

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

/* A message takes hold of an NI, unless it is closing. Preemption is off. */
static inline bool lnet_ni_begin(struct lnet_cpu *c, struct lnet_ni *ni)
{
	return lnet_users_enter(c, &ni->messages);
}

static inline void lnet_ni_end(struct lnet_cpu *c, struct lnet_ni *ni)
{
	lnet_users_leave(c, &ni->messages);
}

/*
 * The LND will be called from outside of it, unless its NI is closing, and may
 * sleep. lnd_send(), which does not, is called with preemption off instead.
 */
static inline bool lnet_ni_enter(struct lnet_ni *ni)
{
	bool open;

	preempt_disable();
	open = lnet_users_enter(lnet_cpu(), &ni->calls);
	preempt_enable();
	return open;
}

/* A call of the LND is over. */
static inline void lnet_ni_leave(struct lnet_ni *ni)
{
	preempt_disable();
	lnet_users_leave(lnet_cpu(), &ni->calls);
	preempt_enable();
}

extern struct lnet_ni *lnet_loop_ni;	/* RCU; lnet_init_mutex to change */

/* The way to ourselves, which the message now holds; or NULL. */
static inline struct lnet_ni *lnet_ni_loop(struct lnet_cpu *c)
{
	struct lnet_ni *ni = READ_ONCE(lnet_loop_ni);

	return likely(ni && lnet_ni_begin(c, ni)) ? ni : NULL;
}

/* Who shows NIs to people: told of each one's beginning, which may fail, and end. */
struct lnet_ni_viewer {
	int (*add)(struct lnet_ni *ni);
	void (*del)(struct lnet_ni *ni);
};

extern const struct lnet_ni_viewer *lnet_ni_viewer;	/* I: while there is an NI */
void lnet_ni_set_viewer(const struct lnet_ni_viewer *viewer);

struct lnet_ni *lnet_ni_route(struct lnet_cpu *c, lnet_nid_t self,
			      lnet_nid_t nid);
bool lnet_ni_is_local(lnet_nid_t nid);
void lnet_ni_stats_read(struct lnet_ni *ni, struct lnet_ni_stats *sum);

/* lnd.c */
const struct lnet_lnd *lnet_lnd_find(u32 type);
int lnet_lnd_ctl(u32 net, unsigned int cmd, void *arg);

#endif /* _LNET_NI_H */
