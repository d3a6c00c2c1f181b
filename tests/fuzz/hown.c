// SPDX-License-Identifier: GPL-2.0
/*
 * A thread alone with MDs of the handler interface, on its own portal: what comes of each call is
 * known. All MDs of this interface share what orders events, so those of the thread may come in
 * others, a little later.
 */
#include "lustre.h"

#include <linux/minmax.h>

enum { HOWN_MOST = 6 };

static struct fuzz_md *hown_md(struct fuzz_by *by, enum fuzz_sort sort, unsigned int bytes)
{
	struct fuzz_md *md = fuzz_hmd_new(by, sort, bytes);

	if (md)
		md->quiet = true;
	return md;
}

/* The MD goes, or is gone; idle or not, its last event comes. The caller holds it no more. */
static void hown_end(struct fuzz_by *by, struct fuzz_md *md, bool lives)
{
	struct fuzz_handle h = { md->handle.cookie, md->id };
	int rc = fuzz_hmd_unlink(by, FUZZ_VALID, h);

	if (rc != (lives ? 0 : -ENOENT))
		fuzz_wrong(by, "errno", "LNetMDUnlink() of an MD that %s: %d",
			   lives ? "lives" : "is used up", rc);
	/* No message is under way. */
	if (READ_ONCE(md->lasts) != 1)
		fuzz_wrong(by, "no-last", "MD %#llx has had %u last events after LNetMDUnlink()",
			   md->handle.cookie, md->lasts);
	fuzz_exact(by, FUZZ_H_LNetPut, FUZZ_FREED,
		   LNetPut(NULL, md->handle, LNET_ACK_REQ, &(struct lnet_processid){
			   .nid = fuzz_nid(LNET_NID_LO_0), .pid = FUZZ_PID }, 1, 0, 0, 0),
		   -ENOENT);
	fuzz_exact(by, FUZZ_H_LNetGet, FUZZ_FREED,
		   LNetGet(NULL, md->handle, &(struct lnet_processid){
			   .nid = fuzz_nid(LNET_NID_LO_0), .pid = FUZZ_PID }, 1, 0, 0, false),
		   -ENOENT);
	fuzz_md_put(md);
}

static void hown_expect(struct fuzz_by *by, const char *what, const unsigned int *count,
			unsigned int want)
{
	if (!fuzz_wait_for(READ_ONCE(*count) == want))
		fuzz_wrong(by, "match", "%u %s by the handler interface, not %u", *count, what,
			   want);
}

/* PUTs for one MD, which is good for so many. */
static void hown_puts(struct fuzz_by *by, struct fuzz_md *src, u64 bits)
{
	unsigned int room = 1 + fuzz_below(by, HOWN_MOST), n = 1 + fuzz_below(by, HOWN_MOST), i;
	unsigned int portal = fuzz_owns[by->thread].portal, lands = min(room, n);
	bool ack = fuzz_below(by, 2), unlink = fuzz_below(by, 2);
	struct fuzz_md *md = hown_md(by, FUZZ_SINK, 500);

	if (!md)
		return;
	md->umd.options |= LNET_MD_OP_PUT | LNET_MD_MANAGE_REMOTE;
	md->umd.threshold = room;
	fuzz_hmd_attach(by, FUZZ_VALID, md, portal, LNET_NID_LO_0, bits, 0,
			unlink ? LNET_UNLINK : LNET_RETAIN);
	for (i = 0; i < n; i++)
		if (fuzz_hmd_put(by, FUZZ_VALID, src, src->handle.cookie, ack, portal, bits, 0))
			fuzz_wrong(by, "errno", "LNetPut() from a good MD fails");
	hown_expect(by, "PUTs have landed", &md->landed, lands);
	hown_expect(by, "SEND events", &src->sends, n);
	hown_expect(by, "ACKs", &src->acks, ack ? lands : 0);
	if (unlink && n >= room)
		hown_expect(by, "last events", &md->lasts, 1);
	hown_end(by, md, !(unlink && n >= room));
}

/* GETs from one MD. */
static void hown_gets(struct fuzz_by *by, struct fuzz_md *sink, u64 bits)
{
	unsigned int portal = fuzz_owns[by->thread].portal, n = 1 + fuzz_below(by, HOWN_MOST), i;
	struct fuzz_md *md = hown_md(by, FUZZ_STORE, 500);

	if (!md)
		return;
	md->umd.options |= LNET_MD_OP_GET | LNET_MD_MANAGE_REMOTE;
	fuzz_hmd_attach(by, FUZZ_VALID, md, portal, LNET_NID_LO_0, bits, 0, LNET_RETAIN);
	for (i = 0; i < n; i++)
		if (fuzz_hmd_get(by, FUZZ_VALID, sink, sink->handle.cookie, portal, bits, 9))
			fuzz_wrong(by, "errno", "LNetGet() into a good MD fails");
	hown_expect(by, "GETs have landed", &md->landed, n);
	hown_expect(by, "REPLY events", &sink->replies, n);
	hown_expect(by, "SEND events", &sink->sends, n);
	if (!fuzz_filled(sink->mem, sink->bytes, md->id, 9))
		fuzz_wrong(by, "payload", "a REPLY by the handler interface is not what was there");
	hown_end(by, md, true);
}

/* An MD that takes messages, and one that sends them, or fetches. */
void fuzz_step_hown(struct fuzz_by *by)
{
	bool put = fuzz_below(by, 2);
	u64 bits = fuzz_draw(by);
	struct fuzz_md *md;

	md = hown_md(by, put ? FUZZ_SOURCE : FUZZ_FETCH, 1 + fuzz_below(by, 400));
	if (!md)
		return;
	if (fuzz_hmd_bind(by, FUZZ_VALID, md, LNET_RETAIN)) {
		fuzz_md_give_up(md);
		fuzz_md_put(md);
		return;
	}
	if (put)
		hown_puts(by, md, bits);
	else
		hown_gets(by, md, bits);
	hown_end(by, md, true);
}
