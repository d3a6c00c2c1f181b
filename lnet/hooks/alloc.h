/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hook by which tests make single allocations of our modules fail. A normal build has
 * no code for it.
 */
#ifndef _LNET_ALLOC_H
#define _LNET_ALLOC_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <linux/types.h>

#ifdef LNET_KUNIT
/* A place that allocates, such as "ksocklnd/conn.c:107". A section has all those of a module. */
struct lnet_alloc_site {
	char name[56];
};

void lnet_alloc_fail_nth(unsigned int n);
bool lnet_alloc_failed(void);
bool lnet_alloc_fails(const struct lnet_alloc_site *site);

#define lnet_alloc_fails_here() ({							\
	static const struct lnet_alloc_site __site					\
		__used __section("lnet_alloc_sites") = {				\
		KBUILD_MODNAME "/" __FILE_NAME__ ":" __stringify(__LINE__)		\
	};										\
	lnet_alloc_fails(&__site);							\
})
#else
#define lnet_alloc_fails_here()	false
#endif

/*
 * Evaluate @expr, which allocates. If a test wants it to fail here: NULL; -ENOMEM, as a number
 * or as a pointer.
 */
#define lnet_alloc(expr)	(lnet_alloc_fails_here() ? NULL : (expr))
#define lnet_alloc_rc(expr)	(lnet_alloc_fails_here() ? -ENOMEM : (expr))
#define lnet_alloc_err(expr)	(lnet_alloc_fails_here() ? ERR_PTR(-ENOMEM) : (expr))

/* Clients may call while they write back memory, so do not reclaim into the file system. */
#define LNET_GFP	GFP_NOFS

/* Export a symbol of the core to its own tests only. */
#ifdef LNET_KUNIT
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) EXPORT_SYMBOL_GPL(sym)
#else
#define EXPORT_SYMBOL_IF_LNET_KUNIT(sym) static_assert(sizeof(typeof(sym) *))
#endif

#endif /* _LNET_ALLOC_H */
