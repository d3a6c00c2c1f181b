/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows that a case opens, and a thread that meets the case in one.
 */
#ifndef _LNET_KUNIT_COMMON_WINDOW_H
#define _LNET_KUNIT_COMMON_WINDOW_H

#include <kunit/test.h>

#include "hooks/window.h"

struct lt_thread;

/* A thread and the case; B: bool, set once, with release */
struct lt_meeting {
	struct lt_thread *first;
	unsigned int nth;
	unsigned int passed;		/* by @first: how often it has come */
	bool there;			/* B: @first is in its window, */
	bool begun;			/* B: the case in its call, */
	bool over;			/* B: which has returned */
	bool met;			/* by @first: @begun or @over, when it left */
};

void lt_window_open(struct kunit *test, enum lnet_window window,
		    const struct lnet_window_plan *plan);
struct lt_meeting *lt_meeting(struct kunit *test, struct lt_thread *first,
			      enum lnet_window window, unsigned int nth,
			      enum lnet_window mine);
bool lt_meeting_await(struct lt_meeting *m);
void lt_meeting_over(struct lt_meeting *m);

#endif /* _LNET_KUNIT_COMMON_WINDOW_H */
