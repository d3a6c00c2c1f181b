// SPDX-License-Identifier: GPL-2.0
/*
 * The recorder behind most EQs, which keeps the events that handlers have seen; and whether a
 * callback has ever begun inside another.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/sched.h>

/* Recorder -------------------------------------------------------------- */

/**
 * lt_rec() - make a recorder, to be the user_ptr of MDs
 * @test: the case, which ends if there is no memory
 *
 * Context: The task of the case; may sleep.
 * Return: the recorder, until the case is over.
 */
struct lt_rec *lt_rec(struct kunit *test)
{
	struct lt_rec *rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	spin_lock_init(&rec->lock);
	return rec;
}
EXPORT_SYMBOL_GPL(lt_rec);

atomic_t lt_recorded_wrongly;
EXPORT_SYMBOL_GPL(lt_recorded_wrongly);

/**
 * lt_bad_context() - is this a place where no callback may run?
 *
 * Context: Any.
 * Return: true in an interrupt, with interrupts off, or if this thread may be
 * preempted, as far as the kernel knows.
 */
bool lt_bad_context(void)
{
	return !in_task() || irqs_disabled() ||
	       (IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible());
}
EXPORT_SYMBOL_GPL(lt_bad_context);

/**
 * lt_record() - record an event; the handler of most EQs
 * @event: the event, of an MD whose user_ptr is a recorder
 *
 * Context: A callback of LNet.
 */
void lt_record(struct lnet_event *event)
{
	struct lt_rec *rec = event->md.user_ptr;

	if (lt_bad_context())
		atomic_inc(&lt_recorded_wrongly);
	spin_lock(&rec->lock);
	if (rec->count < LT_REC_MAX) {
		rec->seen[rec->count].ev = *event;
		rec->seen[rec->count].task = current;
	}
	rec->count++;
	spin_unlock(&rec->lock);
}
EXPORT_SYMBOL_GPL(lt_record);

/**
 * lt_rec_count() - count the events that a recorder has seen
 * @rec: the recorder
 *
 * Context: Task, or a callback of LNet.
 * Return: the number of events, also of those that it has not kept.
 */
unsigned int lt_rec_count(struct lt_rec *rec)
{
	unsigned int count;

	spin_lock(&rec->lock);
	count = rec->count;
	spin_unlock(&rec->lock);
	return count;
}
EXPORT_SYMBOL_GPL(lt_rec_count);

/**
 * lt_rec_wait() - wait until a recorder has seen so many events
 * @rec: the recorder
 * @count: the number of events
 *
 * Context: Task; may sleep, for LT_PATIENCE_MS at most.
 * Return: false if they did not come.
 */
bool lt_rec_wait(struct lt_rec *rec, unsigned int count)
{
	return lt_wait_for(lt_rec_count(rec) >= count);
}
EXPORT_SYMBOL_GPL(lt_rec_wait);

/**
 * lt_rec_clear() - forget all recorded events
 * @rec: the recorder
 *
 * Context: Task, or a callback of LNet.
 */
void lt_rec_clear(struct lt_rec *rec)
{
	spin_lock(&rec->lock);
	rec->count = 0;
	spin_unlock(&rec->lock);
}
EXPORT_SYMBOL_GPL(lt_rec_clear);

/**
 * lt_rec_ev() - look at an event that was recorded
 * @test: the case, which ends if there is no such event
 * @rec: the recorder
 * @index: the number of the event, 0 for the first
 *
 * Context: The task of the case.
 * Return: the event.
 */
const struct lnet_event *lt_rec_ev(struct kunit *test, struct lt_rec *rec,
				   unsigned int index)
{
	KUNIT_ASSERT_LT(test, index, lt_rec_count(rec));
	KUNIT_ASSERT_LT(test, index, LT_REC_MAX);
	return &rec->seen[index].ev;
}
EXPORT_SYMBOL_GPL(lt_rec_ev);

/**
 * lt_expect_event() - check the fields of an event that concern every test of events
 * @test: the case, which ends if there is no such event
 * @rec: the recorder
 * @index: the number of the event, 0 for the first
 * @kind: the kind that it must be
 * @status: the status that it must have
 * @unlinked: the unlinked flag that it must have
 *
 * Context: The task of the case.
 */
void lt_expect_event(struct kunit *test, struct lt_rec *rec, unsigned int index,
		     enum lnet_event_kind kind, int status, int unlinked)
{
	const struct lnet_event *ev = lt_rec_ev(test, rec, index);

	KUNIT_EXPECT_EQ_MSG(test, (int)ev->type, (int)kind, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->status, status, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->unlinked, unlinked, "event %u", index);
}
EXPORT_SYMBOL_GPL(lt_expect_event);

/**
 * lt_expect_id() - check one of the processes that an event names
 * @test: the case
 * @what: the word for this process in a failure
 * @id: the process
 * @nid: the NID that it must have
 * @pid: the PID that it must have
 *
 * Context: The task of the case.
 */
void lt_expect_id(struct kunit *test, const char *what, const struct lnet_process_id *id,
		  lnet_nid_t nid, lnet_pid_t pid)
{
	KUNIT_EXPECT_EQ_MSG(test, id->nid, nid, "NID of %s", what);
	KUNIT_EXPECT_EQ_MSG(test, id->pid, pid, "PID of %s", what);
}
EXPORT_SYMBOL_GPL(lt_expect_id);

/**
 * lt_expect_between() - check the two ends that an event names of its message
 * @test: the case
 * @ev: the event
 * @target: the NID that the target must have; its PID must be LNET_PID_LUSTRE
 * @from: the process that the initiator and the source must be, and the sender by its NID
 *
 * Context: The task of the case.
 */
void lt_expect_between(struct kunit *test, const struct lnet_event *ev, lnet_nid_t target,
		       struct lnet_process_id from)
{
	lt_expect_id(test, "target", &ev->target, target, LNET_PID_LUSTRE);
	lt_expect_id(test, "initiator", &ev->initiator, from.nid, from.pid);
	lt_expect_id(test, "source", &ev->source, from.nid, from.pid);
	KUNIT_EXPECT_EQ(test, ev->sender, from.nid);
}
EXPORT_SYMBOL_GPL(lt_expect_between);

/* No callback inside another ---------------------------------------------- */

static DEFINE_PER_CPU(int, depth);

atomic_t lt_nested;
EXPORT_SYMBOL_GPL(lt_nested);

/**
 * lt_enter() - say that a handler begins, before anything else that it does
 *
 * Context: A callback of LNet; preemption is off.
 */
void lt_enter(void)
{
	if (this_cpu_inc_return(depth) != 1)
		atomic_inc(&lt_nested);
}
EXPORT_SYMBOL_GPL(lt_enter);

/**
 * lt_leave() - say that a handler ends, after everything else that it does
 *
 * Context: A callback of LNet; preemption is off.
 */
void lt_leave(void)
{
	this_cpu_dec(depth);
}
EXPORT_SYMBOL_GPL(lt_leave);
