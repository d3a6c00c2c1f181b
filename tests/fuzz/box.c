// SPDX-License-Identifier: GPL-2.0
/*
 * Boxes: each thread plays a peer of its own, on both networks, whose letters come into its box.
 * So the thread knows what this node has sent to that peer, decides how the driver ends it, and is
 * the only one that answers.
 */
#include "net.h"

#include <linux/jiffies.h>

enum {
	LETTERS_MOST	= 32,
	KEEP_TICKS	= 3 * HZ,	/* for a thread to finish what is kept for it */
};

#define PING_BITS	0x8000000000000000ULL

static struct fuzz_box boxes[FUZZ_THREADS_MAX];

/* Before any NI is up. */
void fuzz_box_setup(void)
{
	unsigned int i;

	for (i = 0; i < FUZZ_THREADS_MAX; i++) {
		spin_lock_init(&boxes[i].lock);
		INIT_LIST_HEAD(&boxes[i].letters);
	}
}

/* The peer of a thread. */
lnet_nid_t fuzz_box_nid(const struct fuzz_by *by, u32 net)
{
	return LNET_MKNID(net, FUZZ_HANDS + by->thread);
}

/* The box of the thread that plays a peer; or NULL. */
struct fuzz_box *fuzz_box_of(lnet_nid_t nid)
{
	u32 address = LNET_NIDADDR(nid);

	if (address < FUZZ_HANDS || address >= FUZZ_HANDS + FUZZ_THREADS_MAX)
		return NULL;
	return &boxes[address - FUZZ_HANDS];
}

/* What the driver does with the next request to the thread's peer: keeps it, or has a result. */
void fuzz_box_begin(struct fuzz_by *by, bool keeps, int result)
{
	struct fuzz_box *b = &boxes[by->thread];
	struct fuzz_letter *l;

	while ((l = fuzz_box_take(by)))
		fuzz_letter_put(l);
	spin_lock(&b->lock);
	b->missed = false;
	b->keeps = keeps;
	b->result = result;
	b->msg = NULL;
	spin_unlock(&b->lock);
}

static bool box_is_ping(const struct lnet_hdr *h)
{
	u32 type = le32_to_cpu(h->type);

	if (type == LNET_MSG_PUT)
		return !h->msg.put.ptl_index && le64_to_cpu(h->msg.put.match_bits) == PING_BITS;
	return type == LNET_MSG_GET && !h->msg.get.ptl_index &&
	       le64_to_cpu(h->msg.get.match_bits) == PING_BITS;
}

static bool box_put(struct fuzz_box *b, struct fuzz_letter *l)
{
	lockdep_assert_held(&b->lock);
	if (!l || b->count == LETTERS_MOST) {
		b->missed = true;
		return false;
	}
	if (box_is_ping(&l->hdr))
		return false;
	list_add_tail(&l->link, &b->letters);
	b->count++;
	return true;
}

/* lnd_send() to a thread's peer; takes over the letter, if there is one. */
int fuzz_box_send(struct fuzz_box *b, struct fuzz_ni *f, struct lnet_msg *msg, u64 serial,
		  struct fuzz_letter *l)
{
	bool request = (msg->type == LNET_MSG_PUT || msg->type == LNET_MSG_GET) &&
		       !box_is_ping(&msg->hdr);
	bool taken, keeps;
	int result = 1;

	spin_lock(&b->lock);
	taken = box_put(b, l);
	keeps = request && b->keeps;
	if (request)
		result = b->result;
	if (keeps) {
		b->by = f;
		b->msg = msg;
		b->serial = serial;
	}
	spin_unlock(&b->lock);
	if (l && !taken)
		fuzz_letter_put(l);
	if (!keeps)
		return result;
	fuzz_send_keep(f, msg, serial, KEEP_TICKS);
	return 0;
}

/* The oldest letter, which is the caller's then; or NULL. */
struct fuzz_letter *fuzz_box_take(struct fuzz_by *by)
{
	struct fuzz_box *b = &boxes[by->thread];
	struct fuzz_letter *l;

	spin_lock(&b->lock);
	l = list_first_entry_or_null(&b->letters, struct fuzz_letter, link);
	if (l) {
		list_del_init(&l->link);
		b->count--;
	}
	spin_unlock(&b->lock);
	return l;
}

/* May one have come that is not in it? */
bool fuzz_box_missed(const struct fuzz_by *by)
{
	return READ_ONCE(boxes[by->thread].missed);
}

/* End what was kept, if nobody has. */
bool fuzz_box_finish(struct fuzz_by *by, int status)
{
	struct fuzz_box *b = &boxes[by->thread];
	struct lnet_msg *msg;
	struct fuzz_ni *f;
	u64 serial;

	spin_lock(&b->lock);
	msg = b->msg;
	serial = b->serial;
	f = b->by;
	b->msg = NULL;
	spin_unlock(&b->lock);
	return msg && fuzz_send_end(f, msg, serial, status);
}
