// SPDX-License-Identifier: GPL-2.0
/*
 * The state of an MD: the steps that are not on the path of every message.
 * md_state.h has the others; md.c explains the life of an MD.
 */
#include "event/md_state.h"
#include "hooks/window.h"

/* Make an MD a zombie; @why: the flag that says so. The rest is as for lnet_md_claim(). */
static bool md_claim_for(struct lnet_libmd *md, u64 why, bool *idle)
{
	u64 s = atomic64_read(&md->state), new;

	do {
		if (s & LNET_MD_ZOMBIE)
			return false;
		if (s & LNET_MD_ATTACHED)
			new = s + lnet_md_zombie_step(md);
		else
			new = s + LNET_MD_ZOMBIE;
		new |= why;
	} while (!atomic64_try_cmpxchg(&md->state, (s64 *)&s, new));

	lnet_window(LNET_WINDOW_MD_ZOMBIE);
	*idle = !lnet_md_ops(md, new);		/* a zombie: needs the word only */
	return true;
}

/**
 * lnet_md_claim() - make an MD a zombie on behalf of an unlink
 * @md: MD that is pinned, or attached to an ME whose lock the caller holds
 * @idle: set, on success, to whether no operation holds the MD; if true the caller retires
 *	it, by lnet_md_unlinked() or lnet_md_retire_silently()
 *
 * Context: preemption off, or the lock of the ME is held.
 * Return: false if the MD was a zombie already.
 */
bool lnet_md_claim(struct lnet_libmd *md, bool *idle)
{
	return md_claim_for(md, LNET_MD_ABORTED, idle);
}

/**
 * lnet_md_claim_late() - make a bound MD a zombie because an answer to it is late
 * @md: MD that is pinned
 * @idle: set, on success, as by lnet_md_claim(). The UNLINK event says -ETIMEDOUT
 *
 * Context: preemption off.
 * Return: false if the MD was a zombie already.
 */
bool lnet_md_claim_late(struct lnet_libmd *md, bool *idle)
{
	return md_claim_for(md, LNET_MD_LATE, idle);
}

/**
 * lnet_md_retire() - end the life of a zombie without operations
 * @c: the data of this CPU
 * @md: the MD; not the caller's any more on return
 *
 * Frees the MD, or leaves that to the last CPU that has it pinned. The caller counts the MD
 * out of its EQ afterwards.
 *
 * Context: preemption off; if this is part of a delivery, in the MD's slot where that needs one.
 */
void lnet_md_retire(struct lnet_cpu *c, struct lnet_libmd *md)
{
	u64 s;

	s = atomic64_fetch_andnot(LNET_MD_LIVE, &md->state);
	lnet_window(LNET_WINDOW_MD_RETIRED);
	if (!(s & LNET_MD_PINS))
		lnet_md_free(c, md);
}
