/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes. See greet.c.
 */
#ifndef _LNET_SOCKLND_GREET_H
#define _LNET_SOCKLND_GREET_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "reason.h"
#include "job.h"
#include "proto.h"

struct lnet_ni;
struct ksock_listener;
struct ksock_net;
struct ksock_peer;
struct socket;

/* What a handshake waits for. */
enum ksock_greet_state {
	KSOCK_GREET_NEW,		/* that it is set up: nothing is done before */
	KSOCK_GREET_CONNECT,	/* that the peer takes our connection */
	KSOCK_GREET_CONNREQ_FIRST,	/* the bytes that tell what it is */
	KSOCK_GREET_CONNREQ,	/* the rest of a connection request */
	KSOCK_GREET_HELLO_FIRST,	/* the bytes that tell the version */
	KSOCK_GREET_HELLO,		/* the rest of a HELLO */
	KSOCK_GREET_HELLO_IPS,	/* addresses behind it */
};

enum { KSOCK_GREET_BYTES = KSOCK_HELLO_V1_BYTES };

/**
 * struct ksock_greet - a handshake
 *
 * G: under greets_lock; I: set before it is first kicked; W: its worker alone
 *
 * @job: its socket, and being served
 * @link: on the list of all
 * @doomed: it has no place any more
 * @listener: who took it, which waits for it; NULL: we connect
 * @net: the NI, held; of a caller once he has said which he wants
 * @peer: whom we connect to, held by the dial; NULL: a caller
 * @type: what we connect for, in our words
 * @version: in which version we speak
 * @ip: the other side
 * @port: the other side
 * @late: marks it when it takes too long
 * @aborted: why it is to end, enum ksock_reason; -1: not at all
 * @error: of its set-up
 * @state: what it waits for
 * @rc: how it has ended
 * @hello: what the other side says
 * @incarnation: what we have said that ours is
 * @said: we have said something, which is to arrive
 * @want: bytes that are waited for
 * @have: those that have come
 * @buf: they
 */
struct ksock_greet {
	struct ksock_job job;
	struct list_head link;			/* G: */
	bool doomed;				/* G: */
	struct ksock_listener *listener;	/* I: */
	struct ksock_net *net;		/* G: W to write */
	struct ksock_peer *peer;		/* I: */
	enum ksock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	u32 ip;					/* I: */
	u16 port;				/* I: */
	struct delayed_work late;
	int aborted;				/* cmpxchg */
	int error;				/* I: */
	enum ksock_greet_state state;			/* W: after NEW */
	int rc;					/* W: */
	struct ksock_hello hello;		/* W: */
	u64 incarnation;			/* W: */
	bool said;				/* W: */
	unsigned int want, have;		/* W: */
	u8 buf[KSOCK_GREET_BYTES] __aligned(4);		/* W: */
};

enum ksock_reason ksock_greet_why(const struct ksock_greet *g, int rc);
void ksock_greet_count(struct ksock_greet *g, enum ksock_reason why);
int ksock_greet_say_hello(struct ksock_greet *g, lnet_nid_t to,
			  unsigned int version, enum ksock_ctype ctype);
int ksock_greet_dial(struct ksock_peer *peer, enum ksock_ctype type,
		     unsigned int version);
int ksock_greet_caller(struct ksock_listener *l, struct socket *sock,
		       u32 ip, u16 port);
int ksock_greet_accept(struct lnet_ni *ni, struct socket *sock);
void ksock_greet_abort(struct ksock_greet *g, enum ksock_reason why);
void ksock_greets_stop(const struct ksock_net *net,
		       const struct ksock_listener *l, enum ksock_reason why);

/* admit.c; what they return: 1: it is a connection; -errno: it has been counted why not */
int ksock_admit_caller(struct ksock_greet *g);
int ksock_admit_dialled(struct ksock_greet *g);

#endif /* _LNET_SOCKLND_GREET_H */
