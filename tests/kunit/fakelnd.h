/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fake LND: NIs of a case without a network, and headers as a peer would write them.
 */
#ifndef _LNET_KUNIT_FAKELND_H
#define _LNET_KUNIT_FAKELND_H

#include <kunit/test.h>
#include <lnet/lnd.h>

#include "event/stat.h"

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#define LT_NET		LNET_MKNET(PTL4LND, 7)
#define LT_NID(n)	LNET_MKNID(LT_NET, n)
#define LT_NID_SELF	LT_NID(1)	/* of the fake NI */
#define LT_NID_PEER	LT_NID(2)	/* of a peer that the test plays */

enum { LT_SENT_MAX = 32 };

/* The status of messages that the driver still has when its NI goes; the core's is another. */
#define LT_LND_ENDED	(-ECONNABORTED)

/* A message that was given to lnd_send(). */
struct lt_sent {
	struct lnet_hdr hdr;
	lnet_nid_t peer;
	u8 type;
	unsigned int len;
};

/*
 * A message on its way in, which lives until it is received, when @done is true. The payload
 * is zeroes where @payload is NULL.
 */
struct lt_rx {
	struct lnet_hdr hdr;
	struct lnet_process_id from;	/* its sender, as the LND names it */
	const void *payload;
	unsigned int recvs;		/* calls of lnd_recv() */
	bool dropped;			/* the core wanted none of it */
	bool delayed;			/* lnd_recv() said so */
	bool eager;			/* lnd_eager_recv() was called */
	struct lnet_msg *waits;		/* with this message */
	bool parsed;			/* lnet_parse() has returned */
	bool too_late;			/* in lnd_recv() it could not be abandoned any more */
	bool newpriv;			/* lnd_recv() got the pointer of lnd_eager_recv() */
	bool done;			/* finalized, or thrown away */

	/* Held: the arguments of a lnd_recv() that is carried out later. */
	struct list_head link;
	struct lnet_msg *msg;
	struct kvec *iov;
	struct bio_vec *kiov;
	unsigned int niov;
	unsigned int offset;
	unsigned int mlen;
	unsigned int rlen;
};

/* An NI of the fake LND. The knobs may be turned at any time. L: lock */
struct lt_ni {
	struct lnet_ni *ni;

	/* knobs */
	int nid_rc;			/* result of lnd_nid() */
	int startup_rc;			/* result of lnd_startup() */
	void (*on_shutdown)(struct lt_ni *f);	/* called inside lnd_shutdown() */
	void (*on_notify)(struct lt_ni *f);	/* called inside lnd_notify() */
	void (*on_discard)(struct lt_ni *f);	/* called where lnd_recv() gets no message */
	bool hold_send;			/* lnd_send() keeps the message */
	bool hold_recv;			/* lnd_recv() keeps it */
	bool hold_discard;		/* lnd_recv() without a message waits for the NI's end */
	int send_rc;			/* result of lnd_send() */
	int recv_rc;			/* result of lnd_recv() */
	int eager_rc;			/* result of lnd_eager_recv() */
	bool hold_eager;		/* lnd_eager_recv() waits while it is true */
	int ctl_rc;			/* result of lnd_ctl() */
	time64_t query_when;		/* result of lnd_query() */
	int accept_rc;			/* result of lnd_accept() */
	lnet_nid_t unreachable;		/* for lnd_reaches(), or 0 */
	struct lnet_lnd_facts facts;	/* of lnd_facts() */
	lnet_nid_t peer_known;		/* for lnd_peer_facts(), or 0 */
	struct lnet_lnd_peer_facts peer_facts;	/* of lnd_peer_facts(), if that is asked for */
	int send_status;		/* status of a finished send */
	int recv_status;		/* status of a finished receive */

	atomic_t parsing;		/* calls of lnet_parse() that run */
	spinlock_t lock;		/* innermost */
	struct list_head held_send;	/* L: struct lnet_msg::queue */
	struct list_head held_recv;	/* L: struct lt_rx::link */
	unsigned int nsent;		/* L: */
	unsigned int nrecv;		/* L: */
	unsigned int nshutdown;
	unsigned int nforget;		/* calls of lnd_forget_least() */
	unsigned int shutdown_turn;	/* place of its last shutdown among those of all NIs */
	unsigned int ctl_cmd;		/* arguments of lnd_ctl() */
	void *ctl_arg;
	lnet_nid_t notify_nid;		/* arguments of lnd_notify() */
	int notify_alive;
	lnet_nid_t query_nid;		/* argument of lnd_query() */
	struct socket *accept_sock;	/* argument of lnd_accept() */
	struct lt_sent sent[LT_SENT_MAX];	/* L: the last messages */
	u8 *tx;				/* L: payload of the last message */

	/* lt_ni_offer() */
	struct list_head offered;	/* starting_mutex */
	const char *where;
	lnet_nid_t nid;
};

extern const struct lnet_lnd lt_lnd;

struct lt_ni *lt_ni_new(struct kunit *test);
int lt_ni_start(struct lt_ni *f, lnet_nid_t nid);
struct lt_ni *lt_ni_at(struct kunit *test, lnet_nid_t nid);
struct lt_ni *lt_ni(struct kunit *test);
void lt_ni_stop(struct lt_ni *f);
struct lt_ni *lt_ni_offer(struct kunit *test, const char *where,
			  lnet_nid_t nid);
unsigned int lt_ni_sends(struct lt_ni *f);
const struct lt_sent *lt_ni_sent(struct kunit *test, struct lt_ni *f,
				 unsigned int index);
bool lt_ni_finish_send(struct lt_ni *f, unsigned int index, int status);
unsigned int lt_ni_finish_sends(struct lt_ni *f, int status);
bool lt_ni_finish_recv(struct lt_ni *f, unsigned int index, int status);
void lt_ni_finish_all(struct lt_ni *f);
unsigned int lt_ni_held_recvs(struct lt_ni *f);
u64 lt_ni_drops(struct lt_ni *f, enum lnet_ni_drop reason);
u64 lt_ni_drops_all(struct lt_ni *f);

/* Headers as a peer would write them. */
struct lt_rx *lt_rx(struct kunit *test);
void lt_hdr(struct lt_rx *rx, enum lnet_msg_type type, lnet_nid_t src,
	    unsigned int bytes);
void lt_hdr_put(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset, u64 hdr_data);
void lt_hdr_get(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset);
void lt_hdr_ack(struct lt_rx *rx, const struct lt_sent *sent, unsigned int mlength);
void lt_hdr_reply(struct lt_rx *rx, const struct lt_sent *sent, unsigned int bytes);
void lt_hdr_from(struct lt_rx *rx, lnet_nid_t nid, lnet_pid_t pid);
int lt_parse(struct lt_ni *f, struct lt_rx *rx);

#endif /* _LNET_KUNIT_FAKELND_H */
