/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps of an MD's state word, all of them on the path of every message
 * and a few instructions each, which is why they are inline; md_state.c has the
 * rest. See md.c for what they add up to.
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

/* The MD an event is for. */
static inline struct lnet_libmd *lnet_turn_md(struct lnet_turn *turn)
{
	if (turn->unlink)
		return container_of(turn, struct lnet_libmd, turn);
	return container_of(turn, struct lnet_delivery, turn)->md;
}

/* What lnet_md_begin_match() found. */
enum lnet_md_match {
	LNET_MD_MATCHED,		/* an operation has begun */
	LNET_MD_MATCHED_LAST,		/* and the MD is unlinked with it */
	LNET_MD_BUSY,			/* too many operations */
};

int lnet_md_init(void);
void lnet_md_exit(void);

bool lnet_md_claim(struct lnet_libmd *md, bool *idle);
void lnet_md_retire(struct lnet_cpu *c, struct lnet_libmd *md);

/* Does its word say that no operation may begin on a bound MD? */
static inline bool lnet_md_is_over(u64 s)
{
	return (s & LNET_MD_ZOMBIE) || !(s >> LNET_MD_THRESH_SHIFT);
}

/*
 * May an operation begin on the MD of an ME? Under the lock of that: who makes the
 * MD a zombie takes it from its ME meanwhile.
 */
static inline bool lnet_md_active(const struct lnet_libmd *md)
{
	return md->umd.threshold && !md->exhausted;
}

/*
 * Operations that hold an MD whose word this is: of a zombie, and a bound one, by the
 * word alone; of another one with an ME under the lock of that.
 */
static inline u32 lnet_md_ops(const struct lnet_libmd *md, u64 s)
{
	u32 ended = s >> LNET_MD_ENDED_SHIFT;

	if (!(s & LNET_MD_ATTACHED))
		return s & LNET_MD_OPS;
	return s & LNET_MD_ZOMBIE ? -ended : READ_ONCE(md->begun) - ended;
}

/* Operations that may still begin on it, or did not when it became a zombie. */
static inline u32 lnet_md_threshold(const struct lnet_libmd *md, u64 s)
{
	if (s & LNET_MD_ATTACHED)
		return READ_ONCE(md->umd.threshold);
	return s >> LNET_MD_THRESH_SHIFT;
}

/* One operation less to come, unless there is no end of them. */
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
 * lnet_md_free() - free an MD that nobody can find or has pinned
 * @c: this CPU
 * @md: the MD, with its fragments
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
		/* As many pins as CPUs, but for those of more than 127. */
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

/* Preemption is off. */
static inline void lnet_md_drop_pin(struct lnet_libmd *md)
{
	u64 s = atomic64_sub_return(LNET_MD_PIN, &md->state);

	if (unlikely(!(s & (LNET_MD_LIVE | LNET_MD_PINS))))
		lnet_md_free(lnet_cpu(), md);
}

/**
 * lnet_md_pin_any() - find the bound MD that is where a cookie points
 * @cookie: of whatever life of it
 *
 * Context: any; returns with preemption off if it finds one.
 * Return: the MD, perhaps a zombie, for lnet_md_unpin() or lnet_md_begin(), whose
 * own cookie the caller judges by; or NULL.
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
 * lnet_md_unpin() - let go of an MD found by its cookie
 * @md: from lnet_md_pin() or lnet_md_pin_any()
 */
static inline void lnet_md_unpin(struct lnet_libmd *md)
{
	lnet_md_drop_pin(md);
	preempt_enable();
}

/**
 * lnet_md_pin() - find a bound MD by its cookie
 * @cookie: from a client
 *
 * Context: any; returns with preemption off if it finds one.
 * Return: the MD, perhaps a zombie, for lnet_md_unpin() or lnet_md_begin();
 * or NULL.
 */
static inline struct lnet_libmd *lnet_md_pin(u64 cookie)
{
	struct lnet_libmd *md = lnet_md_pin_any(cookie);

	/* Pinned: what it is now it stays. */
	if (likely(!md || READ_ONCE(md->cookie) == cookie))
		return md;
	lnet_md_unpin(md);
	return NULL;
}

/**
 * lnet_md_begin() - begin an operation on a pinned MD
 * @md: from lnet_md_pin(); the pin is gone on return, whatever happened
 * @ev: gets the copy of the MD
 *
 * Return: 0; -ENOENT: unlinked, or no operation is left; -EBUSY: 2^18 - 1
 * operations are in flight on it.
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
 * What makes an MD with an ME a zombie: nothing begins on it any more, so what has begun
 * is taken from what has ended, and 0 is left when all has. Who takes the step, and
 * who ends an operation later, thus knows from the word alone if he is the last: behind
 * his step the MD may be gone, and another.
 */
static inline u64 lnet_md_zombie_step(const struct lnet_libmd *md)
{
	return LNET_MD_ZOMBIE - ((u64)md->begun << LNET_MD_ENDED_SHIFT);
}

/*
 * By the last message that an MD with an ME takes. If that is its only one nobody else
 * takes a step: under the lock of its ME up to here, and in the thread that has the
 * message from now on.
 */
static __always_inline void lnet_md_make_zombie(struct lnet_libmd *md)
{
	if (md->alone)
		atomic64_set(&md->state, atomic64_read(&md->state) +
					 lnet_md_zombie_step(md));
	else
		atomic64_add(lnet_md_zombie_step(md), &md->state);
}

/**
 * lnet_md_begin_match() - begin the operation of a message that matches
 * @md: active, attached to an ME whose lock the caller holds
 * @end: where the message ends in the MD, bytes; becomes its offset
 * @ev: gets the copy of the MD
 *
 * Context: under the lock of the ME.
 * Return: enum lnet_md_match; LNET_MD_MATCHED_LAST: the caller detaches it.
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

	md->offset = end;
	lnet_md_snapshot(md, md->umd.threshold, ev);
	return last ? LNET_MD_MATCHED_LAST : LNET_MD_MATCHED;
}

/* Of an MD with an ME; see lnet_md_zombie_step(). */
static __always_inline bool lnet_md_end_attached(struct lnet_libmd *md, u64 *state)
{
	u64 s;

	if (md->alone) {
		*state = (atomic64_read(&md->state) + LNET_MD_ENDED) & ~LNET_MD_LIVE;
		atomic64_set(&md->state, *state);
		return true;
	}
	s = atomic64_add_return(LNET_MD_ENDED, &md->state);
	*state = s;
	lnet_window(LNET_WINDOW_MD_COUNTED);
	return (s & LNET_MD_ZOMBIE) && !(s >> LNET_MD_ENDED_SHIFT);
}

/* Of a bound one. */
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
 * @md: the MD it held
 * @state: what is left of it, for lnet_md_bury()
 *
 * If it was the last and nobody has the MD pinned, nobody can pin it from this
 * step on: it is the caller's alone.
 *
 * Context: in the MD's slot, if it has one; preemption off.
 * Return: true if this was the last: the caller calls lnet_md_bury(), when
 * nothing of the MD is needed any more.
 */
static __always_inline bool lnet_md_end(struct lnet_libmd *md, u64 *state)
{
	u64 s = atomic64_read(&md->state);

	return s & LNET_MD_ATTACHED ? lnet_md_end_attached(md, state) :
				      lnet_md_end_bound(md, s, state);
}

/* Second half of the end: @state is what lnet_md_end() left. */
static __always_inline void lnet_md_bury(struct lnet_cpu *c,
					 struct lnet_libmd *md, u64 state)
{
	if (likely(!(state & LNET_MD_LIVE)))
		lnet_md_free(c, md);
	else
		lnet_md_retire(c, md);
}

/**
 * lnet_md_publish() - let an MD be found by its cookie
 * @md: complete
 *
 * Context: any; under the lock of its ME, if it has one.
 */
static inline void lnet_md_publish(struct lnet_libmd *md)
{
	u64 s = LNET_MD_LIVE;

	if (md->me_cookie)
		s |= LNET_MD_ATTACHED;
	else
		s |= (u64)(u32)md->umd.threshold << LNET_MD_THRESH_SHIFT;
	/*
	 * The fields, the cookie first, before LIVE: who pins by an old cookie
	 * must see the new one. Pairs with the full barrier of the cmpxchg in
	 * lnet_md_try_pin().
	 */
	lnet_smp_wmb();
	atomic64_set(&md->state, s);
}

#endif /* _LNET_MD_STATE_H */
