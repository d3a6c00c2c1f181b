/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Module parameters. See param.c.
 */
#ifndef _LNET_SOCKLND_PARAM_H
#define _LNET_SOCKLND_PARAM_H

#include <linux/compiler.h>
#include <linux/types.h>

/* The callers whose connections are accepted. */
enum ksock_accept {
	KSOCK_ACCEPT_NONE,
	KSOCK_ACCEPT_SECURE,	/* from a privileged port only */
	KSOCK_ACCEPT_ALL,
};

/* The connections on which pages are sent without copying. */
enum ksock_zerocopy {
	KSOCK_ZEROCOPY_NEVER,
	KSOCK_ZEROCOPY_AUTO,	/* where the device takes fragments and sums them */
	KSOCK_ZEROCOPY_ALWAYS,
};

/**
 * struct ksock_params - the module's parameters, checked
 *
 * @accept: the callers whose connections are accepted
 * @port: TCP port on which this node and its peers listen
 * @backlog: number of connections that may wait to be accepted
 * @accept_timeout: time for a caller to request a connection, and again to send its HELLO, s
 * @timeout: time without progress until a connection is given up, and time for a message
 *	to be sent, s
 * @drain_timeout: time for sent bytes to arrive after their connection has ended, s
 * @min_reconnect_ms: pause after the first failure to reach a peer, ms
 * @max_reconnect_ms: longest such pause, after doubling, ms
 * @keepalive: silence after which a NOOP is sent, s; 0: never
 * @keepalive_idle: silence after which TCP sends a keepalive probe, s
 * @keepalive_intvl: interval between TCP's probes, s
 * @keepalive_count: number of unanswered probes after which TCP gives up
 * @nscheds: number of workers
 * @peer_credits: number of messages to one peer that its connections may hold
 * @credits: number of messages to all peers of an NI that their connections may hold
 * @min_bulk: message size from which a bulk connection is used, headers included, bytes
 * @zerocopy: the connections on which pages are sent without copying
 * @zc_min_payload: payload size from which pages are sent without copying, bytes
 *
 * The other parameters protect peers from each other:
 *
 * @check_address: true if a peer must connect from the address in its NID
 * @address_credits: part of @credits that the peers of one address may hold
 * @address_reserve: number of messages that each address may have with connections even when
 *	others hold all of @credits
 * @peers: number of peers of an NI
 * @guests: the same, if one more is to be a peer that connects to us
 * @peers_each: number of peers that may connect to us from one address
 * @callers_max: number of callers that may not have identified themselves yet
 * @callers_each: number of such callers from one address
 * @prefix_peers: part of @guests that the addresses of one IPv6 /64 may be together
 * @prefix_callers: part of @callers_max that they may have
 * @prefix_credits: part of @credits that they may hold
 * @peer_answers: number of unfinished answers to one peer, those with connections included
 * @answers: number of unfinished answers to all peers of an NI
 * @min_rate: rate below which a connection is given up, measured over @timeout, bytes/s;
 *	0: no bound
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
	unsigned int peers;
	unsigned int guests;
	unsigned int peers_each;
	unsigned int callers_max;
	unsigned int callers_each;
	unsigned int prefix_peers;
	unsigned int prefix_callers;
	unsigned int prefix_credits;
	unsigned int peer_answers;
	unsigned int answers;
	unsigned int min_rate;
};

extern struct ksock_params ksock_params;	/* I: constant after load, but for @timeout */

/* The operator may change it at any time. */
static inline unsigned int ksock_param_timeout(void)
{
	return READ_ONCE(ksock_params.timeout);
}

int ksock_params_check(void);

enum { KSOCK_PRIVILEGED_LAST = 1023 };	/* highest port that only root may bind */

#define KSOCK_NAME	"ksocklnd"

#endif /* _LNET_SOCKLND_PARAM_H */
