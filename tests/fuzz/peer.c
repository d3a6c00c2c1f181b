// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that the fuzz plays: honest ones, those that never answer, those that lie, and nodes with
 * a NID on each network. Whatever liars say, the honest and the silent ones stay what they are.
 */
#include "net.h"

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

enum peer_kind { PEER_NONE, PEER_HONEST, PEER_QUIET, PEER_LIAR, PEER_PAIR, PEER_NAMED, PEER_KINDS };

static const u32 peer_first[PEER_KINDS] = {
	[PEER_HONEST] = FUZZ_HONEST, [PEER_QUIET] = FUZZ_QUIET, [PEER_LIAR] = FUZZ_LIARS,
	[PEER_PAIR] = FUZZ_PAIRS, [PEER_NAMED] = FUZZ_NAMED,
};

#define PING_BITS	0x8000000000000000ULL

static enum peer_kind peer_kind(lnet_nid_t nid)
{
	u32 address = LNET_NIDADDR(nid);
	unsigned int kind;

	for (kind = PEER_HONEST; kind < PEER_KINDS; kind++)
		if (address - peer_first[kind] < FUZZ_OF_A_KIND)
			return kind;
	return PEER_NONE;
}

/* Any of them on a network. */
lnet_nid_t fuzz_peer_any(struct fuzz_by *by, u32 net)
{
	u32 kind = 1 + fuzz_below(by, PEER_KINDS - 1);

	return LNET_MKNID(net, peer_first[kind] + fuzz_below(by, FUZZ_OF_A_KIND));
}

/* Must it be known as a node of its own, whatever others say? */
bool fuzz_peer_alone(lnet_nid_t nid)
{
	enum peer_kind kind = peer_kind(nid);

	return kind == PEER_HONEST || kind == PEER_QUIET || fuzz_box_of(nid);
}

static DEFINE_SPINLOCK(peer_lock);	/* @met, and what LNet is told of it; inside no other */

/* LNet learns that the driver knows a peer. */
void fuzz_peer_meet(struct fuzz_ni *f, lnet_nid_t nid, bool dialled)
{
	u32 address = LNET_NIDADDR(nid);
	struct fuzz_by by = {};

	if (address >= BITS_PER_TYPE(f->met) || LNET_NIDNET(nid) != LNET_NIDNET(f->nid) ||
	    fuzz_ni_of(nid) || !fuzz_ni_enter(f))
		return;
	spin_lock(&peer_lock);
	if (!test_bit(address, f->met) &&
	    fuzz_said(&by, FUZZ_lnet_lnd_met, FUZZ_VALID, lnet_lnd_met(f->ni, nid, dialled)))
		__set_bit(address, f->met);
	spin_unlock(&peer_lock);
	fuzz_ni_leave(f);
}

/* And that it does no longer, if it did. The caller is inside, or shuts the NI down. */
void fuzz_peer_part(struct fuzz_ni *f, unsigned int address)
{
	struct fuzz_by by = {};

	spin_lock(&peer_lock);
	if (__test_and_clear_bit(address, f->met)) {
		fuzz_counted(&by, FUZZ_lnet_lnd_parted, FUZZ_VALID);
		lnet_lnd_parted(f->ni, LNET_MKNID(LNET_NIDNET(f->nid), address));
	}
	spin_unlock(&peer_lock);
}

/* The NI goes. */
void fuzz_peer_part_all(struct fuzz_ni *f)
{
	unsigned int i;

	for (i = 0; i < BITS_PER_TYPE(f->met); i++)
		fuzz_peer_part(f, i);
}

static bool peer_is_pinged(const struct fuzz_letter *l)
{
	return le32_to_cpu(l->hdr.type) == LNET_MSG_GET && !l->hdr.msg.get.ptl_index &&
	       le64_to_cpu(l->hdr.msg.get.match_bits) == PING_BITS;
}

/* What is asked for: the whole payload of a PUT, or as much as a GET wants. */
static unsigned int peer_bytes(const struct fuzz_letter *l)
{
	if (le32_to_cpu(l->hdr.type) == LNET_MSG_PUT)
		return le32_to_cpu(l->hdr.payload_length);
	return le32_to_cpu(l->hdr.msg.get.sink_length);
}

/* The right answer. NULL: none is wanted, or there is no memory. */
static struct fuzz_letter *peer_answer(struct fuzz_by *by, const struct fuzz_letter *l)
{
	lnet_nid_t self = le64_to_cpu(l->hdr.dest_nid);
	unsigned int n = peer_bytes(l);
	u8 *says = NULL;
	struct fuzz_letter *a;

	if (le32_to_cpu(l->hdr.type) == LNET_MSG_PUT &&
	    l->hdr.msg.put.ack_wmd.object_cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		return NULL;
	a = fuzz_write_answer(by, l, n);
	if (!a || !peer_is_pinged(l))
		return a;
	says = kzalloc(FUZZ_BYTES, GFP_KERNEL);
	if (says)
		n = min(n, fuzz_peer_says(by, self, says, FUZZ_BYTES));
	a->hdr.payload_length = cpu_to_le32(says ? n : 0);
	a->bytes = says;
	a->nbytes = says ? n : 0;
	return a;
}

/* Spoil an answer in one way. */
static void peer_spoil(struct fuzz_by *by, struct fuzz_letter *a)
{
	struct lnet_handle_wire *wmd = &a->hdr.msg.ack.dst_wmd;
	lnet_nid_t other = fuzz_peer_any(by, LNET_NIDNET(a->from.nid));
	u64 bit = 1ULL << fuzz_below(by, 64);

	a->class = FUZZ_RANDOM;
	switch (fuzz_below(by, 9)) {
	case 0:
		wmd->object_cookie ^= bit;
		break;
	case 1:
		wmd->interface_cookie ^= bit;
		break;
	case 2:
		*wmd = fuzz_wmd_exhume(by);
		break;
	case 3:
		fuzz_write_from(a, other, FUZZ_PID);
		break;
	case 4:
		a->hdr.src_nid = cpu_to_le64(other);
		break;
	case 5:
		fuzz_write_from(a, a->from.nid, a->from.pid ^ (u32)bit);
		break;
	case 6:
		a->hdr.type = cpu_to_le32(LNET_MSG_ACK + LNET_MSG_REPLY -
					  le32_to_cpu(a->hdr.type));
		break;
	case 7:
		a->hdr.msg.ack.mlength = cpu_to_le32(U32_MAX);
		break;
	default:
		if (le32_to_cpu(a->hdr.type) == LNET_MSG_REPLY)
			a->hdr.payload_length = cpu_to_le32(fuzz_below(by, LNET_MTU + 2));
	}
}

static void peer_post(struct fuzz_by *by, struct fuzz_letter *a)
{
	a->late = fuzz_below(by, 2);
	a->lost = fuzz_once_in(by, 16);
	if (fuzz_once_in(by, 16))
		a->status = -EIO;
	fuzz_post(a, fuzz_below(by, 3));
}

static void peer_lie(struct fuzz_by *by, const struct fuzz_letter *l)
{
	unsigned int n = fuzz_below(by, 4);
	struct fuzz_letter *a;

	for (; n; n--) {
		a = peer_answer(by, l);
		if (!a)
			return;
		if (fuzz_below(by, 4))
			peer_spoil(by, a);
		peer_post(by, a);
	}
}

/* A letter has come to a peer, who may answer. */
void fuzz_peer_read(struct fuzz_letter *l)
{
	u32 type = le32_to_cpu(l->hdr.type);
	lnet_nid_t nid = le64_to_cpu(l->hdr.dest_nid);
	struct fuzz_by by = { .thread = FUZZ_THREADS_MAX + 2 };
	enum peer_kind kind = peer_kind(nid);
	struct fuzz_letter *a;

	by.state = fuzz_mix(fuzz_seed + l->serial);
	if (!fuzz_once_in(&by, 4))
		fuzz_peer_meet(l->by, nid, fuzz_below(&by, 2));
	if (type != LNET_MSG_PUT && type != LNET_MSG_GET)
		return;
	if (kind == PEER_LIAR) {
		peer_lie(&by, l);
	} else if (kind != PEER_QUIET && kind != PEER_NONE) {
		a = peer_answer(&by, l);
		if (a)
			peer_post(&by, a);
	}
}
