/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes that two nodes exchange over TCP before and around messages. See proto.c.
 * Nothing here touches a socket: the functions turn bytes into checked values, and back.
 */
#ifndef _LNET_SOCKLND_PROTO_H
#define _LNET_SOCKLND_PROTO_H

#include <linux/types.h>

#include <lnet/nid.h>
#include <lnet/wire.h>

/* Lengths on the wire, bytes; KSOCK_HELLO_IPS is a number of addresses. */
enum {
	KSOCK_CONNREQ_FIRST		= 4,	/* enough to recognize a request */
	KSOCK_CONNREQ_HEAD		= 8,	/* enough to learn its length */
	KSOCK_CONNREQ_BYTES		= 16,	/* of a request for a NID with a short address */
	KSOCK_CONNREQ_LARGE_BYTES	= 28,	/* of one for any NID */
	KSOCK_HELLO_FIRST		= 8,	/* enough to learn the version */
	KSOCK_HELLO_V1_BYTES	= 72,
	KSOCK_HELLO_BYTES		= 56,	/* in versions 2 and 3 */
	KSOCK_HELLO_LARGE_BYTES	= 80,	/* in version 4 */
	KSOCK_HELLO_MAX		= KSOCK_HELLO_LARGE_BYTES,
	KSOCK_HELLO_IPS		= 16,	/* addresses behind a HELLO, at most */
	KSOCK_HDR_BYTES		= 24,	/* around a message, not in version 1 */
	KSOCK_NIDS_BYTES		= 16,	/* at the beginning of an lnet_hdr */
	KSOCK_NIDS_LARGE_BYTES	= 40,	/* in their place in version 4 */
};

/* Protocol versions. */
enum {
	KSOCK_V1	= 1,		/* no header around a message */
	KSOCK_V2	= 2,		/* a message may have a checksum */
	KSOCK_V3	= 3,		/* the version that we speak first */
	KSOCK_V4	= 4,		/* addresses may be long; first, if one is */
	KSOCK_VERSIONS,
};

/* The version to speak first with a peer. */
static inline unsigned int ksock_proto_first_version(lnet_nid_t nid)
{
	return lnet_nid_is_large(nid) ? KSOCK_V4 : KSOCK_V3;
}

/* Length of the headers of a message, bytes: that around it, and its own. */
static inline unsigned int ksock_proto_headers(unsigned int version)
{
	if (version == KSOCK_V1)
		return sizeof(struct lnet_hdr);
	if (version == KSOCK_V4)
		return KSOCK_HDR_BYTES + sizeof(struct lnet_hdr) - KSOCK_NIDS_BYTES +
		       KSOCK_NIDS_LARGE_BYTES;
	return KSOCK_HDR_BYTES + sizeof(struct lnet_hdr);
}

/* The purpose of a connection, as seen from the side that names it. */
enum ksock_ctype {
	KSOCK_NONE		= -1,	/* not wanted, or not now */
	KSOCK_ANY		= 0,
	KSOCK_CONTROL	= 1,
	KSOCK_BULK_IN	= 2,
	KSOCK_BULK_OUT	= 3,
	KSOCK_CTYPES,
};

/* Return the type that the other side gives the same connection. */
static inline enum ksock_ctype ksock_proto_mirror(enum ksock_ctype ctype)
{
	switch (ctype) {
	case KSOCK_BULK_IN:
		return KSOCK_BULK_OUT;
	case KSOCK_BULK_OUT:
		return KSOCK_BULK_IN;
	default:
		return ctype;
	}
}

/* A connection request names the NID of ours that the peer wants. */
int ksock_proto_connreq_first(const void *bytes);
int ksock_proto_connreq_length(const void *bytes);
int ksock_proto_connreq_decode(const void *bytes, struct lnet_nid *nid);
size_t ksock_proto_connreq_encode(void *bytes, const struct lnet_nid *nid);

/**
 * struct ksock_hello - a decoded HELLO
 * @version: protocol version, KSOCK_V1 to KSOCK_V4
 * @flip: the sender has the other byte order, here and in all that follows
 * @src_nid: NID of the sender
 * @src_pid: PID of the sender
 * @src_incarnation: number that changes each time the sender starts
 * @dst_nid: NID that the HELLO is for; not in version 1
 * @ctype: what the connection is for, as the sender sees it
 * @ips: number of addresses of the sender that follow; we need none of them
 */
struct ksock_hello {
	unsigned int version;
	bool flip;
	struct lnet_nid src_nid;
	lnet_pid_t src_pid;
	u64 src_incarnation;
	struct lnet_nid dst_nid;
	enum ksock_ctype ctype;
	unsigned int ips;
};

int ksock_proto_hello_first(const void *bytes, struct ksock_hello *hello);
size_t ksock_proto_hello_rest(const struct ksock_hello *hello);
int ksock_proto_hello_decode(const void *bytes, struct ksock_hello *hello);
size_t ksock_proto_hello_encode(void *bytes, const struct ksock_hello *hello);

/* Type of the header around a message; a NOOP is a header without a message. */
enum ksock_msg_type {
	KSOCK_NOOP	= 0xc0,
	KSOCK_LNET	= 0xc1,
};

/**
 * struct ksock_hdr - the header around a message
 * @type: enum ksock_msg_type
 * @csum: checksum; 0: none. Version 2: of this header with 0 here, message header and payload;
 *	versions 3 and 4: of the payload, but no peer should send it
 * @cookie: [0] not 0: the sender wants it back when the payload is in memory; [1] not 0: this
 *	cookie comes back. In a NOOP both come back; see ksock_proto_acks()
 */
struct ksock_hdr {
	u32 type;
	u32 csum;
	u64 cookie[2];
};

int ksock_proto_hdr_decode(const void *bytes, bool flip, struct ksock_hdr *hdr);
void ksock_proto_hdr_encode(void *bytes, const struct ksock_hdr *hdr);

/* In a NOOP: the sender is alive, and wants nothing. */
#define KSOCK_COOKIE_KEEPALIVE	1ULL

/* Cookies that a header brings back: a range, and one more. */
struct ksock_acks {
	u64 first;			/* 0: none */
	u64 last;
	u64 other;			/* 0: none */
};

void ksock_proto_acks(const struct ksock_hdr *hdr, unsigned int version,
		      struct ksock_acks *acks);

/* Two NIDs at the beginning of a message's header, in version 4: to whom, and from whom. */
int ksock_proto_nids_decode(const void *bytes, struct lnet_nid *dest, struct lnet_nid *src);
void ksock_proto_nids_encode(void *bytes, const struct lnet_nid *dest, const struct lnet_nid *src);

u32 ksock_proto_csum(u32 csum, const void *bytes, size_t n);
#define KSOCK_CSUM_SEED	(~0U)

static_assert(offsetof(struct lnet_hdr, dest_pid) == KSOCK_NIDS_BYTES);
static_assert(2 * sizeof(struct lnet_nid) == KSOCK_NIDS_LARGE_BYTES);

#endif /* _LNET_SOCKLND_PROTO_H */
