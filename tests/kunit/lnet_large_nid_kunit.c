// SPDX-License-Identifier: GPL-2.0
/*
 * NIDs with addresses of more than 4 bytes: the numbers that stand for them, who keeps them, and
 * that messages go to and come from them as to and from others.
 */
#include "common.h"
#include "large.h"
#include "event/alias.h"
#include "event/large_nid.h"
#include "network/node.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/prandom.h>

LT_RUNTIME_MS(300, "the case with threads runs");

enum {
	BYTES	= 16,
	POOL	= 6,			/* NIDs that threads share */
	THREADS	= 4,
};

/* Its number, which nothing keeps. */
static lnet_nid_t idle(struct kunit *test, unsigned int n)
{
	struct lnet_nid nid = large_nid(n);
	lnet_nid_t number = lnet_nid_shorten(&nid);

	lnet_nid_put(number);
	KUNIT_EXPECT_NE(test, number, LNET_NID_ANY);
	return number;
}

/* Forget all that nothing keeps, by NIDs that there never were. */
static void flood(struct kunit *test)
{
	static unsigned int next = 1 << 28;
	unsigned int i;

	for (i = 0; i < LNET_LARGE_NID_IDLE_MAX; i++) {
		idle(test, next++);
		if (!(i % 256))
			cond_resched();
	}
}

static void expect_known(struct kunit *test, lnet_nid_t number, unsigned int n, bool known)
{
	struct lnet_nid nid, due = large_nid(n);

	KUNIT_EXPECT_EQ(test, lnet_nid_expand(number, &nid), known ? 0 : -ENOENT);
	if (known)
		KUNIT_EXPECT_TRUE(test, lnet_nid_is_same(&nid, &due));
	else
		KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&nid));
	KUNIT_EXPECT_EQ(test, lnet_nid_find(&due), known ? number : LNET_NID_ANY);
}

/* Numbers ------------------------------------------------------------------ */

static void large_number_stands_for_a_nid(struct kunit *test)
{
	lnet_nid_t one = large_kept(test, 1), two = large_kept(test, 2);

	KUNIT_EXPECT_NE(test, one, two);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_large(one));
	KUNIT_EXPECT_FALSE(test, lnet_nid_is_large(LNET_NID_ANY));
	KUNIT_EXPECT_FALSE(test, lnet_nid_is_large(LT_NID_SELF));
	KUNIT_EXPECT_FALSE(test, lnet_nid_is_large(LNET_NID_LO_0));
	expect_known(test, one, 1, true);
	expect_known(test, two, 2, true);
	/* Addresses of both lengths are on networks of one name, which are not the same. */
	KUNIT_EXPECT_NE(test, LNET_NIDNET(one), LT_NET);
	KUNIT_EXPECT_EQ(test, lnet_net_plain(LNET_NIDNET(one)), LT_NET);
	KUNIT_EXPECT_EQ(test, lnet_net_plain(LT_NET), LT_NET);
	KUNIT_EXPECT_EQ(test, lnet_net_plain(LNET_NET_ANY), LNET_NET_ANY);
	KUNIT_EXPECT_NE(test, lnet_large_digest(one), lnet_large_digest(two));
	KUNIT_EXPECT_EQ(test, lnet_large_digest(LT_NID_SELF), LT_NID_SELF);
}

static void large_short_nids_stay_what_they_are(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	struct lnet_nid nid;

	lnet_nid_from_nid4(&nid, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_nid_shorten(&nid), LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_nid_find(&nid), LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_nid_shorten(NULL), LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, lnet_nid_expand(LT_NID_PEER, &nid), 0);
	KUNIT_EXPECT_EQ(test, lnet_nid_to_nid4(&nid), LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, lnet_nid_expand(LNET_NID_ANY, &nid), 0);
	KUNIT_EXPECT_TRUE(test, lnet_nid_is_any(&nid));
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held);
}

static void large_text_is_that_of_the_nid(struct kunit *test)
{
	static const char text[] = "2001:db8::42@tcp3";
	static const char longest[] = "2001:db8:1111:2222:3333:4444:5555:6666@tcp65535";
	char buf[LNET_NIDSTR_SIZE], id[LNET_IDSTR_SIZE];
	lnet_nid_t number = libcfs_str2nid(text);

	KUNIT_ASSERT_TRUE(test, lnet_nid_is_large(number));
	KUNIT_EXPECT_EQ(test, libcfs_str2nid(text), number);
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(number, buf, sizeof(buf)), text);
	KUNIT_EXPECT_STREQ(test, libcfs_net2str_r(LNET_NIDNET(number), buf, sizeof(buf)), "tcp3");
	KUNIT_EXPECT_STREQ(test, libcfs_id2str_r(lt_id(number, LNET_PID_LUSTRE), id, sizeof(id)),
			   "12345-2001:db8::42@tcp3");
	number = libcfs_str2nid(longest);
	KUNIT_EXPECT_STREQ(test, libcfs_nid2str_r(number, buf, sizeof(buf)), longest);
}

/* Who keeps them ----------------------------------------------------------- */

static void large_nid_has_one_number_while_kept(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	lnet_nid_t number = large_kept(test, 1);

	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);
	KUNIT_EXPECT_EQ(test, large_kept(test, 1), number);
	lnet_nid_hold(number);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);
	flood(test);
	expect_known(test, number, 1, true);
	lnet_nid_put(number);
	flood(test);
	expect_known(test, number, 1, true);
}

static void large_idle_nids_give_way_in_turn(struct kunit *test)
{
	const struct lnet_nid first = large_nid(1);
	lnet_nid_t one, two, three;
	unsigned int i;
	u64 digest;

	flood(test);
	one = idle(test, 1);
	two = idle(test, 2);
	digest = lnet_large_digest(one);
	/* Kept for a moment, it is the last again. */
	lnet_nid_hold(one);
	lnet_nid_put(one);
	for (i = 0; i < LNET_LARGE_NID_IDLE_MAX - 2; i++)
		idle(test, 2000000 + i);
	expect_known(test, two, 2, true);
	expect_known(test, one, 1, true);
	idle(test, 3);
	expect_known(test, two, 2, false);
	expect_known(test, one, 1, true);
	idle(test, 4);
	expect_known(test, one, 1, false);
	KUNIT_EXPECT_EQ(test, lnet_large_digest(one), 0);

	/* It gets another number, and has the same digest. */
	three = lnet_nid_shorten(&first);
	KUNIT_EXPECT_NE(test, three, one);
	KUNIT_EXPECT_EQ(test, lnet_large_digest(three), digest);
	/* What was forgotten cannot be kept, and may be put. */
	lnet_nid_hold(one);
	lnet_nid_put(one);
	expect_known(test, three, 1, true);
	lnet_nid_put(three);
}

/* Its number, as of a NID that was written on this node. */
static lnet_nid_t written(struct kunit *test, unsigned int n)
{
	struct lnet_nid nid = large_nid(n);
	lnet_nid_t number = lnet_nid_remember(&nid);

	KUNIT_EXPECT_NE(test, number, LNET_NID_ANY);
	return number;
}

/* Forget all that were written. */
static void flood_written(struct kunit *test)
{
	static unsigned int next = 1 << 29;
	unsigned int i;

	for (i = 0; i < LNET_LARGE_NID_IDLE_MAX; i++) {
		written(test, next++);
		if (!(i % 256))
			cond_resched();
	}
}

static void expect_forgotten(struct kunit *test, u64 others, u64 lasting)
{
	KUNIT_EXPECT_EQ(test, lnet_large_nid_forgotten(false), others);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_forgotten(true), lasting);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "large_nids/forgotten"), others);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "large_nids/forgotten_lasting"), lasting);
}

/* What a client wrote it may use for as long as it likes, whatever other nodes name. */
static void large_nid_that_was_written_is_lasting(struct kunit *test)
{
	static const char text[] = "2001:db8::9@tcp7";
	lnet_nid_t number = libcfs_str2nid(text);
	u64 others, lasting;
	struct lnet_nid nid;

	flood(test);
	others = lnet_large_nid_forgotten(false);
	lasting = lnet_large_nid_forgotten(true);
	/* It may be in use meanwhile. */
	lnet_nid_hold(number);
	flood(test);
	lnet_nid_put(number);
	flood(test);
	KUNIT_EXPECT_EQ(test, lnet_nid_expand(number, &nid), 0);
	KUNIT_EXPECT_EQ(test, libcfs_str2nid(text), number);
	expect_forgotten(test, others + 2 * LNET_LARGE_NID_IDLE_MAX, lasting);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "large_nids/in_use"), lnet_large_nid_held());
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "large_nids/known"), lnet_large_nid_known());
	KUNIT_EXPECT_GT(test, lnet_large_nid_known(),
			lnet_large_nid_held() + LNET_LARGE_NID_IDLE_MAX);
}

static void large_nids_that_were_written_give_way_in_turn(struct kunit *test)
{
	u64 others, lasting;
	lnet_nid_t one, two;
	unsigned int i;

	flood_written(test);
	one = written(test, 1);
	two = written(test, 2);
	KUNIT_EXPECT_EQ(test, written(test, 1), one);
	others = lnet_large_nid_forgotten(false);
	lasting = lnet_large_nid_forgotten(true);
	for (i = 0; i < LNET_LARGE_NID_IDLE_MAX - 1; i++)
		written(test, (1 << 30) + i);
	expect_known(test, two, 2, false);
	expect_known(test, one, 1, true);
	expect_forgotten(test, others, lasting + LNET_LARGE_NID_IDLE_MAX - 1);
	flood_written(test);
	expect_known(test, one, 1, false);
}

/* One that another node named before leaves the place that it had among such. */
static void large_nid_may_become_lasting(struct kunit *test)
{
	lnet_nid_t one, two;
	unsigned int i;

	flood(test);
	one = idle(test, 10);
	KUNIT_EXPECT_EQ(test, written(test, 10), one);
	two = idle(test, 2);
	for (i = 0; i < LNET_LARGE_NID_IDLE_MAX - 1; i++)
		idle(test, 2000000 + i);
	expect_known(test, two, 2, true);
	idle(test, 3);
	expect_known(test, two, 2, false);
	expect_known(test, one, 10, true);
	flood_written(test);
	expect_known(test, one, 10, false);
}

static void large_nid_without_memory_is_none(struct kunit *test)
{
	struct lnet_nid nid = large_nid(77);

	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, lnet_nid_shorten(&nid), LNET_NID_ANY);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	KUNIT_EXPECT_EQ(test, lnet_nid_find(&nid), LNET_NID_ANY);
	KUNIT_EXPECT_NE(test, large_kept(test, 77), LNET_NID_ANY);
}

/* Threads take and drop few NIDs, which are idle all the time, while others push them out. */
static int large_thread(struct lt_thread *t)
{
	struct rnd_state rnd;
	int wrong = 0;

	prandom_seed_state(&rnd, t->index + 1);
	while (!kthread_should_stop()) {
		unsigned int n = t->index ? prandom_u32_state(&rnd) % POOL :
					    3000000 + t->rounds % (3 * LNET_LARGE_NID_IDLE_MAX);
		struct lnet_nid nid = large_nid(n), back;
		lnet_nid_t number = lnet_nid_shorten(&nid);

		wrong += lnet_nid_expand(number, &back) || !lnet_nid_is_same(&back, &nid);
		lnet_nid_hold(number);
		lnet_nid_put(number);
		wrong += lnet_nid_find(&nid) != number;
		lnet_nid_put(number);
		lt_thread_round(t);
		if (!(t->rounds % 64))
			cond_resched();
	}
	return wrong;
}

static void large_nid_is_kept_by_threads(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	struct lt_thread *t = kunit_kcalloc(test, THREADS, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	lt_need_two_cpus(test);
	lt_threads_start(test, t, THREADS, large_thread, NULL);
	msleep(runtime_ms);
	lt_threads_stop(test, t, THREADS);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held);
}

/* Messages ----------------------------------------------------------------- */

/* The NI has NID 1, and a peer NID 2. A PUT that it sends, and that wants an ACK. */
static struct lt_rx *put_of_peer(struct kunit *test, lnet_nid_t self, lnet_nid_t peer)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, 7, 8, 0, 0);
	lt_hdr_from(rx, peer, LNET_PID_LUSTRE);
	rx->hdr.dest_nid = cpu_to_le64(self);
	rx->hdr.msg.put.ack_wmd.object_cookie = 1;
	return rx;
}

static void large_me_is_matched_and_answered(struct kunit *test)
{
	lnet_nid_t self = large_kept(test, 1), peer = large_kept(test, 2);
	struct lt_ni *f = lt_ni_at(test, self);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_rx *rx = put_of_peer(test, self, peer);
	const struct lnet_event *ev;
	const struct lt_sent *sent;
	char buf[BYTES];

	lt_md_attach(test, lt_me_attach(test, LT_PORTAL, lt_id(peer, LNET_PID_LUSTRE), 7, 0,
					LNET_UNLINK, LNET_INS_AFTER),
		     lt_md(buf, BYTES, 1, LNET_MD_OP_PUT, eqh, rec), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, lt_parse(f, put_of_peer(test, self, large_kept(test, 3))), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	ev = lt_rec_ev(test, rec, 0);
	lt_expect_id(test, "initiator", &ev->initiator, peer, LNET_PID_LUSTRE);
	lt_expect_id(test, "target", &ev->target, self, LNET_PID_LUSTRE);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_ACK);
	KUNIT_EXPECT_EQ(test, sent->peer, peer);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(peer));
	KUNIT_EXPECT_EQ(test, sent->hdr.src_nid, cpu_to_le64(self));
}

/* The ME keeps its NID; a client may forget it until the message comes. */
static void large_me_keeps_its_nid(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	struct lnet_nid nid = large_nid(2);
	lnet_nid_t peer = idle(test, 2);
	struct lnet_handle_me meh[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		meh[i] = lt_me_attach(test, LT_PORTAL, lt_id(peer, LNET_PID_LUSTRE), 7, i,
				      LNET_RETAIN, LNET_INS_AFTER);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);
	flood(test);
	KUNIT_EXPECT_EQ(test, lnet_nid_find(&nid), peer);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh[0]), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh[1]), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held);
}

/* A PUT that waits, and one that the driver has, keep theirs. */
static void large_message_keeps_its_nid(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	lnet_nid_t self = large_kept(test, 1), peer = idle(test, 2);
	struct lnet_nid nid = large_nid(2);
	struct lt_ni *f = lt_ni_at(test, self);
	char buf[BYTES];

	lt_lazy(test, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, lt_parse(f, put_of_peer(test, self, peer)), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 2);
	flood(test);
	KUNIT_EXPECT_EQ(test, lnet_nid_find(&nid), peer);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);

	f->hold_send = true;
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, buf, BYTES), LNET_NOACK_REQ,
				      lt_id(peer, LNET_PID_LUSTRE), LT_PORTAL, 7, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 2);
	lt_ni_finish_all(f);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 1);
}

/* An NI with a short address does not lead there, though the network has the same name. */
static void large_nid_is_reached_by_its_own_network(struct kunit *test)
{
	lnet_nid_t self = large_kept(test, 1), peer = large_kept(test, 2);
	struct lt_ni *f4 = lt_ni(test), *f;
	char buf[BYTES];

	/* The event says that it could not be sent. */
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, buf, BYTES), LNET_NOACK_REQ,
				      lt_id(peer, LNET_PID_LUSTRE), LT_PORTAL, 7, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, LNetDist(peer, NULL, NULL), -EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f4), 0);
	f = lt_ni_at(test, self);
	KUNIT_EXPECT_EQ(test, LNetDist(peer, NULL, NULL), 1);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, buf, BYTES), LNET_NOACK_REQ,
				      lt_id(peer, LNET_PID_LUSTRE), LT_PORTAL, 7, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 0)->peer, peer);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, lt_source(test, buf, BYTES), LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, LNET_PID_LUSTRE), LT_PORTAL, 7, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f4), 1);
}

/* NIDs of both lengths are one node, and each is kept until that is forgotten. */
static void large_nid_may_be_one_of_a_node(struct kunit *test)
{
	unsigned int held = lnet_large_nid_held();
	lnet_nid_t nids[] = { LT_NID_PEER, idle(test, 2), idle(test, 3) };

	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, ARRAY_SIZE(nids)), 0);
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held + 2);
	flood(test);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(nids[2]), LT_NID_PEER);
	lnet_node_forget_all();
	lnet_node_allow();
	KUNIT_EXPECT_EQ(test, lnet_large_nid_held(), held);
}

static struct kunit_case lnet_large_nid_cases[] = {
	KUNIT_CASE(large_number_stands_for_a_nid),
	KUNIT_CASE(large_short_nids_stay_what_they_are),
	KUNIT_CASE(large_text_is_that_of_the_nid),
	KUNIT_CASE(large_nid_has_one_number_while_kept),
	KUNIT_CASE(large_idle_nids_give_way_in_turn),
	KUNIT_CASE(large_nid_that_was_written_is_lasting),
	KUNIT_CASE(large_nids_that_were_written_give_way_in_turn),
	KUNIT_CASE(large_nid_may_become_lasting),
	KUNIT_CASE(large_nid_without_memory_is_none),
	KUNIT_CASE_SLOW(large_nid_is_kept_by_threads),
	KUNIT_CASE(large_me_is_matched_and_answered),
	KUNIT_CASE(large_me_keeps_its_nid),
	KUNIT_CASE(large_message_keeps_its_nid),
	KUNIT_CASE(large_nid_is_reached_by_its_own_network),
	KUNIT_CASE(large_nid_may_be_one_of_a_node),
	{}
};

LT_SUITE(lnet_large_nid);

MODULE_DESCRIPTION("KUnit suite of lnet: NIDs with long addresses");
MODULE_LICENSE("GPL");
