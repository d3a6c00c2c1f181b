/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RPC server, inside.
 *
 *   LNet callback --> queue --------> service thread --> bulk, reply
 *   server_portal     server_portal   server_service     server_transfer
 *                                     server_request
 *                                     server_store
 *
 * Order of locks (a tree; none is held over an LNet call, over a sleep for a
 * transfer, or over an allocation but for the object's):
 *
 *   store.lock            mutex: names
 *   object.lock           rwsem: content; allocates the nodes of its xarray
 *   portal.lock           spinlock: queue and buffers; in LNet callbacks
 *   transfer.lock         spinlock: one transfer; in LNet callbacks
 */
#ifndef _RPC_SERVER_H
#define _RPC_SERVER_H

#include <linux/bvec.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "rpc_lnet.h"
#include "rpc_stat.h"
#include "rpc_wire.h"

enum rpcs_limits {
	RPCS_MAX_THREADS	= 64,
	RPCS_MAX_BUFFERS	= 64,
	RPCS_MAX_BUFFER_BYTES	= 1 << 20,
	RPCS_MAX_OBJECTS	= 1024,
	RPCS_MAX_PAGES		= LNET_MAX_IOV,	/* of one transfer */
};

/**
 * struct rpcs_settings - the module's parameters, checked
 * @threads: service threads
 * @request_buffers: big request buffers
 * @buffer_bytes: size of each
 * @bulk_timeout_ms: longest wait for a client's part of a transfer
 * @limit_pages: what the store may hold
 */
struct rpcs_settings {
	unsigned int threads;
	unsigned int request_buffers;
	unsigned int buffer_bytes;
	unsigned int bulk_timeout_ms;
	unsigned long limit_pages;
};

/* server_main.c: immutable after load, the faults may change at any time */
extern struct rpcs_settings rpcs_settings;
extern unsigned int rpcs_fault_crc;
extern unsigned int rpcs_fault_drop;
extern unsigned int rpcs_fault_garble;

/* server_stat.c: one file each in /sys/kernel/lnet_rpc_server */
extern struct rpcs_stats {
	struct rpc_stat requests;	/* taken from a buffer */
	struct rpc_stat replies;	/* sent, failures too */
	struct rpc_stat failures;	/* replies with a status */
	struct rpc_stat malformed;	/* not a request, never answered */
	struct rpc_stat expired;	/* client had given up before we began */
	struct rpc_stat discarded;	/* still queued when the server stopped */
	struct rpc_stat faults;		/* dropped or spoiled on request */
	struct rpc_stat queued;		/* now in the service queue */
	struct rpc_stat buffers_posted;	/* now */
	struct rpc_stat reposts;	/* buffers posted again after they filled */
	struct rpc_stat transfers_failed;	/* bulk and replies */
	struct rpc_stat crc_errors;	/* in data from clients */
	struct rpc_stat bytes_in;	/* WRITE */
	struct rpc_stat bytes_out;	/* READ */
	struct rpc_stat objects;	/* now */
	struct rpc_stat pages;		/* now, in objects */
} rpcs_stats;

int rpcs_stat_init(void);
void rpcs_stat_exit(void);

/**
 * struct rpcs_object - a named object; a list of pages
 * @ref: one for the name, one for each user
 * @link: store's list of names; store.lock
 * @name: as on the wire
 * @generation: as on the wire
 * @lock: guards what follows
 * @size: bytes
 * @epoch: highest of any WRITE
 * @pages: the content; a hole reads as zeros
 *
 * I: immutable; L: ->lock. A page never changes once it is here: a WRITE puts
 * another in its place. So a READ needs the lock only to take references, and
 * its CRC and its transfer see the same bytes.
 */
struct rpcs_object {
	struct kref ref;
	struct list_head link;
	u8 name[RPC_NAME_BYTES];	/* I: */
	u64 generation;			/* I: */

	struct rw_semaphore lock;
	u64 size;			/* L: */
	u32 epoch;			/* L: */
	struct xarray pages;		/* L: */
};

/* server_store.c: task context, may sleep */
int rpcs_store_init(void);
void rpcs_store_exit(void);
int rpcs_object_create(const u8 *name, u64 generation);
struct rpcs_object *rpcs_object_lookup(const u8 *name, u64 generation);
void rpcs_object_put(struct rpcs_object *obj);
u64 rpcs_object_size(struct rpcs_object *obj);
int rpcs_object_write(struct rpcs_object *obj, u32 epoch, u64 offset,
		      u32 length, struct page **pages);
u32 rpcs_object_read(struct rpcs_object *obj, u64 offset, u32 length,
		     struct page **pages);

/**
 * struct rpcs_transfer - a GET or a PUT of ours, on its way
 * @lock: guards the rest
 * @waitq: its service thread
 * @mdh: the MD; the thread's own
 * @awaits: the event that says it is done
 * @posted: the MD's last event is still to come
 * @done: @awaits was seen
 * @status: first failure
 * @bytes: that @awaits reported
 *
 * I: fixed while posted; L: ->lock
 */
struct rpcs_transfer {
	/* against the callback */
	spinlock_t lock;
	wait_queue_head_t waitq;
	struct lnet_handle_md mdh;
	enum lnet_event_kind awaits;	/* I: */
	bool posted;			/* L: */
	bool done;			/* L: */
	int status;			/* L: */
	unsigned int bytes;		/* L: */
};

/**
 * struct rpcs_ask - a request that has been checked
 * @client: the process that asked
 * @self: the NID it was sent to
 * @deadline: jiffies after which the client has given up
 * @opcode: as in struct rpc_wire_request, as is the rest
 * @xid: names the attempt
 * @generation: of the object
 * @offset: first byte
 * @length: bytes
 * @data_crc: of a WRITE's data
 * @epoch: of a WRITE
 * @name: of the object
 */
struct rpcs_ask {
	struct lnet_process_id client;
	lnet_nid_t self;
	unsigned long deadline;
	enum rpc_opcode opcode;
	u64 xid;
	u64 generation;
	u64 offset;
	u32 length;
	u32 data_crc;
	u32 epoch;
	u8 name[RPC_NAME_BYTES];
};

/**
 * struct rpcs_arrival - the arrival of a request, as a callback sees it
 * @client: the process that asked
 * @self: the NID it was sent to
 * @when: jiffies
 */
struct rpcs_arrival {
	struct lnet_process_id client;
	lnet_nid_t self;
	unsigned long when;
};

/**
 * struct rpcs_work - all that a service thread works with
 * @task: the thread
 * @raw: the request as it came
 * @arrival: when and from whom
 * @ask: @raw, checked
 * @reply: the answer
 * @transfer: one at a time: the bulk, then the reply
 * @pages: of the bulk; the references are ours
 * @kiov: the same for LNet
 *
 * The thread's own; LNet reads @reply and @kiov, and writes @pages, while
 * @transfer is posted.
 */
struct rpcs_work {
	struct task_struct *task;
	struct rpc_wire_request raw;
	struct rpcs_arrival arrival;
	struct rpcs_ask ask;
	struct rpc_wire_reply reply;
	struct rpcs_transfer transfer;
	struct page *pages[RPCS_MAX_PAGES];
	struct bio_vec kiov[RPCS_MAX_PAGES];
};

/* server_transfer.c: service threads only, may sleep */
int rpcs_transfer_init(void);
void rpcs_transfer_exit(void);
int rpcs_transfer_get(struct rpcs_work *work, unsigned int fragments);
int rpcs_transfer_put(struct rpcs_work *work, unsigned int fragments,
		      unsigned int bytes);
int rpcs_transfer_reply(struct rpcs_work *work);

/* server_request.c: service threads only, may sleep */
void rpcs_request_serve(struct rpcs_work *work);

/* server_portal.c */
int rpcs_portal_open(void);
void rpcs_portal_close(void);
bool rpcs_portal_next(struct rpcs_work *work);

/* server_service.c */
int rpcs_service_start(void);
void rpcs_service_stop(void);

/* How many jiffies until @deadline; 0 when it has passed. */
static inline unsigned long rpcs_left(unsigned long deadline)
{
	unsigned long now = jiffies;

	return time_after(deadline, now) ? deadline - now : 0;
}

#endif /* _RPC_SERVER_H */
