// SPDX-License-Identifier: GPL-2.0
/*
 * Checksums and hashes: the values that others publish for them, in whatever pieces the data
 * comes; errors; speeds.
 */
#include "common.h"
#include "lustre/sum32.h"

#include <lnet/handler.h>

#include <crypto/hash.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/hex.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

enum { DIGEST_MAX = 64 };

/* Published values --------------------------------------------------------------------- */

#define DIGITS	"123456789"
#define FIPS180	"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define JEFE	"what do ya want for nothing?"

/*
 * Those of adler32 are zlib's; of crc32 and crc32c the usual check values, which of crc32 are not
 * inverted, as the kernel has it; RFC 3720, section B.4; of the others RFC 1321, FIPS 180, and of
 * those with a key RFC 2202 and RFC 4231, test case 2.
 */
static const struct hash_row {
	/* input */
	enum cfs_crypto_hash_alg alg;
	const char *key;		/* or NULL */
	const char *text;
	/* output as expected, in hexadecimal */
	const char *digest;
} hash_rows[] = {
	{ CFS_HASH_ALG_ADLER32, NULL, "", "01000000" },
	{ CFS_HASH_ALG_ADLER32, NULL, "abc", "27014d02" },
	{ CFS_HASH_ALG_ADLER32, NULL, DIGITS, "de011e09" },
	{ CFS_HASH_ALG_ADLER32, NULL, "Wikipedia", "9803e611" },
	{ CFS_HASH_ALG_ADLER32, NULL, FIPS180, "f9167480" },
	{ CFS_HASH_ALG_CRC32, NULL, "", "ffffffff" },
	{ CFS_HASH_ALG_CRC32, NULL, "abc", "3dbedbca" },
	{ CFS_HASH_ALG_CRC32, NULL, DIGITS, "d9c60b34" },
	{ CFS_HASH_ALG_CRC32, NULL, FIPS180, "a0c0e5e8" },
	{ CFS_HASH_ALG_CRC32C, NULL, "", "00000000" },
	{ CFS_HASH_ALG_CRC32C, NULL, "abc", "b73f4b36" },
	{ CFS_HASH_ALG_CRC32C, NULL, DIGITS, "839206e3" },
	{ CFS_HASH_ALG_CRC32C, NULL, FIPS180, "f5251307" },
	{ CFS_HASH_ALG_MD5, NULL, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ CFS_HASH_ALG_MD5, NULL, "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ CFS_HASH_ALG_MD5, "Jefe", JEFE, "750c783e6ab0b503eaa86e310a5db738" },
	{ CFS_HASH_ALG_SHA1, NULL, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ CFS_HASH_ALG_SHA1, NULL, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ CFS_HASH_ALG_SHA1, NULL, FIPS180, "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ CFS_HASH_ALG_SHA1, "Jefe", JEFE, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ CFS_HASH_ALG_SHA256, NULL, "",
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ CFS_HASH_ALG_SHA256, NULL, "abc",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ CFS_HASH_ALG_SHA256, NULL, FIPS180,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ CFS_HASH_ALG_SHA256, "Jefe", JEFE,
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ CFS_HASH_ALG_SHA384, NULL, "abc",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
	},
	{ CFS_HASH_ALG_SHA384, NULL, FIPS180,
	  "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b"
	},
	{ CFS_HASH_ALG_SHA384, "Jefe", JEFE,
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
	},
	{ CFS_HASH_ALG_SHA512, NULL, "abc",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
	},
	{ CFS_HASH_ALG_SHA512, NULL, FIPS180,
	  "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"
	},
	{ CFS_HASH_ALG_SHA512, "Jefe", JEFE,
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
	},
};

static void hash_to_desc(const struct hash_row *row, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u %s'%.20s'", row->alg, row->key ? "key " : "",
		 row->text);
}

KUNIT_ARRAY_PARAM(hash, hash_rows, hash_to_desc);

/*
 * Begin the hash of a row. Kernels can be made without those that are not on the wire: NULL, if
 * this one is, and then the error says so.
 */
static struct ahash_request *row_init(struct kunit *test, const struct hash_row *row)
{
	struct ahash_request *req;

	req = cfs_crypto_hash_init(row->alg, (unsigned char *)row->key,
				   row->key ? strlen(row->key) : 0);
	if (PTR_ERR_OR_ZERO(req) == -ENOENT && row->alg >= CFS_HASH_ALG_MD5) {
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_speed(row->alg), -ENOENT);
		return NULL;
	}
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(req));
	return req;
}

static void row_expect(struct kunit *test, const struct hash_row *row, struct ahash_request *req)
{
	unsigned char hash[DIGEST_MAX + 1] = {}, want[DIGEST_MAX];
	unsigned int len = sizeof(hash), size = strlen(row->digest) / 2;

	KUNIT_ASSERT_EQ(test, hex2bin(want, row->digest, size), 0);
	hash[size] = 0x5a;
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req, hash, &len), 0);
	KUNIT_EXPECT_EQ(test, len, size);
	KUNIT_EXPECT_MEMEQ(test, hash, want, size);
	KUNIT_EXPECT_EQ(test, hash[size], 0x5a);
}

static void hash_is_the_published_one(struct kunit *test)
{
	const struct hash_row *row = test->param_value;
	struct ahash_request *req = row_init(test, row);

	if (!req)
		return;
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(req, row->text, strlen(row->text)), 0);
	row_expect(test, row, req);
}

static void hash_is_the_same_byte_by_byte(struct kunit *test)
{
	const struct hash_row *row = test->param_value;
	struct ahash_request *req = row_init(test, row);
	const char *p;

	if (!req)
		return;
	for (p = row->text; *p; p++) {
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(req, p, 1), 0);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(req, p, 0), 0);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(req, NULL, 0), 0);
	}
	row_expect(test, row, req);
}

static void hash_is_the_same_by_page(struct kunit *test)
{
	const struct hash_row *row = test->param_value;
	struct ahash_request *req = row_init(test, row);
	unsigned int len = strlen(row->text), half = len / 2;
	struct page *page;

	if (!req)
		return;
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	/* It begins, and it ends, at an odd place. */
	memcpy(page_address(page) + 77, row->text, half);
	memcpy(page_address(page) + PAGE_SIZE - (len - half), row->text + half, len - half);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update_page(req, page, 77, half), 0);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update_page(req, page, PAGE_SIZE - (len - half),
							  len - half), 0);
	row_expect(test, row, req);
	__free_page(page);
}

static void hash_is_the_same_at_once(struct kunit *test)
{
	const struct hash_row *row = test->param_value;
	unsigned char hash[DIGEST_MAX], want[DIGEST_MAX], *key = (unsigned char *)row->key;
	unsigned int size = strlen(row->digest) / 2, len = size;
	unsigned int key_len = key ? strlen(row->key) : 0;
	struct ahash_request *req = row_init(test, row);

	if (!req)
		return;
	cfs_crypto_hash_final(req, NULL, NULL);
	KUNIT_ASSERT_EQ(test, hex2bin(want, row->digest, size), 0);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(row->alg, row->text, strlen(row->text), key,
						     key_len, hash, &len), 0);
	KUNIT_EXPECT_EQ(test, len, size);
	KUNIT_EXPECT_MEMEQ(test, hash, want, size);

	len = size - 1;
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(row->alg, row->text, strlen(row->text), key,
						     key_len, hash, &len), -ENOSPC);
	KUNIT_EXPECT_EQ(test, len, size);
}

/* Large data ----------------------------------------------------------------------------- */

static const enum cfs_crypto_hash_alg wire_algs[] = {
	CFS_HASH_ALG_ADLER32, CFS_HASH_ALG_CRC32, CFS_HASH_ALG_CRC32C,
};

static u32 sum_of(struct kunit *test, enum cfs_crypto_hash_alg alg, const void *buf,
		  unsigned int bytes)
{
	unsigned int len = sizeof(__le32);
	__le32 sum = 0;

	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(alg, buf, bytes, NULL, 0,
						     (unsigned char *)&sum, &len), 0);
	return le32_to_cpu(sum);
}

/* Sums in adler32 must be reduced before they overflow; this is the worst for them. */
static void hash_of_a_million_0xff_is_zlibs(struct kunit *test)
{
	u8 *buf = lt_vmalloc(test, 1000000);

	memset(buf, 0xff, 1000000);
	KUNIT_EXPECT_EQ(test, sum_of(test, CFS_HASH_ALG_ADLER32, buf, 1000000), 0x3843e1be);
	KUNIT_EXPECT_EQ(test, sum_of(test, CFS_HASH_ALG_CRC32, buf, 1000000), 0xec0425f2);
}

static void hash_of_a_mib_is_the_same_in_odd_pieces(struct kunit *test)
{
	u8 *buf = lt_vmalloc(test, SZ_1M);
	struct ahash_request *req;
	unsigned int i, at, part, len;
	struct rnd_state rnd;
	__le32 sum;

	prandom_seed_state(&rnd, 1);
	prandom_bytes_state(&rnd, buf, SZ_1M);
	for (i = 0; i < ARRAY_SIZE(wire_algs); i++) {
		req = cfs_crypto_hash_init(wire_algs[i], NULL, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(req));
		for (at = 0; at < SZ_1M; at += part) {
			part = min_t(u32, prandom_u32_state(&rnd) % 20000, SZ_1M - at);
			KUNIT_ASSERT_EQ(test, cfs_crypto_hash_update(req, buf + at, part), 0);
		}
		len = sizeof(sum);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req, (u8 *)&sum, &len), 0);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(sum),
				sum_of(test, wire_algs[i], buf, SZ_1M));
	}
}

static void hash_by_page_goes_on_in_the_next_page(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	unsigned int i, len, bytes = 2 * PAGE_SIZE + 100, offset = PAGE_SIZE - 50;
	struct ahash_request *req;
	u8 *buf;
	__le32 sum;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	buf = page_address(pages);
	lt_fill(buf, 4 * PAGE_SIZE, 3);
	for (i = 0; i < 2; i++, offset += 75) {
		req = cfs_crypto_hash_init(CFS_HASH_ALG_CRC32, NULL, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(req));
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update_page(req, pages, offset, bytes), 0);
		len = sizeof(sum);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req, (u8 *)&sum, &len), 0);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(sum),
				sum_of(test, CFS_HASH_ALG_CRC32, buf + offset, bytes));
	}
	__free_pages(pages, 2);
}

/* The algorithms that we bring, for kernels without them ----------------------------------- */

static void expect_same_sum(struct kunit *test, const char *one, const char *other, u32 seed)
{
	struct crypto_shash *tfm[] = {
		crypto_alloc_shash(one, 0, 0), crypto_alloc_shash(other, 0, 0),
	};
	u8 buf[100], sum[2][4] = {};
	__le32 key = cpu_to_le32(seed);
	unsigned int i;

	lt_fill(buf, sizeof(buf), seed);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tfm[i]), "%s", i ? other : one);
		KUNIT_EXPECT_EQ(test, crypto_shash_digestsize(tfm[i]), 4);
		if (seed)
			KUNIT_EXPECT_EQ(test, crypto_shash_setkey(tfm[i], (u8 *)&key, 4), 0);
		KUNIT_EXPECT_EQ(test, crypto_shash_setkey(tfm[i], (u8 *)&key, 3), -EINVAL);
		KUNIT_EXPECT_EQ(test, crypto_shash_tfm_digest(tfm[i], buf, sizeof(buf), sum[i]), 0);
	}
	KUNIT_EXPECT_MEMEQ_MSG(test, sum[0], sum[1], 4, "%s, %s, seed %#x", one, other, seed);
	crypto_free_shash(tfm[0]);
	crypto_free_shash(tfm[1]);
}

static void hash_of_ours_is_the_kernels(struct kunit *test)
{
	static const u32 seeds[] = { 0, 1, ~0, 0x12345678 };
	unsigned int i;

	if (!crypto_has_shash("crc32", 0, 0) || !crypto_has_shash("crc32c", 0, 0))
		kunit_skip(test, "the kernel has none");
	for (i = 0; i < ARRAY_SIZE(seeds); i++) {
		expect_same_sum(test, "crc32", LNET_SUM32_CRC32, seeds[i]);
		expect_same_sum(test, "crc32c", LNET_SUM32_CRC32C, seeds[i]);
	}
}

static void hash_adler32_of_others_begins_with_1(struct kunit *test)
{
	struct crypto_shash *tfm = crypto_alloc_shash("adler32", 0, 0);
	__le32 sum;

	KUNIT_ASSERT_FALSE(test, IS_ERR(tfm));
	KUNIT_EXPECT_EQ(test, crypto_shash_tfm_digest(tfm, DIGITS, 9, (u8 *)&sum), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(sum), 0x091e01de);
	crypto_free_shash(tfm);
}

/* Errors ---------------------------------------------------------------------------------- */

static void hash_wrong_arguments_are_refused(struct kunit *test)
{
	static const int algs[] = { CFS_HASH_ALG_NULL, CFS_HASH_ALG_MAX, CFS_HASH_ALG_UNKNOWN, -1 };
	unsigned char hash[DIGEST_MAX];
	unsigned int i, len = DIGEST_MAX;
	struct ahash_request *req;

	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		req = cfs_crypto_hash_init(algs[i], NULL, 0);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(req), -EINVAL);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(algs[i], hash, 1, NULL, 0, hash, &len),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_speed(algs[i]), -EINVAL);
	}
	req = cfs_crypto_hash_init(CFS_HASH_ALG_CRC32, NULL, 4);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(req), -EINVAL);
	/* There is no HMAC of a checksum. */
	req = cfs_crypto_hash_init(CFS_HASH_ALG_CRC32, hash, 4);
	KUNIT_EXPECT_TRUE(test, IS_ERR(req));
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(CFS_HASH_ALG_CRC32, NULL, 1, NULL, 0, hash,
						     &len), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(CFS_HASH_ALG_CRC32, hash, 1, NULL, 0, hash,
						     NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_digest(CFS_HASH_ALG_CRC32, hash, 1, NULL, 0, NULL,
						     &len), -ENOSPC);
	KUNIT_EXPECT_EQ(test, len, 4);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(NULL, hash, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update_page(NULL, NULL, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(NULL, hash, &len), -EINVAL);
}

/* kmemleak would see a request that is not freed. */
static void hash_final_frees_whatever_comes(struct kunit *test)
{
	unsigned char hash[DIGEST_MAX] = {};
	struct ahash_request *req[4];
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(req); i++) {
		req[i] = cfs_crypto_hash_init(CFS_HASH_ALG_CRC32C, NULL, 0);
		KUNIT_ASSERT_FALSE(test, IS_ERR(req[i]));
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update(req[i], NULL, 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_update_page(req[i], NULL, 0, 1), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req[0], NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req[1], NULL, &len), 0);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req[2], hash, NULL), -EINVAL);
	len = 3;
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req[3], hash, &len), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, len, 4);
	KUNIT_EXPECT_TRUE(test, lt_is_byte(hash, sizeof(hash), 0));
}

static void hash_without_memory_is_refused(struct kunit *test)
{
	struct ahash_request *req = NULL;
	unsigned int n;

	for (n = 1; n < 10; n++) {
		lnet_alloc_fail_nth(n);
		req = cfs_crypto_hash_init(CFS_HASH_ALG_ADLER32, NULL, 0);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(req), -ENOMEM);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, n, 3);
	KUNIT_EXPECT_EQ(test, cfs_crypto_hash_final(req, NULL, NULL), 0);
}

/* Speeds ------------------------------------------------------------------------------------ */

static void hash_speeds_are_there_from_the_start(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wire_algs); i++) {
		KUNIT_EXPECT_GT(test, cfs_crypto_hash_speeds[wire_algs[i]], 1);
		KUNIT_EXPECT_EQ(test, cfs_crypto_hash_speed(wire_algs[i]),
				cfs_crypto_hash_speeds[wire_algs[i]]);
		kunit_info(test, "%u: %d MB/s", wire_algs[i],
			   cfs_crypto_hash_speeds[wire_algs[i]]);
	}
}

static void hash_speed_is_measured_once(struct kunit *test)
{
	int alg, speed;

	for (alg = CFS_HASH_ALG_MD5; alg < CFS_HASH_ALG_MAX; alg++) {
		speed = cfs_crypto_hash_speed(alg);
		KUNIT_EXPECT_NE(test, speed, 0);
		KUNIT_EXPECT_EQ(test, speed, cfs_crypto_hash_speed(alg));
		KUNIT_EXPECT_EQ(test, speed, cfs_crypto_hash_speeds[alg]);
	}
}

/* The client takes the highest, as unsigned: none may be negative, whatever happens. */
static void hash_speed_of_the_wire_is_never_an_error(struct kunit *test)
{
	int alg = CFS_HASH_ALG_CRC32, before = cfs_crypto_hash_speeds[alg];
	unsigned int n;

	for (n = 1; n < 10; n++) {
		cfs_crypto_hash_speeds[alg] = 0;
		lnet_alloc_fail_nth(n);
		KUNIT_EXPECT_GT(test, cfs_crypto_hash_speed(alg), 0);
		KUNIT_EXPECT_GT(test, cfs_crypto_hash_speeds[alg], 0);
		if (!lnet_alloc_failed())
			break;
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, n, 4);
	cfs_crypto_hash_speeds[alg] = before;
}

static struct kunit_case lnet_lustre_hash_cases[] = {
	KUNIT_CASE_PARAM(hash_is_the_published_one, hash_gen_params),
	KUNIT_CASE_PARAM(hash_is_the_same_byte_by_byte, hash_gen_params),
	KUNIT_CASE_PARAM(hash_is_the_same_by_page, hash_gen_params),
	KUNIT_CASE_PARAM(hash_is_the_same_at_once, hash_gen_params),
	KUNIT_CASE(hash_of_a_million_0xff_is_zlibs),
	KUNIT_CASE(hash_of_a_mib_is_the_same_in_odd_pieces),
	KUNIT_CASE(hash_by_page_goes_on_in_the_next_page),
	KUNIT_CASE(hash_of_ours_is_the_kernels),
	KUNIT_CASE(hash_adler32_of_others_begins_with_1),
	KUNIT_CASE(hash_wrong_arguments_are_refused),
	KUNIT_CASE(hash_final_frees_whatever_comes),
	KUNIT_CASE(hash_without_memory_is_refused),
	KUNIT_CASE(hash_speeds_are_there_from_the_start),
	KUNIT_CASE(hash_speed_is_measured_once),
	KUNIT_CASE(hash_speed_of_the_wire_is_never_an_error),
	{}
};

static struct kunit_suite lnet_lustre_hash_suite = {
	.name = "lnet_lustre_hash",
	.test_cases = lnet_lustre_hash_cases,
};

kunit_test_suite(lnet_lustre_hash_suite);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: checksums and hashes");
MODULE_LICENSE("GPL");
