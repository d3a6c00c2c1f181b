// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes with several NIDs: who is believed, what is matched by the primary NID, which answers
 * count, and where messages go.
 */
#include "common.h"
#include "event/alias.h"
#include "node_arrival.h"
#include "network/pinger.h"

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/sched.h>

LT_RUNTIME_MS(300, "the case with threads runs");

/* What a client says ------------------------------------------------------- */

static void node_of_a_client_has_the_first_as_primary(struct kunit *test)
{
	const lnet_nid_t nids[] = {
		LNET_NID_LO_0, PRIMARY, LNET_NID_ANY, SECOND, PRIMARY, FAR, SECOND, THIRD,
	};

	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_EXPECT_FALSE(test, lnet_alias_any());
	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, ARRAY_SIZE(nids)), 0);
	KUNIT_EXPECT_TRUE(test, lnet_alias_any());
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(PRIMARY), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(FAR), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER), OTHER);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LNET_NID_LO_0), LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LNET_NID_ANY), LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 1);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, 0), PRIMARY);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, 1), SECOND);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, 2), FAR);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, 3), THIRD);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, 4), LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(THIRD, LNET_ALIAS_MAX), LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(OTHER, 0), LNET_NID_ANY);
}

static void node_of_one_nid_is_none(struct kunit *test)
{
	const lnet_nid_t nids[] = { PRIMARY, PRIMARY, LNET_NID_LO_0 };

	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, ARRAY_SIZE(nids)), 0);
	KUNIT_EXPECT_EQ(test, lnet_node_add(nids + 2, 1), 0);
	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, lnet_node_add(NULL, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	KUNIT_EXPECT_FALSE(test, lnet_alias_any());
}

static void node_gets_more_and_keeps_its_primary(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, add(SECOND, PRIMARY), 0);
	KUNIT_EXPECT_EQ(test, add(THIRD, SECOND), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 1);
}

static void node_does_not_get_the_nid_of_another(struct kunit *test)
{
	const lnet_nid_t nids[] = { PRIMARY, OTHER2, THIRD };
	u64 taken = lnet_node_refused(LNET_NODE_TAKEN);

	KUNIT_EXPECT_EQ(test, add(OTHER, OTHER2), 0);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, add(SECOND, OTHER), -EEXIST);
	KUNIT_EXPECT_EQ(test, add(OTHER2, PRIMARY), -EEXIST);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_TAKEN), taken + 2);
	/* The rest is taken all the same. */
	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, 3), -EEXIST);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER), OTHER);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER2), OTHER);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
}

/* Ours --------------------------------------------------------------------- */

static void node_never_gets_a_nid_of_ours(struct kunit *test)
{
	const lnet_nid_t nids[] = { LT_NID_SELF, PRIMARY, LT_NID_SELF, SECOND };

	lt_ni(test);
	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, 4), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LT_NID_SELF), LT_NID_SELF);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(LT_NID_SELF, 0), LNET_NID_ANY);
}

static void node_is_forgotten_when_its_nid_is_ours(struct kunit *test)
{
	struct lt_ni *f;

	KUNIT_EXPECT_EQ(test, add(OTHER, OTHER2), 0);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	f = lt_ni_at(test, PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(PRIMARY), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER2), OTHER);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
}

/* Matching ----------------------------------------------------------------- */

static void node_put_from_any_nid_is_matched(struct kunit *test)
{
	const lnet_nid_t from[] = { PRIMARY, SECOND, THIRD }, *named = from;
	struct arrival *a = arrival(test);
	unsigned int i, j, ignored;

	KUNIT_ASSERT_EQ(test, lnet_node_add(from, 3), 0);
	for (ignored = 0; ignored < 2; ignored++) {
		for (i = 0; i < 3; i++) {
			for (j = 0; j < 3; j++) {
				post(test, a, named[j], 7, ignored);
				KUNIT_EXPECT_EQ(test, put(test, a, OTHER, 7), 0);
				KUNIT_EXPECT_EQ(test, put(test, a, from[i], 9), 0);
				KUNIT_EXPECT_EQ(test, put(test, a, from[i], 7), 1);
				expect_from(test, a, LNET_EVENT_PUT, PRIMARY, from[i]);
			}
		}
	}
}

static void node_me_that_is_inserted_is_for_any_nid(struct kunit *test)
{
	struct arrival *a = arrival(test);
	struct lnet_handle_me at, meh;

	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	at = post_me(test, OTHER, 7, 0);
	KUNIT_ASSERT_EQ(test, LNetMEInsert(at, lt_id(SECOND, LNET_PID_LUSTRE), 7, 0, LNET_UNLINK,
					   LNET_INS_AFTER, &meh), 0);
	post_md(test, a, meh);
	KUNIT_EXPECT_EQ(test, put(test, a, PRIMARY, 7), 1);
	expect_from(test, a, LNET_EVENT_PUT, PRIMARY, PRIMARY);
}

/* The ACK, and the REPLY, go to where the question came from. */
static void node_is_answered_at_the_nid_that_asked(struct kunit *test)
{
	struct arrival *a = arrival(test);
	const struct lt_sent *sent;

	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	post(test, a, PRIMARY, 7, 0);
	lt_hdr_put(a->rx, 7, 8, 0, 0);
	lt_hdr_from(a->rx, SECOND, LNET_PID_LUSTRE);
	a->rx->hdr.msg.put.ack_wmd.object_cookie = 1;
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	sent = lt_ni_sent(test, a->f, 0);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_ACK);
	KUNIT_EXPECT_EQ(test, sent->peer, SECOND);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(SECOND));

	post(test, a, PRIMARY, 7, 0);
	lt_hdr_get(a->rx, 7, 8, 0);
	lt_hdr_from(a->rx, SECOND, LNET_PID_LUSTRE);
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	expect_from(test, a, LNET_EVENT_GET, PRIMARY, SECOND);
	sent = lt_ni_sent(test, a->f, 1);
	KUNIT_EXPECT_EQ(test, sent->type, LNET_MSG_REPLY);
	KUNIT_EXPECT_EQ(test, sent->peer, SECOND);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(SECOND));
}

/* Answers ------------------------------------------------------------------ */

struct question {
	struct lnet_handle_md mdh;
	struct lnet_handle_wire wmd;
};

static struct question ask(struct kunit *test, struct arrival *a, lnet_nid_t nid)
{
	struct question q;

	q.mdh = lt_md_bind(test, lt_md(a->buf, BYTES, 2, 0, a->eqh, a->rec), LNET_UNLINK);
	KUNIT_ASSERT_EQ(test, LNetGet(LNET_NID_ANY, q.mdh, lt_id(nid, LNET_PID_LUSTRE), LT_PORTAL,
				      1, 0, false), 0);
	q.wmd = lt_ni_sent(test, a->f, lt_ni_sends(a->f) - 1)->hdr.msg.get.return_wmd;
	return q;
}

/* How many events the answer makes: one, or none. */
static unsigned int answer(struct kunit *test, struct arrival *a, const struct question *q,
			   lnet_nid_t nid, lnet_pid_t pid)
{
	unsigned int n = lt_rec_count(a->rec);

	lt_hdr(a->rx, LNET_MSG_REPLY, nid, BYTES);
	lt_hdr_from(a->rx, nid, pid);
	a->rx->hdr.msg.reply.dst_wmd = q->wmd;
	KUNIT_EXPECT_EQ(test, lt_parse(a->f, a->rx), 0);
	return lt_rec_count(a->rec) - n;
}

static void node_may_answer_from_any_nid(struct kunit *test)
{
	const lnet_nid_t nids[] = { PRIMARY, SECOND, THIRD };
	struct arrival *a = arrival(test);
	struct question q;
	unsigned int i, j;

	KUNIT_ASSERT_EQ(test, lnet_node_add(nids, 3), 0);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			q = ask(test, a, nids[i]);
			KUNIT_EXPECT_EQ(test, answer(test, a, &q, OTHER, LNET_PID_LUSTRE), 0);
			KUNIT_EXPECT_EQ(test, answer(test, a, &q, nids[j], 1), 0);
			KUNIT_EXPECT_EQ(test, answer(test, a, &q, nids[j], LNET_PID_LUSTRE), 1);
			expect_from(test, a, LNET_EVENT_REPLY, PRIMARY, nids[j]);
			KUNIT_EXPECT_EQ(test, answer(test, a, &q, nids[i], LNET_PID_LUSTRE), 0);
		}
	}
	q = ask(test, a, OTHER);
	KUNIT_EXPECT_EQ(test, answer(test, a, &q, SECOND, LNET_PID_LUSTRE), 0);
}

static void node_may_answer_what_it_was_asked_before(struct kunit *test)
{
	struct arrival *a = arrival(test);
	struct question second = ask(test, a, SECOND), primary = ask(test, a, PRIMARY);

	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, &second, OTHER, LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, &second, SECOND, 1), 0);
	KUNIT_EXPECT_EQ(test, answer(test, a, &second, SECOND, LNET_PID_LUSTRE), 1);
	KUNIT_EXPECT_EQ(test, answer(test, a, &primary, SECOND, LNET_PID_LUSTRE), 1);
	LNetMDUnlink(second.mdh);
	LNetMDUnlink(primary.mdh);
}

/* Sending ------------------------------------------------------------------ */

/* It goes to @peer, or to @other. */
static void expect_sent(struct kunit *test, struct lt_ni *f, struct arrival *a, lnet_nid_t self,
			lnet_nid_t target, lnet_nid_t peer, lnet_nid_t other)
{
	struct lnet_handle_md mdh = lt_md_bind(test, lt_md(a->buf, 8, 1, 0, a->eqh, a->rec),
					       LNET_UNLINK);
	unsigned int n = lt_ni_sends(f);
	const struct lt_sent *sent;

	KUNIT_EXPECT_EQ(test, LNetPut(self, mdh, LNET_NOACK_REQ, lt_id(target, 5), LT_PORTAL, 1, 0,
				      0), 0);
	KUNIT_ASSERT_EQ(test, lt_ni_sends(f), n + 1);
	sent = lt_ni_sent(test, f, n);
	KUNIT_EXPECT_TRUE(test, sent->peer == peer || sent->peer == other);
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_nid, cpu_to_le64(sent->peer));
	KUNIT_EXPECT_EQ(test, sent->hdr.dest_pid, cpu_to_le32(5));
	KUNIT_EXPECT_EQ(test, sent->hdr.src_nid, cpu_to_le64(f->ni->nid));
	lt_expect_event(test, a->rec, lt_rec_count(a->rec) - 1, LNET_EVENT_SEND, 0, 1);
	lt_expect_id(test, "target", &lt_rec_ev(test, a->rec, lt_rec_count(a->rec) - 1)->target,
		     target, 5);
}

/* By one of its NIDs that it can be sent to, whichever is named: lnet_peer has which. */
static void node_is_sent_to_where_it_can_be(struct kunit *test)
{
	const lnet_nid_t nids[] = { FAR, SECOND, THIRD };
	struct arrival *a = arrival(test);
	struct lnet_handle_md mdh;
	struct lt_ni *far;
	struct question q;

	KUNIT_ASSERT_EQ(test, lnet_node_add(nids, 3), 0);
	expect_sent(test, a->f, a, LNET_NID_ANY, SECOND, SECOND, THIRD);
	expect_sent(test, a->f, a, LNET_NID_ANY, THIRD, SECOND, THIRD);
	expect_sent(test, a->f, a, LNET_NID_ANY, FAR, SECOND, THIRD);
	q = ask(test, a, FAR);
	KUNIT_EXPECT_EQ(test, answer(test, a, &q, THIRD, LNET_PID_LUSTRE), 1);

	/* By the NI that is named, on the other network. */
	far = lt_ni_at(test, LNET_MKNID(FAR_NET, 1));
	expect_sent(test, far, a, LNET_MKNID(FAR_NET, 1), FAR, FAR, FAR);
	expect_sent(test, a->f, a, LT_NID_SELF, FAR, SECOND, THIRD);
	expect_sent(test, far, a, LNET_MKNID(FAR_NET, 1), THIRD, FAR, FAR);

	/* A node that is on no network of ours. */
	KUNIT_ASSERT_EQ(test, add(LNET_MKNID(LNET_MKNET(SOCKLND, 1), 1),
				  LNET_MKNID(LNET_MKNET(SOCKLND, 2), 1)), 0);
	mdh = lt_md_bind(test, lt_md(a->buf, 8, 1, 0, a->eqh, a->rec), LNET_UNLINK);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, mdh, LNET_NOACK_REQ,
				      lt_id(LNET_MKNID(LNET_MKNET(SOCKLND, 1), 1), 5), LT_PORTAL,
				      1, 0, 0), 0);
	lt_expect_event(test, a->rec, lt_rec_count(a->rec) - 1, LNET_EVENT_SEND, -EHOSTUNREACH, 1);
}

/* What nodes say ----------------------------------------------------------- */

/* The answer of @asked: 0@lo and @nr more. */
static void hear(struct kunit *test, lnet_nid_t asked, unsigned int nr, const lnet_nid_t *nids)
{
	static struct lnet_ping_info info;
	unsigned int i;

	memset(&info, 0, sizeof(info));
	info.said = nr + 1;
	info.nr = nr + 1;
	info.whole = true;
	info.primary = nr ? 1 : 0;
	info.ni[0].nid = LNET_NID_LO_0;
	for (i = 0; i < nr; i++)
		info.ni[i + 1].nid = nids[i];
	lnet_node_heard(asked, &info);
}

#define HEAR(test, asked, ...)						\
({									\
	const lnet_nid_t __nids[] = { __VA_ARGS__ };			\
									\
	hear(test, asked, ARRAY_SIZE(__nids), __nids);			\
})

/* In any order, but not before both were asked. */
static void node_is_believed_when_both_say_so(struct kunit *test)
{
	lt_ni(test);
	HEAR(test, SECOND, FAR, PRIMARY, SECOND, THIRD);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	HEAR(test, PRIMARY, FAR, PRIMARY, SECOND, THIRD);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), THIRD);
	HEAR(test, THIRD, PRIMARY, SECOND, THIRD, THIRD);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), PRIMARY);
	/* It could not be asked, and does not send to us. */
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(FAR), FAR);

	HEAR(test, OTHER, OTHER, OTHER2);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 1);
	HEAR(test, OTHER2, OTHER, OTHER2);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER2), OTHER);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 2);
}

/* The last answer counts, until there was enough for a node. */
static void node_may_say_something_else(struct kunit *test)
{
	lt_ni(test);
	HEAR(test, SECOND, OTHER, SECOND);
	HEAR(test, SECOND, PRIMARY, SECOND);
	HEAR(test, OTHER, OTHER, SECOND);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	HEAR(test, PRIMARY, PRIMARY, SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	HEAR(test, SECOND, OTHER, SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER), OTHER);
}

static void node_that_lies_gets_nothing(struct kunit *test)
{
	u64 denied = lnet_node_refused(LNET_NODE_DENIED);
	u64 stranger = lnet_node_refused(LNET_NODE_STRANGER);
	u64 taken = lnet_node_refused(LNET_NODE_TAKEN);
	u64 ours = lnet_node_refused(LNET_NODE_OURS);

	lt_ni(test);
	HEAR(test, OTHER, OTHER);
	/* It takes itself for another, that for itself, and answers for another. */
	HEAR(test, LIAR, OTHER, LIAR);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_DENIED), denied + 1);
	HEAR(test, LIAR, LIAR, OTHER);
	HEAR(test, LIAR, OTHER);
	HEAR(test, LIAR, OTHER, OTHER2);
	HEAR(test, LIAR, LNET_NID_LO_0);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_STRANGER), stranger + 3);
	/* The other was asked later, and says otherwise. */
	HEAR(test, LIAR, OTHER2, LIAR);
	HEAR(test, OTHER2, OTHER2, THIRD);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_DENIED), denied + 2);
	/* It names us, and nobody. */
	HEAR(test, LIAR, LT_NID_SELF, LIAR, LNET_NID_ANY, 0, LT_NID(0));
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_OURS), ours + 1);
	HEAR(test, LT_NID_SELF, LT_NID_SELF, LIAR);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);

	/* Its own are its own; not a NID that a client has told of. */
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	HEAR(test, LIAR, LIAR, SECOND);
	HEAR(test, SECOND, LIAR, SECOND);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_TAKEN), taken + 1);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LIAR), LIAR);
}

/* Which of two was asked, and that one of them counts itself only. */
static void node_that_is_named_by_one_side_is_none(struct kunit *test)
{
	lt_ni(test);
	HEAR(test, LIAR, OTHER, LIAR, OTHER2);
	HEAR(test, OTHER, OTHER, OTHER2);
	HEAR(test, OTHER2, OTHER, OTHER2);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER2), OTHER);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(LIAR), LIAR);
	/* Two that each name themselves first are two. */
	HEAR(test, PRIMARY, PRIMARY, SECOND);
	HEAR(test, SECOND, SECOND, PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	/* Nor is one that does not name itself first the primary one of those that name it. */
	HEAR(test, PRIMARY, THIRD, PRIMARY, SECOND);
	HEAR(test, SECOND, PRIMARY, SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 1);
}

/* The end of an answer that a ping got. */
struct asker {
	struct lt_thread thread;
	lnet_nid_t nid;
	struct lnet_ping_info info;
	u64 rtt_ns;
};

static int ask_thread(struct lt_thread *t)
{
	struct asker *a = t->arg;

	return lnet_pinger_ping(LNET_NID_ANY, lt_id(a->nid, LNET_PID_LUSTRE), LT_PATIENCE_MS,
				&a->info, &a->rtt_ns);
}

/* The last of a ping goes behind its back. */
static bool no_eq_is_left(u64 before)
{
	u64 now[4];

	lnet_object_counts(now);
	return now[LNET_HANDLE_EQ] == before;
}

/* @nid is pinged, and says that it has PRIMARY and SECOND. */
static void ping(struct kunit *test, struct lt_ni *f, lnet_nid_t nid)
{
	struct lnet_ping_wire *wire = lt_vmalloc(test, LNET_PING_BYTES(3));
	struct asker *a = lt_vmalloc(test, sizeof(*a));
	unsigned int n = lt_ni_sends(f);
	struct lt_rx *rx = lt_rx(test);
	u64 before[4];

	lnet_object_counts(before);
	memset(wire, 0, LNET_PING_BYTES(3));
	wire->magic = LNET_PING_MAGIC;
	wire->features = LNET_PING_NI_STATUS | LNET_PING_MULTI_RAIL;
	wire->nnis = 3;
	wire->ni[0].nid = LNET_NID_LO_0;
	wire->ni[1].nid = PRIMARY;
	wire->ni[2].nid = SECOND;
	memset(a, 0, sizeof(*a));
	a->nid = nid;
	lt_thread_start(test, &a->thread, ask_thread, a, 1);
	KUNIT_ASSERT_TRUE(test, lt_wait_for(lt_ni_sends(f) == n + 1));
	lt_hdr(rx, LNET_MSG_REPLY, nid, LNET_PING_BYTES(3));
	rx->hdr.msg.reply.dst_wmd = lt_ni_sent(test, f, n)->hdr.msg.get.return_wmd;
	rx->payload = wire;
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&a->thread), 0);
	KUNIT_EXPECT_TRUE(test, lt_wait_for(no_eq_is_left(before[LNET_HANDLE_EQ])));
}

static void node_is_learned_from_pings(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	ping(test, f, SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	ping(test, f, PRIMARY);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
}

/* Bounds, up and down ------------------------------------------------------ */

static void node_has_so_many_nids_at_most(struct kunit *test)
{
	lnet_nid_t nids[LNET_ALIAS_MAX + 2];
	u64 many = lnet_node_refused(LNET_NODE_TOO_MANY);
	unsigned int i;

	lt_ni(test);
	for (i = 0; i < ARRAY_SIZE(nids); i++)
		nids[i] = LT_NID(100 + i);
	hear(test, nids[0], LNET_ALIAS_MAX + 1, nids);
	hear(test, nids[1], LNET_ALIAS_MAX + 1, nids);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_TOO_MANY), many + 2);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	hear(test, nids[0], LNET_ALIAS_MAX, nids);
	hear(test, nids[LNET_ALIAS_MAX - 1], LNET_ALIAS_MAX, nids);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(nids[LNET_ALIAS_MAX - 1]), nids[0]);

	KUNIT_EXPECT_EQ(test, lnet_node_add(nids, LNET_ALIAS_MAX + 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_TOO_MANY), many + 4);
	for (i = 0; i < LNET_ALIAS_MAX; i++)
		KUNIT_EXPECT_EQ(test, LNetPrimaryNID(nids[i]), nids[0]);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(nids[i]), nids[i]);
	KUNIT_EXPECT_EQ(test, lnet_node_nid(nids[1], LNET_ALIAS_MAX), LNET_NID_ANY);
}

static void node_that_is_one_too_many_is_refused(struct kunit *test)
{
	u64 full = lnet_node_refused(LNET_NODE_FULL);

	lt_param(test, "nodes_max", "1");
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, add(OTHER, OTHER2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_FULL), full + 1);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(OTHER2), OTHER2);
	/* One that is known may still get more. */
	KUNIT_EXPECT_EQ(test, add(SECOND, THIRD), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(THIRD), PRIMARY);
}

/* Nodes that tell of themselves leave a quarter to those that clients tell of. */
static void node_that_a_client_tells_of_has_a_place(struct kunit *test)
{
	u64 full = lnet_node_refused(LNET_NODE_FULL);
	lnet_nid_t nid;
	unsigned int i;

	lt_ni(test);
	lt_param(test, "nodes_max", "4");
	for (i = 0; i < 5; i++) {
		nid = LT_NID(1000 + 2 * i);
		HEAR(test, nid + 1, nid, nid + 1);
		HEAR(test, nid, nid, nid + 1);
	}
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 3);
	KUNIT_EXPECT_EQ(test, lnet_node_refused(LNET_NODE_FULL), full + 2);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, add(OTHER, OTHER2), -ENOSPC);
}

/* Of 1024 answers that wait the oldest gives way to the next. */
static void node_answers_that_wait_are_bounded(struct kunit *test)
{
	unsigned int i, more;

	lt_ni(test);
	for (more = 0; more < 2; more++) {
		undo_nodes(NULL);
		HEAR(test, SECOND, PRIMARY, SECOND);
		for (i = 0; i < 1022 + more; i++)
			HEAR(test, LT_NID(1000 + i), LT_NID(1000 + i));
		/* One that answers again takes no other one's place. */
		HEAR(test, LT_NID(1000), LT_NID(1000));
		HEAR(test, PRIMARY, PRIMARY, SECOND);
		KUNIT_EXPECT_EQ(test, lnet_node_count(), !more);
	}
	HEAR(test, SECOND, PRIMARY, SECOND);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
}

static void node_is_forgotten_when_lnet_goes_down(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	HEAR(test, OTHER, OTHER, OTHER2);
	KUNIT_ASSERT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
	/* If it is not down another client uses it, and nothing can be seen. */
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_ANY), -ENETDOWN);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_EXPECT_FALSE(test, lnet_alias_any());
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), -ENETDOWN);
	HEAR(test, OTHER2, OTHER, OTHER2);
	lt_ni_stop(f);
	KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
	KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
	HEAR(test, OTHER2, OTHER, OTHER2);
	KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
	KUNIT_EXPECT_EQ(test, add(SECOND, PRIMARY), 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(PRIMARY), SECOND);
}

static void node_survives_each_failing_allocation(struct kunit *test)
{
	unsigned int n;
	int rc = 0;

	for (n = 1; n < 100; n++) {
		lnet_alloc_fail_nth(n);
		rc = add(PRIMARY, SECOND);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
		KUNIT_EXPECT_EQ(test, lnet_node_count(), 0);
		KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), SECOND);
		KUNIT_EXPECT_FALSE(test, lnet_alias_any());
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, n, 6);
	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_EQ(test, LNetPrimaryNID(SECOND), PRIMARY);
	lnet_alloc_fail_nth(1);
	HEAR(test, OTHER, OTHER);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
}

static void node_counts_are_reset(struct kunit *test)
{
	unsigned int why;

	lt_ni(test);
	HEAR(test, LIAR, OTHER);
	KUNIT_EXPECT_GT(test, lt_sysfs_u64(test, "nodes/refused_stranger"), 0);
	KUNIT_EXPECT_EQ(test, add(PRIMARY, SECOND), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "nodes/known"), 1);
	KUNIT_ASSERT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	for (why = 0; why < LNET_NODE_REFUSAL_NR; why++)
		KUNIT_EXPECT_EQ(test, lnet_node_refused(why), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "nodes/refused_stranger"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "nodes/known"), 1);
}

/* While messages arrive ---------------------------------------------------- */

/* Nodes come and go: all at once, or by an NI that takes one's NID. */
static int change_until_stopped(struct lt_thread *t)
{
	lnet_nid_t nids[8];
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(nids); i++)
		nids[i] = PRIMARY + i;
	while (!kthread_should_stop()) {
		rc = lnet_node_add(nids, ARRAY_SIZE(nids));
		if (rc)
			return rc;
		lnet_node_disown(nids[t->rounds % ARRAY_SIZE(nids)]);
		if (t->rounds % 8 == 0)
			undo_nodes(NULL);
		lt_thread_round(t);
		cond_resched();
	}
	return 0;
}

/* Each PUT has one of the two NIDs, and finds an ME. */
static void node_may_come_and_go_under_load(struct kunit *test)
{
	struct arrival *a = arrival(test);
	static struct lt_thread changer;
	struct lnet_handle_me meh;
	unsigned int n = 0;
	lnet_nid_t nid;

	lt_need_two_cpus(test);
	lt_md_attach(test, lt_me_any(test, 7),
		     lt_md(a->buf, BYTES, LNET_MD_THRESH_INF,
			   LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE, a->eqh, a->rec), LNET_RETAIN);
	lt_thread_start(test, &changer, change_until_stopped, NULL, 1);
	lt_run_begin(runtime_ms);
	while (!lt_run_over(n >= 20)) {
		KUNIT_ASSERT_EQ(test, LNetMEAttach(LT_PORTAL, lt_id(SECOND, LNET_PID_LUSTRE), 7,
						   n % 2, LNET_UNLINK, LNET_INS_AFTER, &meh), 0);
		KUNIT_ASSERT_EQ(test, put(test, a, SECOND, 7), 1);
		nid = lt_rec_ev(test, a->rec, 0)->initiator.nid;
		KUNIT_ASSERT_TRUE(test, nid == SECOND || nid == PRIMARY);
		KUNIT_ASSERT_EQ(test, lt_rec_ev(test, a->rec, 0)->source.nid, SECOND);
		nid = lnet_node_nid(SECOND, 3);
		KUNIT_ASSERT_TRUE(test, nid == PRIMARY + 3 || nid == LNET_NID_ANY);
		KUNIT_ASSERT_EQ(test, LNetMEUnlink(meh), 0);
		lt_rec_clear(a->rec);
		n++;
	}
	KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &changer, 10), 0);
}

static struct kunit_case lnet_node_cases[] = {
	KUNIT_CASE(node_of_a_client_has_the_first_as_primary),
	KUNIT_CASE(node_of_one_nid_is_none),
	KUNIT_CASE(node_gets_more_and_keeps_its_primary),
	KUNIT_CASE(node_does_not_get_the_nid_of_another),
	KUNIT_CASE(node_never_gets_a_nid_of_ours),
	KUNIT_CASE(node_is_forgotten_when_its_nid_is_ours),
	KUNIT_CASE(node_put_from_any_nid_is_matched),
	KUNIT_CASE(node_me_that_is_inserted_is_for_any_nid),
	KUNIT_CASE(node_is_answered_at_the_nid_that_asked),
	KUNIT_CASE(node_may_answer_from_any_nid),
	KUNIT_CASE(node_may_answer_what_it_was_asked_before),
	KUNIT_CASE(node_is_sent_to_where_it_can_be),
	KUNIT_CASE(node_is_believed_when_both_say_so),
	KUNIT_CASE(node_may_say_something_else),
	KUNIT_CASE(node_that_lies_gets_nothing),
	KUNIT_CASE(node_that_is_named_by_one_side_is_none),
	KUNIT_CASE(node_is_learned_from_pings),
	KUNIT_CASE(node_has_so_many_nids_at_most),
	KUNIT_CASE(node_that_is_one_too_many_is_refused),
	KUNIT_CASE(node_that_a_client_tells_of_has_a_place),
	KUNIT_CASE(node_answers_that_wait_are_bounded),
	KUNIT_CASE(node_is_forgotten_when_lnet_goes_down),
	KUNIT_CASE(node_survives_each_failing_allocation),
	KUNIT_CASE(node_counts_are_reset),
	KUNIT_CASE_SLOW(node_may_come_and_go_under_load),
	{}
};

static struct kunit_suite lnet_node_suite = {
	.name = "lnet_node",
	.suite_init = lt_suite_init,
	.suite_exit = lt_suite_exit,
	.init = node_case_init,
	.test_cases = lnet_node_cases,
};

kunit_test_suite(lnet_node_suite);

MODULE_DESCRIPTION("KUnit suite of lnet: nodes with several NIDs");
MODULE_LICENSE("GPL");
