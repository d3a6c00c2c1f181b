// SPDX-License-Identifier: GPL-2.0
/*
 * The match entry: which messages a client wants, and where in its portal's
 * order it stands.
 *
 * A portal has one order of MEs, and the first that wants a message gets it.
 * MEs that ignore no bits are kept in a hash table, all others in a list. Two
 * unique MEs (peer NID and PID given, no bits ignored) of different keys never
 * want the same message, so what must be known is
 *
 *   - which of two of the same key is first: they share a node, in order;
 *   - which of a unique ME and one that is not is first: their struct lnet_order.
 *
 * Only MEs that are not unique advance the portal's labels; posting a unique ME
 * reads them, and takes its stamp from one of many counters:
 *
 *	not unique, behind all	label = ++tail,  stamp = lowest
 *	not unique, before all	label = head--,  stamp = lowest
 *	unique behind all	label = tail,    stamp = next
 *	unique before all	label = head,    stamp = -next
 *
 * The stamp orders unique MEs of one key, and of one label: who of two has been
 * attached first is known where they have the same match bits, as the stamps of
 * these come from one counter. Of others it need not be, but where LNetMEInsert()
 * places something beside one of them. Then that one moves to the list, to where
 * its order says, and the new one next to it, with the same order. From then on
 * their places in the list tell them apart. What the new one is to unique MEs of
 * other bits that have the same label is as the counters happen to be, for good;
 * api.rst says what a client may rely on.
 */
#include "event/me.h"
#include "compat.h"
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

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/random.h>
#include <linux/slab.h>

u64 lnet_me_multiplier __ro_after_init;
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_me_multiplier);

#define STAMP_LOWEST	S64_MIN

enum {
	STAMP_RUN_BITS	= 6,		/* match bits in a row that share a counter */
	STAMP_BITS	= 8,		/* of the number of counters */
};

/*
 * A: how many stamps were given. Clients count their match bits up, mostly each
 * thread in a range of its own: so a counter stays with its CPU for a while.
 */
static struct {
	atomic64_t given;
} ____cacheline_aligned_in_smp stamps[1 << STAMP_BITS];

/*
 * Larger than all that were given for these bits before, by whatever CPU. Who has
 * been told that another call is over finds its counter raised, without a barrier:
 * it is one variable.
 */
static s64 me_stamp(u64 bits)
{
	u64 run = bits >> STAMP_RUN_BITS;

	return atomic64_inc_return_relaxed(&stamps[hash_64(run, STAMP_BITS)].given);
}

/* Fields marked S are read by holders of stale handles: see me_state.h. */
static __always_inline void me_fill(struct lnet_me *me, unsigned int portal,
				    u32 hash, const struct lnet_process_id *id,
				    u64 match_bits, u64 ignore_bits,
				    enum lnet_unlink unlink, void *caller)
{
	me->match_bits = match_bits;
	me->ignore_bits = ignore_bits;
	me->nid = id->nid;
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
 * Memory and a cookie; nothing is found by it before me_publish(). Preemption is
 * off, but for a while if memory has to be allocated.
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

/* From now on it is found by its cookie. */
static void me_publish(struct lnet_me *me)
{
	/* J: who finds the cookie must find what belongs to it: hold_me:K. */
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
 * An ME without an MD matches nothing, so it takes its place in the order but
 * goes to its bucket only with its first MD (lnet_match_attach()), and posting
 * it takes no lock.
 */
static __always_inline void me_attach_unique(struct lnet_portal *pt,
					     struct lnet_me *me, bool first)
{
	s64 stamp;

	/* Who looks for it after that looks into its bucket: portal_find_ordered(). */
	if (unlikely(!READ_ONCE(pt->unique)))
		WRITE_ONCE(pt->unique, true);
	me->order.label = READ_ONCE(*(first ? &pt->head_label :
				      &pt->tail_label));
	stamp = me_stamp(me->match_bits);
	me->order.stamp = first ? -stamp : stamp;
	lnet_window(LNET_WINDOW_ME_PLACED);
	me_publish(me);
}

/* From now on its lock is the portal's, which is held: as match.c wants it. */
static void me_order(struct lnet_portal *pt, struct lnet_me *me)
{
	WRITE_ONCE(me->ordered, true);
	lnet_count(pt->wildcards, !me->unique);
	lnet_count(pt->ordered, 1);
}

/* One that is not unique: in the list, or, like a unique one, not hashed yet. */
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

/* Where memory is needed for more than the ME. */
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
 * @portal: index of the portal
 * @match_id: whom it takes messages from; LNET_NID_ANY, LNET_PID_ANY
 * @match_bits: what the bits of a message must be,
 * @ignore_bits: but for these
 * @unlink: LNET_UNLINK: it goes with its MD
 * @pos: LNET_INS_BEFORE: before all others; LNET_INS_AFTER, LNET_INS_LOCAL:
 *	behind them
 * @handle: where the handle goes
 *
 * It takes no message before LNetMDAttach() gives it memory.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: no such portal, unlink mode or position, or @handle
 * NULL; -ENOMEM; -ENETDOWN; -EDEADLK.
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

	/* Among very many MEs its bucket is in no cache: fetch it meanwhile. */
	pt = lnet_portal(portal);
	hash = lnet_me_hash(match_id.nid, match_id.pid, match_bits);
	lnet_me_hash_prefetch(pt, hash);
	rc = -ENOMEM;
	me = me_new(&c);
	if (!me)
		goto out;
	me_fill(me, portal, hash, &match_id, match_bits, ignore_bits, unlink,
		(void *)_RET_IP_);

	cookie = me->issued;	/* it may go at once, with a message */
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

/* Move an ME from the hash to the list, where its order is. */
static void me_move_to_list(struct lnet_hold *hold, struct lnet_me *me,
			    struct lnet_chunk **spare)
{
	if (me->hashed)
		lnet_match_unhash(hold, me);
	/*
	 * Who matches in the bucket next, without the portal lock, must know
	 * that there is a list: pt->ordered is raised before the bucket is
	 * unlocked.
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
 * @current_meh: the other
 * @match_id: as for LNetMEAttach(), as are
 * @match_bits: this,
 * @ignore_bits: this and
 * @unlink: this
 * @pos: LNET_INS_BEFORE or LNET_INS_AFTER the other
 * @handle: where the handle goes
 *
 * Works on every portal and for every kind of ME. The new ME and the other are
 * found by list search from then on. If the other is unique its place in the list is
 * searched for, with the portal locked: about 20 ns for each ME of the list behind it.
 *
 * If the other is unique, or was placed beside one that is, there may be unique
 * MEs of other match bits than that one's, attached at the same end of the order
 * and with no ME attached between them that is not unique. Whether the new ME
 * stands before or behind these is not defined, only that it does not change; it
 * stands exactly beside the other among all MEs else.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL; -EPERM: LNET_INS_LOCAL; -ENOENT: no such ME; -ENOMEM;
 * -ENETDOWN; -EDEADLK.
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

/* *@idle: its MD, if that was claimed idle; nobody but the caller retires it. */
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
 * LNetMEUnlink() - take a match entry back, and its MD
 * @meh: its handle
 *
 * The MD is unlinked as by LNetMDUnlink().
 *
 * Context: task.
 * Return: 0; -ENOENT: no such ME, or it went with its MD; -ENETDOWN; -EDEADLK.
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
 * lnet_me_purge() - free the MEs that clients have left, and say whose
 *
 * Their MDs go with them, without an event: the client may be gone.
 *
 * Context: task; may sleep; no message is in flight and no client calls.
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

static void me_construct(void *object)
{
	memset(object, 0, sizeof(struct lnet_me));
}

/**
 * lnet_me_init() - make the cache of MEs
 *
 * Return: 0 or -ENOMEM.
 */
int lnet_me_init(void)
{
	lnet_me_multiplier = get_random_u64() | 1;
	return lnet_object_init(LNET_HANDLE_ME, "lnet_me",
				sizeof(struct lnet_me), SLAB_TYPESAFE_BY_RCU,
				me_construct);
}

/**
 * lnet_me_exit() - free the cache of MEs; none is left
 */
void lnet_me_exit(void)
{
	lnet_object_exit(LNET_HANDLE_ME);
}
