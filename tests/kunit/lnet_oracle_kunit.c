// SPDX-License-Identifier: GPL-2.0
/*
 * Matching against an oracle: MEs of every kind are posted, inserted and
 * unlinked at random, messages arrive at random, and each must find exactly
 * the ME that a plain list, walked from its head, says.
 *
 * The seed is printed; seed=N repeats a run, steps=N changes its length.
 */
#include "common.h"

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Of the random numbers; 0: a new one each time");

static unsigned int steps = 100000;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "Random steps, in a debug kernel of the first case only");

/* What the portal should know of an ME. */
struct model_me {
	struct list_head link;		/* in portal order */
	unsigned long id;
	struct lnet_process_id who;
	u64 bits;
	u64 ignore;
	bool unlink;
	struct lnet_handle_me meh;

	bool has_md;
	struct lnet_handle_md mdh;
	unsigned int ops;
	int threshold;
	bool auto_unlink;
};

/* How a case differs from the other. */
struct shape {
	unsigned int share;		/* of the steps asked for: 1 / share */
	unsigned int max;		/* MEs at a time */
	unsigned int bits;		/* different match bits */
	unsigned int wild;		/* in 8: MEs that ignore something */
};

struct world {
	struct kunit *test;
	struct rnd_state rnd;
	struct shape shape;
	struct lt_ni *f;
	struct lt_rx *rx;
	struct lnet_handle_eq eqh;
	struct list_head mes;		/* the oracle */
	unsigned int n;
	unsigned long next_id;
	u64 matched;
	u64 dropped;
};

static unsigned long got_id;		/* of the last event */
static unsigned int got_events;

static void got(struct lnet_event *event)
{
	got_id = (unsigned long)event->md.user_ptr;
	got_events++;
}

static unsigned int roll(struct world *w, unsigned int below)
{
	return prandom_u32_state(&w->rnd) % below;
}

/* The oracle --------------------------------------------------------------- */

static bool model_wants(const struct model_me *m, struct lnet_process_id from,
			u64 bits, unsigned int op)
{
	if (!m->has_md || !m->threshold || !(m->ops & op))
		return false;
	if (m->who.nid != LNET_NID_ANY && m->who.nid != from.nid)
		return false;
	if (m->who.pid != LNET_PID_ANY && m->who.pid != from.pid)
		return false;
	return !((m->bits ^ bits) & ~m->ignore);
}

static struct model_me *model_match(struct world *w,
				    struct lnet_process_id from, u64 bits,
				    unsigned int op)
{
	struct model_me *m;

	list_for_each_entry(m, &w->mes, link)
		if (model_wants(m, from, bits, op))
			return m;
	return NULL;
}

static void model_remove(struct world *w, struct model_me *m)
{
	list_del(&m->link);
	kfree(m);
	w->n--;
}

static void model_use(struct world *w, struct model_me *m)
{
	if (m->threshold == LNET_MD_THRESH_INF || --m->threshold ||
	    !m->auto_unlink)
		return;
	m->has_md = false;
	if (m->unlink)
		model_remove(w, m);
}

/* Random things to do ------------------------------------------------------ */

static struct model_me *pick(struct world *w)
{
	struct model_me *m;
	unsigned int i;

	if (!w->n)
		return NULL;
	i = roll(w, w->n);
	list_for_each_entry(m, &w->mes, link)
		if (!i--)
			return m;
	return NULL;
}

static struct lnet_process_id random_peer(struct world *w)
{
	return lt_id(LT_NID(2 + roll(w, 3)), roll(w, 4) ? 12345 : 7);
}

static void random_me(struct world *w, struct model_me *m)
{
	static const u64 masks[] = { 1, 3, 6, ~0ULL };

	m->id = ++w->next_id;
	m->who = random_peer(w);
	m->bits = roll(w, w->shape.bits);
	m->unlink = roll(w, 2);
	if (roll(w, 8) >= w->shape.wild)
		return;
	switch (roll(w, 4)) {
	case 0:
		m->who.nid = LNET_NID_ANY;
		break;
	case 1:
		m->who.pid = LNET_PID_ANY;
		break;
	case 2:
		m->who = lt_any;
		break;
	}
	if (roll(w, 2))
		m->ignore = masks[roll(w, ARRAY_SIZE(masks))];
}

static void attach_md(struct world *w, struct model_me *m)
{
	struct lnet_md md;

	m->ops = 1 + roll(w, 3);
	m->threshold = roll(w, 3) ? 1 + roll(w, 3) : LNET_MD_THRESH_INF;
	m->auto_unlink = roll(w, 4);
	md = lt_md(NULL, 0, m->threshold, m->ops, w->eqh, (void *)m->id);
	KUNIT_ASSERT_EQ(w->test, LNetMDAttach(m->meh, md, m->auto_unlink ?
					      LNET_UNLINK : LNET_RETAIN,
					      &m->mdh), 0);
	m->has_md = true;
}

static void do_post(struct world *w)
{
	struct model_me *m, *at = NULL;
	enum lnet_ins_pos pos;
	int rc;

	if (w->n >= w->shape.max)
		return;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(w->test, m);
	random_me(w, m);
	if (!roll(w, 4))
		at = pick(w);
	pos = roll(w, at ? 2 : 3);
	if (at)
		rc = LNetMEInsert(at->meh, m->who, m->bits, m->ignore,
				  m->unlink, pos, &m->meh);
	else
		rc = LNetMEAttach(LT_PORTAL, m->who, m->bits, m->ignore,
				  m->unlink, pos, &m->meh);
	if (pos == LNET_INS_BEFORE)
		list_add_tail(&m->link, at ? &at->link : w->mes.next);
	else
		list_add(&m->link, at ? &at->link : w->mes.prev);
	w->n++;
	KUNIT_ASSERT_EQ(w->test, rc, 0);
	if (roll(w, 8))
		attach_md(w, m);
}

static void do_unlink_me(struct world *w)
{
	struct model_me *m = pick(w);

	if (!m)
		return;
	KUNIT_ASSERT_EQ(w->test, LNetMEUnlink(m->meh), 0);
	model_remove(w, m);
}

static void do_unlink_md(struct world *w)
{
	struct model_me *m = pick(w);

	if (!m || !m->has_md)
		return;
	KUNIT_ASSERT_EQ(w->test, LNetMDUnlink(m->mdh), 0);
	m->has_md = false;
	if (m->unlink)
		model_remove(w, m);
}

static void do_attach_md(struct world *w)
{
	struct model_me *m = pick(w);

	if (m && !m->has_md)
		attach_md(w, m);
}

static void do_message(struct world *w)
{
	struct lnet_process_id from = random_peer(w);
	u64 bits = roll(w, w->shape.bits);
	bool get = !roll(w, 4);
	struct model_me *m;

	if (get)
		lt_hdr_get(w->rx, bits, 0, 0);
	else
		lt_hdr_put(w->rx, bits, 0, 0, 0);
	w->rx->hdr.src_nid = cpu_to_le64(from.nid);
	w->rx->hdr.src_pid = cpu_to_le32(from.pid);
	got_events = 0;
	got_id = 0;
	KUNIT_ASSERT_EQ(w->test, lt_parse(w->f, w->rx), 0);

	m = model_match(w, from, bits, get ? LNET_MD_OP_GET : LNET_MD_OP_PUT);
	KUNIT_ASSERT_EQ(w->test, got_events, m ? 1 : 0);
	KUNIT_ASSERT_EQ(w->test, got_id, m ? m->id : 0);
	if (!m) {
		w->dropped++;
		return;
	}
	w->matched++;
	model_use(w, m);
}

static void step(struct world *w)
{
	unsigned int r = roll(w, 100);

	if (r < 20)
		do_post(w);
	else if (r < 23)
		do_unlink_me(w);
	else if (r < 26)
		do_unlink_md(w);
	else if (r < 30)
		do_attach_md(w);
	else
		do_message(w);
}

static void undo_world(void *arg)
{
	struct world *w = arg;
	struct model_me *m;

	while (!list_empty(&w->mes)) {
		m = list_first_entry(&w->mes, struct model_me, link);
		LNetMEUnlink(m->meh);
		model_remove(w, m);
	}
}

static void run(struct kunit *test, const struct shape *shape)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 used = seed ?: get_random_u32();
	unsigned int i, n = steps / shape->share;
	u64 matched, dropped;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->shape = *shape;
	INIT_LIST_HEAD(&w->mes);
	w->eqh = lt_eq_alloc(test, 0, got);
	w->f = lt_ni(test);
	w->rx = lt_rx(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_world, w), 0);
	prandom_seed_state(&w->rnd, used);
	kunit_info(test, "seed=%u steps=%u", used, n);

	matched = lt_matched(LT_PORTAL);
	dropped = lt_drops_all(LT_PORTAL);
	for (i = 0; i < n; i++) {
		step(w);
		if (!(i % 1024))
			cond_resched();
	}
	kunit_info(test, "%llu matched, %llu dropped, %u posted at the end",
		   w->matched, w->dropped, w->n);
	KUNIT_EXPECT_EQ(test, lt_matched(LT_PORTAL) - matched, w->matched);
	KUNIT_EXPECT_EQ(test, lt_drops_all(LT_PORTAL) - dropped, w->dropped);
}

static void oracle_agrees_on_a_few_of_every_kind(struct kunit *test)
{
	static const struct shape shape = {
		.share = 1,
		.max = 24,
		.bits = 4,
		.wild = 4,
	};

	run(test, &shape);
}

static void oracle_agrees_on_many_uniques(struct kunit *test)
{
	static const struct shape shape = {
		.share = LT_SLOW,
		.max = 1000,
		.bits = 300,
		.wild = 0,
	};

	run(test, &shape);
}

static void oracle_agrees_on_many_uniques_and_a_few_wildcards(struct kunit *test)
{
	static const struct shape shape = {
		.share = LT_SLOW,
		.max = 500,
		.bits = 200,
		.wild = 1,
	};

	run(test, &shape);
}

static struct kunit_case lnet_oracle_cases[] = {
	KUNIT_CASE_SLOW(oracle_agrees_on_a_few_of_every_kind),
	KUNIT_CASE_SLOW(oracle_agrees_on_many_uniques),
	KUNIT_CASE_SLOW(oracle_agrees_on_many_uniques_and_a_few_wildcards),
	{}
};

LT_SUITE(lnet_oracle);

MODULE_DESCRIPTION("KUnit suite of lnet: matching against an oracle");
MODULE_LICENSE("GPL");
