// SPDX-License-Identifier: GPL-2.0
/*
 * What Documentation/ABI says of all files of sysfs, or of one that nothing
 * else reads: how a file is opened, what becomes of one whose object goes, the
 * words of a reset, and counters that only odd things count.
 */
#include "common.h"
#include "event/cpu.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/namei.h>

#define PT(name)	"portals/10/" name
#define NI(name)	"nis/1@ptlf7/" name

/* The reset ---------------------------------------------------------------- */

static void drop_one(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, NULL, 0);

	KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, 99, 0, 0), 0);
	KUNIT_ASSERT_GT(test, lt_sysfs_u64(test, PT("dropped")), 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
}

static void abi_reset_takes_what_is_true(struct kunit *test)
{
	static const char *const good[] = { "1", "y", "Y", "on", "1\n" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		drop_one(test);
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write("reset", good[i]), 0,
				    "'%s'", good[i]);
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_u64(test, PT("dropped")), 0,
				    "'%s'", good[i]);
	}
}

static void abi_reset_takes_nothing_else(struct kunit *test)
{
	static const char *const junk[] = {
		"0", "2", "junk", "-1", "n", "N", "off", "o", " ", "\n",
	};
	u64 dropped;
	unsigned int i;

	drop_one(test);
	dropped = lt_sysfs_u64(test, PT("dropped"));
	for (i = 0; i < ARRAY_SIZE(junk); i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write("reset", junk[i]),
				    -EINVAL, "'%s'", junk[i]);
	/* Of nothing at all the kernel does not tell us. */
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", ""), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped")), dropped);
}

/* Files and folders ---------------------------------------------------------- */

static umode_t mode_of(const char *path)
{
	struct path at;
	umode_t mode = 0;
	char name[160];

	snprintf(name, sizeof(name), "/sys/kernel/lnet/%s", path);
	if (!kern_path(name, 0, &at)) {
		mode = d_inode(at.dentry)->i_mode & 07777;
		path_put(&at);
	}
	return mode;
}

static void abi_wrong_way_is_refused(struct kunit *test)
{
	static const char *const files[] = {
		"running", "delivery", "version", "matched", "handles_md", "response_timeouts",
		PT("class"), PT("matched"), PT("dropped_too_long"),
		NI("nid"), NI("status"), NI("sends"),
	};
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, lt_record);
	unsigned int i;
	char path[64], buf[8];

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_write(files[i], "1"),
				    -EACCES, "%s", files[i]);
		KUNIT_EXPECT_EQ_MSG(test, mode_of(files[i]), 0444, "%s",
				    files[i]);
	}
	snprintf(path, sizeof(path), "eqs/%llx/callback", eqh.cookie);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, "1"), -EACCES);
	snprintf(path, sizeof(path), "eqs/%llx/lost", eqh.cookie);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write(path, "1"), -EACCES);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read("reset", buf, sizeof(buf)),
			-EACCES);
	KUNIT_EXPECT_EQ(test, mode_of("reset"), 0200);
	KUNIT_EXPECT_EQ(test, mode_of("configured"), 0644);
	KUNIT_EXPECT_EQ(test, mode_of("networks"), 0644);
}

/* A file that is open while its object goes. */
static struct file *sysfs_open_file(struct kunit *test, const char *path)
{
	char name[160];
	struct file *file;

	snprintf(name, sizeof(name), "/sys/kernel/lnet/%s", path);
	file = filp_open(name, O_RDONLY, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	return file;
}

static void expect_nodev(struct kunit *test, struct file *file)
{
	char buf[16];
	loff_t pos = 0;

	KUNIT_EXPECT_EQ(test, kernel_read(file, buf, sizeof(buf), &pos),
			-ENODEV);
	filp_close(file, NULL);
}

static void abi_file_outlives_its_object(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 4, NULL);
	struct lt_ni *f = lt_ni(test);
	struct file *of_eq, *of_ni;
	char path[64], buf[16];

	snprintf(path, sizeof(path), "eqs/%llx/size", eqh.cookie);
	of_eq = sysfs_open_file(test, path);
	of_ni = sysfs_open_file(test, NI("sends"));
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	lt_ni_stop(f);
	expect_nodev(test, of_eq);
	expect_nodev(test, of_ni);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read(path, buf, sizeof(buf)), -ENOENT);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read(NI("sends"), buf, sizeof(buf)),
			-ENOENT);
}

static u64 unroutable_now(struct kunit *test)
{
	return lt_sysfs_u64(test, "send_unroutable");
}

static void abi_says_what_no_ni_could_carry(struct kunit *test)
{
	const lnet_nid_t nowhere = LNET_MKNID(LNET_MKNET(SOCKLND, 9), 1);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lnet_handle_md src;
	struct lt_ni *f = lt_ni(test);
	u64 before = unroutable_now(test);

	src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0, eqh, rec),
			 LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
				      lt_id(nowhere, 1), 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetGet(LNET_NID_ANY, src, lt_id(nowhere, 1), 1,
				      0, 0, false), 0);
	/* From a NID that is not ours. */
	KUNIT_EXPECT_EQ(test, LNetPut(LT_NID(77), src, LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, 1), 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, unroutable_now(test), before + 3);
	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 3);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
	lt_expect_event(test, rec, 1, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
	lt_expect_event(test, rec, 2, LNET_EVENT_SEND, -EHOSTUNREACH, 0);
	/* No NI counts them; and what one does carry is not counted here. */
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("sends")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("send_errors")), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, 1), 1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, unroutable_now(test), before + 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	KUNIT_EXPECT_EQ(test, unroutable_now(test), 0);
}

/* Each file is its counter ---------------------------------------------------- */

#define WORD(type, field)	(offsetof(struct type, field) / sizeof(u64))
#define PORTAL_WORD(field)	WORD(lnet_portal_stats, field)
#define NI_WORD(field)		WORD(lnet_ni_stats, field)

/* A file, and the word of the counters that it shows. */
struct shown {
	const char *path;
	unsigned int word;
};

static const struct shown portal_files[] = {
	{ PT("matched"), PORTAL_WORD(matched) },
	{ PT("bytes"), PORTAL_WORD(bytes) },
	{ PT("delayed_ever"), PORTAL_WORD(delayed) },
	{ PT("dropped_no_match"), PORTAL_WORD(dropped[LNET_DROP_NO_MATCH]) },
	{ PT("dropped_too_long"), PORTAL_WORD(dropped[LNET_DROP_TOO_LONG]) },
	{ PT("dropped_bad_offset"),
	  PORTAL_WORD(dropped[LNET_DROP_BAD_OFFSET]) },
	{ PT("dropped_delay_full"),
	  PORTAL_WORD(dropped[LNET_DROP_DELAY_FULL]) },
	{ PT("dropped_delay_share"),
	  PORTAL_WORD(dropped[LNET_DROP_DELAY_SHARE]) },
	{ PT("dropped_delay_aged"),
	  PORTAL_WORD(dropped[LNET_DROP_DELAY_AGED]) },
	{ PT("dropped_delay_failed"),
	  PORTAL_WORD(dropped[LNET_DROP_DELAY_FAILED]) },
	{ PT("dropped_lazy_cleared"),
	  PORTAL_WORD(dropped[LNET_DROP_LAZY_CLEARED]) },
	{ PT("dropped_shutdown"), PORTAL_WORD(dropped[LNET_DROP_SHUTDOWN]) },
	{ PT("dropped_md_busy"), PORTAL_WORD(dropped[LNET_DROP_MD_BUSY]) },
};

static const struct shown ni_files[] = {
	{ NI("sends"), NI_WORD(sends) },
	{ NI("send_bytes"), NI_WORD(send_bytes) },
	{ NI("send_errors"), NI_WORD(send_errors) },
	{ NI("receives"), NI_WORD(receives) },
	{ NI("receive_bytes"), NI_WORD(receive_bytes) },
	{ NI("pings_answered"), NI_WORD(pings_answered) },
	{ NI("pushes_acked"), NI_WORD(pushes_acked) },
	{ NI("dropped_bytes"), NI_WORD(dropped_bytes) },
	{ NI("dropped_bad_type"), NI_WORD(dropped[LNET_DROP_BAD_TYPE]) },
	{ NI("dropped_bad_length"), NI_WORD(dropped[LNET_DROP_BAD_LENGTH]) },
	{ NI("dropped_bad_source"), NI_WORD(dropped[LNET_DROP_BAD_SOURCE]) },
	{ NI("dropped_forged_source"), NI_WORD(dropped[LNET_DROP_FORGED_SOURCE]) },
	{ NI("dropped_routed_source"), NI_WORD(dropped[LNET_DROP_ROUTED_SOURCE]) },
	{ NI("dropped_bad_portal"), NI_WORD(dropped[LNET_DROP_BAD_PORTAL]) },
	{ NI("dropped_not_ours"), NI_WORD(dropped[LNET_DROP_NOT_OURS]) },
	{ NI("dropped_no_memory"), NI_WORD(dropped[LNET_DROP_NO_MEMORY]) },
	{ NI("dropped_ack_stale"), NI_WORD(dropped[LNET_DROP_ACK_STALE]) },
	{ NI("dropped_reply_stale"), NI_WORD(dropped[LNET_DROP_REPLY_STALE]) },
	{ NI("dropped_reply_long"), NI_WORD(dropped[LNET_DROP_REPLY_LONG]) },
	{ NI("dropped_down"), NI_WORD(dropped[LNET_DROP_DOWN]) },
};

enum { STEP = 1000 };

/* Raise each counter by an amount of its own, on one CPU or another. */
static void counters_raise(u64 *of_cpu[2], const struct shown *files, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		of_cpu[i % 2][files[i].word] += STEP * (i + 1);
}

/* @sum: of those called dropped_*, and for them together. */
static void expect_raised(struct kunit *test, const struct shown *files,
			  unsigned int n, const char *dropped)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_u64(test, files[i].path),
				    STEP * (i + 1), "%s", files[i].path);
		if (strstr(files[i].path, "/dropped_") &&
		    !strstr(files[i].path, "_bytes"))
			sum += STEP * (i + 1);
	}
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, dropped), sum);
}

static void expect_zero(struct kunit *test, const struct shown *files,
			unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, lt_sysfs_u64(test, files[i].path), 0,
				    "%s", files[i].path);
}

static void abi_each_file_is_its_counter(struct kunit *test)
{
	const unsigned int first = cpumask_first(cpu_possible_mask);
	const unsigned int last = cpumask_last(cpu_possible_mask);
	struct lt_ni *f = lt_ni(test);
	u64 *of_cpu[2];
	int i;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(portal_files),
			3 + LNET_DROP_PORTAL_NR);
	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(ni_files), 8 + LNET_DROP_NI_NR);
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	of_cpu[0] = (u64 *)&per_cpu_ptr(lnet_cpus, first)->stats.portal[LT_PORTAL];
	of_cpu[1] = (u64 *)&per_cpu_ptr(lnet_cpus, last)->stats.portal[LT_PORTAL];
	counters_raise(of_cpu, portal_files, ARRAY_SIZE(portal_files));
	expect_raised(test, portal_files, ARRAY_SIZE(portal_files),
		      PT("dropped"));
	/* And so do the totals, of all portals. */
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "matched"), STEP);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "bytes"), 2 * STEP);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "delayed_ever"), 3 * STEP);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "dropped"),
			lt_sysfs_u64(test, PT("dropped")));

	of_cpu[0] = &per_cpu_ptr(lnet_cpus, first)->stats.response_timeouts;
	of_cpu[1] = &per_cpu_ptr(lnet_cpus, last)->stats.response_timeouts;
	for (i = 0; i < 2; i++)
		*of_cpu[i] += STEP;
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "response_timeouts"), 2 * STEP);

	of_cpu[0] = (u64 *)per_cpu_ptr(f->ni->stats, first);
	of_cpu[1] = (u64 *)per_cpu_ptr(f->ni->stats, last);
	counters_raise(of_cpu, ni_files, ARRAY_SIZE(ni_files));
	expect_raised(test, ni_files, ARRAY_SIZE(ni_files), NI("dropped"));

	KUNIT_ASSERT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	expect_zero(test, portal_files, ARRAY_SIZE(portal_files));
	expect_zero(test, ni_files, ARRAY_SIZE(ni_files));
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("dropped")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "response_timeouts"), 0);
}

static void expect_callback(struct kunit *test, struct lnet_handle_eq eqh,
			    const char *want)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "eqs/%llx/callback", eqh.cookie);
	KUNIT_EXPECT_EQ(test, mode_of(path), 0400);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(path, text, sizeof(text)), 0);
	KUNIT_EXPECT_STREQ(test, text, want);
}

/* Nothing is ever called there, as the EQ has no MD. */
static void abi_shows_no_address_of_a_callback(struct kunit *test)
{
	static const unsigned long nowhere[] = { 1, 0x1234567000, ULONG_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nowhere); i++)
		expect_callback(test, lt_eq_alloc(test, 4, (lnet_eq_handler_t)nowhere[i]), "?");
}

static void abi_says_whose_an_eq_is(struct kunit *test)
{
	struct lnet_handle_eq with = lt_eq_alloc(test, 4, lt_record);
	struct lnet_handle_eq without = lt_eq_alloc(test, 4, NULL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);

	expect_callback(test, with, "lt_record [lnet_kunit_common]");
	expect_callback(test, without, "none");

	/* Without one there are no callbacks to be counted. */
	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, without, NULL),
		     LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, without, "delivered"), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, without, "callbacks"), 0);
}

/* Events that have to wait ---------------------------------------------------- */

/*
 * The handler of the first PUT stays until as many more are there as the case
 * wants, or a second has passed; of these all have had to wait.
 */
struct contention {
	struct lnet_handle_md src;
	unsigned int delivered;		/* in the slot */
	bool inside, sent;
};

enum { CONTENDED = 5 };

static void contended_handler(struct lnet_event *event)
{
	struct contention *c = event->md.user_ptr;
	unsigned int us;

	if (event->type != LNET_EVENT_PUT || c->delivered++)
		return;
	WRITE_ONCE(c->inside, true);
	for (us = 0; us < 1000000 && !READ_ONCE(c->sent); us += 5)
		udelay(5);
}

static int first_thread(struct lt_thread *t)
{
	struct contention *c = t->arg;

	return lt_put(c->src, LNET_NOACK_REQ, 1, 0, 0);
}

static int later_thread(struct lt_thread *t)
{
	struct contention *c = t->arg;
	int i, rc = 0;

	if (!lt_spin_until(READ_ONCE(c->inside)))
		return -EINTR;
	for (i = 0; i < CONTENDED && !rc; i++)
		rc = lt_put(c->src, LNET_NOACK_REQ, 1, 0, 0);
	WRITE_ONCE(c->sent, true);
	return rc;
}

static void abi_says_what_had_to_wait_for_its_slot(struct kunit *test)
{
	struct contention *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	static struct lt_thread first, later;
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_NOT_NULL(test, c);
	lt_need_two_cpus(test);
	lt_param(test, "delivery", "combining");
	eqh = lt_eq_alloc(test, 0, contended_handler);
	c->src = lt_source(test, NULL, 0);
	lt_target(test, 1, eqh, c);
	/* One after the other, none has. */
	WRITE_ONCE(c->sent, true);
	KUNIT_EXPECT_EQ(test, lt_put(c->src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_put(c->src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "delivered"), 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "slot_contended"), 0);

	c->delivered = 0;
	c->inside = false;
	WRITE_ONCE(c->sent, false);
	lt_thread_start(test, &later, later_thread, c, 1);
	lt_thread_start(test, &first, first_thread, c, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&later), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&first), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "delivered"),
			3 + CONTENDED);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "slot_contended"),
			CONTENDED);
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "slot_contended"), 0);
}

/* A table that cannot grow ---------------------------------------------------- */

enum { FRESH_PORTAL = 58, FULL = 800 };

#define FRESH(name)	"portals/58/" name

static u64 fresh_buckets(struct kunit *test)
{
	return lt_sysfs_u64(test, FRESH("hash_buckets"));
}

static void abi_says_that_there_was_no_memory_to_grow(struct kunit *test)
{
	struct lnet_handle_md mdh, src = lt_source(test, NULL, 0);
	u64 failures = lt_sysfs_u64(test, FRESH("hash_resize_failures"));
	u64 resizes, matched, buckets = 0;
	struct lnet_handle_me meh;
	unsigned int i, n, failed = 0;
	int rc;

	/* Whatever is allocated while an MD is attached is for the table. */
	for (i = 0; i < FULL; i++) {
		meh = lt_me_attach(test, FRESH_PORTAL, lt_lo, i, 0, LNET_RETAIN,
				   LNET_INS_AFTER);
		buckets = lt_sysfs_u64(test, FRESH("hash_buckets"));
		/* The first, or first few, are for the MD itself. */
		for (n = 2, rc = -ENOMEM; rc == -ENOMEM && n < 6; n++) {
			lnet_alloc_fail_nth(n);
			rc = LNetMDAttach(meh,
					  lt_md(NULL, 0, LNET_MD_THRESH_INF,
						LNET_MD_OP_PUT, lt_no_eq(),
						NULL), LNET_RETAIN, &mdh);
		}
		failed += lnet_alloc_failed();
		lnet_alloc_fail_nth(0);
		KUNIT_ASSERT_EQ(test, rc, 0);
	}
	KUNIT_EXPECT_GE(test, failed, 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, FRESH("hash_buckets")),
			buckets);
	KUNIT_EXPECT_EQ(test,
			lt_sysfs_u64(test, FRESH("hash_resize_failures")),
			failures + failed);
	/* Matching is right. */
	matched = lt_sysfs_u64(test, FRESH("matched"));
	for (i = 0; i < FULL; i++)
		KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
					      lt_lo, FRESH_PORTAL, i, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, FRESH("matched")),
			matched + FULL);
	/*
	 * When there is memory again it grows, at the latest when it is next looked
	 * after, by 64 buckets each time.
	 */
	resizes = lt_sysfs_u64(test, FRESH("hash_resizes"));
	for (i = 0; i < FULL; i++)
		lt_md_attach(test, lt_me_attach(test, FRESH_PORTAL, lt_lo,
						FULL + i, 0, LNET_RETAIN,
						LNET_INS_AFTER),
			     lt_md(NULL, 0, 1, LNET_MD_OP_PUT, lt_no_eq(),
				   NULL), LNET_RETAIN);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(fresh_buckets(test) >= 2 * FULL));
	KUNIT_EXPECT_TRUE(test,
			  lt_wait_for(fresh_buckets(test) == buckets +
				      64 * (lt_sysfs_u64(test,
							 FRESH("hash_resizes")) -
					    resizes)));
	/* Not subject to a reset. */
	KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	KUNIT_EXPECT_EQ(test,
			lt_sysfs_u64(test, FRESH("hash_resize_failures")),
			failures + failed);
}

static struct kunit_case lnet_abi_cases[] = {
	KUNIT_CASE(abi_reset_takes_what_is_true),
	KUNIT_CASE(abi_reset_takes_nothing_else),
	KUNIT_CASE(abi_wrong_way_is_refused),
	KUNIT_CASE(abi_file_outlives_its_object),
	KUNIT_CASE(abi_each_file_is_its_counter),
	KUNIT_CASE(abi_says_whose_an_eq_is),
	KUNIT_CASE(abi_shows_no_address_of_a_callback),
	KUNIT_CASE(abi_says_what_no_ni_could_carry),
	KUNIT_CASE(abi_says_what_had_to_wait_for_its_slot),
	KUNIT_CASE(abi_says_that_there_was_no_memory_to_grow),
	{}
};

LT_SUITE(lnet_abi);

MODULE_DESCRIPTION("KUnit suite of lnet: what the ABI promises of sysfs");
MODULE_LICENSE("GPL");
