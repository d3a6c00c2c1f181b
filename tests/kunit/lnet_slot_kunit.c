// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery slots: the schemes, how one is chosen, and what runs at the same
 * time under it. Of the scheme `combining` there is more in lnet_handler and
 * lnet_combining.
 */
#include "common.h"
#include "event/eq.h"
#include "event/handle.h"
#include "event/md.h"

#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/module.h>

/* The parameters ----------------------------------------------------------- */

#define PARAMETERS	"../../module/lnet/parameters/"

static const char *const schemes[] = {
	"global", "callback", "rwlock", "eq", "hashed", "combining",
};

static void scheme_desc(const char *const *scheme, char *desc)
{
	strscpy(desc, *scheme, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scheme, schemes, scheme_desc);

static void expect_refused(struct kunit *test, const char *path,
			   const char *const *values, unsigned int n)
{
	char before[32], after[32];
	unsigned int i;

	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, before, sizeof(before)), 0);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(path, values[i]),
				    -EINVAL, "'%s'", values[i]);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, after, sizeof(after)), 0);
	KUNIT_EXPECT_STREQ(test, before, after);
}

static void slot_unknown_scheme_is_refused(struct kunit *test)
{
	static const char *const bad[] = {
		"\n", "0", "hash", "hashed2", "Hashed", "hashed combining",
		"global,callback", "none",
	};

	expect_refused(test, PARAMETERS "delivery", bad, ARRAY_SIZE(bad));
}

static void slot_unknown_count_is_refused(struct kunit *test)
{
	static const char *const bad[] = {
		"3", "1023", "2048", "-1", "many", "8 8", "4294967296",
	};

	expect_refused(test, PARAMETERS "eq_slots", bad, ARRAY_SIZE(bad));
}

static void slot_scheme_changes_only_while_there_is_no_eq(struct kunit *test)
{
	const char *path = PARAMETERS "delivery";
	struct lnet_handle_eq eqh;
	unsigned int i, now;

	lt_param(test, "delivery", "combining");
	for (now = 0; now < ARRAY_SIZE(schemes); now++) {
		KUNIT_ASSERT_EQ(test, lt_sysfs_write(path, schemes[now]), 0);
		eqh = lt_eq_alloc(test, 4, NULL);
		for (i = 0; i < ARRAY_SIZE(schemes); i++)
			KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, schemes[i]),
					i == now ? 0 : -EBUSY);
		KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	}
}

static void slot_count_is_shown(struct kunit *test)
{
	const char *scheme = *(const char *const *)test->param_value;
	bool many = !strcmp(scheme, "rwlock") || !strcmp(scheme, "hashed") ||
		    !strcmp(scheme, "combining");
	static const u64 counts[] = { 1, 2, 16, 1024 };
	struct lnet_handle_eq eqh;
	char text[16];
	int i;

	lt_param(test, "delivery", scheme);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		snprintf(text, sizeof(text), "%llu", counts[i]);
		lt_param(test, "eq_slots", text);
		eqh = lt_eq_alloc(test, 4, NULL);
		KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "slots"),
				many ? counts[i] : 1);
	}
	/* By itself, there is one for each CPU at least. */
	lt_param(test, "eq_slots", "0");
	eqh = lt_eq_alloc(test, 4, NULL);
	KUNIT_EXPECT_GE(test, lt_sysfs_eq(test, eqh, "slots"),
			many ? num_online_cpus() : 1);
}

static void slot_every_scheme_delivers(struct kunit *test)
{
	const char *scheme = *(const char *const *)test->param_value;
	static const char *const counts[] = { "1", "2", "0" };
	struct lnet_handle_md src, dst;
	struct lnet_handle_eq eqh;
	unsigned int i, n;
	struct lt_rec *rec;

	lt_param(test, "delivery", scheme);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		lt_param(test, "eq_slots", counts[i]);
		rec = lt_rec(test);
		eqh = lt_eq_alloc(test, 64, lt_record);
		src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0,
					     eqh, rec), LNET_RETAIN);
		dst = lt_md_attach(test, lt_me_any(test, i),
				   lt_md(NULL, 0, LNET_MD_THRESH_INF,
					 LNET_MD_OP_PUT | LNET_MD_OP_GET, eqh,
					 rec), LNET_RETAIN);
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_ACK_REQ, i, 0, 0), 0);
		KUNIT_EXPECT_EQ(test, lt_get(src, i, 0), 0);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(dst), 0);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
		n = 0;
		lt_expect_event(test, rec, n++, LNET_EVENT_PUT, 0, 0);
		lt_expect_event(test, rec, n++, LNET_EVENT_SEND, 0, 0);
		lt_expect_event(test, rec, n++, LNET_EVENT_ACK, 0, 0);
		/* The REPLY is sent, and taken, inside. */
		n += 3;
		lt_expect_event(test, rec, n++, LNET_EVENT_UNLINK, 0, 1);
		lt_expect_event(test, rec, n++, LNET_EVENT_UNLINK, 0, 1);
		KUNIT_EXPECT_EQ(test, lt_rec_count(rec), n);
		KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	}
}

/* An EQ may not go while a thread is in any of its slots. */
static void slot_that_is_used_is_seen_whichever_it_is(struct kunit *test)
{
	static struct lnet_slot slot[4];
	const struct lnet_slots slots = { .nr = ARRAY_SIZE(slot), .slot = slot };
	unsigned int i;

	lt_param(test, "delivery", "combining");
	KUNIT_EXPECT_TRUE(test, lnet_slots_are_free(&slots));
	for (i = 0; i < ARRAY_SIZE(slot); i++) {
		atomic_long_set(&slot[i].word, 1);
		KUNIT_EXPECT_FALSE_MSG(test, lnet_slots_are_free(&slots), "slot %u", i);
		atomic_long_set(&slot[i].word, 0);
	}
}

/* The choice of a slot ------------------------------------------------------ */

enum { LANES = 16, STRIDES = 16, MDS_A_LANE = 8, CLOSE = 256 };

/* How many slots so many MDs have, each so far from the one before: in handles, or lives. */
static unsigned int lanes_used(const struct lnet_slots *slots, unsigned int mds,
			       unsigned int stride, unsigned int shift)
{
	unsigned long used = 0;
	struct lnet_slot *slot;
	unsigned int i;

	for (i = 0; i < mds; i++) {
		slot = lnet_eq_slot_of(slots, (u64)(i * stride + 1) << shift);
		__set_bit(slot - slots->slot, &used);
	}
	return hweight_long(used);
}

/*
 * However far apart the handles of a client's MDs are: if they are many most slots of a
 * CPU are used, and if they are few they are not all in one or two.
 */
static void slot_of_each_second_handle_is_any_of_them(struct kunit *test)
{
	static struct lnet_slot lane[LANES];
	const struct lnet_slots slots = {
		.nr = LANES, .lane_bits = ilog2(LANES), .slot = lane,
	};
	unsigned int i;

	for (i = 1; i < CLOSE; i++)
		KUNIT_EXPECT_GE_MSG(test, lanes_used(&slots, LANES, i, LNET_HANDLE_INDEX_SHIFT),
				    LANES * 3 / 8, "%u MDs, each %u-th handle", LANES, i);
	for (i = 0; i < STRIDES; i++)
		KUNIT_EXPECT_GE_MSG(test, lanes_used(&slots, LANES * MDS_A_LANE, 1U << i,
						     LNET_HANDLE_INDEX_SHIFT),
				    LANES * 3 / 4, "each %u-th handle", 1U << i);
	/* MDs of one slot that die together are of several slots in their next lives. */
	KUNIT_EXPECT_GE(test, lanes_used(&slots, LANES, 1, LNET_HANDLE_GEN_SHIFT),
			LANES * 3 / 8);
}

/* Callbacks at the same time ------------------------------------------------ */

/* Two handlers, each of which waits for the other one, but not for ever. */
enum { MEET_US = 200000, MEET_MDS = 9 };

struct meeting {
	atomic_t inside;
	atomic_t calls;
	bool met;
};

static void meet_handler(struct lnet_event *event)
{
	struct meeting *m = event->md.user_ptr;
	unsigned int us;

	if (event->type != LNET_EVENT_PUT)
		return;
	atomic_inc(&m->calls);
	if (atomic_inc_return(&m->inside) == 2)
		WRITE_ONCE(m->met, true);
	for (us = 0; us < MEET_US && !READ_ONCE(m->met); us += 5)
		udelay(5);
	atomic_dec(&m->inside);
}

/* A PUT to LT_PORTAL, at bits of its index. */
struct meeter {
	struct lt_thread thread;
	struct lnet_handle_md src;
	u64 bits;
};

static int meet_thread(struct lt_thread *t)
{
	struct meeter *m = t->arg;

	return lt_put(m->src, LNET_NOACK_REQ, m->bits, 0, 0);
}

static bool meet(struct kunit *test, struct meeting *m, struct lnet_handle_md src,
		 u64 bits)
{
	static struct meeter meeters[2];
	int i;

	WRITE_ONCE(m->met, false);
	for (i = 0; i < 2; i++) {
		meeters[i].src = src;
		meeters[i].bits = i * bits;
		lt_thread_start(test, &meeters[i].thread, meet_thread, &meeters[i], i);
	}
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&meeters[i].thread), 0);
	return m->met;
}

/* The first MD with each of the others: in how many pairs did two callbacks meet? */
struct meetings {
	unsigned int pairs, met;
	unsigned int apart, apart_met;	/* of two slots */
};

static void hold_meetings(struct kunit *test, unsigned int eqs, unsigned int pairs,
			  struct meetings *all)
{
	struct meeting *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct lnet_handle_md src = lt_source(test, NULL, 0), mdh[MEET_MDS];
	struct lnet_handle_eq eqh[2];
	bool apart, met;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < eqs; i++)
		eqh[i] = lt_eq_alloc(test, 0, meet_handler);
	for (i = 0; i < MEET_MDS; i++)
		mdh[i] = lt_target(test, i, eqh[i ? eqs - 1 : 0], m);
	*all = (struct meetings){ .pairs = pairs };
	for (i = 1; i <= pairs; i++) {
		apart = lt_md_of(test, mdh[i])->slot != lt_md_of(test, mdh[0])->slot;
		met = meet(test, m, src, i);
		all->met += met;
		all->apart += apart;
		all->apart_met += apart && met;
	}
	/* A callback that never ran has met no other either. */
	KUNIT_EXPECT_EQ(test, atomic_read(&m->calls), 2 * pairs);
}

/* Two of them may share a slot; those that do not are never in each other's way. */
static void slot_mds_of_different_slots_have_callbacks_at_the_same_time(struct kunit *test)
{
	const char *scheme = *(const char *const *)test->param_value;
	struct meetings all;

	lt_need_two_cpus(test);
	lt_param(test, "delivery", scheme);
	lt_skip_delivery(test, "global", "one lock for all callbacks");
	lt_skip_delivery(test, "callback", "one lock for all callbacks");
	lt_skip_delivery(test, "eq", "one lock for an EQ");
	hold_meetings(test, 1, MEET_MDS - 1, &all);
	kunit_info(test, "%u of %u pairs are of two slots, %u met", all.apart, all.pairs,
		   all.met);
	KUNIT_EXPECT_GT(test, all.apart, 0);
	KUNIT_EXPECT_EQ(test, all.apart_met, all.apart);
}

static void slot_mds_of_different_eqs_have_callbacks_as_the_scheme_says(struct kunit *test)
{
	const char *scheme = *(const char *const *)test->param_value;
	bool one = !strcmp(scheme, "global") || !strcmp(scheme, "callback");
	struct meetings all;

	lt_need_two_cpus(test);
	lt_param(test, "delivery", scheme);
	hold_meetings(test, 2, one ? 1 : MEET_MDS - 1, &all);
	/* One lock for all callbacks: then they never meet. */
	KUNIT_EXPECT_EQ(test, all.met, one ? 0 : all.pairs);
}

/* A handler waits for a message to be matched, or in fact dropped. */
struct rival {
	struct lnet_handle_md src;
	bool inside, matched;
	bool seen;			/* while the handler was inside */
};

static void rival_handler(struct lnet_event *event)
{
	struct rival *r = event->md.user_ptr;
	unsigned int us;

	WRITE_ONCE(r->inside, true);
	for (us = 0; us < MEET_US && !READ_ONCE(r->matched); us += 5)
		udelay(5);
	r->seen = READ_ONCE(r->matched);
}

static int rival_thread(struct lt_thread *t)
{
	struct rival *r = t->arg;
	int rc;

	if (!lt_spin_until(READ_ONCE(r->inside)))
		return -EINTR;
	rc = LNetPut(LNET_NID_ANY, r->src, LNET_NOACK_REQ, lt_lo, LT_PORTAL2, 1,
		     0, 0);
	WRITE_ONCE(r->matched, true);
	return rc;
}

static int rival_kick(struct lt_thread *t)
{
	struct rival *r = t->arg;

	return lt_put(r->src, LNET_NOACK_REQ, 1, 0, 0);
}

static void slot_only_global_keeps_matching_from_callbacks(struct kunit *test)
{
	const char *scheme = *(const char *const *)test->param_value;
	struct rival *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	static struct lt_thread t[2];
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_NOT_NULL(test, r);
	lt_need_two_cpus(test);
	lt_param(test, "delivery", scheme);
	r->src = lt_source(test, NULL, 0);
	eqh = lt_eq_alloc(test, 0, rival_handler);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, r), LNET_UNLINK);
	lt_thread_start(test, &t[1], rival_thread, r, 1);
	lt_thread_start(test, &t[0], rival_kick, r, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[1]), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t[0]), 0);
	KUNIT_EXPECT_EQ(test, r->seen, !!strcmp(scheme, "global"));
}

static struct kunit_case lnet_slot_cases[] = {
	KUNIT_CASE(slot_unknown_scheme_is_refused),
	KUNIT_CASE(slot_unknown_count_is_refused),
	KUNIT_CASE(slot_scheme_changes_only_while_there_is_no_eq),
	KUNIT_CASE_PARAM(slot_count_is_shown, scheme_gen_params),
	KUNIT_CASE(slot_that_is_used_is_seen_whichever_it_is),
	KUNIT_CASE(slot_of_each_second_handle_is_any_of_them),
	KUNIT_CASE_PARAM(slot_every_scheme_delivers, scheme_gen_params),
	KUNIT_CASE_PARAM(slot_mds_of_different_slots_have_callbacks_at_the_same_time,
			 scheme_gen_params),
	KUNIT_CASE_PARAM(slot_mds_of_different_eqs_have_callbacks_as_the_scheme_says,
			 scheme_gen_params),
	KUNIT_CASE_PARAM(slot_only_global_keeps_matching_from_callbacks,
			 scheme_gen_params),
	{}
};

LT_SUITE(lnet_slot);

MODULE_DESCRIPTION("KUnit suite of lnet: delivery schemes");
MODULE_LICENSE("GPL");
