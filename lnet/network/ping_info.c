// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to a ping: parse it and write it. Its layout, by offset in bytes:
 *
 *	0 magic  4 features  8 pid  12 nnis  16 + 16 i: nid, status, unused
 *
 * for nnis short NIDs, of which the first is 0@lo. If the node discovers, the status of 0@lo is the
 * number of its list of NIDs, which each change raises. If the node has large NIDs it says so in
 * its features, 0@lo has the length of all in its unused word, and behind the last short one follow
 *
 *	0 status  4 NID of 20 bytes
 *
 * An answer may be cut anywhere behind its first NI, because the node that pings decides how much
 * it wants; nnis and the length are still those of the whole.
 */
#include "network/ping_info.h"
#include "hooks/alloc.h"

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

enum {
	NID4_BYTES	= offsetof(struct lnet_nid, nid_addr[1]),	/* in a large entry */
	NID_EXTRA	= sizeof(struct lnet_nid) - NID4_BYTES,	/* nid_size of a large NID */
};

static u32 info_cpu32(u32 value, bool swap)
{
	return swap ? swab32(value) : value;
}

static u64 info_cpu64(u64 value, bool swap)
{
	return swap ? swab64(value) : value;
}

/* Reading ------------------------------------------------------------------ */

/* The part of an answer that is not read yet. */
struct rest {
	const void *at;
	size_t bytes;
	bool swap;
};

/* Read the fixed part. Returns 0 or -EPROTO. */
static int info_read_head(struct lnet_ping_info *info, struct rest *r)
{
	struct lnet_ping_wire head;

	if (r->bytes < LNET_PING_BYTES(1))
		return -EPROTO;
	memcpy(&head, r->at, sizeof(head));
	r->swap = head.magic == swab32(LNET_PING_MAGIC);
	if (!r->swap && head.magic != LNET_PING_MAGIC)
		return -EPROTO;
	r->at += sizeof(head);
	r->bytes -= sizeof(head);

	info->features = info_cpu32(head.features, r->swap);
	info->pid = info_cpu32(head.pid, r->swap);
	info->said = info_cpu32(head.nnis, r->swap);
	if (!(info->features & LNET_PING_NI_STATUS) || !info->said ||
	    info->said > LNET_PING_SAID_MAX)
		return -EPROTO;
	return 0;
}

/* Read the short NIDs. Sets *@length to the word of the loopback. Returns 0 or -EPROTO. */
static int info_read_short(struct lnet_ping_info *info, struct rest *r, u32 *length)
{
	struct lnet_ping_wire_ni ni;
	u32 i, most = min_t(size_t, info->said, r->bytes / sizeof(ni));

	for (i = 0; i < most; i++, r->at += sizeof(ni), r->bytes -= sizeof(ni)) {
		memcpy(&ni, r->at, sizeof(ni));
		ni.nid = info_cpu64(ni.nid, r->swap);
		if (!i)
			*length = info_cpu32(ni.bytes, r->swap);
		/* No NID of 8 bytes; nor is it a number of ours that stands for a large one. */
		if (ni.nid >> 56)
			return -EPROTO;
		if (i >= LNET_PING_NIS_MAX)
			continue;
		info->ni[i].nid = ni.nid;
		info->ni[i].status = info_cpu32(ni.status, r->swap);
		info->nr++;
	}
	return info->ni[0].nid == LNET_NID_LO_0 ? 0 : -EPROTO;
}

static void info_add_large(struct lnet_ping_info *info, const struct lnet_nid *nid, u32 status,
			   int *rc)
{
	lnet_nid_t number;

	if (info->nr == LNET_PING_NIS_MAX)
		return;
	number = lnet_nid_shorten(nid);
	if (number == LNET_NID_ANY) {
		*rc = -ENOMEM;
		return;
	}
	info->ni[info->nr].nid = number;
	info->ni[info->nr].status = status;
	info->nr++;
}

/* Read the next large entry. Returns its length; 0: it was cut off; or -EPROTO, -ENOMEM. */
static int info_read_entry(struct lnet_ping_info *info, struct rest *r)
{
	struct lnet_ping_wire_large ni = {};
	size_t bytes = offsetof(struct lnet_ping_wire_large, nid) + NID4_BYTES;
	int rc = 0;

	if (r->bytes < bytes)
		return 0;
	memcpy(&ni, r->at, bytes);
	if (ni.nid.nid_size && ni.nid.nid_size != NID_EXTRA)
		return -EPROTO;
	if (ni.nid.nid_type == LNET_NID_TYPE_ANY)
		return -EPROTO;
	bytes += ni.nid.nid_size;
	if (r->bytes < bytes)
		return 0;
	memcpy(&ni, r->at, bytes);
	info_add_large(info, &ni.nid, info_cpu32(ni.status, r->swap), &rc);
	return rc ?: bytes;
}

/* Read the large NIDs of an answer of @length bytes. Returns 0, -EPROTO or -ENOMEM. */
static int info_read_large(struct lnet_ping_info *info, struct rest *r, u32 length)
{
	const size_t before = LNET_PING_BYTES(info->said);
	size_t left;
	int rc;

	if (length < before || length > LNET_PING_BYTES(LNET_PING_SAID_MAX) ||
	    !IS_ALIGNED(length, sizeof(u32)))
		return -EPROTO;
	if (info->nr < min_t(u32, info->said, LNET_PING_NIS_MAX))
		return 0;		/* cut before */
	for (left = length - before; left; left -= rc) {
		r->bytes = min(r->bytes, left);
		rc = info_read_entry(info, r);
		if (rc <= 0)
			break;
		r->at += rc;
		r->bytes -= rc;
		info->said++;
	}
	info->whole = !left;
	return left ? rc : 0;
}

/**
 * lnet_ping_info_read() - parse an answer
 * @info: parsed answer, to be filled; whatever is returned, lnet_ping_info_put() is called for it
 * @buf: bytes of the answer, at any alignment; not trusted
 * @bytes: length of @buf, in bytes
 *
 * Context: task; does not sleep.
 * Return: 0; -EPROTO: the bytes are no answer, or do not give the status of NIs, or do not begin
 * with the loopback, which every node has; -ENOMEM: for the number of a large NID.
 */
int lnet_ping_info_read(struct lnet_ping_info *info, const void *buf, size_t bytes)
{
	struct rest r = { .at = buf, .bytes = bytes };
	u32 length = 0, shorts;
	int rc;

	info->nr = 0;
	info->primary = 0;
	info->whole = false;
	rc = info_read_head(info, &r) ?: info_read_short(info, &r, &length);
	if (rc)
		return rc;
	shorts = info->said;
	info->whole = info->nr == info->said;
	if (info->features & LNET_PING_LARGE)
		rc = info_read_large(info, &r, length);
	if (!(info->features & LNET_PING_LARGE) || !(info->features & LNET_PING_PRIMARY_LARGE))
		shorts = 1;
	if (info->nr > shorts)
		info->primary = shorts;
	info->whole &= info->nr == info->said;
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_read);

/**
 * lnet_ping_info_put() - drop the references to the large NIDs of an answer
 * @info: the answer; it names no NID on return
 *
 * Context: task; does not sleep.
 */
void lnet_ping_info_put(struct lnet_ping_info *info)
{
	while (info->nr)
		lnet_nid_put(info->ni[--info->nr].nid);
}
EXPORT_SYMBOL_GPL(lnet_ping_info_put);

/**
 * lnet_ping_info_names() - tell whether an answer has a NID
 * @info: the answer
 * @nid: the NID
 *
 * Context: any.
 * Return: true if so.
 */
bool lnet_ping_info_names(const struct lnet_ping_info *info, lnet_nid_t nid)
{
	u32 i;

	for (i = 0; i < info->nr; i++)
		if (info->ni[i].nid == nid)
			return true;
	return false;
}

/* Writing ------------------------------------------------------------------ */

static u32 info_count_large(const struct lnet_ping_info *info)
{
	u32 i, n = 0;

	for (i = 0; i < info->nr; i++)
		n += lnet_nid_is_large(info->ni[i].nid);
	return n;
}

/**
 * lnet_ping_info_length() - tell how long an answer will be
 * @info: content of the answer
 *
 * Context: any.
 * Return: its length, bytes.
 */
size_t lnet_ping_info_length(const struct lnet_ping_info *info)
{
	u32 large = info_count_large(info);

	return LNET_PING_BYTES(info->nr - large) + large * sizeof(struct lnet_ping_wire_large);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_length);

static u32 info_features(const struct lnet_ping_info *info)
{
	u32 features = info->features;

	if (info_count_large(info))
		features |= LNET_PING_LARGE;
	if (info->primary && lnet_nid_is_large(info->ni[info->primary].nid))
		features |= LNET_PING_PRIMARY_LARGE;
	return features;
}

/**
 * lnet_ping_info_write() - write an answer
 * @wire: memory for it, of lnet_ping_info_length() bytes
 * @info: content of the answer: the loopback, and the other NIs in any order; of those with large
 *	NIDs the first is the primary one, if that is large
 *
 * Context: task; does not sleep.
 */
void lnet_ping_info_write(struct lnet_ping_wire *wire, const struct lnet_ping_info *info)
{
	const u32 large = info_count_large(info);
	struct lnet_ping_wire_ni *ni = wire->ni;
	struct lnet_ping_wire_large *entry;
	u32 i;

	wire->magic = LNET_PING_MAGIC;
	wire->features = info_features(info);
	wire->pid = info->pid;
	wire->nnis = info->nr - large;
	entry = (void *)&wire->ni[wire->nnis];
	for (i = 0; i < info->nr; i++) {
		if (lnet_nid_is_large(info->ni[i].nid)) {
			entry->status = info->ni[i].status;
			lnet_nid_expand(info->ni[i].nid, &entry->nid);
			entry++;
		} else {
			ni->nid = info->ni[i].nid;
			ni->status = info->ni[i].status;
			ni->bytes = 0;
			ni++;
		}
	}
	if (large)
		wire->ni[0].bytes = lnet_ping_info_length(info);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_write);
