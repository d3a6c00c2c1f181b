// SPDX-License-Identifier: GPL-2.0
/*
 * Network interfaces: the NIDs of this node, and the choice of the NI for a message. See
 * ni_start.c for how NIs are opened and closed.
 */
#include "network/ni.h"
#include "event/alias.h"
#include "event/api.h"
#include "event/stat.h"

#include <lnet/api.h>

#include <linux/export.h>
#include <linux/rculist.h>

DEFINE_MUTEX(lnet_init_mutex);		/* serialises the opening and closing of NIs */
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_init_mutex);
DEFINE_STATIC_KEY_FALSE(lnet_ni_have_rails);
LIST_HEAD(lnet_nis);
struct lnet_ni *lnet_loop_ni;
lnet_pid_t lnet_pid = LNET_PID_LUSTRE;
const struct lnet_ni_viewer *lnet_ni_viewer;

/* Counters ----------------------------------------------------------------- */

/**
 * lnet_ni_stats_read() - read the counters of an NI
 * @ni: the NI whose counters are read
 * @sum: set to the sums over all CPUs
 *
 * Context: task.
 */
void lnet_ni_stats_read(struct lnet_ni *ni, struct lnet_ni_stats *sum)
{
	BUILD_BUG_ON(sizeof(*sum) % sizeof(u64));

	lnet_stats_sum((u64 *)sum, ni->stats, sizeof(*sum) / sizeof(u64));
}

static u64 counts_sum(const u64 *count, unsigned int n)
{
	u64 sum = 0;

	while (n--)
		sum += count[n];
	return sum;
}

static void total_add(struct lnet_ni_total *total, const struct lnet_ni_stats *stats)
{
	/* A CPU may have counted a message out before another one's count of it was read. */
	total->messages += max_t(s64, stats->messages, 0);
	total->sends += counts_sum(stats->sends, LNET_NI_MSG_TYPES);
	total->send_bytes += stats->send_bytes;
	total->send_errors += stats->send_errors;
	total->receives += counts_sum(stats->receives, LNET_NI_MSG_TYPES);
	total->receive_bytes += stats->receive_bytes;
	total->drops += counts_sum(stats->dropped, LNET_DROP_NI_NR);
	total->dropped_bytes += stats->dropped_bytes;
}

static DEFINE_MUTEX(total_mutex);	/* T: inside lnet_init_mutex; around base_mutex */
static struct lnet_ni_total total_gone;	/* T: of NIs that have gone */
static struct lnet_ni_total total_base;	/* T: at the last reset, subtracted; @messages_most: now */

/* All that was ever counted. */
static void total_sum(struct lnet_ni_total *total)
{
	struct lnet_portal_stats portal;
	struct lnet_ni_stats stats;
	struct lnet_ni *ni;
	unsigned int i;

	lockdep_assert_held(&total_mutex);
	*total = total_gone;
	total->messages = 0;
	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		lnet_ni_stats_read(ni, &stats);
		total_add(total, &stats);
	}
	rcu_read_unlock();
	for (i = 0; i < LNET_MAX_PORTALS; i++) {
		lnet_stats_portal_read(i, &portal);
		total->drops += counts_sum(portal.dropped, LNET_DROP_PORTAL_NR);
	}
}

/* What was counted since the reset. If it is less than then, the count has begun anew since. */
static void total_since(u64 *now, u64 base)
{
	if (*now >= base)
		*now -= base;
}

/**
 * lnet_ni_total_read() - read the counters of all NIs, and the drops of all portals
 * @total: set to the sums since the last reset; NIs that have gone count, too
 *
 * Context: task; may sleep.
 */
void lnet_ni_total_read(struct lnet_ni_total *total)
{
	struct lnet_ni_total *base = &total_base;

	mutex_lock(&total_mutex);
	total_sum(total);
	total_since(&total->sends, base->sends);
	total_since(&total->send_bytes, base->send_bytes);
	total_since(&total->send_errors, base->send_errors);
	total_since(&total->receives, base->receives);
	total_since(&total->receive_bytes, base->receive_bytes);
	total_since(&total->drops, base->drops);
	total_since(&total->dropped_bytes, base->dropped_bytes);
	base->messages_most = max(base->messages_most, total->messages);
	total->messages_most = base->messages_most;
	mutex_unlock(&total_mutex);
}
EXPORT_SYMBOL_GPL(lnet_ni_total_read);

/**
 * lnet_ni_total_reset() - let lnet_ni_total_read() count from 0
 *
 * The counters of NIs and portals in sysfs are reset there.
 *
 * Context: task; may sleep.
 */
void lnet_ni_total_reset(void)
{
	mutex_lock(&total_mutex);
	total_sum(&total_base);
	total_base.messages_most = 0;
	mutex_unlock(&total_mutex);
}
EXPORT_SYMBOL_GPL(lnet_ni_total_reset);

/* The list of NIs has changed: are there two on one network? */
static void ni_look_for_rails(void)
{
	struct lnet_ni *ni, *other;
	bool found = false;

	lockdep_assert_held(&lnet_init_mutex);
	list_for_each_entry(ni, &lnet_nis, link) {
		other = ni;
		list_for_each_entry_continue(other, &lnet_nis, link)
			found |= LNET_NIDNET(ni->nid) == LNET_NIDNET(other->nid);
	}
	if (found)
		static_branch_enable(&lnet_ni_have_rails);
	else
		static_branch_disable(&lnet_ni_have_rails);
}

/**
 * lnet_ni_add() - put an NI into the list of NIs
 * @ni: the NI, complete
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 */
void lnet_ni_add(struct lnet_ni *ni)
{
	list_add_tail_rcu(&ni->link, &lnet_nis);
	ni_look_for_rails();
}

/**
 * lnet_ni_remove() - take an NI out of the list of NIs, and keep what it has counted
 * @ni: the NI; what it counts from now on does not count any more
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 */
void lnet_ni_remove(struct lnet_ni *ni)
{
	struct lnet_ni_stats stats;

	mutex_lock(&total_mutex);
	list_del_rcu(&ni->link);
	lnet_ni_stats_read(ni, &stats);
	total_add(&total_gone, &stats);
	mutex_unlock(&total_mutex);
	ni_look_for_rails();
}

/**
 * lnet_ni_set_viewer() - set the functions that show NIs to the operator
 * @to: the functions, which are called with lnet_init_mutex held and may sleep; NULL: none
 *
 * Context: there is no NI.
 */
void lnet_ni_set_viewer(const struct lnet_ni_viewer *to)
{
	lnet_ni_viewer = to;
}

/* NIDs and routes ---------------------------------------------------------- */

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
 * lnet_ni_is_local() - tell whether a NID belongs to this node
 * @nid: the NID that is asked about
 *
 * Context: any.
 * Return: true if an NI of this node has the NID.
 */
bool lnet_ni_is_local(lnet_nid_t nid)
{
	bool local;

	rcu_read_lock();
	local = ni_find(nid);
	rcu_read_unlock();
	return local;
}
EXPORT_SYMBOL_GPL(lnet_ni_is_local);

/**
 * lnet_ni_on_net() - tell whether this node is on a network
 * @net: the network
 *
 * Context: any.
 * Return: true if an NI of this node is on it.
 */
bool lnet_ni_on_net(u32 net)
{
	struct lnet_ni *ni;
	bool on = false;

	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link)
		if (LNET_NIDNET(ni->nid) == net)
			on = true;
	rcu_read_unlock();
	return on;
}
EXPORT_SYMBOL_GPL(lnet_ni_on_net);

/**
 * lnet_ni_nids() - list the NIDs of this node
 * @nids: array for the NIDs, in the order of NIs; the loopback, if LNet is up, is the first
 * @room: number of entries of @nids; those that do not fit are left out
 *
 * Each had an NI at some moment of the call; of NIs that come and go meanwhile, one that has gone
 * may be there beside one that has come since.
 *
 * Context: any.
 * Return: number of NIDs that there are, which may be more than @room.
 */
unsigned int lnet_ni_nids(lnet_nid_t *nids, unsigned int room)
{
	struct lnet_ni *ni;
	unsigned int nr = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(ni, &lnet_nis, link) {
		if (nr < room)
			nids[nr] = ni->nid;
		nr++;
	}
	rcu_read_unlock();
	return nr;
}
EXPORT_SYMBOL_GPL(lnet_ni_nids);

/**
 * lnet_ni_look() - read the state and the counters of an NI
 * @nid: NID of the NI
 * @status: set to its state
 * @stats: set to its counters, sums over all CPUs
 *
 * Context: any.
 * Return: 0; -ENOENT: this node has no NI with that NID.
 */
int lnet_ni_look(lnet_nid_t nid, enum lnet_ni_status *status, struct lnet_ni_stats *stats)
{
	struct lnet_ni *ni;

	rcu_read_lock();
	ni = ni_find(nid);
	if (ni) {
		*status = READ_ONCE(ni->status);
		lnet_ni_stats_read(ni, stats);
	}
	rcu_read_unlock();
	return ni ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(lnet_ni_look);

/*
 * Does a message from @self to the local NI @nid travel between two local NIs? It does if @self is
 * another local NI on the same network. The caller is in an RCU read section.
 */
static bool ni_is_between(lnet_nid_t self, lnet_nid_t nid)
{
	return self != LNET_NID_ANY && self != nid &&
	       LNET_NIDNET(self) == LNET_NIDNET(nid) && ni_find(self);
}

/**
 * lnet_ni_route() - choose the NI by which a message leaves
 * @c: the data of this CPU
 * @self: the NID to send from, or LNET_NID_ANY
 * @nid: the NID of the target
 *
 * A message for a NID of this node goes by 0@lo. The exception is @self being another NID of this
 * node on the same network: a caller that names it wants the message to travel between the two NIs.
 *
 * Context: preemption off.
 * Return: the NI, with a reference for the message; or NULL if no open NI fits.
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
 * LNetGetId() - get a process id of this node
 * @index: the index of the NI in the list of NIs, from 0; the loopback is the first
 * @id: set to the process id, if the function succeeds
 *
 * Context: task.
 * Return: 0; -ENOENT: there are not so many NIs; -EINVAL: @id is NULL; -ENETDOWN: LNet is down;
 * -EDEADLK: called from a handler that must not call LNet.
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
 * LNetDist() - measure the distance of a NID
 * @nid: the NID whose distance is asked for
 * @srcnid: set to the NID of this node that is nearest to @nid, if there is one; or NULL
 * @order: set to the place of that NID in the order of preference: 0: the loopback; 1: @nid itself;
 *	else 2 plus the number of NIs before it in the list of NIs; or NULL
 *
 * Context: task.
 * Return: 0: @nid is a NID of this node; 1: it is on a network of this node; -EHOSTUNREACH: it is
 * on no network of this node; -ENETDOWN: LNet is down; -EDEADLK: called from a handler that must
 * not call LNet.
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
		} else if (rc > 0) {
			continue;	/* only an NI with @nid itself is nearer */
		} else if (LNET_NIDNET(ni->nid) == LNET_NIDNET(nid)) {
			rc = 1;
		} else {
			place++;
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
 * LNetPrimaryNID() - return the NID by which a peer is known
 * @nid: a NID of the peer
 *
 * It is the initiator in events of messages from the peer, whichever of its NIDs they come from.
 * The answer for a NID may change once, when the peer becomes known to have several: see api.rst.
 *
 * Context: any.
 * Return: the primary NID of the peer; @nid if no other NID of the peer is known, or @nid is one of
 * this node.
 */
lnet_nid_t LNetPrimaryNID(lnet_nid_t nid)
{
	return lnet_alias_primary(nid);
}
EXPORT_SYMBOL(LNetPrimaryNID);

/**
 * LNetIsPeerLocal() - tell whether a peer is this node
 * @nid: the NID of the peer
 *
 * Context: any.
 * Return: true if LNet is up and @nid is a NID of this node.
 */
bool LNetIsPeerLocal(lnet_nid_t nid)
{
	return READ_ONCE(lnet_running) && lnet_ni_is_local(nid);
}
EXPORT_SYMBOL(LNetIsPeerLocal);
