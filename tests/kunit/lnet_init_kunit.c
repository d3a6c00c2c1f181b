// SPDX-License-Identifier: GPL-2.0
/*
 * LNet coming up and going down: its users are counted, calls are refused while it is down,
 * and objects that clients have left behind are freed.
 */
#include "common.h"
#include "event/md.h"
#include "event/portal.h"

#include <lnet/ioctl.h>

#include <linux/module.h>

/* Whatever a case has left up. */
static void undo_init(void *arg)
{
	while (!LNetNIFini())
		;
}

static int case_init(struct kunit *test)
{
	return lt_case_init_down(test) ?: kunit_add_action(test, undo_init, NULL);
}

static void init_counts_its_callers(struct kunit *test)
{
	int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), i);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static void init_for_any_pid_only_joins(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), 1);
}

static void init_pid_is_of_the_first(struct kunit *test)
{
	struct lnet_process_id id;

	KUNIT_EXPECT_EQ(test, LNetNIInit(777), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(888), 1);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, &id), 0);
	KUNIT_EXPECT_EQ(test, id.pid, 777);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(888), 0);
	KUNIT_EXPECT_EQ(test, LNetGetId(0, &id), 0);
	KUNIT_EXPECT_EQ(test, id.pid, 888);
}

/* Down --------------------------------------------------------------------- */

static void nothing(struct lnet_event *event)
{
}

#define EXPECT_DOWN(test, call)	KUNIT_EXPECT_EQ(test, call, -ENETDOWN)

static void expect_all_down(struct kunit *test)
{
	struct lnet_md md = lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL);
	struct libcfs_ioctl_data data = {};
	struct lnet_process_id id;
	struct lnet_handle_eq eqh = { 7 };
	struct lnet_handle_me meh = { 6 };
	struct lnet_handle_md mdh = { 5 };
	struct lnet_event ev;
	int which;

	EXPECT_DOWN(test, LNetNIFini());
	EXPECT_DOWN(test, LNetGetId(0, &id));
	EXPECT_DOWN(test, LNetDist(LNET_NID_LO_0, NULL, NULL));
	EXPECT_DOWN(test, LNetCtl(IOC_LIBCFS_GET_NI, &data));
	EXPECT_DOWN(test, LNetMEAttach(1, lt_any, 0, 0, LNET_RETAIN,
				       LNET_INS_AFTER, &meh));
	EXPECT_DOWN(test, LNetMEInsert(meh, lt_any, 0, 0, LNET_RETAIN,
				       LNET_INS_AFTER, &meh));
	EXPECT_DOWN(test, LNetMEUnlink(meh));
	EXPECT_DOWN(test, LNetMDAttach(meh, md, LNET_RETAIN, &mdh));
	EXPECT_DOWN(test, LNetMDBind(md, LNET_RETAIN, &mdh));
	EXPECT_DOWN(test, LNetMDUnlink(mdh));
	EXPECT_DOWN(test, LNetEQAlloc(4, nothing, &eqh));
	EXPECT_DOWN(test, LNetEQFree(eqh));
	EXPECT_DOWN(test, LNetEQGet(eqh, &ev));
	EXPECT_DOWN(test, LNetEQWait(eqh, &ev));
	EXPECT_DOWN(test, LNetEQPoll(&eqh, 1, 0, &ev, &which));
	EXPECT_DOWN(test, LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, lt_lo, 1,
				  0, 0, 0));
	EXPECT_DOWN(test, LNetGet(LNET_NID_ANY, mdh, lt_lo, 1, 0, 0, false));
	EXPECT_DOWN(test, LNetSetLazyPortal(1));
	EXPECT_DOWN(test, LNetClearLazyPortal(1));
	EXPECT_DOWN(test, PTR_ERR(lnet_ni_startup(&lt_lnd, LT_NID_SELF)));
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(LNET_NID_LO_0));
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LT_NID_PEER), LT_NID_PEER);
}

static void init_before_it_every_call_is_refused(struct kunit *test)
{
	expect_all_down(test);
}

static void init_after_the_last_fini_every_call_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_all_down(test);
}

/* Left behind -------------------------------------------------------------- */

struct left {
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh[3];
	struct lnet_handle_md mdh[3];
};

/* The log has its name. */
static noinline __noclone void leave_behind(struct kunit *test, struct left *l)
{
	struct lnet_md md;
	int i;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(4, nothing, &l->eqh), 0);
	md = lt_md(NULL, 0, 2, LNET_MD_OP_PUT, l->eqh, NULL);
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL,
						   i ? lt_any : lt_lo, i, 0,
						   LNET_RETAIN, LNET_INS_AFTER,
						   &l->meh[i]), 0);
	/* One unique with an MD, one wildcard with, one without, one bound. */
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, LNetMDAttach(l->meh[i], md, LNET_UNLINK,
						   &l->mdh[i]), 0);
	md.options = 0;
	KUNIT_ASSERT_EQ(test, LNetMDBind(md, LNET_UNLINK, &l->mdh[2]), 0);
	/* One that is used, and retained. */
	KUNIT_ASSERT_EQ(test, lt_put(l->mdh[2], LNET_NOACK_REQ, 0, 0, 0), 0);
}

/* Pinned once too little at each fini, it would be freed again by the 128th. */
static void init_last_fini_leaves_dead_mds_alone(struct kunit *test)
{
	struct lnet_handle_md mdh;
	struct lnet_libmd *md;
	s64 state;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL),
					 LNET_RETAIN, &mdh), 0);
	md = lt_md_of(test, mdh);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	/* It is kept for the next one, and found until then. */
	KUNIT_ASSERT_PTR_EQ(test, md, lt_md_of(test, mdh));
	state = atomic64_read(&md->state);
	KUNIT_EXPECT_EQ(test, state & (LNET_MD_LIVE | LNET_MD_PINS), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&md->state), state);
}

static void init_what_is_left_at_the_last_fini_is_freed(struct kunit *test)
{
	u64 before[4], after[4];
	struct left l;
	int i;

	lnet_object_counts(before);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	leave_behind(test, &l);
	/* Not the last one: nothing goes. */
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(l.eqh), -EBUSY);

	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	lnet_object_counts(after);
	KUNIT_EXPECT_MEMEQ(test, after, before, sizeof(before));

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetEQFree(l.eqh), -ENOENT);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(l.meh[i]), -ENOENT);
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(l.mdh[i]), -ENOENT);
	}
}

/* An object that is left behind has a line of the log that names it. */
static void expect_named(struct kunit *test, const struct lt_log *log,
			 const char *what, u64 cookie, const char *and)
{
	char text[48];

	snprintf(text, sizeof(text), "%s %#llx of leave_behind+", what, cookie);
	KUNIT_EXPECT_EQ_MSG(test, lt_log_count(log, text, and), 1, "'%s' '%s'",
			    text, and);
}

static void init_what_is_left_is_named_with_who_made_it(struct kunit *test)
{
	struct lt_log log;
	struct left l;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	leave_behind(test, &l);
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_named(test, &log, "ME", l.meh[0].cookie,
		     "was leaked, with its MD");
	expect_named(test, &log, "ME", l.meh[1].cookie,
		     "was leaked, with its MD");
	expect_named(test, &log, "ME", l.meh[2].cookie, "was leaked");
	expect_named(test, &log, "MD", l.mdh[2].cookie, "was leaked");
	expect_named(test, &log, "EQ", l.eqh.cookie, "was leaked");
	/* And nothing else; an MD with an ME is named with that. */
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "was leaked", ""), 5);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "with its MD", ""), 2);

	/* Nothing is left: LNet writes no line. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "", ""), 0);
}

enum { LEFT_NAMED = 16, LEFT_EQS = 20, LEFT_MES = 150, LEFT_MDS = 130 };

static void expect_left(struct kunit *test, const struct lt_log *log,
			const char *what, unsigned int n)
{
	char text[48];

	snprintf(text, sizeof(text), "lnet: %s 0x", what);
	KUNIT_EXPECT_EQ_MSG(test, lt_log_count(log, text, "was leaked"),
			    LEFT_NAMED, "%s", what);
	snprintf(text, sizeof(text), "lnet: and %u more %ss were leaked",
		 n - LEFT_NAMED, what);
	KUNIT_EXPECT_EQ_MSG(test, lt_log_count(log, text, ""), 1, "%s", text);
}

/* Not a line each, which takes long and wipes the log out. */
static void init_many_that_are_left_are_counted(struct kunit *test)
{
	u64 before[4], after[4];
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lt_log log;
	int i;

	lnet_object_counts(before);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	for (i = 0; i < LEFT_EQS; i++)
		KUNIT_ASSERT_EQ(test, LNetEQAlloc(4, nothing, &eqh), 0);
	for (i = 0; i < LEFT_MES; i++)
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, i % 2 ? lt_any : lt_lo,
						   i, 0, LNET_RETAIN,
						   LNET_INS_AFTER, &meh), 0);
	for (i = 0; i < LEFT_MDS; i++)
		KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, eqh, NULL),
						 LNET_RETAIN, &mdh), 0);
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_left(test, &log, "EQ", LEFT_EQS);
	expect_left(test, &log, "ME", LEFT_MES);
	expect_left(test, &log, "MD", LEFT_MDS);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "leaked", ""), 3 * LEFT_NAMED + 3);
	lnet_object_counts(after);
	KUNIT_EXPECT_MEMEQ(test, after, before, sizeof(before));
}

static void init_as_many_as_are_named_are_all(struct kunit *test)
{
	struct lnet_handle_eq eqh;
	struct lt_log log;
	int i;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	for (i = 0; i < LEFT_NAMED; i++)
		KUNIT_ASSERT_EQ(test, LNetEQAlloc(4, nothing, &eqh), 0);
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet: EQ 0x", "was leaked"), LEFT_NAMED);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "leaked", ""), LEFT_NAMED);
}

static void init_begins_with_no_me_and_no_lazy_portal(struct kunit *test)
{
	struct lnet_handle_md src;
	struct lt_rx *rx = lt_rx(test);
	struct lt_ni *f = lt_ni_new(test);
	struct left l;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	leave_behind(test, &l);
	KUNIT_ASSERT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
	KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 5, 0, lt_no_eq(), NULL),
					 LNET_RETAIN, &src), 0);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 99, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	lt_hdr_put(rx, 1, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	lt_ni_stop(f);
}

static void init_last_fini_takes_the_nis_down(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test);
	struct lt_rx *rx = lt_rx(test);
	struct left l;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	leave_behind(test, &l);
	/* A message that is under way when all goes. */
	f->hold_recv = true;
	f->hold_send = true;
	lt_hdr_put(rx, 1, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, l.mdh[2], LNET_ACK_REQ,
				      lt_id(LT_NID_PEER, 1), 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
	KUNIT_EXPECT_TRUE(test, rx->done);
	/* The NI is gone, and its owner may be late in saying so. */
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
}

/*
 * An owner holds its NI or nothing, never a later NI in the same memory: the memory is not
 * used again before the owner lets go.
 */
static void init_ni_that_is_down_is_no_other(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test), *g = lt_ni_new(test);

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
	/* KASAN says so if it has been freed. */
	KUNIT_EXPECT_EQ(test, READ_ONCE(f->ni->nid), LT_NID_SELF);

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_start(g, LT_NID_SELF), 0);
	KUNIT_EXPECT_PTR_NE(test, f->ni, g->ni);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, f->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, g->nshutdown, 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(LT_NID_SELF));
	lt_ni_stop(g);
	KUNIT_EXPECT_EQ(test, g->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static void init_answers_to_an_earlier_life_are_dropped(struct kunit *test)
{
	struct lt_ni *f = lt_ni_new(test);
	struct lt_rx *rx = lt_rx(test);
	struct lnet_handle_md mdh;
	struct lnet_handle_wire wmd[2];
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
		KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
		KUNIT_ASSERT_EQ(test,
				LNetMDBind(lt_md(NULL, 0, LNET_MD_THRESH_INF,
						 0, lt_no_eq(), NULL),
					   LNET_RETAIN, &mdh), 0);
		KUNIT_ASSERT_EQ(test,
				LNetPut(LNET_NID_ANY, mdh, LNET_ACK_REQ,
					lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 1,
					0, 0, 0), 0);
		wmd[i] = lt_ni_sent(test, f, i)->hdr.msg.put.ack_wmd;
		if (i) {
			lt_hdr(rx, LNET_MSG_ACK, LT_NID_PEER, 0);
			rx->hdr.msg.ack.dst_wmd = wmd[0];
			KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
			rx->hdr.msg.ack.dst_wmd.object_cookie =
				wmd[1].object_cookie;
			KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
			KUNIT_EXPECT_EQ(test,
					lt_ni_drops(f, LNET_DROP_ACK_STALE), 2);
		}
		KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
		lt_ni_stop(f);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	}
	KUNIT_EXPECT_NE(test, wmd[0].interface_cookie, wmd[1].interface_cookie);
}

/* Many times --------------------------------------------------------------- */

static void init_and_fini_by_several_at_a_time(struct kunit *test)
{
	static struct lt_thread t[3];

	lt_threads_start(test, t, 3, lt_case_up_and_down, NULL);
	lt_threads_join(test, t, 3);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
}

static int call_until_down(struct lt_thread *t)
{
	struct lnet_handle_eq eqh;
	struct lnet_handle_md mdh;
	int rc;

	while (!kthread_should_stop()) {
		rc = LNetEQAlloc(2, NULL, &eqh);
		if (!rc)
			rc = LNetMDBind(lt_md(NULL, 0, 1, 0, eqh, NULL),
					LNET_RETAIN, &mdh);
		if (!rc)
			rc = lt_put(mdh, LNET_ACK_REQ, 1, 0, 0);
		if (!rc)
			rc = LNetMDUnlink(mdh);
		if (!rc)
			rc = LNetEQFree(eqh);
		if (!rc)
			lt_thread_round(t);
		/* Down, or it was freed for us. */
		if (rc && rc != -ENETDOWN && rc != -ENOENT)
			return rc;
		cond_resched();
	}
	return 0;
}

static void init_fini_under_a_client_that_still_calls(struct kunit *test)
{
	static struct lt_thread t;
	int i;

	lt_thread_start(test, &t, call_until_down, NULL, 1);
	lt_run_begin(0);
	for (i = 0; !lt_run_over(i >= 10 && READ_ONCE(t.rounds) >= 10); i++) {
		KUNIT_ASSERT_GE(test, LNetNIInit(LNET_PID_LUSTRE), 0);
		schedule_timeout_uninterruptible(1);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	}
	KUNIT_EXPECT_GE(test, READ_ONCE(t.rounds), 10);
	KUNIT_EXPECT_EQ(test, lt_thread_stop(&t), 0);
	/* An object that slipped in behind the last LNetNIFini() goes with the next one. */
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static int lazy_maker(struct lt_thread *t)
{
	return LNetSetLazyPortal(LT_PORTAL);
}

/* The call that was begun while LNet ran is refused, or it would be lazy the next time. */
static void init_late_call_leaves_no_lazy_portal(struct kunit *test)
{
	const struct lnet_window_plan stop = { };
	static struct lt_thread t;

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	lt_window_open(test, LNET_WINDOW_PORTAL_ASKED, &stop);
	lt_thread_start(test, &t, lazy_maker, NULL, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_PORTAL_ASKED));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	lnet_window_let_go(LNET_WINDOW_PORTAL_ASKED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), -ENETDOWN);
	KUNIT_EXPECT_FALSE(test, lnet_portal(LT_PORTAL)->lazy);
}

static int eq_maker(struct lt_thread *t)
{
	struct lnet_handle_eq *eqh = t->arg;

	return LNetEQAlloc(2, NULL, eqh);
}

/* A client that knows the handle may free the EQ before the call that makes it is over. */
static void init_late_eq_goes_before_its_maker_returns(struct kunit *test)
{
	static struct lnet_handle_eq eqh;
	const struct lnet_window_plan stop = { };
	static struct lt_thread t;

	eqh = lt_no_eq();
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	lt_window_open(test, LNET_WINDOW_EQ_PUBLISHED, &stop);
	lt_thread_start(test, &t, eq_maker, &eqh, 1);
	KUNIT_ASSERT_TRUE(test, lnet_window_await(LNET_WINDOW_EQ_PUBLISHED));
	KUNIT_EXPECT_FALSE(test, LNetEQHandleIsInvalid(eqh));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	rcu_barrier();			/* forgotten, */
	rcu_barrier();			/* and freed */
	lnet_window_let_go(LNET_WINDOW_EQ_PUBLISHED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
}

static void init_survives_each_failing_allocation(struct kunit *test)
{
	KUNIT_EXPECT_GT(test, lt_case_init_lnet(test), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static struct kunit_case lnet_init_cases[] = {
	KUNIT_CASE(init_counts_its_callers),
	KUNIT_CASE(init_for_any_pid_only_joins),
	KUNIT_CASE(init_pid_is_of_the_first),
	KUNIT_CASE(init_before_it_every_call_is_refused),
	KUNIT_CASE(init_after_the_last_fini_every_call_is_refused),
	KUNIT_CASE(init_last_fini_leaves_dead_mds_alone),
	KUNIT_CASE(init_what_is_left_at_the_last_fini_is_freed),
	KUNIT_CASE(init_what_is_left_is_named_with_who_made_it),
	KUNIT_CASE(init_many_that_are_left_are_counted),
	KUNIT_CASE(init_as_many_as_are_named_are_all),
	KUNIT_CASE(init_begins_with_no_me_and_no_lazy_portal),
	KUNIT_CASE(init_last_fini_takes_the_nis_down),
	KUNIT_CASE(init_ni_that_is_down_is_no_other),
	KUNIT_CASE(init_answers_to_an_earlier_life_are_dropped),
	KUNIT_CASE_SLOW(init_and_fini_by_several_at_a_time),
	KUNIT_CASE_SLOW(init_fini_under_a_client_that_still_calls),
	KUNIT_CASE(init_late_call_leaves_no_lazy_portal),
	KUNIT_CASE(init_late_eq_goes_before_its_maker_returns),
	KUNIT_CASE(init_survives_each_failing_allocation),
	{}
};

LT_SUITE_DOWN(lnet_init, case_init);

MODULE_DESCRIPTION("KUnit suite of lnet: coming up and going down");
MODULE_LICENSE("GPL");
