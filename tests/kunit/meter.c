// SPDX-License-Identifier: GPL-2.0
/*
 * The meter: the longest stretch with preemption off, and with interrupts off,
 * inside each call of the API, while suites run. The kernel says when either goes
 * off and on (tracepoints of the preempt- and irqsoff tracers); a task that is inside
 * a call has said so before (meter.h). A stretch counts for the outermost call.
 *
 * Time is that of the host's thread that is our CPU, so that what the host does
 * meanwhile is not counted. Time in callbacks is the client's: it is shown beside
 * the longest stretch that had it, and the longest without it apart.
 *
 * The table is printed when the module goes, or with bound_us an error if any
 * stretch, callbacks not counted, was longer.
 */
#include "common.h"
#include "hooks/window.h"

#include <linux/hash.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static unsigned int bound_us;
module_param(bound_us, uint, 0444);
MODULE_PARM_DESC(bound_us, "Longest stretch with preemption off that is allowed, without callbacks, in us; 0: any (default 0)");

static unsigned int plant_us = 5000;
module_param(plant_us, uint, 0444);
MODULE_PARM_DESC(plant_us, "Length of a stretch that is made on purpose and must be reported, in us (default 5000)");

enum { CALLER_BITS = 8, CALLERS = 1 << CALLER_BITS, PROBES = 8, CALLS = 32 };

enum off { PREEMPT_OFF, IRQS_OFF, OFFS };

/* The longest of a kind, ns; L: lock */
struct longest {
	u64 all;			/* L: with callbacks, */
	u64 callbacks;			/* L: of which they were so much, */
	unsigned int called;		/* L: and so many */
	u64 own;			/* L: the longest without them */
	void *where;			/* L: which ended @own */
};

static struct call {
	char name[24];			/* I: suites go, and their words with them */
	atomic_long_t nr;
	struct longest longest[OFFS];	/* L to write */
} calls[CALLS];

static unsigned int calls_nr;		/* L to write */

/* A task that is inside a call. It finds its own entry; other tasks pass it by. */
static struct caller {
	struct task_struct *task;
	struct call *call;
	unsigned int depth;		/* task only */
} callers[CALLERS];

/* This CPU's, with what it measures off. */
struct stretch {
	u64 begin[OFFS];		/* 0: not in a call */
	unsigned long switches;		/* switches_now(), then */
	u64 callbacks;			/* since preemption went off */
	u64 callback_begin;
	unsigned int called;
	bool busy;			/* in here: what we do ourselves is not measured */
};

static DEFINE_PER_CPU(struct stretch, stretches);
static DEFINE_RAW_SPINLOCK(meter_lock);	/* L */
static struct tracepoint *points[2 * OFFS];
static bool window_opened;

/* CPU time of this thread of the host, ns. */
static u64 meter_clock(void)
{
#if defined(CONFIG_UML) && defined(CONFIG_X86_64)
	enum { CLOCK_GETTIME = 228, THREAD_CPUTIME = 3 };
	struct { s64 sec, nsec; } now = {};
	long rc;

	asm volatile("syscall" : "=a" (rc)
		     : "0" ((long)CLOCK_GETTIME), "D" ((long)THREAD_CPUTIME), "S" (&now)
		     : "rcx", "r11", "memory");
	return now.sec * NSEC_PER_SEC + now.nsec;
#else
	return local_clock();
#endif
}

/* Calls --------------------------------------------------------------------- */

/* One of few places, by its task; NULL is for one that is free. */
static struct caller *caller_find(const struct task_struct *task,
				  const struct task_struct *whose)
{
	unsigned int i, n = hash_ptr(task, CALLER_BITS);

	for (i = 0; i < PROBES; i++, n = (n + 1) % CALLERS)
		if (READ_ONCE(callers[n].task) == whose)
			return &callers[n];
	return NULL;
}

static struct caller *caller_now(void)
{
	return caller_find(current, current);
}

static struct call *call_find(const char *name)
{
	/* Pairs with call_of(). */
	unsigned int nr = smp_load_acquire(&calls_nr), i;

	for (i = 0; i < nr; i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	return NULL;
}

/* The last place is for all that there is no place for. */
static struct call *call_of(const char *name)
{
	struct call *call = call_find(name);

	if (call)
		return call;
	raw_spin_lock(&meter_lock);
	call = call_find(name);
	if (!call) {
		call = &calls[min_t(unsigned int, calls_nr, CALLS - 1)];
		strscpy(call->name, name, sizeof(call->name));
		/* Its name before the way to it. */
		smp_store_release(&calls_nr, min_t(unsigned int, calls_nr + 1, CALLS));
	}
	raw_spin_unlock(&meter_lock);
	return call;
}

/**
 * lt_meter_begin() - this task begins a call
 * @name: of the call
 */
void lt_meter_begin(const char *name)
{
	struct caller *c = caller_now();

	if (!points[0])
		return;
	/* Without a place it is not measured, this time. */
	if (!c) {
		c = caller_find(current, NULL);
		if (!c || cmpxchg(&c->task, NULL, current))
			return;
	}
	if (c->depth++)
		return;
	WRITE_ONCE(c->call, call_of(name));
	atomic_long_inc(&c->call->nr);
}
EXPORT_SYMBOL_GPL(lt_meter_begin);

/**
 * lt_meter_end() - and this is its end
 */
void lt_meter_end(void)
{
	struct caller *c = caller_now();

	if (c && !--c->depth) {
		WRITE_ONCE(c->call, NULL);
		WRITE_ONCE(c->task, NULL);
	}
}
EXPORT_SYMBOL_GPL(lt_meter_end);

/* Stretches ----------------------------------------------------------------- */

static void stretch_count(struct longest *l, u64 all, u64 callbacks,
			  unsigned int called, void *where)
{
	u64 own = all - min(all, callbacks);

	if (all <= READ_ONCE(l->all) && own <= READ_ONCE(l->own))
		return;
	raw_spin_lock(&meter_lock);
	if (all > l->all) {
		WRITE_ONCE(l->all, all);
		l->callbacks = callbacks;
		l->called = called;
	}
	if (own > l->own) {
		WRITE_ONCE(l->own, own);
		l->where = where;
	}
	raw_spin_unlock(&meter_lock);
}

/*
 * Another number for another task, or after it has been off the CPU: what the idle
 * task does meanwhile is not its.
 */
static unsigned long switches_now(void)
{
	return (unsigned long)current + current->nvcsw + current->nivcsw;
}

static void stretch_begin(enum off off)
{
	struct stretch *s = raw_cpu_ptr(&stretches);

	if (s->busy || !in_task())
		return;
	s->busy = true;
	if (off == PREEMPT_OFF) {
		s->callbacks = 0;
		s->called = 0;
	}
	s->begin[off] = 0;
	if (caller_now()) {
		s->switches = switches_now();
		s->begin[off] = meter_clock();
	}
	s->busy = false;
}

static void stretch_end(enum off off, unsigned long where)
{
	struct stretch *s = raw_cpu_ptr(&stretches);
	u64 callbacks = off == PREEMPT_OFF ? s->callbacks : 0;
	unsigned int called = off == PREEMPT_OFF ? s->called : 0;
	struct caller *c;
	struct call *call;
	u64 begin;

	/* In a softirq that was begun with interrupts off they are on again. */
	if (!in_task() && off == IRQS_OFF)
		s->begin[off] = 0;
	if (s->busy || !in_task())
		return;
	s->busy = true;
	begin = s->begin[off];
	s->begin[off] = 0;
	c = begin && s->switches == switches_now() ? caller_now() : NULL;
	call = c ? READ_ONCE(c->call) : NULL;
	if (call)
		stretch_count(&call->longest[off], meter_clock() - begin, callbacks,
			      called, (void *)where);
	s->busy = false;
}

static void preempt_off(void *unused, unsigned long ip, unsigned long parent)
{
	stretch_begin(PREEMPT_OFF);
}

static void preempt_on(void *unused, unsigned long ip, unsigned long parent)
{
	stretch_end(PREEMPT_OFF, ip);
}

static void irqs_off(void *unused, unsigned long ip, unsigned long parent)
{
	stretch_begin(IRQS_OFF);
}

static void irqs_on(void *unused, unsigned long ip, unsigned long parent)
{
	stretch_end(IRQS_OFF, ip);
}

/* Callbacks are between these two windows, with preemption off. */
static void callback_begin(void *unused)
{
	struct stretch *s = raw_cpu_ptr(&stretches);

	if (s->begin[PREEMPT_OFF])
		s->callback_begin = meter_clock();
}

static void callback_end(void *unused)
{
	struct stretch *s = raw_cpu_ptr(&stretches);

	if (s->begin[PREEMPT_OFF] && s->callback_begin) {
		s->callbacks += meter_clock() - s->callback_begin;
		s->called++;
	}
	s->callback_begin = 0;
}

/* Coming and going ---------------------------------------------------------- */

static const struct {
	const char *name;
	void *probe;
} probes[2 * OFFS] = {
	{ "preempt_disable", preempt_off },
	{ "preempt_enable", preempt_on },
	{ "irq_disable", irqs_off },
	{ "irq_enable", irqs_on },
};

static void point_seen(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			points[i] = tp;
}

static void points_forget(unsigned int n)
{
	while (n--)
		tracepoint_probe_unregister(points[n], probes[n].probe, NULL);
	tracepoint_synchronize_unregister();
}

static void plant_stretch(void)
{
	unsigned long flags;
	u64 begin;

	lt_meter_begin("planted");
	preempt_disable();
	begin = meter_clock();
	while (meter_clock() - begin < plant_us * 1000ULL)
		cpu_relax();
	preempt_enable();
	local_irq_save(flags);
	begin = meter_clock();
	while (meter_clock() - begin < plant_us * 1000ULL)
		cpu_relax();
	local_irq_restore(flags);
	lt_meter_end();
}

/* It is seen, and no longer than it was. */
static bool planted_is_seen(void)
{
	const struct longest *l = call_of("planted")->longest;
	const u64 ns = plant_us * 1000ULL;
	unsigned int off;

	for (off = 0; off < OFFS; off++)
		if (l[off].own < ns || l[off].own > ns + ns / 2 + 100000)
			return false;
	return true;
}

/**
 * lt_meter_start() - measure from now on
 *
 * Return: 0; -ENODEV: the kernel does not say when preemption is off, or what was
 * planted was not seen.
 */
int lt_meter_start(void)
{
	static const struct lnet_window_plan plans[] = {
		{ .every = true, .fn = callback_begin },
		{ .every = true, .fn = callback_end },
	};
	unsigned int i;
	int rc = 0;

	for_each_kernel_tracepoint(point_seen, NULL);
	for (i = 0; i < ARRAY_SIZE(probes) && !rc; i++)
		rc = points[i] ? tracepoint_probe_register(points[i], probes[i].probe,
							   NULL) : -ENODEV;
	if (rc) {
		pr_err("lnet-meter: this kernel does not say when %s: take the meter kernel\n",
		       probes[i - 1].name);
		points_forget(i - 1);
		points[0] = NULL;
		return rc;
	}
	plant_stretch();
	if (!planted_is_seen()) {
		pr_err("lnet-meter: what was planted was not seen\n");
		points_forget(ARRAY_SIZE(probes));
		points[0] = NULL;
		return -ENODEV;
	}
	lnet_window_open(LNET_WINDOW_MD_ENDED, &plans[0]);
	lnet_window_open(LNET_WINDOW_EQ_CALLED, &plans[1]);
	window_opened = true;
	return 0;
}

static void print_call(const struct call *call)
{
	const struct longest *p = &call->longest[PREEMPT_OFF];
	const struct longest *i = &call->longest[IRQS_OFF];

	pr_info("lnet-meter: %-20s %9ld %7llu.%llu %7llu.%llu %5u %8llu.%llu %7llu.%llu  %ps\n",
		call->name, atomic_long_read(&call->nr), p->own / 1000, p->own / 100 % 10,
		p->all / 1000, p->all / 100 % 10, p->called, p->callbacks / 1000,
		p->callbacks / 100 % 10, i->own / 1000, i->own / 100 % 10, p->where);
	if (bound_us && strcmp(call->name, "planted") &&
	    max(p->own, i->own) > bound_us * 1000ULL)
		pr_err("lnet-meter: %s: longer than the bound of %u us\n", call->name,
		       bound_us);
}

/* Callbacks were told from what is ours, all the time. */
static void close_window(enum lnet_window window)
{
	if (!READ_ONCE(lnet_window_opened[window]))
		pr_err("lnet-meter: window %s was closed: callbacks count as LNet's own time\n",
		       lnet_window_name(window));
	lnet_window_close(window);
}

/**
 * lt_meter_stop() - say what was measured
 */
void lt_meter_stop(void)
{
	const struct call *call;

	if (!points[0])
		return;
	if (window_opened) {
		close_window(LNET_WINDOW_MD_ENDED);
		close_window(LNET_WINDOW_EQ_CALLED);
	}
	points_forget(ARRAY_SIZE(probes));
	pr_info("lnet-meter: longest with preemption off, us: its own; with callbacks, how many, their time; interrupts off\n");
	pr_info("lnet-meter: %-20s %9s %9s %9s %5s %10s %9s  %s\n", "call", "times",
		"own", "all", "cbs", "their time", "irqs", "ended in");
	for (call = calls; call < calls + calls_nr; call++)
		print_call(call);
}
