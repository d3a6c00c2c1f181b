// SPDX-License-Identifier: GPL-2.0
/*
 * Errors in words. The log, sysfs and the tools take them from this table, so that an operator
 * reads the same of the same error everywhere.
 */
#include <lnet/lnd.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>

/* What each errno means where LNet reports it. */
static const struct {
	int error;
	const char *text;
} errors[] = {
	{ EPERM,	"not permitted, here or by a firewall" },
	{ ENOENT,	"it is not there, or not any more" },
	{ EINTR,	"interrupted" },
	{ EIO,		"input or output error" },
	{ EAGAIN,	"not possible now: try again" },
	{ ENOMEM,	"out of memory here" },
	{ EACCES,	"not allowed" },
	{ EFAULT,	"the memory of the message cannot be used" },
	{ EBUSY,	"in use, or too many at once" },
	{ EEXIST,	"it is there already" },
	{ ENODEV,	"there is no such driver or interface" },
	{ EINVAL,	"a wrong value, or a blackhole route" },
	{ ENFILE,	"out of sockets here" },
	{ EDEADLK,	"called from an event handler, where that is not allowed" },
	{ ENOBUFS,	"no room for more" },
	{ EPROTO,	"what came is not what an LNet node of that NID sends" },
	{ EOVERFLOW,	"too many: some were lost" },
	{ EOPNOTSUPP,	"not supported" },
	{ EPROTONOSUPPORT, "another version of the protocol" },
	{ EADDRINUSE,
	  "no port from 512 to 1023 is free here, or the port to listen on is in use" },
	{ EADDRNOTAVAIL, "the address is not on this node" },
	{ ENETDOWN,	"LNet is down here, or our address on that network is gone" },
	{ ENETUNREACH,	"there is no route to that network" },
	{ ECONNABORTED,	"the connection was lost" },
	{ ECONNRESET,	"the connection was lost, or the other node closed it" },
	{ EPIPE,	"the connection was lost" },
	{ ENOTCONN,	"there is no connection" },
	{ ESHUTDOWN,	"LNet, or the NI, goes down here" },
	{ ETIMEDOUT,	"no answer in time" },
	{ ECONNREFUSED,	"the connection was refused: is LNet running there?" },
	{ EHOSTDOWN,	"the node is down" },
	{ EHOSTUNREACH,	"there is no route to the node, or we have no NI on its network" },
	{ EALREADY,	"the peer has such a connection already" },
	{ ECANCELED,	"cancelled" },
};

/**
 * lnet_error_text() - put an error into words
 * @error: the errno, negative or positive; 0: no error
 *
 * Context: any.
 * Return: the words, without the number; "no error" for 0, "see errno(3)" for an errno that LNet
 * has no words for.
 */
const char *lnet_error_text(int error)
{
	size_t i;

	if (!error)
		return "no error";
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].error == abs(error))
			return errors[i].text;
	return "see errno(3)";
}
EXPORT_SYMBOL_GPL(lnet_error_text);
