// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that do not come: the MD of a GET, or of a PUT that wants an ACK, ends after the
 * time-out, if it is tracked, and else never. lnet_deadline is about what else happens then.
 */
#include "response_ask.h"
#include "event/md.h"
#include "network/response.h"

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random operations; 0: a new one (default 0)");

/* A request of a kind, to a place. */
static const struct way {
	u8 type;
	bool lo;
} ways[] = {
	{ LNET_MSG_PUT, false }, { LNET_MSG_GET, false },
	{ LNET_MSG_PUT, true }, { LNET_MSG_GET, true },
};

static void ask_by(struct kunit *test, struct lt_side *s, const struct way *way)
{
	ask(test, s->mdh, way->type, way->lo ? lt_lo : peer);
}

/* One request ---------------------------------------------------------------- */

static void response_that_does_not_come_ends_the_md(struct kunit *test)
{
	struct lt_side *s[ARRAY_SIZE(ways)];
	struct lt_ni *f = lt_ni(test);
	u64 before = timeouts(test);
	unsigned long since;
	unsigned int i;

	set_timeout(test);
	since = jiffies;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		s[i] = asker(test, 2, TRACK, LNET_UNLINK);
		ask_by(test, s[i], &ways[i]);
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 1);
		lt_expect_event(test, s[i]->rec, 0, LNET_EVENT_SEND, 0, 0);
	}
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		expect_unlink(test, s[i], 1);
	expect_ms(test, since, TIMEOUT_MS, LATEST_MS);
	KUNIT_EXPECT_EQ(test, timeouts(test), before + ARRAY_SIZE(ways));

	/* What comes after all is dropped. */
	answer(test, f, 0);
	answer(test, f, 1);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_ACK_STALE), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
	KUNIT_EXPECT_TRUE(test, lt_is_byte(s[1]->buf, BYTES, 0));
	/* It ends once. */
	wait_for_another(test);
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 2);
	KUNIT_EXPECT_EQ(test, timeouts(test), before + ARRAY_SIZE(ways) + 1);
}

static void response_in_time_is_all(struct kunit *test)
{
	struct lt_side *s[ARRAY_SIZE(ways)], *t;
	struct lt_ni *f = lt_ni(test);
	unsigned int i;
	u64 word;

	t = lt_side(test, BYTES);
	lt_side_attach(test, t, BITS, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_OP_GET |
		       LNET_MD_MANAGE_REMOTE, LNET_RETAIN);
	set_timeout(test);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		s[i] = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
		ask_by(test, s[i], &ways[i]);
		if (!ways[i].lo)
			answer(test, f, i);
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 2);
		word = atomic64_read(&lt_md_of(test, s[i]->mdh)->response);
		KUNIT_EXPECT_FALSE(test, lnet_response_is_missing(word));
	}
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(t->meh), 0);
	wait_for_another(test);
	/* And it can be late the next time. */
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 2);
		ask_by(test, s[i], &ways[i]);
	}
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		expect_unlink(test, s[i], 3);
}

/* Without an EQ an MD ends as well, and the counter says so. */
static void response_without_an_eq_ends_the_md(struct kunit *test)
{
	u64 before = timeouts(test), counts[4], live;
	struct lnet_handle_md mdh;

	lnet_object_counts(counts);
	live = counts[LNET_HANDLE_MD];
	set_timeout(test);
	mdh = lt_md_bind(test, lt_md(NULL, 0, 2, TRACK, lt_no_eq(), NULL), LNET_UNLINK);
	ask(test, mdh, LNET_MSG_GET, lt_lo);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(timeouts(test) == before + 1));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(({
		lnet_object_counts(counts);
		counts[LNET_HANDLE_MD] == live;
	})));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
}

static void response_of_nothing_else_is_waited_for(struct kunit *test)
{
	static const unsigned int options[] = { 0, LNET_MD_NO_TRACK_RESPONSE };
	struct lt_side *s[ARRAY_SIZE(options)], *plain, *idle, *target;
	u64 before = timeouts(test);
	unsigned int i;

	lt_ni(test);
	set_timeout(test);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		s[i] = asker(test, LNET_MD_THRESH_INF, options[i], LNET_RETAIN);
		ask(test, s[i]->mdh, LNET_MSG_GET, peer);
		ask(test, s[i]->mdh, LNET_MSG_PUT, peer);
		ask(test, s[i]->mdh, LNET_MSG_GET, lt_lo);
		ask(test, s[i]->mdh, LNET_MSG_PUT, lt_lo);
	}
	/* A PUT that wants no ACK, no request at all, and an MD that takes messages. */
	plain = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, plain->mdh, LNET_NOACK_REQ, peer, LT_PORTAL,
				      BITS, 0, 0), 0);
	idle = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	target = lt_side(test, BYTES);
	lt_side_attach(test, target, BITS + 1, LNET_MD_THRESH_INF, TRACK | LNET_MD_OP_PUT,
		       LNET_RETAIN);
	KUNIT_ASSERT_EQ(test, lt_put(lt_source(test, target->buf, 1), LNET_NOACK_REQ, BITS + 1,
				     0, 0), 0);

	wait_for_another(test);
	KUNIT_EXPECT_EQ(test, timeouts(test), before + 1);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 4);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(s[i]->mdh), 0);
		lt_expect_event(test, s[i]->rec, 4, LNET_EVENT_UNLINK, 0, 1);
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(plain->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(idle->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(target->mdh), 0);
	lt_expect_event(test, target->rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

/* What a lazy portal does with it does not matter. */
static void response_of_a_lazy_portal_may_come_too_late(struct kunit *test)
{
	struct lt_side *put, *get, *target;

	set_timeout(test);
	lt_lazy(test, LT_PORTAL);
	put = asker(test, 2, TRACK, LNET_UNLINK);
	get = asker(test, 2, TRACK, LNET_UNLINK);
	ask(test, put->mdh, LNET_MSG_PUT, lt_lo);
	ask(test, get->mdh, LNET_MSG_GET, lt_lo);
	expect_unlink(test, put, 1);
	expect_unlink(test, get, 1);

	/* The PUT has waited, and is received; its ACK finds no MD. */
	target = lt_side(test, BYTES);
	lt_side_attach(test, target, BITS, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_rec_count(target->rec), 1);
	lt_expect_event(test, target->rec, 0, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(put->rec), 2);
}

/* The group of a request is part of what proves an answer. */
static void response_of_another_group_is_dropped(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lt_side *s;
	struct lt_rx *rx;
	u32 group;

	s = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	ask(test, s->mdh, LNET_MSG_GET, peer);
	sent = lt_ni_sent(test, f, 0);
	for (group = 1; group < 4; group++) {
		rx = lt_rx(test);
		lt_hdr(rx, LNET_MSG_REPLY, LT_NID_PEER, BYTES);
		rx->hdr.msg.reply.dst_wmd = sent->hdr.msg.get.return_wmd;
		rx->hdr.msg.reply.dst_wmd.object_cookie ^= (u64)group << 24;
		KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
		KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), group);
	}
	answer(test, f, 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 0);
}

/* Failure, and messages in flight -------------------------------------------- */

static struct lt_side *failed_send(struct kunit *test, struct lnet_process_id whom, int status)
{
	struct lt_side *s = asker(test, 2, TRACK, LNET_UNLINK);

	ask(test, s->mdh, LNET_MSG_GET, whom);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, status, 0);
	return s;
}

static void response_to_a_failed_send_is_not_waited_for_longer(struct kunit *test)
{
	const lnet_nid_t nowhere = LNET_MKNID(LNET_MKNET(SOCKLND, 9), 1);
	struct lt_ni *f = lt_ni(test);
	unsigned long since = jiffies;
	struct lt_side *s[3];
	unsigned int i;

	set_timeout(test);
	f->send_rc = -EHOSTDOWN;
	s[0] = failed_send(test, peer, -EHOSTDOWN);
	f->send_rc = 0;
	f->send_status = -ECONNRESET;
	s[1] = failed_send(test, peer, -ECONNRESET);
	s[2] = failed_send(test, lt_id(nowhere, LNET_PID_LUSTRE), -EHOSTUNREACH);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		expect_unlink(test, s[i], 1);
	expect_ms(test, since, TIMEOUT_MS, LATEST_MS);
}

static bool is_late(struct lnet_libmd *md)
{
	return atomic64_read(&md->state) & LNET_MD_LATE;
}

static void response_to_a_send_in_flight_ends_with_it(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lnet_libmd *md;
	struct lt_side *s;

	set_timeout(test);
	f->hold_send = true;
	s = asker(test, 2, TRACK, LNET_UNLINK);
	md = lt_md_of(test, s->mdh);
	ask(test, s->mdh, LNET_MSG_PUT, peer);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(is_late(md)));
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 1);
	answer(test, f, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 1);
}

/* The time-out is for the answer to come; its payload has the time of the driver. */
static void response_that_is_coming_has_come(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_side *one, *two;
	struct lnet_libmd *md;

	set_timeout(test);
	one = asker(test, 2, TRACK, LNET_UNLINK);
	two = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	md = lt_md_of(test, two->mdh);
	f->hold_recv = true;
	ask(test, one->mdh, LNET_MSG_GET, peer);
	answer(test, f, 0);
	ask(test, two->mdh, LNET_MSG_GET, peer);
	ask(test, two->mdh, LNET_MSG_GET, peer);
	answer(test, f, 2);
	/* Of the second, an answer is still missing. */
	KUNIT_ASSERT_TRUE(test, lt_wait_for(is_late(md)));
	KUNIT_EXPECT_EQ(test, lt_rec_count(one->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(two->rec), 2);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	lt_expect_event(test, one->rec, 1, LNET_EVENT_REPLY, 0, 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	lt_expect_event(test, two->rec, 2, LNET_EVENT_REPLY, 0, 1);
	answer(test, f, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(two->rec), 3);
}

/* Several requests of an MD --------------------------------------------------- */

static void response_to_each_of_two_is_waited_for(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_side *first, *second, *both;
	unsigned long since;

	set_timeout(test);
	first = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	second = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	both = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	since = jiffies;
	ask(test, first->mdh, LNET_MSG_GET, peer);
	ask(test, second->mdh, LNET_MSG_GET, peer);
	ask(test, both->mdh, LNET_MSG_GET, peer);
	sleep_ms(TIMEOUT_MS / 2);
	ask(test, first->mdh, LNET_MSG_PUT, peer);
	ask(test, second->mdh, LNET_MSG_PUT, peer);
	ask(test, both->mdh, LNET_MSG_PUT, peer);
	answer(test, f, 0);		/* of @first, the second request is missing */
	answer(test, f, 4);		/* of @second, the first one */
	answer(test, f, 5);
	answer(test, f, 2);
	/* By the time of the request that is missing. */
	expect_unlink(test, second, 3);
	expect_ms(test, since, TIMEOUT_MS, LATEST_MS);
	expect_unlink(test, first, 3);
	expect_ms(test, since, TIMEOUT_MS * 3 / 2, 2 * LATEST_MS);
	wait_for_another(test);
	KUNIT_EXPECT_EQ(test, lt_rec_count(both->rec), 4);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(both->mdh), 0);
	lt_expect_event(test, both->rec, 4, LNET_EVENT_UNLINK, 0, 1);
}

/*
 * Requests go on, and are answered, more of them than the word of answer.h knows apart. One is
 * not.
 */
static void response_that_is_missing_among_many_is_noticed(struct kunit *test)
{
	enum { EACH = 8, LOST = EACH + 3 };
	struct lt_ni *f = lt_ni(test);
	unsigned long since = 0;
	unsigned int n = 0, i;
	struct lnet_libmd *md;
	struct lt_side *s;

	set_timeout(test);
	s = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	md = lt_md_of(test, s->mdh);
	while (!is_late(md)) {
		for (i = 0; i < EACH && !is_late(md); i++) {
			if (LNetGet(LNET_NID_ANY, s->mdh, peer, LT_PORTAL, BITS, 0, false))
				break;
			if (n == LOST)
				since = jiffies;
			/* Each is answered when the next has been sent. */
			if (n && n - 1 != LOST)
				answer(test, f, n - 1);
			n++;
		}
		sleep_ms(50);
		KUNIT_ASSERT_LT(test, n, 3000);
	}
	KUNIT_EXPECT_GT(test, n, 2 * LT_SENT_MAX);
	expect_ms(test, since, TIMEOUT_MS, 2 * LATEST_MS);
	/* A SEND for each, a REPLY for all but two or three, and the UNLINK. */
	KUNIT_EXPECT_TRUE(test, lt_rec_wait(s->rec, 2 * n - 2));
	KUNIT_EXPECT_LE(test, lt_rec_count(s->rec), 2 * n - 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), -ENOENT);
}

/* All is answered, but never is nothing missing. */
static void response_that_is_always_missing_is_not_late(struct kunit *test)
{
	unsigned long end = jiffies + msecs_to_jiffies(5 * TIMEOUT_MS / 2);
	struct lt_ni *f = lt_ni(test);
	struct lt_side *s;
	unsigned int n;

	set_timeout(test);
	s = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	ask(test, s->mdh, LNET_MSG_GET, peer);
	for (n = 1; time_before(jiffies, end); n++) {
		ask(test, s->mdh, LNET_MSG_GET, peer);
		answer(test, f, n - 1);
		sleep_ms(20);
	}
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2 * n - 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
}

/* The parameter ---------------------------------------------------------------- */

static void response_timeout_may_be_changed(struct kunit *test)
{
	static const char *const before[] = { "0", "604800" };
	unsigned long since;
	struct lt_side *s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(before); i++) {
		lt_param(test, "lnet_transaction_timeout", before[i]);
		s = asker(test, 2, TRACK, LNET_UNLINK);
		since = jiffies;
		ask(test, s->mdh, LNET_MSG_GET, lt_lo);
		sleep_ms(TIMEOUT_MS / 2);
		set_timeout(test);
		expect_unlink(test, s, 1);
		expect_ms(test, since, TIMEOUT_MS, LATEST_MS);
	}
}

static void response_timeout_of_0_is_none(struct kunit *test)
{
	u64 before = timeouts(test);
	struct lt_side *s;

	/* Also for what waits already. */
	set_timeout(test);
	s = asker(test, 2, TRACK, LNET_UNLINK);
	ask(test, s->mdh, LNET_MSG_GET, lt_lo);
	lt_param(test, "lnet_transaction_timeout", "0");
	ask(test, asker(test, 2, TRACK, LNET_UNLINK)->mdh, LNET_MSG_GET, lt_lo);
	sleep_ms(2 * TIMEOUT_MS);
	KUNIT_EXPECT_EQ(test, timeouts(test), before);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

static void response_timeout_has_bounds(struct kunit *test)
{
	static const char path[] = "../../module/lnet/parameters/lnet_transaction_timeout";
	static const char *const wrong[] = { "604801", "-1", "soon", "" };
	char now[16];
	unsigned int i;

	lt_param(test, "lnet_transaction_timeout", "604800");
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_NE_MSG(test, *wrong[i] ? lt_sysfs_write(path, wrong[i]) : -EINVAL, 0,
				    "'%s'", wrong[i]);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, now, sizeof(now)), 0);
	KUNIT_EXPECT_STREQ(test, now, "604800");
}

/* The word ---------------------------------------------------------------------- */

enum { LIMIT = 100, MOST = 40 };

/* A request that has no answer. */
struct missing {
	u32 group;
	u32 since;
};

static void model_check(struct kunit *test, const struct missing *m, unsigned int n, u64 word,
			u32 now)
{
	u32 age = lnet_response_age(word, now), oldest = 0;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, lnet_response_is_missing(word), n > 0);
	for (i = 0; i < n; i++)
		oldest = max(oldest, now - m[i].since);
	if (!n)
		return;
	/* None is late before its time, and each is by twice its time. */
	KUNIT_ASSERT_LE(test, age, oldest);
	if (age < LIMIT)
		KUNIT_ASSERT_LT(test, oldest, 2 * LIMIT);
}

/* Random requests and answers, and a time that wraps. An MD that is late is another one. */
static void response_word_is_of_its_requests(struct kunit *test)
{
	struct missing m[MOST];
	struct rnd_state rnd;
	u32 now, late = 0;
	unsigned int i, n = 0, step, pick;
	u64 word = 0;

	if (!seed)
		seed = get_random_u32() | 1;
	kunit_info(test, "seed=%lu\n", seed);
	prandom_seed_state(&rnd, seed);
	now = 0U - 100000;
	for (step = 0; step < 400000 / LT_SLOW; step++) {
		now += prandom_u32_state(&rnd) % (step & 0x1000 ? 4 : 40);
		if (n && lnet_response_age(word, now) >= LIMIT) {
			late++;
			n = 0;
			word = 0;
		}
		pick = prandom_u32_state(&rnd) % (MOST / 2);
		if (pick >= n && n < MOST) {
			m[n].since = now;
			word = lnet_response_asked(word, now, &m[n].group);
			KUNIT_ASSERT_NE(test, m[n].group, LNET_RESPONSE_NONE);
			n++;
		} else if (n) {
			i = prandom_u32_state(&rnd) % n;
			word = lnet_response_answered(word, m[i].group, now);
			m[i] = m[--n];
		}
		model_check(test, m, n, word, now);
	}
	KUNIT_EXPECT_GT(test, late, 100);
}

static void response_word_has_an_end(struct kunit *test)
{
	const u32 max = LNET_RESPONSE_COUNT_MAX;
	u32 group, first, i;
	u64 word;

	word = lnet_response_asked(0, 5, &first);
	KUNIT_EXPECT_EQ(test, first, LNET_RESPONSE_FIRST);
	for (i = 0; i < max; i++) {
		word = lnet_response_asked(word, 6, &group);
		if (group != LNET_RESPONSE_SECOND)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, max);
	KUNIT_EXPECT_EQ(test, lnet_response_asked(word, 7, &group), word);
	KUNIT_EXPECT_EQ(test, group, LNET_RESPONSE_NONE);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 25), 20);
	/* When the first is answered the others count from then on. */
	word = lnet_response_answered(word, first, 15);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 25), 10);
	/* More answers than requests change nothing. */
	KUNIT_EXPECT_EQ(test, lnet_response_answered(word, first, 16), word);
	for (i = 0; i < max; i++)
		word = lnet_response_answered(word, LNET_RESPONSE_SECOND, 17);
	KUNIT_EXPECT_FALSE(test, lnet_response_is_missing(word));
	word = lnet_response_answered(word, LNET_RESPONSE_SECOND, 18);
	KUNIT_EXPECT_FALSE(test, lnet_response_is_missing(word));
	lnet_response_asked(word, 19, &group);
	KUNIT_EXPECT_EQ(test, group, LNET_RESPONSE_SECOND);
}

static void response_age_knows_the_clocks_of_others(struct kunit *test)
{
	u32 group;
	u64 word = lnet_response_asked(0, 0x01000000, &group);

	/* A CPU that is behind the one that asked; one after the wrap; and the end. */
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 0x00ffffff), 0);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 0x01000007), 7);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 0x01000000 + LNET_RESPONSE_AGE_MAX),
			LNET_RESPONSE_AGE_MAX);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 0x01000001 + LNET_RESPONSE_AGE_MAX), 0);
	word = lnet_response_asked(0, U32_MAX, &group);
	KUNIT_EXPECT_EQ(test, lnet_response_age(word, 9), 10);
}

static struct kunit_case lnet_response_cases[] = {
	KUNIT_CASE_SLOW(response_that_does_not_come_ends_the_md),
	KUNIT_CASE_SLOW(response_in_time_is_all),
	KUNIT_CASE(response_without_an_eq_ends_the_md),
	KUNIT_CASE(response_of_nothing_else_is_waited_for),
	KUNIT_CASE(response_of_a_lazy_portal_may_come_too_late),
	KUNIT_CASE(response_of_another_group_is_dropped),
	KUNIT_CASE(response_to_a_failed_send_is_not_waited_for_longer),
	KUNIT_CASE(response_to_a_send_in_flight_ends_with_it),
	KUNIT_CASE(response_that_is_coming_has_come),
	KUNIT_CASE_SLOW(response_to_each_of_two_is_waited_for),
	KUNIT_CASE(response_that_is_missing_among_many_is_noticed),
	KUNIT_CASE_SLOW(response_that_is_always_missing_is_not_late),
	KUNIT_CASE_SLOW(response_timeout_may_be_changed),
	KUNIT_CASE_SLOW(response_timeout_of_0_is_none),
	KUNIT_CASE(response_timeout_has_bounds),
	KUNIT_CASE(response_word_is_of_its_requests),
	KUNIT_CASE(response_word_has_an_end),
	KUNIT_CASE(response_age_knows_the_clocks_of_others),
	{}
};

LT_SUITE(lnet_response);

MODULE_DESCRIPTION("KUnit suite of lnet: answers that do not come");
MODULE_LICENSE("GPL");
