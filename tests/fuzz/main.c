// SPDX-License-Identifier: GPL-2.0
/*
 * The API fuzz: threads call every function of LNet's interface, with
 * arguments that are good, shared with others, stale, freed, of another kind,
 * random or wrong, and handlers that call back. Held against what each call may
 * return (row.c), what each event must be (event.c), and, where a thread is
 * alone with its objects, against a model that knows (own*.c, model.c, crowd.c).
 * With net=1 there are NIs, links and peers as well (net.h), with lustre=1 a second
 * client, on the handler interface (lustre.h).
 *
 * insmod runs it, and returns 0 or, after a line for each thing that is wrong,
 * -EIO. It needs LNet for itself. Afterwards the module does nothing.
 */
#include "fuzz.h"
#include "common/start.h"

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/random.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of all random decisions; 0: a random one, which is logged (default 0)");

static ulong calls = 100000;
module_param(calls, ulong, 0444);
MODULE_PARM_DESC(calls, "Number of calls to make (default 100000)");

static ulong runtime_ms;
module_param(runtime_ms, ulong, 0444);
MODULE_PARM_DESC(runtime_ms, "Time after which the run ends even with fewer calls, in ms; 0: no limit (default 0)");

static ulong least = 1000;
module_param(least, ulong, 0444);
MODULE_PARM_DESC(least, "Number of calls that a run that was ended early must have made (default 1000)");

static uint threads;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "Number of threads that call at the same time, 1 to 16; 0: two for each CPU, at most 8 (default 0)");

static uint rounds = 4;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Number of times that LNet is brought up and down, 1 to 1000 (default 4)");

static uint each = 2;
module_param(each, uint, 0444);
MODULE_PARM_DESC(each, "Least number of calls of each function with each class of arguments, in a run of 100000 calls or more; 1 in handlers; not with only= (default 2)");

static bool handlers = true;
module_param(handlers, bool, 0444);
MODULE_PARM_DESC(handlers, "Calls of LNet from handlers, which only delivery=combining allows: 0 or 1 (default 1)");

static uint forbidden;
module_param(forbidden, uint, 0444);
MODULE_PARM_DESC(forbidden, "Number of EQs whose handlers do what they must not, with a warning each, announced in the log (default 0)");

static bool net;
module_param(net, bool, 0444);
MODULE_PARM_DESC(net, "NIs that come and go, links that are cut, and peers that lie, by a driver of the fuzz's own: 0 or 1 (default 0)");

static bool lustre;
module_param(lustre, bool, 0444);
MODULE_PARM_DESC(lustre, "A second client at the same time, on the handler interface: 0 or 1 (default 0)");

static char *avoid;
module_param(avoid, charp, 0444);
MODULE_PARM_DESC(avoid, "Steps to leave out, with + between them: words of tests/fuzz/step.c (default: none)");

static char *only;
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "The only steps to do, with + between them (default: all)");

enum {
	ROUNDS_MAX	= 1000,
	THREADS_OWN	= 8,		/* at most, if not asked for more */
};

bool fuzz_with[FUZZ_GROUPS] = { [FUZZ_API] = true };
u64 fuzz_seed;
bool fuzz_handlers;
bool fuzz_stop;
unsigned int fuzz_threads;
unsigned int fuzz_rounds;

static u64 target;			/* calls at which this round ends */
static unsigned long deadline;		/* jiffies; of this round */

/* Is this round over? */
bool fuzz_over(void)
{
	return READ_ONCE(fuzz_stop) || fuzz_calls() >= target ||
	       (runtime_ms && time_after(jiffies, deadline));
}

/* Begin a step of a thread: all that it decides follows from these numbers. */
void fuzz_begin_step(struct fuzz_by *by, unsigned int thread, u64 step)
{
	*by = (struct fuzz_by){ .thread = thread, .step = step };
	by->state = fuzz_mix(fuzz_mix(fuzz_seed + thread) + step);
}

static int options_check(void)
{
	if (start_check_option("threads", threads ?: 1, 1, FUZZ_THREADS_MAX) ||
	    start_check_option("rounds", rounds, 1, ROUNDS_MAX))
		return -EINVAL;
	if (!calls) {
		pr_err("error: calls= is 0: nothing to do\n");
		return -EINVAL;
	}
	fuzz_threads = threads ?: min(2 * num_online_cpus(),
				      (unsigned int)THREADS_OWN);
	fuzz_rounds = rounds;
	fuzz_handlers = handlers;
	fuzz_with[FUZZ_NET] = net;
	fuzz_with[FUZZ_LUSTRE] = lustre;
	fuzz_seed = seed ?: get_random_u32();
	return fuzz_step_check(avoid, only);
}

static int rounds_run(void)
{
	unsigned int round;
	int rc = 0;

	for (round = 0; round < rounds && !rc; round++) {
		target = calls / rounds * (round + 1);
		deadline = jiffies + msecs_to_jiffies(runtime_ms / rounds);
		rc = fuzz_round(round);
	}
	if (rc || !forbidden)
		return rc;
	rc = LNetNIInit(FUZZ_PID);
	if (rc < 0)
		return rc;
	fuzz_odd_forbidden(forbidden);
	return LNetNIFini();
}

/* Everything was done often enough, and nothing was wrong. */
static int verdict_give(void)
{
	struct fuzz_by by = {};
	bool some = only && *only;

	fuzz_call_report(some ? 0 : div_u64(each * fuzz_calls(), 100000));
	fuzz_lock_report();
	if (fuzz_calls() < min(least, calls))
		fuzz_wrong(&by, "idle", "only %llu calls of %lu", fuzz_calls(),
			   min(least, calls));
	if (!fuzz_events())
		fuzz_wrong(&by, "idle", "there was no event");
	pr_info("seed %llu, %u threads, %u lives of LNet: %llu calls, %llu events, %u wrong\n",
		fuzz_seed, fuzz_threads, rounds, fuzz_calls(), fuzz_events(),
		fuzz_wrongs());
	return fuzz_wrongs() ? -EIO : 0;
}

static int __init fuzz_init(void)
{
	int rc;

	rc = options_check();
	if (rc)
		return rc;
	pr_info("seed %llu, %lu calls, %u threads\n", fuzz_seed, calls,
		fuzz_threads);
	rc = fuzz_call_init();
	if (rc)
		return rc;
	rc = fuzz_md_init();
	if (rc)
		goto err_exit_call;
	rc = fuzz_crowd_init();
	if (!rc && net)
		rc = fuzz_net_init();
	if (rc)
		goto err_exit_crowd;
	fuzz_watch_begin();
	rc = rounds_run();
	fuzz_watch_end();
	if (net)
		fuzz_net_exit();
	if (!rc)
		rc = verdict_give();
err_exit_crowd:
	fuzz_crowd_exit();
	fuzz_md_exit();
err_exit_call:
	fuzz_call_exit();
	return rc;
}
module_init(fuzz_init);

/* Nothing is left to undo; without it the module could not be unloaded. */
static void __exit fuzz_exit(void)
{
}
module_exit(fuzz_exit);

MODULE_DESCRIPTION("Fuzz of LNet's interface for clients");
MODULE_LICENSE("GPL");
