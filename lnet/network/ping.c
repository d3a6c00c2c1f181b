// SPDX-License-Identifier: GPL-2.0
/*
 * Answering pings: tell other nodes which NIs this node has.
 *
 * A ping is a GET from portal 0 with reserved match bits. A Lustre node sends one before
 * anything else, and its traffic waits for a good answer. A push is a PUT with the same
 * bits: a node that discovers, as we say that we do, sends its own NIDs that way when they have
 * changed, and waits for the ACK. Both are handled here before any match, so that no client can
 * intercept them and this node stays reachable whatever its clients do. A push is discarded, and
 * acknowledged: lnet_peer_pushed(), in peer_ask.c, asks for the list that it had.
 *
 * The answer is the same whichever NI was pinged, the primary NID first: nodes that ask two NIDs
 * take them for one node if they hear the same list. It is written when NIs change, and never
 * changed after that. So answering allocates nothing: the REPLY reuses the message of the GET, and
 * takes a reference to the answer, which a new one may replace while it is sent, or sent again.
 */
#include "network/ping.h"
#include "event/cpu.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "network/msg.h"
#include "network/ni.h"
#include "network/peer.h"

#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/slab.h>

static DEFINE_MUTEX(ping_mutex);	/* P */
static struct lnet_ping_info scratch;	/* P: */

/* P to change; RCU to read: what pings get now, with a reference. NULL: there is no NI. */
static struct lnet_msg_source __rcu *answer;

/* Writing ------------------------------------------------------------------ */

static void ping_add(lnet_nid_t nid, u32 status)
{
	if (scratch.nr == LNET_PING_ENTRIES)
		return;
	scratch.ni[scratch.nr].nid = nid;
	scratch.ni[scratch.nr].status = status;
	scratch.nr++;
}

/* Collect what there is to tell. ping_mutex is held. */
static void ping_collect(u32 seq)
{
	const bool discovers = lnet_peer_discovers();
	struct lnet_ni *ni;

	lockdep_assert_held(&ping_mutex);
	scratch.features = LNET_PING_NI_STATUS | LNET_PING_RTE_DISABLED |
			   (discovers ? LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY : 0);
	scratch.pid = lnet_pid;
	scratch.nr = 0;
	ping_add(LNET_NID_LO_0, discovers ? seq : LNET_NI_STATUS_UP);
	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link)
		if (ni->lnd->type != LOLND)
			ping_add(ni->nid, READ_ONCE(ni->status));
	rcu_read_unlock();
	scratch.primary = scratch.nr > 1;
}

/*
 * Write what was collected. An NI goes, or its link, whether there is memory or not, and an answer
 * that names it still would be wrong; so this one small allocation waits until there is.
 */
static struct lnet_msg_source *ping_write(void)
{
	const size_t bytes = lnet_ping_info_length(&scratch);
	struct lnet_msg_source *new;

	lockdep_assert_held(&ping_mutex);
	new = kzalloc(struct_size(new, data, bytes), GFP_KERNEL | __GFP_NOFAIL);
	refcount_set(&new->refs, 1);
	new->iov.iov_base = new->data;
	new->iov.iov_len = bytes;
	lnet_ping_info_write((struct lnet_ping_wire *)new->data, &scratch);
	return new;
}

/**
 * lnet_ping_update() - write a new answer, after an NI came, went or changed its status, or
 * lnet_peer_discovers() has changed
 *
 * Other nodes that discover are told of it. When the last NI has gone there is none.
 *
 * Context: task; may sleep.
 */
void lnet_ping_update(void)
{
	struct lnet_msg_source *old;

	mutex_lock(&ping_mutex);
	ping_collect(lnet_peer_raise_seq());
	old = rcu_dereference_protected(answer, lockdep_is_held(&ping_mutex));
	/* Readers find it complete. */
	rcu_assign_pointer(answer, list_empty(&lnet_nis) ? NULL : ping_write());
	mutex_unlock(&ping_mutex);
	lnet_msg_source_put(old);
	lnet_peer_tell_all();
}

/* Reading ------------------------------------------------------------------ */

/*
 * Take a reference to the answer. The last reference of one that was found may be dropped before:
 * then another one has replaced it. Returns NULL if there is none.
 */
static struct lnet_msg_source *ping_get(void)
{
	struct lnet_msg_source *now;

	rcu_read_lock();
	do {
		now = rcu_dereference(answer);
		lnet_window(LNET_WINDOW_PING_LOOKED);
	} while (now && !refcount_inc_not_zero(&now->refs));
	rcu_read_unlock();
	return now;
}

/**
 * lnet_ping_copy() - copy the answer that pings get
 * @buf: buffer for the answer
 * @size: size of @buf, bytes
 *
 * Context: task; does not sleep.
 * Return: length of the copy, bytes; 0: this node has no NI.
 */
unsigned int lnet_ping_copy(void *buf, unsigned int size)
{
	struct lnet_msg_source *now = ping_get();
	unsigned int bytes = 0;

	if (now) {
		bytes = min_t(size_t, size, now->iov.iov_len);
		memcpy(buf, now->data, bytes);
	}
	lnet_msg_source_put(now);
	return bytes;
}

static void ping_count(struct lnet_msg *msg, bool push)
{
	struct lnet_ni_stats *stats;

	preempt_disable();
	stats = lnet_ni_stats(msg->ni);
	lnet_count(stats->receives[msg->type], 1);
	if (!push)
		lnet_count(stats->pings_answered, 1);
	else if (msg->ack)
		lnet_count(stats->pushes_acked, 1);
	preempt_enable();
}

/**
 * lnet_ping_answer() - answer a ping
 * @msg: the GET; no longer the caller's
 *
 * The answer is as long as the GET asks for, even if that cuts an NI in two, because
 * peers expect that. The GET may ask for an offset, as in any MD.
 *
 * Context: task.
 */
void lnet_ping_answer(struct lnet_msg *msg)
{
	struct lnet_msg_source *now = ping_get();
	struct lnet_event *ev = &msg->d.ev;
	size_t bytes = now ? now->iov.iov_len : 0;

	/* There is none while the last NI, by which the ping came, goes. */
	if (!now || msg->d.roffset > bytes) {
		lnet_msg_source_put(now);
		lnet_msg_drop(msg, LNET_DROP_BAD_OFFSET);
		return;
	}
	ev->offset = msg->d.roffset;
	ev->mlength = min_t(size_t, ev->rlength, bytes - msg->d.roffset);
	ping_count(msg, false);
	lnet_msg_reply_from(msg, now);
}

/**
 * lnet_ping_take_push() - discard a push, and acknowledge it if its sender wants that
 * @msg: the PUT; no longer the caller's
 *
 * Context: task.
 */
void lnet_ping_take_push(struct lnet_msg *msg)
{
	struct lnet_event *ev = &msg->d.ev;
	struct lnet_ni *ni = msg->ni;
	int rc;

	ev->mlength = ev->rlength;	/* the ACK says that all was taken */
	ping_count(msg, true);
	lnet_peer_pushed(ev->source.nid);
	rc = ni->lnd->lnd_recv(ni, msg->private, msg, false, 0, NULL, NULL, 0,
			       0, ev->rlength);
	if (rc)
		lnet_finalize(msg, rc);
}

/**
 * lnet_lnd_is_hearsay() - tell whether a message asks a NID that a stranger has named
 * @msg: the message, which a driver is to send
 *
 * If its peer is new it is to have no place that is kept for those that clients send to: each
 * stranger may name a NID a second.
 *
 * Context: task; does not sleep.
 * Return: true if so; false: the message is a client's, or asks for a reason of ours.
 */
bool lnet_lnd_is_hearsay(const struct lnet_msg *msg)
{
	return lnet_ping_is(&msg->d.ev) && lnet_peer_is_hearsay(msg->peer);
}
EXPORT_SYMBOL_GPL(lnet_lnd_is_hearsay);
