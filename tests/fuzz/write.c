// SPDX-License-Identifier: GPL-2.0
/*
 * Headers as peers write them, and the handles in them: those that a peer has made up, which must
 * come back unchanged, and those that this node has written, which peers that lie use again.
 */
#include "net.h"

#include <linux/spinlock.h>

enum { GRAVES = 256 };

static atomic64_t write_serial = ATOMIC64_INIT(0);
static DEFINE_SPINLOCK(write_lock);	/* G: innermost */
static struct lnet_handle_wire write_graves[GRAVES];	/* G: */
static unsigned int write_buried;			/* G: */

/* A handle that a peer writes into its requests. */
static struct lnet_handle_wire write_wmd(u64 number)
{
	return (struct lnet_handle_wire){
		.interface_cookie = fuzz_mix(fuzz_seed ^ number), .object_cookie = number,
	};
}

/* Is it one of these? */
bool fuzz_wmd_ok(const struct lnet_handle_wire *wmd)
{
	return wmd->interface_cookie == fuzz_mix(fuzz_seed ^ wmd->object_cookie);
}

/* This node has written one. */
void fuzz_wmd_bury(const struct lnet_hdr *hdr)
{
	u32 type = le32_to_cpu(hdr->type);

	if (type != LNET_MSG_PUT && type != LNET_MSG_GET)
		return;
	spin_lock(&write_lock);
	write_graves[write_buried++ % GRAVES] = hdr->msg.get.return_wmd;
	spin_unlock(&write_lock);
}

/* One that it has written at some time; or one that is all zeroes. */
struct lnet_handle_wire fuzz_wmd_exhume(struct fuzz_by *by)
{
	unsigned int which = fuzz_below(by, GRAVES);
	struct lnet_handle_wire wmd;

	spin_lock(&write_lock);
	wmd = write_graves[which];
	spin_unlock(&write_lock);
	return wmd;
}

/* Who has sent it, by the header and by the driver. */
void fuzz_write_from(struct fuzz_letter *l, lnet_nid_t nid, lnet_pid_t pid)
{
	l->hdr.src_nid = cpu_to_le64(nid);
	l->hdr.src_pid = cpu_to_le32(pid);
	l->from.nid = nid;
	l->from.pid = pid;
}

/* A letter that is good so far, for an NI of this node. NULL: no memory. */
struct fuzz_letter *fuzz_write(struct fuzz_by *by, u8 type, lnet_nid_t from, lnet_nid_t to,
			       unsigned int bytes)
{
	struct fuzz_letter *l = fuzz_letter_new(fuzz_gfp(by), 0);

	if (!l)
		return NULL;
	l->serial = 0xffULL << 56 | atomic64_inc_return(&write_serial);
	l->class = FUZZ_VALID;
	l->to = fuzz_ni_of(to);
	l->hdr.dest_nid = cpu_to_le64(to);
	l->hdr.dest_pid = cpu_to_le32(FUZZ_PID);
	l->hdr.type = cpu_to_le32(type);
	l->hdr.payload_length = cpu_to_le32(bytes);
	fuzz_write_from(l, from, FUZZ_PID);
	return l;
}

/* Make it a PUT, whose payload has the pattern of @l->id. No record of ours has its number. */
void fuzz_write_put(struct fuzz_by *by, struct fuzz_letter *l, unsigned int portal, u64 bits,
		    unsigned int offset, bool ack)
{
	struct lnet_wire_put *put = &l->hdr.msg.put;

	l->id = U32_MAX - fuzz_below(by, 1000);
	put->ack_wmd.interface_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	put->ack_wmd.object_cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	if (ack)
		put->ack_wmd = write_wmd(l->serial);
	put->match_bits = cpu_to_le64(bits);
	put->hdr_data = fuzz_hdr_data(by, l->id, false, offset);
	put->ptl_index = cpu_to_le32(portal);
	put->offset = cpu_to_le32(offset);
}

/* Make it a GET. */
void fuzz_write_get(struct fuzz_by *by, struct fuzz_letter *l, unsigned int portal, u64 bits,
		    unsigned int offset, unsigned int bytes)
{
	struct lnet_wire_get *get = &l->hdr.msg.get;

	get->return_wmd = write_wmd(l->serial);
	get->match_bits = cpu_to_le64(bits);
	get->ptl_index = cpu_to_le32(portal);
	get->src_offset = cpu_to_le32(offset);
	get->sink_length = cpu_to_le32(bytes);
}

/*
 * The answer to a PUT or a GET that has left by an NI, from the peer that it was for: an ACK that
 * says that @bytes were taken, or a REPLY with so many.
 */
struct fuzz_letter *fuzz_write_answer(struct fuzz_by *by, const struct fuzz_letter *l,
				      unsigned int bytes)
{
	bool put = le32_to_cpu(l->hdr.type) == LNET_MSG_PUT;
	struct fuzz_letter *a;

	a = fuzz_write(by, put ? LNET_MSG_ACK : LNET_MSG_REPLY, le64_to_cpu(l->hdr.dest_nid),
		       l->by->nid, put ? 0 : bytes);
	if (!a)
		return NULL;
	fuzz_write_from(a, le64_to_cpu(l->hdr.dest_nid), le32_to_cpu(l->hdr.dest_pid));
	a->hdr.msg.ack.dst_wmd = l->hdr.msg.get.return_wmd;
	if (put) {
		a->hdr.msg.ack.match_bits = l->hdr.msg.put.match_bits;
		a->hdr.msg.ack.mlength = cpu_to_le32(bytes);
	} else {
		a->id = (u32)le64_to_cpu(l->hdr.msg.get.match_bits);
	}
	return a;
}
