// SPDX-License-Identifier: GPL-2.0
/*
 * An NI of this driver: its start and end, the messages it is given, and its fate when
 * its address goes.
 *
 * Each peer holds a reference to the NI, and so does each handshake that knows its NI. When
 * the NI goes down neither can be made any more, all connections and handshakes are told
 * to end, and shutdown waits for the last reference. Workers end connections at once;
 * messages whose pages the network holds end when their socket is drained or aborted.
 *
 * While the address is away TCP goes on trying, as it does when a cable is pulled on
 * the other side. So an outage shorter than sock_timeout loses no message that was on its
 * way; but where nothing was on its way to a peer, keepalives may end the connections.
 * After sock_timeout all connections end, and the NI comes back as another incarnation.
 * Otherwise peers would add its new connections to the old ones, which they take for alive.
 */
#include "net.h"
#include "../hooks/window.h"
#include "greet.h"
#include "host.h"
#include "listener.h"
#include "param.h"
#include "peer.h"

#include <lnet/api.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

enum {
	WAIT_REPORT_S	= 5,		/* how often the log says what shutdown waits for */
	BUSY_S		= 3,		/* for so long changes make us doubt an address */
};

struct workqueue_struct *ksock_wq;

static DEFINE_MUTEX(nets_mutex);	/* G */
static LIST_HEAD(nets);			/* G: RCU to read */

/**
 * ksock_net_hold() - take a reference to an NI
 * @net: the NI
 *
 * Context: any.
 * Return: true: the NI stays until ksock_net_release(); false: it is going down.
 */
bool ksock_net_hold(struct ksock_net *net)
{
	if (READ_ONCE(net->closing))
		return false;
	refcount_inc(&net->users);
	/* Shutdown sets @closing first and reads @users then: it sees us, or we see @closing. */
	smp_mb__after_atomic();
	lnet_window(LNET_WINDOW_SOCK_NET_OPEN);
	if (likely(!READ_ONCE(net->closing)))
		return true;
	ksock_net_release(net);
	return false;
}

/**
 * ksock_net_release() - drop a reference to an NI
 * @net: the NI; maybe gone on return
 *
 * Context: any.
 */
void ksock_net_release(struct ksock_net *net)
{
	/* The NI's own reference is the last, and only shutdown ends that. */
	refcount_dec(&net->users);
}

/* Messages ------------------------------------------------------------------ */

/*
 * Make no peer that cannot be reached anyway; nor one for an answer, as the peer that asked
 * for it has a connection, or had one.
 */
static struct ksock_peer *net_peer_for(struct ksock_net *net,
				       const struct lnet_msg *msg, lnet_pid_t pid)
{
	struct ksock_peer *peer;
	bool down = READ_ONCE(net->down);

	if (!ksock_is_answer(msg) && ksock_dial_may(net, msg->peer, pid) && !down)
		return ksock_peer_obtain(net, msg->peer, pid, LNET_NIDADDR(msg->peer),
					 false);
	peer = ksock_peer_find(net, msg->peer, pid);
	if (peer)
		return peer;
	return ERR_PTR(down ? -ENETDOWN : -EHOSTUNREACH);
}

/**
 * ksock_net_send() - lnd_send: send a message
 * @ni: the NI to send it by
 * @priv: unused
 * @msg: the message; the driver's if 0 is returned
 *
 * Context: task; does not sleep.
 * Return: 0; -ENETDOWN: our address is not here, and there is no connection; -EHOSTUNREACH or
 * another error: the peer could not be reached a moment ago, or the message is an answer and
 * there is no connection; -ENOBUFS: too many answers wait, or there are too many peers;
 * -ENOMEM; -ESHUTDOWN.
 */
int ksock_net_send(struct lnet_ni *ni, void *priv, struct lnet_msg *msg)
{
	lnet_pid_t pid = le32_to_cpu(msg->hdr.dest_pid);
	struct ksock_net *net = ni->data;
	struct ksock_peer *peer;
	int rc;

	do {
		peer = net_peer_for(net, msg, pid);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		rc = ksock_peer_send(peer, msg);
		ksock_peer_put(peer);
	} while (rc == -ESTALE);
	return rc;
}

/**
 * ksock_net_query() - lnd_query: tell when a peer was last heard of
 * @ni: the NI
 * @nid: the peer's NID
 * @when: set to that time as of ktime_get_seconds(); unchanged if never
 *
 * Context: task.
 */
void ksock_net_query(struct lnet_ni *ni, lnet_nid_t nid, time64_t *when)
{
	struct ksock_peer *peer = ksock_peer_find(ni->data, nid, LNET_PID_LUSTRE);
	time64_t alive;

	if (!peer)
		return;
	alive = READ_ONCE(peer->alive);
	if (alive)
		*when = alive;
	ksock_peer_put(peer);
}

/* Addresses ----------------------------------------------------------------- */

static void net_for_all_peers(struct ksock_net *net, void (*what)(struct ksock_peer *peer))
{
	struct ksock_peer *peer;

	mutex_lock(&net->known_mutex);
	ksock_chores_meet_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		what(peer);
		cond_resched();
	}
	mutex_unlock(&net->known_mutex);
}

static void net_drop_peer(struct ksock_peer *peer)
{
	ksock_peer_close(peer, KSOCK_REASON_NET_DOWN, -ENETDOWN);
	ksock_peer_fail(peer, -ENETDOWN, false);
}

static void net_renew_peer(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	ksock_dial_freshen_locked(peer);
	spin_unlock(&peer->lock);
	ksock_dial_hurry(peer);
}

/* If the rate limit drops the line, a later look logs it: while down, one each second. */
static void net_log_down(struct ksock_net *net)
{
	char nid[LNET_NIDSTR_SIZE];

	if (net->down_logged || !__ratelimit(&net->log_limit))
		return;
	net->down_logged = true;
	pr_info(KSOCK_NAME ": %s is down: its address is not here\n",
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)));
}

/* Log this only if the log says that the NI was down. */
static void net_log_up(struct ksock_net *net)
{
	char nid[LNET_NIDSTR_SIZE];

	if (!net->down_logged)
		return;
	net->down_logged = false;
	pr_info(KSOCK_NAME ": %s is up again\n",
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)));
}

/*
 * No attempt to connect can succeed: abort those under way, and let those that are due find
 * out at once. An attempt that begins meanwhile either is found here or sees @down.
 */
static void net_go_down(struct ksock_net *net)
{
	WRITE_ONCE(net->down, true);
	net->down_since = jiffies;
	net->dropped = false;
	lnet_ni_status_set(net->ni, LNET_NI_STATUS_DOWN);
	ksock_greets_stop(net, NULL, KSOCK_REASON_NET_DOWN);
	net_for_all_peers(net, ksock_dial_hurry);
}

/*
 * Peers may be reachable again: results of earlier attempts no longer count, see
 * ksock_dial_freshen_locked(), and attempts that are due are made at once. A thread that
 * sees the NI up sees the new @renewals, too.
 */
static void net_renew(struct ksock_net *net)
{
	bool was_down = net->down;

	WRITE_ONCE(net->renewals, net->renewals + 1);
	/* Pairs with dial_is_down_locked(). */
	smp_store_release(&net->down, false);
	if (was_down) {
		lnet_ni_status_set(net->ni, LNET_NI_STATUS_UP);
		net_log_up(net);
	}
	net_for_all_peers(net, net_renew_peer);
}

/*
 * Become another incarnation, while the address is away. A grace period later all peers are
 * dropped, so that no connection of the old incarnation is left:
 *
 * - A handshake in which we have said the old one: ksock_peer_admit() refuses it, or has
 *   admitted its connection before net_drop_peer() comes to its peer.
 * - A peer that could be found before the grace period is among those that are dropped.
 * - To a peer that is made later we have not said the old incarnation.
 */
static void net_begin_anew(struct ksock_net *net)
{
	net->dropped = true;
	net->drops = true;
	WRITE_ONCE(net->incarnation, ktime_get_real_ns());
}

static void net_drop_peers(struct ksock_net *net)
{
	if (!net->drops)
		return;
	net->drops = false;
	net_for_all_peers(net, net_drop_peer);
}

/*
 * The address is here, but its routes may not be: look again soon. If changes go on for
 * BUSY_S, believe the address all the same, once, and again when they have ended.
 */
static void net_wait_for_quiet(struct ksock_net *net)
{
	net->renew = true;
	if (!net->busy_since)
		net->busy_since = jiffies | 1;
	if (!net->believed && time_after(jiffies, net->busy_since + BUSY_S * HZ)) {
		net->believed = true;
		net_renew(net);
	}
	ksock_iface_later();
}

/* Return true if the NI's peers are to be dropped, after a grace period. */
static bool net_look_at_address(struct ksock_net *net)
{
	/* Clear it before the look: if the address goes after that, there is another look. */
	bool gone = xchg(&net->gone, false);
	int here;

	net->renew |= gone;
	here = net->renew || net->down ? ksock_iface_look(net->ip) :
					 ksock_iface_up(net->ip);
	if (here < 0) {
		net_wait_for_quiet(net);
		return false;
	}
	net->busy_since = 0;
	net->believed = false;
	if (here && (net->down || net->renew)) {
		net->renew = false;
		net_renew(net);
	} else if (!here && !net->down) {
		net_go_down(net);
	} else if (!here && !net->dropped &&
		   time_after(jiffies, net->down_since + ksock_params.timeout * HZ)) {
		net_begin_anew(net);
	}
	if (net->down)
		net_log_down(net);
	return net->drops;
}

/**
 * ksock_nets_look() - find out which addresses are here, and act on changes and long outages
 *
 * Context: task; may sleep.
 */
void ksock_nets_look(void)
{
	struct ksock_net *net;
	bool drops = false;

	mutex_lock(&nets_mutex);
	list_for_each_entry(net, &nets, link)
		drops |= net_look_at_address(net);
	/* One grace period for all NIs, as many may be on one interface. */
	if (drops) {
		synchronize_rcu();	/* pairs with ksock_peer_obtain() */
		list_for_each_entry(net, &nets, link)
			net_drop_peers(net);
	}
	mutex_unlock(&nets_mutex);
}

/**
 * ksock_nets_note_gone() - note that an interface or address goes, if only for a moment
 * @dev: the interface
 * @ifa: the interface's address that goes; NULL: the interface goes down
 *
 * The caller has ksock_nets_look() run next. Peers that could not be reached by way of it
 * may be tried again at once when it is back.
 *
 * Context: a notifier.
 */
void ksock_nets_note_gone(const struct net_device *dev, const struct in_ifaddr *ifa)
{
	struct ksock_net *net;

	rcu_read_lock();
	list_for_each_entry_rcu(net, &nets, link)
		if (ksock_iface_took(net->ip, dev, ifa))
			WRITE_ONCE(net->gone, true);
	rcu_read_unlock();
}

/* Coming and going ---------------------------------------------------------- */

static struct ksock_net *net_new(struct lnet_ni *ni)
{
	struct ksock_net *net;

	net = kzalloc(sizeof(*net), GFP_KERNEL);
	if (!net)
		return NULL;
	net->ni = ni;
	net->ip = LNET_NIDADDR(ni->nid);
	net->incarnation = ktime_get_real_ns();
	net->gone = true;
	net->pid = lnet_lnd_pid();
	net->credits = ksock_params.credits;
	refcount_set(&net->users, 1);
	spin_lock_init(&net->lock);
	ratelimit_state_init(&net->log_limit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	/* The limit prints nothing of lines that it dropped: net_log_down() makes up for them. */
	ratelimit_set_flags(&net->log_limit, RATELIMIT_MSG_ON_RELEASE);
	INIT_LIST_HEAD(&net->starved);
	ksock_chores_init(net);
	return net;
}

/**
 * ksock_net_startup() - lnd_startup: start an NI
 * @ni: the NI, with an address of this node in its NID
 *
 * Context: task; may sleep.
 * Return: 0; -EADDRNOTAVAIL: the address is not here; -EADDRINUSE: another socket listens
 * there; -ENOMEM; or another error.
 */
int ksock_net_startup(struct lnet_ni *ni)
{
	struct ksock_net *net;
	int rc;

	if (!ksock_iface_up(LNET_NIDADDR(ni->nid)))
		return -EADDRNOTAVAIL;
	net = net_new(ni);
	if (!net)
		return -ENOMEM;
	rc = ksock_peer_table_init(net);
	if (rc)
		goto err_free;
	rc = ksock_hosts_init(net);
	if (rc)
		goto err_peers;
	net->listener = ksock_listener_get(net->ip);
	if (IS_ERR(net->listener)) {
		rc = PTR_ERR(net->listener);
		goto err_hosts;
	}
	rc = -ENOMEM;
	net->peers_kobj = kobject_create_and_add("peers", lnet_ni_kobj(ni));
	if (!net->peers_kobj)
		goto err_listener;
	ni->data = net;
	return 0;

err_listener:
	ksock_listener_put(net->listener);
err_hosts:
	ksock_hosts_exit(net);
err_peers:
	rhashtable_destroy(&net->peers);
err_free:
	kfree(net);
	return rc;
}

/**
 * ksock_net_ready() - lnd_ready: begin to take connections
 * @ni: the NI, which the core can find now
 *
 * Context: task; may sleep.
 */
void ksock_net_ready(struct lnet_ni *ni)
{
	struct ksock_net *net = ni->data;

	mutex_lock(&nets_mutex);
	list_add_tail_rcu(&net->link, &nets);
	/* Since startup looked, the address may have gone; or its routes may not be here. */
	net_look_at_address(net);
	mutex_unlock(&nets_mutex);
	ksock_chores_start(net);
	ksock_listener_open(net->listener);
}

static void net_end_peer(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	ksock_peer_close_locked(peer, KSOCK_REASON_SHUTDOWN, -ESHUTDOWN);
	ksock_peer_unhash_locked(peer);
	spin_unlock(&peer->lock);
	ksock_peer_fail(peer, -ESHUTDOWN, true);
	ksock_dial_hurry(peer);
	list_del(&peer->link);
	ksock_peer_bury(peer);
}

static void net_end_peers(struct ksock_net *net)
{
	struct ksock_peer *peer, *next;

	mutex_lock(&net->known_mutex);
	ksock_chores_meet_locked(net);
	list_for_each_entry_safe(peer, next, &net->known, link)
		net_end_peer(peer);
	mutex_unlock(&net->known_mutex);
}

/* Wait until the only reference to the NI is its own. */
static void net_wait_for_users(struct ksock_net *net)
{
	unsigned long next = jiffies + WAIT_REPORT_S * HZ;
	char nid[LNET_NIDSTR_SIZE];
	unsigned int left;

	while ((left = refcount_read(&net->users) - 1)) {
		if (time_after(jiffies, next)) {
			pr_warn(KSOCK_NAME ": %s goes down: waiting for %u peers and handshakes\n",
				libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)), left);
			next += WAIT_REPORT_S * HZ;
		}
		msleep(20);
		/* End also those that were being made when @closing was set. */
		net_end_peers(net);
		ksock_greets_stop(net, NULL, KSOCK_REASON_SHUTDOWN);
	}
}

/**
 * ksock_net_shutdown() - lnd_shutdown: end an NI
 * @ni: the NI; clients no longer send by it, but messages that are received may be answered
 *
 * Context: task; may sleep.
 */
void ksock_net_shutdown(struct lnet_ni *ni)
{
	struct ksock_net *net = ni->data;

	mutex_lock(&nets_mutex);
	list_del_rcu(&net->link);
	mutex_unlock(&nets_mutex);
	ksock_listener_put(net->listener);

	WRITE_ONCE(net->closing, true);
	/* Threads that did not see @closing are in @users now, and the list has no more readers. */
	synchronize_rcu();
	ksock_greets_stop(net, NULL, KSOCK_REASON_SHUTDOWN);
	net_end_peers(net);
	net_wait_for_users(net);
	ksock_chores_stop(net);

	kobject_put(net->peers_kobj);
	rhashtable_destroy(&net->peers);
	ksock_hosts_exit(net);
	kfree(net);
	ni->data = NULL;
}
