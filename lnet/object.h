/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making and freeing MEs, MDs and messages at the price of a few instructions.
 *
 * A dead object is put on a stack of its CPU together with its entry of the
 * handle table, which goes on pointing at it, and its next life begins with
 * the next generation of its cookie. So making one mostly costs neither a trip
 * to the slab nor one to the chains of free entries. See object.c for when it
 * does.
 */
#ifndef _LNET_OBJECT_H
#define _LNET_OBJECT_H

#include "cpu.h"
#include "handle.h"

struct kmem_cache;

/* The type of messages, which have no cookies. */
#define LNET_OBJECT_MSG		0

/**
 * lnet_object_pop() - use a dead object again
 * @c: this CPU
 * @type: of object
 * @cookie: where that of its new life goes
 *
 * Context: preemption off.
 * Return: the object, as it was left; or NULL: lnet_object_make() one.
 */
static __always_inline void *lnet_object_pop(struct lnet_cpu *c,
					     unsigned int type, u64 *cookie)
{
	struct lnet_dead *dead = &c->dead[type];

	if (unlikely(!dead->n))
		return NULL;
	dead->n--;
	WRITE_ONCE(dead->live, dead->live + 1);
	*cookie = lnet_handle_renew(dead->stack[dead->n].cookie, c->id);
	return dead->stack[dead->n].object;
}

/**
 * lnet_object_push() - keep a dead object
 * @c: this CPU
 * @type: of object
 * @object: held by nobody
 * @cookie: that of the life that is over
 *
 * Context: preemption off.
 * Return: false: there are enough of them, or its cookies are used up: free
 * it. It is not counted any more in either case.
 */
static __always_inline bool lnet_object_push(struct lnet_cpu *c,
					     unsigned int type, void *object,
					     u64 cookie)
{
	struct lnet_dead *dead = &c->dead[type];

	WRITE_ONCE(dead->live, dead->live - 1);
	if (unlikely(dead->n == LNET_DEAD_MAX || !lnet_handle_renewable(cookie)))
		return false;
	dead->stack[dead->n].object = object;
	dead->stack[dead->n].cookie = cookie;
	dead->n++;
	return true;
}

void *lnet_object_make(struct lnet_cpu **c, unsigned int type,
		       struct kmem_cache *cache, bool may_sleep, u64 *cookie);
void lnet_object_count(unsigned int type, int more);
void lnet_object_counts(u64 counts[LNET_OBJECT_TYPES]);
void lnet_object_drain(unsigned int type,
		       void (*fn)(void *object, u64 cookie));

#endif /* _LNET_OBJECT_H */
