// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback LND: delivers inline, in the thread that sends.
 *
 * lo_send() parses the message, and copies its payload once, from the sender's memory to the
 * receiver's. Before lo_send() returns, both operations are complete, the receiver's first, and
 * their events are delivered. There are two exceptions: if another thread is delivering in the slot
 * of an event, that thread delivers the event; and a message that is sent inside a run, as by a
 * handler, is only queued.
 *
 * Delivering one message may send another: an ACK, a REPLY, or a message that a handler sends. The
 * other message is not delivered inside the first. It is queued, and the thread's run delivers it
 * later (run.c). This is iteration, not recursion: a chain of any length needs the stack of one
 * message. A payload is copied in pieces, with preemption allowed between stretches if the sender
 * allows it.
 *
 * If a PUT has to wait on a lazy portal, its payload is copied into pages, and the sender gets its
 * SEND event, as over a network.
 */
#include "event/cpu.h"
#include "event/delivery.h"
#include "event/run.h"
#include "hooks/alloc.h"
#include "network/msg.h"
#include "network/ni.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include <lnet/frags.h>

/* lo_send() must not sleep, so this cannot wait for memory. */
#define ASIDE_GFP	(GFP_NOWAIT | __GFP_NOWARN)

static void lo_aside_free(struct lnet_pages *aside)
{
	lnet_payload_free_pages(aside);
	kfree(aside);
}

/* In a run, not in a handler, preemption off by the run only. */
static __always_inline void lo_deliver_sent(struct lnet_run *run, struct lnet_msg *msg)
{
	struct lnet_process_id self = { .nid = le64_to_cpu(msg->hdr.src_nid), .pid = lnet_pid };
	int rc;

	msg->private = run;	/* for lo_recv() and lo_eager_recv(), which lnet_parse() calls */
	rc = lnet_parse(msg->ni, &msg->hdr, self, msg, 0);
	if (rc)
		lnet_finalize(msg, rc);
}

/*
 * The run has come to a queued message: see delivery.h. The message has arrived and waited on a
 * lazy portal (@rx), or was sent over 0@lo.
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
	/*
	 * Callers of LNetPut() and LNetGet() may sleep. An answer may be sent by a thread of a
	 * driver, which may not.
	 */
	own.may_sleep = msg->type == LNET_MSG_PUT || msg->type == LNET_MSG_GET;
	lo_deliver_sent(&own, msg);
	lnet_run_end(&own);
	return 0;
}

/*
 * Finalize a message. The delivery before may have used up the stretch, as it also delivers other
 * events that wait in the same slot; so make room first.
 */
static void lo_finish(struct lnet_run *run, struct lnet_msg *msg, int status)
{
	lnet_run_make_room(run, 1);
	lnet_msg_finish(run, msg, status);
}

/*
 * Fill @to, in stretches. Both sides are less what was copied on return. Returns 0, or -EFAULT if
 * the fragments of one side end early.
 */
static int lo_copy(struct lnet_run *run, struct lnet_frags *to, struct lnet_frags *from)
{
	unsigned int n;

	while (to->len) {
		n = min(to->len, LNET_STRETCH_BYTES - run->bytes);
		if (lnet_payload_copy(to, from, n) != n)
			return -EFAULT;
		lnet_run_count_bytes(run, n);
	}
	return 0;
}

static int lo_recv(struct lnet_ni *ni, void *private, struct lnet_msg *msg,
		   int delayed, unsigned int niov, struct kvec *iov,
		   struct bio_vec *kiov, unsigned int offset, unsigned int mlen,
		   unsigned int rlen)
{
	struct lnet_pages *aside = delayed ? private : NULL;
	struct lnet_msg *sent = delayed ? NULL : private;
	struct lnet_run *run = NULL;
	struct lnet_frags to, from;
	int status = 0;

	/* A message that waited continues in another run than the one that sent it. */
	if (sent)
		run = sent->private;
	else if (msg)
		run = lnet_run_find(lnet_cpu());
	if (mlen) {
		to = (struct lnet_frags){
			.niov = niov, .iov = iov, .kiov = kiov, .offset = offset, .len = mlen,
		};
		from = aside ? lnet_pages_frags(aside, 0, mlen) : lnet_msg_frags(sent);
		status = lo_copy(run, &to, &from);
	}

	if (msg)
		lo_finish(run, msg, status);
	if (sent)
		lo_finish(run, sent, 0);
	if (aside)
		lo_aside_free(aside);
	return 0;
}

/* Copy the payload in stretches: for each, allocate its pages, then fill them. */
static int lo_set_aside(struct lnet_run *run, struct lnet_pages *aside,
			const struct lnet_msg *sent)
{
	struct lnet_frags from = lnet_msg_frags(sent), to;
	unsigned int at, n;
	int rc = 0;

	for (at = 0; at < sent->len && !rc; at += n) {
		n = min(sent->len - at, LNET_STRETCH_BYTES - run->bytes);
		rc = lnet_payload_add_pages(aside, at + n, ASIDE_GFP);
		to = lnet_pages_frags(aside, at, n);
		if (!rc)
			rc = lo_copy(run, &to, &from);
	}
	return rc;
}

static int lo_eager_recv(struct lnet_ni *ni, void *private,
			 struct lnet_msg *msg, void **newprivate)
{
	struct lnet_msg *sent = private;
	struct lnet_run *run = sent->private;
	unsigned int pages = DIV_ROUND_UP(sent->len, PAGE_SIZE);
	struct lnet_pages *aside;
	int rc;

	aside = lnet_alloc(kmalloc(struct_size(aside, kiov, pages), ASIDE_GFP));
	if (!aside)
		return -ENOMEM;

	aside->bytes = sent->len;
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
	 * There is nothing to stop. Messages that handlers have sent are queued in runs, which
	 * will deliver them; the core waits for those messages.
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
