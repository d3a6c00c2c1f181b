// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that lie: headers in which any field is random, extreme, somebody else's or of another
 * time, and what lnet_parse() must say of each, told by a judge that shares no code with LNet. What
 * is not refused may change what anybody may change: the shared portals, never the threads' own.
 */
#include "net.h"

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/preempt.h>

enum {
	LIES		= 4,
	/* What lnet_parse() may say. */
	LIE_TAKEN	= 1,		/* 0 */
	LIE_REFUSED	= 2,		/* -EPROTO */
};

/* Is it a NID of this node? NIs besides @f come and go: 0 no, 1 yes, 2 perhaps. */
static int lie_is_ours(const struct fuzz_ni *f, lnet_nid_t nid)
{
	if (nid == LNET_NID_LO_0 || nid == f->nid)
		return 1;
	return fuzz_ni_of(nid) ? 2 : 0;
}

/* What is said of a name that is not the right one. */
static unsigned int lie_judge_name(const struct fuzz_ni *f, lnet_nid_t nid)
{
	int ours = lie_is_ours(f, nid);

	if (nid == LNET_NID_ANY)
		return LIE_TAKEN;
	if (LNET_NIDNET(nid) == LNET_NIDNET(f->nid) || ours == 1)
		return LIE_REFUSED;
	return ours ? LIE_REFUSED | LIE_TAKEN : LIE_TAKEN;
}

/* What may be said of a letter: a set of LIE_... */
static unsigned int lie_judge(const struct fuzz_ni *f, const struct fuzz_letter *l)
{
	lnet_nid_t src = le64_to_cpu(l->hdr.src_nid), dest = le64_to_cpu(l->hdr.dest_nid);
	u32 type = le32_to_cpu(l->hdr.type), len = le32_to_cpu(l->hdr.payload_length);
	bool lo = LNET_NETTYP(LNET_NIDNET(src)) == LOLND;

	if (type > LNET_MSG_REPLY)
		return LIE_REFUSED;
	if (len > (type == LNET_MSG_PUT || type == LNET_MSG_REPLY ? LNET_MTU : 0))
		return LIE_REFUSED;
	if (src != l->from.nid || le32_to_cpu(l->hdr.src_pid) != l->from.pid || lo)
		return lo ? LIE_REFUSED : lie_judge_name(f, src);
	if (dest == f->nid)
		return LIE_TAKEN;
	return lie_judge_name(f, dest);
}

static u32 lie_number(struct fuzz_by *by)
{
	static const u32 numbers[] = {
		0, 1, 2, 3, 4, 5, 63, 64, 72, 0xff, 4095, 4096, LNET_MTU - 1, LNET_MTU,
		LNET_MTU + 1, INT_MAX, 0x80000000, U32_MAX - 1, U32_MAX,
	};
	u32 random = fuzz_draw(by) >> fuzz_below(by, 32);

	if (fuzz_once_in(by, 3))
		return random;
	return numbers[fuzz_below(by, ARRAY_SIZE(numbers))];
}

/* A NID; not one that stands for one with a long address, which a driver never lets pass. */
static lnet_nid_t lie_nid(struct fuzz_by *by, u32 net)
{
	lnet_nid_t nid;

	switch (fuzz_below(by, 8)) {
	case 0:
		return LNET_NID_LO_0;
	case 1:
		return LNET_NID_ANY;
	case 2:
		return fuzz_ni_any(by)->nid;
	case 3:
		return LNET_MKNID(net, FUZZ_HANDS + fuzz_below(by, FUZZ_THREADS_MAX));
	case 4:
		return LNET_MKNID(LNET_MKNET(SOCKLND, 0), fuzz_draw(by));
	case 5:
		nid = fuzz_draw(by);
		return lnet_nid_is_large(nid) ? 0 : nid;
	default:
		return fuzz_peer_any(by, net);
	}
}

/* Portals that all share; also those of which one thread knows all that comes. */
static u32 lie_portal(struct fuzz_by *by)
{
	switch (fuzz_below(by, 8)) {
	case 0:
		return FUZZ_PORTAL_HOT;
	case 1:
		return FUZZ_PORTAL_CROWD;
	case 2:
		return FUZZ_PORTAL_OWN + fuzz_below(by, FUZZ_THREADS_MAX);
	case 3:
		return LNET_RESERVED_PORTAL;
	case 4:
		return lie_number(by);
	default:
		return FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	}
}

static u64 lie_bits(struct fuzz_by *by)
{
	switch (fuzz_below(by, 4)) {
	case 0:
		return 1ULL << 63;
	case 1:
		return fuzz_draw(by);
	default:
		return fuzz_below(by, FUZZ_BITS);
	}
}

/* Make it a message of a type, most of which is sound. */
static void lie_fill(struct fuzz_by *by, struct fuzz_letter *l, u32 type)
{
	unsigned int offset = fuzz_below(by, 2) ? 0 : lie_number(by);
	struct lnet_hdr *h = &l->hdr;

	switch (type) {
	case LNET_MSG_PUT:
		fuzz_write_put(by, l, lie_portal(by), lie_bits(by), offset, fuzz_below(by, 2));
		break;
	case LNET_MSG_GET:
		fuzz_write_get(by, l, lie_portal(by), lie_bits(by), offset, lie_number(by));
		break;
	case LNET_MSG_ACK:
		h->msg.ack.dst_wmd = fuzz_wmd_exhume(by);
		h->msg.ack.match_bits = cpu_to_le64(lie_bits(by));
		h->msg.ack.mlength = cpu_to_le32(lie_number(by));
		break;
	default:
		h->msg.reply.dst_wmd = fuzz_wmd_exhume(by);
	}
}

/* Of an answer only the handle tells what it is for. */
static void lie_spoil_handle(struct fuzz_by *by, struct fuzz_letter *l)
{
	struct lnet_handle_wire *wmd = &l->hdr.msg.ack.dst_wmd;
	struct fuzz_handle h;

	switch (fuzz_below(by, 5)) {
	case 0:
		wmd->object_cookie ^= 1ULL << fuzz_below(by, 64);
		break;
	case 1:
		wmd->interface_cookie ^= 1ULL << fuzz_below(by, 64);
		break;
	case 2:
		h = fuzz_board_get(FUZZ_MD, fuzz_below(by, FUZZ_PLACES));
		wmd->object_cookie = h.cookie;
		wmd->interface_cookie = fuzz_below(by, 4);
		break;
	case 3:
		wmd->object_cookie = fuzz_random_cookie(by);
		wmd->interface_cookie = fuzz_random_cookie(by);
		break;
	default:
		wmd->object_cookie = fuzz_exhume(by, FUZZ_MD);
	}
}

/* One field that is odd. */
static void lie_spoil(struct fuzz_by *by, const struct fuzz_ni *f, struct fuzz_letter *l)
{
	u32 net = LNET_NIDNET(f->nid), type = le32_to_cpu(l->hdr.type);

	switch (fuzz_below(by, 8)) {
	case 0:
		l->hdr.type = cpu_to_le32(lie_number(by));
		break;
	case 1:
	case 2:
		l->hdr.payload_length = cpu_to_le32(lie_number(by));
		break;
	case 3:
		l->hdr.src_nid = cpu_to_le64(lie_nid(by, net));
		break;
	case 4:
		l->hdr.src_pid = cpu_to_le32(lie_number(by));
		break;
	case 5:
		l->hdr.dest_nid = cpu_to_le64(lie_nid(by, net));
		break;
	case 6:
		l->hdr.dest_pid = cpu_to_le32(lie_number(by));
		break;
	default:
		if (type == LNET_MSG_ACK || type == LNET_MSG_REPLY)
			lie_spoil_handle(by, l);
	}
}

/*
 * A type that has become another has fields that mean other things, which no record knows of: it
 * must not land anywhere.
 */
static void lie_make_harmless(struct fuzz_letter *l, u32 type)
{
	u32 now = le32_to_cpu(l->hdr.type);

	if (now == type)
		return;
	if (now == LNET_MSG_PUT)
		l->hdr.msg.put.ptl_index = cpu_to_le32(LNET_MAX_PORTALS);
	if (now == LNET_MSG_GET)
		l->hdr.msg.get.ptl_index = cpu_to_le32(LNET_MAX_PORTALS);
}

static void lie_once(struct fuzz_by *by, struct fuzz_ni *f)
{
	u32 type = fuzz_below(by, FUZZ_TYPES), net = LNET_NIDNET(f->nid);
	unsigned int n = fuzz_below(by, 3), bytes = fuzz_below(by, 200), may;
	bool atomic = fuzz_once_in(by, 4);
	struct fuzz_letter *l;
	int rc;

	l = fuzz_write(by, type, fuzz_peer_any(by, net), f->nid,
		       type == LNET_MSG_PUT || type == LNET_MSG_REPLY ? bytes : 0);
	if (!l)
		return;
	lie_fill(by, l, type);
	for (; n; n--)
		lie_spoil(by, f, l);
	lie_make_harmless(l, type);
	l->lost = fuzz_once_in(by, 8);
	l->late = fuzz_once_in(by, 4);
	may = lie_judge(f, l);
	if (atomic)
		preempt_disable();
	rc = fuzz_letter_parse(by, FUZZ_RANDOM, f, l);
	if (atomic)
		preempt_enable();
	if (rc != -ESHUTDOWN && !(may & (rc ? LIE_REFUSED : LIE_TAKEN)))
		fuzz_wrong(by, "lie", "lnet_parse() of type %u from %s, says %s, to %s: %d",
			   le32_to_cpu(l->hdr.type), libcfs_nid2str(l->from.nid),
			   libcfs_nid2str(le64_to_cpu(l->hdr.src_nid)),
			   libcfs_nid2str(le64_to_cpu(l->hdr.dest_nid)), rc);
	fuzz_letter_put(l);
}

/* A few lies to an NI. */
void fuzz_step_lie(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, LIES);
	struct fuzz_ni *f = fuzz_ni_any(by);

	for (; n; n--)
		lie_once(by, f);
}

/* What is no lie: a PUT or a GET of a peer for the shared portals. */
void fuzz_step_peer(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int offset = fuzz_below(by, 3) ? 0 : fuzz_below(by, 3000);
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / 4);
	struct fuzz_ni *f = fuzz_ni_any(by);
	u64 bits = fuzz_below(by, FUZZ_BITS);
	bool get = fuzz_once_in(by, 3);
	struct fuzz_letter *l;

	l = fuzz_write(by, get ? LNET_MSG_GET : LNET_MSG_PUT,
		       fuzz_peer_any(by, LNET_NIDNET(f->nid)), f->nid, get ? 0 : bytes);
	if (!l)
		return;
	if (get)
		fuzz_write_get(by, l, portal, bits, offset, bytes);
	else
		fuzz_write_put(by, l, portal, bits, offset, fuzz_below(by, 2));
	l->late = fuzz_below(by, 2);
	l->pieces = !get && bytes && fuzz_below(by, 2);
	l->refuses = fuzz_once_in(by, 8);
	l->lost = fuzz_once_in(by, 16);
	if (fuzz_below(by, 2)) {
		fuzz_post(l, fuzz_below(by, 3));
		return;
	}
	fuzz_letter_parse(by, FUZZ_VALID, f, l);
	fuzz_letter_put(l);
}
