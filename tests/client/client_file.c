// SPDX-License-Identifier: GPL-2.0
/*
 * An open object: life, and the window of RPCs that reading and writing
 * share. Its memory is bounded: a window of buffers per file, and a number
 * of files.
 */
#include "client.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/random.h>

/* For one system call. 0; -EINTR; -EIO: it is of no use any more. */
int rpcc_file_lock(struct rpcc_file *f)
{
	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	if (!f->lost)
		return 0;
	mutex_unlock(&f->lock);
	return -EIO;
}

/*
 * A killed process does not wait until LNet lets go of the memory of cancelled RPCs.
 * Another process that has the file open must not use that memory again.
 */
static int lose_locked(struct rpcc_file *f)
{
	f->lost = true;
	return -EINTR;
}

/* CREATE or STAT, which need an answer at once. */
static int ask_locked(struct rpcc_file *f, enum rpc_opcode opcode, u64 generation)
{
	struct rpcc_rpc *rpc = &f->control;

	rpc->opcode = opcode;
	rpc->generation = generation;
	rpcc_pool_submit(rpc);
	if (!wait_for_completion_killable(&rpc->done))
		return rpc->result;
	rpcc_rpc_cancel(rpc);
	return lose_locked(f);
}

static int create_locked(struct rpcc_file *f)
{
	/* The server keeps an object apart from the one it replaces by this. */
	do {
		f->generation = get_random_u64();
	} while (!f->generation);
	return ask_locked(f, RPC_CREATE, f->generation);
}

/* Learn the size. -ESTALE: the object that was opened has been replaced. */
int rpcc_file_stat_locked(struct rpcc_file *f)
{
	int rc;

	lockdep_assert_held(&f->lock);
	rc = ask_locked(f, RPC_STAT, 0);
	if (rc)
		return rc;
	if (f->generation && f->generation != f->control.generation)
		return -ESTALE;
	f->generation = f->control.generation;
	f->size = f->control.size;
	return 0;
}

/* Send off the RPC at the tail of the window; there is one. */
void rpcc_file_submit_locked(struct rpcc_file *f, enum rpc_opcode opcode,
			     u64 offset, u32 length)
{
	struct rpcc_rpc *rpc = rpcc_file_slot(f, f->tail);

	lockdep_assert_held(&f->lock);
	rpc->opcode = opcode;
	rpc->generation = f->generation;
	rpc->epoch = f->epoch;
	rpc->offset = offset;
	rpc->length = length;
	f->tail++;
	rpcc_pool_submit(rpc);
}

static void cancel_window_locked(struct rpcc_file *f)
{
	unsigned long n;

	for (n = f->head; n != f->tail; n++)
		rpcc_rpc_cancel(rpcc_file_slot(f, n));
}

/* Forget the RPCs in flight, as soon as LNet lets go of their memory. 0 or -EINTR. */
int rpcc_file_drop_window_locked(struct rpcc_file *f)
{
	lockdep_assert_held(&f->lock);
	cancel_window_locked(f);
	for (; f->head != f->tail; f->head++)
		if (wait_for_completion_killable(&rpcc_file_slot(f, f->head)->done))
			return lose_locked(f);
	return 0;
}

static void file_free(struct rpcc_file *f)
{
	unsigned int i;

	for (i = 0; i < f->depth; i++)
		rpcc_bulk_free(&f->window[i]);
	mutex_destroy(&f->lock);
	kvfree(f);
	rpc_stat_dec(&rpcc_stats.files);
}

/* Its last user frees it: an RPC, if the process that had it open did not wait for that. */
void rpcc_file_put(struct rpcc_file *f)
{
	if (refcount_dec_and_test(&f->refs))
		file_free(f);
}

static int init_window(struct rpcc_file *f)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < f->depth && !rc; i++) {
		rpcc_rpc_init(&f->window[i], f);
		memcpy(f->window[i].name, f->name, sizeof(f->name));
		rc = rpcc_bulk_alloc(&f->window[i], rpcc_settings.rpc_bytes);
	}
	return rc;
}

static struct rpcc_file *file_alloc(bool writing)
{
	struct rpcc_file *f;

	f = kvzalloc(struct_size(f, window, rpcc_settings.max_in_flight), GFP_KERNEL);
	if (!f) {
		rpc_stat_dec(&rpcc_stats.files);
		return NULL;
	}
	f->depth = rpcc_settings.max_in_flight;
	f->writing = writing;
	refcount_set(&f->refs, 1);
	mutex_init(&f->lock);
	rpcc_object_name(f->name);
	rpcc_rpc_init(&f->control, f);
	memcpy(f->control.name, f->name, sizeof(f->name));
	if (!init_window(f))
		return f;
	file_free(f);
	return NULL;
}

/*
 * Open the object that the module's parameter names: replace it if @writing,
 * look it up if not. The file, or -ENFILE, -ENOMEM, -EINTR, or what the RPC
 * came to.
 */
struct rpcc_file *rpcc_file_open(bool writing)
{
	struct rpcc_file *f;
	int rc;

	if (atomic64_inc_return(&rpcc_stats.files.value) > RPCC_MAX_FILES) {
		rpc_stat_dec(&rpcc_stats.files);
		return ERR_PTR(-ENFILE);
	}
	f = file_alloc(writing);
	if (!f)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&f->lock);
	rc = writing ? create_locked(f) : rpcc_file_stat_locked(f);
	mutex_unlock(&f->lock);
	if (!rc)
		return f;
	rpcc_file_put(f);
	return ERR_PTR(rc);
}

/* The last use of @f. RPCs still in flight are lost: rpcc_file_flush() waits for them. */
void rpcc_file_close(struct rpcc_file *f)
{
	mutex_lock(&f->lock);
	cancel_window_locked(f);
	mutex_unlock(&f->lock);
	rpcc_file_put(f);
}
