/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cookies, and how an object is found by its cookie. See handle.c.
 */
#ifndef _LNET_HANDLE_H
#define _LNET_HANDLE_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/types.h>

/* The type of a handle is in the two lowest bits of its cookie. */
enum lnet_handle_type {
	LNET_HANDLE_MD	= 1,
	LNET_HANDLE_ME	= 2,
	LNET_HANDLE_EQ	= 3,
};

/* Fields of a cookie, from the lowest bit up. */
#define LNET_HANDLE_CPU_MASK	((1ULL << LNET_HANDLE_CPU_BITS) - 1)

enum {
	LNET_HANDLE_TYPE_BITS	= 2,
	LNET_HANDLE_CPU_BITS	= 10,	/* CPU that made the handle, modulo 2^10 */
	LNET_HANDLE_INDEX_BITS	= 26,	/* entry of the handle table */
	LNET_HANDLE_GEN_BITS	= 26,	/* generation: use of that entry */

	LNET_HANDLE_GEN_MAX	= (1 << LNET_HANDLE_GEN_BITS) - 1,

	LNET_HANDLE_CPU_SHIFT	= LNET_HANDLE_TYPE_BITS,
	LNET_HANDLE_INDEX_SHIFT	= LNET_HANDLE_CPU_SHIFT + LNET_HANDLE_CPU_BITS,
	LNET_HANDLE_GEN_SHIFT	= LNET_HANDLE_INDEX_SHIFT +
				  LNET_HANDLE_INDEX_BITS,

	LNET_HANDLE_CHUNK_BITS	= 12,	/* of the index, within a chunk */
	LNET_HANDLE_CHUNKS	= 1 << (LNET_HANDLE_INDEX_BITS -
					LNET_HANDLE_CHUNK_BITS),
};

extern u64 *lnet_handle_dir[LNET_HANDLE_CHUNKS];

static inline enum lnet_handle_type lnet_handle_type(u64 cookie)
{
	return cookie & ((1 << LNET_HANDLE_TYPE_BITS) - 1);
}

static inline unsigned int lnet_handle_cpu(u64 cookie)
{
	return (cookie >> LNET_HANDLE_CPU_SHIFT) & LNET_HANDLE_CPU_MASK;
}

static inline u32 lnet_handle_index(u64 cookie)
{
	return (cookie >> LNET_HANDLE_INDEX_SHIFT) &
	       ((1 << LNET_HANDLE_INDEX_BITS) - 1);
}

static inline u32 lnet_handle_gen(u64 cookie)
{
	return cookie >> LNET_HANDLE_GEN_SHIFT;
}

static inline u64 *lnet_handle_entry(u32 index)
{
	u64 *chunk = READ_ONCE(lnet_handle_dir[index >> LNET_HANDLE_CHUNK_BITS]);

	if (!chunk)
		return NULL;
	return &chunk[index & ((1 << LNET_HANDLE_CHUNK_BITS) - 1)];
}

/*
 * Return the object in the entry that @cookie points to, if it is of this type, else NULL. The
 * object may be dead, or another, younger one: the caller compares the object's own cookie once
 * it holds what keeps the object from changing. The caller is in an RCU read section, and the
 * object's memory is type-safe (SLAB_TYPESAFE_BY_RCU) or freed after a grace period. Relies on
 * the address dependency and pairs with lnet_handle_publish:A.
 */
static inline void *lnet_handle_find(u64 cookie, enum lnet_handle_type type)
{
	const unsigned int low = (1 << LNET_HANDLE_TYPE_BITS) - 1;
	u32 index = lnet_handle_index(cookie);
	u64 *chunk, word;

	chunk = READ_ONCE(lnet_handle_dir[index >> LNET_HANDLE_CHUNK_BITS]);
	if (unlikely(!chunk))
		return NULL;
	word = READ_ONCE(chunk[index & ((1 << LNET_HANDLE_CHUNK_BITS) - 1)]);
	if (unlikely((word & low) != type))
		return NULL;
	return (void *)(unsigned long)(word - type);
}

/* True if the entry of @cookie has another generation left. */
static inline bool lnet_handle_renewable(u64 cookie)
{
	return lnet_handle_gen(cookie) + 1 < LNET_HANDLE_GEN_MAX;
}

/* The cookie of the next life of an object, when that life begins on @cpu. */
static inline u64 lnet_handle_renew(u64 cookie, unsigned int cpu)
{
	const u64 cpus = LNET_HANDLE_CPU_MASK << LNET_HANDLE_CPU_SHIFT;

	cookie += 1ULL << LNET_HANDLE_GEN_SHIFT;
	return (cookie & ~cpus) |
	       ((u64)cpu << LNET_HANDLE_CPU_SHIFT & cpus);
}

void lnet_handle_free_chunks(u64 **dir, u32 n);
void lnet_handle_exit(void);

u64 lnet_handle_reserve(enum lnet_handle_type type, gfp_t gfp);
u64 lnet_handle_issue(enum lnet_handle_type type, void *object, gfp_t gfp);
void lnet_handle_publish(u64 cookie, void *object);
void lnet_handle_free(u64 cookie);
u32 lnet_handle_end(void);
int lnet_handle_visit(enum lnet_handle_type type, u32 index,
		      int (*fn)(void *object, void *arg), void *arg);
int lnet_handle_for_each(enum lnet_handle_type type, u32 *index,
			 int (*fn)(void *object, void *arg), void *arg);

#endif /* _LNET_HANDLE_H */
