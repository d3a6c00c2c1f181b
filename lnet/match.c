// SPDX-License-Identifier: GPL-2.0
/*
 * Matching: from a message to the first ME in its portal's order that wants it
 * and has an active MD.
 *
 * Two ways, and the rule that joins them. A portal whose MEs are all in the
 * hash, and where no message waits, is matched under the lock of one bucket.
 * As soon as there is a list or a delayed queue (pt->ordered is not 0) the
 * portal's lock is taken first, the bucket's inside it, and the answer is the
 * earlier, in order, of the bucket's candidate and the list's.
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
#include "match.h"
#include "compat.h"
#include "handle.h"
#include "lnet.h"
#include "md_state.h"
#include "me_hash.h"
#include "msg.h"
#include "window.h"

#include <linux/rcupdate.h>

/* Holding an ME ------------------------------------------------------------ */

/* What is held depends on what is found, which sparse cannot follow. */
static void lock_portal(struct lnet_hold *hold, struct lnet_portal *pt)
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
	lock_portal(hold, lnet_portal(READ_ONCE(me->portal)));
	/* Neither to nor from the list while the portal is locked. */
	if (!READ_ONCE(me->listed))
		hold->bucket = lnet_hash_lock(hold->pt, READ_ONCE(me->hash));
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
lock_found(struct lnet_me *me, u64 cookie, struct lnet_hold *hold)
{
	if (!me || READ_ONCE(me->cookie) != cookie)
		return NULL;
	lnet_smp_rmb();	/* K: the fields of this life; pairs with publish:J */

	if (READ_ONCE(me->listed))
		return lnet_match_lock_ordered(cookie, hold);
	hold->pt = lnet_portal(READ_ONCE(me->portal));
	hold->portal = false;
	lnet_window(LNET_WINDOW_ME_FOUND);
	hold->bucket = lnet_hash_lock(hold->pt, READ_ONCE(me->hash));
	/*
	 * H: what said which lock was its own, if the cookie is still right.
	 * Needs no barrier: the lock's address came from there.
	 */
	if (hold->bucket && READ_ONCE(me->cookie) == cookie && !me->listed)
		return me;
	lnet_match_unlock(hold);
	/* Gone, or moved to the list meanwhile: the portal's lock tells. */
	return lnet_match_lock_ordered(cookie, hold);
}

static __always_inline struct lnet_me *lock_me(u64 cookie,
					       struct lnet_hold *hold)
{
	struct lnet_me *me;

	rcu_read_lock();
	me = lock_found(lnet_handle_find(cookie, LNET_HANDLE_ME), cookie, hold);
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
	return lock_me(cookie, hold);
}

/**
 * lnet_match_unlock() - let go of an ME
 * @hold: from lnet_match_lock()
 */
void lnet_match_unlock(struct lnet_hold *hold)
{
	if (hold->bucket)
		lnet_bucket_unlock(hold->bucket);
	if (hold->portal) {
		__acquire(&hold->pt->lock);
		spin_unlock(&hold->pt->lock);
	}
}

static __always_inline void remove_me(struct lnet_hold *hold,
				      struct lnet_me *me)
{
	struct lnet_cpu *c = lnet_cpu();	/* a lock is held */

	/*
	 * G: the cookie goes first, and @listed stays: who takes another lock
	 * than ours, by what the next life of this memory says, must not find
	 * our cookie under it. Pairs with lnet_match_lock:H.
	 */
	WRITE_ONCE(me->cookie, 0);
	lnet_smp_wmb();	/* G */
	lnet_window(LNET_WINDOW_ME_DYING);
	if (me->listed)
		lnet_list_remove(hold->pt, me);
	else if (me->hashed)
		lnet_hash_remove(hold->bucket, me);
	if (me->unique)
		c->stats.portal[me->portal].unique_posted--;
	lnet_me_free(c, me);
}

/**
 * lnet_match_remove() - end an ME
 * @hold: how it is held; the locks stay
 * @me: not to be used any more on return
 */
void lnet_match_remove(struct lnet_hold *hold, struct lnet_me *me)
{
	remove_me(hold, me);
}

/* One ME ------------------------------------------------------------------- */

static __always_inline bool wants(const struct lnet_me *me, const struct lnet_msg *msg)
{
	const struct lnet_event *ev = &msg->d.ev;
	const struct lnet_libmd *md = me->md;
	unsigned int op = msg->type == LNET_MSG_GET ? LNET_MD_OP_GET :
						      LNET_MD_OP_PUT;

	return !((me->match_bits ^ ev->match_bits) & ~me->ignore_bits) &&
	       (me->nid == LNET_NID_ANY || me->nid == ev->initiator.nid) &&
	       (me->pid == LNET_PID_ANY || me->pid == ev->initiator.pid) &&
	       md && (md->umd.options & op) && lnet_md_active(md);
}

/* Where in its MD a message goes, and how much of it. */
static __always_inline bool fit(const struct lnet_libmd *md,
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

/* @me wants @msg: it gets it, or nobody does. */
static enum lnet_verdict take(struct lnet_hold *hold, struct lnet_me *me,
			      struct lnet_msg *msg, enum lnet_portal_drop *drop)
{
	struct lnet_event *ev = &msg->d.ev;
	struct lnet_libmd *md = me->md;

	if (!fit(md, ev, msg->roffset, drop))
		return LNET_DROPPED;

	switch (lnet_md_begin_match(md, ev->offset + ev->mlength, ev)) {
	case LNET_MD_MATCHED_LAST:
		me->md = NULL;
		if (me->unlink)
			remove_me(hold, me);
		fallthrough;
	case LNET_MD_MATCHED:
		msg->d.md = md;
		return LNET_MATCHED;
	default:
		*drop = LNET_DROP_MD_BUSY;
		return LNET_DROPPED;
	}
}

/* A portal ----------------------------------------------------------------- */

static __always_inline struct lnet_me *
find_hashed(struct lnet_bucket *b, u32 hash, const struct lnet_msg *msg)
{
	struct lnet_me *me = NULL;

	do {
		me = lnet_hash_next(b, hash, me);
	} while (me && !wants(me, msg));
	return me;
}

/* The first in the list that wants @msg and stands before @limit. */
static struct lnet_me *find_listed(struct lnet_portal *pt,
				   const struct lnet_msg *msg,
				   const struct lnet_me *limit)
{
	const struct lnet_event *ev = &msg->d.ev;
	struct lnet_list_pos pos = {};
	struct lnet_me *me;

	do {
		me = lnet_list_next(pt, &pos, ev->match_bits,
				    ev->initiator.nid,
				    limit ? &limit->order : NULL);
		if (me && limit && !lnet_order_before(&me->order,
						      &limit->order))
			return NULL;
	} while (me && !wants(me, msg));
	return me;
}

/* With the portal's lock: both places, and if need be the delayed queue. */
static enum lnet_verdict match_ordered(struct lnet_portal *pt,
				       struct lnet_msg *msg, u32 hash,
				       enum lnet_portal_drop *drop)
{
	bool may_delay = msg->type == LNET_MSG_PUT;
	enum lnet_verdict v = LNET_DROPPED;
	struct lnet_me *hashed = NULL, *me;
	struct lnet_hold hold;

	*drop = LNET_DROP_NO_MATCH;
	lock_portal(&hold, pt);
	may_delay = may_delay && pt->lazy;
	if (may_delay)
		WRITE_ONCE(pt->ordered, pt->ordered + 1);	/* A */

	lnet_window(LNET_WINDOW_MATCH_COUNTED);
	if (may_delay || !lnet_hash_empty(pt, hash))
		hold.bucket = lnet_hash_lock(pt, hash);		/* B */
	if (hold.bucket)
		hashed = find_hashed(hold.bucket, hash, msg);
	me = find_listed(pt, msg, hashed) ?: hashed;
	if (!me)
		lnet_window(LNET_WINDOW_MATCH_MISSED);
	if (me)
		v = take(&hold, me, msg, drop);
	else if (may_delay && !msg->delayed &&
		 lnet_portal_may_delay(pt, msg, drop))
		v = LNET_EAGER;
	else if (may_delay && msg->delayed && lnet_portal_delay(pt, msg, drop))
		v = LNET_DELAYED;				/* C */

	if (may_delay && v != LNET_DELAYED)
		WRITE_ONCE(pt->ordered, pt->ordered - 1);
	lnet_match_unlock(&hold);
	return v;
}

static __always_inline enum lnet_verdict
match(struct lnet_portal *pt, struct lnet_msg *msg, enum lnet_portal_drop *drop)
{
	const struct lnet_event *ev = &msg->d.ev;
	struct lnet_hold hold = { .pt = pt };
	enum lnet_verdict v;
	struct lnet_me *me;
	u32 hash;

	hash = lnet_me_hash(ev->initiator.nid, ev->initiator.pid,
			    ev->match_bits);
	/* Without the lock it tells only where it pays to look first. */
	if (READ_ONCE(pt->ordered))
		return match_ordered(pt, msg, hash, drop);
	lnet_window(LNET_WINDOW_MATCH_LOOKED);
	hold.bucket = lnet_hash_lock(pt, hash);
	if (unlikely(!hold.bucket))
		return match_ordered(pt, msg, hash, drop);

	me = READ_ONCE(pt->ordered) ? NULL : find_hashed(hold.bucket, hash, msg);
	if (unlikely(!me)) {
		lnet_bucket_unlock(hold.bucket);
		return match_ordered(pt, msg, hash, drop);
	}
	v = take(&hold, me, msg, drop);
	lnet_bucket_unlock(hold.bucket);
	return v;
}

/**
 * lnet_match() - find the MD of a message, and begin its operation
 * @pt: the portal it is for
 * @msg: a PUT or GET; initiator, bits, @rlength and @roffset are set
 * @drop: why, if it is dropped
 *
 * Context: task; no lock held.
 * Return: enum lnet_verdict. LNET_EAGER: set the payload aside, set
 * msg->delayed, and call again.
 */
enum lnet_verdict lnet_match(struct lnet_portal *pt, struct lnet_msg *msg,
			     enum lnet_portal_drop *drop)
{
	bool global = lnet_global_begin();
	enum lnet_verdict v;

	v = match(pt, msg, drop);
	lnet_global_end(global);
	return v;
}

/* MDs ---------------------------------------------------------------------- */

/* Messages that wait and that @me, which has just got an MD, wants. */
static void take_delayed(struct lnet_hold *hold, struct lnet_me *me,
			 struct list_head *taken)
{
	struct lnet_portal *pt = hold->pt;
	struct lnet_libmd *md = me->md;
	enum lnet_portal_drop drop;
	struct lnet_msg *msg, *next;

	list_for_each_entry_safe(msg, next, &pt->delayed, queue) {
		if (!wants(me, msg))
			continue;
		lnet_portal_undelay(pt, msg);
		list_add_tail(&msg->queue, taken);
		if (take(hold, me, msg, &drop) == LNET_DROPPED)
			lnet_msg_mark_dropped(msg, drop);
		/* Then @me may have gone; the operation keeps the MD. */
		if (!lnet_md_active(md))
			break;
	}
}

/**
 * lnet_match_attach() - give an ME its MD
 * @md: complete; @me_cookie says which ME; published on success
 *
 * Messages that waited for it are received before this returns.
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

	global = lnet_global_begin();
	me = lock_me(cookie, &hold);				/* D */
	if (me)
		lnet_window(LNET_WINDOW_ATTACH_LOCKED);
	if (me && !hold.portal && READ_ONCE(hold.pt->ordered)) {	/* E */
		lnet_match_unlock(&hold);
		me = lnet_match_lock_ordered(cookie, &hold);
	}
	if (!me) {
		lnet_global_end(global);
		return -ENOENT;
	}
	if (me->md) {
		lnet_match_unlock(&hold);
		lnet_global_end(global);
		return -EBUSY;
	}

	WRITE_ONCE(md->me, me);
	WRITE_ONCE(md->hash, me->hash);
	WRITE_ONCE(md->portal, me->portal);
	lnet_md_publish(md);
	lnet_window(LNET_WINDOW_ATTACH_LIVE);
	me->md = md;
	if (!me->listed && !me->hashed)
		crowd = lnet_hash_insert(hold.pt, hold.bucket, me);
	if (hold.portal && !list_empty(&hold.pt->delayed))
		take_delayed(&hold, me, &taken);
	lnet_match_unlock(&hold);				/* F */
	lnet_global_end(global);

	lnet_window(LNET_WINDOW_ATTACH_RESUME);
	if (unlikely(crowd))
		lnet_hash_grow(hold.pt, crowd);
	if (unlikely(!list_empty(&taken)))
		lnet_msg_resume(&taken, true);
	return 0;
}

/*
 * Hold the ME that an MD is attached to. RCU read section.
 *
 * L: an MD becomes a zombie before the ME it is attached to is freed. So when
 * the state was read there was an ME, and md->me, read later, is that one or
 * that of a later life, attached since: the memory of either is good until the
 * end of the read section. Whether it is ours its cookie says, and under the
 * lock md->cookie. Pairs with lnet_md_publish() and the steps of the state.
 */
static struct lnet_me *lock_me_of(struct lnet_libmd *md, u64 cookie,
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
	if (READ_ONCE(md->cookie) != cookie)
		return NULL;

	/* Among very many all this is in no cache: fetch it at once. */
	prefetch(me);
	prefetchw(&me->md);
	lnet_hash_prefetch(lnet_portal(READ_ONCE(md->portal)),
			   READ_ONCE(md->hash));
	prefetch(&md->umd);
	prefetchw(&md->turn);
	return lock_found(me, me_cookie, hold);
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
	me = md ? lock_me_of(md, cookie, &hold) : NULL;
	rcu_read_unlock();
	if (!me)
		return NULL;

	/* As long as it is attached, under this lock, it is one MD. */
	claimed = me->md == md && md->cookie == cookie &&
		  lnet_md_claim(md, idle);
	if (claimed) {
		me->md = NULL;
		if (me->unlink)
			lnet_match_remove(&hold, me);
	}
	lnet_match_unlock(&hold);
	return claimed ? md : NULL;
}
