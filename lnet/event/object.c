// SPDX-License-Identifier: GPL-2.0
/*
 * Reusable objects: the slow paths. See object.h for the idea and the fast paths.
 */
#include "event/object.h"
#include "event/md.h"
#include "event/me_state.h"
#include "event/run_state.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"

#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

enum {
	MOVED		= LNET_DEAD_MAX / 2,	/* objects per move to or from the pool */
	POOL_MAX	= 16 * MOVED,
};

/*
 * A thread with a stale cookie may look at an MD or ME that is freed or was never alive: the
 * constructors make it look dead.
 */
static void object_construct_md(void *object)
{
	struct lnet_libmd *md = object;

	atomic64_set(&md->state, 0);
	atomic64_set(&md->response, 0);
	md->cookie = 0;
}

static void object_construct_me(void *object)
{
	memset(object, 0, sizeof(struct lnet_me));
}

/* The slab caches. EQs, which are few, have none. */
static const struct object_cache {
	const char *name;
	unsigned int size;
	slab_flags_t flags;
	void (*construct)(void *object);
} object_caches[LNET_OBJECT_TYPES] = {
	[LNET_OBJECT_MSG] = { "lnet_msg", sizeof(struct lnet_msg) },
	[LNET_HANDLE_MD] = { "lnet_md", sizeof(struct lnet_libmd),
			     SLAB_TYPESAFE_BY_RCU, object_construct_md },
	[LNET_HANDLE_ME] = { "lnet_me", sizeof(struct lnet_me),
			     SLAB_TYPESAFE_BY_RCU, object_construct_me },
};

static struct kmem_cache *caches[LNET_OBJECT_TYPES];

/*
 * A pool per type moves dead objects from CPUs that have too many to CPUs that have none: an
 * object may be made on one CPU and freed on another, as by a client's thread and a driver's.
 * P: @lock
 */
static struct pool {
	spinlock_t lock;		/* P */
	unsigned int n;			/* P: */
	struct lnet_dead_one one[POOL_MAX];	/* P: */
} pools[LNET_OBJECT_TYPES];

#ifdef LNET_KUNIT
/*
 * Objects on a stack are not freed, so memory checkers miss a use after the end of a life. Tests
 * set this to 0, so that no object is kept.
 */
unsigned int lnet_object_keep __read_mostly = LNET_DEAD_MAX;
EXPORT_SYMBOL_GPL(lnet_object_keep);

static int object_set_keep(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, LNET_DEAD_MAX);
}

static const struct kernel_param_ops keep_ops = {
	.set = object_set_keep,
	.get = param_get_uint,
};
module_param_cb(object_keep, &keep_ops, &lnet_object_keep, 0644);
MODULE_PARM_DESC(object_keep, "Number of dead MEs, MDs and messages, of each type, that a CPU keeps, 0 to 60 (default 60; test builds only)");
#endif

/**
 * lnet_object_count() - change the count of live objects of a type
 * @type: type of the objects: enum lnet_handle_type, or LNET_OBJECT_MSG
 * @more: by how many objects the count grows; may be negative
 *
 * Context: any.
 */
void lnet_object_count(unsigned int type, int more)
{
	preempt_disable();
	lnet_count(lnet_cpu()->dead[type].live, more);
	preempt_enable();
}

static void object_move_dead(struct lnet_dead_one *to, unsigned int *nr_to,
			     const struct lnet_dead_one *from, unsigned int *nr_from,
			     unsigned int n)
{
	lnet_count(*nr_from, -n);
	memcpy(&to[*nr_to], &from[*nr_from], n * sizeof(*to));
	lnet_count(*nr_to, n);
}

/* Refill the empty stack of this CPU. Returns false if the pool is empty, too. */
static bool object_pool_take(struct lnet_cpu *c, unsigned int type)
{
	struct lnet_dead *dead = &c->dead[type];
	struct pool *pool = &pools[type];
	unsigned int n;

	if (!READ_ONCE(pool->n))
		return false;
	lnet_cpu_acquire();
	spin_lock(&pool->lock);
	n = min_t(unsigned int, pool->n, MOVED);
	object_move_dead(dead->stack, &dead->n, pool->one, &pool->n, n);
	spin_unlock(&pool->lock);
	lnet_cpu_release();
	return n;
}

/* Move dead objects from this full CPU to the pool. Returns false if the pool is full. */
static bool object_pool_give(struct lnet_cpu *c, unsigned int type)
{
	struct lnet_dead *dead = &c->dead[type];
	struct pool *pool = &pools[type];
	bool room;

	lnet_cpu_acquire();
	spin_lock(&pool->lock);
	room = dead->n >= MOVED && pool->n + MOVED <= POOL_MAX;
	if (room)
		object_move_dead(pool->one, &pool->n, dead->stack, &dead->n, MOVED);
	spin_unlock(&pool->lock);
	lnet_cpu_release();
	return room;
}

static void *object_make(unsigned int type, gfp_t gfp, u64 *cookie)
{
	void *object = lnet_alloc(kmem_cache_alloc(caches[type], gfp));

	if (!object)
		return NULL;

	if (type != LNET_OBJECT_MSG) {
		*cookie = lnet_handle_issue(type, object, gfp);
		if (!*cookie) {
			kmem_cache_free(caches[type], object);
			return NULL;
		}
	}
	lnet_object_count(type, 1);
	return object;
}

/**
 * lnet_object_make() - do the work of lnet_object_new() if this CPU has no dead object
 * @c: this CPU; set anew, because the caller may be on another CPU on return
 * @type: type of the object: enum lnet_handle_type, or LNET_OBJECT_MSG
 * @may_sleep: whether the caller can wait for memory; in a handler it does not wait
 * @cookie: set to the object's cookie, except for a message
 *
 * Context: preemption off; on for a while if the caller can wait.
 * Return: the object or NULL.
 */
void *lnet_object_make(struct lnet_cpu **c, unsigned int type, bool may_sleep,
		       u64 *cookie)
{
	void *object;

	if (object_pool_take(*c, type))
		return lnet_object_pop(*c, type, cookie);

	may_sleep &= !lnet_run_handler(*c);
	if (may_sleep)
		preempt_enable();
	object = object_make(type, may_sleep ? LNET_GFP :
			     GFP_ATOMIC | __GFP_NOWARN, cookie);
	if (may_sleep)
		preempt_disable();
	*c = lnet_cpu();
	return object;
}

/*
 * Free the handle table entry first. A reader that has found the object by the entry is in an RCU
 * read section, and until the end of that the memory stays an object of this type.
 */
static void object_give_back(unsigned int type, void *object, u64 cookie)
{
	lnet_watch_return();
	if (type != LNET_OBJECT_MSG)
		lnet_handle_free(cookie);
	kmem_cache_free(caches[type], object);
}

/**
 * lnet_object_counts() - count the live objects of all types
 * @counts: filled with a count for each type: enum lnet_handle_type, or LNET_OBJECT_MSG
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
	/* Counting goes on meanwhile on other CPUs, so a sum may be below zero. */
	for (i = 0; i < LNET_OBJECT_TYPES; i++)
		counts[i] = max_t(s64, counts[i], 0);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_object_counts);

/**
 * lnet_object_free_slow() - do the work of lnet_object_free() if this CPU cannot keep the object
 * @c: the data of this CPU
 * @type: type of the object: enum lnet_handle_type, or LNET_OBJECT_MSG
 * @object: object that is not used any more, and is not counted as live any more
 * @cookie: cookie of the life that ends
 *
 * Context: preemption off.
 */
void lnet_object_free_slow(struct lnet_cpu *c, unsigned int type, void *object,
			   u64 cookie)
{
	if (lnet_handle_renewable(cookie) && object_pool_give(c, type) &&
	    lnet_object_push(c, type, object, cookie))
		return;
	object_give_back(type, object, cookie);
}

/**
 * lnet_objects_init() - create the slab caches
 *
 * After a failure, too, the caller calls lnet_objects_exit().
 *
 * Context: task; may sleep; lnet_cpus_init() has succeeded.
 * Return: 0 or -ENOMEM.
 */
int lnet_objects_init(void)
{
	const struct object_cache *t;
	unsigned int i;

	for (i = 0; i < LNET_OBJECT_TYPES; i++) {
		t = &object_caches[i];
		if (!t->size)
			continue;
		spin_lock_init(&pools[i].lock);
		caches[i] = lnet_alloc(kmem_cache_create(t->name, t->size, 0,
							 t->flags | SLAB_HWCACHE_ALIGN,
							 t->construct));
		if (!caches[i])
			return -ENOMEM;
	}
	return 0;
}

static void object_give_back_all(unsigned int type, const struct lnet_dead_one *one,
				 unsigned int *n)
{
	for (; *n; (*n)--, one++)
		object_give_back(type, one->object, one->cookie);
}

static void object_cache_destroy(unsigned int type)
{
	struct pool *pool = &pools[type];
	struct lnet_dead *dead;
	int cpu;

	for_each_possible_cpu(cpu) {
		dead = &per_cpu_ptr(lnet_cpus, cpu)->dead[type];
		object_give_back_all(type, dead->stack, &dead->n);
	}
	object_give_back_all(type, pool->one, &pool->n);
	kmem_cache_destroy(caches[type]);
}

/**
 * lnet_objects_exit() - free the dead objects and the slab caches; no object is live
 *
 * Accepts caches that were never created.
 *
 * Context: task; may sleep.
 */
void lnet_objects_exit(void)
{
	unsigned int i;

	for (i = 0; i < LNET_OBJECT_TYPES; i++)
		object_cache_destroy(i);
}
