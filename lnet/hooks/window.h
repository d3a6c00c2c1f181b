/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Windows: the places where steps of several CPUs meet that no lock keeps apart.
 * A few instructions wide, so that what is wrong there is not met in years; tests
 * widen them, one by one, or have a thread stop in one until they let it go. In
 * a normal build there is nothing at all in these places. See window.c.
 */
#ifndef _LNET_WINDOW_H
#define _LNET_WINDOW_H

#include <linux/compiler.h>
#include <linux/types.h>

struct task_struct;

/* Each is named by what has been done, and what follows has not. */
enum lnet_window {
	/* slot_combining.c; the letters are its own */
	LNET_WINDOW_SLOT_PUSH,		/* counted; Q: pushed */
	LNET_WINDOW_SLOT_TAKE,		/* turns seen; T: taken */
	LNET_WINDOW_SLOT_LEAVE,		/* all delivered; X: left */
	LNET_WINDOW_SLOT_LEFT,		/* L: left with turns; O: looked at again */
	LNET_WINDOW_SLOT_WAIT,		/* found not owned; O: taken over */
	LNET_WINDOW_SLOT_PROMISED,	/* the handler has returned; P: kept */

	/* run.c */
	LNET_WINDOW_RUN_PAUSED,		/* preemption allowed; off again */

	/* match.c; likewise */
	LNET_WINDOW_ME_FOUND,		/* K: cookie found right; its lock taken */
	LNET_WINDOW_ME_DYING,		/* G: cookie gone; out of its place */
	LNET_WINDOW_MATCH_LOOKED,	/* nothing is ordered; bucket locked */
	LNET_WINDOW_MATCH_COUNTED,	/* A: ordered raised; B: bucket locked */
	LNET_WINDOW_MATCH_LOOKED_UP,	/* B: bucket looked in; the list walked */
	LNET_WINDOW_MATCH_MISSED,	/* B: nothing found; C: in the queue */
	LNET_WINDOW_ATTACH_LOCKED,	/* D: bucket locked; E: ordered read */
	LNET_WINDOW_ATTACH_LIVE,	/* the MD is found; its ME has it */
	LNET_WINDOW_ATTACH_RESUME,	/* F: unlocked; the delayed received */
	LNET_WINDOW_DETACH_FOUND,	/* L: state read; ME and cookie read */

	/* me.c */
	LNET_WINDOW_ME_FILLING,		/* memory used again; all of it written */
	LNET_WINDOW_ME_PLACED,		/* its order is known; J: it is found */

	/* me_hash.h, me_hash.c, me_table.c */
	LNET_WINDOW_TABLE_LOOK,		/* bucket chosen; locked */
	LNET_WINDOW_TABLE_ASTRAY,	/* it was the wrong one; the next tried */
	LNET_WINDOW_TABLE_SPLIT,	/* level raised; the other one is live */
	LNET_WINDOW_TABLE_MOVE,		/* out of a bucket; into the other */
	LNET_WINDOW_TABLE_MERGED,	/* all moved; the buckets say so */
	LNET_WINDOW_TABLE_CROWDED,	/* nobody else resizes; known whether it helps */
	LNET_WINDOW_TABLE_GROWN,	/* all split; buckets raised */
	LNET_WINDOW_TABLE_SHRUNK,	/* buckets lowered; any merged */

	/* portal.c, delayed.c */
	LNET_WINDOW_PORTAL_ASKED,	/* LNet is running; the portal is made lazy, or not */
	LNET_WINDOW_PORTAL_CLEARED,	/* not lazy; those that wait dropped */
	LNET_WINDOW_PORTAL_RESUME,	/* out of the queue; received, dropped */

	/* md.c, md_state.[ch] */
	LNET_WINDOW_MD_FOUND,		/* found by its cookie; pinned */
	LNET_WINDOW_MD_PINNED,		/* pinned; its cookie compared */
	LNET_WINDOW_MD_ZOMBIE,		/* made a zombie; was it idle? */
	LNET_WINDOW_MD_COUNTED,		/* an operation has ended; was it the last? */
	LNET_WINDOW_MD_FILLING,		/* new cookie; all of it written */
	LNET_WINDOW_MD_CLAIMED,		/* a zombie; retired */
	LNET_WINDOW_MD_RETIRED,		/* not live; freed */

	/* eq_deliver.c */
	LNET_WINDOW_MD_ENDED,		/* the operation ended; callback called */
	LNET_WINDOW_EQ_CALLED,		/* callback called; MD buried */
	LNET_WINDOW_EQ_BURIED,		/* MD buried; event published */

	/* ring.c; the letters are of ring.c */
	LNET_WINDOW_EQ_WRITTEN,		/* event in the ring; enq raised */
	LNET_WINDOW_EQ_FULL,		/* A: enq raised; deq raised */

	/* eq.c, eq_poll.c */
	LNET_WINDOW_EQ_PUBLISHED,	/* it is found; who made it has its handle */
	LNET_WINDOW_EQ_FOUND,		/* found; referenced */
	LNET_WINDOW_EQ_SCANNED,		/* poll found nothing; it sleeps */
	LNET_WINDOW_EQ_DEAD,		/* dead; its handle freed */

	/* handle.c */
	LNET_WINDOW_HANDLE_RESERVED,	/* there is a cookie; an object is found */
	LNET_WINDOW_HANDLE_GROW,	/* a chunk allocated; in the table */

	/* users.c, users.h; the letters are of users.c */
	LNET_WINDOW_USERS_OPEN,		/* B: open; A: one counted in */
	LNET_WINDOW_USERS_CLOSING,	/* C: closing; grace period waited for */
	LNET_WINDOW_USERS_COUNTED,	/* summed; D: closed, or not */

	/* ping_info.c */
	LNET_WINDOW_PING_WRITING,	/* counted less; an NI is written */

	/* socklnd */
	LNET_WINDOW_SOCK_NET_OPEN,	/* net.c: held; looked for closing again */
	LNET_WINDOW_SOCK_CREDIT,	/* host.c: given back; the starved told */
	LNET_WINDOW_SOCK_PEER_FOUND,	/* peer.c: found; referenced */
	LNET_WINDOW_SOCK_PEER_MADE,	/* peer.c: made; in the table */
	LNET_WINDOW_SOCK_PEER_DEAD,	/* peer.c: out of the table; let go of */
	LNET_WINDOW_SOCK_CONN_OPEN,	/* conn.c: open, unlocked; kicked */
	LNET_WINDOW_SOCK_CONN_BROKEN,	/* conn.c: found broken; closed */
	LNET_WINDOW_SOCK_JOB_SERVED,	/* job.c: not queued; its bits read */
	LNET_WINDOW_SOCK_JOB_ENDING,	/* job.c: no callbacks; ended */
	LNET_WINDOW_SOCK_GREET_BEGUN,	/* greet.c: its worker's; kicked */
	LNET_WINDOW_SOCK_DIAL_ADMIT,	/* admit.c: answered; admitted */
	LNET_WINDOW_SOCK_DIAL_FAILED,	/* dial.c: decided; messages ended */
	LNET_WINDOW_SOCK_TX_TAKEN,	/* tx.c: off the queue; sent */
	LNET_WINDOW_SOCK_TX_GIVEN,	/* tx.c: reserves allowed, or not; TCP called */
	LNET_WINDOW_SOCK_RX_BUSY,	/* rx.c: busy; since when */
	LNET_WINDOW_SOCK_WORKER_IDLE,	/* worker.c: will sleep; lists read */

	LNET_WINDOWS,
	LNET_WINDOWS_CORE	= LNET_WINDOW_SOCK_NET_OPEN,
};

#ifdef LNET_KUNIT
extern bool lnet_window_opened[LNET_WINDOWS];

void lnet_window_enter(enum lnet_window window);

/**
 * struct lnet_window_plan - what becomes of who passes a window
 * @us: how long to wait there; 0: until lnet_window_let_go()
 * @nth: which of them: 1 is the next, as is 0
 * @every: and from then on, each @nth; else only that one
 * @task: only this task is counted and waits; NULL: any
 * @cpu_mask: only on these CPUs, a bit each; 0: on any
 * @fn: called there before, by each that would wait; with it, @us 0 is no wait
 * @arg: for @fn
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
 * struct lnet_window_count - what has come of it
 * @passed: who passed, of those that the plan is for
 * @waited: of them, who waited
 * @forgotten: of them, who was not let go of, and went on after two seconds
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

/* A place in the code. Any context but hard interrupts, any lock held. */
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
