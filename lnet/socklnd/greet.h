/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes. See greet.c.
 */
#ifndef _LNET_SOCKLND_GREET_H
#define _LNET_SOCKLND_GREET_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "addr.h"
#include "reason.h"
#include "job.h"
#include "proto.h"

struct lnet_ni;
struct ksock_net;
struct ksock_peer;
struct socket;

/* States of a handshake: what it waits for. */
enum ksock_greet_state {
	KSOCK_GREET_NEW,		/* its set-up; it is not served before */
	KSOCK_GREET_CONNECT,	/* our connection to be taken by the peer */
	KSOCK_GREET_CONNREQ_FIRST,	/* the bytes that tell what comes */
	KSOCK_GREET_CONNREQ_HEAD,	/* the bytes that tell how long it is */
	KSOCK_GREET_CONNREQ,	/* the rest of a connection request */
	KSOCK_GREET_HELLO_FIRST,	/* the bytes that tell the version */
	KSOCK_GREET_HELLO,		/* the rest of a HELLO */
	KSOCK_GREET_HELLO_IPS,	/* the addresses behind a HELLO */
};

enum { KSOCK_GREET_BYTES = KSOCK_HELLO_MAX };

/**
 * struct ksock_greet_group - the callers of one listener
 * @refs: one for each handshake, and one of the owner
 * @released: the last reference is dropped
 */
struct ksock_greet_group {
	refcount_t refs;
	struct completion released;
};

/**
 * struct ksock_greet - a handshake
 *
 * G: under greets_lock; I: set before it is first kicked; W: used by its worker only
 *
 * @job: the socket, and the work that the worker has with it
 * @link: link in the list of callers or of other handshakes
 * @place_lost: it was a caller's, and has lost its place
 * @group: the callers of the listener that took it, with a reference; NULL: we connect
 * @net: the NI, with a reference; NULL: a caller has not yet said which NI it wants
 * @peer: the peer we connect to, with the dial's reference; NULL: a caller's handshake
 * @on_end: called when a handshake with @peer has ended, with 0 or -errno
 * @type: type of connection that we ask for, as seen from this node
 * @version: version of the protocol that we speak
 * @addr: the other side's address
 * @port: the other side's port
 * @timeout: aborts the handshake when it takes too long
 * @aborted: why it is to end, or KSOCK_REASON_NONE
 * @error: -errno of its set-up
 * @state: what it waits for
 * @rc: how it ended: 0 or -errno
 * @hello: the other side's HELLO
 * @incarnation: our incarnation, from our HELLO
 * @has_sent: we have sent something, which is to arrive
 * @want: number of bytes that it waits for
 * @have: number of these that have come
 * @buf: the bytes that have come
 */
struct ksock_greet {
	struct ksock_job job;
	struct list_head link;			/* G: */
	bool place_lost;			/* G: */
	struct ksock_greet_group *group;	/* I: */
	struct ksock_net *net;		/* G: written by W only */
	struct ksock_peer *peer;		/* I: */
	void (*on_end)(struct ksock_peer *peer, int rc);	/* I: */
	enum ksock_ctype type;		/* I: */
	unsigned int version;			/* I: */
	struct in6_addr addr;			/* I: */
	u16 port;				/* I: */
	struct delayed_work timeout;
	enum ksock_reason aborted;		/* cmpxchg */
	int error;				/* I: */
	enum ksock_greet_state state;			/* W: once it is not NEW */
	int rc;					/* W: */
	struct ksock_hello hello;		/* W: */
	u64 incarnation;			/* W: */
	bool has_sent;				/* W: */
	unsigned int want, have;		/* W: */
	u8 buf[KSOCK_GREET_BYTES] __aligned(4);		/* W: */
};

/* greet_state.c */
enum ksock_reason ksock_greet_why(const struct ksock_greet *g, int rc);
void ksock_greet_count(struct ksock_greet *g, enum ksock_reason why);
void ksock_greet_abort(struct ksock_greet *g, enum ksock_reason why);
bool ksock_greet_has_room(void);
void ksock_greet_add(struct ksock_greet *g);
void ksock_greet_del(struct ksock_greet *g);
void ksock_greet_give_net(struct ksock_greet *g, struct ksock_net *net);
void ksock_greets_stop(const struct ksock_net *net,
		       const struct ksock_greet_group *group, enum ksock_reason why);
void ksock_greet_group_put(struct ksock_greet_group *group);
int ksock_greet_say_hello(struct ksock_greet *g, const struct lnet_nid *to,
			  unsigned int version, enum ksock_ctype ctype);

/* admit.c; returns 1: it is a connection; -errno: the reason has been counted */
int ksock_admit_caller(struct ksock_greet *g);
int ksock_admit_dialled(struct ksock_greet *g);

/* greet.c */
int ksock_greet_dial(struct ksock_peer *peer, enum ksock_ctype type, unsigned int version,
		     void (*on_end)(struct ksock_peer *peer, int rc));
int ksock_greet_caller(struct ksock_greet_group *group, struct socket *sock,
		       const struct in6_addr *addr, u16 port);
int ksock_greet_accept(struct lnet_ni *ni, struct socket *sock);

#endif /* _LNET_SOCKLND_GREET_H */
