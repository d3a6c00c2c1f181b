// SPDX-License-Identifier: GPL-2.0
/*
 * NIDs of other nodes: those that drivers know as peers, and those that clients and the operator
 * have named. Each is asked, once, which NIDs its node has (discovery); node.c judges the answers.
 *
 * When is a NID asked?
 *
 *	a driver has met it, in either direction	at once; again if none has known it
 *							for a while
 *	its node started anew (lnet_lnd_connected())	at once, but once a second at most;
 *							what it said before is void
 *	it was asked in vain, and has connected since	at once
 *	its node has pushed a new list of its NIDs	at once, but see below
 *	a client or the operator wants to know		at once
 *	the answer of another NID has named it		at once, if we have dialled that one,
 *							or it is kept; else only if it is the
 *							primary one
 *	a path to it seems not to work; or it is the	at once, but 5 s after it was asked last
 *	primary one, and others claim a NID of it	(lnet_peer_probe())
 *	LNet comes up, or discovery is switched on	at once, if it was not asked before
 *
 * No message waits for any of this. What is pushed is not read: an answer comes from where we have
 * asked, and has the same list. So one place judges, and a push is only the word that there is
 * something new.
 *
 * What can a stranger make us do? One that connects to us makes us ask it once, on its own
 * connection, and the one NID that it names as its primary one; not 60 others that it may name.
 * That our question has a driver connect to that NID does not make it one that we have dialled. No
 * more than NAMED_MAX (peer_table.c) such NIDs wait to be asked, and nothing is left of them then.
 * Each push makes us ask once more, but not sooner than a second after the last time, and twice as
 * long each time that the answer was the same, up to LNET_PEER_GAP_MAX_S. If an answer is bad, only
 * a push, a new connection or a path that seems not to work has us ask again. A list whose number
 * is lower than before, from a node that has not started anew, changes nothing.
 *
 * A NID is asked by the NI by which it was met last, as its node may take callers from there alone.
 *
 * A node that discovers as we do gets ours: after its first answer, and whenever our NIDs change.
 *
 * The table is in peer_table.c; what is asked and told when, and its state, in peer_ask.c. What a
 * NID is that is dialled, kept, named, or known by hearsay, peer_table.h says.
 */
#include "network/peer.h"
#include "hooks/alloc.h"
#include "network/node.h"
#include "network/peer_ask.h"
#include "network/peer_table.h"

#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>

/* What drivers say --------------------------------------------------------- */

/* What its node has said before is void. */
static void peer_begin_anew_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&lnet_peers_lock);
	p->life++;
	p->has_seq = false;
	WRITE_ONCE(p->told, 0);
	WRITE_ONCE(p->state, LNET_PEER_NEW);
}

/**
 * lnet_lnd_met() - tell that a driver knows a peer from now on
 * @ni: the NI by which it knows it
 * @nid: the NID of the peer, of the process LNET_PID_LUSTRE there
 * @dialled: true: a client of this node sends to it; false: it has connected to us
 *
 * Context: task; does not sleep.
 * Return: true: lnet_lnd_parted() is to be called; false: there is no memory, which has been
 * counted.
 */
bool lnet_lnd_met(const struct lnet_ni *ni, lnet_nid_t nid, bool dialled)
{
	struct lnet_peer *p;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_obtain_locked(nid);
	if (p) {
		/* While no driver knew it its node may have started anew, unseen. */
		if (!p->met++ && p->state == LNET_PEER_DONE)
			peer_begin_anew_locked(p);
		/* One that is known by hearsay is dialled for our own question. */
		if (!dialled && !p->dialled && !p->kept)
			p->hearsay = true;
		if (dialled && !p->hearsay)
			WRITE_ONCE(p->dialled, true);
		lnet_peer_set_by_locked(p, ni->nid);
	}
	if (p && p->state == LNET_PEER_NEW)
		lnet_peer_ask_locked(p, jiffies);
	spin_unlock(&lnet_peers_lock);
	return p;
}
EXPORT_SYMBOL_GPL(lnet_lnd_met);

/**
 * lnet_lnd_parted() - take back one call of lnet_lnd_met(), which has returned true
 * @ni: the NI
 * @nid: the NID of the peer, which the driver knows no longer
 *
 * Context: task; does not sleep.
 */
void lnet_lnd_parted(const struct lnet_ni *ni, lnet_nid_t nid)
{
	struct lnet_peer *p;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (!WARN_ON_ONCE(!p || !p->met)) {
		p->met--;
		if (p->by == ni->nid)
			lnet_peer_set_by_locked(p, LNET_NID_ANY);
		p = lnet_peer_remove_locked(p);
	} else {
		p = NULL;
	}
	spin_unlock(&lnet_peers_lock);
	if (p)
		lnet_peer_put(p);
}
EXPORT_SYMBOL_GPL(lnet_lnd_parted);

/**
 * lnet_lnd_connected() - tell that a peer can be reached that could not be
 * @ni: the NI
 * @nid: the NID of the peer
 * @anew: true: its node has started anew since it was last reached
 *
 * Context: task; does not sleep.
 */
void lnet_lnd_connected(const struct lnet_ni *ni, lnet_nid_t nid, bool anew)
{
	unsigned long due, now = jiffies;
	struct lnet_peer *p;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (p && p->met)
		lnet_peer_set_by_locked(p, ni->nid);
	if (p && anew) {
		peer_begin_anew_locked(p);
		due = p->asked_at + HZ;
		lnet_peer_ask_locked(p, time_before(now, due) ? due : now);
	} else if (p && (p->state == LNET_PEER_NEW || p->state == LNET_PEER_FAILED)) {
		lnet_peer_ask_locked(p, now);
	}
	spin_unlock(&lnet_peers_lock);
}
EXPORT_SYMBOL_GPL(lnet_lnd_connected);

/* What clients and the operator say ---------------------------------------- */

/* Have @p asked. It stays until it was. Returns 0 or -errno. */
static int peer_name_locked(struct lnet_peer *p, bool again)
{
	lockdep_assert_held(&lnet_peers_lock);
	if (!lnet_peer_ask_is_allowed_locked())
		return -ENETDOWN;
	if ((p->state == LNET_PEER_DONE && !again) || !lnet_peer_discovers())
		return 0;
	if (p->state == LNET_PEER_ASKING) {
		/* It is to wait with those that are wanted, if it waits. */
		if (p->ask && !p->hearsay && lnet_peer_set_named_locked(p, true))
			lnet_peer_ask_locked(p, p->ask_due);
		return 0;
	}
	if (!lnet_peer_set_named_locked(p, true))
		return -EBUSY;
	WRITE_ONCE(p->state, LNET_PEER_NEW);
	lnet_peer_ask_locked(p, jiffies);
	return 0;
}

enum name_why { NAME_ASK, NAME_KEEP, NAME_HEARSAY };

static int peer_name(lnet_nid_t nid, bool again, enum name_why why)
{
	struct lnet_peer *p, *gone = NULL;
	int rc = -ENOMEM;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_obtain_locked(nid);
	if (p) {
		if (why != NAME_HEARSAY)
			p->hearsay = false;
		else if (!p->met && !p->kept && !p->named)
			p->hearsay = true;
		rc = peer_name_locked(p, again);
		if (why == NAME_KEEP && rc != -ENETDOWN)
			WRITE_ONCE(p->kept, true);
		gone = lnet_peer_remove_locked(p);
	}
	spin_unlock(&lnet_peers_lock);
	if (gone)
		lnet_peer_put(gone);
	return rc;
}

/**
 * lnet_peer_await() - wait for the answer of a NID that was asked, and of those that it names
 * @nid: the NID
 * @wait_ms: longest time to wait, ms
 *
 * Only when the others have answered, too, is known of which node they are.
 *
 * Context: task; may sleep.
 * Return: as lnet_peer_discover() returns.
 */
int lnet_peer_await(lnet_nid_t nid, unsigned int wait_ms)
{
	lnet_nid_t named;
	unsigned int i;
	long left;
	int rc;

	left = lnet_peer_wait_answered(nid, msecs_to_jiffies(wait_ms), &rc);
	for (i = 0; left > 0 && !rc; i++) {
		named = lnet_node_said(nid, i);
		if (named == LNET_NID_ANY)
			break;
		left = lnet_peer_wait_asked(named, left);
	}
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
		return lnet_peer_is_answered(nid, &rc) ? rc : -EAGAIN;
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
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_hear_of);

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

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (p) {
		WRITE_ONCE(p->kept, false);
		p = lnet_peer_remove_locked(p);
	}
	spin_unlock(&lnet_peers_lock);
	if (p)
		lnet_peer_put(p);
}
EXPORT_SYMBOL_GPL(lnet_peer_forget);
