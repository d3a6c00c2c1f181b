// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out an attack: processes, each with so many callers and one epoll. A caller that
 * is dropped calls again after a while, until the time is over.
 */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ATTACKERS_AT	= 0x7f140001,	/* 127.20.0.1 and the following */
	FIRST_PORT	= 1023,		/* and downwards */
	LOOK_US		= 10000,
	CALLS_AT_ONCE	= 64,		/* in each look: faster the queue of a listener is full */
	EVENTS		= 256,
	TRASH_BYTES	= 1 << 18,
	TALLIES		= sizeof(struct tally) / sizeof(u64),
};

struct tally *tally;			/* this process's */
static u64 began;
static int epoll;
static u8 trash[TRASH_BYTES];

/* A caller ------------------------------------------------------------------- */

static void watch_for(struct caller *c, int op, u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (epoll_ctl(epoll, op, c->fd, &event))
		die("epoll_ctl");
}

static void away(struct caller *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CALLER_AWAY;
	c->due = now_us() + c->attack->again_ms * 1000ull;
}

/* The caller ends the connection itself, and nothing of it is left. */
void crowd_hang_up(struct caller *c)
{
	sock_reset(c->fd);
	c->fd = -1;
	if (c->state == CALLER_READY)
		tally->open--;
	away(c);
}

static void dropped(struct caller *c)
{
	if (c->state == CALLER_READY) {
		tally->open--;
		tally->dropped++;
	} else {
		tally->refused++;
	}
	away(c);
}

static void call(struct caller *c)
{
	const struct attack *a = c->attack;

	c->address = ATTACKERS_AT + c->number / a->per_address;
	c->port = FIRST_PORT - c->number % a->per_address;
	c->pid = WIRE_PID + c->number % a->per_address;
	c->heard = 0;
	c->done = 0;
	if (a->open)
		a->open(c);
	c->fd = sock_call(c->address, c->port, false, a->window);
	tally->called++;
	if (c->fd < 0) {
		tally->refused++;
		away(c);
		return;
	}
	c->state = CALLER_CONNECTING;
	watch_for(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ready(struct caller *c)
{
	const struct attack *a = c->attack;

	c->state = CALLER_READY;
	c->due = now_us() + (u64)a->tick_ms * 1000 * (c->number % a->callers) / a->callers;
	tally->welcome++;
	tally->reached += !c->known;
	c->known = true;
	if (++tally->open > tally->open_max)
		tally->open_max = tally->open;
	if (tally->open == a->callers && !tally->all_open_us)
		tally->all_open_us = now_us() - began;
	watch_for(c, EPOLL_CTL_MOD, (a->deaf ? 0 : EPOLLIN) | (a->writable ? EPOLLOUT : 0));
	if (a->ready)
		a->ready(c);
}

static void connected(struct caller *c)
{
	u8 greeting[GREETING_BYTES];

	if (c->attack->silent) {
		ready(c);
		return;
	}
	c->state = CALLER_GREETING;
	watch_for(c, EPOLL_CTL_MOD, EPOLLIN);
	wire_greeting(greeting, c->address, c->pid, c->attack->ctype ?: WIRE_CONTROL);
	crowd_write(c, greeting, sizeof(greeting));
}

static void listen_to_hello(struct caller *c)
{
	ssize_t n = recv(c->fd, c->hello + c->heard, sizeof(c->hello) - c->heard, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		dropped(c);
		return;
	}
	c->heard += n;
	if (c->heard < sizeof(c->hello))
		return;
	if (wire_is_welcome(c->hello))
		ready(c);
	else
		dropped(c);
}

/* How much TCP has taken; 0 where it takes no more, or the caller was dropped. */
size_t crowd_write(struct caller *c, const void *data, size_t bytes)
{
	ssize_t n = send(c->fd, data, bytes, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		dropped(c);
	if (n <= 0)
		return 0;
	if (c->state == CALLER_READY)
		tally->bytes_out += n;
	return n;
}

/* Reads so many bytes, and drops them. */
void crowd_read(struct caller *c, size_t bytes)
{
	ssize_t n = recv(c->fd, trash, bytes < sizeof(trash) ? bytes : sizeof(trash), 0);

	if (n > 0) {
		tally->bytes_in += n;
		tally->served += !c->served;
		c->served = true;
	} else if (!n || errno != EAGAIN) {
		dropped(c);
	}
}

static void happened(struct caller *c, u32 events)
{
	switch (c->state) {
	case CALLER_AWAY:
		break;
	case CALLER_CONNECTING:
		if (events & (EPOLLERR | EPOLLHUP))
			dropped(c);
		else
			connected(c);
		break;
	case CALLER_GREETING:
		listen_to_hello(c);
		break;
	case CALLER_READY:
		if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
			crowd_read(c, sizeof(trash));
		if (c->state == CALLER_READY && (events & EPOLLOUT))
			c->attack->writable(c);
	}
}

/* A process ------------------------------------------------------------------- */

/* Lets callers call again, and act, that are due. */
static void look(struct caller *callers, unsigned int n)
{
	unsigned int calls = 0, i;
	u64 now = now_us();
	struct caller *c;

	for (i = 0; i < n; i++) {
		c = callers + i;
		if (c->due > now)
			continue;
		if (c->state == CALLER_AWAY && calls < CALLS_AT_ONCE) {
			calls++;
			call(c);
		} else if (c->state == CALLER_READY && c->attack->tick) {
			c->due += c->attack->tick_ms * 1000ull;
			c->attack->tick(c);
		}
	}
}

static void run(const struct attack *a, unsigned int process, u64 end)
{
	struct caller *callers = calloc(a->callers, sizeof(*callers));
	struct epoll_event events[EVENTS];
	u64 now, next = 0;
	unsigned int i;
	int n;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!callers || epoll < 0)
		die("no memory");
	for (i = 0; i < a->callers; i++) {
		callers[i].attack = a;
		callers[i].number = process * a->callers + i;
		callers[i].fd = -1;
	}
	while ((now = now_us()) < end) {
		if (now >= next) {
			look(callers, a->callers);
			next = now + LOOK_US;
		}
		n = epoll_wait(epoll, events, EVENTS, LOOK_US / 1000);
		for (i = 0; n > 0 && i < (unsigned int)n; i++)
			happened(events[i].data.ptr, events[i].events);
	}
}

/* An attack that does not reach its target does not count. */
static bool has_attacked(const struct attack *a, const struct tally *all)
{
	unsigned int callers = a->callers * a->processes;

	if (all->reached * 100 >= (u64)callers * a->share &&
	    (all->bytes_out || !a->sends) && (all->bytes_in || !a->reads))
		return true;
	fprintf(stderr, "attack: %s: %llu of %u callers were welcome (%u %% are to be); "
		"%llu bytes were sent%s, %llu read%s\n", a->name, all->reached, callers, a->share,
		all->bytes_out, a->sends ? " (some are to be)" : "",
		all->bytes_in, a->reads ? " (some are to be)" : "");
	return false;
}

static bool report(const struct attack *a, const struct tally *all)
{
	static const char *const names[TALLIES] = {
		"called", "welcome", "refused", "dropped", "open_at_end", "open_most",
		"bytes_out", "bytes_in", "reached", "all_open_us", "served",
	};
	struct tally sum = { 0 };
	unsigned int i, k;

	for (i = 0; i < a->processes; i++)
		for (k = 0; k < TALLIES; k++)
			((u64 *)&sum)[k] += ((const u64 *)(all + i))[k];
	say_figures(names, (const u64 *)&sum, TALLIES);
	return has_attacked(a, &sum);
}

/* @callers: in each process; 0: as many as the attack has. */
int crowd_run(const struct attack *attack, unsigned int seconds, unsigned int callers)
{
	struct attack chosen = *attack, *a = &chosen;
	int status, bad = 0;
	unsigned int i;
	pid_t child;
	u64 end;

	if (callers)
		a->callers = callers;
	began = now_us();
	end = began + seconds * 1000000ull;
	tally = mmap(NULL, a->processes * sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		die("mmap");
	allow_many_files();
	for (i = 0; i < a->processes; i++) {
		child = fork();
		if (child < 0)
			die("fork");
		if (child)
			continue;
		tally += i;
		run(a, i, end);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	return !report(a, tally) || bad;
}
