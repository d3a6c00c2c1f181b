// SPDX-License-Identifier: GPL-2.0
/*
 * The hash table, while it grows and shrinks: no message is lost while its ME moves from
 * one bucket to another, and all of one key stay in order. And a crowd of one key, which
 * costs only the clients that share the key.
 */
#include "common.h"
#include "event/me.h"
#include "hooks/watch.h"
#include "hooks/window.h"

#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/sched.h>

enum {
	PORTAL_FIRST	= 20,		/* of this suite: their tables are new */
	PORTALS		= 19,
	KEYS		= 32,		/* that messages are sent to */
	EACH		= 2,		/* MEs of such a key, the first takes all */
	COMING		= 6000 / LT_SLOW, /* MEs that a thread posts */
	POSTERS		= 2,
	SENDERS		= 2,
	BUCKETS_MIN	= 256,		/* me_table.c */
	FEW		= 128,		/* keys in one bucket */
};

struct tide {
	unsigned int portal;
	struct lnet_handle_md src;
	struct lnet_handle_me key[KEYS][EACH];
	struct lnet_handle_me coming[POSTERS][COMING];
	atomic_t sent;
	atomic_t landed;		/* with the first ME of the key */
	atomic_t elsewhere;		/* or with another */
	u64 dropped;			/* on the portal, by earlier suites too */
	bool over;
};

static void first_handler(struct lnet_event *event)
{
	struct tide *w = event->md.user_ptr;

	if (event->type == LNET_EVENT_PUT)
		atomic_inc(&w->landed);
}

static void other_handler(struct lnet_event *event)
{
	struct tide *w = event->md.user_ptr;

	if (event->type == LNET_EVENT_PUT)
		atomic_inc(&w->elsewhere);
}

static struct lnet_handle_me post(struct kunit *test, struct tide *w, u64 bits,
				  struct lnet_handle_eq eqh)
{
	struct lnet_handle_me meh;

	meh = lt_me_attach(test, w->portal, lt_lo, bits, 0, LNET_RETAIN,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh,
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, eqh, w),
		     LNET_RETAIN);
	return meh;
}

static struct tide *tide(struct kunit *test)
{
	struct tide *w = lt_vmalloc(test, sizeof(*w));

	w->src = lt_source(test, NULL, 0);
	return w;
}

static void post_keys(struct kunit *test, struct tide *w,
		      struct lnet_handle_eq first, struct lnet_handle_eq other)
{
	unsigned int i, j;

	w->dropped = lt_drops_all(w->portal);
	for (i = 0; i < KEYS; i++) {
		for (j = 0; j < EACH; j++)
			w->key[i][j] = post(test, w, i, j ? other : first);
	}
}

static void unlink_keys(struct kunit *test, struct tide *w)
{
	unsigned int i, j;

	for (i = 0; i < KEYS; i++) {
		for (j = 0; j < EACH; j++)
			KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->key[i][j]), 0);
	}
}

static int poster(struct lt_thread *t)
{
	const struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(),
					NULL);
	struct tide *w = t->arg;
	struct lnet_handle_md unused;
	unsigned int n;
	int rc = 0;

	for (n = 0; n < COMING && !rc && !kthread_should_stop(); n++) {
		struct lnet_handle_me *meh = &w->coming[t->index][n];

		rc = LNetMEAttach(w->portal, lt_lo,
				  (u64)(t->index + 1) << 32 | n, 0, LNET_RETAIN,
				  LNET_INS_AFTER, meh);
		if (!rc)
			rc = LNetMDAttach(*meh, md, LNET_UNLINK, &unused);
		cond_resched();
	}
	return rc;
}

static int sender(struct lt_thread *t)
{
	struct tide *w = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = t->index; !READ_ONCE(w->over) && !rc && !kthread_should_stop();
	     i++) {
		rc = LNetPut(LNET_NID_ANY, w->src, LNET_NOACK_REQ, lt_lo,
			     w->portal, i % KEYS, 0, 0);
		if (!rc)
			atomic_inc(&w->sent);
		cond_resched();
	}
	return rc;
}

static u64 table_buckets(struct kunit *test, const struct tide *w)
{
	return lt_sysfs_portal(test, w->portal, "hash_buckets");
}

static u64 table_resizes(struct kunit *test, const struct tide *w)
{
	return lt_sysfs_portal(test, w->portal, "hash_resizes");
}

static void unlink_coming(struct kunit *test, struct tide *w)
{
	unsigned int i, n;

	for (i = 0; i < POSTERS; i++) {
		for (n = 0; n < COMING; n++)
			KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->coming[i][n]), 0);
	}
}

static void expect_none_lost(struct kunit *test, struct tide *w)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&w->landed), atomic_read(&w->sent));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->elsewhere), 0);
	KUNIT_EXPECT_EQ(test, lt_drops_all(w->portal), w->dropped);
}

static struct lt_thread senders[SENDERS], posters[POSTERS];

static void start_senders(struct kunit *test, struct tide *w)
{
	WRITE_ONCE(w->over, false);
	lt_threads_start(test, senders, SENDERS, sender, w);
}

static void stop_senders(struct kunit *test, struct tide *w)
{
	WRITE_ONCE(w->over, true);
	lt_threads_join(test, senders, SENDERS);
}

static void flood(struct kunit *test, struct tide *w)
{
	int rc = 0, i;

	lt_threads_start(test, posters, POSTERS, poster, w);
	for (i = 0; i < POSTERS; i++)
		rc = lt_thread_join(&posters[i]) ?: rc;
	/* After a failure there are MEs that were never posted. */
	KUNIT_ASSERT_EQ(test, rc, 0);
}

static void table_loses_nothing_while_it_grows(struct kunit *test)
{
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct lnet_handle_eq other = lt_eq_alloc(test, 0, other_handler);
	struct tide *w = tide(test);
	u64 steps = 0;

	for (w->portal = PORTAL_FIRST; w->portal < PORTAL_FIRST + PORTALS;
	     w->portal++) {
		post_keys(test, w, first, other);
		start_senders(test, w);
		flood(test, w);
		stop_senders(test, w);
		steps += table_resizes(test, w);
		/* It grows when keys crowd a bucket, which is by chance: by far enough for half. */
		KUNIT_EXPECT_GE(test, table_buckets(test, w),
				POSTERS * COMING / 2);
		expect_none_lost(test, w);
		unlink_coming(test, w);
		unlink_keys(test, w);
	}
	kunit_info(test, "%d messages, %llu steps", atomic_read(&w->sent),
		   steps);
	KUNIT_EXPECT_GE(test, atomic_read(&w->sent), PORTALS * KEYS);
	KUNIT_EXPECT_GE(test, steps, PORTALS);
}

/*
 * One ME of a portal that has a list, too, alone in its bucket. The bucket is split, as a
 * thread posts more MEs, while a message for the ME comes. The other buckets that this step
 * splits are empty.
 */
enum { SPLIT_PORTAL = 60, SPLIT_STEP = 64, SPLIT_BUCKET = 5, CROWDED = 100 };

struct splitting {
	unsigned int load[BUCKETS_MIN];	/* MEs, by bucket */
	u64 next;			/* match bits to be tried */
	u64 crowd[5];			/* match bits of the MEs that make it grow */
	struct lnet_handle_me meh[5];
};

static u32 hash_of(u64 bits)
{
	return lnet_me_hash(LNET_NID_LO_0, LNET_PID_LUSTRE, bits);
}

/* Match bits whose ME goes into one of these buckets, and stays there when it is split. */
static u64 bits_for(struct splitting *s, u32 from, u32 to, unsigned int load)
{
	u32 hash, bucket;

	for (;; s->next++) {
		hash = hash_of(s->next);
		bucket = hash % BUCKETS_MIN;
		if (bucket >= from && bucket <= to && s->load[bucket] < load &&
		    !(hash & BUCKETS_MIN))
			break;
	}
	s->load[bucket]++;
	return s->next++;
}

/* Not by the macros of the meter: a thread that stays on purpose is no call that takes long. */
static int post_unmetered(u64 bits, struct lnet_handle_me *meh)
{
	const struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(),
					NULL);
	struct lnet_handle_md mdh;
	int rc;

	rc = (LNetMEAttach)(SPLIT_PORTAL, lt_lo, bits, 0, LNET_UNLINK,
			    LNET_INS_AFTER, meh);
	return rc ?: (LNetMDAttach)(*meh, md, LNET_UNLINK, &mdh);
}

static int crowd_thread(struct lt_thread *t)
{
	struct splitting *s = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(s->crowd) && !rc; i++)
		rc = post_unmetered(s->crowd[i], &s->meh[i]);
	return rc;
}

static struct lt_thread crowd;

/* The bucket is split while a message for its ME comes. */
static void split_under_a_message(struct kunit *test, struct tide *w,
				  struct splitting *s, u64 key)
{
	struct lt_meeting *m;

	m = lt_meeting(test, &crowd, LNET_WINDOW_TABLE_SPLIT, SPLIT_BUCKET + 1,
		       LNET_WINDOW_TABLE_LOOK);
	lt_thread_start(test, &crowd, crowd_thread, s, 0);
	KUNIT_EXPECT_TRUE(test, lt_meeting_await(m));
	/* The message waits for the lock of the bucket. */
	KUNIT_EXPECT_EQ(test, (LNetPut)(LNET_NID_ANY, w->src, LNET_NOACK_REQ,
					lt_lo, w->portal, key, 0, 0), 0);
	lt_meeting_over(m);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&crowd), 0);
	KUNIT_EXPECT_TRUE(test, m->met);
}

static void table_bucket_is_not_seen_empty_while_it_is_split(struct kunit *test)
{
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct lnet_handle_eq other = lt_eq_alloc(test, 0, other_handler);
	struct splitting *s = lt_vmalloc(test, sizeof(*s));
	struct tide *w = tide(test);
	u64 key, steps;
	unsigned int i;

	w->portal = SPLIT_PORTAL;
	key = bits_for(s, SPLIT_BUCKET, SPLIT_BUCKET, 1);
	post(test, w, key, first);
	lt_md_attach(test, lt_me_attach(test, w->portal, lt_any, 0, ~0ULL,
					LNET_RETAIN, LNET_INS_AFTER),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, other,
			   w), LNET_RETAIN);
	/* As many MEs as make the table too small, none of them in a bucket that is split. */
	for (i = 0; i < BUCKETS_MIN; i++)
		post(test, w, bits_for(s, SPLIT_STEP, BUCKETS_MIN - 1, 3),
		     first);
	for (i = 0; i < ARRAY_SIZE(s->crowd); i++)
		s->crowd[i] = bits_for(s, CROWDED, CROWDED, UINT_MAX);
	KUNIT_ASSERT_EQ(test, table_buckets(test, w), BUCKETS_MIN);
	steps = table_resizes(test, w);
	split_under_a_message(test, w, s, key);
	KUNIT_EXPECT_EQ(test, table_resizes(test, w), steps + 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->landed), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->elsewhere), 0);
	for (i = 0; i < ARRAY_SIZE(s->meh); i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(s->meh[i]), 0);
}

static void table_loses_nothing_while_it_shrinks(struct kunit *test)
{
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct lnet_handle_eq other = lt_eq_alloc(test, 0, other_handler);
	struct tide *w = tide(test);
	u64 steps;

	w->portal = PORTAL_FIRST;
	post_keys(test, w, first, other);
	flood(test, w);
	steps = table_resizes(test, w);
	start_senders(test, w);
	unlink_coming(test, w);
	/* Until there are 8 buckets for each ME that is left. */
	KUNIT_EXPECT_TRUE(test, lt_wait_for(table_buckets(test, w) <
					    BUCKETS_MIN + KEYS * EACH * 8));
	stop_senders(test, w);
	KUNIT_EXPECT_GT(test, table_resizes(test, w), steps);
	expect_none_lost(test, w);
	unlink_keys(test, w);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(table_buckets(test, w) == BUCKETS_MIN));
}

static void table_takes_many_of_one_key_as_they_are(struct kunit *test)
{
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct tide *w = tide(test);
	unsigned int i;

	w->portal = PORTAL_FIRST + PORTALS;
	for (i = 0; i < COMING; i++)
		w->coming[0][i] = post(test, w, 7, first);
	/* More buckets would not spread MEs of one key. */
	KUNIT_EXPECT_EQ(test, table_buckets(test, w), BUCKETS_MIN);
	KUNIT_EXPECT_EQ(test, lt_sysfs_portal(test, w->portal, "hash_longest"), 1);
	for (i = 0; i < COMING; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->coming[0][i]), 0);
}

/* Bits, above @from, of an ME that is in @bucket of the smallest table. */
static u64 bits_in(u64 from, u32 bucket)
{
	while (hash_of(++from) % BUCKETS_MIN != bucket)
		;
	return from;
}

/* Fewer MEs than buckets: the table is looked at again when they are twice as many. */
static void table_crowded_in_vain_is_seldom_looked_at(struct kunit *test)
{
	/* No thread waits; the window counts those that pass. */
	const struct lnet_window_plan count_all = { .us = 1, .nth = U32_MAX };
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct tide *w = tide(test);
	struct lnet_window_count count;
	unsigned int i;
	u64 bits = 0;

	w->portal = PORTAL_FIRST - 1;
	lt_window_open(test, LNET_WINDOW_TABLE_CROWDED, &count_all);
	for (i = 0; i < FEW; i++) {
		bits = bits_in(bits, 7);
		w->coming[0][i] = post(test, w, bits, first);
	}
	KUNIT_EXPECT_EQ(test, lt_sysfs_portal(test, w->portal, "hash_longest"), FEW);
	KUNIT_EXPECT_EQ(test, table_buckets(test, w), BUCKETS_MIN);
	lnet_window_counts(LNET_WINDOW_TABLE_CROWDED, &count);
	/* At each ME from 5 to 16, then at 32, 64, 128; the work item may begin again. */
	KUNIT_EXPECT_GE(test, count.passed, 5);
	KUNIT_EXPECT_LE(test, count.passed, FEW / 2);

	for (i = 0; i < FEW; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->coming[0][i]), 0);
}

/* A crowd ------------------------------------------------------------------ */

enum {
	CROWD_PORTAL	= 16,
	CHOSEN_PORTAL	= 18,
	CROWD		= 200000 / LT_SLOW,
	CROWD_BUCKET	= 5,		/* which the first step splits */
	STRIDE		= 7919,		/* prime to CROWD */
	ROUNDS		= 5,
	/* A bucket has a few nodes, two are looked at when one is split. */
	STEPS_OTHER	= 16,
	STEPS_GROW	= 64 * 6,
	HELD_US		= 50,		/* longer for other keys than without a crowd */
};

struct crowd {
	u64 bits;			/* of the crowd's key; other keys are above */
	struct lnet_handle_eq eqh;
	struct lnet_handle_me me[CROWD];
	struct lnet_handle_me other[BUCKETS_MIN + 5];
	unsigned int others;
	u64 other_bits;
};

/* Send a PUT. The tag of the MD that got it; 0: none. */
static unsigned long crowd_put(struct kunit *test, struct crowd *c, u64 bits)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_event ev;

	KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, lt_lo,
				      CROWD_PORTAL, bits, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, LNetMDUnlink(src), 0);
	return LNetEQGet(c->eqh, &ev) == 1 ? (unsigned long)ev.md.user_ptr : 0;
}

static int crowd_attach(struct crowd *c, struct lnet_handle_me meh, unsigned int op,
			unsigned long tag)
{
	const struct lnet_md md = lt_md(NULL, 0, LNET_MD_THRESH_INF, op, c->eqh,
					(void *)tag);
	struct lnet_handle_md unused;

	return (LNetMDAttach)(meh, md, LNET_RETAIN, &unused);
}

static int crowd_post(struct crowd *c, u64 bits, unsigned int op, unsigned long tag,
		      struct lnet_handle_me *meh)
{
	return (LNetMEAttach)(CROWD_PORTAL, lt_lo, bits, 0, LNET_UNLINK,
			      LNET_INS_AFTER, meh) ?:
	       crowd_attach(c, *meh, op, tag);
}

/* MEs in order, and then their MDs in another. */
static void crowd_begin(struct kunit *test, struct crowd *c)
{
	unsigned int i, n;

	for (i = 0; i < CROWD; i++) {
		KUNIT_ASSERT_EQ(test, (LNetMEAttach)(CROWD_PORTAL, lt_lo, c->bits, 0,
						     LNET_UNLINK, LNET_INS_AFTER,
						     &c->me[i]), 0);
		cond_resched();
	}
	for (i = 0, n = 0; i < CROWD; i++, n = (n + STRIDE) % CROWD) {
		KUNIT_ASSERT_EQ(test, crowd_attach(c, c->me[n], LNET_MD_OP_PUT, n + 1),
				0);
		cond_resched();
	}
}

static void crowd_end(struct kunit *test, struct crowd *c)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++) {
		if (LNetMEHandleIsInvalid(c->me[i]))
			continue;
		KUNIT_ASSERT_EQ(test, (LNetMEUnlink)(c->me[i]), 0);
		cond_resched();
	}
	for (i = 0; i < c->others; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(c->other[i]), 0);
	while (LNetEQGet(c->eqh, &(struct lnet_event){}))
		;
}

/* How much one call compares, and how long it takes at the best of a few times. */
struct effort {
	unsigned int compared;
	unsigned int times;
	u64 ns;				/* by a clock that may stand still for 256 ns */
};

static struct lnet_watched effort_seen;
static ktime_t effort_since;

static void effort_begin(void)
{
	lnet_watch_begin();
	effort_since = ktime_get();
}

static void effort_end(struct effort *e)
{
	u64 ns = ktime_to_ns(ktime_sub(ktime_get(), effort_since));

	lnet_watch_end(&effort_seen);
	e->compared = max(e->compared, effort_seen.compared);
	e->ns = e->times ? min(e->ns, ns) : ns;
	e->times++;
}

static void expect_effort(struct kunit *test, const char *what, const struct effort *e,
			  unsigned int most)
{
	kunit_info(test, "%s: %u compared at most, %llu ns at least", what, e->compared,
		   e->ns);
	KUNIT_EXPECT_LE_MSG(test, e->compared, most, "%s", what);
	KUNIT_EXPECT_GE_MSG(test, e->times, ROUNDS, "%s", what);
}

/* The calls of a client that has another key, in the same bucket. */
struct other_key {
	struct effort attach;
	struct effort put;
	struct effort unlink;
};

/* An ME of another key in the crowd's bucket comes and goes. */
static void other_key_beside(struct kunit *test, struct crowd *c, struct other_key *o)
{
	u64 bits = bits_in(c->bits, CROWD_BUCKET);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_me meh;
	unsigned int i;

	*o = (struct other_key){ };
	for (i = 0; i < ROUNDS; i++) {
		effort_begin();
		KUNIT_ASSERT_EQ(test, crowd_post(c, bits, LNET_MD_OP_PUT, 1, &meh), 0);
		effort_end(&o->attach);
		effort_begin();
		KUNIT_ASSERT_EQ(test, (LNetPut)(LNET_NID_ANY, src, LNET_NOACK_REQ, lt_lo,
						CROWD_PORTAL, bits, 0, 0), 0);
		effort_end(&o->put);
		effort_begin();
		KUNIT_ASSERT_EQ(test, (LNetMEUnlink)(meh), 0);
		effort_end(&o->unlink);
	}
	expect_effort(test, "attach of another key", &o->attach, STEPS_OTHER);
	expect_effort(test, "message of another key", &o->put, STEPS_OTHER);
	expect_effort(test, "unlink of another key", &o->unlink, STEPS_OTHER);
	while (LNetEQGet(c->eqh, &(struct lnet_event){}))
		;
}

/* Both were measured in one kernel, so its speed does not matter. */
static void expect_not_held_up(struct kunit *test, const struct other_key *alone,
			       const struct other_key *beside)
{
	const u64 held = HELD_US * NSEC_PER_USEC;

	/* KCSAN stops a thread for longer than that, to see which others come meanwhile. */
	if (IS_ENABLED(CONFIG_KCSAN))
		return;
	KUNIT_EXPECT_LE(test, beside->attach.ns, alone->attach.ns + held);
	KUNIT_EXPECT_LE(test, beside->put.ns, alone->put.ns + held);
	KUNIT_EXPECT_LE(test, beside->unlink.ns, alone->unlink.ns + held);
}

static void post_other(struct kunit *test, struct crowd *c, u32 bucket)
{
	KUNIT_ASSERT_LT(test, c->others, ARRAY_SIZE(c->other));
	c->other_bits = bits_in(c->other_bits, bucket);
	KUNIT_ASSERT_EQ(test, crowd_post(c, c->other_bits, LNET_MD_OP_PUT, 1,
					 &c->other[c->others++]), 0);
}

/*
 * More keys than buckets, but none of them crowded, nor in a bucket of the first step,
 * until five crowd one bucket; then the table grows by a step, which moves the crowd.
 */
static void table_grows_with_it(struct kunit *test, struct crowd *c)
{
	struct effort grow = {};
	unsigned int i;

	c->other_bits = c->bits;
	for (i = 0; i < BUCKETS_MIN; i++)
		post_other(test, c, 64 + i % 128);
	/* MEs of one key count as one. */
	KUNIT_ASSERT_EQ(test, lt_sysfs_portal(test, CROWD_PORTAL, "hash_buckets"), BUCKETS_MIN);
	for (i = 0; i < 5; i++) {
		effort_begin();
		post_other(test, c, 200);
		effort_end(&grow);
	}
	kunit_info(test, "a growing table: %u compared", grow.compared);
	KUNIT_EXPECT_LE(test, grow.compared, STEPS_GROW);
	KUNIT_EXPECT_GE(test, grow.compared, 5);
	KUNIT_EXPECT_EQ(test, lt_sysfs_portal(test, CROWD_PORTAL, "hash_buckets"),
			BUCKETS_MIN + 64);
}

/* Calls for the first of the crowd, the last, some in between, and a new one. */
static void one_of_the_crowd(struct kunit *test, struct crowd *c)
{
	const unsigned int which[] = { 0, CROWD - 1, CROWD / 2, CROWD - 2, 1 };
	const unsigned int high = 2 * ilog2(CROWD) + STEPS_OTHER;
	struct effort unlink = {}, attach = {}, get = {}, put = {};
	struct lnet_handle_md sink = lt_source(test, NULL, 0);
	struct lnet_handle_me meh;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(which); i++) {
		effort_begin();
		KUNIT_ASSERT_EQ(test, (LNetMEUnlink)(c->me[which[i]]), 0);
		effort_end(&unlink);
		LNetInvalidateMEHandle(&c->me[which[i]]);
		effort_begin();
		KUNIT_ASSERT_EQ(test, crowd_post(c, c->bits, LNET_MD_OP_PUT, 1, &meh), 0);
		effort_end(&attach);
		KUNIT_ASSERT_EQ(test, (LNetMEUnlink)(meh), 0);
		while (LNetEQGet(c->eqh, &(struct lnet_event){}))
			;
		effort_begin();
		/* The first has gone from the front, and at the end the second. */
		KUNIT_EXPECT_EQ(test, crowd_put(test, c, c->bits),
				i + 1 < ARRAY_SIZE(which) ? 2 : 3);
		effort_end(&put);
		/* No MD of the crowd takes a GET. */
		effort_begin();
		KUNIT_ASSERT_EQ(test, (LNetGet)(LNET_NID_ANY, sink, lt_lo, CROWD_PORTAL,
						c->bits, 0, false), 0);
		effort_end(&get);
		KUNIT_EXPECT_EQ(test, LNetEQGet(c->eqh, &(struct lnet_event){}), 0);
	}
	expect_effort(test, "unlink of one of them", &unlink, high);
	expect_effort(test, "attach of one of them", &attach, high);
	expect_effort(test, "message for them", &put, high);
	expect_effort(test, "GET that none of them takes", &get, STEPS_OTHER);
}

static void table_crowd_is_paid_for_by_its_own(struct kunit *test)
{
	struct crowd *c = lt_vmalloc(test, sizeof(*c));
	struct other_key alone, beside;

	c->bits = bits_in(0, CROWD_BUCKET);
	c->eqh = lt_eq_alloc(test, 4, NULL);
	other_key_beside(test, c, &alone);
	crowd_begin(test, c);
	other_key_beside(test, c, &beside);
	expect_not_held_up(test, &alone, &beside);
	table_grows_with_it(test, c);
	other_key_beside(test, c, &beside);
	expect_not_held_up(test, &alone, &beside);
	one_of_the_crowd(test, c);
	crowd_end(test, c);
}

/* The inverse of an odd number, by Newton. */
static u64 inverse(u64 a)
{
	u64 x = a;
	int i;

	for (i = 0; i < 6; i++)
		x *= 2 - a * x;
	return x;
}

/* lnet_me_hash() backwards, for an attacker that takes its multipliers for the usual ones. */
static u64 bits_of_hash(const struct lnet_process_id *id, u32 hash, u32 nr)
{
	u64 from = (id->nid ^ ((u64)id->pid << 32 | id->pid)) * 0x9e3779b97f4a7c15ULL;
	u64 h = ((u64)hash << 32 | nr) * inverse(0x94d049bb133111ebULL);

	h = (h ^ h >> 32) * inverse(0xbf58476d1ce4e5b9ULL);
	return h ^ from ^ from >> 29;
}

/* A peer, or one that has many names, chooses the bits of the MEs that a service posts. */
static void table_keys_somebody_has_chosen_are_no_crowd(struct kunit *test)
{
	enum { CHOSEN = 2000, HASH = 77, FEW = 100 };
	struct lnet_md md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(), NULL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_process_id id = lt_lo;
	struct lnet_watched seen;
	unsigned int i;

	for (i = 0; i < 2 * CHOSEN; i++) {
		id.pid = i < CHOSEN ? lt_lo.pid : i;
		lt_md_attach(test, lt_me_attach(test, CHOSEN_PORTAL, id,
						bits_of_hash(&id, HASH, i < CHOSEN ? i : 0), 0,
						LNET_UNLINK, LNET_INS_AFTER),
			     md, LNET_UNLINK);
	}
	lnet_watch_begin();
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, lt_lo, CHOSEN_PORTAL,
				      bits_of_hash(&lt_lo, HASH, 0), 0, 0), 0);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_GT(test, seen.compared, 0);
	KUNIT_EXPECT_LT(test, seen.compared, FEW);
}

/* MDs came in any order, and were exhausted and replaced: the order of the MEs counts. */
static void table_crowd_keeps_its_order(struct kunit *test)
{
	enum { SOME = 300 };
	struct crowd *c = lt_vmalloc(test, sizeof(*c));
	struct lnet_handle_md mdh;
	unsigned int i, n, round;
	struct lnet_md md;

	c->bits = 1;
	c->eqh = lt_eq_alloc(test, 4, NULL);
	for (i = 0; i < SOME; i++)
		c->me[i] = lt_me_attach(test, CROWD_PORTAL + 1, lt_lo, 1, 0, LNET_RETAIN,
					i % 3 ? LNET_INS_AFTER : LNET_INS_BEFORE);
	for (round = 0; round < 2; round++) {
		for (i = 0, n = 0; i < SOME; i++, n = (n + 37) % SOME) {
			md = lt_md(NULL, 0, 1, LNET_MD_OP_PUT, c->eqh, (void *)(n + 1UL));
			KUNIT_ASSERT_EQ(test, LNetMDAttach(c->me[n], md, LNET_UNLINK,
							   &mdh), 0);
		}
		for (i = 0; i < SOME; i++) {
			struct lnet_handle_md src = lt_source(test, NULL, 0);
			struct lnet_event ev;

			/* Every third ME stands before all that were there, in reverse. */
			n = i < SOME / 3 ? SOME - 3 - 3 * i :
			    (i - SOME / 3) / 2 * 3 + (i - SOME / 3) % 2 + 1;
			KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
						      lt_lo, CROWD_PORTAL + 1, 1, 0, 0),
					0);
			KUNIT_ASSERT_EQ(test, LNetMDUnlink(src), 0);
			KUNIT_ASSERT_EQ(test, LNetEQGet(c->eqh, &ev), 1);
			KUNIT_ASSERT_EQ(test, (unsigned long)ev.md.user_ptr, n + 1);
		}
	}
	for (i = 0; i < SOME; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(c->me[i]), 0);
}

static struct kunit_case lnet_table_cases[] = {
	KUNIT_CASE_SLOW(table_loses_nothing_while_it_grows),
	KUNIT_CASE_SLOW(table_bucket_is_not_seen_empty_while_it_is_split),
	KUNIT_CASE_SLOW(table_loses_nothing_while_it_shrinks),
	KUNIT_CASE_SLOW(table_takes_many_of_one_key_as_they_are),
	KUNIT_CASE(table_crowded_in_vain_is_seldom_looked_at),
	KUNIT_CASE_SLOW(table_crowd_is_paid_for_by_its_own),
	KUNIT_CASE(table_keys_somebody_has_chosen_are_no_crowd),
	KUNIT_CASE(table_crowd_keeps_its_order),
	{}
};

LT_SUITE(lnet_table);

MODULE_DESCRIPTION("KUnit suite of lnet: the table of unique MEs");
MODULE_LICENSE("GPL");
