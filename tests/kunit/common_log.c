// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log while a case runs: the warnings that are to come, and the lines that LNet
 * has written.
 */
#include "common.h"

#include <linux/printk.h>
#include <linux/string.h>

/* Warnings -------------------------------------------------------------- */

/**
 * lt_expect_warnings() - announce warnings to the script that judges the log
 * @n: how many warnings will come
 * @text: the text that each of them contains
 *
 * Context: Task.
 */
void lt_expect_warnings(unsigned int n, const char *text)
{
	pr_info("lnet-test: expect %u warning(s): %s\n", n, text);
}
EXPORT_SYMBOL_GPL(lt_expect_warnings);

/**
 * lt_expected_warnings_done() - say that no more of the announced warnings will come
 *
 * Context: Task.
 */
void lt_expected_warnings_done(void)
{
	pr_info("lnet-test: expected warnings done\n");
}
EXPORT_SYMBOL_GPL(lt_expected_warnings_done);

/* Lines of LNet ----------------------------------------------------------- */

/**
 * lt_log_begin() - remember where the log ends now
 * @log: the place, to be written
 *
 * Context: Task.
 */
void lt_log_begin(struct lt_log *log)
{
	kmsg_dump_rewind(&log->iter);
	log->iter.cur_seq = log->iter.next_seq;
}
EXPORT_SYMBOL_GPL(lt_log_begin);

/* What a module of ours says in a line, behind the time; or NULL. */
static const char *log_said(const char *line)
{
	const char *said = strstr(line, "lnet: ") ?: strstr(line, "lnet_lustre: ");

	return said && (said == line || said[-1] == ' ') ? said : NULL;
}

/**
 * lt_log_count() - count the lines that LNet has written since a place in the log
 * @log: the place, of lt_log_begin()
 * @text: a text that each line must contain
 * @and: a second text that it must contain
 *
 * Context: Task.
 * Return: the number of lines. Lines of the tests and of the kernel do not count.
 */
unsigned int lt_log_count(const struct lt_log *log, const char *text, const char *and)
{
	struct lt_log at = *log;
	unsigned int n = 0;
	const char *said;
	char line[320];
	size_t len;

	while (kmsg_dump_get_line(&at.iter, false, line, sizeof(line) - 1,
				  &len)) {
		line[len] = '\0';
		said = log_said(line);
		n += said && strstr(said, text) && strstr(said, and);
	}
	return n;
}
EXPORT_SYMBOL_GPL(lt_log_count);
