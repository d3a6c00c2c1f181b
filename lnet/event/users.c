// SPDX-License-Identifier: GPL-2.0
/*
 * Users of an object: MDs of an EQ, messages of an NI, calls of its driver. They
 * are counted per CPU, in where they begin and out where they end, so that
 * counting shares nothing. percpu_ref has the same idea, and cannot say how many
 * are left; its steps turn interrupts off on User Mode Linux.
 *
 *	enter, preemption off			close
 *	  B: OPEN?				  C: state: CLOSING
 *	  A: count one in			     a grace period
 *						     add up
 *	else: late++, unless negative		  D: late: -sum becomes closed
 *	leave: Z: count one out
 *
 * After the grace period no CPU is between B and A, so the sum of the counts only
 * falls, as users end. Those that come meanwhile count in one word, @late, which D
 * closes with the same step that finds it right: either one is counted in and
 * the object stays (it is OPEN again), or it is closed and the one is refused.
 * [users-close, users-late]
 *
 * lnet_users_shut() refuses from C on, and closes whoever uses the object: its
 * caller waits until nobody is left.
 *
 * A user that has been counted out (Z) still touches the object until it allows
 * preemption. So whoever has found none left waits for a grace period before it
 * frees what they used; after that it sees all that they did. [users-last]
 */
#include "event/users.h"
#include "hooks/window.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/**
 * lnet_users_init() - nobody yet
 * @u: the users
 * @counts: of each CPU, 0; the caller frees it behind a grace period after the end
 */
void lnet_users_init(struct lnet_users *u, s64 __percpu *counts)
{
	u->counts = counts;
	u->state = LNET_USERS_OPEN;
	atomic64_set(&u->late, 0);
}

/**
 * lnet_users_enter_late() - lnet_users_enter() while somebody looks
 * @u: as there
 *
 * Context: preemption off.
 * Return: as there.
 */
bool lnet_users_enter_late(struct lnet_users *u)
{
	return atomic64_inc_unless_negative(&u->late);
}

static s64 users_sum(const struct lnet_users *u)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(u->counts, cpu));
	return sum;
}

/**
 * lnet_users_left() - how many are there?
 * @u: the users
 *
 * Context: any.
 * Return: their number; of no single moment unless it is closed and a grace
 * period has passed.
 */
s64 lnet_users_left(const struct lnet_users *u)
{
	return users_sum(u) + max_t(s64, atomic64_read(&u->late), 0);
}

/**
 * lnet_users_close() - refuse users from now on, if there are none
 * @u: the users
 *
 * Context: task; may sleep.
 * Return: 0: nobody is counted in any more; -EBUSY: there is one; -ENOENT: it was
 * closed before.
 */
int lnet_users_close(struct lnet_users *u)
{
	enum lnet_users_state was;
	s64 counted;

	/* Somebody else at the same: see how it ends. */
	while ((was = cmpxchg(&u->state, LNET_USERS_OPEN,
			      LNET_USERS_CLOSING)) == LNET_USERS_CLOSING) /* C */
		schedule_timeout_uninterruptible(1);
	if (was == LNET_USERS_CLOSED)
		return -ENOENT;

	lnet_window(LNET_WINDOW_USERS_CLOSING);
	synchronize_rcu();
	counted = users_sum(u);
	lnet_window(LNET_WINDOW_USERS_COUNTED);
	if (atomic64_cmpxchg(&u->late, -counted, S64_MIN) != -counted) { /* D */
		WRITE_ONCE(u->state, LNET_USERS_OPEN);
		return -EBUSY;
	}
	WRITE_ONCE(u->state, LNET_USERS_CLOSED);
	return 0;
}

/**
 * lnet_users_shut() - refuse users from now on
 * @u: the users, which nobody closes otherwise; behind a grace period
 *	lnet_users_left() only falls, but for what its owner adds (lnet_users_add())
 *
 * Context: any.
 */
void lnet_users_shut(struct lnet_users *u)
{
	atomic64_set(&u->late, S64_MIN);
	/* One that finds it not OPEN finds @late negative: full barrier there. */
	smp_store_release(&u->state, LNET_USERS_CLOSED);
	lnet_window(LNET_WINDOW_USERS_CLOSING);
}
