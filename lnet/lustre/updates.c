// SPDX-License-Identifier: GPL-2.0
/*
 * Telling Lustre's modules that NIDs of this node have come or gone. A module that asks for it is
 * told of each network whose NIDs are others than it knows: all NIDs that this node has on it, or
 * that there are none left. It knows those of the moment when it asked, and what it was told since.
 * 0@lo does not count.
 *
 * The calls are made by one thread, the work item of network/ni_change.c, and with no lock held. So
 * a function that is called may ask, and ask no more, for others and for itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lustre/updates.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "lustre/names.h"
#include "network/ni_change.h"

#include <lnet/handler.h>

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

/* NIDs as of one moment. */
struct nids {
	lnet_nid_t *nid;
	unsigned int nr;
};

/* What a module has asked for. U: under updates_mutex; T: of the thread that tells */
struct update {
	struct list_head link;		/* U: */
	int (*cb)(void *priv, struct nid_update_info *info);	/* U: READ_ONCE to read */
	void *data;			/* constant: the key */
	struct task_struct *teller;	/* U: the thread that calls @cb, or NULL; READ_ONCE */
	unsigned long round;		/* U: the last one that it was told in */
	bool gone;			/* U: out of the list; @teller frees it; READ_ONCE */
	struct nids known;		/* T: once in the list */
};

static DEFINE_MUTEX(updates_mutex);	/* U; inside no lock of ours */
static LIST_HEAD(updates);		/* U: */
static unsigned long rounds;		/* U: */
static DECLARE_WAIT_QUEUE_HEAD(told);	/* woken when a @teller is NULL again */

/* NIDs --------------------------------------------------------------------- */

/* The network that a module knows: addresses of any length are on one. */
static u32 nid_net(lnet_nid_t nid)
{
	return lnet_net_plain(LNET_NIDNET(nid));
}

/* Returns 0 or -ENOMEM. */
static int nids_look(struct nids *n)
{
	unsigned int i, kept = 0;

	n->nid = lnet_names_snapshot(&n->nr);
	if (!n->nid)
		return -ENOMEM;
	for (i = 0; i < n->nr; i++)
		if (nid_net(n->nid[i]) != LNET_NET_LO)
			n->nid[kept++] = n->nid[i];
	n->nr = kept;
	return 0;
}

/* The next NID on @net from place @i on, or n->nr. */
static unsigned int nids_next(const struct nids *n, unsigned int i, u32 net)
{
	while (i < n->nr && nid_net(n->nid[i]) != net)
		i++;
	return i;
}

static bool nids_differ(const struct nids *a, const struct nids *b, u32 net)
{
	unsigned int i = 0, j = 0;

	for (;; i++, j++) {
		i = nids_next(a, i, net);
		j = nids_next(b, j, net);
		if (i == a->nr || j == b->nr)
			return i != a->nr || j != b->nr;
		if (a->nid[i] != b->nid[j])
			return true;
	}
}

/* Is the network of the NID at place @i that of one before it? */
static bool nids_had_net(const struct nids *n, unsigned int i)
{
	return nids_next(n, 0, nid_net(n->nid[i])) < i;
}

/* Telling ------------------------------------------------------------------ */

/* Tell of one network. Returns 0 or -ENOMEM. */
static int update_tell_net(struct update *u, const struct nids *now, u32 net)
{
	int (*cb)(void *priv, struct nid_update_info *info);
	struct nid_update_info info = { .nui_net = net };
	struct lnet_nid *to;
	unsigned int i;
	int rc = 0;

	genradix_init(&info.nui_rdx);
	for (i = nids_next(now, 0, net); i < now->nr && !rc; i = nids_next(now, i + 1, net)) {
		to = lnet_alloc(genradix_ptr_alloc(&info.nui_rdx, info.nui_count, GFP_KERNEL));
		if (!to) {
			rc = -ENOMEM;
			break;
		}
		lnet_nid_expand(now->nid[i], to);
		info.nui_count++;
	}
	/* The module's own failure: it has logged that, and there is nothing to be done. */
	if (!rc) {
		cb = READ_ONCE(u->cb);
		cb(u->data, &info);
	}
	genradix_free(&info.nui_rdx);
	return rc;
}

/* Tell of each network that has changed, those that are gone last. Returns 0 or -ENOMEM. */
static int update_tell(struct update *u, const struct nids *now)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < now->nr && !rc && !READ_ONCE(u->gone); i++)
		if (!nids_had_net(now, i) &&
		    nids_differ(now, &u->known, nid_net(now->nid[i])))
			rc = update_tell_net(u, now, nid_net(now->nid[i]));
	for (i = 0; i < u->known.nr && !rc && !READ_ONCE(u->gone); i++)
		if (!nids_had_net(&u->known, i) &&
		    nids_next(now, 0, nid_net(u->known.nid[i])) == now->nr)
			rc = update_tell_net(u, now, nid_net(u->known.nid[i]));
	return rc;
}

static void update_free(struct update *u)
{
	kfree(u->known.nid);
	kfree(u);
}

/* The next one that has not been told in this round, with @teller set; or NULL. */
static struct update *update_begin(void)
{
	struct update *u, *found = NULL;

	mutex_lock(&updates_mutex);
	list_for_each_entry(u, &updates, link)
		if (u->round != rounds) {
			found = u;
			break;
		}
	if (found) {
		found->round = rounds;
		found->teller = current;
	}
	mutex_unlock(&updates_mutex);
	return found;
}

static void update_end(struct update *u)
{
	bool gone;

	mutex_lock(&updates_mutex);
	WRITE_ONCE(u->teller, NULL);
	gone = u->gone;
	mutex_unlock(&updates_mutex);
	wake_up_all(&told);
	if (gone)
		update_free(u);
}

/* Bring one up to date. If that fails, it keeps what it knows, and is told at the next change. */
static int update_refresh(struct update *u)
{
	struct nids now;
	int rc = nids_look(&now);

	if (rc)
		return rc;
	rc = update_tell(u, &now);
	if (rc) {
		kfree(now.nid);
	} else {
		kfree(u->known.nid);
		u->known = now;
	}
	return rc;
}

static int updates_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct update *u;

	mutex_lock(&updates_mutex);
	rounds++;
	mutex_unlock(&updates_mutex);
	while ((u = update_begin())) {
		if (update_refresh(u))
			pr_warn("no memory to tell of a change of this node's NIDs: told with the next one\n");
		update_end(u);
	}
	return NOTIFY_OK;
}

static struct notifier_block updates_nb = { .notifier_call = updates_notify };

/* Asking ------------------------------------------------------------------- */

static struct update *update_find(void *data)
{
	struct update *u;

	lockdep_assert_held(&updates_mutex);
	list_for_each_entry(u, &updates, link)
		if (u->data == data)
			return u;
	return NULL;
}

/*
 * Put @u into the list, knowing the NIDs of now, unless its key is there. An NI that comes or goes
 * is told of after it is in the list of NIs, or out of it. So either it was seen here; or
 * updates_notify(), which waits for the mutex, finds @u. Returns 0, -EEXIST or -ENOMEM.
 */
static int update_add(struct update *u)
{
	struct update *old;

	lockdep_assert_held(&updates_mutex);
	old = update_find(u->data);
	if (old) {
		WRITE_ONCE(old->cb, u->cb);
		return -EEXIST;
	}
	if (nids_look(&u->known))
		return -ENOMEM;
	lnet_window(LNET_WINDOW_UPDATE_LOOKED);
	list_add_tail(&u->link, &updates);
	return 0;
}

/**
 * LNetRegisterNIDUpdates() - ask to be told of changes of this node's NIDs
 * @cb: function to call for each network that has changed, in task context, without a lock; it may
 *	sleep. Its second argument, which is good during the call, has all NIDs of this node on
 *	the network; if it has none, the network is gone
 * @data: first argument of @cb, and the key: if it is known, @cb replaces the function
 *
 * A call of the function that is replaced may still be running on return.
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM; -EINVAL: @cb is NULL.
 */
int LNetRegisterNIDUpdates(int (*cb)(void *priv, struct nid_update_info *info), void *data)
{
	struct update *u;
	int rc;

	if (!cb)
		return -EINVAL;
	u = lnet_alloc(kzalloc(sizeof(*u), GFP_KERNEL));
	if (!u)
		return -ENOMEM;
	u->cb = cb;
	u->data = data;
	mutex_lock(&updates_mutex);
	rc = update_add(u);
	mutex_unlock(&updates_mutex);
	if (rc)
		kfree(u);
	return rc == -EEXIST ? 0 : rc;
}
EXPORT_SYMBOL(LNetRegisterNIDUpdates);

/**
 * LNetUnRegisterNIDUpdates() - ask to be told no more
 * @data: the key; one that is not known is ignored
 *
 * On return the function does not run any more, unless this is called in it: then it runs until it
 * returns, and not again.
 *
 * Context: task; may sleep; a function for another key may call it, unless that waits for this one.
 */
void LNetUnRegisterNIDUpdates(void *data)
{
	struct update *u;

	mutex_lock(&updates_mutex);
	u = update_find(data);
	if (u)
		list_del(&u->link);
	if (u && u->teller == current) {
		WRITE_ONCE(u->gone, true);	/* update_end() frees it */
		u = NULL;
	}
	mutex_unlock(&updates_mutex);
	if (!u)
		return;
	wait_event(told, !READ_ONCE(u->teller));
	/* The teller has made that NULL under the mutex, and may still be about to unlock it. */
	mutex_lock(&updates_mutex);
	mutex_unlock(&updates_mutex);
	update_free(u);
}
EXPORT_SYMBOL(LNetUnRegisterNIDUpdates);

/**
 * lnet_updates_init() - begin to watch the NIDs of this node
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -errno.
 */
int lnet_updates_init(void)
{
	return lnet_ni_change_register(&updates_nb);
}

/**
 * lnet_updates_exit() - watch them no more
 *
 * Context: task; may sleep; all modules that have asked are gone, or have asked for no more.
 */
void lnet_updates_exit(void)
{
	struct update *u, *next;

	lnet_ni_change_unregister(&updates_nb);
	list_for_each_entry_safe(u, next, &updates, link)
		update_free(u);
}
