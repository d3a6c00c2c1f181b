// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that a handler may make where the scheme is `combining`: all that do
 * not sleep. An event that it completes is delivered when it has returned. So no
 * callback ever runs inside another, and a chain of messages that handlers send
 * needs the stack of one.
 */
#include "common.h"

#include <lnet/ioctl.h>

#include <linux/module.h>

/* A handler that acts ------------------------------------------------------- */

enum { KICK = 1, FIRST = 1, OTHER = 2, RCS = 20 };

/* One MD at bits FIRST, whose handler does @act() when KICK arrives. */
struct play {
	void (*act)(struct play *p, struct lnet_event *ev);
	struct lt_rec *rec;
	struct lt_ni *f;		/* KICK comes by it, or NULL: by lo */
	struct lt_rx *rx;
	struct lnet_handle_eq eqh;
	struct lnet_handle_md src;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	unsigned int inside;		/* events while a handler acted */
	unsigned int acted;

	/* for @act */
	struct lnet_handle_md other;
	struct lnet_handle_me other_me;
	struct lnet_event got;
	char *buf;
	int rc[RCS];
};

static void play_handler(struct lnet_event *event)
{
	struct play *p = event->md.user_ptr;
	struct lnet_event copy = *event;
	unsigned int count;

	lt_enter();
	copy.md.user_ptr = p->rec;
	lt_record(&copy);
	if (p->act && event->hdr_data == KICK &&
	    event->type == LNET_EVENT_PUT) {
		count = lt_rec_count(p->rec);
		p->acted++;
		p->act(p, event);
		p->inside += lt_rec_count(p->rec) - count;
	}
	lt_leave();
}

/* The thread that runs the handler. */
static const struct from {
	const char *desc;
	bool driver;
} froms[] = {
	{ "in a caller of LNet", false },
	{ "in a thread of a driver", true },
};

KUNIT_ARRAY_PARAM_DESC(from, froms, desc);

static struct lnet_md play_md(struct play *p, int threshold)
{
	return lt_md(NULL, 0, threshold, LNET_MD_OP_PUT, p->eqh, p);
}

static struct play *play(struct kunit *test,
			 void (*act)(struct play *p, struct lnet_event *ev))
{
	const struct from *from = test->param_value;
	struct play *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	lt_param(test, "delivery", "combining");
	atomic_set(&lt_nested, 0);
	memset(p->rc, 0x55, sizeof(p->rc));
	p->act = act;
	p->rec = lt_rec(test);
	p->buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->buf);
	p->eqh = lt_eq_alloc(test, 64, play_handler);
	p->src = lt_source(test, NULL, 0);
	p->meh = lt_me_any(test, FIRST);
	p->mdh = lt_md_attach(test, p->meh, play_md(p, LNET_MD_THRESH_INF),
			      LNET_RETAIN);
	if (from && from->driver) {
		p->f = lt_ni(test);
		p->rx = lt_rx(test);
	}
	return p;
}

/* A PUT from wherever the case wants it. */
static void kick(struct kunit *test, struct play *p, unsigned int portal,
		 u64 bits, u64 tag)
{
	if (!p->f) {
		KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, p->src,
					      LNET_NOACK_REQ, lt_lo, portal,
					      bits, 0, tag), 0);
		return;
	}
	lt_hdr_put(p->rx, bits, 0, 0, tag);
	p->rx->hdr.msg.put.ptl_index = cpu_to_le32(portal);
	KUNIT_EXPECT_EQ(test, lt_parse(p->f, p->rx), 0);
}

/* The play is over: so many events, none of them inside another. */
static void expect_played(struct kunit *test, struct play *p,
			  unsigned int acted, unsigned int events)
{
	KUNIT_EXPECT_EQ(test, p->acted, acted);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), events);
	KUNIT_EXPECT_EQ(test, p->inside, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
}

static unsigned int count_kind(struct play *p, enum lnet_event_kind kind)
{
	unsigned int i, n = 0;

	for (i = 0; i < min_t(unsigned int, lt_rec_count(p->rec), LT_REC_MAX);
	     i++)
		n += p->rec->seen[i].ev.type == kind;
	return n;
}

/* Unlinking ----------------------------------------------------------------- */

static void unlink_own_md(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = LNetMDUnlink(ev->md_handle);
	p->rc[1] = LNetMDUnlink(ev->md_handle);
}

static void handler_may_unlink_its_own_md(struct kunit *test)
{
	struct play *p = play(test, unlink_own_md);

	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(test, p->rc[1], -ENOENT);
	expect_played(test, p, 1, 2);
	lt_expect_event(test, p->rec, 0, LNET_EVENT_PUT, 0, 0);
	lt_expect_event(test, p->rec, 1, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_PTR_EQ(test, p->rec->seen[1].task, current);
	KUNIT_EXPECT_EQ(test, LNetEQFree(p->eqh), 0);
}

static void handler_may_unlink_its_own_busy_md(struct kunit *test)
{
	struct play *p = play(test, unlink_own_md);
	struct lt_ni *f = p->f ?: lt_ni(test);
	struct lt_rx *held = lt_rx(test);

	f->hold_recv = true;
	lt_hdr_put(held, FIRST, 0, 0, 7);
	KUNIT_ASSERT_EQ(test, lt_parse(f, held), 0);
	f->hold_recv = false;
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(test, p->rc[1], -ENOENT);
	expect_played(test, p, 1, 1);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_recv(f, 0, 0));
	expect_played(test, p, 1, 2);
	lt_expect_event(test, p->rec, 1, LNET_EVENT_PUT, 0, 1);
}

static void handler_of_a_last_event_finds_its_md_gone(struct kunit *test)
{
	struct play *p = play(test, unlink_own_md);

	lt_md_attach(test, lt_me_any(test, OTHER), play_md(p, 1), LNET_UNLINK);
	kick(test, p, LT_PORTAL, OTHER, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], -ENOENT);
	expect_played(test, p, 1, 1);
	lt_expect_event(test, p->rec, 0, LNET_EVENT_PUT, 0, 1);
}

static void unlink_own_me(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = LNetMEUnlink(p->meh);
	p->rc[1] = LNetMEUnlink(p->meh);
	p->rc[2] = LNetMDUnlink(ev->md_handle);
}

static void handler_may_unlink_its_own_me(struct kunit *test)
{
	struct play *p = play(test, unlink_own_me);

	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(test, p->rc[1], -ENOENT);
	KUNIT_EXPECT_EQ(test, p->rc[2], -ENOENT);
	expect_played(test, p, 1, 2);
	lt_expect_event(test, p->rec, 1, LNET_EVENT_UNLINK, 0, 1);
}

static void unlink_other(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = LNetMDUnlink(p->other);
}

static void handler_may_unlink_mds_of_any_slot(struct kunit *test)
{
	struct play *p = play(test, unlink_other);
	unsigned int i;

	/* One after the other, so they are in all of the slots. */
	for (i = 0; i < 40; i++) {
		p->other = lt_md_bind(test, lt_md(NULL, 0, 1, 0, p->eqh, p),
				      LNET_RETAIN);
		p->rc[0] = -1;
		lt_rec_clear(p->rec);
		kick(test, p, LT_PORTAL, FIRST, KICK);
		KUNIT_EXPECT_EQ(test, p->rc[0], 0);
		expect_played(test, p, i + 1, 2);
		lt_expect_event(test, p->rec, 1, LNET_EVENT_UNLINK, 0, 1);
	}
}

/* Sending and fetching ------------------------------------------------------ */

static void put_back(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = LNetPut(LNET_NID_ANY, p->other, LNET_ACK_REQ, lt_lo,
			   LT_PORTAL, OTHER, 0, 99);
}

static void handler_may_put_over_loopback(struct kunit *test)
{
	struct play *p = play(test, put_back);
	unsigned int i;

	lt_md_attach(test, lt_me_any(test, OTHER), play_md(p, 1), LNET_UNLINK);
	p->other = lt_md_bind(test, lt_md(NULL, 0, 2, 0, p->eqh, p),
			      LNET_UNLINK);
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	expect_played(test, p, 1, 4);
	/* The events of different MDs have no order, and slots decide it. */
	for (i = 1; i < 3 && lt_rec_ev(test, p->rec, i)->type != LNET_EVENT_PUT;)
		i++;
	lt_expect_event(test, p->rec, i, LNET_EVENT_PUT, 0, 1);
	KUNIT_EXPECT_EQ(test, lt_rec_ev(test, p->rec, i)->hdr_data, 99);
	KUNIT_EXPECT_EQ(test, count_kind(p, LNET_EVENT_SEND), 1);
	KUNIT_EXPECT_EQ(test, count_kind(p, LNET_EVENT_ACK), 1);
}

static void fetch(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = lt_get(p->other, OTHER, 0);
}

static void handler_may_get_over_loopback(struct kunit *test)
{
	struct play *p = play(test, fetch);
	char *store = p->buf + 1000;

	lt_fill(store, 100, 3);
	lt_md_attach(test, lt_me_any(test, OTHER),
		     lt_md(store, 100, 1, LNET_MD_OP_GET, p->eqh, p),
		     LNET_UNLINK);
	p->other = lt_md_bind(test, lt_md(p->buf, 100, 2, 0, p->eqh, p),
			      LNET_UNLINK);
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	expect_played(test, p, 1, 4);
	KUNIT_EXPECT_EQ(test, count_kind(p, LNET_EVENT_GET), 1);
	KUNIT_EXPECT_EQ(test, count_kind(p, LNET_EVENT_SEND), 1);
	KUNIT_EXPECT_EQ(test, count_kind(p, LNET_EVENT_REPLY), 1);
	KUNIT_EXPECT_TRUE(test, lt_filled(p->buf, 100, 3, 0));
}

/* Posting the next buffer --------------------------------------------------- */

/* A portal of its own for each, so that the handler posts its first ME. */
enum { POST_PORTAL = 40, POSTS = 50 };

static struct lnet_process_id post_id;
static unsigned int post_portal;

static void post(struct play *p, struct lnet_event *ev)
{
	struct lnet_handle_md mdh;

	p->rc[0] = LNetMEAttach(post_portal, post_id, OTHER, 0, LNET_UNLINK,
				LNET_INS_AFTER, &p->other_me);
	p->rc[1] = LNetMDAttach(p->other_me, play_md(p, 1), LNET_UNLINK, &mdh);
}

static void post_from_handler(struct kunit *test, bool unique)
{
	struct play *p = play(test, post);
	unsigned int i;

	post_portal = POST_PORTAL + 2 * unique + !!p->f;
	post_id = !unique ? lt_any : p->f ?
		  lt_id(LT_NID_PEER, LNET_PID_LUSTRE) : lt_lo;
	kick(test, p, LT_PORTAL, FIRST, KICK);
	for (i = 1; i <= POSTS; i++) {
		KUNIT_ASSERT_EQ(test, p->rc[0], 0);
		KUNIT_ASSERT_EQ(test, p->rc[1], 0);
		kick(test, p, post_portal, OTHER, i < POSTS ? KICK : 0);
		lt_expect_event(test, p->rec, i, LNET_EVENT_PUT, 0, 1);
	}
	expect_played(test, p, POSTS, POSTS + 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(p->other_me), -ENOENT);
}

/* More than a CPU keeps dead ones of: there, memory must not be waited for. */
enum { POST_MANY = LNET_DEAD_MAX + 10 };

static struct lnet_handle_me many[POST_MANY];

static void post_many(struct play *p, struct lnet_event *ev)
{
	unsigned int i;

	p->rc[0] = 0;
	for (i = 0; i < POST_MANY && !p->rc[0]; i++)
		p->rc[0] = LNetMEAttach(LT_PORTAL, lt_lo, OTHER, 0, LNET_RETAIN,
					LNET_INS_AFTER, &many[i]);
}

static void handler_may_post_more_than_there_is_memory_kept_for(struct kunit *test)
{
	struct play *p = play(test, post_many);
	unsigned int i;

	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_ASSERT_EQ(test, p->rc[0], 0);
	expect_played(test, p, 1, 1);
	for (i = 0; i < POST_MANY; i++)
		KUNIT_EXPECT_EQ(test, LNetMEUnlink(many[i]), 0);
}

static void handler_may_post_the_next_wildcard(struct kunit *test)
{
	post_from_handler(test, false);
}

static void handler_may_post_the_next_unique(struct kunit *test)
{
	post_from_handler(test, true);
}

static void post_for_waiting(struct play *p, struct lnet_event *ev)
{
	struct lnet_md md = lt_md(p->buf, 500, 2, LNET_MD_OP_PUT, p->eqh, p);
	struct lnet_handle_md mdh;

	p->rc[0] = LNetMEAttach(LT_PORTAL, lt_any, OTHER, 0, LNET_UNLINK,
				LNET_INS_AFTER, &p->other_me);
	p->rc[1] = LNetMDAttach(p->other_me, md, LNET_UNLINK, &mdh);
}

static void handler_may_post_what_a_message_waits_for(struct kunit *test)
{
	struct play *p = play(test, post_for_waiting);
	char *payload = p->buf + 2000;
	struct lnet_handle_md src;
	unsigned int i;

	lt_lazy(test, LT_PORTAL);
	lt_fill(payload, 200, 5);
	src = lt_source(test, payload, 200);
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, lt_put(src, LNET_NOACK_REQ, OTHER, 0,
					     10 + i), 0);
	KUNIT_EXPECT_EQ(test, lt_rec_count(p->rec), 0);
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(test, p->rc[1], 0);
	expect_played(test, p, 1, 3);
	for (i = 0; i < 2; i++) {
		lt_expect_event(test, p->rec, 1 + i, LNET_EVENT_PUT, 0, i);
		KUNIT_EXPECT_EQ(test, lt_rec_ev(test, p->rec, 1 + i)->hdr_data,
				10 + i);
		KUNIT_EXPECT_TRUE(test, lt_filled(p->buf + 200 * i, 200, 5, 0));
	}
}

static void clear_lazy(struct play *p, struct lnet_event *ev)
{
	p->rc[0] = LNetClearLazyPortal(LT_PORTAL);
	p->rc[1] = LNetSetLazyPortal(LT_PORTAL);
}

static void handler_may_drop_what_waits(struct kunit *test)
{
	struct play *p = play(test, clear_lazy);
	u64 drops = lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED);

	lt_lazy(test, LT_PORTAL);
	KUNIT_ASSERT_EQ(test, lt_put(p->src, LNET_NOACK_REQ, OTHER, 0, 0), 0);
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 0);
	KUNIT_EXPECT_EQ(test, p->rc[1], 0);
	expect_played(test, p, 1, 1);
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_LAZY_CLEARED),
			drops + 1);
}

/* The rest ------------------------------------------------------------------ */

static void look_around(struct play *p, struct lnet_event *ev)
{
	struct kvec iov[3] = {
		{ p->buf, 10 }, { p->buf + 50, 20 }, { p->buf + 90, 5 },
	};
	struct lnet_process_id id;
	struct lnet_handle_md mdh;
	int *rc = p->rc, which;
	u32 order;

	*rc++ = LNetEQGet(p->eqh, &p->got);
	*rc++ = LNetEQPoll(&p->eqh, 1, 0, &p->got, &which);
	*rc++ = LNetMDBind(lt_md(iov, 3, 1, LNET_MD_IOVEC, p->eqh, p),
			   LNET_RETAIN, &mdh);
	*rc++ = LNetMDUnlink(mdh);
	*rc++ = LNetMEInsert(p->meh, lt_any, OTHER, 0, LNET_RETAIN,
			     LNET_INS_AFTER, &p->other_me);
	*rc++ = LNetMEUnlink(p->other_me);
	*rc++ = LNetGetId(0, &id);
	*rc++ = LNetDist(LNET_NID_LO_0, NULL, &order) < 0;
}

static void handler_may_look_around(struct kunit *test)
{
	struct play *p = play(test, look_around);
	int i;

	/* Its own event is not there yet, an earlier one is. */
	kick(test, p, LT_PORTAL, FIRST, 55);
	kick(test, p, LT_PORTAL, FIRST, KICK);
	KUNIT_EXPECT_EQ(test, p->rc[0], 1);
	KUNIT_EXPECT_EQ(test, p->got.hdr_data, 55);
	for (i = 1; i < 8; i++)
		KUNIT_EXPECT_EQ_MSG(test, p->rc[i], 0, "call %d", i);
	expect_played(test, p, 1, 3);
	lt_expect_event(test, p->rec, 2, LNET_EVENT_UNLINK, 0, 1);
	KUNIT_EXPECT_EQ(test, LNetEQGet(p->eqh, &p->got), 1);
	KUNIT_EXPECT_EQ(test, p->got.hdr_data, KICK);
	KUNIT_EXPECT_EQ(test, LNetEQGet(p->eqh, &p->got), 1);
	KUNIT_EXPECT_EQ(test, (int)p->got.type, (int)LNET_EVENT_UNLINK);
}

enum { SLEEPERS = 8 };

static void call_what_sleeps(struct play *p, struct lnet_event *ev)
{
	struct libcfs_ioctl_data data = {};
	struct lnet_handle_eq eqh;
	int *rc = p->rc, which;

	*rc++ = LNetNIInit(LNET_PID_LUSTRE);
	*rc++ = LNetNIFini();
	*rc++ = LNetEQAlloc(4, NULL, &eqh);
	*rc++ = LNetEQFree(p->eqh);
	*rc++ = LNetEQWait(p->eqh, &p->got);
	*rc++ = LNetEQPoll(&p->eqh, 1, 1, &p->got, &which);
	*rc++ = LNetEQPoll(&p->eqh, 1, -1, &p->got, &which);
	*rc++ = LNetCtl(IOC_LIBCFS_GET_NI, &data);
}

static void handler_must_not_call_what_sleeps(struct kunit *test)
{
	struct play *p = play(test, call_what_sleeps);
	unsigned int round, i;
	struct lt_log log;
	char eq[32];

	lt_expect_warnings(1, "called from its handler");
	lt_log_begin(&log);
	for (round = 0; round < 3; round++) {
		memset(p->rc, 0, sizeof(p->rc));
		kick(test, p, LT_PORTAL, FIRST, KICK);
		for (i = 0; i < SLEEPERS; i++)
			KUNIT_EXPECT_EQ_MSG(test, p->rc[i], -EDEADLK,
					    "call %u", i);
	}
	lt_expected_warnings_done();
	snprintf(eq, sizeof(eq), "EQ %#llx: ", p->eqh.cookie);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, eq, "play_handler"), 1);
	KUNIT_EXPECT_EQ(test, lt_log_count(&log, "EQ ", ""), 1);
	expect_played(test, p, 3, 3);
}

/* Chains ------------------------------------------------------------------- */

/*
 * Very many messages, each sent by the handler of the one before. STACK is what
 * the place of the handler may differ by: by the way into the loop, not by
 * its length.
 */
enum {
	LINKS		= 100000,
	FEW		= LINKS / LT_SLOW,
	STACK		= 1024,
	BIT_KICK	= 1,
	BIT_CHAIN	= 2,
};

enum link {
	BY_PUT,			/* at the target's PUT event */
	BY_SEND,		/* a driver that is done with it in lnd_send() */
	BY_ACK,
	BY_REPLY,
};

struct chain {
	enum link link;
	enum lnet_event_kind kind;	/* sends the next one */
	struct lnet_handle_md src;
	struct lnet_handle_md kick;
	struct lt_ni *f;
	struct lt_rx *rx;
	unsigned int left;
	bool begun;
	unsigned long low, high;	/* where the handler stood */
	int rc;
};

static const struct chain_row {
	const char *desc;
	enum link link;
	enum lnet_event_kind kind;
	bool driver;		/* begun by a driver's thread */
	unsigned int links;
} chain_rows[] = {
	{ "PUT by PUT from a caller", BY_PUT, LNET_EVENT_PUT, false, LINKS },
	{ "PUT by PUT from a driver", BY_PUT, LNET_EVENT_PUT, true, LINKS },
	{ "SEND by SEND from a caller", BY_SEND, LNET_EVENT_SEND, false, FEW },
	{ "SEND by SEND from a driver", BY_SEND, LNET_EVENT_SEND, true, FEW },
	{ "ACK by ACK from a caller", BY_ACK, LNET_EVENT_ACK, false, FEW },
	{ "ACK by ACK from a driver", BY_ACK, LNET_EVENT_ACK, true, FEW },
	{ "REPLY by REPLY from a caller", BY_REPLY, LNET_EVENT_REPLY, false,
	  FEW },
	{ "REPLY by REPLY from a driver", BY_REPLY, LNET_EVENT_REPLY, true,
	  FEW },
};

KUNIT_ARRAY_PARAM_DESC(chain, chain_rows, desc);

static int chain_next(struct chain *c)
{
	switch (c->link) {
	case BY_PUT:
		return lt_put(c->src, LNET_NOACK_REQ, BIT_CHAIN, 0, 0);
	case BY_SEND:
		return LNetPut(LNET_NID_ANY, c->src, LNET_NOACK_REQ,
			       lt_id(LT_NID_PEER, LNET_PID_LUSTRE), LT_PORTAL,
			       0, 0, 0);
	case BY_ACK:
		return lt_put(c->src, LNET_ACK_REQ, BIT_CHAIN, 0, 0);
	case BY_REPLY:
		return lt_get(c->src, BIT_CHAIN, 0);
	}
	return -EINVAL;
}

static void chain_handler(struct lnet_event *event)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct chain *c = event->md.user_ptr;

	lt_enter();
	if ((event->type == c->kind || event->match_bits == BIT_KICK) &&
	    c->left && !c->rc) {
		c->left--;
		/* The first one stands where it was called from. */
		if (c->begun) {
			c->low = min(c->low, here);
			c->high = max(c->high, here);
		}
		c->begun = true;
		if (c->left)
			c->rc = chain_next(c);
	}
	lt_leave();
}

static int chain_thread(struct lt_thread *t)
{
	struct chain *c = t->arg;

	if (!c->rx)
		return lt_put(c->kick, LNET_NOACK_REQ, BIT_KICK, 0, 0);
	lt_hdr_put(c->rx, BIT_KICK, 0, 0, 0);
	return lt_parse(c->f, c->rx);
}

static void handler_chain_needs_the_stack_of_one(struct kunit *test)
{
	const struct chain_row *row = test->param_value;
	struct chain *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	static struct lt_thread t;
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_NOT_NULL(test, c);
	lt_param(test, "delivery", "combining");
	atomic_set(&lt_nested, 0);
	c->link = row->link;
	c->kind = row->kind;
	c->left = row->links;
	c->low = ULONG_MAX;
	c->f = lt_ni(test);
	c->rx = row->driver ? lt_rx(test) : NULL;
	eqh = lt_eq_alloc(test, 0, chain_handler);
	c->kick = lt_source(test, NULL, 0);
	c->src = lt_md_bind(test, lt_md(NULL, 0, LNET_MD_THRESH_INF, 0,
					c->link == BY_PUT ? lt_no_eq() : eqh,
					c), LNET_RETAIN);
	lt_target(test, BIT_KICK, eqh, c);
	lt_md_attach(test, lt_me_any(test, BIT_CHAIN),
		     lt_md(NULL, 0, LNET_MD_THRESH_INF,
			   LNET_MD_OP_PUT | LNET_MD_OP_GET, eqh, c),
		     LNET_RETAIN);

	lt_thread_start(test, &t, chain_thread, c, 0);
	KUNIT_EXPECT_EQ(test, lt_thread_join(&t), 0);
	KUNIT_EXPECT_EQ(test, c->rc, 0);
	KUNIT_EXPECT_EQ(test, c->left, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lt_nested), 0);
	kunit_info(test, "the handler's place differed by %lu bytes",
		   c->high - c->low);
	KUNIT_EXPECT_LE(test, c->high - c->low, STACK);
}

static struct kunit_case lnet_handler_cases[] = {
	KUNIT_CASE_PARAM(handler_may_unlink_its_own_md, from_gen_params),
	KUNIT_CASE_PARAM(handler_may_unlink_its_own_busy_md,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_of_a_last_event_finds_its_md_gone,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_unlink_its_own_me, from_gen_params),
	KUNIT_CASE_PARAM(handler_may_unlink_mds_of_any_slot,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_put_over_loopback, from_gen_params),
	KUNIT_CASE_PARAM(handler_may_get_over_loopback, from_gen_params),
	KUNIT_CASE_PARAM(handler_may_post_more_than_there_is_memory_kept_for,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_post_the_next_wildcard,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_post_the_next_unique,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_post_what_a_message_waits_for,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_may_drop_what_waits, from_gen_params),
	KUNIT_CASE_PARAM(handler_may_look_around, from_gen_params),
	KUNIT_CASE_PARAM(handler_must_not_call_what_sleeps,
			 from_gen_params),
	KUNIT_CASE_PARAM(handler_chain_needs_the_stack_of_one, chain_gen_params),
	{}
};

LT_SUITE(lnet_handler);

MODULE_DESCRIPTION("KUnit suite of lnet: LNet called from handlers");
MODULE_LICENSE("GPL");
