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
 * Each field says what protects it:
 * P: @lock. Fields that are read without it are read with READ_ONCE(), but for those marked I
 * W: bit 0 of @resizing; for the first table P. Readers of @table use RCU
 * I: immutable
 *
 * The path of unique MEs mostly only reads the first part, which wildcard MEs and the delayed
 * queue write: it writes @unique once, and what the size of the table depends on seldom.
 */
struct lnet_portal {
	struct lnet_table __rcu *table;		/* W: MEs by hash; NULL: no table yet */
	unsigned int index;			/* I: */
	/*
	 * Counts MEs that are not unique or are in the list, and messages in the delayed
	 * queue. If it is not 0, matching and LNetMDAttach() take the portal lock first.
	 * Raised before, and read under, the lock of a bucket: see match.c.
	 */
	unsigned int ordered;			/* P: */
	bool lazy;				/* P: READ_ONCE to read without */
	bool unique;				/* a unique ME was ever posted; never cleared */
	s64 head_label;				/* P: see me.c */
	s64 tail_label;				/* P: see me.c */
	unsigned int grow_at;			/* W: nodes at which a bucket is crowded */
	unsigned int hash_longest;		/* most nodes ever in one bucket; only grows */

	spinlock_t lock ____cacheline_aligned_in_smp;
	struct list_head chunks;		/* P: chunks of the list, me_list.c */
	unsigned int listed;			/* P: MEs in the list */
	unsigned int wildcards;			/* P: MEs that are not unique */
	unsigned int hashed[LNET_ME_OPEN_NR];	/* P: wildcard MEs in buckets */
	struct lnet_delayed *delayed;		/* P: the queue; NULL: no message ever waited */
	unsigned int delayed_msgs;		/* P: messages that wait */
	u64 delayed_bytes;			/* P: payload charged for them */
	unsigned long resizing;			/* bit 0 is a lock: see me_table.c */
	bool leaving;				/* module unload: stop resizing */
	u64 resizes;				/* W: steps, to grow or to shrink */
	u64 resize_failures;			/* W: steps that had no memory */
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
bool lnet_portal_any_lazy(void);
enum lnet_portal_class lnet_portal_class(struct lnet_portal *pt);

#endif /* _LNET_PORTAL_H */
