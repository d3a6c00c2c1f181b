// SPDX-License-Identifier: GPL-2.0
/*
 * The networks of this node: the module parameter networks=, and bringing up the NIs that it
 * names. The whole text is checked when the module is loaded, before any of it is used.
 */
#include "network/networks.h"
#include "event/api.h"
#include "hooks/alloc.h"
#include "hooks/watch.h"
#include "lnet.h"
#include "network/ni.h"
#include "network/ni_start.h"

#include <lnet/api.h>

#include <linux/err.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/string.h>

enum {
	TOKEN_SHOWN		= 200,	/* characters of a wrong token, in the log */
	NETWORK_TEXT_SIZE	= LNET_NIDSTR_SIZE + LNET_WHERE_SIZE + 2,	/* "tcp1(eth0)" */
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
	if (!strncmp(kp->name, "accept", 6))
		pr_err(LNET_NAME ": %s= is a parameter of ksocklnd.ko here: give it to that module\n",
		       kp->name);
	else
		pr_err(LNET_NAME ": there is no parameter %s= here: leave it out\n",
		       kp->name);
	return -EINVAL;
}

static const struct kernel_param_ops foreign_ops = { .set = networks_refuse_foreign };

#define FOREIGN(_name)	module_param_cb(_name, &foreign_ops, NULL, 0)
FOREIGN(accept);
FOREIGN(accept_port);
FOREIGN(accept_backlog);
FOREIGN(accept_timeout);
FOREIGN(ip2nets);
FOREIGN(routes);
FOREIGN(forwarding);

/* The parsed form of networks_text. */
static struct lnet_networks networks;	/* M: lnet_init_mutex */

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
	if (!lnet_running)
		rc = lnet_networks_parse(text, &networks, &fault);
	mutex_unlock(&lnet_init_mutex);
	if (rc == -EINVAL)
		pr_err(LNET_NAME ": networks=: '%*pE' %s\n",
		       min_t(int, fault.len, TOKEN_SHOWN), fault.token,
		       fault.what);
	return rc;
}
EXPORT_SYMBOL_IF_LNET_KUNIT(lnet_networks_set);

/**
 * lnet_networks_init() - parse the module parameter
 *
 * Return: 0 or -EINVAL.
 */
int lnet_networks_init(void)
{
	return lnet_networks_set(networks_text);
}

/* Coming up ---------------------------------------------------------------- */

static bool network_is_first(unsigned int i)
{
	u32 type = LNET_NETTYP(networks.network[i].net);

	while (i--)
		if (LNET_NETTYP(networks.network[i].net) == type)
			return false;
	return true;
}

/*
 * Find the next type of network, from entry *@i on, that has no driver. Advances *@i. Returns
 * network 0 of that type, or LNET_NET_ANY if no driver is missing.
 */
static u32 network_next_missing(unsigned int *i)
{
	u32 net = LNET_NET_ANY, type;

	mutex_lock(&lnet_init_mutex);
	while (*i < networks.nr && net == LNET_NET_ANY) {
		type = LNET_NETTYP(networks.network[*i].net);
		if (network_is_first(*i) && !lnet_lnd_find(type))
			net = LNET_MKNET(type, 0);
		++*i;
	}
	mutex_unlock(&lnet_init_mutex);
	return net;
}

/**
 * lnet_networks_request() - load the drivers that are missing
 *
 * A driver takes lnet_init_mutex to register, so the caller must not hold it, and has to look for
 * the driver again when it does: see lnet_networks_open().
 *
 * Context: task; may sleep.
 */
void lnet_networks_request(void)
{
	char type[LNET_NIDSTR_SIZE];
	unsigned int i = 0;
	u32 net;

	lnet_watch_ask();
	while ((net = network_next_missing(&i)) != LNET_NET_ANY)
		request_module("lnet-lnd-%s",
			       libcfs_net2str_r(net, type, sizeof(type)));
}

/* Print a network as networks= has it. Returns @buf. */
static char *network_text(const struct lnet_network *n, char *buf)
{
	char net[LNET_NIDSTR_SIZE];

	libcfs_net2str_r(n->net, net, sizeof(net));
	if (*n->where)
		scnprintf(buf, NETWORK_TEXT_SIZE, "%s(%s)", net, n->where);
	else
		strscpy(buf, net, NETWORK_TEXT_SIZE);
	return buf;
}

static int network_err(const struct lnet_network *n, int rc, const char *why)
{
	char text[NETWORK_TEXT_SIZE];

	pr_err(LNET_NAME ": networks=: '%s' does not come up: %s (error %d)\n",
	       network_text(n, text), why, rc);
	return rc;
}

static int network_no_lnd(const struct lnet_network *n)
{
	char type[LNET_NIDSTR_SIZE], why[96];
	u32 net = LNET_MKNET(LNET_NETTYP(n->net), 0);

	libcfs_net2str_r(net, type, sizeof(type));
	if (LNET_NETTYP(net) == SOCKLND)
		strscpy(why, "it has no driver: load the module ksocklnd",
			sizeof(why));
	else
		scnprintf(why, sizeof(why),
			  "it has no driver: load the module with the alias lnet-lnd-%s",
			  type);
	return network_err(n, -ENODEV, why);
}

static int network_open(const struct lnet_network *n)
{
	const struct lnet_lnd *lnd = lnet_lnd_find(LNET_NETTYP(n->net));
	char text[NETWORK_TEXT_SIZE], name[LNET_NIDSTR_SIZE];
	struct lnet_ni *ni;
	lnet_nid_t nid;
	int rc;

	if (!lnd)
		return network_no_lnd(n);
	if (!lnd->lnd_nid)
		return network_err(n, -EOPNOTSUPP, "its driver finds no NIDs");
	rc = lnd->lnd_nid(n->net, n->where, &nid);
	if (rc)
		return network_err(n, rc, rc == -ENODEV ?
				   "there is no such interface, or it is down, or has no address" :
				   "its driver finds no NID");
	if (LNET_NIDNET(nid) != n->net)
		return network_err(n, -EPROTO, "its driver found the NID of another network");
	if (lnet_ni_is_local(nid))
		return network_err(n, -EEXIST, "an NI before it has the same address");
	ni = lnet_ni_open(lnd, nid);
	if (IS_ERR(ni))
		return network_err(n, PTR_ERR(ni), lnet_error_text(PTR_ERR(ni)));
	pr_info(LNET_NAME ": %s is up: %s\n", libcfs_nid2str_r(nid, name, sizeof(name)),
		network_text(n, text));
	return 0;
}

/**
 * lnet_networks_open() - bring up the NIs that networks= names, in its order
 *
 * Context: task; may sleep; lnet_init_mutex is held.
 * Return: 0; or -errno, which is logged; NIs that have come up before the error stay up.
 */
int lnet_networks_open(void)
{
	unsigned int i;
	int rc = 0;

	lockdep_assert_held(&lnet_init_mutex);
	for (i = 0; i < networks.nr && !rc; i++)
		rc = network_open(&networks.network[i]);
	return rc;
}
