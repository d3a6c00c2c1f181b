// SPDX-License-Identifier: GPL-2.0
/*
 * The memory descriptor: a piece of a client's memory, and how many operations
 * it is good for.
 *
 *	LNetMDAttach/Bind ──► live ──► zombie ──► retired
 *	                       begin    │ end      memory is free
 *	                       end      │
 *	            LNetMDUnlink, LNetMEUnlink; exhausted and auto-unlink
 *
 * An operation begins when a message matches the MD or is sent from it, and
 * ends when its event is delivered. A zombie begins nothing; its last end, or
 * the UNLINK event of an MD that was idle, retires it. Exactly one thread
 * retires an MD: the one whose step made it a zombie without operations, or
 * took the last operation from a zombie. Both are steps of one atomic word
 * (md.h), which is why the last event, and no other, says `unlinked`. Of an MD with
 * an ME operations begin under the lock of that, where one more is a plain number.
 *
 * MDs are found by cookie under RCU in type-safe memory: an MD that is freed
 * may at once be another MD. So who comes by a cookie first pins whatever is
 * there, which only works on a live bound MD and keeps it from being freed,
 * then compares the cookie. Pins are short (preemption is off) and do not make
 * an MD busy. Nothing here waits for a grace period. An MD with an ME is found
 * by that, or by a cookie that leads to the ME, and kept by the ME's lock for
 * as long as it is attached.
 */
#include "event/md.h"
#include "event/api.h"
#include "event/cpu.h"
#include "event/eq.h"
#include "event/handle.h"
#include "event/leak.h"
#include "event/match.h"
#include "event/md_state.h"
#include "event/me.h"
#include "event/object.h"
#include "event/run.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <linux/export.h>
#include <linux/slab.h>

#define MD_OPTIONS	(LNET_MD_OP_PUT | LNET_MD_OP_GET |		\
			 LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE |	\
			 LNET_MD_ACK_DISABLE | LNET_MD_IOVEC |		\
			 LNET_MD_MAX_SIZE | LNET_MD_KIOV |		\
			 LNET_MD_BULK_HANDLE)

/**
 * lnet_md_unlinked() - retire an MD that was claimed idle, with its event
 * @md: not the caller's any more; the event has been delivered on return,
 *	unless the caller is in a handler
 *
 * Context: task.
 */
void lnet_md_unlinked(struct lnet_libmd *md)
{
	lnet_window(LNET_WINDOW_MD_CLAIMED);
	preempt_disable();
	if (md->eq) {
		md->turn.unlink = true;
		lnet_run_deliver(lnet_cpu(), md, &md->turn);
	} else {
		lnet_md_retire(lnet_cpu(), md);
	}
	preempt_enable();
}

/**
 * lnet_md_retire_silently() - the same without an event: its client is gone
 * @md: not the caller's any more on return
 *
 * Context: task.
 */
void lnet_md_retire_silently(struct lnet_libmd *md)
{
	struct lnet_eq *eq = md->eq;

	preempt_disable();
	lnet_md_retire(lnet_cpu(), md);
	if (eq)
		lnet_users_leave(lnet_cpu(), &eq->mds);
	preempt_enable();
}

/* Making one --------------------------------------------------------------- */

static int md_check(const struct lnet_md *umd, enum lnet_unlink unlink,
		    const struct lnet_handle_md *handle)
{
	if (!handle || (umd->options & ~MD_OPTIONS) ||
	    (unlink != LNET_RETAIN && unlink != LNET_UNLINK) ||
	    umd->threshold < LNET_MD_THRESH_INF)
		return -EINVAL;
	return 0;
}

/* Its EQ, and its slot there by the cookie it already has. */
static __always_inline int md_take_eq(struct lnet_cpu *c, struct lnet_libmd *md)
{
	struct lnet_eq *eq;

	md->eq = NULL;
	if (LNetEQHandleIsInvalid(md->umd.eq_handle))
		return 0;

	eq = lnet_eq_recall(c, md->umd.eq_handle.cookie);
	if (!eq)
		return -ENOENT;
	md->slot = lnet_slot_of(&eq->slots, md->cookie);
	if (!lnet_users_enter(c, &eq->mds))
		return -ENOENT;
	md->eq = eq;
	return 0;
}

/* Sleeps, with the caller's preemption on meanwhile, unless in a handler. */
static int md_copy_array(struct lnet_libmd *md)
{
	int rc;

	preempt_enable();
	rc = lnet_payload_build_array(md, lnet_api_gfp());
	preempt_disable();
	return rc;
}

/* The client's memory, of which it is told what is wrong. */
static __always_inline int md_take_memory(struct lnet_libmd *md,
					  const struct lnet_md *umd,
					  struct lnet_cpu **c)
{
	int rc = 0;

	if (unlikely(!umd->start && umd->length))
		return -EINVAL;
	if (likely(!(umd->options & (LNET_MD_IOVEC | LNET_MD_KIOV)))) {
		md->length = umd->length;
		md->niov = 1;
		md->one.iov_base = umd->start;
		md->one.iov_len = umd->length;
		md->iov = &md->one;
		md->kiov = NULL;
	} else {
		rc = md_copy_array(md);
		*c = lnet_cpu();
	}
	if (!rc && (umd->options & LNET_MD_MAX_SIZE) &&
	    (umd->max_size < 0 || umd->max_size > md->length))
		rc = -EINVAL;
	return rc;
}

/*
 * Complete but for its ME; found by nobody before lnet_md_publish(). Preemption
 * is off, but for a while if memory has to be allocated.
 */
static __always_inline struct lnet_libmd *md_new(struct lnet_cpu *c,
						 const struct lnet_md *umd,
						 enum lnet_unlink unlink,
						 void *caller)
{
	struct lnet_libmd *md;
	u64 cookie;
	int rc;

	md = lnet_object_new(&c, LNET_HANDLE_MD, true, &cookie);
	if (!md)
		return ERR_PTR(-ENOMEM);

	WRITE_ONCE(md->cookie, cookie);
	lnet_window(LNET_WINDOW_MD_FILLING);
	md->umd = *umd;
	md->autounlink = unlink == LNET_UNLINK;
	md->alone = unlink == LNET_UNLINK && umd->threshold == 1;
	md->caller = caller;
	md->exhausted = false;
	md->offset = 0;
	WRITE_ONCE(md->begun, 0);
	md->iov = &md->one;
	md->kiov = NULL;
	rc = md_take_memory(md, umd, &c);
	if (!rc)
		rc = md_take_eq(c, md);
	if (unlikely(rc)) {
		lnet_md_free(c, md);
		return ERR_PTR(rc);
	}
	return md;
}

/* Undo md_new(). */
static void md_drop(struct lnet_libmd *md)
{
	struct lnet_cpu *c;

	preempt_disable();
	c = lnet_cpu();
	if (md->eq)
		lnet_users_leave(c, &md->eq->mds);
	lnet_md_free(c, md);
	preempt_enable();
}

/**
 * LNetMDAttach() - give a match entry memory for what it matches
 * @meh: handle of the match entry, which has none yet
 * @umd: the memory; see struct lnet_md. A fragment array is copied
 * @unlink: LNET_UNLINK: unlink it when it is exhausted, that is, when
 *	@threshold operations have begun or less than @max_size is left
 * @handle: where the handle goes, before any event
 *
 * Messages that waited on a lazy portal for this match entry are received
 * before it returns, and their events may have been delivered; in a handler, when
 * that has returned.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: a malformed @umd, or neither LNET_MD_OP_PUT nor
 * LNET_MD_OP_GET; -ENOENT: no such ME or EQ; -EBUSY: the ME has an MD;
 * -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetMDAttach(struct lnet_handle_me meh, struct lnet_md umd,
		 enum lnet_unlink unlink, struct lnet_handle_md *handle)
{
	struct lnet_libmd *md = ERR_PTR(-EINVAL);
	const struct lnet_md *given = &umd;
	struct lnet_cpu *c;
	int rc;

	/* Else the compiler takes it apart, and puts it together to copy it. */
	OPTIMIZER_HIDE_VAR(given);
	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	if (!md_check(given, unlink, handle) &&
	    (given->options & (LNET_MD_OP_PUT | LNET_MD_OP_GET)))
		md = md_new(c, given, unlink, (void *)_RET_IP_);
	preempt_enable();
	if (IS_ERR(md))
		return PTR_ERR(md);

	WRITE_ONCE(md->me_cookie, meh.cookie);
	handle->cookie = md->cookie;
	rc = lnet_match_attach(md);
	if (rc) {
		LNetInvalidateMDHandle(handle);
		md_drop(md);
	}
	return rc;
}
EXPORT_SYMBOL(LNetMDAttach);

/**
 * LNetMDBind() - make memory known to send from, or to fetch into
 * @umd: the memory; see struct lnet_md. A fragment array is copied
 * @unlink: LNET_UNLINK: unlink it when @threshold operations have ended
 * @handle: where the handle goes
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: a malformed @umd, one with LNET_MD_OP_PUT or
 * LNET_MD_OP_GET, or more than LNET_MTU bytes; -ENOENT: no such EQ; -ENOMEM;
 * -ENETDOWN; -EDEADLK.
 */
int LNetMDBind(struct lnet_md umd, enum lnet_unlink unlink,
	       struct lnet_handle_md *handle)
{
	struct lnet_libmd *md = ERR_PTR(-EINVAL);
	const struct lnet_md *given = &umd;
	struct lnet_cpu *c;
	int rc;

	/* Else the compiler takes it apart, and puts it together to copy it. */
	OPTIMIZER_HIDE_VAR(given);
	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	if (!md_check(given, unlink, handle) &&
	    !(given->options & (LNET_MD_OP_PUT | LNET_MD_OP_GET)))
		md = md_new(c, given, unlink, (void *)_RET_IP_);
	preempt_enable();
	if (IS_ERR(md))
		return PTR_ERR(md);
	if (md->length > LNET_MTU) {
		md_drop(md);
		return -EINVAL;
	}

	WRITE_ONCE(md->me_cookie, 0);
	atomic64_set(&md->answers, 0);
	handle->cookie = md->cookie;
	lnet_md_publish(md);
	return 0;
}
EXPORT_SYMBOL(LNetMDBind);

/**
 * LNetMDUnlink() - take memory back
 * @mdh: its handle, stale at once
 *
 * An idle MD with an EQ has had its UNLINK event when this returns, and the
 * memory is the caller's; in a handler, both only when the handler has
 * returned. Of a busy one, the last event will say `unlinked`.
 *
 * Context: task.
 * Return: 0; -ENOENT: no such MD, or unlinked already; -ENETDOWN; -EDEADLK.
 */
int LNetMDUnlink(struct lnet_handle_md mdh)
{
	int rc = lnet_api_check();

	return rc ?: lnet_md_unlink(mdh);
}
EXPORT_SYMBOL(LNetMDUnlink);

/**
 * lnet_md_unlink() - LNetMDUnlink() for us, also while LNet goes down
 * @mdh: as there
 *
 * Context: task.
 * Return: 0 or -ENOENT, as there.
 */
int lnet_md_unlink(struct lnet_handle_md mdh)
{
	struct lnet_libmd *md;
	bool claimed, idle;

	md = lnet_md_pin(mdh.cookie);
	if (md) {
		claimed = lnet_md_claim(md, &idle);
		lnet_md_unpin(md);
		if (!claimed)
			return -ENOENT;
	} else {
		md = lnet_match_detach(mdh.cookie, &idle);
		if (!md)
			return -ENOENT;
	}

	/* Nobody but us retires an MD that was claimed idle. */
	if (idle)
		lnet_md_unlinked(md);
	return 0;
}

/* Shutting down ------------------------------------------------------------ */

static int md_free_left(void *object, void *leaks)
{
	struct lnet_libmd *md = object;
	bool idle;

	/* MDs with an ME have gone with it; none is in flight any more. */
	preempt_disable();
	if (!lnet_md_try_pin(md))
		goto out;
	if (lnet_md_claim(md, &idle)) {
		lnet_leaks_add(leaks, md->cookie, md->caller,
			       idle ? "" : ", in flight");
		if (idle)
			lnet_md_retire_silently(md);
	}
	lnet_md_drop_pin(md);
out:
	preempt_enable();
	return 0;
}

/**
 * lnet_md_purge() - free the bound MDs that clients have left, and say whose
 *
 * Context: task; may sleep; no message is in flight and no client calls.
 */
void lnet_md_purge(void)
{
	struct lnet_leaks leaks = { .what = "MD" };
	u32 index = 0;

	lnet_handle_for_each(LNET_HANDLE_MD, &index, md_free_left, &leaks);
	lnet_leaks_end(&leaks);
}
