// SPDX-License-Identifier: GPL-2.0
/*
 * The match entry: which messages a client wants, and the place of the entry in the order
 * of its portal.
 *
 * A portal has one order of MEs. A message goes to the first ME that wants it. MEs that
 * ignore no bits are kept in a hash table, all others in a list. Two unique MEs (peer NID
 * and PID given, no bits ignored) of different keys never want the same message. So
 * matching needs to know
 *
 *   - which of two MEs of one key is first: equal MEs share a node, in order;
 *   - which of a unique and a wildcard ME is first: their struct lnet_order says so.
 *
 * Only wildcard MEs advance the portal's labels. A unique ME reads them, and takes its
 * stamp from one of many counters:
 *
 *	wildcard, behind all	label = ++tail,  stamp = lowest
 *	wildcard, before all	label = head--,  stamp = lowest
 *	unique, behind all	label = tail,    stamp = next
 *	unique, before all	label = head,    stamp = -next
 *
 * The stamp orders unique MEs of one label. If their match bits are equal, their stamps
 * come from one counter and tell which ME was attached first. Stamps of different match
 * bits do not tell, and that matters only to LNetMEInsert(). It moves the ME that it places
 * another one beside to the list, to the place that its order gives, and the new ME next to
 * it, with the same order. From then on their places in the list tell them apart. The order
 * between the new ME and unique MEs of other bits and the same label depends on the
 * counters, but never changes; api.rst says what a client may rely on.
 */
#include "event/me.h"
#include "compat.h"
#include "event/alias.h"
#include "event/api.h"
#include "event/cpu.h"
#include "event/handle.h"
#include "event/leak.h"
#include "event/match.h"
#include "event/md.h"
#include "event/md_state.h"
#include "event/me_hash.h"
#include "event/me_list.h"
#include "event/object.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/random.h>

u64 lnet_me_multiplier __ro_after_init;
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_me_multiplier);

#define STAMP_LOWEST	S64_MIN

enum {
	STAMP_RUN_BITS	= 6,		/* 2^6 match bits in a row share a counter */
	STAMP_BITS	= 8,		/* there are 2^8 counters */
};

/*
 * A: atomic; the number of stamps given. Most clients count their match bits up, each
 * thread in a range of its own, so a counter stays with its CPU for a while.
 */
static struct {
	atomic64_t given;
} ____cacheline_aligned_in_smp stamps[1 << STAMP_BITS];

/*
 * Return a stamp larger than all that any CPU was given for these bits before. This needs no
 * barrier, as all CPUs increment one variable: a thread that knows that another call is over
 * finds the counter raised by it.
 */
static s64 me_stamp(u64 bits)
{
	u64 run = bits >> STAMP_RUN_BITS;

	return atomic64_inc_return_relaxed(&stamps[hash_64(run, STAMP_BITS)].given);
}

/* Threads with stale handles may read the fields marked S meanwhile: see me_state.h. */
static __always_inline void me_fill(struct lnet_me *me, unsigned int portal,
				    u32 hash, const struct lnet_process_id *id,
				    u64 match_bits, u64 ignore_bits,
				    enum lnet_unlink unlink, void *caller)
{
	me->match_bits = match_bits;
	me->ignore_bits = ignore_bits;
	me->nid = id->nid;
	lnet_nid_hold(me->nid);
	me->pid = id->pid;
	lnet_window(LNET_WINDOW_ME_FILLING);
	WRITE_ONCE(me->hash, hash);
	WRITE_ONCE(me->portal, portal);
	WRITE_ONCE(me->ordered, false);
	me->unlink = unlink == LNET_UNLINK;
	me->unique = !ignore_bits && id->nid != LNET_NID_ANY &&
		     id->pid != LNET_PID_ANY;
	me->listed = false;
	me->hashed = false;
	me->md = NULL;
	me->caller = caller;
}

/*
 * Allocate an ME and its cookie. A lookup finds no live ME by it before me_publish().
 * Preemption is off, except while memory has to be allocated; *@c may change then.
 */
static __always_inline struct lnet_me *me_new(struct lnet_cpu **c)
{
	struct lnet_me *me;
	u64 cookie;

	me = lnet_object_new(c, LNET_HANDLE_ME, true, &cookie);
	if (me)
		me->issued = cookie;
	return me;
}

/* From now on a lookup finds @me by its cookie. */
static void me_publish(struct lnet_me *me)
{
	/*
	 * J: a CPU that finds the cookie must find the fields of this life: hold_found_me:K,
	 * lnet_match_lock_ordered:K.
	 */
	lnet_smp_wmb();
	WRITE_ONCE(me->cookie, me->issued);
}

static void me_drop(struct lnet_me *me)
{
	preempt_disable();
	lnet_me_free(lnet_cpu(), me);
	preempt_enable();
}

static int me_check(unsigned int portal, enum lnet_unlink unlink,
		    enum lnet_ins_pos pos, const struct lnet_handle_me *handle)
{
	if (portal >= LNET_MAX_PORTALS || !handle ||
	    (unlink != LNET_RETAIN && unlink != LNET_UNLINK) ||
	    (unsigned int)pos > LNET_INS_LOCAL)
		return -EINVAL;
	return 0;
}

static void me_count_posted(struct lnet_cpu *c, const struct lnet_me *me)
{
	lnet_count(c->stats.portal[me->portal].unique_posted, 1);
}

/*
 * Post a unique ME, without a lock. An ME without an MD matches nothing, so the ME takes its
 * place in the order now, but goes to its bucket only with its first MD, in
 * lnet_match_attach().
 */
static __always_inline void me_attach_unique(struct lnet_portal *pt,
					     struct lnet_me *me, bool first)
{
	s64 stamp;

	/* Tells portal_find_ordered() to look into the buckets of unique MEs. */
	if (unlikely(!READ_ONCE(pt->unique)))
		WRITE_ONCE(pt->unique, true);
	if (first)
		me->order.label = READ_ONCE(pt->head_label);
	else
		me->order.label = READ_ONCE(pt->tail_label);
	stamp = me_stamp(me->match_bits);
	me->order.stamp = first ? -stamp : stamp;
	lnet_window(LNET_WINDOW_ME_PLACED);
	me_publish(me);
}

/*
 * Make the portal's lock, which the caller holds, the lock of @me, and have all matching in
 * the portal take it (match.c).
 */
static void me_order(struct lnet_portal *pt, struct lnet_me *me)
{
	WRITE_ONCE(me->ordered, true);
	if (!me->unique)
		lnet_count(pt->wildcards, 1);
	lnet_count(pt->ordered, 1);
}

/* Post a wildcard ME: in the list, or, if it ignores no bits, hashed with its first MD. */
static void me_attach_ordered(struct lnet_portal *pt, struct lnet_me *me, bool first,
			      struct lnet_chunk **spare)
{
	spin_lock(&pt->lock);
	me->order.stamp = STAMP_LOWEST;
	if (first) {
		me->order.label = pt->head_label;
		WRITE_ONCE(pt->head_label, pt->head_label - 1);
	} else {
		me->order.label = pt->tail_label + 1;
		WRITE_ONCE(pt->tail_label, pt->tail_label + 1);
	}
	me_order(pt, me);
	if (me->ignore_bits)
		lnet_me_list_add_end(pt, me, first, spare);
	me_publish(me);
	spin_unlock(&pt->lock);
}

/* Post an ME where more memory may be needed: a table for the portal, or a chunk of the list. */
static int me_attach_slow(struct lnet_portal *pt, struct lnet_me *me, bool first)
{
	struct lnet_chunk *spare = NULL;
	int rc = 0;

	if (!me->ignore_bits)
		rc = lnet_me_table_prepare(pt);
	else
		spare = lnet_me_chunk_alloc();
	if (rc || (me->ignore_bits && !spare)) {
		me_drop(me);
		return -ENOMEM;
	}

	if (me->unique) {
		preempt_disable();
		me_count_posted(lnet_cpu(), me);
		preempt_enable();
		me_attach_unique(pt, me, first);
	} else {
		me_attach_ordered(pt, me, first, &spare);
	}
	lnet_me_chunk_free(spare);
	return 0;
}

/**
 * LNetMEAttach() - post a match entry
 * @portal: index of the portal, 0 to 63
 * @match_id: the peer whose messages the ME takes; LNET_NID_ANY and LNET_PID_ANY stand for
 *	any NID and any PID
 * @match_bits: the match bits of the messages that it takes
 * @ignore_bits: mask of those match bits that may differ
 * @unlink: LNET_UNLINK to remove the ME together with its MD, or LNET_RETAIN
 * @pos: LNET_INS_BEFORE for a place before all other MEs; LNET_INS_AFTER or LNET_INS_LOCAL
 *	for one behind them
 * @handle: set to the handle of the new ME
 *
 * The ME takes no message before LNetMDAttach() gives it memory. If the peer is known to have
 * several NIDs, any of them in @match_id stands for all.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if there is no such portal, unlink mode or position, or @handle is NULL;
 * -ENOMEM; -ENETDOWN if LNet is not running; -EDEADLK from a handler that must not call this.
 */
int LNetMEAttach(unsigned int portal, struct lnet_process_id match_id,
		 __u64 match_bits, __u64 ignore_bits, enum lnet_unlink unlink,
		 enum lnet_ins_pos pos, struct lnet_handle_me *handle)
{
	bool first = pos == LNET_INS_BEFORE;
	struct lnet_portal *pt;
	struct lnet_cpu *c;
	struct lnet_me *me;
	u64 cookie;
	u32 hash;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	rc = me_check(portal, unlink, pos, handle);
	if (rc)
		goto out;

	/* With very many MEs the bucket is not cached: fetch it for LNetMDAttach(). */
	pt = lnet_portal(portal);
	match_id.nid = lnet_alias_primary(match_id.nid);
	hash = lnet_me_hash(match_id.nid, match_id.pid, match_bits);
	lnet_me_hash_prefetch(pt, hash);
	rc = -ENOMEM;
	me = me_new(&c);
	if (!me)
		goto out;
	me_fill(me, portal, hash, &match_id, match_bits, ignore_bits, unlink,
		(void *)_RET_IP_);

	cookie = me->issued;	/* once posted, the ME may be gone */
	if (likely(me->unique && lnet_me_hash_ready(pt))) {
		me_count_posted(c, me);
		me_attach_unique(pt, me, first);
		rc = 0;
	} else {
		preempt_enable();
		rc = me_attach_slow(pt, me, first);
		preempt_disable();
	}
	if (!rc)
		handle->cookie = cookie;
out:
	preempt_enable();
	return rc;
}
EXPORT_SYMBOL(LNetMEAttach);

/*
 * Move an ME from the hash to the place in the list that its order gives. Its lock is the
 * portal's then, so the bucket is unlocked.
 */
static void me_move_to_list(struct lnet_hold *hold, struct lnet_me *me,
			    struct lnet_chunk **spare)
{
	if (me->hashed)
		lnet_match_unhash(hold, me);
	/*
	 * Raise pt->ordered before the bucket is unlocked: the next thread that matches in
	 * the bucket, without the portal's lock, must see that there is a list.
	 */
	if (!me->ordered)
		me_order(hold->pt, me);
	lnet_me_list_add_ordered(hold->pt, me, spare);
	if (hold->bucket)
		lnet_me_bucket_unlock(hold->bucket);
	hold->bucket = NULL;
}

/**
 * LNetMEInsert() - post a match entry next to another one
 * @current_meh: handle of the other ME
 * @match_id: the peer whose messages the new ME takes; LNET_NID_ANY and LNET_PID_ANY stand
 *	for any NID and any PID
 * @match_bits: the match bits of the messages that it takes
 * @ignore_bits: mask of those match bits that may differ
 * @unlink: LNET_UNLINK to remove the new ME together with its MD, or LNET_RETAIN
 * @pos: LNET_INS_BEFORE or LNET_INS_AFTER, for a place before or behind the other ME
 * @handle: set to the handle of the new ME
 *
 * Works on every portal and for every kind of ME. From then on both MEs are found by a
 * search of the list. If the other ME is not in the list yet, its place is searched for with
 * the portal locked: this takes about 20 ns for each ME of the list behind that place.
 *
 * One thing about the order is not defined. Let the other ME be unique, or have been placed
 * beside a unique ME, U. There may be unique MEs with other match bits than U that were
 * attached at the same end of the order, with no wildcard ME attached in between. The new ME
 * may stand before or behind these, but that does not change. Among all other MEs it stands
 * exactly beside the other ME.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if there is no such unlink mode or position, or @handle is NULL; -EPERM
 * if @pos is LNET_INS_LOCAL; -ENOENT if there is no such ME; -ENOMEM; -ENETDOWN if LNet is
 * not running; -EDEADLK from a handler that must not call this.
 */
int LNetMEInsert(struct lnet_handle_me current_meh,
		 struct lnet_process_id match_id, __u64 match_bits,
		 __u64 ignore_bits, enum lnet_unlink unlink,
		 enum lnet_ins_pos pos, struct lnet_handle_me *handle)
{
	struct lnet_chunk *spare[2] = {};
	struct lnet_me *me = NULL, *at;
	struct lnet_hold hold;
	struct lnet_cpu *c;
	u64 cookie;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	rc = me_check(0, unlink, pos, handle);
	if (!rc && pos == LNET_INS_LOCAL)
		rc = -EPERM;
	if (!rc) {
		me = me_new(&c);
		rc = me ? 0 : -ENOMEM;
	}
	preempt_enable();
	if (rc)
		return rc;

	match_id.nid = lnet_alias_primary(match_id.nid);
	me_fill(me, 0, lnet_me_hash(match_id.nid, match_id.pid, match_bits),
		&match_id, match_bits, ignore_bits, unlink, (void *)_RET_IP_);
	rc = -ENOMEM;
	spare[0] = lnet_me_chunk_alloc();
	spare[1] = lnet_me_chunk_alloc();
	if (!spare[0] || !spare[1])
		goto out;

	rc = -ENOENT;
	at = lnet_match_lock_ordered(current_meh.cookie, &hold);
	if (!at)
		goto out;
	if (!at->listed)
		me_move_to_list(&hold, at, &spare[0]);
	WRITE_ONCE(me->portal, at->portal);
	me->order = at->order;
	me_order(hold.pt, me);
	lnet_me_list_add_beside(hold.pt, me, at, pos == LNET_INS_AFTER, &spare[1]);
	if (me->unique)
		me_count_posted(lnet_cpu(), me);
	cookie = me->issued;
	me_publish(me);
	me = NULL;
	lnet_match_unlock(&hold);
	handle->cookie = cookie;
	rc = 0;
out:
	lnet_me_chunk_free(spare[0]);
	lnet_me_chunk_free(spare[1]);
	if (me)
		me_drop(me);
	return rc;
}
EXPORT_SYMBOL(LNetMEInsert);

/*
 * Remove an ME. Set *@idle to its MD if no operation holds that, and the caller must retire
 * it; else to NULL. Set *@caller to the address from which the ME was posted.
 */
static int me_unlink(u64 cookie, struct lnet_libmd **idle, void **caller)
{
	struct lnet_hold hold;
	struct lnet_me *me;
	bool was_idle = false;

	*idle = NULL;
	me = lnet_match_lock(cookie, &hold);
	if (!me)
		return -ENOENT;

	if (me->md && lnet_md_claim(me->md, &was_idle) && was_idle)
		*idle = me->md;
	*caller = me->caller;
	lnet_match_remove(&hold, me);
	lnet_match_unlock(&hold);
	return 0;
}

/**
 * LNetMEUnlink() - remove a match entry, and its MD
 * @meh: handle of the match entry
 *
 * The MD is unlinked as by LNetMDUnlink().
 *
 * Context: task.
 * Return: 0; -ENOENT if there is no such ME, or it was removed with its MD; -ENETDOWN if
 * LNet is not running; -EDEADLK from a handler that must not call this.
 */
int LNetMEUnlink(struct lnet_handle_me meh)
{
	struct lnet_libmd *idle;
	void *caller;
	int rc;

	rc = lnet_api_check();
	if (!rc)
		rc = me_unlink(meh.cookie, &idle, &caller);
	if (!rc && idle)
		lnet_md_unlinked(idle);
	return rc;
}
EXPORT_SYMBOL(LNetMEUnlink);

static int me_next_cookie(void *object, void *arg)
{
	*(u64 *)arg = READ_ONCE(((struct lnet_me *)object)->cookie);
	return 1;
}

/**
 * lnet_me_purge() - free the MEs that clients have left, and log which code posted them
 *
 * Their MDs are freed too, without an event: the client may be gone.
 *
 * Context: task; may sleep; no message is in flight and no client makes a call.
 */
void lnet_me_purge(void)
{
	struct lnet_leaks leaks = { .what = "ME" };
	struct lnet_libmd *idle;
	void *caller;
	u32 index = 0;
	u64 cookie;

	while (lnet_handle_for_each(LNET_HANDLE_ME, &index, me_next_cookie,
				    &cookie)) {
		if (me_unlink(cookie, &idle, &caller))
			continue;
		lnet_leaks_add(&leaks, cookie, caller,
			       idle ? ", with its MD" : "");
		if (idle)
			lnet_md_retire_silently(idle);
	}
	lnet_leaks_end(&leaks);
}

/**
 * lnet_me_init() - draw the secret multiplier of the hash of MEs
 *
 * Context: while the module loads; before the first ME is made.
 */
void lnet_me_init(void)
{
	lnet_me_multiplier = get_random_u64() | 1;
}
