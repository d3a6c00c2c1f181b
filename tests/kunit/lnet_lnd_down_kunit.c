// SPDX-License-Identifier: GPL-2.0
/*
 * NIs that go down with messages on their way, and drivers that complete messages in threads of
 * their own.
 */
#include "common.h"
#include "hooks/window.h"

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/sched.h>

/* Going down --------------------------------------------------------------- */

/* An MD on each side, with everything in flight that can be. */
struct busy {
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_md target;
};

static struct busy *busy(struct kunit *test)
{
	struct busy *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->rec = lt_rec(test);
	b->eqh = lt_eq_alloc(test, 0, lt_record);
	b->target = lt_md_attach(test, lt_me_any(test, 1),
				 lt_md(NULL, 0, LNET_MD_THRESH_INF,
				       LNET_MD_OP_PUT | LNET_MD_OP_GET, b->eqh,
				       b->rec), LNET_RETAIN);
	b->src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, b->eqh,
					b->rec), LNET_RETAIN);
	return b;
}

struct late_get {
	struct lt_ni *f;
	struct lt_rx *rx;
};

static void lnd_going_down_ends_all_that_is_on_its_way(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test);
	struct busy *b = busy(test);
	struct lt_rx *put = lt_rx(test), *get = lt_rx(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	f->hold_send = true;
	f->hold_recv = true;
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, b->src, LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, 1), LT_PORTAL, 0, 0,
				      0), 0);
	lt_hdr_put(put, 1, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, put), 0);
	lt_hdr_get(get, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, get), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 0);

	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, b->rec, i)->status,
				LT_LND_ENDED);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b->src), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b->target), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(b->eqh), 0);
}

static int late_get_thread(struct lt_thread *t)
{
	struct late_get *g = t->arg;

	return lt_parse(g->f, g->rx);
}

/* A GET has its MD, and the NI is closing when the REPLY is to leave. */
static void lnd_going_down_sends_no_answer(struct kunit *test)
{
	struct late_get *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	struct lt_ni *f = lt_ni_new(test);
	struct busy *b = busy(test);
	static struct lt_thread t;

	KUNIT_ASSERT_NOT_NULL(test, g);
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	f->hold_discard = true;
	g->f = f;
	g->rx = lt_rx(test);
	lt_hdr_get(g->rx, 1, 0, 0);
	lt_thread_start(test, &t, late_get_thread, g, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(g->rx->recvs)));
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(b->rec), 1);
	lt_expect_event(test, b->rec, 0, LNET_EVENT_GET, -ESHUTDOWN, 0);
}

/* A PUT that has found its NI open, and sends when it is not any more. */
struct late_send {
	struct lnet_handle_md src;
	struct lt_rx *rx;
	struct lt_ni *f;
};

static int late_send_thread(struct lt_thread *t)
{
	struct late_send *s = t->arg;

	return LNetPut(LNET_NID_ANY, s->src, LNET_NOACK_REQ,
		       lt_id(LT_NID_PEER, 1), LT_PORTAL, 0, 0, 0);
}

static int late_close_thread(struct lt_thread *t)
{
	struct late_send *s = t->arg;

	lt_ni_stop(s->f);
	return 0;
}

/* A thread stops in a window, and goes on when its NI has begun to go down. */
static void close_while(struct kunit *test, struct late_send *s,
			enum lnet_window window, int (*late)(struct lt_thread *t))
{
	const struct lnet_window_plan stop = { .nth = 1, .cpu_mask = BIT(0) };
	static struct lt_thread stopped, closer;
	struct lnet_ni *ni = s->f->ni;

	lt_need_two_cpus(test);
	/* The CPU of the thread that stops runs nothing else. */
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	lt_window_open(test, window, &stop);
	lt_thread_start(test, &stopped, late, s, 0);
	KUNIT_EXPECT_TRUE(test, lnet_window_await(window));
	lt_thread_start(test, &closer, late_close_thread, s, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(ni->closing)));
	lnet_window_let_go(window);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&stopped), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&closer), 0);
}

static void lnd_going_down_tells_who_was_about_to_send(struct kunit *test)
{
	struct late_send *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct busy *b = busy(test);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->src = b->src;
	s->f = lt_ni(test);
	close_while(test, s, LNET_WINDOW_USERS_OPEN, late_send_thread);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(s->f), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(b->rec), 1);
	lt_expect_event(test, b->rec, 0, LNET_EVENT_SEND, -ESHUTDOWN, 0);
}

static int late_parse_thread(struct lt_thread *t)
{
	struct late_send *s = t->arg;

	return lt_parse(s->f, s->rx);
}

static void lnd_going_down_drops_who_was_about_to_wait(struct kunit *test)
{
	struct late_send *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->f = lt_ni(test);
	s->rx = lt_rx(test);
	lt_lazy(test, LT_PORTAL);
	lt_hdr_put(s->rx, 1, 0, 0, 0);
	close_while(test, s, LNET_WINDOW_MATCH_MISSED, late_parse_thread);
	KUNIT_EXPECT_TRUE(test, s->rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN), drops + 1);
}

static struct lt_rx *late_rx;
static struct lnet_handle_md late_src;
static int late_parse, late_put;

static void try_when_closing(struct lt_ni *f)
{
	late_parse = lt_parse(f, late_rx);
	late_put = LNetPut(LNET_NID_ANY, late_src, LNET_NOACK_REQ,
			   lt_id(LT_NID_PEER, 1), LT_PORTAL, 0, 0, 0);
}

static u64 drops_when_closing;

static void count_when_closing(struct lt_ni *f)
{
	try_when_closing(f);
	drops_when_closing = lt_ni_drops(f, LNET_DROP_DOWN);
}

static void lnd_going_down_takes_nothing_new(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test);
	struct busy *b = busy(test);

	late_rx = lt_rx(test);
	late_src = b->src;
	late_parse = -1;
	late_put = -1;
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	f->on_shutdown = count_when_closing;
	lt_hdr_put(late_rx, 1, 10, 0, 0);
	lt_ni_stop(f);

	KUNIT_EXPECT_EQ(test, late_parse, 0);
	KUNIT_EXPECT_TRUE(test, late_rx->dropped);
	KUNIT_EXPECT_EQ(test, late_rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, drops_when_closing, 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	KUNIT_EXPECT_EQ(test, late_put, 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(b->rec), 1);
	lt_expect_event(test, b->rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
}

/* The driver's threads ----------------------------------------------------- */

enum { FLOOD = 2000 / LT_SLOW };

struct pump {
	struct lt_ni *f;
	bool sends;
};

static int pump_thread(struct lt_thread *t)
{
	struct pump *p = t->arg;

	while (!kthread_should_stop()) {
		if (p->sends)
			lt_ni_finish_sends(p->f, 0);
		else
			lt_ni_finish_recv(p->f, 0, 0);
		cond_resched();
	}
	return 0;
}

static void lnd_may_complete_from_any_thread(struct kunit *test)
{
	static struct lt_thread threads[2];
	static struct pump pump[2];
	struct lt_ni *f = lt_ni(test);
	struct busy *b = busy(test);
	struct lt_rx *rx;
	unsigned int i;

	f->hold_send = true;
	f->hold_recv = true;
	rx = lt_vmalloc(test, FLOOD * sizeof(*rx));
	for (i = 0; i < 2; i++) {
		pump[i].f = f;
		pump[i].sends = i;
		lt_thread_start(test, &threads[i], pump_thread, &pump[i], i);
	}
	for (i = 0; i < FLOOD; i++) {
		lt_hdr_put(&rx[i], 1, 0, 0, 0);
		rx[i].hdr.msg.put.ack_wmd.object_cookie = i;
		KUNIT_ASSERT_EQ(test, lt_parse(f, &rx[i]), 0);
		KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, b->src,
					      LNET_NOACK_REQ,
					      lt_id(LT_NID_PEER, 1), LT_PORTAL,
					      0, 0, 0), 0);
	}
	/* Our sends and receives, and the ACKs. */
	KUNIT_EXPECT_TRUE(test, lt_rec_wait(b->rec, 2 * FLOOD));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lt_ni_sends(f) == 2 * FLOOD));
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b->src), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b->target), 0);
	lt_wait_for(LNetEQFree(b->eqh) == 0);
	for (i = 0; i < 2; i++)
		lt_thread_stop(&threads[i]);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 2 * FLOOD + 2);
}

static struct kunit_case lnet_lnd_down_cases[] = {
	KUNIT_CASE(lnd_going_down_ends_all_that_is_on_its_way),
	KUNIT_CASE(lnd_going_down_takes_nothing_new),
	KUNIT_CASE(lnd_going_down_sends_no_answer),
	KUNIT_CASE(lnd_going_down_tells_who_was_about_to_send),
	KUNIT_CASE(lnd_going_down_drops_who_was_about_to_wait),
	KUNIT_CASE_SLOW(lnd_may_complete_from_any_thread),
	{}
};

LT_SUITE(lnet_lnd_down);

MODULE_DESCRIPTION("KUnit suite of lnet: NIs that go down, and threads of drivers");
MODULE_LICENSE("GPL");
