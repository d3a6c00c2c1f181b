// SPDX-License-Identifier: GPL-2.0
/*
 * A case and its suite. Whatever a case makes is undone when it ends, in the opposite
 * order, also when an assertion has ended it early. Then the live handles are counted, and
 * a case that has left one behind fails.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

/* Memory of a case that the core may use until the last of the case's objects is gone. */
struct case_block {
	struct list_head link;
	u64 data[];
};

/* The handles that were live when the case began, and its blocks. */
struct case_start {
	struct kunit *test;
	u64 counts[4];
	struct list_head blocks;
};

atomic_t lt_lnd_locked;
EXPORT_SYMBOL_GPL(lt_lnd_locked);

/**
 * lt_suite_init() - bring LNet up for a suite
 * @suite: the suite that begins
 *
 * Context: Task; may sleep.
 * Return: 0, or what LNetNIInit() returns below 0.
 */
int lt_suite_init(struct kunit_suite *suite)
{
	int rc = LNetNIInit(LNET_PID_LUSTRE);

	return rc < 0 ? rc : 0;
}
EXPORT_SYMBOL_GPL(lt_suite_init);

/**
 * lt_suite_exit() - let go of LNet after a suite
 * @suite: the suite that ends
 *
 * Context: Task; may sleep.
 */
void lt_suite_exit(struct kunit_suite *suite)
{
	LNetNIFini();
}
EXPORT_SYMBOL_GPL(lt_suite_exit);

/* The last action of a case. */
static void case_end(void *arg)
{
	struct case_start *start = arg;
	struct case_block *block, *next;
	u64 counts[4];

	list_for_each_entry_safe(block, next, &start->blocks, link)
		kfree(block);

	lnet_alloc_fail_nth(0);
	lnet_object_counts(counts);
	KUNIT_EXPECT_EQ_MSG(start->test, counts[LNET_HANDLE_MD],
			    start->counts[LNET_HANDLE_MD], "MDs left behind");
	KUNIT_EXPECT_EQ_MSG(start->test, counts[LNET_HANDLE_ME],
			    start->counts[LNET_HANDLE_ME], "MEs left behind");
	KUNIT_EXPECT_EQ_MSG(start->test, counts[LNET_HANDLE_EQ],
			    start->counts[LNET_HANDLE_EQ], "EQs left behind");
	KUNIT_EXPECT_EQ_MSG(start->test, atomic_read(&lt_recorded_wrongly), 0,
			    "callbacks where none may run");
	KUNIT_EXPECT_EQ_MSG(start->test, atomic_read(&lt_lnd_locked), 0,
			    "calls of the LND with a lock held, or without lockdep to say so");
}

/**
 * lt_case_init() - begin a case: whatever it makes must be gone at its end
 * @test: the case that begins
 *
 * Context: Task; may sleep.
 * Return: 0, or -ENOMEM.
 */
int lt_case_init(struct kunit *test)
{
	struct case_start *start = kunit_kzalloc(test, sizeof(*start), GFP_KERNEL);

	if (!start)
		return -ENOMEM;
	start->test = test;
	INIT_LIST_HEAD(&start->blocks);
	test->priv = start;
	atomic_set(&lt_lnd_locked, 0);
	atomic_set(&lt_recorded_wrongly, 0);
	lnet_object_counts(start->counts);
	return kunit_add_action(test, case_end, start);
}
EXPORT_SYMBOL_GPL(lt_case_init);

/**
 * lt_case_init_down() - lt_case_init() of a case that begins while LNet is down
 * @test: the case that begins; it is skipped if another client uses LNet, as it would prove
 *	nothing then
 *
 * Context: Task; may sleep.
 * Return: 0, or -ENOMEM.
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
 * lt_case_init_lnet() - bring LNet up, after each of its allocations has failed once
 * @test: the case, which fails if one that fails does not give -ENOMEM, or leaves LNet up
 *
 * Context: The task of the case, while LNet is down; may sleep.
 * Return: the number of the allocation that there was none of, from 1 on. LNet is up.
 */
unsigned int lt_case_init_lnet(struct kunit *test)
{
	unsigned int n;
	int rc = -ENOMEM;

	for (n = 1; n < 100; n++) {
		lnet_alloc_fail_nth(n);
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (!lnet_alloc_failed())
			break;
		KUNIT_EXPECT_EQ_MSG(test, rc, -ENOMEM, "allocation %u", n);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), -ENETDOWN);
	}
	lnet_alloc_fail_nth(0);
	KUNIT_EXPECT_EQ(test, rc, 0);
	return n;
}
EXPORT_SYMBOL_GPL(lt_case_init_lnet);

/**
 * lt_case_up_and_down() - use LNet and leave it, a few times over
 * @t: the thread that does it, or one of several
 *
 * Context: A thread of lt_thread_start(); may sleep.
 * Return: 0, or the first error of LNetNIInit() or LNetNIFini().
 */
int lt_case_up_and_down(struct lt_thread *t)
{
	int i, rc;

	for (i = 0; i < 15; i++) {
		rc = LNetNIInit(LNET_PID_LUSTRE);
		if (rc < 0)
			return rc;
		rc = LNetNIFini();
		if (rc)
			return rc;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(lt_case_up_and_down);

/**
 * lt_case_alloc() - allocate zeroed memory that outlives all objects of the case
 * @test: the case, which ends if there is no memory
 * @bytes: how much, bytes
 *
 * Memory of kunit_kzalloc() is freed in turn with the objects. What the core may still hold
 * after that, such as a message that waits, needs memory that is freed last.
 *
 * Context: The task of the case; may sleep.
 * Return: the memory, until the case is over.
 */
void *lt_case_alloc(struct kunit *test, size_t bytes)
{
	struct case_block *block = kzalloc(sizeof(*block) + bytes, GFP_KERNEL);
	struct case_start *start = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, block);
	list_add(&block->link, &start->blocks);
	return block->data;
}
EXPORT_SYMBOL_GPL(lt_case_alloc);

MODULE_DESCRIPTION("What the KUnit suites of lnet share");
MODULE_LICENSE("GPL");
