// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves: LNetPut() and LNetGet().
 */
#include "event/api.h"
#include "event/cpu.h"
#include "event/md_state.h"
#include "network/answer.h"
#include "network/msg.h"
#include "network/ni.h"

#include <lnet/api.h>

#include <linux/export.h>

/* The fields of the SEND event that a PUT and a GET have in common. */
static void send_fill_event(struct lnet_event *ev, u8 type,
			    const struct lnet_process_id *target,
			    unsigned int portal, u64 match_bits, unsigned int offset,
			    u64 hdr_data)
{
	ev->target = *target;
	ev->initiator.nid = LNET_NID_ANY;
	ev->initiator.pid = lnet_pid;
	/* Field by field: reading back what was just written in parts waits. */
	ev->source.nid = LNET_NID_ANY;
	ev->source.pid = lnet_pid;
	ev->sender = LNET_NID_ANY;
	ev->type = LNET_EVENT_SEND;
	ev->pt_index = portal;
	ev->match_bits = match_bits;
	ev->hdr_data = hdr_data;
	ev->msg_type = type;
	ev->offset = offset;
	ev->sequence = 0;
}

static void send_fill_hdr(struct lnet_msg *msg, const struct lnet_process_id *target)
{
	struct lnet_hdr *hdr = &msg->hdr;

	hdr->dest_nid = cpu_to_le64(target->nid);
	hdr->dest_pid = cpu_to_le32(target->pid);
	hdr->src_pid = cpu_to_le32(lnet_pid);
	hdr->type = cpu_to_le32(msg->type);
	hdr->payload_length = cpu_to_le32(msg->len);
}

/*
 * From a client's handle to a message that holds an operation of the MD, or an
 * error to return at once. Preemption is off.
 */
static __always_inline struct lnet_msg *
send_prepare(struct lnet_cpu **c, struct lnet_handle_md mdh, u8 type,
	     const struct lnet_process_id *target, unsigned int portal,
	     u64 match_bits, unsigned int offset, u64 hdr_data)
{
	struct lnet_libmd *md;
	struct lnet_event *ev;
	struct lnet_msg *msg;
	int rc = -ENOENT;

	if (portal >= LNET_MAX_PORTALS)
		return ERR_PTR(-EINVAL);
	msg = lnet_msg_new(c, true);
	if (!msg)
		return ERR_PTR(-ENOMEM);

	ev = &msg->d.ev;
	md = lnet_md_pin(mdh.cookie);
	if (!md)
		goto err_free;
	rc = lnet_md_begin(md, ev);
	if (rc)
		goto err_free;

	msg->d.md = md;
	msg->type = type;
	msg->rx = false;
	msg->private = NULL;
	msg->peer = target->nid;
	msg->niov = md->niov;
	msg->iov = md->iov;
	msg->kiov = md->kiov;
	msg->offset = 0;
	ev->rlength = md->length;
	ev->mlength = md->length;
	send_fill_event(ev, type, target, portal, match_bits, offset, hdr_data);
	return msg;

err_free:
	lnet_msg_end(msg);
	return ERR_PTR(rc);
}

/*
 * Off it goes; whatever happens from now on is told by the event. By a network
 * its MD has another name for who answers than here. Preemption is off. What is not 0
 * is for lnet_msg_not_kept(), when preemption is as LNet's caller has it.
 */
static __always_inline int send_launch(struct lnet_cpu *c, struct lnet_msg *msg,
				       lnet_nid_t self,
				       const struct lnet_process_id *target,
				       bool answer)
{
	struct lnet_hdr *hdr = &msg->hdr;
	struct lnet_ni *ni;

	ni = likely(target->nid == LNET_NID_LO_0) ? lnet_ni_loop(c) :
						    lnet_ni_route(c, self, target->nid);
	if (unlikely(!ni)) {
		lnet_count(c->stats.unroutable, 1);
		return -EHOSTUNREACH;
	}

	msg->ni = ni;
	send_fill_hdr(msg, target);
	hdr->src_nid = cpu_to_le64(ni->nid);
	/* To ourselves, by whichever of our NIDs, we are 0@lo. */
	if (ni->lnd->type == LOLND)
		hdr->dest_nid = hdr->src_nid;
	else if (answer)
		lnet_answer_expect(msg);
	return lnet_msg_send(c, msg);
}

/**
 * LNetPut() - send the memory of an MD
 * @self: the NID to send from, or LNET_NID_ANY; see below
 * @mdh: a bound MD; all of it is sent
 * @ack: LNET_ACK_REQ: an ACK event shall tell that the target has it
 * @target: whom to
 * @portal: the portal there
 * @match_bits: the bits to be matched there
 * @offset: where in the target's MD, bytes, if that has LNET_MD_MANAGE_REMOTE
 * @hdr_data: 64 bits for the target's event, carried as they are
 *
 * A SEND event follows, with an error in its status if the message could not
 * be sent. A target that drops the message does not say so.
 *
 * A message for one of our own NIDs goes round by 0@lo, whichever it is, and
 * @self does not matter. Only if @self is another NID of ours on the same
 * network it leaves by that NI and travels to the other one: this is how the
 * way between two NIs of a node is tested.
 *
 * Context: task; may sleep.
 * Return: 0: an event will come; -EINVAL: no such portal; -ENOENT: no such MD,
 * one with an ME, or one exhausted; -EBUSY: too many operations on it;
 * -ENOMEM; -ENETDOWN; -EDEADLK.
 */
int LNetPut(lnet_nid_t self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, __u64 hdr_data)
{
	struct lnet_wire_put *put;
	struct lnet_msg *msg;
	struct lnet_cpu *c;
	int unsent = 0;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	msg = send_prepare(&c, mdh, LNET_MSG_PUT, &target, portal, match_bits, offset,
			   hdr_data);
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
	if (ack == LNET_ACK_REQ) {
		put->ack_wmd.interface_cookie = 0;
		put->ack_wmd.object_cookie = mdh.cookie;
	} else {
		put->ack_wmd.interface_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
		put->ack_wmd.object_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	}
	unsent = send_launch(c, msg, self, &target, ack == LNET_ACK_REQ);
out:
	preempt_enable();
	if (unlikely(unsent))
		lnet_msg_not_kept(msg, unsent);
	return rc;
}
EXPORT_SYMBOL(LNetPut);

/**
 * LNetGet() - fetch into the memory of an MD
 * @self: as for LNetPut()
 * @mdh: a bound MD; what is asked for is as long as it
 * @target: whom from
 * @portal: the portal there
 * @match_bits: the bits to be matched there
 * @offset: where in the target's MD, bytes, if that has LNET_MD_MANAGE_REMOTE
 * @recovery: for health checks of an NI; there are none, it changes nothing
 *
 * A SEND event and a REPLY event follow, in either order; if the SEND event
 * has an error, no REPLY, but of one that was arriving. A target that drops the
 * message does not say so.
 *
 * Context: task; may sleep.
 * Return: as LNetPut().
 */
int LNetGet(lnet_nid_t self, struct lnet_handle_md mdh,
	    struct lnet_process_id target, unsigned int portal,
	    __u64 match_bits, unsigned int offset, bool recovery)
{
	struct lnet_wire_get *get;
	struct lnet_msg *msg;
	struct lnet_cpu *c;
	int unsent = 0;
	int rc;

	lnet_api_may_sleep();
	rc = lnet_api_enter(&c);
	if (rc)
		return rc;
	msg = send_prepare(&c, mdh, LNET_MSG_GET, &target, portal, match_bits, offset,
			   0);
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
	unsent = send_launch(c, msg, self, &target, true);
out:
	preempt_enable();
	if (unlikely(unsent))
		lnet_msg_not_kept(msg, unsent);
	return rc;
}
EXPORT_SYMBOL(LNetGet);
