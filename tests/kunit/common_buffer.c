// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a case, and payload that describes itself: a byte out of its place is found.
 */
#include "common.h"

#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static void buffer_undo_vmalloc(void *arg)
{
	vfree(arg);
}

static void buffer_undo_page(void *arg)
{
	free_page((unsigned long)arg);
}

/**
 * lt_vmalloc() - allocate zeroed memory that is not contiguous
 * @test: the case, which ends if there is no memory
 * @bytes: how much, bytes
 *
 * Context: The task of the case; may sleep.
 * Return: the memory, until the case is over.
 */
void *lt_vmalloc(struct kunit *test, size_t bytes)
{
	void *buf = vzalloc(bytes);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, buffer_undo_vmalloc, buf), 0);
	return buf;
}
EXPORT_SYMBOL_GPL(lt_vmalloc);

/**
 * lt_page() - allocate a zeroed page
 * @test: the case, which ends if there is no memory
 *
 * Context: The task of the case; may sleep.
 * Return: the page, until the case is over.
 */
void *lt_page(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, buffer_undo_page, page), 0);
	return page;
}
EXPORT_SYMBOL_GPL(lt_page);

static u8 buffer_byte(u32 seed, size_t index)
{
	return seed * 31 + index * 7 + (index >> 8) + (index >> 16);
}

/**
 * lt_fill() - write a pattern in which every byte knows its place
 * @buf: the memory
 * @bytes: how long it is, bytes
 * @seed: which pattern
 *
 * Context: Any.
 */
void lt_fill(void *buf, size_t bytes, u32 seed)
{
	u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = buffer_byte(seed, i);
}
EXPORT_SYMBOL_GPL(lt_fill);

/**
 * lt_filled() - is this a piece of the pattern?
 * @buf: the piece
 * @bytes: how long it is, bytes
 * @seed: which pattern
 * @skip: how far into the pattern the piece begins, bytes
 *
 * Context: Any.
 * Return: true if every byte of it is in its place.
 */
bool lt_filled(const void *buf, size_t bytes, u32 seed, size_t skip)
{
	const u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		if (p[i] != buffer_byte(seed, skip + i))
			return false;
	return true;
}
EXPORT_SYMBOL_GPL(lt_filled);

/**
 * lt_is_byte() - is all of this one byte?
 * @buf: the memory
 * @bytes: how long it is, bytes
 * @byte: the byte
 *
 * Context: Any.
 * Return: true if it has no other byte.
 */
bool lt_is_byte(const void *buf, size_t bytes, u8 byte)
{
	return !memchr_inv(buf, byte, bytes);
}
EXPORT_SYMBOL_GPL(lt_is_byte);
