// SPDX-License-Identifier: GPL-2.0
/*
 * Writing: bytes gather in the RPC at the tail of the window, which leaves
 * when it is full or when the file is flushed. A failure is seen by a later
 * write, fsync or close, and every one after it: what was lost cannot be
 * written again.
 */
#include "client.h"

/*
 * Take acknowledged RPCs from the head of the window; wait for more until
 * only @keep are left. 0, -EINTR, or the file's error.
 */
static int reap_locked(struct rpcc_file *f, unsigned long keep)
{
	while (f->head != f->tail) {
		struct rpcc_rpc *rpc = rpcc_file_slot(f, f->head);

		if (f->tail - f->head <= keep && !completion_done(&rpc->done))
			break;
		if (wait_for_completion_killable(&rpc->done))
			return -EINTR;
		if (!f->error)
			f->error = rpc->result;
		f->head++;
	}
	return f->error;
}

static void submit_filled_locked(struct rpcc_file *f)
{
	if (!f->filled)
		return;
	rpcc_file_submit_locked(f, RPC_WRITE, f->next - f->filled, f->filled);
	f->filled = 0;
}

static int flush_locked(struct rpcc_file *f)
{
	if (!f->error)
		submit_filled_locked(f);
	return reap_locked(f, 0);
}

/* Wait until all that was written is with the server. 0 or -errno. */
int rpcc_file_flush(struct rpcc_file *f)
{
	int rc;

	if (!f->writing)
		return 0;
	rc = rpcc_file_lock(f);
	if (rc)
		return rc;
	rc = flush_locked(f);
	mutex_unlock(&f->lock);
	return rc;
}

/*
 * Go on at @pos. Two RPCs in flight never overlap, as what was written before
 * is acknowledged first; the epoch keeps away what may be late of it.
 */
static int jump_locked(struct rpcc_file *f, u64 pos)
{
	int rc = flush_locked(f);

	if (rc)
		return rc;
	f->epoch++;
	f->next = pos;
	return 0;
}

/* Bytes taken, or -errno. */
static ssize_t write_some_locked(struct rpcc_file *f, struct iov_iter *from)
{
	u32 room = min(rpcc_settings.rpc_bytes, rpc_range_room(f->next - f->filled));
	struct rpcc_rpc *rpc;
	size_t n;
	int rc;

	rc = reap_locked(f, f->depth - 1);
	if (rc)
		return rc;
	rpc = rpcc_file_slot(f, f->tail);
	n = copy_from_iter(rpc->data + f->filled, room - f->filled, from);
	if (!n)
		return -EFAULT;
	f->filled += n;
	f->next += n;
	f->size = max(f->size, f->next);
	if (f->filled == room)
		submit_filled_locked(f);
	return n;
}

static ssize_t write_locked(struct rpcc_file *f, u64 pos, struct iov_iter *from)
{
	ssize_t done = 0;
	ssize_t rc = 0;

	if (pos >= RPC_MAX_SIZE)
		return -EFBIG;
	iov_iter_truncate(from, RPC_MAX_SIZE - pos);
	if (pos != f->next)
		rc = jump_locked(f, pos);
	while (!rc && iov_iter_count(from)) {
		rc = write_some_locked(f, from);
		if (rc < 0)
			break;
		done += rc;
		rc = 0;
	}
	return done ?: rc;
}

/* Bytes written, or -errno if none, or of an earlier write. */
ssize_t rpcc_file_write(struct rpcc_file *f, u64 pos, struct iov_iter *from)
{
	ssize_t rc;

	rc = rpcc_file_lock(f);
	if (rc)
		return rc;
	rc = write_locked(f, pos, from);
	mutex_unlock(&f->lock);
	return rc;
}
