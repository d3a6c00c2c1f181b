/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network interfaces. See ni.c.
 */
#ifndef _LNET_NI_H
#define _LNET_NI_H

#include <linux/jump_label.h>
#include <linux/mutex.h>
#include <linux/percpu.h>

#include <lnet/lnd.h>

#include "event/cpu.h"
#include "event/stat.h"
#include "event/users.h"

/* lo.c */
extern const struct lnet_lnd lnet_lo;

extern struct mutex lnet_init_mutex;
extern struct list_head lnet_nis;	/* RCU to read; lnet_init_mutex to change */
extern lnet_pid_t lnet_pid;		/* lnet_init_mutex to change */

DECLARE_STATIC_KEY_FALSE(lnet_ni_have_rails);	/* true: two NIs are on one network */

static __always_inline bool lnet_ni_rails(void)
{
	return static_branch_unlikely(&lnet_ni_have_rails);
}

/* Why a message was dropped before it had a portal, or without one. */
enum lnet_ni_drop {
	LNET_DROP_BAD_TYPE,	/* no such message type */
	LNET_DROP_BAD_LENGTH,	/* payload not allowed, or more than 1 MiB */
	LNET_DROP_BAD_SOURCE,	/* the source NID is a wildcard */
	LNET_DROP_FORGED_SOURCE, /* the source is not the sender that the LND knows */
	LNET_DROP_ROUTED_SOURCE, /* the source NID is on another network */
	LNET_DROP_BAD_PORTAL,	/* no such portal */
	LNET_DROP_NOT_OURS,	/* the destination is another NID */
	LNET_DROP_NO_MEMORY,	/* no memory for the message */
	LNET_DROP_ACK_STALE,	/* no MD of this node waits for this ACK */
	LNET_DROP_REPLY_STALE,	/* no MD of this node waits for this REPLY */
	LNET_DROP_REPLY_LONG,	/* REPLY longer than its MD, which is not TRUNCATE */
	LNET_DROP_DOWN,		/* the NI is going down */
	LNET_DROP_NI_NR,
};

enum { LNET_NI_MSG_TYPES = LNET_MSG_REPLY + 1 };

/* The counters of one NI on one CPU; u64 words only, as in stat.h. */
struct lnet_ni_stats {
	u64 sends[LNET_NI_MSG_TYPES];	/* messages that were to leave by the NI, by type */
	u64 send_bytes;		/* their payload */
	u64 send_errors;	/* messages that failed, of @sends */
	u64 receives[LNET_NI_MSG_TYPES];	/* messages parsed and accepted, by type */
	u64 receive_bytes;	/* their payload placed in MDs */
	u64 dropped_bytes;	/* payload of dropped messages */
	u64 dropped[LNET_DROP_NI_NR];
	u64 dropped_of[LNET_NI_MSG_TYPES];	/* by type; also by portals; not BAD_TYPE */
	u64 pings_answered;	/* pings, which have no MD; counted in @receives, too */
	u64 pushes_acked;	/* pushes, in the same way */
	s64 messages;		/* ni->messages.counts; never reset */
	s64 calls;		/* ni->calls.counts; never reset */
};

/* The counters of an NI on this CPU. The caller has preemption off. */
static inline struct lnet_ni_stats *lnet_ni_stats(struct lnet_ni *ni)
{
	return raw_cpu_ptr(ni->stats);
}

/* @type: of the message, as it came: maybe none that there is */
static inline void lnet_ni_count_drop(struct lnet_ni *ni, enum lnet_ni_drop why, u32 type,
				      u32 bytes)
{
	struct lnet_ni_stats *stats;

	preempt_disable();
	stats = lnet_ni_stats(ni);
	lnet_count(stats->dropped[why], 1);
	if (type < LNET_NI_MSG_TYPES)
		lnet_count(stats->dropped_of[type], 1);
	lnet_count(stats->dropped_bytes, bytes);
	preempt_enable();
}

/*
 * Take a reference to an NI for a message, unless the NI is closing; then returns false.
 * Preemption is off.
 */
static inline bool lnet_ni_begin(struct lnet_cpu *c, struct lnet_ni *ni)
{
	return lnet_users_enter(c, &ni->messages);
}

static inline void lnet_ni_end(struct lnet_cpu *c, struct lnet_ni *ni)
{
	lnet_users_leave(c, &ni->messages);
}

/*
 * Begin a call of the LND that comes from outside of it and may sleep, unless the NI is closing;
 * then returns false. lnd_send() does not sleep and needs none of this: it is called with
 * preemption off.
 */
static inline bool lnet_ni_enter(struct lnet_ni *ni)
{
	bool open;

	preempt_disable();
	open = lnet_users_enter(lnet_cpu(), &ni->calls);
	preempt_enable();
	return open;
}

/* End a call of the LND. */
static inline void lnet_ni_leave(struct lnet_ni *ni)
{
	preempt_disable();
	lnet_users_leave(lnet_cpu(), &ni->calls);
	preempt_enable();
}

extern struct lnet_ni *lnet_loop_ni;	/* RCU to read; lnet_init_mutex to change */

/* The loopback NI, with a reference for a message; or NULL. Preemption is off. */
static inline struct lnet_ni *lnet_ni_loop(struct lnet_cpu *c)
{
	struct lnet_ni *ni = READ_ONCE(lnet_loop_ni);

	if (likely(ni && lnet_ni_begin(c, ni)))
		return ni;
	return NULL;
}

/*
 * The functions that show NIs to the operator. @add is called before an NI starts, and may fail;
 * @del after it has stopped.
 */
struct lnet_ni_viewer {
	int (*add)(struct lnet_ni *ni);
	void (*del)(struct lnet_ni *ni);
};

extern const struct lnet_ni_viewer *lnet_ni_viewer;	/* I: while there is an NI */
void lnet_ni_set_viewer(const struct lnet_ni_viewer *viewer);

struct lnet_ni *lnet_ni_route(struct lnet_cpu *c, lnet_nid_t self,
			      lnet_nid_t nid);
bool lnet_ni_is_local(lnet_nid_t nid);
bool lnet_ni_on_net(u32 net);
unsigned int lnet_ni_nids(lnet_nid_t *nids, unsigned int room);
void lnet_ni_stats_read(struct lnet_ni *ni, struct lnet_ni_stats *sum);
int lnet_ni_look(lnet_nid_t nid, enum lnet_ni_status *status, struct lnet_ni_stats *stats);

/* Sums over all NIs since the last reset; struct lnet_ni_stats says what they count. */
struct lnet_ni_total {
	u64 messages;		/* that have not ended */
	u64 messages_most;	/* the most of them that a read has found */
	u64 sends;
	u64 send_bytes;
	u64 send_errors;
	u64 receives;
	u64 receive_bytes;
	u64 drops;		/* for all reasons, those of portals, too */
	u64 dropped_bytes;
};

void lnet_ni_total_read(struct lnet_ni_total *total);
void lnet_ni_total_reset(void);
void lnet_ni_add(struct lnet_ni *ni);
void lnet_ni_remove(struct lnet_ni *ni);

/* lnd.c */
const struct lnet_lnd *lnet_lnd_find(u32 type);
void lnet_lnd_hold_all(void);
void lnet_lnd_release_all(void);
int lnet_lnd_ctl(u32 net, unsigned int cmd, void *arg);
int lnet_lnd_facts(lnet_nid_t own, struct lnet_lnd_facts *facts);
void lnet_lnd_peer_facts(lnet_nid_t nid, struct lnet_lnd_peer_facts *facts);
void lnet_lnd_forget_least(void);

#endif /* _LNET_NI_H */
