// SPDX-License-Identifier: GPL-2.0
/*
 * What an operator configures while the module is loaded: LNet up without a client.
 */
#include "common.h"
#include "network/networks.h"

#include <linux/module.h>

#define NID_A	LT_NID_SELF
#define NID_B	LNET_MKNID(LNET_MKNET(PTL4LND, 8), 22)

/* Whatever a case has left up. */
static void undo_up(void *arg)
{
	while (!LNetNIFini())
		;
	lt_sysfs_write("configured", "0");
	lnet_networks_set("");
}

/* Offers are made first: they go when LNet is down. */
static void configure(struct kunit *test, const char *networks)
{
	KUNIT_ASSERT_EQ(test, lnet_networks_set(networks), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_up, NULL), 0);
}

static void expect_running(struct kunit *test, bool configured, bool running)
{
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "configured"), configured);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "running"), running);
}

/* Without a client --------------------------------------------------------- */

static void config_operator_keeps_lnet_up(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lnet_process_id id;

	configure(test, "ptlf7(eth0)");
	expect_running(test, false, false);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1\n"), 0);
	expect_running(test, true, true);
	KUNIT_EXPECT_EQ(test, LNetGetId(1, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, NID_A);
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);

	/* A client comes and goes, and calls once too often. */
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), 1);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 2);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), -ENETDOWN);
	expect_running(test, true, true);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 0);

	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "0\n"), 0);
	expect_running(test, false, false);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
}

static void config_lnet_stays_up_for_a_client(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);

	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "0"), 0);
	expect_running(test, false, true);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_running(test, false, false);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
}

static void config_what_it_is_already_does_nothing(struct kunit *test)
{
	int i;

	configure(test, "");
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "0"), 0);
	expect_running(test, false, false);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	/* One use, not three. */
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "0"), 0);
	expect_running(test, false, false);
}

static void config_of_other_words_is_refused(struct kunit *test)
{
	static const char *const junk[] = { "2", "-1", "1x", "y", "up", " ", "\n", "tcp" };
	unsigned int i;

	configure(test, "");
	for (i = 0; i < ARRAY_SIZE(junk); i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write("configured", junk[i]), -EINVAL, "'%s'",
				    junk[i]);
	expect_running(test, false, false);
}

static void config_that_fails_leaves_lnet_down(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_ni *b = lt_ni_offer(test, "eth1", NID_B);
	struct lt_log log;

	configure(test, "ptlf7(eth0),ptlf8(eth1)");
	b->startup_rc = -EIO;
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), -EIO);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "'ptlf8(eth1)' does not come up", "-5"), 1);
	expect_running(test, false, false);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	b->startup_rc = 0;
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	expect_running(test, true, true);
}

static int use_and_leave(struct lt_thread *t)
{
	int i, rc;

	for (i = 0; i < 15; i++) {
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (rc < 0)
			return rc;
		rc = LNetNIFini();
		if (rc)
			return rc;
	}
	return 0;
}

static int configure_and_leave(struct lt_thread *t)
{
	int i, rc;

	for (i = 0; i < 15; i++) {
		rc = lt_sysfs_write("configured", "1") ?: lt_sysfs_write("configured", "0");
		if (rc)
			return rc;
	}
	return 0;
}

static void config_and_clients_at_the_same_time(struct kunit *test)
{
	static struct lt_thread t[4];
	int i;

	lt_ni_offer(test, "eth0", NID_A);
	configure(test, "ptlf7(eth0)");
	for (i = 0; i < 4; i++)
		lt_thread_start(test, &t[i], i % 2 ? configure_and_leave : use_and_leave, NULL,
				i / 2);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&t[i]), 0);
	expect_running(test, false, false);
}

static struct kunit_case lnet_config_cases[] = {
	KUNIT_CASE(config_operator_keeps_lnet_up),
	KUNIT_CASE(config_lnet_stays_up_for_a_client),
	KUNIT_CASE(config_what_it_is_already_does_nothing),
	KUNIT_CASE(config_of_other_words_is_refused),
	KUNIT_CASE(config_that_fails_leaves_lnet_down),
	KUNIT_CASE_SLOW(config_and_clients_at_the_same_time),
	{}
};

static struct kunit_suite lnet_config_suite = {
	.name = "lnet_config",
	.init = lt_case_init_down,
	.test_cases = lnet_config_cases,
};

kunit_test_suite(lnet_config_suite);

MODULE_DESCRIPTION("KUnit suite of lnet: what an operator configures at run time");
MODULE_LICENSE("GPL");
