// SPDX-License-Identifier: GPL-2.0
/*
 * The known peers of an NI: a list, under known_mutex, for threads that look at each of
 * them, and their folders in sysfs.
 *
 * A peer that has just been made is on @new_peers, to which any task adds without a lock. A work
 * item, or the next thread that looks at all peers, moves it to @known and makes its folder.
 */
#include "net.h"
#include "../hooks/window.h"
#include "peer.h"

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

/**
 * ksock_known_add_new_locked() - move all new peers to the list of known peers
 * @net: the NI whose new peers are moved
 *
 * Context: task; may sleep; the NI's known_mutex is held.
 */
void ksock_known_add_new_locked(struct ksock_net *net)
{
	struct llist_node *new = llist_reverse_order(llist_del_all(&net->new_peers));
	struct ksock_peer *peer, *next;
	unsigned int nofs;

	lockdep_assert_held(&net->known_mutex);
	/* Writeback may wait for messages that housekeeping ends, which needs this mutex. */
	nofs = memalloc_nofs_save();
	llist_for_each_entry_safe(peer, next, new, new_link) {
		list_add_tail(&peer->link, &net->known);
		/* A peer works without its folder, so ignore a lack of memory. */
		ksock_sysfs_peer_add(peer);
		if (ksock_peer_is_node(peer))
			peer->met = lnet_lnd_met(net->ni, peer->key.nid, !peer->guest);
	}
	memalloc_nofs_restore(nofs);
}

static void known_add_work(struct work_struct *work)
{
	struct ksock_net *net = container_of(work, struct ksock_net, known_work);

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	mutex_unlock(&net->known_mutex);
}

/**
 * ksock_known_for_all() - do something to each peer of an NI
 * @net: the NI whose peers are visited
 * @what: what to do; must not sleep for long, as housekeeping waits for it
 *
 * Context: task; may sleep.
 */
void ksock_known_for_all(struct ksock_net *net, void (*what)(struct ksock_peer *peer))
{
	struct ksock_peer *peer;

	mutex_lock(&net->known_mutex);
	ksock_known_add_new_locked(net);
	list_for_each_entry(peer, &net->known, link) {
		what(peer);
		cond_resched();
	}
	mutex_unlock(&net->known_mutex);
}

/**
 * ksock_known_remove() - drop the table's reference to a peer
 * @peer: the peer, unhashed by the caller; maybe gone on return
 *
 * Context: task; may sleep.
 */
void ksock_known_remove(struct ksock_peer *peer)
{
	atomic_dec(&peer->net->peers_nr);
	lnet_window(LNET_WINDOW_SOCK_PEER_DEAD);
	if (peer->met)
		lnet_lnd_parted(peer->net->ni, peer->key.nid);
	ksock_sysfs_peer_del(peer);
	ksock_peer_put(peer);
}

/**
 * ksock_known_init() - initialize the lists of peers of an NI
 * @net: the NI, which has no peer yet
 *
 * Context: any.
 */
void ksock_known_init(struct ksock_net *net)
{
	mutex_init(&net->known_mutex);
	INIT_LIST_HEAD(&net->known);
	init_llist_head(&net->new_peers);
	INIT_WORK(&net->known_work, known_add_work);
}

/**
 * ksock_known_stop() - wait for the work item that meets new peers
 * @net: the NI, which is closing and has no peer left
 *
 * Context: task; may sleep.
 */
void ksock_known_stop(struct ksock_net *net)
{
	cancel_work_sync(&net->known_work);
}
