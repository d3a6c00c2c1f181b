// SPDX-License-Identifier: GPL-2.0
/*
 * The NIDs of peers that have several: which of them is the primary NID, the one that stands for
 * all. A NID that is not here is the only one of its peer. network/node.c decides what gets in.
 *
 * Messages are matched by primary NIDs. The network layer writes that of the sender into the
 * event's @initiator when a message arrives, and the NID that it came from into @source; MEs get
 * theirs when they are posted. Those that had theirs before a peer became known keep it:
 *
 * - An ME that names another NID of the peer than the primary one still gets the messages from
 *   that NID. A message for which no ME has the primary NID is matched by its source (match.c).
 * - A PUT that waits on a lazy portal waits under the primary NID of the time when it came. An ME
 *   for a peer with several NIDs looks for it among all that wait with its match bits (delayed.c),
 *   and the event names the peer as it is named then.
 * - A PUT whose match began before does not wait before it has been matched by the primary NID,
 *   too: match.c, A and N. [alias-delay]
 *
 * A client that posts an ME for a peer, and then asks the peer for a message, loses none by this,
 * whatever becomes known meanwhile.
 *
 *	table: NID ─► alias ─► peer: [primary][NID][NID]
 *
 * Readers use RCU. One thread at a time changes anything. A peer keeps its primary NID until it is
 * forgotten with all of them. Of the others those may go that it has named itself, once it names
 * them no longer, and any that the operator parts from it; who lists its NIDs meanwhile may miss
 * one.
 */
#include "event/alias.h"
#include "hooks/alloc.h"

#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

/* W: under network/node.c's mutex. @nid: W to write; 0: neither this nor a later one is there */
struct alias_peer {
	struct list_head link;		/* W: */
	unsigned int nr;		/* W: NIDs */
	unsigned int turn;		/* READ_ONCE/WRITE_ONCE: racing threads may get one twice */
	struct rcu_head rcu;
	lnet_nid_t nid[LNET_ALIAS_MAX];	/* the first is the primary one */
};

/* I: immutable; W: as above */
struct alias {
	struct rhash_head link;
	lnet_nid_t nid;			/* I: */
	struct alias_peer *peer;	/* I: */
	bool heard;			/* W: the peer has named it, and no client has */
	struct rcu_head rcu;
};

static const struct rhashtable_params alias_params = {
	.head_offset	= offsetof(struct alias, link),
	.key_offset	= offsetof(struct alias, nid),
	.key_len	= sizeof_field(struct alias, nid),
	.automatic_shrinking = true,
};

DEFINE_STATIC_KEY_FALSE(lnet_alias_known);
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_alias_known);
static struct rhashtable table;
static LIST_HEAD(peers);		/* W: */
static unsigned int peers_nr;		/* W: READ_ONCE to read */

/* Finding ------------------------------------------------------------------ */

/* RCU read section, or the thread that changes. */
static struct alias_peer *alias_peer_of(lnet_nid_t nid)
{
	struct alias *a = rhashtable_lookup_fast(&table, &nid, alias_params);

	return a ? a->peer : NULL;
}

/**
 * lnet_alias_find() - look up the primary NID of a peer; called by lnet_alias_primary()
 * @nid: any NID
 *
 * Context: any.
 * Return: the primary NID of the peer that has @nid; @nid if no other NID of it is known.
 */
lnet_nid_t lnet_alias_find(lnet_nid_t nid)
{
	const struct alias_peer *peer;

	if (nid == LNET_NID_LO_0 || nid == LNET_NID_ANY)
		return nid;
	rcu_read_lock();
	peer = alias_peer_of(nid);
	if (peer)
		nid = peer->nid[0];
	rcu_read_unlock();
	return nid;
}

/**
 * lnet_alias_at() - list the NIDs of a peer
 * @nid: any NID of the peer
 * @index: place of the NID that is asked for, from 0; the first is the primary one
 *
 * Context: any.
 * Return: a NID, which may be @nid; LNET_NID_ANY: no such place, or no other NID than @nid is
 * known.
 */
lnet_nid_t lnet_alias_at(lnet_nid_t nid, unsigned int index)
{
	const struct alias_peer *peer;
	lnet_nid_t found = 0;

	rcu_read_lock();
	peer = alias_peer_of(nid);
	if (peer && index < LNET_ALIAS_MAX)
		found = READ_ONCE(peer->nid[index]);
	rcu_read_unlock();
	return found ?: LNET_NID_ANY;
}

/**
 * lnet_alias_turn() - count up, to choose among the ways to a peer
 * @nid: any NID of the peer
 *
 * Context: any.
 * Return: one more than the last time, unless threads race; 0: no other NID than @nid is known.
 */
unsigned int lnet_alias_turn(lnet_nid_t nid)
{
	struct alias_peer *peer;
	unsigned int turn = 0;

	rcu_read_lock();
	peer = alias_peer_of(nid);
	if (peer) {
		turn = READ_ONCE(peer->turn) + 1;
		WRITE_ONCE(peer->turn, turn);
	}
	rcu_read_unlock();
	return turn;
}

/**
 * lnet_alias_peers() - count the peers with several NIDs
 *
 * Context: any.
 * Return: their number.
 */
unsigned int lnet_alias_peers(void)
{
	return READ_ONCE(peers_nr);
}

/* Changing ----------------------------------------------------------------- */

static int alias_new(struct alias_peer *peer, lnet_nid_t nid, bool heard)
{
	struct alias *a = lnet_alloc(kzalloc(sizeof(*a), GFP_KERNEL));
	int rc;

	if (!a)
		return -ENOMEM;
	a->nid = nid;
	a->peer = peer;
	a->heard = heard;
	/* A reader that finds it in the table finds its peer complete, up to here. */
	rc = lnet_alloc_rc(rhashtable_insert_fast(&table, &a->link, alias_params));
	if (rc) {
		kfree(a);
		return -ENOMEM;
	}
	lnet_nid_hold(nid);
	WRITE_ONCE(peer->nid[peer->nr], nid);
	peer->nr++;
	/* K: before whatever is posted for the peer. Pairs with the barrier of match.c, A and N. */
	smp_mb();
	return 0;
}

/* The last one, without an alias, leaves no trace of the peer. */
static void alias_peer_free(struct alias_peer *peer)
{
	struct alias *a;
	unsigned int i;

	for (i = 0; i < peer->nr; i++) {
		a = rhashtable_lookup_fast(&table, &peer->nid[i], alias_params);
		if (WARN_ON_ONCE(!a))
			continue;
		rhashtable_remove_fast(&table, &a->link, alias_params);
		lnet_nid_put(a->nid);
		kfree_rcu(a, rcu);
	}
	list_del(&peer->link);
	kfree_rcu(peer, rcu);
	WRITE_ONCE(peers_nr, peers_nr - 1);
}

static struct alias_peer *alias_peer_new(lnet_nid_t primary)
{
	struct alias_peer *peer = lnet_alloc(kzalloc(sizeof(*peer), GFP_KERNEL));

	if (!peer)
		return NULL;
	/* Set before the NID is in the table. */
	peer->nid[0] = primary;
	if (alias_new(peer, primary, false)) {
		kfree(peer);
		return NULL;
	}
	list_add(&peer->link, &peers);
	WRITE_ONCE(peers_nr, peers_nr + 1);
	return peer;
}

/**
 * lnet_alias_add() - make a NID one of a peer's
 * @nid: the NID
 * @peer: any NID of the peer; its primary one, if no other is known
 * @heard: true: the peer has said so; false: a client
 *
 * Context: task; may sleep; one thread at a time.
 * Return: 0, also if it was so before; -EEXIST: @nid is another peer's; -ENOSPC: the peer has
 * LNET_ALIAS_MAX of them; -ENOMEM.
 */
int lnet_alias_add(lnet_nid_t nid, lnet_nid_t peer, bool heard)
{
	struct alias_peer *has = alias_peer_of(nid), *to = alias_peer_of(peer);
	struct alias *a;
	int rc;

	if (nid == peer)
		return 0;
	if (has && has == to) {
		a = rhashtable_lookup_fast(&table, &nid, alias_params);
		a->heard = a->heard && heard;
		return 0;
	}
	if (has)
		return -EEXIST;
	if (to && to->nr == LNET_ALIAS_MAX)
		return -ENOSPC;
	if (!to)
		to = alias_peer_new(peer);
	if (!to)
		return -ENOMEM;
	rc = alias_new(to, nid, heard);
	if (!rc)
		static_branch_enable(&lnet_alias_known);
	else if (to->nr == 1)
		alias_peer_free(to);
	return rc;
}

/**
 * lnet_alias_drop() - make a NID that its peer has named one of a peer of its own
 * @nid: the NID; nothing happens if it is the primary one
 * @named: true: also if a client has named it; else nothing happens then
 *
 * Context: task; may sleep; one thread at a time.
 */
void lnet_alias_drop(lnet_nid_t nid, bool named)
{
	struct alias *a = rhashtable_lookup_fast(&table, &nid, alias_params);
	struct alias_peer *peer;
	unsigned int i;

	if (!a || (!a->heard && !named) || a->peer->nid[0] == nid)
		return;
	peer = a->peer;
	rhashtable_remove_fast(&table, &a->link, alias_params);
	for (i = 1; peer->nid[i] != nid; i++)
		;
	for (; i < peer->nr; i++)
		WRITE_ONCE(peer->nid[i], i + 1 < peer->nr ? peer->nid[i + 1] : 0);
	peer->nr--;
	lnet_nid_put(nid);
	kfree_rcu(a, rcu);
	if (peer->nr == 1)
		alias_peer_free(peer);
}

/**
 * lnet_alias_forget() - forget a peer
 * @nid: any NID of it, or one that is the only one of its peer: then there is nothing to do
 *
 * Each of its NIDs is one of a peer of its own from now on.
 *
 * Context: task; may sleep; one thread at a time.
 */
void lnet_alias_forget(lnet_nid_t nid)
{
	struct alias_peer *peer = alias_peer_of(nid);

	if (peer)
		alias_peer_free(peer);
}

/**
 * lnet_alias_forget_all() - forget all peers
 *
 * Context: task; may sleep; one thread at a time.
 */
void lnet_alias_forget_all(void)
{
	struct alias_peer *peer, *next;

	list_for_each_entry_safe(peer, next, &peers, link)
		alias_peer_free(peer);
	/* Not when the last one goes: a node that says now this, now that would patch code. */
	static_branch_disable(&lnet_alias_known);
}

/**
 * lnet_alias_init() - make the table
 *
 * Context: while the module loads; may sleep.
 * Return: 0; or -ENOMEM.
 */
int lnet_alias_init(void)
{
	return lnet_alloc_rc(rhashtable_init(&table, &alias_params));
}

/**
 * lnet_alias_exit() - free the table; all peers are forgotten
 *
 * Context: task; may sleep.
 */
void lnet_alias_exit(void)
{
	rhashtable_destroy(&table);
}
