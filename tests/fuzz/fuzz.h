/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The API fuzz: shared by its files. See main.c for what it does.
 *
 * All decisions of a step are drawn from {seed, thread, number of the step}
 * alone. So step n of thread t makes the same decisions in every run with the
 * same seed, whatever the other threads do. The state that it finds depends on
 * the others.
 */
#ifndef _LNET_FUZZ_H
#define _LNET_FUZZ_H

#ifndef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#endif

#include <lnet/api.h>

#include "fn.h"

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

enum {
	FUZZ_PID		= LNET_PID_LUSTRE,
	FUZZ_THREADS_MAX	= 16,
	FUZZ_WAITERS		= 2,		/* threads that only wait */

	/* Portals. 0 is LNet's own. */
	FUZZ_PORTAL		= 10,		/* the first that all share */
	FUZZ_PORTALS		= 4,
	FUZZ_PORTAL_CROWD	= 20,		/* shared by crowds */
	FUZZ_PORTAL_HOT		= 21,		/* of a few MDs that all send to */
	FUZZ_PORTAL_OWN		= 32,		/* of thread 0, and so on */

	FUZZ_BITS		= 16,		/* match bits on shared portals */
	FUZZ_BYTES		= 4096,		/* of an MD, at most */
	FUZZ_DEPTH		= 3,		/* messages that cause messages */
};

/* The caller: a step of a thread, or a handler. */
struct fuzz_by {
	u64 state;		/* of the generator */
	unsigned int thread;
	u64 step;
	unsigned int depth;	/* of messages that caused this one */
	bool handler;
	u32 md;			/* whose handler it is */
	bool md_lustre;		/* that is of the handler interface */
};

static inline u64 fuzz_mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static inline u64 fuzz_draw(struct fuzz_by *by)
{
	by->state += 0x9e3779b97f4a7c15ULL;
	return fuzz_mix(by->state);
}

static inline u32 fuzz_below(struct fuzz_by *by, u32 n)
{
	return (u32)(((fuzz_draw(by) >> 32) * n) >> 32);
}

static inline bool fuzz_once_in(struct fuzz_by *by, u32 n)
{
	return !fuzz_below(by, n);
}

static inline gfp_t fuzz_gfp(const struct fuzz_by *by)
{
	return by->handler ? GFP_ATOMIC | __GFP_NOWARN : GFP_KERNEL;
}

/* An EQ that may be shared: a place where one comes after the other. */
struct fuzz_eq {
	u64 cookie;		/* 0: none at the moment */
	u64 freed;		/* the last one that LNetEQFree() has freed */
	atomic_t inside;	/* callbacks that run */
	unsigned int count;	/* of its ring */
	struct mutex lock;	/* to make or free one */
};

/* The purpose of an MD's memory. */
enum fuzz_sort {
	FUZZ_SOURCE,		/* bound, for PUTs: has the pattern of its id */
	FUZZ_FETCH,		/* bound, for GETs */
	FUZZ_SINK,		/* attached, for PUTs */
	FUZZ_STORE,		/* attached, for GETs: has the pattern of its id */
};

/*
 * Has LNetMDUnlink() of the handler interface returned 0? If a handler has called it, the UNLINK
 * event may still be to come.
 */
enum fuzz_taken { FUZZ_NOT_TAKEN, FUZZ_TAKEN_IN_HANDLER, FUZZ_TAKEN };

/*
 * The record of one MD with an EQ, from before it is made until its last event and
 * until no thread looks any more. The MD's `user_ptr` is its id.
 *
 * I: immutable once the MD is made; A: atomic; C: by callbacks, which do not
 * overlap; F: free_lock
 */
struct fuzz_md {
	u32 id;			/* of this life; another one each time */
	atomic_t refs;		/* A: one is the MD's */
	atomic_t inside;	/* A: a callback runs */
	atomic_t ops;		/* A: PUTs and GETs that returned 0 */
	atomic_t acks_due;	/* A: targets that will say so */

	enum fuzz_sort sort;	/* I: */
	bool quiet;		/* I: handlers call nothing: a model is kept */
	bool lustre;		/* I: of the handler interface */
	bool net;		/* A: some of its messages were for a network */
	u8 taken;		/* A: an enum fuzz_taken */
	struct lnet_handle_md handle;	/* I: stored by LNet */
	struct lnet_md umd;	/* I: as given to LNet */
	struct fuzz_eq *eq;	/* I: */
	u64 eq_cookie;		/* I: */
	u8 *mem;		/* I: until the last event */
	unsigned int bytes;	/* I: */
	unsigned int niov;	/* I: of @umd, 0: contiguous */
	union {
		struct kvec iov[3];
		struct bio_vec kiov[3];
	};

	unsigned int events;	/* C: */
	unsigned int sends;	/* C: */
	unsigned int acks;	/* C: */
	unsigned int replies;	/* C: */
	unsigned int landed;	/* C: PUTs or GETs that matched */
	unsigned int lasts;	/* C: */
	unsigned int end;	/* C: of the furthest PUT, bytes */
	unsigned int sum;	/* C: bytes of all */
	unsigned int offset;	/* C: of the last event */
	unsigned int mlength;	/* C: of the last event */
	int status;		/* C: of the last SEND event */
	int answered;		/* C: of the last ACK or REPLY event: its status */
	u64 hdr_data;		/* C: of the last PUT */
	DECLARE_BITMAP(written, FUZZ_BYTES);	/* C: bytes, by PUTs and answers */

	struct list_head link;	/* F: */
};

/* call.c: the table, and counts of calls ------------------------------------ */
const char *fuzz_fn_name(enum fuzz_fn fn);
int fuzz_said(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class,
	      int rc);
void fuzz_exact(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class,
		int rc, int want);
void fuzz_counted(struct fuzz_by *by, enum fuzz_fn fn, enum fuzz_class class);
void fuzz_count_event(enum lnet_event_kind kind);
u64 fuzz_calls(void);
u64 fuzz_events(void);
void fuzz_call_report(u64 least);
int fuzz_call_init(void);
void fuzz_call_exit(void);

/* judge.c: what is wrong ----------------------------------------------------- */
__printf(3, 4)
void fuzz_wrong(const struct fuzz_by *by, const char *word, const char *fmt,
		...);
unsigned int fuzz_wrongs(void);

/* watch.c: is anything going on? */
void fuzz_watch_phase(const char *phase);
void fuzz_watch_begin(void);
void fuzz_watch_end(void);

/*
 * Wait for something that another thread does. That takes longer than so many seconds only if it
 * never comes.
 */
enum { FUZZ_WAIT_S = 20 };

#define fuzz_wait_for(cond) ({							\
	unsigned long __end = jiffies + FUZZ_WAIT_S * HZ;			\
	bool __yes;								\
										\
	while (!(__yes = (cond)) && time_before(jiffies, __end))		\
		schedule_timeout_uninterruptible(1);				\
	__yes;									\
})

/* main.c */
extern bool fuzz_with[FUZZ_GROUPS];
extern u64 fuzz_seed;
extern bool fuzz_handlers;
extern bool fuzz_stop;		/* threads come to an end */
bool fuzz_over(void);
void fuzz_begin_step(struct fuzz_by *by, unsigned int thread, u64 step);

/* round.c, team.c */
int fuzz_round(unsigned int round);
int fuzz_team_run(unsigned int round);
extern unsigned int fuzz_threads;
extern unsigned int fuzz_rounds;

/* step.c: what a thread does next */
int fuzz_step_check(const char *avoid, const char *only);
void fuzz_step(struct fuzz_by *by);
void fuzz_step_in_handler(struct fuzz_by *by);
bool fuzz_avoids(const char *word);

/* odd.c: where a call is refused whatever its arguments are */
void fuzz_odd_down(void);
void fuzz_odd_forbidden(unsigned int eqs);

/* wrong.c, plain.c */
void fuzz_step_wrong(struct fuzz_by *by);
void fuzz_step_plain(struct fuzz_by *by);
void fuzz_step_print(struct fuzz_by *by);
void fuzz_step_ctl(struct fuzz_by *by);
void fuzz_step_init(struct fuzz_by *by);

/* record.c: of MDs ------------------------------------------------------------ */
int fuzz_md_init(void);
void fuzz_md_exit(void);
struct fuzz_md *fuzz_md_new(struct fuzz_by *by, enum fuzz_sort sort,
			    struct fuzz_eq *eq, u64 eq_cookie,
			    unsigned int bytes, unsigned int memory);
void fuzz_md_give_up(struct fuzz_md *md);
struct fuzz_md *fuzz_md_of(u32 id);
struct fuzz_md *fuzz_md_hold(u32 id);
void fuzz_md_put(struct fuzz_md *md);
void fuzz_md_last(struct fuzz_md *md);
void fuzz_md_acked(const struct fuzz_by *by, const struct fuzz_md *md);
void fuzz_md_none_left(void);

/* payload.c */
void fuzz_fill(u8 *mem, unsigned int bytes, u32 id);
void fuzz_fill_from(u8 *mem, unsigned int bytes, u32 id, unsigned int from);
bool fuzz_filled(const u8 *mem, unsigned int bytes, u32 id, unsigned int from);
u64 fuzz_hdr_data(const struct fuzz_by *by, u32 id, bool ack,
		  unsigned int offset);
#define FUZZ_HDR_ID(h)		((u32)((h) >> 32))
#define FUZZ_HDR_OK(h)		(((h) & 0xff) == 0x5a)
#define FUZZ_HDR_ACK(h)		((h) >> 8 & 1)
#define FUZZ_HDR_DEPTH(h)	((unsigned int)((h) >> 9 & 7))
#define FUZZ_HDR_OFFSET(h)	((unsigned int)((h) >> 12 & 0xfffff))

/* event.c */
void fuzz_event(struct lnet_event *ev);
void fuzz_handler(struct lnet_event *ev);
void fuzz_polled(struct fuzz_by *by, const struct lnet_event *ev);

/* board.c: handles that all know ---------------------------------------------- */
/* FUZZ_HMD: MDs of the handler interface */
enum fuzz_kind { FUZZ_ME, FUZZ_MD, FUZZ_HMD, FUZZ_EQ, FUZZ_KINDS };

/* A handle, and the id of its MD, if it has a record */
struct fuzz_handle {
	u64 cookie;
	u32 id;
};

enum { FUZZ_PLACES = 96 };	/* of MEs and of MDs on the board */

void fuzz_board_clear(void);
struct fuzz_handle fuzz_board_get(enum fuzz_kind kind, unsigned int place);
struct fuzz_handle fuzz_board_swap(enum fuzz_kind kind, unsigned int place,
				   struct fuzz_handle h);
void fuzz_bury(enum fuzz_kind kind, u64 cookie);
u64 fuzz_exhume(struct fuzz_by *by, enum fuzz_kind kind);
u64 fuzz_random_cookie(struct fuzz_by *by);
enum fuzz_class fuzz_pick(struct fuzz_by *by, enum fuzz_kind kind,
			  enum fuzz_class class, struct fuzz_handle *h);

/* queue.c: EQs that all share -------------------------------------------------- */
enum { FUZZ_EQS = 6 };
extern struct fuzz_eq fuzz_eqs[FUZZ_EQS];
void fuzz_eq_setup(struct fuzz_eq *q);
int fuzz_eq_make(struct fuzz_by *by, struct fuzz_eq *q, unsigned int count);
int fuzz_eq_free(struct fuzz_by *by, struct fuzz_eq *q, enum fuzz_class class);
struct fuzz_eq *fuzz_eq_any(struct fuzz_by *by, u64 *cookie);
void fuzz_step_queue(struct fuzz_by *by);
void fuzz_step_poll(struct fuzz_by *by);
int fuzz_wait(struct fuzz_by *by);
void fuzz_queue_sweep(struct fuzz_by *by);

/* share.c: MEs and MDs that all share ------------------------------------------ */
struct lnet_process_id fuzz_anybody(struct fuzz_by *by);
void fuzz_me_unlink(struct fuzz_by *by, struct fuzz_handle h,
		    enum fuzz_class class);
int fuzz_md_unlink(struct fuzz_by *by, struct fuzz_handle h,
		   enum fuzz_class class);
void fuzz_step_me(struct fuzz_by *by);
void fuzz_step_insert(struct fuzz_by *by);
void fuzz_step_attach(struct fuzz_by *by);
void fuzz_step_bind(struct fuzz_by *by);
void fuzz_step_me_unlink(struct fuzz_by *by);
void fuzz_step_md_unlink(struct fuzz_by *by);
void fuzz_step_lazy(struct fuzz_by *by);
void fuzz_share_sweep(struct fuzz_by *by);

/* move.c: PUT and GET */
extern const struct lnet_process_id fuzz_lo;
int fuzz_move_init(struct fuzz_by *by);
void fuzz_move_exit(struct fuzz_by *by);
int fuzz_put(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
	     u64 cookie, bool ack, unsigned int portal, u64 bits,
	     unsigned int offset);
int fuzz_get(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
	     u64 cookie, unsigned int portal, u64 bits, unsigned int offset);
void fuzz_step_put(struct fuzz_by *by);
void fuzz_step_get(struct fuzz_by *by);
void fuzz_step_hot(struct fuzz_by *by);

/* own.c, own_lazy.c, own_ring.c: a thread alone, and what must come of it ------- */
struct fuzz_own {
	struct fuzz_eq eq;
	unsigned int portal;
	spinlock_t lock;		/* the client's: see lock.c */
	struct lnet_handle_eq lock_eq;	/* without a callback, and empty */
};

extern struct fuzz_own fuzz_owns[FUZZ_THREADS_MAX];
struct fuzz_md *fuzz_own_md(struct fuzz_by *by, enum fuzz_sort sort,
			    unsigned int bytes);
int fuzz_own_begin(struct fuzz_by *by);
void fuzz_own_end(struct fuzz_by *by);
struct fuzz_md *fuzz_own_source(struct fuzz_by *by, enum fuzz_sort sort,
				unsigned int bytes, int threshold);
struct fuzz_md *fuzz_own_sink(struct fuzz_by *by, u64 bits,
			      struct lnet_handle_me *meh);
void fuzz_own_unlink(struct fuzz_by *by, struct fuzz_md *md, int want);
void fuzz_step_own(struct fuzz_by *by);
void fuzz_step_own_lazy(struct fuzz_by *by);
void fuzz_step_own_ring(struct fuzz_by *by);
void fuzz_step_ping(struct fuzz_by *by);

/* model.c: the expected state of an ME and its MD, for messages of one thread */
struct fuzz_model {
	struct lnet_handle_me meh;
	struct fuzz_md *md;
	bool me_lives;
	bool me_unlink;
	bool md_lives;
	bool md_unlink;
	bool store;
	bool exhausted;
	int threshold;
	unsigned int offset;
	unsigned int landed;
};

bool fuzz_model_post(struct fuzz_by *by, struct fuzz_model *m, lnet_nid_t from, u64 bits);
bool fuzz_model_predict(struct fuzz_model *m, bool get, unsigned int bytes,
			unsigned int roffset, unsigned int *mlength);
void fuzz_model_compare(struct fuzz_by *by, const struct fuzz_model *m,
			bool lands, unsigned int mlength);
void fuzz_model_close(struct fuzz_by *by, struct fuzz_model *m);
void fuzz_model_drop(struct fuzz_by *by, struct fuzz_model *m);

/* crowd.c: thousands of unique MEs */
int fuzz_crowd_init(void);
void fuzz_crowd_exit(void);
void fuzz_step_crowd(struct fuzz_by *by);
void fuzz_step_anchor(struct fuzz_by *by);
void fuzz_step_alias(struct fuzz_by *by);

/* lock.c: a client's own lock */
void fuzz_step_locked(struct fuzz_by *by);
void fuzz_step_lock(struct fuzz_by *by);
void fuzz_lock_report(void);

/* NIs, links and peers: see net.h. net.c: where they begin and end */
int fuzz_net_init(void);
void fuzz_net_exit(void);
int fuzz_net_begin(struct fuzz_by *by);
void fuzz_net_rest(void);
void fuzz_net_end(void);
void fuzz_net_watch(void);
bool fuzz_status_ok(int status);
struct lnet_process_id fuzz_net_target(struct fuzz_by *by);
lnet_nid_t fuzz_net_self(struct fuzz_by *by);

/* nis.c: NIs and links; ask.c, take.c: models; lie.c, claim.c: lies */
void fuzz_step_net(struct fuzz_by *by);
void fuzz_step_flap(struct fuzz_by *by);
void fuzz_step_driver(struct fuzz_by *by);
void fuzz_step_ask(struct fuzz_by *by);
void fuzz_step_take(struct fuzz_by *by);
void fuzz_step_take_lazy(struct fuzz_by *by);
void fuzz_step_peer(struct fuzz_by *by);
void fuzz_step_lie(struct fuzz_by *by);
void fuzz_step_claim(struct fuzz_by *by);

/* The handler interface: see lustre.h. lustre.c, hshare.c, hown.c, hname.c, htext.c */
int fuzz_lustre_begin(struct fuzz_by *by);
void fuzz_lustre_sweep(struct fuzz_by *by);
void fuzz_lustre_end(struct fuzz_by *by);
void fuzz_lustre_down(void);
void fuzz_step_hpost(struct fuzz_by *by);
void fuzz_step_hbind(struct fuzz_by *by);
void fuzz_step_hput(struct fuzz_by *by);
void fuzz_step_hget(struct fuzz_by *by);
void fuzz_step_hunlink(struct fuzz_by *by);
void fuzz_step_hlazy(struct fuzz_by *by);
void fuzz_step_hown(struct fuzz_by *by);
void fuzz_step_hwrong(struct fuzz_by *by);
void fuzz_step_hinit(struct fuzz_by *by);
void fuzz_step_hname(struct fuzz_by *by);
void fuzz_step_hpeer(struct fuzz_by *by);
void fuzz_step_hupdate(struct fuzz_by *by);
void fuzz_step_htext(struct fuzz_by *by);
void fuzz_step_hlist(struct fuzz_by *by);

#endif /* _LNET_FUZZ_H */
