// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to a ping, as bytes: the answer of a real peer, and answers that no peer
 * should give.
 */
#include "ping_answer.h"
#include "sock_vectors.h"

#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/swab.h>

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random answers; 0: a new one (default 0)");

static unsigned int rounds = 200000 / LT_SLOW;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Number of random answers (default 200000, fewer in a debug kernel)");

/* In memory of its own, so that KASAN sees a read past it. */
static int read_copy(struct lnet_ping_info *info, const void *buf, size_t bytes)
{
	void *copy = kmemdup(buf, bytes, GFP_KERNEL);
	int rc;

	if (!copy)
		return -ENOMEM;
	rc = lnet_ping_info_read(info, copy, bytes);
	kfree(copy);
	return rc;
}

static void pinginfo_of_a_real_peer_is_read_and_written(struct kunit *test)
{
	struct lnet_ping_wire *wire = kunit_kzalloc(test, VECTOR_BYTES,
						    GFP_KERNEL);
	struct lnet_ping_info *info = new_info(test);

	KUNIT_ASSERT_NOT_NULL(test, wire);
	KUNIT_ASSERT_EQ(test, read_copy(info, vector, VECTOR_BYTES), 0);
	expect_vector(test, info);
	lnet_ping_info_write(wire, info);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)wire, vector, VECTOR_BYTES);
	/* Over itself, too. */
	lnet_ping_info_write(wire, info);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)wire, vector, VECTOR_BYTES);
}

static void pinginfo_in_messages_of_a_real_peer_is_the_same(struct kunit *test)
{
	unsigned int i, found = 0;

	for (i = 0; i < ARRAY_SIZE(message_vectors); i++) {
		const struct sock_vector *v = &message_vectors[i];

		if (strcmp(v->name, "put-ack-push") && strcmp(v->name, "reply"))
			continue;
		found++;
		KUNIT_ASSERT_EQ(test, v->n, 96 + VECTOR_BYTES);
		KUNIT_EXPECT_MEMEQ(test, v->bytes + 96, vector, VECTOR_BYTES);
	}
	KUNIT_EXPECT_EQ(test, found, 2);
}

static void swap_answer(void *buf, unsigned int nnis)
{
	struct lnet_ping_wire *wire = buf;
	unsigned int i;

	swab32s(&wire->magic);
	swab32s(&wire->features);
	swab32s(&wire->pid);
	swab32s(&wire->nnis);
	for (i = 0; i < nnis; i++) {
		swab64s(&wire->ni[i].nid);
		swab32s(&wire->ni[i].status);
		swab32s(&wire->ni[i].unused);
	}
}

static void pinginfo_of_the_other_byte_order_is_read(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	u8 *copy = kunit_kmalloc(test, VECTOR_BYTES + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, vector, VECTOR_BYTES);
	swap_answer(copy, 2);
	KUNIT_ASSERT_EQ(test, read_copy(info, copy, VECTOR_BYTES), 0);
	expect_vector(test, info);
	/* And at an odd address. */
	memmove(copy + 1, copy, VECTOR_BYTES);
	memset(info, 0, sizeof(*info));
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, copy + 1,
						  VECTOR_BYTES), 0);
	expect_vector(test, info);
}

static void pinginfo_cut_short_is_read_as_far_as_it_goes(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	unsigned int bytes;

	for (bytes = 0; bytes <= VECTOR_BYTES; bytes++) {
		int rc = read_copy(info, vector, bytes);

		KUNIT_EXPECT_EQ_MSG(test, rc, bytes < 32 ? -EPROTO : 0,
				    "%u bytes", bytes);
		if (rc)
			continue;
		KUNIT_EXPECT_EQ(test, info->said, 2);
		KUNIT_EXPECT_EQ_MSG(test, info->nr, bytes < 48 ? 1 : 2,
				    "%u bytes", bytes);
	}
}

static const struct {
	/* input: one word of the vector, by its offset, and what becomes of it */
	unsigned int offset;
	u32 word;
	/* output as expected */
	int rc;
	const char *why;
} answers[] = {
	{ 0, LNET_PING_MAGIC, 0, "as it is" },
	{ 0, 0, -EPROTO, "no magic" },
	{ 0, LNET_PING_MAGIC ^ 1, -EPROTO, "another magic" },
	{ 0, 0x45726963, -EPROTO, "the magic of a HELLO" },
	{ 0, 0x67706e69, -EPROTO, "halves exchanged" },
	{ 4, 0, -EPROTO, "no features" },
	{ 4, 0x1c, -EPROTO, "no status" },
	{ 4, 2, 0, "only status" },
	{ 4, 6, 0, "a peer with one NID" },
	{ 4, ~0U, 0, "all there will ever be" },
	{ 8, 0, 0, "pid 0" },
	{ 8, ~0U, 0, "any pid" },
	{ 12, 0, -EPROTO, "no NIs" },
	{ 12, 1, 0, "the loopback only" },
	{ 12, 3, 0, "more NIs than there are bytes" },
	{ 12, 201, 0, "more than we look at" },
	{ 12, LNET_PING_SAID_MAX, 0, "as many as there may be" },
	{ 12, LNET_PING_SAID_MAX + 1, -EPROTO, "one more" },
	{ 12, 0x80000000, -EPROTO, "very many" },
	{ 12, ~0U, -EPROTO, "as many as can be said" },
	{ 16, 1, -EPROTO, "1@lo" },
	{ 20, 0x00020000, -EPROTO, "0.0.0.0@tcp first" },
	{ 24, 0, 0, "the loopback has no status" },
	{ 28, ~0U, 0, "something unused" },
	{ 40, 0, 0, "an NI has no status" },
	{ 40, LNET_NI_STATUS_DOWN, 0, "an NI is down" },
};

static void pinginfo_odd_answers_are_told_from_wrong_ones(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	unsigned int i, swap;
	u8 copy[VECTOR_BYTES] __aligned(8);

	for (i = 0; i < 2 * ARRAY_SIZE(answers); i++) {
		const typeof(answers[0]) *a = &answers[i / 2];

		swap = i % 2;
		memcpy(copy, vector, VECTOR_BYTES);
		memcpy(copy + a->offset, &a->word, sizeof(a->word));
		if (swap)
			swap_answer(copy, 2);
		KUNIT_EXPECT_EQ_MSG(test, read_copy(info, copy, sizeof(copy)),
				    a->rc, "%s%s", a->why,
				    swap ? ", swapped" : "");
	}
}

static void pinginfo_of_many_nis_is_read_up_to_the_bound(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lnet_ping_wire *wire = lt_vmalloc(test, LNET_PING_BYTES(300));
	unsigned int i;

	memcpy(wire, vector, VECTOR_BYTES);
	wire->nnis = 300;
	for (i = 2; i < 300; i++)
		wire->ni[i].nid = NID_VECTOR + i;
	KUNIT_EXPECT_EQ(test, lnet_ping_info_read(info, wire,
						  LNET_PING_BYTES(300)), 0);
	KUNIT_EXPECT_EQ(test, info->said, 300);
	KUNIT_EXPECT_EQ(test, info->nr, LNET_PING_NIS_MAX);
	KUNIT_EXPECT_EQ(test, info->ni[199].nid, NID_VECTOR + 199);
	/* Bytes behind the last NI do not count. */
	wire->nnis = 150;
	KUNIT_EXPECT_EQ(test, lnet_ping_info_read(info, wire,
						  LNET_PING_BYTES(300)), 0);
	KUNIT_EXPECT_EQ(test, info->nr, 150);
}

/* A good answer with a few bytes or bits of it changed, cut anywhere. */
static void pinginfo_random_answers_are_read_or_refused(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	unsigned int i, j, n, bytes, good = 0;
	struct rnd_state rnd;
	u8 *copy;
	int rc;

	if (!seed)
		seed = get_random_u32();
	kunit_info(test, "seed=%lu rounds=%u", seed, rounds);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < rounds; i++) {
		bytes = prandom_u32_state(&rnd) % 100;
		copy = kmalloc(bytes, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		prandom_bytes_state(&rnd, copy, bytes);
		memcpy(copy, vector, min_t(size_t, bytes, VECTOR_BYTES));
		n = bytes ? prandom_u32_state(&rnd) % 4 : 0;
		for (j = 0; j < n; j++)
			copy[prandom_u32_state(&rnd) % bytes] =
				prandom_u32_state(&rnd);
		rc = lnet_ping_info_read(info, copy, bytes);
		if (!rc) {
			good++;
			KUNIT_EXPECT_GE(test, info->nr, 1);
			KUNIT_EXPECT_LE(test, info->nr, info->said);
			KUNIT_EXPECT_LE(test, LNET_PING_BYTES(info->nr), bytes);
			KUNIT_EXPECT_EQ(test, info->ni[0].nid, LNET_NID_LO_0);
		} else {
			KUNIT_EXPECT_EQ(test, rc, -EPROTO);
		}
		kfree(copy);
		if (!(i % 256))
			cond_resched();
	}
	kunit_info(test, "%u good", good);
	KUNIT_EXPECT_GT(test, good, 0);
}

static struct kunit_case lnet_pinginfo_cases[] = {
	KUNIT_CASE(pinginfo_of_a_real_peer_is_read_and_written),
	KUNIT_CASE(pinginfo_in_messages_of_a_real_peer_is_the_same),
	KUNIT_CASE(pinginfo_of_the_other_byte_order_is_read),
	KUNIT_CASE(pinginfo_cut_short_is_read_as_far_as_it_goes),
	KUNIT_CASE(pinginfo_odd_answers_are_told_from_wrong_ones),
	KUNIT_CASE(pinginfo_of_many_nis_is_read_up_to_the_bound),
	KUNIT_CASE_SLOW(pinginfo_random_answers_are_read_or_refused),
	{}
};

LT_SUITE(lnet_pinginfo);

MODULE_DESCRIPTION("KUnit suite of lnet: the answer to a ping");
MODULE_LICENSE("GPL");
