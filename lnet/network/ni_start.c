// SPDX-License-Identifier: GPL-2.0
/*
 * LNet comes up and goes down, and its NIs with it. The loopback comes and goes
 * with LNet, and so does what networks= names; drivers may bring up others.
 */
#include "network/ni_start.h"
#include "event/api.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/me.h"
#include "event/portal.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "lnet.h"
#include "network/answer.h"
#include "network/errand.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/ping.h"

#include <lnet/api.h>

#include <linux/delay.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>

enum { WAIT_REPORT_S = 5 };	/* how often we say what we wait for, s */

/* M: lnet_init_mutex */
static unsigned int users;		/* M: LNetNIInit() less LNetNIFini() */

/* NIs come and go ---------------------------------------------------------- */

/**
 * lnet_ni_open() - bring an NI up
 * @lnd: its driver, registered; it keeps its module as long as it is up
 * @nid: its NID, of the driver's type and none of ours
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: the NI; -ENODEV: the driver's module is going; -ENOMEM; or what
 * lnd_startup() returned.
 */
struct lnet_ni *lnet_ni_open(const struct lnet_lnd *lnd, lnet_nid_t nid)
{
	struct lnet_ni *ni;
	int rc;

	lockdep_assert_held(&lnet_init_mutex);
	ni = lnet_alloc(kzalloc(sizeof(*ni), GFP_KERNEL));
	if (!ni)
		return ERR_PTR(-ENOMEM);

	rc = -ENODEV;
	if (!try_module_get(lnd->owner))
		goto err_free;
	rc = -ENOMEM;
	ni->stats = lnet_alloc(alloc_percpu(struct lnet_ni_stats));
	if (!ni->stats)
		goto err_module;
	lnet_users_init(&ni->messages, &ni->stats->messages);
	lnet_users_init(&ni->calls, &ni->stats->calls);
	ni->lnd = lnd;
	ni->nid = nid;
	ni->status = LNET_NI_STATUS_UP;
	rc = lnet_ping_alloc(ni);
	if (rc)
		goto err_stats;
	rc = lnet_ni_viewer ? lnet_ni_viewer->add(ni) : 0;
	if (rc)
		goto err_ping;
	rc = lnd->lnd_startup(ni);
	if (rc)
		goto err_sysfs;

	list_add_tail_rcu(&ni->link, &lnet_nis);
	lnet_ping_update(ni);
	if (lnd->lnd_ready)
		lnd->lnd_ready(ni);
	return ni;

err_sysfs:
	if (lnet_ni_viewer)
		lnet_ni_viewer->del(ni);
err_ping:
	lnet_ping_free(ni);
err_stats:
	free_percpu(ni->stats);
err_module:
	module_put(lnd->owner);
err_free:
	kfree(ni);
	return ERR_PTR(rc);
}

/*
 * Somebody's message may take its time; an operator should know whose. Behind the
 * second grace period nobody touches what @users used.
 */
static void ni_wait_for(struct lnet_ni *ni, const struct lnet_users *users,
			const char *what)
{
	unsigned long next = jiffies + WAIT_REPORT_S * HZ;
	char nid[LNET_NIDSTR_SIZE];
	s64 n;

	while ((n = lnet_users_left(users))) {
		if (time_after(jiffies, next)) {
			pr_warn(LNET_NAME ": %s goes down: waiting for %lld %s\n",
				libcfs_nid2str_r(ni->nid, nid, sizeof(nid)), n,
				what);
			next += WAIT_REPORT_S * HZ;
		}
		msleep(20);
	}
	synchronize_rcu();
}

/*
 * A message that is sent enters the LND with preemption off, where @closing was
 * looked at, and calls that may sleep are users. So from a grace period after
 * @closing on, when no such call is left, the LND can be shut down.
 */
static void ni_close(struct lnet_ni *ni)
{
	struct module *owner = ni->lnd->owner;

	lockdep_assert_held(&lnet_init_mutex);
	list_del_rcu(&ni->link);
	lnet_ping_update(ni);
	WRITE_ONCE(ni->closing, true);
	if (ni == lnet_loop_ni)
		WRITE_ONCE(lnet_loop_ni, NULL);
	lnet_users_shut(&ni->messages);
	lnet_users_shut(&ni->calls);
	synchronize_rcu();

	lnet_portal_purge(&ni->calls);
	ni_wait_for(ni, &ni->calls, "calls of its driver");
	ni->lnd->lnd_shutdown(ni);
	ni_wait_for(ni, &ni->messages, "messages");

	if (lnet_ni_viewer)
		lnet_ni_viewer->del(ni);
	lnet_ping_free(ni);
	free_percpu(ni->stats);
	ni->down = true;
	if (!ni->owned)
		kfree(ni);
	module_put(owner);
}

static void ni_close_all(void)
{
	struct lnet_ni *ni, *next;

	list_for_each_entry_safe_reverse(ni, next, &lnet_nis, link)
		ni_close(ni);
}

/**
 * lnet_ni_startup() - bring an NI up
 * @lnd: its driver, registered
 * @nid: its NID
 *
 * The NI is its caller's until lnet_ni_shutdown(), which has to be called once,
 * also if the last LNetNIFini() has taken the NI down by then.
 *
 * Context: task; may sleep.
 * Return: the NI; -ENETDOWN: LNet is not initialised; -EEXIST: there is one
 * with this NID; -EINVAL: the NID is not of the driver's type, or the driver
 * is not registered; -ENODEV: its module is going; -ENOMEM; or what
 * lnd_startup() returned.
 */
struct lnet_ni *lnet_ni_startup(const struct lnet_lnd *lnd, lnet_nid_t nid)
{
	struct lnet_ni *ni;

	mutex_lock(&lnet_init_mutex);
	if (!users)
		ni = ERR_PTR(-ENETDOWN);
	else if (LNET_NETTYP(LNET_NIDNET(nid)) != lnd->type ||
		 lnet_lnd_find(lnd->type) != lnd)
		ni = ERR_PTR(-EINVAL);
	else if (lnet_ni_is_local(nid))
		ni = ERR_PTR(-EEXIST);
	else
		ni = lnet_ni_open(lnd, nid);
	if (!IS_ERR(ni))
		ni->owned = true;
	mutex_unlock(&lnet_init_mutex);
	return ni;
}
EXPORT_SYMBOL_GPL(lnet_ni_startup);

/**
 * lnet_ni_shutdown() - take an NI down
 * @ni: from lnet_ni_startup(); gone on return
 *
 * Messages that wait on a lazy portal and came by it are dropped; those the
 * driver has are finalized.
 *
 * Context: task; may sleep.
 */
void lnet_ni_shutdown(struct lnet_ni *ni)
{
	mutex_lock(&lnet_init_mutex);
	ni->owned = false;
	/* The last LNetNIFini() may have been faster; the memory is still @ni's. */
	if (ni->down)
		kfree(ni);
	else
		ni_close(ni);
	mutex_unlock(&lnet_init_mutex);
}
EXPORT_SYMBOL_GPL(lnet_ni_shutdown);

/**
 * lnet_ni_status_set() - an NI went up or down without being taken away
 * @ni: the NI, from its lnd_startup() to its lnd_shutdown()
 * @status: what it is now; messages are sent by it all the same
 *
 * Context: task; may sleep.
 */
void lnet_ni_status_set(struct lnet_ni *ni, enum lnet_ni_status status)
{
	WRITE_ONCE(ni->status, status);
	lnet_ping_update(ni);
}
EXPORT_SYMBOL_GPL(lnet_ni_status_set);

/* LNet up and down --------------------------------------------------------- */

static int ni_start_all(lnet_pid_t pid)
{
	struct lnet_ni *ni;
	int rc;

	lnet_pid = pid;
	lnet_answer_init();
	ni = lnet_ni_open(&lnet_lo, LNET_NID_LO_0);
	if (IS_ERR(ni))
		return PTR_ERR(ni);

	/* All of it before the way to it; the reader has the dependency. */
	smp_store_release(&lnet_loop_ni, ni);
	rc = lnet_networks_open();
	if (rc) {
		ni_close_all();
		return rc;
	}
	lnet_errand_allow();
	WRITE_ONCE(lnet_running, true);
	return 0;
}

/*
 * What is in flight ends first, then what clients have left is freed. Clients
 * that still call LNet now are told that it is down; one that was already past
 * that check may leave an object behind, which the next time finds, or
 * lnet_ni_exit() when no client can be left.
 */
static void ni_stop_all(void)
{
	lnet_errand_abort_all();
	WRITE_ONCE(lnet_running, false);
	ni_close_all();
	lnet_errand_wait_all();

	lnet_me_purge();
	lnet_md_purge();
	lnet_eq_purge();
	lnet_portal_clear_all();
}

/**
 * LNetNIInit() - bring LNet up, or share it
 * @pid: our process id, of the first caller; LNET_PID_ANY: only if it is up
 *
 * The first caller brings up the loopback and then what the module parameter
 * networks= names, in that order, all of it or nothing; drivers that are not
 * there are loaded.
 *
 * Context: task; may sleep.
 * Return: how many callers there were before this one, so 0 for the first;
 * -ENETDOWN: LNET_PID_ANY and LNet is down; -ENODEV: a network has no driver,
 * or there is no such interface; -EEXIST: two of the networks are by the same
 * address; -ENOMEM; -EDEADLK; or what a driver says. The log says which network
 * it was.
 */
int LNetNIInit(lnet_pid_t pid)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;

	if (pid != LNET_PID_ANY && !READ_ONCE(lnet_running))
		lnet_networks_request();
	mutex_lock(&lnet_init_mutex);
	if (!users)
		rc = pid == LNET_PID_ANY ? -ENETDOWN : ni_start_all(pid);
	if (!rc)
		rc = users++;
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL(LNetNIInit);

/**
 * LNetNIFini() - LNet is not needed any more by this caller
 *
 * The last caller shuts it down: NIs go, delayed messages are dropped, and
 * what clients have not freed is freed and named in the log.
 *
 * Context: task; may sleep.
 * Return: 0; -ENETDOWN: it was not up; -EDEADLK.
 */
int LNetNIFini(void)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;

	mutex_lock(&lnet_init_mutex);
	if (!users)
		rc = -ENETDOWN;
	else if (!--users)
		ni_stop_all();
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL(LNetNIFini);

/**
 * lnet_ni_exit() - the module goes, so no client is left
 */
void lnet_ni_exit(void)
{
	mutex_lock(&lnet_init_mutex);
	if (users)
		pr_err(LNET_NAME ": LNetNIFini() was called %u times too few\n",
		       users);
	users = 0;
	ni_stop_all();
	mutex_unlock(&lnet_init_mutex);
}
