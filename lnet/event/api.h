/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry to the API: the checks at the beginning of each function that a client calls. See api.c
 * for their slow paths.
 */
#ifndef _LNET_EVENT_API_H
#define _LNET_EVENT_API_H

#include <linux/errno.h>
#include <linux/instruction_pointer.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "event/cpu.h"
#include "event/run_state.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"

struct lnet_eq;

extern bool lnet_running;		/* written under lnet_init_mutex */

int lnet_api_enter_slow(struct lnet_cpu *c, void *where);
int lnet_api_refuse_handler(struct lnet_eq *eq, void *where);

/*
 * The EQ whose handler the caller is in, or NULL, also with preemption on. The result stays
 * true: a caller in a handler has preemption off anyway.
 */
static inline struct lnet_eq *lnet_api_handler(void)
{
	struct lnet_eq *eq;

	preempt_disable();
	eq = lnet_run_handler(lnet_cpu());
	preempt_enable();
	return eq;
}

/**
 * lnet_api_enter() - check whether the caller may enter an API function
 * @c: set to the data of this CPU
 *
 * Context: any; returns with preemption off if the caller may enter.
 * Return: 0; -ENETDOWN: LNet is down; -EDEADLK: called from a handler that must not call LNet,
 * which is warned of once per EQ.
 */
static __always_inline int lnet_api_enter(struct lnet_cpu **c)
{
	preempt_disable();
	*c = lnet_cpu();
	if (likely(READ_ONCE(lnet_running) && !READ_ONCE((*c)->task)))
		return 0;
	return lnet_api_enter_slow(*c, (void *)_RET_IP_);
}

/**
 * lnet_api_may_sleep() - warn in debug kernels if the caller must not sleep
 *
 * Context: begin of a call that allocates: task without a spinlock held, or a handler.
 */
static inline void lnet_api_may_sleep(void)
{
	if ((IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || LNET_WATCHED) &&
	    !lnet_api_handler())
		lnet_might_sleep();
}

/**
 * lnet_api_check() - make the check of lnet_api_enter(), and leave preemption as it was
 *
 * Context: any.
 * Return: 0, -ENETDOWN or -EDEADLK, as lnet_api_enter().
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
 * lnet_api_check_handler() - refuse a call from any handler
 *
 * Context: any.
 * Return: 0; -EDEADLK: the caller is a handler, which is warned of once per EQ.
 */
static __always_inline int lnet_api_check_handler(void)
{
	struct lnet_eq *eq = lnet_api_handler();

	if (unlikely(eq))
		return lnet_api_refuse_handler(eq, (void *)_RET_IP_);
	return 0;
}

/**
 * lnet_api_check_sleep() - check whether a call that may sleep for long is allowed
 *
 * Context: any; a handler is refused under each delivery scheme.
 * Return: 0; -ENETDOWN: LNet is down; -EDEADLK: called from a handler.
 */
static __always_inline int lnet_api_check_sleep(void)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;
	return READ_ONCE(lnet_running) ? 0 : -ENETDOWN;
}

/**
 * lnet_api_can_sleep() - tell whether a call may put its caller to sleep
 *
 * For a call that may have to wait, and is made with a spinlock held as well. A kernel that does
 * not count preemption cannot tell of that, and there the answer is yes.
 *
 * Context: any.
 * Return: false if the caller is in a handler, or the kernel says that it must not sleep.
 */
static inline bool lnet_api_can_sleep(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && (!preemptible() || rcu_preempt_depth()))
		return false;
	return !lnet_api_handler();
}

/**
 * lnet_api_gfp() - choose the allocation flags of an API function
 *
 * Context: any.
 * Return: LNET_GFP, or in a handler, which cannot wait for memory, flags that do not sleep.
 */
static inline gfp_t lnet_api_gfp(void)
{
	return lnet_api_handler() ? GFP_ATOMIC | __GFP_NOWARN : LNET_GFP;
}

#endif /* _LNET_EVENT_API_H */
