/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about the protocol of LNet over TCP: the code, and the reading of a HELLO.
 */
#ifndef _LNET_KUNIT_SOCK_PROTO_H
#define _LNET_KUNIT_SOCK_PROTO_H

#include "common.h"

/* Bytes in, values out: it needs nothing of the module that it is a part of. */
#include "../../lnet/socklnd/proto.c"

/* 0, or what is wrong. All of @p is there. */
static inline int read_hello(const u8 *p, size_t n, struct ksock_hello *hello)
{
	int rc = ksock_proto_hello_first(p, hello);

	if (rc)
		return rc;
	if (KSOCK_HELLO_FIRST + ksock_proto_hello_rest(hello) != n)
		return -EMSGSIZE;
	return ksock_proto_hello_decode(p, hello);
}

#endif /* _LNET_KUNIT_SOCK_PROTO_H */
