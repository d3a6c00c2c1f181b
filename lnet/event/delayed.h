/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delayed queue of a lazy portal. See delayed.c.
 */
#ifndef _LNET_DELAYED_H
#define _LNET_DELAYED_H

#include <lnet/lnd.h>

#include "event/stat.h"

struct lnet_me;
struct lnet_portal;

bool lnet_delayed_has_room(struct lnet_portal *pt, const struct lnet_delivery *d,
			   enum lnet_portal_drop *drop);
bool lnet_delayed_add(struct lnet_portal *pt, struct lnet_delivery *d,
		      enum lnet_portal_drop *drop);
void lnet_delayed_remove(struct lnet_portal *pt, struct lnet_delivery *d);
bool lnet_delayed_leave(struct lnet_portal *pt, struct lnet_delivery *d);
bool lnet_delayed_charge(struct lnet_portal *pt, struct lnet_delivery *d, u32 bytes,
			 enum lnet_portal_drop *drop);
void lnet_delayed_drop(struct lnet_portal *pt, enum lnet_portal_drop why);
void lnet_delayed_drop_by(struct lnet_portal *pt, const struct lnet_users *via,
			  enum lnet_portal_drop why);

/* A walk over the waiting messages that an ME may want, oldest first. */
struct lnet_delayed_walk {
	enum lnet_wait_order order;
	struct list_head *end;
	struct list_head *next;
};

void lnet_delayed_begin(struct lnet_delayed_walk *walk, struct lnet_portal *pt,
			const struct lnet_me *me);
struct lnet_delivery *lnet_delayed_next(struct lnet_delayed_walk *walk);

void lnet_delayed_init(void);
void lnet_delayed_exit(void);

#endif /* _LNET_DELAYED_H */
