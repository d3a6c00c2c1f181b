// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone with its own lazy portal, with MDs that are good for so many
 * messages, and with LNet's own portal: what comes of it is known.
 */
#include "fuzz.h"

#include <linux/minmax.h>

enum {
	LAZY_MOST	= 12,		/* PUTs that wait */
	PING_MAGIC	= 0x70696e67,
};

#define PING_BITS	0x8000000000000000ULL

static void lazy_set(struct fuzz_by *by, bool lazy)
{
	int portal = fuzz_owns[by->thread].portal;

	if (lazy)
		fuzz_exact(by, FUZZ_LNetSetLazyPortal, FUZZ_VALID,
			   LNetSetLazyPortal(portal), 0);
	else
		fuzz_exact(by, FUZZ_LNetClearLazyPortal, FUZZ_VALID,
			   LNetClearLazyPortal(portal), 0);
}

/* An MD that takes PUTs from where the last one ended. */
static struct fuzz_md *lazy_attach(struct fuzz_by *by, u64 bits, int threshold,
				   enum lnet_unlink unlink,
				   struct lnet_handle_me *meh)
{
	struct fuzz_own *own = &fuzz_owns[by->thread];
	struct lnet_process_id id = fuzz_lo;
	struct fuzz_md *md;

	if (fuzz_below(by, 2))
		id.nid = LNET_NID_ANY;
	md = fuzz_md_new(by, FUZZ_SINK, &own->eq, own->eq.cookie, FUZZ_BYTES,
			 fuzz_below(by, 3));
	if (!md)
		return NULL;
	md->quiet = true;
	md->umd.options |= LNET_MD_OP_PUT;
	md->umd.threshold = threshold;
	fuzz_exact(by, FUZZ_LNetMEAttach, FUZZ_VALID,
		   LNetMEAttach(own->portal, id, bits, 0, LNET_RETAIN,
				LNET_INS_AFTER, meh), 0);
	fuzz_exact(by, FUZZ_LNetMDAttach, FUZZ_VALID,
		   LNetMDAttach(*meh, md->umd, unlink, &md->handle), 0);
	return md;
}

/* @n PUTs, each with its number from @from on. */
static void lazy_put(struct fuzz_by *by, struct fuzz_md *src, u64 bits,
		     unsigned int from, unsigned int n, bool ack)
{
	unsigned int sends = src->sends, i;

	for (i = 0; i < n; i++)
		fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, ack,
			 fuzz_owns[by->thread].portal, bits, from + i);
	if (src->sends != sends + n)
		fuzz_wrong(by, "no-send", "%u SEND events of %u PUTs to a lazy portal",
			   src->sends - sends, n);
}

static void lazy_expect(struct fuzz_by *by, const struct fuzz_md *md,
			const struct fuzz_md *src, unsigned int landed,
			bool ack, const char *when)
{
	if (md->landed != landed)
		fuzz_wrong(by, "lazy", "%u PUTs have landed %s, not %u",
			   md->landed, when, landed);
	else if (landed && FUZZ_HDR_OFFSET(md->hdr_data) != landed - 1)
		fuzz_wrong(by, "lazy", "PUT %u is the %uth that has landed %s",
			   FUZZ_HDR_OFFSET(md->hdr_data), landed, when);
	if (src->acks != (ack ? landed : 0))
		fuzz_wrong(by, "no-ack", "%u ACKs of %u PUTs that have landed %s",
			   src->acks, landed, when);
}

/* PUTs that wait, those that get a place, and those that are dropped. */
void fuzz_step_own_lazy(struct fuzz_by *by)
{
	unsigned int n = 1 + fuzz_below(by, LAZY_MOST);
	unsigned int room = fuzz_below(by, 2) ? 4 * LAZY_MOST :
						1 + fuzz_below(by, LAZY_MOST);
	unsigned int bytes = fuzz_below(by, FUZZ_BYTES / (4 * LAZY_MOST));
	bool ack = fuzz_below(by, 2), clear = fuzz_below(by, 4);
	enum lnet_unlink unlink = fuzz_below(by, 2) ? LNET_UNLINK : LNET_RETAIN;
	u64 bits = fuzz_draw(by);
	struct lnet_handle_me meh;
	struct fuzz_md *src, *md;

	src = fuzz_own_source(by, FUZZ_SOURCE, bytes, LNET_MD_THRESH_INF);
	if (!src)
		return;
	lazy_set(by, true);
	lazy_put(by, src, bits, 0, n, ack);
	if (!clear)
		lazy_set(by, false);
	md = lazy_attach(by, bits, room, unlink, &meh);
	if (!md)
		goto out;
	lazy_expect(by, md, src, clear ? min(n, room) : 0, ack,
		    "from a lazy portal");
	lazy_put(by, src, bits, clear ? n : 0, 2, ack);
	lazy_expect(by, md, src, min(clear ? n + 2 : 2, room), ack, "in all");
	fuzz_own_unlink(by, md, unlink && md->landed == room ? -ENOENT : 0);
	fuzz_exact(by, FUZZ_LNetMEUnlink, FUZZ_VALID, LNetMEUnlink(meh), 0);
out:
	/* PUTs that did not get a place are dropped. */
	lazy_set(by, false);
	fuzz_own_unlink(by, src, 0);
}

static void source_spend(struct fuzz_by *by, bool unlink)
{
	unsigned int threshold = 1 + fuzz_below(by, 3), i;
	struct fuzz_own *own = &fuzz_owns[by->thread];
	u64 bits = fuzz_draw(by);
	struct fuzz_md *md;

	md = fuzz_md_new(by, FUZZ_SOURCE, &own->eq, own->eq.cookie, 16, 0);
	if (!md)
		return;
	md->quiet = true;
	md->umd.threshold = threshold;
	fuzz_exact(by, FUZZ_LNetMDBind, FUZZ_VALID,
		   LNetMDBind(md->umd, unlink ? LNET_UNLINK : LNET_RETAIN,
			      &md->handle), 0);
	for (i = 0; i < threshold; i++)
		if (fuzz_put(by, FUZZ_VALID, md, md->handle.cookie, true,
			     own->portal, bits, 0))
			fuzz_wrong(by, "errno", "LNetPut() %u of %u refused",
				   i + 1, threshold);
	fuzz_exact(by, FUZZ_LNetPut, unlink ? FUZZ_FREED : FUZZ_VALID,
		   LNetPut(LNET_NID_ANY, md->handle, LNET_NOACK_REQ, fuzz_lo,
			   own->portal, bits, 0, 0), -ENOENT);
	fuzz_exact(by, FUZZ_LNetGet, unlink ? FUZZ_FREED : FUZZ_VALID,
		   LNetGet(LNET_NID_ANY, md->handle, fuzz_lo, own->portal, bits,
			   0, false), -ENOENT);
	fuzz_own_unlink(by, md, unlink ? -ENOENT : 0);
}

/* LNet's own portal: a GET is a ping, a PUT a push. */
void fuzz_step_ping(struct fuzz_by *by)
{
	struct fuzz_md *src, *sink;

	source_spend(by, fuzz_below(by, 2));
	src = fuzz_own_source(by, FUZZ_SOURCE, fuzz_below(by, 200),
			      LNET_MD_THRESH_INF);
	sink = fuzz_own_source(by, FUZZ_FETCH, 4 + fuzz_below(by, 200),
			       LNET_MD_THRESH_INF);
	if (src && sink) {
		/* No handler of ours is the target's. */
		atomic_inc(&src->acks_due);
		fuzz_put(by, FUZZ_VALID, src, src->handle.cookie, true,
			 LNET_RESERVED_PORTAL, PING_BITS, 0);
		fuzz_get(by, FUZZ_VALID, sink, sink->handle.cookie,
			 LNET_RESERVED_PORTAL, PING_BITS, 0);
		if (src->acks != 1)
			fuzz_wrong(by, "no-ack", "%u ACKs of a push", src->acks);
		if (sink->replies != 1 || *(u32 *)sink->mem != PING_MAGIC)
			fuzz_wrong(by, "no-reply", "%u answers to a ping, it begins with %#x",
				   sink->replies, *(u32 *)sink->mem);
	}
	if (src)
		fuzz_own_unlink(by, src, 0);
	if (sink)
		fuzz_own_unlink(by, sink, 0);
}
