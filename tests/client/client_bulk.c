// SPDX-License-Identifier: GPL-2.0
/*
 * The bulk memory of an RPC, and the ways to describe it to LNet. It is
 * always vmalloc memory; the description is a parameter, so that a test can
 * take each path through LNet's copying.
 */
#include "client.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* An odd length, so that fragments straddle pages. */
enum { KVEC_BYTES = 12345 };

static_assert(RPC_MAX_BULK / KVEC_BYTES < LNET_MAX_IOV);

static void *fragments_alloc(u32 bytes)
{
	unsigned int pages = DIV_ROUND_UP(bytes, PAGE_SIZE);
	unsigned int kvecs = DIV_ROUND_UP(bytes, KVEC_BYTES);

	if (rpcc_settings.payload == RPCC_KVEC)
		return kvcalloc(kvecs, sizeof(struct kvec), GFP_KERNEL);
	return kvcalloc(pages, sizeof(struct bio_vec), GFP_KERNEL);
}

/* Give @rpc memory for @bytes of bulk. 0 or -ENOMEM. */
int rpcc_bulk_alloc(struct rpcc_rpc *rpc, u32 bytes)
{
	rpc->capacity = bytes;
	rpc->data = __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (rpc->data && rpcc_settings.payload != RPCC_CONTIGUOUS)
		rpc->fragments = fragments_alloc(bytes);
	if (rpc->data && (rpc->fragments || rpcc_settings.payload == RPCC_CONTIGUOUS))
		return 0;
	rpcc_bulk_free(rpc);
	return -ENOMEM;
}

void rpcc_bulk_free(struct rpcc_rpc *rpc)
{
	kvfree(rpc->fragments);
	vfree(rpc->data);
	rpc->fragments = NULL;
	rpc->data = NULL;
}

static unsigned int describe_kvec(struct kvec *iov, void *data, u32 bytes)
{
	unsigned int n;
	u32 done = 0;

	for (n = 0; done < bytes; n++) {
		iov[n].iov_base = data + done;
		iov[n].iov_len = min_t(u32, bytes - done, KVEC_BYTES);
		done += iov[n].iov_len;
	}
	return n;
}

static unsigned int describe_pages(struct bio_vec *kiov, void *data, u32 bytes)
{
	unsigned int n;
	u32 done = 0;

	for (n = 0; done < bytes; n++) {
		kiov[n].bv_page = vmalloc_to_page(data + done);
		kiov[n].bv_offset = 0;
		kiov[n].bv_len = min_t(u32, bytes - done, PAGE_SIZE);
		done += kiov[n].bv_len;
	}
	return n;
}

/* Fill in the memory of @md: the first ->length bytes of the bulk. */
void rpcc_bulk_describe(struct rpcc_rpc *rpc, struct lnet_md *md)
{
	switch (rpcc_settings.payload) {
	case RPCC_CONTIGUOUS:
		md->start = rpc->data;
		md->length = rpc->length;
		break;
	case RPCC_KVEC:
		md->start = rpc->fragments;
		md->length = describe_kvec(rpc->fragments, rpc->data, rpc->length);
		md->options |= LNET_MD_IOVEC;
		break;
	case RPCC_PAGES:
		md->start = rpc->fragments;
		md->length = describe_pages(rpc->fragments, rpc->data, rpc->length);
		md->options |= LNET_MD_KIOV;
		break;
	}
}
