// SPDX-License-Identifier: GPL-2.0
/*
 * Payload that says where it is from: the bytes of an MD are a function of its
 * id and of their place, and a PUT carries the id in its 64 bits of header
 * data.
 */
#include "fuzz.h"

static u8 payload_byte(u32 id, unsigned int at)
{
	return (id * 167 + (id >> 16) * 13 + at + (at >> 8) * 59) & 0xff;
}

/* Fill memory with what an MD has from a place on. */
void fuzz_fill_from(u8 *mem, unsigned int bytes, u32 id, unsigned int from)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		mem[i] = payload_byte(id, from + i);
}

/* Fill the memory of an MD. */
void fuzz_fill(u8 *mem, unsigned int bytes, u32 id)
{
	fuzz_fill_from(mem, bytes, id, 0);
}

/* Is it what an MD has from a place on? */
bool fuzz_filled(const u8 *mem, unsigned int bytes, u32 id, unsigned int from)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		if (mem[i] != payload_byte(id, from + i))
			return false;
	return true;
}

/* The header data of a PUT; FUZZ_HDR_*() take it apart. */
u64 fuzz_hdr_data(const struct fuzz_by *by, u32 id, bool ack,
		  unsigned int offset)
{
	return (u64)id << 32 | (u64)(offset & 0xfffff) << 12 |
	       (u64)(by->depth & 7) << 9 | (u64)ack << 8 | 0x5a;
}
