// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a client, as one walk, or as fragments that stand among others: headers go
 * to TCP, and come from it, in the same call as payload.
 */
#include "place.h"

#include <linux/bvec.h>
#include <linux/minmax.h>

#include <lnet/lnd.h>

/**
 * ksock_place_of() - where the payload of a message is
 * @msg: one that is to be sent
 * @place: gets it
 *
 * Context: any.
 */
void ksock_place_of(const struct lnet_msg *msg, struct ksock_place *place)
{
	*place = (struct ksock_place){
		.niov = msg->niov, .iov = msg->iov, .kiov = msg->kiov,
		.offset = msg->offset, .len = msg->len,
	};
}

/**
 * ksock_place_iter() - walk over memory of a client
 * @place: the memory
 * @direction: READ: it is written to; WRITE: it is read
 * @iter: made for it
 *
 * Context: any.
 */
void ksock_place_iter(const struct ksock_place *place, unsigned int direction,
		      struct iov_iter *iter)
{
	size_t end = (size_t)place->offset + place->len;

	if (place->kiov)
		iov_iter_bvec(iter, direction, place->kiov, place->niov, end);
	else
		iov_iter_kvec(iter, direction, place->iov, place->niov, end);
	iov_iter_advance(iter, place->offset);
}

/**
 * ksock_place_pages() - what is left of a place, as fragments
 * @place: in pages
 * @done: bytes that are not wanted any more, from the beginning
 * @frag: gets them; has room for as many as @place has. NULL: they are counted
 *
 * Context: any.
 * Return: how many.
 */
unsigned int ksock_place_pages(const struct ksock_place *place, unsigned int done,
			       struct bio_vec *frag)
{
	unsigned int n = 0, i, len, skip = place->offset + done, left = place->len - done;
	const struct bio_vec *from;

	for (i = 0; i < place->niov && left; i++) {
		from = place->kiov + i;
		if (skip >= from->bv_len) {
			skip -= from->bv_len;
			continue;
		}
		len = min(left, from->bv_len - skip);
		if (frag)
			bvec_set_page(&frag[n], from->bv_page, len, from->bv_offset + skip);
		n++;
		skip = 0;
		left -= len;
	}
	return n;
}

/**
 * ksock_place_own() - memory of ours as a fragment among pages
 * @frag: gets it
 * @bytes: of the slab or of whole pages, not of the stack
 * @n: how many
 *
 * Context: any.
 */
void ksock_place_own(struct bio_vec *frag, void *bytes, unsigned int n)
{
	bvec_set_page(frag, virt_to_page(bytes), n, offset_in_page(bytes));
}

/**
 * ksock_place_memory() - the same of kernel memory
 * @place: not in pages
 * @done: bytes that are not wanted any more, from the beginning
 * @frag: gets them; has room for as many as @place has. NULL: they are counted
 *
 * Context: any.
 * Return: how many.
 */
unsigned int ksock_place_memory(const struct ksock_place *place, unsigned int done,
				struct kvec *frag)
{
	unsigned int n = 0, i, len, skip = place->offset + done, left = place->len - done;
	const struct kvec *from;

	for (i = 0; i < place->niov && left; i++) {
		from = place->iov + i;
		if (skip >= from->iov_len) {
			skip -= from->iov_len;
			continue;
		}
		len = min_t(size_t, left, from->iov_len - skip);
		if (frag)
			frag[n] = (struct kvec){ from->iov_base + skip, len };
		n++;
		skip = 0;
		left -= len;
	}
	return n;
}
