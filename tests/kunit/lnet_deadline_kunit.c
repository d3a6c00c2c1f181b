// SPDX-License-Identifier: GPL-2.0
/*
 * The moment at which an answer is late, and what else happens then: the answer comes after all,
 * the MD dies and its memory is another one, LNet goes down. Many MDs at once.
 */
#include "response_ask.h"

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/overflow.h>

LT_RUNTIME_MS(5000, "answers and the time-out meet");

/* LNet goes down ---------------------------------------------------------------- */

static void init_again(void *arg)
{
	LNetNIInit(LNET_PID_LUSTRE);
}

/* LNet is down on return, and up again when the case is over. */
static void go_down(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, init_again, NULL), 0);
	KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
	if (LNetNIInit(LNET_PID_ANY) == -ENETDOWN)
		return;
	LNetNIFini();
	kunit_skip(test, "LNet is in use");
}

static void deadline_does_not_come_when_lnet_goes_down(struct kunit *test)
{
	u64 before = timeouts(test);
	struct lt_side *s[3];
	unsigned int i;

	set_timeout(test);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = asker(test, 2, TRACK, LNET_UNLINK);
		ask(test, s[i]->mdh, i % 2 ? LNET_MSG_GET : LNET_MSG_PUT, lt_lo);
	}
	go_down(test);
	sleep_ms(TIMEOUT_MS * 3 / 2);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		KUNIT_EXPECT_EQ(test, lt_rec_count(s[i]->rec), 1);
	KUNIT_EXPECT_EQ(test, timeouts(test), before);

	/* LNet comes up again: those are gone, others are waited for. */
	kunit_release_action(test, init_again, NULL);
	wait_for_another(test);
	KUNIT_EXPECT_EQ(test, timeouts(test), before + 1);
}

/* An MD is late when LNet goes down: it has ended before, or not at all. */
static void deadline_is_over_before_lnet_is_down(struct kunit *test)
{
	const struct lnet_window_plan stop = { .us = 300000, .nth = 1 };
	struct lnet_window_count count;
	unsigned int events;
	struct lt_side *s;

	lt_need_two_cpus(test);
	set_timeout(test);
	s = asker(test, 2, TRACK, LNET_UNLINK);
	lt_window_open(test, LNET_WINDOW_RESPONSE_LATE, &stop);
	ask(test, s->mdh, LNET_MSG_GET, lt_lo);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(({
		lnet_window_counts(LNET_WINDOW_RESPONSE_LATE, &count);
		count.passed;
	})));
	go_down(test);
	events = lt_rec_count(s->rec);
	KUNIT_EXPECT_EQ(test, events, 2);
	sleep_ms(TIMEOUT_MS);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), events);
}

/* The walk and others, at the same time ------------------------------------------ */

/* @s has a request that the walk has found late, and the walk is about to pin its MD. */
static struct lt_side *about_to_end(struct kunit *test)
{
	const struct lnet_window_plan stop = { .nth = 1 };
	struct lt_side *s;

	lt_need_two_cpus(test);
	set_timeout(test);
	s = asker(test, LNET_MD_THRESH_INF, TRACK, LNET_RETAIN);
	lt_window_open(test, LNET_WINDOW_RESPONSE_LATE, &stop);
	ask(test, s->mdh, LNET_MSG_GET, peer);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_RESPONSE_LATE));
	return s;
}

static void deadline_is_not_over_if_the_answer_comes(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_side *s = about_to_end(test);

	answer(test, f, 0);
	lnet_window_let_go(LNET_WINDOW_RESPONSE_LATE);
	wait_for_another(test);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_REPLY, 0, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	lt_expect_event(test, s->rec, 2, LNET_EVENT_UNLINK, 0, 1);
}

/* The last of the elder group: the younger one is missing, from now on. */
static void deadline_is_another_if_only_the_first_answer_comes(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_side *s = about_to_end(test);
	unsigned long since;

	ask(test, s->mdh, LNET_MSG_GET, peer);
	answer(test, f, 0);
	since = jiffies;
	lnet_window_let_go(LNET_WINDOW_RESPONSE_LATE);
	expect_unlink(test, s, 3);
	expect_ms(test, since, TIMEOUT_MS, LATEST_MS);
}

/* Its memory is another MD's at once: one that is not tracked, and one that is. */
static void deadline_of_an_md_that_died_is_of_no_other(struct kunit *test)
{
	unsigned int options[] = { 0, TRACK }, i;
	struct lt_side *s, *other;
	u64 before;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		s = about_to_end(test);
		before = timeouts(test);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
		lt_expect_event(test, s->rec, 1, LNET_EVENT_UNLINK, 0, 1);
		other = asker(test, LNET_MD_THRESH_INF, options[i], LNET_RETAIN);
		ask(test, other->mdh, LNET_MSG_GET, peer);
		lnet_window_let_go(LNET_WINDOW_RESPONSE_LATE);
		sleep_ms(TIMEOUT_MS / 2);
		KUNIT_EXPECT_EQ(test, timeouts(test), before);
		KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 2);
		KUNIT_EXPECT_EQ(test, lt_rec_count(other->rec), 1);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(other->mdh), 0);
		lnet_window_close(LNET_WINDOW_RESPONSE_LATE);
	}
}

static int ask_and_return(struct lt_thread *t)
{
	struct lt_side *s = t->arg;

	return LNetGet(LNET_NID_ANY, s->mdh, peer, LT_PORTAL, BITS, 0, false);
}

/*
 * A request is about to queue the walk, for the time-out of a week, when a shorter one is set, and
 * the walk that this begins finds nothing that is missing. The next request has the shorter one.
 */
static void deadline_of_a_week_is_not_that_of_the_next(struct kunit *test)
{
	const struct lnet_window_plan stop = { .nth = 1 };
	static struct lt_thread thread;
	struct lt_side *s;

	lt_need_two_cpus(test);
	lt_ni(test);
	/* No walk is pending. */
	lt_param(test, "lnet_transaction_timeout", "0");
	lt_param(test, "lnet_transaction_timeout", "604800");
	sleep_ms(100);
	s = asker(test, 2, TRACK, LNET_UNLINK);
	lt_window_open(test, LNET_WINDOW_RESPONSE_QUEUE, &stop);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_thread_start(test, &thread, ask_and_return, s, 0);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_RESPONSE_QUEUE));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), 0);
	set_timeout(test);
	sleep_ms(200);
	lnet_window_let_go(LNET_WINDOW_RESPONSE_QUEUE);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, 0, 1);
	wait_for_another(test);
}

/* An MD of many, and what has come of it; written in handlers. */
struct one {
	struct lnet_handle_md mdh;
	struct lnet_handle_wire wmd;	/* in its GET */
	struct lt_rx rx;		/* the REPLY */
	unsigned int sends, replies, unlinks, unlinked;
};

struct crowd {
	struct lt_ni *f;
	struct lnet_handle_eq eqh;
	atomic_t late;			/* UNLINK events */
	atomic_t over;			/* MDs that have ended */
	unsigned int n;
	struct one one[];
};

static struct crowd *new_crowd(struct kunit *test, unsigned int n)
{
	struct crowd *c = lt_vmalloc(test, struct_size(c, one, n));

	memset(c, 0, struct_size(c, one, n));
	c->n = n;
	return c;
}

static void crowd_handler(struct lnet_event *ev)
{
	struct one *one = ev->md.user_ptr;

	one->sends += ev->type == LNET_EVENT_SEND && !ev->status;
	one->replies += ev->type == LNET_EVENT_REPLY && !ev->status;
	one->unlinks += ev->type == LNET_EVENT_UNLINK && ev->status == -ETIMEDOUT;
	one->unlinked += ev->unlinked;
}

static struct crowd *handled;		/* of the case that runs */

static void crowd_counting_handler(struct lnet_event *ev)
{
	crowd_handler(ev);
	if (ev->type == LNET_EVENT_UNLINK)
		atomic_inc(&handled->late);
	if (ev->unlinked)
		atomic_inc(&handled->over);
}

static void crowd_bind(struct kunit *test, struct crowd *c)
{
	unsigned int i;

	handled = c;
	c->eqh = lt_eq_alloc(test, 0, crowd_counting_handler);
	for (i = 0; i < c->n; i++)
		KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 2, TRACK, c->eqh, &c->one[i]),
						 LNET_UNLINK, &c->one[i].mdh), 0);
}

/* Each has one end, of one kind. Returns how many had an answer. */
static unsigned int crowd_ended(struct kunit *test, struct crowd *c)
{
	unsigned int i, wrong = 0, replies = 0;
	const struct one *one;

	KUNIT_EXPECT_TRUE(test, lt_wait_for(atomic_read(&c->over) == c->n));
	sleep_ms(20);
	for (i = 0; i < c->n; i++) {
		one = &c->one[i];
		wrong += one->unlinked != 1 || one->sends != 1 ||
			 one->replies + one->unlinks != 1;
		replies += one->replies;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&c->late), c->n - replies);
	return replies;
}

enum { MANY = 6000 / LT_SLOW };

static void deadline_is_of_each_of_many(struct kunit *test)
{
	struct crowd *c = new_crowd(test, MANY);
	u64 before = timeouts(test);
	struct lt_side *target = lt_side(test, BYTES);
	unsigned int i;

	lt_side_attach(test, target, BITS, LNET_MD_THRESH_INF, LNET_MD_OP_GET, LNET_RETAIN);
	set_timeout(test);
	crowd_bind(test, c);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_EQ(test, lt_get(c->one[i].mdh, i % 3 ? BITS + 1 : BITS, 0), 0);
		if (!(i % 256))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, crowd_ended(test, c), DIV_ROUND_UP(MANY, 3));
	KUNIT_EXPECT_EQ(test, timeouts(test), before + MANY - DIV_ROUND_UP(MANY, 3));
}

/* When the first is late, answer from the last one on. */
static int crowd_answers(struct lt_thread *t)
{
	struct crowd *c = t->arg;
	unsigned int i = c->n;
	struct one *one;

	if (!lt_spin_until(atomic_read(&c->late)))
		return -EINTR;
	while (i--) {
		one = &c->one[i];
		lt_hdr(&one->rx, LNET_MSG_REPLY, LT_NID_PEER, 0);
		one->rx.hdr.msg.reply.dst_wmd = one->wmd;
		if (lt_parse(c->f, &one->rx))
			return -EIO;
	}
	return 0;
}

/* A round: all are late at the same time, and answered then. Returns how many were. */
static unsigned int crowd_round(struct kunit *test, struct lt_ni *f, struct crowd *c)
{
	static struct lt_thread thread;
	unsigned int i, n = lt_ni_sends(f);

	memset(c->one, 0, c->n * sizeof(c->one[0]));
	atomic_set(&c->late, 0);
	atomic_set(&c->over, 0);
	c->f = f;
	crowd_bind(test, c);
	for (i = 0; i < c->n; i++) {
		KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, c->one[i].mdh, peer, LT_PORTAL, BITS,
					      0, false), 0);
		c->one[i].wmd = lt_ni_sent(test, f, n + i)->hdr.msg.get.return_wmd;
	}
	lt_thread_start(test, &thread, crowd_answers, c, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
	return crowd_ended(test, c);
}

static void deadline_and_answers_meet(struct kunit *test)
{
	const struct lnet_window_plan wide = { .us = 30, .every = true };
	struct lt_ni *f = lt_ni(test);
	struct crowd *c = new_crowd(test, 600);
	unsigned int rounds = 0, met = 0, replies;

	lt_need_two_cpus(test);
	set_timeout(test);
	lt_window_open(test, LNET_WINDOW_RESPONSE_LATE, &wide);
	lt_run_begin(runtime_ms);
	do {
		replies = crowd_round(test, f, c);
		met += replies && replies < c->n;
		rounds++;
	} while (!lt_run_over(met >= 2));
	kunit_info(test, "%u rounds, in %u of them some were late and some not\n", rounds, met);
	KUNIT_EXPECT_GE(test, met, 2);
}

static struct kunit_case lnet_deadline_cases[] = {
	KUNIT_CASE_SLOW(deadline_does_not_come_when_lnet_goes_down),
	KUNIT_CASE_SLOW(deadline_is_over_before_lnet_is_down),
	KUNIT_CASE_SLOW(deadline_is_not_over_if_the_answer_comes),
	KUNIT_CASE_SLOW(deadline_is_another_if_only_the_first_answer_comes),
	KUNIT_CASE_SLOW(deadline_of_an_md_that_died_is_of_no_other),
	KUNIT_CASE_SLOW(deadline_of_a_week_is_not_that_of_the_next),
	KUNIT_CASE_SLOW(deadline_is_of_each_of_many),
	KUNIT_CASE_SLOW(deadline_and_answers_meet),
	{}
};

LT_SUITE(lnet_deadline);

MODULE_DESCRIPTION("KUnit suite of lnet: the moment at which an answer is late");
MODULE_LICENSE("GPL");
