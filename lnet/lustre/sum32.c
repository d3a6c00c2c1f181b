// SPDX-License-Identifier: GPL-2.0
/*
 * Checksums of 32 bits, as algorithms of the kernel's crypto API: adler32, which the kernel does
 * not have there; and CRC-32 and CRC-32C under names of ours, for a kernel that is configured
 * without its own. Those are chosen by hash.c, so that no other user of the crypto API gets them,
 * which would keep this module loaded.
 *
 * The key of an algorithm is its seed. Seed and sum are little-endian, as of the kernel's own.
 */
#include "lustre/sum32.h"

#include "compat.h"

#include <crypto/internal/hash.h>

#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/zutil.h>

enum { PRIORITY = 50 };		/* below that of the kernel's own */

/* Tests compare ours with the kernel's, so they are there in any case. */
#ifdef LNET_KUNIT
enum { COMPARED = 1 };
#else
enum { COMPARED = 0 };
#endif

static u32 *sum_state(struct shash_desc *desc)
{
	return shash_desc_ctx(desc);
}

static int sum_setkey(struct crypto_shash *tfm, const u8 *key, unsigned int keylen)
{
	__le32 seed;

	if (keylen != sizeof(seed))
		return -EINVAL;
	memcpy(&seed, key, sizeof(seed));
	*(u32 *)crypto_shash_ctx(tfm) = le32_to_cpu(seed);
	return 0;
}

static int sum_init(struct shash_desc *desc)
{
	*sum_state(desc) = *(u32 *)crypto_shash_ctx(desc->tfm);
	return 0;
}

static int sum_give(u32 sum, u8 *out)
{
	__le32 value = cpu_to_le32(sum);

	memcpy(out, &value, sizeof(value));
	return 0;
}

static int sum_final(struct shash_desc *desc, u8 *out)
{
	return sum_give(*sum_state(desc), out);
}

static int adler32_init_tfm(struct crypto_shash *tfm)
{
	*(u32 *)crypto_shash_ctx(tfm) = 1;
	return 0;
}

static int adler32_update(struct shash_desc *desc, const u8 *data, unsigned int len)
{
	/* With a NULL, which no data may be, it would begin anew. */
	if (len)
		*sum_state(desc) = zlib_adler32(*sum_state(desc), data, len);
	return 0;
}

#if IS_REACHABLE(CONFIG_CRC32)
static int crc32_update(struct shash_desc *desc, const u8 *data, unsigned int len)
{
	*sum_state(desc) = crc32_le(*sum_state(desc), data, len);
	return 0;
}

static int crc32c_init_tfm(struct crypto_shash *tfm)
{
	*(u32 *)crypto_shash_ctx(tfm) = ~0;
	return 0;
}

static int crc32c_update(struct shash_desc *desc, const u8 *data, unsigned int len)
{
	*sum_state(desc) = lnet_crc32c(*sum_state(desc), data, len);
	return 0;
}

/* The kernel inverts this one, and not CRC-32. */
static int crc32c_final(struct shash_desc *desc, u8 *out)
{
	return sum_give(~*sum_state(desc), out);
}
#endif

#define SUM32(alg_name, alg_driver)				\
	.setkey = sum_setkey,					\
	.init = sum_init,					\
	.descsize = sizeof(u32),				\
	.digestsize = sizeof(u32),				\
	.base = {						\
		.cra_name = alg_name,				\
		.cra_driver_name = alg_driver,			\
		.cra_priority = PRIORITY,			\
		.cra_flags = CRYPTO_ALG_OPTIONAL_KEY,		\
		.cra_blocksize = 1,				\
		.cra_ctxsize = sizeof(u32),			\
		.cra_module = THIS_MODULE,			\
	}

static struct shash_alg sums[] = {
	{
		.init_tfm = adler32_init_tfm,
		.update = adler32_update,
		.final = sum_final,
		SUM32("adler32", "adler32-lnet"),
	},
#if IS_REACHABLE(CONFIG_CRC32)
	{
		/* The seed is 0 unless it is set, as in the kernel's own. */
		.update = crc32_update,
		.final = sum_final,
		SUM32(LNET_SUM32_CRC32, "lnet-crc32-lib"),
	},
	{
		.init_tfm = crc32c_init_tfm,
		.update = crc32c_update,
		.final = crc32c_final,
		SUM32(LNET_SUM32_CRC32C, "lnet-crc32c-lib"),
	},
#endif
};

/* The kernel's own, if it has them. */
static const char *const kernels[] = { NULL, "crc32", "crc32c" };

static bool registered[ARRAY_SIZE(sums)];

static bool sum_is_needed(unsigned int i)
{
	return COMPARED || !kernels[i] || !crypto_has_shash(kernels[i], 0, 0);
}

/**
 * lnet_sum32_init() - register the algorithms that the kernel does not have
 *
 * An adler32 that another module has registered is left as it is.
 *
 * Context: task; may sleep; as the module is loaded.
 * Return: 0; or what the crypto API refuses one with.
 */
int __init lnet_sum32_init(void)
{
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		if (!sum_is_needed(i))
			continue;
		rc = crypto_register_shash(&sums[i]);
		if (rc && rc != -EEXIST) {
			lnet_sum32_exit();
			return rc;
		}
		registered[i] = !rc;
	}
	return 0;
}

/**
 * lnet_sum32_exit() - unregister the algorithms
 *
 * A checksum that is not finished holds a reference of this module, so there is none.
 *
 * Context: task; may sleep.
 */
void lnet_sum32_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		if (registered[i])
			crypto_unregister_shash(&sums[i]);
		registered[i] = false;
	}
}
