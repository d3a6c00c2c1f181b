/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of one call of TCP, as TCP takes headers and payload together. See gather.c.
 */
#ifndef _LNET_SOCKLND_GATHER_H
#define _LNET_SOCKLND_GATHER_H

#include <linux/bvec.h>
#include <linux/uio.h>

#include <lnet/frags.h>
#include <lnet/types.h>

enum { KSOCK_FRAGS = LNET_MAX_IOV + 2 };	/* payload of a message, and two headers */

/**
 * struct ksock_gather - memory that is gathered for one call of TCP
 * @all: the memory; its fragments are in @bvec or @kvec
 * @bvec: fragments, if all memory is given to TCP as pages
 * @kvec: fragments, if it is given as kernel memory
 */
struct ksock_gather {
	struct lnet_frags all;
	union {
		struct bio_vec bvec[KSOCK_FRAGS];
		struct kvec kvec[KSOCK_FRAGS];
	};
};

void ksock_gather_begin(struct ksock_gather *g, bool pages);
void ksock_gather_buffer(struct ksock_gather *g, void *bytes, unsigned int n);
void ksock_gather_payload(struct ksock_gather *g, const struct lnet_frags *payload);

#endif /* _LNET_SOCKLND_GATHER_H */
