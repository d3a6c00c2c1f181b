// SPDX-License-Identifier: GPL-2.0
/*
 * MDs of the handler interface. What must hold for every MD and every event is checked here, so
 * that each case proves it by the way:
 *
 * - The handler is not called in an interrupt, nor twice at a time for one MD. It takes a plain
 *   spinlock that threads take with interrupts on.
 * - One event says that it is the last one, and it is. It has come when the case is over.
 * - Each event has the MD's handle, memory, pointer and options, and lies inside the memory. An
 *   UNLINK event tells nothing else.
 */
#include "common.h"
#include "common_handler.h"

#include <linux/bvec.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

/* Suites ------------------------------------------------------------------ */

/**
 * lt_hmd_suite_init() - bring LNet up for a suite, which uses it by both interfaces
 * @suite: the suite that begins
 *
 * Without a network: the handler interface does not bring LNet up here, but joins.
 *
 * Context: Task; may sleep.
 * Return: 0 or -errno.
 */
int lt_hmd_suite_init(struct kunit_suite *suite)
{
	int rc = lt_suite_init(suite);

	if (rc)
		return rc;
	rc = LNetNIInit(LNET_PID_ANY);
	if (rc < 0)
		lt_suite_exit(suite);
	return min(rc, 0);
}
EXPORT_SYMBOL_GPL(lt_hmd_suite_init);

/**
 * lt_hmd_suite_exit() - let go of LNet after a suite
 * @suite: the suite that ends
 *
 * Context: Task; may sleep.
 */
void lt_hmd_suite_exit(struct kunit_suite *suite)
{
	LNetNIFini();
	lt_suite_exit(suite);
}
EXPORT_SYMBOL_GPL(lt_hmd_suite_exit);

/* Names --------------------------------------------------------------------- */

/**
 * lt_nid() - name a node as the handler interface does
 * @nid: the NID of the node
 *
 * Return: the NID.
 */
struct lnet_nid lt_nid(lnet_nid_t nid)
{
	struct lnet_nid large;

	lnet_nid_from_nid4(&large, nid);
	return large;
}
EXPORT_SYMBOL_GPL(lt_nid);

/**
 * lt_processid() - name a process as the handler interface does
 * @nid: the NID of its node
 * @pid: its PID
 *
 * Return: the process.
 */
struct lnet_processid lt_processid(lnet_nid_t nid, lnet_pid_t pid)
{
	return (struct lnet_processid){ .nid = lt_nid(nid), .pid = pid };
}
EXPORT_SYMBOL_GPL(lt_processid);

/* The handler ----------------------------------------------------------------- */

static bool event_is_empty(const struct lnet_handler_event *ev)
{
	struct lnet_handler_event empty;

	memset(&empty, 0, sizeof(empty));
	empty.type = LNET_EVENT_UNLINK;
	empty.md_handle = ev->md_handle;
	empty.md_start = ev->md_start;
	empty.md_user_ptr = ev->md_user_ptr;
	empty.md_options = ev->md_options;
	empty.unlinked = 1;
	return !memcmp(ev, &empty, sizeof(empty));
}

/* Which of the rules for all events does this one break? NULL: none. */
static const char *event_breaks(const struct lt_hmd *h, const struct lnet_handler_event *ev)
{
	if (h->over)
		return "an event came behind the last one";
	if (ev->md_handle.cookie != h->mdh.cookie)
		return "the handle was not filled";
	/* An event shows all memory as page fragments. */
	if (ev->md_start != h->umd.umd_start ||
	    ev->md_options != (h->umd.umd_options | LNET_MD_KIOV))
		return "memory or options are not those of the MD";
	if (ev->mlength > ev->rlength && ev->type != LNET_EVENT_ACK &&
	    ev->type != LNET_EVENT_GET)
		return "more was moved than was asked for";
	if ((ev->type == LNET_EVENT_PUT || ev->type == LNET_EVENT_GET) &&
	    (u64)ev->offset + ev->mlength > h->bytes)
		return "the event is outside of the memory";
	if (ev->type == LNET_EVENT_UNLINK && !event_is_empty(ev))
		return "an UNLINK event tells of more than the MD";
	return NULL;
}

static void hmd_record(struct lnet_handler_event *event)
{
	struct lt_hmd *h = event->md_user_ptr;
	const char *wrong;

	if (lt_bad_context())
		atomic_inc(&lt_recorded_wrongly);
	wrong = atomic_inc_return(&h->running) == 1 ? NULL : "two calls for one MD at a time";
	if (h->during)
		h->during(h, event);
	spin_lock(&h->lock);
	wrong = wrong ?: event_breaks(h, event);
	h->wrong = h->wrong ?: wrong;
	h->over = event->unlinked;
	if (h->count < LT_HMD_KEPT) {
		h->seen[h->count].ev = *event;
		h->seen[h->count].task = current;
	}
	h->count++;
	spin_unlock(&h->lock);
	atomic_dec(&h->running);
}

/* MDs ------------------------------------------------------------------------- */

/**
 * lt_hmd() - describe an MD, which takes any number of operations, and has no option
 * @test: the case, which ends if there is no memory
 * @bytes: how much memory it has, bytes, which are zero; and so is one more byte behind them
 *
 * Context: The task of the case; may sleep.
 * Return: the MD, which is not made yet. It is freed last in the case, as its events may be late.
 */
struct lt_hmd *lt_hmd(struct kunit *test, unsigned int bytes)
{
	struct lt_hmd *h = lt_case_alloc(test, sizeof(*h));

	h->test = test;
	h->bytes = bytes;
	h->buf = lt_case_alloc(test, bytes + 1);
	h->umd.umd_start = h->buf;
	h->umd.umd_length = bytes;
	h->umd.umd_threshold = LNET_MD_THRESH_INF;
	h->umd.umd_user_ptr = h;
	h->umd.umd_handler = hmd_record;
	LNetInvalidateMDHandle(&h->umd.umd_bulk_handle);
	LNetInvalidateMDHandle(&h->mdh);
	spin_lock_init(&h->lock);
	return h;
}
EXPORT_SYMBOL_GPL(lt_hmd);

/**
 * lt_hmd_pages() - give an MD other memory, as fragments of a page each
 * @test: the case, which ends if there is no memory
 * @h: the MD, which is not made yet
 * @pages: how many; h->buf is them all in one piece
 *
 * Context: The task of the case; may sleep.
 */
void lt_hmd_pages(struct kunit *test, struct lt_hmd *h, unsigned int pages)
{
	struct bio_vec *kiov = lt_case_alloc(test, pages * sizeof(*kiov) + 1);
	unsigned int i;

	h->bytes = pages * PAGE_SIZE;
	h->buf = lt_vmalloc(test, h->bytes + 1);
	for (i = 0; i < pages; i++)
		bvec_set_page(&kiov[i], vmalloc_to_page(h->buf + i * PAGE_SIZE), PAGE_SIZE, 0);
	h->umd.umd_start = kiov;
	h->umd.umd_length = pages;
	h->umd.umd_options |= LNET_MD_KIOV;
}
EXPORT_SYMBOL_GPL(lt_hmd_pages);

static void undo_hmd(void *arg)
{
	struct lt_hmd *h = arg;

	LNetMDUnlink(h->mdh);
	if (h->umd.umd_handler)
		KUNIT_EXPECT_TRUE_MSG(h->test, lt_wait_for(lt_hmd_over(h)),
				      "the last event has not come");
	KUNIT_EXPECT_NULL_MSG(h->test, h->wrong, "%s", h->wrong);
}

static void hmd_undo_later(struct kunit *test, struct lt_hmd *h)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_hmd, h), 0);
}

/**
 * lt_hmd_try_attach() - attach an MD to an ME
 * @h: the MD
 * @me: the ME, or the error of LNetMEAttach(), which is returned
 * @unlink: whether the MD goes when it is used up
 *
 * Context: That of LNetMDAttach(). The caller has the MD unlinked after 0.
 * Return: what LNetMDAttach() returns.
 */
int lt_hmd_try_attach(struct lt_hmd *h, struct lnet_me *me, enum lnet_unlink unlink)
{
	if (IS_ERR(me))
		return PTR_ERR(me);
	return LNetMDAttach(me, &h->umd, unlink, &h->mdh);
}
EXPORT_SYMBOL_GPL(lt_hmd_try_attach);

/**
 * lt_hmd_attach() - have an MD take messages of one process to LT_PORTAL2
 * @test: the case, which ends if that fails
 * @h: the MD
 * @id: the process
 * @match_bits: the match bits, all of which count
 * @unlink: whether the MD goes when it is used up
 *
 * Context: The task of the case; may sleep.
 */
void lt_hmd_attach(struct kunit *test, struct lt_hmd *h, struct lnet_process_id id, u64 match_bits,
		   enum lnet_unlink unlink)
{
	struct lnet_processid large = lt_processid(id.nid, id.pid);
	struct lnet_me *me;

	me = LNetMEAttach(LT_PORTAL2, &large, match_bits, 0, LNET_UNLINK, LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, me, unlink), 0);
	hmd_undo_later(test, h);
}
EXPORT_SYMBOL_GPL(lt_hmd_attach);

/**
 * lt_hmd_attach_any() - have an MD take messages of every process to LT_PORTAL
 * @test: the case, which ends if that fails
 * @h: the MD
 * @unlink: whether the MD goes when it is used up
 *
 * Context: The task of the case; may sleep.
 */
void lt_hmd_attach_any(struct kunit *test, struct lt_hmd *h, enum lnet_unlink unlink)
{
	struct lnet_processid any = lt_processid(LNET_NID_ANY, LNET_PID_ANY);
	struct lnet_me *me;

	me = LNetMEAttach(LT_PORTAL, &any, 0, ~0ULL, LNET_UNLINK, LNET_INS_AFTER);
	KUNIT_ASSERT_EQ(test, lt_hmd_try_attach(h, me, unlink), 0);
	hmd_undo_later(test, h);
}
EXPORT_SYMBOL_GPL(lt_hmd_attach_any);

/**
 * lt_hmd_bind() - bind an MD
 * @test: the case, which ends if that fails
 * @h: the MD
 * @unlink: whether it goes when it is used up
 *
 * Context: The task of the case; may sleep.
 */
void lt_hmd_bind(struct kunit *test, struct lt_hmd *h, enum lnet_unlink unlink)
{
	KUNIT_ASSERT_EQ(test, LNetMDBind(&h->umd, unlink, &h->mdh), 0);
	hmd_undo_later(test, h);
}
EXPORT_SYMBOL_GPL(lt_hmd_bind);

/* Messages ---------------------------------------------------------------------- */

/**
 * lt_hmd_put() - PUT an MD
 * @h: the bound MD
 * @ack: whether the target is asked for an ACK
 * @to: the target
 * @portal: the index of the portal there
 * @match_bits: the match bits; hdr_data are those bits inverted
 * @offset: the offset at the target, bytes
 *
 * Context: That of LNetPut().
 * Return: what LNetPut() returns.
 */
int lt_hmd_put(struct lt_hmd *h, enum lnet_ack_req ack, struct lnet_process_id to,
	       unsigned int portal, u64 match_bits, unsigned int offset)
{
	struct lnet_processid large = lt_processid(to.nid, to.pid);

	return LNetPut(NULL, h->mdh, ack, &large, portal, match_bits, offset, ~match_bits);
}
EXPORT_SYMBOL_GPL(lt_hmd_put);

/**
 * lt_hmd_get() - GET into an MD
 * @h: the bound MD
 * @to: the target
 * @portal: the index of the portal there
 * @match_bits: the match bits
 * @offset: the offset at the target, bytes
 *
 * Context: That of LNetGet().
 * Return: what LNetGet() returns.
 */
int lt_hmd_get(struct lt_hmd *h, struct lnet_process_id to, unsigned int portal, u64 match_bits,
	       unsigned int offset)
{
	struct lnet_processid large = lt_processid(to.nid, to.pid);

	return LNetGet(NULL, h->mdh, &large, portal, match_bits, offset, false);
}
EXPORT_SYMBOL_GPL(lt_hmd_get);

/**
 * lt_hmd_put_empty() - PUT no payload over the loopback, from an MD without events
 * @portal: the index of the portal
 * @match_bits: the match bits
 * @hdr_data: 64 bits for the target
 *
 * Context: Task; may sleep. Handlers of the target run in the call.
 * Return: 0 or -errno.
 */
int lt_hmd_put_empty(unsigned int portal, u64 match_bits, u64 hdr_data)
{
	struct lnet_processid lo = lt_processid(LNET_NID_LO_0, LNET_PID_LUSTRE);
	struct lnet_handler_md umd = { .umd_threshold = 1 };
	struct lnet_handle_md mdh;
	int rc;

	rc = LNetMDBind(&umd, LNET_UNLINK, &mdh);
	return rc ?: LNetPut(NULL, mdh, LNET_NOACK_REQ, &lo, portal, match_bits, 0, hdr_data);
}
EXPORT_SYMBOL_GPL(lt_hmd_put_empty);

/* Events ------------------------------------------------------------------------- */

/**
 * lt_hmd_count() - count the events that an MD has had
 * @h: the MD
 *
 * Context: Task.
 * Return: the number of events, also of those that are not kept.
 */
unsigned int lt_hmd_count(struct lt_hmd *h)
{
	unsigned int count;

	spin_lock(&h->lock);
	count = h->count;
	spin_unlock(&h->lock);
	return count;
}
EXPORT_SYMBOL_GPL(lt_hmd_count);

/**
 * lt_hmd_over() - has an MD had its last event?
 * @h: the MD
 *
 * Context: Task.
 * Return: true if an event has said so.
 */
bool lt_hmd_over(struct lt_hmd *h)
{
	bool over;

	spin_lock(&h->lock);
	over = h->over;
	spin_unlock(&h->lock);
	return over;
}
EXPORT_SYMBOL_GPL(lt_hmd_over);

/**
 * lt_hmd_ev() - look at an event of an MD
 * @test: the case, which ends if there is no such event
 * @h: the MD
 * @index: the number of the event, 0 for the first
 *
 * Context: The task of the case.
 * Return: the event.
 */
const struct lnet_handler_event *lt_hmd_ev(struct kunit *test, struct lt_hmd *h,
					   unsigned int index)
{
	KUNIT_ASSERT_LT(test, index, lt_hmd_count(h));
	KUNIT_ASSERT_LT(test, index, LT_HMD_KEPT);
	return &h->seen[index].ev;
}
EXPORT_SYMBOL_GPL(lt_hmd_ev);

/**
 * lt_hmd_expect() - check the fields of an event that concern every test of events
 * @test: the case, which ends if there is no such event
 * @h: the MD
 * @index: the number of the event, 0 for the first
 * @kind: the kind that it must be
 * @status: the status that it must have
 * @unlinked: whether it must be the last one
 *
 * Context: The task of the case.
 */
void lt_hmd_expect(struct kunit *test, struct lt_hmd *h, unsigned int index,
		   enum lnet_event_kind kind, int status, int unlinked)
{
	const struct lnet_handler_event *ev = lt_hmd_ev(test, h, index);

	KUNIT_EXPECT_EQ_MSG(test, (int)ev->type, (int)kind, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->status, status, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->unlinked, unlinked, "event %u", index);
}
EXPORT_SYMBOL_GPL(lt_hmd_expect);

/**
 * lt_hmd_expect_id() - check one of the processes that an event names
 * @test: the case
 * @what: the word for this process in a failure
 * @id: the process
 * @nid: the NID that it must have
 * @pid: the PID that it must have
 *
 * Context: The task of the case.
 */
void lt_hmd_expect_id(struct kunit *test, const char *what, const struct lnet_processid *id,
		      lnet_nid_t nid, lnet_pid_t pid)
{
	struct lnet_nid large = lt_nid(nid);

	KUNIT_EXPECT_MEMEQ_MSG(test, &id->nid, &large, sizeof(large), "NID of %s", what);
	KUNIT_EXPECT_EQ_MSG(test, id->pid, pid, "PID of %s", what);
}
EXPORT_SYMBOL_GPL(lt_hmd_expect_id);

MODULE_DESCRIPTION("What the KUnit suites of the handler interface share");
MODULE_LICENSE("GPL");
