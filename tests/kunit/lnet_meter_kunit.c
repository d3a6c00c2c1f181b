// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that take long, on purpose: many messages that wait on a lazy portal, many
 * MEs of one key, slow handlers, large payloads. The meter kernel reports for how
 * long preemption was off (meter.c); these cases only check that all work was done.
 */
#include "common.h"

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>

enum {
	WAITING		= 8190 / LT_SLOW,	/* PUTs on a lazy portal */
	EQUALS		= 20000 / LT_SLOW,	/* MEs of one key */
	LARGE		= 64,			/* PUTs of 1 MiB */
	SLOW_US		= 100,
	SLOW		= 2000 / LT_SLOW,	/* events, each so slow */
};

static atomic_t came;

static void count_handler(struct lnet_event *event)
{
	if (event->type == LNET_EVENT_PUT)
		atomic_inc(&came);
}

static void slow_handler(struct lnet_event *event)
{
	count_handler(event);
	udelay(SLOW_US);
}

/* So many PUTs of nothing wait. */
static struct lt_rx *queue_up(struct kunit *test)
{
	struct lt_rx *rx = lt_vmalloc(test, WAITING * sizeof(*rx));
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	/* All of one peer. */
	lt_param(test, "lazy_peer_share", "100");
	lt_lazy(test, LT_PORTAL);
	atomic_set(&came, 0);
	for (i = 0; i < WAITING; i++) {
		lt_hdr_put(&rx[i], 1, 0, 0, i);
		KUNIT_ASSERT_EQ(test, lt_parse(f, &rx[i]), 0);
		KUNIT_ASSERT_FALSE(test, rx[i].done);
	}
	return rx;
}

static void expect_all(struct kunit *test, const struct lt_rx *rx, bool dropped)
{
	unsigned int i, n = 0;

	for (i = 0; i < WAITING; i++)
		n += rx[i].done && rx[i].dropped == dropped;
	KUNIT_EXPECT_EQ(test, n, WAITING);
	KUNIT_EXPECT_EQ(test, atomic_read(&came), dropped ? 0 : WAITING);
}

static void meter_queue_that_matches_nothing(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, count_handler);
	struct lt_rx *rx = queue_up(test);

	lt_target(test, 2, eqh, NULL);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	expect_all(test, rx, true);
}

static void meter_queue_that_is_resumed_at_once(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, count_handler);
	struct lt_rx *rx = queue_up(test);

	lt_target(test, 1, eqh, NULL);
	expect_all(test, rx, false);
}

/* A handler gives an ME its MD, for which everything waits. */
static struct repost {
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lnet_md md;
	int rc;
} repost;

static void repost_handler(struct lnet_event *event)
{
	count_handler(event);
	if (event->unlinked && event->type == LNET_EVENT_PUT)
		repost.rc = LNetMDAttach(repost.meh, repost.md, LNET_RETAIN,
					 &repost.mdh);
}

static void meter_queue_that_a_handler_resumes(struct kunit *test)
{
	struct lnet_handle_eq eqh;
	struct lt_rx *rx;
	int i;

	for (i = 0; i < 5; i++)
		lt_skip_delivery(test, ((const char *const[]){
				 "global", "callback", "rwlock", "eq", "hashed" })[i],
				 "a handler must not call LNet");
	eqh = lt_eq_alloc(test, 0, repost_handler);
	rx = queue_up(test);
	repost.rc = -EINTR;
	repost.md = lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, eqh, NULL);
	repost.meh = lt_me_any(test, 1);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, NULL), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, repost.rc, 0);
	expect_all(test, rx, false);
}

static void meter_many_of_one_key(struct kunit *test)
{
	struct lnet_handle_me *meh = lt_vmalloc(test, EQUALS * sizeof(*meh));
	const struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(), NULL);
	struct lnet_handle_md unused;
	unsigned int i, bad = 0;

	for (i = 0; i < EQUALS; i++) {
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL2, lt_lo, 7, 0, LNET_UNLINK,
						   LNET_INS_AFTER, &meh[i]), 0);
		KUNIT_ASSERT_EQ(test, LNetMDAttach(meh[i], md, LNET_UNLINK, &unused), 0);
	}
	/* The latest first, which stand deepest. */
	for (i = EQUALS; i-- > EQUALS - EQUALS / 20;)
		bad += LNetMEUnlink(meh[i]) != 0;
	for (i = 0; i < EQUALS - EQUALS / 20; i++)
		bad += LNetMEUnlink(meh[i]) != 0;
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static void meter_large_payloads(struct kunit *test)
{
	void *from = lt_vmalloc(test, LNET_MTU), *to = lt_vmalloc(test, LNET_MTU);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, count_handler);
	struct lnet_handle_md src = lt_source(test, from, LNET_MTU);
	unsigned int i;

	atomic_set(&came, 0);
	lt_md_attach(test, lt_me_any(test, 3),
		     lt_md(to, LNET_MTU, LNET_MD_THRESH_INF,
			   LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE, eqh, NULL),
		     LNET_RETAIN);
	for (i = 0; i < LARGE; i++)
		KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, 3, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&came), LARGE);
}

struct slow {
	struct lnet_handle_md src;
};

static int slow_sender(struct lt_thread *t)
{
	struct slow *s = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < SLOW / 2 && !rc; i++)
		rc = lt_put(s->src, LNET_NOACK_REQ, 4, 0, 0);
	return rc;
}

static struct lt_thread threads[2];

static void meter_slow_handlers_of_one_slot(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, slow_handler);
	struct slow slow = { .src = lt_source(test, NULL, 0) };

	atomic_set(&came, 0);
	lt_target(test, 4, eqh, NULL);
	lt_threads_start(test, threads, 2, slow_sender, &slow);
	lt_threads_join(test, threads, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&came), SLOW);
}

static struct kunit_case lnet_meter_cases[] = {
	KUNIT_CASE(meter_queue_that_matches_nothing),
	KUNIT_CASE(meter_queue_that_is_resumed_at_once),
	KUNIT_CASE(meter_queue_that_a_handler_resumes),
	KUNIT_CASE(meter_many_of_one_key),
	KUNIT_CASE(meter_large_payloads),
	KUNIT_CASE(meter_slow_handlers_of_one_slot),
	{}
};

LT_SUITE(lnet_meter);

MODULE_DESCRIPTION("KUnit suite of lnet: what takes long");
MODULE_LICENSE("GPL");
