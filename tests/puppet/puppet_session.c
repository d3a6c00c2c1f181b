// SPDX-License-Identifier: GPL-2.0
/*
 * A session: from open(2) to close(2), and its lines. What it may hold is
 * bounded; when it is closed nothing of it is left in LNet, after any commands.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "puppet.h"

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

enum { WAIT_REPORT_S = 10 };	/* how often we say what close() waits for, s */

static atomic_t sessions = ATOMIC_INIT(0);

static int init_lines(struct puppet_session *s)
{
	void *room = vzalloc(PUPPET_LINES_BYTES);

	if (!room)
		return -ENOMEM;
	return kfifo_init(&s->lines, room, PUPPET_LINES_BYTES);
}

static struct puppet_session *make(void)
{
	struct puppet_session *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int rc;

	if (!s)
		return ERR_PTR(-ENOMEM);
	mutex_init(&s->lock);
	mutex_init(&s->read_lock);
	spin_lock_init(&s->say_lock);
	init_waitqueue_head(&s->waitq);
	xa_init_flags(&s->mds, XA_FLAGS_ALLOC1);
	rc = init_lines(s);
	if (rc)
		goto err_free;
	rc = LNetEQAlloc(0, puppet_md_event, &s->eq);
	if (rc)
		goto err_lines;
	return s;

err_lines:
	vfree(s->lines.kfifo.data);
err_free:
	kfree(s);
	return ERR_PTR(rc);
}

/* A new session; an error pointer if it cannot be, -EMFILE if there are too many. */
struct puppet_session *puppet_session_open(void)
{
	struct puppet_session *s;

	if (!atomic_add_unless(&sessions, 1, PUPPET_MAX_SESSIONS))
		return ERR_PTR(-EMFILE);
	s = make();
	if (IS_ERR(s))
		atomic_dec(&sessions);
	return s;
}

static bool is_idle(struct puppet_session *s)
{
	bool idle;

	spin_lock(&s->say_lock);
	idle = !s->live;
	spin_unlock(&s->say_lock);
	return idle;
}

/* The last event of an MD may take as long as its network takes to give up. */
static void unlink_all(struct puppet_session *s)
{
	struct puppet_md *md;
	unsigned long number;

	xa_for_each(&s->mds, number, md)
		if (puppet_md_is_live(md))
			LNetMDUnlink(md->handle);
	while (!wait_event_idle_timeout(s->waitq, is_idle(s), WAIT_REPORT_S * HZ))
		pr_warn("close() waits for the last events of MDs\n");
}

/* The file is closed: only LNet still has @s. */
void puppet_session_close(struct puppet_session *s)
{
	struct puppet_md *md;
	unsigned long number;
	unsigned int portal;

	mutex_lock(&s->lock);
	for_each_set_bit(portal, s->lazy, LNET_MAX_PORTALS)
		LNetClearLazyPortal(portal);
	unlink_all(s);
	xa_for_each(&s->mds, number, md)
		puppet_md_free(md);
	mutex_unlock(&s->lock);

	WARN_ON_ONCE(LNetEQFree(s->eq));
	xa_destroy(&s->mds);
	vfree(s->lines.kfifo.data);
	kfree(s);
	atomic_dec(&sessions);
}

/* One line, if there is room for it and for the news that others are lost. */
static void put_line(struct puppet_session *s, const char *text, unsigned int len)
{
	char news[32];
	unsigned int more = 0;

	if (s->lost)
		more = scnprintf(news, sizeof(news), "lost %llu\n", s->lost);
	if (kfifo_avail(&s->lines) < len + more) {
		s->lost++;
		return;
	}
	if (more)
		kfifo_in(&s->lines, news, more);
	s->lost = 0;
	kfifo_in(&s->lines, text, len);
}

static __printf(2, 0) void say(struct puppet_session *s, const char *format, va_list args)
{
	char text[PUPPET_LINE_BYTES];
	unsigned int len;

	lockdep_assert_held(&s->say_lock);
	len = vscnprintf(text, sizeof(text) - 1, format, args);
	text[len++] = '\n';
	put_line(s, text, len);
	wake_up_interruptible(&s->waitq);
}

/* A line for the user, without its end. */
void puppet_session_say_locked(struct puppet_session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(s, format, args);
	va_end(args);
}

void puppet_session_say(struct puppet_session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	spin_lock(&s->say_lock);
	say(s, format, args);
	spin_unlock(&s->say_lock);
	va_end(args);
}

/* Lines, as many as @count bytes hold; what is cut is the next read's. */
ssize_t puppet_session_read(struct puppet_session *s, char __user *to, size_t count, bool wait)
{
	unsigned int copied = 0;
	int rc = 0;

	while (!rc && !copied && count) {
		if (!wait && kfifo_is_empty(&s->lines))
			return -EAGAIN;
		rc = wait_event_interruptible(s->waitq, !kfifo_is_empty(&s->lines)) ?:
		     mutex_lock_interruptible(&s->read_lock);
		if (rc)
			return rc;
		rc = kfifo_to_user(&s->lines, to, min_t(size_t, count, PUPPET_LINES_BYTES),
				   &copied);
		mutex_unlock(&s->read_lock);
	}
	return rc ?: copied;
}
