// SPDX-License-Identifier: GPL-2.0
/* Text of NIDs, networks and processes, both ways. */
#include "compare.h"

static const char *const nids[] = {
	"0@lo", "lo", "0", "1@lo", "0@lo1", "10.0.0.1@tcp", "10.0.0.1@tcp0", "10.0.0.1@tcp3",
	"10.0.0.1", "10.0.0.1@", "@tcp", "@", "", "<?>", "*", "10.0.0.256@tcp", "10.0.0@tcp",
	"10.0.0.1.1@tcp", "10.0.0.01@tcp", "0x0a000001@tcp", "10.0.0.1@tcp65535",
	"10.0.0.1@tcp65536",
	"10.0.0.1@tcp-1", "10.0.0.1@tcpx", "10.0.0.1@TCP", " 10.0.0.1@tcp", "10.0.0.1@tcp ",
	"10.0.0.1@o2ib", "10.0.0.1@o2ib12", "5@gni", "5@gni1", "0x10@gni",
	"10.0.0.1@gip", "7@ptlf", "7@kfi", "7@kfi4", "0x7@kfi", "1@bxi", "1@bxi3", "::1@tcp",
	"fe80::1@tcp2", "2001:db8:0:0:1:0:0:1@tcp", "2001:db8::1@o2ib", "2001:DB8::A@tcp",
	"::ffff:10.0.0.1@tcp", "1:2:3:4:5:6:7:8@efa", "1:2:3:4:5:6:7@tcp", "1::2::3@tcp",
	"::@tcp",
	"255.255.255.255@tcp", "0.0.0.0@tcp", "localhost@tcp", "10.0.0.1@tcp@tcp",
	"4294967295@gni",
	"4294967296@gni", "-1@gni", "1,2@gni", "10.0.0.1@elan", "10.0.0.1@tcp999999999999",
	"010@gni", "0010@gni", "0X10@gni", "0x@gni", "+1@gni", "10.0.0.0x1@tcp", "010.0.0.1@tcp",
	"10.0.0.1@tcp\n", "10.0.0.1@tcp01", "10.0.0.1@tcp0x1", "65536@gni", "65536@kfi",
	"::1@gni", "::1@lo", "::1", "fe80::1", "fe80::1%eth0@tcp", "10.0.0.1:988@tcp", "10.0@tcp",
	"10@tcp", "[10.0.0.1]@tcp", "<?>@tcp", "<5:1>", "1@<5:1>", "10.0.0.1@<2:0>", "a@gni",
	"ffffffff@gni", "10.0.0.1@o2ib0", "0@lo0", "00@lo", "0x0@lo", "lo@lo",
};

static const lnet_nid_t numbers[] = {
	0, 1, LNET_NID_ANY, LNET_NID_LO_0, 0x000200000a000001ULL, 0x000200030a000001ULL,
	0x000500000a000001ULL, 0x000d000000000005ULL, 0x000e00000a000001ULL,
	0x000f000000000007ULL,
	0x0010000000000007ULL, 0x0011000000000007ULL, 0x0012000000000007ULL,
	0x0013000000000007ULL,
	0x0014000000000007ULL, 0x0001000000000007ULL, 0x00ff000012345678ULL,
	0x0002ffffffffffffULL,
	0x0009000000000001ULL, 0x0009000100000000ULL,
};

static void text_parse(const char *text)
{
	char buf[LNET_HANDLER_NIDSTR_SIZE];
	struct lnet_nid nid;
	lnet_nid_t nid4;
	int rc;

	memset(&nid, 0, sizeof(nid));
	rc = libcfs_strnid(&nid, text);
	if (rc)
		result("strnid('%s') = %d", text, rc);
	else
		result("strnid('%s') = " NID_FMT " '%s'", text, NID_ARG(&nid),
		       libcfs_nidstr_r(&nid, buf, sizeof(buf)));
	memset(&nid, 0, sizeof(nid));
	rc = libcfs_stranynid(&nid, text);
	if (rc)
		result("stranynid('%s') = %d " NID_FMT, text, rc, NID_ARG(&nid));
	else
		result("stranynid('%s') = %d", text, rc);
	result("str2nid('%s') = %#llx", text, libcfs_str2nid(text));
	nid4 = 0;
	rc = libcfs_str2anynid(&nid4, text);
	result("str2anynid('%s') = %d %#llx", text, rc, rc ? nid4 : 0);
}

static void text_print(lnet_nid_t nid4)
{
	struct lnet_process_id id = { .nid = nid4, .pid = LNET_PID_LUSTRE };
	char buf[LNET_HANDLER_NIDSTR_SIZE];
	struct lnet_processid large;

	result("nid2str(%#llx) = '%s'", nid4, libcfs_nid2str_r(nid4, buf, sizeof(buf)));
	result("id2str(%#llx) = '%s'", nid4, libcfs_id2str(id));
	lnet_nid_from_nid4(&large.nid, nid4);
	large.pid = LNET_PID_LUSTRE | LNET_PID_USERFLAG;
	result("idstr(%#llx) = '%s'", nid4, libcfs_idstr(&large));
	large.pid = LNET_PID_ANY;
	result("idstr(%#llx, any) = '%s'", nid4, libcfs_idstr(&large));
}

static void text_net(void)
{
	static const char *const nets[] = {
		"tcp", "tcp0", "tcp1", "tcp65535", "tcp65536", "lo", "lo0", "lo1", "o2ib",
		"o2ib3", "gni",
		"gip", "ptlf", "kfi", "kfi2", "tofu", "efa", "bxi", "bxi3", "elan", "", "tcp ",
		"TCP", "tcp-1",
		"tcp01", "tcp1x", "<?>", "*", "<5:1>",
	};
	static const u32 numbers[] = {
		0, 0x20000, 0x20001, 0x2ffff, 0x50000, 0x90000, 0x90001, 0xd0000, 0xe0000,
		0xf0003, 0x100000,
		0x110000, 0x120000, 0x130000, 0x140000, 0x10000, 0xff0000, LNET_NET_ANY,
		0x80000000,
	};
	char buf[LNET_HANDLER_NIDSTR_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nets); i++)
		result("str2net('%s') = %#x", nets[i], libcfs_str2net(nets[i]));
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		result("net2str(%#x) = '%s'", numbers[i],
		       libcfs_net2str_r(numbers[i], buf, sizeof(buf)));
	for (i = 0; i < 24; i++)
		result("lnd2str(%u) = '%s'", i, libcfs_lnd2str_r(i, buf, sizeof(buf)));
	result("lnd2str(0x12345) = '%s'", libcfs_lnd2str_r(0x12345, buf, sizeof(buf)));
}

/* NIDs that no text gives: other sizes, types without a name, and none at all. */
static void text_odd(void)
{
	struct lnet_nid nid = {};
	char buf[LNET_HANDLER_NIDSTR_SIZE], small[8];
	unsigned int i;

	result("nidstr(NULL) = '%s'", libcfs_nidstr_r(NULL, buf, sizeof(buf)));
	nid.nid_addr[0] = cpu_to_be32(0x12345678);
	nid.nid_addr[3] = cpu_to_be32(0x9abcdef0);
	for (i = 0; i < 256; i++) {
		nid.nid_type = i;
		nid.nid_num = cpu_to_be16(i & 1 ? 7 : 0);
		nid.nid_size = 0;
		result("nidstr(" NID_FMT ") = '%s'", NID_ARG(&nid),
		       libcfs_nidstr_r(&nid, buf, sizeof(buf)));
		if (i != SOCKLND && i != O2IBLND && i != EFALND)
			continue;	/* others have no long addresses */
		nid.nid_size = 12;
		result("nidstr(" NID_FMT ") = '%s'", NID_ARG(&nid),
		       libcfs_nidstr_r(&nid, buf, sizeof(buf)));
	}
	/* Sizes that no address of the type has. */
	nid.nid_type = SOCKLND;
	nid.nid_num = 0;
	for (i = 1; i < 12; i++) {
		nid.nid_size = i;
		result("nidstr(" NID_FMT ") = '%s'", NID_ARG(&nid),
		       libcfs_nidstr_r(&nid, buf, sizeof(buf)));
	}
	lnet_nid_from_nid4(&nid, 0x000200000a000001ULL);
	result("nidstr, 8 bytes = '%s'", libcfs_nidstr_r(&nid, small, sizeof(small)));
}

int compare_text(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nids); i++)
		text_parse(nids[i]);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		text_print(numbers[i]);
	text_net();
	text_odd();
	return 0;
}
