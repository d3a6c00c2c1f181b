// SPDX-License-Identifier: GPL-2.0
/*
 * Calls: how often each function was called with each class of arguments, and whether what it has
 * returned stands in the tables, row.c.
 */
#include "row.h"

#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/printk.h>

static const struct {
	int rc;
	unsigned int bit;
} result_bits[] = {
	{ 0, OK }, { -ENOENT, NOENT }, { -EINVAL, INVAL }, { -EBUSY, BUSY },
	{ -EPERM, PERM }, { -ENOMEM, NOMEM }, { -ENETDOWN, NETDOWN },
	{ -EDEADLK, DEADLK }, { -EOVERFLOW, OVERFLOW },
	{ -EHOSTUNREACH, UNREACH }, { -EOPNOTSUPP, OPNOTSUPP },
	{ -EEXIST, EXIST }, { -EPROTO, PROTO }, { -ENOBUFS, NOBUFS },
	{ -EIO, IO },
};

static const char *const class_names[] = {
	[FUZZ_VALID] = "valid", [FUZZ_SHARED] = "shared",
	[FUZZ_STALE] = "stale", [FUZZ_FREED] = "freed",
	[FUZZ_KIND] = "kind", [FUZZ_RANDOM] = "random",
	[FUZZ_WRONG] = "wrong", [FUZZ_HANDLER] = "handler",
	[FUZZ_FORBIDDEN] = "forbidden", [FUZZ_DOWN] = "down",
};

static_assert(ARRAY_SIZE(class_names) == FUZZ_CLASSES);

/* Of one CPU */
struct tally {
	u64 all;
	u64 calls[FUZZ_FNS][FUZZ_CLASSES];
	u64 events[LNET_EVENT_UNLINK + 1];
};

static struct tally __percpu *tallies;

static const struct fuzz_row *row_of(enum fuzz_fn fn)
{
	if (fn >= FUZZ_H)
		return &fuzz_rows_lustre[fn - FUZZ_H];
	if (fn >= FUZZ_LND)
		return &fuzz_rows_lnd[fn - FUZZ_LND];
	return &fuzz_rows_api[fn];
}

static enum fuzz_group row_group(enum fuzz_fn fn)
{
	if (fn >= FUZZ_H)
		return FUZZ_LUSTRE;
	return fn >= FUZZ_LND ? FUZZ_NET : FUZZ_API;
}

/* A function by its name. */
const char *fuzz_fn_name(enum fuzz_fn fn)
{
	return row_of(fn)->name;
}

static unsigned int row_may(enum fuzz_fn fn, enum fuzz_class class)
{
	const struct fuzz_row *row = row_of(fn);

	switch (class) {
	case FUZZ_VALID:
		return row->valid;
	case FUZZ_SHARED:
		return row->shared;
	case FUZZ_STALE:
		return row->handle | row->stale;
	case FUZZ_FREED:
	case FUZZ_KIND:
		return row->handle;
	case FUZZ_RANDOM:
		return row->handle | row->random;
	case FUZZ_WRONG:
		return row->wrong;
	case FUZZ_HANDLER:
		return row->handler;
	case FUZZ_FORBIDDEN:
		return row->forbidden;
	default:
		return row->down;
	}
}

static unsigned int result_bit(int rc)
{
	unsigned int i;

	if (rc > 0)
		return MORE;
	for (i = 0; i < ARRAY_SIZE(result_bits); i++)
		if (result_bits[i].rc == rc)
			return result_bits[i].bit;
	return 0;
}

/* Count a call that cannot fail. */
void fuzz_counted(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class)
{
	if (by->handler && class != FUZZ_FORBIDDEN)
		class = FUZZ_HANDLER;
	this_cpu_inc(tallies->calls[fn][class]);
	this_cpu_inc(tallies->all);
}

/* Count a call, and judge its result by the table. It is returned. */
int fuzz_said(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class,
	      int rc)
{
	unsigned int may = row_may(fn, class);

	if (by->handler && class != FUZZ_FORBIDDEN)
		may |= NOMEM;
	fuzz_counted(by, fn, class);
	if (!(result_bit(rc) & may))
		fuzz_wrong(by, "errno", "%s of %s: %d", fuzz_fn_name(fn),
			   class_names[class], rc);
	return rc;
}

/* Count a call, of which only one result is right. */
void fuzz_exact(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class,
		int rc, int want)
{
	if (fuzz_said(by, fn, class, rc) != want &&
	    !(by->handler && rc == -ENOMEM))
		fuzz_wrong(by, "errno", "%s of %s: %d, not %d", fuzz_fn_name(fn),
			   class_names[class], rc, want);
}

/* Count an event. */
void fuzz_count_event(enum lnet_event_kind kind)
{
	this_cpu_inc(tallies->events[kind]);
}

static u64 tally_call(enum fuzz_fn fn, enum fuzz_class class)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tallies, cpu)->calls[fn][class]);
	return sum;
}

static u64 tally_event(unsigned int kind)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tallies, cpu)->events[kind]);
	return sum;
}

/* Calls in all. */
u64 fuzz_calls(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tallies, cpu)->all);
	return sum;
}

/* Events in all. */
u64 fuzz_events(void)
{
	u64 sum = 0;
	int i;

	for (i = LNET_EVENT_GET; i <= LNET_EVENT_UNLINK; i++)
		sum += tally_event(i);
	return sum;
}

/* One line for a function; a class that was called too seldom is wrong. */
static void report_row(enum fuzz_fn fn, u64 least)
{
	struct fuzz_by by = {};
	unsigned int class, n = 0;
	char line[200] = "";
	u64 calls, few;

	for (class = 0; class < FUZZ_CLASSES; class++) {
		if (!row_may(fn, class) ||
		    (class == FUZZ_HANDLER && !fuzz_handlers))
			continue;
		calls = tally_call(fn, class);
		few = class >= FUZZ_HANDLER ? min(least, 1ULL) : least;
		/* Forbidden calls are made only when asked for. */
		if (class == FUZZ_FORBIDDEN && !calls)
			continue;
		n += scnprintf(line + n, sizeof(line) - n, " %s=%llu",
			       class_names[class], calls);
		if (calls < few)
			fuzz_wrong(&by, "idle", "%s of %s: %llu calls, not %llu",
				   fuzz_fn_name(fn), class_names[class], calls,
				   few);
	}
	pr_info("%s%s%s\n", row_group(fn) == FUZZ_LUSTRE ? "handlers: " : "",
		fuzz_fn_name(fn), line);
}

/*
 * Prints the calls and their results. Each row and class must have been called at
 * least @least times, and each kind of event must have come. Where there is more than
 * the EQ interface, that one is called too seldom for it.
 */
void fuzz_call_report(u64 least)
{
	bool more = fuzz_with[FUZZ_NET] || fuzz_with[FUZZ_LUSTRE];
	struct fuzz_by by = {};
	unsigned int i;

	for (i = 0; i < FUZZ_FNS; i++)
		if (fuzz_with[row_group(i)])
			report_row(i, more && row_group(i) == FUZZ_API ? 0 : least);
	for (i = LNET_EVENT_GET; i <= LNET_EVENT_UNLINK; i++) {
		pr_info("%llu %s events\n", tally_event(i), lnet_event_name(i));
		if (tally_event(i) < least)
			fuzz_wrong(&by, "idle", "only %llu %s events, not %llu",
				   tally_event(i), lnet_event_name(i), least);
	}
}

/* 0 or -ENOMEM. */
int fuzz_call_init(void)
{
	tallies = alloc_percpu(struct tally);
	return tallies ? 0 : -ENOMEM;
}

/* Undo fuzz_call_init(). */
void fuzz_call_exit(void)
{
	free_percpu(tallies);
}
