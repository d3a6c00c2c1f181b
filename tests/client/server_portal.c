// SPDX-License-Identifier: GPL-2.0
/*
 * The request portal: big buffers that many requests land in. The callback
 * only notes where a request lies; it may neither sleep nor call LNet.
 *
 * A buffer:
 *
 *             ME + MD             full, or the server stops
 *    idle ----------------> posted -------------------> draining
 *      ^                    last event is to come          |
 *      |                                                   |
 *      `------------ no request left in it ----------------'
 *
 * ->refs counts the posting and each queued request; at 0 it is idle again.
 * While all buffers drain, LNet delays what arrives: the portal is lazy.
 */
#include "server.h"

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

struct buffer;

/**
 * struct queued - a request that no thread has looked at yet
 * @link: portal.queue
 * @buffer: where it lies
 * @offset: and where in there, bytes
 * @arrival: when and from whom
 */
struct queued {
	struct list_head link;
	struct buffer *buffer;
	unsigned int offset;
	struct rpcs_arrival arrival;
};

/**
 * struct buffer - a big request buffer
 * @link: portal.idle
 * @mdh: its MD while posted; set by the thread that posts it, read when the
 *	threads are gone
 * @data: rpcs_settings.buffer_bytes
 * @refs: see above
 * @used: how many of @slots have been
 * @reposted: it has been posted before
 * @slots: one for each request that fits
 */
struct buffer {
	struct list_head link;		/* L: */
	struct lnet_handle_md mdh;
	void *data;			/* I: */
	unsigned int refs;		/* L: */
	unsigned int used;		/* L: */
	bool reposted;			/* thread that posts it */
	struct queued *slots;		/* L: */
};

/**
 * struct portal - the one request portal
 * @sink: of the request buffers
 * @nbuffers: how many
 * @buffers: and which
 * @waitq: service threads, one woken for each event
 * @drained: the thread that waits for @posted to fall to 0
 * @lock: guards what follows; taken in LNet callbacks
 * @queue: requests, oldest first
 * @idle: buffers to post
 * @posted: how many buffers have their last event still to come
 *
 * I: immutable from open to close; L: ->lock
 */
struct portal {
	struct rpc_sink sink;			/* I: */
	unsigned int nbuffers;			/* I: */
	struct buffer *buffers;			/* I: */
	wait_queue_head_t waitq;
	wait_queue_head_t drained;

	/* queue and buffers; see the tree in server.h */
	spinlock_t lock;
	struct list_head queue;			/* L: */
	struct list_head idle;			/* L: */
	unsigned int posted;			/* L: */
};

static struct portal portal = {
	.waitq		= __WAIT_QUEUE_HEAD_INITIALIZER(portal.waitq),
	.drained	= __WAIT_QUEUE_HEAD_INITIALIZER(portal.drained),
	.lock		= __SPIN_LOCK_UNLOCKED(portal.lock),
	.queue		= LIST_HEAD_INIT(portal.queue),
	.idle		= LIST_HEAD_INIT(portal.idle),
};

static void buffer_put_locked(struct buffer *buf)
{
	lockdep_assert_held(&portal.lock);
	if (--buf->refs == 0)
		list_add_tail(&buf->link, &portal.idle);
}

static void enqueue_locked(struct buffer *buf, const struct rpc_event *ev)
{
	struct queued *q = &buf->slots[buf->used];

	lockdep_assert_held(&portal.lock);
	/* LNet has put more into the buffer than fits: not to be believed. */
	if (WARN_ON_ONCE(ev->offset + sizeof(struct rpc_wire_request) >
			 rpcs_settings.buffer_bytes))
		return;
	buf->used++;
	buf->refs++;
	q->buffer = buf;
	q->offset = ev->offset;
	q->arrival.client = rpc_event_source(ev);
	q->arrival.self = rpc_event_self(ev);
	q->arrival.when = jiffies;
	list_add_tail(&q->link, &portal.queue);
	rpc_stat_inc(&rpcs_stats.queued);
}

/* LNet's callback. A message of another size than a request's is no request. */
static void request_event(struct rpc_event *ev)
{
	struct buffer *buf = rpc_event_user_ptr(ev);

	spin_lock(&portal.lock);
	if (ev->type == LNET_EVENT_PUT) {
		if (!ev->status && ev->mlength == sizeof(struct rpc_wire_request))
			enqueue_locked(buf, ev);
		else
			rpc_stat_inc(&rpcs_stats.malformed);
	}
	if (ev->unlinked) {
		rpc_stat_dec(&rpcs_stats.buffers_posted);
		buffer_put_locked(buf);
		if (--portal.posted == 0)
			wake_up(&portal.drained);
	}
	spin_unlock(&portal.lock);
	wake_up(&portal.waitq);
}

/* Take the oldest request out of its buffer. */
static bool dequeue(struct rpcs_work *work)
{
	struct queued *q;

	spin_lock(&portal.lock);
	q = list_first_entry_or_null(&portal.queue, struct queued, link);
	if (q) {
		list_del(&q->link);
		rpc_stat_dec(&rpcs_stats.queued);
	}
	spin_unlock(&portal.lock);
	if (!q)
		return false;

	work->raw = *(struct rpc_wire_request *)(q->buffer->data + q->offset);
	work->arrival = q->arrival;

	spin_lock(&portal.lock);
	buffer_put_locked(q->buffer);
	spin_unlock(&portal.lock);
	return true;
}

static struct buffer *take_idle(void)
{
	struct buffer *buf;

	spin_lock(&portal.lock);
	buf = list_first_entry_or_null(&portal.idle, struct buffer, link);
	if (buf) {
		list_del(&buf->link);
		buf->refs = 1;
		buf->used = 0;
		portal.posted++;
		rpc_stat_inc(&rpcs_stats.buffers_posted);
	}
	spin_unlock(&portal.lock);
	return buf;
}

static void return_idle(struct buffer *buf)
{
	spin_lock(&portal.lock);
	portal.posted--;
	rpc_stat_dec(&rpcs_stats.buffers_posted);
	buffer_put_locked(buf);
	spin_unlock(&portal.lock);
}

static int attach(struct buffer *buf)
{
	static const struct lnet_process_id any = { .nid = LNET_NID_ANY, .pid = LNET_PID_ANY };
	const struct lnet_md md = {
		.start		= buf->data,
		.length		= rpcs_settings.buffer_bytes,
		.threshold	= LNET_MD_THRESH_INF,
		.max_size	= sizeof(struct rpc_wire_request),
		.options	= LNET_MD_OP_PUT | LNET_MD_MAX_SIZE,
		.user_ptr	= buf,
	};

	return rpc_attach(&portal.sink, RPC_REQUEST_PORTAL, any, 0, ~0ULL, &md, &buf->mdh);
}

/* Post one idle buffer. Delayed requests land in it before this returns. */
static int post_one(void)
{
	struct buffer *buf = take_idle();
	int rc;

	if (!buf)
		return 0;
	if (buf->reposted)
		rpc_stat_inc(&rpcs_stats.reposts);
	rc = attach(buf);
	if (rc)
		return_idle(buf);
	else
		buf->reposted = true;
	return rc;
}

static bool has_work(void)
{
	bool work;

	spin_lock(&portal.lock);
	work = !list_empty(&portal.queue) || !list_empty(&portal.idle);
	spin_unlock(&portal.lock);
	return work;
}

/*
 * Wait for a request and take it into @work, posting idle buffers on the way.
 * False: the thread shall stop.
 */
bool rpcs_portal_next(struct rpcs_work *work)
{
	for (;;) {
		bool found;
		int rc;

		wait_event_idle_exclusive(portal.waitq,
					  has_work() || kthread_should_stop());
		if (kthread_should_stop())
			return false;
		found = dequeue(work);
		rc = post_one();
		if (found)
			return true;
		/* No memory to post it: again, soon. */
		if (rc)
			schedule_timeout_idle(HZ / 10);
	}
}

static int buffer_alloc(struct buffer *buf)
{
	unsigned int n = rpcs_settings.buffer_bytes / sizeof(struct rpc_wire_request);

	buf->data = kvmalloc(rpcs_settings.buffer_bytes, GFP_KERNEL);
	buf->slots = kvcalloc(n, sizeof(*buf->slots), GFP_KERNEL);
	return buf->data && buf->slots ? 0 : -ENOMEM;
}

static void free_buffers(void)
{
	unsigned int i;

	for (i = 0; i < portal.nbuffers; i++) {
		kvfree(portal.buffers[i].slots);
		kvfree(portal.buffers[i].data);
	}
	kfree(portal.buffers);
}

static int alloc_buffers(void)
{
	unsigned int i;
	int rc = 0;

	portal.nbuffers = rpcs_settings.request_buffers;
	portal.buffers = kcalloc(portal.nbuffers, sizeof(*portal.buffers),
				 GFP_KERNEL);
	if (!portal.buffers)
		return -ENOMEM;
	for (i = 0; i < portal.nbuffers && !rc; i++) {
		rc = buffer_alloc(&portal.buffers[i]);
		list_add_tail(&portal.buffers[i].link, &portal.idle);
	}
	if (rc)
		free_buffers();
	return rc;
}

static bool is_drained(void)
{
	bool drained;

	spin_lock(&portal.lock);
	drained = portal.posted == 0;
	spin_unlock(&portal.lock);
	return drained;
}

/*
 * Take the buffers back. An unlink that fails is of a buffer that has just
 * filled or was not posted.
 */
static void unpost_buffers(void)
{
	struct queued *q;
	unsigned int i;

	for (i = 0; i < portal.nbuffers; i++)
		LNetMDUnlink(portal.buffers[i].mdh);
	wait_event_idle(portal.drained, is_drained());

	spin_lock(&portal.lock);
	list_for_each_entry(q, &portal.queue, link) {
		rpc_stat_dec(&rpcs_stats.queued);
		rpc_stat_inc(&rpcs_stats.discarded);
	}
	INIT_LIST_HEAD(&portal.queue);
	INIT_LIST_HEAD(&portal.idle);
	spin_unlock(&portal.lock);
}

/* The first posting: here a failure is seen. */
static int post_buffers(void)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < portal.nbuffers; i++)
		LNetInvalidateMDHandle(&portal.buffers[i].mdh);
	for (i = 0; i < portal.nbuffers && !rc; i++)
		rc = post_one();
	return rc;
}

/* Take requests. May sleep. 0, or -errno with nothing left behind. */
int rpcs_portal_open(void)
{
	int rc;

	rc = alloc_buffers();
	if (rc)
		return rc;
	rc = rpc_sink_open(&portal.sink, request_event);
	if (rc) {
		free_buffers();
		return rc;
	}
	rc = LNetSetLazyPortal(RPC_REQUEST_PORTAL);
	if (!rc)
		rc = post_buffers();
	if (rc)
		rpcs_portal_close();
	return rc;
}

/*
 * Take no more requests. No service thread is left, so nothing is posted
 * again. What LNet delays is dropped, what lies in a buffer discarded: their
 * clients time out.
 */
void rpcs_portal_close(void)
{
	LNetClearLazyPortal(RPC_REQUEST_PORTAL);
	unpost_buffers();
	rpc_sink_close(&portal.sink);
	free_buffers();
}
