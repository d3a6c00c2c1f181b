// SPDX-License-Identifier: GPL-2.0
/*
 * A case that fails one time in six, for the step that tries cases until they
 * fail (tests/guest/races): if it does not see this one it sees none.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/random.h>

static void dice_show_a_six(struct kunit *test)
{
	KUNIT_EXPECT_NE(test, get_random_u32() % 6 + 1, 6);
}

static struct kunit_case dice_cases[] = {
	KUNIT_CASE(dice_show_a_six),
	{}
};

static struct kunit_suite dice_suite = {
	.name = "lnet_dice",
	.test_cases = dice_cases,
};

kunit_test_suite(dice_suite);

MODULE_DESCRIPTION("A test that fails sometimes, on purpose");
MODULE_LICENSE("GPL");
