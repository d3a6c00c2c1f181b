// SPDX-License-Identifier: GPL-2.0
/*
 * The next step of a thread, or of a handler. Each kind of step has a name, by
 * which it can be left out (avoid=) or done alone (only=).
 */
#include "fuzz.h"

#include <linux/printk.h>
#include <linux/string.h>

enum {
	IN_HANDLERS	= 3,	/* one event of so many has its handler act */
};

static struct step {
	const char *name;
	void (*act)(struct fuzz_by *by);
	unsigned int weight;
	bool handler;		/* a handler may do it */
	enum fuzz_group group;
	bool off;
} steps[] = {
	{ "me",		fuzz_step_me,		100, true },
	{ "insert",	fuzz_step_insert,	40, true },
	{ "attach",	fuzz_step_attach,	40, true },
	{ "bind",	fuzz_step_bind,		50, true },
	{ "me-unlink",	fuzz_step_me_unlink,	60, true },
	{ "md-unlink",	fuzz_step_md_unlink,	60, true },
	{ "put",	fuzz_step_put,		260, true },
	{ "get",	fuzz_step_get,		90, true },
	{ "hot",	fuzz_step_hot,		60, false },
	{ "poll",	fuzz_step_poll,		90, true },
	{ "queue",	fuzz_step_queue,	14, false },
	{ "lazy",	fuzz_step_lazy,		40, true },
	{ "wrong",	fuzz_step_wrong,	40, true },
	{ "plain",	fuzz_step_plain,	40, true },
	{ "print",	fuzz_step_print,	25, true },
	{ "ctl",	fuzz_step_ctl,		10, false },
	{ "init",	fuzz_step_init,		10, false },
	{ "own",	fuzz_step_own,		90, false },
	{ "own-lazy",	fuzz_step_own_lazy,	30, false },
	{ "own-ring",	fuzz_step_own_ring,	12, false },
	{ "ping",	fuzz_step_ping,		20, false },
	{ "crowd",	fuzz_step_crowd,	1, false },
	{ "anchor",	fuzz_step_anchor,	20, false },
	{ "alias",	fuzz_step_alias,	12, false },
	{ "locked",	fuzz_step_locked,	20, false },
	{ "lock",	fuzz_step_lock,		2, false },
	{ "net",	fuzz_step_net,		8, false, FUZZ_NET },
	{ "flap",	fuzz_step_flap,		20, false, FUZZ_NET },
	{ "driver",	fuzz_step_driver,	15, false, FUZZ_NET },
	{ "ask",	fuzz_step_ask,		250, false, FUZZ_NET },
	{ "take",	fuzz_step_take,		250, false, FUZZ_NET },
	{ "take-lazy",	fuzz_step_take_lazy,	60, false, FUZZ_NET },
	{ "peer",	fuzz_step_peer,		300, false, FUZZ_NET },
	{ "lie",	fuzz_step_lie,		300, false, FUZZ_NET },
	{ "claim",	fuzz_step_claim,	80, false, FUZZ_NET },
	{ "h-post",	fuzz_step_hpost,	100, true, FUZZ_LUSTRE },
	{ "h-bind",	fuzz_step_hbind,	40, true, FUZZ_LUSTRE },
	{ "h-put",	fuzz_step_hput,		180, true, FUZZ_LUSTRE },
	{ "h-get",	fuzz_step_hget,		80, true, FUZZ_LUSTRE },
	{ "h-unlink",	fuzz_step_hunlink,	60, true, FUZZ_LUSTRE },
	{ "h-lazy",	fuzz_step_hlazy,	20, true, FUZZ_LUSTRE },
	{ "h-own",	fuzz_step_hown,		90, false, FUZZ_LUSTRE },
	{ "h-wrong",	fuzz_step_hwrong,	30, false, FUZZ_LUSTRE },
	{ "h-init",	fuzz_step_hinit,	10, false, FUZZ_LUSTRE },
	{ "h-name",	fuzz_step_hname,	30, true, FUZZ_LUSTRE },
	{ "h-peer",	fuzz_step_hpeer,	10, false, FUZZ_LUSTRE },
	{ "h-update",	fuzz_step_hupdate,	10, false, FUZZ_LUSTRE },
	{ "h-text",	fuzz_step_htext,	20, false, FUZZ_LUSTRE },
	{ "h-list",	fuzz_step_hlist,	10, false, FUZZ_LUSTRE },
};

/* Things that are not a kind of step, and can be left out too. */
static struct step_word {
	const char *name;
	bool off;
} step_words[] = {
	{ "waiters" },		/* threads that wait in LNetEQWait() */
};

static bool step_is_on(const struct step *s, bool handler)
{
	return !s->off && fuzz_with[s->group] && (s->handler || !handler);
}

static unsigned int step_weight(bool handler)
{
	unsigned int i, sum = 0;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (step_is_on(&steps[i], handler))
			sum += steps[i].weight;
	return sum;
}

static struct step *step_draw(struct fuzz_by *by)
{
	u32 at = fuzz_below(by, step_weight(by->handler) ?: 1);
	struct step *s;

	for (s = steps; s < steps + ARRAY_SIZE(steps); s++) {
		if (!step_is_on(s, by->handler))
			continue;
		if (at < s->weight)
			return s;
		at -= s->weight;
	}
	return NULL;
}

/* The next step of a thread. */
void fuzz_step(struct fuzz_by *by)
{
	step_draw(by)->act(by);
}

/* A handler does something too, at times; a chain of messages has an end. */
void fuzz_step_in_handler(struct fuzz_by *by)
{
	struct step *s;

	if (!fuzz_once_in(by, IN_HANDLERS) || by->depth >= FUZZ_DEPTH)
		return;
	s = step_draw(by);
	if (s)
		s->act(by);
}

static bool *step_switch(const char *name, size_t length)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (strlen(steps[i].name) == length &&
		    !strncmp(steps[i].name, name, length))
			return &steps[i].off;
	for (i = 0; i < ARRAY_SIZE(step_words); i++)
		if (strlen(step_words[i].name) == length &&
		    !strncmp(step_words[i].name, name, length))
			return &step_words[i].off;
	return NULL;
}

static int step_switch_all(const char *parameter, const char *list, bool off)
{
	size_t length;
	bool *which;

	while (list && *list) {
		length = strcspn(list, "+");
		which = step_switch(list, length);
		if (!which) {
			pr_err("error: %s=: there is no step '%.*s': Documentation/testing.rst says which\n",
			       parameter, (int)length, list);
			return -EINVAL;
		}
		*which = off;
		list += length + !!list[length];
	}
	return 0;
}

/* Is it left out? */
bool fuzz_avoids(const char *word)
{
	const bool *off = step_switch(word, strlen(word));

	return off && *off;
}

/* Understand avoid= and only=. 0 or -EINVAL, with a line that says why. */
int fuzz_step_check(const char *avoid, const char *only)
{
	unsigned int i;
	int rc;

	for (i = 0; only && *only && i < ARRAY_SIZE(steps); i++)
		steps[i].off = true;
	for (i = 0; only && *only && i < ARRAY_SIZE(step_words); i++)
		step_words[i].off = true;
	rc = step_switch_all("only", only, false);
	if (!rc)
		rc = step_switch_all("avoid", avoid, true);
	if (!rc && !step_weight(false)) {
		pr_err("error: avoid= and only= leave nothing to do\n");
		rc = -EINVAL;
	}
	return rc;
}
