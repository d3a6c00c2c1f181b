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
	LNET_SOCK_CONNREQ_BYTES		= 16,
	LNET_SOCK_CONNREQ_FIRST		= 4,	/* they tell what it is */
	LNET_SOCK_HELLO_FIRST		= 8,	/* they tell the version */
	LNET_SOCK_HELLO_V1_BYTES	= 72,
	LNET_SOCK_HELLO_BYTES		= 56,	/* versions 2 and 3 */
	LNET_SOCK_HELLO_IPS		= 16,	/* addresses behind it, at most */
	LNET_SOCK_HDR_BYTES		= 24,	/* around a message, not in 1 */
};

/* Protocol versions. */
enum {
	LNET_SOCK_V1	= 1,		/* nothing around a message */
	LNET_SOCK_V2	= 2,		/* may have a checksum */
	LNET_SOCK_V3	= 3,		/* what we speak first */
};

/* What a connection is for, in the words of who says it. */
enum lnet_sock_ctype {
	LNET_SOCK_NONE		= -1,	/* not wanted, or not now */
	LNET_SOCK_ANY		= 0,
	LNET_SOCK_CONTROL	= 1,
	LNET_SOCK_BULK_IN	= 2,
	LNET_SOCK_BULK_OUT	= 3,
	LNET_SOCK_CTYPES,
};

/* The other side's word for the same connection. */
static inline enum lnet_sock_ctype lnet_sock_mirror(enum lnet_sock_ctype ctype)
{
	switch (ctype) {
	case LNET_SOCK_BULK_IN:
		return LNET_SOCK_BULK_OUT;
	case LNET_SOCK_BULK_OUT:
		return LNET_SOCK_BULK_IN;
	default:
		return ctype;
	}
}

/* A connection request: which of our NIDs somebody wants. */
int lnet_sock_connreq_first(const void *bytes);
int lnet_sock_connreq_decode(const void *bytes, lnet_nid_t *nid);
void lnet_sock_connreq_encode(void *bytes, lnet_nid_t nid);

/**
 * struct lnet_sock_hello - a HELLO, checked
 * @version: LNET_SOCK_V1 .. LNET_SOCK_V3
 * @flip: the sender has the other byte order, here and in what follows
 * @src_nid: who says it
 * @src_pid: and of which process
 * @src_incarnation: changes each time he starts
 * @dst_nid: whom to; not in version 1
 * @ctype: what for
 * @ips: addresses of his, that follow; nobody needs them
 */
struct lnet_sock_hello {
	unsigned int version;
	bool flip;
	lnet_nid_t src_nid;
	lnet_pid_t src_pid;
	u64 src_incarnation;
	lnet_nid_t dst_nid;
	enum lnet_sock_ctype ctype;
	unsigned int ips;
};

int lnet_sock_hello_first(const void *bytes, struct lnet_sock_hello *hello);
size_t lnet_sock_hello_rest(const struct lnet_sock_hello *hello);
int lnet_sock_hello_decode(const void *bytes, struct lnet_sock_hello *hello);
size_t lnet_sock_hello_encode(void *bytes, const struct lnet_sock_hello *hello);

/* What stands before a message, or alone. */
enum lnet_sock_msg_type {
	LNET_SOCK_NOOP	= 0xc0,
	LNET_SOCK_LNET	= 0xc1,
};

/**
 * struct lnet_sock_hdr - the header around a message
 * @type: enum lnet_sock_msg_type
 * @csum: of what follows; 0: none
 * @cookie: [0] not 0: the sender wants it back when the payload is in memory;
 *	[1] not 0: it comes back. In a NOOP both come back; see
 *	lnet_sock_acks()
 */
struct lnet_sock_hdr {
	u32 type;
	u32 csum;
	u64 cookie[2];
};

int lnet_sock_hdr_decode(const void *bytes, bool flip, struct lnet_sock_hdr *hdr);
void lnet_sock_hdr_encode(void *bytes, const struct lnet_sock_hdr *hdr);

/* In a NOOP: the sender lives, and wants nothing. */
#define LNET_SOCK_COOKIE_KEEPALIVE	1ULL

/* Cookies that a header brings back: from first to last, and one more. */
struct lnet_sock_acks {
	u64 first;			/* 0: none */
	u64 last;
	u64 other;			/* 0: none */
};

void lnet_sock_acks(const struct lnet_sock_hdr *hdr, unsigned int version,
		    struct lnet_sock_acks *acks);

u32 lnet_sock_csum(u32 csum, const void *bytes, size_t n);
#define LNET_SOCK_CSUM_SEED	(~0U)

#endif /* _LNET_SOCKLND_PROTO_H */
