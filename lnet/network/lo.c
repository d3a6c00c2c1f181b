// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback LND: delivers inline, in the thread that sends.
 *
 * A message is parsed from lo_send(), copied once from the sender's memory to
 * the receiver's, and both operations are complete before lo_send() returns, the
 * receiver's first; their events are delivered too, but for what another thread
 * is just delivering for, or what a handler sends.
 *
 * Delivering one message may send another (an ACK, a REPLY, what a handler
 * sends). That one is not delivered inside but put in order, and the run that the
 * thread is in comes to it (run.c): iteration, not recursion, so a chain of any
 * length needs the stack of one. A payload is copied in pieces, with preemption
 * allowed between stretches if the sender allows it.
 *
 * A PUT that has to wait on a lazy portal gets its payload copied into pages,
 * and the sender its SEND event, as a network would do.
 */
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/md.h"
#include "event/run.h"
#include "hooks/alloc.h"
#include "network/msg.h"
#include "network/ni.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#define ASIDE_GFP	(GFP_NOWAIT | __GFP_NOWARN)

/* The payload of a message that waits. */
struct lo_aside {
	unsigned int niov;
	struct bio_vec kiov[];
};

static struct lnet_frags lo_frags_of_msg(const struct lnet_msg *msg)
{
	return (struct lnet_frags) {
		.niov = msg->niov, .iov = msg->iov, .kiov = msg->kiov,
	};
}

static struct lnet_frags lo_frags_of_aside(const struct lo_aside *aside)
{
	return (struct lnet_frags) {
		.niov = aside->niov, .kiov = aside->kiov,
	};
}

static void lo_aside_free(struct lo_aside *aside)
{
	while (aside->niov)
		__free_page(aside->kiov[--aside->niov].bv_page);
	kfree(aside);
}

/*
 * Have pages for the first @bytes of @all. Sleeps no more than lo_send() may, hence
 * single ones. 0 or -ENOMEM.
 */
static int lo_aside_grow(struct lo_aside *aside, unsigned int bytes, unsigned int all)
{
	struct bio_vec *bv;
	unsigned int at;

	while ((at = aside->niov * PAGE_SIZE) < bytes) {
		bv = &aside->kiov[aside->niov];
		bv->bv_page = lnet_alloc(alloc_page(ASIDE_GFP));
		if (!bv->bv_page)
			return -ENOMEM;
		bv->bv_offset = 0;
		bv->bv_len = min_t(unsigned int, all - at, PAGE_SIZE);
		aside->niov++;
	}
	return 0;
}

/* In a run, not in a handler, preemption off by the run only. */
static __always_inline void lo_deliver_sent(struct lnet_run *run, struct lnet_msg *msg)
{
	struct lnet_process_id self = { .nid = LNET_NID_LO_0, .pid = lnet_pid };
	int rc;

	msg->private = run;	/* for lo_recv(), which is called inside */
	rc = lnet_parse(msg->ni, &msg->hdr, self, msg, 0);
	if (rc)
		lnet_finalize(msg, rc);
}

/*
 * The run comes to a message that was put in order: see delivery.h. It came by a
 * network and has waited, or was sent here.
 */
void lnet_delivery_go_on(struct lnet_delivery *d)
{
	struct lnet_msg *msg = container_of(d, struct lnet_msg, d);

	if (msg->rx)
		lnet_msg_receive_delayed(msg);
	else
		lo_deliver_sent(lnet_run_find(lnet_cpu()), msg);
}

static int lo_send(struct lnet_ni *ni, void *private, struct lnet_msg *msg)
{
	struct lnet_cpu *c = lnet_cpu();	/* preemption is off */
	struct lnet_run *run = lnet_run_find(c), own;

	if (run) {
		list_add_tail(&msg->d.later, &lnet_run_todo(run)->later);
		return 0;
	}
	lnet_run_begin(&own, c);
	/* What comes from LNetPut() or LNetGet(); an answer may be a driver's. */
	own.may_sleep = msg->type == LNET_MSG_PUT || msg->type == LNET_MSG_GET;
	lo_deliver_sent(&own, msg);
	lnet_run_end(&own);
	return 0;
}

/* What was delivered before, with what stood in its slot, may have used up the stretch. */
static void lo_finish(struct lnet_run *run, struct lnet_msg *msg, int status)
{
	lnet_run_make_room(run, 1);
	lnet_msg_finish(run, msg, status);
}

/* In stretches. 0, or -EFAULT: one of the two ended early. */
static int lo_copy(struct lnet_run *run,
		   const struct lnet_frags *to, unsigned int to_offset,
		   const struct lnet_frags *from, unsigned int from_offset,
		   unsigned int bytes)
{
	unsigned int n;

	while (bytes) {
		n = min(bytes, LNET_STRETCH_BYTES - run->bytes);
		if (lnet_payload_copy(to, to_offset, from, from_offset, n) != n)
			return -EFAULT;
		lnet_run_count_bytes(run, n);
		to_offset += n;
		from_offset += n;
		bytes -= n;
	}
	return 0;
}

static int lo_recv(struct lnet_ni *ni, void *private, struct lnet_msg *msg,
		   int delayed, unsigned int niov, struct kvec *iov,
		   struct bio_vec *kiov, unsigned int offset, unsigned int mlen,
		   unsigned int rlen)
{
	struct lnet_frags to = { .niov = niov, .iov = iov, .kiov = kiov };
	struct lo_aside *aside = delayed ? private : NULL;
	struct lnet_msg *sent = delayed ? NULL : private;
	struct lnet_run *run = NULL;
	struct lnet_frags from;
	int status = 0;

	/* What waited goes on in another run than it was sent in. */
	if (sent)
		run = sent->private;
	else if (msg)
		run = lnet_run_find(lnet_cpu());
	if (mlen) {
		from = aside ? lo_frags_of_aside(aside) : lo_frags_of_msg(sent);
		status = lo_copy(run, &to, offset, &from, aside ? 0 : sent->offset,
				 mlen);
	}

	if (msg)
		lo_finish(run, msg, status);
	if (sent)
		lo_finish(run, sent, 0);
	if (aside)
		lo_aside_free(aside);
	return 0;
}

/* In stretches: pages for one, and then its copy. */
static int lo_set_aside(struct lnet_run *run, struct lo_aside *aside,
			const struct lnet_msg *sent)
{
	struct lnet_frags from = lo_frags_of_msg(sent), to;
	unsigned int at, n;
	int rc = 0;

	for (at = 0; at < sent->len && !rc; at += n) {
		n = min(sent->len - at, LNET_STRETCH_BYTES - run->bytes);
		rc = lo_aside_grow(aside, at + n, sent->len);
		to = lo_frags_of_aside(aside);
		rc = rc ?: lo_copy(run, &to, at, &from, sent->offset + at, n);
	}
	return rc;
}

static int lo_eager_recv(struct lnet_ni *ni, void *private,
			 struct lnet_msg *msg, void **newprivate)
{
	struct lnet_msg *sent = private;
	struct lnet_run *run = sent->private;
	unsigned int pages = DIV_ROUND_UP(sent->len, PAGE_SIZE);
	struct lo_aside *aside;
	int rc;

	aside = lnet_alloc(kmalloc(struct_size(aside, kiov, pages), ASIDE_GFP));
	if (!aside)
		return -ENOMEM;

	aside->niov = 0;
	rc = lo_set_aside(run, aside, sent);
	if (rc) {
		lo_aside_free(aside);
		return rc;
	}
	*newprivate = aside;
	lo_finish(run, sent, 0);
	return 0;
}

static int lo_startup(struct lnet_ni *ni)
{
	return ni->nid == LNET_NID_LO_0 ? 0 : -EINVAL;
}

static void lo_shutdown(struct lnet_ni *ni)
{
	/*
	 * There is nothing to stop. What handlers sent is with the runs that will come to
	 * it; the core waits for those messages.
	 */
}

const struct lnet_lnd lnet_lo = {
	.type		= LOLND,
	.name		= "lo",
	.lnd_startup	= lo_startup,
	.lnd_shutdown	= lo_shutdown,
	.lnd_send	= lo_send,
	.lnd_recv	= lo_recv,
	.lnd_eager_recv	= lo_eager_recv,
};
