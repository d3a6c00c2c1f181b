/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types and constants shared by clients, LND authors and the core.
 *
 * Values and layouts are those of the LNet that has EQs (Lustre 2.12). They
 * belong to an existing interface, and static assertions below fix them, so a
 * client written for it compiles against this header and finds the same bytes.
 */
#ifndef _LNET_TYPES_H
#define _LNET_TYPES_H

#include <linux/bvec.h>
#include <linux/types.h>
#include <linux/uio.h>

/* Network identifiers -------------------------------------------------- */

/* A NID is a network (LND type and number) and an address on that network. */
typedef __u64 lnet_nid_t;
typedef __u32 lnet_pid_t;

#define LNET_NID_ANY		((lnet_nid_t)-1)
#define LNET_PID_ANY		((lnet_pid_t)-1)
#define LNET_NET_ANY		((__u32)-1)

/* The PID that every LNet in a kernel uses, and the bits that mark other ranges. */
#define LNET_PID_LUSTRE		12345
#define LNET_PID_LNET		LNET_PID_LUSTRE
#define LNET_PID_RESERVED	0xf0000000
#define LNET_PID_USERFLAG	0x80000000

/* LND types. The type is the upper half of a network number. */
enum {
	SOCKLND		= 2,
	O2IBLND		= 5,
	LOLND		= 9,
	GNILND		= 13,
	GNIIPLND	= 14,
	PTL4LND		= 15,
};

#define LNET_NIDADDR(nid)	((__u32)((nid) & 0xffffffff))
#define LNET_NIDNET(nid)	((__u32)(((nid) >> 32) & 0xffffffff))
#define LNET_MKNID(net, addr)	(((lnet_nid_t)(net) << 32) | (__u32)(addr))
#define LNET_NETTYP(net)	(((net) >> 16) & 0xffff)
#define LNET_NETNUM(net)	((net) & 0xffff)
#define LNET_MKNET(type, num)	((((__u32)(type)) << 16) | ((num) & 0xffff))

#define LNET_NET_LO		LNET_MKNET(LOLND, 0)
#define LNET_NID_LO_0		LNET_MKNID(LNET_NET_LO, 0)

/* Limits ---------------------------------------------------------------- */

/* On portal 0 LNet itself takes messages with the match bits of pings and pushes. */
#define LNET_RESERVED_PORTAL	0
#define LNET_MAX_PORTALS	64

/* The largest payload of one message, in bytes; and the most fragments of one MD. */
#define LNET_MTU_BITS		20
#define LNET_MTU		(1024 * 1024)
#define LNET_MAX_PAYLOAD	LNET_MTU
#define LNET_MAX_IOV		256

/* Handles and identities ------------------------------------------------ */

/**
 * struct lnet_process_id - name a process: a node's NID and a process number on it
 * @nid: NID of the node; in an ME, LNET_NID_ANY accepts every node
 * @pid: process number; in an ME, LNET_PID_ANY accepts every process
 */
struct lnet_process_id {
	lnet_nid_t nid;
	lnet_pid_t pid;
};

#define LNET_WIRE_HANDLE_COOKIE_NONE	((__u64)-1)

/* A handle names an object by a cookie. No cookie is used twice. */
struct lnet_handle_eq {
	__u64 cookie;
};

struct lnet_handle_md {
	__u64 cookie;
};

struct lnet_handle_me {
	__u64 cookie;
};

static inline void LNetInvalidateEQHandle(struct lnet_handle_eq *h)
{
	h->cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
}

static inline bool LNetEQHandleIsInvalid(struct lnet_handle_eq h)
{
	return h.cookie == LNET_WIRE_HANDLE_COOKIE_NONE;
}

static inline void LNetInvalidateMDHandle(struct lnet_handle_md *h)
{
	h->cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
}

static inline bool LNetMDHandleIsInvalid(struct lnet_handle_md h)
{
	return h.cookie == LNET_WIRE_HANDLE_COOKIE_NONE;
}

static inline void LNetInvalidateMEHandle(struct lnet_handle_me *h)
{
	h->cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
}

static inline bool LNetMEHandleIsInvalid(struct lnet_handle_me h)
{
	return h.cookie == LNET_WIRE_HANDLE_COOKIE_NONE;
}

/* Match entries --------------------------------------------------------- */

enum lnet_unlink {
	LNET_RETAIN = 0,
	LNET_UNLINK = 1,
};

enum lnet_ins_pos {
	LNET_INS_BEFORE	= 0,
	LNET_INS_AFTER	= 1,
	/*
	 * In Lustre, after the others in the portal table of the calling CPU. Here a
	 * portal has one table: LNetMEAttach() takes it as LNET_INS_AFTER.
	 */
	LNET_INS_LOCAL	= 2,
};

/* Memory descriptors ---------------------------------------------------- */

/* struct lnet_md::options */
#define LNET_MD_PHYS		0
#define LNET_MD_OP_PUT		0x0001	/* PUTs may match it */
#define LNET_MD_OP_GET		0x0002	/* GETs may match it */
#define LNET_MD_MANAGE_REMOTE	0x0004	/* the message says the offset */
#define LNET_MD_TRUNCATE	0x0010	/* cut a long message, do not drop it */
#define LNET_MD_ACK_DISABLE	0x0020	/* send no ACK */
#define LNET_MD_IOVEC		0x0040	/* @start is a struct kvec array */
#define LNET_MD_MAX_SIZE	0x0080	/* @max_size is valid */
#define LNET_MD_KIOV		0x0100	/* @start is a struct bio_vec array */
#define LNET_MD_BULK_HANDLE	0x0200	/* @bulk_handle is valid; nothing uses it */
#define LNET_MD_TRACK_RESPONSE	0x0400	/* bound: unlink it when an answer is late */
#define LNET_MD_NO_TRACK_RESPONSE 0x0800	/* do not, which is the default */
#define LNET_MD_GNILND		0x1000	/* hint for another driver; nothing uses it */
#define LNET_MD_DISCARD		0x4000	/* the payload may be thrown away; nothing uses it */

/* A struct lnet_md::threshold that never counts down. */
#define LNET_MD_THRESH_INF	(-1)

/* A page fragment. bv_offset + bv_len must not exceed one page. */
typedef struct bio_vec lnet_kiov_t;

/**
 * struct lnet_md - describe a piece of a client's memory
 * @start: address of the memory, or, with LNET_MD_IOVEC or LNET_MD_KIOV, of the
 *	fragment array
 * @length: length of the memory in bytes, or number of fragments in the array
 * @threshold: number of operations that may still begin, or LNET_MD_THRESH_INF
 * @max_size: with LNET_MD_MAX_SIZE, length of the longest message accepted, in
 *	bytes; the MD is exhausted when less than this is left in it
 * @options: LNET_MD_* bits
 * @user_ptr: pointer of the client, which every event of the MD hands back
 * @eq_handle: handle of the EQ that gets the events, or an invalid one for no events
 * @bulk_handle: with LNET_MD_BULK_HANDLE, handle of the MD of the bulk transfer
 *	that this MD belongs to; nothing uses it
 */
struct lnet_md {
	void *start;
	unsigned int length;
	int threshold;
	int max_size;
	unsigned int options;
	void *user_ptr;
	struct lnet_handle_eq eq_handle;
	struct lnet_handle_md bulk_handle;
};

/* Events ---------------------------------------------------------------- */

enum lnet_event_kind {
	LNET_EVENT_GET		= 1,	/* a GET read from this MD */
	LNET_EVENT_PUT		= 2,	/* a PUT wrote to this MD */
	LNET_EVENT_REPLY	= 3,	/* the answer to our GET is here */
	LNET_EVENT_ACK		= 4,	/* the target has our PUT */
	LNET_EVENT_SEND		= 5,	/* our memory is free, or sending failed */
	LNET_EVENT_UNLINK	= 6,	/* an idle MD was unlinked, by the client or by LNet */
};

enum lnet_ack_req {
	LNET_ACK_REQ	= 0,
	LNET_NOACK_REQ	= 1,
};

/* Message types, on the wire and in struct lnet_event::msg_type. */
enum lnet_msg_type {
	LNET_MSG_ACK	= 0,
	LNET_MSG_PUT	= 1,
	LNET_MSG_GET	= 2,
	LNET_MSG_REPLY	= 3,
	LNET_MSG_HELLO	= 4,
};

typedef unsigned long lnet_seq_t;

/**
 * struct lnet_event - report the outcome of one operation on an MD
 * @target: process that the message was for
 * @initiator: process that sent the message: for a PUT or GET event the one that
 *	made the request, for an ACK or REPLY event the one that answered, named by the
 *	primary NID of its node; in a SEND event LNET_NID_ANY and our PID
 * @source: the same process as @initiator, named by the NID that the message came from
 * @sender: NID that the message came from; there is no routing, so the NID of @source
 * @type: kind of the event, an enum lnet_event_kind
 * @pt_index: portal of the request
 * @match_bits: match bits of the request
 * @rlength: length that the message asked for or carried, in bytes
 * @mlength: length that was really moved, in bytes
 * @md_handle: handle of the MD; stale when @unlinked is set
 * @md: copy of the MD, taken when the operation began; its threshold counts that
 *	operation already
 * @hdr_data: 64 bits from the sender of a PUT, as they were given
 * @msg_type: type of the message, an enum lnet_msg_type
 * @status: 0, or -errno; in an UNLINK event -ETIMEDOUT if LNet unlinked the MD because an answer
 *	is late (LNET_MD_TRACK_RESPONSE), else 0
 * @unlinked: 1 in the last event of the MD, else 0
 * @offset: offset in the MD at which the data begins, in bytes; in a SEND event the
 *	offset that the call was given
 * @sequence: number of the event in its EQ's ring; 0 in the callback
 *
 * Documentation/api.rst says which kind fills which field.
 */
struct lnet_event {
	struct lnet_process_id target;
	struct lnet_process_id initiator;
	struct lnet_process_id source;
	lnet_nid_t sender;
	enum lnet_event_kind type;
	__u32 pt_index;
	__u64 match_bits;
	unsigned int rlength;
	unsigned int mlength;
	struct lnet_handle_md md_handle;
	struct lnet_md md;
	__u64 hdr_data;
	__u32 msg_type;
	int status;
	int unlinked;
	unsigned int offset;
	lnet_seq_t sequence;
};

/**
 * typedef lnet_eq_handler_t - handle an event of an EQ, in a client
 * @event: event that is delivered, valid until the handler returns; the handler may
 *	change it, and pollers of the same EQ then see the change
 *
 * The handler runs in the thread that completed the operation (an LND worker or the
 * caller of an LNet function), in LNet's own that finds an answer late
 * (LNET_MD_TRACK_RESPONSE), or in one that was delivering in the same slot, with
 * preemption off. Handlers of MDs that share a delivery slot run one at a time, and
 * those of one MD in order; handlers of MDs in other slots may run at the same time on
 * other CPUs. A handler must not sleep, nor wait for a handler of another MD.
 *
 * The module parameter `delivery` decides what it may call:
 *
 * With `combining`, every LNet function that does not sleep for long: it may post and
 * unlink MEs and MDs, its own among them, send, fetch, and look into a ring. Memory is
 * then allocated without waiting, so -ENOMEM is more likely. Events that it causes,
 * UNLINK events too, are delivered after it returns. LNetNIInit(), LNetNIFini(),
 * LNetEQAlloc(), LNetEQFree(), LNetEQWait(), LNetEQPoll() with a timeout and LNetCtl()
 * return -EDEADLK.
 *
 * With any other scheme, every function returns -EDEADLK, but for LNetPrimaryNID(),
 * LNetIsPeerLocal() and the printing helpers.
 *
 * The log has a warning the first time that a handler of an EQ makes a forbidden call.
 */
typedef void (*lnet_eq_handler_t)(struct lnet_event *event);

#define LNET_EQ_HANDLER_NONE	NULL

#ifdef CONFIG_64BIT
static_assert(LNET_MTU == 1UL << LNET_MTU_BITS);
static_assert(sizeof(struct lnet_process_id) == 16);
static_assert(sizeof(struct lnet_md) == 48);
static_assert(offsetof(struct lnet_md, length) == 8);
static_assert(offsetof(struct lnet_md, threshold) == 12);
static_assert(offsetof(struct lnet_md, max_size) == 16);
static_assert(offsetof(struct lnet_md, options) == 20);
static_assert(offsetof(struct lnet_md, user_ptr) == 24);
static_assert(offsetof(struct lnet_md, eq_handle) == 32);
static_assert(offsetof(struct lnet_md, bulk_handle) == 40);
static_assert(sizeof(struct lnet_event) == 168);
static_assert(offsetof(struct lnet_event, sender) == 48);
static_assert(offsetof(struct lnet_event, type) == 56);
static_assert(offsetof(struct lnet_event, pt_index) == 60);
static_assert(offsetof(struct lnet_event, match_bits) == 64);
static_assert(offsetof(struct lnet_event, rlength) == 72);
static_assert(offsetof(struct lnet_event, md_handle) == 80);
static_assert(offsetof(struct lnet_event, md) == 88);
static_assert(offsetof(struct lnet_event, hdr_data) == 136);
static_assert(offsetof(struct lnet_event, msg_type) == 144);
static_assert(offsetof(struct lnet_event, status) == 148);
static_assert(offsetof(struct lnet_event, unlinked) == 152);
static_assert(offsetof(struct lnet_event, offset) == 156);
static_assert(offsetof(struct lnet_event, sequence) == 160);
#else
#error "lnet is for 64-bit kernels: its counters and cookies are 64-bit words"
#endif

#endif /* _LNET_TYPES_H */
