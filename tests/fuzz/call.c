// SPDX-License-Identifier: GPL-2.0
/*
 * The table: for each function of the API, and each class of arguments, which
 * results are permitted. And how often each was called.
 */
#include "fuzz.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/printk.h>

/* Results, as bits of a set */
enum {
	OK		= BIT(0),	/* 0 */
	MORE		= BIT(1),	/* above 0 */
	NOENT		= BIT(2),
	INVAL		= BIT(3),
	BUSY		= BIT(4),
	PERM		= BIT(5),
	NOMEM		= BIT(6),
	NETDOWN		= BIT(7),
	DEADLK		= BIT(8),
	OVERFLOW	= BIT(9),
	UNREACH		= BIT(10),
	OPNOTSUPP	= BIT(11),
	EVENT		= MORE | OVERFLOW,
};

static const struct {
	int rc;
	unsigned int bit;
} result_bits[] = {
	{ 0, OK }, { -ENOENT, NOENT }, { -EINVAL, INVAL }, { -EBUSY, BUSY },
	{ -EPERM, PERM }, { -ENOMEM, NOMEM }, { -ENETDOWN, NETDOWN },
	{ -EDEADLK, DEADLK }, { -EOVERFLOW, OVERFLOW },
	{ -EHOSTUNREACH, UNREACH }, { -EOPNOTSUPP, OPNOTSUPP },
};

/*
 * Sets of results; an empty one: there are no such arguments. A call from a
 * handler is judged by its class, and may lack memory besides; its own column
 * only says that handlers call it.
 */
struct row {
	const char *name;
	unsigned int valid;
	unsigned int shared;
	unsigned int handle;	/* stale, freed, of another kind, random */
	unsigned int random;	/* any number that is no handle */
	unsigned int wrong;
	unsigned int handler;
	unsigned int forbidden;
	unsigned int down;
};

static const struct row rows[] = {
	[FUZZ_LNetNIInit] = {
		"LNetNIInit", .valid = OK | MORE, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetNIFini] = {
		"LNetNIFini", .valid = OK, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetGetId] = {
		"LNetGetId", .valid = OK, .wrong = INVAL | NOENT, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetDist] = {
		"LNetDist", .valid = OK, .random = UNREACH, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetPrimaryNID] = {
		"LNetPrimaryNID", .valid = OK, .handler = OK,
	},
	[FUZZ_LNetIsPeerLocal] = {
		"LNetIsPeerLocal", .valid = OK, .handler = OK, .down = OK,
	},
	[FUZZ_LNetCtl] = {
		"LNetCtl", .valid = OK, .wrong = INVAL | NOENT | OPNOTSUPP,
		.forbidden = DEADLK, .down = NETDOWN,
	},

	[FUZZ_LNetMEAttach] = {
		"LNetMEAttach", .valid = OK, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMEInsert] = {
		"LNetMEInsert", .valid = OK, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL | PERM, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMEUnlink] = {
		"LNetMEUnlink", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetMDAttach] = {
		"LNetMDAttach", .valid = OK, .shared = OK | NOENT | BUSY,
		.handle = NOENT, .wrong = INVAL | BUSY, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMDBind] = {
		"LNetMDBind", .valid = OK, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetMDUnlink] = {
		"LNetMDUnlink", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_LNetEQAlloc] = {
		"LNetEQAlloc", .valid = OK, .wrong = INVAL, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQFree] = {
		"LNetEQFree", .valid = OK | BUSY, .shared = OK | NOENT | BUSY,
		.handle = NOENT, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetEQGet] = {
		"LNetEQGet", .valid = OK | EVENT,
		.shared = OK | EVENT | NOENT | INVAL, .handle = NOENT,
		.wrong = INVAL, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQWait] = {
		"LNetEQWait", .valid = EVENT, .shared = EVENT | NOENT,
		.handle = NOENT, .wrong = INVAL, .forbidden = DEADLK,
		.down = NETDOWN,
	},
	[FUZZ_LNetEQPoll] = {
		"LNetEQPoll", .valid = OK | EVENT,
		.shared = OK | EVENT | NOENT | INVAL, .handle = NOENT,
		.wrong = INVAL | NOENT, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_LNetPut] = {
		"LNetPut", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetGet] = {
		"LNetGet", .valid = OK | NOENT, .shared = OK | NOENT,
		.handle = NOENT, .wrong = INVAL, .handler = OK,
		.forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetSetLazyPortal] = {
		"LNetSetLazyPortal", .valid = OK, .shared = OK, .wrong = INVAL,
		.handler = OK, .forbidden = DEADLK, .down = NETDOWN,
	},
	[FUZZ_LNetClearLazyPortal] = {
		"LNetClearLazyPortal", .valid = OK, .shared = OK,
		.wrong = INVAL, .handler = OK, .forbidden = DEADLK,
		.down = NETDOWN,
	},

	[FUZZ_libcfs_nid2str_r] = {
		"libcfs_nid2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_net2str_r] = {
		"libcfs_net2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_id2str_r] = {
		"libcfs_id2str_r", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_nid2str] = {
		"libcfs_nid2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_net2str] = {
		"libcfs_net2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_id2str] = {
		"libcfs_id2str", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_str2nid] = {
		"libcfs_str2nid", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_libcfs_str2net] = {
		"libcfs_str2net", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_lnet_event_name] = {
		"lnet_event_name", .valid = OK, .random = OK, .handler = OK,
	},
	[FUZZ_lnet_handle_print] = {
		"lnet_handle_print", .valid = OK, .random = OK, .handler = OK,
	},
};

static_assert(ARRAY_SIZE(rows) == FUZZ_FNS);

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
	u64 calls[FUZZ_FNS][FUZZ_CLASSES];
	u64 events[LNET_EVENT_UNLINK + 1];
};

static struct tally __percpu *tallies;

/* A function by its name. */
const char *fuzz_fn_name(enum fuzz_fn fn)
{
	return rows[fn].name;
}

static unsigned int row_may(enum fuzz_fn fn, enum fuzz_class class)
{
	const struct row *row = &rows[fn];

	switch (class) {
	case FUZZ_VALID:
		return row->valid;
	case FUZZ_SHARED:
		return row->shared;
	case FUZZ_STALE:
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
		fuzz_wrong(by, "errno", "%s of %s: %d", rows[fn].name,
			   class_names[class], rc);
	return rc;
}

/* Count a call, of which only one result is right. */
void fuzz_exact(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class,
		int rc, int want)
{
	if (fuzz_said(by, fn, class, rc) != want &&
	    !(by->handler && rc == -ENOMEM))
		fuzz_wrong(by, "errno", "%s of %s: %d, not %d", rows[fn].name,
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
	unsigned int fn, class;
	u64 sum = 0;

	for (fn = 0; fn < FUZZ_FNS; fn++)
		for (class = 0; class < FUZZ_CLASSES; class++)
			sum += tally_call(fn, class);
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
				   rows[fn].name, class_names[class], calls,
				   few);
	}
	pr_info("%s%s\n", rows[fn].name, line);
}

/*
 * Prints the calls and their results. Each row and class must have been called at
 * least @least times, and each kind of event must have come.
 */
void fuzz_call_report(u64 least)
{
	struct fuzz_by by = {};
	unsigned int i;

	for (i = 0; i < FUZZ_FNS; i++)
		report_row(i, least);
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
