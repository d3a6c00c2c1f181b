/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an operator may choose when the module is loaded. See param.c.
 */
#ifndef _LNET_SOCKLND_PARAM_H
#define _LNET_SOCKLND_PARAM_H

#include <linux/types.h>

/* Whose connections are taken. */
enum ksock_accept {
	KSOCK_ACCEPT_NONE,
	KSOCK_ACCEPT_SECURE,	/* from a privileged port only */
	KSOCK_ACCEPT_ALL,
};

/* On which connections pages are sent without copying. */
enum ksock_zerocopy {
	KSOCK_ZEROCOPY_NEVER,
	KSOCK_ZEROCOPY_AUTO,	/* where it spares work */
	KSOCK_ZEROCOPY_ALWAYS,
};

/**
 * struct ksock_params - the module's parameters, checked
 *
 * @accept: whose connections are taken
 * @port: where we listen, and where peers do
 * @backlog: connections that may wait to be accepted
 * @accept_timeout: for a peer to say who it is, s
 * @timeout: without progress, until a connection is given up, and for a message to
 *	go, s
 * @drain_timeout: for what was sent to arrive when a connection has ended, s
 * @min_reconnect_ms: pause after a first failure
 * @max_reconnect_ms: the longest, after doubling
 * @keepalive: silence after which a NOOP is sent, s; 0: never
 * @keepalive_idle: TCP's own, s
 * @keepalive_intvl: TCP's own, s
 * @keepalive_count: TCP's own
 * @nscheds: workers
 * @peer_credits: messages of one peer that may be with its connections
 * @credits: the same of all peers of an NI
 * @min_bulk: from so many bytes on a message goes by a bulk connection
 * @zerocopy: on which connections pages are sent without copying
 * @zc_min_payload: from so many bytes on pages are sent without copying
 *
 * What protects peers from each other:
 *
 * @check_address: a peer's address is the one in its NID
 * @address_credits: of @credits, for the peers of one address
 * @address_reserve: beside @credits, for each address, when others have those
 * @peers_each: peers that may connect to us from one address
 * @callers_max: callers that have not said who they are
 * @callers_each: of them, from one address
 * @peer_answers: answers that wait for one peer
 * @answers: answers that wait for all peers of an NI
 * @min_rate: what moves more slowly for @timeout is given up, bytes/s; 0: none is
 */
struct ksock_params {
	enum ksock_accept accept;
	u16 port;
	unsigned int backlog;
	unsigned int accept_timeout;
	unsigned int timeout;
	unsigned int drain_timeout;
	unsigned int min_reconnect_ms;
	unsigned int max_reconnect_ms;
	unsigned int keepalive;
	unsigned int keepalive_idle;
	unsigned int keepalive_intvl;
	unsigned int keepalive_count;
	unsigned int nscheds;
	unsigned int peer_credits;
	unsigned int credits;
	unsigned int min_bulk;
	enum ksock_zerocopy zerocopy;
	unsigned int zc_min_payload;
	bool check_address;
	unsigned int address_credits;
	unsigned int address_reserve;
	unsigned int peers_each;
	unsigned int callers_max;
	unsigned int callers_each;
	unsigned int peer_answers;
	unsigned int answers;
	unsigned int min_rate;
};

extern struct ksock_params ksock_params;	/* I: after load */

int ksock_params_check(void);

enum { KSOCK_PRIVILEGED_LAST = 1023 };	/* ports up to it are root's */

#define KSOCK_NAME	"ksocklnd"

#endif /* _LNET_SOCKLND_PARAM_H */
