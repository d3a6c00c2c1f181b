// SPDX-License-Identifier: GPL-2.0
/*
 * NIDs whose addresses have more than 4 bytes. Inside of LNet, and in the EQ interface, a NID is a
 * number of 8 bytes. Each large NID that LNet hears of is given one:
 *
 *	bits 63..56	1; 0 in a NID with a short address
 *	bits 55..32	its network, as in a short NID
 *	bits 31..0	counted up
 *
 * So messages are matched, hashed and routed as ever, and a short NID pays a comparison where a
 * reference would be taken. A network with bits 31..24 of LNET_NIDNET() set has long addresses: it
 * is another network than that of the same name with short ones, as an NI cannot reach from one
 * into the other.
 *
 * Life. A NID is in the table from the first lnet_nid_shorten(). What keeps its number, be it an
 * NI, a peer of a driver, an ME or a message, has a reference. One without a reference is idle.
 * It stays, because a client may have its number from an event, until LNET_LARGE_NID_IDLE_MAX
 * others have become idle after it. Then it is forgotten, which is counted, and what its number is
 * used for fails. No number is given twice before 2^32 were given.
 *
 * Who fills the table? A peer, by a connection from each address, of which it may have very many:
 * the number of peers of an NI bounds that. A crowd that comes and goes makes idle NIDs give way,
 * and never one that is in use, nor one that is lasting. Lasting are those that were written as
 * text on this node, by lnet_nid_remember(): a client may keep its number for as long as it runs.
 * Only LNET_LARGE_NID_IDLE_MAX others of that kind make such a one give way.
 *
 *	by_nid: NID ─► entry ◄─ number :by_number
 *
 * Readers use RCU. L: large_lock, which any task may take, and which is the innermost lock.
 */
#include "event/large_nid.h"
#include "hooks/alloc.h"

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

/* I: immutable once it is in a table */
struct large_nid {
	struct rhash_head link;
	struct lnet_nid nid __aligned(4);	/* I: the key */
	lnet_nid_t number;		/* I: */
	u64 digest;			/* I: */
	refcount_t refs;		/* 0: idle, and L to raise it from there */
	bool lasting;			/* L: */
	struct list_head idle;		/* L: in a list of @idle, or empty */
	struct rcu_head rcu;
};

static const struct rhashtable_params by_nid_params = {
	.head_offset	= offsetof(struct large_nid, link),
	.key_offset	= offsetof(struct large_nid, nid),
	.key_len	= sizeof_field(struct large_nid, nid),
	.automatic_shrinking = true,
};

static DEFINE_SPINLOCK(large_lock);	/* L */
static struct rhashtable by_nid;	/* L to change */
static DEFINE_XARRAY_ALLOC1(by_number);	/* L to change; index: the number's lower half */
static u32 number_next;			/* L: */
static unsigned int all_nr;		/* L: in the tables */
static unsigned int idle_nr;		/* L: of these */

/* L: those that are idle, [1] the lasting ones; and how many were forgotten. */
static struct {
	struct list_head list;		/* idle for longest first */
	unsigned int nr;
	u64 forgotten;
} idle[2] = {
	{ .list = LIST_HEAD_INIT(idle[0].list) },
	{ .list = LIST_HEAD_INIT(idle[1].list) },
};

static siphash_key_t secret __ro_after_init;

/* Finding ------------------------------------------------------------------ */

/* In an RCU read section, or under large_lock. NULL: none. */
static struct large_nid *large_at(lnet_nid_t number)
{
	struct large_nid *l = xa_load(&by_number, LNET_NIDADDR(number));

	return l && l->number == number ? l : NULL;
}

static struct large_nid *large_of(const struct lnet_nid *nid)
{
	/* A struct lnet_nid need not be aligned, and the table wants that. */
	struct lnet_nid key __aligned(4) = *nid;

	return rhashtable_lookup_fast(&by_nid, &key, by_nid_params);
}

/**
 * lnet_large_nid_expand() - write the NID that a number stands for; called by lnet_nid_expand()
 * @number: the number
 * @nid: set to it; to the one that stands for any, if @number was forgotten
 *
 * Context: any.
 * Return: 0; or -ENOENT: it was forgotten.
 */
int lnet_large_nid_expand(lnet_nid_t number, struct lnet_nid *nid)
{
	const struct large_nid *l;
	int rc = 0;

	rcu_read_lock();
	l = large_at(number);
	if (l) {
		*nid = l->nid;
	} else {
		lnet_nid_from_nid4(nid, LNET_NID_ANY);
		rc = -ENOENT;
	}
	rcu_read_unlock();
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_large_nid_expand);

/**
 * lnet_nid_find() - look up the number of a NID
 * @nid: the NID; NULL stands for any
 *
 * Context: any.
 * Return: the number, which the caller has no reference of; LNET_NID_ANY: @nid stands for any, or
 * it is large and LNet has not heard of it.
 */
lnet_nid_t lnet_nid_find(const struct lnet_nid *nid)
{
	lnet_nid_t number = LNET_NID_ANY;
	const struct large_nid *l;

	if (lnet_nid_is_nid4(nid))
		return lnet_nid_to_nid4(nid);
	rcu_read_lock();
	l = large_of(nid);
	if (l)
		number = l->number;
	rcu_read_unlock();
	return number;
}
EXPORT_SYMBOL_GPL(lnet_nid_find);

/**
 * lnet_large_nid_digest() - return a value that is always the same for a NID
 * @nid: the number of a large NID
 *
 * It survives that the NID is forgotten, and gets another number.
 *
 * Context: any.
 * Return: the value; 0: the NID was forgotten.
 */
u64 lnet_large_nid_digest(lnet_nid_t nid)
{
	const struct large_nid *l;
	u64 digest = 0;

	rcu_read_lock();
	l = large_at(nid);
	if (l)
		digest = l->digest;
	rcu_read_unlock();
	return digest;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_large_nid_digest);

/**
 * lnet_large_nid_held() - count the large NIDs that something has a reference of
 *
 * Context: task; does not sleep.
 * Return: their number.
 */
unsigned int lnet_large_nid_held(void)
{
	unsigned int nr;

	spin_lock(&large_lock);
	nr = all_nr - idle_nr;
	spin_unlock(&large_lock);
	return nr;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_large_nid_held);

/**
 * lnet_large_nid_known() - count the large NIDs that have a number now
 *
 * Context: any.
 * Return: their number.
 */
unsigned int lnet_large_nid_known(void)
{
	return READ_ONCE(all_nr);
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_large_nid_known);

/**
 * lnet_large_nid_forgotten() - count the large NIDs that gave way to others
 * @lasting: those that were written as text on this node; else the others
 *
 * Context: task; does not sleep.
 * Return: their number.
 */
u64 lnet_large_nid_forgotten(bool lasting)
{
	u64 nr;

	spin_lock(&large_lock);
	nr = idle[lasting].forgotten;
	spin_unlock(&large_lock);
	return nr;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_large_nid_forgotten);

/* References --------------------------------------------------------------- */

static void large_unlist_locked(struct large_nid *l)
{
	lockdep_assert_held(&large_lock);
	list_del_init(&l->idle);
	idle[l->lasting].nr--;
	idle_nr--;
}

static void large_forget_locked(struct large_nid *l)
{
	lockdep_assert_held(&large_lock);
	xa_erase(&by_number, LNET_NIDADDR(l->number));
	rhashtable_remove_fast(&by_nid, &l->link, by_nid_params);
	large_unlist_locked(l);
	WRITE_ONCE(all_nr, all_nr - 1);
	kfree_rcu(l, rcu);
}

static void large_make_idle_locked(struct large_nid *l)
{
	const bool lasting = l->lasting;

	lockdep_assert_held(&large_lock);
	list_add_tail(&l->idle, &idle[lasting].list);
	idle_nr++;
	if (++idle[lasting].nr <= LNET_LARGE_NID_IDLE_MAX)
		return;
	large_forget_locked(list_first_entry(&idle[lasting].list, struct large_nid, idle));
	idle[lasting].forgotten++;
}

/* @l is in the tables. */
static void large_hold_locked(struct large_nid *l)
{
	lockdep_assert_held(&large_lock);
	if (refcount_inc_not_zero(&l->refs))
		return;
	large_unlist_locked(l);
	refcount_set(&l->refs, 1);
}

/**
 * lnet_large_nid_hold() - keep a large NID; called by lnet_nid_hold()
 * @nid: its number
 *
 * Nothing happens if it was forgotten.
 *
 * Context: task; does not sleep.
 */
void lnet_large_nid_hold(lnet_nid_t nid)
{
	struct large_nid *l;

	rcu_read_lock();
	l = large_at(nid);
	if (l && !refcount_inc_not_zero(&l->refs)) {
		spin_lock(&large_lock);
		l = large_at(nid);
		if (l)
			large_hold_locked(l);
		spin_unlock(&large_lock);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(lnet_large_nid_hold);

/**
 * lnet_large_nid_put() - keep a large NID no longer; called by lnet_nid_put()
 * @nid: its number
 *
 * Context: task; does not sleep.
 */
void lnet_large_nid_put(lnet_nid_t nid)
{
	struct large_nid *l;

	rcu_read_lock();
	l = large_at(nid);
	if (l && refcount_dec_and_lock(&l->refs, &large_lock)) {
		large_make_idle_locked(l);
		spin_unlock(&large_lock);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(lnet_large_nid_put);

/* Making ------------------------------------------------------------------- */

static lnet_nid_t large_number(const struct lnet_nid *nid, u32 count)
{
	return LNET_NID_LARGE | LNET_MKNID(lnet_nid_net(nid), count);
}

static struct large_nid *large_new(const struct lnet_nid *nid)
{
	struct large_nid *l = lnet_alloc(kzalloc(sizeof(*l), GFP_ATOMIC | __GFP_NOWARN));

	if (!l)
		return NULL;
	l->nid = *nid;
	l->digest = siphash(&l->nid, sizeof(l->nid), &secret);
	refcount_set(&l->refs, 1);
	INIT_LIST_HEAD(&l->idle);
	return l;
}

/* Give @l its number, and put it into the tables. */
static int large_insert_locked(struct large_nid *l)
{
	u32 count;
	int rc;

	lockdep_assert_held(&large_lock);
	rc = lnet_alloc_rc(xa_alloc_cyclic(&by_number, &count, NULL, xa_limit_32b, &number_next,
					   GFP_ATOMIC));
	if (rc < 0)
		return -ENOMEM;
	l->number = large_number(&l->nid, count);
	/* The entry is reserved, so this allocates nothing. Readers find it complete. */
	xa_store(&by_number, count, l, GFP_ATOMIC);
	rc = lnet_alloc_rc(rhashtable_insert_fast(&by_nid, &l->link, by_nid_params));
	if (rc) {
		xa_erase(&by_number, count);
		return -ENOMEM;
	}
	WRITE_ONCE(all_nr, all_nr + 1);
	return 0;
}

/* Returns the NID's number with a reference, or LNET_NID_ANY. */
static lnet_nid_t large_make(const struct lnet_nid *nid)
{
	struct large_nid *l, *new = large_new(nid);
	lnet_nid_t number = LNET_NID_ANY;

	if (!new)
		return LNET_NID_ANY;
	spin_lock(&large_lock);
	l = large_of(nid);
	if (l) {
		large_hold_locked(l);
		number = l->number;
	} else if (!large_insert_locked(new)) {
		number = new->number;
		new = NULL;
	}
	spin_unlock(&large_lock);
	/* A reader may have found it by its number, for a moment. */
	if (new)
		kfree_rcu(new, rcu);
	return number;
}

/**
 * lnet_nid_shorten() - get the number of a NID, and keep the NID
 * @nid: the NID; NULL stands for any
 *
 * Context: task; does not sleep.
 * Return: the number, for which the caller calls lnet_nid_put(); LNET_NID_ANY: @nid stands for any,
 * or is large and there is no memory for it.
 */
lnet_nid_t lnet_nid_shorten(const struct lnet_nid *nid)
{
	lnet_nid_t number = LNET_NID_ANY;
	struct large_nid *l;

	if (lnet_nid_is_nid4(nid))
		return lnet_nid_to_nid4(nid);
	rcu_read_lock();
	l = large_of(nid);
	if (l && refcount_inc_not_zero(&l->refs))
		number = l->number;
	rcu_read_unlock();
	return number == LNET_NID_ANY ? large_make(nid) : number;
}
EXPORT_SYMBOL_GPL(lnet_nid_shorten);

/**
 * lnet_nid_remember() - get the number of a NID that was written as text on this node
 * @nid: the NID; NULL stands for any
 *
 * Context: task; does not sleep.
 * Return: the number, which the caller has no reference of. It is lasting: however many NIDs others
 * name, it stays good, until LNET_LARGE_NID_IDLE_MAX others have been remembered after it was used
 * last. LNET_NID_ANY: @nid stands for any, or is large and there is no memory for it.
 */
lnet_nid_t lnet_nid_remember(const struct lnet_nid *nid)
{
	lnet_nid_t number = lnet_nid_shorten(nid);
	struct large_nid *l;

	if (!lnet_nid_is_large(number))
		return number;
	spin_lock(&large_lock);
	l = large_at(number);
	/* It is in no list now, as it is kept. */
	if (l)
		l->lasting = true;
	spin_unlock(&large_lock);
	lnet_nid_put(number);
	return number;
}
EXPORT_SYMBOL_GPL(lnet_nid_remember);

/* Up and down -------------------------------------------------------------- */

/**
 * lnet_large_nid_init() - make the tables
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -ENOMEM.
 */
int lnet_large_nid_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
	return lnet_alloc_rc(rhashtable_init(&by_nid, &by_nid_params));
}

/**
 * lnet_large_nid_exit() - free the tables
 *
 * Context: task; may sleep; all NIDs are idle.
 */
void lnet_large_nid_exit(void)
{
	struct large_nid *l;
	unsigned int i;

	spin_lock(&large_lock);
	for (i = 0; i < ARRAY_SIZE(idle); i++) {
		while ((l = list_first_entry_or_null(&idle[i].list, struct large_nid, idle))) {
			large_forget_locked(l);
			/* There may be very many. Nobody else is here any more. */
			cond_resched_lock(&large_lock);
		}
	}
	spin_unlock(&large_lock);
	WARN_ON_ONCE(!xa_empty(&by_number));
	rhashtable_destroy(&by_nid);
	xa_destroy(&by_number);
}
