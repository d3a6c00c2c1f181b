/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's log while a case runs.
 */
#ifndef _LNET_KUNIT_COMMON_LOG_H
#define _LNET_KUNIT_COMMON_LOG_H

#include <linux/kmsg_dump.h>

/* A place in the log. */
struct lt_log {
	struct kmsg_dump_iter iter;
};

void lt_expect_warnings(unsigned int n, const char *text);
void lt_expected_warnings_done(void);

void lt_log_begin(struct lt_log *log);
unsigned int lt_log_count(const struct lt_log *log, const char *text, const char *and);

#endif /* _LNET_KUNIT_COMMON_LOG_H */
