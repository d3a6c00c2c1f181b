// SPDX-License-Identifier: GPL-2.0
/*
 * Network interfaces: who we are, and which NI a message leaves by. See ni_start.c
 * for how they come and go.
 */
#include "network/ni.h"
#include "event/api.h"
#include "event/stat.h"

#include <lnet/api.h>

#include <linux/export.h>
#include <linux/rculist.h>

DEFINE_MUTEX(lnet_init_mutex);		/* NIs come and go */
LIST_HEAD(lnet_nis);
struct lnet_ni *lnet_loop_ni;
lnet_pid_t lnet_pid = LNET_PID_LUSTRE;
const struct lnet_ni_viewer *lnet_ni_viewer;

/* Counters ----------------------------------------------------------------- */

/**
 * lnet_ni_stats_read() - the counters of an NI
 * @ni: the NI
 * @sum: where they go
 *
 * Context: task.
 */
void lnet_ni_stats_read(struct lnet_ni *ni, struct lnet_ni_stats *sum)
{
	BUILD_BUG_ON(sizeof(*sum) % sizeof(u64));

	lnet_stats_sum((u64 *)sum, ni->stats, sizeof(*sum) / sizeof(u64));
}

/**
 * lnet_ni_set_viewer() - who shows NIs from now on
 * @to: told of them with lnet_init_mutex held; may sleep. NULL: nobody
 *
 * Context: there is no NI.
 */
void lnet_ni_set_viewer(const struct lnet_ni_viewer *to)
{
	lnet_ni_viewer = to;
}

/* Who and where ------------------------------------------------------------ */

static struct lnet_ni *ni_find(lnet_nid_t nid)
{
	struct lnet_ni *ni;

	list_for_each_entry_rcu(ni, &lnet_nis, link,
				lockdep_is_held(&lnet_init_mutex))
		if (ni->nid == nid)
			return ni;
	return NULL;
}

/**
 * lnet_ni_is_local() - is a NID one of ours?
 * @nid: the NID
 *
 * Context: any.
 * Return: true if it is.
 */
bool lnet_ni_is_local(lnet_nid_t nid)
{
	bool local;

	rcu_read_lock();
	local = ni_find(nid);
	rcu_read_unlock();
	return local;
}

/* Does a message from @self to our own NI @nid go from the one to the other? */
static bool ni_is_between(lnet_nid_t self, lnet_nid_t nid)
{
	return self != LNET_NID_ANY && self != nid &&
	       LNET_NIDNET(self) == LNET_NIDNET(nid) && ni_find(self);
}

/**
 * lnet_ni_route() - which NI does a message leave by?
 * @c: this CPU
 * @self: the NID it shall leave from, or LNET_NID_ANY
 * @nid: whom it is for
 *
 * Whatever is for one of our NIDs goes round by 0@lo, unless @self is another
 * one of ours on the same network: who names that wants the way between them.
 *
 * Context: preemption off.
 * Return: the NI, which the message now holds; or NULL.
 */
struct lnet_ni *lnet_ni_route(struct lnet_cpu *c, lnet_nid_t self,
			      lnet_nid_t nid)
{
	struct lnet_ni *ni, *found = NULL;

	rcu_read_lock();
	if (likely(nid == LNET_NID_LO_0) ||
	    (ni_find(nid) && !ni_is_between(self, nid)))
		nid = LNET_NID_LO_0;

	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		if (LNET_NIDNET(ni->nid) != LNET_NIDNET(nid) ||
		    (self != LNET_NID_ANY && self != ni->nid &&
		     nid != LNET_NID_LO_0))
			continue;
		if (lnet_ni_begin(c, ni)) {
			found = ni;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * LNetGetId() - our process ids
 * @index: which of our NIs, from 0; the loopback is the first
 * @id: where the id goes
 *
 * Context: task.
 * Return: 0; -ENOENT: no more; -EINVAL: @id is NULL; -ENETDOWN; -EDEADLK.
 */
int LNetGetId(unsigned int index, struct lnet_process_id *id)
{
	struct lnet_ni *ni;
	int rc;

	rc = lnet_api_check();
	if (rc)
		return rc;
	if (!id)
		return -EINVAL;

	rc = -ENOENT;
	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		if (index--)
			continue;
		id->nid = ni->nid;
		id->pid = lnet_pid;
		rc = 0;
		break;
	}
	rcu_read_unlock();
	return rc;
}
EXPORT_SYMBOL(LNetGetId);

/**
 * LNetDist() - how far is a NID?
 * @nid: the NID
 * @srcnid: where the NID of ours goes that is nearest, or NULL
 * @order: where its place goes among ours: 0 the loopback, 1 @nid itself, 2
 *	and up in the order of our NIs; or NULL
 *
 * Context: task.
 * Return: 0: it is ours; 1: on a network of ours; -EHOSTUNREACH; -ENETDOWN;
 * -EDEADLK.
 */
int LNetDist(lnet_nid_t nid, lnet_nid_t *srcnid, __u32 *order)
{
	struct lnet_ni *ni;
	u32 place = 2;
	int rc;

	rc = lnet_api_check();
	if (rc)
		return rc;

	rc = -EHOSTUNREACH;
	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		if (ni->nid == nid) {
			place = nid == LNET_NID_LO_0 ? 0 : 1;
			rc = 0;
		} else if (LNET_NIDNET(ni->nid) == LNET_NIDNET(nid) && rc < 0) {
			rc = 1;
		} else {
			place += rc < 0;
			continue;
		}
		if (srcnid)
			*srcnid = ni->nid;
		if (order)
			*order = place;
		if (!rc)
			break;
	}
	rcu_read_unlock();
	return rc;
}
EXPORT_SYMBOL(LNetDist);

/**
 * LNetPrimaryNID() - the NID by which a peer is known
 * @nid: one of its NIDs
 *
 * Peers have one NID here, whichever it is.
 *
 * Context: any.
 * Return: @nid.
 */
lnet_nid_t LNetPrimaryNID(lnet_nid_t nid)
{
	return nid;
}
EXPORT_SYMBOL(LNetPrimaryNID);

/**
 * LNetIsPeerLocal() - is a peer this node?
 * @nid: its NID
 *
 * Context: any.
 * Return: true if @nid is one of ours; false before LNetNIInit().
 */
bool LNetIsPeerLocal(lnet_nid_t nid)
{
	return READ_ONCE(lnet_running) && lnet_ni_is_local(nid);
}
EXPORT_SYMBOL(LNetIsPeerLocal);
