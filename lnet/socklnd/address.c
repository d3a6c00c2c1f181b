// SPDX-License-Identifier: GPL-2.0
/*
 * The fate of an NI when its address goes and comes back. Notifiers say when interfaces and
 * addresses change; a work item then looks at the address of each NI.
 *
 * While the address is away TCP goes on trying, as it does when a cable is pulled on
 * the other side. So an outage shorter than sock_timeout loses no message that was on its
 * way; but where nothing was on its way to a peer, keepalives may end the connections.
 * After sock_timeout all connections end, and the NI comes back as another incarnation.
 * Otherwise peers would add its new connections to the old ones, which they take for alive.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "addr.h"
#include "conns.h"
#include "dial.h"
#include "greet.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"

#include <lnet/api.h>

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/timekeeping.h>

#include <net/addrconf.h>
#include <net/net_namespace.h>

enum {
	BUSY_S		= 3,		/* for so long changes make us doubt an address */
	AGAIN_MS	= 10,		/* until the next look, while something changes */
};

static DEFINE_MUTEX(addresses_mutex);	/* G */
static LIST_HEAD(nets);			/* G: RCU to read */

static void address_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, address_work);

/* Consequences -------------------------------------------------------------- */

static void address_drop_peer(struct ksock_peer *peer)
{
	ksock_conns_close(peer, KSOCK_REASON_NET_DOWN, -ENETDOWN);
	ksock_queue_fail(peer, -ENETDOWN, false);
}

static void address_renew_peer(struct ksock_peer *peer)
{
	spin_lock(&peer->lock);
	ksock_dial_forget_old_locked(peer);
	spin_unlock(&peer->lock);
	ksock_dial_now(peer);
}

/* If the rate limit drops the line, a later look logs it: while down, one each second. */
static void address_log_down(struct ksock_net *net)
{
	char nid[LNET_NIDSTR_SIZE];

	if (net->down_logged || !__ratelimit(&net->log_limit))
		return;
	net->down_logged = true;
	pr_info("%s is down: its address is not here\n",
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)));
}

/* Log this only if the log says that the NI was down. */
static void address_log_up(struct ksock_net *net)
{
	char nid[LNET_NIDSTR_SIZE];

	if (!net->down_logged)
		return;
	net->down_logged = false;
	pr_info("%s is up again\n",
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)));
}

/*
 * No attempt to connect can succeed: abort those under way, and let those that are due find
 * out at once. An attempt that begins meanwhile either is found here or sees @down.
 */
static void address_go_down(struct ksock_net *net)
{
	WRITE_ONCE(net->down, true);
	net->down_since = jiffies;
	net->long_outage = false;
	lnet_ni_status_set(net->ni, LNET_NI_STATUS_DOWN);
	ksock_greets_stop(net, NULL, KSOCK_REASON_NET_DOWN);
	ksock_known_for_all(net, ksock_dial_now);
}

/*
 * Peers may be reachable again: results of earlier attempts no longer count, see
 * ksock_dial_forget_old_locked(), and attempts that are due are made at once. A thread that
 * sees the NI up sees the new @renewals, too.
 */
static void address_renew(struct ksock_net *net)
{
	bool was_down = net->down;

	WRITE_ONCE(net->renewals, net->renewals + 1);
	/* Pairs with dial_is_down_locked(). */
	smp_store_release(&net->down, false);
	if (was_down) {
		lnet_ni_status_set(net->ni, LNET_NI_STATUS_UP);
		address_log_up(net);
	}
	ksock_known_for_all(net, address_renew_peer);
}

/*
 * Become another incarnation, while the address is away. A grace period later all peers are
 * dropped, so that no connection of the old incarnation is left:
 *
 * - A handshake in which we have said the old one: admission (admit.c) refuses it, or has
 *   admitted its connection before address_drop_peer() comes to its peer.
 * - A peer that could be found before the grace period is among those that are dropped.
 * - To a peer that is made later we have not said the old incarnation.
 */
static void address_begin_anew(struct ksock_net *net)
{
	net->long_outage = true;
	net->drop_peers = true;
	WRITE_ONCE(net->incarnation, ktime_get_real_ns());
}

static void address_drop_peers(struct ksock_net *net)
{
	if (!net->drop_peers)
		return;
	net->drop_peers = false;
	ksock_known_for_all(net, address_drop_peer);
}

/* Looks --------------------------------------------------------------------- */

static void address_look_later(void)
{
	queue_delayed_work(ksock_wq, &look_work, msecs_to_jiffies(AGAIN_MS));
}

/*
 * The address is here, but its routes may not be: look again soon. If changes go on for
 * BUSY_S, believe the address all the same, once, and again when they have ended.
 */
static void address_wait_for_quiet(struct ksock_net *net)
{
	net->renew = true;
	if (!net->busy_since)
		net->busy_since = jiffies | 1;
	if (!net->believed && time_after(jiffies, net->busy_since + BUSY_S * HZ)) {
		net->believed = true;
		address_renew(net);
	}
	address_look_later();
}

/* Return true if the NI's peers are to be dropped, after a grace period. */
static bool address_look_at(struct ksock_net *net)
{
	/* Clear it before the look: if the address goes after that, there is another look. */
	bool lost = xchg(&net->address_lost, false);
	int here;

	if (lost)
		net->renew = true;
	if (net->renew || net->down)
		here = ksock_iface_look(&net->addr);
	else
		here = ksock_iface_up(&net->addr);
	if (here < 0) {
		address_wait_for_quiet(net);
		return false;
	}
	net->busy_since = 0;
	net->believed = false;
	if (here && (net->down || net->renew)) {
		net->renew = false;
		address_renew(net);
	} else if (!here && !net->down) {
		address_go_down(net);
	} else if (!here && !net->long_outage &&
		   time_after(jiffies, net->down_since + ksock_param_timeout() * HZ)) {
		address_begin_anew(net);
	}
	if (net->down)
		address_log_down(net);
	return net->drop_peers;
}

/**
 * ksock_address_look() - find out which addresses are here, and act on changes and long outages
 *
 * Context: task; may sleep.
 */
void ksock_address_look(void)
{
	struct ksock_net *net;
	bool drops = false;

	mutex_lock(&addresses_mutex);
	list_for_each_entry(net, &nets, link)
		drops |= address_look_at(net);
	/* One grace period for all NIs, as many may be on one interface. */
	if (drops) {
		synchronize_rcu();	/* pairs with ksock_peer_obtain() */
		list_for_each_entry(net, &nets, link)
			address_drop_peers(net);
	}
	mutex_unlock(&addresses_mutex);
}

/**
 * ksock_address_watch() - watch the address of an NI from now on
 * @net: the NI, which has started
 *
 * Context: task; may sleep.
 */
void ksock_address_watch(struct ksock_net *net)
{
	mutex_lock(&addresses_mutex);
	list_add_tail_rcu(&net->link, &nets);
	/* Since startup looked, the address may have gone; or its routes may not be here. */
	address_look_at(net);
	mutex_unlock(&addresses_mutex);
}

/**
 * ksock_address_forget() - watch the address of an NI no longer
 * @net: the NI, which is going down; a grace period later notifiers do not know it any more
 *
 * Context: task; may sleep.
 */
void ksock_address_forget(struct ksock_net *net)
{
	mutex_lock(&addresses_mutex);
	list_del_rcu(&net->link);
	mutex_unlock(&addresses_mutex);
}

static void address_work(struct work_struct *work)
{
	ksock_address_look();
}

/* Changes ------------------------------------------------------------------- */

/*
 * An interface goes down, or loses IPv4 address @ifa or IPv6 address @in6, if only for a moment.
 * The caller has the look run next. Peers that could not be reached by way of it may be tried again
 * at once when it is back.
 */
static void address_note_loss(const struct net_device *dev, const struct in_ifaddr *ifa,
			      const struct in6_addr *in6)
{
	struct ksock_net *net;
	bool lost;

	rcu_read_lock();
	list_for_each_entry_rcu(net, &nets, link) {
		if (in6)
			lost = ksock_addr_is_same(&net->addr, in6);
		else
			lost = ksock_iface_loses_routes(&net->addr, dev, ifa);
		if (lost)
			WRITE_ONCE(net->address_lost, true);
	}
	rcu_read_unlock();
}

/*
 * Handle a change of @ifa or @in6, or of @dev itself if both are NULL. Only the initial namespace
 * matters.
 */
static int address_note_change(const struct net_device *dev, const struct in_ifaddr *ifa,
			       const struct in6_addr *in6, unsigned long event)
{
	if (!net_eq(dev_net(dev), &init_net))
		return NOTIFY_DONE;
	if (event == NETDEV_DOWN)
		address_note_loss(dev, ifa, in6);
	mod_delayed_work(ksock_wq, &look_work, 0);
	return NOTIFY_DONE;
}

static int address_on_address(struct notifier_block *nb, unsigned long event, void *what)
{
	const struct in_ifaddr *ifa = what;

	return address_note_change(ifa->ifa_dev->dev, ifa, NULL, event);
}

static int address_on_device(struct notifier_block *nb, unsigned long event, void *what)
{
	return address_note_change(netdev_notifier_info_to_dev(what), NULL, NULL, event);
}

#if IS_ENABLED(CONFIG_IPV6)
/* This one may come in an interrupt. */
static int address_on_ipv6(struct notifier_block *nb, unsigned long event, void *what)
{
	const struct inet6_ifaddr *ifp = what;

	return address_note_change(ifp->idev->dev, NULL, &ifp->addr, event);
}

static struct notifier_block ipv6_block = { .notifier_call = address_on_ipv6 };

static int address_watch_ipv6(void)
{
	return register_inet6addr_notifier(&ipv6_block);
}

static void address_unwatch_ipv6(void)
{
	unregister_inet6addr_notifier(&ipv6_block);
}
#else
static int address_watch_ipv6(void)
{
	return 0;
}

static void address_unwatch_ipv6(void)
{
}
#endif

static struct notifier_block address_block = { .notifier_call = address_on_address };
static struct notifier_block device_block = { .notifier_call = address_on_device };

/**
 * ksock_address_init() - register the notifiers of interfaces and addresses
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_address_init(void)
{
	int rc = register_inetaddr_notifier(&address_block);

	if (rc)
		return rc;
	rc = address_watch_ipv6();
	if (rc)
		goto err_ipv4;
	rc = register_netdevice_notifier(&device_block);
	if (rc)
		goto err_ipv6;
	return 0;

err_ipv6:
	address_unwatch_ipv6();
err_ipv4:
	unregister_inetaddr_notifier(&address_block);
	return rc;
}

/**
 * ksock_address_exit() - unregister the notifiers, and cancel the look that they schedule
 *
 * Context: task; may sleep.
 */
void ksock_address_exit(void)
{
	unregister_netdevice_notifier(&device_block);
	address_unwatch_ipv6();
	unregister_inetaddr_notifier(&address_block);
	cancel_delayed_work_sync(&look_work);
}
