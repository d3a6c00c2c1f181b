// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers: which there are, and handing them what is for one of their NIs and
 * is no message.
 */
#include "hooks/alloc.h"
#include "network/ni.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/slab.h>

struct lnd_entry {
	const struct lnet_lnd *lnd;
	struct list_head link;		/* lnet_init_mutex */
};

static LIST_HEAD(lnds);			/* lnet_init_mutex */

/**
 * lnet_lnd_register() - make a driver known
 * @lnd: the driver; stays as it is until lnet_lnd_unregister()
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: it lacks a function that is not optional, or calls
 * itself the loopback; -EEXIST: there
 * is one for its type; -ENOMEM.
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
 * lnet_lnd_unregister() - forget a driver
 * @lnd: the driver; it has no NI any more
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
 * lnet_lnd_find() - the driver of a type of network
 * @type: SOCKLND, ...
 *
 * Context: lnet_init_mutex is held, which also keeps the driver's module: one
 * that is going waits for it in lnet_lnd_unregister().
 * Return: the driver, or NULL: none is registered.
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

/*
 * An NI of a network, the one with this NID or if LNET_NID_ANY the next behind @from,
 * NULL: the first, whose driver may be called until lnet_ni_leave(). @from is let go
 * of behind the step: while it is held, an NI that goes waits, so the one that follows
 * in the list is there even if @from is just taken out of it.
 */
static struct lnet_ni *lnd_hold_ni(struct lnet_ni *from, u32 net, lnet_nid_t nid)
{
	struct lnet_ni *ni, *found = NULL;

	rcu_read_lock();
	ni = from ?: list_entry(&lnet_nis, struct lnet_ni, link);
	list_for_each_entry_continue_rcu(ni, &lnet_nis, link) {
		if (LNET_NIDNET(ni->nid) == net &&
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
 * lnet_lnd_ctl() - have the driver of a network do a request
 * @net: the network
 * @cmd: as given to LNetCtl()
 * @arg: as given to LNetCtl()
 *
 * Context: task; may sleep if the driver does.
 * Return: what the driver says; -EINVAL: we are not on that network;
 * -EOPNOTSUPP: the driver takes no requests.
 */
int lnet_lnd_ctl(u32 net, unsigned int cmd, void *arg)
{
	struct lnet_ni *ni = lnd_hold_ni(NULL, net, LNET_NID_ANY);
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
 * @nid: the peer
 * @alive: which of the two
 *
 * Each NI on the peer's network hears of it.
 *
 * Context: task; may sleep if the driver does.
 */
void lnet_lnd_notify(lnet_nid_t nid, int alive)
{
	struct lnet_ni *ni = NULL;

	while ((ni = lnd_hold_ni(ni, LNET_NIDNET(nid), LNET_NID_ANY)))
		if (ni->lnd->lnd_notify)
			ni->lnd->lnd_notify(ni, nid, alive);
}
EXPORT_SYMBOL_GPL(lnet_lnd_notify);

/**
 * lnet_lnd_query() - when was a peer last heard of?
 * @nid: the peer
 * @when: where the time goes, as of ktime_get_seconds(); 0: never
 *
 * By whichever NI on its network that was last.
 *
 * Context: task; may sleep if the driver does.
 * Return: 0; -EHOSTUNREACH: we are not on its network; -EOPNOTSUPP: the driver
 * does not know.
 */
int lnet_lnd_query(lnet_nid_t nid, time64_t *when)
{
	struct lnet_ni *ni = NULL;
	time64_t latest = 0;
	int rc = -EHOSTUNREACH;

	while ((ni = lnd_hold_ni(ni, LNET_NIDNET(nid), LNET_NID_ANY))) {
		time64_t heard = 0;

		if (!ni->lnd->lnd_query) {
			rc = rc ? -EOPNOTSUPP : 0;
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
 * lnet_lnd_accept() - hand a connection that came in to its driver
 * @nid: the NID it is for
 * @sock: the driver's if it returns 0
 *
 * Context: task; may sleep if the driver does.
 * Return: 0; -EHOSTUNREACH: the NID is not ours; -EOPNOTSUPP: its driver
 * accepts nothing; or what the driver says.
 */
int lnet_lnd_accept(lnet_nid_t nid, struct socket *sock)
{
	struct lnet_ni *ni = lnd_hold_ni(NULL, LNET_NIDNET(nid), nid);
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
 * lnet_lnd_pid() - who are we?
 *
 * Context: from lnd_startup() to the end of lnd_shutdown().
 * Return: our PID, as LNetNIInit() was given it.
 */
lnet_pid_t lnet_lnd_pid(void)
{
	return lnet_pid;
}
EXPORT_SYMBOL_GPL(lnet_lnd_pid);
