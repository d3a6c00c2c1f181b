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

/* Their numbers stay for a while. */
static void drop_nids(const struct lnet_ping_info *info)
{
	u32 i;

	for (i = 0; i < info->nr; i++)
		lnet_nid_put(info->ni[i].nid);
}

/* In memory of its own, so that KASAN sees a read past it. */
static int read_copy(struct lnet_ping_info *info, const void *buf, size_t bytes)
{
	void *copy = kmemdup(buf, bytes, GFP_KERNEL);
	int rc;

	if (!copy)
		return -ENOMEM;
	rc = lnet_ping_info_read(info, copy, bytes);
	kfree(copy);
	drop_nids(info);
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
}

/* Of Lustre 2.17.57: what nodes answer that have such NIDs, in this order. */
static const struct {
	const char *nids[4];
	u32 features, primary;
	unsigned int bytes;
	u8 answer[112];
} larges[] = {
	{ { "2001:db8::2@tcp" }, 0x7e, 1, 56, {
		0x67, 0x6e, 0x69, 0x70, 0x7e, 0, 0, 0, 0x39, 0x30, 0, 0, 1, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 0x38, 0, 0, 0,
		0xde, 0xc0, 0xaa, 0x15, 0x0c, 2, 0, 0,
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 } },
	{ { "10.0.0.2@tcp", "2001:db8::2@tcp" }, 0x3e, 1, 72, {
		0x67, 0x6e, 0x69, 0x70, 0x3e, 0, 0, 0, 0x39, 0x30, 0, 0, 2, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 9, 0, 2, 0, 0, 0, 0x48, 0, 0, 0,
		2, 0, 0, 0x0a, 0, 0, 2, 0, 0xde, 0xc0, 0xaa, 0x15, 0, 0, 0, 0,
		0xde, 0xc0, 0xaa, 0x15, 0x0c, 2, 0, 0,
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 } },
	{ { "10.0.0.1@tcp", "2001:db8::1@tcp", "10.0.1.1@tcp1", "2001:db8:1::1@tcp1" },
	  0x3e, 1, 112, {
		0x67, 0x6e, 0x69, 0x70, 0x3e, 0, 0, 0, 0x39, 0x30, 0, 0, 3, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 9, 0, 4, 0, 0, 0, 0x70, 0, 0, 0,
		1, 0, 0, 0x0a, 0, 0, 2, 0, 0xde, 0xc0, 0xaa, 0x15, 0, 0, 0, 0,
		1, 1, 0, 0x0a, 1, 0, 2, 0, 0xde, 0xc0, 0xaa, 0x15, 0, 0, 0, 0,
		0xde, 0xc0, 0xaa, 0x15, 0x0c, 2, 0, 0,
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xde, 0xc0, 0xaa, 0x15, 0x0c, 2, 0, 1,
		0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
};

/* Where each NID is that a node has: those with short addresses stand first. */
static unsigned int place_of(struct kunit *test, const struct lnet_ping_info *info,
			     const char *text)
{
	char name[LNET_NIDSTR_SIZE];
	unsigned int i;

	for (i = 0; i < info->nr; i++)
		if (!strcmp(libcfs_nid2str_r(info->ni[i].nid, name, sizeof(name)), text))
			return i;
	KUNIT_FAIL_AND_ABORT(test, "%s is missing", text);
	return 0;
}

static void pinginfo_of_large_nids_is_read_and_written(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	struct lnet_ping_wire *wire = lt_vmalloc(test, 112);
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(larges); i++) {
		n = larges[i].bytes;
		KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, larges[i].answer, n), 0);
		KUNIT_EXPECT_EQ(test, info->features, larges[i].features);
		KUNIT_EXPECT_TRUE(test, info->whole);
		for (j = 0; j < 4 && larges[i].nids[j]; j++)
			KUNIT_EXPECT_EQ(test, info->ni[place_of(test, info, larges[i].nids[j])]
					.status, LNET_NI_STATUS_UP);
		KUNIT_EXPECT_EQ(test, info->nr, j + 1);
		KUNIT_EXPECT_EQ(test, info->said, j + 1);
		KUNIT_EXPECT_EQ(test, info->primary, place_of(test, info, larges[i].nids[0]));
		KUNIT_ASSERT_EQ(test, lnet_ping_info_length(info), n);
		info->features = 0x1e;
		lnet_ping_info_write(wire, info);
		KUNIT_EXPECT_MEMEQ(test, (u8 *)wire, larges[i].answer, n);
		drop_nids(info);
	}
}

/* The last of those vectors, cut, with nothing of the next byte. */
static void pinginfo_of_large_nids_may_be_cut(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	unsigned int bytes;

	for (bytes = 32; bytes <= 112; bytes++) {
		KUNIT_EXPECT_EQ_MSG(test, read_copy(info, larges[2].answer, bytes), 0,
				    "%u bytes", bytes);
		KUNIT_EXPECT_EQ_MSG(test, info->nr, bytes < 64 ? bytes / 16 - 1 :
				    3 + (bytes - 64) / 24, "%u bytes", bytes);
		KUNIT_EXPECT_EQ_MSG(test, info->whole, bytes == 112, "%u bytes", bytes);
		KUNIT_EXPECT_EQ_MSG(test, info->primary, bytes < 48 ? 0 : 1, "%u bytes", bytes);
	}
}

static const struct {
	/* input: one byte of the second of those vectors, by its offset */
	unsigned int offset;
	u8 byte;
	/* output as expected; @nr if @rc is 0 */
	int rc;
	unsigned int nr;
	const char *why;
} large_answers[] = {
	{ 4, 0x3e, 0, 3, "as it is" },
	{ 4, 0x1e, 0, 2, "it does not say that it has large ones" },
	{ 4, 0x5e, 0, 2, "nor then can the first of them be the primary one" },
	{ 28, 0, -EPROTO, 0, "no length" },
	{ 28, 44, -EPROTO, 0, "shorter than the short ones" },
	{ 28, 48, 0, 2, "as long as the short ones" },
	{ 28, 71, -EPROTO, 0, "an odd length" },
	{ 28, 68, 0, 2, "a cut entry, which the length cuts" },
	{ 28, 96, 0, 3, "longer than what came" },
	{ 30, 2, -EPROTO, 0, "longer than all that there may be" },
	{ 52, 1, -EPROTO, 0, "an address of 5 bytes" },
	{ 52, 13, -EPROTO, 0, "one of 17" },
	{ 52, 255, -EPROTO, 0, "one of 259" },
	{ 53, 255, -EPROTO, 0, "any" },
	{ 53, 9, 0, 3, "the loopback's type" },
	{ 52, 0, 0, 4, "two short ones" },
};

static void pinginfo_odd_large_nids_are_told_from_wrong_ones(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	u8 copy[72] __aligned(8);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(large_answers); i++) {
		const typeof(large_answers[0]) *a = &large_answers[i];

		memcpy(copy, larges[1].answer, sizeof(copy));
		copy[a->offset] = a->byte;
		KUNIT_EXPECT_EQ_MSG(test, read_copy(info, copy, sizeof(copy)), a->rc, "%s",
				    a->why);
		if (!a->rc)
			KUNIT_EXPECT_EQ_MSG(test, info->nr, a->nr, "%s", a->why);
	}
}

/* The number of a large NID is ours alone: a peer that sends one means nothing by it. */
static void pinginfo_with_our_number_of_a_large_nid_is_refused(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	u8 copy[VECTOR_BYTES] __aligned(8);

	memcpy(copy, vector, sizeof(copy));
	copy[39] = 1;
	KUNIT_EXPECT_EQ(test, read_copy(info, copy, sizeof(copy)), -EPROTO);
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
		swab32s(&wire->ni[i].bytes);
	}
}

static void pinginfo_of_the_other_byte_order_is_read(struct kunit *test)
{
	struct lnet_ping_info *info = new_info(test);
	u8 *copy = kunit_kmalloc(test, VECTOR_BYTES + 1, GFP_KERNEL);
	u8 large[72] __aligned(8);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, vector, VECTOR_BYTES);
	swap_answer(copy, 2);
	KUNIT_ASSERT_EQ(test, read_copy(info, copy, VECTOR_BYTES), 0);
	expect_vector(test, info);
	/* The large ones keep their order, but for the status. */
	memcpy(large, larges[1].answer, sizeof(large));
	swap_answer(large, 2);
	swab32s((u32 *)&large[48]);
	KUNIT_ASSERT_EQ(test, lnet_ping_info_read(info, large, sizeof(large)), 0);
	KUNIT_ASSERT_EQ(test, info->nr, 3);
	KUNIT_EXPECT_EQ(test, place_of(test, info, "2001:db8::2@tcp"), 2);
	KUNIT_EXPECT_EQ(test, info->ni[2].status, LNET_NI_STATUS_UP);
	drop_nids(info);
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
	{ 4, ~0x60U, 0, "all there will ever be but large NIDs" },
	{ 4, ~0U, -EPROTO, "large NIDs, and no length" },
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
		if (i % 2)
			memcpy(copy, vector, min_t(size_t, bytes, VECTOR_BYTES));
		else
			memcpy(copy, larges[2].answer, bytes);
		n = bytes ? prandom_u32_state(&rnd) % 4 : 0;
		for (j = 0; j < n; j++)
			copy[prandom_u32_state(&rnd) % bytes] =
				prandom_u32_state(&rnd);
		rc = lnet_ping_info_read(info, copy, bytes);
		if (!rc) {
			good++;
			KUNIT_EXPECT_GE(test, info->nr, 1);
			KUNIT_EXPECT_LE(test, info->nr, info->said);
			KUNIT_EXPECT_LE(test, info->nr, bytes / 12);
			KUNIT_EXPECT_LE(test, info->primary, info->nr - 1);
			KUNIT_EXPECT_EQ(test, info->ni[0].nid, LNET_NID_LO_0);
			drop_nids(info);
		} else {
			KUNIT_EXPECT_EQ(test, rc, -EPROTO);
			drop_nids(info);
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
	KUNIT_CASE(pinginfo_of_large_nids_is_read_and_written),
	KUNIT_CASE(pinginfo_of_large_nids_may_be_cut),
	KUNIT_CASE(pinginfo_odd_large_nids_are_told_from_wrong_ones),
	KUNIT_CASE(pinginfo_with_our_number_of_a_large_nid_is_refused),
	KUNIT_CASE(pinginfo_of_many_nis_is_read_up_to_the_bound),
	KUNIT_CASE_SLOW(pinginfo_random_answers_are_read_or_refused),
	{}
};

LT_SUITE(lnet_pinginfo);

MODULE_DESCRIPTION("KUnit suite of lnet: the answer to a ping");
MODULE_LICENSE("GPL");
