// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of this node: which one an interface or a prefix means, and whether
 * it is here. Interfaces and addresses come and go; the NIs hear of it.
 */
#include "net.h"

#include <linux/err.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include <net/net_namespace.h>

enum { AGAIN_MS = 10 };		/* when something is changing */

/* What is looked for. */
struct where {
	const char *name;		/* of an interface, or NULL */
	u32 ip;
	u32 mask;			/* of a prefix; or 0 and no @name: any */
};

/* "10.0.0.0/8" or "10.0.0.1"; anything else is an interface. */
static int iface_read_where(const char *text, struct where *where)
{
	const char *end;
	__be32 ip;
	u8 bits = 32;

	*where = (struct where){};
	if (!*text)
		return 0;
	if (!in4_pton(text, -1, (u8 *)&ip, '/', &end) || (*end && *end != '/')) {
		where->name = text;
		return 0;
	}
	if (*end == '/' && (kstrtou8(end + 1, 10, &bits) || bits > 32))
		return -EINVAL;
	where->mask = bits ? ~0U << (32 - bits) : 0;
	where->ip = ntohl(ip) & where->mask;
	return 0;
}

static bool iface_fits(const struct net_device *dev, u32 ip, const struct where *where)
{
	if (!(dev->flags & IFF_UP))
		return false;
	if (where->name)
		return !strcmp(dev->name, where->name);
	if (where->mask)
		return (ip & where->mask) == where->ip;
	return !(dev->flags & IFF_LOOPBACK);
}

/**
 * ksock_iface_nid() - lnd_nid: which NID do we have there?
 * @net: the network
 * @text: an interface, a prefix, an address, or nothing
 * @nid: gets the NID
 *
 * Context: task; may sleep.
 * Return: 0; -ENODEV: there is none, or it is not up; -EINVAL.
 */
int ksock_iface_nid(u32 net, const char *text, lnet_nid_t *nid)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	struct where where;
	int rc = iface_read_where(text, &where);

	if (rc)
		return rc;
	rc = -ENODEV;
	rtnl_lock();
	for_each_netdev(&init_net, dev) {
		in_dev = __in_dev_get_rtnl(dev);
		if (!in_dev)
			continue;
		in_dev_for_each_ifa_rtnl(ifa, in_dev) {
			if (rc && iface_fits(dev, ntohl(ifa->ifa_local), &where)) {
				*nid = LNET_MKNID(net, ntohl(ifa->ifa_local));
				rc = 0;
			}
		}
	}
	rtnl_unlock();
	return rc;
}

/* RCU read section. */
static bool iface_has(const struct net_device *dev, u32 ip)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (ifa->ifa_local == htonl(ip))
			return true;
	return false;
}

/**
 * ksock_iface_up() - is an address here, on an interface that is up?
 * @ip: the address
 *
 * Several interfaces may have it; one that is up will do. Of this moment: its routes may
 * not be here yet, or no more.
 *
 * Context: task; may sleep.
 * Return: true if it is.
 */
bool ksock_iface_up(u32 ip)
{
	struct net_device *dev;
	bool up;

	rcu_read_lock();
	/* It finds one of them, at once. */
	dev = __ip_dev_find(&init_net, htonl(ip), false);
	up = dev && (dev->flags & IFF_UP);
	if (dev && !up)
		for_each_netdev_rcu(&init_net, dev)
			up |= (dev->flags & IFF_UP) && iface_has(dev, ip);
	rcu_read_unlock();
	return up;
}

/* Coming and going ---------------------------------------------------------- */

static void iface_work(struct work_struct *work)
{
	ksock_nets_look();
}

static DECLARE_DELAYED_WORK(look_work, iface_work);

/**
 * ksock_iface_look() - is an address here, with what has come with it?
 * @ip: the address
 *
 * An interface that comes up is up, and its addresses are here, before the routes to their
 * networks are. So that an address is here is not believed while something changes. But
 * whoever changes it may be waiting for memory, and memory for us: nobody waits for him.
 *
 * Context: task; may sleep, but not for others.
 * Return: 1: it is; 0: it is not; -EAGAIN: something changes, see ksock_iface_later().
 */
int ksock_iface_look(u32 ip)
{
	int here;

	if (!ksock_iface_up(ip))
		return 0;
	if (!rtnl_trylock())
		return -EAGAIN;
	here = ksock_iface_up(ip);
	rtnl_unlock();
	return here;
}

/**
 * ksock_iface_later() - ksock_nets_look() is to come again soon
 *
 * Context: any.
 */
void ksock_iface_later(void)
{
	queue_delayed_work(ksock_wq, &look_work, msecs_to_jiffies(AGAIN_MS));
}

/**
 * ksock_iface_took() - have the routes of an address gone, if only for a moment?
 * @ip: the address
 * @dev: this interface goes down, or
 * @gone: this address of it goes; or NULL
 *
 * With the first address of a network go the routes of the others, and come again if one
 * of them is promoted.
 *
 * Context: RCU read section; a notifier.
 * Return: true if so.
 */
bool ksock_iface_took(u32 ip, const struct net_device *dev, const struct in_ifaddr *gone)
{
	const struct in_ifaddr *ifa;

	if (!gone)
		return iface_has(dev, ip);
	if (gone->ifa_local == htonl(ip))
		return true;
	if (gone->ifa_flags & IFA_F_SECONDARY)
		return false;
	in_dev_for_each_ifa_rcu(ifa, gone->ifa_dev)
		if (ifa->ifa_local == htonl(ip) && ifa->ifa_flags & IFA_F_SECONDARY &&
		    ifa->ifa_mask == gone->ifa_mask && inet_ifa_match(gone->ifa_address, ifa))
			return true;
	return false;
}

/* @ifa: the address of @dev; NULL: @dev itself. Other namespaces are no business of ours. */
static int iface_note_change(const struct net_device *dev, const struct in_ifaddr *ifa,
			     unsigned long event)
{
	if (!net_eq(dev_net(dev), &init_net))
		return NOTIFY_DONE;
	if (event == NETDEV_DOWN)
		ksock_nets_note_gone(dev, ifa);
	mod_delayed_work(ksock_wq, &look_work, 0);
	return NOTIFY_DONE;
}

static int iface_on_address(struct notifier_block *nb, unsigned long event, void *what)
{
	const struct in_ifaddr *ifa = what;

	return iface_note_change(ifa->ifa_dev->dev, ifa, event);
}

static int iface_on_device(struct notifier_block *nb, unsigned long event, void *what)
{
	return iface_note_change(netdev_notifier_info_to_dev(what), NULL, event);
}

static struct notifier_block address_block = { .notifier_call = iface_on_address };
static struct notifier_block device_block = { .notifier_call = iface_on_device };

/**
 * ksock_iface_init() - listen to what comes and goes
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_iface_init(void)
{
	int rc = register_inetaddr_notifier(&address_block);

	if (rc)
		return rc;
	rc = register_netdevice_notifier(&device_block);
	if (rc)
		unregister_inetaddr_notifier(&address_block);
	return rc;
}

/**
 * ksock_iface_exit() - and not any more
 *
 * Context: task; may sleep.
 */
void ksock_iface_exit(void)
{
	unregister_netdevice_notifier(&device_block);
	unregister_inetaddr_notifier(&address_block);
	cancel_delayed_work_sync(&look_work);
}
