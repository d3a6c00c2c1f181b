// SPDX-License-Identifier: GPL-2.0
/*
 * Payload: the memory of an MD as fragments, and copying between fragments.
 *
 * An MD is contiguous kernel memory, an array of kvecs or an array of page fragments. LNet may
 * use the client's array only until LNetMDAttach() or LNetMDBind() returns, so it copies the
 * array, and checks the copy.
 */
#include "event/md.h"
#include "hooks/alloc.h"

#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

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
 */
void lnet_payload_free(struct lnet_libmd *md)
{
	if (md->iov != &md->one)
		kfree(md->iov);
	kfree(md->kiov);
	md->iov = NULL;
	md->kiov = NULL;
}

/* Copying ------------------------------------------------------------------ */

/* A position in fragments. */
struct cursor {
	struct lnet_frags f;
	size_t offset;			/* in the first fragment of @f, bytes */
};

static size_t frags_len(const struct lnet_frags *f)
{
	return f->kiov ? f->kiov->bv_len : f->iov->iov_len;
}

/* Step over fragments that end at or before @offset. Returns false at the end. */
static bool cursor_settle(struct cursor *c)
{
	while (c->f.niov && c->offset >= frags_len(&c->f)) {
		c->offset -= frags_len(&c->f);
		c->f.niov--;
		if (c->f.kiov)
			c->f.kiov++;
		else
			c->f.iov++;
	}
	return c->f.niov;
}

static void *cursor_map(const struct cursor *c)
{
	if (c->f.kiov)
		return kmap_local_page(c->f.kiov->bv_page) +
		       c->f.kiov->bv_offset + c->offset;
	return c->f.iov->iov_base + c->offset;
}

static void cursor_unmap(const struct cursor *c, void *address)
{
	if (c->f.kiov)
		kunmap_local(address);
}

/**
 * lnet_payload_copy() - copy from fragments to fragments
 * @to: fragments to write
 * @to_offset: where in @to the copy begins, bytes
 * @from: fragments to read
 * @from_offset: where in @from the copy begins, bytes
 * @bytes: length of the copy, bytes
 *
 * The memory is a client's, of any kind: a slab object, the stack, pages. So the checks for
 * copies to and from user space must not be applied.
 *
 * Context: any.
 * Return: bytes copied; less than @bytes only if @to or @from ended early.
 */
size_t lnet_payload_copy(const struct lnet_frags *to, size_t to_offset,
			 const struct lnet_frags *from, size_t from_offset,
			 size_t bytes)
{
	struct cursor t = { .f = *to, .offset = to_offset };
	struct cursor f = { .f = *from, .offset = from_offset };
	void *source, *target;
	size_t n, done = 0;

	while (done < bytes && cursor_settle(&t) && cursor_settle(&f)) {
		n = min3(bytes - done, frags_len(&t.f) - t.offset,
			 frags_len(&f.f) - f.offset);
		source = cursor_map(&f);
		target = cursor_map(&t);
		memmove(target, source, n);	/* a client's two MDs may overlap */
		cursor_unmap(&t, target);
		cursor_unmap(&f, source);
		t.offset += n;
		f.offset += n;
		done += n;
	}
	return done;
}
