// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of LNet over TCP, as Lustre 2.12 to 2.18 speaks it: connection
 * request, HELLO, and the header around a message, from bytes to checked values
 * and back.
 *
 *	active					passive
 *	connection request (16)  ------------->	is that NID ours?
 *	HELLO (56)               ------------->	who, what for, since when?
 *	                         <-------------	HELLO in the same version
 *	[header 24] lnet_hdr 72, payload  <-->	the same
 *
 * Who begins writes in his own byte order; who reads finds out by the magic and
 * turns that connection's bytes round. The lnet_hdr is little-endian always, and
 * so is a HELLO of version 1, which is one.
 *
 * Everything read here comes from whoever could connect. What is returned as
 * good is within its range; what the peer says he is has not been believed, only
 * understood.
 */
#include "proto.h"

#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/swab.h>

#include <asm/byteorder.h>

#define MAGIC_TCP		0xeebc0dedU	/* a HELLO of version 1 */
#define MAGIC_LNET		0x45726963U	/* of a later one */
#define MAGIC_ACCEPTOR		0xacce7100U

enum {
	CONNREQ_VERSION		= 1,
	V1_VERSION		= 1,	/* u16 major 1, u16 minor 0 */
	V1_TYPE_HELLO		= 4,	/* of an lnet_hdr */
};

/* As the sender writes it; nothing is aligned. */
static u32 get32(const void *p, bool flip)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return flip ? swab32(v) : v;
}

static u64 get64(const void *p, bool flip)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return flip ? swab64(v) : v;
}

static void put32(void *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static void put64(void *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* The same of what is little-endian, whoever sends it. */
static u32 get_le32(const void *p)
{
	return le32_to_cpu((__force __le32)get32(p, false));
}

static u64 get_le64(const void *p)
{
	return le64_to_cpu((__force __le64)get64(p, false));
}

static void put_le32(void *p, u32 v)
{
	put32(p, (__force u32)cpu_to_le32(v));
}

static void put_le64(void *p, u64 v)
{
	put64(p, (__force u64)cpu_to_le64(v));
}

/* Connection request ------------------------------------------------------- */

/**
 * lnet_sock_connreq_first() - is it a connection request?
 * @bytes: the first LNET_SOCK_CONNREQ_FIRST of it
 *
 * Return: 0: read the rest; -EPROTONOSUPPORT: a question for our version: answer
 * with a connection request for NID 0 and close; -EPROTO: no, close.
 */
int lnet_sock_connreq_first(const void *bytes)
{
	u32 magic = get32(bytes, false);

	if (magic == MAGIC_LNET || magic == swab32(MAGIC_LNET))
		return -EPROTONOSUPPORT;
	return magic == MAGIC_ACCEPTOR || magic == swab32(MAGIC_ACCEPTOR) ? 0 : -EPROTO;
}

/**
 * lnet_sock_connreq_decode() - read a connection request
 * @bytes: LNET_SOCK_CONNREQ_BYTES of them
 * @nid: the NID that is wanted; it may not be ours
 *
 * Return: 0; -EPROTONOSUPPORT: of a version that we do not know, or a question
 * for ours: answer with a connection request for NID 0 and close; -EPROTO: it is
 * none, close.
 */
int lnet_sock_connreq_decode(const void *bytes, lnet_nid_t *nid)
{
	bool flip = get32(bytes, false) == swab32(MAGIC_ACCEPTOR);
	int rc = lnet_sock_connreq_first(bytes);

	if (rc)
		return rc;
	if (get32(bytes + 4, flip) != CONNREQ_VERSION)
		return -EPROTONOSUPPORT;
	*nid = get64(bytes + 8, flip);
	return 0;
}

/**
 * lnet_sock_connreq_encode() - write a connection request
 * @bytes: where to, LNET_SOCK_CONNREQ_BYTES
 * @nid: the NID that is wanted; 0 to say which version we know
 */
void lnet_sock_connreq_encode(void *bytes, lnet_nid_t nid)
{
	put32(bytes, MAGIC_ACCEPTOR);
	put32(bytes + 4, CONNREQ_VERSION);
	put64(bytes + 8, nid);
}

/* HELLO -------------------------------------------------------------------- */

/**
 * lnet_sock_hello_first() - which version is a HELLO of?
 * @bytes: the first LNET_SOCK_HELLO_FIRST of it
 * @hello: gets @version and @flip
 *
 * Return: 0; -EPROTONOSUPPORT: of a version that we do not know: answer with a
 * HELLO of version 3 and LNET_SOCK_NONE, and close; -EPROTO: it is none, close.
 */
int lnet_sock_hello_first(const void *bytes, struct lnet_sock_hello *hello)
{
	u32 magic = get32(bytes, false);

	if (get_le32(bytes) == MAGIC_TCP) {
		hello->version = LNET_SOCK_V1;
		hello->flip = false;	/* little-endian, not the sender's */
		return get_le32(bytes + 4) == V1_VERSION ? 0 : -EPROTONOSUPPORT;
	}

	hello->flip = magic == swab32(MAGIC_LNET);
	if (magic != MAGIC_LNET && !hello->flip)
		return -EPROTO;
	hello->version = get32(bytes + 4, hello->flip);
	return hello->version == LNET_SOCK_V2 || hello->version == LNET_SOCK_V3 ?
	       0 : -EPROTONOSUPPORT;
}

/**
 * lnet_sock_hello_rest() - how much more to read before it can be decoded
 * @hello: @version as lnet_sock_hello_first() found it
 *
 * Return: bytes behind the first LNET_SOCK_HELLO_FIRST, without addresses.
 */
size_t lnet_sock_hello_rest(const struct lnet_sock_hello *hello)
{
	return (hello->version == LNET_SOCK_V1 ? LNET_SOCK_HELLO_V1_BYTES :
		LNET_SOCK_HELLO_BYTES) - LNET_SOCK_HELLO_FIRST;
}

/* The header of a message whose type is HELLO. */
static int decode_v1(const u8 *p, struct lnet_sock_hello *hello)
{
	u32 payload = get_le32(p + 28);

	if (get_le32(p + 24) != V1_TYPE_HELLO || payload % 4)
		return -EPROTO;
	hello->src_nid = get_le64(p + 8);
	hello->dst_nid = 0;
	hello->src_pid = get_le32(p + 20);
	hello->src_incarnation = get_le64(p + 32);
	hello->ctype = (s32)get_le32(p + 40);
	hello->ips = payload / 4;
	return 0;
}

static int decode_v2(const u8 *p, struct lnet_sock_hello *hello)
{
	bool flip = hello->flip;

	hello->src_nid = get64(p + 8, flip);
	hello->dst_nid = get64(p + 16, flip);
	hello->src_pid = get32(p + 24, flip);
	hello->src_incarnation = get64(p + 32, flip);
	hello->ctype = (s32)get32(p + 48, flip);
	hello->ips = get32(p + 52, flip);
	return 0;
}

/**
 * lnet_sock_hello_decode() - read a HELLO
 * @bytes: all of it but the addresses behind it
 * @hello: @version and @flip as lnet_sock_hello_first() found them; gets the
 *	rest
 *
 * The addresses, 4 bytes each, are still to be read and thrown away.
 *
 * Return: 0; -EPROTO: it says what nobody may say, close.
 */
int lnet_sock_hello_decode(const void *bytes, struct lnet_sock_hello *hello)
{
	int rc;

	rc = hello->version == LNET_SOCK_V1 ? decode_v1(bytes, hello) :
					      decode_v2(bytes, hello);
	if (rc)
		return rc;
	/* A real peer stops at that PID: nobody may be told it by us. */
	if (hello->src_nid == LNET_NID_ANY || hello->src_pid == LNET_PID_ANY ||
	    hello->ips > LNET_SOCK_HELLO_IPS)
		return -EPROTO;
	if (hello->ctype < LNET_SOCK_NONE || hello->ctype >= LNET_SOCK_CTYPES)
		return -EPROTO;
	return 0;
}

static size_t encode_v1(u8 *p, const struct lnet_sock_hello *hello)
{
	memset(p, 0, LNET_SOCK_HELLO_V1_BYTES);
	put_le32(p, MAGIC_TCP);
	put_le32(p + 4, V1_VERSION);
	put_le64(p + 8, hello->src_nid);
	put_le32(p + 20, hello->src_pid);
	put_le32(p + 24, V1_TYPE_HELLO);
	put_le64(p + 32, hello->src_incarnation);
	put_le32(p + 40, hello->ctype);
	return LNET_SOCK_HELLO_V1_BYTES;
}

/**
 * lnet_sock_hello_encode() - write a HELLO, without addresses
 * @bytes: where to, LNET_SOCK_HELLO_V1_BYTES are enough
 * @hello: what it says; @flip and @ips do not matter
 *
 * Return: its length, bytes.
 */
size_t lnet_sock_hello_encode(void *bytes, const struct lnet_sock_hello *hello)
{
	u8 *p = bytes;

	if (hello->version == LNET_SOCK_V1)
		return encode_v1(p, hello);

	memset(p, 0, LNET_SOCK_HELLO_BYTES);
	put32(p, MAGIC_LNET);
	put32(p + 4, hello->version);
	put64(p + 8, hello->src_nid);
	put64(p + 16, hello->dst_nid);
	put32(p + 24, hello->src_pid);
	put64(p + 32, hello->src_incarnation);
	put32(p + 48, hello->ctype);
	return LNET_SOCK_HELLO_BYTES;
}

/* Around a message --------------------------------------------------------- */

/**
 * lnet_sock_hdr_decode() - read the header around a message
 * @bytes: LNET_SOCK_HDR_BYTES of them
 * @flip: the peer has the other byte order
 * @hdr: gets what it says
 *
 * Return: 0; -EPROTO: of no known type.
 */
int lnet_sock_hdr_decode(const void *bytes, bool flip, struct lnet_sock_hdr *hdr)
{
	hdr->type = get32(bytes, flip);
	hdr->csum = get32(bytes + 4, flip);
	hdr->cookie[0] = get64(bytes + 8, flip);
	hdr->cookie[1] = get64(bytes + 16, flip);
	return hdr->type == LNET_SOCK_NOOP || hdr->type == LNET_SOCK_LNET ?
	       0 : -EPROTO;
}

/**
 * lnet_sock_hdr_encode() - write the header around a message
 * @bytes: where to, LNET_SOCK_HDR_BYTES
 * @hdr: what it says
 */
void lnet_sock_hdr_encode(void *bytes, const struct lnet_sock_hdr *hdr)
{
	put32(bytes, hdr->type);
	put32(bytes + 4, hdr->csum);
	put64(bytes + 8, hdr->cookie[0]);
	put64(bytes + 16, hdr->cookie[1]);
}

/**
 * lnet_sock_acks() - which cookies come back?
 * @hdr: from the peer
 * @version: of the connection
 * @acks: gets them; a keepalive brings back none
 *
 * A message brings back one at most, in cookie[1]; so does a NOOP of version 2.
 * A NOOP of version 3 may bring two, the greater one first, or a range, the
 * lesser one first.
 */
void lnet_sock_acks(const struct lnet_sock_hdr *hdr, unsigned int version,
		    struct lnet_sock_acks *acks)
{
	u64 c0 = hdr->cookie[0], c1 = hdr->cookie[1];

	*acks = (struct lnet_sock_acks){};
	if (hdr->type != LNET_SOCK_NOOP || version != LNET_SOCK_V3)
		c0 = 0;
	if (!c1 || (!c0 && c1 == LNET_SOCK_COOKIE_KEEPALIVE))
		return;
	acks->first = c1;
	acks->last = c1;
	if (c0 > c1)
		acks->other = c0;
	else if (c0)
		acks->first = c0;
}

/**
 * lnet_sock_csum() - go on with a checksum
 * @csum: so far; LNET_SOCK_CSUM_SEED to begin
 * @bytes: what comes next
 * @n: how many
 *
 * Return: CRC-32, of bits sent lowest first, without the last inversion.
 */
u32 lnet_sock_csum(u32 csum, const void *bytes, size_t n)
{
	return crc32_le(csum, bytes, n);
}
