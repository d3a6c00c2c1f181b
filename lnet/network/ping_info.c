// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to a ping: parse it and write it. Its layout, by offset in bytes:
 *
 *	0 magic  4 features  8 pid  12 nnis  16 + 16 i: nid, status, unused
 *
 * An answer may be cut anywhere behind its first NI, because the node that pings decides
 * how much it wants; nnis is still the number of NIs that the other node has.
 */
#include "network/ping_info.h"
#include "hooks/alloc.h"
#include "hooks/window.h"

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

static u32 info_cpu32(u32 value, bool swap)
{
	return swap ? swab32(value) : value;
}

static u64 info_cpu64(u64 value, bool swap)
{
	return swap ? swab64(value) : value;
}

/**
 * lnet_ping_info_read() - parse an answer
 * @info: parsed answer, to be filled
 * @buf: bytes of the answer, at any alignment; not trusted
 * @bytes: length of @buf, in bytes
 *
 * Context: any.
 * Return: 0; -EPROTO: the bytes are no answer, or do not give the status of NIs, or
 * do not begin with the loopback, which every node has.
 */
int lnet_ping_info_read(struct lnet_ping_info *info, const void *buf,
			size_t bytes)
{
	struct lnet_ping_wire_ni ni;
	struct lnet_ping_wire head;
	bool swap;
	u32 i;

	if (bytes < LNET_PING_BYTES(1))
		return -EPROTO;
	memcpy(&head, buf, sizeof(head));
	swap = head.magic == swab32(LNET_PING_MAGIC);
	if (!swap && head.magic != LNET_PING_MAGIC)
		return -EPROTO;

	info->features = info_cpu32(head.features, swap);
	info->pid = info_cpu32(head.pid, swap);
	info->said = info_cpu32(head.nnis, swap);
	if (!(info->features & LNET_PING_NI_STATUS) || !info->said ||
	    info->said > LNET_PING_SAID_MAX)
		return -EPROTO;

	info->nr = min3((size_t)info->said, (size_t)LNET_PING_NIS_MAX,
			(bytes - sizeof(head)) / sizeof(ni));
	for (i = 0; i < info->nr; i++) {
		memcpy(&ni, buf + LNET_PING_BYTES(i), sizeof(ni));
		info->ni[i].nid = info_cpu64(ni.nid, swap);
		/* No NID of 8 bytes; nor is it a number of ours that stands for a large one. */
		if (info->ni[i].nid >> 56)
			return -EPROTO;
		info->ni[i].status = info_cpu32(ni.status, swap);
	}
	return info->ni[0].nid == LNET_NID_LO_0 ? 0 : -EPROTO;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_read);

/**
 * lnet_ping_info_write() - write an answer, or change it
 * @wire: answer to be written: all zero, or written by this function before; with room
 *	for @info->nr NIs
 * @info: content of the answer, with all of its NIs; its first NI is always the same
 *
 * Readers may read @wire during the call, without a lock and more than once. So every
 * intermediate state is a valid answer: the NIs up to the first one that differs only
 * get their status written, and the others are not counted while they change. A reader
 * uses the count that it read first. It may see old NIs beside new ones, or the status
 * of one NI beside the NID of another. All of those are NIs of ours, or were a moment
 * ago, and a node that pings while we change must expect that.
 *
 * Context: any; one call at a time for one @wire.
 */
void lnet_ping_info_write(struct lnet_ping_wire *wire,
			  const struct lnet_ping_info *info)
{
	u32 had = wire->nnis, i;

	WRITE_ONCE(wire->magic, LNET_PING_MAGIC);
	WRITE_ONCE(wire->features, info->features);
	WRITE_ONCE(wire->pid, info->pid);
	for (i = 0; i < min(had, info->nr); i++) {
		if (wire->ni[i].nid != info->ni[i].nid)
			break;
		WRITE_ONCE(wire->ni[i].status, info->ni[i].status);
	}

	if (i < had) {
		WRITE_ONCE(wire->nnis, i);
		/*
		 * Lower the count before the NIs change. A reader that has the old
		 * count may see both old and new ones; see above.
		 */
		smp_wmb();
	}
	for (; i < info->nr; i++) {
		lnet_window(LNET_WINDOW_PING_WRITING);
		WRITE_ONCE(wire->ni[i].nid, info->ni[i].nid);
		WRITE_ONCE(wire->ni[i].status, info->ni[i].status);
	}
	/* Write the NIs before the count; pairs with lnet_ping_answer(). */
	smp_store_release(&wire->nnis, info->nr);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_write);
