// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads that send messages over TCP, from one NI to another.
 *
 * An operation is a PUT and its ACK, or a GET and its REPLY. A flight is an MD
 * that is sent from over and over: the callback of one answer makes the next
 * request, so no thread is woken but those that wait for the network. There are
 * as many flights as the case has messages under way. All meet the same MD at the
 * other end (server.c), at offset 0, and send from the same memory, as a plain
 * stream does.
 *
 * A flight has landed when all its events are there and there is nothing left to
 * do. The thread that began them waits for that; when time is up it tells them to
 * stop, and a flight that has not landed BENCH_LOST_S later is lost.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/math64.h>
#include <linux/minmax.h>

enum {
	MAX_FLIGHTS	= 64,
	LOOK_MS		= 50,		/* how often we look whether time is up */
	HELLO_MS	= 2000,		/* to get the first answer */
};

/* Events of an MD come one at a time, and what follows it is written in there. */
struct flight {
	struct lnet_handle_md md;
	u64 began;			/* ticks */
	unsigned int due;		/* events that are to come */
} ____cacheline_aligned_in_smp;

static struct flight flights[MAX_FLIGHTS];
static struct bench_end here;

/* The controller sets them while no worker is there. */
static unsigned int nr_flights;
static bool fetch;			/* GET, not PUT */

static atomic_t todo;			/* operations not begun yet */
static atomic_t flying;			/* flights that have not landed */
static atomic_t bound;			/* MDs whose last event is to come */
static atomic_t error;			/* the first, or 0 */
static bool stop;			/* READ_ONCE/WRITE_ONCE */
static struct completion landed;
static struct completion drained;

static void fail(int rc)
{
	atomic_cmpxchg(&error, 0, rc);
	WRITE_ONCE(stop, true);
}

static bool take_one(void)
{
	return !READ_ONCE(stop) && atomic_dec_if_positive(&todo) >= 0;
}

/* The next operation of a flight; false: there is none. */
static bool go_on(struct flight *f)
{
	const struct lnet_process_id target = {
		.nid = bench_tcp.peer, .pid = LNET_PID_LUSTRE,
	};
	int rc;

	if (!take_one())
		return false;
	/* After the call it may be another thread's: only an error leaves it ours. */
	f->due += 2;
	f->began = bench_clock();
	if (fetch)
		rc = LNetGet(bench_tcp.self, f->md, target, BENCH_PORTAL_TCP, 0,
			     0, false);
	else
		rc = LNetPut(bench_tcp.self, f->md, LNET_ACK_REQ, target,
			     BENCH_PORTAL_TCP, 0, 0, 0);
	if (!rc)
		return true;
	f->due -= 2;
	fail(rc);
	return false;
}

static void land(void)
{
	if (atomic_dec_and_test(&flying))
		complete(&landed);
}

/* After an error it may be the only event of its operation, or not. */
static void handle_operation(struct flight *f, const struct lnet_event *ev)
{
	if (unlikely(!f->due))
		return;
	f->due--;
	if (unlikely(ev->status)) {
		f->due = 0;
		fail(ev->status);
	} else if (ev->type != LNET_EVENT_SEND) {
		bench_latency_add(bench_clock() - f->began);
		go_on(f);
	}
	if (!f->due)
		land();
}

static void handle(struct lnet_event *ev)
{
	bench_events_count(ev);
	if (likely(ev->type != LNET_EVENT_UNLINK))
		handle_operation(ev->md.user_ptr, ev);
	if (unlikely(ev->unlinked) && atomic_dec_and_test(&bound))
		complete(&drained);
}

static void unbind(unsigned int nr)
{
	unsigned int i;

	WRITE_ONCE(stop, true);
	for (i = 0; i < nr; i++)
		LNetMDUnlink(flights[i].md);
	if (atomic_dec_and_test(&bound))
		complete(&drained);
	bench_drain(&drained, "what was sent");
}

/* The one more is ours, so that the last event finds us waiting. */
static int bind(struct lnet_md *md)
{
	unsigned int i;
	int rc;

	atomic_set(&bound, 1);
	init_completion(&drained);
	for (i = 0; i < nr_flights; i++) {
		flights[i].due = 0;
		md->user_ptr = &flights[i];
		atomic_inc(&bound);
		rc = LNetMDBind(*md, LNET_RETAIN, &flights[i].md);
		if (rc) {
			atomic_dec(&bound);
			unbind(i);
			return rc;
		}
	}
	return 0;
}

static int begin(const struct bench_case *c, bool get)
{
	struct lnet_md md = {
		.start = here.pages.memory,
		.length = c->size,
		.threshold = LNET_MD_THRESH_INF,
		.eq_handle = here.eq,
	};

	if (c->size >= PAGE_SIZE) {
		md.start = here.pages.kiov;
		md.length = c->size >> PAGE_SHIFT;
		md.options = LNET_MD_KIOV;
	}
	nr_flights = min_t(unsigned int, c->in_flight, MAX_FLIGHTS);
	fetch = get;
	return bind(&md);
}

static int begin_put(const struct bench_case *c)
{
	return begin(c, false);
}

static int begin_get(const struct bench_case *c)
{
	return begin(c, true);
}

static void end(const struct bench_case *c)
{
	unbind(nr_flights);
}

/* Give the flights that are still up a while to land; 0 or -ETIMEDOUT. */
static int wait_landed(struct bench_worker *w)
{
	while (!wait_for_completion_timeout(&landed, msecs_to_jiffies(LOOK_MS))) {
		if (bench_pause(w))
			continue;
		WRITE_ONCE(stop, true);
		if (!wait_for_completion_timeout(&landed, BENCH_LOST_S * HZ))
			return -ETIMEDOUT;
		break;
	}
	return 0;
}

static int loop(struct bench_worker *w)
{
	int quota = min_t(u64, w->quota, INT_MAX);
	u64 began = ktime_get_ns();
	unsigned int i;
	int rc;

	init_completion(&landed);
	atomic_set(&todo, quota);
	atomic_set(&error, 0);
	atomic_set(&flying, nr_flights + 1);
	WRITE_ONCE(stop, false);
	for (i = 0; i < nr_flights; i++) {
		if (!go_on(&flights[i]))
			land();
	}
	land();
	rc = wait_landed(w);
	w->spent = ktime_get_ns() - began;
	w->done = quota - atomic_read(&todo);
	return rc ?: atomic_read(&error);
}

static int look(const struct bench_case *c, struct bench_sample *s)
{
	bench_latency_read(s);
	return 0;
}

const struct bench_workload bench_tcp_put_workload = {
	.name		= "tcp-put-ack",
	.events		= {
		.kind = { [LNET_EVENT_SEND] = 1, [LNET_EVENT_ACK] = 1 },
	},
	.network	= true,
	.plain		= &bench_plain_echo_workload,
	.begin		= begin_put,
	.loop		= loop,
	.look		= look,
	.end		= end,
};

const struct bench_workload bench_tcp_put_pages_workload = {
	.name		= "tcp-put-pages",
	.events		= {
		.kind = { [LNET_EVENT_SEND] = 1, [LNET_EVENT_ACK] = 1 },
	},
	.network	= true,
	.plain		= &bench_plain_stream_workload,
	.rate		= true,
	.begin		= begin_put,
	.loop		= loop,
	.look		= look,
	.end		= end,
};

const struct bench_workload bench_tcp_get_pages_workload = {
	.name		= "tcp-get-pages",
	.events		= {
		.kind = { [LNET_EVENT_SEND] = 1, [LNET_EVENT_REPLY] = 1 },
	},
	.network	= true,
	.plain		= &bench_plain_stream_back_workload,
	.rate		= true,
	.begin		= begin_get,
	.loop		= loop,
	.look		= look,
	.end		= end,
};

const struct bench_workload bench_tcp_get_one_workload = {
	.name		= "tcp-get-one",
	.events		= {
		.kind = { [LNET_EVENT_SEND] = 1, [LNET_EVENT_REPLY] = 1 },
	},
	.network	= true,
	.plain		= &bench_plain_fetch_workload,
	.begin		= begin_get,
	.loop		= loop,
	.look		= look,
	.end		= end,
};

/* One message, for which LNet connects. */
static int hello(void)
{
	static const struct bench_case c = {
		&bench_tcp_put_workload, .threads = 1, .size = BENCH_SMALL,
		.in_flight = 1,
	};
	struct bench_span span;
	int rc;

	rc = begin_put(&c);
	if (rc)
		return rc;
	rc = bench_team_run(loop, 1, 1, HELLO_MS, &span);
	end(&c);
	if (rc)
		pr_err("error: no answer from %s: %d\n",
		       libcfs_nid2str(bench_tcp.peer), rc);
	return rc;
}

int bench_tcp_init(void)
{
	int rc;

	if (!bench_tcp.measures)
		return 0;
	rc = bench_end_init(&here, handle);
	if (rc)
		return rc;
	rc = hello();
	if (rc)
		bench_end_exit(&here);
	return rc;
}

void bench_tcp_exit(void)
{
	if (bench_tcp.measures)
		bench_end_exit(&here);
}
