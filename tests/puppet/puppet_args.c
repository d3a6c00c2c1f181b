// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a command. The first that makes no sense is remembered, with an
 * explanation for the user, so that a command takes all its words first and
 * looks once whether they were good.
 */
#include "puppet.h"

#include <linux/kstrtox.h>
#include <linux/string.h>

/* Takes @line to pieces. -EINVAL: none, or too many. */
int puppet_args_split(struct puppet_args *a, char *line)
{
	char *word;

	memset(a, 0, sizeof(*a));
	while ((word = strsep(&line, " \t\n"))) {
		if (!*word)
			continue;
		if (a->count == PUPPET_MAX_WORDS)
			return puppet_args_refuse(a, "more than %d words", PUPPET_MAX_WORDS);
		a->word[a->count++] = word;
	}
	return a->count ? 0 : puppet_args_refuse(a, "no command");
}

/* Sets the text behind the "ok". */
void puppet_args_answer(struct puppet_args *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(a->answer, sizeof(a->answer), format, args);
	va_end(args);
}

/* Something makes no sense: -EINVAL, and why. The first reason stays. */
int puppet_args_refuse(struct puppet_args *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!a->rc)
		vscnprintf(a->answer, sizeof(a->answer), format, args);
	va_end(args);
	a->rc = -EINVAL;
	return a->rc;
}

/* The next word; empty if there is none. */
const char *puppet_args_word(struct puppet_args *a)
{
	if (puppet_args_left(a))
		return a->word[a->next++];
	puppet_args_refuse(a, "a word is missing");
	return "";
}

u32 puppet_args_u32(struct puppet_args *a, u32 max)
{
	const char *word = puppet_args_word(a);
	u32 value = 0;

	if (kstrtou32(word, 0, &value) || value > max)
		puppet_args_refuse(a, "'%s' is not a number up to %u", word, max);
	return value;
}

u64 puppet_args_u64(struct puppet_args *a)
{
	const char *word = puppet_args_word(a);
	u64 value = 0;

	if (kstrtou64(word, 0, &value))
		puppet_args_refuse(a, "'%s' is not a number of 64 bits", word);
	return value;
}

int puppet_args_threshold(struct puppet_args *a)
{
	const char *word = puppet_args_word(a);
	int value = 0;

	if (!strcmp(word, "inf"))
		return LNET_MD_THRESH_INF;
	if (kstrtoint(word, 0, &value))
		puppet_args_refuse(a, "'%s' is not a threshold", word);
	return value;
}

static lnet_pid_t parse_pid(struct puppet_args *a, const char *word)
{
	lnet_pid_t pid = LNET_PID_ANY;

	if (strcmp(word, "any") && kstrtou32(word, 0, &pid))
		puppet_args_refuse(a, "'%s' is not a PID", word);
	return pid;
}

/* "any", NID, PID-NID or any-NID; the PID is Lustre's unless it is said. */
struct lnet_process_id puppet_args_id(struct puppet_args *a)
{
	struct lnet_process_id id = { .nid = LNET_NID_ANY, .pid = LNET_PID_ANY };
	char *word = (char *)puppet_args_word(a);
	char *dash = strchr(word, '-');

	if (!strcmp(word, "any"))
		return id;
	id.pid = LNET_PID_LUSTRE;
	if (dash) {
		*dash = '\0';
		id.pid = parse_pid(a, word);
		word = dash + 1;
	}
	id.nid = libcfs_str2nid(word);
	if (id.nid == LNET_NID_ANY)
		puppet_args_refuse(a, "'%s' is not a NID", word);
	return id;
}
