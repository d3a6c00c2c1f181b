// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls of /dev/lnet, made through the device as a program makes them, and what notifiers see of
 * them; counters of this node, which have no other way out but an ioctl of lnet_selftest.
 */
#include "common.h"
#include "lustre/ioctl.h"
#include "show/device.h"

#include <lnet/handler.h>
#include <lnet/ioctl.h>

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define CMD_OURS	_IOWR('e', 63, long)
#define CMD_NONE	_IOWR('e', 65, long)

/* The device, an argument in memory of user space, and a notifier ------------------------- */

struct call_case {
	struct kunit *test;
	struct file *file;
	unsigned long arg;
	/* what the notifier is to do, and what it has seen */
	int rc;
	unsigned int calls;
	bool grow;		/* make the copy look longer than it is */
	bool chain_1, chain_2;	/* pointers into the copy, of this text: */
	char text_1[8], text_2[8];
};

static struct call_case *now;	/* of the case that runs */

static int notifier_call(struct notifier_block *nb, unsigned long cmd, void *arg)
{
	struct libcfs_ioctl_data *data = arg;
	char *bulk = (char *)(data + 1);

	now->calls++;
	if (cmd != CMD_OURS)
		return NOTIFY_OK;
	now->chain_1 = data->ioc_inlbuf1 == bulk;
	now->chain_2 = data->ioc_inlbuf2 == bulk + round_up(data->ioc_inllen1, 8);
	if (data->ioc_inllen1)
		strscpy(now->text_1, data->ioc_inlbuf1, sizeof(now->text_1));
	if (data->ioc_inllen2)
		strscpy(now->text_2, data->ioc_inlbuf2, sizeof(now->text_2));
	data->ioc_count = 4711;
	if (now->grow)
		data->ioc_hdr.ioc_len = SZ_1M;
	return notifier_from_errno(now->rc) | NOTIFY_STOP_MASK;
}

static struct notifier_block notifier = { .notifier_call = notifier_call };

static void notifier_remove(void *unused)
{
	blocking_notifier_chain_unregister(&lnet_ioctl_list, &notifier);
}

static struct call_case *call_begin(struct kunit *test)
{
	struct call_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	c->file = lt_device(test);
	c->arg = lt_user_memory(test, SZ_256K);
	KUNIT_ASSERT_EQ(test, blocking_notifier_chain_register(&lnet_ioctl_list, &notifier), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, notifier_remove, NULL), 0);
	now = c;
	return c;
}

static long call_at(struct call_case *c, unsigned int cmd, unsigned long arg)
{
	return c->file->f_op->unlocked_ioctl(c->file, cmd, arg);
}

/* Make the call with a copy of @data, and copy it back. */
static long call_with(struct call_case *c, unsigned int cmd, void *data, size_t bytes)
{
	long rc;

	KUNIT_ASSERT_EQ(c->test, copy_to_user((void __user *)c->arg, data, bytes), 0);
	rc = call_at(c, cmd, c->arg);
	KUNIT_ASSERT_EQ(c->test, copy_from_user(data, (void __user *)c->arg, bytes), 0);
	return rc;
}

struct call_data {
	struct libcfs_ioctl_data data;
	char bulk[32];
};

static struct call_data call_data(void)
{
	return (struct call_data) {
		.data.ioc_hdr.ioc_len = sizeof(struct call_data),
		.data.ioc_hdr.ioc_version = LNET_IOCTL_VERSION_DATA,
		.data.ioc_inllen1 = 4,
		.data.ioc_inlbuf1 = (char *)0x1111,
		.data.ioc_inllen2 = 24,
		.data.ioc_inlbuf2 = (char *)0x2222,
		.bulk = "one\0----three",
	};
}

/* Arguments that are sound ------------------------------------------------------------------ */

static void ioctl_goes_to_the_list_and_comes_back(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
	KUNIT_EXPECT_EQ(test, c->calls, 1);
	KUNIT_EXPECT_TRUE(test, c->chain_1);
	KUNIT_EXPECT_TRUE(test, c->chain_2);
	KUNIT_EXPECT_STREQ(test, c->text_1, "one");
	KUNIT_EXPECT_STREQ(test, c->text_2, "three");
	KUNIT_EXPECT_EQ(test, d.data.ioc_count, 4711);
	/* No address of the kernel comes out. */
	KUNIT_EXPECT_PTR_EQ(test, d.data.ioc_inlbuf1, (char *)0x1111);
	KUNIT_EXPECT_PTR_EQ(test, d.data.ioc_inlbuf2, (char *)0x2222);
}

static void ioctl_without_data_has_no_pointers(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	d.data.ioc_inllen1 = 0;
	d.data.ioc_inllen2 = 0;
	d.data.ioc_hdr.ioc_len = sizeof(d.data);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
	KUNIT_EXPECT_FALSE(test, c->chain_1);
	KUNIT_EXPECT_FALSE(test, c->chain_2);
	d.data.ioc_hdr.ioc_len = sizeof(d);
	d.data.ioc_inllen2 = 32;
	memcpy(d.bulk, "three", 6);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
	KUNIT_EXPECT_FALSE(test, c->chain_1);
	KUNIT_EXPECT_TRUE(test, c->chain_2);
	KUNIT_EXPECT_STREQ(test, c->text_2, "three");
}

static void ioctl_error_of_the_list_comes_back_with_the_answer(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	c->rc = -ENOENT;
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), -ENOENT);
	KUNIT_EXPECT_EQ(test, d.data.ioc_count, 4711);
}

static void ioctl_that_none_knows_is_invalid(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	KUNIT_EXPECT_EQ(test, call_with(c, CMD_NONE, &d, sizeof(d)), -EINVAL);
	KUNIT_EXPECT_EQ(test, c->calls, 1);
}

/* Where it has pointers, they would be followed. */
static void ioctl_of_other_structures_reaches_no_list(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();
	struct libcfs_ioctl_hdr hdr = { sizeof(hdr), LNET_IOCTL_VERSION_CONFIG };

	d.data.ioc_hdr.ioc_version = LNET_IOCTL_VERSION_CONFIG;
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), -EINVAL);
	KUNIT_EXPECT_EQ(test, d.data.ioc_count, 0);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &hdr, sizeof(hdr)), -EINVAL);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_NONE, &hdr, sizeof(hdr)), -EINVAL);
	KUNIT_EXPECT_EQ(test, c->calls, 0);
}

static void ioctl_largest_argument_is_taken(struct kunit *test)
{
	struct libcfs_ioctl_data *d = lt_vmalloc(test, LNET_IOCTL_BYTES_MAX);
	struct call_case *c = call_begin(test);

	memset(d, 0, LNET_IOCTL_BYTES_MAX);
	d->ioc_hdr.ioc_version = LNET_IOCTL_VERSION_DATA;
	d->ioc_hdr.ioc_len = LNET_IOCTL_BYTES_MAX;
	d->ioc_inllen1 = LNET_IOCTL_BYTES_MAX - sizeof(*d);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, d, LNET_IOCTL_BYTES_MAX), 0);
	KUNIT_EXPECT_EQ(test, d->ioc_count, 4711);
	d->ioc_hdr.ioc_len += 8;
	d->ioc_inllen1 += 8;
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, d, LNET_IOCTL_BYTES_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, c->calls, 1);
}

/* And such as are not ----------------------------------------------------------------------- */

static const struct {
	/* input */
	u32 len, version, inllen1, inllen2;
} unsound[] = {
	{ 0, LNET_IOCTL_VERSION_DATA },
	{ 7, LNET_IOCTL_VERSION_DATA },
	{ 7, LNET_IOCTL_VERSION_CONFIG },
	{ 8, LNET_IOCTL_VERSION_DATA },
	{ 127, LNET_IOCTL_VERSION_DATA },
	{ U32_MAX, LNET_IOCTL_VERSION_DATA },
	{ U32_MAX, LNET_IOCTL_VERSION_CONFIG },
	{ 160, 0 },
	{ 160, 0x0001000c },
	{ 160, LNET_IOCTL_VERSION_DATA, 0, 0 },
	{ 160, LNET_IOCTL_VERSION_DATA, 8, 16 },
	{ 160, LNET_IOCTL_VERSION_DATA, 33, 0 },
	{ 160, LNET_IOCTL_VERSION_DATA, 0, 33 },
	{ 160, LNET_IOCTL_VERSION_DATA, 8, 25 },
	{ 160, LNET_IOCTL_VERSION_DATA, 9, 17 },
	{ 160, LNET_IOCTL_VERSION_DATA, U32_MAX, 0 },
	{ 160, LNET_IOCTL_VERSION_DATA, 0, U32_MAX },
	{ 160, LNET_IOCTL_VERSION_DATA, U32_MAX, U32_MAX },
	{ 160, LNET_IOCTL_VERSION_DATA, U32_MAX - 7, 8 },
	{ 160, LNET_IOCTL_VERSION_DATA, 0x80000000, 0x80000000 },
};

static void ioctl_unsound_argument_reaches_no_list(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, sizeof(d), 160);
	for (i = 0; i < ARRAY_SIZE(unsound); i++) {
		d = call_data();
		d.data.ioc_hdr.ioc_len = unsound[i].len;
		d.data.ioc_hdr.ioc_version = unsound[i].version;
		d.data.ioc_inllen1 = unsound[i].inllen1;
		d.data.ioc_inllen2 = unsound[i].inllen2;
		KUNIT_EXPECT_EQ_MSG(test, call_with(c, CMD_OURS, &d, sizeof(d)), -EINVAL,
				    "row %u", i);
	}
	KUNIT_EXPECT_EQ(test, c->calls, 0);
	/* And the last that fits. */
	d = call_data();
	d.data.ioc_inllen1 = 9;
	d.data.ioc_inllen2 = 16;
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
}

static void ioctl_address_that_is_bad_is_a_fault(struct kunit *test)
{
	struct libcfs_ioctl_hdr hdr = { 8192, LNET_IOCTL_VERSION_CONFIG };
	struct call_case *c = call_begin(test);
	unsigned long last = c->arg + SZ_256K - 4096;

	KUNIT_EXPECT_EQ(test, call_at(c, CMD_OURS, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, call_at(c, CMD_OURS, -8UL), -EFAULT);
	/* The length is there, and all of it is not. */
	KUNIT_ASSERT_EQ(test, vm_munmap(last, 4096), 0);
	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)(last - 4096), &hdr, sizeof(hdr)), 0);
	KUNIT_EXPECT_EQ(test, call_at(c, CMD_OURS, last - 4096), -EFAULT);
	KUNIT_EXPECT_EQ(test, c->calls, 0);
}

static void ioctl_answer_is_no_longer_than_the_argument(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	c->grow = true;
	/* KASAN would see it read behind the copy. */
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
}

static void ioctl_of_another_device_is_none(struct kunit *test)
{
	static const unsigned int cmds[] = {
		_IOWR('e', 29, long), _IOWR('e', 113, long), _IOWR('f', 63, long), 0, ~0,
	};
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		KUNIT_EXPECT_EQ(test, call_with(c, cmds[i], &d, sizeof(d)), -EINVAL);
	KUNIT_EXPECT_EQ(test, c->calls, 0);
}

static void ioctl_needs_the_right_to_it(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();
	struct cred *cred = prepare_creds();
	const struct cred *before;
	long rc;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_lower(cred->cap_effective, CAP_SYS_ADMIN);
	before = override_creds(cred);
	rc = call_with(c, CMD_OURS, &d, sizeof(d));
	revert_creds(before);
	put_cred(cred);
	KUNIT_EXPECT_EQ(test, rc, -EACCES);
	KUNIT_EXPECT_EQ(test, c->calls, 0);
}

static void ioctl_without_memory_is_refused(struct kunit *test)
{
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	lnet_alloc_fail_nth(1);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, lnet_alloc_failed());
	lnet_alloc_fail_nth(0);
}

/* A module that goes is not called any more. */
static long other_never(unsigned int cmd, void __user *arg)
{
	now->calls += 100;
	return 0;
}

static void ioctl_without_the_other_module_is_none(struct kunit *test)
{
	struct module *going = kunit_kzalloc(test, sizeof(*going), GFP_KERNEL);
	struct lnet_device_other other = { .owner = going, .ioctl = other_never };
	struct call_case *c = call_begin(test);
	struct call_data d = call_data();

	KUNIT_ASSERT_NOT_NULL(test, going);
	going->state = MODULE_STATE_GOING;
	lnet_device_set_other(&other);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), -ENOTTY);
	lnet_device_set_other(NULL);
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), -ENOTTY);
	KUNIT_EXPECT_EQ(test, c->calls, 0);
	lnet_ioctl_init();
	KUNIT_EXPECT_EQ(test, call_with(c, CMD_OURS, &d, sizeof(d)), 0);
}

/* Counters ------------------------------------------------------------------------------------ */

enum { BYTES = 1000, BITS = 0x77 };

static void counters_count_what_is_sent_and_received(struct kunit *test)
{
	struct lt_side *from = lt_side(test, BYTES), *to = lt_side(test, BYTES);
	struct lnet_counters_common before, after;

	lt_side_bind(test, from, 1, 0, LNET_UNLINK);
	lt_side_attach(test, to, BITS, 1, LNET_MD_OP_PUT, LNET_UNLINK);
	memset(&before, 0x5a, sizeof(before));
	lnet_counters_get_common(&before);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_NOACK_REQ, BITS, 0, 0), 0);
	lnet_counters_get_common(&after);

	KUNIT_EXPECT_EQ(test, after.lcc_send_count - before.lcc_send_count, 1);
	KUNIT_EXPECT_EQ(test, after.lcc_send_length - before.lcc_send_length, BYTES);
	KUNIT_EXPECT_EQ(test, after.lcc_recv_count - before.lcc_recv_count, 1);
	KUNIT_EXPECT_EQ(test, after.lcc_recv_length - before.lcc_recv_length, BYTES);
	KUNIT_EXPECT_EQ(test, after.lcc_drop_count, before.lcc_drop_count);
	KUNIT_EXPECT_EQ(test, after.lcc_drop_length, before.lcc_drop_length);
	KUNIT_EXPECT_EQ(test, after.lcc_msgs_alloc, 0);
	KUNIT_EXPECT_EQ(test, after.lcc_errors, before.lcc_errors);
	KUNIT_EXPECT_EQ(test, after.lcc_route_count, 0);
	KUNIT_EXPECT_EQ(test, after.lcc_route_length, 0);
}

static void counters_count_what_is_dropped(struct kunit *test)
{
	struct lt_side *from = lt_side(test, BYTES);
	struct lnet_counters_common before, after;

	lt_side_bind(test, from, 1, 0, LNET_UNLINK);
	lnet_counters_get_common(&before);
	KUNIT_ASSERT_EQ(test, lt_put(from->mdh, LNET_NOACK_REQ, BITS, 0, 0), 0);
	lnet_counters_get_common(&after);
	KUNIT_EXPECT_EQ(test, after.lcc_drop_count - before.lcc_drop_count, 1);
	KUNIT_EXPECT_EQ(test, after.lcc_drop_length - before.lcc_drop_length, BYTES);
}

static void counters_no_page_is_of_a_gpu(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, lnet_is_rdma_only_page(virt_to_page(lt_page(test))));
}

static struct kunit_case lnet_lustre_ioctl_cases[] = {
	KUNIT_CASE(ioctl_goes_to_the_list_and_comes_back),
	KUNIT_CASE(ioctl_without_data_has_no_pointers),
	KUNIT_CASE(ioctl_error_of_the_list_comes_back_with_the_answer),
	KUNIT_CASE(ioctl_that_none_knows_is_invalid),
	KUNIT_CASE(ioctl_of_other_structures_reaches_no_list),
	KUNIT_CASE(ioctl_largest_argument_is_taken),
	KUNIT_CASE(ioctl_unsound_argument_reaches_no_list),
	KUNIT_CASE(ioctl_address_that_is_bad_is_a_fault),
	KUNIT_CASE(ioctl_answer_is_no_longer_than_the_argument),
	KUNIT_CASE(ioctl_of_another_device_is_none),
	KUNIT_CASE(ioctl_needs_the_right_to_it),
	KUNIT_CASE(ioctl_without_memory_is_refused),
	KUNIT_CASE(ioctl_without_the_other_module_is_none),
	KUNIT_CASE(counters_count_what_is_sent_and_received),
	KUNIT_CASE(counters_count_what_is_dropped),
	KUNIT_CASE(counters_no_page_is_of_a_gpu),
	{}
};

LT_SUITE(lnet_lustre_ioctl);

MODULE_DESCRIPTION("KUnit suite of lnet_lustre: ioctls, counters");
MODULE_LICENSE("GPL");
