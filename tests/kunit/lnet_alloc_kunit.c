// SPDX-License-Identifier: GPL-2.0
/*
 * No memory: every call is made again and again, with its first allocation
 * failing, then its second, until it gets through. Each time it must say so,
 * leave nothing behind, and go on working.
 */
#include "common.h"

#include <linux/mm.h>
#include <linux/module.h>

enum { TRIES = 64, POLLED = 6 };

/* The objects with which the call under test is made. */
struct scene {
	struct kunit *test;
	struct lnet_handle_eq eqh[POLLED];
	struct lnet_handle_me meh;
	struct lnet_handle_md src;
	struct lt_rec *rec;		/* behind eqh[0] */
	struct lt_ni *f;
	unsigned int portal;
	struct lnet_process_id id;
	struct lnet_md md;
};

static struct scene *scene(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	s->rec = lt_rec(test);
	s->eqh[0] = lt_eq_alloc(test, 0, lt_record);
	for (i = 1; i < POLLED; i++)
		s->eqh[i] = lt_eq_alloc(test, 4, NULL);
	s->meh = lt_me_any(test, 1);
	return s;
}

/*
 * @call until nothing fails any more. It undoes what it has done when it
 * returns 0, so the handles that live are the same each time. Returns how many
 * allocations were made to fail.
 */
static unsigned int fail_each(struct scene *s, int (*call)(struct scene *s))
{
	struct kunit *test = s->test;
	u64 before[4], after[4];
	unsigned int n;
	bool fired;
	int rc;

	for (n = 1; n < TRIES; n++) {
		lnet_object_counts(before);
		lnet_alloc_fail_nth(n);
		rc = call(s);
		fired = lnet_alloc_failed();
		lnet_alloc_fail_nth(0);
		lnet_object_counts(after);
		KUNIT_EXPECT_MEMEQ_MSG(test, before, after, sizeof(before),
				       "after allocation %u", n);
		if (!fired)
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
	}
	KUNIT_EXPECT_LT(test, n, TRIES);
	KUNIT_EXPECT_EQ(test, rc, 0);
	kunit_info(test, "%u allocations", n - 1);
	return n - 1;
}

/* Objects ------------------------------------------------------------------ */

static int eq_alloc_free(struct scene *s)
{
	struct lnet_handle_eq eqh;
	int rc = LNetEQAlloc(64, lt_record, &eqh);

	return rc ?: LNetEQFree(eqh);
}

static void alloc_fails_in_eq_alloc(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, fail_each(scene(test), eq_alloc_free), 3);
}

static int me_attach_unlink(struct scene *s)
{
	struct lnet_handle_me meh;
	int rc = LNetMEAttach(s->portal, s->id, 1, 0, LNET_RETAIN,
			      LNET_INS_AFTER, &meh);

	return rc ?: LNetMEUnlink(meh);
}

static void alloc_fails_in_me_attach_of_a_wildcard(struct kunit *test)
{
	struct scene *s = scene(test);

	s->portal = 41;
	s->id = lt_any;
	KUNIT_EXPECT_GE(test, fail_each(s, me_attach_unlink), 1);
}

static void alloc_fails_in_the_first_unique_me_attach_of_a_portal(struct kunit *test)
{
	struct scene *s = scene(test);

	s->portal = 42;
	s->id = lt_lo;
	KUNIT_EXPECT_GE(test, fail_each(s, me_attach_unlink), 2);
}

static int me_insert_unlink(struct scene *s)
{
	struct lnet_handle_me meh;
	int rc = LNetMEInsert(s->meh, s->id, 1, 0, LNET_RETAIN, LNET_INS_BEFORE,
			      &meh);

	return rc ?: LNetMEUnlink(meh);
}

static void alloc_fails_in_me_insert(struct kunit *test)
{
	struct scene *s = scene(test);

	s->id = lt_any;
	KUNIT_EXPECT_GE(test, fail_each(s, me_insert_unlink), 1);
}

static void alloc_fails_in_me_insert_beside_a_unique(struct kunit *test)
{
	struct scene *s = scene(test);
	struct lnet_handle_eq eqh = s->eqh[1];
	struct lnet_event ev;

	s->id = lt_lo;
	s->meh = lt_me_attach(test, LT_PORTAL2, lt_lo, 1, 0, LNET_RETAIN,
			      LNET_INS_AFTER);
	lt_md_attach(test, s->meh, lt_md(NULL, 0, 5, LNET_MD_OP_PUT, eqh, NULL),
		     LNET_RETAIN);
	KUNIT_EXPECT_GE(test, fail_each(s, me_insert_unlink), 1);
	/* The one beside it still matches. */
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, NULL, 0),
				      LNET_NOACK_REQ, lt_lo, LT_PORTAL2, 1, 0,
				      0), 0);
	KUNIT_EXPECT_EQ(test, LNetEQGet(eqh, &ev), 1);
}

static int md_attach_unlink(struct scene *s)
{
	struct lnet_md md = s->md;
	struct lnet_handle_md mdh;
	int rc;

	md.options |= LNET_MD_OP_PUT;
	rc = LNetMDAttach(s->meh, md, LNET_RETAIN, &mdh);
	return rc ?: LNetMDUnlink(mdh);
}

static int md_bind_unlink(struct scene *s)
{
	struct lnet_handle_md mdh;
	int rc = LNetMDBind(s->md, LNET_RETAIN, &mdh);

	return rc ?: LNetMDUnlink(mdh);
}

static void alloc_fails_in_md_attach_and_bind(struct kunit *test)
{
	struct scene *s = scene(test);

	s->md = lt_md(NULL, 0, 1, 0, s->eqh[0], s->rec);
	KUNIT_EXPECT_GE(test, fail_each(s, md_attach_unlink), 1);
	KUNIT_EXPECT_GE(test, fail_each(s, md_bind_unlink), 1);
}

static void alloc_fails_in_md_with_fragments(struct kunit *test)
{
	void *page = lt_page(test);
	struct kvec iov[2] = { { page, 10 }, { page + 20, 10 } };
	struct bio_vec kiov[2] = {
		{ .bv_page = virt_to_page(page), .bv_len = 10 },
		{ .bv_page = virt_to_page(page), .bv_len = 10 },
	};
	struct scene *s = scene(test);

	s->md = lt_md(iov, 2, 1, LNET_MD_IOVEC, s->eqh[0], s->rec);
	KUNIT_EXPECT_GE(test, fail_each(s, md_attach_unlink), 2);
	KUNIT_EXPECT_GE(test, fail_each(s, md_bind_unlink), 2);
	s->md = lt_md(kiov, 2, 1, LNET_MD_KIOV, s->eqh[0], s->rec);
	KUNIT_EXPECT_GE(test, fail_each(s, md_attach_unlink), 2);
	KUNIT_EXPECT_GE(test, fail_each(s, md_bind_unlink), 2);
}

/*
 * The second allocation of LNetMDBind() is that of more handles, and there is
 * none as long as there are some.
 */
static void alloc_fails_when_handles_run_out(struct kunit *test)
{
	enum { BINDS = 200000 / LT_SLOW };
	struct lnet_md md = lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL);
	struct lnet_handle_md *mdh = lt_vmalloc(test, (BINDS + 1) *
							sizeof(*mdh));
	bool fired = false;
	unsigned int n;
	int rc = 0;

	for (n = 0; n < BINDS && !fired; n++) {
		lnet_alloc_fail_nth(2);
		rc = LNetMDBind(md, LNET_RETAIN, &mdh[n]);
		fired = lnet_alloc_failed();
		if (rc)
			break;
	}
	lnet_alloc_fail_nth(0);
	kunit_info(test, "%u handles", n);
	KUNIT_EXPECT_TRUE(test, fired);
	KUNIT_EXPECT_EQ(test, rc, -ENOMEM);
	/* Once there is memory again there are handles again. */
	KUNIT_EXPECT_EQ(test, LNetMDBind(md, LNET_RETAIN, &mdh[n]), 0);
	for (n++; n;)
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[--n]), 0);
}

/* Polling ------------------------------------------------------------------ */

static int poll_many(struct scene *s)
{
	struct lnet_event ev;
	int which;

	return LNetEQPoll(&s->eqh[1], POLLED - 1, 1, &ev, &which);
}

static void alloc_fails_in_eq_poll(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, fail_each(scene(test), poll_many), 1);
}

/* NIs ---------------------------------------------------------------------- */

static int ni_up_down(struct scene *s)
{
	int rc = lt_ni_start(s->f, LT_NID_SELF);

	if (!rc)
		lt_ni_stop(s->f);
	return rc;
}

static void alloc_fails_in_ni_startup(struct kunit *test)
{
	struct scene *s = scene(test);

	s->f = lt_ni_new(test);
	KUNIT_EXPECT_GE(test, fail_each(s, ni_up_down), 2);
}

static int lnd_up_down(struct scene *s)
{
	static struct lnet_lnd lnd;
	int rc;

	lnd = lt_lnd;
	lnd.type = GNILND;
	rc = lnet_lnd_register(&lnd);
	if (!rc)
		lnet_lnd_unregister(&lnd);
	return rc;
}

static void alloc_fails_in_lnd_register(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fail_each(scene(test), lnd_up_down), 1);
}

/* Messages ----------------------------------------------------------------- */

/* The outcome of one PUT or GET over loopback with an allocation that fails. */
struct outcome {
	int rc;
	bool fired;
	unsigned int sends;
	unsigned int arrived;		/* PUT or GET events */
	unsigned int answers;		/* ACK or REPLY events */
	u64 lost;			/* drops, of portals and the loopback */
};

static u64 lost_so_far(struct kunit *test)
{
	return lt_drops_everywhere() +
	       lt_sysfs_u64(test, "nis/0@lo/dropped");
}

static struct outcome exchange(struct kunit *test, bool get, unsigned int n)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	char *mem = lt_vmalloc(test, 3 * PAGE_SIZE);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_me meh = lt_me_any(test, 5);
	struct outcome o = {};
	struct lnet_handle_md src;
	unsigned int i;

	lt_md_attach(test, meh, lt_md(mem, PAGE_SIZE, 1,
				      LNET_MD_OP_PUT | LNET_MD_OP_GET, eqh,
				      rec), LNET_UNLINK);
	src = lt_md_bind(test, lt_md(mem + PAGE_SIZE, PAGE_SIZE, 2, 0, eqh,
				     rec), LNET_UNLINK);
	o.lost = lost_so_far(test);
	lnet_alloc_fail_nth(n);
	o.rc = get ? lt_get(src, 5, 0) : lt_put(src, LNET_ACK_REQ, 5, 0, 0);
	o.fired = lnet_alloc_failed();
	lnet_alloc_fail_nth(0);
	o.lost = lost_so_far(test) - o.lost;

	for (i = 0; i < lt_rec_count(rec); i++) {
		switch (lt_rec_ev(test, rec, i)->type) {
		case LNET_EVENT_SEND:
			KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, i)->status,
					0);
			o.sends++;
			break;
		case LNET_EVENT_PUT:
		case LNET_EVENT_GET:
			o.arrived++;
			break;
		default:
			o.answers++;
		}
	}
	LNetMEUnlink(meh);
	LNetMDUnlink(src);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	return o;
}

/* Refused at once, or sent and perhaps lost on the way; lost is counted. */
static void fail_each_exchange(struct kunit *test, bool get)
{
	struct outcome o;
	unsigned int n;

	for (n = 1; n < TRIES; n++) {
		o = exchange(test, get, n);
		if (!o.fired)
			break;
		if (o.rc) {
			KUNIT_EXPECT_EQ(test, o.rc, -ENOMEM);
			KUNIT_EXPECT_EQ(test, o.sends + o.arrived + o.answers,
					0);
			continue;
		}
		KUNIT_EXPECT_EQ(test, o.sends, 1);
		KUNIT_EXPECT_EQ_MSG(test, o.answers + o.lost, 1,
				    "allocation %u", n);
		KUNIT_EXPECT_GE(test, o.arrived, o.answers);
	}
	KUNIT_EXPECT_GE(test, n, 2);
	KUNIT_EXPECT_EQ(test, o.rc, 0);
	KUNIT_EXPECT_EQ(test, o.sends, 1);
	KUNIT_EXPECT_EQ(test, o.arrived, 1);
	KUNIT_EXPECT_EQ(test, o.answers, 1);
	KUNIT_EXPECT_EQ(test, o.lost, 0);
}

static void alloc_fails_in_a_put_with_ack(struct kunit *test)
{
	fail_each_exchange(test, false);
}

static void alloc_fails_in_a_get(struct kunit *test)
{
	fail_each_exchange(test, true);
}

static void alloc_fails_in_a_put_that_has_to_wait(struct kunit *test)
{
	char *mem = lt_vmalloc(test, 3 * PAGE_SIZE);
	struct lnet_handle_md src = lt_source(test, mem + 1, 2 * PAGE_SIZE);
	unsigned int n;
	u64 delayed, drops;
	bool fired;
	int rc;

	lt_lazy(test, LT_PORTAL);
	for (n = 1; n < TRIES; n++) {
		delayed = lt_delayed(LT_PORTAL);
		drops = lost_so_far(test);
		lnet_alloc_fail_nth(n);
		rc = lt_put(src, LNET_NOACK_REQ, 77, 0, 0);
		fired = lnet_alloc_failed();
		lnet_alloc_fail_nth(0);
		if (!fired)
			break;
		KUNIT_EXPECT_TRUE(test, rc == 0 || rc == -ENOMEM);
		KUNIT_EXPECT_EQ(test, lost_so_far(test), drops + !rc);
		KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed);
	}
	KUNIT_EXPECT_GE(test, n, 4);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_EQ(test, lt_delayed(LT_PORTAL), delayed + 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
}

static void alloc_fails_in_a_message_that_arrives(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, 1, 10, 0, 0);
	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, rx->rlen, 10);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_NO_MEMORY), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_drops_all(f), 1);
}

static struct kunit_case lnet_alloc_cases[] = {
	KUNIT_CASE(alloc_fails_in_eq_alloc),
	KUNIT_CASE(alloc_fails_in_me_attach_of_a_wildcard),
	KUNIT_CASE(alloc_fails_in_the_first_unique_me_attach_of_a_portal),
	KUNIT_CASE(alloc_fails_in_me_insert),
	KUNIT_CASE(alloc_fails_in_me_insert_beside_a_unique),
	KUNIT_CASE(alloc_fails_in_md_attach_and_bind),
	KUNIT_CASE(alloc_fails_in_md_with_fragments),
	KUNIT_CASE_SLOW(alloc_fails_when_handles_run_out),
	KUNIT_CASE(alloc_fails_in_eq_poll),
	KUNIT_CASE(alloc_fails_in_ni_startup),
	KUNIT_CASE(alloc_fails_in_lnd_register),
	KUNIT_CASE(alloc_fails_in_a_put_with_ack),
	KUNIT_CASE(alloc_fails_in_a_get),
	KUNIT_CASE(alloc_fails_in_a_put_that_has_to_wait),
	KUNIT_CASE(alloc_fails_in_a_message_that_arrives),
	{}
};

LT_SUITE(lnet_alloc);

MODULE_DESCRIPTION("KUnit suite of lnet: no memory");
MODULE_LICENSE("GPL");
