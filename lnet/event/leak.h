/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What clients leave behind. See leak.c.
 */
#ifndef _LNET_LEAK_H
#define _LNET_LEAK_H

#include <linux/types.h>

/* Objects of one kind of which the log names each; of others only how many. */
enum { LNET_LEAKS_NAMED = 16 };

/**
 * struct lnet_leaks - objects of one kind that were left behind
 * @what: of which kind
 * @nr: how many so far
 */
struct lnet_leaks {
	const char *what;
	u64 nr;
};

void lnet_leaks_add(struct lnet_leaks *leaks, u64 cookie, const void *caller,
		    const char *more);
void lnet_leaks_end(const struct lnet_leaks *leaks);

#endif /* _LNET_LEAK_H */
