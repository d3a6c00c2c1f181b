/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making and freeing MEs, MDs and messages at the price of a few instructions.
 *
 * A dead object is put on a stack of its CPU together with its entry of the
 * handle table, which goes on pointing at it, and its next life begins with
 * the next generation of its cookie. So making one mostly costs neither a trip
 * to the slab nor one to the handle table. See object.c for when it does.
 */
#ifndef _LNET_OBJECT_H
#define _LNET_OBJECT_H

#include "event/cpu.h"
#include "event/handle.h"
#include "hooks/alloc.h"

/* The type of messages, which have no cookies. */
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
int lnet_object_init(unsigned int type, const char *name, unsigned int size,
		     slab_flags_t flags, void (*construct)(void *object));
void lnet_object_exit(unsigned int type);

/* The next life of a dead object of this CPU, if there is one. */
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

/* Keep a dead object. False: there are enough of them. */
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
 * @c: this CPU; another on return, perhaps
 * @type: of object
 * @may_sleep: the caller can wait for memory, unless it is in a handler
 * @cookie: where its cookie goes, unless it is a message; the object is found
 *	by it and must not look alive yet
 *
 * Context: preemption off, but for a while if the caller can wait.
 * Return: the object, as its last life left it or as it was constructed; or NULL.
 */
static __always_inline void *lnet_object_new(struct lnet_cpu **c,
					     unsigned int type, bool may_sleep,
					     u64 *cookie)
{
	void *object;

	if (lnet_alloc_fails())
		return NULL;
	object = lnet_object_pop(*c, type, cookie);
	return likely(object) ? object :
				lnet_object_make(c, type, may_sleep, cookie);
}

/**
 * lnet_object_free() - end the life of an object
 * @c: this CPU
 * @type: of object
 * @object: held by nobody
 * @cookie: that of the life that is over
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
