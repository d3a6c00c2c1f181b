// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone with its peer, which it plays: a PUT or a GET to it, what the driver does with
 * that, lies in answer, and the right answer, which is an event once. Whether that is so depends on
 * the NI and its link alone; if one of them goes meanwhile, either is right.
 */
#include "net.h"

#include <linux/minmax.h>

enum { QUESTIONS = 3, LIES = 5 };

/* One question, and what is known of it. */
struct ask {
	struct fuzz_md *md;
	bool put;
	bool ack;			/* it wants an answer; a GET does */
	bool keeps;			/* the driver keeps the message */
	int result;			/* else what it says of it */
	struct fuzz_letter *letter;	/* as the peer has it */
	struct fuzz_ni *ni;		/* that it left by */
	unsigned int sends, answers;	/* events before */
};

static unsigned int ask_answers(const struct ask *a)
{
	return a->put ? READ_ONCE(a->md->acks) : READ_ONCE(a->md->replies);
}

/* Has the NI, or its link, been there all the time? */
static bool ask_is_sure(const struct ask *a)
{
	return !READ_ONCE(a->ni->cut) && READ_ONCE(a->ni->cuts) == a->letter->cuts &&
	       fuzz_ni_stays(a->ni, a->letter->life);
}

static lnet_nid_t ask_self(struct fuzz_by *by, u32 net)
{
	lnet_nid_t self = fuzz_ni_any(by)->nid;

	if (fuzz_below(by, 3) || LNET_NIDNET(self) != net)
		return LNET_NID_ANY;
	return self;
}

/* Send it. False: the driver was not called, or had no memory: the SEND event says why. */
static bool ask_send(struct fuzz_by *by, struct ask *a, lnet_nid_t nid)
{
	static const int results[] = { 1, 1, 1, -EIO, -ETIMEDOUT };
	struct lnet_process_id target = { nid, FUZZ_PID };
	struct lnet_handle_md mdh = a->md->handle;
	lnet_nid_t self = ask_self(by, LNET_NIDNET(nid));
	u64 bits = (u64)by->thread << 32 | a->md->id;
	int rc;

	a->keeps = fuzz_below(by, 2);
	a->result = results[fuzz_below(by, ARRAY_SIZE(results))];
	a->sends = READ_ONCE(a->md->sends);
	a->answers = ask_answers(a);
	fuzz_box_begin(by, a->keeps, a->result);
	WRITE_ONCE(a->md->net, true);
	atomic_inc(&a->md->acks_due);
	if (a->put)
		rc = LNetPut(self, mdh, a->ack ? LNET_ACK_REQ : LNET_NOACK_REQ, target, 9, bits,
			     7, fuzz_hdr_data(by, a->md->id, false, 7));
	else
		rc = LNetGet(self, mdh, target, 9, bits, 7, false);
	fuzz_exact(by, a->put ? FUZZ_LNetPut : FUZZ_LNetGet, FUZZ_VALID, rc, 0);
	atomic_inc(&a->md->ops);
	a->letter = fuzz_box_take(by);
	if (!a->letter)
		return false;
	a->ni = a->letter->by;
	return true;
}

static bool ask_is_put(const struct lnet_wire_put *put, const struct ask *a, u64 bits)
{
	return le32_to_cpu(put->ptl_index) == 9 && le32_to_cpu(put->offset) == 7 &&
	       le64_to_cpu(put->match_bits) == bits &&
	       FUZZ_HDR_ID(put->hdr_data) == a->md->id && a->letter->nbytes == a->md->bytes;
}

static bool ask_is_get(const struct lnet_wire_get *get, const struct ask *a, u64 bits)
{
	return le32_to_cpu(get->ptl_index) == 9 && le32_to_cpu(get->src_offset) == 7 &&
	       le64_to_cpu(get->match_bits) == bits &&
	       le32_to_cpu(get->sink_length) == a->md->bytes;
}

/* What the peer reads is what was sent. */
static void ask_check(struct fuzz_by *by, const struct ask *a)
{
	const struct lnet_hdr *h = &a->letter->hdr;
	u64 bits = (u64)by->thread << 32 | a->md->id;

	if (!(a->put ? ask_is_put(&h->msg.put, a, bits) : ask_is_get(&h->msg.get, a, bits)))
		fuzz_wrong(by, "header", "a peer reads another %s than was sent",
			   a->put ? "PUT" : "GET");
}

/* An answer that this node must not take. */
static struct fuzz_letter *ask_lie(struct fuzz_by *by, const struct ask *a)
{
	struct fuzz_letter *l = fuzz_write_answer(by, a->letter, a->md->bytes);
	u32 net = LNET_NIDNET(a->ni->nid), bit = fuzz_below(by, 64);
	unsigned int how = fuzz_below(by, 7);

	if (!l)
		return NULL;
	if (!a->ack)
		how = 6;
	switch (how) {
	case 0:
		l->hdr.msg.ack.dst_wmd.object_cookie ^= 1ULL << bit;
		break;
	case 1:
		l->hdr.msg.ack.dst_wmd.interface_cookie ^= 1ULL << bit;
		break;
	case 2:
		fuzz_write_from(l, fuzz_peer_any(by, net), FUZZ_PID);
		break;
	case 3:
		fuzz_write_from(l, LNET_MKNID(net, FUZZ_HANDS + FUZZ_THREADS_MAX - 1 - by->thread),
				fuzz_below(by, 2) ? FUZZ_PID : 1 + fuzz_below(by, 999));
		break;
	case 4:
		fuzz_write_from(l, l->from.nid, FUZZ_PID ^ (1U << bit % 32));
		break;
	case 5:
		l->hdr.type = cpu_to_le32(a->put ? LNET_MSG_REPLY : LNET_MSG_ACK);
		l->hdr.payload_length = 0;
		break;
	default:
		l->hdr.msg.ack.dst_wmd.interface_cookie = a->md->handle.cookie;
		l->hdr.msg.ack.dst_wmd.object_cookie = a->md->handle.cookie;
		if (fuzz_below(by, 2))
			l->hdr.msg.ack.dst_wmd.interface_cookie = 0;
	}
	return l;
}

static void ask_tell_lies(struct fuzz_by *by, const struct ask *a, unsigned int answers)
{
	unsigned int n = fuzz_below(by, LIES);
	struct fuzz_letter *l;

	for (; n; n--) {
		l = ask_lie(by, a);
		if (!l)
			return;
		fuzz_letter_parse(by, FUZZ_STALE, a->ni, l);
		fuzz_letter_put(l);
	}
	if (ask_answers(a) != answers)
		fuzz_wrong(by, "lie", "%u answers count, of %u that are right", ask_answers(a),
			   answers);
}

/*
 * The right answer, which counts; or one that does not. Returns what is known of it: 1: it is an
 * event, 0: it is none, -1: nothing.
 */
static int ask_answer(struct fuzz_by *by, const struct ask *a, bool counts, bool ended,
		      const char *why)
{
	unsigned int before = ask_answers(a);
	struct fuzz_letter *l = fuzz_write_answer(by, a->letter, a->md->bytes);
	bool sure;
	int rc;

	if (!l)
		return -1;
	l->lost = fuzz_once_in(by, 8);
	if (fuzz_once_in(by, 8))
		l->status = -EIO;
	rc = fuzz_letter_parse(by, counts ? FUZZ_VALID : FUZZ_STALE, a->ni, l);
	/* A message that is kept may have been ended meanwhile, by others. */
	sure = !rc && ask_is_sure(a) && (ended || READ_ONCE(a->md->sends) == a->sends);
	if (counts && sure && !fuzz_wait_for(ask_answers(a) == before + 1))
		fuzz_wrong(by, "no-answer", "the answer of %s is no event",
			   libcfs_nid2str(l->from.nid));
	else if (counts && sure && a->md->answered != (l->lost ? -EIO : l->status))
		fuzz_wrong(by, "event", "an answer ends with status %d, not %d", a->md->answered,
			   l->lost ? -EIO : l->status);
	else if (!counts && ask_answers(a) != before)
		fuzz_wrong(by, "lie", "an answer %s is an event", why);
	if (counts && sure && !a->put && !l->lost && !l->status &&
	    !fuzz_filled(a->md->mem, a->md->bytes, a->md->id, 0))
		fuzz_wrong(by, "payload", "a REPLY of a peer is not what it has sent");
	fuzz_letter_put(l);
	if (!counts)
		return 0;
	return sure ? 1 : -1;
}

/* All is over: its SEND event has come, with the status that the driver gave. */
static void ask_settle(struct fuzz_by *by, const struct ask *a, int status, bool sure)
{
	if (!fuzz_wait_for(READ_ONCE(a->md->sends) == a->sends + 1))
		fuzz_wrong(by, "no-send", "a message to a peer has no SEND event");
	else if (sure && a->md->status != status)
		fuzz_wrong(by, "event", "a message ends with status %d, not %d", a->md->status,
			   status);
}

static void ask_play(struct fuzz_by *by, struct ask *a)
{
	int status = fuzz_once_in(by, 3) ? -ECONNRESET : 0, said = 0;
	bool early = fuzz_below(by, 2), ended = !a->keeps, sure = !a->keeps;

	if (!a->keeps)
		status = min(a->result, 0);
	if (a->keeps && early) {
		ended = true;
		sure = fuzz_box_finish(by, status);
	}
	if (ended)
		ask_settle(by, a, status, sure);
	if (ended && !sure)
		status = a->md->status;
	ask_check(by, a);
	ask_tell_lies(by, a, a->answers);
	if (a->ack)
		said = ask_answer(by, a, !(ended && status), ended, "to what could not be sent");
	if (said > 0) {
		ask_answer(by, a, false, ended, "that is repeated");
		ask_tell_lies(by, a, a->answers + 1);
	}
	if (ended)
		return;
	sure = fuzz_box_finish(by, status);
	ask_settle(by, a, status, sure);
}

static void ask_once(struct fuzz_by *by, struct fuzz_md *md)
{
	struct ask a = { .md = md, .put = md->sort == FUZZ_SOURCE };
	u32 net = fuzz_below(by, 3) ? FUZZ_NET_1 : FUZZ_NET_2;

	a.ack = !a.put || fuzz_below(by, 4);
	if (ask_send(by, &a, fuzz_box_nid(by, net)))
		ask_play(by, &a);
	else
		ask_settle(by, &a, 0, false);
	if (a.letter)
		fuzz_letter_put(a.letter);
}

/* Questions to the thread's peer, and its answers. */
void fuzz_step_ask(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, QUESTIONS), bytes = 1 + fuzz_below(by, 500);
	bool put = fuzz_below(by, 2);
	struct fuzz_md *md;

	md = fuzz_own_source(by, put ? FUZZ_SOURCE : FUZZ_FETCH, bytes, LNET_MD_THRESH_INF);
	if (!md)
		return;
	for (; n; n--)
		ask_once(by, md);
	fuzz_own_unlink(by, md, 0);
}
