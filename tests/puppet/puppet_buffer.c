// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for MDs, the ways to describe it to LNet, and the pattern in it.
 *
 * Pages are pages of their own and never from the slab allocator: a network
 * driver may pass their references on to the network stack.
 */
#include "puppet.h"

#include <linux/crc32.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

enum {
	KVEC_BYTES	= 16385,	/* odd, so that pieces straddle pages */
	CRUMBS		= 200,		/* pieces of PUPPET_CRUMBS */
	CRUMB_BYTES	= 7,		/* the least of one */
	SHIFT		= 100,		/* of PUPPET_SHIFTED */
};

static_assert(PUPPET_MAX_BUFFER / KVEC_BYTES < LNET_MAX_IOV);
static_assert(CRUMBS < LNET_MAX_IOV);

/* The kind of memory by its name, or -EINVAL. */
int puppet_memory_parse(const char *name)
{
	static const char *const names[PUPPET_MEMORIES] = {
		[PUPPET_CONTIGUOUS]	= "contiguous",
		[PUPPET_KVEC]		= "kvec",
		[PUPPET_PAGES]		= "pages",
		[PUPPET_SHIFTED]	= "shifted",
		[PUPPET_CRUMBS]		= "crumbs",
	};

	return match_string(names, PUPPET_MEMORIES, name);
}

static bool has_pages(const struct puppet_buffer *buf)
{
	return buf->memory == PUPPET_PAGES || buf->memory == PUPPET_SHIFTED;
}

static int alloc_pages_of(struct puppet_buffer *buf)
{
	unsigned int pages = DIV_ROUND_UP(buf->shift + buf->bytes, PAGE_SIZE);
	u32 left = buf->bytes, skip = buf->shift;
	struct bio_vec *frag;

	buf->kiov = kvcalloc(pages, sizeof(*buf->kiov), GFP_KERNEL);
	if (!buf->kiov)
		return -ENOMEM;
	while (left) {
		frag = &buf->kiov[buf->fragments];
		frag->bv_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!frag->bv_page)
			return -ENOMEM;
		frag->bv_offset = skip;
		frag->bv_len = min_t(u32, left, PAGE_SIZE - skip);
		left -= frag->bv_len;
		skip = 0;
		buf->fragments++;
	}
	return 0;
}

static int alloc_kvec(struct puppet_buffer *buf)
{
	u32 piece = buf->memory == PUPPET_KVEC ? KVEC_BYTES :
		    max_t(u32, DIV_ROUND_UP(buf->bytes, CRUMBS), CRUMB_BYTES);
	unsigned int pieces = DIV_ROUND_UP(buf->bytes, piece);
	u32 done = 0;

	buf->iov = kvcalloc(pieces, sizeof(*buf->iov), GFP_KERNEL);
	if (!buf->iov)
		return -ENOMEM;
	while (done < buf->bytes) {
		struct kvec *frag = &buf->iov[buf->fragments++];

		frag->iov_base = buf->data + done;
		frag->iov_len = min(buf->bytes - done, piece);
		done += frag->iov_len;
	}
	return 0;
}

/* Short memory is from the slab allocator, where an overrun is noticed. */
static int alloc_data(struct puppet_buffer *buf)
{
	buf->data = buf->bytes > PAGE_SIZE ? vzalloc(buf->bytes) :
					     kzalloc(buf->bytes, GFP_KERNEL);
	if (!buf->data)
		return -ENOMEM;
	return buf->memory == PUPPET_CONTIGUOUS ? 0 : alloc_kvec(buf);
}

int puppet_buffer_alloc(struct puppet_buffer *buf, enum puppet_memory memory, u32 bytes)
{
	int rc = 0;

	buf->memory = memory;
	buf->bytes = bytes;
	buf->shift = memory == PUPPET_SHIFTED ? SHIFT : 0;
	if (bytes)
		rc = has_pages(buf) ? alloc_pages_of(buf) : alloc_data(buf);
	if (rc)
		puppet_buffer_free(buf);
	return rc;
}

void puppet_buffer_free(struct puppet_buffer *buf)
{
	unsigned int n;

	if (has_pages(buf))
		for (n = 0; n < buf->fragments; n++)
			__free_page(buf->kiov[n].bv_page);
	kvfree(buf->kiov);
	kvfree(buf->iov);
	kvfree(buf->data);
}

/* Fill in the memory of @md. */
void puppet_buffer_describe(const struct puppet_buffer *buf, struct lnet_md *md)
{
	switch (buf->memory) {
	case PUPPET_KVEC:
	case PUPPET_CRUMBS:
		md->start = buf->iov;
		md->length = buf->fragments;
		md->options |= LNET_MD_IOVEC;
		break;
	case PUPPET_PAGES:
	case PUPPET_SHIFTED:
		md->start = buf->kiov;
		md->length = buf->fragments;
		md->options |= LNET_MD_KIOV;
		break;
	default:
		md->start = buf->data;
		md->length = buf->bytes;
		break;
	}
}

/* Where byte @offset is; *@len is cut to what is there in one piece. */
static u8 *piece(const struct puppet_buffer *buf, u32 offset, u32 *len)
{
	u32 pos = offset + buf->shift;

	if (!has_pages(buf))
		return buf->data + offset;
	*len = min_t(u32, *len, PAGE_SIZE - offset_in_page(pos));
	return (u8 *)page_address(buf->kiov[pos >> PAGE_SHIFT].bv_page) + offset_in_page(pos);
}

/* Also known to the scripts: each seed is another byte, and no page is like the next. */
static u8 pattern(u32 seed, u32 i)
{
	return seed * 131 + 7 * i + 13 * (i >> 8);
}

void puppet_buffer_fill(const struct puppet_buffer *buf, u32 seed)
{
	u32 done, len, i;
	u8 *data;

	for (done = 0; done < buf->bytes; done += len) {
		len = buf->bytes - done;
		data = piece(buf, done, &len);
		for (i = 0; i < len; i++)
			data[i] = pattern(seed, done + i);
	}
}

/*
 * Is byte i of the @len at @offset not byte @at + i of the pattern? Then *@where is
 * the first such i. The range is inside the buffer.
 */
bool puppet_buffer_differs(const struct puppet_buffer *buf, u32 offset, u32 len,
			   u32 seed, u32 at, u32 *where)
{
	u32 done, n, i;
	u8 *data;

	for (done = 0; done < len; done += n) {
		n = len - done;
		data = piece(buf, offset + done, &n);
		for (i = 0; i < n; i++) {
			if (data[i] != pattern(seed, at + done + i)) {
				*where = done + i;
				return true;
			}
		}
	}
	return false;
}

/* The usual CRC-32, as zlib's. The range is inside the buffer. */
u32 puppet_buffer_crc(const struct puppet_buffer *buf, u32 offset, u32 len)
{
	u32 crc = ~0, done, n;
	u8 *data;

	for (done = 0; done < len; done += n) {
		n = len - done;
		data = piece(buf, offset + done, &n);
		crc = crc32_le(crc, data, n);
	}
	return ~crc;
}
