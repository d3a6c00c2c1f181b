/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection that carries messages. See conn.c.
 */
#ifndef _LNET_SOCKLND_CONN_H
#define _LNET_SOCKLND_CONN_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/uio.h>

#include <asm/barrier.h>

#include <lnet/lnd.h>

#include "reason.h"
#include "job.h"
#include "place.h"
#include "proto.h"

struct ksock_aside;
struct ksock_peer;
struct ksock_zc;

/* Bits of a connection's job, behind enum ksock_job_flag. */
enum ksock_conn_flag {
	KSOCK_CONN_KEEPALIVE = KSOCK_JOB_OWN,	/* say that we live */
	KSOCK_CONN_HELD_UP,		/* too many cookies wait to be brought back */
};

enum {
	KSOCK_AHEAD		= 4096,	/* read at once where messages are small */
};

/* What is being received. */
struct ksock_rx {
	struct ksock_hdr sock_hdr;
	u8 outer[KSOCK_HDR_BYTES];	/* as it came, without the sum */
	struct lnet_hdr hdr;
	struct lnet_msg *msg;		/* whose payload comes, or NULL */
	struct ksock_aside *aside;	/* where it goes meanwhile, or NULL */
	struct ksock_place place;	/* of @msg or @aside */
	struct iov_iter iter;		/* of @place: what is left */
	u32 csum;			/* of the headers, as they came */
	unsigned int skip;		/* bytes behind it that nobody wants */
	bool payload;			/* it is the payload that comes next */
	bool drained;			/* TCP has no more until it calls back */
	unsigned int ahead;		/* I: bytes of @buf that are used */
	unsigned int begin, end;	/* of what was read ahead */
	u8 *buf;
};

/* What is being sent: messages that go to TCP together, or a NOOP. */
struct ksock_tx {
	bool busy;
	struct list_head msgs;		/* in their order; empty: it is a NOOP */
	bool pages;			/* payload of theirs is in pages */
	struct ksock_zc *zc;	/* of the only one, whose pages are not copied */
	unsigned int hdr_bytes;		/* of @hdr, before each header */
	unsigned int total;		/* of all of @msgs, headers and payload */
	unsigned int sent;		/* of it */
	bool more;			/* others follow at once */
	bool again;			/* TCP took nothing the last time, with room for it */
	u8 hdr[KSOCK_HDR_BYTES];
};

/**
 * struct ksock_way - one direction of a connection, as housekeeping judges it
 * @busy: something is on its way, in part or not yet; set by
 *	ksock_way_begin(), when @since is good
 * @since: when it began, or last moved, jiffies
 * @bytes: that have moved
 * @mark: when housekeeping last counted @bytes, jiffies
 * @mark_bytes: how many there were then
 */
struct ksock_way {
	bool busy;			/* smp_load_acquire()/smp_store_release() */
	unsigned long since;		/* READ_ONCE/WRITE_ONCE */
	u64 bytes;			/* W: READ_ONCE without */
	unsigned long mark;		/* S: */
	u64 mark_bytes;			/* S: */
};

static inline void ksock_way_begin(struct ksock_way *way)
{
	if (READ_ONCE(way->busy))
		return;
	WRITE_ONCE(way->since, jiffies);
	/* Whoever finds it busy finds since when, too. */
	smp_store_release(&way->busy, true);
}

static inline void ksock_way_move(struct ksock_way *way, unsigned int bytes)
{
	WRITE_ONCE(way->bytes, way->bytes + bytes);
	WRITE_ONCE(way->since, jiffies);
}

/**
 * struct ksock_conn - a connection
 *
 * I: set before it is open; W: its worker alone; P: under the peer's lock;
 * S: under the net's known_mutex
 *
 * @job: its socket, and being served; its references are its own until it has ended,
 *	those of messages whose pages are on their way, of the worker's list of those
 *	that are short of memory, and of who looks at it
 * @peer: held
 * @type: what it is for, in our words
 * @version: of the protocol
 * @flip: the peer has the other byte order
 * @ip: the peer's address
 * @port: the peer's port
 * @sends_pages: pages need not be copied on the way there
 * @born: when it was admitted, jiffies
 * @renewals: of the NI, as of then
 * @open: messages may go
 * @why: why it is closed
 * @error: what its messages get
 * @queue: messages to be sent
 * @rx: what comes
 * @tx: what goes
 * @in: how it comes
 * @out: how it goes
 * @zcs: messages whose pages are on their way, in the order in which they went
 */
struct ksock_conn {
	struct ksock_job job;
	struct ksock_peer *peer;		/* I: */
	enum ksock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	bool flip;				/* I: */
	u32 ip;					/* I: */
	u16 port;				/* I: */
	bool sends_pages;			/* I: */
	unsigned long born;			/* I: */
	unsigned int renewals;			/* I: */
	bool open;				/* P: */
	enum ksock_reason why;			/* P: until CLOSE is set */
	int error;				/* P: the same */
	struct list_head queue;			/* P: */

	struct ksock_rx rx;			/* W: */
	struct ksock_tx tx;			/* W: */
	struct ksock_way in, out;
	struct list_head zcs;			/* W: */
};

struct ksock_conn *ksock_conn_new(struct ksock_worker *worker,
				  enum ksock_ctype type,
				  const struct ksock_hello *hello);
void ksock_conn_discard(struct ksock_conn *conn);
void ksock_conn_start(struct ksock_conn *conn, struct ksock_job *greet);
void ksock_conn_close_locked(struct ksock_conn *conn,
			     enum ksock_reason why, int error);

/* rx.c; what they return: there may be more, and time is up; nothing more now; -errno, @why */
int ksock_rx(struct ksock_conn *conn, enum ksock_reason *why);
void ksock_rx_end(struct ksock_conn *conn, int error);
int ksock_rx_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
		  int delayed, unsigned int niov, struct kvec *iov,
		  struct bio_vec *kiov, unsigned int offset,
		  unsigned int mlen, unsigned int rlen);
int ksock_rx_eager_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			void **newpriv);

/* tx.c; the same */
int ksock_tx(struct ksock_conn *conn, enum ksock_reason *why);
void ksock_tx_end(struct ksock_conn *conn, int error, bool abort);
void ksock_tx_finish(struct llist_node *node);

#endif /* _LNET_SOCKLND_CONN_H */
