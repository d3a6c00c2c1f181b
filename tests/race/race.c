// SPDX-License-Identifier: GPL-2.0
/*
 * A data race on purpose: two threads raise one counter, with no lock and no
 * mark, for as long as runtime_ms= says; loading it is all. A watcher of data
 * races that does not report this one says nothing when it is silent about LNet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int runtime_ms = 1000;
module_param(runtime_ms, uint, 0444);
MODULE_PARM_DESC(runtime_ms, "Time for which threads race, in ms (default 1000)");

static struct race {
	unsigned long raced_for;
} race;

static int race_runner(void *unused)
{
	while (!kthread_should_stop()) {
		race.raced_for++;
		cond_resched();
	}
	return 0;
}

static int __init race_init(void)
{
	struct task_struct *runner[2];
	unsigned int i, started;
	int rc = 0;

	for (started = 0; started < ARRAY_SIZE(runner); started++) {
		runner[started] = kthread_run(race_runner, NULL, "race/%u", started);
		if (IS_ERR(runner[started])) {
			rc = PTR_ERR(runner[started]);
			break;
		}
	}
	if (!rc)
		msleep(runtime_ms);
	for (i = 0; i < started; i++)
		kthread_stop(runner[i]);
	return rc;
}

static void __exit race_exit(void)
{
}

module_init(race_init);
module_exit(race_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LNet test: a data race that the watcher of data races must report");
