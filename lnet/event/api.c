// SPDX-License-Identifier: GPL-2.0
/*
 * The door of the API, for those who do not come as usual: while LNet is down,
 * and from a handler. Where callbacks run under a lock a handler must not call
 * LNet, and where they do not it must make no call that sleeps for long. One that
 * does is refused, and its EQ is named, once.
 */
#include "event/api.h"
#include "event/eq.h"
#include "event/slot.h"
#include "lnet.h"

#include <linux/atomic.h>
#include <linux/bug.h>

bool lnet_running;

/**
 * lnet_api_eq_broke() - a handler has made a call that it must not make
 * @eq: whose handler
 * @where: the call
 *
 * Return: -EDEADLK, always.
 */
int lnet_api_eq_broke(struct lnet_eq *eq, void *where)
{
	/* Handlers of one EQ run on several CPUs: the first of them is named. */
	if (!xchg_relaxed(&eq->warned, 1))
		WARN(1, LNET_NAME ": EQ %#llx: LNet called from its handler %ps, at %pS\n",
		     eq->cookie, eq->callback, where);
	return -EDEADLK;
}

/**
 * lnet_api_odd() - may a call be made that does not come as usual?
 * @c: this CPU
 * @where: the call
 *
 * Context: preemption off; on again if not 0.
 * Return: as lnet_api_enter().
 */
int lnet_api_odd(struct lnet_cpu *c, void *where)
{
	struct lnet_eq *eq = lnet_run_handler(c);
	bool refused = eq && lnet_slot_is_lock();

	if (!refused && READ_ONCE(lnet_running))
		return 0;
	preempt_enable();
	return refused ? lnet_api_eq_broke(eq, where) : -ENETDOWN;
}
