// SPDX-License-Identifier: GPL-2.0
/*
 * Text of NIDs, as Lustre's modules print and parse it. Of the random NIDs the seed is printed;
 * seed=N repeats a run.
 */
#include <kunit/test.h>
#include <lnet/handler.h>

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SIZE	LNET_HANDLER_NIDSTR_SIZE

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random NIDs; 0: a new one (default 0)");

struct nid_row {
	/* input, and expected of the other direction */
	u8 size;
	u8 type;
	u16 num;
	u32 addr[4];
	const char *text;
};

#define V4	0
#define V6	12

static void nid_of_row(const struct nid_row *row, struct lnet_nid *nid)
{
	unsigned int i;

	memset(nid, 0, sizeof(*nid));
	nid->nid_size = row->size;
	nid->nid_type = row->type;
	nid->nid_num = cpu_to_be16(row->num);
	for (i = 0; i < ARRAY_SIZE(row->addr); i++)
		nid->nid_addr[i] = cpu_to_be32(row->addr[i]);
}

static void row_to_desc(const struct nid_row *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

/* Both ways -------------------------------------------------------------------- */

static const struct nid_row both_rows[] = {
	{ V4, LOLND, 0, { 0 }, "0@lo" },
	{ V4, SOCKLND, 0, { 0 }, "0.0.0.0@tcp" },
	{ V4, SOCKLND, 0, { 0x0a000001 }, "10.0.0.1@tcp" },
	{ V4, SOCKLND, 3, { 0x0a000001 }, "10.0.0.1@tcp3" },
	{ V4, SOCKLND, 65535, { ~0U }, "255.255.255.255@tcp65535" },
	{ V4, O2IBLND, 0, { 0xc0a80102 }, "192.168.1.2@o2ib" },
	{ V4, O2IBLND, 20, { 0x0a1e0002 }, "10.30.0.2@o2ib20" },
	{ V4, GNILND, 0, { 0 }, "0@gni" },
	{ V4, GNILND, 1, { 5 }, "5@gni1" },
	{ V4, GNIIPLND, 0, { 0x01020304 }, "1.2.3.4@gip" },
	{ V4, PTL4LND, 7, { ~0U }, "4294967295@ptlf7" },
	{ V4, KFILND, 0, { 60000 }, "60000@kfi" },
	{ V4, KFILND, 65535, { 1 }, "1@kfi65535" },
	{ V4, EFALND, 0, { 0xac1f0a0b }, "172.31.10.11@efa" },
	{ V4, BXI3LND, 0, { 12 }, "12@bxi3f" },
	{ V4, BXI3LND, 2, { 12 }, "12@bxi3f2" },
	{ V6, SOCKLND, 0, { 0x20010db8, 0, 0, 1 }, "2001:db8::1@tcp" },
	{ V6, SOCKLND, 1, { 0x20010db8, 0x0000f101, 0, 1 }, "2001:db8:0:f101::1@tcp1" },
	{ V6, SOCKLND, 0, { 0, 0, 0, 0 }, "::@tcp" },
	{ V6, SOCKLND, 0, { 0, 0, 0, 1 }, "::1@tcp" },
	{ V6, SOCKLND, 0, { 0xfe800000, 0, 0x02a15dff, 0xfe000001 }, "fe80::2a1:5dff:fe00:1@tcp" },
	{ V6, SOCKLND, 0, { 0x10002, 0x30004, 0x50006, 0x70008 }, "1:2:3:4:5:6:7:8@tcp" },
	{ V6, SOCKLND, 0, { 0x10000, 0x30000, 0x50000, 0x70000 }, "1:0:3:0:5:0:7:0@tcp" },
	{ V6, SOCKLND, 0, { 0x10000, 0, 0x50000, 0 }, "1::5:0:0:0@tcp" },
	{ V6, SOCKLND, 0, { 0, 0, 0xffff, 0x0a000001 }, "::ffff:10.0.0.1@tcp" },
	{ V6, SOCKLND, 65535, { ~0U, ~0U, ~0U, ~0U },
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff@tcp65535" },
	{ V6, O2IBLND, 4, { 0x20010db8, 0, 0, 2 }, "2001:db8::2@o2ib4" },
};

KUNIT_ARRAY_PARAM(both, both_rows, row_to_desc);

static void nidstr_is_printed_and_read(struct kunit *test)
{
	const struct nid_row *row = test->param_value;
	struct lnet_nid nid, read;
	char buf[SIZE], net[SIZE];

	nid_of_row(row, &nid);
	KUNIT_EXPECT_PTR_EQ(test, libcfs_nidstr_r(&nid, buf, sizeof(buf)), &buf[0]);
	KUNIT_EXPECT_STREQ(test, buf, row->text);
	memset(&read, 0x5a, sizeof(read));
	KUNIT_EXPECT_EQ(test, libcfs_strnid(&read, row->text), 0);
	KUNIT_EXPECT_MEMEQ(test, &read, &nid, sizeof(nid));

	libcfs_net2str_r(lnet_nid_net(&nid), net, sizeof(net));
	KUNIT_EXPECT_STREQ(test, net, strchr(row->text, '@') + 1);
	KUNIT_EXPECT_EQ(test, libcfs_str2net(net), lnet_nid_net(&nid));
}

/* The functions for NIDs of 8 bytes print and read the same, and longer ones not at all. */
static void nidstr_of_8_bytes_agrees(struct kunit *test)
{
	const struct nid_row *row = test->param_value;
	struct lnet_nid nid;
	char buf[SIZE];
	lnet_nid_t read;

	nid_of_row(row, &nid);
	read = libcfs_str2nid(row->text);
	if (row->size) {
		KUNIT_EXPECT_EQ(test, read, LNET_NID_ANY);
		return;
	}
	KUNIT_EXPECT_EQ(test, read, lnet_nid_to_nid4(&nid));
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(read, buf, sizeof(buf)), row->text);
}

/* Printing only ------------------------------------------------------------------ */

static const struct nid_row print_rows[] = {
	{ V4, TOFULND, 0, { 0xff }, "ff@<17:0>" },
	{ V4, 0, 0, { 0 }, "0@<0:0>" },
	{ V4, 1, 65535, { 0xdeadbeef }, "deadbeef@<1:65535>" },
	{ V4, 254, 1, { 16 }, "10@<254:1>" },
	{ V6, 20, 2, { 1, 0, 0x30, ~0U }, "1:0:30:ffffffff@<20:2>" },
	{ 4, 20, 0, { 1, 2 }, "1:2@<20:0>" },
	{ 1, 20, 0, { 1, 2 }, "1:2@<20:0>" },
	{ 255, 20, 0, { 1, 2, 3, 4 }, "1:2:3:4@<20:0>" },
	/* An address of a length that the network has none of */
	{ V6, GNILND, 0, { 1, 2, 3, 4 }, "1:2:3:4@gni" },
	{ 4, SOCKLND, 1, { 10, 11 }, "a:b@tcp1" },
};

KUNIT_ARRAY_PARAM(print, print_rows, row_to_desc);

static void nidstr_is_printed(struct kunit *test)
{
	const struct nid_row *row = test->param_value;
	struct lnet_nid nid;
	char buf[SIZE];

	nid_of_row(row, &nid);
	KUNIT_EXPECT_STREQ(test, libcfs_nidstr_r(&nid, buf, sizeof(buf)), row->text);
	if (!row->size)
		KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(lnet_nid_to_nid4(&nid), buf, SIZE),
				   row->text);
}

static void nidstr_any_is_printed(struct kunit *test)
{
	struct lnet_nid any = { .nid_type = LNET_NID_TYPE_ANY, .nid_num = cpu_to_be16(1) };
	char buf[SIZE];

	KUNIT_EXPECT_STREQ(test, libcfs_nidstr_r(NULL, buf, SIZE), "<?>");
	KUNIT_EXPECT_STREQ(test, libcfs_nidstr_r(&any, buf, SIZE), "<?>");
	lnet_nid_from_nid4(&any, LNET_NID_ANY);
	KUNIT_EXPECT_STREQ(test, libcfs_nidstr_r(&any, buf, SIZE), "<?>");
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(LNET_NID_ANY, buf, SIZE), "<?>");
}

static void nidstr_types_have_8_bits(struct kunit *test)
{
	char buf[SIZE];

	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(0xff02000100000001ULL, buf, SIZE),
			   "0.0.0.1@tcp1");
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(0x00ff000100000001ULL, buf, SIZE), "1@<255:1>");
	KUNIT_EXPECT_STREQ(test, libcfs_net2str_r(0xff020001, buf, SIZE), "tcp1");
	KUNIT_EXPECT_STREQ(test, libcfs_net2str_r(LNET_NET_ANY, buf, SIZE), "<255:65535>");
}

static void nidstr_types_are_printed(struct kunit *test)
{
	char buf[SIZE];

	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(SOCKLND, buf, SIZE), "tcp");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(O2IBLND, buf, SIZE), "o2ib");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(LOLND, buf, SIZE), "lo");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(PTL4LND, buf, SIZE), "ptlf");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(BXI3LND, buf, SIZE), "bxi3f");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(TOFULND, buf, SIZE), "?17?");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(0, buf, SIZE), "?0?");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(0x102, buf, SIZE), "?258?");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(0x10002, buf, SIZE), "?65538?");
	KUNIT_EXPECT_STREQ(test, libcfs_lnd2str_r(~0U, buf, SIZE), "?4294967295?");
}

static void nidstr_ids_are_printed(struct kunit *test)
{
	struct lnet_process_id id4 = { 0x000200000a000001ULL, 12345 };
	struct lnet_processid id = { .pid = 12345 };

	KUNIT_ASSERT_EQ(test, libcfs_strnid(&id.nid, "10.0.0.1@tcp"), 0);
	KUNIT_EXPECT_STREQ(test, libcfs_idstr(&id), "12345-10.0.0.1@tcp");
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id4), "12345-10.0.0.1@tcp");
	id.pid = LNET_PID_USERFLAG | 5;
	id4.pid = id.pid;
	KUNIT_EXPECT_STREQ(test, libcfs_idstr(&id), "U5-10.0.0.1@tcp");
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id4), "U5-10.0.0.1@tcp");
	id.pid = LNET_PID_ANY;
	id4.pid = id.pid;
	KUNIT_EXPECT_STREQ(test, libcfs_idstr(&id), "LNET_PID_ANY-10.0.0.1@tcp");
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id4), "LNET_PID_ANY-10.0.0.1@tcp");
	id4.nid = LNET_NID_ANY;
	lnet_nid_from_nid4(&id.nid, LNET_NID_ANY);
	KUNIT_EXPECT_STREQ(test, libcfs_idstr(&id), "LNET_PID_ANY-<?>");
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id4), "LNET_PID_ANY-<?>");
	KUNIT_ASSERT_EQ(test, libcfs_strnid(&id.nid, "1:2:3:4:5:6:7:8@o2ib65535"), 0);
	KUNIT_EXPECT_STREQ(test, libcfs_idstr(&id), "LNET_PID_ANY-1:2:3:4:5:6:7:8@o2ib65535");
}

/* Reading only -------------------------------------------------------------------- */

/* Other ways to write a NID, which are not those in which it is printed. */
static const struct read_row {
	const char *text;
	const char *canonical;
} read_rows[] = {
	{ "10.0.0.1", "10.0.0.1@tcp" },
	{ "10.0.0.1@tcp0", "10.0.0.1@tcp" },
	{ "10.0.0.1@tcp007", "10.0.0.1@tcp7" },
	{ "010.000.000.001@tcp", "10.0.0.1@tcp" },
	{ "0x10@gni", "16@gni" },
	{ "0XfF@kfi1", "255@kfi1" },
	{ "0xffffffff@gni", "4294967295@gni" },
	{ "010@gni", "10@gni" },
	{ "00@lo", "0@lo" },
	{ "2001:db8::1", "2001:db8::1@tcp" },
	{ "2001:0DB8:0000:0000:0000:0000:0000:0001@tcp", "2001:db8::1@tcp" },
	{ "2001:db8:0:0:1::@tcp", "2001:db8:0:0:1::@tcp" },
	{ "::10.0.0.1@tcp", "::a00:1@tcp" },
	{ "::ffff:0a00:0001@tcp", "::ffff:10.0.0.1@tcp" },
	{ "<?>", "<?>" },
};

static void nidstr_other_ways_are_read(struct kunit *test)
{
	struct lnet_nid nid;
	char buf[SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(read_rows); i++) {
		memset(&nid, 0x5a, sizeof(nid));
		KUNIT_EXPECT_EQ_MSG(test, libcfs_strnid(&nid, read_rows[i].text), 0, "'%s'",
				    read_rows[i].text);
		KUNIT_EXPECT_STREQ_MSG(test, libcfs_nidstr_r(&nid, buf, SIZE),
				       read_rows[i].canonical, "'%s'", read_rows[i].text);
	}
}

static const char *const no_nids[] = {
	"", "@", "@tcp", "*", "*@tcp", "<?>@tcp", "<?> ", "<17:0>", "ff@<17:0>", "1@tofu",
	"1@bxi3", "10.0.0.1@", "10.0.0.1@tcpx", "10.0.0.1@tcp-1", "10.0.0.1@tcp+1",
	"10.0.0.1@tcp 1", "10.0.0.1@tcp65536", "10.0.0.1@tcp4294967296", "10.0.0.1@tcp0x1",
	"10.0.0.1@tcp1\n", "10.0.0.1@tcp\n", "10.0.0.1@tcp0000000000000001", "10.0.0.1@TCP",
	"10.0.0.1@udp", "10.0.0.1@tcp@tcp", "10.0.0.1x@tcp", "10.0.0.1.@tcp", "10.0.0.1\n@tcp",
	"10.0.0.1-@tcp", "10.0.0.1:@tcp", "10.0.0.1/24@tcp", "10.0.0.1\xff@tcp", "10.0.0@tcp",
	"10.0.0.256@tcp", "10.0.0.1.2@tcp", "10.0.0.1 @tcp", " 10.0.0.1@tcp", "0x0a.0.0.1@tcp",
	"10.0.0.[1-2]@tcp", "5@tcp", "eth0@tcp", "1@lo", "0@lo0", "0@lo1", "0.0.0.0@lo", "lo",
	"tcp", "10.0.0.1@gni", "-1@gni", "+1@gni", " 1@gni", "1 @gni", "1\n@gni",
	"4294967296@gni", "0x100000000@gni", "0x@gni", "0xg@gni", "x1@gni", "1.2@gni",
	"0x0000000000000001@gni", "1@gni1x", "2001:db8::1@gni", "2001:db8::1@gip",
	"2001:db8::1@lo", ":@tcp", ":::@tcp", "1:2@tcp", "1::2::3@tcp", "1:2:3:4:5:6:7@tcp",
	"1:2:3:4:5:6:7:8:9@tcp", "1:2:3:4:5:6:7:@tcp", ":1:2:3:4:5:6:7@tcp", "12345::@tcp",
	"g::@tcp", "::1%eth0@tcp", "[::1]@tcp", "::1/64@tcp", "::1.2.3@tcp", "::1.2.3.4.5@tcp",
	"::1\xff@tcp", "::1 @tcp", "0000:0000:0000:0000:0000:ffff:255.255.255.2550@tcp",
	"00000000000000000000000000000000000000000000000000000000000000000000000000000010.0.0.1",
};

static void nidstr_no_garbage_is_read(struct kunit *test)
{
	struct lnet_nid nid, was;
	unsigned int i;

	memset(&was, 0x5a, sizeof(was));
	for (i = 0; i < ARRAY_SIZE(no_nids); i++) {
		nid = was;
		KUNIT_EXPECT_EQ_MSG(test, libcfs_strnid(&nid, no_nids[i]), -EINVAL, "'%s'",
				    no_nids[i]);
		KUNIT_EXPECT_MEMEQ(test, &nid, &was, sizeof(nid));
		KUNIT_EXPECT_EQ_MSG(test, libcfs_str2nid(no_nids[i]), LNET_NID_ANY, "'%s'",
				    no_nids[i]);
	}
	KUNIT_EXPECT_EQ(test, libcfs_strnid(&nid, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, libcfs_strnid(NULL, "0@lo"), -EINVAL);
	KUNIT_EXPECT_EQ(test, libcfs_str2nid(NULL), LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2nid("<?>"), LNET_NID_ANY);
}

static const char *const no_nets[] = {
	"", "tc", "tcp1x", "tcp 1", "tcp-1", "tcp+1", "tcp1\n", "tcp65536", "lo0", "lo1", "lop",
	"<17:0>", "<?>", "*", "bxi3", "bxi", "tofu", "o2ib0x1", "@tcp", "tcp[0-3]",
};

static void nidstr_no_other_nets_are_read(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_nets); i++)
		KUNIT_EXPECT_EQ_MSG(test, libcfs_str2net(no_nets[i]), LNET_NET_ANY, "'%s'",
				    no_nets[i]);
	KUNIT_EXPECT_EQ(test, libcfs_str2net(NULL), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("lo"), LNET_NET_LO);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp0"), LNET_MKNET(SOCKLND, 0));
}

static void nidstr_star_is_any(struct kunit *test)
{
	struct lnet_nid nid = {};
	lnet_nid_t nid4 = 0;

	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, "*"), 1);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&nid));
	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, "10.0.0.1@tcp"), 1);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nid), 0x000200000a000001ULL);
	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, "::1@tcp"), 1);
	KUNIT_EXPECT_EQ(test, nid.nid_size, V6);
	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, "**"), 0);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&nid));
	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, "<?>"), 0);
	KUNIT_EXPECT_EQ(test, libcfs_stranynid(&nid, NULL), 0);

	KUNIT_EXPECT_EQ(test, libcfs_str2anynid(&nid4, "*"), 1);
	KUNIT_EXPECT_EQ(test, nid4, LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2anynid(&nid4, "10.0.0.1@tcp"), 1);
	KUNIT_EXPECT_EQ(test, nid4, 0x000200000a000001ULL);
	KUNIT_EXPECT_EQ(test, libcfs_str2anynid(&nid4, "::1@tcp"), 0);
	KUNIT_EXPECT_EQ(test, nid4, LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2anynid(&nid4, "x"), 0);
	KUNIT_EXPECT_EQ(test, libcfs_str2anynid(&nid4, NULL), 0);
}

/* Random NIDs ----------------------------------------------------------------------- */

static const u8 types[] = { SOCKLND, O2IBLND, GNILND, GNIIPLND, PTL4LND, KFILND, EFALND, BXI3LND };

/* Half of the words of an address are 0, so that there is something to leave out. */
static u32 random_word(struct rnd_state *rnd)
{
	u32 bits = prandom_u32_state(rnd), word = prandom_u32_state(rnd);

	if (bits & 1)
		word &= 0xffff;
	if (bits & 2)
		word &= 0xffff0000;
	return word;
}

static void random_nid(struct rnd_state *rnd, struct lnet_nid *nid)
{
	unsigned int i, words = 1;

	memset(nid, 0, sizeof(*nid));
	nid->nid_type = types[prandom_u32_state(rnd) % ARRAY_SIZE(types)];
	nid->nid_num = cpu_to_be16(prandom_u32_state(rnd) & 1 ? prandom_u32_state(rnd) : 0);
	if ((nid->nid_type == SOCKLND || nid->nid_type == O2IBLND) && prandom_u32_state(rnd) & 1) {
		nid->nid_size = V6;
		words = 4;
	}
	for (i = 0; i < words; i++)
		nid->nid_addr[i] = cpu_to_be32(random_word(rnd));
}

static void nidstr_every_random_one_comes_back(struct kunit *test)
{
	u32 used = seed ?: get_random_u32();
	struct lnet_nid nid, read;
	struct rnd_state rnd;
	unsigned int i;
	char buf[SIZE];

	kunit_info(test, "seed=%u", used);
	prandom_seed_state(&rnd, used);
	for (i = 0; i < 5000; i++) {
		random_nid(&rnd, &nid);
		libcfs_nidstr_r(&nid, buf, sizeof(buf));
		KUNIT_ASSERT_EQ_MSG(test, libcfs_strnid(&read, buf), 0, "%s", buf);
		KUNIT_ASSERT_MEMEQ_MSG(test, &read, &nid, sizeof(nid), "%s", buf);
		if (!nid.nid_size)
			KUNIT_ASSERT_EQ_MSG(test, libcfs_str2nid(buf), lnet_nid_to_nid4(&nid), "%s",
					    buf);
	}
}

/* Buffers ---------------------------------------------------------------------------- */

/* Whatever is asked, nothing is written behind the buffer, and it ends with a 0. */
static void nidstr_short_buffer_is_not_overrun(struct kunit *test)
{
	static const char *const texts[] = {
		"1:2:3:4:5:6:7:8@tcp65535", "10.20.30.40@o2ib9", "<?>",
	};
	struct lnet_nid nid;
	unsigned int i;
	size_t size;
	char *buf;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		KUNIT_ASSERT_EQ(test, libcfs_strnid(&nid, texts[i]), 0);
		for (size = 0; size <= strlen(texts[i]) + 1; size++) {
			/* KASAN sees what is behind it. */
			buf = kmalloc(size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, buf);
			libcfs_nidstr_r(&nid, buf, size);
			if (size) {
				KUNIT_EXPECT_EQ(test, strnlen(buf, size), size - 1);
				KUNIT_EXPECT_EQ(test, strncmp(buf, texts[i], size - 1), 0);
			}
			kfree(buf);
		}
	}
}

static void nidstr_longest_text_fits(struct kunit *test)
{
	static const char longest[] = "ffff:ffff:ffff:ffff:0:5efe:255.255.255.255@o2ib65535";
	struct lnet_nid nid;
	char buf[SIZE];

	/* The kernel prints such an address in its longest way. */
	KUNIT_ASSERT_EQ(test, libcfs_strnid(&nid, longest), 0);
	KUNIT_EXPECT_STREQ(test, libcfs_nidstr_r(&nid, buf, SIZE), longest);
	KUNIT_EXPECT_LT(test, strlen(longest), SIZE);
}

static void nidstr_buffers_take_turns(struct kunit *test)
{
	char **seen = kunit_kcalloc(test, LNET_NIDSTR_COUNT, sizeof(*seen), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	/* Other CPUs may take some between ours, but none of the suites does. */
	for (i = 0; i < LNET_NIDSTR_COUNT; i++) {
		seen[i] = libcfs_next_nidstring();
		memset(seen[i], 0, SIZE);
		snprintf(seen[i], SIZE, "%u", i);
	}
	for (i = 0; i < LNET_NIDSTR_COUNT; i++) {
		unsigned int number = ~0U;

		KUNIT_EXPECT_EQ(test, kstrtouint(seen[i], 10, &number), 0);
		KUNIT_EXPECT_EQ(test, number, i);
	}
	KUNIT_EXPECT_PTR_EQ(test, libcfs_next_nidstring(), seen[0]);
}

static struct kunit_case lnet_lustre_nidstr_cases[] = {
	KUNIT_CASE_PARAM(nidstr_is_printed_and_read, both_gen_params),
	KUNIT_CASE_PARAM(nidstr_of_8_bytes_agrees, both_gen_params),
	KUNIT_CASE_PARAM(nidstr_is_printed, print_gen_params),
	KUNIT_CASE(nidstr_any_is_printed),
	KUNIT_CASE(nidstr_types_have_8_bits),
	KUNIT_CASE(nidstr_types_are_printed),
	KUNIT_CASE(nidstr_ids_are_printed),
	KUNIT_CASE(nidstr_other_ways_are_read),
	KUNIT_CASE(nidstr_no_garbage_is_read),
	KUNIT_CASE(nidstr_no_other_nets_are_read),
	KUNIT_CASE(nidstr_star_is_any),
	KUNIT_CASE(nidstr_every_random_one_comes_back),
	KUNIT_CASE(nidstr_short_buffer_is_not_overrun),
	KUNIT_CASE(nidstr_longest_text_fits),
	KUNIT_CASE(nidstr_buffers_take_turns),
	{}
};

static struct kunit_suite lnet_lustre_nidstr_suite = {
	.name = "lnet_lustre_nidstr",
	.test_cases = lnet_lustre_nidstr_cases,
};

kunit_test_suite(lnet_lustre_nidstr_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: text of NIDs");
MODULE_LICENSE("GPL");
