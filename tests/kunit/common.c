// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites share. Everything made here is undone when the case ends,
 * in the opposite order, also when an assertion has ended it early; then the
 * live handles are counted, and a case that has left one behind fails.
 */
#include "common.h"

#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

const struct lnet_process_id lt_any = {
	.nid = LNET_NID_ANY,
	.pid = LNET_PID_ANY,
};
EXPORT_SYMBOL_GPL(lt_any);

const struct lnet_process_id lt_lo = {
	.nid = LNET_NID_LO_0,
	.pid = LNET_PID_LUSTRE,
};
EXPORT_SYMBOL_GPL(lt_lo);

/* An object of the core, and the case it belongs to. */
struct object {
	struct kunit *test;
	u64 cookie;
};

/*
 * The handles that were live when the case began, and messages, which may wait
 * in the core until the last of the case's objects is gone.
 */
struct fixture {
	struct kunit *test;
	u64 counts[4];
	struct list_head rxs;
};

/* Recorder -------------------------------------------------------------- */

/**
 * lt_rec() - make a recorder, to be the user_ptr of MDs
 * @test: the case
 */
struct lt_rec *lt_rec(struct kunit *test)
{
	struct lt_rec *rec = kunit_kzalloc(test, sizeof(*rec), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	spin_lock_init(&rec->lock);
	return rec;
}
EXPORT_SYMBOL_GPL(lt_rec);

/**
 * lt_record() - the handler of most EQs: records the event
 * @event: of an MD whose user_ptr is a recorder
 */
void lt_record(struct lnet_event *event)
{
	struct lt_rec *rec = event->md.user_ptr;

	spin_lock(&rec->lock);
	if (rec->count < LT_REC_MAX) {
		rec->seen[rec->count].ev = *event;
		rec->seen[rec->count].task = current;
	}
	rec->count++;
	if (!in_task())
		rec->bad_context = true;
	spin_unlock(&rec->lock);
}
EXPORT_SYMBOL_GPL(lt_record);

/**
 * lt_rec_count() - how many events a recorder has seen
 * @rec: the recorder
 */
unsigned int lt_rec_count(struct lt_rec *rec)
{
	unsigned int count;

	spin_lock(&rec->lock);
	count = rec->count;
	spin_unlock(&rec->lock);
	return count;
}
EXPORT_SYMBOL_GPL(lt_rec_count);

/**
 * lt_rec_wait() - wait until a recorder has seen so many events
 * @rec: the recorder
 * @count: how many
 *
 * Return: false if they did not come.
 */
bool lt_rec_wait(struct lt_rec *rec, unsigned int count)
{
	return lt_wait_for(lt_rec_count(rec) >= count);
}
EXPORT_SYMBOL_GPL(lt_rec_wait);

/**
 * lt_rec_clear() - forget what was recorded
 * @rec: the recorder
 */
void lt_rec_clear(struct lt_rec *rec)
{
	spin_lock(&rec->lock);
	rec->count = 0;
	spin_unlock(&rec->lock);
}
EXPORT_SYMBOL_GPL(lt_rec_clear);

/**
 * lt_rec_ev() - an event that was recorded; the case ends if there is none
 * @test: the case
 * @rec: the recorder
 * @index: 0 for the first
 */
const struct lnet_event *lt_rec_ev(struct kunit *test, struct lt_rec *rec,
				   unsigned int index)
{
	KUNIT_ASSERT_LT(test, index, lt_rec_count(rec));
	KUNIT_ASSERT_LT(test, index, LT_REC_MAX);
	return &rec->seen[index].ev;
}
EXPORT_SYMBOL_GPL(lt_rec_ev);

/**
 * lt_expect_event() - check what every test of events cares for
 * @test: the case
 * @rec: the recorder
 * @index: which event; the case ends if it has not come
 * @kind: what it must be
 * @status: its status
 * @unlinked: its unlinked flag
 */
void lt_expect_event(struct kunit *test, struct lt_rec *rec,
		     unsigned int index, enum lnet_event_kind kind,
		     int status, int unlinked)
{
	const struct lnet_event *ev = lt_rec_ev(test, rec, index);

	KUNIT_EXPECT_EQ_MSG(test, (int)ev->type, (int)kind, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->status, status, "event %u", index);
	KUNIT_EXPECT_EQ_MSG(test, ev->unlinked, unlinked, "event %u", index);
}
EXPORT_SYMBOL_GPL(lt_expect_event);

/* No callback inside another ---------------------------------------------- */

static DEFINE_PER_CPU(int, depth);

/* How often one has begun inside another. */
atomic_t lt_nested;
EXPORT_SYMBOL_GPL(lt_nested);

/**
 * lt_enter() - a handler begins, before all that it does; preemption is off
 */
void lt_enter(void)
{
	if (this_cpu_inc_return(depth) != 1)
		atomic_inc(&lt_nested);
}
EXPORT_SYMBOL_GPL(lt_enter);

/**
 * lt_leave() - it ends
 */
void lt_leave(void)
{
	this_cpu_dec(depth);
}
EXPORT_SYMBOL_GPL(lt_leave);

/* Fixture --------------------------------------------------------------- */

/**
 * lt_suite_init() - bring LNet up for a suite
 * @suite: the suite
 */
int lt_suite_init(struct kunit_suite *suite)
{
	int rc = LNetNIInit(LNET_PID_LUSTRE);

	return rc < 0 ? rc : 0;
}
EXPORT_SYMBOL_GPL(lt_suite_init);

/**
 * lt_suite_exit() - let go of LNet after a suite
 * @suite: the suite
 */
void lt_suite_exit(struct kunit_suite *suite)
{
	LNetNIFini();
}
EXPORT_SYMBOL_GPL(lt_suite_exit);

/* The last thing of a case. */
static void expect_same_counts(void *arg)
{
	struct fixture *fix = arg;
	struct lt_rx *rx, *next;
	u64 counts[4];

	list_for_each_entry_safe(rx, next, &fix->rxs, mine)
		kfree(rx);

	lnet_alloc_fail_nth(0);
	lnet_object_counts(counts);
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_MD],
			    fix->counts[LNET_HANDLE_MD], "MDs left behind");
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_ME],
			    fix->counts[LNET_HANDLE_ME], "MEs left behind");
	KUNIT_EXPECT_EQ_MSG(fix->test, counts[LNET_HANDLE_EQ],
			    fix->counts[LNET_HANDLE_EQ], "EQs left behind");
}

/**
 * lt_case_init() - begin a case: whatever it makes must be gone at its end
 * @test: the case
 */
int lt_case_init(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);

	if (!fix)
		return -ENOMEM;
	fix->test = test;
	INIT_LIST_HEAD(&fix->rxs);
	test->priv = fix;
	lnet_object_counts(fix->counts);
	return kunit_add_action(test, expect_same_counts, fix);
}
EXPORT_SYMBOL_GPL(lt_case_init);

/**
 * lt_rx() - a message to be received
 * @test: the case
 */
struct lt_rx *lt_rx(struct kunit *test)
{
	struct lt_rx *rx = kzalloc(sizeof(*rx), GFP_KERNEL);
	struct fixture *fix = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, rx);
	list_add(&rx->mine, &fix->rxs);
	return rx;
}
EXPORT_SYMBOL_GPL(lt_rx);

/* Objects --------------------------------------------------------------- */

static void undo(struct kunit *test, kunit_action_t *action, u64 cookie)
{
	struct object *obj = kunit_kzalloc(test, sizeof(*obj), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj->test = test;
	obj->cookie = cookie;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, action, obj), 0);
}

static void undo_eq(void *arg)
{
	struct object *obj = arg;
	int rc = LNetEQFree((struct lnet_handle_eq){ obj->cookie });

	KUNIT_EXPECT_TRUE_MSG(obj->test, !rc || rc == -ENOENT,
			      "LNetEQFree: %d", rc);
}

static void undo_me(void *arg)
{
	struct object *obj = arg;

	LNetMEUnlink((struct lnet_handle_me){ obj->cookie });
}

static void undo_md(void *arg)
{
	struct object *obj = arg;

	LNetMDUnlink((struct lnet_handle_md){ obj->cookie });
}

static void undo_lazy(void *arg)
{
	LNetClearLazyPortal((long)arg);
}

static void undo_vmalloc(void *arg)
{
	vfree(arg);
}

static void undo_page(void *arg)
{
	free_page((unsigned long)arg);
}

/**
 * lt_id() - a process id
 * @nid: its NID
 * @pid: its PID
 */
struct lnet_process_id lt_id(lnet_nid_t nid, lnet_pid_t pid)
{
	return (struct lnet_process_id){ .nid = nid, .pid = pid };
}
EXPORT_SYMBOL_GPL(lt_id);

/**
 * lt_no_eq() - the EQ handle of an MD without events
 */
struct lnet_handle_eq lt_no_eq(void)
{
	struct lnet_handle_eq eqh;

	LNetInvalidateEQHandle(&eqh);
	return eqh;
}
EXPORT_SYMBOL_GPL(lt_no_eq);

/**
 * lt_md() - describe memory
 * @start: as struct lnet_md has it
 * @length: as struct lnet_md has it
 * @threshold: as struct lnet_md has it
 * @options: as struct lnet_md has it
 * @eqh: as struct lnet_md has it
 * @user_ptr: as struct lnet_md has it; a recorder for lt_record()
 */
struct lnet_md lt_md(void *start, unsigned int length, int threshold,
		     unsigned int options, struct lnet_handle_eq eqh,
		     void *user_ptr)
{
	struct lnet_md md = {
		.start = start,
		.length = length,
		.threshold = threshold,
		.options = options,
		.user_ptr = user_ptr,
		.eq_handle = eqh,
	};

	LNetInvalidateMDHandle(&md.bulk_handle);
	return md;
}
EXPORT_SYMBOL_GPL(lt_md);

/**
 * lt_eq_alloc() - make an EQ
 * @test: the case
 * @count: see LNetEQAlloc()
 * @handler: see LNetEQAlloc()
 */
struct lnet_handle_eq lt_eq_alloc(struct kunit *test, unsigned int count,
				  lnet_eq_handler_t handler)
{
	struct lnet_handle_eq eqh;

	KUNIT_ASSERT_EQ(test, LNetEQAlloc(count, handler, &eqh), 0);
	undo(test, undo_eq, eqh.cookie);
	return eqh;
}
EXPORT_SYMBOL_GPL(lt_eq_alloc);

/**
 * lt_me_attach() - post an ME
 * @test: the case
 * @portal: see LNetMEAttach()
 * @id: see LNetMEAttach()
 * @match_bits: see LNetMEAttach()
 * @ignore_bits: see LNetMEAttach()
 * @unlink: see LNetMEAttach()
 * @pos: see LNetMEAttach()
 */
struct lnet_handle_me lt_me_attach(struct kunit *test, unsigned int portal,
				   struct lnet_process_id id, u64 match_bits,
				   u64 ignore_bits, enum lnet_unlink unlink,
				   enum lnet_ins_pos pos)
{
	struct lnet_handle_me meh;
	int rc;

	rc = LNetMEAttach(portal, id, match_bits, ignore_bits, unlink, pos,
			  &meh);
	KUNIT_ASSERT_EQ(test, rc, 0);
	undo(test, undo_me, meh.cookie);
	return meh;
}
EXPORT_SYMBOL_GPL(lt_me_attach);

/**
 * lt_me_any() - post an ME for anybody, that stays
 * @test: the case
 * @match_bits: all of them count
 */
struct lnet_handle_me lt_me_any(struct kunit *test, u64 match_bits)
{
	return lt_me_attach(test, LT_PORTAL, lt_any, match_bits, 0,
			    LNET_RETAIN, LNET_INS_AFTER);
}
EXPORT_SYMBOL_GPL(lt_me_any);

/**
 * lt_md_attach() - attach an MD
 * @test: the case
 * @meh: to what
 * @md: what
 * @unlink: see LNetMDAttach()
 */
struct lnet_handle_md lt_md_attach(struct kunit *test,
				   struct lnet_handle_me meh,
				   struct lnet_md md, enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDAttach(meh, md, unlink, &mdh), 0);
	undo(test, undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_attach);

/**
 * lt_md_bind() - bind an MD
 * @test: the case
 * @md: what
 * @unlink: see LNetMDBind()
 */
struct lnet_handle_md lt_md_bind(struct kunit *test, struct lnet_md md,
				 enum lnet_unlink unlink)
{
	struct lnet_handle_md mdh;

	KUNIT_ASSERT_EQ(test, LNetMDBind(md, unlink, &mdh), 0);
	undo(test, undo_md, mdh.cookie);
	return mdh;
}
EXPORT_SYMBOL_GPL(lt_md_bind);

/**
 * lt_source() - bind an MD to send from, without events
 * @test: the case
 * @start: memory
 * @length: bytes
 */
struct lnet_handle_md lt_source(struct kunit *test, void *start,
				unsigned int length)
{
	return lt_md_bind(test, lt_md(start, length, LNET_MD_THRESH_INF, 0,
				      lt_no_eq(), NULL), LNET_RETAIN);
}
EXPORT_SYMBOL_GPL(lt_source);

/**
 * lt_vmalloc() - zeroed memory that is not contiguous
 * @test: the case
 * @bytes: how much
 */
void *lt_vmalloc(struct kunit *test, size_t bytes)
{
	void *buf = vzalloc(bytes);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_vmalloc,
							buf), 0);
	return buf;
}
EXPORT_SYMBOL_GPL(lt_vmalloc);

/**
 * lt_page() - a zeroed page
 * @test: the case
 */
void *lt_page(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_page, page),
			0);
	return page;
}
EXPORT_SYMBOL_GPL(lt_page);

/**
 * lt_lazy() - make a portal lazy until the case is over
 * @test: the case
 * @portal: which
 */
void lt_lazy(struct kunit *test, unsigned int portal)
{
	KUNIT_ASSERT_EQ(test, LNetSetLazyPortal(portal), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_lazy,
							(void *)(long)portal),
			0);
}
EXPORT_SYMBOL_GPL(lt_lazy);

/**
 * lt_put() - PUT to LT_PORTAL over loopback
 * @mdh: from where
 * @ack: shall there be an ACK
 * @match_bits: match bits
 * @offset: remote offset, bytes
 * @hdr_data: 64 bits for the target
 */
int lt_put(struct lnet_handle_md mdh, enum lnet_ack_req ack, u64 match_bits,
	   unsigned int offset, u64 hdr_data)
{
	return LNetPut(LNET_NID_ANY, mdh, ack, lt_lo, LT_PORTAL, match_bits,
		       offset, hdr_data);
}
EXPORT_SYMBOL_GPL(lt_put);

/**
 * lt_get() - GET from LT_PORTAL over loopback
 * @mdh: where to
 * @match_bits: match bits
 * @offset: remote offset, bytes
 */
int lt_get(struct lnet_handle_md mdh, u64 match_bits, unsigned int offset)
{
	return LNetGet(LNET_NID_ANY, mdh, lt_lo, LT_PORTAL, match_bits, offset,
		       false);
}
EXPORT_SYMBOL_GPL(lt_get);

/* Payload --------------------------------------------------------------- */

static u8 pattern(u32 seed, size_t index)
{
	return seed * 31 + index * 7 + (index >> 8) + (index >> 16);
}

/**
 * lt_fill() - write a pattern in which every byte knows its place
 * @buf: where to
 * @bytes: how much
 * @seed: which pattern
 */
void lt_fill(void *buf, size_t bytes, u32 seed)
{
	u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = pattern(seed, i);
}
EXPORT_SYMBOL_GPL(lt_fill);

/**
 * lt_filled() - is this a piece of the pattern?
 * @buf: the piece
 * @bytes: its length
 * @seed: which pattern
 * @skip: how far into the pattern the piece begins
 */
bool lt_filled(const void *buf, size_t bytes, u32 seed, size_t skip)
{
	const u8 *p = buf;
	size_t i;

	for (i = 0; i < bytes; i++)
		if (p[i] != pattern(seed, skip + i))
			return false;
	return true;
}
EXPORT_SYMBOL_GPL(lt_filled);

/**
 * lt_is_byte() - is all of this one byte?
 * @buf: what
 * @bytes: its length
 * @byte: the byte
 */
bool lt_is_byte(const void *buf, size_t bytes, u8 byte)
{
	return !memchr_inv(buf, byte, bytes);
}
EXPORT_SYMBOL_GPL(lt_is_byte);

/* Counters -------------------------------------------------------------- */

/**
 * lt_drops() - messages a portal has dropped
 * @portal: which
 * @reason: for what reason
 */
u64 lt_drops(unsigned int portal, enum lnet_portal_drop reason)
{
	struct lnet_portal_stats sum;

	lnet_portal_stats_read(portal, &sum);
	return sum.dropped[reason];
}
EXPORT_SYMBOL_GPL(lt_drops);

/**
 * lt_drops_all() - messages a portal has dropped for any reason
 * @portal: which
 */
u64 lt_drops_all(unsigned int portal)
{
	struct lnet_portal_stats sum;
	u64 all = 0;
	int i;

	lnet_portal_stats_read(portal, &sum);
	for (i = 0; i < LNET_DROP_PORTAL_NR; i++)
		all += sum.dropped[i];
	return all;
}
EXPORT_SYMBOL_GPL(lt_drops_all);

/**
 * lt_drops_everywhere() - messages all portals have dropped for any reason
 */
u64 lt_drops_everywhere(void)
{
	unsigned int portal;
	u64 all = 0;

	for (portal = 0; portal < LNET_MAX_PORTALS; portal++)
		all += lt_drops_all(portal);
	return all;
}
EXPORT_SYMBOL_GPL(lt_drops_everywhere);

/**
 * lt_matched() - messages that found an MD on a portal
 * @portal: which
 */
u64 lt_matched(unsigned int portal)
{
	struct lnet_portal_stats sum;

	lnet_portal_stats_read(portal, &sum);
	return sum.matched;
}
EXPORT_SYMBOL_GPL(lt_matched);

/**
 * lt_delayed() - messages that have ever waited on a portal
 * @portal: which
 */
u64 lt_delayed(unsigned int portal)
{
	struct lnet_portal_stats sum;

	lnet_portal_stats_read(portal, &sum);
	return sum.delayed;
}
EXPORT_SYMBOL_GPL(lt_delayed);

static struct file *sysfs_open(const char *path, int flags)
{
	char name[160];

	if (snprintf(name, sizeof(name), "/sys/kernel/lnet/%s", path) >=
	    sizeof(name))
		return ERR_PTR(-ENAMETOOLONG);
	return filp_open(name, flags, 0);
}

/**
 * lt_sysfs_read() - read a file as an operator would
 * @path: below /sys/kernel/lnet
 * @buf: where to; ends with a zero, without the newline
 * @size: of @buf
 *
 * Return: bytes read, or -errno.
 */
int lt_sysfs_read(const char *path, char *buf, size_t size)
{
	struct file *file = sysfs_open(path, O_RDONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, size - 1, &pos);
	filp_close(file, NULL);
	if (n < 0)
		return n;
	buf[n] = '\0';
	strim(buf);
	return n;
}
EXPORT_SYMBOL_GPL(lt_sysfs_read);

/**
 * lt_sysfs_write() - write a file as an operator would
 * @path: below /sys/kernel/lnet
 * @text: what
 *
 * Return: 0 or -errno.
 */
int lt_sysfs_write(const char *path, const char *text)
{
	struct file *file = sysfs_open(path, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n < 0 ? n : 0;
}
EXPORT_SYMBOL_GPL(lt_sysfs_write);

/**
 * lt_sysfs_u64() - a number of sysfs; the case ends if there is none
 * @test: the case
 * @path: below /sys/kernel/lnet
 */
u64 lt_sysfs_u64(struct kunit *test, const char *path)
{
	char buf[64];
	u64 value;
	int rc;

	rc = lt_sysfs_read(path, buf, sizeof(buf));
	KUNIT_ASSERT_GT_MSG(test, rc, 0, "reading %s", path);
	KUNIT_ASSERT_EQ_MSG(test, kstrtou64(buf, 0, &value), 0,
			    "%s is '%s'", path, buf);
	return value;
}
EXPORT_SYMBOL_GPL(lt_sysfs_u64);

/* What a parameter of lnet.ko was before. */
struct param {
	char path[64];
	char value[32];
};

static void undo_param(void *arg)
{
	struct param *p = arg;

	lt_sysfs_write(p->path, p->value);
}

/**
 * lt_param() - set a parameter of lnet.ko until the case is over
 * @test: the case
 * @name: of the parameter
 * @value: the new value
 */
void lt_param(struct kunit *test, const char *name, const char *value)
{
	struct param *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	snprintf(p->path, sizeof(p->path), "../../module/lnet/parameters/%s",
		 name);
	KUNIT_ASSERT_GT(test, lt_sysfs_read(p->path, p->value,
					    sizeof(p->value)), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, undo_param, p), 0);
	KUNIT_ASSERT_EQ(test, lt_sysfs_write(p->path, value), 0);
}
EXPORT_SYMBOL_GPL(lt_param);

/**
 * lt_skip_delivery() - end the case here under one delivery scheme
 * @test: the case
 * @scheme: which
 * @reason: what it cannot do
 */
void lt_skip_delivery(struct kunit *test, const char *scheme,
		      const char *reason)
{
	char now[32];

	KUNIT_ASSERT_GT(test,
			lt_sysfs_read("../../module/lnet/parameters/delivery",
				      now, sizeof(now)), 0);
	if (!strcmp(now, scheme))
		kunit_skip(test, "delivery=%s: %s", scheme, reason);
}
EXPORT_SYMBOL_GPL(lt_skip_delivery);

/* Threads --------------------------------------------------------------- */

static int thread_main(void *arg)
{
	struct lt_thread *t = arg;

	complete(&t->began);
	t->rc = t->fn(t);
	complete(&t->done);
	return 0;
}

static void undo_thread(void *arg)
{
	lt_thread_stop(arg);
}

/**
 * lt_thread_start() - run a function in a thread of its own
 * @test: the case, which stops the thread if it has not ended by itself
 * @t: the thread; lives as long as the case
 * @fn: leaves soon when kthread_should_stop()
 * @arg: for @fn, as t->arg
 * @index: for @fn, as t->index; also says on which CPU it runs, so that two
 *	threads in a row never wait for the same one
 */
void lt_thread_start(struct kunit *test, struct lt_thread *t,
		     int (*fn)(struct lt_thread *t), void *arg,
		     unsigned int index)
{
	int cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < index % num_online_cpus(); i++)
		cpu = cpumask_next(cpu, cpu_online_mask);

	t->fn = fn;
	t->arg = arg;
	t->index = index;
	t->rc = -EINTR;
	init_completion(&t->began);
	init_completion(&t->done);
	task = kthread_create(thread_main, t, "lnet-kunit/%u", index);
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	t->task = get_task_struct(task);
	wake_up_process(task);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, undo_thread, t),
			0);
}
EXPORT_SYMBOL_GPL(lt_thread_start);

/**
 * lt_thread_stop() - tell a thread to leave, and wait until it has
 * @t: the thread
 *
 * On a busy machine a thread may not have begun yet: it gets its time.
 *
 * Return: what its function returned, -EINTR if it never began.
 */
int lt_thread_stop(struct lt_thread *t)
{
	unsigned long patience = msecs_to_jiffies(3 * LT_PATIENCE_MS);

	if (t->task) {
		wait_for_completion_timeout(&t->began, patience);
		kthread_stop(t->task);
		put_task_struct(t->task);
		t->task = NULL;
	}
	return t->rc;
}
EXPORT_SYMBOL_GPL(lt_thread_stop);

/**
 * lt_thread_join() - wait until a thread's function has returned
 * @t: the thread
 *
 * Return: what it returned, -EINTR if that took too long.
 */
int lt_thread_join(struct lt_thread *t)
{
	unsigned long patience = msecs_to_jiffies(3 * LT_PATIENCE_MS);

	if (!wait_for_completion_timeout(&t->done, patience))
		return -EINTR;
	return lt_thread_stop(t);
}
EXPORT_SYMBOL_GPL(lt_thread_join);

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

static int __init lt_init(void)
{
	return lnet_lnd_register(&lt_lnd);
}
module_init(lt_init);

static void __exit lt_exit(void)
{
	lnet_lnd_unregister(&lt_lnd);
}
module_exit(lt_exit);

MODULE_DESCRIPTION("What the KUnit suites of lnet share");
MODULE_LICENSE("GPL");
