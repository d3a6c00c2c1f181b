// SPDX-License-Identifier: GPL-2.0
/*
 * Payload: the memory of an MD as fragments, pages to set a payload aside in, and copying.
 *
 * An MD is contiguous kernel memory, an array of kvecs or an array of page fragments. LNet may
 * use the client's array only until LNetMDAttach() or LNetMDBind() returns, so it copies the
 * array, and checks the copy. The walk over fragments is in <lnet/frags.h>.
 */
#include "event/md.h"
#include "hooks/alloc.h"

#include <linux/bvec.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <lnet/frags.h>

static int payload_total_kvec(const struct kvec *iov, unsigned int niov,
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

static int payload_total_kiov(const struct bio_vec *kiov, unsigned int niov,
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

/**
 * lnet_payload_build_array() - copy and check an array of fragments
 * @md: MD with @umd set; @length, @niov, @iov and @kiov are filled
 * @gfp: flags for the allocation of the copy
 *
 * On failure, too, the caller frees the array with the MD.
 *
 * Context: task; may sleep if @gfp allows it.
 * Return: 0; -EINVAL: both kinds of array at once, too many fragments, an empty fragment, a
 * page fragment that exceeds its page, or more than UINT_MAX bytes; -ENOMEM.
 */
int lnet_payload_build_array(struct lnet_libmd *md, gfp_t gfp)
{
	const unsigned int arrays = LNET_MD_IOVEC | LNET_MD_KIOV;
	bool pages = md->umd.options & LNET_MD_KIOV;
	unsigned int n = md->umd.length;
	void *copy;
	int rc;

	if ((md->umd.options & arrays) == arrays || n > LNET_MAX_IOV)
		return -EINVAL;

	md->length = 0;
	md->niov = n;
	md->iov = NULL;
	if (!n)
		return 0;

	copy = lnet_alloc(kmalloc_array(n, pages ? sizeof(*md->kiov) :
					sizeof(*md->iov), gfp));
	if (!copy)
		return -ENOMEM;

	if (pages) {
		md->kiov = copy;
		memcpy(md->kiov, md->umd.start, n * sizeof(*md->kiov));
		rc = payload_total_kiov(md->kiov, n, &md->length);
	} else {
		md->iov = copy;
		memcpy(md->iov, md->umd.start, n * sizeof(*md->iov));
		rc = payload_total_kvec(md->iov, n, &md->length);
	}
	return rc;
}

/**
 * lnet_payload_free() - free the fragment array of an MD
 * @md: MD that is not used any more
 *
 * Context: any.
 */
void lnet_payload_free(struct lnet_libmd *md)
{
	if (md->iov != &md->one)
		kfree(md->iov);
	kfree(md->kiov);
	md->iov = NULL;
	md->kiov = NULL;
}

/* Pages that a payload is set aside in -------------------------------------- */

/**
 * lnet_payload_add_pages() - allocate pages for more of a payload that is set aside
 * @pages: the payload that gets pages
 * @bytes: how much of it, from its beginning, is to have pages, in bytes; not more than there is
 * @gfp: flags for the allocation of the pages
 *
 * On failure the pages that were allocated stay.
 *
 * Context: as @gfp allows.
 * Return: 0 or -ENOMEM.
 */
int lnet_payload_add_pages(struct lnet_pages *pages, unsigned int bytes, gfp_t gfp)
{
	unsigned int have = lnet_pages_have(pages);
	unsigned int n;
	struct page *page;

	for (; have < bytes; have += n) {
		page = lnet_alloc(alloc_page(gfp));
		if (!page)
			return -ENOMEM;
		n = min_t(unsigned int, pages->bytes - have, PAGE_SIZE);
		bvec_set_page(&pages->kiov[pages->niov++], page, n, 0);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lnet_payload_add_pages);

/**
 * lnet_payload_free_pages() - free the pages of a payload that was set aside
 * @pages: the payload, without pages on return
 *
 * Context: any.
 */
void lnet_payload_free_pages(struct lnet_pages *pages)
{
	while (pages->niov)
		__free_page(pages->kiov[--pages->niov].bv_page);
}
EXPORT_SYMBOL_GPL(lnet_payload_free_pages);

/* Copying ------------------------------------------------------------------ */

/**
 * lnet_payload_copy() - copy from memory in fragments to memory in fragments
 * @to: memory to write; less what was copied on return
 * @from: memory to read; less what was copied on return
 * @bytes: length of the copy, in bytes
 *
 * The memory is a client's, of any kind: a slab object, the stack, pages. So the checks for
 * copies to and from user space must not be applied.
 *
 * Context: any.
 * Return: bytes copied; less than @bytes only if @to or @from ended early.
 */
unsigned int lnet_payload_copy(struct lnet_frags *to, struct lnet_frags *from,
			       unsigned int bytes)
{
	unsigned int n, done;
	void *source, *target;

	for (done = 0; done < bytes; done += n) {
		n = min3(bytes - done, lnet_frags_piece(to), lnet_frags_piece(from));
		if (!n)
			break;
		source = lnet_frags_map(from);
		target = lnet_frags_map(to);
		memmove(target, source, n);	/* a client's two MDs may overlap */
		lnet_frags_unmap(to, target);
		lnet_frags_unmap(from, source);
		lnet_frags_skip(to, n);
		lnet_frags_skip(from, n);
	}
	return done;
}
EXPORT_SYMBOL_GPL(lnet_payload_copy);
