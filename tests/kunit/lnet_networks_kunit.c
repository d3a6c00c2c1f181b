// SPDX-License-Identifier: GPL-2.0
/*
 * The text of networks=, good and bad, and what comes up by it, or does not.
 */
#include "common.h"
#include "network/networks.h"
#include "hooks/watch.h"

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random texts; 0: a new one (default 0)");

static unsigned int steps = 20000 / LT_SLOW;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "Number of random texts (default 20000, fewer in a debug kernel)");

/* The text ----------------------------------------------------------------- */

/* As the parser would have it: "tcp(eth0) tcp1()". */
static void print_networks(const struct lnet_networks *n, char *buf,
			   size_t size, const char *between)
{
	char net[LNET_NIDSTR_SIZE];
	size_t len = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < n->nr; i++) {
		libcfs_net2str_r(n->network[i].net, net, sizeof(net));
		len += scnprintf(buf + len, size - len, "%s%s", i ? between : "",
				 net);
		if (*n->network[i].where)
			len += scnprintf(buf + len, size - len, "(%s)",
					 n->network[i].where);
	}
}

/* A text that is no longer than it is. */
static int parse(const char *text, struct lnet_networks *n,
		 struct lnet_networks_fault *fault, char **copy)
{
	*copy = kstrdup(text, GFP_KERNEL);
	return *copy ? lnet_networks_parse(*copy, n, fault) : -ENOMEM;
}

static const struct {
	/* input */
	const char *text;
	/* output as expected */
	const char *networks;
} good[] = {
	{ "", "" },
	{ " \t\r\n", "" },
	{ "tcp", "tcp" },
	{ "tcp0", "tcp" },
	{ "tcp007", "tcp7" },
	{ "tcp65535", "tcp65535" },
	{ "tcp(eth0)", "tcp(eth0)" },
	{ "tcp0(eth0),tcp1(10.0.0.0/8)", "tcp(eth0) tcp1(10.0.0.0/8)" },
	{ "tcp(eth0,eth1)", "tcp(eth0) tcp(eth1)" },
	{ "tcp(eth0),tcp(eth1)", "tcp(eth0) tcp(eth1)" },
	{ "tcp(eth0),tcp1(eth0)", "tcp(eth0) tcp1(eth0)" },
	{ "tcp,tcp(eth0)", "tcp tcp(eth0)" },
	{ " tcp ( eth0 , eth1 ) , tcp1 \t", "tcp(eth0) tcp(eth1) tcp1" },
	{ "tcp\n(\neth0\n)\n,\ntcp1\n", "tcp(eth0) tcp1" },
	{ "tcp1,tcp", "tcp1 tcp" },
	{ "o2ib3(ib0),gni,gip1,ptlf7(x)", "o2ib3(ib0) gni gip1 ptlf7(x)" },
	{ "tcp(10.0.0.1)", "tcp(10.0.0.1)" },
	{ "tcp(10.0.0.1/32)", "tcp(10.0.0.1/32)" },
	{ "tcp(0.0.0.0/0)", "tcp(0.0.0.0/0)" },
	{ "tcp(255.255.255.255/32)", "tcp(255.255.255.255/32)" },
	{ "tcp(10.1.2.3/8)", "tcp(10.1.2.3/8)" },
	{ "tcp(eth0.100)", "tcp(eth0.100)" },
	{ "tcp(br-lan_1,wg0@x)", "tcp(br-lan_1) tcp(wg0@x)" },
	{ "tcp(abcdefghijklmno)", "tcp(abcdefghijklmno)" },
	{ "tcp(a)", "tcp(a)" },
};

static void networks_good_text_is_read(struct kunit *test)
{
	struct lnet_networks *n = lt_vmalloc(test, sizeof(*n));
	struct lnet_networks_fault fault = {};
	char said[128], *copy;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		rc = parse(good[i].text, n, &fault, &copy);
		KUNIT_EXPECT_EQ_MSG(test, rc, 0, "'%s': %s", good[i].text,
				    fault.what);
		print_networks(n, said, sizeof(said), " ");
		KUNIT_EXPECT_STREQ_MSG(test, said, good[i].networks, "'%s'",
				       good[i].text);
		kfree(copy);
	}
}

static const struct {
	/* input */
	const char *text;
	/* output as expected */
	const char *token;
	const char *what;		/* of the message */
} bad[] = {
	/* networks */
	{ "eth0", "eth0", "no network" },
	{ "tcpx", "tcpx", "no network" },
	{ "TCP", "TCP", "no network" },
	{ "tcp-1", "tcp-1", "no network" },
	{ "tcp0x1", "tcp0x1", "no network" },
	{ "7", "7", "no network" },
	{ "10.0.0.1@tcp", "10.0.0.1@tcp", "no network" },
	{ "tcp,kqsw", "kqsw", "no network" },
	{ "abcdefghijklmnopqrstuvwxyzabcdef0123456789",
	  "abcdefghijklmnopqrstuvwxyzabcdef0123456789", "no network" },
	{ "tcp65536", "tcp65536", "0 to 65535" },
	{ "tcp(eth0),tcp99999999999(eth0)", "tcp99999999999", "0 to 65535" },
	{ "lo", "lo", "always there" },
	{ "tcp,lo(lo)", "lo", "always there" },
	{ "lo1", "lo1", "always there" },
	/* commas */
	{ ",", ",", "no network before" },
	{ ",tcp", ",", "no network before" },
	{ "tcp,,tcp1", ",", "no network before" },
	{ "tcp,", ",", "is the last" },
	{ "tcp(eth0) , ", ",", "is the last" },
	{ "tcp tcp1", "tcp1", "no ',' before" },
	{ "tcp(eth0)tcp1", "tcp1", "no ',' before" },
	{ "tcp(eth0)(eth1)", "(", "no ',' before" },
	{ "tcp eth0", "eth0", "no ',' before" },
	{ "tcp;tcp1", "tcp;tcp1", "no network" },
	{ "tcp(,eth0)", ",", "no interface before" },
	{ "tcp(eth0,)", ")", "no interface before" },
	{ "tcp(eth0,,eth1)", ",", "no interface before" },
	{ "tcp(eth0 eth1)", "eth1", "no ',' before" },
	{ "tcp(eth0;eth1)x", "x", "no ',' before" },
	/* brackets */
	{ "tcp()", "()", "no interface in" },
	{ "tcp( \t)", "( \t)", "no interface in" },
	{ "(eth0)", "(", "no network before" },
	{ "tcp,(eth0)", "(", "no network before" },
	{ ")", ")", "no network before" },
	{ "tcp)", ")", "closes no bracket" },
	{ "tcp(eth0))", ")", "closes no bracket" },
	{ "tcp(eth0", "tcp(eth0", "open bracket" },
	{ "tcp1,tcp(eth0, ", "tcp(eth0,", "open bracket" },
	{ "tcp(", "tcp(", "open bracket" },
	{ "tcp ( \t\r", "tcp (", "open bracket" },
	{ "tcp(eth0,tcp1(eth1)", "(", "no ',' before" },
	{ "tcp((eth0))", "(", "no interface before" },
	/* interfaces */
	{ "tcp(abcdefghijklmnop)", "abcdefghijklmnop", "at most 15" },
	{ "tcp(eth0,eth/1)", "eth/1", "neither" },
	{ "tcp(eth0:1)", "eth0:1", "neither" },
	{ "tcp(2001:db8::g)", "2001:db8::g", "neither" },
	{ "tcp(2001:db8::1::2)", "2001:db8::1::2", "no IPv6" },
	{ "tcp(2001:db8::/129)", "2001:db8::/129", "no IPv6" },
	{ "tcp(2001:db8::/0064)", "2001:db8::/0064", "no IPv6" },
	{ "tcp(2001:db8::/)", "2001:db8::/", "no IPv6" },
	{ "tcp(2001:db8::/-1)", "2001:db8::/-1", "neither" },
	{ "tcp(1:2:3:4:5:6:7:8:9)", "1:2:3:4:5:6:7:8:9", "no IPv6" },
	{ "tcp(/8)", "/8", "no IPv4" },
	{ "tcp(.)", ".", "no IPv4" },
	{ "tcp(..)", "..", "no IPv4" },
	{ "tcp(7)", "7", "no IPv4" },
	{ "tcp(10.0.0)", "10.0.0", "no IPv4" },
	{ "tcp(10.0.0.)", "10.0.0.", "no IPv4" },
	{ "tcp(10.0.0.1.)", "10.0.0.1.", "no IPv4" },
	{ "tcp(10.0.0.0.0)", "10.0.0.0.0", "no IPv4" },
	{ "tcp(10.0.0.256)", "10.0.0.256", "no IPv4" },
	{ "tcp(10.0.0.0/)", "10.0.0.0/", "no IPv4" },
	{ "tcp(10.0.0.0/33)", "10.0.0.0/33", "no IPv4" },
	{ "tcp(10.0.0.0/032)", "10.0.0.0/032", "no IPv4" },
	{ "tcp(10.0.0.0/8/8)", "10.0.0.0/8/8", "no IPv4" },
	{ "tcp(10.0.0.0/8.)", "10.0.0.0/8.", "no IPv4" },
	{ "tcp(10.0.0.0/4294967296)", "10.0.0.0/4294967296", "no IPv4" },
	{ "tcp(1111111111111111111111111)", "1111111111111111111111111",
	  "no IPv4" },
	/* CPU partitions, as Lustre has them */
	{ "tcp0(eth0[0,1])", "eth0[0,1]", "CPU partitions" },
	{ "tcp(eth0[0, 1],eth1)", "eth0[0, 1]", "CPU partitions" },
	{ "tcp(eth0[0-1],eth1[2])", "eth0[0-1]", "CPU partitions" },
	{ "tcp(eth1,eth0[1]),tcp1", "eth0[1]", "CPU partitions" },
	{ "tcp(eth0)[0,1]", "[0,1]", "CPU partitions" },
	{ "tcp(eth0) [0],tcp1", "[0]", "CPU partitions" },
	{ "tcp[0,1](eth0)", "tcp[0,1]", "CPU partitions" },
	{ "tcp[0](eth0)", "tcp[0]", "CPU partitions" },
	{ "tcp(eth0[)", "eth0[", "CPU partitions" },
	{ "tcp(eth0[0,tcp1(eth1])", "eth0[0", "CPU partitions" },
	{ "tcp(10.0.0.1[0])", "10.0.0.1[0]", "CPU partitions" },
	{ "tcp(eth0]", "tcp(eth0]", "open bracket" },
	/* twice */
	{ "tcp,tcp", "tcp", "twice" },
	{ "tcp,tcp0", "tcp0", "twice" },
	{ "tcp(eth0,eth0)", "eth0", "twice" },
	{ "tcp(eth1,eth0),tcp1(eth0),tcp0(eth0)", "eth0", "twice" },
	{ "tcp(10.0.0.0/8,10.0.0.0/8)", "10.0.0.0/8", "twice" },
};

static void networks_bad_text_is_refused(struct kunit *test)
{
	struct lnet_networks *n = lt_vmalloc(test, sizeof(*n));
	struct lnet_networks_fault fault;
	char token[64], *copy;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		rc = parse(bad[i].text, n, &fault, &copy);
		KUNIT_EXPECT_EQ_MSG(test, rc, -EINVAL, "'%s'", bad[i].text);
		KUNIT_EXPECT_EQ(test, n->nr, 0);
		if (rc == -EINVAL) {
			snprintf(token, sizeof(token), "%.*s", fault.len,
				 fault.token);
			KUNIT_EXPECT_STREQ_MSG(test, token, bad[i].token,
					       "'%s'", bad[i].text);
			KUNIT_EXPECT_NOT_NULL_MSG(test,
						  strstr(fault.what, bad[i].what),
						  "'%s': %s", bad[i].text,
						  fault.what);
			KUNIT_EXPECT_NOT_NULL_MSG(test, strchr(fault.what, ':'),
						  "no advice: %s", fault.what);
		}
		kfree(copy);
	}
}

/* Of two equal tokens the second is the wrong one, which the text of the token does not tell. */
static void networks_second_of_two_is_the_wrong_one(struct kunit *test)
{
	static const char text[] = "tcp(eth0),tcp(eth0)";
	struct lnet_networks *n = lt_vmalloc(test, sizeof(*n));
	struct lnet_networks_fault fault;

	KUNIT_ASSERT_EQ(test, lnet_networks_parse(text, n, &fault), -EINVAL);
	KUNIT_EXPECT_EQ(test, fault.token - text, 14);
}

static void networks_are_at_most_64(struct kunit *test)
{
	struct lnet_networks *n = lt_vmalloc(test, sizeof(*n));
	char *text = lt_vmalloc(test, 1024);
	struct lnet_networks_fault fault;
	unsigned int i, len = 0;

	for (i = 0; i < LNET_MAX_NIS; i++)
		len += sprintf(text + len, "%stcp%u(eth%u", i ? ")," : "", i, i);
	sprintf(text + len, ")");
	KUNIT_EXPECT_EQ(test, lnet_networks_parse(text, n, &fault), 0);
	KUNIT_EXPECT_EQ(test, n->nr, LNET_MAX_NIS);
	KUNIT_EXPECT_STREQ(test, n->network[63].where, "eth63");

	sprintf(text + len, ",x)");
	KUNIT_EXPECT_EQ(test, lnet_networks_parse(text, n, &fault), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, fault.token, (const char *)text + len + 1);
	KUNIT_EXPECT_EQ(test, fault.len, 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(fault.what, "too many"));
}

static unsigned int below(struct rnd_state *rnd, unsigned int n)
{
	return prandom_u32_state(rnd) % n;
}

/* Mostly good, but for what is there twice; a character in four is changed. */
static void random_networks(struct rnd_state *rnd, char *text, size_t size)
{
	unsigned int i, n = 1 + below(rnd, 5), len = 0;
	bool open = false;

	for (i = 0; i < n; i++) {
		if (!open || !below(rnd, 2)) {
			len += scnprintf(text + len, size - len, "%s%stcp%u",
					 open ? ")" : "", i ? " ," : "",
					 below(rnd, 3));
			open = below(rnd, 2);
			if (!open)
				continue;
			len += scnprintf(text + len, size - len, " ( ");
		} else {
			len += scnprintf(text + len, size - len, ", ");
		}
		if (below(rnd, 2))
			len += scnprintf(text + len, size - len, "eth%u",
					 below(rnd, 12));
		else
			len += scnprintf(text + len, size - len, "10.%u.0.0/%u",
					 below(rnd, 300), below(rnd, 36));
	}
	len += scnprintf(text + len, size - len, "%s", open ? ")" : "");
	if (!below(rnd, 4))
		text[below(rnd, len)] = "(),./ 0x"[below(rnd, 8)];
}

/* A few pieces of which good texts are made, and some that are odd. */
static void random_pieces(struct rnd_state *rnd, char *text, size_t size)
{
	static const char *const pieces[] = {
		"tcp", "tcp1", "o2ib", "gni", "lo", "eth0", "eth1", "eth0.1",
		"10.0.0.1", "10.0.0.0/8", "10.", "/", "/8", "0", "7", ".",
		"(", "(", "(", ")", ")", ")", ",", ",", ",", " ", "\t", "\n",
		"x", "@", "\xff", ":", "-", "[", "]", "abcdefghijklmnop",
	};
	unsigned int n = below(rnd, 24);

	*text = '\0';
	while (n--)
		strlcat(text, pieces[below(rnd, ARRAY_SIZE(pieces))], size);
}

static void expect_sound(struct kunit *test, const char *text,
			 const struct lnet_networks *n)
{
	struct lnet_networks *again = lt_vmalloc(test, sizeof(*again));
	char *back = lt_vmalloc(test, 4096);
	struct lnet_networks_fault fault;
	unsigned int i;

	KUNIT_EXPECT_LE(test, n->nr, LNET_MAX_NIS);
	for (i = 0; i < n->nr; i++)
		KUNIT_EXPECT_NE(test, LNET_NETTYP(n->network[i].net), LOLND);
	print_networks(n, back, 4096, ",");
	KUNIT_EXPECT_EQ_MSG(test, lnet_networks_parse(back, again, &fault), 0,
			    "'%s' gave '%s'", text, back);
	KUNIT_EXPECT_EQ(test, again->nr, n->nr);
	for (i = 0; i < n->nr && i < again->nr; i++) {
		KUNIT_EXPECT_EQ(test, again->network[i].net, n->network[i].net);
		KUNIT_EXPECT_STREQ(test, again->network[i].where,
				   n->network[i].where);
	}
}

static void networks_random_text_is_read_or_refused(struct kunit *test)
{
	struct lnet_networks *n = lt_vmalloc(test, sizeof(*n));
	unsigned int i, taken = 0;
	struct lnet_networks_fault fault;
	struct rnd_state rnd;
	char text[256], *copy;
	int rc;

	if (!seed)
		seed = get_random_u32();
	kunit_info(test, "seed=%lu steps=%u", seed, steps);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < steps; i++) {
		if (i % 2)
			random_networks(&rnd, text, sizeof(text));
		else
			random_pieces(&rnd, text, sizeof(text));
		rc = parse(text, n, &fault, &copy);
		if (!rc && n->nr) {
			/* Each costs some memory until the case is over. */
			if (taken++ < 200)
				expect_sound(test, text, n);
		} else if (rc) {
			KUNIT_EXPECT_EQ(test, rc, -EINVAL);
			KUNIT_EXPECT_GE(test, fault.token - copy, 0);
			KUNIT_EXPECT_GT(test, fault.len, 0);
			KUNIT_EXPECT_LE(test, fault.token - copy + fault.len,
					strlen(copy));
			KUNIT_EXPECT_EQ(test, n->nr, 0);
		}
		kfree(copy);
		if (!(i % 256))
			cond_resched();
	}
	kunit_info(test, "%u taken", taken);
	KUNIT_EXPECT_GT(test, taken, steps / 20);
}

/* Coming up ---------------------------------------------------------------- */

#define NID_A	LT_NID(21)
#define NID_B	LNET_MKNID(LNET_MKNET(PTL4LND, 8), 22)
#define NID_C	LT_NID(23)

static void undo_init(void *arg)
{
	while (!LNetNIFini())
		;
	lnet_networks_set("");
}

/* Behind the offers: they go when LNet is down. */
static void configure(struct kunit *test, const char *text)
{
	KUNIT_ASSERT_EQ(test, lnet_networks_set(text), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_init, NULL),
			0);
}

static void expect_nid(struct kunit *test, unsigned int index, lnet_nid_t nid)
{
	struct lnet_process_id id = {};

	KUNIT_EXPECT_EQ(test, LNetGetId(index, &id), 0);
	KUNIT_EXPECT_EQ_MSG(test, id.nid, nid, "NI %u is %s", index,
			    libcfs_nid2str(id.nid));
	KUNIT_EXPECT_EQ(test, id.pid, LNET_PID_LUSTRE);
}

static void networks_come_up_in_order_and_go_in_reverse(struct kunit *test)
{
	struct lt_ni *b = lt_ni_offer(test, "eth1", NID_B);
	struct lt_ni *c = lt_ni_offer(test, "10.0.0.0/8", NID_C);
	struct lt_ni *a = lt_ni_offer(test, "", NID_A);
	struct lnet_process_id id;
	unsigned int refs = module_refcount(lt_lnd.owner);

	configure(test, "ptlf7,ptlf8(eth1),ptlf7(10.0.0.0/8)");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	expect_nid(test, 0, LNET_NID_LO_0);
	expect_nid(test, 1, NID_A);
	expect_nid(test, 2, NID_B);
	expect_nid(test, 3, NID_C);
	KUNIT_EXPECT_EQ(test, LNetGetId(4, &id), -ENOENT);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs + 3);

	/* A user that joins later and goes earlier changes nothing. */
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_EQ(test, LNetGetId(4, &id), -ENOENT);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	expect_nid(test, 3, NID_C);
	KUNIT_EXPECT_EQ(test, a->nshutdown + b->nshutdown + c->nshutdown, 0);

	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, b->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, c->nshutdown, 1);
	KUNIT_EXPECT_LT(test, c->shutdown_turn, b->shutdown_turn);
	KUNIT_EXPECT_LT(test, b->shutdown_turn, a->shutdown_turn);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs);

	/* And once more. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	expect_nid(test, 3, NID_C);
}

/* Nor does the loopback have a line. */
static void networks_coming_and_going_are_in_the_log(struct kunit *test)
{
	struct lt_ni *c = lt_ni_new(test);
	struct lt_log log;

	lt_ni_offer(test, "eth0", NID_A);
	lt_ni_offer(test, "", NID_B);
	configure(test, "ptlf7(eth0),ptlf8");
	lt_log_begin(&log);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet: 21@ptlf7 is up: ptlf7(eth0)", ""), 1);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet: 22@ptlf8 is up: ptlf8", ""), 1);
	KUNIT_ASSERT_EQ(test, lt_ni_start(c, NID_C), 0);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "lnet: 23@ptlf7 is up", ""), 1);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	lt_ni_stop(c);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "is closed", "@ptlf"), 3);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "", ""), 6);
}

static void networks_are_told_apart_by_distance(struct kunit *test)
{
	lnet_nid_t src;
	u32 order;

	lt_ni_offer(test, "eth0", NID_A);
	lt_ni_offer(test, "eth1", NID_B);
	lt_ni_offer(test, "eth2", NID_C);
	configure(test, "ptlf7(eth0),ptlf8(eth1),ptlf7(eth2)");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);

	KUNIT_EXPECT_EQ(test, LNetDist(NID_C, &src, &order), 0);
	KUNIT_EXPECT_EQ(test, src, NID_C);
	KUNIT_EXPECT_EQ(test, order, 1);
	KUNIT_EXPECT_EQ(test, LNetDist(LT_NID(99), &src, &order), 1);
	KUNIT_EXPECT_EQ(test, src, NID_A);
	KUNIT_EXPECT_EQ(test, order, 3);
	KUNIT_EXPECT_EQ(test, LNetDist(NID_B + 1, &src, &order), 1);
	KUNIT_EXPECT_EQ(test, src, NID_B);
	KUNIT_EXPECT_EQ(test, order, 4);
	KUNIT_EXPECT_EQ(test, LNetDist(LNET_NID_LO_0, &src, &order), 0);
	KUNIT_EXPECT_EQ(test, order, 0);
	KUNIT_EXPECT_EQ(test, LNetDist(LNET_MKNID(LNET_MKNET(SOCKLND, 0), 1),
				       &src, &order), -EHOSTUNREACH);
}

static void networks_beside_nis_by_hand(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_ni *b = lt_ni_new(test);

	configure(test, "ptlf7(eth0)");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_start(b, NID_A), -EEXIST);
	KUNIT_ASSERT_EQ(test, lt_ni_start(b, NID_C), 0);
	expect_nid(test, 2, NID_C);
	/* Either may go by hand. */
	lt_ni_stop(a);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
	expect_nid(test, 1, NID_C);
	lt_ni_stop(b);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_EQ(test, a->nshutdown, 1);
	KUNIT_EXPECT_EQ(test, b->nshutdown, 1);
}

/* LNet stays down, and nothing of the first NI is left. */
static void expect_failure(struct kunit *test, struct lt_ni *first, int rc)
{
	unsigned int n = first->nshutdown;
	unsigned int refs = module_refcount(lt_lnd.owner);

	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), rc);
	KUNIT_EXPECT_EQ(test, first->nshutdown, n + 1);
	KUNIT_EXPECT_EQ(test, module_refcount(lt_lnd.owner), refs);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), -ENETDOWN);
	KUNIT_EXPECT_FALSE(test, LNetIsPeerLocal(NID_A));
}

static void networks_come_up_all_or_none(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lt_ni *b = lt_ni_offer(test, "eth1", NID_B);

	configure(test, "ptlf7(eth0),ptlf8(eth1)");
	b->startup_rc = -EIO;
	expect_failure(test, a, -EIO);
	b->startup_rc = 0;
	b->nid_rc = -ENODEV;
	expect_failure(test, a, -ENODEV);
	b->nid_rc = -EINVAL;
	expect_failure(test, a, -EINVAL);
	b->nid_rc = 0;
	b->nid = NID_A + 1;
	expect_failure(test, a, -EPROTO);
	b->nid = NID_B;
	KUNIT_EXPECT_EQ(test, b->nshutdown, 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	expect_nid(test, 2, NID_B);
}

static void networks_of_one_address_do_not_come_up(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);

	lt_ni_offer(test, "10.0.0.1", NID_A);
	configure(test, "ptlf7(eth0,10.0.0.1)");
	expect_failure(test, a, -EEXIST);
}

static void networks_need_their_driver(struct kunit *test)
{
	struct lt_ni *a = lt_ni_offer(test, "eth0", NID_A);
	struct lnet_lnd lnd = lt_lnd;

	configure(test, "ptlf7(eth0),gni(eth0)");
	expect_failure(test, a, -ENODEV);

	lnd.type = GNILND;
	lnd.name = "gni";
	lnd.lnd_nid = NULL;
	KUNIT_ASSERT_EQ(test, lnet_lnd_register(&lnd), 0);
	expect_failure(test, a, -EOPNOTSUPP);
	lnet_lnd_unregister(&lnd);
}

/* How often LNetNIInit() has looked for drivers to load. */
static unsigned int init_asks(struct kunit *test, lnet_pid_t pid, int want)
{
	struct lnet_watched seen;
	int rc;

	lnet_watch_begin();
	rc = LNetNIInit(pid);
	lnet_watch_end(&seen);
	KUNIT_EXPECT_EQ(test, rc, want);
	return seen.asked;
}

static void networks_are_asked_for_by_who_brings_them_up(struct kunit *test)
{
	configure(test, "");
	/* A user that only joins does not ask, nor one that comes second. */
	KUNIT_EXPECT_EQ(test, init_asks(test, LNET_PID_ANY, -ENETDOWN), 0);
	KUNIT_EXPECT_EQ(test, init_asks(test, LNET_PID_LUSTRE, 0), 1);
	KUNIT_EXPECT_EQ(test, init_asks(test, LNET_PID_LUSTRE, 1), 0);
	KUNIT_EXPECT_EQ(test, init_asks(test, LNET_PID_ANY, 2), 0);
}

static void networks_do_not_change_while_up(struct kunit *test)
{
	configure(test, "");
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, lnet_networks_set("ptlf7(eth0)"), -EBUSY);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	/* A wrong value is not kept, nor is the value before it. */
	KUNIT_EXPECT_EQ(test, lnet_networks_set("ptlf7(eth0)"), 0);
	KUNIT_EXPECT_EQ(test, lnet_networks_set("ptlf7(eth0),"), -EINVAL);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
}

static void networks_survive_each_failing_allocation(struct kunit *test)
{
	lt_ni_offer(test, "eth0", NID_A);
	lt_ni_offer(test, "eth1", NID_B);
	configure(test, "ptlf7(eth0),ptlf8(eth1)");
	KUNIT_EXPECT_GT(test, lt_case_init_lnet(test), 9);
	expect_nid(test, 2, NID_B);
}

static int up_and_down(struct lt_thread *t)
{
	int i, rc;

	for (i = 0; i < 10; i++) {
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (rc < 0)
			return rc;
		if (!LNetIsPeerLocal(NID_A) || !LNetIsPeerLocal(NID_B))
			return -ENOENT;
		rc = LNetNIFini();
		if (rc)
			return rc;
	}
	return 0;
}

static void networks_come_and_go_by_several_at_a_time(struct kunit *test)
{
	static struct lt_thread t[3];

	lt_ni_offer(test, "eth0", NID_A);
	lt_ni_offer(test, "eth1", NID_B);
	configure(test, "ptlf7(eth0),ptlf8(eth1)");
	lt_threads_start(test, t, 3, up_and_down, NULL);
	lt_threads_join(test, t, 3);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
}

static struct kunit_case lnet_networks_cases[] = {
	KUNIT_CASE(networks_good_text_is_read),
	KUNIT_CASE(networks_bad_text_is_refused),
	KUNIT_CASE(networks_second_of_two_is_the_wrong_one),
	KUNIT_CASE(networks_are_at_most_64),
	KUNIT_CASE_SLOW(networks_random_text_is_read_or_refused),
	KUNIT_CASE(networks_come_up_in_order_and_go_in_reverse),
	KUNIT_CASE(networks_coming_and_going_are_in_the_log),
	KUNIT_CASE(networks_are_told_apart_by_distance),
	KUNIT_CASE(networks_beside_nis_by_hand),
	KUNIT_CASE(networks_come_up_all_or_none),
	KUNIT_CASE(networks_of_one_address_do_not_come_up),
	KUNIT_CASE(networks_need_their_driver),
	KUNIT_CASE(networks_are_asked_for_by_who_brings_them_up),
	KUNIT_CASE(networks_do_not_change_while_up),
	KUNIT_CASE(networks_survive_each_failing_allocation),
	KUNIT_CASE_SLOW(networks_come_and_go_by_several_at_a_time),
	{}
};

LT_SUITE_DOWN(lnet_networks, lt_case_init_down);

MODULE_DESCRIPTION("KUnit suite of lnet: networks= and what comes up by it");
MODULE_LICENSE("GPL");
