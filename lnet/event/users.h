/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The users of an EQ or an NI, counted per CPU. See users.c.
 */
#ifndef _LNET_USERS_H
#define _LNET_USERS_H

#include <lnet/lnd.h>

#include "event/cpu.h"
#include "hooks/window.h"

enum lnet_users_state {
	LNET_USERS_OPEN,
	LNET_USERS_CLOSING,	/* a thread checks that there are no users */
	LNET_USERS_CLOSED,	/* no user is counted in any more */
};

void lnet_users_init(struct lnet_users *u, s64 __percpu *counts);
bool lnet_users_enter_late(struct lnet_users *u);
int lnet_users_close(struct lnet_users *u);
void lnet_users_shut(struct lnet_users *u);
s64 lnet_users_left(const struct lnet_users *u);

/* Has lnet_users_shut(), or lnet_users_close() with success, been called? */
static inline bool lnet_users_are_shut(const struct lnet_users *u)
{
	return READ_ONCE(u->state) == LNET_USERS_CLOSED;
}

/* Count a user in, without a check. The caller knows that the user may come. */
static inline void lnet_users_add(struct lnet_cpu *c, struct lnet_users *u)
{
	lnet_count(*per_cpu_ptr(u->counts, c->id), 1);
}

/**
 * lnet_users_enter() - count a user in, unless the object is closed
 * @c: the data of this CPU
 * @u: the users; the caller has found the object with preemption off, which is still off
 *
 * Context: preemption off.
 * Return: false if the object is closed.
 */
static inline bool lnet_users_enter(struct lnet_cpu *c, struct lnet_users *u)
{
	if (unlikely(READ_ONCE(u->state) != LNET_USERS_OPEN))	/* B */
		return lnet_users_enter_late(u);
	lnet_window(LNET_WINDOW_USERS_OPEN);
	lnet_users_add(c, u);					/* A */
	return true;
}

/**
 * lnet_users_leave() - count a user out
 * @c: this CPU, which need not be the one where the user was counted in
 * @u: the users; after the call, the object may go when the caller enables preemption
 *
 * Context: preemption off.
 */
static inline void lnet_users_leave(struct lnet_cpu *c, struct lnet_users *u)
{
	lnet_count(*per_cpu_ptr(u->counts, c->id), -1);		/* Z */
}

#endif /* _LNET_USERS_H */
