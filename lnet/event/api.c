// SPDX-License-Identifier: GPL-2.0
/*
 * Entry to the API, slow paths: calls while LNet is down, and calls from a handler. If callbacks
 * run under a lock, a handler must not call LNet at all; else it must not make a call that
 * sleeps for long. Such a call is refused, and the first one of each EQ is logged.
 */
#include "event/api.h"
#include "event/eq.h"
#include "event/slot.h"
#include "lnet.h"

#include <linux/atomic.h>
#include <linux/bug.h>

bool lnet_running;

/**
 * lnet_api_refuse_handler() - refuse a call that a handler must not make
 * @eq: the EQ whose handler makes the call
 * @where: return address of the call, for the log
 *
 * Context: any, in the handler of @eq.
 * Return: -EDEADLK, always.
 */
int lnet_api_refuse_handler(struct lnet_eq *eq, void *where)
{
	/* Handlers of one EQ run on several CPUs: only the first bad call is logged. */
	if (!xchg_relaxed(&eq->warned, 1))
		WARN(1, LNET_NAME ": EQ %#llx: LNet called from its handler %ps, at %pS\n",
		     eq->cookie, eq->callback, where);
	return -EDEADLK;
}

/**
 * lnet_api_enter_slow() - check a call while LNet is down or a run is on this CPU
 * @c: the data of this CPU
 * @where: return address of the call, for the log
 *
 * Context: preemption off; on again if the return value is not 0.
 * Return: 0, -ENETDOWN or -EDEADLK, as lnet_api_enter().
 */
int lnet_api_enter_slow(struct lnet_cpu *c, void *where)
{
	struct lnet_eq *eq = lnet_run_handler(c);
	bool refused = eq && lnet_slot_is_lock();

	if (!refused && READ_ONCE(lnet_running))
		return 0;
	preempt_enable();
	if (refused)
		return lnet_api_refuse_handler(eq, where);
	return -ENETDOWN;
}
