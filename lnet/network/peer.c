// SPDX-License-Identifier: GPL-2.0
/*
 * NIDs of other nodes: those that drivers know as peers, and those that clients and the operator
 * have named. Each is asked, once, which NIDs its node has (discovery); node.c judges the answers.
 *
 * When is a NID asked?
 *
 *	a driver has met it, in either direction	at once
 *	its node has started anew (lnet_lnd_connected())	at once, but once a second at most;
 *							what it said before is void
 *	it was asked in vain, and has connected since	at once
 *	its node has pushed a new list of its NIDs	at once, but see below
 *	a client or the operator wants to know	at once
 *	the answer of another NID has named it	at once, if we have dialled that one, or it is kept
 *
 * No message waits for any of this. What is pushed is not read: an answer comes from where we have
 * asked, and has the same list. So one place judges, and a push is only the word that there is
 * something new.
 *
 * What can a stranger make us do? One that connects to us makes us ask it once, on its own
 * connection, and the one NID that it names as its primary one; not 60 others that it may name.
 * That our question has a driver connect to that NID does not make it one that we have dialled.
 * No more than NAMED_MAX such NIDs wait to be asked, and nothing is left of them then. Each
 * push makes us ask once more, but not sooner than a second after the last time, and twice as
 * long each time that the answer was the same, up to GAP_MAX_S. An answer that is bad is not
 * asked for again. A list whose number is lower than before, from a node that has not started
 * anew, changes nothing.
 *
 * A node that discovers as we do gets ours: after its first answer, and whenever our NIDs change.
 *
 * Life. A NID is in the table while a driver knows it, the operator or a client keeps it there, or
 * it is to be asked; the table has a reference, and so has its queued work. P: peers_lock,
 * which any task may take; inside it only the locks of work queues and of large NIDs.
 */
#include "network/peer.h"
#include "event/large_nid.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "lnet.h"

#include <lnet/lnd.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

enum {
	PROBE_S		= 5,		/* between two questions by a path that does not work */
	GAP_MAX_S	= 64,		/* longest pause before an answer to a push is asked for */
	AT_ONCE		= 64,		/* NIDs that are asked at the same time */
	NAMED_MAX	= 1024,		/* NIDs that wait to be asked, and that no driver knows */
};

static const struct rhashtable_params by_nid_params = {
	.head_offset	= offsetof(struct lnet_peer, link),
	.key_offset	= offsetof(struct lnet_peer, nid),
	.key_len	= sizeof_field(struct lnet_peer, nid),
	.automatic_shrinking = true,
};

static bool disabled;			/* READ_ONCE to read */

static DEFINE_SPINLOCK(peers_lock);	/* P */
static struct rhashtable by_nid;	/* P to change */
static LIST_HEAD(peers);		/* P: all in the table */
static unsigned int peers_nr;		/* P: */
static unsigned int named_nr;		/* P: those with @named */
static bool may_ask;			/* P: LNet is up */
static u64 failures[LNET_PEER_FAILURE_NR];	/* P: READ_ONCE to read */
static DECLARE_WAIT_QUEUE_HEAD(asked);	/* woken when a state is not ASKING any more */
static struct workqueue_struct *discover_wq;	/* I: */
static work_func_t work_fn;		/* I: in discover.c */
static u32 our_seq;			/* READ_ONCE to read: number of our list of NIDs */

static void peer_fail_locked(enum lnet_peer_failure why)
{
	lockdep_assert_held(&peers_lock);
	lnet_count(failures[why], 1);
}

/**
 * lnet_peer_discovers() - tell whether this node asks others, and tells them of its NIDs
 *
 * Context: any.
 * Return: true if so.
 */
bool lnet_peer_discovers(void)
{
	return !READ_ONCE(disabled);
}
EXPORT_SYMBOL_GPL(lnet_peer_discovers);

/**
 * lnet_peer_our_seq() - return the number of our list of NIDs, which each change raises
 *
 * Context: any.
 * Return: the number.
 */
u32 lnet_peer_our_seq(void)
{
	return READ_ONCE(our_seq);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_our_seq);

/**
 * lnet_peer_raise_seq() - note that our list of NIDs is about to change
 *
 * Context: task; one call at a time.
 * Return: the new number, which lnet_peer_tell_all() is to follow.
 */
u32 lnet_peer_raise_seq(void)
{
	WRITE_ONCE(our_seq, our_seq + 1);
	return our_seq;
}

/* Coming and going --------------------------------------------------------- */

static struct lnet_peer *peer_find_locked(lnet_nid_t nid)
{
	lockdep_assert_held(&peers_lock);
	return rhashtable_lookup_fast(&by_nid, &nid, by_nid_params);
}

static struct lnet_peer *peer_make(lnet_nid_t nid)
{
	struct lnet_peer *p = lnet_alloc(kzalloc(sizeof(*p), GFP_ATOMIC | __GFP_NOWARN));

	if (!p)
		return NULL;
	p->nid = nid;
	p->gap_s = 1;
	p->asked_at = jiffies - GAP_MAX_S * HZ;
	p->life = 1;
	refcount_set(&p->refs, 1);
	INIT_DELAYED_WORK(&p->work, work_fn);
	return p;
}

static void peer_put(struct lnet_peer *p)
{
	if (!refcount_dec_and_test(&p->refs))
		return;
	lnet_nid_put(p->nid);
	kfree_rcu(p, rcu);
}

/* Put @p, which is new, into the table. Returns 0 or -ENOMEM. */
static int peer_insert_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&peers_lock);
	if (rhashtable_insert_fast(&by_nid, &p->link, by_nid_params))
		return -ENOMEM;
	lnet_nid_hold(p->nid);
	list_add_tail(&p->all, &peers);
	peers_nr++;
	return 0;
}

/* Find the peer with @nid, or make it. NULL: there is no memory, which has been counted. */
static struct lnet_peer *peer_obtain_locked(lnet_nid_t nid)
{
	struct lnet_peer *p = peer_find_locked(nid);

	if (p)
		return p;
	p = peer_make(nid);
	if (p && !peer_insert_locked(p))
		return p;
	kfree(p);
	peer_fail_locked(LNET_PEER_NO_MEMORY);
	return NULL;
}

static void peer_set_named_locked(struct lnet_peer *p, bool named)
{
	lockdep_assert_held(&peers_lock);
	if (p->named != named)
		named_nr += named ? 1 : -1;
	p->named = named;
}

/* Take @p out of the table if nothing wants it there. Returns it if the caller is to put it. */
static struct lnet_peer *peer_remove_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&peers_lock);
	if (p->met || p->kept || p->named)
		return NULL;
	rhashtable_remove_fast(&by_nid, &p->link, by_nid_params);
	list_del(&p->all);
	peers_nr--;
	p->ask = false;
	p->tell = false;
	return p;
}

/* Asking and telling ------------------------------------------------------- */

/* Have the work done by then; it has a reference while it is queued. */
static void peer_queue_locked(struct lnet_peer *p, unsigned long delay)
{
	lockdep_assert_held(&peers_lock);
	if (!mod_delayed_work(discover_wq, &p->work, delay))
		refcount_inc(&p->refs);
}

/* Have it asked. Returns whether it will be. */
static bool peer_ask_locked(struct lnet_peer *p, unsigned long delay)
{
	lockdep_assert_held(&peers_lock);
	if (!may_ask || !lnet_peer_discovers())
		return false;
	p->ask = true;
	if (p->state != LNET_PEER_DONE)
		WRITE_ONCE(p->state, LNET_PEER_ASKING);
	peer_queue_locked(p, delay);
	return true;
}

/* Does its node want to be told of our NIDs, by this NID? */
static bool peer_is_told_locked(const struct lnet_peer *p)
{
	const u32 both = LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY;

	lockdep_assert_held(&peers_lock);
	return p->state == LNET_PEER_DONE && (p->features & both) == both && p->is_primary &&
	       lnet_peer_discovers();
}

static void peer_tell_locked(struct lnet_peer *p)
{
	if (!may_ask || !peer_is_told_locked(p) || p->told == READ_ONCE(our_seq))
		return;
	p->tell = true;
	peer_queue_locked(p, 0);
}

/**
 * lnet_peer_take() - begin what the work of a peer is to do
 * @p: the peer, whose work runs
 * @what: its @ask or @tell
 *
 * Context: task; does not sleep.
 * Return: true if it is to be done, by the caller.
 */
bool lnet_peer_take(struct lnet_peer *p, bool *what)
{
	bool is;

	spin_lock(&peers_lock);
	is = *what && may_ask;
	*what = false;
	if (is && what == &p->ask)
		p->asked_at = jiffies;
	spin_unlock(&peers_lock);
	return is;
}

/**
 * lnet_peer_is_silent() - note that a peer has not answered
 * @p: the peer, whose work runs
 * @rc: why, -errno
 *
 * Context: task; does not sleep.
 */
void lnet_peer_is_silent(struct lnet_peer *p, int rc)
{
	spin_lock(&peers_lock);
	peer_fail_locked(LNET_PEER_ASK_FAILED);
	p->error = rc;
	p->gap_s = min(2 * p->gap_s, GAP_MAX_S);
	/* If it is to be asked again, that is not over. */
	if (p->state == LNET_PEER_ASKING && !p->ask)
		WRITE_ONCE(p->state, LNET_PEER_FAILED);
	spin_unlock(&peers_lock);
	wake_up_all(&asked);
}

/**
 * lnet_peer_was_told() - note whether a peer has acknowledged our NIDs
 * @p: the peer, whose work runs
 * @life: its @life from before it was told
 * @seq: number of the list that it was told, or a lower one
 * @rc: 0, or why it has not, -errno
 *
 * Context: task; does not sleep.
 */
void lnet_peer_was_told(struct lnet_peer *p, unsigned int life, u32 seq, int rc)
{
	spin_lock(&peers_lock);
	if (rc)
		peer_fail_locked(LNET_PEER_PUSH_FAILED);
	else if (p->life == life)
		p->told = seq;
	spin_unlock(&peers_lock);
}

/**
 * lnet_peer_work_end() - end the work of a peer
 * @p: the peer; if it was in the table only to be asked, it goes; maybe gone on return
 *
 * Context: task; does not sleep.
 */
void lnet_peer_work_end(struct lnet_peer *p)
{
	struct lnet_peer *gone = NULL;

	spin_lock(&peers_lock);
	if (p->named && !p->ask) {
		peer_set_named_locked(p, false);
		gone = peer_remove_locked(p);
	}
	spin_unlock(&peers_lock);
	if (gone)
		peer_put(gone);
	peer_put(p);
}

/* What is heard ------------------------------------------------------------ */

/**
 * lnet_peer_life() - tell apart what a node says before and after it has started anew
 * @nid: a NID of it, which is about to be asked
 *
 * Context: task; does not sleep.
 * Return: a value for lnet_peer_heard().
 */
unsigned int lnet_peer_life(lnet_nid_t nid)
{
	const struct lnet_peer *p;
	unsigned int life = 0;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	if (p)
		life = p->life;
	spin_unlock(&peers_lock);
	return life;
}

/**
 * lnet_peer_heard() - note the answer of a NID that was asked, by whomever
 * @nid: the NID
 * @life: its lnet_peer_life() from before it was asked
 * @info: its answer
 *
 * Context: task; may sleep.
 * Return: true: it counts; false: it is older than one before, or of a former life of its node.
 */
bool lnet_peer_heard(lnet_nid_t nid, unsigned int life, const struct lnet_ping_info *info)
{
	const bool has_seq = info->features & LNET_PING_DISCOVERY;
	const u32 seq = info->ni[0].status;
	struct lnet_peer *p;
	bool old;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	/* If it is not in the table the answer counts; so it does if it has just got there. */
	if (!p || (p->life != life && life)) {
		spin_unlock(&peers_lock);
		return !p;
	}
	old = p->has_seq && has_seq && (s32)(seq - p->seq) < 0;
	if (old) {
		peer_fail_locked(LNET_PEER_ASK_OLD);
	} else {
		p->gap_s = p->has_seq && seq == p->seq ? min(2 * p->gap_s, GAP_MAX_S) : 1;
		p->has_seq = has_seq;
		p->seq = seq;
		p->features = info->features;
		p->is_primary = info->primary && info->ni[info->primary].nid == nid;
	}
	p->error = 0;
	WRITE_ONCE(p->state, LNET_PEER_DONE);
	peer_tell_locked(p);
	spin_unlock(&peers_lock);
	wake_up_all(&asked);
	return !old;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_heard);

/**
 * lnet_peer_pushed() - note that the node with a NID has pushed its NIDs
 * @nid: the NID that the push came from
 *
 * Context: task; does not sleep.
 */
void lnet_peer_pushed(lnet_nid_t nid)
{
	unsigned long due, now = jiffies;
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	/* If it is to be asked already, that finds what is new. */
	if (p && !p->ask) {
		due = p->asked_at + p->gap_s * HZ;
		if (p->state == LNET_PEER_NEW || !time_before(now, due))
			due = now;
		else
			peer_fail_locked(LNET_PEER_PUSH_EARLY);
		peer_ask_locked(p, due - now);
	}
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_pushed);

/**
 * lnet_peer_tell_all() - tell nodes that discover that our NIDs have changed
 *
 * Context: task; does not sleep.
 */
void lnet_peer_tell_all(void)
{
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	list_for_each_entry(p, &peers, all)
		peer_tell_locked(p);
	spin_unlock(&peers_lock);
}

/**
 * lnet_peer_probe() - have a NID asked, as a path to it seems not to work
 * @nid: the NID, which is not asked if it was a moment ago
 *
 * Context: task; does not sleep.
 */
void lnet_peer_probe(lnet_nid_t nid)
{
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	if (p && !p->ask && time_after(jiffies, p->asked_at + PROBE_S * HZ))
		peer_ask_locked(p, 0);
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_probe);

/* What drivers say --------------------------------------------------------- */

/* What its node has said before is void. */
static void peer_begin_anew_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&peers_lock);
	p->life++;
	p->has_seq = false;
	p->told = 0;
	WRITE_ONCE(p->state, LNET_PEER_NEW);
}

/**
 * lnet_lnd_met() - tell that a driver knows a peer from now on
 * @nid: the NID of the peer, of the process LNET_PID_LUSTRE there
 * @dialled: true: a client of this node sends to it; false: it has connected to us
 *
 * Context: task; does not sleep.
 */
void lnet_lnd_met(lnet_nid_t nid, bool dialled)
{
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_obtain_locked(nid);
	if (p) {
		/* While no driver knew it its node may have started anew, unseen. */
		if (!p->met++ && p->state == LNET_PEER_DONE)
			peer_begin_anew_locked(p);
		/* One that is known by hearsay is dialled for our own question. */
		if (!dialled && !p->dialled && !p->kept)
			p->hearsay = true;
		p->dialled |= dialled && !p->hearsay;
	}
	if (p && p->state == LNET_PEER_NEW)
		peer_ask_locked(p, 0);
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_GPL(lnet_lnd_met);

/**
 * lnet_lnd_parted() - take back one call of lnet_lnd_met()
 * @nid: the NID of the peer, which the driver knows no longer
 *
 * Context: task; does not sleep.
 */
void lnet_lnd_parted(lnet_nid_t nid)
{
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	/* There may have been no memory for it. */
	if (p && p->met) {
		p->met--;
		p = peer_remove_locked(p);
	} else {
		p = NULL;
	}
	spin_unlock(&peers_lock);
	if (p)
		peer_put(p);
}
EXPORT_SYMBOL_GPL(lnet_lnd_parted);

/**
 * lnet_lnd_connected() - tell that a peer can be reached that could not be
 * @nid: the NID of the peer
 * @anew: true: its node has started anew since it was last reached
 *
 * Context: task; does not sleep.
 */
void lnet_lnd_connected(lnet_nid_t nid, bool anew)
{
	unsigned long due, now = jiffies;
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	if (p && anew) {
		peer_begin_anew_locked(p);
		due = p->asked_at + HZ;
		peer_ask_locked(p, time_before(now, due) ? due - now : 0);
	} else if (p && (p->state == LNET_PEER_NEW || p->state == LNET_PEER_FAILED)) {
		peer_ask_locked(p, 0);
	}
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_GPL(lnet_lnd_connected);

/* What clients and the operator say ---------------------------------------- */

static bool peer_is_answered(lnet_nid_t nid, int *rc)
{
	struct lnet_peer_info info;

	lnet_peer_look(nid, &info);
	switch (info.state) {
	case LNET_PEER_DONE:
		*rc = 0;
		return true;
	case LNET_PEER_FAILED:
		*rc = info.error;
		return true;
	case LNET_PEER_UNKNOWN:
		*rc = -EHOSTUNREACH;
		return true;
	default:
		*rc = -EAGAIN;
		return false;
	}
}

/* Have @p asked. It stays until it was. Returns 0 or -errno. */
static int peer_name_locked(struct lnet_peer *p, bool again)
{
	lockdep_assert_held(&peers_lock);
	if (!may_ask)
		return -ENETDOWN;
	if (again && p->state == LNET_PEER_DONE)
		WRITE_ONCE(p->state, LNET_PEER_NEW);
	if (p->state != LNET_PEER_NEW && p->state != LNET_PEER_FAILED)
		return 0;
	if (!p->named && !p->met && named_nr >= NAMED_MAX) {
		peer_fail_locked(LNET_PEER_NAMED_MANY);
		return -EBUSY;
	}
	if (peer_ask_locked(p, 0))
		peer_set_named_locked(p, true);
	return 0;
}

enum name_why { NAME_ASK, NAME_KEEP, NAME_HEARSAY };

static int peer_name(lnet_nid_t nid, bool again, enum name_why why)
{
	struct lnet_peer *p, *gone = NULL;
	int rc = -ENOMEM;

	spin_lock(&peers_lock);
	p = peer_obtain_locked(nid);
	if (p) {
		if (why != NAME_HEARSAY)
			p->hearsay = false;
		else if (!p->met && !p->kept && !p->named)
			p->hearsay = true;
		rc = peer_name_locked(p, again);
		if (why == NAME_KEEP && rc != -ENETDOWN)
			p->kept = true;
		gone = peer_remove_locked(p);
	}
	spin_unlock(&peers_lock);
	if (gone)
		peer_put(gone);
	return rc;
}

/**
 * lnet_peer_await() - wait for the answer of a NID that was asked
 * @nid: the NID
 * @wait_ms: longest time to wait, ms
 *
 * Context: task; may sleep.
 * Return: as lnet_peer_discover() returns.
 */
int lnet_peer_await(lnet_nid_t nid, unsigned int wait_ms)
{
	long left;
	int rc;

	left = wait_event_interruptible_timeout(asked, peer_is_answered(nid, &rc),
						msecs_to_jiffies(wait_ms));
	return left < 0 ? -EINTR : rc;
}
EXPORT_SYMBOL_GPL(lnet_peer_await);

/**
 * lnet_peer_discover() - have a NID asked which NIDs its node has
 * @nid: the NID
 * @again: true: also if it has answered before
 * @wait_ms: longest time to wait for the answer, ms; 0: not at all
 *
 * Context: task; sleeps if @wait_ms is not 0.
 * Return: 0: it has answered, now or before; -EAGAIN: it has not yet; -EOPNOTSUPP: this node does
 * not discover; -ENETDOWN: LNet is down; -EBUSY: too many wait to be asked; -ENOMEM; -EINTR: a
 * signal came; -EHOSTUNREACH: it has not answered, and nothing is known of it; or why it has not
 * answered, as from lnet_pinger_ping().
 */
int lnet_peer_discover(lnet_nid_t nid, bool again, unsigned int wait_ms)
{
	int rc;

	if (!lnet_peer_discovers())
		return -EOPNOTSUPP;
	rc = peer_name(nid, again, NAME_ASK);
	if (rc)
		return rc;
	if (!wait_ms)
		return peer_is_answered(nid, &rc) ? rc : -EAGAIN;
	return lnet_peer_await(nid, wait_ms);
}
EXPORT_SYMBOL_GPL(lnet_peer_discover);

/**
 * lnet_peer_hear_of() - have a NID asked that a node has named to which no client sends
 * @nid: the NID: of what it names in turn, only the primary one is asked
 *
 * Context: task; does not sleep.
 */
void lnet_peer_hear_of(lnet_nid_t nid)
{
	if (lnet_peer_discovers())
		peer_name(nid, false, NAME_HEARSAY);
}

/**
 * lnet_peer_keep() - keep a NID in the table, and have it asked
 * @nid: the NID
 *
 * Context: task; does not sleep.
 * Return: 0; -ENETDOWN: LNet is down; -EBUSY: too many wait to be asked, so it is asked when a
 * driver meets it; -ENOMEM.
 */
int lnet_peer_keep(lnet_nid_t nid)
{
	return peer_name(nid, false, NAME_KEEP);
}
EXPORT_SYMBOL_GPL(lnet_peer_keep);

/**
 * lnet_peer_forget() - take back lnet_peer_keep()
 * @nid: the NID; what its node has said stays while a driver knows it
 *
 * Context: task; does not sleep.
 */
void lnet_peer_forget(lnet_nid_t nid)
{
	struct lnet_peer *p;

	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	if (p) {
		p->kept = false;
		p = peer_remove_locked(p);
	}
	spin_unlock(&peers_lock);
	if (p)
		peer_put(p);
}
EXPORT_SYMBOL_GPL(lnet_peer_forget);

/**
 * lnet_peer_look() - tell what is known of a NID
 * @nid: the NID
 * @info: set to what is known
 *
 * Context: task; does not sleep.
 */
void lnet_peer_look(lnet_nid_t nid, struct lnet_peer_info *info)
{
	const struct lnet_peer *p;

	*info = (struct lnet_peer_info){ .nid = nid, .state = LNET_PEER_UNKNOWN };
	spin_lock(&peers_lock);
	p = peer_find_locked(nid);
	if (p) {
		info->state = p->state;
		info->kept = p->kept;
		info->error = p->error;
		info->features = p->features;
		info->seq = p->has_seq ? p->seq : 0;
	}
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_GPL(lnet_peer_look);

/**
 * lnet_peer_list() - list all NIDs
 * @nr: set to their number
 *
 * Context: task; may sleep.
 * Return: the NIDs, in the order in which LNet has heard of them, to be freed by kvfree(); NULL:
 * there is no memory.
 */
lnet_nid_t *lnet_peer_list(unsigned int *nr)
{
	unsigned int room = READ_ONCE(peers_nr) + 16, n = 0;
	lnet_nid_t *nids;
	struct lnet_peer *p;

	nids = lnet_alloc(kvmalloc_array(room, sizeof(*nids), GFP_KERNEL));
	if (!nids)
		return NULL;
	spin_lock(&peers_lock);
	list_for_each_entry(p, &peers, all)
		if (n < room)
			nids[n++] = p->nid;
	spin_unlock(&peers_lock);
	*nr = n;
	return nids;
}
EXPORT_SYMBOL_GPL(lnet_peer_list);

/**
 * lnet_peer_failures() - count what came to nothing, for one reason
 * @why: the reason
 *
 * Context: any.
 * Return: how often, since the last reset.
 */
u64 lnet_peer_failures(enum lnet_peer_failure why)
{
	return READ_ONCE(failures[why]);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_failures);

/**
 * lnet_peer_reset() - begin to count from 0
 *
 * Context: task.
 */
void lnet_peer_reset(void)
{
	unsigned int i;

	spin_lock(&peers_lock);
	for (i = 0; i < LNET_PEER_FAILURE_NR; i++)
		WRITE_ONCE(failures[i], 0);
	spin_unlock(&peers_lock);
}

/* Up and down -------------------------------------------------------------- */

/* Ask all that were not asked, because it was not allowed, or not wanted. */
static void peers_ask_new_locked(void)
{
	struct lnet_peer *p;

	lockdep_assert_held(&peers_lock);
	list_for_each_entry(p, &peers, all)
		if (p->state == LNET_PEER_NEW)
			peer_ask_locked(p, 0);
}

/**
 * lnet_peer_set_discovers() - set whether this node asks others, and tells them of its NIDs
 * @does: true if so: those that it knows are asked
 *
 * Context: task; does not sleep.
 */
void lnet_peer_set_discovers(bool does)
{
	spin_lock(&peers_lock);
	WRITE_ONCE(disabled, !does);
	peers_ask_new_locked();
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_set_discovers);

/**
 * lnet_peer_allow() - allow that NIDs are asked, as LNet has come up
 *
 * Drivers may have met some by then.
 *
 * Context: task; does not sleep.
 */
void lnet_peer_allow(void)
{
	spin_lock(&peers_lock);
	may_ask = true;
	peers_ask_new_locked();
	spin_unlock(&peers_lock);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_allow);

/**
 * lnet_peer_stop() - ask no more, and forget all NIDs that no driver knows, as LNet goes down
 *
 * Drivers still have to part from those that they know.
 *
 * Context: task; may sleep; after lnet_errand_abort_all(), so that nothing waits for an answer.
 */
void lnet_peer_stop(void)
{
	struct lnet_peer *p, *next;
	LIST_HEAD(gone);

	spin_lock(&peers_lock);
	may_ask = false;
	list_for_each_entry_safe(p, next, &peers, all) {
		p->kept = false;
		peer_set_named_locked(p, false);
		if (p->state == LNET_PEER_ASKING)
			WRITE_ONCE(p->state, LNET_PEER_NEW);
		if (cancel_delayed_work(&p->work))
			refcount_dec(&p->refs);
		if (peer_remove_locked(p))
			list_add(&p->all, &gone);
	}
	spin_unlock(&peers_lock);
	list_for_each_entry_safe(p, next, &gone, all)
		peer_put(p);
	/* Work that runs ends soon, and queues no more. */
	flush_workqueue(discover_wq);
	wake_up_all(&asked);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_stop);

/**
 * lnet_peer_init() - make the table and the work queue
 * @work: the work of a peer
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_peer_init(work_func_t work)
{
	int rc = rhashtable_init(&by_nid, &by_nid_params);

	if (rc)
		return rc;
	work_fn = work;
	discover_wq = alloc_workqueue(LNET_NAME "_discover", WQ_UNBOUND, AT_ONCE);
	if (discover_wq)
		return 0;
	rhashtable_destroy(&by_nid);
	return -ENOMEM;
}

/**
 * lnet_peer_exit() - free the table and the work queue
 *
 * Context: task; may sleep; LNet is down, and no driver is left.
 */
void lnet_peer_exit(void)
{
	WARN_ON_ONCE(!list_empty(&peers));
	destroy_workqueue(discover_wq);
	rhashtable_destroy(&by_nid);
}
