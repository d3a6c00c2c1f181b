// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: the worker of a connection reads its messages.
 *
 *	header around a message ──NOOP──► cookies checked
 *	   │ LNET
 *	header of the message ── lnet_parse() ── lnd_recv(): where the payload goes
 *	   │
 *	payload, straight to its place ── the rest thrown away ── lnet_finalize()
 *
 * Headers are read into a buffer of the connection. On CONTROL and ANY connections, where
 * messages are small, it takes many messages, so that one call of TCP fetches all that has
 * come; their payload is copied out of it. On others it takes one header, and TCP copies
 * the payload to its place. A call that reads the end of a payload may also fill the
 * buffer (rx_read_place()).
 *
 * No byte is trusted before proto.c or lnet_parse() has checked it. Bytes that break the protocol
 * end the connection.
 */
#include "aside.h"
#include "conn.h"
#include "acks.h"
#include "net.h"
#include "peer.h"
#include "worker.h"
#include "../hooks/window.h"

#include <linux/net.h>
#include <linux/tcp.h>

#include <net/sock.h>

enum {
	BUDGET_STEPS	= 128,		/* in one call of ksock_rx(): two make a message */
	BUDGET_BYTES	= 4 << 20,
	WITH_NEXT	= 64 << 10,	/* up to so little payload the next header comes too */
};

static unsigned int rx_outer_bytes(const struct ksock_conn *conn)
{
	return conn->version == KSOCK_V1 ? 0 : KSOCK_HDR_BYTES;
}

/* Translate a result of recvmsg that is not positive. 0: no data now; -errno with @why. */
static int rx_socket_error(int rc, enum ksock_reason *why)
{
	if (rc == -EAGAIN)
		return 0;
	*why = rc ? KSOCK_REASON_ERROR : KSOCK_REASON_PEER;
	return rc ?: -ECONNRESET;
}

/* Return true if no more data will come: the peer has closed, or the socket has an error. */
static bool rx_has_ended(const struct sock *sk)
{
	return READ_ONCE(sk->sk_err) || READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN;
}

/*
 * Account for @n bytes from TCP of @asked. If they are fewer, TCP has no more now and will call
 * back, so do not call it again, which would cost as much as this call. But TCP does not call
 * back for an end that has come already, and it stops short at urgent data.
 */
static void rx_note_progress(struct ksock_conn *conn, unsigned int n, unsigned int asked)
{
	const struct sock *sk = conn->job.sock->sk;

	ksock_worker_count(&conn->job.worker->stats.bytes_in, n);
	ksock_way_move(&conn->in, n);
	conn->rx.drained = n < asked && !rx_has_ended(sk) && !READ_ONCE(tcp_sk(sk)->urg_data);
}

/*
 * Get at least @n bytes into the buffer, by reading as many as fit. Return 1 if they are
 * there, 0 if not yet, -errno with @why.
 */
static int rx_fill(struct ksock_conn *conn, unsigned int n, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	struct msghdr msg = {};
	unsigned int asked;
	struct kvec iov;
	int rc;

	if (rx->end - rx->begin >= n)
		return 1;
	if (rx->begin) {
		memmove(rx->buf, rx->buf + rx->begin, rx->end - rx->begin);
		rx->end -= rx->begin;
		rx->begin = 0;
	}
	/* If the stream ends after these bytes, TCP does not call back: find the end here. */
	while (rx->end < n) {
		if (rx->drained)
			return 0;
		iov.iov_base = rx->buf + rx->end;
		iov.iov_len = rx->ahead - rx->end;
		asked = iov.iov_len;
		rc = kernel_recvmsg(conn->job.sock, &msg, &iov, 1, asked, MSG_DONTWAIT);
		if (rc <= 0)
			return rx_socket_error(rc, why);
		rx->end += rc;
		rx_note_progress(conn, rc, asked);
		lnet_window(LNET_WINDOW_SOCK_RX_BUSY);
		ksock_way_begin(&conn->in);
	}
	return 1;
}

/* Cookies ------------------------------------------------------------------- */

/* We never send a cookie, so a cookie that the peer returns is an error. */
static int rx_check_acks(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_acks acks;

	ksock_proto_acks(&conn->rx.sock_hdr, conn->version, &acks);
	if (!acks.first && !acks.other)
		return 0;
	*why = KSOCK_REASON_BAD_COOKIE;
	return -EPROTO;
}

/* Checksums ----------------------------------------------------------------- */

static u32 rx_csum_place(u32 csum, const struct lnet_frags *place)
{
	struct lnet_frags rest = *place;
	unsigned int n;
	void *p;

	for (n = lnet_frags_piece(&rest); n; n = lnet_frags_next(&rest, n)) {
		p = lnet_frags_map(&rest);
		csum = ksock_proto_csum(csum, p, n);
		lnet_frags_unmap(&rest, p);
	}
	return csum;
}

/*
 * Start the checksum of a message. In version 2 it includes the headers. From version 3 on no peer
 * should send a checksum; if one does, Lustre checks it against the payload, and so do we.
 */
static u32 rx_csum_headers(struct ksock_conn *conn)
{
	struct ksock_rx *rx = &conn->rx;
	u32 csum = KSOCK_CSUM_SEED;

	if (conn->version != KSOCK_V2)
		return csum;
	csum = ksock_proto_csum(csum, rx->outer, sizeof(rx->outer));
	if (rx->sock_hdr.type == KSOCK_LNET)
		csum = ksock_proto_csum(csum, &rx->hdr, sizeof(rx->hdr));
	return csum;
}

/*
 * Return true if the checksum is right or not checked: dropped or cut payload is not in memory,
 * and a GET is answered at once, not held back for its checksum.
 */
static bool rx_csum_is_good(struct ksock_conn *conn)
{
	struct ksock_rx *rx = &conn->rx;

	if (!rx_outer_bytes(conn) || !rx->sock_hdr.csum || (!rx->msg && !rx->aside) ||
	    rx->cut)
		return true;
	return rx_csum_place(rx->csum, &rx->place) == rx->sock_hdr.csum;
}

/* Messages ------------------------------------------------------------------ */

/* A message was read completely: finalize it. Return 1, or -errno with @why if it is bad. */
static int rx_message_end(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	struct lnet_msg *msg = rx->msg;
	bool good;

	if (rx->aside)
		ksock_aside_place(rx->aside, &rx->place);
	good = rx_csum_is_good(conn);
	rx->payload = false;
	rx->msg = NULL;
	WRITE_ONCE(conn->in.busy, rx->end > rx->begin);
	ksock_worker_count(&conn->job.worker->stats.messages_in, 1);
	ksock_peer_useful(conn->peer);
	if (rx_outer_bytes(conn))
		ksock_acks_note(conn, rx->sock_hdr.cookie[0]);

	if (rx->aside) {
		struct ksock_aside *aside = rx->aside;

		rx->aside = NULL;
		ksock_aside_filled(aside, good ? 0 : -EPROTO);
	} else if (msg) {
		lnet_finalize(msg, good ? 0 : -EPROTO);
	}
	if (good)
		return 1;
	*why = KSOCK_REASON_BAD_CSUM;
	return -EPROTO;
}

/*
 * Make @to cover the last @n bytes of payload and behind them the buffer, which is empty: a
 * call for a header alone would cost as much as a small payload. Return the bytes covered.
 */
static size_t rx_payload_and_next(struct ksock_conn *conn, size_t n, struct iov_iter *to)
{
	struct ksock_gather *g = &conn->job.worker->gather;
	struct ksock_rx *rx = &conn->rx;
	struct lnet_frags rest = rx->place;

	lnet_frags_skip(&rest, rest.len - n);
	ksock_gather_begin(g, rest.kiov);
	ksock_gather_payload(g, &rest);
	ksock_gather_buffer(g, rx->buf, rx->ahead);
	lnet_frags_iter(&g->all, READ, to);
	return g->all.len;
}

/* Account for @got bytes from TCP: payload first, then bytes in the buffer. */
static void rx_note_payload(struct ksock_rx *rx, size_t got)
{
	size_t n = min(got, iov_iter_count(&rx->iter));

	iov_iter_advance(&rx->iter, n);
	if (got == n)
		return;
	rx->begin = 0;
	rx->end = got - n;
}

/* Read payload to its place, from the buffer first. Return as rx_fill(); 1: it is complete. */
static int rx_read_place(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	struct msghdr msg = {};
	size_t n, asked;
	int rc;

	n = min_t(size_t, rx->end - rx->begin, iov_iter_count(&rx->iter));
	if (n) {
		if (copy_to_iter(rx->buf + rx->begin, n, &rx->iter) != n) {
			*why = KSOCK_REASON_NO_MEMORY;
			return -EFAULT;
		}
		rx->begin += n;
	}
	while ((n = iov_iter_count(&rx->iter))) {
		if (rx->drained)
			return 0;
		msg.msg_iter = rx->iter;
		asked = n;
		/* Behind it must be a header: no bytes to discard, no further piece set aside. */
		if (n <= WITH_NEXT && !rx->skip && !rx->aside)
			asked = rx_payload_and_next(conn, n, &msg.msg_iter);
		rc = sock_recvmsg(conn->job.sock, &msg, MSG_DONTWAIT);
		if (rc <= 0)
			return rx_socket_error(rc, why);
		rx_note_payload(rx, rc);
		rx_note_progress(conn, rc, asked);
	}
	return 1;
}

/* Discard the payload that has no place. Return as rx_fill(); 1: all of it is gone. */
static int rx_read_away(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	struct msghdr msg = {};
	unsigned int n = min(rx->end - rx->begin, rx->skip);
	int rc;

	rx->begin += n;
	rx->skip -= n;
	while (rx->skip) {
		if (rx->drained)
			return 0;
		iov_iter_discard(&msg.msg_iter, READ, rx->skip);
		rc = sock_recvmsg(conn->job.sock, &msg, MSG_DONTWAIT);
		if (rc <= 0)
			return rx_socket_error(rc, why);
		rx_note_progress(conn, rc, rx->skip);
		rx->skip -= rc;
	}
	return 1;
}

/* Get more room for a payload set aside. Without room its message fails; discard the rest. */
static void rx_grow_aside(struct ksock_conn *conn)
{
	struct ksock_rx *rx = &conn->rx;
	unsigned int left = ksock_aside_left(rx->aside);

	if (!ksock_aside_grow(rx->aside, &rx->place)) {
		lnet_frags_iter(&rx->place, READ, &rx->iter);
		return;
	}
	rx->aside = NULL;
	rx->place.len = 0;
	rx->skip = left;
	rx->cut = true;
	iov_iter_discard(&rx->iter, READ, 0);
}

/* Return true if data or the end has come. If it comes after this check, TCP calls back. */
static bool rx_something_has_come(const struct ksock_conn *conn)
{
	const struct sock *sk = conn->job.sock->sk;

	return conn->rx.end > conn->rx.begin ||
	       !skb_queue_empty_lockless(&sk->sk_receive_queue) || rx_has_ended(sk);
}

static int rx_read_payload(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	int rc;

	for (;;) {
		rc = rx_read_place(conn, why);
		if (rc <= 0)
			return rc;
		if (!rx->aside || !ksock_aside_left(rx->aside))
			break;
		if (!rx_something_has_come(conn))
			return 0;
		rx_grow_aside(conn);
	}
	rc = rx_read_away(conn, why);
	if (rc <= 0)
		return rc;
	return rx_message_end(conn, why);
}

/* For an unprivileged peer, replace the claimed source by the identity that we assigned. */
static void rx_rewrite_source(struct ksock_conn *conn)
{
	const struct ksock_key *key = &conn->peer->key;

	if (!(key->pid & LNET_PID_USERFLAG))
		return;
	conn->rx.hdr.src_nid = cpu_to_le64(key->nid);
	conn->rx.hdr.src_pid = cpu_to_le32(key->pid);
}

/*
 * The number of a NID in a header of version 4. One that LNet has not heard of is not ours, nor the
 * peer's, but is on its network like any other: it gets a number that no NID of that has.
 */
static __le64 rx_number(const struct lnet_nid *nid)
{
	lnet_nid_t number = lnet_nid_find(nid);

	if (number == LNET_NID_ANY && !lnet_nid_is_any(nid))
		number = LNET_NID_LARGE | LNET_MKNID(lnet_nid_net(nid), 0);
	return cpu_to_le64(number);
}

/*
 * Take a message's header out of the buffer. What stands in it for a large NID is a number of ours,
 * so no peer may say one. Returns 0 or -EPROTO.
 */
static int rx_take_header(struct ksock_conn *conn)
{
	struct ksock_rx *rx = &conn->rx;
	const u8 *p = rx->buf + rx->begin;
	struct lnet_nid dest, src;
	int rc;

	if (conn->version < KSOCK_V4) {
		memcpy(&rx->hdr, p, sizeof(rx->hdr));
		rx->begin += sizeof(rx->hdr);
		if (lnet_nid_is_large(le64_to_cpu(rx->hdr.dest_nid)) ||
		    lnet_nid_is_large(le64_to_cpu(rx->hdr.src_nid)))
			return -EPROTO;
		return 0;
	}
	rc = ksock_proto_nids_decode(p, &dest, &src);
	if (rc)
		return rc;
	rx->hdr.dest_nid = rx_number(&dest);
	rx->hdr.src_nid = rx_number(&src);
	memcpy((u8 *)&rx->hdr + KSOCK_NIDS_BYTES, p + KSOCK_NIDS_LARGE_BYTES,
	       sizeof(rx->hdr) - KSOCK_NIDS_BYTES);
	rx->begin += KSOCK_NIDS_LARGE_BYTES + sizeof(rx->hdr) - KSOCK_NIDS_BYTES;
	return 0;
}

static int rx_parse_message(struct ksock_conn *conn, enum ksock_reason *why)
{
	const struct ksock_key *key = &conn->peer->key;
	struct lnet_process_id from = { .nid = key->nid, .pid = key->pid };
	struct ksock_rx *rx = &conn->rx;
	u32 type;
	int rc;

	rc = rx_take_header(conn);
	if (rc) {
		*why = KSOCK_REASON_BAD_MESSAGE;
		return rc;
	}
	rx->csum = rx_csum_headers(conn);	/* over the bytes that came, before the change */
	rx_rewrite_source(conn);

	rx->msg = NULL;
	rx->aside = NULL;
	rx->skip = 0;
	rx->cut = false;
	rx->place.len = 0;
	iov_iter_discard(&rx->iter, READ, 0);
	type = le32_to_cpu(rx->hdr.type);
	rc = lnet_parse(conn->peer->net->ni, &rx->hdr, from, conn, 0);
	if (rc) {
		*why = KSOCK_REASON_BAD_MESSAGE;
		return rc;
	}
	if (type < ARRAY_SIZE(rx->receives))
		WRITE_ONCE(rx->receives[type], rx->receives[type] + 1);
	rx->payload = true;
	return 1;
}

static int rx_noop_end(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;

	ksock_worker_count(&conn->job.worker->stats.noops_in, 1);
	WRITE_ONCE(conn->in.busy, rx->end > rx->begin);
	if (!rx->sock_hdr.csum || rx->sock_hdr.csum == rx_csum_headers(conn))
		return 1;
	*why = KSOCK_REASON_BAD_CSUM;
	return -EPROTO;
}

static int rx_read_header(struct ksock_conn *conn, enum ksock_reason *why)
{
	struct ksock_rx *rx = &conn->rx;
	unsigned int outer = rx_outer_bytes(conn);
	int rc;

	if (outer) {
		rc = rx_fill(conn, outer, why);
		if (rc <= 0)
			return rc;
		rc = ksock_proto_hdr_decode(rx->buf + rx->begin, conn->flip,
					    &rx->sock_hdr);
		if (rc) {
			*why = KSOCK_REASON_BAD_HEADER;
			return rc;
		}
		/* Keep the header for the checksum, which takes its own field as 0. */
		memcpy(rx->outer, rx->buf + rx->begin, sizeof(rx->outer));
		memset(rx->outer + 4, 0, 4);
	}
	if (!outer || rx->sock_hdr.type == KSOCK_LNET) {
		rc = rx_fill(conn, ksock_proto_headers(conn->version), why);
		if (rc <= 0)
			return rc;
	}
	rx->begin += outer;
	if (outer) {
		rc = rx_check_acks(conn, why);
		if (rc)
			return rc;
		if (rx->sock_hdr.type == KSOCK_NOOP)
			return rx_noop_end(conn, why);
	}
	return rx_parse_message(conn, why);
}

/**
 * ksock_rx() - receive what has come on a connection
 * @conn: the connection to read from
 * @why: set to the reason, if the connection must end
 *
 * Context: the connection's worker; may sleep.
 * Return: 0: nothing more now; 1: there may be more, but other jobs come first; -errno: the
 * connection must end, see @why.
 */
int ksock_rx(struct ksock_conn *conn, enum ksock_reason *why)
{
	u64 enough = conn->job.worker->stats.bytes_in + BUDGET_BYTES;
	unsigned int step;
	int rc;

	ksock_peer_heard(conn->peer);
	conn->rx.drained = false;
	if (conn->rx.end > conn->rx.begin)
		ksock_way_begin(&conn->in);
	for (step = 0; step < BUDGET_STEPS; step++) {
		if (ksock_job_is_closing(&conn->job))
			return 0;
		/*
		 * Read no further while too many cookies wait. The pause is ours: between
		 * two messages call it idle, so that the connection does not look stuck.
		 */
		if (ksock_acks_hold_up(conn)) {
			if (!conn->rx.payload)
				WRITE_ONCE(conn->in.busy, false);
			return 0;
		}
		if (conn->rx.payload)
			rc = rx_read_payload(conn, why);
		else
			rc = rx_read_header(conn, why);
		if (rc <= 0)
			return rc;
		if (conn->job.worker->stats.bytes_in >= enough)
			break;
	}
	return 1;
}

/**
 * ksock_rx_end() - fail the message that was being received
 * @conn: the connection, which has ended
 * @error: the status of the message, -errno
 *
 * Context: the connection's worker.
 */
void ksock_rx_end(struct ksock_conn *conn, int error)
{
	struct ksock_rx *rx = &conn->rx;

	if (!rx->payload)
		return;
	rx->payload = false;
	if (rx->aside)
		ksock_aside_filled(rx->aside, error);
	else if (rx->msg)
		lnet_finalize(rx->msg, error);
	rx->aside = NULL;
	rx->msg = NULL;
}

/*
 * lnd_recv: note where the payload goes; the worker reads it later. @priv is the connection,
 * or with @delayed the payload set aside.
 */
int ksock_rx_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
		  int delayed, unsigned int niov, struct kvec *iov,
		  struct bio_vec *kiov, unsigned int offset,
		  unsigned int mlen, unsigned int rlen)
{
	struct lnet_frags place = {
		.niov = niov, .iov = iov, .kiov = kiov,
		.offset = offset, .len = mlen,
	};
	struct ksock_conn *conn = priv;

	if (delayed)
		return ksock_aside_claim(priv, msg, &place);

	conn->rx.msg = msg;
	conn->rx.place = place;
	conn->rx.skip = rlen - mlen;
	conn->rx.cut = rlen > mlen;
	if (mlen)
		lnet_frags_iter(&place, READ, &conn->rx.iter);
	return 0;
}

/* lnd_eager_recv: set the payload aside, in pages of ours that are allocated as it comes. */
int ksock_rx_eager_recv(struct lnet_ni *ni, void *priv, struct lnet_msg *msg,
			void **newpriv)
{
	struct ksock_conn *conn = priv;
	unsigned int bytes = le32_to_cpu(conn->rx.hdr.payload_length);
	struct ksock_aside *aside = ksock_aside_new(msg, bytes);

	if (!aside)
		return -ENOMEM;
	conn->rx.aside = aside;
	*newpriv = aside;
	return 1;
}
