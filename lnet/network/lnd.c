// SPDX-License-Identifier: GPL-2.0
/*
 * The list of drivers, and the calls that pass requests other than messages to the driver of an
 * NI.
 */
#include "hooks/alloc.h"
#include "network/ni.h"

#include <linux/export.h>
#include <linux/module.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/slab.h>

struct lnd_entry {
	const struct lnet_lnd *lnd;
	struct list_head link;		/* under lnet_init_mutex */
	bool held;			/* the same */
};

static LIST_HEAD(lnds);			/* under lnet_init_mutex */

/**
 * lnet_lnd_register() - register a driver
 * @lnd: the driver; must not change until lnet_lnd_unregister()
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: @lnd lacks its name or a mandatory function, or claims to be the loopback;
 * -EEXIST: a driver is registered for this type of network; -ENOMEM.
 */
int lnet_lnd_register(const struct lnet_lnd *lnd)
{
	struct lnd_entry *entry, *other;
	int rc = 0;

	if (lnd->type == LOLND || !lnd->name || !lnd->lnd_startup || !lnd->lnd_shutdown ||
	    !lnd->lnd_send || !lnd->lnd_recv)
		return -EINVAL;
	entry = lnet_alloc(kmalloc(sizeof(*entry), GFP_KERNEL));
	if (!entry)
		return -ENOMEM;

	entry->lnd = lnd;
	entry->held = false;
	mutex_lock(&lnet_init_mutex);
	list_for_each_entry(other, &lnds, link)
		if (other->lnd->type == lnd->type)
			rc = -EEXIST;
	if (!rc)
		list_add_tail(&entry->link, &lnds);
	mutex_unlock(&lnet_init_mutex);
	if (rc)
		kfree(entry);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_lnd_register);

/**
 * lnet_lnd_unregister() - unregister a driver
 * @lnd: the driver, which has no NI any more
 *
 * Context: task; may sleep.
 */
void lnet_lnd_unregister(const struct lnet_lnd *lnd)
{
	struct lnd_entry *entry, *next;

	mutex_lock(&lnet_init_mutex);
	list_for_each_entry_safe(entry, next, &lnds, link) {
		if (entry->lnd == lnd) {
			list_del(&entry->link);
			kfree(entry);
		}
	}
	mutex_unlock(&lnet_init_mutex);
}
EXPORT_SYMBOL_GPL(lnet_lnd_unregister);

/**
 * lnet_lnd_find() - find the driver of a type of network
 * @type: the type of network: SOCKLND, ...
 *
 * Context: lnet_init_mutex is held. This also keeps the driver's module: a module that is being
 * removed waits for the mutex in lnet_lnd_unregister().
 * Return: the driver, or NULL if none is registered.
 */
const struct lnet_lnd *lnet_lnd_find(u32 type)
{
	struct lnd_entry *entry;

	lockdep_assert_held(&lnet_init_mutex);
	list_for_each_entry(entry, &lnds, link)
		if (entry->lnd->type == type)
			return entry->lnd;
	return NULL;
}

/**
 * lnet_lnd_hold_all() - keep the modules of all drivers while they have no NI
 *
 * A module that is just being removed is not kept.
 *
 * Context: task; lnet_init_mutex is held until lnet_lnd_release_all().
 */
void lnet_lnd_hold_all(void)
{
	struct lnd_entry *entry;

	lockdep_assert_held(&lnet_init_mutex);
	list_for_each_entry(entry, &lnds, link)
		entry->held = try_module_get(entry->lnd->owner);
}

/**
 * lnet_lnd_release_all() - end what lnet_lnd_hold_all() began
 *
 * Context: task; lnet_init_mutex is held.
 */
void lnet_lnd_release_all(void)
{
	struct lnd_entry *entry;

	lockdep_assert_held(&lnet_init_mutex);
	list_for_each_entry(entry, &lnds, link) {
		if (entry->held)
			module_put(entry->lnd->owner);
		entry->held = false;
	}
}

/*
 * Find an NI on @net, or with LNET_NET_ANY on any network, and begin a call of its driver, which
 * the caller ends by lnet_ni_leave(). The NI is the one with NID @nid; or with LNET_NID_ANY the
 * next in the list after @from, the first if @from is NULL. NIs that are closing are skipped.
 * Returns NULL if there is none.
 *
 * @from is released after the step, not before: until then its successor in the list is valid,
 * even if @from has just been removed. The thread that removed it waits for the call of @from
 * to end, and holds lnet_init_mutex, so no other NI can close.
 */
static struct lnet_ni *lnd_enter_ni(struct lnet_ni *from, u32 net, lnet_nid_t nid)
{
	struct lnet_ni *ni, *found = NULL;

	rcu_read_lock();
	ni = from ?: list_entry(&lnet_nis, struct lnet_ni, link);
	list_for_each_entry_continue_rcu(ni, &lnet_nis, link) {
		if ((net == LNET_NET_ANY || LNET_NIDNET(ni->nid) == net) &&
		    (nid == LNET_NID_ANY || nid == ni->nid) &&
		    lnet_ni_enter(ni)) {
			found = ni;
			break;
		}
	}
	rcu_read_unlock();
	if (from)
		lnet_ni_leave(from);
	return found;
}

/**
 * lnet_lnd_ctl() - pass a request to the driver of a network
 * @net: the network that the request is for
 * @cmd: the request, as given to LNetCtl()
 * @arg: the argument of the request, as given to LNetCtl()
 *
 * Context: task; may sleep if the driver does.
 * Return: the result of the driver; -EINVAL: this node has no NI on @net; -EOPNOTSUPP: the driver
 * takes no requests.
 */
int lnet_lnd_ctl(u32 net, unsigned int cmd, void *arg)
{
	struct lnet_ni *ni = lnd_enter_ni(NULL, net, LNET_NID_ANY);
	int rc = -EOPNOTSUPP;

	if (!ni)
		return -EINVAL;
	if (ni->lnd->lnd_ctl)
		rc = ni->lnd->lnd_ctl(ni, cmd, arg);
	lnet_ni_leave(ni);
	return rc;
}

/**
 * lnet_lnd_notify() - tell drivers that a peer was found alive or dead
 * @nid: the NID of the peer
 * @alive: not 0 if the peer is alive, 0 if it is dead
 *
 * The driver is told for each NI on the peer's network.
 *
 * Context: task; may sleep if the driver does.
 */
void lnet_lnd_notify(lnet_nid_t nid, int alive)
{
	struct lnet_ni *ni = NULL;

	while ((ni = lnd_enter_ni(ni, LNET_NIDNET(nid), LNET_NID_ANY)))
		if (ni->lnd->lnd_notify)
			ni->lnd->lnd_notify(ni, nid, alive);
}
EXPORT_SYMBOL_GPL(lnet_lnd_notify);

/**
 * lnet_lnd_query() - ask drivers when they last heard from a peer
 * @nid: the NID of the peer
 * @when: set to the time, in seconds as of ktime_get_seconds(), 0 for never, if the function
 *	succeeds
 *
 * If several NIs are on the peer's network, the latest time counts.
 *
 * Context: task; may sleep if the driver does.
 * Return: 0; -EHOSTUNREACH: this node has no NI on the peer's network; -EOPNOTSUPP: the driver
 * does not keep such times.
 */
int lnet_lnd_query(lnet_nid_t nid, time64_t *when)
{
	struct lnet_ni *ni = NULL;
	time64_t latest = 0;
	int rc = -EHOSTUNREACH;

	while ((ni = lnd_enter_ni(ni, LNET_NIDNET(nid), LNET_NID_ANY))) {
		time64_t heard = 0;

		if (!ni->lnd->lnd_query) {
			if (rc)
				rc = -EOPNOTSUPP;
			continue;
		}
		ni->lnd->lnd_query(ni, nid, &heard);
		latest = max(latest, heard);
		rc = 0;
	}
	if (!rc)
		*when = latest;
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_lnd_query);

/**
 * lnet_lnd_facts() - ask the driver of an NI what there is to tell of it
 * @own: NID of the NI
 * @facts: set to that; all 0 if the driver tells nothing
 *
 * Context: task; may sleep.
 * Return: 0; -ENOENT: this node has no NI with that NID.
 */
int lnet_lnd_facts(lnet_nid_t own, struct lnet_lnd_facts *facts)
{
	struct lnet_ni *ni = lnd_enter_ni(NULL, LNET_NIDNET(own), own);

	*facts = (struct lnet_lnd_facts){};
	if (!ni)
		return -ENOENT;
	if (ni->lnd->lnd_facts)
		ni->lnd->lnd_facts(ni, facts);
	lnet_ni_leave(ni);
	return 0;
}
EXPORT_SYMBOL_GPL(lnet_lnd_facts);

/**
 * lnet_lnd_peer_facts() - ask drivers what there is to tell of a peer
 * @nid: NID of the peer
 * @facts: set to that, of the first NI that knows it; to what is so for any peer, if none does; all
 *	0 if this node is not on its network
 *
 * Context: task; may sleep.
 */
void lnet_lnd_peer_facts(lnet_nid_t nid, struct lnet_lnd_peer_facts *facts)
{
	struct lnet_ni *ni = NULL;

	*facts = (struct lnet_lnd_peer_facts){};
	while ((ni = lnd_enter_ni(ni, LNET_NIDNET(nid), LNET_NID_ANY))) {
		if (!ni->lnd->lnd_peer_facts || !ni->lnd->lnd_peer_facts(ni, nid, facts))
			continue;
		lnet_ni_leave(ni);
		return;
	}
}
EXPORT_SYMBOL_GPL(lnet_lnd_peer_facts);

/**
 * lnet_lnd_forget_least() - let drivers begin anew with the least numbers of credits
 *
 * Context: task; may sleep.
 */
void lnet_lnd_forget_least(void)
{
	struct lnet_ni *ni = NULL;

	while ((ni = lnd_enter_ni(ni, LNET_NET_ANY, LNET_NID_ANY)))
		if (ni->lnd->lnd_forget_least)
			ni->lnd->lnd_forget_least(ni);
}
EXPORT_SYMBOL_GPL(lnet_lnd_forget_least);

/**
 * lnet_lnd_accept() - hand an incoming connection to the driver of the NI that it is for
 * @nid: the NID that the connection is for
 * @sock: the socket of the connection; owned by the driver if the function returns 0
 *
 * Context: task; may sleep if the driver does.
 * Return: 0; -EHOSTUNREACH: this node has no NI with this NID; -EOPNOTSUPP: its driver accepts
 * no connections; or the error of the driver.
 */
int lnet_lnd_accept(lnet_nid_t nid, struct socket *sock)
{
	struct lnet_ni *ni = lnd_enter_ni(NULL, LNET_NIDNET(nid), nid);
	int rc = -EOPNOTSUPP;

	if (!ni)
		return -EHOSTUNREACH;
	if (ni->lnd->lnd_accept)
		rc = ni->lnd->lnd_accept(ni, sock);
	lnet_ni_leave(ni);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_lnd_accept);

/**
 * lnet_lnd_pid() - return the PID of this node
 *
 * Context: from lnd_startup() to the end of lnd_shutdown().
 * Return: the PID that the LNetNIInit() was given that brought LNet up; LNET_PID_LUSTRE, if the
 * operator did.
 */
lnet_pid_t lnet_lnd_pid(void)
{
	return lnet_pid;
}
EXPORT_SYMBOL_GPL(lnet_lnd_pid);
