// SPDX-License-Identifier: GPL-2.0
/*
 * When a NID is asked which NIDs its node has, and when the node is told ours: the state of each,
 * and the work that waits. discover.c does the work, and peer.c says who wants a NID asked.
 *
 * Two work queues, as an answer may not come, and a thread waits for each. NIDs that a client or
 * the operator wants to know have one for themselves: strangers that connect, and are silent when
 * asked, fill the other one only.
 *
 * The states of a NID, and what changes them:
 *
 *	        ask           an answer
 *	NEW ──────────► ASKING ────────► DONE
 *	                 │  ▲
 *	       no answer ▼  │ ask
 *	                FAILED
 *
 * A NID that is DONE stays that while it is asked once more, which @ask says: what is known of it
 * counts until there is a better answer. A NID is NEW again, and asked at once, if its node has
 * started anew, or if it is wanted again; it is NEW again, and not asked, if LNet goes down, or
 * discovery is switched off, while it is ASKING.
 *
 * @life is raised when its node starts anew: an answer to a question from before, or that it has
 * acknowledged what it was told before, counts for nothing. @told is the number of our list that it
 * has acknowledged. While that is not the current one it is told, if it discovers.
 */
#include "network/peer_ask.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "lnet.h"

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

enum {
	PROBE_S		= 5,		/* between two questions of lnet_peer_probe() */
	WANTED_AT_ONCE	= 256,		/* NIDs that are asked at the same time, for us */
	OTHERS_AT_ONCE	= 64,
};

static bool disabled;			/* READ_ONCE to read */
static bool may_ask;			/* P: LNet is up */
static u32 our_seq;			/* READ_ONCE to read: number of our list of NIDs */
static DECLARE_WAIT_QUEUE_HEAD(asked);	/* woken when a state is not ASKING any more */
static struct workqueue_struct *wanted_wq;	/* I: for NIDs of which peer_is_wanted_locked() */
static struct workqueue_struct *others_wq;	/* I: for others */

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
 * lnet_peer_raise_seq() - note that our list of NIDs changes
 *
 * Context: task; one call at a time.
 * Return: the new number, which lnet_peer_tell_all() is to follow.
 */
u32 lnet_peer_raise_seq(void)
{
	WRITE_ONCE(our_seq, our_seq + 1);
	return our_seq;
}

/* What is to be done ------------------------------------------------------- */

static bool peer_is_wanted_locked(const struct lnet_peer *p)
{
	lockdep_assert_held(&lnet_peers_lock);
	return p->kept || p->dialled || (p->named && !p->hearsay);
}

/* Have its work run when something is due; it has a reference while it is queued. */
static void peer_queue_locked(struct lnet_peer *p)
{
	struct workqueue_struct *wq = peer_is_wanted_locked(p) ? wanted_wq : others_wq;
	unsigned long now = jiffies, delay = 0;

	lockdep_assert_held(&lnet_peers_lock);
	if (!p->tell && time_before(now, p->ask_due))
		delay = p->ask_due - now;
	if (!mod_delayed_work(wq, &p->work, delay))
		refcount_inc(&p->refs);
}

/**
 * lnet_peer_ask_locked() - have a NID asked
 * @p: what is known of the NID
 * @due: when, jiffies; sooner if it is to be asked sooner anyway
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: whether it will be.
 */
bool lnet_peer_ask_locked(struct lnet_peer *p, unsigned long due)
{
	lockdep_assert_held(&lnet_peers_lock);
	if (!may_ask || !lnet_peer_discovers())
		return false;
	if (!p->ask || time_before(due, p->ask_due))
		p->ask_due = due;
	p->ask = true;
	if (p->state != LNET_PEER_DONE)
		WRITE_ONCE(p->state, LNET_PEER_ASKING);
	peer_queue_locked(p);
	return true;
}

/* Is its node to be told of our NIDs, by this NID? Also that we do not discover any more. */
static bool peer_is_told_locked(const struct lnet_peer *p)
{
	lockdep_assert_held(&lnet_peers_lock);
	return p->state == LNET_PEER_DONE && lnet_ping_info_discovers(p->features) &&
	       p->is_primary && (lnet_peer_discovers() || p->told);
}

static void peer_tell_locked(struct lnet_peer *p)
{
	if (!p->is_in || !may_ask || !peer_is_told_locked(p) || p->told == READ_ONCE(our_seq))
		return;
	p->tell = true;
	peer_queue_locked(p);
}

/* The work ----------------------------------------------------------------- */

/**
 * lnet_peer_take_ask() - begin to ask a NID, if that is due
 * @p: what is known of the NID, whose work runs
 * @by: set to the NID of the NI to ask it by; or LNET_NID_ANY
 *
 * Context: task; does not sleep.
 * Return: true if it is to be asked, by the caller, who then calls lnet_peer_asked().
 */
bool lnet_peer_take_ask(struct lnet_peer *p, lnet_nid_t *by)
{
	bool is;

	spin_lock(&lnet_peers_lock);
	is = p->ask && may_ask && lnet_peer_discovers();
	if (p->ask && !is) {
		p->ask = false;
		if (p->state == LNET_PEER_ASKING)
			WRITE_ONCE(p->state, LNET_PEER_NEW);
	}
	is = is && !time_before(jiffies, p->ask_due);
	if (is) {
		p->ask = false;
		p->asked_at = jiffies;
		p->busy++;
	}
	*by = p->by;
	spin_unlock(&lnet_peers_lock);
	return is;
}

/**
 * lnet_peer_asked() - note that a NID was asked, and that those are that it has named
 * @p: what is known of the NID, whose work runs
 *
 * Context: task; does not sleep.
 */
void lnet_peer_asked(struct lnet_peer *p)
{
	spin_lock(&lnet_peers_lock);
	p->busy--;
	spin_unlock(&lnet_peers_lock);
	wake_up_all(&asked);
}

/**
 * lnet_peer_take_tell() - begin to tell a NID of ours, if that is to be done
 * @p: what is known of the NID, whose work runs
 * @by: set to the NID of the NI to tell it by; or LNET_NID_ANY
 *
 * Context: task; does not sleep.
 * Return: true if it is to be told, by the caller.
 */
bool lnet_peer_take_tell(struct lnet_peer *p, lnet_nid_t *by)
{
	bool is;

	spin_lock(&lnet_peers_lock);
	is = p->tell && may_ask;
	p->tell = false;
	*by = p->by;
	spin_unlock(&lnet_peers_lock);
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
	spin_lock(&lnet_peers_lock);
	lnet_peer_fail_locked(LNET_PEER_ASK_FAILED);
	p->error = rc;
	p->gap_s = min(2 * p->gap_s, LNET_PEER_GAP_MAX_S);
	/* If it is to be asked again, that is not over. */
	if (p->state == LNET_PEER_ASKING && !p->ask)
		WRITE_ONCE(p->state, LNET_PEER_FAILED);
	spin_unlock(&lnet_peers_lock);
	wake_up_all(&asked);
}

/**
 * lnet_peer_was_told() - note whether a peer has acknowledged our NIDs
 * @p: the peer, whose work runs
 * @life: its @life from before it was told
 * @seq: number of the list that it was told, or a lower one; 0: that we do not discover
 * @rc: 0, or why it has not, -errno
 *
 * Context: task; does not sleep.
 */
void lnet_peer_was_told(struct lnet_peer *p, unsigned int life, u32 seq, int rc)
{
	spin_lock(&lnet_peers_lock);
	if (rc) {
		lnet_peer_fail_locked(LNET_PEER_PUSH_FAILED);
	} else if (p->life == life) {
		WRITE_ONCE(p->told, seq);
		/* Meanwhile it may have become due that it is told something else. */
		peer_tell_locked(p);
	}
	spin_unlock(&lnet_peers_lock);
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

	spin_lock(&lnet_peers_lock);
	if (p->ask || p->tell) {
		/* It was too early, or there is more to do. */
		peer_queue_locked(p);
	} else if (p->named) {
		lnet_peer_set_named_locked(p, false);
		gone = lnet_peer_remove_locked(p);
	}
	spin_unlock(&lnet_peers_lock);
	if (gone) {
		lnet_peer_put(gone);
		wake_up_all(&asked);
	}
	lnet_peer_put(p);
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

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (p)
		life = p->life;
	spin_unlock(&lnet_peers_lock);
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

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	/* If it is not in the table the answer counts; so it does if it has just got there. */
	if (!p || (p->life != life && life)) {
		spin_unlock(&lnet_peers_lock);
		return !p;
	}
	old = p->has_seq && has_seq && (s32)(seq - p->seq) < 0;
	if (old) {
		lnet_peer_fail_locked(LNET_PEER_ASK_OLD);
	} else {
		p->gap_s = p->has_seq && seq == p->seq ? min(2 * p->gap_s, LNET_PEER_GAP_MAX_S) : 1;
		p->has_seq = has_seq;
		p->seq = seq;
		WRITE_ONCE(p->features, info->features);
		p->is_primary = info->primary && info->ni[info->primary].nid == nid;
	}
	p->error = 0;
	WRITE_ONCE(p->state, LNET_PEER_DONE);
	peer_tell_locked(p);
	spin_unlock(&lnet_peers_lock);
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

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	/* If it is to be asked already, that finds what is new. */
	if (p && !p->ask) {
		due = p->asked_at + p->gap_s * HZ;
		if (p->state == LNET_PEER_NEW || !time_before(now, due))
			due = now;
		else
			lnet_peer_fail_locked(LNET_PEER_PUSH_EARLY);
		lnet_peer_ask_locked(p, due);
	}
	spin_unlock(&lnet_peers_lock);
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

	rcu_read_lock();
	list_for_each_entry_rcu(p, &lnet_peers, all) {
		spin_lock(&lnet_peers_lock);
		if (p->is_in)
			peer_tell_locked(p);
		spin_unlock(&lnet_peers_lock);
	}
	rcu_read_unlock();
}

/**
 * lnet_peer_probe() - have a NID asked, as a path to it seems not to work, or not to be its node's
 * @nid: the NID; if it was asked a moment ago it is asked later, or, if in vain, not at all
 *
 * Context: task; does not sleep.
 */
void lnet_peer_probe(lnet_nid_t nid)
{
	unsigned long due, now = jiffies;
	struct lnet_peer *p;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (p && !p->ask) {
		due = p->asked_at + PROBE_S * HZ;
		if (time_after(now, due))
			due = now;
		if (due == now || p->state == LNET_PEER_DONE)
			lnet_peer_ask_locked(p, due);
	}
	spin_unlock(&lnet_peers_lock);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_probe);

/* Waiting ------------------------------------------------------------------ */

/**
 * lnet_peer_is_answered() - tell whether the state of a NID is final
 * @nid: the NID
 * @rc: set to what lnet_peer_discover() returns then
 *
 * Context: task; does not sleep.
 * Return: false: it was not asked yet, or has not answered yet, or those that it has named are not
 * asked yet.
 */
bool lnet_peer_is_answered(lnet_nid_t nid, int *rc)
{
	const struct lnet_peer *p;

	*rc = -EAGAIN;
	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (!p)
		*rc = -EHOSTUNREACH;
	else if (!p->busy && p->state == LNET_PEER_DONE)
		*rc = 0;
	else if (!p->busy && p->state == LNET_PEER_FAILED)
		*rc = p->error;
	else if (!p->busy && !lnet_peer_discovers())
		*rc = -EOPNOTSUPP;
	spin_unlock(&lnet_peers_lock);
	return *rc != -EAGAIN;
}

static bool peer_is_waited_for(lnet_nid_t nid)
{
	const struct lnet_peer *p;
	bool is;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	is = p && (p->busy || p->state == LNET_PEER_ASKING);
	spin_unlock(&lnet_peers_lock);
	return is;
}

/**
 * lnet_peer_wait_answered() - wait until the state of a NID is final
 * @nid: the NID
 * @left: longest time to wait, jiffies
 * @rc: as lnet_peer_is_answered() sets it
 *
 * Context: task; may sleep.
 * Return: what is left of the time, or 0; or -ERESTARTSYS: a signal came.
 */
long lnet_peer_wait_answered(lnet_nid_t nid, long left, int *rc)
{
	return wait_event_interruptible_timeout(asked, lnet_peer_is_answered(nid, rc), left);
}

/**
 * lnet_peer_wait_asked() - wait until a NID is not being asked
 * @nid: the NID
 * @left: longest time to wait, jiffies
 *
 * Context: task; may sleep.
 * Return: as lnet_peer_wait_answered() returns.
 */
long lnet_peer_wait_asked(lnet_nid_t nid, long left)
{
	return wait_event_interruptible_timeout(asked, !peer_is_waited_for(nid), left);
}

/* Up and down -------------------------------------------------------------- */

/* Ask all that were not asked, because it was not allowed, or not wanted. */
static void peer_ask_new(void)
{
	struct lnet_peer *p;

	rcu_read_lock();
	list_for_each_entry_rcu(p, &lnet_peers, all) {
		spin_lock(&lnet_peers_lock);
		if (p->is_in && p->state == LNET_PEER_NEW)
			lnet_peer_ask_locked(p, jiffies);
		spin_unlock(&lnet_peers_lock);
	}
	rcu_read_unlock();
}

/**
 * lnet_peer_set_discovers() - set whether this node asks others, and tells them of its NIDs
 * @does: true if so: those that it knows are asked
 *
 * Context: task; does not sleep.
 */
void lnet_peer_set_discovers(bool does)
{
	spin_lock(&lnet_peers_lock);
	WRITE_ONCE(disabled, !does);
	spin_unlock(&lnet_peers_lock);
	peer_ask_new();
	/* If not, nobody waits for an answer any more. */
	wake_up_all(&asked);
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
	spin_lock(&lnet_peers_lock);
	may_ask = true;
	spin_unlock(&lnet_peers_lock);
	peer_ask_new();
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_allow);

/* Forget one of those, unless a driver knows it. Work of it that runs ends soon. */
static void peer_stop(struct lnet_peer *p)
{
	struct lnet_peer *gone;

	spin_lock(&lnet_peers_lock);
	WRITE_ONCE(p->kept, false);
	lnet_peer_set_named_locked(p, false);
	if (p->state == LNET_PEER_ASKING)
		WRITE_ONCE(p->state, LNET_PEER_NEW);
	p->ask = false;
	p->tell = false;
	/* Not the last one: the table has one, too. */
	if (cancel_delayed_work(&p->work))
		refcount_dec(&p->refs);
	gone = lnet_peer_remove_locked(p);
	spin_unlock(&lnet_peers_lock);
	if (gone)
		lnet_peer_put(gone);
}

/**
 * lnet_peer_stop() - ask no more, and forget all NIDs that no driver knows, as LNet goes down
 *
 * Drivers still have to part from those that they know.
 *
 * Context: task; may sleep; after lnet_errand_abort_all(), so that nothing waits for an answer.
 */
void lnet_peer_stop(void)
{
	struct lnet_peer *p;

	/* None gets into the table from now on but those that drivers meet, and none is asked. */
	spin_lock(&lnet_peers_lock);
	may_ask = false;
	spin_unlock(&lnet_peers_lock);
	rcu_read_lock();
	list_for_each_entry_rcu(p, &lnet_peers, all)
		peer_stop(p);
	rcu_read_unlock();
	flush_workqueue(wanted_wq);
	flush_workqueue(others_wq);
	wake_up_all(&asked);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_stop);

/**
 * lnet_peer_ask_is_allowed_locked() - tell whether NIDs may be asked
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: false: LNet is down.
 */
bool lnet_peer_ask_is_allowed_locked(void)
{
	lockdep_assert_held(&lnet_peers_lock);
	return may_ask;
}

/**
 * lnet_peer_init() - make the table, and the work queues
 * @work: the work of a NID
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_peer_init(work_func_t work)
{
	int rc = lnet_peer_table_init(work);

	if (rc)
		return rc;
	wanted_wq = lnet_alloc(alloc_workqueue(LNET_NAME "_discover", WQ_UNBOUND, WANTED_AT_ONCE));
	others_wq = lnet_alloc(alloc_workqueue(LNET_NAME "_discover_met", WQ_UNBOUND,
					       OTHERS_AT_ONCE));
	if (wanted_wq && others_wq)
		return 0;
	if (wanted_wq)
		destroy_workqueue(wanted_wq);
	if (others_wq)
		destroy_workqueue(others_wq);
	lnet_peer_table_exit();
	return -ENOMEM;
}

/**
 * lnet_peer_exit() - free the table and the work queues
 *
 * Context: task; may sleep; LNet is down, and no driver is left.
 */
void lnet_peer_exit(void)
{
	destroy_workqueue(wanted_wq);
	destroy_workqueue(others_wq);
	lnet_peer_table_exit();
}
