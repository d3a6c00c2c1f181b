/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MDs of the handler interface, each with memory and a handler that records. Include it behind
 * common.h: from here on the names of the API are those of the handler interface.
 */
#ifndef _LNET_KUNIT_COMMON_HANDLER_H
#define _LNET_KUNIT_COMMON_HANDLER_H

#include <kunit/test.h>
#include <lnet/handler.h>

#include <linux/atomic.h>
#include <linux/spinlock.h>

enum { LT_HMD_KEPT = 40 };

/*
 * An MD and its events, in the order in which the handler was called. The handler checks of each
 * event what holds for all; @wrong says what did not. L: lock
 */
struct lt_hmd {
	struct lnet_handler_md umd;	/* may be changed until the MD is made */
	struct lnet_handle_md mdh;
	char *buf;
	unsigned int bytes;
	/* Knob: called in the handler, before the event is recorded. */
	void (*during)(struct lt_hmd *h, const struct lnet_handler_event *ev);
	void *arg;			/* for @during */

	struct kunit *test;
	atomic_t running;		/* calls of the handler that have not returned */
	spinlock_t lock;		/* innermost: taken in handlers */
	unsigned int count;		/* L: all events, also those not kept */
	bool over;			/* L: one said that it was the last */
	const char *wrong;		/* L: */
	struct {
		struct lnet_handler_event ev;
		struct task_struct *task;
	} seen[LT_HMD_KEPT];		/* L: the first ones */
};

/* The suites whose cases begin with LNet up, by the handler interface. */
int lt_hmd_suite_init(struct kunit_suite *suite);
void lt_hmd_suite_exit(struct kunit_suite *suite);

/* Register such a suite, whose cases are SUITE_cases[]. */
#define LT_SUITE_HANDLERS(suite)					\
	static struct kunit_suite suite##_suite = {			\
		.name = #suite,						\
		.suite_init = lt_hmd_suite_init,			\
		.suite_exit = lt_hmd_suite_exit,			\
		.init = lt_case_init,					\
		.test_cases = suite##_cases,				\
	};								\
	kunit_test_suite(suite##_suite)

struct lnet_processid lt_processid(lnet_nid_t nid, lnet_pid_t pid);
struct lnet_nid lt_nid(lnet_nid_t nid);

struct lt_hmd *lt_hmd(struct kunit *test, unsigned int bytes);
void lt_hmd_pages(struct kunit *test, struct lt_hmd *h, unsigned int pages);
int lt_hmd_try_attach(struct lt_hmd *h, struct lnet_me *me, enum lnet_unlink unlink);
void lt_hmd_attach(struct kunit *test, struct lt_hmd *h, struct lnet_process_id id, u64 match_bits,
		   enum lnet_unlink unlink);
void lt_hmd_attach_any(struct kunit *test, struct lt_hmd *h, enum lnet_unlink unlink);
void lt_hmd_bind(struct kunit *test, struct lt_hmd *h, enum lnet_unlink unlink);

int lt_hmd_put(struct lt_hmd *h, enum lnet_ack_req ack, struct lnet_process_id to,
	       unsigned int portal, u64 match_bits, unsigned int offset);
int lt_hmd_get(struct lt_hmd *h, struct lnet_process_id to, unsigned int portal, u64 match_bits,
	       unsigned int offset);
int lt_hmd_put_empty(unsigned int portal, u64 match_bits, u64 hdr_data);

unsigned int lt_hmd_count(struct lt_hmd *h);
bool lt_hmd_over(struct lt_hmd *h);
const struct lnet_handler_event *lt_hmd_ev(struct kunit *test, struct lt_hmd *h,
					   unsigned int index);
void lt_hmd_expect(struct kunit *test, struct lt_hmd *h, unsigned int index,
		   enum lnet_event_kind kind, int status, int unlinked);
void lt_hmd_expect_id(struct kunit *test, const char *what, const struct lnet_processid *id,
		      lnet_nid_t nid, lnet_pid_t pid);

#endif /* _LNET_KUNIT_COMMON_HANDLER_H */
