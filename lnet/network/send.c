// SPDX-License-Identifier: GPL-2.0
/*
 * Leaving messages: LNetPut() and LNetGet().
 */
#include "event/alias.h"
#include "event/api.h"
#include "event/cpu.h"
#include "event/eq.h"
#include "event/md_state.h"
#include "network/answer.h"
#include "network/msg.h"
#include "network/ni.h"
#include "network/path.h"
#include "network/response.h"

#include <lnet/api.h>

#include <linux/export.h>

/* A call of LNetPut() or LNetGet(): what their arguments have in common. */
struct send_call {
	u8 type;			/* LNET_MSG_PUT or LNET_MSG_GET */
	bool answer;			/* an ACK or a REPLY is to come */
	unsigned int portal;
	unsigned int offset;
	lnet_nid_t self;
	struct lnet_handle_md mdh;
	const struct lnet_process_id *target;
	u64 match_bits;
	u64 hdr_data;			/* of a PUT; else 0 */
};

/* Fill the SEND event, except for what lnet_md_begin() and the MD's length give. */
static void send_fill_event(struct lnet_event *ev, const struct send_call *call)
{
	ev->target = *call->target;
	ev->initiator.nid = LNET_NID_ANY;
	ev->initiator.pid = lnet_pid;
	/*
	 * Not copied from @initiator as a whole: a wide load of what was just stored
	 * in two parts stalls the CPU.
	 */
	ev->source.nid = LNET_NID_ANY;
	ev->source.pid = lnet_pid;
	ev->sender = LNET_NID_ANY;
	ev->type = LNET_EVENT_SEND;
	ev->pt_index = call->portal;
	ev->match_bits = call->match_bits;
	ev->hdr_data = call->hdr_data;
	ev->msg_type = call->type;
	ev->offset = call->offset;
	ev->sequence = 0;
}

static void send_fill_hdr(struct lnet_msg *msg, lnet_pid_t pid)
{
	struct lnet_hdr *hdr = &msg->hdr;

	hdr->dest_nid = cpu_to_le64(msg->peer);
	hdr->dest_pid = cpu_to_le32(pid);
	hdr->src_pid = cpu_to_le32(lnet_pid);
	hdr->type = cpu_to_le32(msg->type);
	hdr->payload_length = cpu_to_le32(msg->len);
}

/*
 * Make a message that holds an operation on the client's MD. Preemption is off. Return
 * the message, or the error that the API function returns.
 */
static __always_inline struct lnet_msg *
send_prepare(struct lnet_cpu **c, const struct send_call *call)
{
	struct lnet_libmd *md;
	struct lnet_event *ev;
	struct lnet_msg *msg;
	int rc = -ENOENT;

	if (call->portal >= LNET_MAX_PORTALS)
		return ERR_PTR(-EINVAL);
	msg = lnet_msg_new(c, true);
	if (!msg)
		return ERR_PTR(-ENOMEM);

	ev = &msg->d.ev;
	md = lnet_md_pin(call->mdh.cookie);
	if (!md)
		goto err_free;
	rc = lnet_md_begin(md, ev);
	if (rc)
		goto err_free;

	msg->d.md = md;
	msg->type = call->type;
	msg->rx = false;
	msg->private = NULL;
	msg->peer = call->target->nid;
	lnet_nid_hold(msg->peer);
	msg->niov = md->niov;
	msg->iov = md->iov;
	msg->kiov = md->kiov;
	msg->offset = 0;
	ev->rlength = md->length;
	ev->mlength = md->length;
	send_fill_event(ev, call);
	return msg;

err_free:
	lnet_msg_end(msg);
	return ERR_PTR(rc);
}

/*
 * Name the two ends of a message over loopback: both are 0@lo, whichever of our NIDs the client
 * named; or, for a client of the handler interface, both are the NID that it named.
 */
static __always_inline void send_name_ends(struct lnet_msg *msg,
					   const struct lnet_process_id *target)
{
	const struct lnet_eq *eq = msg->d.md->eq;

	if (unlikely(target->nid != LNET_NID_LO_0 && eq && eq->strict))
		msg->hdr.src_nid = msg->hdr.dest_nid;
	else
		msg->hdr.dest_nid = msg->hdr.src_nid;
}

/*
 * Choose the NI for a message to another node, or to another NID of ours. A node that is known to
 * have several NIDs is named by its primary one, which may be on a network that we are not on.
 * Returns it with a reference for the message, or NULL.
 */
static __always_inline struct lnet_ni *send_route(struct lnet_cpu *c, struct lnet_msg *msg,
						  lnet_nid_t self, lnet_nid_t target)
{
	struct lnet_ni *ni;

	if (lnet_alias_any() || lnet_ni_rails()) {
		ni = lnet_path_choose(c, msg, self);
		if (ni)
			return ni;
	}
	return lnet_ni_route(c, self, target);
}

/*
 * Send a prepared message. From here on the event reports every failure, not the return
 * value of the API function. If an answer is to come by a network, lnet_answer_expect()
 * puts a handle into the header that only the target can answer with. By the loopback the
 * answer finds the MD by its cookie. The group of the request (response.h) comes back with it in
 * both cases. Preemption is off.
 * Return 0, or a value for lnet_msg_not_kept(), which the caller calls when preemption is
 * again as LNet's caller has it.
 */
static __always_inline int send_launch(struct lnet_cpu *c, struct lnet_msg *msg,
				       const struct send_call *call)
{
	const struct lnet_process_id *target = call->target;
	struct lnet_hdr *hdr = &msg->hdr;
	struct lnet_libmd *md = msg->d.md;
	struct lnet_ni *ni;

	if (unlikely(md->umd.options & LNET_MD_TRACK_RESPONSE) && call->answer)
		hdr->msg.get.return_wmd.interface_cookie = lnet_response_ask(md);

	if (likely(target->nid == LNET_NID_LO_0))
		ni = lnet_ni_loop(c);
	else
		ni = send_route(c, msg, call->self, target->nid);
	if (unlikely(!ni)) {
		lnet_count(c->stats.unroutable, 1);
		return -EHOSTUNREACH;
	}

	msg->ni = ni;
	send_fill_hdr(msg, target->pid);
	hdr->src_nid = cpu_to_le64(ni->nid);
	if (ni->lnd->type == LOLND)
		send_name_ends(msg, target);
	else if (call->answer)
		lnet_answer_expect(msg);
	return lnet_msg_send(c, msg);
}

/**
 * LNetPut() - send the memory of an MD
 * @self: NID to send from, or LNET_NID_ANY; see below
 * @mdh: handle of a bound MD; all of its memory is sent
 * @ack: LNET_ACK_REQ to get an ACK event when the target has the payload, else
 *	LNET_NOACK_REQ
 * @target: the process to send to
 * @portal: index of the portal at the target
 * @match_bits: match bits of the message
 * @offset: offset in the target's MD, in bytes, if that has LNET_MD_MANAGE_REMOTE
 * @hdr_data: 64 bits for the target's event, carried unchanged
 *
 * A SEND event follows, with an error in its status if the message could not be sent. A
 * target that drops the message does not report that.
 *
 * A message for any of our own NIDs goes by 0@lo, and @self does not matter. The one
 * exception: if @self is another NID of ours on the same network, the message leaves by
 * that NI and travels to the other one. Use that to test the path between two NIs of a
 * node.
 *
 * If the target is known to have several NIDs, messages go to those of them in turn that @self, or
 * this node, is on the network of.
 *
 * Context: task; may sleep.
 * Return: 0: an event will come; -EINVAL: @portal is too large; -ENOENT: @mdh is stale,
 * or its MD is attached to an ME or exhausted; -EBUSY: too many operations are in flight
 * on the MD; -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetPut(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, __u64 hdr_data)
{
	const struct send_call call = {
		.type = LNET_MSG_PUT, .answer = ack == LNET_ACK_REQ,
		.portal = portal, .offset = offset, .self = self, .mdh = mdh,
		.target = &target, .match_bits = match_bits, .hdr_data = hdr_data,
	};
	struct lnet_wire_put *put;
	struct lnet_msg *msg;
	struct lnet_cpu *c;
	int unsent = 0;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	msg = send_prepare(&c, &call);
	if (IS_ERR(msg)) {
		rc = PTR_ERR(msg);
		goto out;
	}

	msg->len = msg->d.ev.mlength;
	put = &msg->hdr.msg.put;
	put->match_bits = cpu_to_le64(match_bits);
	put->hdr_data = hdr_data;
	put->ptl_index = cpu_to_le32(portal);
	put->offset = cpu_to_le32(offset);
	if (call.answer) {
		put->ack_wmd.interface_cookie = 0;
		put->ack_wmd.object_cookie = mdh.cookie;
	} else {
		put->ack_wmd.interface_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
		put->ack_wmd.object_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	}
	unsent = send_launch(c, msg, &call);
out:
	preempt_enable();
	if (unlikely(unsent))
		lnet_msg_not_kept(msg, unsent);
	return rc;
}
EXPORT_SYMBOL(LNetPut);

/**
 * LNetGet() - fetch data into the memory of an MD
 * @self: NID to send from, or LNET_NID_ANY, as for LNetPut()
 * @mdh: handle of a bound MD; its length is the length that is asked for
 * @target: the process to fetch from
 * @portal: index of the portal at the target
 * @match_bits: match bits of the message
 * @offset: offset in the target's MD, in bytes, if that has LNET_MD_MANAGE_REMOTE
 * @recovery: true in a health check of an NI in Lustre; ignored here
 *
 * A SEND event and a REPLY event follow, in either order. If the SEND event has an error,
 * no REPLY event follows, unless the REPLY was arriving already. A target that drops the
 * message does not report that.
 *
 * Context: task; may sleep.
 * Return: 0 or -errno, as LNetPut().
 */
int LNetGet(lnet_nid_t self, struct lnet_handle_md mdh,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, bool recovery)
{
	const struct send_call call = {
		.type = LNET_MSG_GET, .answer = true,
		.portal = portal, .offset = offset, .self = self, .mdh = mdh,
		.target = &target, .match_bits = match_bits,
	};
	struct lnet_wire_get *get;
	struct lnet_msg *msg;
	struct lnet_cpu *c;
	int unsent = 0;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	msg = send_prepare(&c, &call);
	if (IS_ERR(msg)) {
		rc = PTR_ERR(msg);
		goto out;
	}

	get = &msg->hdr.msg.get;
	memset(&msg->hdr.msg, 0, sizeof(msg->hdr.msg));
	get->return_wmd.object_cookie = mdh.cookie;
	get->match_bits = cpu_to_le64(match_bits);
	get->ptl_index = cpu_to_le32(portal);
	get->src_offset = cpu_to_le32(offset);
	get->sink_length = cpu_to_le32(msg->d.ev.mlength);
	unsent = send_launch(c, msg, &call);
out:
	preempt_enable();
	if (unlikely(unsent))
		lnet_msg_not_kept(msg, unsent);
	return rc;
}
EXPORT_SYMBOL(LNetGet);
