// SPDX-License-Identifier: GPL-2.0
/*
 * The portal: an order of MEs, and, if it is lazy, a queue of PUTs that came
 * before the ME they are for.
 *
 * The delayed queue is bounded, by messages and by bytes. Only messages whose
 * payload the LND has set aside enter it, so a message that waits holds up
 * nobody else's. A message leaves it when LNetMDAttach() posts what it wants
 * (match.c), when the portal stops being lazy, or with its NI.
 */
#include "portal.h"
#include "cpu.h"
#include "me_hash.h"
#include "alloc.h"
#include "lnet.h"
#include "msg.h"
#include "ni.h"
#include "stat.h"
#include "window.h"

#include <linux/export.h>
#include <linux/module.h>

static unsigned int lazy_max_msgs = 8192;
module_param(lazy_max_msgs, uint, 0644);
MODULE_PARM_DESC(lazy_max_msgs, "PUTs that may wait on one lazy portal (default 8192)");

static unsigned long lazy_max_bytes = 64UL << 20;
module_param(lazy_max_bytes, ulong, 0644);
MODULE_PARM_DESC(lazy_max_bytes, "Payload of PUTs that may wait on one lazy portal, bytes (default 64 MiB)");

struct lnet_portal lnet_portals[LNET_MAX_PORTALS];
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_portals);

/**
 * lnet_portal_may_delay() - is there room in the delayed queue?
 * @pt: a lazy portal, locked
 * @msg: that would wait
 * @drop: why not, if there is none
 *
 * Return: false if the queue is at its bound, or the NI is going: it has the
 * portal's lock after @closing was set, or will have it after us, to purge.
 */
bool lnet_portal_may_delay(struct lnet_portal *pt, struct lnet_msg *msg,
			   enum lnet_portal_drop *drop)
{
	lockdep_assert_held(&pt->lock);
	*drop = LNET_DROP_SHUTDOWN;
	if (READ_ONCE(msg->ni->closing))
		return false;
	*drop = LNET_DROP_DELAY_FULL;
	return pt->delayed_msgs < READ_ONCE(lazy_max_msgs) &&
	       pt->delayed_bytes + msg->d.ev.rlength <=
	       READ_ONCE(lazy_max_bytes);
}

/**
 * lnet_portal_delay() - have a message wait
 * @pt: a lazy portal, locked; its @ordered counts the message already
 * @msg: the portal's on success
 * @drop: why not, if it is not
 *
 * Return: false if lnet_portal_may_delay() says so.
 */
bool lnet_portal_delay(struct lnet_portal *pt, struct lnet_msg *msg,
		       enum lnet_portal_drop *drop)
{
	if (!lnet_portal_may_delay(pt, msg, drop))
		return false;

	list_add_tail(&msg->queue, &pt->delayed);
	pt->delayed_msgs++;
	pt->delayed_bytes += msg->d.ev.rlength;
	lnet_count(lnet_cpu()->stats.portal[pt->index].delayed, 1);
	return true;
}

/**
 * lnet_portal_undelay() - take a message out of the queue
 * @pt: its portal, locked
 * @msg: the caller's on return
 */
void lnet_portal_undelay(struct lnet_portal *pt, struct lnet_msg *msg)
{
	lockdep_assert_held(&pt->lock);
	list_del(&msg->queue);
	pt->delayed_msgs--;
	pt->delayed_bytes -= msg->d.ev.rlength;
	WRITE_ONCE(pt->ordered, pt->ordered - 1);
	/* Until lnet_msg_resume() has called the LND. */
	lnet_users_add(lnet_cpu(), &msg->ni->calls);
}

/* Drop what waits and came by @ni, or all if NULL. Sleeps only in the first case. */
static void drop_delayed(struct lnet_portal *pt, struct lnet_ni *ni,
			 enum lnet_portal_drop why)
{
	struct lnet_msg *msg, *next;
	LIST_HEAD(gone);

	spin_lock(&pt->lock);
	list_for_each_entry_safe(msg, next, &pt->delayed, queue) {
		if (ni && msg->ni != ni)
			continue;
		lnet_portal_undelay(pt, msg);
		lnet_msg_mark_dropped(msg, why);
		list_add_tail(&msg->queue, &gone);
	}
	spin_unlock(&pt->lock);
	lnet_window(LNET_WINDOW_PORTAL_RESUME);
	lnet_msg_resume(&gone, ni);
}

static void set_lazy(struct lnet_portal *pt, bool lazy)
{
	spin_lock(&pt->lock);
	pt->lazy = lazy;
	spin_unlock(&pt->lock);
}

/**
 * LNetSetLazyPortal() - let PUTs wait that come before their match entry
 * @portal: index of the portal
 *
 * Context: task.
 * Return: 0, also if it was lazy already; -EINVAL: no such portal; -ENETDOWN;
 * -EDEADLK.
 */
int LNetSetLazyPortal(int portal)
{
	int rc;

	rc = lnet_api_check();
	if (rc)
		return rc;
	if (portal < 0 || portal >= LNET_MAX_PORTALS)
		return -EINVAL;

	set_lazy(lnet_portal(portal), true);
	return 0;
}
EXPORT_SYMBOL(LNetSetLazyPortal);

/**
 * LNetClearLazyPortal() - drop PUTs that match nothing
 * @portal: index of the portal
 *
 * Those that wait are dropped before it returns; in a handler, when that has
 * returned.
 *
 * Context: task.
 * Return: 0, also if it was not lazy; -EINVAL: no such portal; -ENETDOWN;
 * -EDEADLK.
 */
int LNetClearLazyPortal(int portal)
{
	struct lnet_portal *pt;
	int rc;

	rc = lnet_api_check();
	if (rc)
		return rc;
	if (portal < 0 || portal >= LNET_MAX_PORTALS)
		return -EINVAL;

	pt = lnet_portal(portal);
	set_lazy(pt, false);
	lnet_window(LNET_WINDOW_PORTAL_CLEARED);
	drop_delayed(pt, NULL, LNET_DROP_LAZY_CLEARED);
	return 0;
}
EXPORT_SYMBOL(LNetClearLazyPortal);

/**
 * lnet_portal_purge_ni() - drop the messages that wait and came by one NI
 * @ni: the NI; it takes no new message
 *
 * Context: task.
 */
void lnet_portal_purge_ni(struct lnet_ni *ni)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		drop_delayed(lnet_portal(i), ni, LNET_DROP_SHUTDOWN);
}

/**
 * lnet_portal_clear_all() - no portal is lazy any more
 *
 * Context: task; nothing waits.
 */
void lnet_portal_clear_all(void)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		set_lazy(lnet_portal(i), false);
}

/**
 * lnet_portal_class() - what kinds of ME are posted on a portal now
 * @pt: the portal
 *
 * Context: task; may sleep.
 * Return: enum lnet_portal_class.
 */
enum lnet_portal_class lnet_portal_class(struct lnet_portal *pt)
{
	struct lnet_portal_stats stats;
	bool any = READ_ONCE(pt->wildcards);
	bool unique;

	lnet_portal_stats_read(pt->index, &stats);
	unique = (s64)stats.unique_posted > 0;
	if (any)
		return unique ? LNET_PORTAL_MIXED : LNET_PORTAL_ANY;
	return unique ? LNET_PORTAL_UNIQUE : LNET_PORTAL_NONE;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_portal_class);

/**
 * lnet_portal_init() - make the portals
 */
void lnet_portal_init(void)
{
	struct lnet_portal *pt;
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		pt = lnet_portal(i);
		pt->index = i;
		spin_lock_init(&pt->lock);
		INIT_LIST_HEAD(&pt->chunks);
		INIT_LIST_HEAD(&pt->delayed);
		lnet_hash_init(pt);
	}
}

/**
 * lnet_portal_exit() - free what the portals have; no ME is left
 */
void lnet_portal_exit(void)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		lnet_hash_destroy(lnet_portal(i));
}
