// SPDX-License-Identifier: GPL-2.0
/*
 * Answering pings: tell other nodes which NIs this node has.
 *
 * A ping is a GET from portal 0 with reserved match bits. A Lustre node sends one before
 * anything else, and its traffic waits for a good answer. A push is a PUT with the same
 * bits: a node that discovers, as we say that we do, sends its own NIDs that way when they have
 * changed, and waits for the ACK. Both are handled here before any match, so that no client can
 * intercept them and this node stays reachable whatever its clients do. A push is discarded, and
 * acknowledged: peer.c asks for the list that it had.
 *
 * Each NI keeps its answer ready, so answering allocates nothing: the REPLY reuses the
 * message of the GET and sends from the NI's own memory. While an LND sends it, for the
 * first time or again, the NIs in it may change, but their number does not.
 * lnet_ping_info_write() says what a reader sees then. A checksum taken of it earlier may
 * be wrong then; TCP computes its own again when it retransmits a segment.
 */
#include "network/ping.h"
#include "event/cpu.h"
#include "hooks/alloc.h"
#include "network/msg.h"
#include "network/ni.h"
#include "network/peer.h"

#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/slab.h>

static DEFINE_MUTEX(ping_mutex);	/* P */
static struct lnet_ping_info scratch;	/* P: */

static void ping_add(lnet_nid_t nid, u32 status)
{
	/* There is no room for a longer one, and a number that stands for it is ours alone. */
	if (scratch.nr == LNET_PING_ENTRIES || lnet_nid_is_large(nid))
		return;
	scratch.ni[scratch.nr].nid = nid;
	scratch.ni[scratch.nr].status = status;
	scratch.nr++;
}

static u32 ping_features(bool discovers)
{
	return LNET_PING_NI_STATUS | LNET_PING_RTE_DISABLED |
	       (discovers ? LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY : 0);
}

/*
 * Write the answer of @self. After the loopback comes @self, because the node that pings
 * it will know us by that NID. Then come the others, in the order of our list, as far as
 * there is room. ping_mutex is held, and an RCU read section.
 */
static void ping_rewrite(struct lnet_ni *self)
{
	struct lnet_ni *ni;

	bool discovers = lnet_peer_discovers();

	scratch.features = ping_features(discovers);
	scratch.pid = lnet_pid;
	scratch.nr = 0;
	ping_add(LNET_NID_LO_0, discovers ? lnet_peer_our_seq() : LNET_NI_STATUS_UP);
	if (self->lnd->type != LOLND)
		ping_add(self->nid, READ_ONCE(self->status));
	list_for_each_entry_rcu(ni, &lnet_nis, link)
		if (ni != self && ni->lnd->type != LOLND)
			ping_add(ni->nid, READ_ONCE(ni->status));
	lnet_ping_info_write(&self->ping->wire, &scratch);
}

/**
 * lnet_ping_update() - rewrite all answers after an NI came, went or changed its status
 * @ni: that NI, in the list of NIs or not
 *
 * Context: task; may sleep.
 */
void lnet_ping_update(struct lnet_ni *ni)
{
	struct lnet_ni *each;

	mutex_lock(&ping_mutex);
	lnet_peer_raise_seq();
	rcu_read_lock();
	ping_rewrite(ni);
	list_for_each_entry_rcu(each, &lnet_nis, link)
		if (each != ni)
			ping_rewrite(each);
	rcu_read_unlock();
	mutex_unlock(&ping_mutex);
	lnet_peer_tell_all();
}

/* While an NI is up, only the features change in the heads, and the number of NIs tells which. */
static void ping_renew_parts(struct lnet_ping *ping)
{
	const unsigned int at = offsetof(struct lnet_ping_wire, features) / sizeof(__u32);
	unsigned int n;

	for (n = 0; n <= LNET_PING_ENTRIES; n++)
		WRITE_ONCE(ping->part[n].head[at], ping->wire.features);
}

/**
 * lnet_ping_renew() - rewrite all answers, as lnet_peer_discovers() has changed
 *
 * Context: task; may sleep.
 */
void lnet_ping_renew(void)
{
	struct lnet_ni *each;

	mutex_lock(&ping_mutex);
	lnet_peer_raise_seq();
	rcu_read_lock();
	list_for_each_entry_rcu(each, &lnet_nis, link) {
		ping_rewrite(each);
		ping_renew_parts(each->ping);
	}
	rcu_read_unlock();
	mutex_unlock(&ping_mutex);
	lnet_peer_tell_all();
}

/**
 * lnet_ping_copy() - copy the answer that a ping from a NID gets
 * @to: the NID
 * @buf: buffer for the answer
 * @size: size of @buf, bytes
 *
 * Context: task; may sleep.
 * Return: length of the answer, bytes; 0: no NI of this node is on the network of @to.
 */
unsigned int lnet_ping_copy(lnet_nid_t to, void *buf, unsigned int size)
{
	unsigned int bytes = 0;
	struct lnet_ni *ni;

	mutex_lock(&ping_mutex);
	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		if (LNET_NIDNET(ni->nid) != LNET_NIDNET(to))
			continue;
		bytes = min_t(size_t, size, LNET_PING_BYTES(ni->ping->wire.nnis));
		memcpy(buf, &ni->ping->wire, bytes);
		break;
	}
	rcu_read_unlock();
	mutex_unlock(&ping_mutex);
	return bytes;
}

static void ping_fill_parts(struct lnet_ping *ping)
{
	struct lnet_ping_part *part;
	unsigned int n;

	for (n = 0; n <= LNET_PING_ENTRIES; n++) {
		part = &ping->part[n];
		memcpy(part->head, &ping->wire, sizeof(part->head));
		part->head[offsetof(struct lnet_ping_wire, nnis) / sizeof(__u32)] = n;
		part->iov[0].iov_base = part->head;
		part->iov[0].iov_len = sizeof(part->head);
		part->iov[1].iov_base = ping->wire.ni;
		part->iov[1].iov_len = n * sizeof(ping->wire.ni[0]);
	}
}

/**
 * lnet_ping_alloc() - allocate the answer of an NI and fill it
 * @ni: NI that is not yet in the list
 *
 * Context: task; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_ping_alloc(struct lnet_ni *ni)
{
	struct lnet_ping *ping;

	ping = lnet_alloc(kzalloc(struct_size(ping, wire.ni, LNET_PING_ENTRIES),
				  GFP_KERNEL));
	if (!ping)
		return -ENOMEM;

	ni->ping = ping;
	mutex_lock(&ping_mutex);
	rcu_read_lock();
	ping_rewrite(ni);
	rcu_read_unlock();
	mutex_unlock(&ping_mutex);
	ping_fill_parts(ping);
	return 0;
}

/**
 * lnet_ping_free() - free the answer of an NI
 * @ni: NI on which no message is left, and which was never in the list or has been
 *	out of it for a grace period
 *
 * Context: task.
 */
void lnet_ping_free(struct lnet_ni *ni)
{
	kfree(ni->ping);
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
	struct lnet_ping *ping = msg->ni->ping;
	struct lnet_event *ev = &msg->d.ev;
	u32 nnis, bytes;

	/*
	 * Pairs with lnet_ping_info_write(): all NIs that are counted are complete.
	 * part[nnis] has a head with this number, whatever is written meanwhile.
	 */
	nnis = smp_load_acquire(&ping->wire.nnis);
	bytes = LNET_PING_BYTES(nnis);
	if (msg->d.roffset > bytes) {
		lnet_msg_drop(msg, LNET_DROP_BAD_OFFSET);
		return;
	}

	ev->offset = msg->d.roffset;
	ev->mlength = min(ev->rlength, bytes - msg->d.roffset);
	ping_count(msg, false);
	lnet_msg_reply_from(msg, ping->part[nnis].iov,
			    ARRAY_SIZE(ping->part[nnis].iov));
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
