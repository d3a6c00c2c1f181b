// SPDX-License-Identifier: GPL-2.0
/*
 * Event queues: the ring and its overflow, polling, waiting, freeing, and what
 * a callback may rely on and others may rely on about it.
 */
#include "common.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

/* A wait that is not meant to end by itself. */
#define LONG	((signed long)msecs_to_jiffies(LT_PATIENCE_MS))

/* A target that takes PUTs for ever, and something to send from. */
struct flow {
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lnet_handle_md src;
	u64 bits;
};

static struct flow flow_on(struct kunit *test, struct lnet_handle_eq eqh,
			   void *user_ptr, u64 bits)
{
	struct flow fl = { .eqh = eqh, .bits = bits };

	fl.meh = lt_me_any(test, bits);
	fl.mdh = lt_md_attach(test, fl.meh,
			      lt_md(NULL, 0, LNET_MD_THRESH_INF,
				    LNET_MD_OP_PUT, eqh, user_ptr),
			      LNET_RETAIN);
	fl.src = lt_source(test, NULL, 0);
	return fl;
}

static struct flow flow(struct kunit *test, unsigned int count,
			lnet_eq_handler_t handler, void *user_ptr)
{
	return flow_on(test, lt_eq_alloc(test, count, handler), user_ptr, 1);
}

/* One event for each number from @first to @last. */
static void send(struct kunit *test, const struct flow *fl, u64 first, u64 last)
{
	for (; first <= last; first++)
		KUNIT_ASSERT_EQ(test, lt_put(fl->src, LNET_NOACK_REQ, fl->bits,
					     0, first), 0);
}

static void expect_get(struct kunit *test, const struct flow *fl, int rc,
		       u64 hdr_data)
{
	struct lnet_event ev = {};

	KUNIT_ASSERT_EQ_MSG(test, LNetEQGet(fl->eqh, &ev), rc,
			    "event %llu", hdr_data);
	KUNIT_EXPECT_EQ(test, ev.hdr_data, hdr_data);
	KUNIT_EXPECT_EQ(test, ev.sequence, hdr_data);
}

static void expect_empty(struct kunit *test, const struct flow *fl)
{
	struct lnet_event ev;

	KUNIT_EXPECT_EQ(test, LNetEQGet(fl->eqh, &ev), 0);
}

/* The ring ---------------------------------------------------------------- */

static void eq_returns_events_in_order_numbered_from_one(struct kunit *test)
{
	struct flow fl = flow(test, 8, NULL, NULL);
	u64 i;

	send(test, &fl, 1, 5);
	for (i = 1; i <= 5; i++)
		expect_get(test, &fl, 1, i);
	expect_empty(test, &fl);
}

static void eq_ring_goes_round_without_loss(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	u64 i;

	for (i = 1; i <= 64; i++) {
		send(test, &fl, 2 * i - 1, 2 * i);
		expect_get(test, &fl, 1, 2 * i - 1);
		expect_get(test, &fl, 1, 2 * i);
		expect_empty(test, &fl);
	}
}

static const struct size_row {
	/* input */
	unsigned int count;
	/* expected */
	unsigned int holds;
	const char *desc;
} size_rows[] = {
	{ 1, 1, "1 holds 1" },
	{ 2, 2, "2 holds 2" },
	{ 3, 4, "3 holds 4" },
	{ 4, 4, "4 holds 4" },
	{ 5, 8, "5 holds 8" },
	{ 1000, 1024, "1000 holds 1024" },
};

KUNIT_ARRAY_PARAM_DESC(size, size_rows, desc);

static void eq_size_is_rounded_up_to_a_power_of_two(struct kunit *test)
{
	const struct size_row *row = test->param_value;
	struct flow fl = flow(test, row->count, NULL, NULL);
	u64 i;

	send(test, &fl, 1, row->holds);
	for (i = 1; i <= row->holds; i++)
		expect_get(test, &fl, 1, i);
	expect_empty(test, &fl);

	send(test, &fl, row->holds + 1, 2 * row->holds + 1);
	expect_get(test, &fl, -EOVERFLOW, row->holds + 2);
}

static void eq_full_ring_returns_oldest_survivor(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);

	send(test, &fl, 1, 6);
	expect_get(test, &fl, -EOVERFLOW, 3);
	expect_get(test, &fl, 1, 4);
	expect_get(test, &fl, 1, 5);
	expect_get(test, &fl, 1, 6);
	expect_empty(test, &fl);
}

static void eq_overflow_of_many_laps_keeps_the_last_one(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);

	send(test, &fl, 1, 1);
	expect_get(test, &fl, 1, 1);
	send(test, &fl, 2, 31);
	expect_get(test, &fl, -EOVERFLOW, 28);
	expect_get(test, &fl, 1, 29);
	expect_get(test, &fl, 1, 30);
	expect_get(test, &fl, 1, 31);
	expect_empty(test, &fl);
}

static void eq_overflow_is_reported_each_time(struct kunit *test)
{
	struct flow fl = flow(test, 2, NULL, NULL);

	send(test, &fl, 1, 3);
	expect_get(test, &fl, -EOVERFLOW, 2);
	send(test, &fl, 4, 5);
	expect_get(test, &fl, -EOVERFLOW, 4);
	expect_get(test, &fl, 1, 5);
	send(test, &fl, 6, 7);
	expect_get(test, &fl, 1, 6);
	expect_get(test, &fl, 1, 7);
	expect_empty(test, &fl);
}

static void eq_of_one_keeps_the_newest(struct kunit *test)
{
	struct flow fl = flow(test, 1, NULL, NULL);

	send(test, &fl, 1, 9);
	expect_get(test, &fl, -EOVERFLOW, 9);
	expect_empty(test, &fl);
}

static void eq_without_ring_only_calls_back(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct flow fl = flow(test, 0, lt_record, rec);
	struct lnet_event ev;

	send(test, &fl, 1, 3);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 3);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, 2)->hdr_data, 3);
	KUNIT_EXPECT_EQ(test, LNetEQGet(fl.eqh, &ev), -EINVAL);
}

static void eq_with_both_calls_back_and_can_be_polled(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct flow fl = flow(test, 4, lt_record, rec);

	send(test, &fl, 1, 2);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 2);
	expect_get(test, &fl, 1, 1);
	expect_get(test, &fl, 1, 2);
}

/* Polling ----------------------------------------------------------------- */

static void eq_poll_of_nothing_returns_at_once(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	struct lnet_event ev;
	int which = -7;

	KUNIT_EXPECT_EQ(test, LNetEQPoll(&fl.eqh, 1, 0, &ev, &which), 0);
	KUNIT_EXPECT_EQ(test, which, -7);
}

static void eq_poll_waits_for_its_timeout(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	unsigned long began = jiffies;
	struct lnet_event ev;
	int which = -7;

	KUNIT_EXPECT_EQ(test, LNetEQPoll(&fl.eqh, 1, HZ / 10, &ev, &which), 0);
	KUNIT_EXPECT_GE(test, jiffies - began, HZ / 10);
	KUNIT_EXPECT_EQ(test, which, -7);
}

static void eq_poll_prefers_the_first_queue(struct kunit *test)
{
	struct flow a = flow_on(test, lt_eq_alloc(test, 4, NULL), NULL, 1);
	struct flow b = flow_on(test, lt_eq_alloc(test, 4, NULL), NULL, 2);
	struct lnet_handle_eq v[2] = { a.eqh, b.eqh };
	struct lnet_event ev;
	int which;

	send(test, &b, 1, 1);
	send(test, &a, 1, 2);
	KUNIT_ASSERT_EQ(test, LNetEQPoll(v, 2, HZ, &ev, &which), 1);
	KUNIT_EXPECT_EQ(test, which, 0);
	KUNIT_ASSERT_EQ(test, LNetEQPoll(v, 2, HZ, &ev, &which), 1);
	KUNIT_EXPECT_EQ(test, which, 0);
	KUNIT_ASSERT_EQ(test, LNetEQPoll(v, 2, HZ, &ev, &which), 1);
	KUNIT_EXPECT_EQ(test, which, 1);
	KUNIT_EXPECT_EQ(test, ev.match_bits, 2);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, 2, 0, &ev, &which), 0);
}

static void eq_poll_says_which_queue_overflowed(struct kunit *test)
{
	struct flow a = flow_on(test, lt_eq_alloc(test, 1, NULL), NULL, 1);
	struct flow b = flow_on(test, lt_eq_alloc(test, 1, NULL), NULL, 2);
	struct lnet_handle_eq v[2] = { a.eqh, b.eqh };
	struct lnet_event ev;
	int which = -7;

	send(test, &b, 1, 2);
	KUNIT_ASSERT_EQ(test, LNetEQPoll(v, 2, 0, &ev, &which), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, which, 1);
	KUNIT_EXPECT_EQ(test, ev.hdr_data, 2);
}

static void eq_poll_notices_a_bad_handle_when_it_gets_there(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	struct lnet_handle_eq v[2] = { fl.eqh, lt_no_eq() };
	struct lnet_handle_eq w[2] = { lt_no_eq(), fl.eqh };
	struct lnet_event ev;
	int which = -7;

	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, 2, 0, &ev, &which), -ENOENT);
	send(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(w, 2, 0, &ev, &which), -ENOENT);
	KUNIT_EXPECT_EQ(test, which, -7);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, 2, 0, &ev, &which), 1);
	KUNIT_EXPECT_EQ(test, which, 0);
}

/* One waiter in a thread of its own. */
struct waiter {
	struct lnet_handle_eq v[3];
	int n;
	signed long timeout;
	struct lnet_event ev;
	int which;
	unsigned long switches;		/* how often it went to sleep */
	unsigned long took;		/* jiffies */
	bool waiting;
};

static int wait_thread(struct lt_thread *t)
{
	struct waiter *w = t->arg;
	unsigned long began = jiffies;
	int rc;

	allow_signal(SIGUSR1);
	w->switches = current->nvcsw;
	WRITE_ONCE(w->waiting, true);
	rc = LNetEQPoll(w->v, w->n, w->timeout, &w->ev, &w->which);
	w->switches = current->nvcsw - w->switches;
	w->took = jiffies - began;
	return rc;
}

static struct waiter *waiter(struct kunit *test, struct lt_thread *t,
			     signed long timeout, const struct flow *fl, int n)
{
	struct waiter *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (i = 0; i < n; i++)
		w->v[i] = fl[i].eqh;
	w->n = n;
	w->timeout = timeout;
	w->which = -7;
	lt_thread_start(test, t, wait_thread, w, 0);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(READ_ONCE(w->waiting)));
	msleep(20);
	return w;
}

static void eq_wait_is_woken_by_an_event(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	static struct lt_thread t;
	struct waiter *w;

	w = waiter(test, &t, LONG, &fl, 1);
	send(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
	KUNIT_EXPECT_EQ(test, w->ev.hdr_data, 1);
	KUNIT_EXPECT_EQ(test, w->which, 0);
}

static int eq_wait_thread(struct lt_thread *t)
{
	struct waiter *w = t->arg;

	WRITE_ONCE(w->waiting, true);
	return LNetEQWait(w->v[0], &w->ev);
}

static void eq_wait_is_poll_for_ever(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	static struct lt_thread t;
	struct waiter *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->v[0] = fl.eqh;
	lt_thread_start(test, &t, eq_wait_thread, w, 0);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(READ_ONCE(w->waiting)));
	send(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
	KUNIT_EXPECT_EQ(test, w->ev.hdr_data, 1);
}

static void eq_poll_is_woken_by_any_of_its_queues(struct kunit *test)
{
	static struct lt_thread t;
	struct flow fl[3];
	struct waiter *w;
	int i, late;

	for (i = 0; i < 3; i++)
		fl[i] = flow_on(test, lt_eq_alloc(test, 4, NULL), NULL, i);
	for (late = 2; late >= 0; late--) {
		w = waiter(test, &t, LONG, fl, 3);
		send(test, &fl[late], 1, 1);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
		KUNIT_EXPECT_EQ(test, w->which, late);
		/* Once to sleep, once woken; the rest is the scheduler's. */
		KUNIT_EXPECT_LE(test, w->switches, 4);
	}
}

static void eq_waiter_sleeps_through_other_queues_events(struct kunit *test)
{
	static struct lt_thread t;
	struct flow fl[2];
	struct waiter *w;
	int i;

	for (i = 0; i < 2; i++)
		fl[i] = flow_on(test, lt_eq_alloc(test, 4, NULL), NULL, i);
	w = waiter(test, &t, LONG, fl, 1);
	for (i = 1; i <= 50; i++) {
		send(test, &fl[1], i, i);
		usleep_range(200, 400);
	}
	send(test, &fl[0], 1, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
	KUNIT_EXPECT_LT(test, w->switches, 10);
}

static void eq_wait_outlasts_a_signal(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	static struct lt_thread t;
	struct waiter *w;

	w = waiter(test, &t, HZ / 2, &fl, 1);
	send_sig(SIGUSR1, t.task, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_GE(test, w->took, HZ / 2);

	w = waiter(test, &t, LONG, &fl, 1);
	send_sig(SIGUSR1, t.task, 1);
	msleep(20);
	send(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
}

static void eq_event_goes_to_one_of_two_pollers(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	static struct lt_thread t[2];
	struct waiter *w[2];
	int i;

	for (i = 0; i < 2; i++)
		w[i] = waiter(test, &t[i], LONG, &fl, 1);
	send(test, &fl, 1, 2);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&t[i]), 1);
	KUNIT_EXPECT_EQ(test, w[0]->ev.hdr_data + w[1]->ev.hdr_data, 3);
	expect_empty(test, &fl);
}

/* Freeing ----------------------------------------------------------------- */

static void eq_with_an_md_is_busy(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);

	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), -EBUSY);
	send(test, &fl, 1, 1);
	expect_get(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), -EBUSY);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(fl.mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), -ENOENT);
}

static void eq_with_a_bound_md_is_busy(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_md mdh[2];
	int i;

	for (i = 0; i < 2; i++)
		mdh[i] = lt_md_bind(test, lt_md(NULL, 0, 1, 0, eqh, NULL),
				    LNET_RETAIN);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), -EBUSY);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

static void eq_with_a_busy_unlinked_md_is_busy(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	f->hold_recv = true;
	lt_hdr_put(rx, 1, 0, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(fl.mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), -EBUSY);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), 0);
}

static void eq_goes_with_its_unread_events(struct kunit *test)
{
	struct flow fl = flow(test, 4, NULL, NULL);
	struct lnet_event ev;

	send(test, &fl, 1, 3);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(fl.mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(fl.eqh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQGet(fl.eqh, &ev), -ENOENT);
}

static void eq_freed_under_a_waiter_sends_it_home(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct flow fl = { .eqh = eqh };
	static struct lt_thread t;

	waiter(test, &t, LONG, &fl, 1);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), -ENOENT);
}

/* The callback ------------------------------------------------------------ */

/* A handler that stays inside until it is let go, or for @wait_us. */
struct gate {
	atomic_t inside;
	atomic_t most_inside;		/* at one time */
	atomic_t calls;
	unsigned int wait_us;
	int want;			/* enough at one time; 0: never */
	bool open;
};

/*
 * With a handler inside on each CPU no other thread runs: a case that holds more than one
 * handler must have them end by themselves.
 */
static struct gate *gate(struct kunit *test, unsigned int wait_us, int want)
{
	struct gate *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->wait_us = wait_us;
	g->want = want;
	return g;
}

static void gate_handler(struct lnet_event *event)
{
	struct gate *g = event->md.user_ptr;
	int inside = atomic_inc_return(&g->inside);
	unsigned int us;

	if (inside > atomic_read(&g->most_inside))
		atomic_set(&g->most_inside, inside);
	for (us = 0; us < g->wait_us && !READ_ONCE(g->open); us += 5) {
		if (g->want && atomic_read(&g->most_inside) >= g->want)
			break;
		udelay(5);
	}
	atomic_inc(&g->calls);
	atomic_dec(&g->inside);
}

static int put_thread(struct lt_thread *t)
{
	struct flow *fl = t->arg;

	return lt_put(fl->src, LNET_NOACK_REQ, fl->bits, 0, 1);
}

static int unlink_thread(struct lt_thread *t)
{
	struct flow *fl = t->arg;

	return LNetMDUnlink(fl->mdh);
}

/*
 * Looks from another CPU at what is going on while a handler is inside, then
 * lets it go on. The CPU of the handler runs nothing else, timers neither.
 */
struct witness {
	struct gate *gate;
	struct flow flow;

	/* while the handler was inside */
	int early;			/* events got */
	bool inside;			/* it still was, after all that */

	/* and later */
	int poll_rc;
	struct lnet_event ev;
	int calls;
	int unlink_rc;
	int free_rc;
};

static bool wait_until_inside(struct gate *g)
{
	return lt_spin_until(atomic_read(&g->inside));
}

static int poll_witness(struct lt_thread *t)
{
	struct witness *w = t->arg;
	struct gate *g = w->gate;
	struct lnet_event ev;
	int i, which;

	if (!wait_until_inside(g))
		return -EINTR;
	for (i = 0; i < 10; i++)
		w->early += !!LNetEQGet(w->flow.eqh, &ev);
	w->early += !!LNetEQPoll(&w->flow.eqh, 1, HZ / 50, &ev, &which);
	w->inside = atomic_read(&g->inside) == 1;

	WRITE_ONCE(g->open, true);
	w->poll_rc = LNetEQPoll(&w->flow.eqh, 1, 10 * HZ, &w->ev, &which);
	w->calls = atomic_read(&g->calls);
	/* The event is there, so whatever belongs to it is complete. */
	w->unlink_rc = LNetMDUnlink(w->flow.mdh);
	w->free_rc = LNetEQFree(w->flow.eqh);
	return 0;
}

/* The handler ends by itself: LNetEQFree() may wait for it. */
static int free_witness(struct lt_thread *t)
{
	struct witness *w = t->arg;
	struct gate *g = w->gate;

	if (!wait_until_inside(g))
		return -EINTR;
	do {
		w->free_rc = LNetEQFree(w->flow.eqh);
		w->inside = atomic_read(&g->inside);
		w->calls = atomic_read(&g->calls);
	} while (w->free_rc == -EBUSY && !kthread_should_stop());
	return 0;
}

static struct witness *witness(struct kunit *test, unsigned int wait_us)
{
	struct witness *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	lt_need_two_cpus(test);
	w->gate = gate(test, wait_us, 0);
	return w;
}

static void testify(struct kunit *test, struct witness *w,
		    int (*watch)(struct lt_thread *t),
		    int (*act)(struct lt_thread *t))
{
	static struct lt_thread actor, watcher;

	lt_thread_start(test, &watcher, watch, w, 1);
	lt_thread_start(test, &actor, act, &w->flow, 0);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&watcher), 0);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&actor), 0);
}

/* A target that takes one PUT. */
static void flow_of_one(struct kunit *test, struct witness *w,
			enum lnet_unlink unlink)
{
	struct flow *fl = &w->flow;

	fl->bits = 1;
	fl->eqh = lt_eq_alloc(test, 4, gate_handler);
	fl->src = lt_source(test, NULL, 0);
	fl->meh = lt_me_any(test, 1);
	fl->mdh = lt_md_attach(test, fl->meh,
			       lt_md(NULL, 0, 1, LNET_MD_OP_PUT, fl->eqh,
				     w->gate), unlink);
}

static void eq_poll_sees_no_event_before_its_callback_is_over(struct kunit *test)
{
	struct witness *w = witness(test, 5000000);

	w->flow = flow(test, 4, gate_handler, w->gate);
	testify(test, w, poll_witness, put_thread);
	KUNIT_ASSERT_TRUE(test, w->inside);
	KUNIT_EXPECT_EQ(test, w->early, 0);
	KUNIT_EXPECT_EQ(test, w->poll_rc, 1);
	KUNIT_EXPECT_EQ(test, w->ev.hdr_data, 1);
	KUNIT_EXPECT_EQ(test, w->calls, 1);
}

static void eq_polled_in_a_last_callback(struct kunit *test,
					 int (*act)(struct lt_thread *t),
					 enum lnet_unlink unlink)
{
	struct witness *w = witness(test, 5000000);

	flow_of_one(test, w, unlink);
	testify(test, w, poll_witness, act);
	KUNIT_ASSERT_TRUE(test, w->inside);
	KUNIT_EXPECT_EQ(test, w->early, 0);
	KUNIT_EXPECT_EQ(test, w->poll_rc, 1);
	KUNIT_EXPECT_EQ(test, w->ev.unlinked, 1);
	KUNIT_EXPECT_EQ(test, w->calls, 1);
	KUNIT_EXPECT_EQ(test, w->unlink_rc, -ENOENT);
	KUNIT_EXPECT_EQ(test, w->free_rc, 0);
}

static void eq_poll_sees_no_event_before_the_auto_unlink_is_over(struct kunit *test)
{
	eq_polled_in_a_last_callback(test, put_thread, LNET_UNLINK);
}

static void eq_poll_sees_no_event_before_the_unlink_is_over(struct kunit *test)
{
	eq_polled_in_a_last_callback(test, unlink_thread, LNET_RETAIN);
}

static void eq_freed_in_a_last_callback(struct kunit *test,
					int (*act)(struct lt_thread *t),
					enum lnet_unlink unlink)
{
	struct witness *w = witness(test, 50000);

	flow_of_one(test, w, unlink);
	testify(test, w, free_witness, act);
	KUNIT_EXPECT_EQ(test, w->free_rc, 0);
	KUNIT_EXPECT_FALSE(test, w->inside);
	KUNIT_EXPECT_EQ(test, w->calls, 1);
}

static void eq_is_not_free_before_the_callback_of_an_auto_unlink_is_over(struct kunit *test)
{
	eq_freed_in_a_last_callback(test, put_thread, LNET_UNLINK);
}

static void eq_is_not_free_before_the_callback_of_an_unlink_is_over(struct kunit *test)
{
	eq_freed_in_a_last_callback(test, unlink_thread, LNET_RETAIN);
}

static void eq_callbacks_of_one_md_never_overlap(struct kunit *test)
{
	struct gate *g = gate(test, 20000, 2);
	static struct lt_thread t[2];
	static struct flow fl;

	fl = flow(test, 0, gate_handler, g);
	lt_threads_start(test, t, 2, put_thread, &fl);
	lt_threads_join(test, t, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&g->calls), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&g->most_inside), 1);
}

/* Two callbacks, each of which waits for the other one. */
static bool meet(struct kunit *test, struct flow *a, struct flow *b,
		 struct gate *g)
{
	static struct lt_thread t[2];

	atomic_set(&g->most_inside, 0);
	lt_thread_start(test, &t[0], put_thread, a, 0);
	lt_thread_start(test, &t[1], put_thread, b, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[0]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[1]), 0);
	return atomic_read(&g->most_inside) == 2;
}

static void eq_callbacks_of_different_mds_run_at_the_same_time(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, gate_handler);
	enum { MDS = 9 };
	struct gate *g = gate(test, 100000, 2);
	static struct flow fl[MDS];
	unsigned int i, met = 0;

	lt_need_two_cpus(test);
	lt_skip_delivery(test, "global", "one lock for all callbacks");
	lt_skip_delivery(test, "callback", "one lock for all callbacks");
	lt_skip_delivery(test, "eq", "one lock for an EQ");
	for (i = 0; i < MDS; i++)
		fl[i] = flow_on(test, eqh, g, i);
	/* Two of them may share a slot, but not one of them with them all. */
	for (i = 1; i < MDS; i++)
		met += meet(test, &fl[0], &fl[i], g);
	KUNIT_EXPECT_GE(test, met, MDS / 2);
}

static void eq_callbacks_run_in_the_thread_that_called(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct flow fl = flow(test, 4, lt_record, rec);

	send(test, &fl, 1, 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(fl.mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 2);
	KUNIT_EXPECT_PTR_EQ(test, rec->seen[0].task, current);
	KUNIT_EXPECT_PTR_EQ(test, rec->seen[1].task, current);
}

static int finish_thread(struct lt_thread *t)
{
	return lt_ni_finish_recv(t->arg, 0, 0);
}

static void eq_callbacks_run_in_the_worker_that_received(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct lt_rx *rx = lt_rx(test);
	static struct lt_thread t;
	struct task_struct *worker;
	struct lt_ni *f;

	flow(test, 4, lt_record, rec);
	f = lt_ni(test);
	f->hold_recv = true;
	lt_hdr_put(rx, 1, 0, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);
	lt_thread_start(test, &t, finish_thread, f, 0);
	worker = t.task;
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 1);
	KUNIT_EXPECT_PTR_EQ(test, rec->seen[0].task, worker);
}

static void eq_callbacks_come_in_the_order_of_completion(struct kunit *test)
{
	static const unsigned int held_index[] = { 2, 0, 1, 0 };
	static const u64 order[] = { 2, 0, 3, 1 };
	struct lt_rec *rec = lt_rec(test);
	struct flow fl = flow(test, 4, lt_record, rec);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	int i;

	f->hold_recv = true;
	for (i = 0; i < 4; i++) {
		rx = lt_rx(test);
		lt_hdr_put(rx, 1, 0, 0, i);
		KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(fl.mdh), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, held_index[i], 0));
	for (i = 0; i < 4; i++) {
		lt_expect_event(test, rec, i, LNET_EVENT_PUT, 0, i == 3);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, i)->hdr_data,
				order[i]);
	}
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 4);
}

static struct kunit_case lnet_eq_cases[] = {
	KUNIT_CASE(eq_returns_events_in_order_numbered_from_one),
	KUNIT_CASE(eq_ring_goes_round_without_loss),
	KUNIT_CASE_PARAM(eq_size_is_rounded_up_to_a_power_of_two,
			 size_gen_params),
	KUNIT_CASE(eq_full_ring_returns_oldest_survivor),
	KUNIT_CASE(eq_overflow_of_many_laps_keeps_the_last_one),
	KUNIT_CASE(eq_overflow_is_reported_each_time),
	KUNIT_CASE(eq_of_one_keeps_the_newest),
	KUNIT_CASE(eq_without_ring_only_calls_back),
	KUNIT_CASE(eq_with_both_calls_back_and_can_be_polled),
	KUNIT_CASE(eq_poll_of_nothing_returns_at_once),
	KUNIT_CASE(eq_poll_waits_for_its_timeout),
	KUNIT_CASE(eq_poll_prefers_the_first_queue),
	KUNIT_CASE(eq_poll_says_which_queue_overflowed),
	KUNIT_CASE(eq_poll_notices_a_bad_handle_when_it_gets_there),
	KUNIT_CASE(eq_wait_is_woken_by_an_event),
	KUNIT_CASE(eq_wait_is_poll_for_ever),
	KUNIT_CASE(eq_poll_is_woken_by_any_of_its_queues),
	KUNIT_CASE(eq_waiter_sleeps_through_other_queues_events),
	KUNIT_CASE(eq_wait_outlasts_a_signal),
	KUNIT_CASE(eq_event_goes_to_one_of_two_pollers),
	KUNIT_CASE(eq_with_an_md_is_busy),
	KUNIT_CASE(eq_with_a_bound_md_is_busy),
	KUNIT_CASE(eq_with_a_busy_unlinked_md_is_busy),
	KUNIT_CASE(eq_goes_with_its_unread_events),
	KUNIT_CASE(eq_freed_under_a_waiter_sends_it_home),
	KUNIT_CASE(eq_poll_sees_no_event_before_its_callback_is_over),
	KUNIT_CASE(eq_poll_sees_no_event_before_the_auto_unlink_is_over),
	KUNIT_CASE(eq_poll_sees_no_event_before_the_unlink_is_over),
	KUNIT_CASE(eq_is_not_free_before_the_callback_of_an_auto_unlink_is_over),
	KUNIT_CASE(eq_is_not_free_before_the_callback_of_an_unlink_is_over),
	KUNIT_CASE(eq_callbacks_of_one_md_never_overlap),
	KUNIT_CASE(eq_callbacks_of_different_mds_run_at_the_same_time),
	KUNIT_CASE(eq_callbacks_run_in_the_thread_that_called),
	KUNIT_CASE(eq_callbacks_run_in_the_worker_that_received),
	KUNIT_CASE(eq_callbacks_come_in_the_order_of_completion),
	{}
};

LT_SUITE(lnet_eq);

MODULE_DESCRIPTION("KUnit suite of lnet: event queues");
MODULE_LICENSE("GPL");
