// SPDX-License-Identifier: GPL-2.0
/*
 * Honest peers. The witness has a connection, and pings, one at a time, as fast as it is
 * answered. Newcomers come ten times a second, each from the address of an honest node: they
 * call, greet, ping, and leave.
 *
 * A request without an answer in five seconds counts as unanswered, one whose connection ends
 * counts as refused; both kinds of peers then call again.
 */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	WITNESS_AT	= 0x7f090909,	/* 127.9.9.9 */
	NEWCOMERS_AT	= 0x7f0a0001,	/* 127.10.0.1 and the following */
	NEWCOMERS	= 50,		/* addresses */
	FIRST_PORT	= 1000,		/* and downwards */
	PORTS		= 400,
	PERIOD_US	= 100000,
	RETRY_US	= 10000,
	SAMPLES_MAX	= 1 << 21,
};

struct figures {
	u32 *us;			/* how long each answer took */
	u64 answered, unanswered, refused;
};

static int by_size(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* The time within which so many of a thousand were answered. */
static u32 within(const struct figures *f, u64 n, unsigned int permille)
{
	return n ? f->us[(n - 1) * permille / 1000] : 0;
}

static int report(struct figures *f)
{
	static const char *const names[] = {
		"asked", "answered", "unanswered", "refused",
		"p50_us", "p99_us", "p999_us", "max_us",
	};
	u64 n = f->answered < SAMPLES_MAX ? f->answered : SAMPLES_MAX;
	u64 figures[sizeof(names) / sizeof(*names)] = {
		f->answered + f->unanswered + f->refused, f->answered, f->unanswered, f->refused,
	};

	qsort(f->us, n, sizeof(*f->us), by_size);
	figures[4] = within(f, n, 500);
	figures[5] = within(f, n, 990);
	figures[6] = within(f, n, 999);
	figures[7] = within(f, n, 1000);
	say_figures(names, figures, sizeof(names) / sizeof(*names));
	return 0;
}

static void count(struct figures *f, bool good, u64 began)
{
	bool late = errno == EAGAIN || errno == EINPROGRESS || errno == ETIMEDOUT;

	if (good && f->answered < SAMPLES_MAX)
		f->us[f->answered] = now_us() - began;
	if (good)
		f->answered++;
	else if (late)
		f->unanswered++;
	else
		f->refused++;
}

static void begin(struct figures *f)
{
	/* The pages are touched now: none is needed later. */
	f->us = malloc(SAMPLES_MAX * sizeof(*f->us));
	if (!f->us)
		die("malloc");
	memset(f->us, 1, SAMPLES_MAX * sizeof(*f->us));
}

/* errno is 0 if the other side has ended the connection. */
static bool greet(int fd, u32 from)
{
	u8 greeting[GREETING_BYTES], hello[HELLO_BYTES];

	wire_greeting(greeting, from, WIRE_PID, WIRE_CONTROL);
	errno = 0;
	return sock_write_all(fd, greeting, sizeof(greeting)) &&
	       sock_read_all(fd, hello, sizeof(hello)) && wire_is_welcome(hello);
}

static bool ping(int fd, u32 from)
{
	u8 data[MESSAGE_BYTES + PING_BYTES];

	wire_ping(data, from, WIRE_PID);
	errno = 0;
	return sock_write_all(fd, data, MESSAGE_BYTES) && sock_read_all(fd, data, sizeof(data));
}

/* Not a port of an earlier witness, which may still wait for old segments. */
static u16 port(unsigned int n)
{
	return FIRST_PORT - (getpid() * 7 + n) % PORTS;
}

int witness(unsigned int seconds)
{
	u64 end = now_us() + seconds * 1000000ull, began;
	struct figures f = { 0 };
	unsigned int calls = 0;
	int fd = -1;
	bool good;

	begin(&f);
	while (now_us() < end) {
		began = now_us();
		if (fd < 0) {
			fd = sock_call(WITNESS_AT, port(calls++), true, 0);
			good = fd >= 0 && greet(fd, WITNESS_AT);
			if (!good)
				count(&f, false, began);
		} else {
			good = ping(fd, WITNESS_AT);
			count(&f, good, began);
		}
		if (good)
			continue;
		if (fd >= 0)
			close(fd);
		fd = -1;
		usleep(RETRY_US);
	}
	if (fd >= 0)
		close(fd);
	return report(&f);
}

int newcomers(unsigned int seconds)
{
	u64 now = now_us(), end = now + seconds * 1000000ull, next = now;
	struct figures f = { 0 };
	unsigned int n = 0;
	u32 from;
	bool good;
	int fd;

	begin(&f);
	for (; now < end; now = now_us(), n++) {
		from = NEWCOMERS_AT + n % NEWCOMERS;
		errno = 0;
		fd = sock_call(from, port(n / NEWCOMERS), true, 0);
		good = fd >= 0 && greet(fd, from) && ping(fd, from);
		count(&f, good, now);
		if (fd >= 0)
			close(fd);
		next += PERIOD_US;
		now = now_us();
		if (next > now)
			usleep(next - now);
		else
			next = now;
	}
	return report(&f);
}
