// SPDX-License-Identifier: GPL-2.0
/*
 * The MDs of a session. One stays, with its memory and its number, after LNet
 * has let go of it, so that the user can still look into it; until it is freed
 * or the session ends.
 */
#include "puppet.h"

#include <linux/err.h>
#include <linux/slab.h>

/* The MD the user means, or NULL. */
struct puppet_md *puppet_md_find(struct puppet_session *s, u32 number)
{
	lockdep_assert_held(&s->lock);
	return xa_load(&s->mds, number);
}

/* -ENOSPC: the session has as much as it may have. */
struct puppet_md *puppet_md_new(struct puppet_session *s, enum puppet_memory memory, u32 bytes)
{
	struct puppet_md *md;
	int rc;

	lockdep_assert_held(&s->lock);
	if (s->md_count == PUPPET_MAX_MDS || bytes > PUPPET_MAX_BUFFER ||
	    s->bytes + bytes > PUPPET_MAX_BYTES)
		return ERR_PTR(-ENOSPC);
	md = kzalloc(sizeof(*md), GFP_KERNEL);
	if (!md)
		return ERR_PTR(-ENOMEM);
	md->session = s;
	LNetInvalidateMDHandle(&md->handle);
	rc = puppet_buffer_alloc(&md->buffer, memory, bytes);
	if (rc)
		goto err_free;
	rc = xa_alloc(&s->mds, &md->number, md, xa_limit_31b, GFP_KERNEL);
	if (rc)
		goto err_buffer;
	s->md_count++;
	s->bytes += bytes;
	return md;

err_buffer:
	puppet_buffer_free(&md->buffer);
err_free:
	kfree(md);
	return ERR_PTR(rc);
}

/* LNet does not have it, or not any more. */
void puppet_md_free(struct puppet_md *md)
{
	struct puppet_session *s = md->session;

	lockdep_assert_held(&s->lock);
	xa_erase(&s->mds, md->number);
	s->md_count--;
	s->bytes -= md->buffer.bytes;
	puppet_buffer_free(&md->buffer);
	kfree(md);
}

bool puppet_md_is_live(struct puppet_md *md)
{
	bool live;

	spin_lock(&md->session->say_lock);
	live = md->live;
	spin_unlock(&md->session->say_lock);
	return live;
}

static void set_live(struct puppet_md *md, bool live)
{
	spin_lock(&md->session->say_lock);
	md->live = live;
	md->session->live += live ? 1 : -1;
	spin_unlock(&md->session->say_lock);
}

static void describe(struct puppet_md *md, struct lnet_md *umd)
{
	puppet_buffer_describe(&md->buffer, umd);
	umd->user_ptr = md;
	umd->eq_handle = md->session->eq;
}

/* It is live before LNet has it: its last event may come before the call returns. */
int puppet_md_post(struct puppet_md *md, unsigned int portal, struct lnet_process_id id,
		   u64 bits, u64 ignore, struct lnet_md *umd, enum lnet_unlink unlink,
		   enum lnet_ins_pos pos)
{
	struct lnet_handle_me meh;
	int rc;

	rc = LNetMEAttach(portal, id, bits, ignore, LNET_UNLINK, pos, &meh);
	if (rc)
		return rc;
	describe(md, umd);
	set_live(md, true);
	rc = LNetMDAttach(meh, *umd, unlink, &md->handle);
	if (rc) {
		set_live(md, false);
		LNetMEUnlink(meh);
	}
	return rc;
}

int puppet_md_bind(struct puppet_md *md, struct lnet_md *umd, enum lnet_unlink unlink)
{
	int rc;

	describe(md, umd);
	set_live(md, true);
	rc = LNetMDBind(*umd, unlink, &md->handle);
	if (rc)
		set_live(md, false);
	return rc;
}

/* LNet's callback of all MDs; the line, and that the MD is gone, come in one step. */
void puppet_md_event(struct lnet_event *ev)
{
	struct puppet_md *md = ev->md.user_ptr;
	struct puppet_session *s = md->session;
	char initiator[LNET_IDSTR_SIZE];
	char sender[LNET_NIDSTR_SIZE];

	libcfs_id2str_r(ev->initiator, initiator, sizeof(initiator));
	libcfs_nid2str_r(ev->sender, sender, sizeof(sender));

	spin_lock(&s->say_lock);
	puppet_session_say_locked(s,
				  "event %s handle=%u status=%d initiator=%s sender=%s mlength=%u rlength=%u offset=%u portal=%u bits=%#llx hdr_data=%#llx unlinked=%d",
				  lnet_event_name(ev->type), md->number, ev->status,
				  initiator, sender, ev->mlength, ev->rlength, ev->offset,
				  ev->pt_index, ev->match_bits, ev->hdr_data, ev->unlinked);
	if (ev->unlinked) {
		md->live = false;
		s->live--;
		/* Under the lock: a thread that sees nothing live frees @md and @s. */
		wake_up(&s->waitq);
	}
	spin_unlock(&s->say_lock);
}
