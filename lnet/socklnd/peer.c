// SPDX-License-Identifier: GPL-2.0
/*
 * A peer: its messages and its connections.
 *
 *	lnd_send ──► waiting ── a connection, a credit of the peer and one of the
 *	             NI ──► the connection's queue ── its worker ──► finalized,
 *	             credits back, which lets the next one go
 *
 * A peer that reads nothing holds only its own credits, of the many of the NI. Messages
 * that wait for it are in clients' memory, except answers, whose number is bounded. No
 * message waits for longer than sock_timeout, counted from lnd_send().
 *
 * A peer is found by NID and PID, under RCU. It is in the table until housekeeping has
 * found it idle for a while, or the NI goes down. @dead, under the peer's lock, says that
 * it has left the table; a thread that sees @dead looks the peer up again.
 */
#include "peer.h"
#include "../hooks/window.h"
#include "conn.h"
#include "host.h"
#include "net.h"
#include "param.h"

#include <lnet/api.h>

#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

/* Coming and going ---------------------------------------------------------- */

static const struct rhashtable_params by_key = {
	.key_len		= sizeof(struct ksock_key),
	.key_offset		= offsetof(struct ksock_peer, key),
	.head_offset		= offsetof(struct ksock_peer, node),
	.automatic_shrinking	= true,
};

/**
 * ksock_peer_table_init() - make the table of an NI
 * @net: the NI
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_peer_table_init(struct ksock_net *net)
{
	return rhashtable_init(&net->peers, &by_key);
}

/**
 * ksock_peer_find() - look a peer up
 * @net: the NI
 * @nid: the peer's NID
 * @pid: the peer's PID
 *
 * Context: task.
 * Return: the peer, with a reference for the caller; or NULL.
 */
struct ksock_peer *ksock_peer_find(struct ksock_net *net,
				   lnet_nid_t nid, lnet_pid_t pid)
{
	struct ksock_key key = { .nid = nid, .pid = pid };
	struct ksock_peer *peer;

	rcu_read_lock();
	peer = rhashtable_lookup(&net->peers, &key, by_key);
	if (peer)
		lnet_window(LNET_WINDOW_SOCK_PEER_FOUND);
	if (peer && !refcount_inc_not_zero(&peer->refs))
		peer = NULL;
	rcu_read_unlock();
	return peer;
}

static struct ksock_peer *peer_new(struct ksock_net *net, lnet_nid_t nid,
				   lnet_pid_t pid)
{
	struct ksock_peer *peer;
	unsigned int i;

	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
	if (!peer)
		return NULL;
	refcount_set(&peer->refs, 1);
	spin_lock_init(&peer->lock);
	peer->key.nid = nid;
	peer->key.pid = pid;
	peer->version = KSOCK_V3;
	peer->credits = ksock_params.peer_credits;
	peer->idle_since = jiffies;
	for (i = 0; i < KSOCK_WAITS; i++)
		INIT_LIST_HEAD(&peer->waiting[i]);
	INIT_LIST_HEAD(&peer->starved_link);
	INIT_DELAYED_WORK(&peer->dial_work, ksock_dial_work);
	peer->net = net;
	return peer;
}

/* A new peer that has joined its address and holds a reference to the NI; or ERR_PTR. */
static struct ksock_peer *peer_new_member(struct ksock_net *net, lnet_nid_t nid,
					  lnet_pid_t pid, u32 ip, bool guest)
{
	struct ksock_peer *peer;

	if (!ksock_net_hold(net))
		return ERR_PTR(-ESHUTDOWN);
	peer = peer_new(net, nid, pid);
	if (!peer) {
		ksock_net_release(net);
		return ERR_PTR(-ENOMEM);
	}
	peer->host = ksock_host_join(net, ip, guest);
	if (IS_ERR(peer->host)) {
		struct ksock_host *none = peer->host;

		kfree(peer);
		ksock_net_release(net);
		return ERR_CAST(none);
	}
	return peer;
}

static void peer_free_member(struct ksock_peer *peer)
{
	struct ksock_net *net = peer->net;

	ksock_host_leave(net, peer->host);
	kfree_rcu(peer, rcu);
	ksock_net_release(net);
}

/**
 * ksock_peer_obtain() - look a peer up, and make it if there is none
 * @net: the NI
 * @nid: the peer's NID
 * @pid: the peer's PID
 * @ip: the address of a new peer
 * @guest: the peer connects to us; else a client of ours sends to it
 *
 * Context: task; does not sleep.
 * Return: the peer, with a reference for the caller; -ESHUTDOWN: the NI goes down;
 * -ENOBUFS: there are too many peers, or too many from @ip; -ENOMEM.
 */
struct ksock_peer *ksock_peer_obtain(struct ksock_net *net,
				     lnet_nid_t nid, lnet_pid_t pid,
				     u32 ip, bool guest)
{
	struct ksock_peer *peer, *other;

	peer = ksock_peer_find(net, nid, pid);
	if (peer)
		return peer;
	if (atomic_read(&net->peers_nr) >= KSOCK_PEERS_MAX)
		return ERR_PTR(-ENOBUFS);
	peer = peer_new_member(net, nid, pid, ip, guest);
	if (IS_ERR(peer))
		return peer;

	lnet_window(LNET_WINDOW_SOCK_PEER_MADE);
	rcu_read_lock();
	do {
		other = rhashtable_lookup_get_insert_fast(&net->peers, &peer->node, by_key);
		/* A peer without a reference is about to leave its place in the table. */
	} while (!IS_ERR_OR_NULL(other) && !refcount_inc_not_zero(&other->refs));
	if (!other) {
		refcount_inc(&peer->refs);	/* the caller's; the first is the table's */
		atomic_inc(&net->peers_nr);
		/*
		 * In the same RCU read section: a thread that waits for a grace period and
		 * then goes through all peers misses none that can be found.
		 */
		llist_add(&peer->born, &net->born);
	}
	rcu_read_unlock();
	if (other) {
		peer_free_member(peer);
		return other;
	}
	ksock_chores_meet(net);
	return peer;
}

/**
 * ksock_peer_put() - drop a reference to a peer
 * @peer: the peer; maybe gone on return
 *
 * Context: task.
 */
void ksock_peer_put(struct ksock_peer *peer)
{
	if (refcount_dec_and_test(&peer->refs))
		peer_free_member(peer);
}

/**
 * ksock_peer_unhash_locked() - take a peer out of the table
 * @peer: the peer, in the table; ksock_peer_bury() is to follow
 *
 * Setting @dead and removing the peer is one locked step: a thread that sees @dead does
 * not find the peer again.
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_peer_unhash_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	peer->dead = true;
	rhashtable_remove_fast(&peer->net->peers, &peer->node, by_key);
}

/**
 * ksock_peer_bury() - drop the table's reference to a peer
 * @peer: the peer, unhashed by the caller; maybe gone on return
 *
 * Context: task; may sleep.
 */
void ksock_peer_bury(struct ksock_peer *peer)
{
	atomic_dec(&peer->net->peers_nr);
	lnet_window(LNET_WINDOW_SOCK_PEER_DEAD);
	ksock_sysfs_peer_del(peer);
	ksock_peer_put(peer);
}

/**
 * ksock_peer_name() - write a peer's name for the log
 * @peer: the peer
 * @buf: buffer for the name
 * @size: size of @buf, bytes
 *
 * Return: @buf.
 */
char *ksock_peer_name(const struct ksock_peer *peer, char *buf, size_t size)
{
	struct lnet_process_id id = { .nid = peer->key.nid, .pid = peer->key.pid };

	return libcfs_id2str_r(id, buf, size);
}

/**
 * ksock_peer_heard() - note that something came from a peer
 * @peer: the peer
 */
void ksock_peer_heard(struct ksock_peer *peer)
{
	WRITE_ONCE(peer->alive, ktime_get_seconds());
}

/**
 * ksock_peer_useful() - note that a connection of a peer was of use
 * @peer: the peer; the next pause after a failure is a short one
 */
void ksock_peer_useful(struct ksock_peer *peer)
{
	if (!READ_ONCE(peer->good))
		WRITE_ONCE(peer->good, true);
}

/* Messages ------------------------------------------------------------------ */

/*
 * May this peer have no further answer, as the NI has too many? A peer that does not read
 * its answers lets them pile up. At the NI's bound the peer that holds most is closed
 * (chores.c), not the one that asks next: meanwhile a peer that holds few may have more,
 * up to twice the bound.
 */
static bool peer_answers_are_many(const struct ksock_peer *peer)
{
	unsigned int most = ksock_params.answers;
	unsigned int now = atomic_read(&peer->net->answers);

	if (likely(now < most))
		return false;
	ksock_chores_cut(peer->net);
	return peer->answers >= most / KSOCK_ANSWERS_FEW || now >= 2 * most;
}

static void peer_count_answers_locked(struct ksock_peer *peer, int n)
{
	peer->answers += n;
	if (n)
		atomic_add(n, &peer->net->answers);
}

static bool conn_takes_messages(const struct ksock_conn *conn)
{
	return conn->version != KSOCK_V3 ||
	       (conn->type != KSOCK_ANY && conn->type != KSOCK_BULK_IN);
}

/* An open connection of that type by which messages may go, or NULL. */
static struct ksock_conn *peer_open_conn(struct ksock_peer *peer,
					 enum ksock_ctype type)
{
	struct ksock_conn *conn = peer->conns[type];

	return conn && conn->open && conn_takes_messages(conn) ? conn : NULL;
}

/*
 * Small and large messages go by different connections, if there are both. Before version 3
 * messages go by connections of any type.
 */
static struct ksock_conn *peer_conn_for(struct ksock_peer *peer, unsigned int payload)
{
	const bool bulk = KSOCK_HDR_BYTES + sizeof(struct lnet_hdr) + payload >=
			  ksock_params.min_bulk;
	struct ksock_conn *conn;

	conn = peer_open_conn(peer, bulk ? KSOCK_BULK_OUT : KSOCK_CONTROL);
	if (!conn)
		conn = peer_open_conn(peer, bulk ? KSOCK_CONTROL : KSOCK_BULK_OUT);
	if (!conn)
		conn = peer_open_conn(peer, KSOCK_ANY);
	return conn ?: peer_open_conn(peer, KSOCK_BULK_IN);
}

/**
 * ksock_peer_usable_locked() - tell whether a message can go to a peer
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if there is an open connection for it.
 */
bool ksock_peer_usable_locked(struct ksock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	return peer_conn_for(peer, 0);
}

static enum ksock_wait msg_wait(const struct lnet_msg *msg)
{
	return ksock_is_answer(msg) ? KSOCK_WAIT_ANSWER : KSOCK_WAIT_OURS;
}

/* The message, of either kind, that has waited for longest. */
static struct lnet_msg *peer_first_waiting_locked(struct ksock_peer *peer)
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
static void peer_launch_locked(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	struct lnet_msg *msg;

	lockdep_assert_held(&peer->lock);
	while ((msg = peer_first_waiting_locked(peer))) {
		conn = peer_conn_for(peer, msg->len);
		if (!conn || !peer->credits || !ksock_host_credit_take_locked(peer))
			return;
		peer->credits--;
		peer->waiting_nr[msg_wait(msg)]--;
		ksock_way_begin(&conn->out);
		list_move_tail(&msg->queue, &conn->queue);
		ksock_job_kick(&conn->job, KSOCK_JOB_WRITE);
	}
}

/**
 * ksock_peer_launch() - give waiting messages to connections, as far as credits allow
 * @peer: the peer
 *
 * Context: task; does not sleep.
 */
void ksock_peer_launch(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	peer_launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* Has a connection that takes messages been admitted, and will it open in a moment? */
static bool peer_is_opening_locked(struct ksock_peer *peer)
{
	const struct ksock_conn *conn;
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && !conn->open && conn_takes_messages(conn))
			return true;
	}
	return false;
}

/*
 * Return 1 if there is, or will be, a connection for the message; else what
 * ksock_dial_locked() returned. An answer is no reason to dial: a peer decides to which
 * peer we answer.
 */
static int peer_may_go_locked(struct ksock_peer *peer, bool answer)
{
	int rc = ksock_dial_locked(peer, !answer);

	return ksock_peer_usable_locked(peer) || peer_is_opening_locked(peer) ? 1 : rc;
}

/* Queue a message, and launch it if it may go now. */
static void peer_add_waiting_locked(struct ksock_peer *peer, struct lnet_msg *msg)
{
	msg->since = jiffies;
	/* A sender in reclaim frees memory by this message: it may use the reserves. */
	msg->reclaim = current->flags & PF_MEMALLOC;
	list_add_tail(&msg->queue, &peer->waiting[msg_wait(msg)]);
	peer->waiting_nr[msg_wait(msg)]++;
	peer_count_answers_locked(peer, ksock_is_answer(msg));
	peer_launch_locked(peer);
}

/**
 * ksock_peer_send() - send a message to a peer
 * @peer: the peer
 * @msg: the message; the driver's if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ESTALE: the peer is out of the table, look it up again; -ENOBUFS: too many
 * answers wait; or another -errno: the peer cannot be reached now.
 */
int ksock_peer_send(struct ksock_peer *peer, struct lnet_msg *msg)
{
	int rc;

	spin_lock(&peer->lock);
	if (peer->dead) {
		rc = -ESTALE;
	} else if (ksock_is_answer(msg) && peer->answers >= ksock_params.peer_answers) {
		rc = -ENOBUFS;
		ksock_peer_close_locked(peer, KSOCK_REASON_UNREAD, rc);
		WRITE_ONCE(peer->cut, true);
		ksock_chores_cut(peer->net);
	} else if (ksock_is_answer(msg) && peer_answers_are_many(peer)) {
		rc = -ENOBUFS;
	} else {
		rc = peer_may_go_locked(peer, ksock_is_answer(msg));
		if (rc > 0)
			peer_add_waiting_locked(peer, msg);
		rc = rc > 0 ? 0 : rc ?: -EHOSTUNREACH;
	}
	spin_unlock(&peer->lock);
	return rc;
}

/**
 * ksock_peer_sent() - take back the credits of a message that is finalized
 * @peer: the peer that the message was for
 * @answer: the message was an ACK or a REPLY
 *
 * Context: task; does not sleep.
 */
void ksock_peer_sent(struct ksock_peer *peer, bool answer)
{
	/* The NI's credit first: other peers may have waited for it for longer. */
	ksock_host_credit_back(peer);
	spin_lock(&peer->lock);
	peer->credits++;
	peer_count_answers_locked(peer, -(int)answer);
	peer_launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* Take all waiting messages of one kind, in their order. */
static void peer_take_waiting_locked(struct ksock_peer *peer, enum ksock_wait kind,
				     struct list_head *taken)
{
	list_splice_tail_init(&peer->waiting[kind], taken);
	if (kind == KSOCK_WAIT_ANSWER)
		peer_count_answers_locked(peer, -(int)peer->waiting_nr[kind]);
	peer->waiting_nr[kind] = 0;
}

/**
 * ksock_peer_finish_failed() - finalize messages that never had credits
 * @failed: list of the messages; empty on return
 * @error: -errno with which they end
 *
 * Context: task; does not sleep.
 */
void ksock_peer_finish_failed(struct list_head *failed, int error)
{
	struct lnet_msg *msg, *next;

	list_for_each_entry_safe(msg, next, failed, queue) {
		list_del(&msg->queue);
		lnet_finalize(msg, error);
	}
}

static void peer_take_all_waiting_locked(struct ksock_peer *peer, struct list_head *taken)
{
	peer_take_waiting_locked(peer, KSOCK_WAIT_OURS, taken);
	peer_take_waiting_locked(peer, KSOCK_WAIT_ANSWER, taken);
}

/**
 * ksock_peer_take_stuck_locked() - take waiting messages if no connection will take them
 * @peer: the peer; nothing is taken if it has a connection for them, or one is opening
 * @taken: list to add the messages to, for ksock_peer_finish_failed()
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_peer_take_stuck_locked(struct ksock_peer *peer, struct list_head *taken)
{
	if (!ksock_peer_usable_locked(peer) && !peer_is_opening_locked(peer))
		peer_take_all_waiting_locked(peer, taken);
}

/**
 * ksock_peer_fail() - end messages that wait for a connection
 * @peer: the peer
 * @error: -errno with which they end
 * @always: end them also if there is a connection, or one is opening
 *
 * Context: task; does not sleep.
 */
void ksock_peer_fail(struct ksock_peer *peer, int error, bool always)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	if (always)
		peer_take_all_waiting_locked(peer, &failed);
	else
		ksock_peer_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	ksock_peer_finish_failed(&failed, error);
}

/**
 * ksock_peer_fail_answers() - end answers that wait, also if there is a connection
 * @peer: the peer that the answers are for
 * @error: -errno with which they end
 *
 * Context: task; does not sleep.
 */
void ksock_peer_fail_answers(struct ksock_peer *peer, int error)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	WRITE_ONCE(peer->cut, false);
	peer_take_waiting_locked(peer, KSOCK_WAIT_ANSWER, &failed);
	spin_unlock(&peer->lock);
	ksock_peer_finish_failed(&failed, error);
}

/**
 * ksock_peer_has_waiting_locked() - tell whether a message waits for a connection
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if one does.
 */
bool ksock_peer_has_waiting_locked(struct ksock_peer *peer)
{
	return peer_first_waiting_locked(peer);
}

/**
 * ksock_peer_fail_lost() - end messages that wait in vain
 * @peer: the peer; dialled first, if a message of our clients waits and no attempt is under way
 *
 * Context: task; does not sleep.
 */
void ksock_peer_fail_lost(struct ksock_peer *peer)
{
	LIST_HEAD(failed);
	int rc = 0;

	spin_lock(&peer->lock);
	if (peer_first_waiting_locked(peer))
		rc = peer_may_go_locked(peer, list_empty(&peer->waiting[KSOCK_WAIT_OURS]));
	if (rc <= 0)
		peer_take_all_waiting_locked(peer, &failed);
	if (READ_ONCE(peer->net->closing))
		rc = -ESHUTDOWN;
	spin_unlock(&peer->lock);
	ksock_peer_finish_failed(&failed, rc ?: -ENOTCONN);
}

/**
 * ksock_peer_is_late() - tell whether a message has taken too long
 * @msg: a message that was given to ksock_peer_send()
 *
 * Context: any.
 * Return: true if it was given more than sock_timeout ago.
 */
bool ksock_peer_is_late(const struct lnet_msg *msg)
{
	return time_after(jiffies, msg->since + ksock_params.timeout * HZ);
}

/* Move late messages from the head of a list, in their order. Returns how many. */
static unsigned int peer_take_late(struct list_head *from, struct list_head *late)
{
	struct lnet_msg *msg;
	unsigned int n = 0;

	while ((msg = list_first_entry_or_null(from, struct lnet_msg, queue))) {
		if (!ksock_peer_is_late(msg))
			break;
		list_move_tail(&msg->queue, late);
		n++;
	}
	return n;
}

/* Finalize late messages that have credits. */
static void peer_finish_late(struct ksock_peer *peer, struct list_head *late)
{
	struct lnet_msg *msg, *next;
	bool answer;

	list_for_each_entry_safe(msg, next, late, queue) {
		list_del(&msg->queue);
		answer = ksock_is_answer(msg);
		lnet_finalize(msg, -ETIMEDOUT);
		ksock_peer_sent(peer, answer);
	}
}

/**
 * ksock_peer_expire() - end messages that have waited for longer than sock_timeout
 * @peer: the peer
 *
 * A message that a worker has taken to send ends with its connection. The caller sees to
 * that.
 *
 * Context: task; does not sleep.
 */
void ksock_peer_expire(struct ksock_peer *peer)
{
	struct ksock_conn *conn;
	LIST_HEAD(waited);
	LIST_HEAD(queued);
	unsigned int n, kind;
	int type;

	spin_lock(&peer->lock);
	for (kind = 0; kind < KSOCK_WAITS; kind++) {
		n = peer_take_late(&peer->waiting[kind], &waited);
		peer->waiting_nr[kind] -= n;
		if (kind == KSOCK_WAIT_ANSWER)
			peer_count_answers_locked(peer, -(int)n);
	}
	for (type = 0; type < KSOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn)
			peer_take_late(&conn->queue, &queued);
	}
	spin_unlock(&peer->lock);

	ksock_peer_finish_failed(&waited, -ETIMEDOUT);
	peer_finish_late(peer, &queued);
}

/* Connections --------------------------------------------------------------- */

/**
 * ksock_peer_close_locked() - end all connections of a peer
 * @peer: the peer
 * @why: reason to count for each connection
 * @error: -errno with which their messages end
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_peer_close_locked(struct ksock_peer *peer, enum ksock_reason why,
			     int error)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type])
			ksock_conn_close_locked(peer->conns[type], why, error);
	peer->incarnation = 0;
	/* The process that comes back may be another, which speaks a later version. */
	peer->version = KSOCK_V3;
	/* Cookies belong to connections; new connections bring new cookies. */
	WRITE_ONCE(peer->acks_nr, 0);
}

/**
 * ksock_peer_close() - end all connections of a peer, without its lock held
 * @peer: the peer
 * @why: reason to count for each connection
 * @error: -errno with which their messages end
 *
 * Context: task; does not sleep.
 */
void ksock_peer_close(struct ksock_peer *peer, enum ksock_reason why, int error)
{
	spin_lock(&peer->lock);
	ksock_peer_close_locked(peer, why, error);
	spin_unlock(&peer->lock);
}

/**
 * ksock_peer_connected_locked() - tell whether a peer has a connection
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if it has one, open or not yet open.
 */
bool ksock_peer_connected_locked(struct ksock_peer *peer)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type])
			return true;
	return false;
}

/* Two hosts claim one NID: name both, so that the operator can find out which is wrong. */
static void peer_log_twice_locked(struct ksock_peer *peer, const struct ksock_conn *conn)
{
	char name[LNET_IDSTR_SIZE];
	int type;

	for (type = 0; type < KSOCK_CTYPES; type++)
		if (peer->conns[type] && peer->conns[type]->ip != conn->ip) {
			pr_warn_ratelimited(KSOCK_NAME ": %s is at %pI4h, and now somebody at %pI4h says that he is: is that NID configured twice?\n",
					    ksock_peer_name(peer, name, sizeof(name)),
					    &peer->conns[type]->ip, &conn->ip);
			return;
		}
}

/* Return 0 if the peer may have this connection; else -errno, with *@why set. */
static int peer_judge_locked(struct ksock_peer *peer, struct ksock_conn *conn,
			     u64 incarnation, u64 said, enum ksock_reason *why)
{
	*why = KSOCK_REASON_SHUTDOWN;
	if (READ_ONCE(peer->net->closing))
		return -ESHUTDOWN;
	/*
	 * We are another incarnation since our HELLO: the peer would take this connection
	 * and the next for connections of two lives of ours.
	 */
	*why = KSOCK_REASON_NET_DOWN;
	if (said && said != READ_ONCE(peer->net->incarnation))
		return -EAGAIN;
	/* It has started anew, or changed its version: its connections are of a former life. */
	if (ksock_peer_connected_locked(peer) &&
	    (peer->incarnation != incarnation || peer->version != conn->version)) {
		peer_log_twice_locked(peer, conn);
		ksock_peer_close_locked(peer, KSOCK_REASON_STALE, -ECONNRESET);
		*why = KSOCK_REASON_STALE;
		return said ? -EAGAIN : -EALREADY;
	}
	*why = KSOCK_REASON_DUPLICATE;
	if (peer->conns[conn->type])
		return -EALREADY;
	/* Both sides are connecting: the greater NID's connection is the one to keep. */
	*why = KSOCK_REASON_RACE;
	if (!said && peer->key.nid < peer->net->ni->nid &&
	    !ksock_dial_gives_way_locked(peer))
		return -EALREADY;
	return 0;
}

/**
 * ksock_peer_admit() - give a new connection to its peer, if it is wanted
 * @peer: the peer; the caller holds a reference
 * @conn: the connection, not open yet
 * @incarnation: the peer's incarnation, from its HELLO
 * @said: our incarnation, from the HELLO with which we connected; 0: the peer connected
 * @why: set to the reason, if the connection is not wanted
 *
 * Context: task; does not sleep.
 * Return: 0: the connection is the peer's now; -ESTALE: the peer is out of the table;
 * -EALREADY: not wanted, or not now; -EAGAIN: try again at once, as the peer's old
 * connections are gone now, or we are another incarnation; -ESHUTDOWN: the NI goes down.
 */
int ksock_peer_admit(struct ksock_peer *peer, struct ksock_conn *conn,
		     u64 incarnation, u64 said, enum ksock_reason *why)
{
	int rc = -ESTALE;

	spin_lock(&peer->lock);
	if (!peer->dead)
		rc = peer_judge_locked(peer, conn, incarnation, said, why);
	if (!rc) {
		peer->incarnation = incarnation;
		peer->told = said ?: READ_ONCE(peer->net->incarnation);
		peer->version = conn->version;
		peer->error = 0;
		peer->conns[conn->type] = conn;
		conn->peer = ksock_peer_get(peer);
		conn->renewals = READ_ONCE(peer->net->renewals);
	}
	spin_unlock(&peer->lock);
	return rc;
}
