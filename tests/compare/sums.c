// SPDX-License-Identifier: GPL-2.0
/* Checksums: of each algorithm, with and without a key, at once, in pieces and by page. */
#include "compare.h"

#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/random.h>

enum {
	SUM_ALGS	= 12,		/* more than there are */
	SUM_MAX		= 64,
};

static void sum_digest(unsigned int alg, const u8 *data, unsigned int len, u8 *key,
		       unsigned int key_len)
{
	unsigned int n = SUM_MAX;
	u8 sum[SUM_MAX] = {};
	int rc;

	rc = cfs_crypto_hash_digest(alg, data, len, key, key_len, sum, &n);
	result("digest(%u, %u bytes, key of %u) = %d %u %*phN", alg, len, key_len, rc,
	       rc ? 0 : n, rc ? 1 : (int)n, rc ? (const u8 *)"" : sum);
}

static void sum_pieces(unsigned int alg, struct page *page, const u8 *data)
{
	struct ahash_request *req = cfs_crypto_hash_init(alg, NULL, 0);
	unsigned int n = SUM_MAX;
	u8 sum[SUM_MAX] = {};
	int rc[4];

	if (IS_ERR(req)) {
		result("hash_init(%u) = %ld", alg, PTR_ERR(req));
		return;
	}
	rc[0] = cfs_crypto_hash_update(req, data, 5);
	rc[1] = cfs_crypto_hash_update_page(req, page, 5, 4000);
	rc[2] = cfs_crypto_hash_update(req, data + 4005, 0);
	rc[3] = cfs_crypto_hash_final(req, sum, &n);
	result("pieces(%u) = %d %d %d %d %u %*phN", alg, rc[0], rc[1], rc[2], rc[3], n, (int)n,
	       sum);

	req = cfs_crypto_hash_init(alg, NULL, 0);
	if (IS_ERR(req))
		return;
	n = 1;
	rc[0] = cfs_crypto_hash_final(req, sum, &n);
	result("final(%u) into a byte = %d %u", alg, rc[0], n);
	req = cfs_crypto_hash_init(alg, NULL, 0);
	if (!IS_ERR(req))
		result("final(%u) into nothing = %d", alg, cfs_crypto_hash_final(req, NULL, NULL));
}

int compare_sums(void)
{
	static const unsigned int lengths[] = { 0, 1, 7, 64, 4096 };
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int alg, i;
	u8 *data, key[4] = { 1, 2, 3, 4 };

	if (!page)
		return -ENOMEM;
	data = page_address(page);
	for (i = 0; i < PAGE_SIZE; i++)
		data[i] = i * i >> 3;
	for (alg = 0; alg < SUM_ALGS; alg++) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++)
			sum_digest(alg, data, lengths[i], NULL, 0);
		sum_digest(alg, data, 100, key, sizeof(key));
		sum_pieces(alg, page, data);
		if (alg < CFS_HASH_ALG_MAX)
			result("speed(%u) is %s", alg,
			       cfs_crypto_hash_speed(alg) > 0 ? "positive" : "not positive");
	}
	__free_page(page);
	return 0;
}
