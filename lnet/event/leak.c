// SPDX-License-Identifier: GPL-2.0
/*
 * Logs the objects that clients leave behind when LNet goes down: the first ones with their
 * makers, and the number of the others. A few lines identify a client that leaves 150,000
 * objects; a line for each would take a minute and push everything else out of the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "event/leak.h"

#include <linux/printk.h>

/**
 * lnet_leaks_add() - report an object that was left behind
 * @leaks: count of objects of its kind
 * @cookie: cookie of the object that was left behind
 * @caller: code address of the call that made the object
 * @more: further text about the object, beginning with a comma; or ""
 *
 * Context: any.
 */
void lnet_leaks_add(struct lnet_leaks *leaks, u64 cookie, const void *caller,
		    const char *more)
{
	if (leaks->nr++ < LNET_LEAKS_NAMED)
		pr_err("%s %#llx of %pS was leaked%s\n",
		       leaks->what, cookie, caller, more);
}

/**
 * lnet_leaks_end() - log how many objects were not named
 * @leaks: count of objects of one kind, complete
 *
 * Context: any.
 */
void lnet_leaks_end(const struct lnet_leaks *leaks)
{
	if (leaks->nr > LNET_LEAKS_NAMED)
		pr_err("and %llu more %ss were leaked\n",
		       leaks->nr - LNET_LEAKS_NAMED, leaks->what);
}
