// SPDX-License-Identifier: GPL-2.0
/*
 * Match entries: what becomes of them with and without an MD, and where
 * LNetMEAttach() and LNetMEInsert() put them.
 */
#include "common.h"

#include <linux/module.h>

/* An MD that says by @tag that it was the one. */
static struct lnet_md tagged(struct lnet_handle_eq eqh, unsigned long tag,
			     int threshold)
{
	return lt_md(NULL, 0, threshold, LNET_MD_OP_PUT, eqh, (void *)tag);
}

/* The tag of the ME that gets the next PUT; 0: none. */
static unsigned long who_matches(struct kunit *test, struct lnet_handle_eq eqh,
				 u64 match_bits)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_event ev;
	int rc;

	KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, match_bits, 0, 0), 0);
	rc = LNetEQGet(eqh, &ev);
	return rc == 1 ? (unsigned long)ev.md.user_ptr : 0;
}

static void me_without_md_never_matches(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	struct lnet_handle_me bare = lt_me_any(test, 1);
	struct lnet_handle_me meh;

	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);

	meh = lt_me_any(test, 1);
	lt_md_attach(test, meh, tagged(eqh, 2, LNET_MD_THRESH_INF),
		     LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 2);

	lt_md_attach(test, bare, tagged(eqh, 1, LNET_MD_THRESH_INF),
		     LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 1);
}

static void me_unlink_without_md(struct kunit *test)
{
	struct lnet_handle_me meh = lt_me_any(test, 1);

	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), -ENOENT);
}

static void me_unlink_takes_its_idle_md_with_it(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;

	mdh = lt_md_attach(test, meh, lt_md(NULL, 0, 5, LNET_MD_OP_PUT, eqh,
					    rec), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	lt_expect_event(test, rec, 0, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, 0)->md_handle.cookie,
			mdh.cookie);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

static void me_unlink_of_a_busy_md_leaves_the_last_event_to_it(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);
	struct lnet_handle_md mdh;

	mdh = lt_md_attach(test, meh, lt_md(NULL, 0, 5, LNET_MD_OP_PUT, eqh,
					    rec), LNET_RETAIN);
	f->hold_recv = true;
	lt_hdr_put(rx, 1, 0, 0, 0);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);

	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);

	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	lt_expect_event(test, rec, 0, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

static void me_retained_takes_another_md(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;
	struct lnet_event ev;

	mdh = lt_md_attach(test, meh, tagged(eqh, 1, 5), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQGet(eqh, &ev), 1);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 0);

	lt_md_attach(test, meh, tagged(eqh, 2, 5), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 2);
}

static void me_retained_outlives_an_md_that_is_used_up(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;

	mdh = lt_md_attach(test, meh, tagged(eqh, 1, 1), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
	lt_md_attach(test, meh, tagged(eqh, 2, 1), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 2);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
}

static void me_to_be_unlinked_goes_with_its_md(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh[2];
	struct lnet_handle_md mdh;
	struct lnet_event ev;
	int i;

	for (i = 0; i < 2; i++)
		meh[i] = lt_me_attach(test, LT_PORTAL, lt_any, i, 0,
				      LNET_UNLINK, LNET_INS_AFTER);
	mdh = lt_md_attach(test, meh[0], tagged(eqh, 1, 5), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQGet(eqh, &ev), 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh[0]), -ENOENT);

	lt_md_attach(test, meh[1], tagged(eqh, 2, 1), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 2);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh[1]), -ENOENT);
}

static void me_with_an_md_is_busy(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;

	lt_md_attach(test, meh, tagged(eqh, 1, 1), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetMDAttach(meh, tagged(eqh, 2, 1), LNET_RETAIN,
					   &mdh), -EBUSY);
	/* Used up, but retained: still there. */
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 1);
	KUNIT_EXPECT_EQ(test, LNetMDAttach(meh, tagged(eqh, 2, 1), LNET_RETAIN,
					   &mdh), -EBUSY);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 0);
}

static void me_matches_on_its_own_portal_only(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh;

	meh = lt_me_attach(test, LT_PORTAL2, lt_any, 1, 0, LNET_RETAIN,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh, tagged(eqh, 1, 5), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 0);
}

static void me_attaches_to_every_portal(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 64, NULL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_me meh;
	struct lnet_event ev;
	unsigned int i;

	/* MEs of the list: other suites need portals whose table has not been used. */
	for (i = 1; i < LNET_MAX_PORTALS; i++) {
		meh = lt_me_attach(test, i, lt_any, 1, BIT_ULL(40), LNET_RETAIN,
				   LNET_INS_AFTER);
		lt_md_attach(test, meh, tagged(eqh, i, 5), LNET_RETAIN);
	}
	for (i = 1; i < LNET_MAX_PORTALS; i++) {
		KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
					      lt_lo, i, 1, 0, 0), 0);
		KUNIT_ASSERT_EQ(test, LNetEQGet(eqh, &ev), 1);
		KUNIT_EXPECT_EQ(test, (unsigned long)ev.md.user_ptr, i);
		KUNIT_EXPECT_EQ(test, ev.pt_index, i);
	}
}

/* Where it goes ------------------------------------------------------------ */

/*
 * Post MEs that all match the same PUTs, each for one of them; the PUTs then
 * find them in the order of the portal.
 */
struct step {
	enum { ATTACH, INSERT } how;
	enum lnet_ins_pos pos;
	unsigned int at;		/* INSERT: beside the one so numbered */
};

static const struct place_row {
	const char *desc;
	/* input */
	struct step steps[6];
	unsigned int n;
	/* expected: numbers, from 1, in the order of the portal */
	unsigned int order[6];
} place_rows[] = {
	{ "after appends",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { ATTACH, LNET_INS_AFTER } }, 3, { 1, 2, 3 } },
	{ "before prepends",
	  { { ATTACH, LNET_INS_BEFORE }, { ATTACH, LNET_INS_BEFORE },
	    { ATTACH, LNET_INS_BEFORE } }, 3, { 3, 2, 1 } },
	{ "local appends",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_LOCAL },
	    { ATTACH, LNET_INS_LOCAL } }, 3, { 1, 2, 3 } },
	{ "both ends",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_BEFORE },
	    { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_BEFORE } },
	  4, { 4, 2, 1, 3 } },
	{ "insert before the first",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_BEFORE, 1 } }, 3, { 3, 1, 2 } },
	{ "insert after the first",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_AFTER, 1 } }, 3, { 1, 3, 2 } },
	{ "insert after the last",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_AFTER, 2 } }, 3, { 1, 2, 3 } },
	{ "insert beside an inserted one",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_AFTER, 1 }, { INSERT, LNET_INS_BEFORE, 3 },
	    { INSERT, LNET_INS_AFTER, 3 } }, 5, { 1, 4, 3, 5, 2 } },
	{ "several after one: the youngest first",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_AFTER, 1 }, { INSERT, LNET_INS_AFTER, 1 } },
	  4, { 1, 4, 3, 2 } },
	{ "several before one: the youngest last",
	  { { ATTACH, LNET_INS_AFTER }, { ATTACH, LNET_INS_AFTER },
	    { INSERT, LNET_INS_BEFORE, 2 }, { INSERT, LNET_INS_BEFORE, 2 } },
	  4, { 1, 3, 4, 2 } },
};

KUNIT_ARRAY_PARAM_DESC(place, place_rows, desc);

/* Kinds of MEs that want bits 1 from the sender. */
enum kind {
	UNIQUE,				/* found by hash, */
	FROM_ANYBODY,			/* also, but under the portal's lock, */
	OF_THE_LIST,			/* or searched for */
	KINDS,
};

/* Digit i of @kinds, to the base KINDS: what number i + 1 is. */
static enum kind kind_of(unsigned int kinds, unsigned int i)
{
	while (i--)
		kinds /= KINDS;
	return kinds % KINDS;
}

static void post_and_check_order(struct kunit *test, struct lnet_handle_eq eqh,
				 const struct place_row *row, unsigned int kinds)
{
	struct lnet_handle_me meh[ARRAY_SIZE(row->steps)];
	unsigned int i;

	for (i = 0; i < row->n; i++) {
		const struct step *s = &row->steps[i];
		const enum kind kind = kind_of(kinds, i);
		struct lnet_process_id id = kind == UNIQUE ? lt_lo : lt_any;
		u64 ignore = kind == OF_THE_LIST ? BIT_ULL(40) : 0;

		if (s->how == ATTACH)
			meh[i] = lt_me_attach(test, LT_PORTAL, id, 1, ignore,
					      LNET_UNLINK, s->pos);
		else
			KUNIT_ASSERT_EQ(test, LNetMEInsert(meh[s->at - 1], id, 1,
							   ignore, LNET_UNLINK,
							   s->pos, &meh[i]),
					0);
		lt_md_attach(test, meh[i], tagged(eqh, i + 1, 1), LNET_UNLINK);
	}
	for (i = 0; i < row->n; i++)
		KUNIT_EXPECT_EQ_MSG(test, who_matches(test, eqh, 1),
				    row->order[i], "place %u, kinds %u", i, kinds);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 0);
}

/* How many there are of @n. */
static unsigned int mixes(unsigned int n)
{
	unsigned int all = 1;

	while (n--)
		all *= KINDS;
	return all;
}

static void me_place_among_its_kind(struct kunit *test)
{
	const struct place_row *row = test->param_value;
	const unsigned int ones = (mixes(row->n) - 1) / (KINDS - 1);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 8, NULL);
	enum kind kind;

	for (kind = UNIQUE; kind < KINDS; kind++)
		post_and_check_order(test, eqh, row, kind * ones);
}

static void me_place_in_every_mix(struct kunit *test)
{
	const struct place_row *row = test->param_value;
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 8, NULL);
	unsigned int kinds;

	for (kinds = 0; kinds < mixes(row->n); kinds++)
		post_and_check_order(test, eqh, row, kinds);
}

static void me_insert_beside_a_stranger_goes_to_its_portal(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 8, NULL);
	struct lnet_handle_me at, meh;

	/* Other bits, other kind: neither hides it nor makes it match. */
	at = lt_me_any(test, 99);
	KUNIT_ASSERT_EQ(test, LNetMEInsert(at, lt_lo, 1, 0, LNET_UNLINK,
					   LNET_INS_AFTER, &meh), 0);
	lt_md_attach(test, meh, tagged(eqh, 7, 5), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 7);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 99), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
}

static void me_stays_where_it_is_when_its_neighbour_goes(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 8, NULL);
	struct lnet_handle_me first, mid, ins, last;

	first = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 0, LNET_UNLINK,
			     LNET_INS_AFTER);
	mid = lt_me_any(test, 55);
	last = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 0, LNET_UNLINK,
			    LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, LNetMEInsert(mid, lt_any, 1, 0, LNET_UNLINK,
					   LNET_INS_AFTER, &ins), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(mid), 0);
	lt_md_attach(test, last, tagged(eqh, 3, 1), LNET_UNLINK);
	lt_md_attach(test, ins, tagged(eqh, 2, 1), LNET_UNLINK);
	lt_md_attach(test, first, tagged(eqh, 1, 1), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 1);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 2);
	KUNIT_EXPECT_EQ(test, who_matches(test, eqh, 1), 3);
}

static void me_insert_refuses_local_and_stale(struct kunit *test)
{
	struct lnet_handle_me at = lt_me_any(test, 1), meh;

	KUNIT_EXPECT_EQ(test, LNetMEInsert(at, lt_any, 1, 0, LNET_UNLINK,
					   LNET_INS_LOCAL, &meh), -EPERM);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(at), 0);
	KUNIT_EXPECT_EQ(test, LNetMEInsert(at, lt_any, 1, 0, LNET_UNLINK,
					   LNET_INS_AFTER, &meh), -ENOENT);
}

static struct kunit_case lnet_me_cases[] = {
	KUNIT_CASE(me_without_md_never_matches),
	KUNIT_CASE(me_unlink_without_md),
	KUNIT_CASE(me_unlink_takes_its_idle_md_with_it),
	KUNIT_CASE(me_unlink_of_a_busy_md_leaves_the_last_event_to_it),
	KUNIT_CASE(me_retained_takes_another_md),
	KUNIT_CASE(me_retained_outlives_an_md_that_is_used_up),
	KUNIT_CASE(me_to_be_unlinked_goes_with_its_md),
	KUNIT_CASE(me_with_an_md_is_busy),
	KUNIT_CASE(me_matches_on_its_own_portal_only),
	KUNIT_CASE(me_attaches_to_every_portal),
	KUNIT_CASE_PARAM(me_place_among_its_kind, place_gen_params),
	KUNIT_CASE_PARAM(me_place_in_every_mix, place_gen_params),
	KUNIT_CASE(me_insert_beside_a_stranger_goes_to_its_portal),
	KUNIT_CASE(me_stays_where_it_is_when_its_neighbour_goes),
	KUNIT_CASE(me_insert_refuses_local_and_stale),
	{}
};

LT_SUITE(lnet_me);

MODULE_DESCRIPTION("KUnit suite of lnet: match entries");
MODULE_LICENSE("GPL");
