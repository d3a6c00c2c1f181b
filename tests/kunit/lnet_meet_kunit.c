// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads that meet in slots of EQs: what a call runs that others have left there,
 * what it waits for, and what it does not.
 */
#include "common.h"
#include "event/run.h"
#include "hooks/watch.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>

static DEFINE_SPINLOCK(clients_lock);

/* A slot of another EQ --------------------------------------------------------- */

/*
 * CPU 0: the handler of one EQ unlinks an idle MD of another, and then takes a
 * lock. CPU 1 has that lock, and unlinks another MD of the same slot: it gets
 * both events, of whose handler the lock is none.
 */
struct cross {
	struct lnet_handle_eq one, other;
	struct lnet_handle_md src, mine, theirs;
	bool locked, unlinked;
	int handler_rc, rc;
	u64 order[2];			/* cookies, in the slot */
	unsigned int events;
	struct task_struct *by[2];
	unsigned int at_return;
};

static void cross_one_handler(struct lnet_event *event)
{
	struct cross *c = event->md.user_ptr;
	unsigned int us;

	if (event->type != LNET_EVENT_PUT)
		return;
	for (us = 0; us < 5000000 && !READ_ONCE(c->locked); us += 5)
		udelay(5);
	c->handler_rc = LNetMDUnlink(c->mine);
	WRITE_ONCE(c->unlinked, true);
	spin_lock(&clients_lock);
	spin_unlock(&clients_lock);
}

static void cross_other_handler(struct lnet_event *event)
{
	struct cross *c = event->md.user_ptr;

	if (c->events < 2) {
		c->order[c->events] = event->md_handle.cookie;
		c->by[c->events] = current;
	}
	WRITE_ONCE(c->events, c->events + 1);
}

static int cross_first(struct lt_thread *t)
{
	struct cross *c = t->arg;

	return lt_put(c->src, LNET_NOACK_REQ, 1, 0, 0);
}

static int cross_second(struct lt_thread *t)
{
	struct cross *c = t->arg;

	unsigned int us;

	spin_lock(&clients_lock);
	WRITE_ONCE(c->locked, true);
	for (us = 0; us < 5000000 && !READ_ONCE(c->unlinked); us += 5)
		udelay(5);
	c->rc = LNetMDUnlink(c->theirs);
	c->at_return = READ_ONCE(c->events);
	spin_unlock(&clients_lock);
	return 0;
}

static void meet_handler_owns_no_slot_of_another_eq(struct kunit *test)
{
	struct cross *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	static struct lt_thread first, second;
	struct task_struct *by;

	KUNIT_ASSERT_NOT_NULL(test, c);
	lt_need_two_cpus(test);
	lt_param(test, "delivery", "combining");
	lt_param(test, "eq_slots", "1");
	c->one = lt_eq_alloc(test, 0, cross_one_handler);
	c->other = lt_eq_alloc(test, 0, cross_other_handler);
	c->src = lt_source(test, NULL, 0);
	c->mine = lt_md_bind(test, lt_md(NULL, 0, 2, 0, c->other, c), LNET_RETAIN);
	c->theirs = lt_md_bind(test, lt_md(NULL, 0, 2, 0, c->other, c), LNET_RETAIN);
	lt_target(test, 1, c->one, c);
	lt_thread_start(test, &second, cross_second, c, 1);
	lt_thread_start(test, &first, cross_first, c, 0);
	by = second.task;
	KUNIT_EXPECT_EQ(test, lt_thread_join(&second), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&first), 0);
	KUNIT_EXPECT_EQ(test, c->handler_rc, 0);
	KUNIT_EXPECT_EQ(test, c->rc, 0);
	KUNIT_EXPECT_EQ(test, c->at_return, 2);
	KUNIT_EXPECT_EQ(test, c->events, 2);
	/* In the order in which they were unlinked, both by the thread that did not wait. */
	KUNIT_EXPECT_EQ(test, c->order[0], c->mine.cookie);
	KUNIT_EXPECT_EQ(test, c->order[1], c->theirs.cookie);
	KUNIT_EXPECT_PTR_EQ(test, c->by[0], by);
	KUNIT_EXPECT_PTR_EQ(test, c->by[1], by);
}

/* Other work that a call does, or waits for ------------------------------------- */

/*
 * One thread is in its first call until another has done its own, which leaves
 * something for it, or takes what it has left.
 */
struct pair {
	struct kunit *test;
	struct lnet_handle_eq slots;	/* whose one slot they meet in */
	struct lnet_handle_eq other;
	struct lnet_handle_md src, first, second;
	struct lnet_handle_md many[LNET_STRETCH_CALLBACKS + 4];
	bool one, two, three;		/* this has come so far */
	int rc[2];
	unsigned int wrong;		/* calls of handlers that failed */
	unsigned int events;		/* in the slot */
	atomic_t left;			/* events, in several of them */
	unsigned int at_return;
	struct task_struct *by;
};

static bool come(const bool *flag)
{
	unsigned int us;

	for (us = 0; us < 5000000 && !READ_ONCE(*flag); us += 5)
		udelay(5);
	return READ_ONCE(*flag);
}

static struct pair *pair(struct kunit *test, lnet_eq_handler_t slots,
			 lnet_eq_handler_t other)
{
	struct pair *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	lt_need_two_cpus(test);
	lt_param(test, "delivery", "combining");
	lt_param(test, "eq_slots", "1");
	p->test = test;
	p->slots = lt_eq_alloc(test, 0, slots);
	p->other = lt_eq_alloc(test, 0, other);
	p->src = lt_source(test, NULL, 0);
	return p;
}

static struct lnet_handle_md idle_md(struct pair *p)
{
	return lt_md_bind(p->test, lt_md(NULL, 0, 2, 0, p->slots, p), LNET_RETAIN);
}

static void target_md(struct pair *p, u64 bits, struct lnet_handle_eq eqh)
{
	lt_md_attach(p->test, lt_me_any(p->test, bits),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, eqh, p),
		     LNET_RETAIN);
}

static void pair_run(struct pair *p, int (*first)(struct lt_thread *t),
		     int (*second)(struct lt_thread *t))
{
	static struct lt_thread t[2];

	lt_thread_start(p->test, &t[1], second, p, 1);
	lt_thread_start(p->test, &t[0], first, p, 0);
	p->rc[1] = lt_thread_join(&t[1]);
	p->rc[0] = lt_thread_join(&t[0]);
	KUNIT_EXPECT_EQ(p->test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(p->test, p->rc[1], 0);
}

static void slots_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;

	WRITE_ONCE(p->events, p->events + 1);
}

/* An ACK over the loopback is sent by the thread that delivers the PUT's event. */
static void acked_slots_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;

	slots_handler(event);
	if (event->type == LNET_EVENT_UNLINK) {
		WRITE_ONCE(p->one, true);
		come(&p->two);
	}
}

static void acked_other_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;

	if (event->type == LNET_EVENT_ACK)
		p->by = current;
}

static int acked_first(struct lt_thread *t)
{
	struct pair *p = t->arg;
	int rc = LNetMDUnlink(p->first);

	return rc ?: p->by == current ? 0 : -ESRCH;
}

static int acked_second(struct lt_thread *t)
{
	struct pair *p = t->arg;
	int rc = -EINTR;

	if (come(&p->one))
		rc = lt_put(p->second, LNET_ACK_REQ, 1, 0, 0);
	WRITE_ONCE(p->two, true);
	return rc;
}

static void meet_sends_the_acks_of_what_it_delivers(struct kunit *test)
{
	struct pair *p = pair(test, acked_slots_handler, acked_other_handler);

	p->first = idle_md(p);
	p->second = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0,
					   p->other, p), LNET_RETAIN);
	target_md(p, 1, p->slots);
	pair_run(p, acked_first, acked_second);
	KUNIT_EXPECT_EQ(test, p->events, 2);
}

/*
 * A thread that waits for its UNLINK event is held up between two stretches, until
 * another has delivered that event, and the EQ has been freed.
 */
static void gone_other_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->many); i++)
		p->rc[0] = LNetMDUnlink(p->many[i]) ?: p->rc[0];
	WRITE_ONCE(p->one, true);
	come(&p->two);
}

static void gone_pause(void *arg)
{
	struct pair *p = arg;

	if (!(current->flags & PF_KTHREAD) || READ_ONCE(p->two) ||
	    !READ_ONCE(p->one) || preempt_count())
		return;
	WRITE_ONCE(p->two, true);
	while (!READ_ONCE(p->three))
		schedule_timeout_uninterruptible(1);
}

static int gone_unlinker(struct lt_thread *t)
{
	struct pair *p = t->arg;

	return come(&p->one) ? LNetMDUnlink(p->first) : -EINTR;
}

static int put_one(struct lt_thread *t)
{
	struct pair *p = t->arg;

	return lt_put(p->src, LNET_NOACK_REQ, 1, 0, 0);
}

static void meet_outlasts_an_eq_that_it_waits_in(struct kunit *test)
{
	struct pair *p = pair(test, slots_handler, gone_other_handler);
	struct lnet_window_plan plan = { .every = true, .fn = gone_pause, .arg = p };
	static struct lt_thread unlinker, handler;
	unsigned int i;

	p->first = idle_md(p);
	for (i = 0; i < ARRAY_SIZE(p->many); i++)
		p->many[i] = idle_md(p);
	target_md(p, 1, p->other);
	lt_window_open(test, LNET_WINDOW_RUN_PAUSED, &plan);
	lt_thread_start(test, &unlinker, gone_unlinker, p, 1);
	lt_thread_start(test, &handler, put_one, p, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&handler), 0);
	KUNIT_EXPECT_TRUE(test, p->two);
	KUNIT_EXPECT_EQ(test, p->events, ARRAY_SIZE(p->many) + 1);
	KUNIT_EXPECT_EQ(test, LNetEQFree(p->slots), 0);
	WRITE_ONCE(p->three, true);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&unlinker), 0);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
}

/*
 * Two handlers, of no EQ that shares anything with the slots, leave an event in each
 * of some. The one that returns is not kept waiting for the other.
 */
static void left_other_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;
	unsigned int i = event->hdr_data;

	if (event->type != LNET_EVENT_PUT)
		return;
	for (; i < ARRAY_SIZE(p->many); i += 2)
		p->wrong += !!LNetMDUnlink(p->many[i]);
	if (!event->hdr_data) {
		WRITE_ONCE(p->one, true);
		come(&p->two);
	}
}

static void left_slots_handler(struct lnet_event *event)
{
	struct pair *p = event->md.user_ptr;

	atomic_inc(&p->left);
}

static int left_first(struct lt_thread *t)
{
	struct pair *p = t->arg;

	return lt_put(p->src, LNET_NOACK_REQ, 1, 0, 0);
}

static int left_second(struct lt_thread *t)
{
	struct pair *p = t->arg;
	int rc = -EINTR;

	if (come(&p->one))
		rc = lt_put(p->src, LNET_NOACK_REQ, 2, 0, 1);
	p->at_return = atomic_read(&p->left);
	WRITE_ONCE(p->two, true);
	return rc;
}

static void meet_waits_for_no_handler_of_other_slots(struct kunit *test)
{
	struct pair *p = pair(test, slots_handler, left_other_handler);
	struct lnet_handle_eq third = lt_eq_alloc(test, 0, left_other_handler);
	unsigned int i;

	/* Each of two MDs is in a slot of its own: that of an EQ of its own. */
	for (i = 0; i < ARRAY_SIZE(p->many); i++) {
		if (!(i % 2))
			p->slots = lt_eq_alloc(test, 0, left_slots_handler);
		p->many[i] = idle_md(p);
	}
	target_md(p, 1, p->other);
	target_md(p, 2, third);
	pair_run(p, left_first, left_second);
	KUNIT_EXPECT_EQ(test, p->wrong, 0);
	KUNIT_EXPECT_EQ(test, p->at_return, ARRAY_SIZE(p->many));
	KUNIT_EXPECT_EQ(test, atomic_read(&p->left), ARRAY_SIZE(p->many));
}

/*
 * A handler leaves more in a slot than there is in a stretch, and stays. A thread that waits
 * for an event behind that delivers it all, and does not wait for itself to do so.
 */
static int alone_second(struct lt_thread *t)
{
	struct pair *p = t->arg;
	struct lnet_watched seen;
	int rc = -EINTR;

	if (come(&p->one)) {
		lnet_watch_begin();
		rc = LNetMDUnlink(p->first);
		lnet_watch_end(&seen);
		p->at_return = READ_ONCE(p->events);
		KUNIT_EXPECT_GE(p->test, seen.pauses, 1);
		KUNIT_EXPECT_EQ(p->test, seen.spins, 0);
	}
	WRITE_ONCE(p->two, true);
	return rc;
}

static void meet_gives_way_to_others_alone(struct kunit *test)
{
	struct pair *p = pair(test, slots_handler, gone_other_handler);
	unsigned int i;

	p->first = idle_md(p);
	for (i = 0; i < ARRAY_SIZE(p->many); i++)
		p->many[i] = idle_md(p);
	target_md(p, 1, p->other);
	pair_run(p, put_one, alone_second);
	KUNIT_EXPECT_EQ(test, p->at_return, ARRAY_SIZE(p->many) + 1);
}

static struct kunit_case lnet_meet_cases[] = {
	KUNIT_CASE(meet_handler_owns_no_slot_of_another_eq),
	KUNIT_CASE(meet_sends_the_acks_of_what_it_delivers),
	KUNIT_CASE(meet_outlasts_an_eq_that_it_waits_in),
	KUNIT_CASE(meet_waits_for_no_handler_of_other_slots),
	KUNIT_CASE(meet_gives_way_to_others_alone),
	{}
};

LT_SUITE(lnet_meet);

MODULE_DESCRIPTION("KUnit suite of lnet: threads that meet in slots");
MODULE_LICENSE("GPL");
