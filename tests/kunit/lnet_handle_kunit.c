// SPDX-License-Identifier: GPL-2.0
/*
 * Handles: a cookie names one object of one kind, and never another one for
 * as long as the module is loaded. Whatever else is handed in is -ENOENT.
 */
#include "common.h"
#include "hooks/watch.h"

#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>

enum { ROUNDS = 20000 / LT_SLOW };

/* One of each kind. */
struct trio {
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
};

static struct trio make_trio(struct kunit *test)
{
	struct trio t;

	t.eqh = lt_eq_alloc(test, 4, NULL);
	t.meh = lt_me_any(test, 1);
	t.mdh = lt_md_attach(test, t.meh,
			     lt_md(NULL, 0, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT, t.eqh, NULL), LNET_RETAIN);
	return t;
}

static int unlink_md(u64 cookie)
{
	return LNetMDUnlink((struct lnet_handle_md){ cookie });
}

static int unlink_me(u64 cookie)
{
	return LNetMEUnlink((struct lnet_handle_me){ cookie });
}

static int free_eq(u64 cookie)
{
	return LNetEQFree((struct lnet_handle_eq){ cookie });
}

/* Nothing is found by @cookie, whatever it is taken for. */
static void expect_names_nothing(struct kunit *test, u64 cookie)
{
	KUNIT_EXPECT_EQ_MSG(test, unlink_md(cookie), -ENOENT, "%llx", cookie);
	KUNIT_EXPECT_EQ_MSG(test, unlink_me(cookie), -ENOENT, "%llx", cookie);
	KUNIT_EXPECT_EQ_MSG(test, free_eq(cookie), -ENOENT, "%llx", cookie);
}

/* All of @t are alive, and then they are gone. */
static void expect_alive(struct kunit *test, const struct trio *t)
{
	KUNIT_EXPECT_EQ(test, free_eq(t->eqh.cookie), -EBUSY);
	KUNIT_EXPECT_EQ(test, unlink_md(t->mdh.cookie), 0);
	KUNIT_EXPECT_EQ(test, unlink_me(t->meh.cookie), 0);
	KUNIT_EXPECT_EQ(test, free_eq(t->eqh.cookie), 0);
}

static void handle_says_what_it_names(struct kunit *test)
{
	struct trio t = make_trio(test);

	KUNIT_EXPECT_EQ(test, t.mdh.cookie & 3, 1);
	KUNIT_EXPECT_EQ(test, t.meh.cookie & 3, 2);
	KUNIT_EXPECT_EQ(test, t.eqh.cookie & 3, 3);
}

static void handle_gone_stale_is_enoent(struct kunit *test)
{
	struct trio t = make_trio(test);

	expect_alive(test, &t);
	expect_names_nothing(test, t.mdh.cookie);
	expect_names_nothing(test, t.meh.cookie);
	expect_names_nothing(test, t.eqh.cookie);
}

static void handle_of_another_kind_is_enoent(struct kunit *test)
{
	struct trio t = make_trio(test);

	KUNIT_EXPECT_EQ(test, unlink_md(t.meh.cookie), -ENOENT);
	KUNIT_EXPECT_EQ(test, unlink_md(t.eqh.cookie), -ENOENT);
	KUNIT_EXPECT_EQ(test, unlink_me(t.mdh.cookie), -ENOENT);
	KUNIT_EXPECT_EQ(test, unlink_me(t.eqh.cookie), -ENOENT);
	KUNIT_EXPECT_EQ(test, free_eq(t.mdh.cookie), -ENOENT);
	KUNIT_EXPECT_EQ(test, free_eq(t.meh.cookie), -ENOENT);
	expect_alive(test, &t);
}

static void handle_invalid_is_enoent(struct kunit *test)
{
	u64 type;

	expect_names_nothing(test, LNET_WIRE_HANDLE_COOKIE_NONE);
	for (type = 0; type < 4; type++)
		expect_names_nothing(test, type);
}

static void handle_with_a_bit_flipped_is_enoent(struct kunit *test)
{
	struct trio t = make_trio(test);
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		KUNIT_EXPECT_EQ_MSG(test, unlink_md(t.mdh.cookie ^ BIT_ULL(bit)),
				    -ENOENT, "bit %u", bit);
		KUNIT_EXPECT_EQ_MSG(test, unlink_me(t.meh.cookie ^ BIT_ULL(bit)),
				    -ENOENT, "bit %u", bit);
		KUNIT_EXPECT_EQ_MSG(test, free_eq(t.eqh.cookie ^ BIT_ULL(bit)),
				    -ENOENT, "bit %u", bit);
	}
	expect_alive(test, &t);
}

static void handle_made_up_is_enoent(struct kunit *test)
{
	struct trio t = make_trio(test);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		expect_names_nothing(test, get_random_u64());
	/* Nearly right ones: the entry exists, the rest is wrong. */
	for (i = 0; i < ROUNDS; i++)
		expect_names_nothing(test, t.mdh.cookie +
				     ((i + 1ULL) << LNET_HANDLE_GEN_SHIFT));
	expect_alive(test, &t);
}

static void handle_stale_never_reaches_the_successor(struct kunit *test)
{
	struct lnet_md md = lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, lt_no_eq(),
				  NULL);
	struct lnet_handle_md old, new;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_RETAIN, &old), 0);
	for (i = 0; i < ROUNDS; i++) {
		KUNIT_ASSERT_EQ(test, LNetMDUnlink(old), 0);
		KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_RETAIN, &new), 0);
		KUNIT_ASSERT_EQ(test, LNetMDUnlink(old), -ENOENT);
		KUNIT_ASSERT_EQ(test, lt_put(old, LNET_NOACK_REQ, 1, 0, 0),
				-ENOENT);
		old = new;
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(old), 0);
}

/* Of one that has taken its place in the table. */
static void handle_of_an_eq_never_reaches_the_successor(struct kunit *test)
{
	struct lnet_handle_eq old = lt_eq_alloc(test, 4, NULL), eqh;
	struct lnet_handle_md mdh;
	struct lnet_event ev;
	unsigned int i = 0;

	KUNIT_ASSERT_EQ(test, LNetEQFree(old), 0);
	do {
		eqh = lt_eq_alloc(test, 4, NULL);
	} while (lnet_handle_index(eqh.cookie) != lnet_handle_index(old.cookie) && ++i < 100);
	KUNIT_ASSERT_LT_MSG(test, i, 100, "its place is not used again");
	KUNIT_ASSERT_NE(test, eqh.cookie, old.cookie);

	KUNIT_EXPECT_EQ(test, LNetEQGet(old, &ev), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, old, NULL), LNET_RETAIN, &mdh),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, LNetEQFree(old), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetEQGet(eqh, &ev), 0);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void handle_is_never_given_out_twice(struct kunit *test)
{
	u64 *seen = lt_vmalloc(test, 2 * ROUNDS * sizeof(*seen));
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, lt_any, i, 0,
						   LNET_RETAIN, LNET_INS_AFTER,
						   &meh), 0);
		seen[2 * i] = meh.cookie;
		/* EQs cost more; a few of them among the rest. */
		if (i % 64 == 0) {
			KUNIT_ASSERT_EQ(test, LNetEQAlloc(1, NULL, &eqh), 0);
			seen[2 * i + 1] = eqh.cookie;
			KUNIT_ASSERT_EQ(test, LNetEQFree(eqh), 0);
		} else {
			seen[2 * i + 1] = ~(u64)i;
		}
		KUNIT_ASSERT_EQ(test, LNetMEUnlink(meh), 0);
	}

	sort(seen, 2 * ROUNDS, sizeof(*seen), compare_u64, NULL);
	for (i = 1; i < 2 * ROUNDS; i++)
		KUNIT_ASSERT_NE(test, seen[i - 1], seen[i]);
}

struct minter {
	u64 *seen;
	unsigned int nr;
};

static int mint(struct lt_thread *t)
{
	struct minter *m = t->arg;
	struct lnet_md md = lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL);
	struct lnet_handle_md mdh;
	unsigned int i;
	int rc;

	for (i = 0; i < m->nr; i++) {
		rc = LNetMDBind(md, LNET_RETAIN, &mdh);
		if (rc)
			return rc;
		m->seen[i] = mdh.cookie;
		rc = LNetMDUnlink(mdh);
		if (rc)
			return rc;
	}
	return 0;
}

static void handle_is_never_given_out_twice_by_two_cpus(struct kunit *test)
{
	u64 *seen = lt_vmalloc(test, 2 * ROUNDS * sizeof(*seen));
	static struct lt_thread t[2];
	static struct minter m[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		m[i].seen = seen + i * ROUNDS;
		m[i].nr = ROUNDS;
		lt_thread_start(test, &t[i], mint, &m[i], i);
	}
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, lt_thread_join(&t[i]), 0);

	sort(seen, 2 * ROUNDS, sizeof(*seen), compare_u64, NULL);
	for (i = 1; i < 2 * ROUNDS; i++)
		KUNIT_ASSERT_NE(test, seen[i - 1], seen[i]);
}

/* A CPU remembers the EQ of the last MD that was made on it. */
static void handle_of_an_eq_is_stale_where_it_was_last_used(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_md md = lt_md(NULL, 0, 1, 0, eqh, NULL);
	struct lnet_handle_md mdh;
	int i;

	migrate_disable();
	KUNIT_EXPECT_EQ(test, LNetMDBind(md, LNET_RETAIN, &mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDBind(md, LNET_RETAIN, &mdh), -ENOENT);
	/* Until its memory is free: two grace periods, and one to be sure. */
	for (i = 0; i < 3; i++)
		rcu_barrier();
	KUNIT_EXPECT_EQ(test, LNetMDBind(md, LNET_RETAIN, &mdh), -ENOENT);
	migrate_enable();
}

static void handle_count_follows_what_lives(struct kunit *test)
{
	u64 before[4], now[4];
	struct trio t;

	lnet_object_counts(before);
	t = make_trio(test);
	lnet_object_counts(now);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_MD], before[LNET_HANDLE_MD] + 1);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_ME], before[LNET_HANDLE_ME] + 1);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_EQ], before[LNET_HANDLE_EQ] + 1);
	expect_alive(test, &t);
	lnet_object_counts(now);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_MD], before[LNET_HANDLE_MD]);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_ME], before[LNET_HANDLE_ME]);
	KUNIT_EXPECT_EQ(test, now[LNET_HANDLE_EQ], before[LNET_HANDLE_EQ]);
}

enum { CARRIED = 40, CARRIES = 50 };

static struct carry {
	struct lnet_handle_md mdh[CARRIED];
	unsigned int returned;
} carry;

static int bind_some(struct lt_thread *t)
{
	struct lnet_md md = lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL);
	unsigned int i;
	int rc = 0;

	for (i = 0; i < CARRIED && !rc; i++)
		rc = LNetMDBind(md, LNET_RETAIN, &carry.mdh[i]);
	return rc;
}

static int unlink_some(struct lt_thread *t)
{
	struct lnet_watched seen;
	unsigned int i;
	int rc = 0;

	lnet_watch_begin();
	for (i = 0; i < CARRIED && !rc; i++)
		rc = LNetMDUnlink(carry.mdh[i]);
	lnet_watch_end(&seen);
	carry.returned += seen.returned;
	return rc;
}

/* Objects that one CPU frees are reused by the other, without the slab and the table. */
static void handle_objects_find_back_to_the_cpu_that_makes_them(struct kunit *test)
{
	static struct lt_thread t;
	unsigned int i;

	carry.returned = 0;
	for (i = 0; i < CARRIES; i++) {
		lt_thread_start(test, &t, bind_some, NULL, 0);
		KUNIT_ASSERT_EQ(test, lt_thread_join(&t), 0);
		lt_thread_start(test, &t, unlink_some, NULL, 1);
		KUNIT_ASSERT_EQ(test, lt_thread_join(&t), 0);
	}
	/* A few, until the pool has room. */
	KUNIT_EXPECT_LE(test, carry.returned, 4 * CARRIED);
}

/* A directory without a place to spare: what is behind it, KASAN watches. */
static void handle_table_that_is_full_is_freed_to_its_end(struct kunit *test)
{
	enum { PLACES = 3 };
	u64 **dir = kunit_kcalloc(test, PLACES, sizeof(*dir), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, dir);
	for (i = 0; i < PLACES; i++)
		dir[i] = kzalloc(sizeof(**dir) << LNET_HANDLE_CHUNK_BITS, GFP_KERNEL);
	for (i = 0; i < PLACES; i++)
		KUNIT_EXPECT_NOT_NULL(test, dir[i]);
	lnet_handle_free_chunks(dir, PLACES);
}

static struct kunit_case lnet_handle_cases[] = {
	KUNIT_CASE(handle_says_what_it_names),
	KUNIT_CASE(handle_gone_stale_is_enoent),
	KUNIT_CASE(handle_of_another_kind_is_enoent),
	KUNIT_CASE(handle_invalid_is_enoent),
	KUNIT_CASE(handle_with_a_bit_flipped_is_enoent),
	KUNIT_CASE(handle_made_up_is_enoent),
	KUNIT_CASE(handle_stale_never_reaches_the_successor),
	KUNIT_CASE(handle_of_an_eq_never_reaches_the_successor),
	KUNIT_CASE(handle_is_never_given_out_twice),
	KUNIT_CASE(handle_is_never_given_out_twice_by_two_cpus),
	KUNIT_CASE(handle_of_an_eq_is_stale_where_it_was_last_used),
	KUNIT_CASE(handle_count_follows_what_lives),
	KUNIT_CASE(handle_objects_find_back_to_the_cpu_that_makes_them),
	KUNIT_CASE(handle_table_that_is_full_is_freed_to_its_end),
	{}
};

LT_SUITE(lnet_handle);

MODULE_DESCRIPTION("KUnit suite of lnet: handles");
MODULE_LICENSE("GPL");
