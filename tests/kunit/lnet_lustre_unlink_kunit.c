// SPDX-License-Identifier: GPL-2.0
/*
 * LNetMDUnlink() of the handler interface: what it returns, and which event has come by then, of an
 * MD that is idle or busy, or whose handler runs on another CPU.
 */
#include "common.h"
#include "common_handler.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>

enum { BYTES = 100, BITS = 0x77 };

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };

/* A PUT of a peer to LT_PORTAL; its payload is zeroes. */
static void arrive(struct kunit *test, struct lt_ni *f)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, BITS, BYTES, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
}

static struct lnet_me *any_me(void)
{
	struct lnet_processid any = lt_processid(LNET_NID_ANY, LNET_PID_ANY);

	return LNetMEAttach(LT_PORTAL, &any, 0, ~0ULL, LNET_UNLINK, LNET_INS_AFTER);
}

/* Idle -------------------------------------------------------------------- */

static void unlink_of_an_idle_md_delivers_its_event(struct kunit *test)
{
	struct lt_hmd *bound = lt_hmd(test, BYTES), *posted = lt_hmd(test, BYTES);

	posted->umd.umd_options = LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE;
	lt_hmd_bind(test, bound, LNET_UNLINK);
	lt_hmd_attach(test, posted, peer, BITS, LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(bound->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(bound), 1);
	lt_hmd_expect(test, bound, 0, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_PTR_EQ(test, bound->seen[0].task, current);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(posted->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(posted), 1);
	lt_hmd_expect(test, posted, 0, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_NULL(test, posted->wrong);
}

/* At once: a handle of 0 is also what marks a CPU on which no handler runs. */
static void unlink_of_a_handle_that_is_none_is_enoent(struct kunit *test)
{
	static const u64 none[] = { ~0ULL, 0, 1, 0x123456789abcdef0ULL };
	struct lt_hmd *h = lt_hmd(test, BYTES);
	unsigned int i;

	lt_hmd_bind(test, h, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
	for (i = 0; i < ARRAY_SIZE(none); i++)
		KUNIT_EXPECT_EQ_MSG(test, LNetMDUnlink((struct lnet_handle_md){ none[i] }),
				    -ENOENT, "%#llx", none[i]);
}

/* A handler that runs ------------------------------------------------------ */

/*
 * A handler that stays inside, and a thread that unlinks meanwhile. The handler looks itself
 * whether the thread waits for it: the two may keep both CPUs, and a third thread would see
 * nothing until they are done.
 */
struct stay {
	struct lt_hmd *h;
	bool last;			/* stays with the last event, or with the first one */
	int (*act)(struct lt_thread *t);
	unsigned int before;		/* so many events come before that one */
	bool inside;
	bool asks;			/* the thread is about to call LNetMDUnlink() */
	bool early;			/* it had returned while the handler was inside, */
	unsigned int early_count;	/* where so many events had come */
	bool returned;			/* LNetMDUnlink() has: */
	int rc;
	unsigned int count;		/* and so many events had come */
};

static void stay_inside(struct lt_hmd *h, const struct lnet_handler_event *ev)
{
	u64 end = ktime_get_ns() + (u64)LT_PATIENCE_MS * NSEC_PER_MSEC;
	struct stay *s = h->arg;

	if (s->last ? !ev->unlinked : READ_ONCE(s->inside))
		return;
	WRITE_ONCE(s->inside, true);
	while (!READ_ONCE(s->asks) && ktime_get_ns() < end)
		cpu_relax();
	end = ktime_get_ns() + 50 * NSEC_PER_MSEC;
	while (ktime_get_ns() < end)
		cpu_relax();
	s->early_count = lt_hmd_count(s->h);
	s->early = READ_ONCE(s->returned);
}

static int put_alone(struct lt_thread *t)
{
	struct stay *s = t->arg;

	return lt_hmd_put(s->h, LNET_NOACK_REQ, lt_lo, LT_PORTAL, BITS, 0);
}

static int put_with_ack(struct lt_thread *t)
{
	struct stay *s = t->arg;

	return lt_hmd_put(s->h, LNET_ACK_REQ, lt_lo, LT_PORTAL, BITS, 0);
}

static int put_into(struct lt_thread *t)
{
	return lt_hmd_put_empty(LT_PORTAL, BITS, 0);
}

static int unlink_first(struct lt_thread *t)
{
	struct stay *s = t->arg;

	return LNetMDUnlink(s->h->mdh);
}

static int unlink_second(struct lt_thread *t)
{
	struct stay *s = t->arg;

	s->rc = LNetMDUnlink(s->h->mdh);
	s->count = lt_hmd_count(s->h);
	WRITE_ONCE(s->returned, true);
	return 0;
}

static int unlink_when_inside(struct lt_thread *t)
{
	struct stay *s = t->arg;

	if (!lt_wait_for(READ_ONCE(s->inside)))
		return -ETIMEDOUT;
	WRITE_ONCE(s->asks, true);
	return unlink_second(t);
}

/*
 * The second thread does not return while the handler of the first one is inside. It is there
 * before that: whoever makes threads may stand behind the handler on its CPU.
 */
static void expect_wait(struct kunit *test, struct stay *s)
{
	static struct lt_thread first, second;

	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_thread_start(test, &second, unlink_when_inside, s, 1);
	lt_thread_start(test, &first, s->act, s, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&first), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&second), 0);
	KUNIT_EXPECT_TRUE(test, s->asks);
	KUNIT_EXPECT_FALSE(test, s->early);
	KUNIT_EXPECT_EQ(test, s->early_count, s->before);
}

static const struct busy_handler {
	const char *desc;
	/* input */
	int (*act)(struct lt_thread *t);
	unsigned int options;
	int threshold;
	/* expected */
	unsigned int events;
} busy_handlers[] = {
	{ "its only event", put_alone, 0, 1, 1 },
	{ "its second event", put_with_ack, 0, 2, 2 },
	{ "a message for it", put_into, LNET_MD_OP_PUT, 1, 1 },
	{ "the last of two messages for it", put_into, LNET_MD_OP_PUT, 2, 2 },
	{ "its UNLINK event", unlink_first, 0, 7, 1 },
};

KUNIT_ARRAY_PARAM_DESC(busy_handler, busy_handlers, desc);

static void unlink_waits_for_a_handler_that_runs(struct kunit *test)
{
	const struct busy_handler *row = test->param_value;
	struct lt_hmd *h = lt_hmd(test, BYTES), *sink = lt_hmd(test, BYTES);
	static struct stay s;

	s = (struct stay){ .h = h, .last = true, .act = row->act, .before = row->events - 1 };
	lt_need_two_cpus(test);
	h->umd.umd_threshold = row->threshold;
	h->umd.umd_options = row->options;
	h->during = stay_inside;
	h->arg = &s;
	if (row->options) {
		lt_hmd_attach_any(test, h, LNET_UNLINK);
	} else {
		sink->umd.umd_options = LNET_MD_OP_PUT;
		lt_hmd_attach_any(test, sink, LNET_UNLINK);
		lt_hmd_bind(test, h, LNET_UNLINK);
	}
	if (row->options && row->threshold == 2)
		KUNIT_ASSERT_EQ(test, lt_hmd_put_empty(LT_PORTAL, BITS, 0), 0);
	expect_wait(test, &s);
	KUNIT_EXPECT_EQ(test, s.rc, -ENOENT);
	KUNIT_EXPECT_EQ(test, s.count, row->events);
}

/* The MD is idle, but its handler is not. */
static void unlink_event_comes_behind_the_one_that_is_handled(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	static struct stay s;

	s = (struct stay){ .h = h, .act = put_into };
	lt_need_two_cpus(test);
	h->umd.umd_options = LNET_MD_OP_PUT;
	h->during = stay_inside;
	h->arg = &s;
	lt_hmd_attach_any(test, h, LNET_UNLINK);
	expect_wait(test, &s);
	KUNIT_EXPECT_EQ(test, s.rc, 0);
	KUNIT_EXPECT_EQ(test, s.count, 2);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, 0, 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_UNLINK, 0, 1);
}

/*
 * One message has come, successfully, and its handler runs; another one is on its way. After the
 * unlink no handler begins that says success, and none goes on.
 */
static void unlink_of_a_busy_md_waits_for_a_handler_that_runs(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lt_ni *f = lt_ni(test);
	static struct stay s;

	s = (struct stay){ .h = h, .act = put_into };
	lt_need_two_cpus(test);
	h->umd.umd_options = LNET_MD_OP_PUT;
	h->during = stay_inside;
	h->arg = &s;
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, any_me(), LNET_UNLINK), 0);
	f->hold_recv = true;
	arrive(test, f);
	expect_wait(test, &s);
	KUNIT_EXPECT_EQ(test, s.rc, 0);
	KUNIT_EXPECT_EQ(test, s.count, 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 2);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, 0, 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_PUT, -ETIMEDOUT, 1);
}

/* The last operation has ended, and its handler has not begun: a place to stay as well. */
static void stay_counted(void *arg)
{
	struct stay *s = arg;

	stay_inside(s->h, &(struct lnet_handler_event){ .unlinked = 1 });
}

static void unlink_waits_for_a_handler_that_is_about_to_run(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	static struct stay s;
	const struct lnet_window_plan plan = { .every = true, .fn = stay_counted, .arg = &s };

	s = (struct stay){ .h = h, .last = true, .act = put_into, .before = 1 };
	lt_need_two_cpus(test);
	h->umd.umd_options = LNET_MD_OP_PUT;
	h->umd.umd_threshold = 2;
	h->arg = &s;
	lt_hmd_attach_any(test, h, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_hmd_put_empty(LT_PORTAL, BITS, 0), 0);
	lt_window_open(test, LNET_WINDOW_MD_COUNTED, &plan);
	expect_wait(test, &s);
	KUNIT_EXPECT_EQ(test, s.rc, -ENOENT);
	KUNIT_EXPECT_EQ(test, s.count, 2);
}

/* Another thread has claimed the MD, and its event has not begun: a place to stay. */
static void unlink_waits_for_another_that_unlinks(struct kunit *test)
{
	static const unsigned int options[] = { 0, LNET_MD_OP_PUT };
	static struct stay s;
	const struct lnet_window_plan plan = { .nth = 1, .fn = stay_counted, .arg = &s };
	struct lt_hmd *h;
	unsigned int i;

	lt_need_two_cpus(test);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		h = lt_hmd(test, BYTES);
		s = (struct stay){ .h = h, .last = true, .act = unlink_first };
		h->umd.umd_options = options[i];
		h->arg = &s;
		if (options[i])
			lt_hmd_attach_any(test, h, LNET_UNLINK);
		else
			lt_hmd_bind(test, h, LNET_UNLINK);
		lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &plan);
		expect_wait(test, &s);
		KUNIT_EXPECT_EQ(test, s.rc, -ENOENT);
		KUNIT_EXPECT_EQ(test, s.count, 1);
		lt_hmd_expect(test, h, 0, LNET_EVENT_UNLINK, 0, 1);
	}
}

/* The same of LNet itself, as an answer is late. */
static void unlink_waits_for_lnet_that_unlinks(struct kunit *test)
{
	const struct lnet_window_plan stop = { .nth = 1 };
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lnet_window_count count;
	static struct lt_thread second;
	static struct stay s;
	bool returned;

	s = (struct stay){ .h = h };
	lt_need_two_cpus(test);
	lt_param(test, "lnet_transaction_timeout", "1");
	lt_hmd_bind(test, h, LNET_UNLINK);
	lt_window_open(test, LNET_WINDOW_MD_CLAIMED, &stop);
	KUNIT_ASSERT_EQ(test, lt_hmd_get(h, lt_lo, LT_PORTAL, BITS, 0), 0);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_MD_CLAIMED));
	lt_thread_start(test, &second, unlink_second, &s, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(completion_done(&second.began)));
	msleep(50);
	returned = READ_ONCE(s.returned);
	/* If the machine was busy for two seconds, LNet has gone on. */
	lnet_window_counts(LNET_WINDOW_MD_CLAIMED, &count);
	KUNIT_EXPECT_FALSE(test, returned && !count.forgotten);
	lnet_window_let_go(LNET_WINDOW_MD_CLAIMED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&second), 0);
	KUNIT_EXPECT_EQ(test, s.rc, -ENOENT);
	KUNIT_EXPECT_EQ(test, s.count, 2);
	lt_hmd_expect(test, h, 1, LNET_EVENT_UNLINK, 0, 1);
}

/* A handler that runs, and one that unlinks its MD meanwhile. */
struct pair {
	struct lt_hmd *runs, *unlinks;
	bool inside, called, left;
	bool early;			/* the call has returned while the handler was inside */
	int rc;
};

static void pair_runs(struct lt_hmd *h, const struct lnet_handler_event *ev)
{
	u64 end = ktime_get_ns() + 5ULL * NSEC_PER_SEC;
	struct pair *p = h->arg;

	WRITE_ONCE(p->inside, true);
	while (!READ_ONCE(p->called) && ktime_get_ns() < end)
		cpu_relax();
	end = ktime_get_ns() + 100 * NSEC_PER_MSEC;
	while (ktime_get_ns() < end)
		cpu_relax();
	WRITE_ONCE(p->left, true);
}

static void pair_unlinks(struct lt_hmd *h, const struct lnet_handler_event *ev)
{
	u64 end = ktime_get_ns() + 5ULL * NSEC_PER_SEC;
	struct pair *p = h->arg;

	while (!READ_ONCE(p->inside) && ktime_get_ns() < end)
		cpu_relax();
	WRITE_ONCE(p->called, true);
	p->rc = LNetMDUnlink(p->runs->mdh);
	p->early = !READ_ONCE(p->left);
}

static int pair_put(struct lt_thread *t)
{
	struct pair *p = t->arg;

	return lt_hmd_put(t->index ? p->unlinks : p->runs, LNET_NOACK_REQ, lt_lo, LT_PORTAL, BITS,
			  0);
}

/* It waits with preemption off, as it is a handler itself. A debug kernel warns if it sleeps. */
static void unlink_in_a_handler_waits_without_sleeping(struct kunit *test)
{
	struct lt_log log;
	struct lt_hmd *h[2];
	static struct lt_thread t[2];
	static struct pair p;
	unsigned int i;

	lt_need_two_cpus(test);
	for (i = 0; i < 2; i++) {
		h[i] = lt_hmd(test, BYTES);
		h[i]->umd.umd_threshold = 1;
		h[i]->during = i ? pair_unlinks : pair_runs;
		h[i]->arg = &p;
		lt_hmd_bind(test, h[i], LNET_UNLINK);
	}
	p = (struct pair){ .runs = h[0], .unlinks = h[1] };
	lt_log_begin(&log);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_threads_start(test, t, 2, pair_put, &p);
	lt_threads_join(test, t, 2);
	KUNIT_EXPECT_TRUE(test, p.inside);
	KUNIT_EXPECT_EQ(test, p.rc, -ENOENT);
	KUNIT_EXPECT_FALSE(test, p.early);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "has slept", ""), 0);
}

/* Busy ---------------------------------------------------------------------- */

static void unlink_ends_an_md_that_sends_with_an_error(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	h->umd.umd_threshold = 1;
	KUNIT_ASSERT_EQ(test, LNetMDBind(&h->umd, LNET_UNLINK, &h->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_put(h, LNET_NOACK_REQ, peer, 1, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), 1);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_SEND, -ETIMEDOUT, 1);
	KUNIT_EXPECT_NULL(test, h->wrong);
}

static void unlink_ends_an_md_that_receives_with_errors(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, 3 * BYTES);
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	f->hold_recv = true;
	h->umd.umd_options = LNET_MD_OP_PUT;
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, any_me(), LNET_UNLINK), 0);
	for (i = 0; i < 3; i++)
		arrive(test, f);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 1, 0));
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, -EIO));
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 3);
	lt_hmd_expect(test, h, 0, LNET_EVENT_PUT, -ETIMEDOUT, 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_PUT, -EIO, 0);
	lt_hmd_expect(test, h, 2, LNET_EVENT_PUT, -ETIMEDOUT, 1);
	KUNIT_EXPECT_NULL(test, h->wrong);
}

static void unlink_ends_an_md_that_gets_a_reply_with_an_error(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	h->umd.umd_threshold = 2;
	KUNIT_ASSERT_EQ(test, LNetMDBind(&h->umd, LNET_UNLINK, &h->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_get(h, peer, 1, BITS, 0), 0);
	lt_hdr_reply(rx, lt_ni_sent(test, f, 0), BYTES);
	f->hold_recv = true;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 2);
	lt_hmd_expect(test, h, 0, LNET_EVENT_SEND, 0, 0);
	lt_hmd_expect(test, h, 1, LNET_EVENT_REPLY, -ETIMEDOUT, 1);
	KUNIT_EXPECT_NULL(test, h->wrong);
}

/* The peer is silent. What it sends later is dropped. */
static void unlink_ends_an_md_that_awaits_an_answer_at_once(struct kunit *test)
{
	struct lt_hmd *put = lt_hmd(test, BYTES), *get = lt_hmd(test, BYTES);
	struct lt_rx *ack = lt_rx(test), *reply = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	put->umd.umd_threshold = 2;
	get->umd.umd_threshold = 2;
	lt_hmd_bind(test, put, LNET_UNLINK);
	lt_hmd_bind(test, get, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_hmd_put(put, LNET_ACK_REQ, peer, 1, BITS, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_get(get, peer, 1, BITS, 0), 0);
	lt_hmd_expect(test, put, 0, LNET_EVENT_SEND, 0, 0);
	lt_hmd_expect(test, get, 0, LNET_EVENT_SEND, 0, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(put->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(get->mdh), 0);
	lt_hmd_expect(test, put, 1, LNET_EVENT_UNLINK, 0, 1);
	lt_hmd_expect(test, get, 1, LNET_EVENT_UNLINK, 0, 1);

	lt_hdr_ack(ack, lt_ni_sent(test, f, 0), BYTES);
	lt_hdr_reply(reply, lt_ni_sent(test, f, 1), BYTES);
	KUNIT_EXPECT_EQ(test, lt_parse(f, ack), 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, reply), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(put), 2);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(get), 2);
}

/* While messages come ------------------------------------------------------- */

enum { LIVES = 3000 / LT_SLOW };

/* L: lock */
struct life {
	spinlock_t lock;		/* innermost: taken in handlers */
	struct lnet_handle_md mdh;	/* the MD of the moment, */
	unsigned int events, lasts;	/* L: its events, and those that said to be the last; */
	bool unlinked;			/* L: LNetMDUnlink() of it has returned */
	unsigned int late;		/* L: of all MDs: events behind the last one, */
	unsigned int lied;		/* L: or behind the unlink, with success; */
	unsigned int crossed;		/* L: MDs that were busy then */
};

static void life_handler(struct lnet_handler_event *ev)
{
	struct life *l = ev->md_user_ptr;

	spin_lock(&l->lock);
	/* live_once() waits for it without the lock. */
	WRITE_ONCE(l->events, l->events + 1);
	l->late += l->lasts;
	l->lasts += ev->unlinked;
	l->lied += l->unlinked && !ev->status;
	l->crossed += ev->unlinked && ev->type == LNET_EVENT_PUT;
	spin_unlock(&l->lock);
}

static int put_always(struct lt_thread *t)
{
	int rc = 0;

	while (!kthread_should_stop() && !rc) {
		rc = lt_hmd_put_empty(LT_PORTAL2, BITS, 0);
		lt_thread_round(t);
		cond_resched();
	}
	return rc;
}

static bool life_is_over(struct life *l)
{
	bool over;

	spin_lock(&l->lock);
	over = l->lasts;
	spin_unlock(&l->lock);
	return over;
}

/* An MD that is made, gets a message or some, and is unlinked. */
static void live_once(struct kunit *test, struct life *l)
{
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE);
	struct lnet_handler_md umd = {
		.umd_threshold = LNET_MD_THRESH_INF,
		.umd_options = LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE,
		.umd_user_ptr = l,
		.umd_handler = life_handler,
	};
	struct lnet_me *me;

	l->lasts = 0;
	l->events = 0;
	l->unlinked = false;
	me = LNetMEAttach(LT_PORTAL2, &lo, BITS, 0, LNET_UNLINK, LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, LNetMDAttach(me, &umd, LNET_RETAIN, &l->mdh), 0);
	lt_wait_for(READ_ONCE(l->events));
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(l->mdh), 0);
	spin_lock(&l->lock);
	l->unlinked = true;
	spin_unlock(&l->lock);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(life_is_over(l)));
}

static void unlink_has_no_success_behind_it(struct kunit *test)
{
	static struct lt_thread t[2];
	static struct life l;
	unsigned int i;

	memset(&l, 0, sizeof(l));
	spin_lock_init(&l.lock);
	lt_threads_start(test, t, 2, put_always, NULL);
	for (i = 0; i < LIVES; i++)
		live_once(test, &l);
	lt_threads_stop(test, t, 2);
	kunit_info(test, "%u of %u were busy", l.crossed, i);
	KUNIT_EXPECT_EQ(test, l.late, 0);
	KUNIT_EXPECT_EQ(test, l.lied, 0);
}

static struct kunit_case lnet_lustre_unlink_cases[] = {
	KUNIT_CASE(unlink_of_an_idle_md_delivers_its_event),
	KUNIT_CASE(unlink_of_a_handle_that_is_none_is_enoent),
	KUNIT_CASE_PARAM(unlink_waits_for_a_handler_that_runs, busy_handler_gen_params),
	KUNIT_CASE(unlink_event_comes_behind_the_one_that_is_handled),
	KUNIT_CASE(unlink_waits_for_a_handler_that_is_about_to_run),
	KUNIT_CASE(unlink_waits_for_another_that_unlinks),
	KUNIT_CASE_SLOW(unlink_waits_for_lnet_that_unlinks),
	KUNIT_CASE(unlink_in_a_handler_waits_without_sleeping),
	KUNIT_CASE(unlink_ends_an_md_that_sends_with_an_error),
	KUNIT_CASE(unlink_ends_an_md_that_receives_with_errors),
	KUNIT_CASE(unlink_ends_an_md_that_gets_a_reply_with_an_error),
	KUNIT_CASE(unlink_ends_an_md_that_awaits_an_answer_at_once),
	KUNIT_CASE(unlink_of_a_busy_md_waits_for_a_handler_that_runs),
	KUNIT_CASE_SLOW(unlink_has_no_success_behind_it),
	{}
};

LT_SUITE_HANDLERS(lnet_lustre_unlink);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: how MDs are taken back");
MODULE_LICENSE("GPL");
