// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of ksocklnd's protocol, version 3, as a little-endian machine sends them. The
 * plain server takes the same ones, so that every attack is the same to both.
 */
#include "attack.h"

#include <string.h>

u32 wire_target;

enum magics {
	MAGIC_LNET	= 0x45726963,
	KSOCK_LNET	= 0xc1,
	INCARNATION	= 77,
};

#define MAGIC_ACCEPTOR	0xacce7100u
#define CTYPE_NONE	0xffffffffu
#define PING_BITS	0x8000000000000000ull
#define NO_COOKIE	0xffffffffffffffffull

static void put32(u8 *to, u32 value)
{
	memcpy(to, &value, sizeof(value));
}

static void put64(u8 *to, u64 value)
{
	memcpy(to, &value, sizeof(value));
}

static u32 get32(const u8 *from)
{
	u32 value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static u64 nid(u32 address)
{
	return (u64)2 << 48 | address;
}

/* A connection request and a HELLO: GREETING_BYTES. */
void wire_greeting(u8 *to, u32 from, u32 pid, u32 ctype)
{
	memset(to, 0, GREETING_BYTES);
	put32(to, MAGIC_ACCEPTOR);
	put32(to + 4, 1);
	put64(to + 8, nid(wire_target));
	to += CONNREQ_BYTES;
	put32(to, MAGIC_LNET);
	put32(to + 4, 3);
	put64(to + 8, nid(from));
	put64(to + 16, nid(wire_target));
	put32(to + 24, pid);
	put64(to + 32, INCARNATION);
	put32(to + 48, ctype);
}

/* Is the HELLO that came back no refusal? */
bool wire_is_welcome(const u8 *hello)
{
	return get32(hello + 48) != CTYPE_NONE;
}

/* Both headers of a message, MESSAGE_BYTES. A PUT wants no ACK. */
void wire_message(u8 *to, const struct message *m)
{
	static u64 object;

	memset(to, 0, MESSAGE_BYTES);
	put32(to, KSOCK_LNET);
	to += 24;
	put64(to, nid(wire_target));
	put64(to + 8, nid(m->from));
	put32(to + 16, WIRE_PID);
	put32(to + 20, m->pid);
	put32(to + 24, m->type);
	put64(to + 48, m->bits);
	if (m->type == WIRE_GET) {
		put64(to + 32, 0x1234);
		put64(to + 40, ++object);
		put32(to + 56, m->portal);
		put32(to + 64, m->length);
	} else {
		put32(to + 28, m->length);
		put64(to + 32, NO_COOKIE);
		put64(to + 40, NO_COOKIE);
		put32(to + 64, m->portal);
	}
}

void wire_ping(u8 *to, u32 from, u32 pid)
{
	const struct message m = {
		.type = WIRE_GET, .from = from, .pid = pid, .bits = PING_BITS, .length = PING_BYTES,
	};

	wire_message(to, &m);
}

/* The fields of a request's headers that a server which believes every caller needs. */
void wire_request(const u8 *from, u32 *type, u32 *length)
{
	*type = get32(from + 24 + 24);
	*length = get32(from + 24 + (*type == WIRE_GET ? 64 : 28));
}
