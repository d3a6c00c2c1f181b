// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark module. Loading it measures: insmod returns when all is done,
 * 0 if no message and no event was lost, and can be killed. The results are
 * lines of the kernel log, "lnet_bench: {...}", one calibration first, and
 * "lnet_bench: done" is the last. Afterwards the module does nothing. With
 * role=server it measures nothing and is the other end for another node, until it
 * is unloaded.
 *
 * It is a client of the public API and knows nothing of how LNet works.
 */
#include "bench.h"
#include "tcp.h"
#include "common/start.h"

#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

static char *suite = "loopback";
module_param(suite, charp, 0444);
MODULE_PARM_DESC(suite, "Suite to measure: loopback, delivery, poll, grow or tcp (default loopback)");

static char *filter;
module_param(filter, charp, 0444);
MODULE_PARM_DESC(filter, "Part of the names of the workloads to run (default: all workloads)");

static uint runs = 5;
module_param(runs, uint, 0444);
MODULE_PARM_DESC(runs, "Number of repetitions of which the median is taken, 3 to 25 (default 5)");

static uint scale = 100;
module_param(scale, uint, 0444);
MODULE_PARM_DESC(scale, "Length of a repetition, 1 to 1000 percent of 100 ms (default 100)");

static uint depth = 1000000;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "Largest number of posted entries that a workload may need, up to 1000000 (default 1000000)");

static uint threads = BENCH_MAX_THREADS;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "Largest number of threads that a workload may need, 1 to 5 (default 5)");

static uint patience = 600;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "Time after which no disturbed repetition is repeated, up to 3600 seconds (default 600)");

static char *scheme;
module_param(scheme, charp, 0444);
MODULE_PARM_DESC(scheme, "Delivery scheme that lnet was loaded with, a word for the results (default: none)");

static int callback = -1;
module_param(callback, int, 0444);
MODULE_PARM_DESC(callback, "Length of the callbacks of suite delivery that are measured, ns; -1: all (default -1)");

static uint in_flight = 8;
module_param(in_flight, uint, 0444);
MODULE_PARM_DESC(in_flight, "Number of messages of a thread under way in suite delivery, 1 to 64 (default 8)");

enum {
	MAX_SCALE	= 1000,
	MAX_DEPTH	= 1000000,
	MAX_IN_FLIGHT	= 64,
	MAX_PATIENCE	= 3600,		/* seconds */
};

struct bench_options bench_options;

static unsigned long start;		/* jiffies */
static unsigned long last_progress;	/* jiffies */

/* Is the controller to end? */
bool bench_killed(void)
{
	return fatal_signal_pending(current);
}

/* Has it taken so long that disturbed repetitions must do? */
bool bench_late(void)
{
	return time_after(jiffies, start + bench_options.patience * HZ);
}

/* A line of progress, at most one a second. The controller only. */
void bench_progress(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (time_before(jiffies, last_progress + HZ))
		return;
	last_progress = jiffies;
	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%lu s: %pV\n", (jiffies - start) / HZ, &vaf);
	va_end(args);
}

/* It goes between quotes. */
static bool is_word(const char *s)
{
	while (isalnum(*s) || *s == '_' || *s == '-')
		s++;
	return !*s;
}

static int check_options(void)
{
	const char *wrong;

	bench_options = (struct bench_options){
		.suite = suite,
		.filter = filter && *filter ? filter : NULL,
		.runs = runs,
		.scale = scale,
		.depth = depth,
		.threads = threads,
		.patience = patience,
		.scheme = scheme && *scheme ? scheme : NULL,
		.callback = callback,
		.in_flight = in_flight,
	};
	if (start_check_option("runs", runs, BENCH_MIN_RUNS, BENCH_MAX_RUNS) ||
	    start_check_option("scale", scale, 1, MAX_SCALE) ||
	    start_check_option("depth", depth, 0, MAX_DEPTH) ||
	    start_check_option("threads", threads, 1, BENCH_MAX_THREADS) ||
	    start_check_option("patience", patience, 0, MAX_PATIENCE) ||
	    start_check_option("in_flight", in_flight, 1, MAX_IN_FLIGHT))
		return -EINVAL;
	if (scheme && !is_word(scheme))
		wrong = "scheme= is not a word";
	else
		wrong = bench_suite_check();
	if (!wrong)
		return 0;
	pr_err("error: %s\n", wrong);
	return -EINVAL;
}

static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ bench_events_init,	bench_events_exit },
	{ bench_calibrate_init,	bench_calibrate_exit },
	{ bench_floor_init,	bench_floor_exit },
	{ bench_field_init,	bench_field_exit },
	{ bench_put_init,	bench_put_exit },
	{ bench_latency_init,	bench_latency_exit },
	{ bench_lnd_init,	bench_lnd_exit },
	{ bench_delivery_init,	bench_delivery_exit },
	{ bench_table_init,	bench_table_exit },
	{ bench_server_init,	bench_server_exit },
	{ bench_plain_init,	bench_plain_exit },
	{ bench_tcp_init,	bench_tcp_exit },
};

static int measure_all(void)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(parts) && !rc; i++)
		rc = parts[i].init();
	if (rc) {
		pr_err("error: cannot begin: %d\n", rc);
		i--;
	} else {
		rc = bench_calibrate();
	}
	if (!rc)
		rc = bench_suite_run();
	while (i--)
		parts[i].exit();
	return rc;
}

/* Is this the other end, and no more? */
static bool only_serves(void)
{
	return bench_tcp.serves && !bench_tcp.measures;
}

static int __init bench_init(void)
{
	int rc;

	rc = check_options();
	if (rc)
		return rc;
	rc = LNetNIInit(LNET_PID_LUSTRE);
	if (rc < 0) {
		pr_err("error: LNetNIInit: %d\n", rc);
		return rc;
	}
	start = jiffies;
	last_progress = jiffies;
	rc = only_serves() ? bench_server_init() : measure_all();
	if (!rc && only_serves())
		return 0;
	LNetNIFini();
	if (!rc)
		pr_info("done\n");
	return rc;
}
module_init(bench_init);

/* After measuring nothing is left to undo. */
static void __exit bench_exit(void)
{
	if (!only_serves())
		return;
	bench_server_exit();
	LNetNIFini();
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of LNet");
MODULE_LICENSE("GPL");
