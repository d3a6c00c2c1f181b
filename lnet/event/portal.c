// SPDX-License-Identifier: GPL-2.0
/*
 * The portal: an ordered set of MEs (me.c), and, if it is lazy, a queue of PUTs that came before
 * the ME they are for (delayed.c). This file makes portals lazy, and sets them up and frees them.
 */
#include "event/portal.h"
#include "event/api.h"
#include "event/delayed.h"
#include "event/me_hash.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <lnet/api.h>

#include <linux/export.h>

struct lnet_portal lnet_portals[LNET_MAX_PORTALS];
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_portals);

/*
 * A late call must not leave a portal lazy for the next time that LNet runs.
 * lnet_portal_clear_all() takes this lock after lnet_running has become false. If it takes the
 * lock after this call, it makes the portal not lazy; if before, this call sees that LNet is
 * down.
 */
static int portal_make_lazy(struct lnet_portal *pt, bool lazy)
{
	int rc = 0;

	spin_lock(&pt->lock);
	if (lazy && !READ_ONCE(lnet_running))
		rc = -ENETDOWN;
	else
		WRITE_ONCE(pt->lazy, lazy);
	spin_unlock(&pt->lock);
	return rc;
}

static __always_inline int portal_set_lazy(int portal, bool lazy)
{
	int rc = lnet_api_check();

	if (rc)
		return rc;
	if (portal < 0 || portal >= LNET_MAX_PORTALS)
		return -EINVAL;
	lnet_window(LNET_WINDOW_PORTAL_ASKED);
	return portal_make_lazy(lnet_portal(portal), lazy);
}

/**
 * LNetSetLazyPortal() - let PUTs that match nothing wait for their match entry
 * @portal: index of the portal, 0 to 63
 *
 * Context: task.
 * Return: 0, also if the portal was lazy already; -EINVAL: no such portal; -ENETDOWN: LNet
 * is down; -EDEADLK: called from a handler that must not call LNet.
 */
int LNetSetLazyPortal(int portal)
{
	return portal_set_lazy(portal, true);
}
EXPORT_SYMBOL(LNetSetLazyPortal);

/**
 * LNetClearLazyPortal() - drop PUTs that match nothing
 * @portal: index of the portal, 0 to 63
 *
 * PUTs that wait are dropped before the call returns; in a handler, after the handler has
 * returned.
 *
 * Context: task.
 * Return: 0, also if the portal was not lazy; -EINVAL: no such portal; -ENETDOWN: LNet is
 * down; -EDEADLK: called from a handler that must not call LNet.
 */
int LNetClearLazyPortal(int portal)
{
	int rc = portal_set_lazy(portal, false);

	if (rc)
		return rc;
	lnet_window(LNET_WINDOW_PORTAL_CLEARED);
	lnet_delayed_drop(lnet_portal(portal), LNET_DROP_LAZY_CLEARED);
	return 0;
}
EXPORT_SYMBOL(LNetClearLazyPortal);

/**
 * lnet_portal_purge() - drop the waiting messages that came by one NI
 * @via: users that count the calls of the NI's driver; shut already
 *
 * Context: task; may sleep.
 */
void lnet_portal_purge(struct lnet_users *via)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		lnet_delayed_drop_by(lnet_portal(i), via, LNET_DROP_SHUTDOWN);
}

/**
 * lnet_portal_clear_all() - make all portals not lazy
 *
 * Context: task; no message waits.
 */
void lnet_portal_clear_all(void)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		portal_make_lazy(lnet_portal(i), false);
}

/**
 * lnet_portal_any_lazy() - tell whether any portal is lazy
 *
 * Context: any.
 * Return: true if one is.
 */
bool lnet_portal_any_lazy(void)
{
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++)
		if (READ_ONCE(lnet_portal(i)->lazy))
			return true;
	return false;
}

/**
 * lnet_portal_class() - tell which kinds of ME are posted on a portal
 * @pt: the portal whose MEs are asked for
 *
 * Context: task; may sleep.
 * Return: enum lnet_portal_class, which may be out of date at once.
 */
enum lnet_portal_class lnet_portal_class(struct lnet_portal *pt)
{
	struct lnet_portal_stats stats;
	bool any = READ_ONCE(pt->wildcards);
	bool unique;

	lnet_stats_portal_read(pt->index, &stats);
	unique = (s64)stats.unique_posted > 0;
	if (any)
		return unique ? LNET_PORTAL_MIXED : LNET_PORTAL_ANY;
	return unique ? LNET_PORTAL_UNIQUE : LNET_PORTAL_NONE;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_portal_class);

/**
 * lnet_portal_init() - set up all portals
 *
 * Context: while the module loads.
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
		lnet_me_table_init(pt);
	}
	lnet_delayed_init();
}

/**
 * lnet_portal_exit() - free the memory of all portals; no ME and no message is left
 *
 * Context: task; may sleep.
 */
void lnet_portal_exit(void)
{
	unsigned int i;

	lnet_delayed_exit();
	for (i = 0; i < LNET_MAX_PORTALS; i++)
		lnet_me_table_destroy(lnet_portal(i));
}
