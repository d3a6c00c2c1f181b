// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of this node: which address an interface name or a prefix means, and whether an
 * address is present. What follows from changes is in address.c.
 */
#include "net.h"

#include <linux/err.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include <net/net_namespace.h>

/* The local address to look for. */
struct where {
	const char *name;		/* interface name, or NULL */
	u32 ip;
	u32 mask;			/* prefix mask; 0 and no @name: any address */
};

/* Parse "10.0.0.0/8" or "10.0.0.1"; any other text names an interface. Return 0 or -EINVAL. */
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
 * ksock_iface_nid() - lnd_nid: find the NID of this node that a text means
 * @net: the LNet network of the NID
 * @text: an interface name, a prefix, an address, or "" for any interface but loopback
 * @nid: set to the NID on success
 *
 * Context: task; may sleep.
 * Return: 0; -ENODEV: no interface that is up has such an address; -EINVAL: bad prefix.
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

/* Return true if the interface has the address. The caller is in an RCU read section. */
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
 * ksock_iface_up() - tell whether an interface that is up has an address
 * @ip: the IPv4 address, in CPU byte order
 *
 * Several interfaces may have it; one that is up is enough. The answer holds for this moment
 * only, and says nothing of routes: they may not be there yet, or may be gone already.
 *
 * Context: task; may sleep.
 * Return: true if there is one.
 */
bool ksock_iface_up(u32 ip)
{
	struct net_device *dev;
	bool up;

	rcu_read_lock();
	/* This is fast, but finds only one of the interfaces. */
	dev = __ip_dev_find(&init_net, htonl(ip), false);
	up = dev && (dev->flags & IFF_UP);
	if (dev && !up) {
		for_each_netdev_rcu(&init_net, dev)
			if ((dev->flags & IFF_UP) && iface_has(dev, ip))
				up = true;
	}
	rcu_read_unlock();
	return up;
}

/* Changes ------------------------------------------------------------------- */

/**
 * ksock_iface_look() - tell whether an address is present, and its routes with it
 * @ip: the IPv4 address, in CPU byte order
 *
 * When an interface comes up, its flags and addresses are visible before its routes are. So
 * do not trust a present address while another task holds RTNL to change something. Do not
 * wait for that task: it may wait for memory, whose reclaim may wait for us.
 *
 * Context: task; may sleep, but does not wait for RTNL.
 * Return: 1: present; 0: not present; -EAGAIN: something changes, look again soon.
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
 * ksock_iface_loses_routes() - tell whether a change removes an address's routes, if only briefly
 * @ip: the IPv4 address, in CPU byte order
 * @dev: the interface that goes down or loses an address
 * @lost: the address that the interface loses; NULL if the interface goes down
 *
 * When the primary address of a subnet goes, the routes of its secondary addresses go with
 * it. They come back when one of these is promoted.
 *
 * Context: RCU read section, in a notifier.
 * Return: true if the routes go.
 */
bool ksock_iface_loses_routes(u32 ip, const struct net_device *dev, const struct in_ifaddr *lost)
{
	const struct in_ifaddr *ifa;

	if (!lost)
		return iface_has(dev, ip);
	if (lost->ifa_local == htonl(ip))
		return true;
	if (lost->ifa_flags & IFA_F_SECONDARY)
		return false;
	in_dev_for_each_ifa_rcu(ifa, lost->ifa_dev)
		if (ifa->ifa_local == htonl(ip) && ifa->ifa_flags & IFA_F_SECONDARY &&
		    ifa->ifa_mask == lost->ifa_mask && inet_ifa_match(lost->ifa_address, ifa))
			return true;
	return false;
}
