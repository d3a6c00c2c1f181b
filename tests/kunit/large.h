/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by suites that use NIDs with long addresses: those of the network of the fake NI.
 */
#ifndef _LNET_KUNIT_LARGE_H
#define _LNET_KUNIT_LARGE_H

#include "common.h"

#include <lnet/nid.h>

/* The NID number @n. */
static inline struct lnet_nid large_nid(unsigned int n)
{
	return (struct lnet_nid){
		.nid_size = 12, .nid_type = PTL4LND, .nid_num = cpu_to_be16(7),
		.nid_addr = { cpu_to_be32(0x20010db8), 0, 0, cpu_to_be32(n) },
	};
}

static inline void large_put(void *number)
{
	lnet_nid_put((lnet_nid_t)(uintptr_t)number);
}

/* Its number, kept until the case is over, or kunit_release_action(large_put). */
static inline lnet_nid_t large_kept(struct kunit *test, unsigned int n)
{
	struct lnet_nid nid = large_nid(n);
	lnet_nid_t number = lnet_nid_shorten(&nid);

	KUNIT_ASSERT_NE(test, number, LNET_NID_ANY);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, large_put,
							(void *)(uintptr_t)number), 0);
	return number;
}

#endif /* _LNET_KUNIT_LARGE_H */
