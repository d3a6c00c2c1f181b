// SPDX-License-Identifier: GPL-2.0
/*
 * The table of NIDs of other nodes, and what is known of each. peer.c says who gets in; peer_ask.c
 * what is asked.
 *
 * Life. A NID is in the table while a driver knows it, the operator or a client keeps it there, or
 * it is to be asked; the table has a reference, and so has its queued work. P: lnet_peers_lock,
 * which any task may take; inside it only the locks of work queues and of large NIDs. Nothing
 * holds it for longer than it takes to look at one NID: who goes through all of them does so in an
 * RCU read section, and takes the lock for each.
 */
#include "network/peer_table.h"
#include "event/stat.h"
#include "hooks/alloc.h"

#include <lnet/nid.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

/* NIDs that wait to be asked, and that no driver knows: for us; and as others have named them. */
enum { NAMED_MAX = 1024 };

static const struct rhashtable_params by_nid_params = {
	.head_offset	= offsetof(struct lnet_peer, link),
	.key_offset	= offsetof(struct lnet_peer, nid),
	.key_len	= sizeof_field(struct lnet_peer, nid),
	.automatic_shrinking = true,
};

DEFINE_SPINLOCK(lnet_peers_lock);	/* P */
LIST_HEAD(lnet_peers);			/* P to change, RCU to read */
static struct rhashtable by_nid;	/* P to change, RCU to read */
static unsigned int peers_nr;		/* P: READ_ONCE to read */
static unsigned int named_nr[2];	/* P: those with @named, by @named_as */
static u64 failures[LNET_PEER_FAILURE_NR];	/* P: READ_ONCE to read */
static work_func_t work_fn;		/* I: in discover.c */

/* Counting ----------------------------------------------------------------- */

/**
 * lnet_peer_fail_locked() - count what came to nothing
 * @why: the reason
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 */
void lnet_peer_fail_locked(enum lnet_peer_failure why)
{
	lockdep_assert_held(&lnet_peers_lock);
	lnet_count(failures[why], 1);
}

/**
 * lnet_peer_failures() - count what came to nothing, for one reason
 * @why: the reason
 *
 * Context: any.
 * Return: how often, since the last reset.
 */
u64 lnet_peer_failures(enum lnet_peer_failure why)
{
	return READ_ONCE(failures[why]);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_failures);

/**
 * lnet_peer_reset() - begin to count from 0
 *
 * Context: task.
 */
void lnet_peer_reset(void)
{
	unsigned int i;

	spin_lock(&lnet_peers_lock);
	for (i = 0; i < LNET_PEER_FAILURE_NR; i++)
		WRITE_ONCE(failures[i], 0);
	spin_unlock(&lnet_peers_lock);
}

/* Coming and going --------------------------------------------------------- */

/**
 * lnet_peer_find_locked() - find what is known of a NID
 * @nid: the NID
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: it; or NULL.
 */
struct lnet_peer *lnet_peer_find_locked(lnet_nid_t nid)
{
	lockdep_assert_held(&lnet_peers_lock);
	return rhashtable_lookup_fast(&by_nid, &nid, by_nid_params);
}

static struct lnet_peer *peer_make(lnet_nid_t nid)
{
	struct lnet_peer *p = lnet_alloc(kzalloc(sizeof(*p), GFP_ATOMIC | __GFP_NOWARN));

	if (!p)
		return NULL;
	p->nid = nid;
	p->by = LNET_NID_ANY;
	p->gap_s = 1;
	p->asked_at = jiffies - LNET_PEER_GAP_MAX_S * HZ;
	p->life = 1;
	refcount_set(&p->refs, 1);
	INIT_DELAYED_WORK(&p->work, work_fn);
	return p;
}

/* Put @p, which is new, into the table. Returns 0 or -ENOMEM. */
static int peer_insert_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&lnet_peers_lock);
	if (lnet_alloc_rc(rhashtable_insert_fast(&by_nid, &p->link, by_nid_params)))
		return -ENOMEM;
	lnet_nid_hold(p->nid);
	list_add_tail_rcu(&p->all, &lnet_peers);
	p->is_in = true;
	WRITE_ONCE(peers_nr, peers_nr + 1);
	return 0;
}

/**
 * lnet_peer_obtain_locked() - find a NID, or put it into the table
 * @nid: the NID
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: it; or NULL: there is no memory, which has been counted.
 */
struct lnet_peer *lnet_peer_obtain_locked(lnet_nid_t nid)
{
	struct lnet_peer *p = lnet_peer_find_locked(nid);

	if (p)
		return p;
	p = peer_make(nid);
	if (p && !peer_insert_locked(p))
		return p;
	kfree(p);
	lnet_peer_fail_locked(LNET_PEER_NO_MEMORY);
	return NULL;
}

/**
 * lnet_peer_put() - drop a reference
 * @p: what is known of a NID; maybe gone on return
 *
 * Context: task; does not sleep.
 */
void lnet_peer_put(struct lnet_peer *p)
{
	if (!refcount_dec_and_test(&p->refs))
		return;
	lnet_nid_put(p->by);
	lnet_nid_put(p->nid);
	kfree_rcu(p, rcu);
}

/**
 * lnet_peer_set_by_locked() - note by which NI a NID is to be asked
 * @p: what is known of the NID
 * @by: NID of the NI; LNET_NID_ANY: by any
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 */
void lnet_peer_set_by_locked(struct lnet_peer *p, lnet_nid_t by)
{
	lockdep_assert_held(&lnet_peers_lock);
	lnet_nid_hold(by);
	lnet_nid_put(p->by);
	p->by = by;
}

/**
 * lnet_peer_set_named_locked() - keep a NID in the table until it was asked, or no longer
 * @p: what is known of the NID
 * @named: true: until it was asked
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: false: too many are kept so, which has been counted, and nothing has changed.
 */
bool lnet_peer_set_named_locked(struct lnet_peer *p, bool named)
{
	const bool as = p->hearsay;

	lockdep_assert_held(&lnet_peers_lock);
	if (named && !p->met && (!p->named || p->named_as != as) && named_nr[as] >= NAMED_MAX) {
		lnet_peer_fail_locked(LNET_PEER_NAMED_MANY);
		return false;
	}
	if (p->named)
		named_nr[p->named_as]--;
	if (named)
		named_nr[as]++;
	p->named = named;
	p->named_as = as;
	return true;
}

/**
 * lnet_peer_remove_locked() - take a NID out of the table if nothing wants it there
 * @p: what is known of the NID
 *
 * Context: task; does not sleep; lnet_peers_lock is held.
 * Return: @p, of which the caller is to drop the table's reference; or NULL: it stays.
 */
struct lnet_peer *lnet_peer_remove_locked(struct lnet_peer *p)
{
	lockdep_assert_held(&lnet_peers_lock);
	if (!p->is_in || p->met || p->kept || p->named)
		return NULL;
	rhashtable_remove_fast(&by_nid, &p->link, by_nid_params);
	list_del_rcu(&p->all);
	p->is_in = false;
	WRITE_ONCE(peers_nr, peers_nr - 1);
	p->ask = false;
	p->tell = false;
	/*
	 * Work that is to run later is not found in the table any more, when LNet goes down. Its
	 * reference is not the last one: that of the table is the caller's now.
	 */
	if (cancel_delayed_work(&p->work))
		refcount_dec(&p->refs);
	return p;
}

/* Showing ------------------------------------------------------------------ */

/**
 * lnet_peer_look() - tell what is known of a NID
 * @nid: the NID
 * @info: set to what is known
 *
 * Context: task; does not sleep.
 */
void lnet_peer_look(lnet_nid_t nid, struct lnet_peer_info *info)
{
	const struct lnet_peer *p;

	*info = (struct lnet_peer_info){ .nid = nid, .state = LNET_PEER_UNKNOWN };
	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	if (p) {
		info->state = p->state;
		info->kept = p->kept;
		info->error = p->error;
		info->features = p->features;
		info->seq = p->has_seq ? p->seq : 0;
	}
	spin_unlock(&lnet_peers_lock);
}
EXPORT_SYMBOL_GPL(lnet_peer_look);

/**
 * lnet_peer_list() - list all NIDs
 * @nr: set to their number
 *
 * Context: task; may sleep.
 * Return: the NIDs, in the order in which LNet has heard of them, to be freed by kvfree(); of those
 * that come and go meanwhile some. NULL: there is no memory.
 */
lnet_nid_t *lnet_peer_list(unsigned int *nr)
{
	unsigned int room = READ_ONCE(peers_nr) + 16, n = 0;
	const struct lnet_peer *p;
	lnet_nid_t *nids;

	nids = lnet_alloc(kvmalloc_array(room, sizeof(*nids), GFP_KERNEL));
	if (!nids)
		return NULL;
	rcu_read_lock();
	list_for_each_entry_rcu(p, &lnet_peers, all)
		if (n < room)
			nids[n++] = p->nid;
	rcu_read_unlock();
	*nr = n;
	return nids;
}
EXPORT_SYMBOL_GPL(lnet_peer_list);

/**
 * lnet_peer_is_multi_rail() - tell whether the node with a NID takes our NIDs for those of one node
 * @nid: the NID
 *
 * Context: any.
 * Return: true if it discovers, and has acknowledged our list of NIDs.
 */
bool lnet_peer_is_multi_rail(lnet_nid_t nid)
{
	const struct lnet_peer *p;
	bool is;

	rcu_read_lock();
	p = rhashtable_lookup(&by_nid, &nid, by_nid_params);
	is = p && READ_ONCE(p->told) && lnet_ping_info_discovers(READ_ONCE(p->features));
	rcu_read_unlock();
	return is;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_peer_is_multi_rail);

/**
 * lnet_peer_is_hearsay() - tell whether a NID is known only as strangers have come to us
 * @nid: the NID
 *
 * Context: task; does not sleep.
 * Return: true: it was a stranger's, or one has named it, and no client or operator has.
 */
bool lnet_peer_is_hearsay(lnet_nid_t nid)
{
	const struct lnet_peer *p;
	bool is;

	spin_lock(&lnet_peers_lock);
	p = lnet_peer_find_locked(nid);
	is = p && p->hearsay;
	spin_unlock(&lnet_peers_lock);
	return is;
}

/**
 * lnet_peer_table_init() - make the table
 * @work: the work of a NID
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_peer_table_init(work_func_t work)
{
	work_fn = work;
	return lnet_alloc_rc(rhashtable_init(&by_nid, &by_nid_params));
}

/**
 * lnet_peer_table_exit() - free the table
 *
 * Context: task; may sleep; LNet is down, and no driver is left.
 */
void lnet_peer_table_exit(void)
{
	WARN_ON_ONCE(!list_empty(&lnet_peers));
	rhashtable_destroy(&by_nid);
}
