// SPDX-License-Identifier: GPL-2.0
/*
 * How LNet and its NIs come up and go down. LNet is up while a client uses it, or the operator
 * does: by the module parameter config_on_load= or the sysfs file configured. The loopback and the
 * NIs that networks= names come and go with LNet. Drivers may bring up other NIs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "network/ni_start.h"
#include "event/api.h"
#include "event/eq.h"
#include "event/md.h"
#include "event/me.h"
#include "event/object.h"
#include "event/portal.h"
#include "event/work.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "lnet.h"
#include "network/answer.h"
#include "network/errand.h"
#include "network/networks.h"
#include "network/ni.h"
#include "network/ni_change.h"
#include "network/node.h"
#include "network/peer.h"
#include "network/ping.h"
#include "network/pinger.h"
#include "network/response.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/delay.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>

enum {
	WAIT_REPORT_S	= 5,		/* interval of the log messages on waiting, s */
	LEFTOVER_TRIES	= 10,		/* looks at what clients have left, 20 ms apart */
};

static bool config_on_load;
module_param(config_on_load, bool, 0444);
MODULE_PARM_DESC(config_on_load, "Start of LNet when the module is loaded, without a client: 0 or 1 (default 0)");

/* M: lnet_init_mutex */
static unsigned int users;	/* M: clients: calls of LNetNIInit() less calls of LNetNIFini() */
static bool configured;		/* M: the operator uses LNet; READ_ONCE to read without M */
static bool may_configure;	/* M: the module is loaded, and is not being removed; READ_ONCE */
static bool load_wanted;	/* M: config_on_load= is to be carried out; READ_ONCE */

static unsigned int ni_uses(void)
{
	return users + configured;
}

/* Opening and closing an NI ------------------------------------------------- */

/**
 * lnet_ni_open() - bring an NI up
 * @lnd: the driver, registered, or the loopback; the NI holds a reference to its module while up
 * @nid: the NID of the new NI, of the driver's type; no NI has it yet
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: the NI; -ENODEV: the driver's module is being removed; -ENOMEM; or the error of
 * lnd_startup() or of the viewer.
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
	lnet_nid_hold(nid);
	ni->status = LNET_NI_STATUS_UP;
	rc = lnet_ni_viewer ? lnet_ni_viewer->add(ni) : 0;
	if (rc)
		goto err_stats;
	rc = lnd->lnd_startup(ni);
	if (rc)
		goto err_sysfs;

	lnet_ni_add(ni);
	lnet_node_disown(nid);
	lnet_ping_update();
	lnet_ni_change_note();
	if (lnd->lnd_ready)
		lnd->lnd_ready(ni);
	return ni;

err_sysfs:
	if (lnet_ni_viewer)
		lnet_ni_viewer->del(ni);
err_stats:
	lnet_nid_put(nid);
	free_percpu(ni->stats);
err_module:
	module_put(lnd->owner);
err_free:
	kfree(ni);
	return ERR_PTR(rc);
}

/*
 * Wait until @users is empty. A message may take its time, so log which NI waits for how many
 * of @what, and @where to see them. A user that has been counted out may touch the NI until it
 * allows preemption; after the grace period none does.
 */
static void ni_wait_for(struct lnet_ni *ni, const struct lnet_users *users,
			const char *what, const char *where)
{
	unsigned long next = jiffies + WAIT_REPORT_S * HZ;
	char nid[LNET_NIDSTR_SIZE];
	s64 n;

	while ((n = lnet_users_left(users))) {
		if (time_after(jiffies, next)) {
			pr_warn("%s goes down: waiting for %lld %s: see %s\n",
				libcfs_nid2str_r(ni->nid, nid, sizeof(nid)), n, what, where);
			next += WAIT_REPORT_S * HZ;
		}
		msleep(20);
	}
	synchronize_rcu();
}

/**
 * lnet_ni_close() - close an NI
 * @ni: the NI; freed on return, unless its driver is still to call lnet_ni_shutdown()
 *
 * The LND may be shut down as soon as no thread can enter it:
 *
 * - A thread that sends checks @closing and enters the LND in one section with preemption off.
 *   After @closing is set and a grace period has passed, none is in the LND or will enter it.
 * - Calls that may sleep are counted in @calls, which is shut. Only a message that leaves a lazy
 *   portal is still counted in, and lnet_portal_purge() drops those. Then ni_wait_for() waits
 *   until no call is left.
 *
 * Messages that came by the NI and wait on a lazy portal are dropped, and those that the driver has
 * are finalized. Clients may run meanwhile, and other NIs carry their messages.
 *
 * Context: task; may sleep until no message of the NI is left; lnet_init_mutex is held.
 */
void lnet_ni_close(struct lnet_ni *ni)
{
	struct module *owner = ni->lnd->owner;
	char nid[LNET_NIDSTR_SIZE];

	lockdep_assert_held(&lnet_init_mutex);
	lnet_networks_forget(ni);
	lnet_ni_remove(ni);
	lnet_ping_update();
	lnet_ni_change_note();
	WRITE_ONCE(ni->closing, true);
	if (ni == lnet_loop_ni)
		WRITE_ONCE(lnet_loop_ni, NULL);
	lnet_users_shut(&ni->messages);
	lnet_users_shut(&ni->calls);
	synchronize_rcu();

	lnet_portal_purge(&ni->calls);
	ni_wait_for(ni, &ni->calls, "calls of its driver", "lnet_ in /proc/*/stack");
	ni->lnd->lnd_shutdown(ni);
	ni_wait_for(ni, &ni->messages, "messages", "ops= in /sys/kernel/debug/lnet_objects/mds");

	if (lnet_ni_viewer)
		lnet_ni_viewer->del(ni);
	free_percpu(ni->stats);
	ni->down = true;
	if (ni->lnd->type != LOLND)
		pr_info("%s is closed\n",
			libcfs_nid2str_r(ni->nid, nid, sizeof(nid)));
	lnet_nid_put(ni->nid);
	if (!ni->owned)
		kfree(ni);
	module_put(owner);
}

static void ni_close_all(void)
{
	struct lnet_ni *ni, *next;

	list_for_each_entry_safe_reverse(ni, next, &lnet_nis, link)
		lnet_ni_close(ni);
}

/**
 * lnet_ni_startup() - bring up an NI for a driver
 * @lnd: the driver, which is registered
 * @nid: the NID of the new NI
 *
 * The caller owns the NI until it calls lnet_ni_shutdown(). It must do so once, even if LNet has
 * gone down, which closed the NI, before.
 *
 * Context: task; may sleep.
 * Return: the NI; -ENETDOWN: LNet is down; -EEXIST: an NI has this NID; -EINVAL: the NID is not of
 * the driver's type, or the driver is not registered; -ENODEV: the driver's module is being
 * removed; -ENOMEM; or the error of lnd_startup() or of the viewer.
 */
struct lnet_ni *lnet_ni_startup(const struct lnet_lnd *lnd, lnet_nid_t nid)
{
	char name[LNET_NIDSTR_SIZE];
	struct lnet_ni *ni;

	mutex_lock(&lnet_init_mutex);
	if (!ni_uses())
		ni = ERR_PTR(-ENETDOWN);
	else if (LNET_NETTYP(lnet_net_plain(LNET_NIDNET(nid))) != lnd->type ||
		 lnet_lnd_find(lnd->type) != lnd)
		ni = ERR_PTR(-EINVAL);
	else if (lnet_ni_is_local(nid))
		ni = ERR_PTR(-EEXIST);
	else
		ni = lnet_ni_open(lnd, nid);
	if (!IS_ERR(ni)) {
		ni->owned = true;
		pr_info("%s is up\n", libcfs_nid2str_r(nid, name, sizeof(name)));
	}
	mutex_unlock(&lnet_init_mutex);
	return ni;
}
EXPORT_SYMBOL_GPL(lnet_ni_startup);

/**
 * lnet_ni_shutdown() - take down an NI that a driver has brought up
 * @ni: the NI, from lnet_ni_startup(); freed on return
 *
 * Messages that came by the NI and wait on a lazy portal are dropped. Messages that the driver
 * owns are finalized.
 *
 * Context: task; may sleep.
 */
void lnet_ni_shutdown(struct lnet_ni *ni)
{
	mutex_lock(&lnet_init_mutex);
	ni->owned = false;
	/* If LNet went down, which closed the NI, only its memory is left, for this call. */
	if (ni->down)
		kfree(ni);
	else
		lnet_ni_close(ni);
	mutex_unlock(&lnet_init_mutex);
}
EXPORT_SYMBOL_GPL(lnet_ni_shutdown);

/**
 * lnet_ni_status_set() - record that an NI went up or down without being closed
 * @ni: the NI, from its lnd_startup() to its lnd_shutdown()
 * @status: the new status; shown in sysfs and in answers to a ping; messages leave by the NI in
 *	any case
 *
 * Context: task; may sleep.
 */
void lnet_ni_status_set(struct lnet_ni *ni, enum lnet_ni_status status)
{
	WRITE_ONCE(ni->status, status);
	lnet_ping_update();
}
EXPORT_SYMBOL_GPL(lnet_ni_status_set);

/* LNet up and down --------------------------------------------------------- */

/* Which networks come up with LNet. */
enum ni_start {
	NI_START_ALL,		/* all that are configured, and none may fail */
	NI_START_POSSIBLE,	/* of those the ones that can; others are only logged */
	NI_START_LO,		/* none */
};

static int ni_start_all(lnet_pid_t pid, enum ni_start which)
{
	struct lnet_ni *ni;
	int rc = 0;

	lnet_pid = pid;
	lnet_answer_init();
	ni = lnet_ni_open(&lnet_lo, LNET_NID_LO_0);
	if (IS_ERR(ni))
		return PTR_ERR(ni);

	/* Publish the complete NI. The reader, lnet_ni_loop(), has the address dependency. */
	smp_store_release(&lnet_loop_ni, ni);
	if (which == NI_START_ALL)
		rc = lnet_networks_open();
	else if (which == NI_START_POSSIBLE)
		lnet_networks_open_missing();
	if (rc) {
		ni_close_all();
		return rc;
	}
	lnet_errand_allow();
	lnet_node_allow();
	lnet_response_allow();
	WRITE_ONCE(lnet_running, true);
	lnet_peer_allow();
	return 0;
}

/*
 * First end the messages in flight, then free the objects that clients have left. A client that
 * calls LNet from now on gets -ENETDOWN. A call that passed the check before may still leave an
 * object behind. The next call of this function finds it: when LNet goes down again, or in
 * lnet_ni_exit(), when no client can be left.
 */
static void ni_stop_all(void)
{
	lnet_errand_abort_all();
	lnet_peer_stop();
	WRITE_ONCE(lnet_running, false);
	ni_close_all();
	lnet_errand_wait_all();
	lnet_response_stop();
	lnet_node_forget_all();

	lnet_me_purge();
	lnet_md_purge();
	lnet_eq_purge();
	lnet_portal_clear_all();
}

/**
 * LNetNIInit() - bring LNet up, or share it if it is up
 * @pid: the PID of this node, if LNet is down; LNET_PID_ANY: do not bring LNet up
 *
 * If LNet is down, this brings up the loopback, and then the NIs of the networks that are
 * configured, in that order; all of them or none. Missing drivers are loaded. The operator may have
 * brought LNet up before any client. If a network then could not come up again, see
 * LNetNIFini(), it is tried again here; if it fails, which is logged, this call succeeds without
 * it.
 *
 * Context: task; may sleep.
 * Return: the number of uses before this one, of callers and of the operator, so 0 for the one
 * that brings LNet up; -ENETDOWN: LNET_PID_ANY, and LNet is down; -ENODEV: a network has no driver,
 * or there is no such interface; -EEXIST: two of the NIs have the same NID; -EOPNOTSUPP, -EPROTO: a
 * driver cannot name a NID on its network; -ENOMEM; -EDEADLK: called from a handler; or the error
 * of a driver. The log says which network failed.
 */
int LNetNIInit(lnet_pid_t pid)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;

	if (pid == LNET_PID_ANY)
		mutex_lock(&lnet_init_mutex);
	else
		lnet_networks_lock(false);
	if (!ni_uses() && pid == LNET_PID_ANY)
		rc = -ENETDOWN;
	else if (!ni_uses())
		rc = ni_start_all(pid, NI_START_ALL);
	else if (pid != LNET_PID_ANY)
		lnet_networks_open_missing();
	if (!rc) {
		rc = ni_uses();
		users++;
	}
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL(LNetNIInit);

/* Has a client left an object, a message under way, or a lazy portal? */
static bool ni_has_leftovers(void)
{
	u64 counts[LNET_OBJECT_TYPES];

	lnet_object_counts(counts);
	return counts[LNET_HANDLE_ME] || !lnet_pinger_is_alone() || lnet_portal_any_lazy();
}

/*
 * No client is left, but the operator keeps LNet up. As when LNet goes down, nothing may be left of
 * clients: their memory and their callbacks may be gone with their modules. A thread may just be
 * about to free an MD whose last event a client has waited for; else LNet goes down, which ends
 * all, and comes up again. A network whose address is away just now stays configured, without its
 * NI, and is tried again when LNet is next used or configured.
 */
static void ni_end_clients(void)
{
	unsigned int tries;
	int rc;

	for (tries = 0; ni_has_leftovers(); tries++) {
		if (tries == LEFTOVER_TRIES)
			goto again;
		msleep(20);
	}
	return;

again:
	pr_warn("clients have gone and left objects or messages: LNet goes down, and comes up again\n");
	/* An attempt to remove a driver waits for its NIs to go, and must not succeed between. */
	lnet_lnd_hold_all();
	ni_stop_all();
	rc = ni_start_all(LNET_PID_LUSTRE, NI_START_POSSIBLE);
	lnet_lnd_release_all();
	if (!rc)
		return;
	WRITE_ONCE(configured, false);
	pr_err("LNet does not come up again: %s (error %d); mend that, and write 1 to /sys/kernel/lnet/configured\n",
	       lnet_error_text(rc), rc);
}

/**
 * LNetNIFini() - give up the use of LNet
 *
 * When no caller of LNetNIInit() is left, LNet shuts down: NIs are closed, messages that wait on
 * lazy portals are dropped, and objects that clients have not freed are freed and logged. If the
 * operator uses LNet, it comes up again at once; and if clients have left nothing, it stays up.
 *
 * Context: task; may sleep.
 * Return: 0; -ENETDOWN: no caller of LNetNIInit() is left; -EDEADLK: called from a handler.
 */
int LNetNIFini(void)
{
	int rc = lnet_api_check_handler();

	if (rc)
		return rc;

	mutex_lock(&lnet_init_mutex);
	if (!users) {
		rc = -ENETDOWN;
	} else {
		users--;
		if (!ni_uses())
			ni_stop_all();
		else if (!users)
			ni_end_clients();
	}
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL(LNetNIFini);

/* The operator's use ------------------------------------------------------- */

/* Carry out lnet_ni_configure(), with lnet_init_mutex held. */
static int ni_configure_locked(bool up, enum ni_start which)
{
	int rc = 0;

	if (!may_configure)
		return -ESHUTDOWN;
	if (up && !ni_uses())
		rc = ni_start_all(LNET_PID_LUSTRE, which);
	else if (up && which == NI_START_ALL)
		rc = lnet_networks_open_missing();
	if (rc || up == configured)
		return rc;
	WRITE_ONCE(configured, up);
	if (!ni_uses())
		ni_stop_all();
	return 0;
}

/*
 * A driver that is loaded for a network needs the symbols of this module, and its loading waits
 * until the initialisation of this one is over. So module_init cannot wait for LNet to come up.
 */
static void ni_on_load(struct work_struct *work)
{
	int rc = 0;

	/* Load no driver in vain. */
	if (!READ_ONCE(load_wanted))
		return;
	lnet_networks_lock(false);
	/* A write to the file configured may have come meanwhile. */
	if (load_wanted)
		rc = ni_configure_locked(true, NI_START_ALL);
	WRITE_ONCE(load_wanted, false);
	mutex_unlock(&lnet_init_mutex);
	if (rc && rc != -ESHUTDOWN)
		pr_err("config_on_load: LNet does not come up: %s (error %d); mend that, and write 1 to /sys/kernel/lnet/configured\n",
		       lnet_error_text(rc), rc);
}

static DECLARE_WORK(load_work, ni_on_load);

/**
 * lnet_ni_configure() - begin or end the operator's use of LNet
 * @up: true: bring LNet up, or share it if it is up, so that it stays up without a client; false:
 *	give that up, so that LNet goes down when no client is left
 *
 * If it is so already, nothing happens. config_on_load= does nothing after this.
 *
 * Context: task; may sleep.
 * Return: 0; -ERESTARTSYS: a signal came before anything was done; -ESHUTDOWN: the module is being
 * loaded or removed; or an error of LNetNIInit(), and LNet is down.
 */
int lnet_ni_configure(bool up)
{
	int rc;

	/* While the module is loaded no driver can be: it would wait for us. */
	if (!READ_ONCE(may_configure))
		return -ESHUTDOWN;
	if (up)
		rc = lnet_networks_lock(true);
	else
		rc = mutex_lock_interruptible(&lnet_init_mutex) ? -ERESTARTSYS : 0;
	if (rc)
		return rc;
	WRITE_ONCE(load_wanted, false);
	rc = ni_configure_locked(up, NI_START_ALL);
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_ni_configure);

/**
 * lnet_ni_configure_lo() - begin the operator's use of LNet, without the configured networks
 *
 * Only the loopback comes up, if LNet is down. The networks come up when LNet is next used, or
 * configured by lnet_ni_configure().
 *
 * Context: task; may sleep.
 * Return: as lnet_ni_configure() returns.
 */
int lnet_ni_configure_lo(void)
{
	int rc;

	if (mutex_lock_interruptible(&lnet_init_mutex))
		return -ERESTARTSYS;
	WRITE_ONCE(load_wanted, false);
	rc = ni_configure_locked(true, NI_START_LO);
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_ni_configure_lo);

/**
 * lnet_ni_is_configured() - tell whether the operator uses LNet
 *
 * Context: any.
 * Return: true from a lnet_ni_configure() that has brought LNet up to one that ends the use.
 */
bool lnet_ni_is_configured(void)
{
	return READ_ONCE(configured);
}

/**
 * lnet_ni_init() - let the operator use LNet, and begin what config_on_load= asks for
 *
 * Context: the last step of the module's initialisation, which cannot fail any more.
 */
void lnet_ni_init(void)
{
	mutex_lock(&lnet_init_mutex);
	WRITE_ONCE(load_wanted, config_on_load);
	WRITE_ONCE(may_configure, true);
	mutex_unlock(&lnet_init_mutex);
	if (config_on_load)
		queue_work(lnet_wq, &load_work);
}

/**
 * lnet_ni_exit() - shut LNet down as the module is removed, when no client is left
 *
 * Ends the operator's use. From here on a write to the file configured is refused.
 *
 * Context: task; may sleep.
 */
void lnet_ni_exit(void)
{
	mutex_lock(&lnet_init_mutex);
	if (users)
		pr_err("LNetNIFini() was called %u times too few\n",
		       users);
	WRITE_ONCE(may_configure, false);
	users = 0;
	WRITE_ONCE(configured, false);
	ni_stop_all();
	mutex_unlock(&lnet_init_mutex);
	cancel_work_sync(&load_work);
}
