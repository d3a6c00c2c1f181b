// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: the worker of a connection sends the messages that wait on it.
 *
 * The header around a message, its own header and its payload go to TCP in one call. Small
 * messages that wait together share a call, as a call costs about as much as a small message.
 * TCP copies small payloads, and the client's buffer is free when TCP has taken them. Pages
 * of larger payloads are not copied: TCP keeps references to them until the other side has
 * acknowledged them, and then calls back (struct ubuf_info). Only then is the message
 * finalized, as only then the client may write to the pages again. If they would end up in
 * another socket of this machine, the kernel copies them itself. The headers of such a
 * message are in a page as well, one for each message, which also holds its state.
 *
 * Between messages go cookies that the peer wants back, and keepalives; both are a header
 * alone (NOOP).
 */
#include "conn.h"
#include "../compat.h"
#include "../hooks/alloc.h"
#include "../hooks/window.h"
#include "acks.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"
#include "worker.h"

#include <linux/gfp.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>

#include <net/sock.h>

enum {
	BUDGET_MESSAGES	= 64,		/* in one call of ksock_tx() */
	BUDGET_BYTES	= 4 << 20,
	TOGETHER	= 16,		/* messages in one call of TCP */
	TOGETHER_BYTES	= 64 << 10,	/* payload of these in all */
	HDR_FRAGS	= 2,		/* the header around a message, and its own */
	HDRS_MAX	= KSOCK_HDR_BYTES + KSOCK_NIDS_LARGE_BYTES + sizeof(struct lnet_hdr) -
			  KSOCK_NIDS_BYTES,
};

/**
 * struct ksock_zc - a message whose pages the network holds
 *
 * It is at the beginning of a page of its own, which the network holds too, for @hdr.
 * W: accessed by the connection's worker only.
 *
 * @ubuf: count of the pages' references and callback, for TCP
 * @done: has the worker finish the message, once the count is 0
 * @link: link in the connection's list, in sending order
 * @conn: connection, on which a reference is held
 * @msg: message, finalized when TCP has let go of its pages
 * @status: status of the message then, 0 or -errno
 * @hdr: headers of the message
 */
struct ksock_zc {
	struct ubuf_info ubuf;
	struct ksock_done done;
	struct list_head link;			/* W: */
	struct ksock_conn *conn;
	struct lnet_msg *msg;
	int status;
	u8 hdr[HDRS_MAX] __aligned(8);
};

/* Finalize a message that was sent or has failed, and give its credits back. */
static void tx_finish_msg(struct ksock_peer *peer, struct lnet_msg *msg, int status)
{
	bool answer = ksock_queue_is_answer(msg);

	lnet_finalize(msg, status);
	ksock_queue_sent(peer, answer);
}

/* Pages that the network holds ---------------------------------------------- */

/* TCP has let go of the message's pages. Runs in the worker that sent it. */
static void zc_finish(struct ksock_done *done)
{
	struct ksock_zc *zc = container_of(done, struct ksock_zc, done);
	struct ksock_conn *conn = zc->conn;

	tx_finish_msg(conn->peer, zc->msg, zc->status);
	list_del(&zc->link);
	free_page((unsigned long)zc);
	ksock_job_put(&conn->job);
}

/* Drop a reference; the last one hands the message to its worker. In any context. */
static void zc_complete(struct sk_buff *skb, struct ubuf_info *ubuf, bool success)
{
	struct ksock_zc *zc = container_of(ubuf, struct ksock_zc, ubuf);

	if (refcount_dec_and_test(&ubuf->refcnt))
		ksock_worker_done(zc->conn->job.worker, &zc->done);
}

LNET_UBUF_OPS(zc_ops, zc_complete);

static bool tx_wants_pages(const struct ksock_conn *conn, const struct lnet_msg *msg)
{
	return conn->sends_pages && msg->kiov && msg->len &&
	       msg->len >= ksock_params.zc_min_payload;
}

static bool tx_pages_may_go(const struct ksock_conn *conn, const struct lnet_msg *msg)
{
	unsigned int i;

	if (!tx_wants_pages(conn, msg))
		return false;
	/* TCP cannot take references to slab memory. */
	for (i = 0; i < msg->niov; i++)
		if (!sendpage_ok(msg->kiov[i].bv_page))
			return false;
	return true;
}

/* What is sent of the message's own header. */
static void *tx_hdr_of(const struct ksock_tx *tx, struct lnet_msg *msg)
{
	return (u8 *)&msg->hdr + tx->hdr_skip;
}

static unsigned int tx_hdr_bytes(const struct ksock_tx *tx)
{
	return sizeof(struct lnet_hdr) - tx->hdr_skip;
}

static struct ksock_zc *zc_new(struct ksock_conn *conn, struct lnet_msg *msg)
{
	struct page *page;
	struct ksock_zc *zc;

	if (!tx_pages_may_go(conn, msg))
		return NULL;
	/* Without memory the payload is copied, and counted in copied_out. */
	page = lnet_alloc(alloc_page(GFP_NOFS | __GFP_NOWARN));
	if (!page)
		return NULL;
	zc = page_address(page);
	lnet_ubuf_set_ops(&zc->ubuf, zc_ops);
	refcount_set(&zc->ubuf.refcnt, 1);
	zc->done.finish = zc_finish;
	/* The kernel copies pages only if they would end up in a socket of this machine. */
	zc->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	ksock_job_get(&conn->job);
	zc->conn = conn;
	zc->msg = msg;
	zc->status = 0;
	list_add_tail(&zc->link, &conn->zcs);
	memcpy(zc->hdr, conn->tx.hdr, conn->tx.hdr_bytes);
	memcpy(zc->hdr + conn->tx.hdr_bytes, tx_hdr_of(&conn->tx, msg), tx_hdr_bytes(&conn->tx));
	return zc;
}

/* Choosing what to send ----------------------------------------------------- */

static unsigned int tx_bytes_of(const struct ksock_tx *tx, const struct lnet_msg *msg)
{
	return tx->hdr_bytes + tx_hdr_bytes(tx) + msg->len;
}

static void tx_start(struct ksock_conn *conn, unsigned int hdr_bytes,
		     unsigned int total)
{
	struct ksock_tx *tx = &conn->tx;

	tx->busy = true;
	tx->zc = NULL;
	tx->hdr_bytes = hdr_bytes;
	tx->hdr_skip = 0;
	tx->total = total;
	tx->sent = 0;
	ksock_way_begin(&conn->out);
}

static void tx_start_noop(struct ksock_conn *conn, u64 cookie0, u64 cookie1)
{
	struct ksock_hdr hdr = {
		.type = KSOCK_NOOP, .cookie = { cookie0, cookie1 },
	};

	ksock_proto_hdr_encode(conn->tx.hdr, &hdr);
	conn->tx.pages = false;
	tx_start(conn, KSOCK_HDR_BYTES, KSOCK_HDR_BYTES);
	ksock_worker_count(&conn->job.worker->stats.noops_out, 1);
}

/*
 * In version 4 large NIDs, which all messages of a connection have in common, replace those in
 * the header of each.
 */
static void tx_put_nids(struct ksock_conn *conn)
{
	const struct ksock_peer *peer = conn->peer;
	struct ksock_tx *tx = &conn->tx;
	struct lnet_nid dest, src;

	lnet_nid_expand(peer->key.nid, &dest);
	lnet_nid_expand(peer->net->ni->nid, &src);
	ksock_proto_nids_encode(tx->hdr + tx->hdr_bytes, &dest, &src);
	tx->hdr_bytes += KSOCK_NIDS_LARGE_BYTES;
	tx->hdr_skip = KSOCK_NIDS_BYTES;
}

/* Start to send tx->msgs. Version 1 has no header around a message. */
static void tx_start_messages(struct ksock_conn *conn)
{
	struct ksock_hdr hdr = { .type = KSOCK_LNET };
	struct ksock_tx *tx = &conn->tx;
	unsigned int outer = 0;
	struct lnet_msg *msg;

	if (conn->version != KSOCK_V1) {
		outer = KSOCK_HDR_BYTES;
		ksock_proto_hdr_encode(tx->hdr, &hdr);
	}
	tx_start(conn, outer, 0);
	if (conn->version == KSOCK_V4)
		tx_put_nids(conn);
	list_for_each_entry(msg, &tx->msgs, queue)
		tx->total += tx_bytes_of(tx, msg);
	if (list_is_singular(&tx->msgs))
		tx->zc = zc_new(conn, list_first_entry(&tx->msgs, struct lnet_msg, queue));
}

/* Return true if it needs a call of its own: it is large, or its pages are not copied. */
static bool tx_goes_alone(const struct ksock_conn *conn, const struct lnet_msg *msg)
{
	return msg->len > TOGETHER_BYTES || tx_wants_pages(conn, msg);
}

/* Count the fragments of headers and payload; the MD may have more, which are not sent. */
static unsigned int tx_count_frags(const struct lnet_msg *msg)
{
	struct lnet_frags rest = lnet_msg_frags(msg);
	unsigned int n, frags = HDR_FRAGS;

	for (n = lnet_frags_piece(&rest); n; n = lnet_frags_next(&rest, n))
		frags++;
	return frags;
}

/*
 * Take the messages of one call of TCP: the first that waits, and small ones behind it that
 * are like it. All payload of a call is in pages, or all in kernel memory. All messages of
 * a call come from memory reclaim, or none, as a call for reclaim may use reserves.
 */
static void tx_take_messages_locked(struct ksock_conn *conn)
{
	bool memory = false, reclaim = false, alone;
	unsigned int frags = 0, bytes = 0, n = 0;
	struct ksock_tx *tx = &conn->tx;
	struct lnet_msg *msg;

	tx->pages = false;
	while ((msg = list_first_entry_or_null(&conn->queue, struct lnet_msg, queue))) {
		alone = tx_goes_alone(conn, msg);
		bytes += msg->len;
		frags += tx_count_frags(msg);
		if (n && (alone || n == TOGETHER || bytes > TOGETHER_BYTES ||
			  frags > KSOCK_FRAGS || msg->reclaim != reclaim ||
			  (msg->len && (msg->kiov ? memory : tx->pages))))
			break;
		tx->pages |= msg->len && msg->kiov;
		memory |= msg->len && !msg->kiov;
		reclaim = msg->reclaim;
		list_move_tail(&msg->queue, &tx->msgs);
		n++;
		if (alone)
			break;
	}
}

/*
 * Start to send cookies, else messages, else a keepalive. Cookies come first, as the peer may
 * keep much memory for them. Return false if there is nothing to send.
 */
static bool tx_start_next(struct ksock_conn *conn)
{
	struct ksock_peer *peer = conn->peer;
	struct ksock_range acks;
	bool cookies, keepalive, any;

	spin_lock(&peer->lock);
	cookies = ksock_acks_take_locked(conn, &acks);
	if (!cookies)
		tx_take_messages_locked(conn);
	any = !list_empty(&conn->tx.msgs);
	conn->tx.more = !list_empty(&conn->queue);
	keepalive = !cookies && !any && conn->version >= KSOCK_V3 &&
		    test_and_clear_bit(KSOCK_CONN_KEEPALIVE, &conn->job.flags);
	/* Under the lock, as queue_launch_locked() sets it when it queues a message. */
	if (!cookies && !any && !keepalive)
		WRITE_ONCE(conn->out.busy, false);
	spin_unlock(&peer->lock);
	lnet_window(LNET_WINDOW_SOCK_TX_TAKEN);

	if (cookies) {
		tx_start_noop(conn, acks.first == acks.last ? 0 : acks.first, acks.last);
		return true;
	}
	if (any) {
		tx_start_messages(conn);
		return true;
	}
	if (keepalive)
		tx_start_noop(conn, 0, KSOCK_COOKIE_KEEPALIVE);
	return keepalive;
}

/* Calling TCP --------------------------------------------------------------- */

/* Gather the headers and payload of a message. */
static void tx_gather_message(struct ksock_tx *tx, struct lnet_msg *msg,
			      struct ksock_gather *g)
{
	struct lnet_frags payload = lnet_msg_frags(msg);

	if (tx->zc) {
		ksock_gather_buffer(g, tx->zc->hdr, tx->hdr_bytes + tx_hdr_bytes(tx));
	} else {
		if (tx->hdr_bytes)
			ksock_gather_buffer(g, tx->hdr, tx->hdr_bytes);
		ksock_gather_buffer(g, tx_hdr_of(tx, msg), tx_hdr_bytes(tx));
	}
	ksock_gather_payload(g, &payload);
}

/* Gather all messages of a call, or a NOOP, which is a header alone. */
static void tx_gather(struct ksock_tx *tx, struct ksock_gather *g)
{
	struct lnet_msg *msg;

	ksock_gather_begin(g, tx->pages);
	if (list_empty(&tx->msgs))
		ksock_gather_buffer(g, tx->hdr, tx->hdr_bytes);
	list_for_each_entry(msg, &tx->msgs, queue)
		tx_gather_message(tx, msg, g);
}

static int tx_call_tcp(struct ksock_conn *conn, struct msghdr *mh)
{
	lnet_window(LNET_WINDOW_SOCK_TX_GIVEN);
	return sock_sendmsg(conn->job.sock, mh);
}

/* Call TCP; messages that come from memory reclaim may use the reserves. */
static int tx_send(struct ksock_conn *conn, struct msghdr *mh)
{
	const struct lnet_msg *msg = list_first_entry_or_null(&conn->tx.msgs, struct lnet_msg,
							      queue);
	unsigned int noreclaim;
	int rc;

	if (likely(!msg || !msg->reclaim))
		return tx_call_tcp(conn, mh);
	noreclaim = memalloc_noreclaim_save();
	rc = tx_call_tcp(conn, mh);
	memalloc_noreclaim_restore(noreclaim);
	return rc;
}

/*
 * TCP took nothing, but the socket has room. Either room came during the call, and its
 * callback was ignored, see job_on_write_space(): try again at once. Or TCP has no memory,
 * and will not call back when it has: after a second failure in a row try again later.
 */
static void tx_try_again(struct ksock_conn *conn)
{
	if (conn->tx.stalled)
		ksock_worker_later(conn->job.worker, &conn->job);
	else
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	conn->tx.stalled = true;
}

/* Give TCP what it has not taken yet. Return the bytes that it took now, or -errno. */
static int tx_give(struct ksock_conn *conn)
{
	struct msghdr mh = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct ksock_gather *g = &conn->job.worker->gather;
	struct ksock_tx *tx = &conn->tx;
	int rc;

	if (tx->more)
		mh.msg_flags |= MSG_MORE;
	tx_gather(tx, g);
	lnet_frags_skip(&g->all, tx->sent);
	lnet_frags_iter(&g->all, WRITE, &mh.msg_iter);
	if (tx->zc) {
		mh.msg_flags |= MSG_ZEROCOPY;
		mh.msg_ubuf = &tx->zc->ubuf;
	}
	WRITE_ONCE(conn->job.sending, true);
	rc = tx_send(conn, &mh);
	WRITE_ONCE(conn->job.sending, false);
	if (rc != -EAGAIN)
		tx->stalled = false;
	else if (sk_stream_is_writeable(conn->job.sock->sk))
		tx_try_again(conn);
	return rc;
}

/* TCP has all of a message: finish it, or leave that to the callback for its pages. */
static void tx_end_message(struct ksock_conn *conn, struct lnet_msg *msg)
{
	struct ksock_worker *w = conn->job.worker;
	struct ksock_zc *zc = conn->tx.zc;

	list_del(&msg->queue);
	ksock_worker_count(&w->stats.messages_out, 1);
	if (zc) {
		conn->tx.zc = NULL;
		ksock_worker_count(&w->stats.uncopied_out, msg->len);
		zc_complete(NULL, &zc->ubuf, true);	/* drop our own reference */
	} else {
		ksock_worker_count(&w->stats.copied_out, msg->len);
		tx_finish_msg(conn->peer, msg, 0);
	}
}

/* TCP took @n more bytes: end complete messages. Return the budget used: their number, or 1. */
static unsigned int tx_end_messages(struct ksock_conn *conn, unsigned int n)
{
	struct ksock_tx *tx = &conn->tx;
	unsigned int bytes, ended = 0;
	struct lnet_msg *msg;

	ksock_worker_count(&conn->job.worker->stats.bytes_out, n);
	ksock_way_move(&conn->out, n);
	tx->sent += n;
	while ((msg = list_first_entry_or_null(&tx->msgs, struct lnet_msg, queue))) {
		bytes = tx_bytes_of(tx, msg);
		if (tx->sent < bytes)
			break;
		tx->sent -= bytes;
		tx->total -= bytes;
		tx_end_message(conn, msg);
		ended++;
	}
	return ended ?: 1;
}

/* Return true if the message being sent, or the first whose pages TCP holds, is late. */
static bool tx_is_late(struct ksock_conn *conn)
{
	const struct ksock_zc *zc = list_first_entry_or_null(&conn->zcs,
						struct ksock_zc, link);
	const struct lnet_msg *msg = list_first_entry_or_null(&conn->tx.msgs, struct lnet_msg,
							      queue);

	return (msg && ksock_queue_is_late(msg)) || (zc && ksock_queue_is_late(zc->msg));
}

/**
 * ksock_tx() - send what waits on a connection
 * @conn: the connection to write to
 * @why: set to the reason, if the connection must end
 *
 * Context: the connection's worker; may sleep.
 * Return: 0: nothing more to send, or TCP takes no more now; 1: there may be more, but other
 * jobs come first; -errno: the connection must end, see @why.
 */
int ksock_tx(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_tx *tx = &conn->tx;
	unsigned int messages = 0, bytes = 0;
	int rc;

	if (tx_is_late(conn)) {
		*why = KSOCK_REASON_TIMEOUT;
		return -ETIMEDOUT;
	}
	while (messages < BUDGET_MESSAGES && bytes < BUDGET_BYTES) {
		if (ksock_job_is_closing(&conn->job) ||
		    (!tx->busy && !tx_start_next(conn)))
			return 0;
		while (tx->sent < tx->total) {
			rc = tx_give(conn);
			if (rc == -EAGAIN)
				return 0;
			if (rc <= 0) {
				*why = KSOCK_REASON_ERROR;
				return rc ?: -EIO;
			}
			bytes += rc;
			messages += tx_end_messages(conn, rc);
		}
		tx->busy = false;
	}
	return 1;
}

/**
 * ksock_tx_end() - fail the messages that a connection has not sent
 * @conn: the connection, which has ended
 * @error: the status of the messages, -errno
 * @abort: true if bytes that TCP has taken will not arrive either
 *
 * Context: the connection's worker.
 */
void ksock_tx_end(struct ksock_conn *conn, int error, bool abort)
{
	struct ksock_peer *peer = conn->peer;
	struct ksock_tx *tx = &conn->tx;
	struct lnet_msg *msg, *next;
	struct ksock_zc *zc;
	LIST_HEAD(left);

	list_splice_init(&tx->msgs, &left);
	tx->busy = false;
	if (tx->zc) {
		/* It is the only message here, and ends when TCP has let go of its pages. */
		INIT_LIST_HEAD(&left);
		tx->zc->status = error;
		zc_complete(NULL, &tx->zc->ubuf, true);
		tx->zc = NULL;
	}
	list_for_each_entry(zc, &conn->zcs, link)
		if (abort && !zc->status)
			zc->status = error;

	/* The connection is out of its peer, so its queue gets no more messages. */
	spin_lock(&peer->lock);
	list_splice_tail_init(&conn->queue, &left);
	spin_unlock(&peer->lock);
	list_for_each_entry_safe(msg, next, &left, queue) {
		list_del(&msg->queue);
		tx_finish_msg(peer, msg, error);
	}
}
