/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection that carries messages. See conn.c.
 */
#ifndef _LNET_SOCKLND_CONN_H
#define _LNET_SOCKLND_CONN_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/uio.h>

#include <lnet/lnd.h>

#include "count.h"
#include "proto.h"

struct lnet_sock_aside;
struct lnet_sock_peer;
struct lnet_sock_worker;
struct lnet_sock_zc;
struct sock;
struct socket;

/* struct lnet_sock_conn::flags */
enum lnet_sock_conn_flag {
	LNET_SOCK_CONN_QUEUED,		/* on its worker's list */
	LNET_SOCK_CONN_READ,		/* there may be something to read */
	LNET_SOCK_CONN_WRITE,		/* there may be something to write */
	LNET_SOCK_CONN_CLOSE,		/* it is to be ended */
	LNET_SOCK_CONN_ENDED,		/* it has been; never cleared */
	LNET_SOCK_CONN_KEEPALIVE,	/* say that we live */
	LNET_SOCK_CONN_HELD_UP,		/* too many cookies wait to be brought back */
};

enum {
	LNET_SOCK_AHEAD		= 4096,	/* read at once where messages are small */
};

/* Memory of a client, as lnd_recv() was given it. */
struct lnet_sock_place {
	unsigned int niov;
	struct kvec *iov;
	struct bio_vec *kiov;
	unsigned int offset;
	unsigned int len;
};

/* What is being received. */
struct lnet_sock_rx {
	struct lnet_sock_hdr sock_hdr;
	u8 outer[LNET_SOCK_HDR_BYTES];	/* as it came, without the sum */
	struct lnet_hdr hdr;
	struct lnet_msg *msg;		/* whose payload comes, or NULL */
	struct lnet_sock_aside *aside;	/* where it goes meanwhile, or NULL */
	struct lnet_sock_place place;	/* of @msg or @aside */
	struct iov_iter iter;		/* of @place: what is left */
	u32 csum;			/* of the headers, as they came */
	unsigned int skip;		/* bytes behind it that nobody wants */
	bool payload;			/* it is the payload that comes next */
	bool drained;			/* TCP has no more until it calls back */
	unsigned int ahead;		/* I: bytes of @buf that are used */
	unsigned int begin, end;	/* of what was read ahead */
	u8 *buf;
};

/* What is being sent. */
struct lnet_sock_tx {
	bool busy;
	struct lnet_msg *msg;		/* or NULL: it is a NOOP */
	struct lnet_sock_zc *zc;	/* its pages are not copied */
	unsigned int hdr_bytes;		/* of @hdr */
	unsigned int total;		/* with the message's header and payload */
	unsigned int sent;
	bool more;			/* another one follows at once */
	u8 hdr[LNET_SOCK_HDR_BYTES];
};

/**
 * struct lnet_sock_conn - a connection
 *
 * I: set before it is open; W: its worker alone; P: under the peer's lock;
 * any: bits, or words that anybody may read and one writes
 *
 * @peer: held
 * @sock: until the worker ends it
 * @worker: serves it
 * @refs: the peer's, those of messages whose pages are on their way, and who
 *	looks at it
 * @ready: on the worker's list
 * @flags: LNET_SOCK_CONN_*
 * @type: what it is for, in our words
 * @version: of the protocol
 * @flip: the peer has the other byte order
 * @ip: the peer's address
 * @port: the peer's port
 * @sends_pages: pages need not be copied on the way there
 * @open: messages may go
 * @why: why it is closed
 * @error: what its messages get
 * @queue: messages to be sent
 * @rx: what comes
 * @tx: what goes
 * @rx_time: when something was last read, jiffies
 * @tx_time: when something was last written, or the queue was empty
 * @tx_busy: there is something to be written
 * @rx_busy: part of a message has been read
 * @zc: messages whose pages are on their way
 * @data_ready: the socket's own callback
 * @state_change: the same
 * @write_space: the same
 * @error_report: the same
 */
struct lnet_sock_conn {
	struct lnet_sock_peer *peer;		/* I: */
	struct socket *sock;			/* W: */
	struct lnet_sock_worker *worker;	/* I: */
	refcount_t refs;
	struct llist_node ready;
	unsigned long flags;			/* any: */
	enum lnet_sock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	bool flip;				/* I: */
	u32 ip;					/* I: */
	u16 port;				/* I: */
	bool sends_pages;			/* I: */
	bool open;				/* P: */
	enum lnet_sock_end why;			/* P: until CLOSE is set */
	int error;				/* P: the same */
	struct list_head queue;			/* P: */

	struct lnet_sock_rx rx;			/* W: */
	struct lnet_sock_tx tx;			/* W: */
	unsigned long rx_time;			/* any: */
	unsigned long tx_time;			/* any: */
	bool tx_busy;				/* any: */
	bool rx_busy;				/* any: */
	atomic_t zc;

	void (*data_ready)(struct sock *sk);	/* I: */
	void (*state_change)(struct sock *sk);	/* I: */
	void (*write_space)(struct sock *sk);	/* I: */
	void (*error_report)(struct sock *sk);	/* I: */
};

struct lnet_sock_conn *lnet_sock_conn_new(struct socket *sock, enum lnet_sock_ctype type,
					  const struct lnet_sock_hello *hello);
void lnet_sock_conn_free(struct lnet_sock_conn *conn);
void lnet_sock_conn_start(struct lnet_sock_conn *conn);
void lnet_sock_conn_kick(struct lnet_sock_conn *conn, enum lnet_sock_conn_flag what);
void lnet_sock_conn_close_locked(struct lnet_sock_conn *conn,
				 enum lnet_sock_end why, int error);
void lnet_sock_conn_serve(struct lnet_sock_conn *conn);
void lnet_sock_conn_put(struct lnet_sock_conn *conn);

static inline struct lnet_sock_conn *lnet_sock_conn_get(struct lnet_sock_conn *conn)
{
	refcount_inc(&conn->refs);
	return conn;
}

/* rx.c; what they return: there may be more, and time is up; nothing more now; -errno, @why */
int lnet_sock_rx(struct lnet_sock_conn *conn, enum lnet_sock_end *why);
void lnet_sock_rx_end(struct lnet_sock_conn *conn, int error);
int lnet_sock_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
		   int delayed, unsigned int niov, struct kvec *iov,
		   struct bio_vec *kiov, unsigned int offset,
		   unsigned int mlen, unsigned int rlen);
int lnet_sock_eager_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			 void **newpriv);

/* tx.c; the same */
int lnet_sock_tx(struct lnet_sock_conn *conn, enum lnet_sock_end *why);
void lnet_sock_tx_end(struct lnet_sock_conn *conn, int error);
void lnet_sock_tx_finish(struct llist_node *node);

#endif /* _LNET_SOCKLND_CONN_H */
