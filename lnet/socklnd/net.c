// SPDX-License-Identifier: GPL-2.0
/*
 * References to an NI of this driver. Each peer holds one, and so does each handshake that knows
 * its NI. Its start and end are in ni.c, the fate of its address in address.c.
 */
#include "net.h"
#include "../hooks/window.h"

struct workqueue_struct *ksock_wq;

/**
 * ksock_net_get() - take a reference to an NI
 * @net: the NI, which is not freed during the call
 *
 * Context: any.
 * Return: true: the NI stays until ksock_net_put(); false: it is going down.
 */
bool ksock_net_get(struct ksock_net *net)
{
	if (READ_ONCE(net->closing))
		return false;
	refcount_inc(&net->users);
	/* Shutdown sets @closing first and reads @users then: it sees us, or we see @closing. */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_NET_OPEN);
	if (likely(!READ_ONCE(net->closing)))
		return true;
	ksock_net_put(net);
	return false;
}

/**
 * ksock_net_put() - drop a reference to an NI
 * @net: the NI; maybe gone on return
 *
 * Context: any.
 */
void ksock_net_put(struct ksock_net *net)
{
	/* The NI's own reference is the last, and only shutdown ends that. */
	refcount_dec(&net->users);
}
