// SPDX-License-Identifier: GPL-2.0
/*
 * Errands: requests that LNet makes for itself through the interface of a client (pinger.c).
 *
 * When LNet goes down, the MD of an errand must not be taken for one that a client has left
 * behind. So the steps of ni_stop_all() are:
 *
 * 1. lnet_errand_abort_all(): no errand begins any more, and threads that wait for one wake up.
 * 2. The NIs close, which ends all messages.
 * 3. lnet_errand_wait_all(): each errand has ended.
 * 4. LNet looks for objects that clients have left.
 *
 * Meanwhile the functions of the API return -ENETDOWN, so errands unlink and free by the internal
 * functions. Nothing here takes lnet_init_mutex, as the thread that waits in step 3 holds it.
 */
#include "network/errand.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static DEFINE_SPINLOCK(errands_lock);	/* L */
static LIST_HEAD(errands);		/* L: */
static bool may_begin;			/* L: */
static DECLARE_WAIT_QUEUE_HEAD(errand_ended);	/* woken when an errand leaves the list */

/**
 * lnet_errand_begin() - begin an errand, which LNet waits for when it goes down
 * @errand: the errand to be filled; in the list until lnet_errand_end()
 *
 * Context: task.
 * Return: 0; or -ENETDOWN: LNet is down, or is going down.
 */
int lnet_errand_begin(struct lnet_errand *errand)
{
	bool may;

	init_completion(&errand->done);
	spin_lock(&errands_lock);
	may = may_begin;
	if (may)
		list_add(&errand->link, &errands);
	spin_unlock(&errands_lock);
	return may ? 0 : -ENETDOWN;
}

/**
 * lnet_errand_end() - end an errand, when none of its objects is left in LNet
 * @errand: the errand, from lnet_errand_begin(); the caller may free it on return
 *
 * Context: task.
 */
void lnet_errand_end(struct lnet_errand *errand)
{
	spin_lock(&errands_lock);
	list_del(&errand->link);
	wake_up(&errand_ended);
	spin_unlock(&errands_lock);
}

/**
 * lnet_errand_allow() - allow errands, as LNet comes up
 *
 * Context: task.
 */
void lnet_errand_allow(void)
{
	spin_lock(&errands_lock);
	may_begin = true;
	spin_unlock(&errands_lock);
}

/**
 * lnet_errand_abort_all() - allow no errand any more, and wake the threads that wait for one
 *
 * Context: task.
 */
void lnet_errand_abort_all(void)
{
	struct lnet_errand *errand;

	spin_lock(&errands_lock);
	may_begin = false;
	list_for_each_entry(errand, &errands, link)
		complete(&errand->done);
	spin_unlock(&errands_lock);
}

static bool errand_none_left(void)
{
	bool none;

	spin_lock(&errands_lock);
	none = list_empty(&errands);
	spin_unlock(&errands_lock);
	return none;
}

/**
 * lnet_errand_wait_all() - wait until no errand is left
 *
 * Context: task; may sleep; after lnet_errand_abort_all(), when no NI is left.
 */
void lnet_errand_wait_all(void)
{
	wait_event(errand_ended, errand_none_left());
}
