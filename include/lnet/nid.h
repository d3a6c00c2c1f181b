/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NIDs whose addresses may be longer than 4 bytes. The layout belongs to an existing
 * interface. A NID with an address of 4 bytes is the lnet_nid_t of the same network and
 * address, in big endian, followed by zeroes.
 */
#ifndef _LNET_NID_H
#define _LNET_NID_H

#include <linux/string.h>

#include <lnet/types.h>

/* LND types that only NIDs know: there is no driver for them here. */
enum {
	KFILND		= 16,
	TOFULND		= 17,
	EFALND		= 18,
	BXI3LND		= 19,
};

/* The type of the NID that stands for any NID. */
#define LNET_NID_TYPE_ANY	0xff

/*
 * An lnet_nid_t with this bit set, and none above it, stands for a NID with a longer address. Its
 * LNET_NIDNET() has a bit set in the same way: networks of long addresses are networks of their
 * own. lnet_net_plain() gives the number that their name has.
 */
#define LNET_NID_LARGE		0x0100000000000000ULL
#define LNET_NET_LARGE		((__u32)(LNET_NID_LARGE >> 32))

/**
 * struct lnet_nid - name a node on a network
 * @nid_size: bytes of the address less 4: 0, or 12 for IPv6
 * @nid_type: type of the network, SOCKLND and so on, or LNET_NID_TYPE_ANY
 * @nid_num: number of the network
 * @nid_addr: the address; words that it does not use are 0
 */
struct lnet_nid {
	__u8 nid_size;
	__u8 nid_type;
	__be16 nid_num;
	__be32 nid_addr[4];
} __packed;

/**
 * struct lnet_processid - name a process by such a NID
 * @nid: NID of the node
 * @pid: process number on it, in CPU byte order
 */
struct lnet_processid {
	struct lnet_nid nid;
	lnet_pid_t pid;
};

static_assert(sizeof(struct lnet_nid) == 20);
static_assert(__alignof__(struct lnet_nid) == 1);
static_assert(sizeof(struct lnet_processid) == 24);
static_assert(offsetof(struct lnet_processid, pid) == 20);

/* True if @nid stands for any NID. NULL does, too. */
static inline bool lnet_nid_is_any(const struct lnet_nid *nid)
{
	return !nid || nid->nid_type == LNET_NID_TYPE_ANY;
}

/* True if @nid has an lnet_nid_t: the address has 4 bytes. LNET_NID_ANY has one as well. */
static inline bool lnet_nid_is_nid4(const struct lnet_nid *nid)
{
	return lnet_nid_is_any(nid) || !nid->nid_size;
}

static inline __u32 lnet_nid_net(const struct lnet_nid *nid)
{
	if (lnet_nid_is_any(nid))
		return LNET_NET_ANY;
	return LNET_MKNET(nid->nid_type, be16_to_cpu(nid->nid_num));
}

/* The lnet_nid_t of a NID for which lnet_nid_is_nid4() is true. */
static inline lnet_nid_t lnet_nid_to_nid4(const struct lnet_nid *nid)
{
	if (lnet_nid_is_any(nid))
		return LNET_NID_ANY;
	return LNET_MKNID(lnet_nid_net(nid), be32_to_cpu(nid->nid_addr[0]));
}

static inline void lnet_nid_from_nid4(struct lnet_nid *nid, lnet_nid_t nid4)
{
	if (nid4 == LNET_NID_ANY) {
		memset(nid, 0xff, sizeof(*nid));
		return;
	}
	memset(nid, 0, sizeof(*nid));
	nid->nid_type = LNET_NETTYP(LNET_NIDNET(nid4)) & 0xff;
	nid->nid_num = cpu_to_be16(LNET_NETNUM(LNET_NIDNET(nid4)));
	nid->nid_addr[0] = cpu_to_be32(LNET_NIDADDR(nid4));
}

/* True if @nid stands for one with a longer address. */
static inline bool lnet_nid_is_large(lnet_nid_t nid)
{
	return nid >> 56 == LNET_NID_LARGE >> 56;
}

/* The number of the network that has the same name as @net, and short addresses. */
static inline __u32 lnet_net_plain(__u32 net)
{
	return net >> 24 == LNET_NET_LARGE >> 24 ? net & ~LNET_NET_LARGE : net;
}

static inline bool lnet_nid_is_same(const struct lnet_nid *a, const struct lnet_nid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* How the addresses of a type of network are written. */
enum lnet_nid_form {
	LNET_NID_FORM_NONE,	/* the type has no name, so no text is a NID of it */
	LNET_NID_FORM_NUMBER,	/* 5, or 0x5 to read it */
	LNET_NID_FORM_IPV4,	/* 10.0.0.1 */
	LNET_NID_FORM_IP,	/* also IPv6: 2001:db8::1 */
};

#define LNET_NID_TEXT_SIZE	64	/* of a NID, with the final 0 */

/* network/nid.c: print and parse */
enum lnet_nid_form lnet_nid_form(u32 net);
char *lnet_nid_print(const struct lnet_nid *nid, char *buf, size_t size);
char *lnet_nid_print_process(const struct lnet_processid *id, char *buf, size_t size);
int lnet_nid_parse(const char *str, struct lnet_nid *nid);
int lnet_nid_parse_address(u32 net, const char *text, size_t len, struct lnet_nid *nid);
int lnet_nid_parse_number(const char *text, size_t len, u32 *number);

/* event/large_nid.c: the number of 8 bytes that stands for a NID, see there */
lnet_nid_t lnet_nid_shorten(const struct lnet_nid *nid);
lnet_nid_t lnet_nid_remember(const struct lnet_nid *nid);
lnet_nid_t lnet_nid_find(const struct lnet_nid *nid);
int lnet_large_nid_expand(lnet_nid_t number, struct lnet_nid *nid);
void lnet_large_nid_hold(lnet_nid_t nid);
void lnet_large_nid_put(lnet_nid_t nid);

/*
 * Write the NID that @number stands for. Returns 0; -ENOENT: it was forgotten, and *@nid is the one
 * that stands for any.
 */
static inline int lnet_nid_expand(lnet_nid_t number, struct lnet_nid *nid)
{
	if (unlikely(lnet_nid_is_large(number)))
		return lnet_large_nid_expand(number, nid);
	lnet_nid_from_nid4(nid, number);
	return 0;
}

/*
 * Keep what @nid stands for until lnet_nid_put(). The caller knows that it is kept now: by another
 * reference, or by what handed it the NID.
 */
static __always_inline void lnet_nid_hold(lnet_nid_t nid)
{
	if (unlikely(lnet_nid_is_large(nid)))
		lnet_large_nid_hold(nid);
}

/* End what lnet_nid_hold() or lnet_nid_shorten() began. */
static __always_inline void lnet_nid_put(lnet_nid_t nid)
{
	if (unlikely(lnet_nid_is_large(nid)))
		lnet_large_nid_put(nid);
}

#endif /* _LNET_NID_H */
