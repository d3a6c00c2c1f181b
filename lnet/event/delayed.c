// SPDX-License-Identifier: GPL-2.0
/*
 * The delayed queue of a lazy portal: PUTs that came before the ME they are for.
 *
 * A message enters only when its LND puts the payload aside (lnd_eager_recv), so it does not
 * block the messages behind it. It leaves when LNetMDAttach() gives an MD to an ME that wants it
 * (match.c), when the portal stops being lazy, when its NI goes down, when it is too old, or when
 * its payload finds no room or never comes (lnet_delayed_charge(), lnet_delayed_leave()). The queue
 * knows an NI only by its users: lnet_wait.via.
 *
 * Each message is in three lists, each in the order of arrival: of all messages, of those with
 * its source and match bits, and of those with its match bits. The latter two are hashed with a
 * secret, because peers choose the bits. So an ME that ignores no bits looks at one bucket,
 * however many messages wait; an ME that ignores some bits walks the whole queue. An ME for a peer
 * with several NIDs looks at the messages with its match bits, as one may have come from a NID that
 * was not known for the peer's then.
 *
 * The queue is bounded in messages and in bytes, and so is the share of each peer: a peer that
 * sends unwanted messages leaves room for others. A peer is a primary NID (alias.c); a message
 * belongs to the one that its peer had when it came. This node is not a peer: no other node
 * decides what it sends to itself by 0@lo. A message is charged for the bytes that
 * have come, or for which the driver has obtained memory as they came. The announced length
 * must fit as well, but is not charged in advance.
 *
 * The queue is allocated when the first message of a portal waits, and stays.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "event/delayed.h"
#include "event/alias.h"
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/me.h"
#include "event/portal.h"
#include "event/run.h"
#include "event/users.h"
#include "event/work.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "hooks/window.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>

enum {
	BUCKETS		= 512,
	BATCH		= 64,		/* messages dropped per hold of the lock */
	LOOKED_AT	= 1024,		/* messages looked at per hold of the lock */
	LOOK_MS		= 1000,		/* interval of the search for old messages */
	AGE_MAX_S	= 7 * 24 * 3600,
};

static_assert((u64)AGE_MAX_S * HZ < U32_MAX / 2);

/* P: under the portal's lock; I: immutable */
struct lnet_delayed_peer {
	struct hlist_node link;		/* P: */
	lnet_nid_t nid;			/* I: */
	unsigned int msgs;		/* P: waiting messages; never 0 */
	unsigned long bytes;		/* P: payload charged for them */
};

struct lnet_delayed {
	struct list_head all;			/* P: */
	struct list_head *cursor;		/* P: place in @all of a drop by NI; NULL: none */
	struct list_head by_key[BUCKETS];	/* P: by source and match bits */
	struct list_head by_bits[BUCKETS];	/* P: by match bits */
	struct hlist_head peers[BUCKETS];	/* P: with a message that waits */
};

static siphash_key_t secret __read_mostly;	/* I: hash key */
static struct delayed_work look_work;		/* runs delayed_sweep() */

/* Parameters --------------------------------------------------------------- */

static unsigned int lazy_max_msgs = 8192;
module_param(lazy_max_msgs, uint, 0644);
MODULE_PARM_DESC(lazy_max_msgs, "Number of PUTs that may wait on one lazy portal (default 8192)");

static unsigned long lazy_max_bytes = 64UL << 20;
module_param(lazy_max_bytes, ulong, 0644);
MODULE_PARM_DESC(lazy_max_bytes, "Payload of the PUTs that may wait on one lazy portal, in bytes (default 67108864)");

/* A parameter within bounds. @now is the first field because param_get_uint() reads it. */
struct bounded {
	unsigned int now;
	unsigned int least, most;	/* I: both inclusive */
};

static int delayed_set_bound(const char *val, const struct kernel_param *kp)
{
	struct bounded *b = kp->arg;
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < b->least || n > b->most) {
		pr_err("%s=%s is not in %u..%u\n", kp->name, val, b->least, b->most);
		return -EINVAL;
	}
	WRITE_ONCE(b->now, n);
	return 0;
}

static const struct kernel_param_ops bounded_ops = {
	.set = delayed_set_bound,
	.get = param_get_uint,
};

static struct bounded lazy_peer_share = { 50, 1, 100 };
module_param_cb(lazy_peer_share, &bounded_ops, &lazy_peer_share, 0644);
MODULE_PARM_DESC(lazy_peer_share, "Share of the places and bytes of a lazy portal that one peer may use, 1 to 100 percent (default 50)");

/* Three times as long as Lustre waits for an answer (obd_timeout). */
static struct bounded lazy_max_age_s = { 300, 0, AGE_MAX_S };
module_param_cb(lazy_max_age_s, &bounded_ops, &lazy_max_age_s, 0644);
MODULE_PARM_DESC(lazy_max_age_s, "Time limit for a PUT to wait on a lazy portal, up to 604800 seconds; 0: none (default 300)");

/* Lists and peers ---------------------------------------------------------- */

static struct list_head *delayed_list(struct lnet_delayed *d, enum lnet_wait_order order,
				      lnet_nid_t nid, u64 bits)
{
	switch (order) {
	case LNET_WAIT_KEY:
		return &d->by_key[siphash_2u64(nid, bits, &secret) % BUCKETS];
	case LNET_WAIT_BITS:
		return &d->by_bits[siphash_1u64(bits, &secret) % BUCKETS];
	default:
		return &d->all;
	}
}

static struct hlist_head *delayed_peers(struct lnet_delayed *d, lnet_nid_t nid)
{
	return &d->peers[siphash_1u64(nid, &secret) % BUCKETS];
}

static bool delayed_is_peer(lnet_nid_t nid)
{
	return nid != LNET_NID_LO_0;
}

/* The entry of a peer that has a message waiting, or NULL. */
static struct lnet_delayed_peer *delayed_peer_find(struct lnet_delayed *d, lnet_nid_t nid)
{
	struct lnet_delayed_peer *peer;

	if (!d || !delayed_is_peer(nid))
		return NULL;
	hlist_for_each_entry(peer, delayed_peers(d, nid), link)
		if (peer->nid == nid)
			return peer;
	return NULL;
}

static struct lnet_delayed_peer *delayed_peer_new(struct lnet_delayed *d, lnet_nid_t nid)
{
	struct lnet_delayed_peer *peer;

	peer = lnet_alloc(kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN));
	if (!peer)
		return NULL;
	peer->nid = nid;
	hlist_add_head(&peer->link, delayed_peers(d, nid));
	return peer;
}

static struct lnet_delayed *delayed_new(void)
{
	struct lnet_delayed *d;
	unsigned int i;

	d = lnet_alloc(kzalloc(sizeof(*d), GFP_ATOMIC | __GFP_NOWARN));
	if (!d)
		return NULL;
	INIT_LIST_HEAD(&d->all);
	for (i = 0; i < BUCKETS; i++) {
		INIT_LIST_HEAD(&d->by_key[i]);
		INIT_LIST_HEAD(&d->by_bits[i]);
		INIT_HLIST_HEAD(&d->peers[i]);
	}
	return d;
}

/*
 * The entry of a peer in the queue of a portal. The entry and the queue are made if they do not
 * exist. Returns NULL for this node itself, or ERR_PTR(-ENOMEM). The portal is locked.
 */
static struct lnet_delayed_peer *delayed_peer_obtain(struct lnet_portal *pt, lnet_nid_t nid)
{
	struct lnet_delayed_peer *peer;

	if (!pt->delayed)
		pt->delayed = delayed_new();
	if (!pt->delayed)
		return ERR_PTR(-ENOMEM);
	if (!delayed_is_peer(nid))
		return NULL;
	peer = delayed_peer_find(pt->delayed, nid);
	if (!peer)
		peer = delayed_peer_new(pt->delayed, nid);
	return peer ?: ERR_PTR(-ENOMEM);
}

/* In and out --------------------------------------------------------------- */

/* Valid for a message that waits, has waited or is about to wait. */
static struct lnet_wait *delayed_wait(struct lnet_delivery *d)
{
	return &container_of(d, struct lnet_waiting, d)->wait;
}

static unsigned long delayed_share(unsigned long most)
{
	return mult_frac(most, (unsigned long)READ_ONCE(lazy_peer_share.now), 100UL);
}

static bool delayed_bytes_fit(const struct lnet_portal *pt, u32 bytes)
{
	return pt->delayed_bytes + bytes <= READ_ONCE(lazy_max_bytes);
}

static bool delayed_bytes_in_share(const struct lnet_delayed_peer *peer, u32 bytes)
{
	return peer->bytes + bytes <= delayed_share(READ_ONCE(lazy_max_bytes));
}

/* A peer without a waiting message may add one message of any size. */
static bool delayed_in_share(const struct lnet_delayed_peer *peer, u32 bytes)
{
	return !peer || (peer->msgs < delayed_share(READ_ONCE(lazy_max_msgs)) &&
			 delayed_bytes_in_share(peer, bytes));
}

/**
 * lnet_delayed_has_room() - check whether a message may wait
 * @pt: the lazy portal, which is locked
 * @d: delivery of the message that would wait
 * @drop: set to the reason, if the message may not wait
 *
 * Context: the portal's lock is held.
 * Return: false if the queue is at its bound, or the message's sender has used up its share.
 */
bool lnet_delayed_has_room(struct lnet_portal *pt, const struct lnet_delivery *d,
			   enum lnet_portal_drop *drop)
{
	const struct lnet_event *ev = &d->ev;

	lockdep_assert_held(&pt->lock);
	if (pt->delayed_msgs >= READ_ONCE(lazy_max_msgs) ||
	    !delayed_bytes_fit(pt, ev->rlength)) {
		*drop = LNET_DROP_DELAY_FULL;
		return false;
	}
	if (!delayed_in_share(delayed_peer_find(pt->delayed, ev->initiator.nid), ev->rlength)) {
		*drop = LNET_DROP_DELAY_SHARE;
		return false;
	}
	return true;
}

static void delayed_sweep_later(void)
{
	queue_delayed_work(lnet_wq, &look_work, msecs_to_jiffies(LOOK_MS));
}

/**
 * lnet_delayed_add() - put a message into the queue
 * @pt: lazy portal, locked; its @ordered counts the message already
 * @d: delivery in a struct lnet_waiting whose @via and @bytes are set; the portal's on success
 * @drop: set to the reason, if the message is not queued
 *
 * No message stays behind when its NI goes down. lnet_ni_close() first shuts the users, @via, and
 * then takes the portal's lock to purge the queue. If it takes the lock
 *
 * - after this function, it finds the message and drops it;
 * - before, this function sees the users shut and refuses the message.
 *
 * Context: the portal's lock is held.
 * Return: true if the message is queued; false if lnet_delayed_has_room() refuses it, there is
 * no memory, or its NI is going down.
 */
bool lnet_delayed_add(struct lnet_portal *pt, struct lnet_delivery *d,
		      enum lnet_portal_drop *drop)
{
	struct lnet_wait *wait = delayed_wait(d);
	struct lnet_delayed_peer *peer;
	const struct lnet_event *ev = &d->ev;
	lnet_nid_t nid = ev->initiator.nid;
	unsigned int i;

	if (lnet_users_are_shut(wait->via)) {
		*drop = LNET_DROP_SHUTDOWN;
		return false;
	}
	if (!lnet_delayed_has_room(pt, d, drop))
		return false;
	peer = delayed_peer_obtain(pt, nid);
	if (IS_ERR(peer)) {
		*drop = LNET_DROP_DELAY_FAILED;
		return false;
	}

	if (peer) {
		peer->msgs++;
		peer->bytes += wait->bytes;
	}
	wait->peer = peer;
	wait->since = (u32)jiffies;
	for (i = 0; i < LNET_WAIT_NR; i++)
		list_add_tail(&wait->in[i],
			      delayed_list(pt->delayed, i, nid, ev->match_bits));
	lnet_count(pt->delayed_msgs, 1);
	lnet_count(pt->delayed_bytes, wait->bytes);
	lnet_count(lnet_cpu()->stats.portal[pt->index].delayed, 1);
	delayed_sweep_later();
	return true;
}

static void delayed_peer_leave(struct lnet_delayed_peer *peer, u32 bytes)
{
	peer->bytes -= bytes;
	if (--peer->msgs)
		return;
	hlist_del(&peer->link);
	kfree(peer);
}

/**
 * lnet_delayed_remove() - take a message out of the queue
 * @pt: portal of the message, locked
 * @d: delivery of the message; the caller's on return, to be passed to a run or dropped
 *
 * Context: the portal's lock is held.
 */
void lnet_delayed_remove(struct lnet_portal *pt, struct lnet_delivery *d)
{
	struct lnet_wait *wait = delayed_wait(d);
	unsigned int i;

	lockdep_assert_held(&pt->lock);
	if (pt->delayed->cursor == &wait->in[LNET_WAIT_ALL])
		pt->delayed->cursor = wait->in[LNET_WAIT_ALL].next;
	for (i = 0; i < LNET_WAIT_NR; i++)
		list_del(&wait->in[i]);
	if (wait->peer)
		delayed_peer_leave(wait->peer, wait->bytes);
	lnet_count(pt->delayed_msgs, -1);
	lnet_count(pt->delayed_bytes, -(s64)wait->bytes);
	lnet_count(pt->ordered, -1);
	/* Keeps the NI until lnet_delivery_go_on() has called the LND, or the caller drops @d. */
	lnet_users_add(lnet_cpu(), wait->via);
	wait->via = NULL;
}

/**
 * lnet_delayed_leave() - take a message out of the queue, if it still waits
 * @pt: the portal that the message is for, which is not locked
 * @d: delivery of a message that has entered the queue and is not freed during the call
 *
 * Context: task; does not sleep.
 * Return: true: the message is the caller's; false: another thread has taken it out and owns it.
 */
bool lnet_delayed_leave(struct lnet_portal *pt, struct lnet_delivery *d)
{
	bool waits;

	spin_lock(&pt->lock);
	waits = delayed_wait(d)->via;
	if (waits)
		lnet_delayed_remove(pt, d);
	spin_unlock(&pt->lock);
	return waits;
}

/*
 * The only waiting message of a peer may exceed the peer's share: delayed_in_share() accepts it
 * at any size.
 */
static bool delayed_may_grow(const struct lnet_portal *pt, const struct lnet_delayed_peer *peer,
			     u32 bytes, enum lnet_portal_drop *drop)
{
	if (!delayed_bytes_fit(pt, bytes)) {
		*drop = LNET_DROP_DELAY_FULL;
		return false;
	}
	if (peer && peer->msgs > 1 && !delayed_bytes_in_share(peer, bytes)) {
		*drop = LNET_DROP_DELAY_SHARE;
		return false;
	}
	return true;
}

/**
 * lnet_delayed_charge() - charge a message for more of its payload
 * @pt: the portal that the message is for, which is not locked
 * @d: delivery of a message that has entered the queue and is not freed during the call
 * @bytes: length of the payload to charge in addition, in bytes
 * @drop: set to the reason, if there is no room
 *
 * A message that does not wait any more is not charged.
 *
 * Context: task; does not sleep.
 * Return: true if the payload may come; false if there is no room: the message has left the
 * queue and is the caller's.
 */
bool lnet_delayed_charge(struct lnet_portal *pt, struct lnet_delivery *d, u32 bytes,
			 enum lnet_portal_drop *drop)
{
	struct lnet_wait *wait = delayed_wait(d);
	bool stays = true;

	spin_lock(&pt->lock);
	if (wait->via) {
		stays = delayed_may_grow(pt, wait->peer, bytes, drop);
		if (!stays) {
			lnet_delayed_remove(pt, d);
		} else {
			wait->bytes += bytes;
			if (wait->peer)
				wait->peer->bytes += bytes;
			lnet_count(pt->delayed_bytes, bytes);
		}
	}
	spin_unlock(&pt->lock);
	return stays;
}

/* Looking for messages ----------------------------------------------------- */

static struct lnet_delivery *delayed_at(struct list_head *link,
					enum lnet_wait_order order)
{
	return &container_of(link - order, struct lnet_waiting, wait.in[0])->d;
}

static enum lnet_wait_order delayed_order(const struct lnet_me *me)
{
	if (me->ignore_bits)
		return LNET_WAIT_ALL;
	if (me->nid == LNET_NID_ANY || lnet_alias_at(me->nid, 0) != LNET_NID_ANY)
		return LNET_WAIT_BITS;
	return LNET_WAIT_KEY;
}

/**
 * lnet_delayed_begin() - begin a search for the messages that an ME wants
 * @walk: state of the search, filled here
 * @pt: portal of the ME, locked, on which at least one message waits
 * @me: the ME that wants messages
 *
 * lnet_delayed_next() returns every message that @me wants, oldest first. It returns others as
 * well, which the caller skips.
 *
 * Context: the portal's lock is held.
 */
void lnet_delayed_begin(struct lnet_delayed_walk *walk, struct lnet_portal *pt,
			const struct lnet_me *me)
{
	lockdep_assert_held(&pt->lock);
	walk->order = delayed_order(me);
	walk->end = delayed_list(pt->delayed, walk->order, me->nid, me->match_bits);
	walk->next = walk->end->next;
}

/**
 * lnet_delayed_next() - return the next message of a search
 * @walk: from lnet_delayed_begin(); the portal has been locked since
 *
 * Context: the portal's lock is held.
 * Return: the delivery of a waiting message, which the caller may take out of the queue; or NULL.
 */
struct lnet_delivery *lnet_delayed_next(struct lnet_delayed_walk *walk)
{
	struct list_head *at = walk->next;

	if (at == walk->end)
		return NULL;
	walk->next = at->next;
	lnet_watch_compare(1);
	return delayed_at(at, walk->order);
}

/* Dropping ----------------------------------------------------------------- */

static bool delayed_is_old(struct lnet_delivery *d)
{
	u32 age = READ_ONCE(lazy_max_age_s.now) * HZ;

	return age && (u32)jiffies - delayed_wait(d)->since >= age;
}

static void delayed_take_out(struct lnet_portal *pt, struct lnet_delivery *d,
			     enum lnet_portal_drop why, struct list_head *removed)
{
	lnet_delayed_remove(pt, d);
	lnet_delivery_mark_dropped(d, why);
	list_add_tail(&d->later, removed);
}

/*
 * Take up to @most messages out of the queue, oldest first, mark them dropped and add them to
 * @removed; with LNET_DROP_DELAY_AGED only those that are too old.
 */
static unsigned int delayed_take_oldest(struct lnet_portal *pt, enum lnet_portal_drop why,
					unsigned int most, struct list_head *removed)
{
	struct list_head *at, *next;
	struct lnet_delivery *d;
	unsigned int n = 0;

	lockdep_assert_held(&pt->lock);
	if (!pt->delayed_msgs)
		return 0;
	list_for_each_safe(at, next, &pt->delayed->all) {
		d = delayed_at(at, LNET_WAIT_ALL);
		if (n == most || (why == LNET_DROP_DELAY_AGED && !delayed_is_old(d)))
			break;
		delayed_take_out(pt, d, why, removed);
		n++;
	}
	return n;
}

/* Returns how many messages were dropped. Fewer than @most means that no more are left. */
static unsigned int delayed_drop_oldest(struct lnet_portal *pt, enum lnet_portal_drop why,
					unsigned int most, bool may_sleep)
{
	LIST_HEAD(removed);
	unsigned int n;

	spin_lock(&pt->lock);
	n = delayed_take_oldest(pt, why, most, &removed);
	spin_unlock(&pt->lock);
	if (n) {
		lnet_window(LNET_WINDOW_PORTAL_RESUME);
		lnet_run_resume(&removed, may_sleep);
	}
	return n;
}

/**
 * lnet_delayed_drop() - drop the messages that wait on a portal
 * @pt: portal that is not lazy any more
 * @why: reason under which the drops are counted
 *
 * The portal may become lazy again meanwhile. So no more messages are dropped than waited at the
 * beginning.
 *
 * Context: task; does not sleep.
 */
void lnet_delayed_drop(struct lnet_portal *pt, enum lnet_portal_drop why)
{
	unsigned int left = READ_ONCE(pt->delayed_msgs);
	unsigned int n, most;

	do {
		most = min_t(unsigned int, left, BATCH);
		n = delayed_drop_oldest(pt, why, most, false);
		left -= n;
	} while (left && n == most);
}

/*
 * From the cursor on, move messages that came by @via to @removed, and the cursor on. Of those
 * behind it, *@left may have come by @via. The others stay; lnet_delayed_remove() moves the cursor
 * on if it takes out the message there.
 */
static void delayed_take_some_by(struct lnet_portal *pt, const struct lnet_users *via,
				 enum lnet_portal_drop why, unsigned int *left,
				 struct list_head *removed)
{
	struct lnet_delayed *q = pt->delayed;
	unsigned int looked_at, n = 0;
	struct lnet_delivery *d;

	lockdep_assert_held(&pt->lock);
	for (looked_at = 0; *left && n < BATCH && looked_at < LOOKED_AT; looked_at++) {
		if (q->cursor == &q->all) {
			*left = 0;
			break;
		}
		d = delayed_at(q->cursor, LNET_WAIT_ALL);
		q->cursor = q->cursor->next;
		--*left;
		if (delayed_wait(d)->via != via)
			continue;
		delayed_take_out(pt, d, why, removed);
		n++;
	}
	if (!*left)
		q->cursor = NULL;
}

/**
 * lnet_delayed_drop_by() - drop the messages that wait on a portal and came by one NI
 * @pt: portal on which no more messages arrive by @via: lnet_delayed_add() sees the users shut
 * @via: users of the NI; they stay until all messages are dropped
 * @why: reason under which the drops are counted
 *
 * Messages of other NIs may come and go meanwhile; those that come are behind all of @via.
 *
 * Context: task; may sleep; one thread at a time (lnet_init_mutex).
 */
void lnet_delayed_drop_by(struct lnet_portal *pt, const struct lnet_users *via,
			  enum lnet_portal_drop why)
{
	unsigned int left;
	LIST_HEAD(removed);

	spin_lock(&pt->lock);
	left = pt->delayed_msgs;
	if (left)
		pt->delayed->cursor = pt->delayed->all.next;
	while (left) {
		delayed_take_some_by(pt, via, why, &left, &removed);
		spin_unlock(&pt->lock);
		if (!list_empty(&removed)) {
			lnet_window(LNET_WINDOW_PORTAL_RESUME);
			lnet_run_resume(&removed, true);
		}
		cond_resched();
		spin_lock(&pt->lock);
	}
	spin_unlock(&pt->lock);
}

/*
 * Runs every LOOK_MS as long as any message waits, even if no message can grow too old, because
 * the age limit may be changed meanwhile. It misses no message: lnet_delayed_add() raises
 * @delayed_msgs and then queues the work. If the work was queued already, it begins after that
 * and sees the new count.
 */
static void delayed_sweep(struct work_struct *work)
{
	struct lnet_portal *pt;
	bool any = false;
	unsigned int i;

	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		pt = lnet_portal(i);
		if (!READ_ONCE(pt->delayed_msgs))
			continue;
		while (delayed_drop_oldest(pt, LNET_DROP_DELAY_AGED, BATCH, true) == BATCH)
			cond_resched();
		any |= READ_ONCE(pt->delayed_msgs);
	}
	if (any)
		delayed_sweep_later();
}

/* Init and exit ------------------------------------------------------------ */

/**
 * lnet_delayed_init() - prepare the queues, before any message waits
 *
 * Context: while the module loads.
 */
void lnet_delayed_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
	INIT_DELAYED_WORK(&look_work, delayed_sweep);
}

/**
 * lnet_delayed_exit() - free the queues; no message waits, or will wait
 *
 * Context: task; may sleep.
 */
void lnet_delayed_exit(void)
{
	struct lnet_portal *pt;
	unsigned int i;

	cancel_delayed_work_sync(&look_work);
	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		pt = lnet_portal(i);
		kfree(pt->delayed);
		pt->delayed = NULL;
	}
}
