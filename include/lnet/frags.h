/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory in fragments, for the core and its drivers: one walk over fragments of both kinds, and
 * the pages in which a payload is set aside.
 *
 * A walk changes its struct lnet_frags as it goes, so what has to stay is copied first:
 *
 *	struct lnet_frags rest = *frags;
 *
 *	for (n = lnet_frags_piece(&rest); n; n = lnet_frags_next(&rest, n))
 *		... the n bytes at the beginning of @rest are in its first fragment
 */
#ifndef _LNET_FRAGS_H
#define _LNET_FRAGS_H

#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/uio.h>

#include <lnet/lnd.h>

/**
 * struct lnet_frags - describe memory in fragments
 * @niov: number of fragments in @iov or @kiov
 * @offset: bytes of the fragments that lie before the memory
 * @len: length of the memory, in bytes
 * @iov: fragments in kernel memory, or NULL
 * @kiov: fragments in pages, or NULL
 */
struct lnet_frags {
	unsigned int niov;
	unsigned int offset;
	unsigned int len;
	const struct kvec *iov;
	const struct bio_vec *kiov;
};

/**
 * lnet_msg_frags() - describe the payload of a message that leaves
 * @msg: the message, which has its payload in @iov or @kiov
 *
 * Context: any.
 * Return: the description, valid as long as the sender owns @msg.
 */
static inline struct lnet_frags lnet_msg_frags(const struct lnet_msg *msg)
{
	return (struct lnet_frags){
		.niov = msg->niov, .iov = msg->iov, .kiov = msg->kiov,
		.offset = msg->offset, .len = msg->len,
	};
}

/**
 * lnet_frags_skip() - leave out the beginning of some memory
 * @f: description of the memory, to be changed
 * @bytes: how much to leave out, in bytes; not more than there is
 *
 * Context: any.
 */
static inline void lnet_frags_skip(struct lnet_frags *f, unsigned int bytes)
{
	f->offset += bytes;
	f->len -= bytes;
}

/**
 * lnet_frags_piece() - find out how much of some memory is in one piece at its beginning
 * @f: the memory; fragments that lie before it are dropped from the description
 *
 * Context: any.
 * Return: bytes of the memory that are in the first fragment; 0 at the end of the memory, or if the
 * fragments end before it.
 */
static inline unsigned int lnet_frags_piece(struct lnet_frags *f)
{
	size_t len;

	while (f->len && f->niov) {
		len = f->kiov ? f->kiov->bv_len : f->iov->iov_len;
		if (f->offset < len)
			return min_t(size_t, f->len, len - f->offset);
		f->offset -= len;
		f->niov--;
		if (f->kiov)
			f->kiov++;
		else
			f->iov++;
	}
	return 0;
}

/**
 * lnet_frags_next() - go on to the next piece of some memory
 * @f: description of the memory, to be changed
 * @n: what lnet_frags_piece() or this function returned last for @f, in bytes
 *
 * Context: any.
 * Return: as lnet_frags_piece(), of the memory behind these bytes.
 */
static inline unsigned int lnet_frags_next(struct lnet_frags *f, unsigned int n)
{
	lnet_frags_skip(f, n);
	return lnet_frags_piece(f);
}

/**
 * lnet_frags_map() - make the first piece of some memory addressable
 * @f: the memory, of which lnet_frags_piece() has found a piece
 *
 * Context: any; mappings are undone in reverse order, by the same thread.
 * Return: the address of the piece, for lnet_frags_unmap().
 */
static inline void *lnet_frags_map(const struct lnet_frags *f)
{
	if (f->kiov)
		return kmap_local_page(f->kiov->bv_page) + f->kiov->bv_offset + f->offset;
	return f->iov->iov_base + f->offset;
}

/**
 * lnet_frags_unmap() - undo lnet_frags_map()
 * @f: the memory, at the same piece
 * @address: the address of the piece
 *
 * Context: any.
 */
static inline void lnet_frags_unmap(const struct lnet_frags *f, void *address)
{
	if (f->kiov)
		kunmap_local(address);
}

/**
 * lnet_frags_iter() - make an iov_iter for some memory
 * @f: the memory; its fragments stay as long as the iov_iter is used
 * @direction: READ to write to the memory, WRITE to read from it
 * @iter: the iov_iter to initialize; it covers all of the memory
 *
 * Context: any.
 */
static inline void lnet_frags_iter(const struct lnet_frags *f, unsigned int direction,
				   struct iov_iter *iter)
{
	size_t end = (size_t)f->offset + f->len;

	if (f->kiov)
		iov_iter_bvec(iter, direction, f->kiov, f->niov, end);
	else
		iov_iter_kvec(iter, direction, f->iov, f->niov, end);
	iov_iter_advance(iter, f->offset);
}

/**
 * struct lnet_pages - keep a payload in pages
 * @bytes: length of the payload, in bytes
 * @niov: number of pages that there are; all but the last of a payload are full
 * @kiov: fragment of each page; room for as many as @bytes need
 */
struct lnet_pages {
	unsigned int bytes;
	unsigned int niov;
	struct bio_vec kiov[];
};

/**
 * lnet_pages_have() - tell how much of a payload has pages
 * @pages: the payload, of which a part may have no pages yet
 *
 * Context: any.
 * Return: that length from the beginning of the payload, in bytes.
 */
static inline unsigned int lnet_pages_have(const struct lnet_pages *pages)
{
	return min_t(size_t, pages->bytes, (size_t)pages->niov * PAGE_SIZE);
}

/**
 * lnet_pages_frags() - describe a part of a payload that has pages
 * @pages: the payload, which has pages for the part
 * @at: where the part begins, in bytes
 * @len: length of the part, in bytes
 *
 * Context: any.
 * Return: the description, valid as long as the pages.
 */
static inline struct lnet_frags lnet_pages_frags(const struct lnet_pages *pages,
						 unsigned int at, unsigned int len)
{
	unsigned int first = at / PAGE_SIZE;

	return (struct lnet_frags){
		.niov = pages->niov - first, .kiov = pages->kiov + first,
		.offset = offset_in_page(at), .len = len,
	};
}

int lnet_payload_add_pages(struct lnet_pages *pages, unsigned int bytes, gfp_t gfp);
void lnet_payload_free_pages(struct lnet_pages *pages);
unsigned int lnet_payload_copy(struct lnet_frags *to, struct lnet_frags *from,
			       unsigned int bytes);

#endif /* _LNET_FRAGS_H */
