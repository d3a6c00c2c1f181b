// SPDX-License-Identifier: GPL-2.0
/*
 * PUT and GET: from MDs that all share, and from a few that stay for a whole
 * life of LNet, of which at its end every PUT and every ACK is accounted for.
 */
#include "fuzz.h"

enum {
	STAYING		= 4,
	STAYING_BYTES	= 300,
	HOT		= 2,
	HOT_PUTS	= 64,
};

const struct lnet_process_id fuzz_lo = { LNET_NID_LO_0, FUZZ_PID };

static struct fuzz_eq move_eq;
static struct fuzz_md *move_staying[STAYING];
static struct fuzz_md *move_hot[HOT];
static struct lnet_handle_me move_hot_me[HOT];
static atomic_t move_hot_sent[HOT];

/* Where a message from @md goes; a record says if it is by a network. */
static struct lnet_process_id move_target(struct fuzz_by *by, struct fuzz_md *md)
{
	struct lnet_process_id id = fuzz_lo;

	if (md && md->quiet)
		return id;
	/* No such node: the SEND event says so. */
	if (fuzz_once_in(by, 32))
		id.nid = LNET_MKNID(LNET_MKNET(SOCKLND, 7), fuzz_below(by, 9));
	else if (fuzz_with[FUZZ_NET] && fuzz_once_in(by, 3))
		id = fuzz_net_target(by);
	if (md && LNET_NETTYP(LNET_NIDNET(id.nid)) == GNILND)
		WRITE_ONCE(md->net, true);
	return id;
}

static lnet_nid_t move_self(struct fuzz_by *by, lnet_nid_t target)
{
	if (LNET_NETTYP(LNET_NIDNET(target)) == GNILND)
		return fuzz_net_self(by);
	switch (fuzz_below(by, 4)) {
	case 0:
		return LNET_NID_LO_0;
	case 1:
		return fuzz_draw(by);	/* does not matter to ourselves */
	default:
		return LNET_NID_ANY;
	}
}

/* A PUT, mostly to ourselves; the caller holds @md, or it has no record. */
int fuzz_put(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
	     u64 cookie, bool ack, unsigned int portal, u64 bits,
	     unsigned int offset)
{
	u64 hdr_data = fuzz_hdr_data(by, md ? md->id : 0, ack, offset);
	struct lnet_process_id target = move_target(by, md);
	struct lnet_handle_md mdh = { cookie };
	int rc;

	rc = LNetPut(move_self(by, target.nid), mdh,
		     ack ? LNET_ACK_REQ : LNET_NOACK_REQ, target, portal, bits,
		     offset, hdr_data);
	if (!rc && md)
		atomic_inc(&md->ops);
	return fuzz_said(by, FUZZ_LNetPut, class, rc);
}

/* The same for a GET. */
int fuzz_get(struct fuzz_by *by, enum fuzz_class class, struct fuzz_md *md,
	     u64 cookie, unsigned int portal, u64 bits, unsigned int offset)
{
	struct lnet_process_id target = move_target(by, md);
	struct lnet_handle_md mdh = { cookie };
	int rc;

	rc = LNetGet(move_self(by, target.nid), mdh, target, portal, bits,
		     offset, fuzz_below(by, 2));
	if (!rc && md)
		atomic_inc(&md->ops);
	return fuzz_said(by, FUZZ_LNetGet, class, rc);
}

/* An MD of the board with a record of a sort, looked for from a place on. */
static struct fuzz_md *move_find(unsigned int place, enum fuzz_sort sort,
				 struct fuzz_handle *h)
{
	struct fuzz_md *md;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		*h = fuzz_board_get(FUZZ_MD, (place + i) % FUZZ_PLACES);
		md = fuzz_md_hold(h->id);
		if (md && md->sort == sort)
			return md;
		if (md)
			fuzz_md_put(md);
	}
	return NULL;
}

static void move_shared(struct fuzz_by *by, enum fuzz_sort sort, bool ack,
			unsigned int portal, u64 bits, unsigned int offset)
{
	struct fuzz_handle h;
	struct fuzz_md *md;

	md = move_find(fuzz_below(by, FUZZ_PLACES), sort, &h);
	if (!md)
		return;
	if (sort == FUZZ_SOURCE)
		fuzz_put(by, FUZZ_SHARED, md, h.cookie, ack, portal, bits,
			 offset);
	else
		fuzz_get(by, FUZZ_SHARED, md, h.cookie, portal, bits, offset);
	fuzz_md_put(md);
}

/* From an MD that is attached, or from a handle that is no MD's. */
static void move_refused(struct fuzz_by *by, bool put, unsigned int portal,
			 u64 bits)
{
	static const enum fuzz_class classes[] = {
		FUZZ_STALE, FUZZ_KIND, FUZZ_RANDOM,
	};
	enum fuzz_class class = classes[fuzz_below(by, ARRAY_SIZE(classes))];
	struct fuzz_handle h;

	class = fuzz_pick(by, FUZZ_MD, class, &h);
	if (put)
		fuzz_put(by, class, NULL, h.cookie, true, portal, bits, 0);
	else
		fuzz_get(by, class, NULL, h.cookie, portal, bits, 0);
}

static void move_attached(struct fuzz_by *by, unsigned int portal)
{
	struct fuzz_handle h;
	struct fuzz_md *md;

	md = move_find(fuzz_below(by, FUZZ_PLACES), FUZZ_SINK, &h);
	if (!md)
		return;
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_KIND,
		   LNetPut(LNET_NID_ANY, md->handle, LNET_ACK_REQ, fuzz_lo,
			   portal, 0, 0, 0), -ENOENT);
	fuzz_md_put(md);
}

/* No thread unlinks it, so nothing but success is right. */
static void move_staying_put(struct fuzz_by *by, struct fuzz_md *md, bool ack,
			     unsigned int portal, u64 bits, unsigned int offset)
{
	u64 hdr_data = fuzz_hdr_data(by, md->id, ack, offset);
	int rc;

	rc = LNetPut(move_self(by, LNET_NID_LO_0), md->handle,
		     ack ? LNET_ACK_REQ : LNET_NOACK_REQ, fuzz_lo, portal, bits,
		     offset, hdr_data);
	if (!rc)
		atomic_inc(&md->ops);
	fuzz_exact(by, FUZZ_LNetPut, FUZZ_VALID, rc, 0);
}

/* PUTs for the MD that all threads send to at the same time. */
void fuzz_step_hot(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, HOT_PUTS), which;

	for (; n; n--) {
		which = fuzz_below(by, HOT);
		move_staying_put(by, move_staying[fuzz_below(by, STAYING)],
				 fuzz_below(by, 2), FUZZ_PORTAL_HOT, which, 0);
		atomic_inc(&move_hot_sent[which]);
	}
}

/* A PUT to a portal that all share. */
void fuzz_step_put(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int offset = fuzz_below(by, 3) ? 0 : fuzz_below(by, 3000);
	unsigned int which = fuzz_below(by, STAYING);
	u64 bits = fuzz_below(by, FUZZ_BITS);
	bool ack = fuzz_below(by, 2);

	by->depth++;
	switch (fuzz_below(by, 8)) {
	case 0:
		move_refused(by, true, portal, bits);
		break;
	case 1:
		move_attached(by, portal);
		break;
	case 2:
	case 3:
	case 4:
		move_staying_put(by, move_staying[which], ack, portal, bits,
				 offset);
		break;
	default:
		move_shared(by, FUZZ_SOURCE, ack, portal, bits, offset);
	}
	by->depth--;
}

/* A GET from one. */
void fuzz_step_get(struct fuzz_by *by)
{
	unsigned int portal = FUZZ_PORTAL + fuzz_below(by, FUZZ_PORTALS);
	unsigned int offset = fuzz_below(by, 3) ? 0 : fuzz_below(by, 3000);
	u64 bits = fuzz_below(by, FUZZ_BITS);

	if (fuzz_once_in(by, 4))
		move_refused(by, false, portal, bits);
	else
		move_shared(by, FUZZ_FETCH, false, portal, bits, offset);
}

static int hot_attach(struct fuzz_by *by, unsigned int i)
{
	struct fuzz_md *md;

	md = fuzz_md_new(by, FUZZ_SINK, &move_eq, move_eq.cookie, STAYING_BYTES,
			 i);
	if (!md)
		return -ENOMEM;
	md->umd.options |= LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE;
	move_hot[i] = md;
	atomic_set(&move_hot_sent[i], 0);
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(FUZZ_PORTAL_HOT, fuzz_lo, i, 0, LNET_UNLINK,
				LNET_INS_AFTER, &move_hot_me[i]), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(move_hot_me[i], md->umd, LNET_UNLINK,
				&md->handle), 0);
	return 0;
}

static void hot_end(struct fuzz_by *by, unsigned int i)
{
	struct fuzz_md *md = move_hot[i];
	unsigned int sent = atomic_read(&move_hot_sent[i]);

	if (md->landed != sent)
		fuzz_wrong(by, "match", "%u PUTs to one MD, %u have landed",
			   sent, md->landed);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID,
		   LNetMEUnlink(move_hot_me[i]), 0);
	if (md->lasts != 1)
		fuzz_wrong(by, "no-last", "MD %#llx has had %u last events after LNetMEUnlink()",
			   md->handle.cookie, md->lasts);
	fuzz_md_put(md);
}

/* Those that stay, before any thread runs. 0 or -errno. */
int fuzz_move_init(struct fuzz_by *by)
{
	struct fuzz_md *md;
	unsigned int i;
	int rc;

	fuzz_eq_setup(&move_eq);
	rc = fuzz_eq_make(by, &move_eq, 0);
	for (i = 0; i < STAYING && !rc; i++) {
		md = fuzz_md_new(by, FUZZ_SOURCE, &move_eq, move_eq.cookie,
				 STAYING_BYTES, 0);
		if (!md)
			return -ENOMEM;
		move_staying[i] = md;
		rc = fuzz_said(by, FUZZ_LNetMDBind, FUZZ_VALID,
			       LNetMDBind(md->umd, LNET_RETAIN, &md->handle));
	}
	for (i = 0; i < HOT && !rc; i++)
		rc = hot_attach(by, i);
	return rc;
}

/* No message is under way, none waits: every ACK has come. */
void fuzz_move_exit(struct fuzz_by *by)
{
	struct fuzz_md *md;
	unsigned int i;

	for (i = 0; i < HOT; i++)
		hot_end(by, i);
	for (i = 0; i < STAYING; i++) {
		md = move_staying[i];
		fuzz_md_acked(by, md);
		fuzz_exact(by, FUZZ_LNetMDUnlink, FUZZ_VALID,
			   LNetMDUnlink(md->handle), 0);
		fuzz_md_put(md);
	}
	if (fuzz_eq_free(by, &move_eq, FUZZ_VALID))
		fuzz_wrong(by, "errno", "the EQ of all that stays cannot be freed");
}
