// SPDX-License-Identifier: GPL-2.0
/*
 * The message, from the moment it has an MD to its end.
 *
 *	coming:  PUT    matched ─ lnd_recv ─ finalize: event ─► ACK ─► sent
 *	         GET    matched ─ becomes a REPLY ─ lnd_send ─ finalize: event
 *	         ACK    MD found ─ lnd_recv ─ finalize: event
 *	         REPLY  MD found ─ lnd_recv ─ finalize: event
 *	leaving: PUT, GET        lnd_send ─ finalize: event
 *
 * A message holds an operation of its MD from the match, or the submission, to its event. It holds
 * a reference to its NI as long as it exists. A ping or push has no MD (ping.c). An answer reuses
 * the message that asked for it, so answering allocates nothing and cannot fail for lack of memory.
 */
#include "network/msg.h"
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/md_state.h"
#include "event/object.h"
#include "event/portal.h"
#include "event/run.h"
#include "hooks/alloc.h"
#include "network/answer.h"
#include "network/ni.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/**
 * lnet_msg_send() - hand a message to its LND
 * @c: the data of this CPU
 * @msg: the message, complete and with its NI; not the caller's any more if this returns 0
 *
 * Context: task; preemption off by one step, of the caller or of its run.
 * Return: 0: the LND owns the message; else it does not, and the caller passes the value to
 * lnet_msg_not_kept() after undoing its step of preemption: callbacks run there, in stretches.
 */
int lnet_msg_send(struct lnet_cpu *c, struct lnet_msg *msg)
{
	struct lnet_ni *ni = msg->ni;
	struct lnet_ni_stats *stats = per_cpu_ptr(ni->stats, c->id);

	lnet_count(stats->sends[msg->type], 1);
	lnet_count(stats->send_bytes, msg->len);
	/*
	 * Preemption is off until the driver has the message: the grace period in lnet_ni_close()
	 * waits for that. The loopback allows preemption inside lnd_send(); this is safe, as the
	 * loopback needs no shutdown and its NI stays as long as it has messages.
	 */
	if (unlikely(READ_ONCE(ni->closing)))
		return -ESHUTDOWN;
	return ni->lnd->lnd_send(ni, msg->private, msg);
}

/**
 * lnet_msg_not_kept() - finalize a message that its LND has sent, or refused, at once
 * @msg: the message, not owned by the LND
 * @rc: the value that lnet_msg_send() returned, not 0: 1 if the message was sent, or -errno
 *
 * Context: as for lnet_finalize(); also preemption off, if @msg has no event to deliver.
 */
void lnet_msg_not_kept(struct lnet_msg *msg, int rc)
{
	lnet_finalize(msg, min(rc, 0));
}

static __always_inline void msg_count_receive(struct lnet_msg *msg, u32 bytes)
{
	struct lnet_portal_stats *portal;
	struct lnet_ni_stats *stats;
	struct lnet_cpu *c;

	preempt_disable();
	c = lnet_cpu();
	stats = per_cpu_ptr(msg->ni->stats, c->id);
	lnet_count(stats->receives[msg->type], 1);
	lnet_count(stats->receive_bytes, bytes);
	if (msg->type == LNET_MSG_PUT || msg->type == LNET_MSG_GET) {
		portal = &c->stats.portal[msg->d.ev.pt_index];
		lnet_count(portal->matched, 1);
		lnet_count(portal->bytes, msg->d.ev.mlength);
	}
	preempt_enable();
}

/**
 * lnet_msg_end() - end a message from any context
 * @msg: the message, as for lnet_msg_free()
 *
 * Context: any.
 */
void lnet_msg_end(struct lnet_msg *msg)
{
	preempt_disable();
	lnet_msg_free(lnet_cpu(), msg);
	preempt_enable();
}

/**
 * lnet_msg_receive() - have the LND put the payload of a message into its MD
 * @msg: the PUT, ACK or REPLY, which holds an operation of its MD; its event's @offset and
 *	@mlength say where the payload goes; not the caller's any more
 *
 * Context: task.
 */
void lnet_msg_receive(struct lnet_msg *msg)
{
	struct lnet_libmd *md = msg->d.md;
	struct lnet_event *ev = &msg->d.ev;
	bool payload = msg->type != LNET_MSG_ACK;
	struct lnet_ni *ni = msg->ni;
	int rc;

	if (md->umd.options & LNET_MD_ACK_DISABLE)
		msg->ack = false;
	msg_count_receive(msg, payload ? ev->mlength : 0);
	rc = ni->lnd->lnd_recv(ni, msg->private, msg, msg->d.delayed, md->niov,
			       md->iov, md->kiov, ev->offset,
			       payload ? ev->mlength : 0,
			       payload ? ev->rlength : 0);
	if (rc)
		lnet_finalize(msg, rc);
}

/*
 * Turn the message that asked into its answer, and write the header. This precedes the delivery
 * of the event, as the header is made from the event, and the callback may write to the event.
 */
static void msg_make_answer(struct lnet_msg *msg, u8 type, u32 payload)
{
	/* The NID that it came from: the primary one may be on another network. */
	struct lnet_process_id to = msg->d.ev.source;
	struct lnet_hdr *hdr = &msg->hdr;

	memset(hdr, 0, sizeof(*hdr));
	hdr->dest_nid = cpu_to_le64(to.nid);
	hdr->dest_pid = cpu_to_le32(to.pid);
	hdr->src_nid = cpu_to_le64(msg->d.ev.target.nid);
	hdr->src_pid = cpu_to_le32(lnet_pid);
	hdr->type = cpu_to_le32(type);
	hdr->payload_length = cpu_to_le32(payload);

	msg->type = type;
	msg->rx = false;
	msg->peer = to.nid;
	msg->private = NULL;
	msg->len = payload;
	msg->offset = 0;
	msg->niov = 0;
	msg->iov = NULL;
	msg->kiov = NULL;
}

/* The event's @offset and @mlength say which part of the fragments is sent. */
static __always_inline void msg_make_reply(struct lnet_msg *msg, unsigned int niov,
					   struct kvec *iov, struct bio_vec *kiov)
{
	struct lnet_event *ev = &msg->d.ev;
	void *private = msg->private;
	int rc;

	msg_make_answer(msg, LNET_MSG_REPLY, ev->mlength);
	msg->hdr.msg.reply.dst_wmd = msg->wmd;
	msg->niov = niov;
	msg->iov = iov;
	msg->kiov = kiov;
	msg->offset = ev->offset;

	/* A GET has nothing left to receive: let the LND finish with it. */
	lnet_msg_discard(msg->ni, private, false, 0);
	preempt_disable();
	rc = lnet_msg_send(lnet_cpu(), msg);
	preempt_enable();
	if (unlikely(rc))
		lnet_msg_not_kept(msg, rc);
}

/**
 * lnet_msg_reply() - answer a GET from its MD
 * @msg: the GET, which holds an operation of its MD; not the caller's any more
 *
 * The event of the GET is delivered when the LND is done with the REPLY.
 *
 * Context: task.
 */
void lnet_msg_reply(struct lnet_msg *msg)
{
	struct lnet_libmd *md = msg->d.md;

	msg_count_receive(msg, 0);
	msg_make_reply(msg, md->niov, md->iov, md->kiov);
}

/**
 * lnet_msg_reply_from() - answer a GET that has no MD, and gets no event
 * @msg: the GET, already counted as received; not the caller's any more
 * @from: what to send from, at the event's @offset and @mlength; takes over the caller's reference
 *
 * Context: task.
 */
void lnet_msg_reply_from(struct lnet_msg *msg, struct lnet_msg_source *from)
{
	msg_make_reply(msg, 1, &from->iov, NULL);
}

/* The driver is done with a message without an MD: a reply drops what it was sent from. */
static void msg_settle_without_md(struct lnet_msg *msg)
{
	if (msg->type != LNET_MSG_REPLY || msg->rx)
		return;
	lnet_msg_source_put(container_of(msg->iov, struct lnet_msg_source, iov));
	msg->iov = NULL;
}

static void msg_make_ack(struct lnet_msg *msg)
{
	struct lnet_event *ev = &msg->d.ev;

	msg_make_answer(msg, LNET_MSG_ACK, 0);
	msg->hdr.msg.ack.dst_wmd = msg->wmd;
	msg->hdr.msg.ack.match_bits = cpu_to_le64(ev->match_bits);
	msg->hdr.msg.ack.mlength = cpu_to_le32(ev->mlength);
}

/* Send an ACK that msg_make_ack() has prepared, after the event has been delivered. */
static void msg_send_ack(struct lnet_cpu *c, struct lnet_msg *msg)
{
	int rc;

	msg->ack = false;
	msg->d.md = NULL;
	rc = lnet_msg_send(c, msg);
	if (unlikely(rc))
		lnet_msg_not_kept(msg, rc);	/* has no event, so preemption may be off */
}

static __always_inline void msg_delivered(struct lnet_cpu *c, struct lnet_msg *msg)
{
	if (likely(!msg->ack))
		lnet_msg_free(c, msg);
	else
		msg_send_ack(c, msg);
}

/* The event of a message has been delivered: send its ACK, or end it; see delivery.h. */
void lnet_delivery_done(struct lnet_cpu *c, struct lnet_delivery *d)
{
	msg_delivered(c, container_of(d, struct lnet_msg, d));
}

/*
 * First half of finalizing a message. Returns its MD, if the MD has an EQ and so an event is to be
 * delivered. Else ends the operation, if there is one, and returns NULL; the message is freed, or
 * its ACK is sent. Preemption is off.
 */
static __always_inline struct lnet_libmd *msg_settle(struct lnet_cpu *c,
						     struct lnet_msg *msg, int status)
{
	struct lnet_libmd *md = msg->d.md;
	u64 state;

	if (unlikely(status)) {
		msg->ack = false;
		if (!msg->rx && msg->ni) {
			lnet_count(per_cpu_ptr(msg->ni->stats, c->id)->send_errors, 1);
			lnet_answer_forget(msg);
		}
	}
	if (unlikely(msg->ack))
		msg_make_ack(msg);
	msg->d.ev.status = status;
	msg->d.turn.unlink = false;
	if (likely(md && md->eq))
		return md;
	if (!md)
		msg_settle_without_md(msg);
	else if (lnet_md_end(md, &state))
		lnet_md_retire_ended(c, md, state);
	msg_delivered(c, msg);
	return NULL;
}

/**
 * lnet_finalize() - take back a message that an LND is done with
 * @msg: the message, from lnd_send() or lnd_recv(); not the LND's any more
 * @status: 0, or -errno: the message was not sent, or its payload was not received
 *
 * Delivers the event: this runs the client's callback, or leaves it to another thread, if that is
 * delivering events in the same slot. lnd_send() may be called inside: the LND holds no lock that
 * its lnd_send() takes, and does not call this from its lnd_send().
 *
 * Context: task.
 */
void lnet_finalize(struct lnet_msg *msg, int status)
{
	struct lnet_libmd *md;
	struct lnet_cpu *c;

	lockdep_assert(in_task());
	preempt_disable();
	c = lnet_cpu();
	md = msg_settle(c, msg, status);
	if (likely(md))
		lnet_run_deliver(c, md, &msg->d.turn);
	preempt_enable();
}
EXPORT_SYMBOL_GPL(lnet_finalize);

/**
 * lnet_msg_finish() - lnet_finalize() for the loopback, which knows its run
 * @run: the run of the caller, not in a handler
 * @msg: the message that the loopback is done with
 * @status: 0, or -errno: the payload was not received
 *
 * Context: task, preemption off by the run only.
 */
void lnet_msg_finish(struct lnet_run *run, struct lnet_msg *msg, int status)
{
	struct lnet_libmd *md = msg_settle(run->c, msg, status);

	if (likely(md))
		lnet_run_deliver_in(run, md, &msg->d.turn);
}

/**
 * lnet_msg_count_drop() - count a PUT or GET that is dropped at its portal
 * @msg: the PUT or GET that is dropped
 * @why: the reason, which selects the counter of the portal
 *
 * Context: any.
 */
void lnet_msg_count_drop(const struct lnet_msg *msg, enum lnet_portal_drop why)
{
	u32 bytes = msg->type == LNET_MSG_PUT ? msg->d.ev.rlength : 0;
	struct lnet_ni_stats *stats;

	preempt_disable();
	stats = lnet_ni_stats(msg->ni);
	lnet_count(lnet_cpu()->stats.portal[msg->d.ev.pt_index].dropped[why], 1);
	lnet_count(stats->dropped_of[msg->type], 1);
	lnet_count(stats->dropped_bytes, bytes);
	preempt_enable();
}

/**
 * lnet_msg_drop() - drop a PUT or GET at its portal
 * @msg: the message; not the caller's any more
 * @why: the reason, which selects the counter of the portal
 *
 * Context: task.
 */
void lnet_msg_drop(struct lnet_msg *msg, enum lnet_portal_drop why)
{
	u32 bytes = msg->type == LNET_MSG_PUT ? msg->d.ev.rlength : 0;

	lnet_msg_count_drop(msg, why);
	lnet_msg_discard(msg->ni, msg->private, msg->d.delayed, bytes);
	lnet_msg_end(msg);
}

/**
 * lnet_msg_receive_delayed() - receive, or drop, a message that has waited on a lazy portal
 * @msg: the message, which has an MD now or is marked to be dropped; not the caller's any more
 *
 * Context: task, in a run, not in a handler.
 */
void lnet_msg_receive_delayed(struct lnet_msg *msg)
{
	struct lnet_ni *ni = msg->ni;

	if (msg->d.md)
		lnet_msg_receive(msg);
	else
		lnet_msg_drop(msg, lnet_delivery_dropped(&msg->d));
	lnet_ni_leave(ni);
}
