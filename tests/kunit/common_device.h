/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/lnet, and memory of user space for what is asked of it.
 */
#ifndef _LNET_KUNIT_COMMON_DEVICE_H
#define _LNET_KUNIT_COMMON_DEVICE_H

#include <kunit/test.h>

#include <linux/types.h>

struct file;

struct file *lt_device(struct kunit *test);
unsigned long lt_user_memory(struct kunit *test, size_t bytes);

#endif /* _LNET_KUNIT_COMMON_DEVICE_H */
