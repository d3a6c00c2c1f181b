// SPDX-License-Identifier: GPL-2.0
/*
 * The other end: an MD that takes and gives whatever comes, and a thread that
 * does with a plain socket what it is asked to. It is there from load until
 * unload with role=server, and while it is measured with role=both.
 *
 * One connection is served at a time. To end, the sockets are shut down under
 * the mutex, which wakes the thread wherever it waits; it publishes no socket
 * after that.
 */
#include "bench.h"
#include "tcp.h"
#include "common/post.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>

enum {
	RETRY_MS	= 100,		/* when no connection could be taken */
};

static struct bench_end there;
static struct bench_pages plain_pages;
static struct lnet_handle_me me;
static DECLARE_COMPLETION(drained);

static struct task_struct *thread;
static struct socket *listener;
static DEFINE_MUTEX(mutex);
static struct socket *connection;	/* mutex: being served, or NULL */
static bool stopping;			/* mutex: */

/* The end for LNet ---------------------------------------------------------- */

static void handle(struct lnet_event *ev)
{
	if (unlikely(ev->unlinked))
		complete(&drained);
}

static int post(void)
{
	const struct post_me any = {
		.portal = BENCH_PORTAL_TCP,
		.id = { LNET_NID_ANY, LNET_PID_ANY },
		.ignore_bits = ~0ULL,
		.unlink = LNET_UNLINK,
	};
	struct lnet_md md = {
		.start = there.pages.kiov,
		.length = LNET_MAX_IOV,
		.threshold = LNET_MD_THRESH_INF,
		.options = LNET_MD_OP_PUT | LNET_MD_OP_GET | LNET_MD_KIOV |
			   LNET_MD_MANAGE_REMOTE | LNET_MD_TRUNCATE,
		.eq_handle = there.eq,
	};
	struct lnet_handle_md unused;

	return post_md(&any, md, LNET_RETAIN, &me, &unused);
}

static int begin_lnet(void)
{
	int rc;

	reinit_completion(&drained);
	rc = bench_end_init(&there, handle);
	if (rc)
		return rc;
	rc = post();
	if (rc)
		bench_end_exit(&there);
	return rc;
}

static void end_lnet(void)
{
	LNetMEUnlink(me);
	bench_drain(&drained, "the memory that peers write to");
	bench_end_exit(&there);
}

/* The end for plain sockets ------------------------------------------------- */

/* Each block of @in bytes is answered by one of @out bytes, once it is there. */
static int exchange(struct socket *sock, u32 in, u32 out, u32 count)
{
	u32 bytes = 0;
	int rc = 0;

	while (count && !rc) {
		rc = bench_sock_recv_blocks(sock, &plain_pages, in, count, &bytes);
		if (rc < 0)
			break;
		count -= rc;
		rc = bench_sock_send_blocks(sock, &plain_pages, out, rc);
	}
	return rc;
}

static int obey(struct socket *sock, const struct bench_request *r)
{
	static u8 answer[BENCH_ANSWER_BYTES];
	int rc = 0;

	if (r->magic != BENCH_MAGIC || r->size > LNET_MTU)
		return -EPROTO;
	switch (r->kind) {
	case BENCH_ECHO:
		break;
	case BENCH_STREAM:
		rc = bench_sock_stream(sock, &plain_pages, r->size, r->count, false);
		break;
	case BENCH_STREAM_BACK:
		return bench_sock_stream(sock, &plain_pages, r->size, r->count, true);
	case BENCH_PUTS:
		return exchange(sock, r->size, BENCH_ANSWER_BYTES, r->count);
	case BENCH_GETS:
		return exchange(sock, BENCH_ANSWER_BYTES, r->size, r->count);
	default:
		return -EPROTO;
	}
	return rc ?: bench_sock_send(sock, answer, sizeof(answer));
}

/* Until it is closed, or something is wrong with it. */
static void serve(struct socket *sock)
{
	static struct bench_request r;
	int rc = 0;

	bench_sock_be_patient(sock, true);
	while (!rc) {
		rc = bench_sock_recv(sock, &r, sizeof(r));
		if (rc)
			break;
		bench_sock_be_patient(sock, false);
		rc = obey(sock, &r);
		bench_sock_be_patient(sock, true);
	}
	if (rc != -ECONNRESET)
		pr_info("a plain connection ended with %d\n", rc);
}

static bool publish(struct socket *sock)
{
	bool stop;

	mutex_lock(&mutex);
	stop = stopping;
	if (!stop)
		connection = sock;
	mutex_unlock(&mutex);
	return !stop;
}

static int work(void *arg)
{
	struct socket *sock;

	while (!kthread_should_stop()) {
		sock = bench_sock_accept(listener);
		if (IS_ERR(sock)) {
			msleep(RETRY_MS);
			continue;
		}
		if (publish(sock)) {
			serve(sock);
			publish(NULL);
		}
		bench_sock_close(sock);
	}
	return 0;
}

/* The measuring thread is on the first CPU; if both ends are on one node this one is not. */
static unsigned int place(void)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int second = cpumask_next(first, cpu_online_mask);

	return bench_tcp.measures && second < nr_cpu_ids ? second : first;
}

static int begin_plain(void)
{
	int rc;

	rc = bench_pages_init(&plain_pages);
	if (rc)
		return rc;
	listener = bench_sock_listen(bench_tcp.port);
	if (IS_ERR(listener)) {
		rc = PTR_ERR(listener);
		pr_err("error: cannot listen on port %u: %d\n", bench_tcp.port, rc);
		goto err_pages;
	}
	thread = kthread_create(work, NULL, "lnet_bench/plain");
	if (IS_ERR(thread)) {
		rc = PTR_ERR(thread);
		goto err_listener;
	}
	kthread_bind(thread, place());
	wake_up_process(thread);
	return 0;

err_listener:
	bench_sock_close(listener);
err_pages:
	bench_pages_exit(&plain_pages);
	return rc;
}

static void end_plain(void)
{
	mutex_lock(&mutex);
	stopping = true;
	bench_sock_wake(listener);
	if (connection)
		bench_sock_wake(connection);
	mutex_unlock(&mutex);
	kthread_stop(thread);
	bench_sock_close(listener);
	bench_pages_exit(&plain_pages);
}

/* Both ---------------------------------------------------------------------- */

int bench_server_init(void)
{
	int rc;

	if (!bench_tcp.serves)
		return 0;
	rc = begin_lnet();
	if (rc)
		return rc;
	rc = begin_plain();
	if (rc)
		end_lnet();
	return rc;
}

void bench_server_exit(void)
{
	if (!bench_tcp.serves)
		return;
	end_plain();
	end_lnet();
}
