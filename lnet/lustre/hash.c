// SPDX-License-Identifier: GPL-2.0
/*
 * Checksums and hashes of data, by the kernel's crypto API. Both sides of a connection compute
 * them, so all nodes must have the same values.
 *
 * Users have a request as a struct ahash_request, and do not look into it. It is a struct
 * shash_desc: that is always synchronous, and takes data at any address.
 *
 * How fast each algorithm is decides what servers offer and what clients take. A value that is
 * negative would win at the client, which compares as unsigned. So the three that are used on the
 * wire are measured when the module is loaded, and never have one.
 */
#include "lustre/hash.h"
#include "hooks/alloc.h"
#include "lustre/sum32.h"

#include <lnet/handler.h>

#include <crypto/hash.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

enum {
	SPEED_BYTES	= 65536,	/* of data that a speed is measured with */
	SPEED_SLICES	= 5,		/* the fastest counts: others may have been interrupted */
	SPEED_SLICE_NS	= 2 * NSEC_PER_MSEC,
};

struct hash_type {
	const char *name;	/* in the crypto API */
	const char *ours;	/* there, too: if it does not have @name */
	unsigned int size;	/* of the digest, bytes */
	bool seeded;		/* a seed is set: */
	u32 seed;
};

static struct hash_type hash_types[CFS_HASH_ALG_MAX] = {
	[CFS_HASH_ALG_ADLER32] = { .name = "adler32", .size = 4, .seeded = true, .seed = 1 },
	[CFS_HASH_ALG_CRC32] = { .name = "crc32", .size = 4, .seeded = true, .seed = ~0,
				 .ours = LNET_SUM32_CRC32 },
	[CFS_HASH_ALG_CRC32C] = { .name = "crc32c", .size = 4, .seeded = true, .seed = ~0,
				  .ours = LNET_SUM32_CRC32C },
	[CFS_HASH_ALG_MD5] = { .name = "md5", .size = 16 },
	[CFS_HASH_ALG_SHA1] = { .name = "sha1", .size = 20 },
	[CFS_HASH_ALG_SHA256] = { .name = "sha256", .size = 32 },
	[CFS_HASH_ALG_SHA384] = { .name = "sha384", .size = 48 },
	[CFS_HASH_ALG_SHA512] = { .name = "sha512", .size = 64 },
};

/* MB/s; 0: not measured yet; -errno: it cannot be. Each is written once, or twice the same way. */
int cfs_crypto_hash_speeds[CFS_HASH_ALG_MAX];
EXPORT_SYMBOL(cfs_crypto_hash_speeds);

static const struct hash_type *type_find(enum cfs_crypto_hash_alg alg)
{
	if ((unsigned int)alg >= ARRAY_SIZE(hash_types) || !hash_types[alg].name)
		return NULL;
	return &hash_types[alg];
}

static struct shash_desc *desc_of(struct ahash_request *req)
{
	return (struct shash_desc *)req;
}

static void desc_free(struct shash_desc *desc)
{
	crypto_free_shash(desc->tfm);
	kfree_sensitive(desc);
}

static struct crypto_shash *tfm_alloc(const struct hash_type *type, const u8 *key,
				      unsigned int key_len)
{
	__le32 seed = cpu_to_le32(type->seed);
	struct crypto_shash *tfm;
	char name[32];
	int rc = 0;

	if (key_len) {
		snprintf(name, sizeof(name), "hmac(%s)", type->name);
		tfm = lnet_alloc_err(crypto_alloc_shash(name, 0, 0));
	} else {
		tfm = lnet_alloc_err(crypto_alloc_shash(type->name, 0, 0));
	}
	if (IS_ERR(tfm))
		return tfm;
	if (key_len)
		rc = crypto_shash_setkey(tfm, key, key_len);
	else if (type->seeded)
		rc = crypto_shash_setkey(tfm, (u8 *)&seed, sizeof(seed));
	if (rc) {
		crypto_free_shash(tfm);
		return ERR_PTR(rc);
	}
	return tfm;
}

static struct shash_desc *desc_alloc(const struct hash_type *type, const u8 *key,
				     unsigned int key_len)
{
	struct crypto_shash *tfm = tfm_alloc(type, key, key_len);
	struct shash_desc *desc;
	int rc;

	if (IS_ERR(tfm))
		return ERR_CAST(tfm);
	desc = lnet_alloc(kmalloc(sizeof(*desc) + crypto_shash_descsize(tfm), GFP_KERNEL));
	if (!desc) {
		crypto_free_shash(tfm);
		return ERR_PTR(-ENOMEM);
	}
	desc->tfm = tfm;
	rc = crypto_shash_init(desc);
	if (rc) {
		desc_free(desc);
		return ERR_PTR(rc);
	}
	return desc;
}

/**
 * cfs_crypto_hash_init() - begin a hash
 * @alg: the algorithm
 * @key: a key for HMAC, or NULL: none
 * @key_len: of the key, bytes; 0 without one
 *
 * adler32 begins with the seed 1, and crc32 and crc32c with ~0.
 *
 * Context: task; may sleep, but does not wait for a file system.
 * Return: the request, for cfs_crypto_hash_final(); -EINVAL: there is no such algorithm, it takes
 * no key, or @key is NULL and @key_len is not 0; -ENOENT: this kernel does not have it; -ENOMEM;
 * or another error of the crypto API.
 */
struct ahash_request *cfs_crypto_hash_init(enum cfs_crypto_hash_alg alg, unsigned char *key,
					   unsigned int key_len)
{
	const struct hash_type *type = type_find(alg);
	struct shash_desc *desc;
	unsigned int flags;

	if (!type || (key_len && !key))
		return ERR_PTR(-EINVAL);
	/* Clients call while they write back memory. */
	flags = memalloc_nofs_save();
	desc = desc_alloc(type, key, key_len);
	memalloc_nofs_restore(flags);
	return (struct ahash_request *)desc;
}
EXPORT_SYMBOL(cfs_crypto_hash_init);

/**
 * cfs_crypto_hash_update() - add data to a hash
 * @req: the request
 * @buf: the data
 * @len: of the data, bytes
 *
 * Context: task; not for one request twice at a time.
 * Return: 0; -EINVAL: @req is NULL, or @buf is NULL and @len is not 0; or an error of the crypto
 * API.
 */
int cfs_crypto_hash_update(struct ahash_request *req, const void *buf, unsigned int len)
{
	if (!req || (len && !buf))
		return -EINVAL;
	return len ? crypto_shash_update(desc_of(req), buf, len) : 0;
}
EXPORT_SYMBOL(cfs_crypto_hash_update);

/**
 * cfs_crypto_hash_update_page() - add data of a page to a hash
 * @req: the request
 * @page: the page, or the first of several that are one allocation
 * @offset: where the data begins, bytes
 * @len: of the data, bytes
 *
 * Context: task; not for one request twice at a time.
 * Return: 0; -EINVAL: @req or @page is NULL; or an error of the crypto API.
 */
int cfs_crypto_hash_update_page(struct ahash_request *req, struct page *page,
				unsigned int offset, unsigned int len)
{
	unsigned int part;
	char *data;
	int rc = 0;

	if (!req || !page)
		return -EINVAL;
	page += offset >> PAGE_SHIFT;
	offset = offset_in_page(offset);
	for (; len && !rc; len -= part, page++, offset = 0) {
		part = min_t(unsigned int, len, PAGE_SIZE - offset);
		data = kmap_local_page(page);
		rc = crypto_shash_update(desc_of(req), data + offset, part);
		kunmap_local(data);
	}
	return rc;
}
EXPORT_SYMBOL(cfs_crypto_hash_update_page);

/**
 * cfs_crypto_hash_final() - end a hash
 * @req: the request, which is freed, also if the function fails
 * @hash: where the digest is put, or NULL: nowhere
 * @hash_len: in: room at @hash, bytes; out: length of the digest; not used without @hash
 *
 * Context: task.
 * Return: 0; -EINVAL: @req, or @hash_len, is NULL; -EOVERFLOW: there is not so much room; or an
 * error of the crypto API.
 */
int cfs_crypto_hash_final(struct ahash_request *req, unsigned char *hash, unsigned int *hash_len)
{
	unsigned int size;
	int rc;

	if (!req)
		return -EINVAL;
	size = crypto_shash_digestsize(desc_of(req)->tfm);
	if (!hash) {
		rc = 0;
	} else if (!hash_len) {
		rc = -EINVAL;
	} else {
		rc = *hash_len < size ? -EOVERFLOW : crypto_shash_final(desc_of(req), hash);
		*hash_len = size;
	}
	desc_free(desc_of(req));
	return rc;
}
EXPORT_SYMBOL(cfs_crypto_hash_final);

/**
 * cfs_crypto_hash_digest() - hash a buffer
 * @alg: the algorithm
 * @buf: the data
 * @len: of the data, bytes
 * @key: a key for HMAC, or NULL: none
 * @key_len: of the key, bytes; 0 without one
 * @hash: where the digest is put
 * @hash_len: in: room at @hash, bytes; out: length of the digest
 *
 * Context: task; may sleep, but does not wait for a file system.
 * Return: 0; -EINVAL: @buf or @hash_len is NULL; -ENOSPC: there is not so much room at @hash, or it
 * is NULL; or an error of cfs_crypto_hash_init().
 */
int cfs_crypto_hash_digest(enum cfs_crypto_hash_alg alg, const void *buf, unsigned int len,
			   unsigned char *key, unsigned int key_len, unsigned char *hash,
			   unsigned int *hash_len)
{
	const struct hash_type *type = type_find(alg);
	struct ahash_request *req;
	int rc;

	if (!type || !buf || !hash_len)
		return -EINVAL;
	if (!hash || *hash_len < type->size) {
		*hash_len = type->size;
		return -ENOSPC;
	}
	req = cfs_crypto_hash_init(alg, key, key_len);
	if (IS_ERR(req))
		return PTR_ERR(req);
	rc = cfs_crypto_hash_update(req, buf, len);
	if (rc) {
		cfs_crypto_hash_final(req, NULL, NULL);
		return rc;
	}
	return cfs_crypto_hash_final(req, hash, hash_len);
}
EXPORT_SYMBOL(cfs_crypto_hash_digest);

/* Speeds --------------------------------------------------------------------------- */

/* Add data to a hash for a while. Returns MB/s, or 0 if that fails. */
static u64 speed_slice(struct ahash_request *req, const void *buf)
{
	u64 begin = ktime_get_ns(), ns, bytes = 0;

	do {
		if (cfs_crypto_hash_update(req, buf, SPEED_BYTES))
			return 0;
		bytes += SPEED_BYTES;
		ns = ktime_get_ns() - begin;
	} while (ns < SPEED_SLICE_NS);
	return div64_u64(bytes * (NSEC_PER_SEC / 1000000), ns);
}

static int speed_measure(enum cfs_crypto_hash_alg alg)
{
	struct ahash_request *req = cfs_crypto_hash_init(alg, NULL, 0);
	u64 best = 0;
	void *buf;
	int i;

	if (IS_ERR(req))
		return PTR_ERR(req);
	buf = lnet_alloc(kvzalloc(SPEED_BYTES, GFP_KERNEL));
	for (i = 0; buf && i < SPEED_SLICES; i++) {
		best = max(best, speed_slice(req, buf));
		cond_resched();
	}
	kvfree(buf);
	cfs_crypto_hash_final(req, NULL, NULL);
	return buf ? clamp_t(u64, best, 1, INT_MAX) : -ENOMEM;
}

/**
 * cfs_crypto_hash_speed() - return how fast an algorithm is
 * @alg: the algorithm
 *
 * It is measured at the first call, which takes 10 ms; adler32, crc32 and crc32c are when the
 * module is loaded.
 *
 * Context: task; may sleep.
 * Return: MB/s, above 0; -EINVAL: there is no such algorithm; or an error of
 * cfs_crypto_hash_init(). adler32, crc32 and crc32c have none.
 */
int cfs_crypto_hash_speed(enum cfs_crypto_hash_alg alg)
{
	int speed;

	if (!type_find(alg))
		return -EINVAL;
	speed = READ_ONCE(cfs_crypto_hash_speeds[alg]);
	if (!speed) {
		speed = speed_measure(alg);
		/* Better than an algorithm that wins, and then fails. */
		if (alg <= CFS_HASH_ALG_CRC32C)
			speed = max(speed, 1);
		if (speed != -ENOMEM)
			WRITE_ONCE(cfs_crypto_hash_speeds[alg], speed);
	}
	return speed;
}
EXPORT_SYMBOL(cfs_crypto_hash_speed);

/**
 * lnet_hash_init() - choose who computes the checksums, and measure them
 *
 * Context: task; may sleep; as the module is loaded, after lnet_sum32_init().
 */
void __init lnet_hash_init(void)
{
	struct hash_type *type;
	int alg;

	for (alg = CFS_HASH_ALG_ADLER32; alg <= CFS_HASH_ALG_CRC32C; alg++) {
		type = &hash_types[alg];
		/* Asking for one that is not there runs modprobe: too slow to do it each time. */
		if (type->ours && !crypto_has_shash(type->name, 0, 0))
			type->name = type->ours;
		cfs_crypto_hash_speed(alg);
	}
}
