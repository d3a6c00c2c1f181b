/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cheap allocation of MEs, MDs and messages.
 *
 * A dead object goes on a stack of its CPU. It keeps its entry of the handle table, which still
 * points to it, and its next life begins with the next generation of its cookie. So making an
 * object mostly visits neither the slab nor the handle table; see object.c for when it does.
 */
#ifndef _LNET_OBJECT_H
#define _LNET_OBJECT_H

#include "event/cpu.h"
#include "event/handle.h"
#include "hooks/alloc.h"

/* The type of messages, which have no cookie. */
#define LNET_OBJECT_MSG		0

#ifdef LNET_KUNIT
extern unsigned int lnet_object_keep;
#else
#define lnet_object_keep	LNET_DEAD_MAX
#endif

void *lnet_object_make(struct lnet_cpu **c, unsigned int type, bool may_sleep,
		       u64 *cookie);
void lnet_object_free_slow(struct lnet_cpu *c, unsigned int type, void *object,
			   u64 cookie);
void lnet_object_count(unsigned int type, int more);
void lnet_object_counts(u64 counts[LNET_OBJECT_TYPES]);
int lnet_objects_init(void);
void lnet_objects_exit(void);

/* Begin the next life of a dead object of this CPU. Returns NULL if the CPU has none. */
static __always_inline void *lnet_object_pop(struct lnet_cpu *c,
					     unsigned int type, u64 *cookie)
{
	struct lnet_dead *dead = &c->dead[type];
	struct lnet_dead_one *one;
	void *object = NULL;

	lnet_cpu_acquire();
	if (likely(dead->n)) {
		one = &dead->stack[--dead->n];
		lnet_count(dead->live, 1);
		*cookie = lnet_handle_renew(one->cookie, c->id);
		object = one->object;
	}
	lnet_cpu_release();
	return object;
}

/* Keep a dead object on this CPU. Returns false if the CPU has enough of them. */
static __always_inline bool lnet_object_push(struct lnet_cpu *c,
					     unsigned int type, void *object,
					     u64 cookie)
{
	struct lnet_dead *dead = &c->dead[type];
	bool room;

	lnet_cpu_acquire();
	room = dead->n < lnet_object_keep;
	if (likely(room)) {
		dead->stack[dead->n].object = object;
		dead->stack[dead->n].cookie = cookie;
		dead->n++;
	}
	lnet_cpu_release();
	return room;
}

/**
 * lnet_object_new() - begin the life of an object
 * @c: this CPU; set anew, because the caller may be on another CPU on return
 * @type: type of the object: enum lnet_handle_type, or LNET_OBJECT_MSG
 * @may_sleep: whether the caller can wait for memory; in a handler it does not wait
 * @cookie: set to the object's cookie, except for a message. The object can be found by it
 *	at once, and must not look alive before it is complete
 *
 * Context: preemption off; on for a while if the caller can wait.
 * Return: the object, as its last life or its constructor left it; or NULL.
 */
static __always_inline void *lnet_object_new(struct lnet_cpu **c,
					     unsigned int type, bool may_sleep,
					     u64 *cookie)
{
	void *object;

	if (lnet_alloc_fails_here())
		return NULL;
	object = lnet_object_pop(*c, type, cookie);
	if (likely(object))
		return object;
	return lnet_object_make(c, type, may_sleep, cookie);
}

/**
 * lnet_object_free() - end the life of an object
 * @c: the data of this CPU
 * @type: type of the object: enum lnet_handle_type, or LNET_OBJECT_MSG
 * @object: object that is not used any more
 * @cookie: cookie of the life that ends
 *
 * Context: preemption off.
 */
static __always_inline void lnet_object_free(struct lnet_cpu *c,
					     unsigned int type, void *object,
					     u64 cookie)
{
	lnet_count(c->dead[type].live, -1);
	if (unlikely(!lnet_handle_renewable(cookie) ||
		     !lnet_object_push(c, type, object, cookie)))
		lnet_object_free_slow(c, type, object, cookie);
}

#endif /* _LNET_OBJECT_H */
