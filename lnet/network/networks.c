// SPDX-License-Identifier: GPL-2.0
/*
 * The networks of this node: the module parameter networks=, the sysfs file of that name, and the
 * NIs that they name. The parameter is checked as a whole when the module is loaded, before any of
 * it is used.
 *
 * The configured networks change under lnet_init_mutex, together with their NIs. A thread may hold
 * that mutex for long, while an NI waits for its messages, and a reader of the file must not wait
 * for that. So each step of a change is also under networks_mutex, which is held briefly.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "network/networks.h"
#include "event/api.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "lnet.h"
#include "network/ni.h"
#include "network/ni_start.h"

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/kmod.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

enum {
	TOKEN_SHOWN		= 200,	/* characters of a wrong token, in the log */
	NET_TEXT_SIZE		= 16,	/* "tcp65535" */
	NETWORK_TEXT_SIZE	= NET_TEXT_SIZE + LNET_WHERE_SIZE + 2,	/* "tcp1(eth0)" */
};

static char *networks_text = "";
module_param_named(networks, networks_text, charp, 0444);
MODULE_PARM_DESC(networks, "Networks of this node besides the loopback, as in \"tcp0(eth0),tcp1(10.0.0.0/8)\" (default: none)");

/*
 * Refuse the parameters of Lustre's lnet.ko. The module loader only warns of a parameter that a
 * module does not have, and LNet would come up without what the operator asked for.
 */
static int networks_refuse_foreign(const char *val, const struct kernel_param *kp)
{
	/* An empty one asks for nothing. */
	if (!*skip_spaces(val))
		return 0;
	pr_err("there is no %s= here, as %s: leave it out\n", kp->name,
	       strcmp(kp->name, "ip2nets") ? "this LNet does not route" :
	       "networks=tcp(10.0.0.0/8) finds the interface by its address");
	return -EINVAL;
}

static const struct kernel_param_ops foreign_ops = { .set = networks_refuse_foreign };

#define FOREIGN(_name)	module_param_cb(_name, &foreign_ops, NULL, 0)
FOREIGN(ip2nets);
FOREIGN(routes);
FOREIGN(forwarding);

static DEFINE_MUTEX(networks_mutex);	/* C: inside lnet_init_mutex */

/* The configured NIs. C: and lnet_init_mutex to change, either to read; @ni: see networks.h */
static struct lnet_networks networks;

/* Print a network as networks= has it. Returns @buf. */
static char *network_text(const struct lnet_network *n, char *buf)
{
	char net[NET_TEXT_SIZE];

	libcfs_net2str_r(n->net, net, sizeof(net));
	if (*n->where)
		scnprintf(buf, NETWORK_TEXT_SIZE, "%s(%s)", net, n->where);
	else
		strscpy(buf, net, NETWORK_TEXT_SIZE);
	return buf;
}

static void networks_log_fault(const struct lnet_networks_fault *fault)
{
	pr_err("networks=: '%*pE' %s\n",
	       min_t(int, fault->len, TOKEN_SHOWN), fault->token, fault->what);
}

/**
 * lnet_networks_set() - set the NIs that LNetNIInit() brings up
 * @text: the text, as for networks=
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: the text is wrong, which is logged, and LNetNIInit() brings up none; -EBUSY:
 * LNet is up.
 */
int lnet_networks_set(const char *text)
{
	struct lnet_networks_fault fault;
	int rc = -EBUSY;

	mutex_lock(&lnet_init_mutex);
	if (!lnet_running) {
		mutex_lock(&networks_mutex);
		rc = lnet_networks_parse(text, &networks, &fault);
		mutex_unlock(&networks_mutex);
	}
	mutex_unlock(&lnet_init_mutex);
	if (rc == -EINVAL)
		networks_log_fault(&fault);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_networks_set);

/**
 * lnet_networks_init() - parse the module parameter
 *
 * Context: while the module loads; may sleep.
 * Return: 0 or -EINVAL.
 */
int lnet_networks_init(void)
{
	return lnet_networks_set(networks_text);
}

/* Coming up ---------------------------------------------------------------- */

/*
 * Find the type of network with the lowest number above @above that @n has and that has no driver.
 * Returns network 0 of that type, or LNET_NET_ANY if no driver is missing.
 */
static u32 networks_next_missing(const struct lnet_networks *n, u32 above)
{
	u32 net = LNET_NET_ANY, type;
	unsigned int i;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < n->nr; i++) {
		type = LNET_NETTYP(n->network[i].net);
		if (type > above && type < LNET_NETTYP(net) && !lnet_lnd_find(type))
			net = LNET_MKNET(type, 0);
	}
	return net;
}

/* Load the driver of network 0 of a type, without lnet_init_mutex, which it takes to register. */
static void network_load_driver(u32 net)
{
	char type[LNET_NIDSTR_SIZE];

	request_module("lnet-lnd-%s", libcfs_net2str_r(net, type, sizeof(type)));
}

/*
 * Take lnet_init_mutex when each network of @n has a driver, or its driver could not be loaded, or
 * none is needed now: those of @networks always are, others only while LNet is up. A driver takes
 * the mutex to register, so it is loaded without it, and then all types of higher numbers are
 * looked at again. Returns 0 or, if @may_fail, -ERESTARTSYS.
 */
static int networks_lock(const struct lnet_networks *n, bool may_fail)
{
	u32 net = 0;

	for (;;) {
		if (!may_fail)
			mutex_lock(&lnet_init_mutex);
		else if (mutex_lock_interruptible(&lnet_init_mutex))
			return -ERESTARTSYS;
		if (n != &networks && !lnet_running)
			return 0;
		net = networks_next_missing(n, LNET_NETTYP(net));
		if (net == LNET_NET_ANY)
			return 0;
		mutex_unlock(&lnet_init_mutex);
		network_load_driver(net);
	}
}

/**
 * lnet_networks_lock() - take lnet_init_mutex to bring LNet up, or what is missing of it
 * @may_fail: true: give up if a signal comes
 *
 * The drivers that are missing are loaded first. One that could not be loaded is
 * missing still: see lnet_networks_open().
 *
 * Context: task; may sleep.
 * Return: 0: the caller unlocks lnet_init_mutex; -ERESTARTSYS: @may_fail, and a signal came.
 */
int lnet_networks_lock(bool may_fail)
{
	if (!READ_ONCE(lnet_running))
		lnet_watch_ask();
	return networks_lock(&networks, may_fail);
}

static int network_err(const struct lnet_network *n, int rc, const char *why)
{
	char text[NETWORK_TEXT_SIZE];

	pr_err("networks=: '%s' does not come up: %s (error %d)\n",
	       network_text(n, text), why, rc);
	return rc;
}

static int network_no_lnd(const struct lnet_network *n)
{
	char type[LNET_NIDSTR_SIZE], why[160];
	u32 net = LNET_MKNET(LNET_NETTYP(n->net), 0);

	libcfs_net2str_r(net, type, sizeof(type));
	if (LNET_NETTYP(net) == SOCKLND)
		strscpy(why, "it has no driver: load the module ksocklnd",
			sizeof(why));
	else
		scnprintf(why, sizeof(why),
			  "it has no driver, and this LNet comes with that of tcp only: leave it out, or load a module with the alias lnet-lnd-%s",
			  type);
	return network_err(n, -ENODEV, why);
}

static int network_open_nid(struct lnet_network *n, const struct lnet_lnd *lnd, lnet_nid_t nid)
{
	char text[NETWORK_TEXT_SIZE], name[LNET_NIDSTR_SIZE];
	struct lnet_ni *ni;

	if (lnet_net_plain(LNET_NIDNET(nid)) != n->net)
		return network_err(n, -EPROTO, "its driver found the NID of another network");
	if (lnet_ni_is_local(nid))
		return network_err(n, -EEXIST, "another NI has the same address");
	ni = lnet_ni_open(lnd, nid);
	if (PTR_ERR(ni) == -ENODEV)
		return network_err(n, -ENODEV, "the module of its driver is being removed");
	if (IS_ERR(ni))
		return network_err(n, PTR_ERR(ni), lnet_error_text(PTR_ERR(ni)));
	pr_info("%s is up: %s\n", libcfs_nid2str_r(nid, name, sizeof(name)),
		network_text(n, text));
	n->ni = ni;
	return 0;
}

static int network_open(struct lnet_network *n)
{
	const struct lnet_lnd *lnd = lnet_lnd_find(LNET_NETTYP(n->net));
	lnet_nid_t nid;
	int rc;

	if (!lnd)
		return network_no_lnd(n);
	if (!lnd->lnd_nid)
		return network_err(n, -EOPNOTSUPP, "its driver finds no NIDs");
	rc = lnd->lnd_nid(n->net, n->where, &nid);
	if (rc == -ENODEV)
		return network_err(n, rc,
				   "there is no such interface, or it is down, or has no address");
	if (rc)
		return network_err(n, rc, "its driver finds no NID");
	rc = network_open_nid(n, lnd, nid);
	lnet_nid_put(nid);	/* from lnd_nid(); the NI has a reference of its own */
	return rc;
}

static void network_close(struct lnet_network *n)
{
	if (n->ni)
		lnet_ni_close(n->ni);
	n->ni = NULL;
}

static int networks_open(struct lnet_networks *n)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n->nr && !rc; i++)
		rc = network_open(&n->network[i]);
	while (rc && i--)
		network_close(&n->network[i]);
	return rc;
}

/**
 * lnet_networks_open() - bring up the NIs that are configured, in their order; all or none
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: 0; or -errno, which is logged, and no NI has come up.
 */
int lnet_networks_open(void)
{
	lockdep_assert_held(&lnet_init_mutex);
	return networks_open(&networks);
}

/**
 * lnet_networks_open_missing() - bring up the NIs that are configured and are not up
 *
 * One that does not come up stops no other.
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: 0; or the -errno of the first that does not come up. Each is logged.
 */
int lnet_networks_open_missing(void)
{
	unsigned int i;
	int rc, first = 0;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < networks.nr; i++) {
		if (networks.network[i].ni)
			continue;
		rc = network_open(&networks.network[i]);
		if (!first)
			first = rc;
	}
	return first;
}

/**
 * lnet_networks_forget() - note that an NI is being closed
 * @ni: the NI, by whichever way it came up
 *
 * Its network stays configured.
 *
 * Context: lnet_init_mutex is held.
 */
void lnet_networks_forget(const struct lnet_ni *ni)
{
	unsigned int i;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < networks.nr; i++)
		if (networks.network[i].ni == ni)
			networks.network[i].ni = NULL;
}

/* At run time -------------------------------------------------------------- */

/**
 * lnet_networks_print() - print what is configured, as networks= has it
 * @buf: the buffer for the line
 * @size: the size of @buf, bytes; 4096 is always enough
 *
 * Context: task; may sleep, but not for messages.
 * Return: the length of the line, bytes.
 */
size_t lnet_networks_print(char *buf, size_t size)
{
	char text[NETWORK_TEXT_SIZE];
	size_t len = 0;
	unsigned int i;

	static_assert(LNET_MAX_NIS * (NETWORK_TEXT_SIZE + 1) < 4096);
	mutex_lock(&networks_mutex);
	for (i = 0; i < networks.nr; i++)
		len += scnprintf(buf + len, size - len, "%s%s", i ? "," : "",
				 network_text(&networks.network[i], text));
	mutex_unlock(&networks_mutex);
	return len + scnprintf(buf + len, size - len, "\n");
}

static int network_refuse(const struct lnet_network *n, int rc, const char *why)
{
	char text[NETWORK_TEXT_SIZE];

	pr_err("networks=: '%s' %s\n", network_text(n, text), why);
	return rc;
}

/* Does @named mean @n, by its network and its interface, or by the network alone? */
static bool network_is_meant(const struct lnet_network *n, const struct lnet_network *named)
{
	return n->net == named->net && (!*named->where || !strcmp(n->where, named->where));
}

static int networks_check_new(const struct lnet_networks *more)
{
	const struct lnet_network *n;
	unsigned int i, j;

	for (i = 0; i < more->nr; i++) {
		n = &more->network[i];
		for (j = 0; j < networks.nr; j++)
			if (networks.network[j].net == n->net &&
			    !strcmp(networks.network[j].where, n->where))
				return network_refuse(n, -EEXIST,
						      "is configured already: leave it out");
		static_assert(LNET_MAX_NIS == 64);
		if (networks.nr + i == LNET_MAX_NIS)
			return network_refuse(n, -ENOSPC,
					      "is one too many: 64 interfaces may be configured");
	}
	return 0;
}

static void networks_append(const struct lnet_networks *more)
{
	mutex_lock(&networks_mutex);
	memcpy(&networks.network[networks.nr], more->network, more->nr * sizeof(*more->network));
	networks.nr += more->nr;
	mutex_unlock(&networks_mutex);
}

static int networks_add_locked(struct lnet_networks *more)
{
	int rc = networks_check_new(more);

	if (!rc && lnet_running)
		rc = networks_open(more);
	if (!rc)
		networks_append(more);
	return rc;
}

static int networks_add(struct lnet_networks *more)
{
	int rc;

	/* What is refused anyway loads no driver. */
	if (mutex_lock_interruptible(&lnet_init_mutex))
		return -ERESTARTSYS;
	rc = networks_check_new(more);
	mutex_unlock(&lnet_init_mutex);
	rc = rc ?: networks_lock(more, true);
	if (rc)
		return rc;
	rc = networks_add_locked(more);
	mutex_unlock(&lnet_init_mutex);
	return rc;
}

static bool networks_mean(const struct lnet_networks *named, const struct lnet_network *n)
{
	unsigned int i;

	for (i = 0; i < named->nr; i++)
		if (network_is_meant(n, &named->network[i]))
			return true;
	return false;
}

static int networks_check_old(const struct lnet_networks *less)
{
	const struct lnet_network *n;
	unsigned int i, j;

	for (i = 0; i < less->nr; i++) {
		n = &less->network[i];
		for (j = 0; j < networks.nr; j++)
			if (network_is_meant(&networks.network[j], n))
				break;
		if (j == networks.nr)
			return network_refuse(n, -ENOENT,
					      "is not configured: /sys/kernel/lnet/networks has what is");
	}
	return 0;
}

static void networks_delete(unsigned int i)
{
	mutex_lock(&networks_mutex);
	networks.nr--;
	memmove(&networks.network[i], &networks.network[i + 1],
		(networks.nr - i) * sizeof(*networks.network));
	mutex_unlock(&networks_mutex);
}

/* A network is configured until its NI is closed, so that the file shows what is waited for. */
static int networks_remove(const struct lnet_networks *less)
{
	unsigned int i;
	int rc;

	if (mutex_lock_interruptible(&lnet_init_mutex))
		return -ERESTARTSYS;
	rc = networks_check_old(less);
	for (i = networks.nr; !rc && i--; )
		if (networks_mean(less, &networks.network[i])) {
			network_close(&networks.network[i]);
			networks_delete(i);
		}
	mutex_unlock(&lnet_init_mutex);
	return rc;
}

static int networks_carry_out(char how, const char *text, struct lnet_networks *named)
{
	struct lnet_networks_fault fault;
	int rc;

	rc = lnet_networks_parse(text, named, &fault);
	if (rc) {
		networks_log_fault(&fault);
		return rc;
	}
	if (!named->nr) {
		pr_err("networks=: '%c' has no network behind it: write one, as in %ctcp1(eth1)\n",
		       how, how);
		return -EINVAL;
	}
	if (how == '+')
		return networks_add(named);
	return networks_remove(named);
}

/**
 * lnet_networks_change() - add networks to those that are configured, or remove some
 * @text: '+' or '-' and networks as for networks=; '-' and a network without an interface: all of
 *	that network
 *
 * If LNet is up, the NIs come up, or are closed, which ends their messages. Else the text counts
 * from the next time that LNet comes up. If the function fails, what is configured has not changed,
 * and NIs that had come up before the failure are closed again.
 *
 * Context: task; may sleep until messages of the NIs have ended.
 * Return: 0; -EINVAL: the text is wrong; -EEXIST: one to be added is configured already, or another
 * NI has its NID; -ENOENT: one to be removed is not configured; -ENOSPC: there would be too many;
 * -ERESTARTSYS: a signal came before anything was done; -ENOMEM; or an error of LNetNIInit(). All
 * but -ERESTARTSYS and the first -ENOMEM are logged.
 */
int lnet_networks_change(const char *text)
{
	struct lnet_networks *named;
	int rc;

	text = skip_spaces(text);
	if (*text != '+' && *text != '-') {
		pr_err("networks=: '%*pE' begins with neither + nor -: write +tcp1(eth1) to add it, -tcp1(eth1) to remove it\n",
		       min_t(int, strcspn(text, "\n"), TOKEN_SHOWN), text);
		return -EINVAL;
	}
	named = lnet_alloc(kzalloc(sizeof(*named), GFP_KERNEL));
	if (!named)
		return -ENOMEM;
	rc = networks_carry_out(*text, text + 1, named);
	kfree(named);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_networks_change);

/*
 * Bring up one that is configured, and is not up; it may be one whose interface the driver was to
 * choose, and which has this one from then on. Returns -ENOENT: there is no such one.
 */
static int networks_raise_locked(struct lnet_network *one)
{
	struct lnet_network *n;
	unsigned int i;
	int rc;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < networks.nr && lnet_running; i++) {
		n = &networks.network[i];
		if (n->ni || !network_is_meant(one, n))
			continue;
		rc = network_open(one);
		if (rc)
			return rc;
		mutex_lock(&networks_mutex);
		*n = *one;
		mutex_unlock(&networks_mutex);
		return 0;
	}
	return -ENOENT;
}

static int networks_raise_or_add(struct lnet_networks *named)
{
	int rc;

	rc = networks_lock(named, true);
	if (rc)
		return rc;
	rc = networks_raise_locked(&named->network[0]);
	if (rc == -ENOENT)
		rc = networks_add_locked(named);
	mutex_unlock(&lnet_init_mutex);
	return rc;
}

/**
 * lnet_networks_add() - add one network, or bring it up if it is configured and is not up
 * @net: the network
 * @where: what stands in the brackets of networks= for it
 *
 * As lnet_networks_change(), otherwise.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL: @where is neither an interface nor an address; or an error of
 * lnet_networks_change().
 */
int lnet_networks_add(u32 net, const char *where)
{
	char name[NET_TEXT_SIZE], text[NETWORK_TEXT_SIZE];
	struct lnet_networks_fault fault;
	struct lnet_networks *named;
	int rc;

	named = lnet_alloc(kzalloc(sizeof(*named), GFP_KERNEL));
	if (!named)
		return -ENOMEM;
	libcfs_net2str_r(net, name, sizeof(name));
	if (snprintf(text, sizeof(text), "%s(%s)", name, where) >= sizeof(text))
		rc = -EINVAL;
	else
		rc = lnet_networks_parse(text, named, &fault);
	/* A comma or a bracket in @where would have made more of it. */
	if (!rc && (named->nr != 1 || strcmp(named->network[0].where, where)))
		rc = -EINVAL;
	rc = rc ?: networks_raise_or_add(named);
	kfree(named);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_networks_add);

/**
 * lnet_networks_remove_ni() - remove the network whose NI has a NID
 * @nid: the NID
 *
 * Context: task; may sleep until messages of the NI have ended.
 * Return: 0; -ENOENT: none that is configured has that NID; -ERESTARTSYS: a signal came before
 * anything was done.
 */
int lnet_networks_remove_ni(lnet_nid_t nid)
{
	unsigned int i;
	int rc = -ENOENT;

	if (mutex_lock_interruptible(&lnet_init_mutex))
		return -ERESTARTSYS;
	for (i = networks.nr; i--; ) {
		if (!networks.network[i].ni || networks.network[i].ni->nid != nid)
			continue;
		network_close(&networks.network[i]);
		networks_delete(i);
		rc = 0;
		break;
	}
	mutex_unlock(&lnet_init_mutex);
	return rc;
}
EXPORT_SYMBOL_GPL(lnet_networks_remove_ni);

/**
 * lnet_networks_default() - configure networks if none is configured
 * @text: networks as for networks=
 *
 * For modules whose users expect that, as those of Lustre do: there, an empty networks= means tcp.
 * The networks come up as by lnet_networks_change().
 *
 * Context: task; may sleep until messages of the NIs have ended.
 * Return: 0, also if networks are configured; or an error of lnet_networks_change().
 */
int lnet_networks_default(const char *text)
{
	struct lnet_networks *named;
	bool none;
	int rc;

	mutex_lock(&networks_mutex);
	none = !networks.nr;
	mutex_unlock(&networks_mutex);
	if (!none)
		return 0;
	named = lnet_alloc(kzalloc(sizeof(*named), GFP_KERNEL));
	if (!named)
		return -ENOMEM;
	rc = networks_carry_out('+', text, named);
	kfree(named);
	return rc == -EEXIST ? 0 : rc;	/* another thread was first */
}
EXPORT_SYMBOL_GPL(lnet_networks_default);
