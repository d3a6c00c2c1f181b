/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why connections ended, or never began: counted, and said in the log. See
 * count.c.
 */
#ifndef _LNET_SOCKLND_COUNT_H
#define _LNET_SOCKLND_COUNT_H

#include <linux/types.h>

enum lnet_sock_end {
	/* nothing is wrong */
	LNET_SOCK_END_PEER,		/* the peer closed it */
	LNET_SOCK_END_SHUTDOWN,		/* the NI goes down */
	LNET_SOCK_END_DUPLICATE,	/* there is one of that kind */
	LNET_SOCK_END_RACE,		/* both sides were connecting */
	LNET_SOCK_END_STALE,		/* the peer has started anew since */
	LNET_SOCK_END_REFUSED,		/* the peer has one, or not now */
	/* the network */
	LNET_SOCK_END_ERROR,		/* TCP gave it up */
	LNET_SOCK_END_TIMEOUT,		/* no progress */
	LNET_SOCK_END_NET_DOWN,		/* our address went away */
	/* who was not let in */
	LNET_SOCK_END_INSECURE,		/* not from a privileged port */
	LNET_SOCK_END_TOO_MANY,		/* too many at once */
	LNET_SOCK_END_SLOW,		/* did not say in time who it is */
	LNET_SOCK_END_NOT_OURS,		/* wanted a NID that is not ours */
	LNET_SOCK_END_QUERY,		/* asked for a version, or has another */
	LNET_SOCK_END_ADDRESS,		/* says that he is somebody at another address */
	/* what nobody may say */
	LNET_SOCK_END_BAD_CONNREQ,
	LNET_SOCK_END_BAD_HELLO,
	LNET_SOCK_END_BAD_HEADER,	/* around a message */
	LNET_SOCK_END_BAD_MESSAGE,	/* the header of a message */
	LNET_SOCK_END_BAD_COOKIE,	/* brought back what we never sent */
	LNET_SOCK_END_BAD_CSUM,
	/* we cannot */
	LNET_SOCK_END_NO_MEMORY,
	LNET_SOCK_END_UNREAD,		/* it takes no answers, and they pile up */
	LNET_SOCK_END_NR,
};

void lnet_sock_count_end(enum lnet_sock_end why);
u64 lnet_sock_ends(enum lnet_sock_end why);
const char *lnet_sock_end_text(enum lnet_sock_end why);
int lnet_sock_end_errno(enum lnet_sock_end why);
bool lnet_sock_end_is_bad(enum lnet_sock_end why);

#endif /* _LNET_SOCKLND_COUNT_H */
