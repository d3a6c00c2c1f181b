// SPDX-License-Identifier: GPL-2.0
/*
 * The combining slot under threads: which thread delivers for which others and for how
 * long, the order of events, unlinking and freeing while events are queued. Each EQ has one
 * slot, so that all threads meet in it.
 */
#include "common.h"
#include "event/slot.h"

#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>

LT_RUNTIME_MS(500, "each case with a time runs");

static void combine(struct kunit *test)
{
	lt_param(test, "delivery", "combining");
	lt_param(test, "eq_slots", "1");
}

/* Many threads, one slot ---------------------------------------------------- */

enum { CREW = 4, EACH = 200000, LEAST = 200, BIT_RELAY = 10 };

/*
 * A callback that lasts until more events have come: the owner never finds the slot empty,
 * and would be kept for ever without the bound.
 */
#define UNTIL_NEXT	UINT_MAX

/*
 * Two stretches, of which the first asks for relief and the second ends with it,
 * DEPTH of slot_combining.c, and one for each CPU; and as many again, for a thread that
 * waits and does not run, as its CPU is a thread of a busy machine.
 */
#define LIMIT_FOR_OTHERS	(2 * (2 * LNET_STRETCH_CALLBACKS + 32 + num_online_cpus()))
#define LIMIT_QUEUED		(32 + num_online_cpus())

struct worker {
	struct lt_thread thread;
	struct crew *crew;
	struct lt_rx *rx;		/* of a driver's thread, or NULL */
	u64 sent;
	u64 last;			/* in the slot: number last delivered */
	u64 own, others;		/* in the slot: events it delivered, by sender */
	unsigned int run;		/* others' events since it last sent */
	unsigned int longest;		/* the longest @run */
};

/* Workers send, each its own numbers, to MDs of one slot. */
struct crew {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lt_ni *f;
	unsigned int n;
	unsigned int callback_us;
	atomic_t inside;
	atomic_t begun;			/* sent, or about to be */
	unsigned int delivered;		/* in the slot */
	unsigned int queued;		/* in the slot: the most that waited at one time */
	unsigned int for_others;	/* in the slot: delivered by another */
	atomic_t overlapped;
	atomic_t disordered;
	atomic_t strangers;		/* delivered by no worker */
	struct worker worker[CREW];
};

static struct worker *worker_of(struct crew *c, struct task_struct *task)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (READ_ONCE(c->worker[i].thread.task) == task)
			return &c->worker[i];
	return NULL;
}

/* Let the time of a callback pass. */
static void work(struct crew *c)
{
	unsigned int us;

	if (c->callback_us != UNTIL_NEXT) {
		udelay(c->callback_us);
		return;
	}
	/* The event begun last may not be in the slot yet, the others are. */
	for (us = 0; us < 100; us++) {
		if ((int)(atomic_read(&c->begun) - c->delivered) >= 2)
			break;
		udelay(1);
	}
}

static void crew_handler(struct lnet_event *event)
{
	struct crew *c = event->md.user_ptr;
	struct worker *by, *from;
	unsigned int queued;

	lt_enter();
	if (event->type != LNET_EVENT_PUT)
		goto out;
	if (atomic_inc_return(&c->inside) != 1)
		atomic_inc(&c->overlapped);
	from = &c->worker[event->hdr_data >> 32];
	if ((u32)event->hdr_data != ++from->last && !from->rx)
		atomic_inc(&c->disordered);
	by = worker_of(c, current);
	if (!by) {
		atomic_inc(&c->strangers);
	} else if (by == from) {
		by->own++;
	} else {
		WRITE_ONCE(c->for_others, c->for_others + 1);
		by->others++;
		by->longest = max(by->longest, ++by->run);
	}
	queued = atomic_read(&c->begun) - ++c->delivered;
	c->queued = max(c->queued, queued);
	work(c);
	atomic_dec(&c->inside);
out:
	lt_leave();
}

/*
 * The handler of another EQ. Its messages land when it has returned, in the thread it ran
 * in. They are in no order, as that is sometimes one thread and sometimes another.
 */
static void crew_relay_handler(struct lnet_event *event)
{
	struct crew *c = event->md.user_ptr;

	lt_enter();
	if (event->type == LNET_EVENT_PUT &&
	    lt_put(c->src, LNET_NOACK_REQ, 0, 0, event->hdr_data))
		atomic_inc(&c->disordered);
	lt_leave();
}

static int crew_send(struct worker *w, u64 tag)
{
	struct crew *c = w->crew;

	if (!w->rx)
		return lt_put(c->src, LNET_NOACK_REQ, (tag >> 32) % 3, 0, tag);
	lt_hdr_put(w->rx, BIT_RELAY, 0, 0, tag);
	return lt_parse(c->f, w->rx);
}

/* The thread has sent a little, and threads have met in the slot, or nothing is proved. */
static bool crew_enough(struct worker *w)
{
	return w->sent >= LEAST && READ_ONCE(w->crew->for_others) >= LEAST / 10;
}

static int crew_thread(struct lt_thread *t)
{
	struct worker *w = t->arg;
	struct crew *c = w->crew;
	int rc = 0;

	while (w->sent < EACH && !lt_run_over(crew_enough(w)) && !rc) {
		/* Nothing of this thread is in the slot, so no other thread writes it. */
		w->run = 0;
		atomic_inc(&c->begun);
		rc = crew_send(w, (u64)t->index << 32 | ++w->sent);
		if (!(w->sent % 64))
			cond_resched();
	}
	return rc;
}

static struct crew *crew(struct kunit *test, unsigned int n,
			 unsigned int callback_us)
{
	struct crew *c = lt_vmalloc(test, sizeof(*c));
	unsigned int i;

	atomic_set(&lt_nested, 0);
	c->n = n;
	c->callback_us = callback_us;
	c->eqh = lt_eq_alloc(test, 0, crew_handler);
	c->src = lt_source(test, NULL, 0);
	for (i = 0; i < 3; i++)
		lt_target(test, i, c->eqh, c);
	return c;
}

static void crew_run(struct kunit *test, struct crew *c)
{
	unsigned int i;

	lt_run_begin(runtime_ms);
	for (i = 0; i < c->n; i++) {
		c->worker[i].crew = c;
		lt_thread_start(test, &c->worker[i].thread, crew_thread,
				&c->worker[i], i);
	}
	for (i = 0; i < c->n; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&c->worker[i].thread), 0);
}

static void expect_all_in_order(struct kunit *test, struct crew *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		KUNIT_EXPECT_EQ(test, c->worker[i].last, c->worker[i].sent);
		KUNIT_EXPECT_GE(test, c->worker[i].sent, LEAST);
	}
	KUNIT_EXPECT_GE(test, c->for_others, LEAST / 10);
	KUNIT_EXPECT_EQ(test, atomic_read(&c->overlapped), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&c->disordered), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&c->strangers), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
}

static const struct crew_row {
	const char *desc;
	unsigned int threads;
	unsigned int callback_us;
} crew_rows[] = {
	{ "2 threads, callbacks of 3 us", 2, 3 },
	{ "2 threads, callbacks of 20 us", 2, 20 },
	{ "2 threads, callbacks until more has come", 2, UNTIL_NEXT },
	{ "4 threads, callbacks of 20 us", 4, 20 },
	{ "4 threads, callbacks until more has come", 4, UNTIL_NEXT },
};

KUNIT_ARRAY_PARAM_DESC(crew, crew_rows, desc);

/* @more: how many events may come besides, without waiting at first */
static void expect_bounded(struct kunit *test, struct crew *c,
			   unsigned int more)
{
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		struct worker *w = &c->worker[i];

		kunit_info(test, "thread %u: sent %llu, delivered %llu of its own, %llu of others, at most %u in one go",
			   i, w->sent, w->own, w->others, w->longest);
		KUNIT_EXPECT_LE(test, w->longest, LIMIT_FOR_OTHERS + more);
	}
	kunit_info(test, "at most %u waited", c->queued);
	/* One of each thread may be begun and not counted. */
	KUNIT_EXPECT_LE(test, c->queued, LIMIT_QUEUED + c->n + more);
}

static void combining_bounds_what_one_delivers_for_others(struct kunit *test)
{
	const struct crew_row *row = test->param_value;
	struct crew *c;

	lt_need_two_cpus(test);
	combine(test);
	c = crew(test, row->threads, row->callback_us);
	crew_run(test, c);
	expect_bounded(test, c, 0);
	expect_all_in_order(test, c);
}

/*
 * All but the first thread send from a handler of another slot, which cannot wait where
 * this slot is crowded; so the thread waits when it is through. The events that it delivers
 * for others in the other slot it leaves here, in one go.
 */
static void combining_bounds_what_handlers_leave_to_others(struct kunit *test)
{
	const struct crew_row *row = test->param_value;
	struct lnet_handle_eq eqh;
	struct crew *c;
	unsigned int i;

	lt_need_two_cpus(test);
	combine(test);
	c = crew(test, row->threads, row->callback_us);
	c->f = lt_ni(test);
	for (i = 1; i < c->n; i++)
		c->worker[i].rx = lt_rx(test);
	eqh = lt_eq_alloc(test, 0, crew_relay_handler);
	lt_target(test, BIT_RELAY, eqh, c);
	crew_run(test, c);
	expect_bounded(test, c, LIMIT_FOR_OTHERS);
	expect_all_in_order(test, c);
}

/* One CPU in a handler, and another that goes on --------------------------- */

enum { BEHIND = 20 };

/*
 * The handler of a PUT with HOLD stays until @go, and then for @linger_us. It runs on one
 * CPU; meanwhile a thread calls LNet on another.
 */
enum { HOLD = 77 };

struct held {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_md mdh;	/* where HOLD goes */
	struct lnet_handle_md other;	/* of the same slot */
	unsigned int linger_us;
	bool unlink_own;		/* HOLD's MD, by its handler */
	bool entered, go, freed;
	unsigned int count;		/* in the slot: events */
	unsigned int unlinks;		/* in the slot: UNLINK events */
	unsigned int lasts;		/* in the slot: events that are the last of their MD */
	u64 last_tag;
	unsigned int wrong;		/* in the slot */

	/* seen by the other CPU */
	unsigned int early;
	unsigned int at_unlink;
	int unlink_rc, busy_rc, free_rc;
	unsigned int at_free;
};

static void held_handler(struct lnet_event *event)
{
	struct held *h = event->md.user_ptr;
	unsigned int us;

	lt_enter();
	h->wrong += READ_ONCE(h->freed);
	if (event->hdr_data == HOLD) {
		if (h->unlink_own)
			h->wrong += !!LNetMDUnlink(event->md_handle);
		WRITE_ONCE(h->entered, true);
		for (us = 0; us < 5000000 && !READ_ONCE(h->go); us += 5)
			udelay(5);
		udelay(h->linger_us);
	} else if (event->type == LNET_EVENT_PUT) {
		h->wrong += event->hdr_data != ++h->last_tag;
	}
	/* So that a thread that returns too early sees that the event is not over. */
	if (event->type == LNET_EVENT_UNLINK)
		udelay(h->linger_us);
	h->unlinks += event->type == LNET_EVENT_UNLINK;
	h->lasts += event->unlinked;
	WRITE_ONCE(h->count, h->count + 1);
	lt_leave();
}

static int hold_thread(struct lt_thread *t)
{
	struct held *h = t->arg;

	return lt_put(h->src, LNET_NOACK_REQ, 1, 0, HOLD);
}

static bool wait_until_held(struct held *h)
{
	return lt_spin_until(READ_ONCE(h->entered));
}

/* Leave events to the thread that owns the slot. */
static int queue_some(struct held *h, u64 bits)
{
	int i, rc = 0;

	for (i = 1; i <= BEHIND && !rc; i++)
		rc = lt_put(h->src, LNET_NOACK_REQ, bits, 0, i);
	h->early = READ_ONCE(h->count);
	return rc;
}

static int unlink_idle_behind(struct lt_thread *t)
{
	struct held *h = t->arg;
	int rc;

	if (!wait_until_held(h))
		return -EINTR;
	rc = queue_some(h, 1);
	WRITE_ONCE(h->go, true);
	h->unlink_rc = LNetMDUnlink(h->other);
	h->at_unlink = READ_ONCE(h->unlinks);
	return rc;
}

static int unlink_busy_behind(struct lt_thread *t)
{
	struct held *h = t->arg;
	int rc;

	if (!wait_until_held(h))
		return -EINTR;
	rc = queue_some(h, 2);
	h->unlink_rc = LNetMDUnlink(h->other);
	h->at_unlink = READ_ONCE(h->lasts);
	WRITE_ONCE(h->go, true);
	return rc;
}

static int free_behind(struct lt_thread *t)
{
	struct held *h = t->arg;
	int rc;

	if (!wait_until_held(h))
		return -EINTR;
	rc = queue_some(h, 2);
	h->unlink_rc = LNetMDUnlink(h->other);
	WRITE_ONCE(h->go, true);
	do {
		h->free_rc = LNetEQFree(h->eqh);
		h->at_free = READ_ONCE(h->count);
	} while (h->free_rc == -EBUSY && !kthread_should_stop());
	WRITE_ONCE(h->freed, true);
	return rc;
}

static struct held *hold(struct kunit *test, unsigned int linger_us,
			 bool unlink_own, int (*behind)(struct lt_thread *t))
{
	struct held *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	static struct lt_thread holder, other;

	KUNIT_ASSERT_NOT_NULL(test, h);
	atomic_set(&lt_nested, 0);
	h->linger_us = linger_us;
	h->unlink_own = unlink_own;
	h->eqh = lt_eq_alloc(test, 0, held_handler);
	h->src = lt_source(test, NULL, 0);
	h->mdh = lt_target(test, 1, h->eqh, h);
	h->other = lt_target(test, 2, h->eqh, h);
	lt_thread_start(test, &other, behind, h, 1);
	lt_thread_start(test, &holder, hold_thread, h, 0);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&other), 0);
	KUNIT_ASSERT_EQ(test, lt_thread_join(&holder), 0);
	KUNIT_EXPECT_EQ(test, h->wrong, 0);
	KUNIT_EXPECT_EQ(test, h->early, 0);
	KUNIT_EXPECT_EQ(test, h->unlink_rc, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
	return h;
}

static void combining_unlink_has_its_event_behind_a_queue(struct kunit *test)
{
	struct held *h;
	int round;

	lt_need_two_cpus(test);
	combine(test);
	for (round = 0; round < 20; round++) {
		h = hold(test, 50 * round, false, unlink_idle_behind);
		KUNIT_EXPECT_EQ(test, h->at_unlink, 1);
		KUNIT_EXPECT_EQ(test, h->count, 1 + BEHIND + 1);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
		KUNIT_EXPECT_EQ(test, LNetEQFree(h->eqh), 0);
	}
}

static void combining_unlink_of_a_queued_md_is_said_by_its_last_event(struct kunit *test)
{
	struct held *h;

	lt_need_two_cpus(test);
	combine(test);
	h = hold(test, 0, false, unlink_busy_behind);
	KUNIT_EXPECT_EQ(test, h->at_unlink, 0);
	KUNIT_EXPECT_EQ(test, h->count, 1 + BEHIND);
	KUNIT_EXPECT_EQ(test, h->lasts, 1);
	KUNIT_EXPECT_EQ(test, h->unlinks, 0);
}

static void combining_eq_is_not_free_before_its_queue_is_delivered(struct kunit *test)
{
	struct held *h;
	int round;

	lt_need_two_cpus(test);
	combine(test);
	for (round = 0; round < 10; round++) {
		h = hold(test, 300 * round, true, free_behind);
		KUNIT_EXPECT_EQ(test, h->free_rc, 0);
		KUNIT_EXPECT_EQ(test, h->at_free, 1 + BEHIND + 1);
		KUNIT_EXPECT_EQ(test, h->unlinks, 1);
		KUNIT_EXPECT_EQ(test, h->lasts, 2);
	}
}

/* The bound, exactly --------------------------------------------------------- */

/*
 * A thread owns the slot, and its handler always leaves one more event there, as it unlinks
 * an idle MD; so the thread delivers turns that are not its own without end. At one of them
 * it stays until the UNLINK event of another thread, which waits for it, stands next. If the
 * stretch is over then, the other thread delivers that event, else the owner.
 */
enum {
	BOUND		= LNET_STRETCH_CALLBACKS - 1,	/* one turn was its own */
	BIT_MORE	= 20,
	BIT_ASIDE	= 21,
};

struct bound {
	struct lnet_handle_md more[2 * BOUND + 2];
	struct lnet_handle_md aside;
	struct lnet_slot *slot;
	struct lt_ni *f;
	struct lt_rx *rx;
	unsigned int stay_at;		/* turn */
	unsigned int turns;		/* in the slot: not the owner's own */
	bool begun, staying, over;
	int rc;
	struct task_struct *unlinked_by;
};

/* Is there more in the word than the three flags of slot_combining.c? */
static bool turns_pushed(struct lnet_slot *slot)
{
	return atomic_long_read(&slot->word) & ~7;
}

static void bound_handler(struct lnet_event *event)
{
	struct bound *b = event->md.user_ptr;
	unsigned int us;

	lt_enter();
	if (event->md_handle.cookie == b->aside.cookie) {
		WRITE_ONCE(b->unlinked_by, current);
		goto out;
	}
	if (b->over)
		goto out;
	b->turns += b->begun;
	b->begun = true;
	if (b->turns < b->stay_at) {
		b->rc = LNetMDUnlink(b->more[b->turns]) ?: b->rc;
		goto out;
	}
	WRITE_ONCE(b->staying, true);
	for (us = 0; us < 5000000 && !turns_pushed(b->slot); us += 5)
		udelay(5);
out:
	lt_leave();
}

/*
 * The owner leaves the slot to the other thread, for a moment only. The window keeps the
 * owner out until that thread has come, however late its CPU is.
 */
static void bound_gives_way(void *arg)
{
	u64 end = ktime_get_ns() + 2 * NSEC_PER_SEC;
	struct bound *b = arg;

	while (READ_ONCE(b->staying) && !READ_ONCE(b->unlinked_by) && ktime_get_ns() < end)
		cpu_relax();
}

static int bound_owner(struct lt_thread *t)
{
	struct bound *b = t->arg;

	lt_hdr_put(b->rx, BIT_MORE, 0, 0, 0);
	return lt_parse(b->f, b->rx);
}

static int bound_unlinker(struct lt_thread *t)
{
	struct bound *b = t->arg;

	if (!lt_spin_until(READ_ONCE(b->staying)))
		return -EINTR;
	return LNetMDUnlink(b->aside);
}

static const struct bound_row {
	const char *desc;
	unsigned int turns;
	bool handed_over;
} bound_rows[] = {
	{ "first of others", 1, false },
	{ "one turn before the bound", BOUND - 1, false },
	{ "at the bound", BOUND, true },
	{ "first of the next stretch", BOUND + 1, false },
	{ "one turn before it ends", 2 * BOUND, false },
	{ "at the end of the next stretch", 2 * BOUND + 1, true },
};

KUNIT_ARRAY_PARAM_DESC(bound, bound_rows, desc);

static void combining_hands_over_at_the_bound(struct kunit *test)
{
	struct bound *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	const struct bound_row *row = test->param_value;
	const struct lnet_window_plan stay = {
		.fn = bound_gives_way, .arg = b, .every = true,
	};
	static struct lt_thread owner, unlinker;
	struct task_struct *by[2];
	struct lnet_handle_md more;
	struct lnet_handle_eq eqh;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	lt_need_two_cpus(test);
	combine(test);
	atomic_set(&lt_nested, 0);
	b->stay_at = row->turns;
	b->f = lt_ni(test);
	b->rx = lt_rx(test);
	eqh = lt_eq_alloc(test, 0, bound_handler);
	for (i = 0; i < row->turns; i++)
		b->more[i] = lt_md_bind(test, lt_md(NULL, 0, 1, 0, eqh, b),
					LNET_RETAIN);
	more = lt_target(test, BIT_MORE, eqh, b);
	b->aside = lt_target(test, BIT_ASIDE, eqh, b);
	b->slot = lt_md_of(test, more)->slot;
	lt_window_open(test, LNET_WINDOW_SLOT_LEFT, &stay);
	lt_thread_start(test, &unlinker, bound_unlinker, b, 1);
	lt_thread_start(test, &owner, bound_owner, b, 0);
	by[0] = owner.task;
	by[1] = unlinker.task;
	KUNIT_EXPECT_EQ(test, lt_thread_join(&unlinker), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&owner), 0);
	b->over = true;
	KUNIT_EXPECT_EQ(test, b->rc, 0);
	KUNIT_EXPECT_EQ(test, b->turns, row->turns);
	KUNIT_EXPECT_PTR_EQ(test, b->unlinked_by, by[row->handed_over]);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
}

static struct kunit_case lnet_combining_cases[] = {
	KUNIT_CASE_PARAM(combining_bounds_what_one_delivers_for_others,
			 crew_gen_params),
	KUNIT_CASE_PARAM(combining_hands_over_at_the_bound, bound_gen_params),
	KUNIT_CASE(combining_unlink_has_its_event_behind_a_queue),
	KUNIT_CASE(combining_unlink_of_a_queued_md_is_said_by_its_last_event),
	KUNIT_CASE(combining_eq_is_not_free_before_its_queue_is_delivered),
	KUNIT_CASE_PARAM(combining_bounds_what_handlers_leave_to_others,
			 crew_gen_params),
	{}
};

LT_SUITE(lnet_combining);

MODULE_DESCRIPTION("KUnit suite of lnet: the combining slot");
MODULE_LICENSE("GPL");
