// SPDX-License-Identifier: GPL-2.0
/*
 * Matching: find the ME that a message goes to. It is the first ME, in the order of its
 * portal, that wants the message and has an active MD.
 *
 * Fast path: if all MEs of the portal are unique, none is in the list, and no message waits
 * (pt->ordered is 0), matching takes the lock of one bucket.
 *
 * Ordered path: if pt->ordered is not 0, or the fast path finds no ME, matching takes the
 * portal's lock, and bucket locks inside it. The result is the earliest, in order, of
 *
 *   - the first unique ME of the message's key, which names the source;
 *   - the first hashed ME with the message's bits that leaves the NID, the PID or both
 *     open. It is in the same table, under the hash of what it asks for;
 *   - the first ME in the list that wants the message. The search of the list stops at
 *     the earliest of the others.
 *
 * Every operation on a wildcard ME is done under the portal's lock. The lock of its bucket,
 * which may be any bucket, only guards the bucket's contents. It is never held together
 * with the bucket lock of a unique ME.
 *
 * The source of a message is the initiator of its event, which names a peer by its primary NID
 * (alias.c). If the message came from another NID of the peer, and no ME that names the primary one
 * wants it, the ordered path looks once more by that other NID.
 *
 * An ME is in its bucket only while it has an active MD. So an ME that is found there by key and
 * operation wants the message, however many MEs of that key have no active MD.
 *
 * pt->ordered is raised under the portal's lock and read under a bucket's. A thread that
 * reads 0 there matches at that moment; a later raise belongs to a later ME or message. A
 * thread that raises pt->ordered and then takes the bucket's lock knows that every later
 * holder of that lock reads the raised value:
 *
 *	delay				LNetMDAttach()
 *	  A: ordered++			  D: lock bucket
 *	  B: lock bucket, look again	  E: read ordered; give ME its MD
 *	  C: unlock; wait in queue	  F: unlock
 *
 *   - If D comes after B, E sees A. LNetMDAttach() starts over with the portal's lock, and
 *     finds the message in the queue.
 *   - If D comes before B, B finds the MD.
 *
 * So a waiting message is never overlooked, and no younger message takes an MD while an
 * older message waits for it.
 */
#include "event/match.h"
#include "compat.h"
#include "event/alias.h"
#include "event/cpu.h"
#include "event/delayed.h"
#include "event/delivery.h"
#include "event/handle.h"
#include "event/md_state.h"
#include "event/me.h"
#include "event/me_hash.h"
#include "event/me_list.h"
#include "event/run.h"
#include "event/slot.h"
#include "hooks/window.h"

#include <linux/rcupdate.h>

/*
 * With delivery=global, take the lock that serialises all matching. It is outside all other
 * locks. Return true if it was taken.
 */
static __always_inline bool match_global_begin(void)
{
#ifdef LNET_SCHEMES
	return lnet_slot_is_lock() && lnet_slot_global_lock();
#else
	return false;
#endif
}

static __always_inline void match_global_end(bool global)
{
#ifdef LNET_SCHEMES
	if (unlikely(global))
		lnet_slot_global_unlock();
#endif
}

/* Locking an ME ------------------------------------------------------------ */

/* @hold records at run time which locks are held; sparse cannot track that. */
static void hold_portal(struct lnet_hold *hold, struct lnet_portal *pt)
{
	hold->pt = pt;
	hold->portal = true;
	hold->bucket = NULL;
	spin_lock(&pt->lock);
	__release(&pt->lock);
}

/**
 * lnet_match_lock_ordered() - find an ME by its cookie and lock its portal
 * @cookie: the cookie of the ME
 * @hold: set to the locks taken, for lnet_match_unlock()
 *
 * Context: any. If it finds the ME, it returns with the portal's lock held, and the
 * bucket's as well if the ME is matched under that (@ordered is false).
 * Return: the ME; NULL, without a lock, if the cookie is stale.
 */
struct lnet_me *lnet_match_lock_ordered(u64 cookie, struct lnet_hold *hold)
{
	struct lnet_me *me;

	rcu_read_lock();
	me = lnet_handle_find(cookie, LNET_HANDLE_ME);
	if (!me || READ_ONCE(me->cookie) != cookie)
		goto not_found;
	lnet_smp_rmb();	/* K: the fields of this life; pairs with me_publish:J */

	lnet_window(LNET_WINDOW_ME_FOUND);
	hold_portal(hold, lnet_portal(READ_ONCE(me->portal)));
	/* A live ME becomes ordered only under the portal's lock. */
	if (!READ_ONCE(me->ordered))
		hold->bucket = lnet_me_hash_lock(hold->pt, READ_ONCE(me->hash));
	lnet_smp_rmb();					/* H: the fields, then the cookie */
	if (READ_ONCE(me->cookie) == cookie) {
		rcu_read_unlock();
		return me;
	}
	lnet_match_unlock(hold);
not_found:
	rcu_read_unlock();
	return NULL;
}

/*
 * Lock an ME that was found by its cookie. RCU read section.
 *
 * The memory is type-safe and no more. Until the cookie is compared under the lock, @me may
 * be in another life, and the lock may be that of another ME.
 */
static __always_inline struct lnet_me *
hold_found_me(struct lnet_me *me, u64 cookie, struct lnet_hold *hold)
{
	if (!me || READ_ONCE(me->cookie) != cookie)
		return NULL;
	lnet_smp_rmb();	/* K: the fields of this life; pairs with me_publish:J */

	if (READ_ONCE(me->ordered))
		return lnet_match_lock_ordered(cookie, hold);
	hold->pt = lnet_portal(READ_ONCE(me->portal));
	hold->portal = false;
	lnet_window(LNET_WINDOW_ME_FOUND);
	hold->bucket = lnet_me_hash_lock(hold->pt, READ_ONCE(me->hash));
	/*
	 * H: if the cookie is still right, the fields that gave the lock were this
	 * life's, so it is the ME's own lock. This needs no barrier: the address of the
	 * lock depends on those fields. Pairs with me_remove:G.
	 */
	if (hold->bucket && READ_ONCE(me->cookie) == cookie &&
	    !READ_ONCE(me->ordered))
		return me;
	lnet_match_unlock(hold);
	/* The ME is gone, or has moved to the list: look again under the portal's lock. */
	return lnet_match_lock_ordered(cookie, hold);
}

static __always_inline struct lnet_me *hold_me(u64 cookie,
					       struct lnet_hold *hold)
{
	struct lnet_me *me;

	rcu_read_lock();
	me = hold_found_me(lnet_handle_find(cookie, LNET_HANDLE_ME), cookie, hold);
	rcu_read_unlock();
	return me;
}

/**
 * lnet_match_lock() - find an ME by its cookie and take the lock it is matched under
 * @cookie: the cookie of the ME
 * @hold: set to the lock taken, for lnet_match_unlock()
 *
 * Context: any. If it finds the ME, it returns with the portal's lock held if the ME is
 * ordered, else with that of its bucket.
 * Return: the ME; NULL, without a lock, if the cookie is stale.
 */
struct lnet_me *lnet_match_lock(u64 cookie, struct lnet_hold *hold)
{
	return hold_me(cookie, hold);
}

/**
 * lnet_match_unlock() - release the locks on an ME
 * @hold: the locks, from lnet_match_lock() or lnet_match_lock_ordered()
 *
 * Context: the locks in @hold are held; they are released on return.
 */
void lnet_match_unlock(struct lnet_hold *hold)
{
	if (hold->bucket)
		lnet_me_bucket_unlock(hold->bucket);
	if (hold->portal) {
		__acquire(&hold->pt->lock);
		spin_unlock(&hold->pt->lock);
	}
}

/*
 * Put @me into its bucket. @hold has that bucket locked if @me is unique, else the portal.
 * Return 0, or the number of nodes in a crowded bucket, for lnet_me_table_grow().
 */
static unsigned int me_add_hashed(struct lnet_hold *hold, struct lnet_me *me)
{
	struct lnet_portal *pt = hold->pt;
	struct lnet_bucket *b;
	unsigned int nodes;

	if (likely(me->unique))
		return lnet_me_hash_insert(pt, hold->bucket, me);
	b = lnet_me_hash_lock(pt, me->hash);
	nodes = lnet_me_hash_insert(pt, b, me);
	lnet_me_bucket_unlock(b);
	pt->hashed[lnet_me_open(me)]++;
	return nodes;
}

static __always_inline void me_del_hashed(struct lnet_hold *hold, struct lnet_me *me)
{
	struct lnet_bucket *b;

	if (likely(me->unique)) {
		lnet_me_hash_remove(hold->bucket, me);
		return;
	}
	b = lnet_me_hash_lock(hold->pt, me->hash);
	lnet_me_hash_remove(b, me);
	lnet_me_bucket_unlock(b);
	hold->pt->hashed[lnet_me_open(me)]--;
}

/**
 * lnet_match_unhash() - take an ME out of its bucket
 * @hold: the locks held on the ME; they stay held
 * @me: the ME, which is in its bucket
 *
 * Context: the locks in @hold are held.
 */
void lnet_match_unhash(struct lnet_hold *hold, struct lnet_me *me)
{
	me_del_hashed(hold, me);
}

static void me_del_ordered(struct lnet_portal *pt, struct lnet_me *me)
{
	lockdep_assert_held(&pt->lock);
	if (me->listed)
		lnet_me_list_remove(pt, me);
	if (!me->unique)
		lnet_count(pt->wildcards, -1);
	lnet_count(pt->ordered, -1);
}

static __always_inline void me_remove(struct lnet_hold *hold,
				      struct lnet_me *me)
{
	struct lnet_cpu *c = lnet_cpu();	/* a lock is held, so preemption is off */

	/*
	 * G: clear the cookie before the next life of this memory writes the fields, and
	 * leave @ordered as it is. A thread that chooses another lock than ours, by fields
	 * of the next life, must not find our cookie under it. Pairs with
	 * lnet_match_lock_ordered:H and hold_found_me:H.
	 */
	WRITE_ONCE(me->cookie, 0);
	me->md = NULL;
	lnet_smp_wmb();	/* G */
	lnet_window(LNET_WINDOW_ME_DYING);
	if (me->hashed)
		me_del_hashed(hold, me);
	if (me->ordered)
		me_del_ordered(hold->pt, me);
	if (me->unique)
		lnet_count(c->stats.portal[me->portal].unique_posted, -1);
	lnet_me_free(c, me);
}

/**
 * lnet_match_remove() - end the life of an ME
 * @hold: the locks held on the ME; they stay held
 * @me: the ME; freed, so not to be used after return
 *
 * Context: the locks in @hold are held.
 */
void lnet_match_remove(struct lnet_hold *hold, struct lnet_me *me)
{
	me_remove(hold, me);
}

/* One ME ------------------------------------------------------------------- */

static __always_inline unsigned int delivery_op(const struct lnet_delivery *d)
{
	return d->ev.msg_type == LNET_MSG_GET ? LNET_MD_OP_GET : LNET_MD_OP_PUT;
}

/* @nid is the one to match by, of the sender. */
static bool me_wants(const struct lnet_me *me, const struct lnet_delivery *d, lnet_nid_t nid)
{
	const struct lnet_event *ev = &d->ev;
	const struct lnet_libmd *md = me->md;

	return !((me->match_bits ^ ev->match_bits) & ~me->ignore_bits) &&
	       (me->nid == LNET_NID_ANY || me->nid == nid) &&
	       (me->pid == LNET_PID_ANY || me->pid == ev->initiator.pid) &&
	       md && (md->umd.options & delivery_op(d)) && lnet_md_active(md);
}

/*
 * Set the offset in @md and the length of the part that it takes, in @ev. Return false, with
 * the reason in *@drop, if the message does not fit.
 */
static __always_inline bool md_fit(const struct lnet_libmd *md,
				   struct lnet_event *ev, u32 roffset,
				   enum lnet_portal_drop *drop)
{
	bool remote = md->umd.options & LNET_MD_MANAGE_REMOTE;
	u32 avail;

	ev->offset = remote ? roffset : md->offset;
	if (ev->offset > md->length) {
		*drop = LNET_DROP_BAD_OFFSET;
		return false;
	}

	avail = md->length - ev->offset;
	if (md->umd.options & LNET_MD_MAX_SIZE)
		avail = min_t(u32, avail, md->umd.max_size);
	ev->mlength = min(ev->rlength, avail);
	if (ev->rlength > avail && !(md->umd.options & LNET_MD_TRUNCATE)) {
		*drop = LNET_DROP_TOO_LONG;
		return false;
	}
	return true;
}

/* Take the MD off @me. Remove @me as well, if the client posted it with LNET_UNLINK. */
static __always_inline void me_detach(struct lnet_hold *hold, struct lnet_me *me)
{
	me->md = NULL;
	if (me->unlink)
		me_remove(hold, me);
	else if (me->hashed)
		me_del_hashed(hold, me);
}

/* @me wants @d. Its MD takes the message, or the message is dropped; no later ME is tried. */
static enum lnet_verdict me_take(struct lnet_hold *hold, struct lnet_me *me,
				 struct lnet_delivery *d, enum lnet_portal_drop *drop)
{
	struct lnet_event *ev = &d->ev;
	struct lnet_libmd *md = me->md;

	if (!md_fit(md, ev, d->roffset, drop))
		return LNET_DROPPED;

	switch (lnet_md_begin_match(md, ev->offset + ev->mlength, ev)) {
	case LNET_MD_MATCHED_LAST:
		me_detach(hold, me);
		d->md = md;
		return LNET_MATCHED;
	case LNET_MD_MATCHED:
		/* Exhausted, but without auto-unlink: the MD stays attached and takes no more. */
		if (me->hashed && !lnet_md_active(md))
			me_del_hashed(hold, me);
		d->md = md;
		return LNET_MATCHED;
	default:
		*drop = LNET_DROP_MD_BUSY;
		return LNET_DROPPED;
	}
}

/* A portal ----------------------------------------------------------------- */

/* Return the first hashed wildcard ME that wants @d of @of, or NULL. The portal is locked. */
static struct lnet_me *portal_find_open(struct lnet_portal *pt, const struct lnet_delivery *d,
					const struct lnet_key *of)
{
	struct lnet_me *first = NULL;
	struct lnet_bucket *b;
	struct lnet_key key;
	unsigned int open;

	for (open = LNET_ME_OPEN_NID; open < LNET_ME_OPEN_NR; open++) {
		if (!pt->hashed[open])
			continue;
		key = lnet_me_key(open & LNET_ME_OPEN_NID ? LNET_NID_ANY : of->nid,
				  open & LNET_ME_OPEN_PID ? LNET_PID_ANY : of->pid, of->bits);
		b = lnet_me_hash_lock(pt, key.hash);
		first = lnet_me_first(first, lnet_me_hash_find(b, &key, delivery_op(d)));
		/*
		 * The ME stays in the table after the unlock, if perhaps in another bucket:
		 * removing it takes the portal's lock.
		 */
		lnet_me_bucket_unlock(b);
	}
	return first;
}

/* Return the first ME in the list that wants @d and is before @limit (NULL: none), or NULL. */
static struct lnet_me *portal_find_listed(struct lnet_portal *pt,
					  const struct lnet_delivery *d, lnet_nid_t nid,
					  const struct lnet_me *limit)
{
	struct lnet_list_pos pos = {};
	struct lnet_me *me;

	do {
		me = lnet_me_list_next(pt, &pos, d->ev.match_bits, nid,
				       limit ? &limit->order : NULL);
		if (me && limit && !lnet_me_order_before(&me->order,
							 &limit->order))
			return NULL;
	} while (me && !me_wants(me, d, nid));
	return me;
}

/* Unlock the bucket, unless @me is taken under it, as an ME that is not ordered is. */
static void hold_keep_bucket(struct lnet_hold *hold, const struct lnet_me *me)
{
	if (!hold->bucket || (me && !me->ordered))
		return;
	lnet_me_bucket_unlock(hold->bucket);
	hold->bucket = NULL;
}

/*
 * Return the first ME of all that wants @d, or NULL. The portal is locked. If the result is
 * not ordered, @hold has its bucket locked on return.
 *
 * The bucket of a unique ME stays locked while the list is searched as far as that ME.
 * Otherwise the ME could be unlinked meanwhile, and the search would have to go on to the
 * next ME of its key. Without a unique ME the bucket is unlocked first, so that unlinking
 * others does not wait for the search. If pt->ordered is not 0, none can get an MD
 * meanwhile: LNetMDAttach() sees it (E) and waits for the portal's lock. If it is 0, the list
 * is empty.
 *
 * A message whose source PID is LNET_PID_ANY, which is no real PID, matches no unique ME.
 *
 * If no unique ME was ever posted, there is no need to fetch its bucket, unless the message
 * may wait: a thread that has just set pt->unique may not see the result of A yet.
 */
static struct lnet_me *portal_find_ordered(struct lnet_hold *hold, const struct lnet_delivery *d,
					   const struct lnet_key *key, bool may_delay)
{
	struct lnet_me *me = portal_find_open(hold->pt, d, key);

	if (may_delay || READ_ONCE(hold->pt->unique))
		hold->bucket = lnet_me_hash_lock(hold->pt, key->hash);	/* B */
	if (hold->bucket && key->pid != LNET_PID_ANY)
		me = lnet_me_first(me, lnet_me_hash_find(hold->bucket, key, delivery_op(d)));
	hold_keep_bucket(hold, me);
	lnet_window(LNET_WINDOW_MATCH_LOOKED_UP);
	me = portal_find_listed(hold->pt, d, key->nid, me) ?: me;
	hold_keep_bucket(hold, me);
	return me;
}

/*
 * portal_find_ordered(), and if there is none by the primary NID, the same once more for the NID
 * that the message came from. The two differ only if the sender is known to have several: see
 * alias.c. If the first is an ME for any NID, an earlier one may name the second NID, and the other
 * look finds the earlier of both. A message that may wait has made pt->ordered not 0 before either
 * look.
 */
static __always_inline struct lnet_me *
portal_find_either(struct lnet_hold *hold, const struct lnet_delivery *d,
		   const struct lnet_key *key, bool may_delay)
{
	struct lnet_me *me = portal_find_ordered(hold, d, key, may_delay);
	const struct lnet_event *ev = &d->ev;
	struct lnet_key source;

	/* An ME for any NID is ordered: the portal's lock keeps it, and no bucket is locked. */
	if (likely(ev->source.nid == key->nid || (me && me->nid != LNET_NID_ANY)))
		return me;
	source = lnet_me_key(ev->source.nid, key->pid, key->bits);
	return portal_find_ordered(hold, d, &source, may_delay);
}

/*
 * @d is about to wait, as no ME wants it. If the sender has become known to have several NIDs since
 * the match began, name it, and look, by the primary one. Returns the ME, or NULL.
 *
 *	delay				becomes known, and LNetMDAttach() for it
 *	  A: ordered++			  K: the NIDs are known, full barrier
 *	     full barrier		  D: lock bucket
 *	  N: read the NIDs, look	  E: read ordered; give ME its MD
 *
 * If N does not find the NIDs that K has written, E sees A: see the top of this file. [alias-delay]
 */
static noinline struct lnet_me *portal_find_renamed(struct lnet_hold *hold,
						    struct lnet_delivery *d)
{
	struct lnet_event *ev = &d->ev;
	struct lnet_key key;
	lnet_nid_t nid;

	smp_mb();	/* between A and N; pairs with alias_new() */
	if (!lnet_alias_peers())
		return NULL;
	nid = lnet_alias_find(ev->source.nid);			/* N */
	if (nid == ev->initiator.nid)
		return NULL;
	ev->initiator.nid = nid;
	key = lnet_me_key(nid, ev->initiator.pid, ev->match_bits);
	return portal_find_ordered(hold, d, &key, true);
}

/*
 * The ordered path: with the portal's lock, look in all places. On a lazy portal a PUT that
 * no ME wants goes to the delayed queue.
 */
static enum lnet_verdict match_ordered(struct lnet_portal *pt,
				       struct lnet_delivery *d,
				       const struct lnet_key *key,
				       enum lnet_portal_drop *drop)
{
	bool may_delay = d->ev.msg_type == LNET_MSG_PUT;
	enum lnet_verdict v = LNET_DROPPED;
	struct lnet_hold hold;
	struct lnet_me *me;

	*drop = LNET_DROP_NO_MATCH;
	if (READ_ONCE(pt->unique))
		lnet_me_hash_prefetch(pt, key->hash);
	hold_portal(&hold, pt);
	may_delay = may_delay && pt->lazy;
	if (may_delay)
		lnet_count(pt->ordered, 1);			/* A */

	lnet_window(LNET_WINDOW_MATCH_COUNTED);
	me = portal_find_either(&hold, d, key, may_delay);
	if (!me && may_delay)
		me = portal_find_renamed(&hold, d);
	if (!me)
		lnet_window(LNET_WINDOW_MATCH_MISSED);
	if (me)
		v = me_take(&hold, me, d, drop);
	else if (may_delay && !d->delayed &&
		 lnet_delayed_has_room(pt, d, drop))
		v = LNET_EAGER;
	else if (may_delay && d->delayed && lnet_delayed_add(pt, d, drop))
		v = LNET_DELAYED;				/* C */

	if (may_delay && v != LNET_DELAYED)
		lnet_count(pt->ordered, -1);
	lnet_match_unlock(&hold);
	return v;
}

static __always_inline enum lnet_verdict
match_portal(struct lnet_portal *pt, struct lnet_delivery *d, enum lnet_portal_drop *drop)
{
	const struct lnet_event *ev = &d->ev;
	struct lnet_hold hold = { .pt = pt };
	enum lnet_verdict v;
	struct lnet_key key;
	struct lnet_me *me;

	key = lnet_me_key(ev->initiator.nid, ev->initiator.pid, ev->match_bits);
	/* A hint, without the bucket's lock: it saves locking the bucket in vain. */
	if (READ_ONCE(pt->ordered))
		return match_ordered(pt, d, &key, drop);
	lnet_window(LNET_WINDOW_MATCH_LOOKED);
	hold.bucket = lnet_me_hash_lock(pt, key.hash);
	if (unlikely(!hold.bucket))
		return match_ordered(pt, d, &key, drop);

	me = NULL;
	if (!READ_ONCE(pt->ordered))
		me = lnet_me_hash_find(hold.bucket, &key, delivery_op(d));
	if (unlikely(!me)) {
		lnet_me_bucket_unlock(hold.bucket);
		return match_ordered(pt, d, &key, drop);
	}
	v = me_take(&hold, me, d, drop);
	lnet_me_bucket_unlock(hold.bucket);
	return v;
}

/**
 * lnet_match() - find the MD of a message and begin its operation
 * @pt: the portal that the message is for
 * @d: the delivery of a PUT or GET, with its initiator, source, @msg_type, match bits, @rlength
 *	and @roffset set
 * @drop: set to the reason, if the message is dropped
 *
 * Context: task; no lock held.
 * Return: enum lnet_verdict. On LNET_EAGER the caller sets the payload aside, sets
 * @d->delayed, and @via and @bytes of the struct lnet_waiting that contains @d, and calls
 * again.
 */
enum lnet_verdict lnet_match(struct lnet_portal *pt, struct lnet_delivery *d,
			     enum lnet_portal_drop *drop)
{
	bool global = match_global_begin();
	enum lnet_verdict v;

	v = match_portal(pt, d, drop);
	match_global_end(global);
	return v;
}

/* MDs ---------------------------------------------------------------------- */

/* Does @me want @d, which waits? Its sender may have become known as a node since it came. */
static bool me_wants_waiting(const struct lnet_me *me, const struct lnet_delivery *d)
{
	const struct lnet_event *ev = &d->ev;

	if (me_wants(me, d, ev->initiator.nid))
		return true;
	/* All but the NID, then the NID. */
	return me_wants(me, d, me->nid) &&
	       (me->nid == ev->source.nid || me->nid == lnet_alias_find(ev->source.nid));
}

/*
 * Give @me, which has just got its MD, the waiting messages that it wants, oldest first. They
 * move to @taken; a message that does not fit is marked to be dropped. The portal is locked.
 */
static void me_take_delayed(struct lnet_hold *hold, struct lnet_me *me,
			    struct list_head *taken)
{
	struct lnet_portal *pt = hold->pt;
	struct lnet_libmd *md = me->md;
	struct lnet_delayed_walk walk;
	enum lnet_portal_drop drop;
	struct lnet_delivery *d;

	if (!(me->ops & LNET_MD_OP_PUT))
		return;
	lnet_delayed_begin(&walk, pt, me);
	/* Once the MD is inactive, @me may be freed; the operation it began keeps the MD. */
	while (lnet_md_active(md) && (d = lnet_delayed_next(&walk))) {
		if (!me_wants_waiting(me, d))
			continue;
		lnet_delayed_remove(pt, d);
		d->ev.initiator.nid = lnet_alias_primary(d->ev.source.nid);
		list_add_tail(&d->later, taken);
		if (me_take(hold, me, d, &drop) == LNET_DROPPED)
			lnet_delivery_mark_dropped(d, drop);
	}
}

/**
 * lnet_match_attach() - give an ME its MD
 * @md: the MD, complete; its @me_cookie names the ME. Published on success
 *
 * Messages that waited for the ME are received before this returns; if the caller is in a
 * handler, after that has returned.
 *
 * Context: task.
 * Return: 0; -ENOENT if there is no such ME; -EBUSY if the ME has an MD.
 */
int lnet_match_attach(struct lnet_libmd *md)
{
	u64 cookie = md->me_cookie;
	struct lnet_hold hold;
	unsigned int nodes = 0;
	bool global;
	LIST_HEAD(taken);
	struct lnet_me *me;

	global = match_global_begin();
	me = hold_me(cookie, &hold);				/* D */
	if (me)
		lnet_window(LNET_WINDOW_ATTACH_LOCKED);
	if (me && !hold.portal && READ_ONCE(hold.pt->ordered)) {	/* E */
		lnet_match_unlock(&hold);
		me = lnet_match_lock_ordered(cookie, &hold);
	}
	if (!me) {
		match_global_end(global);
		return -ENOENT;
	}
	if (me->md) {
		lnet_match_unlock(&hold);
		match_global_end(global);
		return -EBUSY;
	}

	WRITE_ONCE(md->me, me);
	WRITE_ONCE(md->hash, me->hash);
	WRITE_ONCE(md->portal, me->portal);
	lnet_md_publish(md);
	lnet_window(LNET_WINDOW_ATTACH_LIVE);
	me->md = md;
	me->ops = md->umd.options & (LNET_MD_OP_PUT | LNET_MD_OP_GET);
	if (!me->listed && lnet_md_active(md))
		nodes = me_add_hashed(&hold, me);
	if (hold.portal && hold.pt->delayed_msgs)
		me_take_delayed(&hold, me, &taken);
	lnet_match_unlock(&hold);				/* F */
	match_global_end(global);

	lnet_window(LNET_WINDOW_ATTACH_RESUME);
	if (unlikely(nodes))
		lnet_me_table_grow(hold.pt, nodes);
	if (unlikely(!list_empty(&taken)))
		lnet_run_resume(&taken, true);
	return 0;
}

/*
 * Lock the ME that an MD is attached to. RCU read section.
 *
 * L: md->me points to the memory of an ME until the end of the read section:
 *
 *   1. An MD becomes a zombie before its ME is freed. So when the state was read, the MD
 *      had an ME.
 *   2. md->me is read after the state. It is that ME, or the ME of a later life of the MD.
 *   3. Either was still there after the read section began, so its memory is type-safe.
 *
 * md->me_cookie, compared with the ME's cookie, tells whether the ME is the right one, and
 * md->cookie, compared under the lock, whether the MD is. me_cookie 0 is refused: an MD that
 * was bound since has it, which may be seen together with the old md->cookie, and so has an
 * ME that is gone. Pairs with lnet_md_publish() and the atomic steps of md->state.
 */
static struct lnet_me *hold_me_of(struct lnet_libmd *md, u64 cookie,
				  struct lnet_hold *hold)
{
	const u64 flags = LNET_MD_LIVE | LNET_MD_ATTACHED;
	u64 s = atomic64_read(&md->state);
	struct lnet_me *me;
	u64 me_cookie;

	if ((s & (flags | LNET_MD_ZOMBIE)) != flags)
		return NULL;
	lnet_smp_rmb();	/* L */
	lnet_window(LNET_WINDOW_DETACH_FOUND);
	me = READ_ONCE(md->me);
	me_cookie = READ_ONCE(md->me_cookie);
	if (!me_cookie || READ_ONCE(md->cookie) != cookie)
		return NULL;

	/* With very many MEs none of this is cached: fetch all of it at once. */
	prefetchw(me);
	lnet_me_hash_prefetch(lnet_portal(READ_ONCE(md->portal)),
			      READ_ONCE(md->hash));
	prefetch(&md->umd);
	prefetchw(&md->turn);
	return hold_found_me(me, me_cookie, hold);
}

/**
 * lnet_match_detach() - detach an MD from its ME and make it a zombie
 * @cookie: the cookie of the MD
 * @idle: set, on success, to true if no operation holds the MD, so the caller retires it
 *
 * The ME is removed as well, if the client posted it with LNET_UNLINK.
 *
 * Context: any.
 * Return: the MD, which the caller owns if it is idle; NULL if the MD is attached to no ME,
 * or no longer.
 */
struct lnet_libmd *lnet_match_detach(u64 cookie, bool *idle)
{
	struct lnet_libmd *md;
	struct lnet_me *me = NULL;
	struct lnet_hold hold;
	bool claimed;

	rcu_read_lock();
	md = lnet_handle_find(cookie, LNET_HANDLE_MD);
	if (md)
		me = hold_me_of(md, cookie, &hold);
	rcu_read_unlock();
	if (!me)
		return NULL;

	/* While @md is attached to @me, this lock keeps it in one life. */
	claimed = me->md == md && md->cookie == cookie &&
		  lnet_md_claim(md, idle);
	if (claimed)
		me_detach(&hold, me);
	lnet_match_unlock(&hold);
	return claimed ? md : NULL;
}
