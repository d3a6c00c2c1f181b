// SPDX-License-Identifier: GPL-2.0
/*
 * Handlers that send and post where the scheme is `combining`, on all CPUs at
 * once: what they send on keeps its order, and nothing is lost while they post
 * the next buffer, unlink, and others wait for their UNLINK events.
 */
#include "common.h"
#include "common/post.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>

LT_RUNTIME_MS(500, "each case with a time runs");

/* In order ------------------------------------------------------------------ */

/*
 * A relay: what arrives at the one MD is sent on to the other, with the number
 * it has there. It lands when the handler has returned, in the thread that ran
 * it: so the numbers of each thread are in order. The first thread is a driver's.
 * Its event comes behind one whose handler waits until the second thread is
 * through, but not for ever.
 */
enum { RELAY_IN = 1, RELAY_OUT = 2, RELAY_SLOW = 3, RELAYED = 10 };

struct relay {
	struct lnet_handle_md src;
	struct lt_ni *f;
	struct lt_rx *rx;
	struct lt_thread thread[2];
	u64 in, out;			/* in the slots: numbers */
	unsigned int by[RELAYED + 1];	/* which thread sent that one on */
	u64 last[2];			/* in the slot: of each thread */
	bool slow;			/* its slow handler waits */
	bool second;			/* thread is through */
	atomic_t disordered;
	atomic_t failed;
};

static void relay_on(struct relay *r)
{
	int rc = 0;

	if (!r->in)
		rc = lt_put(r->src, LNET_NOACK_REQ, RELAY_SLOW, 0, 0);
	if (++r->in <= RELAYED)
		r->by[r->in] = current == r->thread[1].task;
	rc = rc ?: lt_put(r->src, LNET_NOACK_REQ, RELAY_OUT, 0, r->in);
	if (rc)
		atomic_inc(&r->failed);
}

static void relay_out(struct relay *r, u64 number)
{
	unsigned int by = number <= RELAYED ? r->by[number] : 0;

	if (number <= r->last[by])
		atomic_inc(&r->disordered);
	r->last[by] = number;
	r->out++;
}

static void relay_handler(struct lnet_event *event)
{
	struct relay *r = event->md.user_ptr;
	unsigned int us;

	lt_enter();
	if (event->type != LNET_EVENT_PUT) {
		/* the case is over */
	} else if (event->match_bits == RELAY_IN) {
		relay_on(r);
	} else if (event->match_bits == RELAY_SLOW) {
		WRITE_ONCE(r->slow, true);
		for (us = 0; us < 50000 && !READ_ONCE(r->second); us += 5)
			udelay(5);
	} else {
		relay_out(r, event->hdr_data);
	}
	lt_leave();
}

static int relay_first(struct lt_thread *t)
{
	struct relay *r = t->arg;

	lt_hdr_put(r->rx, RELAY_IN, 0, 0, 0);
	return lt_parse(r->f, r->rx);
}

static int relay_second(struct lt_thread *t)
{
	struct relay *r = t->arg;
	int i, rc = 0;

	if (!lt_spin_until(READ_ONCE(r->slow)))
		return -EINTR;
	for (i = 1; i < RELAYED && !rc; i++)
		rc = lt_put(r->src, LNET_NOACK_REQ, RELAY_IN, 0, 0);
	WRITE_ONCE(r->second, true);
	return rc;
}

static void relay_keeps_the_order(struct kunit *test)
{
	struct relay *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct lnet_handle_eq eqh;
	struct lt_thread *t;
	u64 bits;

	KUNIT_ASSERT_NOT_NULL(test, r);
	lt_need_two_cpus(test);
	lt_param(test, "delivery", "combining");
	atomic_set(&lt_nested, 0);
	t = r->thread;
	r->f = lt_ni(test);
	r->rx = lt_rx(test);
	r->src = lt_source(test, NULL, 0);
	eqh = lt_eq_alloc(test, 0, relay_handler);
	for (bits = RELAY_IN; bits <= RELAY_SLOW; bits++)
		lt_target(test, bits, eqh, r);
	lt_thread_start(test, &t[1], relay_second, r, 1);
	lt_thread_start(test, &t[0], relay_first, r, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[1]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[0]), 0);
	KUNIT_EXPECT_EQ(test, r->in, RELAYED);
	KUNIT_EXPECT_EQ(test, r->out, RELAYED);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->disordered), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->failed), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
}

/* Posting -------------------------------------------------------------------- */

/*
 * Handlers that post the next buffer when one is full, and sometimes unlink or
 * send something, on all CPUs and in all slots; messages that come in between
 * wait on the lazy portal, so all land.
 */
enum {
	SENDERS		= 4,
	MESSAGES	= 200000,	/* of each, at most */
	LEAST		= 200,		/* of each, at least */
	FILLED		= 20,		/* buffers, at least */
	BUFFERS		= 4,
	ROOM		= 8,		/* messages of a buffer */
	ASIDE		= 1000,		/* match bits of another MD */
	WAITING		= 1000,		/* on the lazy portal, about */
};

struct mill {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_md mdh[BUFFERS];	/* of the moment */
	atomic_t sent, landed;
	atomic_t filled, aside;
	atomic_t unlinks, unlinked;
	atomic_t failed;
};

static int mill_post(struct mill *m, u64 bits)
{
	const struct post_me me = {
		.portal = LT_PORTAL, .id = bits % 2 ? lt_any : lt_lo,
		.match_bits = bits, .unlink = LNET_UNLINK,
	};
	struct lnet_handle_me meh;

	return post_md(&me, lt_md(NULL, 0, ROOM, LNET_MD_OP_PUT, m->eqh, m), LNET_UNLINK,
		       &meh, &m->mdh[bits]);
}

static int mill_bind_and_unlink(struct mill *m)
{
	struct lnet_handle_md mdh;
	int rc;

	rc = LNetMDBind(lt_md(NULL, 0, 1, 0, m->eqh, m), LNET_RETAIN, &mdh);
	if (rc)
		return rc;
	atomic_inc(&m->unlinked);
	return LNetMDUnlink(mdh);
}

static void mill_handler(struct lnet_event *event)
{
	struct mill *m = event->md.user_ptr;
	int rc = 0;

	lt_enter();
	if (event->type == LNET_EVENT_UNLINK) {
		atomic_inc(&m->unlinks);
	} else if (event->match_bits == ASIDE) {
		atomic_inc(&m->aside);
	} else {
		atomic_inc(&m->landed);
		if (event->unlinked) {
			atomic_inc(&m->filled);
			rc = mill_post(m, event->match_bits);
			rc = rc ?: mill_bind_and_unlink(m);
			rc = rc ?: lt_put(m->src, LNET_NOACK_REQ, ASIDE, 0, 0);
		}
	}
	if (rc)
		atomic_inc(&m->failed);
	lt_leave();
}

static bool mill_enough(struct mill *m, unsigned int sent)
{
	return sent >= LEAST && atomic_read(&m->filled) >= FILLED &&
	       atomic_read(&m->aside) && atomic_read(&m->unlinks);
}

static int mill_thread(struct lt_thread *t)
{
	struct mill *m = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < MESSAGES && !lt_run_over(mill_enough(m, i)) && !rc;
	     i++) {
		/* The portal lets 8192 wait. */
		if (!lt_sleep_until(atomic_read(&m->sent) -
				    atomic_read(&m->landed) <= WAITING))
			return -EINTR;
		atomic_inc(&m->sent);
		rc = lt_put(m->src, LNET_NOACK_REQ, i % BUFFERS, 0, 0);
		if (i % 16 || rc)
			continue;
		/* An unlink that waits for its event while all this goes on. */
		rc = mill_bind_and_unlink(m);
		cond_resched();
	}
	return rc;
}

static void relay_posts_and_nothing_is_lost(struct kunit *test)
{
	struct mill *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u64 drops = lt_drops_all(LT_PORTAL);
	static struct lt_thread t[SENDERS];
	u64 bits;

	KUNIT_ASSERT_NOT_NULL(test, m);
	lt_param(test, "delivery", "combining");
	lt_param(test, "eq_slots", "4");
	atomic_set(&lt_nested, 0);
	m->eqh = lt_eq_alloc(test, 0, mill_handler);
	m->src = lt_source(test, NULL, 0);
	lt_lazy(test, LT_PORTAL);
	lt_target(test, ASIDE, m->eqh, m);
	for (bits = 0; bits < BUFFERS; bits++)
		KUNIT_EXPECT_EQ(test, mill_post(m, bits), 0);
	lt_run_begin(runtime_ms);
	lt_threads_start(test, t, SENDERS, mill_thread, m);
	lt_threads_join(test, t, SENDERS);
	kunit_info(test, "%d messages, %d unlinked, %llu waited",
		   atomic_read(&m->landed), atomic_read(&m->unlinks),
		   lt_delayed(LT_PORTAL));
	KUNIT_EXPECT_GE(test, atomic_read(&m->sent), SENDERS * LEAST);
	KUNIT_EXPECT_GE(test, atomic_read(&m->filled), FILLED);
	KUNIT_EXPECT_GT(test, atomic_read(&m->unlinked), FILLED);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->landed), atomic_read(&m->sent));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->aside), atomic_read(&m->filled));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->unlinks),
			atomic_read(&m->unlinked));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->failed), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), drops);
	for (bits = 0; bits < BUFFERS; bits++)
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(m->mdh[bits]), 0);
}

static struct kunit_case lnet_relay_cases[] = {
	KUNIT_CASE(relay_keeps_the_order),
	KUNIT_CASE(relay_posts_and_nothing_is_lost),
	{}
};

LT_SUITE(lnet_relay);

MODULE_DESCRIPTION("KUnit suite of lnet: handlers that send and post");
MODULE_LICENSE("GPL");
