// SPDX-License-Identifier: GPL-2.0
/*
 * Reading: the window is kept full of READs ahead of the reader, up to the
 * end as it was last seen. The head of the window is where the reader is.
 */
#include "client.h"

/* A reader that jumps out of the head of the window starts a new one. */
static int seek_locked(struct rpcc_file *f, u64 pos)
{
	const struct rpcc_rpc *head = rpcc_file_slot(f, f->head);

	if (f->head == f->tail ? pos == f->next :
	    pos >= head->offset && pos - head->offset < head->length)
		return 0;
	f->next = pos;
	return rpcc_file_drop_window_locked(f);
}

static void read_ahead_locked(struct rpcc_file *f)
{
	while (f->tail - f->head < f->depth && f->next < f->size) {
		u32 length = min(rpcc_settings.rpc_bytes, rpc_range_room(f->next));

		length = min_t(u64, length, f->size - f->next);
		rpcc_file_submit_locked(f, RPC_READ, f->next, length);
		f->next += length;
	}
}

/* Copy what the head of the window has from @pos on. Bytes or -errno. */
static ssize_t copy_head_locked(struct rpcc_file *f, u64 pos, struct iov_iter *to)
{
	struct rpcc_rpc *rpc = rpcc_file_slot(f, f->head);
	u32 skip = pos - rpc->offset;
	size_t n;

	if (wait_for_completion_killable(&rpc->done))
		return -EINTR;
	if (rpc->result)
		return rpc->result;
	/* An object grows only, as long as it is not replaced. */
	if (rpc->moved != rpc->length)
		return -EIO;
	n = copy_to_iter(rpc->data + skip, rpc->length - skip, to);
	if (!n)
		return -EFAULT;
	if (skip + n == rpc->length)
		f->head++;
	return n;
}

/* Bytes copied, 0: @pos is the end, or -errno. */
static ssize_t read_some_locked(struct rpcc_file *f, u64 pos, struct iov_iter *to)
{
	ssize_t rc;

	rc = seek_locked(f, pos);
	if (rc)
		return rc;
	if (pos >= f->size) {
		/* Has it grown? */
		rc = rpcc_file_stat_locked(f);
		if (rc || pos >= f->size)
			return rc;
	}
	read_ahead_locked(f);
	rc = copy_head_locked(f, pos, to);
	if (rc < 0)	/* the next read asks again */
		rpcc_file_drop_window_locked(f);
	return rc;
}

/* Bytes read, 0 at the end, or -errno if none. */
ssize_t rpcc_file_read(struct rpcc_file *f, u64 pos, struct iov_iter *to)
{
	ssize_t done = 0;
	ssize_t rc = rpcc_file_lock(f);

	if (rc)
		return rc;
	while (iov_iter_count(to)) {
		rc = read_some_locked(f, pos + done, to);
		if (rc <= 0)
			break;
		done += rc;
	}
	mutex_unlock(&f->lock);
	return done ?: rc;
}
