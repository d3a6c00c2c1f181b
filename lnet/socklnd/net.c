// SPDX-License-Identifier: GPL-2.0
/*
 * An NI of this driver: its coming and going, the messages it is given, its
 * credits, and once a second what nobody else has time for.
 *
 * What may hold an NI: each peer, and each handshake that has none yet. When it
 * goes down no new one of either is made, all connections are told to end, and
 * shutdown waits for the last to let go. Who waits for the network in there is
 * woken by having his socket shut down; workers end connections at once; messages
 * whose pages are on their way come back when their connection is aborted.
 */
#include "net.h"
#include "../hooks/window.h"
#include "conn.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

enum {
	CHORES_S	= 1,
	PEER_IDLE_S	= 300,		/* then it is forgotten, and */
	GUEST_IDLE_S	= 60,		/* one that we have never dialled */
	WAIT_REPORT_S	= 5,		/* how often we say what we wait for */
};

struct workqueue_struct *lnet_sock_wq;
struct workqueue_struct *lnet_sock_dial_wq;
struct workqueue_struct *lnet_sock_accept_wq;
struct workqueue_struct *lnet_sock_greet_wq;

static DEFINE_MUTEX(nets_mutex);	/* G */
static LIST_HEAD(nets);			/* G: */

/**
 * lnet_sock_net_hold() - keep an NI
 * @net: the NI
 *
 * Context: any.
 * Return: true: until lnet_sock_net_release(); false: it goes down.
 */
bool lnet_sock_net_hold(struct lnet_sock_net *net)
{
	if (READ_ONCE(net->closing))
		return false;
	refcount_inc(&net->users);
	/* Shutdown says so first and looks at @users then, so it sees us. */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_NET_OPEN);
	if (likely(!READ_ONCE(net->closing)))
		return true;
	lnet_sock_net_release(net);
	return false;
}

/**
 * lnet_sock_net_release() - let go of an NI
 * @net: maybe gone on return
 *
 * Context: any.
 */
void lnet_sock_net_release(struct lnet_sock_net *net)
{
	/* The NI's own is the last, and shutdown's. */
	refcount_dec(&net->users);
}

/* Credits ------------------------------------------------------------------- */

/**
 * lnet_sock_net_credit_locked() - take a credit
 * @net: of this NI
 * @peer: for this peer; without a credit it will be told when there is one
 *
 * Context: task; does not sleep; the peer's lock is held.
 * Return: true if it has one.
 */
bool lnet_sock_net_credit_locked(struct lnet_sock_net *net, struct lnet_sock_peer *peer)
{
	bool got;

	spin_lock(&net->lock);
	got = net->credits > 0;
	if (got) {
		net->credits--;
	} else if (!peer->starved) {
		peer->starved = true;
		list_add_tail(&lnet_sock_peer_get(peer)->starved_link, &net->starved);
	}
	spin_unlock(&net->lock);
	return got;
}

static struct lnet_sock_peer *next_starved(struct lnet_sock_net *net)
{
	struct lnet_sock_peer *peer = NULL;

	spin_lock(&net->lock);
	if (net->credits > 0)
		peer = list_first_entry_or_null(&net->starved, struct lnet_sock_peer,
						starved_link);
	if (peer) {
		list_del_init(&peer->starved_link);
		peer->starved = false;
	}
	spin_unlock(&net->lock);
	return peer;
}

/**
 * lnet_sock_net_credit_back() - give a credit back, for a peer that waits for one
 * @net: to this NI
 *
 * Context: task; does not sleep; no peer's lock is held.
 */
void lnet_sock_net_credit_back(struct lnet_sock_net *net)
{
	struct lnet_sock_peer *peer;

	spin_lock(&net->lock);
	net->credits++;
	spin_unlock(&net->lock);
	lnet_window(LNET_WINDOW_SOCK_CREDIT);
	/* What the first waited for may have ended; then it is the next one's. */
	while ((peer = next_starved(net))) {
		lnet_sock_peer_launch(peer);
		lnet_sock_peer_put(peer);
	}
}

/* Messages ------------------------------------------------------------------ */

/**
 * lnet_sock_net_send() - lnd_send
 * @ni: by which NI
 * @priv: unused
 * @msg: ours if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ENETDOWN: our address is not here; -EHOSTUNREACH or another error:
 * the peer could not be reached a moment ago; -ENOBUFS: it takes no answers, or
 * there are too many peers;
 * -ENOMEM; -ESHUTDOWN.
 */
int lnet_sock_net_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg)
{
	lnet_pid_t pid = le32_to_cpu(msg->hdr.dest_pid);
	struct lnet_sock_net *net = ni->data;
	struct lnet_sock_peer *peer;
	int rc;

	if (READ_ONCE(net->down))
		return -ENETDOWN;
	do {
		/* Who could not be reached anyway is no new peer. */
		if (lnet_sock_dial_may(net, msg->peer, pid))
			peer = lnet_sock_peer_obtain(net, msg->peer, pid);
		else
			peer = lnet_sock_peer_find(net, msg->peer, pid) ?:
			       ERR_PTR(-EHOSTUNREACH);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		rc = lnet_sock_peer_send(peer, msg);
		lnet_sock_peer_put(peer);
	} while (rc == -ESTALE);
	return rc;
}

/**
 * lnet_sock_net_query() - lnd_query
 * @ni: the NI
 * @nid: a peer's
 * @when: gets when it was last heard of; stays as it is if never
 *
 * Context: task.
 */
void lnet_sock_net_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when)
{
	struct lnet_sock_peer *peer = lnet_sock_peer_find(ni->data, nid, LNET_PID_LUSTRE);

	if (!peer)
		return;
	*when = READ_ONCE(peer->alive);
	lnet_sock_peer_put(peer);
}

/* Once a second ------------------------------------------------------------- */

static bool late(unsigned long since, unsigned int seconds)
{
	return time_after(jiffies, since + seconds * HZ);
}

/* Under the peer's lock. Returns false if the connection is stuck. */
static bool conn_lives(struct lnet_sock_conn *conn)
{
	const unsigned int timeout = lnet_sock_params.timeout;

	if (READ_ONCE(conn->tx_busy)) {
		if (late(READ_ONCE(conn->tx_time), timeout))
			return false;
		/* TCP may have been without memory, and says nothing when it has. */
		if (conn->open)
			lnet_sock_conn_kick(conn, LNET_SOCK_CONN_WRITE);
	}
	return !READ_ONCE(conn->rx_busy) || !late(READ_ONCE(conn->rx_time), timeout);
}

/* A sign of life, on the connection that is ours to send by and carries little. */
static void keep_alive(struct lnet_sock_conn *conn)
{
	const unsigned int idle = lnet_sock_params.keepalive_idle;

	if (!idle || conn->type != LNET_SOCK_BULK_IN || !conn->open ||
	    !late(READ_ONCE(conn->tx_time), idle) || !late(READ_ONCE(conn->rx_time), idle))
		return;
	WRITE_ONCE(conn->tx_time, jiffies);
	set_bit(LNET_SOCK_CONN_KEEPALIVE, &conn->flags);
	lnet_sock_conn_kick(conn, LNET_SOCK_CONN_WRITE);
}

/* Returns true if nothing is left of the peer but its name. */
static bool look_at_conns(struct lnet_sock_peer *peer)
{
	struct lnet_sock_conn *conn;
	bool idle = true;
	int type;

	spin_lock(&peer->lock);
	for (type = 0; type < LNET_SOCK_CTYPES; type++) {
		conn = peer->conns[type];
		if (!conn)
			continue;
		idle = false;
		if (!conn_lives(conn)) {
			lnet_sock_conn_close_locked(conn, LNET_SOCK_END_TIMEOUT,
						    -ETIMEDOUT);
			lnet_sock_peer_close_locked(peer, LNET_SOCK_END_PEER,
						    -ETIMEDOUT);
			break;
		}
		keep_alive(conn);
	}
	if (!list_empty(&peer->waiting) || peer->dial_queued)
		idle = false;
	spin_unlock(&peer->lock);
	return idle;
}

/*
 * Nothing can let them go any more: no connection, and none is being made. If an
 * attempt has just failed we may be here before who made it, to say the same.
 */
static void look_at_waiting(struct lnet_sock_peer *peer)
{
	bool lost;
	int rc;

	spin_lock(&peer->lock);
	lost = !list_empty(&peer->waiting) && !lnet_sock_peer_usable_locked(peer) &&
	       !lnet_sock_dial_locked(peer);
	rc = peer->error ?: -ENOTCONN;
	spin_unlock(&peer->lock);
	if (lost)
		lnet_sock_peer_fail(peer, rc, false);
}

/* Nobody may have begun something with it meanwhile. */
static bool forget(struct lnet_sock_peer *peer)
{
	bool dead;

	spin_lock(&peer->lock);
	dead = list_empty(&peer->waiting) && !peer->dial_queued &&
	       !lnet_sock_peer_connected_locked(peer);
	if (dead)
		lnet_sock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	return dead;
}

/* One that is called after its port never comes back by that name. */
static unsigned int patience(struct lnet_sock_peer *peer)
{
	if (peer->key.pid & LNET_PID_USERFLAG)
		return 0;
	return READ_ONCE(peer->ours) ? PEER_IDLE_S : GUEST_IDLE_S;
}

static void look_at(struct lnet_sock_peer *peer)
{
	look_at_waiting(peer);
	if (!look_at_conns(peer)) {
		peer->idle_since = jiffies;
		return;
	}
	if (!late(peer->idle_since, patience(peer)) || !forget(peer))
		return;
	list_del(&peer->link);
	lnet_sock_peer_bury(peer);
}

static void meet_new_ones(struct lnet_sock_net *net)
{
	struct llist_node *born = llist_reverse_order(llist_del_all(&net->born));
	struct lnet_sock_peer *peer, *next;

	llist_for_each_entry_safe(peer, next, born, born) {
		list_add_tail(&peer->link, &net->known);
		/* Without memory for its folder it works all the same. */
		lnet_sock_peer_dir_add(peer);
	}
}

static void chores(struct work_struct *work)
{
	struct lnet_sock_net *net = container_of(to_delayed_work(work),
						 struct lnet_sock_net, chores);
	struct lnet_sock_peer *peer, *next;

	mutex_lock(&net->known_mutex);
	if (!READ_ONCE(net->closing)) {
		meet_new_ones(net);
		list_for_each_entry_safe(peer, next, &net->known, link)
			look_at(peer);
	}
	mutex_unlock(&net->known_mutex);
	if (!READ_ONCE(net->closing))
		queue_delayed_work(lnet_sock_wq, &net->chores, CHORES_S * HZ);
}

static void meet(struct work_struct *work)
{
	struct lnet_sock_net *net = container_of(work, struct lnet_sock_net, meet);

	mutex_lock(&net->known_mutex);
	meet_new_ones(net);
	mutex_unlock(&net->known_mutex);
}

/**
 * lnet_sock_net_meet() - there is a new peer
 * @net: of this NI; the caller holds it
 *
 * Context: any.
 */
void lnet_sock_net_meet(struct lnet_sock_net *net)
{
	queue_work(lnet_sock_wq, &net->meet);
}

/* Addresses ----------------------------------------------------------------- */

static void look_at_address(struct lnet_sock_net *net)
{
	bool down = !lnet_sock_iface_up(net->ip);
	struct lnet_sock_peer *peer;
	char nid[LNET_NIDSTR_SIZE];

	if (down == net->down)
		return;
	WRITE_ONCE(net->down, down);
	lnet_ni_status_set(net->ni, down ? LNET_NI_STATUS_DOWN : LNET_NI_STATUS_UP);
	pr_info(LNET_SOCK_NAME ": %s is %s\n",
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)),
		down ? "down: its address is not here" : "up again");
	if (!down)
		return;
	lnet_sock_dials_stop(net);
	mutex_lock(&net->known_mutex);
	meet_new_ones(net);
	list_for_each_entry(peer, &net->known, link)
		lnet_sock_peer_close(peer, LNET_SOCK_END_NET_DOWN, -ENETDOWN);
	mutex_unlock(&net->known_mutex);
}

/**
 * lnet_sock_nets_look() - an address or an interface has come or gone
 *
 * Context: task; may sleep.
 */
void lnet_sock_nets_look(void)
{
	struct lnet_sock_net *net;

	mutex_lock(&nets_mutex);
	list_for_each_entry(net, &nets, link)
		look_at_address(net);
	mutex_unlock(&nets_mutex);
}

/* Coming and going ---------------------------------------------------------- */

static struct lnet_sock_net *make(struct lnet_ni *ni)
{
	struct lnet_sock_net *net;

	net = kzalloc(sizeof(*net), GFP_KERNEL);
	if (!net)
		return NULL;
	net->ni = ni;
	net->ip = LNET_NIDADDR(ni->nid);
	net->incarnation = ktime_get_real_ns();
	net->pid = lnet_lnd_pid();
	net->credits = lnet_sock_params.credits;
	refcount_set(&net->users, 1);
	spin_lock_init(&net->lock);
	mutex_init(&net->abort_mutex);
	mutex_init(&net->known_mutex);
	INIT_LIST_HEAD(&net->starved);
	INIT_LIST_HEAD(&net->greetings);
	INIT_LIST_HEAD(&net->dials);
	INIT_LIST_HEAD(&net->known);
	init_llist_head(&net->born);
	INIT_DELAYED_WORK(&net->chores, chores);
	INIT_WORK(&net->meet, meet);
	return net;
}

/**
 * lnet_sock_net_startup() - lnd_startup
 * @ni: its NID is an address of ours
 *
 * Context: task; may sleep.
 * Return: 0; -EADDRNOTAVAIL: it is not; -EADDRINUSE: somebody else listens
 * there; -ENOMEM.
 */
int lnet_sock_net_startup(struct lnet_ni *ni)
{
	struct lnet_sock_net *net;
	int rc;

	if (!lnet_sock_iface_up(LNET_NIDADDR(ni->nid)))
		return -EADDRNOTAVAIL;
	net = make(ni);
	if (!net)
		return -ENOMEM;
	ni->data = net;
	rc = lnet_sock_peer_table_init(net);
	if (rc)
		goto err_free;
	rc = -ENOMEM;
	net->peers_kobj = kobject_create_and_add("peers", lnet_ni_kobj(ni));
	if (!net->peers_kobj)
		goto err_table;

	mutex_lock(&nets_mutex);
	list_add_tail(&net->link, &nets);
	mutex_unlock(&nets_mutex);
	queue_delayed_work(lnet_sock_wq, &net->chores, CHORES_S * HZ);
	/* Last: from now on somebody may come. */
	net->listener = lnet_sock_listener_get(net->ip);
	if (!IS_ERR(net->listener))
		return 0;

	rc = PTR_ERR(net->listener);
	net->listener = NULL;
	lnet_sock_net_shutdown(ni);
	return rc;

err_table:
	rhashtable_destroy(&net->peers);
err_free:
	kfree(net);
	return rc;
}

static void end_peer(struct lnet_sock_peer *peer)
{
	spin_lock(&peer->lock);
	lnet_sock_peer_close_locked(peer, LNET_SOCK_END_SHUTDOWN, -ESHUTDOWN);
	lnet_sock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	lnet_sock_peer_fail(peer, -ESHUTDOWN, true);
	lnet_sock_dial_hurry(peer);
	list_del(&peer->link);
	lnet_sock_peer_bury(peer);
}

static void end_peers(struct lnet_sock_net *net)
{
	struct lnet_sock_peer *peer, *next;

	mutex_lock(&net->known_mutex);
	meet_new_ones(net);
	list_for_each_entry_safe(peer, next, &net->known, link)
		end_peer(peer);
	mutex_unlock(&net->known_mutex);
}

/* Until nobody holds the NI but the one who takes it down. */
static void wait_for_users(struct lnet_sock_net *net)
{
	unsigned long next = jiffies + WAIT_REPORT_S * HZ;
	char nid[LNET_NIDSTR_SIZE];
	unsigned int left;

	while ((left = refcount_read(&net->users) - 1)) {
		if (time_after(jiffies, next)) {
			pr_warn(LNET_SOCK_NAME ": %s goes down: waiting for %u peers and handshakes\n",
				libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)), left);
			next += WAIT_REPORT_S * HZ;
		}
		msleep(20);
		/* Those that were being made, or begun, when we said that we close. */
		end_peers(net);
		lnet_sock_dials_stop(net);
	}
}

/**
 * lnet_sock_net_shutdown() - lnd_shutdown
 * @ni: nobody sends by it any more, but what is being received may be answered
 *
 * Context: task; may sleep.
 */
void lnet_sock_net_shutdown(struct lnet_ni *ni)
{
	struct lnet_sock_net *net = ni->data;

	lnet_sock_listener_put(net->listener);
	mutex_lock(&nets_mutex);
	list_del(&net->link);
	mutex_unlock(&nets_mutex);

	WRITE_ONCE(net->closing, true);
	/* Whoever does not see it has made himself known. */
	synchronize_rcu();
	lnet_sock_greet_stop(net);
	end_peers(net);
	lnet_sock_dials_stop(net);
	wait_for_users(net);
	cancel_delayed_work_sync(&net->chores);
	cancel_work_sync(&net->meet);

	kobject_put(net->peers_kobj);
	rhashtable_destroy(&net->peers);
	kfree(net);
	ni->data = NULL;
}
