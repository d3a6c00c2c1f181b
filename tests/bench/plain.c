// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads without LNet: what TCP alone takes between the same two ends.
 *
 * plain-echo: an operation is as many bytes there as a small PUT and back as its
 * ACK. plain-stream: blocks of pages there, one after the other, and an answer
 * when the last has been read; plain-stream-back: blocks from there. plain-fetch:
 * a question, and one block from there. plain-put, plain-get: blocks there, or from
 * there, of which so many are under way: each has as many bytes the other way as an ACK, or
 * a GET, has. That is what TCP takes for what LNet does with them, besides a stream.
 *
 * One connection is used all the time, as LNet uses its own. A thread waits at
 * either end of it, on a CPU as a worker of the LND would be: a thread that is
 * woken on the CPU that wakes it takes half the time of one that is woken on
 * another, so where the scheduler happens to put it is all that would be seen.
 */
#include "bench.h"
#include "tcp.h"

#include <linux/err.h>
#include <linux/preempt.h>

static struct socket *sock;
static struct bench_pages pages;
static unsigned int size;		/* of a block, as the case says */
static unsigned int in_flight;		/* the same */
static struct bench_request request = { .magic = BENCH_MAGIC };
static u8 answer[BENCH_ANSWER_BYTES];

static int begin(const struct bench_case *c)
{
	size = c->size;
	in_flight = c->in_flight;
	return 0;
}

static int ask(enum bench_request_kind kind, u64 count)
{
	request.kind = kind;
	request.size = size;
	request.count = count;
	return bench_sock_send(sock, &request, sizeof(request));
}

static int timed(struct bench_worker *w, int (*loop)(struct bench_worker *w))
{
	u64 began = ktime_get_ns();
	int rc = loop(w);

	w->spent = ktime_get_ns() - began;
	return rc;
}

static void latency_keep(u64 began)
{
	preempt_disable();
	bench_latency_add(bench_clock() - began);
	preempt_enable();
}

static int echo(struct bench_worker *w)
{
	u64 began = bench_clock();
	int rc;

	rc = bench_sock_send(sock, &request, sizeof(request));
	if (!rc)
		rc = bench_sock_recv(sock, answer, sizeof(answer));
	latency_keep(began);
	return rc;
}

static int echoes(struct bench_worker *w)
{
	request.kind = BENCH_ECHO;
	return bench_repeat(w, echo);
}

static int echo_loop(struct bench_worker *w)
{
	return timed(w, echoes);
}

/* All that the thread has to do, there or back. */
static int move_quota(struct bench_worker *w, enum bench_request_kind kind, bool out)
{
	int rc = ask(kind, w->quota);

	w->done = w->quota;
	return rc ?: bench_sock_stream(sock, &pages, size, w->quota, out);
}

static int stream(struct bench_worker *w)
{
	return move_quota(w, BENCH_STREAM, true) ?:
	       bench_sock_recv(sock, answer, sizeof(answer));
}

static int stream_loop(struct bench_worker *w)
{
	return timed(w, stream);
}

static int stream_back(struct bench_worker *w)
{
	return move_quota(w, BENCH_STREAM_BACK, false);
}

static int stream_back_loop(struct bench_worker *w)
{
	return timed(w, stream_back);
}

/* @out bytes there, and @in back, for each. */
static int exchange(struct bench_worker *w, enum bench_request_kind kind, u32 out, u32 in)
{
	int rc = ask(kind, w->quota);
	u64 sent = 0, may;
	u32 part = 0;

	while (!rc && w->done < w->quota) {
		may = min(w->done + in_flight, w->quota);
		rc = bench_sock_send_blocks(sock, &pages, out, may - sent);
		if (rc)
			break;
		sent = may;
		rc = bench_sock_recv_blocks(sock, &pages, in, sent - w->done, &part);
		if (rc < 0)
			break;
		w->done += rc;
		rc = 0;
	}
	return rc;
}

static int put_blocks(struct bench_worker *w)
{
	return exchange(w, BENCH_PUTS, size, BENCH_ANSWER_BYTES);
}

static int get_blocks(struct bench_worker *w)
{
	return exchange(w, BENCH_GETS, BENCH_ANSWER_BYTES, size);
}

static int put_loop(struct bench_worker *w)
{
	return timed(w, put_blocks);
}

static int get_loop(struct bench_worker *w)
{
	return timed(w, get_blocks);
}

static int look(const struct bench_case *c, struct bench_sample *s)
{
	bench_latency_read(s);
	return 0;
}

static int fetch(struct bench_worker *w)
{
	u64 began = bench_clock();
	int rc;

	rc = ask(BENCH_STREAM_BACK, 1);
	if (!rc)
		rc = bench_sock_stream(sock, &pages, size, 1, false);
	latency_keep(began);
	return rc;
}

static int fetches(struct bench_worker *w)
{
	return bench_repeat(w, fetch);
}

static int fetch_loop(struct bench_worker *w)
{
	return timed(w, fetches);
}

const struct bench_workload bench_plain_echo_workload = {
	.name		= "plain-echo",
	.network	= true,
	.begin		= begin,
	.loop		= echo_loop,
	.look		= look,
};

const struct bench_workload bench_plain_stream_workload = {
	.name		= "plain-stream",
	.network	= true,
	.begin		= begin,
	.loop		= stream_loop,
};

const struct bench_workload bench_plain_stream_back_workload = {
	.name		= "plain-stream-back",
	.network	= true,
	.begin		= begin,
	.loop		= stream_back_loop,
};

const struct bench_workload bench_plain_fetch_workload = {
	.name		= "plain-fetch",
	.network	= true,
	.begin		= begin,
	.loop		= fetch_loop,
	.look		= look,
};

const struct bench_workload bench_plain_put_workload = {
	.name		= "plain-put",
	.network	= true,
	.begin		= begin,
	.loop		= put_loop,
};

const struct bench_workload bench_plain_get_workload = {
	.name		= "plain-get",
	.network	= true,
	.begin		= begin,
	.loop		= get_loop,
};

int bench_plain_init(void)
{
	u32 from = bench_tcp.self == LNET_NID_ANY ? 0 : LNET_NIDADDR(bench_tcp.self);
	u32 to = LNET_NIDADDR(bench_tcp.peer);
	int rc;

	if (!bench_tcp.measures)
		return 0;
	rc = bench_pages_init(&pages);
	if (rc)
		return rc;
	sock = bench_sock_connect(from, to, bench_tcp.port);
	if (!IS_ERR(sock))
		return 0;
	rc = PTR_ERR(sock);
	pr_err("error: no plain connection to port %u of %s: %d\n",
	       bench_tcp.port, libcfs_nid2str(bench_tcp.peer), rc);
	bench_pages_exit(&pages);
	return rc;
}

void bench_plain_exit(void)
{
	if (!bench_tcp.measures)
		return;
	bench_sock_close(sock);
	bench_pages_exit(&pages);
}
