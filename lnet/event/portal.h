/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The portal. See portal.c.
 */
#ifndef _LNET_PORTAL_H
#define _LNET_PORTAL_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <lnet/lnd.h>

#include "event/me_state.h"
#include "event/stat.h"

struct lnet_delayed;
struct lnet_table;

/*
 * P: lock; unmarked reads without it are READ_ONCE
 * W: @resizing, or for the first table P; RCU to read
 *
 * The first part is only read on the path of unique MEs; wildcards and the
 * delayed queue write it.
 */
struct lnet_portal {
	struct lnet_table __rcu *table;		/* W: MEs by hash; NULL: none */
	unsigned int index;			/* I: */
	/*
	 * MEs that are not unique or in the list, and messages in the delayed
	 * queue. Not 0: matching and LNetMDAttach() take the portal lock first.
	 * Raised before, and read inside, a bucket's lock: see match.c.
	 */
	unsigned int ordered;			/* P: */
	bool lazy;				/* P: */
	bool unique;				/* one was ever attached; only set */
	s64 head_label;				/* P: see me.c */
	s64 tail_label;				/* P: */
	unsigned int grow_at;			/* W: nodes in a bucket that is crowded */
	unsigned int hash_longest;		/* most that were ever in one; only grows */

	spinlock_t lock ____cacheline_aligned_in_smp;
	struct list_head chunks;		/* P: the list, me_list.c */
	unsigned int listed;			/* P: MEs in it */
	unsigned int wildcards;			/* P: MEs that are not unique */
	unsigned int hashed[LNET_ME_OPEN_NR];	/* P: of them, those in buckets */
	struct lnet_delayed *delayed;		/* P: the queue; NULL: none ever waited */
	unsigned int delayed_msgs;		/* P: how many wait */
	u64 delayed_bytes;			/* P: of their payload, what was charged */
	unsigned long resizing;			/* bit 0 is a lock: me_table.c */
	bool leaving;				/* the module; no more resizing */
	u64 resizes;				/* W: steps, either way */
	u64 resize_failures;			/* W: that there was no memory for */
	struct delayed_work resize;
} ____cacheline_aligned_in_smp;

extern struct lnet_portal lnet_portals[LNET_MAX_PORTALS];

enum lnet_portal_class {
	LNET_PORTAL_NONE,
	LNET_PORTAL_UNIQUE,
	LNET_PORTAL_ANY,
	LNET_PORTAL_MIXED,
};

static inline struct lnet_portal *lnet_portal(unsigned int index)
{
	return &lnet_portals[index];
}

void lnet_portal_init(void);
void lnet_portal_exit(void);

void lnet_portal_purge(struct lnet_users *via);
void lnet_portal_clear_all(void);
enum lnet_portal_class lnet_portal_class(struct lnet_portal *pt);

#endif /* _LNET_PORTAL_H */
