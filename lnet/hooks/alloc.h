/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hook by which tests make single allocations of the core fail. A normal build has
 * no code for it.
 */
#ifndef _LNET_ALLOC_H
#define _LNET_ALLOC_H

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/types.h>

#ifdef LNET_KUNIT
void lnet_alloc_fail_nth(unsigned int n);
bool lnet_alloc_failed(void);
bool lnet_alloc_fails(void);
#else
static inline bool lnet_alloc_fails(void)
{
	return false;
}
#endif

/* Evaluate the allocation @expr, or return NULL if a test wants this one to fail. */
#define lnet_alloc(expr)	(lnet_alloc_fails() ? NULL : (expr))

/* Clients may call while they write back memory, so do not reclaim into the file system. */
#define LNET_GFP	GFP_NOFS

/* Export a symbol of the core to its own tests only. */
#ifdef LNET_KUNIT
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) EXPORT_SYMBOL_GPL(sym)
#else
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) static_assert(sizeof(typeof(sym) *))
#endif

#endif /* _LNET_ALLOC_H */
