// SPDX-License-Identifier: GPL-2.0
/*
 * Matching: from a message to the first ME in its portal's order that wants it
 * and has an active MD.
 *
 * Two ways, and the rule that joins them. A portal whose MEs are all unique and
 * in the hash, and where no message waits, is matched under the lock of one
 * bucket. As soon as there is another ME or a delayed queue (pt->ordered is not 0)
 * the portal's lock is taken first, those of buckets inside it, and the answer is
 * the earliest, in order, of
 *
 *   - the first of the message's key, who names its source: unique;
 *   - the first of its bits who leaves open the NID, the PID, or both: in the
 *     same table, under the hash of what he asks for;
 *   - the first in the list that wants it, which is walked only as far as the
 *     earliest of these.
 *
 * All that is done with an ME that is not unique is done under the portal's lock:
 * the lock of its bucket, which may be any, is only for who goes in and out, and
 * is never held together with that of a unique one.
 *
 * An ME is in its bucket while it has an active MD, so that what is found there
 * wants the message, however many stand behind it that would not.
 *
 * pt->ordered is raised under the portal's lock and read under a bucket's. Who
 * reads 0 there has matched at that moment: what is raised later came later.
 * Who raises it and then takes the bucket's lock knows that whoever takes that
 * lock after him reads it:
 *
 *	delay				LNetMDAttach()
 *	  A: ordered++			  D: lock bucket
 *	  B: lock bucket, look again	  E: read ordered; give ME its MD
 *	  C: unlock; wait in queue	  F: unlock
 *
 * If D comes after B, E sees A, and LNetMDAttach() starts over with the
 * portal's lock, under which it finds the message in the queue. If D comes
 * before B, B finds the MD. So a message that waits is never overlooked, and
 * no younger message takes an MD while an older one waits for it.
 */
#include "event/match.h"
#include "compat.h"
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

/* Serialises matching where the scheme wants that; around any other lock. */
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

/* Holding an ME ------------------------------------------------------------ */

/* What is held depends on what is found, which sparse cannot follow. */
static void hold_portal(struct lnet_hold *hold, struct lnet_portal *pt)
{
	hold->pt = pt;
	hold->portal = true;
	hold->bucket = NULL;
	spin_lock(&pt->lock);
	__release(&pt->lock);
}

/**
 * lnet_match_lock_ordered() - hold an ME, with its portal
 * @cookie: of the ME
 * @hold: the locks, for lnet_match_unlock()
 *
 * Context: any; returns with the locks held if the ME is found.
 * Return: the ME, or NULL.
 */
struct lnet_me *lnet_match_lock_ordered(u64 cookie, struct lnet_hold *hold)
{
	struct lnet_me *me;

	rcu_read_lock();
	me = lnet_handle_find(cookie, LNET_HANDLE_ME);
	if (!me || READ_ONCE(me->cookie) != cookie)
		goto not_found;
	lnet_smp_rmb();	/* K: the fields of this life; pairs with publish:J */

	lnet_window(LNET_WINDOW_ME_FOUND);
	hold_portal(hold, lnet_portal(READ_ONCE(me->portal)));
	/* It becomes ordered only while the portal is locked. */
	if (!READ_ONCE(me->ordered))
		hold->bucket = lnet_me_hash_lock(hold->pt, READ_ONCE(me->hash));
	lnet_smp_rmb();					/* H */
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
 * The memory is type-safe: until the cookie is found right under the lock the
 * ME may be any other, and the lock another's.
 */
static __always_inline struct lnet_me *
hold_found_me(struct lnet_me *me, u64 cookie, struct lnet_hold *hold)
{
	if (!me || READ_ONCE(me->cookie) != cookie)
		return NULL;
	lnet_smp_rmb();	/* K: the fields of this life; pairs with publish:J */

	if (READ_ONCE(me->ordered))
		return lnet_match_lock_ordered(cookie, hold);
	hold->pt = lnet_portal(READ_ONCE(me->portal));
	hold->portal = false;
	lnet_window(LNET_WINDOW_ME_FOUND);
	hold->bucket = lnet_me_hash_lock(hold->pt, READ_ONCE(me->hash));
	/*
	 * H: what said which lock was its own, if the cookie is still right.
	 * Needs no barrier: the lock's address came from there.
	 */
	if (hold->bucket && READ_ONCE(me->cookie) == cookie &&
	    !READ_ONCE(me->ordered))
		return me;
	lnet_match_unlock(hold);
	/* Gone, or moved to the list meanwhile: the portal's lock tells. */
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
 * lnet_match_lock() - hold an ME by the lock under which it is matched
 * @cookie: of the ME
 * @hold: the lock, for lnet_match_unlock()
 *
 * Context: any; returns with the lock held if the ME is found.
 * Return: the ME, or NULL.
 */
struct lnet_me *lnet_match_lock(u64 cookie, struct lnet_hold *hold)
{
	return hold_me(cookie, hold);
}

/**
 * lnet_match_unlock() - let go of an ME
 * @hold: from lnet_match_lock()
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

/* Into its bucket. 0, or how crowded that is: for lnet_me_table_grow(). */
static unsigned int me_add_hashed(struct lnet_hold *hold, struct lnet_me *me)
{
	struct lnet_portal *pt = hold->pt;
	struct lnet_bucket *b;
	unsigned int crowd;

	if (likely(me->unique))
		return lnet_me_hash_insert(pt, hold->bucket, me);
	b = lnet_me_hash_lock(pt, me->hash);
	crowd = lnet_me_hash_insert(pt, b, me);
	lnet_me_bucket_unlock(b);
	pt->hashed[lnet_me_open(me)]++;
	return crowd;
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
 * @hold: how it is held; the locks stay
 * @me: it is hashed
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
	lnet_count(pt->wildcards, -!me->unique);
	lnet_count(pt->ordered, -1);
}

static __always_inline void me_remove(struct lnet_hold *hold,
				      struct lnet_me *me)
{
	struct lnet_cpu *c = lnet_cpu();	/* a lock is held */

	/*
	 * G: the cookie goes first, and @ordered stays: who takes another lock
	 * than ours, by what the next life of this memory says, must not find
	 * our cookie under it. Pairs with lnet_match_lock_ordered:H.
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
 * lnet_match_remove() - end an ME
 * @hold: how it is held; the locks stay
 * @me: not to be used any more on return
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

static bool me_wants(const struct lnet_me *me, const struct lnet_delivery *d)
{
	const struct lnet_event *ev = &d->ev;
	const struct lnet_libmd *md = me->md;

	return !((me->match_bits ^ ev->match_bits) & ~me->ignore_bits) &&
	       (me->nid == LNET_NID_ANY || me->nid == ev->initiator.nid) &&
	       (me->pid == LNET_PID_ANY || me->pid == ev->initiator.pid) &&
	       md && (md->umd.options & delivery_op(d)) && lnet_md_active(md);
}

/* Where in its MD a message goes, and how much of it. */
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

/* Its MD goes, and it too if the client wants it so. */
static __always_inline void me_detach(struct lnet_hold *hold, struct lnet_me *me)
{
	me->md = NULL;
	if (me->unlink)
		me_remove(hold, me);
	else if (me->hashed)
		me_del_hashed(hold, me);
}

/* @me wants @d: it gets it, or nobody does. */
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
		/* Exhausted, and the client wants to keep it. */
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

/* The first of its bits, from whomever, that is not unique. */
static struct lnet_me *portal_find_open(struct lnet_portal *pt, const struct lnet_delivery *d)
{
	const struct lnet_event *ev = &d->ev;
	struct lnet_me *first = NULL;
	struct lnet_bucket *b;
	struct lnet_key key;
	unsigned int open;

	for (open = LNET_ME_OPEN_NID; open < LNET_ME_OPEN_NR; open++) {
		if (!pt->hashed[open])
			continue;
		key = lnet_me_key(open & LNET_ME_OPEN_NID ? LNET_NID_ANY : ev->initiator.nid,
				  open & LNET_ME_OPEN_PID ? LNET_PID_ANY : ev->initiator.pid,
				  ev->match_bits);
		b = lnet_me_hash_lock(pt, key.hash);
		first = lnet_me_first(first, lnet_me_hash_find(b, &key, delivery_op(d)));
		/* Without its lock it stays there: the portal is locked. */
		lnet_me_bucket_unlock(b);
	}
	return first;
}

/* The first in the list that wants @d and stands before @limit. */
static struct lnet_me *portal_find_listed(struct lnet_portal *pt,
					  const struct lnet_delivery *d,
					  const struct lnet_me *limit)
{
	const struct lnet_event *ev = &d->ev;
	struct lnet_list_pos pos = {};
	struct lnet_me *me;

	do {
		me = lnet_me_list_next(pt, &pos, ev->match_bits,
				       ev->initiator.nid,
				       limit ? &limit->order : NULL);
		if (me && limit && !lnet_me_order_before(&me->order,
							 &limit->order))
			return NULL;
	} while (me && !me_wants(me, d));
	return me;
}

/* Only who takes a unique one needs the lock of its bucket. */
static void hold_keep_bucket(struct lnet_hold *hold, const struct lnet_me *me)
{
	if (!hold->bucket || (me && !me->ordered))
		return;
	lnet_me_bucket_unlock(hold->bucket);
	hold->bucket = NULL;
}

/*
 * The first of all, with the portal's lock; and if it is unique, that of its bucket,
 * also while the list is walked as far as it: else it could be unlinked meanwhile, and
 * the list would have to be walked on, as far as the next of its key. Who finds no
 * unique one holds up nobody who unlinks one: that none comes is the portal's lock's
 * doing.
 *
 * A message whose source leaves its PID open, which is no PID, is for no unique ME.
 *
 * Where there never was a unique one its bucket need not be fetched, but if the
 * message may wait: who has just set pt->unique may not yet see what A has done.
 */
static struct lnet_me *portal_find_ordered(struct lnet_hold *hold, const struct lnet_delivery *d,
					   const struct lnet_key *key, bool may_delay)
{
	struct lnet_me *me = portal_find_open(hold->pt, d);

	if (may_delay || READ_ONCE(hold->pt->unique))
		hold->bucket = lnet_me_hash_lock(hold->pt, key->hash);	/* B */
	if (hold->bucket && key->pid != LNET_PID_ANY)
		me = lnet_me_first(me, lnet_me_hash_find(hold->bucket, key, delivery_op(d)));
	hold_keep_bucket(hold, me);
	lnet_window(LNET_WINDOW_MATCH_LOOKED_UP);
	me = portal_find_listed(hold->pt, d, me) ?: me;
	hold_keep_bucket(hold, me);
	return me;
}

/* With the portal's lock: all places, and if need be the delayed queue. */
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
	me = portal_find_ordered(&hold, d, key, may_delay);
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
	/* Without the lock it tells only where it pays to look first. */
	if (READ_ONCE(pt->ordered))
		return match_ordered(pt, d, &key, drop);
	lnet_window(LNET_WINDOW_MATCH_LOOKED);
	hold.bucket = lnet_me_hash_lock(pt, key.hash);
	if (unlikely(!hold.bucket))
		return match_ordered(pt, d, &key, drop);

	me = READ_ONCE(pt->ordered) ? NULL :
	     lnet_me_hash_find(hold.bucket, &key, delivery_op(d));
	if (unlikely(!me)) {
		lnet_me_bucket_unlock(hold.bucket);
		return match_ordered(pt, d, &key, drop);
	}
	v = me_take(&hold, me, d, drop);
	lnet_me_bucket_unlock(hold.bucket);
	return v;
}

/**
 * lnet_match() - find the MD of a message, and begin its operation
 * @pt: the portal it is for
 * @d: of a PUT or GET; initiator, @msg_type, bits, @rlength and @roffset are set
 * @drop: why, if it is dropped
 *
 * Context: task; no lock held.
 * Return: enum lnet_verdict. LNET_EAGER: set the payload aside, set d->delayed,
 * and @via of the struct lnet_waiting that @d is in, and call again.
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

/* Messages that wait and that @me, which has just got an MD, wants. */
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
	/* Once it is not active @me may have gone; the operation keeps the MD. */
	while (lnet_md_active(md) && (d = lnet_delayed_next(&walk))) {
		if (!me_wants(me, d))
			continue;
		lnet_delayed_remove(pt, d);
		list_add_tail(&d->later, taken);
		if (me_take(hold, me, d, &drop) == LNET_DROPPED)
			lnet_delivery_mark_dropped(d, drop);
	}
}

/**
 * lnet_match_attach() - give an ME its MD
 * @md: complete; @me_cookie says which ME; published on success
 *
 * Messages that waited for it are received before this returns, or the handler
 * that it is called in.
 *
 * Context: task.
 * Return: 0; -ENOENT: no such ME; -EBUSY: it has an MD.
 */
int lnet_match_attach(struct lnet_libmd *md)
{
	u64 cookie = md->me_cookie;
	struct lnet_hold hold;
	unsigned int crowd = 0;
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
		crowd = me_add_hashed(&hold, me);
	if (hold.portal && hold.pt->delayed_msgs)
		me_take_delayed(&hold, me, &taken);
	lnet_match_unlock(&hold);				/* F */
	match_global_end(global);

	lnet_window(LNET_WINDOW_ATTACH_RESUME);
	if (unlikely(crowd))
		lnet_me_table_grow(hold.pt, crowd);
	if (unlikely(!list_empty(&taken)))
		lnet_run_resume(&taken, true);
	return 0;
}

/*
 * Hold the ME that an MD is attached to. RCU read section.
 *
 * L: an MD becomes a zombie before the ME it is attached to is freed. So when
 * the state was read there was an ME, and md->me, read later, is that one or
 * that of a later life, attached since: the memory of either is good until the
 * end of the read section. Whether it is ours its cookie says, and under the
 * lock md->cookie. An MD that has been bound since has no ME: its me_cookie 0 may
 * be seen with the old cookie, and an ME that has gone has that, too. Pairs with
 * lnet_md_publish() and the steps of the state.
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

	/* Among very many all this is in no cache: fetch it at once. */
	prefetchw(me);
	lnet_me_hash_prefetch(lnet_portal(READ_ONCE(md->portal)),
			      READ_ONCE(md->hash));
	prefetch(&md->umd);
	prefetchw(&md->turn);
	return hold_found_me(me, me_cookie, hold);
}

/**
 * lnet_match_detach() - take an MD from its ME and make it a zombie
 * @cookie: of the MD
 * @idle: no operation holds it: the caller retires it
 *
 * The ME goes too if it was to be unlinked with its MD.
 *
 * Context: any.
 * Return: the MD; the caller's if idle. NULL: it is attached to no ME, or not
 * any more.
 */
struct lnet_libmd *lnet_match_detach(u64 cookie, bool *idle)
{
	struct lnet_libmd *md;
	struct lnet_hold hold;
	struct lnet_me *me;
	bool claimed;

	rcu_read_lock();
	md = lnet_handle_find(cookie, LNET_HANDLE_MD);
	me = md ? hold_me_of(md, cookie, &hold) : NULL;
	rcu_read_unlock();
	if (!me)
		return NULL;

	/* As long as it is attached, under this lock, it is one MD. */
	claimed = me->md == md && md->cookie == cookie &&
		  lnet_md_claim(md, idle);
	if (claimed)
		me_detach(&hold, me);
	lnet_match_unlock(&hold);
	return claimed ? md : NULL;
}
