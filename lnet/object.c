// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that live again: the part that is not on everybody's path. See
 * object.h for the other.
 */
#include "object.h"
#include "alloc.h"
#include "run.h"

#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

/**
 * lnet_object_count() - count objects that are made or freed elsewhere
 * @type: of object
 * @more: how many more there are
 *
 * Context: any.
 */
void lnet_object_count(unsigned int type, int more)
{
	struct lnet_dead *dead;

	preempt_disable();
	dead = &lnet_cpu()->dead[type];
	WRITE_ONCE(dead->live, dead->live + more);
	preempt_enable();
}

static void *make(unsigned int type, struct kmem_cache *cache, gfp_t gfp,
		  u64 *cookie)
{
	void *object = kmem_cache_alloc(cache, gfp);

	if (!object)
		return NULL;

	if (type != LNET_OBJECT_MSG) {
		*cookie = lnet_handle_issue(type, object, gfp);
		if (!*cookie) {
			kmem_cache_free(cache, object);
			return NULL;
		}
	}
	lnet_object_count(type, 1);
	return object;
}

/**
 * lnet_object_make() - allocate an object, where no dead one is at hand
 * @c: this CPU; another on return, perhaps
 * @type: of object
 * @cache: where from
 * @may_sleep: the caller can wait for memory, unless it is in a handler
 * @cookie: where its cookie goes, unless it is a message; the object is found
 *	by it and must not look alive yet
 *
 * Context: preemption off, but for a while if the caller can wait.
 * Return: the object or NULL.
 */
void *lnet_object_make(struct lnet_cpu **c, unsigned int type,
		       struct kmem_cache *cache, bool may_sleep, u64 *cookie)
{
	void *object;

	may_sleep &= !lnet_run_handler(*c);
	if (may_sleep)
		preempt_enable();
	object = make(type, cache, may_sleep ? LNET_GFP :
		      GFP_ATOMIC | __GFP_NOWARN, cookie);
	if (may_sleep)
		preempt_disable();
	*c = lnet_cpu();
	return object;
}

/**
 * lnet_object_counts() - how many objects live
 * @counts: by type; handles by enum lnet_handle_type
 *
 * Context: any.
 */
void lnet_object_counts(u64 counts[LNET_OBJECT_TYPES])
{
	struct lnet_cpu *c;
	int cpu, i;

	memset(counts, 0, LNET_OBJECT_TYPES * sizeof(*counts));
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(lnet_cpus, cpu);
		for (i = 0; i < LNET_OBJECT_TYPES; i++)
			counts[i] += READ_ONCE(c->dead[i].live);
	}
	/* A sum over CPUs that go on counting may come out below zero. */
	for (i = 0; i < LNET_OBJECT_TYPES; i++)
		counts[i] = max_t(s64, counts[i], 0);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_object_counts);

/**
 * lnet_object_drain() - take all dead objects of a type
 * @type: of object
 * @fn: frees one
 *
 * Context: task; nobody makes or frees objects of the type.
 */
void lnet_object_drain(unsigned int type, void (*fn)(void *object, u64 cookie))
{
	struct lnet_dead *dead;
	int cpu;

	for_each_possible_cpu(cpu) {
		dead = &per_cpu_ptr(lnet_cpus, cpu)->dead[type];
		while (dead->n) {
			dead->n--;
			fn(dead->stack[dead->n].object,
			   dead->stack[dead->n].cookie);
		}
	}
}
