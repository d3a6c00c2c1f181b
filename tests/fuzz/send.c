// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that LNet gives to the driver: whether they are well formed, and what becomes of them.
 * The message and what it carries have fates of their own: one that is said to have failed may
 * arrive, and one that is said to have been sent may be lost.
 */
#include "net.h"

#include <lnet/frags.h>

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/string.h>

enum {
	KEEP_TICKS	= HZ / 2,	/* at most, of one that waits for its link to be cut */
	SOON_TICKS	= 3,
};

/* Its letter has its payload, if there is one. */
static void send_check(const struct fuzz_ni *f, const struct lnet_msg *msg,
		       const struct fuzz_letter *l)
{
	const struct lnet_hdr *h = &msg->hdr;
	u64 data = h->msg.put.hdr_data;
	struct fuzz_by by = {};

	if (le64_to_cpu(h->dest_nid) != msg->peer || le64_to_cpu(h->src_nid) != f->nid ||
	    le32_to_cpu(h->src_pid) != FUZZ_PID || le32_to_cpu(h->type) != msg->type ||
	    le32_to_cpu(h->payload_length) != msg->len ||
	    LNET_NIDNET(msg->peer) != LNET_NIDNET(f->nid))
		fuzz_wrong(&by, "header", "type %u from %s to %s by %s has another header",
			   msg->type, libcfs_nid2str(le64_to_cpu(h->src_nid)),
			   libcfs_nid2str(msg->peer), f->text);
	if ((msg->type == LNET_MSG_ACK || msg->type == LNET_MSG_REPLY) &&
	    !fuzz_ni_of(msg->peer) && !fuzz_wmd_ok(&h->msg.ack.dst_wmd))
		fuzz_wrong(&by, "header", "%s is answered what it has not asked",
			   libcfs_nid2str(msg->peer));
	if (l && msg->type == LNET_MSG_PUT && FUZZ_HDR_OK(data) && FUZZ_HDR_ID(data) &&
	    !fuzz_filled(l->bytes, l->nbytes, FUZZ_HDR_ID(data), 0))
		fuzz_wrong(&by, "payload", "%u bytes that leave by %s are not the sender's",
			   l->nbytes, f->text);
}

static struct fuzz_letter *send_copy(struct fuzz_ni *f, const struct lnet_msg *msg, u64 serial)
{
	struct lnet_frags from = lnet_msg_frags(msg);
	struct fuzz_letter *l;
	struct fuzz_by by = {};
	unsigned int n, at = 0;
	void *p;

	l = fuzz_letter_new(GFP_ATOMIC | __GFP_NOWARN, msg->len);
	if (!l)
		return NULL;
	l->hdr = msg->hdr;
	l->from.nid = f->nid;
	l->from.pid = FUZZ_PID;
	l->by = f;
	l->life = READ_ONCE(f->lives);
	l->to = fuzz_ni_of(msg->peer);
	l->serial = serial;
	for (n = lnet_frags_piece(&from); n; n = lnet_frags_next(&from, n)) {
		p = lnet_frags_map(&from);
		memcpy(l->bytes + at, p, n);
		lnet_frags_unmap(&from, p);
		at += n;
	}
	if (at != msg->len)
		fuzz_wrong(&by, "header", "a message of %u bytes has fragments of %u", msg->len,
			   at);
	return l;
}

/* A peer may acknowledge it. If it is for an NI of ours, the handler there says so. */
static void send_promise_ack(const struct lnet_msg *msg)
{
	const struct lnet_wire_put *put = &msg->hdr.msg.put;
	struct fuzz_md *sender;

	if (msg->type != LNET_MSG_PUT || fuzz_ni_of(msg->peer) || !FUZZ_HDR_OK(put->hdr_data) ||
	    put->ack_wmd.object_cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		return;
	sender = fuzz_md_hold(FUZZ_HDR_ID(put->hdr_data));
	if (!sender)
		return;
	atomic_inc(&sender->acks_due);
	fuzz_md_put(sender);
}

/* The driver has it, and finalizes it later: from here on it may be gone at any moment. */
void fuzz_send_keep(struct fuzz_ni *f, struct lnet_msg *msg, u64 serial, unsigned int ticks)
{
	msg->private = (void *)(unsigned long)serial;
	msg->since = jiffies + ticks;
	spin_lock(&fuzz_wire_lock);
	list_add_tail(&msg->queue, &f->sent);
	spin_unlock(&fuzz_wire_lock);
}

/* What becomes of a letter that the driver has: it arrives, if it exists. */
static void send_letter(struct fuzz_letter *l, struct fuzz_by *by)
{
	if (l)
		fuzz_post(l, fuzz_below(by, SOON_TICKS));
}

static void send_lose(struct fuzz_letter *l)
{
	if (l)
		fuzz_letter_put(l);
}

static int send_by_fate(struct fuzz_ni *f, struct lnet_msg *msg, struct fuzz_letter *l, u64 serial)
{
	struct fuzz_by by = { .state = fuzz_mix(fuzz_seed ^ serial) };

	switch (fuzz_below(&by, 16)) {
	case 0:
		send_lose(l);
		return -EIO;
	case 1:
		send_letter(l, &by);
		return -ETIMEDOUT;
	case 2:
	case 3:
	case 4:
		send_letter(l, &by);
		return 1;
	case 5:
		send_lose(l);
		return 1;
	case 6:
		send_lose(l);
		fuzz_send_keep(f, msg, serial, KEEP_TICKS);
		return 0;
	case 7:
		send_letter(send_copy(f, msg, serial), &by);
		fallthrough;
	default:
		send_letter(l, &by);
		fuzz_send_keep(f, msg, serial, fuzz_below(&by, SOON_TICKS));
		return 0;
	}
}

/* lnd_send(): preemption is off. */
int fuzz_send(struct fuzz_ni *f, struct lnet_msg *msg)
{
	struct fuzz_by by = {};
	struct fuzz_letter *l;
	struct fuzz_box *box;
	unsigned int cuts;
	bool open, cut;
	u64 serial;

	spin_lock(&fuzz_wire_lock);
	open = f->open;
	cut = f->cut;
	cuts = f->cuts;
	f->sends[min_t(unsigned int, msg->type, FUZZ_TYPES - 1)]++;
	serial = (u64)f->index << 56 | (u64)f->lives << 40 | f->sent_so_far++;
	spin_unlock(&fuzz_wire_lock);
	if (!open) {
		fuzz_wrong(&by, "driver", "lnd_send() for %s, which is shut down", f->text);
		return -ESHUTDOWN;
	}
	l = send_copy(f, msg, serial);
	if (l)
		l->cuts = cuts;
	send_check(f, msg, l);
	fuzz_wmd_bury(&msg->hdr);
	send_promise_ack(msg);
	fuzz_said(&by, FUZZ_lnet_lnd_is_hearsay, FUZZ_VALID, lnet_lnd_is_hearsay(msg));
	if (cut) {
		send_lose(l);
		return -ENETUNREACH;
	}
	box = fuzz_box_of(msg->peer);
	if (box)
		return fuzz_box_send(box, f, msg, serial, l);
	return send_by_fate(f, msg, l, serial);
}

/* Give a message back to LNet; an error counts as another class of arguments. */
void fuzz_finalize(struct lnet_msg *msg, int status)
{
	struct fuzz_by by = {};

	fuzz_counted(&by, FUZZ_lnet_finalize, status ? FUZZ_WRONG : FUZZ_VALID);
	lnet_finalize(msg, status);
}

/*
 * End one that was kept, if its time has come; or, where the caller is inside or shuts the NI
 * down, any of them, with @status. Returns false if there is none.
 */
bool fuzz_send_end_one(struct fuzz_ni *f, bool all, int status)
{
	struct lnet_msg *m, *msg = NULL;

	spin_lock(&fuzz_wire_lock);
	list_for_each_entry(m, &f->sent, queue) {
		if (!all && (!f->open || time_before(jiffies, m->since)))
			continue;
		msg = m;
		list_del(&msg->queue);
		f->inside += !all;
		break;
	}
	spin_unlock(&fuzz_wire_lock);
	if (!msg)
		return false;
	if (!all)
		status = fuzz_ni_status((unsigned long)msg->private);
	fuzz_finalize(msg, status);
	if (!all)
		fuzz_ni_leave(f);
	return true;
}

/* End a certain one, if it is still kept. */
bool fuzz_send_end(struct fuzz_ni *f, const struct lnet_msg *msg, u64 serial, int status)
{
	struct lnet_msg *m, *found = NULL;

	if (!fuzz_ni_enter(f))
		return false;
	spin_lock(&fuzz_wire_lock);
	list_for_each_entry(m, &f->sent, queue) {
		if (m != msg || (unsigned long)m->private != serial)
			continue;
		found = m;
		list_del(&found->queue);
		break;
	}
	spin_unlock(&fuzz_wire_lock);
	if (found)
		fuzz_finalize(found, status);
	fuzz_ni_leave(f);
	return found;
}
