/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers from the network: which process may give them, and how often. See answer.c.
 */
#ifndef _LNET_ANSWER_H
#define _LNET_ANSWER_H

#include <linux/types.h>

#include <lnet/wire.h>

struct lnet_event;
struct lnet_libmd;
struct lnet_msg;

/*
 * The word of a bound MD that says which answers are missing:
 *
 *	number:24  old:16  recent:24
 *
 * number	the number of the last operation that wants an answer
 * recent	bit i: the answer to operation number - i is missing
 * old		how many answers to older operations are missing; all ones: the
 *		count has overflowed and does not change any more
 */
enum {
	LNET_ANSWER_RECENT	= 24,
	LNET_ANSWER_OLD_BITS	= 16,
	LNET_ANSWER_NUMBER_BITS	= 24,
	LNET_ANSWER_GROUP_BITS	= 2,	/* of response.h; only on the wire */

	LNET_ANSWER_OLD_MAX	= (1 << LNET_ANSWER_OLD_BITS) - 1,
	LNET_ANSWER_NUMBER_MASK	= (1 << LNET_ANSWER_NUMBER_BITS) - 1,
};

u64 lnet_answer_expected(u64 word);
bool lnet_answer_taken(u64 *word, u32 number);
u64 lnet_answer_forgotten(u64 word, u32 number);

void lnet_answer_init(void);
void lnet_answer_expect(struct lnet_msg *msg);
void lnet_answer_forget(struct lnet_msg *msg);
struct lnet_libmd *lnet_answer_find(const struct lnet_handle_wire *wmd, u8 type,
				    const struct lnet_event *ev);
bool lnet_answer_take(struct lnet_libmd *md, const struct lnet_handle_wire *wmd);

/* The group of response.h that lnet_answer_expect() was given for the request of an answer. */
static inline u32 lnet_answer_group(const struct lnet_handle_wire *wmd)
{
	return wmd->object_cookie >> LNET_ANSWER_NUMBER_BITS & ((1 << LNET_ANSWER_GROUP_BITS) - 1);
}

#endif /* _LNET_ANSWER_H */
