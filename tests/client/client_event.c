// SPDX-License-Identifier: GPL-2.0
/*
 * An attempt's MDs: posted together, taken back together, and LNet's
 * callbacks in between. Two portals with one match entry each, named by the
 * xid, and one bound MD for the request; a sink for each of the three.
 *
 * After rpcc_event_unpost() no callback touches the RPC: each MD's last event
 * has been, and cleared ->posted under the RPC's lock.
 */
#include "client.h"

static struct rpc_sink sink[RPCC_PARTS];	/* I: */

static void part_event(struct rpc_event *ev, enum rpcc_part part)
{
	struct rpcc_rpc *rpc = rpc_event_user_ptr(ev);
	struct rpcc_md *md = &rpc->md[part];

	spin_lock(&rpc->lock);
	if (ev->type != LNET_EVENT_UNLINK) {
		md->seen = true;
		md->status = ev->status;
		md->bytes = ev->mlength;
	}
	if (ev->unlinked)
		md->posted = false;
	/* Under the lock: a thread that sees nothing posted may free or reuse @rpc. */
	wake_up(&rpc->waitq);
	spin_unlock(&rpc->lock);
}

static void request_out_event(struct rpc_event *ev)
{
	part_event(ev, RPCC_REQUEST);
}

static void reply_in_event(struct rpc_event *ev)
{
	part_event(ev, RPCC_REPLY);
}

static void bulk_event(struct rpc_event *ev)
{
	part_event(ev, RPCC_BULK);
}

static void set_posted(struct rpcc_rpc *rpc, enum rpcc_part part, bool posted)
{
	spin_lock(&rpc->lock);
	rpc->md[part].posted = posted;
	spin_unlock(&rpc->lock);
}

static bool is_posted(struct rpcc_rpc *rpc, enum rpcc_part part)
{
	bool posted;

	spin_lock(&rpc->lock);
	posted = rpc->md[part].posted;
	spin_unlock(&rpc->lock);
	return posted;
}

/* ->posted is set first: the event may come before the call returns. */
static int attach(struct rpcc_rpc *rpc, enum rpcc_part part,
		  unsigned int portal, struct lnet_md *md)
{
	int rc;

	md->threshold = 1;
	md->user_ptr = rpc;
	set_posted(rpc, part, true);
	rc = rpc_attach(&sink[part], portal, rpcc_settings.server, rpc->xid, 0, md,
			&rpc->md[part].handle);
	if (rc)
		set_posted(rpc, part, false);
	return rc;
}

static int post_reply(struct rpcc_rpc *rpc)
{
	struct lnet_md md = {
		.start		= &rpc->reply,
		.length		= sizeof(rpc->reply),
		.options	= LNET_MD_OP_PUT | LNET_MD_ACK_DISABLE,
	};

	return attach(rpc, RPCC_REPLY, RPC_REPLY_PORTAL, &md);
}

static int post_bulk(struct rpcc_rpc *rpc)
{
	struct lnet_md md = {
		.options = rpc->opcode == RPC_WRITE ? LNET_MD_OP_GET : LNET_MD_OP_PUT,
	};

	rpcc_bulk_describe(rpc, &md);
	return attach(rpc, RPCC_BULK, RPC_BULK_PORTAL, &md);
}

static int post_request(struct rpcc_rpc *rpc)
{
	struct lnet_md md = {
		.start		= &rpc->request,
		.length		= sizeof(rpc->request),
		.threshold	= 1,		/* SEND */
		.user_ptr	= rpc,
	};
	struct rpcc_md *part = &rpc->md[RPCC_REQUEST];
	int rc;

	set_posted(rpc, RPCC_REQUEST, true);
	rc = rpc_bind(&sink[RPCC_REQUEST], &md, &part->handle);
	if (rc) {
		set_posted(rpc, RPCC_REQUEST, false);
		return rc;
	}
	return rpc_put(rpcc_settings.self, part->handle, LNET_NOACK_REQ, rpcc_settings.server,
		       RPC_REQUEST_PORTAL, rpc->xid);
}

/*
 * Post the MDs that the server needs to answer, then ask it. 0 or -errno; in both
 * cases rpcc_event_unpost() must follow.
 */
int rpcc_event_post(struct rpcc_rpc *rpc)
{
	int rc;

	rc = post_reply(rpc);
	if (!rc && rpc->length)
		rc = post_bulk(rpc);
	if (!rc)
		rc = post_request(rpc);
	return rc;
}

static bool has_posted(struct rpcc_rpc *rpc)
{
	return is_posted(rpc, RPCC_REQUEST) || is_posted(rpc, RPCC_REPLY) ||
	       is_posted(rpc, RPCC_BULK);
}

/*
 * Take back what is still posted and wait until LNet has let go of it. An
 * unlink that fails came too late: the last event is on its way.
 */
void rpcc_event_unpost(struct rpcc_rpc *rpc)
{
	enum rpcc_part part;

	for (part = 0; part < RPCC_PARTS; part++)
		if (is_posted(rpc, part))
			LNetMDUnlink(rpc->md[part].handle);
	wait_event_idle(rpc->waitq, !has_posted(rpc));
}

/* Does the reply, if it is one, announce no more bulk? */
static bool is_refusal(const struct rpc_wire_reply *reply)
{
	return reply->status || !reply->length;
}

/* Nothing more to wait for: all has come, or the rest will not. */
bool rpcc_event_settled(struct rpcc_rpc *rpc)
{
	const struct rpcc_md *md = rpc->md;
	bool settled;

	spin_lock(&rpc->lock);
	if (rpc->cancelled || md[RPCC_REQUEST].status)
		settled = true;
	else if (md[RPCC_REQUEST].posted || !md[RPCC_REPLY].seen)
		settled = false;
	else
		settled = !md[RPCC_BULK].posted || md[RPCC_REPLY].status ||
			  is_refusal(&rpc->reply);
	spin_unlock(&rpc->lock);
	return settled;
}

int rpcc_event_init(void)
{
	static void (*const handler[RPCC_PARTS])(struct rpc_event *ev) = {
		[RPCC_REQUEST]	= request_out_event,
		[RPCC_REPLY]	= reply_in_event,
		[RPCC_BULK]	= bulk_event,
	};
	enum rpcc_part part;
	int rc = 0;

	for (part = 0; part < RPCC_PARTS && !rc; part++)
		rc = rpc_sink_open(&sink[part], handler[part]);
	if (!rc)
		return 0;
	/* The one that failed is the last tried. */
	for (part--; part > 0; part--)
		rpc_sink_close(&sink[part - 1]);
	return rc;
}

/* No RPC is left. */
void rpcc_event_exit(void)
{
	enum rpcc_part part;

	for (part = 0; part < RPCC_PARTS; part++)
		rpc_sink_close(&sink[part]);
}
