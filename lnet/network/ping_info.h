/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a node says of itself when it is pinged. See ping_info.c.
 */
#ifndef _LNET_PING_INFO_H
#define _LNET_PING_INFO_H

#include <linux/build_bug.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <lnet/types.h>

/* A GET with these bits from portal 0 is a ping, a PUT to it a push. */
#define LNET_PING_BITS	0x8000000000000000ULL

#define LNET_PING_MAGIC	0x70696e67

/* What the node that answers can do. */
enum {
	LNET_PING_BASE		= 1 << 0,	/* no node says it */
	LNET_PING_NI_STATUS	= 1 << 1,	/* @status has a meaning */
	LNET_PING_RTE_DISABLED	= 1 << 2,	/* it does not route */
	LNET_PING_MULTI_RAIL	= 1 << 3,
	LNET_PING_DISCOVERY	= 1 << 4,
};

enum {
	LNET_PING_SAID_MAX	= 4096,	/* NIs that any node says it has */
	LNET_PING_NIS_MAX	= 200,	/* of which we look at so many */
};

struct lnet_ping_wire_ni {
	__u64 nid;
	__u32 status;		/* enum lnet_ni_status; of 0@lo: anything */
	__u32 unused;
};

/* In the byte order of the node that answers, which @magic tells. */
struct lnet_ping_wire {
	__u32 magic;
	__u32 features;
	__u32 pid;
	__u32 nnis;
	struct lnet_ping_wire_ni ni[];	/* the first is 0@lo */
};

static_assert(sizeof(struct lnet_ping_wire_ni) == 16);
static_assert(offsetof(struct lnet_ping_wire_ni, nid) == 0);
static_assert(offsetof(struct lnet_ping_wire_ni, status) == 8);
static_assert(offsetof(struct lnet_ping_wire_ni, unused) == 12);
static_assert(sizeof(struct lnet_ping_wire) == 16);
static_assert(offsetof(struct lnet_ping_wire, magic) == 0);
static_assert(offsetof(struct lnet_ping_wire, features) == 4);
static_assert(offsetof(struct lnet_ping_wire, pid) == 8);
static_assert(offsetof(struct lnet_ping_wire, nnis) == 12);
static_assert(offsetof(struct lnet_ping_wire, ni) == 16);

/* Bytes of an answer with so many NIs. */
#define LNET_PING_BYTES(nnis) \
	(sizeof(struct lnet_ping_wire) + \
	 (nnis) * sizeof(struct lnet_ping_wire_ni))

/**
 * struct lnet_ping_info - the same, checked, as we use it
 * @features: LNET_PING_*
 * @pid: process id of the node
 * @said: how many NIs it says it has
 * @nr: how many of them are in @ni, the first ones
 * @ni: NID and status of each
 */
struct lnet_ping_info {
	u32 features;
	u32 pid;
	u32 said;
	u32 nr;
	struct {
		lnet_nid_t nid;
		u32 status;
	} ni[LNET_PING_NIS_MAX];
};

int lnet_ping_info_read(struct lnet_ping_info *info, const void *buf,
			size_t bytes);
void lnet_ping_info_write(struct lnet_ping_wire *wire,
			  const struct lnet_ping_info *info);

#endif /* _LNET_PING_INFO_H */
