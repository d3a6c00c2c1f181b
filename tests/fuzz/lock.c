// SPDX-License-Identifier: GPL-2.0
/*
 * A client's own spinlock: held across calls that are said not to sleep, and
 * taken in a handler while another thread holds it and calls. The second has a
 * time-out, so that a deadlock is reported, and does not hang the run.
 */
#include "fuzz.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/processor.h>
#include <linux/spinlock.h>

enum {
	MEET_US		= 1000000,	/* for the other thread to be there */
	HOLD_US		= 1000000,	/* no thread holds the lock for so long */
};

/* One at a time; S: under stage_mutex; T: the thread beside it */
static struct {
	spinlock_t lock;		/* the client's */
	struct lnet_handle_md send;	/* S: its event is handled */
	struct lnet_handle_md first;	/* S: idle, of the other EQ */
	struct lnet_handle_md second;	/* S: the same */
	struct fuzz_by *by;		/* S: */
	bool unlinked;			/* the handler has unlinked the first */
	bool held;			/* T: it has the lock */
	struct completion done;		/* T: */
} stage;

static DEFINE_MUTEX(stage_mutex);	/* S */
static unsigned int stage_played;	/* S: so often */
static unsigned int stage_met;		/* S: the two have met so often */

/* Objects that end under the lock, and other calls that are allowed there. */
static void lock_call(struct fuzz_by *by, struct fuzz_md *md,
		      struct lnet_handle_me meh, bool me)
{
	struct lnet_handle_eq eqh = fuzz_owns[by->thread].lock_eq;
	int portal = fuzz_owns[by->thread].portal;
	struct lnet_process_id id;
	struct lnet_event ev;
	int which;

	fuzz_exact(by, FUZZ_LNetSetLazyPortal, FUZZ_VALID,
		   LNetSetLazyPortal(portal), 0);
	fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_VALID,
		   LNetClearLazyPortal(portal), 0);
	fuzz_exact(by, FUZZ_LNetGetId, FUZZ_VALID, LNetGetId(0, &id), 0);
	fuzz_exact(by, FUZZ_LNetDist, FUZZ_VALID,
		   LNetDist(LNET_NID_LO_0, NULL, NULL), 0);
	fuzz_exact(by, FUZZ_LNetEQGet, FUZZ_VALID, LNetEQGet(eqh, &ev), 0);
	fuzz_exact(by, FUZZ_LNetEQPoll, FUZZ_VALID,
		   LNetEQPoll(&eqh, 1, 0, &ev, &which), 0);
	if (me)
		fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
			   LNetMEUnlink(meh), 0);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID,
		   LNetMDUnlink(md->handle), me ? -ENOENT : 0);
	if (!me)
		fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
			   LNetMEUnlink(meh), 0);
}

/* Calls under a spinlock that no handler takes. */
void fuzz_step_locked(struct fuzz_by *by)
{
	struct fuzz_own *own = &fuzz_owns[by->thread];
	bool me = fuzz_below(by, 2);
	struct lnet_handle_me meh;
	struct fuzz_md *md;

	if (fuzz_said(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		      LNetEQAlloc(2, NULL, &own->lock_eq)))
		return;
	md = fuzz_own_sink(by, fuzz_draw(by), &meh);
	if (md) {
		spin_lock(&own->lock);
		lock_call(by, md, meh, me);
		spin_unlock(&own->lock);
		fuzz_own_unlink(by, md, -ENOENT);
	}
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(own->lock_eq),
		   0);
}

static bool lock_wait(const bool *flag, unsigned int us)
{
	for (; us && !READ_ONCE(*flag); us--)
		udelay(1);
	return us;
}

/* It has unlinked an MD of another EQ, and takes a lock of the client's. */
static void stage_handler(struct lnet_event *ev)
{
	struct fuzz_by by = *stage.by;
	unsigned int us;

	fuzz_count_event(ev->type);
	if (ev->type != LNET_EVENT_SEND)
		return;
	by.handler = true;
	fuzz_exact(&by, FUZZ_LNetMDUnlink, FUZZ_VALID,
		   LNetMDUnlink(stage.first), 0);
	WRITE_ONCE(stage.unlinked, true);
	if (!lock_wait(&stage.held, MEET_US))
		return;
	stage_met++;
	for (us = 0; us < HOLD_US; us++) {
		if (spin_trylock(&stage.lock)) {
			spin_unlock(&stage.lock);
			return;
		}
		udelay(1);
	}
	fuzz_wrong(&by, "lock", "a handler and LNetMDUnlink() of another EQ wait for each other");
}

/* The other EQ's takes no lock, and does nothing. */
static void stage_handle_nothing(struct lnet_event *ev)
{
	fuzz_count_event(ev->type);
}

/* Holds the lock and unlinks, when the handler has unlinked. */
static int stage_thread(void *arg)
{
	struct fuzz_by by = *stage.by;

	if (lock_wait(&stage.unlinked, MEET_US)) {
		spin_lock(&stage.lock);
		WRITE_ONCE(stage.held, true);
		fuzz_exact(&by, FUZZ_LNetMDUnlink, FUZZ_VALID,
			   LNetMDUnlink(stage.second), 0);
		spin_unlock(&stage.lock);
	} else {
		fuzz_exact(&by, FUZZ_LNetMDUnlink, FUZZ_VALID,
			   LNetMDUnlink(stage.second), 0);
	}
	complete(&stage.done);
	return 0;
}

static void stage_bind(struct fuzz_by *by, struct lnet_handle_eq eqh,
		       struct lnet_handle_md *mdh)
{
	struct lnet_md umd = { .threshold = LNET_MD_THRESH_INF,
			       .eq_handle = eqh };

	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_VALID,
		   LNetMDBind(umd, LNET_RETAIN, mdh), 0);
}

static void stage_play(struct fuzz_by *by)
{
	struct task_struct *task;

	task = kthread_run(stage_thread, NULL, "lnet_fuzz/lock");
	if (IS_ERR(task)) {
		fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID,
			   LNetMDUnlink(stage.first), 0);
		fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID,
			   LNetMDUnlink(stage.second), 0);
		return;
	}
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_VALID,
		   LNetPut(LNET_NID_ANY, stage.send, LNET_NOACK_REQ, fuzz_lo,
			   fuzz_owns[by->thread].portal, 0, 0, 0x5a), 0);
	wait_for_completion(&stage.done);
}

/*
 * A handler of one EQ unlinks an MD of another and takes a lock; a thread that
 * has the lock unlinks another MD of that EQ. No handler of that EQ takes it, so
 * this is allowed.
 */
void fuzz_step_lock(struct fuzz_by *by)
{
	struct lnet_handle_eq eqh, other;

	if (!fuzz_handlers || !mutex_trylock(&stage_mutex))
		return;
	spin_lock_init(&stage.lock);
	init_completion(&stage.done);
	stage.by = by;
	stage.unlinked = false;
	stage.held = false;
	fuzz_exact(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		   LNetEQAlloc(0, stage_handler, &eqh), 0);
	fuzz_exact(by, FUZZ_LNetEQAlloc, FUZZ_VALID,
		   LNetEQAlloc(0, stage_handle_nothing, &other), 0);
	stage_bind(by, eqh, &stage.send);
	stage_bind(by, other, &stage.first);
	stage_bind(by, other, &stage.second);

	stage_played++;
	stage_play(by);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID, LNetMDUnlink(stage.send),
		   0);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(eqh), 0);
	fuzz_exact(by, FUZZ_LNetEQFree, FUZZ_VALID, LNetEQFree(other), 0);
	mutex_unlock(&stage_mutex);
}

/* Two that never meet show nothing. */
void fuzz_lock_report(void)
{
	struct fuzz_by by = {};

	if (stage_played && !stage_met)
		fuzz_wrong(&by, "idle", "in %u tries no thread met a handler",
			   stage_played);
}
