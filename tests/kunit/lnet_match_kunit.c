// SPDX-License-Identifier: GPL-2.0
/*
 * Matching: which ME matches which message, in which order, how the portal describes itself,
 * and the cost among many. Random mixes are in lnet_oracle.
 */
#include "common.h"
#include "event/portal.h"
#include "hooks/watch.h"

#include <linux/limits.h>
#include <linux/module.h>

#define PEER2	LT_NID(9)

enum {
	MANY = 20000 / LT_SLOW,
	BUCKETS_MIN = 256,	/* me_table.c */
	CROWD = 30000 / LT_SLOW,
};

/* A PUT without payload, from any process. */
static int arrive(struct lt_ni *f, struct lt_rx *rx, lnet_nid_t nid,
		  lnet_pid_t pid, u64 bits)
{
	lt_hdr_put(rx, bits, 0, 0, 0);
	lt_hdr_from(rx, nid, pid);
	return lt_parse(f, rx);
}

static unsigned long who_matches(struct kunit *test, struct lt_ni *f,
				 struct lnet_handle_eq eqh, lnet_nid_t nid,
				 lnet_pid_t pid, u64 bits)
{
	struct lt_rx *rx = lt_rx(test);
	struct lnet_event ev;

	KUNIT_ASSERT_EQ(test, arrive(f, rx, nid, pid, bits), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	return LNetEQGet(eqh, &ev) == 1 ? (unsigned long)ev.md.user_ptr : 0;
}

/* One ME, one message ------------------------------------------------------ */

static const struct match_row {
	const char *desc;
	/* input: the ME, and a message from LT_NID_PEER, PID 12345 */
	lnet_nid_t nid;
	lnet_pid_t pid;
	u64 bits;
	u64 ignore;
	u64 msg_bits;
	/* expected */
	bool matches;
} match_rows[] = {
	{ "unique, all right", LT_NID_PEER, 12345, 7, 0, 7, true },
	{ "unique, other NID", PEER2, 12345, 7, 0, 7, false },
	{ "unique, other PID", LT_NID_PEER, 12346, 7, 0, 7, false },
	{ "unique, other bits", LT_NID_PEER, 12345, 6, 0, 7, false },
	{ "unique, highest bit differs", LT_NID_PEER, 12345, 7, 0,
	  7 | BIT_ULL(63), false },
	{ "any NID", LNET_NID_ANY, 12345, 7, 0, 7, true },
	{ "any NID, other PID", LNET_NID_ANY, 12346, 7, 0, 7, false },
	{ "any PID", LT_NID_PEER, LNET_PID_ANY, 7, 0, 7, true },
	{ "any PID, other NID", PEER2, LNET_PID_ANY, 7, 0, 7, false },
	{ "any source", LNET_NID_ANY, LNET_PID_ANY, 7, 0, 7, true },
	{ "any source, other bits", LNET_NID_ANY, LNET_PID_ANY, 7, 0, 8, false },
	{ "ignored bits differ", LT_NID_PEER, 12345, 0x70, 0x0f, 0x75, true },
	{ "other bits differ", LT_NID_PEER, 12345, 0x70, 0x0f, 0x65, false },
	{ "both differ", LT_NID_PEER, 12345, 0x70, 0x0f, 0x6f, false },
	{ "ignored bits set in the ME", LT_NID_PEER, 12345, 0x7f, 0x0f, 0x70,
	  true },
	{ "all ignored", LNET_NID_ANY, LNET_PID_ANY, 0, U64_MAX, U64_MAX,
	  true },
	{ "all ignored, other NID", PEER2, LNET_PID_ANY, 0, U64_MAX, 0,
	  false },
	{ "one bit ignored, full peer", LT_NID_PEER, 12345, 0, BIT_ULL(63),
	  BIT_ULL(63), true },
	{ "bits zero", LT_NID_PEER, 12345, 0, 0, 0, true },
	{ "bits all ones", LT_NID_PEER, 12345, U64_MAX, 0, U64_MAX, true },
};

KUNIT_ARRAY_PARAM_DESC(match, match_rows, desc);

static void match_follows_peer_and_bits(struct kunit *test)
{
	const struct match_row *row = test->param_value;
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh;
	struct lt_ni *f = lt_ni(test);

	meh = lt_me_attach(test, LT_PORTAL, lt_id(row->nid, row->pid),
			   row->bits, row->ignore, LNET_RETAIN,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh, lt_md(NULL, 0, 5, LNET_MD_OP_PUT, eqh,
				      (void *)1), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345,
					  row->msg_bits), row->matches);
}

/* Several ------------------------------------------------------------------ */

struct post {
	lnet_nid_t nid;
	u64 bits;
	u64 ignore;
	enum lnet_ins_pos pos;
};

/* Uniques (u) and wildcards (w) that may want the same message. */
static const struct mix_row {
	const char *desc;
	/* input: what is posted; then PUTs of bits 5 from LT_NID_PEER */
	struct post post[6];
	unsigned int n;
	/* expected: the ME that gets each, from 1 */
	unsigned int order[6];
} mix_rows[] = {
	{ "u w: u is first",
	  { { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_AFTER } }, 2, { 1, 2 } },
	{ "w u: w is first",
	  { { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 5, 0, LNET_INS_AFTER } }, 2, { 1, 2 } },
	{ "w u: u before",
	  { { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 5, 0, LNET_INS_BEFORE } }, 2, { 2, 1 } },
	{ "u w: w before",
	  { { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_BEFORE } }, 2, { 2, 1 } },
	{ "u w u w",
	  { { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_AFTER } }, 4, { 1, 2, 3, 4 } },
	{ "ignoring and not ignoring keep their order",
	  { { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 0, U64_MAX, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 4, 1, LNET_INS_AFTER } }, 4, { 1, 2, 3, 4 } },
	{ "all before",
	  { { LNET_NID_ANY, 5, 0, LNET_INS_BEFORE },
	    { LT_NID_PEER, 5, 0, LNET_INS_BEFORE },
	    { LNET_NID_ANY, 5, 0, LNET_INS_BEFORE },
	    { LT_NID_PEER, 5, 0, LNET_INS_BEFORE },
	    { LT_NID_PEER, 5, 0, LNET_INS_BEFORE } }, 5, { 5, 4, 3, 2, 1 } },
	{ "both ends",
	  { { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_BEFORE },
	    { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 5, 0, LNET_INS_BEFORE },
	    { LNET_NID_ANY, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 5, 0, LNET_INS_BEFORE } }, 6,
	  { 6, 4, 2, 1, 3, 5 } },
	{ "those for others are passed over",
	  { { PEER2, 5, 0, LNET_INS_AFTER },
	    { LNET_NID_ANY, 4, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 4, 0, LNET_INS_AFTER },
	    { LT_NID_PEER, 5, 0, LNET_INS_AFTER },
	    { PEER2, 0, U64_MAX, LNET_INS_AFTER },
	    { LNET_NID_ANY, 1, 4, LNET_INS_AFTER } }, 6, { 4, 6 } },
};

KUNIT_ARRAY_PARAM_DESC(mix, mix_rows, desc);

static void match_takes_the_first_in_portal_order(struct kunit *test)
{
	const struct mix_row *row = test->param_value;
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 8, NULL);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_me meh;
	unsigned int i;

	for (i = 0; i < row->n; i++) {
		const struct post *p = &row->post[i];

		meh = lt_me_attach(test, LT_PORTAL, lt_id(p->nid, 12345),
				   p->bits, p->ignore, LNET_UNLINK, p->pos);
		lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh,
					      (void *)(i + 1UL)), LNET_UNLINK);
	}
	for (i = 0; i < row->n; i++)
		KUNIT_EXPECT_EQ_MSG(test, who_matches(test, f, eqh, LT_NID_PEER,
						      12345, 5),
				    row->order[i], "message %u", i);
}

/* Many --------------------------------------------------------------------- */

/* MEs and MDs of a loop, and their end. */
struct crowd {
	struct lnet_handle_me *meh;
	unsigned int n;
	struct lnet_handle_eq eqh;
};

static void undo_crowd(void *arg)
{
	struct crowd *c = arg;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		LNetMEUnlink(c->meh[i]);
	c->n = 0;
}

static struct crowd *crowd(struct kunit *test, unsigned int max,
			   struct lnet_handle_eq eqh)
{
	struct crowd *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->meh = lt_vmalloc(test, max * sizeof(*c->meh));
	c->eqh = eqh;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_crowd, c), 0);
	return c;
}

static void crowd_post_me(struct kunit *test, struct crowd *c, struct lnet_process_id id,
			  u64 bits, u64 ignore, unsigned long tag)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, id, bits, ignore, LNET_RETAIN,
					   LNET_INS_AFTER, &c->meh[c->n]), 0);
	c->n++;
	KUNIT_ASSERT_EQ(test, LNetMDAttach(c->meh[c->n - 1],
					   lt_md(NULL, 0, LNET_MD_THRESH_INF,
						 LNET_MD_OP_PUT, c->eqh,
						 (void *)tag), LNET_RETAIN,
					   &mdh), 0);
}

static void crowd_post(struct kunit *test, struct crowd *c, lnet_nid_t nid,
		       u64 bits, unsigned long tag)
{
	crowd_post_me(test, c, lt_id(nid, 12345), bits, 0, tag);
}

/* One of the list: of two bits, the highest. */
static void crowd_post_wild(struct kunit *test, struct crowd *c, u64 bits,
			    unsigned long tag)
{
	crowd_post_me(test, c, lt_id(LNET_NID_ANY, 12345), bits, BIT_ULL(63), tag);
}

static void match_of_one_key_is_first_come_first_served(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lt_ni *f = lt_ni(test);
	struct crowd *c = crowd(test, 100, eqh);
	unsigned long i;

	for (i = 1; i <= 100; i++)
		crowd_post(test, c, LT_NID_PEER, 5, i);
	for (i = 1; i <= 100; i++) {
		KUNIT_ASSERT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER,
						  12345, 5), i);
		KUNIT_ASSERT_EQ(test, LNetMEUnlink(c->meh[i - 1]), 0);
		while (LNetEQGet(eqh, &(struct lnet_event){}) == 1)
			;
	}
	KUNIT_EXPECT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345, 5),
			0);
}

static void match_finds_each_of_many(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct crowd *c = crowd(test, MANY, eqh);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);
	struct lnet_event ev;
	unsigned long i;

	for (i = 0; i < MANY; i++) {
		crowd_post(test, c, LT_NID(100 + i % 7), i / 7, i);
		/* Something from far back while the table grows. */
		KUNIT_ASSERT_EQ(test, arrive(f, rx, LT_NID(100 + i / 2 % 7),
					     12345, i / 2 / 7), 0);
		KUNIT_ASSERT_EQ(test, LNetEQGet(eqh, &ev), 1);
		KUNIT_ASSERT_EQ(test, (unsigned long)ev.md.user_ptr, i / 2);
	}
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_EQ(test, arrive(f, rx, LT_NID(100 + i % 7), 12345,
					     i / 7), 0);
		KUNIT_ASSERT_EQ(test, LNetEQGet(eqh, &ev), 1);
		KUNIT_ASSERT_EQ(test, (unsigned long)ev.md.user_ptr, i);
	}
}

static u64 buckets(struct kunit *test)
{
	return lt_sysfs_u64(test, "portals/10/hash_buckets");
}

/* Posts MANY, and looks that the table has followed, not that it will. */
static void grow(struct kunit *test, struct crowd *c)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		crowd_post(test, c, LT_NID_PEER, i, i);
	KUNIT_EXPECT_GE(test, buckets(test), MANY * 3 / 4);
	KUNIT_EXPECT_LE(test, buckets(test), MANY + BUCKETS_MIN);
	KUNIT_EXPECT_GE(test, lt_sysfs_u64(test, "portals/10/hash_longest"), 1);
	KUNIT_EXPECT_LE(test, lt_sysfs_u64(test, "portals/10/hash_longest"),
			16);
}

static void match_table_grows_and_shrinks(struct kunit *test)
{
	struct crowd *c = crowd(test, MANY, lt_no_eq());

	grow(test, c);
	undo_crowd(c);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(buckets(test) == BUCKETS_MIN));
}

static void match_table_grows_also_after_many_of_one_key(struct kunit *test)
{
	struct crowd *c = crowd(test, MANY, lt_no_eq());
	unsigned int i;

	for (i = 0; i < MANY / 20; i++)
		crowd_post(test, c, LT_NID_PEER, 5, i);
	undo_crowd(c);
	grow(test, c);
}

/* How many MEs a PUT of @bits is compared with. */
static unsigned int put_compares(struct kunit *test, struct lt_ni *f,
				 struct lt_rx *rx, u64 bits)
{
	u64 matched = lt_matched(LT_PORTAL);
	struct lnet_watched seen;
	int rc;

	lnet_watch_begin();
	rc = arrive(f, rx, LT_NID_PEER, 12345, bits);
	lnet_watch_end(&seen);
	KUNIT_ASSERT_EQ(test, rc, 0);
	KUNIT_ASSERT_EQ(test, lt_matched(LT_PORTAL), matched + 1);
	return seen.compared;
}

enum { ALONE = 1, ASKED = 500 };

/* Messages for some of a crowd: compared in all, and at most for one. */
static unsigned int ask_crowd(struct kunit *test, struct lt_ni *f,
			      struct lt_rx *rx, unsigned int *most)
{
	unsigned int i, n, sum = 0;

	*most = 0;
	for (i = 0; i < ASKED; i++) {
		n = put_compares(test, f, rx, i * (CROWD / ASKED));
		KUNIT_ASSERT_GE(test, n, ALONE);
		*most = max(*most, n);
		sum += n;
	}
	kunit_info(test, "among %u: %u compared in the mean of 100, at most %u",
		   CROWD, sum * 100 / ASKED, *most);
	return sum;
}

/*
 * The table has no fewer buckets than there are MEs in it, so in one bucket with
 * an ME there is one other in the mean. No bucket has more than the longest.
 */
static void match_of_a_unique_costs_the_same_among_many(struct kunit *test)
{
	struct crowd *c = crowd(test, CROWD + 1, lt_no_eq());
	unsigned int i, most, sum;
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	crowd_post(test, c, LT_NID_PEER, U64_MAX, 1);
	KUNIT_EXPECT_EQ(test, put_compares(test, f, rx, U64_MAX), ALONE);
	for (i = 0; i < CROWD; i++)
		crowd_post(test, c, LT_NID_PEER, i, i);
	sum = ask_crowd(test, f, rx, &most);
	KUNIT_EXPECT_LE(test, most,
			lt_sysfs_u64(test, "portals/10/hash_longest"));
	KUNIT_EXPECT_LE(test, sum, 3 * ASKED);
}

enum { CHUNK_MES = 62, WILD = 20 * CHUNK_MES };	/* me_list.c */

/*
 * The list is searched by chunks, and given up where one begins behind the
 * unique ME: so of wildcards that are all behind it a chunk is looked at.
 */
static void match_of_a_unique_walks_no_wildcard_behind_it(struct kunit *test)
{
	struct crowd *c = crowd(test, 2 * WILD + 2, lt_no_eq());
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);
	unsigned int i, n;

	crowd_post(test, c, LT_NID_PEER, U64_MAX, 1);
	KUNIT_EXPECT_EQ(test, put_compares(test, f, rx, U64_MAX), ALONE);
	for (i = 0; i < WILD; i++)
		crowd_post_wild(test, c, i, i);
	n = put_compares(test, f, rx, U64_MAX);
	kunit_info(test, "%u compared before %u wildcards", n, WILD);
	KUNIT_EXPECT_LE(test, n, ALONE + CHUNK_MES);

	/* Of one in the middle those before it are, all of them. */
	crowd_post(test, c, LT_NID_PEER, U64_MAX - 1, 1);
	for (i = 0; i < WILD; i++)
		crowd_post_wild(test, c, i, i);
	n = put_compares(test, f, rx, U64_MAX - 1);
	kunit_info(test, "%u compared between twice as many", n);
	KUNIT_EXPECT_GE(test, n, ALONE + WILD);
	KUNIT_EXPECT_LE(test, n, ALONE + WILD + CHUNK_MES);
	/* And a message that no ME wants is compared with all of them. */
	n = put_compares(test, f, rx, WILD - 1);
	KUNIT_EXPECT_GE(test, n, WILD);
}

/* Chunks of the list that are nearly empty are put together: no ME is lost by it. */
static void match_finds_those_that_are_left_in_the_list(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct crowd *c = crowd(test, WILD, eqh);
	struct lt_ni *f = lt_ni(test);
	unsigned long i;

	for (i = 0; i < WILD; i++)
		crowd_post_wild(test, c, i, i + 1);
	for (i = 0; i < WILD; i++) {
		if (i % 8)
			KUNIT_ASSERT_EQ(test, LNetMEUnlink(c->meh[i]), 0);
		while (LNetEQGet(eqh, &(struct lnet_event){}))
			;
	}
	for (i = 0; i < WILD; i += 8)
		KUNIT_ASSERT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345, i), i + 1);
}

/*
 * All bits, and one of the ways to leave the sender open: there are many MEs of each way, and
 * one message of each is looked for in three places, also beside a unique ME of its bits.
 */
static void match_of_exact_bits_costs_the_same_among_many(struct kunit *test)
{
	const struct lnet_process_id sources[] = {
		lt_id(LNET_NID_ANY, 12345), lt_id(LT_NID_PEER, LNET_PID_ANY), lt_any,
		lt_id(LT_NID_PEER, 12345),
	};
	struct crowd *c = crowd(test, CROWD, lt_no_eq());
	unsigned int i, most, sum;
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni(test);

	for (i = 0; i < CROWD; i++)
		crowd_post_me(test, c, sources[i % ARRAY_SIZE(sources)], i, 0, i);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/list_length"), 0);
	sum = ask_crowd(test, f, rx, &most);
	KUNIT_EXPECT_LE(test, most,
			4 * lt_sysfs_u64(test, "portals/10/hash_longest"));
	KUNIT_EXPECT_LE(test, sum, 4 * 3 * ASKED);
}

/* An ME that is placed beside one of them is in the list, and so is that one. */
static void match_of_exact_bits_goes_to_the_list_beside_another(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct crowd *c = crowd(test, 3, eqh);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_me meh;

	crowd_post_me(test, c, lt_any, 5, 0, 1);
	crowd_post_me(test, c, lt_id(LT_NID_PEER, 12345), 5, 0, 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/list_length"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/posted_any"), 1);
	KUNIT_ASSERT_EQ(test, LNetMEInsert(c->meh[0], lt_any, 5, 0, LNET_RETAIN,
					   LNET_INS_AFTER, &meh), 0);
	lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, eqh, (void *)2),
		     LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/list_length"), 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/posted_any"), 2);
	KUNIT_EXPECT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345, 5), 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(c->meh[0]), 0);
	while (LNetEQGet(eqh, &(struct lnet_event){}))
		;
	KUNIT_EXPECT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345, 5), 2);
	KUNIT_EXPECT_EQ(test, who_matches(test, f, eqh, LT_NID_PEER, 12345, 5), 3);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/list_length"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/posted_any"), 0);
}

/* The class of a portal ---------------------------------------------------- */

static void expect_class(struct kunit *test, const char *want)
{
	char class[16] = "";

	KUNIT_ASSERT_GT(test, lt_sysfs_read("portals/10/class", class,
					    sizeof(class)), 0);
	KUNIT_EXPECT_STREQ(test, class, want);
}

static void match_class_follows_what_is_posted(struct kunit *test)
{
	struct lnet_handle_me u, w, i;

	expect_class(test, "none");
	u = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 0, LNET_RETAIN,
			 LNET_INS_AFTER);
	expect_class(test, "unique");
	w = lt_me_any(test, 1);
	expect_class(test, "mixed");
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(u), 0);
	expect_class(test, "any");
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(w), 0);
	expect_class(test, "none");

	i = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 1, LNET_RETAIN,
			 LNET_INS_AFTER);
	expect_class(test, "any");
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(i), 0);
}

static void match_class_counts_an_inserted_unique_as_one(struct kunit *test)
{
	struct lnet_handle_me u, v;

	u = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 0, LNET_RETAIN,
			 LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, LNetMEInsert(u, lt_lo, 1, 0, LNET_RETAIN,
					   LNET_INS_BEFORE, &v), 0);
	expect_class(test, "unique");
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(u), 0);
	expect_class(test, "unique");
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(v), 0);
	expect_class(test, "none");
}

static unsigned int open_of(struct lnet_process_id id)
{
	const struct lnet_me me = { .nid = id.nid, .pid = id.pid };

	return lnet_me_open(&me);
}

/* Or every message looks for it in the table, for good. */
static void match_forgets_exact_bits_that_are_gone(struct kunit *test)
{
	static const struct lnet_process_id ids[] = {
		{ LNET_NID_ANY, LNET_PID_LUSTRE }, { LNET_NID_LO_0, LNET_PID_ANY },
		{ LNET_NID_ANY, LNET_PID_ANY },
	};
	const struct lnet_portal *pt = lnet_portal(LT_PORTAL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_me meh;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		/* Its MD is used up, and stays or not; or it is unlinked itself. */
		for (k = 0; k < 3; k++) {
			meh = lt_me_attach(test, LT_PORTAL, ids[i], 7, 0, LNET_RETAIN,
					   LNET_INS_AFTER);
			lt_md_attach(test, meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(), NULL),
				     k ? LNET_UNLINK : LNET_RETAIN);
			KUNIT_EXPECT_EQ(test, pt->hashed[open_of(ids[i])], 1);
			if (k < 2)
				KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 7, 0, 0), 0);
			else
				KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
			KUNIT_EXPECT_EQ(test, pt->hashed[open_of(ids[i])], 0);
			if (k < 2)
				KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
		}
	}
}

static struct kunit_case lnet_match_cases[] = {
	KUNIT_CASE_PARAM(match_follows_peer_and_bits, match_gen_params),
	KUNIT_CASE_PARAM(match_takes_the_first_in_portal_order,
			 mix_gen_params),
	KUNIT_CASE(match_of_one_key_is_first_come_first_served),
	KUNIT_CASE(match_finds_each_of_many),
	KUNIT_CASE_SLOW(match_table_grows_and_shrinks),
	KUNIT_CASE_SLOW(match_table_grows_also_after_many_of_one_key),
	KUNIT_CASE_SLOW(match_of_a_unique_costs_the_same_among_many),
	KUNIT_CASE_SLOW(match_of_a_unique_walks_no_wildcard_behind_it),
	KUNIT_CASE(match_finds_those_that_are_left_in_the_list),
	KUNIT_CASE(match_forgets_exact_bits_that_are_gone),
	KUNIT_CASE_SLOW(match_of_exact_bits_costs_the_same_among_many),
	KUNIT_CASE(match_of_exact_bits_goes_to_the_list_beside_another),
	KUNIT_CASE(match_class_follows_what_is_posted),
	KUNIT_CASE(match_class_counts_an_inserted_unique_as_one),
	{}
};

LT_SUITE(lnet_match);

MODULE_DESCRIPTION("KUnit suite of lnet: matching");
MODULE_LICENSE("GPL");
