// SPDX-License-Identifier: GPL-2.0
/*
 * The side of an EQ that waits: threads that make events, by PUTs to the sink
 * of lnd.c, and threads that poll them from a ring.
 *
 *	poll-ring	as many as go through; the makers wait for room, so none
 *			is overwritten
 *	poll-storm	the makers do not wait, the ring is small and the poller
 *			slow: each event is read, or counted as lost
 *	poll-wake	one event for a poller that sleeps: from its completion
 *			to the return of LNetEQWait()
 *	wake-plain	the same with a bare waitqueue: the time that the kernel
 *			and the machine take for it
 *
 * The last threads of a team are the pollers. An operation is an event made.
 * When the last of the makers is done it makes one more for each poller, with
 * which that one stops.
 */
#include "bench.h"

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait.h>

enum {
	RING		= 1024,		/* events */
	STORM_RING	= 64,
	STORM_NS	= 2000,		/* it takes the poller, per event */
	ROOM_EVENTS	= 32,		/* read between two looks for waiters */
	ASLEEP_NS	= 20000,	/* until a sleeper is off its CPU */
	SPINS		= 256,		/* looks at a word between two pauses */
	PATIENCE_S	= 20,		/* with a poller that takes nothing */
};

#define LAST_BITS	(~0ULL)		/* match bits of the event to stop with */

/* The data of one thread, which others read. */
struct side {
	struct lnet_handle_md md;
	u64 sent;
	u64 seen;			/* of them, when it last looked */
	u64 taken[BENCH_MAX_THREADS];	/* a poller: events, by their maker */
	u64 lost;			/* a poller: events, by their numbers */
	u64 time;			/* of the event under way; see lnd.c */
} ____cacheline_aligned_in_smp;

static struct side sides[BENCH_MAX_THREADS];
static struct lnet_handle_eq eq;
static unsigned int makers, pollers;
static u64 slow;			/* ticks it takes the poller of a storm */
static atomic_t making;
static DECLARE_WAIT_QUEUE_HEAD(room);

/* poll-wake, wake-plain: written by one of the two, read by the other. */
static struct task_struct *sleeper;
static u64 waits_for, rung;
static DECLARE_WAIT_QUEUE_HEAD(bell);

static void count(struct lnet_event *ev)
{
	preempt_disable();
	bench_events_count(ev);
	preempt_enable();
}

/* The makers --------------------------------------------------------------- */

static int put(struct side *s, u64 bits, u64 hdr_data)
{
	return LNetPut(LNET_NID_ANY, s->md, LNET_NOACK_REQ, bench_lnd_sink(),
		       0, bits, 0, hdr_data);
}

static u64 taken_of(unsigned int maker)
{
	unsigned int i;
	u64 sum = 0;

	for (i = makers; i < makers + pollers; i++)
		sum += READ_ONCE(sides[i].taken[maker]);
	return sum;
}

/* The ring is divided among the makers; some of it is for the last events. */
static bool has_room(unsigned int maker, unsigned int parts)
{
	struct side *s = &sides[maker];

	s->seen = taken_of(maker);
	return s->sent - s->seen <= (RING - 2 * BENCH_MAX_THREADS) / makers / parts;
}

static int make_ring(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	if (s->sent - s->seen >= (RING - 2 * BENCH_MAX_THREADS) / makers &&
	    !has_room(w->index, 2) &&
	    !wait_event_idle_timeout(room, has_room(w->index, 2),
				     PATIENCE_S * HZ))
		return -ETIMEDOUT;
	s->sent++;
	return put(s, w->index, 0);
}

static int make_storm(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	s->sent++;
	return put(s, w->index, 0);
}

/* Until the poller has gone to sleep for number @n. */
static void await_sleeper(u64 n)
{
	unsigned int spins = 0;

	/* Pairs with the release in fall_asleep(). */
	while (smp_load_acquire(&waits_for) != n || task_is_running(sleeper)) {
		cpu_relax();
		if (++spins % SPINS == 0)
			cond_resched();
	}
	bench_busy(bench_ticks(ASLEEP_NS));
}

static int make_wake(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	await_sleeper(++s->sent);
	s->time = 1;
	return put(s, w->index, (unsigned long)&s->time);
}

static int make_plain(struct bench_worker *w)
{
	struct side *s = &sides[w->index];

	await_sleeper(++s->sent);
	count(&(struct lnet_event){ .type = LNET_EVENT_SEND });
	s->time = bench_clock();
	WRITE_ONCE(rung, s->sent);
	wake_up(&bell);
	return 0;
}

static int say_last(struct side *s)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < pollers && !rc; i++)
		rc = put(s, LAST_BITS, 0);
	return rc;
}

static int make(struct bench_worker *w, int (*op)(struct bench_worker *w))
{
	const struct lnet_md md = {
		.threshold = LNET_MD_THRESH_INF, .eq_handle = eq,
	};
	struct side *s = &sides[w->index];
	int rc, rc2 = 0;

	rc = LNetMDBind(md, LNET_RETAIN, &s->md);
	if (!rc)
		rc = bench_repeat(w, op);
	if (atomic_dec_and_test(&making))
		rc2 = say_last(s);
	return rc ? rc : rc2;
}

/* The pollers -------------------------------------------------------------- */

static int next_event(struct lnet_event *ev)
{
	int rc = LNetEQGet(eq, ev);

	if (rc)
		return rc;
	/* All is read, so makers that wait for room have it. */
	wake_up_all(&room);
	return LNetEQWait(eq, ev);
}

static int poll_ring(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	unsigned int nr = 0;
	struct lnet_event ev;
	int rc;

	while ((rc = next_event(&ev)) == 1 && ev.match_bits != LAST_BITS) {
		count(&ev);
		WRITE_ONCE(s->taken[ev.match_bits],
			   s->taken[ev.match_bits] + 1);
		if (++nr % ROOM_EVENTS == 0 && wq_has_sleeper(&room))
			wake_up_all(&room);
	}
	return rc == 1 ? 0 : rc < 0 ? rc : -EIO;
}

/* LNet reports a gap in the numbers, and nothing else, as lost events. */
static int poll_storm(struct bench_worker *w)
{
	struct side *s = &sides[w->index];
	struct lnet_event ev;
	u64 number = 0, gap;
	int rc;

	do {
		rc = LNetEQWait(eq, &ev);
		if (rc != 1 && rc != -EOVERFLOW)
			return rc < 0 ? rc : -EIO;
		gap = ev.sequence - number - 1;
		number = ev.sequence;
		if (rc != (gap ? -EOVERFLOW : 1)) {
			pr_err("error: %llu events lost, LNetEQWait() said %d\n",
			       gap, rc);
			return -EIO;
		}
		s->lost += gap;
		s->taken[0]++;
		bench_busy(slow);
	} while (ev.match_bits != LAST_BITS);
	s->taken[0]--;
	return 0;
}

static void fall_asleep(u64 n)
{
	sleeper = current;
	/* Pairs with the acquire in await_sleeper(). */
	smp_store_release(&waits_for, n);
}

static void time_wake(void)
{
	preempt_disable();
	bench_latency_add(bench_clock() - sides[0].time);
	preempt_enable();
}

static int poll_wake(struct bench_worker *w)
{
	struct lnet_event ev;
	u64 n;
	int rc;

	for (n = 1; ; n++) {
		fall_asleep(n);
		rc = LNetEQWait(eq, &ev);
		if (rc != 1 || ev.match_bits == LAST_BITS)
			return rc == 1 ? 0 : rc < 0 ? rc : -EIO;
		time_wake();
		count(&ev);
	}
}

/* Ends as poll-wake does, with one event more. */
static int poll_plain(struct bench_worker *w)
{
	u64 n;

	for (n = 1; ; n++) {
		fall_asleep(n);
		wait_event_idle(bell, READ_ONCE(rung) >= n);
		if (READ_ONCE(rung) == LAST_BITS)
			return 0;
		time_wake();
	}
}

/* The workloads ------------------------------------------------------------ */

static int start(const struct bench_case *c, unsigned int ring)
{
	unsigned int i;

	memset(sides, 0, sizeof(sides));
	for (i = 0; i < BENCH_MAX_THREADS; i++)
		LNetInvalidateMDHandle(&sides[i].md);
	makers = c->threads - c->pollers;
	pollers = c->pollers;
	atomic_set(&making, makers);
	waits_for = 0;
	rung = 0;
	slow = bench_ticks(STORM_NS);
	return LNetEQAlloc(ring, LNET_EQ_HANDLER_NONE, &eq);
}

static int begin(const struct bench_case *c)
{
	return start(c, RING);
}

static int storm_begin(const struct bench_case *c)
{
	return start(c, STORM_RING);
}

static void end(const struct bench_case *c)
{
	unsigned int i;
	int rc;

	for (i = 0; i < makers; i++)
		LNetMDUnlink(sides[i].md);
	rc = LNetEQFree(eq);
	if (rc)
		pr_err("LNetEQFree: error %d\n", rc);
}

static int ring_loop(struct bench_worker *w)
{
	return w->index < makers ? make(w, make_ring) : poll_ring(w);
}

static int storm_loop(struct bench_worker *w)
{
	return w->index < makers ? make(w, make_storm) : poll_storm(w);
}

static int wake_loop(struct bench_worker *w)
{
	return w->index < makers ? make(w, make_wake) : poll_wake(w);
}

static int plain_loop(struct bench_worker *w)
{
	int rc;

	if (w->index >= makers)
		return poll_plain(w);
	rc = bench_repeat(w, make_plain);
	WRITE_ONCE(rung, LAST_BITS);
	wake_up(&bell);
	return rc;
}

/* The count of lost events of the EQ in sysfs. */
static int read_lost(u64 *lost)
{
	char path[64], text[24] = "";
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/kernel/lnet/eqs/%llx/lost",
		 eq.cookie);
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, text, sizeof(text) - 1, &pos);
	filp_close(file, NULL);
	return n < 0 ? n : kstrtou64(strim(text), 10, lost);
}

static int storm_look(const struct bench_case *c, struct bench_sample *s)
{
	const struct side *poller = &sides[makers];
	u64 sent = 0, lost = 0;
	unsigned int i;
	int rc;

	for (i = 0; i < makers; i++)
		sent += sides[i].sent;
	rc = read_lost(&lost);
	if (rc)
		pr_err("error: the EQ's count of lost events in sysfs: %d\n", rc);
	else if (sent != poller->taken[0] + poller->lost || lost != poller->lost)
		rc = -EIO;
	if (rc == -EIO)
		pr_err("error: %llu events sent, %llu read, %llu missing, %llu counted as lost\n",
		       sent, poller->taken[0], poller->lost, lost);
	s->lost_events = lost;
	return rc;
}

static int wake_look(const struct bench_case *c, struct bench_sample *s)
{
	bench_latency_read(s);
	return 0;
}

const struct bench_workload bench_poll_ring_workload = {
	.name		= "poll-ring",
	.events		= { .kind = { [LNET_EVENT_SEND] = 1 } },
	.begin		= begin,
	.loop		= ring_loop,
	.end		= end,
};

const struct bench_workload bench_poll_storm_workload = {
	.name		= "poll-storm",
	.begin		= storm_begin,
	.loop		= storm_loop,
	.look		= storm_look,
	.end		= end,
};

const struct bench_workload bench_poll_wake_workload = {
	.name		= "poll-wake",
	.events		= { .kind = { [LNET_EVENT_SEND] = 1 } },
	.begin		= begin,
	.loop		= wake_loop,
	.look		= wake_look,
	.end		= end,
};

const struct bench_workload bench_wake_plain_workload = {
	.name		= "wake-plain",
	.events		= { .kind = { [LNET_EVENT_SEND] = 1 } },
	.begin		= begin,
	.loop		= plain_loop,
	.look		= wake_look,
	.end		= end,
};
