// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback LND: delivers inline, in the thread that sends.
 *
 * A message is parsed from lo_send(), copied once from the sender's memory to
 * the receiver's, and both operations are complete before lo_send() returns, the
 * receiver's first; their events are delivered too, but for what another thread
 * is just delivering for, or what a handler sends.
 *
 * Delivering one message may send another (an ACK, a REPLY). That one is not
 * delivered inside but queued, and the outermost lo_send() on this CPU takes
 * it up when it is done with its own: iteration, not recursion, so a chain of
 * any length needs the stack of one. Preemption is off meanwhile, which is
 * what makes "on this CPU" and "inside" the same thing.
 *
 * A PUT that has to wait on a lazy portal gets its payload copied into pages,
 * and the sender its SEND event, as a network would do.
 */
#include "lnet.h"
#include "alloc.h"
#include "md.h"
#include "msg.h"
#include "ni.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/slab.h>

/* Preemption off; of one CPU. */
struct lo_cpu {
	bool busy;
	struct list_head queue;		/* initialised while busy */
};

static DEFINE_PER_CPU(struct lo_cpu, lo_cpus);

/* The payload of a message that waits. */
struct lo_aside {
	unsigned int niov;
	struct bio_vec kiov[];
};

static struct lnet_frags of_msg(const struct lnet_msg *msg)
{
	return (struct lnet_frags) {
		.niov = msg->niov, .iov = msg->iov, .kiov = msg->kiov,
	};
}

static struct lnet_frags of_aside(const struct lo_aside *aside)
{
	return (struct lnet_frags) {
		.niov = aside->niov, .kiov = aside->kiov,
	};
}

static void aside_free(struct lo_aside *aside)
{
	while (aside->niov)
		__free_page(aside->kiov[--aside->niov].bv_page);
	kfree(aside);
}

/* Sleeps no more than lo_send() may, hence single pages. */
static struct lo_aside *aside_alloc(unsigned int bytes)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	unsigned int n = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct lo_aside *aside;
	struct page *page;

	aside = lnet_alloc(kmalloc(struct_size(aside, kiov, n), gfp));
	if (!aside)
		return NULL;

	for (aside->niov = 0; aside->niov < n; aside->niov++) {
		page = lnet_alloc(alloc_page(gfp));
		if (!page) {
			aside_free(aside);
			return NULL;
		}
		aside->kiov[aside->niov].bv_page = page;
		aside->kiov[aside->niov].bv_offset = 0;
		aside->kiov[aside->niov].bv_len =
			min_t(unsigned int, bytes, PAGE_SIZE);
		bytes -= aside->kiov[aside->niov].bv_len;
	}
	return aside;
}

static void deliver(struct lnet_ni *ni, struct lnet_msg *msg)
{
	struct lnet_process_id self = { .nid = ni->nid, .pid = lnet_pid };
	int rc = lnet_parse(ni, &msg->hdr, self, msg, 0);

	if (rc)
		lnet_finalize(msg, rc);
}

static int lo_send(struct lnet_ni *ni, void *private, struct lnet_msg *msg)
{
	struct lo_cpu *lo = get_cpu_ptr(&lo_cpus);

	if (lo->busy) {
		list_add_tail(&msg->queue, &lo->queue);
		put_cpu_ptr(&lo_cpus);
		return 0;
	}

	INIT_LIST_HEAD(&lo->queue);
	lo->busy = true;
	while (msg) {
		deliver(ni, msg);
		msg = list_first_entry_or_null(&lo->queue, struct lnet_msg,
					       queue);
		if (msg)
			list_del(&msg->queue);
	}
	lo->busy = false;
	put_cpu_ptr(&lo_cpus);
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
	struct lnet_frags from;
	int status = 0;

	if (mlen) {
		from = aside ? of_aside(aside) : of_msg(sent);
		if (lnet_payload_copy(&to, offset, &from,
				      aside ? 0 : sent->offset, mlen) != mlen)
			status = -EFAULT;
	}

	if (msg)
		lnet_finalize(msg, status);
	if (sent)
		lnet_finalize(sent, 0);
	if (aside)
		aside_free(aside);
	return 0;
}

static int lo_eager_recv(struct lnet_ni *ni, void *private,
			 struct lnet_msg *msg, void **newprivate)
{
	struct lnet_msg *sent = private;
	struct lo_aside *aside = aside_alloc(sent->len);
	struct lnet_frags from = of_msg(sent), to;

	if (!aside)
		return -ENOMEM;

	to = of_aside(aside);
	if (lnet_payload_copy(&to, 0, &from, sent->offset,
			      sent->len) != sent->len) {
		aside_free(aside);
		return -EFAULT;
	}
	*newprivate = aside;
	lnet_finalize(sent, 0);
	return 0;
}

static int lo_startup(struct lnet_ni *ni)
{
	return ni->nid == LNET_NID_LO_0 ? 0 : -EINVAL;
}

static void lo_shutdown(struct lnet_ni *ni)
{
	/* Every message is finalized in the call that sent it. */
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
