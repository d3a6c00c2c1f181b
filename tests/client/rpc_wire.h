/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The messages between the RPC client and server.
 *
 *   client                                   server
 *     | -- PUT request, request portal -------> |  any of its big buffers
 *     | <- GET, bulk portal, bits = xid ------- |  WRITE: fetch the data
 *     | <- PUT, bulk portal, bits = xid ------- |  READ: deliver the data
 *     | <- PUT reply, reply portal, bits = xid  |
 *
 * Both messages have a fixed size and fixed-width little-endian fields. Each
 * ends with a CRC of itself. A receiver takes every field for a lie until it
 * has checked it: the size, then magic, version and CRC, then each value.
 *
 * A resent request has a new xid, so late messages of the first attempt find no
 * match entry. The server refuses a late attempt by the generation (a new one
 * each time the object is replaced) and, inside one generation, by the epoch (a
 * new one each time the writer jumps).
 */
#ifndef _RPC_WIRE_H
#define _RPC_WIRE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/crc32.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#define RPC_MAGIC	0x4c525043
#define RPC_VERSION	1

enum rpc_portal {
	RPC_REQUEST_PORTAL	= 40,	/* match-any, lazy */
	RPC_REPLY_PORTAL	= 41,	/* match-unique by xid */
	RPC_BULK_PORTAL		= 42,	/* match-unique by xid */
};

enum rpc_limits {
	RPC_MAX_BULK	= 1 << 20,	/* data of one RPC, bytes */
	/*
	 * A transfer ends at the latest RPC_MAX_BULK after the multiple of
	 * this that it begins behind: it then touches no more pages than one
	 * message can carry, with pages of up to this many bytes.
	 */
	RPC_GRAIN	= 64 << 10,
	RPC_NAME_BYTES	= 64,		/* with the NUL */
	RPC_MAX_TIMEOUT	= 600 * 1000,	/* ms */
};

/* No byte of an object lies at or behind this offset. */
#define RPC_MAX_SIZE	BIT_ULL(40)

enum rpc_opcode {
	RPC_CREATE	= 1,	/* replace the object by an empty one */
	RPC_STAT	= 2,	/* size and generation */
	RPC_READ	= 3,
	RPC_WRITE	= 4,
};

/**
 * struct rpc_wire_request - client to server
 * @magic: RPC_MAGIC
 * @version: RPC_VERSION
 * @opcode: enum rpc_opcode
 * @xid: names this attempt; match bits of its bulk and reply
 * @generation: CREATE: what the new object is to have, READ and WRITE: the
 *	one meant, STAT: 0
 * @offset: READ and WRITE: first byte of the object
 * @length: READ and WRITE: how many bytes, see rpc_range_ok()
 * @data_crc: WRITE: rpc_crc() of the data
 * @epoch: WRITE: refused if the object has seen a later one
 * @timeout: ms the client waits; an older request is not worth work
 * @name: of the object, see rpc_name_ok()
 * @zero: 0
 * @crc: rpc_crc() of all before
 */
struct rpc_wire_request {
	__le32 magic;
	__le16 version;
	__le16 opcode;
	__le64 xid;
	__le64 generation;
	__le64 offset;
	__le32 length;
	__le32 data_crc;
	__le32 epoch;
	__le32 timeout;
	__u8 name[RPC_NAME_BYTES];
	__u8 zero[12];
	__le32 crc;
};

/**
 * struct rpc_wire_reply - server to client
 * @magic: RPC_MAGIC
 * @version: RPC_VERSION
 * @opcode: as in the request
 * @xid: as in the request
 * @generation: of the object
 * @size: of the object, bytes
 * @length: READ and WRITE: bytes moved; a READ moves less at the end only
 * @data_crc: READ: rpc_crc() of the data
 * @status: 0, or why not, see rpc_status_ok(); then only the fields up to
 *	@xid are meant
 * @crc: rpc_crc() of all before
 */
struct rpc_wire_reply {
	__le32 magic;
	__le16 version;
	__le16 opcode;
	__le64 xid;
	__le64 generation;
	__le64 size;
	__le32 length;
	__le32 data_crc;
	__le32 status;
	__le32 crc;
};

static_assert(sizeof(struct rpc_wire_request) == 128);
static_assert(offsetof(struct rpc_wire_request, version) == 4);
static_assert(offsetof(struct rpc_wire_request, opcode) == 6);
static_assert(offsetof(struct rpc_wire_request, xid) == 8);
static_assert(offsetof(struct rpc_wire_request, generation) == 16);
static_assert(offsetof(struct rpc_wire_request, offset) == 24);
static_assert(offsetof(struct rpc_wire_request, length) == 32);
static_assert(offsetof(struct rpc_wire_request, data_crc) == 36);
static_assert(offsetof(struct rpc_wire_request, epoch) == 40);
static_assert(offsetof(struct rpc_wire_request, timeout) == 44);
static_assert(offsetof(struct rpc_wire_request, name) == 48);
static_assert(offsetof(struct rpc_wire_request, zero) == 112);
static_assert(offsetof(struct rpc_wire_request, crc) == 124);
static_assert(sizeof(struct rpc_wire_reply) == 48);
static_assert(offsetof(struct rpc_wire_reply, version) == 4);
static_assert(offsetof(struct rpc_wire_reply, opcode) == 6);
static_assert(offsetof(struct rpc_wire_reply, xid) == 8);
static_assert(offsetof(struct rpc_wire_reply, generation) == 16);
static_assert(offsetof(struct rpc_wire_reply, size) == 24);
static_assert(offsetof(struct rpc_wire_reply, length) == 32);
static_assert(offsetof(struct rpc_wire_reply, data_crc) == 36);
static_assert(offsetof(struct rpc_wire_reply, status) == 40);
static_assert(offsetof(struct rpc_wire_reply, crc) == 44);

#define RPC_CRC_SEED	(~0U)

/* CRC-32, in pieces: pass RPC_CRC_SEED, then what the last call returned. */
static inline u32 rpc_crc(u32 crc, const void *data, size_t bytes)
{
	return crc32_le(crc, data, bytes);
}

static inline u32 rpc_request_crc(const struct rpc_wire_request *req)
{
	return rpc_crc(RPC_CRC_SEED, req, offsetof(typeof(*req), crc));
}

static inline u32 rpc_reply_crc(const struct rpc_wire_reply *rep)
{
	return rpc_crc(RPC_CRC_SEED, rep, offsetof(typeof(*rep), crc));
}

/* The longest transfer that may begin at @offset, bytes. */
static inline u32 rpc_range_room(u64 offset)
{
	return RPC_MAX_BULK - (offset & (RPC_GRAIN - 1));
}

static inline bool rpc_range_ok(u64 offset, u32 length)
{
	return length > 0 && length <= rpc_range_room(offset) &&
	       offset <= RPC_MAX_SIZE - length;
}

/*
 * The errno values that a reply may carry. Another one, EINTR say, would mean
 * something else to the caller of the client's system call.
 */
static inline bool rpc_status_ok(u32 status)
{
	switch (status) {
	case 0:
	case ENOENT:		/* no such object */
	case ESTALE:		/* the object was replaced, or written later */
	case EINVAL:		/* the request makes no sense */
	case EOPNOTSUPP:	/* nor does its opcode */
	case ENOSPC:
	case ENOMEM:
	case EBADMSG:		/* the data came with a wrong CRC */
	case ETIMEDOUT:		/* the data did not come */
	case EIO:		/* anything else */
		return true;
	default:
		return false;
	}
}

/* 1 to 63 printable characters without blanks, the rest filled with NUL. */
static inline bool rpc_name_ok(const u8 *name)
{
	unsigned int n = 0;

	while (n < RPC_NAME_BYTES && isascii(name[n]) && isgraph(name[n]))
		n++;
	return n > 0 && n < RPC_NAME_BYTES &&
	       !memchr_inv(name + n, 0, RPC_NAME_BYTES - n);
}

#endif /* _RPC_WIRE_H */
