/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where allocations of the core can be made to fail, one at a time, by the
 * tests; nothing at all in a normal build.
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

/* Evaluates the allocation, unless a test wants this one to fail. */
#define lnet_alloc(expr)	(lnet_alloc_fails() ? NULL : (expr))

/* Clients call from file systems that may be writing back memory. */
#define LNET_GFP	GFP_NOFS

/* Symbols of the core that only its own tests may reach. */
#ifdef LNET_KUNIT
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) EXPORT_SYMBOL_GPL(sym)
#else
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) static_assert(sizeof(typeof(sym) *))
#endif

#endif /* _LNET_ALLOC_H */
