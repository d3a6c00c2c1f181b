// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes with several NIDs: who says which NIDs are one node, and when that is believed. The event
 * layer keeps what is believed (alias.c), and matches by it.
 *
 * A client is believed: it has read a configuration. The first NID that it names is the primary
 * one, unless one of them is known to be of a node already; then that node gets the others.
 *
 * A peer is believed only where both sides say the same. In the answer to a ping a node names its
 * NIDs, the primary one first, and the same list whichever NID was asked. A peer that lies could
 * name the NID of another node, to get that node's messages matched as its own, or its own as that
 * node's. But the answer to a ping of a NID comes from the node that has it. So NID V is taken for
 * one of the node with the primary NID P if
 *
 *	V was asked and named P first, and P was asked and named itself first, and V.
 *
 * Until both were asked, V is a node of its own, which is what it is for LNet at first. A NID that
 * is on no network of this node cannot be asked, and cannot send to us: such NIDs in an answer
 * count for nothing. From a client they do; LNetPut() then sends to another NID of the node.
 *
 * 0@lo and the NIDs of this node are never those of a peer. Once a NID is one of a node it stays
 * that until LNet goes down, and nothing that another node says takes it away. There are three
 * exceptions. An NI of this node comes up with a NID of a peer: that peer is forgotten. The
 * operator says that it is none (lnet_node_part()). Or the primary NID of the node is asked again,
 * and names a NID no longer that it has named before, and that no client has: that NID is one of a
 * node of its own again. It is asked again if two others say that such a NID is theirs, as that may
 * have been given to another node.
 *
 * The number of nodes is bounded (nodes_max=), and what is said after that changes nothing; so is
 * the number of NIDs of a node, and of answers that wait for another one. Of those the oldest gives
 * way: its NID may be asked again.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "network/node.h"
#include "event/alias.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "network/ni.h"
#include "network/peer.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

enum { STATEMENTS_MAX = 1024 };

static unsigned int nodes_max = 16384;
module_param(nodes_max, uint, 0644);
MODULE_PARM_DESC(nodes_max, "Number of other nodes with several NIDs that are known as such (default 16384)");

static DEFINE_MUTEX(node_mutex);	/* N; inside lnet_init_mutex */
static bool may_add;			/* N: LNet is up */
static u64 refused[LNET_NODE_REFUSAL_NR];	/* N: READ_ONCE to read */

static void node_refuse(enum lnet_node_refusal why)
{
	lockdep_assert_held(&node_mutex);
	lnet_count(refused[why], 1);
}

/* What is believed --------------------------------------------------------- */

static void node_log_taken(lnet_nid_t nid, lnet_nid_t to)
{
	char name[3][LNET_NIDSTR_SIZE];

	pr_warn_ratelimited("%s is known as a NID of the node %s: not taken for one of %s\n",
			    libcfs_nid2str_r(nid, name[0], sizeof(name[0])),
			    libcfs_nid2str_r(lnet_alias_primary(nid), name[1], sizeof(name[1])),
			    libcfs_nid2str_r(to, name[2], sizeof(name[2])));
}

static bool node_is_known(lnet_nid_t nid)
{
	return lnet_alias_at(nid, 0) != LNET_NID_ANY;
}

/* Nodes that tell of themselves leave a quarter to those that clients tell of. */
static bool node_is_one_too_many(lnet_nid_t nid, lnet_nid_t to, bool heard)
{
	const unsigned int most = READ_ONCE(nodes_max);

	if (nid == to || node_is_known(nid) || node_is_known(to) ||
	    lnet_alias_peers() < (heard ? most - most / 4 : most))
		return false;
	pr_warn_ratelimited("%u nodes with several NIDs are known: for more, raise the parameter nodes_max\n",
			    lnet_alias_peers());
	return true;
}

/*
 * Take @nid for one of the node that has @to; @heard: as that says itself. Returns 0, or an error
 * of lnet_node_add().
 */
static int node_take(lnet_nid_t nid, lnet_nid_t to, bool heard)
{
	int rc;

	lockdep_assert_held(&node_mutex);
	if (node_is_one_too_many(nid, to, heard)) {
		node_refuse(LNET_NODE_FULL);
		return -ENOSPC;
	}
	rc = lnet_alias_add(nid, to, heard);
	if (rc == -EEXIST) {
		node_refuse(LNET_NODE_TAKEN);
		node_log_taken(nid, to);
	} else if (rc) {
		node_refuse(rc == -ENOSPC ? LNET_NODE_TOO_MANY : LNET_NODE_NO_MEMORY);
	}
	return rc;
}

/* Can @nid be a peer's? As to ours, this is one side of lnet_node_disown(). */
static bool node_may_have(lnet_nid_t nid)
{
	lockdep_assert_held(&node_mutex);
	return nid != LNET_NID_ANY && LNET_NETTYP(LNET_NIDNET(nid)) != LOLND &&
	       !lnet_ni_is_local(nid);
}

/* The NID of the node that a client means: one that is known, or else the first. ANY: none. */
static lnet_nid_t node_meant(const lnet_nid_t *nids, unsigned int nr)
{
	lnet_nid_t first = LNET_NID_ANY;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!node_may_have(nids[i]))
			continue;
		if (node_is_known(nids[i]))
			return nids[i];
		if (first == LNET_NID_ANY)
			first = nids[i];
	}
	return first;
}

/**
 * lnet_node_add() - learn from a client that some NIDs are one node
 * @nids: the NIDs, the primary one first; repeats, 0@lo and NIDs of this node do not count
 * @nr: number of @nids
 *
 * If one of them is known to be of a node, that node gets the others, and keeps its primary NID.
 * Those that are of another node stay with it, which is logged; and so on: each NID that can be
 * taken is.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: there are no NIDs; -ENETDOWN: LNet is down; -EEXIST: a NID is one of another
 * node; -ENOSPC: the node has 64 NIDs, or nodes_max= nodes are known; -ENOMEM.
 */
int lnet_node_add(const lnet_nid_t *nids, unsigned int nr)
{
	lnet_nid_t to;
	unsigned int i;
	int rc, first = 0;

	if (!nids || !nr)
		return -EINVAL;
	mutex_lock(&node_mutex);
	if (!may_add)
		first = -ENETDOWN;
	to = node_meant(nids, nr);
	for (i = 0; i < nr && may_add && to != LNET_NID_ANY; i++) {
		rc = node_may_have(nids[i]) ? node_take(nids[i], to, false) : 0;
		first = first ?: rc;
	}
	mutex_unlock(&node_mutex);
	return first;
}
EXPORT_SYMBOL_GPL(lnet_node_add);

/**
 * lnet_node_nid() - list the NIDs of a node
 * @nid: any NID of the node
 * @index: place of the NID that is asked for, from 0; the first is the primary one
 *
 * Context: any.
 * Return: a NID, which may be @nid; LNET_NID_ANY: no such place, or no other NID than @nid is
 * known.
 */
lnet_nid_t lnet_node_nid(lnet_nid_t nid, unsigned int index)
{
	return lnet_alias_at(nid, index);
}
EXPORT_SYMBOL_GPL(lnet_node_nid);

/**
 * lnet_node_part() - make a NID the only one of its node, as the operator says so
 * @nid: the NID; if it is the primary one of its node, all NIDs of that are parted
 *
 * What the node says later of its NIDs counts again.
 *
 * Context: task; may sleep.
 */
void lnet_node_part(lnet_nid_t nid)
{
	mutex_lock(&node_mutex);
	if (lnet_alias_primary(nid) == nid)
		lnet_alias_forget(nid);
	else
		lnet_alias_drop(nid, true);
	mutex_unlock(&node_mutex);
}
EXPORT_SYMBOL_GPL(lnet_node_part);

/**
 * lnet_node_disown() - forget the node that has a NID, as an NI of this node has come up with it
 * @nid: the NID, of an NI in the list of NIs
 *
 * A thread that takes the NID for a peer's looks for such an NI under the mutex. Either it has
 * taken the NID before this function gets the mutex, or it finds the NI.
 *
 * Context: task; may sleep.
 */
void lnet_node_disown(lnet_nid_t nid)
{
	mutex_lock(&node_mutex);
	lnet_alias_forget(nid);
	mutex_unlock(&node_mutex);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_disown);

/* What nodes say ----------------------------------------------------------- */

/* I: immutable. The last answer of a NID: those of its NIDs that are on networks of this node. */
struct statement {
	struct list_head link;		/* N: */
	lnet_nid_t asked;		/* I: one of @nids */
	unsigned int nr;		/* I: */
	lnet_nid_t nids[LNET_ALIAS_MAX];	/* I: each once; the first may be the primary one */
};

static LIST_HEAD(statements);		/* N: by @asked; the oldest is the first */
static unsigned int statements_nr;	/* N: */

static struct statement *statement_find(lnet_nid_t asked)
{
	struct statement *s;

	lockdep_assert_held(&node_mutex);
	list_for_each_entry(s, &statements, link)
		if (s->asked == asked)
			return s;
	return NULL;
}

static bool statement_names(const struct statement *s, lnet_nid_t nid)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->nids[i] == nid)
			return true;
	return false;
}

static void statement_free(struct statement *s)
{
	unsigned int i;

	if (!s)
		return;
	lnet_nid_put(s->asked);
	for (i = 0; i < s->nr; i++)
		lnet_nid_put(s->nids[i]);
	kfree(s);
}

static void statement_drop(struct statement *s)
{
	list_del(&s->link);
	statements_nr--;
	statement_free(s);
}

/* Add a NID that @s->asked has named, if it counts. */
static void statement_add(struct statement *s, lnet_nid_t nid)
{
	lockdep_assert_held(&node_mutex);
	if (LNET_NETTYP(lnet_net_plain(LNET_NIDNET(nid))) == LOLND || !LNET_NIDADDR(nid) ||
	    !lnet_ni_on_net(LNET_NIDNET(nid)) || statement_names(s, nid))
		return;
	if (lnet_ni_is_local(nid)) {
		node_refuse(LNET_NODE_OURS);
		return;
	}
	lnet_nid_hold(nid);
	s->nids[s->nr++] = nid;
}

/* Fill @s with what counts of an answer. Returns false if it is not to be believed. */
static bool statement_fill(struct statement *s, const struct lnet_ping_info *info)
{
	unsigned int i;

	lockdep_assert_held(&node_mutex);
	/* The loopback is the first of them. */
	if (info->said > LNET_ALIAS_MAX + 1) {
		node_refuse(LNET_NODE_TOO_MANY);
		return false;
	}
	statement_add(s, info->ni[info->primary].nid);
	for (i = 0; i < info->nr && s->nr < LNET_ALIAS_MAX; i++)
		if (i != info->primary)
			statement_add(s, info->ni[i].nid);
	if (statement_names(s, s->asked))
		return true;
	node_refuse(LNET_NODE_STRANGER);
	return false;
}

/* Is @v->asked one of the node with the primary NID that it names, by the answer @p of that NID? */
static void statement_confirm(const struct statement *v, const struct statement *p)
{
	if (p->nids[0] != p->asked || !statement_names(p, v->asked))
		node_refuse(LNET_NODE_DENIED);
	else if (node_take(v->asked, p->asked, true) == -EEXIST)
		/* If the node that had it has it no more, that says so when it is asked. */
		lnet_peer_probe(lnet_alias_primary(v->asked));
}

/* @s is what a primary NID says now: those of its NIDs that it does not name any more go. */
static void statement_take_back(const struct statement *s, const struct lnet_ping_info *info)
{
	lnet_nid_t gone[LNET_ALIAS_MAX], nid;
	unsigned int i, nr = 0;

	/* Of an answer that was cut, nobody knows what is not in it. */
	if (s->nids[0] != s->asked || !info->whole)
		return;
	for (i = 1; i < LNET_ALIAS_MAX; i++) {
		nid = lnet_alias_at(s->asked, i);
		if (nid == LNET_NID_ANY)
			break;
		if (!lnet_ping_info_names(info, nid))
			gone[nr++] = nid;
	}
	/* It may be the primary one of us, and another one of itself. */
	if (lnet_alias_primary(s->asked) != s->asked)
		return;
	while (nr--)
		lnet_alias_drop(gone[nr], false);
}

/* @s is new. It may be the one that others have waited for. */
static void statement_compare(const struct statement *s)
{
	const struct statement *other;

	if (s->nids[0] != s->asked) {
		other = statement_find(s->nids[0]);
		if (other)
			statement_confirm(s, other);
	}
	list_for_each_entry(other, &statements, link)
		if (other != s && other->nids[0] == s->asked)
			statement_confirm(other, s);
}

static void statement_keep(struct statement *s)
{
	struct statement *old = statement_find(s->asked);

	if (!old && statements_nr == STATEMENTS_MAX)
		old = list_first_entry(&statements, struct statement, link);
	if (old)
		statement_drop(old);
	list_add_tail(&s->link, &statements);
	statements_nr++;
}

/**
 * lnet_node_heard() - learn from the answer to a ping which NIDs the node may have
 * @asked: the NID that was asked
 * @info: the answer, which came from the node that has @asked
 *
 * Context: task; may sleep.
 */
void lnet_node_heard(lnet_nid_t asked, const struct lnet_ping_info *info)
{
	struct statement *s;

	/* Of this node itself. */
	if (lnet_ni_is_local(asked))
		return;
	s = lnet_alloc(kzalloc(sizeof(*s), GFP_KERNEL));
	mutex_lock(&node_mutex);
	if (!s) {
		node_refuse(LNET_NODE_NO_MEMORY);
		goto out;
	}
	s->asked = asked;
	lnet_nid_hold(asked);
	if (may_add && statement_fill(s, info)) {
		statement_take_back(s, info);
		statement_keep(s);
		statement_compare(s);
		s = NULL;
	}
out:
	mutex_unlock(&node_mutex);
	statement_free(s);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_heard);

/**
 * lnet_node_said() - list what a NID has said last of the NIDs of its node
 * @asked: the NID
 * @index: place of the NID that is asked for, from 0
 *
 * Of those that are on a network of this node. Nothing says that it is true.
 *
 * Context: task; may sleep.
 * Return: a NID, which may be @asked; LNET_NID_ANY: no such place, or @asked has said nothing.
 */
lnet_nid_t lnet_node_said(lnet_nid_t asked, unsigned int index)
{
	lnet_nid_t nid = LNET_NID_ANY;
	const struct statement *s;

	mutex_lock(&node_mutex);
	s = statement_find(asked);
	if (s && index < s->nr)
		nid = s->nids[index];
	mutex_unlock(&node_mutex);
	return nid;
}

/* Shown, up and down ------------------------------------------------------- */

/**
 * lnet_node_count() - count the nodes that are known to have several NIDs
 *
 * Context: any.
 * Return: their number.
 */
unsigned int lnet_node_count(void)
{
	return lnet_alias_peers();
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_count);

/**
 * lnet_node_refused() - count what was not believed, for one reason
 * @why: the reason
 *
 * Context: any.
 * Return: the number of NIDs, or of answers, since the last reset.
 */
u64 lnet_node_refused(enum lnet_node_refusal why)
{
	return READ_ONCE(refused[why]);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_refused);

/**
 * lnet_node_reset() - begin to count from 0
 *
 * Context: task; may sleep.
 */
void lnet_node_reset(void)
{
	unsigned int i;

	mutex_lock(&node_mutex);
	for (i = 0; i < LNET_NODE_REFUSAL_NR; i++)
		WRITE_ONCE(refused[i], 0);
	mutex_unlock(&node_mutex);
}

/**
 * lnet_node_allow() - allow that nodes become known, as LNet comes up
 *
 * Context: task; may sleep.
 */
void lnet_node_allow(void)
{
	mutex_lock(&node_mutex);
	may_add = true;
	mutex_unlock(&node_mutex);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_allow);

/**
 * lnet_node_forget_all() - forget all nodes, and what they said, as LNet goes down
 *
 * Context: task; may sleep.
 */
void lnet_node_forget_all(void)
{
	struct statement *s, *next;

	mutex_lock(&node_mutex);
	may_add = false;
	lnet_alias_forget_all();
	list_for_each_entry_safe(s, next, &statements, link)
		statement_drop(s);
	mutex_unlock(&node_mutex);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_node_forget_all);
