// SPDX-License-Identifier: GPL-2.0
/*
 * The watch: a line of progress now and then, and one when nothing goes on any
 * more, which a run that hangs could not print itself.
 */
#include "fuzz.h"

#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

enum {
	LOOK_SECONDS	= 10,
	HANG_LOOKS	= 3,		/* without any call that returned */
};

static const char *watch_phase;		/* what goes on */
static u64 watch_calls;			/* when it was last looked */
static unsigned int watch_idle;		/* looks since then */

static void watch_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, watch_look);

static void watch_look(struct work_struct *work)
{
	struct fuzz_by by = {};
	u64 calls = fuzz_calls();

	watch_idle = calls == watch_calls ? watch_idle + 1 : 0;
	watch_calls = calls;
	pr_info("%llu calls, %llu events, %u wrong\n", calls, fuzz_events(),
		fuzz_wrongs());
	if (watch_idle == HANG_LOOKS)
		fuzz_wrong(&by, "hang", "no call has returned for %u s, %s",
			   LOOK_SECONDS * HANG_LOOKS, READ_ONCE(watch_phase));
	if (fuzz_with[FUZZ_NET])
		fuzz_net_watch();
	schedule_delayed_work(&watch_work, LOOK_SECONDS * HZ);
}

/* Sets the words for what goes on now. */
void fuzz_watch_phase(const char *phase)
{
	WRITE_ONCE(watch_phase, phase);
}

/* Look, until fuzz_watch_end(). */
void fuzz_watch_begin(void)
{
	fuzz_watch_phase("at the beginning");
	schedule_delayed_work(&watch_work, LOOK_SECONDS * HZ);
}

/* Undo fuzz_watch_begin(). */
void fuzz_watch_end(void)
{
	cancel_delayed_work_sync(&watch_work);
}
