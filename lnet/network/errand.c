// SPDX-License-Identifier: GPL-2.0
/*
 * Errands: what LNet asks of LNet for itself, by the means of a client (pinger.c).
 *
 * When LNet goes down, nobody but us would know that an errand's MD is no client's
 * leftover. So: no errand begins any more and who waits for one is woken
 * (lnet_errand_abort_all()); the NIs close, by which all messages end; and when
 * each errand has ended (lnet_errand_wait_all()) clients' leftovers are looked for.
 * All this time errands unlink and free by what is behind the API's door, as that
 * is closed. Nothing here takes lnet_init_mutex, which that thread holds.
 */
#include "network/errand.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static DEFINE_SPINLOCK(errands_lock);	/* L */
static LIST_HEAD(errands);		/* L: */
static bool may_begin;			/* L: */
static DECLARE_WAIT_QUEUE_HEAD(gone);	/* one left the list */

/**
 * lnet_errand_begin() - LNet waits for this one before it is down
 * @errand: the caller's until lnet_errand_end()
 *
 * Context: task.
 * Return: 0; or -ENETDOWN: LNet is down, or goes down.
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
 * lnet_errand_end() - nothing of it is left in LNet
 * @errand: from lnet_errand_begin(); the caller's again
 *
 * Context: task.
 */
void lnet_errand_end(struct lnet_errand *errand)
{
	spin_lock(&errands_lock);
	list_del(&errand->link);
	wake_up(&gone);
	spin_unlock(&errands_lock);
}

/**
 * lnet_errand_allow() - LNet is coming up
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
 * lnet_errand_abort_all() - LNet goes down: none begins, none is waited for
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
 * lnet_errand_wait_all() - until no errand is left
 *
 * Context: task; may sleep; after lnet_errand_abort_all(), and no NI is left.
 */
void lnet_errand_wait_all(void)
{
	wait_event(gone, errand_none_left());
}
