// SPDX-License-Identifier: GPL-2.0
/*
 * MDs of the handler interface, and their handler. What holds for every MD and every event is
 * checked by the code of the EQ interface (event.c, record.c), for which an event is translated.
 * What is stricter here:
 *
 * - after LNetMDUnlink() has returned 0 no handler of the MD runs that had begun before, and no
 *   event says success; nor does an UNLINK event come, unless a handler has called it;
 * - an UNLINK event tells of the MD, and of nothing else.
 */
#include "lustre.h"

#include <linux/err.h>
#include <linux/string.h>

/* A NID, and a process, as this interface names them. */
struct lnet_nid fuzz_nid(lnet_nid_t nid)
{
	struct lnet_nid large;

	lnet_nid_from_nid4(&large, nid);
	return large;
}

struct lnet_processid fuzz_id(lnet_nid_t nid)
{
	return (struct lnet_processid){ .nid = fuzz_nid(nid), .pid = FUZZ_PID };
}

/* The event as one of the EQ interface. */
static struct lnet_event hmd_translate(const struct lnet_handler_event *hev)
{
	struct lnet_event ev = {
		.type = hev->type, .pt_index = hev->pt_index, .match_bits = hev->match_bits,
		.mlength = hev->mlength, .md_handle = hev->md_handle, .hdr_data = hev->hdr_data,
		.msg_type = hev->msg_type, .status = hev->status, .unlinked = hev->unlinked,
		.offset = hev->offset,
	};

	ev.target.nid = lnet_nid_to_nid4(&hev->target.nid);
	ev.source.nid = lnet_nid_to_nid4(&hev->source.nid);
	ev.md.user_ptr = hev->md_user_ptr;
	ev.md.options = hev->md_options;
	/* Of a GET it does not tell how much was asked for. */
	ev.rlength = hev->type == LNET_EVENT_GET ? hev->mlength : hev->rlength;
	return ev;
}

static bool hmd_is_bare(const struct lnet_handler_event *hev)
{
	struct lnet_handler_event bare;

	memset(&bare, 0, sizeof(bare));
	bare.type = LNET_EVENT_UNLINK;
	bare.md_handle = hev->md_handle;
	bare.md_start = hev->md_start;
	bare.md_user_ptr = hev->md_user_ptr;
	bare.md_options = hev->md_options;
	bare.unlinked = 1;
	return !memcmp(hev, &bare, sizeof(bare));
}

/* May it come no more, as the MD was taken back? */
static bool hmd_is_late(const struct lnet_handler_event *hev, enum fuzz_taken taken)
{
	if (hev->type == LNET_EVENT_UNLINK)
		return taken == FUZZ_TAKEN;
	return taken && !hev->status;
}

static void hmd_check(const struct fuzz_md *md, const struct lnet_handler_event *hev,
		      enum fuzz_taken taken)
{
	struct fuzz_by by = { .handler = true };

	if (hev->md_handle.cookie != md->handle.cookie || hev->md_start != md->umd.start ||
	    hev->md_options != (md->umd.options | LNET_MD_KIOV))
		fuzz_wrong(&by, "event", "%s for MD %#llx has another's handle, memory or options",
			   lnet_event_name(hev->type), md->handle.cookie);
	if (hev->type == LNET_EVENT_UNLINK && !hmd_is_bare(hev))
		fuzz_wrong(&by, "event", "an UNLINK event tells of more than the MD");
	if (hmd_is_late(hev, taken))
		fuzz_wrong(&by, "taken-back", "%s, status %d, for MD %#llx, which was taken back",
			   lnet_event_name(hev->type), hev->status, md->handle.cookie);
}

/* The handler. */
static void hmd_handle(struct lnet_handler_event *hev)
{
	struct fuzz_md *md = fuzz_md_hold((unsigned long)hev->md_user_ptr);
	struct lnet_event ev = hmd_translate(hev);
	struct fuzz_by by = { .handler = true };
	enum fuzz_taken taken;

	if (!md) {
		fuzz_event(&ev);	/* it is a stranger's */
		return;
	}
	taken = READ_ONCE(md->taken);
	hmd_check(md, hev, taken);
	fuzz_event(&ev);
	/* One that says success has begun before the MD was taken back. */
	if (!taken && !hev->status && hmd_is_late(hev, READ_ONCE(md->taken)))
		fuzz_wrong(&by, "taken-back", "LNetMDUnlink() of %#llx is over, its handler runs",
			   md->handle.cookie);
	fuzz_md_put(md);
}

/* A record, as fuzz_md_new(): its memory is in one piece, or a page. */
struct fuzz_md *fuzz_hmd_new(struct fuzz_by *by, enum fuzz_sort sort, unsigned int bytes)
{
	struct fuzz_md *md;

	md = fuzz_md_new(by, sort, &fuzz_lustre_eq, READ_ONCE(fuzz_lustre_eq.cookie), bytes,
			 fuzz_below(by, 2) ? 2 : 0);
	if (!md)
		return NULL;
	md->lustre = true;
	return md;
}

static struct lnet_handler_md hmd_describe(const struct fuzz_md *md)
{
	return (struct lnet_handler_md){
		.umd_start = md->umd.start, .umd_length = md->umd.length,
		.umd_threshold = md->umd.threshold, .umd_max_size = md->umd.max_size,
		.umd_options = md->umd.options, .umd_user_ptr = md->umd.user_ptr,
		.umd_handler = hmd_handle,
	};
}

/* Post an ME with an MD, for messages from a NID, or any. */
int fuzz_hmd_attach(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
		    unsigned int portal, lnet_nid_t nid, u64 bits, u64 ignore,
		    enum lnet_unlink unlink)
{
	struct lnet_handler_md umd = hmd_describe(md);
	struct lnet_processid id = fuzz_id(nid);
	struct lnet_me *me;
	int rc;

	me = LNetMEAttach(portal, &id, bits, ignore, LNET_UNLINK, fuzz_below(by, 3));
	rc = fuzz_said(by, FUZZ_H_LNetMEAttach, class, PTR_ERR_OR_ZERO(me));
	if (rc)
		return rc;
	return fuzz_said(by, FUZZ_H_LNetMDAttach, class,
			 LNetMDAttach(me, &umd, unlink, &md->handle));
}

/* Bind an MD; LNet waits for answers, or not: never where a model is kept, on a slow machine. */
int fuzz_hmd_bind(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
		  enum lnet_unlink unlink)
{
	struct lnet_handler_md umd = hmd_describe(md);

	if (md->quiet || fuzz_below(by, 2))
		umd.umd_options |= LNET_MD_NO_TRACK_RESPONSE;
	return fuzz_said(by, FUZZ_H_LNetMDBind, class, LNetMDBind(&umd, unlink, &md->handle));
}

/* Two handlers must not wait for each other: each takes back only MDs with higher numbers. */
static bool hmd_may_unlink(const struct fuzz_by *by, enum fuzz_class class, struct fuzz_handle h)
{
	if (!by->handler)
		return true;
	if (class == FUZZ_STALE)
		return false;
	return !h.id || (by->md_lustre && h.id >= by->md);
}

/* Take an MD back, if the caller may. */
int fuzz_hmd_unlink(struct fuzz_by *by, enum fuzz_class class, struct fuzz_handle h)
{
	bool own = by->handler && by->md == h.id && h.id;
	struct lnet_handle_md mdh = { h.cookie };
	struct fuzz_md *md;
	int rc;

	if (!hmd_may_unlink(by, class, h))
		return 0;
	md = fuzz_md_hold(h.id);
	rc = fuzz_said(by, FUZZ_H_LNetMDUnlink, class, LNetMDUnlink(mdh));
	if (!rc && md && !own)
		WRITE_ONCE(md->taken, by->handler ? FUZZ_TAKEN_IN_HANDLER : FUZZ_TAKEN);
	if (class == FUZZ_SHARED || class == FUZZ_VALID) {
		fuzz_bury(FUZZ_HMD, h.cookie);
		fuzz_exact(by, FUZZ_H_LNetMDUnlink, FUZZ_FREED, LNetMDUnlink(mdh), -ENOENT);
	}
	if (md)
		fuzz_md_put(md);
	return rc;
}

static struct lnet_processid hmd_target(struct fuzz_by *by, struct fuzz_md *md)
{
	struct lnet_process_id id = fuzz_lo;

	if (!md || !md->quiet) {
		if (fuzz_once_in(by, 32))
			id.nid = LNET_MKNID(LNET_MKNET(SOCKLND, 7), fuzz_below(by, 9));
		else if (fuzz_with[FUZZ_NET] && fuzz_once_in(by, 3))
			id = fuzz_net_target(by);
	}
	if (md && LNET_NETTYP(LNET_NIDNET(id.nid)) == GNILND)
		WRITE_ONCE(md->net, true);
	return fuzz_id(id.nid);
}

/* A PUT, as fuzz_put(). */
int fuzz_hmd_put(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md, u64 cookie,
		 bool ack, unsigned int portal, u64 bits, unsigned int offset)
{
	u64 hdr_data = fuzz_hdr_data(by, md ? md->id : 0, ack, offset);
	struct lnet_processid target = hmd_target(by, md);
	struct lnet_nid self = fuzz_nid(fuzz_net_self(by));
	struct lnet_handle_md mdh = { cookie };
	int rc;

	rc = LNetPut(fuzz_below(by, 2) ? NULL : &self, mdh, ack ? LNET_ACK_REQ : LNET_NOACK_REQ,
		     &target, portal, bits, offset, hdr_data);
	if (!rc && md)
		atomic_inc(&md->ops);
	return fuzz_said(by, FUZZ_H_LNetPut, class, rc);
}

/* The same for a GET. */
int fuzz_hmd_get(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md, u64 cookie,
		 unsigned int portal, u64 bits, unsigned int offset)
{
	struct lnet_processid target = hmd_target(by, md);
	struct lnet_nid self = fuzz_nid(fuzz_net_self(by));
	struct lnet_handle_md mdh = { cookie };
	int rc;

	rc = LNetGet(fuzz_below(by, 2) ? NULL : &self, mdh, &target, portal, bits, offset,
		     fuzz_below(by, 2));
	if (!rc && md)
		atomic_inc(&md->ops);
	return fuzz_said(by, FUZZ_H_LNetGet, class, rc);
}
