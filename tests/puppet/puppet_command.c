// SPDX-License-Identifier: GPL-2.0
/*
 * The commands. Each write is one, and is answered by one line: "ok" and the
 * result, or "error", the number that write(2) returns, and why.
 * HANDLE is the number that `post` or `bind` has answered with.
 */
#include "puppet.h"

#include <linux/err.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

/* The meaning of the words of OPTIONS. */
struct puppet_options {
	unsigned int md;
	enum lnet_unlink unlink;
	enum lnet_ins_pos pos;
};

static void take_option(struct puppet_args *a, struct puppet_options *o, const char *word)
{
	static const struct { const char *name; unsigned int bit; } bits[] = {
		{ "put",	LNET_MD_OP_PUT },
		{ "get",	LNET_MD_OP_GET },
		{ "remote",	LNET_MD_MANAGE_REMOTE },
		{ "truncate",	LNET_MD_TRUNCATE },
		{ "noack",	LNET_MD_ACK_DISABLE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		if (!strcmp(word, bits[i].name)) {
			o->md |= bits[i].bit;
			return;
		}
	}
	if (!strcmp(word, "retain"))
		o->unlink = LNET_RETAIN;
	else if (!strcmp(word, "before"))
		o->pos = LNET_INS_BEFORE;
	else if (strcmp(word, "-"))
		puppet_args_refuse(a, "'%s' is not an option", word);
}

/* "put,get,remote,truncate,noack,retain,before", any of them, or "-". */
static struct puppet_options take_options(struct puppet_args *a)
{
	struct puppet_options o = { .unlink = LNET_UNLINK, .pos = LNET_INS_AFTER };
	char *list = (char *)puppet_args_word(a), *word;

	while ((word = strsep(&list, ",")))
		take_option(a, &o, word);
	return o;
}

static enum puppet_memory take_memory(struct puppet_args *a)
{
	const char *word = puppet_args_left(a) ? puppet_args_word(a) : "contiguous";
	int memory = puppet_memory_parse(word);

	if (memory < 0)
		puppet_args_refuse(a, "'%s' is not contiguous, kvec, pages or shifted", word);
	return memory < 0 ? PUPPET_CONTIGUOUS : memory;
}

static struct puppet_md *take_md(struct puppet_session *s, struct puppet_args *a)
{
	u32 number = puppet_args_u32(a, U32_MAX);
	struct puppet_md *md = puppet_md_find(s, number);

	if (!md)
		puppet_args_refuse(a, "there is no handle %u", number);
	return md;
}

static int say_ids(struct puppet_session *s, struct puppet_args *a)
{
	struct lnet_process_id id;
	char text[LNET_IDSTR_SIZE];
	unsigned int i;

	for (i = 0; !LNetGetId(i, &id); i++)
		puppet_session_say(s, "id %u %s", i, libcfs_id2str_r(id, text, sizeof(text)));
	puppet_args_answer(a, "%u", i);
	return 0;
}

/* An MD that LNet has not taken is no MD. */
static int posted(struct puppet_args *a, struct puppet_md *md, int rc)
{
	if (rc)
		puppet_md_free(md);
	else
		puppet_args_answer(a, "%u", md->number);
	return rc;
}

static int do_post(struct puppet_session *s, struct puppet_args *a)
{
	unsigned int portal = puppet_args_u32(a, U32_MAX);
	struct lnet_process_id id = puppet_args_id(a);
	u64 bits = puppet_args_u64(a), ignore = puppet_args_u64(a);
	u32 length = puppet_args_u32(a, PUPPET_MAX_BUFFER);
	struct puppet_options o = take_options(a);
	struct lnet_md umd = { .threshold = puppet_args_threshold(a), .options = o.md };
	enum puppet_memory memory = take_memory(a);
	bool fill = puppet_args_left(a);
	u32 seed = fill ? puppet_args_u32(a, U32_MAX) : 0;
	struct puppet_md *md;

	if (a->rc)
		return a->rc;
	md = puppet_md_new(s, memory, length);
	if (IS_ERR(md))
		return PTR_ERR(md);
	if (fill)
		puppet_buffer_fill(&md->buffer, seed);
	return posted(a, md, puppet_md_post(md, portal, id, bits, ignore, &umd, o.unlink, o.pos));
}

static int do_bind(struct puppet_session *s, struct puppet_args *a)
{
	u32 length = puppet_args_u32(a, PUPPET_MAX_BUFFER);
	u32 seed = puppet_args_u32(a, U32_MAX);
	enum puppet_memory memory = take_memory(a);
	struct lnet_md umd = { .threshold = LNET_MD_THRESH_INF };
	struct puppet_options o = { .unlink = LNET_UNLINK };
	struct puppet_md *md;

	if (puppet_args_left(a))
		umd.threshold = puppet_args_threshold(a);
	if (puppet_args_left(a))
		o = take_options(a);
	if (a->rc)
		return a->rc;
	umd.options = o.md;
	md = puppet_md_new(s, memory, length);
	if (IS_ERR(md))
		return PTR_ERR(md);
	puppet_buffer_fill(&md->buffer, seed);
	return posted(a, md, puppet_md_bind(md, &umd, o.unlink));
}

/* With "reclaim" as from a thread that frees memory. */
static int do_put(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);
	struct lnet_process_id id = puppet_args_id(a);
	unsigned int portal = puppet_args_u32(a, U32_MAX);
	u64 bits = puppet_args_u64(a);
	u32 offset = puppet_args_u32(a, U32_MAX);
	u64 hdr_data = puppet_args_u64(a);
	const char *word = puppet_args_word(a);
	bool ack = !strcmp(word, "ack"), frees = puppet_args_left(a);
	unsigned int flags = 0;
	int rc;

	if (!ack && strcmp(word, "noack"))
		puppet_args_refuse(a, "'%s' is not ack or noack", word);
	if (frees && strcmp(puppet_args_word(a), "reclaim"))
		puppet_args_refuse(a, "what comes last is reclaim, or nothing");
	if (a->rc)
		return a->rc;
	if (frees)
		flags = memalloc_noreclaim_save();
	rc = LNetPut(LNET_NID_ANY, md->handle, ack ? LNET_ACK_REQ : LNET_NOACK_REQ, id,
		     portal, bits, offset, hdr_data);
	if (frees)
		memalloc_noreclaim_restore(flags);
	return rc;
}

static int do_get(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);
	struct lnet_process_id id = puppet_args_id(a);
	unsigned int portal = puppet_args_u32(a, U32_MAX);
	u64 bits = puppet_args_u64(a);
	u32 offset = puppet_args_u32(a, U32_MAX);

	if (a->rc)
		return a->rc;
	return LNetGet(LNET_NID_ANY, md->handle, id, portal, bits, offset, false);
}

static int do_unlink(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);

	return a->rc ?: LNetMDUnlink(md->handle);
}

static int do_free(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);

	if (a->rc)
		return a->rc;
	if (puppet_md_is_live(md))
		return -EBUSY;
	puppet_md_free(md);
	return 0;
}

static int do_fill(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);
	u32 seed = puppet_args_u32(a, U32_MAX);

	if (!a->rc)
		puppet_buffer_fill(&md->buffer, seed);
	return a->rc;
}

static void check_range(struct puppet_args *a, struct puppet_md *md, u32 offset, u32 length)
{
	if (md && (u64)offset + length > md->buffer.bytes)
		puppet_args_refuse(a, "handle %u has %u bytes", md->number, md->buffer.bytes);
}

static int do_check(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);
	u32 offset = puppet_args_u32(a, U32_MAX), length = puppet_args_u32(a, U32_MAX);
	u32 seed = puppet_args_u32(a, U32_MAX);
	u32 at = puppet_args_left(a) ? puppet_args_u32(a, U32_MAX) : 0;
	u32 where;

	check_range(a, md, offset, length);
	if (a->rc)
		return a->rc;
	if (puppet_buffer_differs(&md->buffer, offset, length, seed, at, &where))
		puppet_args_answer(a, "differs at %u", where);
	else
		puppet_args_answer(a, "same");
	return 0;
}

static int do_crc(struct puppet_session *s, struct puppet_args *a)
{
	struct puppet_md *md = take_md(s, a);
	u32 offset = puppet_args_u32(a, U32_MAX), length = puppet_args_u32(a, U32_MAX);

	check_range(a, md, offset, length);
	if (!a->rc)
		puppet_args_answer(a, "0x%08x", puppet_buffer_crc(&md->buffer, offset, length));
	return a->rc;
}

static int set_lazy(struct puppet_session *s, struct puppet_args *a, bool lazy)
{
	u32 portal = puppet_args_u32(a, S32_MAX);
	int rc;

	if (a->rc)
		return a->rc;
	rc = lazy ? LNetSetLazyPortal(portal) : LNetClearLazyPortal(portal);
	if (!rc)
		__assign_bit(portal, s->lazy, lazy);
	return rc;
}

static int do_lazy(struct puppet_session *s, struct puppet_args *a)
{
	return set_lazy(s, a, true);
}

static int do_unlazy(struct puppet_session *s, struct puppet_args *a)
{
	return set_lazy(s, a, false);
}

static const struct puppet_verb {
	const char *name;
	unsigned int min, max;		/* words behind it */
	int (*run)(struct puppet_session *s, struct puppet_args *a);
	const char *usage;
} verbs[] = {
	{ "nid", 0, 0, say_ids, "" },
	{ "post", 7, 9, do_post,
	  "PORTAL ID|any BITS IGNORE LENGTH OPTIONS THRESHOLD [MEMORY [SEED]]" },
	{ "bind", 2, 5, do_bind, "LENGTH SEED [MEMORY [THRESHOLD [OPTIONS]]]" },
	{ "put", 7, 8, do_put, "HANDLE ID PORTAL BITS OFFSET HDRDATA ack|noack [reclaim]" },
	{ "get", 5, 5, do_get, "HANDLE ID PORTAL BITS OFFSET" },
	{ "unlink", 1, 1, do_unlink, "HANDLE" },
	{ "free", 1, 1, do_free, "HANDLE" },
	{ "fill", 2, 2, do_fill, "HANDLE SEED" },
	{ "check", 4, 5, do_check, "HANDLE OFFSET LENGTH SEED [AT]" },
	{ "crc", 3, 3, do_crc, "HANDLE OFFSET LENGTH" },
	{ "lazy", 1, 1, do_lazy, "PORTAL" },
	{ "unlazy", 1, 1, do_unlazy, "PORTAL" },
};

static const struct puppet_verb *find_verb(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

static int run(struct puppet_session *s, struct puppet_args *a, char *line)
{
	const struct puppet_verb *verb;
	const char *name;
	unsigned int words;

	if (puppet_args_split(a, line))
		return a->rc;
	name = puppet_args_word(a);
	verb = find_verb(name);
	if (!verb)
		return puppet_args_refuse(a, "there is no command '%s'", name);
	words = a->count - a->next;
	if (words < verb->min || words > verb->max)
		return puppet_args_refuse(a, "usage: %s %s", verb->name, verb->usage);
	return verb->run(s, a);
}

/* Carry out @line, which is taken to pieces, and answer. */
int puppet_command(struct puppet_session *s, char *line)
{
	struct puppet_args a;
	int rc;

	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	rc = run(s, &a, line);
	if (rc)
		puppet_session_say(s, "error %d %s", rc, a.answer[0] ? a.answer : "LNet says no");
	else
		puppet_session_say(s, "ok %s", a.answer);
	mutex_unlock(&s->lock);
	return rc;
}
