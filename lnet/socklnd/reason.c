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
	[KSOCK_REASON_PEER]		= { "the peer closed it", -ECONNRESET },
	[KSOCK_REASON_SHUTDOWN]	= { "the NI goes down here", -ESHUTDOWN },
	[KSOCK_REASON_DUPLICATE]	= { "the peer has one of that type", -EALREADY },
	[KSOCK_REASON_RACE]		= { "both sides were connecting", -EALREADY },
	[KSOCK_REASON_STALE]		= { "the peer has started anew, or has another version",
					    -ECONNRESET },
	[KSOCK_REASON_REFUSED]		= { "the peer refused it", -EALREADY },
	[KSOCK_REASON_OPERATOR]	= { "the operator has closed it", -ECONNABORTED },
	[KSOCK_REASON_ERROR]		= { "TCP failed", -ECONNRESET, true },
	[KSOCK_REASON_TIMEOUT]		= { "no progress in time", -ETIMEDOUT, true },
	[KSOCK_REASON_NET_DOWN]	= { "this node's address went away", -ENETDOWN, true },
	[KSOCK_REASON_INSECURE]	= { "its port is not a privileged one (see accept)",
					    -EACCES, true },
	[KSOCK_REASON_TOO_MANY]	= { "there are too many callers or peers", -EBUSY, true },
	[KSOCK_REASON_SLOW]		= { "it did not say in time which node it is",
					    -ETIMEDOUT, true },
	[KSOCK_REASON_NOT_OURS]	= { "it asked for a NID that is not this node's",
					    -EHOSTUNREACH, true },
	[KSOCK_REASON_QUERY]		= { "it asked for the version, or has another",
					    -EPROTONOSUPPORT },
	/* admit.c logs this one, with the NID. */
	[KSOCK_REASON_ADDRESS]		= { "it claims to be a node at another address",
					    -EACCES },
	[KSOCK_REASON_NO_NODE]	= { "an address of a link, of many nodes or of none is no node's",
					    -EADDRNOTAVAIL, true },
	[KSOCK_REASON_BAD_CONNREQ]	= { "bad connection request", -EPROTO, true },
	[KSOCK_REASON_BAD_HELLO]	= { "bad HELLO", -EPROTO, true },
	[KSOCK_REASON_BAD_HEADER]	= { "bad header around a message", -EPROTO, true },
	[KSOCK_REASON_BAD_MESSAGE]	= { "bad message header", -EPROTO, true },
	[KSOCK_REASON_BAD_COOKIE]	= { "the peer returned a cookie that it never got",
					    -EPROTO, true },
	[KSOCK_REASON_BAD_CSUM]	= { "wrong checksum", -EPROTO, true },
	[KSOCK_REASON_NO_MEMORY]	= { "out of memory here", -ENOMEM, true },
	[KSOCK_REASON_UNREAD]		= { "the peer takes no answers", -ENOBUFS, true },
};

static atomic64_t counts[KSOCK_REASON_NR];

/**
 * ksock_reason_count() - count the end of a connection
 * @why: the reason to count
 *
 * Context: any.
 */
void ksock_reason_count(enum ksock_reason why)
{
	atomic64_inc(&counts[why]);
}

/**
 * ksock_reason_total() - get the number of connections that ended for a reason
 * @why: the reason whose count is read
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
 * @why: the reason to put into words
 *
 * Context: any.
 * Return: the words for the log.
 */
const char *ksock_reason_text(enum ksock_reason why)
{
	BUILD_BUG_ON(ARRAY_SIZE(ends) != KSOCK_REASON_NR);
	return ends[why].text;
}

/**
 * ksock_reason_errno() - get the error for messages that wait for the connection
 * @why: the reason for which the connection ended
 *
 * Context: any.
 * Return: -errno.
 */
int ksock_reason_errno(enum ksock_reason why)
{
	return ends[why].error;
}

/**
 * ksock_reason_is_bad() - tell if the log should mention a reason
 * @why: the reason for which the connection ended
 *
 * Context: any.
 * Return: true if an operator should hear of it, as something is wrong.
 */
bool ksock_reason_is_bad(enum ksock_reason why)
{
	return ends[why].bad;
}
