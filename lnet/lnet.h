/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all of the core shares: the order of locks, whether LNet is up, and the
 * check at the door of every API function.
 *
 * Lock order, outermost first; what stands at one depth is never nested:
 *
 *	lnet_init_mutex			NIs come and go
 *	  dir_mutex			sysfs folders of EQs
 *	portal->lock			the list, the delayed queue, order
 *	  bucket->lock			unique MEs and their MDs
 *	    bucket->lock of the table that replaces it, by the resizer
 *	slot->lock			delivery; the client's handler inside
 *	  ring->lock			events to be polled
 *	    eq->wait.lock
 *	common_lock (handle.c)		free handles; inside any of the above
 *
 * The state of an MD (md.h) is one atomic word and needs no lock. Handles, EQs
 * and NIs are found under RCU. No lock is held when an LND is called.
 */
#ifndef _LNET_LNET_H
#define _LNET_LNET_H

#include <linux/errno.h>
#include <linux/instruction_pointer.h>
#include <linux/mutex.h>

#include "cpu.h"
#include "eq.h"

#ifdef CONFIG_PREEMPT_RT
#error "lnet relies on spinlocks that do not sleep: PREEMPT_RT is not supported"
#endif

struct workqueue_struct;

/* One of these begins every line of the log. */
#define LNET_NAME	"lnet"

extern bool lnet_running;		/* lnet_init_mutex to write */
extern struct mutex lnet_init_mutex;
extern struct workqueue_struct *lnet_wq;	/* I: unbound */

/*
 * May the caller of an API function enter? -ENETDOWN before LNetNIInit() and
 * after the last LNetNIFini(), or -EDEADLK with one warning per EQ from inside
 * a handler. 0: preemption is off, and @c is this CPU.
 */
static __always_inline int lnet_api_enter(struct lnet_cpu **c)
{
	struct lnet_eq *eq;
	int rc = -ENETDOWN;

	preempt_disable();
	*c = lnet_cpu();
	eq = (*c)->handler;
	if (likely(READ_ONCE(lnet_running) && !eq))
		return 0;

	preempt_enable();
	if (eq)
		rc = lnet_eq_broke(eq, (void *)_RET_IP_);
	return rc;
}

/* The same, where this CPU does not matter. */
static __always_inline int lnet_api_check(void)
{
	struct lnet_cpu *c;
	int rc = lnet_api_enter(&c);

	if (!rc)
		preempt_enable();
	return rc;
}

#endif /* _LNET_LNET_H */
