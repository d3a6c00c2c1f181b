/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run is, and who is in one: for those on whom it stands. See run.h for
 * what it does.
 */
#ifndef _LNET_RUN_STATE_H
#define _LNET_RUN_STATE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/sched.h>

#include "event/cpu.h"

struct lnet_eq;
struct lnet_slot;
struct lnet_visit;

enum {
	LNET_STRETCH_CALLBACKS	= 16,		/* with preemption off, at most */
	LNET_STRETCH_MESSAGES	= 16,		/* put in order, and come to meanwhile */
	LNET_STRETCH_BYTES	= 64 << 10,	/* copied meanwhile, at most */
	LNET_MSG_CALLBACKS	= 2,		/* of a message over 0@lo */
};

/* What a run has set off and not yet done. */
struct lnet_todo {
	struct lnet_slot *promised;	/* slots in which a handler left turns */
	struct lnet_visit *visits;	/* to slots too full, or promised by others */
	struct llist_node *alone;	/* turns that need no slot, in order, */
	struct llist_node **alone_end;	/* and where the next one goes */
	struct llist_node *done;	/* delivered, latest first */
	struct list_head later;		/* messages' lnet_delivery: to be sent or received */
};

/*
 * On the stack of its thread, which alone touches it, with preemption off. Most runs
 * deliver an event or two and set nothing off: @todo is blank until then.
 */
struct lnet_run {
	struct task_struct *task;	/* I: the thread */
	struct lnet_cpu *c;		/* where it is now */
	struct lnet_eq *handler;	/* whose handler is running, or NULL */
	unsigned int callbacks;		/* or events without, in this stretch */
	unsigned int messages;		/* of @todo.later, in it */
	unsigned int bytes;		/* copied in it */
	bool may_sleep;			/* between stretches */
	bool has_todo;			/* @todo is not blank any more */
	struct lnet_todo todo;
};

/* For who sets something off. */
static inline struct lnet_todo *lnet_run_todo(struct lnet_run *run)
{
	struct lnet_todo *todo = &run->todo;

	if (!run->has_todo) {
		run->has_todo = true;
		todo->promised = NULL;
		todo->visits = NULL;
		todo->alone = NULL;
		todo->alone_end = &todo->alone;
		todo->done = NULL;
		INIT_LIST_HEAD(&todo->later);
	}
	return todo;
}

/**
 * lnet_run_find() - the run that the caller is in
 * @c: this CPU
 *
 * Context: preemption off.
 * Return: the run, or NULL.
 */
static inline struct lnet_run *lnet_run_find(struct lnet_cpu *c)
{
	struct task_struct *task = READ_ONCE(c->task);

	return unlikely(task) && task == current ? c->run : NULL;
}

/**
 * lnet_run_handler() - the EQ whose handler the caller is in
 * @c: this CPU
 *
 * Context: preemption off.
 * Return: the EQ, or NULL.
 */
static inline struct lnet_eq *lnet_run_handler(struct lnet_cpu *c)
{
	struct lnet_run *run = lnet_run_find(c);

	return unlikely(run) ? run->handler : NULL;
}

static inline void lnet_run_enter_cpu(struct lnet_run *run, struct lnet_cpu *c)
{
	run->c = c;
	run->callbacks = 0;
	run->messages = 0;
	run->bytes = 0;
	WRITE_ONCE(c->run, run);
	WRITE_ONCE(c->task, run->task);
}

/**
 * lnet_run_begin() - begin a run
 * @run: on the caller's stack, to be filled
 * @c: this CPU
 *
 * Context: task, not in a run, preemption off by one step of the caller's own,
 * which the run takes back where a stretch is over: the caller must not rely on
 * @c or on anything else per CPU after lnet_run_end().
 */
static inline void lnet_run_begin(struct lnet_run *run, struct lnet_cpu *c)
{
	run->task = current;
	run->handler = NULL;
	run->may_sleep = false;
	run->has_todo = false;
	lnet_run_enter_cpu(run, c);
}

/* May @callbacks more run before preemption has to be allowed? */
static inline bool lnet_run_has_room(const struct lnet_run *run,
				     unsigned int callbacks)
{
	return run->callbacks + callbacks <= LNET_STRETCH_CALLBACKS &&
	       run->bytes < LNET_STRETCH_BYTES;
}

#endif /* _LNET_RUN_STATE_H */
