// SPDX-License-Identifier: GPL-2.0
/*
 * LNet up and down by the handler interface, with one network of the fake LND configured: users
 * are counted, those of both interfaces together, and what one leaves behind does not hurt the
 * next.
 */
#include "common.h"
#include "common_handler.h"
#include "lustre/init.h"
#include "network/networks.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>

#define NID_NET		LT_NID(31)

/* Whatever a case has left up. */
static void undo_init(void *arg)
{
	LNetNIFini();
	LNetNIFini();
	LNetNIFini();
	while (!lnet_api_ni_fini())
		;
	lnet_networks_set("");
}

static int case_init(struct kunit *test)
{
	int rc = lt_case_init_down(test);

	if (rc)
		return rc;
	lt_ni_offer(test, "eth9", NID_NET);
	rc = lnet_networks_set("ptlf7(eth9)");
	return rc ?: kunit_add_action_or_reset(test, undo_init, NULL);
}

static bool is_up(void)
{
	bool up = lnet_api_ni_init(LNET_PID_ANY) >= 0;

	if (up)
		lnet_api_ni_fini();
	return up;
}

static void init_counts_its_users(struct kunit *test)
{
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), i);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, is_up());
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	}
	KUNIT_EXPECT_FALSE(test, is_up());
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static void init_brings_the_networks_up(struct kunit *test)
{
	struct lnet_process_id id;

	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, lnet_api_get_id(0, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lnet_api_get_id(1, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, NID_NET);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static void init_for_any_pid_only_joins(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_FALSE(test, is_up());
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
}

static void init_counts_the_users_of_both_interfaces(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_EQ(test, lnet_api_ni_fini(), 0);
	KUNIT_EXPECT_TRUE(test, is_up());
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_FALSE(test, is_up());
}

/* As an error does not tell of it, the use of another must not be given up. */
static void init_fini_without_a_use_does_nothing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_TRUE(test, is_up());
	KUNIT_EXPECT_EQ(test, lnet_api_ni_fini(), 0);
}

static void init_that_fails_leaves_lnet_down(struct kunit *test)
{
	unsigned int n;
	int rc = -ENOMEM;

	for (n = 1; n < 100 && rc; n++) {
		lnet_alloc_fail_nth(n);
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
		KUNIT_EXPECT_FALSE(test, is_up());
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_GE(test, n, 5);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_FALSE(test, is_up());
}

static void init_without_the_network_fails(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, lnet_networks_set("ptlf7(eth8)"), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), -ENODEV);
	KUNIT_EXPECT_FALSE(test, is_up());
}

/* Objects of users that are gone --------------------------------------------------- */

static unsigned int came;

static void left_handler(struct lnet_handler_event *event)
{
	WRITE_ONCE(came, came + 1);
}

/* One bound, and one attached. */
static void leave_behind(struct kunit *test, struct lnet_handle_md mdh[2])
{
	struct lnet_handler_md umd = { .umd_threshold = 1, .umd_handler = left_handler };
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE);
	struct lnet_me *me;

	KUNIT_ASSERT_EQ(test, LNetMDBind(&umd, LNET_UNLINK, &mdh[0]), 0);
	umd.umd_options = LNET_MD_OP_PUT;
	me = LNetMEAttach(LT_PORTAL2, &lo, 1, 0, LNET_UNLINK, LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, LNetMDAttach(me, &umd, LNET_UNLINK, &mdh[1]), 0);
}

static void expect_usable(struct kunit *test)
{
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE);
	struct lnet_handle_md mdh[2];

	came = 0;
	leave_behind(test, mdh);
	KUNIT_EXPECT_EQ(test, LNetPut(NULL, mdh[0], LNET_NOACK_REQ, &lo, LT_PORTAL2, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, came, 2);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[0]), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[1]), -ENOENT);
}

static void init_after_a_user_that_left_mds_all_is_well(struct kunit *test)
{
	struct lnet_handle_md mdh[2];
	unsigned int round;
	u64 counts[LNET_OBJECT_TYPES];

	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
		expect_usable(test);
		came = 0;
		leave_behind(test, mdh);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
		/* Their handlers may be gone, with their modules. */
		KUNIT_EXPECT_EQ(test, came, 0);
		lnet_object_counts(counts);
		KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_MD], 0);
		KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_ME], 0);
		KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_EQ], 0);
	}
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[0]), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[1]), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

/* As ptlrpc does if it cannot load; and the module that has our callback is removed then. */
static void init_ends_with_the_module(struct kunit *test)
{
	struct lnet_handle_md mdh[2];
	struct lt_log log;

	lnet_init_exit();
	lt_log_begin(&log);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	leave_behind(test, mdh);
	lnet_init_exit();
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "LNetNIFini() was called 2 times too few", ""), 1);
	KUNIT_EXPECT_FALSE(test, is_up());
}

/* An EQ client keeps LNet up, so the objects stay, and the next user meets them. */
static void init_beside_mds_that_were_left_all_is_well(struct kunit *test)
{
	struct lnet_handle_md mdh[2];
	unsigned int round;
	u64 counts[LNET_OBJECT_TYPES];

	KUNIT_ASSERT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	leave_behind(test, mdh);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
		lnet_object_counts(counts);
		KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_EQ], 1);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	}
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	came = 0;
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[0]), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh[1]), 0);
	KUNIT_EXPECT_EQ(test, came, 2);
	expect_usable(test);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	lnet_object_counts(counts);
	KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_EQ], 0);
	KUNIT_EXPECT_EQ(test, lnet_api_ni_fini(), 0);
}

static int unlink_left(struct lt_thread *t)
{
	struct lnet_handle_md *mdh = t->arg;

	return LNetMDUnlink(*mdh);
}

/* The last event has come, and its user goes; but the MD is not freed yet. */
static void init_fini_waits_for_an_md_that_ends(struct kunit *test)
{
	struct lnet_handler_md umd = { .umd_threshold = 1, .umd_handler = left_handler };
	const struct lnet_window_plan plan = { .us = 50000 };
	static struct lnet_handle_md mdh;
	static struct lt_thread t;
	u64 counts[LNET_OBJECT_TYPES];

	lt_need_two_cpus(test);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	KUNIT_ASSERT_EQ(test, lnet_api_ni_init(LNET_PID_LUSTRE), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_ASSERT_EQ(test, LNetMDBind(&umd, LNET_UNLINK, &mdh), 0);
	came = 0;
	lt_window_open(test, LNET_WINDOW_EQ_CALLED, &plan);
	lt_thread_start(test, &t, unlink_left, &mdh, 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(came)));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	lnet_object_counts(counts);
	KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_EQ], 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_EQ(test, lnet_api_ni_fini(), 0);
}

/* Changes -------------------------------------------------------------------------- */

static int told(void *nr, struct nid_update_info *info)
{
	WRITE_ONCE(*(unsigned int *)nr, info->nui_count);
	return 0;
}

static void untell(void *nr)
{
	LNetUnRegisterNIDUpdates(nr);
}

static int ask(struct lt_thread *t)
{
	return LNetRegisterNIDUpdates(told, t->arg);
}

/* One who asks to be told of changes has seen that there is no NID, when LNet comes up. */
static void init_is_told_to_one_who_asks_meanwhile(struct kunit *test)
{
	const struct lnet_window_plan stop = { .nth = 1, .cpu_mask = BIT(0) };
	static struct lt_thread asker;
	static unsigned int nr;

	lt_need_two_cpus(test);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	nr = 0;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, untell, &nr), 0);
	lt_window_open(test, LNET_WINDOW_UPDATE_LOOKED, &stop);
	lt_thread_start(test, &asker, ask, &nr, 0);
	KUNIT_EXPECT_TRUE(test, lnet_window_await(LNET_WINDOW_UPDATE_LOOKED));
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	/* Time enough for those to be told who are in the list. */
	msleep(200);
	lnet_window_let_go(LNET_WINDOW_UPDATE_LOOKED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&asker), 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(nr) == 1));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static int up_and_down(struct lt_thread *t)
{
	int i, rc;

	for (i = 0; i < 8; i++) {
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (rc < 0)
			return rc;
		rc = LNetNIFini();
		if (rc)
			return rc;
	}
	return 0;
}

static void init_and_fini_by_several_threads(struct kunit *test)
{
	static struct lt_thread t[4];

	lt_threads_start(test, t, 4, up_and_down, NULL);
	lt_threads_join(test, t, 4);
	KUNIT_EXPECT_FALSE(test, is_up());
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	expect_usable(test);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

static struct kunit_case lnet_lustre_init_cases[] = {
	KUNIT_CASE(init_counts_its_users),
	KUNIT_CASE(init_brings_the_networks_up),
	KUNIT_CASE(init_for_any_pid_only_joins),
	KUNIT_CASE(init_counts_the_users_of_both_interfaces),
	KUNIT_CASE(init_fini_without_a_use_does_nothing),
	KUNIT_CASE(init_that_fails_leaves_lnet_down),
	KUNIT_CASE(init_without_the_network_fails),
	KUNIT_CASE(init_after_a_user_that_left_mds_all_is_well),
	KUNIT_CASE(init_ends_with_the_module),
	KUNIT_CASE(init_beside_mds_that_were_left_all_is_well),
	KUNIT_CASE(init_fini_waits_for_an_md_that_ends),
	KUNIT_CASE(init_is_told_to_one_who_asks_meanwhile),
	KUNIT_CASE_SLOW(init_and_fini_by_several_threads),
	{}
};

LT_SUITE_DOWN(lnet_lustre_init, case_init);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: LNet up and down by the handler interface");
MODULE_LICENSE("GPL");
