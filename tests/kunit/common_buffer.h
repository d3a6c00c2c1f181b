/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of a case, and payload that describes itself.
 */
#ifndef _LNET_KUNIT_COMMON_BUFFER_H
#define _LNET_KUNIT_COMMON_BUFFER_H

#include <kunit/test.h>

#include <linux/types.h>

void *lt_vmalloc(struct kunit *test, size_t bytes);
void *lt_page(struct kunit *test);

void lt_fill(void *buf, size_t bytes, u32 seed);
bool lt_filled(const void *buf, size_t bytes, u32 seed, size_t skip);
bool lt_is_byte(const void *buf, size_t bytes, u8 byte);

#endif /* _LNET_KUNIT_COMMON_BUFFER_H */
