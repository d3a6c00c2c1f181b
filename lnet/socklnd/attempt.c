// SPDX-License-Identifier: GPL-2.0
/*
 * Attempts to connect to a peer: the work item that begins one, and what becomes of it. When
 * one is made, and what its result means, is decided in dial.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "dial.h"
#include "../hooks/window.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"
#include "reason.h"

#include <lnet/api.h>

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched/mm.h>

static void attempt_log_failed(struct ksock_peer *peer, int rc, unsigned long pause)
{
	char name[LNET_IDSTR_SIZE];

	/* No error: the peer wants no further connection, or our NI or address goes. */
	if (rc == -EALREADY || rc == -ESHUTDOWN || rc == -ENETDOWN)
		return;
	pr_warn_ratelimited("%s cannot be reached: %s (error %d); not tried again for %u ms\n",
			    ksock_peer_name(peer, name, sizeof(name)), lnet_error_text(rc), rc,
			    jiffies_to_msecs(pause));
}

/*
 * The attempt has ended: with one more connection, if @rc is 0. The dial's reference to the peer
 * passes to this function, which drops it or keeps it for the next attempt. Does not sleep.
 */
static void attempt_over(struct ksock_peer *peer, int rc)
{
	unsigned long delay;
	bool again, hold;
	LIST_HEAD(failed);
	int error;

	/* As soon as another attempt is due it may drop the dial's reference. */
	ksock_peer_get(peer);
	spin_lock(&peer->lock);
	again = ksock_dial_consider_locked(peer, &rc, &delay) && !READ_ONCE(peer->net->closing);
	peer->dial = again ? KSOCK_DIAL_DUE : KSOCK_DIAL_IDLE;
	/* If ksock_dial_now() has queued the work, it has a reference of its own. */
	hold = again && queue_delayed_work(ksock_wq, &peer->dial_work, delay);
	error = READ_ONCE(peer->net->closing) ? -ESHUTDOWN : peer->error;
	/* In the same locked step: messages given to us later do not belong to this attempt. */
	if (!again && error)
		ksock_queue_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	if (rc && !again && error != -ESHUTDOWN)
		attempt_log_failed(peer, rc, delay);
	if (!again && error)
		lnet_window(LNET_WINDOW_SOCK_DIAL_FAILED);
	ksock_queue_finish_failed(&failed, error);
	ksock_queue_launch(peer);
	if (!hold)
		ksock_peer_put(peer);
	ksock_peer_put(peer);
}

/**
 * ksock_attempt_work() - begin an attempt, if a connection is missing
 * @work: the peer's @dial_work, which has a reference to the peer
 *
 * Context: a work item; may sleep, but not for the other side.
 */
void ksock_attempt_work(struct work_struct *work)
{
	struct ksock_peer *peer = container_of(to_delayed_work(work),
					       struct ksock_peer, dial_work);
	enum ksock_ctype type;
	unsigned int version, nofs;
	int rc;

	type = ksock_dial_begin(peer, &version);
	if (type == KSOCK_NONE) {
		ksock_queue_launch(peer);
		ksock_queue_fail_lost(peer);
		ksock_peer_put(peer);
		return;
	}
	/* Writeback may depend on this connection, so do not reclaim into the file system. */
	nofs = memalloc_nofs_save();
	rc = ksock_greet_dial(peer, type, version, attempt_over);
	memalloc_nofs_restore(nofs);
	if (rc) {
		ksock_reason_count(rc == -ENOMEM ? KSOCK_REASON_NO_MEMORY :
						   KSOCK_REASON_SHUTDOWN);
		attempt_over(peer, rc);
	}
}
