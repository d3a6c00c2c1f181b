/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who uses an EQ or an NI, counted per CPU. See users.c.
 */
#ifndef _LNET_USERS_H
#define _LNET_USERS_H

#include <lnet/lnd.h>

#include "event/cpu.h"
#include "hooks/window.h"

enum lnet_users_state {
	LNET_USERS_OPEN,
	LNET_USERS_CLOSING,	/* somebody looks whether there are none */
	LNET_USERS_CLOSED,	/* nobody is counted in any more */
};

void lnet_users_init(struct lnet_users *u, s64 __percpu *counts);
bool lnet_users_enter_late(struct lnet_users *u);
int lnet_users_close(struct lnet_users *u);
void lnet_users_shut(struct lnet_users *u);
s64 lnet_users_left(const struct lnet_users *u);

/* Since lnet_users_shut(), or lnet_users_close(). */
static inline bool lnet_users_are_shut(const struct lnet_users *u)
{
	return READ_ONCE(u->state) == LNET_USERS_CLOSED;
}

/* Count one in whose right to that is known otherwise. */
static inline void lnet_users_add(struct lnet_cpu *c, struct lnet_users *u)
{
	lnet_count(*per_cpu_ptr(u->counts, c->id), 1);
}

/**
 * lnet_users_enter() - count one in
 * @c: this CPU
 * @u: the users; found with preemption off, which it still is
 *
 * Context: preemption off.
 * Return: false: it is closed.
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
 * lnet_users_leave() - count one out
 * @c: this CPU, any
 * @u: the users; good until preemption is allowed
 *
 * Context: preemption off.
 */
static inline void lnet_users_leave(struct lnet_cpu *c, struct lnet_users *u)
{
	lnet_count(*per_cpu_ptr(u->counts, c->id), -1);		/* Z */
}

#endif /* _LNET_USERS_H */
