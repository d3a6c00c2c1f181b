// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites share: cases, their objects and their payload. Everything made
 * here is undone when the case ends, in the opposite order, also when an
 * assertion has ended it early; then the live handles are counted, and a case
 * that has left one behind fails.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

const struct lnet_process_id lt_any = {
	.nid = LNET_NID_ANY,
	.pid = LNET_PID_ANY,
};
EXPORT_SYMBOL_GPL(lt_any);

const struct lnet_process_id lt_lo = {
	.nid = LNET_NID_LO_0,
	.pid = LNET_PID_LUSTRE,
};
EXPORT_SYMBOL_GPL(lt_lo);

/* An object of the core, and the case it belongs to. */
struct object {
	struct kunit *test;
	u64 cookie;
};

/*
 * The handles that were live when the case began, and messages, which may wait
 * in the core until the last of the case's objects is gone.
 */
struct fixture {
	struct kunit *test;
	u64 counts[4];
	struct list_head rxs;
};

/* Also where nobody knows: once lockdep has found something it is off. */
atomic_t lt_lnd_locked;
EXPORT_SYMBOL_GPL(lt_lnd_locked);

/* Fixture --------------------------------------------------------------- */

/**
 * lt_suite_init() - bring LNet up for a suite
 * @suite: the suite
 */
int lt_suite_init(struct kunit_suite *suite)
{
	int rc = LNetNIInit(LNET_PID_LUSTRE);

	return rc < 0 ? rc : 0;
}
EXPORT_SYMBOL_GPL(lt_suite_init);

/**
 * lt_suite_exit() - let go of LNet after a suite
 * @suite: the suite
 */
void lt_suite_exit(struct kunit_suite *suite)
{
	LNetNIFini();
}
EXPORT_SYMBOL_GPL(lt_suite_exit);

/* The last thing of a case. */
static void expect_same_counts(void *arg)
{
	struct fixture *fix = arg;
	struct lt_rx *rx, *next;
	u64 counts[4];

	list_for_each_entry_safe(rx, next, &fix->rxs, mine)
		kfree(rx);

	lnet_alloc_fail_nth(0);
	lnet_object_counts(counts);
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_MD],
			    fix->counts[LNET_HANDLE_MD], "MDs left behind");
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_ME],
			    fix->counts[LNET_HANDLE_ME], "MEs left behind");
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_EQ],
			    fix->counts[LNET_HANDLE_EQ], "EQs left behind");
	KUNIT_EXPECT_EQ_MSG(fix->test, atomic_read(&lt_recorded_wrongly), 0,
			    "callbacks where none may run");
	KUNIT_EXPECT_EQ_MSG(fix->test, atomic_read(&lt_lnd_locked), 0,
			    "calls of the LND with a lock held, or without lockdep to say so");
}

/**
 * lt_case_init() - begin a case: whatever it makes must be gone at its end
 * @test: the case
 */
int lt_case_init(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);

	if (!fix)
		return -ENOMEM;
	fix->test = test;
	INIT_LIST_HEAD(&fix->rxs);
	test->priv = fix;
	atomic_set(&lt_lnd_locked, 0);
	atomic_set(&lt_recorded_wrongly, 0);
	lnet_object_counts(fix->counts);
	return kunit_add_action(test, expect_same_counts, fix);
}
EXPORT_SYMBOL_GPL(lt_case_init);

/**
 * lt_case_init_down() - lt_case_init() of a case that begins while LNet is down
 * @test: the case; skipped if somebody else uses LNet: it would mean nothing
 */
int lt_case_init_down(struct kunit *test)
{
	int rc = lt_case_init(test);

	if (rc)
		return rc;
	if (LNetNIInit(LNET_PID_ANY) != -ENETDOWN) {
		LNetNIFini();
		kunit_skip(test, "LNet is in use");
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lt_case_init_down);

/**
 * lt_rx() - a message to be received
 * @test: the case
 */
struct lt_rx *lt_rx(struct kunit *test)
{
	struct lt_rx *rx = kzalloc(sizeof(*rx), GFP_KERNEL);
	struct fixture *fix = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, rx);
	list_add(&rx->mine, &fix->rxs);
	return rx;
}
EXPORT_SYMBOL_GPL(lt_rx);

/* Objects --------------------------------------------------------------- */

static void undo(struct kunit *test, kunit_action_t *action, u64 cookie)
{
	struct object *obj = kunit_kzalloc(test, sizeof(*obj), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj->test = test;
	obj->cookie = cookie;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, action, obj), 0);
}

static void undo_eq(void *arg)
{
	struct object *obj = arg;
	int rc = LNetEQFree((struct lnet_handle_eq){ obj->cookie });

	KUNIT_EXPECT_TRUE_MSG(obj->test, !rc || rc == -ENOENT,
			      "LNetEQFree: %d", rc);
}

static void undo_me(void *arg)
{
	struct object *obj = arg;

	LNetMEUnlink((struct lnet_handle_me){ obj->cookie });
}

static void undo_md(void *arg)
{
	struct object *obj = arg;

	LNetMDUnlink((struct lnet_handle_md){ obj->cookie });
}

static void undo_lazy(void *arg)
{
	LNetClearLazyPortal((long)arg);
}

static void undo_vmalloc(void *arg)
{
	vfree(arg);
}

static void undo_page(void *arg)
{
	free_page((unsigned long)arg);
}

/**
 * lt_id() - a process id
 * @nid: its NID
 * @pid: its PID
 */
struct lnet_process_id lt_id(lnet_nid_t nid, lnet_pid_t pid)
{
	return (struct lnet_process_id){ .nid = nid, .pid = pid };
}
EXPORT_SYMBOL_GPL(lt_id);

/**
 * lt_no_eq() - the EQ handle of an MD without events
 */
struct lnet_handle_eq lt_no_eq(void)
{
	struct lnet_handle_eq eqh;

	LNetInvalidateEQHandle(&eqh);
	return eqh;
}
EXPORT_SYMBOL_GPL(lt_no_eq);

/**
 * lt_md() - describe memory
 * @start: as struct lnet_md has it
 * @length: as struct lnet_md has it
 * @threshold: as struct lnet_md has it
 * @options: as struct lnet_md has it
 * @eqh: as struct lnet_md has it
 * @user_ptr: as struct lnet_md has it; a recorder for lt_record()
 */
struct lnet_md lt_md(void *start, unsigned int length, int threshold,
		     unsigned int options, struct lnet_handle_eq eqh,
		     void *user_ptr)
{
	struct lnet_md md = {
		.start = start,
		.length = length,
		.threshold = threshold,
		.options = options,
		.user_ptr = user_ptr,
		.eq_handle = eqh,
	};

	LNetInvalidateMDHandle(&md.bulk_handle);
	return md;
}
EXPORT_SYMBOL_GPL(lt_md);

/**
 * lt_eq_alloc() - make an EQ
 * @test: the case
 * @count: see LNetEQAlloc()
 * @handler: see LNetEQAlloc()
 */
struct lnet_handle_eq lt_eq_alloc(struct kunit *test, unsigned int count,
				  lnet_eq_handler_t handler)
{
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(count, handler, &eqh), 0);
	undo(test, undo_eq, eqh.cookie);
	return eqh;
}
EXPORT_SYMBOL_GPL(lt_eq_alloc);

/**
 * lt_me_attach() - post an ME
 * @test: the case
 * @portal: see LNetMEAttach()
 * @id: see LNetMEAttach()
 * @match_bits: see LNetMEAttach()
 * @ignore_bits: see LNetMEAttach()
 * @unlink: see LNetMEAttach()
 * @pos: see LNetMEAttach()
 */
struct lnet_handle_me lt_me_attach(struct kunit *test, unsigned int portal,
				   struct lnet_process_id id, u64 match_bits,
				   u64 ignore_bits, enum lnet_unlink unlink,
				   enum lnet_ins_pos pos)
{
	struct lnet_handle_me meh;
	int rc;

	rc = LNetMEAttach(portal, id, match_bits, ignore_bits, unlink, pos,
			  &meh);
	KUNIT_ASSERT_EQ(test, rc, 0);
	undo(test, undo_me, meh.cookie);
	return meh;
}
EXPORT_SYMBOL_GPL(lt_me_attach);

/**
 * lt_me_any() - post an ME for anybody, that stays
 * @test: the case
 * @match_bits: all of them count
 */
struct lnet_handle_me lt_me_any(struct kunit *test, u64 match_bits)
{
	return lt_me_attach(test, LT_PORTAL, lt_any, match_bits, 0,
			    LNET_RETAIN, LNET_INS_AFTER);
}
EXPORT_SYMBOL_GPL(lt_me_any);

/**
 * lt_md_attach() - attach an MD
 * @test: the case
 * @meh: to what
 * @md: what
 * @unlink: see LNetMDAttach()
 */
struct lnet_handle_md lt_md_attach(struct kunit *test,
				   struct lnet_handle_me meh,
				   struct lnet_md md, enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh, md, unlink, &mdh), 0);
	undo(test, undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_attach);

/**
 * lt_md_of() - the MD behind a handle
 * @test: the case, which ends if there is none
 * @mdh: the handle; an MD that has just died is found by it, too
 */
struct lnet_libmd *lt_md_of(struct kunit *test, struct lnet_handle_md mdh)
{
	struct lnet_libmd *md = lnet_handle_find(mdh.cookie, LNET_HANDLE_MD);

	KUNIT_ASSERT_NOT_NULL(test, md);
	return md;
}
EXPORT_SYMBOL_GPL(lt_md_of);

/**
 * lt_md_bind() - bind an MD
 * @test: the case
 * @md: what
 * @unlink: see LNetMDBind()
 */
struct lnet_handle_md lt_md_bind(struct kunit *test, struct lnet_md md,
				 enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDBind(md, unlink, &mdh), 0);
	undo(test, undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_bind);

/**
 * lt_source() - bind an MD to send from, without events
 * @test: the case
 * @start: memory
 * @length: bytes
 */
struct lnet_handle_md lt_source(struct kunit *test, void *start,
				unsigned int length)
{
	return lt_md_bind(test, lt_md(start, length, LNET_MD_THRESH_INF, 0,
				      lt_no_eq(), NULL), LNET_RETAIN);
}
EXPORT_SYMBOL_GPL(lt_source);

/**
 * lt_vmalloc() - zeroed memory that is not contiguous
 * @test: the case
 * @bytes: how much
 */
void *lt_vmalloc(struct kunit *test, size_t bytes)
{
	void *buf = vzalloc(bytes);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_vmalloc,
							buf), 0);
	return buf;
}
EXPORT_SYMBOL_GPL(lt_vmalloc);

/**
 * lt_page() - a zeroed page
 * @test: the case
 */
void *lt_page(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_page, page),
			0);
	return page;
}
EXPORT_SYMBOL_GPL(lt_page);

/**
 * lt_lazy() - make a portal lazy until the case is over
 * @test: the case
 * @portal: which
 */
void lt_lazy(struct kunit *test, unsigned int portal)
{
	KUNIT_ASSERT_EQ(test, LNetSetLazyPortal(portal), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_lazy,
							(void *)(long)portal),
			0);
}
EXPORT_SYMBOL_GPL(lt_lazy);

/**
 * lt_side() - one side of a message
 * @test: the case
 * @bytes: of memory, zero, with one more behind them
 *
 * Return: the side, until the case is over; no MD yet.
 */
struct lt_side *lt_side(struct kunit *test, unsigned int bytes)
{
	struct lt_side *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->buf = kunit_kzalloc(test, bytes + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->buf);
	s->rec = lt_rec(test);
	s->eqh = lt_eq_alloc(test, 0, lt_record);
	return s;
}
EXPORT_SYMBOL_GPL(lt_side);

/**
 * lt_put() - PUT to LT_PORTAL over loopback
 * @mdh: from where
 * @ack: shall there be an ACK
 * @match_bits: match bits
 * @offset: remote offset, bytes
 * @hdr_data: 64 bits for the target
 */
int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data)
{
	return LNetPut(LNET_NID_ANY, mdh, ack, lt_lo, LT_PORTAL, match_bits,
		       offset, hdr_data);
}
EXPORT_SYMBOL_GPL(lt_put);

/**
 * lt_get() - GET from LT_PORTAL over loopback
 * @mdh: where to
 * @match_bits: match bits
 * @offset: remote offset, bytes
 */
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset)
{
	return LNetGet(LNET_NID_ANY, mdh, lt_lo, LT_PORTAL, match_bits, offset,
		       false);
}
EXPORT_SYMBOL_GPL(lt_get);

/* Payload --------------------------------------------------------------- */

static u8 pattern(u32 seed, size_t index)
{
	return seed * 31 + index * 7 + (index >> 8) + (index >> 16);
}

/**
 * lt_fill() - write a pattern in which every byte knows its place
 * @buf: where to
 * @bytes: how much
 * @seed: which pattern
 */
void lt_fill(void *buf, size_t bytes, u32 seed)
{
	u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = pattern(seed, i);
}
EXPORT_SYMBOL_GPL(lt_fill);

/**
 * lt_filled() - is this a piece of the pattern?
 * @buf: the piece
 * @bytes: its length
 * @seed: which pattern
 * @skip: how far into the pattern the piece begins
 */
bool lt_filled(const void *buf, size_t bytes, u32 seed, size_t skip)
{
	const u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		if (p[i] != pattern(seed, skip + i))
			return false;
	return true;
}
EXPORT_SYMBOL_GPL(lt_filled);

/**
 * lt_is_byte() - is all of this one byte?
 * @buf: what
 * @bytes: its length
 * @byte: the byte
 */
bool lt_is_byte(const void *buf, size_t bytes, u8 byte)
{
	return !memchr_inv(buf, byte, bytes);
}
EXPORT_SYMBOL_GPL(lt_is_byte);

MODULE_DESCRIPTION("What the KUnit suites of lnet share");
MODULE_LICENSE("GPL");
