// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of NIDs of one network, as text names them: what may stand before the "@".
 *
 *	range	<numbers>				networks with numbers for addresses
 *		<numbers> "." three times, <numbers>	of an IPv4 address
 *		<IPv4 or IPv6 address> "/" <bits>	a mask: those that begin as it does
 *		<IPv6 address>				a mask, too: of all its bits
 *	numbers	a list of numbers, see expr.c		5, [1-9/2,12], *
 *
 * "*" for all NIDs of a network is the business of nidlist.c.
 */
#include "lustre/nidrange.h"
#include "hooks/alloc.h"
#include "lustre/expr.h"

#include <lnet/handler.h>

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

static unsigned int nidrange_bits(const struct lnet_nid *nid)
{
	return (nid->nid_size + sizeof(nid->nid_addr[0])) * BITS_PER_BYTE;
}

/* The length of a mask, up to 3 digits. As in Lustre, none has 0 bits. */
static int nidrange_read_length(const char *text, const char *end, unsigned int *length)
{
	if (text == end || end - text > 3)
		return -EINVAL;
	for (*length = 0; text < end; text++) {
		if (!isdigit(*text))
			return -EINVAL;
		*length = *length * 10 + *text - '0';
	}
	return *length ? 0 : -EINVAL;
}

static int nidrange_read_mask(u32 net, const char *text, size_t len, struct lnet_nidrange *r)
{
	const char *slash = memchr(text, '/', len);
	const char *end = text + len;
	unsigned int length;
	int rc;

	rc = lnet_nid_parse_address(net, text, (slash ?: end) - text, &r->base);
	if (rc)
		return rc;
	r->mask = true;
	length = nidrange_bits(&r->base);
	if (slash && (nidrange_read_length(slash + 1, end, &length) ||
		      length > nidrange_bits(&r->base)))
		return -EINVAL;
	r->length = length;
	return 0;
}

static int nidrange_read_parts(char *text, size_t len, unsigned int count, u32 max,
			       struct lnet_nidrange *r)
{
	char *end = text + len, *stop;
	unsigned int i;
	int rc;

	for (i = 0; i < count; i++) {
		stop = i < count - 1 ? memchr(text, '.', end - text) : end;
		if (!stop)
			return -EINVAL;
		rc = cfs_expr_list_parse(text, stop - text, 0, max, &r->parts[i]);
		if (rc)
			return rc;
		text = stop + 1;
	}
	return 0;
}

static int nidrange_read(u32 net, char *text, size_t len, struct lnet_nidrange *r)
{
	switch (lnet_nid_form(net)) {
	case LNET_NID_FORM_NUMBER:
		return nidrange_read_parts(text, len, 1, U32_MAX, r);
	case LNET_NID_FORM_IPV4:
	case LNET_NID_FORM_IP:
		/* The "/" of a range stands in brackets. */
		if (!memchr(text, '[', len) &&
		    (memchr(text, '/', len) || memchr(text, ':', len)))
			return nidrange_read_mask(net, text, len, r);
		return nidrange_read_parts(text, len, LNET_NIDRANGE_PARTS, U8_MAX, r);
	default:
		return -EINVAL;
	}
}

/**
 * lnet_nidrange_parse() - read a range of NIDs
 * @net: the network of the NIDs
 * @text: the range, which is not changed
 * @len: the length of the range, bytes
 * @range: the range, for the caller to free; set on success only
 *
 * Context: task; may sleep.
 * Return: 0, -EINVAL if this is no range of NIDs of that network, or -ENOMEM.
 */
int lnet_nidrange_parse(u32 net, char *text, size_t len, struct lnet_nidrange **range)
{
	struct lnet_nidrange *r = lnet_alloc(kzalloc(sizeof(*r), GFP_KERNEL));
	int rc;

	if (!r)
		return -ENOMEM;
	r->base.nid_type = LNET_NETTYP(net);
	r->base.nid_num = cpu_to_be16(LNET_NETNUM(net));
	rc = nidrange_read(net, text, len, r);
	if (rc)
		lnet_nidrange_free(r);
	else
		*range = r;
	return rc;
}

/**
 * lnet_nidrange_free() - free a range of NIDs
 * @range: the range, which is in no list
 *
 * Context: any, also with a spinlock held.
 */
void lnet_nidrange_free(struct lnet_nidrange *range)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(range->parts); i++)
		cfs_expr_list_free(range->parts[i]);
	kfree(range);
}

static bool nidrange_match_mask(const struct lnet_nidrange *range, const struct lnet_nid *nid)
{
	const u8 *a = (const u8 *)nid->nid_addr;
	const u8 *b = (const u8 *)range->base.nid_addr;
	unsigned int bytes = range->length / BITS_PER_BYTE;
	unsigned int bits = range->length % BITS_PER_BYTE;

	if (nid->nid_size != range->base.nid_size || memcmp(a, b, bytes))
		return false;
	return !bits || !((a[bytes] ^ b[bytes]) >> (BITS_PER_BYTE - bits));
}

/**
 * lnet_nidrange_match() - check if a NID is in a range
 * @range: the range
 * @nid: the NID, of the same network
 *
 * Context: any.
 * Return: true if it is.
 */
bool lnet_nidrange_match(const struct lnet_nidrange *range, const struct lnet_nid *nid)
{
	u32 addr = be32_to_cpu(nid->nid_addr[0]);
	unsigned int i;

	if (range->mask)
		return nidrange_match_mask(range, nid);
	if (!lnet_nid_is_nid4(nid))
		return false;
	if (!range->parts[1])
		return lnet_expr_match(range->parts[0], addr);

	for (i = 0; i < ARRAY_SIZE(range->parts); i++)
		if (!lnet_expr_match(range->parts[i], (addr >> (24 - 8 * i)) & 0xff))
			return false;
	return true;
}

/**
 * lnet_nidrange_print() - print a range of NIDs, with "@" and the network
 * @range: the range
 * @buf: the buffer for the text, which is cut if it does not fit
 * @size: the size of @buf, bytes
 *
 * A mask of all bits is printed without its length: it is one NID.
 *
 * Context: any.
 * Return: the length of what is in @buf, bytes.
 */
size_t lnet_nidrange_print(const struct lnet_nidrange *range, char *buf, size_t size)
{
	char text[LNET_NID_TEXT_SIZE];
	const char *at;
	unsigned int i;
	size_t n = 0;

	lnet_nid_print(&range->base, text, sizeof(text));
	at = strchrnul(text, '@');
	if (range->mask)
		n += scnprintf(buf, size, "%.*s", (int)(at - text), text);
	if (range->mask && range->length < nidrange_bits(&range->base))
		n += scnprintf(buf + n, size - n, "/%u", range->length);

	for (i = 0; i < ARRAY_SIZE(range->parts) && range->parts[i]; i++) {
		if (i)
			n += scnprintf(buf + n, size - n, ".");
		n += lnet_expr_print(range->parts[i], buf + n, size - n);
	}
	return n + scnprintf(buf + n, size - n, "%s", at);
}
