// SPDX-License-Identifier: GPL-2.0
/*
 * The values that suites read from sysfs, which is not here: taken from their source.
 */
#include "common.h"
#include "event/eq.h"
#include "event/me_hash.h"
#include "event/portal.h"

#include <linux/string.h>

static u64 of_portal(struct kunit *test, struct lnet_portal *pt, const char *name)
{
	if (!strcmp(name, "hash_buckets"))
		return lnet_me_table_buckets(pt);
	if (!strcmp(name, "hash_longest"))
		return READ_ONCE(pt->hash_longest);
	if (!strcmp(name, "hash_resizes"))
		return READ_ONCE(pt->resizes);
	KUNIT_FAIL(test, "nothing here shows %s of a portal", name);
	return 0;
}

/**
 * lt_sysfs_u64() - a number that sysfs would show
 * @test: the case
 * @path: below /sys/kernel/lnet
 */
u64 lt_sysfs_u64(struct kunit *test, const char *path)
{
	struct lnet_eq_stats stats;
	struct lnet_eq *eq = NULL;
	unsigned int portal;
	char name[32];
	u64 cookie;

	if (sscanf(path, "portals/%u/%31s", &portal, name) == 2 &&
	    portal < LNET_MAX_PORTALS)
		return of_portal(test, lnet_portal(portal), name);
	if (sscanf(path, "eqs/%llx/%31s", &cookie, name) == 2 && !strcmp(name, "lost"))
		eq = lnet_eq_get(cookie);
	KUNIT_ASSERT_NOT_NULL_MSG(test, eq, "nothing here shows %s", path);
	lnet_eq_stats_read(eq, &stats);
	lnet_eq_put(eq);
	return stats.lost;
}
