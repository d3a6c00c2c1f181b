// SPDX-License-Identifier: GPL-2.0
/*
 * One request, from its raw bytes to its answer. check() turns the bytes,
 * which anyone may have sent, into a struct rpcs_ask; nothing later looks at
 * them again.
 */
#include "server.h"
#include "rpc_fault.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>

/* Is it a request at all? If not, even its xid means nothing. */
static bool is_request(const struct rpc_wire_request *raw)
{
	return le32_to_cpu(raw->magic) == RPC_MAGIC &&
	       le16_to_cpu(raw->version) == RPC_VERSION &&
	       le32_to_cpu(raw->crc) == rpc_request_crc(raw);
}

static int check(const struct rpc_wire_request *raw,
		 const struct rpcs_arrival *arrival, struct rpcs_ask *ask)
{
	u32 timeout = le32_to_cpu(raw->timeout);

	ask->client = arrival->client;
	ask->self = arrival->self;
	ask->deadline = arrival->when +
			msecs_to_jiffies(min_t(u32, timeout, RPC_MAX_TIMEOUT));
	ask->opcode = le16_to_cpu(raw->opcode);
	ask->xid = le64_to_cpu(raw->xid);
	ask->generation = le64_to_cpu(raw->generation);
	ask->offset = le64_to_cpu(raw->offset);
	ask->length = le32_to_cpu(raw->length);
	ask->data_crc = le32_to_cpu(raw->data_crc);
	ask->epoch = le32_to_cpu(raw->epoch);
	memcpy(ask->name, raw->name, sizeof(ask->name));

	if (timeout > RPC_MAX_TIMEOUT || !rpc_name_ok(ask->name) ||
	    memchr_inv(raw->zero, 0, sizeof(raw->zero)))
		return -EINVAL;
	return 0;
}

/*
 * Describe ->pages to LNet, @bytes from the page offset of ask->offset on.
 * Returns the number of fragments.
 */
static unsigned int describe(struct rpcs_work *work, u32 bytes)
{
	u32 from = offset_in_page(work->ask.offset);
	unsigned int n = 0;

	while (bytes) {
		u32 len = min_t(u32, bytes, PAGE_SIZE - from);

		work->kiov[n].bv_page = work->pages[n];
		work->kiov[n].bv_offset = from;
		work->kiov[n].bv_len = len;
		bytes -= len;
		from = 0;
		n++;
	}
	return n;
}

static u32 data_crc(const struct rpcs_work *work, unsigned int fragments)
{
	const struct bio_vec *bv = work->kiov;
	u32 crc = RPC_CRC_SEED;

	for (; fragments; fragments--, bv++)
		crc = rpc_crc(crc, page_address(bv->bv_page) + bv->bv_offset,
			      bv->bv_len);
	return crc;
}

static void drop_pages(struct rpcs_work *work)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(work->pages); i++) {
		if (!work->pages[i])
			continue;
		put_page(work->pages[i]);
		work->pages[i] = NULL;
	}
}

/* Rather fail a WRITE than kill a process of the machine for its memory. */
static int take_pages(struct rpcs_work *work)
{
	unsigned int n = DIV_ROUND_UP(offset_in_page(work->ask.offset) +
				      work->ask.length, PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < n; i++) {
		work->pages[i] = alloc_page(GFP_KERNEL | __GFP_RETRY_MAYFAIL |
					    __GFP_NOWARN);
		if (!work->pages[i])
			return -ENOMEM;
	}
	return 0;
}

/* Fetch the data into new pages and check that it is the client's. */
static int fetch(struct rpcs_work *work)
{
	unsigned int fragments;
	int rc;

	rc = take_pages(work);
	if (rc)
		return rc;
	fragments = describe(work, work->ask.length);
	rc = rpcs_transfer_get(work, fragments);
	if (rc)
		return rc;
	if (data_crc(work, fragments) == work->ask.data_crc)
		return 0;
	rpc_stat_inc(&rpcs_stats.crc_errors);
	return -EBADMSG;
}

static int serve_write(struct rpcs_work *work, struct rpcs_object *obj)
{
	const struct rpcs_ask *ask = &work->ask;
	int rc;

	if (!rpc_range_ok(ask->offset, ask->length))
		return -EINVAL;
	rc = fetch(work);
	if (!rc)
		rc = rpcs_object_write(obj, ask->epoch, ask->offset,
				       ask->length, work->pages);
	drop_pages(work);
	if (rc)
		return rc;
	work->reply.length = cpu_to_le32(ask->length);
	rpc_stat_add(&rpcs_stats.bytes_in, ask->length);
	return 0;
}

static int serve_read(struct rpcs_work *work, struct rpcs_object *obj)
{
	static atomic_t reads = ATOMIC_INIT(0);
	const struct rpcs_ask *ask = &work->ask;
	unsigned int fragments;
	u32 bytes, crc;
	int rc = 0;

	if (!rpc_range_ok(ask->offset, ask->length))
		return -EINVAL;
	bytes = rpcs_object_read(obj, ask->offset, ask->length, work->pages);
	fragments = describe(work, bytes);
	crc = data_crc(work, fragments);
	if (rpc_fault_due(&reads, &rpcs_fault_crc)) {
		rpc_stat_inc(&rpcs_stats.faults);
		crc = ~crc;
	}
	if (bytes)
		rc = rpcs_transfer_put(work, fragments, bytes);
	drop_pages(work);
	if (rc)
		return rc;
	work->reply.length = cpu_to_le32(bytes);
	work->reply.data_crc = cpu_to_le32(crc);
	rpc_stat_add(&rpcs_stats.bytes_out, bytes);
	return 0;
}

/* CREATE and STAT ask only for fields that every reply has. */
static int serve_nothing(struct rpcs_work *work, struct rpcs_object *obj)
{
	return 0;
}

typedef int (*serve_fn)(struct rpcs_work *work, struct rpcs_object *obj);

static int serve(struct rpcs_work *work)
{
	static const serve_fn table[] = {
		[RPC_CREATE]	= serve_nothing,
		[RPC_STAT]	= serve_nothing,
		[RPC_READ]	= serve_read,
		[RPC_WRITE]	= serve_write,
	};
	struct rpcs_ask *ask = &work->ask;
	struct rpcs_object *obj;
	bool is_stat;
	int rc = 0;

	if (ask->opcode >= ARRAY_SIZE(table) || !table[ask->opcode])
		return -EOPNOTSUPP;
	/* Only STAT may mean an object without knowing which. */
	is_stat = ask->opcode == RPC_STAT;
	if (!ask->generation != is_stat)
		return -EINVAL;
	if (ask->opcode == RPC_CREATE)
		rc = rpcs_object_create(ask->name, ask->generation);
	if (rc)
		return rc;

	obj = rpcs_object_lookup(ask->name, ask->generation);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = table[ask->opcode](work, obj);
	work->reply.generation = cpu_to_le64(obj->generation);
	work->reply.size = cpu_to_le64(rpcs_object_size(obj));
	rpcs_object_put(obj);
	return rc;
}

static void answer(struct rpcs_work *work, int status)
{
	static atomic_t replies = ATOMIC_INIT(0);
	struct rpc_wire_reply *rep = &work->reply;

	if (!rpc_status_ok(-status))
		status = -EIO;
	rep->magic = cpu_to_le32(RPC_MAGIC);
	rep->version = cpu_to_le16(RPC_VERSION);
	rep->opcode = work->raw.opcode;
	rep->xid = work->raw.xid;
	rep->status = cpu_to_le32(-status);
	if (rpc_fault_due(&replies, &rpcs_fault_garble)) {
		rpc_stat_inc(&rpcs_stats.faults);
		rpc_fault_garble(rep, offsetof(typeof(*rep), crc));
	}
	rep->crc = cpu_to_le32(rpc_reply_crc(rep));

	if (status)
		rpc_stat_inc(&rpcs_stats.failures);
	if (!rpcs_transfer_reply(work))
		rpc_stat_inc(&rpcs_stats.replies);
}

/* Serve the request in ->raw and ->arrival. Sleeps for the client's part. */
void rpcs_request_serve(struct rpcs_work *work)
{
	static atomic_t requests = ATOMIC_INIT(0);
	int rc;

	rpc_stat_inc(&rpcs_stats.requests);
	if (!is_request(&work->raw)) {
		rpc_stat_inc(&rpcs_stats.malformed);
		return;
	}
	if (rpc_fault_due(&requests, &rpcs_fault_drop)) {
		rpc_stat_inc(&rpcs_stats.faults);
		return;
	}
	rc = check(&work->raw, &work->arrival, &work->ask);
	if (!rpcs_left(work->ask.deadline)) {
		rpc_stat_inc(&rpcs_stats.expired);
		return;
	}
	memset(&work->reply, 0, sizeof(work->reply));
	if (!rc)
		rc = serve(work);
	answer(work, rc);
}
