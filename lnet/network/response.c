// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that do not come. A request is a GET, or a PUT that asks for an ACK. Its target may drop
 * it, or die; its SEND may fail. LNet unlinks an MD with LNET_MD_TRACK_RESPONSE when a request that
 * was made with it has no answer after lnet_transaction_timeout= seconds.
 *
 * What is missing
 * ---------------
 * One word of the MD (response.h) counts the requests that have no answer, in two groups. A request
 * that finds nothing missing is the elder group, with the time of the call. Requests that come
 * while an answer to the elder group is missing are the younger group, which has no time. When the
 * last answer to the elder group has come, the younger group becomes the elder one, with the time
 * of that answer:
 *
 *	                asked                  asked
 *	nothing missing ----> an elder group -------> an elder and a younger one
 *	       ^                |        ^                      |
 *	       +----------------+        +----------------------+
 *	          answered           answered: the younger is the elder one now
 *
 * So all requests of the elder group were made at its time or before, and if one of them is missing
 * too long, the MD is late. The only request of an MD is unlinked after its own time, and of many
 * each after one time-out to two. The two counts tell that of any number of requests, also of those
 * that the word of answer.h counts as old. The request has its group in its header (answer.c; over
 * the loopback, in the interface cookie), and the answer brings it back: so the counts are exact,
 * and an answer takes one step.
 *
 * A request whose SEND has failed stays counted, as no answer comes.
 *
 * The walk
 * --------
 * A work item looks at the words of all live bound MDs, through the handle table. It is queued
 * by the first request, for the time at which that is late, and by itself as long as an answer is
 * missing. There is no list, and no lock but when it is queued. A request must not be overlooked:
 *
 *	lnet_response_ask()			the work
 *	  A: count the request			  C: clear "pending"
 *	  B: pending? else queue the work	  D: read the words
 *
 * A is a full barrier, and the workqueue has one between C and D. If B finds the work pending, D
 * sees the request. Else B queues the work. [response-walk]
 *
 * What it may meet
 * ----------------
 *  - An MD that dies, or another life in its memory. The walk looks at the state and the word
 *    first. What it sees may be of two lives, and only tells whether it is worth while to pin the
 *    MD. The pin succeeds on a live bound MD, keeps it in this life, and then the word is read
 *    again: it was 0 when the life began.
 *  - An answer, on another CPU. It begins an operation, by a step of the MD's state; the walk makes
 *    the MD a zombie, by another. If the answer is first, the MD is busy, and its last event says
 *    `unlinked`. Else the answer finds no MD, and is dropped as one that comes too late.
 *  - LNetMDUnlink(), or the end of the last operation: exactly one thread retires an MD (md.c).
 *  - LNet going down. lnet_response_stop() waits for the walk, and none begins afterwards. A
 *    request that is still being made then finds no work to queue.
 *
 * The UNLINK event is delivered outside of the RCU read section, by the thread of the work. Memory
 * may be written back through LNet, and a file system that does so may wait for this event. So the
 * work has a queue of its own that makes progress without memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "network/response.h"
#include "event/cpu.h"
#include "event/handle.h"
#include "event/md.h"
#include "event/md_state.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "lnet.h"

#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

enum {
	TICKS_EACH_S	= 8,		/* or a little less, if HZ is no multiple of it */
	WALKS		= 8,		/* in a time-out, at most, and at most one each second */
	TIMEOUT_MAX_S	= 7 * 24 * 3600,
};

#define TICK_JIFFIES	DIV_ROUND_UP(HZ, TICKS_EACH_S)

static_assert((u64)TIMEOUT_MAX_S * HZ < U32_MAX);
/* The work looks at a word before its age is ambiguous. */
static_assert(TIMEOUT_MAX_S * TICKS_EACH_S / WALKS * (WALKS + 1) < LNET_RESPONSE_AGE_MAX);

/* The word of an MD --------------------------------------------------------- */

#define SINCE_SHIFT	(2 * LNET_RESPONSE_COUNT_BITS)
#define SINCE_MASK	((1U << LNET_RESPONSE_SINCE_BITS) - 1)
#define ELDER_SHIFT	(SINCE_SHIFT + LNET_RESPONSE_SINCE_BITS)

static_assert(ELDER_SHIFT < 64);

static u32 response_elder(u64 word)
{
	return word >> ELDER_SHIFT & 1 ? LNET_RESPONSE_SECOND : LNET_RESPONSE_FIRST;
}

static u32 response_other(u32 group)
{
	return LNET_RESPONSE_FIRST + LNET_RESPONSE_SECOND - group;
}

static unsigned int response_shift(u32 group)
{
	return group == LNET_RESPONSE_SECOND ? LNET_RESPONSE_COUNT_BITS : 0;
}

static u32 response_count(u64 word, u32 group)
{
	return word >> response_shift(group) & LNET_RESPONSE_COUNT_MAX;
}

/* The word with @elder as the elder group, from @now on. */
static u64 response_date(u64 word, u32 elder, u32 now)
{
	word &= (1ULL << SINCE_SHIFT) - 1;
	word |= (u64)(now & SINCE_MASK) << SINCE_SHIFT;
	return elder == LNET_RESPONSE_SECOND ? word | 1ULL << ELDER_SHIFT : word;
}

/**
 * lnet_response_asked() - add a request
 * @word: the word of its MD
 * @now: the time, in ticks
 * @group: set to the group of the request; LNET_RESPONSE_NONE: @word is full, and the request is
 *	not counted
 *
 * Context: any.
 * Return: the new word.
 */
u64 lnet_response_asked(u64 word, u32 now, u32 *group)
{
	u32 elder = response_elder(word);

	if (!response_count(word, elder)) {
		*group = elder;
		word = response_date(word, elder, now);
	} else if (response_count(word, response_other(elder)) < LNET_RESPONSE_COUNT_MAX) {
		*group = response_other(elder);
	} else {
		*group = LNET_RESPONSE_NONE;
		return word;
	}
	return word + (1ULL << response_shift(*group));
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_response_asked);

/**
 * lnet_response_answered() - take a request out that has been answered
 * @word: the word of its MD
 * @group: the group of the request; if none of it is missing, nothing happens
 * @now: the time, in ticks
 *
 * Context: any.
 * Return: the new word.
 */
u64 lnet_response_answered(u64 word, u32 group, u32 now)
{
	u32 other = response_other(group);

	if (!response_count(word, group))
		return word;
	word -= 1ULL << response_shift(group);
	if (group == response_elder(word) && !response_count(word, group) &&
	    response_count(word, other))
		word = response_date(word, other, now);
	return word;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_response_answered);

/**
 * lnet_response_is_missing() - tell whether an answer is missing
 * @word: the word of an MD
 *
 * Context: any.
 * Return: true if one is.
 */
bool lnet_response_is_missing(u64 word)
{
	/* There is no younger group without an elder one. */
	return response_count(word, response_elder(word));
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_response_is_missing);

/**
 * lnet_response_age() - tell for how long the elder group has waited
 * @word: the word of an MD to which an answer is missing
 * @now: the time, in ticks; another CPU may have been ahead when it wrote @word
 *
 * Context: any.
 * Return: the age in ticks, up to LNET_RESPONSE_AGE_MAX. A group that has waited for longer than
 * that may look young.
 */
u32 lnet_response_age(u64 word, u32 now)
{
	u32 since = word >> SINCE_SHIFT & SINCE_MASK;

	return max(sign_extend32(now - since, LNET_RESPONSE_SINCE_BITS - 1), 0);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_response_age);

/* The time-out and the work -------------------------------------------------- */

static unsigned int timeout_s = 150;	/* W to write; READ_ONCE to read */

/* W */
static DEFINE_SPINLOCK(walk_lock);
static bool may_walk;			/* W: LNet is up */
static struct workqueue_struct *walk_wq;	/* I: from load to unload */

/* Each request reads whether it is pending. So nothing that is often written is on its line. */
static struct {
	struct delayed_work work;
} walk ____cacheline_aligned_in_smp;

static u32 response_now(void)
{
	return jiffies / TICK_JIFFIES;
}

/* The age at which a request is late: no less than the time-out, although ages are rounded. */
static u32 response_limit(unsigned int seconds)
{
	return DIV_ROUND_UP(seconds * HZ, TICK_JIFFIES) + 1;
}

/*
 * Queue the work for the time at which a request that is made now is late. An old time-out may be
 * much longer than one that has been set meanwhile, and the work would be pending until then for
 * all other requests as well: so it is read under the lock.
 */
static noinline void response_queue(void)
{
	lnet_window(LNET_WINDOW_RESPONSE_QUEUE);
	spin_lock(&walk_lock);
	if (may_walk && timeout_s)
		queue_delayed_work(walk_wq, &walk.work,
				   (unsigned long)response_limit(timeout_s) * TICK_JIFFIES);
	spin_unlock(&walk_lock);
}

/* Queue the work again, after a walk that went by the time-out @seconds. */
static void response_requeue(unsigned int seconds, u32 ticks)
{
	spin_lock(&walk_lock);
	/* A request may have queued it meanwhile, for later. */
	if (may_walk)
		mod_delayed_work(walk_wq, &walk.work, seconds == timeout_s ?
				 (unsigned long)ticks * TICK_JIFFIES : 0);
	spin_unlock(&walk_lock);
}

static int response_set_timeout(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n > TIMEOUT_MAX_S) {
		pr_err("%s=%s is not in 0..%u\n", kp->name, val, TIMEOUT_MAX_S);
		return -EINVAL;
	}
	spin_lock(&walk_lock);
	WRITE_ONCE(timeout_s, n);
	if (may_walk)
		mod_delayed_work(walk_wq, &walk.work, 0);
	spin_unlock(&walk_lock);
	return 0;
}

static const struct kernel_param_ops timeout_ops = {
	.set = response_set_timeout,
	.get = param_get_uint,
};
module_param_cb(lnet_transaction_timeout, &timeout_ops, &timeout_s, 0644);
MODULE_PARM_DESC(lnet_transaction_timeout, "Time limit for the answer to a GET, or to a PUT that wants an ACK, if its MD has LNET_MD_TRACK_RESPONSE, up to 604800 seconds; 0: none (default 150)");

/* Asking and answering ------------------------------------------------------- */

/**
 * lnet_response_ask() - wait for the answer to a request that is about to be sent
 * @md: the MD of the request, which has LNET_MD_TRACK_RESPONSE; an operation holds it
 *
 * Context: task; does not sleep.
 * Return: the group of the request, for its header.
 */
u32 lnet_response_ask(struct lnet_libmd *md)
{
	u64 word = atomic64_read(&md->response), new;
	u32 group;

	do {
		new = lnet_response_asked(word, response_now(), &group);
	} while (!atomic64_try_cmpxchg(&md->response, (s64 *)&word, new));	/* A */

	lnet_window(LNET_WINDOW_RESPONSE_ASKED);
	if (unlikely(!delayed_work_pending(&walk.work)))			/* B */
		response_queue();
	return group;
}

/**
 * lnet_response_take() - wait no more for an answer, because it has come
 * @md: the MD of the request; the operation of the answer holds it
 * @group: the group that lnet_response_ask() returned; not LNET_RESPONSE_NONE
 *
 * Context: any.
 */
void lnet_response_take(struct lnet_libmd *md, u32 group)
{
	u64 word = atomic64_read(&md->response);

	while (!atomic64_try_cmpxchg(&md->response, (s64 *)&word,
				     lnet_response_answered(word, group, response_now())))
		;
}

/* The walk ------------------------------------------------------------------- */

enum { NEVER = U32_MAX };

struct response_walk {
	u32 limit;			/* age at which a request is late, ticks */
	u32 next;			/* ticks until one may be, or NEVER */
	struct lnet_libmd *idle;	/* claimed, and the walk's to retire */
};

/* Is an answer late? If one is missing but not late, note when it will be. */
static bool response_is_late(struct response_walk *w, const struct lnet_libmd *md)
{
	u64 word = atomic64_read(&md->response);		/* D */
	u32 age;

	if (!lnet_response_is_missing(word))
		return false;
	age = lnet_response_age(word, response_now());
	if (age < w->limit)
		w->next = min(w->next, w->limit - age);
	return age >= w->limit;
}

/* Claim @md if it is late in this life. Returns whether it is idle, so the caller retires it. */
static bool response_claim(struct response_walk *w, struct lnet_libmd *md)
{
	bool claimed = false, idle;

	lnet_window(LNET_WINDOW_RESPONSE_LATE);
	preempt_disable();
	if (lnet_md_try_pin(md)) {
		claimed = response_is_late(w, md) && lnet_md_claim_late(md, &idle);
		if (claimed)
			lnet_count(lnet_cpu()->stats.response_timeouts, 1);
		lnet_md_drop_pin(md);
	}
	preempt_enable();
	return claimed && idle;
}

/* In an RCU read section. Returns 1 if the walk has an MD to retire. */
static int response_look(void *object, void *arg)
{
	const u64 flags = LNET_MD_LIVE | LNET_MD_ZOMBIE | LNET_MD_ATTACHED;
	struct lnet_libmd *md = object;
	struct response_walk *w = arg;

	if ((atomic64_read(&md->state) & flags) != LNET_MD_LIVE)
		return 0;
	if (likely(!response_is_late(w, md)) || !response_claim(w, md))
		return 0;
	w->idle = md;
	return 1;
}

/* C: the workqueue has cleared "pending", and made a full barrier. */
static void response_work(struct work_struct *work)
{
	unsigned int seconds = READ_ONCE(timeout_s);
	struct response_walk w = { .limit = response_limit(seconds), .next = NEVER };
	u32 index = 0;

	if (!seconds)
		return;
	while (lnet_handle_for_each(LNET_HANDLE_MD, &index, response_look, &w))
		lnet_md_unlinked(w.idle);
	if (w.next != NEVER)
		response_requeue(seconds, max3(w.next, w.limit / WALKS, (u32)TICKS_EACH_S));
}

/* Up and down ---------------------------------------------------------------- */

/**
 * lnet_response_allow() - let requests be late, as LNet comes up
 *
 * Context: task.
 */
void lnet_response_allow(void)
{
	spin_lock(&walk_lock);
	may_walk = true;
	spin_unlock(&walk_lock);
}

/**
 * lnet_response_stop() - unlink no MD any more, as LNet goes down
 *
 * On return no event is delivered, or will be, because an answer is late.
 *
 * Context: task; may sleep.
 */
void lnet_response_stop(void)
{
	spin_lock(&walk_lock);
	may_walk = false;
	spin_unlock(&walk_lock);
	cancel_delayed_work_sync(&walk.work);
}

/**
 * lnet_response_init() - make the work and its queue
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_response_init(void)
{
	INIT_DELAYED_WORK(&walk.work, response_work);
	walk_wq = lnet_alloc(alloc_workqueue(LNET_NAME "_response",
					     WQ_UNBOUND | WQ_MEM_RECLAIM, 0));
	return walk_wq ? 0 : -ENOMEM;
}

/**
 * lnet_response_exit() - free the queue
 *
 * Context: task; may sleep; after lnet_response_stop(), or LNet was never up.
 */
void lnet_response_exit(void)
{
	destroy_workqueue(walk_wq);
}
