// SPDX-License-Identifier: GPL-2.0
/*
 * Every way to call the API wrongly, and the errno that it gets. What needs
 * no more than one call is a row of a table; calls before LNetNIInit() are in
 * lnet_init, malformed MDs in lnet_md.
 */
#include "common.h"

#include <lnet/ioctl.h>

#include <linux/limits.h>
#include <linux/module.h>

/* Good objects for calls that are wrong in something else. */
static struct lnet_handle_eq eqh;
static struct lnet_handle_me meh;
static struct lnet_handle_md mdh;	/* bound */
static struct lnet_handle_me me_out;
static struct lnet_handle_md md_out;
static struct lnet_handle_eq eq_out;
static struct lnet_event ev;
static int which;

static void nothing(struct lnet_event *event)
{
}

static struct lnet_handle_eq bad_eq(void)
{
	return (struct lnet_handle_eq){ 12345 };
}

static struct lnet_md some_md(unsigned int options)
{
	return lt_md(NULL, 0, 1, options, lt_no_eq(), NULL);
}

static int me_attach(unsigned int portal, int unlink, int pos,
		     struct lnet_handle_me *out)
{
	return LNetMEAttach(portal, lt_any, 0, 0, unlink, pos, out);
}

static int put(unsigned int portal)
{
	return LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, lt_lo, portal, 0, 0,
		       0);
}

static int get(unsigned int portal)
{
	return LNetGet(LNET_NID_ANY, mdh, lt_lo, portal, 0, 0, false);
}

#define CALL(name, expr)	\
	static int call_##name(void) { return expr; }

CALL(eq_neither, LNetEQAlloc(0, NULL, &eq_out))
CALL(eq_too_many, LNetEQAlloc((1 << 20) + 1, NULL, &eq_out))
CALL(eq_far_too_many, LNetEQAlloc(UINT_MAX, nothing, &eq_out))
CALL(eq_no_out, LNetEQAlloc(4, NULL, NULL))
CALL(eq_free_bad, LNetEQFree(bad_eq()))
CALL(eq_free_none, LNetEQFree(lt_no_eq()))
CALL(eq_get_bad, LNetEQGet(bad_eq(), &ev))
CALL(eq_get_no_event, LNetEQGet(eqh, NULL))
CALL(eq_wait_bad, LNetEQWait(bad_eq(), &ev))
CALL(eq_wait_no_event, LNetEQWait(eqh, NULL))
CALL(eq_poll_none, LNetEQPoll(&eqh, 0, 0, &ev, &which))
CALL(eq_poll_negative, LNetEQPoll(&eqh, -1, 0, &ev, &which))
CALL(eq_poll_no_queues, LNetEQPoll(NULL, 1, 0, &ev, &which))
CALL(eq_poll_no_event, LNetEQPoll(&eqh, 1, 0, NULL, &which))
CALL(eq_poll_no_which, LNetEQPoll(&eqh, 1, 0, &ev, NULL))
CALL(eq_poll_too_many, LNetEQPoll(&eqh, INT_MAX, 0, &ev, &which))
CALL(eq_poll_1025, LNetEQPoll(&eqh, 1025, 0, &ev, &which))

CALL(me_portal_64, me_attach(64, 0, 1, &me_out))
CALL(me_portal_sign, me_attach(0x80000000, 0, 1, &me_out))
CALL(me_portal_most, me_attach(UINT_MAX, 0, 1, &me_out))
CALL(me_unlink_2, me_attach(1, 2, 1, &me_out))
CALL(me_unlink_minus, me_attach(1, -1, 1, &me_out))
CALL(me_pos_3, me_attach(1, 0, 3, &me_out))
CALL(me_pos_minus, me_attach(1, 0, -1, &me_out))
CALL(me_no_out, me_attach(1, 0, 1, NULL))
CALL(me_insert_local, LNetMEInsert(meh, lt_any, 0, 0, 0, 2, &me_out))
CALL(me_insert_pos, LNetMEInsert(meh, lt_any, 0, 0, 0, 3, &me_out))
CALL(me_insert_unlink, LNetMEInsert(meh, lt_any, 0, 0, 2, 1, &me_out))
CALL(me_insert_no_out, LNetMEInsert(meh, lt_any, 0, 0, 0, 1, NULL))
CALL(me_insert_bad, LNetMEInsert((struct lnet_handle_me){ 5 }, lt_any, 0, 0, 0,
				 1, &me_out))
CALL(me_unlink_bad, LNetMEUnlink((struct lnet_handle_me){ 5 }))

CALL(md_attach_bad_me, LNetMDAttach((struct lnet_handle_me){ 5 },
				    some_md(LNET_MD_OP_PUT), 0, &md_out))
CALL(md_attach_no_op, LNetMDAttach(meh, some_md(0), 0, &md_out))
CALL(md_attach_no_out, LNetMDAttach(meh, some_md(LNET_MD_OP_PUT), 0, NULL))
CALL(md_attach_unlink, LNetMDAttach(meh, some_md(LNET_MD_OP_PUT), 2, &md_out))
CALL(md_bind_op, LNetMDBind(some_md(LNET_MD_OP_GET), 0, &md_out))
CALL(md_bind_no_out, LNetMDBind(some_md(0), 0, NULL))
CALL(md_bind_unlink, LNetMDBind(some_md(0), 7, &md_out))
CALL(md_unlink_bad, LNetMDUnlink((struct lnet_handle_md){ 5 }))

CALL(put_bad_md, LNetPut(LNET_NID_ANY, (struct lnet_handle_md){ 5 },
			 LNET_NOACK_REQ, lt_lo, 1, 0, 0, 0))
CALL(put_portal_64, put(64))
CALL(put_portal_sign, put(0x80000000))
CALL(put_portal_most, put(UINT_MAX))
CALL(get_bad_md, LNetGet(LNET_NID_ANY, (struct lnet_handle_md){ 5 }, lt_lo, 1,
			 0, 0, false))
CALL(get_portal_64, get(64))
CALL(get_portal_sign, get(0x80000000))
CALL(get_portal_most, get(UINT_MAX))

CALL(lazy_64, LNetSetLazyPortal(64))
CALL(lazy_minus, LNetSetLazyPortal(-1))
CALL(lazy_least, LNetSetLazyPortal(INT_MIN))
CALL(lazy_most, LNetSetLazyPortal(INT_MAX))
CALL(clear_64, LNetClearLazyPortal(64))
CALL(clear_minus, LNetClearLazyPortal(-1))

CALL(id_no_out, LNetGetId(0, NULL))
CALL(id_past_the_last, LNetGetId(1000, &(struct lnet_process_id){}))
CALL(ctl_no_arg, LNetCtl(IOC_LIBCFS_GET_NI, NULL))

static const struct misuse_row {
	const char *desc;
	/* input */
	int (*call)(void);
	/* expected */
	int rc;
} misuse_rows[] = {
	{ "EQAlloc: neither ring nor callback", call_eq_neither, -EINVAL },
	{ "EQAlloc: more than 2^20 events", call_eq_too_many, -EINVAL },
	{ "EQAlloc: 2^32 - 1 events", call_eq_far_too_many, -EINVAL },
	{ "EQAlloc: no place for the handle", call_eq_no_out, -EINVAL },
	{ "EQFree: no EQ", call_eq_free_bad, -ENOENT },
	{ "EQFree: the invalid handle", call_eq_free_none, -ENOENT },
	{ "EQGet: no EQ", call_eq_get_bad, -ENOENT },
	{ "EQGet: no place for the event", call_eq_get_no_event, -EINVAL },
	{ "EQWait: no EQ", call_eq_wait_bad, -ENOENT },
	{ "EQWait: no place for the event", call_eq_wait_no_event, -EINVAL },
	{ "EQPoll: 0 EQs", call_eq_poll_none, -ENOENT },
	{ "EQPoll: -1 EQs", call_eq_poll_negative, -ENOENT },
	{ "EQPoll: EQs nowhere", call_eq_poll_no_queues, -EINVAL },
	{ "EQPoll: no place for the event", call_eq_poll_no_event, -EINVAL },
	{ "EQPoll: no place for the index", call_eq_poll_no_which, -EINVAL },
	{ "EQPoll: 2^31 - 1 EQs", call_eq_poll_too_many, -EINVAL },
	{ "EQPoll: 1025 EQs", call_eq_poll_1025, -EINVAL },
	{ "MEAttach: portal 64", call_me_portal_64, -EINVAL },
	{ "MEAttach: portal 2^31", call_me_portal_sign, -EINVAL },
	{ "MEAttach: portal 2^32 - 1", call_me_portal_most, -EINVAL },
	{ "MEAttach: unlink 2", call_me_unlink_2, -EINVAL },
	{ "MEAttach: unlink -1", call_me_unlink_minus, -EINVAL },
	{ "MEAttach: position 3", call_me_pos_3, -EINVAL },
	{ "MEAttach: position -1", call_me_pos_minus, -EINVAL },
	{ "MEAttach: no place for the handle", call_me_no_out, -EINVAL },
	{ "MEInsert: local", call_me_insert_local, -EPERM },
	{ "MEInsert: position 3", call_me_insert_pos, -EINVAL },
	{ "MEInsert: unlink 2", call_me_insert_unlink, -EINVAL },
	{ "MEInsert: no place for the handle", call_me_insert_no_out, -EINVAL },
	{ "MEInsert: no ME", call_me_insert_bad, -ENOENT },
	{ "MEUnlink: no ME", call_me_unlink_bad, -ENOENT },
	{ "MDAttach: no ME", call_md_attach_bad_me, -ENOENT },
	{ "MDAttach: no operation", call_md_attach_no_op, -EINVAL },
	{ "MDAttach: no place for the handle", call_md_attach_no_out, -EINVAL },
	{ "MDAttach: unlink 2", call_md_attach_unlink, -EINVAL },
	{ "MDBind: an operation", call_md_bind_op, -EINVAL },
	{ "MDBind: no place for the handle", call_md_bind_no_out, -EINVAL },
	{ "MDBind: unlink 7", call_md_bind_unlink, -EINVAL },
	{ "MDUnlink: no MD", call_md_unlink_bad, -ENOENT },
	{ "Put: no MD", call_put_bad_md, -ENOENT },
	{ "Put: portal 64", call_put_portal_64, -EINVAL },
	{ "Put: portal 2^31", call_put_portal_sign, -EINVAL },
	{ "Put: portal 2^32 - 1", call_put_portal_most, -EINVAL },
	{ "Get: no MD", call_get_bad_md, -ENOENT },
	{ "Get: portal 64", call_get_portal_64, -EINVAL },
	{ "Get: portal 2^31", call_get_portal_sign, -EINVAL },
	{ "Get: portal 2^32 - 1", call_get_portal_most, -EINVAL },
	{ "SetLazyPortal: 64", call_lazy_64, -EINVAL },
	{ "SetLazyPortal: -1", call_lazy_minus, -EINVAL },
	{ "SetLazyPortal: -2^31", call_lazy_least, -EINVAL },
	{ "SetLazyPortal: 2^31 - 1", call_lazy_most, -EINVAL },
	{ "ClearLazyPortal: 64", call_clear_64, -EINVAL },
	{ "ClearLazyPortal: -1", call_clear_minus, -EINVAL },
	{ "GetId: no place for the id", call_id_no_out, -EINVAL },
	{ "GetId: no such NI", call_id_past_the_last, -ENOENT },
	{ "Ctl: no argument", call_ctl_no_arg, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(misuse, misuse_rows, desc);

static void misuse_gets_an_errno(struct kunit *test)
{
	const struct misuse_row *row = test->param_value;
	u64 before[4], after[4];

	eqh = lt_eq_alloc(test, 4, NULL);
	meh = lt_me_any(test, 1);
	mdh = lt_source(test, NULL, 0);
	lnet_object_counts(before);
	KUNIT_EXPECT_EQ(test, row->call(), row->rc);
	lnet_object_counts(after);
	KUNIT_EXPECT_MEMEQ(test, before, after, sizeof(before));
	/* Good handles are still good. */
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

static void misuse_of_an_unknown_request_is_not_supported(struct kunit *test)
{
	struct libcfs_ioctl_data data = { .ioc_net = LNET_NET_LO };

	KUNIT_EXPECT_EQ(test, LNetCtl(0xdead, &data), -EOPNOTSUPP);
	data.ioc_net = LNET_MKNET(SOCKLND, 99);
	KUNIT_EXPECT_EQ(test, LNetCtl(0xdead, &data), -EINVAL);
}

static void misuse_ctl_does_what_it_can(struct kunit *test)
{
	struct libcfs_ioctl_data data = {};

	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_GET_NI, &data), 0);
	KUNIT_EXPECT_EQ(test, data.ioc_nid, LNET_NID_LO_0);
	data.ioc_count = 99;
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_GET_NI, &data), -ENOENT);
	data.ioc_nid = LNET_NID_LO_0;
	data.ioc_u32[0] = 7;
	KUNIT_EXPECT_EQ(test, LNetCtl(IOC_LIBCFS_LNET_DIST, &data), 0);
	KUNIT_EXPECT_EQ(test, data.ioc_u32[0], 0);
	KUNIT_EXPECT_EQ(test, data.ioc_u32[1], 0);
}

/* LNet from inside a handler ----------------------------------------------- */

enum { INSIDE = 20 };

static int inside_rc[INSIDE];
static bool inside_called;

static noinline void call_everything(struct lnet_event *event)
{
	struct lnet_handle_me me = meh, me2;
	struct lnet_handle_md md = mdh, md2;
	struct lnet_handle_eq eq = eqh, eq2;
	struct lnet_process_id id;
	struct lnet_event got;
	int *rc = inside_rc;
	int index;
	u32 order;

	*rc++ = LNetNIInit(LNET_PID_LUSTRE);
	*rc++ = LNetNIFini();
	*rc++ = LNetGetId(0, &id);
	*rc++ = LNetDist(LNET_NID_LO_0, NULL, &order);
	*rc++ = LNetCtl(IOC_LIBCFS_GET_NI, &id);
	*rc++ = LNetMEAttach(1, lt_any, 0, 0, LNET_RETAIN, LNET_INS_AFTER,
			     &me2);
	*rc++ = LNetMEInsert(me, lt_any, 0, 0, LNET_RETAIN, LNET_INS_AFTER,
			     &me2);
	*rc++ = LNetMEUnlink(me);
	*rc++ = LNetMDAttach(me, some_md(LNET_MD_OP_PUT), LNET_RETAIN, &md2);
	*rc++ = LNetMDBind(some_md(0), LNET_RETAIN, &md2);
	*rc++ = LNetMDUnlink(md);
	*rc++ = LNetEQAlloc(4, NULL, &eq2);
	*rc++ = LNetEQFree(eq);
	*rc++ = LNetEQGet(eq, &got);
	*rc++ = LNetEQWait(eq, &got);
	*rc++ = LNetEQPoll(&eq, 1, HZ, &got, &index);
	*rc++ = put(1);
	*rc++ = get(1);
	*rc++ = LNetSetLazyPortal(1);
	*rc++ = LNetClearLazyPortal(1);
	inside_called = true;
}

/* Once, and it names the EQ, its handler and where in that the call was. */
static void expect_warned(struct kunit *test, const struct lt_log *log,
			  struct lnet_handle_eq bad, const char *handler)
{
	char eq[32], where[96];

	snprintf(eq, sizeof(eq), "EQ %#llx: ", bad.cookie);
	snprintf(where, sizeof(where), "from its handler %s [lnet_misuse_kunit], at %s+0x",
		 handler, handler);
	KUNIT_EXPECT_EQ_MSG(test, lt_log_count(log, eq, where), 1, "'%s' '%s'",
			    eq, where);
	KUNIT_EXPECT_EQ(test, lt_log_count(log, eq, ""), 1);
}

static void misuse_of_lnet_in_a_handler_is_refused_and_warned_of_once(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_eq bad;
	unsigned int round, i;
	struct lt_log log;

	lt_param(test, "delivery", "hashed");
	bad = lt_eq_alloc(test, 0, call_everything);
	eqh = lt_eq_alloc(test, 4, NULL);
	meh = lt_me_any(test, 9);
	mdh = lt_source(test, NULL, 0);
	lt_target(test, 1, bad, NULL);
	lt_expect_warnings(1, "called from its handler");
	lt_log_begin(&log);
	for (round = 0; round < 3; round++) {
		inside_called = false;
		memset(inside_rc, 0, sizeof(inside_rc));
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
		KUNIT_EXPECT_TRUE(test, inside_called);
		for (i = 0; i < INSIDE; i++)
			KUNIT_EXPECT_EQ_MSG(test, inside_rc[i], -EDEADLK,
					    "call %u", i);
	}
	lt_expected_warnings_done();
	expect_warned(test, &log, bad, "call_everything");

	/* They have done nothing, and outside all is well. */
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

static noinline void put_from_a_handler(struct lnet_event *event)
{
	inside_rc[0] = LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, lt_lo, 1, 0,
			       0, 0);
}

static void misuse_in_a_handler_is_warned_of_once_per_eq(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_eq bad[2];
	struct lt_log log;
	int i;

	lt_param(test, "delivery", "hashed");
	for (i = 0; i < 2; i++) {
		bad[i] = lt_eq_alloc(test, 0, put_from_a_handler);
		lt_md_attach(test, lt_me_any(test, i),
			     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, bad[i], NULL),
			     LNET_UNLINK);
	}
	lt_expect_warnings(2, "called from its handler");
	lt_log_begin(&log);
	for (i = 0; i < 2; i++) {
		inside_rc[0] = 0;
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, i, 0, 0), 0);
		KUNIT_EXPECT_EQ(test, inside_rc[0], -EDEADLK);
	}
	lt_expected_warnings_done();
	for (i = 0; i < 2; i++)
		expect_warned(test, &log, bad[i], "put_from_a_handler");
}

static struct kunit_case lnet_misuse_cases[] = {
	KUNIT_CASE_PARAM(misuse_gets_an_errno, misuse_gen_params),
	KUNIT_CASE(misuse_of_an_unknown_request_is_not_supported),
	KUNIT_CASE(misuse_ctl_does_what_it_can),
	KUNIT_CASE(misuse_of_lnet_in_a_handler_is_refused_and_warned_of_once),
	KUNIT_CASE(misuse_in_a_handler_is_warned_of_once_per_eq),
	{}
};

LT_SUITE(lnet_misuse);

MODULE_DESCRIPTION("KUnit suite of lnet: wrong calls");
MODULE_LICENSE("GPL");
