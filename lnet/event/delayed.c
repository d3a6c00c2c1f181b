// SPDX-License-Identifier: GPL-2.0
/*
 * The delayed queue of a lazy portal: PUTs that came before the ME they are for.
 *
 * Only messages whose payload the LND has set aside enter it, so a message that
 * waits holds up nobody else's. It leaves when LNetMDAttach() posts what it wants
 * (match.c), when the portal stops being lazy, with its NI, or when it is too old.
 * An NI is known here by its users only: lnet_wait.via.
 *
 * Each message stands in three lists, in the order of arrival in each: of all, of
 * those from its source with its bits, and of those with its bits from anybody.
 * The latter two are found by hash, with a secret, as peers choose the bits. So an
 * ME that ignores no bits finds those that it wants without looking at others,
 * however many others wait; one that ignores some walks the whole queue.
 *
 * The queue is bounded, by messages and by bytes, and so is what one peer has of
 * it: who sends what nobody wants leaves room for others. A peer is a NID. This
 * node is none: what it sends to itself by 0@lo is in nobody else's hands. Bytes
 * are those that have come, or whose memory the driver has had as more of them came:
 * what is announced must fit, and takes no room before.
 *
 * The queue is made when the first message of a portal waits, and stays.
 */
#include "event/delayed.h"
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
#include "lnet.h"

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
	BATCH		= 64,		/* dropped under one hold of the lock */
	LOOK_MS		= 1000,		/* how often somebody looks for old ones */
	AGE_MAX_S	= 7 * 24 * 3600,
};

static_assert((u64)AGE_MAX_S * HZ < U32_MAX / 2);

/* P: the portal's lock */
struct lnet_delayed_peer {
	struct hlist_node link;		/* P: */
	lnet_nid_t nid;			/* I: */
	unsigned int msgs;		/* P: that wait; never 0 */
	unsigned long bytes;		/* P: of their payload, what was charged */
};

struct lnet_delayed {
	struct list_head all;			/* P: */
	struct list_head by_key[BUCKETS];	/* P: by source and bits */
	struct list_head by_bits[BUCKETS];	/* P: */
	struct hlist_head peers[BUCKETS];	/* P: of whom something waits */
};

static siphash_key_t secret __read_mostly;	/* I: */
static struct delayed_work look_work;		/* see delayed_sweep() */

/* Parameters --------------------------------------------------------------- */

static unsigned int lazy_max_msgs = 8192;
module_param(lazy_max_msgs, uint, 0644);
MODULE_PARM_DESC(lazy_max_msgs, "PUTs that may wait on one lazy portal (default 8192)");

static unsigned long lazy_max_bytes = 64UL << 20;
module_param(lazy_max_bytes, ulong, 0644);
MODULE_PARM_DESC(lazy_max_bytes, "Payload of PUTs that may wait on one lazy portal, bytes (default 64 MiB)");

/* A number within bounds. @now is the first, for param_get_uint(). */
struct bounded {
	unsigned int now;
	unsigned int least, most;	/* I: */
};

static int delayed_set_bound(const char *val, const struct kernel_param *kp)
{
	struct bounded *b = kp->arg;
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < b->least || n > b->most) {
		pr_err(LNET_NAME ": %s=%s: must be %u to %u\n", kp->name, val,
		       b->least, b->most);
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
MODULE_PARM_DESC(lazy_peer_share, "Most of a lazy portal's places and bytes that one peer may have, percent, 1 to 100 (default 50)");

/* Three times as long as Lustre waits for an answer (obd_timeout). */
static struct bounded lazy_max_age_s = { 300, 0, AGE_MAX_S };
module_param_cb(lazy_max_age_s, &bounded_ops, &lazy_max_age_s, 0644);
MODULE_PARM_DESC(lazy_max_age_s, "How long a PUT may wait on a lazy portal, seconds, up to 604800; 0: for ever (default 300)");

/* Places ------------------------------------------------------------------- */

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

/* A peer of whom something waits, or NULL. */
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

/* In and out --------------------------------------------------------------- */

/* One that waits, or is about to. */
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

/* Of whom nothing waits one message may, of any size. */
static bool delayed_in_share(const struct lnet_delayed_peer *peer, u32 bytes)
{
	return !peer || (peer->msgs < delayed_share(READ_ONCE(lazy_max_msgs)) &&
			 delayed_bytes_in_share(peer, bytes));
}

/**
 * lnet_delayed_has_room() - may a message wait?
 * @pt: a lazy portal, locked
 * @d: of the message that would wait
 * @drop: why not, if it may not
 *
 * Return: false if the queue is at its bound, or the message's sender has its
 * share of it.
 */
bool lnet_delayed_has_room(struct lnet_portal *pt, const struct lnet_delivery *d,
			   enum lnet_portal_drop *drop)
{
	const struct lnet_event *ev = &d->ev;

	lockdep_assert_held(&pt->lock);
	*drop = LNET_DROP_DELAY_FULL;
	if (pt->delayed_msgs >= READ_ONCE(lazy_max_msgs) ||
	    !delayed_bytes_fit(pt, ev->rlength))
		return false;
	*drop = LNET_DROP_DELAY_SHARE;
	return delayed_in_share(delayed_peer_find(pt->delayed, ev->initiator.nid), ev->rlength);
}

static void delayed_sweep_later(void)
{
	queue_delayed_work(lnet_wq, &look_work, msecs_to_jiffies(LOOK_MS));
}

/**
 * lnet_delayed_add() - have a message wait
 * @pt: a lazy portal, locked; its @ordered counts the message already
 * @d: in a struct lnet_waiting whose @via and @bytes are set; the portal's on
 *	success
 * @drop: why not, if it is not
 *
 * Return: false if lnet_delayed_has_room() says so, or there is no memory, or
 * what it came by is going: who shuts the users of that has the portal's lock
 * after them, and purges, or had it before us, and they are seen shut.
 */
bool lnet_delayed_add(struct lnet_portal *pt, struct lnet_delivery *d,
		      enum lnet_portal_drop *drop)
{
	struct lnet_wait *wait = delayed_wait(d);
	struct lnet_delayed_peer *peer = NULL;
	const struct lnet_event *ev = &d->ev;
	lnet_nid_t nid = ev->initiator.nid;
	unsigned int i;

	*drop = LNET_DROP_SHUTDOWN;
	if (lnet_users_are_shut(wait->via))
		return false;
	if (!lnet_delayed_has_room(pt, d, drop))
		return false;

	*drop = LNET_DROP_DELAY_FAILED;
	if (!pt->delayed)
		pt->delayed = delayed_new();
	if (!pt->delayed)
		return false;
	if (delayed_is_peer(nid)) {
		peer = delayed_peer_find(pt->delayed, nid) ?: delayed_peer_new(pt->delayed, nid);
		if (!peer)
			return false;
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
 * @pt: its portal, locked
 * @d: the caller's on return, who has the run go on with it
 */
void lnet_delayed_remove(struct lnet_portal *pt, struct lnet_delivery *d)
{
	struct lnet_wait *wait = delayed_wait(d);
	unsigned int i;

	lockdep_assert_held(&pt->lock);
	for (i = 0; i < LNET_WAIT_NR; i++)
		list_del(&wait->in[i]);
	if (wait->peer)
		delayed_peer_leave(wait->peer, wait->bytes);
	lnet_count(pt->delayed_msgs, -1);
	lnet_count(pt->delayed_bytes, -(s64)wait->bytes);
	lnet_count(pt->ordered, -1);
	/* Until lnet_delivery_go_on() has called the LND. */
	lnet_users_add(lnet_cpu(), wait->via);
	wait->via = NULL;
}

/**
 * lnet_delayed_leave() - take a message out of the queue, if it waits
 * @pt: its portal
 * @d: that of a message that has been in the queue, and is not freed meanwhile
 *
 * Context: task; does not sleep.
 * Return: true: it is the caller's; false: somebody else's, who has taken it out.
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

/* Whose only message it is has room as when nothing of its waited. */
static bool delayed_may_grow(const struct lnet_portal *pt, const struct lnet_delayed_peer *peer,
			     u32 bytes, enum lnet_portal_drop *drop)
{
	*drop = LNET_DROP_DELAY_FULL;
	if (!delayed_bytes_fit(pt, bytes))
		return false;
	*drop = LNET_DROP_DELAY_SHARE;
	return !peer || peer->msgs == 1 || delayed_bytes_in_share(peer, bytes);
}

/**
 * lnet_delayed_charge() - more of a message's payload comes
 * @pt: its portal
 * @d: as for lnet_delayed_leave()
 * @bytes: how much more
 * @drop: why not, if it may not
 *
 * One that waits no more takes no room here.
 *
 * Context: task; does not sleep.
 * Return: false: there is no room, and it is out of the queue, and the caller's.
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

/* Looking for one ---------------------------------------------------------- */

static struct lnet_delivery *delayed_at(struct list_head *link,
					enum lnet_wait_order order)
{
	return &container_of(link - order, struct lnet_waiting, wait.in[0])->d;
}

static enum lnet_wait_order delayed_order(const struct lnet_me *me)
{
	if (me->ignore_bits)
		return LNET_WAIT_ALL;
	return me->nid == LNET_NID_ANY ? LNET_WAIT_BITS : LNET_WAIT_KEY;
}

/**
 * lnet_delayed_begin() - begin to look for what an ME wants
 * @walk: to be filled
 * @pt: its portal, locked, on which something waits
 * @me: the ME
 *
 * All that @me wants is among what lnet_delayed_next() returns, oldest first; and
 * others, which the caller leaves where they are.
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
 * lnet_delayed_next() - the next one
 * @walk: from lnet_delayed_begin(); the portal has been locked since
 *
 * Return: that of a message that waits, and may be taken out of the queue; or NULL.
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

/*
 * Take out up to @most, oldest first: of all, or of what came by @via; or, with
 * LNET_DROP_DELAY_AGED, of what is too old.
 */
static unsigned int delayed_take_out(struct lnet_portal *pt, const struct lnet_users *via,
				     enum lnet_portal_drop why, unsigned int most,
				     struct list_head *gone)
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
		if (via && delayed_wait(d)->via != via)
			continue;
		lnet_delayed_remove(pt, d);
		lnet_delivery_mark_dropped(d, why);
		list_add_tail(&d->later, gone);
		n++;
	}
	return n;
}

/* Returns how many: fewer than @most, if there is no more. */
static unsigned int delayed_drop_some(struct lnet_portal *pt, const struct lnet_users *via,
				      enum lnet_portal_drop why, unsigned int most,
				      bool may_sleep)
{
	LIST_HEAD(gone);
	unsigned int n;

	spin_lock(&pt->lock);
	n = delayed_take_out(pt, via, why, most, &gone);
	spin_unlock(&pt->lock);
	if (n) {
		lnet_window(LNET_WINDOW_PORTAL_RESUME);
		lnet_run_resume(&gone, may_sleep);
	}
	return n;
}

/**
 * lnet_delayed_drop() - drop what waits on a portal
 * @pt: the portal, which is not lazy any more, or nothing comes by @via
 * @via: only what came by what these use; NULL: all
 * @why: counted
 *
 * What comes while it drops, as the portal is lazy again, is not its business. Of an
 * NI nothing comes: who has the lock after us finds it closing.
 *
 * Context: task; may sleep if there is a @via.
 */
void lnet_delayed_drop(struct lnet_portal *pt, struct lnet_users *via,
		       enum lnet_portal_drop why)
{
	unsigned int left = via ? UINT_MAX : READ_ONCE(pt->delayed_msgs);
	unsigned int n, most;

	do {
		most = min_t(unsigned int, left, BATCH);
		n = delayed_drop_some(pt, via, why, most, via);
		left -= n;
	} while (left && n == most);
}

/*
 * Somebody looks once in a while, as long as anything waits: also where nothing
 * grows too old, as that may be changed meanwhile. Who adds a message raises
 * @delayed_msgs and then has the work queued: if it was queued already it begins
 * after that, and sees it.
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
		while (delayed_drop_some(pt, NULL, LNET_DROP_DELAY_AGED, BATCH, true) == BATCH)
			cond_resched();
		any |= READ_ONCE(pt->delayed_msgs);
	}
	if (any)
		delayed_sweep_later();
}

/* Life --------------------------------------------------------------------- */

/**
 * lnet_delayed_init() - before anything waits
 */
void lnet_delayed_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
	INIT_DELAYED_WORK(&look_work, delayed_sweep);
}

/**
 * lnet_delayed_exit() - free the queues; nothing waits, and nothing will
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
