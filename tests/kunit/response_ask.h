/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites about answers that do not come: requests by tracked MDs, and their end. The
 * cases set the time-out to a second.
 */
#ifndef _LNET_KUNIT_RESPONSE_ASK_H
#define _LNET_KUNIT_RESPONSE_ASK_H

#include "common.h"

#include <linux/jiffies.h>
#include <linux/sched.h>

enum {
	BYTES = 32,
	BITS = 0x77,
	TIMEOUT_MS = 1000,
	LATEST_MS = 2500,		/* by which an idle machine has ended a request */
	SLACK_MS = 3000,		/* for a busy one */
	TRACK = LNET_MD_TRACK_RESPONSE,
};

static const struct lnet_process_id peer = { LT_NID_PEER, LNET_PID_LUSTRE };

static inline void set_timeout(struct kunit *test)
{
	lt_param(test, "lnet_transaction_timeout", "1");
}

static inline struct lt_side *asker(struct kunit *test, int threshold, unsigned int options,
				    enum lnet_unlink unlink)
{
	struct lt_side *s = lt_side(test, BYTES);

	lt_side_bind(test, s, threshold, options, unlink);
	return s;
}

static inline void ask(struct kunit *test, struct lnet_handle_md mdh, u8 type,
		       struct lnet_process_id whom)
{
	if (type == LNET_MSG_PUT)
		KUNIT_ASSERT_EQ(test, LNetPut(LNET_NID_ANY, mdh, LNET_ACK_REQ, whom,
					      LT_PORTAL, BITS, 0, 0), 0);
	else
		KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, mdh, whom, LT_PORTAL, BITS, 0,
					      false), 0);
}

/* The answer to the @index-th message that was sent. */
static inline void answer(struct kunit *test, struct lt_ni *f, unsigned int index)
{
	const struct lt_sent *sent = lt_ni_sent(test, f, index);
	bool put = sent->type == LNET_MSG_PUT;
	struct lt_rx *rx = lt_rx(test);

	lt_hdr(rx, put ? LNET_MSG_ACK : LNET_MSG_REPLY, LT_NID_PEER, put ? 0 : BYTES);
	rx->hdr.msg.reply.dst_wmd = sent->hdr.msg.get.return_wmd;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
}

static inline u64 timeouts(struct kunit *test)
{
	return lt_sysfs_u64(test, "response_timeouts");
}

static inline void sleep_ms(unsigned int ms)
{
	schedule_timeout_uninterruptible(msecs_to_jiffies(ms));
}

/* The last event of a case that waits for no answer any more. */
static inline void expect_unlink(struct kunit *test, struct lt_side *s, unsigned int index)
{
	const struct lnet_event *ev;

	KUNIT_ASSERT_TRUE(test, lt_rec_wait(s->rec, index + 1));
	lt_expect_event(test, s->rec, index, LNET_EVENT_UNLINK, -ETIMEDOUT, 1);
	ev = lt_rec_ev(test, s->rec, index);
	KUNIT_EXPECT_EQ(test, ev->md_handle.cookie, s->mdh.cookie);
	KUNIT_EXPECT_PTR_EQ(test, ev->md.start, s->buf);
	KUNIT_EXPECT_EQ(test, ev->mlength, 0);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(s->mdh), -ENOENT);
}

static inline void expect_ms(struct kunit *test, unsigned long since, unsigned int least,
			     unsigned int most)
{
	unsigned int ms = jiffies_to_msecs(jiffies - since);

	KUNIT_EXPECT_GE(test, ms, least);
	KUNIT_EXPECT_LE(test, ms, most + SLACK_MS);
}

/* One that ends, so that in this time every other one that is to end has ended. */
static inline void wait_for_another(struct kunit *test)
{
	struct lt_side *other = asker(test, 2, TRACK, LNET_UNLINK);

	ask(test, other->mdh, LNET_MSG_GET, lt_lo);
	KUNIT_ASSERT_TRUE(test, lt_rec_wait(other->rec, 2));
	lt_expect_event(test, other->rec, 1, LNET_EVENT_UNLINK, -ETIMEDOUT, 1);
}

#endif /* _LNET_KUNIT_RESPONSE_ASK_H */
