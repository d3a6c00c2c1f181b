// SPDX-License-Identifier: GPL-2.0
/*
 * Printing and parsing of NIDs, networks, process ids and handles.
 */
#include "common.h"

#include <lnet/nid.h>

#include <linux/module.h>
#include <linux/random.h>
#include <linux/string.h>

static const struct nid_row {
	/* input, and expected of the other direction */
	lnet_nid_t nid;
	const char *text;
} nid_rows[] = {
	{ LNET_NID_LO_0, "0@lo" },
	{ 0x000200000a000001ULL, "10.0.0.1@tcp" },
	{ 0x0002000a0a000001ULL, "10.0.0.1@tcp10" },
	{ LNET_MKNID(LNET_MKNET(SOCKLND, 65535), 0xffffffff),
	  "255.255.255.255@tcp65535" },
	{ LNET_MKNID(LNET_MKNET(SOCKLND, 0), 0), "0.0.0.0@tcp" },
	{ LNET_MKNID(LNET_MKNET(O2IBLND, 1), 0xc0a80102), "192.168.1.2@o2ib1" },
	{ LNET_MKNID(LNET_MKNET(GNILND, 1), 5), "5@gni1" },
	{ LNET_MKNID(LNET_MKNET(GNIIPLND, 0), 0x01020304), "1.2.3.4@gip" },
	{ LNET_MKNID(LNET_MKNET(PTL4LND, 7), 4294967295U), "4294967295@ptlf7" },
	{ LNET_MKNID(LNET_MKNET(KFILND, 0), 60000), "60000@kfi" },
	{ LNET_MKNID(LNET_MKNET(EFALND, 1), 0xac1f0a0b), "172.31.10.11@efa1" },
	{ LNET_MKNID(LNET_MKNET(BXI3LND, 2), 12), "12@bxi3f2" },
};

static void nid_to_desc(const struct nid_row *row, char *desc)
{
	strscpy(desc, row->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(nid, nid_rows, nid_to_desc);

static void nid_is_printed_and_read(struct kunit *test)
{
	const struct nid_row *row = test->param_value;
	char buf[LNET_NIDSTR_SIZE];

	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(row->nid, buf, sizeof(buf)),
			   row->text);
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(row->nid), row->text);
	KUNIT_EXPECT_EQ(test, libcfs_str2nid(row->text), row->nid);
}

static void nid_without_a_net_is_of_tcp(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, libcfs_str2nid("10.0.0.1"),
			0x000200000a000001ULL);
}

static void nid_any_is_printed(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_NID_ANY), "<?>");
	KUNIT_EXPECT_STREQ(test, libcfs_net2str(LNET_NET_ANY), "<?>");
}

/* Lustre's form: the address in hex, as nothing is known of it. */
static void nid_of_an_unknown_type_is_printed(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_MKNID(LNET_MKNET(TOFULND, 3), 0xff)),
			   "ff@<17:3>");
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_MKNID(LNET_MKNET(0, 0), 0)), "0@<0:0>");
	/* A type of more than 8 bits is not the one that its lower 8 bits are. */
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_MKNID(LNET_MKNET(0x202, 1), ~0U)),
			   "ffffffff@<514:1>");
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_MKNID(LNET_MKNET(0xff, 1), 16)), "10@<255:1>");
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str(LNET_MKNID(LNET_NET_ANY, 16)), "10@<?>");
	KUNIT_EXPECT_STREQ(test, libcfs_net2str(LNET_MKNET(0x202, 1)), "<514:1>");
}

static void nid_numbers_are_decimal_or_hex(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, libcfs_str2nid("0x10@gni"), LNET_MKNID(LNET_MKNET(GNILND, 0), 16));
	KUNIT_EXPECT_EQ(test, libcfs_str2nid("0XfF@gni"), LNET_MKNID(LNET_MKNET(GNILND, 0), 255));
	KUNIT_EXPECT_EQ(test, libcfs_str2nid("010@gni"), LNET_MKNID(LNET_MKNET(GNILND, 0), 10));
}

static const char *const no_nids[] = {
	"", "@", "@tcp", "10.0.0.1@", "10.0.0.1@tcpx", "10.0.0.1@tcp-1",
	"10.0.0.1@tcp65536", "10.0.0.1@tcp99999999999", "10.0.0.1@udp",
	"10.0.0.1x@tcp", "10.0.0.1.@tcp", "10.0.0.1\n@tcp", "10.0.0.1-@tcp",
	"10.0.0@tcp", "10.0.0.256@tcp", "10.0.0.1.2@tcp", "10.0.0.1 @tcp",
	" 10.0.0.1@tcp", "10.0.0.1@tcp ", "10.0.0.1@tcp@tcp", "x@tcp",
	"1@lo", "0@lo1", "0@lo0", "lo", "-1@gni", "4294967296@gni", "1.2@gni",
	"+1@gni", "1\n@gni", "1@gni1\n", "1@gni+1", "0x@gni", "1@tofu", "ff@<17:0>", "<?>",
	"2001:db8::1:@tcp", "::ffff:10.0.0@tcp", "1:2:3:4:5:6:7@tcp",
	"000000000000000000000000000000000001@gni",
};

static void nid_no_garbage_is_read(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_nids); i++)
		KUNIT_EXPECT_EQ_MSG(test, libcfs_str2nid(no_nids[i]),
				    LNET_NID_ANY, "'%s'", no_nids[i]);
}

static void nid_every_random_one_comes_back(struct kunit *test)
{
	static const u32 types[] = { SOCKLND, O2IBLND, GNILND, GNIIPLND,
				     PTL4LND };
	char buf[LNET_NIDSTR_SIZE];
	lnet_nid_t nid;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		nid = LNET_MKNID(LNET_MKNET(types[i % ARRAY_SIZE(types)],
					    get_random_u16()),
				 get_random_u32());
		libcfs_nid2str_r(nid, buf, sizeof(buf));
		KUNIT_EXPECT_EQ_MSG(test, libcfs_str2nid(buf), nid, "%s", buf);
	}
}

/* Whatever is asked, nothing is written behind the buffer. */
static void nid_short_buffer_is_not_overrun(struct kunit *test)
{
	const lnet_nid_t nid = LNET_MKNID(LNET_MKNET(SOCKLND, 65535), ~0U);
	const lnet_nid_t strange = LNET_MKNID(0xabcd1234, ~0U);
	struct lnet_process_id id = { .nid = nid, .pid = ~1U };
	char buf[LNET_IDSTR_SIZE + 1];
	size_t size;

	for (size = 1; size <= LNET_IDSTR_SIZE; size++) {
		memset(buf, 0x5a, sizeof(buf));
		libcfs_nid2str_r(nid, buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		libcfs_nid2str_r(strange, buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		libcfs_net2str_r(LNET_NIDNET(nid), buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		libcfs_id2str_r(id, buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		lnet_handle_print(U64_MAX - 1, buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		KUNIT_EXPECT_TRUE(test, lt_is_byte(buf + size,
						   sizeof(buf) - size, 0x5a));
	}
}

static void nid_longest_texts_fit_their_sizes(struct kunit *test)
{
	struct lnet_process_id id = {
		.nid = LNET_MKNID(LNET_MKNET(O2IBLND, 65535), ~0U),
		.pid = 0xfffffffe,
	};
	char buf[100];

	KUNIT_EXPECT_LT(test, strlen(libcfs_nid2str_r(id.nid, buf, 100)),
			LNET_NIDSTR_SIZE);
	KUNIT_EXPECT_LT(test, strlen(libcfs_id2str_r(id, buf, 100)),
			LNET_IDSTR_SIZE);
	id.pid = LNET_PID_ANY;
	KUNIT_EXPECT_LT(test, strlen(libcfs_id2str_r(id, buf, 100)),
			LNET_IDSTR_SIZE);
	id.nid = LNET_MKNID(0xfffefffe, ~0U);
	KUNIT_EXPECT_LT(test, strlen(libcfs_id2str_r(id, buf, 100)),
			LNET_IDSTR_SIZE);
	KUNIT_EXPECT_LT(test, strlen(lnet_handle_print(U64_MAX - 1, buf, 100)),
			LNET_HANDLESTR_SIZE);
}

static const struct net_row {
	u32 net;
	const char *text;
} net_rows[] = {
	{ LNET_NET_LO, "lo" },
	{ LNET_MKNET(SOCKLND, 0), "tcp" },
	{ LNET_MKNET(SOCKLND, 1), "tcp1" },
	{ LNET_MKNET(O2IBLND, 65535), "o2ib65535" },
	{ LNET_MKNET(PTL4LND, 3), "ptlf3" },
};

static void nid_nets_are_printed_and_read(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(net_rows); i++) {
		KUNIT_EXPECT_STREQ(test, libcfs_net2str(net_rows[i].net),
				   net_rows[i].text);
		KUNIT_EXPECT_EQ(test, libcfs_str2net(net_rows[i].text),
				net_rows[i].net);
	}
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp0"), LNET_MKNET(SOCKLND, 0));
	KUNIT_EXPECT_EQ(test, libcfs_str2net(""), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tc"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp1x"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp 1"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("lo0"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("lo1"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp1\n"), LNET_NET_ANY);
	KUNIT_EXPECT_EQ(test, libcfs_str2net("tcp65536"), LNET_NET_ANY);
}

static void nid_ids_are_printed(struct kunit *test)
{
	struct lnet_process_id id = { 0x000200000a000001ULL, 12345 };

	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id), "12345-10.0.0.1@tcp");
	id.pid = LNET_PID_USERFLAG | 5;
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id), "U5-10.0.0.1@tcp");
	id.pid = LNET_PID_ANY;
	KUNIT_EXPECT_STREQ(test, libcfs_id2str(id),
			   "LNET_PID_ANY-10.0.0.1@tcp");
}

static void nid_several_may_stand_in_one_line(struct kunit *test)
{
	char *text[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(text); i++)
		text[i] = libcfs_nid2str(LNET_MKNID(LNET_MKNET(GNILND, 0), i));
	for (i = 0; i < ARRAY_SIZE(text); i++)
		KUNIT_EXPECT_EQ(test, libcfs_str2nid(text[i]),
				LNET_MKNID(LNET_MKNET(GNILND, 0), i));
}

static void nid_macros_take_apart_what_they_put_together(struct kunit *test)
{
	lnet_nid_t nid = LNET_MKNID(LNET_MKNET(SOCKLND, 300), 0xfedcba98);

	KUNIT_EXPECT_EQ(test, nid, 0x0002012cfedcba98ULL);
	KUNIT_EXPECT_EQ(test, LNET_NIDADDR(nid), 0xfedcba98U);
	KUNIT_EXPECT_EQ(test, LNET_NETTYP(LNET_NIDNET(nid)), SOCKLND);
	KUNIT_EXPECT_EQ(test, LNET_NETNUM(LNET_NIDNET(nid)), 300);
	KUNIT_EXPECT_EQ(test, LNET_NID_LO_0, 0x0009000000000000ULL);
}

static void nid_events_have_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_GET), "GET");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_PUT), "PUT");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_REPLY), "REPLY");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_ACK), "ACK");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_SEND), "SEND");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(LNET_EVENT_UNLINK), "UNLINK");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(0), "?");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(7), "?");
	KUNIT_EXPECT_STREQ(test, lnet_event_name(-1), "?");
}

static void nid_handles_are_printed(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 1, NULL);
	char buf[LNET_HANDLESTR_SIZE];
	char want[LNET_HANDLESTR_SIZE];

	snprintf(want, sizeof(want), "eq:%#llx", eqh.cookie);
	KUNIT_EXPECT_STREQ(test, lnet_handle_print(eqh.cookie, buf,
						   sizeof(buf)), want);
	KUNIT_EXPECT_STREQ(test, lnet_handle_print(LNET_WIRE_HANDLE_COOKIE_NONE,
						   buf, sizeof(buf)), "none");
	KUNIT_EXPECT_STREQ(test, lnet_handle_print(0x401, buf, sizeof(buf)),
			   "md:0x401");
	KUNIT_EXPECT_STREQ(test, lnet_handle_print(0x402, buf, sizeof(buf)),
			   "me:0x402");
}

static struct kunit_case lnet_nid_cases[] = {
	KUNIT_CASE_PARAM(nid_is_printed_and_read, nid_gen_params),
	KUNIT_CASE(nid_without_a_net_is_of_tcp),
	KUNIT_CASE(nid_any_is_printed),
	KUNIT_CASE(nid_of_an_unknown_type_is_printed),
	KUNIT_CASE(nid_numbers_are_decimal_or_hex),
	KUNIT_CASE(nid_no_garbage_is_read),
	KUNIT_CASE(nid_every_random_one_comes_back),
	KUNIT_CASE(nid_short_buffer_is_not_overrun),
	KUNIT_CASE(nid_longest_texts_fit_their_sizes),
	KUNIT_CASE(nid_nets_are_printed_and_read),
	KUNIT_CASE(nid_ids_are_printed),
	KUNIT_CASE(nid_several_may_stand_in_one_line),
	KUNIT_CASE(nid_macros_take_apart_what_they_put_together),
	KUNIT_CASE(nid_events_have_names),
	KUNIT_CASE(nid_handles_are_printed),
	{}
};

LT_SUITE(lnet_nid);

MODULE_DESCRIPTION("KUnit suite of lnet: printing and parsing");
MODULE_LICENSE("GPL");
