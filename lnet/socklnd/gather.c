// SPDX-License-Identifier: GPL-2.0
/*
 * A place is memory of a client. It can be walked with an iov_iter, or turned into fragments to
 * which others are added, as TCP sends and receives headers in the same call as payload.
 */
#include "place.h"

#include <linux/bvec.h>
#include <linux/minmax.h>

#include <lnet/lnd.h>

/**
 * ksock_place_of() - describe the payload of a message
 * @msg: the message, which is to be sent
 * @place: set to the memory of its payload
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
 * ksock_place_iter() - make an iov_iter for a place
 * @place: the place
 * @direction: READ to write to the place, WRITE to read from it
 * @iter: the iov_iter to initialize
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
 * ksock_place_pages() - make fragments of a place in pages
 * @place: the place, which is in pages
 * @done: bytes at the beginning of the place to leave out
 * @frag: array for the fragments, as large as @place's; NULL to count them only
 *
 * Context: any.
 * Return: number of fragments.
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
 * ksock_place_own() - make a page fragment of our own memory
 * @frag: set to the fragment
 * @bytes: the memory, from the slab or in whole pages; not on the stack
 * @n: length of the memory, bytes
 *
 * Context: any.
 */
void ksock_place_own(struct bio_vec *frag, void *bytes, unsigned int n)
{
	bvec_set_page(frag, virt_to_page(bytes), n, offset_in_page(bytes));
}

/**
 * ksock_place_memory() - make fragments of a place in kernel memory
 * @place: the place, which is not in pages
 * @done: bytes at the beginning of the place to leave out
 * @frag: array for the fragments, as large as @place's; NULL to count them only
 *
 * Context: any.
 * Return: number of fragments.
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
