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
	.key_len		= sizeof(struct lnet_sock_key),
	.key_offset		= offsetof(struct lnet_sock_peer, key),
	.head_offset		= offsetof(struct lnet_sock_peer, node),
	.automatic_shrinking	= true,
};

/**
 * lnet_sock_peer_table_init() - make the table of an NI
 * @net: the NI
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int lnet_sock_peer_table_init(struct lnet_sock_net *net)
{
	return rhashtable_init(&net->peers, &by_key);
}

/**
 * lnet_sock_peer_find() - who is that?
 * @net: the NI
 * @nid: the peer's NID
 * @pid: the peer's PID
 *
 * Context: task.
 * Return: the peer, held; or NULL.
 */
struct lnet_sock_peer *lnet_sock_peer_find(struct lnet_sock_net *net,
					   lnet_nid_t nid, lnet_pid_t pid)
{
	struct lnet_sock_key key = { .nid = nid, .pid = pid };
	struct lnet_sock_peer *peer;

	rcu_read_lock();
	peer = rhashtable_lookup(&net->peers, &key, by_key);
	if (peer)
		lnet_window(LNET_WINDOW_SOCK_PEER_FOUND);
	if (peer && !refcount_inc_not_zero(&peer->refs))
		peer = NULL;
	rcu_read_unlock();
	return peer;
}

static struct lnet_sock_peer *make_peer(struct lnet_sock_net *net, lnet_nid_t nid,
					lnet_pid_t pid)
{
	struct lnet_sock_peer *peer;
	unsigned int i;

	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
	if (!peer)
		return NULL;
	refcount_set(&peer->refs, 1);
	spin_lock_init(&peer->lock);
	peer->key.nid = nid;
	peer->key.pid = pid;
	peer->version = LNET_SOCK_V3;
	peer->credits = lnet_sock_params.peer_credits;
	peer->idle_since = jiffies;
	for (i = 0; i < LNET_SOCK_WAITS; i++)
		INIT_LIST_HEAD(&peer->waiting[i]);
	INIT_LIST_HEAD(&peer->starved_link);
	INIT_DELAYED_WORK(&peer->dial_work, lnet_sock_dial_work);
	peer->net = net;
	return peer;
}

/* With its address, and a hold on the NI. */
static struct lnet_sock_peer *make_member(struct lnet_sock_net *net, lnet_nid_t nid,
					  lnet_pid_t pid, u32 ip, bool guest)
{
	struct lnet_sock_peer *peer;

	if (!lnet_sock_net_hold(net))
		return ERR_PTR(-ESHUTDOWN);
	peer = make_peer(net, nid, pid);
	if (!peer) {
		lnet_sock_net_release(net);
		return ERR_PTR(-ENOMEM);
	}
	peer->host = lnet_sock_host_join(net, ip, guest);
	if (IS_ERR(peer->host)) {
		struct lnet_sock_host *none = peer->host;

		kfree(peer);
		lnet_sock_net_release(net);
		return ERR_CAST(none);
	}
	return peer;
}

static void free_member(struct lnet_sock_peer *peer)
{
	struct lnet_sock_net *net = peer->net;

	lnet_sock_host_leave(net, peer->host);
	kfree_rcu(peer, rcu);
	lnet_sock_net_release(net);
}

/**
 * lnet_sock_peer_obtain() - the peer of that name, a new one if need be
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
struct lnet_sock_peer *lnet_sock_peer_obtain(struct lnet_sock_net *net,
					     lnet_nid_t nid, lnet_pid_t pid,
					     u32 ip, bool guest)
{
	struct lnet_sock_peer *peer, *other;

	peer = lnet_sock_peer_find(net, nid, pid);
	if (peer)
		return peer;
	if (atomic_read(&net->peers_nr) >= LNET_SOCK_PEERS_MAX)
		return ERR_PTR(-ENOBUFS);
	peer = make_member(net, nid, pid, ip, guest);
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
		free_member(peer);
		return other;
	}
	lnet_sock_net_meet(net);
	return peer;
}

/**
 * lnet_sock_peer_put() - let go of a peer
 * @peer: maybe gone on return
 *
 * Context: task.
 */
void lnet_sock_peer_put(struct lnet_sock_peer *peer)
{
	if (refcount_dec_and_test(&peer->refs))
		free_member(peer);
}

/**
 * lnet_sock_peer_unhash_locked() - nobody is to find a peer any more
 * @peer: in the table; lnet_sock_peer_bury() follows
 *
 * Both at once: who finds it dead will not find it again.
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void lnet_sock_peer_unhash_locked(struct lnet_sock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	peer->dead = true;
	rhashtable_remove_fast(&peer->net->peers, &peer->node, by_key);
}

/**
 * lnet_sock_peer_bury() - let go of a peer that is out of the table
 * @peer: unhashed, and the table's reference is the caller's
 *
 * Context: task; may sleep.
 */
void lnet_sock_peer_bury(struct lnet_sock_peer *peer)
{
	atomic_dec(&peer->net->peers_nr);
	lnet_window(LNET_WINDOW_SOCK_PEER_DEAD);
	lnet_sock_peer_dir_del(peer);
	lnet_sock_peer_put(peer);
}

/**
 * lnet_sock_peer_name() - for the log
 * @peer: the peer
 * @buf: where to
 * @size: of it
 *
 * Return: @buf.
 */
char *lnet_sock_peer_name(const struct lnet_sock_peer *peer, char *buf, size_t size)
{
	struct lnet_process_id id = { .nid = peer->key.nid, .pid = peer->key.pid };

	return libcfs_id2str_r(id, buf, size);
}

/**
 * lnet_sock_peer_heard() - something came from it
 * @peer: the peer
 */
void lnet_sock_peer_heard(struct lnet_sock_peer *peer)
{
	WRITE_ONCE(peer->alive, ktime_get_seconds());
}

/**
 * lnet_sock_peer_useful() - a connection of its was of use
 * @peer: the peer; the next pause after a failure is a short one
 */
void lnet_sock_peer_useful(struct lnet_sock_peer *peer)
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
static bool is_one_answer_too_many(const struct lnet_sock_peer *peer)
{
	unsigned int most = lnet_sock_params.answers;
	unsigned int now = atomic_read(&peer->net->answers);

	if (likely(now < most))
		return false;
	lnet_sock_net_cut(peer->net);
	return peer->answers >= most / LNET_SOCK_ANSWERS_FEW || now >= 2 * most;
}

static void count_answers_locked(struct lnet_sock_peer *peer, int n)
{
	peer->answers += n;
	if (n)
		atomic_add(n, &peer->net->answers);
}

static bool takes_messages(const struct lnet_sock_conn *conn)
{
	return conn->version != LNET_SOCK_V3 ||
	       (conn->type != LNET_SOCK_ANY && conn->type != LNET_SOCK_BULK_IN);
}

/* An open connection of that kind, if messages may go by it. */
static struct lnet_sock_conn *open_conn(struct lnet_sock_peer *peer,
					enum lnet_sock_ctype type)
{
	struct lnet_sock_conn *conn = peer->conns[type];

	return conn && conn->open && takes_messages(conn) ? conn : NULL;
}

/*
 * Small messages and large ones go apart, if there are connections for both.
 * Before version 3 any will do.
 */
static struct lnet_sock_conn *conn_for(struct lnet_sock_peer *peer, unsigned int payload)
{
	const bool bulk = LNET_SOCK_HDR_BYTES + sizeof(struct lnet_hdr) + payload >=
			  lnet_sock_params.min_bulk;
	struct lnet_sock_conn *conn;

	conn = open_conn(peer, bulk ? LNET_SOCK_BULK_OUT : LNET_SOCK_CONTROL);
	if (!conn)
		conn = open_conn(peer, bulk ? LNET_SOCK_CONTROL : LNET_SOCK_BULK_OUT);
	if (!conn)
		conn = open_conn(peer, LNET_SOCK_ANY);
	return conn ?: open_conn(peer, LNET_SOCK_BULK_IN);
}

/**
 * lnet_sock_peer_usable_locked() - can a message go?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if there is a connection for it.
 */
bool lnet_sock_peer_usable_locked(struct lnet_sock_peer *peer)
{
	lockdep_assert_held(&peer->lock);
	return conn_for(peer, 0);
}

static enum lnet_sock_wait wait_of(const struct lnet_msg *msg)
{
	return lnet_sock_is_answer(msg) ? LNET_SOCK_WAIT_ANSWER : LNET_SOCK_WAIT_OURS;
}

/* The one that has waited for longest, of either kind. */
static struct lnet_msg *first_waiting_locked(struct lnet_sock_peer *peer)
{
	struct lnet_msg *ours, *answer;

	ours = list_first_entry_or_null(&peer->waiting[LNET_SOCK_WAIT_OURS],
					struct lnet_msg, queue);
	answer = list_first_entry_or_null(&peer->waiting[LNET_SOCK_WAIT_ANSWER],
					  struct lnet_msg, queue);
	if (!ours || !answer)
		return ours ?: answer;
	return time_before(answer->since, ours->since) ? answer : ours;
}

/* Let go what may. */
static void launch_locked(struct lnet_sock_peer *peer)
{
	struct lnet_sock_conn *conn;
	struct lnet_msg *msg;

	lockdep_assert_held(&peer->lock);
	while ((msg = first_waiting_locked(peer))) {
		conn = conn_for(peer, msg->len);
		if (!conn || !peer->credits || !lnet_sock_credit_take_locked(peer))
			return;
		peer->credits--;
		peer->waiting_nr[wait_of(msg)]--;
		lnet_sock_way_begin(&conn->out);
		list_move_tail(&msg->queue, &conn->queue);
		lnet_sock_job_kick(&conn->job, LNET_SOCK_JOB_WRITE);
	}
}

/**
 * lnet_sock_peer_launch() - let go what may
 * @peer: the peer
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_launch(struct lnet_sock_peer *peer)
{
	spin_lock(&peer->lock);
	launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* One has been admitted, and is a connection that takes messages in a moment. */
static bool is_opening_locked(struct lnet_sock_peer *peer)
{
	const struct lnet_sock_conn *conn;
	int type;

	for (type = 0; type < LNET_SOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn && !conn->open && takes_messages(conn))
			return true;
	}
	return false;
}

/*
 * By a connection that is there, or will be: 1; or why not, as lnet_sock_dial_locked() says.
 * An answer is no reason to make one: it is the peer that decides whom we answer.
 */
static int may_go_locked(struct lnet_sock_peer *peer, bool answer)
{
	int rc = lnet_sock_dial_locked(peer, !answer);

	return lnet_sock_peer_usable_locked(peer) || is_opening_locked(peer) ? 1 : rc;
}

static void add_waiting_locked(struct lnet_sock_peer *peer, struct lnet_msg *msg)
{
	msg->since = jiffies;
	/* Memory may be freed by what this sends: it may use what is kept for that. */
	msg->reclaim = current->flags & PF_MEMALLOC;
	list_add_tail(&msg->queue, &peer->waiting[wait_of(msg)]);
	peer->waiting_nr[wait_of(msg)]++;
	count_answers_locked(peer, lnet_sock_is_answer(msg));
	launch_locked(peer);
}

/**
 * lnet_sock_peer_send() - send a message
 * @peer: whom to
 * @msg: ours if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ESTALE: the peer is out of the table, look again; or -errno: it
 * cannot be reached now.
 */
int lnet_sock_peer_send(struct lnet_sock_peer *peer, struct lnet_msg *msg)
{
	int rc;

	spin_lock(&peer->lock);
	if (peer->dead) {
		rc = -ESTALE;
	} else if (lnet_sock_is_answer(msg) && peer->answers >= lnet_sock_params.peer_answers) {
		rc = -ENOBUFS;
		lnet_sock_peer_close_locked(peer, LNET_SOCK_END_UNREAD, rc);
		WRITE_ONCE(peer->cut, true);
		lnet_sock_net_cut(peer->net);
	} else if (lnet_sock_is_answer(msg) && is_one_answer_too_many(peer)) {
		rc = -ENOBUFS;
	} else {
		rc = may_go_locked(peer, lnet_sock_is_answer(msg));
		if (rc > 0)
			add_waiting_locked(peer, msg);
		rc = rc > 0 ? 0 : rc ?: -EHOSTUNREACH;
	}
	spin_unlock(&peer->lock);
	return rc;
}

/**
 * lnet_sock_peer_sent() - a message that had credits is finalized
 * @peer: whose
 * @answer: it was an ACK or a REPLY
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_sent(struct lnet_sock_peer *peer, bool answer)
{
	/* First the NI's: others may have waited longer for one. */
	lnet_sock_credit_back(peer);
	spin_lock(&peer->lock);
	peer->credits++;
	count_answers_locked(peer, -(int)answer);
	launch_locked(peer);
	spin_unlock(&peer->lock);
}

/* All of a kind, in its order. */
static void take_waiting_locked(struct lnet_sock_peer *peer, enum lnet_sock_wait kind,
				struct list_head *taken)
{
	list_splice_tail_init(&peer->waiting[kind], taken);
	if (kind == LNET_SOCK_WAIT_ANSWER)
		count_answers_locked(peer, -(int)peer->waiting_nr[kind]);
	peer->waiting_nr[kind] = 0;
}

/**
 * lnet_sock_peer_finish_failed() - messages end
 * @failed: they
 * @error: what they get
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_finish_failed(struct list_head *failed, int error)
{
	struct lnet_msg *msg, *next;

	list_for_each_entry_safe(msg, next, failed, queue) {
		list_del(&msg->queue);
		lnet_finalize(msg, error);
	}
}

static void take_all_waiting_locked(struct lnet_sock_peer *peer, struct list_head *taken)
{
	take_waiting_locked(peer, LNET_SOCK_WAIT_OURS, taken);
	take_waiting_locked(peer, LNET_SOCK_WAIT_ANSWER, taken);
}

/**
 * lnet_sock_peer_take_stuck_locked() - what waits, if there is no connection, nor one in a moment
 * @peer: whose messages
 * @taken: gets them, for lnet_sock_peer_finish_failed()
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void lnet_sock_peer_take_stuck_locked(struct lnet_sock_peer *peer, struct list_head *taken)
{
	if (!lnet_sock_peer_usable_locked(peer) && !is_opening_locked(peer))
		take_all_waiting_locked(peer, taken);
}

/**
 * lnet_sock_peer_fail() - what waits for a connection will not get one
 * @peer: whose messages end
 * @error: what they get
 * @always: also if there is a connection
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_fail(struct lnet_sock_peer *peer, int error, bool always)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	if (always)
		take_all_waiting_locked(peer, &failed);
	else
		lnet_sock_peer_take_stuck_locked(peer, &failed);
	spin_unlock(&peer->lock);
	lnet_sock_peer_finish_failed(&failed, error);
}

/**
 * lnet_sock_peer_fail_answers() - the same of answers that wait, whatever there is
 * @peer: who asked
 * @error: what they get
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_fail_answers(struct lnet_sock_peer *peer, int error)
{
	LIST_HEAD(failed);

	spin_lock(&peer->lock);
	WRITE_ONCE(peer->cut, false);
	take_waiting_locked(peer, LNET_SOCK_WAIT_ANSWER, &failed);
	spin_unlock(&peer->lock);
	lnet_sock_peer_finish_failed(&failed, error);
}

/**
 * lnet_sock_peer_has_waiting_locked() - does something wait for a connection?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if so.
 */
bool lnet_sock_peer_has_waiting_locked(struct lnet_sock_peer *peer)
{
	return first_waiting_locked(peer);
}

/**
 * lnet_sock_peer_fail_lost() - what waits ends, if it waits in vain
 * @peer: the peer; connected to, if something of ours waits and nobody has begun to
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_fail_lost(struct lnet_sock_peer *peer)
{
	LIST_HEAD(failed);
	int rc = 0;

	spin_lock(&peer->lock);
	if (first_waiting_locked(peer))
		rc = may_go_locked(peer, list_empty(&peer->waiting[LNET_SOCK_WAIT_OURS]));
	if (rc <= 0)
		take_all_waiting_locked(peer, &failed);
	if (READ_ONCE(peer->net->closing))
		rc = -ESHUTDOWN;
	spin_unlock(&peer->lock);
	lnet_sock_peer_finish_failed(&failed, rc ?: -ENOTCONN);
}

/**
 * lnet_sock_peer_is_late() - has a message taken too long?
 * @msg: given to lnet_sock_peer_send()
 *
 * Context: any.
 * Return: true if it was given longer ago than the time-out.
 */
bool lnet_sock_peer_is_late(const struct lnet_msg *msg)
{
	return time_after(jiffies, msg->since + lnet_sock_params.timeout * HZ);
}

/* Those at the head that have waited for too long; in the order in which they came. */
static unsigned int take_late(struct list_head *from, struct list_head *late)
{
	struct lnet_msg *msg;
	unsigned int n = 0;

	while ((msg = list_first_entry_or_null(from, struct lnet_msg, queue))) {
		if (!lnet_sock_peer_is_late(msg))
			break;
		list_move_tail(&msg->queue, late);
		n++;
	}
	return n;
}

/* Those that have credits. */
static void finish_late(struct lnet_sock_peer *peer, struct list_head *late)
{
	struct lnet_msg *msg, *next;
	bool answer;

	list_for_each_entry_safe(msg, next, late, queue) {
		list_del(&msg->queue);
		answer = lnet_sock_is_answer(msg);
		lnet_finalize(msg, -ETIMEDOUT);
		lnet_sock_peer_sent(peer, answer);
	}
}

/**
 * lnet_sock_peer_expire() - end what has waited for longer than sock_timeout
 * @peer: whose messages
 *
 * Those that a worker has taken to send end with their connection, which is the
 * caller's business.
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_expire(struct lnet_sock_peer *peer)
{
	struct lnet_sock_conn *conn;
	LIST_HEAD(waited);
	LIST_HEAD(queued);
	unsigned int n, kind;
	int type;

	spin_lock(&peer->lock);
	for (kind = 0; kind < LNET_SOCK_WAITS; kind++) {
		n = take_late(&peer->waiting[kind], &waited);
		peer->waiting_nr[kind] -= n;
		if (kind == LNET_SOCK_WAIT_ANSWER)
			count_answers_locked(peer, -(int)n);
	}
	for (type = 0; type < LNET_SOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (conn)
			take_late(&conn->queue, &queued);
	}
	spin_unlock(&peer->lock);

	lnet_sock_peer_finish_failed(&waited, -ETIMEDOUT);
	finish_late(peer, &queued);
}

/* Connections --------------------------------------------------------------- */

/**
 * lnet_sock_peer_close_locked() - end all connections
 * @peer: whose
 * @why: counted for each
 * @error: what their messages get
 *
 * Context: task; does not sleep; the peer's lock is held.
 */
void lnet_sock_peer_close_locked(struct lnet_sock_peer *peer, enum lnet_sock_end why,
				 int error)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < LNET_SOCK_CTYPES; type++)
		if (peer->conns[type])
			lnet_sock_conn_close_locked(peer->conns[type], why, error);
	peer->incarnation = 0;
	/* It may be another one that comes back, and speak better. */
	peer->version = LNET_SOCK_V3;
	/* Cookies are of connections; new ones bring new ones. */
	WRITE_ONCE(peer->acks_nr, 0);
}

/**
 * lnet_sock_peer_close() - the same for who has no lock
 * @peer: whose connections end
 * @why: counted for each
 * @error: what their messages get
 *
 * Context: task; does not sleep.
 */
void lnet_sock_peer_close(struct lnet_sock_peer *peer, enum lnet_sock_end why, int error)
{
	spin_lock(&peer->lock);
	lnet_sock_peer_close_locked(peer, why, error);
	spin_unlock(&peer->lock);
}

/**
 * lnet_sock_peer_connected_locked() - is there any connection?
 * @peer: the peer
 *
 * Context: the peer's lock is held.
 * Return: true if there is one, open or not yet.
 */
bool lnet_sock_peer_connected_locked(struct lnet_sock_peer *peer)
{
	int type;

	lockdep_assert_held(&peer->lock);
	for (type = 0; type < LNET_SOCK_CTYPES; type++)
		if (peer->conns[type])
			return true;
	return false;
}

/* Two that say they are the same node: the operator has to find out which is. */
static void log_twice_locked(struct lnet_sock_peer *peer, const struct lnet_sock_conn *conn)
{
	char name[LNET_IDSTR_SIZE];
	int type;

	for (type = 0; type < LNET_SOCK_CTYPES; type++)
		if (peer->conns[type] && peer->conns[type]->ip != conn->ip) {
			pr_warn_ratelimited(LNET_SOCK_NAME ": %s is at %pI4h, and now somebody at %pI4h says that he is: is that NID configured twice?\n",
					    lnet_sock_peer_name(peer, name, sizeof(name)),
					    &peer->conns[type]->ip, &conn->ip);
			return;
		}
}

/* May this connection be one of the peer's? Else what becomes of it. */
static int judge_locked(struct lnet_sock_peer *peer, struct lnet_sock_conn *conn,
			u64 incarnation, u64 said, enum lnet_sock_end *why)
{
	*why = LNET_SOCK_END_SHUTDOWN;
	if (READ_ONCE(peer->net->closing))
		return -ESHUTDOWN;
	/* So have we: it would take this one and the next for those of two lives. */
	*why = LNET_SOCK_END_NET_DOWN;
	if (said && said != READ_ONCE(peer->net->incarnation))
		return -EAGAIN;
	/* It has started anew: what we have of it is of a former life. */
	if (lnet_sock_peer_connected_locked(peer) &&
	    (peer->incarnation != incarnation || peer->version != conn->version)) {
		log_twice_locked(peer, conn);
		lnet_sock_peer_close_locked(peer, LNET_SOCK_END_STALE, -ECONNRESET);
		*why = LNET_SOCK_END_STALE;
		return said ? -EAGAIN : -EALREADY;
	}
	*why = LNET_SOCK_END_DUPLICATE;
	if (peer->conns[conn->type])
		return -EALREADY;
	/* Both sides are connecting: the greater NID's connection is the one. */
	*why = LNET_SOCK_END_RACE;
	if (!said && peer->key.nid < peer->net->ni->nid &&
	    !lnet_sock_dial_gives_way_locked(peer))
		return -EALREADY;
	return 0;
}

/**
 * lnet_sock_peer_admit() - is a new connection wanted?
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
int lnet_sock_peer_admit(struct lnet_sock_peer *peer, struct lnet_sock_conn *conn,
			 u64 incarnation, u64 said, enum lnet_sock_end *why)
{
	int rc = -ESTALE;

	spin_lock(&peer->lock);
	if (!peer->dead)
		rc = judge_locked(peer, conn, incarnation, said, why);
	if (!rc) {
		peer->incarnation = incarnation;
		peer->told = said ?: READ_ONCE(peer->net->incarnation);
		peer->version = conn->version;
		peer->error = 0;
		peer->conns[conn->type] = conn;
		conn->peer = lnet_sock_peer_get(peer);
		conn->renewals = READ_ONCE(peer->net->renewals);
	}
	spin_unlock(&peer->lock);
	return rc;
}
