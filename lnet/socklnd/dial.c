// SPDX-License-Identifier: GPL-2.0
/*
 * Connecting to a peer: which connection is made next, and when.
 *
 *	IDLE    -- a message wants to go -->                DUE
 *	DUE     -- the work item, at once or after a pause --> GREETING
 *	GREETING -- over: another one follows -->           DUE
 *	GREETING -- over: no more -->                       IDLE
 *
 * The connections that are missing are made, CONTROL, BULK_IN and BULK_OUT in this
 * order, while messages go by those that are there. The attempt itself is a handshake
 * (greet.c), which waits for the other side in no thread: so whom we cannot reach
 * holds up nobody. What may come of it:
 *
 *	good		the next one
 *	-EAGAIN		the peer speaks another version, or has started anew, or we
 *			have: at once
 *	-EALREADY	the peer has one, or connects to us: again after a while,
 *			longer each time, as long as a message of ours waits; after the third
 *			we live with what there is. One before these does not count, and is
 *			soon: it may just have learnt by our HELLO that we have started anew,
 *			has ended what it had, and takes the next
 *	anything else	what waits ends with this error, and nothing is tried for a
 *			while, longer each time
 *
 * There is no timer behind the last: it is a message that makes us try. Pauses begin
 * anew when a connection has been of use, or our address has come back; what an attempt
 * comes to that began before that counts for nothing. None is made while it is away.
 */
#include "conn.h"
#include "../hooks/window.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>

#include <linux/random.h>
#include <linux/sched/mm.h>

enum {
	ALREADY_MAX	= 3,
	AGAIN_MAX	= 4,		/* until all connections are there */
	RACE_MS		= 1000,		/* so long we believe in our own attempt */
	SOON_MS		= 100,		/* it may be connecting to us, and be done by then */
	BY_CHANCE	= 8,		/* up to so large a part is added to a pause */
};

static const enum lnet_sock_ctype wanted[] = {
	LNET_SOCK_CONTROL, LNET_SOCK_BULK_IN, LNET_SOCK_BULK_OUT,
};

static enum lnet_sock_ctype missing_locked(struct lnet_sock_peer *peer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!peer->conns[wanted[i]])
			return wanted[i];
	return LNET_SOCK_NONE;
}

/**
 * lnet_sock_dial_may() - is that somebody we would connect to?
 * @net: by this NI
 * @nid: his NID
 * @pid: his PID
 *
 * Return: false: it is ourselves, or of another network, or a process that only
 * connects to us.
 */
bool lnet_sock_dial_may(const struct lnet_sock_net *net, lnet_nid_t nid, lnet_pid_t pid)
{
	return !(pid & LNET_PID_USERFLAG) && nid != net->ni->nid &&
	       LNET_NIDNET(nid) == LNET_NIDNET(net->ni->nid);
}

/*
 * At once. Each time that the item is queued it holds the peer; whoever has queued it
 * already, for later, has that hold. It does nothing if the dial is not DUE.
 */
static void queue_dial_locked(struct lnet_sock_peer *peer)
{
	if (!mod_delayed_work(lnet_sock_wq, &peer->dial_work, 0))
		lnet_sock_peer_get(peer);
}

/* Is the NI down? If not, nothing of before it was is remembered. */
static bool is_down_locked(struct lnet_sock_peer *peer)
{
	/* Pairs with net_renew(), which counts before it says that the NI is up. */
	bool down = smp_load_acquire(&peer->net->down);

	lnet_sock_dial_freshen_locked(peer);
	return down;
}

/**
 * lnet_sock_dial_locked() - connect to a peer, if it takes that
 * @peer: whom to
 * @begin: also if nobody has begun
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: 1: a connection is on its way, so that a message may wait for it; 0: none is
 * to be made; -ENETDOWN: our address is not here; -errno: what came of the last attempt.
 */
int lnet_sock_dial_locked(struct lnet_sock_peer *peer, bool begin)
{
	lockdep_assert_held(&peer->lock);
	/* Then one that is on its way, or due, is about to end. */
	if (is_down_locked(peer))
		return -ENETDOWN;
	if (peer->dial != LNET_SOCK_DIAL_IDLE)
		return 1;
	if (!begin || !lnet_sock_dial_may(peer->net, peer->key.nid, peer->key.pid) ||
	    READ_ONCE(peer->net->closing) || peer->dead)
		return peer->error;
	/* Who has connected to us has what he wants. */
	if (missing_locked(peer) == LNET_SOCK_NONE ||
	    (!peer->ours && lnet_sock_peer_usable_locked(peer)))
		return peer->error;
	if (peer->error && time_before(jiffies, peer->retry_at))
		return peer->error;
	peer->ours = true;
	peer->dial = LNET_SOCK_DIAL_DUE;
	queue_dial_locked(peer);
	return 1;
}

/**
 * lnet_sock_dial_gives_way_locked() - may a connection of the peer's own be taken?
 * @peer: it connects to us
 *
 * Both sides may be connecting, and each would refuse the other's, or take it and
 * drop its own. So an attempt of ours stands, if we are the greater; but not one that
 * hangs, as it may never come to anything: that is ended.
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if so.
 */
bool lnet_sock_dial_gives_way_locked(struct lnet_sock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (peer->dial != LNET_SOCK_DIAL_GREETING)
		return true;
	if (time_before(jiffies, peer->dial_began + msecs_to_jiffies(RACE_MS)))
		return false;
	if (peer->greet)
		lnet_sock_greet_abort(peer->greet, LNET_SOCK_END_RACE);
	return true;
}

/**
 * lnet_sock_dial_hurry() - one that waits for its time need not
 * @peer: its NI is closing, or its address has gone, or is back
 *
 * Context: task; does not sleep.
 */
void lnet_sock_dial_hurry(struct lnet_sock_peer *peer)
{
	spin_lock(&peer->lock);
	if (peer->dial == LNET_SOCK_DIAL_DUE || delayed_work_pending(&peer->dial_work))
		queue_dial_locked(peer);
	spin_unlock(&peer->lock);
}

/* Pauses -------------------------------------------------------------------- */

/* Not all peers' at once. */
static unsigned long jiffies_or_more(unsigned int ms)
{
	return msecs_to_jiffies(ms + get_random_u32() % (ms / BY_CHANCE + 1));
}

/* How long until the next attempt: longer each time. */
static unsigned long next_pause_locked(struct lnet_sock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (READ_ONCE(peer->good))
		peer->retry_ms = 0;
	WRITE_ONCE(peer->good, false);
	if (!peer->retry_ms)
		peer->retry_ms = lnet_sock_params.min_reconnect_ms;
	else
		peer->retry_ms = min(2 * peer->retry_ms,
				     lnet_sock_params.max_reconnect_ms);
	return jiffies_or_more(peer->retry_ms);
}

/**
 * lnet_sock_dial_died_locked() - a connection has died as soon as it was made
 * @peer: who let it, or whom the network kept it from; nothing is to be done if it is
 *	only the peer that connects, or if there may have been another way since
 * @renewals: of the NI, as of when it was made
 * @error: how
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void lnet_sock_dial_died_locked(struct lnet_sock_peer *peer, unsigned int renewals, int error)
{
	unsigned long pause;

	lockdep_assert_held(&peer->lock);
	lnet_sock_dial_freshen_locked(peer);
	if (!peer->ours || READ_ONCE(peer->good) || peer->renewals != renewals)
		return;
	pause = next_pause_locked(peer);
	peer->error = error;
	peer->retry_at = jiffies + pause;
}

/**
 * lnet_sock_dial_freshen_locked() - forget why a peer could not be reached, if that is old
 * @peer: which; there may have been a way to it again since then
 *
 * What decides by it, or adds to it, asks for this first; so nothing is forgotten late.
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void lnet_sock_dial_freshen_locked(struct lnet_sock_peer *peer)
{
	unsigned int renewals = READ_ONCE(peer->net->renewals);

	lockdep_assert_held(&peer->lock);
	if (peer->renewals == renewals)
		return;
	peer->renewals = renewals;
	peer->error = 0;
	peer->retry_ms = 0;
	peer->already = 0;
	peer->again = 0;
	/* What is still to be heard of an attempt that has begun is old, too. */
	peer->fresh = peer->dial == LNET_SOCK_DIAL_GREETING;
}

/* Attempts ------------------------------------------------------------------ */

/* No connection and no refusal since we have started, as far as we remember it. */
static bool is_news_to_it_locked(struct lnet_sock_peer *peer)
{
	u64 incarnation = READ_ONCE(peer->net->incarnation);

	if (peer->told == incarnation)
		return false;
	peer->told = incarnation;
	return true;
}

/* Returns true if another one is to follow, at once or after *@delay. */
static bool consider_locked(struct lnet_sock_peer *peer, int *rc, unsigned long *delay)
{
	bool down = is_down_locked(peer);

	*delay = 0;
	if (*rc == -EAGAIN && ++peer->again > AGAIN_MAX)
		*rc = -EPROTO;
	/* Not by each that is good: the next may be the one that is always to be made again. */
	if (*rc != -EAGAIN && (*rc || missing_locked(peer) == LNET_SOCK_NONE))
		peer->again = 0;
	switch (*rc) {
	case 0:
		peer->already = 0;
		/* Unless it has died since it was admitted, which is no reason to hurry. */
		return !peer->error;
	case -EAGAIN:
		return true;
	}
	/* Of now nothing is known by it; and while our address is away none is made. */
	if (peer->fresh || down)
		return true;
	switch (*rc) {
	case -EALREADY:
		if (is_news_to_it_locked(peer)) {
			*delay = jiffies_or_more(min_t(unsigned int, SOON_MS,
						       lnet_sock_params.min_reconnect_ms));
			return true;
		}
		*delay = next_pause_locked(peer);
		/* Refused by name: its own connection may be on its way. */
		if (++peer->already < ALREADY_MAX ||
		    (!lnet_sock_peer_usable_locked(peer) &&
		     !list_empty(&peer->waiting[LNET_SOCK_WAIT_OURS])))
			return true;
		peer->error = -ECONNREFUSED;
		break;
	default:
		*delay = next_pause_locked(peer);
		peer->error = *rc;
		break;
	}
	peer->already = 0;
	peer->retry_at = jiffies + *delay;
	return false;
}

static void log_failed(struct lnet_sock_peer *peer, int rc, unsigned long pause)
{
	char name[LNET_IDSTR_SIZE];

	/* He is content with what there is, and so are we. */
	if (rc == -EALREADY || rc == -ESHUTDOWN || rc == -ENETDOWN)
		return;
	pr_warn_ratelimited(LNET_SOCK_NAME ": %s cannot be reached: error %d, not tried again for %u ms\n",
			    lnet_sock_peer_name(peer, name, sizeof(name)), rc,
			    jiffies_to_msecs(pause));
}

/**
 * lnet_sock_dial_over() - an attempt has come to its end
 * @peer: whom to; the dial's hold is the caller's, and given back or used on
 * @rc: 0: there is one connection more; or -errno
 *
 * Context: task; does not sleep.
 */
void lnet_sock_dial_over(struct lnet_sock_peer *peer, int rc)
{
	unsigned long delay;
	bool again, hold;
	LIST_HEAD(failed);
	int error;

	/* The dial's may be gone as soon as another attempt is due. */
	lnet_sock_peer_get(peer);
	spin_lock(&peer->lock);
	again = consider_locked(peer, &rc, &delay) && !READ_ONCE(peer->net->closing);
	peer->dial = again ? LNET_SOCK_DIAL_DUE : LNET_SOCK_DIAL_IDLE;
	/* If it is queued it has a hold of its own: somebody was in a hurry. */
	hold = again && queue_delayed_work(lnet_sock_wq, &peer->dial_work, delay);
	error = READ_ONCE(peer->net->closing) ? -ESHUTDOWN : peer->error;
	/* At once: what is given to us from now on is not this attempt's. */
	if (!again && error)
		lnet_sock_peer_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	if (rc && !again && error != -ESHUTDOWN)
		log_failed(peer, rc, delay);
	if (!again && error)
		lnet_window(LNET_WINDOW_SOCK_DIAL_FAILED);
	lnet_sock_peer_finish_failed(&failed, error);
	lnet_sock_peer_launch(peer);
	if (!hold)
		lnet_sock_peer_put(peer);
	lnet_sock_peer_put(peer);
}

/* The connection that is to be made next; NONE: we are done, or another one does it. */
static enum lnet_sock_ctype begin_attempt(struct lnet_sock_peer *peer, unsigned int *version)
{
	enum lnet_sock_ctype type = LNET_SOCK_NONE;
	bool down;

	spin_lock(&peer->lock);
	down = is_down_locked(peer);
	if (peer->dial == LNET_SOCK_DIAL_DUE) {
		/* One that has died since it was admitted is no reason to hurry. */
		if (!READ_ONCE(peer->net->closing) && !down &&
		    !(peer->error && time_before(jiffies, peer->retry_at)))
			type = missing_locked(peer);
		peer->dial = type == LNET_SOCK_NONE ? LNET_SOCK_DIAL_IDLE :
						      LNET_SOCK_DIAL_GREETING;
		peer->dial_began = jiffies;
		peer->fresh = false;
		*version = peer->version;
	}
	spin_unlock(&peer->lock);
	return type;
}

/**
 * lnet_sock_dial_work() - begin an attempt, if a connection is missing
 * @work: of a peer, which its dial holds
 *
 * Context: a work item; may sleep, but not for the other side.
 */
void lnet_sock_dial_work(struct work_struct *work)
{
	struct lnet_sock_peer *peer = container_of(to_delayed_work(work),
						   struct lnet_sock_peer, dial_work);
	enum lnet_sock_ctype type;
	unsigned int version, nofs;
	int rc;

	type = begin_attempt(peer, &version);
	if (type == LNET_SOCK_NONE) {
		lnet_sock_peer_launch(peer);
		lnet_sock_peer_fail_lost(peer);
		lnet_sock_peer_put(peer);
		return;
	}
	/* What waits for it may be what memory is written back by. */
	nofs = memalloc_nofs_save();
	rc = lnet_sock_greet_dial(peer, type, version);
	memalloc_nofs_restore(nofs);
	if (rc)
		lnet_sock_dial_over(peer, rc);
}
