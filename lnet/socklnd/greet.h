/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes. See greet.c.
 */
#ifndef _LNET_SOCKLND_GREET_H
#define _LNET_SOCKLND_GREET_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "count.h"
#include "job.h"
#include "proto.h"

struct lnet_ni;
struct lnet_sock_listener;
struct lnet_sock_net;
struct lnet_sock_peer;
struct socket;

/* What a handshake waits for. */
enum lnet_sock_greet_state {
	LNET_SOCK_GREET_NEW,		/* that it is set up: nothing is done before */
	LNET_SOCK_GREET_CONNECT,	/* that the peer takes our connection */
	LNET_SOCK_GREET_CONNREQ_FIRST,	/* the bytes that tell what it is */
	LNET_SOCK_GREET_CONNREQ,	/* the rest of a connection request */
	LNET_SOCK_GREET_HELLO_FIRST,	/* the bytes that tell the version */
	LNET_SOCK_GREET_HELLO,		/* the rest of a HELLO */
	LNET_SOCK_GREET_HELLO_IPS,	/* addresses behind it */
};

enum { LNET_SOCK_GREET_BYTES = LNET_SOCK_HELLO_V1_BYTES };

/**
 * struct lnet_sock_greet - a handshake
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
 * @aborted: why it is to end, enum lnet_sock_end; -1: not at all
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
struct lnet_sock_greet {
	struct lnet_sock_job job;
	struct list_head link;			/* G: */
	bool doomed;				/* G: */
	struct lnet_sock_listener *listener;	/* I: */
	struct lnet_sock_net *net;		/* G: W to write */
	struct lnet_sock_peer *peer;		/* I: */
	enum lnet_sock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	u32 ip;					/* I: */
	u16 port;				/* I: */
	struct delayed_work late;
	int aborted;				/* cmpxchg */
	int error;				/* I: */
	enum lnet_sock_greet_state state;			/* W: after NEW */
	int rc;					/* W: */
	struct lnet_sock_hello hello;		/* W: */
	u64 incarnation;			/* W: */
	bool said;				/* W: */
	unsigned int want, have;		/* W: */
	u8 buf[LNET_SOCK_GREET_BYTES] __aligned(4);		/* W: */
};

enum lnet_sock_end lnet_sock_greet_why(const struct lnet_sock_greet *g, int rc);
void lnet_sock_greet_count(struct lnet_sock_greet *g, enum lnet_sock_end why);
int lnet_sock_greet_say_hello(struct lnet_sock_greet *g, lnet_nid_t to,
			      unsigned int version, enum lnet_sock_ctype ctype);
int lnet_sock_greet_dial(struct lnet_sock_peer *peer, enum lnet_sock_ctype type,
			 unsigned int version);
int lnet_sock_greet_caller(struct lnet_sock_listener *l, struct socket *sock,
			   u32 ip, u16 port);
int lnet_sock_greet_accept(struct lnet_ni *ni, struct socket *sock);
void lnet_sock_greet_abort(struct lnet_sock_greet *g, enum lnet_sock_end why);
void lnet_sock_greets_stop(const struct lnet_sock_net *net,
			   const struct lnet_sock_listener *l, enum lnet_sock_end why);

/* admit.c; what they return: 1: it is a connection; -errno: it has been counted why not */
int lnet_sock_admit_caller(struct lnet_sock_greet *g);
int lnet_sock_admit_dialled(struct lnet_sock_greet *g);

#endif /* _LNET_SOCKLND_GREET_H */
