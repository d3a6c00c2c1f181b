/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The door of the API: what every function that a client calls asks first. See
 * api.c for what does not come as usual.
 */
#ifndef _LNET_EVENT_API_H
#define _LNET_EVENT_API_H

#include <linux/errno.h>
#include <linux/instruction_pointer.h>

#include "event/cpu.h"
#include "event/run_state.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"

struct lnet_eq;

extern bool lnet_running;		/* lnet_init_mutex to write */

int lnet_api_odd(struct lnet_cpu *c, void *where);
int lnet_api_eq_broke(struct lnet_eq *eq, void *where);

/* lnet_run_handler() from anywhere: who is in a handler has preemption off. */
static inline struct lnet_eq *lnet_api_handler(void)
{
	struct lnet_eq *eq;

	preempt_disable();
	eq = lnet_run_handler(lnet_cpu());
	preempt_enable();
	return eq;
}

/**
 * lnet_api_enter() - may the caller of an API function enter?
 * @c: this CPU
 *
 * Context: any; returns with preemption off if it may.
 * Return: 0; -ENETDOWN before LNetNIInit() and after the last LNetNIFini(); or
 * -EDEADLK, with one warning per EQ, from inside a handler that must not.
 */
static __always_inline int lnet_api_enter(struct lnet_cpu **c)
{
	preempt_disable();
	*c = lnet_cpu();
	if (likely(READ_ONCE(lnet_running) && !READ_ONCE((*c)->task)))
		return 0;
	return lnet_api_odd(*c, (void *)_RET_IP_);
}

/**
 * lnet_api_may_sleep() - what debug kernels should say of a bad caller
 *
 * Context: a call that allocates: task, and no spinlock is held, or a handler.
 */
static inline void lnet_api_may_sleep(void)
{
	if ((IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || LNET_WATCHED) &&
	    !lnet_api_handler())
		lnet_might_sleep();
}

/**
 * lnet_api_check() - lnet_api_enter() where this CPU does not matter
 *
 * Context: any; preemption is as it was on return.
 * Return: as there.
 */
static __always_inline int lnet_api_check(void)
{
	struct lnet_cpu *c;
	int rc = lnet_api_enter(&c);

	if (!rc)
		preempt_enable();
	return rc;
}

/**
 * lnet_api_check_handler() - is this no handler?
 *
 * Context: any.
 * Return: 0; -EDEADLK: it is one, whose EQ has broken the rules, and it is said.
 */
static __always_inline int lnet_api_check_handler(void)
{
	struct lnet_eq *eq = lnet_api_handler();

	return unlikely(eq) ? lnet_api_eq_broke(eq, (void *)_RET_IP_) : 0;
}

/**
 * lnet_api_check_sleep() - the same for a call that may sleep for long
 *
 * Context: any; never from a handler, whatever the scheme.
 * Return: as there.
 */
static __always_inline int lnet_api_check_sleep(void)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;
	return READ_ONCE(lnet_running) ? 0 : -ENETDOWN;
}

/**
 * lnet_api_gfp() - how the API allocates
 *
 * Context: any.
 * Return: flags by which a handler, which cannot wait for memory, does not.
 */
static inline gfp_t lnet_api_gfp(void)
{
	return lnet_api_handler() ? GFP_ATOMIC | __GFP_NOWARN : LNET_GFP;
}

#endif /* _LNET_EVENT_API_H */
