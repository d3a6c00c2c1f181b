// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a message where there are several (multi-rail). A path is an NI of this node and
 * a NID of the other one, on the same network. Messages take the paths in turn, all but those
 * that their driver says are not good now: connecting failed, or what was sent last was not
 * acknowledged. If no path is good, they take all in turn.
 *
 * The other node may have several NIDs, or one, and this node several NIs on its network. In the
 * second case it must know that those are one node, as it would take the messages for those of
 * several else: it has acknowledged our list of NIDs.
 *
 * A path that is not good carries nothing that could show that it is good again. So the NID at its
 * end is asked now and then, as in discovery (lnet_peer_probe()).
 *
 * The order of two messages to one node is not kept, as it is not over one path: small messages
 * pass large ones there. Answers take no part in this, they go back by the path of the
 * question; nor do pings and pushes, which are for the NID that they name.
 */
#include "network/path.h"
#include "event/alias.h"
#include "network/msg.h"
#include "network/ni.h"
#include "network/peer.h"
#include "network/ping.h"

#include <linux/rculist.h>

/* A walk over the paths to a node. */
struct walk {
	lnet_nid_t target;		/* any NID of the node */
	bool alone;			/* it has no other */
	lnet_nid_t self;		/* NID to send from, or LNET_NID_ANY */
	unsigned int place;		/* of @nid among the node's NIDs */
	lnet_nid_t nid;
	struct lnet_ni *ni;		/* NULL: before the first of @nid */
};

static lnet_nid_t path_nid(const struct walk *p)
{
	if (p->alone)
		return p->place ? LNET_NID_ANY : p->target;
	return lnet_alias_at(p->target, p->place);
}

/* Go to the next path. False: there is none left. The caller is in an RCU read section. */
static bool path_next(struct walk *p)
{
	for (;;) {
		if (!p->ni) {
			p->nid = path_nid(p);
			if (p->nid == LNET_NID_ANY)
				return false;
			p->ni = list_entry(&lnet_nis, struct lnet_ni, link);
		}
		list_for_each_entry_continue_rcu(p->ni, &lnet_nis, link)
			if (LNET_NIDNET(p->ni->nid) == LNET_NIDNET(p->nid) &&
			    (p->self == LNET_NID_ANY || p->self == p->ni->nid) &&
			    !READ_ONCE(p->ni->closing))
				return true;
		p->ni = NULL;
		p->place++;
	}
}

static bool path_is_good(const struct walk *p)
{
	const struct lnet_lnd *lnd = p->ni->lnd;

	return READ_ONCE(p->ni->status) == LNET_NI_STATUS_UP &&
	       (!lnd->lnd_reaches || lnd->lnd_reaches(p->ni, p->nid));
}

/* Count the paths, and the good ones among them. Those that are not good are probed. */
static unsigned int path_count(const struct walk *from, unsigned int *good)
{
	struct walk p = *from;
	unsigned int all = 0;

	*good = 0;
	while (path_next(&p)) {
		all++;
		if (path_is_good(&p))
			(*good)++;
		else
			lnet_peer_probe(p.nid);
	}
	return all;
}

/*
 * Take the path number @n, of all or of the good ones; if its NI is closing, a later one. NULL:
 * things have changed meanwhile.
 */
static struct lnet_ni *path_take(struct lnet_cpu *c, struct lnet_msg *msg, const struct walk *from,
				 unsigned int n, bool good)
{
	struct walk p = *from;

	while (path_next(&p)) {
		if (good && !path_is_good(&p))
			continue;
		if (n) {
			n--;
			continue;
		}
		if (!lnet_ni_begin(c, p.ni))
			continue;
		lnet_nid_hold(p.nid);
		lnet_nid_put(msg->peer);
		msg->peer = p.nid;
		return p.ni;
	}
	return NULL;
}

/* May messages to a node with one NID leave by any of our NIs on its network? */
static bool path_is_free(const struct walk *p)
{
	return lnet_ni_rails() && p->self == LNET_NID_ANY && lnet_peer_is_multi_rail(p->target);
}

/**
 * lnet_path_choose() - choose the path of a message
 * @c: the data of this CPU
 * @msg: the message, whose target is set; if the function succeeds, its @peer is set, which may be
 *	another NID of the node
 * @self: the NID to send from, or LNET_NID_ANY
 *
 * Context: preemption off.
 * Return: the NI, with a reference for the message; NULL: there is no path, or no choice between
 * several, or the message is for the NID that it names.
 */
struct lnet_ni *lnet_path_choose(struct lnet_cpu *c, struct lnet_msg *msg, lnet_nid_t self)
{
	struct walk p = { .target = msg->d.ev.target.nid, .self = self };
	unsigned int all, good, turn;
	struct lnet_ni *ni = NULL;

	if (lnet_ping_is(&msg->d.ev))
		return NULL;
	rcu_read_lock();
	p.alone = lnet_alias_at(p.target, 0) == LNET_NID_ANY;
	all = p.alone && !path_is_free(&p) ? 0 : path_count(&p, &good);
	if (all) {
		turn = p.alone ? ++c->turn : lnet_alias_turn(p.target);
		ni = path_take(c, msg, &p, turn % (good ?: all), good) ?:
		     /* The one that was chosen is not good any more, or gone: any other one. */
		     path_take(c, msg, &p, 0, false);
	}
	rcu_read_unlock();
	return ni;
}
