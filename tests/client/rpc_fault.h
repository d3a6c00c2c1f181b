/* SPDX-License-Identifier: GPL-2.0 */
/* Faults made on request, so that a test sees them found and repaired. */
#ifndef _RPC_FAULT_H
#define _RPC_FAULT_H

#include <linux/atomic.h>
#include <linux/random.h>

/* Is this one of every @every? @every is a parameter; 0 means never. */
static inline bool rpc_fault_due(atomic_t *count, const unsigned int *every)
{
	unsigned int n = READ_ONCE(*every);

	return n && (unsigned int)atomic_inc_return(count) % n == 0;
}

/* Flip a bit, as a hostile peer might. */
static inline void rpc_fault_garble(void *message, unsigned int bytes)
{
	unsigned int bit = get_random_u32() % (bytes * 8);

	((u8 *)message)[bit / 8] ^= 1 << (bit % 8);
}

#endif /* _RPC_FAULT_H */
