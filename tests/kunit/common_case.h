/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A case and its suite: how they begin, and what must be as before when they end.
 */
#ifndef _LNET_KUNIT_COMMON_CASE_H
#define _LNET_KUNIT_COMMON_CASE_H

#include <kunit/test.h>
#include <linux/atomic.h>

struct lt_thread;

/* Calls of the fake LND that were made with a lock held, or that lockdep did not watch. */
extern atomic_t lt_lnd_locked;

int lt_suite_init(struct kunit_suite *suite);
void lt_suite_exit(struct kunit_suite *suite);
int lt_case_init(struct kunit *test);
int lt_case_init_down(struct kunit *test);
unsigned int lt_case_init_lnet(struct kunit *test);
int lt_case_up_and_down(struct lt_thread *t);
void *lt_case_alloc(struct kunit *test, size_t bytes);

/* Register the suite of a module, whose cases are SUITE_cases[]. */
#define LT_SUITE(suite)							\
	static struct kunit_suite suite##_suite = {			\
		.name = #suite,						\
		.suite_init = lt_suite_init,				\
		.suite_exit = lt_suite_exit,				\
		.init = lt_case_init,					\
		.test_cases = suite##_cases,				\
	};								\
	kunit_test_suite(suite##_suite)

/* Register a suite whose cases begin while LNet is down; each calls @begin first. */
#define LT_SUITE_DOWN(suite, begin)					\
	static struct kunit_suite suite##_suite = {			\
		.name = #suite,						\
		.init = begin,						\
		.test_cases = suite##_cases,				\
	};								\
	kunit_test_suite(suite##_suite)

#endif /* _LNET_KUNIT_COMMON_CASE_H */
