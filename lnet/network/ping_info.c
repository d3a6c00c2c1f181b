// SPDX-License-Identifier: GPL-2.0
/*
 * What a node says of itself when it is pinged, from bytes and to bytes.
 *
 *	0 magic  4 features  8 pid  12 nnis  16 + 16 i: nid, status, unused
 *
 * An answer may be cut anywhere behind its first NI, as who asks says how much
 * it wants; the node still says how many NIs it has.
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
 * lnet_ping_info_read() - take an answer apart
 * @info: what it says
 * @buf: the answer, of any alignment; not believed
 * @bytes: how much of it there is
 *
 * Context: any.
 * Return: 0; -EPROTO: it is no answer, or says nothing about NIs, or not even
 * the loopback, which every node has, is in it.
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
		info->ni[i].status = info_cpu32(ni.status, swap);
	}
	return info->ni[0].nid == LNET_NID_LO_0 ? 0 : -EPROTO;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_read);

/**
 * lnet_ping_info_write() - make an answer, perhaps of an older one
 * @wire: zeroes, or what this function has written; room for @nr NIs
 * @info: what it shall say, with all of its NIs; the first is always the same
 *
 * Others may read it meanwhile, without a lock and more than once, so each
 * state on the way is an answer: NIs that stay where they were are not touched
 * but for their status, and the others are not counted while they change. A
 * reader takes as many as were counted when it began, and may find NIs of then
 * beside NIs of now, or one NI's status beside another one's NID; all of them
 * are ours, or were a moment ago, and whoever is told so by a node that is just
 * changing must expect it.
 *
 * Context: any; one at a time.
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
		/* Counted less before they change; see above for who reads now. */
		smp_wmb();
	}
	for (; i < info->nr; i++) {
		lnet_window(LNET_WINDOW_PING_WRITING);
		WRITE_ONCE(wire->ni[i].nid, info->ni[i].nid);
		WRITE_ONCE(wire->ni[i].status, info->ni[i].status);
	}
	/* They are there when they count; pairs with lnet_ping_answer(). */
	smp_store_release(&wire->nnis, info->nr);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_ping_info_write);
