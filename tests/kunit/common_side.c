// SPDX-License-Identifier: GPL-2.0
/*
 * The two sides of a message, and messages over the loopback.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/module.h>

/**
 * lt_side() - make one side of a message, without an MD yet
 * @test: the case, which ends if there is no memory
 * @bytes: how much memory it has, bytes; it is zero, and so is one more byte behind it
 *
 * Context: The task of the case; may sleep.
 * Return: the side, until the case is over.
 */
struct lt_side *lt_side(struct kunit *test, unsigned int bytes)
{
	struct lt_side *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->buf = kunit_kzalloc(test, bytes + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->buf);
	s->bytes = bytes;
	s->rec = lt_rec(test);
	s->eqh = lt_eq_alloc(test, 0, lt_record);
	return s;
}
EXPORT_SYMBOL_GPL(lt_side);

static struct lnet_md side_md(const struct lt_side *s, int threshold, unsigned int options)
{
	struct lnet_md md = lt_md(s->buf, s->bytes, threshold, options, s->eqh, s->rec);

	md.max_size = s->max_size;
	return md;
}

/**
 * lt_side_attach() - have a side take messages: an ME for every process, and its MD
 * @test: the case, which ends if that fails
 * @s: the side
 * @match_bits: the bits that the ME takes
 * @threshold: how many operations the MD is good for
 * @options: which operations it takes, and how
 * @unlink: whether it goes when it is used up; the ME stays
 *
 * Context: The task of the case; may sleep.
 */
void lt_side_attach(struct kunit *test, struct lt_side *s, u64 match_bits, int threshold,
		    unsigned int options, enum lnet_unlink unlink)
{
	s->meh = lt_me_any(test, match_bits);
	s->mdh = lt_md_attach(test, s->meh, side_md(s, threshold, options), unlink);
}
EXPORT_SYMBOL_GPL(lt_side_attach);

/**
 * lt_side_bind() - have a side send messages: an MD without an ME
 * @test: the case, which ends if that fails
 * @s: the side
 * @threshold: how many operations the MD is good for
 * @options: the options of the MD
 * @unlink: whether it goes when it is used up
 *
 * Context: The task of the case; may sleep.
 */
void lt_side_bind(struct kunit *test, struct lt_side *s, int threshold, unsigned int options,
		  enum lnet_unlink unlink)
{
	s->mdh = lt_md_bind(test, side_md(s, threshold, options), unlink);
}
EXPORT_SYMBOL_GPL(lt_side_bind);

/**
 * lt_put() - PUT to LT_PORTAL over the loopback
 * @mdh: the MD with the payload
 * @ack: whether the target is asked for an ACK
 * @match_bits: the match bits
 * @offset: the offset at the target, bytes
 * @hdr_data: 64 bits for the target
 *
 * Context: That of LNetPut().
 * Return: what LNetPut() returns.
 */
int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data)
{
	return LNetPut(LNET_NID_ANY, mdh, ack, lt_lo, LT_PORTAL, match_bits,
		       offset, hdr_data);
}
EXPORT_SYMBOL_GPL(lt_put);

/**
 * lt_get() - GET from LT_PORTAL over the loopback
 * @mdh: the MD for the payload
 * @match_bits: the match bits
 * @offset: the offset at the target, bytes
 *
 * Context: That of LNetGet().
 * Return: what LNetGet() returns.
 */
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset)
{
	return LNetGet(LNET_NID_ANY, mdh, lt_lo, LT_PORTAL, match_bits, offset,
		       false);
}
EXPORT_SYMBOL_GPL(lt_get);
