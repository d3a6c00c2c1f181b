/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of a connection: whether bytes move, as its worker notes and housekeeping
 * judges.
 */
#ifndef _LNET_SOCKLND_WAY_H
#define _LNET_SOCKLND_WAY_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/types.h>

#include <asm/barrier.h>

/**
 * struct ksock_way - one direction of a connection, as housekeeping judges it
 *
 * W: written by the connection's worker only; S: under the net's known_mutex
 *
 * @busy: a transfer is under way, or waits to begin; set by ksock_way_begin() after @since
 * @since: when the transfer began or last moved, jiffies
 * @bytes: number of bytes that have moved
 * @mark: when housekeeping last noted @bytes, jiffies
 * @mark_bytes: the value of @bytes at @mark
 */
struct ksock_way {
	bool busy;			/* smp_load_acquire()/smp_store_release() */
	unsigned long since;		/* READ_ONCE/WRITE_ONCE */
	u64 bytes;			/* W: READ_ONCE elsewhere */
	unsigned long mark;		/* S: */
	u64 mark_bytes;			/* S: */
};

static inline void ksock_way_begin(struct ksock_way *way)
{
	if (READ_ONCE(way->busy))
		return;
	WRITE_ONCE(way->since, jiffies);
	/* A reader that sees @busy also sees the new @since. */
	smp_store_release(&way->busy, true);
}

static inline void ksock_way_move(struct ksock_way *way, unsigned int bytes)
{
	WRITE_ONCE(way->bytes, way->bytes + bytes);
	WRITE_ONCE(way->since, jiffies);
}

#endif /* _LNET_SOCKLND_WAY_H */
