/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a run, and how to find the run that a thread is in. This is apart from run.h for the
 * files that run.h itself needs. See run.c for what a run does.
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
	LNET_STRETCH_CALLBACKS	= 16,		/* run in a stretch, at most */
	LNET_STRETCH_MESSAGES	= 16,		/* queued ones, begun in a stretch, at most */
	LNET_STRETCH_BYTES	= 64 << 10,	/* copied in a stretch; then it is over */
	LNET_MSG_CALLBACKS	= 2,		/* run for one message over 0@lo, at most */
};

/* The work that a run has set off and not yet done. */
struct lnet_todo {
	struct lnet_slot *promised;	/* slots in which a handler left turns */
	struct lnet_visit *visits;	/* to congested slots, or slots promised by others */
	struct llist_node *oneshots;	/* turns of oneshot MDs, which need no slot, in order */
	struct llist_node **oneshots_end; /* the link for the next one of @oneshots */
	struct llist_node *done;	/* delivered, latest first: for lnet_run_flush() */
	struct list_head later;		/* lnet_delivery of queued messages */
};

/*
 * A run is on the stack of its thread. Only that thread touches it, with preemption off. Most runs
 * deliver an event or two and set off no other work: @todo is not initialised until they do.
 */
struct lnet_run {
	struct task_struct *task;	/* I: the thread */
	struct lnet_cpu *c;		/* the CPU that the thread is on */
	struct lnet_eq *handler;	/* the EQ whose handler is running, or NULL */
	unsigned int callbacks;		/* in this stretch; an event without one counts */
	unsigned int messages;		/* of @todo.later, begun in this stretch */
	unsigned int bytes;		/* copied in this stretch */
	bool may_sleep;			/* the thread may sleep between stretches */
	bool has_todo;			/* @todo is initialised */
	struct lnet_todo todo;
};

/* The list of work of a run, initialised; for a caller that adds to it. */
static inline struct lnet_todo *lnet_run_todo(struct lnet_run *run)
{
	struct lnet_todo *todo = &run->todo;

	if (!run->has_todo) {
		run->has_todo = true;
		todo->promised = NULL;
		todo->visits = NULL;
		todo->oneshots = NULL;
		todo->oneshots_end = &todo->oneshots;
		todo->done = NULL;
		INIT_LIST_HEAD(&todo->later);
	}
	return todo;
}

/**
 * lnet_run_find() - find the run that the caller is in
 * @c: the data of this CPU
 *
 * Context: preemption off.
 * Return: the run, or NULL if the caller is in none.
 */
static inline struct lnet_run *lnet_run_find(struct lnet_cpu *c)
{
	struct task_struct *task = READ_ONCE(c->task);

	return unlikely(task) && task == current ? c->run : NULL;
}

/**
 * lnet_run_handler() - find the EQ whose handler the caller is in
 * @c: the data of this CPU
 *
 * Context: preemption off.
 * Return: the EQ, or NULL if the caller is in no handler.
 */
static inline struct lnet_eq *lnet_run_handler(struct lnet_cpu *c)
{
	struct lnet_run *run = lnet_run_find(c);

	return unlikely(run) ? run->handler : NULL;
}

/* Begin a stretch on this CPU, and record the run there. */
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
 * @run: memory for the run, on the caller's stack
 * @c: the data of this CPU
 *
 * The run undoes the caller's step of preemption between stretches. So the caller must not rely on
 * @c or on anything else per CPU after lnet_run_end().
 *
 * Context: task, not in a run, preemption off by one step of the caller's own.
 */
static inline void lnet_run_begin(struct lnet_run *run, struct lnet_cpu *c)
{
	run->task = current;
	run->handler = NULL;
	run->may_sleep = false;
	run->has_todo = false;
	lnet_run_enter_cpu(run, c);
}

/* May @callbacks more run in this stretch? */
static inline bool lnet_run_has_room(const struct lnet_run *run,
				     unsigned int callbacks)
{
	return run->callbacks + callbacks <= LNET_STRETCH_CALLBACKS &&
	       run->bytes < LNET_STRETCH_BYTES;
}

#endif /* _LNET_RUN_STATE_H */
