// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of LNet over TCP, as Lustre 2.12 to 2.18 speaks it: connection request, HELLO, and
 * the header around a message, from bytes to checked values and back.
 *
 *	active					passive
 *	connection request (16)  ------------->	is that NID ours?
 *	HELLO (56)               ------------->	which node, what for, since when?
 *	                         <-------------	HELLO in the same version
 *	[header 24] lnet_hdr 72, payload  <-->	the same
 *
 * Where an address has more than 4 bytes, NIDs take 20 bytes: the request has 28 bytes, the HELLO
 * is of version 4 and has 80, and the lnet_hdr has 96. NIDs of 20 bytes are always big-endian.
 *
 * Each side writes in its own byte order. The reader learns that order from the magic, and swaps
 * the bytes of that connection if need be. The lnet_hdr is always little-endian, and so is
 * a HELLO of version 1, which is an lnet_hdr.
 *
 * Any node that can connect may have written the input. Values that a decoder returns as good are
 * in range; whether the peer is what it claims to be is checked elsewhere (admit.c).
 */
#include "proto.h"

#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/swab.h>

#include <asm/byteorder.h>

#define MAGIC_TCP		0xeebc0dedU	/* of a HELLO of version 1 */
#define MAGIC_LNET		0x45726963U	/* of a HELLO of a later version */
#define MAGIC_ACCEPTOR		0xacce7100U

enum {
	CONNREQ_VERSION		= 1,
	CONNREQ_VERSION_LARGE	= 2,
	V1_VERSION		= 1,	/* u16 major 1, u16 minor 0 */
	V1_TYPE_HELLO		= 4,	/* type of an lnet_hdr */
};

/* Fields may be unaligned. @flip: the sender has the other byte order. */
static u32 proto_get32(const void *p, bool flip)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return flip ? swab32(v) : v;
}

static u64 proto_get64(const void *p, bool flip)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return flip ? swab64(v) : v;
}

static void proto_put32(void *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static void proto_put64(void *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* The same for fields that are little-endian, whatever the sender's byte order. */
static u32 proto_get_le32(const void *p)
{
	return le32_to_cpu((__force __le32)proto_get32(p, false));
}

static u64 proto_get_le64(const void *p)
{
	return le64_to_cpu((__force __le64)proto_get64(p, false));
}

static void proto_put_le32(void *p, u32 v)
{
	proto_put32(p, (__force u32)cpu_to_le32(v));
}

static void proto_put_le64(void *p, u64 v)
{
	proto_put64(p, (__force u64)cpu_to_le64(v));
}

/*
 * Take a NID of 8 bytes. Its type has 8 bits on the wire as well, whatever room there is: what
 * has more is no NID, nor a number of ours for a large one. Nor is one of the type of any NID,
 * which has one form only.
 */
static int proto_nid4(u64 value, struct lnet_nid *nid)
{
	if (value != LNET_NID_ANY && value >> 48 >= LNET_NID_TYPE_ANY)
		return -EPROTO;
	lnet_nid_from_nid4(nid, value);
	return 0;
}

/* Take a NID of 20 bytes: one that every node writes alike. */
static int proto_nid(const void *p, struct lnet_nid *nid)
{
	memcpy(nid, p, sizeof(*nid));
	if (lnet_nid_is_any(nid)) {
		lnet_nid_from_nid4(nid, LNET_NID_ANY);
		return 0;
	}
	if (nid->nid_size == sizeof(nid->nid_addr) - sizeof(nid->nid_addr[0]))
		return 0;
	if (nid->nid_size || memchr_inv(&nid->nid_addr[1], 0, 3 * sizeof(nid->nid_addr[1])))
		return -EPROTO;
	return 0;
}

/* Connection request ------------------------------------------------------- */

/**
 * ksock_proto_connreq_first() - recognize a connection request
 * @bytes: the first KSOCK_CONNREQ_FIRST bytes that came
 *
 * Context: any.
 * Return: 0: read the rest; -EPROTONOSUPPORT: the peer asks for our version: answer with a
 * connection request for NID 0 and close; -EPROTO: not a connection request, close.
 */
int ksock_proto_connreq_first(const void *bytes)
{
	u32 magic = proto_get32(bytes, false);

	if (magic == MAGIC_LNET || magic == swab32(MAGIC_LNET))
		return -EPROTONOSUPPORT;
	if (magic == MAGIC_ACCEPTOR || magic == swab32(MAGIC_ACCEPTOR))
		return 0;
	return -EPROTO;
}

/**
 * ksock_proto_connreq_length() - find the length of a connection request
 * @bytes: its first KSOCK_CONNREQ_HEAD bytes
 *
 * Context: any.
 * Return: the length, bytes; -EPROTONOSUPPORT, -EPROTO: see ksock_proto_connreq_decode().
 */
int ksock_proto_connreq_length(const void *bytes)
{
	bool flip = proto_get32(bytes, false) == swab32(MAGIC_ACCEPTOR);
	int rc = ksock_proto_connreq_first(bytes);

	if (rc)
		return rc;
	switch (proto_get32(bytes + 4, flip)) {
	case CONNREQ_VERSION:
		return KSOCK_CONNREQ_BYTES;
	case CONNREQ_VERSION_LARGE:
		return KSOCK_CONNREQ_LARGE_BYTES;
	default:
		return -EPROTONOSUPPORT;
	}
}

/**
 * ksock_proto_connreq_decode() - decode a connection request
 * @bytes: the request, all of it
 * @nid: set to the NID that the peer wants, which may not be ours
 *
 * Context: any.
 * Return: 0; -EPROTONOSUPPORT: an unknown version, or the peer asks for ours: answer with a
 * connection request for NID 0 and close; -EPROTO: not a connection request, close.
 */
int ksock_proto_connreq_decode(const void *bytes, struct lnet_nid *nid)
{
	bool flip = proto_get32(bytes, false) == swab32(MAGIC_ACCEPTOR);
	int rc = ksock_proto_connreq_length(bytes);

	if (rc < 0)
		return rc;
	if (rc == KSOCK_CONNREQ_LARGE_BYTES)
		return proto_nid(bytes + 8, nid);
	return proto_nid4(proto_get64(bytes + 8, flip), nid);
}

/**
 * ksock_proto_connreq_encode() - encode a connection request
 * @bytes: buffer of KSOCK_CONNREQ_LARGE_BYTES bytes to write to
 * @nid: the NID that we want; NULL to tell the peer which version every node knows
 *
 * Context: any.
 * Return: length of the request, bytes.
 */
size_t ksock_proto_connreq_encode(void *bytes, const struct lnet_nid *nid)
{
	proto_put32(bytes, MAGIC_ACCEPTOR);
	if (nid && !lnet_nid_is_nid4(nid)) {
		proto_put32(bytes + 4, CONNREQ_VERSION_LARGE);
		memcpy(bytes + 8, nid, sizeof(*nid));
		return KSOCK_CONNREQ_LARGE_BYTES;
	}
	proto_put32(bytes + 4, CONNREQ_VERSION);
	proto_put64(bytes + 8, nid ? lnet_nid_to_nid4(nid) : 0);
	return KSOCK_CONNREQ_BYTES;
}

/* HELLO -------------------------------------------------------------------- */

/**
 * ksock_proto_hello_first() - find the version of a HELLO
 * @bytes: the first KSOCK_HELLO_FIRST bytes of the HELLO
 * @hello: its @version and @flip are set
 *
 * Context: any.
 * Return: 0; -EPROTONOSUPPORT: an unknown version: answer with a HELLO of version 3 and
 * KSOCK_NONE, and close; -EPROTO: not a HELLO, close.
 */
int ksock_proto_hello_first(const void *bytes, struct ksock_hello *hello)
{
	u32 magic = proto_get32(bytes, false);

	if (proto_get_le32(bytes) == MAGIC_TCP) {
		hello->version = KSOCK_V1;
		hello->flip = false;	/* little-endian, whatever the sender's order */
		if (proto_get_le32(bytes + 4) != V1_VERSION)
			return -EPROTONOSUPPORT;
		return 0;
	}

	hello->flip = magic == swab32(MAGIC_LNET);
	if (magic != MAGIC_LNET && !hello->flip)
		return -EPROTO;
	hello->version = proto_get32(bytes + 4, hello->flip);
	if (hello->version < KSOCK_V2 || hello->version >= KSOCK_VERSIONS)
		return -EPROTONOSUPPORT;
	return 0;
}

/**
 * ksock_proto_hello_rest() - compute how much more to read before a HELLO can be decoded
 * @hello: the HELLO, with @version from ksock_proto_hello_first()
 *
 * Context: any.
 * Return: bytes behind the first KSOCK_HELLO_FIRST, without addresses.
 */
size_t ksock_proto_hello_rest(const struct ksock_hello *hello)
{
	if (hello->version == KSOCK_V1)
		return KSOCK_HELLO_V1_BYTES - KSOCK_HELLO_FIRST;
	if (hello->version == KSOCK_V4)
		return KSOCK_HELLO_LARGE_BYTES - KSOCK_HELLO_FIRST;
	return KSOCK_HELLO_BYTES - KSOCK_HELLO_FIRST;
}

/* In version 1 a HELLO is the header of a message of type HELLO. */
static int hello_decode_v1(const u8 *p, struct ksock_hello *hello)
{
	u32 payload = proto_get_le32(p + 28);

	if (proto_get_le32(p + 24) != V1_TYPE_HELLO || payload % 4)
		return -EPROTO;
	lnet_nid_from_nid4(&hello->dst_nid, 0);
	hello->src_pid = proto_get_le32(p + 20);
	hello->src_incarnation = proto_get_le64(p + 32);
	hello->ctype = (s32)proto_get_le32(p + 40);
	hello->ips = payload / 4;
	return proto_nid4(proto_get_le64(p + 8), &hello->src_nid);
}

static int hello_decode_v2(const u8 *p, struct ksock_hello *hello)
{
	bool flip = hello->flip;

	/* Nobody looks at @dst_nid: the connection request has said who is meant. */
	if (proto_nid4(proto_get64(p + 16, flip), &hello->dst_nid))
		lnet_nid_from_nid4(&hello->dst_nid, 0);
	hello->src_pid = proto_get32(p + 24, flip);
	hello->src_incarnation = proto_get64(p + 32, flip);
	hello->ctype = (s32)proto_get32(p + 48, flip);
	hello->ips = proto_get32(p + 52, flip);
	return proto_nid4(proto_get64(p + 8, flip), &hello->src_nid);
}

static int hello_decode_v4(const u8 *p, struct ksock_hello *hello)
{
	bool flip = hello->flip;

	if (proto_nid(p + 28, &hello->dst_nid))
		lnet_nid_from_nid4(&hello->dst_nid, 0);
	hello->src_pid = proto_get32(p + 48, flip);
	hello->src_incarnation = proto_get64(p + 56, flip);
	hello->ctype = (s32)proto_get32(p + 72, flip);
	/* There is a number of addresses here as well, but none follow, whatever it is. */
	hello->ips = 0;
	return proto_nid(p + 8, &hello->src_nid);
}

/**
 * ksock_proto_hello_decode() - decode a HELLO
 * @bytes: all of the HELLO but the addresses behind it
 * @hello: the HELLO, with @version and @flip from ksock_proto_hello_first(); the other members
 *	are set
 *
 * The caller still has to read the addresses, 4 bytes each.
 *
 * Context: any.
 * Return: 0; -EPROTO: a value that no peer may send, close.
 */
int ksock_proto_hello_decode(const void *bytes, struct ksock_hello *hello)
{
	int rc;

	if (hello->version == KSOCK_V1)
		rc = hello_decode_v1(bytes, hello);
	else if (hello->version == KSOCK_V4)
		rc = hello_decode_v4(bytes, hello);
	else
		rc = hello_decode_v2(bytes, hello);
	if (rc)
		return rc;
	/* A Lustre node does not survive that PID: do not let it spread by way of us. */
	if (lnet_nid_is_any(&hello->src_nid) || hello->src_pid == LNET_PID_ANY ||
	    hello->ips > KSOCK_HELLO_IPS)
		return -EPROTO;
	if (hello->ctype < KSOCK_NONE || hello->ctype >= KSOCK_CTYPES)
		return -EPROTO;
	return 0;
}

static size_t hello_encode_v1(u8 *p, const struct ksock_hello *hello)
{
	memset(p, 0, KSOCK_HELLO_V1_BYTES);
	proto_put_le32(p, MAGIC_TCP);
	proto_put_le32(p + 4, V1_VERSION);
	proto_put_le64(p + 8, lnet_nid_to_nid4(&hello->src_nid));
	proto_put_le32(p + 20, hello->src_pid);
	proto_put_le32(p + 24, V1_TYPE_HELLO);
	proto_put_le64(p + 32, hello->src_incarnation);
	proto_put_le32(p + 40, hello->ctype);
	return KSOCK_HELLO_V1_BYTES;
}

static size_t hello_encode_v4(u8 *p, const struct ksock_hello *hello)
{
	memset(p, 0, KSOCK_HELLO_LARGE_BYTES);
	proto_put32(p, MAGIC_LNET);
	proto_put32(p + 4, KSOCK_V4);
	memcpy(p + 8, &hello->src_nid, sizeof(hello->src_nid));
	memcpy(p + 28, &hello->dst_nid, sizeof(hello->dst_nid));
	proto_put32(p + 48, hello->src_pid);
	proto_put64(p + 56, hello->src_incarnation);
	proto_put32(p + 72, hello->ctype);
	return KSOCK_HELLO_LARGE_BYTES;
}

/**
 * ksock_proto_hello_encode() - encode a HELLO, without addresses
 * @bytes: buffer of KSOCK_HELLO_MAX bytes
 * @hello: the HELLO; @flip and @ips do not matter. Before version 4 its NIDs must have addresses of
 *	4 bytes
 *
 * Context: any.
 * Return: length of the encoded HELLO, bytes.
 */
size_t ksock_proto_hello_encode(void *bytes, const struct ksock_hello *hello)
{
	u8 *p = bytes;

	if (hello->version == KSOCK_V1)
		return hello_encode_v1(p, hello);
	if (hello->version == KSOCK_V4)
		return hello_encode_v4(p, hello);

	memset(p, 0, KSOCK_HELLO_BYTES);
	proto_put32(p, MAGIC_LNET);
	proto_put32(p + 4, hello->version);
	proto_put64(p + 8, lnet_nid_to_nid4(&hello->src_nid));
	proto_put64(p + 16, lnet_nid_to_nid4(&hello->dst_nid));
	proto_put32(p + 24, hello->src_pid);
	proto_put64(p + 32, hello->src_incarnation);
	proto_put32(p + 48, hello->ctype);
	return KSOCK_HELLO_BYTES;
}

/* Around a message --------------------------------------------------------- */

/**
 * ksock_proto_hdr_decode() - decode the header around a message
 * @bytes: the header, of KSOCK_HDR_BYTES bytes
 * @flip: the peer has the other byte order
 * @hdr: set to the decoded header
 *
 * Context: any.
 * Return: 0; -EPROTO: unknown type.
 */
int ksock_proto_hdr_decode(const void *bytes, bool flip, struct ksock_hdr *hdr)
{
	hdr->type = proto_get32(bytes, flip);
	hdr->csum = proto_get32(bytes + 4, flip);
	hdr->cookie[0] = proto_get64(bytes + 8, flip);
	hdr->cookie[1] = proto_get64(bytes + 16, flip);
	if (hdr->type != KSOCK_NOOP && hdr->type != KSOCK_LNET)
		return -EPROTO;
	return 0;
}

/**
 * ksock_proto_hdr_encode() - encode the header around a message
 * @bytes: buffer of KSOCK_HDR_BYTES bytes to write to
 * @hdr: the header to encode
 *
 * Context: any.
 */
void ksock_proto_hdr_encode(void *bytes, const struct ksock_hdr *hdr)
{
	proto_put32(bytes, hdr->type);
	proto_put32(bytes + 4, hdr->csum);
	proto_put64(bytes + 8, hdr->cookie[0]);
	proto_put64(bytes + 16, hdr->cookie[1]);
}

/**
 * ksock_proto_acks() - find the cookies that a header brings back
 * @hdr: the header, from the peer
 * @version: protocol version of the connection
 * @acks: set to the cookies; a keepalive brings back none
 *
 * A message, and a NOOP of version 2, bring back one cookie at most, in cookie[1]. A NOOP of
 * version 3 or 4 may bring back two cookies, the greater one first, or a range, the lesser end
 * first.
 *
 * Context: any.
 */
void ksock_proto_acks(const struct ksock_hdr *hdr, unsigned int version,
		      struct ksock_acks *acks)
{
	u64 c0 = hdr->cookie[0], c1 = hdr->cookie[1];

	*acks = (struct ksock_acks){};
	if (hdr->type != KSOCK_NOOP || version < KSOCK_V3)
		c0 = 0;
	if (!c1 || (!c0 && c1 == KSOCK_COOKIE_KEEPALIVE))
		return;
	acks->first = c1;
	acks->last = c1;
	if (c0 > c1)
		acks->other = c0;
	else if (c0)
		acks->first = c0;
}

/**
 * ksock_proto_nids_decode() - decode the NIDs of a message's header in version 4
 * @bytes: the NIDs, of KSOCK_NIDS_LARGE_BYTES bytes
 * @dest: set to the NID that the message is for
 * @src: set to the NID that it comes from
 *
 * Context: any.
 * Return: 0; -EPROTO: a value that no peer may send, close.
 */
int ksock_proto_nids_decode(const void *bytes, struct lnet_nid *dest, struct lnet_nid *src)
{
	return proto_nid(bytes, dest) ?: proto_nid(bytes + sizeof(*dest), src);
}

/**
 * ksock_proto_nids_encode() - encode the NIDs of a message's header in version 4
 * @bytes: buffer of KSOCK_NIDS_LARGE_BYTES bytes to write to
 * @dest: the NID that the message is for
 * @src: the NID that it comes from
 *
 * Context: any.
 */
void ksock_proto_nids_encode(void *bytes, const struct lnet_nid *dest, const struct lnet_nid *src)
{
	memcpy(bytes, dest, sizeof(*dest));
	memcpy(bytes + sizeof(*dest), src, sizeof(*src));
}

/**
 * ksock_proto_csum() - continue a checksum
 * @csum: checksum so far; KSOCK_CSUM_SEED to begin
 * @bytes: the data to add to the checksum
 * @n: length of the data, bytes
 *
 * Context: any.
 * Return: CRC-32 of bits sent lowest first, without the final inversion.
 */
u32 ksock_proto_csum(u32 csum, const void *bytes, size_t n)
{
	return crc32_le(csum, bytes, n);
}
