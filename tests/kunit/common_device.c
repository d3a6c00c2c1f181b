// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/lnet, and memory of user space for what is asked of it.
 */
#include "common.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>

static void close_file(void *file)
{
	filp_close(file, NULL);
}

/**
 * lt_device() - open /dev/lnet
 * @test: the case
 *
 * Context: the task of the case; may sleep.
 * Return: the open file, which is closed when the case is over.
 */
struct file *lt_device(struct kunit *test)
{
	struct file *file = filp_open("/dev/lnet", O_RDWR, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_file, file), 0);
	return file;
}
EXPORT_SYMBOL_GPL(lt_device);

/**
 * lt_user_memory() - map memory of user space, of the process that this thread has then
 * @test: the case
 * @bytes: its size
 *
 * Context: the task of the case; may sleep.
 * Return: its address; it is there until the case is over.
 */
unsigned long lt_user_memory(struct kunit *test, size_t bytes)
{
	unsigned long at = kunit_vm_mmap(test, NULL, 0, bytes, PROT_READ | PROT_WRITE,
					 MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_FALSE(test, !at || IS_ERR_VALUE(at));
	return at;
}
EXPORT_SYMBOL_GPL(lt_user_memory);
