/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of portals, as the core has them.
 */
#ifndef _LNET_KUNIT_COMMON_COUNT_H
#define _LNET_KUNIT_COMMON_COUNT_H

#include "event/stat.h"

#include <linux/types.h>

u64 lt_drops(unsigned int portal, enum lnet_portal_drop reason);
u64 lt_drops_all(unsigned int portal);
u64 lt_drops_everywhere(void);
u64 lt_matched(unsigned int portal);
u64 lt_delayed(unsigned int portal);

#endif /* _LNET_KUNIT_COMMON_COUNT_H */
