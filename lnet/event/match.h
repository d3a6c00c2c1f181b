/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Matching messages with MEs, and MEs with their MDs. See match.c.
 */
#ifndef _LNET_MATCH_H
#define _LNET_MATCH_H

#include "event/portal.h"
#include "event/stat.h"

struct lnet_libmd;
struct lnet_delivery;

enum lnet_verdict {
	LNET_MATCHED,		/* the message has an MD */
	LNET_DELAYED,		/* the message waits; the portal owns it */
	LNET_EAGER,		/* the message must wait: set its payload aside and match again */
	LNET_DROPPED,		/* the message is dropped; @drop says why */
};

enum lnet_verdict lnet_match(struct lnet_portal *pt, struct lnet_delivery *d,
			     enum lnet_portal_drop *drop);

/* The locks held on an ME: those under which it is matched. See match.c. */
struct lnet_hold {
	struct lnet_portal *pt;
	struct lnet_bucket *bucket;	/* locked, or NULL */
	bool portal;			/* pt->lock is held */
};

struct lnet_me *lnet_match_lock(u64 cookie, struct lnet_hold *hold);
struct lnet_me *lnet_match_lock_ordered(u64 cookie, struct lnet_hold *hold);
void lnet_match_unlock(struct lnet_hold *hold);
void lnet_match_unhash(struct lnet_hold *hold, struct lnet_me *me);
void lnet_match_remove(struct lnet_hold *hold, struct lnet_me *me);

int lnet_match_attach(struct lnet_libmd *md);
struct lnet_libmd *lnet_match_detach(u64 cookie, bool *idle);

#endif /* _LNET_MATCH_H */
