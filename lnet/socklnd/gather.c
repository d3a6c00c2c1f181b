// SPDX-License-Identifier: GPL-2.0
/*
 * A call of TCP moves headers, which are the driver's own memory, and payload, which is a
 * client's. Both are gathered in one array of fragments. The fragments of an array are of one
 * kind, so payload that is in pages never shares a call with payload that is in kernel memory.
 */
#include "gather.h"

#include <linux/mm.h>

/**
 * ksock_gather_begin() - begin to gather memory
 * @g: the worker's, as the memory of one call at a time is gathered; what it had is forgotten
 * @pages: true if the payload that will be added is in pages, false if it is in kernel memory
 *
 * Context: the worker.
 */
void ksock_gather_begin(struct ksock_gather *g, bool pages)
{
	g->all = (struct lnet_frags){
		.iov = pages ? NULL : g->kvec, .kiov = pages ? g->bvec : NULL,
	};
}

/**
 * ksock_gather_buffer() - add memory of the driver
 * @g: the gathered memory, to which it is added
 * @bytes: the memory, from the slab or in whole pages; not on the stack
 * @n: length of the memory, in bytes
 *
 * Context: the worker.
 */
void ksock_gather_buffer(struct ksock_gather *g, void *bytes, unsigned int n)
{
	struct lnet_frags *all = &g->all;

	if (all->kiov)
		bvec_set_page(&g->bvec[all->niov], virt_to_page(bytes), n, offset_in_page(bytes));
	else
		g->kvec[all->niov] = (struct kvec){ bytes, n };
	all->niov++;
	all->len += n;
}

/**
 * ksock_gather_payload() - add memory of a client
 * @g: the gathered memory, to which it is added
 * @payload: the client's memory, of the kind that ksock_gather_begin() was told; or it is empty
 *
 * Context: the worker.
 */
void ksock_gather_payload(struct ksock_gather *g, const struct lnet_frags *payload)
{
	struct lnet_frags rest = *payload, *all = &g->all;
	unsigned int n;

	for (n = lnet_frags_piece(&rest); n; n = lnet_frags_next(&rest, n)) {
		if (all->kiov)
			bvec_set_page(&g->bvec[all->niov], rest.kiov->bv_page, n,
				      rest.kiov->bv_offset + rest.offset);
		else
			g->kvec[all->niov] = (struct kvec){ rest.iov->iov_base + rest.offset, n };
		all->niov++;
		all->len += n;
	}
}
