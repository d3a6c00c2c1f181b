// SPDX-License-Identifier: GPL-2.0
/*
 * A plain server to compare with: a thread for each CPU, and epoll. It takes and believes
 * every caller. It answers a greeting with as many bytes as a HELLO has, a GET with as many as
 * it asks for, and throws the payload of a PUT away. It reads no more requests of a connection
 * that does not read its answers. It bounds nothing.
 */
#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG		= 127,		/* the driver's default */
	EVENTS		= 64,
	TAKE_BYTES	= 1 << 16,
	GIVE_BYTES	= 1 << 18,
};

struct customer {
	int fd;
	bool greeted, busy;		/* busy: waits until it can write */
	u8 head[MESSAGE_BYTES];
	size_t have;			/* of it */
	u64 skip, owed;		/* bytes of payload, of answers */
};

struct thread {
	int epoll, listener;
	unsigned int cpu;
	u8 in[TAKE_BYTES];
};

static const u8 out[GIVE_BYTES];

static void watch_for(struct thread *t, int op, struct customer *c, u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (epoll_ctl(t->epoll, op, c->fd, &event))
		die("epoll_ctl");
}

static void end(struct customer *c)
{
	close(c->fd);
	free(c);
}

static void take_customers(struct thread *t)
{
	struct customer *c;
	int fd;

	while ((fd = accept4(t->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		c = calloc(1, sizeof(*c));
		if (!c)
			die("calloc");
		c->fd = fd;
		watch_for(t, EPOLL_CTL_ADD, c, EPOLLIN);
	}
}

static void on_head(struct customer *c)
{
	u32 type, length;

	c->have = 0;
	if (!c->greeted) {
		c->greeted = true;
		c->owed += HELLO_BYTES;
		return;
	}
	wire_request(c->head, &type, &length);
	if (type == WIRE_GET)
		c->owed += MESSAGE_BYTES + length;
	else
		c->skip = length;
}

static void take_in(struct customer *c, const u8 *data, size_t bytes)
{
	size_t step, want;

	while (bytes) {
		if (c->skip) {
			step = bytes < c->skip ? bytes : c->skip;
			c->skip -= step;
		} else {
			want = (c->greeted ? MESSAGE_BYTES : GREETING_BYTES) - c->have;
			step = bytes < want ? bytes : want;
			memcpy(c->head + c->have, data, step);
			c->have += step;
			if (step == want)
				on_head(c);
		}
		data += step;
		bytes -= step;
	}
}

/* False: the connection has ended. */
static bool pay(struct customer *c)
{
	ssize_t n;

	while (c->owed) {
		n = send(c->fd, out, c->owed < sizeof(out) ? c->owed : sizeof(out), MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN;
		c->owed -= n;
	}
	return true;
}

static void serve(struct thread *t, struct customer *c)
{
	ssize_t n;

	if (!c->owed) {
		n = recv(c->fd, t->in, sizeof(t->in), 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			end(c);
			return;
		}
		take_in(c, t->in, n);
	}
	if (!pay(c)) {
		end(c);
	} else if (c->busy != (c->owed > 0)) {
		c->busy = c->owed > 0;
		watch_for(t, EPOLL_CTL_MOD, c, c->busy ? EPOLLOUT : EPOLLIN);
	}
}

static void *run(void *arg)
{
	struct thread *t = arg;
	struct epoll_event events[EVENTS], event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	cpu_set_t cpus;
	int i, n;

	CPU_ZERO(&cpus);
	CPU_SET(t->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll < 0 || epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->listener, &event))
		die("epoll");
	for (;;) {
		n = epoll_wait(t->epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr)
				serve(t, events[i].data.ptr);
			else
				take_customers(t);
		}
	}
	return NULL;
}

int server(void)
{
	unsigned int i, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int listener = sock_listen(BACKLOG);
	pthread_t thread;
	struct thread *t;

	allow_many_files();
	for (i = 0; i < cpus; i++) {
		t = calloc(1, sizeof(*t));
		if (!t)
			die("calloc");
		t->listener = listener;
		t->cpu = i;
		if (pthread_create(&thread, NULL, run, t))
			die("pthread_create");
	}
	/* Until it is killed. */
	for (;;)
		pause();
}
