// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are gone when the case is over: EQs, MEs, MDs, lazy portals. An object that
 * the case has freed itself is no fault.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/module.h>

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
struct case_object {
	struct kunit *test;
	u64 cookie;
};

/* Have @action free the object behind @cookie when the case is over. */
static void object_undo_later(struct kunit *test, kunit_action_t *action, u64 cookie)
{
	struct case_object *obj = kunit_kzalloc(test, sizeof(*obj), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj->test = test;
	obj->cookie = cookie;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, action, obj), 0);
}

static void object_undo_eq(void *arg)
{
	struct case_object *obj = arg;
	int rc = LNetEQFree((struct lnet_handle_eq){ obj->cookie });

	KUNIT_EXPECT_TRUE_MSG(obj->test, !rc || rc == -ENOENT,
			      "LNetEQFree: %d", rc);
}

static void object_undo_me(void *arg)
{
	struct case_object *obj = arg;

	LNetMEUnlink((struct lnet_handle_me){ obj->cookie });
}

static void object_undo_md(void *arg)
{
	struct case_object *obj = arg;

	LNetMDUnlink((struct lnet_handle_md){ obj->cookie });
}

static void object_undo_lazy(void *arg)
{
	LNetClearLazyPortal((long)arg);
}

/**
 * lt_id() - name a process
 * @nid: the NID of its node
 * @pid: its PID
 *
 * Return: the process.
 */
struct lnet_process_id lt_id(lnet_nid_t nid, lnet_pid_t pid)
{
	return (struct lnet_process_id){ .nid = nid, .pid = pid };
}
EXPORT_SYMBOL_GPL(lt_id);

/**
 * lt_no_eq() - the EQ handle of an MD without events
 *
 * Return: the invalid handle.
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
 * @start: the memory, or its fragments, as struct lnet_md has it
 * @length: how long it is, in the unit that struct lnet_md has for @options
 * @threshold: how many operations it is good for, as struct lnet_md has it
 * @options: the options, as struct lnet_md has them
 * @eqh: the EQ of its events
 * @user_ptr: the client's pointer; a recorder where the handler is lt_record()
 *
 * Return: the description.
 */
struct lnet_md lt_md(void *start, unsigned int length, int threshold,
		     unsigned int options, struct lnet_handle_eq eqh, void *user_ptr)
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
 * @test: the case, which ends if LNetEQAlloc() fails
 * @count: how many events its ring has room for, see LNetEQAlloc()
 * @handler: what is called for each event, see LNetEQAlloc()
 *
 * Context: The task of the case; may sleep.
 * Return: the EQ, until the case is over. The case fails if it is in use then.
 */
struct lnet_handle_eq lt_eq_alloc(struct kunit *test, unsigned int count,
				  lnet_eq_handler_t handler)
{
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(count, handler, &eqh), 0);
	object_undo_later(test, object_undo_eq, eqh.cookie);
	return eqh;
}
EXPORT_SYMBOL_GPL(lt_eq_alloc);

/**
 * lt_me_attach() - post an ME
 * @test: the case, which ends if LNetMEAttach() fails
 * @portal: the index of the portal
 * @id: the process whose messages it takes
 * @match_bits: the bits that it takes
 * @ignore_bits: which of them do not count
 * @unlink: whether it goes with its MD
 * @pos: where it stands among the others
 *
 * Context: The task of the case; may sleep.
 * Return: the ME, until the case is over.
 */
struct lnet_handle_me lt_me_attach(struct kunit *test, unsigned int portal,
				   struct lnet_process_id id, u64 match_bits,
				   u64 ignore_bits, enum lnet_unlink unlink,
				   enum lnet_ins_pos pos)
{
	struct lnet_handle_me meh;
	int rc;

	rc = LNetMEAttach(portal, id, match_bits, ignore_bits, unlink, pos, &meh);
	KUNIT_ASSERT_EQ(test, rc, 0);
	object_undo_later(test, object_undo_me, meh.cookie);
	return meh;
}
EXPORT_SYMBOL_GPL(lt_me_attach);

/**
 * lt_me_any() - post an ME on LT_PORTAL, for every process, that stays without its MD
 * @test: the case, which ends if LNetMEAttach() fails
 * @match_bits: the bits that it takes, all of which count
 *
 * Context: The task of the case; may sleep.
 * Return: the ME, until the case is over.
 */
struct lnet_handle_me lt_me_any(struct kunit *test, u64 match_bits)
{
	return lt_me_attach(test, LT_PORTAL, lt_any, match_bits, 0,
			    LNET_RETAIN, LNET_INS_AFTER);
}
EXPORT_SYMBOL_GPL(lt_me_any);

/**
 * lt_md_attach() - attach an MD to an ME
 * @test: the case, which ends if LNetMDAttach() fails
 * @meh: the ME
 * @md: the description of the MD
 * @unlink: whether it goes when it is used up
 *
 * Context: The task of the case; may sleep.
 * Return: the MD, until the case is over.
 */
struct lnet_handle_md lt_md_attach(struct kunit *test, struct lnet_handle_me meh,
				   struct lnet_md md, enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh, md, unlink, &mdh), 0);
	object_undo_later(test, object_undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_attach);

/**
 * lt_md_of() - find the MD behind a handle
 * @test: the case, which ends if there is none
 * @mdh: the handle; an MD that has just died is found by it, too
 *
 * Return: the MD, which nothing but the case keeps.
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
 * @test: the case, which ends if LNetMDBind() fails
 * @md: the description of the MD
 * @unlink: whether it goes when it is used up
 *
 * Context: The task of the case; may sleep.
 * Return: the MD, until the case is over.
 */
struct lnet_handle_md lt_md_bind(struct kunit *test, struct lnet_md md,
				 enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDBind(md, unlink, &mdh), 0);
	object_undo_later(test, object_undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_bind);

/**
 * lt_source() - bind an MD to send from, without events
 * @test: the case, which ends if LNetMDBind() fails
 * @start: the memory
 * @length: how long it is, bytes
 *
 * Context: The task of the case; may sleep.
 * Return: the MD, until the case is over.
 */
struct lnet_handle_md lt_source(struct kunit *test, void *start, unsigned int length)
{
	return lt_md_bind(test, lt_md(start, length, LNET_MD_THRESH_INF, 0,
				      lt_no_eq(), NULL), LNET_RETAIN);
}
EXPORT_SYMBOL_GPL(lt_source);

/**
 * lt_target() - attach an MD that takes PUTs without payload, as many as come
 * @test: the case, which ends if there can be no such MD
 * @match_bits: the bits that its ME takes, from every process
 * @eqh: the EQ of its events
 * @user_ptr: the client's pointer
 *
 * Context: The task of the case; may sleep.
 * Return: the MD, until the case is over.
 */
struct lnet_handle_md lt_target(struct kunit *test, u64 match_bits,
				struct lnet_handle_eq eqh, void *user_ptr)
{
	return lt_md_attach(test, lt_me_any(test, match_bits),
			    lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT, eqh, user_ptr),
			    LNET_RETAIN);
}
EXPORT_SYMBOL_GPL(lt_target);

/**
 * lt_lazy() - make a portal lazy until the case is over
 * @test: the case, which ends if LNetSetLazyPortal() fails
 * @portal: the index of the portal
 *
 * Context: The task of the case; may sleep.
 */
void lt_lazy(struct kunit *test, unsigned int portal)
{
	KUNIT_ASSERT_EQ(test, LNetSetLazyPortal(portal), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, object_undo_lazy,
							(void *)(long)portal),
			0);
}
EXPORT_SYMBOL_GPL(lt_lazy);
