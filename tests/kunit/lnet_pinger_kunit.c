// SPDX-License-Identifier: GPL-2.0
/*
 * Pinging: with every kind of answer, without one, and while LNet goes down.
 */
#include "ping_answer.h"
#include "network/pinger.h"

#include <linux/module.h>
#include <linux/sched.h>

/* A ping of LT_NID_PEER, by a thread, as asking waits. */
struct asker {
	struct lt_thread thread;
	unsigned int timeout_ms;
	struct lnet_ping_info info;
	u64 rtt_ns;
};

static int ask_thread(struct lt_thread *t)
{
	struct asker *a = t->arg;

	return lnet_pinger_ping(LNET_NID_ANY, lt_id(LT_NID_PEER, LNET_PID_LUSTRE),
				a->timeout_ms, &a->info, &a->rtt_ns);
}

/* The thread has sent its GET when this returns. */
static struct asker *asker(struct kunit *test, struct lt_ni *f,
			   unsigned int timeout_ms)
{
	struct asker *a = lt_vmalloc(test, sizeof(*a));
	unsigned int n = lt_ni_sends(f);

	memset(a, 0, sizeof(*a));
	a->timeout_ms = timeout_ms;
	lt_thread_start(test, &a->thread, ask_thread, a, 1);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lt_ni_sends(f) == n + 1));
	return a;
}

static struct lt_rx *answer_rx(struct kunit *test, struct lt_ni *f,
			       const void *answer, unsigned int bytes)
{
	const struct lt_sent *sent = lt_ni_sent(test, f, lt_ni_sends(f) - 1);
	struct lt_rx *rx = lt_rx(test);

	lt_hdr(rx, LNET_MSG_REPLY, LT_NID_PEER, bytes);
	rx->hdr.msg.reply.dst_wmd = sent->hdr.msg.get.return_wmd;
	rx->payload = answer;
	return rx;
}

/* The last of a ping goes behind its back. */
static bool none_left(const u64 *before)
{
	u64 now[4];

	lnet_object_counts(now);
	return !memcmp(now, before, sizeof(now));
}

static void expect_none_left(struct kunit *test, const u64 *before)
{
	KUNIT_EXPECT_TRUE(test, lt_wait_for(none_left(before)));
}

static void pinger_asks_and_gets_an_answer(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	const struct lt_sent *sent;
	struct lt_rx *rx;
	struct asker *a;
	u64 before[4];

	lnet_object_counts(before);
	a = asker(test, f, LT_PATIENCE_MS);
	sent = lt_ni_sent(test, f, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_GET);
	KUNIT_EXPECT_EQ(test, sent->peer, LT_NID_PEER);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_pid, cpu_to_le32(LNET_PID_LUSTRE));
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.get.ptl_index, 0);
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.get.match_bits,
			cpu_to_le64(LNET_PING_BITS));
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.get.src_offset, 0);
	KUNIT_EXPECT_EQ(test, sent->hdr.msg.get.sink_length,
			cpu_to_le32(3960));

	rx = answer_rx(test, f, vector, VECTOR_BYTES);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), 0);
	expect_vector(test, &a->info);
	KUNIT_EXPECT_GT(test, a->rtt_ns, 0);
	expect_none_left(test, before);
}

static void pinger_answer_may_come_before_the_send_ends(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct asker *a;
	u64 before[4];

	lnet_object_counts(before);
	f->hold_send = true;
	a = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, vector,
						    VECTOR_BYTES)), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), 0);
	expect_vector(test, &a->info);
	/* Even if it fails then. */
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, -EIO), 1);
	expect_none_left(test, before);
}

static void pinger_answer_that_is_none_is_refused(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx;
	struct asker *a;
	u64 before[4];
	u8 wrong[48];

	lnet_object_counts(before);
	a = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, NULL, 48)), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -EPROTO);
	a = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, NULL, 0)), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -EPROTO);
	memcpy(wrong, vector, sizeof(wrong));
	wrong[16] = 1;
	a = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, wrong, 48)), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -EPROTO);

	/* Its payload is lost on the way. */
	f->recv_status = -ECONNRESET;
	a = asker(test, f, LT_PATIENCE_MS);
	rx = answer_rx(test, f, vector, VECTOR_BYTES);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -ECONNRESET);
	f->recv_status = 0;
	expect_none_left(test, before);
}

static void pinger_answer_of_a_bigger_node_is_cut(struct kunit *test)
{
	struct lnet_ping_wire *wire = lt_vmalloc(test, LNET_PING_BYTES(300));
	struct lt_ni *f = lt_ni(test);
	struct asker *a;
	u64 before[4];

	lnet_object_counts(before);
	memset(wire, 0, LNET_PING_BYTES(300));
	memcpy(wire, vector, VECTOR_BYTES);
	wire->nnis = 300;
	a = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, wire,
						    LNET_PING_BYTES(300))), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), 0);
	KUNIT_EXPECT_EQ(test, a->info.said, 300);
	KUNIT_EXPECT_EQ(test, a->info.nr, LNET_PING_NIS_MAX);
	expect_none_left(test, before);
}

static void pinger_that_cannot_be_sent_fails_at_once(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *f = lt_ni(test);
	struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	u64 before[4], rtt;

	lnet_object_counts(before);
	f->send_rc = -EHOSTDOWN;
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, peer, LT_PATIENCE_MS, info,
					       &rtt), -EHOSTDOWN);
	f->send_rc = 0;
	f->send_status = -ECONNREFUSED;
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, peer, LT_PATIENCE_MS, info,
					       &rtt), -ECONNREFUSED);
	peer.nid = LNET_MKNID(LNET_MKNET(SOCKLND, 0), 1);
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, peer, LT_PATIENCE_MS, info,
					       &rtt), -EHOSTUNREACH);
	expect_none_left(test, before);
}

static void pinger_without_an_answer_times_out(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct asker *a;
	u64 before[4];

	lnet_object_counts(before);
	a = asker(test, f, 50);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -ETIMEDOUT);
	expect_none_left(test, before);
	/* The answer after all. */
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, vector,
						    VECTOR_BYTES)), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_drops(f, LNET_DROP_REPLY_STALE), 1);
}

static void pinger_does_not_wait_for_the_driver(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = NULL;
	struct asker *a;
	unsigned int ms;
	u64 before[4];

	lnet_object_counts(before);
	f->hold_send = true;
	a = asker(test, f, 50);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -ETIMEDOUT);
	KUNIT_EXPECT_FALSE(test, none_left(before));
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, -ETIMEDOUT), 1);
	expect_none_left(test, before);

	/*
	 * The same while the answer is arriving. Where it came after the time
	 * was over, as on a busy machine it may, there is more time.
	 */
	f->hold_send = false;
	f->hold_recv = true;
	for (ms = 50; ms <= LT_PATIENCE_MS; ms *= 4) {
		a = asker(test, f, ms);
		rx = answer_rx(test, f, vector, VECTOR_BYTES);
		KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
		KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), -ETIMEDOUT);
		if (!rx->dropped)
			break;
	}
	KUNIT_ASSERT_FALSE(test, rx->dropped);
	KUNIT_EXPECT_FALSE(test, none_left(before));
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	expect_none_left(test, before);
}

static void pinger_of_ourselves(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lt_ni *f = lt_ni(test);
	u64 rtt = 0, before[4];

	lnet_object_counts(before);
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, lt_lo, LT_PATIENCE_MS, info,
					       &rtt), 0);
	expect_nis(test, info, 1, (lnet_nid_t []){ LT_NID_SELF });
	KUNIT_EXPECT_GT(test, rtt, 0);
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, lt_id(LT_NID_SELF, LNET_PID_LUSTRE),
					       LT_PATIENCE_MS, info, &rtt), 0);
	KUNIT_EXPECT_EQ(test, lt_ni_sends(f), 0);
	expect_none_left(test, before);
}

static void pinger_survives_each_failing_allocation(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	unsigned int n;
	u64 rtt, before[4];
	int rc;

	lnet_object_counts(before);
	for (n = 1; n < 100; n++) {
		lnet_alloc_fail_nth(n);
		rc = lnet_pinger_ping(LNET_NID_ANY, lt_lo, 100, info, &rtt);
		if (!lnet_alloc_failed())
			break;
		/* If an allocation of the answering side fails, the asking side waits in vain. */
		KUNIT_EXPECT_TRUE_MSG(test, rc == -ENOMEM || rc == -ETIMEDOUT,
				      "allocation %u: %d", n, rc);
		expect_none_left(test, before);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_GT(test, n, 4);
	expect_none_left(test, before);
}

static void pinger_while_lnet_is_down_is_refused(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	u64 rtt;

	KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
	/* If it is not down another client uses it, and nothing can be seen. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, lnet_pinger_ping(LNET_NID_ANY, lt_lo, 1000, info, &rtt),
			-ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
}

/* With a GET that the driver has, one that it has sent, and an answer coming. */
static void pinger_ends_when_lnet_goes_down(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct asker *a[3];
	u64 before[4];
	int i, rc;

	lnet_object_counts(before);
	a[0] = asker(test, f, LT_PATIENCE_MS);
	f->hold_recv = true;
	a[1] = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, lt_parse(f, answer_rx(test, f, vector,
						    VECTOR_BYTES)), 0);
	f->hold_send = true;
	a[2] = asker(test, f, LT_PATIENCE_MS);
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_TRUE(test, none_left(before));
	for (i = 0; i < 3; i++) {
		rc = lt_thread_join(&a[i]->thread);
		KUNIT_EXPECT_TRUE_MSG(test,
				      rc == -ENETDOWN || rc == LT_LND_ENDED,
				      "%d: %d", i, rc);
	}
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
}

/* No other thread runs on its CPU; not for long, as others wait for that. */
static int hog_thread(struct lt_thread *t)
{
	unsigned long until = jiffies + msecs_to_jiffies(700);

	sched_set_fifo(current);
	WRITE_ONCE(*(bool *)t->arg, true);
	while (!kthread_should_stop() && time_before(jiffies, until))
		cond_resched();
	return 0;
}

/* The asking thread is woken, and cannot run: its MD is still no client's leftover. */
static void pinger_is_waited_for_when_lnet_goes_down(struct kunit *test)
{
	static struct lt_thread hog;
	struct lt_ni *f = lt_ni(test);
	struct asker *a;
	bool running = false;
	u64 before[4];
	int rc;

	lt_need_two_cpus(test);
	set_cpus_allowed_ptr(current, cpumask_of(cpumask_first(cpu_online_mask)));
	lnet_object_counts(before);
	a = asker(test, f, LT_PATIENCE_MS);
	/* It may be a moment from going to sleep. */
	schedule_timeout_uninterruptible(2);
	lt_thread_start(test, &hog, hog_thread, &running, 1);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(READ_ONCE(running)));
	KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
	KUNIT_EXPECT_TRUE(test, none_left(before));
	rc = lt_thread_join(&a->thread);
	KUNIT_EXPECT_TRUE(test, rc == -ENETDOWN || rc == LT_LND_ENDED);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&hog), 0);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
}

static int pinger_until_stopped(struct lt_thread *t)
{
	struct asker *a = t->arg;
	unsigned int good = 0;
	int rc;

	while (!kthread_should_stop()) {
		rc = lnet_pinger_ping(LNET_NID_ANY, t->index % 2 ? lt_lo :
				      lt_id(LT_NID_PEER, LNET_PID_LUSTRE), 1,
				      &a->info, &a->rtt_ns);
		good += !rc;
		lt_thread_round(t);
		/* The last four: of an NI that goes, or is not there yet. */
		if (rc && rc != -ENETDOWN && rc != -ETIMEDOUT &&
		    rc != LT_LND_ENDED && rc != -ESHUTDOWN &&
		    rc != -EHOSTUNREACH && rc != -ENOENT)
			return rc;
		cond_resched();
	}
	return t->index % 2 && !good ? -ENODATA : 0;
}

static void pinger_against_lnet_that_comes_and_goes(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);
	struct asker *a[3];
	u64 before[4];
	int i;

	lt_ni_stop(f);
	lnet_object_counts(before);
	for (i = 0; i < 3; i++) {
		a[i] = lt_vmalloc(test, sizeof(*a[i]));
		memset(a[i], 0, sizeof(*a[i]));
		lt_thread_start(test, &a[i]->thread, pinger_until_stopped, a[i],
				i);
	}
	for (i = 0; i < 8; i++) {
		f->hold_send = i % 2;
		KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
		schedule_timeout_uninterruptible(1 + i % 3);
		if (i % 3)
			lt_ni_stop(f);
		KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
		lt_ni_stop(f);
		schedule_timeout_uninterruptible(i % 2);
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	}
	schedule_timeout_uninterruptible(5);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &a[i]->thread,
							   10), 0);
	expect_none_left(test, before);
}

static struct kunit_case lnet_pinger_cases[] = {
	KUNIT_CASE(pinger_asks_and_gets_an_answer),
	KUNIT_CASE(pinger_answer_may_come_before_the_send_ends),
	KUNIT_CASE(pinger_answer_that_is_none_is_refused),
	KUNIT_CASE(pinger_answer_of_a_bigger_node_is_cut),
	KUNIT_CASE(pinger_that_cannot_be_sent_fails_at_once),
	KUNIT_CASE(pinger_without_an_answer_times_out),
	KUNIT_CASE(pinger_does_not_wait_for_the_driver),
	KUNIT_CASE(pinger_of_ourselves),
	KUNIT_CASE(pinger_survives_each_failing_allocation),
	KUNIT_CASE(pinger_while_lnet_is_down_is_refused),
	KUNIT_CASE(pinger_ends_when_lnet_goes_down),
	KUNIT_CASE(pinger_is_waited_for_when_lnet_goes_down),
	KUNIT_CASE_SLOW(pinger_against_lnet_that_comes_and_goes),
	{}
};

LT_SUITE(lnet_pinger);

MODULE_DESCRIPTION("KUnit suite of lnet: pinging others");
MODULE_LICENSE("GPL");
