// SPDX-License-Identifier: GPL-2.0
/*
 * Telling other modules that the NIDs of this node have changed: an NI has come or gone, also as
 * LNet comes up or goes down.
 *
 * What is told may call LNet, and wait. An NI comes and goes under lnet_init_mutex. So a work item
 * tells it, later, when the NIDs may have changed once more; it tells that they have, not how, and
 * who is told looks (lnet_ni_nids()). The last change is always told.
 */
#include "network/ni_change.h"
#include "event/work.h"

#include <linux/export.h>
#include <linux/workqueue.h>

static BLOCKING_NOTIFIER_HEAD(changed);

static void change_tell(struct work_struct *work)
{
	blocking_notifier_call_chain(&changed, 0, NULL);
}

static DECLARE_WORK(change_work, change_tell);

/**
 * lnet_ni_change_register() - ask to be told when the NIDs of this node have changed
 * @nb: function to call, in task context, without a lock that LNet takes; it may sleep
 *
 * Context: task; may sleep.
 * Return: 0; or -EEXIST: it is registered.
 */
int lnet_ni_change_register(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&changed, nb);
}
EXPORT_SYMBOL_GPL(lnet_ni_change_register);

/**
 * lnet_ni_change_unregister() - ask to be told no more
 * @nb: from lnet_ni_change_register(); its function does not run any more on return
 *
 * Context: task; may sleep; not in the function.
 */
void lnet_ni_change_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&changed, nb);
}
EXPORT_SYMBOL_GPL(lnet_ni_change_unregister);

/**
 * lnet_ni_change_note() - note that an NI has come or gone, to tell it later
 *
 * Context: any.
 */
void lnet_ni_change_note(void)
{
	queue_work(lnet_wq, &change_work);
}
