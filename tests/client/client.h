/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RPC client, inside.
 *
 *   write(2)            client_device -> client_write \
 *   read(2)             client_device -> client_read   > client_pool threads
 *   open(2), stat       client_device -> client_file  /
 *                                                    |
 *   one RPC: attempt, wait, resend               client_rpc
 *   LNet's callbacks                             client_event
 *
 * Order of locks (a tree; none but the file's is held while an RPC runs):
 *
 *   file.lock     mutex: position, window, error
 *   pool.lock     spinlock: queue
 *   rpc.lock      spinlock: one RPC; in LNet callbacks
 */
#ifndef _RPC_CLIENT_H
#define _RPC_CLIENT_H

#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "rpc_lnet.h"
#include "rpc_stat.h"
#include "rpc_wire.h"

enum rpcc_limits {
	RPCC_MAX_IN_FLIGHT	= 64,
	RPCC_MAX_FILES		= 16,
	RPCC_MAX_RESENDS	= 100,
};

/* How the memory of a bulk is described to LNet. */
enum rpcc_payload {
	RPCC_CONTIGUOUS,	/* one piece, virtually */
	RPCC_KVEC,		/* LNET_MD_IOVEC, if there is RPC_KVECS */
	RPCC_PAGES,		/* LNET_MD_KIOV */
};

/**
 * struct rpcc_settings - the module's parameters, checked
 * @server: the process that is asked
 * @self: the NID to ask from, or LNET_NID_ANY
 * @max_in_flight: RPCs at a time; also threads, also buffers of a file
 * @rpc_bytes: the most that one RPC moves
 * @timeout_ms: of one attempt
 * @resends: attempts after the first
 * @payload: of bulk buffers
 */
struct rpcc_settings {
	struct lnet_process_id server;
	lnet_nid_t self;
	unsigned int max_in_flight;
	unsigned int rpc_bytes;
	unsigned int timeout_ms;
	unsigned int resends;
	enum rpcc_payload payload;
};

/* client_main.c: immutable after load, the faults may change at any time */
extern struct rpcc_settings rpcc_settings;
extern unsigned int rpcc_fault_crc;
extern unsigned int rpcc_fault_garble;

void rpcc_object_name(u8 *name);

/* client_stat.c: one file each in /sys/kernel/lnet_rpc_client */
extern struct rpcc_stats {
	struct rpc_stat rpcs_ok;
	struct rpc_stat rpcs_failed;	/* for good, also by the server's refusal */
	struct rpc_stat rpcs_cancelled;	/* the answer was not wanted any more */
	struct rpc_stat rpcs_in_flight;	/* now */
	struct rpc_stat timeouts;	/* attempts without an answer */
	struct rpc_stat unsent;		/* attempts that LNet did not take */
	struct rpc_stat resends;
	struct rpc_stat bad_replies;	/* replies that made no sense */
	struct rpc_stat crc_errors;	/* in bulk data, seen by either end */
	struct rpc_stat faults;		/* requests spoiled on request */
	struct rpc_stat bytes_written;
	struct rpc_stat bytes_read;
	struct rpc_stat files;		/* now open */
} rpcc_stats;

int rpcc_stat_init(void);
void rpcc_stat_exit(void);

/* The three MDs of an attempt. */
enum rpcc_part {
	RPCC_REQUEST,	/* bound, PUT to the server */
	RPCC_REPLY,	/* the server's PUT lands here */
	RPCC_BULK,	/* the server GETs from or PUTs to here */
	RPCC_PARTS
};

/**
 * struct rpcc_md - one MD of an attempt
 * @handle: its handle; the executing thread's own
 * @posted: its last event is still to come
 * @seen: its one operation is complete
 * @status: of that, or why it was not
 * @bytes: of that
 *
 * L: rpcc_rpc.lock
 */
struct rpcc_md {
	struct lnet_handle_md handle;
	bool posted;			/* L: */
	bool seen;			/* L: */
	int status;			/* L: */
	unsigned int bytes;		/* L: */
};

/**
 * struct rpcc_rpc - one RPC and its memory
 * @name: question: the object
 * @generation: question; of CREATE and STAT the answer, too
 * @offset: question
 * @length: question: bytes of @data, 0 without bulk
 * @epoch: question
 * @opcode: question
 * @result: answer: 0 or -errno; valid after @done
 * @moved: answer: bytes of @data
 * @size: answer: of the object
 * @data: bulk memory, @capacity bytes of vmalloc; NULL without bulk
 * @capacity: I:
 * @fragments: @data for LNet, unless contiguous; kvec or bio_vec array
 * @file: that it is part of; has a hold on it from submission to @done
 * @link: pool's queue; pool.lock
 * @done: completed, for all to see, until it is submitted again
 * @xid: of the current attempt
 * @data_crc: of @data, WRITE
 * @send_error: why LNet did not take the attempt
 * @request: message, read by LNet while posted
 * @reply: message, written by LNet while posted
 * @waitq: the executing thread
 * @lock: guards what follows
 * @md: the MDs of the current attempt
 * @cancelled: end it as soon as LNet lets go of the memory
 *
 * O: the owner's: the thread that fills it, until it submits it; then the executing
 * thread, until @done; then the first one again. I: fixed from allocation to
 * free. L: ->lock.
 *
 *         submit               post 2 or 3 MDs          all events, an error,
 *   filled ----> queued ----> xid ------------> waiting  deadline or cancel
 *     ^                        ^                   |           |
 *     |                        | resend            |  LNetMDUnlink() of what
 *     |                        | (new xid)         v  is still posted
 *     `----- done <------------+--------------- settled: no MD left, memory
 *                  final                                 is ours again
 */
struct rpcc_rpc {
	u8 name[RPC_NAME_BYTES];		/* O: */
	u64 generation;				/* O: */
	u64 offset;				/* O: */
	u32 length;				/* O: */
	u32 epoch;				/* O: */
	enum rpc_opcode opcode;			/* O: */

	int result;				/* O: */
	u32 moved;				/* O: */
	u64 size;				/* O: */

	void *data;				/* I: */
	u32 capacity;				/* I: */
	void *fragments;			/* I: */

	struct rpcc_file *file;			/* I: */
	struct list_head link;
	struct completion done;

	u64 xid;				/* O: */
	u32 data_crc;				/* O: */
	int send_error;				/* O: */
	struct rpc_wire_request request;	/* O: */
	struct rpc_wire_reply reply;		/* O: */

	wait_queue_head_t waitq;
	/* against the callbacks, and threads that cancel */
	spinlock_t lock;
	struct rpcc_md md[RPCC_PARTS];		/* L: */
	bool cancelled;				/* L: */
};

/* client_event.c: task context */
int rpcc_event_init(void);
void rpcc_event_exit(void);
int rpcc_event_post(struct rpcc_rpc *rpc);
void rpcc_event_unpost(struct rpcc_rpc *rpc);
bool rpcc_event_settled(struct rpcc_rpc *rpc);

/* client_bulk.c */
int rpcc_bulk_alloc(struct rpcc_rpc *rpc, u32 bytes);
void rpcc_bulk_free(struct rpcc_rpc *rpc);
void rpcc_bulk_describe(struct rpcc_rpc *rpc, struct lnet_md *md);

/* client_rpc.c: may sleep */
void rpcc_rpc_seed(void);
void rpcc_rpc_init(struct rpcc_rpc *rpc, struct rpcc_file *f);
void rpcc_rpc_execute(struct rpcc_rpc *rpc);
void rpcc_rpc_cancel(struct rpcc_rpc *rpc);
bool rpcc_rpc_is_cancelled(struct rpcc_rpc *rpc);

/* client_pool.c */
int rpcc_pool_init(void);
void rpcc_pool_exit(void);
void rpcc_pool_submit(struct rpcc_rpc *rpc);

/**
 * struct rpcc_file - an open object, for reading or for writing
 * @writing: which of the two
 * @name: of the object, on the wire
 * @generation: of the object
 * @control: for CREATE and STAT
 * @depth: number of @window
 * @refs: one of the open file, and one of each RPC under way, whose memory LNet may have
 *	for as long as a peer moves anything
 * @lock: guards what follows
 * @lost: a process was killed while it waited for an RPC to end
 * @size: of the object as far as we know, bytes
 * @window: RPCs, a ring
 * @head: the oldest one submitted; number of it, not index
 * @tail: the next to submit
 * @next: where the next byte goes to, or the next READ begins
 * @filled: writing: bytes in the RPC at @tail
 * @epoch: writing: number of jumps
 * @error: writing: the first failure; stays
 *
 * I: immutable after open; L: ->lock
 *
 *   offset of the object ->    head             tail      next
 *   reading:  ... copied out | done, in flight | free |
 *   writing:  ... acknowledged | done, in flight | being filled |
 */
struct rpcc_file {
	bool writing;			/* I: */
	u8 name[RPC_NAME_BYTES];	/* I: */
	u64 generation;			/* I: */
	unsigned int depth;		/* I: */
	refcount_t refs;

	/* held for as long as one system call takes */
	struct mutex lock;
	bool lost;			/* L: */
	struct rpcc_rpc control;	/* L: */
	u64 size;			/* L: */
	unsigned long head;		/* L: */
	unsigned long tail;		/* L: */
	u64 next;			/* L: */
	u32 filled;			/* L: */
	u32 epoch;			/* L: */
	int error;			/* L: */
	struct rpcc_rpc window[];
};

/* client_file.c: may sleep; a file is locked by the functions called here */
struct rpcc_file *rpcc_file_open(bool writing);
void rpcc_file_close(struct rpcc_file *f);
void rpcc_file_put(struct rpcc_file *f);
int rpcc_file_lock(struct rpcc_file *f);
int rpcc_file_stat_locked(struct rpcc_file *f);
void rpcc_file_submit_locked(struct rpcc_file *f, enum rpc_opcode opcode,
			     u64 offset, u32 length);
int rpcc_file_drop_window_locked(struct rpcc_file *f);

static inline struct rpcc_rpc *rpcc_file_slot(struct rpcc_file *f, unsigned long n)
{
	return &f->window[n % f->depth];
}

/* client_read.c, client_write.c: may sleep, end early when killed */
ssize_t rpcc_file_read(struct rpcc_file *f, u64 pos, struct iov_iter *to);
ssize_t rpcc_file_write(struct rpcc_file *f, u64 pos, struct iov_iter *from);
int rpcc_file_flush(struct rpcc_file *f);

/* client_device.c */
int rpcc_device_init(void);
void rpcc_device_exit(void);

#endif /* _RPC_CLIENT_H */
