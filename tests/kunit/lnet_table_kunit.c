// SPDX-License-Identifier: GPL-2.0
/*
 * The hash table of unique MEs, while it grows and shrinks: no message is lost
 * on the way from one bucket to another, and all of one key stay in order.
 */
#include "common.h"
#include "me.h"
#include "window.h"

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>

enum {
	PORTAL_FIRST	= 20,		/* of this suite: their tables are new */
	PORTALS		= 19,
	KEYS		= 32,		/* that messages are sent to */
	EACH		= 2,		/* MEs of such a key, the first takes all */
	COMING		= 6000 / LT_SLOW, /* MEs a thread posts */
	POSTERS		= 2,
	SENDERS		= 2,
	BUCKETS_MIN	= 256,		/* me_table.c */
	FEW		= 64,		/* MEs of each of two keys in one bucket */
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

static u64 of_portal(struct kunit *test, const struct tide *w, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "portals/%u/%s", w->portal, name);
	return lt_sysfs_u64(test, path);
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
	int i;

	WRITE_ONCE(w->over, false);
	for (i = 0; i < SENDERS; i++)
		lt_thread_start(test, &senders[i], sender, w, i);
}

static void stop_senders(struct kunit *test, struct tide *w)
{
	int i;

	WRITE_ONCE(w->over, true);
	for (i = 0; i < SENDERS; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&senders[i]), 0);
}

static void flood(struct kunit *test, struct tide *w)
{
	int rc = 0, i;

	for (i = 0; i < POSTERS; i++)
		lt_thread_start(test, &posters[i], poster, w, i);
	for (i = 0; i < POSTERS; i++)
		rc = lt_thread_join(&posters[i]) ?: rc;
	/* Else there are MEs that were never posted. */
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
		steps += of_portal(test, w, "hash_resizes");
		KUNIT_EXPECT_GE(test, of_portal(test, w, "hash_buckets"),
				POSTERS * COMING * 3 / 4);
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
 * One ME of a portal that has a list, too: so a message for it looks first,
 * without the lock, whether there is anything in its bucket. That is split, with
 * it alone in there, when a thread posts more; in the step that does so there is
 * nothing in the other buckets that are split.
 */
enum { SPLIT_PORTAL = 60, SPLIT_STEP = 64, SPLIT_BUCKET = 5, CROWDED = 100 };

struct splitting {
	unsigned int load[BUCKETS_MIN];	/* MEs, by bucket */
	u64 next;			/* match bits to be tried */
	u64 crowd[5];			/* of those that make it grow */
	struct lnet_handle_me meh[5];
};

static u32 hash_of(u64 bits)
{
	return lnet_me_hash(LNET_NID_LO_0, LNET_PID_LUSTRE, bits);
}

/* Match bits whose ME goes into one of these buckets; it stays there if split. */
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

/* Not by the meter's macros: what stays on purpose is no call that takes long. */
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

/* And the bucket is split, while a message for it comes: all of it is there. */
static void split_under_a_message(struct kunit *test, struct tide *w,
				  struct splitting *s, u64 key)
{
	struct lt_meeting *m;

	m = lt_meeting(test, &crowd, LNET_WINDOW_TABLE_MOVE, 1,
		       LNET_WINDOW_TABLE_PEEK);
	lt_thread_start(test, &crowd, crowd_thread, s, 0);
	KUNIT_EXPECT_TRUE(test, lt_meeting_await(m));
	/* It peeks whether the bucket is empty, and if not, waits for its lock. */
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
	/* As many as make it too small, and none of them where it is split. */
	for (i = 0; i < BUCKETS_MIN; i++)
		post(test, w, bits_for(s, SPLIT_STEP, BUCKETS_MIN - 1, 3),
		     first);
	for (i = 0; i < ARRAY_SIZE(s->crowd); i++)
		s->crowd[i] = bits_for(s, CROWDED, CROWDED, UINT_MAX);
	KUNIT_ASSERT_EQ(test, of_portal(test, w, "hash_buckets"), BUCKETS_MIN);
	steps = of_portal(test, w, "hash_resizes");
	split_under_a_message(test, w, s, key);
	KUNIT_EXPECT_EQ(test, of_portal(test, w, "hash_resizes"), steps + 1);
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
	steps = of_portal(test, w, "hash_resizes");
	start_senders(test, w);
	unlink_coming(test, w);
	/* Until there are 8 buckets for each ME that is left. */
	KUNIT_EXPECT_TRUE(test, lt_wait_for(of_portal(test, w, "hash_buckets") <
					    BUCKETS_MIN + KEYS * EACH * 8));
	stop_senders(test, w);
	KUNIT_EXPECT_GT(test, of_portal(test, w, "hash_resizes"), steps);
	expect_none_lost(test, w);
	unlink_keys(test, w);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(of_portal(test, w, "hash_buckets") ==
					    BUCKETS_MIN));
}

static void table_takes_many_of_one_key_as_they_are(struct kunit *test)
{
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct tide *w = tide(test);
	unsigned int i;

	w->portal = PORTAL_FIRST + PORTALS;
	for (i = 0; i < COMING; i++)
		w->coming[0][i] = post(test, w, 7, first);
	/* More buckets would not help. */
	KUNIT_EXPECT_EQ(test, of_portal(test, w, "hash_buckets"), BUCKETS_MIN);
	KUNIT_EXPECT_EQ(test, of_portal(test, w, "hash_longest"), COMING);
	for (i = 0; i < COMING; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->coming[0][i]), 0);
}

/* An ME of another key that is in the bucket of the only one there is. */
static u64 neighbour(struct kunit *test, struct tide *w, struct lnet_handle_eq eqh)
{
	u64 bits;

	for (bits = 1; bits < BUCKETS_MIN * 20; bits++) {
		struct lnet_handle_me meh = post(test, w, bits, eqh);
		bool beside = of_portal(test, w, "hash_longest") == 2;

		KUNIT_ASSERT_EQ(test, LNetMEUnlink(meh), 0);
		if (beside)
			return bits;
	}
	KUNIT_FAIL(test, "no two keys in one bucket");
	return 0;
}

/* Growing is no help then, so it is thought of when there are twice as many. */
static void table_crowded_in_vain_is_seldom_looked_at(struct kunit *test)
{
	/* Nobody waits; who passes is counted. */
	const struct lnet_window_plan count_all = { .us = 1, .nth = U32_MAX };
	struct lnet_handle_eq first = lt_eq_alloc(test, 0, first_handler);
	struct tide *w = tide(test);
	struct lnet_window_count count;
	unsigned int i, j;
	u64 bits[2] = {};

	w->portal = PORTAL_FIRST - 1;
	w->key[0][0] = post(test, w, 0, first);
	bits[1] = neighbour(test, w, first);
	lt_window_open(test, LNET_WINDOW_TABLE_CROWDED, &count_all);
	for (i = 0; i < FEW; i++) {
		for (j = 0; j < 2; j++)
			w->coming[j][i] = post(test, w, bits[j], first);
	}
	KUNIT_EXPECT_EQ(test, of_portal(test, w, "hash_longest"), 2 * FEW + 1);
	KUNIT_EXPECT_EQ(test, of_portal(test, w, "hash_buckets"), BUCKETS_MIN);
	lnet_window_counts(LNET_WINDOW_TABLE_CROWDED, &count);
	/* Each from 5 to 16, then at 32, 64, 128; the work item may begin again. */
	KUNIT_EXPECT_GE(test, count.passed, 5);
	KUNIT_EXPECT_LE(test, count.passed, FEW);

	for (i = 0; i < FEW; i++) {
		for (j = 0; j < 2; j++)
			KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->coming[j][i]), 0);
	}
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(w->key[0][0]), 0);
}

static struct kunit_case lnet_table_cases[] = {
	KUNIT_CASE_SLOW(table_loses_nothing_while_it_grows),
	KUNIT_CASE_SLOW(table_bucket_is_not_seen_empty_while_it_is_split),
	KUNIT_CASE_SLOW(table_loses_nothing_while_it_shrinks),
	KUNIT_CASE_SLOW(table_takes_many_of_one_key_as_they_are),
	KUNIT_CASE(table_crowded_in_vain_is_seldom_looked_at),
	{}
};

LT_SUITE(lnet_table);

MODULE_DESCRIPTION("KUnit suite of lnet: the table of unique MEs");
MODULE_LICENSE("GPL");
