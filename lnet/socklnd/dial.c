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

static const enum ksock_ctype wanted[] = {
	KSOCK_CONTROL, KSOCK_BULK_IN, KSOCK_BULK_OUT,
};

static enum ksock_ctype dial_missing_locked(struct ksock_peer *peer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!peer->conns[wanted[i]])
			return wanted[i];
	return KSOCK_NONE;
}

/**
 * ksock_dial_may() - is that somebody we would connect to?
 * @net: by this NI
 * @nid: his NID
 * @pid: his PID
 *
 * Return: false: it is ourselves, or of another network, or a process that only
 * connects to us.
 */
bool ksock_dial_may(const struct ksock_net *net, lnet_nid_t nid, lnet_pid_t pid)
{
	return !(pid & LNET_PID_USERFLAG) && nid != net->ni->nid &&
	       LNET_NIDNET(nid) == LNET_NIDNET(net->ni->nid);
}

/*
 * At once. Each time that the item is queued it holds the peer; whoever has queued it
 * already, for later, has that hold. It does nothing if the dial is not DUE.
 */
static void dial_queue_locked(struct ksock_peer *peer)
{
	if (!mod_delayed_work(ksock_wq, &peer->dial_work, 0))
		ksock_peer_get(peer);
}

/* Is the NI down? If not, nothing of before it was is remembered. */
static bool dial_is_down_locked(struct ksock_peer *peer)
{
	/* Pairs with net_renew(), which counts before it says that the NI is up. */
	bool down = smp_load_acquire(&peer->net->down);

	ksock_dial_freshen_locked(peer);
	return down;
}

/**
 * ksock_dial_locked() - connect to a peer, if it takes that
 * @peer: whom to
 * @begin: also if nobody has begun
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: 1: a connection is on its way, so that a message may wait for it; 0: none is
 * to be made; -ENETDOWN: our address is not here; -errno: what came of the last attempt.
 */
int ksock_dial_locked(struct ksock_peer *peer, bool begin)
{
	lockdep_assert_held(&peer->lock);
	/* Then one that is on its way, or due, is about to end. */
	if (dial_is_down_locked(peer))
		return -ENETDOWN;
	if (peer->dial != KSOCK_DIAL_IDLE)
		return 1;
	if (!begin || !ksock_dial_may(peer->net, peer->key.nid, peer->key.pid) ||
	    READ_ONCE(peer->net->closing) || peer->dead)
		return peer->error;
	/* Who has connected to us has what he wants. */
	if (dial_missing_locked(peer) == KSOCK_NONE ||
	    (!peer->ours && ksock_peer_usable_locked(peer)))
		return peer->error;
	if (peer->error && time_before(jiffies, peer->retry_at))
		return peer->error;
	peer->ours = true;
	peer->dial = KSOCK_DIAL_DUE;
	dial_queue_locked(peer);
	return 1;
}

/**
 * ksock_dial_gives_way_locked() - may a connection of the peer's own be taken?
 * @peer: it connects to us
 *
 * Both sides may be connecting, and each would refuse the other's, or take it and
 * drop its own. So an attempt of ours stands, if we are the greater; but not one that
 * hangs, as it may never come to anything: that is ended.
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if so.
 */
bool ksock_dial_gives_way_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (peer->dial != KSOCK_DIAL_GREETING)
		return true;
	if (time_before(jiffies, peer->dial_began + msecs_to_jiffies(RACE_MS)))
		return false;
	if (peer->greet)
		ksock_greet_abort(peer->greet, KSOCK_REASON_RACE);
	return true;
}

/**
 * ksock_dial_hurry() - one that waits for its time need not
 * @peer: its NI is closing, or its address has gone, or is back
 *
 * Context: task; does not sleep.
 */
void ksock_dial_hurry(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	if (peer->dial == KSOCK_DIAL_DUE || delayed_work_pending(&peer->dial_work))
		dial_queue_locked(peer);
	spin_unlock(&peer->lock);
}

/* Pauses -------------------------------------------------------------------- */

/* Not all peers' at once. */
static unsigned long dial_jitter(unsigned int ms)
{
	return msecs_to_jiffies(ms + get_random_u32() % (ms / BY_CHANCE + 1));
}

/* How long until the next attempt: longer each time. */
static unsigned long dial_next_pause_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (READ_ONCE(peer->good))
		peer->retry_ms = 0;
	WRITE_ONCE(peer->good, false);
	if (!peer->retry_ms)
		peer->retry_ms = ksock_params.min_reconnect_ms;
	else
		peer->retry_ms = min(2 * peer->retry_ms,
				     ksock_params.max_reconnect_ms);
	return dial_jitter(peer->retry_ms);
}

/**
 * ksock_dial_died_locked() - a connection has died as soon as it was made
 * @peer: who let it, or whom the network kept it from; nothing is to be done if it is
 *	only the peer that connects, or if there may have been another way since
 * @renewals: of the NI, as of when it was made
 * @error: how
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_dial_died_locked(struct ksock_peer *peer, unsigned int renewals, int error)
{
	unsigned long pause;

	lockdep_assert_held(&peer->lock);
	ksock_dial_freshen_locked(peer);
	if (!peer->ours || READ_ONCE(peer->good) || peer->renewals != renewals)
		return;
	pause = dial_next_pause_locked(peer);
	peer->error = error;
	peer->retry_at = jiffies + pause;
}

/**
 * ksock_dial_freshen_locked() - forget why a peer could not be reached, if that is old
 * @peer: which; there may have been a way to it again since then
 *
 * What decides by it, or adds to it, asks for this first; so nothing is forgotten late.
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_dial_freshen_locked(struct ksock_peer *peer)
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
	peer->fresh = peer->dial == KSOCK_DIAL_GREETING;
}

/* Attempts ------------------------------------------------------------------ */

/* No connection and no refusal since we have started, as far as we remember it. */
static bool dial_is_news_locked(struct ksock_peer *peer)
{
	u64 incarnation = READ_ONCE(peer->net->incarnation);

	if (peer->told == incarnation)
		return false;
	peer->told = incarnation;
	return true;
}

/* Returns true if another one is to follow, at once or after *@delay. */
static bool dial_consider_locked(struct ksock_peer *peer, int *rc, unsigned long *delay)
{
	bool down = dial_is_down_locked(peer);

	*delay = 0;
	if (*rc == -EAGAIN && ++peer->again > AGAIN_MAX)
		*rc = -EPROTO;
	/* Not by each that is good: the next may be the one that is always to be made again. */
	if (*rc != -EAGAIN && (*rc || dial_missing_locked(peer) == KSOCK_NONE))
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
		if (dial_is_news_locked(peer)) {
			*delay = dial_jitter(min_t(unsigned int, SOON_MS,
						   ksock_params.min_reconnect_ms));
			return true;
		}
		*delay = dial_next_pause_locked(peer);
		/* Refused by name: its own connection may be on its way. */
		if (++peer->already < ALREADY_MAX ||
		    (!ksock_peer_usable_locked(peer) &&
		     !list_empty(&peer->waiting[KSOCK_WAIT_OURS])))
			return true;
		peer->error = -ECONNREFUSED;
		break;
	default:
		*delay = dial_next_pause_locked(peer);
		peer->error = *rc;
		break;
	}
	peer->already = 0;
	peer->retry_at = jiffies + *delay;
	return false;
}

static void dial_log_failed(struct ksock_peer *peer, int rc, unsigned long pause)
{
	char name[LNET_IDSTR_SIZE];

	/* He is content with what there is, and so are we. */
	if (rc == -EALREADY || rc == -ESHUTDOWN || rc == -ENETDOWN)
		return;
	pr_warn_ratelimited(KSOCK_NAME ": %s cannot be reached: error %d, not tried again for %u ms\n",
			    ksock_peer_name(peer, name, sizeof(name)), rc,
			    jiffies_to_msecs(pause));
}

/**
 * ksock_dial_over() - an attempt has come to its end
 * @peer: whom to; the dial's hold is the caller's, and given back or used on
 * @rc: 0: there is one connection more; or -errno
 *
 * Context: task; does not sleep.
 */
void ksock_dial_over(struct ksock_peer *peer, int rc)
{
	unsigned long delay;
	bool again, hold;
	LIST_HEAD(failed);
	int error;

	/* The dial's may be gone as soon as another attempt is due. */
	ksock_peer_get(peer);
	spin_lock(&peer->lock);
	again = dial_consider_locked(peer, &rc, &delay) && !READ_ONCE(peer->net->closing);
	peer->dial = again ? KSOCK_DIAL_DUE : KSOCK_DIAL_IDLE;
	/* If it is queued it has a hold of its own: somebody was in a hurry. */
	hold = again && queue_delayed_work(ksock_wq, &peer->dial_work, delay);
	error = READ_ONCE(peer->net->closing) ? -ESHUTDOWN : peer->error;
	/* At once: what is given to us from now on is not this attempt's. */
	if (!again && error)
		ksock_peer_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	if (rc && !again && error != -ESHUTDOWN)
		dial_log_failed(peer, rc, delay);
	if (!again && error)
		lnet_window(LNET_WINDOW_SOCK_DIAL_FAILED);
	ksock_peer_finish_failed(&failed, error);
	ksock_peer_launch(peer);
	if (!hold)
		ksock_peer_put(peer);
	ksock_peer_put(peer);
}

/* The connection that is to be made next; NONE: we are done, or another one does it. */
static enum ksock_ctype dial_begin(struct ksock_peer *peer, unsigned int *version)
{
	enum ksock_ctype type = KSOCK_NONE;
	bool down;

	spin_lock(&peer->lock);
	down = dial_is_down_locked(peer);
	if (peer->dial == KSOCK_DIAL_DUE) {
		/* One that has died since it was admitted is no reason to hurry. */
		if (!READ_ONCE(peer->net->closing) && !down &&
		    !(peer->error && time_before(jiffies, peer->retry_at)))
			type = dial_missing_locked(peer);
		peer->dial = type == KSOCK_NONE ? KSOCK_DIAL_IDLE :
						      KSOCK_DIAL_GREETING;
		peer->dial_began = jiffies;
		peer->fresh = false;
		*version = peer->version;
	}
	spin_unlock(&peer->lock);
	return type;
}

/**
 * ksock_dial_work() - begin an attempt, if a connection is missing
 * @work: of a peer, which its dial holds
 *
 * Context: a work item; may sleep, but not for the other side.
 */
void ksock_dial_work(struct work_struct *work)
{
	struct ksock_peer *peer = container_of(to_delayed_work(work),
					       struct ksock_peer, dial_work);
	enum ksock_ctype type;
	unsigned int version, nofs;
	int rc;

	type = dial_begin(peer, &version);
	if (type == KSOCK_NONE) {
		ksock_peer_launch(peer);
		ksock_peer_fail_lost(peer);
		ksock_peer_put(peer);
		return;
	}
	/* What waits for it may be what memory is written back by. */
	nofs = memalloc_nofs_save();
	rc = ksock_greet_dial(peer, type, version);
	memalloc_nofs_restore(nofs);
	if (rc)
		ksock_dial_over(peer, rc);
}
