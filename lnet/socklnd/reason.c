// SPDX-License-Identifier: GPL-2.0
/*
 * Counts of ended connections, by reason. Ends are rare and any thread may count them, so plain
 * atomics do.
 */
#include "reason.h"

#include <linux/kernel.h>
#include <linux/atomic.h>
#include <linux/errno.h>

/* The sysfs names of the counts are in sysfs_sock.c, where scripts/lint-abi finds them. */
static const struct {
	const char *text;
	int error;
	bool bad;			/* worth a line in the log */
} ends[] = {
	[KSOCK_REASON_PEER]		= { "closed by the peer", -ECONNRESET },
	[KSOCK_REASON_SHUTDOWN]	= { "we go down", -ESHUTDOWN },
	[KSOCK_REASON_DUPLICATE]	= { "there is one of that kind", -EALREADY },
	[KSOCK_REASON_RACE]		= { "both sides were connecting", -EALREADY },
	[KSOCK_REASON_STALE]		= { "the peer has started anew", -ECONNRESET },
	[KSOCK_REASON_REFUSED]		= { "refused by the peer", -EALREADY },
	[KSOCK_REASON_ERROR]		= { "TCP gave it up", -ECONNRESET, true },
	[KSOCK_REASON_TIMEOUT]		= { "no progress in time", -ETIMEDOUT, true },
	[KSOCK_REASON_NET_DOWN]	= { "our address went away", -ENETDOWN, true },
	[KSOCK_REASON_INSECURE]	= { "not from a privileged port", -EACCES, true },
	[KSOCK_REASON_TOO_MANY]	= { "too many at once", -EBUSY, true },
	[KSOCK_REASON_SLOW]		= { "did not say in time who it is", -ETIMEDOUT, true },
	[KSOCK_REASON_NOT_OURS]	= { "wants a NID that is not ours", -EHOSTUNREACH, true },
	[KSOCK_REASON_QUERY]		= { "asked for a version, or has another",
					    -EPROTONOSUPPORT },
	[KSOCK_REASON_ADDRESS]		= { "says that it is somebody at another address",
					    -EACCES, true },
	[KSOCK_REASON_BAD_CONNREQ]	= { "bad connection request", -EPROTO, true },
	[KSOCK_REASON_BAD_HELLO]	= { "bad HELLO", -EPROTO, true },
	[KSOCK_REASON_BAD_HEADER]	= { "bad header around a message", -EPROTO, true },
	[KSOCK_REASON_BAD_MESSAGE]	= { "bad message header", -EPROTO, true },
	[KSOCK_REASON_BAD_COOKIE]	= { "brought back a cookie we never sent", -EPROTO, true },
	[KSOCK_REASON_BAD_CSUM]	= { "wrong checksum", -EPROTO, true },
	[KSOCK_REASON_NO_MEMORY]	= { "no memory", -ENOMEM, true },
	[KSOCK_REASON_UNREAD]		= { "the peer takes no answers", -ENOBUFS, true },
};

static atomic64_t counts[KSOCK_REASON_NR];

/**
 * ksock_reason_count() - count the end of a connection
 * @why: the reason
 *
 * Context: any.
 */
void ksock_reason_count(enum ksock_reason why)
{
	atomic64_inc(&counts[why]);
}

/**
 * ksock_reason_total() - get the number of connections that ended for a reason
 * @why: the reason
 *
 * Context: any.
 * Return: the number, since the module was loaded.
 */
u64 ksock_reason_total(enum ksock_reason why)
{
	return atomic64_read(&counts[why]);
}

/**
 * ksock_reason_text() - put a reason into words
 * @why: the reason
 *
 * Return: the words for the log.
 */
const char *ksock_reason_text(enum ksock_reason why)
{
	BUILD_BUG_ON(ARRAY_SIZE(ends) != KSOCK_REASON_NR);
	return ends[why].text;
}

/**
 * ksock_reason_errno() - get the error for messages that wait for the connection
 * @why: the reason
 *
 * Return: -errno.
 */
int ksock_reason_errno(enum ksock_reason why)
{
	return ends[why].error;
}

/**
 * ksock_reason_is_bad() - tell if the log should mention a reason
 * @why: the reason
 *
 * Return: true if an operator should hear of it, as something is wrong.
 */
bool ksock_reason_is_bad(enum ksock_reason why)
{
	return ends[why].bad;
}
