// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of one life of LNet: those that take steps, and a few that only
 * wait for events of EQs that are freed under them.
 */
#include "fuzz.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

/* O: the thread that started it; T: itself until it is done */
struct team_thread {
	struct task_struct *task;	/* O: */
	unsigned int index;
	bool waits;
	u64 steps;			/* T: of all rounds */
};

static struct team_thread team[FUZZ_THREADS_MAX + FUZZ_WAITERS];
static DECLARE_COMPLETION(team_done);
static atomic_t team_stepping;

static void team_run_steps(struct team_thread *t)
{
	struct fuzz_by by;

	fuzz_begin_step(&by, t->index, 0);
	if (!fuzz_own_begin(&by)) {
		while (!fuzz_over()) {
			fuzz_begin_step(&by, t->index, ++t->steps);
			fuzz_step(&by);
			cond_resched();
		}
		fuzz_own_end(&by);
	}
	if (atomic_dec_and_test(&team_stepping))
		complete(&team_done);
}

static int team_main(void *arg)
{
	struct team_thread *t = arg;
	struct fuzz_by by;

	if (!t->waits)
		team_run_steps(t);
	while (!kthread_should_stop()) {
		if (!t->waits || READ_ONCE(fuzz_stop)) {
			schedule_timeout_interruptible(HZ / 10);
			continue;
		}
		fuzz_begin_step(&by, t->index, ++t->steps);
		if (!fuzz_wait(&by))
			schedule_timeout_interruptible(1);
	}
	return 0;
}

static int team_start(unsigned int threads)
{
	struct team_thread *t;
	unsigned int i;

	atomic_set(&team_stepping, fuzz_threads);
	reinit_completion(&team_done);
	for (i = 0; i < threads; i++) {
		t = &team[i];
		t->index = i;
		t->waits = i >= fuzz_threads;
		t->task = kthread_run(team_main, t, "lnet_fuzz/%u", i);
		if (IS_ERR(t->task)) {
			pr_err("error: cannot start thread %u: %ld\n", i,
			       PTR_ERR(t->task));
			/* Those that run come to an end by themselves. */
			if (!t->waits && atomic_sub_and_test(fuzz_threads - i,
							     &team_stepping))
				complete(&team_done);
			return i;
		}
	}
	return threads;
}

/* Let them run to the end of the round, and free what they share. 0 or -errno. */
int fuzz_team_run(unsigned int round)
{
	unsigned int want = fuzz_threads;
	unsigned int i, started;
	struct fuzz_by by;

	if (!fuzz_avoids("waiters"))
		want += FUZZ_WAITERS;
	WRITE_ONCE(fuzz_stop, false);
	fuzz_watch_phase("in a thread's step");
	started = team_start(want);
	if (started)
		wait_for_completion(&team_done);
	fuzz_watch_phase("when all is unlinked and freed");
	WRITE_ONCE(fuzz_stop, true);
	/* No handler that has not seen this still runs. */
	synchronize_rcu();
	if (fuzz_with[FUZZ_NET])
		fuzz_net_rest();
	fuzz_begin_step(&by, FUZZ_THREADS_MAX, round);
	fuzz_share_sweep(&by);
	if (fuzz_with[FUZZ_LUSTRE])
		fuzz_lustre_sweep(&by);
	/* Those that wait come back with that. */
	fuzz_queue_sweep(&by);
	for (i = 0; i < started; i++)
		kthread_stop(team[i].task);
	return started == want ? 0 : -ENOMEM;
}
