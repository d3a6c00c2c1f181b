// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of this node: which address an interface name or a prefix means, and whether an
 * address is present. What follows from changes is in address.c.
 */
#include "addr.h"
#include "net.h"

#include <linux/err.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include <net/addrconf.h>
#include <net/net_namespace.h>

/* The local address to look for. */
struct where {
	const char *name;		/* interface name, or NULL */
	int family;			/* AF_INET or AF_INET6; AF_UNSPEC: either */
	struct in6_addr addr;
	unsigned int bits;		/* of @addr that count; 0 and no @name: any address */
};

/*
 * Parse "10.0.0.0/8", "10.0.0.1", "2001:db8::/32" or "2001:db8::1"; any other text names an
 * interface. Return 0 or -EINVAL.
 */
static int iface_read_where(const char *text, struct where *where)
{
	unsigned int family_bits = 32;
	const char *end;
	__be32 ip;
	u8 bits;

	*where = (struct where){ .family = AF_UNSPEC };
	if (!*text)
		return 0;
	if (in4_pton(text, -1, (u8 *)&ip, '/', &end)) {
		where->family = AF_INET;
		where->addr = ksock_addr_from_ipv4(ip);
	} else if (in6_pton(text, -1, where->addr.s6_addr, '/', &end)) {
		where->family = AF_INET6;
		family_bits = 128;
	} else {
		where->name = text;
		return 0;
	}
	bits = family_bits;
	if (*end && (*end != '/' || kstrtou8(end + 1, 10, &bits) || bits > family_bits))
		return -EINVAL;
	/* An IPv4 address is mapped. A prefix of no bits is any address of its family. */
	where->bits = bits ? bits + 128 - family_bits : 0;
	return 0;
}

static bool iface_fits(const struct net_device *dev, const struct in6_addr *addr,
		       const struct where *where)
{
	if (!(dev->flags & IFF_UP))
		return false;
	if (where->name)
		return !strcmp(dev->name, where->name);
	if (where->bits)
		return ipv6_prefix_equal(addr, &where->addr, where->bits);
	return !(dev->flags & IFF_LOOPBACK);
}

/* Addresses of an interface ------------------------------------------------- */

/* Find the first IPv4 address of @dev that fits. RTNL is held. */
static bool iface_find_ipv4(const struct net_device *dev, const struct where *where,
			    struct in6_addr *addr)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rtnl(ifa, in_dev) {
		*addr = ksock_addr_from_ipv4(ifa->ifa_local);
		if (iface_fits(dev, addr, where))
			return true;
	}
	return false;
}

#if IS_ENABLED(CONFIG_IPV6)
/* An address may be used once no other node answers for it. */
static bool iface_may_use(const struct inet6_ifaddr *ifp)
{
	return !(ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

/* One that names the node beyond its own link, and stays. */
static bool iface_may_name_node(const struct inet6_ifaddr *ifp)
{
	return iface_may_use(ifp) && !(ifp->flags & IFA_F_TEMPORARY) &&
	       !(ipv6_addr_type(&ifp->addr) & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MAPPED));
}

/* The same for IPv6. RTNL is held. */
static bool iface_find_ipv6(const struct net_device *dev, const struct where *where,
			    struct in6_addr *addr)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;
	bool found = false;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifp, &idev->addr_list, if_list) {
		if (!iface_may_name_node(ifp) || !iface_fits(dev, &ifp->addr, where))
			continue;
		*addr = ifp->addr;
		found = true;
		break;
	}
	read_unlock_bh(&idev->lock);
	return found;
}

/* Return true if the interface has the address. The caller is in an RCU read section. */
static bool iface_has_ipv6(const struct net_device *dev, const struct in6_addr *addr)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;
	bool has = false;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifp, &idev->addr_list, if_list)
		if (ipv6_addr_equal(&ifp->addr, addr) && iface_may_use(ifp))
			has = true;
	read_unlock_bh(&idev->lock);
	return has;
}
#else
static bool iface_find_ipv6(const struct net_device *dev, const struct where *where,
			    struct in6_addr *addr)
{
	return false;
}

static bool iface_has_ipv6(const struct net_device *dev, const struct in6_addr *addr)
{
	return false;
}
#endif

/* The same for IPv4. */
static bool iface_has_ipv4(const struct net_device *dev, __be32 ip)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (ifa->ifa_local == ip)
			return true;
	return false;
}

static bool iface_has(const struct net_device *dev, const struct in6_addr *addr)
{
	if (ksock_addr_is_ipv4(addr))
		return iface_has_ipv4(dev, ksock_addr_ipv4(addr));
	return iface_has_ipv6(dev, addr);
}

static bool iface_find(const struct where *where, struct in6_addr *addr,
		       bool (*find)(const struct net_device *dev, const struct where *where,
				    struct in6_addr *addr))
{
	struct net_device *dev;

	ASSERT_RTNL();
	for_each_netdev(&init_net, dev)
		if (find(dev, where, addr))
			return true;
	return false;
}

/**
 * ksock_iface_nid() - lnd_nid: find the NID of this node that a text means
 * @net: the LNet network of the NID
 * @text: an interface name, a prefix, an address, or "" for any interface but loopback
 * @nid: set to the NID on success, for which the caller calls lnet_nid_put()
 *
 * If a name, or "", could mean an IPv4 and an IPv6 address, it means the IPv4 one.
 *
 * Context: task; may sleep.
 * Return: 0; -ENODEV: no interface that is up has such an address; -EINVAL: bad prefix; -ENOMEM.
 */
int ksock_iface_nid(u32 net, const char *text, lnet_nid_t *nid)
{
	struct lnet_nid found;
	struct in6_addr addr;
	struct where where;
	bool any;
	int rc;

	rc = iface_read_where(text, &where);
	if (rc)
		return rc;
	rtnl_lock();
	any = (where.family != AF_INET6 && iface_find(&where, &addr, iface_find_ipv4)) ||
	      (where.family != AF_INET && iface_find(&where, &addr, iface_find_ipv6));
	rtnl_unlock();
	if (!any)
		return -ENODEV;
	ksock_addr_nid(net, &addr, &found);
	*nid = lnet_nid_shorten(&found);
	return *nid == LNET_NID_ANY ? -ENOMEM : 0;
}

/**
 * ksock_iface_up() - tell whether an interface that is up has an address
 * @addr: the address
 *
 * Several interfaces may have it; one that is up is enough. The answer holds for this moment
 * only, and says nothing of routes: they may not be there yet, or may be gone already.
 *
 * Context: task; may sleep.
 * Return: true if there is one.
 */
bool ksock_iface_up(const struct in6_addr *addr)
{
	struct net_device *dev = NULL;
	bool up;

	rcu_read_lock();
	/* This is fast, but finds only one of the interfaces. */
	if (ksock_addr_is_ipv4(addr))
		dev = __ip_dev_find(&init_net, ksock_addr_ipv4(addr), false);
	up = dev && (dev->flags & IFF_UP);
	if (!up && (dev || !ksock_addr_is_ipv4(addr))) {
		for_each_netdev_rcu(&init_net, dev)
			if ((dev->flags & IFF_UP) && iface_has(dev, addr))
				up = true;
	}
	rcu_read_unlock();
	return up;
}

/**
 * ksock_iface_name() - find the interface that has an address
 * @addr: the address
 * @name: buffer of IFNAMSIZ bytes, set to its name; "" if none has it. One that is up is preferred
 *
 * Context: task; may sleep.
 */
void ksock_iface_name(const struct in6_addr *addr, char *name)
{
	struct net_device *dev;

	*name = '\0';
	rcu_read_lock();
	for_each_netdev_rcu(&init_net, dev) {
		if (!iface_has(dev, addr))
			continue;
		if (!*name || (dev->flags & IFF_UP))
			strscpy(name, dev->name, IFNAMSIZ);
		if (dev->flags & IFF_UP)
			break;
	}
	rcu_read_unlock();
}

/**
 * ksock_iface_mask() - find the mask of the subnet of an address
 * @addr: the address
 *
 * Context: task.
 * Return: the mask of an IPv4 address that an interface has; else 0.
 */
__be32 ksock_iface_mask(const struct in6_addr *addr)
{
	const struct in_device *in_dev;
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	__be32 ip, mask = 0;

	if (!ksock_addr_is_ipv4(addr))
		return 0;
	ip = ksock_addr_ipv4(addr);
	rcu_read_lock();
	dev = __ip_dev_find(&init_net, ip, false);
	in_dev = dev ? __in_dev_get_rcu(dev) : NULL;
	if (in_dev)
		in_dev_for_each_ifa_rcu(ifa, in_dev)
			if (ifa->ifa_local == ip)
				mask = ifa->ifa_mask;
	rcu_read_unlock();
	return mask;
}

/* Changes ------------------------------------------------------------------- */

/**
 * ksock_iface_look() - tell whether an address is present, and its routes with it
 * @addr: the address
 *
 * When an interface comes up, its flags and addresses are visible before its routes are. So
 * do not trust a present address while another task holds RTNL to change something. Do not
 * wait for that task: it may wait for memory, whose reclaim may wait for us.
 *
 * Context: task; may sleep, but does not wait for RTNL.
 * Return: 1: present; 0: not present; -EAGAIN: something changes, look again soon.
 */
int ksock_iface_look(const struct in6_addr *addr)
{
	int here;

	if (!ksock_iface_up(addr))
		return 0;
	if (!rtnl_trylock())
		return -EAGAIN;
	here = ksock_iface_up(addr);
	rtnl_unlock();
	return here;
}

/**
 * ksock_iface_loses_routes() - tell whether a change removes an address's routes, if only briefly
 * @addr: the address
 * @dev: the interface that goes down or loses an address
 * @lost: the IPv4 address that the interface loses; NULL if the interface goes down
 *
 * When the primary address of a subnet goes, the routes of its secondary addresses go with
 * it. They come back when one of these is promoted.
 *
 * Context: RCU read section, in a notifier.
 * Return: true if the routes go.
 */
bool ksock_iface_loses_routes(const struct in6_addr *addr, const struct net_device *dev,
			      const struct in_ifaddr *lost)
{
	const struct in_ifaddr *ifa;
	__be32 ip;

	if (!lost)
		return iface_has(dev, addr);
	if (!ksock_addr_is_ipv4(addr))
		return false;
	ip = ksock_addr_ipv4(addr);
	if (lost->ifa_local == ip)
		return true;
	if (lost->ifa_flags & IFA_F_SECONDARY)
		return false;
	in_dev_for_each_ifa_rcu(ifa, lost->ifa_dev)
		if (ifa->ifa_local == ip && ifa->ifa_flags & IFA_F_SECONDARY &&
		    ifa->ifa_mask == lost->ifa_mask && inet_ifa_match(lost->ifa_address, ifa))
			return true;
	return false;
}
