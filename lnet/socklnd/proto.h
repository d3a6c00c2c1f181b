/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What two nodes say to each other over TCP before and around messages. See
 * proto.c. Nothing here touches a socket: bytes in, checked values out, and
 * back.
 */
#ifndef _LNET_SOCKLND_PROTO_H
#define _LNET_SOCKLND_PROTO_H

#include <linux/types.h>

#include <lnet/types.h>

/* On the wire, bytes. */
enum {
	KSOCK_CONNREQ_BYTES		= 16,
	KSOCK_CONNREQ_FIRST		= 4,	/* they tell what it is */
	KSOCK_HELLO_FIRST		= 8,	/* they tell the version */
	KSOCK_HELLO_V1_BYTES	= 72,
	KSOCK_HELLO_BYTES		= 56,	/* versions 2 and 3 */
	KSOCK_HELLO_IPS		= 16,	/* addresses behind it, at most */
	KSOCK_HDR_BYTES		= 24,	/* around a message, not in 1 */
};

/* Protocol versions. */
enum {
	KSOCK_V1	= 1,		/* nothing around a message */
	KSOCK_V2	= 2,		/* may have a checksum */
	KSOCK_V3	= 3,		/* what we speak first */
};

/* What a connection is for, in the words of who says it. */
enum ksock_ctype {
	KSOCK_NONE		= -1,	/* not wanted, or not now */
	KSOCK_ANY		= 0,
	KSOCK_CONTROL	= 1,
	KSOCK_BULK_IN	= 2,
	KSOCK_BULK_OUT	= 3,
	KSOCK_CTYPES,
};

/* The other side's word for the same connection. */
static inline enum ksock_ctype ksock_mirror(enum ksock_ctype ctype)
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

/* A connection request: which of our NIDs somebody wants. */
int ksock_proto_connreq_first(const void *bytes);
int ksock_proto_connreq_decode(const void *bytes, lnet_nid_t *nid);
void ksock_proto_connreq_encode(void *bytes, lnet_nid_t nid);

/**
 * struct ksock_hello - a HELLO, checked
 * @version: KSOCK_V1 .. KSOCK_V3
 * @flip: the sender has the other byte order, here and in what follows
 * @src_nid: who says it
 * @src_pid: and of which process
 * @src_incarnation: changes each time he starts
 * @dst_nid: whom to; not in version 1
 * @ctype: what for
 * @ips: addresses of his, that follow; nobody needs them
 */
struct ksock_hello {
	unsigned int version;
	bool flip;
	lnet_nid_t src_nid;
	lnet_pid_t src_pid;
	u64 src_incarnation;
	lnet_nid_t dst_nid;
	enum ksock_ctype ctype;
	unsigned int ips;
};

int ksock_proto_hello_first(const void *bytes, struct ksock_hello *hello);
size_t ksock_proto_hello_rest(const struct ksock_hello *hello);
int ksock_proto_hello_decode(const void *bytes, struct ksock_hello *hello);
size_t ksock_proto_hello_encode(void *bytes, const struct ksock_hello *hello);

/* What stands before a message, or alone. */
enum ksock_msg_type {
	KSOCK_NOOP	= 0xc0,
	KSOCK_LNET	= 0xc1,
};

/**
 * struct ksock_hdr - the header around a message
 * @type: enum ksock_msg_type
 * @csum: of what follows; 0: none
 * @cookie: [0] not 0: the sender wants it back when the payload is in memory;
 *	[1] not 0: it comes back. In a NOOP both come back; see
 *	ksock_proto_acks()
 */
struct ksock_hdr {
	u32 type;
	u32 csum;
	u64 cookie[2];
};

int ksock_proto_hdr_decode(const void *bytes, bool flip, struct ksock_hdr *hdr);
void ksock_proto_hdr_encode(void *bytes, const struct ksock_hdr *hdr);

/* In a NOOP: the sender lives, and wants nothing. */
#define KSOCK_COOKIE_KEEPALIVE	1ULL

/* Cookies that a header brings back: from first to last, and one more. */
struct ksock_acks {
	u64 first;			/* 0: none */
	u64 last;
	u64 other;			/* 0: none */
};

void ksock_proto_acks(const struct ksock_hdr *hdr, unsigned int version,
		      struct ksock_acks *acks);

u32 ksock_proto_csum(u32 csum, const void *bytes, size_t n);
#define KSOCK_CSUM_SEED	(~0U)

#endif /* _LNET_SOCKLND_PROTO_H */
