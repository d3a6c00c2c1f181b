// SPDX-License-Identifier: GPL-2.0
/*
 * Pings that come, and are answered, whatever clients do.
 */
#include "ping_answer.h"
#include "large.h"
#include "network/peer.h"
#include "network/ping.h"
#include "hooks/window.h"

#include <linux/module.h>
#include <linux/rcupdate.h>

/* Answering ------------------------------------------------------------------ */

/* A ping to @nid from a peer on its network. */
static struct lt_rx *ping_rx(struct kunit *test, lnet_nid_t nid,
			     unsigned int sink, unsigned int offset)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_get(rx, LNET_PING_BITS, sink, offset);
	rx->hdr.msg.get.ptl_index = 0;
	rx->hdr.dest_nid = cpu_to_le64(nid);
	lt_hdr_from(rx, LNET_MKNID(LNET_NIDNET(nid), LNET_NIDADDR(LT_NID_PEER)),
		    LNET_PID_LUSTRE);
	return rx;
}

static struct lt_rx *push_rx(struct kunit *test, unsigned int bytes, bool ack)
{
	struct lt_rx *rx = lt_rx(test);

	lt_hdr_put(rx, LNET_PING_BITS, bytes, 0, 0);
	rx->hdr.msg.put.ptl_index = 0;
	if (ack) {
		rx->hdr.msg.put.ack_wmd.interface_cookie = 0xaaaa;
		rx->hdr.msg.put.ack_wmd.object_cookie = 0xbbbb;
	}
	return rx;
}

/* Ping an NI, and read what has left. */
static const struct lt_sent *ask_by(struct kunit *test, struct lt_ni *f,
				    struct lt_rx *rx,
				    struct lnet_ping_info *info)
{
	unsigned int n = lt_ni_sends(f);
	const struct lt_sent *sent;

	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	rx->recvs = 0;
	sent = lt_ni_sent(test, f, n);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_REPLY);
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, sent->len), 0);
	return sent;
}

/* The same where nothing changes meanwhile. */
static void ask(struct kunit *test, struct lt_ni *f, lnet_nid_t nid,
		struct lnet_ping_info *info)
{
	const struct lt_sent *sent;
	u32 i;

	sent = ask_by(test, f, ping_rx(test, nid, 4000, 0), info);
	KUNIT_EXPECT_TRUE(test, info->whole);
	KUNIT_EXPECT_EQ(test, lnet_ping_info_length(info), sent->len);
	/* The NIs have references. */
	for (i = 0; i < info->nr; i++)
		lnet_nid_put(info->ni[i].nid);
}

static void ping_is_answered(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = ping_rx(test, LT_NID_SELF, 272, 0);
	struct lnet_ping_info *info = new_info(test);
	const struct lt_sent *sent;

	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_REPLY);
	KUNIT_EXPECT_EQ(test, sent->peer, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, sent->len, 48);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(LT_NID_PEER));
	KUNIT_EXPECT_EQ(test, sent->hdr.src_nid, cpu_to_le64(LT_NID_SELF));
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_pid, cpu_to_le32(LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, sent->hdr.src_pid, cpu_to_le32(LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, sent->hdr.payload_length, cpu_to_le32(48));
	KUNIT_EXPECT_MEMEQ(test, (u8 *)&sent->hdr.msg.reply.dst_wmd,
			   (u8 *)&rx->hdr.msg.get.return_wmd,
			   sizeof(sent->hdr.msg.reply.dst_wmd));

	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, f->tx, 48), 0);
	KUNIT_EXPECT_EQ(test, info->features, 0x1e);
	KUNIT_EXPECT_EQ(test, info->pid, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, info->said, 2);
	KUNIT_EXPECT_EQ(test, info->ni[0].nid, LNET_NID_LO_0);
	/* The number of the list. */
	KUNIT_EXPECT_EQ(test, info->ni[0].status, lnet_peer_our_seq());
	KUNIT_EXPECT_EQ(test, info->ni[1].nid, LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, info->ni[1].status, LNET_NI_STATUS_UP);
}

static void ping_answer_is_cut_to_what_was_asked_for(struct kunit *test)
{
	static const struct {
		/* input */
		unsigned int sink, offset;
		/* output as expected */
		unsigned int bytes;
	} cuts[] = {
		{ 272, 0, 48 }, { 48, 0, 48 }, { 47, 0, 47 }, { 40, 0, 40 },
		{ 33, 0, 33 }, { 16, 0, 16 }, { 1, 0, 1 }, { 0, 0, 0 },
		{ LNET_MTU, 0, 48 }, { 272, 16, 32 }, { 8, 17, 8 },
		{ 272, 47, 1 }, { 272, 48, 0 },
	};
	struct lt_ni *f = lt_ni(test);
	u8 whole[48];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, lt_parse(f, ping_rx(test, LT_NID_SELF, 272, 0)),
			0);
	memcpy(whole, f->tx, sizeof(whole));
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		const struct lt_sent *sent;
		unsigned int bytes = cuts[i].bytes;

		memset(f->tx, 0xee, 300);
		KUNIT_ASSERT_EQ(test, lt_parse(f, ping_rx(test, LT_NID_SELF,
							  cuts[i].sink,
							  cuts[i].offset)), 0);
		sent = lt_ni_sent(test, f, 1 + i);
		KUNIT_EXPECT_EQ_MSG(test, sent->len, bytes, "sink %u",
				    cuts[i].sink);
		KUNIT_EXPECT_EQ(test, sent->hdr.payload_length,
				cpu_to_le32(bytes));
		if (bytes)
			KUNIT_EXPECT_MEMEQ(test, f->tx, whole + cuts[i].offset,
					   bytes);
		KUNIT_EXPECT_TRUE(test, lt_is_byte(f->tx + bytes, 300 - bytes,
						   0xee));
	}
}

static void ping_past_the_answer_is_dropped(struct kunit *test)
{
	static const unsigned int offsets[] = { 49, 4096, 0x80000000, ~0U };
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	unsigned int i;
	u64 before = lt_drops(0, LNET_DROP_BAD_OFFSET);

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		rx = ping_rx(test, LT_NID_SELF, 272, offsets[i]);
		KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
		KUNIT_EXPECT_TRUE(test, rx->dropped);
		KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	}
	KUNIT_EXPECT_EQ(test, lt_drops(0, LNET_DROP_BAD_OFFSET), before + i);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	/* It asks for too much. */
	rx = ping_rx(test, LT_NID_SELF, LNET_MTU + 1, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_BAD_LENGTH), 1);
}

/* Nodes that ask two NIDs take them for one node if they hear the same list. */
static void ping_says_the_same_by_each_ni(struct kunit *test)
{
	const lnet_nid_t a = LT_NID_SELF, b = LT_NID(31);
	const lnet_nid_t c = LNET_MKNID(LNET_MKNET(PTL4LND, 8), 32);
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *f = lt_ni(test);
	struct lt_ni *g = lt_ni_at(test, b), *h = lt_ni_at(test, c);

	ask(test, f, a, info);
	expect_nis(test, info, 3, (lnet_nid_t []){ a, b, c });
	KUNIT_EXPECT_EQ(test, info->primary, 1);
	ask(test, g, b, info);
	expect_nis(test, info, 3, (lnet_nid_t []){ a, b, c });
	ask(test, h, c, info);
	expect_nis(test, info, 3, (lnet_nid_t []){ a, b, c });

	/* The one in the middle goes, and comes again as the last. */
	lt_ni_stop(g);
	ask(test, f, a, info);
	expect_nis(test, info, 2, (lnet_nid_t []){ a, c });
	ask(test, h, c, info);
	expect_nis(test, info, 2, (lnet_nid_t []){ a, c });
	KUNIT_ASSERT_EQ(test, lt_ni_start(g, b), 0);
	ask(test, f, a, info);
	expect_nis(test, info, 3, (lnet_nid_t []){ a, c, b });

	lt_ni_stop(h);
	lt_ni_stop(g);
	ask(test, f, a, info);
	expect_nis(test, info, 1, (lnet_nid_t []){ a });
}

static void ping_tells_of_large_nids(struct kunit *test)
{
	const lnet_nid_t a = LT_NID_SELF, b = large_kept(test, 1), c = large_kept(test, 2);
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *f = lt_ni(test);
	struct lt_ni *g = lt_ni_at(test, b), *h = lt_ni_at(test, c);
	struct lt_ni *l;

	ask(test, f, a, info);
	expect_nis(test, info, 3, (lnet_nid_t []){ a, b, c });
	KUNIT_EXPECT_EQ(test, info->features, 0x3e);
	KUNIT_EXPECT_EQ(test, info->primary, 1);
	KUNIT_EXPECT_EQ(test, lnet_ping_info_length(info), 16 + 2 * 16 + 2 * 24);

	/* Now the first is large. */
	lt_ni_stop(f);
	l = lt_ni_at(test, LT_NID(31));
	ask(test, l, LT_NID(31), info);
	/* Short ones stand first. */
	expect_nis(test, info, 3, (lnet_nid_t []){ LT_NID(31), b, c });
	KUNIT_EXPECT_EQ(test, info->features, 0x7e);
	KUNIT_EXPECT_EQ(test, info->primary, 2);
	lnet_ni_status_set(h->ni, LNET_NI_STATUS_DOWN);
	ask(test, l, LT_NID(31), info);
	KUNIT_EXPECT_EQ(test, info->ni[2].status, LNET_NI_STATUS_UP);
	KUNIT_EXPECT_EQ(test, info->ni[3].status, LNET_NI_STATUS_DOWN);
	lt_ni_stop(g);
	lt_ni_stop(h);
	ask(test, l, LT_NID(31), info);
	KUNIT_EXPECT_EQ(test, info->features, 0x1e);
}

static void ping_tells_the_status(struct kunit *test)
{
	const lnet_nid_t a = LT_NID_SELF, b = LT_NID(31);
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *f = lt_ni(test), *g = lt_ni_at(test, b);

	lnet_ni_status_set(g->ni, LNET_NI_STATUS_DOWN);
	ask(test, f, a, info);
	expect_nis(test, info, 2, (lnet_nid_t []){ a, b });
	KUNIT_EXPECT_EQ(test, info->ni[1].status, LNET_NI_STATUS_UP);
	KUNIT_EXPECT_EQ(test, info->ni[2].status, LNET_NI_STATUS_DOWN);
	ask(test, g, b, info);
	expect_nis(test, info, 2, (lnet_nid_t []){ a, b });
	KUNIT_EXPECT_EQ(test, info->ni[2].status, LNET_NI_STATUS_DOWN);

	lnet_ni_status_set(g->ni, LNET_NI_STATUS_UP);
	ask(test, f, a, info);
	KUNIT_EXPECT_EQ(test, info->ni[2].status, LNET_NI_STATUS_UP);
}

/* The answer while it changes ------------------------------------------------ */

enum { CHANGES = 20000 / LT_SLOW };

static struct {
	struct lt_ni *f, *g;
	lnet_nid_t other;
	struct lnet_ping_info *got;
} changing;

static void undo_changing(void *arg)
{
	lnet_ni_status_set(changing.g->ni, LNET_NI_STATUS_UP);
}

/* @g is up where the number of the list is even. */
static void changing_begin(struct kunit *test)
{
	changing.f = lt_ni(test);
	changing.other = LT_NID(31);
	changing.g = lt_ni_at(test, changing.other);
	changing.got = new_info(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_changing, NULL), 0);
	while (lnet_peer_our_seq() % 2)
		lnet_ni_status_set(changing.g->ni, LNET_NI_STATUS_UP);
}

static int change_thread(struct lt_thread *t)
{
	while (!kthread_should_stop()) {
		lnet_ni_status_set(changing.g->ni, LNET_NI_STATUS_DOWN);
		lnet_ni_status_set(changing.g->ni, LNET_NI_STATUS_UP);
		lt_thread_round(t);
		cond_resched();
	}
	return 0;
}

/* Each answer is one that was whole at some moment, however many there were since. */
static void ping_is_a_good_answer_at_any_moment(struct kunit *test)
{
	/* Longer than the answer that was found lives. */
	const struct lnet_window_plan slow = { .us = 100, .nth = 7, .every = true };
	const struct lnet_ping_info *info;
	struct lnet_window_count count;
	struct lt_rx *rx = ping_rx(test, LT_NID_SELF, 4000, 0);
	static struct lt_thread t;
	unsigned int i, down = 0;

	changing_begin(test);
	info = changing.got;
	lt_window_open(test, LNET_WINDOW_PING_LOOKED, &slow);
	lt_thread_start(test, &t, change_thread, NULL, 1);
	lt_run_begin(0);
	for (i = 0; !lt_run_over(i >= CHANGES && READ_ONCE(t.rounds) >= CHANGES / 10); i++) {
		ask_by(test, changing.f, rx, changing.got);
		expect_nis(test, info, 2, (lnet_nid_t []){ LT_NID_SELF, changing.other });
		KUNIT_ASSERT_TRUE(test, info->whole);
		KUNIT_ASSERT_EQ(test, info->ni[2].status, info->ni[0].status % 2 ?
				LNET_NI_STATUS_DOWN : LNET_NI_STATUS_UP);
		down += info->ni[0].status % 2;
		if (!(i % 64))
			cond_resched();
	}
	kunit_info(test, "%u asked, %u changes", i, READ_ONCE(t.rounds));
	KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &t, CHANGES / 10), 0);
	KUNIT_EXPECT_GT(test, down, 0);
	lnet_window_counts(LNET_WINDOW_PING_LOOKED, &count);
	KUNIT_EXPECT_GT(test, count.waited, 0);
}

/* The GET is done with, and the REPLY has not been sent. */
static void change_between(struct lt_ni *f)
{
	if (changing.g->ni)
		lt_ni_stop(changing.g);
	else
		WARN_ON(lt_ni_start(changing.g, changing.other));
	/* What was replaced is gone, unless it has a reference. */
	rcu_barrier();
}

/* It counts what it carries, whatever comes and goes while it is sent. */
static void ping_counts_what_it_carries(struct kunit *test)
{
	struct lt_rx *rx = ping_rx(test, LT_NID_SELF, 4000, 0);
	const struct lt_sent *sent;
	unsigned int i, nr = 3;

	changing_begin(test);
	kunit_release_action(test, undo_changing, NULL);
	changing.f->on_discard = change_between;
	for (i = 0; i < 6; i++) {
		sent = ask_by(test, changing.f, rx, changing.got);
		KUNIT_EXPECT_EQ(test, sent->len, LNET_PING_BYTES(nr));
		KUNIT_EXPECT_EQ(test, changing.got->said, nr);
		nr = 5 - nr;
	}
	changing.f->on_discard = NULL;
}

enum { TOO_MANY = 66 };

/* All NIs go, also those that no case has started. */
static void restart(void *arg)
{
	LNetNIFini();
	LNetNIInit(LNET_PID_LUSTRE);
}

static void ping_of_very_many_nis_is_bounded(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *g = lt_ni_new(test);
	struct lnet_ni *ni[TOO_MANY];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, kunit_add_action(test, restart, NULL), 0);
	for (i = 0; i < TOO_MANY; i++) {
		KUNIT_ASSERT_EQ(test, lt_ni_start(g, LT_NID(200 + i)), 0);
		ni[i] = g->ni;
	}
	ask(test, g, LT_NID(200 + TOO_MANY - 1), info);
	KUNIT_EXPECT_EQ(test, info->nr, 65);
	KUNIT_EXPECT_EQ(test, info->ni[1].nid, LT_NID(200));
	KUNIT_EXPECT_EQ(test, info->ni[64].nid, LT_NID(263));
	for (i = 1; i < TOO_MANY - 1; i++)
		lnet_ni_shutdown(ni[i]);
	ask(test, g, LT_NID(200 + TOO_MANY - 1), info);
	expect_nis(test, info, 2, (lnet_nid_t []){
		LT_NID(200), LT_NID(200 + TOO_MANY - 1) });
	lnet_ni_shutdown(ni[0]);
	lnet_ni_shutdown(ni[TOO_MANY - 1]);
}

/* A client that takes all there is on portal 0. */
static void ping_is_no_business_of_clients(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	u8 memory[8];

	lt_md_attach(test, lt_me_attach(test, 0, lt_any, 0, ~0ULL, LNET_RETAIN,
					LNET_INS_BEFORE),
		     lt_md(memory, sizeof(memory), LNET_MD_THRESH_INF,
			   LNET_MD_OP_GET | LNET_MD_OP_PUT | LNET_MD_TRUNCATE,
			   eqh, rec), LNET_RETAIN);
	ask(test, f, LT_NID_SELF, info);
	KUNIT_EXPECT_EQ(test, lt_parse(f, push_rx(test, 48, true)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sent(test, f, 1)->type, LNET_MSG_ACK);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 0);

	/* A GET that is no ping goes to the client; so do the bits of a ping on other portals. */
	rx = ping_rx(test, LT_NID_SELF, 8, 0);
	rx->hdr.msg.get.match_bits = cpu_to_le64(LNET_PING_BITS | 1);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
	rx = ping_rx(test, LT_NID_SELF, 8, 0);
	rx->hdr.msg.get.ptl_index = cpu_to_le32(LT_PORTAL);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_TRUE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_rec_count(rec), 1);
}

static void ping_push_is_acked_and_thrown_away(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = push_rx(test, 48, true);
	const struct lt_sent *sent;

	rx->payload = vector;
	KUNIT_ASSERT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, rx->recvs, 1);
	KUNIT_EXPECT_EQ(test, rx->mlen, 0);
	KUNIT_EXPECT_EQ(test, rx->rlen, 48);
	KUNIT_EXPECT_FALSE(test, rx->dropped);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_ACK);
	KUNIT_EXPECT_EQ(test, sent->peer, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, sent->len, 0);
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.ack.mlength, cpu_to_le32(48));
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.ack.match_bits,
			cpu_to_le64(LNET_PING_BITS));
	KUNIT_EXPECT_MEMEQ(test, (u8 *)&sent->hdr.msg.ack.dst_wmd,
			   (u8 *)&rx->hdr.msg.put.ack_wmd,
			   sizeof(sent->hdr.msg.ack.dst_wmd));

	/* No sender waits for an ACK of these. */
	KUNIT_EXPECT_EQ(test, lt_parse(f, push_rx(test, 48, false)), 0);
	f->recv_status = -EIO;
	KUNIT_EXPECT_EQ(test, lt_parse(f, push_rx(test, 48, true)), 0);
	f->recv_status = 0;
	f->recv_rc = -EIO;
	KUNIT_EXPECT_EQ(test, lt_parse(f, push_rx(test, 48, true)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static u64 ni_value(struct kunit *test, const char *name)
{
	char path[96], nid[LNET_NIDSTR_SIZE];

	snprintf(path, sizeof(path), "nis/%s/%s",
		 libcfs_nid2str_r(LT_NID_SELF, nid, sizeof(nid)), name);
	return lt_sysfs_u64(test, path);
}

static void ping_and_push_are_counted(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	u64 matched = lt_matched(0), dropped = lt_drops_all(0);
	unsigned int i;

	for (i = 0; i < 3; i++)
		lt_parse(f, ping_rx(test, LT_NID_SELF, 48, 0));
	for (i = 0; i < 2; i++)
		lt_parse(f, push_rx(test, 48, true));
	lt_parse(f, push_rx(test, 48, false));
	lt_parse(f, ping_rx(test, LT_NID_SELF, 48, 99));

	KUNIT_EXPECT_EQ(test, ni_value(test, "pings_answered"), 3);
	KUNIT_EXPECT_EQ(test, ni_value(test, "pushes_acked"), 2);
	KUNIT_EXPECT_EQ(test, ni_value(test, "receives"), 6);
	KUNIT_EXPECT_EQ(test, ni_value(test, "receive_bytes"), 0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "sends"), 5);
	KUNIT_EXPECT_EQ(test, ni_value(test, "send_bytes"), 3 * 48);
	KUNIT_EXPECT_EQ(test, ni_value(test, "send_errors"), 0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "dropped"), 0);
	KUNIT_EXPECT_EQ(test, lt_matched(0), matched);
	KUNIT_EXPECT_EQ(test, lt_drops_all(0), dropped + 1);

	KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "pings_answered"), 0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "pushes_acked"), 0);
}

static void ping_whose_answer_fails_is_gone(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	f->send_rc = -EHOSTDOWN;
	KUNIT_EXPECT_EQ(test, lt_parse(f, ping_rx(test, LT_NID_SELF, 48, 0)),
			0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, push_rx(test, 48, true)), 0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "send_errors"), 2);
	f->send_rc = 0;
	f->send_status = -EIO;
	KUNIT_EXPECT_EQ(test, lt_parse(f, ping_rx(test, LT_NID_SELF, 48, 0)),
			0);
	KUNIT_EXPECT_EQ(test, ni_value(test, "send_errors"), 3);
}

static struct lt_rx *late_ping, *late_push;
static u64 late_drops;

static void ping_when_closing(struct lt_ni *f)
{
	lt_parse(f, late_ping);
	lt_parse(f, late_push);
	late_drops = lt_ni_drops(f, LNET_DROP_DOWN);
}

static void ping_holds_its_ni_until_it_is_answered(struct kunit *test)
{
	struct lt_rx *push = push_rx(test, 48, true);
	struct lt_ni *f = lt_ni(test);

	late_ping = ping_rx(test, LT_NID_SELF, 48, 0);
	late_push = push_rx(test, 48, true);
	f->hold_send = true;
	f->hold_recv = true;
	f->on_shutdown = ping_when_closing;
	KUNIT_EXPECT_EQ(test, lt_parse(f, ping_rx(test, LT_NID_SELF, 48, 0)),
			0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, push), 0);
	KUNIT_EXPECT_FALSE(test, push->done);
	lt_ni_stop(f);
	KUNIT_EXPECT_TRUE(test, push->done);
	KUNIT_EXPECT_TRUE(test, late_ping->dropped);
	KUNIT_EXPECT_TRUE(test, late_push->dropped);
	KUNIT_EXPECT_EQ(test, late_drops, 2);
	/* The answer to the first one; no ACK. */
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 1);
}

static void ping_by_lnet_get_over_loopback(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	const lnet_nid_t nids[] = { LNET_NID_LO_0, LT_NID_SELF };
	u8 *answer = lt_vmalloc(test, 272);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_md mdh;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lt_rec_clear(rec);
		mdh = lt_md_bind(test, lt_md(answer, 272, 2, LNET_MD_TRUNCATE,
					     eqh, rec), LNET_UNLINK);
		KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, mdh,
					      lt_id(nids[i], LNET_PID_LUSTRE),
					      0, LNET_PING_BITS, 0, false), 0);
		KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 2);
		lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 0);
		lt_expect_event(test, rec, 1, LNET_EVENT_REPLY, 0, 1);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, 1)->mlength, 48);
		KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, answer, 48),
				0);
		expect_nis(test, info, 1, (lnet_nid_t []){ LT_NID_SELF });
	}
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
}

static void ping_push_by_lnet_put_over_loopback(struct kunit *test)
{
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 0, lt_record);
	struct lnet_handle_md mdh;
	u8 copy[VECTOR_BYTES];

	memcpy(copy, vector, VECTOR_BYTES);
	mdh = lt_md_bind(test, lt_md(copy, sizeof(copy), 2, 0, eqh, rec),
			 LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, mdh, LNET_ACK_REQ, lt_lo, 0,
				      LNET_PING_BITS, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, lt_rec_count(rec), 2);
	lt_expect_event(test, rec, 0, LNET_EVENT_SEND, 0, 0);
	lt_expect_event(test, rec, 1, LNET_EVENT_ACK, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, rec, 1)->mlength, 48);
}

static struct kunit_case lnet_ping_cases[] = {
	KUNIT_CASE_SLOW(ping_is_a_good_answer_at_any_moment),
	KUNIT_CASE(ping_counts_what_it_carries),
	KUNIT_CASE(ping_is_answered),
	KUNIT_CASE(ping_answer_is_cut_to_what_was_asked_for),
	KUNIT_CASE(ping_past_the_answer_is_dropped),
	KUNIT_CASE(ping_says_the_same_by_each_ni),
	KUNIT_CASE(ping_tells_of_large_nids),
	KUNIT_CASE(ping_tells_the_status),
	KUNIT_CASE_SLOW(ping_of_very_many_nis_is_bounded),
	KUNIT_CASE(ping_is_no_business_of_clients),
	KUNIT_CASE(ping_push_is_acked_and_thrown_away),
	KUNIT_CASE(ping_and_push_are_counted),
	KUNIT_CASE(ping_whose_answer_fails_is_gone),
	KUNIT_CASE(ping_holds_its_ni_until_it_is_answered),
	KUNIT_CASE(ping_by_lnet_get_over_loopback),
	KUNIT_CASE(ping_push_by_lnet_put_over_loopback),
	{}
};

LT_SUITE(lnet_ping);

MODULE_DESCRIPTION("KUnit suite of lnet: pings, and what is answered");
MODULE_LICENSE("GPL");
