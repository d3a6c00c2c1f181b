/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows: places between two steps of one CPU, where steps of other CPUs can fall and no
 * lock prevents it. They are a few instructions wide, so a bug there may not show in
 * years. Tests widen them, one by one, or make a thread stop in one until they let it go.
 * A normal build has no code for them. See window.c.
 */
#ifndef _LNET_WINDOW_H
#define _LNET_WINDOW_H

#include <linux/compiler.h>
#include <linux/types.h>

struct task_struct;

/*
 * Each comment says what is done when a thread is in the window, and behind the
 * semicolon what is not yet done.
 */
enum lnet_window {
	/* slot_combining.c, which explains the letters */
	LNET_WINDOW_SLOT_PUSH,		/* the turn is counted; Q: pushed */
	LNET_WINDOW_SLOT_TAKE,		/* turns are seen; T: taken */
	LNET_WINDOW_SLOT_LEAVE,		/* all are delivered; X: the slot is left */
	LNET_WINDOW_SLOT_LEFT,		/* L: the slot is left with turns; O: owned again */
	LNET_WINDOW_SLOT_WAIT,		/* the slot is not owned; O: owned */
	LNET_WINDOW_SLOT_PROMISED,	/* the handler has returned; P: promise kept */

	/* run.c */
	LNET_WINDOW_RUN_PAUSED,		/* preemption is allowed; off again */

	/* match.c, which explains the letters */
	LNET_WINDOW_ME_FOUND,		/* K: the cookie is right; the lock is taken */
	LNET_WINDOW_ME_DYING,		/* G: the cookie is cleared; the ME is removed */
	LNET_WINDOW_MATCH_LOOKED,	/* ordered is 0; the bucket is locked */
	LNET_WINDOW_MATCH_COUNTED,	/* A: ordered is raised; B: the bucket is locked */
	LNET_WINDOW_MATCH_LOOKED_UP,	/* B: the bucket is searched; the list too */
	LNET_WINDOW_MATCH_MISSED,	/* B: no ME is found; C: the message is queued */
	LNET_WINDOW_ATTACH_LOCKED,	/* D: the bucket is locked; E: ordered is read */
	LNET_WINDOW_ATTACH_LIVE,	/* the cookie finds the MD; the ME has it */
	LNET_WINDOW_ATTACH_RESUME,	/* F: unlocked; delayed messages are received */
	LNET_WINDOW_DETACH_FOUND,	/* L: the state is read; ME and cookie are read */

	/* me.c */
	LNET_WINDOW_ME_FILLING,		/* the memory is reused; all is written */
	LNET_WINDOW_ME_PLACED,		/* the order is set; J: the cookie finds it */

	/* me_hash.h, me_hash.c, me_table.c */
	LNET_WINDOW_TABLE_LOOK,		/* a bucket is chosen; locked */
	LNET_WINDOW_TABLE_ASTRAY,	/* it is the wrong one; the next is tried */
	LNET_WINDOW_TABLE_SPLIT,	/* the level is raised; the new bucket is live */
	LNET_WINDOW_TABLE_MOVE,		/* a node is out of one bucket; in the other */
	LNET_WINDOW_TABLE_MERGED,	/* all nodes are moved; both buckets are marked */
	LNET_WINDOW_TABLE_CROWDED,	/* resizing is held; the need is checked */
	LNET_WINDOW_TABLE_GROWN,	/* all buckets are split; their number is raised */
	LNET_WINDOW_TABLE_SHRUNK,	/* the number of buckets is lowered; one merged */

	/* portal.c, delayed.c */
	LNET_WINDOW_PORTAL_ASKED,	/* LNet runs; the portal is made lazy, or not */
	LNET_WINDOW_PORTAL_CLEARED,	/* it is not lazy; delayed messages are dropped */
	LNET_WINDOW_PORTAL_RESUME,	/* messages are out of the queue; dropped */

	/* md.c, md_state.[ch] */
	LNET_WINDOW_MD_FOUND,		/* the cookie finds the MD; it is pinned */
	LNET_WINDOW_MD_PINNED,		/* the MD is pinned; its cookie is compared */
	LNET_WINDOW_MD_ZOMBIE,		/* the MD is a zombie; idle or not is known */
	LNET_WINDOW_MD_COUNTED,		/* an operation has ended; the last is known */
	LNET_WINDOW_MD_FILLING,		/* it has its new cookie; all is written */
	LNET_WINDOW_MD_CLAIMED,		/* the MD is a zombie; retired */
	LNET_WINDOW_MD_RETIRED,		/* the MD is not live; freed */

	/* eq_deliver.c */
	LNET_WINDOW_MD_ENDED,		/* the operation has ended; callback called */
	LNET_WINDOW_EQ_CALLED,		/* the callback has returned; the MD is retired */
	LNET_WINDOW_EQ_MD_RETIRED,	/* the MD is retired; the event is published */

	/* ring.c, which explains the letters */
	LNET_WINDOW_EQ_WRITTEN,		/* the event is in the ring; enq is raised */
	LNET_WINDOW_EQ_FULL,		/* A: enq is raised; deq is raised */

	/* eq.c, eq_poll.c */
	LNET_WINDOW_EQ_PUBLISHED,	/* the cookie finds the EQ; LNetEQAlloc() returns */
	LNET_WINDOW_EQ_FOUND,		/* the EQ is found; referenced */
	LNET_WINDOW_EQ_SCANNED,		/* the poller found no event; it sleeps */
	LNET_WINDOW_EQ_DEAD,		/* the EQ is closed; its handle is freed */

	/* handle.c */
	LNET_WINDOW_HANDLE_RESERVED,	/* a cookie is reserved; an object is found by it */
	LNET_WINDOW_HANDLE_GROW,	/* a chunk is allocated; in the table */

	/* users.c, users.h; users.c explains the letters */
	LNET_WINDOW_USERS_OPEN,		/* B: open; A: the user is counted in */
	LNET_WINDOW_USERS_CLOSING,	/* C: the state is set; a grace period is over */
	LNET_WINDOW_USERS_COUNTED,	/* the counts are summed; D: closed, or not */

	/* response.c, which explains the letters */
	LNET_WINDOW_RESPONSE_ASKED,	/* A: the request is counted; B: is the work pending? */
	LNET_WINDOW_RESPONSE_QUEUE,	/* B: the work is not pending; the time-out is read */
	LNET_WINDOW_RESPONSE_LATE,	/* a word is late; its MD is pinned */

	/* ping.c */
	LNET_WINDOW_PING_LOOKED,	/* the answer is found; referenced */

	/* lustre/updates.c */
	LNET_WINDOW_UPDATE_LOOKED,	/* the NIDs of now are known; in the list */

	/* socklnd */
	LNET_WINDOW_SOCK_NET_OPEN,	/* net.c: counted in; closing is read again */
	LNET_WINDOW_SOCK_CREDIT,	/* queue.c: credit is back; a peer is launched */
	LNET_WINDOW_SOCK_PEER_FOUND,	/* peer.c: found; referenced */
	LNET_WINDOW_SOCK_PEER_MADE,	/* peer.c: made; in the table */
	LNET_WINDOW_SOCK_PEER_DEAD,	/* known.c: out of the table; reference dropped */
	LNET_WINDOW_SOCK_CONN_OPEN,	/* conn.c: open and unlocked; job is kicked */
	LNET_WINDOW_SOCK_CONN_BROKEN,	/* conn.c: found broken; closed */
	LNET_WINDOW_SOCK_JOB_SERVED,	/* job.c: QUEUED is cleared; bits are read */
	LNET_WINDOW_SOCK_JOB_ENDING,	/* job.c: callbacks are off; ENDED is set */
	LNET_WINDOW_SOCK_GREET_BEGUN,	/* greet.c: the worker owns it; job is kicked */
	LNET_WINDOW_SOCK_DIAL_ADMIT,	/* admit.c: the peer answered; admitted */
	LNET_WINDOW_SOCK_DIAL_FAILED,	/* attempt.c: failure decided; messages are ended */
	LNET_WINDOW_SOCK_TX_TAKEN,	/* tx.c: off the queue; sent */
	LNET_WINDOW_SOCK_TX_GIVEN,	/* tx.c: reserves allowed, or not; TCP called */
	LNET_WINDOW_SOCK_RX_BUSY,	/* rx.c: bytes have come; marked busy */
	LNET_WINDOW_SOCK_WORKER_IDLE,	/* worker.c: will sleep; lists are read */

	LNET_WINDOWS,
	LNET_WINDOWS_CORE	= LNET_WINDOW_SOCK_NET_OPEN,
};

#ifdef LNET_KUNIT
extern bool lnet_window_opened[LNET_WINDOWS];

void lnet_window_enter(enum lnet_window window);

/**
 * struct lnet_window_plan - say which threads wait in a window, and how long
 * @us: time to wait, in microseconds; 0: wait until lnet_window_let_go(), or, if there is
 *	@fn, do not wait
 * @nth: number of the thread that waits, among those that pass; 1 is the next, as is 0
 * @every: true: each further @nth thread waits too; false: only that one
 * @task: only task that is counted and waits; NULL: any
 * @cpu_mask: CPUs on which threads are counted and wait, a bit each; 0: all
 * @fn: function that each thread that would wait calls first, or NULL
 * @arg: argument of @fn
 */
struct lnet_window_plan {
	unsigned int us;
	unsigned int nth;
	bool every;
	struct task_struct *task;
	unsigned long cpu_mask;
	void (*fn)(void *arg);
	void *arg;
};

/**
 * struct lnet_window_count - count the threads that passed a window
 * @passed: number of threads that passed, of those that the plan is for
 * @waited: number of those that waited, or called the plan's function
 * @forgotten: number of those that stopped, were not let go, and went on after two seconds
 */
struct lnet_window_count {
	u64 passed;
	u64 waited;
	u64 forgotten;
};

const char *lnet_window_name(enum lnet_window window);
void lnet_window_open(enum lnet_window window, const struct lnet_window_plan *plan);
bool lnet_window_await(enum lnet_window window);
void lnet_window_let_go(enum lnet_window window);
void lnet_window_close(enum lnet_window window);
void lnet_windows_close(void);
void lnet_window_counts(enum lnet_window window, struct lnet_window_count *count);

/* A window in the code. Context: any but hard interrupts; any locks may be held. */
static __always_inline void lnet_window(enum lnet_window window)
{
	if (unlikely(READ_ONCE(lnet_window_opened[window])))
		lnet_window_enter(window);
}
#else
static __always_inline void lnet_window(enum lnet_window window)
{
}
#endif

#endif /* _LNET_WINDOW_H */
