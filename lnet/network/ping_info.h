/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The answer to a ping, on the wire and parsed. See ping_info.c.
 */
#ifndef _LNET_PING_INFO_H
#define _LNET_PING_INFO_H

#include <linux/build_bug.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <lnet/nid.h>

/* On portal 0 a GET with these match bits is a ping, and a PUT with them is a push. */
#define LNET_PING_BITS	0x8000000000000000ULL

#define LNET_PING_MAGIC	0x70696e67

/* Features of the node that answers. */
enum {
	LNET_PING_BASE		= 1 << 0,	/* no node sets it */
	LNET_PING_NI_STATUS	= 1 << 1,	/* @status is valid */
	LNET_PING_RTE_DISABLED	= 1 << 2,	/* the node does not route */
	LNET_PING_MULTI_RAIL	= 1 << 3,
	LNET_PING_DISCOVERY	= 1 << 4,
	LNET_PING_LARGE		= 1 << 5,	/* large NIDs follow behind the short ones */
	LNET_PING_PRIMARY_LARGE	= 1 << 6,	/* the first of them is the primary NID */
};

enum {
	LNET_PING_SAID_MAX	= 4096,	/* most NIs that a node may claim */
	LNET_PING_NIS_MAX	= 200,	/* most NIs of an answer that we use */
	LNET_PING_BYTES_MAX	= 3960,	/* most bytes of an answer that are asked for */
};

struct lnet_ping_wire_ni {
	__u64 nid;
	__u32 status;		/* enum lnet_ni_status; of 0@lo the number of the list */
	__u32 bytes;		/* of 0@lo the length of all, if there are large NIDs, else 0 */
};

/* A NID with an address of 16 bytes. One of 4 bytes may stand in this form, too, 12 bytes less. */
struct lnet_ping_wire_large {
	__u32 status;
	struct lnet_nid nid;	/* in network byte order, whatever the order of the rest */
};

/* The answer, in the byte order of the node that sent it; @magic tells which. */
struct lnet_ping_wire {
	__u32 magic;
	__u32 features;
	__u32 pid;
	__u32 nnis;
	struct lnet_ping_wire_ni ni[];	/* @nnis, the first is 0@lo; then the large ones */
};

static_assert(sizeof(struct lnet_ping_wire_ni) == 16);
static_assert(offsetof(struct lnet_ping_wire_ni, nid) == 0);
static_assert(offsetof(struct lnet_ping_wire_ni, status) == 8);
static_assert(offsetof(struct lnet_ping_wire_ni, bytes) == 12);
static_assert(sizeof(struct lnet_ping_wire_large) == 24);
static_assert(offsetof(struct lnet_ping_wire_large, status) == 0);
static_assert(offsetof(struct lnet_ping_wire_large, nid) == 4);
static_assert(sizeof(struct lnet_ping_wire) == 16);
static_assert(offsetof(struct lnet_ping_wire, magic) == 0);
static_assert(offsetof(struct lnet_ping_wire, features) == 4);
static_assert(offsetof(struct lnet_ping_wire, pid) == 8);
static_assert(offsetof(struct lnet_ping_wire, nnis) == 12);
static_assert(offsetof(struct lnet_ping_wire, ni) == 16);

/* Length of an answer with this number of NIs, all short, in bytes. */
#define LNET_PING_BYTES(nnis) \
	(sizeof(struct lnet_ping_wire) + \
	 (nnis) * sizeof(struct lnet_ping_wire_ni))

/**
 * struct lnet_ping_info - hold an answer that was checked, in CPU byte order
 * @features: LNET_PING_* bits of the node
 * @pid: PID of the node
 * @said: number of NIs that the node claims to have; of those with large NIDs only those that came
 * @whole: nothing was cut off, and all that the node claims is here
 * @nr: number of NIs in @ni
 * @primary: place in @ni of the NI with the node's primary NID; 0: it did not come
 * @ni: NID and status of each NI; the loopback, those with short NIDs, and those with large ones,
 *	which are numbers, of which lnet_ping_info_read() takes references
 */
struct lnet_ping_info {
	u32 features;
	u32 pid;
	u32 said;
	bool whole;
	u32 nr;
	u32 primary;
	struct {
		lnet_nid_t nid;
		u32 status;
	} ni[LNET_PING_NIS_MAX];
};

/* Does a node with these features want to be told of the NIDs of others? */
static inline bool lnet_ping_info_discovers(u32 features)
{
	const u32 both = LNET_PING_MULTI_RAIL | LNET_PING_DISCOVERY;

	return (features & both) == both;
}

int lnet_ping_info_read(struct lnet_ping_info *info, const void *buf, size_t bytes);
void lnet_ping_info_put(struct lnet_ping_info *info);
bool lnet_ping_info_names(const struct lnet_ping_info *info, lnet_nid_t nid);
size_t lnet_ping_info_length(const struct lnet_ping_info *info);
void lnet_ping_info_write(struct lnet_ping_wire *wire, const struct lnet_ping_info *info);

#endif /* _LNET_PING_INFO_H */
