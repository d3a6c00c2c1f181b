// SPDX-License-Identifier: GPL-2.0
/*
 * Messages from a thread's peer to the thread's own portal: where each lands is known, by the
 * model, and so is the answer of this node. Others who claim to be that peer get nothing.
 */
#include "net.h"

#include <linux/string.h>

enum { TAKES = 6, LAZY_MOST = 10 };

/* What happens to a thread's peer at one NI. */
struct take {
	struct fuzz_ni *ni;
	lnet_nid_t peer;
	unsigned int cuts;
	u64 bits;
};

static void take_begin(struct fuzz_by *by, struct take *t)
{
	t->ni = fuzz_ni_any(by);
	t->peer = fuzz_box_nid(by, LNET_NIDNET(t->ni->nid));
	t->bits = fuzz_draw(by);
}

/* Must an answer be in the box? Not if the NI goes, or its link is cut. */
static bool take_is_sure(const struct take *t, const struct fuzz_letter *l)
{
	return !READ_ONCE(t->ni->cut) && READ_ONCE(t->ni->cuts) == t->cuts &&
	       fuzz_ni_stays(t->ni, l->life);
}

/* The header says that it is from the peer; or it is by another peer, or for another NI. */
static struct fuzz_letter *take_forge(struct fuzz_by *by, const struct take *t, bool get)
{
	unsigned int portal = fuzz_owns[by->thread].portal;
	u32 net = LNET_NIDNET(t->ni->nid);
	struct fuzz_letter *l;

	l = fuzz_write(by, get ? LNET_MSG_GET : LNET_MSG_PUT, t->peer, t->ni->nid,
		       get ? 0 : fuzz_below(by, 30));
	if (!l)
		return NULL;
	if (get)
		fuzz_write_get(by, l, portal, t->bits, 0, 10);
	else
		fuzz_write_put(by, l, portal, t->bits, 0, true);
	switch (fuzz_below(by, 5)) {
	case 0:
		l->from.nid = fuzz_peer_any(by, net);
		break;
	case 1:
		l->from.pid ^= 1U << fuzz_below(by, 32);
		break;
	case 2:
		l->hdr.src_nid = cpu_to_le64(LNET_NID_LO_0);
		break;
	case 3:
		fuzz_write_from(l, LNET_NID_LO_0, FUZZ_PID);
		break;
	default:
		l->hdr.dest_nid = cpu_to_le64(LNET_MKNID(net, 99));
	}
	return l;
}

static void take_forgeries(struct fuzz_by *by, const struct take *t, const struct fuzz_model *m)
{
	unsigned int n = fuzz_below(by, 3);
	struct fuzz_letter *l;
	int rc;

	for (; n; n--) {
		l = take_forge(by, t, fuzz_below(by, 2));
		if (!l)
			return;
		rc = fuzz_letter_parse(by, FUZZ_WRONG, t->ni, l);
		if (rc != -EPROTO && rc != -ESHUTDOWN)
			fuzz_wrong(by, "lie", "a message with another's name: %d", rc);
		fuzz_letter_put(l);
	}
	if (m->md->landed != m->landed)
		fuzz_wrong(by, "lie", "%u messages have landed, %u of them are no lies",
			   m->md->landed, m->landed);
}

/* Does an answer say what is true? */
static bool take_is_true(const struct take *t, const struct fuzz_model *m,
			 const struct fuzz_letter *a, unsigned int mlength)
{
	const struct lnet_wire_ack *ack = &a->hdr.msg.ack;

	if (le32_to_cpu(a->hdr.type) == LNET_MSG_REPLY)
		return a->nbytes == mlength &&
		       fuzz_filled(a->bytes, mlength, m->md->id, m->offset - mlength);
	return le32_to_cpu(ack->mlength) == mlength && le64_to_cpu(ack->match_bits) == t->bits;
}

/* Answer of this node: an ACK, or a REPLY. */
static void take_answer(struct fuzz_by *by, const struct take *t, const struct fuzz_model *m,
			const struct fuzz_letter *l, bool want, unsigned int mlength)
{
	bool get = le32_to_cpu(l->hdr.type) == LNET_MSG_GET;
	struct fuzz_letter *a = fuzz_box_take(by);
	const struct lnet_hdr *h;

	if (!a) {
		if (want && !fuzz_box_missed(by) && take_is_sure(t, l))
			fuzz_wrong(by, "no-answer", "a peer is not answered its %s",
				   get ? "GET" : "PUT");
		return;
	}
	h = &a->hdr;
	if (!want || le32_to_cpu(h->type) != (get ? LNET_MSG_REPLY : LNET_MSG_ACK) ||
	    memcmp(&h->msg.ack.dst_wmd, &l->hdr.msg.get.return_wmd, sizeof(h->msg.ack.dst_wmd)))
		fuzz_wrong(by, "answer", "a peer gets an answer of type %u to its %s",
			   le32_to_cpu(h->type), get ? "GET" : "PUT");
	else if (!take_is_true(t, m, a, mlength))
		fuzz_wrong(by, "answer", "a peer gets another answer than what is true");
	fuzz_letter_put(a);
}

static struct fuzz_letter *take_write(struct fuzz_by *by, const struct take *t, bool get,
				      unsigned int bytes, unsigned int offset, bool ack)
{
	unsigned int portal = fuzz_owns[by->thread].portal;
	struct fuzz_letter *l;

	l = fuzz_write(by, get ? LNET_MSG_GET : LNET_MSG_PUT, t->peer, t->ni->nid,
		       get ? 0 : bytes);
	if (!l)
		return NULL;
	if (get)
		fuzz_write_get(by, l, portal, t->bits, offset, bytes);
	else
		fuzz_write_put(by, l, portal, t->bits, offset, ack);
	l->lost = !get && fuzz_once_in(by, 12);
	if (!get && fuzz_once_in(by, 12))
		l->status = -EIO;
	return l;
}

/* One message. Returns false if nobody knows what has become of it. */
static bool take_once(struct fuzz_by *by, struct take *t, struct fuzz_model *m)
{
	unsigned int bytes = fuzz_below(by, 500), mlength = 0;
	unsigned int offset = fuzz_below(by, 2) ? 0 : fuzz_below(by, 1200);
	bool get = m->store == !!fuzz_below(by, 8), ack = fuzz_below(by, 2), lands, want;
	struct fuzz_model after = *m;
	struct fuzz_letter *l;
	int rc;

	take_forgeries(by, t, m);
	l = take_write(by, t, get, bytes, offset, ack);
	if (!l)
		return true;
	fuzz_box_begin(by, false, 1);
	t->cuts = READ_ONCE(t->ni->cuts);
	lands = fuzz_model_predict(&after, get, bytes, offset, &mlength);
	rc = fuzz_letter_parse(by, FUZZ_VALID, t->ni, l);
	if (rc == -ESHUTDOWN) {
		fuzz_letter_put(l);
		return true;
	}
	if (!fuzz_ni_stays(t->ni, l->life)) {
		fuzz_letter_put(l);
		return false;
	}
	*m = after;
	fuzz_model_compare(by, m, lands, mlength);
	want = lands && (get || (ack && !(m->md->umd.options & LNET_MD_ACK_DISABLE) &&
				 !l->lost && !l->status));
	take_answer(by, t, m, l, want, mlength);
	fuzz_letter_put(l);
	return true;
}

/* An ME, its MD, and messages for it from the thread's peer. */
void fuzz_step_take(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, TAKES);
	bool known = true, any = fuzz_once_in(by, 3);
	struct fuzz_model m = {};
	struct take t;

	take_begin(by, &t);
	if (!fuzz_model_post(by, &m, any ? LNET_NID_ANY : t.peer, t.bits))
		return;
	for (; n && known; n--)
		known = take_once(by, &t, &m);
	if (known)
		fuzz_model_close(by, &m);
	else
		fuzz_model_drop(by, &m);
}

static void lazy_set(struct fuzz_by *by, bool lazy)
{
	int portal = fuzz_owns[by->thread].portal;

	if (lazy)
		fuzz_exact(by, FUZZ_LNetSetLazyPortal, FUZZ_VALID, LNetSetLazyPortal(portal), 0);
	else
		fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_VALID,
			   LNetClearLazyPortal(portal), 0);
}

/* A PUT that waits: set aside at once, in pieces, or not at all. */
static struct fuzz_letter *lazy_write(struct fuzz_by *by, const struct take *t)
{
	struct fuzz_letter *l;

	l = take_write(by, t, false, fuzz_below(by, 300), 0, false);
	if (!l)
		return NULL;
	l->late = fuzz_below(by, 2);
	l->pieces = l->hdr.payload_length && fuzz_below(by, 2);
	l->refuses = fuzz_once_in(by, 8);
	if (fuzz_letter_parse(by, FUZZ_VALID, t->ni, l) != -ESHUTDOWN)
		return l;
	fuzz_letter_put(l);
	return NULL;
}

static struct fuzz_md *lazy_attach(struct fuzz_by *by, const struct take *t,
				   struct lnet_handle_me *meh)
{
	struct fuzz_md *md = fuzz_own_md(by, FUZZ_SINK, FUZZ_BYTES);
	struct lnet_process_id id = { t->peer, FUZZ_PID };

	if (!md)
		return NULL;
	md->umd.options |= LNET_MD_OP_PUT;
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(fuzz_owns[by->thread].portal, id, t->bits, 0, LNET_RETAIN,
				LNET_INS_AFTER, meh), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(*meh, md->umd, LNET_RETAIN, &md->handle), 0);
	return md;
}

/* Each has been received by now, or dropped: by LNet, or as the rest of it did not come. */
static bool lazy_is_over(const struct fuzz_letter *l)
{
	return READ_ONCE(l->dropped) || READ_ONCE(l->msg_came);
}

/* Count those that were received. */
static unsigned int lazy_count(struct fuzz_by *by, struct fuzz_letter **l, unsigned int n)
{
	unsigned int i, received = 0;

	for (i = 0; i < n; i++) {
		if (!fuzz_wait_for(lazy_is_over(l[i])))
			fuzz_wrong(by, "no-recv", "a PUT that has waited was not received");
		received += READ_ONCE(l[i]->msg_came);
		fuzz_letter_put(l[i]);
	}
	return received;
}

/* PUTs of a peer that wait, and an MD that comes. */
void fuzz_step_take_lazy(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, LAZY_MOST), got = 0, landed;
	struct fuzz_letter *l[LAZY_MOST];
	struct lnet_handle_me meh = {};
	struct fuzz_md *md;
	struct take t;

	take_begin(by, &t);
	fuzz_box_begin(by, false, 1);
	lazy_set(by, true);
	for (; n; n--) {
		l[got] = lazy_write(by, &t);
		got += !!l[got];
	}
	md = fuzz_once_in(by, 4) ? NULL : lazy_attach(by, &t, &meh);
	lazy_set(by, false);
	landed = lazy_count(by, l, got);
	if (!md && landed)
		fuzz_wrong(by, "lazy", "%u PUTs were received, for no MD", landed);
	if (!md)
		return;
	if (!fuzz_wait_for(READ_ONCE(md->landed) >= landed))
		fuzz_wrong(by, "lazy", "%u PUTs were received, %u have landed", landed, md->landed);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(meh), 0);
	if (!fuzz_wait_for(READ_ONCE(md->lasts)) || md->landed != landed)
		fuzz_wrong(by, "lazy", "%u PUTs were received, %u have landed, %u last events",
			   landed, md->landed, md->lasts);
	fuzz_bury(FUZZ_MD, md->handle.cookie);
	fuzz_md_put(md);
}
