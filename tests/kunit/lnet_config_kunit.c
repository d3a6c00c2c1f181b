// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration by an operator while the module is loaded: LNet up without a client, and networks
 * that are added and removed, also while clients run.
 */
#include "common.h"
#include "event/portal.h"
#include "network/networks.h"
#include "network/pinger.h"

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

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

enum left { LEAVE_NOTHING, LEAVE_ME, LEAVE_MD, LEAVE_EQ, LEAVE_LAZY, LEAVE_KINDS };

static bool is_lazy(int portal)
{
	return lnet_portal(portal)->lazy;
}

static void leave(struct kunit *test, enum left what)
{
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lnet_handle_eq eqh;

	switch (what) {
	case LEAVE_ME:
		KUNIT_EXPECT_EQ(test, LNetMEAttach(LT_PORTAL, lt_any, 0, 0, LNET_RETAIN,
						   LNET_INS_AFTER, &meh), 0);
		break;
	case LEAVE_MD:
		KUNIT_EXPECT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL),
						 LNET_RETAIN, &mdh), 0);
		break;
	case LEAVE_EQ:
		KUNIT_EXPECT_EQ(test, LNetEQAlloc(4, LNET_EQ_HANDLER_NONE, &eqh), 0);
		break;
	case LEAVE_LAZY:
		KUNIT_EXPECT_EQ(test, LNetSetLazyPortal(LT_PORTAL), 0);
		break;
	default:
		break;
	}
}

static void config_what_clients_leave_goes_with_the_last(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_log log;
	u64 counts[4];
	int what;

	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	for (what = LEAVE_NOTHING; what < LEAVE_KINDS; what++) {
		lt_log_begin(&log);
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 2);
		leave(test, what);
		/* Not with the first that goes. */
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
		KUNIT_EXPECT_EQ_MSG(test, a->nshutdown, max(what - 1, 0), "%d", what);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
		/* It came up again, if anything was left. */
		KUNIT_EXPECT_EQ_MSG(test, a->nshutdown, what, "%d", what);
		KUNIT_EXPECT_EQ_MSG(test, lt_log_count(&log, "clients have gone and left", ""),
				    what != LEAVE_NOTHING, "%d", what);
		expect_running(test, true, true);
		KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_A));
		lnet_object_counts(counts);
		KUNIT_EXPECT_EQ(test, counts[LNET_HANDLE_ME] + counts[LNET_HANDLE_MD] +
				counts[LNET_HANDLE_EQ], 0);
		KUNIT_EXPECT_FALSE(test, is_lazy(LT_PORTAL));
	}
}

static void config_network_that_is_away_stays_configured(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_ni *b = lt_ni_offer(test, "eth1", NID_B);
	struct lt_log log;

	configure(test, "ptlf7(eth0),ptlf8(eth1)");
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	leave(test, LEAVE_LAZY);
	a->startup_rc = -EIO;
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_running(test, true, true);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "'ptlf7(eth0)' does not come up", "-5"), 1);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_A));
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_B));
	KUNIT_EXPECT_EQ(test, b->nshutdown, 1);
	/* While it is away: a client starts without it, and the operator hears of it. */
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_A));
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), -EIO);
	expect_running(test, true, true);
	/* When it is back, either brings it up. */
	a->startup_rc = 0;
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_A));
	a->startup_rc = -EIO;
	leave(test, LEAVE_LAZY);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_A));
	a->startup_rc = 0;
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_A));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
}

/* A message whose MD its client has unlinked; the driver is done with it in 60 ms. */
static int finish_soon(struct lt_thread *t)
{
	msleep(60);
	return lt_ni_finish_sends(t->arg, 0) == 1 ? 0 : -EINVAL;
}

static void config_message_that_ends_soon_is_waited_for(struct kunit *test)
{
	struct lnet_process_id peer = { .nid = LT_NID_PEER, .pid = LNET_PID_LUSTRE };
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	static struct lt_thread t;
	struct lnet_handle_md mdh;

	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	a->hold_send = true;
	KUNIT_ASSERT_EQ(test, LNetMDBind(lt_md(NULL, 0, 1, 0, lt_no_eq(), NULL), LNET_UNLINK,
					 &mdh), 0);
	KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ, peer, LT_PORTAL, 1, 0, 0),
			0);
	lt_thread_start(test, &t, finish_soon, a, 0);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
}

static void config_ping_of_ours_is_no_leftover(struct kunit *test)
{
	struct lnet_process_id peer = { .nid = LT_NID_PEER, .pid = LNET_PID_LUSTRE };
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lnet_ping_info *info = lt_vmalloc(test, sizeof(*info));
	u64 rtt;

	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("configured", "1"), 0);
	a->hold_send = true;
	KUNIT_ASSERT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, peer, 50, info, &rtt), -ETIMEDOUT);
	/* Its objects stay until the driver is done with the message. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 0);
	/* And a client's, beside them, are seen. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	leave(test, LEAVE_EQ);
	a->hold_send = false;
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(a, -ETIMEDOUT), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
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
		lt_thread_start(test, &t[i],
				i % 2 ? configure_and_leave : lt_case_up_and_down, NULL, i / 2);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_join(&t[i]), 0);
	expect_running(test, false, false);
}

/* Networks at run time ------------------------------------------------------ */

static int change(const char *text)
{
	return lt_sysfs_write("networks", text);
}

static void expect_networks(struct kunit *test, const char *want)
{
	char *said = lt_vmalloc(test, 4096);

	KUNIT_EXPECT_GT(test, lt_sysfs_read("networks", said, 4096), 0);
	KUNIT_EXPECT_STREQ(test, said, want);
}

/* Two networks of one NI each are on offer, and LNet is up with the first. */
struct two {
	struct lt_ni *a, *b;
};

static void two_begin(struct kunit *test, struct two *t)
{
	t->a = lt_ni_offer(test, "eth0", NID_A);
	t->b = lt_ni_offer(test, "eth1", NID_B);
	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
}

static void config_networks_change_while_lnet_is_down(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_ni *b = lt_ni_offer(test, "eth1", NID_B);
	struct lnet_process_id id;

	configure(test, "");
	expect_networks(test, "");
	KUNIT_EXPECT_EQ(test, change("+ptlf7(eth0)\n"), 0);
	KUNIT_EXPECT_EQ(test, change(" + ptlf8 ( eth1 ), gni,ptlf7(10.0.0.0/8)\t\n"), 0);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1),gni,ptlf7(10.0.0.0/8)");
	/* Neither of the last two would come up. */
	KUNIT_EXPECT_EQ(test, change("-gni,ptlf7(10.0.0.0/8)"), 0);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");

	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetGetId(1, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, NID_A);
	KUNIT_EXPECT_EQ(test, LNetGetId(2, &id), 0);
	KUNIT_EXPECT_EQ(test, id.nid, NID_B);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown + b->nshutdown, 2);
	/* The configuration outlives the NIs. */
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
}

static void config_network_comes_and_goes_while_lnet_is_up(struct kunit *test)
{
	unsigned int refs = module_refcount(lt_lnd.owner);
	struct lt_log log;
	struct two t;
	int i;

	two_begin(test, &t);
	lt_log_begin(&log);
	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_EQ(test, change("+ptlf8(eth1)"), 0);
		KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_B));
		expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
		KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs + 2);
		KUNIT_EXPECT_EQ(test, change("-ptlf8(eth1)"), 0);
		KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_B));
		expect_networks(test, "ptlf7(eth0)");
		KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs + 1);
		KUNIT_EXPECT_EQ(test, t.b->nshutdown, i);
	}
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "22@ptlf8 is up: ptlf8(eth1)", ""), 3);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "22@ptlf8 is closed", ""), 3);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_A));
	/* The last one, too; only the loopback is left. */
	KUNIT_EXPECT_EQ(test, change("-ptlf7"), 0);
	expect_networks(test, "");
	KUNIT_EXPECT_EQ(test, t.a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, t.a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs);
}

static void config_network_without_interface_means_all_of_it(struct kunit *test)
{
	struct lt_ni *c, *d;
	struct two t;

	c = lt_ni_offer(test, "eth2", LT_NID(33));
	d = lt_ni_offer(test, "", LT_NID(34));
	two_begin(test, &t);
	KUNIT_EXPECT_EQ(test, change("+ptlf8(eth1),ptlf7(eth2),ptlf7"), 0);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1),ptlf7(eth2),ptlf7");
	KUNIT_EXPECT_EQ(test, change("-ptlf7(eth2)"), 0);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1),ptlf7");
	KUNIT_EXPECT_EQ(test, c->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, change("-ptlf7"), 0);
	expect_networks(test, "ptlf8(eth1)");
	KUNIT_EXPECT_EQ(test, t.a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, d->nshutdown, 1);
	/* The last that came is the first that goes. */
	KUNIT_EXPECT_LT(test, d->shutdown_turn, t.a->shutdown_turn);
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, 0);
}

static const struct {
	/* input */
	const char *text;
	/* output as expected */
	int rc;
	const char *said;
} refused[] = {
	{ "ptlf8(eth1)", -EINVAL, "begins with neither" },
	{ "*ptlf8(eth1)", -EINVAL, "begins with neither" },
	{ "\n", -EINVAL, "begins with neither" },
	{ "+", -EINVAL, "'+' has no network behind it" },
	{ "-\t\n", -EINVAL, "'-' has no network behind it" },
	{ "++ptlf8(eth1)", -EINVAL, "is no network" },
	{ "+ptlf8(eth1", -EINVAL, "has an open bracket" },
	{ "+ptlf8(eth1),", -EINVAL, "is the last" },
	{ "+ptlf8(eth1),ptlf8(eth1)", -EINVAL, "is there twice" },
	{ "+ptlf8(eth1[0])", -EINVAL, "CPU partitions" },
	{ "+ptlf8(e\a\033)", -EINVAL, "is no interface" },
	{ "-lo", -EINVAL, "always there" },
	{ "-ptlf7(eth0)+ptlf8", -EINVAL, "has no ',' before" },
	{ "+ptlf7(eth0)", -EEXIST, "'ptlf7(eth0)' is configured already" },
	{ "+ptlf8(eth1),ptlf7(eth0)", -EEXIST, "'ptlf7(eth0)' is configured already" },
	{ "+ptlf8(eth1),ptlf7(same)", -EEXIST, "another NI has the same address" },
	{ "+ptlf8(eth1),ptlf8(none)", -ENODEV, "there is no such interface" },
	{ "+ptlf8(eth1),gni(eth0)", -ENODEV, "comes with that of tcp only: leave it out" },
	{ "+ptlf8(eth1),ptlf7(bad)", -EIO, "input or output error" },
	{ "-ptlf8", -ENOENT, "'ptlf8' is not configured" },
	{ "-ptlf7(eth1)", -ENOENT, "'ptlf7(eth1)' is not configured" },
	{ "-ptlf7(eth0),ptlf8(eth1)", -ENOENT, "'ptlf8(eth1)' is not configured" },
};

static void config_change_that_fails_changes_nothing(struct kunit *test)
{
	struct lt_ni *bad = lt_ni_offer(test, "bad", LT_NID(44));
	struct lt_log log;
	unsigned int i;
	struct two t;

	bad->startup_rc = -EIO;
	two_begin(test, &t);
	/* Behind the first one of that NID, which is the one that comes up. */
	lt_ni_offer(test, "same", NID_A);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		lt_log_begin(&log);
		KUNIT_EXPECT_EQ_MSG(test, change(refused[i].text), refused[i].rc, "'%s'",
				    refused[i].text);
		KUNIT_EXPECT_EQ_MSG(test, lt_log_count(&log, refused[i].said, "networks=: "), 1,
				    "'%s' of '%s'", refused[i].said, refused[i].text);
		expect_networks(test, "ptlf7(eth0)");
		KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_A));
		KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_B));
	}
	/* The NIs that came up before the failure went down again. */
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, 4);
	KUNIT_EXPECT_EQ(test, t.a->nshutdown, 0);
	KUNIT_EXPECT_EQ(test, change("+ptlf8(eth1)"), 0);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
}

/* As a shell does with a long line; and a program that writes more than a file takes. */
static void config_change_that_comes_in_pieces_is_refused(struct kunit *test)
{
	char *text = lt_vmalloc(test, 4096);
	struct lt_log log;
	struct two t;

	two_begin(test, &t);
	memset(text, ' ', 4096);
	text[0] = '+';
	strscpy(text + 1100 - strlen("ptlf8(eth1)"), "ptlf8(eth1)", 16);
	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, change(text), -EINVAL);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "no end of line", ""), 1);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_B));
	text[1100] = '\n';
	text[1101] = '\0';
	KUNIT_EXPECT_EQ(test, change(text), 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_B));
}

static void config_networks_are_at_most_64(struct kunit *test)
{
	char *want = lt_vmalloc(test, 4096);
	unsigned int i, len = 0;
	char text[48];

	configure(test, "");
	for (i = 0; i < LNET_MAX_NIS; i++) {
		/* As long as each of them can be. */
		snprintf(text, sizeof(text), "+ptlf%u(255.255.255.255/32)", 65535 - i);
		KUNIT_EXPECT_EQ(test, change(text), 0);
		len += scnprintf(want + len, 4096 - len, "%s%s", i ? "," : "", text + 1);
	}
	expect_networks(test, want);
	KUNIT_EXPECT_EQ(test, change("+ptlf1(eth0)"), -ENOSPC);
	KUNIT_EXPECT_EQ(test, change("-ptlf65535"), 0);
	KUNIT_EXPECT_EQ(test, change("+ptlf1,ptlf2"), -ENOSPC);
	KUNIT_EXPECT_EQ(test, change("+ptlf1"), 0);
}

static void config_ni_of_a_driver_is_no_network(struct kunit *test)
{
	struct lt_ni *mine = lt_ni_new(test);
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, lt_ni_start(mine, LT_NID(33)), 0);
	expect_networks(test, "ptlf7(eth0)");
	KUNIT_EXPECT_EQ(test, change("-ptlf7"), 0);
	KUNIT_EXPECT_EQ(test, mine->nshutdown, 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(LT_NID(33)));
	lt_ni_stop(mine);
}

/* The network stays configured, and its NI is not closed twice. */
static void config_ni_that_its_driver_closed_is_not_closed_again(struct kunit *test)
{
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	lt_ni_stop(t.b);
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, 1);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
	KUNIT_EXPECT_EQ(test, change("+ptlf8(eth1)"), -EEXIST);
	KUNIT_EXPECT_EQ(test, change("-ptlf8"), 0);
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, change("+ptlf8(eth1)"), 0);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_B));
}

static void config_change_survives_each_failing_allocation(struct kunit *test)
{
	unsigned int n;
	struct two t;
	int rc;

	two_begin(test, &t);
	for (n = 1; n < 100; n++) {
		lnet_alloc_fail_nth(n);
		rc = change("+ptlf8(eth1)");
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
		expect_networks(test, "ptlf7(eth0)");
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_GT(test, n, 3);
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
}

/* Under clients ------------------------------------------------------------- */

static struct lnet_handle_md late_src;
static int late_put;

static int put_from_b(void)
{
	return LNetPut(NID_B, late_src, LNET_NOACK_REQ, lt_id(NID_B + 1, 1), 1, 0, 0, 0);
}

static void put_when_closing(struct lt_ni *f)
{
	late_put = put_from_b();
}

static void config_message_by_an_ni_that_is_removed_fails(struct kunit *test)
{
	struct lt_side *s;
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	s = lt_side(test, 0);
	late_src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, s->eqh, s->rec),
			      LNET_RETAIN);
	late_put = -1;
	t.b->on_shutdown = put_when_closing;
	KUNIT_EXPECT_EQ(test, change("-ptlf8"), 0);
	t.b->on_shutdown = NULL;
	KUNIT_EXPECT_EQ(test, late_put, 0);
	KUNIT_EXPECT_EQ(test, put_from_b(), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(t.b), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 2);
	lt_expect_event(test, s->rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
	lt_expect_event(test, s->rec, 1, LNET_EVENT_SEND, -EHOSTUNREACH, 0);

	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	KUNIT_EXPECT_EQ(test, put_from_b(), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(t.b), 1);
	lt_expect_event(test, s->rec, 2, LNET_EVENT_SEND, 0, 0);
}

static void arrive(struct kunit *test, struct lt_ni *f, u64 bits, bool get)
{
	struct lt_rx *rx = lt_rx(test);

	if (get)
		lt_hdr_get(rx, bits, 0, 0);
	else
		lt_hdr_put(rx, bits, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
}

/* On its way out, on its way in, an answer to a GET, and one that no buffer is posted for. */
static void config_all_messages_of_an_ni_that_is_removed_end(struct kunit *test)
{
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN);
	struct lnet_handle_md src;
	struct lt_side *s;
	unsigned int i;
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	s = lt_side(test, 0);
	lt_lazy(test, LT_PORTAL);
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_OP_GET, s->eqh,
			   s->rec), LNET_RETAIN);
	src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, s->eqh, s->rec), LNET_RETAIN);
	t.a->hold_send = true;
	t.a->hold_recv = true;
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_ACK_REQ, lt_id(LT_NID_PEER, 1), 1, 0,
				      0, 0), 0);
	arrive(test, t.a, 1, false);
	arrive(test, t.a, 1, true);
	arrive(test, t.a, 2, false);
	KUNIT_EXPECT_EQ(test, lt_rec_count(s->rec), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "delayed_now"), 1);

	KUNIT_EXPECT_EQ(test, change("-ptlf7(eth0)"), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(s->rec), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, s->rec, i)->status, LT_LND_ENDED);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "delayed_now"), 0);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_SHUTDOWN), drops + 1);

	/* Clients, portals and the other network stay as they are. */
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "portals/10/lazy"), 1);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, lt_id(NID_B + 1, 1), 1, 0,
				      0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(t.b), 1);
	lt_expect_event(test, s->rec, 3, LNET_EVENT_SEND, 0, 0);
}

static bool closing_began, closing_may_end;

static void wait_when_closing(struct lt_ni *f)
{
	WRITE_ONCE(closing_began, true);
	lt_wait_for(READ_ONCE(closing_may_end));
}

static int remove_thread(struct lt_thread *t)
{
	return change("-ptlf8(eth1)");
}

static int add_thread(struct lt_thread *t)
{
	return change("+ptlf8(eth1)");
}

static int add_until_signal_thread(struct lt_thread *t)
{
	allow_signal(SIGINT);
	return change("+ptlf8(eth1)");
}

static void config_add_waits_for_the_removal_of_the_same(struct kunit *test)
{
	static struct lt_thread remover, adder, leaver;
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	closing_began = false;
	closing_may_end = false;
	t.b->on_shutdown = wait_when_closing;
	lt_thread_start(test, &remover, remove_thread, NULL, 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(closing_began)));
	lt_thread_start(test, &adder, add_thread, NULL, 1);
	lt_thread_start(test, &leaver, add_until_signal_thread, NULL, 2);
	/* It comes out of the wait, and has done nothing. */
	KUNIT_EXPECT_TRUE(test, lt_wait_for(({ send_sig(SIGINT, leaver.task, 1);
					       completion_done(&leaver.done); })));
	KUNIT_EXPECT_EQ(test, lt_thread_join(&leaver), -ERESTARTSYS);
	/* Readers wait for none of this. */
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
	expect_running(test, false, true);
	KUNIT_EXPECT_FALSE(test, completion_done(&adder.done));
	KUNIT_EXPECT_FALSE(test, completion_done(&remover.done));

	WRITE_ONCE(closing_may_end, true);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&remover), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&adder), 0);
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, 1);
	KUNIT_EXPECT_TRUE(test, LNetIsPeerLocal(NID_B));
	expect_networks(test, "ptlf7(eth0),ptlf8(eth1)");
}

static struct lt_log waiting_log;
static bool waiting_said;

static void wait_for_the_line(struct lt_ni *f)
{
	WRITE_ONCE(closing_began, true);
	WRITE_ONCE(waiting_said,
		   lt_wait_for(lt_log_count(&waiting_log,
					    "22@ptlf8 goes down: waiting for 1 calls of its driver: see lnet_ in /proc/",
					    "stack")));
}

static int notify_thread(struct lt_thread *t)
{
	lnet_lnd_notify(NID_B + 1, 1);
	return 0;
}

static void config_removal_that_takes_long_says_where_to_look(struct kunit *test)
{
	static struct lt_thread caller;
	struct two t;

	two_begin(test, &t);
	KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
	closing_began = false;
	waiting_said = false;
	lt_log_begin(&waiting_log);
	t.b->on_notify = wait_for_the_line;
	lt_thread_start(test, &caller, notify_thread, NULL, 1);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(READ_ONCE(closing_began)));
	KUNIT_EXPECT_EQ(test, change("-ptlf8"), 0);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(waiting_said));
	KUNIT_EXPECT_EQ(test, lt_thread_join(&caller), 0);
}

/* By its own NI each: the first's stays. */
static int send_thread(struct lt_thread *t)
{
	struct lnet_handle_md *src = t->arg;
	lnet_nid_t self = t->index ? NID_B : NID_A;
	int rc;

	while (!kthread_should_stop()) {
		rc = LNetPut(self, *src, LNET_NOACK_REQ, lt_id(self + 1, 1), 1, 0, 0, 0);
		if (rc)
			return rc;
		lt_thread_round(t);
		cond_resched();
	}
	return 0;
}

static void config_networks_change_under_traffic(struct kunit *test)
{
	static struct lnet_handle_md src[2];
	static struct lt_thread threads[2];
	unsigned int i, sends;
	struct two t;

	two_begin(test, &t);
	for (i = 0; i < 2; i++) {
		src[i] = lt_source(test, NULL, 0);
		lt_thread_start(test, &threads[i], send_thread, &src[i], i);
	}
	lt_run_begin(0);
	for (i = 0; !lt_run_over(i >= 10 && READ_ONCE(threads[0].rounds) >= 100 &&
				 lt_ni_sends(t.b) >= 100); i++) {
		KUNIT_ASSERT_EQ(test, change("+ptlf8(eth1)"), 0);
		schedule_timeout_uninterruptible(1);
		KUNIT_ASSERT_EQ(test, change("-ptlf8(eth1)"), 0);
	}
	KUNIT_EXPECT_EQ(test, t.b->nshutdown, i);
	sends = lt_ni_sends(t.b);
	KUNIT_EXPECT_GE(test, sends, 100);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_stop(&threads[i]), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(t.b), sends);
	KUNIT_EXPECT_GE(test, lt_ni_sends(t.a), 100);
}

/* Parameters of Lustre's tools ------------------------------------------------ */

static const struct {
	const char *name, *value, *shown;
	int rc;
} settings[] = {
	{ "lnet_retry_count", "3", "3" },
	{ "lnet_retry_count", "151", "3", -EINVAL },
	{ "lnet_retry_count", "x", "3", -EINVAL },
	{ "lnet_retry_count", "2", "2" },
	{ "lnet_health_sensitivity", "1001", "100", -EINVAL },
	{ "lnet_interfaces_max", "0", "4096", -EINVAL },
	{ "lnet_response_tracking", "4", "3", -EINVAL },
	{ "router_sensitivity_percentage", "101", "100", -EINVAL },
	{ "lnet_max_recovery_ping_interval", "0", "900", -EINVAL },
	{ "lnet_drop_asym_route", "5", "1" },
	{ "lnet_drop_asym_route", "0", "0" },
	{ "lnet_drop_asym_route", "-", "0", -EINVAL },
	/* What is written is forgotten. */
	{ "lnet_recovery_interval", "7", "1" },
	{ "lnet_recovery_interval", "x", "1", -EINVAL },
	/* Tools take it for a number. */
	{ "lnet_peer_discovery_disabled", "1", "1" },
	{ "lnet_peer_discovery_disabled", "0", "0" },
};

static void config_parameters_of_tools_are_kept(struct kunit *test)
{
	char path[80], shown[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), "../../module/lnet/parameters/%s", settings[i].name);
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(path, settings[i].value), settings[i].rc,
				    "row %u", i);
		KUNIT_ASSERT_GT(test, lt_sysfs_read(path, shown, sizeof(shown)), 0);
		KUNIT_EXPECT_STREQ_MSG(test, shown, settings[i].shown, "row %u", i);
	}
}

static void config_parameter_without_effect_says_so(struct kunit *test)
{
	static const char path[] = "../../module/lnet/parameters/lnet_retry_count";
	struct lt_log log;

	lt_log_begin(&log);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, "2"), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet_retry_count", "effect"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, "9"), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet_retry_count=9", "has no effect here"), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, "2"), 0);
}

static struct kunit_case lnet_config_cases[] = {
	KUNIT_CASE(config_operator_keeps_lnet_up),
	KUNIT_CASE(config_lnet_stays_up_for_a_client),
	KUNIT_CASE(config_what_it_is_already_does_nothing),
	KUNIT_CASE(config_of_other_words_is_refused),
	KUNIT_CASE(config_that_fails_leaves_lnet_down),
	KUNIT_CASE_SLOW(config_what_clients_leave_goes_with_the_last),
	KUNIT_CASE(config_network_that_is_away_stays_configured),
	KUNIT_CASE(config_message_that_ends_soon_is_waited_for),
	KUNIT_CASE(config_ping_of_ours_is_no_leftover),
	KUNIT_CASE_SLOW(config_and_clients_at_the_same_time),
	KUNIT_CASE(config_networks_change_while_lnet_is_down),
	KUNIT_CASE(config_network_comes_and_goes_while_lnet_is_up),
	KUNIT_CASE(config_network_without_interface_means_all_of_it),
	KUNIT_CASE(config_change_that_fails_changes_nothing),
	KUNIT_CASE(config_change_that_comes_in_pieces_is_refused),
	KUNIT_CASE(config_networks_are_at_most_64),
	KUNIT_CASE(config_ni_of_a_driver_is_no_network),
	KUNIT_CASE(config_ni_that_its_driver_closed_is_not_closed_again),
	KUNIT_CASE(config_change_survives_each_failing_allocation),
	KUNIT_CASE(config_message_by_an_ni_that_is_removed_fails),
	KUNIT_CASE(config_all_messages_of_an_ni_that_is_removed_end),
	KUNIT_CASE(config_add_waits_for_the_removal_of_the_same),
	KUNIT_CASE_SLOW(config_removal_that_takes_long_says_where_to_look),
	KUNIT_CASE_SLOW(config_networks_change_under_traffic),
	KUNIT_CASE(config_parameters_of_tools_are_kept),
	KUNIT_CASE(config_parameter_without_effect_says_so),
	{}
};

LT_SUITE_DOWN(lnet_config, lt_case_init_down);

MODULE_DESCRIPTION("KUnit suite of lnet: what an operator configures at run time");
MODULE_LICENSE("GPL");
