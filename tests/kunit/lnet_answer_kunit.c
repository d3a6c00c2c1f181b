// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that come by a network: from which peer, for which request, and how often they
 * are taken. A peer cannot give the answer of another with what it has seen of this node.
 */
#include "common.h"
#include "network/answer.h"

#include <linux/bitops.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random operations; 0: a new one (default 0)");

enum { BYTES = 64, RECENT = LNET_ANSWER_RECENT };

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };
static const struct lnet_process_id other = { LT_NID(3), LNET_PID_LUSTRE };

/* An MD that asks, and what comes of it. */
struct asker {
	struct lt_ni *f;
	struct lt_rx *rx;
	struct lt_rec *rec;
	struct lnet_handle_md mdh;
	char buf[BYTES];
};

static struct asker *asker(struct kunit *test)
{
	struct asker *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_NOT_NULL(test, a);
	a->f = lt_ni(test);
	a->rx = lt_rx(test);
	a->rec = lt_rec(test);
	eqh = lt_eq_alloc(test, 0, lt_record);
	a->mdh = lt_md_bind(test, lt_md(a->buf, BYTES, LNET_MD_THRESH_INF, 0,
					eqh, a->rec), LNET_RETAIN);
	return a;
}

/* Ask, and forget the SEND; the handle that was named. */
static struct lnet_handle_wire ask(struct kunit *test, struct asker *a, u8 type,
				   struct lnet_process_id whom)
{
	const struct lt_sent *sent;

	if (type == LNET_MSG_PUT)
		KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, a->mdh, LNET_ACK_REQ,
					      whom, LT_PORTAL, 1, 0, 0), 0);
	else
		KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, a->mdh, whom,
					      LT_PORTAL, 1, 0, false), 0);
	lt_rec_clear(a->rec);
	sent = lt_ni_sent(test, a->f, lt_ni_sends(a->f) - 1);
	return sent->hdr.msg.get.return_wmd;
}

/* What @from says in answer; how many events come of it: one, or a drop. */
static unsigned int answer(struct kunit *test, struct asker *a, u8 type,
			   struct lnet_handle_wire wmd, struct lnet_process_id from)
{
	const bool ack = type == LNET_MSG_ACK;
	const enum lnet_ni_drop why = ack ? LNET_DROP_ACK_STALE :
					    LNET_DROP_REPLY_STALE;
	u64 drops = lt_ni_drops(a->f, why);
	unsigned int events = lt_rec_count(a->rec);

	lt_hdr(a->rx, type, from.nid, ack ? 0 : BYTES);
	lt_hdr_from(a->rx, from.nid, from.pid);
	a->rx->hdr.msg.reply.dst_wmd = wmd;
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	KUNIT_EXPECT_EQ(test, a->rx->recvs, 1);
	events = lt_rec_count(a->rec) - events;
	KUNIT_EXPECT_EQ(test, events + lt_ni_drops(a->f, why) - drops, 1);
	KUNIT_EXPECT_EQ(test, a->rx->dropped, !events);
	if (events > 0)
		lt_expect_event(test, a->rec, lt_rec_count(a->rec) - 1,
				ack ? LNET_EVENT_ACK : LNET_EVENT_REPLY, 0, 0);
	return events;
}

static u8 answer_to(u8 type)
{
	return type == LNET_MSG_PUT ? LNET_MSG_ACK : LNET_MSG_REPLY;
}

static const u8 both[] = { LNET_MSG_PUT, LNET_MSG_GET };

/* The peer that answers ------------------------------------------------------- */

static void answer_of_who_was_not_asked_is_dropped(struct kunit *test)
{
	const struct lnet_process_id not_asked[] = {
		other, { LT_NID_PEER, LNET_PID_LUSTRE + 1 },
		{ LT_NID_PEER, LNET_PID_LUSTRE | LNET_PID_USERFLAG },
		{ LT_NID(0), LNET_PID_LUSTRE }, { LT_NID_SELF, LNET_PID_LUSTRE },
	};
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		wmd = ask(test, a, both[i], peer);
		for (j = 0; j < ARRAY_SIZE(not_asked); j++)
			KUNIT_EXPECT_EQ_MSG(test, answer(test, a, answer_to(both[i]), wmd,
							 not_asked[j]), 0, "%u", j);
		/* It has cost nothing. */
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd, peer), 1);
	}
}

static void answer_of_the_other_kind_is_dropped(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire put, get;

	put = ask(test, a, LNET_MSG_PUT, peer);
	get = ask(test, a, LNET_MSG_GET, peer);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, put, peer), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_ACK, get, peer), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_ACK, put, peer), 1);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, get, peer), 1);
}

/* One MD, many targets, answered in any order. */
static void answer_of_each_of_many_is_taken(struct kunit *test)
{
	struct lnet_handle_wire wmd[RECENT];
	struct asker *a = asker(test);
	struct lnet_process_id whom = peer;
	unsigned int i;

	for (i = 0; i < RECENT; i++) {
		whom.nid = LT_NID(100 + i);
		wmd[i] = ask(test, a, both[i % 2], whom);
	}
	for (i = RECENT; i--;) {
		whom.nid = LT_NID(100 + (i + 2) % RECENT);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i % 2]), wmd[i], whom), 0);
		whom.nid = LT_NID(100 + i);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i % 2]), wmd[i], whom), 1);
	}
	for (i = 0; i < RECENT; i++) {
		whom.nid = LT_NID(100 + i);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i % 2]), wmd[i], whom), 0);
	}
}

/* Handles that a peer makes of those that it has seen ----------------------- */

static void answer_with_any_bit_changed_is_dropped(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd, bad;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		/* There are others that wait. */
		ask(test, a, both[i], peer);
		wmd = ask(test, a, both[i], peer);
		for (bit = 0; bit < 8 * sizeof(wmd); bit++) {
			bad = wmd;
			((u8 *)&bad)[bit / 8] ^= BIT(bit % 8);
			KUNIT_EXPECT_EQ_MSG(test, answer(test, a, answer_to(both[i]), bad,
							 peer), 0, "bit %u", bit);
		}
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd, peer), 1);
	}
}

/* One life of an MD, or one operation, says nothing of the next. */
static void answer_handles_have_nothing_in_common(struct kunit *test)
{
	struct lnet_handle_wire wmd[64];
	struct asker *a = asker(test);
	unsigned int i, j, bits, least = 64;

	for (i = 0; i < ARRAY_SIZE(wmd); i++) {
		if (i % 2) {
			KUNIT_ASSERT_EQ(test, LNetMDUnlink(a->mdh), 0);
			a->mdh = lt_md_bind(test, lt_md(a->buf, BYTES, LNET_MD_THRESH_INF,
							0, lt_no_eq(), NULL), LNET_RETAIN);
		}
		wmd[i] = ask(test, a, LNET_MSG_GET, peer);
		KUNIT_EXPECT_EQ(test, (u32)wmd[i].object_cookie >> 24, 0);
		/* Neither the cookie nor its generation is there. */
		KUNIT_EXPECT_NE(test, wmd[i].object_cookie, a->mdh.cookie);
		KUNIT_EXPECT_EQ(test, wmd[i].object_cookie >> 32,
				lnet_handle_index(a->mdh.cookie));
		for (j = 0; j < i; j++) {
			bits = hweight64(wmd[i].interface_cookie ^ wmd[j].interface_cookie);
			least = min(least, bits);
		}
	}
	/* Of 2016 pairs of random words none is nearer, but once in 10^8 runs. */
	KUNIT_EXPECT_GT(test, least, 6);
}

/* The handle of an MD's former life, where the next one waits for the same. */
static void answer_to_a_former_life_is_dropped(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd, now;
	u32 index = lnet_handle_index(a->mdh.cookie);
	struct lnet_md md;
	unsigned int i;

	md = lt_md(a->buf, BYTES, LNET_MD_THRESH_INF, 0, lt_no_eq(), NULL);
	wmd = ask(test, a, LNET_MSG_GET, peer);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(a->mdh), 0);
	for (i = 0; i < 1000; i++) {
		a->mdh = lt_md_bind(test, md, LNET_RETAIN);
		if (lnet_handle_index(a->mdh.cookie) == index)
			break;
		KUNIT_ASSERT_EQ(test, LNetMDUnlink(a->mdh), 0);
	}
	KUNIT_ASSERT_LT(test, i, 1000);
	lt_rec_clear(a->rec);
	now = ask(test, a, LNET_MSG_GET, peer);
	KUNIT_ASSERT_EQ(test, now.object_cookie, wmd.object_cookie);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, wmd, peer), 0);
}

static void answer_with_a_cookie_as_over_loopback_is_dropped(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire plain = { .object_cookie = a->mdh.cookie };

	ask(test, a, LNET_MSG_PUT, peer);
	ask(test, a, LNET_MSG_GET, peer);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_ACK, plain, peer), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, plain, peer), 0);
}

/* Once ----------------------------------------------------------------------- */

static void answer_is_taken_once(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		/* A request to another peer waits, too: this peer has no part in it. */
		wmd[0] = ask(test, a, both[i], other);
		wmd[1] = ask(test, a, both[i], peer);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd[1], peer), 1);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd[1], peer), 0);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd[0], other), 1);
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd[0], other), 0);
	}
}

/* As many as were asked for, however late, and no more. */
static void answer_may_be_late(struct kunit *test)
{
	enum { ASKED = 3 * RECENT };
	struct lnet_handle_wire wmd[ASKED];
	struct asker *a = asker(test);
	unsigned int i;

	for (i = 0; i < ASKED; i++)
		wmd[i] = ask(test, a, LNET_MSG_GET, peer);
	for (i = 0; i < ASKED; i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(test, a, LNET_MSG_REPLY, wmd[i], peer), 1,
				    "%u", i);
	for (i = 0; i < ASKED; i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(test, a, LNET_MSG_REPLY, wmd[i], peer), 0,
				    "%u", i);
}

/* A message that was not sent gets none, and holds no other one's place. */
static void answer_to_what_was_not_sent_is_dropped(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		a->f->send_status = -EIO;
		wmd = ask(test, a, both[i], peer);
		a->f->send_status = 0;
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd, peer), 0);
		a->f->send_rc = -EHOSTUNREACH;
		wmd = ask(test, a, both[i], peer);
		a->f->send_rc = 0;
		KUNIT_EXPECT_EQ(test, answer(test, a, answer_to(both[i]), wmd, peer), 0);
	}
}

static void answer_before_the_send_fails_is_taken(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd;

	a->f->hold_send = true;
	wmd = ask(test, a, LNET_MSG_GET, peer);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, wmd, peer), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(a->f, -ECONNRESET), 1);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_REPLY, wmd, peer), 0);
}

/* It has begun, and ends as it may: see api.rst on a SEND event with an error. */
static void answer_that_was_arriving_when_the_send_fails_ends(struct kunit *test)
{
	struct asker *a = asker(test);
	const struct lt_sent *sent;
	struct lnet_handle_md mdh;

	mdh = lt_md_bind(test, lt_md(a->buf, BYTES, 2, 0, lt_eq_alloc(test, 0, lt_record),
				     a->rec), LNET_UNLINK);
	a->f->hold_send = true;
	a->f->hold_recv = true;
	KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, mdh, peer, LT_PORTAL, 1, 0, false), 0);
	sent = lt_ni_sent(test, a->f, 0);
	lt_hdr(a->rx, LNET_MSG_REPLY, peer.nid, BYTES);
	a->rx->hdr.msg.reply.dst_wmd = sent->hdr.msg.get.return_wmd;
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(a->f, -ECONNRESET), 1);
	lt_expect_event(test, a->rec, 0, LNET_EVENT_SEND, -ECONNRESET, 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(a->f, 0, 0));
	lt_expect_event(test, a->rec, 1, LNET_EVENT_REPLY, 0, 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
}

/* Over loopback and by the network, with one MD. */
static void answer_over_loopback_is_another_matter(struct kunit *test)
{
	struct asker *a = asker(test);
	struct lnet_handle_wire wmd;

	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_TRUNCATE,
			   lt_no_eq(), NULL), LNET_RETAIN);
	wmd = ask(test, a, LNET_MSG_PUT, peer);
	KUNIT_EXPECT_EQ(test, lt_put(a->mdh, LNET_ACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 2);
	lt_rec_clear(a->rec);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_ACK, wmd, peer), 1);
	KUNIT_EXPECT_EQ(test, answer(test, a, LNET_MSG_ACK, wmd, peer), 0);
}

/* The word ------------------------------------------------------------------- */

enum { MODEL = 4096 };			/* operations that the model knows */

struct model {
	u8 missing[MODEL];
	u32 number;			/* the last one */
	unsigned int old;
};

static bool model_take(struct model *m, u32 number)
{
	if (m->number - number >= RECENT) {
		if (!m->old)
			return false;
		m->old--;
		return true;
	}
	if (!m->missing[number % MODEL])
		return false;
	m->missing[number % MODEL] = 0;
	return true;
}

static void model_expect(struct model *m)
{
	u32 leaves = m->number + 1 - RECENT;

	m->number++;
	m->missing[m->number % MODEL] = 1;
	if (m->number > RECENT && m->missing[leaves % MODEL])
		m->old++;
}

/* Asking, answering and failing at random, beside a model that knows them all. */
static void answer_word_is_like_its_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i, taken = 0, refused = 0;
	struct rnd_state rnd;
	u64 word = 0;
	u32 number;
	bool took;

	KUNIT_ASSERT_NOT_NULL(test, m);
	if (!seed)
		seed = get_random_u32();
	kunit_info(test, "seed=%lu", seed);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < 100000 / LT_SLOW; i++) {
		if (!m->number || prandom_u32_state(&rnd) % 3 == 0) {
			word = lnet_answer_expected(word);
			model_expect(m);
			KUNIT_ASSERT_EQ(test, (u32)(word >> 40), m->number);
			continue;
		}
		number = m->number - prandom_u32_state(&rnd) % min(m->number, 2U * RECENT);
		if (prandom_u32_state(&rnd) % 8 == 0) {
			word = lnet_answer_forgotten(word, number);
			if (m->number - number < RECENT)
				m->missing[number % MODEL] = 0;
			continue;
		}
		took = lnet_answer_taken(&word, number);
		KUNIT_ASSERT_EQ_MSG(test, took, model_take(m, number), "step %u", i);
		if (took)
			taken++;
		else
			refused++;
	}
	KUNIT_EXPECT_GT(test, taken, 100);
	KUNIT_EXPECT_GT(test, refused, 100);
}

/* Those that are too many to be counted are not lost. */
static void answer_word_gives_up_counting(struct kunit *test)
{
	const u32 last = LNET_ANSWER_OLD_MAX + RECENT;
	u64 word = 0, before;
	u32 i;

	for (i = 0; i < last - 1; i++)
		word = lnet_answer_expected(word);
	before = word;
	KUNIT_EXPECT_TRUE(test, lnet_answer_taken(&word, 1));
	KUNIT_EXPECT_NE(test, word, before);
	word = lnet_answer_expected(lnet_answer_expected(before));
	before = word;
	for (i = 1; i < 1000; i++)
		KUNIT_EXPECT_TRUE(test, lnet_answer_taken(&word, i));
	KUNIT_EXPECT_EQ(test, word, before);
	/* The recent ones are, as ever. */
	KUNIT_EXPECT_TRUE(test, lnet_answer_taken(&word, last + 1));
	KUNIT_EXPECT_FALSE(test, lnet_answer_taken(&word, last + 1));
}

static void answer_word_goes_round(struct kunit *test)
{
	u64 word = (u64)LNET_ANSWER_NUMBER_MASK << 40;

	word = lnet_answer_expected(word);
	KUNIT_EXPECT_EQ(test, word, 1);
	KUNIT_EXPECT_FALSE(test, lnet_answer_taken(&word, LNET_ANSWER_NUMBER_MASK));
	KUNIT_EXPECT_TRUE(test, lnet_answer_taken(&word, 0));
	KUNIT_EXPECT_FALSE(test, lnet_answer_taken(&word, 0));
}

static struct kunit_case lnet_answer_cases[] = {
	KUNIT_CASE(answer_of_who_was_not_asked_is_dropped),
	KUNIT_CASE(answer_of_the_other_kind_is_dropped),
	KUNIT_CASE(answer_of_each_of_many_is_taken),
	KUNIT_CASE(answer_with_any_bit_changed_is_dropped),
	KUNIT_CASE(answer_handles_have_nothing_in_common),
	KUNIT_CASE(answer_to_a_former_life_is_dropped),
	KUNIT_CASE(answer_with_a_cookie_as_over_loopback_is_dropped),
	KUNIT_CASE(answer_is_taken_once),
	KUNIT_CASE(answer_may_be_late),
	KUNIT_CASE(answer_to_what_was_not_sent_is_dropped),
	KUNIT_CASE(answer_before_the_send_fails_is_taken),
	KUNIT_CASE(answer_that_was_arriving_when_the_send_fails_ends),
	KUNIT_CASE(answer_over_loopback_is_another_matter),
	KUNIT_CASE(answer_word_is_like_its_model),
	KUNIT_CASE(answer_word_gives_up_counting),
	KUNIT_CASE(answer_word_goes_round),
	{}
};

LT_SUITE(lnet_answer);

MODULE_DESCRIPTION("KUnit suite of lnet: answers from the network");
MODULE_LICENSE("GPL");
