// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of portals, as the core has them.
 */
#include "common.h"

#include <linux/export.h>

/**
 * lt_drops() - count the messages that a portal has dropped for one reason
 * @portal: the index of the portal
 * @reason: the reason
 *
 * Context: Task; may sleep.
 * Return: the number of messages, since the counters were last reset.
 */
u64 lt_drops(unsigned int portal, enum lnet_portal_drop reason)
{
	struct lnet_portal_stats sum;

	lnet_stats_portal_read(portal, &sum);
	return sum.dropped[reason];
}
EXPORT_SYMBOL_GPL(lt_drops);

/**
 * lt_drops_all() - count the messages that a portal has dropped for any reason
 * @portal: the index of the portal
 *
 * Context: Task; may sleep.
 * Return: the number of messages, since the counters were last reset.
 */
u64 lt_drops_all(unsigned int portal)
{
	struct lnet_portal_stats sum;
	u64 all = 0;
	int i;

	lnet_stats_portal_read(portal, &sum);
	for (i = 0; i < LNET_DROP_PORTAL_NR; i++)
		all += sum.dropped[i];
	return all;
}
EXPORT_SYMBOL_GPL(lt_drops_all);

/**
 * lt_drops_everywhere() - count the messages that all portals have dropped for any reason
 *
 * Context: Task; may sleep.
 * Return: the number of messages, since the counters were last reset.
 */
u64 lt_drops_everywhere(void)
{
	unsigned int portal;
	u64 all = 0;

	for (portal = 0; portal < LNET_MAX_PORTALS; portal++)
		all += lt_drops_all(portal);
	return all;
}
EXPORT_SYMBOL_GPL(lt_drops_everywhere);

/**
 * lt_matched() - count the messages that have found an MD on a portal
 * @portal: the index of the portal
 *
 * Context: Task; may sleep.
 * Return: the number of messages, since the counters were last reset.
 */
u64 lt_matched(unsigned int portal)
{
	struct lnet_portal_stats sum;

	lnet_stats_portal_read(portal, &sum);
	return sum.matched;
}
EXPORT_SYMBOL_GPL(lt_matched);

/**
 * lt_delayed() - count the messages that have ever waited on a portal
 * @portal: the index of the portal
 *
 * Context: Task; may sleep.
 * Return: the number of messages, since the counters were last reset.
 */
u64 lt_delayed(unsigned int portal)
{
	struct lnet_portal_stats sum;

	lnet_stats_portal_read(portal, &sum);
	return sum.delayed;
}
EXPORT_SYMBOL_GPL(lt_delayed);
