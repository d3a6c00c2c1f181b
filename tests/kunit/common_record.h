/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recorder: what an EQ handler has seen, and where it ran.
 */
#ifndef _LNET_KUNIT_COMMON_RECORD_H
#define _LNET_KUNIT_COMMON_RECORD_H

#include <kunit/test.h>
#include <lnet/api.h>

#include <linux/atomic.h>
#include <linux/spinlock.h>

enum { LT_REC_MAX = 160 };

/* Events in the order of their callbacks; L: lock */
struct lt_rec {
	spinlock_t lock;		/* innermost: taken in handlers */
	unsigned int count;		/* L: all, also those not kept */
	struct {
		struct lnet_event ev;
		struct task_struct *task;
	} seen[LT_REC_MAX];		/* L: the first ones */
};

extern atomic_t lt_recorded_wrongly;	/* calls of lt_record() where no callback may run */
extern atomic_t lt_nested;		/* callbacks that began inside another */

bool lt_bad_context(void);
struct lt_rec *lt_rec(struct kunit *test);
void lt_record(struct lnet_event *event);
unsigned int lt_rec_count(struct lt_rec *rec);
bool lt_rec_wait(struct lt_rec *rec, unsigned int count);
void lt_rec_clear(struct lt_rec *rec);
const struct lnet_event *lt_rec_ev(struct kunit *test, struct lt_rec *rec,
				   unsigned int index);

void lt_expect_event(struct kunit *test, struct lt_rec *rec, unsigned int index,
		     enum lnet_event_kind kind, int status, int unlinked);
void lt_expect_id(struct kunit *test, const char *what, const struct lnet_process_id *id,
		  lnet_nid_t nid, lnet_pid_t pid);
void lt_expect_between(struct kunit *test, const struct lnet_event *ev, lnet_nid_t target,
		       struct lnet_process_id from);

void lt_enter(void);
void lt_leave(void);

#endif /* _LNET_KUNIT_COMMON_RECORD_H */
