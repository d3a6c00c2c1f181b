// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the peer that a test plays: headers as they come over the wire, handed to the core.
 */
#include "common.h"

#include <linux/string.h>

/**
 * lt_rx() - make a message that arrives
 * @test: the case, which ends if there is no memory
 *
 * Context: The task of the case; may sleep.
 * Return: the message, until the last of the case's objects is gone: it may wait in the
 * core for as long.
 */
struct lt_rx *lt_rx(struct kunit *test)
{
	return lt_case_alloc(test, sizeof(struct lt_rx));
}
EXPORT_SYMBOL_GPL(lt_rx);

/**
 * lt_hdr_from() - name the sender of a message, in its header and by the LND
 * @rx: the message
 * @nid: the NID of the sender
 * @pid: the PID of the sender
 *
 * Context: Any.
 */
void lt_hdr_from(struct lt_rx *rx, lnet_nid_t nid, lnet_pid_t pid)
{
	rx->hdr.src_nid = cpu_to_le64(nid);
	rx->hdr.src_pid = cpu_to_le32(pid);
	rx->from.nid = nid;
	rx->from.pid = pid;
}
EXPORT_SYMBOL_GPL(lt_hdr_from);

/**
 * lt_hdr() - begin a header, from a peer to the fake NI
 * @rx: the message, which may have been received before
 * @type: the type of the message
 * @src: the NID of the sender
 * @bytes: how long the payload is, bytes
 *
 * Context: Any.
 */
void lt_hdr(struct lt_rx *rx, enum lnet_msg_type type, lnet_nid_t src,
	    unsigned int bytes)
{
	struct lnet_hdr *hdr = &rx->hdr;

	memset(hdr, 0, sizeof(*hdr));
	hdr->dest_nid = cpu_to_le64(LT_NID_SELF);
	hdr->dest_pid = cpu_to_le32(LNET_PID_LUSTRE);
	hdr->type = cpu_to_le32(type);
	hdr->payload_length = cpu_to_le32(bytes);
	lt_hdr_from(rx, src, LNET_PID_LUSTRE);
	rx->recvs = 0;
	rx->dropped = false;
	rx->delayed = false;
	rx->eager = false;
	rx->parsed = false;
	rx->too_late = false;
	rx->done = false;
}
EXPORT_SYMBOL_GPL(lt_hdr);

/**
 * lt_hdr_put() - write the header of a PUT to LT_PORTAL that wants no ACK
 * @rx: the message
 * @match_bits: the match bits
 * @bytes: how long the payload is, bytes
 * @offset: the offset at the target, bytes
 * @hdr_data: 64 bits for the target
 *
 * Context: Any.
 */
void lt_hdr_put(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset, u64 hdr_data)
{
	struct lnet_wire_put *put = &rx->hdr.msg.put;

	lt_hdr(rx, LNET_MSG_PUT, LT_NID_PEER, bytes);
	put->ack_wmd.interface_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	put->ack_wmd.object_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	put->match_bits = cpu_to_le64(match_bits);
	put->hdr_data = hdr_data;
	put->ptl_index = cpu_to_le32(LT_PORTAL);
	put->offset = cpu_to_le32(offset);
}
EXPORT_SYMBOL_GPL(lt_hdr_put);

/**
 * lt_hdr_get() - write the header of a GET from LT_PORTAL
 * @rx: the message
 * @match_bits: the match bits
 * @bytes: how much the peer asks for, bytes
 * @offset: the offset at the target, bytes
 *
 * Context: Any.
 */
void lt_hdr_get(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset)
{
	struct lnet_wire_get *get = &rx->hdr.msg.get;

	lt_hdr(rx, LNET_MSG_GET, LT_NID_PEER, 0);
	get->return_wmd.interface_cookie = 0x1111222233334444;
	get->return_wmd.object_cookie = 0x5555666677778888;
	get->match_bits = cpu_to_le64(match_bits);
	get->ptl_index = cpu_to_le32(LT_PORTAL);
	get->src_offset = cpu_to_le32(offset);
	get->sink_length = cpu_to_le32(bytes);
}
EXPORT_SYMBOL_GPL(lt_hdr_get);

/**
 * lt_hdr_ack() - write the header of the ACK to a PUT
 * @rx: the message
 * @sent: the PUT, as it was given to the LND
 * @mlength: what the target says it has taken, bytes
 *
 * Context: Any.
 */
void lt_hdr_ack(struct lt_rx *rx, const struct lt_sent *sent, unsigned int mlength)
{
	lt_hdr(rx, LNET_MSG_ACK, LT_NID_PEER, 0);
	rx->hdr.msg.ack.dst_wmd = sent->hdr.msg.put.ack_wmd;
	rx->hdr.msg.ack.match_bits = sent->hdr.msg.put.match_bits;
	rx->hdr.msg.ack.mlength = cpu_to_le32(mlength);
}
EXPORT_SYMBOL_GPL(lt_hdr_ack);

/**
 * lt_hdr_reply() - write the header of the REPLY to a GET
 * @rx: the message
 * @sent: the GET, as it was given to the LND
 * @bytes: how long the payload is, bytes
 *
 * Context: Any.
 */
void lt_hdr_reply(struct lt_rx *rx, const struct lt_sent *sent, unsigned int bytes)
{
	lt_hdr(rx, LNET_MSG_REPLY, LT_NID_PEER, bytes);
	rx->hdr.msg.reply.dst_wmd = sent->hdr.msg.get.return_wmd;
}
EXPORT_SYMBOL_GPL(lt_hdr_reply);

/**
 * lt_parse() - have a message arrive
 * @f: the NI
 * @rx: the message; the core works on a copy of its header
 *
 * Context: That of lnet_parse().
 * Return: what lnet_parse() returns.
 */
int lt_parse(struct lt_ni *f, struct lt_rx *rx)
{
	struct lnet_hdr hdr = rx->hdr;
	int rc;

	atomic_inc(&f->parsing);
	rc = lnet_parse(f->ni, &hdr, rx->from, rx, 0);
	WRITE_ONCE(rx->parsed, true);
	atomic_dec(&f->parsing);
	return rc;
}
EXPORT_SYMBOL_GPL(lt_parse);
