/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all of the core shares: the order of locks, whether LNet is up, and the
 * check at the door of every API function.
 *
 * Lock order, outermost first; what stands at one depth is never nested:
 *
 *	lnet_init_mutex			NIs come and go
 *	  lnet_dir_mutex		sysfs folders of EQs and NIs
 *	  scheme_mutex			the delivery scheme
 *	  ping_mutex			answers to pings
 *	  pings_lock			pings of ours; as eq->wait.lock inside
 *	portal->lock			MEs that are not unique, the delayed queue
 *	  a bucket's lock		unique MEs and their MDs; who is in it
 *	    another one's		when it is split or merged
 *	ring->lock			events to be polled
 *	eq->wait.lock			pollers
 *	free_lock (handle.c)		free handles; inside any of the above
 *
 * Around ring->lock and the client's handler there is a slot, which is a lock
 * in some schemes (slot.c); with delivery=global global_lock (slot_lock.c) is
 * that, and around portal->lock and those of buckets at other times.
 *
 * The state of an MD (md.h) is one atomic word and needs no lock. Handles, EQs
 * and NIs are found under RCU. No lock is held when an LND is called, but
 * lnet_init_mutex when it looks for a NID, brings an NI up, takes it down, or
 * drops what of that NI waited; it may take ping_mutex at any time
 * (lnet_ni_status_set()).
 */
#ifndef _LNET_LNET_H
#define _LNET_LNET_H

#include <linux/errno.h>
#include <linux/instruction_pointer.h>
#include <linux/mutex.h>

#include "hooks/alloc.h"
#include "event/cpu.h"
#include "event/eq.h"
#include "event/run.h"
#include "hooks/watch.h"

#ifdef CONFIG_PREEMPT_RT
#error "lnet relies on spinlocks that do not sleep: PREEMPT_RT is not supported"
#endif

struct workqueue_struct;

/* One of these begins every line of the log. */
#define LNET_NAME	"lnet"

extern bool lnet_running;		/* lnet_init_mutex to write */
extern struct mutex lnet_init_mutex;
extern struct workqueue_struct *lnet_wq;	/* I: unbound */

int lnet_api_odd(struct lnet_cpu *c, void *where);	/* eq_deliver.c */

/*
 * May the caller of an API function enter? -ENETDOWN before LNetNIInit() and
 * after the last LNetNIFini(), or -EDEADLK with one warning per EQ from inside
 * a handler that must not. 0: preemption is off, and @c is this CPU.
 */
static __always_inline int lnet_api_enter(struct lnet_cpu **c)
{
	preempt_disable();
	*c = lnet_cpu();
	if (likely(READ_ONCE(lnet_running) && !READ_ONCE((*c)->task)))
		return 0;
	return lnet_api_odd(*c, (void *)_RET_IP_);
}

/* For calls that allocate: what debug kernels should say of a bad caller. */
static inline void lnet_api_may_sleep(void)
{
	if ((IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || LNET_WATCHED) &&
	    !lnet_run_handler_eq())
		lnet_might_sleep();
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

/* The same for a call that may sleep for long: never from a handler. */
static __always_inline int lnet_api_check_sleep(void)
{
	struct lnet_eq *eq = lnet_run_handler_eq();

	if (unlikely(eq))
		return lnet_eq_broke(eq, (void *)_RET_IP_);
	return READ_ONCE(lnet_running) ? 0 : -ENETDOWN;
}

/* How the API allocates: a handler cannot wait for memory. */
static inline gfp_t lnet_gfp(void)
{
	return lnet_run_handler_eq() ? GFP_ATOMIC | __GFP_NOWARN : LNET_GFP;
}

#endif /* _LNET_LNET_H */
