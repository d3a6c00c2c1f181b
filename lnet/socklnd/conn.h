/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection that carries messages. See conn.c.
 */
#ifndef _LNET_SOCKLND_CONN_H
#define _LNET_SOCKLND_CONN_H

#include <linux/list.h>
#include <linux/uio.h>

#include <lnet/frags.h>
#include <lnet/lnd.h>

#include "addr.h"
#include "reason.h"
#include "job.h"
#include "proto.h"
#include "way.h"

struct ksock_aside;
struct ksock_peer;
struct ksock_zc;

/* Bits of a connection's job, after those of enum ksock_job_flag. */
enum ksock_conn_flag {
	KSOCK_CONN_KEEPALIVE = KSOCK_JOB_OWNER,	/* send a NOOP as a sign of life */
	KSOCK_CONN_HELD_UP,		/* not read: too many cookies wait to be sent back */
	KSOCK_CONN_LOGGED,		/* the log has its end */
};

enum {
	KSOCK_AHEAD		= 4096,	/* size of the read-ahead buffer where messages are small */
};

/* Receiving. I: set before the connection is open; all else is its worker's. */
struct ksock_rx {
	struct ksock_hdr sock_hdr;
	u8 outer[KSOCK_HDR_BYTES];	/* outer header as it came, but with its checksum 0 */
	struct lnet_hdr hdr;
	struct lnet_msg *msg;		/* message whose payload comes, or NULL */
	struct ksock_aside *aside;	/* keeps the payload meanwhile, or NULL */
	struct lnet_frags place;	/* destination: memory of @msg or @aside */
	struct iov_iter iter;		/* part of @place that is not filled yet */
	u64 receives[LNET_MSG_REPLY + 1];	/* messages by type; READ_ONCE unlocked */
	u32 csum;			/* checksum of the headers, as they came */
	unsigned int skip;		/* bytes after @place to read and throw away */
	bool cut;			/* payload of this message is, or was, thrown away */
	bool payload;			/* payload comes next; else a header */
	bool drained;			/* TCP has no more until it calls back */
	unsigned int ahead;		/* I: size of @buf, bytes */
	unsigned int begin, end;	/* bytes of @buf that are read, but not used */
	u8 *buf;
};

/* Sending, by the worker: messages that go to TCP together, or a NOOP. */
struct ksock_tx {
	bool busy;
	struct list_head msgs;		/* in sending order; empty: a NOOP is sent */
	bool pages;			/* payload of @msgs is in pages */
	struct ksock_zc *zc;	/* the only message, if its pages are not copied */
	unsigned int hdr_bytes;		/* of @hdr, sent before each header */
	unsigned int hdr_skip;		/* bytes of each header that are not sent */
	unsigned int total;		/* bytes of all @msgs, headers and payload */
	unsigned int sent;		/* bytes of @total that TCP has taken */
	bool more;			/* more messages follow at once */
	bool stalled;			/* last time TCP took nothing, though it had room */
	u8 hdr[KSOCK_HDR_BYTES + KSOCK_NIDS_LARGE_BYTES];
};

/**
 * struct ksock_conn - a connection
 *
 * I: set before it is open; W: used by its worker only; P: under the peer's lock
 *
 * @job: the socket, and the work that its worker has with it. References: its own until it has
 *	ended, one for each message whose pages the network holds, one while it is on the
 *	worker's list of jobs that are short of memory, one for each thread that looks at it
 * @peer: the peer; the connection holds a reference
 * @type: what it is for, as seen from this node
 * @version: version of the protocol
 * @flip: the peer has the other byte order
 * @addr: the peer's address
 * @port: the peer's port
 * @sends_pages: large payloads in pages are sent without copying
 * @made_at: when it was made, just before its admission, jiffies
 * @renewals: the NI's @renewals when it was admitted
 * @open: it has its socket, and messages may be queued
 * @why: reason of its end
 * @error: -errno with which its messages end
 * @queue: messages to be sent
 * @rx: state of receiving
 * @tx: state of sending
 * @in: progress of receiving
 * @out: progress of sending
 * @zcs: messages whose pages the network still holds, in sending order
 */
struct ksock_conn {
	struct ksock_job job;
	struct ksock_peer *peer;		/* I: */
	enum ksock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	bool flip;				/* I: */
	struct in6_addr addr;			/* I: */
	u16 port;				/* I: */
	bool sends_pages;			/* I: */
	unsigned long made_at;			/* I: */
	unsigned int renewals;			/* I: */
	bool open;				/* P: */
	enum ksock_reason why;			/* P: constant once CLOSE is set */
	int error;				/* P: constant once CLOSE is set */
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

/*
 * rx.c; ksock_rx() returns 1: there may be more, but the budget of this turn is spent;
 * 0: nothing more now; -errno: the connection must end, with *@why set.
 */
int ksock_rx(struct ksock_conn *conn, enum ksock_reason *why);
void ksock_rx_end(struct ksock_conn *conn, int error);
int ksock_rx_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
		  int delayed, unsigned int niov, struct kvec *iov,
		  struct bio_vec *kiov, unsigned int offset,
		  unsigned int mlen, unsigned int rlen);
int ksock_rx_eager_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			void **newpriv);

/* tx.c; ksock_tx() returns the same as ksock_rx() */
int ksock_tx(struct ksock_conn *conn, enum ksock_reason *why);
void ksock_tx_end(struct ksock_conn *conn, int error, bool abort);

#endif /* _LNET_SOCKLND_CONN_H */
