// SPDX-License-Identifier: GPL-2.0
/* The attacks: what a caller of each does. */
#include "attack.h"

#include <stdio.h>
#include <string.h>

enum {
	TRICKLE_BYTES	= 4096,		/* of the payload that never comes */
	ANSWERS		= 160,
	ANSWER_BYTES	= 1 << 20,
	SIP_BYTES	= 1024,		/* 20 times a second */
	STREAM		= 682,		/* messages: 64 KiB */
	NAMES_EACH	= 60,		/* of an address; the driver takes 64 */
	SEGMENTS	= 64,		/* one after the other */
	TRICKLE_MS	= 1000,
	SIP_MS		= 50,
	PAUSE_MS	= 1000,
};

/* One byte a second ----------------------------------------------------------- */

static void trickle_hello(struct caller *c)
{
	u8 greeting[GREETING_BYTES];

	wire_greeting(greeting, c->address, c->pid, WIRE_CONTROL);
	if (c->done < sizeof(greeting))
		c->done += crowd_write(c, greeting + c->done, 1);
}

static void put_that_trickles(struct caller *c, u8 *to)
{
	const struct message m = {
		.type = WIRE_PUT, .from = c->address, .pid = c->pid,
		.portal = WIRE_PORTAL, .length = TRICKLE_BYTES,
	};

	wire_message(to, &m);
}

/* Every other caller trickles its payload, the others the headers, too. */
static void trickle_begin(struct caller *c)
{
	u8 headers[MESSAGE_BYTES];

	put_that_trickles(c, headers);
	if (c->number & 1)
		c->done = crowd_write(c, headers, sizeof(headers));
}

static void trickle_message(struct caller *c)
{
	u8 message[MESSAGE_BYTES + TRICKLE_BYTES] = { 0 };

	put_that_trickles(c, message);
	if (c->done < sizeof(message))
		c->done += crowd_write(c, message + c->done, 1);
}

/* Much asked, little read ----------------------------------------------------- */

static void ask_for_much(struct caller *c)
{
	const struct message m = {
		.type = WIRE_GET, .from = c->address, .pid = c->pid,
		.portal = WIRE_PORTAL, .length = ANSWER_BYTES,
	};
	u8 questions[ANSWERS][MESSAGE_BYTES];
	unsigned int i;

	for (i = 0; i < ANSWERS; i++)
		wire_message(questions[i], &m);
	crowd_write(c, questions, sizeof(questions));
}

static void sip(struct caller *c)
{
	crowd_read(c, SIP_BYTES);
}

/* Names ----------------------------------------------------------------------- */

/* The same address, another name each time. */
static void another_name(struct caller *c)
{
	static u32 names;

	c->pid = WIRE_PID + names++;
}

/* The same, with another address before the driver bounds the names. */
static void another_address(struct caller *c)
{
	static u32 names;
	u32 name = names++;

	c->address += name / NAMES_EACH;
	c->pid = WIRE_PID + name % NAMES_EACH;
}

/* Streams of messages --------------------------------------------------------- */

/* More of an endless stream, of which all processes have the same bytes but for its owner. */
static void stream(struct caller *c)
{
	static u8 messages[STREAM][MESSAGE_BYTES];
	static const struct caller *whose;
	unsigned int i;
	size_t at;

	if (whose != c)
		for (i = 0; i < STREAM; i++)
			c->attack->make(c, i, messages[i]);
	whose = c;
	at = c->done % sizeof(messages);
	c->done += crowd_write(c, &messages[0][0] + at, sizeof(messages) - at);
}

static void make_ping(struct caller *c, unsigned int i, u8 *to)
{
	(void)i;
	wire_ping(to, c->address, c->pid);
}

static void make_put(struct caller *c, unsigned int i, u8 *to)
{
	const struct message m = {
		.type = WIRE_PUT, .from = c->address, .pid = c->pid, .portal = WIRE_PORTAL,
	};

	(void)i;
	wire_message(to, &m);
}

static void make_forged(struct caller *c, unsigned int i, u8 *to)
{
	wire_ping(to, c->address + 1 + i, c->pid + i);
}

/* The stream of pings again, a byte at a time. */
static void segments(struct caller *c)
{
	u8 message[MESSAGE_BYTES];
	unsigned int i;
	size_t n = 1;

	wire_ping(message, c->address, c->pid);
	for (i = 0; i < SEGMENTS && n; i++) {
		n = crowd_write(c, message + c->done % sizeof(message), 1);
		c->done += n;
	}
}

/* All of them ----------------------------------------------------------------- */

/*
 * How many of the callers, in per cent, must be welcome at least once: with fewer the attack is
 * not what its name says. If there are few callers all of them must be, as each has a share of
 * the stream. LNet takes all of the slow ones; a busy machine may keep one waiting. LNet lets
 * 128 callers of one address wait, and 1024 in all. So the share of the thousand silent callers
 * of one address, and that of the many silent ones, are more than that, but not all, as it
 * takes time to call so often. Of callers with a new name each time the quick ones take several
 * of the 64 names that LNet knows of one address.
 */
enum {
	SHARE_ALL		= 100,
	SHARE_MOST		= 90,
	SHARE_MANY		= 50,
	SHARE_QUICK		= 20,
	SHARE_WAIT		= 60,		/* of 2000: 1200 */
	SHARE_WAIT_10000	= 12,		/* the same */
};

static const struct attack attacks[] = {
	{
		.name = "silent-one", .what = "1000 silent callers of one address",
		.callers = 1000, .processes = 1, .per_address = 1000, .again_ms = PAUSE_MS,
		.silent = true,
		.share = SHARE_MANY,
	}, {
		.name = "silent-2000", .what = "2000 silent callers of 20 addresses",
		.callers = 2000, .processes = 1, .per_address = 100, .again_ms = PAUSE_MS,
		.silent = true,
		.share = SHARE_WAIT,
	}, {
		.name = "silent-10000", .what = "10,000 silent callers of 100 addresses",
		.callers = 10000, .processes = 1, .per_address = 100, .again_ms = PAUSE_MS,
		.silent = true,
		.share = SHARE_WAIT_10000,
	}, {
		.name = "trickle-hello", .what = "200 HELLOs of a byte a second",
		.callers = 200, .processes = 1, .per_address = 4, .again_ms = PAUSE_MS,
		.silent = true, .tick_ms = TRICKLE_MS, .tick = trickle_hello,
		.sends = true, .share = SHARE_MOST,
	}, {
		.name = "trickle", .what = "200 PUTs of a byte a second",
		.callers = 200, .processes = 1, .per_address = 4, .again_ms = PAUSE_MS,
		.tick_ms = TRICKLE_MS, .ready = trickle_begin, .tick = trickle_message,
		.sends = true, .share = SHARE_MOST,
	}, {
		.name = "slow", .what = "33 names of one address ask for 160 MiB, read 20 KiB/s",
		.callers = 33, .processes = 1, .per_address = 33, .again_ms = PAUSE_MS,
		.window = 8192, .deaf = true, .tick_ms = SIP_MS, .ready = ask_for_much, .tick = sip,
		.sends = true, .reads = true, .share = SHARE_MOST,
	}, {
		.name = "slow-spread", .what = "the same of 33 addresses",
		.callers = 33, .processes = 1, .per_address = 1, .again_ms = PAUSE_MS,
		.window = 8192, .deaf = true, .tick_ms = SIP_MS, .ready = ask_for_much, .tick = sip,
		.sends = true, .reads = true, .share = SHARE_MOST,
	}, {
		.name = "forge", .what = "4 connections that name many sources",
		.callers = 4, .processes = 1, .per_address = 4,
		.writable = stream, .make = make_forged,
		.sends = true, .share = SHARE_ALL,
	}, {
		.name = "names", .what = "as many names of one address as it can",
		.callers = 100, .processes = 1, .per_address = 100,
		.open = another_name, .ready = crowd_hang_up,
		.share = SHARE_QUICK,
	}, {
		.name = "names-spread", .what = "60 names of each of many addresses",
		.callers = 100, .processes = 1, .per_address = 100,
		.open = another_address, .ready = crowd_hang_up,
		.share = SHARE_MOST,
	}, {
		.name = "segments", .what = "4 send pings in segments of 1 byte",
		.callers = 2, .processes = 2, .per_address = 1, .writable = segments,
		.sends = true, .reads = true, .share = SHARE_ALL,
	}, {
		.name = "flood-put", .what = "4 send empty PUTs as fast as they can",
		.callers = 1, .processes = 4, .per_address = 1,
		.writable = stream, .make = make_put,
		.sends = true, .share = SHARE_ALL,
	}, {
		.name = "flood-worker", .what = "1 does so, and there is one worker for all",
		.callers = 1, .processes = 1, .per_address = 1, .params = "nscheds=1",
		.writable = stream, .make = make_put,
		.sends = true, .share = SHARE_ALL,
	}, {
		.name = "flood-get", .what = "4 send pings as fast as they can",
		.callers = 1, .processes = 4, .per_address = 1,
		.writable = stream, .make = make_ping,
		.sends = true, .reads = true, .share = SHARE_ALL,
	}, {
		.name = "peers", .what = "honest peers that are connected and have nothing to say",
		.callers = 10000, .processes = 1, .per_address = 1, .again_ms = PAUSE_MS,
		/* Peers with such a connection get signs of life. */
		.ctype = WIRE_BULK_OUT, .honest = true, .share = SHARE_ALL,
	},
};

enum { ATTACKS = sizeof(attacks) / sizeof(*attacks) };

const struct attack *attack_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ATTACKS; i++)
		if (!strcmp(attacks[i].name, name))
			return attacks + i;
	return NULL;
}

void attack_list(void)
{
	unsigned int i;

	for (i = 0; i < ATTACKS; i++)
		if (!attacks[i].honest)
			printf("%s\t%s\t%s\n", attacks[i].name, attacks[i].what,
			       attacks[i].params ?: "");
}
