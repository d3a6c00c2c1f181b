// SPDX-License-Identifier: GPL-2.0
/*
 * Letters: messages on their way, and how the driver receives them: at once or later, with an
 * error, set aside whole or in pieces. LNet must call lnd_recv() once for each that it has taken.
 */
#include "net.h"

#include <lnet/frags.h>

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

enum { LATE_TICKS = 3 };

/* A letter with room for so many bytes; the caller has it. NULL: no memory. */
struct fuzz_letter *fuzz_letter_new(gfp_t gfp, unsigned int nbytes)
{
	struct fuzz_letter *l = kzalloc(sizeof(*l) + nbytes, gfp);

	if (!l)
		return NULL;
	atomic_set(&l->refs, 1);
	spin_lock_init(&l->lock);
	INIT_LIST_HEAD(&l->link);
	INIT_LIST_HEAD(&l->piece);
	l->nbytes = nbytes;
	l->bytes = (u8 *)(l + 1);
	return l;
}

/* Let go of it. */
void fuzz_letter_put(struct fuzz_letter *l)
{
	if (!atomic_dec_and_test(&l->refs))
		return;
	if (l->bytes != (u8 *)(l + 1))
		kfree(l->bytes);
	kfree(l);
}

/* LNet owes no lnd_recv() for it any more. */
static void letter_settle(struct fuzz_letter *l)
{
	spin_lock(&fuzz_wire_lock);
	l->to->owed--;
	spin_unlock(&fuzz_wire_lock);
}

static bool letter_parsed(struct fuzz_letter *l)
{
	bool received;

	spin_lock(&l->lock);
	l->parsed = true;
	received = l->received;
	spin_unlock(&l->lock);
	return received;
}

/* lnet_parse() has returned. */
static void letter_judge(struct fuzz_by *by, struct fuzz_letter *l, int rc)
{
	bool received = letter_parsed(l);

	if (rc && received) {
		fuzz_wrong(by, "recv", "lnet_parse() returns %d, and has called lnd_recv()", rc);
	} else if (rc) {
		letter_settle(l);
		fuzz_letter_put(l);
	} else if (!received && !l->aside) {
		fuzz_wrong(by, "no-recv", "a message that is not set aside was not received");
	} else if (!received && l->pieces) {
		fuzz_post_piece(l);
	}
}

/*
 * It comes to an NI. Returns what lnet_parse() returns; or -ESHUTDOWN: the NI is down, and nothing
 * was done.
 */
int fuzz_letter_parse(struct fuzz_by *by, enum fuzz_class class, struct fuzz_ni *f,
		      struct fuzz_letter *l)
{
	u32 type = le32_to_cpu(l->hdr.type);
	struct lnet_hdr hdr = l->hdr;
	int rc;

	if (!fuzz_ni_enter(f))
		return -ESHUTDOWN;
	l->to = f;
	l->life = READ_ONCE(f->lives);
	atomic_inc(&l->refs);
	spin_lock(&fuzz_wire_lock);
	f->owed++;
	spin_unlock(&fuzz_wire_lock);
	rc = fuzz_said(by, FUZZ_lnet_parse, class,
		       lnet_parse(f->ni, &hdr, l->from, l, l->serial & 1));
	spin_lock(&fuzz_wire_lock);
	f->parsed[min_t(u32, type, FUZZ_TYPES)]++;
	spin_unlock(&fuzz_wire_lock);
	letter_judge(by, l, rc);
	fuzz_ni_leave(f);
	return rc;
}

/* Into the fragments that lnd_recv() was given. */
static void letter_copy(const struct fuzz_letter *l)
{
	struct lnet_frags to = {
		.niov = l->niov, .iov = l->iov, .kiov = l->kiov, .offset = l->offset,
		.len = l->mlen,
	};
	unsigned int n, at = 0;
	struct fuzz_by by = {};
	void *p;

	for (n = lnet_frags_piece(&to); n; n = lnet_frags_next(&to, n)) {
		p = lnet_frags_map(&to);
		if (l->nbytes)
			memcpy(p, l->bytes + at, min(n, l->nbytes - min(at, l->nbytes)));
		else
			fuzz_fill_from(p, n, l->id, at);
		lnet_frags_unmap(&to, p);
		at += n;
	}
	if (at != l->mlen)
		fuzz_wrong(&by, "recv", "lnd_recv() of %u bytes has fragments of %u", l->mlen, at);
	fuzz_counted(&by, FUZZ_lnet_run_copied, FUZZ_VALID);
	lnet_run_copied(at);
}

/* The message may be gone when this returns, and so may the letter. */
static void letter_finish(struct fuzz_letter *l, int status)
{
	struct lnet_msg *msg = l->msg;

	if (!status)
		letter_copy(l);
	l->msg = NULL;
	fuzz_finalize(msg, status);
	fuzz_letter_put(l);
}

/* lnd_recv() was called: the letter has its arguments. Returns its result. */
int fuzz_letter_receive(struct fuzz_letter *l, bool pieces_missing)
{
	struct fuzz_ni *f = l->to;

	letter_settle(l);
	if (!l->msg) {
		WRITE_ONCE(l->dropped, true);
		fuzz_letter_put(l);
		return 0;
	}
	WRITE_ONCE(l->msg_came, true);
	if (l->lost) {
		fuzz_letter_put(l);
		return -EIO;
	}
	if (!l->late && !pieces_missing) {
		letter_finish(l, l->status);
		return 0;
	}
	l->due = jiffies + l->serial % LATE_TICKS;
	spin_lock(&fuzz_wire_lock);
	list_add_tail(&l->link, &f->taken);
	spin_unlock(&fuzz_wire_lock);
	return 0;
}

/* lnd_eager_recv(). */
int fuzz_letter_aside(struct fuzz_letter *l, struct lnet_msg *msg, void **newpriv)
{
	struct fuzz_by by = {};

	if (l->aside)
		fuzz_wrong(&by, "recv", "lnd_eager_recv() is called twice");
	l->aside = true;
	if (l->refuses)
		return -ENOMEM;
	spin_lock(&l->lock);
	l->waits = msg;
	spin_unlock(&l->lock);
	*newpriv = (void *)((unsigned long)l | 1);
	return l->pieces;
}

/* Finalize one that was received, as fuzz_send_end_one() does. */
bool fuzz_letter_end_one(struct fuzz_ni *f, bool all, int status)
{
	struct fuzz_letter *l, *found = NULL;

	spin_lock(&fuzz_wire_lock);
	list_for_each_entry(l, &f->taken, link) {
		if (!all && (!f->open || time_before(jiffies, l->due)))
			continue;
		found = l;
		list_del_init(&found->link);
		f->inside += !all;
		break;
	}
	spin_unlock(&fuzz_wire_lock);
	if (!found)
		return false;
	letter_finish(found, all ? status : found->status);
	if (!all)
		fuzz_ni_leave(f);
	return true;
}

/* The next piece of one that waits; or none will come. Returns whether it is over. */
static bool letter_next_piece(struct fuzz_letter *l, struct fuzz_by *by)
{
	unsigned int left = le32_to_cpu(l->hdr.payload_length) - l->came;
	unsigned int n = min(left, 1 + fuzz_below(by, 2000));

	lockdep_assert_held(&l->lock);
	if (fuzz_once_in(by, 4))
		return fuzz_said(by, FUZZ_lnet_msg_abandon, FUZZ_VALID,
				 lnet_msg_abandon(l->waits));
	if (fuzz_said(by, FUZZ_lnet_msg_charge, FUZZ_VALID, lnet_msg_charge(l->waits, n)))
		return true;
	l->came += n;
	return false;
}

/* More of a letter that is set aside in pieces. The caller has it, and hands it on. */
void fuzz_letter_piece(struct fuzz_letter *l)
{
	struct fuzz_by by = { .thread = FUZZ_THREADS_MAX + 2 };
	bool over = false, more;

	spin_lock(&l->lock);
	by.state = fuzz_mix(fuzz_seed ^ l->serial ^ (u64)l->came << 20);
	if (!l->received)
		over = letter_next_piece(l, &by);
	l->received |= over;
	more = !l->received && l->came < le32_to_cpu(l->hdr.payload_length);
	spin_unlock(&l->lock);
	if (over) {
		letter_settle(l);
		WRITE_ONCE(l->dropped, true);
		fuzz_letter_put(l);
	}
	if (more)
		fuzz_post_piece(l);
	fuzz_letter_put(l);
}
