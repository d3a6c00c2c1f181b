/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparing two implementations of the handler interface: what the parts share. See main.c.
 */
#ifndef _LNET_COMPARE_H
#define _LNET_COMPARE_H

#include <lnet/handler.h>

#include <linux/printk.h>

/* One line of the result: the same arguments give the same text on both. */
#define result(fmt, ...)	pr_info("lnet_compare: " fmt "\n", ##__VA_ARGS__)

/* Text of a NID that does not depend on what is compared. */
#define NID_FMT		"%20phN"
#define NID_ARG(nid)	((const u8 *)(nid))

/* The parts, in the order in which they are called. Each returns 0, or stops the module. */
int compare_text(void);
int compare_lists(void);
int compare_sums(void);
int compare_partitions(void);
int compare_names(void);
int compare_events(void);
int compare_errors(void);

/* message.c: what the parts about messages share */
enum {
	PORTAL		= 40,		/* of no user but this one, for MEs that take any peer */
	PORTAL_EXACT	= 41,		/* the same, for those that take one */
	BYTES		= 16384,	/* of each buffer */
	EVENTS_MAX	= 32,		/* of a step */
};

/* A side of a message: its buffer, its MD, and what is expected of its events. */
struct side {
	const char *name;
	u8 *buffer;
	struct lnet_handle_md mdh;
	int rc;				/* of the call that made the MD */
};

extern unsigned int message_portal;
int message_init(void);
void message_exit(void);
void message_describe(struct lnet_handler_md *md, struct side *side, unsigned int length,
		      int threshold, unsigned int options);
void message_describe_pages(struct lnet_handler_md *md, struct side *side, unsigned int pages,
			    int threshold, unsigned int options);
void message_post(struct side *side, struct lnet_processid *from, u64 bits, u64 ignore,
		  struct lnet_handler_md *md, enum lnet_unlink unlink);
void message_bind(struct side *side, struct lnet_handler_md *md, enum lnet_unlink unlink);
int message_put(struct side *side, struct lnet_processid *to, u64 bits, unsigned int offset,
		enum lnet_ack_req ack);
int message_get(struct side *side, struct lnet_processid *to, u64 bits, unsigned int offset);
void message_unlink(struct side *side);
void message_begin(const char *step);
void message_end(unsigned int events);
struct side *message_side(unsigned int i);
void message_id(struct lnet_processid *id, lnet_nid_t nid);

#endif /* _LNET_COMPARE_H */
