// SPDX-License-Identifier: GPL-2.0
/*
 * The three messages that a service thread sends: GET of a WRITE's data, PUT
 * of a READ's data, PUT of the reply. Each waits until the MD is gone, so
 * that the thread's memory is its own again when the call returns.
 *
 *         bind, GET or PUT           answer             last event
 *   idle ------------------> posted --------> posted ---------------> idle
 *                              |               done                    ^
 *                              | deadline, failure, stop               |
 *                              `-----> LNetMDUnlink() ------------------'
 */
#include "server.h"

#include <linux/kthread.h>

static struct rpc_sink bulk_sink;	/* I: */
static struct rpc_sink reply_sink;	/* I: */

/* LNet's callback of both sinks. */
static void transfer_event(struct rpc_event *ev)
{
	struct rpcs_transfer *x = rpc_event_user_ptr(ev);

	spin_lock(&x->lock);
	if (ev->status && !x->status)
		x->status = ev->status;
	if (!ev->status && ev->type == x->awaits) {
		x->done = true;
		x->bytes = ev->mlength;
	}
	if (ev->unlinked)
		x->posted = false;
	/* Under the lock: a thread that sees @posted clear may use @x for another. */
	wake_up(&x->waitq);
	spin_unlock(&x->lock);
}

static void begin(struct rpcs_transfer *x, enum lnet_event_kind awaits)
{
	x->awaits = awaits;
	x->done = false;
	x->status = 0;
	x->bytes = 0;
	x->posted = true;
}

static bool is_posted(struct rpcs_transfer *x)
{
	bool posted;

	spin_lock(&x->lock);
	posted = x->posted;
	spin_unlock(&x->lock);
	return posted;
}

/* Nothing more to wait for: all has come, or the rest will not. */
static bool is_settled(struct rpcs_transfer *x)
{
	bool settled;

	spin_lock(&x->lock);
	settled = !x->posted || x->status;
	spin_unlock(&x->lock);
	return settled;
}

static unsigned long patience(const struct rpcs_work *work)
{
	return min(rpcs_left(work->ask.deadline),
		   msecs_to_jiffies(rpcs_settings.bulk_timeout_ms));
}

/* @rc is that of LNetGet() or LNetPut(); returns the result of the transfer. */
static int finish(struct rpcs_work *work, int rc, unsigned int bytes)
{
	struct rpcs_transfer *x = &work->transfer;

	if (!rc)
		wait_event_idle_timeout(x->waitq,
					is_settled(x) || kthread_should_stop(),
					patience(work));
	if (is_posted(x))
		LNetMDUnlink(x->mdh);
	wait_event_idle(x->waitq, !is_posted(x));

	if (!rc)
		rc = x->status;
	if (!rc && !x->done)
		rc = -ETIMEDOUT;
	if (!rc && x->bytes != bytes)
		rc = -EIO;
	if (rc)
		rpc_stat_inc(&rpcs_stats.transfers_failed);
	return rc;
}

static int bind(struct rpcs_work *work, const struct rpc_sink *sink, struct lnet_md *md,
		enum lnet_event_kind awaits)
{
	struct rpcs_transfer *x = &work->transfer;
	int rc;

	md->user_ptr = x;
	begin(x, awaits);
	rc = rpc_bind(sink, md, &x->mdh);
	if (rc)
		rpc_stat_inc(&rpcs_stats.transfers_failed);
	return rc;
}

/*
 * Fetch the data of a WRITE into the first @fragments of ->kiov. 0: all of
 * ask->length bytes are there.
 */
int rpcs_transfer_get(struct rpcs_work *work, unsigned int fragments)
{
	struct lnet_md md = {
		.start		= work->kiov,
		.length		= fragments,
		.threshold	= 2,		/* SEND and REPLY */
		.options	= LNET_MD_KIOV,
	};
	int rc;

	rc = bind(work, &bulk_sink, &md, LNET_EVENT_REPLY);
	if (rc)
		return rc;
	rc = rpc_get(work->ask.self, work->transfer.mdh, work->ask.client,
		     RPC_BULK_PORTAL, work->ask.xid);
	return finish(work, rc, work->ask.length);
}

/* Deliver the first @fragments of ->kiov, @bytes. 0: the client has them. */
int rpcs_transfer_put(struct rpcs_work *work, unsigned int fragments,
		      unsigned int bytes)
{
	struct lnet_md md = {
		.start		= work->kiov,
		.length		= fragments,
		.threshold	= 2,		/* SEND and ACK */
		.options	= LNET_MD_KIOV,
	};
	int rc;

	rc = bind(work, &bulk_sink, &md, LNET_EVENT_ACK);
	if (rc)
		return rc;
	rc = rpc_put(work->ask.self, work->transfer.mdh, LNET_ACK_REQ,
		     work->ask.client, RPC_BULK_PORTAL, work->ask.xid);
	return finish(work, rc, bytes);
}

/* Send ->reply. 0: it has left; whether it arrives is not reported. */
int rpcs_transfer_reply(struct rpcs_work *work)
{
	struct lnet_md md = {
		.start		= &work->reply,
		.length		= sizeof(work->reply),
		.threshold	= 1,		/* SEND */
	};
	int rc;

	rc = bind(work, &reply_sink, &md, LNET_EVENT_SEND);
	if (rc)
		return rc;
	rc = rpc_put(work->ask.self, work->transfer.mdh, LNET_NOACK_REQ,
		     work->ask.client, RPC_REPLY_PORTAL, work->ask.xid);
	return finish(work, rc, sizeof(work->reply));
}

int rpcs_transfer_init(void)
{
	int rc;

	rc = rpc_sink_open(&bulk_sink, transfer_event);
	if (rc)
		return rc;
	rc = rpc_sink_open(&reply_sink, transfer_event);
	if (rc)
		rpc_sink_close(&bulk_sink);
	return rc;
}

/* No transfer is posted. */
void rpcs_transfer_exit(void)
{
	rpc_sink_close(&reply_sink);
	rpc_sink_close(&bulk_sink);
}
