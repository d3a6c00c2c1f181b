/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a portal, as simple as possible: one list of MEs, walked from its
 * head, and one list of messages that wait. It shares no code with the module.
 * See oracle_model.c.
 */
#ifndef _LNET_ORACLE_MODEL_H
#define _LNET_ORACLE_MODEL_H

#include <lnet/api.h>

#include <linux/list.h>

/* The kinds of MEs. */
enum om_kind {
	OM_UNIQUE,			/* one peer, all bits */
	OM_EXACT,			/* all bits, from any node or any process */
	OM_RANGED,			/* some bits ignored */
	OM_WILD,			/* any bits, from any process */
	OM_BULK,			/* unique, of a key that no other ME has */
	OM_BULK_EXACT,			/* the same, but from any process */
	OM_KINDS,
};

struct om_me {
	struct list_head link;		/* in portal order */
	enum om_kind kind;
	unsigned long id;
	struct lnet_process_id source;
	u64 bits;
	u64 ignore;
	bool unlink;			/* goes with its MD */
	struct lnet_handle_me meh;

	/*
	 * The stretch of the order in which it was attached: between two that are
	 * not unique, at one end. What is placed beside another has that one's.
	 */
	long stretch;
	bool among;			/* among unique ones of this stretch, as */
	u64 beside;			/* one of these bits */

	bool has_md;
	struct lnet_handle_md mdh;
	unsigned int ops;
	int threshold;
	bool auto_unlink;
};

struct om_msg {
	struct list_head link;		/* while it waits */
	struct lnet_process_id from;
	u64 bits;
	bool get;
	unsigned long tag;
	struct lt_rx *rx;
};

/* An event that must come, and no other. */
struct om_event {
	unsigned long id;		/* of the ME */
	unsigned long tag;		/* of the message; 0 of an unlink */
	enum lnet_event_kind kind;
	bool unlinked;
};

enum { OM_EVENTS = 64, OM_SEEN = 256 };

/* Two MEs whose order is not defined but does not change, and which was taken first. */
struct om_seen {
	unsigned long first;		/* of the ME */
	unsigned long then;
};

enum om_verdict {
	OM_MATCHED,
	OM_WAITS,
	OM_NO_MATCH,			/* dropped, */
	OM_FULL,			/* dropped: too many wait */
	OM_WRONG,			/* the ME that got it must not get it before others */
};

struct om_portal {
	struct list_head mes;
	unsigned int n;
	unsigned int kinds[OM_KINDS];	/* how many of each */
	bool lazy;
	struct list_head waiting;
	unsigned int waiting_nr;
	unsigned int waiting_max;
	long heads;			/* attached before all, and not unique */
	long tails;			/* behind all */
	struct om_seen seen[OM_SEEN];	/* the last of them */
	unsigned int seen_nr;
	/* since om_portal_init() */
	u64 matched;
	u64 no_match;
	u64 full;
	u64 cleared;
	u64 waited;
	u64 open;			/* times the order was not defined */
};

void om_portal_init(struct om_portal *pt, unsigned int waiting_max);
void om_post(struct om_portal *pt, struct om_me *me, struct om_me *at, bool before);
unsigned int om_unlink_me(struct om_portal *pt, struct om_me *me, struct om_event *ev);
unsigned int om_unlink_md(struct om_portal *pt, struct om_me *me, struct om_event *ev);
enum om_verdict om_message(struct om_portal *pt, struct om_msg *msg, unsigned long id,
			   struct om_event *ev);
unsigned int om_attach(struct om_portal *pt, struct om_me *me, struct list_head *taken,
		       struct om_event *ev);
void om_clear(struct om_portal *pt, struct list_head *dropped);
unsigned int om_bulk(const struct om_portal *pt);
bool om_has_unique(const struct om_portal *pt);
bool om_has_other(const struct om_portal *pt);

#endif /* _LNET_ORACLE_MODEL_H */
