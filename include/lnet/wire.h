/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The message header on the wire: 72 bytes, little-endian, but for the opaque
 * fields, which the receiver copies back unchanged.
 *
 * This file holds only what every LND carries. The framing that an LND adds around
 * it is private to that LND.
 */
#ifndef _LNET_WIRE_H
#define _LNET_WIRE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* Opaque to the receiver, which copies it into its answer. */
struct lnet_handle_wire {
	__u64 interface_cookie;
	__u64 object_cookie;
};

struct lnet_wire_ack {
	struct lnet_handle_wire dst_wmd;
	__le64 match_bits;
	__le32 mlength;
} __packed;

struct lnet_wire_put {
	struct lnet_handle_wire ack_wmd;
	__le64 match_bits;
	__u64 hdr_data;			/* opaque */
	__le32 ptl_index;
	__le32 offset;
} __packed;

struct lnet_wire_get {
	struct lnet_handle_wire return_wmd;
	__le64 match_bits;
	__le32 ptl_index;
	__le32 src_offset;
	__le32 sink_length;
} __packed;

struct lnet_wire_reply {
	struct lnet_handle_wire dst_wmd;
} __packed;

struct lnet_hdr {
	__le64 dest_nid;
	__le64 src_nid;
	__le32 dest_pid;
	__le32 src_pid;
	__le32 type;
	__le32 payload_length;
	union {
		struct lnet_wire_ack ack;
		struct lnet_wire_put put;
		struct lnet_wire_get get;
		struct lnet_wire_reply reply;
		__u8 bytes[40];
	} msg;
} __packed __aligned(8);

static_assert(sizeof(struct lnet_handle_wire) == 16);
static_assert(sizeof(struct lnet_hdr) == 72);
static_assert(offsetof(struct lnet_hdr, src_nid) == 8);
static_assert(offsetof(struct lnet_hdr, dest_pid) == 16);
static_assert(offsetof(struct lnet_hdr, src_pid) == 20);
static_assert(offsetof(struct lnet_hdr, type) == 24);
static_assert(offsetof(struct lnet_hdr, payload_length) == 28);
static_assert(offsetof(struct lnet_hdr, msg) == 32);
static_assert(offsetof(struct lnet_hdr, msg.ack.match_bits) == 48);
static_assert(offsetof(struct lnet_hdr, msg.ack.mlength) == 56);
static_assert(offsetof(struct lnet_hdr, msg.put.match_bits) == 48);
static_assert(offsetof(struct lnet_hdr, msg.put.hdr_data) == 56);
static_assert(offsetof(struct lnet_hdr, msg.put.ptl_index) == 64);
static_assert(offsetof(struct lnet_hdr, msg.put.offset) == 68);
static_assert(offsetof(struct lnet_hdr, msg.get.match_bits) == 48);
static_assert(offsetof(struct lnet_hdr, msg.get.ptl_index) == 56);
static_assert(offsetof(struct lnet_hdr, msg.get.src_offset) == 60);
static_assert(offsetof(struct lnet_hdr, msg.get.sink_length) == 64);

#endif /* _LNET_WIRE_H */
