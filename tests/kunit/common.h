/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: a recorder behind every EQ, objects that go away with
 * their case, threads, and a driver without a network (fakelnd.c).
 */
#ifndef _LNET_KUNIT_COMMON_H
#define _LNET_KUNIT_COMMON_H

#include <kunit/test.h>
#include <lnet/api.h>
#include <lnet/lnd.h>

#include "hooks/alloc.h"
#include "event/handle.h"
#include "meter.h"
#include "event/object.h"
#include "event/stat.h"
#include "hooks/window.h"
#include "network/ni.h"

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kconfig.h>
#include <linux/kmsg_dump.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/spinlock.h>

/*
 * A portal of the tests' own, and one that no test ever makes lazy. Portal 0
 * is the module's.
 */
#define LT_PORTAL	10
#define LT_PORTAL2	11

/* A debug kernel is about this much slower; loops are this much shorter. */
#if IS_ENABLED(CONFIG_PROVE_LOCKING) || IS_ENABLED(CONFIG_KASAN)
#define LT_SLOW		10
#elif IS_ENABLED(CONFIG_KCSAN)
#define LT_SLOW		4
#else
#define LT_SLOW		1
#endif

/* Longer than anything takes that does not hang, in milliseconds. */
#define LT_PATIENCE_MS	20000

/* Recorder: what an EQ handler has seen --------------------------------- */

enum { LT_REC_MAX = 160 };

/* Events in the order of their callbacks; L: lock */
struct lt_rec {
	spinlock_t lock;		/* innermost: taken in handlers */
	unsigned int count;		/* L: all, also those not kept */
	struct {
		struct lnet_event ev;
		struct task_struct *task;
	} seen[LT_REC_MAX];		/* L: the first ones */
};

extern atomic_t lt_recorded_wrongly;	/* callbacks where none may run */
bool lt_bad_context(void);

struct lt_rec *lt_rec(struct kunit *test);
void lt_record(struct lnet_event *event);
unsigned int lt_rec_count(struct lt_rec *rec);
bool lt_rec_wait(struct lt_rec *rec, unsigned int count);
void lt_rec_clear(struct lt_rec *rec);
const struct lnet_event *lt_rec_ev(struct kunit *test, struct lt_rec *rec,
				   unsigned int index);
void lt_expect_event(struct kunit *test, struct lt_rec *rec,
		     unsigned int index, enum lnet_event_kind kind,
		     int status, int unlinked);
void lt_expect_id(struct kunit *test, const char *what, const struct lnet_process_id *id,
		  lnet_nid_t nid, lnet_pid_t pid);

/* Fixture --------------------------------------------------------------- */

int lt_suite_init(struct kunit_suite *suite);
void lt_suite_exit(struct kunit_suite *suite);
int lt_case_init(struct kunit *test);
int lt_case_init_down(struct kunit *test);

/* The suite of a module, whose cases are <name>_cases[]. */
#define LT_SUITE(suite)							\
	static struct kunit_suite suite##_suite = {			\
		.name = #suite,						\
		.suite_init = lt_suite_init,				\
		.suite_exit = lt_suite_exit,				\
		.init = lt_case_init,					\
		.test_cases = suite##_cases,				\
	};								\
	kunit_test_suite(suite##_suite)

/* Objects that are gone when the case is over --------------------------- */

extern const struct lnet_process_id lt_any;	/* anybody */
extern const struct lnet_process_id lt_lo;	/* ourselves, over loopback */

struct lnet_process_id lt_id(lnet_nid_t nid, lnet_pid_t pid);
struct lnet_md lt_md(void *start, unsigned int length, int threshold,
		     unsigned int options, struct lnet_handle_eq eqh,
		     void *user_ptr);
struct lnet_handle_eq lt_no_eq(void);

struct lnet_handle_eq lt_eq_alloc(struct kunit *test, unsigned int count,
				  lnet_eq_handler_t handler);
struct lnet_handle_me lt_me_attach(struct kunit *test, unsigned int portal,
				   struct lnet_process_id id, u64 match_bits,
				   u64 ignore_bits, enum lnet_unlink unlink,
				   enum lnet_ins_pos pos);
struct lnet_handle_me lt_me_any(struct kunit *test, u64 match_bits);
struct lnet_libmd *lt_md_of(struct kunit *test, struct lnet_handle_md mdh);
struct lnet_handle_md lt_md_attach(struct kunit *test,
				   struct lnet_handle_me meh,
				   struct lnet_md md, enum lnet_unlink unlink);
struct lnet_handle_md lt_md_bind(struct kunit *test, struct lnet_md md,
				 enum lnet_unlink unlink);
void *lt_vmalloc(struct kunit *test, size_t bytes);
void *lt_page(struct kunit *test);
void lt_lazy(struct kunit *test, unsigned int portal);

/* One side of a message: memory for an MD, and an EQ with a recorder. */
struct lt_side {
	struct lt_rec *rec;
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;	/* the suite's, as are the next two */
	struct lnet_handle_md mdh;
	struct lnet_md md;
	char *buf;
};

struct lt_side *lt_side(struct kunit *test, unsigned int bytes);

int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data);
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset);
struct lnet_handle_md lt_source(struct kunit *test, void *start,
				unsigned int length);

/* Self-describing payload ------------------------------------------------ */

void lt_fill(void *buf, size_t bytes, u32 seed);
bool lt_filled(const void *buf, size_t bytes, u32 seed, size_t skip);
bool lt_is_byte(const void *buf, size_t bytes, u8 byte);

/* Counters --------------------------------------------------------------- */

u64 lt_drops(unsigned int portal, enum lnet_portal_drop reason);
u64 lt_drops_all(unsigned int portal);
u64 lt_drops_everywhere(void);
u64 lt_matched(unsigned int portal);
u64 lt_delayed(unsigned int portal);

/* One value of sysfs, by path below /sys/kernel/lnet. */
void lt_param(struct kunit *test, const char *name, const char *value);
void lt_skip_delivery(struct kunit *test, const char *scheme,
		      const char *reason);
int lt_sysfs_read(const char *path, char *buf, size_t size);
int lt_sysfs_write(const char *path, const char *text);
u64 lt_sysfs_u64(struct kunit *test, const char *path);

/* No callback inside another ---------------------------------------------- */

extern atomic_t lt_nested;
void lt_enter(void);
void lt_leave(void);

/* Threads ---------------------------------------------------------------- */

/* O: owner; T: the thread */
struct lt_thread {
	struct task_struct *task;	/* O: */
	int (*fn)(struct lt_thread *t);
	void *arg;
	unsigned int index;
	unsigned int rounds;		/* T: how often it has done its work */
	struct completion began;
	struct completion done;
	int rc;				/* T: until @done */
};

void lt_thread_start(struct kunit *test, struct lt_thread *t,
		     int (*fn)(struct lt_thread *t), void *arg,
		     unsigned int index);
int lt_thread_join(struct lt_thread *t);
int lt_thread_stop(struct lt_thread *t);
int lt_thread_stop_after(struct kunit *test, struct lt_thread *t,
			 unsigned int least);

/* For how long threads go on, of the one case that runs. */
void lt_run_begin(unsigned int ms);
bool lt_run_over(bool enough);

/* Of the thread itself: it has done its work once more. */
static inline void lt_thread_round(struct lt_thread *t)
{
	WRITE_ONCE(t->rounds, t->rounds + 1);
}

/*
 * In a thread: spin until one on another CPU makes a condition true. False: it was
 * told to stop before it looked, and the condition was not so. The other way
 * round, a thread that does not run between its two looks would miss what came
 * meanwhile, with the stop behind it.
 */
#define lt_spin_until(cond)						\
	lt_until(cond, ({ cpu_relax(); cond_resched(); }))

/* The same for what comes from a thread that may need this CPU. */
#define lt_sleep_until(cond)						\
	lt_until(cond, schedule_timeout_uninterruptible(1))

#define lt_until(cond, pause)						\
({									\
	bool __stop, __met;						\
									\
	for (;;) {							\
		__stop = kthread_should_stop();				\
		__met = (cond);						\
		if (__met || __stop)					\
			break;						\
		pause;							\
	}								\
	__met;								\
})

/* Wait for a condition that another thread makes true, but not for ever. */
#define lt_wait_for(cond)						\
({									\
	unsigned long __end = jiffies + msecs_to_jiffies(LT_PATIENCE_MS); \
	bool __met;							\
									\
	while (!(__met = (cond)) && time_before(jiffies, __end))	\
		schedule_timeout_uninterruptible(1);			\
	__met;								\
})

/* Windows ---------------------------------------------------------------- */

/* A thread and the case; B: bool, set once, with release */
struct lt_meeting {
	struct lt_thread *first;
	unsigned int nth;
	unsigned int passed;		/* by @first: how often it has come */
	bool there;			/* B: @first is in its window, */
	bool begun;			/* B: the case in its call, */
	bool over;			/* B: which has returned */
	bool met;			/* by @first: @begun or @over, when it left */
};

void lt_window_open(struct kunit *test, enum lnet_window window,
		    const struct lnet_window_plan *plan);
struct lt_meeting *lt_meeting(struct kunit *test, struct lt_thread *first,
			      enum lnet_window window, unsigned int nth,
			      enum lnet_window mine);
bool lt_meeting_await(struct lt_meeting *m);
void lt_meeting_over(struct lt_meeting *m);

/* The log ---------------------------------------------------------------- */

/* A provoked kernel warning, announced to whoever judges the log. */
void lt_expect_warnings(unsigned int n, const char *text);
void lt_expected_warnings_done(void);

/* A place in the kernel's log. */
struct lt_log {
	struct kmsg_dump_iter iter;
};

void lt_log_begin(struct lt_log *log);
unsigned int lt_log_count(const struct lt_log *log, const char *text,
			  const char *and);

/* The fake LND ----------------------------------------------------------- */

#define LT_NET		LNET_MKNET(PTL4LND, 7)
#define LT_NID(n)	LNET_MKNID(LT_NET, n)
#define LT_NID_SELF	LT_NID(1)	/* of the fake NI */
#define LT_NID_PEER	LT_NID(2)	/* somebody out there */

enum { LT_SENT_MAX = 32 };

/* How the driver ends what it still has when its NI goes; the core says else. */
#define LT_LND_ENDED	(-ECONNABORTED)

/* What was given to lnd_send(). */
struct lt_sent {
	struct lnet_hdr hdr;
	lnet_nid_t peer;
	u8 type;
	unsigned int len;
};

/*
 * A message on its way in; alive until it is received, @done says so. The
 * payload is zeroes where @payload is NULL.
 */
struct lt_rx {
	struct list_head mine;		/* the case's */
	struct lnet_hdr hdr;
	struct lnet_process_id from;	/* as the LND says */
	const void *payload;
	unsigned int recvs;		/* calls of lnd_recv() */
	bool dropped;			/* the core wanted none of it */
	bool delayed;			/* lnd_recv() said so */
	bool eager;			/* lnd_eager_recv() was called */
	struct lnet_msg *waits;		/* with this */
	bool parsed;			/* lnet_parse() has returned */
	bool too_late;			/* in lnd_recv() it could not be abandoned any more */
	bool newpriv;			/* and what it gave came back */
	bool done;			/* finalized, or thrown away */

	/* Held: arguments of lnd_recv(), to be carried out later. */
	struct list_head link;
	struct lnet_msg *msg;
	struct kvec *iov;
	struct bio_vec *kiov;
	unsigned int niov;
	unsigned int offset;
	unsigned int mlen;
	unsigned int rlen;
};

/* An NI on the fake LND. The knobs may be turned at any time. L: lock */
struct lt_ni {
	struct lnet_ni *ni;

	/* knobs */
	int nid_rc;			/* what lnd_nid() returns */
	int startup_rc;
	void (*on_shutdown)(struct lt_ni *f);	/* called inside lnd_shutdown() */
	void (*on_notify)(struct lt_ni *f);	/* called inside lnd_notify() */
	void (*on_discard)(struct lt_ni *f);	/* called where there is no message */
	bool hold_send;			/* lnd_send() keeps the message */
	bool hold_recv;			/* lnd_recv() keeps it */
	bool hold_discard;		/* without a message it waits for the end */
	int send_rc;			/* what lnd_send() returns */
	int recv_rc;			/* what lnd_recv() returns */
	int eager_rc;			/* what lnd_eager_recv() returns */
	bool hold_eager;		/* lnd_eager_recv() waits until not */
	int ctl_rc;			/* what lnd_ctl() returns */
	time64_t query_when;		/* what lnd_query() says */
	int accept_rc;			/* what lnd_accept() returns */
	int send_status;		/* status of a finished send */
	int recv_status;		/* status of a finished receive */

	atomic_t parsing;		/* lnet_parse() is running so often */
	spinlock_t lock;		/* innermost */
	struct list_head held_send;	/* L: struct lnet_msg::queue */
	struct list_head held_recv;	/* L: struct lt_rx::link */
	unsigned int nsent;		/* L: */
	unsigned int nrecv;		/* L: */
	unsigned int nshutdown;
	unsigned int shutdown_turn;	/* the last one's, among all */
	unsigned int ctl_cmd;		/* what lnd_ctl() got */
	void *ctl_arg;
	lnet_nid_t notify_nid;		/* what lnd_notify() got */
	int notify_alive;
	lnet_nid_t query_nid;		/* what lnd_query() got */
	struct socket *accept_sock;	/* what lnd_accept() got */
	struct lt_sent sent[LT_SENT_MAX];	/* L: the last ones */
	u8 *tx;				/* L: payload of the last one */

	/* lt_ni_offer() */
	struct list_head offered;	/* starting_mutex */
	const char *where;
	lnet_nid_t nid;
};

extern const struct lnet_lnd lt_lnd;
extern atomic_t lt_lnd_locked;	/* it was called with a lock held, or who knows */

struct lt_ni *lt_ni_new(struct kunit *test);
int lt_ni_start(struct lt_ni *f, lnet_nid_t nid);
struct lt_ni *lt_ni_at(struct kunit *test, lnet_nid_t nid);
struct lt_ni *lt_ni(struct kunit *test);
void lt_ni_stop(struct lt_ni *f);
struct lt_ni *lt_ni_offer(struct kunit *test, const char *where,
			  lnet_nid_t nid);
unsigned int lt_ni_sends(struct lt_ni *f);
const struct lt_sent *lt_ni_sent(struct kunit *test, struct lt_ni *f,
				 unsigned int index);
bool lt_ni_finish_send(struct lt_ni *f, unsigned int index, int status);
unsigned int lt_ni_finish_sends(struct lt_ni *f, int status);
bool lt_ni_finish_recv(struct lt_ni *f, unsigned int index, int status);
void lt_ni_finish_all(struct lt_ni *f);
unsigned int lt_ni_held_recvs(struct lt_ni *f);
u64 lt_ni_drops(struct lt_ni *f, enum lnet_ni_drop reason);
u64 lt_ni_drops_all(struct lt_ni *f);

/* Headers as a peer would write them. */
struct lt_rx *lt_rx(struct kunit *test);
void lt_hdr(struct lt_rx *rx, enum lnet_msg_type type, lnet_nid_t src,
	    unsigned int bytes);
void lt_hdr_put(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset, u64 hdr_data);
void lt_hdr_get(struct lt_rx *rx, u64 match_bits, unsigned int bytes,
		unsigned int offset);
void lt_hdr_from(struct lt_rx *rx, lnet_nid_t nid, lnet_pid_t pid);
int lt_parse(struct lt_ni *f, struct lt_rx *rx);

#endif /* _LNET_KUNIT_COMMON_H */
