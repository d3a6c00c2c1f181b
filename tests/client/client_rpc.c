// SPDX-License-Identifier: GPL-2.0
/*
 * One RPC: attempts until one has a verdict that is final. All that the server
 * sent is checked here, before anything is believed.
 */
#include "client.h"
#include "rpc_fault.h"

#include <linux/jiffies.h>
#include <linux/random.h>

/* The outcome of an attempt. Only the first two are final. */
enum outcome {
	DONE,		/* ->result says how */
	CANCELLED,
	TIMED_OUT,
	UNSENT,		/* LNet did not take it, or could not send it */
	BAD_REPLY,
	BAD_DATA,	/* a CRC was wrong, here or there */
};

/* The fields of a reply, checked. */
struct answer {
	int status;
	u64 generation;
	u64 size;
	u32 length;
	u32 data_crc;
};

static atomic64_t last_xid;

/* No xid is used twice; nor, but by a strange chance, after a reload. */
void rpcc_rpc_seed(void)
{
	atomic64_set(&last_xid, get_random_u64());
}

void rpcc_rpc_init(struct rpcc_rpc *rpc, struct rpcc_file *f)
{
	rpc->file = f;
	init_waitqueue_head(&rpc->waitq);
	spin_lock_init(&rpc->lock);
	init_completion(&rpc->done);
	INIT_LIST_HEAD(&rpc->link);
}

bool rpcc_rpc_is_cancelled(struct rpcc_rpc *rpc)
{
	bool cancelled;

	spin_lock(&rpc->lock);
	cancelled = rpc->cancelled;
	spin_unlock(&rpc->lock);
	return cancelled;
}

/* End a submitted RPC early. Its ->done comes when LNet has let go of its memory. */
void rpcc_rpc_cancel(struct rpcc_rpc *rpc)
{
	spin_lock(&rpc->lock);
	rpc->cancelled = true;
	wake_up(&rpc->waitq);
	spin_unlock(&rpc->lock);
}

static void fill_request(struct rpcc_rpc *rpc)
{
	static atomic_t writes = ATOMIC_INIT(0);
	static atomic_t requests = ATOMIC_INIT(0);
	struct rpc_wire_request *req = &rpc->request;
	u32 crc = rpc->data_crc;

	if (rpc->opcode == RPC_WRITE &&
	    rpc_fault_due(&writes, &rpcc_fault_crc)) {
		rpc_stat_inc(&rpcc_stats.faults);
		crc = ~crc;
	}
	*req = (struct rpc_wire_request) {
		.magic		= cpu_to_le32(RPC_MAGIC),
		.version	= cpu_to_le16(RPC_VERSION),
		.opcode		= cpu_to_le16(rpc->opcode),
		.xid		= cpu_to_le64(rpc->xid),
		.generation	= cpu_to_le64(rpc->generation),
		.offset		= cpu_to_le64(rpc->offset),
		.length		= cpu_to_le32(rpc->length),
		.data_crc	= cpu_to_le32(crc),
		.epoch		= cpu_to_le32(rpc->epoch),
		.timeout	= cpu_to_le32(rpcc_settings.timeout_ms),
	};
	memcpy(req->name, rpc->name, sizeof(req->name));
	if (rpc_fault_due(&requests, &rpcc_fault_garble)) {
		rpc_stat_inc(&rpcc_stats.faults);
		rpc_fault_garble(req, offsetof(typeof(*req), crc));
	}
	req->crc = cpu_to_le32(rpc_request_crc(req));
}

/* No MD is posted and no callback comes. */
static void start_over(struct rpcc_rpc *rpc)
{
	rpc->xid = atomic64_inc_return(&last_xid);
	memset(rpc->md, 0, sizeof(rpc->md));
	memset(&rpc->reply, 0, sizeof(rpc->reply));
	fill_request(rpc);
}

static bool parse_reply(const struct rpcc_rpc *rpc, struct answer *a)
{
	const struct rpc_wire_reply *rep = &rpc->reply;
	u32 status = le32_to_cpu(rep->status);

	if (rpc->md[RPCC_REPLY].bytes != sizeof(*rep) ||
	    le32_to_cpu(rep->magic) != RPC_MAGIC ||
	    le16_to_cpu(rep->version) != RPC_VERSION ||
	    le32_to_cpu(rep->crc) != rpc_reply_crc(rep) ||
	    le16_to_cpu(rep->opcode) != rpc->opcode ||
	    le64_to_cpu(rep->xid) != rpc->xid || !rpc_status_ok(status))
		return false;

	a->status = -(int)status;
	a->generation = le64_to_cpu(rep->generation);
	a->size = le64_to_cpu(rep->size);
	a->length = le32_to_cpu(rep->length);
	a->data_crc = le32_to_cpu(rep->data_crc);
	if (status)
		return true;
	return a->generation && a->size <= RPC_MAX_SIZE &&
	       (rpc->generation == a->generation || rpc->opcode == RPC_STAT) &&
	       (rpc->opcode == RPC_WRITE ? a->length == rpc->length :
					   a->length <= rpc->length);
}

/* The reply is good; is the bulk, too? */
static enum outcome judge_bulk(const struct rpcc_rpc *rpc, const struct answer *a)
{
	const struct rpcc_md *bulk = &rpc->md[RPCC_BULK];

	if (!a->length)
		return DONE;
	if (!bulk->seen || bulk->status || bulk->bytes != a->length)
		return TIMED_OUT;
	if (rpc->opcode == RPC_READ &&
	    rpc_crc(RPC_CRC_SEED, rpc->data, a->length) != a->data_crc)
		return BAD_DATA;
	return DONE;
}

/* All MDs are gone: the outcome of the attempt. */
static enum outcome judge(struct rpcc_rpc *rpc)
{
	const struct rpcc_md *reply = &rpc->md[RPCC_REPLY];
	enum outcome outcome;
	struct answer a;

	if (rpc->md[RPCC_REQUEST].status)
		rpc->send_error = rpc->md[RPCC_REQUEST].status;
	if (rpc->send_error)
		return UNSENT;
	if (!reply->seen || reply->status)
		return rpcc_rpc_is_cancelled(rpc) ? CANCELLED : TIMED_OUT;
	if (!parse_reply(rpc, &a))
		return BAD_REPLY;
	if (a.status == -EBADMSG)
		return BAD_DATA;
	if (a.status == -ETIMEDOUT)
		return TIMED_OUT;

	outcome = a.status ? DONE : judge_bulk(rpc, &a);
	rpc->result = a.status;
	rpc->generation = a.status ? rpc->generation : a.generation;
	rpc->size = a.size;
	rpc->moved = a.length;
	return outcome;
}

static enum outcome attempt(struct rpcc_rpc *rpc)
{
	start_over(rpc);
	rpc->send_error = rpcc_event_post(rpc);
	if (!rpc->send_error)
		wait_event_idle_timeout(rpc->waitq, rpcc_event_settled(rpc),
					msecs_to_jiffies(rpcc_settings.timeout_ms));
	rpcc_event_unpost(rpc);
	return judge(rpc);
}

static void count(enum outcome outcome)
{
	static struct rpc_stat *const stat[] = {
		[CANCELLED]	= &rpcc_stats.rpcs_cancelled,
		[TIMED_OUT]	= &rpcc_stats.timeouts,
		[UNSENT]	= &rpcc_stats.unsent,
		[BAD_REPLY]	= &rpcc_stats.bad_replies,
		[BAD_DATA]	= &rpcc_stats.crc_errors,
	};

	if (outcome != DONE)
		rpc_stat_inc(stat[outcome]);
}

static void count_success(const struct rpcc_rpc *rpc)
{
	rpc_stat_inc(&rpcc_stats.rpcs_ok);
	if (rpc->opcode == RPC_WRITE)
		rpc_stat_add(&rpcc_stats.bytes_written, rpc->moved);
	if (rpc->opcode == RPC_READ)
		rpc_stat_add(&rpcc_stats.bytes_read, rpc->moved);
}

static int final_error(const struct rpcc_rpc *rpc, enum outcome outcome)
{
	switch (outcome) {
	case DONE:
		return rpc->result;
	case CANCELLED:
		return -ECANCELED;
	case TIMED_OUT:
		return -ETIMEDOUT;
	case UNSENT:
		return rpc->send_error;
	case BAD_REPLY:
		return -EPROTO;
	case BAD_DATA:
		return -EBADMSG;
	}
	return -EIO;
}

/* A send fails at once while a peer restarts: do not use up all attempts. */
static void pause(struct rpcc_rpc *rpc)
{
	wait_event_idle_timeout(rpc->waitq, rpcc_rpc_is_cancelled(rpc),
				msecs_to_jiffies(rpcc_settings.timeout_ms));
}

/* Carry out @rpc and set its answer. Task context, sleeps. */
void rpcc_rpc_execute(struct rpcc_rpc *rpc)
{
	unsigned int resends = 0;
	enum outcome outcome;

	if (rpc->opcode == RPC_WRITE)
		rpc->data_crc = rpc_crc(RPC_CRC_SEED, rpc->data, rpc->length);
	rpc_stat_inc(&rpcc_stats.rpcs_in_flight);
	for (;;) {
		outcome = rpcc_rpc_is_cancelled(rpc) ? CANCELLED : attempt(rpc);
		count(outcome);
		if (outcome == DONE || outcome == CANCELLED ||
		    resends == rpcc_settings.resends)
			break;
		if (outcome == UNSENT)
			pause(rpc);
		rpc_stat_inc(&rpcc_stats.resends);
		resends++;
	}
	rpc_stat_dec(&rpcc_stats.rpcs_in_flight);

	rpc->result = final_error(rpc, outcome);
	if (!rpc->result)
		count_success(rpc);
	else if (outcome != CANCELLED)
		rpc_stat_inc(&rpcc_stats.rpcs_failed);
}
