// SPDX-License-Identifier: GPL-2.0
/*
 * The files of /sys/kernel/debug/lnet: every column, as programs parse them, and what a write does.
 */
#include "common.h"
#include "network/node.h"
#include "network/peer.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#define FOLDER		"/sys/kernel/debug/lnet/"
#define PEER		LT_NID(20)

struct shown {
	struct kunit *test;
	char text[SZ_4K];
};

static struct file *shown_open(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), FOLDER "%s", name);
	return filp_open(path, flags, 0);
}

/* Read a file. kernel_read() does not read debugfs, but what is below it can be read. */
static const char *shown_read(struct shown *s, const char *name)
{
	struct file *file = shown_open(name, O_RDONLY);
	struct kvec vec = { .iov_base = s->text, .iov_len = sizeof(s->text) - 1 };
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t n;

	KUNIT_ASSERT_FALSE_MSG(s->test, IS_ERR(file), "%s: error %ld", name, PTR_ERR(file));
	init_sync_kiocb(&kiocb, file);
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, vec.iov_len);
	n = seq_read_iter(&kiocb, &iter);
	filp_close(file, NULL);
	KUNIT_ASSERT_GE(s->test, n, 0);
	s->text[n] = '\0';
	return s->text;
}

static ssize_t shown_write(struct shown *s, const char *name, const char *text)
{
	unsigned long arg = lt_user_memory(s->test, SZ_4K);
	struct file *file = shown_open(name, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	KUNIT_ASSERT_FALSE(s->test, IS_ERR(file));
	KUNIT_ASSERT_EQ(s->test, copy_to_user((void __user *)arg, text, strlen(text) + 1), 0);
	n = file->f_op->write(file, (void __user *)arg, strlen(text), &pos);
	filp_close(file, NULL);
	return n;
}

static void undo_peers(void *arg)
{
	lnet_peer_stop();
	lnet_peer_allow();
	lnet_node_forget_all();
	lnet_node_allow();
}

static struct shown *shown(struct kunit *test)
{
	struct shown *s = lt_vmalloc(test, sizeof(*s));
	struct file *file = shown_open("stats", O_RDONLY);

	if (IS_ERR(file))
		kunit_skip(test, "debugfs is not mounted");
	filp_close(file, NULL);
	s->test = test;
	/* Peers that a case names are not asked, as none answers. */
	lt_param(test, "lnet_peer_discovery_disabled", "1");
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_peers, NULL), 0);
	return s;
}

static struct lt_ni *ni_with_facts(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	f->facts = (struct lnet_lnd_facts) {
		.peer_credits = 8, .credits = 256, .credits_now = 255, .credits_least = -7,
		.timeout_s = 49,
	};
	return f;
}

static void files_nis_have_nine_columns(struct kunit *test)
{
	struct lt_ni *f = ni_with_facts(test);
	struct shown *s = shown(test);

	KUNIT_EXPECT_STREQ(test, shown_read(s, "nis"),
			   "nid                      status alive refs peer  rtr   max    tx   min\n"
			   "0@lo                         up     0    1    0    0     0     0     0\n"
			   "1@ptlf7                      up    -1    1    8    0   256   255    -7\n");
	lnet_ni_status_set(f->ni, LNET_NI_STATUS_DOWN);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "nis"),
			   "nid                      status alive refs peer  rtr   max    tx   min\n"
			   "0@lo                         up     0    1    0    0     0     0     0\n"
			   "1@ptlf7                    down    -1    1    8    0   256   255    -7\n");
}

static void files_peers_have_ten_columns(struct kunit *test)
{
	struct lt_ni *f = ni_with_facts(test);
	struct shown *s = shown(test);

	KUNIT_EXPECT_STREQ(test, shown_read(s, "peers"),
			   "nid                      refs state  last   max   rtr   min    tx   min queue\n");
	f->peer_known = PEER;
	f->peer_facts = (struct lnet_lnd_peer_facts) {
		.credits_max = 8, .credits = 0, .waiting = 3, .credits_least = -4,
		.waiting_bytes = 12345678901, .uses = 7,
	};
	lnet_peer_keep(PEER);
	lnet_peer_keep(LT_NID(21));
	KUNIT_EXPECT_STREQ(test, shown_read(s, "peers"),
			   "nid                      refs state  last   max   rtr   min    tx   min queue\n"
			   "20@ptlf7                    7    NA    -1     8     8     8    -3    -4 12345678901\n"
			   "21@ptlf7                    1    NA    -1     0     0     0     0     0 0\n");
}

/* More than fits into a page, so that the list is read in pieces. */
static void files_list_of_many_peers_is_whole(struct kunit *test)
{
	struct file *file;
	char *text = lt_vmalloc(test, SZ_64K), *at;
	struct kvec vec;
	struct iov_iter iter;
	struct kiocb kiocb;
	unsigned int i, lines = 0;
	ssize_t n, all = 0;

	shown(test);
	lt_ni(test);
	for (i = 0; i < 200; i++)
		KUNIT_ASSERT_EQ(test, lnet_peer_keep(LT_NID(100 + i)), 0);
	file = shown_open("peers", O_RDONLY);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	init_sync_kiocb(&kiocb, file);
	do {
		vec = (struct kvec){ .iov_base = text + all, .iov_len = 777 };
		iov_iter_kvec(&iter, ITER_DEST, &vec, 1, vec.iov_len);
		n = seq_read_iter(&kiocb, &iter);
		all += max_t(ssize_t, n, 0);
	} while (n > 0 && all < SZ_64K - 1024);
	filp_close(file, NULL);
	text[all] = '\0';
	for (at = text; (at = strchr(at, '\n')); at++)
		lines++;
	KUNIT_EXPECT_EQ(test, lines, 201);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\n100@ptlf7 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\n299@ptlf7 "));
}

enum { BYTES = 1000, BITS = 0x77 };

static void files_stats_have_eleven_numbers(struct kunit *test)
{
	struct lt_side *from = lt_side(test, BYTES), *to = lt_side(test, BYTES);
	struct shown *s = shown(test);

	lt_side_bind(test, from, LNET_MD_THRESH_INF, 0, LNET_RETAIN);
	lt_side_attach(test, to, BITS, LNET_MD_THRESH_INF, LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE,
		       LNET_RETAIN);
	KUNIT_EXPECT_EQ(test, shown_write(s, "stats", "foo\n"), 4);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "0 0 0 0 0 0 0 0 0 0 0\n");
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_NOACK_REQ, BITS, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_NOACK_REQ, BITS + 1, 0, 0), 0);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "0 0 0 2 1 0 1 2000 1000 0 1000\n");
	KUNIT_EXPECT_EQ(test, shown_write(s, "stats", ""), 0);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "0 0 0 2 1 0 1 2000 1000 0 1000\n");
	KUNIT_EXPECT_EQ(test, shown_write(s, "stats", "0"), 1);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "0 0 0 0 0 0 0 0 0 0 0\n");
}

static void files_stats_have_the_most_messages(struct kunit *test)
{
	struct lt_side *from = lt_side(test, BYTES);
	struct lt_ni *f = lt_ni(test);
	struct shown *s = shown(test);
	struct lnet_process_id to = { PEER, LNET_PID_LUSTRE };

	KUNIT_EXPECT_EQ(test, shown_write(s, "stats", "0"), 1);
	lt_side_bind(test, from, 1, 0, LNET_UNLINK);
	f->hold_send = true;
	KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, from->mdh, LNET_NOACK_REQ, to, 9, BITS, 0, 0),
			0);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "1 1 0 1 0 0 0 1000 0 0 0\n");
	lt_ni_finish_sends(f, 0);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "stats"), "0 1 0 1 0 0 0 1000 0 0 0\n");
}

static void files_of_partitions_have_a_line_for_each(struct kunit *test)
{
	struct shown *s = shown(test);
	char want[256], *at;
	unsigned int cpu;

	/* The test kernel has one node, and so one partition. */
	at = want + sprintf(want, "0\t:");
	for_each_online_cpu(cpu)
		at += sprintf(at, " %u", cpu);
	sprintf(at, "\n");
	KUNIT_EXPECT_STREQ(test, shown_read(s, "cpu_partition_table"), want);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "cpu_partition_distance"), "0\t: 0:10\n");
}

static void files_of_a_node_that_does_not_route(struct kunit *test)
{
	struct shown *s = shown(test);

	ni_with_facts(test);
	KUNIT_EXPECT_STREQ(test, shown_read(s, "routes"),
			   "Routing disabled\nnet      hops priority   state router\n");
	KUNIT_EXPECT_STREQ(test, shown_read(s, "routers"), "ref  rtr_ref alive router\n");
	KUNIT_EXPECT_STREQ(test, shown_read(s, "buffers"), "pages count credits     min\n");
	KUNIT_EXPECT_STREQ(test, shown_read(s, "lnet_lnd_timeout"), "49\n");
	KUNIT_EXPECT_STREQ(test, shown_read(s, "portal_rotor"),
			   "{\n\tportals: all\n\trotor: OFF\n\tdescription: Turn off message rotor for wildcard portals\n}\n");
}

static void files_write_does_what_it_says(struct kunit *test)
{
	static const struct {
		const char *name, *text;
		ssize_t n;
		unsigned int forgets;
	} rows[] = {
		{ "peers", "x", 1, 1 },
		{ "nis", "0\n", 2, 2 },
		{ "nis", "", 0, 2 },
		{ "portal_rotor", "off\n", 4, 2 },
		{ "portal_rotor", "OFF", 3, 2 },
		{ "portal_rotor", "RR\n", -EINVAL, 2 },
		{ "portal_rotor", "HASH_RT", -EINVAL, 2 },
		{ "cpu_partition_table", "0\n", -EINVAL, 2 },
		{ "cpu_partition_distance", "0\n", -EINVAL, 2 },
		{ "routes", "0\n", -EINVAL, 2 },
		{ "routers", "0\n", -EINVAL, 2 },
		{ "buffers", "0\n", -EINVAL, 2 },
		{ "lnet_lnd_timeout", "0\n", -EINVAL, 2 },
		{ "lnet_lnd_timeout", "", 0, 2 },
	};
	struct lt_ni *f = lt_ni(test);
	struct shown *s = shown(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ_MSG(test, shown_write(s, rows[i].name, rows[i].text), rows[i].n,
				    "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, f->nforget, rows[i].forgets, "row %u", i);
	}
}

static void files_are_not_opened_while_lnet_is_down(struct kunit *test)
{
	struct shown *s = shown(test);
	struct file *stats, *peers;

	KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
	stats = shown_open("stats", O_RDONLY);
	peers = shown_open("peers", O_RDONLY);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(stats), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(peers), -ENOENT);
	KUNIT_EXPECT_NOT_NULL(test, shown_read(s, "stats"));
}

static void files_without_memory_are_not_opened(struct kunit *test)
{
	struct file *file;

	shown(test);
	lnet_alloc_fail_nth(1);
	file = shown_open("peers", O_RDONLY);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(file), -ENOMEM);
}

static struct kunit_case lnet_lustre_files_cases[] = {
	KUNIT_CASE(files_nis_have_nine_columns),
	KUNIT_CASE(files_peers_have_ten_columns),
	KUNIT_CASE(files_list_of_many_peers_is_whole),
	KUNIT_CASE(files_stats_have_eleven_numbers),
	KUNIT_CASE(files_stats_have_the_most_messages),
	KUNIT_CASE(files_of_partitions_have_a_line_for_each),
	KUNIT_CASE(files_of_a_node_that_does_not_route),
	KUNIT_CASE(files_write_does_what_it_says),
	KUNIT_CASE(files_are_not_opened_while_lnet_is_down),
	KUNIT_CASE(files_without_memory_are_not_opened),
	{}
};

LT_SUITE(lnet_lustre_files);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: files of debugfs");
MODULE_LICENSE("GPL");
