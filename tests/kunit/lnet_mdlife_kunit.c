// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an MD against a model: threshold, MAX_SIZE, TRUNCATE,
 * MANAGE_REMOTE, auto-unlink, and unlink at any moment, with operations in
 * flight that end in any order. The model says of each message whether and
 * where it lands, byte by byte, and of each event what it contains; and it has
 * memory of its own, with which the MD's is compared.
 *
 * The seed is printed; seed=N repeats a run, lives=N changes its length.
 */
#include "common.h"
#include "event/md.h"

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random operations; 0: a new one (default 0)");

static unsigned int lives = 20000 / LT_SLOW;
module_param(lives, uint, 0444);
MODULE_PARM_DESC(lives, "Number of MDs that live and die (default 20000, fewer in a debug kernel)");

enum { LENGTH = 64, HELD_MAX = 8, PAYLOAD_MAX = LENGTH + 10 };

/* An operation in flight, and what its event will be. */
struct flight {
	struct lt_rx *rx;
	u8 *payload;
	bool get;
	unsigned int offset;
	unsigned int mlength;
	unsigned int rlength;
	int threshold;
};

/* The model of one MD, all of it. */
struct model {
	unsigned int length;
	unsigned int options;
	unsigned int max_size;
	int threshold;
	bool auto_unlink;

	unsigned int offset;
	bool full;			/* MAX_SIZE is reached */
	bool zombie;
	bool gone;
	unsigned int gets, puts;	/* in flight, by kind, in order */
	struct flight get[HELD_MAX], put[HELD_MAX];
};

struct world {
	struct kunit *test;
	struct rnd_state rnd;
	struct lt_ni *f;
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	struct lt_rx rx[2 * HELD_MAX];
	u8 payload[2 * HELD_MAX][PAYLOAD_MAX];
	struct model m;
	u64 landed, dropped;
	u8 buf[LENGTH];			/* the MD's */
	u8 should[LENGTH];		/* what must be in there */
};

static unsigned int roll(struct world *w, unsigned int below)
{
	return prandom_u32_state(&w->rnd) % below;
}

/* The model ---------------------------------------------------------------- */

static bool used_up(const struct model *m)
{
	return !m->threshold || m->full;
}

/* Is there a place in the MD for byte @n of a message that begins at @offset? */
static bool model_takes(const struct model *m, unsigned int offset,
			unsigned int n)
{
	if ((m->options & LNET_MD_MAX_SIZE) && n >= m->max_size)
		return false;
	return offset + n < m->length;
}

/* Does it land? -1, or the reason of the drop. */
static int model_land(const struct model *m, bool get, unsigned int bytes,
		      unsigned int roffset, struct flight *fl)
{
	unsigned int n = 0;

	if (m->zombie || used_up(m) ||
	    !(m->options & (get ? LNET_MD_OP_GET : LNET_MD_OP_PUT)))
		return LNET_DROP_NO_MATCH;
	fl->offset = m->options & LNET_MD_MANAGE_REMOTE ? roffset : m->offset;
	if (fl->offset > m->length)
		return LNET_DROP_BAD_OFFSET;
	while (n < bytes && model_takes(m, fl->offset, n))
		n++;
	if (n < bytes && !(m->options & LNET_MD_TRUNCATE))
		return LNET_DROP_TOO_LONG;
	fl->get = get;
	fl->rlength = bytes;
	fl->mlength = n;
	return -1;
}

static void model_begin(struct model *m, struct flight *fl)
{
	if (m->threshold != LNET_MD_THRESH_INF)
		m->threshold--;
	fl->threshold = m->threshold;
	m->offset = fl->offset + fl->mlength;
	/* Less than max_size is left behind the message: the last byte does not fit. */
	if ((m->options & LNET_MD_MAX_SIZE) && m->max_size &&
	    !model_takes(m, m->offset, m->max_size - 1))
		m->full = true;
	if (m->auto_unlink && used_up(m))
		m->zombie = true;
	if (fl->get)
		m->get[m->gets++] = *fl;
	else
		m->put[m->puts++] = *fl;
}

/* Takes the operation out; true if it was the last one of a zombie. */
static bool model_end(struct model *m, bool get, unsigned int index,
		      struct flight *fl)
{
	struct flight *held = get ? m->get : m->put;
	unsigned int n = get ? --m->gets : --m->puts;

	*fl = held[index];
	for (; index < n; index++)
		held[index] = held[index + 1];
	m->gone = m->zombie && !m->gets && !m->puts;
	return m->gone;
}

/* Steps of a life ---------------------------------------------------------- */

static void life_begins(struct world *w)
{
	static const int thresholds[] = { 0, 1, 2, 3, 5, LNET_MD_THRESH_INF };
	struct model *m = &w->m;
	struct lnet_md md;

	memset(m, 0, sizeof(*m));
	m->length = roll(w, LENGTH + 1);
	m->threshold = thresholds[roll(w, ARRAY_SIZE(thresholds))];
	m->options = 1 + roll(w, 3);
	if (roll(w, 2))
		m->options |= LNET_MD_TRUNCATE;
	if (!roll(w, 3))
		m->options |= LNET_MD_MANAGE_REMOTE;
	if (roll(w, 2))
		m->options |= LNET_MD_MAX_SIZE;
	m->max_size = roll(w, m->length + 1);
	m->auto_unlink = roll(w, 2);

	memset(w->buf, 0xee, sizeof(w->buf));
	memset(w->should, 0xee, sizeof(w->should));
	md = lt_md(w->buf, m->length, m->threshold, m->options, w->eqh, w->rec);
	md.max_size = m->max_size;
	KUNIT_ASSERT_EQ(w->test, LNetMEAttach(LT_PORTAL, lt_any, 1, 0,
					      LNET_RETAIN, LNET_INS_AFTER,
					      &w->meh), 0);
	KUNIT_ASSERT_EQ(w->test, LNetMDAttach(w->meh, md, m->auto_unlink ?
					      LNET_UNLINK : LNET_RETAIN,
					      &w->mdh), 0);
	lt_rec_clear(w->rec);
}

/* A message without an operation in flight to carry it. */
static void take_idle_rx(struct world *w, struct flight *fl)
{
	struct model *m = &w->m;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(w->rx); i++) {
		for (j = 0; j < m->puts && m->put[j].rx != &w->rx[i]; j++)
			;
		if (j == m->puts)
			break;
	}
	KUNIT_ASSERT_LT(w->test, i, ARRAY_SIZE(w->rx));
	fl->rx = &w->rx[i];
	fl->payload = w->payload[i];
}

static void message(struct world *w)
{
	bool get = roll(w, 2);
	unsigned int bytes = roll(w, 1 + roll(w, PAYLOAD_MAX));
	unsigned int roffset = roll(w, 1 + roll(w, LENGTH + 10));
	struct model *m = &w->m;
	struct flight fl = {};
	unsigned int sends;
	u64 drops;
	int drop;

	if ((get ? m->gets : m->puts) == HELD_MAX)
		return;
	take_idle_rx(w, &fl);
	if (get) {
		lt_hdr_get(fl.rx, 1, bytes, roffset);
	} else {
		lt_hdr_put(fl.rx, 1, bytes, roffset, 0);
		lt_fill(fl.payload, bytes, w->landed);
		fl.rx->payload = fl.payload;
	}

	drop = model_land(m, get, bytes, roffset, &fl);
	drops = drop < 0 ? lt_drops_all(LT_PORTAL) : lt_drops(LT_PORTAL, drop);
	sends = lt_ni_sends(w->f);
	KUNIT_ASSERT_EQ(w->test, lt_parse(w->f, fl.rx), 0);
	KUNIT_ASSERT_EQ(w->test, fl.rx->recvs, 1);
	KUNIT_ASSERT_EQ(w->test, lt_rec_count(w->rec), 0);
	if (drop >= 0) {
		w->dropped++;
		KUNIT_ASSERT_TRUE(w->test, fl.rx->dropped);
		KUNIT_ASSERT_EQ(w->test, lt_drops(LT_PORTAL, drop), drops + 1);
		return;
	}

	w->landed++;
	KUNIT_ASSERT_EQ(w->test, lt_drops_all(LT_PORTAL), drops);
	KUNIT_ASSERT_EQ(w->test, lt_ni_sends(w->f), sends + get);
	if (get) {
		KUNIT_ASSERT_EQ(w->test,
				lt_ni_sent(w->test, w->f, sends)->len,
				fl.mlength);
		KUNIT_ASSERT_TRUE(w->test, !memcmp(w->f->tx,
						   w->should + fl.offset,
						   fl.mlength));
	} else {
		KUNIT_ASSERT_FALSE(w->test, fl.rx->dropped);
		KUNIT_ASSERT_EQ(w->test, fl.rx->offset, fl.offset);
		KUNIT_ASSERT_EQ(w->test, fl.rx->mlen, fl.mlength);
	}
	model_begin(m, &fl);
}

static void completion(struct world *w)
{
	struct model *m = &w->m;
	const struct lnet_event *ev;
	bool get = m->gets && (!m->puts || roll(w, 2));
	unsigned int index;
	struct flight fl;
	bool last;
	int status;

	if (!m->gets && !m->puts)
		return;
	index = roll(w, get ? m->gets : m->puts);
	status = roll(w, 4) ? 0 : -EIO;
	last = model_end(m, get, index, &fl);
	if (get)
		KUNIT_ASSERT_TRUE(w->test,
				  lt_ni_finish_send(w->f, index, status));
	else
		KUNIT_ASSERT_TRUE(w->test,
				  lt_ni_finish_recv(w->f, index, status));

	if (!get && !status)
		memcpy(w->should + fl.offset, fl.payload, fl.mlength);
	KUNIT_ASSERT_TRUE(w->test, !memcmp(w->buf, w->should, LENGTH));
	KUNIT_ASSERT_EQ(w->test, lt_rec_count(w->rec), 1);
	ev = lt_rec_ev(w->test, w->rec, 0);
	KUNIT_ASSERT_EQ(w->test, (int)ev->type,
			(int)(get ? LNET_EVENT_GET : LNET_EVENT_PUT));
	KUNIT_ASSERT_EQ(w->test, ev->status, status);
	KUNIT_ASSERT_EQ(w->test, ev->unlinked, last);
	KUNIT_ASSERT_EQ(w->test, ev->offset, fl.offset);
	KUNIT_ASSERT_EQ(w->test, ev->mlength, fl.mlength);
	KUNIT_ASSERT_EQ(w->test, ev->md.threshold, fl.threshold);
	KUNIT_ASSERT_EQ(w->test, ev->md_handle.cookie, w->mdh.cookie);
	lt_rec_clear(w->rec);
}

static void unlinking(struct world *w, bool by_me)
{
	struct model *m = &w->m;
	bool idle = !m->gets && !m->puts;
	int rc;

	/* The ME stays whatever becomes of its MD, until now. */
	if (by_me) {
		KUNIT_ASSERT_EQ(w->test, LNetMEUnlink(w->meh), 0);
		KUNIT_ASSERT_EQ(w->test, LNetMDUnlink(w->mdh), -ENOENT);
	} else {
		rc = LNetMDUnlink(w->mdh);
		KUNIT_ASSERT_EQ(w->test, rc, m->zombie ? -ENOENT : 0);
	}
	if (m->zombie || !idle) {
		KUNIT_ASSERT_EQ(w->test, lt_rec_count(w->rec), 0);
	} else {
		KUNIT_ASSERT_EQ(w->test, lt_rec_count(w->rec), 1);
		lt_expect_event(w->test, w->rec, 0, LNET_EVENT_UNLINK, 0, 1);
		KUNIT_ASSERT_EQ(w->test,
				lt_rec_ev(w->test, w->rec, 0)->md.threshold,
				m->threshold);
		m->gone = true;
		lt_rec_clear(w->rec);
	}
	m->zombie = true;
}

static void life(struct world *w)
{
	unsigned int moves = roll(w, 24);
	struct model *m = &w->m;
	bool by_me = false;

	life_begins(w);
	while (moves-- && !m->gone) {
		switch (roll(w, 16)) {
		case 0:
			unlinking(w, false);
			break;
		case 1 ... 6:
			completion(w);
			break;
		default:
			message(w);
		}
	}
	if (!m->gone) {
		by_me = roll(w, 2);
		unlinking(w, by_me);
	}
	while (m->gets || m->puts)
		completion(w);
	KUNIT_ASSERT_TRUE(w->test, m->gone);
	KUNIT_ASSERT_EQ(w->test, LNetMDUnlink(w->mdh), -ENOENT);
	KUNIT_ASSERT_EQ(w->test, LNetMEUnlink(w->meh), by_me ? -ENOENT : 0);
}

static void undo_world(void *arg)
{
	struct world *w = arg;

	LNetMEUnlink(w->meh);
	lt_ni_finish_all(w->f);
}

static void mdlife_follows_the_model(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 used = seed ?: get_random_u32();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->rec = lt_rec(test);
	w->eqh = lt_eq_alloc(test, 0, lt_record);
	w->f = lt_ni(test);
	w->f->hold_recv = true;
	w->f->hold_send = true;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_world, w), 0);
	prandom_seed_state(&w->rnd, used);
	kunit_info(test, "seed=%u lives=%u", used, lives);
	for (i = 0; i < lives; i++) {
		life(w);
		if (!(i % 64))
			cond_resched();
	}
	kunit_info(test, "%llu messages landed, %llu were dropped", w->landed,
		   w->dropped);
	KUNIT_EXPECT_GT(test, w->landed, lives / 2);
	KUNIT_EXPECT_GT(test, w->dropped, lives);
	KUNIT_EXPECT_EQ(test, LNetEQFree(w->eqh), 0);
}

/* Handles used while their MD ends ------------------------------------------ */

enum { RACES = 20000 / LT_SLOW, RACERS = 2, WON = 10 };

struct race {
	atomic64_t cookie;		/* of the MD of the moment */
	atomic_t over;
	atomic_t put, unlinked;		/* by the racers */
	atomic_t wrong;
	atomic_t events, lasts;
};

static void race_handler(struct lnet_event *event)
{
	struct race *r = event->md.user_ptr;

	atomic_inc(&r->events);
	if (event->unlinked)
		atomic_inc(&r->lasts);
}

static int race_thread(struct lt_thread *t)
{
	struct race *r = t->arg;
	struct lnet_handle_md mdh;
	unsigned int i;
	int rc;

	for (i = 0; !atomic_read(&r->over) && !kthread_should_stop(); i++) {
		mdh.cookie = atomic64_read(&r->cookie);
		if (i % 4) {
			rc = lt_put(mdh, LNET_NOACK_REQ, 1, 0, 0);
			if (!rc)
				atomic_inc(&r->put);
		} else {
			rc = LNetMDUnlink(mdh);
			if (!rc)
				atomic_inc(&r->unlinked);
		}
		if (rc && rc != -ENOENT)
			atomic_inc(&r->wrong);
		if (!(i % 64))
			cond_resched();
	}
	return 0;
}

/* The racers were first often enough. */
static bool race_enough(struct race *r, unsigned int made)
{
	return made >= RACES && atomic_read(&r->put) >= WON &&
	       atomic_read(&r->unlinked) >= WON;
}

/* MDs good for one PUT, which any thread sends, or unlinks before. */
static void mdlife_handle_is_used_while_its_md_ends(struct kunit *test)
{
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	static struct lt_thread t[RACERS];
	struct lnet_handle_eq eqh;
	struct lnet_handle_md mdh;
	unsigned int made = 0;
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, r);
	lt_run_begin(0);
	eqh = lt_eq_alloc(test, 0, race_handler);
	atomic64_set(&r->cookie, LNET_WIRE_HANDLE_COOKIE_NONE);
	lt_threads_start(test, t, RACERS, race_thread, r);
	while (!lt_run_over(race_enough(r, made))) {
		rc = LNetMDBind(lt_md(NULL, 0, 1, 0, eqh, r), LNET_UNLINK,
				&mdh);
		KUNIT_EXPECT_EQ(test, rc, 0);
		if (rc)
			break;
		made++;
		atomic64_set(&r->cookie, mdh.cookie);
		if (made % 3)
			lt_put(mdh, LNET_NOACK_REQ, 1, 0, 0);
		else
			LNetMDUnlink(mdh);
		cond_resched();
	}
	atomic_set(&r->over, 1);
	lt_threads_join(test, t, RACERS);
	kunit_info(test, "%d put and %d unlinked by others",
		   atomic_read(&r->put), atomic_read(&r->unlinked));
	KUNIT_EXPECT_TRUE(test, race_enough(r, made));
	KUNIT_EXPECT_EQ(test, atomic_read(&r->wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->events), made);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->lasts), made);
	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
}

/* Too many operations -------------------------------------------------------- */

enum { OPERATIONS_MAX = (1 << 18) - 1, REAL = 5 };

/* Operations of a source. All but the last few are only counted. */
static void fill_source(struct kunit *test, struct lt_ni *f)
{
	struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	atomic64_t *state = &lt_md_of(test, src)->state;
	unsigned int i;

	atomic64_add(OPERATIONS_MAX - REAL, state);
	for (i = 0; i <= REAL; i++)
		KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src,
					      LNET_NOACK_REQ, peer, LT_PORTAL,
					      1, 0, 0), i < REAL ? 0 : -EBUSY);
	KUNIT_EXPECT_TRUE(test, lt_ni_finish_send(f, 0, 0));
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, peer,
				      LT_PORTAL, 1, 0, 0), 0);
	/* Nothing that is beside the count was touched. */
	KUNIT_EXPECT_EQ(test, atomic64_read(state) & LNET_MD_OPS,
			OPERATIONS_MAX);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), REAL);
	atomic64_sub(OPERATIONS_MAX - REAL, state);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(src), 0);
}

/* And what others fetch: an answer that has not left is one. */
static void fill_target(struct kunit *test, struct lt_ni *f)
{
	u64 busy = lt_drops(LT_PORTAL, LNET_DROP_MD_BUSY);
	struct lt_rx *rx = lt_rx(test);
	struct lnet_handle_md dst;
	struct lnet_libmd *md;
	unsigned int i;

	dst = lt_md_attach(test, lt_me_any(test, 1),
			   lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_GET,
				 lt_no_eq(), NULL), LNET_RETAIN);
	md = lt_md_of(test, dst);
	md->begun += OPERATIONS_MAX - REAL;
	for (i = 0; i <= REAL; i++) {
		KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_MD_BUSY),
				busy);
		lt_hdr_get(rx, 1, 0, 0);
		KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	}
	KUNIT_EXPECT_EQ(test, lt_drops(LT_PORTAL, LNET_DROP_MD_BUSY), busy + 1);
	KUNIT_EXPECT_EQ(test, lt_ni_finish_sends(f, 0), REAL);
	md->begun -= OPERATIONS_MAX - REAL;
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(dst), 0);
}

static void mdlife_has_so_many_operations_at_most(struct kunit *test)
{
	struct lt_ni *f = lt_ni(test);

	f->hold_send = true;
	fill_source(test, f);
	fill_target(test, f);
}

static struct kunit_case lnet_mdlife_cases[] = {
	KUNIT_CASE_SLOW(mdlife_follows_the_model),
	KUNIT_CASE_SLOW(mdlife_handle_is_used_while_its_md_ends),
	KUNIT_CASE(mdlife_has_so_many_operations_at_most),
	{}
};

LT_SUITE(lnet_mdlife);

MODULE_DESCRIPTION("KUnit suite of lnet: the life of an MD against a model");
MODULE_LICENSE("GPL");
