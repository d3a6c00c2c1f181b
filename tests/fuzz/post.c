// SPDX-License-Identifier: GPL-2.0
/*
 * The post: letters that are on their way, and the threads that carry them, give messages back to
 * LNet when their time has come, and read to peers what is theirs.
 */
#include "net.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>

enum {
	POSTMEN		= 2,
	LETTERS_MOST	= 2000,		/* on their way; what is more is lost */
};

static LIST_HEAD(post_letters);		/* W: */
static LIST_HEAD(post_pieces);		/* W: by @piece */
static unsigned int post_count;		/* W: letters */
static bool post_open;			/* W: */
static struct task_struct *postmen[POSTMEN];

/* Send a letter; not the caller's any more. */
void fuzz_post(struct fuzz_letter *l, unsigned int ticks)
{
	bool taken;

	l->due = jiffies + ticks;
	spin_lock(&fuzz_wire_lock);
	taken = post_open && post_count < LETTERS_MOST;
	if (taken) {
		list_add_tail(&l->link, &post_letters);
		post_count++;
	}
	spin_unlock(&fuzz_wire_lock);
	if (!taken)
		fuzz_letter_put(l);
}

/* More of it is to come. The post has a reference of its own. */
void fuzz_post_piece(struct fuzz_letter *l)
{
	bool taken;

	atomic_inc(&l->refs);
	spin_lock(&fuzz_wire_lock);
	taken = post_open;
	if (taken)
		list_add_tail(&l->piece, &post_pieces);
	spin_unlock(&fuzz_wire_lock);
	if (!taken)
		fuzz_letter_put(l);
}

static void post_deliver(struct fuzz_letter *l)
{
	struct fuzz_by by = { .thread = FUZZ_THREADS_MAX + 2 };

	by.state = fuzz_mix(fuzz_seed ^ l->serial);
	if (!l->to)
		fuzz_peer_read(l);
	else
		fuzz_letter_parse(&by, l->class, l->to, l);
	fuzz_letter_put(l);
}

static bool post_letter(void)
{
	struct fuzz_letter *l, *found = NULL;

	spin_lock(&fuzz_wire_lock);
	list_for_each_entry(l, &post_letters, link) {
		if (time_before(jiffies, l->due))
			continue;
		found = l;
		list_del_init(&found->link);
		post_count--;
		break;
	}
	spin_unlock(&fuzz_wire_lock);
	if (found)
		post_deliver(found);
	return found;
}

static bool post_piece(void)
{
	struct fuzz_letter *l;

	spin_lock(&fuzz_wire_lock);
	l = list_first_entry_or_null(&post_pieces, struct fuzz_letter, piece);
	if (l)
		list_del_init(&l->piece);
	spin_unlock(&fuzz_wire_lock);
	if (l)
		fuzz_letter_piece(l);
	return l;
}

static int post_main(void *arg)
{
	unsigned int i, did;

	while (!kthread_should_stop()) {
		did = post_letter();
		did += post_piece();
		for (i = 0; i < FUZZ_NIS; i++) {
			did += fuzz_send_end_one(&fuzz_nis[i], false, 0);
			did += fuzz_letter_end_one(&fuzz_nis[i], false, 0);
		}
		if (!did)
			schedule_timeout_interruptible(1);
		cond_resched();
	}
	return 0;
}

/* Throw away what is on its way. */
static void post_drain(void)
{
	struct fuzz_letter *l;

	spin_lock(&fuzz_wire_lock);
	while ((l = list_first_entry_or_null(&post_letters, struct fuzz_letter, link))) {
		list_del_init(&l->link);
		post_count--;
		fuzz_letter_put(l);
	}
	while ((l = list_first_entry_or_null(&post_pieces, struct fuzz_letter, piece))) {
		list_del_init(&l->piece);
		fuzz_letter_put(l);
	}
	spin_unlock(&fuzz_wire_lock);
}

static void post_set_open(bool open)
{
	spin_lock(&fuzz_wire_lock);
	post_open = open;
	spin_unlock(&fuzz_wire_lock);
}

/* 0 or -errno; fuzz_post_end() undoes it, also if it failed. */
int fuzz_post_begin(void)
{
	struct task_struct *task;
	unsigned int i;

	post_set_open(true);
	for (i = 0; i < POSTMEN; i++) {
		task = kthread_run(post_main, NULL, "lnet_fuzz/post%u", i);
		if (IS_ERR(task)) {
			pr_err("error: cannot start a thread of the post: %ld\n", PTR_ERR(task));
			return PTR_ERR(task);
		}
		postmen[i] = task;
	}
	return 0;
}

/* No letter arrives any more, and no message that is kept ends by itself. */
void fuzz_post_end(void)
{
	unsigned int i;

	post_set_open(false);
	for (i = 0; i < POSTMEN; i++) {
		if (postmen[i])
			kthread_stop(postmen[i]);
		postmen[i] = NULL;
	}
	post_drain();
}
