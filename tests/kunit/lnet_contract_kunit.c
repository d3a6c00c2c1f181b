// SPDX-License-Identifier: GPL-2.0
/*
 * What Documentation/api.rst says of contexts: from where calls may be made, and
 * in which a callback runs; what a callback may write; and what is just allowed.
 */
#include "common.h"
#include "hooks/watch.h"

#include <linux/debug_locks.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>

/* Calls that may sleep ------------------------------------------------------- */

/* Objects for the calls. */
static struct {
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md bound;
	struct lnet_handle_me me_out;
	struct lnet_handle_md md_out;
	struct lnet_handle_eq eq_out;
	struct lnet_event ev;
	int which;
} with;

static struct lnet_md an_md(unsigned int options)
{
	return lt_md(NULL, 0, LNET_MD_THRESH_INF, options, lt_no_eq(), NULL);
}

#define CALL(name, expr)	\
	static int call_##name(void) { return expr; }

CALL(me_attach, LNetMEAttach(LT_PORTAL, lt_any, 0, 0, LNET_RETAIN,
			     LNET_INS_AFTER, &with.me_out))
CALL(me_insert, LNetMEInsert(with.meh, lt_any, 0, 0, LNET_RETAIN,
			     LNET_INS_AFTER, &with.me_out))
CALL(md_attach, LNetMDAttach(with.meh, an_md(LNET_MD_OP_PUT), LNET_RETAIN,
			     &with.md_out))
CALL(md_bind, LNetMDBind(an_md(0), LNET_RETAIN, &with.md_out))
CALL(eq_alloc, LNetEQAlloc(4, NULL, &with.eq_out))
CALL(eq_free, LNetEQFree(with.eqh))
CALL(eq_poll, LNetEQPoll(&with.eqh, 1, 1, &with.ev, &with.which))
CALL(put, LNetPut(LNET_NID_ANY, with.bound, LNET_NOACK_REQ, lt_lo, LT_PORTAL, 1,
		  0, 0))
CALL(get, LNetGet(LNET_NID_ANY, with.bound, lt_lo, LT_PORTAL, 1, 0, false))
CALL(me_unlink, LNetMEUnlink(with.meh))
CALL(md_unlink, LNetMDUnlink(with.bound))
CALL(eq_get, LNetEQGet(with.eqh, &with.ev))
CALL(eq_look, LNetEQPoll(&with.eqh, 1, 0, &with.ev, &with.which))
CALL(set_lazy, LNetSetLazyPortal(LT_PORTAL))
CALL(clear_lazy, LNetClearLazyPortal(LT_PORTAL))
CALL(get_id, LNetGetId(0, &(struct lnet_process_id){}))
CALL(dist, LNetDist(LNET_NID_LO_0, NULL, NULL))

static const struct sleep_row {
	const char *desc;
	/* input */
	int (*call)(void);
	/* expected: it says so */
	bool sleeps;
} sleep_rows[] = {
	{ "MEAttach may sleep", call_me_attach, true },
	{ "MEInsert may sleep", call_me_insert, true },
	{ "MDAttach may sleep", call_md_attach, true },
	{ "MDBind may sleep", call_md_bind, true },
	{ "EQAlloc may sleep", call_eq_alloc, true },
	{ "EQFree may sleep", call_eq_free, true },
	{ "EQPoll with a timeout may sleep", call_eq_poll, true },
	{ "Put may sleep", call_put, true },
	{ "Get may sleep", call_get, true },
	{ "MEUnlink does not", call_me_unlink, false },
	{ "MDUnlink does not", call_md_unlink, false },
	{ "EQGet does not", call_eq_get, false },
	{ "EQPoll without a timeout does not", call_eq_look, false },
	{ "SetLazyPortal does not", call_set_lazy, false },
	{ "ClearLazyPortal where nothing waits does not", call_clear_lazy,
	  false },
	{ "GetId does not", call_get_id, false },
	{ "Dist does not", call_dist, false },
};

KUNIT_ARRAY_PARAM_DESC(sleep, sleep_rows, desc);

/* Returns the result of @call; sets @seen to what the core has counted of it. */
static int watch(int (*call)(void), struct lnet_watched *seen)
{
	int rc;

	lnet_watch_begin();
	rc = call();
	lnet_watch_end(seen);
	return rc;
}

/* How often it has said that it may sleep. */
static unsigned int call_sleeps(struct kunit *test, int (*call)(void))
{
	struct lnet_watched seen;

	KUNIT_EXPECT_EQ(test, watch(call, &seen), 0);
	return seen.sleeps;
}

/* A client's, under which it calls what does not sleep. */
static DEFINE_SPINLOCK(clients_lock);

/*
 * The same where nothing may sleep. What does not say so but could, a mutex or an
 * allocation that waits, the debug kernel reports.
 */
static unsigned int call_sleeps_under_a_lock(struct kunit *test, int (*call)(void))
{
	struct lnet_watched seen;
	int rc;

	spin_lock(&clients_lock);
	rc = watch(call, &seen);
	spin_unlock(&clients_lock);
	KUNIT_EXPECT_EQ(test, rc, 0);
	return seen.sleeps;
}

/* Else a caller that must not sleep learns it only where memory is short. */
static void contract_call_that_may_sleep_says_so(struct kunit *test)
{
	const struct sleep_row *row = test->param_value;

	with.eqh = lt_eq_alloc(test, 4, NULL);
	with.meh = lt_me_any(test, 7);
	with.bound = lt_source(test, NULL, 0);
	with.me_out.cookie = 0;
	with.md_out.cookie = 0;
	with.eq_out.cookie = 0;
	if (row->sleeps)
		KUNIT_EXPECT_GT(test, call_sleeps(test, row->call), 0);
	else
		KUNIT_EXPECT_EQ(test, call_sleeps_under_a_lock(test, row->call), 0);
	LNetMDUnlink(with.md_out);
	LNetMEUnlink(with.me_out);
	LNetEQFree(with.eq_out);
}

/* Judged by what it says alone: it does sleep, and nothing else shall come of it. */
static void contract_clear_lazy_portal_does_not_sleep(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);
	struct lnet_handle_md src = lt_source(test, NULL, 0);

	lt_lazy(test, LT_PORTAL);
	KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, call_sleeps(test, call_clear_lazy), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			drops + 1);
}

/* Where callbacks run -------------------------------------------------------- */

struct place {
	struct lnet_handle_md src;
	struct lnet_handle_md own;	/* unlinked by its handler, if it says so */
	bool unlink;
	unsigned int calls[LNET_EVENT_UNLINK + 1];
	unsigned int bad;		/* not a place for a callback */
	unsigned int locked;		/* a lock was held, or lockdep was off */
	u64 sequence;			/* not 0 in a callback */
};

static void place_handler(struct lnet_event *event)
{
	struct place *p = event->md.user_ptr;

	p->calls[event->type]++;
	p->bad += lt_bad_context();
	p->sequence |= event->sequence;
#ifdef CONFIG_LOCKDEP
	/* The one lock that lockdep counts is the class of the EQ. */
	p->locked += !debug_locks || current->lockdep_depth != 1;
#endif
	if (p->unlink && event->type == LNET_EVENT_PUT)
		p->bad += !!LNetMDUnlink(p->own);
}

struct arrival {
	struct lt_ni *f;
	struct lt_rx *rx;
};

static int drivers_thread(struct lt_thread *t)
{
	struct arrival *a = t->arg;

	return lt_parse(a->f, a->rx);
}

/* A message comes, in a thread of the driver's. */
static void arrive(struct kunit *test, struct lt_ni *f)
{
	static struct lt_thread thread;
	static struct arrival a;

	a.f = f;
	a.rx = lt_rx(test);
	lt_hdr_put(a.rx, 1, 0, 0, 0);
	lt_thread_start(test, &thread, drivers_thread, &a, 1);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&thread), 0);
}

/*
 * Every kind of event, and every way in which one comes to be delivered. A kernel
 * without lockdep, or without a preempt count, tells less.
 */
static void contract_callback_runs_with_preemption_off_and_no_lock(struct kunit *test)
{
	struct place *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct lnet_handle_md src, dst, idle;
	struct lnet_handle_eq eqh;
	struct lt_ni *f = lt_ni(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	lt_param(test, "delivery", "combining");
	eqh = lt_eq_alloc(test, 64, place_handler);
	src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, eqh, p),
			 LNET_RETAIN);
	idle = lt_md_bind(test, lt_md(NULL, 0, 1, 0, eqh, p), LNET_RETAIN);
	p->own = idle;
	dst = lt_md_attach(test, lt_me_any(test, 1),
			   lt_md(NULL, 0, LNET_MD_THRESH_INF,
				 LNET_MD_OP_PUT | LNET_MD_OP_GET, eqh, p),
			   LNET_RETAIN);
	/* By a caller, by a driver's thread, from behind another's handler. */
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_ACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_get(src, 1, 0), 0);
	p->unlink = true;
	arrive(test, f);
	p->unlink = false;
	/* One that waited, and one that is good for one message. */
	lt_lazy(test, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 2, 0, 0), 0);
	lt_md_attach(test, lt_me_any(test, 2),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, p), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(dst), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);

	for (i = 0; i < ARRAY_SIZE(p->calls); i++)
		if (i)
			KUNIT_EXPECT_GE_MSG(test, p->calls[i], 1, "kind %u", i);
	KUNIT_EXPECT_EQ(test, p->calls[LNET_EVENT_PUT], 3);
	KUNIT_EXPECT_EQ(test, p->calls[LNET_EVENT_UNLINK], 3);
	KUNIT_EXPECT_EQ(test, p->bad, 0);
	KUNIT_EXPECT_EQ(test, p->locked, 0);
	KUNIT_EXPECT_EQ(test, p->sequence, 0);
}

/* Writes of a callback ------------------------------------------------------- */

static void write_handler(struct lnet_event *event)
{
	event->hdr_data = ~event->hdr_data;
	event->match_bits = 4711;
	event->md.user_ptr = event;
	event->status = -EXDEV;
}

static void contract_poller_reads_what_the_callback_wrote(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, write_handler);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_event ev;

	lt_target(test, 1, eqh, NULL);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 5), 0);
	KUNIT_ASSERT_EQ(test, LNetEQGet(eqh, &ev), 1);
	KUNIT_EXPECT_EQ(test, ev.hdr_data, ~5ULL);
	KUNIT_EXPECT_EQ(test, ev.match_bits, 4711);
	KUNIT_EXPECT_NOT_NULL(test, ev.md.user_ptr);
	KUNIT_EXPECT_EQ(test, ev.status, -EXDEV);
	KUNIT_EXPECT_EQ(test, (int)ev.type, (int)LNET_EVENT_PUT);
	/* Where it stands in the ring the callback does not say. */
	KUNIT_EXPECT_EQ(test, ev.sequence, 1);
}

/* Waiting -------------------------------------------------------------------- */

struct patient {
	struct lnet_handle_eq eqh;
	struct lnet_event ev;
};

static int patient_thread(struct lt_thread *t)
{
	struct patient *p = t->arg;

	return LNetEQWait(p->eqh, &p->ev);
}

static void contract_who_waits_is_no_load(struct kunit *test)
{
	struct patient *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	static struct lt_thread t;

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->eqh = lt_eq_alloc(test, 4, NULL);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, p->eqh, NULL),
		     LNET_UNLINK);
	lt_thread_start(test, &t, patient_thread, p, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(t.task->__state) ==
					    TASK_IDLE));
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 1);
}

/* Just allowed --------------------------------------------------------------- */

enum { POLLED = 1024 };

static void contract_1024_eqs_are_polled_at_once(struct kunit *test)
{
	struct lnet_handle_eq *v = lt_vmalloc(test, (POLLED + 1) * sizeof(*v));
	struct lnet_handle_eq silent = lt_eq_alloc(test, 1, NULL);
	struct lnet_handle_eq last = lt_eq_alloc(test, 1, NULL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_event ev;
	unsigned int i;
	int which = -7;

	for (i = 0; i < POLLED; i++)
		v[i] = silent;
	v[POLLED - 1] = last;
	v[POLLED] = last;
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, POLLED, 0, &ev, &which), 0);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, POLLED, 1, &ev, &which), 0);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, last, NULL),
		     LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, POLLED + 1, 1, &ev, &which),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, which, -7);
	KUNIT_EXPECT_EQ(test, LNetEQPoll(v, POLLED, 1, &ev, &which), 1);
	KUNIT_EXPECT_EQ(test, which, POLLED - 1);
}

/* As many events as may be: that is no misuse, there may be no memory only. */
static void contract_ring_holds_up_to_a_million(struct kunit *test)
{
	struct lnet_handle_eq eqh;

	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, LNetEQAlloc(1 << 20, NULL, &eqh), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, LNetEQAlloc((1 << 20) + 1, NULL, &eqh), -EINVAL);
	KUNIT_EXPECT_FALSE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
}

static struct kunit_case lnet_contract_cases[] = {
	KUNIT_CASE_PARAM(contract_call_that_may_sleep_says_so,
			 sleep_gen_params),
	KUNIT_CASE(contract_clear_lazy_portal_does_not_sleep),
	KUNIT_CASE(contract_callback_runs_with_preemption_off_and_no_lock),
	KUNIT_CASE(contract_poller_reads_what_the_callback_wrote),
	KUNIT_CASE(contract_who_waits_is_no_load),
	KUNIT_CASE(contract_1024_eqs_are_polled_at_once),
	KUNIT_CASE(contract_ring_holds_up_to_a_million),
	{}
};

LT_SUITE(lnet_contract);

MODULE_DESCRIPTION("KUnit suite of lnet: contexts, and what is just allowed");
MODULE_LICENSE("GPL");
