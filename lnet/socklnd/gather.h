/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A place: memory of a client that a payload comes from or goes to. See place.c.
 */
#ifndef _LNET_SOCKLND_PLACE_H
#define _LNET_SOCKLND_PLACE_H

#include <linux/uio.h>

struct bio_vec;
struct lnet_msg;

/**
 * struct ksock_place - memory of a client
 * @niov: number of fragments in @iov or @kiov
 * @iov: array of fragments in kernel memory, or NULL
 * @kiov: array of fragments in pages, or NULL
 * @offset: where in the fragments the place begins, bytes
 * @len: length of the place from there on, bytes
 */
struct ksock_place {
	unsigned int niov;
	struct kvec *iov;
	struct bio_vec *kiov;
	unsigned int offset;
	unsigned int len;
};

void ksock_place_of(const struct lnet_msg *msg, struct ksock_place *place);
void ksock_place_iter(const struct ksock_place *place, unsigned int direction,
		      struct iov_iter *iter);
unsigned int ksock_place_pages(const struct ksock_place *place, unsigned int done,
			       struct bio_vec *frag);
void ksock_place_own(struct bio_vec *frag, void *bytes, unsigned int n);
unsigned int ksock_place_memory(const struct ksock_place *place, unsigned int done,
				struct kvec *frag);

#endif /* _LNET_SOCKLND_PLACE_H */
