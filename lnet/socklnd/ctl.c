// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of the operator, by LNetCtl(). They have the numbers and the layout of those of Lustre's
 * ksocklnd. That layout has room for addresses of 4 bytes: peers and NIs with others are left out.
 */
#include "addr.h"
#include "conn.h"
#include "conns.h"
#include "net.h"
#include "param.h"
#include "peer.h"
#include "queue.h"

#include <lnet/ioctl.h>

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>

#include <net/sock.h>

enum { LONG_AGO_S = 86400 };	/* no peer is kept for so long while it is idle */

enum { ANSWER_IP, ANSWER_PORT, ANSWER_OWN_IP };	/* in @ioc_u32 of peers and connections */

static bool nid_is_any(u64 nid)
{
	return !nid || nid == LNET_NID_ANY;
}

/* Is @peer one of those that @data means, by a NID, or an address? */
static bool peer_is_meant(const struct ksock_peer *peer, const struct libcfs_ioctl_data *data)
{
	u32 ip = data->ioc_u32[ANSWER_IP];

	if (lnet_nid_is_large(peer->key.nid))
		return false;
	return (nid_is_any(data->ioc_nid) || data->ioc_nid == peer->key.nid) &&
	       (!ip || ip == LNET_NIDADDR(peer->key.nid));
}

/*
 * Find the peer with the number @data->ioc_count among those that are meant. The caller holds
 * known_mutex.
 */
static struct ksock_peer *peer_numbered_locked(struct ksock_net *net,
					       const struct libcfs_ioctl_data *data)
{
	unsigned int n = data->ioc_count;
	struct ksock_peer *peer;

	ksock_known_add_new_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		if (peer_is_meant(peer, data) && !n--)
			return peer;
		cond_resched();
	}
	return NULL;
}

static void answer_addresses(const struct ksock_net *net, lnet_nid_t nid,
			     struct libcfs_ioctl_data *data)
{
	data->ioc_nid = nid;
	data->ioc_u32[ANSWER_IP] = LNET_NIDADDR(nid);
	data->ioc_u32[ANSWER_OWN_IP] = LNET_NIDADDR(net->ni->nid);
}

static unsigned int peer_conns_nr_locked(const struct ksock_peer *peer)
{
	unsigned int type, nr = 0;

	for (type = 0; type < KSOCK_CTYPES; type++)
		nr += !!peer->conns[type];
	return nr;
}

static int ctl_get_peer(struct ksock_net *net, struct libcfs_ioctl_data *data)
{
	struct ksock_peer *peer;
	int rc = -ENOENT;

	mutex_lock(&net->known_mutex);
	/* What this holds is the answer, of the last call. */
	data->ioc_u32[ANSWER_IP] = 0;
	peer = peer_numbered_locked(net, data);
	if (peer) {
		answer_addresses(net, peer->key.nid, data);
		data->ioc_u32[ANSWER_PORT] = ksock_params.port;
		spin_lock(&peer->lock);
		data->ioc_u32[3] = peer_conns_nr_locked(peer);
		spin_unlock(&peer->lock);
		data->ioc_u32[4] = peer->key.pid;
		data->ioc_count = 1;
		rc = 0;
	}
	mutex_unlock(&net->known_mutex);
	return rc;
}

/* An open connection has its socket until it is taken from the peer, whose lock is held. */
static void answer_conn_locked(const struct ksock_net *net, const struct ksock_conn *conn,
			       struct libcfs_ioctl_data *data)
{
	const struct sock *sk = conn->job.sock->sk;

	answer_addresses(net, conn->peer->key.nid, data);
	data->ioc_count = READ_ONCE(sk->sk_sndbuf);
	data->ioc_flags = 0;
	data->ioc_u32[ANSWER_PORT] = conn->port;
	data->ioc_u32[3] = conn->type;
	data->ioc_u32[4] = 0;
	data->ioc_u32[5] = READ_ONCE(sk->sk_rcvbuf);
	data->ioc_u32[6] = conn->peer->key.pid;
}

/* Count the open connections of @peer off *@n. Returns true if one of them has answered. */
static bool peer_answer_conn(const struct ksock_net *net, struct ksock_peer *peer, unsigned int *n,
			     struct libcfs_ioctl_data *data)
{
	unsigned int type = KSOCK_CTYPES;
	const struct ksock_conn *conn;
	bool found = false;

	spin_lock(&peer->lock);
	while (type-- && !found) {
		conn = peer->conns[type];
		if (!conn || !conn->open || (*n)--)
			continue;
		answer_conn_locked(net, conn, data);
		found = true;
	}
	spin_unlock(&peer->lock);
	return found;
}

static int ctl_get_conn(struct ksock_net *net, struct libcfs_ioctl_data *data)
{
	unsigned int n = data->ioc_count;
	struct ksock_peer *peer;
	int rc = -ENOENT;

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		if (!lnet_nid_is_large(peer->key.nid) && peer_answer_conn(net, peer, &n, data)) {
			rc = 0;
			break;
		}
		cond_resched();
	}
	mutex_unlock(&net->known_mutex);
	return rc;
}

static int ctl_get_interface(struct ksock_net *net, struct libcfs_ioctl_data *data)
{
	if (data->ioc_count || !ksock_addr_is_ipv4(&net->addr))
		return -ENOENT;
	data->ioc_u32[0] = LNET_NIDADDR(net->ni->nid);
	data->ioc_u32[1] = ntohl(ksock_iface_mask(&net->addr));
	data->ioc_u32[2] = 0;
	data->ioc_u32[3] = atomic_read(&net->peers_nr);
	return 0;
}

/* What becomes of a peer that is meant. */
enum ctl_deed { CTL_CLOSE, CTL_PUSH, CTL_DELETE };

/* Returns true if there was something to do it to. */
static bool peer_do(struct ksock_peer *peer, enum ctl_deed deed)
{
	bool any;

	spin_lock(&peer->lock);
	any = ksock_conns_any_locked(peer);
	spin_unlock(&peer->lock);
	switch (deed) {
	case CTL_PUSH:
		/* TCP waits for nothing as it is: there is nothing to push. */
		return any;
	case CTL_CLOSE:
		ksock_conns_close(peer, KSOCK_REASON_OPERATOR, -ECONNABORTED);
		return any;
	case CTL_DELETE:
		ksock_conns_close(peer, KSOCK_REASON_OPERATOR, -ECONNABORTED);
		ksock_queue_fail(peer, -ECONNABORTED, true);
		/* Housekeeping forgets it in a second, if nothing uses it by then. */
		peer->idle_since = jiffies - LONG_AGO_S * HZ;
		return true;
	}
	return false;
}

static int ctl_do(struct ksock_net *net, const struct libcfs_ioctl_data *data, enum ctl_deed deed)
{
	struct ksock_peer *peer;
	bool any = false;

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		if (peer_is_meant(peer, data))
			any |= peer_do(peer, deed);
		cond_resched();
	}
	mutex_unlock(&net->known_mutex);
	return any || deed == CTL_CLOSE ? 0 : -ENOENT;
}

/* The address of a peer is that in its NID, and its port is ours. */
static int ctl_add_peer(struct ksock_net *net, const struct libcfs_ioctl_data *data)
{
	struct ksock_peer *peer;
	struct in6_addr addr;

	if (lnet_nid_is_large(data->ioc_nid) ||
	    LNET_NIDNET(data->ioc_nid) != LNET_NIDNET(net->ni->nid) ||
	    data->ioc_u32[ANSWER_IP] != LNET_NIDADDR(data->ioc_nid) ||
	    data->ioc_u32[ANSWER_PORT] != ksock_params.port ||
	    ksock_addr_of_nid(data->ioc_nid, &addr))
		return -EINVAL;
	peer = ksock_peer_obtain(net, data->ioc_nid, LNET_PID_LUSTRE, &addr, false);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	ksock_peer_put(peer);
	return 0;
}

/**
 * ksock_ctl() - lnd_ctl: carry out a request
 * @ni: the NI that it is for
 * @cmd: the request, an ioctl of Lustre's ksocklnd
 * @arg: its struct libcfs_ioctl_data, which takes the answer
 *
 * Context: task; may sleep.
 * Return: 0; -ENOENT: there is no such peer or connection, or not so many; -EINVAL: there is no
 * such request, or the address of a peer is not the one in its NID; -ENOMEM and so on: a peer was
 * not made.
 */
int ksock_ctl(struct lnet_ni *ni, unsigned int cmd, void *arg)
{
	struct libcfs_ioctl_data *data = arg;
	struct ksock_net *net = ni->data;

	switch (cmd) {
	case IOC_LIBCFS_GET_PEER:
		return ctl_get_peer(net, data);
	case IOC_LIBCFS_GET_CONN:
		return ctl_get_conn(net, data);
	case IOC_LIBCFS_GET_INTERFACE:
		return ctl_get_interface(net, data);
	case IOC_LIBCFS_CLOSE_CONNECTION:
		return ctl_do(net, data, CTL_CLOSE);
	case IOC_LIBCFS_PUSH_CONNECTION:
		return ctl_do(net, data, CTL_PUSH);
	case IOC_LIBCFS_DEL_PEER:
		return ctl_do(net, data, CTL_DELETE);
	case IOC_LIBCFS_ADD_PEER:
		return ctl_add_peer(net, data);
	default:
		return -EINVAL;
	}
}
