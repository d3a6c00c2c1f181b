// SPDX-License-Identifier: GPL-2.0
/*
 * The memory descriptor (MD): a piece of a client's memory, and the number of operations that
 * may use it.
 *
 *	LNetMDAttach/Bind ──► live ──► zombie ──► retired
 *	                       begin    │ end      memory is free
 *	                       end      │
 *	            LNetMDUnlink, LNetMEUnlink; exhausted and auto-unlink; an answer is late
 *
 * An operation begins when a message matches the MD or is sent from it, and ends when its event
 * is delivered. No operation begins on a zombie. The end of its last operation retires a
 * zombie, or, if it was idle when it became one, its UNLINK event. Exactly one thread retires
 * an MD: the thread whose step made it a zombie without operations, or the thread whose step
 * ended the last operation of a zombie. Both are steps of one atomic word (md.h), so the last
 * event, and no other, says `unlinked`. Operations on an MD with an ME begin under the lock of
 * the ME, where counting one more is a plain addition.
 *
 * MDs are found by cookie under RCU, in type-safe memory: a freed MD may be another MD at once.
 * So a CPU that has a cookie first pins the object that the cookie leads to, and then compares
 * the cookie. Pinning succeeds only on a live bound MD, and keeps it from being freed. A pin is
 * short (preemption is off) and does not make an MD busy. Nothing here waits for a grace
 * period. An MD with an ME is not pinned: it is found through its ME, or by a cookie that leads
 * to the ME, and the ME's lock keeps it for as long as it is attached.
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
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define MD_TRACKING	(LNET_MD_TRACK_RESPONSE | LNET_MD_NO_TRACK_RESPONSE)
#define MD_OPTIONS	(LNET_MD_OP_PUT | LNET_MD_OP_GET |		\
			 LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE |	\
			 LNET_MD_ACK_DISABLE | LNET_MD_IOVEC |		\
			 LNET_MD_MAX_SIZE | LNET_MD_KIOV |		\
			 LNET_MD_BULK_HANDLE | LNET_MD_GNILND |		\
			 LNET_MD_DISCARD | MD_TRACKING)

/**
 * lnet_md_unlinked() - retire an MD that was claimed idle, and deliver its UNLINK event
 * @md: the MD; not the caller's any more
 *
 * If the MD has an EQ, the event has been delivered on return, unless the caller is in a
 * handler.
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
 * lnet_md_retire_silently() - retire an idle MD without an event, because its client is gone
 * @md: MD that was claimed idle; not the caller's any more on return
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

/* Making an MD ------------------------------------------------------------- */

static int md_check(const struct lnet_md *umd, enum lnet_unlink unlink,
		    const struct lnet_handle_md *handle)
{
	if (!handle || (umd->options & ~MD_OPTIONS) ||
	    (umd->options & MD_TRACKING) == MD_TRACKING ||
	    (unlink != LNET_RETAIN && unlink != LNET_UNLINK) ||
	    umd->threshold < LNET_MD_THRESH_INF)
		return -EINVAL;
	return 0;
}

/*
 * Count @md in its EQ, if it has an EQ, and find its slot there by its cookie, which is set
 * already. Returns 0, or -ENOENT: no such EQ, or the EQ is closed.
 */
static __always_inline int md_take_eq(struct lnet_cpu *c, struct lnet_libmd *md)
{
	struct lnet_eq *eq;

	md->eq = NULL;
	if (LNetEQHandleIsInvalid(md->umd.eq_handle))
		return 0;

	eq = lnet_eq_recall(c, md->umd.eq_handle.cookie);
	if (!eq)
		return -ENOENT;
	md->slot = lnet_eq_slot_of(&eq->slots, md->cookie);
	if (!lnet_users_enter(c, &eq->mds))
		return -ENOENT;
	md->eq = eq;
	return 0;
}

/* May sleep, with preemption as the caller of LNet has it; in a handler it does not sleep. */
static int md_copy_array(struct lnet_libmd *md)
{
	int rc;

	preempt_enable();
	rc = lnet_payload_build_array(md, lnet_api_gfp());
	preempt_disable();
	return rc;
}

/*
 * Take over the client's description of its memory, and check it. *@c is set anew, because the
 * thread may have slept and moved to another CPU.
 */
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
 * Make an MD that is complete but for its ME. It cannot be found before lnet_md_publish().
 * Preemption is off, but for a while if memory has to be allocated. Returns an ERR_PTR() on
 * failure.
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
	md->oneshot = unlink == LNET_UNLINK && umd->threshold == 1;
	md->caller = caller;
	md->exhausted = false;
	/* Of an MD with an ME, these are @offset and @begun. */
	atomic64_set(&md->response, 0);
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

/* Undo md_new(), for an MD that was not published. */
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
 * LNetMDAttach() - give a match entry memory for the messages that it matches
 * @meh: handle of the match entry, which has no MD yet
 * @umd: the memory; see struct lnet_md. A fragment array is copied
 * @unlink: LNET_UNLINK: unlink the MD when it is exhausted, that is, when
 *	@threshold operations have begun or less than @max_size is left in it;
 *	LNET_RETAIN: keep it
 * @handle: set to the handle of the MD before any event of it is delivered
 *
 * Messages that waited on a lazy portal for this match entry are received before the call
 * returns, and their events may have been delivered. In a handler this happens after the
 * handler has returned.
 *
 * Context: task; may sleep, but not in a handler.
 * Return: 0; -EINVAL: malformed @umd, bad @unlink, no @handle, or neither
 * LNET_MD_OP_PUT nor LNET_MD_OP_GET; -ENOENT: no such ME or EQ; -EBUSY: the ME has an
 * MD; -ENOMEM; -ENETDOWN: LNet is down; -EDEADLK: called from a handler that must not
 * call LNet.
 */
int LNetMDAttach(struct lnet_handle_me meh, struct lnet_md umd,
		 enum lnet_unlink unlink, struct lnet_handle_md *handle)
{
	struct lnet_libmd *md = ERR_PTR(-EINVAL);
	const struct lnet_md *given = &umd;
	struct lnet_cpu *c;
	int rc;

	/* Keep the compiler from splitting the argument up and rebuilding it for each copy. */
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
 * LNetMDBind() - prepare memory to send from, or to fetch into
 * @umd: the memory; see struct lnet_md. A fragment array is copied
 * @unlink: LNET_UNLINK: unlink the MD when @threshold operations have ended;
 *	LNET_RETAIN: keep it
 * @handle: set to the handle of the MD
 *
 * Context: task; may sleep, but not in a handler.
 * Return: 0; -EINVAL: malformed @umd, bad @unlink, no @handle, LNET_MD_OP_PUT or
 * LNET_MD_OP_GET set, or more than LNET_MTU bytes; -ENOENT: no such EQ; -ENOMEM;
 * -ENETDOWN: LNet is down; -EDEADLK: called from a handler that must not call LNet.
 */
int LNetMDBind(struct lnet_md umd, enum lnet_unlink unlink,
	       struct lnet_handle_md *handle)
{
	struct lnet_libmd *md = ERR_PTR(-EINVAL);
	const struct lnet_md *given = &umd;
	struct lnet_cpu *c;
	int rc;

	/* Keep the compiler from splitting the argument up and rebuilding it for each copy. */
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
 * LNetMDUnlink() - take the memory of an MD back
 * @mdh: handle of the MD; stale from now on
 *
 * If the MD is idle, its UNLINK event (if it has an EQ) has been delivered when the call
 * returns, and the memory is the client's again; in a handler, both only after the handler has
 * returned. If the MD is busy, its last event will say `unlinked`.
 *
 * Context: task.
 * Return: 0; -ENOENT: no such MD, or unlinked already; -ENETDOWN: LNet is down;
 * -EDEADLK: called from a handler that must not call LNet.
 */
int LNetMDUnlink(struct lnet_handle_md mdh)
{
	int rc = lnet_api_check();

	if (rc)
		return rc;
	return lnet_md_unlink(mdh);
}
EXPORT_SYMBOL(LNetMDUnlink);

/* Unlink an MD. Return 0 or -ENOENT; *@busy: its handler may run, or will. */
static int md_take_back(struct lnet_handle_md mdh, bool *busy)
{
	struct lnet_libmd *md;
	bool claimed, idle;

	*busy = true;
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

	/* Only the thread that claimed an idle MD retires it, so it is still there. */
	if (idle)
		lnet_md_unlinked(md);
	*busy = !idle;
	return 0;
}

/**
 * lnet_md_unlink() - do the work of LNetMDUnlink(), also while LNet goes down
 * @mdh: handle of the MD; stale from now on
 *
 * Context: task.
 * Return: 0; -ENOENT: no such MD, or unlinked already.
 */
int lnet_md_unlink(struct lnet_handle_md mdh)
{
	bool busy;

	return md_take_back(mdh, &busy);
}

/* Has a thread claimed the MD idle, and is the MD not retired yet? For md_wait_unlinked(). */
static bool md_is_unlinked(u64 cookie)
{
	const u64 flags = LNET_MD_LIVE | LNET_MD_ZOMBIE;
	const struct lnet_libmd *md;
	bool yes = false;
	u64 s;

	rcu_read_lock();
	md = lnet_handle_find(cookie, LNET_HANDLE_MD);
	if (md) {
		/* The state, then the cookie. */
		s = atomic64_read_acquire(&md->state);
		yes = (s & flags) == flags && !lnet_md_ops(md, s) &&
		      READ_ONCE(md->cookie) == cookie;
	}
	rcu_read_unlock();
	return yes;
}

/*
 * Wait until the UNLINK event of an MD, which another thread has claimed idle, has been handled.
 * That thread (another client's, or the walk of response.c) may not have come to lnet_md_unlinked()
 * yet, so no CPU says that the handler runs.
 *
 * - The wait is not too short. The caller has found the claim. From the claim on the state is that
 *   of a live zombie without operations, until the MD is retired, which is after its handler has
 *   returned (eq_conclude()); and the cookie stays until a later life of the memory.
 * - It ends. The thread goes on: it holds no lock, and its event waits for nothing but handlers.
 *   It does not wait for the caller, who is in no handler, and holds no lock that handlers take.
 *   The caller sleeps, so it does not keep the CPU from that thread. If a state of an earlier life
 *   is seen with this cookie, the next look sees a later one.
 */
static void md_wait_unlinked(u64 cookie)
{
	while (md_is_unlinked(cookie))
		schedule_timeout_uninterruptible(1);
}

/**
 * lnet_md_unlink_strict() - do the work of LNetMDUnlink() for an MD of a strict EQ
 * @mdh: handle of the MD; stale from now on
 * @busy: set to whether the handler may be running for the MD, so that the caller waits for it by
 *	lnet_eq_wait_handled(); if false, the last event has been handled, or nothing was done
 *
 * If another thread is unlinking the MD, the UNLINK event has been handled on return, unless the
 * caller must not sleep.
 *
 * Context: task; may sleep if the caller may.
 * Return: that of LNetMDUnlink().
 */
int lnet_md_unlink_strict(struct lnet_handle_md mdh, bool *busy)
{
	int rc = lnet_api_check();

	*busy = false;
	if (rc)
		return rc;
	rc = md_take_back(mdh, busy);
	if (rc && lnet_api_can_sleep())
		md_wait_unlinked(mdh.cookie);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_md_unlink_strict);

/* Shutting down ------------------------------------------------------------ */

/*
 * In an RCU read section. An MD that lives or has an operation refers to its EQ, which is not freed
 * before a grace period; what a dead one refers to is not looked at.
 */
static int md_is_not_of(void *object, void *arg)
{
	const struct lnet_libmd *md = object;
	const lnet_eq_handler_t *own = arg;
	const struct lnet_eq *eq;

	if (!(atomic64_read_acquire(&md->state) & (LNET_MD_LIVE | LNET_MD_PINS)))
		return 0;
	eq = READ_ONCE(md->eq);
	return !eq || eq->callback != *own;
}

/**
 * lnet_md_any_but() - tell whether there is an MD, or an operation of one, that is not LNet's own
 * @own: the handler of the EQs of the MDs that are
 *
 * Context: task; may sleep; no client calls LNet.
 * Return: true if there is one.
 */
bool lnet_md_any_but(lnet_eq_handler_t own)
{
	u32 index = 0;

	return lnet_handle_for_each(LNET_HANDLE_MD, &index, md_is_not_of, &own);
}

/* Which MDs lnet_md_any_of() looks for. */
struct md_kind {
	u64 eq;
	u64 bulk;
};

static int md_is_of(void *object, void *arg)
{
	const struct lnet_libmd *md = object;
	const struct md_kind *kind = arg;

	return (atomic64_read_acquire(&md->state) & LNET_MD_LIVE) &&
	       READ_ONCE(md->umd.eq_handle.cookie) == kind->eq &&
	       READ_ONCE(md->umd.bulk_handle.cookie) == kind->bulk;
}

/**
 * lnet_md_any_of() - tell whether there is an MD with an EQ and a bulk handle
 * @eq: the EQ
 * @bulk: the bulk handle, which for the handler interface is the address of the handler
 *
 * An MD that is made or ends meanwhile may be missed, or found.
 *
 * Context: task; may sleep.
 * Return: true if there is one.
 */
bool lnet_md_any_of(struct lnet_handle_eq eq, struct lnet_handle_md bulk)
{
	struct md_kind kind = { .eq = eq.cookie, .bulk = bulk.cookie };
	u32 index = 0;

	return lnet_handle_for_each(LNET_HANDLE_MD, &index, md_is_of, &kind);
}
EXPORT_SYMBOL_GPL(lnet_md_any_of);

/* An MD that a client left behind. */
struct md_left {
	u64 cookie;
	void *caller;
	bool idle;
};

/* Claim the MD, and free it if it is idle. Return 1: *@arg describes it; 0: it was gone before. */
static int md_free_left(void *object, void *arg)
{
	struct lnet_libmd *md = object;
	struct md_left *left = arg;
	bool claimed = false;

	preempt_disable();
	if (lnet_md_try_pin(md)) {
		left->cookie = md->cookie;
		left->caller = md->caller;
		claimed = lnet_md_claim(md, &left->idle);
		if (claimed && left->idle)
			lnet_md_retire_silently(md);
		lnet_md_drop_pin(md);
	}
	preempt_enable();
	return claimed;
}

/**
 * lnet_md_purge() - free the bound MDs that clients left behind, and log their makers
 *
 * MDs with an ME went when lnet_me_purge() freed the ME, and messages have ended, so an MD in
 * flight is not expected; it is only logged.
 *
 * Context: task; may sleep; no message is in flight and no client calls LNet.
 */
void lnet_md_purge(void)
{
	struct lnet_leaks leaks = { .what = "MD" };
	struct md_left left;
	u32 index = 0;

	/* A console may be slow, so log outside of the walk's RCU read section. */
	while (lnet_handle_for_each(LNET_HANDLE_MD, &index, md_free_left, &left))
		lnet_leaks_add(&leaks, left.cookie, left.caller, left.idle ? "" : ", in flight");
	lnet_leaks_end(&leaks);
}
