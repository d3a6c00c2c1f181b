// SPDX-License-Identifier: GPL-2.0
/*
 * Matching against an oracle: programs of random steps post MEs of every kind,
 * put others beside them, give them MDs and take them back, make portals lazy,
 * send messages; and each message must find exactly the ME that a plain list,
 * walked from its head, says (oracle_model.c). The tables of unique MEs are made
 * small and to change all the time, by what the programs post and, every other
 * program, by a thread that posts and unlinks beside it.
 *
 * Each program has a seed of its own, one more than the one before, and says it
 * when something is wrong: seed=N seeds=1 repeats it. With seeds=0 there are as
 * many as fit in seconds=S.
 */
#include "common.h"
#include "oracle_model.h"

#include "event/me_hash.h"
#include "event/portal.h"

#include <linux/bits.h>
#include <linux/ktime.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the first program of each case; 0: a new one (default 0)");

static unsigned int seeds;
module_param(seeds, uint, 0444);
MODULE_PARM_DESC(seeds, "Number of programs of each case; 0: as many as fit into seconds= (default 0)");

static unsigned int seconds = 16;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "Time for all cases together where seeds=0, in seconds (default 16)");

static unsigned int steps = 1000;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "Number of random steps of a program (default 1000)");

enum {
	PORTAL		= 50,		/* the first of this suite's own */
	PORTALS		= 3,
	WAITING		= 12,		/* PUTs that may wait on each */
	RXS		= PORTALS * WAITING + 1,
	SEEDS_MIN	= 5,		/* of a case, however slow it is */
	BULK_NID	= 50,
	TIDE_NID	= 60,
	TIDE_MAX	= 200,		/* MEs of the thread beside it */
};

/* Of no message that is not for them. */
#define BULK_BITS	BIT_ULL(48)

/* How cases differ. */
static const struct shape {
	const char *desc;
	unsigned int max;		/* MEs on a portal, but for bulk */
	unsigned int peers;
	unsigned int values;		/* of each of the three fields of bits */
	unsigned int weight[OM_BULK];	/* of the kinds */
	unsigned int insert;		/* of 16 that are posted, beside another */
	unsigned int lazy;		/* of 1000 steps, portals lazy or not */
	unsigned int bulk;		/* at most so many at once */
} shapes[] = {
	{ "a few of every kind", 24, 3, 2, { 4, 2, 2, 1 }, 4, 4, 0 },
	{ "every kind among many", 100, 3, 3, { 6, 2, 2, 1 }, 2, 4, 150 },
	{ "unique only", 200, 4, 3, { 1, 0, 0, 0 }, 0, 0, 100 },
	{ "unique and a few that are not", 200, 3, 3, { 30, 1, 1, 1 }, 1, 4, 100 },
	{ "many of few keys", 120, 1, 1, { 12, 1, 1, 1 }, 2, 4, 60 },
	{ "exact bits from any source", 60, 3, 2, { 1, 6, 0, 0 }, 2, 4, 60 },
	{ "exact bits from any source, among many", 200, 2, 2, { 4, 8, 1, 0 }, 0, 4, 150 },
	{ "ranges", 60, 2, 4, { 1, 0, 6, 0 }, 2, 4, 60 },
	{ "lazy", 12, 3, 2, { 3, 2, 2, 1 }, 4, 30, 40 },
	{ "beside one another", 60, 2, 2, { 4, 2, 2, 1 }, 12, 4, 40 },
};

/* Counts of the steps of a case. */
struct sums {
	unsigned int programs;
	u64 matched, waited, taken, cleared, dropped, inserts, posted, bulk;
	u64 grown, shrunk, mixed, unlinked, open;
	u64 ns;				/* that it took */
};

struct world {
	struct kunit *test;
	struct rnd_state rnd;
	u32 seed;
	unsigned int step;
	const struct shape *shape;
	struct sums sums;
	struct lt_ni *f;
	struct lnet_handle_eq eqh;
	struct om_portal pt[PORTALS];
	struct om_msg msg[RXS];
	struct om_event expected[OM_EVENTS];
	struct lnet_handle_me tide[PORTALS][TIDE_MAX];
	struct lnet_handle_me anchor[PORTALS];
	bool beside;			/* the tide comes and goes, */
	bool exact;			/* with some that are not unique */
	unsigned long next_id;
	unsigned long next_tag;
	u64 next_bulk;
};

static void expect_same(struct world *w, const char *what, s64 is, s64 should)
{
	KUNIT_ASSERT_TRUE_MSG(w->test, is == should,
			      "seed=%u step %u: %s is %lld, and not %lld", w->seed,
			      w->step, what, is, should);
}

#define SAME(w, is, should)	expect_same(w, #is, is, should)

/* Events that have come ---------------------------------------------------- */

static struct om_event got[OM_EVENTS];
static unsigned int got_nr;

static void got_handler(struct lnet_event *event)
{
	struct om_event *ev = &got[got_nr % OM_EVENTS];

	ev->id = (unsigned long)event->md.user_ptr;
	ev->tag = event->hdr_data;
	ev->kind = event->type;
	ev->unlinked = event->unlinked;
	got_nr++;
}

static void expect_events(struct world *w, unsigned int n)
{
	unsigned int i;

	SAME(w, got_nr, n);
	for (i = 0; i < n; i++) {
		SAME(w, got[i].id, w->expected[i].id);
		SAME(w, got[i].kind, w->expected[i].kind);
		SAME(w, got[i].unlinked, w->expected[i].unlinked);
		if (got[i].kind != LNET_EVENT_GET)
			SAME(w, got[i].tag, w->expected[i].tag);
	}
	got_nr = 0;
}

/* Messages that have waited are received, or thrown away. */
static void expect_done(struct world *w, struct list_head *msgs, bool dropped)
{
	struct om_msg *msg, *next;

	list_for_each_entry_safe(msg, next, msgs, link) {
		SAME(w, msg->rx->done, true);
		SAME(w, msg->rx->dropped, dropped);
		list_del_init(&msg->link);
	}
}

/* By what is posted; of the thread beside us there is always a unique one. */
static void expect_class(struct world *w, unsigned int p)
{
	bool unique = om_has_unique(&w->pt[p]) || w->beside;
	enum lnet_portal_class class;

	if (om_has_other(&w->pt[p]))
		class = unique ? LNET_PORTAL_MIXED : LNET_PORTAL_ANY;
	else
		class = unique ? LNET_PORTAL_UNIQUE : LNET_PORTAL_NONE;
	w->sums.mixed += class == LNET_PORTAL_MIXED;
	if (w->exact && class == LNET_PORTAL_UNIQUE)
		return;			/* or mixed, as the tide has it */
	SAME(w, lnet_portal_class(lnet_portal(PORTAL + p)), class);
}

/* Random things ------------------------------------------------------------ */

static unsigned int roll(struct world *w, unsigned int below)
{
	return prandom_u32_state(&w->rnd) % below;
}

static struct om_me *pick(struct world *w, struct om_portal *pt)
{
	struct om_me *me;
	unsigned int i;

	if (!pt->n)
		return NULL;
	i = roll(w, pt->n);
	list_for_each_entry(me, &pt->mes, link)
		if (!i--)
			return me;
	return NULL;
}

static struct lnet_process_id random_peer(struct world *w)
{
	return lt_id(LT_NID(2 + roll(w, w->shape->peers)), roll(w, 4) ? 12345 : 7);
}

/* Low, in the middle and high, so that a range of each can be ignored. */
static u64 random_bits(struct world *w)
{
	const unsigned int n = w->shape->values;

	return roll(w, n) | (u64)roll(w, n) << 31 | (u64)roll(w, n) << 62;
}

static u64 random_range(struct world *w)
{
	static const u64 range[] = {
		GENMASK_ULL(1, 0), BIT_ULL(0), GENMASK_ULL(32, 31), BIT_ULL(31),
		GENMASK_ULL(63, 62), BIT_ULL(63), GENMASK_ULL(40, 0),
		GENMASK_ULL(63, 24), ~0ULL,
	};

	return range[roll(w, ARRAY_SIZE(range))];
}

static enum om_kind random_kind(struct world *w)
{
	const unsigned int *weight = w->shape->weight;
	unsigned int i, sum = 0;

	for (i = 0; i < OM_BULK; i++)
		sum += weight[i];
	sum = roll(w, sum);
	for (i = 0; sum >= weight[i]; i++)
		sum -= weight[i];
	return i;
}

static void random_who(struct world *w, struct om_me *me)
{
	switch (roll(w, 3)) {
	case 0:
		me->source.nid = LNET_NID_ANY;
		break;
	case 1:
		me->source.pid = LNET_PID_ANY;
		break;
	default:
		me->source = lt_any;
	}
}

static struct om_me *random_me(struct world *w, enum om_kind kind)
{
	struct om_me *me = kzalloc(sizeof(*me), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(w->test, me);
	me->kind = kind;
	me->id = ++w->next_id;
	me->unlink = roll(w, 2);
	me->source = random_peer(w);
	me->bits = random_bits(w);
	switch (kind) {
	case OM_EXACT:
		random_who(w, me);
		break;
	case OM_RANGED:
		me->ignore = random_range(w);
		if (roll(w, 2))
			random_who(w, me);
		break;
	case OM_WILD:
		me->ignore = ~0ULL;
		me->source = lt_any;
		break;
	case OM_BULK_EXACT:
		random_who(w, me);
		me->bits = BULK_BITS | ++w->next_bulk;
		break;
	case OM_BULK:
		me->source.nid = LT_NID(BULK_NID);
		me->bits = ++w->next_bulk;
		break;
	default:
		break;
	}
	return me;
}

/* Steps -------------------------------------------------------------------- */

static void attach_md(struct world *w, struct om_portal *pt, struct om_me *me)
{
	struct lnet_md md;
	LIST_HEAD(taken);
	unsigned int n;
	int rc;

	me->ops = 1 + roll(w, 3);
	me->threshold = roll(w, 3) ? 1 + roll(w, 3) : LNET_MD_THRESH_INF;
	me->auto_unlink = roll(w, 4);
	md = lt_md(NULL, 0, me->threshold, me->ops, w->eqh, (void *)me->id);
	rc = LNetMDAttach(me->meh, md, me->auto_unlink ? LNET_UNLINK : LNET_RETAIN,
			  &me->mdh);
	SAME(w, rc, 0);
	me->has_md = true;
	n = om_attach(pt, me, &taken, w->expected);
	w->sums.taken += n;
	expect_events(w, n);
	expect_done(w, &taken, false);
}

static void post(struct world *w, unsigned int p, struct om_me *me, bool md)
{
	enum lnet_ins_pos pos = roll(w, 3);
	struct om_portal *pt = &w->pt[p];
	struct om_me *at = NULL;
	int rc;

	if (roll(w, 16) < w->shape->insert && me->kind < OM_BULK)
		at = pick(w, pt);
	if (at) {
		pos = roll(w, 2);
		rc = LNetMEInsert(at->meh, me->source, me->bits, me->ignore,
				  me->unlink, pos, &me->meh);
		w->sums.inserts += !rc;
	} else {
		rc = LNetMEAttach(PORTAL + p, me->source, me->bits, me->ignore,
				  me->unlink, pos, &me->meh);
	}
	om_post(pt, me, at, pos == LNET_INS_BEFORE);
	SAME(w, rc, 0);
	w->sums.posted++;
	if (md)
		attach_md(w, pt, me);
}

static void do_post(struct world *w, unsigned int p)
{
	if (w->pt[p].n - om_bulk(&w->pt[p]) < w->shape->max)
		post(w, p, random_me(w, random_kind(w)), roll(w, 8));
}

/* With the event of its MD, if it has one. */
static void unlink_me(struct world *w, struct om_portal *pt, struct om_me *me)
{
	unsigned int n;

	SAME(w, LNetMEUnlink(me->meh), 0);
	n = om_unlink_me(pt, me, &w->expected[0]);
	w->sums.unlinked += n;
	expect_events(w, n);
}

static void do_unlink_me(struct world *w, unsigned int p)
{
	struct om_me *me = pick(w, &w->pt[p]);

	if (me)
		unlink_me(w, &w->pt[p], me);
}

static void do_unlink_md(struct world *w, unsigned int p)
{
	struct om_me *me = pick(w, &w->pt[p]);

	if (!me || !me->has_md)
		return;
	SAME(w, LNetMDUnlink(me->mdh), 0);
	w->sums.unlinked++;
	expect_events(w, om_unlink_md(&w->pt[p], me, &w->expected[0]));
}

static void do_attach(struct world *w, unsigned int p)
{
	struct om_me *me = pick(w, &w->pt[p]);

	if (me && !me->has_md)
		attach_md(w, &w->pt[p], me);
}

/* So many that the table grows; and when they go it shrinks, in its own time. */
static void do_bulk(struct world *w, unsigned int p)
{
	struct om_portal *pt = &w->pt[p];
	struct om_me *me, *next;
	unsigned int n;
	bool exact;

	if (!w->shape->bulk)
		return;
	if (!om_bulk(pt)) {
		exact = w->shape->weight[OM_EXACT] && roll(w, 2);
		for (n = 1 + roll(w, w->shape->bulk); n; n--)
			post(w, p, random_me(w, exact && roll(w, 8) ? OM_BULK_EXACT :
								      OM_BULK), true);
		w->sums.bulk++;
		return;
	}
	n = roll(w, 3);
	list_for_each_entry_safe(me, next, &pt->mes, link) {
		if (me->kind < OM_BULK || (n && !roll(w, n + 1)))
			continue;
		unlink_me(w, pt, me);
	}
}

static void do_lazy(struct world *w, unsigned int p)
{
	LIST_HEAD(dropped);

	if (!w->pt[p].lazy) {
		SAME(w, LNetSetLazyPortal(PORTAL + p), 0);
		w->pt[p].lazy = true;
		return;
	}
	SAME(w, LNetClearLazyPortal(PORTAL + p), 0);
	om_clear(&w->pt[p], &dropped);
	expect_events(w, 0);
	expect_done(w, &dropped, true);
}

/* One that does not wait. */
static struct om_msg *free_msg(struct world *w)
{
	unsigned int i;

	for (i = 0; i < RXS; i++)
		if (list_empty(&w->msg[i].link))
			return &w->msg[i];
	KUNIT_FAIL_AND_ABORT(w->test, "more messages wait than may");
	return NULL;
}

/* To a key that is there, mostly, where there are very many. */
static void random_message(struct world *w, struct om_portal *pt, struct om_msg *msg)
{
	struct om_me *me = roll(w, 2) ? pick(w, pt) : NULL;

	msg->get = !roll(w, 4);
	msg->tag = ++w->next_tag;
	msg->from = random_peer(w);
	msg->bits = random_bits(w);
	if (!me)
		return;
	msg->bits = me->bits ^ (random_bits(w) & me->ignore);
	if (me->source.nid != LNET_NID_ANY)
		msg->from.nid = me->source.nid;
	if (me->source.pid != LNET_PID_ANY)
		msg->from.pid = me->source.pid;
}

static void do_message(struct world *w, unsigned int p)
{
	struct om_portal *pt = &w->pt[p];
	struct om_msg *msg = free_msg(w);
	struct lt_rx *rx = msg->rx;
	enum om_verdict v;

	random_message(w, pt, msg);
	if (msg->get) {
		lt_hdr_get(rx, msg->bits, 0, 0);
		rx->hdr.msg.get.ptl_index = cpu_to_le32(PORTAL + p);
	} else {
		lt_hdr_put(rx, msg->bits, 0, 0, msg->tag);
		rx->hdr.msg.put.ptl_index = cpu_to_le32(PORTAL + p);
	}
	lt_hdr_from(rx, msg->from.nid, msg->from.pid);
	SAME(w, lt_parse(w->f, rx), 0);

	v = om_message(pt, msg, got_nr ? got[0].id : 0, &w->expected[0]);
	SAME(w, v == OM_WRONG, false);
	expect_events(w, v == OM_MATCHED);
	if (v != OM_MATCHED || !msg->get)
		SAME(w, rx->done, (v != OM_WAITS));
}

static void do_something(struct world *w, unsigned int p)
{
	unsigned int r = roll(w, 100);

	if (roll(w, 1000) < w->shape->lazy)
		do_lazy(w, p);
	else if (r < 20)
		do_post(w, p);
	else if (r < 23)
		do_unlink_me(w, p);
	else if (r < 26)
		do_unlink_md(w, p);
	else if (r < 30)
		do_attach(w, p);
	else if (r < 32)
		do_bulk(w, p);
	else
		do_message(w, p);
}

/* The tide ----------------------------------------------------------------- */

/* Of keys that no message is for; at least one stays, so the class is known. */
static int tide_thread(struct lt_thread *t)
{
	const struct lnet_md md = lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
					lt_no_eq(), NULL);
	struct lnet_handle_md unused;
	struct world *w = t->arg;
	unsigned int p, i, n, round;
	int rc = 0;

	for (round = 0; !rc && !kthread_should_stop(); round++) {
		p = round % PORTALS;
		n = 1 + round * 37 % TIDE_MAX;
		for (i = 0; i < n && !rc; i++) {
			const struct lnet_process_id source =
				lt_id(LT_NID(TIDE_NID), w->exact && i % 3 == 0 ?
				      LNET_PID_ANY : 1);

			rc = LNetMEAttach(PORTAL + p, source, i, 0, LNET_UNLINK, i % 2,
					  &w->tide[p][i]);
			rc = rc ?: LNetMDAttach(w->tide[p][i], md, LNET_RETAIN,
						&unused);
		}
		while (i && !rc)
			rc = LNetMEUnlink(w->tide[p][--i]);
		lt_thread_round(t);
		cond_resched();
	}
	return rc;
}

static struct lt_thread tide;

static void begin_tide(struct world *w)
{
	unsigned int p;
	int rc = 0;

	for (p = 0; p < PORTALS; p++)
		rc = rc ?: LNetMEAttach(PORTAL + p, lt_id(LT_NID(TIDE_NID), 2), 0, 0,
					LNET_RETAIN, LNET_INS_AFTER, &w->anchor[p]);
	SAME(w, rc, 0);
	w->beside = true;
	w->exact = w->seed & 2;
	lt_thread_start(w->test, &tide, tide_thread, w, w->seed);
}

/* Programs ----------------------------------------------------------------- */

/* Whatever is left. How many events there must have been of it. */
static unsigned int unlink_all(struct world *w)
{
	unsigned int p, i, n = 0;
	LIST_HEAD(dropped);
	struct om_me *me;

	for (p = 0; p < PORTALS && w->beside; p++)
		LNetMEUnlink(w->anchor[p]);
	w->beside = false;
	w->exact = false;
	for (p = 0; p < PORTALS; p++) {
		while (!list_empty(&w->pt[p].mes)) {
			me = list_first_entry(&w->pt[p].mes, struct om_me, link);
			LNetMEUnlink(me->meh);
			n += om_unlink_me(&w->pt[p], me, &w->expected[0]);
		}
		LNetClearLazyPortal(PORTAL + p);
		om_clear(&w->pt[p], &dropped);
	}
	for (i = 0; i < RXS; i++)
		INIT_LIST_HEAD(&w->msg[i].link);
	return n;
}

/* Also of a program that failed. */
static void clear_world(void *arg)
{
	unlink_all(arg);
	got_nr = 0;
}

static void expect_counted(struct world *w, unsigned int p,
			   const struct lnet_portal_stats *was)
{
	const struct om_portal *pt = &w->pt[p];
	struct lnet_portal_stats is;
	unsigned int i;

	lnet_stats_portal_read(PORTAL + p, &is);
	for (i = 0; i < LNET_DROP_PORTAL_NR; i++)
		is.dropped[i] -= was->dropped[i];
	SAME(w, is.matched - was->matched, pt->matched);
	SAME(w, is.delayed - was->delayed, pt->waited);
	SAME(w, is.dropped[LNET_DROP_NO_MATCH], pt->no_match);
	SAME(w, is.dropped[LNET_DROP_DELAY_FULL], pt->full);
	SAME(w, is.dropped[LNET_DROP_LAZY_CLEARED], pt->cleared);
	w->sums.matched += pt->matched;
	w->sums.waited += pt->waited;
	w->sums.dropped += pt->no_match + pt->full;
	w->sums.cleared += pt->cleared;
	w->sums.open += pt->open;
}

static void run_program(struct world *w, u32 program)
{
	struct lnet_portal_stats was[PORTALS];
	unsigned int p, unlinked;

	w->seed = program;
	prandom_seed_state(&w->rnd, program);
	for (p = 0; p < PORTALS; p++) {
		om_portal_init(&w->pt[p], WAITING);
		lnet_stats_portal_read(PORTAL + p, &was[p]);
	}
	w->step = 0;
	if (program & 1)
		begin_tide(w);
	for (; w->step < steps; w->step++) {
		p = roll(w, PORTALS);
		do_something(w, p);
		expect_class(w, p);
		if (!(w->step % 64))
			cond_resched();
	}
	if (program & 1)
		SAME(w, lt_thread_stop_after(w->test, &tide, PORTALS), 0);
	unlinked = unlink_all(w);
	SAME(w, got_nr, unlinked);
	got_nr = 0;
	for (p = 0; p < PORTALS; p++)
		expect_counted(w, p, &was[p]);
	w->sums.programs++;
}

static struct world *world(struct kunit *test)
{
	static const struct lnet_hash_sizes small = {
		.buckets_min = 4, .step = 2, .look_ms = 1,
	};
	struct world *w = lt_vmalloc(test, sizeof(*w));
	char waiting[8];
	unsigned int i;

	w->test = test;
	w->shape = test->param_value;
	w->eqh = lt_eq_alloc(test, 0, got_handler);
	w->f = lt_ni(test);
	for (i = 0; i < PORTALS; i++) {
		KUNIT_ASSERT_EQ(test, lnet_me_table_force(PORTAL + i, &small), 0);
		om_portal_init(&w->pt[i], WAITING);
	}
	for (i = 0; i < RXS; i++) {
		INIT_LIST_HEAD(&w->msg[i].link);
		w->msg[i].rx = lt_rx(test);
	}
	snprintf(waiting, sizeof(waiting), "%d", WAITING);
	lt_param(test, "lazy_max_msgs", waiting);
	lt_param(test, "lazy_peer_share", "100");
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, clear_world, w), 0);
	return w;
}

static void sum_steps(u64 *grown, u64 *shrunk)
{
	struct lnet_hash_sizes sizes;
	unsigned int p;

	*grown = 0;
	*shrunk = 0;
	for (p = 0; p < PORTALS; p++) {
		sizes = lnet_me_table_forced(PORTAL + p);
		*grown += sizes.grown;
		*shrunk += sizes.shrunk;
	}
}

/*
 * Steps of the tables. One shrinks at a tick, and what has not shrunk does not grow:
 * programs that are shorter than a tick make fewer steps than there are of them.
 */
static u64 least_steps(const struct sums *s, u64 wanted)
{
	return min(wanted, div_u64(s->ns, 2 * TICK_NSEC));
}

/* A case that has done little has shown nothing: so much is in every program. */
static void expect_work(struct world *w)
{
	const struct sums *s = &w->sums;
	const struct shape *shape = w->shape;
	const u64 hundreds = s->programs * (u64)(steps / 100);
	const u64 some = DIV_ROUND_UP(hundreds, 10);

	KUNIT_EXPECT_GE(w->test, s->matched, 10 * hundreds);
	KUNIT_EXPECT_GE(w->test, s->posted, 5 * hundreds);
	KUNIT_EXPECT_GE(w->test, s->unlinked, hundreds);
	if (shape->insert)
		KUNIT_EXPECT_GE(w->test, s->inserts, some);
	if (shape->bulk) {
		KUNIT_EXPECT_GE(w->test, s->bulk, some);
		KUNIT_EXPECT_GE(w->test, s->grown, least_steps(s, some));
	}
	if (shape->weight[OM_EXACT] + shape->weight[OM_RANGED] + shape->weight[OM_WILD])
		KUNIT_EXPECT_GE(w->test, s->mixed, some);
}

/* And of this there is nothing in some of them, but in so many together. */
static void expect_work_of_many(struct world *w)
{
	const struct sums *s = &w->sums;
	const u64 n = s->programs;
	/* Long whiles without a lazy portal come together in a few. */
	const u64 sure = n >= 20 ? n : 1;
	/* Nor do a few, which a slow machine has time for, tell how often tables grow. */
	const u64 resized = least_steps(s, n >= 20 ? 2 * n : 1);

	KUNIT_EXPECT_GE(w->test, s->grown, resized);
	/* A work item's, which other work may keep waiting: that it is at all. */
	KUNIT_EXPECT_GE(w->test, s->shrunk, max(resized / 4, min(resized, 1)));
	if (w->shape->lazy) {
		KUNIT_EXPECT_GE(w->test, s->waited, sure);
		KUNIT_EXPECT_GE(w->test, s->taken, sure);
		if (n >= 20)
			KUNIT_EXPECT_GE(w->test, s->cleared, n / 4);
	}
}

KUNIT_ARRAY_PARAM_DESC(shape, shapes, desc);

static void oracle_agrees(struct kunit *test)
{
	struct world *w = world(test);
	u32 first = seed ?: get_random_u32() & 0x7fffffff;
	u64 budget = seconds * (u64)NSEC_PER_SEC / ARRAY_SIZE(shapes);
	u64 grown, shrunk, begin = ktime_get_ns(), end = begin + budget;
	struct sums *s = &w->sums;

	sum_steps(&grown, &shrunk);
	while (seeds ? s->programs < seeds :
		       s->programs < SEEDS_MIN || ktime_get_ns() < end)
		run_program(w, first + s->programs);
	sum_steps(&s->grown, &s->shrunk);
	s->grown -= grown;
	s->shrunk -= shrunk;
	s->ns = ktime_get_ns() - begin;
	kunit_info(test, "seeds %u to %u, %u programs of %u steps: %llu matched, %llu waited, %llu of them taken, %llu cleared, %llu dropped",
		   first, first + s->programs - 1, s->programs, steps, s->matched,
		   s->waited, s->taken, s->cleared, s->dropped);
	kunit_info(test, "%llu posted, %llu beside others, %llu MDs unlinked; the tables grew %llu times and shrank %llu; %llu pairs whose order is not defined",
		   s->posted, s->inserts, s->unlinked, s->grown, s->shrunk, s->open);
	expect_work(w);
	if (s->programs >= SEEDS_MIN)
		expect_work_of_many(w);
	KUNIT_EXPECT_GE(test, s->programs, seeds ?: SEEDS_MIN);
}

static struct kunit_case lnet_oracle_cases[] = {
	KUNIT_CASE_PARAM(oracle_agrees, shape_gen_params),
	{}
};

LT_SUITE(lnet_oracle);

MODULE_DESCRIPTION("KUnit suite of lnet: matching against an oracle");
MODULE_LICENSE("GPL");
