/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why connections ended, or never began: counted, and said in the log. See
 * reason.c.
 */
#ifndef _LNET_SOCKLND_REASON_H
#define _LNET_SOCKLND_REASON_H

#include <linux/types.h>

enum ksock_reason {
	/* nothing is wrong */
	KSOCK_REASON_PEER,		/* the peer closed it */
	KSOCK_REASON_SHUTDOWN,		/* the NI goes down */
	KSOCK_REASON_DUPLICATE,	/* there is one of that kind */
	KSOCK_REASON_RACE,		/* both sides were connecting */
	KSOCK_REASON_STALE,		/* the peer has started anew since */
	KSOCK_REASON_REFUSED,		/* the peer has one, or not now */
	/* the network */
	KSOCK_REASON_ERROR,		/* TCP gave it up */
	KSOCK_REASON_TIMEOUT,		/* no progress */
	KSOCK_REASON_NET_DOWN,		/* our address went away */
	/* who was not let in */
	KSOCK_REASON_INSECURE,		/* not from a privileged port */
	KSOCK_REASON_TOO_MANY,		/* too many at once */
	KSOCK_REASON_SLOW,		/* did not say in time who it is */
	KSOCK_REASON_NOT_OURS,		/* wanted a NID that is not ours */
	KSOCK_REASON_QUERY,		/* asked for a version, or has another */
	KSOCK_REASON_ADDRESS,		/* says that he is somebody at another address */
	/* what nobody may say */
	KSOCK_REASON_BAD_CONNREQ,
	KSOCK_REASON_BAD_HELLO,
	KSOCK_REASON_BAD_HEADER,	/* around a message */
	KSOCK_REASON_BAD_MESSAGE,	/* the header of a message */
	KSOCK_REASON_BAD_COOKIE,	/* brought back what we never sent */
	KSOCK_REASON_BAD_CSUM,
	/* we cannot */
	KSOCK_REASON_NO_MEMORY,
	KSOCK_REASON_UNREAD,		/* it takes no answers, and they pile up */
	KSOCK_REASON_NR,
};

void ksock_reason_count(enum ksock_reason why);
u64 ksock_reason_total(enum ksock_reason why);
const char *ksock_reason_text(enum ksock_reason why);
int ksock_reason_errno(enum ksock_reason why);
bool ksock_reason_is_bad(enum ksock_reason why);

#endif /* _LNET_SOCKLND_REASON_H */
