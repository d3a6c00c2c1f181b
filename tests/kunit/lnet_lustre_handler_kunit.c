// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of the handler interface that make MDs and send them: what each returns, and what it
 * leaves. lnet_lustre_unlink is about the end of an MD, lnet_lustre_rules about events.
 */
#include "common.h"
#include "common_handler.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>

enum { BYTES = 100, BITS = 0x77, TRIES = 64 };

static u64 live(unsigned int kind)
{
	u64 counts[LNET_OBJECT_TYPES];

	lnet_object_counts(counts);
	return counts[kind];
}

/* An ME for every process, and no MD yet. */
static struct lnet_me *any_me(struct kunit *test)
{
	struct lnet_processid any = lt_processid(LNET_NID_ANY, LNET_PID_ANY);
	struct lnet_me *me;

	me = LNetMEAttach(LT_PORTAL, &any, 0, ~0ULL, LNET_UNLINK, LNET_INS_AFTER);
	KUNIT_ASSERT_FALSE(test, IS_ERR(me));
	return me;
}

/* A PUT of a peer to LT_PORTAL; its payload is zeroes. */
static struct lt_rx *arrive(struct kunit *test, struct lt_ni *f, unsigned int bytes, u64 hdr_data)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, BITS, bytes, 0, hdr_data);
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	return rx;
}

/* MEs, and MDs that are attached ---------------------------------------------- */

static const struct bad_md {
	const char *desc;
	/* input */
	unsigned int options;
	unsigned int length;
	int threshold;
	enum lnet_unlink unlink;
} bad_mds[] = {
	{ "for no message", 0, BYTES, 1, LNET_UNLINK },
	{ "of a GPU", LNET_MD_OP_PUT | LNET_MD_GPU_ADDR, BYTES, 1, LNET_UNLINK },
	{ "257 fragments", LNET_MD_OP_PUT | LNET_MD_KIOV, 257, 1, LNET_UNLINK },
	{ "threshold of -2", LNET_MD_OP_PUT, BYTES, -2, LNET_UNLINK },
	{ "no such unlink mode", LNET_MD_OP_PUT, BYTES, 1, 7 },
};

KUNIT_ARRAY_PARAM_DESC(bad_md, bad_mds, desc);

static void handler_failed_attach_leaves_no_me(struct kunit *test)
{
	const struct bad_md *row = test->param_value;
	struct lt_hmd *h = lt_hmd(test, BYTES);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH);
	struct lt_ni *f = lt_ni(test);
	u64 mes = live(LNET_HANDLE_ME), mds = live(LNET_HANDLE_MD);
	struct lnet_me *me = any_me(test);

	KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_ME), mes + 1);
	h->umd.umd_options = row->options;
	h->umd.umd_length = row->length;
	h->umd.umd_threshold = row->threshold;
	KUNIT_EXPECT_EQ(test, LNetMDAttach(me, &h->umd, row->unlink, &h->mdh), -EINVAL);
	KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_ME), mes);
	KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_MD), mds);
	arrive(test, f, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_NO_MATCH), drops + 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
}

/* Without the memory for one thing or another. Returns how often there was none. */
static unsigned int fail_each(struct kunit *test, int (*call)(struct lt_hmd *h), struct lt_hmd *h)
{
	u64 mes = live(LNET_HANDLE_ME), mds = live(LNET_HANDLE_MD);
	unsigned int n;
	bool fired;
	int rc = -ENOMEM;

	for (n = 1; n < TRIES; n++) {
		lnet_alloc_fail_nth(n);
		rc = call(h);
		fired = lnet_alloc_failed();
		lnet_alloc_fail_nth(0);
		if (!fired)
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
		KUNIT_EXPECT_EQ_MSG(test, live(LNET_HANDLE_ME), mes, "allocation %u", n);
		KUNIT_EXPECT_EQ_MSG(test, live(LNET_HANDLE_MD), mds, "allocation %u", n);
	}
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_ME), mes);
	KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_MD), mds);
	return n - 1;
}

/* The first unique ME of its portal needs the most. */
static int attach_unique(struct lt_hmd *h)
{
	struct lnet_processid id = lt_processid(LT_NID_PEER, LNET_PID_LUSTRE);

	return lt_hmd_try_attach(h, LNetMEAttach(44, &id, BITS, 0, LNET_UNLINK, LNET_INS_AFTER),
				 LNET_UNLINK);
}

static int bind(struct lt_hmd *h)
{
	return LNetMDBind(&h->umd, LNET_UNLINK, &h->mdh);
}

static void handler_attach_without_memory_leaves_nothing(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, 0);

	lt_hmd_pages(test, h, 3);
	h->umd.umd_options |= LNET_MD_OP_PUT;
	KUNIT_EXPECT_GE(test, fail_each(test, attach_unique, h), 3);
}

static void handler_bind_without_memory_leaves_nothing(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, 0);

	lt_hmd_pages(test, h, 3);
	KUNIT_EXPECT_GE(test, fail_each(test, bind, h), 1);
}

static void handler_me_goes_with_its_md(struct kunit *test)
{
	struct lnet_processid id = lt_processid(LT_NID_PEER, LNET_PID_LUSTRE);
	static const enum lnet_unlink modes[] = { LNET_RETAIN, LNET_UNLINK };
	struct lt_hmd *h;
	u64 mes = live(LNET_HANDLE_ME);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		h = lt_hmd(test, BYTES);
		h->umd.umd_options = LNET_MD_OP_PUT;
		KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, LNetMEAttach(LT_PORTAL, &id, BITS, 0,
									modes[i], LNET_INS_AFTER),
							LNET_RETAIN), 0);
		KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_ME), mes + 1);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
		KUNIT_EXPECT_EQ(test, live(LNET_HANDLE_ME), mes);
	}
}

static void handler_match_id_is_copied(struct kunit *test)
{
	struct lnet_processid id = lt_processid(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lt_hmd *h = lt_hmd(test, BYTES);
	struct lt_ni *f = lt_ni(test);
	struct lnet_me *me;

	me = LNetMEAttach(LT_PORTAL, &id, BITS, 0, LNET_UNLINK, LNET_INS_AFTER);
	memset(&id, 0x5a, sizeof(id));
	h->umd.umd_options = LNET_MD_OP_PUT;
	h->umd.umd_threshold = 1;
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, me, LNET_UNLINK), 0);
	arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), -ENOENT);
}

static const struct place {
	const char *desc;
	/* input */
	enum lnet_ins_pos pos;
	/* expected */
	bool first;
} places[] = {
	{ "before", LNET_INS_BEFORE, true },
	{ "after", LNET_INS_AFTER, false },
	{ "local", LNET_INS_LOCAL, false },
};

KUNIT_ARRAY_PARAM_DESC(place, places, desc);

static void handler_me_has_its_place(struct kunit *test)
{
	struct lnet_processid any = lt_processid(LNET_NID_ANY, LNET_PID_ANY);
	struct lt_hmd *old = lt_hmd(test, BYTES), *new = lt_hmd(test, BYTES);
	const struct place *row = test->param_value;
	struct lt_ni *f = lt_ni(test);

	old->umd.umd_options = LNET_MD_OP_PUT;
	new->umd.umd_options = LNET_MD_OP_PUT;
	lt_hmd_attach_any(test, old, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(new, LNetMEAttach(LT_PORTAL, &any, 0, ~0ULL,
								  LNET_UNLINK, row->pos),
						LNET_UNLINK), 0);
	arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(new), row->first);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(old), !row->first);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(new->mdh), 0);
}

/* Its NID has an address of 16 bytes. */
static struct lnet_processid six_id(void)
{
	struct lnet_processid id = lt_processid(LT_NID_PEER, LNET_PID_LUSTRE);

	id.nid.nid_size = 12;
	return id;
}

static void handler_bad_me_is_refused(struct kunit *test)
{
	struct lnet_processid id = lt_processid(LNET_NID_ANY, LNET_PID_ANY);

	KUNIT_EXPECT_EQ(test, PTR_ERR(LNetMEAttach(64, &id, 0, 0, LNET_UNLINK, LNET_INS_AFTER)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(LNetMEAttach(1, &id, 0, 0, LNET_UNLINK, 3)), -EINVAL);
	/* A NID with a long address, and no memory for its number. */
	id = six_id();
	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(LNetMEAttach(1, &id, 0, 0, LNET_UNLINK, LNET_INS_AFTER)),
			-ENOMEM);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
}

/* Lazy portals ------------------------------------------------------------------- */

static void handler_attach_delivers_the_puts_that_wait(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, 3 * BYTES);
	struct lt_ni *f = lt_ni(test);
	u64 i;

	lt_lazy(test, LT_PORTAL);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test, arrive(test, f, BYTES, i)->done);
	h->umd.umd_options = LNET_MD_OP_PUT;
	/* The handler also checks that the handle is filled by then. */
	lt_hmd_attach_any(test, h, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 3);
	for (i = 0; i < 3; i++) {
		lt_hmd_expect(test, h, i, LNET_EVENT_PUT, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->hdr_data, i);
		KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, h, i)->offset, i * BYTES);
	}
	KUNIT_EXPECT_NULL(test, h->wrong);
}

static void handler_clear_lazy_drops_the_puts_that_wait(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;

	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
	rx = arrive(test, f, BYTES, 0);
	KUNIT_EXPECT_FALSE(test, rx->done);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_TRUE(test, arrive(test, f, BYTES, 0)->dropped);
}

static void handler_lazy_portals_are_0_to_63(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(63), 0);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(63), 0);
	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(64), -EINVAL);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(64), -EINVAL);
	KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(-1), -EINVAL);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(-1), -EINVAL);
}

/* Memory of MDs -------------------------------------------------------------------- */

static void transfer(struct kunit *test, struct lt_hmd *from, struct lt_hmd *to)
{
	lt_fill(from->buf, from->bytes, 9);
	to->umd.umd_options |= LNET_MD_OP_PUT;
	to->umd.umd_threshold = 1;
	lt_hmd_attach(test, to, lt_lo, BITS, LNET_UNLINK);
	from->umd.umd_threshold = 1;
	lt_hmd_bind(test, from, LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, lt_hmd_put(from, LNET_NOACK_REQ, lt_lo, LT_PORTAL2, BITS, 0), 0);
	lt_hmd_expect(test, from, 0, LNET_EVENT_SEND, 0, 1);
	lt_hmd_expect(test, to, 0, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_hmd_ev(test, to, 0)->mlength, from->bytes);
	KUNIT_EXPECT_TRUE(test, lt_filled(to->buf, from->bytes, 9, 0));
}

static void handler_md_may_have_no_fragment(struct kunit *test)
{
	struct lt_hmd *from = lt_hmd(test, 0), *to = lt_hmd(test, 0);

	from->umd.umd_start = NULL;
	from->umd.umd_options = LNET_MD_KIOV;
	to->umd.umd_start = NULL;
	to->umd.umd_options = LNET_MD_KIOV;
	transfer(test, from, to);
}

static void handler_md_may_have_256_fragments(struct kunit *test)
{
	struct lt_hmd *from = lt_hmd(test, 0), *to = lt_hmd(test, 0);

	lt_hmd_pages(test, from, 256);
	lt_hmd_pages(test, to, 256);
	transfer(test, from, to);
}

static void handler_md_may_be_in_vmalloc_memory(struct kunit *test)
{
	struct lt_hmd *from = lt_hmd(test, 5 * PAGE_SIZE), *to = lt_hmd(test, 5 * PAGE_SIZE);

	from->buf = lt_vmalloc(test, from->bytes);
	from->umd.umd_start = from->buf;
	to->buf = lt_vmalloc(test, to->bytes);
	to->umd.umd_start = to->buf;
	transfer(test, from, to);
}

static void handler_md_may_have_hints(struct kunit *test)
{
	struct lt_hmd *from = lt_hmd(test, BYTES), *to = lt_hmd(test, BYTES);

	from->umd.umd_options = LNET_MD_GNILND | LNET_MD_BULK_HANDLE;
	from->umd.umd_bulk_handle.cookie = 1234;
	to->umd.umd_options = LNET_MD_DISCARD | LNET_MD_ACK_DISABLE;
	transfer(test, from, to);
}

static bool unused_ran;

/* A handler that no other case has. */
static void unused_handler(struct lnet_handler_event *event)
{
	WRITE_ONCE(unused_ran, true);
}

static void handler_may_be_none(struct kunit *test)
{
	struct lt_hmd *from = lt_hmd(test, BYTES), *to = lt_hmd(test, BYTES);
	u64 matched = lt_matched(LT_PORTAL2);

	from->umd.umd_handler = NULL;
	lt_hmd_bind(test, from, LNET_RETAIN);
	to->umd.umd_handler = NULL;
	to->umd.umd_options = LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE;
	lt_hmd_attach(test, to, lt_lo, BITS, LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, lt_hmd_put(from, LNET_ACK_REQ, lt_lo, LT_PORTAL2, BITS, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_matched(LT_PORTAL2), matched + 1);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(from->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(from->mdh), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(to->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(from), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(to), 0);
}

/* Calls that fail -------------------------------------------------------------------- */

/* The error; then the caller unlinks the MD, which is idle. */
static void expect_no_event(struct kunit *test, struct lt_hmd *h, int rc, int expected)
{
	KUNIT_EXPECT_EQ(test, rc, expected);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_ASSERT_EQ(test, lt_hmd_count(h), 1);
	lt_hmd_expect(test, h, 0, LNET_EVENT_UNLINK, 0, 1);
}

static void handler_call_that_fails_brings_no_event(struct kunit *test)
{
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE), six = six_id();
	struct lt_hmd *h[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(h); i++) {
		h[i] = lt_hmd(test, BYTES);
		h[i]->umd.umd_threshold = 2;
		lt_hmd_bind(test, h[i], LNET_UNLINK);
	}
	expect_no_event(test, h[0], lt_hmd_put(h[0], LNET_ACK_REQ, lt_lo, 64, 0, 0), -EINVAL);
	expect_no_event(test, h[1], lt_hmd_get(h[1], lt_lo, 64, 0, 0), -EINVAL);
	/* No memory for the number of a long address. */
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[2], LNetPut(NULL, h[2]->mdh, LNET_ACK_REQ, &six, 1, 0, 0, 0),
			-ENOMEM);
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[3], LNetGet(NULL, h[3]->mdh, &six, 1, 0, 0, false), -ENOMEM);
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[4], LNetPut(&six.nid, h[4]->mdh, LNET_ACK_REQ, &lo, 1, 0, 0, 0),
			-ENOMEM);
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[5], LNetGet(&six.nid, h[5]->mdh, &lo, 1, 0, 0, false), -ENOMEM);
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[6], lt_hmd_put(h[6], LNET_ACK_REQ, lt_lo, 1, 0, 0), -ENOMEM);
	lnet_alloc_fail_nth(1);
	expect_no_event(test, h[7], lt_hmd_get(h[7], lt_lo, 1, 0, 0), -ENOMEM);
}

static void handler_stale_md_sends_nothing(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES);

	lt_hmd_bind(test, h, LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_hmd_put(h, LNET_ACK_REQ, lt_lo, 1, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_hmd_get(h, lt_lo, 1, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_hmd_count(h), 1);
}

/* lnet_assert_handler_unused() --------------------------------------------------------- */

static unsigned int warned(const struct lt_log *log)
{
	return lt_log_count(log, "an MD still has the handler unused_handler", "");
}

static void handler_that_is_used_is_warned_of(struct kunit *test)
{
	struct lt_hmd *h = lt_hmd(test, BYTES), *other = lt_hmd(test, BYTES);
	struct lt_log log;

	h->umd.umd_handler = unused_handler;
	other->umd.umd_handler = NULL;
	lt_hmd_bind(test, other, LNET_UNLINK);
	lt_log_begin(&log);
	lnet_assert_handler_unused(unused_handler);
	KUNIT_EXPECT_EQ(test, warned(&log), 0);

	KUNIT_ASSERT_EQ(test, bind(h), 0);
	lt_expect_warnings(1, "an MD still has the handler");
	lnet_assert_handler_unused(unused_handler);
	lt_expected_warnings_done();
	KUNIT_EXPECT_EQ(test, warned(&log), 1);

	KUNIT_EXPECT_EQ(test, LNetMDUnlink(h->mdh), 0);
	lnet_assert_handler_unused(unused_handler);
	lnet_assert_handler_unused(NULL);
	KUNIT_EXPECT_EQ(test, warned(&log), 1);
}

static int unlink_unused(struct lt_thread *t)
{
	struct lt_hmd *h = t->arg;

	return LNetMDUnlink(h->mdh);
}

/* The last event has come, and its user goes; but the MD is not freed yet. */
static void handler_that_has_just_run_is_not_warned_of(struct kunit *test)
{
	const struct lnet_window_plan plan = { .us = 50000 };
	struct lt_hmd *h = lt_hmd(test, BYTES);
	static struct lt_thread t;
	struct lt_log log;

	lt_need_two_cpus(test);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	h->umd.umd_handler = unused_handler;
	KUNIT_ASSERT_EQ(test, bind(h), 0);
	unused_ran = false;
	lt_window_open(test, LNET_WINDOW_EQ_CALLED, &plan);
	lt_log_begin(&log);
	lt_thread_start(test, &t, unlink_unused, h, 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(unused_ran)));
	lnet_assert_handler_unused(unused_handler);
	KUNIT_EXPECT_EQ(test, warned(&log), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
}

/* Both interfaces -------------------------------------------------------------------------- */

enum { ROUNDS = 20000 / LT_SLOW };

struct both {
	struct lt_side *eq_target;		/* by the EQ interface */
	struct lt_hmd *target;
	struct lnet_handle_md eq_source;
	struct lt_hmd *source;
};

static int put_by_eq(struct lt_thread *t)
{
	struct both *b = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ROUNDS && !rc; i++)
		rc = lnet_api_put(LNET_NID_ANY, b->eq_source, LNET_NOACK_REQ, lt_lo,
				  i % 2 ? LT_PORTAL : LT_PORTAL2, BITS, 0, 0);
	return rc;
}

static int put_by_handler(struct lt_thread *t)
{
	struct both *b = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ROUNDS && !rc; i++)
		rc = lt_hmd_put(b->source, LNET_NOACK_REQ, lt_lo, i % 2 ? LT_PORTAL : LT_PORTAL2,
				BITS, 0);
	return rc;
}

/* Clients of each send to those of both, at the same time. */
static void handler_and_eq_clients_have_their_own_events(struct kunit *test)
{
	static struct lt_thread t[2];
	static struct both b;

	b.eq_target = lt_side(test, 0);
	lt_side_attach(test, b.eq_target, BITS, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, LNET_RETAIN);
	b.target = lt_hmd(test, 0);
	b.target->umd.umd_options = LNET_MD_OP_PUT;
	lt_hmd_attach(test, b.target, lt_lo, BITS, LNET_RETAIN);
	b.eq_source = lt_source(test, NULL, 0);
	b.source = lt_hmd(test, 0);
	lt_hmd_bind(test, b.source, LNET_RETAIN);
	lt_thread_start(test, &t[0], put_by_eq, &b, 0);
	lt_thread_start(test, &t[1], put_by_handler, &b, 1);
	lt_threads_join(test, t, 2);
	KUNIT_EXPECT_TRUE(test, lt_rec_wait(b.eq_target->rec, ROUNDS));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lt_hmd_count(b.target) == ROUNDS));
	KUNIT_EXPECT_TRUE(test, lt_wait_for(lt_hmd_count(b.source) == ROUNDS));
	KUNIT_EXPECT_EQ(test, lt_rec_count(b.eq_target->rec), ROUNDS);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b.target->mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(b.source->mdh), 0);
}

static struct kunit_case lnet_lustre_handler_cases[] = {
	KUNIT_CASE_PARAM(handler_failed_attach_leaves_no_me, bad_md_gen_params),
	KUNIT_CASE(handler_attach_without_memory_leaves_nothing),
	KUNIT_CASE(handler_bind_without_memory_leaves_nothing),
	KUNIT_CASE(handler_me_goes_with_its_md),
	KUNIT_CASE(handler_match_id_is_copied),
	KUNIT_CASE_PARAM(handler_me_has_its_place, place_gen_params),
	KUNIT_CASE(handler_bad_me_is_refused),
	KUNIT_CASE(handler_attach_delivers_the_puts_that_wait),
	KUNIT_CASE(handler_clear_lazy_drops_the_puts_that_wait),
	KUNIT_CASE(handler_lazy_portals_are_0_to_63),
	KUNIT_CASE(handler_md_may_have_no_fragment),
	KUNIT_CASE(handler_md_may_have_256_fragments),
	KUNIT_CASE(handler_md_may_be_in_vmalloc_memory),
	KUNIT_CASE(handler_md_may_have_hints),
	KUNIT_CASE(handler_may_be_none),
	KUNIT_CASE(handler_call_that_fails_brings_no_event),
	KUNIT_CASE(handler_stale_md_sends_nothing),
	KUNIT_CASE(handler_that_is_used_is_warned_of),
	KUNIT_CASE(handler_that_has_just_run_is_not_warned_of),
	KUNIT_CASE_SLOW(handler_and_eq_clients_have_their_own_events),
	{}
};

LT_SUITE_HANDLERS(lnet_lustre_handler);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: the calls of the handler interface");
MODULE_LICENSE("GPL");
