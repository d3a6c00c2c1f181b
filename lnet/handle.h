/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cookies, and how an object is found by one. See handle.c.
 */
#ifndef _LNET_HANDLE_H
#define _LNET_HANDLE_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>

/* The two lowest bits of a cookie. */
enum lnet_handle_type {
	LNET_HANDLE_MD	= 1,
	LNET_HANDLE_ME	= 2,
	LNET_HANDLE_EQ	= 3,
};

/* Fields of a cookie, from the lowest bit up. */
enum {
	LNET_HANDLE_TYPE_BITS	= 2,
	LNET_HANDLE_CPU_BITS	= 10,	/* who made it, modulo this */
	LNET_HANDLE_INDEX_BITS	= 26,	/* entry of the table */
	LNET_HANDLE_GEN_BITS	= 26,	/* use of that entry */

	LNET_HANDLE_GEN_MAX	= (1 << LNET_HANDLE_GEN_BITS) - 1,

	LNET_HANDLE_CPU_SHIFT	= LNET_HANDLE_TYPE_BITS,
	LNET_HANDLE_INDEX_SHIFT	= LNET_HANDLE_CPU_SHIFT + LNET_HANDLE_CPU_BITS,
	LNET_HANDLE_GEN_SHIFT	= LNET_HANDLE_INDEX_SHIFT +
				  LNET_HANDLE_INDEX_BITS,

	LNET_HANDLE_CHUNK_BITS	= 12,	/* entries of one chunk of the table */
	LNET_HANDLE_CHUNKS	= 1 << (LNET_HANDLE_INDEX_BITS -
					LNET_HANDLE_CHUNK_BITS),
};

enum { LNET_DEAD_MAX = 60 };

/* Dead objects of one type on one CPU, to be used again with their handles. */
struct lnet_dead {
	s64 live;		/* made less freed on this CPU */
	unsigned int n;
	void *object[LNET_DEAD_MAX];
};

/* What one CPU has; preemption off. Messages use the type that no handle has. */
struct lnet_handle_cpu {
	unsigned int cpu;	/* as in a cookie */
	u32 head;		/* free entries: the first, */
	u32 count;		/* and how many */
	struct lnet_dead dead[1 << LNET_HANDLE_TYPE_BITS];
};

#define LNET_HANDLE_MSG		0

extern struct lnet_handle_cpu __percpu *lnet_handle_cpus;
extern u64 **lnet_handle_dir;

static inline enum lnet_handle_type lnet_handle_type(u64 cookie)
{
	return cookie & ((1 << LNET_HANDLE_TYPE_BITS) - 1);
}

static inline unsigned int lnet_handle_cpu(u64 cookie)
{
	return (cookie >> LNET_HANDLE_CPU_SHIFT) &
	       ((1 << LNET_HANDLE_CPU_BITS) - 1);
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
 * The object in the entry a cookie points at, if it is of this type. It may
 * be another, younger object: the caller compares the object's own cookie
 * once it holds what keeps it from changing. The caller is in an RCU read
 * section and the object's memory is type-safe (SLAB_TYPESAFE_BY_RCU) or
 * freed after a grace period. Relies on the address dependency and pairs
 * with lnet_handle_publish:A.
 */
static inline void *lnet_handle_find(u64 cookie, enum lnet_handle_type type)
{
	const unsigned int low = (1 << LNET_HANDLE_TYPE_BITS) - 1;
	u64 *entry, word;

	if (lnet_handle_type(cookie) != type)
		return NULL;
	entry = lnet_handle_entry(lnet_handle_index(cookie));
	if (!entry)
		return NULL;
	word = READ_ONCE(*entry);
	if ((word & low) != type)
		return NULL;
	return (void *)(unsigned long)(word & ~(u64)low);
}

/*
 * Objects that die and are born again keep their entry of the table, so making
 * one costs neither a trip to the slab nor one to the chains of free entries.
 * @cpu is for lnet_handle_renew(). NULL: allocate one; it is counted already.
 */
static inline void *lnet_object_pop(unsigned int type, unsigned int *cpu)
{
	struct lnet_handle_cpu *c;
	struct lnet_dead *dead;
	void *object = NULL;

	preempt_disable();
	c = raw_cpu_ptr(lnet_handle_cpus);
	dead = &c->dead[type];
	*cpu = c->cpu;
	WRITE_ONCE(dead->live, dead->live + 1);
	if (likely(dead->n))
		object = dead->object[--dead->n];
	preempt_enable();
	return object;
}

/* false: there are enough; free it. It is not counted any more. */
static inline bool lnet_object_push(unsigned int type, void *object)
{
	struct lnet_dead *dead;
	bool room;

	preempt_disable();
	dead = &raw_cpu_ptr(lnet_handle_cpus)->dead[type];
	WRITE_ONCE(dead->live, dead->live - 1);
	room = dead->n < LNET_DEAD_MAX;
	if (likely(room))
		dead->object[dead->n++] = object;
	preempt_enable();
	return room;
}

static inline void lnet_object_count(unsigned int type, int more)
{
	struct lnet_dead *dead;

	preempt_disable();
	dead = &raw_cpu_ptr(lnet_handle_cpus)->dead[type];
	WRITE_ONCE(dead->live, dead->live + more);
	preempt_enable();
}

/* The cookie of an object's next life; 0 if its entry is used up. */
static inline u64 lnet_handle_renew(u64 cookie, unsigned int cpu)
{
	const u64 cpus = ((1ULL << LNET_HANDLE_CPU_BITS) - 1) <<
			 LNET_HANDLE_CPU_SHIFT;

	if (unlikely(lnet_handle_gen(cookie) + 1 >= LNET_HANDLE_GEN_MAX))
		return 0;
	cookie += 1ULL << LNET_HANDLE_GEN_SHIFT;
	return (cookie & ~cpus) | (u64)cpu << LNET_HANDLE_CPU_SHIFT;
}

void lnet_object_drain(unsigned int type, void (*fn)(void *object));

int lnet_handle_init(void);
void lnet_handle_exit(void);

u64 lnet_handle_reserve(enum lnet_handle_type type, gfp_t gfp);
u64 lnet_handle_issue(enum lnet_handle_type type, void *object, gfp_t gfp);
void lnet_handle_publish(u64 cookie, void *object);
void lnet_handle_free(u64 cookie);
void lnet_handle_counts(u64 counts[4]);
u32 lnet_handle_end(void);
int lnet_handle_visit(enum lnet_handle_type type, u32 index,
		      int (*fn)(void *object, void *arg), void *arg);
int lnet_handle_for_each(enum lnet_handle_type type, u32 *index,
			 int (*fn)(void *object, void *arg), void *arg);

#endif /* _LNET_HANDLE_H */
