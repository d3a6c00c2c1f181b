// SPDX-License-Identifier: GPL-2.0
/*
 * Connecting to a peer: which connection is made next, and when.
 *
 *	IDLE    -- a message wants to go -->                DUE
 *	DUE     -- the work item, at once or after a pause --> GREETING
 *	GREETING -- over: another one follows -->           DUE
 *	GREETING -- over: no more -->                       IDLE
 *
 * The missing connections are made in the order CONTROL, BULK_IN, BULK_OUT, while messages
 * go by those that exist. An attempt is a handshake (attempt.c, greet.c). No thread waits in it for
 * the other side, so a peer that cannot be reached holds up no other. Its results:
 *
 *	good		make the next connection
 *	-EAGAIN		the peer speaks another version, or has started anew, or we
 *			have: try again at once
 *	-EALREADY	the peer has such a connection, or is connecting to us: try again
 *			after a pause, longer each time. From the third refusal on, only
 *			while a message of ours waits and no connection can take it. The first
 *			refusal since our start does not count, and its pause is short: the
 *			peer may have learnt only from our HELLO that we have started anew,
 *			have ended its old connections, and take the next
 *	anything else	end the messages that wait with this error, and try nothing during
 *			a pause, longer each time
 *
 * No timer ends the last pause: the next message after it begins an attempt. Pauses are short
 * again when a connection has been of use, or our address has come back. If an attempt began
 * before our address came back, its failure does not count. While our address is away no
 * attempt is made.
 */
#include "dial.h"
#include "conns.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <linux/random.h>

enum {
	REFUSALS_MAX	= 3,
	REPEATS_MAX	= 4,		/* repeats at once, until all connections are there */
	RACE_MS		= 1000,		/* for so long our own attempt has priority */
	SOON_MS		= 100,		/* the peer may be connecting to us, and be done by then */
	BY_CHANCE	= 8,		/* a pause is made longer at random, by up to 1/8 */
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
 * ksock_dial_may() - tell whether this node may connect to a peer
 * @net: the NI to connect from
 * @nid: the NID of the peer
 * @pid: the PID of the peer
 *
 * Context: any.
 * Return: true if so; false: the peer is this node, or is of another network, or is a
 * process that only connects to us.
 */
bool ksock_dial_may(const struct ksock_net *net, lnet_nid_t nid, lnet_pid_t pid)
{
	return !(pid & LNET_PID_USERFLAG) && nid != net->ni->nid &&
	       LNET_NIDNET(nid) == LNET_NIDNET(net->ni->nid);
}

/*
 * Run the work item at once. Each time it is queued it has a reference to the peer; if it
 * was queued before, for later, it has one already. It does nothing if the dial is not DUE.
 */
static void dial_queue_locked(struct ksock_peer *peer)
{
	if (!mod_delayed_work(ksock_wq, &peer->dial_work, 0))
		ksock_peer_get(peer);
}

/* Is the NI down? Results of attempts from before its last renewal are forgotten. */
static bool dial_is_down_locked(struct ksock_peer *peer)
{
	/* Pairs with address_renew(), which counts before it says that the NI is up. */
	bool down = smp_load_acquire(&peer->net->down);

	ksock_dial_forget_old_locked(peer);
	return down;
}

/**
 * ksock_dial_locked() - connect to a peer, if that is possible and needed
 * @peer: the peer to connect to
 * @begin: begin an attempt if none is under way
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: 1: an attempt is under way or due, so that a message may wait for it; 0: none is to
 * be made; -ENETDOWN: our address is not here; or the -errno of the last attempt.
 */
int ksock_dial_locked(struct ksock_peer *peer, bool begin)
{
	lockdep_assert_held(&peer->lock);
	/* While the NI is down, an attempt that is under way or due is about to end. */
	if (dial_is_down_locked(peer))
		return -ENETDOWN;
	if (peer->dial != KSOCK_DIAL_IDLE)
		return 1;
	if (!begin || !ksock_dial_may(peer->net, peer->key.nid, peer->key.pid) ||
	    READ_ONCE(peer->net->closing) || peer->dead)
		return peer->error;
	/* Nothing is missing, or the peer dials us, and what it has made will do. */
	if (dial_missing_locked(peer) == KSOCK_NONE ||
	    (!peer->we_dial && ksock_conns_usable_locked(peer)))
		return peer->error;
	if (peer->error && time_before(jiffies, peer->retry_at))
		return peer->error;
	peer->we_dial = true;
	peer->dial = KSOCK_DIAL_DUE;
	dial_queue_locked(peer);
	return 1;
}

/**
 * ksock_dial_gives_way_locked() - tell whether our attempt gives way to a peer's connection
 * @peer: the peer, which is connecting to us, and has the lesser NID
 *
 * If both sides are connecting, each might refuse the other's connection, or each might take
 * it and drop its own. So the attempt of the greater NID stands. But an attempt that
 * hangs may never come to anything: after RACE_MS it is ended.
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if the peer's connection may be taken.
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
 * ksock_dial_now() - do not wait any longer with an attempt that is due
 * @peer: the peer, whose NI is closing, or has lost its address, or has it back
 *
 * Context: task; does not sleep.
 */
void ksock_dial_now(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	if (peer->dial == KSOCK_DIAL_DUE || delayed_work_pending(&peer->dial_work))
		dial_queue_locked(peer);
	spin_unlock(&peer->lock);
}

/* Pauses -------------------------------------------------------------------- */

/* A pause in jiffies, with a random part, so that not all peers are dialled at once. */
static unsigned long dial_jitter(unsigned int ms)
{
	return msecs_to_jiffies(ms + get_random_u32() % (ms / BY_CHANCE + 1));
}

/* The pause until the next attempt, in jiffies: longer each time, up to max_reconnectms. */
static unsigned long dial_next_pause_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	if (READ_ONCE(peer->was_useful))
		peer->retry_ms = 0;
	WRITE_ONCE(peer->was_useful, false);
	if (!peer->retry_ms)
		peer->retry_ms = ksock_params.min_reconnect_ms;
	else
		peer->retry_ms = min(2 * peer->retry_ms,
				     ksock_params.max_reconnect_ms);
	return dial_jitter(peer->retry_ms);
}

/**
 * ksock_dial_died_locked() - note that a connection has died as soon as it was made
 * @peer: the peer; nothing is noted if only the peer dials, or if a connection has been of
 *	use, or the NI has been renewed since
 * @renewals: the NI's @renewals when the connection was admitted
 * @error: -errno with which it died
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_dial_died_locked(struct ksock_peer *peer, unsigned int renewals, int error)
{
	unsigned long pause;

	lockdep_assert_held(&peer->lock);
	ksock_dial_forget_old_locked(peer);
	if (!peer->we_dial || READ_ONCE(peer->was_useful) || peer->renewals != renewals)
		return;
	pause = dial_next_pause_locked(peer);
	peer->error = error;
	peer->retry_at = jiffies + pause;
}

/**
 * ksock_dial_forget_old_locked() - forget results of attempts from before the NI was renewed
 * @peer: the peer; it may be reachable again since then
 *
 * All code that decides by these results, or adds to them, calls this first, so it never acts on
 * outdated ones. (admit_to_peer() only clears @error; sysfs may show an outdated one.)
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_dial_forget_old_locked(struct ksock_peer *peer)
{
	unsigned int renewals = READ_ONCE(peer->net->renewals);

	lockdep_assert_held(&peer->lock);
	if (peer->renewals == renewals)
		return;
	peer->renewals = renewals;
	peer->error = 0;
	peer->retry_ms = 0;
	peer->refusals = 0;
	peer->repeats = 0;
	/* An attempt under way began before, so a failure of it will be outdated, too. */
	peer->outdated = peer->dial == KSOCK_DIAL_GREETING;
}

/* Attempts ------------------------------------------------------------------ */

/*
 * Is this refusal the first since we have started, with no connection before it? Yes also
 * if the peer was forgotten meanwhile.
 */
static bool dial_is_news_locked(struct ksock_peer *peer)
{
	u64 incarnation = READ_ONCE(peer->net->incarnation);

	if (peer->told_incarnation == incarnation)
		return false;
	peer->told_incarnation = incarnation;
	return true;
}

/**
 * ksock_dial_consider_locked() - decide what follows an attempt
 * @peer: the peer that the attempt was for
 * @rc: result of the attempt: 0: there is one more connection; or -errno, which may be replaced
 * @delay: set to the pause before the next attempt, jiffies
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true: another attempt follows, at once or after *@delay; false: none, and messages that
 * no connection will take end with the peer's @error.
 */
bool ksock_dial_consider_locked(struct ksock_peer *peer, int *rc, unsigned long *delay)
{
	bool down = dial_is_down_locked(peer);

	*delay = 0;
	if (*rc == -EAGAIN && ++peer->repeats > REPEATS_MAX)
		*rc = -EPROTO;
	/* Keep counting while connections are missing: the next one may fail so each time. */
	if (*rc != -EAGAIN && (*rc || dial_missing_locked(peer) == KSOCK_NONE))
		peer->repeats = 0;
	switch (*rc) {
	case 0:
		peer->refusals = 0;
		/* If the connection has died since it was admitted, there is no reason to hurry. */
		return !peer->error;
	case -EAGAIN:
		return true;
	}
	/* An outdated failure says nothing. If the address is away, ksock_dial_begin() gives up. */
	if (peer->outdated || down)
		return true;
	switch (*rc) {
	case -EALREADY:
		if (dial_is_news_locked(peer)) {
			*delay = dial_jitter(min_t(unsigned int, SOON_MS,
						   ksock_params.min_reconnect_ms));
			return true;
		}
		*delay = dial_next_pause_locked(peer);
		/* The peer answered: its own connection may be on its way. */
		if (++peer->refusals < REFUSALS_MAX ||
		    (!ksock_conns_usable_locked(peer) &&
		     !list_empty(&peer->waiting[KSOCK_WAIT_OURS])))
			return true;
		peer->error = -ECONNREFUSED;
		break;
	default:
		*delay = dial_next_pause_locked(peer);
		peer->error = *rc;
		break;
	}
	peer->refusals = 0;
	peer->retry_at = jiffies + *delay;
	return false;
}

/**
 * ksock_dial_begin() - begin the attempt that is due
 * @peer: the peer whose attempt is due
 * @version: set to the version of the protocol to speak, if a type is returned
 *
 * Context: task; does not sleep.
 * Return: the type of connection to make next; KSOCK_NONE: none is missing, or may be made now.
 */
enum ksock_ctype ksock_dial_begin(struct ksock_peer *peer, unsigned int *version)
{
	enum ksock_ctype type = KSOCK_NONE;
	bool down;

	spin_lock(&peer->lock);
	down = dial_is_down_locked(peer);
	if (peer->dial == KSOCK_DIAL_DUE) {
		/* If a connection has died since it was admitted, the pause holds. */
		if (!READ_ONCE(peer->net->closing) && !down &&
		    !(peer->error && time_before(jiffies, peer->retry_at)))
			type = dial_missing_locked(peer);
		peer->dial = KSOCK_DIAL_GREETING;
		if (type == KSOCK_NONE)
			peer->dial = KSOCK_DIAL_IDLE;
		peer->dial_began = jiffies;
		peer->outdated = false;
		*version = peer->version;
	}
	spin_unlock(&peer->lock);
	return type;
}
