// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log while a case runs: warnings that are to come, and what was
 * said.
 */
#include "common.h"

#include <linux/printk.h>
#include <linux/string.h>

/* Warnings -------------------------------------------------------------- */

/**
 * lt_expect_warnings() - tell the judge of the log that warnings will come
 * @n: how many
 * @text: what each of them contains
 */
void lt_expect_warnings(unsigned int n, const char *text)
{
	pr_info("lnet-test: expect %u warning(s): %s\n", n, text);
}
EXPORT_SYMBOL_GPL(lt_expect_warnings);

/**
 * lt_expected_warnings_done() - no more of them
 */
void lt_expected_warnings_done(void)
{
	pr_info("lnet-test: expected warnings done\n");
}
EXPORT_SYMBOL_GPL(lt_expected_warnings_done);

/* What was said ----------------------------------------------------------- */

/**
 * lt_log_begin() - remember where the log ends now
 * @log: the place
 */
void lt_log_begin(struct lt_log *log)
{
	kmsg_dump_rewind(&log->iter);
	log->iter.cur_seq = log->iter.next_seq;
}
EXPORT_SYMBOL_GPL(lt_log_begin);

/**
 * lt_log_count() - how many lines of lnet's there are since then
 * @log: the place
 * @text: what stands in each of them
 * @and: this too
 *
 * Return: a count; lines of the tests and of the kernel are none.
 */
unsigned int lt_log_count(const struct lt_log *log, const char *text,
			  const char *and)
{
	struct lt_log at = *log;
	unsigned int n = 0;
	const char *said;
	char line[320];
	size_t len;

	while (kmsg_dump_get_line(&at.iter, false, line, sizeof(line) - 1,
				  &len)) {
		line[len] = '\0';
		said = strstr(line, "lnet: ");
		n += said && (said == line || said[-1] == ' ') &&
		     strstr(said, text) && strstr(said, and);
	}
	return n;
}
EXPORT_SYMBOL_GPL(lt_log_count);
