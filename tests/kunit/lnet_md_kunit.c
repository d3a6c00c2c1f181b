// SPDX-License-Identifier: GPL-2.0
/*
 * Memory descriptors: what is a good one, how much it takes and where, when
 * it is used up, and how it ends.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>

static char memory[256];

/* Good and bad ones -------------------------------------------------------- */

static const struct valid_row {
	const char *desc;
	/* input */
	bool no_start;
	unsigned int length;
	int threshold;
	int max_size;
	unsigned int options;	/* OP_PUT is added for LNetMDAttach() */
	/* expected */
	int attach;
	int bind;
} valid_rows[] = {
	{ "plain", false, 100, 1, 0, 0, 0, 0 },
	{ "nothing at nowhere", true, 0, 1, 0, 0, 0, 0 },
	{ "something at nowhere", true, 1, 1, 0, 0, -EINVAL, -EINVAL },
	{ "nothing at somewhere", false, 0, 1, 0, 0, 0, 0 },
	{ "op put", false, 8, 1, 0, LNET_MD_OP_PUT, 0, -EINVAL },
	{ "op get", false, 8, 1, 0, LNET_MD_OP_GET, 0, -EINVAL },
	{ "no end", false, 8, LNET_MD_THRESH_INF, 0, 0, 0, 0 },
	{ "threshold 0", false, 8, 0, 0, 0, 0, 0 },
	{ "threshold below -1", false, 8, -2, 0, 0, -EINVAL, -EINVAL },
	{ "threshold least", false, 8, INT_MIN, 0, 0, -EINVAL, -EINVAL },
	{ "threshold most", false, 8, INT_MAX, 0, 0, 0, 0 },
	{ "max size 0", false, 8, 1, 0, LNET_MD_MAX_SIZE, 0, 0 },
	{ "max size all", false, 8, 1, 8, LNET_MD_MAX_SIZE, 0, 0 },
	{ "max size more", false, 8, 1, 9, LNET_MD_MAX_SIZE, -EINVAL, -EINVAL },
	{ "max size -1", false, 8, 1, -1, LNET_MD_MAX_SIZE, -EINVAL, -EINVAL },
	{ "max size not meant", false, 8, 1, -1, 0, 0, 0 },
	{ "every option", false, 8, 1, 8,
	  LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE | LNET_MD_ACK_DISABLE |
	  LNET_MD_MAX_SIZE | LNET_MD_BULK_HANDLE, 0, 0 },
	{ "unused option", false, 8, 1, 0, 0x8, -EINVAL, -EINVAL },
	{ "track responses", false, 8, 1, 0, LNET_MD_TRACK_RESPONSE, 0, 0 },
	{ "track none", false, 8, 1, 0, LNET_MD_NO_TRACK_RESPONSE, 0, 0 },
	{ "track and do not", false, 8, 1, 0,
	  LNET_MD_TRACK_RESPONSE | LNET_MD_NO_TRACK_RESPONSE, -EINVAL, -EINVAL },
	{ "option that is none", false, 8, 1, 0, 0x2000, -EINVAL, -EINVAL },
	{ "highest option", false, 8, 1, 0, 0x80000000, -EINVAL, -EINVAL },
	{ "both arrays", false, 1, 1, 0, LNET_MD_IOVEC | LNET_MD_KIOV,
	  -EINVAL, -EINVAL },
	{ "one MTU", false, LNET_MTU, 1, 0, 0, 0, 0 },
	{ "more than an MTU", false, LNET_MTU + 1, 1, 0, 0, 0, -EINVAL },
	{ "most", false, UINT_MAX, 1, 0, 0, 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(valid, valid_rows, desc);

/* Both calls say what is expected of them, and nothing is left of it. */
static void expect_valid(struct kunit *test, const struct lnet_md *md,
			 int attach, int bind)
{
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;
	struct lnet_md amd = *md;

	if (!(amd.options & (LNET_MD_OP_PUT | LNET_MD_OP_GET)))
		amd.options |= LNET_MD_OP_PUT;
	KUNIT_EXPECT_EQ(test, LNetMDAttach(meh, amd, LNET_RETAIN, &mdh),
			attach);
	if (!attach)
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDBind(*md, LNET_RETAIN, &mdh), bind);
	if (!bind)
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
}

static void md_is_checked(struct kunit *test)
{
	const struct valid_row *row = test->param_value;
	struct lnet_md md = lt_md(row->no_start ? NULL : memory, row->length,
				  row->threshold, row->options, lt_no_eq(),
				  NULL);

	md.max_size = row->max_size;
	expect_valid(test, &md, row->attach, row->bind);
}

static void md_attach_needs_an_operation(struct kunit *test)
{
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;

	KUNIT_EXPECT_EQ(test, LNetMDAttach(meh, lt_md(memory, 8, 1, 0,
						      lt_no_eq(), NULL),
					   LNET_RETAIN, &mdh), -EINVAL);
}

static void md_kvecs_are_checked(struct kunit *test)
{
	struct kvec *iov = kunit_kcalloc(test, LNET_MAX_IOV + 1, sizeof(*iov),
					 GFP_KERNEL);
	struct lnet_md md = lt_md(iov, 2, 1, LNET_MD_IOVEC, lt_no_eq(), NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, iov);
	for (i = 0; i <= LNET_MAX_IOV; i++) {
		iov[i].iov_base = memory;
		iov[i].iov_len = 1;
	}
	expect_valid(test, &md, 0, 0);
	md.length = LNET_MAX_IOV;
	expect_valid(test, &md, 0, 0);
	md.length = LNET_MAX_IOV + 1;
	expect_valid(test, &md, -EINVAL, -EINVAL);

	md.length = 2;
	iov[1].iov_len = 0;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	iov[1].iov_len = (size_t)-1;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	/* The sum must not wrap round either. */
	iov[0].iov_len = UINT_MAX;
	iov[1].iov_len = 2;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	iov[0].iov_len = LNET_MTU;
	iov[1].iov_len = 1;
	expect_valid(test, &md, 0, -EINVAL);
}

static void md_max_size_is_of_all_fragments(struct kunit *test)
{
	struct kvec iov[2] = { { memory, 10 }, { memory + 10, 20 } };
	struct lnet_md md = lt_md(iov, 2, 1, LNET_MD_IOVEC | LNET_MD_MAX_SIZE,
				  lt_no_eq(), NULL);

	md.max_size = 30;
	expect_valid(test, &md, 0, 0);
	md.max_size = 31;
	expect_valid(test, &md, -EINVAL, -EINVAL);
}

static void md_page_fragments_stay_in_their_page(struct kunit *test)
{
	struct page *page = virt_to_page(lt_page(test));
	struct bio_vec kiov[2] = {
		{ .bv_page = page, .bv_len = PAGE_SIZE },
		{ .bv_page = page, .bv_len = 100, .bv_offset = PAGE_SIZE - 100 },
	};
	struct lnet_md md = lt_md(kiov, 2, 1, LNET_MD_KIOV, lt_no_eq(), NULL);

	expect_valid(test, &md, 0, 0);
	kiov[1].bv_len = 101;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	kiov[1].bv_len = 1;
	kiov[1].bv_offset = PAGE_SIZE;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	kiov[1].bv_offset = UINT_MAX;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	kiov[1].bv_offset = 0;
	kiov[1].bv_len = 0;
	expect_valid(test, &md, -EINVAL, -EINVAL);
	kiov[1].bv_len = UINT_MAX;
	expect_valid(test, &md, -EINVAL, -EINVAL);
}

static void md_needs_its_eq_and_its_me(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_md md = lt_md(memory, 8, 1, 0, eqh, NULL);
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetEQFree(eqh), 0);
	expect_valid(test, &md, -ENOENT, -ENOENT);
	md.eq_handle.cookie = meh.cookie;
	expect_valid(test, &md, -ENOENT, -ENOENT);

	KUNIT_ASSERT_EQ(test, LNetMEUnlink(meh), 0);
	md.eq_handle = lt_no_eq();
	md.options = LNET_MD_OP_PUT;
	KUNIT_EXPECT_EQ(test, LNetMDAttach(meh, md, LNET_RETAIN, &mdh),
			-ENOENT);
}

/* A target and an observer ------------------------------------------------- */

static struct lt_side *target(struct kunit *test, unsigned int length,
			      int threshold, unsigned int options, int max_size,
			      enum lnet_unlink unlink)
{
	struct lt_side *t = lt_side(test, length);

	t->max_size = max_size;
	lt_side_attach(test, t, 1, threshold, options, unlink);
	return t;
}

/* PUT some bytes, from a source of that length. */
static void put(struct kunit *test, unsigned int bytes, unsigned int offset)
{
	struct lnet_handle_md src = lt_source(test, memory, bytes);

	lt_fill(memory, sizeof(memory), 5);
	KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, offset, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
}

/* Where and how much ------------------------------------------------------- */

static const struct room_row {
	const char *desc;
	/* input: the MD, a first PUT to move its offset, and the one tried */
	unsigned int length;
	unsigned int options;
	int max_size;
	unsigned int first;
	unsigned int bytes;
	unsigned int roffset;
	/* expected */
	int mlength;			/* < 0: dropped, for this reason: */
	enum lnet_portal_drop drop;
	unsigned int offset;
} room_rows[] = {
	{ "fits", 100, 0, 0, 0, 60, 0, 60, 0, 0 },
	{ "fills", 100, 0, 0, 0, 100, 0, 100, 0, 0 },
	{ "too long", 100, 0, 0, 0, 101, 0, -1, LNET_DROP_TOO_LONG },
	{ "cut", 100, LNET_MD_TRUNCATE, 0, 0, 101, 0, 100, 0, 0 },
	{ "not cut if it fits", 100, LNET_MD_TRUNCATE, 0, 0, 99, 0, 99, 0, 0 },
	{ "behind the first", 100, 0, 0, 60, 40, 0, 40, 0, 60 },
	{ "too long behind the first", 100, 0, 0, 60, 41, 0, -1,
	  LNET_DROP_TOO_LONG },
	{ "cut behind the first", 100, LNET_MD_TRUNCATE, 0, 60, 41, 0, 40, 0,
	  60 },
	{ "nothing into a full one", 100, 0, 0, 100, 0, 0, 0, 0, 100 },
	{ "something into a full one", 100, 0, 0, 100, 1, 0, -1,
	  LNET_DROP_TOO_LONG },
	{ "cut to nothing", 100, LNET_MD_TRUNCATE, 0, 100, 7, 0, 0, 0, 100 },
	{ "remote offset not heeded", 100, 0, 0, 10, 20, 50, 20, 0, 10 },
	{ "wild remote offset not heeded", 100, 0, 0, 10, 20, UINT_MAX, 20, 0,
	  10 },
	{ "remote offset", 100, LNET_MD_MANAGE_REMOTE, 0, 10, 20, 50, 20, 0,
	  50 },
	{ "remote offset to the end", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 20, 80,
	  20, 0, 80 },
	{ "remote offset, too long", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 21, 80,
	  -1, LNET_DROP_TOO_LONG },
	{ "remote offset, cut", 100, LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE,
	  0, 0, 21, 80, 20, 0, 80 },
	{ "nothing at the end", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 0, 100, 0, 0,
	  100 },
	{ "something at the end", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 1, 100, -1,
	  LNET_DROP_TOO_LONG },
	{ "past the end", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 0, 101, -1,
	  LNET_DROP_BAD_OFFSET },
	{ "past the end is not cut", 100,
	  LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE, 0, 0, 5, 101, -1,
	  LNET_DROP_BAD_OFFSET },
	{ "far past the end", 100, LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE, 0,
	  0, 5, UINT_MAX, -1, LNET_DROP_BAD_OFFSET },
	{ "wraps round", 100, LNET_MD_MANAGE_REMOTE, 0, 0, 200,
	  UINT_MAX - 100, -1, LNET_DROP_BAD_OFFSET },
	{ "max size", 100, LNET_MD_MAX_SIZE, 40, 0, 40, 0, 40, 0, 0 },
	{ "more than max size", 100, LNET_MD_MAX_SIZE, 40, 0, 41, 0, -1,
	  LNET_DROP_TOO_LONG },
	{ "cut to max size", 100, LNET_MD_MAX_SIZE | LNET_MD_TRUNCATE, 40, 0,
	  41, 0, 40, 0, 0 },
	{ "max size behind the first", 100, LNET_MD_MAX_SIZE, 40, 30, 40, 0,
	  40, 0, 30 },
	{ "remote offset, max size", 100,
	  LNET_MD_MAX_SIZE | LNET_MD_MANAGE_REMOTE, 40, 0, 40, 60, 40, 0, 60 },
	{ "remote offset, max size, the end is nearer", 100,
	  LNET_MD_MAX_SIZE | LNET_MD_MANAGE_REMOTE, 40, 0, 40, 61, -1,
	  LNET_DROP_TOO_LONG },
	{ "remote offset, max size, cut at the end", 100,
	  LNET_MD_MAX_SIZE | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE, 40, 0,
	  80, 70, 30, 0, 70 },
	{ "remote offset, max size, past the end", 100,
	  LNET_MD_MAX_SIZE | LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE, 40, 0,
	  1, 101, -1, LNET_DROP_BAD_OFFSET },
};

KUNIT_ARRAY_PARAM_DESC(room, room_rows, desc);

static void md_put_takes_what_there_is_room_for(struct kunit *test)
{
	const struct room_row *row = test->param_value;
	struct lt_side *t = target(test, row->length, LNET_MD_THRESH_INF,
				   row->options | LNET_MD_OP_PUT, row->max_size,
				   LNET_RETAIN);
	const struct lnet_event *ev;
	u64 drops, all;

	if (row->first)
		put(test, row->first, 0);
	lt_rec_clear(t->rec);
	memset(t->buf, 0x5a, row->length + 1);
	drops = lt_drops(LT_PORTAL, row->drop);
	all = lt_drops_all(LT_PORTAL);

	put(test, row->bytes, row->roffset);

	if (row->mlength < 0) {
		KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
		KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, row->drop), drops + 1);
		KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), all + 1);
		KUNIT_EXPECT_TRUE(test, lt_is_byte(t->buf, row->length + 1,
						   0x5a));
		return;
	}
	ev = lt_rec_ev(test, t->rec, 0);
	KUNIT_EXPECT_EQ(test, ev->rlength, row->bytes);
	KUNIT_EXPECT_EQ(test, ev->mlength, row->mlength);
	KUNIT_EXPECT_EQ(test, ev->offset, row->offset);
	KUNIT_EXPECT_TRUE(test, lt_filled(t->buf + row->offset, row->mlength,
					  5, 0));
	KUNIT_EXPECT_TRUE(test, lt_is_byte(t->buf, row->offset, 0x5a));
	KUNIT_EXPECT_TRUE(test, lt_is_byte(t->buf + row->offset + row->mlength,
					   row->length + 1 - row->offset -
					   row->mlength, 0x5a));
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), all);
}

static void md_get_gives_what_there_is(struct kunit *test)
{
	const struct room_row *row = test->param_value;
	struct lt_side *t = target(test, row->length, LNET_MD_THRESH_INF,
				   row->options | LNET_MD_OP_GET |
				   LNET_MD_OP_PUT, row->max_size, LNET_RETAIN);
	struct lnet_handle_md sink;
	u64 drops, all;

	if (row->first)
		put(test, row->first, 0);
	lt_rec_clear(t->rec);
	lt_fill(t->buf, row->length, 9);
	memset(memory, 0x5a, sizeof(memory));
	drops = lt_drops(LT_PORTAL, row->drop);
	all = lt_drops_all(LT_PORTAL);

	sink = lt_source(test, memory, row->bytes);
	KUNIT_ASSERT_EQ(test, lt_get(sink, 1, row->roffset), 0);

	if (row->mlength < 0) {
		KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
		KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, row->drop), drops + 1);
		KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), all + 1);
		KUNIT_EXPECT_TRUE(test, lt_is_byte(memory, sizeof(memory),
						   0x5a));
		return;
	}
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, 0)->mlength,
			row->mlength);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, 0)->offset, row->offset);
	KUNIT_EXPECT_TRUE(test, lt_filled(memory, row->mlength, 9,
					  row->offset));
	KUNIT_EXPECT_TRUE(test, lt_is_byte(memory + row->mlength,
					   sizeof(memory) - row->mlength,
					   0x5a));
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL), all);
}

static void md_too_long_a_message_does_not_look_further(struct kunit *test)
{
	struct lt_side *small = target(test, 10, 5, LNET_MD_OP_PUT, 0,
				       LNET_RETAIN);
	struct lt_side *large = target(test, 100, 5, LNET_MD_OP_PUT, 0,
				       LNET_RETAIN);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG);

	put(test, 50, 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_TOO_LONG),
			drops + 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(small->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(large->rec), 0);

	/* And a dropped one has cost the MD nothing. */
	put(test, 10, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(small->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, small->rec, 0)->md.threshold, 4);
}

static void md_takes_only_its_operations(struct kunit *test)
{
	struct lt_side *g = target(test, 100, 5, LNET_MD_OP_GET, 0, LNET_RETAIN);
	struct lt_side *p = target(test, 100, 5, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	struct lnet_handle_md sink = lt_source(test, memory, 10);

	put(test, 10, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(g->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(g->meh), 0);
	lt_rec_clear(g->rec);
	g = target(test, 100, 5, LNET_MD_OP_GET, 0, LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, lt_get(sink, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(g->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), 1);
}

/* Used up ------------------------------------------------------------------ */

static void md_counts_down_and_then_takes_nothing(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 3, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	int i;

	for (i = 0; i < 5; i++)
		put(test, 1, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 3);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 2);
	for (i = 0; i < 3; i++) {
		lt_expect_event(test, t->rec, i, LNET_EVENT_PUT, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, i)->md.threshold,
				2 - i);
	}
	/* Retained: it is still there, and idle. */
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
	lt_expect_event(test, t->rec, 3, LNET_EVENT_UNLINK, 0, 1);
}

static void md_with_threshold_zero_never_takes_anything(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 0, LNET_MD_OP_PUT, 0, LNET_UNLINK);

	put(test, 1, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_UNLINK, 0, 1);
}

static void md_without_end_does_not_count_down(struct kunit *test)
{
	struct lt_side *t = target(test, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
				   0, LNET_UNLINK);
	int i;

	for (i = 0; i < 100; i++)
		put(test, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 100);
	lt_expect_event(test, t->rec, 99, LNET_EVENT_PUT, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, 99)->md.threshold,
			LNET_MD_THRESH_INF);
}

static void md_used_up_lets_the_next_one_match(struct kunit *test)
{
	struct lt_side *a = target(test, 100, 1, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	struct lt_side *b = target(test, 100, 1, LNET_MD_OP_PUT, 0, LNET_RETAIN);

	put(test, 1, 0);
	put(test, 1, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(a->rec), 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(b->rec), 1);
}

static void md_auto_unlink_is_said_by_the_last_event_only(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 3, LNET_MD_OP_PUT, 0, LNET_UNLINK);
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), -EBUSY);
		put(test, 1, 0);
		lt_expect_event(test, t->rec, i, LNET_EVENT_PUT, 0, i == 2);
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 3);
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), 0);
}

static const struct fill_row {
	const char *desc;
	/* input: an MD of 100 bytes, and PUTs until it is used up */
	int max_size;
	unsigned int bytes;
	/* expected */
	unsigned int puts;
} fill_rows[] = {
	{ "40 left is enough for 40", 40, 20, 4 },
	{ "40 left is not enough for 41", 41, 20, 3 },
	{ "fills to the last byte", 10, 10, 10 },
	{ "one more would not fit", 11, 10, 9 },
	{ "all at once", 100, 1, 1 },
	{ "nothing does not fill", 100, 0, 0 },
	{ "one byte after the other", 1, 1, 100 },
};

KUNIT_ARRAY_PARAM_DESC(fill, fill_rows, desc);

static void md_is_full_when_less_than_max_size_is_left(struct kunit *test)
{
	const struct fill_row *row = test->param_value;
	struct lt_side *t = target(test, 100, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT | LNET_MD_MAX_SIZE,
				   row->max_size, LNET_UNLINK);
	unsigned int i, puts = row->puts ?: 20;

	for (i = 0; i < puts; i++) {
		put(test, row->bytes, 0);
		lt_expect_event(test, t->rec, i, LNET_EVENT_PUT, 0,
				row->puts && i == puts - 1);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, i)->offset,
				i * row->bytes);
	}
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), row->puts ? -ENOENT : 0);
}

static void md_full_and_retained_takes_nothing(struct kunit *test)
{
	struct lt_side *t = target(test, 100, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT | LNET_MD_MAX_SIZE, 60,
				   LNET_RETAIN);

	put(test, 41, 0);
	put(test, 1, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, 0, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
}

static const struct cancel_row {
	const char *desc;
	/* input: an MD of 100 bytes for messages up to 40, and what it gets first */
	unsigned int bytes[3];
	enum lnet_unlink unlink;
	/* expected: it takes these, and then what? */
	bool full;
} cancel_rows[] = {
	{ "unused", { }, LNET_UNLINK, false },
	{ "unused and retained", { }, LNET_RETAIN, false },
	{ "part used", { 30 }, LNET_UNLINK, false },
	{ "part used and retained", { 30 }, LNET_RETAIN, false },
	{ "one more would fit exactly", { 40, 20 }, LNET_UNLINK, false },
	{ "one more would fit exactly, retained", { 40, 20 }, LNET_RETAIN, false },
	{ "a byte too few are left, retained", { 40, 21 }, LNET_RETAIN, true },
	{ "exactly full and retained", { 40, 20, 40 }, LNET_RETAIN, true },
};

KUNIT_ARRAY_PARAM_DESC(cancel, cancel_rows, desc);

/* No message gets the rest of a buffer once its MD is cancelled, by itself or by its ME. */
static void cancel(struct kunit *test, const struct cancel_row *row, bool by_me)
{
	struct lt_side *t = target(test, 100, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT | LNET_MD_MAX_SIZE, 40, row->unlink);
	struct lt_side *next = target(test, 100, LNET_MD_THRESH_INF,
				      LNET_MD_OP_PUT | LNET_MD_MAX_SIZE, 40, LNET_RETAIN);
	unsigned int puts, sum = 0;

	for (puts = 0; puts < ARRAY_SIZE(row->bytes) && row->bytes[puts]; puts++) {
		put(test, row->bytes[puts], 0);
		lt_expect_event(test, t->rec, puts, LNET_EVENT_PUT, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, t->rec, puts)->offset, sum);
		sum += row->bytes[puts];
	}
	if (row->full) {
		put(test, 1, 0);
		KUNIT_EXPECT_EQ(test, lt_rec_count(next->rec), 1);
	}
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), -EBUSY);

	KUNIT_EXPECT_EQ(test, by_me ? LNetMEUnlink(t->meh) : LNetMDUnlink(t->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), puts + 1);
	lt_expect_event(test, t->rec, puts, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_TRUE(test, lt_is_byte(t->buf + sum, 101 - sum, 0));

	put(test, 2, 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), puts + 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(next->rec), 1 + row->full);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), 0);
}

static void md_of_max_size_is_cancelled(struct kunit *test)
{
	cancel(test, test->param_value, false);
}

static void md_of_max_size_is_cancelled_by_its_me(struct kunit *test)
{
	cancel(test, test->param_value, true);
}

/* Busy --------------------------------------------------------------------- */

/* Messages that have matched, but not arrived completely. */
static void arrive(struct kunit *test, struct lt_ni *f, unsigned int n)
{
	struct lt_rx *rx;

	f->hold_recv = true;
	while (n--) {
		rx = lt_rx(test);
		lt_hdr_put(rx, 1, 1, 0, 0);
		KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	}
}

static void md_used_up_is_unlinked_when_the_last_message_matches(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 2, LNET_MD_OP_PUT, 0, LNET_UNLINK);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_md next;

	arrive(test, f, 2);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), -EBUSY);
	/* The ME is free for another one. */
	KUNIT_EXPECT_EQ(test, LNetMDAttach(t->meh,
					   lt_md(NULL, 0, 1, LNET_MD_OP_PUT,
						 lt_no_eq(), NULL),
					   LNET_UNLINK, &next), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(next), 0);

	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 1, 0));
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, 0, 0);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	lt_expect_event(test, t->rec, 1, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 2);
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), 0);
}

static void md_me_to_be_unlinked_is_gone_when_the_last_message_matches(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_me meh;

	meh = lt_me_attach(test, LT_PORTAL, lt_any, 1, 0, LNET_UNLINK,
			   LNET_INS_AFTER);
	lt_md_attach(test, meh, lt_md(memory, 8, 1, LNET_MD_OP_PUT, eqh, rec),
		     LNET_UNLINK);
	arrive(test, f, 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), -ENOENT);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	lt_expect_event(test, rec, 0, LNET_EVENT_PUT, 0, 1);
}

static void md_unlinked_while_busy_says_so_with_its_last_event(struct kunit *test)
{
	struct lt_side *t = target(test, 100, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT, 0, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	int i;

	arrive(test, f, 3);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 0);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), -EBUSY);
		KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
		lt_expect_event(test, t->rec, i, LNET_EVENT_PUT, 0, i == 2);
	}
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 3);
	KUNIT_EXPECT_EQ(test, LNetEQFree(t->eqh), 0);
}

static void md_unlinked_while_busy_takes_nothing_new(struct kunit *test)
{
	struct lt_side *t = target(test, 100, LNET_MD_THRESH_INF,
				   LNET_MD_OP_PUT, 0, LNET_RETAIN);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	struct lt_ni *f = lt_ni(test);

	arrive(test, f, 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
	put(test, 1, 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH),
			drops + 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_PUT, 0, 1);
}

static void md_event_tells_of_the_md_at_the_match(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 3, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	struct lt_ni *f = lt_ni(test);
	const struct lnet_event *ev;
	int i;

	arrive(test, f, 3);
	for (i = 2; i >= 0; i--)
		KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, i, 0));
	for (i = 0; i < 3; i++) {
		ev = lt_rec_ev(test, t->rec, i);
		KUNIT_EXPECT_EQ(test, ev->md.threshold, i);
		KUNIT_EXPECT_EQ(test, ev->offset, 2 - i);
		KUNIT_EXPECT_PTR_EQ(test, ev->md.start, (void *)t->buf);
		KUNIT_EXPECT_EQ(test, ev->md.length, 100);
		KUNIT_EXPECT_EQ(test, ev->md.options, LNET_MD_OP_PUT);
		KUNIT_EXPECT_EQ(test, ev->md.eq_handle.cookie, t->eqh.cookie);
		KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, t->mdh.cookie);
	}
}

/* Unlinked ----------------------------------------------------------------- */

static void md_unlinked_idle_has_its_event_at_once(struct kunit *test)
{
	struct lt_side *t = target(test, 100, 7, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	const struct lnet_event *ev;
	struct lnet_event rest;

	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(t->rec), 1);
	lt_expect_event(test, t->rec, 0, LNET_EVENT_UNLINK, 0, 1);
	ev = lt_rec_ev(test, t->rec, 0);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, t->mdh.cookie);
	KUNIT_EXPECT_PTR_EQ(test, ev->md.start, (void *)t->buf);
	KUNIT_EXPECT_EQ(test, ev->md.threshold, 7);

	/* There is nothing else in it. */
	rest = *ev;
	rest.type = 0;
	rest.unlinked = 0;
	rest.md_handle.cookie = 0;
	memset(&rest.md, 0, sizeof(rest.md));
	KUNIT_EXPECT_TRUE(test, lt_is_byte(&rest, sizeof(rest), 0));

	KUNIT_EXPECT_EQ(test, LNetMDUnlink(t->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_rec_count(t->rec), 1);
}

static void md_bound_unlinked_idle_has_its_event_at_once(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md mdh;

	mdh = lt_md_bind(test, lt_md(memory, 8, 2, 0, eqh, rec), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	lt_expect_event(test, rec, 0, LNET_EVENT_UNLINK, 0, 1);
}

static void md_without_eq_goes_silently(struct kunit *test)
{
	struct lnet_handle_me meh = lt_me_any(test, 1);
	struct lnet_handle_md mdh;

	mdh = lt_md_attach(test, meh, lt_md(memory, 8, 1, LNET_MD_OP_PUT,
					    lt_no_eq(), NULL), LNET_UNLINK);
	put(test, 8, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), -ENOENT);
	mdh = lt_md_attach(test, meh, lt_md(memory, 8, 1, LNET_MD_OP_PUT,
					    lt_no_eq(), NULL), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
}

static void md_without_a_recipient_still_takes_payload(struct kunit *test)
{
	struct lnet_handle_me meh = lt_me_any(test, 1);
	char *buf = kunit_kzalloc(test, 8, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	lt_md_attach(test, meh, lt_md(buf, 8, 1, LNET_MD_OP_PUT, lt_no_eq(),
				      NULL), LNET_UNLINK);
	put(test, 8, 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(buf, 8, 5, 0));
}

static void md_bound_is_auto_unlinked_after_its_operations(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md src;
	int i;

	target(test, 100, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	src = lt_md_bind(test, lt_md(memory, 1, 3, 0, eqh, rec), LNET_UNLINK);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
		lt_expect_event(test, rec, i, LNET_EVENT_SEND, 0, i == 2);
	}
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), -ENOENT);
}

static void md_bound_and_retained_stays_when_used_up(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md src;

	target(test, 100, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, 0, LNET_RETAIN);
	src = lt_md_bind(test, lt_md(memory, 1, 1, 0, eqh, rec), LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_get(src, 1, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
	lt_expect_event(test, rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

static void md_fragment_array_may_go_after_the_call(struct kunit *test)
{
	struct kvec iov[2] = { { memory, 4 }, { memory + 100, 4 } };
	struct lnet_handle_me meh = lt_me_any(test, 1);
	char *src = kunit_kzalloc(test, 8, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, src);
	lt_md_attach(test, meh, lt_md(iov, 2, 1, LNET_MD_OP_PUT | LNET_MD_IOVEC,
				      lt_no_eq(), NULL), LNET_UNLINK);
	memset(iov, 0xff, sizeof(iov));
	memset(memory, 0, sizeof(memory));
	lt_fill(src, 8, 3);
	KUNIT_EXPECT_EQ(test, lt_put(lt_source(test, src, 8), LNET_NOACK_REQ, 1,
				     0, 0), 0);
	KUNIT_EXPECT_TRUE(test, lt_filled(memory, 4, 3, 0));
	KUNIT_EXPECT_TRUE(test, lt_filled(memory + 100, 4, 3, 4));
}

static struct kunit_case lnet_md_cases[] = {
	KUNIT_CASE_PARAM(md_is_checked, valid_gen_params),
	KUNIT_CASE(md_attach_needs_an_operation),
	KUNIT_CASE(md_kvecs_are_checked),
	KUNIT_CASE(md_max_size_is_of_all_fragments),
	KUNIT_CASE(md_page_fragments_stay_in_their_page),
	KUNIT_CASE(md_needs_its_eq_and_its_me),
	KUNIT_CASE_PARAM(md_put_takes_what_there_is_room_for, room_gen_params),
	KUNIT_CASE_PARAM(md_get_gives_what_there_is, room_gen_params),
	KUNIT_CASE(md_too_long_a_message_does_not_look_further),
	KUNIT_CASE(md_takes_only_its_operations),
	KUNIT_CASE(md_counts_down_and_then_takes_nothing),
	KUNIT_CASE(md_with_threshold_zero_never_takes_anything),
	KUNIT_CASE(md_without_end_does_not_count_down),
	KUNIT_CASE(md_used_up_lets_the_next_one_match),
	KUNIT_CASE(md_auto_unlink_is_said_by_the_last_event_only),
	KUNIT_CASE_PARAM(md_is_full_when_less_than_max_size_is_left,
			 fill_gen_params),
	KUNIT_CASE(md_full_and_retained_takes_nothing),
	KUNIT_CASE_PARAM(md_of_max_size_is_cancelled, cancel_gen_params),
	KUNIT_CASE_PARAM(md_of_max_size_is_cancelled_by_its_me, cancel_gen_params),
	KUNIT_CASE(md_used_up_is_unlinked_when_the_last_message_matches),
	KUNIT_CASE(md_me_to_be_unlinked_is_gone_when_the_last_message_matches),
	KUNIT_CASE(md_unlinked_while_busy_says_so_with_its_last_event),
	KUNIT_CASE(md_unlinked_while_busy_takes_nothing_new),
	KUNIT_CASE(md_event_tells_of_the_md_at_the_match),
	KUNIT_CASE(md_unlinked_idle_has_its_event_at_once),
	KUNIT_CASE(md_bound_unlinked_idle_has_its_event_at_once),
	KUNIT_CASE(md_without_eq_goes_silently),
	KUNIT_CASE(md_without_a_recipient_still_takes_payload),
	KUNIT_CASE(md_bound_is_auto_unlinked_after_its_operations),
	KUNIT_CASE(md_bound_and_retained_stays_when_used_up),
	KUNIT_CASE(md_fragment_array_may_go_after_the_call),
	{}
};

LT_SUITE(lnet_md);

MODULE_DESCRIPTION("KUnit suite of lnet: memory descriptors");
MODULE_LICENSE("GPL");
