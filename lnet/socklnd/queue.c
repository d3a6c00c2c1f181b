// SPDX-License-Identifier: GPL-2.0
/*
 * The messages of a peer, from lnd_send() to their connection, and their credits.
 *
 *	lnd_send ──► waiting ── a connection, a credit of the peer and one of the
 *	             NI ──► the connection's queue ── its worker ──► finalized,
 *	             credits back, which lets the next one go
 *
 * A peer that reads nothing holds only its own credits, of the many of the NI. Messages
 * that wait for it are in clients' memory, except answers, whose number is bounded. No
 * message waits for longer than sock_timeout, counted from lnd_send().
 */
#include "queue.h"
#include "../hooks/window.h"
#include "conn.h"
#include "conns.h"
#include "credit.h"
#include "dial.h"
#include "net.h"
#include "param.h"
#include "peer.h"

#include <lnet/lnd.h>

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/sched.h>

/* Answers ------------------------------------------------------------------- */

/* Have housekeeping end answers that are not read. */
static void queue_cut_answers(struct ksock_net *net)
{
	queue_work(ksock_wq, &net->cut_work);
}

/*
 * May this peer have no further answer, as the NI has too many? A peer that does not read
 * its answers lets them pile up. At the NI's bound the peer that holds most is closed
 * (housekeeping.c), not the one that asks next: meanwhile a peer that holds few may have more,
 * up to twice the bound.
 */
static bool queue_answers_are_many(const struct ksock_peer *peer)
{
	unsigned int most = ksock_params.answers;
	unsigned int now = atomic_read(&peer->net->answers);

	if (likely(now < most))
		return false;
	queue_cut_answers(peer->net);
	return peer->answers >= most / KSOCK_ANSWERS_FEW || now >= 2 * most;
}

static void queue_answer_added_locked(struct ksock_peer *peer)
{
	WRITE_ONCE(peer->answers, peer->answers + 1);
	atomic_inc(&peer->net->answers);
}

static void queue_answers_removed_locked(struct ksock_peer *peer, unsigned int n)
{
	if (!n)
		return;
	WRITE_ONCE(peer->answers, peer->answers - n);
	atomic_sub(n, &peer->net->answers);
}

/* Launching ----------------------------------------------------------------- */

static enum ksock_wait queue_kind(const struct lnet_msg *msg)
{
	return ksock_queue_is_answer(msg) ? KSOCK_WAIT_ANSWER : KSOCK_WAIT_OURS;
}

/* The message, of either kind, that has waited for longest. */
static struct lnet_msg *queue_first_locked(struct ksock_peer *peer)
{
	struct lnet_msg *ours, *answer;

	ours = list_first_entry_or_null(&peer->waiting[KSOCK_WAIT_OURS],
					struct lnet_msg, queue);
	answer = list_first_entry_or_null(&peer->waiting[KSOCK_WAIT_ANSWER],
					  struct lnet_msg, queue);
	if (!ours || !answer)
		return ours ?: answer;
	return time_before(answer->since, ours->since) ? answer : ours;
}

/* Give waiting messages to connections, as long as there are connections and credits. */
static void queue_launch_locked(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	struct lnet_msg *msg;

	lockdep_assert_held(&peer->lock);
	while ((msg = queue_first_locked(peer))) {
		conn = ksock_conns_for_locked(peer, msg->len);
		if (!conn || !peer->credits || !ksock_credit_take_locked(peer))
			return;
		peer->credits--;
		peer->waiting_nr[queue_kind(msg)]--;
		peer->waiting_bytes[queue_kind(msg)] -= msg->len;
		ksock_way_begin(&conn->out);
		list_move_tail(&msg->queue, &conn->queue);
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	}
}

/**
 * ksock_queue_launch() - give waiting messages to connections, as far as credits allow
 * @peer: the peer whose messages wait
 *
 * Context: task; does not sleep.
 */
void ksock_queue_launch(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	queue_launch_locked(peer);
	spin_unlock(&peer->lock);
}

/*
 * Return 1 if there is, or will be, a connection for the message; else what
 * ksock_dial_locked() returned. An answer is no reason to dial: a peer decides to which
 * peer we answer.
 */
static int queue_may_go_locked(struct ksock_peer *peer, bool answer)
{
	int rc = ksock_dial_locked(peer, !answer);

	if (ksock_conns_usable_locked(peer) || ksock_conns_opening_locked(peer))
		return 1;
	return rc;
}

/**
 * ksock_queue_credits_locked() - tell how many messages a peer may still be sent at once
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: its credits, less messages that wait: below 0 if more wait than there are credits.
 */
int ksock_queue_credits_locked(const struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	return peer->credits - (int)(peer->waiting_nr[KSOCK_WAIT_OURS] +
				     peer->waiting_nr[KSOCK_WAIT_ANSWER]);
}

/* Queue a message, and launch it if it may go now. */
static void queue_add_locked(struct ksock_peer *peer, struct lnet_msg *msg)
{
	msg->since = jiffies;
	/* A sender in reclaim frees memory by this message: it may use the reserves. */
	msg->reclaim = current->flags & PF_MEMALLOC;
	list_add_tail(&msg->queue, &peer->waiting[queue_kind(msg)]);
	peer->waiting_nr[queue_kind(msg)]++;
	peer->waiting_bytes[queue_kind(msg)] += msg->len;
	peer->sends[msg->type]++;
	if (ksock_queue_is_answer(msg))
		queue_answer_added_locked(peer);
	queue_launch_locked(peer);
	peer->credits_least = min(peer->credits_least, ksock_queue_credits_locked(peer));
}

/* Take a message from the core. Returns as ksock_queue_send(). */
static int queue_accept_locked(struct ksock_peer *peer, struct lnet_msg *msg)
{
	const bool answer = ksock_queue_is_answer(msg);
	int rc;

	if (peer->dead)
		return -ESTALE;
	if (answer && peer->answers >= ksock_params.peer_answers) {
		ksock_conns_close_locked(peer, KSOCK_REASON_UNREAD, -ENOBUFS);
		WRITE_ONCE(peer->cut_answers, true);
		queue_cut_answers(peer->net);
		return -ENOBUFS;
	}
	if (answer && queue_answers_are_many(peer))
		return -ENOBUFS;
	rc = queue_may_go_locked(peer, answer);
	if (rc <= 0)
		return rc ?: -EHOSTUNREACH;
	queue_add_locked(peer, msg);
	return 0;
}

/**
 * ksock_queue_send() - send a message to a peer
 * @peer: the peer that the message is for
 * @msg: the message; the driver's if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ESTALE: the peer is out of the table, look it up again; -ENOBUFS: too many
 * answers wait; or another -errno: the peer cannot be reached now.
 */
int ksock_queue_send(struct ksock_peer *peer, struct lnet_msg *msg)
{
	int rc;

	spin_lock(&peer->lock);
	rc = queue_accept_locked(peer, msg);
	spin_unlock(&peer->lock);
	return rc;
}

/**
 * ksock_queue_sent() - take back the credits of a message that is finalized
 * @peer: the peer that the message was for
 * @answer: the message was an ACK or a REPLY
 *
 * Context: task; does not sleep.
 */
void ksock_queue_sent(struct ksock_peer *peer, bool answer)
{
	struct ksock_peer *next;

	/* The NI's credit first: other peers may have waited for it for longer. */
	ksock_credit_back(peer);
	lnet_window(LNET_WINDOW_SOCK_CREDIT);
	/* A launched peer may have nothing to send any more; then the next peer may go. */
	while ((next = ksock_credit_next(peer))) {
		ksock_queue_launch(next);
		ksock_peer_put(next);
	}
	spin_lock(&peer->lock);
	peer->credits++;
	if (answer)
		queue_answers_removed_locked(peer, 1);
	queue_launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* Ending -------------------------------------------------------------------- */

/* Take all waiting messages of one kind, in their order. */
static void queue_take_locked(struct ksock_peer *peer, enum ksock_wait kind,
			      struct list_head *taken)
{
	list_splice_tail_init(&peer->waiting[kind], taken);
	if (kind == KSOCK_WAIT_ANSWER)
		queue_answers_removed_locked(peer, peer->waiting_nr[kind]);
	peer->waiting_nr[kind] = 0;
	peer->waiting_bytes[kind] = 0;
}

/**
 * ksock_queue_finish_failed() - finalize messages that never had credits
 * @failed: list of the messages; empty on return
 * @error: -errno with which they end
 *
 * Context: task; does not sleep.
 */
void ksock_queue_finish_failed(struct list_head *failed, int error)
{
	struct lnet_msg *msg, *next;

	list_for_each_entry_safe(msg, next, failed, queue) {
		list_del(&msg->queue);
		lnet_finalize(msg, error);
	}
}

static void queue_take_all_locked(struct ksock_peer *peer, struct list_head *taken)
{
	queue_take_locked(peer, KSOCK_WAIT_OURS, taken);
	queue_take_locked(peer, KSOCK_WAIT_ANSWER, taken);
}

/**
 * ksock_queue_take_stuck_locked() - take waiting messages if no connection will take them
 * @peer: the peer; nothing is taken if it has a connection for them, or one is opening
 * @taken: list to add the messages to, for ksock_queue_finish_failed()
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_queue_take_stuck_locked(struct ksock_peer *peer, struct list_head *taken)
{
	if (!ksock_conns_usable_locked(peer) && !ksock_conns_opening_locked(peer))
		queue_take_all_locked(peer, taken);
}

/**
 * ksock_queue_fail() - end messages that wait for a connection
 * @peer: the peer whose messages wait
 * @error: -errno with which they end
 * @always: end them also if there is a connection, or one is opening
 *
 * Context: task; does not sleep.
 */
void ksock_queue_fail(struct ksock_peer *peer, int error, bool always)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	if (always)
		queue_take_all_locked(peer, &failed);
	else
		ksock_queue_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	ksock_queue_finish_failed(&failed, error);
}

/**
 * ksock_queue_fail_answers() - end answers that wait, also if there is a connection
 * @peer: the peer that the answers are for
 * @error: -errno with which they end
 *
 * Context: task; does not sleep.
 */
void ksock_queue_fail_answers(struct ksock_peer *peer, int error)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	WRITE_ONCE(peer->cut_answers, false);
	queue_take_locked(peer, KSOCK_WAIT_ANSWER, &failed);
	spin_unlock(&peer->lock);
	ksock_queue_finish_failed(&failed, error);
}

/**
 * ksock_queue_any_locked() - tell whether a message waits for a connection
 * @peer: the peer whose messages are asked for
 *
 * Context: the peer's lock is held.
 * Return: true if one does.
 */
bool ksock_queue_any_locked(struct ksock_peer *peer)
{
	return queue_first_locked(peer);
}

/**
 * ksock_queue_fail_lost() - end messages that wait in vain
 * @peer: the peer; dialled first, if a message of our clients waits and no attempt is under way
 *
 * Context: task; does not sleep.
 */
void ksock_queue_fail_lost(struct ksock_peer *peer)
{
	LIST_HEAD(failed);
	int rc = 0;

	spin_lock(&peer->lock);
	if (queue_first_locked(peer))
		rc = queue_may_go_locked(peer, list_empty(&peer->waiting[KSOCK_WAIT_OURS]));
	if (rc <= 0)
		queue_take_all_locked(peer, &failed);
	if (READ_ONCE(peer->net->closing))
		rc = -ESHUTDOWN;
	spin_unlock(&peer->lock);
	ksock_queue_finish_failed(&failed, rc ?: -ENOTCONN);
}

/**
 * ksock_queue_is_late() - tell whether a message has taken too long
 * @msg: a message that was given to ksock_queue_send()
 *
 * Context: any.
 * Return: true if it was given more than sock_timeout ago.
 */
bool ksock_queue_is_late(const struct lnet_msg *msg)
{
	return time_after(jiffies, msg->since + ksock_param_timeout() * HZ);
}

/*
 * Move late messages from the head of a list, in their order. Returns how many; their payload comes
 * off *@bytes.
 */
static unsigned int queue_take_late(struct list_head *from, struct list_head *late, u64 *bytes)
{
	struct lnet_msg *msg;
	unsigned int n = 0;

	while ((msg = list_first_entry_or_null(from, struct lnet_msg, queue))) {
		if (!ksock_queue_is_late(msg))
			break;
		list_move_tail(&msg->queue, late);
		*bytes -= msg->len;
		n++;
	}
	return n;
}

/* Finalize late messages that have credits. */
static void queue_finish_late(struct ksock_peer *peer, struct list_head *late)
{
	struct lnet_msg *msg, *next;
	bool answer;

	list_for_each_entry_safe(msg, next, late, queue) {
		list_del(&msg->queue);
		answer = ksock_queue_is_answer(msg);
		lnet_finalize(msg, -ETIMEDOUT);
		ksock_queue_sent(peer, answer);
	}
}

/**
 * ksock_queue_expire() - end messages that have waited for longer than sock_timeout
 * @peer: the peer that the messages are for
 *
 * A message that a worker has taken to send ends with its connection. The caller sees to
 * that.
 *
 * Context: task; does not sleep.
 */
void ksock_queue_expire(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	LIST_HEAD(waited);
	LIST_HEAD(queued);
	unsigned int n, kind;
	u64 unused = 0;
	int type;

	spin_lock(&peer->lock);
	for (kind = 0; kind < KSOCK_WAITS; kind++) {
		n = queue_take_late(&peer->waiting[kind], &waited,
				    &peer->waiting_bytes[kind]);
		peer->waiting_nr[kind] -= n;
		if (kind == KSOCK_WAIT_ANSWER)
			queue_answers_removed_locked(peer, n);
	}
	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn)
			queue_take_late(&conn->queue, &queued, &unused);
	}
	spin_unlock(&peer->lock);

	ksock_queue_finish_failed(&waited, -ETIMEDOUT);
	queue_finish_late(peer, &queued);
}
