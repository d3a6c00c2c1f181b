// SPDX-License-Identifier: GPL-2.0
/*
 * Arriving messages: turn a header that an LND has read into a message with an MD.
 *
 * Nothing in a header is trusted. parse_check_hdr() refuses what is wrong for any
 * message; parse_fill() and the function for each type copy the fields that are used,
 * in CPU byte order. Offset and length depend on the MD, so the match checks them.
 * Every message that is dropped is counted, with the reason.
 */
#include "event/alias.h"
#include "event/cpu.h"
#include "event/delayed.h"
#include "event/match.h"
#include "event/md_state.h"
#include "event/stat.h"
#include "network/answer.h"
#include "network/msg.h"
#include "network/ni.h"
#include "network/ping.h"
#include "network/response.h"

#include <linux/export.h>

/*
 * Check that the source in the header is the sender that the LND knows. There is no
 * routing, so the two must agree. A source of 0@lo is valid on the loopback only,
 * whatever the LND says.
 */
static int parse_check_source(struct lnet_ni *ni, const struct lnet_hdr *hdr,
			      struct lnet_process_id from, enum lnet_ni_drop *why)
{
	u64 nid = le64_to_cpu(hdr->src_nid);
	u32 net = LNET_NIDNET(nid);

	if (likely(nid == from.nid && le32_to_cpu(hdr->src_pid) == from.pid &&
		   (LNET_NETTYP(net) != LOLND || nid == ni->nid)))
		return 0;
	if (nid == LNET_NID_ANY) {
		*why = LNET_DROP_BAD_SOURCE;	/* no address to answer to */
		return -EHOSTUNREACH;
	}
	if (net == LNET_NIDNET(ni->nid) || LNET_NETTYP(net) == LOLND ||
	    lnet_ni_is_local(nid)) {
		*why = LNET_DROP_FORGED_SOURCE;
		return -EPROTO;
	}
	*why = LNET_DROP_ROUTED_SOURCE;		/* a router forwarded it to us */
	return -EHOSTUNREACH;
}

/* May a message of this type have so much payload? @type is a good one. */
static bool parse_payload_fits(u32 type, u32 payload)
{
	if (type == LNET_MSG_PUT || type == LNET_MSG_REPLY)
		return payload <= LNET_MAX_PAYLOAD;
	return !payload;
}

/*
 * Check a header. Return 0; -EHOSTUNREACH: drop the message; -EPROTO: the sender breaks
 * the protocol. Unless 0, *@why is the reason.
 */
static int parse_check_hdr(struct lnet_ni *ni, const struct lnet_hdr *hdr,
			   struct lnet_process_id from, enum lnet_ni_drop *why)
{
	u32 type = le32_to_cpu(hdr->type);
	u32 payload = le32_to_cpu(hdr->payload_length);
	u64 dest = le64_to_cpu(hdr->dest_nid);
	int rc;

	if (type > LNET_MSG_REPLY) {
		*why = LNET_DROP_BAD_TYPE;
		return -EPROTO;
	}
	if (!parse_payload_fits(type, payload)) {
		*why = LNET_DROP_BAD_LENGTH;
		return -EPROTO;
	}
	rc = parse_check_source(ni, hdr, from, why);
	if (rc)
		return rc;
	/* What goes over loopback this node has sent itself, to whichever NID of its own. */
	if (dest == ni->nid || ni->lnd->type == LOLND)
		return 0;
	*why = LNET_DROP_NOT_OURS;
	if (dest != LNET_NID_ANY &&
	    (LNET_NIDNET(dest) == LNET_NIDNET(ni->nid) ||
	     lnet_ni_is_local(dest)))
		return -EPROTO;
	return -EHOSTUNREACH;	/* the sender takes us for a router */
}

/* Fill the fields that all types have in common; the function for the type does the rest. */
static void parse_fill(struct lnet_msg *msg, struct lnet_ni *ni,
		       const struct lnet_hdr *hdr, struct lnet_process_id from,
		       void *private)
{
	struct lnet_event *ev = &msg->d.ev;

	msg->ni = ni;
	msg->private = private;
	msg->rx = true;
	msg->peer = from.nid;
	lnet_nid_hold(from.nid);
	msg->type = le32_to_cpu(hdr->type);

	ev->target.nid = le64_to_cpu(hdr->dest_nid);	/* parse_check_hdr() has looked at it */
	ev->target.pid = le32_to_cpu(hdr->dest_pid);
	/* The source is the same as in the header: parse_check_source() compared them. */
	ev->initiator.nid = lnet_alias_primary(from.nid);
	ev->initiator.pid = from.pid;
	ev->source.nid = from.nid;
	ev->source.pid = from.pid;
	ev->sender = from.nid;
	ev->rlength = le32_to_cpu(hdr->payload_length);
	ev->mlength = 0;
	ev->offset = 0;
	ev->msg_type = msg->type;
	ev->sequence = 0;
}

/*
 * Drop a message that is only late, or not for us, and count it. lnet_parse() returns 0
 * for it: -EPROTO would close a connection that is good.
 */
static void parse_drop(struct lnet_msg *msg, enum lnet_ni_drop why)
{
	struct lnet_ni *ni = msg->ni;
	u32 bytes = msg->type == LNET_MSG_GET ? 0 : msg->d.ev.rlength;

	lnet_ni_count_drop(ni, why, msg->type, bytes);
	lnet_msg_discard(ni, msg->private, false, bytes);
	lnet_msg_end(msg);
}

/* Let the LND set aside the payload of a message that has to wait. Return 0 or -errno. */
static int parse_set_aside(struct lnet_msg *msg)
{
	struct lnet_ni *ni = msg->ni;
	void *private = msg->private;
	int rc = 0;

	if (ni->lnd->lnd_eager_recv)
		rc = ni->lnd->lnd_eager_recv(ni, msg->private, msg, &private);
	if (rc < 0)
		return rc;
	msg->private = private;
	msg->d.delayed = true;
	msg->waiting.wait.via = &ni->calls;
	msg->waiting.wait.bytes = rc ? 0 : msg->d.ev.rlength;
	return 0;
}

/*
 * Drop a message that has left the delayed queue. The driver is the caller, and gets no
 * lnd_recv() for it.
 */
static void parse_drop_delayed(struct lnet_msg *msg, enum lnet_portal_drop why)
{
	struct lnet_ni *ni = msg->ni;

	lnet_msg_count_drop(msg, why);
	lnet_msg_end(msg);
	lnet_ni_leave(ni);
}

/**
 * lnet_msg_charge() - charge a portal for more payload of a message that waits
 * @msg: message for which lnd_eager_recv() returned 1; the conditions are those of
 *	lnet_msg_abandon()
 * @bytes: length of the piece that the driver is about to allocate memory for, in bytes
 *
 * A message that has left the queue already is not charged.
 *
 * Context: task; does not sleep.
 * Return: 0; -ENOBUFS: the portal, or the sender's share of it, has no room. The message
 * has then left the queue, is counted as dropped_delay_full or dropped_delay_share, and
 * is freed.
 */
int lnet_msg_charge(struct lnet_msg *msg, u32 bytes)
{
	struct lnet_portal *pt = lnet_portal(msg->d.ev.pt_index);
	enum lnet_portal_drop why;

	if (lnet_delayed_charge(pt, &msg->d, bytes, &why))
		return 0;
	parse_drop_delayed(msg, why);
	return -ENOBUFS;
}
EXPORT_SYMBOL_GPL(lnet_msg_charge);

/**
 * lnet_msg_abandon() - drop a message that waits, because its payload will never come
 * @msg: message for which lnd_eager_recv() was called; the lnet_parse() around that
 *	call has returned, and lnd_recv() has not
 *
 * lnd_recv() may run for @msg on another thread at this moment, and @msg may be freed
 * after it returns. So the driver must keep lnd_recv() from returning during this call.
 *
 * Context: task; does not sleep.
 * Return: true: the message has left the queue, is counted as dropped_delay_failed, and
 * is freed; false: another thread has taken it out, and lnd_recv() is called for it.
 */
bool lnet_msg_abandon(struct lnet_msg *msg)
{
	if (!lnet_delayed_leave(lnet_portal(msg->d.ev.pt_index), &msg->d))
		return false;
	parse_drop_delayed(msg, LNET_DROP_DELAY_FAILED);
	return true;
}
EXPORT_SYMBOL_GPL(lnet_msg_abandon);

static __always_inline void parse_match(struct lnet_msg *msg)
{
	struct lnet_portal *pt = lnet_portal(msg->d.ev.pt_index);
	enum lnet_portal_drop why = LNET_DROP_NO_MATCH;

	for (;;) {
		switch (lnet_match(pt, &msg->d, &why)) {
		case LNET_MATCHED:
			if (msg->type == LNET_MSG_GET)
				lnet_msg_reply(msg);
			else
				lnet_msg_receive(msg);
			return;
		case LNET_DELAYED:
			return;
		case LNET_EAGER:
			why = LNET_DROP_DELAY_FAILED;
			if (!parse_set_aside(msg))
				continue;
			fallthrough;
		case LNET_DROPPED:
			lnet_msg_drop(msg, why);
			return;
		}
	}
}

static void parse_put(struct lnet_msg *msg, const struct lnet_wire_put *put)
{
	struct lnet_event *ev = &msg->d.ev;

	ev->type = LNET_EVENT_PUT;
	ev->match_bits = le64_to_cpu(put->match_bits);
	ev->hdr_data = put->hdr_data;
	ev->pt_index = le32_to_cpu(put->ptl_index);
	msg->d.roffset = le32_to_cpu(put->offset);
	msg->wmd = put->ack_wmd;
	msg->ack = put->ack_wmd.interface_cookie !=
		   LNET_WIRE_HANDLE_COOKIE_NONE ||
		   put->ack_wmd.object_cookie != LNET_WIRE_HANDLE_COOKIE_NONE;

	if (ev->pt_index >= LNET_MAX_PORTALS)
		parse_drop(msg, LNET_DROP_BAD_PORTAL);
	else if (lnet_ping_is(ev))
		lnet_ping_take_push(msg);
	else
		parse_match(msg);
}

static void parse_get(struct lnet_msg *msg, const struct lnet_wire_get *get)
{
	struct lnet_event *ev = &msg->d.ev;

	ev->type = LNET_EVENT_GET;
	ev->match_bits = le64_to_cpu(get->match_bits);
	ev->hdr_data = 0;
	ev->pt_index = le32_to_cpu(get->ptl_index);
	ev->rlength = le32_to_cpu(get->sink_length);
	msg->d.roffset = le32_to_cpu(get->src_offset);
	msg->wmd = get->return_wmd;

	if (ev->pt_index >= LNET_MAX_PORTALS)
		parse_drop(msg, LNET_DROP_BAD_PORTAL);
	else if (ev->rlength > LNET_MAX_PAYLOAD)
		parse_drop(msg, LNET_DROP_BAD_LENGTH);
	else if (lnet_ping_is(ev))
		lnet_ping_answer(msg);
	else
		parse_match(msg);
}

/*
 * Find the MD that an answer is for, and pin it. @type is the type of the request. Over
 * a network lnet_answer_find() proves that we have sent that request from this MD to this
 * sender, since LNet came up. Over loopback only this node can answer, so the cookie of
 * the MD is enough.
 */
static __always_inline struct lnet_libmd *
parse_answered_md(const struct lnet_msg *msg, const struct lnet_handle_wire *wmd, u8 type)
{
	if (likely(msg->ni->nid == LNET_NID_LO_0))
		return lnet_md_pin(wmd->object_cookie);
	return lnet_answer_find(wmd, type, &msg->d.ev);
}

/* Begin the operation of an answer that fits. The pin is dropped on return, also on error. */
static __always_inline int parse_begin_answer(struct lnet_msg *msg,
					      struct lnet_libmd *md,
					      const struct lnet_handle_wire *wmd)
{
	bool lo = likely(msg->ni->nid == LNET_NID_LO_0);
	u32 group = lo ? wmd->interface_cookie : lnet_answer_group(wmd);
	int rc;

	if (!lo && !lnet_answer_take(md, wmd)) {
		lnet_md_unpin(md);
		return -ENOENT;
	}
	rc = lnet_md_begin(md, &msg->d.ev);
	/* The operation keeps the MD. */
	if (unlikely(group) && !rc)
		lnet_response_take(md, group);
	return rc;
}

static void parse_ack(struct lnet_msg *msg, const struct lnet_wire_ack *ack)
{
	struct lnet_libmd *md = parse_answered_md(msg, &ack->dst_wmd, LNET_MSG_PUT);
	struct lnet_event *ev = &msg->d.ev;

	ev->type = LNET_EVENT_ACK;
	ev->match_bits = le64_to_cpu(ack->match_bits);
	ev->hdr_data = 0;
	ev->pt_index = 0;
	/* The target cannot have taken more than the MD has. */
	if (md)
		ev->mlength = min(le32_to_cpu(ack->mlength), md->length);
	if (!md || parse_begin_answer(msg, md, &ack->dst_wmd)) {
		parse_drop(msg, LNET_DROP_ACK_STALE);
		return;
	}
	msg->d.md = md;
	lnet_msg_receive(msg);
}

static void parse_reply(struct lnet_msg *msg,
			const struct lnet_wire_reply *reply)
{
	struct lnet_libmd *md = parse_answered_md(msg, &reply->dst_wmd, LNET_MSG_GET);
	struct lnet_event *ev = &msg->d.ev;

	ev->type = LNET_EVENT_REPLY;
	ev->match_bits = 0;
	ev->hdr_data = 0;
	ev->pt_index = 0;
	if (!md) {
		parse_drop(msg, LNET_DROP_REPLY_STALE);
		return;
	}

	ev->mlength = min(ev->rlength, md->length);
	if (ev->mlength < ev->rlength && !(md->umd.options & LNET_MD_TRUNCATE)) {
		lnet_md_unpin(md);
		parse_drop(msg, LNET_DROP_REPLY_LONG);
		return;
	}
	if (parse_begin_answer(msg, md, &reply->dst_wmd)) {
		parse_drop(msg, LNET_DROP_REPLY_STALE);
		return;
	}
	msg->d.md = md;
	lnet_msg_receive(msg);
}

/*
 * Make a message, with a reference to its NI. Return NULL, with *@why as the reason, if there is no
 * memory or the NI is going down.
 */
static __always_inline struct lnet_msg *parse_new_msg(struct lnet_ni *ni, enum lnet_ni_drop *why)
{
	struct lnet_msg *msg;
	struct lnet_cpu *c;

	preempt_disable();
	c = lnet_cpu();
	/* Preemption may be off in the LND, so do not sleep for memory. */
	msg = lnet_msg_new(&c, false);
	if (unlikely(!msg)) {
		*why = LNET_DROP_NO_MEMORY;
	} else if (unlikely(!lnet_ni_begin(c, ni))) {
		*why = LNET_DROP_DOWN;
		lnet_msg_free(c, msg);
		msg = NULL;
	}
	preempt_enable();
	return msg;
}

/* Refuse a message before it is parsed. Return the result of lnet_parse(). */
static int parse_refuse(struct lnet_ni *ni, const struct lnet_hdr *hdr, void *private,
			enum lnet_ni_drop why, int rc)
{
	u32 bytes = le32_to_cpu(hdr->payload_length);

	/* The length that a peer claims is worth nothing if it breaks the protocol. */
	lnet_ni_count_drop(ni, why, le32_to_cpu(hdr->type), rc == -EPROTO ? 0 : bytes);
	if (rc == -EPROTO)
		return rc;
	lnet_msg_discard(ni, private, false, bytes);
	return 0;
}

/**
 * lnet_parse() - accept a message that has arrived
 * @ni: NI that it arrived on
 * @hdr: header of the message, as it came; the LND's again on return
 * @from: sender of the message, as the LND knows it and not as the header says; if the
 *	LND knows a node by several NIDs, the one of them that the header names
 * @private: pointer of the LND's, for lnd_recv()
 * @rdma_req: not 0 if the LND can move the payload by itself; unused
 *
 * If this function returns 0, it has called lnd_recv() once for the message or, if the
 * message waits on a lazy portal, a later step does, unless the driver abandons it.
 *
 * Context: task, outside handlers. Does not sleep unless the LND's callbacks do.
 * Return: 0: the message was taken, or dropped and counted; -EPROTO: the header breaks
 * the protocol, lnd_recv() is not called, and the LND should close the connection.
 */
int lnet_parse(struct lnet_ni *ni, struct lnet_hdr *hdr,
	       struct lnet_process_id from, void *private, int rdma_req)
{
	enum lnet_ni_drop why;
	struct lnet_msg *msg;
	int rc;

	rc = parse_check_hdr(ni, hdr, from, &why);
	if (unlikely(rc))
		return parse_refuse(ni, hdr, private, why, rc);
	msg = parse_new_msg(ni, &why);
	if (unlikely(!msg))
		return parse_refuse(ni, hdr, private, why, 0);
	parse_fill(msg, ni, hdr, from, private);

	switch (msg->type) {
	case LNET_MSG_PUT:
		parse_put(msg, &hdr->msg.put);
		break;
	case LNET_MSG_GET:
		parse_get(msg, &hdr->msg.get);
		break;
	case LNET_MSG_ACK:
		parse_ack(msg, &hdr->msg.ack);
		break;
	default:
		parse_reply(msg, &hdr->msg.reply);
		break;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lnet_parse);
