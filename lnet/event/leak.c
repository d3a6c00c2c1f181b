// SPDX-License-Identifier: GPL-2.0
/*
 * What clients leave behind when LNet goes down, in the log: whose the first
 * are, and how many there are besides. A client that leaves 150,000 is known
 * after a few lines; a line each would take a minute and push all else out of
 * the log.
 */
#include "event/leak.h"
#include "lnet.h"

#include <linux/printk.h>

/**
 * lnet_leaks_add() - one more
 * @leaks: of its kind
 * @cookie: its own
 * @caller: who made it
 * @more: what else there is to say of it, behind a comma; or ""
 *
 * Context: any.
 */
void lnet_leaks_add(struct lnet_leaks *leaks, u64 cookie, const void *caller,
		    const char *more)
{
	if (leaks->nr++ < LNET_LEAKS_NAMED)
		pr_err(LNET_NAME ": %s %#llx of %pS was leaked%s\n",
		       leaks->what, cookie, caller, more);
}

/**
 * lnet_leaks_end() - that was all
 * @leaks: of one kind
 *
 * Context: any.
 */
void lnet_leaks_end(const struct lnet_leaks *leaks)
{
	if (leaks->nr > LNET_LEAKS_NAMED)
		pr_err(LNET_NAME ": and %llu more %ss were leaked\n",
		       leaks->nr - LNET_LEAKS_NAMED, leaks->what);
}
