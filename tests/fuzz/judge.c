// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: each is a line of the log. Only the first ones of each kind are
 * printed; all are counted.
 */
#include "fuzz.h"

#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>

enum {
	LINES	= 4,		/* of one kind */
	KINDS	= 16,
};

/* J: judge_lock */
static struct {
	const char *word;
	unsigned int lines;
} kinds[KINDS];				/* J: */
static unsigned int wrongs;		/* J: */
static DEFINE_SPINLOCK(judge_lock);	/* J: innermost */

/* One more of a kind: is it to be printed? */
static bool judge_count(const char *word)
{
	unsigned int i;
	bool first;

	spin_lock(&judge_lock);
	wrongs++;
	for (i = 0; i < KINDS - 1 && kinds[i].word; i++)
		if (!strcmp(kinds[i].word, word))
			break;
	kinds[i].word = word;
	first = kinds[i].lines++ < LINES;
	spin_unlock(&judge_lock);
	return first;
}

/*
 * Something that LNet must not do. @word is the kind of it, to be searched for in
 * the log.
 */
void fuzz_wrong(const struct fuzz_by *by, const char *word, const char *fmt,
		...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!judge_count(word))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("wrong: %s: %pV (thread %u, step %llu%s)\n", word, &vaf,
	       by->thread, by->step, by->handler ? ", in a handler" : "");
	va_end(args);
}

/* How often. */
unsigned int fuzz_wrongs(void)
{
	return READ_ONCE(wrongs);
}
