/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A number that Lustre's tools set, and that has no effect here. See unused.c.
 */
#ifndef _LNET_NUMA_H
#define _LNET_NUMA_H

extern unsigned int lnet_numa_range;	/* READ_ONCE, WRITE_ONCE */

#endif /* _LNET_NUMA_H */
