/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of ioctls of /dev/lnet. The layouts belong to an existing interface, on machines of 64
 * bits. Fields that no ioctl here uses are named @unused. The first is libcfs_ioctl_data, in
 * <lnet/ioctl.h>.
 */
#ifndef _LNET_LUSTRE_IOCTL_LAYOUT_H
#define _LNET_LUSTRE_IOCTL_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/ioctl.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <lnet/handler.h>
#include <lnet/ioctl.h>

enum {
	LNET_IOC_STR	= 128,		/* bytes of a name */
	LNET_IOC_CPTS	= 128,
	LNET_IOC_NIDS	= 128,
	LNET_IOC_TYPES	= 5,		/* counts by type: get, put, reply, ack, hello */
};

/* The size in the number of ioctls from 81 on is that of this one, whatever they take. */
struct lnet_ioc_config {
	struct libcfs_ioctl_hdr hdr;
	__u32 net;
	__u32 count;
	__u64 nid;
	__u32 ncpts;
	union {
		struct {
			__u32 enable;
			__s32 tiny, small, large;
		} buffers;
		struct {
			char intf[LNET_IOC_STR];
			__s32 peer_timeout;
			__s32 peer_tx_credits;
			__s32 peer_rtr_credits;
			__s32 max_tx_credits;
			__u32 cksum_algo;
			__u32 interface_count;
		} ni;
	};
	char bulk[];
};

static_assert(sizeof(struct lnet_ioc_config) == 184);
static_assert(offsetof(struct lnet_ioc_config, net) == 8);
static_assert(offsetof(struct lnet_ioc_config, nid) == 16);
static_assert(offsetof(struct lnet_ioc_config, buffers.enable) == 28);
static_assert(offsetof(struct lnet_ioc_config, ni.intf) == 28);
static_assert(offsetof(struct lnet_ioc_config, ni.peer_timeout) == 156);
static_assert(offsetof(struct lnet_ioc_config, ni.interface_count) == 176);
static_assert(offsetof(struct lnet_ioc_config, bulk) == 180);

/* In the bulk of the former. */
struct lnet_ioc_net_bulk {
	char interface[LNET_IOC_STR];
	__u32 status;
	__u32 cpts[LNET_IOC_CPTS];
};

static_assert(sizeof(struct lnet_ioc_net_bulk) == 644);

struct lnet_ioc_tunables {
	__u32 version;
	__s32 peer_timeout;
	__s32 peer_tx_credits;
	__s32 peer_rtr_credits;
	__s32 max_tx_credits;
	union {
		struct {
			__u32 version;
			__u16 conns_per_peer;
			__u16 pad;
			__u32 timeout;
			__s16 tos;
		} sock;
		__u32 unused[38];
	};
};

static_assert(sizeof(struct lnet_ioc_tunables) == 172);

/* What programs may expect of room for GET_NET. */
enum { LNET_IOC_GET_NET_BYTES = 980 };

static_assert(offsetof(struct lnet_ioc_config, bulk) + sizeof(struct lnet_ioc_net_bulk) <=
	      LNET_IOC_GET_NET_BYTES);

struct lnet_ioc_counts {
	__u32 get, put, reply, ack, hello;
};

static_assert(sizeof(struct lnet_ioc_counts) == LNET_IOC_TYPES * sizeof(__u32));

/* Of an array with a place for each type of message. */
static inline struct lnet_ioc_counts lnet_ioctl_counts(const u64 *by_type)
{
	return (struct lnet_ioc_counts) {
		.get = by_type[LNET_MSG_GET],
		.put = by_type[LNET_MSG_PUT],
		.reply = by_type[LNET_MSG_REPLY],
		.ack = by_type[LNET_MSG_ACK],
	};
}

struct lnet_ioc_element {
	__u32 sent, received, dropped;
};

struct lnet_ioc_local_ni {
	struct libcfs_ioctl_hdr hdr;
	__u64 nid;
	char interface[LNET_IOC_STR];
	char ip2nets[LNET_IOC_STR];
	__u32 cpts[LNET_IOC_CPTS];
	__u32 ncpts;
	__u32 status;
	__u32 index;
	__s32 dev_cpt;
	char pad[4];
	struct lnet_ioc_element stats;
	struct lnet_ioc_tunables tunables;
};

static_assert(offsetof(struct lnet_ioc_local_ni, ncpts) == 784);
static_assert(offsetof(struct lnet_ioc_local_ni, stats) == 804);
static_assert(offsetof(struct lnet_ioc_local_ni, tunables) == 816);
static_assert(sizeof(struct lnet_ioc_local_ni) == 992);

struct lnet_ioc_msg_stats {
	struct libcfs_ioctl_hdr hdr;
	__u32 index;
	struct lnet_ioc_counts sent, received, dropped;
};

static_assert(sizeof(struct lnet_ioc_msg_stats) == 72);
static_assert(offsetof(struct lnet_ioc_msg_stats, sent) == 12);

struct lnet_ioc_local_health {
	struct libcfs_ioctl_hdr hdr;
	__u64 nid;
	__u32 interrupt, dropped, aborted, no_route, timeout, error;
	__s32 fatal_error;
	__s32 health;
	__u32 ping_count;
	__u64 next_ping;
};

static_assert(sizeof(struct lnet_ioc_local_health) == 64);
static_assert(offsetof(struct lnet_ioc_local_health, health) == 44);
static_assert(offsetof(struct lnet_ioc_local_health, next_ping) == 56);

struct lnet_ioc_peer_health {
	__u32 dropped, timeout, error, network_timeout;
	__s32 health;
	__u32 ping_count;
	__u64 next_ping;
};

static_assert(sizeof(struct lnet_ioc_peer_health) == 32);

struct lnet_ioc_recovery {
	struct libcfs_ioctl_hdr hdr;
	__u32 type;
	__u32 nr;
	__u64 nids[LNET_IOC_NIDS];
};

static_assert(sizeof(struct lnet_ioc_recovery) == 1040);

struct lnet_ioc_value {
	struct libcfs_ioctl_hdr hdr;
	__u32 value;
};

static_assert(sizeof(struct lnet_ioc_value) == 12);

/* Counters since the last reset: those of lnet_counters_common, and of health. */
struct lnet_ioc_stats {
	struct libcfs_ioctl_hdr hdr;
	struct lnet_counters_common common;
	__u32 rst_alloc, resend_count, response_timeout, local_interrupt, local_dropped;
	__u32 local_aborted, local_no_route, local_timeout, local_error, remote_dropped;
	__u32 remote_error, remote_timeout, network_timeout, failed_resends, successful_resends;
};

static_assert(sizeof(struct lnet_ioc_stats) == 128);
static_assert(offsetof(struct lnet_ioc_stats, rst_alloc) == 68);
static_assert(offsetof(struct lnet_ioc_stats, local_no_route) == 92);

/* A process as programs know it. */
struct lnet_ioc_id {
	__u64 nid;
	__u32 pid;
	__u32 pad;
};

static_assert(sizeof(struct lnet_ioc_id) == 16);

struct lnet_ioc_ping {
	struct libcfs_ioctl_hdr hdr;
	__u32 param;			/* time, ms; or whether to ask again */
	__u32 count;			/* in: room at @buf; out: NIDs there */
	__u32 flags;
	__u32 multi_rail;
	struct lnet_ioc_id id;
	__u64 buf;
	__u64 source;
};

static_assert(sizeof(struct lnet_ioc_ping) == 56);
static_assert(offsetof(struct lnet_ioc_ping, id) == 24);
static_assert(offsetof(struct lnet_ioc_ping, buf) == 40);
static_assert(offsetof(struct lnet_ioc_ping, source) == 48);

struct lnet_ioc_peer {
	struct libcfs_ioctl_hdr hdr;
	__u64 primary;
	__u64 nid;
	__u32 count;
	__u32 multi_rail;
	__u32 state;
	__u32 size;			/* in: bytes at @bulk; out: bytes that there are */
	__u64 bulk;
};

static_assert(sizeof(struct lnet_ioc_peer) == 48);
static_assert(offsetof(struct lnet_ioc_peer, count) == 24);
static_assert(offsetof(struct lnet_ioc_peer, size) == 36);
static_assert(offsetof(struct lnet_ioc_peer, bulk) == 40);

/* What GET_PEER_NI writes for each NID of a peer; nothing in it is aligned. */
struct lnet_ioc_peer_ni {
	__u64 nid;
	char aliveness[LNET_IOC_STR];
	__u32 refcount;
	__s32 ni_tx_credits;
	__s32 tx_credits;
	__s32 min_tx_credits;
	__u32 tx_bytes;
	__s32 rtr_credits;
	__s32 min_rtr_credits;
	__u32 ncpt;
	struct lnet_ioc_element stats;
	struct lnet_ioc_msg_stats by_type;
	struct lnet_ioc_peer_health health;
} __packed;

static_assert(sizeof(struct lnet_ioc_peer_ni) == 284);
static_assert(offsetof(struct lnet_ioc_peer_ni, stats) == 168);
static_assert(offsetof(struct lnet_ioc_peer_ni, by_type) == 180);
static_assert(offsetof(struct lnet_ioc_peer_ni, health) == 252);

/* Sizes of arguments that no ioctl here reads further. */
enum {
	LNET_IOC_POOLS_BYTES	= 236,		/* router buffers */
	LNET_IOC_PEER_INFO_BYTES = 184,
	LNET_IOC_SET_HEALTH_BYTES = 24,
	LNET_IOC_SET_CONNS_BYTES = 24,
};

enum { LNET_IOC_HEALTHY = 1000 };	/* nothing here becomes less healthy */

/* Those that have no structure of their own, by their places. */
enum {
	LNET_IOC_NR_UNCONFIGURE	= 56,
	LNET_IOC_NR_CONFIGURE	= 59,
	LNET_IOC_NR_DRIVER_MIN	= 70,
	LNET_IOC_NR_DRIVER_MAX	= 80,
	LNET_IOC_NR_ADD_NET	= 84,
	LNET_IOC_NR_DEL_NET	= 85,
	LNET_IOC_NR_ADD_LOCAL_NI = 95,
	LNET_IOC_NR_DEL_LOCAL_NI = 96,
};

/* The number of an ioctl, up to 80 and from 81 on. */
#define LNET_IOC(nr)		_IOWR(IOC_LIBCFS_TYPE, nr, IOCTL_LIBCFS_TYPE)
#define LNET_IOC_CONFIG(nr)	_IOWR(IOC_LIBCFS_TYPE, nr, struct lnet_ioc_config)

#endif /* _LNET_LUSTRE_IOCTL_LAYOUT_H */
