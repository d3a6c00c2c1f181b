/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers that do not come: which are missing, and the end of MDs that wait too long. See
 * response.c.
 */
#ifndef _LNET_RESPONSE_H
#define _LNET_RESPONSE_H

#include <linux/types.h>

struct lnet_libmd;

/*
 * The group of a request, which its answer brings back. A request of no group is not waited for:
 * its MD does not have LNET_MD_TRACK_RESPONSE.
 */
enum {
	LNET_RESPONSE_NONE	= 0,
	LNET_RESPONSE_FIRST	= 1,
	LNET_RESPONSE_SECOND	= 2,
};

/*
 * The word of a bound MD on its requests that have no answer:
 *
 *	unused:1  elder:1  since:24  second:19  first:19
 *
 * first, second	how many requests of the group have no answer
 * elder	1: the second group is the elder one; 0: the first
 * since	the tick from which on the elder group waits, modulo 2^24
 */
enum {
	LNET_RESPONSE_COUNT_BITS	= 19,
	LNET_RESPONSE_SINCE_BITS	= 24,

	LNET_RESPONSE_COUNT_MAX		= (1 << LNET_RESPONSE_COUNT_BITS) - 1,
	LNET_RESPONSE_AGE_MAX		= (1 << (LNET_RESPONSE_SINCE_BITS - 1)) - 1,
};

u64 lnet_response_asked(u64 word, u32 now, u32 *group);
u64 lnet_response_answered(u64 word, u32 group, u32 now);
bool lnet_response_is_missing(u64 word);
u32 lnet_response_age(u64 word, u32 now);

u32 lnet_response_ask(struct lnet_libmd *md);
void lnet_response_take(struct lnet_libmd *md, u32 group);

/* Called by ni_start.c only. */
void lnet_response_allow(void);
void lnet_response_stop(void);

int lnet_response_init(void);
void lnet_response_exit(void);

#endif /* _LNET_RESPONSE_H */
