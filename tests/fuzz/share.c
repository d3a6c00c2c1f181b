// SPDX-License-Identifier: GPL-2.0
/*
 * MEs and MDs on portals that all threads and handlers share. The table (call.c)
 * has the results that a call may have; which object a handle meant at that moment
 * cannot be known.
 */
#include "fuzz.h"

#include <linux/slab.h>

/* Memory of MDs without an EQ: no event says when LNet is done with it. */
static u8 share_scratch[FUZZ_BYTES];

/* The source that an ME is for: us, any, and sometimes a node that never sends. */
struct lnet_process_id fuzz_anybody(struct fuzz_by *by)
{
	struct lnet_process_id id = fuzz_lo;

	switch (fuzz_below(by, 8)) {
	case 0:
		id.nid = LNET_NID_ANY;
		break;
	case 1:
		id.pid = LNET_PID_ANY;
		break;
	case 2:
		id.nid = LNET_NID_ANY;
		id.pid = LNET_PID_ANY;
		break;
	case 3:
		id.nid = LNET_MKNID(LNET_MKNET(SOCKLND, 0), fuzz_below(by, 99));
		break;
	}
	return id;
}

static void share_use_freed(struct fuzz_by *by, struct lnet_handle_me meh)
{
	struct lnet_handle_me beside;

	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_FREED, LNetMEUnlink(meh),
		   -ENOENT);
	if (fuzz_once_in(by, 4))
		fuzz_exact(by, FUZZ_LNetMEInsert, FUZZ_FREED,
			   LNetMEInsert(meh, fuzz_lo, 0, 0, LNET_RETAIN,
					LNET_INS_AFTER, &beside), -ENOENT);
}

/* End an ME, and its MD; the handle is stale then, whatever it was before. */
void fuzz_me_unlink(struct fuzz_by *by, struct fuzz_handle h,
		    enum fuzz_class class)
{
	struct lnet_handle_me meh = { h.cookie };

	fuzz_said(by, FUZZ_LNetMEUnlink, class, LNetMEUnlink(meh));
	if (class != FUZZ_SHARED && class != FUZZ_VALID)
		return;
	fuzz_bury(FUZZ_ME, h.cookie);
	share_use_freed(by, meh);
}

/* The same of an MD. Returns the result of LNetMDUnlink(). */
int fuzz_md_unlink(struct fuzz_by *by, struct fuzz_handle h,
		   enum fuzz_class class)
{
	struct lnet_handle_md mdh = { h.cookie };
	int rc;

	rc = fuzz_said(by, FUZZ_LNetMDUnlink, class, LNetMDUnlink(mdh));
	if (class != FUZZ_SHARED && class != FUZZ_VALID)
		return rc;
	fuzz_bury(FUZZ_MD, h.cookie);
	fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_FREED, LNetMDUnlink(mdh),
		   -ENOENT);
	return rc;
}

static void share_pin_me(struct fuzz_by *by, unsigned int place, u64 cookie)
{
	struct fuzz_handle h = { cookie };

	h = fuzz_board_swap(FUZZ_ME, place, h);
	if (h.cookie)
		fuzz_me_unlink(by, h, FUZZ_SHARED);
}

static void share_pin_md(struct fuzz_by *by, unsigned int place, u64 cookie,
			 u32 id)
{
	struct fuzz_handle h = { cookie, id };

	h = fuzz_board_swap(FUZZ_MD, place, h);
	if (h.cookie)
		fuzz_md_unlink(by, h, FUZZ_SHARED);
}

/* An MD without a record: it has no EQ, and nothing is known of it. */
static struct lnet_md share_plain_md(unsigned int options)
{
	struct lnet_md umd = {
		.start = share_scratch,
		.length = sizeof(share_scratch),
		.threshold = LNET_MD_THRESH_INF,
		.options = options | LNET_MD_ACK_DISABLE,
	};

	LNetInvalidateEQHandle(&umd.eq_handle);
	return umd;
}

/* The EQ that an MD gets, and its class. NULL: none, or a handle that is no EQ's. */
static struct fuzz_eq *share_pick_eq(struct fuzz_by *by, u64 *cookie,
				     enum fuzz_class *class)
{
	static const enum fuzz_class odd[] = {
		FUZZ_STALE, FUZZ_KIND, FUZZ_RANDOM,
	};
	struct fuzz_eq *q = fuzz_eq_any(by, cookie);
	unsigned int kind = fuzz_below(by, 10);
	enum fuzz_class wanted = odd[fuzz_below(by, ARRAY_SIZE(odd))];
	struct fuzz_handle h;

	*class = FUZZ_SHARED;
	if (kind > 3 && q)
		return q;
	*cookie = LNET_WIRE_HANDLE_COOKIE_NONE;
	if (kind > 1)
		return NULL;
	*class = fuzz_pick(by, FUZZ_EQ, wanted, &h);
	*cookie = h.cookie;
	/* That one is a way to say that there is none. */
	if (h.cookie == LNET_WIRE_HANDLE_COOKIE_NONE)
		*class = FUZZ_SHARED;
	return NULL;
}

static void share_draw_options(struct fuzz_by *by, struct lnet_md *umd,
			       unsigned int bytes)
{
	static const int thresholds[] = { 1, 1, 2, 5, LNET_MD_THRESH_INF };

	umd->threshold = thresholds[fuzz_below(by, ARRAY_SIZE(thresholds))];
	if (fuzz_below(by, 2))
		umd->options |= LNET_MD_TRUNCATE;
	if (fuzz_once_in(by, 3))
		umd->options |= LNET_MD_MANAGE_REMOTE;
	if (fuzz_once_in(by, 4))
		umd->options |= LNET_MD_ACK_DISABLE;
	if (fuzz_once_in(by, 4)) {
		umd->options |= LNET_MD_MAX_SIZE;
		umd->max_size = fuzz_below(by, bytes + 1);
	}
}

/* Has an MD been made? It goes to a place of the board. Without a record it is @mdh. */
static void share_end_md(struct fuzz_by *by, unsigned int place, struct fuzz_md *md,
			 struct lnet_handle_md mdh, int rc)
{
	if (!rc)
		share_pin_md(by, place, md ? md->handle.cookie : mdh.cookie,
			     md ? md->id : 0);
	if (md && rc)
		fuzz_md_give_up(md);
	if (md)
		fuzz_md_put(md);
}

/* Give an ME an MD, which goes to a place of the board. */
static void share_attach(struct fuzz_by *by, enum fuzz_class class,
			 struct lnet_handle_me meh, unsigned int place)
{
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / 2);
	bool store = fuzz_once_in(by, 4), unlink = fuzz_below(by, 2);
	unsigned int op = store ? LNET_MD_OP_GET : LNET_MD_OP_PUT;
	unsigned int memory = fuzz_below(by, 3);
	struct lnet_handle_md mdh = {};
	enum fuzz_class eq_class;
	struct fuzz_md *md = NULL;
	struct fuzz_eq *q;
	struct lnet_md umd;
	u64 eq;
	int rc;

	q = share_pick_eq(by, &eq, &eq_class);
	umd = share_plain_md(op);
	umd.eq_handle.cookie = eq;
	if (q) {
		md = fuzz_md_new(by, store ? FUZZ_STORE : FUZZ_SINK, q, eq,
				 bytes, memory);
		if (!md)
			return;
		md->umd.options |= op;
		share_draw_options(by, &md->umd, bytes);
		umd = md->umd;
	}
	/* Refused in any case if either is bad. */
	if (eq_class != FUZZ_SHARED)
		class = eq_class;
	else if (q && class == FUZZ_VALID)
		class = FUZZ_SHARED;	/* its EQ may be freed */
	rc = fuzz_said(by, FUZZ_LNetMDAttach, class,
		       LNetMDAttach(meh, umd, unlink ? LNET_UNLINK :
				    LNET_RETAIN, md ? &md->handle : &mdh));
	share_end_md(by, place, md, mdh, rc);
}

/* Post an ME, mostly with an MD. */
void fuzz_step_me(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int place = fuzz_below(by, FUZZ_PLACES);
	struct lnet_process_id id = fuzz_anybody(by);
	u64 ignore = fuzz_once_in(by, 4) ? fuzz_below(by, FUZZ_BITS) : 0;
	enum lnet_ins_pos pos = fuzz_below(by, 3);
	bool attach = fuzz_below(by, 8), unlink = fuzz_below(by, 2);
	struct lnet_handle_me meh;
	u64 bits = fuzz_below(by, FUZZ_BITS);
	int rc;

	rc = fuzz_said(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		       LNetMEAttach(portal, id, bits, ignore,
				    unlink ? LNET_UNLINK : LNET_RETAIN, pos,
				    &meh));
	if (rc)
		return;
	/* No other thread can know the ME yet: random handles are no handles of MEs. */
	if (attach)
		share_attach(by, FUZZ_VALID, meh, place);
	share_pin_me(by, place, meh.cookie);
}

/* Post one beside another. */
void fuzz_step_insert(struct fuzz_by *by)
{
	static const enum fuzz_class classes[] = {
		FUZZ_SHARED, FUZZ_SHARED, FUZZ_SHARED, FUZZ_STALE, FUZZ_KIND,
		FUZZ_RANDOM,
	};
	enum fuzz_class class = classes[fuzz_below(by, ARRAY_SIZE(classes))];
	unsigned int place = fuzz_below(by, FUZZ_PLACES);
	bool before = fuzz_below(by, 2), attach = fuzz_below(by, 4);
	struct lnet_process_id id = fuzz_anybody(by);
	u64 bits = fuzz_below(by, FUZZ_BITS);
	struct lnet_handle_me at, meh;
	struct fuzz_handle h;
	int rc;

	class = fuzz_pick(by, FUZZ_ME, class, &h);
	at.cookie = h.cookie;
	rc = fuzz_said(by, FUZZ_LNetMEInsert, class,
		       LNetMEInsert(at, id, bits, 0, LNET_UNLINK,
				    before ? LNET_INS_BEFORE : LNET_INS_AFTER,
				    &meh));
	if (rc)
		return;
	if (attach)
		share_attach(by, FUZZ_VALID, meh, place);
	share_pin_me(by, place, meh.cookie);
}

static enum fuzz_class share_draw_class(struct fuzz_by *by)
{
	static const enum fuzz_class classes[] = {
		FUZZ_SHARED, FUZZ_SHARED, FUZZ_SHARED, FUZZ_SHARED, FUZZ_STALE,
		FUZZ_KIND, FUZZ_RANDOM,
	};

	return classes[fuzz_below(by, ARRAY_SIZE(classes))];
}

/* Give an MD to an ME that all share, or to a handle that is no ME's. */
void fuzz_step_attach(struct fuzz_by *by)
{
	enum fuzz_class class = share_draw_class(by);
	unsigned int place = fuzz_below(by, FUZZ_PLACES);
	struct lnet_handle_me meh;
	struct fuzz_handle h;

	class = fuzz_pick(by, FUZZ_ME, class, &h);
	meh.cookie = h.cookie;
	share_attach(by, class, meh, place);
}

/* Bind an MD, to send from or to fetch into. */
void fuzz_step_bind(struct fuzz_by *by)
{
	unsigned int place = fuzz_below(by, FUZZ_PLACES);
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / 4);
	bool fetch = fuzz_once_in(by, 3), unlink = fuzz_below(by, 2);
	unsigned int memory = fuzz_below(by, 3);
	int threshold = fuzz_below(by, 2) ? LNET_MD_THRESH_INF :
					    1 + fuzz_below(by, 4);
	struct lnet_handle_md mdh = {};
	struct fuzz_md *md = NULL;
	enum fuzz_class class;
	struct lnet_md umd;
	struct fuzz_eq *q;
	u64 eq;
	int rc;

	q = share_pick_eq(by, &eq, &class);
	umd = share_plain_md(0);
	umd.length = bytes;
	umd.eq_handle.cookie = eq;
	if (q) {
		md = fuzz_md_new(by, fetch ? FUZZ_FETCH : FUZZ_SOURCE, q, eq,
				 bytes, memory);
		if (!md)
			return;
		md->umd.threshold = threshold;
		umd = md->umd;
	}
	rc = fuzz_said(by, FUZZ_LNetMDBind, class,
		       LNetMDBind(umd, unlink ? LNET_UNLINK : LNET_RETAIN,
				  md ? &md->handle : &mdh));
	share_end_md(by, place, md, mdh, rc);
}

/* Unlink an ME that all share, or a handle that is no ME's. */
void fuzz_step_me_unlink(struct fuzz_by *by)
{
	enum fuzz_class class = share_draw_class(by);
	struct fuzz_handle h;

	class = fuzz_pick(by, FUZZ_ME, class, &h);
	fuzz_me_unlink(by, h, class);
}

/* The same of MDs. */
void fuzz_step_md_unlink(struct fuzz_by *by)
{
	enum fuzz_class class = share_draw_class(by);
	struct fuzz_handle h;

	class = fuzz_pick(by, FUZZ_MD, class, &h);
	fuzz_md_unlink(by, h, class);
}

/* Two of the shared portals are lazy, sometimes. */
void fuzz_step_lazy(struct fuzz_by *by)
{
	int portal = FUZZ_PORTAL + fuzz_below(by, 2);

	if (fuzz_below(by, 3))
		fuzz_exact(by, FUZZ_LNetSetLazyPortal, FUZZ_SHARED,
			   LNetSetLazyPortal(portal), 0);
	else
		fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_SHARED,
			   LNetClearLazyPortal(portal), 0);
}

/* If the MD was live until now, it has had all its events. */
static void share_sweep_md(struct fuzz_by *by, struct fuzz_handle h)
{
	struct fuzz_md *md = fuzz_md_hold(h.id);

	if (!fuzz_md_unlink(by, h, FUZZ_SHARED) && md)
		fuzz_md_acked(by, md);
	if (md)
		fuzz_md_put(md);
}

/* End all that is on the board; no other thread does anything. */
void fuzz_share_sweep(struct fuzz_by *by)
{
	struct fuzz_handle h, none = {};
	unsigned int i;

	for (i = 0; i < 2; i++)
		fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_SHARED,
			   LNetClearLazyPortal(FUZZ_PORTAL + i), 0);
	for (i = 0; i < FUZZ_PLACES; i++) {
		h = fuzz_board_swap(FUZZ_ME, i, none);
		if (h.cookie)
			fuzz_me_unlink(by, h, FUZZ_SHARED);
		h = fuzz_board_swap(FUZZ_MD, i, none);
		if (h.cookie)
			share_sweep_md(by, h);
	}
}
