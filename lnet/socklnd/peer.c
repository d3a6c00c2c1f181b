// SPDX-License-Identifier: GPL-2.0
/*
 * A peer, and what of messages and connections it has.
 *
 *	lnd_send ──► waiting ── a connection, a credit of the peer and one of the
 *	             NI ──► the connection's queue ── its worker ──► finalized,
 *	             credits back, which lets the next one go
 *
 * A peer that takes nothing holds its own credits, of the many of the NI; what waits
 * for it is the client's memory, but for answers, which are bounded. Nothing waits for
 * longer than sock_timeout, from lnd_send() on.
 *
 * Found under RCU by who it is. It is in the table until housekeeping finds
 * nothing of it for a while, or the NI goes down; @dead says under the lock that
 * it is not, and whoever finds that looks again.
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
 * ksock_peer_find() - who is that?
 * @net: the NI
 * @nid: the peer's NID
 * @pid: the peer's PID
 *
 * Context: task.
 * Return: the peer, held; or NULL.
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

/* With its address, and a hold on the NI. */
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
 * ksock_peer_obtain() - the peer of that name, a new one if need be
 * @net: the NI
 * @nid: the peer's NID
 * @pid: the peer's PID
 * @ip: the address a new one has
 * @guest: it is the peer that has asked for it, not a client of ours
 *
 * Context: task; does not sleep.
 * Return: the peer, held; -ESHUTDOWN: the NI goes down; -ENOBUFS: there are too
 * many, or too many from @ip; -ENOMEM.
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
		/* One that is just going makes room soon. */
	} while (!IS_ERR_OR_NULL(other) && !refcount_inc_not_zero(&other->refs));
	if (!other) {
		refcount_inc(&peer->refs);	/* the caller's beside the table's */
		atomic_inc(&net->peers_nr);
		/* In one section: who lets all go after a grace period misses none. */
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
 * ksock_peer_put() - let go of a peer
 * @peer: maybe gone on return
 *
 * Context: task.
 */
void ksock_peer_put(struct ksock_peer *peer)
{
	if (refcount_dec_and_test(&peer->refs))
		peer_free_member(peer);
}

/**
 * ksock_peer_unhash_locked() - nobody is to find a peer any more
 * @peer: in the table; ksock_peer_bury() follows
 *
 * Both at once: who finds it dead will not find it again.
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
 * ksock_peer_bury() - let go of a peer that is out of the table
 * @peer: unhashed, and the table's reference is the caller's
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
 * ksock_peer_name() - for the log
 * @peer: the peer
 * @buf: where to
 * @size: of it
 *
 * Return: @buf.
 */
char *ksock_peer_name(const struct ksock_peer *peer, char *buf, size_t size)
{
	struct lnet_process_id id = { .nid = peer->key.nid, .pid = peer->key.pid };

	return libcfs_id2str_r(id, buf, size);
}

/**
 * ksock_peer_heard() - something came from it
 * @peer: the peer
 */
void ksock_peer_heard(struct ksock_peer *peer)
{
	WRITE_ONCE(peer->alive, ktime_get_seconds());
}

/**
 * ksock_peer_useful() - a connection of its was of use
 * @peer: the peer; the next pause after a failure is a short one
 */
void ksock_peer_useful(struct ksock_peer *peer)
{
	if (!READ_ONCE(peer->good))
		WRITE_ONCE(peer->good, true);
}

/* Messages ------------------------------------------------------------------ */

/*
 * Answers are made because a peer asks, and whoever does not read them lets them pile
 * up. At the NI's bound it is the one who holds most that goes (chores.c), not the
 * next who asks: who has few is let through meanwhile, up to twice the bound.
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

/* An open connection of that kind, if messages may go by it. */
static struct ksock_conn *peer_open_conn(struct ksock_peer *peer,
					 enum ksock_ctype type)
{
	struct ksock_conn *conn = peer->conns[type];

	return conn && conn->open && conn_takes_messages(conn) ? conn : NULL;
}

/*
 * Small messages and large ones go apart, if there are connections for both.
 * Before version 3 any will do.
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
 * ksock_peer_usable_locked() - can a message go?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if there is a connection for it.
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

/* The one that has waited for longest, of either kind. */
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

/* Let go what may. */
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
 * ksock_peer_launch() - let go what may
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

/* One has been admitted, and is a connection that takes messages in a moment. */
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
 * By a connection that is there, or will be: 1; or why not, as ksock_dial_locked() says.
 * An answer is no reason to make one: it is the peer that decides whom we answer.
 */
static int peer_may_go_locked(struct ksock_peer *peer, bool answer)
{
	int rc = ksock_dial_locked(peer, !answer);

	return ksock_peer_usable_locked(peer) || peer_is_opening_locked(peer) ? 1 : rc;
}

static void peer_add_waiting_locked(struct ksock_peer *peer, struct lnet_msg *msg)
{
	msg->since = jiffies;
	/* Memory may be freed by what this sends: it may use what is kept for that. */
	msg->reclaim = current->flags & PF_MEMALLOC;
	list_add_tail(&msg->queue, &peer->waiting[msg_wait(msg)]);
	peer->waiting_nr[msg_wait(msg)]++;
	peer_count_answers_locked(peer, ksock_is_answer(msg));
	peer_launch_locked(peer);
}

/**
 * ksock_peer_send() - send a message
 * @peer: whom to
 * @msg: ours if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ESTALE: the peer is out of the table, look again; or -errno: it
 * cannot be reached now.
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
 * ksock_peer_sent() - a message that had credits is finalized
 * @peer: whose
 * @answer: it was an ACK or a REPLY
 *
 * Context: task; does not sleep.
 */
void ksock_peer_sent(struct ksock_peer *peer, bool answer)
{
	/* First the NI's: others may have waited longer for one. */
	ksock_host_credit_back(peer);
	spin_lock(&peer->lock);
	peer->credits++;
	peer_count_answers_locked(peer, -(int)answer);
	peer_launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* All of a kind, in its order. */
static void peer_take_waiting_locked(struct ksock_peer *peer, enum ksock_wait kind,
				     struct list_head *taken)
{
	list_splice_tail_init(&peer->waiting[kind], taken);
	if (kind == KSOCK_WAIT_ANSWER)
		peer_count_answers_locked(peer, -(int)peer->waiting_nr[kind]);
	peer->waiting_nr[kind] = 0;
}

/**
 * ksock_peer_finish_failed() - messages end
 * @failed: they
 * @error: what they get
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
 * ksock_peer_take_stuck_locked() - what waits, if there is no connection, nor one in a moment
 * @peer: whose messages
 * @taken: gets them, for ksock_peer_finish_failed()
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void ksock_peer_take_stuck_locked(struct ksock_peer *peer, struct list_head *taken)
{
	if (!ksock_peer_usable_locked(peer) && !peer_is_opening_locked(peer))
		peer_take_all_waiting_locked(peer, taken);
}

/**
 * ksock_peer_fail() - what waits for a connection will not get one
 * @peer: whose messages end
 * @error: what they get
 * @always: also if there is a connection
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
 * ksock_peer_fail_answers() - the same of answers that wait, whatever there is
 * @peer: who asked
 * @error: what they get
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
 * ksock_peer_has_waiting_locked() - does something wait for a connection?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if so.
 */
bool ksock_peer_has_waiting_locked(struct ksock_peer *peer)
{
	return peer_first_waiting_locked(peer);
}

/**
 * ksock_peer_fail_lost() - what waits ends, if it waits in vain
 * @peer: the peer; connected to, if something of ours waits and nobody has begun to
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
 * ksock_peer_is_late() - has a message taken too long?
 * @msg: given to ksock_peer_send()
 *
 * Context: any.
 * Return: true if it was given longer ago than the time-out.
 */
bool ksock_peer_is_late(const struct lnet_msg *msg)
{
	return time_after(jiffies, msg->since + ksock_params.timeout * HZ);
}

/* Those at the head that have waited for too long; in the order in which they came. */
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

/* Those that have credits. */
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
 * ksock_peer_expire() - end what has waited for longer than sock_timeout
 * @peer: whose messages
 *
 * Those that a worker has taken to send end with their connection, which is the
 * caller's business.
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
 * ksock_peer_close_locked() - end all connections
 * @peer: whose
 * @why: counted for each
 * @error: what their messages get
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
	/* It may be another one that comes back, and speak better. */
	peer->version = KSOCK_V3;
	/* Cookies are of connections; new ones bring new ones. */
	WRITE_ONCE(peer->acks_nr, 0);
}

/**
 * ksock_peer_close() - the same for who has no lock
 * @peer: whose connections end
 * @why: counted for each
 * @error: what their messages get
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
 * ksock_peer_connected_locked() - is there any connection?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if there is one, open or not yet.
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

/* Two that say they are the same node: the operator has to find out which is. */
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

/* May this connection be one of the peer's? Else what becomes of it. */
static int peer_judge_locked(struct ksock_peer *peer, struct ksock_conn *conn,
			     u64 incarnation, u64 said, enum ksock_reason *why)
{
	*why = KSOCK_REASON_SHUTDOWN;
	if (READ_ONCE(peer->net->closing))
		return -ESHUTDOWN;
	/* So have we: it would take this one and the next for those of two lives. */
	*why = KSOCK_REASON_NET_DOWN;
	if (said && said != READ_ONCE(peer->net->incarnation))
		return -EAGAIN;
	/* It has started anew: what we have of it is of a former life. */
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
	/* Both sides are connecting: the greater NID's connection is the one. */
	*why = KSOCK_REASON_RACE;
	if (!said && peer->key.nid < peer->net->ni->nid &&
	    !ksock_dial_gives_way_locked(peer))
		return -EALREADY;
	return 0;
}

/**
 * ksock_peer_admit() - is a new connection wanted?
 * @peer: whose; the caller holds it
 * @conn: not open yet
 * @incarnation: of the peer, as it says
 * @said: we have connected, and said that this is ours; 0: the peer has
 * @why: if it is not wanted, why
 *
 * Context: task; does not sleep.
 * Return: 0: it is the peer's now; -ESTALE: the peer is out of the table;
 * -EALREADY: no, not now; -EAGAIN: the others are gone, or ours is another incarnation
 * by now, try again at once;
 * -ESHUTDOWN.
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
