// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: what waits on a connection, in its worker.
 *
 * The header around a message, the message's own and its payload go to TCP in
 * one call; small messages that wait together go in one call, too, as a call costs
 * about as much as a small message. Small payloads are copied by it, and the client's
 * buffer is free when TCP has them. Pages of larger ones are not: TCP keeps references
 * until the other side has acknowledged them, and says when (struct ubuf_info); only
 * then is the message finalized, as only then the client may write to them again. On
 * a way on which another socket of this machine would end up with the pages, the
 * kernel copies them on its own. The headers are in a page, too, then: with the
 * message's state around them, one page for each such message.
 *
 * Between messages go the cookies that the peer wants back, and now and then a
 * sign of life; both are a header alone (NOOP).
 */
#include "conn.h"
#include "../compat.h"
#include "../hooks/window.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "place.h"
#include "worker.h"

#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>

#include <net/sock.h>

enum {
	BUDGET_MESSAGES	= 64,		/* of one turn */
	BUDGET_BYTES	= 4 << 20,
	TOGETHER	= 16,		/* messages of one call */
	TOGETHER_BYTES	= 64 << 10,	/* of their payload */
	HDR_FRAGS	= 2,		/* the one around a message, and its own */
};

/**
 * struct ksock_zc - a message whose pages are on their way
 * @ubuf: what TCP counts and calls back
 * @done: on the worker's list, then
 * @link: among the connection's, in the order in which they went
 * @conn: held
 * @msg: finalized when TCP is done
 * @status: what it gets
 * @hdr: its headers
 *
 * It fills the beginning of a page of its own, which the network holds, too.
 */
struct ksock_zc {
	struct ubuf_info ubuf;
	struct llist_node done;
	struct list_head link;			/* W: */
	struct ksock_conn *conn;
	struct lnet_msg *msg;
	int status;
	u8 hdr[KSOCK_HDR_BYTES + sizeof(struct lnet_hdr)] __aligned(8);
};

/* Pages on their way -------------------------------------------------------- */

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
	/* Memory of the slab has no references to take. */
	for (i = 0; i < msg->niov; i++)
		if (!sendpage_ok(msg->kiov[i].bv_page))
			return false;
	return true;
}

static struct ksock_zc *zc_new(struct ksock_conn *conn, struct lnet_msg *msg)
{
	struct page *page;
	struct ksock_zc *zc;

	if (!tx_pages_may_go(conn, msg))
		return NULL;
	/* Without memory the payload is copied, and counted as such. */
	page = alloc_page(GFP_NOFS | __GFP_NOWARN);
	if (!page)
		return NULL;
	zc = page_address(page);
	lnet_ubuf_set_ops(&zc->ubuf, zc_ops);
	refcount_set(&zc->ubuf.refcnt, 1);
	/* Copied only if they would end up in a socket of this machine. */
	zc->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	ksock_job_get(&conn->job);
	zc->conn = conn;
	zc->msg = msg;
	zc->status = 0;
	list_add_tail(&zc->link, &conn->zcs);
	memcpy(zc->hdr, conn->tx.hdr, conn->tx.hdr_bytes);
	memcpy(zc->hdr + conn->tx.hdr_bytes, &msg->hdr, sizeof(msg->hdr));
	return zc;
}

/* A message has gone, or never will. */
static void tx_finish_msg(struct ksock_peer *peer, struct lnet_msg *msg, int status)
{
	bool answer = ksock_is_answer(msg);

	lnet_finalize(msg, status);
	ksock_peer_sent(peer, answer);
}

/**
 * ksock_tx_finish() - TCP is done with the pages of a message
 * @node: off the list of the worker that sent it
 *
 * Context: that worker.
 */
void ksock_tx_finish(struct llist_node *node)
{
	struct ksock_zc *zc = llist_entry(node, struct ksock_zc, done);
	struct ksock_conn *conn = zc->conn;

	tx_finish_msg(conn->peer, zc->msg, zc->status);
	list_del(&zc->link);
	free_page((unsigned long)zc);
	ksock_job_put(&conn->job);
}

/* What comes next ----------------------------------------------------------- */

static unsigned int tx_bytes_of(const struct ksock_tx *tx, const struct lnet_msg *msg)
{
	return tx->hdr_bytes + sizeof(msg->hdr) + msg->len;
}

static void tx_start(struct ksock_conn *conn, unsigned int hdr_bytes,
		     unsigned int total)
{
	struct ksock_tx *tx = &conn->tx;

	tx->busy = true;
	tx->zc = NULL;
	tx->hdr_bytes = hdr_bytes;
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
	conn->job.worker->stats.noops_out++;
}

/* Version 1 has no header around a message. */
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
	list_for_each_entry(msg, &tx->msgs, queue)
		tx->total += tx_bytes_of(tx, msg);
	if (list_is_singular(&tx->msgs))
		tx->zc = zc_new(conn, list_first_entry(&tx->msgs, struct lnet_msg, queue));
}

/* In a call of its own: it is large, or its pages are not copied, unlike those of others. */
static bool tx_goes_alone(const struct ksock_conn *conn, const struct lnet_msg *msg)
{
	return msg->len > TOGETHER_BYTES || tx_wants_pages(conn, msg);
}

/* Of its headers and payload; what the client's MD has besides is not sent. */
static unsigned int tx_count_frags(const struct lnet_msg *msg)
{
	struct ksock_place place;

	ksock_place_of(msg, &place);
	return HDR_FRAGS + (msg->kiov ? ksock_place_pages(&place, 0, NULL) :
					ksock_place_memory(&place, 0, NULL));
}

/*
 * What goes to TCP together: the first that waits, and those behind it that are small and
 * like it. Fragments of a call are all pages or all kernel memory, and of what frees memory
 * all are of such or none, as the call may take what is kept for that.
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

/* Cookies before messages: what the peer keeps for them may be large. */
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
	keepalive = !cookies && !any && conn->version == KSOCK_V3 &&
		    test_and_clear_bit(KSOCK_CONN_KEEPALIVE, &conn->job.flags);
	/* Under the lock: who queues a message says that it is busy. */
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

/* Giving it to TCP ---------------------------------------------------------- */

/* As fragments of pages: headers, then the payload. How many. */
static unsigned int tx_frags_of_pages(struct ksock_conn *conn, struct bio_vec *frag)
{
	struct ksock_tx *tx = &conn->tx;
	struct ksock_place place;
	struct lnet_msg *msg;
	unsigned int n = 0;

	list_for_each_entry(msg, &tx->msgs, queue) {
		if (tx->zc) {
			ksock_place_own(&frag[n++], tx->zc->hdr,
					tx->hdr_bytes + sizeof(msg->hdr));
		} else {
			if (tx->hdr_bytes)
				ksock_place_own(&frag[n++], tx->hdr, tx->hdr_bytes);
			ksock_place_own(&frag[n++], &msg->hdr, sizeof(msg->hdr));
		}
		ksock_place_of(msg, &place);
		n += ksock_place_pages(&place, 0, frag + n);
	}
	return n;
}

/* As fragments of kernel memory; the same. */
static unsigned int tx_frags_of_memory(struct ksock_conn *conn, struct kvec *frag)
{
	struct ksock_tx *tx = &conn->tx;
	struct ksock_place place;
	struct lnet_msg *msg;
	unsigned int n = 0;

	if (list_empty(&tx->msgs))
		frag[n++] = (struct kvec){ tx->hdr, tx->hdr_bytes };
	list_for_each_entry(msg, &tx->msgs, queue) {
		if (tx->hdr_bytes)
			frag[n++] = (struct kvec){ tx->hdr, tx->hdr_bytes };
		frag[n++] = (struct kvec){ &msg->hdr, sizeof(msg->hdr) };
		ksock_place_of(msg, &place);
		n += ksock_place_memory(&place, 0, frag + n);
	}
	return n;
}

static int tx_call_tcp(struct ksock_conn *conn, struct msghdr *mh)
{
	lnet_window(LNET_WINDOW_SOCK_TX_GIVEN);
	return sock_sendmsg(conn->job.sock, mh);
}

/* What frees memory may take the last of it. */
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
 * TCP has room but took nothing: there is room since, and who said so was not heard;
 * or it has no memory, and nobody will say when it has.
 */
static void tx_try_again(struct ksock_conn *conn)
{
	if (conn->tx.again)
		ksock_worker_later(conn->job.worker, &conn->job);
	else
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	conn->tx.again = true;
}

/* What is left of it. Bytes that TCP took, or -errno. */
static int tx_give(struct ksock_conn *conn)
{
	struct msghdr mh = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct ksock_worker *w = conn->job.worker;
	struct ksock_tx *tx = &conn->tx;
	unsigned int n;
	int rc;

	if (tx->more)
		mh.msg_flags |= MSG_MORE;
	if (tx->pages) {
		n = tx_frags_of_pages(conn, w->bvec);
		iov_iter_bvec(&mh.msg_iter, WRITE, w->bvec, n, tx->total);
	} else {
		n = tx_frags_of_memory(conn, w->kvec);
		iov_iter_kvec(&mh.msg_iter, WRITE, w->kvec, n, tx->total);
	}
	if (tx->zc) {
		mh.msg_flags |= MSG_ZEROCOPY;
		mh.msg_ubuf = &tx->zc->ubuf;
	}
	iov_iter_advance(&mh.msg_iter, tx->sent);
	conn->job.sending = true;
	rc = tx_send(conn, &mh);
	conn->job.sending = false;
	if (rc != -EAGAIN)
		tx->again = false;
	else if (sk_stream_is_writeable(conn->job.sock->sk))
		tx_try_again(conn);
	return rc;
}

/* All of a message is with TCP. */
static void tx_end_message(struct ksock_conn *conn, struct lnet_msg *msg)
{
	struct ksock_worker *w = conn->job.worker;
	struct ksock_zc *zc = conn->tx.zc;

	list_del(&msg->queue);
	w->stats.messages_out++;
	if (zc) {
		conn->tx.zc = NULL;
		w->stats.uncopied_out += msg->len;
		zc_complete(NULL, &zc->ubuf, true);	/* our own reference */
	} else {
		w->stats.copied_out += msg->len;
		tx_finish_msg(conn->peer, msg, 0);
	}
}

/* TCP has taken @n bytes more. How much of a turn that was: one, or each message that ended. */
static unsigned int tx_end_messages(struct ksock_conn *conn, unsigned int n)
{
	struct ksock_tx *tx = &conn->tx;
	unsigned int bytes, ended = 0;
	struct lnet_msg *msg;

	conn->job.worker->stats.bytes_out += n;
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

/* What is going, or whose pages TCP holds, and has taken too long. */
static bool tx_is_late(struct ksock_conn *conn)
{
	const struct ksock_zc *zc = list_first_entry_or_null(&conn->zcs,
						struct ksock_zc, link);
	const struct lnet_msg *msg = list_first_entry_or_null(&conn->tx.msgs, struct lnet_msg,
							      queue);

	return (msg && ksock_peer_is_late(msg)) || (zc && ksock_peer_is_late(zc->msg));
}

/**
 * ksock_tx() - send what there is
 * @conn: the connection
 * @why: why it must end, if it must
 *
 * Context: its worker; may sleep.
 * Return: 0: nothing more, or TCP takes no more now; 1: there is more, and others
 * have been waiting; -errno with @why.
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
 * ksock_tx_end() - what was to be sent will not be
 * @conn: its connection has ended
 * @error: why
 * @abort: what TCP has will not arrive either
 *
 * Context: its worker.
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
		/* It is the only one, and ends when TCP has let go of its pages. */
		INIT_LIST_HEAD(&left);
		tx->zc->status = error;
		zc_complete(NULL, &tx->zc->ubuf, true);
		tx->zc = NULL;
	}
	list_for_each_entry(zc, &conn->zcs, link)
		if (abort && !zc->status)
			zc->status = error;

	/* Nobody adds to it any more. */
	spin_lock(&peer->lock);
	list_splice_tail_init(&conn->queue, &left);
	spin_unlock(&peer->lock);
	list_for_each_entry_safe(msg, next, &left, queue) {
		list_del(&msg->queue);
		tx_finish_msg(peer, msg, error);
	}
}
