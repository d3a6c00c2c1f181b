// SPDX-License-Identifier: GPL-2.0
/*
 * Pinging other nodes: send a GET as a client does, with an MD and an EQ for it alone; and pushing
 * our NIDs to them, by a PUT that wants an ACK.
 *
 * Life. The caller holds a reference of the ping and, from LNetMDBind() on, the MD holds
 * another, which its last event drops. At the time-out the caller unlinks the MD and
 * drops its own, while the LND may still have the message; that ends in its own time.
 * The last reference queues a work item that frees the EQ and the rest, because the last
 * event comes in a handler, where an EQ cannot be freed.
 *
 * Of lnet_pinger_ping_aside() a work item sends the GET. The caller waits for that to end, or takes
 * it back, before it unlinks the MD.
 *
 * A ping is an errand (errand.c): LNet waits for it when it goes down.
 */
#include "network/pinger.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/work.h"
#include "hooks/alloc.h"
#include "network/errand.h"
#include "network/node.h"
#include "network/peer.h"
#include "network/ping.h"

#include <lnet/api.h>
#include <lnet/lnd.h>

#include <linux/completion.h>
#include <linux/export.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

/*
 * I: immutable from before the GET is sent
 * H: written by the handler, until it sets @over
 */
struct ping {
	refcount_t refs;
	struct lnet_errand errand;	/* its done: @over is set, or LNet goes down */
	struct lnet_handle_eq eqh;	/* I: */
	struct lnet_handle_md mdh;	/* I: */
	lnet_nid_t self;		/* I: */
	struct lnet_process_id target;	/* I: */
	unsigned int life;		/* I: of the peer, lnet_peer_life() */
	u64 began_ns;			/* I: */
	u64 ended_ns;			/* H: */
	int status;			/* H: */
	u32 bytes;			/* H: length of the answer */
	bool over;			/* H: the answer has come, or none will */
	struct work_struct launch;	/* of lnet_pinger_ping_aside(); has a reference */
	struct work_struct free;
	u8 answer[LNET_PING_BYTES_MAX] __aligned(8);
};

/* Coming and going --------------------------------------------------------- */

static void ping_free(struct work_struct *work)
{
	struct ping *p = container_of(work, struct ping, free);

	if (!LNetEQHandleIsInvalid(p->eqh))
		WARN_ON_ONCE(lnet_eq_free(p->eqh));
	lnet_errand_end(&p->errand);
	kfree(p);
}

static void ping_put(struct ping *p)
{
	if (refcount_dec_and_test(&p->refs))
		queue_work(lnet_wq, &p->free);
}

static void ping_launch_aside(struct work_struct *work);

static struct ping *ping_new(lnet_nid_t self, struct lnet_process_id target)
{
	struct ping *p;
	int rc;

	p = lnet_alloc(kzalloc(sizeof(*p), GFP_KERNEL));
	if (!p)
		return ERR_PTR(-ENOMEM);

	refcount_set(&p->refs, 1);
	LNetInvalidateEQHandle(&p->eqh);
	LNetInvalidateMDHandle(&p->mdh);
	p->self = self;
	p->target = target;
	p->life = lnet_peer_life(target.nid);
	INIT_WORK(&p->launch, ping_launch_aside);
	INIT_WORK(&p->free, ping_free);
	rc = lnet_errand_begin(&p->errand);
	if (!rc)
		return p;
	kfree(p);
	return ERR_PTR(rc);
}

/* Asking ------------------------------------------------------------------- */

/* Only the first end counts: a SEND event with an error may follow the REPLY event. */
static void ping_end(struct ping *p, int status, u32 bytes)
{
	if (p->over)
		return;
	p->ended_ns = ktime_get_ns();
	p->status = status;
	p->bytes = bytes;
	/*
	 * The results before @over. Pairs with ping_wait(), which may be woken by
	 * lnet_errand_abort_all() instead of by complete() below.
	 */
	smp_store_release(&p->over, true);
	complete(&p->errand.done);
}

static void ping_on_event(struct lnet_event *ev)
{
	struct ping *p = ev->md.user_ptr;

	if (ev->type == LNET_EVENT_REPLY || ev->type == LNET_EVENT_ACK)
		ping_end(p, ev->status, ev->mlength);
	else if (ev->type == LNET_EVENT_SEND && ev->status)
		ping_end(p, ev->status, 0);
	if (ev->unlinked)
		ping_put(p);
}

/* Send a GET for the answer; or, if there are @bytes to push, a PUT. */
static int ping_launch(struct ping *p, unsigned int bytes)
{
	struct lnet_md md = {
		.start = p->answer,
		.length = bytes ?: sizeof(p->answer),
		.threshold = 2,		/* the GET and its REPLY, or the PUT and its ACK */
		.options = LNET_MD_TRUNCATE,
		.user_ptr = p,
	};
	int rc;

	rc = LNetEQAlloc(0, ping_on_event, &p->eqh);
	if (rc)
		return rc;
	md.eq_handle = p->eqh;
	refcount_inc(&p->refs);
	rc = LNetMDBind(md, LNET_UNLINK, &p->mdh);
	if (rc) {
		refcount_dec(&p->refs);
		return rc;
	}

	p->began_ns = ktime_get_ns();
	if (bytes)
		rc = LNetPut(p->self, p->mdh, LNET_ACK_REQ, p->target, LNET_RESERVED_PORTAL,
			     LNET_PING_BITS, 0, 0);
	else
		rc = LNetGet(p->self, p->mdh, p->target, LNET_RESERVED_PORTAL,
			     LNET_PING_BITS, 0, false);
	if (rc)
		lnet_md_unlink(p->mdh);
	return rc;
}

static int ping_wait(struct ping *p, unsigned int timeout_ms)
{
	long left;

	left = wait_for_completion_interruptible_timeout(&p->errand.done,
							 msecs_to_jiffies(timeout_ms));
	/* It may not have been sent yet, and is not to be later. */
	if (cancel_work_sync(&p->launch))
		ping_put(p);
	/* This fails if the MD is gone already, after its last event. */
	lnet_md_unlink(p->mdh);
	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	/* Pairs with ping_end(). */
	if (!smp_load_acquire(&p->over))
		return -ENETDOWN;
	return p->status;
}

/* End the wait for an answer, of which @rc is known so far. Returns 0 or -errno. */
static int ping_finish(struct ping *p, int rc, struct lnet_ping_info *info, u64 *rtt_ns)
{
	/* After its event no thread writes to the answer. */
	if (!rc)
		rc = lnet_ping_info_read(info, p->answer, p->bytes);
	if (!rc) {
		*rtt_ns = p->ended_ns - p->began_ns;
		if (lnet_peer_heard(p->target.nid, p->life, info))
			lnet_node_heard(p->target.nid, info);
	} else {
		lnet_ping_info_put(info);
	}
	ping_put(p);
	return rc;
}

/**
 * lnet_pinger_ping() - ask a node which NIs it has, and note the answer (node.c)
 * @self: NID of the NI of this node to send by; LNET_NID_ANY: LNet chooses
 * @target: process on the node to ask
 * @timeout_ms: longest time to wait for the answer, in milliseconds
 * @info: set to the answer of the node, for which the caller calls lnet_ping_info_put(), unless
 *	the function fails
 * @rtt_ns: set to the time from the call that sends to the event of the answer, in
 *	nanoseconds
 *
 * Context: task; may sleep.
 * Return: 0; -ETIMEDOUT; -EINTR: a signal came; -ENETDOWN: LNet is down, or goes down;
 * -EPROTO: the REPLY is no valid answer; -EHOSTUNREACH: we are not on the target's
 * network; -ENOMEM; or the error with which the network failed to send.
 */
int lnet_pinger_ping(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms,
		     struct lnet_ping_info *info, u64 *rtt_ns)
{
	struct ping *p = ping_new(self, target);
	int rc;

	info->nr = 0;
	if (IS_ERR(p))
		return PTR_ERR(p);
	rc = ping_launch(p, 0);
	if (!rc)
		rc = ping_wait(p, timeout_ms);
	return ping_finish(p, rc, info, rtt_ns);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_pinger_ping);

static void ping_launch_aside(struct work_struct *work)
{
	struct ping *p = container_of(work, struct ping, launch);
	int rc = ping_launch(p, 0);

	/* There is no event then, and none will come. */
	if (rc)
		ping_end(p, rc, 0);
	ping_put(p);
}

/**
 * lnet_pinger_ping_aside() - ping as lnet_pinger_ping(), but have another thread send
 * @self: NID of the NI of this node to send by; LNET_NID_ANY: LNet chooses
 * @target: process on the node to ask
 * @timeout_ms: longest time to wait for the answer, in milliseconds
 * @info: set to the answer of the node, for which the caller calls lnet_ping_info_put(), unless
 *	the function fails
 * @rtt_ns: as in lnet_pinger_ping()
 *
 * For callers that hold a lock: drivers, and handlers of other messages that the thread that sends
 * may have to call, know nothing of it.
 *
 * Context: task; may sleep.
 * Return: as lnet_pinger_ping() returns; -EHOSTUNREACH: also if the NI of @self is none, or on
 * another network.
 */
int lnet_pinger_ping_aside(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms,
			   struct lnet_ping_info *info, u64 *rtt_ns)
{
	struct ping *p = ping_new(self, target);

	info->nr = 0;
	if (IS_ERR(p))
		return PTR_ERR(p);
	refcount_inc(&p->refs);
	queue_work(lnet_wq, &p->launch);
	return ping_finish(p, ping_wait(p, timeout_ms), info, rtt_ns);
}
EXPORT_SYMBOL_GPL(lnet_pinger_ping_aside);

/**
 * lnet_pinger_push() - tell a node which NIs this node has
 * @self: NID of the NI of this node to send by; LNET_NID_ANY: LNet chooses
 * @target: process on the node to tell
 * @timeout_ms: longest time to wait for the ACK, in milliseconds
 *
 * Context: task; may sleep.
 * Return: 0: it has acknowledged; or an error as from lnet_pinger_ping().
 */
int lnet_pinger_push(lnet_nid_t self, struct lnet_process_id target, unsigned int timeout_ms)
{
	struct ping *p = ping_new(self, target);
	unsigned int bytes;
	int rc;

	if (IS_ERR(p))
		return PTR_ERR(p);
	rc = -EHOSTUNREACH;
	bytes = lnet_ping_copy(p->answer, sizeof(p->answer));
	if (bytes)
		rc = ping_launch(p, bytes);
	if (!rc)
		rc = ping_wait(p, timeout_ms);
	ping_put(p);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_pinger_push);

/**
 * lnet_pinger_is_alone() - tell whether all EQs and MDs are those of pings
 *
 * A ping that has timed out keeps its own until the driver is done with its message.
 *
 * Context: task; may sleep; no client calls LNet.
 * Return: true if clients have none.
 */
bool lnet_pinger_is_alone(void)
{
	return !lnet_eq_any_but(ping_on_event) && !lnet_md_any_but(ping_on_event);
}
