// SPDX-License-Identifier: GPL-2.0
/*
 * Payload: the memory of an MD as fragments, and copying from one to another.
 *
 * An MD is contiguous kernel memory, an array of kvecs or an array of page
 * fragments; the array is the client's until LNetMDAttach() or LNetMDBind()
 * returns, so it is copied, and checked in the copy.
 */
#include "md.h"
#include "alloc.h"
#include "compat.h"
#include "lnet.h"

#include <linux/bvec.h>
#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/slab.h>

static int total_kvec(const struct kvec *iov, unsigned int niov,
		      unsigned int *total)
{
	unsigned int i;

	for (i = 0; i < niov; i++)
		if (!iov[i].iov_len || !iov[i].iov_base ||
		    iov[i].iov_len > UINT_MAX ||
		    check_add_overflow(*total, (unsigned int)iov[i].iov_len,
				       total))
			return -EINVAL;
	return 0;
}

static int total_kiov(const struct bio_vec *kiov, unsigned int niov,
		      unsigned int *total)
{
	unsigned int i;

	for (i = 0; i < niov; i++)
		if (!kiov[i].bv_len || !kiov[i].bv_page ||
		    kiov[i].bv_offset >= PAGE_SIZE ||
		    kiov[i].bv_len > PAGE_SIZE - kiov[i].bv_offset ||
		    check_add_overflow(*total, kiov[i].bv_len, total))
			return -EINVAL;
	return 0;
}

/* The client's array, copied. */
static int build_array(struct lnet_libmd *md)
{
	bool pages = md->umd.options & LNET_MD_KIOV;
	unsigned int n = md->umd.length;
	void *copy;
	int rc;

	if (!n)
		return 0;

	copy = lnet_alloc(kmalloc_array(n, pages ? sizeof(*md->kiov) :
					sizeof(*md->iov), LNET_GFP));
	if (!copy)
		return -ENOMEM;

	if (pages) {
		md->kiov = copy;
		memcpy(md->kiov, md->umd.start, n * sizeof(*md->kiov));
		rc = total_kiov(md->kiov, n, &md->length);
	} else {
		md->iov = copy;
		memcpy(md->iov, md->umd.start, n * sizeof(*md->iov));
		rc = total_kvec(md->iov, n, &md->length);
	}
	md->niov = n;
	if (rc)
		lnet_payload_free(md);
	return rc;
}

/**
 * lnet_payload_build() - check and take over the memory a client describes
 * @md: with @umd set; @length, @niov, @iov and @kiov are filled
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: no memory but a length, both kinds of arrays at once,
 * too many fragments, an empty one, a page fragment that leaves its page, more
 * than UINT_MAX bytes; -ENOMEM.
 */
int lnet_payload_build(struct lnet_libmd *md)
{
	const unsigned int arrays = LNET_MD_IOVEC | LNET_MD_KIOV;
	const struct lnet_md *umd = &md->umd;

	md->length = 0;
	md->niov = 0;
	md->iov = NULL;
	md->kiov = NULL;

	if (!umd->start && umd->length)
		return -EINVAL;
	if ((umd->options & arrays) == arrays)
		return -EINVAL;

	if (umd->options & arrays) {
		if (umd->length > LNET_MAX_IOV)
			return -EINVAL;
		return build_array(md);
	}

	md->length = umd->length;
	md->niov = 1;
	md->one.iov_base = umd->start;
	md->one.iov_len = umd->length;
	md->iov = &md->one;
	return 0;
}

/**
 * lnet_payload_free() - let go of the fragments of an MD
 * @md: nobody uses it any more
 */
void lnet_payload_free(struct lnet_libmd *md)
{
	if (md->iov != &md->one)
		kfree(md->iov);
	kfree(md->kiov);
	md->iov = NULL;
	md->kiov = NULL;
}

/**
 * lnet_payload_iter() - fragments as something to copy from
 * @iter: to fill
 * @niov: how many fragments
 * @iov: in kernel memory, or NULL
 * @kiov: in pages, or NULL
 * @offset: where to begin, bytes
 * @bytes: how much
 */
void lnet_payload_iter(struct iov_iter *iter, unsigned int niov,
		       const struct kvec *iov, const struct bio_vec *kiov,
		       size_t offset, size_t bytes)
{
	if (kiov)
		iov_iter_bvec(iter, ITER_SOURCE, kiov, niov, offset + bytes);
	else
		iov_iter_kvec(iter, ITER_SOURCE, iov, niov, offset + bytes);
	iov_iter_advance(iter, offset);
}

static size_t copy_to_kvec(const struct kvec *iov, unsigned int niov,
			   size_t offset, struct iov_iter *from, size_t bytes)
{
	size_t n, done = 0;

	for (; niov && done < bytes; iov++, niov--) {
		if (offset >= iov->iov_len) {
			offset -= iov->iov_len;
			continue;
		}
		n = min(bytes - done, iov->iov_len - offset);
		if (copy_from_iter(iov->iov_base + offset, n, from) != n)
			break;
		done += n;
		offset = 0;
	}
	return done;
}

static size_t copy_to_kiov(const struct bio_vec *kiov, unsigned int niov,
			   size_t offset, struct iov_iter *from, size_t bytes)
{
	size_t n, done = 0;

	for (; niov && done < bytes; kiov++, niov--) {
		if (offset >= kiov->bv_len) {
			offset -= kiov->bv_len;
			continue;
		}
		n = min_t(size_t, bytes - done, kiov->bv_len - offset);
		if (copy_page_from_iter(kiov->bv_page, kiov->bv_offset + offset,
					n, from) != n)
			break;
		done += n;
		offset = 0;
	}
	return done;
}

/**
 * lnet_payload_copy() - copy into fragments
 * @niov: how many fragments
 * @iov: in kernel memory, or NULL
 * @kiov: in pages, or NULL
 * @offset: where in them to begin, bytes
 * @from: what to copy
 * @bytes: how much
 *
 * Context: any.
 * Return: bytes copied; less than @bytes only if one of the two ended early.
 */
size_t lnet_payload_copy(unsigned int niov, const struct kvec *iov,
			 const struct bio_vec *kiov, size_t offset,
			 struct iov_iter *from, size_t bytes)
{
	if (kiov)
		return copy_to_kiov(kiov, niov, offset, from, bytes);
	return copy_to_kvec(iov, niov, offset, from, bytes);
}
