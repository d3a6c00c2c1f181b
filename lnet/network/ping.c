// SPDX-License-Identifier: GPL-2.0
/*
 * Being pinged: telling other nodes which NIs we have.
 *
 * A node asks by a GET from portal 0 with bits of its own, and a Lustre node
 * does so before it sends us anything else; until it has a good answer, its
 * traffic waits. A node that takes us for one with several NIDs tells us its
 * own by a PUT with the same bits, and waits for the ACK. Both are seen to here
 * before any match, so that no client can get between, as is wanted of a node
 * that shall be reachable whatever its clients do. We do not advertise to have
 * several NIDs that are one peer; a push is thrown away, and acknowledged.
 *
 * Each NI has its answer at hand, so answering allocates nothing: the REPLY
 * goes in the message that asked, from the NI's own memory. What it says of the
 * NIs may change while an LND is sending it, once or again, but not how many they
 * are; see lnet_ping_info_write() for what others see then. A checksum that was
 * taken of it earlier can be wrong: TCP computes its own again when it repeats a
 * segment.
 */
#include "network/ping.h"
#include "event/cpu.h"
#include "hooks/alloc.h"
#include "network/msg.h"
#include "network/ni.h"

#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/slab.h>

static DEFINE_MUTEX(ping_mutex);	/* P */
static struct lnet_ping_info scratch;	/* P: */

static void ping_add(lnet_nid_t nid, u32 status)
{
	if (scratch.nr == LNET_PING_ENTRIES)
		return;
	scratch.ni[scratch.nr].nid = nid;
	scratch.ni[scratch.nr].status = status;
	scratch.nr++;
}

/*
 * The NI that was asked comes first after the loopback: that is the NID by
 * which who asks will know us. Then the others, in our order, as far as there
 * is room.
 */
static void ping_rewrite(struct lnet_ni *self)
{
	struct lnet_ni *ni;

	scratch.features = LNET_PING_NI_STATUS | LNET_PING_RTE_DISABLED;
	scratch.pid = lnet_pid;
	scratch.nr = 0;
	ping_add(LNET_NID_LO_0, LNET_NI_STATUS_UP);
	if (self->lnd->type != LOLND)
		ping_add(self->nid, READ_ONCE(self->status));
	list_for_each_entry_rcu(ni, &lnet_nis, link)
		if (ni != self && ni->lnd->type != LOLND)
			ping_add(ni->nid, READ_ONCE(ni->status));
	lnet_ping_info_write(&self->ping->wire, &scratch);
}

/**
 * lnet_ping_update() - an NI comes, goes, or has another status: tell of it
 * @ni: the NI, in the list of NIs or not
 *
 * Context: task; may sleep.
 */
void lnet_ping_update(struct lnet_ni *ni)
{
	struct lnet_ni *each;

	mutex_lock(&ping_mutex);
	rcu_read_lock();
	ping_rewrite(ni);
	list_for_each_entry_rcu(each, &lnet_nis, link)
		if (each != ni)
			ping_rewrite(each);
	rcu_read_unlock();
	mutex_unlock(&ping_mutex);
}

/* As long as the NI is up nothing of a head changes but how many NIs it counts. */
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
 * lnet_ping_alloc() - make the answer of an NI, which is complete at once
 * @ni: the NI, not yet in the list
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
 * @ni: the NI; no message is left on it, and it has been out of the list for a
 *	grace period or was never in it
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
	lnet_count(stats->receives, 1);
	lnet_count(stats->pings_answered, !push);
	lnet_count(stats->pushes_acked, push && msg->ack);
	preempt_enable();
}

/**
 * lnet_ping_answer() - answer a ping
 * @msg: the GET; not the caller's any more
 *
 * With as much as was asked for, even if that cuts an NI in two: peers expect
 * that. From an offset as of any MD.
 *
 * Context: task.
 */
void lnet_ping_answer(struct lnet_msg *msg)
{
	struct lnet_ping *ping = msg->ni->ping;
	struct lnet_event *ev = &msg->d.ev;
	u32 nnis, bytes;

	/*
	 * With as many NIs as that says, and a head that says the same whatever
	 * comes meanwhile; pairs with lnet_ping_info_write().
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
 * lnet_ping_take_push() - throw a push away, and acknowledge it if that is wanted
 * @msg: the PUT; not the caller's any more
 *
 * Context: task.
 */
void lnet_ping_take_push(struct lnet_msg *msg)
{
	struct lnet_event *ev = &msg->d.ev;
	struct lnet_ni *ni = msg->ni;
	int rc;

	ev->mlength = ev->rlength;	/* as the ACK shall say */
	ping_count(msg, true);
	rc = ni->lnd->lnd_recv(ni, msg->private, msg, false, 0, NULL, NULL, 0,
			       0, ev->rlength);
	if (rc)
		lnet_finalize(msg, rc);
}
