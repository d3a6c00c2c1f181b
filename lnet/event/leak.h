/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of objects that clients leave behind. See leak.c.
 */
#ifndef _LNET_LEAK_H
#define _LNET_LEAK_H

#include <linux/types.h>

/* Objects of each kind that the log names; further ones are only counted. */
enum { LNET_LEAKS_NAMED = 16 };

/**
 * struct lnet_leaks - objects of one kind that were left behind
 * @what: name of the kind: "MD", "ME" or "EQ"
 * @nr: number of objects found so far
 */
struct lnet_leaks {
	const char *what;
	u64 nr;
};

void lnet_leaks_add(struct lnet_leaks *leaks, u64 cookie, const void *caller,
		    const char *more);
void lnet_leaks_end(const struct lnet_leaks *leaks);

#endif /* _LNET_LEAK_H */
