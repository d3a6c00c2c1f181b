// SPDX-License-Identifier: GPL-2.0
/*
 * MEs, MDs and messages of the handler interface.
 *
 * In this interface an MD names a function, its handler, where one of the EQ interface names
 * an EQ. All MDs with a handler belong to one EQ of ours, which has no ring, and whose callback
 * is handler_deliver(). The handler's address is in the MD's bulk handle, which nothing else
 * uses and each event brings back. So there is no second matching and no second delivery: the
 * slots of that EQ keep the handlers of one MD apart, and let those of others run in parallel.
 *
 * An ME has no handle here but a pointer, which its user only gives back: it is the cookie.
 * The ME is unlinked together with its MD, and a failed LNetMDAttach() unlinks it.
 *
 * Users take an error of a call with valid arguments for a bug of theirs, unless it is -ENOMEM,
 * so what is not known is ignored where that does no harm: options of an MD that only hint.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/handler.h"
#include "event/eq.h"
#include "event/md.h"

#include <lnet/handler.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/printk.h>

/* Options that the core takes, or ignores. */
#define HANDLER_OPTIONS	(LNET_MD_OP_PUT | LNET_MD_OP_GET | LNET_MD_MANAGE_REMOTE |	\
			 LNET_MD_TRUNCATE | LNET_MD_ACK_DISABLE | LNET_MD_MAX_SIZE |	\
			 LNET_MD_KIOV | LNET_MD_BULK_HANDLE | LNET_MD_GNILND | LNET_MD_DISCARD)

/* Options about answers that do not come: they concern MDs that are bound. */
#define HANDLER_TRACKING (LNET_MD_TRACK_RESPONSE | LNET_MD_NO_TRACK_RESPONSE)

/*
 * A user goes when the last event of its last MD has come, and the CPU that has brought the event
 * may still be about to free the MD. So what looks as if it were left behind is looked at again.
 */
enum { LAST_LOOKS = 10, LOOKS_APART_MS = 20 };

/* The EQ of all MDs. Written while there is no user: init.c. */
static struct lnet_handle_eq handler_eq = { .cookie = LNET_WIRE_HANDLE_COOKIE_NONE };

/* Events ---------------------------------------------------------------------- */

static void handler_fill_id(struct lnet_processid *to, const struct lnet_process_id *from)
{
	lnet_nid_expand(from->nid, &to->nid);
	to->pid = from->pid;
}

/* The callback of the EQ. An UNLINK event tells of the MD only. */
static void handler_deliver(struct lnet_event *ev)
{
	lnet_handler_t handler = (lnet_handler_t)(uintptr_t)ev->md.bulk_handle.cookie;
	struct lnet_handler_event out;

	if (ev->type == LNET_EVENT_UNLINK) {
		memset(&out, 0, sizeof(out));
	} else {
		handler_fill_id(&out.target, &ev->target);
		handler_fill_id(&out.initiator, &ev->initiator);
		handler_fill_id(&out.source, &ev->source);
		lnet_nid_expand(ev->sender, &out.sender);
		out.pt_index = ev->pt_index;
		out.match_bits = ev->match_bits;
		/* As in Lustre, where the header's length stands there, not what was asked for. */
		out.rlength = ev->type == LNET_EVENT_GET ? 0 : ev->rlength;
		out.mlength = ev->mlength;
		out.hdr_data = ev->hdr_data;
		out.msg_type = ev->msg_type;
		out.status = ev->status;
		out.offset = ev->offset;
		out.sequence = 0;
	}
	out.type = ev->type;
	out.md_handle = ev->md_handle;
	out.md_start = ev->md.start;
	out.md_user_ptr = ev->md.user_ptr;
	/* There, LNet makes all memory page fragments. */
	out.md_options = (ev->md.options & ~LNET_MD_TRACK_RESPONSE) | LNET_MD_KIOV;
	out.unlinked = ev->unlinked;
	handler(&out);
}

/**
 * lnet_handler_open() - make the EQ of the MDs
 *
 * Context: task; may sleep; LNet is up, and the handler interface has no user.
 * Return: 0 or -errno.
 */
int lnet_handler_open(void)
{
	/* Users that left MDs behind have left the EQ to us: see lnet_handler_close(). */
	if (!LNetEQHandleIsInvalid(handler_eq) && lnet_api_eq_free(handler_eq) == -EBUSY)
		return 0;
	return lnet_eq_alloc_strict(handler_deliver, &handler_eq);
}

/* Free the EQ, unless an MD is left. Returns whether it is gone. */
static bool handler_free_eq(void)
{
	unsigned int looks = LAST_LOOKS;

	while (lnet_api_eq_free(handler_eq) == -EBUSY) {
		if (!--looks)
			return false;
		msleep(LOOKS_APART_MS);
	}
	return true;
}

/**
 * lnet_handler_close() - free the EQ of the MDs
 *
 * If an MD is left, the EQ stays until LNet goes down, which frees both and logs them.
 *
 * Context: task; may sleep; the last user of the handler interface goes.
 */
void lnet_handler_close(void)
{
	if (handler_free_eq())
		LNetInvalidateEQHandle(&handler_eq);
}

/**
 * lnet_assert_handler_unused() - check that no MD has a handler any more
 * @handler: the handler, whose module is about to go; NULL does nothing
 *
 * Context: task; may sleep.
 */
void lnet_assert_handler_unused(lnet_handler_t handler)
{
	struct lnet_handle_md of = { .cookie = (uintptr_t)handler };
	unsigned int looks = LAST_LOOKS;

	while (handler && lnet_md_any_of(handler_eq, of)) {
		if (!--looks) {
			WARN(1, KBUILD_MODNAME ": an MD still has the handler %ps, which is about to go\n",
			     handler);
			return;
		}
		msleep(LOOKS_APART_MS);
	}
}
EXPORT_SYMBOL(lnet_assert_handler_unused);

/* MEs and MDs ------------------------------------------------------------------- */

static struct lnet_handle_me me_handle(const struct lnet_me *me)
{
	return (struct lnet_handle_me){ .cookie = (uintptr_t)me };
}

/**
 * LNetMEAttach() - post a match entry
 * @portal: index of the portal, 0 to 63
 * @match_id: the peer whose messages the ME takes; a NID and a PID may be those that stand for any
 * @match_bits: the match bits of the messages that it takes
 * @ignore_bits: mask of those match bits that may differ
 * @unlink: LNET_UNLINK; whatever it is, the ME goes with its MD
 * @pos: LNET_INS_BEFORE for a place before all other MEs; LNET_INS_AFTER or LNET_INS_LOCAL
 *	for one behind them
 *
 * Context: task; may sleep.
 * Return: the ME, for one LNetMDAttach(); or an ERR_PTR(): -ENOMEM; -EINVAL: there is no such
 * portal, unlink mode or position; -ENETDOWN; -EDEADLK.
 */
struct lnet_me *LNetMEAttach(unsigned int portal, struct lnet_processid *match_id,
			     __u64 match_bits, __u64 ignore_bits, enum lnet_unlink unlink,
			     enum lnet_ins_pos pos)
{
	struct lnet_process_id id = { .pid = match_id->pid };
	struct lnet_handle_me handle;
	int rc;

	rc = lnet_handler_nid(&match_id->nid, &id.nid);
	if (rc)
		return ERR_PTR(rc);
	if (unlink == LNET_RETAIN)
		unlink = LNET_UNLINK;
	rc = lnet_api_me_attach(portal, id, match_bits, ignore_bits, unlink, pos, &handle);
	lnet_nid_put(id.nid);
	if (rc)
		return ERR_PTR(rc);
	return (struct lnet_me *)(uintptr_t)handle.cookie;
}
EXPORT_SYMBOL(LNetMEAttach);

/* Translate the description of an MD. */
static int handler_take_md(struct lnet_md *to, const struct lnet_handler_md *from)
{
	unsigned int unknown = from->umd_options & ~(HANDLER_OPTIONS | HANDLER_TRACKING);

	if (unlikely(from->umd_options & LNET_MD_GPU_ADDR))
		return -EINVAL;
	if (unlikely(unknown))
		pr_warn_once("%ps makes MDs with the options %#x, which are not known here: they have no effect\n",
			     from->umd_handler, unknown);
	to->start = from->umd_start;
	to->length = from->umd_length;
	to->threshold = from->umd_threshold;
	to->max_size = from->umd_max_size;
	to->options = from->umd_options & HANDLER_OPTIONS;
	to->user_ptr = from->umd_user_ptr;
	to->bulk_handle.cookie = (uintptr_t)from->umd_handler;
	if (from->umd_handler)
		to->eq_handle = handler_eq;
	else
		LNetInvalidateEQHandle(&to->eq_handle);
	return 0;
}

/**
 * LNetMDAttach() - give a match entry memory for the messages that it matches
 * @me: the ME, from LNetMEAttach(); not the caller's any more, also if the function fails
 * @umd: the memory; a fragment array is copied
 * @unlink: LNET_UNLINK: unlink the MD when it is exhausted; LNET_RETAIN: keep it
 * @handle: set to the handle of the MD before any event of it is delivered
 *
 * Messages that waited on a lazy portal for this ME are received before the call returns, and
 * their events may have been delivered.
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM; -EINVAL: malformed @umd or bad @unlink; -ENOENT: no such ME; -ENETDOWN;
 * -EDEADLK.
 */
int LNetMDAttach(struct lnet_me *me, const struct lnet_handler_md *umd,
		 enum lnet_unlink unlink, struct lnet_handle_md *handle)
{
	struct lnet_md md;
	int rc;

	rc = handler_take_md(&md, umd);
	if (!rc)
		rc = lnet_api_md_attach(me_handle(me), md, unlink, handle);
	if (rc)
		lnet_api_me_unlink(me_handle(me));
	return rc;
}
EXPORT_SYMBOL(LNetMDAttach);

/**
 * LNetMDBind() - prepare memory to send from, or to fetch into
 * @umd: the memory; a fragment array is copied
 * @unlink: LNET_UNLINK: unlink the MD when @umd_threshold operations have ended; LNET_RETAIN:
 *	keep it
 * @handle: set to the handle of the MD
 *
 * If a GET, or a PUT that asks for an ACK, gets no answer in lnet_transaction_timeout= seconds,
 * LNet unlinks the MD, and its handler has the UNLINK event; not with LNET_MD_NO_TRACK_RESPONSE.
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM; -EINVAL: malformed @umd, bad @unlink, or more than LNET_MTU bytes;
 * -ENETDOWN; -EDEADLK.
 */
int LNetMDBind(const struct lnet_handler_md *umd, enum lnet_unlink unlink,
	       struct lnet_handle_md *handle)
{
	struct lnet_md md;
	int rc;

	rc = handler_take_md(&md, umd);
	if (rc)
		return rc;
	/* Here an answer that does not come ends the MD, unless its maker says otherwise. */
	if (!(umd->umd_options & LNET_MD_NO_TRACK_RESPONSE))
		md.options |= LNET_MD_TRACK_RESPONSE;
	return lnet_api_md_bind(md, unlink, handle);
}
EXPORT_SYMBOL(LNetMDBind);

/**
 * LNetMDUnlink() - take the memory of an MD back
 * @mdh: handle of the MD; stale from now on
 *
 * If the MD is idle, its handler has had the UNLINK event when the call returns; in a handler, it
 * may come only after that has returned. If the MD is busy, its last event will say `unlinked`. In
 * any case no handler runs for the MD when the call returns, except for that UNLINK event, and no
 * event of a message that comes later says success. So two of a user's handlers must not unlink
 * each other's MDs.
 *
 * Context: task; may sleep if the caller may; the caller holds no lock that a handler takes.
 * Return: 0; -ENOENT: no such MD, or unlinked already; its last event has been handled, unless a
 * message is still on its way; or another thread is about to unlink the MD, and the caller is in a
 * handler, or must not sleep.
 */
int LNetMDUnlink(struct lnet_handle_md mdh)
{
	bool busy;
	int rc;

	rc = lnet_md_unlink_strict(mdh, &busy);
	if (unlikely(busy))
		lnet_eq_wait_handled(mdh.cookie);
	return rc;
}
EXPORT_SYMBOL(LNetMDUnlink);

/* Messages ------------------------------------------------------------------------ */

/* Get the numbers of both NIDs of a message. Returns 0 or -ENOMEM. */
static int handler_nids(const struct lnet_nid *self, const struct lnet_processid *target,
			lnet_nid_t *from, lnet_nid_t *to)
{
	int rc = lnet_handler_nid(self, from);

	if (unlikely(rc))
		return rc;
	rc = lnet_handler_nid(&target->nid, to);
	if (unlikely(rc))
		lnet_nid_put(*from);
	return rc;
}

/**
 * LNetPut() - send the memory of an MD
 * @self: NID to send from; NULL, or the one that stands for any: LNet chooses
 * @mdh: handle of a bound MD; all of its memory is sent
 * @ack: LNET_ACK_REQ to get an ACK event when the target has the payload, else LNET_NOACK_REQ
 * @target: the process to send to
 * @portal: index of the portal at the target
 * @match_bits: match bits of the message
 * @offset: offset in the target's MD, in bytes, if that has LNET_MD_MANAGE_REMOTE
 * @hdr_data: 64 bits for the target's event, carried unchanged
 *
 * Context: task; may sleep.
 * Return: 0: a SEND event will come, which says whether the message could be sent; or -errno, and
 * no event comes: -EINVAL: @portal is too large; -ENOENT: @mdh is stale, or its MD is attached to
 * an ME or exhausted; -EBUSY: too many operations are in flight on the MD; -ENOMEM; -ENETDOWN;
 * -EDEADLK.
 */
int LNetPut(struct lnet_nid *self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_processid *target, unsigned int portal, __u64 match_bits,
	    unsigned int offset, __u64 hdr_data)
{
	struct lnet_process_id to = { .pid = target->pid };
	lnet_nid_t from;
	int rc;

	rc = handler_nids(self, target, &from, &to.nid);
	if (rc)
		return rc;
	rc = lnet_api_put(from, mdh, ack, to, portal, match_bits, offset, hdr_data);
	lnet_nid_put(to.nid);
	lnet_nid_put(from);
	return rc;
}
EXPORT_SYMBOL(LNetPut);

/**
 * LNetGet() - fetch data into the memory of an MD
 * @self: NID to send from; NULL, or the one that stands for any: LNet chooses
 * @mdh: handle of a bound MD; its length is the length that is asked for
 * @target: the process to fetch from
 * @portal: index of the portal at the target
 * @match_bits: match bits of the message
 * @offset: offset in the target's MD, in bytes, if that has LNET_MD_MANAGE_REMOTE
 * @recovery: ignored
 *
 * Context: task; may sleep.
 * Return: 0: a SEND event will come, and a REPLY event if it says success and the target answers;
 * or -errno as LNetPut().
 */
int LNetGet(struct lnet_nid *self, struct lnet_handle_md mdh, struct lnet_processid *target,
	    unsigned int portal, __u64 match_bits, unsigned int offset, bool recovery)
{
	struct lnet_process_id to = { .pid = target->pid };
	lnet_nid_t from;
	int rc;

	rc = handler_nids(self, target, &from, &to.nid);
	if (rc)
		return rc;
	rc = lnet_api_get(from, mdh, to, portal, match_bits, offset, recovery);
	lnet_nid_put(to.nid);
	lnet_nid_put(from);
	return rc;
}
EXPORT_SYMBOL(LNetGet);

/**
 * LNetSetLazyPortal() - let PUTs without a match wait on a portal
 * @portal: index of the portal
 *
 * Context: task.
 * Return: 0; -EINVAL: there is no such portal; -ENETDOWN; -EDEADLK.
 */
int LNetSetLazyPortal(int portal)
{
	return lnet_api_set_lazy_portal(portal);
}
EXPORT_SYMBOL(LNetSetLazyPortal);

/**
 * LNetClearLazyPortal() - drop the PUTs that wait on a portal, and let no more wait
 * @portal: index of the portal
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: there is no such portal; -ENETDOWN; -EDEADLK.
 */
int LNetClearLazyPortal(int portal)
{
	return lnet_api_clear_lazy_portal(portal);
}
EXPORT_SYMBOL(LNetClearLazyPortal);
