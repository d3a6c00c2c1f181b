// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery under stress, on all CPUs: every message describes itself, so that each
 * thread that sees it notices if it is lost, doubled, out of order, or early. Faults are
 * counted by their kind.
 *
 * Each case runs for runtime_ms=N, but does a least amount of work, however long that
 * takes on a busy machine.
 */
#include "common.h"

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/wait.h>

LT_RUNTIME_MS(1000, "each case runs");

/* The faults that any of the tests may find. */
enum wrong {
	OVERLAP,	/* two callbacks of one MD at a time */
	ORDER,		/* an event of one sender and MD out of order */
	DOUBLED,	/* an event a second time */
	EARLY,		/* polled before its callback was over */
	LOST,		/* overwritten although there was room */
	CONTEXT,	/* a callback in interrupt context */
	AFTER_LAST,	/* an event of an MD that had its last one */
	AFTER_FREE,	/* a callback of an EQ that is free */
	STILL_LINKED,	/* the last event polled, but the unlink not done */
	CALL,		/* a call that returned what it must not */
	WRONGS,
};

static const char *const wrong_names[WRONGS] = {
	[OVERLAP]	= "callbacks of one MD overlapped",
	[ORDER]		= "events out of order",
	[DOUBLED]	= "events doubled",
	[EARLY]		= "events polled before their callback was over",
	[LOST]		= "events lost",
	[CONTEXT]	= "callbacks in interrupt context",
	[AFTER_LAST]	= "events after the last one of an MD",
	[AFTER_FREE]	= "callbacks after LNetEQFree()",
	[STILL_LINKED]	= "MDs still linked after their last event",
	[CALL]		= "calls that returned something wrong",
};

static atomic_t wrongs[WRONGS];

static void wrong(enum wrong what)
{
	atomic_inc(&wrongs[what]);
}

static void wrong_if(bool bad, enum wrong what)
{
	if (bad)
		wrong(what);
}

static void forgive(void)
{
	int i;

	for (i = 0; i < WRONGS; i++)
		atomic_set(&wrongs[i], 0);
}

static void expect_nothing_wrong(struct kunit *test)
{
	int i;

	for (i = 0; i < WRONGS; i++)
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&wrongs[i]), 0, "%s",
				    wrong_names[i]);
}

/* Many senders, many MDs, one EQ ------------------------------------------- */

enum {
	MDS	= 8,
	SENDERS	= 3,
	POLLERS	= 2,
	RING	= 4096,
	EACH	= 100000,		/* messages of a sender, at most */
	LEAST	= 200,			/* and at least */
};

/* The state of a message. */
enum state { UNSENT, CALLING, CALLED, POLLED };

struct storm_md {
	struct storm *storm;
	atomic_t inside;
	u64 last[SENDERS];		/* by the handler only */
};

struct storm {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct storm_md md[MDS];
	atomic_t sent;
	atomic_t polled;
	atomic_t sending;		/* threads that are in LNetPut() */
	bool met;			/* two of them were there at a time */
	u8 *state;			/* by sender and number */
};

/* Sender, MD and number, in the 64 bits a PUT carries. */
static u64 pack(unsigned int sender, unsigned int md, u64 seq)
{
	return (u64)sender << 56 | (u64)md << 48 | seq;
}

static u8 *state_of(struct storm *s, u64 tag)
{
	return &s->state[(tag >> 56) * EACH + (tag & 0xffffffff) - 1];
}

static void storm_handler(struct lnet_event *event)
{
	struct storm_md *md = event->md.user_ptr;
	u64 tag = event->hdr_data, seq = tag & 0xffffffff;
	u8 *state;

	if (event->type == LNET_EVENT_UNLINK)	/* the case is over */
		return;
	state = state_of(md->storm, tag);
	wrong_if(atomic_inc_return(&md->inside) != 1, OVERLAP);
	wrong_if(!in_task(), CONTEXT);
	wrong_if(md->last[tag >> 56] >= seq, ORDER);
	md->last[tag >> 56] = seq;
	wrong_if(READ_ONCE(*state) != UNSENT, DOUBLED);
	WRITE_ONCE(*state, CALLING);
	if (seq % 16 == 0)
		udelay(5);
	/* Last of all: pairs with the acquire in storm_poller(). */
	smp_store_release(state, CALLED);
	atomic_dec(&md->inside);
}

static bool storm_enough(struct storm *s, u64 seq)
{
	return seq > LEAST && (READ_ONCE(s->met) || num_online_cpus() < 2);
}

static int storm_sender(struct lt_thread *t)
{
	struct storm *s = t->arg;
	struct rnd_state rnd;
	unsigned int md;
	u64 seq;
	int rc;

	prandom_seed_state(&rnd, t->index + 1);
	for (seq = 1; seq <= EACH && !lt_run_over(storm_enough(s, seq));
	     seq++) {
		if (!lt_sleep_until(atomic_read(&s->sent) -
				    atomic_read(&s->polled) <= RING / 2))
			return -EINTR;
		md = prandom_u32_state(&rnd) % MDS;
		if (atomic_inc_return(&s->sending) > 1)
			WRITE_ONCE(s->met, true);
		rc = lt_put(s->src, LNET_NOACK_REQ, md, 0,
			    pack(t->index, md, seq));
		atomic_dec(&s->sending);
		if (rc)
			return rc;
		atomic_inc(&s->sent);
		cond_resched();
	}
	return 0;
}

static int storm_poller(struct lt_thread *t)
{
	struct storm *s = t->arg;
	u64 last[SENDERS][MDS] = {};
	unsigned long sequence = 0;
	struct lnet_event ev;
	unsigned int sender, md;
	int rc, which;
	u8 *state;

	while (!kthread_should_stop()) {
		rc = LNetEQPoll(&s->eqh, 1, HZ / 20, &ev, &which);
		if (!rc)
			continue;
		wrong_if(rc == -EOVERFLOW, LOST);
		wrong_if(rc < 0 && rc != -EOVERFLOW, CALL);
		if (rc != 1)
			break;
		state = state_of(s, ev.hdr_data);
		/* Pairs with the release in storm_handler(). */
		wrong_if(smp_load_acquire(state) < CALLED, EARLY);
		wrong_if(xchg(state, POLLED) == POLLED, DOUBLED);

		sender = ev.hdr_data >> 56;
		md = ev.hdr_data >> 48 & 0xff;
		wrong_if(last[sender][md] >= (ev.hdr_data & 0xffffffff), ORDER);
		last[sender][md] = ev.hdr_data & 0xffffffff;
		wrong_if(ev.sequence <= sequence, ORDER);
		sequence = ev.sequence;
		atomic_inc(&s->polled);
	}
	return 0;
}

static struct storm *storm(struct kunit *test)
{
	struct storm *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->state = lt_vmalloc(test, SENDERS * EACH);
	s->eqh = lt_eq_alloc(test, RING, storm_handler);
	s->src = lt_source(test, NULL, 0);
	for (i = 0; i < MDS; i++) {
		s->md[i].storm = s;
		lt_target(test, i, s->eqh, &s->md[i]);
	}
	return s;
}

static void stress_many_senders_to_many_mds_of_one_eq(struct kunit *test)
{
	static struct lt_thread senders[SENDERS], pollers[POLLERS];
	struct storm *s = storm(test);

	forgive();
	lt_run_begin(runtime_ms);
	lt_threads_start(test, pollers, POLLERS, storm_poller, s);
	lt_threads_start(test, senders, SENDERS, storm_sender, s);
	lt_threads_join(test, senders, SENDERS);
	lt_wait_for(atomic_read(&s->polled) >= atomic_read(&s->sent));
	lt_threads_stop(test, pollers, POLLERS);
	kunit_info(test, "%d events", atomic_read(&s->polled));
	KUNIT_EXPECT_EQ(test, atomic_read(&s->polled), atomic_read(&s->sent));
	KUNIT_EXPECT_GE(test, atomic_read(&s->sent), SENDERS * LEAST);
	KUNIT_EXPECT_TRUE(test, s->met || num_online_cpus() < 2);
	expect_nothing_wrong(test);
}

/* A ring that overflows ---------------------------------------------------- */

enum { FLOODED = 8 };			/* events of the ring */

static int flood_sender(struct lt_thread *t)
{
	struct storm *s = t->arg;
	u64 seq;
	int rc = 0;

	for (seq = 1; seq <= EACH && !lt_run_over(seq > LEAST) && !rc; seq++) {
		rc = lt_put(s->src, LNET_NOACK_REQ, t->index, 0,
			    pack(t->index, t->index, seq));
		if (!rc)
			atomic_inc(&s->sent);
		cond_resched();
	}
	return rc;
}

static void stress_overflow_accounts_for_every_event(struct kunit *test)
{
	static struct lt_thread senders[2];
	struct storm *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned long sequence = 0, got = 0, gaps = 0;
	struct lnet_event ev;
	int i, rc;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->eqh = lt_eq_alloc(test, FLOODED, NULL);
	s->src = lt_source(test, NULL, 0);
	for (i = 0; i < 2; i++)
		lt_target(test, i, s->eqh, NULL);
	lt_run_begin(runtime_ms);
	lt_threads_start(test, senders, 2, flood_sender, s);
	/* The ring has overflowed before it is read. */
	KUNIT_ASSERT_TRUE(test, lt_wait_for(atomic_read(&s->sent) > FLOODED));
	do {
		cond_resched();
		rc = LNetEQGet(s->eqh, &ev);
		if (!rc)
			continue;
		KUNIT_ASSERT_TRUE(test, rc == 1 || rc == -EOVERFLOW);
		KUNIT_ASSERT_GT(test, ev.sequence, sequence);
		KUNIT_ASSERT_EQ(test, ev.sequence - sequence > 1,
				rc == -EOVERFLOW);
		gaps += ev.sequence - sequence - 1;
		sequence = ev.sequence;
		if (!(++got % 1024))
			schedule_timeout_uninterruptible(1);
	} while (rc || !completion_done(&senders[0].done) ||
		 !completion_done(&senders[1].done) ||
		 sequence < atomic_read(&s->sent));

	lt_threads_join(test, senders, 2);
	kunit_info(test, "%lu events, %lu overwritten", got, gaps);
	KUNIT_EXPECT_GE(test, atomic_read(&s->sent), 2 * LEAST);
	KUNIT_EXPECT_GT(test, gaps, 0);
	KUNIT_EXPECT_EQ(test, got + gaps, atomic_read(&s->sent));
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, s->eqh, "lost"), gaps);
}

/* One-shot MDs, and the EQ freed at once ----------------------------------- */

enum { SHOTS = 2, SHOT_ROUNDS = 10 };

struct shot {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_md mdh[SHOTS];
	struct lnet_handle_me meh[SHOTS];
	wait_queue_head_t next;		/* for senders: a round begins */
	atomic_t round;			/* begun */
	atomic_t inside;
	bool freed;
};

static void shot_handler(struct lnet_event *event)
{
	struct shot *s = event->md.user_ptr;

	atomic_inc(&s->inside);
	wrong_if(READ_ONCE(s->freed), AFTER_FREE);
	udelay(2);
	wrong_if(READ_ONCE(s->freed), AFTER_FREE);
	atomic_dec(&s->inside);
}

static int shot_sender(struct lt_thread *t)
{
	struct shot *s = t->arg;
	int round = 1, rc = 0;

	for (; !kthread_should_stop() && !rc; round++) {
		wait_event_interruptible(s->next, kthread_should_stop() ||
					 atomic_read(&s->round) >= round);
		if (kthread_should_stop())
			break;
		rc = lt_put(s->src, LNET_NOACK_REQ, t->index, 0, round);
	}
	return rc;
}

static void shot_round(struct kunit *test, struct shot *s)
{
	struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, s->eqh, s);
	struct lnet_event ev;
	int i, which;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(4, shot_handler, &s->eqh), 0);
	WRITE_ONCE(s->freed, false);
	md.eq_handle = s->eqh;
	for (i = 0; i < SHOTS; i++) {
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, lt_lo, i, 0,
						   LNET_UNLINK, LNET_INS_AFTER,
						   &s->meh[i]), 0);
		KUNIT_ASSERT_EQ(test, LNetMDAttach(s->meh[i], md, LNET_UNLINK,
						   &s->mdh[i]), 0);
	}
	atomic_inc(&s->round);
	wake_up_all(&s->next);
	for (i = 0; i < SHOTS; i++) {
		KUNIT_ASSERT_EQ(test, LNetEQPoll(&s->eqh, 1, 20 * HZ, &ev,
						 &which), 1);
		KUNIT_ASSERT_EQ(test, ev.unlinked, 1);
		wrong_if(LNetMDUnlink(ev.md_handle) != -ENOENT, STILL_LINKED);
		wrong_if(LNetMEUnlink(s->meh[ev.match_bits]) != -ENOENT,
			 STILL_LINKED);
	}
	/* Both last events are out, so nothing refers to the EQ any more. */
	wrong_if(LNetEQFree(s->eqh), STILL_LINKED);
	WRITE_ONCE(s->freed, true);
	wrong_if(atomic_read(&s->inside), AFTER_FREE);
}

static void stress_eq_is_free_once_the_last_events_are_polled(struct kunit *test)
{
	struct shot *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	static struct lt_thread t[SHOTS];

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->src = lt_source(test, NULL, 0);
	init_waitqueue_head(&s->next);
	forgive();
	lt_run_begin(runtime_ms);
	lt_threads_start(test, t, SHOTS, shot_sender, s);
	while (!lt_run_over(atomic_read(&s->round) >= SHOT_ROUNDS))
		shot_round(test, s);
	lt_threads_stop(test, t, SHOTS);
	kunit_info(test, "%d rounds", atomic_read(&s->round));
	KUNIT_EXPECT_GE(test, atomic_read(&s->round), SHOT_ROUNDS);
	expect_nothing_wrong(test);
}

/* An EQ freed while others send to it and bind to it ----------------------- */

enum { SIEGE_ROUNDS = 10 };		/* at least, and of each other thread */

struct siege {
	struct lnet_handle_md src;
	atomic64_t eq;			/* cookie of the present EQ */
	atomic_t inside;
	atomic_t calls;
	u64 freed;			/* cookie of the last EQ that was freed */
};

static void siege_handler(struct lnet_event *event)
{
	struct siege *s = event->md.user_ptr;

	atomic_inc(&s->calls);
	atomic_inc(&s->inside);
	wrong_if(READ_ONCE(s->freed) == event->md.eq_handle.cookie, AFTER_FREE);
	udelay(1);
	wrong_if(READ_ONCE(s->freed) == event->md.eq_handle.cookie, AFTER_FREE);
	atomic_dec(&s->inside);
}

static int siege_sender(struct lt_thread *t)
{
	struct siege *s = t->arg;
	int rc = 0;

	while (!kthread_should_stop() && !rc) {
		rc = lt_put(s->src, LNET_NOACK_REQ, 1, 0, 0);
		lt_thread_round(t);
		cond_resched();
	}
	return rc;
}

static int siege_binder(struct lt_thread *t)
{
	struct siege *s = t->arg;
	struct lnet_handle_eq eqh;
	struct lnet_handle_md mdh;
	int rc;

	while (!kthread_should_stop()) {
		eqh.cookie = atomic64_read(&s->eq);
		rc = LNetMDBind(lt_md(NULL, 0, 1, 0, eqh, s), LNET_RETAIN,
				&mdh);
		if (!rc) {
			rc = LNetMDUnlink(mdh);
			lt_thread_round(t);
		} else if (rc == -ENOENT) {
			rc = 0;
		}
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}

static void siege_round(struct kunit *test, struct siege *s,
			struct lnet_handle_me meh)
{
	struct lnet_handle_eq eqh;
	struct lnet_handle_md mdh;
	unsigned int tries = 0;
	int rc;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(16, siege_handler, &eqh), 0);
	atomic64_set(&s->eq, eqh.cookie);
	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh,
					   lt_md(NULL, 0, LNET_MD_THRESH_INF,
						 LNET_MD_OP_PUT, eqh, s),
					   LNET_RETAIN, &mdh), 0);
	wrong_if(LNetEQFree(eqh) != -EBUSY, CALL);
	/* A different time each round. */
	udelay((eqh.cookie >> LNET_HANDLE_GEN_SHIFT) % 64);
	wrong_if(LNetMDUnlink(mdh), CALL);
	while ((rc = LNetEQFree(eqh)) == -EBUSY && ++tries < 1000000)
		cond_resched();
	WRITE_ONCE(s->freed, eqh.cookie);
	wrong_if(rc, CALL);
	wrong_if(atomic_read(&s->inside), AFTER_FREE);
}

/* Some events came, and some MDs were bound. */
static bool siege_enough(struct siege *s, const struct lt_thread *t,
			 unsigned int rounds)
{
	return rounds >= SIEGE_ROUNDS &&
	       READ_ONCE(t[0].rounds) >= SIEGE_ROUNDS &&
	       READ_ONCE(t[1].rounds) >= SIEGE_ROUNDS &&
	       atomic_read(&s->calls) >= SIEGE_ROUNDS;
}

static void stress_eq_free_against_senders_and_binders(struct kunit *test)
{
	struct siege *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	static struct lt_thread t[2];
	struct lnet_handle_me meh;
	unsigned int rounds;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->src = lt_source(test, NULL, 0);
	meh = lt_me_any(test, 1);
	forgive();
	lt_run_begin(runtime_ms);
	lt_thread_start(test, &t[0], siege_sender, s, 0);
	lt_thread_start(test, &t[1], siege_binder, s, 1);
	for (rounds = 0; !lt_run_over(siege_enough(s, t, rounds)); rounds++)
		siege_round(test, s, meh);
	KUNIT_EXPECT_TRUE(test, siege_enough(s, t, rounds));
	KUNIT_EXPECT_EQ(test, lt_thread_stop(&t[0]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_stop(&t[1]), 0);
	kunit_info(test, "%u rounds, %d events, %u sent, %u bound", rounds,
		   atomic_read(&s->calls), t[0].rounds, t[1].rounds);
	expect_nothing_wrong(test);
}

/* MDs unlinked while messages land in them --------------------------------- */

enum {
	PLACES	= 2,			/* where there is an MD at any time */
	LIVES	= 4096,			/* MDs of one place, at most */
	LIVES_LEAST = 50,		/* and at least; also of what landed */
	BYTES	= 512,
};

/* One MD, from its attach to its last event. */
struct life {
	struct churn *churn;
	atomic_t inside;
	unsigned int puts;		/* by the handler only */
	unsigned int lasts;		/* by the handler only */
	u8 *buf;
};

struct churn {
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_me meh[PLACES];
	struct life *lives[PLACES];
	unsigned int n[PLACES];
	atomic_t sent;
	atomic_t landed;
};

static void churn_handler(struct lnet_event *event)
{
	struct life *life = event->md.user_ptr;

	wrong_if(atomic_inc_return(&life->inside) != 1, OVERLAP);
	wrong_if(life->lasts, AFTER_LAST);
	if (event->type == LNET_EVENT_PUT) {
		life->puts++;
		atomic_inc(&life->churn->landed);
	}
	wrong_if(event->type == LNET_EVENT_UNLINK && !event->unlinked, CALL);
	if (event->unlinked) {
		/* The buffer is the client's again. */
		memset(life->buf, 0xa5, BYTES);
		WRITE_ONCE(life->lasts, life->lasts + 1);
	}
	atomic_dec(&life->inside);
}

/* MDs have come and gone, messages have found an MD, and other messages have found none. */
static bool churn_enough(struct churn *c)
{
	int landed = atomic_read(&c->landed);

	return READ_ONCE(c->n[0]) >= LIVES_LEAST &&
	       READ_ONCE(c->n[1]) >= LIVES_LEAST && landed >= LIVES_LEAST &&
	       atomic_read(&c->sent) > landed;
}

static int churn_sender(struct lt_thread *t)
{
	struct churn *c = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; !lt_run_over(churn_enough(c)) && !rc; i++) {
		rc = lt_put(c->src, LNET_NOACK_REQ, i % PLACES, 0, 0);
		if (!rc)
			atomic_inc(&c->sent);
		cond_resched();
	}
	return rc;
}

static int churn_unlinker(struct lt_thread *t)
{
	struct churn *c = t->arg;
	struct lnet_handle_md mdh;
	unsigned int i, place = t->index;
	struct life *life;
	int rc;

	/* The number of MDs is limited: wait for a message, or all are gone before one lands. */
	if (!lt_sleep_until(atomic_read(&c->sent)))
		return -EINTR;
	for (i = 0; i < LIVES && !lt_run_over(churn_enough(c)); i++) {
		life = &c->lives[place][i];
		rc = LNetMDAttach(c->meh[place],
				  lt_md(life->buf, BYTES, LNET_MD_THRESH_INF,
					LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE,
					c->eqh, life), LNET_RETAIN, &mdh);
		if (rc)
			return rc;
		WRITE_ONCE(c->n[place], i + 1);
		if (i % 3)
			udelay(i % 17);
		else
			cond_resched();
		wrong_if(LNetMDUnlink(mdh), CALL);
		wrong_if(LNetMDUnlink(mdh) != -ENOENT, CALL);
	}
	return 0;
}

static struct churn *churn(struct kunit *test)
{
	struct churn *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned int i, place;
	u8 *bufs;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->eqh = lt_eq_alloc(test, 0, churn_handler);
	c->src = lt_source(test, lt_vmalloc(test, BYTES), BYTES);
	for (place = 0; place < PLACES; place++) {
		c->lives[place] = lt_vmalloc(test, LIVES * sizeof(struct life));
		bufs = lt_vmalloc(test, LIVES * BYTES);
		for (i = 0; i < LIVES; i++) {
			c->lives[place][i].churn = c;
			c->lives[place][i].buf = bufs + i * BYTES;
		}
		c->meh[place] = lt_me_attach(test, LT_PORTAL,
					     place % 2 ? lt_lo : lt_any, place,
					     0, LNET_RETAIN, LNET_INS_AFTER);
	}
	return c;
}

static void stress_unlink_against_messages_that_land(struct kunit *test)
{
	static struct lt_thread senders[2], unlinkers[PLACES];
	u64 matched = lt_matched(LT_PORTAL), dropped = lt_drops_all(LT_PORTAL);
	struct churn *c = churn(test);
	u64 landed = 0, lives = 0;
	unsigned int i, place;
	struct life *life;

	forgive();
	lt_run_begin(runtime_ms);
	lt_threads_start(test, unlinkers, PLACES, churn_unlinker, c);
	lt_threads_start(test, senders, 2, churn_sender, c);
	lt_threads_join(test, senders, 2);
	lt_threads_join(test, unlinkers, PLACES);

	for (place = 0; place < PLACES; place++) {
		for (i = 0; i < c->n[place]; i++) {
			life = &c->lives[place][i];
			KUNIT_ASSERT_EQ(test, life->lasts, 1);
			KUNIT_ASSERT_TRUE(test, lt_is_byte(life->buf, BYTES,
							   0xa5));
			landed += life->puts;
		}
		lives += c->n[place];
	}
	kunit_info(test, "%llu MDs, %llu messages landed of %d", lives, landed,
		   atomic_read(&c->sent));
	KUNIT_EXPECT_TRUE(test, churn_enough(c));
	KUNIT_EXPECT_EQ(test, lt_matched(LT_PORTAL) - matched, landed);
	KUNIT_EXPECT_EQ(test, landed + lt_drops_all(LT_PORTAL) - dropped,
			atomic_read(&c->sent));
	KUNIT_EXPECT_EQ(test, LNetEQFree(c->eqh), 0);
	expect_nothing_wrong(test);
}

/* Waking up ---------------------------------------------------------------- */

enum { BELLS = 100 };			/* at least */

struct bell {
	struct lnet_handle_eq eqh[2];
	struct lnet_handle_md src;
	atomic_t heard;
	int rung;
};

static int bell_listener(struct lt_thread *t)
{
	struct bell *b = t->arg;
	struct lnet_event ev;
	int rc, which;

	do {
		rc = LNetEQPoll(b->eqh, 2, 20 * HZ, &ev, &which);
		wrong_if(rc != 1, CALL);
		atomic_inc(&b->heard);
	} while (rc == 1 && ev.hdr_data);
	/* The ringer must not wait for this thread for ever. */
	if (rc != 1)
		atomic_set(&b->heard, INT_MAX);
	return 0;
}

static int bell_ringer(struct lt_thread *t)
{
	struct bell *b = t->arg;
	bool last;
	int rc;

	do {
		last = lt_run_over(b->rung >= BELLS);
		rc = lt_put(b->src, LNET_NOACK_REQ, b->rung % 2, 0, !last);
		b->rung++;
		/* Sometimes the listener sleeps already when the next event comes. */
		if (b->rung % 3)
			udelay(b->rung % 50);
		if (!lt_spin_until(atomic_read(&b->heard) >= b->rung))
			return -EINTR;
	} while (!rc && !last);
	return rc;
}

static void stress_no_wakeup_is_missed(struct kunit *test)
{
	struct bell *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	static struct lt_thread t[2];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->src = lt_source(test, NULL, 0);
	for (i = 0; i < 2; i++) {
		b->eqh[i] = lt_eq_alloc(test, 4, NULL);
		lt_target(test, i, b->eqh[i], b);
	}
	forgive();
	lt_run_begin(runtime_ms);
	lt_thread_start(test, &t[0], bell_listener, b, 0);
	lt_thread_start(test, &t[1], bell_ringer, b, 1);
	lt_threads_join(test, t, 2);
	kunit_info(test, "%d events", b->rung);
	KUNIT_EXPECT_GT(test, b->rung, BELLS);
	expect_nothing_wrong(test);
}

static struct kunit_case lnet_stress_cases[] = {
	KUNIT_CASE_SLOW(stress_many_senders_to_many_mds_of_one_eq),
	KUNIT_CASE_SLOW(stress_overflow_accounts_for_every_event),
	KUNIT_CASE_SLOW(stress_eq_is_free_once_the_last_events_are_polled),
	KUNIT_CASE_SLOW(stress_eq_free_against_senders_and_binders),
	KUNIT_CASE_SLOW(stress_unlink_against_messages_that_land),
	KUNIT_CASE_SLOW(stress_no_wakeup_is_missed),
	{}
};

LT_SUITE(lnet_stress);

MODULE_DESCRIPTION("KUnit suite of lnet: delivery under stress");
MODULE_LICENSE("GPL");
