// SPDX-License-Identifier: GPL-2.0
/*
 * A peer, from its first message or connection to the end of its last.
 *
 * A peer is found by NID and PID, under RCU. It is in the table until housekeeping has
 * found it idle for a while, or the NI goes down. @dead, under the peer's lock, says that
 * it has left the table; a thread that sees @dead looks the peer up again.
 *
 * Its connections are in conns.c, its messages in queue.c, connecting to it in dial.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "peer.h"
#include "../hooks/alloc.h"
#include "../hooks/window.h"
#include "host.h"
#include "net.h"
#include "param.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
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
 * @net: the NI that gets the table
 *
 * Context: task; may sleep.
 * Return: 0 or -errno.
 */
int ksock_peer_table_init(struct ksock_net *net)
{
	return lnet_alloc_rc(rhashtable_init(&net->peers, &by_key));
}

/**
 * ksock_peer_find() - look a peer up
 * @net: the NI that knows the peer
 * @nid: the NID of the peer
 * @pid: the PID of the peer
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

	peer = lnet_alloc(kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN));
	if (!peer)
		return NULL;
	refcount_set(&peer->refs, 1);
	spin_lock_init(&peer->lock);
	lnet_nid_hold(nid);
	peer->key.nid = nid;
	peer->key.pid = pid;
	peer->version = ksock_proto_first_version(nid);
	peer->credits = ksock_params.peer_credits;
	peer->credits_least = peer->credits;
	peer->idle_since = jiffies;
	for (i = 0; i < KSOCK_WAITS; i++)
		INIT_LIST_HEAD(&peer->waiting[i]);
	INIT_LIST_HEAD(&peer->starved_link);
	INIT_DELAYED_WORK(&peer->dial_work, net->attempt);
	peer->net = net;
	return peer;
}

/* A new peer that has joined its address and holds a reference to the NI; or ERR_PTR. */
static struct ksock_peer *peer_new_member(struct ksock_net *net, lnet_nid_t nid,
					  lnet_pid_t pid, const struct in6_addr *addr,
					  bool guest)
{
	struct ksock_peer *peer;

	if (!ksock_net_get(net))
		return ERR_PTR(-ESHUTDOWN);
	peer = peer_new(net, nid, pid);
	if (!peer) {
		ksock_net_put(net);
		return ERR_PTR(-ENOMEM);
	}
	peer->guest = guest;
	peer->host = ksock_host_join(net, addr, guest);
	if (IS_ERR(peer->host)) {
		struct ksock_host *none = peer->host;

		lnet_nid_put(nid);
		kfree(peer);
		ksock_net_put(net);
		return ERR_CAST(none);
	}
	return peer;
}

static void peer_free_member(struct ksock_peer *peer)
{
	struct ksock_net *net = peer->net;

	ksock_host_leave(net, peer->host, peer->guest);
	lnet_nid_put(peer->key.nid);
	kfree_rcu(peer, rcu);
	ksock_net_put(net);
}

/**
 * ksock_peer_obtain() - look a peer up, and make it if there is none
 * @net: the NI that knows the peer, or will know it
 * @nid: the NID of the peer
 * @pid: the PID of the peer
 * @addr: the address of a new peer
 * @guest: the peer connects to us, or we ask it as one that does has named it; else a client of
 *	ours sends to it
 *
 * Context: task; does not sleep.
 * Return: the peer, with a reference for the caller; -ESHUTDOWN: the NI goes down;
 * -ENOBUFS: there are too many peers, or too many from @addr; -ENOMEM.
 */
struct ksock_peer *ksock_peer_obtain(struct ksock_net *net,
				     lnet_nid_t nid, lnet_pid_t pid,
				     const struct in6_addr *addr, bool guest)
{
	struct ksock_peer *peer, *other;

	peer = ksock_peer_find(net, nid, pid);
	if (peer)
		return peer;
	/* The last quarter is for our clients: however many callers come, we can send. */
	if (atomic_read(&net->peers_nr) >= (guest ? ksock_params.guests : ksock_params.peers))
		return ERR_PTR(-ENOBUFS);
	peer = peer_new_member(net, nid, pid, addr, guest);
	if (IS_ERR(peer))
		return peer;

	lnet_window(LNET_WINDOW_SOCK_PEER_MADE);
	rcu_read_lock();
	do {
		other = lnet_alloc_err(rhashtable_lookup_get_insert_fast(&net->peers, &peer->node,
									 by_key));
		/* A peer without a reference is about to leave its place in the table. */
	} while (!IS_ERR_OR_NULL(other) && !refcount_inc_not_zero(&other->refs));
	if (!other) {
		refcount_inc(&peer->refs);	/* the caller's; the first is the table's */
		atomic_inc(&net->peers_nr);
		/*
		 * In the same RCU read section: a thread that waits for a grace period and
		 * then goes through all peers misses none that can be found.
		 */
		llist_add(&peer->new_link, &net->new_peers);
	}
	rcu_read_unlock();
	if (other) {
		peer_free_member(peer);
		return other;
	}
	queue_work(ksock_wq, &net->known_work);	/* see known.c */
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
 * @peer: the peer, in the table; ksock_known_remove() is to follow
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
 * ksock_peer_is_node() - tell whether a peer is the LNet of a node, which can be asked for its NIDs
 * @peer: the peer
 *
 * Context: any.
 * Return: false if it is a process that only connects to us.
 */
bool ksock_peer_is_node(const struct ksock_peer *peer)
{
	return peer->key.pid == LNET_PID_LUSTRE;
}

/**
 * ksock_peer_name() - write a peer's name for the log
 * @peer: the peer to name
 * @buf: the buffer to write the name to
 * @size: size of @buf, bytes; LNET_IDSTR_SIZE is always enough
 *
 * Context: any.
 * Return: @buf.
 */
char *ksock_peer_name(const struct ksock_peer *peer, char *buf, size_t size)
{
	struct lnet_process_id id = { .nid = peer->key.nid, .pid = peer->key.pid };

	return libcfs_id2str_r(id, buf, size);
}

/**
 * ksock_peer_log_up() - log that a peer has come up
 * @peer: the peer, to which messages can go now, and could not go before
 *
 * When a server starts, its peers come up by the thousand. The NI's rate limit lets ten lines pass
 * in five seconds, and the kernel logs, with the name of this function, how many were dropped.
 *
 * Context: task; no lock is held.
 */
void ksock_peer_log_up(const struct ksock_peer *peer)
{
	char name[LNET_IDSTR_SIZE], nid[LNET_NIDSTR_SIZE];
	struct ksock_net *net = peer->net;

	if (!__ratelimit(&net->up_limit))
		return;
	pr_info("%s is up, connected to %s\n", ksock_peer_name(peer, name, sizeof(name)),
		libcfs_nid2str_r(net->ni->nid, nid, sizeof(nid)));
}

/**
 * ksock_peer_heard() - note that something came from a peer
 * @peer: the peer that has sent something
 *
 * Context: any.
 */
void ksock_peer_heard(struct ksock_peer *peer)
{
	WRITE_ONCE(peer->heard_at, ktime_get_seconds());
}

/**
 * ksock_peer_useful() - note that a connection of a peer was of use
 * @peer: the peer; the next pause after a failure is a short one
 *
 * Context: any.
 */
void ksock_peer_useful(struct ksock_peer *peer)
{
	if (!READ_ONCE(peer->was_useful))
		WRITE_ONCE(peer->was_useful, true);
}
