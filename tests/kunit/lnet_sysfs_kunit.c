// SPDX-License-Identifier: GPL-2.0
/*
 * The operator's view: one value in each file, values that count what has
 * happened, a reset, and reading all of it at any time, whatever goes on.
 */
#include "common.h"

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uio.h>

#include <lnet/version.h>

LT_RUNTIME_MS(1500, "everything is read under load");

/* All files below a folder ------------------------------------------------- */

enum { NAMES = 128, NAME_MAX_BYTES = 48, DEPTH = 7 };

struct listing {
	struct dir_context ctx;
	unsigned int n;
	bool lost;			/* a name had no room */
	struct {
		char name[NAME_MAX_BYTES];
		bool is_dir;
	} entry[NAMES];
};

struct walk {
	struct kunit *test;
	char root[32];			/* "/sys/kernel/..." */
	bool seq;			/* its files are seq_files */
	bool (*file)(struct walk *w, const char *path, char *text, int n);
	struct listing *level[DEPTH];
	unsigned int files;
	unsigned int gone;		/* vanished between listing and read */
	unsigned int lost;		/* too long, too many, or too deep */
	unsigned int lines;		/* of text that were looked at */
	char text[4096];
};

static bool add_name(struct dir_context *ctx, const char *name, int len,
		     loff_t pos, u64 ino, unsigned int type)
{
	struct listing *l = container_of(ctx, struct listing, ctx);

	if (len <= 2 && !memcmp(name, "..", len))
		return true;
	l->lost |= len >= NAME_MAX_BYTES || l->n == NAMES;
	if (l->lost)
		return false;
	memcpy(l->entry[l->n].name, name, len);
	l->entry[l->n].name[len] = '\0';
	l->entry[l->n++].is_dir = type == DT_DIR;
	return true;
}

static bool list(const char *path, struct listing *l)
{
	struct file *dir = filp_open(path, O_RDONLY | O_DIRECTORY, 0);

	l->n = 0;
	l->lost = false;
	if (IS_ERR(dir))
		return false;
	memset(&l->ctx, 0, sizeof(l->ctx));
	l->ctx.actor = add_name;
	iterate_dir(dir, &l->ctx);
	filp_close(dir, NULL);
	return true;
}

/* kernel_read() does not read debugfs, but what is below it can be read. */
static ssize_t read_seq(struct file *file, char *buf, size_t size)
{
	struct kvec vec = { .iov_base = buf, .iov_len = size };
	struct iov_iter iter;
	struct kiocb kiocb;

	init_sync_kiocb(&kiocb, file);
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, size);
	return seq_read_iter(&kiocb, &iter);
}

static void read_file(struct walk *w, const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	const size_t size = sizeof(w->text) - 1;
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file)) {
		w->gone += PTR_ERR(file) == -ENOENT;
		return;
	}
	n = w->seq ? read_seq(file, w->text, size) :
		     kernel_read(file, w->text, size, &pos);
	filp_close(file, NULL);
	if (n < 0) {
		w->gone++;
		return;
	}
	w->text[n] = '\0';
	w->files++;
	if (!w->file(w, path, w->text, n))
		KUNIT_FAIL(w->test, "%s contains '%s'", path, w->text);
}

static void read_all(struct walk *w, const char *path, unsigned int depth)
{
	struct listing *l = w->level[depth];
	char name[160];
	unsigned int i;

	if (!list(path, l))
		return;
	w->lost += l->lost;
	for (i = 0; i < l->n; i++) {
		if (kthread_should_stop())
			return;
		snprintf(name, sizeof(name), "%s/%s", path, l->entry[i].name);
		if (!l->entry[i].is_dir)
			read_file(w, name);
		else if (depth + 1 < DEPTH)
			read_all(w, name, depth + 1);
		else
			w->lost++;
		cond_resched();
	}
}

static struct walk *walk(struct kunit *test, const char *root,
			 bool (*file)(struct walk *w, const char *path,
				      char *text, int n))
{
	struct walk *w = lt_vmalloc(test, sizeof(*w));
	int i;

	w->test = test;
	w->file = file;
	strscpy(w->root, root, sizeof(w->root));
	for (i = 0; i < DEPTH; i++)
		w->level[i] = lt_vmalloc(test, sizeof(struct listing));
	return w;
}

static bool is_word(const char *text)
{
	static const char others[] = "_@.:<>[] ";

	for (; *text; text++)
		if (!isalnum(*text) && !strchr(others, *text))
			return false;
	return true;
}

/*
 * One line, with a number or a word on it. The reset cannot be read. The line of the networks is
 * empty here, where none is configured.
 */
static bool one_value(struct walk *w, const char *path, char *text, int n)
{
	u64 value;

	if (strends(path, "/lnet/networks"))
		return !strcmp(text, "\n");
	if (n < 2 || text[n - 1] != '\n' || strchr(text, '\n') != text + n - 1)
		return false;
	text[n - 1] = '\0';
	return !kstrtou64(text, 10, &value) || is_word(text);
}

/* A line of debugfs: an object that lives, and what there is to know of it. */
static bool is_object(const char *path, const char *line)
{
	static const struct {
		const char *file, *has;
	} files[] = {
		{ "/mes", " portal=" }, { "/mds", " threshold=" },
		{ "/eqs", " slots=" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (strends(path, files[i].file))
			return strstarts(line, "0x") && isxdigit(line[2]) &&
			       strstr(line, files[i].has) &&
			       strstr(line, " by=");
	return false;
}

/* Objects, a line each; nothing of a ping, before one was asked for. */
static bool all_objects(struct walk *w, const char *path, char *text, int n)
{
	const bool cut = n == sizeof(w->text) - 1;
	char *line;

	if (strends(path, "/ping"))
		return !n;
	if (n && text[n - 1] != '\n' && !cut)
		return false;
	while ((line = strsep(&text, "\n")) && *line) {
		/* A line that is cut off is checked in another read. */
		if (cut && !text)
			break;
		if (!is_object(path, line))
			return false;
		w->lines++;
	}
	return true;
}

static void sysfs_has_one_value_in_each_file(struct kunit *test)
{
	struct walk *w = walk(test, "/sys/kernel/lnet", one_value);

	lt_eq_alloc(test, 4, NULL);
	lt_eq_alloc(test, 0, lt_record);
	lt_ni(test);
	read_all(w, w->root, 0);
	kunit_info(test, "%u files", w->files);
	/* 64 portals, 2 NIs and 2 EQs, a dozen or so each. */
	KUNIT_EXPECT_GT(test, w->files, 64 * 12);
	KUNIT_EXPECT_EQ(test, w->gone, 0);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

/* Values ------------------------------------------------------------------- */

#define PT(name)	"portals/10/" name

static void sysfs_portal_says_what_is_posted(struct kunit *test)
{
	struct lnet_handle_me me;
	int i;

	/* An ME goes to its bucket with its first MD. */
	for (i = 0; i < 6; i++) {
		me = lt_me_attach(test, LT_PORTAL, i & 1 ? lt_any : lt_lo, i,
				  i == 1 || i == 3, LNET_RETAIN, LNET_INS_AFTER);
		if (i < 4)
			lt_md_attach(test, me,
				     lt_md(NULL, 0, 1, LNET_MD_OP_PUT,
					   lt_no_eq(), NULL), LNET_RETAIN);
	}
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("posted_unique")), 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("posted_any")), 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("list_length")), 2);
	KUNIT_EXPECT_GE(test, lt_sysfs_u64(test, PT("hash_buckets")), 1);
	KUNIT_EXPECT_GE(test, lt_sysfs_u64(test, PT("hash_longest")), 1);
}

static void sysfs_portal_says_what_came(struct kunit *test)
{
	u64 matched = lt_sysfs_u64(test, PT("matched"));
	u64 bytes = lt_sysfs_u64(test, PT("bytes"));
	u64 dropped = lt_sysfs_u64(test, PT("dropped"));
	u64 no_match = lt_sysfs_u64(test, PT("dropped_no_match"));
	u64 too_long = lt_sysfs_u64(test, PT("dropped_too_long"));
	char *mem = lt_page(test);
	struct lnet_handle_md src = lt_source(test, mem, 100);
	int i;

	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(mem, 250, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
			   lt_no_eq(), NULL), LNET_RETAIN);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 2, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("matched")), matched + 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("bytes")), bytes + 200);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped")), dropped + 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped_no_match")),
			no_match + 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped_too_long")),
			too_long + 1);
}

static void sysfs_portal_says_what_waits(struct kunit *test)
{
	u64 ever = lt_sysfs_u64(test, PT("delayed_ever"));
	struct lnet_handle_md src = lt_source(test, lt_page(test), 100);
	int i;

	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("lazy")), 0);
	lt_lazy(test, LT_PORTAL);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("lazy")), 1);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_now")), 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_bytes")), 300);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_ever")), ever + 3);
	KUNIT_EXPECT_EQ(test, LNetClearLazyPortal(LT_PORTAL), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_now")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_bytes")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("delayed_ever")), ever + 3);
}

static void sysfs_eq_says_what_it_did(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 3, lt_record);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_rec *rec = lt_rec(test);
	struct lnet_handle_md mdh;
	char buf[16];
	char path[64];
	int i;

	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "size"), 4);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "mds"), 0);
	KUNIT_EXPECT_GE(test, lt_sysfs_eq(test, eqh, "slots"), 1);
	mdh = lt_target(test, 1, eqh, rec);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "mds"), 1);
	for (i = 0; i < 7; i++)
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "delivered"), 7);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "callbacks"), 7);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "overflowed"), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "lost"), 3);
	KUNIT_EXPECT_EQ(test, LNetMDUnlink(mdh), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "mds"), 0);

	KUNIT_EXPECT_EQ(test, LNetEQFree(eqh), 0);
	snprintf(path, sizeof(path), "eqs/%llx/size", eqh.cookie);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read(path, buf, sizeof(buf)), -ENOENT);
}

#define NI(name)	"nis/1@ptlf7/" name

static void sysfs_ni_says_what_it_did(struct kunit *test)
{
	struct lnet_handle_md src = lt_source(test, lt_page(test), 100);
	struct lnet_process_id peer = lt_id(LT_NID_PEER, LNET_PID_LUSTRE);
	struct lt_ni *f = lt_ni(test);
	struct lt_rx *rx = lt_rx(test);
	char text[32];

	KUNIT_EXPECT_GT(test, lt_sysfs_read(NI("nid"), text, sizeof(text)), 0);
	KUNIT_EXPECT_STREQ(test, text, "1@ptlf7");
	KUNIT_EXPECT_GT(test, lt_sysfs_read(NI("status"), text, sizeof(text)),
			0);
	KUNIT_EXPECT_STREQ(test, text, "up");
	WRITE_ONCE(f->ni->status, LNET_NI_STATUS_DOWN);
	KUNIT_EXPECT_GT(test, lt_sysfs_read(NI("status"), text, sizeof(text)),
			0);
	KUNIT_EXPECT_STREQ(test, text, "down");

	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, peer,
				      1, 0, 0, 0), 0);
	f->send_rc = -EIO;
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ, peer,
				      1, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("sends")), 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("send_bytes")), 200);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("send_errors")), 1);

	lt_md_attach(test, lt_me_any(test, 1),
		     lt_md(lt_page(test), 60, 5, LNET_MD_OP_PUT, lt_no_eq(),
			   NULL), LNET_RETAIN);
	lt_hdr_put(rx, 1, 60, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	lt_hdr_put(rx, 2, 40, 0, 0);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	lt_hdr_put(rx, 2, 30, 0, 0);
	rx->hdr.dest_nid = cpu_to_le64(LNET_NID_ANY);
	KUNIT_EXPECT_EQ(test, lt_parse(f, rx), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("receives")), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("receive_bytes")), 60);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("dropped_bytes")), 70);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("dropped")), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("dropped_not_ours")), 1);
	lt_ni_stop(f);
	KUNIT_EXPECT_EQ(test, lt_sysfs_read(NI("nid"), text, sizeof(text)),
			-ENOENT);
}

static void sysfs_totals_are_of_all_portals(struct kunit *test)
{
	u64 matched = lt_sysfs_u64(test, "matched");
	u64 mes = lt_sysfs_u64(test, "handles_me");
	char version[32];
	u64 mds = lt_sysfs_u64(test, "handles_md");
	u64 eqs = lt_sysfs_u64(test, "handles_eq");
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lnet_handle_me meh;
	unsigned int portal;

	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "running"), 1);
	KUNIT_EXPECT_GT(test, lt_sysfs_read("version", version, sizeof(version)), 0);
	KUNIT_EXPECT_STREQ(test, version, LNET_VERSION);
	lt_eq_alloc(test, 1, NULL);
	for (portal = LT_PORTAL; portal <= LT_PORTAL2; portal++) {
		meh = lt_me_attach(test, portal, lt_any, 1, 0, LNET_RETAIN,
				   LNET_INS_AFTER);
		lt_md_attach(test, meh, lt_md(NULL, 0, 5, LNET_MD_OP_PUT,
					      lt_no_eq(), NULL), LNET_RETAIN);
		KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
					      lt_lo, portal, 1, 0, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "matched"), matched + 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "handles_me"), mes + 2);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "handles_md"), mds + 3);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "handles_eq"), eqs + 1);
}

/* The reset ---------------------------------------------------------------- */

static void sysfs_reset_zeroes_what_was_counted_and_keeps_what_is(struct kunit *test)
{
	struct lnet_handle_eq eqh = lt_eq_alloc(test, 1, NULL);
	struct lnet_handle_md src = lt_source(test, NULL, 0);
	struct lt_ni *f = lt_ni(test);
	struct lnet_handle_me u;
	char class[16];
	int i;

	u = lt_me_attach(test, LT_PORTAL, lt_lo, 1, 0, LNET_RETAIN,
			 LNET_INS_AFTER);
	lt_md_attach(test, u, lt_md(NULL, 0, LNET_MD_THRESH_INF, LNET_MD_OP_PUT,
				    eqh, NULL), LNET_RETAIN);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1 + i % 2, 0,
					     0), 0);
	KUNIT_EXPECT_EQ(test, LNetPut(LNET_NID_ANY, src, LNET_NOACK_REQ,
				      lt_id(LT_NID_PEER, 1), 1, 0, 0, 0), 0);

	KUNIT_ASSERT_EQ(test, lt_sysfs_write("reset", "1"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("matched")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("dropped")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, "matched"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, NI("sends")), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "delivered"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "lost"), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "overflowed"), 0);

	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("posted_unique")), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "mds"), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "size"), 1);
	KUNIT_EXPECT_GT(test, lt_sysfs_read(PT("class"), class, sizeof(class)),
			0);
	KUNIT_EXPECT_STREQ(test, class, "unique");

	/* Counting goes on from there. */
	KUNIT_EXPECT_EQ(test, lt_put(src, LNET_NOACK_REQ, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("matched")), 1);
	KUNIT_EXPECT_EQ(test, lt_sysfs_eq(test, eqh, "delivered"), 1);
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(u), 0);
	KUNIT_EXPECT_EQ(test, lt_sysfs_u64(test, PT("posted_unique")), 0);
	lt_ni_stop(f);
}

/* Under load --------------------------------------------------------------- */

static int load_sender(struct lt_thread *t)
{
	struct lnet_handle_md *src = t->arg;
	unsigned int i;
	int rc = 0;

	for (i = 0; !kthread_should_stop() && !rc; i++) {
		rc = lt_put(*src, LNET_NOACK_REQ, i % 3, 0, 0);
		lt_thread_round(t);
		cond_resched();
	}
	return rc;
}

enum { READS = 1 };			/* of everything, at least */

/* EQs, MEs and MDs come and go. */
static int load_churner(struct lt_thread *t)
{
	struct lnet_handle_eq eqh;
	struct lnet_handle_me meh;
	struct lnet_handle_md mdh;
	int rc = 0;
	u64 i;

	for (i = 0; !kthread_should_stop() && !rc; i++) {
		rc = LNetEQAlloc(i % 2 ? 4 : 0, lt_record, &eqh);
		if (rc)
			break;
		rc = LNetMEAttach(LT_PORTAL, i % 3 ? lt_lo : lt_any, 100 + i, 0,
				  LNET_UNLINK, LNET_INS_AFTER, &meh);
		if (!rc)
			rc = LNetMDAttach(meh, lt_md(NULL, 0, 1, LNET_MD_OP_PUT,
						     eqh, t->arg), LNET_UNLINK,
					  &mdh);
		if (!rc)
			rc = LNetMDUnlink(mdh);
		rc = LNetEQFree(eqh) ?: rc;
		lt_thread_round(t);
		cond_resched();
	}
	return rc;
}

static void sysfs_debugfs_lists_what_lives(struct kunit *test)
{
	struct walk *w = walk(test, "/sys/kernel/debug/lnet_objects", all_objects);
	struct lnet_handle_me meh = lt_me_any(test, 1);
	char cookie[24];

	w->seq = true;
	if (!list(w->root, w->level[0]))
		kunit_skip(test, "debugfs is not mounted");
	snprintf(cookie, sizeof(cookie), "%#llx ", meh.cookie);
	read_file(w, "/sys/kernel/debug/lnet_objects/mes");
	KUNIT_EXPECT_EQ(test, w->files, 1);
	KUNIT_EXPECT_GE(test, w->lines, 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(w->text, cookie));
	KUNIT_EXPECT_EQ(test, LNetMEUnlink(meh), 0);
	read_file(w, "/sys/kernel/debug/lnet_objects/mes");
	KUNIT_EXPECT_EQ(test, w->files, 2);
	KUNIT_EXPECT_NULL(test, strstr(w->text, cookie));
}

static void sysfs_may_be_read_while_everything_moves(struct kunit *test)
{
	struct walk *debug = walk(test, "/sys/kernel/debug/lnet_objects", all_objects);
	struct walk *w = walk(test, "/sys/kernel/lnet", one_value);
	static struct lt_thread sender, churner;
	static struct lnet_handle_md src;
	struct lt_ni *f = lt_ni_new(test);
	unsigned int rounds;

	debug->seq = true;
	src = lt_source(test, NULL, 0);
	lt_target(test, 1, lt_eq_alloc(test, 4, NULL), NULL);
	lt_run_begin(runtime_ms);
	lt_thread_start(test, &sender, load_sender, &src, 0);
	lt_thread_start(test, &churner, load_churner, lt_rec(test), 1);
	for (rounds = 0; !lt_run_over(rounds >= READS); rounds++) {
		KUNIT_ASSERT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
		read_all(w, w->root, 0);
		read_all(debug, debug->root, 0);
		KUNIT_EXPECT_EQ(test, lt_sysfs_write("reset", "1"), 0);
		lt_ni_stop(f);
	}
	KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &sender, 100), 0);
	KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &churner, 10), 0);
	kunit_info(test, "%u rounds, %u files read, %u were gone, %u of debugfs",
		   rounds, w->files, w->gone, debug->files);
	KUNIT_EXPECT_GE(test, rounds, READS);
	KUNIT_EXPECT_GT(test, w->files, READS * 64 * 12);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
	KUNIT_EXPECT_GE(test, debug->files, READS * 3);
	KUNIT_EXPECT_GE(test, debug->lines, READS);
}

static int down_thread(struct lt_thread *t)
{
	struct walk *w = t->arg;

	while (!kthread_should_stop()) {
		read_all(w, w->root, 0);
		lt_thread_round(t);
		cond_resched();
	}
	return 0;
}

static void sysfs_may_be_read_while_lnet_goes_down(struct kunit *test)
{
	struct walk *w = walk(test, "/sys/kernel/lnet", one_value);
	struct lt_ni *f = lt_ni_new(test);
	static struct lt_thread t;
	struct lnet_handle_eq eqh;
	int i;

	/* The suite's own share goes, and comes back below. */
	KUNIT_ASSERT_EQ(test, LNetNIFini(), 0);
	lt_thread_start(test, &t, down_thread, w, 1);
	lt_run_begin(0);
	/* Everything was read while it went, and more than once. */
	for (i = 0; !lt_run_over(i >= 10 && READ_ONCE(t.rounds) >= READS);
	     i++) {
		KUNIT_ASSERT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
		KUNIT_EXPECT_EQ(test, lt_ni_start(f, LT_NID_SELF), 0);
		KUNIT_EXPECT_EQ(test, LNetEQAlloc(4, NULL, &eqh), 0);
		schedule_timeout_uninterruptible(1);
		KUNIT_EXPECT_EQ(test, LNetNIFini(), 0);
		lt_ni_stop(f);
	}
	KUNIT_EXPECT_EQ(test, lt_thread_stop_after(test, &t, READS), 0);
	KUNIT_EXPECT_EQ(test, LNetNIInit(LNET_PID_LUSTRE), 0);
	KUNIT_EXPECT_GT(test, w->files, READS * 64 * 12);
	KUNIT_EXPECT_EQ(test, w->lost, 0);
}

static struct kunit_case lnet_sysfs_cases[] = {
	KUNIT_CASE(sysfs_has_one_value_in_each_file),
	KUNIT_CASE(sysfs_portal_says_what_is_posted),
	KUNIT_CASE(sysfs_portal_says_what_came),
	KUNIT_CASE(sysfs_portal_says_what_waits),
	KUNIT_CASE(sysfs_eq_says_what_it_did),
	KUNIT_CASE(sysfs_ni_says_what_it_did),
	KUNIT_CASE(sysfs_totals_are_of_all_portals),
	KUNIT_CASE(sysfs_reset_zeroes_what_was_counted_and_keeps_what_is),
	KUNIT_CASE(sysfs_debugfs_lists_what_lives),
	KUNIT_CASE_SLOW(sysfs_may_be_read_while_everything_moves),
	KUNIT_CASE_SLOW(sysfs_may_be_read_while_lnet_goes_down),
	{}
};

LT_SUITE(lnet_sysfs);

MODULE_DESCRIPTION("KUnit suite of lnet: what sysfs says");
MODULE_LICENSE("GPL");
