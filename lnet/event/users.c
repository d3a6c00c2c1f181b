// SPDX-License-Identifier: GPL-2.0
/*
 * Users of an object: MDs of an EQ, messages of an NI, calls of an NI's driver. Users are counted
 * per CPU: in on the CPU where they begin, out on the CPU where they end, so counting shares no
 * cache line. percpu_ref has the same idea, but cannot tell how many users are left, and its steps
 * disable interrupts on User Mode Linux.
 *
 *	enter, preemption off			close
 *	  B: OPEN?				  C: state: CLOSING
 *	  A: count one in			     a grace period
 *						     add up
 *	else: late++, unless negative		  D: late: -sum becomes closed
 *	leave: Z: count one out
 *
 * Either a user is counted in and the object stays, or the object is closed and the user is
 * refused. [users-close, users-late]
 *
 *  1. After the grace period no CPU is between B and A. So from then on the sum of the counts only
 *     falls, as users end.
 *  2. Users that come meanwhile are counted in one word, @late.
 *  3. D is one step on that word: it finds that no user is left, and closes the word. If it fails,
 *     the object is OPEN again.
 *
 * lnet_users_shut() closes @late and then the state, even if the object still has users. A thread
 * that has passed B may still count itself in; after a grace period none does. Its caller then
 * waits until no user is left. [users-shut]
 *
 * A user that has been counted out (Z) still touches the object until it enables preemption. So a
 * thread that has found no user left waits for a grace period before it frees the object. After
 * that it also sees all that the users did. [users-last]
 */
#include "event/users.h"
#include "hooks/window.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/**
 * lnet_users_init() - begin to count users, with none
 * @u: the users to initialize
 * @counts: a counter for each CPU, all 0; the caller frees them a grace period after the last user
 *
 * Context: no other thread knows the object yet.
 */
void lnet_users_init(struct lnet_users *u, s64 __percpu *counts)
{
	u->counts = counts;
	u->state = LNET_USERS_OPEN;
	atomic64_set(&u->late, 0);
}

/**
 * lnet_users_enter_late() - count a user in while the object is closing or closed
 * @u: the users of the object
 *
 * The slow path of lnet_users_enter().
 *
 * Context: preemption off.
 * Return: false if the object is closed, so the user is not counted in.
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
 * lnet_users_left() - count the users
 * @u: the users of the object
 *
 * Context: any.
 * Return: the number of users; a sum of no single moment, which may be negative, unless the object
 * is closed, a grace period has passed since, and its owner adds none (lnet_users_add()).
 */
s64 lnet_users_left(const struct lnet_users *u)
{
	return users_sum(u) + max_t(s64, atomic64_read(&u->late), 0);
}

/**
 * lnet_users_close() - close an object if it has no users
 * @u: the users of the object, which no thread shuts by lnet_users_shut()
 *
 * Context: task; may sleep.
 * Return: 0: closed, no user is counted in from now on; -EBUSY: there are users, and the object is
 * open again; -ENOENT: it was closed before.
 */
int lnet_users_close(struct lnet_users *u)
{
	enum lnet_users_state was;
	s64 counted;

	/* Another thread is closing the object: wait for the outcome. */
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
 * lnet_users_shut() - refuse users from now on, even if there are some
 * @u: the users, which no thread closes by lnet_users_close()
 *
 * A grace period later lnet_users_left() only falls, except that the owner of the object may add
 * users (lnet_users_add()).
 *
 * Context: any.
 */
void lnet_users_shut(struct lnet_users *u)
{
	atomic64_set(&u->late, S64_MIN);
	/*
	 * A thread that finds the state not OPEN must find @late negative. Pairs with
	 * lnet_users_enter_late(), where a successful increment is a full barrier.
	 */
	smp_store_release(&u->state, LNET_USERS_CLOSED);
	lnet_window(LNET_WINDOW_USERS_CLOSING);
}
