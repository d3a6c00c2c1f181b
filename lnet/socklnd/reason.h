/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reasons why connections end or never begin, for counts and the log. See reason.c.
 */
#ifndef _LNET_SOCKLND_REASON_H
#define _LNET_SOCKLND_REASON_H

#include <linux/types.h>

enum ksock_reason {
	/* nothing is wrong */
	KSOCK_REASON_PEER,		/* the peer closed it, or another one of the peer ended */
	KSOCK_REASON_SHUTDOWN,		/* the NI goes down */
	KSOCK_REASON_DUPLICATE,	/* the peer has one of that kind already */
	KSOCK_REASON_RACE,		/* both sides were connecting */
	KSOCK_REASON_STALE,		/* the peer has started anew, or changed its version */
	KSOCK_REASON_REFUSED,		/* the peer has one already, or wants none now */
	KSOCK_REASON_OPERATOR,	/* the operator has closed it */
	/* trouble with the network */
	KSOCK_REASON_ERROR,		/* TCP gave up, or could not connect */
	KSOCK_REASON_TIMEOUT,		/* no progress */
	KSOCK_REASON_NET_DOWN,		/* our address went away */
	/* callers that were not admitted */
	KSOCK_REASON_INSECURE,		/* not from a privileged port */
	KSOCK_REASON_TOO_MANY,		/* too many callers or peers at once */
	KSOCK_REASON_SLOW,		/* no connection request or HELLO in time */
	KSOCK_REASON_NOT_OURS,		/* wanted a NID that is not ours */
	KSOCK_REASON_QUERY,		/* asked for our version, or speaks another */
	KSOCK_REASON_ADDRESS,		/* claims a NID that has another address */
	KSOCK_REASON_NO_NODE,		/* has, or claims, an address that can be no node's */
	/* breaches of the protocol */
	KSOCK_REASON_BAD_CONNREQ,
	KSOCK_REASON_BAD_HELLO,
	KSOCK_REASON_BAD_HEADER,	/* header around a message */
	KSOCK_REASON_BAD_MESSAGE,	/* header of a message */
	KSOCK_REASON_BAD_COOKIE,	/* a cookie that we never sent came back */
	KSOCK_REASON_BAD_CSUM,
	/* our own limits */
	KSOCK_REASON_NO_MEMORY,
	KSOCK_REASON_UNREAD,		/* answers or cookies pile up, as the peer takes none */
	KSOCK_REASON_NR,
	KSOCK_REASON_NONE = KSOCK_REASON_NR,	/* it is not to end; never counted */
};

void ksock_reason_count(enum ksock_reason why);
u64 ksock_reason_total(enum ksock_reason why);
const char *ksock_reason_text(enum ksock_reason why);
int ksock_reason_errno(enum ksock_reason why);
bool ksock_reason_is_bad(enum ksock_reason why);

#endif /* _LNET_SOCKLND_REASON_H */
