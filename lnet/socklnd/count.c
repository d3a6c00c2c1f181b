// SPDX-License-Identifier: GPL-2.0
/*
 * Ends of connections by reason. They are rare and any thread counts them, so
 * plain atomics do.
 */
#include "count.h"

#include <linux/kernel.h>
#include <linux/atomic.h>
#include <linux/errno.h>

/* What sysfs calls them is in sysfs_sock.c, where a check finds it. */
static const struct {
	const char *text;
	int error;
	bool bad;			/* worth a line in the log */
} ends[] = {
	[LNET_SOCK_END_PEER]		= { "closed by the peer", -ECONNRESET },
	[LNET_SOCK_END_SHUTDOWN]	= { "we go down", -ESHUTDOWN },
	[LNET_SOCK_END_DUPLICATE]	= { "there is one of that kind", -EALREADY },
	[LNET_SOCK_END_RACE]		= { "both sides were connecting", -EALREADY },
	[LNET_SOCK_END_STALE]		= { "the peer has started anew", -ECONNRESET },
	[LNET_SOCK_END_REFUSED]		= { "refused by the peer", -EALREADY },
	[LNET_SOCK_END_ERROR]		= { "TCP gave it up", -ECONNRESET, true },
	[LNET_SOCK_END_TIMEOUT]		= { "no progress in time", -ETIMEDOUT, true },
	[LNET_SOCK_END_NET_DOWN]	= { "our address went away", -ENETDOWN, true },
	[LNET_SOCK_END_INSECURE]	= { "not from a privileged port", -EACCES, true },
	[LNET_SOCK_END_TOO_MANY]	= { "too many at once", -EBUSY, true },
	[LNET_SOCK_END_SLOW]		= { "did not say in time who it is", -ETIMEDOUT, true },
	[LNET_SOCK_END_NOT_OURS]	= { "wants a NID that is not ours", -EHOSTUNREACH, true },
	[LNET_SOCK_END_QUERY]		= { "asked for a version, or has another",
					    -EPROTONOSUPPORT },
	[LNET_SOCK_END_ADDRESS]		= { "says that it is somebody at another address",
					    -EACCES, true },
	[LNET_SOCK_END_BAD_CONNREQ]	= { "bad connection request", -EPROTO, true },
	[LNET_SOCK_END_BAD_HELLO]	= { "bad HELLO", -EPROTO, true },
	[LNET_SOCK_END_BAD_HEADER]	= { "bad header around a message", -EPROTO, true },
	[LNET_SOCK_END_BAD_MESSAGE]	= { "bad message header", -EPROTO, true },
	[LNET_SOCK_END_BAD_COOKIE]	= { "brought back a cookie we never sent", -EPROTO, true },
	[LNET_SOCK_END_BAD_CSUM]	= { "wrong checksum", -EPROTO, true },
	[LNET_SOCK_END_NO_MEMORY]	= { "no memory", -ENOMEM, true },
	[LNET_SOCK_END_UNREAD]		= { "the peer takes no answers", -ENOBUFS, true },
};

static atomic64_t counts[LNET_SOCK_END_NR];

/**
 * lnet_sock_count_end() - count the end of a connection
 * @why: the reason
 *
 * Context: any.
 */
void lnet_sock_count_end(enum lnet_sock_end why)
{
	atomic64_inc(&counts[why]);
}

/**
 * lnet_sock_ends() - how many connections have ended
 * @why: for this reason
 *
 * Context: any.
 * Return: how many, since the module was loaded.
 */
u64 lnet_sock_ends(enum lnet_sock_end why)
{
	return atomic64_read(&counts[why]);
}

/**
 * lnet_sock_end_text() - the reason, for people
 * @why: the reason
 *
 * Return: words for the log.
 */
const char *lnet_sock_end_text(enum lnet_sock_end why)
{
	BUILD_BUG_ON(ARRAY_SIZE(ends) != LNET_SOCK_END_NR);
	return ends[why].text;
}

/**
 * lnet_sock_end_errno() - the reason, for who waits for the connection
 * @why: the reason
 *
 * Return: -errno.
 */
int lnet_sock_end_errno(enum lnet_sock_end why)
{
	return ends[why].error;
}

/**
 * lnet_sock_end_is_bad() - should an operator hear of it?
 * @why: the reason
 *
 * Return: true if something is wrong somewhere.
 */
bool lnet_sock_end_is_bad(enum lnet_sock_end why)
{
	return ends[why].bad;
}
