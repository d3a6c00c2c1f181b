// SPDX-License-Identifier: GPL-2.0
/*
 * Pinging other nodes: a GET like a client's, with an MD and an EQ of its own.
 *
 * Life. A ping belongs to who asks and, from LNetMDBind() on, to the MD, whose
 * last event lets go of it. Who asks waits no longer than it wants to: then it
 * unlinks the MD and goes, and what the LND still has of the message ends when
 * it ends. The last of the two has a work item free the EQ and the rest, as the
 * last event comes in a handler, where an EQ cannot be freed.
 *
 * A ping is an errand (errand.c), for which LNet waits when it goes down.
 */
#include "network/pinger.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/work.h"
#include "hooks/alloc.h"
#include "network/errand.h"

#include <lnet/api.h>
#include <lnet/lnd.h>

#include <linux/completion.h>
#include <linux/export.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

enum { ANSWER_BYTES = LNET_PING_BYTES(LNET_PING_NIS_MAX) };

/*
 * I: from before the GET
 * H: the handler, until @done
 */
struct ping {
	refcount_t refs;
	struct lnet_errand errand;	/* done: @over, or LNet goes down */
	struct lnet_handle_eq eqh;	/* I: */
	struct lnet_handle_md mdh;	/* I: */
	u64 began_ns;			/* I: */
	u64 ended_ns;			/* H: */
	int status;			/* H: */
	u32 bytes;			/* H: of @answer */
	bool over;			/* H: the answer came, or none will */
	struct work_struct free;
	u8 answer[ANSWER_BYTES] __aligned(8);
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

static struct ping *ping_new(void)
{
	struct ping *p;
	int rc;

	p = lnet_alloc(kzalloc(sizeof(*p), GFP_KERNEL));
	if (!p)
		return ERR_PTR(-ENOMEM);

	refcount_set(&p->refs, 1);
	LNetInvalidateEQHandle(&p->eqh);
	INIT_WORK(&p->free, ping_free);
	rc = lnet_errand_begin(&p->errand);
	if (!rc)
		return p;
	kfree(p);
	return ERR_PTR(rc);
}

/* Asking ------------------------------------------------------------------- */

/* A SEND that fails behind the REPLY, or after an end, changes nothing. */
static void ping_end(struct ping *p, int status, u32 bytes)
{
	if (p->over)
		return;
	p->ended_ns = ktime_get_ns();
	p->status = status;
	p->bytes = bytes;
	/* All of it before @over; pairs with ping_wait(), if not woken by us. */
	smp_store_release(&p->over, true);
	complete(&p->errand.done);
}

static void ping_on_event(struct lnet_event *ev)
{
	struct ping *p = ev->md.user_ptr;

	if (ev->type == LNET_EVENT_REPLY)
		ping_end(p, ev->status, ev->mlength);
	else if (ev->type == LNET_EVENT_SEND && ev->status)
		ping_end(p, ev->status, 0);
	if (ev->unlinked)
		ping_put(p);
}

static int ping_launch(struct ping *p, struct lnet_process_id target)
{
	struct lnet_md md = {
		.start = p->answer,
		.length = sizeof(p->answer),
		.threshold = 2,		/* the GET and its REPLY */
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
	rc = LNetGet(LNET_NID_ANY, p->mdh, target, LNET_RESERVED_PORTAL,
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
	/* Gone already, if all its events are delivered. */
	lnet_md_unlink(p->mdh);
	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	/* Pairs with ping_end(). */
	return smp_load_acquire(&p->over) ? p->status : -ENETDOWN;
}

/**
 * lnet_pinger_ping() - ask a node which NIs it has
 * @target: the node
 * @timeout_ms: how long to wait for the answer
 * @info: where the answer goes
 * @rtt_ns: where the time goes from the call that sent to the event of the
 *	answer
 *
 * Context: task; may sleep.
 * Return: 0; -ETIMEDOUT; -EINTR: a signal; -ENETDOWN: LNet is down, or goes
 * down; -EPROTO: what came is no answer; -EHOSTUNREACH: we are not on its
 * network; -ENOMEM; or why the network could not send.
 */
int lnet_pinger_ping(struct lnet_process_id target, unsigned int timeout_ms,
		     struct lnet_ping_info *info, u64 *rtt_ns)
{
	struct ping *p = ping_new();
	int rc;

	if (IS_ERR(p))
		return PTR_ERR(p);
	rc = ping_launch(p, target);
	if (!rc)
		rc = ping_wait(p, timeout_ms);
	/* Nobody writes to the answer behind its event. */
	if (!rc)
		rc = lnet_ping_info_read(info, p->answer, p->bytes);
	if (!rc)
		*rtt_ns = p->ended_ns - p->began_ns;
	ping_put(p);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_pinger_ping);
