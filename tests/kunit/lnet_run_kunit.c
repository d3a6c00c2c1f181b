// SPDX-License-Identifier: GPL-2.0
/*
 * The run: how long a thread goes on with preemption off, and a handler that sleeps
 * although it must not.
 */
#include "common.h"
#include "event/cpu.h"
#include "event/run.h"
#include "hooks/watch.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>

static DEFINE_SPINLOCK(clients_lock);

static void watch_begin(struct kunit *test)
{
	lt_param(test, "delivery", "combining");
	lnet_watch_begin();
}

static void expect_short_stretches(struct kunit *test,
				   const struct lnet_watched *seen)
{
	kunit_info(test, "%u stretches of at most %u callbacks, %u bytes",
		   seen->stretches, seen->callbacks, seen->bytes);
	KUNIT_EXPECT_LE(test, seen->callbacks, LNET_STRETCH_CALLBACKS);
	KUNIT_EXPECT_LE(test, seen->bytes, LNET_STRETCH_BYTES);
}

/* Between two of them preemption was as the caller has it. */
static void expect_preemptible(struct kunit *test,
			       const struct lnet_watched *seen)
{
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		KUNIT_EXPECT_EQ(test, seen->preemptible, seen->pauses);
}

/* Stretches ------------------------------------------------------------------ */

enum { WAITING = 200, BYTES = 4096, CHAIN = 100 };

struct play {
	struct kunit *test;
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md src;
	struct lnet_handle_md idle[WAITING];
	lnet_nid_t nid;			/* to which the handler sends */
	bool unlink_at_once;		/* whatever an event says */
	unsigned int quiet;		/* more events, without a callback */
	void *page;
	unsigned int left;		/* by the handler */
	unsigned int at_return;		/* events before a handler's call was over */
	atomic_t wrong;
};

static struct lnet_md sink(struct play *p)
{
	return lt_md(p->page, BYTES, LNET_MD_THRESH_INF,
		     LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE, p->eqh, p);
}

static void count_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;

	lt_record(&(struct lnet_event){ .md.user_ptr = p->rec });
}

static void post_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;
	unsigned int before = lt_rec_count(p->rec);
	struct lnet_handle_md mdh;

	if (event->hdr_data == 1) {
		if (LNetMDAttach(p->meh, sink(p), LNET_RETAIN, &mdh))
			atomic_inc(&p->wrong);
		p->at_return = lt_rec_count(p->rec) - before;
	}
	count_handler(event);
}

static void chain_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;

	count_handler(event);
	if (p->left && p->left-- &&
	    lt_put(p->src, LNET_NOACK_REQ, 1, 0, 0))
		atomic_inc(&p->wrong);
}

static void unlink_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;

	count_handler(event);
	while ((event->hdr_data == 1 || p->unlink_at_once) && p->left)
		if (LNetMDUnlink(p->idle[--p->left]))
			atomic_inc(&p->wrong);
}

static struct play *play(struct kunit *test, lnet_eq_handler_t handler)
{
	struct play *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	lt_param(test, "delivery", "combining");
	p->test = test;
	p->rec = lt_rec(test);
	p->page = lt_page(test);
	p->eqh = lt_eq_alloc(test, 0, handler);
	p->src = lt_source(test, p->page, BYTES);
	return p;
}

/* PUTs that wait on the lazy portal for @p->meh. */
static void wait_on_lazy(struct play *p)
{
	unsigned int i;

	lt_lazy(p->test, LT_PORTAL);
	p->meh = lt_me_any(p->test, 1);
	for (i = 0; i < WAITING; i++)
		KUNIT_ASSERT_EQ(p->test,
				lt_put(p->src, LNET_NOACK_REQ, 1, 0, 0), 0);
}

static void begin_post(struct play *p)
{
	struct lnet_handle_md mdh;

	KUNIT_EXPECT_EQ(p->test,
			LNetMDAttach(p->meh, sink(p), LNET_RETAIN, &mdh), 0);
}

static void setup_post(struct play *p)
{
	wait_on_lazy(p);
}

/* The handler of another MD posts. */
static void setup_post_in_handler(struct play *p)
{
	wait_on_lazy(p);
	lt_md_attach(p->test, lt_me_any(p->test, 2), sink(p), LNET_RETAIN);
}

static void begin_post_in_handler(struct play *p)
{
	KUNIT_EXPECT_EQ(p->test, lt_put(p->src, LNET_NOACK_REQ, 2, 0, 1), 0);
	/* The messages that waited are received when the handler has returned. */
	KUNIT_EXPECT_EQ(p->test, p->at_return, 0);
}

static void setup_chain(struct play *p)
{
	p->left = CHAIN;
	lt_md_attach(p->test, lt_me_any(p->test, 1), sink(p), LNET_RETAIN);
}

static void begin_chain(struct play *p)
{
	KUNIT_EXPECT_EQ(p->test, lt_put(p->src, LNET_NOACK_REQ, 1, 0, 0), 0);
}

/* A PUT that does not leave: no NI is on that network, or the driver refuses it. */
static int put_away(struct play *p, lnet_nid_t nid)
{
	return LNetPut(LNET_NID_ANY, p->src, LNET_NOACK_REQ,
		       lt_id(nid, LNET_PID_LUSTRE), LT_PORTAL, 1, 0, 0);
}

static void failing_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;

	count_handler(event);
	if (!event->status || (p->left && p->left-- && put_away(p, p->nid)))
		atomic_inc(&p->wrong);
}

static void setup_nowhere(struct play *p)
{
	p->left = CHAIN;
	p->nid = LT_NID_PEER;
	p->src = lt_md_bind(p->test, lt_md(p->page, BYTES, LNET_MD_THRESH_INF,
					   0, p->eqh, p), LNET_RETAIN);
}

static void setup_refused(struct play *p)
{
	lt_ni(p->test)->send_rc = -EIO;
	setup_nowhere(p);
}

static void begin_away(struct play *p)
{
	KUNIT_EXPECT_EQ(p->test, put_away(p, p->nid), 0);
}

/* @threshold 1 with LNET_UNLINK: MDs that need no slot. */
static void setup_idle(struct play *p, struct lnet_handle_eq eqh, int threshold,
		       enum lnet_unlink unlink)
{
	unsigned int i;

	setup_chain(p);
	for (i = 0; i < CHAIN; i++)
		p->idle[i] = lt_md_bind(p->test,
					lt_md(NULL, 0, threshold, 0, eqh, p),
					unlink);
}

static void setup_unlink_slots(struct play *p)
{
	setup_idle(p, p->eqh, 2, LNET_RETAIN);
}

static void setup_unlink_polled(struct play *p)
{
	setup_idle(p, lt_eq_alloc(p->test, CHAIN, LNET_EQ_HANDLER_NONE), 2,
		   LNET_RETAIN);
	p->quiet = CHAIN;
}

static void setup_unlink_alone(struct play *p)
{
	setup_idle(p, p->eqh, 1, LNET_UNLINK);
}

static void begin_unlink(struct play *p)
{
	KUNIT_EXPECT_EQ(p->test, lt_put(p->src, LNET_NOACK_REQ, 1, 0, 1), 0);
}

static const struct stretch_row {
	const char *desc;
	lnet_eq_handler_t handler;
	void (*setup)(struct play *p);
	void (*begin)(struct play *p);
	unsigned int events;
} stretch_rows[] = {
	{ "a task posts where messages wait", count_handler, setup_post,
	  begin_post, WAITING },
	{ "a handler posts where messages wait", post_handler,
	  setup_post_in_handler, begin_post_in_handler, WAITING + 1 },
	{ "each message leads to another", chain_handler, setup_chain,
	  begin_chain, CHAIN + 1 },
	{ "each that goes nowhere leads to another", failing_handler,
	  setup_nowhere, begin_away, CHAIN + 1 },
	{ "each that a driver refuses leads to another", failing_handler,
	  setup_refused, begin_away, CHAIN + 1 },
	{ "a handler unlinks, in slots", unlink_handler, setup_unlink_slots,
	  begin_unlink, CHAIN + 1 },
	{ "a handler unlinks, in slots of an EQ without a callback", unlink_handler,
	  setup_unlink_polled, begin_unlink, 1 },
	{ "a handler unlinks, without slots", unlink_handler,
	  setup_unlink_alone, begin_unlink, CHAIN + 1 },
};

KUNIT_ARRAY_PARAM_DESC(stretch, stretch_rows, desc);

static void run_is_in_short_stretches(struct kunit *test)
{
	const struct stretch_row *row = test->param_value;
	struct play *p = play(test, row->handler);
	struct lnet_watched seen;
	unsigned int events;

	row->setup(p);
	lnet_watch_begin();
	row->begin(p);
	lnet_watch_end(&seen);
	events = row->events + p->quiet;
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), row->events);
	KUNIT_EXPECT_EQ(test, atomic_read(&p->wrong), 0);
	KUNIT_EXPECT_GE(test, seen.stretches, events / LNET_STRETCH_CALLBACKS);
	KUNIT_EXPECT_GE(test, seen.pauses, events / LNET_STRETCH_CALLBACKS - 1);
	expect_short_stretches(test, &seen);
	expect_preemptible(test, &seen);
}

/* The events that come with the PUT's event end the stretch: the SEND is of the next one. */
static void run_send_behind_a_full_stretch_is_in_the_next(struct kunit *test)
{
	enum { MORE = LNET_STRETCH_CALLBACKS - 1 };
	struct lnet_watched seen;
	struct lnet_handle_md src;
	struct play *p;

	lt_param(test, "eq_slots", "1");
	p = play(test, unlink_handler);
	setup_unlink_slots(p);
	p->left = MORE;
	src = lt_md_bind(test, lt_md(p->page, BYTES, LNET_MD_THRESH_INF, 0, p->eqh, p),
			 LNET_RETAIN);
	lnet_watch_begin();
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 1), 0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), MORE + 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&p->wrong), 0);
	expect_short_stretches(test, &seen);
}

/* 1 MiB in one message: copied in pieces. */
static void run_copies_in_short_stretches(struct kunit *test)
{
	enum { MANY = LNET_MTU };
	struct lnet_watched seen;
	struct lnet_handle_md src;
	u8 *from = lt_vmalloc(test, MANY), *to = lt_vmalloc(test, MANY);

	lt_fill(from, MANY, 5);
	src = lt_source(test, from, MANY);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(to, MANY, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
			   lt_no_eq(), NULL), LNET_RETAIN);
	watch_begin(test);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_TRUE(test, lt_filled(to, MANY, 5, 0));
	KUNIT_EXPECT_EQ(test, seen.bytes, LNET_STRETCH_BYTES);
	KUNIT_EXPECT_GE(test, seen.pauses, MANY / LNET_STRETCH_BYTES - 1);
	expect_short_stretches(test, &seen);
	expect_preemptible(test, &seen);
}

/* So is what waits on a lazy portal, as its payload is set aside and put back. */
static void run_sets_aside_in_short_stretches(struct kunit *test)
{
	enum { MANY = LNET_MTU };
	struct lnet_watched seen;
	struct lnet_handle_md src, mdh;
	struct lnet_handle_me meh;
	u8 *from = lt_vmalloc(test, MANY), *to = lt_vmalloc(test, MANY);

	lt_fill(from, MANY, 6);
	src = lt_source(test, from, MANY);
	lt_lazy(test, LT_PORTAL);
	meh = lt_me_any(test, 1);
	watch_begin(test);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test,
			LNetMDAttach(meh,
				     lt_md(to, MANY, LNET_MD_THRESH_INF,
					   LNET_MD_OP_PUT, lt_no_eq(), NULL),
				     LNET_RETAIN, &mdh), 0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_TRUE(test, lt_filled(to, MANY, 6, 0));
	KUNIT_EXPECT_GE(test, seen.pauses, 2 * (MANY / LNET_STRETCH_BYTES - 1));
	expect_short_stretches(test, &seen);
	expect_preemptible(test, &seen);
}

/*
 * Its pages come with the stretches, and not all of them before: where one of the last
 * is not to be had, most of it has been copied.
 */
static void run_has_pages_in_short_stretches(struct kunit *test)
{
	enum { MANY = LNET_MTU, NTH = MANY / PAGE_SIZE * 7 / 8 };
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED);
	u8 *from = lt_vmalloc(test, MANY);
	struct lnet_handle_md src = lt_source(test, from, MANY);
	struct lnet_watched seen;

	lt_lazy(test, LT_PORTAL);
	watch_begin(test);
	lnet_alloc_fail_nth(NTH);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_DELAY_FAILED), drops + 1);
	KUNIT_EXPECT_GE(test, seen.pauses, MANY / LNET_STRETCH_BYTES * 3 / 4);
	expect_short_stretches(test, &seen);
}

/* And what is dropped, without an event or a copy. */
static void run_drops_in_short_stretches(struct kunit *test)
{
	struct play *p = play(test, count_handler);
	struct lnet_watched seen;

	wait_on_lazy(p);
	lnet_watch_begin();
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	lnet_watch_end(&seen);
	/* One ends with a pause, or with the run: 64 are dropped in one. */
	KUNIT_EXPECT_GE(test, seen.stretches, WAITING / LNET_STRETCH_MESSAGES);
	KUNIT_EXPECT_GE(test, seen.pauses, WAITING / LNET_STRETCH_MESSAGES / 2);
	expect_preemptible(test, &seen);
}

/* The same where a driver is done at once with the answer to a GET. */
static void run_behind_a_reply_is_in_short_stretches(struct kunit *test)
{
	struct play *p = play(test, unlink_handler);
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);
	struct lnet_watched seen;
	struct lnet_md md;

	setup_unlink_slots(p);
	md = sink(p);
	md.options = LNET_MD_OP_GET | LNET_MD_MANAGE_REMOTE;
	lt_md_attach(test, lt_me_any(test, 7), md, LNET_RETAIN);
	lt_hdr_get(rx, 7, 0, 0);
	p->unlink_at_once = true;
	lnet_watch_begin();
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), CHAIN + 1);
	expect_short_stretches(test, &seen);
	expect_preemptible(test, &seen);
}

static const struct stretch_row resched_rows[] = {
	{ "LNetMDAttach", count_handler, setup_post, begin_post, WAITING },
	{ "LNetPut", chain_handler, setup_chain, begin_chain, CHAIN + 1 },
};

KUNIT_ARRAY_PARAM_DESC(resched, resched_rows, desc);

/* Also where the kernel does not preempt. */
static void run_of_a_call_that_may_sleep_gives_its_cpu_away(struct kunit *test)
{
	const struct stretch_row *row = test->param_value;
	struct play *p = play(test, row->handler);
	struct lnet_watched seen;

	row->setup(p);
	lnet_watch_begin();
	row->begin(p);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), row->events);
	KUNIT_EXPECT_GT(test, seen.pauses, 1);
	KUNIT_EXPECT_GE(test, seen.sleeps, seen.pauses);
}

/* LNetMDUnlink() and LNetClearLazyPortal() may be called under a spinlock. */
static void run_under_a_lock_allows_no_preemption(struct kunit *test)
{
	struct play *p = play(test, unlink_handler);
	struct lnet_watched seen;
	struct lnet_handle_md mdh;

	setup_unlink_slots(p);
	wait_on_lazy(p);
	mdh = lt_md_bind(test, lt_md(NULL, 0, 2, 0, p->eqh, p), LNET_RETAIN);
	spin_lock(&clients_lock);
	lnet_watch_begin();
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	lnet_watch_end(&seen);
	spin_unlock(&clients_lock);
	KUNIT_EXPECT_EQ(test, seen.sleeps, 0);
	KUNIT_EXPECT_EQ(test, seen.preemptible, 0);
}

/* A handler that sleeps --------------------------------------------------------- */

/*
 * It lets preemption on, goes to another CPU, lets others run where it was, calls
 * LNet, and comes back. Nothing is wrong afterwards but the log.
 */
enum { ROUNDS = 20, MEANWHILE = 20, IMBALANCE = 3 };

struct sleeper {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src, idle;
	bool asleep, go;
	bool unbalanced, moves;
	int rc;
	unsigned int unlinks, puts;
	atomic_t others;
};

static void sleeper_handler(struct lnet_event *event)
{
	struct sleeper *s = event->md.user_ptr;
	unsigned int cpu = raw_smp_processor_id();
	int i, depth = preempt_count();

	s->unlinks += event->type == LNET_EVENT_UNLINK;
	if (event->type != LNET_EVENT_PUT)
		return;
	s->puts++;
	if (event->hdr_data != 1)
		return;
	if (s->unbalanced) {
		preempt_disable();
		return;
	}
	for (i = 0; i < depth; i++)
		preempt_enable();
	s->rc = s->moves ? set_cpus_allowed_ptr(current, cpumask_of(!cpu)) : 0;
	WRITE_ONCE(s->asleep, true);
	while (!READ_ONCE(s->go))
		schedule_timeout_uninterruptible(1);
	/* On another CPU perhaps: an MD of the slot that this thread owns. */
	s->rc = s->rc ?: LNetMDUnlink(s->idle);
	s->rc = s->rc ?: lt_put(s->src, LNET_NOACK_REQ, 1, 0, 2);
	for (i = 0; i < depth; i++)
		preempt_disable();
}

static void others_handler(struct lnet_event *event)
{
	struct sleeper *s = event->md.user_ptr;

	if (event->type == LNET_EVENT_PUT)
		atomic_inc(&s->others);
}

static int sleeper_first(struct lt_thread *t)
{
	struct sleeper *s = t->arg;
	int rc = lt_put(s->src, LNET_NOACK_REQ, 1, 0, 1);

	return rc ?: preempt_count() ? -EBUSY : 0;
}

/* On the CPU where the first thread was, and at the same time. */
static int sleeper_second(struct lt_thread *t)
{
	struct sleeper *s = t->arg;
	unsigned int i;
	int rc = 0;

	if (!lt_sleep_until(READ_ONCE(s->asleep)))
		return -EINTR;
	for (i = 0; i < MEANWHILE && !rc; i++) {
		rc = lt_put(s->src, LNET_NOACK_REQ, 2, 0, 0);
		schedule_timeout_uninterruptible(0);
	}
	WRITE_ONCE(s->go, true);
	return rc;
}

static struct sleeper *sleeper(struct kunit *test, const char *scheme)
{
	struct sleeper *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct lnet_handle_eq other;

	KUNIT_ASSERT_NOT_NULL(test, s);
	lt_param(test, "delivery", scheme);
	lt_param(test, "eq_slots", "1");
	s->eqh = lt_eq_alloc(test, 0, sleeper_handler);
	other = lt_eq_alloc(test, 0, others_handler);
	s->src = lt_source(test, NULL, 0);
	lt_target(test, 1, s->eqh, s);
	lt_target(test, 2, other, s);
	return s;
}

static void expect_no_run_is_left(struct kunit *test)
{
	int cpu;

	for_each_online_cpu(cpu)
		KUNIT_EXPECT_NULL(test, per_cpu_ptr(lnet_cpus, cpu)->task);
}

static const struct sleep_row {
	const char *desc;
	const char *scheme;
	bool moves;
} sleep_rows[] = {
	{ "and comes back on another CPU", "combining", true },
	{ "where others run", "combining", false },
	/* A debug kernel lets no thread give back a lock on another CPU. */
	{ "under a lock", "hashed", false },
};

KUNIT_ARRAY_PARAM_DESC(sleep, sleep_rows, desc);

static void run_survives_a_handler_that_sleeps(struct kunit *test)
{
	const struct sleep_row *row = test->param_value;
	struct sleeper *s = sleeper(test, row->scheme);
	static struct lt_thread first, second;
	struct lt_log log;
	unsigned int i;
	char eq[40];

	lt_need_two_cpus(test);
	s->moves = row->moves;
	lt_expect_warnings(1, "has slept");
	lt_log_begin(&log);
	for (i = 0; i < ROUNDS; i++) {
		s->asleep = false;
		s->go = false;
		s->idle = lt_md_bind(test, lt_md(NULL, 0, 2, 0, s->eqh, s),
				     LNET_RETAIN);
		lt_thread_start(test, &first, sleeper_first, s, i % 2);
		lt_thread_start(test, &second, sleeper_second, s, i % 2);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&second), 0);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&first), 0);
		KUNIT_EXPECT_EQ(test, s->rc, 0);
		KUNIT_EXPECT_EQ(test, s->unlinks, i + 1);
		KUNIT_EXPECT_EQ(test, s->puts, 2 * (i + 1));
		KUNIT_EXPECT_EQ(test, atomic_read(&s->others), MEANWHILE * (i + 1));
		expect_no_run_is_left(test);
	}
	lt_expected_warnings_done();
	snprintf(eq, sizeof(eq), "EQ %#llx: its handler ", s->eqh.cookie);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, eq, "sleeper_handler"), 1);
	KUNIT_EXPECT_EQ(test, LNetEQFree(s->eqh), -EBUSY);
}

#ifdef CONFIG_PREEMPT_COUNT
static void run_puts_right_what_a_handler_leaves_of_preemption(struct kunit *test)
{
	struct sleeper *s = sleeper(test, "combining");
	unsigned int i;

	s->unbalanced = true;
	lt_expect_warnings(1, "has slept");
	for (i = 0; i < IMBALANCE; i++) {
		KUNIT_EXPECT_EQ(test, lt_put(s->src, LNET_NOACK_REQ, 1, 0, 1), 0);
		KUNIT_EXPECT_EQ(test, preempt_count(), 0);
	}
	lt_expected_warnings_done();
	expect_no_run_is_left(test);
}
#endif

static struct kunit_case lnet_run_cases[] = {
	KUNIT_CASE_PARAM(run_is_in_short_stretches, stretch_gen_params),
	KUNIT_CASE(run_send_behind_a_full_stretch_is_in_the_next),
	KUNIT_CASE(run_copies_in_short_stretches),
	KUNIT_CASE(run_sets_aside_in_short_stretches),
	KUNIT_CASE(run_has_pages_in_short_stretches),
	KUNIT_CASE(run_drops_in_short_stretches),
	KUNIT_CASE(run_behind_a_reply_is_in_short_stretches),
	KUNIT_CASE_PARAM(run_of_a_call_that_may_sleep_gives_its_cpu_away, resched_gen_params),
	KUNIT_CASE(run_under_a_lock_allows_no_preemption),
	KUNIT_CASE_PARAM(run_survives_a_handler_that_sleeps, sleep_gen_params),
#ifdef CONFIG_PREEMPT_COUNT
	KUNIT_CASE(run_puts_right_what_a_handler_leaves_of_preemption),
#endif
	{}
};

LT_SUITE(lnet_run);

MODULE_DESCRIPTION("KUnit suite of lnet: the run of a thread");
MODULE_LICENSE("GPL");
