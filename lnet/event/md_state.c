// SPDX-License-Identifier: GPL-2.0
/*
 * The state of an MD, and its memory: the steps that are not on everybody's path.
 * See md_state.h for the others, and md.c for what they add up to.
 */
#include "event/md_state.h"
#include "event/handle.h"
#include "event/object.h"
#include "hooks/window.h"

#include <linux/slab.h>

/**
 * lnet_md_claim() - make an MD a zombie
 * @md: pinned, or attached to an ME whose lock the caller holds
 * @idle: no operation holds it: the caller calls lnet_md_unlinked()
 *
 * Return: false if it was one already.
 */
bool lnet_md_claim(struct lnet_libmd *md, bool *idle)
{
	u64 s = atomic64_read(&md->state), new;

	do {
		if (s & LNET_MD_ZOMBIE)
			return false;
		new = s + (s & LNET_MD_ATTACHED ? lnet_md_zombie_step(md) : LNET_MD_ZOMBIE);
		new |= LNET_MD_ABORTED;
	} while (!atomic64_try_cmpxchg(&md->state, (s64 *)&s, new));

	lnet_window(LNET_WINDOW_MD_ZOMBIE);
	*idle = !lnet_md_ops(md, new);		/* of a zombie by the word alone */
	return true;
}

/**
 * lnet_md_retire() - end the life of a zombie without operations
 * @c: this CPU
 * @md: not the caller's any more on return; its EQ counts it out
 *
 * Context: in the MD's slot, if it has one; preemption off.
 */
void lnet_md_retire(struct lnet_cpu *c, struct lnet_libmd *md)
{
	u64 s;

	s = atomic64_fetch_andnot(LNET_MD_LIVE, &md->state);
	lnet_window(LNET_WINDOW_MD_RETIRED);
	if (!(s & LNET_MD_PINS))
		lnet_md_free(c, md);
}

static void md_construct(void *object)
{
	struct lnet_libmd *md = object;

	atomic64_set(&md->state, 0);
	md->cookie = 0;
}

/**
 * lnet_md_init() - make the cache of MDs
 *
 * Return: 0 or -ENOMEM.
 */
int lnet_md_init(void)
{
	return lnet_object_init(LNET_HANDLE_MD, "lnet_md",
				sizeof(struct lnet_libmd), SLAB_TYPESAFE_BY_RCU,
				md_construct);
}

/**
 * lnet_md_exit() - free the cache of MDs; none is left
 */
void lnet_md_exit(void)
{
	lnet_object_exit(LNET_HANDLE_MD);
}
