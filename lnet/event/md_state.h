/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps of an MD's state word. All of them are on the path of every message and take a few
 * instructions, so they are inline. md_state.c has the slower steps; md.c explains the life of
 * an MD.
 */
#ifndef _LNET_MD_STATE_H
#define _LNET_MD_STATE_H

#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "event/handle.h"
#include "event/md.h"
#include "event/object.h"
#include "hooks/window.h"

/* The MD that the event of @turn is for. */
static inline struct lnet_libmd *lnet_md_of_turn(struct lnet_turn *turn)
{
	if (turn->unlink)
		return container_of(turn, struct lnet_libmd, turn);
	return container_of(turn, struct lnet_delivery, turn)->md;
}

/* The result of lnet_md_begin_match(). */
enum lnet_md_match {
	LNET_MD_MATCHED,		/* an operation has begun */
	LNET_MD_MATCHED_LAST,		/* the same, and the MD is a zombie now */
	LNET_MD_BUSY,			/* 2^18 - 1 operations hold the MD already */
};

bool lnet_md_claim(struct lnet_libmd *md, bool *idle);
bool lnet_md_claim_late(struct lnet_libmd *md, bool *idle);
void lnet_md_retire(struct lnet_cpu *c, struct lnet_libmd *md);

/* True if no operation may begin on a bound MD whose state word is @s. */
static inline bool lnet_md_is_over(u64 s)
{
	return (s & LNET_MD_ZOMBIE) || !(s >> LNET_MD_THRESH_SHIFT);
}

/*
 * True if an operation may begin on an MD that is attached to an ME. The caller holds the lock
 * of the ME. A zombie need not be excluded: a thread that makes an MD a zombie detaches it from
 * its ME under the same lock.
 */
static inline bool lnet_md_active(const struct lnet_libmd *md)
{
	return md->umd.threshold && !md->exhausted;
}

/*
 * The number of operations that hold an MD whose state word is @s. For a bound MD, and for any
 * zombie, the word alone tells. For another MD with an ME the lock of the ME is needed, which
 * guards @begun; operations may end meanwhile.
 */
static inline u32 lnet_md_ops(const struct lnet_libmd *md, u64 s)
{
	u32 ended = s >> LNET_MD_ENDED_SHIFT;

	if (!(s & LNET_MD_ATTACHED))
		return s & LNET_MD_OPS;
	return s & LNET_MD_ZOMBIE ? -ended : READ_ONCE(md->begun) - ended;
}

/* Operations that may still begin on @md; for a zombie, that had not begun when it became one. */
static inline u32 lnet_md_threshold(const struct lnet_libmd *md, u64 s)
{
	if (s & LNET_MD_ATTACHED)
		return READ_ONCE(md->umd.threshold);
	return s >> LNET_MD_THRESH_SHIFT;
}

/* Count one operation off the threshold, unless that is infinite. */
static inline u64 lnet_md_count_down(u64 s)
{
	if ((u32)(s >> LNET_MD_THRESH_SHIFT) == (u32)LNET_MD_THRESH_INF)
		return s;
	return s - LNET_MD_THRESH;
}

static inline void lnet_md_snapshot(struct lnet_libmd *md, u32 threshold,
				    struct lnet_event *ev)
{
	ev->md = md->umd;
	ev->md.threshold = threshold;
	ev->md_handle.cookie = md->cookie;
}

/**
 * lnet_md_free() - free an MD that is neither findable nor pinned
 * @c: the data of this CPU
 * @md: the MD, freed together with its fragment array
 *
 * Context: preemption off.
 */
static inline void lnet_md_free(struct lnet_cpu *c, struct lnet_libmd *md)
{
	if (unlikely(md->iov != &md->one))
		lnet_payload_free(md);
	lnet_object_free(c, LNET_HANDLE_MD, md, md->cookie);
}

static inline bool lnet_md_try_pin(struct lnet_libmd *md)
{
	u64 s = atomic64_read(&md->state);

	do {
		if ((s & (LNET_MD_LIVE | LNET_MD_ATTACHED)) != LNET_MD_LIVE)
			return false;
		/*
		 * A CPU has at most one pin, so the field can be full only on machines with
		 * more than 127 CPUs. Wait for another CPU to drop its pin.
		 */
		if (unlikely((s & LNET_MD_PINS) == LNET_MD_PINS)) {
			cpu_relax();
			s = atomic64_read(&md->state);
			continue;
		}
		if (atomic64_try_cmpxchg(&md->state, (s64 *)&s,
					 s + LNET_MD_PIN))
			return true;
	} while (true);
}

/* Drop a pin, with preemption off. The last pin of a retired MD frees it. */
static inline void lnet_md_drop_pin(struct lnet_libmd *md)
{
	u64 s = atomic64_sub_return(LNET_MD_PIN, &md->state);

	if (unlikely(!(s & (LNET_MD_LIVE | LNET_MD_PINS))))
		lnet_md_free(lnet_cpu(), md);
}

/**
 * lnet_md_pin_any() - pin the bound MD in the handle table entry of a cookie
 * @cookie: cookie of any generation; only its index is used
 *
 * The caller compares the MD's own cookie, which may be another one.
 *
 * Context: any; returns with preemption off if it finds an MD.
 * Return: the MD, perhaps a zombie, for lnet_md_unpin() or lnet_md_begin(); or NULL.
 */
static __always_inline struct lnet_libmd *lnet_md_pin_any(u64 cookie)
{
	struct lnet_libmd *md;

	preempt_disable();
	rcu_read_lock();
	md = lnet_handle_find(cookie, LNET_HANDLE_MD);
	if (md)
		lnet_window(LNET_WINDOW_MD_FOUND);
	if (md && !lnet_md_try_pin(md))
		md = NULL;
	rcu_read_unlock();

	if (md)
		lnet_window(LNET_WINDOW_MD_PINNED);
	else
		preempt_enable();
	return md;
}

/**
 * lnet_md_unpin() - drop the pin of an MD and enable preemption
 * @md: MD from lnet_md_pin() or lnet_md_pin_any()
 *
 * Context: preemption off by the pin; as before the pin on return.
 */
static inline void lnet_md_unpin(struct lnet_libmd *md)
{
	lnet_md_drop_pin(md);
	preempt_enable();
}

/**
 * lnet_md_pin() - find a bound MD by its cookie and pin it
 * @cookie: cookie of the MD, as a client gave it
 *
 * Context: any; returns with preemption off if it finds the MD.
 * Return: the MD, perhaps a zombie, for lnet_md_unpin() or lnet_md_begin();
 * or NULL.
 */
static inline struct lnet_libmd *lnet_md_pin(u64 cookie)
{
	struct lnet_libmd *md = lnet_md_pin_any(cookie);

	/* The pin keeps the MD from being freed and reused, so its cookie is stable now. */
	if (likely(!md || READ_ONCE(md->cookie) == cookie))
		return md;
	lnet_md_unpin(md);
	return NULL;
}

/**
 * lnet_md_begin() - begin an operation on a pinned MD
 * @md: MD from lnet_md_pin(); the pin is dropped in any case
 * @ev: event that receives the copy of the MD
 *
 * Context: returns with preemption as it was before the pin.
 * Return: 0; -ENOENT: the MD is unlinked, or its threshold is 0; -EBUSY: 2^18 - 1
 * operations hold it already.
 */
static inline int lnet_md_begin(struct lnet_libmd *md, struct lnet_event *ev)
{
	u64 s = atomic64_read(&md->state);
	u64 new;

	do {
		if (lnet_md_is_over(s)) {
			lnet_md_unpin(md);
			return -ENOENT;
		}
		if (unlikely((s & LNET_MD_OPS) == LNET_MD_OPS)) {
			lnet_md_unpin(md);
			return -EBUSY;
		}
		new = lnet_md_count_down(s) + 1 - LNET_MD_PIN;
	} while (!atomic64_try_cmpxchg(&md->state, (s64 *)&s, new));

	lnet_md_snapshot(md, new >> LNET_MD_THRESH_SHIFT, ev);
	preempt_enable();
	return 0;
}

/*
 * The step that makes an MD with an ME a zombie. No operation begins on it any more, so the
 * step subtracts @begun from the count of ended operations; the count is 0 when all have ended.
 * The thread that takes this step, and each thread that ends an operation later, thus knows
 * from the word alone whether no operation is left. It must not read @begun to find out: right
 * after its step another thread may free the MD, and the memory may be another MD.
 */
static inline u64 lnet_md_zombie_step(const struct lnet_libmd *md)
{
	return LNET_MD_ZOMBIE - ((u64)md->begun << LNET_MD_ENDED_SHIFT);
}

/*
 * Taken by the last message that an MD with an ME accepts. If the MD is good for one operation
 * (@oneshot), no other thread changes the word, and a plain store is enough:
 * - until now changes need the lock of the ME, which the caller holds;
 * - from now on only the thread that has the message changes it.
 */
static __always_inline void lnet_md_make_zombie(struct lnet_libmd *md)
{
	if (md->oneshot)
		atomic64_set(&md->state, atomic64_read(&md->state) +
					 lnet_md_zombie_step(md));
	else
		atomic64_add(lnet_md_zombie_step(md), &md->state);
}

/**
 * lnet_md_begin_match() - begin the operation of a message that matches
 * @md: active MD, attached to an ME whose lock the caller holds
 * @end: offset in the MD at which the message ends, bytes; becomes the MD's @offset
 * @ev: event that receives the copy of the MD
 *
 * Context: the lock of the ME is held.
 * Return: enum lnet_md_match; after LNET_MD_MATCHED_LAST the caller detaches the MD from its ME.
 */
static inline enum lnet_md_match
lnet_md_begin_match(struct lnet_libmd *md, u32 end, struct lnet_event *ev)
{
	bool last;

	if (unlikely(lnet_md_ops(md, atomic64_read(&md->state)) == LNET_MD_OPS))
		return LNET_MD_BUSY;

	WRITE_ONCE(md->begun, md->begun + 1);
	if (md->umd.threshold != LNET_MD_THRESH_INF)
		WRITE_ONCE(md->umd.threshold, md->umd.threshold - 1);
	if ((md->umd.options & LNET_MD_MAX_SIZE) &&
	    (u64)end + md->umd.max_size > md->length)
		md->exhausted = true;
	last = md->autounlink && !lnet_md_active(md);
	if (last)
		lnet_md_make_zombie(md);

	WRITE_ONCE(md->offset, end);
	lnet_md_snapshot(md, md->umd.threshold, ev);
	return last ? LNET_MD_MATCHED_LAST : LNET_MD_MATCHED;
}

/* End an operation on an MD with an ME; see lnet_md_zombie_step(). */
static __always_inline bool lnet_md_end_attached(struct lnet_libmd *md, u64 *state)
{
	u64 s;

	if (md->oneshot) {
		*state = (atomic64_read(&md->state) + LNET_MD_ENDED) & ~LNET_MD_LIVE;
		atomic64_set(&md->state, *state);
		return true;
	}
	s = atomic64_add_return(LNET_MD_ENDED, &md->state);
	*state = s;
	lnet_window(LNET_WINDOW_MD_COUNTED);
	return (s & LNET_MD_ZOMBIE) && !(s >> LNET_MD_ENDED_SHIFT);
}

/* End an operation on a bound MD whose state word was @s. */
static __always_inline bool lnet_md_end_bound(struct lnet_libmd *md, u64 s, u64 *state)
{
	bool last;
	u64 new;

	do {
		new = s - 1;
		last = !(new & LNET_MD_OPS) &&
		       ((s & LNET_MD_ZOMBIE) ||
			(md->autounlink && lnet_md_is_over(s)));
		if (last)
			new |= LNET_MD_ZOMBIE;
		if (last && !(new & LNET_MD_PINS))
			new &= ~LNET_MD_LIVE;
	} while (unlikely(!atomic64_try_cmpxchg(&md->state, (s64 *)&s, new)));

	*state = new;
	return last;
}

/**
 * lnet_md_end() - end an operation
 * @md: MD that the operation held
 * @state: set to the state word after the step, for lnet_md_retire_ended()
 *
 * If this was the last operation and no CPU has the MD pinned, no CPU can pin it after this
 * step: the MD then belongs to the caller alone.
 *
 * Context: preemption off; in the MD's slot, unless the MD has no EQ or is good for only one
 * operation.
 * Return: true if this was the last operation. The caller then calls lnet_md_retire_ended(), once
 * it needs nothing of the MD any more.
 */
static __always_inline bool lnet_md_end(struct lnet_libmd *md, u64 *state)
{
	u64 s = atomic64_read(&md->state);

	return s & LNET_MD_ATTACHED ? lnet_md_end_attached(md, state) :
				      lnet_md_end_bound(md, s, state);
}

/* Retire an MD after its last lnet_md_end(), which has set @state. */
static __always_inline void lnet_md_retire_ended(struct lnet_cpu *c,
						 struct lnet_libmd *md, u64 state)
{
	if (likely(!(state & LNET_MD_LIVE)))
		lnet_md_free(c, md);
	else
		lnet_md_retire(c, md);
}

/**
 * lnet_md_publish() - make an MD findable by its cookie
 * @md: the MD, complete, and with @me_cookie set: 0 if it is bound
 *
 * Context: any; the lock of its ME is held, if it has an ME.
 */
static inline void lnet_md_publish(struct lnet_libmd *md)
{
	u64 s = LNET_MD_LIVE;

	if (md->me_cookie)
		s |= LNET_MD_ATTACHED;
	else
		s |= (u64)(u32)md->umd.threshold << LNET_MD_THRESH_SHIFT;
	/*
	 * Order the fields, above all the cookie, before LIVE: a CPU that pins the MD by an
	 * old cookie must see the new cookie. Pairs with the full barrier of the cmpxchg in
	 * lnet_md_try_pin(), and for an MD with an ME with hold_me_of:L.
	 */
	lnet_smp_wmb();
	atomic64_set(&md->state, s);
}

#endif /* _LNET_MD_STATE_H */
