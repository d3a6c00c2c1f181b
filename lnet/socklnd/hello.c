// SPDX-License-Identifier: GPL-2.0
/*
 * HELLOs on a socket: heard, in pieces if need be and within a time, and said.
 */
#include "hello.h"
#include "net.h"
#include "param.h"
#include "sock.h"

#include <lnet/api.h>

/* Addresses that older peers send; nobody needs them. */
static int hear_ips(struct socket *sock, const struct lnet_sock_hello *hello,
		    unsigned long end)
{
	u32 ips[LNET_SOCK_HELLO_IPS];

	if (!hello->ips)
		return 0;
	return lnet_sock_read(sock, ips, hello->ips * sizeof(ips[0]), end);
}

/**
 * lnet_sock_hello_hear() - read a HELLO
 * @sock: connected
 * @end: until then, jiffies
 * @hello: gets what it says
 *
 * Context: task; may sleep.
 * Return: 0; -EPROTONOSUPPORT: of an unknown version, the rest is not read;
 * -EPROTO: it says what nobody may say; -ETIMEDOUT; or what the socket says.
 */
int lnet_sock_hello_hear(struct socket *sock, unsigned long end,
			 struct lnet_sock_hello *hello)
{
	u8 bytes[LNET_SOCK_HELLO_V1_BYTES];
	int rc;

	rc = lnet_sock_read(sock, bytes, LNET_SOCK_HELLO_FIRST, end);
	if (rc)
		return rc;
	rc = lnet_sock_hello_first(bytes, hello);
	if (rc)
		return rc;
	rc = lnet_sock_read(sock, bytes + LNET_SOCK_HELLO_FIRST,
			    lnet_sock_hello_rest(hello), end);
	if (rc)
		return rc;
	rc = lnet_sock_hello_decode(bytes, hello);
	return rc ?: hear_ips(sock, hello, end);
}

/**
 * lnet_sock_hello_say() - write a HELLO
 * @sock: connected
 * @net: who says it
 * @to: the NID it is for
 * @version: of the protocol
 * @ctype: what for, in our words
 *
 * Our PID is what LNetNIInit() was given, which takes none that would stop a
 * real peer.
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sock_hello_say(struct socket *sock, struct lnet_sock_net *net, lnet_nid_t to,
			unsigned int version, enum lnet_sock_ctype ctype)
{
	struct lnet_sock_hello hello = {
		.version = version,
		.src_nid = net->ni->nid,
		.src_pid = net->pid,
		.src_incarnation = net->incarnation,
		.dst_nid = to,
		.ctype = ctype,
	};
	u8 bytes[LNET_SOCK_HELLO_V1_BYTES];
	size_t n = lnet_sock_hello_encode(bytes, &hello);

	return lnet_sock_write(sock, bytes, n, lnet_sock_params.timeout);
}
